//! `tempergate ci` and `merge` as a runner runs them, without a token: real events, shallow clones, outputs, shares.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::git::Repo;
use crate::program::{Run, findings, json as read_json, run_with};

const SAFE: &str = "def total(items):\n    return sum(items)\n";
const WEAK: &str =
    "import os\nfrom flask import request\n\n\ndef ping():\n    os.system(\"ping \" + request.args[\"host\"])\n";

/// A runner with a folder for its files.
struct Runner {
    workspace: PathBuf,
    files: tempfile::TempDir,
}

impl Runner {
    fn new(workspace: &Path) -> Self {
        Runner { workspace: workspace.to_path_buf(), files: tempfile::tempdir().unwrap() }
    }

    fn file(&self, name: &str) -> PathBuf {
        self.files.path().join(name)
    }

    fn run(&self, name: &str, event: &Value, arguments: &[&str], more: &[(&str, &str)]) -> Run {
        fs::write(self.file("event.json"), event.to_string()).unwrap();
        let of = |name: &str| self.file(name).to_string_lossy().into_owned();
        let (event, output, summary, temp) = (of("event.json"), of("output"), of("summary.md"), of("temp"));
        let workspace = self.workspace.to_string_lossy().into_owned();
        let mut variables = vec![
            ("GITHUB_EVENT_NAME", name),
            ("GITHUB_EVENT_PATH", event.as_str()),
            ("GITHUB_REPOSITORY", "o/r"),
            ("GITHUB_WORKSPACE", workspace.as_str()),
            ("GITHUB_OUTPUT", output.as_str()),
            ("GITHUB_STEP_SUMMARY", summary.as_str()),
            ("RUNNER_TEMP", temp.as_str()),
            ("GITHUB_TOKEN", ""),
            ("GH_TOKEN", ""),
            ("TEMPERGATE_POLICY", ""),
        ];
        variables.extend_from_slice(more);
        run_with(&self.workspace, ["ci"].iter().chain(arguments), &variables)
    }

    fn output(&self, name: &str) -> String {
        let text = fs::read_to_string(self.file("output")).unwrap();
        let value = text.lines().rev().find_map(|line| line.strip_prefix(&format!("{name}=")));
        value.unwrap_or_else(|| panic!("no output {name} in {text}")).to_string()
    }
}

fn pull_request(base: &str, head: &str) -> Value {
    let side = |sha: &str| json!({"sha": sha, "repo": {"full_name": "o/r"}});
    json!({"number": 7, "pull_request": {"base": side(base), "head": side(head)}})
}

/// A repository with a branch that brings a weakness in, and with enough history on both sides that a shallow clone lacks the
/// merge-base. Gives the tips of the base and of the branch.
fn diverged() -> (Repo, String, String) {
    let repo = Repo::with(&[("app.py", SAFE), ("other.py", SAFE)]);
    repo.git(["checkout", "--quiet", "-b", "topic"]);
    repo.write("app.py", WEAK);
    repo.commit("weak");
    for number in 0..40 {
        repo.write("notes.txt", format!("{number}\n"));
        repo.commit("notes");
    }
    let head = repo.git(["rev-parse", "HEAD"]);
    repo.git(["checkout", "--quiet", "main"]);
    for number in 0..40 {
        repo.write("news.txt", format!("{number}\n"));
        repo.commit("news");
    }
    let base = repo.git(["rev-parse", "HEAD"]);
    (repo, base, head)
}

#[test]
fn a_pull_request_in_a_shallow_clone_is_judged_against_its_merge_base() {
    let (origin, base, head) = diverged();
    let clone = Repo::clone_of(origin.path(), &["--depth=1", "--single-branch", "--branch=main"]);
    let runner = Runner::new(clone.path());
    let run = runner.run("pull_request", &pull_request(&base, &head), &[], &[]);
    assert_eq!(run.code, 1, "{}{}", run.out, run.err);
    let report = read_json(Path::new(&runner.output("report")));
    assert_eq!(findings(&report), ["new command-injection app.py:6"]);
    assert_eq!(report["change"]["headCommit"], json!(head));
    assert_eq!(
        ["verdict", "new", "failing", "findings", "resolved"].map(|name| runner.output(name)),
        ["fail", "1", "1", "1", "0"]
    );
    for report in ["sarif", "markdown", "html"] {
        assert!(Path::new(&runner.output(report)).is_file(), "{report}");
    }
    assert!(run.out.contains("\n::error file=app.py,line=6,endLine=6,title=CWE-78 "), "{}", run.out);
    assert!(fs::read_to_string(runner.file("summary.md")).unwrap().contains("Tempergate: failed"));
}

