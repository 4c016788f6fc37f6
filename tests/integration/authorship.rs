//! Who wrote which line of real repositories, and what the program says of it.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};
use tempergate::authorship::{Authors, Declared, Level, Marks, PullRequest};
use tempergate::change::{Change, Head, Limits};

use crate::git::Repo;
use crate::program::{Run, json as read_json, run, run_with};

const CLAUDE: &str = "Claude <noreply@anthropic.com>";
const ADA: &str = "Ada <ada@example.com>";
const CURSOR: &str = "Cursor <cursoragent@cursor.com>";

/// Numbered lines, so that each is another.
fn numbered(from: usize, to: usize) -> String {
    (from..=to).map(|n| format!("line_{n} = {n}\n")).collect()
}

fn commit_by(repo: &Repo, author: &str, message: &str) -> String {
    repo.git(["add", "--all"]);
    repo.git(["commit", "--quiet", "--author", author, "-m", message]);
    repo.git(["rev-parse", "HEAD"])
}

fn topic(files: &[(&str, String)]) -> Repo {
    let repo = Repo::with(files);
    repo.git(["checkout", "--quiet", "-b", "topic"]);
    repo
}

fn authors_of(repo: &Repo, head: &Head) -> Authors {
    let change = Change::between(repo.path(), "main", head, Limits::default()).unwrap();
    let authors = change.authors(Marks::built_in(), None);
    assert_eq!(authors.incomplete(), None);
    authors
}

fn committed(repo: &Repo) -> Authors {
    authors_of(repo, &Head::Commit("HEAD".into()))
}

/// Who wrote the lines of a file, in words, one a line; what is not of the change is `-`.
fn told(authors: &Authors, path: &str, lines: u32) -> Vec<String> {
    (1..=lines).map(|n| authors.of(path, n, n).map_or("-".into(), |author| author.in_words())).collect()
}

#[test]
fn each_line_is_of_the_commit_that_brought_it_in() {
    let repo = topic(&[("a.py", numbered(1, 3))]);
    repo.write("a.py", format!("claude = 1\n{}", numbered(1, 3)));
    commit_by(&repo, CLAUDE, "By an agent");
    repo.write("a.py", format!("claude = 1\n{}ada = 1\n", numbered(1, 3)));
    commit_by(&repo, ADA, "By a person");
    repo.write("a.py", format!("cursor = 1\nclaude = 1\n{}ada = 2\n", numbered(1, 3)));
    commit_by(&repo, ADA, &format!("By both\n\nCo-authored-by: {CURSOR}\n"));
    let authors = committed(&repo);
    let expected = ["assisted Cursor", "agent Claude Code", "-", "-", "-", "assisted Cursor"];
    assert_eq!(told(&authors, "a.py", 6), expected);
    assert_eq!(authors.lines("a.py"), (3, 0));
    assert_eq!([Level::Agent, Level::Assisted, Level::Unknown].map(|level| authors.commits(level)), [1, 1, 1]);
}

#[test]
fn what_is_not_committed_is_of_nobody_known() {
    let repo = topic(&[("a.py", numbered(1, 3)), ("gone.py", numbered(20, 29))]);
    repo.write("a.py", format!("claude = 1\n{}", numbered(1, 3)));
    commit_by(&repo, CLAUDE, "By an agent");
    repo.write("a.py", format!("new = 1\nclaude = 1\n{}", numbered(1, 3)));
    repo.write("untracked.py", "new = 1\n");
    repo.remove("gone.py");
    repo.write("moved.py", format!("{}new = 1\n", numbered(20, 29)));
    let authors = authors_of(&repo, &Head::WorkingTree);
    assert_eq!(told(&authors, "a.py", 3), ["unknown", "agent Claude Code", "-"]);
    assert_eq!(told(&authors, "untracked.py", 2), ["unknown", "-"]);
    assert_eq!(told(&authors, "moved.py", 11)[9..], ["-", "unknown"]);
}

