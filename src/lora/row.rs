//! A row to train with: a conversation, and where it is from.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::pair::Pair;
use crate::model::Role;

/// Where a row is from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Source {
    /// The examples of our rules.
    Rules,
    /// The history of a repository.
    History,
    /// The clean programs of a study.
    Study,
    /// A file with code before and after a fix.
    Pairs,
}

impl Source {
    /// All of them.
    pub const ALL: [Source; 4] = [Source::Rules, Source::History, Source::Study, Source::Pairs];

    /// Its name in arguments and manifests.
    pub fn name(self) -> &'static str {
        match self {
            Source::Rules => "rules",
            Source::History => "history",
            Source::Study => "study",
            Source::Pairs => "pairs",
        }
    }
}

/// What a row teaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// A weak function, and the whole of it mended.
    Repair,
    /// A bare task, and a clean program for it.
    Generate,
}

impl Kind {
    /// Its name in manifests.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Repair => "repair",
            Kind::Generate => "generate",
        }
    }
}

/// A contribution to a conversation, as recipes for training read it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// `system`, `user` or `assistant`.
    pub role: String,
    /// What is said.
    pub content: String,
}

/// A row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Row {
    /// The conversation; what the assistant says last is what is learnt.
    pub messages: Vec<Message>,
    /// What it teaches.
    pub kind: Kind,
    /// Where it is from.
    pub source: Source,
    /// The licence of the code, or `unknown`.
    pub licence: String,
    /// The language, as people write it.
    pub language: String,
    /// The weakness, where the source says it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cwe: Option<u32>,
    /// Rows of one group are never on both sides of the split: a repository, a file, a scenario.
    pub group: String,
    /// Whether our own analysis finds the weakness before and not after; else the source is believed.
    pub analysed: bool,
    /// What tells it from others: the code that it begins with, without white space.
    #[serde(skip)]
    pub key: String,
    /// The code before and after the fix that it was made from.
    #[serde(skip)]
    pub pair: Option<Arc<Pair>>,
}

/// A conversation with one question. A system that says nothing is left out.
pub fn messages(system: &str, turns: &[(Role, &str)]) -> Vec<Message> {
    let system = Some(("system", system)).filter(|(_, text)| !text.is_empty());
    let turns = turns.iter().map(|(role, text)| match role {
        Role::User => ("user", *text),
        Role::Assistant => ("assistant", *text),
    });
    let message = |(role, text): (&str, &str)| Message { role: role.to_string(), content: text.to_string() };
    system.into_iter().chain(turns).map(message).collect()
}

/// Text without its white space.
pub fn folded(text: &str) -> String {
    text.split_whitespace().collect()
}

/// Bytes that make a token, in tenths: vocabularies of models for code need a token for 3.2 to 3.6 bytes of code.
const TENTHS: usize = 32;
/// Tokens of a template around each message.
const AROUND: usize = 5;

impl Row {
    /// About how many tokens it has, its template included. The recipe counts by the model's own tokenizer.
    pub fn tokens(&self) -> usize {
        self.messages.iter().map(|m| (m.content.len() * 10).div_ceil(TENTHS) + AROUND).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_system_that_says_nothing_is_left_out() {
        let roles = |system: &str| -> Vec<String> {
            messages(system, &[(Role::User, "a"), (Role::Assistant, "b")]).into_iter().map(|m| m.role).collect()
        };
        assert_eq!(roles(""), ["user", "assistant"]);
        assert_eq!(roles("x"), ["system", "user", "assistant"]);
    }
}
