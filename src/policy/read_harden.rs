//! The sections `harden` and `verify`.

use std::time::Duration;

use super::fields::{Entry, Keys, Reader};
use super::layer::{BudgetLayer, HardenLayer, Override, SendLayer, VerifyLayer};
use super::origin::Located;
use super::quantities::MAX_USD;
use super::read::Selector;
use super::strategy::Strategy;
use crate::diagnostic::clip;

pub(super) const HARDEN: Keys =
    Keys { now: &["strategy", "ladder", "overrides", "rounds", "budget", "send"], later: &[] };
pub(super) const BUDGET: Keys = Keys { now: &["requests", "tokens", "usd", "seconds", "findings"], later: &[] };
pub(super) const SEND: Keys = Keys { now: &["include", "exclude"], later: &[] };
pub(super) const VERIFY: Keys = Keys { now: &["command", "timeout"], later: &[] };
const OVERRIDE: Keys = Keys { now: &["cwe", "category", "rule", "languages", "paths", "strategy"], later: &[] };

/// The most rounds with a model over one finding.
pub(super) const MAX_ROUNDS: u64 = 10;
/// In requests, and in findings.
const MAX_REQUESTS: u64 = 1_000_000;
const MAX_TOKENS: u64 = 1_000_000_000_000;
/// One day.
const MAX_SECONDS: u64 = 86_400;
/// One run of a command.
const MAX_COMMAND_TIME: Duration = Duration::from_secs(6 * 3600);
const MAX_COMMAND_BYTES: usize = 4096;

