//! The merged policy as YAML, each value with its origin.

use std::fmt::Write;

use super::categories::Category;
use super::engines::{BUILTIN_ENGINE, shown};
use super::layer::{Languages, Override, RuleSetting, Threshold};
use super::model::ModelLayer;
use super::origin::{Located, Origin};
use super::quantities::in_words;
use super::waivers::{About, Waiver};
use super::{Policy, Setting};
use crate::report::model::Action;
use crate::syntax::hir::Language;

impl Policy {
    /// The whole policy as YAML that reads back as the same policy; a comment behind each value says where it was written.
    pub fn show(&self) -> String {
        let mut out = Printer(String::from("version: 1\n"));
        if !self.merged.locked.is_empty() {
            out.line(0, "locked:");
            for lock in &self.merged.locked {
                out.line(1, &with_origin(&format!("- {}", lock.value.0), &lock.origin));
            }
        }
        out.line(0, "scope:");
        out.value(1, "include", &self.scope.include, |list| globs(list));
        out.value(1, "exclude", &self.scope.exclude, |list| globs(list));
        out.value(1, "languages", &self.scope.languages, languages);
        out.line(0, "gate:");
        out.value(1, "fail-on", &self.fail_on, threshold);
        out.value(1, "warn-on", &self.warn_on, threshold);
        out.value(1, "not-analysed", &self.not_analysed, action);
        out.value(1, "partial", &self.partial, action);
        out.settings("rules", &self.rules, rule);
        if self.ai.fail_on.is_some() || self.ai.warn_on.is_some() {
            out.line(1, "ai:");
            out.value_if(2, "fail-on", &self.ai.fail_on, threshold);
            out.value_if(2, "warn-on", &self.ai.warn_on, threshold);
        }
        out.line(1, "caps:");
        out.value(2, "findings", &self.caps.findings, |number| with_suffix(*number, ""));
        out.value(2, "file-bytes", &self.caps.file_bytes, |number| with_suffix(*number, "B"));
        out.value(2, "steps", &self.caps.steps, |number| with_suffix(*number, ""));
        out.line(0, "harden:");
        out.value(1, "strategy", &self.strategy, ToString::to_string);
        let asking = &self.asking;
        out.value(1, "ladder", &asking.ladder, |steps| list(steps.iter().map(ToString::to_string)));
        out.settings("overrides", &self.overrides, strategy_override);
        self.show_asking(&mut out);
        self.show_engines(&mut out);
        self.authorship.show(&mut out);
        self.show_publishing(&mut out);
        self.show_waivers(&mut out);
        out.0
    }

    fn show_engines(&self, out: &mut Printer) {
        let Some(engines) = &self.merged.engines else { return };
        out.line(0, "engines:");
        out.line(1, &with_origin(&format!("- {BUILTIN_ENGINE}"), &engines.origin));
        for engine in &engines.value {
            out.line(1, &with_origin(&format!("- {}", shown(engine)), &engines.origin));
        }
    }

    fn show_publishing(&self, out: &mut Printer) {
        out.line(0, "publish:");
        let publish = &self.publish;
        let switches = [
            ("review", &publish.review),
            ("check", &publish.check),
            ("summary", &publish.summary),
            ("sarif", &publish.sarif),
        ];
        for (key, switch) in switches {
            out.value_if(1, key, switch, ToString::to_string);
        }
        out.value_if(1, "max-comments", &publish.max_comments, ToString::to_string);
    }

    fn show_waivers(&self, out: &mut Printer) {
        out.value_if(0, "inline-waivers", &self.merged.inline_waivers, ToString::to_string);
        out.value_if(0, "baseline-file", &self.merged.baseline_file, |name| quoted(name));
        out.line(0, if self.merged.waivers.is_empty() { "waivers: []" } else { "waivers:" });
        for entry in &self.merged.waivers {
            out.line(1, &with_origin(&format!("- {}", waiver(&entry.value)), &entry.origin));
        }
    }

