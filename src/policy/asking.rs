//! What a policy says about asking models, and about the command that tries fixes: the questions that the loop and the
//! command line ask.

use std::time::Duration;

use globset::GlobSet;

use super::layer::{BudgetLayer, HardenLayer, VerifyLayer};
use super::model::{ModelLayer, ModelSettings};
use super::origin::{Located, Origin};
use super::strategy::Strategy;
use super::{Policy, builtin, glob_set};

/// What asking a model may cost in one run.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Budget {
    /// The most requests.
    pub requests: u64,
    /// The most tokens, those of requests and answers together.
    pub tokens: u64,
    /// The most US dollars, by the model's prices; no limit of its own where none is set.
    pub usd: Option<f64>,
    /// The most seconds by the clock.
    pub seconds: u64,
    /// The most findings that a model is asked about.
    pub findings: u64,
}

/// The command that tries fixes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifyCommand {
    /// For the shell.
    pub command: String,
    /// The longest that one run may take.
    pub timeout: Duration,
}

/// A setting that names a strategy which asks a model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModelUse<'a> {
    /// The setting: `harden.strategy`, `harden.overrides[1]`.
    pub setting: String,
    /// The strategy.
    pub strategy: Strategy,
    /// Where the setting was written.
    pub origin: &'a Origin,
}

/// What a policy says about asking, complete.
#[derive(Clone, Debug)]
pub(super) struct Asking {
    pub ladder: Located<Vec<Strategy>>,
    pub rounds: Located<u64>,
    pub budget: BudgetLayer,
    pub limits: Budget,
    pub send: Send,
    pub model: Option<(ModelLayer, ModelSettings)>,
    /// The model is named by a policy that nobody named.
    pub model_found: bool,
    pub verify: VerifyLayer,
}

/// Which files a model may see. Without a set nothing is sent.
#[derive(Clone, Debug)]
pub(super) struct Send {
    pub include: Located<Vec<String>>,
    pub exclude: Vec<Located<String>>,
    include_set: Option<GlobSet>,
    exclude_set: Option<GlobSet>,
}

impl Asking {
    /// `baseline` says every value but those that may be absent; should one be missing, the strictest stands in.
    pub(super) fn complete(harden: HardenLayer, model: Option<ModelLayer>, verify: VerifyLayer) -> Asking {
        let budget = harden.budget;
        let most = |value: &Option<Located<u64>>| value.as_ref().map_or(1, |value| value.value);
        let include = harden.send.include.unwrap_or_else(|| builtin(Vec::new()));
        let excluded: Vec<String> = harden.send.exclude.iter().map(|glob| glob.value.clone()).collect();
        Asking {
            ladder: harden.ladder.unwrap_or_else(|| builtin(vec![Strategy::Template])),
            rounds: harden.rounds.unwrap_or_else(|| builtin(1)),
            limits: Budget {
                requests: most(&budget.requests),
                tokens: most(&budget.tokens),
                usd: budget.usd.as_ref().map(|usd| usd.value),
                seconds: most(&budget.seconds),
                findings: most(&budget.findings),
            },
            budget,
            send: Send {
                include_set: glob_set(&include.value),
                exclude_set: glob_set(&excluded),
                include,
                exclude: harden.send.exclude,
            },
            model: model.map(|layer| {
                let settings = layer.settings();
                (layer, settings)
            }),
            model_found: false,
            verify,
        }
    }
}

impl Policy {
    /// What the strategies `ladder`, `best-of` and `auto` consist of: single strategies, none of them twice.
    pub fn ladder(&self) -> &[Strategy] {
        &self.asking.ladder.value
    }

    /// How often a model is asked again with what was wrong.
    pub fn rounds(&self) -> u32 {
        u32::try_from(self.asking.rounds.value).unwrap_or(1)
    }

    /// What asking a model may cost in one run.
    pub fn budget(&self) -> &Budget {
        &self.asking.limits
    }

    /// Whether a model may see a file. `path` is '/'-separated and relative to the root.
    pub fn may_send(&self, path: &str) -> bool {
        let send = &self.asking.send;
        let included = send.include_set.as_ref().is_some_and(|set| set.is_match(path));
        included && send.exclude_set.as_ref().is_some_and(|set| !set.is_match(path))
    }

    /// The model that is asked, if one is named.
    pub fn model(&self) -> Option<&ModelSettings> {
        self.asking.model.as_ref().map(|(_, settings)| settings)
    }

