//! The tree of a policy file → a [`Layer`], section by section.

use super::KnownNames;
use super::fields::{Author, Entry, Errors, Fields, Keys, Reader};
use super::layer::{CapsLayer, GateLayer, Layer, Located, RuleSetting, ScopeLayer, Threshold};
use super::read_harden::{BUDGET, HARDEN, SEND, VERIFY};
use super::read_model::MODEL;
use super::values::{MAX_FILE_BYTES, MAX_STEPS};
use crate::diagnostic::clip;
use crate::finding::{Confidence, Level};
use crate::report::model::Action;
use crate::syntax::hir::Language;
use crate::yaml::{self, Kind, Node};

const TOP: Keys = Keys {
    now: &["version", "extends", "scope", "gate", "harden", "model", "verify"],
    later: &["locked", "engines", "publish", "waivers"],
};
const SCOPE: Keys = Keys { now: &["include", "exclude", "languages"], later: &[] };
const GATE: Keys = Keys { now: &["fail-on", "warn-on", "not-analysed", "partial", "rules", "caps"], later: &["ai"] };
const THRESHOLD: Keys = Keys { now: &["severity", "confidence"], later: &[] };
const RULE: Keys = Keys { now: &["cwe", "rule", "languages", "paths", "action"], later: &[] };
const CAPS: Keys = Keys { now: &["findings", "file-bytes", "steps"], later: &[] };

const LEVELS: [(&str, Level); 4] =
    [("low", Level::Low), ("medium", Level::Medium), ("high", Level::High), ("critical", Level::Critical)];
const CONFIDENCES: [(&str, Confidence); 3] =
    [("low", Confidence::Low), ("medium", Confidence::Medium), ("high", Confidence::High)];
const FILE_ACTIONS: [(&str, Action); 3] = [("fail", Action::Fail), ("warn", Action::Warn), ("note", Action::Note)];
const ACTIONS: [(&str, Action); 4] =
    [("fail", Action::Fail), ("warn", Action::Warn), ("note", Action::Note), ("off", Action::Off)];

/// Where a key belongs that is unknown at `path` and known elsewhere: "in `scope` or `harden.send`".
pub(super) fn home_of(key: &str, path: &str) -> Option<String> {
    if TOP.now.contains(&key) && key != path {
        return Some("at the top level".to_owned());
    }
    let sections = [
        ("scope", SCOPE),
        ("gate", GATE),
        ("gate.caps", CAPS),
        ("harden", HARDEN),
        ("harden.budget", BUDGET),
        ("harden.send", SEND),
        ("model", MODEL),
        ("verify", VERIFY),
    ];
    let homes = sections.into_iter().filter(|(_, keys)| keys.now.contains(&key));
    let homes: Vec<String> = homes.map(|(name, _)| format!("`{name}`")).collect();
    (!homes.is_empty()).then(|| format!("in {}", homes.join(" or ")))
}

/// Reads a policy text. The layer holds what was right.
pub(super) fn read(author: &Author<'_>, text: &str, known: &KnownNames) -> (Layer, Errors) {
    let mut reader = Reader { author, text, known, errors: Errors::default() };
    let layer = match yaml::read(text, "policy") {
        Ok(Some(node)) => reader.layer(&node),
        Ok(None) => Layer::default(),
        Err(diagnostic) => {
            reader.errors.push(diagnostic);
            Layer::default()
        }
    };
    (layer, reader.errors)
}

/// What a rule setting and an override select by.
pub(super) struct Selector {
    pub cwe: Vec<u32>,
    pub rule: Vec<String>,
    pub languages: Vec<Language>,
    pub paths: Vec<String>,
}

