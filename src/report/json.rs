//! The JSON format: the report as it stands, and its schema.

use super::Report;

/// The report as indented JSON with a line feed at the end.
///
/// # Errors
/// None for a report of this program: its types hold text, numbers and lists only.
pub fn render(report: &Report) -> serde_json::Result<String> {
    let mut out = serde_json::to_string_pretty(report)?;
    out.push('\n');
    Ok(out)
}

/// Writes what [`render`] gives, without holding it whole.
///
/// # Errors
/// Those of the writer.
pub fn write(report: &Report, mut out: impl std::io::Write) -> std::io::Result<()> {
    serde_json::to_writer_pretty(&mut out, report)?;
    out.write_all(b"\n")?;
    out.flush()
}

/// The JSON schema of the format, as kept in `docs/report-schema.json`.
///
/// # Errors
/// None in practice, as for [`render`].
pub fn schema() -> serde_json::Result<String> {
    let mut schema = schemars::schema_for!(Report);
    schema.insert("title".to_owned(), "Tempergate report".into());
    let mut out = serde_json::to_string_pretty(&schema)?;
    out.push('\n');
    Ok(out)
}
