//! From a conversation to the tokens that a model reads.
//!
//! What people and models wrote is turned into tokens apart from the template around it: a text that says `<|im_end|>` stays
//! a text, and cannot end its own turn.

use llama_cpp_2::model::{LlamaChatMessage, LlamaChatTemplate, LlamaModel};
use llama_cpp_2::token::LlamaToken;

use crate::model::{Request, Role};

/// The tokens of a conversation, up to where the answer begins.
pub(super) fn tokens(model: &LlamaModel, request: &Request) -> Vec<LlamaToken> {
    let texts = texts(request);
    let vocabulary = model.vocab();
    let mut tokens = Vec::new();
    if vocabulary.should_add_bos() {
        tokens.push(vocabulary.bos());
    }
    let mut rest = rendered(model, &texts);
    while let Some((before, index, after)) = next_mark(&rest, texts.len()) {
        tokens.extend(vocabulary.tokenize(before.as_bytes(), false, true));
        tokens.extend(vocabulary.tokenize(texts[index].1.as_bytes(), false, false));
        rest = after.to_string();
    }
    tokens.extend(vocabulary.tokenize(rest.as_bytes(), false, true));
    // Some templates write the token for the beginning themselves.
    if tokens.len() > 1 && tokens[0] == tokens[1] && tokens[0] == vocabulary.bos() {
        tokens.remove(0);
    }
    tokens
}

/// Who says what.
fn texts(request: &Request) -> Vec<(&'static str, &str)> {
    let system = Some(("system", request.system.as_str())).filter(|(_, text)| !text.is_empty());
    let turns = request.turns.iter().map(|turn| match turn.role {
        Role::User => ("user", turn.text.as_str()),
        Role::Assistant => ("assistant", turn.text.as_str()),
    });
    system.into_iter().chain(turns).collect()
}

/// What stands for a text in the template.
fn mark(index: usize) -> String {
    format!("\u{1}{index}\u{2}")
}

/// The next mark of a rendered template, with what stands before and behind it.
fn next_mark(text: &str, marks: usize) -> Option<(&str, usize, &str)> {
    let (before, rest) = text.split_once('\u{1}')?;
    let (number, after) = rest.split_once('\u{2}')?;
    let index = number.parse().ok().filter(|i| *i < marks)?;
    Some((before, index, after))
}

/// The conversation as the model's template has it, with marks for the texts. Where the model has no template, or one that
/// llama.cpp does not know: ChatML if the model knows its marks, else the plain texts.
fn rendered(model: &LlamaModel, texts: &[(&str, &str)]) -> String {
    let own = model.chat_template(None).ok();
    let chatml = || knows_chatml(model).then(|| LlamaChatTemplate::new("chatml").ok()).flatten();
    (own.and_then(|template| with_template(model, &template, texts)))
        .or_else(|| chatml().and_then(|template| with_template(model, &template, texts)))
        .unwrap_or_else(|| (0..texts.len()).map(|i| mark(i) + "\n\n").collect())
}

fn with_template(model: &LlamaModel, template: &LlamaChatTemplate, texts: &[(&str, &str)]) -> Option<String> {
    let messages = |texts: &[(&str, String)]| -> Option<Vec<LlamaChatMessage>> {
        texts.iter().map(|(role, text)| LlamaChatMessage::new((*role).to_string(), text.clone()).ok()).collect()
    };
    let marked: Vec<(&str, String)> = texts.iter().enumerate().map(|(i, (role, _))| (*role, mark(i))).collect();
    let is_whole = |text: &String| (0..texts.len()).all(|i| text.matches(&mark(i)).count() == 1);
    let render = |texts: &[(&str, String)]| model.apply_chat_template(template, &messages(texts)?, true).ok();
    if let Some(text) = render(&marked).filter(is_whole) {
        return Some(text);
    }
    // Some templates have no place for a system's words: the first user says them.
    let [("system", system), (role, first), rest @ ..] = marked.as_slice() else { return None };
    let mut joined = vec![(*role, format!("{system}\n\n{first}"))];
    joined.extend_from_slice(rest);
    render(&joined).filter(is_whole)
}

/// Whether ChatML's marks are tokens of their own.
fn knows_chatml(model: &LlamaModel) -> bool {
    ["<|im_start|>", "<|im_end|>"].iter().all(|m| model.vocab().tokenize(m.as_bytes(), false, true).len() == 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_found_in_order() {
        let text = format!("<s>{}</s><u>{}</u>", mark(0), mark(1));
        assert_eq!(next_mark(&text, 2), Some(("<s>", 0, format!("</s><u>{}</u>", mark(1)).as_str())));
        assert_eq!(next_mark("</u>", 2), None);
        assert_eq!(next_mark(&mark(7), 2), None);
    }
}
