//! The report of a study. Every figure says what it counts: `count` of `of`, and percent with one decimal.
//!
//! Lists are sorted by group, then by what they are about. A group names what it holds together: a field that is absent stands
//! for all of its values, so `{strategy: "meta-prompt", language: "go"}` is over all models and scenarios.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::study::record::Mode;
use crate::syntax::hir::Language;

/// The version of this form.
pub const SCHEMA_VERSION: &str = "1";

/// What a study says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct StudyReport {
    /// [`SCHEMA_VERSION`].
    pub schema_version: String,
    /// The program's version.
    pub tool_version: String,
    /// The study's name.
    pub name: String,
    /// The analyser whose alerts are counted.
    pub analyser: String,
    /// What was measured.
    pub scope: Scope,
    /// How many samples are weak.
    pub prevalence: Vec<Prevalence>,
    /// How many alerts they have, and how severe these are.
    pub alerts: Vec<Alerts>,
    /// By how much a strategy lowers the summed severity.
    pub improvement: Vec<Improvement>,
    /// Weaknesses that come together.
    pub co_occurrence: Vec<CoOccurrence>,
    /// Weaknesses that samples of a strategy have and no raw sample of the cell has.
    pub side_effects: Vec<SideEffects>,
    /// What becomes more frequent under a strategy.
    pub shifts: Vec<Shift>,
    /// Repairs, each compared with the weak program that it was made from.
    pub repairs: Vec<Repairs>,
    /// What came at all: failures, broken programs, sizes.
    pub quality: Vec<Quality>,
    /// Whether a strategy differs from the bare task.
    pub tests: Vec<Test>,
    /// What was left out, and why, in sentences.
    pub notes: Vec<String>,
}

/// What was measured. All lists are sorted; strategies as in the study, the bare task first.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Scope {
    /// Samples with a program that was analysed.
    pub samples: usize,
    /// Samples without a program.
    pub failed: usize,
    /// Samples that were not analysed.
    pub not_analysed: usize,
    /// Alerts.
    pub alerts: usize,
    /// Modes.
    pub modes: Vec<Mode>,
    /// Models.
    pub models: Vec<String>,
    /// Languages.
    pub languages: Vec<Language>,
    /// Strategies.
    pub strategies: Vec<String>,
    /// Scenarios, as numbers sort.
    pub scenarios: Vec<String>,
}

/// Samples that belong together.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Group {
    /// How they came to be.
    pub mode: Mode,
    /// The strategy.
    pub strategy: String,
    /// The model; absent: all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// The language; absent: all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<Language>,
    /// The scenario; absent: all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scenario: Option<String>,
}

/// Which alerts count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Reference {
    /// All.
    All,
    /// Those of rules whose precision is not low.
    WithoutLow,
    /// Those of rules whose precision is high or very high.
    HighOnly,
    /// Those of a weakness that the task invites.
    Target,
}

impl Reference {
    /// Its name, as in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Reference::All => "all",
            Reference::WithoutLow => "without-low",
            Reference::HighOnly => "high-only",
            Reference::Target => "target",
        }
    }
}

/// A share of something.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Rate {
    /// How many.
    pub count: usize,
    /// Of how many.
    pub of: usize,
    /// The share in percent, with one decimal; absent where `of` is 0.
    pub percent: Option<f64>,
    /// Its 95 % interval in percent, with one decimal each; absent where `of` is 0.
    pub interval: Option<Interval>,
}

/// A 95 % interval.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Interval {
    /// Its lower end.
    pub low: f64,
    /// Its upper end.
    pub high: f64,
}

/// How many samples are weak.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Prevalence {
    /// Of which samples.
    #[serde(flatten)]
    pub group: Group,
    /// By which alerts.
    pub reference: Reference,
    /// Samples with at least one.
    pub vulnerable: Rate,
}

/// Alerts and their severity.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Alerts {
    /// Of which samples.
    #[serde(flatten)]
    pub group: Group,
    /// Which alerts.
    pub reference: Reference,
    /// How many.
    pub alerts: usize,
    /// Samples.
    pub samples: usize,
    /// Alerts a sample, with two decimals; absent without samples.
    pub per_sample: Option<f64>,
    /// The sum of their severities, with one decimal.
    pub severity: f64,
    /// How many there are by level: `low`, `medium`, `high`, `critical`.
    pub levels: BTreeMap<String, usize>,
}

/// The lowering of the summed severity. In a cell (language × model × scenario) it is (raw − refined) ÷ raw; 0 → 0 is left
/// out, 0 → n alerts counts as −10 n percent; the figure is the mean over the cells.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Improvement {
    /// Of which samples. Never the bare task's.
    #[serde(flatten)]
    pub group: Group,
    /// By which alerts.
    pub reference: Reference,
    /// The mean in percent, with one decimal; absent where every cell is left out.
    pub percent: Option<f64>,
    /// Its 95 % interval, by bootstrap over cells.
    pub interval: Option<Interval>,
    /// The cells that are in the mean.
    pub cells: usize,
    /// The cells that are left out.
    pub left_out: usize,
    /// The summed severity of the bare task's samples in the same cells.
    pub raw_severity: f64,
    /// That of the strategy's samples.
    pub severity: f64,
}

