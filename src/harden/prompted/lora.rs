//! LoRA: the plain task, answered by weights that were tuned for it.

use super::{Client, repair};
use crate::harden::{Proposal, Strategy, Task};
use crate::model::{Failure, FailureKind};

/// The `lora` strategy.
pub struct Lora<'m>(pub Client<'m>);

impl Strategy for Lora<'_> {
    fn name(&self) -> &'static str {
        "lora"
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
        if self.0.model.adapter().is_none() {
            let why = "the model has no tuned weights: `model.lora` names none";
            let failure = Failure::new(FailureKind::Refused, why);
            return Proposal { failure: Some(failure), ..Proposal::default() };
        }
        repair(&self.0, self.name(), true, task, &mut |_, _| Ok(minijinja::context! {}))
    }
}
