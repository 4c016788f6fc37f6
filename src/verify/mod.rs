//! Verification: whether a candidate edit removes its weakness for a reason that the analysis can name, and brings in
//! nothing else. What it lets through is a [`Verified`], a type that only this module can make.
//!
//! The order is from cheap to dear: the edit's scope, whether the result parses, what it newly does to the world, the
//! comparison with the state before, and the reason. `scope`, `effects` and `reason` hold the single judgements, `conduct`
//! those on what a model proposes; `command` judges by the policy's own command, behind all of this.

pub mod command;
mod conduct;
mod effects;
pub mod modules;
mod names;
mod reason;
mod scope;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::fmt;

use crate::compare::{At, Comparison, FilePair, Mapping, compare};
use crate::edit::EditSet;
use crate::finding::{Confidence, Finding};
use crate::inspect::{self, Inspected, Limits};
use crate::report::model::{FindingSummary, VerificationRecord};
use crate::rules::Library;
use crate::syntax::Source;
use crate::syntax::hir::File;

pub use modules::Available;

/// What verification needs besides the file and the edit.
#[derive(Clone, Copy)]
pub struct Context<'a> {
    /// All rules and models.
    pub library: &'a Library,
    /// What a file may cost.
    pub limits: Limits,
    /// The modules that a fix may import.
    pub available: &'a Available,
}

/// Who proposed an edit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Author {
    /// Code of this program, which does nothing but what it is for.
    Program,
    /// A language model, which others can have told something by what it read.
    Model,
}

/// Why a candidate is not let through.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RejectionKind {
    /// The result has syntax errors that the file did not have, or cannot be analysed.
    DoesNotParse,
    /// It touches or deletes what it has no business with, changes a signature, or needs a new dependency.
    OutOfScope,
    /// It does something to the world that neither the old code nor the remedy does.
    Effects,
    /// It does something besides the repair that a model has no business with: it weakens a check, drops a call, adds a way
    /// around.
    Conduct,
    /// The weakness is still there.
    StillPresent,
    /// The weakness is no longer seen, but nothing that the analysis knows explains why.
    Unexplained,
    /// It brings in another weakness.
    Introduces,
    /// It overlaps with a fix that was accepted before, or is spoilt by one.
    Conflicts,
    /// Verifying it was not tried: the other fixes of the file have cost as much as they may.
    TooCostly,
    /// The policy's own command ends worse with it, or could not be run.
    FailsCommand,
}

impl RejectionKind {
    /// The name in reports.
    pub fn name(self) -> &'static str {
        match self {
            RejectionKind::DoesNotParse => "does-not-parse",
            RejectionKind::OutOfScope => "out-of-scope",
            RejectionKind::Effects => "effects",
            RejectionKind::Conduct => "conduct",
            RejectionKind::StillPresent => "still-present",
            RejectionKind::Unexplained => "unexplained",
            RejectionKind::Introduces => "introduces",
            RejectionKind::Conflicts => "conflicts",
            RejectionKind::TooCostly => "too-costly",
            RejectionKind::FailsCommand => "fails-command",
        }
    }
}

/// A rejected candidate's reason.
#[derive(Debug, Clone, PartialEq)]
pub struct Rejection {
    /// Which.
    pub kind: RejectionKind,
    /// One sentence.
    pub explanation: String,
    /// What the comparison said, where it came so far.
    pub record: Option<Box<VerificationRecord>>,
}

impl Rejection {
    /// A rejection.
    pub fn new(kind: RejectionKind, explanation: impl Into<String>) -> Self {
        Rejection { kind, explanation: explanation.into(), record: None }
    }

    /// The same with the record of the comparison.
    pub(crate) fn with(mut self, record: &VerificationRecord) -> Self {
        self.record = Some(Box::new(record.clone()));
        self
    }
}

impl fmt::Display for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.kind.name(), self.explanation)
    }
}

/// An edit that verification let through.
#[derive(Debug, Clone)]
pub struct Verified {
    edits: EditSet,
    after: Inspected,
    record: VerificationRecord,
    resolved: Vec<usize>,
}

