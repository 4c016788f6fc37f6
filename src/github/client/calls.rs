//! The requests: addresses, bodies, and what is taken from the answers.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use reqwest::{Method, Url};
use serde_json::{Value, json};
use std::time::Duration;

use super::send::Reply;
use super::{ApiError, Client};
use crate::github::hunks::{Hunks, Lines};
use crate::github::plan::{Comment, Draft, Thread};

/// The most pages of one list. GitHub lists 3,000 files of a pull request at most.
const MAX_PAGES: usize = 100;

/// All operations of the query language.
const OPERATIONS: &str = include_str!("../operations.graphql");

/// A pull request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pull {
    /// Its number.
    pub number: u64,
    /// The id of its last commit.
    pub head: String,
}

/// A check at a commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// Its name.
    pub name: String,
    /// The commit.
    pub commit: String,
    /// What it is about; the checks of others at the same commit under the same name begin otherwise.
    pub subject: String,
    /// A digest of all that it says, by which it is known to say so already.
    pub digest: String,
    /// `success` or `failure`.
    pub conclusion: &'static str,
    /// Its title.
    pub title: String,
    /// Its text, in Markdown.
    pub summary: String,
}

/// What became of results that were uploaded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Processing {
    /// They are there.
    Complete,
    /// They were not taken, and why.
    Failed(String),
    /// They are still being looked at.
    Pending,
}

impl Client {
    /// An address below that of the repository.
    fn url(&self, parts: &[&str]) -> Result<Url, ApiError> {
        let mut url = self.api.clone();
        let repository = ["repos", &self.repository.owner, &self.repository.name];
        url.path_segments_mut()
            .map_err(|()| ApiError::Failed("the address of GitHub's API has no path".to_string()))?
            .pop_if_empty()
            .extend(repository.iter().chain(parts));
        Ok(url)
    }

    fn get(&self, url: &Url) -> Result<Reply, ApiError> {
        self.send(&Method::GET, url, None, true)
    }

    fn post(&self, parts: &[&str], body: &Value) -> Result<Value, ApiError> {
        self.send(&Method::POST, &self.url(parts)?, Some(body), false).map(|reply| reply.body)
    }

    fn patch(&self, parts: &[&str], body: &Value) -> Result<Value, ApiError> {
        self.send(&Method::PATCH, &self.url(parts)?, Some(body), true).map(|reply| reply.body)
    }

    /// All pages of a list.
    fn pages(&self, mut url: Url, mut each: impl FnMut(&Value)) -> Result<(), ApiError> {
        url.query_pairs_mut().append_pair("per_page", "100");
        let mut next = Some(url);
        for _ in 0..MAX_PAGES {
            let Some(url) = next else { return Ok(()) };
            let reply = self.get(&url)?;
            each(&reply.body);
            next = reply.next;
        }
        Err(ApiError::Failed(format!("a list of more than {MAX_PAGES} pages")))
    }

    /// A pull request.
    ///
    /// # Errors
    ///
    /// As of every request here: see [`ApiError`].
    pub fn pull(&self, number: u64) -> Result<Pull, ApiError> {
        let reply = self.get(&self.url(&["pulls", &number.to_string()])?)?;
        pull(&reply.body).ok_or_else(|| unreadable("a pull request"))
    }

    /// A file of the repository at a commit; GitHub gives those of up to one megabyte.
    pub fn file(&self, path: &str, commit: &str) -> Result<Vec<u8>, ApiError> {
        let parts: Vec<&str> = std::iter::once("contents").chain(path.split('/')).collect();
        let mut url = self.url(&parts)?;
        url.query_pairs_mut().append_pair("ref", commit);
        let reply = self.get(&url)?;
        let encoded = (reply.body["content"].as_str()).filter(|_| reply.body["encoding"] == "base64");
        let encoded: String = encoded.ok_or_else(|| unreadable("a file"))?.split_whitespace().collect();
        STANDARD.decode(encoded).map_err(|_| unreadable("a file"))
    }

    /// The open pull requests from a branch of somebody's repository.
    pub fn pulls_from(&self, owner: &str, branch: &str) -> Result<Vec<Pull>, ApiError> {
        let mut url = self.url(&["pulls"])?;
        url.query_pairs_mut().append_pair("state", "open").append_pair("head", &format!("{owner}:{branch}"));
        let mut pulls = Vec::new();
        self.pages(url, |page| pulls.extend(page.as_array().into_iter().flatten().filter_map(pull)))?;
        Ok(pulls)
    }

    /// Which lines of a pull request can carry comments.
    pub fn hunks(&self, number: u64) -> Result<Hunks, ApiError> {
        let mut hunks = Hunks::default();
        self.pages(self.url(&["pulls", &number.to_string(), "files"])?, |page| {
            for file in page.as_array().into_iter().flatten() {
                if let Some(path) = file["filename"].as_str() {
                    hunks.add(path.to_string(), file["patch"].as_str());
                }
            }
        })?;
        Ok(hunks)
    }

