//! The report for a step summary or a comment on GitHub: the verdict, a table of findings, and each finding folded up.
//!
//! The size is bounded. What does not fit is left out from the end, findings before the table and never the verdict,
//! and what was left out is said.

pub mod escape;

use std::cmp::Reverse;
use std::fmt::Write;

use self::escape::{At, block, code, prose};
use super::model::{Action, Command, Outcome, Report, Reported};
use super::{authorship, cwe, engines, patch, strategies, text, waivers};
use crate::finding::{FileStatus, FlowStep};

/// The most bytes that [`render`] writes by default. A comment holds 65,536 characters; callers add some of their own.
pub const LIMIT: usize = 60_000;

/// Below this, the verdict with one reason may not fit.
const LEAST: usize = 20_000;

const REASONS: usize = 10;
const FILES: usize = 20;

/// Parts that may fail to fit before a list ends.
const TOO_LONG: usize = 10;

const STEPS: usize = 20;

/// Characters of a text that quotes the source.
const QUOTE: usize = 300;

/// Bytes of a fix that are shown; a longer one is named only.
const DIFF: usize = 12_000;

/// The report as Markdown of at most `limit` bytes (but at least 20,000).
pub fn render(report: &Report, limit: usize) -> String {
    let limit = limit.max(LEAST);
    let mut findings: Vec<&Reported> = report.counted().collect();
    findings.sort_by_key(|r| Reverse((r.action == Action::Fail, (r.finding.severity * 10.0) as i64)));
    let mut out = head(report, limit / 4);
    strategies_used(&mut out, report);
    engines_asked(&mut out, report);
    waivers_to_look_at(&mut out, report, limit / 3);
    let files = files(report, limit / 6);
    // Both leave room for their own notes on what is missing.
    table(&mut out, &findings, limit / 2);
    out.push_str(&files);
    details(&mut out, report, &findings, limit.saturating_sub(200));
    out
}

fn head(report: &Report, room: usize) -> String {
    let verdict = match report.verdict.outcome {
        Outcome::Pass => "✅ Tempergate: passed",
        Outcome::Fail => "❌ Tempergate: failed",
    };
    let mut out = format!("## {verdict}\n\n");
    let reasons = report.verdict.reasons.iter().map(|reason| format!("- {}\n", quoted(At::Line, reason)));
    fill(&mut out, reasons, REASONS, room, |rest| format!("- … and {} more\n", text::count(rest, "reason")));
    if !report.verdict.reasons.is_empty() {
        out.push('\n');
    }
    let _ = writeln!(out, "{}.", super::summary_line(report));
    if let Some(line) = report.authorship.as_ref().and_then(authorship::line) {
        let _ = writeln!(out, "\n{}.", quoted(At::Line, &line));
    }
    if let Some(change) = &report.change {
        let merge_base = code(At::Line, &text::brief(&change.merge_base, 12));
        let (base, head) = (code(At::Line, &side(&change.base)), code(At::Line, &side(&change.head)));
        let _ = writeln!(out, "\nCompared {head} with {base} at their merge-base {merge_base}.");
    }
    out
}

/// A side of a change as it was named; of the id of a commit the first digits.
fn side(name: &str) -> String {
    let is_id = name.len() >= 40 && name.bytes().all(|b| b.is_ascii_hexdigit());
    text::brief(name, if is_id { 12 } else { 80 })
}

/// What strategies that ask a model came to, and why some got no answer.
fn strategies_used(out: &mut String, report: &Report) {
    let lines = report.strategies.iter().filter(|s| s.model.is_some()).map(strategies::line);
    let unanswered = strategies::unanswered(&report.findings).into_iter();
    let unanswered = unanswered.map(|(why, times)| format!("no answer from {why} ({})", text::count(times, "time")));
    let lines: Vec<String> = lines.chain(unanswered).take(REASONS).collect();
    if !lines.is_empty() {
        out.push('\n');
    }
    for line in lines {
        let _ = writeln!(out, "- {}", quoted(At::Line, &line));
    }
}

