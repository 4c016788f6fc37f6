//! What one policy file says, and how files are laid over each other. Every value remembers where it was written.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fmt;
use std::time::Duration;

use schemars::{JsonSchema, Schema, SchemaGenerator};

use super::model::ModelLayer;
use super::strategy::Strategy;
use crate::finding::{Confidence, Level};
use crate::report::model::Action;
use crate::syntax::hir::Language;

/// Where a value was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// In a policy that comes with the program.
    Builtin(&'static str),
    /// In a file.
    File {
        /// Its name as it was given.
        file: String,
        /// The line, from one.
        line: u32,
    },
    /// On the command line.
    CommandLine,
}

impl Origin {
    /// Whether two values stand in the same text.
    pub(super) fn same_text(&self, other: &Origin) -> bool {
        match (self, other) {
            (Origin::Builtin(a), Origin::Builtin(b)) => a == b,
            (Origin::File { file: a, .. }, Origin::File { file: b, .. }) => a == b,
            _ => false,
        }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Origin::Builtin(name) => f.write_str(name),
            Origin::File { file, line } => write!(f, "{}:{line}", crate::diagnostic::clean(file)),
            Origin::CommandLine => f.write_str("command line"),
        }
    }
}

/// A value with its origin.
#[derive(Clone, Debug, PartialEq)]
pub struct Located<T> {
    /// The value.
    pub value: T,
    /// Where it was written.
    pub origin: Origin,
}

/// In a schema the origin is invisible.
impl<T: JsonSchema> JsonSchema for Located<T> {
    fn inline_schema() -> bool {
        T::inline_schema()
    }

    fn schema_name() -> Cow<'static, str> {
        T::schema_name()
    }

    fn schema_id() -> Cow<'static, str> {
        T::schema_id()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        T::json_schema(generator)
    }
}

/// A Tempergate policy: what fails a change, what only warns, and how findings are hardened. Every key may be left
/// out; the built-in policy `baseline` then says it.
#[derive(Clone, Debug, Default, PartialEq, JsonSchema)]
#[schemars(rename = "TempergatePolicy", transform = super::schema::all_optional, rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct Layer {
    /// The version of the policy format.
    #[schemars(schema_with = "super::schema::version")]
    pub version: Option<Located<u32>>,
    /// The policies that this one is laid over.
    #[schemars(schema_with = "super::schema::extends")]
    pub extends: Option<Located<Vec<String>>>,
    /// Which files are judged.
    #[schemars(with = "ScopeLayer")]
    pub scope: ScopeLayer,
    /// What the gate does about findings and about files that it could not analyse.
    #[schemars(with = "GateLayer")]
    pub gate: GateLayer,
    /// How findings are fixed.
    #[schemars(with = "HardenLayer")]
    pub harden: HardenLayer,
    /// The language model that is asked.
    pub model: Option<ModelLayer>,
    /// How fixes are tried beside the analysis.
    #[schemars(with = "VerifyLayer")]
    pub verify: VerifyLayer,
}

/// Which files are judged.
#[derive(Clone, Debug, Default, PartialEq, JsonSchema)]
#[schemars(rename = "Scope", transform = super::schema::all_optional, rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct ScopeLayer {
    /// Globs of the files to judge. A list replaces the list of the policy below.
    #[schemars(schema_with = "super::schema::globs")]
    pub include: Option<Located<Vec<String>>>,
    /// Globs of files to leave out, although included. A list replaces the list of the policy below.
    pub exclude: Option<Located<Vec<String>>>,
    /// `all`, or the languages to judge.
    #[schemars(schema_with = "super::schema::languages_or_all")]
    pub languages: Option<Located<Languages>>,
}

/// What the gate does about findings and about files that it could not analyse.
#[derive(Clone, Debug, Default, PartialEq, JsonSchema)]
#[schemars(rename = "Gate", transform = super::schema::all_optional, rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct GateLayer {
    /// New and worsened findings with at least this severity and this confidence fail the gate.
    pub fail_on: Option<Located<Threshold>>,
    /// Of the others, those with at least this severity and this confidence are shown as warnings.
    pub warn_on: Option<Located<Threshold>>,
    /// What a file means that was not analysed: too large, binary, an internal error.
    #[schemars(schema_with = "super::schema::file_action")]
    pub not_analysed: Option<Located<Action>>,
    /// What a file means that was analysed in part only: broken syntax, a step budget that ran out.
    #[schemars(schema_with = "super::schema::file_action")]
    pub partial: Option<Located<Action>>,
    /// Exceptions from the thresholds. The last one that matches a finding decides.
    pub rules: Vec<Located<RuleSetting>>,
    /// Limits.
    #[schemars(with = "CapsLayer")]
    pub caps: CapsLayer,
}

