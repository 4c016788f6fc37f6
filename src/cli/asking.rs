//! Which strategies ask which model: the arguments that several subcommands share, and the run with all strategies at hand.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Result, anyhow, bail};
use clap::Args;

use super::network::Network;
use super::{files, interrupt};
use crate::harden::prompted::Client;
use crate::harden::registry::{Admission, Registry};
use crate::model::budget::{Budgeted, Limits};
use crate::model::connect::{self, World};
use crate::model::{Absent, Failure, FailureKind, Model};
use crate::policy::{Lora, ModelSettings, Policy, Strategy};

/// How findings are mended.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Strategies")]
pub struct Asking {
    /// The strategy for all findings, in place of the policy's.
    #[arg(long, value_name = "STRATEGY", value_parser = strategy)]
    strategy: Option<Strategy>,
    /// The model that is asked, in place of the policy's: a GGUF file, `PROVIDER:NAME`, or `replay:FILE`.
    #[arg(long, value_name = "MODEL")]
    model: Option<String>,
    /// A LoRA adapter for the strategy `lora`: a GGUF file for an embedded model, else the adapter's name at the endpoint.
    #[arg(long, value_name = "ADAPTER", requires = "model")]
    lora: Option<String>,
    /// Append what the model is asked and answers to this file, to be replayed with `--model replay:FILE`.
    #[arg(long, value_name = "FILE")]
    record: Option<PathBuf>,
    #[command(flatten)]
    pub network: Network,
}

fn strategy(name: &str) -> Result<Strategy, String> {
    Strategy::from_name(name).ok_or_else(|| {
        let names: Vec<&str> = Strategy::ALL.iter().map(|s| s.name()).collect();
        format!("one of {}", names.join(", "))
    })
}

impl Asking {
    /// Runs something with the strategies that the policy and the arguments name. `wanted` is false where nothing is mended.
    ///
    /// # Errors
    ///
    /// What the arguments ask for cannot be done. A model of the policy that cannot be reached is no error: templates stand in
    /// for it, and the report says so.
    pub fn with_registry<R: Send>(
        &self,
        policy: Policy,
        wanted: bool,
        run: impl FnOnce(&Policy, &Registry<'_>) -> R + Send,
    ) -> Result<(Policy, R)> {
        let policy = self.over(policy)?;
        if !wanted || policy.needs_model().is_none() {
            let result = run(&policy, &Registry::without_model());
            return Ok((policy, result));
        }
        // A policy that asks for what it does not name is wrong; a model that is named and cannot be had is not its fault.
        if let Some(problem) = policy.model_problem() {
            bail!("{problem}");
        }
        let (model, settings) = self.connect(&policy)?;
        let result = run_asking(&policy, model, &settings, run)?;
        Ok((policy, result))
    }

    /// The policy with what the arguments say.
    fn over(&self, mut policy: Policy) -> Result<Policy> {
        if let Some(strategy) = self.strategy {
            policy = policy.with_strategy(strategy);
        }
        if let Some(model) = &self.model {
            let settings = named_model(model, self.lora.as_deref(), &policy)?;
            policy = policy.with_model(settings);
        }
        Ok(policy)
    }

    /// The model that the policy names, with its settings; one that only says why there is none, where there is none.
    fn connect(&self, policy: &Policy) -> Result<(Box<dyn Model>, ModelSettings)> {
        let Some(settings) = policy.model() else {
            bail!("no model is named");
        };
        if let Some(why) = policy.model_withheld() {
            let failure = Failure::new(FailureKind::Withheld, why);
            return Ok((Box::new(Absent::because(failure)), settings.clone()));
        }
        let stop = interrupt::stop()?;
        let run_time = Some(Duration::from_secs(policy.budget().seconds));
        let world = World { no_network: self.network.no_network, record: self.record.clone(), run_time, stop };
        let model = match connect::connect(settings, &world) {
            Ok(model) => model,
            Err(failure) if self.model.is_some() => bail!("{failure}"),
            Err(failure) => Box::new(Absent::because(failure)),
        };
        Ok((model, settings.clone()))
    }
}

/// The settings of a model, and of tuned weights for it, that arguments name; the rest is what the policy says of its provider.
///
/// # Errors
///
/// There is no such provider or file, or something that it needs is not said.
pub fn named_model(model: &str, lora: Option<&str>, policy: &Policy) -> Result<ModelSettings> {
    let known = policy.trusted_model();
    let mut settings = connect::settings(model, known).map_err(|why| anyhow!("--model {model}: {why}"))?;
    if let Some(adapter) = lora {
        settings.lora = Some(Lora { adapter: adapter.to_string(), scale: 1.0 });
    }
    Ok(settings)
}

/// Runs something with a model within the policy's budget.
fn run_asking<R: Send>(
    policy: &Policy,
    model: Box<dyn Model>,
    settings: &ModelSettings,
    run: impl FnOnce(&Policy, &Registry<'_>) -> R + Send,
) -> Result<R> {
    let budget = policy.budget();
    let limits = Limits { requests: budget.requests, tokens: budget.tokens, usd: budget.usd, seconds: budget.seconds };
    let prices = settings.prices.unwrap_or_default();
    let model = Budgeted::new(model, limits, prices);
    let admission = Admission::new(budget.findings);
    let client = Client {
        model: &model,
        rounds: policy.rounds(),
        answer_tokens: settings.answer_tokens,
        temperature: settings.temperature,
        seed: settings.seed,
        may_see: &|path| policy.may_send(path),
        admission: &admission,
    };
    let registry = Registry::new(client, prices);
    // Waiting for answers must not keep cores from analysing, nor the number of cores bound how many requests wait.
    let threads = rayon::current_num_threads().max(settings.requests_at_once as usize);
    Ok(files::threads(threads)?.install(|| run(policy, &registry)))
}
