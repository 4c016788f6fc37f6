//! One file's bytes to what is known of it: findings, facts, and how far the analysis came.

use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use crate::analysis::facts::Facts;
use crate::analysis::{self, Limits as StepLimits};
use crate::checks::{self, CheckFinding, Context};
use crate::finding::{Confidence, FileResult, FileStatus, Finding, Region};
use crate::links::program::Program;
use crate::links::{Neighbours, Unit};
use crate::rules::Library;
use crate::rules::compiled::Rule;
use crate::rules::place::documented;
use crate::syntax::hir::{File, Language, Span};
use crate::syntax::{self, Source};

/// What a file may cost.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Larger files are not analysed, in bytes.
    pub file_bytes: u64,
    /// Steps of the engine.
    pub steps: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Limits { file_bytes: 2_000_000, steps: 5_000_000 }
    }
}

/// An inspected file.
#[derive(Debug, Clone)]
pub struct Inspected {
    /// What became of it.
    pub result: FileResult,
    /// What was found, sorted.
    pub findings: Vec<Finding>,
    /// What was found in other files of the repository, on ways that begin in this one.
    pub elsewhere: Vec<Finding>,
    /// What was seen besides; empty when it was not analysed.
    pub facts: Facts,
    /// Its text; none when it was not analysed.
    pub source: Option<Arc<Source>>,
    /// Its lowered form; none when it was not analysed.
    pub file: Option<Arc<File>>,
    /// The files that it was inspected among.
    pub neighbours: Neighbours,
}

/// Inspects a file by itself. Never fails and never panics: what could not be analysed is said in the result.
pub fn inspect(path: &str, bytes: &[u8], library: &Library, limits: Limits) -> Inspected {
    inspect_among(path, bytes, &|_| Neighbours::default(), library, limits)
}

/// Inspects another text of a file, among the files that it was inspected among before.
pub fn inspect_again(before: &Inspected, text: &str, library: &Library, limits: Limits) -> Inspected {
    inspect_among(&before.result.path, text.as_bytes(), &|_| before.neighbours.clone(), library, limits)
}

/// Inspects a file together with those that `around` gives for it. Never fails and never panics.
pub fn inspect_among(
    path: &str,
    bytes: &[u8],
    around: &dyn Fn(&Unit) -> Neighbours,
    library: &Library,
    limits: Limits,
) -> Inspected {
    // A defect costs this file, never the run.
    let result = catch_unwind(AssertUnwindSafe(|| match lowered(path, bytes, limits.file_bytes) {
        Ok(unit) => {
            let neighbours = around(&unit);
            analyse(unit, neighbours, library, limits)
        }
        Err(refused) => *refused,
    }));
    let language = syntax::language_of(path);
    result.unwrap_or_else(|_| not_analysed(path, language, FileStatus::NotAnalysed { reason: "internal".to_string() }))
}

/// Reads and lowers a file; larger ones than `file_bytes` are refused.
pub fn lowered(path: &str, bytes: &[u8], file_bytes: u64) -> Result<Unit, Box<Inspected>> {
    let Some(language) = syntax::language_of(path) else {
        return Err(Box::new(not_analysed(path, None, FileStatus::Unsupported)));
    };
    let refused = |reason: &str| {
        let status = FileStatus::NotAnalysed { reason: reason.to_string() };
        Err(Box::new(not_analysed(path, Some(language), status)))
    };
    if bytes.len() as u64 > file_bytes {
        return refused("too-large");
    }
    if looks_binary(bytes) {
        return refused("binary");
    }
    let source = Source::new(bytes);
    let file = syntax::lower(path, language, &source);
    if file.unparsed {
        return refused("syntax-too-costly");
    }
    Ok(Unit { path: path.to_string(), source: Arc::new(source), file: Arc::new(file) })
}

/// A file of which nothing is known but why.
pub fn not_analysed(path: &str, language: Option<Language>, status: FileStatus) -> Inspected {
    Inspected {
        result: FileResult { path: path.to_string(), language, status, lossy: false },
        findings: Vec::new(),
        elsewhere: Vec::new(),
        facts: Facts::default(),
        source: None,
        file: None,
        neighbours: Neighbours::default(),
    }
}

/// A NUL byte never stands in source text; git goes by the first 8,000 bytes too.
fn looks_binary(bytes: &[u8]) -> bool {
    bytes.iter().take(8_000).any(|b| *b == 0)
}

