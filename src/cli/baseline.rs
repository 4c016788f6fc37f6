//! `tempergate baseline write`: notes what is there today, so that a policy can let it be.

use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::{Args, Subcommand};

use super::network::Network;
use super::{Outcome, files, output, policies, scan};
use crate::policy::Accepted;
use crate::rules::Library;

/// The file that is written where no other is named.
const FILE: &str = ".tempergate-baseline.json";

/// Notes the findings of old code.
#[derive(Debug, Args)]
pub struct Baseline {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Write the findings of files and folders to a file; a policy names it in `baseline-file`, and they are only noted then.
    Write {
        /// Files and folders.
        #[arg(value_name = "PATH", default_value = ".")]
        paths: Vec<PathBuf>,
        /// The file.
        #[arg(long, value_name = "FILE", default_value = FILE)]
        output: PathBuf,
        /// The policy, which says what is judged; when absent, `.tempergate.yml` of the working folder, else the built-in
        /// `baseline`.
        #[arg(long, value_name = "FILE")]
        policy: Option<PathBuf>,
        #[command(flatten)]
        network: Network,
    },
}

impl Baseline {
    /// Runs the command.
    pub fn run(&self) -> Result<Outcome> {
        let Command::Write { paths, output, policy, network } = &self.command;
        let library = Library::built_in();
        let policy = policies::chosen(policy.as_deref(), library, *network)?;
        let listed = files::list(paths)?;
        let collected = scan::inspect_and_decide(&listed, library, &policy, None);
        let text = Accepted::text_of(collected.findings.iter().map(|reported| &reported.finding));
        let count = Accepted::parse(&text).map_or(0, |accepted| accepted.len());
        std::fs::write(output, text).with_context(|| format!("the baseline file {}", output.display()))?;
        output::note(&format!(
            "{}: {count} findings; `baseline-file: {}` in the policy lets them be",
            output.display(),
            output.display()
        ));
        let left_out = collected.files.iter().filter(|file| crate::gate::is_left_out(&file.status)).count();
        if left_out > 0 {
            output::note(&format!("{left_out} files were not analysed whole; what is in them is not in the file"));
        }
        Ok(Outcome::Pass)
    }
}
