//! Real code with parts deleted, doubled, swapped and replaced: no text makes the analysis fail.

use proptest::prelude::*;
use proptest::sample::Index;
use proptest::test_runner::{Config, TestRunner};
use tempergate::finding::FileStatus;
use tempergate::inspect::{Limits, inspect};
use tempergate::rules::Library;
use tempergate::rules::examples::{built_in, parse};
use tempergate::syntax::hir::Language;

/// A change of a sequence of tokens.
#[derive(Debug, Clone)]
enum Change {
    Delete(Index, usize),
    Double(Index, usize),
    Swap(Index, Index, usize),
    Insert(Index, String),
    Splice(Index, Index, usize),
}

fn change() -> impl Strategy<Value = Change> {
    let length = 1..12usize;
    prop_oneof![
        (any::<Index>(), length.clone()).prop_map(|(at, n)| Change::Delete(at, n)),
        (any::<Index>(), length.clone()).prop_map(|(at, n)| Change::Double(at, n)),
        (any::<Index>(), any::<Index>(), length.clone()).prop_map(|(a, b, n)| Change::Swap(a, b, n)),
        (any::<Index>(), "\\PC{0,6}|[(){}\\[\\]<>'\"`$\\\\/*#@:;,.\\n\\t ]{1,6}")
            .prop_map(|(at, t)| Change::Insert(at, t)),
        (any::<Index>(), any::<Index>(), length).prop_map(|(at, from, n)| Change::Splice(at, from, n)),
    ]
}

/// Words, single signs, and white space.
fn tokens(text: &str) -> Vec<String> {
    let class = |c: char| match c {
        c if c.is_alphanumeric() || c == '_' => 0,
        ' ' => 1,
        _ => 2,
    };
    let mut out: Vec<String> = Vec::new();
    let mut last = 2;
    for c in text.chars() {
        match out.last_mut() {
            Some(token) if class(c) == last && last != 2 => token.push(c),
            _ => out.push(c.to_string()),
        }
        last = class(c);
    }
    out
}

fn apply(mut tokens: Vec<String>, other: &[String], changes: &[Change]) -> String {
    for change in changes {
        if tokens.is_empty() {
            break;
        }
        let size = tokens.len();
        let range = |at: &Index, n: usize| at.index(size)..(at.index(size) + n).min(size);
        match change {
            Change::Delete(at, n) => drop(tokens.drain(range(at, *n))),
            Change::Double(at, n) => {
                let part = tokens[range(at, *n)].to_vec();
                let end = range(at, *n).end;
                tokens.splice(end..end, part);
            }
            Change::Swap(a, b, n) => {
                let (a, b) = (range(a, *n), range(b, *n));
                for (i, j) in a.zip(b) {
                    tokens.swap(i, j);
                }
            }
            Change::Insert(at, text) => tokens.insert(at.index(size), text.clone()),
            Change::Splice(at, from, n) if !other.is_empty() => {
                let start = from.index(other.len());
                let part = other[start..(start + n).min(other.len())].to_vec();
                let at = at.index(size);
                tokens.splice(at..at, part);
            }
            Change::Splice(..) => {}
        }
    }
    tokens.concat()
}

/// All examples of a language as tokens; TypeScript's go with JavaScript's.
fn snippets(python: bool) -> Vec<Vec<String>> {
    let blocks = built_in().into_iter().flat_map(|document| parse(&document.text).0);
    let wanted = blocks.filter(|block| (block.language == Language::Python) == python);
    wanted.map(|block| tokens(&block.text)).collect()
}

/// `TEMPERGATE_MUTATIONS` says how many texts are tried; few by default.
fn try_mutations(python: bool, paths: &[&str]) {
    let cases = std::env::var("TEMPERGATE_MUTATIONS").ok().and_then(|n| n.parse().ok()).unwrap_or(150);
    let snippets = snippets(python);
    assert!(snippets.len() > 100);
    let library = Library::built_in();
    let mut runner = TestRunner::new(Config { cases, failure_persistence: None, ..Config::default() });
    let input = (any::<Index>(), any::<Index>(), prop::collection::vec(change(), 1..10));
    let outcome = runner.run(&input, |(one, other, changes)| {
        let (one, other) = (&snippets[one.index(snippets.len())], &snippets[other.index(snippets.len())]);
        let text = apply(one.clone(), other, &changes);
        for path in paths {
            let inspected = inspect(path, text.as_bytes(), library, Limits::default());
            let failed = matches!(inspected.result.status, FileStatus::NotAnalysed { .. });
            prop_assert!(!failed, "{:?} of {path}:\n{text}", inspected.result.status);
            for finding in &inspected.findings {
                let region = &finding.region;
                prop_assert!(region.start <= region.end && region.end as usize <= text.len(), "{finding:?}");
            }
        }
        Ok(())
    });
    if let Err(failure) = outcome {
        panic!("{failure}");
    }
}

#[test]
fn mutated_python_is_analysed() {
    try_mutations(true, &["a.py"]);
}

#[test]
fn mutated_javascript_is_analysed() {
    try_mutations(false, &["a.js", "a.tsx", "a.ts"]);
}
