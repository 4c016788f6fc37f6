//! Anthropic's `messages`.

use serde_json::{Value, json};

use super::{Optional, Said, Without, count, withheld};
use crate::model::{End, Request, Role};

pub(super) fn body(model: &str, request: &Request, without: Without) -> Value {
    let messages: Vec<Value> = (request.turns.iter())
        .map(|turn| {
            let role = match turn.role {
                Role::User => "user",
                Role::Assistant => "assistant",
            };
            json!({"role": role, "content": turn.text})
        })
        .collect();
    let mut body = json!({"model": model, "max_tokens": request.max_tokens, "messages": messages});
    if !request.system.is_empty() {
        body["system"] = request.system.clone().into();
    }
    if !without.has(Optional::Temperature) {
        body["temperature"] = request.temperature.min(1.0).into();
    }
    if let Some(schema) = &request.schema
        && !without.has(Optional::Schema)
    {
        body["output_config"] = json!({"format": {"type": "json_schema", "schema": schema}});
    }
    body
}

pub(super) fn read(answer: &Value) -> Result<Said, String> {
    let blocks = answer.get("content").and_then(Value::as_array).ok_or("the answer has no `content`")?;
    let reason = answer.get("stop_reason").and_then(Value::as_str).unwrap_or_default();
    if reason == "refusal" {
        return Err(withheld(reason));
    }
    let is_text = |block: &&Value| block.get("type").and_then(Value::as_str) == Some("text");
    let read = count(answer, "/usage/cache_read_input_tokens").unwrap_or(0);
    let written = count(answer, "/usage/cache_creation_input_tokens").unwrap_or(0);
    Ok(Said {
        text: blocks.iter().filter(is_text).filter_map(|b| b.get("text")?.as_str()).collect(),
        end: match reason {
            "max_tokens" | "model_context_window_exceeded" => End::Length,
            _ => End::Complete,
        },
        tokens_in: count(answer, "/usage/input_tokens").map(|n| n.saturating_add(read).saturating_add(written)),
        tokens_out: count(answer, "/usage/output_tokens"),
    })
}