    /// The discussions at lines and files of a pull request.
    pub fn threads(&self, number: u64) -> Result<Vec<Thread>, ApiError> {
        let nodes = self.connection("ReviewThreads", number, "reviewThreads")?;
        nodes.iter().map(|node| thread(node).ok_or_else(|| unreadable("a discussion"))).collect()
    }

    /// The comments on a pull request as a whole.
    pub fn comments(&self, number: u64) -> Result<Vec<Comment>, ApiError> {
        let nodes = self.connection("IssueComments", number, "comments")?;
        nodes.iter().map(|node| comment(node).ok_or_else(|| unreadable("a comment"))).collect()
    }

    /// All nodes of a list of a pull request.
    fn connection(&self, operation: &str, number: u64, name: &str) -> Result<Vec<Value>, ApiError> {
        let mut nodes = Vec::new();
        let mut after = Value::Null;
        for _ in 0..MAX_PAGES {
            let (owner, repository) = (&self.repository.owner, &self.repository.name);
            let variables = json!({"owner": owner, "name": repository, "number": number, "after": after});
            let mut data = self.query(operation, &variables)?;
            let list = data["repository"]["pullRequest"][name].take();
            let Some(page) = list["nodes"].as_array() else { return Err(unreadable("a list of comments")) };
            nodes.extend(page.iter().cloned());
            if list["pageInfo"]["hasNextPage"] != json!(true) {
                return Ok(nodes);
            }
            after = list["pageInfo"]["endCursor"].clone();
        }
        Err(ApiError::Failed(format!("a list of more than {MAX_PAGES} pages")))
    }

    /// Runs an operation of the query language and gives its data.
    fn query(&self, operation: &str, variables: &Value) -> Result<Value, ApiError> {
        let body = json!({"query": self::operation(operation), "operationName": operation, "variables": variables});
        // What is asked for here can all be asked for twice.
        let reply = self.send(&Method::POST, &self.graphql, Some(&body), true)?;
        let Some(error) = reply.body["errors"].get(0) else { return Ok(reply.body["data"].clone()) };
        let says = crate::net::one_line(error["message"].as_str().unwrap_or("no reason given"));
        Err(match error["type"].as_str() {
            Some("FORBIDDEN" | "INSUFFICIENT_SCOPES") => ApiError::NotPermitted(says),
            Some("NOT_FOUND") => ApiError::NotFound(says),
            Some("RATE_LIMITED") => ApiError::RateLimited(says),
            _ => ApiError::Refused { status: 200, message: says },
        })
    }

    /// Resolves a discussion.
    pub fn resolve(&self, thread: &str) -> Result<(), ApiError> {
        self.query("ResolveThread", &json!({ "thread": thread })).map(drop)
    }

    /// Opens a discussion that was resolved.
    pub fn unresolve(&self, thread: &str) -> Result<(), ApiError> {
        self.query("UnresolveThread", &json!({ "thread": thread })).map(drop)
    }

    /// Hides a comment as resolved.
    pub fn minimize(&self, node: &str) -> Result<(), ApiError> {
        self.query("Minimize", &json!({ "subject": node })).map(drop)
    }

    /// Shows a comment that was hidden.
    pub fn unminimize(&self, node: &str) -> Result<(), ApiError> {
        self.query("Unminimize", &json!({ "subject": node })).map(drop)
    }

    /// Writes a review with comments at lines. One line that cannot carry a comment makes GitHub refuse all of it.
    pub fn review(&self, number: u64, commit: &str, body: &str, drafts: &[Draft]) -> Result<(), ApiError> {
        let comments: Vec<Value> = drafts.iter().map(at_lines).collect();
        let body = json!({"commit_id": commit, "event": "COMMENT", "body": body, "comments": comments});
        self.post(&["pulls", &number.to_string(), "reviews"], &body).map(drop)
    }

    /// Writes one comment at lines, or at a file.
    pub fn comment(&self, number: u64, commit: &str, draft: &Draft) -> Result<(), ApiError> {
        let mut body = at_lines(draft);
        body["commit_id"] = json!(commit);
        if draft.lines.is_none() {
            body["subject_type"] = json!("file");
        }
        self.post(&["pulls", &number.to_string(), "comments"], &body).map(drop)
    }

    /// Writes a comment of a discussion anew.
    pub fn edit_comment(&self, id: u64, body: &str) -> Result<(), ApiError> {
        self.patch(&["pulls", "comments", &id.to_string()], &json!({ "body": body })).map(drop)
    }

    /// Writes a comment on the whole pull request, or writes one anew.
    pub fn write_summary(&self, number: u64, comment: Option<u64>, body: &str) -> Result<(), ApiError> {
        let body = json!({ "body": body });
        match comment {
            Some(id) => self.patch(&["issues", "comments", &id.to_string()], &body).map(drop),
            None => self.post(&["issues", &number.to_string(), "comments"], &body).map(drop),
        }
    }

