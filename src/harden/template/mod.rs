//! The strategy without a model: deterministic edits that the rule names, either declarative ones or fixers in Rust, one
//! file each. A fixer knows a remedy, not a library: what is a sink, how it binds values and what a call is called comes
//! from the models.

mod bind_parameters;
mod built;
mod declarative;
mod escape_html;
mod escape_log;
mod flow;
mod generic_error;
mod linear_regex;
mod report;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
pub mod toolkit;
mod trial;

use super::{Candidate, Strategy, Task};
use crate::rules::compiled::Fix;

/// A fixer: an edit for the task, or nothing where it does not apply.
type Fixer = fn(&Task<'_>) -> Option<Candidate>;

/// The fixers by the name that rules give them.
const FIXERS: &[(&str, Fixer)] = &[
    ("bind-parameters", bind_parameters::propose),
    ("escape-html", escape_html::propose),
    ("escape-log", escape_log::propose),
    ("generic-error", generic_error::propose),
    ("linear-regex", linear_regex::propose),
];

/// The `template` strategy.
pub struct Template;

impl Strategy for Template {
    fn name(&self) -> &'static str {
        "template"
    }

    fn propose(&self, task: &Task<'_>) -> Vec<Candidate> {
        task.rule.fixes.iter().filter_map(|fix| propose_one(fix, task)).collect()
    }
}

fn propose_one(fix: &Fix, task: &Task<'_>) -> Option<Candidate> {
    match fix {
        Fix::Named(name) => FIXERS.iter().find(|(known, _)| known == name).and_then(|(_, fixer)| fixer(task)),
        Fix::Edit(edit) => declarative::propose(edit, task),
    }
}

/// Whether there is something to do what a rule asks for.
#[cfg(test)]
fn known(fix: &Fix) -> bool {
    matches!(fix, Fix::Named(name) if exists(name))
}

/// Whether there is a fixer of this name.
pub fn exists(name: &str) -> bool {
    FIXERS.iter().any(|(known, _)| *known == name)
}
