//! Changes of real repositories, judged by policies that extend others, waive, and treat lines differently.

use serde_json::Value;

use crate::git::Repo;
use crate::program::{self, Run};

const CLEAN: &str = "\
import hashlib
import sqlite3

from flask import Flask, redirect, request

app = Flask(__name__)


@app.get('/users')
def users():
    name = request.args.get('name')
    db = sqlite3.connect('users.db')
    return str(db.execute('SELECT id FROM users WHERE name = ?', (name,)).fetchall())


def digest(text):
    return hashlib.sha256(text).hexdigest()
";

const ANSWER: &str = "    return str(db.execute('SELECT id FROM users WHERE name = ?', (name,)).fetchall())\n";
const BOUND: &str = "'SELECT id FROM users WHERE name = ?', (name,)";
const WOVEN: &str = "'SELECT id FROM users WHERE name = ' + name";

/// A repository with these files at its base, and a change that weaves a value into SQL and weakens a digest.
fn changed(files: &[(&str, &str)]) -> Repo {
    let repo = Repo::with(&[files, &[("app.py", CLEAN)]].concat());
    repo.git(["checkout", "--quiet", "-b", "topic"]);
    repo.write("app.py", CLEAN.replace(BOUND, WOVEN).replace("sha256", "md5"));
    repo.commit("change");
    repo
}

fn check(repo: &Repo, arguments: &[&str]) -> Run {
    let usual = ["check", "--base", "main", "--head", "topic"];
    program::run(repo.path(), usual.iter().chain(arguments))
}

fn judged(repo: &Repo, arguments: &[&str]) -> (i32, Value) {
    let run = check(repo, &[&["--format", "json"], arguments].concat());
    (run.code, serde_json::from_str(&run.out).unwrap_or_else(|e| panic!("{e}: {} {}", run.out, run.err)))
}

fn finding<'r>(report: &'r Value, rule: &str) -> &'r Value {
    let findings = report["findings"].as_array().unwrap();
    findings.iter().find(|finding| finding["rule"] == rule).unwrap_or_else(|| panic!("no {rule} in {findings:#?}"))
}

#[test]
fn what_a_policy_extends_comes_from_the_base_too() {
    let repo = Repo::with(&[
        ("app.py", CLEAN),
        (".tempergate.yml", "extends: ./security/org.yml\n"),
        ("security/org.yml", "gate:\n  rules:\n    - { rule: sql-injection, action: warn }\n"),
    ]);
    repo.git(["checkout", "--quiet", "-b", "topic"]);
    repo.write("app.py", CLEAN.replace(BOUND, WOVEN));
    // What the head makes of it counts from the next change on.
    repo.write("security/org.yml", "gate:\n  rules:\n    - { rule: sql-injection, action: off }\n");
    repo.commit("change");
    let (code, report) = judged(&repo, &[]);
    assert_eq!(code, 0);
    assert_eq!(finding(&report, "sql-injection")["decidedBy"], "gate.rules[0] (security/org.yml:3)");
}

#[test]
fn a_repository_cannot_loosen_what_its_organisation_locks() {
    let repo = changed(&[
        (".tempergate.yml", "extends: ./org.yml\ngate: { fail-on: { severity: critical, confidence: high } }\n"),
        ("org.yml", "locked: [gate]\n"),
    ]);
    let run = check(&repo, &[]);
    assert_eq!(run.code, 2);
    assert!(run.err.contains("`gate.fail-on` cannot be loosened: org.yml:1 locks `gate`"), "{}", run.err);
    assert!(run.err.contains(".tempergate.yml:2:18"), "{}", run.err);
}

/// A change with a redirect to anywhere from a person, and one from an agent.
fn redirects() -> Repo {
    let repo = Repo::with(&[("app.py", CLEAN)]);
    repo.git(["checkout", "--quiet", "-b", "topic"]);
    let of_a_person = CLEAN.replace(ANSWER, "    return redirect(name)\n");
    repo.write("app.py", &of_a_person);
    repo.commit("a redirect");
    let of_an_agent = "\n\n@app.get('/next')\ndef following():\n    return redirect(request.args.get('next'))\n";
    repo.write("app.py", of_a_person + of_an_agent);
    repo.commit("another one\n\nCo-Authored-By: Claude <noreply@anthropic.com>");
    repo
}

