//! Mending a file once more, because somebody else spoke against a fix: what is refused now, and what models said before,
//! so that none is asked the same twice.

use std::sync::{Mutex, PoisonError};

use super::{Proposal, Strategy, Tried};
use crate::edit::EditSet;
use crate::report::model::FindingSummary;

/// A fix of which other analysers say that it brings in a weakness.
#[derive(Debug, Clone)]
pub struct Refused {
    /// The fix.
    pub edits: EditSet,
    /// What it brings in, in one sentence.
    pub explanation: String,
    /// The same for the record.
    pub introduced: Vec<FindingSummary>,
}

/// What is known of a file from mending it before.
#[derive(Debug, Default)]
pub struct SecondLook {
    /// The fixes that are not let through again.
    pub refused: Vec<Refused>,
    said: Mutex<Vec<Said>>,
}

/// What a strategy that asks a model proposed for some findings, after some rejections.
#[derive(Debug)]
struct Said {
    strategy: &'static str,
    findings: Vec<usize>,
    tried: Vec<Tried>,
    proposal: Proposal,
}

impl SecondLook {
    /// Why a candidate is refused; none where nobody spoke against it.
    pub(super) fn refusal(&self, edits: &EditSet) -> Option<&Refused> {
        self.refused.iter().find(|refused| refused.edits == *edits)
    }

    /// What a strategy proposes for findings. A model is asked only what it was not asked before.
    pub(super) fn proposal(
        &self,
        strategy: &dyn Strategy,
        findings: &[usize],
        tried: &[Tried],
        ask: impl FnOnce() -> Option<Proposal>,
    ) -> Option<Proposal> {
        if strategy.model().is_none() {
            return ask();
        }
        let is_same =
            |said: &Said| said.strategy == strategy.name() && said.findings == findings && said.tried == tried;
        let known = self.said().iter().find(|said| is_same(said)).map(|said| said.proposal.clone());
        if known.is_some() {
            return known;
        }
        let proposal = ask()?;
        let (findings, tried) = (findings.to_vec(), tried.to_vec());
        self.said().push(Said { strategy: strategy.name(), findings, tried, proposal: proposal.clone() });
        Some(proposal)
    }

    fn said(&self) -> std::sync::MutexGuard<'_, Vec<Said>> {
        self.said.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;
    use crate::edit::TextEdit;
    use crate::harden::Task;
    use crate::syntax::hir::Span;

    /// A strategy that pretends to ask a model.
    struct Asking;

    impl Strategy for Asking {
        fn name(&self) -> &'static str {
            "asking"
        }

        fn model(&self) -> Option<&str> {
            Some("a model")
        }

        fn propose(&self, _: &Task<'_>) -> Proposal {
            Proposal::default()
        }
    }

    #[test]
    fn a_model_is_asked_once_for_the_same() {
        let (second, asked) = (SecondLook::default(), AtomicU32::new(0));
        let ask = |findings: &[usize], why: &str| {
            let tried = [Tried { answer: String::new(), why: why.to_owned() }];
            let proposal = second.proposal(&Asking, findings, &tried, || {
                let answer = format!("answer {}", asked.fetch_add(1, Ordering::Relaxed));
                Some(Proposal { answer: Some(answer), ..Proposal::default() })
            });
            proposal.unwrap().answer.unwrap()
        };
        assert_eq!([ask(&[1], "a"), ask(&[1], "a")], ["answer 0", "answer 0"]);
        assert_eq!([ask(&[2], "a"), ask(&[1], "b"), ask(&[2], "a")], ["answer 1", "answer 2", "answer 1"]);
    }

    #[test]
    fn only_what_was_refused_is_refused_again() {
        let edits = |text: &str| EditSet::new(vec![TextEdit::replace(Span::new(0, 1), text.to_owned())]).unwrap();
        let refused = Refused { edits: edits("a"), explanation: "brings in x".to_owned(), introduced: Vec::new() };
        let second = SecondLook { refused: vec![refused], ..SecondLook::default() };
        assert_eq!(second.refusal(&edits("a")).unwrap().explanation, "brings in x");
        assert!(second.refusal(&edits("b")).is_none());
    }
}
