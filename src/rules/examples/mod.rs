//! The examples of rules: Markdown with fenced code that is documentation and test at once. An insecure block must give
//! findings exactly at its markers, a secure block none, and a fixed block is what the fixers make of the insecure block
//! above it. Reading the files is the caller's affair.

mod parse;

use std::collections::BTreeSet;

use rayon::prelude::*;

pub use parse::{Block, Malformed, Marker, Role, parse, without_markers};

use crate::finding::{Confidence, FileStatus, Finding};
use crate::harden::mend;
use crate::harden::plan::Plan;
use crate::harden::template::Template;
use crate::inspect::{Inspected, Limits, inspect};
use crate::rules::Library;
use crate::verify::{Available, Context};

/// A file of examples.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    /// The rule that the examples are for.
    pub rule: String,
    /// The file as it is named in failures.
    pub file: String,
    /// Its Markdown.
    pub text: String,
}

/// An example that does not hold.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Failure {
    /// The document.
    pub file: String,
    /// The line in it, from one.
    pub line: u32,
    /// What should be there.
    pub expected: String,
    /// What is.
    pub found: String,
}

/// What came of checking a document.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Outcome {
    /// How many blocks were checked.
    pub checked: usize,
    /// What does not hold, in the order of the text.
    pub failures: Vec<Failure>,
    /// Fixed blocks for whose insecure block no fixer proposed anything: their place. They are judged in all other ways.
    pub unmended: Vec<(String, u32)>,
}

/// The examples that are built in, sorted.
pub fn built_in() -> Vec<Document> {
    let examples = Library::examples().into_iter();
    examples.map(|(rule, name, text)| Document { file: format!("rules/{rule}/{name}.md"), rule, text }).collect()
}

/// Checks documents; the outcome does not depend on how many threads do it.
pub fn check_all(documents: &[Document], library: &Library) -> Outcome {
    let each: Vec<Outcome> = documents.par_iter().map(|document| check(document, library)).collect();
    let mut all = Outcome::default();
    for outcome in each {
        all.checked += outcome.checked;
        all.failures.extend(outcome.failures);
        all.unmended.extend(outcome.unmended);
    }
    all
}

/// Checks a document.
pub fn check(document: &Document, library: &Library) -> Outcome {
    let (blocks, malformed) = parse(&document.text);
    let mut checker = Checker { document, library, outcome: Outcome::default() };
    for mistake in malformed {
        checker.fail(mistake.line, "examples that can be read", mistake.message);
    }
    let mut insecure: Option<Insecure<'_>> = None;
    for block in &blocks {
        checker.outcome.checked += 1;
        let inspected = checker.inspect(block);
        match block.role {
            Role::Insecure => {
                checker.insecure(block, &inspected);
                insecure = Some(Insecure { block, inspected });
            }
            Role::Secure => {
                checker.silent(block, &inspected);
                insecure = None;
            }
            Role::Fixed => match insecure.take() {
                Some(before) if before.block.path == block.path => checker.fixed(block, &inspected, &before),
                _ => checker.fail(block.first_line - 1, "an insecure block of this language above", "none".to_string()),
            },
        }
    }
    checker.outcome.failures.sort();
    checker.outcome
}

/// An insecure block with what was found in it.
struct Insecure<'a> {
    block: &'a Block,
    inspected: Inspected,
}

struct Checker<'a> {
    document: &'a Document,
    library: &'a Library,
    outcome: Outcome,
}

/// What counts: `scan` and the default policy show no less sure findings.
fn counts(finding: &&Finding) -> bool {
    finding.confidence >= Confidence::Medium
}

