//! The built-in rules: complete, well-formed, and right about their own examples; and the `rules` command.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use tempergate::rules::compiled::Fix;
use tempergate::rules::examples::{self, Failure, Role};
use tempergate::rules::{Library, page};
use tempergate::syntax::hir::Language;
use tempergate::{checks, harden};

fn told(failures: &[Failure]) -> String {
    failures.iter().map(|f| format!("{}:{}: expected {}, found {}\n", f.file, f.line, f.expected, f.found)).collect()
}

#[test]
fn every_example_holds() {
    let documents = examples::built_in();
    let outcome = examples::check_all(&documents, Library::built_in());
    assert!(outcome.checked > 500, "only {} examples", outcome.checked);
    let (failures, checked) = (&outcome.failures, outcome.checked);
    assert!(failures.is_empty(), "{} failures in {checked} examples:\n{}", failures.len(), told(failures));
}

#[test]
fn every_fixed_example_is_mended_by_a_fixer() {
    let outcome = examples::check_all(&examples::built_in(), Library::built_in());
    let places: String = outcome.unmended.iter().map(|(file, line)| format!("{file}:{line}\n")).collect();
    assert!(places.is_empty(), "no fixer proposes anything for\n{places}");
}

/// TypeScript shares JavaScript's rules and examples.
#[test]
fn every_rule_has_examples_for_each_of_its_languages() {
    let mut seen: BTreeMap<String, BTreeSet<(Language, bool)>> = BTreeMap::new();
    for document in examples::built_in() {
        for block in examples::parse(&document.text).0 {
            let language = if block.language == Language::TypeScript { Language::JavaScript } else { block.language };
            let roles = seen.entry(document.rule.clone()).or_default();
            match block.role {
                Role::Insecure => drop(roles.insert((language, true))),
                Role::Secure => drop(roles.insert((language, false))),
                Role::Fixed => {}
            }
        }
    }
    let mut missing = Vec::new();
    for rule in Library::built_in().rules() {
        for language in page::languages(rule).into_iter().filter(|l| *l != Language::TypeScript) {
            for (insecure, name) in [(true, "insecure"), (false, "secure")] {
                if !seen.get(&rule.id).is_some_and(|s| s.contains(&(language, insecure))) {
                    missing.push(format!("{}: no {name} example for {language}", rule.id));
                }
            }
        }
    }
    assert!(missing.is_empty(), "{missing:#?}");
}

#[test]
fn every_fixer_that_a_rule_names_exists() {
    let mut missing: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for rule in Library::built_in().rules() {
        for fix in &rule.fixes {
            if let Fix::Named(name) = fix
                && !harden::template::exists(name)
            {
                missing.entry(name).or_default().push(&rule.id);
            }
        }
    }
    assert!(missing.is_empty(), "these fixers are missing: {missing:#?}");
}

#[test]
fn every_check_that_a_rule_names_exists() {
    let named: Vec<&str> = Library::built_in().rules().iter().filter_map(|r| r.check.as_deref()).collect();
    assert!(named.contains(&"secrets"), "{named:?}");
    let missing: Vec<&&str> = named.iter().filter(|name| !checks::exists(name)).collect();
    assert!(missing.is_empty(), "these checks are missing: {missing:?}");
}

#[test]
fn rules_are_well_formed() {
    for rule in Library::built_in().rules() {
        let id = rule.id.as_str();
        let kebab = id.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        assert!(kebab && !id.starts_with('-') && !id.ends_with('-'), "`{id}` is no id");
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("rules").join(id);
        assert!(folder.join("rule.yml").is_file(), "the folder of `{id}` has another name");
        assert!(!rule.references.is_empty(), "{id}: no references");
        for reference in &rule.references {
            assert!(is_reference(reference), "{id}: `{reference}` is no reference");
        }
        let own = format!("CWE-{}", rule.cwe[0]);
        assert!(rule.references.contains(&own), "{id}: the references do not name {own}");
        for language in &rule.languages {
            assert!(Language::ALL.iter().any(|l| l.name() == language), "{id}: `{language}` is no language");
        }
        for text in [&rule.name, &rule.message, &rule.explain, &rule.remedy] {
            assert!(!text.trim().is_empty(), "{id}: an empty text");
        }
    }
}

/// `CWE-89`, `OWASP A03:2021`, a link.
fn is_reference(text: &str) -> bool {
    let digits = |s: &str| !s.is_empty() && s.bytes().all(|b| b.is_ascii_digit());
    let owasp = |rest: &str| match rest.strip_prefix('A').and_then(|r| r.split_once(':')) {
        Some((number, year)) => number.len() == 2 && digits(number) && year.len() == 4 && digits(year),
        None => false,
    };
    text.strip_prefix("CWE-").is_some_and(digits)
        || text.strip_prefix("OWASP ").is_some_and(owasp)
        || text.strip_prefix("https://").is_some_and(|rest| rest.contains('.') && !rest.contains(char::is_whitespace))
}

/// UPDATE_DOCS=1 writes the table anew.
#[test]
fn the_table_in_the_documentation_is_fresh() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/rules/README.md");
    let table = page::table(Library::built_in());
    if std::env::var_os("UPDATE_DOCS").is_some_and(|v| v == "1") {
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(&file, &table).unwrap();
    }
    let written = fs::read_to_string(&file).unwrap_or_default().replace("\r\n", "\n");
    assert!(written == table, "docs/rules/README.md is stale; run the tests once with UPDATE_DOCS=1");
}

