//! The tree of a policy file → a [`Layer`], section by section.

use super::KnownNames;
use super::categories::Category;
use super::fields::{Author, Entry, Errors, Fields, Keys, Reader};
use super::layer::{AiLayer, CapsLayer, GateLayer, Layer, PublishLayer, RuleSetting, ScopeLayer, Threshold};
use super::origin::Located;
use super::read_authorship::{AI_WRITTEN, AUTHORSHIP};
use super::read_harden::{BUDGET, HARDEN, SEND, VERIFY};
use super::read_model::MODEL;
use super::values::{MAX_FILE_BYTES, MAX_STEPS};
use crate::diagnostic::clip;
use crate::finding::{Confidence, Level};
use crate::report::model::Action;
use crate::syntax::hir::Language;
use crate::yaml::{self, Kind, Node};

const TOP: Keys = Keys {
    now: &[
        "version",
        "extends",
        "locked",
        "scope",
        "gate",
        "harden",
        "model",
        "verify",
        "engines",
        "publish",
        "waivers",
        "inline-waivers",
        "baseline-file",
        "authorship",
    ],
    later: &[],
};
const SCOPE: Keys = Keys { now: &["include", "exclude", "languages"], later: &[] };
const GATE: Keys = Keys { now: &["fail-on", "warn-on", "not-analysed", "partial", "rules", "ai", "caps"], later: &[] };
const AI: Keys = Keys { now: &["fail-on", "warn-on"], later: &[] };
const PUBLISH: Keys = Keys { now: &["review", "check", "summary", "sarif", "max-comments"], later: &[] };
const THRESHOLD: Keys = Keys { now: &["severity", "confidence"], later: &[] };
const RULE: Keys = Keys { now: &["cwe", "category", "rule", "languages", "paths", "at-least", "action"], later: &[] };
const CAPS: Keys = Keys { now: &["findings", "file-bytes", "steps"], later: &[] };

const LEVELS: [(&str, Level); 4] =
    [("low", Level::Low), ("medium", Level::Medium), ("high", Level::High), ("critical", Level::Critical)];
const CONFIDENCES: [(&str, Confidence); 3] =
    [("low", Confidence::Low), ("medium", Confidence::Medium), ("high", Confidence::High)];
const FILE_ACTIONS: [(&str, Action); 3] = [("fail", Action::Fail), ("warn", Action::Warn), ("note", Action::Note)];
const ACTIONS: [(&str, Action); 4] =
    [("fail", Action::Fail), ("warn", Action::Warn), ("note", Action::Note), ("off", Action::Off)];

/// The keys that say which findings an entry is about; one of them an entry.
pub(super) const KINDS: [&str; 3] = ["cwe", "category", "rule"];
/// Comments of one review; a person reads no more.
const MAX_COMMENTS: u64 = 1000;

/// Where a key belongs that is unknown at `path` and known elsewhere: "in `scope` or `harden.send`".
pub(super) fn home_of(key: &str, path: &str) -> Option<String> {
    if TOP.now.contains(&key) && key != path {
        return Some("at the top level".to_owned());
    }
    let sections = [
        ("scope", SCOPE),
        ("gate", GATE),
        ("gate.caps", CAPS),
        ("publish", PUBLISH),
        ("harden", HARDEN),
        ("harden.budget", BUDGET),
        ("harden.send", SEND),
        ("model", MODEL),
        ("verify", VERIFY),
        ("authorship", AUTHORSHIP),
        ("authorship.ai-written", AI_WRITTEN),
    ];
    let homes = sections.into_iter().filter(|(_, keys)| keys.now.contains(&key));
    let homes: Vec<String> = homes.map(|(name, _)| format!("`{name}`")).collect();
    (!homes.is_empty()).then(|| format!("in {}", homes.join(" or ")))
}

