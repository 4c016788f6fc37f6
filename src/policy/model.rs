//! What a policy says about the language model that is asked.

use std::path::PathBuf;
use std::time::Duration;

use schemars::JsonSchema;

use super::origin::{Located, Origin};
use crate::model::budget::Prices;

/// Where a model is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, JsonSchema)]
#[schemars(rename_all = "kebab-case")]
pub enum Provider {
    /// Anthropic's models.
    Anthropic,
    /// Google's models.
    Gemini,
    /// Anything that speaks the protocol of OpenAI's chat completions, at an endpoint.
    OpenaiCompatible,
    /// A GGUF file, in this process.
    Embedded,
    /// Recorded exchanges; no model is asked.
    Replay,
}

impl Provider {
    /// All of them.
    pub const ALL: [Provider; 5] =
        [Provider::Anthropic, Provider::Gemini, Provider::OpenaiCompatible, Provider::Embedded, Provider::Replay];

    /// The name that policies use.
    pub fn name(self) -> &'static str {
        match self {
            Provider::Anthropic => "anthropic",
            Provider::Gemini => "gemini",
            Provider::OpenaiCompatible => "openai-compatible",
            Provider::Embedded => "embedded",
            Provider::Replay => "replay",
        }
    }

    /// The provider with a name.
    pub fn from_name(name: &str) -> Option<Provider> {
        Provider::ALL.into_iter().find(|provider| provider.name() == name)
    }

    /// Whether it is reached over the network, and each request may cost money.
    pub fn is_remote(self) -> bool {
        matches!(self, Provider::Anthropic | Provider::Gemini | Provider::OpenaiCompatible)
    }

    /// The environment variable that holds the key where the policy names none.
    pub fn usual_key_env(self) -> Option<&'static str> {
        match self {
            Provider::Anthropic => Some("ANTHROPIC_API_KEY"),
            Provider::Gemini => Some("GEMINI_API_KEY"),
            Provider::OpenaiCompatible | Provider::Embedded | Provider::Replay => None,
        }
    }
}

/// Which model is asked, and how. Plain data: nothing here was looked at in the world.
#[derive(Clone, Debug, PartialEq)]
pub struct ModelSettings {
    /// Where it is.
    pub provider: Provider,
    /// Its name at the provider; for `embedded` and `replay` a name to show, where there is one.
    pub name: Option<String>,
    /// The GGUF file, or the file of recorded exchanges.
    pub path: Option<PathBuf>,
    /// The URL of the endpoint, where it is not the provider's own.
    pub endpoint: Option<String>,
    /// The environment variable that holds the key; none is sent where there is none.
    pub key_env: Option<String>,
    /// Tuned weights.
    pub lora: Option<Lora>,
    /// What tokens cost.
    pub prices: Option<Prices>,
    /// The longest that one request may take.
    pub timeout: Duration,
    /// The most requests at one time.
    pub requests_at_once: u32,
    /// The most tokens of one answer.
    pub answer_tokens: u32,
    /// 0 answers greedily.
    pub temperature: f64,
    /// The seed of what is drawn at random.
    pub seed: Option<u64>,
}

impl ModelSettings {
    /// What applies where nothing is said.
    pub const TIMEOUT: Duration = Duration::from_secs(120);
    /// What applies where nothing is said of a model in this process, which shares its cores.
    pub const EMBEDDED_TIMEOUT: Duration = Duration::from_secs(300);
    /// What applies where nothing is said.
    pub const REQUESTS_AT_ONCE: u32 = 4;
    /// What applies where nothing is said.
    pub const ANSWER_TOKENS: u32 = 2048;

    /// A model of a provider with what applies where nothing is said.
    pub fn of(provider: Provider) -> ModelSettings {
        ModelSettings {
            provider,
            name: None,
            path: None,
            endpoint: None,
            key_env: provider.usual_key_env().map(str::to_owned),
            lora: None,
            prices: None,
            timeout: if provider == Provider::Embedded { Self::EMBEDDED_TIMEOUT } else { Self::TIMEOUT },
            requests_at_once: Self::REQUESTS_AT_ONCE,
            answer_tokens: Self::ANSWER_TOKENS,
            temperature: 0.0,
            seed: None,
        }
    }
}

/// Tuned weights for a model.
#[derive(Clone, Debug, PartialEq)]
pub struct Lora {
    /// A GGUF file for `embedded`, else the name at the endpoint.
    pub adapter: String,
    /// How strongly they count.
    pub scale: f64,
}