/// Runs the program in a folder: exit code, standard output, standard error.
fn run(folder: &Path, arguments: &[&str]) -> (i32, String, String) {
    let output = assert_cmd::Command::new(env!("CARGO_BIN_EXE_tempergate"))
        .current_dir(folder)
        .args(["--threads", "2"])
        .args(arguments)
        .output()
        .unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

#[test]
fn list_shows_all_rules_or_those_of_a_language() {
    let folder = tempfile::tempdir().unwrap();
    let (code, all, _) = run(folder.path(), &["rules", "list"]);
    assert_eq!((code, all.lines().count()), (0, Library::built_in().rules().len()));
    let injection = all.lines().find(|l| l.starts_with("sql-injection ")).unwrap();
    assert!(injection.contains("CWE-89") && injection.contains("8.8 high") && injection.contains("SQL injection"));

    let (code, json, _) = run(folder.path(), &["rules", "list", "--language", "python", "--format", "json"]);
    let rules: Vec<serde_json::Value> = serde_json::from_str(&json).unwrap();
    let ids: Vec<&str> = rules.iter().map(|r| r["id"].as_str().unwrap()).collect();
    assert!(code == 0 && ids.is_sorted() && ids.contains(&"sql-injection") && !ids.contains(&"prototype-pollution"));
    assert_eq!(rules[0]["cwe"][0].as_u64().map(|n| n > 0), Some(true));

    assert_eq!(run(folder.path(), &["rules", "list", "--language", "cobol"]).0, 2);
}

#[test]
fn explain_prints_the_page_or_suggests_an_id() {
    let folder = tempfile::tempdir().unwrap();
    let (code, page, _) = run(folder.path(), &["rules", "explain", "sql-injection"]);
    assert_eq!(code, 0);
    for part in
        ["# SQL injection (`sql-injection`)", "## Remedy", "CWE-89", "```python insecure", "```javascript secure"]
    {
        assert!(page.contains(part), "{part} is missing in\n{page}");
    }
    let (code, page, error) = run(folder.path(), &["rules", "explain", "sql-injecton"]);
    assert!(code == 2 && page.is_empty() && error.contains("did you mean `sql-injection`?"), "{error}");
}

const OWN_RULE: &str = "id: legacy-call\ncwe: [676]\nname: A call that we no longer make\nseverity: 5.0\n\
    match:\n  - { call: legacy.run }\nmessage: This call is not made any more\nexplain: why\nremedy: how\n";

#[test]
fn test_judges_the_rules_of_a_folder() {
    let folder = tempfile::tempdir().unwrap();
    let own = folder.path().join("own");
    fs::create_dir_all(own.join("legacy-call")).unwrap();
    fs::create_dir_all(own.join("models/python")).unwrap();
    fs::write(own.join("legacy-call/rule.yml"), OWN_RULE).unwrap();
    let model = own.join("models/python/legacy.yml");
    fs::write(&model, "sinks:\n  - { kind: sql, call: legacy.query, at: \"arg[0]\" }\n").unwrap();
    let examples = own.join("legacy-call/python.md");
    let insecure =
        "import legacy, flask\nlegacy.run()  # ^ legacy-call\nlegacy.query(flask.request.args['q'])  # ^ sql-injection";
    let good = format!("# Example\n\n```python insecure\n{insecure}\n```\n```python secure\nlegacy = 1\n```\n");
    fs::write(&examples, &good).unwrap();
    let (code, out, err) = run(folder.path(), &["rules", "test", "own"]);
    assert_eq!((code, out.as_str(), err.as_str()), (0, "2 examples checked, 0 failures\n", ""));

    fs::write(&examples, good.replace("run()  # ^ legacy-call", "walk()  # ^ legacy-call")).unwrap();
    let (code, out, _) = run(folder.path(), &["rules", "test", "own"]);
    assert!(code == 1 && out.contains("own/legacy-call/python.md:5: expected legacy-call, found nothing\n"), "{out}");

    fs::write(&model, "sinks:\n  - { kind: unheard-of, call: legacy.query, at: \"arg[0]\" }\n").unwrap();
    let (_, _, err) = run(folder.path(), &["rules", "test", "own"]);
    assert!(err.contains("warning: ") && err.contains("legacy.yml:2:13") && err.contains("`unheard-of`"), "{err}");

    fs::write(&model, "sinks:\n  - { kind: sql, cal: legacy.query, at: \"arg[0]\" }\n").unwrap();
    let (code, out, err) = run(folder.path(), &["rules", "test", "own"]);
    assert!(
        code == 2 && out.is_empty() && err.contains("legacy.yml:2:18") && err.contains("did you mean `call`?"),
        "{err}"
    );

    fs::create_dir(own.join("empty")).unwrap();
    let (code, _, err) = run(folder.path(), &["rules", "test", "own"]);
    assert!(code == 2 && err.contains("needs a file `rule.yml`"), "{err}");
    assert_eq!(run(folder.path(), &["rules", "test", "nowhere"]).0, 2);
}

/// The command judges the built-in examples as the test above does.
#[test]
fn test_without_a_folder_judges_the_built_in_examples() {
    let folder = tempfile::tempdir().unwrap();
    let (code, out, _) = run(folder.path(), &["rules", "test"]);
    let outcome = examples::check_all(&examples::built_in(), Library::built_in());
    assert_eq!(code, i32::from(!outcome.failures.is_empty()));
    assert!(
        out.contains(&format!("{} examples checked, {} failure", outcome.checked, outcome.failures.len())),
        "{out}"
    );
    assert!(out.starts_with(&told(&outcome.failures)));
}
