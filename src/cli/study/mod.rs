//! `tempergate study`: strategies × models × languages, measured. Here a study's folder, its models and its analysers are
//! reached; what is asked and what the numbers say belongs to `study`.

mod analyse;
mod import;
mod init;
mod judge;
mod merge;
pub(super) mod models;
mod report;
pub(super) mod run;
mod sampler;
pub(super) mod store;

use anyhow::Result;
use clap::{Args, Subcommand};

use super::Outcome;

/// Measures strategies × models × languages.
#[derive(Debug, Args)]
pub struct Study {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Write the plan of a new study.
    Init(init::Init),
    /// Ask models for what is missing of a study, and analyse it.
    ///
    /// Can be stopped and started again at any time: what is there is not asked for again. Ends with 0 when all is there, with 1
    /// when something is still missing, and with 2 when nothing could be asked.
    Run(run::Run),
    /// Analyse the samples of a study, with our own analysis or with another engine of a policy.
    Analyse(analyse::Analyse),
    /// Take over samples and SARIF that were made elsewhere.
    Import(import::Import),
    /// Report what a study says.
    Report(report::Report),
    /// Put the records of several folders into one.
    Merge(merge::Merge),
}

impl Study {
    /// Runs the command.
    pub fn run(&self) -> Result<Outcome> {
        match &self.command {
            Command::Init(command) => command.run(),
            Command::Run(command) => command.run(),
            Command::Analyse(command) => command.run(),
            Command::Import(command) => command.run(),
            Command::Report(command) => command.run(),
            Command::Merge(command) => command.run(),
        }
    }
}