/// What came of asking other analysers.
fn engines_asked(out: &mut String, report: &Report) {
    if !report.engines.is_empty() {
        out.push('\n');
    }
    for engine in report.engines.iter().take(REASONS * 2) {
        let sign = if engines::is_wanting(engine) { "⚠️ " } else { "" };
        let _ = writeln!(out, "- {sign}Engine {}", quoted(At::Line, &engines::line(engine)));
    }
}

/// Waivers that are expired, misspelt or not needed any more.
fn waivers_to_look_at(out: &mut String, report: &Report, room: usize) {
    let lines = waivers::to_look_at(report);
    if !lines.is_empty() {
        out.push('\n');
    }
    let lines = lines.iter().map(|line| format!("- {}\n", quoted(At::Line, line)));
    fill(out, lines, FILES, room, |rest| format!("- … and {} more\n", text::count(rest, "waiver")));
}

/// Appends parts while there are at most `most` and they end within `room`; says how many were left out, if any were.
/// A part that is too long makes place for shorter ones after it, until it is plain that there is no room.
fn fill(
    out: &mut String,
    parts: impl ExactSizeIterator<Item = String>,
    most: usize,
    room: usize,
    more: impl Fn(usize) -> String,
) {
    let total = parts.len();
    let (mut shown, mut too_long) = (0, 0);
    for part in parts {
        if shown == most || too_long == TOO_LONG {
            break;
        }
        if out.len() + part.len() <= room {
            out.push_str(&part);
            shown += 1;
        } else {
            too_long += 1;
        }
    }
    if shown < total {
        out.push_str(&more(total - shown));
    }
}

fn table(out: &mut String, findings: &[&Reported], room: usize) {
    if findings.is_empty() {
        return;
    }
    out.push_str("\n| | Severity | Weakness | Place | Fix |\n|---|---|---|---|---|\n");
    let more = |rest| format!("\n… and {} more.\n", text::count(rest, "finding"));
    fill(out, findings.iter().map(|r| row(r)), usize::MAX, room, more);
}

fn row(reported: &Reported) -> String {
    let finding = &reported.finding;
    let fix = match (&reported.fix, reported.rejected.len()) {
        (Some(_), _) => "verified".to_owned(),
        (None, 0) => "–".to_owned(),
        (None, rejected) => format!("{rejected} rejected"),
    };
    let cwe = finding.cwe.first().map_or_else(|| prose(At::Cell, &text::brief(&finding.rule, 60)), |&n| link(n));
    format!(
        "| {} | {:.1} {} | {cwe}: {} | {} | {fix} |\n",
        sign(reported.action),
        finding.severity,
        finding.level(),
        quoted(At::Cell, &finding.message),
        code(At::Cell, &format!("{}:{}", text::brief(&finding.path, 160), finding.region.start_line)),
    )
}

fn sign(action: Action) -> &'static str {
    match action {
        Action::Fail => "❌",
        Action::Warn => "⚠️",
        Action::Note | Action::Off => "ℹ️",
    }
}

/// A link to a weakness.
pub fn link(number: u32) -> String {
    format!("[CWE-{number}]({})", cwe::url(number))
}

/// What was not analysed whole.
fn files(report: &Report, room: usize) -> String {
    let mut lines = Vec::new();
    for file in &report.files {
        let (reason, status) = match &file.status {
            FileStatus::NotAnalysed { reason } => (reason, "not analysed"),
            FileStatus::Partial { reason, .. } => (reason, "analysed in part"),
            FileStatus::Clean | FileStatus::Findings | FileStatus::Unsupported => continue,
        };
        lines.push((file.path.as_str(), status, reason.as_str()));
    }
    if lines.is_empty() {
        return String::new();
    }
    let mut out = "\n### Not analysed whole\n\n".to_owned();
    let items = lines.iter().map(|(path, status, reason)| {
        format!(
            "- {}: {status} ({})\n",
            code(At::Line, &text::brief(path, 80)),
            prose(At::Line, &text::brief(reason, 60))
        )
    });
    fill(&mut out, items, FILES, room, |rest| format!("- … and {} more\n", text::count(rest, "file")));
    out
}

