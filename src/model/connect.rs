//! From settings to a model that can be asked.

use std::path::{Path, PathBuf};

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
    /// Ends what waits.
    pub stop: Stop,
}

/// A model for settings.
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
        _ => Err(Failure::new(FailureKind::Unreachable, "this build has no models")),
    }
}

#[cfg(feature = "embedded-model")]
fn embedded(path: &Path, settings: &ModelSettings, world: &World) -> Result<Box<dyn Model>, Failure> {
    use super::embedded::{Adapter, Embedded};

    let adapter = settings.lora.as_ref().map(|l| Adapter { path: Path::new(&l.adapter), scale: l.scale as f32 });
    let name = settings.name.as_deref();
    Ok(Box::new(Embedded::load(path, name, adapter, settings.timeout, world.stop.clone())?))
}

#[cfg(not(feature = "embedded-model"))]
fn embedded(path: &Path, _: &ModelSettings, _: &World) -> Result<Box<dyn Model>, Failure> {
    let why = format!(
        "{}: this build has no embedded models; take a released binary, or build with `--features embedded-model`",
        path.display()
    );
    Err(Failure::new(FailureKind::Unreachable, why))
}

/// The settings that an argument stands for: `model.gguf`, `replay:FILE`, `PROVIDER:NAME`.
///
/// # Errors
///
/// Says what an argument looks like.
pub fn settings(argument: &str) -> Result<ModelSettings, String> {
    if argument.to_ascii_lowercase().ends_with(".gguf") && !argument.starts_with("replay:") {
        return Ok(ModelSettings { path: Some(PathBuf::from(argument)), ..ModelSettings::of(Provider::Embedded) });
    }
    let (provider, name) = argument.split_once(':').unwrap_or((argument, ""));
    let known = || Provider::ALL.iter().map(|p| p.name()).collect::<Vec<_>>().join(", ");
    let provider = Provider::from_name(provider)
        .ok_or_else(|| format!("neither a GGUF file nor PROVIDER:NAME with one of {}", known()))?;
    if name.is_empty() {
        return Err(format!("what stands behind `{}:` is missing", provider.name()));
    }
    let mut settings = ModelSettings::of(provider);
    match provider {
        Provider::Embedded | Provider::Replay => settings.path = Some(PathBuf::from(name)),
        Provider::Anthropic | Provider::Gemini | Provider::OpenaiCompatible => settings.name = Some(name.to_string()),
    }
    Ok(settings)
}
