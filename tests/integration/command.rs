//! The policy's own command: what it says about fixes, on real repositories, and that it leaves nothing behind.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use tempergate::change::{Change, Head, Limits};
use tempergate::model::stop::Stop;
use tempergate::policy::VerifyCommand;
use tempergate::process::InScratch;
use tempergate::verify::command::{End, Runner};

use crate::git::Repo;
use crate::program::{self, Run};

const APP: &str = "\
import sqlite3

from flask import Flask, jsonify, request

app = Flask(__name__)


@app.get('/users')
def users():
    name = request.args.get('name')
    with sqlite3.connect('users.db') as db:
        rows = db.execute('SELECT id FROM users WHERE name = ' + name).fetchall()
    return jsonify(rows)
";

const TOKENS: &str = "\
import random


def reset_token():
    return ''.join(random.choice('0123456789abcdef') for _ in range(32))
";

/// Passes as long as the tokens are made in this way.
const SCRIPT: &str = "\
#!/bin/sh
echo checking the tokens
grep -q 'random.choice' tokens.py || { printf 'tokens.py: \\033[31mno random.choice\\n' >&2; exit 3; }
";

fn policy(command: &str, timeout: &str) -> String {
    let command = serde_json::to_string(command).unwrap();
    format!("version: 1\nverify: {{ command: {command}, timeout: {timeout} }}\n")
}

/// A repository whose base has this policy, and whose branch `topic` brings in two weaknesses that templates mend.
fn changed(policy: &str) -> Repo {
    let repo = Repo::with(&[(".tempergate.yml", policy), ("check.sh", SCRIPT), ("README.md", "hello\n")]);
    repo.git(["checkout", "--quiet", "-b", "topic"]);
    repo.write("app.py", APP);
    repo.write("tokens.py", TOKENS);
    repo.commit("change");
    repo
}

/// Runs the program with a folder of its own for temporary files, which must be empty afterwards.
fn run(repo: &Repo, arguments: &[&str], variables: &[(&str, &str)]) -> Run {
    let temporary = repo.outside("temporary");
    fs::create_dir_all(&temporary).unwrap();
    let variables = [variables, &[("TMPDIR", temporary.to_str().unwrap())]].concat();
    let run = program::run_with(repo.path(), arguments, &variables);
    assert_eq!(fs::read_dir(&temporary).unwrap().count(), 0, "something is left behind");
    run
}

fn check(repo: &Repo, variables: &[(&str, &str)]) -> (Value, String) {
    let run = run(repo, &["check", "--base", "main", "--head", "topic", "--format", "json"], variables);
    assert!(run.code < 2, "{}", run.err);
    (serde_json::from_str(&run.out).unwrap(), run.err)
}

fn finding<'r>(report: &'r Value, path: &str) -> &'r Value {
    report["findings"].as_array().unwrap().iter().find(|f| f["path"] == path).unwrap()
}

fn record(report: &Value, path: &str) -> String {
    finding(report, path)["fix"]["verification"]["command"].as_str().unwrap_or("none").to_owned()
}

fn rejection(report: &Value, path: &str) -> (String, String) {
    let finding = finding(report, path);
    assert!(finding.get("fix").is_none(), "{finding}");
    let rejected = &finding["rejected"][0];
    let text = |key: &str| rejected[key].as_str().unwrap().to_owned();
    (text("reason"), text("explanation"))
}

