//! What an engine said as findings in the files that it was asked about.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};

use super::sarif::{self, Found};
use super::{Answer, Folder, cwe, uri};
use crate::analysis;
use crate::finding::{Finding, Region};
use crate::inspect;
use crate::policy::{Engine, EngineSource};
use crate::report::model::RuleInfo;
use crate::syntax::hir::{File, Span};
use crate::syntax::{Source, language_of, lower};

/// The outermost code, as symbols name it.
const TOP: &str = "<module>";

/// What an engine found.
#[derive(Debug, Clone, Default)]
pub struct Looked {
    /// The tool's own name.
    pub tool: String,
    /// Its version.
    pub version: Option<String>,
    /// Its findings: by folder, then by path, sorted.
    pub found: Vec<BTreeMap<String, Vec<Finding>>>,
    /// Results that lie in no file which it was asked about.
    pub elsewhere: usize,
    /// The rules that findings name, by our id for them.
    pub rules: BTreeMap<String, RuleInfo>,
    /// What it says went wrong.
    pub notes: Vec<String>,
}

impl Looked {
    /// The findings in a file of a folder.
    pub fn of(&self, folder: usize, path: &str) -> &[Finding] {
        self.found.get(folder).and_then(|files| files.get(path)).map_or(&[], Vec::as_slice)
    }
}

/// The id of an engine's rule.
pub fn rule_id(engine: &str, rule: &str) -> String {
    format!("{engine}:{rule}")
}

/// The engine that a rule's id names; none for a rule of our own.
pub fn engine_of(rule: &str) -> Option<&str> {
    rule.split_once(':').map(|(engine, _)| engine)
}

/// Reads what an engine said about folders. A file's paths are those of the last folder.
///
/// # Errors
/// Why it cannot be read, as one clause.
pub fn read(engine: &Engine, answer: &Answer, folders: &[Folder]) -> Result<Looked, String> {
    let (log, bases) = sarif::read(&answer.sarif)?;
    let mut out = Looked {
        found: vec![BTreeMap::new(); folders.len()],
        version: log.version.clone(),
        notes: log.notes.clone(),
        ..Looked::default()
    };
    for result in &log.results {
        let base = bases.get(result.run).cloned().unwrap_or_default();
        let path = uri::path(&result.location, &base, &answer.root);
        let place = path.and_then(|path| place(engine, &path, folders));
        let Some((at, path, source)) = place else {
            out.elsewhere += 1;
            continue;
        };
        let finding = finding(engine, &log.tool, result, &path, source, &answer.root);
        out.rules.entry(finding.rule.clone()).or_insert_with(|| info(&finding, log.rules.get(&result.rule)));
        if let Some(files) = out.found.get_mut(at) {
            files.entry(path).or_default().push(finding);
        }
    }
    out.tool = log.tool;
    for (files, folder) in out.found.iter_mut().zip(folders) {
        for (path, findings) in files.iter_mut() {
            if let Some(source) = folder.files.get(path) {
                finish(path, findings, source);
            }
        }
    }
    Ok(out)
}

/// The folder and the file of a path.
fn place<'f>(engine: &Engine, path: &str, folders: &'f [Folder]) -> Option<(usize, String, &'f Source)> {
    let (at, path) = match &engine.source {
        EngineSource::Sarif(_) => (folders.len().checked_sub(1)?, path),
        EngineSource::Run(_) => {
            let (name, path) = path.split_once('/')?;
            (folders.iter().position(|folder| folder.name == name)?, path)
        }
    };
    let source = folders.get(at)?.files.get(path)?;
    Some((at, path.to_owned(), source))
}

fn finding(engine: &Engine, tool: &str, found: &Found, path: &str, source: &Source, root: &str) -> Finding {
    let own = engine.cwe.get(&found.rule).into_iter().flatten().copied();
    let known = cwe::of_rule(tool, &found.rule).iter().copied();
    // The folder's name is another one each time, and says nothing.
    let message = match root.len() > 1 {
        true => found.message.replace(&format!("{}/", root.trim_end_matches('/')), ""),
        false => found.message.clone(),
    };
    Finding {
        rule: rule_id(&engine.name, &found.rule),
        cwe: cwe::tidy(own.chain(found.cwe.iter().copied()).chain(known)),
        severity: found.severity,
        confidence: found.confidence,
        precision: found.precision,
        path: path.to_owned(),
        region: Region::of(source, sarif::span(&found.region, found.columns, source)),
        message,
        flow: Vec::new(),
        related: Vec::new(),
        symbol: TOP.to_owned(),
        sink: String::new(),
        fingerprint: String::new(),
    }
}

/// Names the functions that findings are in, drops those that are there twice, and gives them their identity.
fn finish(path: &str, findings: &mut Vec<Finding>, source: &Source) {
    if let Some(file) = lowered(path, source) {
        for finding in findings.iter_mut() {
            finding.symbol = inspect::symbol_at(&file, outermost(finding, source));
        }
    }
    findings.sort_by(|a, b| a.sort_key().cmp(&b.sort_key()).then_with(|| a.message.cmp(&b.message)));
    findings.dedup_by(|b, a| a.rule == b.rule && a.region.span() == b.region.span());
    analysis::number(findings, source);
}

/// The place that says in which function a finding is: a whole function belongs to what is around it.
fn outermost(finding: &Finding, source: &Source) -> Span {
    let span = finding.region.span();
    let line = source.line_span(finding.region.start_line);
    Span { start: span.start, end: span.end.min(line.end).max(span.start) }
}

/// The lowered form of a file; a defect of the lowering costs the names of functions, and nothing else.
fn lowered(path: &str, source: &Source) -> Option<File> {
    let language = language_of(path)?;
    catch_unwind(AssertUnwindSafe(|| lower(path, language, source))).ok()
}

fn info(finding: &Finding, described: Option<&sarif::Described>) -> RuleInfo {
    let described = described.cloned().unwrap_or_default();
    let name = Some(described.name).filter(|name| !name.is_empty()).unwrap_or_else(|| finding.rule.clone());
    RuleInfo {
        id: finding.rule.clone(),
        name,
        cwe: finding.cwe.clone(),
        severity: finding.severity,
        precision: finding.precision,
        explain: described.explain,
        remedy: String::new(),
        references: described.link.into_iter().collect(),
    }
}

#[cfg(test)]
#[path = "answer_tests.rs"]
mod tests;