/// Limits. Numbers may have a suffix: k, M or G (thousands), and B behind it for bytes: `2MB`, `5M`.
#[derive(Clone, Debug, Default, PartialEq, JsonSchema)]
#[schemars(rename = "Caps", transform = super::schema::all_optional, rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct CapsLayer {
    /// The most findings that a report lists.
    #[schemars(schema_with = "super::schema::count")]
    pub findings: Option<Located<u64>>,
    /// The largest file that is analysed, in bytes. Larger ones are not analysed.
    #[schemars(schema_with = "super::schema::bytes")]
    pub file_bytes: Option<Located<u64>>,
    /// The most analysis steps for one file. What is left of it then is not analysed.
    #[schemars(schema_with = "super::schema::count")]
    pub steps: Option<Located<u64>>,
}

/// How findings are fixed.
#[derive(Clone, Debug, Default, PartialEq, JsonSchema)]
#[schemars(rename = "Harden", transform = super::schema::all_optional, rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct HardenLayer {
    /// The strategy that proposes fixes.
    pub strategy: Option<Located<Strategy>>,
    /// What the strategies `ladder`, `best-of` and `auto` consist of.
    #[schemars(schema_with = "super::schema::ladder")]
    pub ladder: Option<Located<Vec<Strategy>>>,
    /// Exceptions. The last one that matches a finding decides.
    pub overrides: Vec<Located<Override>>,
    /// How often a model is asked again with what was wrong.
    #[schemars(schema_with = "super::schema::rounds")]
    pub rounds: Option<Located<u64>>,
    /// What asking a model may cost in one run.
    #[schemars(with = "BudgetLayer")]
    pub budget: BudgetLayer,
    /// Which files a model may see.
    #[schemars(with = "SendLayer")]
    pub send: SendLayer,
}

/// What asking a model may cost in one run. Numbers may have a suffix: k, M or G.
#[derive(Clone, Debug, Default, PartialEq, JsonSchema)]
#[schemars(rename = "Budget", transform = super::schema::all_optional, rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct BudgetLayer {
    /// The most requests.
    #[schemars(schema_with = "super::schema::count")]
    pub requests: Option<Located<u64>>,
    /// The most tokens, those of requests and answers together.
    #[schemars(schema_with = "super::schema::count")]
    pub tokens: Option<Located<u64>>,
    /// The most US dollars, by `model.prices`. No limit of its own when left out.
    #[schemars(schema_with = "super::schema::usd")]
    pub usd: Option<Located<f64>>,
    /// The most seconds by the clock.
    #[schemars(schema_with = "super::schema::count")]
    pub seconds: Option<Located<u64>>,
    /// The most findings that a model is asked about, the severest first.
    #[schemars(schema_with = "super::schema::count")]
    pub findings: Option<Located<u64>>,
}

/// Which files a model may see.
#[derive(Clone, Debug, Default, PartialEq, JsonSchema)]
#[schemars(rename = "Send", transform = super::schema::all_optional, rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct SendLayer {
    /// Globs of the files that may be sent. A list replaces the list of the policy below.
    #[schemars(schema_with = "super::schema::globs")]
    pub include: Option<Located<Vec<String>>>,
    /// Globs of files that are never sent, in addition to those of the policy below.
    #[schemars(schema_with = "super::schema::globs_or_none")]
    pub exclude: Vec<Located<String>>,
}

/// How fixes are tried beside the analysis.
#[derive(Clone, Debug, Default, PartialEq, JsonSchema)]
#[schemars(rename = "Verify", transform = super::schema::all_optional, rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct VerifyLayer {
    /// A command for the shell, such as a compiler or the tests. It runs in a copy of the change's head.
    #[schemars(schema_with = "super::schema::text")]
    pub command: Option<Located<String>>,
    /// The longest that one run of the command may take: `90s`, `5m`, `1h`.
    #[schemars(schema_with = "super::schema::duration")]
    pub timeout: Option<Located<Duration>>,
}

/// A severity and a confidence that a finding must both reach.
#[derive(Clone, Copy, Debug, PartialEq, Eq, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Threshold {
    /// The lowest severity that counts.
    pub severity: Level,
    /// The lowest confidence that counts.
    pub confidence: Confidence,
}

/// The languages that a policy judges.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Languages {
    /// Every language that the program reads.
    All,
    /// These, sorted.
    Only(Vec<Language>),
}