#[test]
fn the_fix_that_breaks_something_is_rejected_and_the_other_stays() {
    let repo = changed(&policy("sh check.sh", "1m"));
    let (report, err) = check(&repo, &[]);
    assert_eq!(err, "trying the fixes with `sh check.sh`\n");
    assert_eq!(record(&report, "app.py"), "`sh check.sh` ended with 0 before and after");
    let (reason, explanation) = rejection(&report, "tokens.py");
    assert_eq!(reason, "fails-command");
    assert_eq!(
        explanation,
        "`sh check.sh` ended with 0 without this fix and ended with 3 with it; it said last: checking the tokens / \
         tokens.py: <U+001B>[31mno random.choice"
    );
    assert_eq!(repo.git(["status", "--porcelain"]), "");
    assert_eq!(repo.git(["worktree", "list"]).lines().count(), 1);
    let fixes = run(&repo, &["fix", "--base", "main"], &[]);
    assert!(fixes.out.contains("+++ b/app.py") && !fixes.out.contains("tokens.py"), "{}", fixes.out);
}

#[test]
fn a_command_that_fails_already_says_nothing_against_fixes() {
    let repo = changed(&policy("exit 7", "1m"));
    let (report, _) = check(&repo, &[]);
    for path in ["app.py", "tokens.py"] {
        assert_eq!(record(&report, path), "`exit 7` ended with 7 before and after");
    }
    let repo = changed(&policy("no-such-program --at-all", "1m"));
    let (report, _) = check(&repo, &[]);
    assert_eq!(record(&report, "app.py"), "`no-such-program --at-all` ended with 127 before and after");
}

#[test]
fn a_command_that_takes_too_long_is_ended_with_all_that_it_started() {
    let repo = changed("version: 1\n");
    let ids = repo.outside("ids");
    let hang = format!(
        "grep -q 'random.choice' tokens.py || {{ sleep 300 & echo $! >> {0}; (sleep 301 & echo $! >> {0}; wait) & wait; }}",
        ids.display()
    );
    fs::write(repo.outside("policy.yml"), policy(&hang, "1s")).unwrap();
    let begin = Instant::now();
    let given = repo.outside("policy.yml");
    let arguments = ["check", "--base", "main", "--head", "topic", "--format", "json", "--policy"];
    let run = run(&repo, &[&arguments[..], &[given.to_str().unwrap()]].concat(), &[]);
    assert!(begin.elapsed() < Duration::from_secs(60));
    let report: Value = serde_json::from_str(&run.out).unwrap();
    let (reason, explanation) = rejection(&report, "tokens.py");
    assert_eq!(reason, "fails-command");
    assert!(explanation.ends_with("ended with 0 without this fix and was stopped after 1s with it"), "{explanation}");
    assert!(record(&report, "app.py").ends_with("ended with 0 before and after"));
    let ids = fs::read_to_string(ids).unwrap();
    assert!(ids.lines().count() >= 2);
    for id in ids.lines() {
        assert!(!is_running(id), "{id} still runs");
    }
}

fn is_running(id: &str) -> bool {
    let status = Command::new("ps").args(["-o", "stat=", "-p", id]).output().unwrap();
    let status = String::from_utf8(status.stdout).unwrap();
    !status.trim().is_empty() && !status.trim().starts_with('Z')
}

#[test]
fn nothing_of_the_environment_reaches_the_command() {
    let repo = changed("version: 1\n");
    let said = repo.outside("said");
    let command = format!("{{ env; echo \"STDIN=$(cat)\"; }} >> {}", said.display());
    fs::write(repo.outside("policy.yml"), policy(&command, "1m")).unwrap();
    let given = repo.outside("policy.yml");
    let secrets = ["MODEL_API_KEY", "GITHUB_TOKEN", "AWS_SECRET_ACCESS_KEY", "HTTPS_PROXY", "GIT_DIR", "SSH_AUTH_SOCK"];
    let variables: Vec<(&str, &str)> = secrets.iter().map(|name| (*name, "do-not-tell")).collect();
    let arguments = ["check", "--base", "main", "--head", "topic", "--policy", given.to_str().unwrap()];
    run(&repo, &arguments, &variables);
    let said = fs::read_to_string(said).unwrap();
    assert!(!said.contains("do-not-tell"), "{said}");
    assert!(said.contains("STDIN=\n"), "{said}");
    let names: std::collections::BTreeSet<&str> = said.lines().filter_map(|l| Some(l.split_once('=')?.0)).collect();
    let known = ["HOME", "LANG", "OLDPWD", "PATH", "PWD", "SHLVL", "STDIN", "TERM", "TMPDIR", "_"];
    let unknown: Vec<&&str> = names.iter().filter(|name| !known.contains(*name)).collect();
    assert!(unknown.is_empty() && names.contains("HOME") && names.contains("TMPDIR"), "{unknown:?}");
    let real_home = std::env::var("HOME").unwrap_or_default();
    assert!(!said.lines().any(|line| line == format!("HOME={real_home}")), "{said}");
}

