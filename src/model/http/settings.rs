//! What is set for a model over HTTP.

use std::path::PathBuf;
use std::time::Duration;

use crate::net::AUTHORITIES;
use crate::policy::{ModelSettings, Provider};

/// The environment variable with the endpoint, where nothing else names one.
pub(super) const ENDPOINT: &str = "TEMPERGATE_MODEL_ENDPOINT";
/// The environment variable with the key for the endpoint that [`ENDPOINT`] names.
pub(super) const KEY: &str = "TEMPERGATE_MODEL_KEY";
/// The environment variable that allows keys to be sent unencrypted.
pub(super) const PLAIN_HTTP: &str = "TEMPERGATE_ALLOW_PLAIN_HTTP";

/// Everything that is set. It holds no key, only the name of the variable that does.
#[derive(Clone, Debug)]
pub(in crate::model) struct Settings {
    pub provider: Provider,
    /// The model's name there.
    pub name: String,
    /// Up to and with the version: `https://models.example.com/v1`.
    pub endpoint: Option<String>,
    pub key_env: Option<String>,
    /// Whether a key may be sent unencrypted to another machine.
    pub allow_plain_http: bool,
    /// The name of the tuned model there.
    pub adapter: Option<String>,
    /// The longest that one attempt of a request may take.
    pub timeout: Duration,
    /// The longest that all requests may take together, by the clock from the first one on. It bounds each request with its
    /// waits and repetitions.
    pub run_time: Option<Duration>,
    /// How often a request is sent again after an overload or a broken connection.
    pub retries: u32,
    /// About how long to wait before a request is sent again; twice as long each further time.
    pub first_wait: Duration,
    /// How many requests may be under way; further ones wait.
    pub at_once: usize,
    /// Certificate authorities to trust beside those of the system, as PEM.
    pub ca_file: Option<PathBuf>,
}

impl Settings {
    /// What a policy or an argument says, with what the environment adds.
    pub(in crate::model) fn of(
        settings: &ModelSettings,
        run_time: Option<Duration>,
        variable: &dyn Fn(&str) -> Option<String>,
    ) -> Self {
        let said = |name: &str| variable(name).map(|v| v.trim().to_string()).filter(|v| !v.is_empty());
        let (mut endpoint, mut key_env) = (settings.endpoint.clone(), settings.key_env.clone());
        if endpoint.is_none() {
            endpoint = said(ENDPOINT);
            // The key belongs to this endpoint, and goes to no other that a policy names.
            if endpoint.is_some() && key_env.is_none() && said(KEY).is_some() {
                key_env = Some(KEY.to_string());
            }
        }
        Settings {
            provider: settings.provider,
            name: settings.name.clone().unwrap_or_default(),
            endpoint,
            key_env,
            allow_plain_http: said(PLAIN_HTTP).is_some_and(|v| matches!(v.as_str(), "1" | "true" | "yes" | "on")),
            adapter: settings.lora.as_ref().map(|lora| lora.adapter.clone()),
            timeout: settings.timeout,
            run_time,
            retries: 3,
            first_wait: Duration::from_millis(800),
            at_once: settings.requests_at_once as usize,
            ca_file: said(AUTHORITIES).map(PathBuf::from),
        }
    }

    /// The model's name in reports and records.
    pub(super) fn id(&self) -> String {
        format!("{}:{}", self.provider.name(), self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_of_the_environment_goes_to_the_endpoint_of_the_environment_only() {
        let all = |name: &str| Some(format!(" {name} "));
        let plain = ModelSettings::of(Provider::OpenaiCompatible);
        let both = Settings::of(&plain, None, &all);
        assert_eq!((both.endpoint.as_deref(), both.key_env.as_deref()), (Some(ENDPOINT), Some(KEY)));
        let set = ModelSettings { endpoint: Some("https://m.example/v1".to_string()), ..plain.clone() };
        let of_policy = Settings::of(&set, None, &all);
        assert_eq!((of_policy.endpoint.as_deref(), of_policy.key_env), (Some("https://m.example/v1"), None));
        let none = Settings::of(&plain, None, &|_| None);
        assert_eq!((none.endpoint, none.key_env, none.allow_plain_http), (None, None, false));
    }
}