/// The language model that is asked. The whole section replaces that of the policy below.
#[derive(Clone, Debug, PartialEq, JsonSchema)]
#[schemars(rename = "Model", transform = super::schema::model_keys, rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct ModelLayer {
    /// Where the model is.
    pub provider: Located<Provider>,
    /// The model's name at the provider; for `embedded` and `replay` a name to show.
    #[schemars(schema_with = "super::schema::word")]
    pub name: Option<Located<String>>,
    /// The GGUF file for `embedded`, the recorded exchanges for `replay`.
    #[schemars(schema_with = "super::schema::text")]
    pub path: Option<Located<String>>,
    /// The URL of the endpoint.
    #[schemars(schema_with = "super::schema::endpoint")]
    pub endpoint: Option<Located<String>>,
    /// The environment variable that holds the key.
    #[schemars(schema_with = "super::schema::variable")]
    pub key_env: Option<Located<String>>,
    /// Tuned weights, which the strategy `lora` needs.
    pub lora: Option<LoraLayer>,
    /// What tokens cost, in US dollars a million. `harden.budget.usd` needs it.
    pub prices: Option<PricesLayer>,
    /// The longest that one request may take: `60s`, `2m`.
    #[schemars(schema_with = "super::schema::duration")]
    pub timeout: Option<Located<Duration>>,
    /// The most requests at one time.
    #[schemars(schema_with = "super::schema::count")]
    pub requests_at_once: Option<Located<u64>>,
    /// The most tokens of one answer.
    #[schemars(schema_with = "super::schema::count")]
    pub answer_tokens: Option<Located<u64>>,
    /// How freely the model answers; 0 always takes the likeliest word.
    #[schemars(schema_with = "super::schema::temperature")]
    pub temperature: Option<Located<f64>>,
    /// The seed of what is drawn at random.
    #[schemars(schema_with = "super::schema::seed")]
    pub seed: Option<Located<u64>>,
}

/// Tuned weights.
#[derive(Clone, Debug, PartialEq, JsonSchema)]
#[schemars(rename = "Lora", transform = super::schema::adapter_needed, rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct LoraLayer {
    /// A GGUF file for `embedded`, else the name at the endpoint.
    #[schemars(schema_with = "super::schema::text")]
    pub adapter: Located<String>,
    /// How strongly they count; not for endpoints.
    #[schemars(schema_with = "super::schema::scale")]
    pub scale: Option<Located<f64>>,
}

/// US dollars a million tokens.
#[derive(Clone, Debug, PartialEq, JsonSchema)]
#[schemars(rename = "Prices", rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct PricesLayer {
    /// Of requests.
    #[schemars(schema_with = "super::schema::price")]
    pub input: Located<f64>,
    /// Of answers.
    #[schemars(schema_with = "super::schema::price")]
    pub output: Located<f64>,
}

impl ModelLayer {
    /// The plain values, with what applies where nothing is said.
    pub(super) fn settings(&self) -> ModelSettings {
        let text = |value: &Option<Located<String>>| value.as_ref().map(|value| value.value.clone());
        let small = |value: &Option<Located<u64>>| value.as_ref().and_then(|value| u32::try_from(value.value).ok());
        let plain = ModelSettings::of(self.provider.value);
        ModelSettings {
            provider: plain.provider,
            name: text(&self.name),
            path: text(&self.path).map(PathBuf::from),
            endpoint: text(&self.endpoint),
            key_env: text(&self.key_env).or(plain.key_env),
            lora: self.lora.as_ref().map(|lora| Lora {
                adapter: lora.adapter.value.clone(),
                scale: lora.scale.as_ref().map_or(1.0, |scale| scale.value),
            }),
            prices: self.prices.as_ref().map(|p| Prices { input: p.input.value, output: p.output.value }),
            timeout: self.timeout.as_ref().map_or(plain.timeout, |timeout| timeout.value),
            requests_at_once: small(&self.requests_at_once).unwrap_or(plain.requests_at_once),
            answer_tokens: small(&self.answer_tokens).unwrap_or(plain.answer_tokens),
            temperature: self.temperature.as_ref().map_or(plain.temperature, |value| value.value),
            seed: self.seed.as_ref().map(|seed| seed.value),
        }
    }

    /// Settings that no file says.
    pub(super) fn from_command_line(settings: &ModelSettings) -> ModelLayer {
        ModelLayer {
            provider: given(settings.provider),
            name: settings.name.clone().map(given),
            path: settings.path.as_ref().map(|path| given(path.to_string_lossy().into_owned())),
            endpoint: settings.endpoint.clone().map(given),
            key_env: settings.key_env.clone().map(given),
            lora: settings.lora.as_ref().map(|lora| LoraLayer {
                adapter: given(lora.adapter.clone()),
                scale: (settings.provider == Provider::Embedded).then(|| given(lora.scale)),
            }),
            prices: settings.prices.map(|p| PricesLayer { input: given(p.input), output: given(p.output) }),
            timeout: Some(given(settings.timeout)),
            requests_at_once: Some(given(settings.requests_at_once.into())),
            answer_tokens: Some(given(settings.answer_tokens.into())),
            temperature: Some(given(settings.temperature)),
            seed: settings.seed.map(given),
        }
    }
}

fn given<T>(value: T) -> Located<T> {
    Located { value, origin: Origin::CommandLine }
}
