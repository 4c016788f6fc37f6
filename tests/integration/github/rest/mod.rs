//! The REST operations: who may call them, and what they do.

mod checks;
mod comments;
mod pulls;
mod reviews;
mod scanning;

use std::collections::BTreeMap;

use serde_json::Value;

use super::openapi::DESCRIPTION;
use super::request::{Answer, Request};
use super::state::{Access, Author, State};

/// A request whose form is as described, for an operation that the token may call.
pub struct Call<'c> {
    state: &'c mut State,
    values: BTreeMap<String, String>,
    request: &'c Request,
}

/// What the operation answers, and what the description says against request and answer.
pub fn answer(state: &mut State, request: &Request) -> (Answer, Vec<String>) {
    let Some((operation, values)) = DESCRIPTION.find(&request.method, &request.path) else {
        return (Answer::not_found(), vec!["GitHub's trimmed description has no such operation".to_owned()]);
    };
    if (values["owner"].as_str(), values["repo"].as_str()) != (state.owner.as_str(), state.name.as_str()) {
        return (Answer::not_found(), Vec::new());
    }
    let faults = operation.faults_of_request(&values, request);
    if !faults.is_empty() {
        return (Answer::unprocessable(&faults), faults);
    }
    let answer = match refused(state, &operation.id) {
        Some(refusal) => refusal,
        None => perform(&operation.id, &mut Call { state, values, request }).unwrap_or_else(|refusal| refusal),
    };
    let faults = operation.faults_of_answer(answer.status, &answer.body);
    (answer, faults)
}

fn perform(operation: &str, call: &mut Call) -> Result<Answer, Answer> {
    match operation {
        "pulls/list" => Ok(pulls::list(call)),
        "pulls/get" => pulls::get(call),
        "pulls/list-files" => pulls::list_files(call),
        "pulls/list-reviews" => reviews::list(call),
        "pulls/create-review" => reviews::create(call),
        "pulls/list-review-comments" => reviews::list_comments(call),
        "pulls/create-review-comment" => reviews::create_comment(call),
        "pulls/update-review-comment" => reviews::update_comment(call),
        "issues/list-comments" => comments::list(call),
        "issues/create-comment" => comments::create(call),
        "issues/update-comment" => comments::update(call),
        "checks/list-for-ref" => checks::list(call),
        "checks/create" => checks::create(call),
        "checks/update" => checks::update(call),
        "code-scanning/upload-sarif" => scanning::upload(call),
        "code-scanning/get-sarif" => scanning::get(call),
        other => panic!("the fake does not know {other}"),
    }
}

/// Why the token may not call an operation.
fn refused(state: &State, operation: &str) -> Option<Answer> {
    let (family, action) = operation.split_once('/').unwrap();
    let scopes: &[&str] = match family {
        "pulls" => &["pull-requests"],
        "issues" => &["issues", "pull-requests"],
        "checks" => &["checks"],
        _ => &["security-events"],
    };
    let writes = ["create", "update", "upload"].iter().any(|verb| action.starts_with(verb));
    let needed = if writes { Access::Write } else { Access::Read };
    let may = |access| scopes.iter().any(|scope| state.may(scope, access));
    match (may(needed), may(Access::Read)) {
        (true, _) => None,
        (false, false) if state.private => Some(Answer::not_found()),
        (false, _) => Some(Answer::forbidden()),
    }
}

impl Call<'_> {
    fn number(&self, name: &str) -> u64 {
        self.values[name].parse().unwrap()
    }

    fn text(&self, field: &str) -> Option<String> {
        self.request.field(field).as_str().map(str::to_owned)
    }

    /// The page that is asked for, with the header that leads to the others.
    fn page(&self, all: Vec<Value>, wrap: impl FnOnce(Vec<Value>) -> Value) -> Answer {
        let asked = |name: &str| self.request.query.get(name).and_then(|value| value.parse::<usize>().ok());
        let size = asked("per_page").unwrap_or(30).min(self.state.page_limit);
        let (page, last) = (asked("page").unwrap_or(1), all.len().div_ceil(size).max(1));
        let entries = all.into_iter().skip((page - 1) * size).take(size).collect();
        let answer = Answer::new(200, wrap(entries));
        if last == 1 {
            return answer;
        }
        let mut links = Vec::new();
        if page < last {
            links.push(self.link(page + 1, "next"));
            links.push(self.link(last, "last"));
        }
        if page > 1 {
            links.push(self.link(1, "first"));
            links.push(self.link(page - 1, "prev"));
        }
        answer.with("link", links.join(", "))
    }

    fn link(&self, page: usize, relation: &str) -> String {
        let host = self.request.headers.get("host").map_or("", String::as_str);
        let mut query = self.request.query.clone();
        query.insert("page".to_owned(), page.to_string());
        let query: Vec<String> = query.iter().map(|(name, value)| format!("{name}={}", encoded(value))).collect();
        format!("<http://{host}{}?{}>; rel=\"{relation}\"", self.request.path, query.join("&"))
    }
}

fn encoded(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    let one = |byte: u8| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") };
    text.bytes().map(one).collect()
}

fn user(author: &Author) -> Value {
    let kind = if author.bot { "Bot" } else { "User" };
    DESCRIPTION.filled("simple-user", serde_json::json!({ "login": author.login, "type": kind, "id": 1 }))
}

/// Why GitHub would not take a comment's text.
fn body_fault(body: &str) -> Option<String> {
    if body.trim().is_empty() {
        return Some("Body can't be blank".to_owned());
    }
    (body.chars().count() > 65_536).then(|| "Body is too long (maximum is 65536 characters)".to_owned())
}
