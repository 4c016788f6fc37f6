//! Who wrote which line: the marks that AI agents leave on commits and pull requests, and the records that say it line by line.
//!
//! Here belongs what is read out of such marks (`commit`, `pull_request`), the marks themselves (`marks.yml`, `marks`), the two
//! formats of line records (`note`, `trace`, `coverage`), and the lines of a change with their authors (`authors`). All of it is
//! pure. What asks git for commits, notes and blame is `change::authorship`; what follows from it is the policy's matter.
//!
//! Marks are evidence and no proof: who makes a commit can forge and can hide them. So they can only make the bar higher.
//! Everything that is read here was written by somebody else: it is bounded, and what is malformed says nothing.

mod authors;
mod commit;
mod coverage;
mod declared;
mod identity;
mod marks;
mod note;
mod pull_request;
mod table;
#[cfg(test)]
mod tests;
mod trace;

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use authors::{Authors, Blamed, BlamedCommit, BlamedFile, BlamedRun, Row};
pub use commit::{Commit, Person};
pub use coverage::{LineRecord, Writer};
pub use declared::{Declared, DeclaredMark, Sign};
pub use marks::Marks;
pub use note::{MAX_BYTES as MAX_NOTE_BYTES, parse as parse_note};
pub use pull_request::PullRequest;
pub use table::{Listed, Listing, listing};
pub use trace::{Trace, parse as parse_traces};

/// The most pieces of evidence that are kept for a line.
const MAX_EVIDENCE: usize = 6;
/// Characters of a name of an agent or a model, and of a mark.
const MAX_NAME: usize = 100;
const MAX_MARK: usize = 200;

/// How much of it an AI agent did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(rename = "AuthorshipLevel")]
pub enum Level {
    /// There is no mark. That does not mean that no agent wrote it.
    #[default]
    Unknown,
    /// Somebody else committed it, with an agent's mark.
    Assisted,
    /// An agent committed it.
    Agent,
}

impl Level {
    /// Whether that counts as AI-written.
    pub fn is_ai(self) -> bool {
        self >= Level::Assisted
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Level::Unknown => "unknown",
            Level::Assisted => "assisted",
            Level::Agent => "agent",
        })
    }
}

/// Where a mark was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(rename = "EvidenceSource")]
pub enum Source {
    /// In a commit: its author, its committer, a trailer.
    Commit,
    /// In the git-ai note on a commit.
    Note,
    /// In an Agent Trace record of the head.
    Trace,
    /// In the pull request: its user, branch, labels, title or body.
    PullRequest,
}

/// A mark, and where it was found.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Evidence {
    /// Where.
    pub source: Source,
    /// The id of the commit that it is about; absent for marks of the pull request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commit: Option<String>,
    /// The mark in words: "author noreply@anthropic.com", "branch claude/login".
    pub mark: String,
}

impl fmt::Display for Evidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let id = self.commit.as_deref().map(|id| id.get(..12).unwrap_or(id));
        match (self.source, id) {
            (Source::Commit, Some(id)) => write!(f, "commit {id}: {}", self.mark),
            (Source::Note, Some(id)) => write!(f, "git-ai note on commit {id}: {}", self.mark),
            (Source::Trace, Some(id)) => write!(f, "Agent Trace of commit {id}: {}", self.mark),
            (Source::PullRequest, _) => write!(f, "pull request: {}", self.mark),
            (_, None) => f.write_str(&self.mark),
        }
    }
}

/// Who wrote something, as far as marks tell.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Authorship {
    /// How much of it an agent did.
    pub level: Level,
    /// The agent, where the marks tell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent: Option<String>,
    /// The model, where a mark states it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// The marks, the strongest first; none where the level is unknown. Of many, some.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub evidence: Vec<Evidence>,
}

impl Authorship {
    /// What one mark says.
    fn of_mark(level: Level, agent: Option<&str>, model: Option<&str>, evidence: Evidence) -> Authorship {
        let name = |name: &str| Some(clip(name.trim(), MAX_NAME)).filter(|name| !name.is_empty());
        let mark = clip(&evidence.mark, MAX_MARK);
        Authorship {
            level,
            agent: agent.and_then(name),
            model: model.and_then(name),
            evidence: vec![Evidence { mark, ..evidence }],
        }
    }

    /// What both say together: the stronger level with its agent, and the evidence of both. At equal levels this one goes first.
    #[must_use]
    pub fn and(self, other: &Authorship) -> Authorship {
        let (mut first, second) = if other.level > self.level { (other.clone(), &self) } else { (self, other) };
        if first.agent.is_none() {
            first.agent.clone_from(&second.agent);
        }
        if first.model.is_none() && first.agent == second.agent {
            first.model.clone_from(&second.model);
        }
        for evidence in &second.evidence {
            if first.evidence.len() < MAX_EVIDENCE && !first.evidence.contains(evidence) {
                first.evidence.push(evidence.clone());
            }
        }
        first
    }

    /// Level, agent and model in a few words: `agent Claude Code (Opus 4.5)`, `assisted`, `unknown`.
    pub fn in_words(&self) -> String {
        let mut out = self.level.to_string();
        if let Some(agent) = &self.agent {
            out.push(' ');
            out.push_str(agent);
        }
        if let Some(model) = &self.model {
            out.push_str(&format!(" ({model})"));
        }
        out
    }

    /// The first piece of evidence in words; empty where there is none.
    pub fn first_evidence(&self) -> String {
        self.evidence.first().map(ToString::to_string).unwrap_or_default()
    }
}

/// The text cut after so many characters.
fn clip(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((at, _)) => format!("{}…", text.get(..at).unwrap_or_default()),
        None => text.to_owned(),
    }
}
