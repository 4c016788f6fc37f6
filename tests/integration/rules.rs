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
            assert!(page::LANGUAGES.iter().any(|l| l.name() == language), "{id}: `{language}` is no language");
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
