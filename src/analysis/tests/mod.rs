//! The engine on whole files: a snippet, and behind `^` at the end of a line the rules that must be found on that line. Nothing
//! else may be found.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod go;
mod go_guards;
mod go_models;
mod go_short;
mod java;
mod java_models;
mod java_texts;
mod javascript;
mod python;
mod uses;

use std::collections::BTreeSet;

use crate::inspect::{Limits, inspect};
use crate::rules::Library;

/// Checks that a file gives exactly the findings that are marked in it.
#[track_caller]
pub fn check(path: &str, code: &str) {
    let mut expected = BTreeSet::new();
    for (i, line) in code.lines().enumerate() {
        let marked = line.split_once("# ^ ").or_else(|| line.split_once("// ^ ")).map_or("", |(_, rules)| rules);
        expected.extend(marked.split_whitespace().map(|rule| (i as u32 + 1, rule.to_string())));
    }
    let inspected = inspect(path, code.as_bytes(), Library::built_in(), Limits::default());
    let found: BTreeSet<(u32, String)> =
        inspected.findings.iter().map(|f| (f.region.start_line, f.rule.to_string())).collect();
    assert_eq!(found, expected, "left: found, right: marked, in\n{code}");
}
