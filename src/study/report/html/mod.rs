//! The report of a study as one web page that needs nothing else: no network, no file beside it, and no script to be read.
//!
//! Here: what stands on the page, its charts, and the templates that write it. What every page of the program shares
//! (engine, base style, policy, text made harmless, diffs in two columns) is in [`crate::report::html`]. Not here: figures.
//! Each comes from the report; all that is worked out here is places on charts, and what samples show.
//!
//! Everything that a template gets is a number, a word of this program, [`crate::report::html::shown::Shown`] text or a
//! link of a fixed shape, and the engine escapes all of it. Nothing of a report stands in the page's script.
//!
//! # Size
//! About 0.05 MB, 7 KB a chart, 0.35 KB for each row of a table, 1.5 KB and the code for each sample, and 5 KB or more for
//! the diff of a repair. Ten thousand programs of 40 lines, a tenth of them repairs, make 40 MB. A report of 50,000 rows
//! makes 18 MB: five models, five strategies, four languages and ten scenarios by four references. Each program is on the
//! page once: a repair shows what it changed, not its weak program again. Single programs, diffs and lists are bounded, and
//! say what they leave out.

mod chart;
mod index;
mod samples;
mod sections;
mod table;
mod words;

use std::collections::HashMap;
use std::sync::LazyLock;

use minijinja::value::Serde;
use minijinja::{Environment, Value};
use serde::Serialize;

use self::index::{Filters, Index, NAME};
use super::model::StudyReport;
use crate::report::html::shell;
use crate::report::html::shown::{Piece, Shown, prose};
use crate::report::text;
use crate::study::record::{Analysis, Sample};

const SCRIPT: &str = include_str!("page.js");

/// The style of all pages, and what this one adds.
static STYLE: LazyLock<String> = LazyLock::new(|| format!("{}{}", shell::STYLE, include_str!("page.css")));

const TEMPLATES: &[(&str, &str)] = &[
    ("page", include_str!("page.html")),
    ("section", include_str!("section.html")),
    ("chart", include_str!("chart.html")),
    ("table", include_str!("table.html")),
    ("filters", include_str!("filters.html")),
    ("sample", include_str!("sample.html")),
    shell::MACROS,
];

static PAGES: LazyLock<Environment<'static>> = LazyLock::new(|| shell::environment(TEMPLATES));

/// The samples that the page shows, in its order. By default none: the page then has the figures alone.
#[derive(Clone, Debug, Default)]
pub struct Details<'a> {
    /// Each with what is known of it.
    pub samples: Vec<Detail<'a>>,
    /// How many samples of the study are not among them.
    pub left_out: usize,
}

/// A sample and what belongs to it.
#[derive(Clone, Copy, Debug)]
pub struct Detail<'a> {
    /// The sample.
    pub sample: &'a Sample,
    /// What the report's analyser says about it; absent where it was not analysed.
    pub analysis: Option<&'a Analysis>,
    /// The weak program that it was made from; absent where there is none or it is not known.
    pub parent: Option<&'a Sample>,
}

impl Details<'_> {
    /// Samples by their keys, with the analyses of one analyser, which are keyed by analyser and sample, and how many samples of the
    /// study are not there. They are sorted by mode, model, language, scenario (as numbers sort), strategy (the bare task first)
    /// and number.
    pub fn of<'a>(
        samples: &'a HashMap<String, Sample>,
        analyses: &'a HashMap<(String, String), Analysis>,
        analyser: &str,
        left_out: usize,
    ) -> Details<'a> {
        let mut sorted: Vec<(&String, &Sample)> = samples.iter().collect();
        sorted.sort_by(|(a_key, a), (b_key, b)| {
            (a.mode, &a.model, a.language)
                .cmp(&(b.mode, &b.model, b.language))
                .then_with(|| words::by_numbers(&a.scenario, &b.scenario))
                .then_with(|| words::by_numbers(&a.strategy, &b.strategy))
                .then_with(|| (a.number, a_key).cmp(&(b.number, b_key)))
        });
        let detail = |(key, sample): (&String, &'a Sample)| Detail {
            sample,
            analysis: analyses.get(&(analyser.to_owned(), key.clone())),
            parent: sample.parent.as_ref().and_then(|key| samples.get(key)),
        };
        Details { samples: sorted.into_iter().map(detail).collect(), left_out }
    }
}

