//! The section `model`, and what must fit together between it and `harden`.

use std::time::Duration;

use super::fields::{Entry, Fields, Keys, Reader};
use super::layer::Layer;
use super::model::{LoraLayer, ModelLayer, PricesLayer, Provider};
use super::origin::Located;
use super::quantities::MAX_USD;
use super::strategy::Strategy;
use crate::diagnostic::clip;

pub(super) const MODEL: Keys = Keys {
    now: &[
        "provider",
        "name",
        "path",
        "endpoint",
        "key-env",
        "lora",
        "prices",
        "timeout",
        "requests-at-once",
        "answer-tokens",
        "temperature",
        "seed",
    ],
    later: &[],
};
const LORA: Keys = Keys { now: &["adapter", "scale"], later: &[] };
const PRICES: Keys = Keys { now: &["input", "output"], later: &[] };

const MAX_TIMEOUT: Duration = Duration::from_secs(3600);
const MAX_AT_ONCE: u64 = 64;
const MAX_ANSWER: u64 = 1_000_000;
pub(super) const MAX_TEMPERATURE: f64 = 2.0;
pub(super) const MAX_SCALE: f64 = 10.0;
/// Of names, paths and addresses.
pub(super) const MAX_CHARS: usize = 1024;
/// How environment variables are named, for the schema.
pub(super) const VARIABLE: &str = "^[A-Za-z_][A-Za-z0-9_]*$";

/// What a provider needs, and what means nothing to it.
pub(super) fn needs(provider: Provider) -> (&'static [&'static str], &'static [&'static str]) {
    match provider {
        Provider::Anthropic | Provider::Gemini => (&["name"], &["path", "lora"]),
        Provider::OpenaiCompatible => (&["name", "endpoint"], &["path"]),
        Provider::Embedded => (&["path"], &["endpoint", "key-env", "prices"]),
        Provider::Replay => (&["path"], &["endpoint", "key-env"]),
    }
}

