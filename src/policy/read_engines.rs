//! The list `engines`.

use std::collections::BTreeMap;
use std::ops::Range;
use std::time::Duration;

use super::engines::{BUILTIN_ENGINE, Engine, EngineSource, PATHS};
use super::fields::{Entry, Fields, Keys, Reader};
use super::origin::Located;
use super::read_model::MAX_CHARS;
use crate::diagnostic::clip;
use crate::yaml::{Kind, key_span};

const ENGINE: Keys =
    Keys { now: &["name", "run", "sarif", "required", "timeout", "cwe", "languages", "paths"], later: &[] };

/// More are more than anybody waits for.
const MAX_ENGINES: usize = 16;
const MAX_RULES: usize = 2_000;
const MAX_RULE_CHARS: usize = 200;
const MAX_TIME: Duration = Duration::from_secs(3600);

impl Reader<'_> {
    pub(super) fn engines(&mut self, entry: &Entry<'_>) -> Option<Located<Vec<Engine>>> {
        let items = self.items_or_none(entry)?;
        if items.len() > MAX_ENGINES {
            let message = format!("`{}` has {} entries, at most {MAX_ENGINES} are read", entry.path, items.len());
            return self.report(entry, message, None);
        }
        let mut seen: Vec<(String, Range<usize>)> = Vec::new();
        let engines = self.every(items, |reader, item| {
            if let Kind::Text(word) = &item.node.value {
                return reader.builtin_engine(item, word);
            }
            let engine = reader.engine(item)?;
            let place = reader.place(item);
            if let Some((name, first)) = seen.iter().find(|(name, _)| *name == engine.name) {
                let (message, first) = (format!("two engines have the name `{name}`"), first.clone());
                return reader.report_beside(item, message, first, "first named here");
            }
            seen.push((engine.name.clone(), place));
            Some(Some(engine))
        })?;
        Some(self.located(entry, engines.into_iter().flatten().collect()))
    }

    /// `builtin` may be written, and is there anyway.
    fn builtin_engine(&mut self, item: &Entry<'_>, word: &str) -> Option<Option<Engine>> {
        if word == BUILTIN_ENGINE {
            return Some(None);
        }
        let near = self.near(word, [BUILTIN_ENGINE]);
        let help = format!("write `{{ name: {}, run: \"… {PATHS}\" }}`", clip(word));
        let message = format!("`{}` must be `{BUILTIN_ENGINE}` or a mapping, not `{}`", item.path, clip(word));
        self.report(item, message, Some(near.unwrap_or(help)))
    }

    fn engine(&mut self, entry: &Entry<'_>) -> Option<Engine> {
        let fields = self.fields(entry, &ENGINE)?;
        let name = self.required(&fields, "name", "what stands before the ids of its rules, such as `semgrep`");
        let name = name.and_then(|entry| self.engine_name(entry));
        let source = self.engine_source(&fields);
        let required = fields.get("required").map_or(Some(true), |entry| Some(self.boolean(entry)?.value));
        let timeout = match fields.get("timeout") {
            Some(entry) if matches!(source, Some(EngineSource::Sarif(_))) => {
                let help = "leave it out: nothing is run".to_owned();
                return self.report(entry, format!("`{}` means nothing for a file", entry.path), Some(help));
            }
            Some(entry) => Some(self.duration(entry, MAX_TIME)?.value),
            None => None,
        };
        let cwe = fields.get("cwe").map_or(Some(BTreeMap::new()), |entry| self.cwe_by_rule(entry));
        let languages = fields.get("languages").map_or(Some(Vec::new()), |entry| self.languages(entry));
        let paths = fields.get("paths").map_or(Some(Vec::new()), |entry| self.globs(entry));
        Some(Engine {
            name: name?,
            source: source?,
            required: required?,
            timeout,
            cwe: cwe?,
            languages: languages?,
            paths: paths?,
        })
    }

    fn engine_name(&mut self, entry: &Entry<'_>) -> Option<String> {
        let name = self.string(entry, "the name of an engine")?;
        if [BUILTIN_ENGINE, "tempergate"].contains(&name) {
            return self.report(entry, format!("`{name}` is the analysis of Tempergate itself"), None);
        }
        let fits = name.starts_with(|c: char| c.is_ascii_lowercase())
            && name.len() <= 32
            && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
        if fits {
            return Some(name.to_owned());
        }
        let help = "lower-case letters, digits and `-`, a letter first, 32 at most".to_owned();
        self.report(entry, format!("`{}` cannot be the name of an engine", clip(name)), Some(help))
    }

    fn engine_source(&mut self, fields: &Fields<'_>) -> Option<EngineSource> {
        match (fields.get("run"), fields.get("sarif")) {
            (Some(_), Some(entry)) => {
                let message = format!("`{}` has both `run` and `sarif`", fields.path);
                self.error(entry.key.clone(), message, Some("write two engines, one for each".to_owned()))
            }
            (Some(entry), None) => {
                let command = self.command(entry)?.value;
                if command.contains(PATHS) {
                    return Some(EngineSource::Run(command));
                }
                let help = format!("write `{PATHS}` where the command takes the folders to look at");
                self.report(entry, format!("`{}` lacks `{PATHS}`", entry.path), Some(help))
            }
            (None, Some(entry)) => {
                let file = self.string(entry, "the path of a SARIF file")?;
                let fits = !file.is_empty() && file.chars().count() <= MAX_CHARS && !file.chars().any(char::is_control);
                if fits {
                    return Some(EngineSource::Sarif(file.to_owned()));
                }
                self.report(entry, format!("`{}` is not the path of a file", entry.path), None)
            }
            (None, None) => {
                let message = format!("`{}` has neither `run` nor `sarif`", fields.path);
                let help = "name a command that prints SARIF, or a SARIF file".to_owned();
                self.error(fields.span.clone(), message, Some(help))
            }
        }
    }

    /// CWE numbers by the ids of rules, which are the engine's own.
    fn cwe_by_rule(&mut self, entry: &Entry<'_>) -> Option<BTreeMap<String, Vec<u32>>> {
        let Kind::Map(pairs) = &entry.node.value else { return self.wrong_type(entry, "a mapping from rules to CWE") };
        if pairs.len() > MAX_RULES {
            let message = format!("`{}` names {} rules, at most {MAX_RULES} are read", entry.path, pairs.len());
            return self.report(entry, message, None);
        }
        let mut out = BTreeMap::new();
        for (key, node) in pairs {
            let span = key_span(self.text, key);
            let rule = key.value.as_str();
            if rule.is_empty() || rule.chars().count() > MAX_RULE_CHARS || rule.chars().any(char::is_control) {
                return self.error(span, format!("`{}` is not the id of a rule", clip(rule)), None);
            }
            let path = format!("{}.{rule}", entry.path);
            let item = Entry { path, key: span.clone(), line: key.defined.line(), node };
            let numbers = self.cwe(&item)?;
            if out.insert(rule.to_owned(), numbers).is_some() {
                return self.error(span, format!("the rule `{}` is given twice", clip(rule)), None);
            }
        }
        Some(out)
    }
}
