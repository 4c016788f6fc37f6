use super::*;
use crate::finding::{Confidence, FlowStep, Region};

const CLAUDE: &str = "Claude <noreply@anthropic.com>";
const ADA: &str = "Ada <ada@example.com>";
const NOTE: &str = "---\n{\"schema_version\":\"authorship/3.0.0\",\"prompts\":{\"d4a7828bfdafe456\":{\"agent_id\":{\"tool\":\"cursor\",\"model\":\"gpt-5\"}}}}";

fn commit(id: &str, author: &str, trailer: &str, note: Option<&str>) -> BlamedCommit {
    let person = |text: &str| {
        let (name, email) = text.trim_end_matches('>').split_once(" <").unwrap();
        (name.to_string(), email.to_string())
    };
    BlamedCommit {
        id: id.repeat(40),
        parents: vec!["0".repeat(40)],
        author: person(author),
        committer: person(ADA),
        message: format!("Subject\n\n{trailer}\n"),
        note: note.map(|attestations| format!("{attestations}\n{NOTE}").into_bytes()),
    }
}

fn run(line: u32, lines: u32, commit: usize, at: u32) -> BlamedRun {
    BlamedRun { line, lines, from: Some((commit, "a.py".into(), at)) }
}

fn authors(commits: Vec<BlamedCommit>, runs: Vec<BlamedRun>, traces: Vec<Trace>) -> Authors {
    let touched = (0..commits.len()).collect();
    let file = BlamedFile { path: "a.py".into(), runs, touched };
    let blamed = Blamed { commits, files: vec![file], traces, incomplete: None };
    Authors::of_blame(&blamed, Marks::built_in(), None)
}

/// The authors of lines in words.
fn lines(authors: &Authors, numbers: std::ops::RangeInclusive<u32>) -> Vec<String> {
    numbers.map(|n| authors.of("a.py", n, n).map_or("none".into(), |author| author.in_words())).collect()
}

#[test]
fn lines_are_those_of_their_commits() {
    let commits =
        vec![commit("1", CLAUDE, "", None), commit("2", ADA, "Made-with: Cursor", None), commit("3", ADA, "", None)];
    let runs = vec![run(2, 1, 0, 2), run(3, 1, 1, 3), run(4, 1, 2, 4), BlamedRun { line: 5, lines: 1, from: None }];
    let authors = authors(commits, runs, Vec::new());
    assert_eq!(lines(&authors, 1..=6), ["none", "agent Claude Code", "assisted Cursor", "unknown", "unknown", "none"]);
    assert_eq!(authors.of("a.py", 1, 9).unwrap().in_words(), "agent Claude Code");
    assert_eq!(authors.of("a.py", 3, 4).unwrap().in_words(), "assisted Cursor");
    assert_eq!(authors.of("a.py", 9, 3), None);
    assert_eq!(authors.of("b.py", 1, 9), None);
    assert_eq!(authors.lines("a.py"), (2, 2));
    let counts = [Level::Agent, Level::Assisted, Level::Unknown].map(|level| authors.commits(level));
    assert_eq!(counts, [1, 1, 1]);
    let evidence = authors.of("a.py", 2, 3).unwrap().evidence;
    assert_eq!(evidence.len(), 2, "{evidence:?}");
}

#[test]
fn a_note_narrows_what_a_person_committed() {
    let attestations = "a.py\n  d4a7828bfdafe456 2-3\n  h_dca485b1adf836 4";
    let runs = || vec![run(1, 5, 0, 1)];
    let of = |author: &str, trailer: &str, note: &str| {
        lines(&authors(vec![commit("1", author, trailer, Some(note))], runs(), Vec::new()), 1..=5)
    };
    let cursor = "assisted cursor (gpt-5)";
    // Of a commit that says of itself that an agent helped, the other lines are a person's.
    let marked = of(ADA, "Co-authored-by: Cursor <cursoragent@cursor.com>", attestations);
    assert_eq!(marked, ["unknown", cursor, cursor, "unknown", "unknown"]);
    // Without any mark, the note is one by itself.
    assert_eq!(of(ADA, "", attestations), ["unknown", cursor, cursor, "unknown", "unknown"]);
    // What an agent committed itself stays the agent's.
    assert!(of(CLAUDE, "", attestations).iter().all(|words| words.starts_with("agent Claude Code")));
    // A note that names no line of an agent, or that is malformed, clears nothing but the lines that it gives to a person.
    let trailer = "Made-with: Cursor";
    assert_eq!(of(ADA, trailer, "a.py\n  h_dca485b1adf836 4")[2..4], ["assisted Cursor", "unknown"]);
    assert!(of(ADA, trailer, "a.py\n  d4a7828bfdafe456 0").iter().all(|words| words == "assisted Cursor"));
    // It is about the whole commit, other files too.
    assert!(of(ADA, trailer, "b.py\n  d4a7828bfdafe456 1").iter().all(|words| words == "unknown"));
}

#[test]
fn lines_are_looked_up_where_they_stood_in_the_commit() {
    let note = "old.py\n  d4a7828bfdafe456 7";
    let mut runs = vec![run(1, 2, 0, 6)];
    runs[0].from = Some((0, "old.py".into(), 6));
    let authors = authors(vec![commit("1", ADA, "", Some(note))], runs, Vec::new());
    assert_eq!(lines(&authors, 1..=2), ["unknown", "assisted cursor (gpt-5)"]);
    let first = authors.of("a.py", 2, 2).unwrap().first_evidence();
    assert_eq!(first, format!("git-ai note on commit {}: lines of cursor", "1".repeat(12)));
}

