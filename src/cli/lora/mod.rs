//! `tempergate lora`: a model is taught to mend code, and it is measured whether it helps. Here files, repositories and the
//! recipe's process are reached; what is taught and what may be said of the outcome belongs to `lora`.

mod evaluate;
mod export;
mod material;
mod recipe;
mod train;

use anyhow::Result;
use clap::{Args, Subcommand};

use super::Outcome;

/// Teaches a model to mend code, and measures whether it helps.
#[derive(Debug, Args)]
pub struct Lora {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Write rows to train with, in the words that the strategy `lora` asks with.
    Export(export::Export),
    /// Train a LoRA adapter with the recipe that comes along. Needs Python with the packages of the recipe.
    ///
    /// Can be stopped and started again at any time. Ends with 0 when the adapter is there, with 1 when the run was stopped, and
    /// with 2 when it could not go on.
    Train(train::Train),
    /// Write a trained adapter as the GGUF file that embedded models and llama.cpp take.
    Convert(train::Convert),
    /// Measure on code that was not learnt from whether tuned weights mend more than the model without them.
    ///
    /// Can be stopped and started again at any time. Ends with 0 when they are shown to be better, with 1 when they are not, or
    /// when answers are still missing, and with 2 when the model cannot be asked.
    Evaluate(evaluate::Evaluate),
}

impl Lora {
    /// Runs the command.
    pub fn run(&self) -> Result<Outcome> {
        match &self.command {
            Command::Export(command) => command.run(),
            Command::Train(command) => command.run(),
            Command::Convert(command) => command.run(),
            Command::Evaluate(command) => command.run(),
        }
    }
}
