//! `tempergate completions`: what a shell needs to complete the command line.

use anyhow::Result;
use clap::{Args, CommandFactory};
use clap_complete::Shell;

use super::{Arguments, Outcome, output};

/// Prints the completions for a shell, for the place where the shell looks for them.
#[derive(Debug, Args)]
pub struct Completions {
    /// The shell.
    #[arg(value_enum)]
    shell: Shell,
}

impl Completions {
    /// Runs the command.
    pub fn run(&self) -> Result<Outcome> {
        // Into memory first: the generator takes a reader that has gone away for a defect.
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut Arguments::command(), "tempergate", &mut script);
        output::print(&String::from_utf8_lossy(&script))?;
        Ok(Outcome::Pass)
    }
}