impl Checker<'_> {
    fn fail(&mut self, line: u32, expected: impl Into<String>, found: impl Into<String>) {
        let file = self.document.file.clone();
        self.outcome.failures.push(Failure { file, line, expected: expected.into(), found: found.into() });
    }

    /// Inspects a block; one that cannot be analysed whole is a failure, because it shows nothing.
    fn inspect(&mut self, block: &Block) -> Inspected {
        let inspected = inspect(block.path, block.text.as_bytes(), self.library, Limits::default());
        let reason = match &inspected.result.status {
            FileStatus::Clean | FileStatus::Findings => None,
            FileStatus::Partial { reason, .. } => Some(format!("only a part of it is understood ({reason})")),
            FileStatus::NotAnalysed { reason } => Some(format!("it was not analysed ({reason})")),
            FileStatus::Unsupported => Some("its language is not supported".to_string()),
        };
        if let Some(reason) = reason {
            let error = inspected.file.as_ref().and_then(|f| f.errors.first().copied());
            let line = error.and_then(|span| inspected.source.as_ref().map(|s| s.line(span.start))).unwrap_or(1);
            self.fail(place(block, line), "code that can be analysed", reason);
        }
        inspected
    }

    /// Findings exactly at the markers.
    fn insecure(&mut self, block: &Block, inspected: &Inspected) {
        if block.markers.is_empty() {
            self.fail(block.first_line - 1, "a marker in an insecure block", "none");
        }
        for marker in &block.markers {
            if self.library.rule(&marker.rule).is_none() {
                self.fail(place(block, marker.line), "markers that name rules", format!("`{}`", marker.rule));
            }
        }
        self.compare(block, inspected);
    }

    /// No finding at all.
    fn silent(&mut self, block: &Block, inspected: &Inspected) {
        if let Some(marker) = block.markers.first() {
            self.fail(place(block, marker.line), "no marker in a block that is not insecure", "one");
        }
        self.compare(block, inspected);
    }

    /// One failure for each line whose findings are not those that its markers name.
    fn compare(&mut self, block: &Block, inspected: &Inspected) {
        let wanted: BTreeSet<(u32, &str)> = block.markers.iter().map(|m| (m.line, m.rule.as_str())).collect();
        let surely = inspected.findings.iter().filter(counts);
        let seen: BTreeSet<(u32, &str)> = surely.map(|f| (f.region.start_line, f.rule.as_str())).collect();
        let wrong: BTreeSet<u32> = wanted.symmetric_difference(&seen).map(|(line, _)| *line).collect();
        for line in wrong {
            let here = |set: &BTreeSet<(u32, &str)>| {
                let ids: Vec<&str> = set.iter().filter(|(l, _)| *l == line).map(|(_, id)| *id).collect();
                if ids.is_empty() { "nothing".to_string() } else { ids.join(", ") }
            };
            self.fail(place(block, line), here(&wanted), here(&seen));
        }
    }

    /// What the fixers make of the insecure block, and nothing that they would change again.
    fn fixed(&mut self, block: &Block, inspected: &Inspected, before: &Insecure<'_>) {
        let rule = self.document.rule.as_str();
        let known: BTreeSet<&str> = before.inspected.findings.iter().filter(counts).map(|f| f.rule.as_str()).collect();
        for finding in inspected.findings.iter().filter(counts) {
            let line = place(block, finding.region.start_line);
            if finding.rule == rule {
                self.fail(line, "mended code", finding.rule.clone());
            } else if !known.contains(finding.rule.as_str()) {
                self.fail(line, "no new finding in mended code", finding.rule.clone());
            }
        }
        let available = modules_of(inspected);
        match mend(&before.inspected, rule, self.library, &available) {
            Attempt::Nothing => self.outcome.unmended.push((self.document.file.clone(), block.first_line - 1)),
            Attempt::Rejected(why) => self.fail(block.first_line - 1, "a fix that passes verification", why),
            Attempt::Mended(text) => {
                let text = without_markers(&text, block.language);
                if let Some((line, expected, found)) = first_difference(&block.text, &text) {
                    self.fail(place(block, line), expected, found);
                }
            }
        }
        if let Attempt::Mended(again) = mend(inspected, rule, self.library, &available)
            && let Some((line, expected, found)) = first_difference(&block.text, &again)
        {
            self.fail(place(block, line), format!("a fix that leaves mended code alone: {expected}"), found);
        }
    }
}

/// The line of the document for a line of the block.
fn place(block: &Block, line: u32) -> u32 {
    block.first_line + line.saturating_sub(1)
}

/// What the fixers make of a block.
enum Attempt {
    /// They propose nothing.
    Nothing,
    /// They propose something, but nothing that verification lets through: why.
    Rejected(String),
    /// The text with all verified fixes.
    Mended(String),
}

/// Mends all findings of a rule in a block, as the gate would.
fn mend(block: &Inspected, rule: &str, library: &Library, available: &Available) -> Attempt {
    let wanted = block.findings.iter().enumerate().filter(|(_, f)| f.rule == rule && counts(f));
    let wanted: Vec<usize> = wanted.map(|(i, _)| i).collect();
    let context = Context { library, limits: Limits::default(), available };
    let mended = mend::mend(block, &wanted, &|_| Some(Plan::only(&Template)), &context);
    if let (false, Some(source)) = (mended.accepted.is_empty(), &block.source) {
        return Attempt::Mended(mended.accepted.apply(source.text()));
    }
    let first = mended.rejected.into_values().flatten().next();
    first.map_or(Attempt::Nothing, |r| Attempt::Rejected(format!("{} rejected: {}", r.fixer, r.explanation)))
}