fn details(out: &mut String, report: &Report, findings: &[&Reported], limit: usize) {
    if findings.is_empty() {
        return;
    }
    out.push_str("\n### Findings\n\n");
    let more = |rest| format!("… and the details of {} more.\n", text::count(rest, "finding"));
    fill(out, findings.iter().map(|r| detail(report, r)), usize::MAX, limit, more);
}

fn detail(report: &Report, reported: &Reported) -> String {
    let finding = &reported.finding;
    let place = code(At::Html, &format!("{}:{}", text::brief(&finding.path, 160), finding.region.start_line));
    let mut out = format!("<details>\n<summary>{place} {}</summary>\n\n", quoted(At::Html, &finding.message));
    let weaknesses: Vec<String> = finding.cwe.iter().map(|&number| link(number)).collect();
    let _ = write!(out, "{} {}; ", code(At::Line, &text::brief(&finding.rule, 80)), weaknesses.join(", "));
    let _ = write!(out, "{}; confidence {}", text::severity(finding.severity), finding.confidence);
    if report.command == Command::Check {
        let _ = write!(out, "; {}", super::standing(reported.state));
    }
    let _ = writeln!(out, ". Decided by {}.\n", code(At::Line, &text::brief(&reported.decided_by, 160)));
    if let Some(author) = authorship::author_line(reported.author.as_ref()) {
        let _ = writeln!(out, "Written by {}.\n", code(At::Line, &author));
    }
    if let Some(waived) = &reported.waived {
        let _ = writeln!(out, "**Waived** {}.\n", quoted(At::Line, &waivers::sentence(waived)));
    }
    if let Some(others) = engines::also(reported) {
        let _ = writeln!(out, "Also found by {}.\n", quoted(At::Line, &others));
    }
    if finding.flow.len() > 1 {
        flow(&mut out, &finding.flow);
    }
    if !finding.related.is_empty() {
        flow(&mut out, &finding.related);
    }
    if let Some(fix) = &reported.fix {
        let _ = writeln!(
            out,
            "**Fix** ({}). {}",
            code(At::Line, &text::brief(&fix.fixer, 80)),
            quoted(At::Line, &fix.description)
        );
        let _ = writeln!(out, "\nVerified: {}.\n", prose(At::Line, &super::fix_record(&fix.verification)));
        let diff: String = patch::lines(&fix.diff).into_iter().map(|(_, line)| line + "\n").collect();
        if diff.len() <= DIFF {
            out.push_str(&block("diff", &diff));
        } else {
            out.push_str("The diff is too long to be shown here.\n");
        }
        out.push_str(if reported.rejected.is_empty() { "" } else { "\n" });
    }
    let rule = report.rule(&finding.rule).filter(|rule| reported.fix.is_none() && !rule.remedy.is_empty());
    if let Some(rule) = rule {
        let _ = writeln!(out, "**How it is done right.** {}\n", quoted(At::Line, &rule.remedy));
    }
    for rejected in reported.rejected.iter().take(STEPS) {
        let by = code(At::Line, &text::brief(&rejected.fixer, 80));
        let reason = prose(At::Line, &text::brief(&rejected.reason, 40));
        let _ = writeln!(out, "- Rejected fix {by} ({reason}): {}", quoted(At::Line, &rejected.explanation));
    }
    out.push_str("\n</details>\n\n");
    out
}

/// The first and the last steps as a numbered list.
pub fn flow(out: &mut String, steps: &[FlowStep]) {
    for (at, step) in steps.iter().enumerate() {
        if steps.len() > STEPS && at == STEPS / 2 {
            let _ = writeln!(out, "{}. … {} more steps …", at + 1, steps.len() - STEPS);
        }
        if steps.len() > STEPS && at >= STEPS / 2 && at < steps.len() - STEPS / 2 {
            continue;
        }
        let place = code(At::Line, &format!("{}:{}", text::brief(&step.path, 80), step.region.start_line));
        let _ = writeln!(out, "{}. {place} {}", at + 1, quoted(At::Line, &step.message));
    }
    out.push('\n');
}

/// Prose of which not more than some hundred characters are shown.
pub fn quoted(at: At, text: &str) -> String {
    prose(at, &text::brief(text, QUOTE))
}
