//! Verification: whether a candidate edit removes its weakness for a reason that the analysis can name, and brings in
//! nothing else. What it lets through is a [`Verified`], a type that only this module can make.
//!
//! `command` judges by the policy's own command, behind all of this. The order is from cheap to dear: the edit's scope, whether the result parses, what it newly does to the world, the
//! comparison with the state before, and the reason. `scope`, `effects` and `reason` hold the single judgements.

pub mod command;
mod effects;
pub mod modules;
mod names;
mod reason;
mod scope;
#[cfg(test)]
mod tests;

use std::fmt;

use crate::compare::{At, Comparison, FilePair, Mapping, compare};
use crate::edit::EditSet;
use crate::finding::{Confidence, Finding};
use crate::inspect::{self, Inspected, Limits};
use crate::report::model::{FindingSummary, VerificationRecord};
use crate::rules::Library;

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

/// Why a candidate is not let through.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RejectionKind {
    /// The result has syntax errors that the file did not have, or cannot be analysed.
    DoesNotParse,
    /// It touches or deletes what it has no business with, changes a signature, or needs a new dependency.
    OutOfScope,
    /// It does something to the world that neither the old code nor the remedy does.
    Effects,
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
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rejection {
    /// Which.
    pub kind: RejectionKind,
    /// One sentence.
    pub explanation: String,
}

impl Rejection {
    /// A rejection.
    pub fn new(kind: RejectionKind, explanation: impl Into<String>) -> Self {
        Rejection { kind, explanation: explanation.into() }
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

/// Judges an edit of a file that is to resolve the findings `targets` (indices into `before.findings`).
pub fn verify(
    before: &Inspected,
    targets: &[usize],
    edits: &EditSet,
    context: &Context<'_>,
) -> Result<Verified, Rejection> {
    let (Some(source), Some(file)) = (&before.source, &before.file) else {
        return Err(Rejection::new(RejectionKind::OutOfScope, "the file was not analysed"));
    };
    scope::within(before, file, targets, edits)?;
    let text = edits.apply(source.text());
    let after = inspect::inspect_again(before, &text, context.library, context.limits);
    let Some(new_file) = &after.file else {
        return Err(Rejection::new(RejectionKind::DoesNotParse, "the result cannot be analysed"));
    };
    scope::parses(file, new_file, &after, edits)?;
    scope::keeps_names(file, source, new_file, &after)?;
    scope::adds_no_dependency(file, new_file, context.available)?;
    let comparison = compare(&[FilePair {
        old: &before.findings,
        new: &after.findings,
        old_source: Some(source),
        new_source: after.source.as_deref(),
        mapping: Mapping::Edits(edits),
    }]);
    nothing_introduced(before, &after, &comparison)?;
    for target in targets {
        if !comparison.is_resolved(At { file: 0, finding: *target }) {
            return Err(still_present(before, *target));
        }
    }
    let rules: Vec<&str> = targets.iter().filter_map(|t| before.findings.get(*t)).map(|f| &*f.rule).collect();
    effects::contained(before, &after, edits, &rules, context.library)?;
    let mut reasons = Vec::new();
    for target in targets {
        let Some(finding) = before.findings.get(*target) else { continue };
        let reason = reason::of(finding, before, &after, edits, context.library).ok_or_else(|| {
            let message = format!("nothing that the analysis knows explains why {} is gone", finding.rule);
            Rejection::new(RejectionKind::Unexplained, message)
        })?;
        if !reasons.contains(&reason) {
            reasons.push(reason);
        }
    }
    // Last, since it says the least of why a fix is none.
    if let Some(new_source) = &after.source {
        names::exist(file, new_file, new_source, edits)?;
        names::imports_used(source, new_file, new_source)?;
    }
    let resolved: Vec<usize> = comparison.resolved().iter().map(|at| at.finding).collect();
    let record = record(before, &after, edits, &comparison, reasons.join("; "));
    Ok(Verified { edits: edits.clone(), after, record, resolved })
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

fn record(
    before: &Inspected,
    after: &Inspected,
    edits: &EditSet,
    comparison: &Comparison,
    reason: String,
) -> VerificationRecord {
    let old = |i: usize| before.findings.get(i).filter(|f| counts(f)).map(summary);
    let sum = |all: &[Finding]| {
        let total: f64 = all.iter().filter(|f| counts(f)).map(|f| f.severity).sum();
        (total * 10.0).round() / 10.0
    };
    VerificationRecord {
        resolved: comparison.resolved().iter().filter_map(|at| old(at.finding)).collect(),
        persisting: comparison
            .remaining()
            .filter_map(|item| item.state.from())
            .filter_map(|at| old(at.finding))
            .collect(),
        introduced: Vec::new(),
        reason,
        command: None,
        severity_before: sum(&before.findings),
        severity_after: sum(&after.findings),
        lines_changed: lines_changed(before, edits),
    }
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
