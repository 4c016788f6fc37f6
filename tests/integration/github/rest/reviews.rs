//! Reviews and the comments at lines or files. A review is taken as a whole or not at all.

use serde_json::{Value, json};

use super::super::diff::Side;
use super::super::openapi::DESCRIPTION;
use super::super::request::Answer;
use super::super::state::{Pull, Review, ReviewComment, Thread};
use super::{Call, body_fault, pulls, user};

/// A comment that GitHub would take.
struct Placed {
    path: String,
    body: String,
    line: Option<u64>,
    start_line: Option<u64>,
    left: bool,
}

pub fn list(call: &mut Call) -> Result<Answer, Answer> {
    let pull = pulls::of(call, "pull_number")?;
    let reviews = call.state.reviews.iter().filter(|review| review.pull == pull.number).map(review_view).collect();
    Ok(call.page(reviews, Value::Array))
}

pub fn create(call: &mut Call) -> Result<Answer, Answer> {
    let pull = pulls::of(call, "pull_number")?;
    let newest = call.state.ends(&pull).1;
    let commit = call.text("commit_id").unwrap_or(newest);
    if !call.state.commits(&pull).contains(&commit) {
        return Err(refusal("The commit is not part of the pull request"));
    }
    let comments = call.request.field("comments").as_array().cloned().unwrap_or_default();
    let placed: Result<Vec<Placed>, String> =
        comments.iter().map(|comment| placed(call, &pull, &commit, comment)).collect();
    let placed = placed.map_err(|reason| refusal(&reason))?;
    let body = call.text("body").unwrap_or_default();
    if body.trim().is_empty() && placed.is_empty() {
        return Err(refusal("Body can't be blank"));
    }
    if body.chars().count() > 65_536 {
        return Err(refusal("Body is too long (maximum is 65536 characters)"));
    }
    if call.text("event").as_deref() != Some("COMMENT") {
        return Err(refusal("A job's token may only comment: it can neither approve nor leave a review pending"));
    }
    let review =
        Review { id: call.state.next_id(), pull: pull.number, author: call.state.viewer.clone(), body, commit };
    for comment in placed {
        begin(call, &review.commit, pull.number, Some(review.id), comment);
    }
    let view = review_view(&review);
    call.state.reviews.push(review);
    Ok(Answer::new(200, view))
}

fn refusal(reason: &str) -> Answer {
    Answer::unprocessable(&[reason.to_owned()])
}

/// The reason for which GitHub refuses a comment, or the comment with its defaults.
fn placed(call: &mut Call, pull: &Pull, commit: &str, comment: &Value) -> Result<Placed, String> {
    let text = |name: &str| comment[name].as_str().unwrap_or_default().to_owned();
    let (path, body) = (text("path"), text("body"));
    if let Some(fault) = body_fault(&body) {
        return Err(fault);
    }
    let base = call.state.ends(pull).0;
    let (diff, limit) = (call.state.diff(&base, commit), call.state.patch_limit);
    let file = diff.iter().find(|file| file.path == path).ok_or("Path could not be resolved")?;
    if comment["subject_type"] == "file" {
        return Ok(Placed { path, body, line: None, start_line: None, left: false });
    }
    if file.patch.as_ref().is_some_and(|patch| patch.len() > limit) {
        return Err("Path diff too large".to_owned());
    }
    let side = |name: &str| match comment[name].as_str() {
        None => Ok(None),
        Some("LEFT") => Ok(Some(Side::Left)),
        Some("RIGHT") => Ok(Some(Side::Right)),
        Some(_) => Err(format!("{name} is neither LEFT nor RIGHT")),
    };
    let end_side = side("side")?.unwrap_or(Side::Right);
    let line = comment["line"].as_u64().ok_or("Line could not be resolved")?;
    let hunk = file.hunk_of(line, end_side).ok_or("Line could not be resolved")?;
    let start_line = comment["start_line"].as_u64();
    if let Some(start) = start_line {
        let start_side = side("start_side")?.unwrap_or(end_side);
        if start_side == end_side && start >= line {
            return Err("Start line must precede the end line".to_owned());
        }
        if file.hunk_of(start, start_side) != Some(hunk) {
            return Err("Start line must be part of the same hunk as the line".to_owned());
        }
    } else if !comment["start_side"].is_null() {
        return Err("Start side without a start line".to_owned());
    }
    Ok(Placed { path, body, line: Some(line), start_line, left: end_side == Side::Left })
}

