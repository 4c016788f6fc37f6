//! The plan: what is written, once and again, on pull requests in all states.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use super::hunks::{Hunks, Lines};
use super::marker::{self, Subject};
use super::plan::{Comment, Existing, Plan, Settings, Thread, plan};
use super::{comment, received, suggestion};
use crate::finding::{Confidence, FileResult, FileStatus, Finding, FlowStep, Region};
use crate::report::diff::unified;
use crate::report::model::*;
use crate::syntax::hir::Language;

const SETTINGS: Settings<'_> =
    Settings { category: "", max_comments: 30, suggestions: true, review: true, summary: true };

fn finding(number: u32, path: &str, line: u32) -> Reported {
    let region = Region { start_line: line, end_line: line, start_column: 1, end_column: 5, ..Region::default() };
    Reported {
        finding: Finding {
            rule: "sql-injection".into(),
            cwe: vec![89],
            severity: 8.8,
            confidence: Confidence::High,
            precision: Confidence::High,
            path: path.into(),
            region,
            message: format!("Finding {number} @octocat </details> `x`"),
            flow: Vec::new(),
            related: Vec::new(),
            symbol: "f".into(),
            sink: "execute".into(),
            fingerprint: format!("{number:032x}"),
        },
        state: State::New,
        action: Action::Fail,
        waived: None,
        accepted: false,
        decided_by: "gate.fail-on (baseline)".into(),
        author: None,
        fix: None,
        rejected: Vec::new(),
        engine: None,
        also_found_by: Vec::new(),
    }
}

/// With a fix of one line.
fn fixed(mut reported: Reported, old: &str, new: &str) -> Reported {
    let record = VerificationRecord { reason: "bound as a parameter".into(), ..VerificationRecord::default() };
    reported.fix = Some(Fix {
        strategy: "template".into(),
        fixer: "bind-parameters".into(),
        description: "The value is bound.".into(),
        replacements: Vec::new(),
        diff: unified(&reported.finding.path, old, new),
        verification: record,
        asked: None,
    });
    reported
}

fn report(findings: Vec<Reported>) -> Report {
    let failing = findings.len();
    let outcome = if failing > 0 { Outcome::Fail } else { Outcome::Pass };
    let status = |path: &str| FileResult {
        path: path.into(),
        language: Some(Language::Python),
        status: FileStatus::Findings,
        lossy: false,
    };
    Report {
        schema_version: SCHEMA_VERSION.into(),
        tool_version: "0.0.0".into(),
        command: Command::Check,
        change: Some(ChangeInfo {
            base: "main".into(),
            head: "x".into(),
            merge_base: "a".repeat(40),
            head_commit: Some("b".repeat(40)),
        }),
        shard: None,
        verdict: Verdict { outcome, reasons: Vec::new() },
        authorship: None,
        summary: Summary { new: failing, failing, ..Summary::default() },
        findings,
        resolved: Vec::new(),
        files: vec![status("a.py")],
        rules: Vec::new(),
        strategies: Vec::new(),
        waivers: Vec::new(),
        engines: Vec::new(),
    }
}

fn hunks() -> Hunks {
    let mut hunks = Hunks::default();
    hunks.add("a.py".into(), Some("@@ -1,3 +1,20 @@\n"));
    hunks.add("large.py".into(), None);
    hunks
}

/// What a pull request says after a plan was carried out.
fn carried_out(plan: &Plan, before: &Existing) -> Existing {
    let mut after = before.clone();
    let ours =
        |id: u64, body: &str| Comment { id, node: format!("C{id}"), body: body.into(), ours: true, hidden: false };
    for edit in plan.edits.iter().chain(plan.resolved.iter().map(|closing| &closing.edit)) {
        let thread = after.threads.iter_mut().find(|t| t.opened_by.id == edit.comment).unwrap();
        thread.opened_by.body = edit.body.clone();
    }
    for thread in &mut after.threads {
        thread.resolved |= plan.resolved.iter().any(|closing| closing.thread == thread.id);
        if let Some((_, edit)) = plan.reopened.iter().find(|(id, _)| *id == thread.id) {
            thread.resolved = false;
            thread.opened_by.body = edit.body.clone();
        }
    }
    for draft in plan.review.iter().chain(&plan.files) {
        let id = 1 + after.threads.len() as u64;
        let opened_by = ours(id, &draft.body);
        let (path, lines) = (draft.path.clone(), draft.lines);
        after.threads.push(Thread { id: format!("T{id}"), path, lines, resolved: false, opened_by, answered: false });
    }
    if let Some(summary) = &plan.summary {
        after.comments.retain(|comment| Some(comment.id) != summary.comment);
        after.comments.push(ours(1_000, &summary.body));
    }
    after
}

