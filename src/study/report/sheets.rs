//! What a report says, as a few tables that fit a terminal and a page of Markdown. All figures are in the JSON and the CSV.

use std::collections::BTreeSet;

use super::model::{
    CoOccurrence, Group, Improvement, Interval, Prevalence, Quality, Rate, Reference, Repairs, SideEffects,
    StudyReport, TestKind, Unit,
};
use crate::report::text;
use crate::study::record::{Mode, NONE};

/// Rows of a list that is cut.
const TOP: usize = 12;

/// A table.
#[derive(Debug, PartialEq, Eq)]
pub struct Sheet {
    /// What it shows.
    pub title: String,
    /// How to read it, in a sentence or two.
    pub about: &'static str,
    /// The columns' names; the first names the rows.
    pub columns: Vec<String>,
    /// The rows, each with a text for every column.
    pub rows: Vec<Vec<String>>,
}

/// What was measured, in one sentence.
pub fn scope(report: &StudyReport) -> String {
    let scope = &report.scope;
    format!(
        "{} with {} of {}: {}, {}, {}, {}.",
        text::count(scope.samples, "sample"),
        text::count(scope.alerts, "alert"),
        report.analyser,
        text::count(scope.models.len(), "model"),
        text::count(scope.languages.len(), "language"),
        match scope.strategies.iter().filter(|strategy| *strategy != NONE).count() {
            1 => "1 strategy".to_owned(),
            count => format!("{count} strategies"),
        },
        text::count(scope.scenarios.len(), "scenario"),
    )
}

/// The tables that have something to show.
pub fn sheets(report: &StudyReport) -> Vec<Sheet> {
    let all = [
        weak(report),
        weak_by_model(report),
        improvement(report),
        side_effects(report),
        together(report),
        shifts(report),
        repairs(report),
        leads_to(report),
        quality(report),
        tests(report),
    ];
    all.into_iter().filter(|sheet| !sheet.rows.is_empty()).collect()
}

fn sheet(title: &str, about: &'static str, columns: &[&str]) -> Sheet {
    let columns = columns.iter().map(|name| (*name).to_owned()).collect();
    Sheet { title: title.to_owned(), about, columns, rows: Vec::new() }
}

/// The share alone.
fn percent(rate: &Rate) -> String {
    rate.percent.map_or_else(|| "–".to_owned(), |percent| format!("{percent:.1} %"))
}

/// The share with its interval and counts.
fn whole(rate: &Rate) -> String {
    match rate.interval {
        Some(i) => format!("{} [{:.0}–{:.0}] ({}/{})", percent(rate), i.low, i.high, rate.count, rate.of),
        None => format!("{} ({}/{})", percent(rate), rate.count, rate.of),
    }
}

fn is_overall(group: &Group) -> bool {
    group.model.is_none() && group.language.is_none() && group.scenario.is_none()
}

/// A strategy, with how its samples came to be where that is not by writing.
fn way(group: &Group) -> String {
    match group.mode {
        Mode::Generate => group.strategy.clone(),
        Mode::Repair => format!("{} (repair)", group.strategy),
        Mode::RepairVerified => format!("{} (verified)", group.strategy),
    }
}

fn weak(report: &StudyReport) -> Sheet {
    let about = "Samples with at least one alert, with 95 % intervals.";
    let references = [Reference::All, Reference::WithoutLow, Reference::HighOnly, Reference::Target];
    let names = ["strategy", "all rules", "without low precision", "high precision only", "target CWE only"];
    let mut out = sheet("Weak samples", about, &names);
    for first in report.prevalence.iter().filter(|p| is_overall(&p.group) && p.reference == Reference::All) {
        let of = |reference| report.prevalence.iter().find(|p| p.group == first.group && p.reference == reference);
        let cell = |reference| of(reference).map(|p: &Prevalence| whole(&p.vulnerable)).unwrap_or_default();
        out.rows.push([vec![way(&first.group)], references.map(cell).to_vec()].concat());
    }
    out
}

