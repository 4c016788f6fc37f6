//! Chain of thought: the model is led from source over flow and sink to the remedy before it writes code.

use super::{Client, repair};
use crate::harden::{Proposal, Strategy, Task};

/// The `chain-of-thought` strategy.
pub struct ChainOfThought<'m>(pub Client<'m>);

impl Strategy for ChainOfThought<'_> {
    fn name(&self) -> &'static str {
        "chain-of-thought"
    }

    fn model(&self) -> Option<&str> {
        Some(self.0.model.id())
    }

    fn mends_together(&self) -> bool {
        true
    }

    fn rounds(&self) -> u32 {
        self.0.rounds
    }

    fn propose(&self, task: &Task<'_>) -> Proposal {
        repair(&self.0, self.name(), false, task, &mut |_, _| Ok(minijinja::context! {}))
    }
}
