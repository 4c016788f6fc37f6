//! `tempergate models check`, at a server on this machine and with recorded exchanges.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::path::Path;
use std::thread;

use serde_json::{Value, json};

use super::program::{Run, run_with};

/// A server that speaks OpenAI's protocol and says this to whoever asks for free text, and to whoever asks for a schema.
fn server(free: &'static str, schema: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let (mut bytes, mut part) = (Vec::new(), [0; 4096]);
            let request = loop {
                let read = stream.read(&mut part).unwrap();
                bytes.extend_from_slice(&part[..read]);
                let text = String::from_utf8_lossy(&bytes).into_owned();
                let body = text.split_once("\r\n\r\n").map(|(_, body)| body.to_string()).unwrap_or_default();
                if let Ok(request) = serde_json::from_str::<Value>(&body) {
                    break request;
                }
                assert_ne!(read, 0);
            };
            let said = if request.get("response_format").is_some() { schema } else { free };
            let body = json!({"choices": [{"message": {"content": said}}], "usage": {"prompt_tokens": 9, "completion_tokens": 5}});
            let body = body.to_string();
            let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", body.len());
            let _ = stream.write_all((head + &body).as_bytes());
        }
    });
    format!("http://{address}/v1")
}

fn check(folder: &Path, arguments: &[&str], endpoint: &str) -> Run {
    let all = [&["models", "check"], arguments].concat();
    run_with(folder, all, &[("TEMPERGATE_MODEL_ENDPOINT", endpoint), ("TEMPERGATE_MODEL_KEY", "sk-secret")])
}

const CODE: &str = "```python\ndef double(n):\n    return 2 * n\n```";

#[test]
fn a_model_that_keeps_to_the_form_passes_and_can_be_replayed() {
    let folder = tempfile::tempdir().unwrap();
    let endpoint = server(CODE, r#"{"prime": true}"#);
    let model = ["--model", "openai-compatible:small", "--record", "exchanges.jsonl"];
    let live = check(folder.path(), &model, &endpoint);
    assert_eq!(live.code, 0, "{}", live.err);
    assert!(live.out.contains("openai-compatible:small: answers"), "{}", live.out);
    assert!(live.out.contains("code in a fence: ok") && live.out.contains("JSON of a schema: ok"), "{}", live.out);

    let record = fs::read_to_string(folder.path().join("exchanges.jsonl")).unwrap();
    assert_eq!(record.lines().count(), 2);
    assert!(!record.contains("sk-secret"));
    // What is recorded of a model over the network needs no network.
    let replayed = check(folder.path(), &["--model", "replay:exchanges.jsonl", "--no-network"], &endpoint);
    assert_eq!((replayed.code, replayed.out), (0, live.out), "{}", replayed.err);
}

#[test]
fn a_model_that_does_not_keep_to_the_form_fails() {
    let folder = tempfile::tempdir().unwrap();
    let endpoint = server("Of course! 2 * n", "yes");
    let run = check(folder.path(), &["--model", "openai-compatible:small", "--format", "json"], &endpoint);
    assert_eq!(run.code, 1, "{}", run.err);
    let found: Value = serde_json::from_str(&run.out).unwrap();
    assert_eq!(found["tasks"][0]["problem"], "no fenced code block");
    assert_eq!(found["tasks"][1]["problem"], "not JSON");
    assert_eq!(found["tasks"][1]["tokensOut"], 5);
}

#[test]
fn a_model_that_cannot_be_asked_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let endpoint = format!("http://{closed}/v1");
    let model = ["--model", "openai-compatible:small"];
    for (arguments, says) in [
        (&model[..], "cannot be reached"),
        (&[], "no model is named"),
        (&["--model", "small"], "neither a GGUF file nor"),
        (&["--model", "replay:none.jsonl"], "none.jsonl"),
        (&["--model", "openai-compatible:small", "--no-network"], "no-network"),
    ] {
        let run = check(folder.path(), arguments, &endpoint);
        assert_eq!((run.code, run.out.as_str()), (2, ""), "{}", run.err);
        assert!(run.err.contains(says) && !run.err.contains("sk-secret"), "{}", run.err);
    }
}

/// A file with a weakness, and a policy that has a model mend it.
fn folder_with_a_policy(endpoint: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let app =
        "import os\nfrom flask import request\n\n\ndef ping():\n    os.system(\"ping \" + request.args[\"host\"])\n";
    fs::write(folder.path().join("app.py"), app).unwrap();
    let policy = format!(
        "harden: {{ strategy: chain-of-thought, send: {{ include: ['**'] }} }}\n\
         model: {{ provider: openai-compatible, name: small, endpoint: '{endpoint}', key-env: SECRET_OF_MINE }}\n"
    );
    fs::write(folder.path().join(".tempergate.yml"), policy).unwrap();
    folder
}

fn asked(folder: &Path, arguments: &[&str]) -> (u64, String, String) {
    let all = [&["scan", "app.py", "--fix", "--format", "json"], arguments].concat();
    let run = run_with(folder, all, &[("SECRET_OF_MINE", "sk-secret")]);
    let report: Value = serde_json::from_str(&run.out).unwrap_or_else(|_| panic!("{}", run.err));
    let requests = report["strategies"].as_array().unwrap().iter().map(|s| s["requests"].as_u64().unwrap_or(0)).sum();
    let rejected = report["findings"][0]["rejected"][0].clone();
    (requests, rejected["reason"].to_string(), rejected["explanation"].to_string())
}

#[test]
fn a_policy_that_only_lies_there_gets_no_code_and_no_keys() {
    let folder = folder_with_a_policy(&server("I cannot help with that.", "{}"));
    let (requests, reason, why) = asked(folder.path(), &[]);
    assert_eq!((requests, reason.as_str()), (0, "\"withheld\""), "{why}");
    assert!(why.contains(".tempergate.yml:2") && why.contains("--policy"), "{why}");

    let (requests, reason, why) = asked(folder.path(), &["--policy", ".tempergate.yml"]);
    assert!(requests > 0 && reason == "\"no-edit\"", "{reason} {why}");

    // A model of the command line is not looked for at its endpoint either.
    let run = run_with(folder.path(), ["scan", "app.py", "--fix", "--model", "openai-compatible:small"], &[]);
    assert_eq!(run.code, 2, "{}", run.err);
    assert!(run.err.contains("TEMPERGATE_MODEL_ENDPOINT"), "{}", run.err);
    let run = run_with(folder.path(), ["models", "check"], &[]);
    assert!(run.code == 2 && run.err.contains("--policy"), "{}", run.err);
}