fn analyse(unit: Unit, neighbours: Neighbours, library: &Library, limits: Limits) -> Inspected {
    let Unit { path, source, file } = unit;
    let steps = StepLimits { steps: limits.steps };
    let mut program = Program::link(&path, &source, &file, &neighbours);
    let mut analysis = analysis::analyse(&program, library, steps);
    // What other files cost must not leave this one half analysed; what was found with them counts all the same.
    let costly = analysis.spent && !neighbours.units.is_empty();
    let mut among = analysis::Analysis::default();
    if costly {
        program = Program::alone(&path, &source, &file);
        among = std::mem::replace(&mut analysis, analysis::analyse(&program, library, steps));
    }
    let mut findings = analysis.findings;
    let (checked, unjudged) = check_findings(&program, &file, &analysis.facts, library);
    findings.extend(checked);
    findings.extend(among.findings);
    drop_doubles(&mut findings);
    analysis::number(&mut findings, &source);
    let mut unfinished = analysis.unfinished;
    unfinished.extend(unjudged);
    let mut status = status(&file, unfinished, &findings);
    if costly && matches!(status, FileStatus::Clean | FileStatus::Findings) {
        status = FileStatus::Partial { functions: Vec::new(), reason: "steps-across-files".to_string() };
    }
    drop(program);
    Inspected {
        result: FileResult { path, language: Some(file.language), status, lossy: source.is_lossy() },
        findings,
        elsewhere: if costly { among.elsewhere } else { analysis.elsewhere },
        facts: analysis.facts,
        source: Some(source),
        file: Some(file),
        neighbours,
    }
}

fn status(file: &File, mut unfinished: Vec<String>, findings: &[Finding]) -> FileStatus {
    let partial = |functions: Vec<String>, reason: &str| FileStatus::Partial { functions, reason: reason.to_string() };
    if !file.too_deep.is_empty() {
        return partial(functions_at(file, &file.too_deep), "too-deep");
    }
    if !file.errors.is_empty() {
        return partial(functions_at(file, &file.errors), "syntax");
    }
    if !unfinished.is_empty() {
        unfinished.sort();
        unfinished.dedup();
        return partial(unfinished, "steps");
    }
    if findings.is_empty() { FileStatus::Clean } else { FileStatus::Findings }
}

/// The innermost functions that the spans are in, sorted.
fn functions_at(file: &File, spans: &[Span]) -> Vec<String> {
    let mut names: Vec<String> = spans.iter().take(200).map(|span| symbol_at(file, *span)).collect();
    names.sort();
    names.dedup();
    names
}

/// The innermost function that a span is in.
pub fn symbol_at(file: &File, span: Span) -> String {
    file.function(file.innermost_function(span)).symbol.to_string()
}

/// What the checks find, and the functions in which they left something unjudged.
fn check_findings(program: &Program<'_>, file: &File, facts: &Facts, library: &Library) -> (Vec<Finding>, Vec<String>) {
    let context = Context { file, facts, library, unfinished: RefCell::default() };
    let mut out = Vec::new();
    for rule in library.rules().iter().filter(|r| applies(r, file.language)) {
        let Some(name) = &rule.check else { continue };
        for found in checks::run(name, &context).unwrap_or_default() {
            out.push(to_finding(program, file, rule, found));
        }
    }
    let unfinished = context.unfinished.take();
    (out, unfinished.iter().filter_map(|f| Some(file.functions.get(f.index())?.symbol.to_string())).collect())
}

/// Whether a rule is for a language; TypeScript shares JavaScript's.
pub fn applies(rule: &Rule, language: Language) -> bool {
    let names = [language.name(), language.base().name()];
    rule.languages.is_empty() || rule.languages.iter().any(|l| names.contains(&l.as_str()))
}

fn to_finding(program: &Program<'_>, file: &File, rule: &Rule, found: CheckFinding) -> Finding {
    let step = |(span, message): &(Span, String)| program.step(*span, message.clone());
    let sink = documented(&found.sink).into_owned();
    let message = found.message.unwrap_or_else(|| rule.message.replace("{sink}", &format!("`{sink}`")));
    let mut chars = message.chars();
    let message = chars.next().map(|c| c.to_uppercase().chain(chars).collect()).unwrap_or_default();
    Finding {
        rule: rule.id.clone(),
        cwe: rule.cwe.clone(),
        severity: rule.severity,
        confidence: found.confidence,
        precision: match rule.precision {
            0 => Confidence::Low,
            1 => Confidence::Medium,
            _ => Confidence::High,
        },
        path: program.path().to_string(),
        region: Region::of(program.own_source(), found.span),
        message,
        flow: found.flow.iter().map(step).collect(),
        symbol: file.functions.get(found.function.index()).map_or("<module>", |f| &f.symbol).to_string(),
        sink,
        related: Vec::new(),
        fingerprint: String::new(),
    }
}

/// A rule's flow or match and its check can see the same thing; one finding a rule and place is enough.
fn drop_doubles(findings: &mut Vec<Finding>) {
    findings.sort_by(|a, b| {
        let key = |f: &Finding| (f.rule.clone(), f.region.start, f.region.end);
        key(a).cmp(&key(b)).then(b.confidence.cmp(&a.confidence)).then(b.flow.len().cmp(&a.flow.len()))
    });
    findings.dedup_by(|b, a| a.rule == b.rule && a.region.span() == b.region.span());
}
