use proptest::prelude::{Just, prop_assert, prop_oneof, proptest};
use proptest::strategy::Strategy as ProptestStrategy;

use super::*;
use crate::finding::{FileResult, FileStatus};
use crate::report::model::{Outcome, Reported, State};

fn decided(policy: &Policy, finding: &Finding) -> String {
    let decision = policy.decide(finding, State::New, Language::Python);
    format!("{:?} by {}", decision.action, decision.decided_by)
}

#[test]
fn thresholds_need_both_severity_and_confidence() {
    let baseline = Policy::baseline();
    let cases = [
        (9.8, Confidence::High, "Fail by gate.fail-on (baseline)"),
        (7.0, Confidence::Medium, "Fail by gate.fail-on (baseline)"),
        (6.9, Confidence::High, "Warn by gate.warn-on (baseline)"),
        (9.8, Confidence::Low, "Note by gate.warn-on (baseline)"),
        (4.0, Confidence::Medium, "Warn by gate.warn-on (baseline)"),
        (3.9, Confidence::High, "Note by gate.warn-on (baseline)"),
    ];
    for (severity, confidence, expected) in cases {
        let finding = finding("sql-injection", 89, severity, confidence, "app.py");
        assert_eq!(decided(&baseline, &finding), expected, "{severity} {confidence}");
    }
}

#[test]
fn a_threshold_of_the_file_replaces_that_of_the_baseline() {
    let policy = policy("gate:\n  fail-on: { severity: critical, confidence: high }\n");
    let severe = finding("sql-injection", 89, 8.0, Confidence::High, "app.py");
    assert_eq!(decided(&policy, &severe), "Warn by gate.warn-on (baseline)");
    assert_eq!(decided(&policy, &injection("app.py")), "Fail by gate.fail-on (.tempergate.yml:2)");
}

#[test]
fn fail_on_may_lie_below_warn_on() {
    let policy = policy("gate:\n  fail-on: { severity: low, confidence: low }\n");
    let weak = finding("sql-injection", 89, 1.0, Confidence::Low, "app.py");
    assert_eq!(decided(&policy, &weak), "Fail by gate.fail-on (.tempergate.yml:2)");
}

