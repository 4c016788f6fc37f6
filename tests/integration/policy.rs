//! The `policy` command.

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