impl Reader<'_> {
    fn layer(&mut self, root: &Node) -> Layer {
        let entry = Entry { path: String::new(), key: 0..0, line: 1, node: root };
        let Some(fields) = self.fields(&entry, &TOP) else { return Layer::default() };
        let layer = Layer {
            version: fields.get("version").and_then(|entry| self.version(entry)),
            extends: fields.get("extends").and_then(|entry| self.extends(entry)),
            scope: fields.get("scope").map(|entry| self.scope(entry)).unwrap_or_default(),
            gate: fields.get("gate").map(|entry| self.gate(entry)).unwrap_or_default(),
            harden: fields.get("harden").map(|entry| self.harden(entry)).unwrap_or_default(),
            model: fields.get("model").and_then(|entry| self.model(entry)),
            verify: fields.get("verify").map(|entry| self.verify(entry)).unwrap_or_default(),
        };
        self.agree(&fields, &layer);
        layer
    }

    fn version(&mut self, entry: &Entry<'_>) -> Option<Located<u32>> {
        match &entry.node.value {
            Kind::Int(1) => Some(self.located(entry, 1)),
            Kind::Int(other) => {
                let message = format!("policy version {other} is not supported");
                self.report(entry, message, Some("this version of Tempergate reads `version: 1`".to_owned()))
            }
            _ => self.wrong_type(entry, "the number 1"),
        }
    }

    fn extends(&mut self, entry: &Entry<'_>) -> Option<Located<Vec<String>>> {
        let items = self.one_or_many(entry)?;
        let names = self.every(items, |reader, item| {
            let name = reader.string(item, "the name of a policy")?;
            if super::BUILTIN.contains(&name) {
                return Some(name.to_owned());
            }
            let message = format!("extending `{}` is not supported by this version", clip(name));
            let near = reader.near(name, super::BUILTIN);
            let help = near.unwrap_or_else(|| "only the built-in policy `baseline` can be extended so far".to_owned());
            reader.report(item, message, Some(help))
        })?;
        Some(self.located(entry, names))
    }

    fn scope(&mut self, entry: &Entry<'_>) -> ScopeLayer {
        let Some(fields) = self.fields(entry, &SCOPE) else { return ScopeLayer::default() };
        ScopeLayer {
            include: fields.get("include").and_then(|entry| self.globs(entry).map(|globs| self.located(entry, globs))),
            exclude: fields
                .get("exclude")
                .and_then(|entry| self.globs_or_none(entry).map(|globs| self.located(entry, globs))),
            languages: fields.get("languages").and_then(|entry| self.languages_or_all(entry)),
        }
    }

    fn gate(&mut self, entry: &Entry<'_>) -> GateLayer {
        let Some(fields) = self.fields(entry, &GATE) else { return GateLayer::default() };
        GateLayer {
            fail_on: fields.get("fail-on").and_then(|entry| self.threshold(entry)),
            warn_on: fields.get("warn-on").and_then(|entry| self.threshold(entry)),
            not_analysed: fields.get("not-analysed").and_then(|entry| self.file_action(entry)),
            partial: fields.get("partial").and_then(|entry| self.file_action(entry)),
            rules: fields.get("rules").and_then(|entry| self.list(entry, Self::rule_setting)).unwrap_or_default(),
            caps: fields.get("caps").map(|entry| self.caps(entry)).unwrap_or_default(),
        }
    }

    fn threshold(&mut self, entry: &Entry<'_>) -> Option<Located<Threshold>> {
        if let Kind::Text(text) = &entry.node.value {
            let message = format!("`{}` must be a mapping, not `{}`", entry.path, clip(text));
            let help = "write a severity and a confidence: `{ severity: high, confidence: medium }`".to_owned();
            return self.report(entry, message, Some(help));
        }
        let fields = self.fields(entry, &THRESHOLD)?;
        let severity = self.required(&fields, "severity", "one of low, medium, high, critical");
        let severity = severity.and_then(|entry| self.word(entry, &LEVELS));
        let confidence = self.required(&fields, "confidence", "one of low, medium, high");
        let confidence = confidence.and_then(|entry| self.word(entry, &CONFIDENCES));
        Some(self.located(entry, Threshold { severity: severity?, confidence: confidence? }))
    }

    fn file_action(&mut self, entry: &Entry<'_>) -> Option<Located<Action>> {
        let action = self.word(entry, &FILE_ACTIONS)?;
        Some(self.located(entry, action))
    }

    fn rule_setting(&mut self, entry: &Entry<'_>) -> Option<Located<RuleSetting>> {
        let fields = self.fields(entry, &RULE)?;
        let selector = self.selector(&fields);
        if fields.get("cwe").is_none() && fields.get("rule").is_none() {
            let message = format!("`{}` names no `cwe` and no `rule`", entry.path);
            let help = "say which findings it is about: `cwe: [79, 89]` or `rule: sql-injection`".to_owned();
            return self.error(fields.span.clone(), message, Some(help));
        }
        let action = self.required(&fields, "action", "one of fail, warn, note, off");
        let action = action.and_then(|entry| self.word(entry, &ACTIONS));
        let Selector { cwe, rule, languages, paths } = selector?;
        Some(self.located(entry, RuleSetting { cwe, rule, languages, paths, action: action? }))
    }

    fn caps(&mut self, entry: &Entry<'_>) -> CapsLayer {
        let Some(fields) = self.fields(entry, &CAPS) else { return CapsLayer::default() };
        CapsLayer {
            findings: fields.get("findings").and_then(|entry| self.number(entry, false, u64::from(u32::MAX))),
            file_bytes: fields.get("file-bytes").and_then(|entry| self.number(entry, true, MAX_FILE_BYTES)),
            steps: fields.get("steps").and_then(|entry| self.number(entry, false, MAX_STEPS)),
        }
    }

    pub(super) fn list<T>(
        &mut self,
        entry: &Entry<'_>,
        read: fn(&mut Self, &Entry<'_>) -> Option<T>,
    ) -> Option<Vec<T>> {
        let items = self.items_or_none(entry)?;
        self.every(items, read)
    }

    /// `None` only after an error, so that a setting whose selector is wrong never applies to more than it says.
    pub(super) fn selector(&mut self, fields: &Fields<'_>) -> Option<Selector> {
        let cwe = fields.get("cwe").map_or(Some(Vec::new()), |entry| self.cwe(entry));
        let rule = fields.get("rule").map_or(Some(Vec::new()), |entry| self.rule_ids(entry));
        let languages = fields.get("languages").map_or(Some(Vec::new()), |entry| self.languages(entry));
        let paths = fields.get("paths").map_or(Some(Vec::new()), |entry| self.globs(entry));
        if let (Some(_), Some(second)) = (fields.get("cwe"), fields.get("rule")) {
            let message = format!("`{}` has both `cwe` and `rule`", fields.path);
            let help = "write two entries, one for each".to_owned();
            return self.error(second.key.clone(), message, Some(help));
        }
        Some(Selector { cwe: cwe?, rule: rule?, languages: languages?, paths: paths? })
    }
}
