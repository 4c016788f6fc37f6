//! Hardening: strategies turn a finding into candidate edits. A strategy only proposes; what is published is decided by
//! `verify`. One file (or folder) a strategy; the loop that proposes, verifies and chooses is in `mend`.

pub mod mend;
pub mod template;

use crate::analysis::facts::Facts;
use crate::edit::EditSet;
use crate::finding::Finding;
use crate::links::Neighbours;
use crate::rules::Library;
use crate::rules::compiled::Rule;
use crate::syntax::Source;
use crate::syntax::hir::File;

/// What a strategy is asked to mend: a finding in its file.
#[derive(Clone, Copy)]
pub struct Task<'a> {
    /// The weakness.
    pub finding: &'a Finding,
    /// Its rule.
    pub rule: &'a Rule,
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

/// A way to harden code.
pub trait Strategy: Sync {
    /// Its name in policies and reports.
    fn name(&self) -> &'static str;

    /// Candidate edits, the preferred one first. Proposing nothing is fine.
    fn propose(&self, task: &Task<'_>) -> Vec<Candidate>;
}