impl Verified {
    /// The edit.
    pub fn edits(&self) -> &EditSet {
        &self.edits
    }

    /// The file after the edit.
    pub fn after(&self) -> &Inspected {
        &self.after
    }

    /// What the comparison said.
    pub fn record(&self) -> &VerificationRecord {
        &self.record
    }

    /// The indices of the findings before that are gone.
    pub fn resolved(&self) -> &[usize] {
        &self.resolved
    }
}

/// Judges an edit by this program of a file that is to resolve the findings `targets` (indices into `before.findings`).
pub fn verify(
    before: &Inspected,
    targets: &[usize],
    edits: &EditSet,
    context: &Context<'_>,
) -> Result<Verified, Rejection> {
    verify_by(Author::Program, before, targets, edits, context)
}

/// Judges an edit, a model's also by what it does besides.
pub fn verify_by(
    author: Author,
    before: &Inspected,
    targets: &[usize],
    edits: &EditSet,
    context: &Context<'_>,
) -> Result<Verified, Rejection> {
    let (Some(source), Some(file)) = (&before.source, &before.file) else {
        return Err(Rejection::new(RejectionKind::OutOfScope, "the file was not analysed"));
    };
    let text = edits.apply(source.text());
    let after = inspect::inspect_again(before, &text, context.library, context.limits);
    let Some(new_file) = &after.file else {
        return Err(Rejection::new(RejectionKind::DoesNotParse, "the result cannot be analysed"));
    };
    let comparison = compare(&[FilePair {
        old: &before.findings,
        new: &after.findings,
        old_source: Some(source),
        new_source: after.source.as_deref(),
        mapping: Mapping::Edits(edits),
    }]);
    let mut record = record(before, &after, edits, &comparison);
    let case = Case { before, source, file, targets, edits, after: &after, new_file, comparison: &comparison };
    record.reason = case.judge(author, context).map_err(|rejection| rejection.with(&record))?;
    let resolved: Vec<usize> = comparison.resolved().iter().map(|at| at.finding).collect();
    Ok(Verified { edits: edits.clone(), after, record, resolved })
}

/// An edit with what the analysis says of the file before and after it.
struct Case<'a> {
    before: &'a Inspected,
    source: &'a Source,
    file: &'a File,
    targets: &'a [usize],
    edits: &'a EditSet,
    after: &'a Inspected,
    new_file: &'a File,
    comparison: &'a Comparison,
}

impl Case<'_> {
    /// The reason why the findings are gone.
    fn judge(&self, author: Author, context: &Context<'_>) -> Result<String, Rejection> {
        let Case { before, after, edits, .. } = *self;
        scope::within(before, self.file, self.targets, edits)?;
        scope::parses(self.file, self.new_file, after, edits)?;
        scope::keeps_names(self.file, self.source, self.new_file, after)?;
        scope::adds_no_dependency(self.file, self.new_file, context.available)?;
        nothing_introduced(before, after, self.comparison)?;
        for target in self.targets {
            if !self.comparison.is_resolved(At { file: 0, finding: *target }) {
                return Err(still_present(before, *target));
            }
        }
        let rules: Vec<&str> = self.findings().map(|f| &*f.rule).collect();
        effects::contained(before, after, edits, &rules, context.library)?;
        let reasons = self.reasons(context)?;
        // Last, since it says the least of why a fix is none.
        if let Some(new_source) = &after.source {
            names::exist(self.file, self.new_file, new_source, edits)?;
            names::imports_used(self.source, self.new_file, new_source)?;
        }
        if author == Author::Model {
            let findings: Vec<&Finding> = self.findings().collect();
            conduct::judge(before, after, &findings, edits, context.library)?;
        }
        Ok(reasons.join("; "))
    }

    fn findings(&self) -> impl Iterator<Item = &Finding> {
        self.targets.iter().filter_map(|t| self.before.findings.get(*t))
    }

    fn reasons(&self, context: &Context<'_>) -> Result<Vec<String>, Rejection> {
        let mut reasons = Vec::new();
        for finding in self.findings() {
            let reason =
                reason::of(finding, self.before, self.after, self.edits, context.library).ok_or_else(|| {
                    let message = format!("nothing that the analysis knows explains why {} is gone", finding.rule);
                    Rejection::new(RejectionKind::Unexplained, message)
                })?;
            if !reasons.contains(&reason) {
                reasons.push(reason);
            }
        }
        Ok(reasons)
    }
}

