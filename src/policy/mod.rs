//! The policy: the file that a security team owns. It says which files are judged, what fails a change, what only warns,
//! and how findings are hardened.
//!
//! Here: reading and merging policy files (`fields`, `read`, `read_harden`, `read_model`, `values`, `quantities`; `layer`,
//! `model`, `strategy`), deciding (`decide`), what models may be asked (`asking`), printing the merged policy (`show`) and
//! its JSON schema (`schema`). Not here: where a policy file comes from (the caller reads it from the
//! base of the change), and what weaknesses are.

mod asking;
mod decide;
mod fields;
mod layer;
mod model;
mod quantities;
mod read;
mod read_harden;
mod read_model;
mod schema;
mod show;
mod strategy;
#[cfg(test)]
mod tests;
mod values;

use std::collections::BTreeSet;

use globset::{Glob, GlobBuilder, GlobSet, GlobSetBuilder};

use crate::finding::{Confidence, Level};
use crate::report::model::Action;
use crate::syntax::hir::Language;

pub use crate::diagnostic::{Diagnostic, FileError as PolicyError};
use asking::Asking;
pub use asking::{Budget, ModelUse, VerifyCommand};
pub use decide::{Decision, finding_reasons};
use fields::Author;
pub use layer::{Languages, Located, Origin, Threshold};
use layer::{Layer, Override, RuleSetting};
pub use model::{Lora, ModelSettings, Provider};
pub use quantities::in_words as duration_in_words;
pub use schema::json_schema;
pub use strategy::Strategy;

/// The names of the policies that come with the program.
pub const BUILTIN: [&str; 1] = ["baseline"];

const BASELINE: &str = include_str!("../../policies/baseline.yml");

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
    caps: Caps,
    strategy: Located<Strategy>,
    overrides: Vec<Setting<Override>>,
    asking: Asking,
    /// Only findings with one of these are mended; empty for all.
    only_cwe: Vec<u32>,
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
        Policy::complete(baseline_layer())
    }

    /// Reads a policy file and lays it over `baseline`. `file_name` is only shown: in errors, and as the origin of values.
    /// An empty text says nothing and gives `baseline`. Errors: everything that is wrong with the text, with its place.
    pub fn parse(file_name: &str, text: &str, known: &KnownNames) -> Result<Policy, PolicyError> {
        let (layer, errors) = read::read(&Author::File(file_name), text, known);
        if !errors.is_empty() {
            return Err(PolicyError::new(file_name, text, errors.list, errors.omitted));
        }
        Ok(Policy::complete(layer.over(baseline_layer())))
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
    fn complete(mut layer: Layer) -> Policy {
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
            caps: Caps {
                findings: layer.gate.caps.findings.unwrap_or_else(|| builtin(25_000)),
                file_bytes: layer.gate.caps.file_bytes.unwrap_or_else(|| builtin(1)),
                steps: layer.gate.caps.steps.unwrap_or_else(|| builtin(1)),
            },
            strategy,
            overrides: settings(overrides, |setting| &setting.paths),
            asking: Asking::complete(layer.harden, layer.model, layer.verify),
            only_cwe: Vec::new(),
        }
    }
}

fn baseline_layer() -> Layer {
    read::read(&Author::Builtin("baseline"), BASELINE, &KnownNames::default()).0
}

fn builtin<T>(value: T) -> Located<T> {
    Located { value, origin: Origin::Builtin("baseline") }
}

fn settings<T>(entries: Vec<Located<T>>, paths: fn(&T) -> &Vec<String>) -> Vec<Setting<T>> {
    let mut out: Vec<Setting<T>> = Vec::with_capacity(entries.len());
    for entry in entries {
        let same_file = out.last().filter(|before| before.entry.origin.same_text(&entry.origin));
        let index = same_file.map_or(0, |before| before.index + 1);
        let globs = paths(&entry.value);
        let paths = (!globs.is_empty()).then(|| glob_set(globs).unwrap_or_default());
        out.push(Setting { entry, index, paths });
    }
    out
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
