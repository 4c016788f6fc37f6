//! The policy: the file that a security team owns. It says which files are judged, what fails a change, what only warns,
//! and how findings are hardened.
//!
//! Here: reading one policy file (`fields`, `read`, `read_harden`, `read_model`, `read_engines`, `read_authorship`,
//! `reference`, `values`, `quantities`) into what it says (`layer`, `model`, `engines`, `authorship`, `strategy`, `waivers`,
//! `categories`; `origin` is where), laying files over each other (`stack`, and `settings` for what is stricter), deciding
//! (`decide`), what models may be asked (`asking`), and what is shown: the merged policy (`show`), how two differ (`diff`),
//! why a finding is decided as it is (`explain`), what cases expect (`cases`), and the JSON schema (`schema`). Not here:
//! where a policy file comes from (the caller reads it from the
//! base of the change), and what weaknesses are.

mod accepted;
mod asking;
mod authorship;
mod cases;
mod categories;
mod decide;
mod diagnosed;
mod diff;
mod engines;
mod explain;
mod fields;
mod inline;
mod layer;
mod model;
mod origin;
mod quantities;
mod read;
mod read_authorship;
mod read_engines;
mod read_harden;
mod read_model;
mod reference;
mod schema;
mod settings;
mod show;
mod stack;
mod strategy;
#[cfg(test)]
mod tests;
mod values;
mod waiver_statuses;
mod waivers;

use std::collections::BTreeSet;

use globset::{Glob, GlobBuilder, GlobSet, GlobSetBuilder};
use jiff::civil::Date;

use crate::finding::{Confidence, Level};
use crate::report::model::Action;
use crate::syntax::hir::Language;

use crate::authorship::Declared;
pub use crate::diagnostic::{Diagnostic, FileError as PolicyError};
pub use accepted::Accepted;
use asking::Asking;
pub use asking::{Budget, ModelUse, VerifyCommand};
use authorship::AuthorshipLayer;
pub use cases::{CaseOutcome, Cases};
pub use categories::Category;
pub use decide::{Circumstances, Decision, finding_reasons};
use diagnosed::Text;
pub use diff::{Difference, differences};
pub use engines::{Engine, EngineLimits, EngineSource, PATHS};
pub use inline::InlineWaivers;
use layer::{AiLayer, Layer, Override, PublishLayer, RuleSetting};
pub use layer::{Languages, Threshold};
pub use model::{Lora, ModelSettings, Provider};
pub use origin::{Located, Origin};
pub use quantities::in_words as duration_in_words;
pub use reference::{Reference, Remote};
pub use schema::json_schema;
pub use settings::Strictness;
use stack::Stack;
pub use stack::{NoTexts, Texts};
pub use strategy::Strategy;
use waivers::Waivers;
pub use waivers::{About, Waiver, day};

/// A policy that comes with the program.
#[derive(Clone, Copy, Debug)]
pub struct Builtin {
    /// Its name.
    pub name: &'static str,
    /// Its text.
    pub text: &'static str,
}

/// The policies that come with the program. The first lies below every policy.
pub const BUILTIN: [Builtin; 5] = [
    Builtin { name: "baseline", text: include_str!("../../policies/baseline.yml") },
    Builtin { name: "strict", text: include_str!("../../policies/strict.yml") },
    Builtin { name: "ai-authored", text: include_str!("../../policies/ai-authored.yml") },
    Builtin { name: "cwe-top-25", text: include_str!("../../policies/cwe-top-25.yml") },
    Builtin { name: "owasp-top-10", text: include_str!("../../policies/owasp-top-10.yml") },
];

/// The names that a policy may refer to.
#[derive(Clone, Debug, Default)]
pub struct KnownNames {
    rules: BTreeSet<String>,
}

impl KnownNames {
    /// From the ids of all rules.
    pub fn new<S: Into<String>>(rules: impl IntoIterator<Item = S>) -> KnownNames {
        KnownNames { rules: rules.into_iter().map(Into::into).collect() }
    }
}

/// A complete policy: a policy file laid over the built-in one, or the built-in one alone.
#[derive(Clone, Debug)]
pub struct Policy {
    scope: Scope,
    fail_on: Located<Threshold>,
    warn_on: Located<Threshold>,
    not_analysed: Located<Action>,
    partial: Located<Action>,
    rules: Vec<Setting<RuleSetting>>,
    ai: AiLayer,
    publish: PublishLayer,
    waivers: Waivers,
    inline_waivers: bool,
    accepted: Option<Located<Accepted>>,
    /// The day on which waivers are looked at; without one none holds.
    today: Option<Date>,
    caps: Caps,
    strategy: Located<Strategy>,
    overrides: Vec<Setting<Override>>,
    asking: Asking,
    authorship: AuthorshipLayer,
    declared_marks: Declared,
    /// Only findings with one of these are mended; empty for all.
    only_cwe: Vec<u32>,
    /// What all files together say.
    merged: Layer,
    /// The files, the lowest first.
    texts: Vec<Text>,
}

