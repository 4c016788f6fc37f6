//! Waivers, comments that waive, and the baseline file.

use super::*;
use crate::finding::{FileResult, FileStatus};
use crate::report::model::{Action, Reported, State, WaiverState};

const WAIVERS: &str = "\
inline-waivers: true
waivers:
  - { rule: sql-injection, paths: [\"legacy/**\"], owner: \"@sec\", reason: read only, expires: 2027-01-31 }
  - { fingerprint: abcdef01, owner: \"@sec\", reason: false alarm, expires: 2026-06-30 }
  - { cwe: 79, paths: [\"docs/**\"], owner: \"@docs\", reason: no users, expires: 2027-01-31 }
  - { rule: sql-injection, paths: [\"gone/**\"], owner: \"@sec\", reason: old, expires: 2027-01-31 }
";

fn waiving() -> Policy {
    policy(WAIVERS).on(day("2026-12-01").unwrap())
}

fn reported(policy: &Policy, finding: Finding, inline: Option<&InlineWaivers>) -> Reported {
    let decision = policy.decide_in(&finding, &Circumstances { inline, ..Circumstances::of(State::New) });
    Reported {
        finding,
        state: State::New,
        action: decision.action,
        decided_by: decision.decided_by,
        author: None,
        waived: decision.waived,
        accepted: decision.accepted,
        fix: None,
        rejected: Vec::new(),
        engine: None,
        also_found_by: Vec::new(),
    }
}

fn file(path: &str) -> FileResult {
    FileResult { path: path.to_owned(), language: Some(Language::Python), status: FileStatus::Findings, lossy: false }
}

#[test]
fn a_waiver_holds_on_its_last_day_and_not_after_it() {
    let holds = |today: &str| {
        let policy = policy(WAIVERS).on(day(today).unwrap());
        policy.decide(&injection("legacy/a.py"), State::New, None).action == Action::Note
    };
    assert!(holds("2027-01-31") && !holds("2027-02-01"));
    let undated = policy(WAIVERS);
    assert_eq!(undated.decide(&injection("legacy/a.py"), State::New, None).action, Action::Fail);
}

#[test]
fn what_came_of_each_waiver() {
    let policy = waiving();
    let mut found = injection("app.py");
    found.fingerprint = "abcdef0123456789".to_owned();
    let findings = [reported(&policy, injection("legacy/a.py"), None), reported(&policy, found, None)];
    assert_eq!(findings[0].waived.as_ref().unwrap().owner.as_deref(), Some("@sec"));
    assert_eq!((findings[1].action, &findings[1].waived), (Action::Fail, &None));
    let files = [file("legacy/a.py"), file("app.py"), file("docs/a.py")];
    let states = |whole: bool| -> Vec<(WaiverState, usize)> {
        let statuses = policy.waiver_statuses(&findings, &files, &[], whole);
        statuses.iter().map(|status| (status.state, status.findings)).collect()
    };
    let (used, expired) = ((WaiverState::Used, 1), (WaiverState::Expired, 1));
    let unmatched = (WaiverState::Unmatched, 0);
    assert_eq!(states(false), [used, expired, unmatched, (WaiverState::NotJudged, 0)]);
    assert_eq!(states(true), [used, expired, unmatched, unmatched]);
}

#[test]
fn comments_are_about_their_own_line_or_the_next_one_with_code() {
    let text = "\
x = 1  # tempergate: allow sql-injection until 2027-01-31 because it is read only

# tempergate: allow sql-injection until 2027-01-31 because of ticket 7
# tempergate: allow missing-rate-limit until 2027-01-31 because it is internal

run(x)
/* tempergate: allow sql-injection until 2027-01-31 because of C comments */
run(y)
s = \"tempergate: allow sql-injection until 2027-01-31 because it is text\"
";
    let read = InlineWaivers::read(text, |_| true, |rule| known().rules.contains(rule));
    let found: Vec<(u32, u32, &str, &str)> =
        read.waivers.iter().map(|w| (w.line, w.about, w.rule.as_str(), w.reason.as_str())).collect();
    let expected = [
        (1, 1, "sql-injection", "it is read only"),
        (3, 6, "sql-injection", "of ticket 7"),
        (4, 6, "missing-rate-limit", "it is internal"),
        (7, 8, "sql-injection", "of C comments"),
    ];
    assert_eq!(found, expected);
    assert!(read.malformed.is_empty());
}

#[test]
fn comments_that_cannot_be_read_are_told() {
    let wrong = [
        "# tempergate: allow sql-injektion until 2027-01-31 because x",
        "# tempergate: allow sql-injection until 2027-02-30 because x",
        "# tempergate: allow sql-injection until tomorrow because x",
        "# tempergate: allow sql-injection because x",
        "# tempergate: allow sql-injection until 2027-01-31",
        "# tempergate: allow sql-injection until 2027-01-31 because ",
        "<!-- tempergate: allow sql-injection until 2027-01-31 because -->",
    ];
    for line in wrong {
        let read = InlineWaivers::read(line, |_| true, |rule| known().rules.contains(rule));
        assert!(read.waivers.is_empty() && read.malformed.len() == 1, "{line}: {read:?}");
    }
}

#[test]
fn a_comment_waives_only_what_the_base_has_approved_and_the_policy_allows() {
    let text = "# tempergate: allow sql-injection until 2027-01-31 because ticket 7\n".to_owned()
        + &"\n".repeat(10)
        + "run(x)\n";
    let read = |approved: bool| InlineWaivers::read(&text, |_| approved, |rule| known().rules.contains(rule));
    let (approved, brought_in) = (read(true), read(false));
    let policy = waiving();
    assert_eq!(
        reported(&policy, injection("a.py"), Some(&approved)).decided_by,
        "comment (a.py:1): gate.fail-on (baseline)"
    );
    assert_eq!(reported(&policy, injection("a.py"), Some(&brought_in)).action, Action::Fail);
    let closed = self::policy("inline-waivers: false").on(day("2026-12-01").unwrap());
    assert_eq!(reported(&closed, injection("a.py"), Some(&approved)).action, Action::Fail);
    let late = policy.clone().on(day("2027-02-01").unwrap());
    assert_eq!(reported(&late, injection("a.py"), Some(&approved)).action, Action::Fail);

    let findings = [reported(&policy, injection("a.py"), Some(&brought_in))];
    let statuses = policy.waiver_statuses(&findings, &[file("a.py")], &[("a.py".to_owned(), brought_in)], false);
    let of_comment = statuses.iter().find(|status| status.origin == "a.py:1").unwrap();
    assert_eq!((of_comment.state, of_comment.findings), (WaiverState::NotApproved, 1));
}

#[test]
fn the_baseline_file_notes_what_is_in_it() {
    let mut old = injection("a.py");
    old.fingerprint = "0123456789abcdef0123456789abcdef".to_owned();
    let text = Accepted::text_of([&old, &old]);
    assert_eq!(Accepted::parse(&text).unwrap().len(), 1);
    let files = Files::new(&[("security/old.json", &text)]);
    let policy = Policy::load(FILE, "baseline-file: security/old.json", &known(), &files).unwrap();
    let decided = policy.decide(&old, State::New, None);
    let by = "in baseline-file (.tempergate.yml:1): gate.fail-on (baseline)";
    assert_eq!((decided.action, decided.decided_by.as_str()), (Action::Note, by));
    assert_eq!(policy.decide(&injection("a.py"), State::New, None).action, Action::Fail);
}

#[test]
fn a_baseline_file_that_cannot_be_used_is_an_error_at_its_name() {
    let good = Accepted::text_of([]);
    let bad = ["", "[]", "{\"version\": 2, \"findings\": []}", "{\"version\": 1}", "\u{0}"];
    let entry = "{\"version\": 1, \"findings\": [{\"path\": \"a\", \"rule\": \"b\", \"fingerprint\": \"c\"}]}";
    for text in bad.into_iter().chain([entry]) {
        let files = Files::new(&[("old.json", text)]);
        let error = Policy::load(FILE, "baseline-file: old.json", &known(), &files).unwrap_err();
        assert!(error.to_string().contains(".tempergate.yml:1:16"), "{text:?}: {error}");
    }
    let files = Files::new(&[("old.json", &good)]);
    assert!(Policy::load(FILE, "baseline-file: old.json", &known(), &files).is_ok());
    assert!(Policy::load(FILE, "baseline-file: ../old.json", &known(), &files).is_err());
}

#[test]
fn many_waivers_are_found_quickly() {
    let files: Vec<(String, String)> = (0..20)
        .map(|file| {
            let waiver = |n: usize| {
                format!("  - {{ fingerprint: \"{:08x}\", owner: o, reason: r, expires: 2027-01-31 }}\n", file * 500 + n)
            };
            (format!("w{file}.yml"), format!("waivers:\n{}", (0..500).map(waiver).collect::<String>()))
        })
        .collect();
    let named: Vec<(&str, &str)> = files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    let names: Vec<&str> = named.iter().map(|(path, _)| *path).collect();
    let text = format!("extends: [{}]", names.join(", "));
    let policy = Policy::load(FILE, &text, &known(), &Files::new(&named)).unwrap().on(day("2026-12-01").unwrap());
    let mut found = injection("a.py");
    found.fingerprint = format!("{:08x}00", 9_999);
    let decided = policy.decide(&found, State::New, None);
    assert_eq!(decided.decided_by, "waivers[499] (w19.yml:501): gate.fail-on (baseline)");
}