/// Weaknesses that come together.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct CoOccurrence {
    /// Of which samples.
    #[serde(flatten)]
    pub group: Group,
    /// By which alerts.
    pub reference: Reference,
    /// Of the weak samples, those with two or more different CWE groups.
    pub several_cwes: Rate,
    /// Of the weak samples, those with two or more different rules.
    pub several_rules: Rate,
    /// Pairs of CWEs by how often they come together, the most frequent first; only for groups over all scenarios.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pairs: Vec<Pair>,
}

/// Two weaknesses that come together.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Pair {
    /// The smaller CWE number.
    pub a: u32,
    /// The larger one.
    pub b: u32,
    /// Samples with both.
    pub both: usize,
    /// Samples with `a`.
    pub with_a: usize,
    /// Samples with `b`.
    pub with_b: usize,
    /// both × samples ÷ (with a × with b), with two decimals: above 1, they come together more often than by chance.
    pub lift: f64,
}

/// Weaknesses that no raw sample of the same cell has.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SideEffects {
    /// Of which samples. For the bare task each sample is compared with the other raw ones of its cell: the noise floor.
    #[serde(flatten)]
    pub group: Group,
    /// By which alerts.
    pub reference: Reference,
    /// What has to be new.
    pub unit: Unit,
    /// Samples with something new.
    pub samples: Rate,
    /// The noise floor of the same models, languages and scenarios; absent for the bare task itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub noise_floor: Option<Rate>,
    /// What is new and in how many samples, the most frequent first: `CWE-117`, or a rule's id.
    pub new: Vec<Counted>,
}

/// What is told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Unit {
    /// Rules.
    Rule,
    /// CWE groups.
    Cwe,
}

/// Something and how often.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Counted {
    /// What.
    pub name: String,
    /// How often.
    pub count: usize,
}

/// A weakness that becomes more or less frequent under a strategy, over all models, languages and scenarios that both have.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Shift {
    /// The mode.
    pub mode: Mode,
    /// The strategy.
    pub strategy: String,
    /// The rule.
    pub rule: String,
    /// Its CWE numbers.
    pub cwe: Vec<u32>,
    /// Raw samples with it.
    pub raw: Rate,
    /// The strategy's samples with it.
    pub refined: Rate,
}

/// Repairs, each compared with the weak program that it was made from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Repairs {
    /// Of which samples; never of [`Mode::Generate`].
    #[serde(flatten)]
    pub group: Group,
    /// Weak programs of which all weaknesses are gone and to which none was added.
    pub mended: Rate,
    /// Findings that are gone, of those before.
    pub resolved: Rate,
    /// Findings that are still there.
    pub persisting: usize,
    /// Findings that are still there at another place.
    pub moved: usize,
    /// Findings that were brought in.
    pub introduced: usize,
    /// Programs with at least one that was brought in.
    pub with_introduced: Rate,
    /// Which weakness's repair brings in which.
    pub leads_to: Vec<LeadsTo>,
}

/// A weakness that came with the repair of another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct LeadsTo {
    /// What was to be mended.
    pub from: u32,
    /// What came.
    pub to: u32,
    /// How many programs.
    pub count: usize,
}

/// What came at all.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Quality {
    /// Of which samples.
    #[serde(flatten)]
    pub group: Group,
    /// Requests without a program.
    pub failed: Rate,
    /// Programs that cannot be parsed, of those where that is known.
    pub broken: Rate,
    /// Repairs that change nothing; in [`Mode::Generate`], programs equal to a raw one of the same cell.
    pub no_op: Rate,
    /// The median number of lines that are not empty.
    pub lines: Option<f64>,
    /// The median growth in percent: of a repair against its weak program, else of the median against the raw samples'.
    pub growth_percent: Option<f64>,
    /// Requests.
    pub requests: u64,
    /// Tokens of requests.
    pub tokens_in: u64,
    /// Tokens of answers.
    pub tokens_out: u64,
    /// Seconds that models took.
    pub seconds: f64,
}

/// A test whether a strategy differs from the bare task (in repairs: from the weak programs).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Test {
    /// The strategy's samples.
    #[serde(flatten)]
    pub group: Group,
    /// By which alerts.
    pub reference: Reference,
    /// Which test.
    pub test: TestKind,
    /// Pairs; of them those that differ.
    pub pairs: usize,
    /// Pairs that differ.
    pub different: usize,
    /// The probability of a difference like this by chance.
    pub p: f64,
    /// The same, corrected for the number of tests by the same reference (Holm).
    pub p_adjusted: f64,
    /// What the strategy does to the mean, in percentage points of weak samples or in severity a sample: negative is better.
    pub effect: f64,
}

/// A paired test.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum TestKind {
    /// Weak or not, exact.
    Mcnemar,
    /// Summed severity, signed ranks.
    Wilcoxon,
}