    /// Writes a check at its commit, unless it says so already; gives whether it was written. A check about something else is
    /// left as it is, even under the same name.
    pub fn write_check(&self, check: &Check) -> Result<bool, ApiError> {
        let mut url = self.url(&["commits", &check.commit, "check-runs"])?;
        url.query_pairs_mut().append_pair("check_name", &check.name);
        // By default GitHub lists the newest of each name only, which may be about another pull request.
        url.query_pairs_mut().append_pair("filter", "all");
        let external_id = format!("{}{}", check.subject, check.digest);
        let mut there = None;
        self.pages(url, |page| {
            for run in page["check_runs"].as_array().into_iter().flatten() {
                let (Some(id), Some(external)) = (run["id"].as_u64(), run["external_id"].as_str()) else { continue };
                if external.starts_with(&check.subject) {
                    there = there.max(Some((id, external == external_id)));
                }
            }
        })?;
        let mut body = json!({
            "name": check.name,
            "external_id": external_id,
            "status": "completed",
            "conclusion": check.conclusion,
            "output": {"title": check.title, "summary": check.summary},
        });
        match there {
            Some((_, true)) => return Ok(false),
            Some((id, false)) => self.patch(&["check-runs", &id.to_string()], &body)?,
            None => {
                body["head_sha"] = json!(check.commit);
                self.post(&["check-runs"], &body)?
            }
        };
        Ok(true)
    }

    /// Uploads results, as compressed SARIF in base 64, and gives the id of the upload.
    pub fn upload(&self, commit: &str, reference: &str, sarif: &str) -> Result<String, ApiError> {
        let body = json!({"commit_sha": commit, "ref": reference, "sarif": sarif, "tool_name": "Tempergate"});
        let reply = self.post(&["code-scanning", "sarifs"], &body)?;
        reply["id"].as_str().map(str::to_string).ok_or_else(|| unreadable("an upload"))
    }

    /// Waits until an upload was looked at.
    pub fn processed(&self, upload: &str) -> Result<Processing, ApiError> {
        let url = self.url(&["code-scanning", "sarifs", upload])?;
        for seconds in [1, 2, 3, 5, 8, 13] {
            let reply = self.get(&url)?.body;
            match reply["processing_status"].as_str() {
                Some("complete") => return Ok(Processing::Complete),
                Some("failed") => {
                    let errors = reply["errors"].as_array().into_iter().flatten().filter_map(Value::as_str);
                    let why = errors.take(5).collect::<Vec<_>>().join("; ");
                    return Ok(Processing::Failed(crate::net::one_line(&why)));
                }
                _ if self.wait(Duration::from_secs(seconds)) => {}
                _ => break,
            }
        }
        Ok(Processing::Pending)
    }
}

fn unreadable(what: &str) -> ApiError {
    ApiError::Failed(format!("GitHub's answer about {what} cannot be read"))
}

/// The text of one operation, from the file of all.
fn operation(name: &str) -> &'static str {
    let begins = |text: &str| ["query ", "mutation "].iter().any(|kind| text.starts_with(&format!("{kind}{name}(")));
    OPERATIONS.split("\n\n").find(|text| begins(text)).unwrap_or(OPERATIONS)
}

fn pull(value: &Value) -> Option<Pull> {
    Some(Pull { number: value["number"].as_u64()?, head: value["head"]["sha"].as_str()?.to_string() })
}

fn comment(value: &Value) -> Option<Comment> {
    Some(Comment {
        // A number that is too large for the language's own, and is written as text.
        id: value["fullDatabaseId"].as_str()?.parse().ok()?,
        node: value["id"].as_str()?.to_string(),
        body: value["body"].as_str()?.to_string(),
        ours: value["viewerDidAuthor"].as_bool()?,
        hidden: value["isMinimized"].as_bool()?,
    })
}

fn thread(value: &Value) -> Option<Thread> {
    let number = |name: &str| value[name].as_u64().and_then(|line| u32::try_from(line).ok());
    let last = number("line").filter(|_| value["isOutdated"] != json!(true));
    let lines = last.map(|last| Lines { first: number("startLine").unwrap_or(last), last });
    Some(Thread {
        id: value["id"].as_str()?.to_string(),
        path: value["path"].as_str()?.to_string(),
        resolved: value["isResolved"].as_bool()?,
        lines,
        opened_by: comment(value["comments"]["nodes"].get(0)?)?,
        answered: value["comments"]["totalCount"].as_u64()? > 1,
    })
}

/// A comment with its place; GitHub refuses a first line that is also the last.
fn at_lines(draft: &Draft) -> Value {
    let mut comment = json!({"path": draft.path, "body": draft.body});
    if let Some(lines) = draft.lines {
        comment["line"] = json!(lines.last);
        comment["side"] = json!("RIGHT");
        if lines.first < lines.last {
            comment["start_line"] = json!(lines.first);
            comment["start_side"] = json!("RIGHT");
        }
    }
    comment
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_operation_is_sent_alone() {
        for (name, kind) in [
            ("ReviewThreads", "query"),
            ("IssueComments", "query"),
            ("ResolveThread", "mutation"),
            ("UnresolveThread", "mutation"),
            ("Minimize", "mutation"),
            ("Unminimize", "mutation"),
        ] {
            let text = operation(name);
            assert!(text.starts_with(&format!("{kind} {name}(")), "{text}");
            assert_eq!(text.matches("query ").count() + text.matches("mutation ").count(), 1, "{text}");
        }
    }
}