#[test]
fn three_policies_give_three_verdicts_and_each_is_explained() {
    let repo = redirects();
    let verdict = |policy: &str| {
        let path = repo.outside(&format!("{policy}.json"));
        let target = format!("json={}", path.display());
        let run = check(&repo, &["--policy", policy, "--report", &target]);
        let explained: Vec<String> = ["app.py:13", "app.py:22"]
            .map(|place| {
                let report = path.to_str().unwrap();
                let run =
                    program::run(repo.path(), ["policy", "explain", place, "--policy", policy, "--report", report]);
                assert_eq!(run.code, 0, "{}", run.err);
                run.out
            })
            .into();
        let reasons = program::json(&path)["verdict"]["reasons"].as_array().unwrap().clone();
        (run.code, reasons, explained)
    };
    let (code, reasons, explained) = verdict("baseline");
    assert_eq!((code, reasons.len()), (0, 0));
    assert!(explained.iter().all(|text| text.contains("warn: gate.warn-on (baseline)")), "{explained:?}");

    let (code, reasons, explained) = verdict("strict");
    assert_eq!(code, 1);
    assert_eq!(
        reasons,
        [
            "2 new or worsened findings fail by gate.fail-on (strict): open-redirect at app.py:13, open-redirect at app.py:22."
        ]
    );
    assert!(explained.iter().all(|text| text.contains("fail: gate.fail-on (strict)")), "{explained:?}");
    assert!(explained[0].contains("fail-on: { severity: medium, confidence: medium }"), "{}", explained[0]);

    let (code, reasons, explained) = verdict("ai-authored");
    assert_eq!(code, 1);
    assert_eq!(
        reasons,
        ["1 new or worsened finding fails by gate.ai.fail-on (ai-authored): open-redirect at app.py:22."]
    );
    assert!(explained[0].contains("no mark says that an AI wrote these lines"), "{}", explained[0]);
    assert!(
        explained[1].contains("AI-written") && explained[1].contains("the stricter of the two"),
        "{}",
        explained[1]
    );
}

