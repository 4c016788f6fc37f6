//! Policies of other repositories, read from a server on this machine that speaks as much of GitHub's API as they need.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::path::Path;
use std::sync::mpsc::{Receiver, channel};

use assert_cmd::Command;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";
const ORGANISATION: &str = "gate:\n  partial: warn\n";

/// A server that answers every request with this file; what it was asked comes out of the channel.
fn server(text: &'static str) -> (String, Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let (asked, questions) = channel();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let lines: Vec<String> = BufReader::new(stream.try_clone().unwrap())
                .lines()
                .map_while(Result::ok)
                .take_while(|line| !line.is_empty())
                .collect();
            let _ = asked.send(lines.join("\n"));
            let body = format!("{{\"encoding\": \"base64\", \"content\": \"{}\"}}", STANDARD.encode(text));
            let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close";
            write!(stream, "{head}\r\ncontent-length: {}\r\n\r\n{body}", body.len()).unwrap();
        }
    });
    (address, questions)
}

fn policy(hash_of: &str) -> String {
    let hash: String = Sha256::digest(hash_of).iter().map(|byte| format!("{byte:02x}")).collect();
    format!("extends: {{ from: acme/policies//gate/org.yml@{COMMIT}, sha256: {hash} }}\n")
}

fn show(folder: &Path, address: &str, arguments: &[&str]) -> (i32, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_tempergate"))
        .current_dir(folder)
        .args(["policy", "show", "--policy", "own.yml"])
        .args(arguments)
        .env("XDG_CACHE_HOME", folder.join("cache"))
        .env("GITHUB_API_URL", address)
        .env("GITHUB_TOKEN", "a-token")
        .env_remove("GITHUB_ACTIONS")
        .output()
        .unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

#[test]
fn a_policy_of_another_repository_is_read_once_and_then_kept() {
    let folder = tempfile::tempdir().unwrap();
    let (address, questions) = server(ORGANISATION);
    fs::write(folder.path().join("own.yml"), policy(ORGANISATION)).unwrap();
    let (code, _, err) = show(folder.path(), &address, &["--no-network"]);
    assert!(code == 2 && err.contains("the network is not used in this run"), "{err}");
    assert!(questions.try_recv().is_err());

    let (code, out, err) = show(folder.path(), &address, &[]);
    assert!(code == 0 && out.contains("partial: warn # acme/policies//gate/org.yml@0123456789ab:2"), "{out}{err}");
    let question = questions.recv().unwrap();
    assert!(
        question.starts_with(&format!("GET /repos/acme/policies/contents/gate/org.yml?ref={COMMIT} ")),
        "{question}"
    );
    assert!(question.to_lowercase().contains("authorization: bearer a-token"), "{question}");

    let (code, again, err) = show(folder.path(), "http://127.0.0.1:1", &["--no-network"]);
    assert_eq!((code, again), (0, out), "{err}");
}

#[test]
fn other_bytes_are_refused_also_from_the_cache() {
    let folder = tempfile::tempdir().unwrap();
    let (address, _questions) = server("gate: { partial: note }\n");
    fs::write(folder.path().join("own.yml"), policy(ORGANISATION)).unwrap();
    let (code, _, err) = show(folder.path(), &address, &[]);
    assert!(code == 2 && err.contains("its SHA-256 is") && err.contains("own.yml:1:10"), "{err}");
    assert!(!folder.path().join("cache").exists(), "nothing wrong is kept");

    let (address, _questions) = server(ORGANISATION);
    assert_eq!(show(folder.path(), &address, &[]).0, 0);
    let kept = folder.path().join("cache/tempergate/policies");
    let kept = fs::read_dir(kept).unwrap().next().unwrap().unwrap().path();
    fs::write(kept, "gate: { partial: note }\n").unwrap();
    let (code, out, _) = show(folder.path(), &address, &[]);
    assert!(code == 0 && out.contains("partial: warn"), "{out}");
}

#[test]
fn a_policy_that_nobody_named_fetches_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let (address, questions) = server(ORGANISATION);
    fs::write(folder.path().join(".tempergate.yml"), policy(ORGANISATION)).unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_tempergate"))
        .current_dir(folder.path())
        .args(["policy", "show"])
        .env("XDG_CACHE_HOME", folder.path().join("cache"))
        .env("GITHUB_API_URL", &address)
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(questions.try_recv().is_err());
}
