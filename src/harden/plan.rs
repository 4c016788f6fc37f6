//! What several strategies make together: the cheapest that succeeds (`ladder`, and `auto` with an order that was
//! measured), or the best of all (`best-of`).

use super::Strategy;
use crate::model::budget::Prices;

/// The strategies for a finding, and which of their fixes is taken.
#[derive(Clone)]
pub struct Plan<'s> {
    /// Which fix is taken.
    pub choice: Choice,
    /// The strategies in the order in which they are tried.
    pub strategies: Vec<&'s dyn Strategy>,
    /// What is tried when a model could not be asked.
    pub fallback: Option<&'s dyn Strategy>,
    /// What asking models costs.
    pub prices: Prices,
}

/// Which of the verified fixes is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Choice {
    /// The first one; no strategy behind it is asked.
    First,
    /// The one that leaves the least severity, then the one with the smallest edit, then the first.
    Best,
}

impl<'s> Plan<'s> {
    /// One strategy alone.
    pub fn only(strategy: &'s dyn Strategy) -> Self {
        Plan { choice: Choice::First, strategies: vec![strategy], fallback: None, prices: Prices::default() }
    }

    /// Whether the strategies are the same, so that findings can be mended together.
    pub fn same(&self, other: &Plan<'_>) -> bool {
        let names = |plan: &Plan<'_>| plan.strategies.iter().map(|s| s.name()).collect::<Vec<_>>();
        self.choice == other.choice && names(self) == names(other)
    }
}