#[test]
fn a_command_of_the_head_is_not_run() {
    let repo = changed("version: 1\n");
    let marker = repo.outside("marker");
    repo.write(".tempergate.yml", policy(&format!("touch {}", marker.display()), "1m"));
    repo.commit("a policy of one's own");
    let (report, err) = check(&repo, &[]);
    assert_eq!((err.as_str(), record(&report, "app.py").as_str()), ("", "none"));
    let fixes = run(&repo, &["fix", "--base", "main"], &[]);
    assert!(fixes.out.contains("+++ b/tokens.py"), "{}", fixes.err);
    assert!(!marker.exists());
}

#[test]
fn a_change_without_fixes_costs_no_run() {
    let repo = changed("version: 1\n");
    let marker = repo.outside("marker");
    let repo_policy = policy(&format!("touch {}", marker.display()), "1m") + "harden: { strategy: none }\n";
    fs::write(repo.outside("policy.yml"), repo_policy).unwrap();
    let given = repo.outside("policy.yml");
    let run = run(&repo, &["check", "--base", "main", "--policy", given.to_str().unwrap()], &[]);
    assert_eq!((run.code, run.err.as_str(), marker.exists()), (1, "", false));
}

#[test]
fn files_without_a_repository_are_mended_without_the_command() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("tokens.py"), TOKENS).unwrap();
    fs::write(folder.path().join(".tempergate.yml"), policy("touch marker", "1m")).unwrap();
    let run = program::run(folder.path(), ["fix", "tokens.py"]);
    assert!(run.out.contains("+++ b/tokens.py"), "{}", run.out);
    assert!(run.err.contains("the policy's command `touch marker` is not run"), "{}", run.err);
    assert!(!folder.path().join("marker").exists());
}

#[test]
fn strategies_that_ask_a_model_need_one_from_the_policy_or_the_command_line() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("tokens.py"), TOKENS).unwrap();
    fs::write(folder.path().join(".tempergate.yml"), "harden: { strategy: ladder }\n").unwrap();
    let run = program::run(folder.path(), ["fix", "tokens.py"]);
    assert_eq!((run.code, run.out.as_str()), (2, ""));
    let why = "error: harden.strategy (.tempergate.yml:1) is `ladder`, which asks a model, and no model is named\n";
    assert_eq!(run.err, why);
    let run = program::run(folder.path(), ["fix", "--strategy", "template", "tokens.py"]);
    assert!(run.code == 0 && run.out.contains("+++ b/tokens.py"), "{}", run.err);
    let run = program::run(folder.path(), ["policy", "check", ".tempergate.yml"]);
    assert_eq!((run.code, run.out.as_str()), (0, ".tempergate.yml: ok\n"));
    assert_eq!(run.err, why.replace("error", "note"));
}

