//! Running the policy's own command, with word of it on standard error, and ending it on Ctrl-C.

use std::collections::BTreeMap;
use std::sync::Once;

use super::output;
use crate::change::Change;
use crate::model::stop::Stop;
use crate::policy::VerifyCommand;
use crate::process::InScratch;
use crate::verify::command::{self, Outcome, Runner};

/// A runner that says once what it does, since that can take minutes. From then on Ctrl-C asks for the end, so that what was
/// started is ended, what was made is removed, and the report says what was not tried.
pub struct Announced<'a> {
    change: &'a Change,
    command: &'a VerifyCommand,
    stop: Stop,
    begin: Once,
}

impl<'a> Announced<'a> {
    /// Runs the command over scratch copies of a change's head.
    pub fn new(change: &'a Change, command: &'a VerifyCommand) -> Self {
        Announced { change, command, stop: Stop::default(), begin: Once::new() }
    }
}

impl Runner for Announced<'_> {
    fn run(&self, edited: &BTreeMap<String, String>) -> Outcome {
        self.begin.call_once(|| {
            output::note(&format!("trying the fixes with {}", command::name(self.command)));
            let stop = self.stop.clone();
            // Where somebody else handles Ctrl-C, that stays.
            let _ = ctrlc::try_set_handler(move || stop.ask());
        });
        InScratch { change: self.change, command: self.command, stop: &self.stop }.run(edited)
    }
}
