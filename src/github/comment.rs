//! What is written on a pull request: the comment on a finding, its last words, the summary, the text of the check.
//!
//! A comment is written anew where something of what it says has changed: its finding, the steps of its flow, its fix. Not where
//! only lines have moved: it names the commit whose lines it means, and so stays right.

use std::fmt::Write;

use super::suggestion::Suggestion;
use crate::report::markdown::escape::{At, block, code, prose};
use crate::report::markdown::{self, flow, link, quoted};
use crate::report::model::{ChangeInfo, FindingSummary, Fix, Outcome, Report, Reported, RuleInfo};
use crate::report::{cwe, patch, text};

/// The most bytes of a comment; GitHub takes 65,536 characters, and the mark comes on top.
pub const MAX_BYTES: usize = 60_000;

/// Bytes of a diff that are shown.
const DIFF: usize = 20_000;

/// Characters of what a rule explains.
const EXPLANATION: usize = 900;

/// What is said where two discussions are about the same finding.
pub const DOUBLE: &str = "Another discussion is about the same finding.\n";

/// What a comment needs of a report beside its finding.
struct About<'a> {
    rule: Option<&'a RuleInfo>,
    /// What was compared; none where it shall not be named.
    change: Option<&'a ChangeInfo>,
}

/// The comment on a finding. With a suggestion, its fix can be committed with one click; `elsewhere` tells that the comment
/// does not stand at the finding's own line, because the pull request does not show it; a report that is not `trusted` may
/// have been made up, with all that it says of verification.
pub fn of_finding(
    report: &Report,
    reported: &Reported,
    suggestion: Option<&Suggestion>,
    elsewhere: bool,
    trusted: bool,
) -> String {
    let about = About { rule: report.rule(&reported.finding.rule), change: report.change.as_ref() };
    written(&about, reported, suggestion, elsewhere, trusted)
}

/// What of the comment on a finding is worth writing it anew: it without the commits that were compared, and without the numbers
/// of all lines but its own. Not meant to be shown.
pub fn essence(
    report: &Report,
    reported: &Reported,
    suggestion: Option<&Suggestion>,
    elsewhere: bool,
    trusted: bool,
) -> String {
    let mut still = reported.clone();
    for step in still.finding.flow.iter_mut().chain(&mut still.finding.related) {
        step.region = Default::default();
    }
    if let Some(fix) = &mut still.fix {
        let place_left_out = |line: &str| if line.starts_with("@@ ") { "@@".to_string() } else { line.to_string() };
        fix.diff = fix.diff.lines().map(|line| place_left_out(line) + "\n").collect();
        let record = &mut fix.verification;
        let lists = [&mut record.resolved, &mut record.introduced, &mut record.persisting];
        lists.into_iter().flatten().for_each(|finding| finding.line = 0);
    }
    let about = About { rule: report.rule(&reported.finding.rule), change: None };
    written(&about, &still, suggestion, elsewhere, trusted)
}

fn written(
    about: &About<'_>,
    reported: &Reported,
    suggestion: Option<&Suggestion>,
    elsewhere: bool,
    trusted: bool,
) -> String {
    let mut out = heading(reported);
    if elsewhere {
        let place = code(At::Line, &place_of(reported));
        let _ = writeln!(out, "At {place}.\n");
    }
    why(&mut out, about, reported);
    if reported.finding.flow.len() > 1 {
        folded(&mut out, "How the data gets here", |out| flow(out, &reported.finding.flow));
    }
    if !reported.finding.related.is_empty() {
        folded(&mut out, "What the change did", |out| flow(out, &reported.finding.related));
    }
    match &reported.fix {
        Some(fix) => fixed(&mut out, about, reported, fix, suggestion, trusted),
        None => unfixed(&mut out, about, reported),
    }
    out
}

/// The first lines of a comment on a finding, by which it is known again when it is gone.
fn heading(reported: &Reported) -> String {
    let finding = &reported.finding;
    let weakness = match finding.cwe.first() {
        Some(&number) => format!("{} {}", link(number), prose(At::Line, cwe::name(number).unwrap_or_default())),
        None => code(At::Line, &text::brief(&finding.rule, 80)),
    };
    format!("{} · {}\n\n", prose(At::Line, &finding.level().to_string()), weakness.trim_end())
}

fn place_of(reported: &Reported) -> String {
    format!("{}:{}", text::brief(&reported.finding.path, 160), reported.finding.region.start_line)
}

fn why(out: &mut String, about: &About<'_>, reported: &Reported) {
    let _ = writeln!(out, "**{}.**\n", quoted(At::Line, reported.finding.message.trim_end_matches('.')));
    if let Some(rule) = about.rule {
        let _ = writeln!(out, "{}\n", prose(At::Line, &text::brief(&one_line(&rule.explain), EXPLANATION)));
    }
}

/// Text of several lines as one.
fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn fixed(
    out: &mut String,
    about: &About<'_>,
    reported: &Reported,
    fix: &Fix,
    suggestion: Option<&Suggestion>,
    trusted: bool,
) {
    let (title, record_of) = match trusted {
        true => ("Verified fix.", "What the second analysis found"),
        false => ("Fix, as the pull request's own run reports it.", "What that run says of its second analysis"),
    };
    let _ = writeln!(out, "**{title}** {}\n", quoted(At::Line, &fix.description));
    match suggestion {
        Some(suggestion) => {
            out.push_str(&suggestion.block());
            out.push('\n');
        }
        None => folded(out, "The fix as a diff", |out| diff(out, about, reported, fix)),
    }
    folded(out, record_of, |out| record(out, fix));
    foot(out, about, reported);
}