/// An exception from the thresholds. Exactly one of `cwe` and `rule`.
#[derive(Clone, Debug, PartialEq, JsonSchema)]
#[schemars(transform = super::schema::cwe_or_rule, rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct RuleSetting {
    /// CWE numbers; a finding matches if it has one of them.
    #[schemars(schema_with = "super::schema::cwe")]
    pub cwe: Vec<u32>,
    /// Rule ids (`tempergate rules list`).
    #[schemars(schema_with = "super::schema::names")]
    pub rule: Vec<String>,
    /// Only findings in these languages.
    #[schemars(schema_with = "super::schema::languages")]
    pub languages: Vec<Language>,
    /// Only findings in files that one of these globs matches.
    #[schemars(schema_with = "super::schema::globs")]
    pub paths: Vec<String>,
    /// What happens: `fail`, `warn`, `note` (listed only) or `off` (not even listed).
    pub action: Action,
}

/// An exception from the strategy. At least one of the other keys beside `strategy`.
#[derive(Clone, Debug, PartialEq, JsonSchema)]
#[schemars(transform = super::schema::some_selector, rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct Override {
    /// CWE numbers; a finding matches if it has one of them.
    #[schemars(schema_with = "super::schema::cwe")]
    pub cwe: Vec<u32>,
    /// Rule ids (`tempergate rules list`).
    #[schemars(schema_with = "super::schema::names")]
    pub rule: Vec<String>,
    /// Only findings in these languages.
    #[schemars(schema_with = "super::schema::languages")]
    pub languages: Vec<Language>,
    /// Only findings in files that one of these globs matches.
    #[schemars(schema_with = "super::schema::globs")]
    pub paths: Vec<String>,
    /// The strategy for these findings.
    pub strategy: Strategy,
}

impl Layer {
    /// Lays `self` over `below`: a value that `self` says replaces the one below; the entries of `gate.rules` and
    /// `harden.overrides` come behind those below, so that they win where both match; what is never sent to a model adds up.
    pub(super) fn over(self, below: Layer) -> Layer {
        Layer {
            version: self.version.or(below.version),
            extends: self.extends.or(below.extends),
            scope: self.scope.over(below.scope),
            gate: self.gate.over(below.gate),
            harden: self.harden.over(below.harden),
            // Whole: a key of one policy is never sent to the endpoint of another.
            model: self.model.or(below.model),
            verify: VerifyLayer {
                command: self.verify.command.or(below.verify.command),
                timeout: self.verify.timeout.or(below.verify.timeout),
            },
        }
    }
}

impl HardenLayer {
    fn over(self, below: HardenLayer) -> HardenLayer {
        HardenLayer {
            strategy: self.strategy.or(below.strategy),
            ladder: self.ladder.or(below.ladder),
            overrides: behind(below.overrides, self.overrides),
            rounds: self.rounds.or(below.rounds),
            budget: BudgetLayer {
                requests: self.budget.requests.or(below.budget.requests),
                tokens: self.budget.tokens.or(below.budget.tokens),
                usd: self.budget.usd.or(below.budget.usd),
                seconds: self.budget.seconds.or(below.budget.seconds),
                findings: self.budget.findings.or(below.budget.findings),
            },
            send: SendLayer {
                include: self.send.include.or(below.send.include),
                exclude: without_doubles(behind(below.send.exclude, self.send.exclude)),
            },
        }
    }
}

impl ScopeLayer {
    fn over(self, below: ScopeLayer) -> ScopeLayer {
        ScopeLayer {
            include: self.include.or(below.include),
            exclude: self.exclude.or(below.exclude),
            languages: self.languages.or(below.languages),
        }
    }
}

impl GateLayer {
    fn over(self, below: GateLayer) -> GateLayer {
        GateLayer {
            fail_on: self.fail_on.or(below.fail_on),
            warn_on: self.warn_on.or(below.warn_on),
            not_analysed: self.not_analysed.or(below.not_analysed),
            partial: self.partial.or(below.partial),
            rules: behind(below.rules, self.rules),
            caps: CapsLayer {
                findings: self.caps.findings.or(below.caps.findings),
                file_bytes: self.caps.file_bytes.or(below.caps.file_bytes),
                steps: self.caps.steps.or(below.caps.steps),
            },
        }
    }
}

fn behind<T>(mut first: Vec<T>, second: Vec<T>) -> Vec<T> {
    first.extend(second);
    first
}

fn without_doubles(globs: Vec<Located<String>>) -> Vec<Located<String>> {
    let mut kept: Vec<Located<String>> = Vec::with_capacity(globs.len());
    let mut seen = BTreeSet::new();
    for glob in globs {
        if seen.insert(glob.value.clone()) {
            kept.push(glob);
        }
    }
    kept
}
