//! Checks that need an algorithm of their own, beside the data-flow engine: each is a pure function of the text, the values
//! or the facts that it judges. What can be said as a source, a sink and a barrier belongs in `rules/`, not here.

pub mod addresses;
pub mod authentication;
pub mod backtracking;
pub mod credentials;
pub mod ranges;
pub mod regex;
pub mod routes;
pub mod sanitization;
pub mod schemes;
pub mod secrets;
pub mod text;

use std::cell::RefCell;
use std::collections::BTreeSet;

use crate::analysis::facts::Facts;
use crate::finding::Confidence;
use crate::rules::Library;
use crate::syntax::hir::{File, FunctionId, Span};

/// What a check sees of a file.
pub struct Context<'a> {
    /// The file.
    pub file: &'a File,
    /// What the engine saw.
    pub facts: &'a Facts,
    /// The rules and models.
    pub library: &'a Library,
    /// Functions in which a check had to leave something unjudged.
    pub unfinished: RefCell<BTreeSet<FunctionId>>,
}

impl Context<'_> {
    /// The innermost function that a place stands in.
    pub fn function_at(&self, span: Span) -> FunctionId {
        let around = self.file.functions.iter().enumerate().skip(1).filter(|(_, f)| f.span.contains(span));
        around.min_by_key(|(_, f)| f.span.end - f.span.start).map_or(FunctionId(0), |(i, _)| FunctionId(i as u32))
    }
}

/// A weakness that a check found.
#[derive(Debug, Clone, PartialEq)]
pub struct CheckFinding {
    /// Where.
    pub span: Span,
    /// The function that it stands in.
    pub function: FunctionId,
    /// What it is about, without positions: a callee, a name.
    pub sink: String,
    /// One sentence; the rule's own message when absent.
    pub message: Option<String>,
    /// How sure it is.
    pub confidence: Confidence,
    /// The way of the data, if it is about data.
    pub flow: Vec<(Span, String)>,
}

type Check = fn(&Context<'_>) -> Vec<CheckFinding>;

/// The checks by the name that rules give them.
const CHECKS: &[(&str, Check)] = &[
    ("incomplete-address-check", addresses::check),
    ("incomplete-sanitization", sanitization::check),
    ("overly-wide-range", ranges::check),
    ("regex-backtracking", backtracking::check),
    ("secrets", credentials::check),
    ("missing-authentication", authentication::check),
    ("missing-rate-limit", routes::missing_rate_limit),
    ("missing-csrf-protection", routes::missing_csrf_protection),
    ("session-fixation", routes::session_fixation),
];

/// Runs the check of this name; none when there is no such check.
pub fn run(name: &str, context: &Context<'_>) -> Option<Vec<CheckFinding>> {
    CHECKS.iter().find(|(known, _)| *known == name).map(|(_, check)| check(context))
}

/// Whether there is a check of this name.
pub fn exists(name: &str) -> bool {
    CHECKS.iter().any(|(known, _)| *known == name)
}
