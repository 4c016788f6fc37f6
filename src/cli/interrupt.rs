//! Ctrl-C: the first one asks for an orderly end, a second one ends the process at once.

use std::sync::OnceLock;

use anyhow::{Context, Result};

use crate::model::stop::Stop;

/// From now on Ctrl-C asks for the end; everything that takes long and looks at this wish shares it.
pub fn stop() -> Result<Stop> {
    static STOP: OnceLock<Stop> = OnceLock::new();
    if let Some(stop) = STOP.get() {
        return Ok(stop.clone());
    }
    let stop = Stop::default();
    let asked = stop.clone();
    ctrlc::set_handler(move || {
        if asked.is_asked() {
            std::process::abort();
        }
        asked.ask();
    })
    .context("Ctrl-C cannot be listened for")?;
    Ok(STOP.get_or_init(|| stop).clone())
}