#[derive(Clone, Debug)]
struct Scope {
    include: Located<Vec<String>>,
    exclude: Located<Vec<String>>,
    languages: Located<Languages>,
    include_set: GlobSet,
    exclude_set: GlobSet,
}

/// The limits of a policy.
#[derive(Clone, Debug, PartialEq)]
pub struct Caps {
    /// The most findings that a report lists. They are cut after judging, never before.
    pub findings: Located<u64>,
    /// The largest file that is analysed, in bytes.
    pub file_bytes: Located<u64>,
    /// The most analysis steps for one file.
    pub steps: Located<u64>,
}

/// An entry of `gate.rules` or `harden.overrides`, ready to match.
#[derive(Clone, Debug)]
struct Setting<T> {
    entry: Located<T>,
    /// Its number in the list of its own file, from zero.
    index: usize,
    /// `None`: every path.
    paths: Option<GlobSet>,
}

impl Policy {
    /// The built-in policy `baseline`, which judges where there is no policy file.
    pub fn baseline() -> Policy {
        Policy::complete(Stack::baseline(), None)
    }

    /// A policy that comes with the program.
    pub fn builtin(builtin: &Builtin) -> Policy {
        Policy::complete(Stack::builtin(builtin), None)
    }

    /// Reads a policy that extends built-in policies only.
    pub fn parse(file_name: &str, text: &str, known: &KnownNames) -> Result<Policy, PolicyError> {
        Policy::load(file_name, text, known, &NoTexts)
    }

    /// Reads a policy file and those that it extends, and lays them over `baseline`. `file_name` is its path among `texts`;
    /// it is shown in errors, and as the origin of values. An empty text says nothing and gives `baseline`. Errors: everything
    /// that is wrong with the first of the files that is wrong, with its place.
    pub fn load(file_name: &str, text: &str, known: &KnownNames, texts: &dyn Texts) -> Result<Policy, PolicyError> {
        let stack = stack::load(file_name, text, known, texts)?;
        let accepted = accepted::load(&stack, texts)?;
        Ok(Policy::complete(stack, accepted))
    }

    /// The same policy on a day: waivers hold until theirs. Without a day none of them holds.
    #[must_use]
    pub fn on(mut self, today: Date) -> Policy {
        self.today = Some(today);
        self
    }

    /// Whether comments in the code can waive findings.
    pub fn reads_comments(&self) -> bool {
        self.inline_waivers
    }

    /// What is wrong with waivers that were left out: errors of their files, as warnings.
    pub fn waiver_problems(&self) -> Vec<PolicyError> {
        let mut out = Vec::new();
        for text in &self.texts {
            let of_text = |problem: &&layer::WaiverProblem| problem.file == text.name();
            let found: Vec<Diagnostic> =
                self.merged.problems.iter().filter(of_text).map(|problem| problem.diagnostic.clone()).collect();
            if !found.is_empty() {
                out.push(text.error(found));
            }
        }
        out
    }

    /// Whether a review, a check, a summary, results may be published.
    pub fn publishes(&self) -> Publishes {
        let on = |switch: &Option<Located<bool>>| switch.as_ref().is_none_or(|switch| switch.value);
        let most = self.publish.max_comments.as_ref().map_or(0, |most| most.value);
        Publishes {
            review: on(&self.publish.review),
            check: on(&self.publish.check),
            summary: on(&self.publish.summary),
            sarif: on(&self.publish.sarif),
            max_comments: usize::try_from(most).unwrap_or(usize::MAX),
        }
    }

    /// The marks of AI agents that it declares.
    pub fn declared_marks(&self) -> &Declared {
        &self.declared_marks
    }

    /// The limits.
    pub fn caps(&self) -> &Caps {
        &self.caps
    }

    /// The most findings that a report lists.
    pub fn max_findings(&self) -> usize {
        usize::try_from(self.caps.findings.value).unwrap_or(usize::MAX)
    }

    /// The largest file that is analysed, in bytes.
    pub fn max_file_bytes(&self) -> u64 {
        self.caps.file_bytes.value
    }

    /// The most analysis steps for one file.
    pub fn max_steps(&self) -> u64 {
        self.caps.steps.value
    }

