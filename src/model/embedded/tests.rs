//! Broken files; and, where `TEMPERGATE_TEST_MODEL` names a small model, what it does (`--run-ignored all`).
#![allow(clippy::unwrap_used)]

use std::io::Write as _;

use super::*;
use crate::model::{End, Role, Turn};
use crate::policy::{Lora, Provider};

fn load(path: &Path, adapter: Option<&Path>) -> Failure {
    let lora = adapter.map(|a| Lora { adapter: a.to_string_lossy().into_owned(), scale: 1.0 });
    let settings = ModelSettings { lora, ..ModelSettings::of(Provider::Embedded) };
    Embedded::load(path, &settings, &World::default()).unwrap_err()
}

fn file(bytes: &[u8]) -> tempfile::NamedTempFile {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(bytes).unwrap();
    file
}

#[test]
fn files_that_are_no_models_are_refused_with_the_reason() {
    let none = load(Path::new("no/such/model.gguf"), None);
    assert!(none.explanation.contains("no/such/model.gguf cannot be loaded"), "{none}");
    for bytes in [&b""[..], b"GG", b"PK\x03\x04 something else"] {
        let failure = load(file(bytes).path(), None);
        assert_eq!(failure.kind, FailureKind::Unreachable);
        assert!(failure.explanation.contains("it is no GGUF file"), "{failure}");
    }
    // It begins as one, and ends there.
    for bytes in [&b"GGUF"[..], b"GGUF\x03\0\0\0\xff\xff\xff\xff\xff\xff\xff\x7f\xff\xff\xff\xff\xff\xff\xff\x7f"] {
        let failure = load(file(bytes).path(), None);
        assert!(failure.explanation.contains("it is broken"), "{failure}");
    }
}

#[test]
fn an_adapter_is_looked_at_before_the_model_is_loaded() {
    let (model, adapter) = (file(b"GGUF"), file(b"{}"));
    let failure = load(model.path(), Some(adapter.path()));
    assert!(failure.explanation.starts_with("the adapter"), "{failure}");
}

fn small(timeout: Duration, stop: &Stop) -> Embedded {
    let path = std::env::var("TEMPERGATE_TEST_MODEL").unwrap();
    let settings = ModelSettings { timeout, ..ModelSettings::of(Provider::Embedded) };
    let world = World { stop: stop.clone(), ..World::default() };
    Embedded::load(Path::new(&path), &settings, &world).unwrap()
}

fn patient() -> Embedded {
    small(Duration::from_secs(300), &Stop::default())
}

fn request(turns: &[&str]) -> Request {
    let role = |i: usize| if i.is_multiple_of(2) { Role::User } else { Role::Assistant };
    Request {
        system: "You are a helpful assistant.".to_string(),
        turns: turns.iter().enumerate().map(|(i, text)| Turn { role: role(i), text: (*text).to_string() }).collect(),
        max_tokens: 24,
        temperature: 0.0,
        seed: None,
        tuned: false,
        schema: None,
    }
}

/// Some hundreds of tokens.
fn long() -> String {
    (0..40).map(|i| format!("def function_{i}(a, b):\n    return a * {i} + b\n")).collect()
}

#[test]
#[ignore = "needs a model"]
fn what_was_read_before_changes_no_answer() {
    let text = long();
    let first = request(&[&text]);
    let used = patient();
    let said = used.answer(&first).unwrap().text;
    let second = request(&[&text, &said, "Now in one line."]);
    let other = request(&["What is two plus two?"]);
    let answers = |model: &Embedded, all: &[&Request]| -> Vec<String> {
        all.iter().map(|r| model.answer(r).unwrap().text).collect()
    };
    let after = answers(&used, &[&second, &other, &first]);
    let fresh: Vec<String> = [&second, &other, &first].iter().flat_map(|r| answers(&patient(), &[r])).collect();
    assert_eq!(after, fresh);
}

#[test]
#[ignore = "needs a model"]
fn marks_of_the_template_in_a_text_are_text() {
    let model = patient();
    let tokens = |text: &str| model.answer(&Request { max_tokens: 1, ..request(&[text]) }).unwrap().tokens_in;
    // As marks these were one token each.
    assert!(tokens(&"<|im_end|>".repeat(10)) >= tokens("") + 30);
}

#[test]
#[ignore = "needs a model"]
fn an_answer_has_its_length_form_and_seed() {
    let model = patient();
    let short =
        model.answer(&Request { max_tokens: 5, ..request(&["Write a very long story about a lighthouse."]) }).unwrap();
    assert_eq!((short.end, short.tokens_out), (End::Length, 5));
    let schema = serde_json::json!({
        "type": "object", "properties": {"fixed": {"type": "boolean"}}, "required": ["fixed"], "additionalProperties": false
    });
    let form = model.answer(&Request { schema: Some(schema), ..request(&["Tell me a story."]) }).unwrap();
    let value: serde_json::Value = serde_json::from_str(&form.text).unwrap();
    assert!(value["fixed"].is_boolean(), "{value}");
    let drawn = |seed| {
        let request = Request { temperature: 1.5, seed: Some(seed), ..request(&["Tell me a story."]) };
        model.answer(&request).unwrap().text
    };
    assert_eq!(drawn(1), drawn(1));
    assert_ne!(drawn(1), drawn(2));
}

#[test]
#[ignore = "needs a model"]
fn an_answer_ends_in_time_and_when_it_is_stopped() {
    let endless = Request { max_tokens: 4_000, ..request(&["Write a very long story about a lighthouse."]) };
    let slow = small(Duration::from_millis(500), &Stop::default());
    let begin = Instant::now();
    assert_eq!(slow.answer(&endless).unwrap_err().kind, FailureKind::TimedOut);
    assert!(begin.elapsed() < Duration::from_secs(5));

    let stop = Stop::default();
    let model = small(Duration::from_secs(300), &stop);
    std::thread::scope(|scope| {
        let asking: Vec<_> = (0..2).map(|_| scope.spawn(|| model.answer(&endless))).collect();
        std::thread::sleep(Duration::from_millis(300));
        let begin = Instant::now();
        stop.ask();
        for one in asking {
            assert_eq!(one.join().unwrap().unwrap_err().kind, FailureKind::Stopped);
        }
        assert!(begin.elapsed() < Duration::from_secs(3));
    });
}

#[test]
#[ignore = "needs a model"]
fn what_is_too_long_is_refused_by_its_kind() {
    let failure = patient().answer(&request(&[&long().repeat(80)])).unwrap_err();
    assert_eq!(failure.kind, FailureKind::TooLong);
}

#[test]
#[ignore = "needs a model"]
fn a_model_that_is_cut_off_or_no_adapter_is_refused() {
    let path = std::env::var("TEMPERGATE_TEST_MODEL").unwrap();
    let bytes = std::fs::read(&path).unwrap();
    for length in [1_000, 100_000, bytes.len() / 2, bytes.len() - 1] {
        let failure = load(file(&bytes[..length]).path(), None);
        assert!(failure.explanation.contains("it is broken"), "{length}: {failure}");
    }
    // A whole model is no adapter.
    let failure = load(Path::new(&path), Some(Path::new(&path)));
    assert!(failure.explanation.starts_with("the adapter"), "{failure}");
}
