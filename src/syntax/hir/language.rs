//! The languages.

use std::fmt;

/// A language that Tempergate claims to analyse.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Language {
    /// Python 3.
    Python,
    /// JavaScript, with or without JSX.
    JavaScript,
    /// TypeScript, with or without JSX.
    TypeScript,
    /// Java.
    Java,
    /// Go.
    Go,
}

impl Language {
    /// All languages, in the order of lists.
    pub const ALL: [Language; 5] =
        [Language::Python, Language::JavaScript, Language::TypeScript, Language::Java, Language::Go];

    /// The languages that have models of their own, in the order of lists.
    pub const MODELLED: [Language; 4] = [Language::Python, Language::JavaScript, Language::Java, Language::Go];

    /// The language whose rules and models hold for this one: TypeScript shares JavaScript's.
    pub fn base(self) -> Language {
        if self == Language::TypeScript { Language::JavaScript } else { self }
    }

    /// The lower-case name used in policies, rules and reports.
    pub fn name(self) -> &'static str {
        match self {
            Language::Python => "python",
            Language::JavaScript => "javascript",
            Language::TypeScript => "typescript",
            Language::Java => "java",
            Language::Go => "go",
        }
    }
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
