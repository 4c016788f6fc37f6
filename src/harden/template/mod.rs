//! The strategy without a model: deterministic edits that the rule names, either declarative ones or fixers in Rust, one
//! file each. A fixer knows a remedy, not a library: what is a sink, how it binds values and what a call is called comes
//! from the models.

mod argument_list;
mod arguments;
mod bind_parameters;
mod built;
mod declarative;
mod password_hash;
mod safe_loader;
mod secret_from_environment;
mod secure_random;
mod stronger_hash;
#[cfg(test)]
mod tests;
pub mod toolkit;

use super::{Candidate, Strategy, Task};
use crate::rules::compiled::Fix;

/// A fixer: an edit for the task, or nothing where it does not apply.
type Fixer = fn(&Task<'_>) -> Option<Candidate>;

/// The fixers by the name that rules give them.
const FIXERS: &[(&str, Fixer)] = &[
    ("argument-list", argument_list::propose),
    ("bind-parameters", bind_parameters::propose),
    ("password-hash", password_hash::propose),
    ("quote-shell-argument", argument_list::quote_shell_argument),
    ("safe-loader", safe_loader::propose),
    ("secret-from-environment", secret_from_environment::propose),
    ("secure-random", secure_random::propose),
    ("stronger-hash", stronger_hash::propose),
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
    match fix {
        Fix::Named(name) => exists(name),
        Fix::Edit(_) => true,
    }
}

/// Whether there is a fixer of this name.
pub fn exists(name: &str) -> bool {
    FIXERS.iter().any(|(known, _)| *known == name)
}
