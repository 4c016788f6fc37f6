//! What a study writes down: one line of JSON for every sample, and one for every analysis of a sample.
//!
//! A study is a folder: `study.yml` says what is asked of whom; `samples*.jsonl` hold what came, `analyses*.jsonl` what
//! analysers say about it. Lines are only ever added, so a run that was killed goes on where it stopped, and the files of
//! several jobs are one study when they lie in one folder. A line is known by its key.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::syntax::hir::Language;

/// How a sample came to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Mode {
    /// Written from the task: what the paper measured.
    Generate,
    /// A weak sample edited once, and the edit taken as it is.
    Repair,
    /// A weak sample edited in rounds, and an edit taken only when it was verified: what the gate does.
    RepairVerified,
}

impl Mode {
    /// Its name, as in records.
    pub fn name(self) -> &'static str {
        match self {
            Mode::Generate => "generate",
            Mode::Repair => "repair",
            Mode::RepairVerified => "repair-verified",
        }
    }
}

/// A program, or the lack of one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Sample {
    /// What was asked of whom, as 32 hexadecimal digits: the start of the SHA-256 of everything that decides what comes (task,
    /// model and its sampling, strategy, mode, number, and for a repair the weak program). Imported: of place and content.
    pub key: String,
    /// How it came to be.
    pub mode: Mode,
    /// The task's id; imported: the scenario's folder.
    pub task: String,
    /// The scenario, which is the same task in several languages. The rows and columns of tables.
    pub scenario: String,
    /// The programming language.
    pub language: Language,
    /// The weaknesses that the task invites.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub target_cwe: Vec<u32>,
    /// The model: `embedded:qwen2.5-coder-0.5b`, or what an import calls it.
    pub model: String,
    /// The strategy's name; [`NONE`] for the bare task.
    pub strategy: String,
    /// Which of several samples of the same request, from one.
    pub number: u32,
    /// The key of the weak program that it was made from; repairs alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<String>,
    /// Where an imported sample was found, '/'-separated, relative to the folder of the import.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// The program; absent where none came.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// Why no program came: a failure's name, or `no-code` for an answer without any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<String>,
    /// For [`Mode::RepairVerified`]: why no candidate was let through, by the reason of each.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rejected: Vec<String>,
    /// What asking cost; absent where nobody was asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub usage: Option<Usage>,
}

/// The strategy of a bare task.
pub const NONE: &str = "none";

/// What asking cost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Usage {
    /// Requests, failed ones too.
    pub requests: u64,
    /// Tokens of requests.
    pub tokens_in: u64,
    /// Tokens of answers.
    pub tokens_out: u64,
    /// Seconds that the model took.
    pub seconds: f64,
}

/// What an analyser says about a sample. One without alerts was analysed and nothing was found; a sample without an analysis
/// was not analysed, and counts nowhere.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Analysis {
    /// The sample's key.
    pub sample: String,
    /// The analyser's name: `tempergate`, `CodeQL`.
    pub analyser: String,
    /// What it found, by line and rule.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub alerts: Vec<Alert>,
    /// Whether the program can be parsed; absent where the analyser does not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parses: Option<bool>,
    /// Why it could not be judged, or not as a whole.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub incomplete: Option<String>,
}

/// A finding of an analyser.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Alert {
    /// The rule's id.
    pub rule: String,
    /// CWE numbers, the most fitting first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cwe: Vec<u32>,
    /// The rule's CVSS-like score from 0 to 10.
    pub severity: f64,
    /// How often the rule is right; absent where the analyser does not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub precision: Option<Precision>,
    /// The line, from one; 0 where none is given.
    #[serde(default)]
    pub line: u32,
    /// One sentence.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub message: String,
}

/// How often a rule is right, in the words of CodeQL.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Precision {
    /// Seldom.
    Low,
    /// Often.
    Medium,
    /// Mostly.
    High,
    /// Nearly always.
    VeryHigh,
}
