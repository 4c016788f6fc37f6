//! What `tempergate ci` and `tempergate publish` do to a pull request, seen from GitHub's side: over real repositories and
//! the double of its API.

mod again;
mod branch;
mod first;
#[cfg(unix)]
mod hostile;
mod limits;
mod second_stage;
mod siblings;
mod slow;

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::git::Repo;
use crate::github::{Fake, TOKEN};
use crate::program::{Run, run_with};

const HEAD: &str = "\
import sqlite3

from flask import Flask, jsonify, request

app = Flask(__name__)
";

/// A file of routes: those that are named `weak` put the query into the statement, the others bind it.
fn routes(names: &[&str]) -> String {
    names.iter().fold(HEAD.to_owned(), |text, name| text + &route(name))
}

fn route(name: &str) -> String {
    let statement = match name.starts_with("weak") {
        true => "'SELECT id FROM users WHERE name = ' + name",
        false => "'SELECT id FROM users WHERE name = ?', (name,)",
    };
    format!(
        "\n\n@app.get('/{name}')\ndef {name}():\n    name = request.args.get('name')\n    with sqlite3.connect('users.db') as db:\n        rows = db.execute({statement}).fetchall()\n    return jsonify(rows)\n"
    )
}

/// A pull request from `topic` to `main`, the fake that shows it, and a runner.
struct Site {
    repo: Repo,
    fake: Fake,
    files: tempfile::TempDir,
    base: String,
}

impl Site {
    /// With these files at the base.
    fn new(base: &[(&str, &str)]) -> Self {
        let repo = Repo::with(base);
        let base = repo.git(["rev-parse", "HEAD"]);
        repo.git(["checkout", "--quiet", "-b", "topic"]);
        let fake = Fake::start(repo.path());
        Site { repo, fake, files: tempfile::tempdir().unwrap(), base }
    }

    /// With one weakness in `app.py`, pushed.
    fn weak() -> Self {
        let site = Site::new(&[("app.py", &routes(&["users"]))]);
        site.push("app.py", &routes(&["users", "weak"]));
        site
    }

    fn push(&self, path: &str, text: &str) -> String {
        self.repo.write(path, text);
        self.repo.commit("change")
    }

    fn head(&self) -> String {
        self.repo.git(["rev-parse", "topic"])
    }

    fn file(&self, name: &str) -> PathBuf {
        self.files.path().join(name)
    }

    fn pull_request_event(&self, from: &str) -> Value {
        let side = |sha: &str, name: &str| json!({ "sha": sha, "repo": { "full_name": name } });
        let (base, head) = (side(&self.base, "octo/shop"), side(&self.head(), from));
        json!({ "number": 1, "pull_request": { "base": base, "head": head } })
    }

    /// A job for the pull request as it is now.
    fn ci(&self, arguments: &[&str]) -> Run {
        self.event("pull_request", &self.pull_request_event("octo/shop"), arguments)
    }

    fn event(&self, name: &str, event: &Value, arguments: &[&str]) -> Run {
        fs::write(self.file("event.json"), event.to_string()).unwrap();
        let event = self.file("event.json").to_string_lossy().into_owned();
        let variables = [("GITHUB_EVENT_NAME", name), ("GITHUB_EVENT_PATH", event.as_str())];
        self.run(&[&["ci"], arguments].concat(), &variables)
    }

    fn run(&self, arguments: &[&str], more: &[(&str, &str)]) -> Run {
        let of = |path: &Path| path.to_string_lossy().into_owned();
        let (output, summary) = (of(&self.file("output")), of(&self.file("summary.md")));
        let (temp, workspace, url) = (of(&self.file("temp")), of(self.repo.path()), self.fake.url());
        let mut variables = vec![
            ("GITHUB_REPOSITORY", "octo/shop"),
            ("GITHUB_WORKSPACE", workspace.as_str()),
            ("GITHUB_OUTPUT", output.as_str()),
            ("GITHUB_STEP_SUMMARY", summary.as_str()),
            ("RUNNER_TEMP", temp.as_str()),
            ("GITHUB_API_URL", url.as_str()),
            ("GITHUB_GRAPHQL_URL", ""),
            ("GITHUB_SERVER_URL", ""),
            ("GITHUB_TOKEN", TOKEN),
            ("GH_TOKEN", ""),
            ("NO_PROXY", "127.0.0.1"),
        ];
        variables.extend_from_slice(more);
        run_with(self.repo.path(), arguments, &variables)
    }

    /// What a run asked GitHub to change, in short.
    fn writes(&self) -> Vec<String> {
        self.fake.take_writes().iter().map(|request| request.short().replace("/repos/octo/shop", "")).collect()
    }

    /// The first comments of all threads, open ones first.
    fn threads(&self) -> Vec<(bool, String)> {
        let state = self.fake.state();
        state.threads.iter().map(|thread| (thread.resolved, thread.comments[0].body.clone())).collect()
    }

    fn summary(&self) -> String {
        let state = self.fake.state();
        assert_eq!(state.issue_comments.len(), 1, "one summary");
        state.issue_comments[0].body.clone()
    }
}

fn ended(run: &Run, code: i32) {
    assert_eq!(run.code, code, "{}\n{}", run.out, run.err);
}