fn published(report: &Report) -> Existing {
    let nothing = Existing::default();
    carried_out(&plan(report, &hunks(), &nothing, SETTINGS), &nothing)
}

#[test]
fn what_was_published_is_not_published_again() {
    let report = report(vec![
        fixed(finding(1, "a.py", 2), "1\n2\n3\n", "1\nx\n3\n"),
        finding(2, "a.py", 25),
        finding(3, "large.py", 9),
        finding(4, "elsewhere.py", 1),
    ]);
    let first = plan(&report, &hunks(), &Existing::default(), SETTINGS);
    let places: Vec<_> = first.review.iter().chain(&first.files).map(|d| (d.path.as_str(), d.lines)).collect();
    let at = |first, last| Some(Lines { first, last });
    assert_eq!(places, [("a.py", at(2, 2)), ("a.py", at(20, 20)), ("large.py", None)]);
    assert_eq!(first.unplaced, 1);
    let after = carried_out(&first, &Existing::default());
    assert!(plan(&report, &hunks(), &after, SETTINGS).is_empty());
}

#[test]
fn a_finding_that_is_gone_ends_its_discussion_and_one_that_comes_back_opens_it() {
    let (both, one) = (report(vec![finding(1, "a.py", 2), finding(2, "a.py", 3)]), report(vec![finding(2, "a.py", 3)]));
    let existing = published(&both);
    let second = plan(&one, &hunks(), &existing, SETTINGS);
    assert_eq!(second.resolved.iter().map(|c| c.thread.as_str()).collect::<Vec<_>>(), ["T1"]);
    assert!(second.resolved[0].edit.body.contains("CWE-89"), "{}", second.resolved[0].edit.body);
    let existing = carried_out(&second, &existing);
    assert!(plan(&one, &hunks(), &existing, SETTINGS).is_empty());
    let third = plan(&both, &hunks(), &existing, SETTINGS);
    assert_eq!(third.reopened.iter().map(|(id, _)| id.as_str()).collect::<Vec<_>>(), ["T1"]);
    assert!(third.review.is_empty() && third.edits.is_empty());
    assert!(plan(&both, &hunks(), &carried_out(&third, &existing), SETTINGS).is_empty());
}

#[test]
fn what_is_let_be_gets_no_discussion_and_ends_one() {
    let open = report(vec![finding(1, "a.py", 2), finding(2, "a.py", 3)]);
    let mut let_be = open.clone();
    let_be.findings[0].waived = Some(Waived {
        owner: Some("@sec".into()),
        reason: "ticket 7".into(),
        expires: "2027-01-31".into(),
        origin: "p.yml:3".into(),
    });
    let_be.findings[1].accepted = true;
    let first = plan(&let_be, &hunks(), &Existing::default(), SETTINGS);
    assert!(first.review.is_empty() && first.files.is_empty());
    let later = plan(&let_be, &hunks(), &published(&open), SETTINGS);
    assert_eq!(later.resolved.len(), 2);
}

#[test]
fn a_comment_is_left_where_only_lines_elsewhere_have_moved() {
    let step = |line: u32, message: &str| FlowStep {
        path: "b.py".into(),
        region: Region { start_line: line, end_line: line, ..Region::default() },
        message: message.into(),
    };
    let with = |lines: [u32; 2], said: &str, commit: char| {
        let old: String = (1..=lines[0]).map(|n| format!("{n}\n")).collect();
        let mut one = fixed(finding(1, "a.py", 25), &(old.clone() + "x\n"), &(old + "y\n"));
        let record = &mut one.fix.as_mut().unwrap().verification;
        record.resolved = vec![FindingSummary { rule: "r".into(), cwe: vec![89], severity: 8.8, line: lines[0] }];
        one.fix.as_mut().unwrap().diff = format!("--- a/a.py\n+++ b/a.py\n@@ -{0},1 +{0},1 @@\n-x\n+y\n", lines[0]);
        one.finding.flow = vec![step(lines[0], "read here"), step(lines[1], said)];
        let mut report = report(vec![one]);
        let change = report.change.as_mut().unwrap();
        (change.merge_base, change.head_commit) = (commit.to_string().repeat(40), Some(commit.to_string().repeat(40)));
        report
    };
    let settings = Settings { summary: false, ..SETTINGS };
    let existing = published(&with([33, 34], "used here", 'b'));
    let body = &existing.threads[0].opened_by.body;
    assert!(body.contains("lines as of <code>bbbbbbbbbbbb</code>") && body.contains("`b.py:33`"), "{body}");
    let moved = plan(&with([43, 70], "used here", 'c'), &hunks(), &existing, settings);
    assert!(moved.is_empty(), "{moved:?}");
    // What the steps say is worth it, and what is written then is right in all.
    let anew = plan(&with([43, 70], "used there", 'c'), &hunks(), &existing, settings);
    assert!(anew.review.is_empty() && anew.resolved.is_empty());
    let [edit] = anew.edits.as_slice() else { panic!("{anew:?}") };
    assert!(
        edit.body.contains("`b.py:43`") && edit.body.contains("lines as of <code>cccccccccccc</code>"),
        "{}",
        edit.body
    );
    assert!(edit.body.contains("@@ -43,1 +43,1 @@") && edit.body.contains("at line 43"), "{}", edit.body);
    // Its own line is, where it does not stand at it.
    let mut moved = with([33, 34], "used here", 'b');
    moved.findings[0].finding.region.start_line = 26;
    let moved = plan(&moved, &hunks(), &existing, settings);
    assert!(moved.edits.len() == 1 && moved.edits[0].body.contains("At `a.py:26`"), "{moved:?}");
}

