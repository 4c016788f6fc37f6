//! Pull requests and their files.

use serde_json::{Value, json};

use super::super::openapi::DESCRIPTION;
use super::super::request::Answer;
use super::super::state::Pull;
use super::Call;

/// The most files that GitHub lists for a pull request.
const MAX_FILES: usize = 3000;

pub fn list(call: &mut Call) -> Answer {
    let query = &call.request.query;
    let wanted = query.get("state").map_or("open", String::as_str);
    let fits = |pull: &&Pull| {
        let state = wanted == "all" || (wanted == "open") == pull.open;
        let head = query.get("head").is_none_or(|head| *head == label(call, pull));
        state && head && query.get("base").is_none_or(|base| *base == pull.base)
    };
    let pulls = call.state.pulls.iter().filter(fits).map(|pull| view(call, pull, "pull-request-simple")).collect();
    call.page(pulls, Value::Array)
}

fn label(call: &Call, pull: &Pull) -> String {
    format!("{}:{}", pull.fork.as_ref().unwrap_or(&call.state.owner), pull.head)
}

/// The pull request of the path.
pub fn of(call: &Call, name: &str) -> Result<Pull, Answer> {
    call.state.pull(call.number(name)).cloned().ok_or_else(Answer::not_found)
}

pub fn get(call: &mut Call) -> Result<Answer, Answer> {
    let pull = of(call, "pull_number")?;
    let accept = call.request.headers.get("accept").map_or("", String::as_str);
    if accept.contains("diff") || accept.contains("patch") {
        return Err(whole_diff(call, &pull));
    }
    let (base, head) = call.state.ends(&pull);
    let diff = call.state.diff(&base, &head);
    let mut value = view(call, &pull, "pull-request");
    value["changed_files"] = json!(diff.len());
    value["additions"] = json!(diff.iter().map(|file| file.additions).sum::<u64>());
    value["deletions"] = json!(diff.iter().map(|file| file.deletions).sum::<u64>());
    value["commits"] = json!(call.state.commits(&pull).len());
    Ok(Answer::new(200, value))
}

/// The difference as one text, which the fake gives to nobody: it is refused for large pull requests, so nobody may need it.
fn whole_diff(call: &mut Call, pull: &Pull) -> Answer {
    let (base, head) = call.state.ends(pull);
    let files = call.state.diff(&base, &head).len();
    Answer::error(406, &format!("Sorry, the diff exceeded the maximum number of files (300): it has {files}"))
}

fn view(call: &Call, pull: &Pull, schema: &str) -> Value {
    let state = &call.state;
    let (base, head) = state.ends(pull);
    let owner = pull.fork.as_ref().unwrap_or(&state.owner);
    let side = |owner: &str, branch: &str, sha: &str, fork: bool| {
        let repository = json!({
            "name": state.name,
            "full_name": format!("{owner}/{}", state.name),
            "owner": DESCRIPTION.filled("simple-user", json!({ "login": owner })),
            "fork": fork,
            "private": state.private,
            "default_branch": "main",
        });
        json!({
            "label": format!("{owner}:{branch}"),
            "ref": branch,
            "sha": sha,
            "repo": DESCRIPTION.filled("repository", repository),
            "user": DESCRIPTION.filled("simple-user", json!({ "login": owner })),
        })
    };
    let over = json!({
        "number": pull.number,
        "state": if pull.open { "open" } else { "closed" },
        "title": "A change",
        "user": DESCRIPTION.filled("simple-user", json!({ "login": owner })),
        "base": side(&state.owner, &pull.base, &base, false),
        "head": side(owner, &pull.head, &head, pull.fork.is_some()),
        "draft": false,
    });
    DESCRIPTION.filled(schema, over)
}

pub fn list_files(call: &mut Call) -> Result<Answer, Answer> {
    let pull = of(call, "pull_number")?;
    let (base, head) = call.state.ends(&pull);
    let (diff, limit) = (call.state.diff(&base, &head), call.state.patch_limit);
    let files = diff.iter().take(MAX_FILES).map(|file| {
        let mut over = json!({
            "sha": head,
            "filename": file.path,
            "status": file.status,
            "additions": file.additions,
            "deletions": file.deletions,
            "changes": file.additions + file.deletions,
        });
        if let Some(patch) = file.patch.as_ref().filter(|patch| patch.len() <= limit) {
            over["patch"] = json!(patch);
        }
        if let Some(previous) = &file.previous {
            over["previous_filename"] = json!(previous);
        }
        DESCRIPTION.filled("diff-entry", over)
    });
    let files = files.collect();
    Ok(call.page(files, Value::Array))
}
