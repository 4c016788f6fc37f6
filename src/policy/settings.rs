//! The settings of a policy as a table: what each is called, what a policy says for it, and which of two values is
//! stricter. Locks and `policy diff` go by it.

use std::collections::BTreeSet;

use super::authorship::MarkLayer;
use super::engines;
use super::fields::{Entry, Reader};
use super::layer::{Languages, Layer, RuleSetting, Threshold};
use super::origin::{Located, Origin};
use super::show;
use crate::diagnostic::clip;
use crate::report::model::Action;

/// A setting, or a section with all its settings, that is locked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LockName(pub &'static str);

/// How one value compares with another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Strictness {
    /// It lets through more, or spends more.
    Looser,
    /// Another value, of which neither is stricter.
    Other,
    /// It lets through less, or spends less.
    Stricter,
    /// The same.
    Same,
}

/// What a policy says for a setting.
pub(super) struct Said {
    /// As it is written in YAML.
    pub shown: String,
    pub origin: Origin,
    worth: Worth,
}

/// By what a value is stricter than another.
#[derive(Clone, Debug, PartialEq)]
enum Worth {
    /// A higher number is stricter.
    Higher(f64),
    /// A lower number is stricter.
    Lower(f64),
    /// Stricter if it asks for less.
    Reaches(Threshold),
    /// Stricter if it holds more; none for everything.
    More(Option<BTreeSet<String>>),
    /// Stricter if it holds less; none for everything.
    Less(Option<BTreeSet<String>>),
    /// No value is stricter than another.
    Plain,
    /// An entry of a list to which policies add: whether adding it makes the policy stricter.
    Entry(Strictness),
}

/// A setting.
pub(super) struct Setting {
    pub name: &'static str,
    /// Policies add to it instead of replacing it.
    pub is_list: bool,
    /// What it means that it is said at all, where nothing was said before.
    said_at_all: Strictness,
    pub said: fn(&Layer) -> Vec<Said>,
}

/// Every setting, in the order in which policies are shown.
pub(super) const SETTINGS: [Setting; 42] = [
    list("locked", |l| all(&l.locked, |name| name.0.to_owned(), |_| Strictness::Stricter)),
    one("scope.include", |l| said(&l.scope.include, |v| show::globs(v), |v| Worth::More(set(v)))),
    one("scope.exclude", |l| said(&l.scope.exclude, |v| show::globs(v), |v| Worth::Less(set(v)))),
    one("scope.languages", |l| said(&l.scope.languages, show::languages, |v| Worth::More(languages(v)))),
    one("gate.fail-on", |l| said(&l.gate.fail_on, show::threshold, |v| Worth::Reaches(*v))),
    one("gate.warn-on", |l| said(&l.gate.warn_on, show::threshold, |v| Worth::Reaches(*v))),
    one("gate.not-analysed", |l| said(&l.gate.not_analysed, show::action, severe)),
    one("gate.partial", |l| said(&l.gate.partial, show::action, severe)),
    list("gate.rules", |l| all(&l.gate.rules, show::rule, raises)),
    tightens("gate.ai.fail-on", |l| said(&l.gate.ai.fail_on, show::threshold, |v| Worth::Reaches(*v))),
    tightens("gate.ai.warn-on", |l| said(&l.gate.ai.warn_on, show::threshold, |v| Worth::Reaches(*v))),
    one("gate.caps.findings", |l| said(&l.gate.caps.findings, count, higher)),
    one("gate.caps.file-bytes", |l| said(&l.gate.caps.file_bytes, |v| show::with_suffix(*v, "B"), higher)),
    one("gate.caps.steps", |l| said(&l.gate.caps.steps, count, higher)),
    one("harden.strategy", |l| said(&l.harden.strategy, ToString::to_string, plain)),
    one("harden.ladder", |l| said(&l.harden.ladder, |v| show::list(v.iter().map(ToString::to_string)), plain)),
    list("harden.overrides", |l| all(&l.harden.overrides, show::strategy_override, |_| Strictness::Other)),
    one("harden.rounds", |l| said(&l.harden.rounds, ToString::to_string, lower)),
    one("harden.budget.requests", |l| said(&l.harden.budget.requests, count, lower)),
    one("harden.budget.tokens", |l| said(&l.harden.budget.tokens, count, lower)),
    tightens("harden.budget.usd", |l| said(&l.harden.budget.usd, ToString::to_string, |v| Worth::Lower(*v))),
    one("harden.budget.seconds", |l| said(&l.harden.budget.seconds, ToString::to_string, lower)),
    one("harden.budget.findings", |l| said(&l.harden.budget.findings, count, lower)),
    one("harden.send.include", |l| said(&l.harden.send.include, |v| show::globs(v), |v| Worth::Less(set(v)))),
    list("harden.send.exclude", |l| all(&l.harden.send.exclude, |v| show::quoted(v), |_| Strictness::Stricter)),
    one("model", model),
    tightens("verify.command", |l| said(&l.verify.command, |v| show::quoted(v), plain)),
    one("verify.timeout", |l| said(&l.verify.timeout, |v| show::duration(*v), |v| Worth::Lower(v.as_secs_f64()))),
    tightens("engines", |l| {
        said(&l.engines, |v| engines::all_shown(v), |v| Worth::More(Some(v.iter().map(engines::shown).collect())))
    }),
    one("publish.review", |l| said(&l.publish.review, ToString::to_string, switched_on)),
    one("publish.check", |l| said(&l.publish.check, ToString::to_string, switched_on)),
    one("publish.summary", |l| said(&l.publish.summary, ToString::to_string, switched_on)),
    one("publish.sarif", |l| said(&l.publish.sarif, ToString::to_string, switched_on)),
    one("publish.max-comments", |l| said(&l.publish.max_comments, ToString::to_string, higher)),
    list("authorship.marks", |l| all(&l.authorship.marks, MarkLayer::shown, |_| Strictness::Stricter)),
    list("authorship.ai-written.users", |l| {
        all(&l.authorship.ai_written.users, |v| show::quoted(v), |_| Strictness::Stricter)
    }),
    list("authorship.ai-written.branches", |l| {
        all(&l.authorship.ai_written.branches, |v| show::quoted(v), |_| Strictness::Stricter)
    }),
    list("authorship.ai-written.labels", |l| {
        all(&l.authorship.ai_written.labels, |v| show::quoted(v), |_| Strictness::Stricter)
    }),
    list("waivers", |l| all(&l.waivers, show::waiver, |_| Strictness::Looser)),
    one("inline-waivers", |l| said(&l.inline_waivers, ToString::to_string, |v| Worth::Lower(f64::from(*v)))),
    loosens("baseline-file", |l| said(&l.baseline_file, |v| show::quoted(v), plain)),
    one("version", |l| said(&l.version, ToString::to_string, plain)),
];

