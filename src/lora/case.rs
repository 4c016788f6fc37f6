//! A weak program that tuned weights are measured with, and what became of it.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::pair::{Pair, Tongue};
use super::repair::{Seen, Why, file_name, texts};
use crate::edit::EditSet;
use crate::inspect::{Inspected, Limits, inspect};
use crate::rules::Library;

/// Whether the tuned weights answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Arm {
    /// They did.
    Tuned,
    /// The same model did without them.
    Base,
}

/// A weak program, of which our analysis finds the weakness, and not in the mended one.
#[derive(Debug, Clone)]
pub struct Case {
    /// The SHA-256 of the program, as 32 hexadecimal digits.
    pub program: String,
    /// The weak program.
    pub file: Inspected,
    /// The findings that are to be gone, by their places.
    pub targets: Vec<usize>,
}

/// What became of a case, as it is written down.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Outcome {
    /// What decides what comes: the program, the words, the model, the tuned weights, the seed.
    pub key: String,
    /// The program's [`Case::program`].
    pub program: String,
    /// Who answered.
    pub arm: Arm,
    /// Whether all of the weaknesses are gone, nothing came in, and the program can be parsed as far as it could before.
    pub fixed: bool,
    /// Whether something weak came in.
    pub introduced: bool,
    /// Whether the program can be parsed as far as before.
    pub parses: bool,
    /// Why there is no edit for some function: `no-edit`, `conflicts`, or a failure of the model.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub missing: Vec<String>,
}

impl Case {
    /// The case that a pair is.
    ///
    /// # Errors
    ///
    /// A word for people: `language`, `not-found`.
    pub fn of(pair: &Pair, library: &Library) -> Result<Case, Why> {
        let Tongue::Ours(language) = pair.tongue else { return Err("language") };
        let (before, after) = texts(pair);
        let old = inspect(file_name(language), before.as_bytes(), library, Limits::default());
        let new = inspect(file_name(language), after.as_bytes(), library, Limits::default());
        let targets = Seen::of(&old, &new).resolved;
        if targets.is_empty() {
            return Err("not-found");
        }
        Ok(Case { program: digest(&[before.as_str()]), file: old, targets })
    }

    /// What edits make of it. `key` and `missing` are noted as they are.
    pub fn outcome(&self, arm: Arm, key: String, edits: &EditSet, missing: Vec<String>, library: &Library) -> Outcome {
        let text = self.file.source.as_ref().map_or("", |source| source.text());
        let after = inspect(&self.file.result.path, edits.apply(text).as_bytes(), library, Limits::default());
        let seen = Seen::of(&self.file, &after);
        let errors = |inspected: &Inspected| inspected.file.as_ref().map_or(usize::MAX, |file| file.errors.len());
        let parses = errors(&after) <= errors(&self.file);
        let gone = self.targets.iter().all(|target| seen.resolved.contains(target));
        let fixed = gone && parses && !seen.introduced;
        Outcome { key, program: self.program.clone(), arm, fixed, introduced: seen.introduced, parses, missing }
    }
}

/// The beginning of the SHA-256 of some texts, as 32 hexadecimal digits.
pub fn digest(texts: &[&str]) -> String {
    let mut hash = Sha256::new();
    for text in texts {
        hash.update((text.len() as u64).to_le_bytes());
        hash.update(text.as_bytes());
    }
    hash.finalize().iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::edit::TextEdit;
    use crate::lora::row::Source;
    use crate::syntax::hir::{Language, Span};

    const WEAK: &str = "import sys\n\n\ndef run():\n    return eval(sys.argv[1])\n";

    fn case(after: &str) -> Result<Case, Why> {
        let pair = Pair {
            source: Source::Pairs,
            licence: "MIT".to_string(),
            group: "g".to_string(),
            tongue: Tongue::Ours(Language::Python),
            cwe: Some(95),
            before: WEAK.to_string(),
            after: after.to_string(),
        };
        Case::of(&pair, Library::built_in())
    }

    fn outcome(from: &str, to: &str) -> Outcome {
        let case = case("import sys\n\n\ndef run():\n    return int(sys.argv[1])\n").unwrap();
        let start = WEAK.find(from).unwrap();
        let edits = EditSet::new(vec![TextEdit::replace(Span::new(start, start + from.len()), to)]).unwrap();
        case.outcome(Arm::Tuned, "k".to_string(), &edits, Vec::new(), Library::built_in())
    }

    #[test]
    fn a_case_is_one_that_the_analysis_can_judge() {
        assert_eq!(case(WEAK).unwrap_err(), "not-found");
        assert_eq!(case("import sys\n\n\ndef run():\n    return int(sys.argv[1])\n").unwrap().targets.len(), 1);
    }

    #[test]
    fn fixed_is_what_is_gone_whole_and_brings_nothing_in() {
        let told = |o: Outcome| (o.fixed, o.introduced, o.parses);
        assert_eq!(told(outcome("eval(", "int(")), (true, false, true));
        assert_eq!(told(outcome("sys.argv[1])", "sys.argv[2])")), (false, false, true));
        assert_eq!(told(outcome("eval(sys.argv[1])", "int((sys.argv[1]")), (false, false, false));
        let other = outcome("return eval(sys.argv[1])", "import os\n    return os.system(sys.argv[1])");
        assert_eq!(told(other), (false, true, true));
    }
}
