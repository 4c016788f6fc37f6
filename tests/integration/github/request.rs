//! Requests as the fake sees them, and its answers.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Value, json};

/// A request, read whole.
#[derive(Clone, Debug, Serialize)]
pub struct Request {
    /// Such as `GET`.
    pub method: String,
    /// The path, without the query, decoded.
    pub path: String,
    /// The query's names and values, decoded.
    pub query: BTreeMap<String, String>,
    /// Headers by lower-case name; the token is not among them.
    pub headers: BTreeMap<String, String>,
    /// The body, where it is JSON.
    pub body: Option<Value>,
    /// Whether the fake's token came with it.
    #[serde(skip)]
    pub token: Option<String>,
}

impl Request {
    /// Whether it asks for a change. All GraphQL operations are POST.
    pub fn writes(&self) -> bool {
        let operation = self.body.as_ref().and_then(|body| body["query"].as_str()).unwrap_or_default();
        match self.path.as_str() {
            "/graphql" => operation.trim_start().starts_with("mutation"),
            _ => self.method != "GET",
        }
    }

    /// A field of the body.
    pub fn field(&self, name: &str) -> &Value {
        static NULL: Value = Value::Null;
        self.body.as_ref().map_or(&NULL, |body| &body[name])
    }

    /// In one line, for people: the GraphQL operation's name, else method and path.
    pub fn short(&self) -> String {
        if self.path == "/graphql" {
            let query = self.field("query").as_str().unwrap_or_default();
            let named = query.trim_start().split(['(', '{']).next().unwrap_or_default();
            return named.split_whitespace().collect::<Vec<_>>().join(" ");
        }
        format!("{} {}", self.method, self.path)
    }
}

/// An answer before it is sent.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// Headers beside those of every answer.
    pub headers: Vec<(String, String)>,
    /// What is sent.
    pub body: Value,
}

impl Answer {
    /// An answer with a body and no headers of its own.
    pub fn new(status: u16, body: Value) -> Self {
        Answer { status, headers: Vec::new(), body }
    }

    /// An error in GitHub's form.
    pub fn error(status: u16, message: &str) -> Self {
        Answer::new(
            status,
            json!({
                "message": message,
                "documentation_url": "https://docs.github.com/rest",
                "status": status.to_string(),
            }),
        )
    }

    /// The token may not do this.
    pub fn forbidden() -> Self {
        Answer::error(403, "Resource not accessible by integration")
    }

    /// There is no such thing, or the token may not know of it.
    pub fn not_found() -> Self {
        Answer::error(404, "Not Found")
    }

    /// GitHub understood and refuses, with its reasons.
    pub fn unprocessable(reasons: &[String]) -> Self {
        let mut answer = Answer::error(422, "Unprocessable Entity");
        answer.body["errors"] = json!(reasons);
        answer
    }

    /// The same with another header.
    pub fn with(mut self, name: &str, value: impl ToString) -> Self {
        self.headers.push((name.to_owned(), value.to_string()));
        self
    }
}
