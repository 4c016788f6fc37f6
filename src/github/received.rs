//! A report that another job made, on code that anybody may have sent: read within bounds and checked for its form before
//! anything of it is shown. What it says may still be made up, and whoever shows it must escape it.

use crate::report::Report;
use crate::report::model::SCHEMA_VERSION;

/// The longest report that is read.
pub const MAX_BYTES: u64 = 64 << 20;

/// The most findings.
const MAX_FINDINGS: usize = 10_000;

/// The longest path, in bytes.
const MAX_PATH: usize = 4_096;

/// Reads a report.
///
/// # Errors
///
/// A sentence on what is wrong with it: it is not a report, is of another version, is too long, or has a path, a name or a
/// number that no report of this program has.
pub fn read(text: &[u8]) -> Result<Report, String> {
    if text.len() as u64 > MAX_BYTES {
        return Err(format!("the report has more than {} MB", MAX_BYTES >> 20));
    }
    let report: Report = serde_json::from_slice(text).map_err(|e| format!("this is not a report: {e}"))?;
    let major = |version: &str| version.split('.').next().map(str::to_string);
    if major(&report.schema_version) != major(SCHEMA_VERSION) {
        return Err(format!("the report is not of version {SCHEMA_VERSION} of the format"));
    }
    check(&report)?;
    Ok(report)
}

fn check(report: &Report) -> Result<(), String> {
    let findings = || report.findings.iter().map(|r| &r.finding).chain(&report.resolved);
    if findings().count() > MAX_FINDINGS {
        return Err(format!("the report has more than {MAX_FINDINGS} findings"));
    }
    for finding in findings() {
        let steps = finding.flow.iter().chain(&finding.related);
        let paths = std::iter::once(&finding.path).chain(steps.map(|step| &step.path));
        paths.into_iter().try_for_each(|path| check_path(path))?;
        let hexadecimal = |text: &str| text.bytes().all(|b| b.is_ascii_hexdigit());
        if finding.fingerprint.len() != 32 || !hexadecimal(&finding.fingerprint) {
            return Err("a finding of the report has no fingerprint".to_string());
        }
        check_name(&finding.rule)?;
        if !(0.0..=10.0).contains(&finding.severity) || finding.region.start_line == 0 {
            return Err(format!("a finding of {} has an impossible severity or place", finding.rule));
        }
    }
    report.files.iter().try_for_each(|file| check_path(&file.path))?;
    report.rules.iter().try_for_each(|rule| check_name(&rule.id))
}

/// Paths are relative to the root, and stay below it.
fn check_path(path: &str) -> Result<(), String> {
    let climbs = path.split(['/', '\\']).any(|part| part == "..");
    let absolute = path.starts_with(['/', '\\']) || path.get(1..2) == Some(":");
    match path.is_empty() || path.len() > MAX_PATH || climbs || absolute {
        true => Err("a path of the report leads out of the repository".to_string()),
        false => Ok(()),
    }
}

fn check_name(name: &str) -> Result<(), String> {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./".contains(c);
    match (1..=120).contains(&name.len()) && name.chars().all(plain) {
        true => Ok(()),
        false => Err("a rule of the report has a name that no rule has".to_string()),
    }
}
