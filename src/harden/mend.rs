//! The loop that proposes, verifies and chooses: for the findings of one file, the fixes that are valid alone and together.

use std::collections::BTreeMap;

use super::{Strategy, Task};
use crate::edit::EditSet;
use crate::finding::Region;
use crate::inspect::Inspected;
use crate::report::diff;
use crate::report::model::{Fix, RejectedFix, Replacement};
use crate::verify::{Context, Rejection, RejectionKind, Verified, verify};

/// How much verifying the fixes of one file may cost: the bytes that are analysed again, more for what is verified together
/// with many other fixes.
const MAX_WORK: u64 = 64_000_000;
/// So many fixes that are verified together double the cost.
const JOINT_FIXES: u64 = 16;

/// What became of the findings of a file, by their index in it.
#[derive(Debug, Default)]
pub struct Mended {
    /// Verified fixes.
    pub fixes: BTreeMap<usize, Fix>,
    /// Candidates that were not let through.
    pub rejected: BTreeMap<usize, Vec<RejectedFix>>,
    /// All accepted edits.
    pub accepted: EditSet,
}

/// Mends the findings `wanted` of a file. The severest come first; each accepted edit is verified alone and with all that
/// were accepted before, since reviewers take some suggestions and leave others.
pub fn mend<'s>(
    file: &Inspected,
    wanted: &[usize],
    strategy_for: &dyn Fn(usize) -> Option<&'s dyn Strategy>,
    context: &Context<'_>,
) -> Mended {
    let mut order: Vec<usize> = wanted.to_vec();
    order.sort_by(|a, b| {
        let key = |i: &usize| file.findings.get(*i).map(|f| f.severity).unwrap_or(0.0);
        key(b).total_cmp(&key(a)).then(a.cmp(b))
    });
    let mut round = Round { file, context, mended: Mended::default(), joint: Vec::new(), left: MAX_WORK };
    for index in order {
        if round.mended.fixes.contains_key(&index) {
            continue;
        }
        if let Some(strategy) = strategy_for(index) {
            round.mend_one(index, strategy, wanted);
        }
    }
    round.mended
}

struct Round<'a> {
    file: &'a Inspected,
    context: &'a Context<'a>,
    mended: Mended,
    /// The findings that the accepted edits resolve together.
    joint: Vec<usize>,
    /// What is left of [`MAX_WORK`].
    left: u64,
}

impl Round<'_> {
    fn mend_one(&mut self, index: usize, strategy: &dyn Strategy, wanted: &[usize]) {
        let (Some(finding), Some(source), Some(hir)) =
            (self.file.findings.get(index), &self.file.source, &self.file.file)
        else {
            return;
        };
        let Some(rule) = self.context.library.rule(&finding.rule) else { return };
        if self.left == 0 {
            let why = "verifying other fixes of this file has cost as much as it may";
            return self.reject(
                index,
                strategy.name(),
                "any".to_string(),
                Rejection::new(RejectionKind::TooCostly, why),
            );
        }
        let task = Task {
            finding,
            rule,
            source,
            file: hir,
            facts: &self.file.facts,
            neighbours: &self.file.neighbours,
            library: self.context.library,
        };
        for candidate in strategy.propose(&task) {
            let fixes_together = self.joint.len() as u64;
            let cost = source.text().len() as u64 * (2 + fixes_together / JOINT_FIXES);
            self.left = self.left.saturating_sub(cost);
            let judged = verify(self.file, &[index], &candidate.edits, self.context)
                .and_then(|verified| self.with_accepted(index, &verified).map(|joint| (verified, joint)));
            match judged {
                Ok((verified, joint)) => {
                    let fix = self.fix(strategy.name(), &candidate.fixer, &candidate.description, &verified);
                    self.accept(&verified, joint, &fix, wanted);
                    return;
                }
                Err(rejection) => self.reject(index, strategy.name(), candidate.fixer, rejection),
            }
        }
    }

    /// The edit together with all accepted ones.
    fn with_accepted(&self, index: usize, verified: &Verified) -> Result<EditSet, Rejection> {
        if self.joint.is_empty() {
            return Ok(verified.edits().clone());
        }
        let conflict = |why: String| Rejection::new(RejectionKind::Conflicts, why);
        let merged = self
            .mended
            .accepted
            .merged(verified.edits())
            .ok_or_else(|| conflict("it changes the same code as a fix that was accepted before".to_string()))?;
        let mut targets = self.joint.clone();
        targets.push(index);
        verify(self.file, &targets, &merged, self.context)
            .map(|_| merged)
            .map_err(|r| conflict(format!("together with the fixes accepted before: {}", r.explanation)))
    }

    /// A fix counts for every finding that it resolves.
    fn accept(&mut self, verified: &Verified, joint: EditSet, fix: &Fix, wanted: &[usize]) {
        self.mended.accepted = joint;
        for resolved in verified.resolved() {
            if !self.joint.contains(resolved) {
                self.joint.push(*resolved);
            }
            if wanted.contains(resolved) {
                self.mended.fixes.entry(*resolved).or_insert_with(|| fix.clone());
            }
        }
    }

    fn reject(&mut self, index: usize, strategy: &str, fixer: String, rejection: Rejection) {
        self.mended.rejected.entry(index).or_default().push(RejectedFix {
            strategy: strategy.to_string(),
            fixer,
            reason: rejection.kind.name().to_string(),
            explanation: rejection.explanation,
        });
    }

    fn fix(&self, strategy: &str, fixer: &str, description: &str, verified: &Verified) -> Fix {
        let path = &self.file.result.path;
        let old = self.file.source.as_ref().map_or("", |s| s.text());
        let new = verified.edits().apply(old);
        let replacements = (verified.edits().edits().iter())
            .filter_map(|edit| {
                let region = Region::of(self.file.source.as_ref()?, edit.span);
                Some(Replacement { region, text: edit.text.clone() })
            })
            .collect();
        Fix {
            strategy: strategy.to_string(),
            fixer: fixer.to_string(),
            description: description.to_string(),
            replacements,
            diff: diff::unified(path, old, &new),
            verification: verified.record().clone(),
        }
    }
}
