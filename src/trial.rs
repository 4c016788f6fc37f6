//! The gate's last look at fixes: the policy's own command, run without them and with them. What speaks against a fix here
//! takes it back.

use std::collections::{BTreeMap, BTreeSet};

use crate::edit::{EditSet, TextEdit};
use crate::harden::mend::Mended;
use crate::inspect::Inspected;
use crate::policy::VerifyCommand;
use crate::report::model::{Fix, RejectedFix};
use crate::verify::Rejection;
use crate::verify::command::{self, Judgement, Runner};

/// A command, and what runs it.
#[derive(Clone, Copy)]
pub struct Trial<'a> {
    /// The command.
    pub command: &'a VerifyCommand,
    /// Runs it over the head of the change.
    pub runner: &'a dyn Runner,
}

/// A fix that was accepted, with all findings of its file that it is noted for, the severest first.
pub(crate) struct Accepted {
    /// The number of the file.
    pub file: usize,
    /// The findings, by their places in the file.
    pub findings: Vec<usize>,
    /// The fix.
    pub edits: EditSet,
    severity: f64,
}

/// Tries all accepted fixes of a change, the severest first, and rejects those that make the command's outcome worse. Nothing
/// is run where there is no fix.
pub fn try_fixes(files: &[&Inspected], mended: &mut [Mended], trial: &Trial<'_>) {
    let fixes = accepted(files, mended);
    if fixes.is_empty() {
        return;
    }
    let edited = |chosen: &[usize]| texts(files, chosen.iter().filter_map(|n| fixes.get(*n)));
    let judgement = command::judge(fixes.len(), &edited, trial.command, trial.runner);
    carry_out(judgement, &fixes, mended);
}

/// All accepted fixes, the severest first.
pub(crate) fn accepted(files: &[&Inspected], mended: &[Mended]) -> Vec<Accepted> {
    let mut all: Vec<Accepted> = Vec::new();
    for (number, (file, mended)) in files.iter().zip(mended).enumerate() {
        let mut of_file: Vec<Accepted> = Vec::new();
        for (finding, fix) in &mended.fixes {
            let Some(edits) = edits_of(fix) else { continue };
            let severity = file.findings.get(*finding).map_or(0.0, |f| f.severity);
            match of_file.iter_mut().find(|known| known.edits == edits) {
                // What comes first is what a rejection is told at.
                Some(known) if severity > known.severity => {
                    known.findings.insert(0, *finding);
                    known.severity = severity;
                }
                Some(known) => known.findings.push(*finding),
                None => of_file.push(Accepted { file: number, findings: vec![*finding], edits, severity }),
            }
        }
        all.extend(of_file);
    }
    // The sort is stable: files by path, findings by place.
    all.sort_by(|a, b| b.severity.total_cmp(&a.severity));
    all
}

fn edits_of(fix: &Fix) -> Option<EditSet> {
    EditSet::new(fix.replacements.iter().map(|r| TextEdit::replace(r.region.span(), r.text.clone())).collect())
}

/// The files with some fixes.
fn texts<'f>(files: &[&Inspected], chosen: impl Iterator<Item = &'f Accepted>) -> BTreeMap<String, String> {
    let mut by_file: BTreeMap<usize, EditSet> = BTreeMap::new();
    for fix in chosen {
        let edits = by_file.entry(fix.file).or_default();
        // They were verified together, so they do not overlap.
        if let Some(both) = edits.merged(&fix.edits) {
            *edits = both;
        }
    }
    let text = |(file, edits): (usize, EditSet)| {
        let file = files.get(file)?;
        Some((file.result.path.clone(), edits.apply(file.source.as_ref()?.text())))
    };
    by_file.into_iter().filter_map(text).collect()
}

fn carry_out(judgement: Judgement, fixes: &[Accepted], mended: &mut [Mended]) {
    for number in &judgement.kept {
        let Some(fix) = fixes.get(*number) else { continue };
        let Some(mended) = mended.get_mut(fix.file) else { continue };
        for finding in &fix.findings {
            if let Some(fix) = mended.fixes.get_mut(finding) {
                fix.verification.command = Some(judgement.record.clone());
            }
        }
    }
    take_back(judgement.rejected, fixes, mended);
}

/// Takes fixes back, by their numbers, and says why.
pub(crate) fn take_back(rejections: Vec<(usize, Rejection)>, fixes: &[Accepted], mended: &mut [Mended]) {
    let mut changed = BTreeSet::new();
    for (number, rejection) in rejections {
        let Some(fix) = fixes.get(number) else { continue };
        let Some(mended) = mended.get_mut(fix.file) else { continue };
        changed.insert(fix.file);
        let taken: Vec<(usize, Fix)> =
            fix.findings.iter().filter_map(|finding| Some((*finding, mended.fixes.remove(finding)?))).collect();
        // Once, so that what it took to ask a model for it is not counted several times.
        if let Some((finding, taken)) = taken.into_iter().next() {
            mended.rejected.entry(finding).or_default().push(RejectedFix {
                strategy: taken.strategy,
                fixer: taken.fixer,
                reason: rejection.kind.name().to_string(),
                explanation: rejection.explanation.clone(),
                verification: Some(taken.verification),
                asked: taken.asked,
            });
        }
    }
    for file in changed {
        let Some(mended) = mended.get_mut(file) else { continue };
        let left =
            fixes.iter().filter(|fix| fix.file == file && fix.findings.iter().any(|f| mended.fixes.contains_key(f)));
        mended.accepted = left.fold(EditSet::default(), |all, fix| all.merged(&fix.edits).unwrap_or(all));
    }
}
