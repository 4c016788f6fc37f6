//! SARIF 2.1.0, for code scanning services and editors. One run; every file, rule and weakness is listed once and
//! referred to by its index.

mod files;
mod place;
mod results;
mod rules;

use serde::Serialize;
use serde_sarif::sarif::{
    ArtifactLocation, Invocation, Message, MultiformatMessageString, PropertyBag, Run, RunAutomationDetails, Tool,
    ToolComponent, ToolComponentReference,
};

use super::model::{Outcome, Report};
use super::{Sources, text};

/// The base of all relative URIs: the root of the analysed tree.
const ROOT: &str = "%SRCROOT%";

const SCHEMA: &str = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";
const HOME: &str = "https://docs.rs/tempergate";

/// Who reads the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Audience<'a> {
    /// Everything, also findings that the change removed (`baselineState: absent`).
    #[default]
    Complete,
    /// What a code scanning service should show as open. GitHub ignores `baselineState`, so what is gone stays out.
    Upload {
        /// Keeps several gates of one repository apart: results replace older ones of the same category only.
        category: &'a str,
    },
}

/// The report as SARIF text, indented, with a line feed at the end.
///
/// # Errors
/// None in practice: the SARIF types hold text, numbers and lists only.
pub fn render(report: &Report, sources: &Sources<'_>, audience: Audience<'_>) -> serde_json::Result<String> {
    let (rules, files) = (rules::Table::of(report), files::Table::of(report));
    let context = results::Context { report, rules: &rules, files: &files, sources };
    let mut out = serde_json::to_string_pretty(&log(&context, audience))?;
    out.push('\n');
    Ok(out)
}

/// Writes what [`render`] gives, without holding it whole.
///
/// # Errors
/// Those of the writer.
pub fn write(
    report: &Report,
    sources: &Sources<'_>,
    audience: Audience<'_>,
    mut out: impl std::io::Write,
) -> std::io::Result<()> {
    let (rules, files) = (rules::Table::of(report), files::Table::of(report));
    let context = results::Context { report, rules: &rules, files: &files, sources };
    serde_json::to_writer_pretty(&mut out, &log(&context, audience))?;
    out.write_all(b"\n")?;
    out.flush()
}

/// A SARIF log as [`serde_sarif::sarif::Sarif`] is one, except that the results, of which there can be many, are made while they are written.
#[derive(Serialize)]
struct Log<'a> {
    #[serde(rename = "$schema")]
    schema: &'static str,
    version: &'static str,
    runs: [LoggedRun<'a>; 1],
}

#[derive(Serialize)]
struct LoggedRun<'a> {
    #[serde(flatten)]
    run: Run,
    results: results::Results<'a>,
}

fn log<'a>(context: &'a results::Context<'a>, audience: Audience<'a>) -> Log<'a> {
    let results = results::Results { context, audience };
    Log { schema: SCHEMA, version: "2.1.0", runs: [LoggedRun { run: run(context, audience), results }] }
}

/// Everything of a run but its results.
fn run(context: &results::Context<'_>, audience: Audience<'_>) -> Run {
    let (report, rules, files) = (context.report, context.rules, context.files);
    let mut bases = std::collections::BTreeMap::new();
    bases.insert(ROOT.to_owned(), root());
    let mut properties = PropertyBag::default();
    if let Some(change) = report.change.as_ref().and_then(|change| serde_json::to_value(change).ok()) {
        properties.additional_properties.insert("change".to_owned(), change);
    }
    if let Ok(summary) = serde_json::to_value(&report.summary) {
        properties.additional_properties.insert("summary".to_owned(), summary);
    }
    if let Some(authorship) = report.authorship.as_ref().and_then(|a| serde_json::to_value(a).ok()) {
        properties.additional_properties.insert("authorship".to_owned(), authorship);
    }
    if let (false, Ok(strategies)) = (report.strategies.is_empty(), serde_json::to_value(&report.strategies)) {
        properties.additional_properties.insert("strategies".to_owned(), strategies);
    }
    if let (false, Ok(waivers)) = (report.waivers.is_empty(), serde_json::to_value(&report.waivers)) {
        properties.additional_properties.insert("waivers".to_owned(), waivers);
    }
    if let (false, Ok(engines)) = (report.engines.is_empty(), serde_json::to_value(&report.engines)) {
        properties.additional_properties.insert("engines".to_owned(), engines);
    }
    Run::builder()
        .tool(Tool::builder().driver(driver(report, rules)).build())
        .taxonomies(vec![rules.taxonomy()])
        .automation_details(RunAutomationDetails::builder().id(run_id(audience)).build())
        .column_kind("unicodeCodePoints")
        .default_encoding("utf-8")
        .newline_sequences(["\r\n", "\n", "\r"].map(str::to_owned).to_vec())
        .original_uri_base_ids(bases)
        .artifacts(files.artifacts())
        .invocations(vec![invocation(report, files)])
        .properties(properties)
        .build()
}

/// What comes before the last slash is the category of the results.
fn run_id(audience: Audience<'_>) -> String {
    match audience {
        Audience::Upload { category } if !category.is_empty() => format!("tempergate/{category}/"),
        _ => "tempergate/".to_string(),
    }
}

fn root() -> ArtifactLocation {
    ArtifactLocation::builder().description(message("The root of the analysed tree.")).build()
}

fn driver(report: &Report, rules: &rules::Table<'_>) -> ToolComponent {
    ToolComponent::builder()
        .name("Tempergate")
        .full_name(format!("Tempergate {}", report.tool_version))
        .version(report.tool_version.clone())
        .semantic_version(report.tool_version.clone())
        .information_uri(HOME)
        .short_description(multi("A gate for changes to code: finds weaknesses and suggests only verified fixes."))
        .rules(rules.descriptors())
        .notifications(files::notification_kinds())
        .supported_taxonomies(vec![ToolComponentReference::builder().name("CWE").index(0).build()])
        .build()
}

/// That a report exists says that the tool ran to its end; whether the change passed is the exit code's matter.
fn invocation(report: &Report, files: &files::Table<'_>) -> Invocation {
    let (code, verdict) = match report.verdict.outcome {
        Outcome::Pass => (0, "pass"),
        Outcome::Fail => (1, "fail"),
    };
    let mut description = verdict.to_owned();
    for reason in &report.verdict.reasons {
        description.push_str("; ");
        description.push_str(&text::visible(reason));
    }
    Invocation::builder()
        .execution_successful(true)
        .exit_code(code)
        .exit_code_description(description)
        .tool_execution_notifications(files.notifications())
        .build()
}

fn message(text: impl Into<String>) -> Message {
    Message::builder().text(text).build()
}

fn multi(text: impl Into<String>) -> MultiformatMessageString {
    MultiformatMessageString::builder().text(text).build()
}