const fn one(name: &'static str, said: fn(&Layer) -> Vec<Said>) -> Setting {
    Setting { name, is_list: false, said_at_all: Strictness::Other, said }
}

const fn tightens(name: &'static str, said: fn(&Layer) -> Vec<Said>) -> Setting {
    Setting { name, is_list: false, said_at_all: Strictness::Stricter, said }
}

const fn loosens(name: &'static str, said: fn(&Layer) -> Vec<Said>) -> Setting {
    Setting { name, is_list: false, said_at_all: Strictness::Looser, said }
}

const fn list(name: &'static str, said: fn(&Layer) -> Vec<Said>) -> Setting {
    Setting { name, is_list: true, said_at_all: Strictness::Other, said }
}

impl Setting {
    /// Whether a lock of this name holds it. Exceptions could lower a threshold that is locked, so its lock holds them too.
    pub(super) fn is_held_by(&self, lock: LockName) -> bool {
        let thresholds = ["gate.fail-on", "gate.warn-on", "gate.ai.fail-on", "gate.ai.warn-on"];
        let within = self.name.strip_prefix(lock.0).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'));
        within || (self.name == "gate.rules" && thresholds.contains(&lock.0))
    }

    /// What a value above does to one below. Both are what the setting says; for a list one entry.
    pub(super) fn strictness(&self, below: Option<&Said>, above: Option<&Said>) -> Strictness {
        match (below, above) {
            (None, None) => Strictness::Same,
            (None, Some(Said { worth: Worth::Entry(strictness), .. })) => *strictness,
            (Some(Said { worth: Worth::Entry(strictness), .. }), None) => reverse(*strictness),
            (None, Some(_)) => self.said_at_all,
            (Some(_), None) => reverse(self.said_at_all),
            (Some(below), Some(above)) if below.shown == above.shown => Strictness::Same,
            (Some(below), Some(above)) => order(&below.worth, &above.worth),
        }
    }
}

fn reverse(strictness: Strictness) -> Strictness {
    match strictness {
        Strictness::Looser => Strictness::Stricter,
        Strictness::Stricter => Strictness::Looser,
        same => same,
    }
}

