//! The fixers on the examples of the rules and on hard cases: inspect, propose, apply.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod argument_list;
mod bind_parameters;
mod examples;
mod java_go;
mod java_go_sql;
mod javascript_sql;
mod password_hash;
mod simple;

use super::Template;
use crate::harden::{Candidate, Strategy, Task};
use crate::inspect::{Inspected, Limits, inspect};
use crate::rules::Library;

/// The candidates for the first finding of a rule, and what was inspected.
pub fn candidates(path: &str, text: &str, rule: &str) -> (Inspected, Vec<Candidate>) {
    let library = Library::built_in();
    let inspected = inspect(path, text.as_bytes(), library, Limits::default());
    let (Some(source), Some(file)) = (&inspected.source, &inspected.file) else { return (inspected, Vec::new()) };
    let rule = library.rule(rule).unwrap();
    let finding = inspected.findings.iter().find(|f| f.rule == rule.id);
    let Some(finding) = finding else { panic!("no finding of {} in\n{text}\n{:?}", rule.id, inspected.findings) };
    let task = Task {
        finding,
        rule,
        beside: &[],
        tried: &[],
        source,
        file,
        facts: &inspected.facts,
        neighbours: &inspected.neighbours,
        library,
    };
    let candidates = Template.propose(&task).candidates;
    (inspected, candidates)
}

/// The text after a fixer's candidate for the first finding of a rule; none when it has none. Holds that the result
/// parses as well as before, and that the fixer has nothing more to do there.
pub fn fix(path: &str, text: &str, rule: &str, fixer: &str) -> Option<String> {
    let (before, found) = candidates(path, text, rule);
    let candidate = found.into_iter().find(|c| c.fixer == fixer)?;
    let after = candidate.edits.apply(text);
    let again = inspect(path, after.as_bytes(), Library::built_in(), Limits::default());
    let errors = |i: &Inspected| i.file.as_ref().map_or(usize::MAX, |f| f.errors.len());
    assert!(errors(&again) <= errors(&before), "does not parse:\n{after}");
    let (was, now) = (count(&before, rule), count(&again, rule));
    assert!(now < was, "{was} findings before, {now} after:\n{after}");
    Some(after)
}

fn count(inspected: &Inspected, rule: &str) -> usize {
    inspected.findings.iter().filter(|f| f.rule == rule).count()
}

/// A Python function that handles a request, with `body` in it.
pub fn flask(imports: &str, body: &str) -> String {
    let body: String =
        body.lines().map(|l| if l.is_empty() { "\n".to_string() } else { format!("    {l}\n") }).collect();
    format!("{imports}\nfrom flask import request\n\n\ndef view():\n    name = request.args[\"name\"]\n{body}")
}
