//! Which model is asked, where it is, and how: plain values, from a policy, the command line and the environment.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use super::budget::Prices;

/// Who answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Provider {
    /// Any endpoint with OpenAI's `chat/completions`: OpenAI, Azure, vLLM, llama.cpp, Ollama and many more.
    OpenAiCompatible,
    /// Anthropic's `messages`.
    Anthropic,
    /// Google's `generateContent`.
    Gemini,
    /// A GGUF file in this process.
    Embedded,
    /// Recorded exchanges.
    Replay,
}

impl Provider {
    /// All of them.
    pub const ALL: [Provider; 5] =
        [Provider::OpenAiCompatible, Provider::Anthropic, Provider::Gemini, Provider::Embedded, Provider::Replay];

    /// The name in policies and on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Provider::OpenAiCompatible => "openai-compatible",
            Provider::Anthropic => "anthropic",
            Provider::Gemini => "gemini",
            Provider::Embedded => "embedded",
            Provider::Replay => "replay",
        }
    }

    /// Whether it is asked over the network.
    pub fn is_remote(self) -> bool {
        !matches!(self, Provider::Embedded | Provider::Replay)
    }
}

impl FromStr for Provider {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        Self::ALL.into_iter().find(|p| p.name() == name).ok_or_else(|| {
            let names: Vec<&str> = Self::ALL.iter().map(|p| p.name()).collect();
            format!("`{name}` is none of {}", names.join(", "))
        })
    }
}

impl fmt::Display for Provider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Tuned weights, with which a model answers when a request asks for them.
#[derive(Clone, Debug, PartialEq)]
pub struct Adapter {
    /// The name of the tuned model at the endpoint; for an embedded model, the file of the LoRA adapter.
    pub name: String,
    /// How strongly an embedded model applies it; endpoints have their own setting.
    pub scale: f32,
}

/// Everything that is set for a model. It holds no key, only the name of the environment variable that does.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// Who answers.
    pub provider: Provider,
    /// The model's name at its endpoint. For an embedded model a name to show (else that of its file); for recorded
    /// exchanges which of the recorded models answers, where there are several.
    pub name: String,
    /// Where the provider is, up to and with the version: `https://models.example.com/v1`. Anthropic and Gemini have a
    /// default, openai-compatible has none.
    pub endpoint: Option<String>,
    /// The environment variable that has the key; a default for each provider where absent (see docs/models.md).
    pub key_env: Option<String>,
    /// Whether a key may be sent unencrypted to another machine.
    pub allow_plain_http: bool,
    /// The GGUF file of an embedded model; the file of recorded exchanges of a replay.
    pub file: Option<PathBuf>,
    /// Tuned weights.
    pub adapter: Option<Adapter>,
    /// What tokens cost.
    pub prices: Prices,
    /// The longest that one attempt of a request may take.
    pub timeout: Duration,
    /// The longest that all requests of a run may take together, by the clock from the first one on. Bounds each request,
    /// its waits and repetitions too.
    pub run_timeout: Option<Duration>,
    /// How often a request is sent again after an overload or a broken connection.
    pub retries: u32,
    /// About how long to wait before a request is sent again; twice as long each further time.
    pub first_wait: Duration,
    /// How many requests may be under way at once; further ones wait. An embedded model answers one at a time.
    pub concurrency: usize,
    /// The most tokens of an answer, for those who build requests.
    pub max_tokens: u32,
    /// The temperature of requests, for those who build them; 0 answers greedily.
    pub temperature: f64,
    /// The seed of requests, for those who build them.
    pub seed: Option<u64>,
    /// How many tokens question and answer may have together, where the model does not say so itself.
    pub context_tokens: Option<u32>,
    /// Certificate authorities to trust beside those of the system, as PEM.
    pub ca_file: Option<PathBuf>,
    /// Where exchanges are recorded for a later replay.
    pub record: Option<PathBuf>,
    /// How many threads an embedded model uses; as many as there are cores where absent.
    pub threads: Option<usize>,
}

impl Settings {
    /// A model with everything else at its default.
    pub fn new(provider: Provider, name: impl Into<String>) -> Self {
        Settings {
            provider,
            name: name.into(),
            endpoint: None,
            key_env: None,
            allow_plain_http: false,
            file: None,
            adapter: None,
            prices: Prices::default(),
            timeout: Duration::from_secs(120),
            run_timeout: None,
            retries: 3,
            first_wait: Duration::from_millis(800),
            concurrency: 4,
            max_tokens: 2_048,
            temperature: 0.0,
            seed: None,
            context_tokens: None,
            ca_file: None,
            record: None,
            threads: None,
        }
    }