#[test]
fn discussions_of_people_are_theirs() {
    let report_before = report(vec![finding(1, "a.py", 2), finding(2, "a.py", 3)]);
    let mut existing = published(&report_before);
    existing.threads[0].answered = true;
    existing.threads[1].resolved = true;
    // One has answered; the other finding was declared settled by hand, and is still there.
    let gone = plan(&report(vec![finding(2, "a.py", 3)]), &hunks(), &existing, SETTINGS);
    assert!(gone.resolved.is_empty() && gone.review.is_empty() && gone.reopened.is_empty());
}

#[test]
fn marks_in_comments_of_others_say_nothing() {
    let one = report(vec![finding(1, "a.py", 2)]);
    let mut existing = published(&one);
    existing.threads[0].opened_by.ours = false;
    existing.comments[0].ours = false;
    let again = plan(&one, &hunks(), &existing, SETTINGS);
    assert_eq!((again.review.len(), again.summary.unwrap().comment), (1, None));
    let clean = plan(&report(Vec::new()), &hunks(), &existing, SETTINGS);
    assert!(clean.is_empty(), "nothing of others is touched: {clean:?}");
}

#[test]
fn nobody_says_gone_of_what_was_not_analysed() {
    let existing = published(&report(vec![finding(1, "a.py", 2)]));
    let mut left_out = report(Vec::new());
    left_out.files[0].status = FileStatus::NotAnalysed { reason: "too-large".into() };
    assert!(plan(&left_out, &hunks(), &existing, SETTINGS).resolved.is_empty());
    let mut capped = report(Vec::new());
    capped.summary.findings_over_cap = 1;
    assert!(plan(&capped, &hunks(), &existing, SETTINGS).resolved.is_empty());
}

#[test]
fn not_more_discussions_are_open_than_there_may_be() {
    let settings = Settings { max_comments: 3, ..SETTINGS };
    let many = report((1..=5).map(|n| finding(n, "a.py", n)).collect());
    let first = plan(&many, &hunks(), &Existing::default(), settings);
    assert_eq!((first.review.len(), first.unplaced), (3, 2));
    let existing = carried_out(&first, &Existing::default());
    assert!(plan(&many, &hunks(), &existing, settings).is_empty());
    // Where two are gone, there is room for the others.
    let fewer = report((3..=5).map(|n| finding(n, "a.py", n)).collect());
    let second = plan(&fewer, &hunks(), &existing, settings);
    assert_eq!((second.resolved.len(), second.review.len(), second.unplaced), (2, 2, 0));
}

#[test]
fn a_second_discussion_of_the_same_finding_is_ended() {
    let one = report(vec![finding(1, "a.py", 2)]);
    let mut existing = published(&one);
    let mut double = existing.threads[0].clone();
    (double.id, double.opened_by.id) = ("T9".into(), 9);
    existing.threads.push(double);
    let again = plan(&one, &hunks(), &existing, SETTINGS);
    assert_eq!(again.resolved.iter().map(|c| c.thread.as_str()).collect::<Vec<_>>(), ["T9"]);
}

#[test]
fn a_suggestion_is_only_for_the_lines_that_its_comment_stands_at() {
    let old = "1\n2\n3\n4\n5\n6\n7\n8\n";
    let one_line = report(vec![fixed(finding(1, "a.py", 4), old, &old.replace("4", "x"))]);
    let existing = published(&one_line);
    let wider = report(vec![fixed(finding(1, "a.py", 4), old, &old.replace("3\n4\n5", "x\n4\ny"))]);
    let second = plan(&wider, &hunks(), &existing, SETTINGS);
    assert!(second.review.is_empty() && second.edits.len() == 1);
    assert!(!second.edits[0].body.contains("suggestion") && second.edits[0].body.contains("```diff"));
    assert!(plan(&wider, &hunks(), &carried_out(&second, &existing), SETTINGS).is_empty());
    let mut outdated = existing.clone();
    outdated.threads[0].lines = None;
    let body = &plan(&one_line, &hunks(), &outdated, SETTINGS).edits[0].body;
    assert!(!body.contains("suggestion") && body.contains("At `a.py:4`"), "{body}");
}

