//! `check`, `fix` and `scan`, run as users run them on real repositories.

use std::fs;
use std::io::Write;
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::git::Repo;
use crate::program::{self, Run, findings, json};

const CLEAN: &str = "\
import sqlite3

from flask import Flask, jsonify, request

app = Flask(__name__)


@app.get('/users')
def users():
    name = request.args.get('name')
    with sqlite3.connect('users.db') as db:
        rows = db.execute('SELECT id FROM users WHERE name = ?', (name,)).fetchall()
    return jsonify(rows)
";

/// What the clean file has in the place of a bound value.
const BOUND: &str = "'SELECT id FROM users WHERE name = ?', (name,)";
const WOVEN: &str = "'SELECT id FROM users WHERE name = ' + name";

fn woven() -> String {
    CLEAN.replace(BOUND, WOVEN)
}

/// A repository with a clean base on `main` and this text on `topic`, which is checked out.
fn changed(text: &str) -> Repo {
    from(CLEAN, text)
}

fn from(base: &str, head: &str) -> Repo {
    let repo = Repo::with(&[("app.py", base)]);
    topic(&repo);
    repo.write("app.py", head);
    repo.commit("change");
    repo
}

fn topic(repo: &Repo) {
    repo.git(["checkout", "--quiet", "-b", "topic"]);
}

fn check(repo: &Repo, arguments: &[&str]) -> Run {
    program::run(repo.path(), ["check"].iter().chain(arguments))
}

/// The exit code and the JSON report of a check of `topic` against `main`, with further arguments.
fn judged_with(repo: &Repo, arguments: &[&str]) -> (i32, Value) {
    let run = check(repo, &[&["--base", "main", "--format", "json"], arguments].concat());
    (run.code, serde_json::from_str(&run.out).unwrap_or_else(|e| panic!("{e}: {} {}", run.out, run.err)))
}

fn judged(repo: &Repo) -> (i32, Value) {
    judged_with(repo, &["--head", "topic"])
}

fn could_not_judge(run: &Run, why: &str) {
    assert_eq!(run.code, 2, "{}", run.out);
    assert!(run.err.starts_with("error: ") && run.err.contains(why), "{}", run.err);
    assert_eq!(run.out, "");
}

#[test]
fn a_harmless_change_passes() {
    let repo = changed(&CLEAN.replace("jsonify(rows)", "jsonify(users=rows)"));
    let run = check(&repo, &["--base", "main", "--head", "topic"]);
    assert_eq!((run.code, run.err.as_str()), (0, ""));
    assert!(run.out.ends_with("PASS\n"), "{}", run.out);
    let (code, report) = judged(&repo);
    assert_eq!((code, findings(&report)), (0, Vec::new()));
    assert_eq!(report["change"]["mergeBase"], Value::from(repo.git(["rev-parse", "main"])));
    assert_eq!(report["change"]["headCommit"], Value::from(repo.git(["rev-parse", "topic"])));
}

#[test]
fn a_new_weakness_fails() {
    let repo = changed(&woven());
    let run = check(&repo, &["--base", "main", "--head", "topic"]);
    assert_eq!((run.code, run.err.as_str()), (1, ""));
    assert!(run.out.contains("error[sql-injection]") && run.out.contains("\nFAIL\n"), "{}", run.out);
    let (code, report) = judged(&repo);
    assert_eq!((code, findings(&report)), (1, vec!["new sql-injection app.py:12".to_string()]));
    assert_eq!(report["verdict"]["outcome"], "fail");
}

#[test]
fn an_empty_change_passes() {
    let repo = Repo::with(&[("app.py", woven())]);
    topic(&repo);
    let (code, report) = judged(&repo);
    assert_eq!((code, findings(&report)), (0, Vec::new()));
}

#[test]
fn what_is_not_there_cannot_be_judged() {
    let repo = changed(CLEAN);
    could_not_judge(&check(&repo, &["--base", "no-such-branch"]), "no-such-branch");
    could_not_judge(&check(&repo, &["--base", "main", "--head", "no-such-head"]), "no-such-head");
    let plain = tempfile::tempdir().unwrap();
    let run = program::run(plain.path(), ["check", "--base", "main"]);
    could_not_judge(&run, "repository");
    let run = program::run(plain.path(), ["check"]);
    assert_eq!((run.code, run.out.as_str()), (2, ""));
    assert!(run.err.contains("--base"), "{}", run.err);
}

#[test]
fn histories_without_a_merge_base_cannot_be_judged() {
    let repo = Repo::with(&[("app.py", CLEAN)]);
    repo.git(["checkout", "--quiet", "--orphan", "other"]);
    repo.commit("another root");
    could_not_judge(&check(&repo, &["--base", "main", "--head", "other"]), "main");
}

