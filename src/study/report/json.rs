//! The report as JSON, and its schema.

use std::io::Write;

use super::model::StudyReport;

/// Writes the report as indented JSON with a line feed at the end.
///
/// # Errors
/// It cannot be written.
pub fn write(report: &StudyReport, to: &mut dyn Write) -> std::io::Result<()> {
    serde_json::to_writer_pretty(&mut *to, report)?;
    to.write_all(b"\n")
}

/// The JSON schema of the format, as kept in `docs/study-report-schema.json`.
///
/// # Errors
/// None in practice: the schema holds text, numbers and lists only.
pub fn schema() -> serde_json::Result<String> {
    let mut schema = schemars::schema_for!(StudyReport);
    schema.insert("title".to_owned(), "Tempergate study report".into());
    let mut out = serde_json::to_string_pretty(&schema)?;
    out.push('\n');
    Ok(out)
}