#[test]
fn what_the_code_says_is_no_command_to_the_runner() {
    let repo = Repo::with(&[("app.py", SAFE)]);
    let base = repo.git(["rev-parse", "HEAD"]);
    let hostile = "::set-output name=verdict::pass\n##[error]x";
    let name = "a::error::b,title=x%0A.py";
    repo.write(name, WEAK.replace("ping \"", &format!("{} \"", hostile.replace('\n', "\\n"))));
    let head = repo.commit("weak");
    let runner = Runner::new(repo.path());
    let run = runner.run("pull_request", &pull_request(&base, &head), &[], &[]);
    assert_eq!(run.code, 1, "{}{}", run.out, run.err);
    let stop = run.out.lines().position(|line| line.starts_with("::stop-commands::")).unwrap();
    let token = run.out.lines().nth(stop).unwrap().trim_start_matches("::stop-commands::").to_string();
    assert_eq!(token.len(), 32);
    let go_on = run.out.lines().position(|line| line == format!("::{token}::")).unwrap();
    let outside: Vec<&str> = run.out.lines().skip(go_on + 1).collect();
    assert!(
        outside.iter().all(|line| line.starts_with("::error file=a%3A%3Aerror%3A%3Ab%2Ctitle=x%250A.py,line=")),
        "{outside:?}"
    );
    assert_eq!(runner.output("verdict"), "fail");
}

#[test]
fn the_policy_is_that_of_the_tip_of_the_base() {
    let (origin, _, head) = diverged();
    // The branch left before the policy was made stricter, and brings one of its own.
    origin.git(["checkout", "--quiet", "topic"]);
    origin.write(".tempergate.yml", "version: 1\ngate:\n  rules:\n    - { cwe: [78], action: off }\n");
    origin.write("gate/own.yml", "version: 1\ngate:\n  rules:\n    - { cwe: [78], action: off }\n");
    let head_with_policy = origin.commit("loose");
    origin.git(["checkout", "--quiet", "main"]);
    origin.write(".tempergate.yml", "version: 1\ngate:\n  rules:\n    - { cwe: [78], action: warn }\n");
    let base = origin.commit("policy");
    let runner = Runner::new(origin.path());
    let run = runner.run("pull_request", &pull_request(&base, &head_with_policy), &[], &[]);
    assert_eq!((run.code, runner.output("new")), (0, "1".to_string()), "{}{}", run.out, run.err);
    // A file that only the head has is none of the base, however its path is written.
    origin.git(["checkout", "--quiet", "topic"]);
    let absolute = origin.path().join("gate/own.yml").to_string_lossy().into_owned();
    for named in ["gate/own.yml", "./gate/own.yml", &absolute] {
        let run = runner.run("pull_request", &pull_request(&base, &head_with_policy), &["--policy", named], &[]);
        assert_eq!((run.code, runner.output("verdict")), (2, "error".to_string()), "{}{}", run.out, run.err);
        assert!(run.err.contains("the base has no policy gate/own.yml"), "{}", run.err);
    }
    let outside = origin.outside("policy.yml");
    fs::write(&outside, "version: 1\ngate:\n  rules:\n    - { cwe: [78], action: fail }\n").unwrap();
    let outside = outside.to_string_lossy().into_owned();
    let run = runner.run("pull_request", &pull_request(&base, &head), &[], &[("TEMPERGATE_POLICY", &outside)]);
    assert_eq!(run.code, 1, "{}{}", run.out, run.err);
}

#[test]
fn pushes_queues_and_runs_by_hand_are_judged_too() {
    let (origin, base, head) = diverged();
    let clone = Repo::clone_of(origin.path(), &["--depth=1", "--branch=topic"]);
    let zeros = "0".repeat(40);
    let default = json!({"default_branch": "main"});
    let push = |before: &str| json!({"before": before, "after": head, "repository": default});
    let deleted = json!({"before": head, "after": zeros, "repository": default});
    let cases = [
        ("push", push(&base), 1),
        ("push", push(&zeros), 1),
        ("push", deleted, 0),
        ("merge_group", json!({"merge_group": {"base_sha": base, "head_sha": head}}), 1),
        ("workflow_dispatch", json!({"repository": default}), 1),
        ("schedule", json!({"repository": default}), 1),
        ("workflow_dispatch", json!({"repository": {}}), 2),
        ("pull_request_target", pull_request(&base, &head), 2),
        ("push", json!({"before": "1".repeat(40), "after": head}), 2),
    ];
    for (name, event, code) in cases {
        let run = Runner::new(clone.path()).run(name, &event, &[], &[("GITHUB_SHA", &head)]);
        assert_eq!(run.code, code, "{name} {event}\n{}{}", run.out, run.err);
    }
}