    /// The model that a `--model` argument names: `FILE.gguf`, `replay:FILE` or `PROVIDER:NAME`. Where it has the provider of
    /// what is set already, only the name and the file change; else the limits are kept, and what belongs to the other
    /// provider (endpoint, key, adapter, prices) is not.
    ///
    /// # Errors
    ///
    /// A text that names no model.
    pub fn from_argument(argument: &str, set: Option<&Settings>) -> Result<Self, String> {
        let (provider, rest) = split(argument)?;
        if rest.is_empty() {
            return Err(format!("`{argument}` names no model behind the colon"));
        }
        let mut settings = match set {
            Some(set) if set.provider == provider => set.clone(),
            Some(set) => Settings {
                provider,
                endpoint: None,
                key_env: None,
                allow_plain_http: false,
                adapter: None,
                prices: Prices::default(),
                context_tokens: None,
                ca_file: None,
                ..set.clone()
            },
            None => Settings::new(provider, ""),
        };
        settings.file = None;
        settings.name = String::new();
        if provider.is_remote() {
            settings.name = rest.to_string();
        } else {
            settings.file = Some(PathBuf::from(rest));
        }
        Ok(settings)
    }

    /// The model's name in reports and records.
    pub fn id(&self) -> String {
        if !self.name.is_empty() {
            return format!("{}:{}", self.provider, self.name);
        }
        let stem = self.file.as_ref().and_then(|f| f.file_stem()).map(|s| s.to_string_lossy().into_owned());
        format!("{}:{}", self.provider, stem.unwrap_or_else(|| "unnamed".to_string()))
    }
}

fn split(argument: &str) -> Result<(Provider, &str), String> {
    // A path may have a colon too: `C:\models\small.gguf`.
    let prefix = argument.split_once(':').and_then(|(p, rest)| Some((Provider::from_str(p).ok()?, rest)));
    if let Some(found) = prefix {
        return Ok(found);
    }
    if argument.len() > 5 && argument.as_bytes()[argument.len() - 5..].eq_ignore_ascii_case(b".gguf") {
        return Ok((Provider::Embedded, argument));
    }
    let names: Vec<&str> = Provider::ALL.iter().map(|p| p.name()).collect();
    Err(format!(
        "`{argument}` names no model: expected FILE.gguf, replay:FILE or PROVIDER:NAME, where PROVIDER is one of {}",
        names.join(", ")
    ))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn model(argument: &str) -> Settings {
        Settings::from_argument(argument, None).unwrap()
    }

    #[test]
    fn an_argument_names_a_file_a_provider_or_a_record() {
        let file = model("models/Small.GGUF");
        assert_eq!((file.provider, file.file.clone()), (Provider::Embedded, Some("models/Small.GGUF".into())));
        assert_eq!(file.id(), "embedded:Small");
        let windows = model(r"C:\models\small.gguf");
        assert_eq!(windows.file, Some(PathBuf::from(r"C:\models\small.gguf")));
        let remote = model("openai-compatible:qwen2.5-coder:7b");
        assert_eq!((remote.provider, remote.name.as_str()), (Provider::OpenAiCompatible, "qwen2.5-coder:7b"));
        assert_eq!(remote.id(), "openai-compatible:qwen2.5-coder:7b");
        let replay = model("replay:runs/one.jsonl");
        assert_eq!((replay.provider, replay.file), (Provider::Replay, Some("runs/one.jsonl".into())));
    }

    #[test]
    fn what_names_no_model_is_refused_with_what_would() {
        for text in ["", "gpt", "nobody:gpt", "gemini:", ".gguf", "é.ggu"] {
            assert!(Settings::from_argument(text, None).is_err(), "{text}");
        }
        let error = Settings::from_argument("nobody:gpt", None).unwrap_err();
        assert!(error.contains("openai-compatible"), "{error}");
    }

    #[test]
    fn an_argument_keeps_what_belongs_to_the_same_provider() {
        let set = Settings {
            endpoint: Some("https://one.example/v1".to_string()),
            key_env: Some("ONE".to_string()),
            retries: 7,
            ..Settings::new(Provider::OpenAiCompatible, "a")
        };
        let same = Settings::from_argument("openai-compatible:b", Some(&set)).unwrap();
        assert_eq!(same, Settings { name: "b".to_string(), ..set.clone() });
        let other = Settings::from_argument("anthropic:c", Some(&set)).unwrap();
        assert_eq!((other.endpoint, other.key_env, other.retries), (None, None, 7));
    }
}
