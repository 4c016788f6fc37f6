//! What `tempergate init` would write into a repository: planned from what is known of the repository, before anything is touched.
//! The workflows are the examples of this project, so that there is one text of each.

use std::collections::BTreeMap;
use std::fmt::Write;

use crate::report::{diff, patch, text};
use crate::syntax::hir::Language;

/// The policy's place in a repository.
pub const POLICY: &str = ".tempergate.yml";

const ONE_STEP: &str = include_str!("../examples/workflows/one-step.yml");
const ANALYSE: &str = include_str!("../examples/workflows/fork-safe/analyse.yml");
const PUBLISH: &str = include_str!("../examples/workflows/fork-safe/publish.yml");

/// What is known of a repository.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// The branch that pull requests go to.
    pub default_branch: String,
    /// How many tracked files there are of each language that is analysed.
    pub languages: BTreeMap<Language, usize>,
}

/// What is there already at a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum There {
    /// Nothing.
    Nothing,
    /// A file with this text.
    Text(String),
    /// Something that is never replaced, and what: a link, a folder, a file that is no text.
    Other(&'static str),
}

/// What happens to a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// It is written where there was none.
    Create,
    /// It takes the place of this text.
    Replace(String),
    /// It is there as it would be written.
    Same,
    /// It is there with another text, and stays.
    Keep,
    /// It cannot be written, because this is in its place.
    Blocked(&'static str),
}

/// A file of the plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Planned {
    /// Its path from the root of the repository.
    pub path: &'static str,
    /// Its text.
    pub text: String,
    /// What happens to it.
    pub step: Step,
}

impl Planned {
    /// Whether carrying out the plan writes it.
    pub fn writes(&self) -> bool {
        matches!(self.step, Step::Create | Step::Replace(_))
    }
}

/// The files of a set-up: the workflow in one step, or in two stages where pull requests come from forks, and a policy.
pub fn plan(found: &Found, forks: bool, force: bool, there: impl Fn(&str) -> There) -> Vec<Planned> {
    let mut files = match forks {
        false => vec![(".github/workflows/tempergate.yml", ONE_STEP.to_string())],
        true => vec![
            (".github/workflows/tempergate-analyse.yml", ANALYSE.to_string()),
            (".github/workflows/tempergate-publish.yml", PUBLISH.to_string()),
        ],
    };
    files.push((POLICY, starter_policy(found)));
    let planned = files.into_iter().map(|(path, text)| {
        let step = match there(path) {
            There::Nothing => Step::Create,
            There::Text(old) if old == text => Step::Same,
            There::Text(old) if force => Step::Replace(old),
            There::Text(_) => Step::Keep,
            There::Other(what) => Step::Blocked(what),
        };
        Planned { path, text, step }
    });
    planned.collect()
}

/// A policy to start from, which says what would hold without it.
fn starter_policy(found: &Found) -> String {
    format!(
        "\
# What Tempergate fails a change for. `tempergate policy show` prints what is in force, with everything that is not said here;
# `tempergate policy check {POLICY}` says what is wrong with this file.
#
# A pull request is judged by the policy of the branch that it goes to, so a change of this file counts from the next one on.
# Files of these languages were here when this was written: {languages}.
version: 1

scope:
  # Everything is judged, also what was copied in from elsewhere. Paths that should not be:
  exclude: []
  # exclude: [\"third_party/**\", \"**/*.min.js\"]

gate:
  # A finding that the change brings in fails it from here up. To begin gently: severity: critical, confidence: high.
  fail-on: {{ severity: high, confidence: medium }}
  # Below that it is shown as a warning.
  warn-on: {{ severity: medium, confidence: medium }}
  # Exceptions; the last one that matches a finding decides.
  rules: []
  # rules:
  #   - {{ cwe: [798], paths: [\"tests/**\"], action: note }}

harden:
  # Fixes by the rules' own edits: no model and no network.
  strategy: template
",
        languages = languages(found)
    )
}

/// The languages with their numbers of files, in words.
fn languages(found: &Found) -> String {
    let counted = found.languages.iter().filter(|(_, files)| **files > 0);
    let words: Vec<String> = counted.map(|(language, files)| format!("{language} ({files})")).collect();
    if words.is_empty() { "none that is analysed".to_string() } else { words.join(", ") }
}

/// The plan for people: what was found, and each file as a diff against what is there.
pub fn listing(found: &Found, plan: &[Planned]) -> String {
    let mut out = String::new();
    let branch = text::visible(&found.default_branch);
    // Writing to a String cannot fail.
    let _ = writeln!(out, "Default branch: {branch}");
    let _ = writeln!(out, "Files by language: {}", languages(found));
    for file in plan {
        let path = file.path;
        let _ = match &file.step {
            Step::Create => writeln!(out, "\nnew file: {path}"),
            Step::Replace(_) => writeln!(out, "\nreplaced: {path}"),
            Step::Same => writeln!(out, "\nunchanged: {path}"),
            Step::Keep => writeln!(out, "\nkept as it is: {path} exists; --force replaces it"),
            Step::Blocked(what) => writeln!(out, "\nnot written: {path} is {what}"),
        };
        let old = match &file.step {
            Step::Create => "",
            Step::Replace(old) => old,
            _ => continue,
        };
        for (_, line) in patch::lines(&diff::unified(path, old, &file.text)) {
            let _ = writeln!(out, "{line}");
        }
    }
    out
}