/// The report as an HTML page, with the samples that are given.
///
/// # Errors
/// None in practice: the templates are part of the program, and tests fill in all of them.
pub fn render(report: &StudyReport, details: &Details<'_>) -> Result<String, minijinja::Error> {
    let page = page(report, details);
    PAGES.get_template("page")?.render(Value::from(Serde(&page)))
}

#[derive(Serialize)]
struct Page {
    policy: String,
    style: &'static str,
    script: &'static str,
    tool_version: Shown,
    name: Shown,
    analyser: Shown,
    tiles: Vec<(&'static str, usize)>,
    scope: Vec<(&'static str, Vec<Shown>)>,
    headlines: Vec<sections::Headline>,
    /// The references that the report has figures of, by the page's own words.
    references: Vec<(&'static str, &'static str)>,
    notes: Vec<Vec<Piece>>,
    sections: Vec<sections::Section>,
    filters: Filters,
    total: usize,
    left_out: String,
    cells: Vec<samples::Cell>,
}

fn page(report: &StudyReport, details: &Details<'_>) -> Page {
    let index = Index::of(report, details);
    Page {
        policy: shell::content_security_policy(SCRIPT, &STYLE),
        style: &STYLE,
        script: SCRIPT,
        tool_version: Shown::brief(&report.tool_version, 40),
        name: Shown::brief(&report.name, NAME),
        analyser: Shown::brief(&report.analyser, NAME),
        tiles: tiles(report),
        scope: scope(&index, report),
        headlines: sections::headlines(report, &index),
        references: references(report),
        notes: report.notes.iter().map(|note| prose(note, 2_000)).collect(),
        sections: sections::all(report, &index),
        filters: index.filters(),
        total: details.samples.len(),
        left_out: match details.left_out {
            0 => String::new(),
            more => text::count(more, "more sample"),
        },
        cells: samples::cells(details, &index),
    }
}

/// What was measured, in numbers.
fn tiles(report: &StudyReport) -> Vec<(&'static str, usize)> {
    let scope = &report.scope;
    vec![
        ("samples analysed", scope.samples),
        ("requests without a program", scope.failed),
        ("samples not analysed", scope.not_analysed),
        ("alerts, by all rules", scope.alerts),
        ("models", scope.models.len()),
        ("languages", scope.languages.len()),
        ("strategies", scope.strategies.len()),
        ("scenarios", scope.scenarios.len()),
    ]
}

/// What was measured, by name.
fn scope(index: &Index<'_>, report: &StudyReport) -> Vec<(&'static str, Vec<Shown>)> {
    let names = |names: Vec<&str>| names.into_iter().map(|name| Shown::brief(name, NAME)).collect::<Vec<_>>();
    let strategies = index.strategies().iter().map(|name| words::strategy(name)).collect();
    let mut out = vec![
        ("Modes", names(index.modes().iter().map(|&mode| words::mode(mode)).collect())),
        ("Models", names(index.models().to_vec())),
        ("Languages", names(index.languages().iter().map(|language| language.name()).collect())),
        ("Strategies", names(strategies)),
        ("Scenarios", names(report.scope.scenarios.iter().map(String::as_str).collect())),
    ];
    out.retain(|(_, names)| !names.is_empty());
    out
}

/// The references that figures of the report go by, in the order of the page.
fn references(report: &StudyReport) -> Vec<(&'static str, &'static str)> {
    let lists = [
        report.prevalence.iter().map(|entry| entry.reference).collect::<std::collections::BTreeSet<_>>(),
        report.alerts.iter().map(|entry| entry.reference).collect(),
        report.improvement.iter().map(|entry| entry.reference).collect(),
        report.co_occurrence.iter().map(|entry| entry.reference).collect(),
        report.side_effects.iter().map(|entry| entry.reference).collect(),
        report.tests.iter().map(|entry| entry.reference).collect(),
    ];
    let used = words::REFERENCES.into_iter().filter(|reference| lists.iter().any(|list| list.contains(reference)));
    used.map(|reference| (words::slug(reference), words::reference(reference))).collect()
}