const RULES: &str = "\
gate:
  rules:
    - { cwe: [798, 321], action: fail }
    - { rule: missing-rate-limit, paths: [\"internal/**\"], action: note }
    - rule: [sql-injection, cross-site-scripting]
      languages: [javascript]
      action: warn
    - { cwe: 798, paths: [\"tests/**\", \"**/*_test.py\"], action: off }
";

#[test]
fn the_last_rule_that_matches_decides() {
    let policy = policy(RULES);
    let secret = |path| finding("hardcoded-secret", 798, 3.0, Confidence::Low, path);
    let limit = |path| finding("missing-rate-limit", 770, 7.5, Confidence::High, path);
    let cases = [
        (secret("src/app.py"), "Fail by gate.rules[0] (.tempergate.yml:3)"),
        (secret("tests/app.py"), "Off by gate.rules[3] (.tempergate.yml:8)"),
        (secret("src/deep/app_test.py"), "Off by gate.rules[3] (.tempergate.yml:8)"),
        (limit("internal/a/b.py"), "Note by gate.rules[1] (.tempergate.yml:4)"),
        (limit("external/internal/b.py"), "Fail by gate.fail-on (baseline)"),
        (injection("a.py"), "Fail by gate.fail-on (baseline)"),
    ];
    for (finding, expected) in cases {
        assert_eq!(decided(&policy, &finding), expected, "{} {}", finding.rule, finding.path);
    }
    let in_javascript = policy.decide(&injection("a.js"), State::New, Language::JavaScript);
    assert_eq!(in_javascript.decided_by, "gate.rules[2] (.tempergate.yml:5)");
    assert_eq!(in_javascript.action, Action::Warn);
    let unknown_language = policy.decide(&injection("a.rb"), State::New, None);
    assert_eq!(unknown_language.decided_by, "gate.fail-on (baseline)");
}

#[test]
fn entries_are_counted_within_their_own_file_and_the_upper_file_wins() {
    let text = "gate: { rules: [{ cwe: 89, action: warn }, { cwe: 798, action: note }] }";
    let files = Files::new(&[("org.yml", text)]);
    let above = "{ extends: ./org.yml, gate: { rules: [{ cwe: 89, action: off }] } }";
    let policy = Policy::load(FILE, above, &known(), &files).unwrap();
    let secret = finding("hardcoded-secret", 798, 9.0, Confidence::High, "a.py");
    assert_eq!(decided(&policy, &injection("a.py")), "Off by gate.rules[0] (.tempergate.yml:1)");
    assert_eq!(decided(&policy, &secret), "Note by gate.rules[1] (org.yml:1)");
}

#[test]
fn any_cwe_of_a_finding_selects() {
    let policy = policy("gate: { rules: [{ cwe: 321, action: note }] }");
    let mut both = finding("hardcoded-secret", 798, 9.0, Confidence::High, "a.py");
    both.cwe.push(321);
    assert_eq!(decided(&policy, &both), "Note by gate.rules[0] (.tempergate.yml:1)");
}

#[test]
fn old_findings_are_notes_at_most() {
    let policy = policy(RULES);
    let by = |finding: &Finding, state| {
        let decision = policy.decide(finding, state, Language::Python);
        (decision.action, decision.decided_by)
    };
    let fails = injection("a.py");
    let would = "gate.fail-on (baseline)".to_owned();
    assert_eq!(by(&fails, State::Worsened), (Action::Fail, would.clone()));
    assert_eq!(by(&fails, State::Moved), (Action::Note, format!("not new: {would}")));
    assert_eq!(by(&fails, State::Persisting), (Action::Note, format!("not new: {would}")));
    let off = finding("hardcoded-secret", 798, 3.0, Confidence::Low, "tests/a.py");
    assert_eq!(by(&off, State::Persisting), (Action::Off, "gate.rules[3] (.tempergate.yml:8)".to_owned()));
}

#[test]
fn scope_takes_what_is_included_and_not_excluded() {
    let policy = policy(
        "scope:\n  include: [\"src/**\", \"*.py\"]\n  exclude: [\"**/vendor/**\", \"**/*.min.js\"]\n  languages: [python, javascript]\n",
    );
    let cases = [
        ("src/a/b.py", Some(Language::Python), true),
        ("setup.py", Some(Language::Python), true),
        ("docs/conf.py", Some(Language::Python), false),
        ("src/vendor/x/y.py", Some(Language::Python), false),
        ("src/app.min.js", Some(Language::JavaScript), false),
        ("src/app.js", Some(Language::JavaScript), true),
        ("src/app.ts", Some(Language::TypeScript), false),
        ("src/app.rb", None, false),
    ];
    for (path, language, expected) in cases {
        assert_eq!(policy.file_in_scope(path, language), expected, "{path}");
    }
    for path in ["a.py", "deep/er/node_modules/x.js", ".hidden/a.ts", "unclaimed.rb"] {
        assert!(Policy::baseline().file_in_scope(path, None), "{path}");
    }
}

#[test]
fn strategies_follow_the_last_override() {
    let policy = policy(
        "harden:\n  strategy: none\n  overrides:\n    - { cwe: 89, strategy: template }\n    - { languages: [typescript], strategy: template }\n    - { rule: sql-injection, paths: [\"legacy/**\"], strategy: none }\n",
    );
    let secret = finding("hardcoded-secret", 798, 9.0, Confidence::High, "a.ts");
    assert_eq!(policy.strategy_for(&injection("a.py"), Language::Python), Strategy::Template);
    assert_eq!(policy.strategy_for(&injection("legacy/a.py"), Language::Python), Strategy::None);
    assert_eq!(policy.strategy_for(&secret, Language::TypeScript), Strategy::Template);
    assert_eq!(policy.strategy_for(&secret, Language::JavaScript), Strategy::None);
    assert_eq!(Policy::baseline().strategy_for(&secret, None), Strategy::Template);
}

fn file(path: &str, status: FileStatus) -> FileResult {
    FileResult { path: path.to_owned(), language: None, status, lossy: false }
}

fn too_large() -> FileStatus {
    FileStatus::NotAnalysed { reason: "too-large".to_owned() }
}

fn broken() -> FileStatus {
    FileStatus::Partial { functions: vec!["f".to_owned()], reason: "syntax".to_owned() }
}

#[test]
fn what_was_not_analysed_is_not_clean() {
    let lenient = policy("gate:\n  not-analysed: warn\n  partial: note\n");
    let cases = [
        (Policy::baseline(), too_large(), Action::Fail, "gate.not-analysed (baseline)"),
        (Policy::baseline(), broken(), Action::Fail, "gate.partial (baseline)"),
        (Policy::baseline(), FileStatus::Unsupported, Action::Note, "unsupported language"),
        (Policy::baseline(), FileStatus::Clean, Action::Off, "analysed"),
        (lenient.clone(), too_large(), Action::Warn, "gate.not-analysed (.tempergate.yml:2)"),
        (lenient, broken(), Action::Note, "gate.partial (.tempergate.yml:3)"),
    ];
    for (policy, status, action, decided_by) in cases {
        let expected = Decision { action, decided_by: decided_by.to_owned(), waived: None, accepted: false };
        assert_eq!(policy.not_analysed_action(&status), expected, "{status:?}");
    }
}

fn reported(policy: &Policy, finding: Finding, state: State) -> Reported {
    let Decision { action, decided_by, waived, accepted } = policy.decide(&finding, state, Language::Python);
    Reported {
        finding,
        state,
        action,
        decided_by,
        author: None,
        engine: None,
        also_found_by: Vec::new(),
        waived,
        accepted,
        fix: None,
        rejected: Vec::new(),
    }
}

#[test]
fn the_verdict_names_every_setting_that_fails_something() {
    let policy = policy(RULES);
    let secret = finding("hardcoded-secret", 798, 3.0, Confidence::Low, "k.py");
    let findings = [
        reported(&policy, injection("b.py"), State::New),
        reported(&policy, secret, State::New),
        reported(&policy, injection("a.py"), State::Worsened),
        reported(&policy, injection("old.py"), State::Persisting),
    ];
    let files = [file("z.bin", too_large()), file("y.py", broken()), file("x.rb", FileStatus::Unsupported)];
    let verdict = policy.verdict(&findings, &files);
    assert_eq!(verdict.outcome, Outcome::Fail);
    assert_eq!(
        verdict.reasons,
        [
            "2 new or worsened findings fail by gate.fail-on (baseline): sql-injection at a.py:12, sql-injection at b.py:12.",
            "1 new or worsened finding fails by gate.rules[0] (.tempergate.yml:3): hardcoded-secret at k.py:12.",
            "1 file was not analysed, which fails by gate.not-analysed (baseline): z.bin (too-large).",
            "1 file was analysed only in part, which fails by gate.partial (baseline): y.py (syntax).",
        ]
    );
}

#[test]
fn old_and_weak_findings_and_foreign_files_pass() {
    let policy = Policy::baseline();
    let weak = finding("sql-injection", 89, 5.0, Confidence::Medium, "a.py");
    let findings = [reported(&policy, injection("old.py"), State::Persisting), reported(&policy, weak, State::New)];
    let files = [file("a.rb", FileStatus::Unsupported), file("a.py", FileStatus::Findings)];
    let verdict = policy.verdict(&findings, &files);
    assert_eq!((verdict.outcome, verdict.reasons.len()), (Outcome::Pass, 0));
    assert_eq!(policy.verdict(&[], &[]).outcome, Outcome::Pass);
}

#[test]
fn long_lists_are_counted_and_names_are_cleaned() {
    let policy = Policy::baseline();
    let mut files: Vec<FileResult> = (0..8).map(|n| file(&format!("f{n}.py"), too_large())).collect();
    files.push(file("a\u{1b}[31m.py", too_large()));
    let reasons = policy.verdict(&[], &files).reasons;
    let expected = "9 files were not analysed, which fails by gate.not-analysed (baseline): a\u{fffd}[31m.py (too-large), \
                    f0.py (too-large), f1.py (too-large), f2.py (too-large), f3.py (too-large) and 4 more.";
    assert_eq!(reasons, [expected]);
}

fn levels() -> impl ProptestStrategy<Value = Level> {
    prop_oneof![Just(Level::Low), Just(Level::Medium), Just(Level::High), Just(Level::Critical)]
}

fn confidences() -> impl ProptestStrategy<Value = Confidence> {
    prop_oneof![Just(Confidence::Low), Just(Confidence::Medium), Just(Confidence::High)]
}

proptest! {
    #[test]
    fn raising_a_threshold_never_makes_more_findings_fail(
        low in (levels(), confidences()),
        up in (levels(), confidences()),
        scores in proptest::collection::vec((0.0f64..=10.0, confidences()), 1..20),
    ) {
        let with = |(severity, confidence)| {
            policy(&format!("gate: {{ fail-on: {{ severity: {severity}, confidence: {confidence} }} }}"))
        };
        let lower = with(low);
        let higher = with((low.0.max(up.0), low.1.max(up.1)));
        for (severity, confidence) in scores {
            let finding = finding("sql-injection", 89, severity, confidence, "a.py");
            let fails = |policy: &Policy| policy.decide(&finding, State::New, None).action == Action::Fail;
            prop_assert!(fails(&lower) || !fails(&higher));
        }
    }

    #[test]
    fn old_findings_never_fail(fail in (levels(), confidences()), severity in 0.0f64..=10.0, confidence in confidences()) {
        let text = format!("gate: {{ fail-on: {{ severity: {}, confidence: {} }}, rules: [{{ cwe: 89, action: fail }}] }}", fail.0, fail.1);
        let finding = finding("sql-injection", 89, severity, confidence, "a.py");
        for state in [State::Moved, State::Persisting] {
            prop_assert!(policy(&text).decide(&finding, state, None).action <= Action::Note);
        }
    }
}