/// A table of model × language by strategy.
fn by_model<T>(
    title: &str,
    about: &'static str,
    items: &[T],
    group: impl Fn(&T) -> &Group,
    cell: impl Fn(&T) -> String,
) -> Sheet {
    let mut ways: Vec<(Mode, String)> = Vec::new();
    for item in items {
        let way = (group(item).mode, group(item).strategy.clone());
        if !ways.contains(&way) {
            ways.push(way);
        }
    }
    let mut out = sheet(title, about, &["model", "language"]);
    out.columns.extend(ways.iter().map(|(mode, strategy)| {
        way(&Group { mode: *mode, strategy: strategy.clone(), model: None, language: None, scenario: None })
    }));
    let is_wanted = |item: &&T| {
        let group = group(item);
        group.scenario.is_none() && group.model.is_some() && group.language.is_some()
    };
    let rows: BTreeSet<_> =
        items.iter().filter(is_wanted).map(|item| (group(item).model.clone(), group(item).language)).collect();
    for (model, language) in rows {
        let of = |(mode, strategy): &(Mode, String)| {
            let is_it = |item: &&T| {
                let group = group(item);
                (group.mode, &group.strategy) == (*mode, strategy)
                    && (&group.model, group.language) == (&model, language)
                    && group.scenario.is_none()
            };
            items.iter().find(is_it).map_or_else(|| "–".to_owned(), &cell)
        };
        let begin = vec![model.clone().unwrap_or_default(), language.map(|l| l.name().to_owned()).unwrap_or_default()];
        out.rows.push([begin, ways.iter().map(of).collect()].concat());
    }
    out
}

fn weak_by_model(report: &StudyReport) -> Sheet {
    let items: Vec<&Prevalence> = report.prevalence.iter().filter(|p| p.reference == Reference::WithoutLow).collect();
    by_model(
        "Weak samples by model and language",
        "Samples with at least one alert, without those of rules whose precision is low.",
        &items,
        |p| &p.group,
        |p| percent(&p.vulnerable),
    )
}

fn improvement(report: &StudyReport) -> Sheet {
    let items: Vec<&Improvement> = report.improvement.iter().filter(|i| i.reference == Reference::All).collect();
    let cell = |item: &&Improvement| match (item.percent, item.interval) {
        (Some(percent), Some(Interval { low, high })) => format!("{percent:.1} % [{low:.0}–{high:.0}]"),
        (Some(percent), None) => format!("{percent:.1} %"),
        (None, _) => "–".to_owned(),
    };
    by_model(
        "Improvement of the summed severity",
        "Mean over scenarios of (raw − refined) ÷ raw; negative is worse.",
        &items,
        |i| &i.group,
        cell,
    )
}

fn side_effects(report: &StudyReport) -> Sheet {
    let about = "Samples with a rule that no sample of the bare task has in the same cell. The noise floor is the same question \
                 asked of the bare samples among themselves.";
    let mut out =
        sheet("Side effects", about, &["strategy", "rules counted", "samples", "noise floor", "most often new"]);
    let wanted = |s: &&SideEffects| {
        is_overall(&s.group) && s.unit == Unit::Rule && matches!(s.reference, Reference::All | Reference::WithoutLow)
    };
    for item in report.side_effects.iter().filter(wanted) {
        let new: Vec<String> = item.new.iter().take(3).map(|new| format!("{} {}", new.name, new.count)).collect();
        let floor = item.noise_floor.as_ref().map_or_else(|| "is itself".to_owned(), percent);
        let reference = item.reference.name().to_owned();
        out.rows.push(vec![way(&item.group), reference, whole(&item.samples), floor, new.join(", ")]);
    }
    out
}

fn together(report: &StudyReport) -> Sheet {
    let about = "Of the weak samples, those with several different weaknesses, and the pairs that come together most often, with \
                 their lift (above 1: more often than by chance).";
    let mut out =
        sheet("Weaknesses that come together", about, &["strategy", "several rules", "several CWEs", "pairs"]);
    let wanted = |c: &&CoOccurrence| is_overall(&c.group) && c.reference == Reference::WithoutLow;
    for item in report.co_occurrence.iter().filter(wanted) {
        let pair = |p: &super::model::Pair| format!("{}+{} {}× (lift {:.1})", p.a, p.b, p.both, p.lift);
        let pairs: Vec<String> = item.pairs.iter().take(3).map(pair).collect();
        out.rows.push(vec![
            way(&item.group),
            percent(&item.several_rules),
            percent(&item.several_cwes),
            pairs.join(", "),
        ]);
    }
    out
}