    fn show_asking(&self, out: &mut Printer) {
        let asking = &self.asking;
        out.value(1, "rounds", &asking.rounds, ToString::to_string);
        out.line(1, "budget:");
        let count = |number: &u64| with_suffix(*number, "");
        out.value_if(2, "requests", &asking.budget.requests, count);
        out.value_if(2, "tokens", &asking.budget.tokens, count);
        out.value_if(2, "usd", &asking.budget.usd, ToString::to_string);
        out.value_if(2, "seconds", &asking.budget.seconds, ToString::to_string);
        out.value_if(2, "findings", &asking.budget.findings, count);
        out.line(1, "send:");
        out.value(2, "include", &asking.send.include, |list| globs(list));
        // Each on its own line, since each has its own origin.
        out.line(2, if asking.send.exclude.is_empty() { "exclude: []" } else { "exclude:" });
        for glob in &asking.send.exclude {
            out.line(3, &with_origin(&format!("- {}", quoted(&glob.value)), &glob.origin));
        }
        if let Some((model, _)) = &asking.model {
            out.model(model);
        }
        out.line(0, "verify:");
        out.value_if(1, "command", &asking.verify.command, |command| quoted(command));
        out.value_if(1, "timeout", &asking.verify.timeout, |time| in_words(*time));
    }
}

pub(super) struct Printer(String);

impl Printer {
    pub(super) fn line(&mut self, depth: usize, text: &str) {
        for _ in 0..depth {
            self.0.push_str("  ");
        }
        self.0.push_str(text);
        self.0.push('\n');
    }

    fn value<T>(&mut self, depth: usize, key: &str, value: &Located<T>, print: impl Fn(&T) -> String) {
        let text = with_origin(&format!("{key}: {}", print(&value.value)), &value.origin);
        self.line(depth, &text);
    }

    fn value_if<T>(&mut self, depth: usize, key: &str, value: &Option<Located<T>>, print: impl Fn(&T) -> String) {
        if let Some(value) = value {
            self.value(depth, key, value, print);
        }
    }

    fn model(&mut self, model: &ModelLayer) {
        let text = |text: &String| quoted(text);
        self.line(0, "model:");
        self.value(1, "provider", &model.provider, |provider| provider.name().to_owned());
        self.value_if(1, "name", &model.name, text);
        self.value_if(1, "path", &model.path, text);
        self.value_if(1, "endpoint", &model.endpoint, text);
        self.value_if(1, "key-env", &model.key_env, text);
        if let Some(lora) = &model.lora {
            self.line(1, "lora:");
            self.value(2, "adapter", &lora.adapter, text);
            self.value_if(2, "scale", &lora.scale, ToString::to_string);
        }
        if let Some(prices) = &model.prices {
            self.line(1, "prices:");
            self.value(2, "input", &prices.input, ToString::to_string);
            self.value(2, "output", &prices.output, ToString::to_string);
        }
        self.value_if(1, "timeout", &model.timeout, |time| in_words(*time));
        self.value_if(1, "requests-at-once", &model.requests_at_once, ToString::to_string);
        self.value_if(1, "answer-tokens", &model.answer_tokens, ToString::to_string);
        self.value_if(1, "temperature", &model.temperature, ToString::to_string);
        self.value_if(1, "seed", &model.seed, ToString::to_string);
    }

    fn settings<T>(&mut self, key: &str, settings: &[Setting<T>], print: impl Fn(&T) -> String) {
        if settings.is_empty() {
            return self.line(1, &format!("{key}: []"));
        }
        self.line(1, &format!("{key}:"));
        for setting in settings {
            let entry = &setting.entry;
            self.line(2, &with_origin(&format!("- {}", print(&entry.value)), &entry.origin));
        }
    }
}

pub(super) fn with_origin(text: &str, origin: &Origin) -> String {
    format!("{text} # {origin}")
}

pub(super) fn action(action: &Action) -> String {
    let name = match action {
        Action::Off => "off",
        Action::Note => "note",
        Action::Warn => "warn",
        Action::Fail => "fail",
    };
    name.to_owned()
}

pub(super) fn threshold(threshold: &Threshold) -> String {
    format!("{{ severity: {}, confidence: {} }}", threshold.severity, threshold.confidence)
}

