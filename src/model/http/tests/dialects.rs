//! What is sent to each kind of endpoint, and what is read from it.

use serde_json::{Value, json};

use super::server::{Heard, Server, http, said, write};
use super::*;
use crate::model::{Answer, End, FailureKind};

fn schema() -> Value {
    json!({"type": "object", "properties": {"fixed": {"type": "boolean"}}, "required": ["fixed"], "additionalProperties": false})
}

/// Asks a provider for an answer to a schema; what it was sent, and what it said.
fn ask(provider: Provider, answer: &Value) -> (Heard, Result<Answer, Failure>) {
    let server = Server::answering(http("200 OK", "", &answer.to_string()));
    let model = model(&Settings { provider, ..settings(&server) });
    let said = model.answer(&Request { schema: Some(schema()), ..request() });
    (server.heard().remove(0), said)
}

#[test]
fn openai() {
    let reply = json!({"choices": [{"message": {"content": "{}"}, "finish_reason": "length"}]});
    let (heard, answer) = ask(Provider::OpenaiCompatible, &reply);
    assert!(heard.head.starts_with("POST /v1/chat/completions HTTP/1.1"), "{}", heard.head);
    assert!(heard.head.to_lowercase().contains(&format!("authorization: bearer {KEY}")), "{}", heard.head);
    assert_eq!(
        heard.json(),
        json!({
            "model": "small",
            "messages": [
                {"role": "system", "content": "You mend code."},
                {"role": "user", "content": "first question"},
                {"role": "assistant", "content": "first answer"},
                {"role": "user", "content": "def login(user, password): return query(user)"},
            ],
            "stream": false,
            "max_tokens": 64,
            "temperature": 0.0,
            "seed": 7,
            "response_format": {"type": "json_schema", "json_schema": {"name": "answer", "strict": true, "schema": schema()}},
        })
    );
    let answer = answer.unwrap();
    assert_eq!((answer.text.as_str(), answer.end), ("{}", End::Length));
    // Not counted there, so estimated.
    assert!(answer.tokens_in > 20 && answer.tokens_out == 1);
}

#[test]
fn anthropic() {
    let reply = json!({
        "content": [{"type": "thinking", "thinking": "hm"}, {"type": "text", "text": "a"}, {"type": "text", "text": "b"}],
        "stop_reason": "max_tokens",
        "usage": {"input_tokens": 5, "cache_read_input_tokens": 2, "output_tokens": 3}
    });
    let (heard, answer) = ask(Provider::Anthropic, &reply);
    assert!(heard.head.starts_with("POST /v1/messages HTTP/1.1"), "{}", heard.head);
    let head = heard.head.to_lowercase();
    assert!(head.contains(&format!("x-api-key: {KEY}")) && head.contains("anthropic-version: 2023-06-01"), "{head}");
    let body = heard.json();
    assert_eq!((&body["system"], &body["max_tokens"]), (&json!("You mend code."), &json!(64)));
    assert_eq!(body["messages"][1], json!({"role": "assistant", "content": "first answer"}));
    assert_eq!(body["output_config"]["format"], json!({"type": "json_schema", "schema": schema()}));
    assert_eq!(body.get("seed"), None);
    let answer = answer.unwrap();
    assert_eq!((answer.text.as_str(), answer.end, answer.tokens_in, answer.tokens_out), ("ab", End::Length, 7, 3));
}