/// What templates make of the findings of a rule in a block, where verification lets something through.
pub(crate) fn mended_by_templates(block: &Inspected, rule: &str, library: &Library) -> Option<String> {
    match mend(block, rule, library, &modules_of(block)) {
        Attempt::Mended(text) => Some(text),
        Attempt::Nothing | Attempt::Rejected(_) => None,
    }
}

/// A project of which nothing is known but that it has the modules which a block imports.
fn modules_of(block: &Inspected) -> Available {
    let imports = block.file.iter().flat_map(|f| &f.imports);
    let modules: BTreeSet<&str> = imports.map(|i| &*i.module).filter(|m| !m.starts_with('.')).collect();
    let python: String = modules.iter().filter_map(|m| m.split('.').next()).map(|m| format!("{m}\n")).collect();
    let node: serde_json::Map<String, serde_json::Value> =
        modules.iter().map(|m| (m.to_string(), "*".into())).collect();
    let node = serde_json::json!({ "dependencies": node }).to_string();
    Available::from_manifests([("requirements.txt", python.as_str()), ("package.json", node.as_str())])
}

/// The first line that differs, as it should be and as it is.
fn first_difference(expected: &str, found: &str) -> Option<(u32, String, String)> {
    let (mut wanted, mut given) = (expected.lines(), found.lines());
    let quote = |line: Option<&str>| line.map_or_else(|| "the end".to_string(), |l| format!("`{l}`"));
    (1..).map(|line| (line, wanted.next(), given.next())).find_map(|(line, wanted, given)| match (wanted, given) {
        (None, None) => Some(None),
        _ if wanted == given => None,
        _ => Some(Some((line, quote(wanted), quote(given)))),
    })?
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]

    use super::*;

    fn outcome(text: &str) -> Outcome {
        let document = Document { rule: "weak-hash".to_string(), file: "weak.md".to_string(), text: text.to_string() };
        check(&document, Library::built_in())
    }

    fn failures(text: &str) -> Vec<(u32, String, String)> {
        outcome(text).failures.into_iter().map(|f| (f.line, f.expected, f.found)).collect()
    }

    const EVAL: &str = "import sys\neval(sys.argv[1])";

    #[test]
    fn a_marker_that_holds_is_no_failure() {
        let text = format!("```python insecure\n{EVAL}  # ^ code-injection\n```\n```python secure\nprint(1)\n```\n");
        let outcome = outcome(&text);
        assert_eq!((outcome.checked, outcome.failures), (2, vec![]));
    }

    #[test]
    fn missing_and_surplus_findings_are_told_by_line() {
        let text = format!("\n```python insecure\n{EVAL}\nx = 1  # ^ code-injection\n```\n");
        let own = |s: &str| s.to_string();
        let expected = [(4, own("nothing"), own("code-injection")), (5, own("code-injection"), own("nothing"))];
        assert_eq!(failures(&text), expected);
    }

    #[test]
    fn secure_blocks_are_silent_and_markers_name_rules() {
        let found = failures(&format!("```python secure\n{EVAL}\n```\n```python insecure\nx = 1  # ^ no-such\n```\n"));
        let own = |s: &str| s.to_string();
        assert_eq!(found[0], (3, own("nothing"), own("code-injection")));
        assert_eq!(found[1], (6, own("markers that name rules"), own("`no-such`")));
        assert_eq!(found[2], (6, own("no-such"), own("nothing")));
    }

    #[test]
    fn broken_code_and_blocks_out_of_order_show_nothing() {
        let found = failures("```python secure\nx = 1\ndef (:\n```\n```python fixed\nx = 1\n```\n");
        assert_eq!(found.len(), 2, "{found:?}");
        assert!(found[0].2.contains("syntax"), "{found:?}");
        assert!(found[1].1.contains("insecure block"), "{found:?}");
    }

    #[test]
    fn mended_code_is_compared_line_by_line() {
        assert_eq!(first_difference("a\nb\n", "a\nb\n"), None);
        assert_eq!(first_difference("a\nb\n", "a\nc\n"), Some((2, "`b`".to_string(), "`c`".to_string())));
        assert_eq!(first_difference("a\n", "a\nc\n"), Some((2, "the end".to_string(), "`c`".to_string())));
    }

    #[test]
    fn a_fixed_block_must_be_mended() {
        let text = "```python insecure\nimport hashlib\nh = hashlib.md5(b)  # ^ weak-hash\n```\n\
                    ```python fixed\nimport hashlib\nh = hashlib.md5(b)\n```\n";
        let found = failures(text);
        assert!(found.contains(&(7, "mended code".to_string(), "weak-hash".to_string())), "{found:?}");
    }
}
