//! Running the policy's own command, with word of it on standard error, and ending it on Ctrl-C.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use super::{interrupt, output};
use crate::change::Change;
use crate::model::stop::Stop;
use crate::policy::{Policy, VerifyCommand};
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

/// Says that files are mended without the policy's command, which needs a change: there is no head to copy.
pub fn say_not_run(policy: &Policy) {
    if let Some(command) = policy.verify_command() {
        let name = command::name(&command);
        output::note(&format!("the policy's command {name} is not run: it tries the fixes of a change (--base)"));
    }
}
