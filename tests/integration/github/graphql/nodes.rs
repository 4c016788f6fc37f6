//! The objects of the graph, and what mutations do to them. A connection is given as the list of all its nodes.

use serde_json::{Value, json};

use super::super::state::{Access, Author, IssueComment, ReviewComment, State, Thread};
use super::Failure;

/// The value of a field of the query or the mutation, whole.
pub fn root(state: &mut State, field: &str, arguments: &Value) -> Result<Value, Failure> {
    let input = |name: &str| arguments["input"][name].as_str().unwrap_or_default().to_owned();
    match field {
        "repository" => repository(state, arguments),
        "viewer" => Ok(actor(&state.viewer)),
        "resolveReviewThread" => resolve(state, &input("threadId"), true),
        "unresolveReviewThread" => resolve(state, &input("threadId"), false),
        "minimizeComment" => {
            let comment = minimize(state, &input("subjectId"), Some(input("classifier").to_lowercase()))?;
            Ok(json!({ "clientMutationId": null, "minimizedComment": comment }))
        }
        "unminimizeComment" => {
            let comment = minimize(state, &input("subjectId"), None)?;
            Ok(json!({ "clientMutationId": null, "unminimizedComment": comment }))
        }
        other => panic!("the fake does not know the field {other}"),
    }
}

fn repository(state: &mut State, arguments: &Value) -> Result<Value, Failure> {
    let (owner, name) =
        (arguments["owner"].as_str().unwrap_or_default(), arguments["name"].as_str().unwrap_or_default());
    if (owner, name) != (state.owner.as_str(), state.name.as_str())
        || (state.private && !state.may("contents", Access::Read))
    {
        let message = format!("Could not resolve to a Repository with the name '{owner}/{name}'.");
        return Err(Failure::new("NOT_FOUND", message));
    }
    if !state.may("pull-requests", Access::Read) {
        return Err(Failure::forbidden());
    }
    // All of them: which one is meant stands in an argument of the field.
    let pulls: Vec<u64> = state.pulls.iter().map(|pull| pull.number).collect();
    let pulls: Vec<Value> = pulls.into_iter().map(|number| pull_request(state, number)).collect();
    Ok(json!({ "__typename": "Repository", "id": "R_1", "name": name, "pullRequest": pulls }))
}

fn pull_request(state: &mut State, number: u64) -> Value {
    let pull = state.pull(number).cloned().unwrap();
    let (base, head) = state.ends(&pull);
    let threads: Vec<Value> =
        state.threads.iter().filter(|thread| thread.pull == number).map(|thread| thread_of(state, thread)).collect();
    let comments = state.issue_comments.iter().filter(|comment| comment.pull == number);
    let comments: Vec<Value> = comments.map(|comment| issue_comment(state, comment)).collect();
    json!({
        "__typename": "PullRequest",
        "id": format!("PR_{number}"),
        "number": number,
        "closed": !pull.open,
        "baseRefName": pull.base,
        "baseRefOid": base,
        "headRefName": pull.head,
        "headRefOid": head,
        "isCrossRepository": pull.fork.is_some(),
        "reviewThreads": threads,
        "comments": comments,
    })
}

fn actor(author: &Author) -> Value {
    let login = author.login.trim_end_matches("[bot]");
    json!({ "__typename": if author.bot { "Bot" } else { "User" }, "id": format!("U_{login}"), "login": login })
}

fn thread_of(state: &State, thread: &Thread) -> Value {
    let comments: Vec<Value> = thread.comments.iter().map(|comment| review_comment(state, thread, comment)).collect();
    let (line, start_line) = (now(state, thread, thread.line), now(state, thread, thread.start_line));
    let outdated = line.is_none() && thread.line.is_some();
    json!({
        "__typename": "PullRequestReviewThread",
        "id": format!("PRRT_{}", thread.id),
        "isResolved": thread.resolved,
        "isOutdated": outdated,
        "isCollapsed": thread.resolved,
        "path": thread.path,
        "line": line,
        "originalLine": thread.line,
        "startLine": start_line.filter(|_| line.is_some()),
        "originalStartLine": thread.start_line,
        "diffSide": if thread.left { "LEFT" } else { "RIGHT" },
        "subjectType": if thread.line.is_some() { "LINE" } else { "FILE" },
        "viewerCanResolve": !thread.resolved && state.may("contents", Access::Write),
        "viewerCanUnresolve": thread.resolved && state.may("contents", Access::Write),
        "viewerCanReply": state.may("pull-requests", Access::Write),
        "comments": comments,
    })
}

/// Where a line of a thread is by now; none where newer commits have changed it, or the file is gone.
fn now(state: &State, thread: &Thread, line: Option<u64>) -> Option<u64> {
    let head = state.ends(state.pull(thread.pull)?).1;
    let began = &thread.comments[0].commit;
    match thread.left {
        true => line,
        false => super::super::diff::line_now(&state.repository, [began, &head], &thread.path, line?),
    }
}

fn review_comment(state: &State, thread: &Thread, comment: &ReviewComment) -> Value {
    json!({
        "__typename": "PullRequestReviewComment",
        "id": format!("PRRC_{}", comment.id),
        "databaseId": comment.id,
        "fullDatabaseId": comment.id.to_string(),
        "body": comment.body,
        "path": thread.path,
        "author": actor(&comment.author),
        "viewerDidAuthor": comment.author == state.viewer,
        "isMinimized": comment.minimized.is_some(),
        "minimizedReason": comment.minimized,
        "line": thread.line,
        "originalLine": thread.line,
    })
}

fn issue_comment(state: &State, comment: &IssueComment) -> Value {
    json!({
        "__typename": "IssueComment",
        "id": format!("IC_{}", comment.id),
        "databaseId": comment.id,
        "fullDatabaseId": comment.id.to_string(),
        "body": comment.body,
        "author": actor(&comment.author),
        "viewerDidAuthor": comment.author == state.viewer,
        "isMinimized": comment.minimized.is_some(),
        "minimizedReason": comment.minimized,
    })
}

fn resolve(state: &mut State, id: &str, resolved: bool) -> Result<Value, Failure> {
    let at = state.threads.iter().position(|thread| id == format!("PRRT_{}", thread.id));
    let at = at.ok_or_else(|| Failure::not_found(id))?;
    if !state.may("contents", Access::Write) || !state.may("pull-requests", Access::Write) {
        return Err(Failure::forbidden());
    }
    state.threads[at].resolved = resolved;
    Ok(json!({ "clientMutationId": null, "thread": thread_of(state, &state.threads[at]) }))
}

/// Hides a comment for a reason, or shows it.
fn minimize(state: &mut State, id: &str, reason: Option<String>) -> Result<Value, Failure> {
    if !state.may("pull-requests", Access::Write) && !state.may("issues", Access::Write) {
        return Err(Failure::forbidden());
    }
    if let Some(comment) = state.issue_comments.iter_mut().find(|one| id == format!("IC_{}", one.id)) {
        comment.minimized = reason;
        let comment = comment.clone();
        return Ok(issue_comment(state, &comment));
    }
    let found = state.threads.iter_mut().find_map(|thread| {
        let comment = thread.comments.iter_mut().find(|one| id == format!("PRRC_{}", one.id))?;
        comment.minimized = reason.clone();
        let comment = comment.clone();
        Some((thread.clone(), comment))
    });
    let (thread, comment) = found.ok_or_else(|| Failure::not_found(id))?;
    Ok(review_comment(state, &thread, &comment))
}