fn begin(call: &mut Call, commit: &str, pull: u64, review: Option<u64>, placed: Placed) -> u64 {
    let (id, first) = (call.state.next_id(), call.state.next_id());
    let Placed { path, body, line, start_line, left } = placed;
    let author = call.state.viewer.clone();
    let comments = vec![ReviewComment { id: first, author, body, commit: commit.to_owned(), review, minimized: None }];
    call.state.threads.push(Thread { id, pull, path, line, start_line, left, resolved: false, comments });
    first
}

pub fn create_comment(call: &mut Call) -> Result<Answer, Answer> {
    let pull = pulls::of(call, "pull_number")?;
    let commit = call.text("commit_id").unwrap_or_default();
    if !call.state.commits(&pull).contains(&commit) {
        return Err(invalid("commit_id", "is not part of the pull request"));
    }
    let comment = call.request.body.clone().unwrap_or_default();
    if !comment["in_reply_to"].is_null() {
        return Err(invalid("in_reply_to", "is not known to the fake"));
    }
    let placed =
        placed(call, &pull, &commit, &comment).map_err(|reason| invalid("pull_request_review_thread", &reason))?;
    let id = begin(call, &commit, pull.number, None, placed);
    Ok(Answer::new(201, found(call, id).ok_or_else(Answer::not_found)?))
}

fn invalid(field: &str, reason: &str) -> Answer {
    let mut answer = Answer::error(422, "Validation Failed");
    let error = json!({ "resource": "PullRequestReviewComment", "code": "custom", "field": field, "message": reason });
    answer.body["errors"] = json!([error]);
    answer
}

pub fn update_comment(call: &mut Call) -> Result<Answer, Answer> {
    let (id, body) = (call.number("comment_id"), call.text("body").unwrap_or_default());
    if let Some(fault) = body_fault(&body) {
        return Err(invalid("body", &fault));
    }
    let mut comments = call.state.threads.iter_mut().flat_map(|thread| &mut thread.comments);
    comments.find(|comment| comment.id == id).ok_or_else(Answer::not_found)?.body = body;
    Ok(Answer::new(200, found(call, id).ok_or_else(Answer::not_found)?))
}

pub fn list_comments(call: &mut Call) -> Result<Answer, Answer> {
    let pull = pulls::of(call, "pull_number")?;
    let threads = call.state.threads.iter().filter(|thread| thread.pull == pull.number);
    let comments = threads.flat_map(|thread| thread.comments.iter().map(move |comment| view(thread, comment)));
    let comments = comments.collect();
    Ok(call.page(comments, Value::Array))
}

fn found(call: &Call, id: u64) -> Option<Value> {
    let mut threads = call.state.threads.iter();
    threads.find_map(|thread| Some(view(thread, thread.comments.iter().find(|comment| comment.id == id)?)))
}

fn view(thread: &Thread, comment: &ReviewComment) -> Value {
    let side = if thread.left { "LEFT" } else { "RIGHT" };
    let mut over = json!({
        "id": comment.id,
        "node_id": format!("PRRC_{}", comment.id),
        "path": thread.path,
        "body": comment.body,
        "commit_id": comment.commit,
        "original_commit_id": comment.commit,
        "user": user(&comment.author),
        "pull_request_review_id": comment.review,
        "subject_type": if thread.line.is_some() { "line" } else { "file" },
        "start_line": thread.start_line,
        "side": side,
    });
    if let Some(line) = thread.line {
        over["line"] = json!(line);
    }
    let first = thread.comments[0].id;
    if first != comment.id {
        over["in_reply_to_id"] = json!(first);
    }
    DESCRIPTION.filled("pull-request-review-comment", over)
}

fn review_view(review: &Review) -> Value {
    let over = json!({
        "id": review.id,
        "node_id": format!("PRR_{}", review.id),
        "user": user(&review.author),
        "body": review.body,
        "state": "COMMENTED",
        "commit_id": review.commit,
    });
    DESCRIPTION.filled("pull-request-review", over)
}
