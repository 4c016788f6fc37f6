//! What the policy decides about the findings of a change: those of the analysis, and those of the other analysers that it
//! names, which are then put together.

use crate::authorship::Authors;
use crate::compare::{At, Comparison, FilePair, State as Compared, compare};
use crate::engine::opinions::{self, Opinions};
use crate::engine::{Engines, engine_of, join};
use crate::finding::{Confidence, Finding};
use crate::policy::{Circumstances, Engine, InlineWaivers, Policy};
use crate::report::model::{Action, Reported, State};
use crate::subject::Subject;

/// Findings below medium confidence are kept for comparison only.
pub fn shown(findings: &[Finding], index: usize) -> Option<&Finding> {
    findings.get(index).filter(|f| f.confidence >= Confidence::Medium)
}

/// What the policy does about the findings of the analysis, by file; those below medium confidence are left out, their place
/// is kept.
pub fn own(subjects: &[Subject<'_>], comparison: &Comparison, deciding: &Deciding<'_>) -> Vec<Vec<Reported>> {
    let base = |file: usize| subjects.get(file).map_or(&[][..], |subject| &subject.base.findings);
    let sides = subjects.iter().enumerate();
    sides
        .map(|(file, subject)| {
            let found = &subject.head.findings;
            deciding.decide(file, subject, found, &State::of(comparison, &base))
        })
        .collect()
}

/// Where the findings of a file stand, by its number and their place.
type States<'a> = dyn Fn(At) -> State + 'a;

impl State {
    /// Where findings stand after a comparison. `base` gives the findings of a file at the base.
    fn of<'a>(comparison: &'a Comparison, base: &'a dyn Fn(usize) -> &'a [Finding]) -> impl Fn(At) -> State + 'a {
        let was_hidden = move |from: At| shown(base(from.file), from.finding).is_none();
        move |at| match comparison.state(at) {
            // What was too uncertain to be shown is new to whoever reads it.
            Some(Compared::Worsened { from }) if was_hidden(from) => State::New,
            Some(Compared::Worsened { .. }) => State::Worsened,
            Some(Compared::Moved { .. }) => State::Moved,
            Some(Compared::Persisting { .. }) => State::Persisting,
            Some(Compared::New) | None => State::New,
        }
    }
}

/// By what findings are decided.
pub struct Deciding<'a> {
    /// The policy.
    pub policy: &'a Policy,
    /// Who wrote which line.
    pub authors: &'a Authors,
    /// The waivers in comments, by file.
    pub comments: &'a [InlineWaivers],
}

impl Deciding<'_> {
    /// Of a file that did not change, only what the change did to it is told.
    fn decide(&self, file: usize, subject: &Subject<'_>, found: &[Finding], states: &States<'_>) -> Vec<Reported> {
        (found.iter().enumerate())
            .map(|(finding, found)| {
                let state = states(At { file, finding });
                let language = subject.head.result.language;
                let author = self.authors.of_finding(found, matches!(state, State::New | State::Worsened));
                let ai_written = author.as_ref().is_some_and(|author| author.level.is_ai());
                let circumstances = Circumstances { state, language, ai_written, inline: self.comments.get(file) };
                let mut reported = Reported { author, ..reported(found.clone(), &circumstances, self.policy) };
                if subject.change.is_none() && matches!(state, State::Moved | State::Persisting) {
                    reported.action = Action::Off;
                }
                reported
            })
            .collect()
    }
}

/// A finding with the policy's decision; what is too uncertain to show is off.
pub fn reported(finding: Finding, circumstances: &Circumstances<'_>, policy: &Policy) -> Reported {
    let decision = policy.decide_in(&finding, circumstances);
    let hidden = finding.confidence < Confidence::Medium;
    Reported {
        action: if hidden { Action::Off } else { decision.action },
        decided_by: decision.decided_by,
        waived: decision.waived,
        accepted: decision.accepted,
        author: None,
        engine: engine_of(&finding.rule).map(str::to_owned),
        also_found_by: Vec::new(),
        finding,
        state: circumstances.state,
        fix: None,
        rejected: Vec::new(),
    }
}

/// What other analysers say of a change, compared and decided like the rest.
#[derive(Default)]
pub struct Foreign {
    /// What they said.
    pub opinions: Opinions,
    decided: Vec<Vec<Reported>>,
    resolved: Vec<Finding>,
}

impl Foreign {
    /// Asks them.
    ///
    /// # Errors
    /// One that the policy requires said nothing: which and why, in one sentence.
    pub fn ask(
        subjects: &[Subject<'_>],
        engines: &[Engine],
        asked: &dyn Engines,
        deciding: &Deciding<'_>,
    ) -> Result<Foreign, String> {
        let opinions = opinions::ask(subjects, engines, asked)?;
        let sides = || opinions.base.iter().zip(&opinions.head);
        let pairs: Vec<FilePair<'_>> =
            subjects.iter().zip(sides()).map(|(subject, (base, head))| opinions::pair(subject, base, head)).collect();
        let comparison = compare(&pairs);
        let base = |file: usize| opinions.base.get(file).map_or(&[][..], Vec::as_slice);
        let states = State::of(&comparison, &base);
        let files = subjects.iter().zip(&opinions.head).enumerate();
        let decided = files.map(|(file, (subject, found))| deciding.decide(file, subject, found, &states)).collect();
        let gone = comparison.resolved().iter();
        let resolved = gone.filter_map(|at| shown(base(at.file), at.finding).cloned()).collect();
        drop(states);
        Ok(Foreign { opinions, decided, resolved })
    }

    /// Joins what they found to the findings of the analysis. What is left stands by itself.
    pub fn join(&mut self, own: &mut [Vec<Reported>]) {
        for (own, others) in own.iter_mut().zip(&mut self.decided) {
            *others = join::join(own, std::mem::take(others));
        }
    }

    /// Puts what was joined to nothing behind the findings of the analysis, whose places stay.
    pub fn put_behind(&mut self, own: &mut [Vec<Reported>]) {
        for (own, others) in own.iter_mut().zip(&mut self.decided) {
            own.append(others);
        }
    }

    /// Everything that is gone since the base, each weakness once.
    pub fn with_resolved(&mut self, own: Vec<Finding>) -> Vec<Finding> {
        join::join_resolved(own.into_iter().chain(std::mem::take(&mut self.resolved)).collect())
    }
}
