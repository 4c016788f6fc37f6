//! `tempergate lora train` and `tempergate lora convert`: the recipe, run.

use std::ffi::OsString;
use std::path::PathBuf;

use anyhow::{Result, bail};
use clap::Args;

use super::recipe::Recipe;
use crate::cli::Outcome;

/// The recipe's exit status for a run that was asked to end.
const STOPPED: i32 = 3;

/// Which Python runs which recipe.
#[derive(Debug, Args)]
struct With {
    /// The Python that has the recipe's packages (`training/requirements.lock`).
    #[arg(long, value_name = "PATH", default_value = "python3")]
    python: PathBuf,
    /// A folder with a changed recipe, in place of the one that comes along.
    #[arg(long, value_name = "DIR")]
    recipe: Option<PathBuf>,
}

/// Trains a LoRA adapter.
#[derive(Debug, Args)]
pub struct Train {
    /// The folder with `train.jsonl` and `validation.jsonl`.
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
    /// The model: a GGUF file, or a folder as from Hugging Face.
    #[arg(long, value_name = "MODEL")]
    base: PathBuf,
    /// The folder of the run: its checkpoint, its log and the adapter. A run that is there is gone on with.
    #[arg(long, value_name = "DIR")]
    output: PathBuf,
    #[command(flatten)]
    with: With,
    /// How often all rows are learnt from.
    #[arg(long, value_name = "N", default_value_t = 1)]
    epochs: u32,
    /// The rank of the adapter.
    #[arg(long, value_name = "N", default_value_t = 8)]
    rank: u32,
    /// The adapter's weight, over its rank.
    #[arg(long, value_name = "N", default_value_t = 16)]
    alpha: u32,
    /// The learning rate at its highest.
    #[arg(long, value_name = "RATE", default_value_t = 2e-4)]
    learning_rate: f64,
    /// Micro-batches a step.
    #[arg(long, value_name = "N", default_value_t = 4)]
    accumulation: u32,
    /// Tokens of a micro-batch, padding included; 0 for one row each, which is best without a GPU.
    #[arg(long, value_name = "N", default_value_t = 0)]
    batch_tokens: u32,
    /// Leave out rows with more tokens, by the model's own tokenizer.
    #[arg(long, value_name = "N", default_value_t = 1_024)]
    max_tokens: u32,
    /// How often an epoch the loss of the validation rows is measured.
    #[arg(long, value_name = "N", default_value_t = 4)]
    validations: u32,
    /// Decides the order of the rows and where the adapter begins.
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// Use no GPU.
    #[arg(long)]
    cpu: bool,
    /// How many processes share the work, one a GPU.
    #[arg(long, value_name = "N", default_value_t = 1)]
    processes: u32,
    /// Threads of the processor that the recipe uses; as many as there are when 0.
    #[arg(long, value_name = "N", default_value_t = 0)]
    training_threads: u32,
}

impl Train {
    /// Runs the command.
    ///
    /// # Errors
    ///
    /// The recipe cannot be run, or did not come to its end.
    pub fn run(&self) -> Result<Outcome> {
        let recipe = Recipe::new(&self.with.python, self.with.recipe.as_deref())?;
        let mut arguments: Vec<OsString> = vec!["--data".into(), self.data.clone().into()];
        arguments.extend(["--base".into(), self.base.clone().into(), "--output".into(), self.output.clone().into()]);
        let numbers = [
            ("--epochs", self.epochs),
            ("--rank", self.rank),
            ("--alpha", self.alpha),
            ("--accumulation", self.accumulation),
            ("--batch-tokens", self.batch_tokens),
            ("--max-tokens", self.max_tokens),
            ("--validations", self.validations),
            ("--threads", self.training_threads),
        ];
        arguments.extend(numbers.into_iter().flat_map(|(name, value)| [name.into(), value.to_string().into()]));
        arguments.extend(["--learning-rate".into(), self.learning_rate.to_string().into()]);
        arguments.extend(["--seed".into(), self.seed.to_string().into()]);
        if self.cpu {
            arguments.push("--cpu".into());
        }
        if self.processes == 1 {
            // Where several share the work, the launcher between them and us sees to it.
            arguments.push("--end-with-parent".into());
        }
        match recipe.run("train", self.processes, arguments)?.code() {
            Some(0) => Ok(Outcome::Pass),
            Some(STOPPED) => Ok(Outcome::Fail),
            Some(code) => bail!("the recipe ended with {code}; what it said stands above"),
            None => bail!("the recipe was ended; run it again to go on from its last checkpoint"),
        }
    }
}

/// Writes a trained adapter as a GGUF file.
#[derive(Debug, Args)]
pub struct Convert {
    /// The folder of the run.
    #[arg(value_name = "DIR")]
    run: PathBuf,
    /// The GGUF file.
    #[arg(long, value_name = "FILE")]
    output: PathBuf,
    #[command(flatten)]
    with: With,
}

impl Convert {
    /// Runs the command.
    ///
    /// # Errors
    ///
    /// The recipe cannot be run, or could not convert the adapter.
    pub fn run(&self) -> Result<Outcome> {
        let recipe = Recipe::new(&self.with.python, self.with.recipe.as_deref())?;
        let arguments = vec![self.run.clone().into(), self.output.clone().into()];
        match recipe.run("convert", 1, arguments)?.code() {
            Some(0) => Ok(Outcome::Pass),
            _ => bail!("the adapter was not converted; why stands above"),
        }
    }
}