fn trace(revision: &str, start: u32, end: u32, writer: Writer) -> Trace {
    let record = LineRecord { path: "a.py".into(), ranges: vec![(start, end)], writer };
    Trace { revision: revision.repeat(40), records: vec![record] }
}

fn gpt() -> Writer {
    Writer::Agent { agent: Some("codex".into()), model: None }
}

#[test]
fn traces_are_about_a_commit_or_made_just_before_it() {
    let commits = || vec![commit("1", ADA, "Made-with: Cursor", None)];
    let runs = || vec![run(1, 3, 0, 1)];
    let of = |traces: Vec<Trace>| lines(&authors(commits(), runs(), traces), 1..=3);
    assert_eq!(of(vec![trace("1", 2, 2, gpt())]), ["unknown", "assisted codex", "unknown"]);
    // Recorded on the parent, it marks and clears nothing.
    assert_eq!(of(vec![trace("0", 2, 2, gpt())]), ["assisted Cursor", "assisted codex", "assisted Cursor"]);
    assert_eq!(of(vec![trace("0", 1, 3, Writer::Human)]), ["assisted Cursor"; 3]);
    assert_eq!(of(vec![trace("1", 3, 3, Writer::Human)])[1..], ["assisted Cursor", "unknown"]);
    assert_eq!(of(vec![trace("7", 1, 3, gpt())]), ["assisted Cursor"; 3]);
    // Where records contradict each other, the agent's counts.
    assert_eq!(of(vec![trace("1", 2, 2, Writer::Human), trace("1", 1, 3, gpt())]), ["assisted codex"; 3]);
}

#[test]
fn the_pull_request_counts_for_every_line() {
    let file = BlamedFile { path: "a.py".into(), runs: vec![run(1, 2, 0, 1)], touched: vec![0] };
    let blamed = Blamed { commits: vec![commit("1", ADA, "", None)], files: vec![file], ..Blamed::default() };
    let request = PullRequest { branch: "codex/x".into(), ..PullRequest::default() };
    let authors = Authors::of_blame(&blamed, Marks::built_in(), Some(&request));
    assert_eq!(lines(&authors, 1..=3), ["assisted Codex", "assisted Codex", "none"]);
    assert_eq!(authors.lines("a.py"), (2, 0));
    assert_eq!(authors.pull_request().level, Level::Assisted);
}

fn finding(path: &str, line: u32, flow: &[(&str, u32)]) -> Finding {
    let region = |line: u32| Region { start_line: line, end_line: line, ..Region::default() };
    let step =
        |(path, line): &(&str, u32)| FlowStep { path: path.to_string(), region: region(*line), message: String::new() };
    Finding {
        rule: "r".into(),
        cwe: Vec::new(),
        severity: 5.0,
        confidence: Confidence::High,
        precision: Confidence::High,
        path: path.into(),
        region: region(line),
        message: String::new(),
        flow: flow.iter().map(step).collect(),
        symbol: String::new(),
        sink: String::new(),
        related: Vec::new(),
        fingerprint: String::new(),
    }
}

use crate::finding::Finding;

#[test]
fn a_finding_is_of_whoever_wrote_a_line_that_it_passes() {
    let commits = vec![commit("1", CLAUDE, "", None), commit("2", ADA, "", None)];
    let authors = authors(commits, vec![run(1, 1, 0, 1), run(5, 1, 1, 5)], Vec::new());
    let of = |finding: &Finding, is_new: bool| authors.of_finding(finding, is_new).map(|author| author.in_words());
    assert_eq!(of(&finding("a.py", 1, &[]), true).as_deref(), Some("agent Claude Code"));
    assert_eq!(of(&finding("a.py", 5, &[]), true).as_deref(), Some("unknown"));
    assert_eq!(of(&finding("a.py", 5, &[("a.py", 1), ("a.py", 5)]), true).as_deref(), Some("agent Claude Code"));
    assert_eq!(of(&finding("b.py", 3, &[("a.py", 1)]), true).as_deref(), Some("agent Claude Code"));
    // Something was taken away: whoever changed the file did it.
    assert_eq!(of(&finding("a.py", 9, &[]), true).as_deref(), Some("agent Claude Code"));
    assert_eq!(of(&finding("a.py", 9, &[]), false), None);
    assert_eq!(of(&finding("b.py", 9, &[]), true), None);
}

#[test]
fn rows_group_lines_by_file_and_author() {
    let commits = vec![commit("1", CLAUDE, "", None), commit("2", CLAUDE, "", None), commit("3", ADA, "", None)];
    let authors = authors(commits, vec![run(1, 2, 0, 1), run(3, 1, 2, 3), run(4, 5, 1, 4)], Vec::new());
    let rows: Vec<(usize, String, usize)> =
        authors.rows().iter().map(|row| (row.lines, row.author.in_words(), row.author.evidence.len())).collect();
    assert_eq!(rows, [(7, "agent Claude Code".to_string(), 2), (1, "unknown".to_string(), 0)]);
    let info = crate::report::model::ChangeInfo {
        base: "main".into(),
        head: "\u{1b}[2J".into(),
        merge_base: "0".repeat(40),
        head_commit: None,
    };
    let listing = listing(info, &authors);
    assert_eq!((listing.lines, listing.ai_lines, listing.ai_share), (8, 7, Some(87.5)));
    let table = listing.table();
    assert!(!table.contains('\u{1b}'), "{table}");
    assert!(
        table.contains("a.py      7  87.5%  agent    Claude Code  commit 111111111111: author Claude <noreply@"),
        "{table}"
    );
    assert!(table.contains("7 of 8 changed lines AI-written (87.5%); of 3 commits, 2 by agents"), "{table}");
}
