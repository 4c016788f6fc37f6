//! The strategy without a model: deterministic edits that the rule names, either declarative ones or fixers in Rust, one
//! file each. A fixer knows a remedy, not a library: what is a sink, how it binds values and what a call is called comes
//! from the models.

mod allow_list_host;
mod argument_list;
mod arguments;
mod bind_parameters;
mod built;
mod contain_path;
mod declarative;
mod escape_html;
mod escape_log;
mod flow;
mod generic_error;
mod go;
mod handed_over;
mod html_escaper;
mod java;
mod java_command;
mod java_parser;
mod java_password;
mod last_part;
mod linear_regex;
mod literal_eval;
mod owner_only;
mod password_hash;
mod rate_limit;
mod redact_log;
mod report;
mod restrict_upload;
mod safe_loader;
mod same_line;
mod same_site_redirect;
mod secret_from_environment;
mod secure_cookie;
mod secure_random;
mod stronger_hash;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
pub mod toolkit;
mod trial;

use super::{Candidate, Proposal, Strategy, Task};
use crate::rules::compiled::Fix;
use crate::syntax::hir::Language;

/// A fixer: an edit for the task, or nothing where it does not apply.
type Fixer = fn(&Task<'_>) -> Option<Candidate>;

/// The fixers by the name that rules give them.
const FIXERS: &[(&str, Fixer)] = &[
    ("absolute-program", java_command::absolute_program),
    ("allow-list-host", allow_list_host::propose),
    ("argument-list", argument_list::propose),
    ("bind-parameters", bind_parameters::propose),
    ("contain-path", contain_path::propose),
    ("escape-html", escape_html::propose),
    ("escape-log", escape_log::propose),
    ("strip-line-breaks", escape_log::propose),
    ("generic-error", generic_error::propose),
    ("host-characters", java_command::host_characters),
    ("linear-regex", linear_regex::propose),
    ("literal-eval", literal_eval::propose),
    ("owner-only", owner_only::propose),
    ("password-hash", password_hash::propose),
    ("quote-shell-argument", argument_list::quote_shell_argument),
    ("rate-limit", rate_limit::propose),
    ("redact-log", redact_log::propose),
    ("restrict-upload", restrict_upload::propose),
    ("safe-loader", safe_loader::propose),
    ("same-site-redirect", same_site_redirect::propose),
    ("secret-from-environment", secret_from_environment::propose),
    ("secure-cookie", secure_cookie::propose),
    ("secure-random", secure_random::propose),
    ("stronger-hash", stronger_hash::propose),
];

/// The `template` strategy.
pub struct Template;

impl Strategy for Template {
    fn name(&self) -> &'static str {
        "template"
    }

    fn propose(&self, task: &Task<'_>) -> Proposal {
        let candidates: Vec<Candidate> = task.rule.fixes.iter().filter_map(|fix| propose_one(fix, task)).collect();
        candidates.into()
    }
}

fn propose_one(fix: &Fix, task: &Task<'_>) -> Option<Candidate> {
    match fix {
        Fix::Named(name) if !writes(name, task) => None,
        Fix::Named(name) => FIXERS.iter().find(|(known, _)| known == name).and_then(|(_, fixer)| fixer(task)),
        Fix::Edit(edit) => declarative::propose(edit, task),
    }
}

/// The fixers that write Java, and those that write Go; all write Python and JavaScript.
const JAVA: &[&str] = &[
    "absolute-program",
    "bind-parameters",
    "contain-path",
    "escape-html",
    "escape-log",
    "generic-error",
    "host-characters",
    "owner-only",
    "password-hash",
    "redact-log",
    "restrict-upload",
    "safe-loader",
    "same-site-redirect",
    "secret-from-environment",
    "secure-cookie",
    "secure-random",
    "strip-line-breaks",
];
const GO: &[&str] = &[
    "bind-parameters",
    "contain-path",
    "escape-html",
    "escape-log",
    "generic-error",
    "owner-only",
    "redact-log",
    "restrict-upload",
    "same-site-redirect",
    "secret-from-environment",
    "secure-cookie",
    "stronger-hash",
    "strip-line-breaks",
];

/// Whether a fixer writes the language of the file.
fn writes(name: &str, task: &Task<'_>) -> bool {
    match task.file.language {
        Language::Go => GO.contains(&name),
        Language::Java => JAVA.contains(&name),
        _ => true,
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
