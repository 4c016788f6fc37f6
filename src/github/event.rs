//! What an event says: which commits are compared, on which pull request.
//!
//! The texts of an event were written by whoever caused it. Commit ids, numbers and the names of repositories are checked for
//! their form; the texts in which marks of AI agents are looked for are kept as they are, and everything else is left where it is.

use serde::Deserialize;

use crate::authorship::PullRequest;

/// The longest file with an event that is read. GitHub's own limit is 25 MB.
pub const MAX_BYTES: u64 = 32 << 20;

/// The most labels of a pull request that are read; GitHub takes 100.
const MAX_LABELS: usize = 100;

/// The id of no commit, which stands for a branch that was not there.
const NO_COMMIT: &str = "0000000000000000000000000000000000000000";

/// A repository on GitHub.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Repository {
    /// The user or organisation.
    pub owner: String,
    /// Its name.
    pub name: String,
}

impl Repository {
    /// Reads `owner/name`; `None` for anything that cannot be one.
    pub fn parse(text: &str) -> Option<Repository> {
        let fits = |part: &str| {
            let plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
            (1..=100).contains(&part.len()) && part.chars().all(plain) && part != "." && part != ".."
        };
        let (owner, name) = text.split_once('/')?;
        (fits(owner) && fits(name)).then(|| Repository { owner: owner.to_string(), name: name.to_string() })
    }
}

impl std::fmt::Display for Repository {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.owner, self.name)
    }
}

/// What an event asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// A pull request is to be judged.
    PullRequest {
        /// Its number.
        number: u64,
        /// The tip of the branch that it is to be merged into, as the event knew it.
        base: String,
        /// That branch, which may have gone on since.
        base_branch: Option<String>,
        /// Its last commit.
        head: String,
        /// Whether it comes from another repository, so that the token can only read.
        fork: bool,
        /// What whoever opened it wrote, in which marks of AI agents are looked for.
        texts: Box<PullRequest>,
    },
    /// Commits were pushed to a branch.
    Push {
        /// What the branch pointed to; `None` for a new one.
        before: Option<String>,
        /// What it points to; `None` where it was deleted.
        after: Option<String>,
        /// The branch that changes are compared with where there is nothing before.
        default_branch: Option<String>,
    },
    /// Pull requests that wait together to be merged.
    MergeGroup {
        /// What they are to be merged into.
        base: String,
        /// All of them together.
        head: String,
    },
    /// Somebody or a timetable started the workflow.
    Started {
        /// The branch that changes are compared with.
        default_branch: Option<String>,
    },
    /// A first stage, which could not write to the repository, has ended; its report is to be published.
    WorkflowRun {
        /// The commit that it judged.
        head: String,
        /// The owner of the repository and the branch that the commit came from.
        source: Option<(String, String)>,
    },
}

#[derive(Deserialize)]
struct Raw {
    number: Option<u64>,
    pull_request: Option<RawPullRequest>,
    before: Option<String>,
    after: Option<String>,
    merge_group: Option<RawMergeGroup>,
    workflow_run: Option<RawWorkflowRun>,
    repository: Option<RawRepository>,
}

#[derive(Deserialize)]
struct RawPullRequest {
    base: RawSide,
    head: RawSide,
    title: Option<String>,
    body: Option<String>,
    user: Option<RawOwner>,
    labels: Option<Vec<RawLabel>>,
}

#[derive(Deserialize)]
struct RawLabel {
    name: Option<String>,
}

#[derive(Deserialize)]
struct RawSide {
    sha: String,
    #[serde(rename = "ref")]
    branch: Option<String>,
    repo: Option<RawRepository>,
}

#[derive(Deserialize)]
struct RawMergeGroup {
    base_sha: String,
    head_sha: String,
}

#[derive(Deserialize)]
struct RawWorkflowRun {
    event: String,
    head_sha: String,
    head_branch: Option<String>,
    head_repository: Option<RawRepository>,
}

#[derive(Deserialize)]
struct RawRepository {
    full_name: Option<String>,
    default_branch: Option<String>,
    owner: Option<RawOwner>,
}

#[derive(Deserialize)]
struct RawOwner {
    login: Option<String>,
}

