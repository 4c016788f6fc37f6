//! Language models: how they are asked, and what asking may cost.
//!
//! Here: the one interface ([`Model`]), models over HTTP, embedded ones, recorded exchanges, and the budget that all share.
//! Together with `change` this is one of the few places that touch the world. Not here: what a model is asked and what its
//! answer means; prompts and answers belong to `harden`.

mod absent;
pub mod budget;
pub mod connect;
#[cfg(feature = "embedded-model")]
mod embedded;
mod http;
pub mod replay;
pub mod stop;

use std::fmt;

pub use absent::Absent;
use serde::{Deserialize, Serialize};

/// Something that answers a conversation. Calls block; several threads may ask at once.
pub trait Model: Send + Sync {
    /// Its name in reports and records: `openai-compatible:qwen2.5-coder-32b`, `embedded:smollm2-135m`.
    fn id(&self) -> &str;

    /// The name of the tuned weights that it can answer with (a LoRA adapter), if any.
    fn adapter(&self) -> Option<&str> {
        None
    }

    /// How many tokens question and answer may have together, where that is known.
    fn context_tokens(&self) -> Option<u32> {
        None
    }

    /// Answers a request.
    ///
    /// # Errors
    ///
    /// Everything that keeps an answer from coming; the text never holds a key or a part of the conversation.
    fn answer(&self, request: &Request) -> Result<Answer, Failure>;
}

/// A conversation that waits for its next answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Request {
    /// What the model is told before everything else.
    pub system: String,
    /// What was said so far; the last turn is the user's.
    pub turns: Vec<Turn>,
    /// The most tokens that the answer may have.
    pub max_tokens: u32,
    /// 0 answers greedily.
    pub temperature: f64,
    /// The seed of what is drawn at random, where the model takes one.
    pub seed: Option<u64>,
    /// Whether the tuned weights ([`Model::adapter`]) answer.
    pub tuned: bool,
    /// A JSON schema that the answer must follow, where it is not free text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schema: Option<serde_json::Value>,
}

/// One contribution to a conversation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Turn {
    /// Who said it.
    pub role: Role,
    /// What was said.
    pub text: String,
}

/// Who says something in a conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Tempergate.
    User,
    /// The model.
    Assistant,
}

/// What a model said.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Answer {
    /// The text.
    pub text: String,
    /// Why it ends.
    pub end: End,
    /// The tokens of the request, as the model counts them.
    pub tokens_in: u64,
    /// The tokens of the answer.
    pub tokens_out: u64,
    /// Seconds from the question to the last word.
    pub seconds: f64,
}

/// What requests cost.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Spent {
    /// Requests, failed ones too.
    pub requests: u64,
    /// Tokens of requests.
    pub tokens_in: u64,
    /// Tokens of answers.
    pub tokens_out: u64,
    /// Seconds that the model took.
    pub seconds: f64,
}

impl Spent {
    /// Counts a request and its answer; one that was not sent is none.
    pub fn count(&mut self, answer: &Result<Answer, Failure>) {
        match answer {
            Ok(answer) => {
                self.requests += 1;
                self.tokens_in += answer.tokens_in;
                self.tokens_out += answer.tokens_out;
                self.seconds += answer.seconds;
            }
            Err(failure) => self.requests += u64::from(failure.kind.was_sent()),
        }
    }
}

/// Why an answer ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum End {
    /// The model had said all.
    Complete,
    /// It reached the most tokens that it may have.
    Length,
}

/// Why there is no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FailureKind {
    /// Nobody answers at the endpoint, or the model's file cannot be loaded.
    Unreachable,
    /// It took longer than one request may take.
    TimedOut,
    /// The endpoint has too many requests, or an error of its own, also after waiting and asking again.
    Overloaded,
    /// The endpoint does not accept the request: the key, the model's name.
    Refused,
    /// The request is longer than the model can read.
    TooLong,
    /// What came back is not an answer: broken, cut off, far too long.
    Malformed,
    /// Recorded exchanges are replayed, and this one is not among them.
    NotRecorded,
    /// The budget is spent.
    BudgetSpent,
    /// Somebody wants the run to end.
    Stopped,
    /// The network may not be used.
    NoNetwork,
    /// The policy keeps the file from models.
    Withheld,
}

impl FailureKind {
    /// All of them.
    pub const ALL: [FailureKind; 11] = {
        use FailureKind::{
            BudgetSpent, Malformed, NoNetwork, NotRecorded, Overloaded, Refused, Stopped, TimedOut, TooLong,
            Unreachable, Withheld,
        };
        [
            Unreachable,
            TimedOut,
            Overloaded,
            Refused,
            TooLong,
            Malformed,
            NotRecorded,
            BudgetSpent,
            Stopped,
            NoNetwork,
            Withheld,
        ]
    };

    /// The name in reports.
    pub fn name(self) -> &'static str {
        match self {
            FailureKind::Unreachable => "unreachable",
            FailureKind::TimedOut => "timed-out",
            FailureKind::Overloaded => "overloaded",
            FailureKind::Refused => "refused",
            FailureKind::TooLong => "too-long",
            FailureKind::Malformed => "malformed",
            FailureKind::NotRecorded => "not-recorded",
            FailureKind::BudgetSpent => "budget-spent",
            FailureKind::Stopped => "stopped",
            FailureKind::NoNetwork => "no-network",
            FailureKind::Withheld => "withheld",
        }
    }

    /// Whether a request of this end may have left this machine or reached a model.
    pub fn was_sent(self) -> bool {
        use FailureKind::{BudgetSpent, NoNetwork, NotRecorded, Stopped, Withheld};
        !matches!(self, BudgetSpent | NoNetwork | NotRecorded | Stopped | Withheld)
    }

    /// Whether asking for something else cannot help either, so that nothing more is asked in this run.
    pub fn is_final(self) -> bool {
        !matches!(self, FailureKind::TimedOut | FailureKind::TooLong | FailureKind::Malformed | FailureKind::Overloaded)
    }
}

/// Why there is no answer, in one sentence for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// Which kind.
    pub kind: FailureKind,
    /// One sentence.
    pub explanation: String,
}

impl Failure {
    /// A failure.
    pub fn new(kind: FailureKind, explanation: impl Into<String>) -> Self {
        Failure { kind, explanation: explanation.into() }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.kind.name(), self.explanation)
    }
}

impl std::error::Error for Failure {}