#[test]
fn an_unreadable_policy_cannot_be_judged_by() {
    let repo = changed(&woven());
    could_not_judge(&check(&repo, &["--base", "main", "--policy", "absent.yml"]), "absent.yml");
    fs::write(repo.outside("bad.yml"), "version: 1\ngate:\n  fial-on: { severity: high, confidence: low }\n").unwrap();
    let bad = repo.outside("bad.yml");
    let run = check(&repo, &["--base", "main", "--policy", bad.to_str().unwrap()]);
    could_not_judge(&run, "fial-on");
    assert!(run.err.contains("fail-on") && run.err.contains(":3:"), "{}", run.err);
}

const LENIENT: &str = "version: 1\ngate:\n  rules:\n    - { rule: sql-injection, action: warn }\n";

#[test]
fn the_policy_of_the_base_decides() {
    let repo = Repo::with(&[("app.py", CLEAN), (".tempergate.yml", LENIENT)]);
    topic(&repo);
    repo.write("app.py", woven());
    repo.commit("change");
    let (code, report) = judged(&repo);
    assert_eq!(code, 0);
    assert_eq!(report["findings"][0]["action"], "warn");
    let decided = report["findings"][0]["decidedBy"].as_str().unwrap();
    assert!(decided.contains(".tempergate.yml:4"), "{decided}");
}

#[test]
fn a_change_cannot_bring_its_own_policy() {
    let repo = Repo::with(&[("app.py", CLEAN)]);
    topic(&repo);
    repo.write("app.py", woven());
    repo.write(".tempergate.yml", LENIENT);
    repo.commit("change");
    assert_eq!(judged(&repo).0, 1);
    // Nor when the head is the working tree, where the file lies too.
    assert_eq!(judged_with(&repo, &[]).0, 1);
    // Even one that nobody could read makes no difference.
    repo.write(".tempergate.yml", "no policy: [");
    repo.commit("worse");
    assert_eq!(judged(&repo).0, 1);
}

#[test]
fn a_policy_that_is_named_goes_before_that_of_the_base() {
    let repo = Repo::with(&[("app.py", CLEAN), (".tempergate.yml", LENIENT)]);
    topic(&repo);
    repo.write("app.py", woven());
    repo.commit("change");
    let strict = repo.outside("strict.yml");
    fs::write(&strict, "version: 1\ngate:\n  rules:\n    - { cwe: 89, action: fail }\n").unwrap();
    let (code, report) = judged_with(&repo, &["--head", "topic", "--policy", strict.to_str().unwrap()]);
    assert_eq!((code, &report["findings"][0]["action"]), (1, &Value::from("fail")));
}

#[test]
fn the_working_tree_is_the_head_by_default() {
    let repo = Repo::with(&[("app.py", CLEAN)]);
    topic(&repo);
    repo.write("app.py", woven());
    repo.write("new.js", "const { exec } = require('child_process');\nexports.run = (req, res) => {\n  exec('convert ' + req.query.file, () => res.end());\n};\n");
    let (code, report) = judged_with(&repo, &[]);
    assert_eq!(code, 1);
    let found = findings(&report);
    assert!(found.contains(&"new sql-injection app.py:12".to_string()), "{found:?}");
    assert!(found.contains(&"new command-injection new.js:3".to_string()), "{found:?}");
    assert_eq!(report["change"]["head"], "working tree");
    // The commit that is checked out does not have it.
    assert_eq!(judged(&repo).0, 0);
}

#[test]
fn from_a_folder_of_the_repository_the_whole_change_is_judged() {
    let repo = changed(&woven());
    fs::create_dir(repo.path().join("docs")).unwrap();
    let arguments = ["check", "--base", "main", "--head", "topic"];
    let inside = program::run(&repo.path().join("docs"), arguments);
    let place = repo.path().to_str().unwrap();
    let outside = program::run(&repo.outside(""), arguments.iter().chain(&["--repo", place]));
    assert_eq!((inside.code, &inside.out), (1, &outside.out));
}

#[test]
fn a_finding_of_a_renamed_file_persists() {
    let repo = Repo::with(&[("app.py", woven())]);
    topic(&repo);
    repo.git(["mv", "app.py", "service.py"]);
    repo.write("service.py", woven().replace("'/users'", "'/people'"));
    repo.commit("rename");
    let (code, report) = judged(&repo);
    assert_eq!((code, findings(&report)), (0, vec!["persisting sql-injection service.py:12".to_string()]));
    assert_eq!(report["resolved"], Value::Array(Vec::new()));
}

