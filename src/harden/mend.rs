//! The loop that proposes, verifies, feeds back and chooses: for the findings of one file, the fixes that are valid alone
//! and together.

use std::collections::BTreeMap;

use super::plan::{Choice, Plan};
use super::second_look::SecondLook;
use super::{Candidate, Proposal, Strategy, Task, Tried};
use crate::edit::EditSet;
use crate::finding::{Finding, Region};
use crate::inspect::Inspected;
use crate::report::diff;
use crate::report::model::{Asked, Fix, RejectedFix, Replacement};
use crate::syntax::hir::{MODULE, Span};
use crate::verify::{Author, Context, Rejection, RejectionKind, Verified, verify_by};

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
    /// Candidates that were not let through. What was to mend several findings stands at the severest of them.
    pub rejected: BTreeMap<usize, Vec<RejectedFix>>,
    /// All accepted edits.
    pub accepted: EditSet,
}

/// Mends the findings `wanted` of a file. The severest come first; each accepted edit is verified alone and with all that
/// were accepted before, since reviewers take some suggestions and leave others.
pub fn mend<'s>(
    file: &Inspected,
    wanted: &[usize],
    plan_for: &dyn Fn(usize) -> Option<Plan<'s>>,
    context: &Context<'_>,
) -> Mended {
    mend_again(file, wanted, plan_for, context, &SecondLook::default())
}

/// Mends a file of which more may be known from before: fixes that are refused are not let through again.
pub fn mend_again<'s>(
    file: &Inspected,
    wanted: &[usize],
    plan_for: &dyn Fn(usize) -> Option<Plan<'s>>,
    context: &Context<'_>,
    second: &SecondLook,
) -> Mended {
    let mut order: Vec<usize> = wanted.to_vec();
    order.sort_by(|a, b| {
        let key = |i: &usize| file.findings.get(*i).map(|f| f.severity).unwrap_or(0.0);
        key(b).total_cmp(&key(a)).then(a.cmp(b))
    });
    let mut round =
        Round { file, context, wanted, second, mended: Mended::default(), accepted: Vec::new(), left: MAX_WORK };
    for &index in &order {
        if round.mended.fixes.contains_key(&index) {
            continue;
        }
        let Some(plan) = plan_for(index) else { continue };
        let together = plan.strategies.iter().any(|s| s.mends_together());
        let beside = order.iter().copied().filter(|other| {
            together
                && *other != index
                && !round.tried_already(*other)
                && round.home(*other) == round.home(index)
                && plan_for(*other).is_some_and(|p| p.same(&plan))
        });
        let group: Vec<usize> = std::iter::once(index).chain(beside).collect();
        round.carry_out(&plan, &group);
    }
    round.mended
}

/// An accepted edit and the findings that it was accepted for.
struct Accepted {
    targets: Vec<usize>,
    edits: EditSet,
}

/// The outermost function around a finding of a file, or its statement outside functions.
pub(crate) fn home(inspected: &Inspected, finding: &Finding) -> Option<Span> {
    let (span, file) = (finding.region.span(), inspected.file.as_ref()?);
    let function = file.outermost_function(span);
    if function != MODULE {
        return Some(file.function(function).span);
    }
    let mut statements = file.function(MODULE).body.iter().map(|id| file.stmt(*id).span);
    statements.find(|s| s.contains(span))
}

struct Round<'a> {
    file: &'a Inspected,
    context: &'a Context<'a>,
    wanted: &'a [usize],
    second: &'a SecondLook,
    mended: Mended,
    accepted: Vec<Accepted>,
    /// What is left of [`MAX_WORK`].
    left: u64,
}

/// A candidate that passed verification, alone and with what was accepted before.
struct Passed {
    targets: Vec<usize>,
    verified: Verified,
    /// All accepted edits with it.
    joint: EditSet,
    /// Which of the accepted edits it stands in the place of.
    displaced: Vec<usize>,
    fix: Fix,
}

