//! The command line: one file a subcommand. Here the outside world is touched (files, standard streams, exit codes); what
//! is decided is decided in the core.

mod asking;
mod authorship;
mod baseline;
mod check;
mod ci;
mod command;
mod completions;
mod demo;
mod files;
mod fix;
mod harden;
mod init;
mod interrupt;
mod lora;
mod man;
mod models;
mod network;
mod output;
mod policies;
mod policy;
mod rules;
mod scan;
mod study;
mod user_rules;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;

use anyhow::{Result, bail};
use clap::{Parser, Subcommand};

use crate::report::{Report, model};

/// A run's outcome, as the exit code says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// 0
    Pass,
    /// 1: the policy failed it.
    Fail,
}

impl Outcome {
    /// That of a report.
    fn of(report: &Report) -> Self {
        match report.verdict.outcome {
            model::Outcome::Pass => Outcome::Pass,
            model::Outcome::Fail => Outcome::Fail,
        }
    }
}

/// Finds the weaknesses that a change brings in, and suggests only fixes that it has verified.
#[derive(Debug, Parser)]
#[command(name = "tempergate", version, max_term_width = 100)]
struct Arguments {
    /// How many threads to use; as many as there are cores when absent. The results do not depend on it.
    #[arg(long, global = true, env = "TEMPERGATE_THREADS", value_name = "N")]
    threads: Option<usize>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Judge a change.
    Check(check::Check),
    /// Judge the change of an event in GitHub Actions, and publish what comes of it.
    Ci(ci::Ci),
    /// Publish a report on a pull request.
    Publish(ci::Publish),
    /// Join the reports of jobs that shared a change.
    Merge(ci::Merge),
    /// Analyse whole files or trees.
    Scan(scan::Scan),
    /// Tell which lines of a change AI agents wrote.
    Authorship(authorship::Authorship),
    /// Mend findings with verified fixes.
    Fix(fix::Fix),
    /// Harden one file against chosen weaknesses.
    Harden(harden::Harden),
    /// List, explain and test rules.
    Rules(rules::Rules),
    /// Check, show, explain, test and compare policies.
    Policy(policy::Policy),
    /// Note the findings of old code.
    Baseline(baseline::Baseline),
    /// Measure strategies × models × languages.
    Study(study::Study),
    /// Teach a model to mend code, and measure whether it helps.
    Lora(lora::Lora),
    /// Look after language models.
    Models(models::Models),
    /// Show all of this on a small repository that it makes.
    Demo(demo::Demo),
    /// Set a repository up for GitHub Actions.
    Init(init::Init),
    /// Print the completions for a shell.
    Completions(completions::Completions),
    /// Print the manual page.
    Man(man::Man),
}

impl Command {
    fn run(&self) -> anyhow::Result<Outcome> {
        match self {
            Command::Check(command) => command.run(),
            Command::Ci(command) => command.run(),
            Command::Publish(command) => command.run(),
            Command::Merge(command) => command.run(),
            Command::Scan(command) => command.run(),
            Command::Authorship(command) => command.run(),
            Command::Fix(command) => command.run(),
            Command::Harden(command) => command.run(),
            Command::Rules(command) => command.run(),
            Command::Policy(command) => command.run(),
            Command::Baseline(command) => command.run(),
            Command::Study(command) => command.run(),
            Command::Lora(command) => command.run(),
            Command::Models(command) => command.run(),
            Command::Demo(command) => command.run(),
            Command::Init(command) => command.run(),
            Command::Completions(command) => command.run(),
            Command::Man(command) => command.run(),
        }
    }
}

/// Runs the command line; the exit code is 0 (pass), 1 (the policy failed it) or 2 (could not judge).
pub fn run() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            let _ = error.print();
            return ExitCode::from(if error.use_stderr() { 2 } else { 0 });
        }
    };
    // A defect in the analysis of a file is caught and reported as such; the default hook would only add noise.
    std::panic::set_hook(Box::new(|_| {}));
    if let Err(error) = files::start_threads(arguments.threads) {
        return complain(&error);
    }
    // On a worker thread, which has the stack that deep code needs; a single file is analysed without a change of threads.
    match rayon::scope(|_| guarded(|| arguments.command.run())) {
        Ok(Outcome::Pass) => ExitCode::SUCCESS,
        Ok(Outcome::Fail) => ExitCode::from(1),
        Err(error) => complain(&error),
    }
}

/// Turns a defect that would end the program in the middle into an error, so that nothing is taken for judged.
fn guarded(run: impl FnOnce() -> Result<Outcome>) -> Result<Outcome> {
    catch_unwind(AssertUnwindSafe(run)).unwrap_or_else(|cause| {
        let says = cause.downcast_ref::<String>().map(String::as_str).or(cause.downcast_ref::<&str>().copied());
        bail!("internal error, please report it: {}", says.unwrap_or("no reason given"))
    })
}

fn complain(error: &anyhow::Error) -> ExitCode {
    output::error(&format!("{error:#}"));
    ExitCode::from(2)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn a_defect_is_an_error_and_no_verdict() {
        let says = guarded(|| panic!("at {}", 7)).unwrap_err().to_string();
        assert!(says.contains("internal error") && says.ends_with(": at 7"), "{says}");
        assert_eq!(guarded(|| Ok(Outcome::Fail)).unwrap(), Outcome::Fail);
    }
}
