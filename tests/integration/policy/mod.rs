//! Policies as users meet them: the `policy` and `baseline` commands here, changes that are judged by them in `change`, and
//! files of other repositories in `remote`.

mod change;
mod remote;

use std::fs;
use std::path::Path;

use assert_cmd::Command;
use tempergate::policy;

fn run(folder: &Path, arguments: &[&str]) -> (i32, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_tempergate")).current_dir(folder).args(arguments).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

#[test]
fn check_says_ok_or_everything_that_is_wrong() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("good.yml"), "version: 1\ngate:\n  rules: [{ rule: weak-hash, action: note }]\n")
        .unwrap();
    let (code, out, _) = run(folder.path(), &["policy", "check", "good.yml"]);
    assert_eq!((code, out.as_str()), (0, "good.yml: ok\n"));

    let bad = "version: 1\ngate:\n  fail_on: { severity: high, confidence: medium }\n  rules: [{ rule: weak-hsh, action: note }]\n";
    fs::write(folder.path().join("bad.yml"), bad).unwrap();
    let (code, out, err) = run(folder.path(), &["policy", "check", "bad.yml"]);
    assert_eq!((code, out.as_str()), (2, ""));
    for part in ["bad.yml:3:3", "bad.yml:4:19", "^^^^^^^", "did you mean `weak-hash`?"] {
        assert!(err.contains(part), "{part} is missing in\n{err}");
    }
    assert_eq!(run(folder.path(), &["policy", "check", "none.yml"]).0, 2);
    fs::write(folder.path().join("bytes.yml"), b"\xff\xfe").unwrap();
    assert_eq!(run(folder.path(), &["policy", "check", "bytes.yml"]).0, 2);
}

#[test]
fn show_takes_the_file_of_the_folder_or_the_baseline() {
    let folder = tempfile::tempdir().unwrap();
    let (code, baseline, _) = run(folder.path(), &["policy", "show"]);
    assert_eq!((code, baseline.as_str()), (0, policy::Policy::baseline().show().as_str()));

    let own = "version: 1\ngate:\n  caps: { findings: 7 }\n";
    fs::write(folder.path().join(".tempergate.yml"), own).unwrap();
    let (code, shown, _) = run(folder.path(), &["policy", "show"]);
    assert!(code == 0 && shown.contains("findings: 7") && shown.contains(".tempergate.yml"), "{shown}");

    fs::write(folder.path().join("other.yml"), own.replace('7', "9")).unwrap();
    let (code, shown, _) = run(folder.path(), &["policy", "show", "--policy", "other.yml"]);
    assert!(code == 0 && shown.contains("findings: 9") && shown.contains("other.yml"), "{shown}");

    fs::write(folder.path().join(".tempergate.yml"), "version: 2\n").unwrap();
    let (code, shown, err) = run(folder.path(), &["policy", "show"]);
    assert!(code == 2 && shown.is_empty() && err.contains(".tempergate.yml:1:10"), "{err}");
}

#[test]
fn schema_is_the_one_in_the_repository() {
    let folder = tempfile::tempdir().unwrap();
    let (code, schema, _) = run(folder.path(), &["policy", "schema"]);
    let printed: serde_json::Value = serde_json::from_str(&schema).unwrap();
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("policies/schema.json");
    let written: serde_json::Value = serde_json::from_str(&fs::read_to_string(file).unwrap()).unwrap();
    assert!(code == 0 && printed == written);
}

#[test]
fn a_mistake_in_a_waiver_is_told_and_the_policy_holds() {
    let folder = tempfile::tempdir().unwrap();
    let text = "waivers:\n  - { rule: weak-hash, paths: [a.py], owner: me, expires: 2099-01-01 }\n";
    fs::write(folder.path().join("p.yml"), text).unwrap();
    let (code, out, err) = run(folder.path(), &["policy", "check", "p.yml"]);
    assert_eq!((code, out.as_str()), (1, ""));
    assert!(err.contains("warning: `waivers[0]` lacks `reason`") && err.contains("p.yml:2:5"), "{err}");
    assert_eq!(run(folder.path(), &["policy", "show", "--policy", "p.yml"]).0, 0);
}

