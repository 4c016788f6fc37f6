//! Writing a program for a task from the beginning, in the words of each strategy: what the study does, where the gate repairs.

use minijinja::context;

use super::{Client, prompt};
use crate::model::{Answer, Failure, Request, Spent};
use crate::syntax::hir::Language;

/// How a program is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Way {
    /// With insecure programs for the same task as what not to write.
    NegativeExample,
    /// With a list of what to think of before.
    ChainOfThought,
    /// Behind an instruction that the model wrote itself.
    MetaPrompt,
    /// By tuned weights.
    Lora,
}

/// A programming task.
#[derive(Clone, Copy, Debug)]
pub struct Assignment<'a> {
    /// What the program is to do.
    pub task: &'a str,
    /// Its language.
    pub language: Language,
    /// Insecure programs for the same task; used by [`Way::NegativeExample`] alone.
    pub insecure: &'a [&'a str],
}

/// The words that a program is asked for with. `instruction` is what the model answered to [`instruction`]; used by
/// [`Way::MetaPrompt`] alone.
pub fn words(way: Way, assignment: &Assignment<'_>, instruction: &str) -> String {
    let template = match way {
        Way::NegativeExample => "negative-example.generate",
        Way::ChainOfThought => "chain-of-thought.generate",
        Way::MetaPrompt => "meta-prompt.generate",
        Way::Lora => "lora.generate",
    };
    let values = context! {
        task => assignment.task.trim(),
        language => prompt::fence(assignment.language),
        language_name => prompt::language_name(assignment.language),
        examples => assignment.insecure.iter().map(|e| e.to_string()).collect::<Vec<_>>(),
        instruction,
    };
    prompt::render(template, &values)
}

/// The request for a program, in these words.
pub fn request(client: &Client<'_>, way: Way, assignment: &Assignment<'_>, instruction: &str) -> Request {
    let mut request = client.request(words(way, assignment, instruction), way == Way::Lora);
    // The system's words are about repairs.
    request.system.clear();
    request
}

/// Has the model write the instruction for secure code in a language.
///
/// # Errors
///
/// When the model gives no answer.
pub fn instruction(client: &Client<'_>, language: Language, spent: &mut Spent) -> Result<Answer, Failure> {
    let values = context! { language_name => prompt::language_name(language) };
    let mut request = client.request(prompt::render("meta-prompt.generate-instruct", &values), false);
    request.system.clear();
    client.ask(&request, spent)
}
