//! The models of a study, and what each request cost.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::thread::{self, ThreadId};

use anyhow::{Result, anyhow};

use crate::model::connect::{self, World};
use crate::model::{Answer, Failure, Model, Request, Spent};
use crate::policy::{Lora, ModelSettings, Provider};
use crate::study::plan::{Asked, Plan};

/// The settings of a planned model. Paths are relative to the study's folder.
///
/// # Errors
///
/// There is no such provider.
pub fn settings(plan: &Plan, asked: &Asked, folder: &Path) -> Result<ModelSettings> {
    let mut settings = connect::settings(&asked.model, None).map_err(|why| anyhow!("model {}: {why}", asked.model))?;
    settings.path = settings.path.map(|path| folder.join(path));
    settings.endpoint = asked.endpoint.clone().or(settings.endpoint);
    settings.key_env = asked.key_env.clone().or(settings.key_env);
    settings.timeout = asked.timeout.unwrap_or(settings.timeout);
    settings.requests_at_once = asked.requests_at_once.unwrap_or(settings.requests_at_once);
    settings.answer_tokens = plan.answer_tokens;
    settings.temperature = plan.temperature;
    if let Some(adapter) = &asked.lora {
        let local = folder.join(adapter);
        let adapter = match settings.provider {
            Provider::Embedded => local.to_string_lossy().into_owned(),
            _ => adapter.clone(),
        };
        settings.lora = Some(Lora { adapter, scale: 1.0 });
    }
    Ok(settings)
}

/// What tells tuned weights from others: the digest of the file, or the name at an endpoint.
///
/// # Errors
///
/// The file cannot be read.
pub fn adapter(settings: &ModelSettings) -> Result<String> {
    use sha2::{Digest, Sha256};
    let Some(lora) = &settings.lora else { return Ok(String::new()) };
    if settings.provider != Provider::Embedded {
        return Ok(lora.adapter.clone());
    }
    let path = PathBuf::from(&lora.adapter);
    let bytes = std::fs::read(&path).map_err(|error| anyhow!("{}: {error}", path.display()))?;
    Ok(Sha256::digest(&bytes).iter().take(16).map(|byte| format!("{byte:02x}")).collect())
}

/// A model that notes for each thread what it cost. What is asked for one sample is asked on one thread.
pub struct Tally {
    model: Box<dyn Model>,
    spent: Mutex<HashMap<ThreadId, Spent>>,
}

impl Tally {
    /// Connects a planned model.
    ///
    /// # Errors
    ///
    /// It cannot be had: why.
    pub fn connect(settings: &ModelSettings, world: &World) -> Result<Tally> {
        let model = connect::connect(settings, world).map_err(|failure| anyhow!("{failure}"))?;
        Ok(Tally { model, spent: Mutex::default() })
    }

    /// What this thread has spent since it was asked last.
    pub fn take(&self) -> Spent {
        let mut spent = self.spent.lock().unwrap_or_else(PoisonError::into_inner);
        spent.remove(&thread::current().id()).unwrap_or_default()
    }
}

impl Model for Tally {
    fn id(&self) -> &str {
        self.model.id()
    }

    fn adapter(&self) -> Option<&str> {
        self.model.adapter()
    }

    fn context_tokens(&self) -> Option<u32> {
        self.model.context_tokens()
    }

    fn answer(&self, request: &Request) -> Result<Answer, Failure> {
        let answer = self.model.answer(request);
        let mut spent = self.spent.lock().unwrap_or_else(PoisonError::into_inner);
        spent.entry(thread::current().id()).or_default().count(&answer);
        answer
    }
}