#[test]
fn a_squash_merge_keeps_the_marks_of_its_commits() {
    let repo = topic(&[("a.py", numbered(1, 3))]);
    repo.git(["checkout", "--quiet", "-b", "work"]);
    repo.write("a.py", numbered(1, 5));
    commit_by(&repo, CLAUDE, "By an agent");
    repo.git(["checkout", "--quiet", "topic"]);
    repo.git(["merge", "--quiet", "--squash", "work"]);
    let message = "Two things (#7)\n\n* One\n\nCo-authored-by: Claude Opus 4.5 <noreply@anthropic.com>\n\n* Two\n\n\
                   Signed-off-by: Ada <ada@example.com>\n";
    commit_by(&repo, ADA, message);
    let authors = committed(&repo);
    assert_eq!(
        told(&authors, "a.py", 5)[2..],
        ["-", "assisted Claude Code (Opus 4.5)", "assisted Claude Code (Opus 4.5)"]
    );
}

#[test]
fn lines_are_followed_over_renames_and_merges() {
    let repo = topic(&[("old.py", numbered(1, 20)), ("b.py", numbered(1, 3))]);
    repo.write("old.py", format!("claude = 1\n{}", numbered(1, 20)));
    commit_by(&repo, CLAUDE, "By an agent");
    repo.remove("old.py");
    repo.write("deep/new.py", format!("claude = 1\n{}ada = 1\n", numbered(1, 20)));
    commit_by(&repo, ADA, "Move it");
    repo.git(["checkout", "--quiet", "main"]);
    repo.write("b.py", numbered(1, 6));
    commit_by(&repo, CURSOR, "Meanwhile on the base");
    repo.git(["checkout", "--quiet", "topic"]);
    repo.git(["merge", "--quiet", "--no-edit", "main"]);
    let authors = committed(&repo);
    let lines = told(&authors, "deep/new.py", 22);
    assert_eq!((lines[0].as_str(), lines[1].as_str(), lines[21].as_str()), ("agent Claude Code", "-", "unknown"));
    // What came from the base is not of the change.
    assert_eq!(told(&authors, "b.py", 6), ["-"; 6]);
    assert_eq!(authors.commits(Level::Agent), 1, "the base's own commit is none of the change");
}

#[test]
fn both_sides_of_a_merge_within_the_change_are_followed() {
    let repo = topic(&[("a.py", numbered(1, 9))]);
    repo.git(["checkout", "--quiet", "-b", "side"]);
    repo.write("a.py", format!("{}cursor = 1\n", numbered(1, 9)));
    commit_by(&repo, CURSOR, "On the side");
    repo.git(["checkout", "--quiet", "topic"]);
    repo.write("a.py", format!("claude = 1\n{}", numbered(1, 9)));
    commit_by(&repo, CLAUDE, "On the topic");
    repo.git(["merge", "--quiet", "--no-edit", "side"]);
    let lines = told(&committed(&repo), "a.py", 11);
    assert_eq!((lines[0].as_str(), lines[5].as_str(), lines[10].as_str()), ("agent Claude Code", "-", "agent Cursor"));
}

fn note(attestations: &str) -> String {
    let metadata = json!({
        "schema_version": "authorship/3.0.0",
        "base_commit_sha": "x",
        "prompts": {},
        "sessions": {"s_c9883b05a2487d": {"agent_id": {"tool": "claude", "id": "1", "model": "claude-opus-4-7"}}},
    });
    format!("{attestations}\n---\n{metadata:#}\n")
}

const SESSION: &str = "s_c9883b05a2487d::t_9f8e7d6c5b4a32";

#[test]
fn notes_of_git_ai_say_it_line_by_line() {
    let repo = topic(&[("a.py", numbered(1, 2))]);
    repo.write("a.py", numbered(1, 5));
    let commit = commit_by(&repo, ADA, &format!("Both\n\nCo-authored-by: {CURSOR}\n"));
    repo.git(["notes", "--ref=ai", "add", "-m", &note(&format!("a.py\n  {SESSION} 4")), &commit]);
    // Moved down by a later commit, the line is still the one of the note.
    repo.write("a.py", format!("first = 1\n{}", numbered(1, 5)));
    commit_by(&repo, ADA, "Above it");
    let expected = ["unknown", "-", "-", "unknown", "assisted claude (claude-opus-4-7)", "unknown"];
    assert_eq!(told(&committed(&repo), "a.py", 6), expected);
}

