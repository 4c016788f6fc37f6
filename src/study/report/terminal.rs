//! The report for a terminal: tables whose columns are as wide as they have to be.

use super::model::StudyReport;
use super::sheets::{Sheet, scope, sheets};
use crate::report::text::visible;

/// The report as text.
pub fn render(report: &StudyReport) -> String {
    let mut out = format!("{}\n{}\n", visible(&report.name), visible(&scope(report)));
    for sheet in sheets(report) {
        out.push_str(&format!("\n{}\n{}\n\n", sheet.title, sheet.about));
        push_table(&mut out, &sheet);
    }
    for (at, note) in report.notes.iter().enumerate() {
        out.push_str(&format!("{}{}\n", if at == 0 { "\n" } else { "" }, visible(note)));
    }
    out
}

fn push_table(out: &mut String, sheet: &Sheet) {
    let lines: Vec<Vec<String>> = std::iter::once(&sheet.columns)
        .chain(&sheet.rows)
        .map(|row| row.iter().map(|cell| visible(cell).into_owned()).collect())
        .collect();
    let width =
        |column: usize| lines.iter().filter_map(|row| row.get(column)).map(|c| c.chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..sheet.columns.len()).map(width).collect();
    for row in &lines {
        let cells = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}"));
        out.push_str(&format!("  {}\n", cells.collect::<Vec<_>>().join("  ").trim_end()));
    }
}
