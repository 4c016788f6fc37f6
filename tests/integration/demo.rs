//! `tempergate demo`, and that nothing in it is staged.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;
use tempfile::TempDir;

use crate::git::Repo;
use crate::program::{self, Run, findings, json};

/// The demo in a folder of its own.
struct Demo {
    folder: TempDir,
    run: Run,
}

impl Demo {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let run = program::run(folder.path(), ["demo", "--keep", "demo"]);
        Demo { folder, run }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join("demo").join(name)
    }

    fn report(&self) -> Value {
        json(&self.path("report.json"))
    }
}

fn of_rule<'r>(report: &'r Value, rule: &str, path: &str) -> Vec<&'r Value> {
    let all = report["findings"].as_array().unwrap().iter();
    all.filter(|f| f["rule"] == rule && f["path"] == path).collect()
}

#[test]
fn it_shows_the_report_and_says_where_the_files_are() {
    let demo = Demo::new();
    assert_eq!(demo.run.code, 0, "{}", demo.run.err);
    assert!(demo.run.out.contains("error[sql-injection]") && demo.run.out.contains("\nFAIL\n"), "{}", demo.run.out);
    let named: Vec<&str> = demo.run.out.lines().filter(|l| l.ends_with(".sarif")).map(str::trim).collect();
    let [sarif] = named[..] else { panic!("{named:?}") };
    assert_eq!(fs::canonicalize(sarif).unwrap(), fs::canonicalize(demo.path("report.sarif")).unwrap());
    let sarif = json(Path::new(sarif));
    assert_eq!(sarif["version"], "2.1.0");
    let results = sarif["runs"][0]["results"].as_array().unwrap().len();
    assert_eq!(results, demo.report()["findings"].as_array().unwrap().len());
    assert!(fs::read_to_string(demo.path("report.md")).unwrap().contains("sql-injection"));
    let page = fs::read_to_string(demo.path("report.html")).unwrap();
    assert!(page.starts_with("<!doctype html>") && page.contains("data-rule=\"sql-injection\""));
}

#[test]
fn a_dozen_weaknesses_are_new_in_both_languages_and_old_ones_are_not() {
    let demo = Demo::new();
    let report = demo.report();
    let all = findings(&report);
    let new: BTreeSet<&String> = all.iter().filter(|f| f.starts_with("new ")).collect();
    assert!(new.len() >= 12, "{all:#?}");
    for language in [".py:", ".js:"] {
        assert!(new.iter().filter(|f| f.contains(language)).count() >= 5, "{all:#?}");
    }
    let new_rules: BTreeSet<&str> = new.iter().filter_map(|f| f.split(' ').nth(1)).collect();
    for rule in [
        "sql-injection",
        "command-injection",
        "path-traversal",
        "cross-site-scripting",
        "weak-hash",
        "unsafe-deserialization",
        "debug-enabled",
        "certificate-validation-disabled",
        "hard-coded-credentials",
        "insecure-cookie",
        "information-exposure",
        "open-redirect",
        "regex-backtracking",
    ] {
        assert!(new_rules.contains(rule), "{rule} is not among {new_rules:?}");
    }
    // The one in a renamed file, the other in a function that changed its place.
    let old = |rule: &str, path: &str| {
        let found = of_rule(&report, rule, path).into_iter().filter(|f| f["state"] != "new");
        let states: Vec<&str> = found.map(|f| f["state"].as_str().unwrap()).collect();
        assert!(matches!(states[..], ["persisting" | "moved"]), "{rule} in {path}: {states:?} of {all:#?}");
    };
    old("command-injection", "backoffice/labels.py");
    old("sql-injection", "backoffice/reports.py");
    assert_eq!(of_rule(&report, "command-injection", "backoffice/labels.py").len(), 1);
}

#[test]
fn the_generic_hash_is_rejected_for_a_password_and_scrypt_passes() {
    let report = Demo::new().report();
    let found = of_rule(&report, "weak-hash", "backoffice/accounts.py");
    let [md5] = found[..] else { panic!("{:#?}", findings(&report)) };
    let rejected = md5["rejected"].as_array().expect("rejected candidates");
    let sha256 = rejected.iter().find(|r| r["fixer"] == "stronger-hash").expect("the generic candidate");
    assert_eq!(sha256["reason"], "introduces");
    let why = sha256["explanation"].as_str().unwrap();
    assert!(why.contains("password-hash-without-work-factor"), "{why}");
    let fix = &md5["fix"];
    assert_eq!(fix["fixer"], "password-hash");
    let diff = fix["diff"].as_str().unwrap();
    assert!(diff.lines().any(|l| l.starts_with('+') && l.contains("scrypt(")), "{diff}");
    assert_eq!(fix["verification"]["introduced"], Value::Array(Vec::new()));
    assert!(!fix["verification"]["reason"].as_str().unwrap().is_empty());
}