impl Event {
    /// Reads the event called `name` from its JSON text.
    ///
    /// # Errors
    ///
    /// A sentence: the text is not JSON, lacks what the event must have, or is of an event that is not judged.
    pub fn parse(name: &str, text: &[u8]) -> Result<Event, String> {
        let raw: Raw = serde_json::from_slice(text).map_err(|e| format!("the event `{name}` cannot be read: {e}"))?;
        let lacks = |what: &str| format!("the event `{name}` has no `{what}`");
        match name {
            "pull_request" => {
                let pull_request = raw.pull_request.ok_or_else(|| lacks("pull_request"))?;
                let number = raw.number.ok_or_else(|| lacks("number"))?;
                pull_request.event(number)
            }
            "push" => Ok(Event::Push {
                before: commit_or_none(raw.before, "before")?,
                after: commit_or_none(raw.after, "after")?,
                default_branch: default_branch(raw.repository),
            }),
            "merge_group" => {
                let group = raw.merge_group.ok_or_else(|| lacks("merge_group"))?;
                let (base, head) = (commit(group.base_sha, "base_sha")?, commit(group.head_sha, "head_sha")?);
                Ok(Event::MergeGroup { base, head })
            }
            "workflow_dispatch" | "schedule" => Ok(Event::Started { default_branch: default_branch(raw.repository) }),
            "workflow_run" => raw.workflow_run.ok_or_else(|| lacks("workflow_run"))?.event(),
            "pull_request_target" => Err("`pull_request_target` runs with secrets on code that anybody can send; use \
                                          `pull_request`, and publish from a second workflow on `workflow_run`"
                .to_string()),
            _ => Err(format!(
                "the event `{name}` names no change; Tempergate judges pull_request, push, merge_group, \
                 workflow_dispatch, schedule and workflow_run"
            )),
        }
    }
}

impl RawPullRequest {
    fn event(mut self, number: u64) -> Result<Event, String> {
        let texts = Box::new(self.texts());
        let name = |side: &RawSide| side.repo.as_ref().and_then(|repo| repo.full_name.clone());
        // The repository of a fork may be gone; then it is certainly not this one.
        let fork = name(&self.head).is_none_or(|head| name(&self.base) != Some(head));
        let base_branch = self.base.branch.filter(|name| is_branch(name));
        let (base, head) = (commit(self.base.sha, "base.sha")?, commit(self.head.sha, "head.sha")?);
        Ok(Event::PullRequest { number, base, base_branch, head, fork, texts })
    }

    fn texts(&mut self) -> PullRequest {
        let labels = self.labels.take().unwrap_or_default().into_iter().take(MAX_LABELS);
        PullRequest {
            user: self.user.take().and_then(|user| user.login).unwrap_or_default(),
            branch: self.head.branch.take().unwrap_or_default(),
            labels: labels.filter_map(|label| label.name).collect(),
            title: self.title.take().unwrap_or_default(),
            body: self.body.take().unwrap_or_default(),
        }
    }
}

impl RawWorkflowRun {
    fn event(self) -> Result<Event, String> {
        if self.event != "pull_request" {
            return Err("the workflow that ended was not started by a pull request, so there is nothing to publish on"
                .to_string());
        }
        let owner = self.head_repository.and_then(|repository| repository.owner?.login);
        Ok(Event::WorkflowRun { head: commit(self.head_sha, "head_sha")?, source: owner.zip(self.head_branch) })
    }
}

fn default_branch(repository: Option<RawRepository>) -> Option<String> {
    repository?.default_branch.filter(|name| is_branch(name))
}

/// Whether a text can be given to git as the name of a branch, and as nothing else.
fn is_branch(name: &str) -> bool {
    let plain = |c: char| c.is_alphanumeric() || "-_./+@#".contains(c);
    !name.is_empty() && name.len() <= 255 && !name.starts_with('-') && !name.contains("..") && name.chars().all(plain)
}

fn commit(id: String, what: &str) -> Result<String, String> {
    let is_id = matches!(id.len(), 40 | 64) && id.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
    is_id.then_some(id).ok_or_else(|| format!("`{what}` of the event is not the id of a commit"))
}

