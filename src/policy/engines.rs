//! What a policy says about other analysers: which ones look at a change, and what holds for each.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::time::Duration;

use globset::GlobSet;
use schemars::{Schema, SchemaGenerator, json_schema};
use serde_json::json;

use super::quantities::{DIGITS_AND_UNIT, in_words};
use super::values::{LANGUAGES, MAX_CWE};
use super::{Policy, glob_set, in_languages, show};
use crate::syntax::hir::Language;

/// The word for the analysis of this program, which always looks.
pub(super) const BUILTIN_ENGINE: &str = "builtin";
/// What stands in a command for the folders to look at.
pub const PATHS: &str = "{paths}";
/// How engines are named: the name stands before the ids of their rules.
pub(super) const NAME: &str = "^[a-z][a-z0-9-]{0,31}$";
/// Where a policy does not say how long an engine may take.
const DEFAULT_TIME: Duration = Duration::from_secs(300);

/// Another analyser, as a policy names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Engine {
    /// Its name: lower-case letters, digits and `-`.
    pub name: String,
    /// Where its findings come from.
    pub source: EngineSource,
    /// Without its findings nothing is judged.
    pub required: bool,
    /// The longest that one run may take; the default where none is set.
    pub timeout: Option<Duration>,
    /// The CWE numbers of its rules, by its own ids. They stand before what it says itself.
    pub cwe: BTreeMap<String, Vec<u32>>,
    /// Only files in these languages; all where there are none.
    pub languages: Vec<Language>,
    /// Only files that one of these globs matches; all where there are none.
    pub paths: Vec<String>,
}

/// Where the findings of an engine come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EngineSource {
    /// A command for the shell that prints SARIF; [`PATHS`] stands for the folders to look at.
    Run(String),
    /// A SARIF file that is there already.
    Sarif(String),
}

impl Engine {
    /// The longest that one run may take.
    pub fn time(&self) -> Duration {
        self.timeout.unwrap_or(DEFAULT_TIME)
    }

    /// What tells the files that it looks at from others.
    pub fn limits(&self) -> EngineLimits {
        let paths = (!self.paths.is_empty()).then(|| glob_set(&self.paths).unwrap_or_default());
        EngineLimits { languages: self.languages.clone(), paths }
    }
}

/// The files that an engine looks at.
#[derive(Clone, Debug)]
pub struct EngineLimits {
    languages: Vec<Language>,
    paths: Option<GlobSet>,
}

impl EngineLimits {
    /// Whether the engine looks at a file. `path` is '/'-separated and relative to the root.
    pub fn has(&self, path: &str, language: Option<Language>) -> bool {
        in_languages(&self.languages, language) && super::in_paths(self.paths.as_ref(), path)
    }
}

impl Policy {
    /// The other analysers, in the order of the policy. Their commands may be run only for a policy that somebody vouches
    /// for: that of a change's base, or one that was named.
    pub fn engines(&self) -> &[Engine] {
        self.merged.engines.as_ref().map_or(&[], |engines| &engines.value)
    }
}

/// An engine as policies write it, in one line.
pub(super) fn shown(engine: &Engine) -> String {
    let mut out = format!("{{ name: {}", engine.name);
    // Writing to a String cannot fail.
    let _ = match &engine.source {
        EngineSource::Run(command) => write!(out, ", run: {}", show::quoted(command)),
        EngineSource::Sarif(file) => write!(out, ", sarif: {}", show::quoted(file)),
    };
    let _ = write!(out, ", required: {}", engine.required);
    if let Some(timeout) = engine.timeout {
        let _ = write!(out, ", timeout: {}", in_words(timeout));
    }
    if !engine.cwe.is_empty() {
        let numbers = |numbers: &[u32]| show::list(numbers.iter().map(ToString::to_string));
        let rules: Vec<String> =
            engine.cwe.iter().map(|(rule, cwe)| format!("{}: {}", show::quoted(rule), numbers(cwe))).collect();
        let _ = write!(out, ", cwe: {{ {} }}", rules.join(", "));
    }
    if !engine.languages.is_empty() {
        let names = engine.languages.iter().map(|language| language.name().to_owned());
        let _ = write!(out, ", languages: {}", show::list(names));
    }
    if !engine.paths.is_empty() {
        let _ = write!(out, ", paths: {}", show::globs(&engine.paths));
    }
    out.push_str(" }");
    out
}

/// All of them in one line, for `policy diff` and locks.
pub(super) fn all_shown(engines: &[Engine]) -> String {
    let builtin = std::iter::once(BUILTIN_ENGINE.to_owned());
    show::list(builtin.chain(engines.iter().map(shown)))
}

/// The JSON schema of the key.
pub(super) fn schema(_: &mut SchemaGenerator) -> Schema {
    let names: Vec<&str> = LANGUAGES.iter().map(|language| language.name()).collect();
    let number = json!({ "type": "integer", "minimum": 1, "maximum": MAX_CWE });
    json_schema!({
        "type": "array",
        "items": { "anyOf": [{ "const": BUILTIN_ENGINE }, {
            "type": "object",
            "properties": {
                "name": { "type": "string", "pattern": NAME },
                "run": { "type": "string", "pattern": "\\{paths\\}" },
                "sarif": { "type": "string", "minLength": 1 },
                "required": { "type": "boolean" },
                "timeout": { "type": "string", "pattern": DIGITS_AND_UNIT },
                "cwe": {
                    "type": "object",
                    "additionalProperties": { "anyOf": [number, { "type": "array", "minItems": 1, "items": number }] },
                },
                "languages": { "type": "array", "minItems": 1, "items": { "enum": names } },
                "paths": { "type": "array", "minItems": 1, "items": { "type": "string" } },
            },
            "required": ["name"],
            "oneOf": [{ "required": ["run"] }, { "required": ["sarif"] }],
            "additionalProperties": false,
        }] },
    })
}
