//! `tempergate rules list | explain | test`: what is known about weaknesses, and whether it holds.

use std::fmt::Write;
use std::path::PathBuf;

use anyhow::{Result, bail};
use clap::{Args, Subcommand, ValueEnum};
use serde_json::json;

use super::{Outcome, output, user_rules};
use crate::diagnostic::suggest;
use crate::rules::compiled::Rule;
use crate::rules::examples::{self, Document};
use crate::rules::{Library, page};
use crate::syntax::hir::Language;

/// Lists, explains and tests rules.
#[derive(Debug, Args)]
pub struct Rules {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// List all rules.
    List {
        /// Only the rules for this language.
        #[arg(long, value_name = "LANGUAGE", value_parser = language)]
        language: Option<Language>,
        /// The format of the list.
        #[arg(long, value_enum, default_value = "terminal")]
        format: Format,
    },
    /// Print the page of a rule: what can happen, how it is done right, examples.
    Explain {
        /// The rule's id.
        #[arg(value_name = "ID")]
        id: String,
    },
    /// Check that examples give exactly the findings that they are marked with.
    Test {
        /// A folder of rules (`<weakness>/rule.yml` with examples beside it, `models/<language>/*.yml`); the built-in rules
        /// when absent.
        #[arg(value_name = "DIR")]
        folder: Option<PathBuf>,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people.
    Terminal,
    /// An array of objects.
    Json,
}

fn language(text: &str) -> Result<Language, String> {
    let names = Language::ALL.map(Language::name);
    let found = Language::ALL.into_iter().find(|l| l.name() == text);
    found.ok_or_else(|| format!("expected one of {}", names.join(", ")))
}

impl Rules {
    /// Runs the command. `test` fails when an example does not hold.
    pub fn run(&self) -> Result<Outcome> {
        let library = Library::built_in();
        match &self.command {
            Command::List { language, format } => {
                let rules = page::sorted(library).into_iter();
                let rules: Vec<&Rule> =
                    rules.filter(|r| language.is_none_or(|l| page::languages(r).contains(&l))).collect();
                output::print(&match format {
                    Format::Terminal => listed(&rules),
                    Format::Json => listed_as_json(&rules)?,
                })?;
                Ok(Outcome::Pass)
            }
            Command::Explain { id } => {
                let Some(rule) = library.rule(id) else { return unknown(id, library) };
                output::print(&page::page(rule, &examples::built_in()))?;
                Ok(Outcome::Pass)
            }
            Command::Test { folder: None } => test(&examples::built_in(), library),
            Command::Test { folder: Some(folder) } => {
                let user = user_rules::read(folder)?;
                for warning in &user.loaded.warnings {
                    output::complaint(&warning.render(false));
                }
                test(&user.documents, &user.loaded.library)
            }
        }
    }
}

fn unknown(id: &str, library: &Library) -> Result<Outcome> {
    let near = suggest(id, library.rules().iter().map(|r| r.id.as_str()));
    match near {
        Some(near) => bail!("there is no rule `{id}`; did you mean `{near}`?"),
        None => bail!("there is no rule `{id}`; `tempergate rules list` names all"),
    }
}

fn listed(rules: &[&Rule]) -> String {
    let width = rules.iter().map(|r| r.id.len()).max().unwrap_or(0);
    let cwe_width = rules.iter().map(|r| page::cwe(r).len()).max().unwrap_or(0);
    let mut out = String::new();
    for rule in rules {
        let languages: Vec<&str> = page::languages(rule).into_iter().map(Language::name).collect();
        let (id, cwe, level) = (&rule.id, page::cwe(rule), page::level(rule.severity));
        let (severity, name, languages) = (rule.severity, &rule.name, languages.join(", "));
        let _ = writeln!(out, "{id:width$}  {cwe:cwe_width$}  {severity:>4.1} {level:8}  {name} ({languages})");
    }
    out
}

fn listed_as_json(rules: &[&Rule]) -> Result<String> {
    let all: Vec<serde_json::Value> = (rules.iter())
        .map(|rule| {
            json!({
                "id": rule.id,
                "cwe": rule.cwe,
                "name": rule.name,
                "severity": rule.severity,
                "level": page::level(rule.severity),
                "languages": page::languages(rule),
            })
        })
        .collect();
    Ok(format!("{}\n", serde_json::to_string_pretty(&all)?))
}

fn test(documents: &[Document], library: &Library) -> Result<Outcome> {
    let outcome = examples::check_all(documents, library);
    let mut out = String::new();
    for failure in &outcome.failures {
        let _ =
            writeln!(out, "{}:{}: expected {}, found {}", failure.file, failure.line, failure.expected, failure.found);
    }
    let failed = outcome.failures.len();
    let _ = writeln!(
        out,
        "{} examples checked, {failed} {}",
        outcome.checked,
        if failed == 1 { "failure" } else { "failures" }
    );
    if !outcome.unmended.is_empty() {
        let _ = writeln!(out, "no fixer proposes anything for the insecure example above");
        for (file, line) in &outcome.unmended {
            let _ = writeln!(out, "  {file}:{line}");
        }
    }
    output::print(&out)?;
    Ok(if failed == 0 { Outcome::Pass } else { Outcome::Fail })
}
