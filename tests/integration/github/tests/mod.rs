//! What the fake does, shown with plain requests.

mod graphql;
mod rest;
mod rules;

use std::io::Write as _;

use base64::Engine;
use flate2::{Compression, write::GzEncoder};
use reqwest::header::HeaderMap;
use serde_json::{Value, json};

use super::{Fake, TOKEN};
use crate::git::Repo;

/// Plain requests, with the headers that a client of GitHub sends.
struct Client {
    runtime: tokio::runtime::Runtime,
    http: reqwest::Client,
    base: String,
    token: &'static str,
}

struct Reply {
    status: u16,
    headers: HeaderMap,
    body: Value,
}

impl Client {
    fn new(fake: &Fake) -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let http = reqwest::Client::builder().no_proxy().user_agent("test").build().unwrap();
        Client { runtime, http, base: fake.url(), token: TOKEN }
    }

    fn send(&self, method: &str, path: &str, body: Option<Value>) -> Result<Reply, reqwest::Error> {
        let method = method.parse().unwrap();
        let mut request = self.http.request(method, format!("{}{path}", self.base)).bearer_auth(self.token);
        if let Some(body) = body {
            request = request.header("content-type", "application/json").body(body.to_string());
        }
        self.runtime.block_on(async {
            let answer = request.send().await?;
            let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
            let text = answer.text().await?;
            Ok(Reply { status, headers, body: serde_json::from_str(&text).unwrap_or(Value::String(text)) })
        })
    }

    fn get(&self, path: &str) -> Reply {
        self.send("GET", &format!("/repos/octo/shop/{path}"), None).unwrap()
    }

    fn post(&self, path: &str, body: Value) -> Reply {
        self.send("POST", &format!("/repos/octo/shop/{path}"), Some(body)).unwrap()
    }

    fn patch(&self, path: &str, body: Value) -> Reply {
        self.send("PATCH", &format!("/repos/octo/shop/{path}"), Some(body)).unwrap()
    }

    fn graphql(&self, query: &str, variables: Value) -> Value {
        let reply = self.send("POST", "/graphql", Some(json!({ "query": query, "variables": variables }))).unwrap();
        assert_eq!(reply.status, 200, "{}", reply.body);
        reply.body
    }
}

/// `main` with a file of forty lines, and `topic` with lines 10 and 30 changed and a new file.
fn repository() -> Repo {
    let text = |changed: &[usize]| {
        let line = |n| if changed.contains(&n) { format!("changed {n}\n") } else { format!("line {n}\n") };
        (1..=40).map(line).collect::<String>()
    };
    let repo = Repo::with(&[("app.py", text(&[]))]);
    repo.git(["checkout", "--quiet", "-b", "topic"]);
    repo.write("app.py", text(&[10, 30]));
    repo.write("new.py", "one\ntwo\n");
    repo.commit("change");
    repo
}

fn started() -> (Repo, Fake, Client, String) {
    let repo = repository();
    let fake = Fake::start(repo.path());
    let client = Client::new(&fake);
    let head = repo.git(["rev-parse", "topic"]);
    (repo, fake, client, head)
}

fn review(head: &str, comments: Value) -> Value {
    json!({ "commit_id": head, "event": "COMMENT", "body": "Findings.", "comments": comments })
}

fn packed(sarif: &Value) -> String {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(sarif.to_string().as_bytes()).unwrap();
    base64::engine::general_purpose::STANDARD.encode(encoder.finish().unwrap())
}

fn sarif(results: usize) -> Value {
    let place = json!([{ "physicalLocation": { "artifactLocation": { "uri": "app.py" } } }]);
    let result = json!({ "message": { "text": "m" }, "locations": place });
    json!({ "version": "2.1.0", "runs": [{ "tool": { "driver": { "name": "T" } }, "results": vec![result; results] }] })
}
