//! Hardening: strategies turn findings into candidate edits. A strategy only proposes; what is published is decided by
//! `verify`. One file (or folder) a strategy; what several of them make together is in `plan`, and the loop that proposes,
//! verifies, feeds back and chooses in `mend`.

pub mod auto;
pub mod mend;
pub mod plan;
pub mod prompted;
pub mod registry;
pub mod second_look;
pub mod template;
pub mod unverified;

use crate::analysis::facts::Facts;
use crate::edit::EditSet;
use crate::finding::Finding;
use crate::links::Neighbours;
use crate::model::{Failure, Spent};
use crate::rules::Library;
use crate::rules::compiled::Rule;
use crate::syntax::Source;
use crate::syntax::hir::File;

/// What a strategy is asked to mend: findings in their file.
#[derive(Clone, Copy)]
pub struct Task<'a> {
    /// The weakness.
    pub finding: &'a Finding,
    /// Its rule.
    pub rule: &'a Rule,
    /// Other findings of the same function, which the same edit is to mend.
    pub beside: &'a [&'a Finding],
    /// What was proposed for this task before, and was rejected.
    pub tried: &'a [Tried],
    /// The file's text.
    pub source: &'a Source,
    /// The file's lowered form.
    pub file: &'a File,
    /// What the engine saw in the file.
    pub facts: &'a Facts,
    /// The files that it was analysed among.
    pub neighbours: &'a Neighbours,
    /// All rules and models.
    pub library: &'a Library,
}

impl<'a> Task<'a> {
    /// All findings that are to be mended, the severest first.
    pub fn findings(&self) -> impl Iterator<Item = &'a Finding> {
        std::iter::once(self.finding).chain(self.beside.iter().copied())
    }
}

/// A proposal that was rejected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tried {
    /// What the strategy said.
    pub answer: String,
    /// What was wrong with it, in one sentence.
    pub why: String,
}

/// A proposed edit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// What does it, in the strategy's own terms: `bind-parameters`.
    pub fixer: String,
    /// One sentence on what it changes, for the reviewer.
    pub description: String,
    /// The edit.
    pub edits: EditSet,
}

/// What a strategy came up with.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Proposal {
    /// Candidate edits, the preferred one first. None is fine.
    pub candidates: Vec<Candidate>,
    /// What was said, where a model was asked.
    pub answer: Option<String>,
    /// Why what was said holds no edit.
    pub no_edit: Option<String>,
    /// What asking cost; nothing where no model was asked.
    pub spent: Option<Spent>,
    /// Why a model gave no answer.
    pub failure: Option<Failure>,
}

impl From<Vec<Candidate>> for Proposal {
    fn from(candidates: Vec<Candidate>) -> Self {
        Proposal { candidates, ..Proposal::default() }
    }
}

/// A way to harden code.
pub trait Strategy: Sync {
    /// Its name in policies and reports.
    fn name(&self) -> &'static str;

    /// The model that it asks, if it asks one.
    fn model(&self) -> Option<&str> {
        None
    }

    /// Whether the findings of one function are mended by one edit, which keeps in view how they belong together.
    fn mends_together(&self) -> bool {
        false
    }

    /// How often it may propose for one task; from the second time on it is told what was wrong.
    fn rounds(&self) -> u32 {
        1
    }

    /// Candidate edits for a task.
    fn propose(&self, task: &Task<'_>) -> Proposal;
}