/// The id of a commit, or of none where it consists of zeros.
fn commit_or_none(id: Option<String>, what: &str) -> Result<Option<String>, String> {
    let id = commit(id.unwrap_or_default(), what)?;
    Ok((!id.starts_with(NO_COMMIT)).then_some(id))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]

    use super::*;

    const A: &str = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
    const B: &str = "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";

    fn parse(name: &str, json: serde_json::Value) -> Result<Event, String> {
        Event::parse(name, json.to_string().as_bytes())
    }

    fn pull_request(head_repository: serde_json::Value) -> Event {
        let base = serde_json::json!({"sha": A, "ref": "main", "repo": {"full_name": "o/r"}});
        let head = serde_json::json!({"sha": B, "repo": head_repository});
        parse("pull_request", serde_json::json!({"number": 7, "pull_request": {"base": base, "head": head}})).unwrap()
    }

    #[test]
    fn a_pull_request_names_its_commits_and_whether_it_is_from_a_fork() {
        for (repository, is_fork) in [
            (serde_json::json!({"full_name": "o/r"}), false),
            (serde_json::json!({"full_name": "else/r"}), true),
            (serde_json::Value::Null, true),
        ] {
            let expected = Event::PullRequest {
                number: 7,
                base: A.into(),
                base_branch: Some("main".into()),
                head: B.into(),
                fork: is_fork,
                texts: Box::default(),
            };
            assert_eq!(pull_request(repository), expected);
        }
    }

    #[test]
    fn a_pull_request_brings_its_texts() {
        let base = serde_json::json!({"sha": A, "ref": "main"});
        let head = serde_json::json!({"sha": B, "ref": "a b\u{202e}"});
        let labels = serde_json::json!([{"name": "codex"}, {"name": null}, {"color": "f00"}]);
        let request = serde_json::json!({"base": base, "head": head, "title": "t", "body": null, "labels": labels,
            "user": {"login": "Copilot"}});
        let event = parse("pull_request", serde_json::json!({"number": 7, "pull_request": request})).unwrap();
        let Event::PullRequest { texts, .. } = event else { panic!() };
        let expected = PullRequest {
            user: "Copilot".into(),
            branch: "a b\u{202e}".into(),
            labels: vec!["codex".into()],
            title: "t".into(),
            body: String::new(),
        };
        assert_eq!(*texts, expected);
    }

    #[test]
    fn a_push_may_begin_or_end_a_branch() {
        let push = |before: &str, after: &str| {
            parse(
                "push",
                serde_json::json!({"before": before, "after": after, "repository": {"default_branch": "main"}}),
            )
        };
        let event = |before: Option<&str>, after: Option<&str>| Event::Push {
            before: before.map(str::to_string),
            after: after.map(str::to_string),
            default_branch: Some("main".into()),
        };
        assert_eq!(push(A, B), Ok(event(Some(A), Some(B))));
        assert_eq!(push(NO_COMMIT, B), Ok(event(None, Some(B))));
        assert_eq!(push(A, NO_COMMIT), Ok(event(Some(A), None)));
    }

    #[test]
    fn a_finished_run_names_where_its_commit_came_from() {
        let run = |event: &str| {
            let repository = serde_json::json!({"full_name": "else/r", "owner": {"login": "else"}});
            let run =
                serde_json::json!({"event": event, "head_sha": B, "head_branch": "x", "head_repository": repository});
            parse("workflow_run", serde_json::json!({ "workflow_run": run }))
        };
        let source = Some(("else".to_string(), "x".to_string()));
        assert_eq!(run("pull_request"), Ok(Event::WorkflowRun { head: B.into(), source }));
        assert!(run("push").is_err());
    }

    #[test]
    fn what_is_no_commit_or_branch_is_not_taken_for_one() {
        for hostile in ["--upload-pack=x", "main", "", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", &A[1..]] {
            let group = serde_json::json!({"merge_group": {"base_sha": A, "head_sha": hostile}});
            assert!(parse("merge_group", group).unwrap_err().contains("head_sha"), "{hostile}");
        }
        for hostile in ["-x", "a b", "a..b", "", "a\nb"] {
            let dispatched = parse("workflow_dispatch", serde_json::json!({"repository": {"default_branch": hostile}}));
            assert_eq!(dispatched, Ok(Event::Started { default_branch: None }), "{hostile}");
        }
    }

    #[test]
    fn other_events_are_refused_with_advice() {
        assert!(parse("pull_request_target", serde_json::json!({})).unwrap_err().contains("workflow_run"));
        assert!(parse("issues", serde_json::json!({})).unwrap_err().contains("merge_group"));
        assert!(Event::parse("push", b"{").unwrap_err().contains("cannot be read"));
        assert!(parse("pull_request", serde_json::json!({"number": 1})).unwrap_err().contains("`pull_request`"));
    }

    #[test]
    fn names_of_repositories_have_two_plain_parts() {
        assert_eq!(Repository::parse("o-1/r.x").unwrap().to_string(), "o-1/r.x");
        for hostile in ["o", "o/", "/r", "o/r/x", "o/..", "o/r?x", "o /r", "ö/r"] {
            assert_eq!(Repository::parse(hostile), None, "{hostile}");
        }
    }
}
