//! How much of a change is AI-written, in numbers and in words.

use super::model::{Action, AuthorshipSummary, Reported, State};
use super::text;
use crate::authorship::{Authors, Authorship};
use crate::finding::{FileResult, FileStatus};

/// The numbers over the files of a report: all decided findings go in, before any cap cuts them.
pub fn summary(authors: &Authors, findings: &[Reported], files: &[FileResult]) -> AuthorshipSummary {
    let mut summary = AuthorshipSummary::default();
    let analysed = |file: &&FileResult| {
        matches!(file.status, FileStatus::Clean | FileStatus::Findings | FileStatus::Partial { .. })
    };
    for file in files.iter().filter(analysed) {
        let (ai, other) = authors.lines(&file.path);
        summary.ai_lines += ai;
        summary.other_lines += other;
    }
    for reported in findings {
        if reported.action == Action::Off || !matches!(reported.state, State::New | State::Worsened) {
            continue;
        }
        match is_ai(reported) {
            true => summary.ai_findings += 1,
            false => summary.other_findings += 1,
        }
    }
    summary.incomplete = authors.incomplete().map(str::to_owned);
    with_rates(summary)
}

/// Whether a finding is in AI-written lines.
pub fn is_ai(reported: &Reported) -> bool {
    reported.author.as_ref().is_some_and(|author| author.level.is_ai())
}

/// The numbers of two shares of a change together.
pub fn join(one: Option<AuthorshipSummary>, other: Option<AuthorshipSummary>) -> Option<AuthorshipSummary> {
    let (Some(one), Some(other)) = (&one, &other) else { return one.or(other) };
    Some(with_rates(AuthorshipSummary {
        ai_lines: one.ai_lines.saturating_add(other.ai_lines),
        other_lines: one.other_lines.saturating_add(other.other_lines),
        ai_findings: one.ai_findings.saturating_add(other.ai_findings),
        other_findings: one.other_findings.saturating_add(other.other_findings),
        incomplete: one.incomplete.clone().or_else(|| other.incomplete.clone()),
        ..AuthorshipSummary::default()
    }))
}

fn with_rates(mut summary: AuthorshipSummary) -> AuthorshipSummary {
    // One decimal, so that the numbers read the same everywhere.
    let rate = |part: usize, whole: usize, of: f64| {
        (whole > 0).then(|| (part as f64 * of / whole as f64 * 10.0).round() / 10.0)
    };
    let lines = summary.ai_lines.saturating_add(summary.other_lines);
    summary.ai_share = rate(summary.ai_lines, lines, 100.0);
    summary.ai_findings_per_1000 = rate(summary.ai_findings, summary.ai_lines, 1_000.0);
    summary.other_findings_per_1000 = rate(summary.other_findings, summary.other_lines, 1_000.0);
    summary
}

/// The numbers as one line: `40 of 200 changed lines AI-written (20%); 3 findings in them (75 per 1,000 lines), 1 in others
/// (6.3 per 1,000)`. `None` where there is nothing AI-written and nothing else to tell.
pub fn line(summary: &AuthorshipSummary) -> Option<String> {
    if summary.ai_lines == 0 && summary.ai_findings == 0 {
        let why = summary.incomplete.as_ref()?;
        return Some(format!("marks of AI agents were not looked for in all of the change: {}", text::brief(why, 200)));
    }
    let lines = text::count(summary.ai_lines.saturating_add(summary.other_lines), "changed line");
    let share = summary.ai_share.map(|share| format!(" ({share}%)")).unwrap_or_default();
    let per = |rate: Option<f64>| rate.map(|rate| format!(" ({rate} per 1,000 lines)")).unwrap_or_default();
    let mut out = format!(
        "{} of {lines} AI-written{share}; {} in them{}, {} in others{}",
        summary.ai_lines,
        text::count(summary.ai_findings, "new finding"),
        per(summary.ai_findings_per_1000),
        summary.other_findings,
        per(summary.other_findings_per_1000),
    );
    if let Some(why) = &summary.incomplete {
        out.push_str(&format!("; not all of it was looked at: {}", text::brief(why, 200)));
    }
    Some(out)
}

/// Who wrote a finding's lines, with the first piece of evidence: `agent Claude Code; commit 1a2b3c4d5e6f: author …`. `None`
/// where no mark says anything.
pub fn author_line(author: Option<&Authorship>) -> Option<String> {
    let author = author.filter(|author| author.level.is_ai())?;
    let words = text::brief(&author.in_words(), 220);
    match author.evidence.first() {
        Some(evidence) => Some(format!("{words}; {}", text::brief(&evidence.to_string(), 240))),
        None => Some(words),
    }
}
