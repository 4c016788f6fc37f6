//! What stands around the findings: the verdict with its numbers, what was not analysed, the filters, and the lists at the
//! end of the page.

use std::collections::BTreeMap;

use serde::Serialize;

use super::finding::{NAME, SENTENCE, cwes, score};
use super::shown::{Link, Piece, Shown, paragraphs, prose};
use super::text::count;
use crate::finding::{FileResult, FileStatus, Level};
use crate::report::authorship::line as summary_of_authors;
use crate::report::engines::{is_wanting, line as lines_of_engines};
use crate::report::model::{Command, EngineInfo, Report, Reported, RuleInfo, State, StrategySummary};
use crate::report::waivers::to_look_at as lines_of_waivers;
use crate::report::{cwe, standing, strategies as summaries};

/// Reasons of a verdict, and notes on models.
const REASONS: usize = 50;
const WAIVERS: usize = 200;
/// Files that were not analysed whole.
const UNCOVERED: usize = 200;
/// Functions of one file that were not analysed.
const FUNCTIONS: usize = 20;
/// Files in the list of all.
const FILES: usize = 2_000;
/// Findings that are gone.
const RESOLVED: usize = 500;
/// Characters of a rule's text.
const EXPLANATION: usize = 6_000;

/// Items of a list, with the number of those that are not shown.
#[derive(Serialize)]
pub struct Listed<T> {
    items: Vec<T>,
    left_out: usize,
}

/// The first `most` of the items, made ready.
fn listed<I: Iterator, T>(items: I, most: usize, ready: impl Fn(I::Item) -> T) -> Listed<T> {
    let (mut shown, mut left_out) = (Vec::new(), 0);
    for item in items {
        if shown.len() < most { shown.push(ready(item)) } else { left_out += 1 }
    }
    Listed { items: shown, left_out }
}

/// The verdict with what decided it.
#[derive(Serialize)]
pub struct Head {
    reasons: Listed<Vec<Piece>>,
    change: Option<Change>,
    authorship: Option<Shown>,
    tiles: Vec<Tile>,
}

#[derive(Serialize)]
struct Change {
    base: Shown,
    head: Shown,
    merge_base: Shown,
    head_commit: Option<Shown>,
}

/// A number of the report.
#[derive(Serialize)]
struct Tile {
    number: usize,
    label: &'static str,
    kind: &'static str,
}

/// The head of the page.
pub fn head(report: &Report) -> Head {
    let change = report.change.as_ref().map(|change| Change {
        base: Shown::brief(&change.base, NAME),
        head: Shown::brief(&change.head, NAME),
        merge_base: commit(&change.merge_base),
        head_commit: change.head_commit.as_deref().map(commit),
    });
    let reasons = listed(report.verdict.reasons.iter(), REASONS, |reason| prose(reason, SENTENCE));
    let authorship = report.authorship.as_ref().and_then(summary_of_authors).map(|line| Shown::brief(&line, SENTENCE));
    Head { reasons, change, authorship, tiles: tiles(report) }
}

/// The first digits of a commit's id.
fn commit(id: &str) -> Shown {
    Shown::brief(id.get(..10).unwrap_or(id), 40)
}

