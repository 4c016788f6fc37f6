//! Strategies that ask a language model, one file each. What they share stands here: which piece of code is shown
//! (`section`), without its secrets (`redact`), in which words (`prompt`, from the templates of `prompts/`), and how an answer
//! becomes an edit (`answer`, `rewrite`). What a model says is data: nothing of it is trusted, run, or shown to people.

pub mod answer;
pub mod chain_of_thought;
pub mod examples;
pub mod generate;
pub mod lora;
pub mod meta_prompt;
pub mod negative_example;
pub mod prompt;
pub mod redact;
pub mod rewrite;
pub mod section;
#[cfg(test)]
mod tests;

use minijinja::Value;

use self::redact::Redaction;
use self::section::Section;
use super::registry::Admission;
use super::{Candidate, Proposal, Task};
use crate::model::{Answer, Failure, FailureKind, Model, Request, Role, Spent, Turn};

/// A model and how it is asked.
#[derive(Clone, Copy)]
pub struct Client<'m> {
    /// The model.
    pub model: &'m dyn Model,
    /// How often it may answer for one task.
    pub rounds: u32,
    /// The most tokens of an answer.
    pub answer_tokens: u32,
    /// 0 answers greedily.
    pub temperature: f64,
    /// The seed of what is drawn at random.
    pub seed: Option<u64>,
    /// Which files the model may see, by their paths.
    pub may_see: &'m (dyn Fn(&str) -> bool + Sync),
    /// How many findings it may be asked about.
    pub admission: &'m Admission,
}

/// The most code that is shown, in bytes, where the model does not say how much it can take: about 6,000 tokens.
const ROOM: usize = 18_000;
/// Tokens for all that a prompt has besides code.
const WORDS: u32 = 1_200;
/// Shorter answers cannot hold a repaired function.
const LEAST_ANSWER: u32 = 256;
/// The most that is told of what was wrong, in characters.
const WHY: usize = 400;
/// The least temperature of a request that follows a rejected answer.
const RETRY_TEMPERATURE: f64 = 0.4;
/// Of a longer history, only the last proposals are told.
const REMEMBERED: usize = 2;

impl Client<'_> {
    /// A request for the answer to `prompt`. Tuned weights know the task, and are told less of it.
    pub fn request(&self, prompt: String, tuned: bool) -> Request {
        Request {
            system: prompt::render(if tuned { "lora.system" } else { "system" }, &Value::UNDEFINED),
            turns: vec![Turn { role: Role::User, text: prompt }],
            max_tokens: self.answer_tokens,
            temperature: self.temperature,
            seed: self.seed,
            tuned,
            schema: None,
        }
    }

    fn ask(&self, request: &Request, spent: &mut Spent) -> Result<Answer, Failure> {
        let answer = self.model.answer(request);
        spent.count(&answer);
        answer
    }

    /// How much code may be shown, in bytes: what the model can take, less the words around it and an answer as long as it.
    fn room(&self) -> usize {
        let Some(tokens) = self.model.context_tokens() else { return ROOM };
        let room = tokens.saturating_sub(WORDS) / 2 * 3;
        ROOM.min(room as usize)
    }
}

/// What a strategy adds to the values that all prompts have.
type More<'a> = &'a mut dyn FnMut(&Section, &mut Spent) -> Result<Value, Failure>;

/// Asks for a repair in the words of a template, and takes the answer apart. `name` is the strategy's.
fn repair(client: &Client<'_>, name: &'static str, tuned: bool, task: &Task<'_>, more: More<'_>) -> Proposal {
    if let Err(failure) = admit(client, task) {
        return Proposal { failure: Some(failure), ..Proposal::default() };
    }
    let mut spent = Spent::default();
    let nothing = |why: &str| Proposal { no_edit: Some(why.to_string()), ..Proposal::default() };
    let Some(section) = Section::of(task) else { return nothing("there is no piece of code to be written anew") };
    let redaction = Redaction::of(task);
    let Some(shown) = prompt::shown(task, &section, &redaction, tuned, client.room()) else {
        return nothing("the code is too long for the model");
    };
    let more = match more(&section, &mut spent) {
        Ok(more) => more,
        Err(failure) => return Proposal { spent: Some(spent), failure: Some(failure), ..Proposal::default() },
    };
    let values = minijinja::context! { ..more, ..shown.values.clone() };
    let mut request = client.request(prompt::render(&format!("{name}.repair"), &values), tuned);
    request.max_tokens = client.answer_tokens.min((shown.section_tokens * 2).max(LEAST_ANSWER) + WORDS / 2);
    add_history(&mut request, task, &redaction);
    warm(&mut request, task.tried.len());
    let answer = match client.ask(&request, &mut spent) {
        Ok(answer) => answer,
        Err(failure) => return Proposal { spent: Some(spent), failure: Some(failure), ..Proposal::default() },
    };
    let mut proposal = Proposal { spent: Some(spent), answer: Some(answer.text.clone()), ..Proposal::default() };
    let edits = redaction
        .restore(&answer.text, &shown.text)
        .and_then(|text| answer::parse(&text, answer.end))
        .and_then(|parsed| rewrite::edits(task, &section, &parsed));
    match edits {
        Ok(edits) => proposal.candidates.push(Candidate {
            fixer: name.to_string(),
            description: format!("`{}`, rewritten by {}", section.symbol(task.file), client.model.id()),
            edits,
        }),
        Err(why) => proposal.no_edit = Some(why),
    }
    proposal
}

/// Whether a model may be asked about this at all.
fn admit(client: &Client<'_>, task: &Task<'_>) -> Result<(), Failure> {
    if !(client.may_see)(&task.finding.path) {
        return Err(Failure::new(FailureKind::Withheld, "the policy keeps this file from models (harden.send)"));
    }
    if task.tried.is_empty() && !client.admission.admits(task.findings()) {
        let why = "the budget for models is spent (findings)";
        return Err(Failure::new(FailureKind::BudgetSpent, why));
    }
    Ok(())
}

/// Makes a request that follows rejected answers less predictable: what is asked greedily repeats itself, whatever it is told
/// was wrong. Each round has a seed of its own, so that a run can be repeated.
fn warm(request: &mut Request, rejected: usize) {
    if rejected > 0 {
        request.temperature = request.temperature.max(RETRY_TEMPERATURE);
        request.seed = Some(request.seed.unwrap_or(0).wrapping_add(rejected as u64));
    }
}

/// What was tried before, each with what was wrong. That names code, so it is data like code.
fn add_history(request: &mut Request, task: &Task<'_>, redaction: &Redaction) {
    let id = prompt::marker(task.source.text());
    let skipped = task.tried.len().saturating_sub(REMEMBERED);
    for (number, tried) in task.tried.iter().enumerate().skip(skipped) {
        let why = crate::report::text::brief(&redaction.hide(&tried.why).replace(&id, ""), WHY);
        let values = minijinja::context! { id => id.as_str(), why, first => number == 0 };
        let text = prompt::render("feedback", &values);
        request.turns.push(Turn { role: Role::Assistant, text: redaction.hide(&tried.answer) });
        request.turns.push(Turn { role: Role::User, text });
    }
}
