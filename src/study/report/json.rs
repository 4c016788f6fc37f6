//! The report as JSON, and its schema.

use super::model::StudyReport;

/// The report as indented JSON with a line feed at the end.
///
/// # Errors
/// None for a report of this program: its types hold text, numbers and lists only.
pub fn render(report: &StudyReport) -> serde_json::Result<String> {
    let mut out = serde_json::to_string_pretty(report)?;
    out.push('\n');
    Ok(out)
}

/// The JSON schema of the format, as kept in `docs/study-report-schema.json`.
///
/// # Errors
/// None in practice, as for [`render`].
pub fn schema() -> serde_json::Result<String> {
    let mut schema = schemars::schema_for!(StudyReport);
    schema.insert("title".to_owned(), "Tempergate study report".into());
    let mut out = serde_json::to_string_pretty(&schema)?;
    out.push('\n');
    Ok(out)
}
