//! Running the commands that a policy names, its own and those of other analysers, with word of it on standard error, and
//! ending them on Ctrl-C.

use std::collections::BTreeMap;
use std::sync::{Mutex, OnceLock, PoisonError};

use super::{interrupt, output};
use crate::change::Change;
use crate::engine::outside::ForReal;
use crate::engine::{Answer, Engines, Folder};
use crate::model::stop::Stop;
use crate::policy::{Engine, Policy, VerifyCommand};
use crate::process::InScratch;
use crate::verify::command::{self, Outcome, Runner};

/// A runner that says once what it does, since that can take minutes. From then on Ctrl-C asks for the end, so that what was
/// started is ended, what was made is removed, and the report says what was not tried.
pub struct Announced<'a> {
    change: &'a Change,
    command: &'a VerifyCommand,
    stop: OnceLock<Stop>,
}

impl<'a> Announced<'a> {
    /// Runs the command over scratch copies of a change's head.
    pub fn new(change: &'a Change, command: &'a VerifyCommand) -> Self {
        Announced { change, command, stop: OnceLock::new() }
    }
}

impl Runner for Announced<'_> {
    fn run(&self, edited: &BTreeMap<String, String>) -> Outcome {
        let stop = self.stop.get_or_init(|| {
            output::note(&format!("trying the fixes with {}", command::name(self.command)));
            // Where Ctrl-C cannot be listened for, it ends the process as ever.
            interrupt::stop().unwrap_or_default()
        });
        InScratch { change: self.change, command: self.command, stop }.run(edited)
    }
}

/// Asks other analysers, and says once of each that it does.
pub struct AnnouncedEngines<'a> {
    change: &'a Change,
    stop: OnceLock<Stop>,
    said: Mutex<Vec<String>>,
}

impl<'a> AnnouncedEngines<'a> {
    /// Asks them about a change.
    pub fn new(change: &'a Change) -> Self {
        AnnouncedEngines { change, stop: OnceLock::new(), said: Mutex::default() }
    }
}

impl Engines for AnnouncedEngines<'_> {
    fn look(&self, engine: &Engine, folders: &[Folder]) -> Result<Answer, String> {
        let stop = self.stop.get_or_init(|| interrupt::stop().unwrap_or_default());
        let mut said = self.said.lock().unwrap_or_else(PoisonError::into_inner);
        if !said.contains(&engine.name) {
            output::note(&format!("asking the engine {}", engine.name));
            said.push(engine.name.clone());
        }
        drop(said);
        ForReal { change: self.change, stop }.look(engine, folders)
    }
}

/// Says that files are analysed without the other analysers of the policy, which compare two sides.
pub fn say_not_asked(policy: &Policy) {
    let names: Vec<&str> = policy.engines().iter().map(|engine| engine.name.as_str()).collect();
    if !names.is_empty() {
        let (names, verb) = (names.join(", "), if names.len() == 1 { "engine is" } else { "engines are" });
        output::note(&format!("the policy's {verb} not asked ({names}): they look at a change (--base)"));
    }
}

/// Says that files are mended without the policy's command, which needs a change: there is no head to copy.
pub fn say_not_run(policy: &Policy) {
    if let Some(command) = policy.verify_command() {
        let name = command::name(&command);
        output::note(&format!("the policy's command {name} is not run: it tries the fixes of a change (--base)"));
    }
}