#[test]
fn notes_lie_in_folders_where_there_are_many() {
    let repo = topic(&[("a.py", numbered(1, 2))]);
    repo.write("a.py", numbered(1, 3));
    let id = commit_by(&repo, ADA, "Mine");
    let git = git2::Repository::open(repo.path()).unwrap();
    let blob = git.blob(note(&format!("a.py\n  {SESSION} 3")).as_bytes()).unwrap();
    let tree = |name: &str, id: git2::Oid, mode: i32| {
        let mut builder = git.treebuilder(None).unwrap();
        builder.insert(name, id, mode).unwrap();
        builder.write().unwrap()
    };
    let inner = tree(&id[4..], blob, 0o100_644);
    let middle = tree(&id[2..4], inner, 0o040_000);
    let root = git.find_tree(tree(&id[..2], middle, 0o040_000)).unwrap();
    let who = git2::Signature::now("Ada", "ada@example.com").unwrap();
    git.commit(Some("refs/notes/ai"), &who, &who, "Notes", &root, &[]).unwrap();
    assert_eq!(told(&committed(&repo), "a.py", 3), ["-", "-", "assisted claude (claude-opus-4-7)"]);
}

#[test]
fn agent_traces_say_it_line_by_line() {
    let repo = topic(&[("a.py", numbered(1, 2))]);
    repo.write("a.py", numbered(1, 5));
    let commit = commit_by(&repo, ADA, "Both\n\nMade-with: Cursor\n");
    let ranges = json!([{"start_line": 4, "end_line": 4}]);
    let conversation = json!({"contributor": {"type": "ai", "model_id": "openai/gpt-5"}, "ranges": ranges});
    let record = json!({
        "version": "0.1.0", "id": "1", "timestamp": "2026-01-01T00:00:00Z", "tool": {"name": "cursor"},
        "vcs": {"type": "git", "revision": commit}, "files": [{"path": "a.py", "conversations": [conversation]}],
    });
    repo.write(".agent-trace/traces.jsonl", format!("{record}\nnonsense\n"));
    commit_by(&repo, ADA, "Record it");
    assert_eq!(told(&committed(&repo), "a.py", 5)[2..], ["unknown", "assisted cursor (openai/gpt-5)", "unknown"]);
}

#[test]
fn names_and_messages_that_are_no_text_are_read_all_the_same() {
    let repo = topic(&[("a.py", numbered(1, 2))]);
    repo.write("größe \u{202e}.py", "x = 1\n");
    commit_by(&repo, "C\u{1b}[2Jlaude <noreply@anthropic.com>", "By an agent");
    let authors = committed(&repo);
    let author = authors.of("größe \u{202e}.py", 1, 1).unwrap();
    assert_eq!(author.level, Level::Agent);
    let run = run(repo.path(), ["authorship", "--base", "main", "--head", "HEAD"]);
    assert_eq!(run.code, 0, "{}", run.err);
    assert!(!run.out.contains('\u{1b}') && !run.out.contains('\u{202e}'), "{}", run.out);
}

const SAFE: &str = "def total(items):\n    return sum(items)\n";
const WEAK: &str =
    "import os\nfrom flask import request\n\n\ndef ping():\n    os.system(\"ping \" + request.args[\"host\"])\n";

/// A change with a finding in a file of an agent, and one in that of a person.
fn with_findings() -> Repo {
    let repo = topic(&[("app.py", SAFE.to_string()), ("mine.py", SAFE.to_string())]);
    repo.write("app.py", WEAK);
    commit_by(&repo, CLAUDE, "By an agent");
    repo.write("mine.py", WEAK);
    commit_by(&repo, ADA, "By a person");
    repo
}

