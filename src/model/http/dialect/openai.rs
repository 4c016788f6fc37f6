//! OpenAI's `chat/completions`, which many others speak too.

use serde_json::{Value, json};

use super::{Optional, Said, Without, count, withheld};
use crate::model::{End, Request, Role};

pub(super) fn body(model: &str, request: &Request, without: Without) -> Value {
    let mut messages = Vec::new();
    if !request.system.is_empty() {
        messages.push(json!({"role": "system", "content": request.system}));
    }
    for turn in &request.turns {
        let role = match turn.role {
            Role::User => "user",
            Role::Assistant => "assistant",
        };
        messages.push(json!({"role": role, "content": turn.text}));
    }
    let mut body = json!({"model": model, "messages": messages, "stream": false});
    let limit = if without.has(Optional::MaxTokens) { "max_completion_tokens" } else { "max_tokens" };
    body[limit] = request.max_tokens.into();
    if !without.has(Optional::Temperature) {
        body["temperature"] = request.temperature.into();
    }
    if let Some(seed) = request.seed
        && !without.has(Optional::Seed)
    {
        body["seed"] = seed.into();
    }
    if let Some(schema) = &request.schema
        && !without.has(Optional::Schema)
    {
        body["response_format"] =
            json!({"type": "json_schema", "json_schema": {"name": "answer", "strict": true, "schema": schema}});
    }
    body
}

pub(super) fn read(answer: &Value) -> Result<Said, String> {
    let choice = answer.pointer("/choices/0").ok_or("the answer has no `choices`")?;
    let message = choice.get("message").ok_or("the answer has no `message`")?;
    let reason = choice.get("finish_reason").and_then(Value::as_str).unwrap_or_default();
    if reason == "content_filter" {
        return Err(withheld(reason));
    }
    let refusal = message.get("refusal").and_then(Value::as_str);
    let text = match message.get("content") {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Array(parts)) => parts.iter().filter_map(|p| p.get("text")?.as_str()).collect(),
        Some(Value::Null) | None => refusal.unwrap_or_default().to_string(),
        Some(_) => return Err("the answer's `content` is no text".to_string()),
    };
    Ok(Said {
        text,
        end: if reason == "length" { End::Length } else { End::Complete },
        tokens_in: count(answer, "/usage/prompt_tokens"),
        tokens_out: count(answer, "/usage/completion_tokens"),
    })
}