    /// A policy of a layer. `baseline` says every value (a test holds that); should one be missing, the strictest stands in.
    fn complete(stack: Stack, accepted: Option<Located<Accepted>>) -> Policy {
        let Stack { layer: merged, texts } = stack;
        let mut layer = merged.clone();
        let strategy = layer.harden.strategy.take().unwrap_or_else(|| builtin(Strategy::None));
        let overrides = std::mem::take(&mut layer.harden.overrides);
        let strictest = Threshold { severity: Level::Low, confidence: Confidence::Low };
        let include = layer.scope.include.unwrap_or_else(|| builtin(vec!["**".to_owned()]));
        let exclude = layer.scope.exclude.unwrap_or_else(|| builtin(Vec::new()));
        Policy {
            scope: Scope {
                include_set: glob_set(&include.value).unwrap_or_default(),
                exclude_set: glob_set(&exclude.value).unwrap_or_default(),
                include,
                exclude,
                languages: layer.scope.languages.unwrap_or_else(|| builtin(Languages::All)),
            },
            fail_on: layer.gate.fail_on.unwrap_or_else(|| builtin(strictest)),
            warn_on: layer.gate.warn_on.unwrap_or_else(|| builtin(strictest)),
            not_analysed: layer.gate.not_analysed.unwrap_or_else(|| builtin(Action::Fail)),
            partial: layer.gate.partial.unwrap_or_else(|| builtin(Action::Fail)),
            rules: settings(layer.gate.rules, |setting| &setting.paths),
            ai: layer.gate.ai,
            publish: layer.publish,
            waivers: Waivers::new(numbered(layer.waivers)),
            inline_waivers: layer.inline_waivers.is_some_and(|allowed| allowed.value),
            accepted,
            today: None,
            caps: Caps {
                findings: layer.gate.caps.findings.unwrap_or_else(|| builtin(25_000)),
                file_bytes: layer.gate.caps.file_bytes.unwrap_or_else(|| builtin(1)),
                steps: layer.gate.caps.steps.unwrap_or_else(|| builtin(1)),
            },
            strategy,
            overrides: settings(overrides, |setting| &setting.paths),
            asking: Asking::complete(layer.harden, layer.model, layer.verify),
            declared_marks: layer.authorship.declared(),
            authorship: layer.authorship,
            only_cwe: Vec::new(),
            merged,
            texts,
        }
    }
}

/// What may be published, where the run is asked to and has the rights.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Publishes {
    /// A review with a comment a finding.
    pub review: bool,
    /// A check run with the verdict.
    pub check: bool,
    /// One summary comment.
    pub summary: bool,
    /// Results for Code Scanning.
    pub sarif: bool,
    /// The most comments of one review.
    pub max_comments: usize,
}

fn builtin<T>(value: T) -> Located<T> {
    Located { value, origin: Origin::Builtin { policy: BUILTIN[0].name, span: 0..0 } }
}

fn settings<T>(entries: Vec<Located<T>>, paths: fn(&T) -> &Vec<String>) -> Vec<Setting<T>> {
    let setting = |(entry, index): (Located<T>, usize)| {
        let globs = paths(&entry.value);
        let paths = (!globs.is_empty()).then(|| glob_set(globs).unwrap_or_default());
        Setting { entry, index, paths }
    };
    numbered(entries).into_iter().map(setting).collect()
}

/// Entries with their numbers in the lists of their own files.
fn numbered<T>(entries: Vec<Located<T>>) -> Vec<(Located<T>, usize)> {
    let mut out: Vec<(Located<T>, usize)> = Vec::with_capacity(entries.len());
    for entry in entries {
        let same_file = out.last().filter(|(before, _)| before.origin.same_text(&entry.origin));
        let index = same_file.map_or(0, |(_, before)| before + 1);
        out.push((entry, index));
    }
    out
}

fn in_paths(paths: Option<&GlobSet>, path: &str) -> bool {
    paths.is_none_or(|paths| paths.is_match(path))
}

/// The set of some globs; `None` if one of them is wrong or they are too large together. The reader has tried each list.
fn glob_set(globs: &[String]) -> Option<GlobSet> {
    let mut builder = GlobSetBuilder::new();
    for glob in globs {
        builder.add(compile_glob(glob).ok()?);
    }
    builder.build().ok()
}

/// A glob of a policy: `*` and `?` stay inside one segment, `**` crosses segments, `\` escapes on every system.
fn compile_glob(glob: &str) -> Result<Glob, String> {
    let glob = GlobBuilder::new(glob).literal_separator(true).backslash_escape(true).build();
    glob.map_err(|error| error.kind().to_string())
}

fn in_languages(languages: &[Language], language: Option<Language>) -> bool {
    languages.is_empty() || language.is_some_and(|language| languages.contains(&language))
}