#[test]
fn reformatting_brings_nothing_in() {
    let spread = "
            'SELECT id FROM users WHERE name = '
            + name
        ";
    let text = woven()
        .replace(WOVEN, spread)
        .replace('\'', "\"")
        .replace("with sqlite3", "\n    # the users\n    with sqlite3");
    let (code, report) = judged(&from(&woven(), &text));
    let [found] = &findings(&report)[..] else { panic!("{:?}", findings(&report)) };
    assert!(code == 0 && found.starts_with("persisting sql-injection app.py:"), "{code} {found}");
    assert_eq!(report["resolved"], Value::Array(Vec::new()));
}

#[test]
fn removing_the_first_of_two_equal_sinks_brings_nothing_in() {
    let first = "    rows = db.execute('SELECT id FROM users WHERE name = ' + name).fetchall()\n";
    let base = format!(
        "import sqlite3\nfrom flask import request\n\ndef users():\n    db = sqlite3.connect('users.db')\n    name = \
         request.args.get('name')\n{first}    print(name)\n{first}    return {{'rows': rows}}\n"
    );
    assert_eq!(base.matches(first).count(), 2);
    let repo = from(&base, &base.replacen(first, "", 1));
    let (code, report) = judged(&repo);
    assert_eq!((code, findings(&report)), (0, vec!["persisting sql-injection app.py:8".to_string()]));
    assert_eq!(report["resolved"].as_array().unwrap().len(), 1);
    assert_eq!(report["resolved"][0]["region"]["startLine"], 7);
}

#[test]
fn a_second_equal_sink_is_new() {
    let line = "        rows = db.execute('SELECT id FROM users WHERE name = ' + name).fetchall()\n";
    let base = woven();
    let (code, report) = judged(&from(&base, &base.replace(line, &format!("{line}{line}"))));
    let mut states: Vec<&str> =
        report["findings"].as_array().unwrap().iter().map(|f| f["state"].as_str().unwrap()).collect();
    states.sort();
    assert_eq!((code, states), (1, vec!["new", "persisting"]));
}

#[test]
fn a_mended_weakness_is_resolved() {
    let (code, report) = judged(&from(&woven(), CLEAN));
    assert_eq!((code, findings(&report)), (0, Vec::new()));
    assert_eq!(report["resolved"][0]["rule"], "sql-injection");
}

/// A change of several files in both languages, enough for the threads to share.
fn broad() -> Repo {
    let repo = Repo::with(&[("requirements.txt", "flask\npyyaml\n")]);
    topic(&repo);
    for n in 0..12 {
        let table = format!("FROM t{n}");
        repo.write(format!("web/app{n}.py"), woven().replace("FROM users", &table));
        let route = format!(
            "const {{ exec }} = require('child_process');\nconst router = require('express').Router();\n\nrouter.get('/{n}', \
             (req, res) => {{\n  exec(`convert ${{req.query.file}}`, () => res.send('<b>' + req.query.file + '</b>'));\n}});\n"
        );
        repo.write(format!("node/route{n}.js"), route);
    }
    repo.commit("change");
    repo
}

#[test]
fn several_reports_at_once_and_always_the_same() {
    let repo = broad();
    let reports = |name: &str, threads: &[(&str, &str)]| {
        let [sarif, json] = ["sarif", "json"].map(|format| repo.outside(&format!("{name}.{format}")));
        let [s, j] = [("sarif", &sarif), ("json", &json)].map(|(f, p)| format!("{f}={}", p.display()));
        let arguments = ["check", "--base", "main", "--head", "topic", "--report", &s, "--report", &j];
        let run = program::run_with(repo.path(), arguments, threads);
        assert_eq!(run.code, 1, "{}", run.err);
        (run.out, fs::read(sarif).unwrap(), fs::read(json).unwrap())
    };
    let first = reports("first", &[]);
    assert!(first.0.contains("error[sql-injection]"), "the terminal report is printed too");
    let sarif: Value = serde_json::from_slice(&first.1).unwrap();
    let all = findings(&serde_json::from_slice(&first.2).unwrap());
    assert!(all.len() >= 36, "{all:#?}");
    assert_eq!(sarif["runs"][0]["results"].as_array().unwrap().len(), all.len());
    assert!(first == reports("again", &[]), "two runs differ");
    assert!(first == reports("one", &[("TEMPERGATE_THREADS", "1")]), "one thread gives something else");
    assert!(first == reports("eight", &[("TEMPERGATE_THREADS", "8")]), "eight threads give something else");
}

