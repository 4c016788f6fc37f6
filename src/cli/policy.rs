//! `tempergate policy check | show | schema`: the policy file by itself.

use std::path::PathBuf;

use anyhow::Result;
use clap::{Args, Subcommand};

use super::{Outcome, output, policies};
use crate::policy;
use crate::rules::Library;

/// Checks and shows policies.
#[derive(Debug, Args)]
pub struct Policy {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Read a policy and say everything that is wrong with it.
    Check {
        /// The policy.
        #[arg(value_name = "FILE")]
        file: PathBuf,
    },
    /// Print the policy that judges, with every default filled in and where each value comes from.
    Show {
        /// The policy; `.tempergate.yml` of the working folder when absent, else the built-in `baseline`.
        #[arg(long, value_name = "FILE")]
        policy: Option<PathBuf>,
    },
    /// Print the JSON schema of policies, for editors.
    Schema,
}

impl Policy {
    /// Runs the command. A policy that cannot be read is an error.
    pub fn run(&self) -> Result<Outcome> {
        let library = Library::built_in();
        match &self.command {
            Command::Check { file } => {
                let policy = policies::from_file(file, library)?;
                if let Some(problem) = policy.model_problem() {
                    output::note(&format!("note: {problem}"));
                }
                output::print(&format!("{}: ok\n", file.display()))?;
            }
            Command::Show { policy } => {
                let policy = policies::chosen(policy.as_deref(), library)?;
                output::print(&policy.show())?;
            }
            Command::Schema => {
                let schema = serde_json::to_string_pretty(&policy::json_schema())?;
                output::print(&format!("{schema}\n"))?;
            }
        }
        Ok(Outcome::Pass)
    }
}
