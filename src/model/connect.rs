//! From settings to a model that can be asked.

use super::http::Http;
use super::replay::{Recording, Replay};
use super::settings::{Provider, Settings};
use super::stop::Stop;
use super::{Failure, FailureKind, Model};

/// The environment variable with the endpoint, where the settings have none.
pub const ENDPOINT_VARIABLE: &str = "TEMPERGATE_MODEL_ENDPOINT";

/// What a model needs of the world around it.
pub struct Surroundings<'a> {
    /// Environment variables. Those that are set to something that is not Unicode are not seen.
    pub variable: &'a dyn Fn(&str) -> Option<String>,
    /// Whether the network must not be used.
    pub no_network: bool,
    /// The wish to end early.
    pub stop: Stop,
}

impl Surroundings<'_> {
    /// Those of this process.
    pub fn of_process(no_network: bool, stop: Stop) -> Self {
        Surroundings { variable: &|name| std::env::var(name).ok(), no_network, stop }
    }
}

/// The model of some settings. Nothing is sent yet; the file of an embedded model is loaded.
///
/// # Errors
///
/// Settings that name no usable model: a missing key, endpoint or file, a network that may not be used.
pub fn connect(settings: &Settings, around: &Surroundings<'_>) -> Result<Box<dyn Model>, Failure> {
    let model = alone(settings, around)?;
    Ok(match &settings.record {
        Some(path) => Box::new(Recording::new(model, path)?),
        None => model,
    })
}

fn alone(settings: &Settings, around: &Surroundings<'_>) -> Result<Box<dyn Model>, Failure> {
    if around.no_network && settings.provider.is_remote() {
        let why = format!("{} is asked over the network, which may not be used", settings.id());
        return Err(Failure::new(FailureKind::NoNetwork, why));
    }
    match settings.provider {
        Provider::OpenAiCompatible | Provider::Anthropic | Provider::Gemini => {
            let mut settings = settings.clone();
            if settings.endpoint.is_none() {
                settings.endpoint = (around.variable)(ENDPOINT_VARIABLE).filter(|e| !e.trim().is_empty());
            }
            Ok(Box::new(Http::new(&settings, around.variable, around.stop.clone())?))
        }
        Provider::Embedded => embedded(settings, around.stop.clone()),
        Provider::Replay => {
            let name = Some(settings.name.as_str()).filter(|n| !n.is_empty());
            let file =
                settings.file.as_ref().ok_or_else(|| no_file("a replay needs the file of recorded exchanges"))?;
            Ok(Box::new(Replay::open(file, name)?))
        }
    }
}

fn no_file(why: &str) -> Failure {
    Failure::new(FailureKind::Unreachable, why)
}

#[cfg(feature = "embedded-model")]
fn embedded(settings: &Settings, stop: Stop) -> Result<Box<dyn Model>, Failure> {
    Ok(Box::new(super::embedded::Embedded::load(settings, stop)?))
}

#[cfg(not(feature = "embedded-model"))]
fn embedded(_settings: &Settings, _stop: Stop) -> Result<Box<dyn Model>, Failure> {
    Err(Failure::new(
        FailureKind::Unreachable,
        "this tempergate was built without embedded models: take a released binary or the container image, or build it with \
         `--features embedded-model` (needs cmake, clang and libclang)",
    ))
}