/// The numbers that matter: the first three always, others where there is something to count.
fn tiles(report: &Report) -> Vec<Tile> {
    let (summary, check) = (&report.summary, report.command == Command::Check);
    let uncovered = summary.files_partial + summary.files_not_analysed;
    let all = [
        (summary.new, if check { ["new finding", "new findings"] } else { ["finding", "findings"] }, "plain"),
        (summary.failing, ["fails the gate", "fail the gate"], "bad"),
        (summary.fixed, ["with a verified fix"; 2], "good"),
        (summary.rejected_fixes, ["fix rejected", "fixes rejected"], "plain"),
        (summary.waived, ["waived"; 2], "plain"),
        (summary.persisting, ["there before"; 2], "plain"),
        (summary.resolved, ["resolved"; 2], "good"),
        (summary.files_analysed, ["file analysed whole", "files analysed whole"], "plain"),
        (uncovered, ["file not analysed whole", "files not analysed whole"], "warn"),
    ];
    let tiles = all.into_iter().enumerate().filter(|(at, (number, ..))| *at < 3 || *number > 0);
    let label = |number: usize, [one, many]: [&'static str; 2]| if number == 1 { one } else { many };
    tiles.map(|(_, (number, labels, kind))| Tile { number, label: label(number, labels), kind }).collect()
}

/// What was analysed, and what was not.
#[derive(Serialize)]
pub struct Coverage {
    uncovered: Listed<File>,
    uncovered_total: usize,
    over_cap: usize,
    shard: Option<crate::shard::Shard>,
    files: Listed<File>,
    line: String,
}

#[derive(Serialize)]
struct File {
    path: Shown,
    language: Option<crate::syntax::hir::Language>,
    status: &'static str,
    reason: Option<Shown>,
    functions: Listed<Shown>,
    lossy: bool,
}

/// What became of the files.
pub fn coverage(report: &Report) -> Coverage {
    let whole =
        |file: &&FileResult| !matches!(file.status, FileStatus::Partial { .. } | FileStatus::NotAnalysed { .. });
    let uncovered = listed(report.files.iter().filter(|f| !whole(f)), UNCOVERED, file);
    Coverage {
        uncovered_total: uncovered.items.len() + uncovered.left_out,
        uncovered,
        over_cap: report.summary.findings_over_cap,
        shard: report.shard,
        files: listed(report.files.iter(), FILES, file),
        line: count(report.files.len(), "file"),
    }
}

fn file(file: &FileResult) -> File {
    let (status, reason, functions): (_, _, &[String]) = match &file.status {
        FileStatus::Clean => ("nothing found", None, &[]),
        FileStatus::Findings => ("findings", None, &[]),
        FileStatus::Partial { functions, reason } => ("analysed in part", Some(reason), functions),
        FileStatus::NotAnalysed { reason } => ("not analysed", Some(reason), &[]),
        FileStatus::Unsupported => ("in another language", None, &[]),
    };
    File {
        path: Shown::brief(&file.path, NAME),
        language: file.language,
        status,
        reason: reason.map(|reason| Shown::brief(reason, NAME)),
        functions: listed(functions.iter(), FUNCTIONS, |name| Shown::brief(name, NAME)),
        lossy: file.lossy,
    }
}

/// What the findings can be filtered by.
#[derive(Serialize)]
pub struct Filters {
    levels: Vec<Choice<String>>,
    states: Vec<Choice<&'static str>>,
    rules: Vec<Choice<Shown>>,
    fixed: usize,
}

#[derive(Serialize)]
struct Choice<T> {
    value: T,
    label: T,
    number: usize,
}

/// The filters that make a difference for these findings.
pub fn filters(findings: &[&Reported]) -> Filters {
    let number = |test: &dyn Fn(&Reported) -> bool| findings.iter().filter(|r| test(r)).count();
    let levels = [Level::Critical, Level::High, Level::Medium, Level::Low].map(|level| Choice {
        value: level.to_string(),
        label: level.to_string(),
        number: number(&|r| r.finding.level() == level),
    });
    let states = [State::New, State::Worsened, State::Moved, State::Persisting].map(|state| Choice {
        value: state_key(state),
        label: standing(state),
        number: number(&|r| r.state == state),
    });
    let mut rules: BTreeMap<&str, usize> = BTreeMap::new();
    for reported in findings {
        *rules.entry(&reported.finding.rule).or_default() += 1;
    }
    let rule =
        |(id, number): (&str, usize)| Choice { value: Shown::brief(id, NAME), label: Shown::brief(id, NAME), number };
    Filters {
        levels: levels.into_iter().filter(|choice| choice.number > 0).collect(),
        states: states.into_iter().filter(|choice| choice.number > 0).collect(),
        rules: rules.into_iter().map(rule).collect(),
        fixed: number(&|r| r.fix.is_some()),
    }
}

/// A state as it is serialised.
fn state_key(state: State) -> &'static str {
    match state {
        State::New => "new",
        State::Worsened => "worsened",
        State::Moved => "moved",
        State::Persisting => "persisting",
    }
}

/// Findings that the change removed.
pub type Resolved = Listed<Gone>;

/// A finding of the base that is gone.
#[derive(Serialize)]
pub struct Gone {
    level: String,
    score: String,
    message: Vec<Piece>,
    rule: Shown,
    weaknesses: String,
    place: Shown,
}

/// What the change removed.
pub fn resolved(report: &Report) -> Resolved {
    listed(report.resolved.iter(), RESOLVED, |finding| Gone {
        level: finding.level().to_string(),
        score: score(finding.severity),
        message: prose(&finding.message, SENTENCE),
        rule: Shown::brief(&finding.rule, NAME),
        weaknesses: cwes(&finding.cwe),
        place: Shown::brief(
            &format!("{}:{}", super::text::brief(&finding.path, NAME), finding.region.start_line),
            NAME,
        ),
    })
}

