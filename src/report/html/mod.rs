//! The report as one web page that needs nothing else: no network, no file beside it, and no script to be read.
//!
//! `page.html` and the templates beside it say how the page looks; the files here say what stands on it. A template gets
//! numbers, words of this program, [`shown::Shown`] text and [`shown::Link`]s, and the engine escapes all of them. Should
//! that fail once, the page's content security policy still lets no script or style run but its own, by their hashes.
//!
//! The size is bounded. What is left out is counted where it is missing, and stands in the JSON report.

mod excerpt;
mod finding;
mod parts;
pub(crate) mod shell;
pub(crate) mod shown;
pub(crate) mod sides;

use std::cmp::Reverse;
use std::sync::LazyLock;

use minijinja::value::Serde;
use minijinja::{Environment, Value};
use serde::Serialize;

use self::finding::{Shape, Shaper};
use super::model::{Action, Command, Report, Reported, State};
use super::{Sources, text};

/// Findings that unfold; later ones are rows.
const BODIES: usize = 500;
/// Findings on the page.
const FINDINGS: usize = 5_000;
/// Lines of all diffs.
const DIFF_LINES: usize = 20_000;

const SCRIPT: &str = include_str!("page.js");

const TEMPLATES: &[(&str, &str)] = &[
    ("page", include_str!("page.html")),
    ("filters", include_str!("filters.html")),
    ("finding", include_str!("finding.html")),
    ("steps", include_str!("steps.html")),
    ("fix", include_str!("fix.html")),
    ("record", include_str!("record.html")),
    ("appendix", include_str!("appendix.html")),
    shell::MACROS,
];

static PAGES: LazyLock<Environment<'static>> = LazyLock::new(|| shell::environment(TEMPLATES));

/// The report as an HTML page.
///
/// # Errors
/// None in practice: the templates are part of the program, and tests fill in all of them.
pub fn render(report: &Report, sources: &Sources<'_>) -> Result<String, minijinja::Error> {
    let page = page(report, sources);
    PAGES.get_template("page")?.render(Value::from(Serde(&page)))
}

#[derive(Serialize)]
struct Page {
    policy: String,
    style: &'static str,
    script: &'static str,
    tool_version: shown::Shown,
    check: bool,
    outcome: super::model::Outcome,
    head: parts::Head,
    groups: Vec<Group>,
    filters: parts::Filters,
    total: usize,
    /// Findings that are rows only, and those that are not on the page.
    without_body: usize,
    left_out: usize,
    coverage: parts::Coverage,
    resolved: parts::Resolved,
    engines: parts::Listed<parts::Engine>,
    waivers: parts::Listed<Vec<shown::Piece>>,
    strategies: parts::Strategies,
    rules: Vec<parts::Rule>,
}

/// Findings that belong together.
#[derive(Serialize)]
struct Group {
    title: &'static str,
    findings: Vec<Shape>,
}

fn page<'a>(report: &'a Report, sources: &'a Sources<'a>) -> Page {
    let findings = ordered(report);
    let listed = findings.get(..FINDINGS).unwrap_or(&findings);
    let mut shaper = Shaper::new(report, sources, BODIES, DIFF_LINES);
    let (counted, old): (Vec<_>, Vec<_>) = listed.iter().zip(1..).partition(|(reported, _)| counts(reported));
    let mut group = |title, findings: Vec<(&&'a Reported, usize)>| Group {
        title,
        findings: findings.into_iter().map(|(reported, number)| shaper.shape(number, reported)).collect(),
    };
    let check = report.command == Command::Check;
    let groups = vec![
        group(if check { "Brought in by this change" } else { "In these files" }, counted),
        group("There before the change", old),
    ];
    Page {
        policy: shell::content_security_policy(SCRIPT, shell::STYLE),
        style: shell::STYLE,
        script: SCRIPT,
        tool_version: shown::Shown::brief(&report.tool_version, 40),
        check,
        outcome: report.verdict.outcome,
        head: parts::head(report),
        groups,
        filters: parts::filters(listed),
        total: listed.len(),
        without_body: listed.len().saturating_sub(BODIES),
        left_out: findings.len() - listed.len(),
        coverage: parts::coverage(report),
        resolved: parts::resolved(report),
        engines: parts::engines(report),
        waivers: parts::waivers(report),
        strategies: parts::strategies(report),
        rules: parts::rules(report),
    }
}

/// Whether a finding says something about the change.
fn counts(reported: &Reported) -> bool {
    matches!(reported.state, State::New | State::Worsened)
}

/// The findings that the policy lists: those of the change first, what fails before what warns, the severest first.
fn ordered(report: &Report) -> Vec<&Reported> {
    let mut findings: Vec<&Reported> = report.findings.iter().filter(|r| r.action != Action::Off).collect();
    findings.sort_by_key(|r| Reverse((counts(r), r.action, (r.finding.severity * 10.0) as i64)));
    findings
}
