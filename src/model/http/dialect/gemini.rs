//! Google's `generateContent`.

use serde_json::{Value, json};

use super::{Optional, Said, Without, count, withheld};
use crate::model::{End, Request, Role};

pub(super) fn body(request: &Request, without: Without) -> Value {
    let contents: Vec<Value> = (request.turns.iter())
        .map(|turn| {
            let role = match turn.role {
                Role::User => "user",
                Role::Assistant => "model",
            };
            json!({"role": role, "parts": [{"text": turn.text}]})
        })
        .collect();
    let mut how = json!({"maxOutputTokens": request.max_tokens});
    if !without.has(Optional::Temperature) {
        how["temperature"] = request.temperature.into();
    }
    if let Some(seed) = request.seed
        && !without.has(Optional::Seed)
    {
        // A signed number of 32 bits there.
        how["seed"] = (seed & 0x7fff_ffff).into();
    }
    if let Some(schema) = &request.schema
        && !without.has(Optional::Schema)
    {
        how["responseMimeType"] = "application/json".into();
        how["responseJsonSchema"] = schema.clone();
    }
    let mut body = json!({"contents": contents, "generationConfig": how});
    if !request.system.is_empty() {
        body["systemInstruction"] = json!({"parts": [{"text": request.system}]});
    }
    body
}

pub(super) fn read(answer: &Value) -> Result<Said, String> {
    if let Some(reason) = answer.pointer("/promptFeedback/blockReason").and_then(Value::as_str) {
        return Err(withheld(reason));
    }
    let candidate = answer.pointer("/candidates/0").ok_or("the answer has no `candidates`")?;
    let reason = candidate.get("finishReason").and_then(Value::as_str).unwrap_or("STOP");
    if !matches!(reason, "STOP" | "MAX_TOKENS" | "FINISH_REASON_UNSPECIFIED") {
        return Err(withheld(reason));
    }
    // Parts are absent where all tokens went into thoughts.
    let parts = candidate.pointer("/content/parts").and_then(Value::as_array);
    let is_said = |part: &&Value| part.get("thought").and_then(Value::as_bool) != Some(true);
    let thoughts = count(answer, "/usageMetadata/thoughtsTokenCount").unwrap_or(0);
    Ok(Said {
        text: parts.into_iter().flatten().filter(is_said).filter_map(|p| p.get("text")?.as_str()).collect(),
        end: if reason == "MAX_TOKENS" { End::Length } else { End::Complete },
        tokens_in: count(answer, "/usageMetadata/promptTokenCount"),
        tokens_out: count(answer, "/usageMetadata/candidatesTokenCount").map(|n| n.saturating_add(thoughts)),
    })
}
