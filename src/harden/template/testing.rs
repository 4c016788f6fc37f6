//! What the tests of fixers share: inspect, propose, apply, inspect again.

use super::Template;
use crate::harden::{Candidate, Strategy, Task};
use crate::inspect::{Inspected, Limits, inspect};
use crate::rules::Library;

fn look(path: &str, code: &str) -> Inspected {
    inspect(path, code.as_bytes(), Library::built_in(), Limits::default())
}

/// The candidates for the first finding of a rule.
pub fn candidates(path: &str, code: &str, rule: &str) -> Vec<Candidate> {
    let library = Library::built_in();
    let seen = look(path, code);
    let (Some(source), Some(file)) = (&seen.source, &seen.file) else { panic!("not analysed: {path}") };
    let finding = seen.findings.iter().find(|f| f.rule == rule);
    let finding = finding.unwrap_or_else(|| panic!("no finding of {rule} in:\n{code}\n{:#?}", seen.findings));
    let rule = library.rule(&finding.rule).unwrap_or_else(|| panic!("no rule"));
    Template
        .propose(&Task {
            finding,
            rule,
            beside: &[],
            tried: &[],
            source,
            file,
            facts: &seen.facts,
            neighbours: &seen.neighbours,
            library,
        })
        .candidates
}

/// The code after the first candidate for the first finding of a rule, which must have gone, without any new one.
pub fn fixed(path: &str, code: &str, rule: &str) -> String {
    let all = candidates(path, code, rule);
    let Some(candidate) = all.first() else { panic!("no candidate for:\n{code}") };
    let after = candidate.edits.apply(code);
    let counts = |code: &str| {
        let seen = look(path, code);
        let own = seen.findings.iter().filter(|f| f.rule == rule).count();
        (own, seen.findings.len() - own, seen.file.map_or(0, |f| f.errors.len()))
    };
    let (old, new) = (counts(code), counts(&after));
    assert!(new.0 < old.0 && new.1 <= old.1 && new.2 <= old.2, "{old:?} became {new:?}:\n{after}");
    after
}

/// Asserts that a rule finds nothing (more) in the code.
pub fn not_fixed(path: &str, code: &str, rule: &str) {
    assert!(look(path, code).findings.iter().all(|f| f.rule != rule), "found in:\n{code}");
}

/// Asserts that the first finding of a rule gets no candidate.
pub fn refused(path: &str, code: &str, rule: &str) {
    let all = candidates(path, code, rule);
    assert!(all.is_empty(), "{:?}", all.first().map(|c| c.edits.apply(code)));
}