#[test]
fn findings_and_reports_say_who_wrote_it() {
    let repo = with_findings();
    let file = |name: &str| repo.outside(name).to_string_lossy().into_owned();
    let reports = ["json", "sarif", "markdown", "html"].map(|format| format!("{format}={}", file(format)));
    let mut arguments = vec!["check", "--base", "main", "--head", "topic"];
    arguments.extend(reports.iter().flat_map(|report| ["--report", report]));
    let run = run(repo.path(), arguments);
    assert_eq!(run.code, 1, "{}{}", run.out, run.err);
    let report = read_json(&repo.outside("json"));
    let author = |at: usize| report["findings"][at]["author"].clone();
    let commit = repo.git(["rev-parse", "topic~1"]);
    let mark = "author Claude <noreply@anthropic.com>";
    let evidence = json!([{"source": "commit", "commit": commit, "mark": mark}]);
    assert_eq!(author(0), json!({"level": "agent", "agent": "Claude Code", "evidence": evidence}));
    assert_eq!(author(1), json!({"level": "unknown"}));
    let expected = json!({
        "aiLines": 6, "otherLines": 6, "aiShare": 50.0, "aiFindings": 1, "otherFindings": 1,
        "aiFindingsPer1000": 166.7, "otherFindingsPer1000": 166.7,
    });
    assert_eq!(report["authorship"], expected);
    let sarif = read_json(&repo.outside("sarif"));
    assert_eq!(sarif["runs"][0]["properties"]["authorship"], expected);
    assert_eq!(sarif["runs"][0]["results"][0]["properties"]["author"], author(0));
    let line = "6 of 12 changed lines AI-written (50%); 1 new finding in them (166.7 per 1,000 lines), 1 in others";
    for shown in [
        run.out,
        fs::read_to_string(repo.outside("markdown")).unwrap(),
        fs::read_to_string(repo.outside("html")).unwrap(),
    ] {
        assert!(shown.contains(line), "{shown}");
        assert_eq!(shown.matches("agent Claude Code; commit ").count(), 1, "{shown}");
    }
}

/// The authorship of a change is the same whether one job judges it or several do.
#[test]
fn shares_of_a_change_add_up() {
    let repo = with_findings();
    let shares = tempfile::tempdir().unwrap();
    let check = |more: &[&str], name: &str| {
        let file = shares.path().join(name).join("report.json");
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        let report = format!("json={}", file.display());
        let arguments = ["check", "--base", "main", "--head", "topic", "--report", &report];
        run(repo.path(), arguments.iter().chain(more));
        file
    };
    let whole = read_json(&check(&[], "whole"));
    fs::remove_dir_all(shares.path().join("whole")).unwrap();
    for share in ["1/3", "2/3", "3/3"] {
        check(&["--shard", share], &share.replace('/', "-"));
    }
    let merged = shares.path().join("merged");
    let arguments = ["merge".as_ref(), shares.path().as_os_str(), "--reports".as_ref(), merged.as_os_str()];
    let run = run(repo.path(), arguments);
    assert_eq!(run.code, 1, "{}", run.err);
    let merged = read_json(&merged.join("report.json"));
    assert_eq!(merged["authorship"], whole["authorship"]);
    assert_eq!(merged, whole);
}

fn ci(repo: &Repo, about: Value) -> (Run, Value) {
    let files = tempfile::tempdir().unwrap();
    let side = |reference: &str| json!({"sha": repo.git(["rev-parse", reference]), "repo": {"full_name": "o/r"}});
    let mut request = json!({"base": side("main"), "head": side("topic")});
    for (key, value) in about.as_object().unwrap() {
        match key.as_str() {
            "branch" => request["head"]["ref"] = value.clone(),
            _ => request[key] = value.clone(),
        }
    }
    let event = files.path().join("event.json");
    fs::write(&event, json!({"number": 7, "pull_request": request}).to_string()).unwrap();
    let of = |path: &Path| path.to_string_lossy().into_owned();
    let (event, temp, workspace) = (of(&event), of(&files.path().join("temp")), of(repo.path()));
    let variables = [
        ("GITHUB_EVENT_NAME", "pull_request"),
        ("GITHUB_EVENT_PATH", event.as_str()),
        ("GITHUB_REPOSITORY", "o/r"),
        ("GITHUB_WORKSPACE", workspace.as_str()),
        ("RUNNER_TEMP", temp.as_str()),
        ("GITHUB_TOKEN", ""),
        ("GH_TOKEN", ""),
        ("GITHUB_OUTPUT", ""),
        ("GITHUB_STEP_SUMMARY", ""),
        ("TEMPERGATE_POLICY", ""),
    ];
    let run = run_with(repo.path(), ["ci"], &variables);
    let report = read_json(&files.path().join("temp/tempergate/report.json"));
    (run, report)
}