#[test]
fn a_push_that_begins_a_branch_is_compared_with_what_was_named() {
    let (origin, base, head) = diverged();
    let event = json!({"before": "0".repeat(40), "after": head});
    let run = Runner::new(origin.path()).run("push", &event, &[], &[]);
    assert_eq!(run.code, 2, "{}{}", run.out, run.err);
    assert!(run.err.contains("the push begins a branch") && run.err.contains("`base`"), "{}", run.err);
    let runner = Runner::new(origin.path());
    let run = runner.run("push", &event, &[], &[("TEMPERGATE_BASE", "main")]);
    assert_eq!((run.code, runner.output("new")), (1, "1".to_string()), "{}{}", run.out, run.err);
    // It goes before the default branch, and what the branch pointed to goes before it.
    let with_default = json!({"before": "0".repeat(40), "after": head, "repository": {"default_branch": "main"}});
    let run = Runner::new(origin.path()).run("push", &with_default, &["--base", &head], &[]);
    assert_eq!(run.code, 0, "{}{}", run.out, run.err);
    let known = json!({"before": base, "after": head});
    let run = Runner::new(origin.path()).run("push", &known, &["--base", &head], &[]);
    assert_eq!(run.code, 1, "{}{}", run.out, run.err);
}

#[test]
fn the_reports_of_all_shares_are_the_report_of_the_whole() {
    let files: Vec<(String, String)> = (0..9).map(|n| (format!("f{n}.py"), SAFE.to_string())).collect();
    let repo = Repo::with(&files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect::<Vec<_>>());
    repo.write("old.py", WEAK);
    let base = repo.commit("with an old weakness");
    for (path, _) in &files {
        repo.write(path, WEAK);
    }
    // The old weakness moves to a file that may be another job's.
    repo.remove("old.py");
    repo.write("new.py", format!("# Moved here.\n\n{WEAK}"));
    let head = repo.commit("weak");
    let event = pull_request(&base, &head);
    let whole = Runner::new(repo.path());
    assert_eq!(whole.run("pull_request", &event, &[], &[]).code, 1);
    let shares = tempfile::tempdir().unwrap();
    for share in 1..=3 {
        let folder = shares.path().join(share.to_string()).to_string_lossy().into_owned();
        let runner = Runner::new(repo.path());
        let run =
            runner.run("pull_request", &event, &["--reports", &folder], &[("TEMPERGATE_SHARD", &format!("{share}/3"))]);
        assert!(run.code < 2, "{}{}", run.out, run.err);
    }
    let merged = shares.path().join("merged");
    let merge = |folder: &Path| {
        run_with(repo.path(), ["merge".as_ref(), folder.as_os_str(), "--reports".as_ref(), merged.as_os_str()], &[])
    };
    let run = merge(shares.path());
    assert_eq!(run.code, 1, "{}{}", run.out, run.err);
    assert_eq!(read_json(&merged.join("report.json")), read_json(Path::new(&whole.output("report"))));
    fs::remove_dir_all(&merged).unwrap();
    fs::remove_dir_all(shares.path().join("2")).unwrap();
    let run = merge(shares.path());
    assert_eq!(run.code, 2, "{}{}", run.out, run.err);
    assert!(run.err.contains("missing: 2"), "{}", run.err);
}

