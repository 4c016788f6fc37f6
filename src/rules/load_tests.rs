#![allow(clippy::unwrap_used, clippy::expect_used)]

use super::*;
use crate::inspect::{Limits, inspect};

const RULE: &str = "id: forbidden-call
cwe: [676]
name: A call that we do not make
severity: 5.0
flow: { from: remote, to: our-shell }
match:
  - { call: legacy.danger }
message: \"{source} reaches {sink}\"
explain: why
remedy: how
";
const MODEL: &str = "sinks:
  - { kind: our-shell, call: legacy.run, at: \"arg[0]\" }
";

fn rule(text: &str) -> UserFile {
    let is = UserFileKind::Rule { folder: "forbidden-call".to_string() };
    UserFile { file: "own/forbidden-call/rule.yml".to_string(), text: text.to_string(), is }
}

fn model(text: &str) -> UserFile {
    let is = UserFileKind::Model { language: Language::Python };
    UserFile { file: "own/models/python/legacy.yml".to_string(), text: text.to_string(), is }
}

fn rendered(errors: &[FileError]) -> String {
    errors.iter().map(|e| e.render(false)).collect()
}

/// The errors of one rule and one model, rendered.
fn errors(rule_text: &str, model_text: &str) -> String {
    match load(&[rule(rule_text), model(model_text)]) {
        Ok(_) => panic!("no error"),
        Err(errors) => rendered(&errors),
    }
}

#[track_caller]
fn says(text: &str, parts: &[&str]) {
    for part in parts {
        assert!(text.contains(part), "{part:?} is missing in\n{text}");
    }
}

#[test]
fn own_rules_stand_beside_the_built_in_ones() {
    let loaded = load(&[rule(RULE), model(MODEL)]).unwrap_or_else(|e| panic!("{}", rendered(&e)));
    assert_eq!(loaded.rules, ["forbidden-call"]);
    assert_eq!(rendered(&loaded.warnings), "");
    let code = "import flask, hashlib, legacy\nlegacy.danger()\nlegacy.run(flask.request.args['a'])\neval(flask.request.args['b'])\n";
    let inspected = inspect("a.py", code.as_bytes(), &loaded.library, Limits::default());
    let found: Vec<(u32, &str)> = inspected.findings.iter().map(|f| (f.region.start_line, f.rule.as_str())).collect();
    assert!(found.contains(&(2, "forbidden-call")) && found.contains(&(3, "forbidden-call")), "{found:?}");
    assert!(found.contains(&(4, "code-injection")), "{found:?}");
    let built_in = inspect("a.py", code.as_bytes(), Library::built_in(), Limits::default());
    assert!(built_in.findings.iter().all(|f| f.rule != "forbidden-call"));
}

#[test]
fn own_models_serve_built_in_rules() {
    let own = "sinks:\n  - { kind: sql, call: legacy.query, at: \"arg[0]\" }\n";
    let loaded = load(&[model(own)]).unwrap_or_else(|e| panic!("{}", rendered(&e)));
    let code = "import flask, legacy\nlegacy.query('SELECT ' + flask.request.args['a'])\n";
    let inspected = inspect("a.py", code.as_bytes(), &loaded.library, Limits::default());
    assert!(inspected.findings.iter().any(|f| f.rule == "sql-injection"), "{:?}", inspected.findings);
}

#[test]
fn unknown_keys_are_errors_with_a_suggestion() {
    let text = errors(&RULE.replace("severity:", "severety:"), MODEL);
    says(&text, &["unknown key `severety`", "own/forbidden-call/rule.yml:4:1", "^^^^^^^^", "did you mean `severity`?"]);
    let text = errors(RULE, "sinks:\n  - { kind: our-shell, call: legacy.run, att: \"arg[0]\" }\n");
    says(&text, &["unknown key `att`", "legacy.yml:2:42", "did you mean `at`?"]);
}

#[test]
fn missing_and_doubled_keys_are_errors() {
    says(&errors(&RULE.replace("remedy: how\n", ""), MODEL), &["the key `remedy` is missing", "rule.yml:9:1"]);
    says(&errors(&format!("{RULE}name: again\n"), MODEL), &["the key `name` is given twice", "rule.yml:11:1"]);
}

#[test]
fn values_of_a_wrong_form_are_errors_at_the_value() {
    says(&errors(&RULE.replace("[676]", "many"), MODEL), &["rule.yml:2:6"]);
    says(&errors(&format!("{RULE}fixes: [{{ sett: x }}]\n"), MODEL), &["a fix is the name of a fixer", "rule.yml:11:"]);
    says(&errors(RULE, "sinks: [\n"), &["not valid YAML", "legacy.yml:"]);
    says(&errors("", MODEL), &["a rule is expected", "rule.yml:1:1"]);
}

#[test]
fn mistakes_in_the_meaning_point_at_their_text() {
    let text = errors(
        RULE,
        "sinks:\n  - { kind: sql, call: a.b, at: \"arg[0]\" }\n  - { kind: our-shell, call: legacy.run, at: \"argh[0]\" }\n",
    );
    says(&text, &["legacy.yml:3:46", "`argh[0]` is no place"]);
    assert_eq!(text.matches("error:").count(), 1, "{text}");
    says(
        &errors(RULE, "sinks:\n  - { kind: our-shell, at: \"arg[0]\" }\n"),
        &["says nothing about where", "legacy.yml:2:5"],
    );
    says(&errors(&format!("{RULE}check: no-such\n"), MODEL), &["no check `no-such`", "rule.yml:11:8"]);
    says(&errors(&format!("{RULE}fixes: [no-such]\n"), MODEL), &["no fixer `no-such`", "rule.yml:11:9"]);
    says(&errors(&format!("{RULE}languages: [cobol]\n"), MODEL), &["`cobol` is no language", "rule.yml:11:13"]);
    says(
        &errors(&RULE.replace("id: forbidden-call", "id: other"), MODEL),
        &["`other` is not the name", "rule.yml:1:5"],
    );
    says(&errors(&RULE.replace("legacy.danger", "\"legacy.{danger\""), MODEL), &["legacy.{danger", "rule.yml:7:13"]);
}

#[test]
fn a_second_rule_of_an_id_is_an_error() {
    let is = UserFileKind::Rule { folder: "sql-injection".to_string() };
    let text = RULE.replace("forbidden-call", "sql-injection");
    let Err(errors) = load(&[UserFile { file: "rule.yml".to_string(), text, is }]) else { panic!("no error") };
    says(&rendered(&errors), &["a second rule `sql-injection`", "rule.yml:1:5"]);
}

#[test]
fn unknown_kinds_of_barriers_are_errors() {
    let text = errors(RULE, &format!("{MODEL}barriers:\n  - {{ call: legacy.clean, clears: [our-shel] }}\n"));
    says(&text, &["unknown sink kind `our-shel`", "legacy.yml:4:36", "did you mean `our-shell`?"]);
}

#[test]
fn what_cannot_be_reached_is_a_warning() {
    let own = "sinks:\n  - { kind: our-shel, call: legacy.run, at: \"arg[0]\" }\nsources:\n  - { call: legacy.read, label: remot }\n";
    let loaded = load(&[rule(RULE), model(own)]).unwrap_or_else(|e| panic!("{}", rendered(&e)));
    let text = rendered(&loaded.warnings);
    says(&text, &["warning: this can never", "no rule asks for the kind `our-shel`", "legacy.yml:2:13"]);
    says(&text, &["no model has a sink of the kind `our-shell`", "rule.yml:5:27"]);
    says(&text, &["no rule asks for the label `remot`", "legacy.yml:4:33", "did you mean `remote`?"]);
}

#[test]
fn any_text_gives_a_result() {
    for text in [
        "\0",
        "- a",
        "a: &x [*x]",
        "{{{{{{{{{{{{{{{{{{{{{{",
        "a: b: c",
        "---\n---\n",
        "\u{feff}id: x",
        "? [a]: b",
        "id: !!binary x",
    ] {
        assert!(load(&[rule(text)]).is_err());
        assert!(load(&[model(text)]).is_err());
    }
    let deep = format!("sinks: {}{}", "[".repeat(5000), "]".repeat(5000));
    assert!(load(&[model(&deep)]).is_err());
}
