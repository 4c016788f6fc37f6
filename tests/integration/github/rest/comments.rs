//! Comments on the pull request itself, which GitHub keeps with issues.

use serde_json::{Value, json};

use super::super::openapi::DESCRIPTION;
use super::super::request::Answer;
use super::super::state::IssueComment;
use super::{Call, body_fault, pulls, user};

pub fn list(call: &mut Call) -> Result<Answer, Answer> {
    let pull = pulls::of(call, "issue_number")?;
    let comments = call.state.issue_comments.iter().filter(|comment| comment.pull == pull.number).map(view).collect();
    Ok(call.page(comments, Value::Array))
}

pub fn create(call: &mut Call) -> Result<Answer, Answer> {
    let pull = pulls::of(call, "issue_number")?;
    let body = checked(call)?;
    let author = call.state.viewer.clone();
    let id = call.state.comment(pull.number, author, &body);
    Ok(Answer::new(201, found(call, id)?))
}

pub fn update(call: &mut Call) -> Result<Answer, Answer> {
    let (id, body) = (call.number("comment_id"), checked(call)?);
    let mut comments = call.state.issue_comments.iter_mut();
    comments.find(|comment| comment.id == id).ok_or_else(Answer::not_found)?.body = body;
    Ok(Answer::new(200, found(call, id)?))
}

fn checked(call: &Call) -> Result<String, Answer> {
    let body = call.text("body").unwrap_or_default();
    let Some(fault) = body_fault(&body) else { return Ok(body) };
    let mut answer = Answer::error(422, "Validation Failed");
    answer.body["errors"] =
        json!([{ "resource": "IssueComment", "code": "custom", "field": "body", "message": fault }]);
    Err(answer)
}

fn found(call: &Call, id: u64) -> Result<Value, Answer> {
    call.state.issue_comments.iter().find(|comment| comment.id == id).map(view).ok_or_else(Answer::not_found)
}

fn view(comment: &IssueComment) -> Value {
    let over = json!({
        "id": comment.id,
        "node_id": format!("IC_{}", comment.id),
        "body": comment.body,
        "user": user(&comment.author),
    });
    DESCRIPTION.filled("issue-comment", over)
}