fn shifts(report: &StudyReport) -> Sheet {
    let about = "Rules with an alert in a larger share of the samples than before.";
    let mut out = sheet("What grows", about, &["strategy", "rule", "before", "after"]);
    let growth = |s: &super::model::Shift| s.refined.percent.unwrap_or(0.0) - s.raw.percent.unwrap_or(0.0);
    let mut grown: Vec<_> = report.shifts.iter().filter(|shift| growth(shift) > 0.0).collect();
    grown.sort_by(|a, b| growth(b).total_cmp(&growth(a)));
    for shift in grown.into_iter().take(TOP) {
        let group =
            Group { mode: shift.mode, strategy: shift.strategy.clone(), model: None, language: None, scenario: None };
        out.rows.push(vec![way(&group), shift.rule.clone(), whole(&shift.raw), whole(&shift.refined)]);
    }
    out
}

fn repairs(report: &StudyReport) -> Sheet {
    let about =
        "Weak programs that were edited, each compared with itself before. Mended: all findings gone, none brought in.";
    let names =
        ["strategy", "model", "mended", "findings resolved", "persisting", "introduced", "programs with introduced"];
    let mut out = sheet("Repairs", about, &names);
    let wanted = |r: &&Repairs| r.group.language.is_none() && r.group.scenario.is_none();
    for item in report.repairs.iter().filter(wanted) {
        out.rows.push(vec![
            way(&item.group),
            item.group.model.clone().unwrap_or_else(|| "all".to_owned()),
            whole(&item.mended),
            percent(&item.resolved),
            item.persisting.to_string(),
            item.introduced.to_string(),
            percent(&item.with_introduced),
        ]);
    }
    out
}

fn leads_to(report: &StudyReport) -> Sheet {
    let about = "Programs with a weakness that was to be mended, and one that came with the repair.";
    let mut out = sheet("Which repair brings in what", about, &["strategy", "mended", "brought in", "programs"]);
    for item in report.repairs.iter().filter(|r| is_overall(&r.group)) {
        for leads in item.leads_to.iter().take(TOP) {
            let cwe = |number: u32| format!("CWE-{number}");
            out.rows.push(vec![way(&item.group), cwe(leads.from), cwe(leads.to), leads.count.to_string()]);
        }
    }
    out
}

fn quality(report: &StudyReport) -> Sheet {
    let about =
        "Answers without a program, programs that cannot be parsed, those that change nothing, and what asking cost.";
    let names =
        ["strategy", "model", "failed", "broken", "no change", "lines", "growth", "requests", "tokens", "seconds"];
    let mut out = sheet("What came", about, &names);
    let wanted = |q: &&Quality| q.group.language.is_none() && q.group.scenario.is_none() && q.group.model.is_some();
    for item in report.quality.iter().filter(wanted) {
        let number =
            |number: Option<f64>, unit: &str| number.map_or_else(|| "–".to_owned(), |n| format!("{n:.0}{unit}"));
        out.rows.push(vec![
            way(&item.group),
            item.group.model.clone().unwrap_or_default(),
            percent(&item.failed),
            percent(&item.broken),
            percent(&item.no_op),
            number(item.lines, ""),
            number(item.growth_percent, " %"),
            item.requests.to_string(),
            (item.tokens_in + item.tokens_out).to_string(),
            format!("{:.0}", item.seconds),
        ]);
    }
    out
}

fn tests(report: &StudyReport) -> Sheet {
    let about = "Whether a strategy differs from the bare task (repairs: from the weak programs), in pairs; corrected for the number \
                 of tests. The effect is in percentage points of weak samples, and in severity a sample.";
    let mut out =
        sheet("Is it chance?", about, &["strategy", "test", "pairs", "different", "effect", "p", "p corrected"]);
    let wanted = |t: &&super::model::Test| is_overall(&t.group) && t.reference == Reference::WithoutLow;
    for item in report.tests.iter().filter(wanted).filter(|t| t.group.strategy != NONE) {
        let test = match item.test {
            TestKind::Mcnemar => "McNemar, weak or not",
            TestKind::Wilcoxon => "Wilcoxon, severity",
        };
        out.rows.push(vec![
            way(&item.group),
            test.to_owned(),
            item.pairs.to_string(),
            item.different.to_string(),
            format!("{:+.1}", item.effect),
            chance(item.p),
            chance(item.p_adjusted),
        ]);
    }
    out
}

fn chance(p: f64) -> String {
    match p {
        p if p < 0.0001 => "< 0.0001".to_owned(),
        p => format!("{p:.4}"),
    }
}