impl Reader<'_> {
    pub(super) fn harden(&mut self, entry: &Entry<'_>) -> HardenLayer {
        let Some(fields) = self.fields(entry, &HARDEN) else { return HardenLayer::default() };
        let strategy =
            fields.get("strategy").and_then(|entry| self.strategy(entry).map(|strategy| self.located(entry, strategy)));
        let overrides = fields.get("overrides").and_then(|entry| self.list(entry, Self::strategy_override));
        HardenLayer {
            strategy,
            ladder: fields.get("ladder").and_then(|entry| self.ladder(entry)),
            overrides: overrides.unwrap_or_default(),
            rounds: fields.get("rounds").and_then(|entry| self.number(entry, false, MAX_ROUNDS)),
            budget: fields.get("budget").map(|entry| self.budget(entry)).unwrap_or_default(),
            send: fields.get("send").map(|entry| self.send(entry)).unwrap_or_default(),
        }
    }

    fn strategy_override(&mut self, entry: &Entry<'_>) -> Option<Located<Override>> {
        let fields = self.fields(entry, &OVERRIDE)?;
        let selector = self.selector(&fields);
        if ["cwe", "category", "rule", "languages", "paths"].iter().all(|key| fields.get(key).is_none()) {
            let message = format!("`{}` does not say which findings it is about", entry.path);
            let help = "give at least one of `cwe`, `category`, `rule`, `languages`, `paths`, or set `harden.strategy`"
                .to_owned();
            return self.error(fields.span.clone(), message, Some(help));
        }
        let names = names(&Strategy::ALL);
        let strategy = self.required(&fields, "strategy", &format!("one of {names}"));
        let strategy = strategy.and_then(|entry| self.strategy(entry));
        let Selector { cwe, category, rule, languages, paths } = selector?;
        Some(self.located(entry, Override { cwe, category, rule, languages, paths, strategy: strategy? }))
    }

    fn strategy(&mut self, entry: &Entry<'_>) -> Option<Strategy> {
        self.word(entry, &Strategy::ALL.map(|strategy| (strategy.name(), strategy)))
    }

    /// Single strategies, none of them twice.
    fn ladder(&mut self, entry: &Entry<'_>) -> Option<Located<Vec<Strategy>>> {
        let items = self.items(entry)?;
        let mut seen: Vec<(Strategy, std::ops::Range<usize>)> = Vec::new();
        let strategies = self.every(items, |reader, item| {
            let strategy = reader.step(item)?;
            if let Some((_, first)) = seen.iter().find(|(other, _)| *other == strategy) {
                let (message, first) = (format!("`{}` names `{strategy}` a second time", entry.path), first.clone());
                return reader.report_beside(item, message, first, "first named here");
            }
            seen.push((strategy, reader.place(item)));
            Some(strategy)
        })?;
        Some(self.located(entry, strategies))
    }

    fn step(&mut self, item: &Entry<'_>) -> Option<Strategy> {
        if let Some(strategy) = item.node.value.as_text().and_then(Strategy::from_name)
            && !Strategy::SINGLE.contains(&strategy)
        {
            let why = if strategy == Strategy::None { "proposes nothing" } else { "consists of this list itself" };
            let help = format!("single strategies are {}", names(&Strategy::SINGLE));
            return self.report(item, format!("`{strategy}` cannot stand in a ladder: it {why}"), Some(help));
        }
        self.word(item, &Strategy::SINGLE.map(|strategy| (strategy.name(), strategy)))
    }

    fn budget(&mut self, entry: &Entry<'_>) -> BudgetLayer {
        let Some(fields) = self.fields(entry, &BUDGET) else { return BudgetLayer::default() };
        BudgetLayer {
            requests: fields.get("requests").and_then(|entry| self.number(entry, false, MAX_REQUESTS)),
            tokens: fields.get("tokens").and_then(|entry| self.number(entry, false, MAX_TOKENS)),
            usd: fields.get("usd").and_then(|entry| self.decimal(entry, "1.50", Some(0.0), MAX_USD)),
            seconds: fields.get("seconds").and_then(|entry| self.seconds(entry, MAX_SECONDS)),
            findings: fields.get("findings").and_then(|entry| self.number(entry, false, MAX_REQUESTS)),
        }
    }

    fn send(&mut self, entry: &Entry<'_>) -> SendLayer {
        let Some(fields) = self.fields(entry, &SEND) else { return SendLayer::default() };
        let exclude = fields.get("exclude").and_then(|entry| {
            let items = self.items_or_none(entry)?;
            let globs = self.glob_list(entry, items.clone())?;
            Some(items.iter().zip(globs).map(|(item, glob)| self.located(item, glob)).collect())
        });
        SendLayer {
            include: fields.get("include").and_then(|entry| self.globs(entry).map(|globs| self.located(entry, globs))),
            exclude: exclude.unwrap_or_default(),
        }
    }

    pub(super) fn verify(&mut self, entry: &Entry<'_>) -> VerifyLayer {
        let Some(fields) = self.fields(entry, &VERIFY) else { return VerifyLayer::default() };
        VerifyLayer {
            command: fields.get("command").and_then(|entry| self.command(entry)),
            timeout: fields.get("timeout").and_then(|entry| self.duration(entry, MAX_COMMAND_TIME)),
        }
    }

    pub(super) fn command(&mut self, entry: &Entry<'_>) -> Option<Located<String>> {
        let command = self.string(entry, "a command for the shell, as one text")?;
        let problem = if command.trim().is_empty() {
            Some("is empty".to_owned())
        } else if command.len() > MAX_COMMAND_BYTES {
            Some(format!("has {} bytes, at most {MAX_COMMAND_BYTES} are read", command.len()))
        } else if command.contains('\0') {
            Some("holds a zero byte".to_owned())
        } else {
            None
        };
        match problem {
            Some(problem) => {
                let help = "put what is longer into a script of the repository".to_owned();
                let help = (command.len() > MAX_COMMAND_BYTES).then_some(help);
                self.report(entry, format!("`{}` {problem}", clip(&entry.path)), help)
            }
            None => Some(self.located(entry, command.to_owned())),
        }
    }
}

fn names(strategies: &[Strategy]) -> String {
    strategies.iter().map(|strategy| strategy.name()).collect::<Vec<_>>().join(", ")
}