/// What is left to do by hand after the files were written.
pub fn next_steps(found: &Found, forks: bool) -> String {
    let branch = text::visible(&found.default_branch);
    let mut out = format!(
        "\nNext:\n\
         1. Look at what this branch would be told: tempergate check --base {branch}\n\
         2. Commit the files and open a pull request to {branch}. The policy counts once it is there.\n"
    );
    if forks {
        let _ =
            writeln!(out, "   The workflow that comments runs from {branch} too, so the first pull request gets none.");
    }
    let _ = writeln!(
        out,
        "3. Pin the actions of the workflow by commit hash and keep them up to date, for example with Dependabot.\n\
         4. Make the job a required check in the rules for {branch}, and let {POLICY} have an owner in CODEOWNERS."
    );
    out
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use super::*;
    use crate::policy::{KnownNames, Policy};

    fn found() -> Found {
        let languages = [(Language::Python, 3), (Language::Go, 1), (Language::Java, 0)].into();
        Found { default_branch: "trunk".to_string(), languages }
    }

    fn steps(plan: &[Planned]) -> Vec<(&str, bool)> {
        plan.iter().map(|p| (p.path, p.writes())).collect()
    }

    #[test]
    fn an_empty_repository_gets_a_workflow_and_a_policy() {
        let plan = plan(&found(), false, false, |_| There::Nothing);
        assert_eq!(steps(&plan), [(".github/workflows/tempergate.yml", true), (POLICY, true)]);
        assert!(plan.iter().all(|p| p.step == Step::Create));
    }

    #[test]
    fn forks_get_two_workflows_that_know_each_other() {
        let plan = plan(&found(), true, false, |_| There::Nothing);
        let paths: Vec<&str> = plan.iter().map(|p| p.path).collect();
        let workflows = [".github/workflows/tempergate-analyse.yml", ".github/workflows/tempergate-publish.yml"];
        assert_eq!(paths, [workflows[0], workflows[1], POLICY]);
        let name = plan[0].text.lines().find_map(|l| l.strip_prefix("name: ")).unwrap();
        assert!(plan[1].text.contains(&format!("workflows: [{name}]")), "{name}");
    }

    #[test]
    fn what_is_there_stays_unless_it_is_to_be_replaced() {
        let mine = |path: &str| match path {
            POLICY => There::Text("version: 1\n".to_string()),
            _ => There::Text(ONE_STEP.to_string()),
        };
        let plain = plan(&found(), false, false, mine);
        assert_eq!((plain[0].step.clone(), plain[1].step.clone()), (Step::Same, Step::Keep));
        assert!(!plain.iter().any(Planned::writes));
        let forced = plan(&found(), false, true, mine);
        assert_eq!((forced[0].writes(), forced[1].step.clone()), (false, Step::Replace("version: 1\n".to_string())));
    }

    #[test]
    fn links_are_not_written_through_even_by_force() {
        let plan = plan(&found(), true, true, |_| There::Other("a link"));
        assert!(plan.iter().all(|p| p.step == Step::Blocked("a link") && !p.writes()));
    }

    #[test]
    fn the_starter_policy_is_a_policy_and_says_what_holds_anyway() {
        let known = KnownNames::new(std::iter::empty::<String>());
        for languages in [BTreeMap::new(), found().languages] {
            let text = starter_policy(&Found { languages, ..found() });
            let policy = Policy::parse(POLICY, &text, &known).map_err(|e| e.render(false)).unwrap();
            let values = |shown: String| -> Vec<String> {
                shown.lines().map(|l| l.split(" #").next().unwrap_or(l).trim_end().to_string()).collect()
            };
            assert_eq!(values(policy.show()), values(Policy::baseline().show()));
        }
    }

    #[test]
    fn the_listing_shows_every_line_and_hides_nothing() {
        let hostile = Found { default_branch: "x\u{1b}[2J".to_string(), ..found() };
        let there = |path: &str| match path {
            POLICY => There::Text("version: 1\u{202e}\n".to_string()),
            _ => There::Nothing,
        };
        let plan = plan(&hostile, false, true, there);
        let shown = listing(&hostile, &plan) + &next_steps(&hostile, true);
        assert!(!shown.contains('\u{1b}') && !shown.contains('\u{202e}'), "{shown}");
        assert!(shown.contains("python (3), go (1)") && !shown.contains("java (0)"), "{shown}");
        assert!(shown.contains("-version: 1<U+202E>"), "{shown}");
        for line in ONE_STEP.lines() {
            assert!(shown.contains(&format!("+{line}\n")), "{line}");
        }
    }
}
