//! From settings to a model that can be asked.

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::http::{self, Http};
use super::replay::{Recording, Replay};
use super::stop::Stop;
use super::{Failure, FailureKind, Model};
use crate::policy::{ModelSettings, Provider};

/// What asking may do besides asking.
#[derive(Clone, Debug, Default)]
pub struct World {
    /// Only models that need no network may be asked.
    pub no_network: bool,
    /// Where exchanges are recorded.
    pub record: Option<PathBuf>,
    /// The longest that all requests may take together, by the clock from the first one on; a request that waits ends then.
    pub run_time: Option<Duration>,
    /// Ends what waits.
    pub stop: Stop,
}

/// A model for settings. Nothing is sent yet; the file of an embedded model is loaded.
///
/// # Errors
///
/// It cannot be had: why.
pub fn connect(settings: &ModelSettings, world: &World) -> Result<Box<dyn Model>, Failure> {
    let model = open(settings, world)?;
    match &world.record {
        Some(path) => Ok(Box::new(Recording::new(model, path)?)),
        None => Ok(model),
    }
}

fn open(settings: &ModelSettings, world: &World) -> Result<Box<dyn Model>, Failure> {
    let path = || {
        let missing = || Failure::new(FailureKind::Unreachable, "model.path is missing");
        settings.path.as_deref().ok_or_else(missing)
    };
    if settings.provider.is_remote() && world.no_network {
        let why = format!("{} is asked over the network, which may not be used", settings.provider.name());
        return Err(Failure::new(FailureKind::NoNetwork, why));
    }
    match settings.provider {
        Provider::Replay => Ok(Box::new(Replay::read(path()?)?)),
        Provider::Embedded => embedded(path()?, settings, world),
        Provider::Anthropic | Provider::Gemini | Provider::OpenaiCompatible => {
            let variable = |name: &str| std::env::var(name).ok();
            let settings = http::Settings::of(settings, world.run_time, &variable);
            Ok(Box::new(Http::new(&settings, &variable, world.stop.clone())?))
        }
    }
}

#[cfg(feature = "embedded-model")]
fn embedded(path: &Path, settings: &ModelSettings, world: &World) -> Result<Box<dyn Model>, Failure> {
    Ok(Box::new(super::embedded::Embedded::load(path, settings, world)?))
}

#[cfg(not(feature = "embedded-model"))]
fn embedded(path: &Path, _: &ModelSettings, _: &World) -> Result<Box<dyn Model>, Failure> {
    let why = format!(
        "{}: this build has no embedded models; take a released binary, or build with `--features embedded-model`",
        path.display()
    );
    Err(Failure::new(FailureKind::Unreachable, why))
}

/// The settings that an argument stands for: `model.gguf`, `replay:FILE`, `PROVIDER:NAME`. Where the policy names a model of
/// the same provider, only the model changes; nothing that belongs to one provider (endpoint, key, prices) goes to another.
///
/// # Errors
///
/// Says what an argument looks like.
pub fn settings(argument: &str, policy: Option<&ModelSettings>) -> Result<ModelSettings, String> {
    let (provider, named) = match argument.split_once(':').map(|(p, rest)| (Provider::from_name(p), rest)) {
        Some((Some(provider), rest)) => (provider, rest),
        // Not every colon stands behind a provider: `C:\models\small.gguf`.
        _ if argument.to_ascii_lowercase().ends_with(".gguf") => (Provider::Embedded, argument),
        _ => {
            let known = Provider::ALL.map(Provider::name).join(", ");
            return Err(format!("neither a GGUF file nor PROVIDER:NAME with one of {known}"));
        }
    };
    if named.is_empty() {
        return Err(format!("what stands behind `{}:` is missing", provider.name()));
    }
    let same = policy.filter(|set| set.provider == provider).cloned();
    let mut settings = same.unwrap_or_else(|| ModelSettings::of(provider));
    (settings.name, settings.path) = match provider.is_remote() {
        true => (Some(named.to_string()), None),
        false => (None, Some(PathBuf::from(named))),
    };
    Ok(settings)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn an_argument_names_a_file_a_provider_or_exchanges() {
        let settings = |argument: &str| super::settings(argument, None).unwrap();
        for (argument, path) in [
            ("models/Small.GGUF", "models/Small.GGUF"),
            (r"C:\models\small.gguf", r"C:\models\small.gguf"),
            ("embedded:small", "small"),
        ] {
            let found = settings(argument);
            assert_eq!((found.provider, found.path, found.name), (Provider::Embedded, Some(path.into()), None));
        }
        let remote = settings("openai-compatible:qwen2.5-coder:7b.gguf");
        assert_eq!(remote.provider, Provider::OpenaiCompatible);
        assert_eq!(remote.name.as_deref(), Some("qwen2.5-coder:7b.gguf"));
        let replay = settings("replay:run.gguf");
        assert_eq!((replay.provider, replay.path), (Provider::Replay, Some("run.gguf".into())));
        for none in ["", "gpt", "nobody:gpt", "gemini:"] {
            assert!(super::settings(none, None).is_err(), "{none}");
        }
    }

    #[test]
    fn an_argument_keeps_what_belongs_to_the_same_provider() {
        let policy = ModelSettings {
            name: Some("a".to_string()),
            endpoint: Some("https://one.example/v1".to_string()),
            key_env: Some("ONE".to_string()),
            seed: Some(7),
            ..ModelSettings::of(Provider::OpenaiCompatible)
        };
        let same = settings("openai-compatible:b", Some(&policy)).unwrap();
        assert_eq!(same, ModelSettings { name: Some("b".to_string()), ..policy.clone() });
        let other = settings("anthropic:c", Some(&policy)).unwrap();
        assert_eq!(other, ModelSettings { name: Some("c".to_string()), ..ModelSettings::of(Provider::Anthropic) });
    }

    #[test]
    fn without_a_network_nothing_over_it_can_be_asked() {
        let world = World { no_network: true, ..World::default() };
        for provider in Provider::ALL {
            let failure = connect(&ModelSettings::of(provider), &world).err().unwrap();
            assert_eq!(failure.kind == FailureKind::NoNetwork, provider.is_remote(), "{failure}");
        }
    }

    #[cfg(not(feature = "embedded-model"))]
    #[test]
    fn a_build_without_embedded_models_says_how_to_get_one() {
        let failure = connect(&settings("small.gguf", None).unwrap(), &World::default()).err().unwrap();
        assert!(failure.explanation.contains("--features embedded-model"), "{failure}");
    }
}