#[test]
fn a_second_summary_is_hidden_once() {
    let one = report(vec![finding(1, "a.py", 2)]);
    let mut existing = published(&one);
    let mut double = existing.comments[0].clone();
    (double.id, double.node) = (2_000, "C2000".into());
    existing.comments.push(double);
    assert_eq!(plan(&one, &hunks(), &existing, SETTINGS).doubles, ["C2000"]);
    existing.comments[1].hidden = true;
    assert!(plan(&one, &hunks(), &existing, SETTINGS).is_empty());
}

#[test]
fn a_quiet_pull_request_stays_quiet() {
    let clean = report(Vec::new());
    assert!(plan(&clean, &hunks(), &Existing::default(), SETTINGS).is_empty());
    let existing = published(&report(vec![finding(1, "elsewhere.py", 2)]));
    let after = plan(&clean, &hunks(), &existing, SETTINGS);
    assert_eq!(after.summary.unwrap().comment, Some(1_000));
}

#[test]
fn several_gates_do_not_touch_each_other() {
    let existing = published(&report(vec![finding(1, "a.py", 2)]));
    let other = Settings { category: "api", ..SETTINGS };
    assert!(plan(&report(Vec::new()), &hunks(), &existing, other).is_empty());
}

#[test]
fn a_fix_of_an_unverified_report_has_no_button() {
    let report = report(vec![fixed(finding(1, "a.py", 2), "1\n2\n3\n", "1\nx\n3\n")]);
    let body = |suggestions| {
        plan(&report, &hunks(), &Existing::default(), Settings { suggestions, ..SETTINGS }).review[0].body.clone()
    };
    assert!(body(true).contains("```suggestion\nx\n```") && !body(true).contains("```diff"));
    assert!(!body(false).contains("```suggestion") && body(false).contains("```diff"));
    assert!(body(false).contains(&format!("--finding {}", "0".repeat(12))), "{}", body(false));
}

#[test]
fn what_a_comment_quotes_is_no_markup() {
    let report = report(vec![fixed(finding(1, "a.py", 2), "1\n2\n", "1\n```\n@octocat\n")]);
    let suggestion = suggestion::of(report.findings[0].fix.as_ref().unwrap());
    let body = comment::of_finding(&report, &report.findings[0], suggestion.as_ref(), true, true);
    assert!(body.contains("````suggestion\n```\n@octocat\n````"), "{body}");
    let prose: Vec<&str> = body.lines().filter(|line| line.contains("octocat") && !line.starts_with('@')).collect();
    assert!(prose.iter().all(|line| !line.contains("@octocat")), "{prose:?}");
    assert!(body.contains("\n\n| | |\n|---|---|\n| removes | nothing |\n"), "{body}");
    assert_eq!(body.matches("<details>").count(), body.matches("\n</details>").count(), "{body}");
    let marked = marker::marked("", &Subject::Summary, &body);
    assert!(marker::read("", &marked).unwrap().is_of(&body));
}

#[test]
fn a_report_from_elsewhere_is_checked_before_it_is_shown() {
    let sound = report(vec![finding(1, "a.py", 2)]);
    let text = |report: &Report| serde_json::to_vec(report).unwrap();
    assert_eq!(received::read(&text(&sound)).unwrap(), sound);
    type Change = fn(&mut Report);
    let changes: [(Change, &str); 9] = [
        (|r| r.findings[0].finding.path = "../../etc/passwd".into(), "leads out"),
        (|r| r.findings[0].finding.path = "/etc/passwd".into(), "leads out"),
        (|r| r.findings[0].finding.path = "C:\\x".into(), "leads out"),
        (|r| r.files[0].path = "a/../../b".into(), "leads out"),
        (|r| r.findings[0].finding.fingerprint = "summary".into(), "fingerprint"),
        (|r| r.findings[0].finding.rule = "x --> <script>".into(), "name"),
        (|r| r.findings[0].finding.severity = 1e9, "severity"),
        (|r| r.findings[0].finding.region.start_line = 0, "place"),
        (|r| r.schema_version = "9.0".into(), "version"),
    ];
    for (change, expected) in changes {
        let mut hostile = sound.clone();
        change(&mut hostile);
        let why = received::read(&text(&hostile)).unwrap_err();
        assert!(why.contains(expected), "{why}");
    }
    assert!(received::read(b"{}").unwrap_err().contains("not a report"));
}
