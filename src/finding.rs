//! What the analysis says about a place in the code: the one value that comparison, policy and reports work on.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::syntax::hir::Span;

/// How sure the analysis is, by where the data comes from and how it was seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Confidence {
    /// By shape alone, or a parameter of a function that nobody is known to call with foreign data.
    Low,
    /// Local or stored data; a parameter of something that looks like an entry point.
    Medium,
    /// Data from outside, or a fact that needs no data flow.
    High,
}

/// The level of a severity score: low < 4.0 ≤ medium < 7.0 ≤ high < 9.0 ≤ critical.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// Below 4.0.
    Low,
    /// From 4.0.
    Medium,
    /// From 7.0.
    High,
    /// From 9.0.
    Critical,
}

impl Level {
    /// The level of a score between 0 and 10.
    pub fn of(severity: f64) -> Level {
        match severity {
            s if s >= 9.0 => Level::Critical,
            s if s >= 7.0 => Level::High,
            s if s >= 4.0 => Level::Medium,
            _ => Level::Low,
        }
    }

    /// The lowest score of the level.
    pub fn lowest(self) -> f64 {
        match self {
            Level::Low => 0.0,
            Level::Medium => 4.0,
            Level::High => 7.0,
            Level::Critical => 9.0,
        }
    }
}

macro_rules! lower_case_display {
    ($($type:ident { $($variant:ident => $text:literal),* $(,)? })*) => {$(
        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(match self { $($type::$variant => $text),* })
            }
        }
    )*};
}

lower_case_display! {
    Confidence { Low => "low", Medium => "medium", High => "high" }
    Level { Low => "low", Medium => "medium", High => "high", Critical => "critical" }
}

/// A place in a file: bytes for the core, lines and columns (both from one, columns in characters) for people.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Region {
    /// First byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
    /// Line of the first byte.
    pub start_line: u32,
    /// Column of the first byte.
    pub start_column: u32,
    /// Line of the end.
    pub end_line: u32,
    /// Column of the end, exclusive.
    pub end_column: u32,
}

impl Region {
    /// The region of a span of `source`.
    pub fn of(source: &crate::syntax::Source, span: Span) -> Region {
        Region {
            start: span.start,
            end: span.end,
            start_line: source.line(span.start),
            start_column: source.column(span.start),
            end_line: source.line(span.end),
            end_column: source.column(span.end),
        }
    }

    /// The byte span.
    pub fn span(&self) -> Span {
        Span { start: self.start, end: self.end }
    }
}

/// A step of a data flow.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct FlowStep {
    /// The file it is in.
    pub path: String,
    /// Where.
    pub region: Region,
    /// What happens there, as a phrase: "the query string", "assigned to `name`", "passed to `render`".
    pub message: String,
}

/// A weakness at a place.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Finding {
    /// The rule's id.
    pub rule: String,
    /// CWE numbers, the most fitting first.
    pub cwe: Vec<u32>,
    /// CVSS-like score from 0 to 10.
    pub severity: f64,
    /// How sure the analysis is.
    pub confidence: Confidence,
    /// How often this rule is right.
    pub precision: Confidence,
    /// The file, '/'-separated, relative to the analysed root.
    pub path: String,
    /// Where.
    pub region: Region,
    /// One sentence.
    pub message: String,
    /// Where the data comes from and how it gets here; empty for findings without a flow. The last step is the sink.
    pub flow: Vec<FlowStep>,
    /// Other places that have to do with it: for a finding in a file that did not change, what did.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub related: Vec<FlowStep>,
    /// The function it is in, dotted (`Store.find`; `<module>` at the top level).
    pub symbol: String,
    /// What is done there, without positions: the callee's path and the place (`sqlite3.Cursor.execute arg[0]`).
    pub sink: String,
    /// Identity across runs: rule, path, symbol, sink, the text of the place with white space folded, and the number
    /// among equals in the file. No line numbers. 32 hexadecimal digits.
    pub fingerprint: String,
}

impl Finding {
    /// The level of its severity.
    pub fn level(&self) -> Level {
        Level::of(self.severity)
    }

    /// The order of all lists of findings: path, place, rule.
    pub fn sort_key(&self) -> (&str, u32, u32, &str, &str) {
        (&self.path, self.region.start, self.region.end, &self.rule, &self.sink)
    }
}

/// What became of a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", tag = "status")]
pub enum FileStatus {
    /// Analysed whole; nothing found.
    Clean,
    /// Analysed whole; something found.
    Findings,
    /// Analysed in part.
    Partial {
        /// The functions that were not analysed (dotted), sorted; empty where the reason is not about functions.
        functions: Vec<String>,
        /// Why: `syntax`, `too-deep`, `steps`; `steps-across-files` where only the analysis with other files was too costly.
        reason: String,
    },
    /// Not analysed.
    NotAnalysed {
        /// Why: `too-large`, `binary`, `unreadable`, `syntax-too-costly`, `internal`, `minified`.
        reason: String,
    },
    /// Not in a language that we claim.
    Unsupported,
}

/// A file of the analysed change or tree, and what became of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct FileResult {
    /// The file, '/'-separated, relative to the analysed root.
    pub path: String,
    /// Its language, where we claim it.
    pub language: Option<crate::syntax::hir::Language>,
    /// What became of it.
    #[serde(flatten)]
    pub status: FileStatus,
    /// Text that was not UTF-8 was decoded lossily.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub lossy: bool,
}