fn diff(out: &mut String, about: &About<'_>, reported: &Reported, fix: &Fix) {
    let diff: String = patch::lines(&fix.diff).into_iter().map(|(_, line)| line + "\n").collect();
    match diff.len() <= DIFF {
        true => out.push_str(&block("diff", &diff)),
        false => out.push_str("It is too long to be shown here.\n"),
    }
    if let Some(change) = about.change {
        let base: String = change.merge_base.chars().filter(char::is_ascii_hexdigit).take(12).collect();
        let finding: String = reported.finding.fingerprint.chars().filter(char::is_ascii_hexdigit).take(12).collect();
        let _ = writeln!(out, "\nTo apply it:\n");
        out.push_str(&block("sh", &format!("tempergate fix --base {base} --finding {finding} --write")));
    }
}

/// The record of the verification.
fn record(out: &mut String, fix: &Fix) {
    let record = &fix.verification;
    let list = |findings: &[FindingSummary]| match findings {
        [] => "nothing".to_string(),
        some => some.iter().take(10).map(summary_of).collect::<Vec<_>>().join(", "),
    };
    out.push_str("| | |\n|---|---|\n");
    let mut row = |what: &str, value: String| {
        let _ = writeln!(out, "| {what} | {value} |");
    };
    row("removes", list(&record.resolved));
    row("brings in", list(&record.introduced));
    row("leaves", list(&record.persisting));
    row("why it is gone", quoted(At::Cell, &record.reason));
    row("severities of the file, summed", format!("{:.1} → {:.1}", record.severity_before, record.severity_after));
    row("lines changed", record.lines_changed.to_string());
    if let Some(command) = &record.command {
        row("the policy's command", quoted(At::Cell, command));
    }
    let by = format!("{}: {}", fix.strategy, fix.fixer);
    row("made by", code(At::Cell, &text::brief(&by, 120)));
    if let Some(asked) = &fix.asked {
        let took = format!("{} in round {}, {:.1} s", text::brief(&asked.model, 80), asked.round, asked.seconds);
        row("model", prose(At::Cell, &took));
    }
}

fn summary_of(finding: &FindingSummary) -> String {
    let weaknesses: Vec<String> = finding.cwe.iter().take(4).map(|n| format!("CWE-{n}")).collect();
    format!("{} ({}) at line {}", code(At::Cell, &text::brief(&finding.rule, 80)), weaknesses.join(", "), finding.line)
}

fn unfixed(out: &mut String, about: &About<'_>, reported: &Reported) {
    if let Some(rule) = about.rule {
        let remedy = text::brief(&one_line(&rule.remedy), EXPLANATION);
        let _ = writeln!(out, "**How it is done right.** {}\n", prose(At::Line, &remedy));
    }
    if !reported.rejected.is_empty() {
        let title = format!(
            "{} that verification rejected",
            text::count(reported.rejected.len(), "fix").replace("fixs", "fixes")
        );
        folded(out, &title, |out| {
            for rejected in reported.rejected.iter().take(10) {
                let by = code(At::Line, &text::brief(&format!("{}: {}", rejected.strategy, rejected.fixer), 120));
                let _ = writeln!(out, "- {by}: {}", quoted(At::Line, &rejected.explanation));
            }
        });
    }
    foot(out, about, reported);
}

fn foot(out: &mut String, about: &About<'_>, reported: &Reported) {
    let finding = &reported.finding;
    let rule = code(At::Html, &text::brief(&finding.rule, 80));
    let decided = code(At::Html, &text::brief(&reported.decided_by, 160));
    let sure = format!("{}; confidence {}", text::severity(finding.severity), finding.confidence);
    let commit = about.change.and_then(|change| change.head_commit.as_deref()).map(|commit| {
        let digits: String = commit.chars().filter(char::is_ascii_hexdigit).take(12).collect();
        format!(" · lines as of {}", code(At::Html, &digits))
    });
    let _ = writeln!(out, "<sub>{rule} · {sure} · decided by {decided}{}</sub>", commit.unwrap_or_default());
}

/// Something that is shown when it is opened.
fn folded(out: &mut String, title: &str, inside: impl FnOnce(&mut String)) {
    let _ = writeln!(out, "<details>\n<summary>{title}</summary>\n");
    inside(out);
    out.push_str("\n</details>\n\n");
}

/// What a comment says when its finding is gone; `said` is what it said before, with its mark.
pub fn gone(said: &str) -> String {
    // The comment began with this gate's own words, which its digest vouches for; only the form of a heading is taken over.
    let heading = said.lines().nth(1).filter(|line| line.contains(" · ") && line.len() < 300).unwrap_or("");
    format!("✅ Tempergate does not find this any more. {heading}\n")
}

/// The summary: the whole report, within the length of a comment.
pub fn summary(report: &Report) -> String {
    markdown::render(report, MAX_BYTES)
}

/// The title of the check.
pub fn check_title(report: &Report) -> String {
    let summary = &report.summary;
    let new = text::count(summary.new, "new finding");
    match report.verdict.outcome {
        Outcome::Pass if summary.new == 0 => "No new weakness".to_string(),
        Outcome::Pass => format!("Passed with {new}"),
        Outcome::Fail if summary.failing == 0 => "Failed: not everything was analysed".to_string(),
        Outcome::Fail => {
            format!("Failed: {} of {new} not allowed, {} with a verified fix", summary.failing, summary.fixed)
        }
    }
}
