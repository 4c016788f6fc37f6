//! What a job tells its runner: annotations, outputs, and how text of others is kept from being taken for commands.

use std::fmt::Write;

use crate::finding::FileStatus;
use crate::report::Report;
use crate::report::model::{Action, Outcome, Reported};
use crate::report::{cwe, text};

/// The annotations of one level that GitHub shows for a step.
const SHOWN: usize = 10;

/// Characters of a message.
const MESSAGE: usize = 500;

/// The annotations for a report: its new findings, and what was not analysed.
pub fn annotations(report: &Report) -> String {
    let mut out = String::new();
    for (action, level) in [(Action::Fail, "error"), (Action::Warn, "warning"), (Action::Note, "notice")] {
        for reported in report.counted().filter(|r| r.action == action).take(SHOWN) {
            annotation(&mut out, level, reported);
        }
    }
    let left_out = report.files.iter().filter_map(|file| match &file.status {
        FileStatus::NotAnalysed { reason } => Some((&file.path, format!("not analysed: {reason}"))),
        FileStatus::Partial { reason, .. } => Some((&file.path, format!("analysed in part only: {reason}"))),
        _ => None,
    });
    for (path, message) in left_out.take(SHOWN) {
        let _ = writeln!(out, "::warning file={},title=Tempergate::{}", property(path), data(&message));
    }
    out
}

fn annotation(out: &mut String, level: &str, reported: &Reported) {
    let finding = &reported.finding;
    let title = finding
        .cwe
        .first()
        .map_or_else(|| finding.rule.clone(), |n| format!("{} {}", cwe::id(*n), cwe::name(*n).unwrap_or("")));
    let fix = if reported.fix.is_some() { ". There is a verified fix." } else { "" };
    let message = format!("{}{fix}", text::brief(finding.message.trim_end_matches('.'), MESSAGE));
    let (first, last) = (finding.region.start_line, finding.region.end_line.max(finding.region.start_line));
    let _ = writeln!(
        out,
        "::{level} file={},line={first},endLine={last},title={}::{}",
        property(&finding.path),
        property(title.trim_end()),
        data(&message)
    );
}

/// A message of a command: what could end its line is written as the runner reads it back.
pub fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// A property of a command, which commas and colons could end too.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

/// Text that the runner shows and does not read for commands. Nobody who wrote a part of it may know the token.
pub fn not_commands(text: &str, token: &str) -> String {
    let end = if text.ends_with('\n') { "" } else { "\n" };
    format!("::stop-commands::{token}\n{text}{end}::{token}::\n")
}

/// The outputs of a step.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Outputs {
    values: Vec<(&'static str, String)>,
}

impl Outputs {
    /// Those that a report gives.
    pub fn of(report: &Report) -> Self {
        let summary = &report.summary;
        let verdict = match report.verdict.outcome {
            Outcome::Pass => "pass",
            Outcome::Fail => "fail",
        };
        let fixed = report.counted().filter(|r| r.fix.is_some()).count();
        let mut outputs = Outputs::default();
        outputs.add("verdict", verdict.to_string());
        for (name, number) in [
            ("findings", summary.new + summary.persisting),
            ("new", summary.new),
            ("failing", summary.failing),
            ("fixed", fixed),
            ("resolved", summary.resolved),
        ] {
            outputs.add(name, number.to_string());
        }
        outputs
    }

    /// Adds an output.
    pub fn add(&mut self, name: &'static str, value: String) {
        self.values.push((name, value));
    }

    /// The text for the file of outputs. A value of several lines, which could be taken for further outputs, is left empty.
    pub fn text(&self) -> String {
        let one_line = |value: &str| if value.contains(['\n', '\r']) { String::new() } else { value.to_string() };
        self.values.iter().map(|(name, value)| format!("{name}={}\n", one_line(value))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_ends_a_command_early() {
        assert_eq!(data("a%0A\r\n::error::x"), "a%250A%0D%0A::error::x");
        assert_eq!(property("a,title=x::y"), "a%2Ctitle=x%3A%3Ay");
    }

    #[test]
    fn text_of_others_stands_between_tokens() {
        assert_eq!(not_commands("::error::x", "t"), "::stop-commands::t\n::error::x\n::t::\n");
    }

    #[test]
    fn an_output_cannot_bring_others_along() {
        let mut outputs = Outputs::default();
        outputs.add("report", "x\nverdict=pass".to_string());
        outputs.add("html", "/tmp/a b.html".to_string());
        assert_eq!(outputs.text(), "report=\nhtml=/tmp/a b.html\n");
    }
}