#[test]
fn diff_says_what_is_looser_and_what_is_stricter() {
    let folder = tempfile::tempdir().unwrap();
    let (code, out, _) = run(folder.path(), &["policy", "diff", "baseline", "strict"]);
    assert_eq!(code, 0);
    let wanted = [
        "stricter  gate.fail-on: { severity: high, confidence: medium } (baseline) is now { severity: medium, confidence: medium } (strict)",
        "stricter  gate.rules: now { cwe: [259, 321, 798], action: fail } (strict)",
        "0 looser, 6 stricter, 0 other",
    ];
    for line in wanted {
        assert!(out.lines().any(|l| l == line), "{line}\n{out}");
    }
    let (code, out, _) = run(folder.path(), &["policy", "diff", "strict", "baseline", "--fail-on-looser"]);
    assert!(code == 1 && out.ends_with("6 looser, 0 stricter, 0 other\n"), "{out}");
    let (code, out, _) = run(folder.path(), &["policy", "diff", "strict", "strict", "--fail-on-looser"]);
    assert_eq!((code, out.as_str()), (0, "0 looser, 0 stricter, 0 other\n"));
    fs::write(
        folder.path().join("own.yml"),
        "extends: strict\nwaivers: [{ fingerprint: abcdef01, owner: o, reason: r, expires: 2099-01-01 }]\n",
    )
    .unwrap();
    let (code, out, _) = run(folder.path(), &["policy", "diff", "strict", "own.yml", "--fail-on-looser"]);
    assert!(code == 1 && out.starts_with("looser    waivers: now "), "{out}");
}

const CASES: &str = "\
version: 1
policy: ./own.yml
cases:
  - name: an injection fails
    finding: { rule: sql-injection, path: src/app.py }
    expect: fail
    by: gate.fail-on
  - name: it is waived in the old code
    finding: { rule: sql-injection, path: legacy/a.py }
    on: 2026-01-01
    expect: note
    by: waivers[0]
  - name: until January
    finding: { rule: sql-injection, path: legacy/a.py }
    on: 2027-02-01
    expect: fail
  - name: an AI has to meet a higher bar
    finding: { cwe: [79], severity: medium, path: web/view.js, ai-written: true }
    expect: fail
    by: gate.ai.fail-on
  - name: what cannot be read fails
    file: not-analysed
    expect: fail
";

#[test]
fn cases_are_run_and_what_is_decided_otherwise_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let own = "extends: ai-authored\nwaivers:\n  - { rule: sql-injection, paths: [\"legacy/**\"], owner: o, reason: r, expires: 2027-01-31 }\n";
    fs::write(folder.path().join("own.yml"), own).unwrap();
    fs::write(folder.path().join("cases.yml"), CASES).unwrap();
    let (code, out, err) = run(folder.path(), &["policy", "test", "cases.yml"]);
    assert_eq!((code, out.as_str()), (0, "5 cases, 0 decided otherwise\n"), "{err}");

    let (code, out, _) = run(folder.path(), &["policy", "test", "cases.yml", "--policy", "baseline"]);
    assert_eq!(code, 1);
    assert!(out.contains("cases.yml:8: it is waived in the old code: expected note by waivers[0], decided fail by gate.fail-on (baseline)"), "{out}");
    assert!(out.contains("5 cases, 2 decided otherwise"), "{out}");

    for (wrong, told) in [
        (CASES.replace("sql-injection", "sql-injektion"), "no rule has the id `sql-injektion`"),
        (CASES.replace("2027-02-01", "tomorrow"), "`tomorrow` is not a day"),
        (CASES.replace("version: 1", "version: 2"), "version 2 of policy cases"),
        (CASES.replace("expect: note", "expects: note"), "cases.yml"),
    ] {
        fs::write(folder.path().join("cases.yml"), wrong).unwrap();
        let (code, _, err) = run(folder.path(), &["policy", "test", "cases.yml"]);
        assert!(code == 2 && err.contains(told), "{told}: {err}");
    }
}
