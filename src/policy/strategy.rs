//! The strategies that a policy may name.

use std::fmt;

use schemars::JsonSchema;

/// What proposes fixes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, JsonSchema)]
#[schemars(rename_all = "kebab-case")]
pub enum Strategy {
    /// Deterministic edits that come with the rules; no model.
    Template,
    /// A model is shown what not to write.
    NegativeExample,
    /// A model reasons over source, flow and remedy first, and answers then.
    ChainOfThought,
    /// A model writes the instruction that it follows.
    MetaPrompt,
    /// A model with tuned weights (`model.lora`) is given the plain task.
    Lora,
    /// The strategies of `harden.ladder`, one after the other, up to the first verified fix.
    Ladder,
    /// All strategies of `harden.ladder`; the best verified fix is kept.
    BestOf,
    /// The strategies of `harden.ladder` in the order of measured results.
    Auto,
    /// No fix is proposed.
    None,
}

impl Strategy {
    /// All of them.
    pub const ALL: [Strategy; 9] = [
        Strategy::Template,
        Strategy::NegativeExample,
        Strategy::ChainOfThought,
        Strategy::MetaPrompt,
        Strategy::Lora,
        Strategy::Ladder,
        Strategy::BestOf,
        Strategy::Auto,
        Strategy::None,
    ];

    /// Those that propose something by themselves.
    pub const SINGLE: [Strategy; 5] =
        [Strategy::Template, Strategy::NegativeExample, Strategy::ChainOfThought, Strategy::MetaPrompt, Strategy::Lora];

    /// The name that policies use.
    pub fn name(self) -> &'static str {
        match self {
            Strategy::Template => "template",
            Strategy::NegativeExample => "negative-example",
            Strategy::ChainOfThought => "chain-of-thought",
            Strategy::MetaPrompt => "meta-prompt",
            Strategy::Lora => "lora",
            Strategy::Ladder => "ladder",
            Strategy::BestOf => "best-of",
            Strategy::Auto => "auto",
            Strategy::None => "none",
        }
    }

    /// The strategy with a name.
    pub fn from_name(name: &str) -> Option<Strategy> {
        Strategy::ALL.into_iter().find(|strategy| strategy.name() == name)
    }

    /// Whether it asks a language model by itself. What a composed one asks is said by its parts.
    pub fn is_model(self) -> bool {
        match self {
            Strategy::NegativeExample | Strategy::ChainOfThought | Strategy::MetaPrompt | Strategy::Lora => true,
            Strategy::Template | Strategy::Ladder | Strategy::BestOf | Strategy::Auto | Strategy::None => false,
        }
    }

    /// Whether it consists of the strategies of `harden.ladder`.
    pub fn is_composed(self) -> bool {
        matches!(self, Strategy::Ladder | Strategy::BestOf | Strategy::Auto)
    }
}

impl fmt::Display for Strategy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}
