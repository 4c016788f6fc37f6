//! The report as Markdown, for a page of documentation or a step summary.

use super::model::StudyReport;
use super::sheets::{Sheet, scope, sheets};
use crate::report::markdown::escape::{At, prose};

/// The report.
pub fn render(report: &StudyReport) -> String {
    let mut out = format!("# {}\n\n{}\n", prose(At::Line, &report.name), prose(At::Line, &scope(report)));
    for sheet in sheets(report) {
        out.push_str(&format!("\n## {}\n\n{}\n\n", sheet.title, sheet.about));
        push_table(&mut out, &sheet);
    }
    if !report.notes.is_empty() {
        out.push_str("\n## Left out\n\n");
        for note in &report.notes {
            out.push_str(&format!("- {}\n", prose(At::Line, note)));
        }
    }
    out
}

fn push_table(out: &mut String, sheet: &Sheet) {
    let line = |row: &Vec<String>| {
        format!("| {} |\n", row.iter().map(|cell| prose(At::Cell, cell)).collect::<Vec<_>>().join(" | "))
    };
    out.push_str(&line(&sheet.columns));
    out.push_str(&format!("|{}\n", "---|".repeat(sheet.columns.len())));
    sheet.rows.iter().for_each(|row| out.push_str(&line(row)));
}