pub(super) fn rule(rule: &RuleSetting) -> String {
    let action = action(&rule.action);
    let last = match &rule.at_least {
        Some(least) => ("at-least", format!("{}, action: {action}", threshold(least))),
        None => ("action", action),
    };
    selector((&rule.cwe, &rule.category, &rule.rule), &rule.languages, &rule.paths, last)
}

pub(super) fn strategy_override(entry: &Override) -> String {
    let strategy = ("strategy", entry.strategy.to_string());
    selector((&entry.cwe, &entry.category, &entry.rule), &entry.languages, &entry.paths, strategy)
}

pub(super) fn languages(languages: &Languages) -> String {
    match languages {
        Languages::All => "all".to_owned(),
        Languages::Only(languages) => names(languages),
    }
}

pub(super) fn duration(time: std::time::Duration) -> String {
    in_words(time)
}

/// A model with all its keys, in one line.
pub(super) fn model(model: &ModelLayer) -> String {
    let mut out = Printer(String::new());
    out.model(model);
    let value = |line: &str| line.rsplit_once(" # ").map_or(line, |(value, _)| value).trim().to_owned();
    out.0.lines().skip(1).map(value).collect::<Vec<_>>().join(", ")
}

pub(super) fn waiver(waiver: &Waiver) -> String {
    let about = match &waiver.about {
        About::Fingerprint(begin) => format!("fingerprint: {}", quoted(begin)),
        About::Rules(rules) => format!("rule: {}", list(rules.iter().map(|rule| quoted(rule)))),
        About::Cwe(numbers) => format!("cwe: {}", list(numbers.iter().map(ToString::to_string))),
    };
    let paths = if waiver.paths.is_empty() { String::new() } else { format!(", paths: {}", globs(&waiver.paths)) };
    let (owner, reason) = (quoted(&waiver.owner), quoted(&waiver.reason));
    format!("{{ {about}{paths}, owner: {owner}, reason: {reason}, expires: {} }}", waiver.expires)
}

fn selector(
    (cwe, categories, rules): (&[u32], &[Category], &[String]),
    languages: &[Language],
    paths: &[String],
    (key, value): (&str, String),
) -> String {
    let mut out = String::from("{ ");
    let mut part = |key: &str, present: bool, value: &dyn Fn() -> String| {
        if present {
            let _ = write!(out, "{key}: {}, ", value());
        }
    };
    part("cwe", !cwe.is_empty(), &|| list(cwe.iter().map(ToString::to_string)));
    part("category", !categories.is_empty(), &|| list(categories.iter().map(|category| category.name().to_owned())));
    part("rule", !rules.is_empty(), &|| list(rules.iter().map(|rule| quoted(rule))));
    part("languages", !languages.is_empty(), &|| names(languages));
    part("paths", !paths.is_empty(), &|| list(paths.iter().map(|path| quoted(path))));
    let _ = write!(out, "{key}: {value} }}");
    out
}

pub(super) fn globs(globs: &[String]) -> String {
    list(globs.iter().map(|glob| quoted(glob)))
}

fn names(languages: &[Language]) -> String {
    list(languages.iter().map(|language| language.name().to_owned()))
}

pub(super) fn list(items: impl Iterator<Item = String>) -> String {
    format!("[{}]", items.collect::<Vec<_>>().join(", "))
}

/// A double-quoted scalar; what is not plain printable ASCII is escaped, so that nothing of it reaches a terminal.
pub(super) fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            ' '..='~' => out.push(c),
            _ if c.is_alphanumeric() => out.push(c),
            _ => {
                let _ = write!(out, "\\U{:08X}", u32::from(c));
            }
        }
    }
    out.push('"');
    out
}

/// `2MB` for 2000000.
pub(super) fn with_suffix(number: u64, unit: &str) -> String {
    for (factor, suffix) in [(1_000_000_000, "G"), (1_000_000, "M"), (1_000, "k")] {
        if number > 0 && number.is_multiple_of(factor) {
            return format!("{}{suffix}{unit}", number / factor);
        }
    }
    number.to_string()
}