/// Reads a policy text. The layer holds what was right.
pub(super) fn read(author: &Author<'_>, text: &str, known: &KnownNames) -> (Layer, Errors) {
    let mut reader = Reader { author, text, known, errors: Errors::default(), problems: Vec::new() };
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
    pub category: Vec<Category>,
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
            extends: fields.get("extends").map(|entry| self.extends(entry)).unwrap_or_default(),
            locked: fields.get("locked").and_then(|entry| self.locked(entry)).unwrap_or_default(),
            scope: fields.get("scope").map(|entry| self.scope(entry)).unwrap_or_default(),
            gate: fields.get("gate").map(|entry| self.gate(entry)).unwrap_or_default(),
            harden: fields.get("harden").map(|entry| self.harden(entry)).unwrap_or_default(),
            model: fields.get("model").and_then(|entry| self.model(entry)),
            verify: fields.get("verify").map(|entry| self.verify(entry)).unwrap_or_default(),
            engines: fields.get("engines").and_then(|entry| self.engines(entry)),
            publish: fields.get("publish").map(|entry| self.publish(entry)).unwrap_or_default(),
            waivers: fields.get("waivers").map(|entry| self.waivers(entry)).unwrap_or_default(),
            inline_waivers: fields.get("inline-waivers").and_then(|entry| self.boolean(entry)),
            baseline_file: fields.get("baseline-file").and_then(|entry| self.baseline_file(entry)),
            authorship: fields.get("authorship").map(|entry| self.authorship(entry)).unwrap_or_default(),
            problems: std::mem::take(&mut self.problems),
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
            ai: fields.get("ai").map(|entry| self.ai(entry)).unwrap_or_default(),
            caps: fields.get("caps").map(|entry| self.caps(entry)).unwrap_or_default(),
        }
    }

    fn ai(&mut self, entry: &Entry<'_>) -> AiLayer {
        let Some(fields) = self.fields(entry, &AI) else { return AiLayer::default() };
        AiLayer {
            fail_on: fields.get("fail-on").and_then(|entry| self.threshold(entry)),
            warn_on: fields.get("warn-on").and_then(|entry| self.threshold(entry)),
        }
    }

    fn publish(&mut self, entry: &Entry<'_>) -> PublishLayer {
        let Some(fields) = self.fields(entry, &PUBLISH) else { return PublishLayer::default() };
        let mut boolean = |key: &str| fields.get(key).and_then(|entry| self.boolean(entry));
        PublishLayer {
            review: boolean("review"),
            check: boolean("check"),
            summary: boolean("summary"),
            sarif: boolean("sarif"),
            max_comments: fields.get("max-comments").and_then(|entry| self.number(entry, false, MAX_COMMENTS)),
        }
    }

    pub(super) fn boolean(&mut self, entry: &Entry<'_>) -> Option<Located<bool>> {
        match entry.node.value {
            Kind::Bool(value) => Some(self.located(entry, value)),
            _ => self.wrong_type(entry, "`true` or `false`"),
        }
    }

    fn baseline_file(&mut self, entry: &Entry<'_>) -> Option<Located<String>> {
        let name = self.string(entry, "the name of a file")?;
        let name = self.file_name(entry, name)?;
        Some(self.located(entry, name))
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
        if KINDS.iter().all(|key| fields.get(key).is_none()) {
            let message = format!("`{}` names no `cwe`, no `category` and no `rule`", entry.path);
            let help =
                "say which findings it is about: `cwe: [79, 89]`, `category: cwe-top-25` or `rule: sql-injection`"
                    .to_owned();
            return self.error(fields.span.clone(), message, Some(help));
        }
        let action = self.required(&fields, "action", "one of fail, warn, note, off");
        let action = action.and_then(|entry| self.word(entry, &ACTIONS));
        let at_least = match fields.get("at-least") {
            Some(entry) => Some(self.threshold(entry)?.value),
            None => None,
        };
        let Selector { cwe, category, rule, languages, paths } = selector?;
        Some(self.located(entry, RuleSetting { cwe, category, rule, languages, paths, at_least, action: action? }))
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
        let category = fields.get("category").map_or(Some(Vec::new()), |entry| self.categories(entry));
        let mut given = KINDS.into_iter().filter_map(|key| Some((key, fields.get(key)?)));
        if let (Some((first, _)), Some((second, entry))) = (given.next(), given.next()) {
            let message = format!("`{}` has both `{first}` and `{second}`", fields.path);
            let help = "write two entries, one for each".to_owned();
            return self.error(entry.key.clone(), message, Some(help));
        }
        Some(Selector { cwe: cwe?, category: category?, rule: rule?, languages: languages?, paths: paths? })
    }
}
