//! What the fake knows: the repository, its pull requests, and all that was written.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::diff::{FileDiff, between, git};
use super::request::Request;
use super::trouble::Trouble;

/// The token that the fake takes unless told otherwise.
pub const TOKEN: &str = "ghs_theTokenOfTheJob";

/// Who wrote something.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Author {
    /// The name that REST answers show; GraphQL leaves out `[bot]`.
    pub login: String,
    /// Whether it is an app.
    pub bot: bool,
}

impl Author {
    /// The app whose token jobs have.
    pub fn actions() -> Self {
        Author { login: "github-actions[bot]".to_owned(), bot: true }
    }

    /// Somebody with an account.
    pub fn person(login: &str) -> Self {
        Author { login: login.to_owned(), bot: false }
    }
}

/// How far a token reaches in one scope.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Access {
    /// Not at all.
    None,
    /// It sees.
    Read,
    /// It sees and changes.
    Write,
}

/// A pull request. Its commits are looked up in the repository whenever they are asked for.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
pub struct Pull {
    /// Its number.
    pub number: u64,
    /// The branch that it wants to change.
    pub base: String,
    /// The branch that it comes from.
    pub head: String,
    /// Where git finds the head's commit; the head's branch, unless it comes from a fork.
    pub head_ref: Option<String>,
    /// The owner of the head's repository, if it is a fork.
    pub fork: Option<String>,
    /// Whether it is open.
    pub open: bool,
}

impl Default for Pull {
    fn default() -> Self {
        Pull { number: 1, base: "main".into(), head: "topic".into(), head_ref: None, fork: None, open: true }
    }
}

/// A comment in a thread of a review.
#[derive(Clone, Debug, Serialize)]
pub struct ReviewComment {
    pub id: u64,
    pub author: Author,
    pub body: String,
    pub commit: String,
    pub review: Option<u64>,
    /// Why it is hidden, if it is.
    pub minimized: Option<String>,
}

/// Comments at one place of a pull request's difference.
#[derive(Clone, Debug, Serialize)]
pub struct Thread {
    pub id: u64,
    pub pull: u64,
    pub path: String,
    /// The last line; none for a comment on the whole file.
    pub line: Option<u64>,
    pub start_line: Option<u64>,
    /// Whether the line is one of the base.
    pub left: bool,
    pub resolved: bool,
    pub comments: Vec<ReviewComment>,
}

/// A comment on the pull request itself.
#[derive(Clone, Debug, Serialize)]
pub struct IssueComment {
    pub id: u64,
    pub pull: u64,
    pub author: Author,
    pub body: String,
    /// Why it is hidden, if it is.
    pub minimized: Option<String>,
}

/// A submitted review.
#[derive(Clone, Debug, Serialize)]
pub struct Review {
    pub id: u64,
    pub pull: u64,
    pub author: Author,
    pub body: String,
    pub commit: String,
}

/// A check run: the fields that were sent, and all annotations that ever were.
#[derive(Clone, Debug, Serialize)]
pub struct CheckRun {
    pub id: u64,
    /// The app that made it, which alone may change it.
    pub app: String,
    pub fields: Value,
    pub annotations: Vec<Value>,
}

/// An upload for Code Scanning.
#[derive(Clone, Debug, Serialize)]
pub struct Upload {
    pub id: u64,
    pub commit: String,
    pub reference: String,
    /// What was sent, unpacked.
    pub sarif: Value,
    pub errors: Vec<String>,
    /// How often it was asked after.
    pub polls: u32,
}

/// Everything.
#[derive(Serialize)]
pub struct State {
    pub owner: String,
    pub name: String,
    #[serde(skip)]
    pub repository: PathBuf,
    /// Whether somebody without access learns nothing at all of it: 404 instead of 403.
    pub private: bool,
    #[serde(skip)]
    pub token: String,
    pub viewer: Author,
    pub permissions: BTreeMap<String, Access>,
    pub pulls: Vec<Pull>,
    pub threads: Vec<Thread>,
    pub issue_comments: Vec<IssueComment>,
    pub reviews: Vec<Review>,
    pub checks: Vec<CheckRun>,
    pub uploads: Vec<Upload>,
    /// Whether Code Scanning is switched on.
    pub code_scanning: bool,
    /// How often an upload is pending before it is processed.
    pub pending_polls: u32,
    /// The most entries of a page, whatever is asked for.
    pub page_limit: usize,
    /// The size of a file's difference, in bytes, from which on GitHub does not show it.
    pub patch_limit: usize,
    #[serde(skip)]
    pub troubles: Vec<Trouble>,
    /// Every request and the status of its answer, in order.
    pub log: Vec<(Request, u16)>,
    /// What was not as GitHub's descriptions say.
    pub violations: Vec<String>,
    #[serde(skip)]
    diffs: HashMap<(String, String), Arc<Vec<FileDiff>>>,
    #[serde(skip)]
    last_id: u64,
}