#[test]
fn gemini() {
    let reply = json!({
        "candidates": [{"content": {"parts": [{"text": "hm", "thought": true}, {"text": "a"}]}, "finishReason": "STOP"}],
        "usageMetadata": {"promptTokenCount": 5, "candidatesTokenCount": 1, "thoughtsTokenCount": 2}
    });
    let (heard, answer) = ask(Provider::Gemini, &reply);
    assert!(heard.head.starts_with("POST /v1/models/small:generateContent HTTP/1.1"), "{}", heard.head);
    assert!(heard.head.to_lowercase().contains(&format!("x-goog-api-key: {KEY}")), "{}", heard.head);
    let body = heard.json();
    assert_eq!(body["systemInstruction"], json!({"parts": [{"text": "You mend code."}]}));
    assert_eq!(body["contents"][1], json!({"role": "model", "parts": [{"text": "first answer"}]}));
    let how = &body["generationConfig"];
    assert_eq!((&how["maxOutputTokens"], &how["seed"], &how["responseJsonSchema"]), (&json!(64), &json!(7), &schema()));
    let answer = answer.unwrap();
    assert_eq!((answer.text.as_str(), answer.end, answer.tokens_in, answer.tokens_out), ("a", End::Complete, 5, 3));
}

#[test]
fn what_is_withheld_is_no_answer_and_not_the_end_of_the_run() {
    for (provider, reply) in [
        (
            Provider::OpenaiCompatible,
            json!({"choices": [{"message": {"content": ""}, "finish_reason": "content_filter"}]}),
        ),
        (Provider::Anthropic, json!({"content": [], "stop_reason": "refusal"})),
        (Provider::Gemini, json!({"promptFeedback": {"blockReason": "SAFETY"}})),
        (Provider::Gemini, json!({"candidates": [{"finishReason": "RECITATION"}]})),
        (Provider::Anthropic, json!({"type": "message"})),
        (Provider::Gemini, json!({"candidates": []})),
    ] {
        let failure = ask(provider, &reply).1.unwrap_err();
        assert_eq!(failure.kind, FailureKind::Malformed, "{reply}");
        assert!(!failure.kind.is_final());
    }
}

#[test]
fn a_refusal_in_words_is_an_answer() {
    let reply =
        json!({"choices": [{"message": {"content": null, "refusal": "I would rather not."}, "finish_reason": "stop"}]});
    assert_eq!(ask(Provider::OpenaiCompatible, &reply).1.unwrap().text, "I would rather not.");
}

#[test]
fn what_a_model_does_not_take_is_left_out_from_then_on() {
    let server = Server::start(|number, stream| {
        let complaint =
            |what: &str| http("400 Bad Request", "", &format!(r#"{{"error": {{"message": "Unsupported: {what}"}}}}"#));
        match number {
            1 => write(stream, &complaint("'max_tokens', use 'max_completion_tokens' instead")),
            2 => write(stream, &complaint("'temperature' does not support 0")),
            _ => write(stream, &said("fine")),
        }
    });
    let model = model(&Settings { retries: 0, ..settings(&server) });
    for _ in 0..2 {
        assert_eq!(model.answer(&request()).unwrap().text, "fine");
    }
    let heard = server.heard();
    assert_eq!(heard.len(), 4);
    for late in &heard[2..] {
        let body = late.json();
        assert_eq!((body.get("max_tokens"), body.get("temperature")), (None, None));
        assert_eq!(body["max_completion_tokens"], 64);
    }
    // Nothing is left out twice.
    let never = Server::answering(http("400 Bad Request", "", r#"{"error": "no temperature"}"#));
    assert_eq!(failure(&super::model(&settings(&never))).kind, FailureKind::Refused);
    assert_eq!(never.heard().len(), 2);
}

#[test]
fn tuned_weights_are_a_model_of_their_own() {
    let server = Server::answering(said("fine"));
    let adapter = Some("small-secure".to_string());
    let model = model(&Settings { adapter, ..settings(&server) });
    assert_eq!(model.adapter(), Some("small-secure"));
    model.answer(&request()).unwrap();
    model.answer(&Request { tuned: true, ..request() }).unwrap();
    let asked: Vec<Value> = server.heard().iter().map(|h| h.json()["model"].clone()).collect();
    assert_eq!(asked, ["small", "small-secure"]);
}

#[test]
fn a_missing_model_is_named() {
    let server = Server::answering(http("404 Not Found", "", r#"{"error": {"message": "model not found"}}"#));
    let failure = failure(&model(&settings(&server)));
    assert!(failure.explanation.contains("knows no model small"), "{failure}");
}