#[test]
fn an_interrupt_ends_the_command_and_keeps_the_report() {
    let repo = changed("version: 1\n");
    let (id, temporary) = (repo.outside("id"), repo.outside("temporary"));
    fs::create_dir(&temporary).unwrap();
    fs::write(repo.outside("policy.yml"), policy(&format!("echo $$ > {}; sleep 300", id.display()), "10m")).unwrap();
    let child = Command::new(env!("CARGO_BIN_EXE_tempergate"))
        .args(["check", "--base", "main", "--head", "topic", "--format", "json", "--policy"])
        .arg(repo.outside("policy.yml"))
        .current_dir(repo.path())
        .env("TMPDIR", &temporary)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let started = Instant::now();
    while fs::read_to_string(&id).unwrap_or_default().trim().is_empty() {
        assert!(started.elapsed() < Duration::from_secs(120), "the command was never started");
        std::thread::sleep(Duration::from_millis(50));
    }
    let sent = Command::new("kill").args(["-s", "INT", &child.id().to_string()]).status().unwrap();
    assert!(sent.success());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    let (reason, explanation) = rejection(&report, "tokens.py");
    assert_eq!(reason, "fails-command");
    assert!(explanation.ends_with("was interrupted, so the fix was not tried"), "{explanation}");
    assert!(!is_running(fs::read_to_string(&id).unwrap().trim()));
    assert_eq!(fs::read_dir(&temporary).unwrap().count(), 0);
}

fn change(repo: &Repo, head: &Head) -> Change {
    Change::between(repo.path(), "main", head, Limits { max_file_bytes: 10 }).unwrap()
}

fn edited(files: &[(&str, &str)]) -> BTreeMap<String, String> {
    files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect()
}

#[test]
fn a_scratch_copy_is_the_head_with_the_edits() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let repo = Repo::with(&[("a.txt", "a file that is longer than the limit\n"), ("run.sh", "#!/bin/sh\n")]);
    fs::set_permissions(repo.path().join("run.sh"), fs::Permissions::from_mode(0o755)).unwrap();
    repo.write("d/b.txt", "b\n");
    repo.write(".gitignore", "ignored\n");
    symlink("../a.txt", repo.path().join("d/inside")).unwrap();
    symlink("../../secret", repo.path().join("d/outside")).unwrap();
    symlink("/etc/passwd", repo.path().join("absolute")).unwrap();
    repo.commit("more");
    repo.write("d/b.txt", "changed\n");
    repo.write("untracked.txt", "new\n");
    repo.write("ignored", "no\n");
    let with = edited(&[("d/b.txt", "edited\n"), ("untracked.txt", "edited too\n")]);
    let scratch = change(&repo, &Head::WorkingTree).scratch(&with, &Stop::default()).unwrap();
    let tree = scratch.tree().to_path_buf();
    assert!(!tree.starts_with(repo.path()));
    let read = |path: &str| fs::read_to_string(tree.join(path)).unwrap_or_else(|e| e.kind().to_string());
    assert_eq!(read("a.txt"), "a file that is longer than the limit\n");
    assert_eq!((read("d/b.txt"), read("untracked.txt")), ("edited\n".to_owned(), "edited too\n".to_owned()));
    assert_eq!(read("d/inside"), "a file that is longer than the limit\n");
    for left_out in ["d/outside", "absolute", "ignored"] {
        assert!(fs::symlink_metadata(tree.join(left_out)).is_err(), "{left_out}");
    }
    assert!(fs::metadata(tree.join("run.sh")).unwrap().permissions().mode() & 0o100 != 0);
    let git = Command::new("git").args(["log", "--format=%s"]).current_dir(&tree).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&git.stdout), "more\nbase\n");
    let tracked = Command::new("git").args(["ls-files"]).current_dir(&tree).output().unwrap();
    assert!(String::from_utf8_lossy(&tracked.stdout).contains("d/b.txt\n"));

    // A commit has neither what is changed nor what is untracked.
    let of_commit = change(&repo, &Head::Commit("main".into())).scratch(&edited(&[]), &Stop::default()).unwrap();
    assert_eq!(fs::read_to_string(of_commit.tree().join("d/b.txt")).unwrap(), "b\n");
    assert!(!of_commit.tree().join("untracked.txt").exists());

    // Caches are often write-protected.
    let locked = scratch.home().join("cache/module");
    fs::create_dir_all(&locked).unwrap();
    fs::write(locked.join("file"), "").unwrap();
    fs::set_permissions(&locked, fs::Permissions::from_mode(0o500)).unwrap();
    let folder = scratch.folder().to_path_buf();
    drop(scratch);
    assert!(!folder.exists());
}