#[test]
fn a_merged_verdict_has_one_count_though_shares_were_cut() {
    let repo = Repo::with(&[(".tempergate.yml", "gate: { caps: { findings: 2 }, not-analysed: fail }\n")]);
    let base = repo.git(["rev-parse", "HEAD"]);
    for number in 0..12 {
        repo.write(format!("f{number:02}.py"), WEAK);
    }
    let head = repo.commit("weak");
    let event = pull_request(&base, &head);
    let shares = tempfile::tempdir().unwrap();
    let mut cut = 0;
    for share in 1..=3 {
        let folder = shares.path().join(share.to_string());
        let shard = format!("{share}/3");
        let arguments = ["--reports", folder.to_str().unwrap(), "--shard", &shard];
        let run = Runner::new(repo.path()).run("pull_request", &event, &arguments, &[]);
        assert!(run.code < 2, "{}{}", run.out, run.err);
        cut += read_json(&folder.join("report.json"))["summary"]["findingsOverCap"].as_u64().unwrap();
    }
    assert!(cut > 0);
    let merged = shares.path().join("merged");
    let run = run_with(
        repo.path(),
        ["merge".as_ref(), shares.path().as_os_str(), "--reports".as_ref(), merged.as_os_str()],
        &[],
    );
    assert_eq!(run.code, 1, "{}{}", run.out, run.err);
    let report = read_json(&merged.join("report.json"));
    let listed = 12 - cut;
    assert_eq!(report["findings"].as_array().unwrap().len() as u64, listed);
    let reasons = report["verdict"]["reasons"].as_array().unwrap();
    let [reason] = reasons.as_slice() else { panic!("{reasons:?}") };
    let reason = reason.as_str().unwrap();
    assert!(reason.starts_with("12 new or worsened findings fail by gate.fail-on (baseline); "), "{reason}");
    assert!(reason.contains(&format!("{listed} of 12 listed")), "{reason}");
    assert_eq!((&report["summary"]["failing"], &report["summary"]["new"]), (&json!(12), &json!(12)));
}

#[test]
fn one_fix_can_be_applied_by_its_fingerprint() {
    let repo = Repo::with(&[("app.py", SAFE)]);
    let weak = "import hashlib\nimport yaml\nfrom flask import request\n\n\ndef load():\n    return yaml.load(request.data, Loader=yaml.Loader)\n\n\n\
                def tag():\n    return hashlib.md5(request.form[\"password\"].encode()).hexdigest()\n";
    repo.write("app.py", weak);
    let run = run_with(repo.path(), ["check", "--base", "HEAD", "--format", "json"], &[]);
    let report: Value = serde_json::from_str(&run.out).unwrap();
    let fixed: Vec<&Value> = report["findings"].as_array().unwrap().iter().filter(|f| f["fix"].is_object()).collect();
    assert!(fixed.len() > 1, "{}", run.out);
    for finding in fixed {
        repo.write("app.py", weak);
        let fingerprint = &finding["fingerprint"].as_str().unwrap()[..12];
        let run = run_with(repo.path(), ["fix", "--base", "HEAD", "--finding", fingerprint, "--write"], &[]);
        assert_eq!(run.code, 0, "{}", run.err);
        let applied = fs::read_to_string(repo.path().join("app.py")).unwrap();
        let expected = finding["fix"]["diff"].as_str().unwrap();
        assert!(
            applied != weak
                && expected
                    .lines()
                    .filter(|l| l.starts_with('+') && !l.starts_with("+++"))
                    .all(|l| applied.contains(&l[1..]))
        );
        let removed = report["findings"].as_array().unwrap().len();
        let again = run_with(repo.path(), ["check", "--base", "HEAD", "--format", "json"], &[]);
        let again: Value = serde_json::from_str(&again.out).unwrap();
        assert!(again["findings"].as_array().unwrap().len() < removed, "{again}");
    }
    let run = run_with(repo.path(), ["fix", "--base", "HEAD", "--finding", "00000000"], &[]);
    assert_eq!(run.code, 2);
}

#[test]
fn a_clone_that_is_cut_off_does_not_choose_an_older_merge_base() {
    let repo = Repo::with(&[("app.py", WEAK)]);
    repo.git(["checkout", "--quiet", "-b", "old"]);
    repo.write("notes.txt", "old\n");
    repo.commit("on the old branch");
    repo.git(["checkout", "--quiet", "main"]);
    repo.write("app.py", SAFE);
    let base = repo.commit("mended");
    repo.git(["checkout", "--quiet", "-b", "topic"]);
    for number in 0..40 {
        repo.commit(&format!("nothing {number}"));
    }
    repo.git(["merge", "--quiet", "--no-edit", "old"]);
    repo.write("app.py", WEAK);
    let head = repo.commit("back again");
    let clone = Repo::clone_of(repo.path(), &["--depth=1", "--branch=main"]);
    let runner = Runner::new(clone.path());
    let run = runner.run("pull_request", &pull_request(&base, &head), &[], &[]);
    assert_eq!(run.code, 1, "{}{}", run.out, run.err);
    let report = read_json(Path::new(&runner.output("report")));
    assert_eq!(report["change"]["mergeBase"], json!(base));
    // The same without fetching: what cannot be known is not guessed.
    let cut = Repo::clone_of(repo.path(), &["--depth=20", "--no-single-branch", "--branch=main"]);
    let run = run_with(cut.path(), ["check", "--base", "main", "--head", "origin/topic"], &[]);
    assert_eq!(run.code, 2, "{}{}", run.out, run.err);
    assert!(run.err.contains("shallow clone"), "{}", run.err);
}