fn order(below: &Worth, above: &Worth) -> Strictness {
    let by = |stricter: bool, looser: bool| match (stricter, looser) {
        (true, true) => Strictness::Same,
        (true, false) => Strictness::Stricter,
        (false, true) => Strictness::Looser,
        (false, false) => Strictness::Other,
    };
    match (below, above) {
        (Worth::Higher(a), Worth::Higher(b)) => by(b >= a, b <= a),
        (Worth::Lower(a), Worth::Lower(b)) => by(b <= a, b >= a),
        (Worth::Reaches(a), Worth::Reaches(b)) => by(
            b.severity <= a.severity && b.confidence <= a.confidence,
            b.severity >= a.severity && b.confidence >= a.confidence,
        ),
        (Worth::More(a), Worth::More(b)) => by(holds(b, a), holds(a, b)),
        (Worth::Less(a), Worth::Less(b)) => by(holds(a, b), holds(b, a)),
        _ => Strictness::Other,
    }
}

/// Whether one set holds the other; none is everything.
fn holds(large: &Option<BTreeSet<String>>, small: &Option<BTreeSet<String>>) -> bool {
    match (large, small) {
        (None, _) => true,
        (Some(_), None) => false,
        (Some(large), Some(small)) => large.is_superset(small),
    }
}

fn said<T>(value: &Option<Located<T>>, shown: impl Fn(&T) -> String, worth: impl Fn(&T) -> Worth) -> Vec<Said> {
    let said = |v: &Located<T>| Said { shown: shown(&v.value), origin: v.origin.clone(), worth: worth(&v.value) };
    value.iter().map(said).collect()
}

fn all<T>(values: &[Located<T>], shown: impl Fn(&T) -> String, adds: impl Fn(&T) -> Strictness) -> Vec<Said> {
    let said =
        |v: &Located<T>| Said { shown: shown(&v.value), origin: v.origin.clone(), worth: Worth::Entry(adds(&v.value)) };
    values.iter().map(said).collect()
}

/// The model with all its keys: a key or an endpoint of its own makes it another one.
fn model(layer: &Layer) -> Vec<Said> {
    let said = |model: &super::model::ModelLayer| Said {
        shown: show::model(model),
        origin: model.provider.origin.clone(),
        worth: Worth::Plain,
    };
    layer.model.iter().map(said).collect()
}

/// A list of globs; one that matches every file is everything.
fn set(globs: &[String]) -> Option<BTreeSet<String>> {
    (!globs.iter().any(|glob| glob == "**")).then(|| globs.iter().cloned().collect())
}

fn languages(languages: &Languages) -> Option<BTreeSet<String>> {
    match languages {
        Languages::All => None,
        Languages::Only(languages) => Some(languages.iter().map(|language| language.name().to_owned()).collect()),
    }
}

fn severe(action: &Action) -> Worth {
    Worth::Higher(f64::from(*action as u8))
}

/// An exception that fails what it is about cannot let anything through.
fn raises(rule: &RuleSetting) -> Strictness {
    if rule.action == Action::Fail { Strictness::Stricter } else { Strictness::Looser }
}

fn count(number: &u64) -> String {
    show::with_suffix(*number, "")
}

fn number(number: u64) -> f64 {
    // Up to 2^53 nothing is lost, which is more than any limit of a policy.
    number as f64
}

fn higher(value: &u64) -> Worth {
    Worth::Higher(number(*value))
}

fn lower(value: &u64) -> Worth {
    Worth::Lower(number(*value))
}

fn switched_on(value: &bool) -> Worth {
    Worth::Higher(f64::from(*value))
}

fn plain<T>(_: &T) -> Worth {
    Worth::Plain
}

/// The names that can be locked: every setting but the version and the locks themselves, and every section.
pub(super) fn lockable() -> BTreeSet<&'static str> {
    let names = SETTINGS.iter().map(|setting| setting.name).filter(|name| !matches!(*name, "version" | "locked"));
    let mut all: BTreeSet<&'static str> = BTreeSet::new();
    for name in names {
        all.insert(name);
        all.extend(name.match_indices('.').filter_map(|(at, _)| name.get(..at)));
    }
    all
}

impl Reader<'_> {
    pub(super) fn locked(&mut self, entry: &Entry<'_>) -> Option<Vec<Located<LockName>>> {
        let items = self.one_or_many(entry)?;
        let names = lockable();
        self.every(items, |reader, item| {
            let name = reader.string(item, "the name of a setting")?;
            if let Some(known) = names.get(name) {
                return Some(reader.located(item, LockName(known)));
            }
            let near = reader.near(name, names.iter().copied());
            let help = near.unwrap_or_else(|| "name a setting or a section: `gate.fail-on`, `harden.send`".to_owned());
            reader.report(item, format!("no setting has the name `{}`", clip(name)), Some(help))
        })
    }
}
