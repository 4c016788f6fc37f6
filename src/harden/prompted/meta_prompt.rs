//! Meta prompting: the model first writes the instruction for a weakness in a language, then follows it. The instruction is
//! asked for once for each language and weakness, without any code of the project.

use std::collections::BTreeMap;
use std::sync::Mutex;

use minijinja::context;

use super::{Client, prompt, repair};
use crate::harden::{Proposal, Strategy, Task};
use crate::model::{Failure, Spent};
use crate::rules::compiled::Rule;
use crate::syntax::hir::Language;

/// The `meta-prompt` strategy, with the instructions that its model wrote.
pub struct MetaPrompt<'m> {
    client: Client<'m>,
    instructions: Mutex<BTreeMap<(Language, String), String>>,
}

/// Of a longer instruction, only the beginning is followed, in bytes.
const MAX_INSTRUCTION: usize = 4_000;
/// What an instruction may have, in tokens.
const INSTRUCTION_TOKENS: u32 = 400;

impl<'m> MetaPrompt<'m> {
    /// A strategy that knows no instruction yet.
    pub fn new(client: Client<'m>) -> Self {
        MetaPrompt { client, instructions: Mutex::default() }
    }

    fn instruction(&self, language: Language, rule: &Rule, spent: &mut Spent) -> Result<String, Failure> {
        // The lock is held while the model is asked, so that others who need the same do not ask for it too.
        let mut known = self.instructions.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let key = (language, rule.id.clone());
        if let Some(instruction) = known.get(&key) {
            return Ok(instruction.clone());
        }
        let values = context! {
            language_name => prompt::language_name(language),
            name => rule.name.as_str(),
            cwe => rule.cwe.first(),
            explain => rule.explain.trim(),
            remedy => rule.remedy.trim(),
        };
        let mut request = self.client.request(prompt::render("meta-prompt.instruct", &values), false);
        request.max_tokens = request.max_tokens.min(INSTRUCTION_TOKENS);
        let answer = self.client.ask(&request, spent)?;
        let mut text = answer.text.trim().to_string();
        let end = (0..=MAX_INSTRUCTION.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
        text.truncate(end);
        known.insert(key, text.clone());
        Ok(text)
    }
}

impl Strategy for MetaPrompt<'_> {
    fn name(&self) -> &'static str {
        "meta-prompt"
    }

    fn model(&self) -> Option<&str> {
        Some(self.client.model.id())
    }

    fn mends_together(&self) -> bool {
        true
    }

    fn rounds(&self) -> u32 {
        self.client.rounds
    }

    fn propose(&self, task: &Task<'_>) -> Proposal {
        repair(&self.client, self.name(), false, task, &mut |_, spent| {
            let instruction = self.instruction(task.file.language, task.rule, spent)?;
            Ok(context! { instruction })
        })
    }
}