fn still_present(before: &Inspected, target: usize) -> Rejection {
    let rule = before.findings.get(target).map_or("the weakness", |f| &*f.rule);
    Rejection::new(RejectionKind::StillPresent, format!("{rule} is still there"))
}

/// Findings below medium confidence are shown to nobody, and do not count against a fix either.
fn counts(finding: &Finding) -> bool {
    finding.confidence >= Confidence::Medium
}

fn nothing_introduced(before: &Inspected, after: &Inspected, comparison: &Comparison) -> Result<(), Rejection> {
    let introduced = comparison.introduced().find_map(|item| after.findings.get(item.at.finding).filter(|f| counts(f)));
    let Some(finding) = introduced else { return Ok(()) };
    let cwe = finding.cwe.first().map(|c| format!(" (CWE-{c})")).unwrap_or_default();
    let known = before.findings.iter().any(|f| f.rule == finding.rule && f.symbol == finding.symbol);
    let verb = if known { "leaves or moves" } else { "brings in" };
    let message = format!("{verb} {}{cwe} at line {}", finding.rule, finding.region.start_line);
    Err(Rejection::new(RejectionKind::Introduces, message))
}

/// What the comparison says; the reason is not known yet.
fn record(before: &Inspected, after: &Inspected, edits: &EditSet, comparison: &Comparison) -> VerificationRecord {
    let old = |i: usize| before.findings.get(i).filter(|f| counts(f)).map(summary);
    let new = |i: usize| after.findings.get(i).filter(|f| counts(f)).map(summary);
    VerificationRecord {
        resolved: comparison.resolved().iter().filter_map(|at| old(at.finding)).collect(),
        persisting: comparison
            .remaining()
            .filter_map(|item| item.state.from())
            .filter_map(|at| old(at.finding))
            .collect(),
        introduced: comparison.introduced().filter_map(|item| new(item.at.finding)).collect(),
        reason: String::new(),
        command: None,
        engines: Vec::new(),
        severity_before: severity(&before.findings),
        severity_after: severity(&after.findings),
        cwes_before: cwes(&before.findings),
        cwes_after: cwes(&after.findings),
        lines_changed: lines_changed(before, edits),
    }
}

/// The sum of severities, to one decimal.
fn severity(findings: &[Finding]) -> f64 {
    let total: f64 = findings.iter().filter(|f| counts(f)).map(|f| f.severity).sum();
    // The sum of nothing is minus zero.
    (total * 10.0).round() / 10.0 + 0.0
}

/// The weaknesses that occur together: the first CWE of each rule.
fn cwes(findings: &[Finding]) -> Vec<u32> {
    let all: BTreeSet<u32> = findings.iter().filter(|f| counts(f)).filter_map(|f| f.cwe.first().copied()).collect();
    all.into_iter().collect()
}

fn summary(finding: &Finding) -> FindingSummary {
    FindingSummary {
        rule: finding.rule.clone(),
        cwe: finding.cwe.clone(),
        severity: finding.severity,
        line: finding.region.start_line,
    }
}

/// Lines removed and added, as a diff counts them.
fn lines_changed(before: &Inspected, edits: &EditSet) -> u32 {
    let Some(source) = &before.source else { return 0 };
    let old = source.text();
    let new = edits.apply(old);
    let diff = similar::TextDiff::from_lines(old, new.as_str());
    diff.iter_all_changes().filter(|c| c.tag() != similar::ChangeTag::Equal).count() as u32
}