const WAIVED: &str = "\
waivers:
  - { rule: sql-injection, paths: [app.py], owner: \"@sec\", reason: a replica, expires: 2099-01-31 }
  - { rule: weak-hash, paths: [app.py], owner: \"@sec\", reason: no secret, expires: 2020-01-31 }
  - { rule: weak-hash, paths: [gone.py], owner: \"@sec\", reason: old, expires: 2099-01-31 }
  - { rule: weak-hash, paths: [app.py], owner: \"@sec\", expires: 2099-01-31 }
";

#[test]
fn waivers_let_through_and_are_told() {
    let repo = changed(&[(".tempergate.yml", WAIVED)]);
    let (code, report) = judged(&repo, &[]);
    // The other waiver is expired.
    assert_eq!((code, &finding(&report, "weak-hash")["action"]), (1, &"fail".into()));
    let waived = finding(&report, "sql-injection");
    assert_eq!((&waived["action"], &waived["waived"]["owner"]), (&"note".into(), &"@sec".into()));
    assert_eq!(report["summary"]["waived"], 1);
    let states: Vec<&str> =
        report["waivers"].as_array().unwrap().iter().map(|waiver| waiver["state"].as_str().unwrap()).collect();
    assert_eq!(states, ["used", "expired", "not-judged", "malformed"]);
    let shown = check(&repo, &[]);
    assert!(shown.out.contains("waived: until 2099-01-31 by @sec: a replica"), "{}", shown.out);
    assert!(
        shown.out.contains("the waiver at .tempergate.yml:3 is expired, and would have let through"),
        "{}",
        shown.out
    );
    assert!(shown.err.contains("`waivers[3]` lacks `reason`"), "{}", shown.err);
    let sarif: Value = serde_json::from_str(&check(&repo, &["--format", "sarif"]).out).unwrap();
    let results = sarif["runs"][0]["results"].as_array().unwrap();
    let suppressed = results.iter().find(|result| result["ruleId"] == "sql-injection").unwrap();
    assert_eq!(suppressed["suppressions"][0]["kind"], "external");
}

#[test]
fn a_change_cannot_waive_its_own_findings() {
    let repo = changed(&[]);
    repo.write(".tempergate.yml", WAIVED);
    repo.commit("waive it");
    let (code, report) = judged(&repo, &[]);
    assert_eq!((code, report.get("waivers")), (1, None));
}

const COMMENT: &str = "    # tempergate: allow sql-injection until 2099-01-31 because the name is checked before\n";

#[test]
fn comments_waive_once_the_base_has_them() {
    let line = "    return str(db.execute(";
    let with_comment = |text: &str| text.replace(line, &format!("{COMMENT}{line}"));
    let open = ("inline-waivers: true\n", 0);
    for (policy, expected) in [open, ("inline-waivers: false\n", 1)] {
        let repo = Repo::with(&[("app.py", with_comment(CLEAN).as_str()), (".tempergate.yml", policy)]);
        repo.git(["checkout", "--quiet", "-b", "topic"]);
        repo.write("app.py", with_comment(&CLEAN.replace(BOUND, WOVEN)));
        repo.commit("change");
        let (code, report) = judged(&repo, &[]);
        assert_eq!(code, expected, "{policy}");
        let by = finding(&report, "sql-injection")["decidedBy"].as_str().unwrap();
        assert_eq!(by.starts_with("comment (app.py:13)"), expected == 0, "{by}");
    }

    let repo = Repo::with(&[("app.py", CLEAN), (".tempergate.yml", "inline-waivers: true\n")]);
    repo.git(["checkout", "--quiet", "-b", "topic"]);
    repo.write("app.py", with_comment(&CLEAN.replace(BOUND, WOVEN)));
    repo.commit("code and comment together");
    let (code, report) = judged(&repo, &[]);
    assert_eq!(code, 1);
    assert_eq!(report["waivers"][0]["state"], "not-approved");
    assert_eq!(report["waivers"][0]["findings"], 1);
}

#[test]
fn shards_tell_of_waivers_as_one_job_does() {
    let repo = changed(&[(".tempergate.yml", WAIVED)]);
    repo.write("other.py", CLEAN.replace(BOUND, WOVEN));
    repo.commit("another file");
    let (_, whole) = judged(&repo, &[]);
    let mut merge = vec!["merge".to_string(), "--reports".to_string(), repo.outside("merged").display().to_string()];
    for number in 1..=2 {
        let file = repo.outside(&format!("{number}.json")).display().to_string();
        check(&repo, &["--shard", &format!("{number}/2"), "--report", &format!("json={file}")]);
        merge.push(file);
    }
    let run = program::run(repo.path(), &merge);
    assert_eq!(run.code, 1, "{}", run.err);
    let merged = program::json(&repo.outside("merged").join("report.json"));
    assert_eq!(merged["waivers"], whole["waivers"]);
    assert_eq!(merged["summary"], whole["summary"]);
}

#[test]
fn a_baseline_lets_old_code_be() {
    let repo = Repo::with(&[("old.py", CLEAN.replace(BOUND, WOVEN))]);
    let run = program::run(repo.path(), ["baseline", "write", "old.py"]);
    assert_eq!(run.code, 0, "{}", run.err);
    repo.write(".tempergate.yml", "baseline-file: .tempergate-baseline.json\n");
    repo.commit("baseline");
    let scan = |path: &str| {
        let run = program::run(repo.path(), ["scan", path, "--format", "json"]);
        serde_json::from_str::<Value>(&run.out).unwrap()
    };
    let old = scan("old.py");
    let by = finding(&old, "sql-injection")["decidedBy"].as_str().unwrap();
    assert!(by.starts_with("in baseline-file (.tempergate.yml:1)"), "{by}");
    repo.write("new.py", CLEAN.replace(BOUND, WOVEN).replace("name", "other"));
    assert_eq!(finding(&scan("new.py"), "sql-injection")["action"], "fail");
}