impl Round<'_> {
    fn tried_already(&self, index: usize) -> bool {
        self.mended.fixes.contains_key(&index) || self.mended.rejected.contains_key(&index)
    }

    fn home(&self, index: usize) -> Option<Span> {
        home(self.file, self.file.findings.get(index)?)
    }

    /// Mends a group of findings, which have the plan in common.
    fn carry_out(&mut self, plan: &Plan<'_>, group: &[usize]) {
        let mut unasked = false;
        let mut best: Vec<Passed> = Vec::new();
        for strategy in &plan.strategies {
            let open: Vec<usize> = group.iter().copied().filter(|i| !self.mended.fixes.contains_key(i)).collect();
            let parts: Vec<&[usize]> =
                if strategy.mends_together() { vec![&open[..]] } else { open.chunks(1).collect() };
            for part in parts {
                // What was accepted meanwhile can have mended it too.
                if part.iter().all(|i| self.mended.fixes.contains_key(i)) {
                    continue;
                }
                let attempt = self.attempt(*strategy, part, plan);
                unasked |= attempt.unasked;
                match (attempt.passed, plan.choice) {
                    (Some(passed), Choice::First) => self.accept(passed),
                    (Some(passed), Choice::Best) => best.push(passed),
                    (None, _) => {}
                }
            }
        }
        self.accept_best(best);
        if let (true, Some(fallback)) = (unasked, plan.fallback) {
            for index in group.iter().filter(|i| !self.mended.fixes.contains_key(i)).copied().collect::<Vec<_>>() {
                if let Some(passed) = self.attempt(fallback, &[index], plan).passed {
                    self.accept(passed);
                }
            }
        }
    }

    /// Takes the best fixes, as long as they mend something that those before did not.
    fn accept_best(&mut self, mut best: Vec<Passed>) {
        best.sort_by(|a, b| {
            let (a, b) = (a.verified.record(), b.verified.record());
            a.severity_after.total_cmp(&b.severity_after).then(a.lines_changed.cmp(&b.lines_changed))
        });
        for passed in best {
            let open: Vec<usize> =
                passed.targets.iter().copied().filter(|i| !self.mended.fixes.contains_key(i)).collect();
            if open.len() != passed.targets.len() {
                continue;
            }
            // Others may have been accepted since.
            if let Ok((joint, displaced)) = self.with_accepted(&passed.targets, &passed.verified) {
                self.accept(Passed { joint, displaced, ..passed });
            }
        }
    }

    /// Lets one strategy propose, tells it what was wrong, and so on, until something passes or its rounds are over.
    fn attempt(&mut self, strategy: &dyn Strategy, group: &[usize], plan: &Plan<'_>) -> Attempt {
        let mut tried: Vec<Tried> = Vec::new();
        let mut partly: Option<Passed> = None;
        let mut unasked = false;
        for round in 1..=strategy.rounds().max(1) {
            if self.left == 0 {
                let why = "verifying other fixes of this file has cost as much as it may";
                self.reject(group, strategy, "any", Rejection::new(RejectionKind::TooCostly, why), None);
                break;
            }
            let Some(proposal) = self.propose(strategy, group, &tried) else { break };
            let asked = proposal.spent.map(|spent| Asked {
                model: strategy.model().unwrap_or_default().to_string(),
                round,
                requests: u32::try_from(spent.requests).unwrap_or(u32::MAX),
                tokens_in: spent.tokens_in,
                tokens_out: spent.tokens_out,
                seconds: spent.seconds,
                usd: plan.prices.of(spent.tokens_in, spent.tokens_out),
            });
            if let Some(failure) = proposal.failure {
                unasked = true;
                self.reject_named(group, strategy, "any", failure.kind.name(), failure.explanation, asked);
                break;
            }
            let answer = proposal.answer.unwrap_or_default();
            let mut why = proposal.no_edit.unwrap_or_default();
            if !why.is_empty() {
                self.reject_named(group, strategy, strategy.name(), "no-edit", why.clone(), asked.clone());
            }
            for candidate in proposal.candidates {
                match self.judge(strategy, group, &candidate, asked.as_ref()) {
                    Ok(passed) if passed.targets.len() == group.len() => {
                        return Attempt { passed: Some(passed), unasked };
                    }
                    Ok(passed) => {
                        why = self.still_open(group, &passed);
                        let more = partly.as_ref().is_none_or(|p| passed.targets.len() > p.targets.len());
                        if more {
                            partly = Some(passed);
                        }
                    }
                    Err(rejection) => {
                        why = rejection.explanation.clone();
                        self.reject(group, strategy, &candidate.fixer, rejection, asked.clone());
                    }
                }
            }
            tried.push(Tried { answer, why });
        }
        Attempt { passed: partly, unasked }
    }

    fn propose(&self, strategy: &dyn Strategy, group: &[usize], tried: &[Tried]) -> Option<Proposal> {
        let (source, hir) = (self.file.source.as_ref()?, self.file.file.as_ref()?);
        let findings: Vec<&Finding> = group.iter().filter_map(|i| self.file.findings.get(*i)).collect();
        let (finding, beside) = findings.split_first()?;
        let task = Task {
            finding,
            rule: self.context.library.rule(&finding.rule)?,
            beside,
            tried,
            source,
            file: hir,
            facts: &self.file.facts,
            neighbours: &self.file.neighbours,
            library: self.context.library,
        };
        self.second.proposal(strategy, group, tried, || Some(strategy.propose(&task)))
    }

    /// Verifies a candidate alone and with what was accepted before. One that mends a part of the group passes for that part.
    fn judge(
        &mut self,
        strategy: &dyn Strategy,
        group: &[usize],
        candidate: &Candidate,
        asked: Option<&Asked>,
    ) -> Result<Passed, Rejection> {
        let author = if strategy.model().is_some() { Author::Model } else { Author::Program };
        let mut targets = group.to_vec();
        let verified = match self.verify(author, &targets, &candidate.edits) {
            Err(rejection) if rejection.kind == RejectionKind::StillPresent && group.len() > 1 => {
                targets = self.gone(group, &rejection);
                if targets.is_empty() {
                    return Err(rejection);
                }
                self.verify(author, &targets, &candidate.edits)?
            }
            other => other?,
        };
        self.not_refused(&verified)?;
        let (joint, displaced) = self.with_accepted(&targets, &verified)?;
        let fix = self.fix(strategy.name(), candidate, &verified, asked);
        Ok(Passed { targets, verified, joint, displaced, fix })
    }

    /// Whether no other analyser has spoken against it before.
    fn not_refused(&self, verified: &Verified) -> Result<(), Rejection> {
        let Some(refused) = self.second.refusal(verified.edits()) else { return Ok(()) };
        let mut record = verified.record().clone();
        record.introduced.extend(refused.introduced.iter().cloned());
        Err(Rejection::new(RejectionKind::Introduces, &*refused.explanation).with(&record))
    }

    fn verify(&mut self, author: Author, targets: &[usize], edits: &EditSet) -> Result<Verified, Rejection> {
        let size = self.file.source.as_ref().map_or(0, |s| s.text().len()) as u64;
        self.left = self.left.saturating_sub(size * (1 + self.accepted.len() as u64 / JOINT_FIXES));
        verify_by(author, self.file, targets, edits, self.context)
    }

    /// Those of a group that a rejected candidate removed all the same.
    fn gone(&self, group: &[usize], rejection: &Rejection) -> Vec<usize> {
        let Some(record) = &rejection.record else { return Vec::new() };
        let is_gone = |index: &usize| {
            self.file.findings.get(*index).is_some_and(|f| {
                let here = |s: &crate::report::model::FindingSummary| s.rule == f.rule && s.line == f.region.start_line;
                record.resolved.iter().any(here) && !record.persisting.iter().any(here)
            })
        };
        group.iter().copied().filter(is_gone).collect()
    }

    fn still_open(&self, group: &[usize], passed: &Passed) -> String {
        let open = group.iter().filter(|i| !passed.targets.contains(i));
        let names: Vec<&str> = open.filter_map(|i| self.file.findings.get(*i)).map(|f| &*f.rule).collect();
        format!("it removes a part of the weaknesses; still there: {}", names.join(", "))
    }

    /// All accepted edits with another one; and the places of those that it stands in for, because it changes the same code
    /// and removes their findings too.
    fn with_accepted(&mut self, targets: &[usize], verified: &Verified) -> Result<(EditSet, Vec<usize>), Rejection> {
        if self.accepted.is_empty() {
            return Ok((verified.edits().clone(), Vec::new()));
        }
        let conflict = |why: String| Rejection::new(RejectionKind::Conflicts, why);
        let overlapping = |one: &Accepted| one.edits.merged(verified.edits()).is_none();
        let displaced: Vec<usize> =
            self.accepted.iter().enumerate().filter(|(_, one)| overlapping(one)).map(|(i, _)| i).collect();
        let stands_in = |one: &Accepted| one.targets.iter().all(|t| verified.resolved().contains(t));
        if displaced.iter().filter_map(|i| self.accepted.get(*i)).any(|one| !stands_in(one)) {
            return Err(conflict("it changes the same code as a fix that was accepted before".to_string()));
        }
        let kept = || self.accepted.iter().enumerate().filter(|(i, _)| !displaced.contains(i)).map(|(_, one)| one);
        let merged = kept().try_fold(verified.edits().clone(), |all, one| all.merged(&one.edits));
        let merged = merged.ok_or_else(|| conflict("it changes the same code as fixes accepted before".to_string()))?;
        let mut all: Vec<usize> = self.accepted.iter().flat_map(|one| one.targets.iter().copied()).collect();
        all.extend(targets);
        all.sort_unstable();
        all.dedup();
        // Each of them was judged by its author's conduct alone.
        match self.verify(Author::Program, &all, &merged) {
            Ok(_) => Ok((merged, displaced)),
            Err(r) => Err(conflict(format!("together with the fixes accepted before: {}", r.explanation))),
        }
    }

    /// A fix counts for every finding that it resolves.
    fn accept(&mut self, passed: Passed) {
        let Passed { verified, joint, displaced, fix, .. } = passed;
        let mut at = 0;
        self.accepted.retain(|_| {
            at += 1;
            !displaced.contains(&(at - 1))
        });
        self.mended.accepted = joint;
        for resolved in verified.resolved().iter().filter(|r| self.wanted.contains(r)) {
            if displaced.is_empty() {
                self.mended.fixes.entry(*resolved).or_insert_with(|| fix.clone());
            } else {
                self.mended.fixes.insert(*resolved, fix.clone());
            }
        }
        self.accepted.push(Accepted { targets: verified.resolved().to_vec(), edits: verified.edits().clone() });
    }

    fn reject(
        &mut self,
        group: &[usize],
        strategy: &dyn Strategy,
        fixer: &str,
        rejection: Rejection,
        asked: Option<Asked>,
    ) {
        let Some(first) = group.first() else { return };
        self.mended.rejected.entry(*first).or_default().push(RejectedFix {
            strategy: strategy.name().to_string(),
            fixer: fixer.to_string(),
            reason: rejection.kind.name().to_string(),
            explanation: rejection.explanation,
            verification: rejection.record.map(|r| *r),
            asked,
        });
    }

    /// A rejection before anything could be verified.
    fn reject_named(
        &mut self,
        group: &[usize],
        strategy: &dyn Strategy,
        fixer: &str,
        reason: &str,
        explanation: String,
        asked: Option<Asked>,
    ) {
        let Some(first) = group.first() else { return };
        self.mended.rejected.entry(*first).or_default().push(RejectedFix {
            strategy: strategy.name().to_string(),
            fixer: fixer.to_string(),
            reason: reason.to_string(),
            explanation,
            verification: None,
            asked,
        });
    }

    fn fix(&self, strategy: &str, candidate: &Candidate, verified: &Verified, asked: Option<&Asked>) -> Fix {
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
            fixer: candidate.fixer.clone(),
            description: candidate.description.clone(),
            replacements,
            diff: diff::unified(path, old, &new),
            verification: verified.record().clone(),
            asked: asked.cloned(),
        }
    }
}

/// What came of letting one strategy try.
struct Attempt {
    passed: Option<Passed>,
    /// A model could not be asked.
    unasked: bool,
}