/// Another analyser.
#[derive(Serialize)]
pub struct Engine {
    line: Vec<Piece>,
    wanting: bool,
}

/// What came of asking the other analysers.
pub fn engines(report: &Report) -> Listed<Engine> {
    let engine =
        |engine: &EngineInfo| Engine { line: prose(&lines_of_engines(engine), SENTENCE), wanting: is_wanting(engine) };
    listed(report.engines.iter(), WAIVERS, engine)
}

/// The waivers that somebody should look at.
pub fn waivers(report: &Report) -> Listed<Vec<Piece>> {
    listed(lines_of_waivers(report).into_iter(), WAIVERS, |line| prose(&line, SENTENCE))
}

/// What the strategies came to.
#[derive(Serialize)]
pub struct Strategies {
    rows: Vec<Strategy>,
    unanswered: Listed<Vec<Piece>>,
}

#[derive(Serialize)]
struct Strategy {
    name: Shown,
    model: Option<Shown>,
    candidates: usize,
    verified: usize,
    findings_fixed: usize,
    introduced_before: usize,
    introduced_after: usize,
    rejected: Vec<(Shown, usize)>,
    asked: Option<Spent>,
}

#[derive(Serialize)]
struct Spent {
    requests: u64,
    tokens_in: u64,
    tokens_out: u64,
    seconds: String,
    usd: Option<String>,
}

/// What each strategy came to, and what kept models from answering.
pub fn strategies(report: &Report) -> Strategies {
    let unanswered = summaries::unanswered(&report.findings).into_iter();
    Strategies {
        rows: report.strategies.iter().map(strategy).collect(),
        unanswered: listed(unanswered, REASONS, |(why, times)| {
            prose(&format!("{} ({})", super::text::brief(&why, SENTENCE), count(times, "time")), SENTENCE + 40)
        }),
    }
}

fn strategy(summary: &StrategySummary) -> Strategy {
    let spent = || Spent {
        requests: summary.requests,
        tokens_in: summary.tokens_in,
        tokens_out: summary.tokens_out,
        seconds: score(summary.seconds),
        usd: (summary.usd > 0.0).then(|| format!("{:.4}", summary.usd)),
    };
    Strategy {
        name: Shown::brief(&summary.strategy, NAME),
        model: summary.model.as_ref().map(|model| Shown::brief(model, NAME)),
        candidates: summary.candidates,
        verified: summary.verified,
        findings_fixed: summary.findings_fixed,
        introduced_before: summary.introduced_before,
        introduced_after: summary.introduced_after,
        rejected: summary.rejected.iter().map(|(reason, &number)| (Shown::brief(reason, 60), number)).collect(),
        asked: (summary.requests > 0).then(spent),
    }
}

/// What is known about a rule.
#[derive(Serialize)]
pub struct Rule {
    id: Shown,
    name: Shown,
    level: String,
    score: String,
    precision: String,
    weakness: String,
    weaknesses: Vec<Link>,
    explain: Vec<Vec<Piece>>,
    remedy: Vec<Vec<Piece>>,
    references: Vec<Link>,
}

/// The rules in the report's order, by which findings refer to them.
pub fn rules(report: &Report) -> Vec<Rule> {
    report.rules.iter().map(rule).collect()
}

fn rule(rule: &RuleInfo) -> Rule {
    // A reference to a weakness that is linked already would only repeat it.
    let own: Vec<String> = rule.cwe.iter().map(|&number| cwe::id(number)).collect();
    let references = rule.references.iter().filter(|reference| !own.contains(reference));
    Rule {
        id: Shown::brief(&rule.id, NAME),
        name: Shown::brief(&rule.name, NAME),
        level: Level::of(rule.severity).to_string(),
        score: score(rule.severity),
        precision: rule.precision.to_string(),
        weakness: rule.cwe.first().map(|&number| cwe::id(number)).unwrap_or_default(),
        weaknesses: rule.cwe.iter().take(FUNCTIONS).map(|&number| Link::weakness(number, true)).collect(),
        explain: paragraphs(&rule.explain, EXPLANATION),
        remedy: paragraphs(&rule.remedy, EXPLANATION),
        references: references.take(REASONS).map(|reference| Link::reference(reference)).collect(),
    }
}