#[test]
fn a_pull_request_is_a_mark_on_every_line() {
    let repo = with_findings();
    for (about, words, mark) in [
        (json!({"branch": "codex/x"}), "Codex", "branch codex/x"),
        (json!({"labels": [{"name": "codex"}]}), "Codex", "label codex"),
        (json!({"user": {"login": "Copilot"}}), "Copilot coding agent", "user Copilot"),
        (
            json!({"body": "x\n\nhttps://app.devin.ai/sessions/1\n"}),
            "Devin",
            "link to https://app.devin.ai/sessions/ in the body",
        ),
        (json!({"title": "Sweep: x"}), "Sweep", "title Sweep: x"),
    ] {
        let (run, report) = ci(&repo, about);
        let author = &report["findings"][1]["author"];
        assert_eq!(author["level"], "assisted", "{}{}", run.out, run.err);
        assert_eq!((author["agent"].as_str(), author["evidence"][0]["mark"].as_str()), (Some(words), Some(mark)));
        assert_eq!(report["findings"][0]["author"]["level"], "agent", "what the commit says is stronger");
        assert_eq!(report["authorship"]["aiShare"], json!(100.0));
    }
    let (_, report) = ci(&repo, json!({"branch": "topic", "user": {"login": "ada"}, "body": null, "labels": []}));
    assert_eq!(report["findings"][1]["author"], json!({"level": "unknown"}));
}

#[test]
fn the_policy_of_the_base_declares_marks() {
    let repo = with_findings();
    repo.git(["checkout", "--quiet", "main"]);
    let policy = "authorship:\n  marks:\n    - { agent: Ada's robot, author: ada@example.com }\n  ai-written: { users: [grace] }\n";
    repo.write(".tempergate.yml", policy);
    commit_by(&repo, ADA, "Policy");
    repo.git(["checkout", "--quiet", "topic"]);
    let (run, report) = ci(&repo, json!({"user": {"login": "ada"}}));
    let author = &report["findings"][1]["author"];
    assert_eq!(author["agent"], "Ada's robot", "{}{}", run.out, run.err);
    assert_eq!(author["evidence"][0]["mark"], "author Ada <ada@example.com>, declared at .tempergate.yml:3");
    let (_, report) = ci(&repo, json!({"user": {"login": "grace"}}));
    let marks: Vec<&str> = (report["findings"][0]["author"]["evidence"].as_array().unwrap().iter())
        .filter_map(|evidence| evidence["mark"].as_str())
        .collect();
    assert!(marks.contains(&"user grace, declared at .tempergate.yml:4"), "{marks:?}");
    let run = run_authorship(&repo, &["--base", "main"]);
    assert!(run.out.contains("Ada's robot"), "{}", run.out);
}

fn run_authorship(repo: &Repo, arguments: &[&str]) -> Run {
    run(repo.path(), ["authorship"].iter().chain(arguments))
}

#[test]
fn the_table_has_a_row_for_each_file_and_author() {
    let repo = with_findings();
    repo.write("mine.py", format!("{WEAK}new = 1\n"));
    let run = run_authorship(&repo, &["--base", "main"]);
    assert_eq!((run.code, run.err.as_str()), (0, ""));
    let commit = repo.git(["rev-parse", "topic~1"]);
    let base = repo.git(["rev-parse", "main"]);
    let expected = format!(
        "From main (merge-base {}) to working tree\n\n\
         file     lines  share  level    agent        evidence\n\
         app.py       6   100%  agent    Claude Code  commit {}: author Claude <noreply@anthropic.com>\n\
         mine.py      7   100%  unknown  –            –\n\n\
         6 of 13 changed lines AI-written (46.2%); of 2 commits, 1 by agents, 0 assisted, 1 without a mark\n",
        &base[..12],
        &commit[..12]
    );
    assert_eq!(run.out, expected);
    let run = run_authorship(&repo, &["--base", "main", "--head", "topic", "--format", "json"]);
    let listing: Value = serde_json::from_str(&run.out).unwrap();
    assert_eq!(listing["commits"], json!({"agent": 1, "assisted": 0, "unknown": 1}));
    assert_eq!((&listing["lines"], &listing["aiLines"], &listing["aiShare"]), (&json!(12), &json!(6), &json!(50.0)));
    assert_eq!(listing["files"][0]["path"], "app.py");
    assert_eq!(listing["files"][0]["agent"], "Claude Code");
    let run = run_authorship(&repo, &["--base", "main", "--head", "main"]);
    assert!(run.out.ends_with("No line of a text file changed.\n"), "{}", run.out);
}