impl Reader<'_> {
    pub(super) fn model(&mut self, entry: &Entry<'_>) -> Option<ModelLayer> {
        let fields = self.fields(entry, &MODEL)?;
        let names = Provider::ALL.map(|provider| (provider.name(), provider));
        let wanted = format!("one of {}", Provider::ALL.map(Provider::name).join(", "));
        let provider = self.required(&fields, "provider", &wanted);
        let provider = provider.and_then(|entry| self.word(entry, &names).map(|value| self.located(entry, value)));
        let number = |reader: &mut Self, key: &str, max| reader.number(fields.get(key)?, false, max);
        let layer = ModelLayer {
            name: fields.get("name").and_then(|entry| self.model_name(entry)),
            path: fields.get("path").and_then(|entry| self.short_text(entry, "the path of a file")),
            endpoint: fields.get("endpoint").and_then(|entry| self.endpoint(entry)),
            key_env: fields.get("key-env").and_then(|entry| self.variable(entry)),
            lora: fields.get("lora").and_then(|entry| self.lora(entry, provider.as_ref()?.value)),
            prices: fields.get("prices").and_then(|entry| self.prices(entry)),
            timeout: fields.get("timeout").and_then(|entry| self.duration(entry, MAX_TIMEOUT)),
            requests_at_once: number(self, "requests-at-once", MAX_AT_ONCE),
            answer_tokens: number(self, "answer-tokens", MAX_ANSWER),
            temperature: fields.get("temperature").and_then(|entry| self.decimal(entry, "0.2", None, MAX_TEMPERATURE)),
            seed: fields.get("seed").and_then(|entry| self.seed(entry)),
            provider: provider?,
        };
        self.fits(&fields, layer.provider.value)?;
        self.key_is_safe(&fields, &layer)?;
        Some(layer)
    }

    /// Every key that the provider needs, and none that it would not look at.
    fn fits(&mut self, fields: &Fields<'_>, provider: Provider) -> Option<()> {
        let (needed, meaningless) = needs(provider);
        let mut fits = Some(());
        for key in needed {
            let what = match *key {
                "name" => "the model's name there",
                "endpoint" => "the URL of the server",
                _ if provider == Provider::Replay => "the file of recorded exchanges",
                _ => "the model's GGUF file",
            };
            if self.required(fields, key, &format!("{what}; the provider `{}` needs it", provider.name())).is_none() {
                fits = None;
            }
        }
        for key in meaningless {
            if let Some(entry) = fields.get(key) {
                let message = format!("`{}` means nothing for the provider `{}`", entry.path, provider.name());
                fits = self.error(entry.key.clone(), message, Some("leave it out".to_owned()));
            }
        }
        fits
    }

    /// A key goes nowhere unencrypted but to this machine.
    fn key_is_safe(&mut self, fields: &Fields<'_>, layer: &ModelLayer) -> Option<()> {
        let (Some(endpoint), Some(_)) = (&layer.endpoint, &layer.settings().key_env) else { return Some(()) };
        let Some(rest) = endpoint.value.strip_prefix("http://") else { return Some(()) };
        if is_loopback(host(rest)) {
            return Some(());
        }
        let entry = fields.get("endpoint")?;
        let help = "write `https://`, or leave `key-env` out where the server takes no key".to_owned();
        self.report(entry, format!("the key would be sent unencrypted to `{}`", entry.path), Some(help))
    }

    fn model_name(&mut self, entry: &Entry<'_>) -> Option<Located<String>> {
        let name = self.short_text(entry, "the name of a model")?;
        if name.value.chars().any(char::is_whitespace) {
            return self.report(entry, format!("`{}` cannot hold spaces", entry.path), None);
        }
        Some(name)
    }

    fn endpoint(&mut self, entry: &Entry<'_>) -> Option<Located<String>> {
        let wanted = "a URL like `https://models.example.com/v1`";
        let url = self.short_text(entry, wanted)?;
        let Some(rest) = url.value.strip_prefix("https://").or(url.value.strip_prefix("http://")) else {
            let message = format!("`{}` must be {wanted}, not `{}`", entry.path, clip(&url.value));
            return self.report(entry, message, None);
        };
        let authority = rest.split('/').next().unwrap_or_default();
        let problem = if authority.contains('@') {
            "cannot hold a user or a password"
        } else if url.value.contains(['?', '#']) {
            "cannot hold a query or a fragment"
        } else if host(rest).is_empty() || url.value.contains(char::is_whitespace) || url.value.contains('\\') {
            let message = format!("`{}` must be {wanted}, not `{}`", entry.path, clip(&url.value));
            return self.report(entry, message, None);
        } else {
            return Some(url);
        };
        let help = "a key comes from the environment: name its variable in `key-env`".to_owned();
        self.report(entry, format!("`{}` {problem}", entry.path), Some(help))
    }

    /// The name of an environment variable. What is no name may be a key, so no message repeats it.
    fn variable(&mut self, entry: &Entry<'_>) -> Option<Located<String>> {
        let name = self.short_text(entry, "the name of an environment variable")?;
        let mut chars = name.value.chars();
        let first = chars.next().is_some_and(|c| c.is_ascii_alphabetic() || c == '_');
        if first && chars.all(|c| c.is_ascii_alphanumeric() || c == '_') {
            return Some(name);
        }
        let message = format!("`{}` is not the name of an environment variable", entry.path);
        let help = "put the key into a variable, and write the variable's name here: `MODEL_API_KEY`".to_owned();
        self.report(entry, message, Some(help))
    }

    fn lora(&mut self, entry: &Entry<'_>, provider: Provider) -> Option<LoraLayer> {
        let fields = self.fields(entry, &LORA)?;
        let adapter = self.required(&fields, "adapter", "a GGUF file, or the adapter's name at the endpoint");
        let adapter = adapter.and_then(|entry| self.short_text(entry, "a file or a name"));
        let scale = fields.get("scale").and_then(|entry| self.decimal(entry, "1.0", Some(0.0), MAX_SCALE));
        if let (Some(entry), true) = (fields.get("scale"), provider.is_remote()) {
            let message = format!("`{}` means nothing for the provider `{}`", entry.path, provider.name());
            let help = "the server that has the adapter sets its scale".to_owned();
            return self.error(entry.key.clone(), message, Some(help));
        }
        Some(LoraLayer { adapter: adapter?, scale })
    }

    fn prices(&mut self, entry: &Entry<'_>) -> Option<PricesLayer> {
        let fields = self.fields(entry, &PRICES)?;
        let price = |reader: &mut Self, key: &str| {
            let entry = reader.required(&fields, key, "a price in US dollars for a million tokens")?;
            reader.decimal(entry, "0.15", None, MAX_USD)
        };
        let (input, output) = (price(self, "input"), price(self, "output"));
        Some(PricesLayer { input: input?, output: output? })
    }

    fn short_text(&mut self, entry: &Entry<'_>, wanted: &str) -> Option<Located<String>> {
        let text = self.string(entry, wanted)?;
        if text.trim().is_empty() {
            return self.report(entry, format!("`{}` is empty", entry.path), None);
        }
        if text.chars().count() > MAX_CHARS || text.chars().any(char::is_control) {
            let message = format!("`{}` must be {wanted}, at most {MAX_CHARS} characters in one line", entry.path);
            return self.report(entry, message, None);
        }
        Some(self.located(entry, text.to_owned()))
    }

    /// What one text says about its own model, and what the rest of it needs.
    pub(super) fn agree(&mut self, fields: &Fields<'_>, layer: &Layer) -> Option<()> {
        let (entry, model) = (fields.get("model")?, layer.model.as_ref()?);
        let provider = model.provider.value;
        if layer.harden.budget.usd.is_some() && provider.is_remote() && model.prices.is_none() {
            let message = "`harden.budget.usd` is set, and `model` lacks `prices`".to_owned();
            let help = "write what a million tokens cost: `prices: { input: 0.15, output: 0.60 }`".to_owned();
            let _: Option<()> = self.error(entry.key.clone(), message, Some(help));
        }
        let named = layer.harden.strategy.iter().map(|strategy| strategy.value);
        let named = named.chain(layer.harden.overrides.iter().map(|setting| setting.value.strategy));
        let used: Vec<Strategy> = named.collect();
        let ladder = layer.harden.ladder.iter().flat_map(|ladder| &ladder.value);
        let in_ladder = used.iter().any(|strategy| strategy.is_composed())
            && ladder.into_iter().any(|strategy| *strategy == Strategy::Lora);
        if (used.contains(&Strategy::Lora) || in_ladder) && model.lora.is_none() {
            let help = "name the tuned weights: `lora: { adapter: ./adapters/secure.gguf }`".to_owned();
            let message = "the strategy `lora` is named, and `model` lacks `lora`".to_owned();
            let _: Option<()> = self.error(entry.key.clone(), message, Some(help));
        }
        Some(())
    }
}

/// The host of what stands behind `://`.
fn host(rest: &str) -> &str {
    let authority = rest.split('/').next().unwrap_or_default();
    if let Some(inside) = authority.strip_prefix('[') {
        return inside.split(']').next().unwrap_or_default();
    }
    authority.split(':').next().unwrap_or_default()
}

fn is_loopback(host: &str) -> bool {
    let address = host.parse::<std::net::IpAddr>();
    host.eq_ignore_ascii_case("localhost") || address.is_ok_and(|address| address.is_loopback())
}
