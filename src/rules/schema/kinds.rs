//! What is known about kinds of sinks, and about modules.

use serde::Deserialize;

use super::OneOrMany;

/// `rules/kinds.yml`: what is known about sink kinds.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct KindsFile {
    /// One entry a kind.
    pub kinds: Vec<KindSpec>,
}

/// What is known about a sink kind.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct KindSpec {
    /// The kind.
    pub kind: String,
    /// Characters without which data cannot do harm there: a full match of a pattern that lets none of them through is a
    /// guard. Absent: no set of characters is known to be safe.
    #[serde(default)]
    pub dangerous: Option<String>,
    /// A constant beginning of a string that matches this leaves the rest of it no power to do harm (a fixed host of a URL).
    #[serde(default)]
    pub safe_prefix: Option<String>,
    /// The data does harm only behind a constant beginning that matches this; without a known one the empty text counts.
    #[serde(default)]
    pub harmful_prefix: Option<String>,
    /// A constant end of a string that matches this leaves what stands in front of it no power to do harm (the extension of
    /// a file). A pattern whose every match has such an end is a guard.
    #[serde(default)]
    pub safe_suffix: Option<String>,
    /// Substrings with the same meaning (`..`). A kind that has only these is cleared by a test that one of them is absent.
    #[serde(default)]
    pub dangerous_words: Vec<String>,
    /// Whether these words do harm only as a whole text, where there are no dangerous characters around them.
    #[serde(default)]
    pub words_alone: bool,
    /// Whether a library is weak when it hands its callers' data on to here: parameters of functions that a module exports
    /// explicitly count with medium confidence.
    #[serde(default)]
    pub library: bool,
    /// Whether a comparison with a constant upper limit makes data safe.
    #[serde(default)]
    pub limited: bool,
    /// Sets of kinds: data that is safe for all of one of the sets is safe for this kind too.
    #[serde(default)]
    pub safe_when: Vec<Vec<String>>,
    /// What guards lack that do not suffice: the first that fits is said in the finding.
    #[serde(default)]
    pub falls_short: Vec<ShortSpec>,
}

/// What a guard lacks that does not suffice.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ShortSpec {
    /// The data has been made safe for these kinds …
    pub cleared: OneOrMany<String>,
    /// Whether what is left is harmful in few places only: findings have medium confidence at the most.
    #[serde(default)]
    pub unsure: bool,
    /// … and this is what is still open: a clause that a finding's message ends in.
    pub but: String,
}

/// `rules/modules.yml`: which modules a fix may import.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ModulesFile {
    /// Python's.
    pub python: ModulesSpec,
    /// JavaScript's and TypeScript's.
    pub javascript: ModulesSpec,
    /// Java's.
    pub java: ModulesSpec,
    /// Go's.
    pub go: ModulesSpec,
}

/// The modules of a language.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ModulesSpec {
    /// Those of the language's own library.
    pub standard: Vec<String>,
    /// Modules that come with a package.
    #[serde(default)]
    pub comes_with: std::collections::BTreeMap<String, Vec<String>>,
    /// Packages that are imported under another name.
    #[serde(default)]
    pub provides: std::collections::BTreeMap<String, String>,
    /// Names that stand for something without being imported.
    #[serde(default)]
    pub globals: Vec<String>,
}