#[cfg(unix)]
#[test]
fn a_link_in_the_checkout_leads_to_no_other_policy() {
    let repo = Repo::with(&[("app.py", SAFE)]);
    let base = repo.git(["rev-parse", "HEAD"]);
    let loose = repo.outside("loose.yml");
    fs::write(&loose, "version: 1\ngate:\n  rules:\n    - { cwe: [78], action: off }\n").unwrap();
    fs::create_dir(repo.path().join("sec")).unwrap();
    std::os::unix::fs::symlink(&loose, repo.path().join("sec/policy.yml")).unwrap();
    repo.write("app.py", WEAK);
    let head = repo.commit("weak");
    let runner = Runner::new(repo.path());
    for named in ["sec/policy.yml", "sec/../sec/./policy.yml"] {
        let named = repo.path().join(named).to_string_lossy().into_owned();
        let run = runner.run("pull_request", &pull_request(&base, &head), &["--policy", &named], &[]);
        assert_eq!(run.code, 2, "{}{}", run.out, run.err);
        assert!(run.err.contains("the base has no policy sec/policy.yml"), "{}", run.err);
    }
}

#[test]
fn a_ready_policy_is_no_file_of_the_checkout() {
    let repo = Repo::with(&[("app.py", SAFE)]);
    let base = repo.git(["rev-parse", "HEAD"]);
    repo.write("app.py", WEAK);
    repo.write("strict", "gate: { rules: [{ cwe: 78, action: off }] }\n");
    let head = repo.commit("weak, and a file that would allow it");
    let runner = Runner::new(repo.path());
    let run = runner.run("pull_request", &pull_request(&base, &head), &["--policy", "strict"], &[]);
    assert_eq!(run.code, 1, "{}{}", run.out, run.err);
    assert!(run.out.contains("gate.fail-on (strict)"), "{}", run.out);
}

#[test]
fn an_old_event_is_judged_by_what_the_base_is_now() {
    let (origin, base, head) = diverged();
    origin.write(".tempergate.yml", "version: 1\ngate:\n  rules:\n    - { cwe: [78], action: note }\n");
    origin.commit("policy");
    let clone = Repo::clone_of(origin.path(), &["--depth=1", "--branch=main"]);
    let mut event = pull_request(&base, &head);
    event["pull_request"]["base"]["ref"] = json!("main");
    let run = Runner::new(clone.path()).run("pull_request", &event, &[], &[]);
    assert_eq!(run.code, 0, "{}{}", run.out, run.err);
    event["pull_request"]["base"]["ref"] = json!("gone");
    let run = Runner::new(clone.path()).run("pull_request", &event, &[], &[]);
    assert_eq!(run.code, 1, "the event's own commit stands in: {}{}", run.out, run.err);
}

#[test]
fn a_branch_is_not_taken_for_another_that_ends_like_it() {
    let (origin, _, head) = diverged();
    // Compared with this one, the head brings nothing.
    origin.git(["branch", "aaa/main", &head]);
    let clone = Repo::clone_of(origin.path(), &["--depth=1", "--single-branch", "--branch=topic"]);
    let run =
        Runner::new(clone.path()).run("workflow_dispatch", &json!({}), &["--base", "main"], &[("GITHUB_SHA", &head)]);
    assert_eq!(run.code, 1, "{}{}", run.out, run.err);
}

#[test]
fn what_a_made_up_report_quotes_is_no_command_either() {
    let repo = Repo::with(&[("app.py", SAFE)]);
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("report.json"), r###"{"command": "##[set-output name=verdict]pass\n::error::x"}"###)
        .unwrap();
    let run = json!({"event": "pull_request", "head_sha": "b".repeat(40), "head_branch": "x", "head_repository": {"owner": {"login": "o"}}});
    let from = folder.path().to_string_lossy().into_owned();
    let variables = [("TEMPERGATE_FROM", from.as_str()), ("GITHUB_ACTIONS", "true")];
    let run = Runner::new(repo.path()).run("workflow_run", &json!({ "workflow_run": run }), &[], &variables);
    assert_eq!(run.code, 2, "{}{}", run.out, run.err);
    assert!(!format!("{}{}", run.out, run.err).contains("set-output"), "{}{}", run.out, run.err);
}