#[test]
fn edits_are_never_written_through_links() {
    let repo = Repo::with(&[("a.txt", "a\n")]);
    let outside = repo.outside("victim.txt");
    fs::write(&outside, "mine\n").unwrap();
    std::os::unix::fs::symlink(&outside, repo.path().join("link.txt")).unwrap();
    std::os::unix::fs::symlink(outside.parent().unwrap(), repo.path().join("folder")).unwrap();
    repo.commit("links");
    for path in ["link.txt", "folder/victim.txt", "../victim.txt", "absent.txt"] {
        let change = change(&repo, &Head::Commit("main".into()));
        let error = change.scratch(&edited(&[(path, "theirs\n")]), &Stop::default()).unwrap_err();
        assert_eq!(error.to_string(), format!("{path} is no regular file of the change's head"));
    }
    assert_eq!(fs::read_to_string(&outside).unwrap(), "mine\n");
}

fn runs(repo: &Repo, command: &str, stop: &Stop) -> (End, String) {
    let command = VerifyCommand { command: command.to_owned(), timeout: Duration::from_secs(60) };
    let change = change(repo, &Head::Commit("main".into()));
    let outcome = InScratch { change: &change, command: &command, stop }.run(&BTreeMap::new());
    (outcome.end, outcome.output)
}

#[test]
fn a_run_ends_with_what_it_left_in_the_background() {
    let repo = Repo::with(&[("a.txt", "a\n")]);
    let id = repo.outside("id");
    // One that stays in the group, and one that leaves it; both hold the output open.
    let leaves = if cfg!(target_os = "linux") { "setsid " } else { "" };
    let command = format!("echo $PWD/a.txt; sleep 300 & {leaves}sleep 301 & echo $! > {}; exit 4", id.display());
    let begin = Instant::now();
    let (end, output) = runs(&repo, &command, &Stop::default());
    assert_eq!((end, output.as_str()), (End::Code(4), "a.txt\n"));
    assert!(begin.elapsed() < Duration::from_secs(30));
    assert!(!is_running(fs::read_to_string(id).unwrap().trim()));
}

#[test]
fn signals_floods_and_stops() {
    let repo = Repo::with(&[("a.txt", "a\n")]);
    assert_eq!(runs(&repo, "kill -s TERM $$", &Stop::default()).0, End::Signal(15));
    let (end, output) = runs(&repo, "yes | head -c 30000000; echo done >&2", &Stop::default());
    assert!(end == End::Code(0) && output.len() < 20_000 && output.ends_with("done\n"));
    let stop = Stop::default();
    stop.ask();
    assert_eq!(runs(&repo, "sleep 300", &stop).0, End::Stopped);
    let later = Stop::default();
    let asked = later.clone();
    let waiter = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(300));
        asked.ask();
    });
    assert_eq!(runs(&repo, "sleep 300", &later).0, End::Stopped);
    waiter.join().unwrap();
}

#[test]
fn a_folder_for_temporary_files_inside_the_repository_is_refused() {
    let repo = changed(&policy("true", "1m"));
    repo.write("tmp/.keep", "");
    let inside = repo.path().join("tmp");
    let run = program::run_with(
        repo.path(),
        ["check", "--base", "main", "--head", "topic", "--format", "json"],
        &[("TMPDIR", inside.to_str().unwrap())],
    );
    let report: Value = serde_json::from_str(&run.out).unwrap();
    assert!(rejection(&report, "app.py").1.contains("lies inside the repository"));
    assert_eq!(fs::read_dir(Path::new(&inside)).unwrap().count(), 1);
}