#[test]
fn without_a_base_the_default_branch_is_taken_and_named() {
    let repo = with_findings();
    let run = run_authorship(&repo, &[]);
    assert_eq!(run.code, 0);
    assert_eq!(run.err, "compared with main, the usual name of a default branch; --base names another\n");
    let clone = Repo::clone_of(repo.path(), &["--branch=topic"]);
    clone.git(["remote", "set-head", "origin", "main"]);
    let run = run_authorship(&clone, &[]);
    assert_eq!(run.err, "compared with origin/main, the default branch of origin; --base names another\n");
    assert!(run.out.contains("6 of 12 changed lines AI-written"), "{}", run.out);
    repo.git(["checkout", "--quiet", "main"]);
    let run = run_authorship(&repo, &[]);
    assert_eq!(run.code, 2);
    assert!(run.err.contains("no default branch was found to compare with"), "{}", run.err);
}

/// Whoever takes a check away is the author of what follows from it.
#[test]
fn what_follows_from_a_deletion_is_of_whoever_deleted() {
    let guarded = "import subprocess\nfrom flask import request\n\n\ndef ping():\n    host = request.args[\"host\"]\n    \
                   if host not in (\"a\", \"b\"):\n        return None\n    return subprocess.run(\"ping \" + host, shell=True)\n";
    let unguarded = guarded.replace("    if host not in (\"a\", \"b\"):\n        return None\n", "");
    let repo = topic(&[("app.py", guarded.to_string())]);
    repo.write("app.py", unguarded);
    commit_by(&repo, CLAUDE, "Simplify");
    let report = repo.outside("report.json");
    let argument = format!("json={}", report.display());
    run(repo.path(), ["check", "--base", "main", "--head", "topic", "--report", &argument]);
    let report = read_json(&report);
    assert_eq!(report["authorship"]["aiLines"], 0);
    let finding = &report["findings"][0];
    assert_eq!((&finding["state"], &finding["author"]["agent"]), (&json!("new"), &json!("Claude Code")), "{report:#}");
}

/// A commit in the middle of the change has a tree that unfolds to a thousand million files; the head is small.
#[test]
fn trees_that_unfold_to_any_size_are_left_alone() {
    let repo = topic(&[("a.py", numbered(1, 2))]);
    repo.write("a.py", numbered(1, 3));
    let first = commit_by(&repo, CLAUDE, "By an agent");
    let git = git2::Repository::open(repo.path()).unwrap();
    let mut id = git.blob(b"x").unwrap();
    for level in 0..9 {
        let mut builder = git.treebuilder(None).unwrap();
        for number in 0..10 {
            let mode = if level == 0 { 0o100_644 } else { 0o040_000 };
            builder.insert(format!("{number}"), id, mode).unwrap();
        }
        id = builder.write().unwrap();
    }
    let who = git2::Signature::now("Ada", "ada@example.com").unwrap();
    let parent = git.find_commit(git2::Oid::from_str(&first).unwrap()).unwrap();
    let commit = |tree: git2::Oid, parent: &git2::Commit<'_>| {
        let id = git.commit(None, &who, &who, "x", &git.find_tree(tree).unwrap(), &[parent]).unwrap();
        git.find_commit(id).unwrap()
    };
    let bomb = commit(id, &parent);
    let head = commit(parent.tree_id(), &bomb);
    let head = Head::Commit(head.id().to_string());
    let change = Change::between(repo.path(), "main", &head, Limits::default()).unwrap();
    let authors = change.authors(Marks::built_in(), None);
    assert_eq!(authors.incomplete(), Some("the trees of its commits are too large together"));
    assert_eq!(told(&authors, "a.py", 3)[2], "unknown");
}

#[test]
fn an_agents_pull_request_stays_its_own_whatever_the_library_is_asked() {
    let repo = with_findings();
    let change = Change::between(repo.path(), "main", &Head::Commit("topic".into()), Limits::default()).unwrap();
    let request = PullRequest { branch: "claude/x".into(), ..PullRequest::default() };
    let one = change.authors(&Marks::with(&Declared::default()), Some(&request));
    let two = change.authors(Marks::built_in(), Some(&request));
    assert_eq!(one.rows(), two.rows());
    assert_eq!(one.lines("mine.py"), (6, 0));
}