#[test]
fn nothing_is_staged() {
    let demo = Demo::new();
    let repo = Repo::clone_of(&demo.path("bramble"), &[]);
    let check = || {
        let out = repo.outside("report.json");
        let target = format!("json={}", out.display());
        let run = program::run(repo.path(), ["check", "--base", "origin/main", "--head", "HEAD", "--report", &target]);
        (run.code, json(&out))
    };
    let replace = |path: &str, old: &str, new: &str| {
        let text = fs::read_to_string(repo.path().join(path)).unwrap();
        assert_eq!(text.matches(old).count(), 1, "{old} in {path}");
        repo.write(path, text.replace(old, new));
        repo.commit("a change by hand");
    };
    let (code, before) = check();
    assert_eq!(code, 1);
    assert_eq!(findings(&before), findings(&demo.report()));

    // The statement bound by hand: exactly that finding goes.
    let accounts = "backoffice/accounts.py";
    replace(
        accounts,
        "f\"SELECT id, name, email FROM accounts WHERE name = '{name}'\"",
        "\"SELECT id, name, email FROM accounts WHERE name = ?\", (name,)",
    );
    let (code, bound) = check();
    assert_eq!(code, 1);
    let expected: Vec<String> =
        findings(&before).into_iter().filter(|f| !f.contains("sql-injection backoffice/accounts.py")).collect();
    assert_eq!(expected.len() + 1, findings(&before).len());
    assert_eq!(findings(&bound), expected);

    // A hash of something else than a password: the generic candidate is now let through.
    replace(
        accounts,
        "    digest = hashlib.md5(password.encode()).hexdigest()\n",
        "    digest = hashlib.md5(email.encode()).hexdigest()\n",
    );
    let (_, other) = check();
    let found = of_rule(&other, "weak-hash", accounts);
    let [md5] = found[..] else { panic!("{:#?}", findings(&other)) };
    assert_eq!(md5["fix"]["fixer"], "stronger-hash", "{md5:#}");
    assert!(md5.get("rejected").is_none(), "{md5:#}");

    // And without the weak hash there is nothing to say.
    replace(accounts, "hashlib.md5(", "hashlib.sha256(");
    let (_, without) = check();
    assert_eq!(of_rule(&without, "weak-hash", accounts), Vec::<&Value>::new());
}

#[test]
fn it_writes_to_new_and_empty_folders_only() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("empty")).unwrap();
    assert_eq!(program::run(folder.path(), ["demo", "--keep", "empty"]).code, 0);
    fs::create_dir(folder.path().join("used")).unwrap();
    fs::write(folder.path().join("used/notes.txt"), "mine").unwrap();
    let run = program::run(folder.path(), ["demo", "--keep", "used"]);
    assert_eq!(run.code, 2);
    assert!(run.err.contains("not empty"), "{}", run.err);
    assert_eq!(fs::read_dir(folder.path().join("used")).unwrap().count(), 1);
}

#[test]
fn without_a_folder_it_stays_among_the_temporary_ones() {
    let temporary = tempfile::tempdir().unwrap();
    let place = temporary.path().to_str().unwrap();
    let run = program::run_with(temporary.path(), ["demo"], &[("TMPDIR", place), ("TEMP", place), ("TMP", place)]);
    assert_eq!(run.code, 0, "{}", run.err);
    assert!(run.out.contains("temporary folder that stays"), "{}", run.out);
    let sarif = run.out.lines().find(|l| l.ends_with(".sarif")).unwrap().trim();
    assert!(Path::new(sarif).starts_with(temporary.path()) && Path::new(sarif).is_file(), "{sarif}");
}

#[test]
fn colours_can_be_forced_and_refused() {
    let folder = tempfile::tempdir().unwrap();
    let coloured = |n: &str, variables: &[(&str, &str)]| {
        program::run_with(folder.path(), ["demo", "--keep", n], variables).out.contains("\u{1b}[")
    };
    assert!(!coloured("a", &[]));
    assert!(coloured("b", &[("CLICOLOR_FORCE", "1")]));
    assert!(!coloured("c", &[("CLICOLOR_FORCE", "0")]));
    assert!(!coloured("d", &[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")]));
}