impl State {
    /// An empty state over a repository.
    pub fn new(repository: &Path) -> Self {
        let all = ["pull-requests", "issues", "checks", "security-events", "contents"];
        State {
            owner: "octo".into(),
            name: "shop".into(),
            repository: repository.to_owned(),
            private: false,
            token: TOKEN.into(),
            viewer: Author::actions(),
            permissions: all.iter().map(|scope| ((*scope).to_owned(), Access::Write)).collect(),
            pulls: Vec::new(),
            threads: Vec::new(),
            issue_comments: Vec::new(),
            reviews: Vec::new(),
            checks: Vec::new(),
            uploads: Vec::new(),
            code_scanning: true,
            pending_polls: 1,
            page_limit: 100,
            patch_limit: 400_000,
            troubles: Vec::new(),
            log: Vec::new(),
            violations: Vec::new(),
            diffs: HashMap::new(),
            last_id: 1000,
        }
    }

    /// An id that nothing has yet.
    pub fn next_id(&mut self) -> u64 {
        self.last_id += 1;
        self.last_id
    }

    /// Whether the token reaches as far in a scope.
    pub fn may(&self, scope: &str, access: Access) -> bool {
        self.permissions.get(scope).is_some_and(|has| *has >= access)
    }

    /// Takes a permission from the token, or gives it.
    pub fn permit(&mut self, scope: &str, access: Access) {
        self.permissions.insert(scope.to_owned(), access);
    }

    /// What a job's token may do for a pull request from a fork.
    pub fn read_only(&mut self) {
        self.permissions.values_mut().for_each(|access| *access = Access::Read);
    }

    /// A pull request by number.
    pub fn pull(&self, number: u64) -> Option<&Pull> {
        self.pulls.iter().find(|pull| pull.number == number)
    }

    /// The commit that a name stands for.
    pub fn commit(&self, name: &str) -> Option<String> {
        git(&self.repository, &["rev-parse", "--verify", "--quiet", "--end-of-options", &format!("{name}^{{commit}}")])
    }

    /// The base's and the head's commit.
    pub fn ends(&self, pull: &Pull) -> (String, String) {
        let named = |reference: &str| {
            let found = self.commit(reference);
            found.unwrap_or_else(|| panic!("the repository has no {reference}"))
        };
        let head = pull.head_ref.clone().unwrap_or_else(|| format!("refs/heads/{}", pull.head));
        (named(&format!("refs/heads/{}", pull.base)), named(&head))
    }

    /// The commits of a pull request, newest first.
    pub fn commits(&self, pull: &Pull) -> Vec<String> {
        let (base, head) = self.ends(pull);
        let listed = git(&self.repository, &["rev-list", &format!("{base}..{head}")]).unwrap_or_default();
        listed.lines().map(str::to_owned).collect()
    }

    /// The difference of a pull request as of a commit.
    pub fn diff(&mut self, base: &str, head: &str) -> Arc<Vec<FileDiff>> {
        let key = (base.to_owned(), head.to_owned());
        let made = self.diffs.entry(key).or_insert_with(|| Arc::new(between(&self.repository, base, head)));
        Arc::clone(made)
    }

    /// Has somebody answer in a thread.
    pub fn reply(&mut self, thread: u64, author: Author, body: &str) {
        let id = self.next_id();
        let thread = self.threads.iter_mut().find(|one| one.id == thread).unwrap();
        let commit = thread.comments[0].commit.clone();
        thread.comments.push(ReviewComment {
            id,
            author,
            body: body.to_owned(),
            commit,
            review: None,
            minimized: None,
        });
    }

    /// Has somebody comment on a pull request.
    pub fn comment(&mut self, pull: u64, author: Author, body: &str) -> u64 {
        let id = self.next_id();
        self.issue_comments.push(IssueComment { id, pull, author, body: body.to_owned(), minimized: None });
        id
    }

    /// Has somebody begin a thread at a line of a pull request's head.
    pub fn thread(&mut self, pull: u64, author: Author, path: &str, line: u64, body: &str) -> u64 {
        let commit = self.ends(self.pull(pull).unwrap()).1;
        let (id, first) = (self.next_id(), self.next_id());
        let comments =
            vec![ReviewComment { id: first, author, body: body.to_owned(), commit, review: None, minimized: None }];
        let (path, line) = (path.to_owned(), Some(line));
        self.threads.push(Thread { id, pull, path, line, start_line: None, left: false, resolved: false, comments });
        id
    }
}