#[test]
fn a_report_goes_to_a_file_and_never_two_to_one() {
    let repo = changed(&woven());
    let file = repo.outside("report.json");
    let place = file.to_str().unwrap();
    let run = check(&repo, &["--base", "main", "--format", "json", "--output", place]);
    assert_eq!((run.code, run.out.as_str()), (1, ""));
    assert_eq!(findings(&json(&file)).len(), 1);
    let twice = format!("sarif={place}");
    could_not_judge(&check(&repo, &["--base", "main", "--output", place, "--report", &twice]), place);
    let nowhere = format!("json={}", repo.outside("absent/report.json").display());
    let run = check(&repo, &["--base", "main", "--report", &nowhere]);
    assert_eq!(run.code, 2);
    assert!(run.err.contains("absent"), "{}", run.err);
    let run = check(&repo, &["--base", "main", "--report", "xml=report.xml"]);
    assert!(run.code == 2 && run.err.contains("xml"), "{}", run.err);
}

#[test]
fn git_applies_the_diff_of_the_fixes() {
    let repo = changed(&woven());
    let run = program::run(repo.path(), ["fix", "--base", "main"]);
    assert_eq!(run.code, 0, "{}", run.err);
    assert!(run.out.starts_with("--- a/app.py\n+++ b/app.py\n"), "{}{}", run.out, run.err);
    let mut git = Command::new("git");
    git.current_dir(repo.path()).args(["apply", "--check", "-"]).stdin(Stdio::piped());
    let mut git = git.spawn().unwrap();
    git.stdin.take().unwrap().write_all(run.out.as_bytes()).unwrap();
    assert!(git.wait().unwrap().success(), "{}", run.out);
    assert_eq!(fs::read_to_string(repo.path().join("app.py")).unwrap(), woven(), "nothing is written");
}

#[test]
fn fixes_are_written_once() {
    let repo = changed(&woven());
    let run = program::run(repo.path(), ["fix", "--base", "main", "--write"]);
    assert_eq!((run.code, run.out.as_str()), (0, ""), "{}", run.err);
    let written = fs::read_to_string(repo.path().join("app.py")).unwrap();
    assert!(written.contains("name = ?") && written != woven(), "{written}");
    assert_eq!(judged_with(&repo, &[]).0, 0);
    let again = program::run(repo.path(), ["fix", "--base", "main"]);
    assert_eq!((again.code, again.out.as_str()), (0, ""));
    program::run(repo.path(), ["fix", "--base", "main", "--write"]);
    assert_eq!(fs::read_to_string(repo.path().join("app.py")).unwrap(), written);
}

#[test]
fn a_change_is_mended_and_old_code_is_left_alone() {
    let repo = Repo::with(&[("old.py", woven())]);
    topic(&repo);
    repo.write("old.py", format!("{}# A remark.\n", woven()));
    repo.write("new.py", woven());
    let run = program::run(repo.path(), ["fix", "--base", "main", "--write"]);
    assert_eq!(run.code, 0, "{}", run.err);
    assert!(fs::read_to_string(repo.path().join("old.py")).unwrap().contains(WOVEN));
    assert!(!fs::read_to_string(repo.path().join("new.py")).unwrap().contains(WOVEN));
    // Named as files, both are mended.
    program::run(repo.path(), ["fix", "old.py", "--write"]);
    assert!(!fs::read_to_string(repo.path().join("old.py")).unwrap().contains(WOVEN));
}

#[test]
fn a_scan_fails_only_when_told_to() {
    let repo = changed(&woven());
    let scan = |arguments: &[&str]| program::run(repo.path(), ["scan", "."].iter().chain(arguments)).code;
    assert_eq!(scan(&[]), 0);
    assert_eq!(scan(&["--fail-on", "high"]), 1);
    assert_eq!(scan(&["--fail-on", "low"]), 1);
    assert_eq!(scan(&["--fail-on", "critical"]), 0);
    assert_eq!(scan(&["--fail-on", "terrible"]), 2);
    repo.write("app.py", CLEAN);
    assert_eq!(scan(&["--fail-on", "low"]), 0);
    let absent = program::run(repo.path(), ["scan", "absent"]);
    assert!(absent.code == 2 && absent.err.contains("absent"), "{}", absent.err);
}

#[test]
fn a_scan_leaves_out_what_git_ignores() {
    let repo = Repo::with(&[("app.py", CLEAN), (".gitignore", "build/\n")]);
    repo.write("build/app.py", woven());
    let run = program::run(repo.path(), ["scan", ".", "--format", "json"]);
    assert_eq!(findings(&serde_json::from_str(&run.out).unwrap()), Vec::<String>::new());
    let run = program::run(repo.path(), ["scan", "build/app.py", "--format", "json"]);
    assert_eq!(findings(&serde_json::from_str(&run.out).unwrap()), ["new sql-injection build/app.py:12"]);
}