    /// The same policy, as one that lay there and that nobody named. It says which model there is and not that it may be
    /// asked: code and keys of the environment would go to an endpoint, or a file be loaded, of anybody's choice.
    pub fn found(mut self) -> Policy {
        self.asking.model_found = self.asking.model.is_some();
        self
    }

    /// The model that may be asked, if one is named.
    pub fn trusted_model(&self) -> Option<&ModelSettings> {
        self.model().filter(|_| !self.asking.model_found)
    }

    /// Why the model that is named may not be asked; one sentence.
    pub fn model_withheld(&self) -> Option<String> {
        let (layer, _) = self.asking.model.as_ref().filter(|_| self.asking.model_found)?;
        Some(format!(
            "model ({}) is of a policy that was found and not named: a run that names it by --policy may send it code and keys",
            layer.provider.origin
        ))
    }

    /// The command that tries fixes, if one is named.
    pub fn verify_command(&self) -> Option<VerifyCommand> {
        let verify = &self.asking.verify;
        let timeout = verify.timeout.as_ref().map_or(DEFAULT_COMMAND_TIME, |timeout| timeout.value);
        verify.command.as_ref().map(|command| VerifyCommand { command: command.value.clone(), timeout })
    }

    /// The single strategies that a strategy consists of.
    pub fn parts_of(&self, strategy: Strategy) -> Vec<Strategy> {
        match strategy {
            Strategy::None => Vec::new(),
            composed if composed.is_composed() => self.asking.ladder.value.clone(),
            single => vec![single],
        }
    }

    /// The first setting that names a strategy which asks a model.
    pub fn needs_model(&self) -> Option<ModelUse<'_>> {
        self.first_use(Strategy::is_model)
    }

    /// Why the strategies of this policy cannot be carried out as they are; one sentence. It depends on what the command
    /// line said, so it is no error of the text.
    pub fn model_problem(&self) -> Option<String> {
        let used = self.needs_model()?;
        let named = |used: &ModelUse<'_>| format!("{} ({}) is `{}`", used.setting, used.origin, used.strategy);
        let Some(model) = self.model() else {
            return Some(format!("{}, which asks a model, and no model is named", named(&used)));
        };
        if let (Some(used), None) = (self.first_use(|strategy| strategy == Strategy::Lora), &model.lora) {
            return Some(format!("{}, which needs tuned weights, and model.lora is not set", named(&used)));
        }
        let usd = self.asking.budget.usd.as_ref()?;
        (model.provider.is_remote() && model.prices.is_none()).then(|| {
            format!(
                "harden.budget.usd ({}) is set, and without model.prices nobody knows what a request costs",
                usd.origin
            )
        })
    }

    fn first_use(&self, which: impl Fn(Strategy) -> bool) -> Option<ModelUse<'_>> {
        let uses = |strategy: Strategy| self.parts_of(strategy).into_iter().any(&which);
        if uses(self.strategy.value) {
            let (strategy, origin) = (self.strategy.value, &self.strategy.origin);
            return Some(ModelUse { setting: "harden.strategy".to_owned(), strategy, origin });
        }
        let found = self.overrides.iter().find(|setting| uses(setting.entry.value.strategy))?;
        let setting = format!("harden.overrides[{}]", found.index);
        Some(ModelUse { setting, strategy: found.entry.value.strategy, origin: &found.entry.origin })
    }

    /// The same policy with one strategy for all findings, as the command line asks for it.
    #[must_use]
    pub fn with_strategy(mut self, strategy: Strategy) -> Policy {
        self.strategy = Located { value: strategy, origin: Origin::CommandLine };
        self.overrides.clear();
        self
    }

    /// The same policy, in which only findings with one of these CWE numbers are mended; all where none is given.
    #[must_use]
    pub fn only_for(mut self, cwe: &[u32]) -> Policy {
        self.only_cwe = cwe.to_vec();
        self
    }

    /// The same policy with a model that the command line names.
    #[must_use]
    pub fn with_model(mut self, settings: ModelSettings) -> Policy {
        self.asking.model = Some((ModelLayer::from_command_line(&settings), settings));
        self.asking.model_found = false;
        self
    }
}

/// Where not even `baseline` says it.
const DEFAULT_COMMAND_TIME: Duration = Duration::from_secs(300);
