//! Output formats, one file or folder each, all made from one [`Report`] value. No format decides anything, none reads
//! a file, and equal reports give equal bytes.
//!
//! What a report quotes (paths, source text, messages built from names in the source) was written by somebody else:
//! each format makes it harmless for the place where it is shown, and makes characters visible that would hide
//! something from the reader.

pub mod authorship;
pub mod cwe;
pub mod diff;
pub mod engines;
pub mod html;
pub mod json;
pub mod markdown;
pub mod model;
pub mod patch;
pub mod sarif;
pub mod strategies;
pub mod terminal;
pub mod text;
pub mod uri;
pub mod waivers;

use std::sync::Arc;

pub use model::Report;

use crate::syntax::Source;

/// Gives the text of an analysed file by its path in the report, for excerpts. `None` leaves the excerpt out.
pub type Sources<'a> = dyn Fn(&str) -> Option<Arc<Source>> + 'a;

impl Report {
    /// The findings that say something about the change: new and worsened ones that the policy does not switch off.
    pub fn counted(&self) -> impl Iterator<Item = &model::Reported> {
        self.findings
            .iter()
            .filter(|r| matches!(r.state, model::State::New | model::State::Worsened) && r.action != model::Action::Off)
    }

    /// What the report knows about a rule; `None` for a rule that its sorted list lacks.
    pub fn rule(&self, id: &str) -> Option<&model::RuleInfo> {
        let at = self.rules.binary_search_by(|rule| rule.id.as_str().cmp(id)).ok()?;
        self.rules.get(at)
    }
}

/// What verification found, in one line: `removes 1, adds none; bound as a parameter`.
pub fn fix_record(record: &model::VerificationRecord) -> String {
    let adds = match record.introduced.len() {
        0 => "none".to_owned(),
        number => number.to_string(),
    };
    let mut out = format!("removes {}, adds {adds}", record.resolved.len());
    if !record.reason.is_empty() {
        out.push_str("; ");
        out.push_str(&text::brief(&record.reason, 300));
    }
    if let Some(command) = &record.command {
        out.push_str("; ");
        out.push_str(&text::brief(command, 300));
    }
    if let Some(said) = engines::looks(&record.engines) {
        out.push_str("; ");
        out.push_str(&text::brief(&said, 500));
    }
    out
}

/// The report's numbers as one line.
fn summary_line(report: &Report) -> String {
    let summary = &report.summary;
    let mut files = text::count(summary.files_analysed, "file");
    files.push_str(" analysed");
    for (number, what) in [
        (summary.files_partial, "in part"),
        (summary.files_not_analysed, "not analysed"),
        (summary.files_unsupported, "in other languages"),
    ] {
        if number > 0 {
            files.push_str(&format!(", {number} {what}"));
        }
    }
    let new = if report.command == model::Command::Check { "new finding" } else { "finding" };
    let mut findings = text::count(summary.new, new);
    for (number, what) in [
        (summary.failing, "failing the gate"),
        (summary.fixed, "with a verified fix"),
        (summary.waived, "waived"),
        (summary.persisting, "there before"),
        (summary.resolved, "resolved"),
        (summary.findings_over_cap, "left out because of the policy's cap"),
    ] {
        if number > 0 {
            findings.push_str(&format!(", {number} {what}"));
        }
    }
    format!("{files}; {findings}")
}

/// Where a finding stands, in words.
pub fn standing(state: model::State) -> &'static str {
    match state {
        model::State::New => "new",
        model::State::Worsened => "worse than before",
        model::State::Moved => "there before, at another place",
        model::State::Persisting => "there before",
    }
}
