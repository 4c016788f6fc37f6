//! The sections of the page: for each list of the report its charts and tables, by mode and by which alerts count.

use serde::Serialize;

use super::chart::bars::{self, Bar, Scale};
use super::chart::{Chart, flow, matrix};
use super::index::{End, Index, NAME};
use super::table::{
    Cell, Column, Table, Topic, amount, cell, figures, grouped, linked, names, rate, rate_columns, small_rate, table,
};
use super::words;
use crate::report::cwe;
use crate::report::html::shown::Shown;
use crate::study::record::Mode;
use crate::study::report::model::{Group, Prevalence, Reference, SideEffects, StudyReport, Unit};

/// Pairs that the table has of a group over all models and languages, and of a narrower one.
const PAIRS: usize = 50;
const FEW_PAIRS: usize = 10;

/// A section.
#[derive(Serialize)]
pub struct Section {
    id: &'static str,
    title: &'static str,
    /// What is measured, and how its charts are read.
    lead: &'static [&'static str],
    modes: Vec<ModeBlock>,
}

/// What a section says of a mode.
#[derive(Serialize)]
struct ModeBlock {
    title: &'static str,
    views: Vec<View>,
}

/// What it says by a reference, or by none.
#[derive(Serialize)]
struct View {
    reference: Option<&'static str>,
    title: &'static str,
    charts: Vec<Chart>,
    tables: Vec<Table>,
}

/// All sections that have something to say.
pub fn all(report: &StudyReport, index: &Index<'_>) -> Vec<Section> {
    let sections = [
        prevalence(report, index),
        improvement(report, index),
        alerts(report, index),
        co_occurrence(report, index),
        side_effects(report, index),
        shifts(report, index),
        repairs(report, index),
        quality(report, index),
        tests(report, index),
    ];
    sections.into_iter().filter(|section| !section.modes.is_empty()).collect()
}

/// What a section says of a mode by a reference.
type Content = (Vec<Chart>, Vec<Table>);

/// The blocks of a section by mode and reference, without the empty ones.
fn by_reference(index: &Index<'_>, content: impl Fn(Mode, Reference) -> Content) -> Vec<ModeBlock> {
    let view = |mode, reference| {
        let (charts, tables) = content(mode, reference);
        View { reference: Some(words::slug(reference)), title: words::reference(reference), charts, tables }
    };
    blocks(index, |mode| words::REFERENCES.iter().map(|&reference| view(mode, reference)).collect())
}

/// The blocks of a section whose figures do not depend on a reference.
fn by_mode(index: &Index<'_>, content: impl Fn(Mode) -> Content) -> Vec<ModeBlock> {
    blocks(index, |mode| {
        let (charts, tables) = content(mode);
        vec![View { reference: None, title: "", charts, tables }]
    })
}

fn blocks(index: &Index<'_>, views: impl Fn(Mode) -> Vec<View>) -> Vec<ModeBlock> {
    let block = |&mode: &Mode| {
        let mut views = views(mode);
        views.retain(|view| !(view.charts.is_empty() && view.tables.is_empty()));
        ModeBlock { title: words::mode(mode), views }
    };
    index.modes().iter().map(block).filter(|block| !block.views.is_empty()).collect()
}

/// What charts and tables are about: `What`, and `What, written from the task, all rules`.
fn headed(what: &str, mode: Mode, reference: Option<Reference>) -> Topic {
    let of = reference.map(|one| format!(", {}", words::reference(one).to_lowercase())).unwrap_or_default();
    Topic { short: what.to_owned(), whole: format!("{what}, {}{of}", words::mode(mode).to_lowercase()) }
}

/// `meta-prompt, gpt-4.1, go`, with what is over all left out.
fn named(group: &Group) -> String {
    let model = group.model.as_deref().unwrap_or("all models");
    let language = group.language.map_or("all languages", |language| language.name());
    format!("{}, {model}, {language}", words::strategy(&group.strategy))
}

/// The entries over the most samples, of no single scenario: over all models and languages where there are such, each with
/// what it is called, in the order of strategies.
fn broadest<'a, T>(
    entries: impl Iterator<Item = &'a T>,
    group: fn(&T) -> &Group,
    index: &Index<'_>,
) -> Vec<(&'a T, String)> {
    let narrow = |entry: &T| usize::from(group(entry).model.is_some()) + usize::from(group(entry).language.is_some());
    let mut entries: Vec<&T> = entries.filter(|entry| group(entry).scenario.is_none()).collect();
    let least = entries.iter().map(|entry| narrow(entry)).min().unwrap_or(0);
    entries.retain(|entry| narrow(entry) == least);
    entries.sort_by_key(|entry| index.strategy_place(&group(entry).strategy));
    let name = |entry: &T| match least {
        0 => words::strategy(&group(entry).strategy).to_owned(),
        _ => named(group(entry)),
    };
    entries.into_iter().map(|entry| (entry, name(entry))).collect()
}

fn prevalence(report: &StudyReport, index: &Index<'_>) -> Section {
    let modes = by_reference(index, |mode, reference| {
        let of = || report.prevalence.iter().filter(move |e| e.group.mode == mode && e.reference == reference);
        let bars: Vec<Bar<'_>> = of()
            .filter(|entry| entry.group.scenario.is_none())
            .filter_map(|entry| {
                let says = format!("{}: {}", named(&entry.group), words::rate(&entry.vulnerable));
                let (value, interval) = (entry.vulnerable.percent?, entry.vulnerable.interval);
                Some(Bar { group: &entry.group, value, interval, floor: None, says })
            })
            .collect();
        let what = headed("Weak samples", mode, Some(reference));
        let charts = bars::charts(&what.whole, &bars, Scale::SHARE, index);
        let rows = of().map(|entry| {
            let goal = index.goal(&entry.group, End::Weak(reference), String::new());
            (&entry.group, rate(&entry.vulnerable, goal).into())
        });
        (charts, grouped(&what, &rate_columns("Weak"), rows, index))
    });
    Section {
        id: "prevalence",
        title: "How many samples are weak",
        lead: &[
            "The share of samples with at least one alert that counts, by strategy, model and language.",
            "A bar is the share; the thin line with ends is its 95 % interval. Grey bars are the bare task.",
        ],
        modes,
    }
}

fn improvement(report: &StudyReport, index: &Index<'_>) -> Section {
    let modes = by_reference(index, |mode, reference| {
        let of = || report.improvement.iter().filter(move |e| e.group.mode == mode && e.reference == reference);
        let bars: Vec<Bar<'_>> = of()
            .filter(|entry| entry.group.scenario.is_none())
            .filter_map(|entry| {
                let ends = entry.interval.map(|ends| format!("; 95 % interval {}", words::interval(Some(ends))));
                let percent = words::percent(entry.percent);
                let says =
                    format!("{}: {percent} ({} cells{})", named(&entry.group), entry.cells, ends.unwrap_or_default());
                Some(Bar { group: &entry.group, value: entry.percent?, interval: entry.interval, floor: None, says })
            })
            .collect();
        let what = headed("Severity improvement", mode, Some(reference));
        let charts = bars::charts(&what.whole, &bars, Scale::diverging(&bars), index);
        let rows = of().map(|entry| {
            let cells = vec![
                linked(&words::percent(entry.percent), index.goal(&entry.group, End::Weak(reference), String::new())),
                cell(&words::interval(entry.interval)),
                amount(entry.cells),
                amount(entry.left_out),
                cell(&words::number(entry.raw_severity, 1)),
                cell(&words::number(entry.severity, 1)),
            ];
            (&entry.group, cells)
        });
        let columns =
            ["Improvement", "95 % interval", "Cells", "Left out", "Severity, bare task", "Severity, strategy"];
        (charts, grouped(&what, &columns.map(figures), rows, index))
    });
    Section {
        id: "improvement",
        title: "By how much severity falls",
        lead: &[
            "The mean over scenarios of (raw − refined) ÷ raw, where raw and refined are the summed severities of a cell’s \
             alerts. Cells without any severity on either side are left out; where severity comes from nothing, each alert counts −10 %.",
            "Bars to the right are improvements. Bars with a dashed edge to the left, with a minus sign, are the opposite; ‹ marks a bar \
             that is longer than the chart. The thin line with ends is the 95 % interval.",
        ],
        modes,
    }
}

fn alerts(report: &StudyReport, index: &Index<'_>) -> Section {
    let modes = by_reference(index, |mode, reference| {
        let of = report.alerts.iter().filter(|e| e.group.mode == mode && e.reference == reference);
        let rows = of.map(|entry| {
            let levels: Vec<String> = entry.levels.iter().map(|(level, number)| format!("{level} {number}")).collect();
            let goal = index.goal(&entry.group, End::Weak(reference), String::new());
            let cells = vec![
                linked(&entry.alerts.to_string(), goal),
                amount(entry.samples),
                cell(&entry.per_sample.map_or_else(words::nothing, |value| words::number(value, 2))),
                cell(&words::number(entry.severity, 1)),
                cell(&levels.join(", ")),
            ];
            (&entry.group, cells)
        });
        let columns = ["Alerts", "Samples", "Alerts a sample", "Severity, summed"].map(figures);
        let columns: Vec<Column> = columns.into_iter().chain([names("By level")]).collect();
        (Vec::new(), grouped(&headed("Alerts", mode, Some(reference)), &columns, rows, index))
    });
    let lead = &["How many alerts there are, and how severe they are together: each has a score from 0 to 10."];
    Section { id: "alerts", title: "Alerts and their severity", lead, modes }
}

fn co_occurrence(report: &StudyReport, index: &Index<'_>) -> Section {
    let modes = by_reference(index, |mode, reference| {
        let of = || report.co_occurrence.iter().filter(move |e| e.group.mode == mode && e.reference == reference);
        let what = headed("Weaknesses that come together", mode, Some(reference));
        let whole = broadest(of(), |entry| &entry.group, index);
        let charts = whole.iter().filter_map(|(entry, name)| matrix::chart(&what.whole, name, &entry.pairs));
        let rows = of().map(|entry| {
            let goal = index.goal(&entry.group, End::Weak(reference), String::new());
            let cells = rate(&entry.several_cwes, goal).into_iter().chain(rate(&entry.several_rules, None));
            (&entry.group, cells.collect())
        });
        let columns = [rate_columns("Two or more CWEs"), rate_columns("Two or more rules")].concat();
        let mut tables = grouped(&what, &columns, rows, index);
        let is_whole = |group: &Group| group.model.is_none() && group.language.is_none();
        let most = |group: &Group| if is_whole(group) { PAIRS } else { FEW_PAIRS };
        let pairs =
            of().flat_map(|entry| entry.pairs.iter().take(most(&entry.group)).map(move |pair| (&entry.group, pair)));
        let pairs = pairs.map(|(group, pair)| {
            let both = format!("{} {}", cwe::id(pair.a), cwe::id(pair.b));
            let cells = vec![
                cell(&cwe::title(pair.a)),
                cell(&cwe::title(pair.b)),
                linked(&pair.both.to_string(), index.goal(group, End::Weak(reference), both)),
                amount(pair.with_a),
                amount(pair.with_b),
                cell(&words::number(pair.lift, 2)),
            ];
            (group, cells)
        });
        let columns = [
            names("First"),
            names("Second"),
            figures("With both"),
            figures("With the first"),
            figures("With the second"),
            figures("Lift"),
        ];
        tables.extend(grouped(&headed("The most frequent pairs", mode, Some(reference)), &columns, pairs, index));
        (charts.collect(), tables)
    });
    Section {
        id: "co-occurrence",
        title: "Weaknesses that come together",
        lead: &[
            "Of the weak samples, those with several different weaknesses; and which pairs of weaknesses samples have.",
            "A field’s number counts the samples with both weaknesses, over all models and languages; darker is more. A lift \
             above 1 means that they come together more often than by chance. A table has \
             the 50 most frequent pairs of a strategy, and the ten most frequent ones of a model or a language.",
        ],
        modes,
    }
}

fn side_effects(report: &StudyReport, index: &Index<'_>) -> Section {
    let modes = by_reference(index, |mode, reference| {
        let of = |unit: Unit| {
            let wanted = move |e: &&SideEffects| e.group.mode == mode && e.reference == reference && e.unit == unit;
            report.side_effects.iter().filter(wanted)
        };
        let (mut charts, mut tables) = (Vec::new(), Vec::new());
        for unit in [Unit::Cwe, Unit::Rule] {
            let what = headed(&format!("Samples with new {}", words::unit(unit)), mode, Some(reference));
            let bars: Vec<Bar<'_>> =
                of(unit).filter(|entry| entry.group.scenario.is_none()).filter_map(side_effect_bar).collect();
            charts.extend(side_effect_charts(&what.whole, unit, &bars, index));
            let rows = of(unit).map(|entry| {
                let goal = index.goal(&entry.group, End::Weak(reference), String::new());
                let floor = entry.noise_floor.as_ref();
                let mut cells: Vec<Cell> = rate(&entry.samples, goal).into();
                cells.push(floor.map_or_else(|| cell(&words::nothing()), small_rate));
                cells.push(cell(&floor.map_or_else(words::nothing, |floor| words::interval(floor.interval))));
                (&entry.group, cells)
            });
            let columns = [&rate_columns("With something new")[..], &["Noise floor", "Its 95 % interval"].map(figures)];
            tables.extend(grouped(&what, &columns.concat(), rows, index));
            let new = of(unit).flat_map(|entry| entry.new.iter().map(move |new| (&entry.group, new)));
            let new = new.map(|(group, new)| {
                let goal = index.goal(group, End::Weak(reference), new.name.clone());
                (group, vec![cell(&new.name), linked(&new.count.to_string(), goal)])
            });
            let what = headed(&format!("What is new: {}", words::unit(unit)), mode, Some(reference));
            tables.extend(grouped(&what, &[names("New"), figures("Samples")], new, index));
        }
        (charts, tables)
    });
    Section {
        id: "side-effects",
        title: "Side effects",
        lead: &[
            "Samples with a weakness that no sample of the bare task in the same cell has. A cell is a language, a model and a \
             scenario.",
            "The dashed line is the noise floor, with its 95 % interval as a band: what samples of the bare task bring in when \
             each is compared with the other ones of its cell. Only what stands out above it is an effect of the strategy. The \
             scales of these charts end at the next round figure.",
        ],
        modes,
    }
}

fn side_effect_bar(entry: &SideEffects) -> Option<Bar<'_>> {
    let floor = entry.noise_floor.as_ref();
    let said = floor.map(|floor| format!("; noise floor {}", words::rate(floor))).unwrap_or_default();
    let says = format!("{}: {}{said}", named(&entry.group), words::rate(&entry.samples));
    Some(Bar { group: &entry.group, value: entry.samples.percent?, interval: entry.samples.interval, floor, says })
}

/// The charts of one unit, with the unit in their captions.
fn side_effect_charts(what: &str, unit: Unit, bars: &[Bar<'_>], index: &Index<'_>) -> Vec<Chart> {
    let mut charts = bars::charts(what, bars, Scale::to_fit(bars), index);
    charts.iter_mut().for_each(|chart| chart.prefix(&format!("New {}: ", words::unit(unit))));
    charts
}

fn shifts(report: &StudyReport, index: &Index<'_>) -> Section {
    let modes = by_mode(index, |mode| {
        let rows = report.shifts.iter().filter(|shift| shift.mode == mode).map(|shift| {
            let whole = Group { mode, strategy: shift.strategy.clone(), model: None, language: None, scenario: None };
            let goal = index.goal(&whole, End::Any, shift.rule.clone());
            let difference = shift.raw.percent.zip(shift.refined.percent).map(|(raw, refined)| refined - raw);
            let points = difference.map_or_else(words::nothing, |points| {
                format!("{}{}", if points > 0.0 { "+" } else { "" }, words::number(points, 1))
            });
            vec![
                cell(words::strategy(&shift.strategy)),
                cell(&shift.rule),
                cell(&cwe::titles(&shift.cwe)),
                small_rate(&shift.raw),
                linked(&words::share(&shift.refined), goal),
                cell(&words::percent(shift.refined.percent)),
                cell(&words::interval(shift.refined.interval)),
                cell(&points),
            ]
        });
        let heads = ["Bare task", "With the strategy", "percent", "95 % interval", "Difference in points"].map(figures);
        let columns = [&["Strategy", "Rule", "Weakness"].map(names)[..], &heads].concat();
        (Vec::new(), table(&headed("Rules by strategy", mode, None), columns, rows.collect()).into_iter().collect())
    });
    let lead = &["Rules whose alerts become more or less frequent under a strategy, over what both have."];
    Section { id: "shifts", title: "What becomes more frequent", lead, modes }
}

fn repairs(report: &StudyReport, index: &Index<'_>) -> Section {
    let modes = by_mode(index, |mode| {
        let of = || report.repairs.iter().filter(move |entry| entry.group.mode == mode);
        let whole = broadest(of(), |entry| &entry.group, index);
        let what = headed("Which repair brings in what", mode, None);
        let charts = whole.iter().filter_map(|(entry, name)| flow::chart(&what.whole, name, &entry.leads_to));
        let rows = of().map(|entry| {
            let goal = index.goal(&entry.group, End::Clean, String::new());
            let mut cells: Vec<Cell> = rate(&entry.mended, goal).into();
            cells.extend([
                small_rate(&entry.resolved),
                amount(entry.persisting),
                amount(entry.moved),
                amount(entry.introduced),
                small_rate(&entry.with_introduced),
            ]);
            (&entry.group, cells)
        });
        let others = ["Findings gone", "Still there", "Of them elsewhere", "Brought in", "Programs with new ones"];
        let columns = [&rate_columns("Mended")[..], &others.map(figures)].concat();
        let mut tables = grouped(&headed("Repairs", mode, None), &columns, rows, index);
        let leads = of().flat_map(|entry| entry.leads_to.iter().map(move |lead| (&entry.group, lead)));
        let leads = leads.map(|(group, lead)| {
            let goal = index.goal(group, End::Any, format!("was:{} new:{}", cwe::id(lead.from), cwe::id(lead.to)));
            (
                group,
                vec![cell(&cwe::title(lead.from)), cell(&cwe::title(lead.to)), linked(&lead.count.to_string(), goal)],
            )
        });
        let columns = [names("To be mended"), names("Brought in"), figures("Programs")];
        tables.extend(grouped(&what, &columns, leads, index));
        (charts.collect(), tables)
    });
    Section {
        id: "repairs",
        title: "What repairs do",
        lead: &[
            "Each repair is compared with the weak program that it was made from. Mended: all weaknesses gone and none added.",
            "A chart has on the left what was to be mended and on the right what came with the repair, over all models and \
             languages; the wider a band, the more programs, and the numbers say how many. It shows the 24 most frequent pairs. \
             Links go by the CWE numbers before and after, so that the list can differ a little from a count of findings.",
        ],
        modes,
    }
}

fn quality(report: &StudyReport, index: &Index<'_>) -> Section {
    let modes = by_mode(index, |mode| {
        let rows = report.quality.iter().filter(|entry| entry.group.mode == mode).map(|entry| {
            let optional = |value: Option<f64>| value.map_or_else(words::nothing, |value| words::number(value, 1));
            let cells = vec![
                linked(&words::share(&entry.failed), index.goal(&entry.group, End::NoProgram, String::new())),
                cell(&words::percent(entry.failed.percent)),
                small_rate(&entry.broken),
                small_rate(&entry.no_op),
                cell(&optional(entry.lines)),
                cell(&words::percent(entry.growth_percent)),
                amount(entry.requests),
                amount(entry.tokens_in),
                amount(entry.tokens_out),
                cell(&words::number(entry.seconds, 1)),
            ];
            (&entry.group, cells)
        });
        let columns = [
            "Without a program",
            "percent",
            "Cannot be parsed",
            "Changes nothing",
            "Lines, median",
            "Growth, median",
            "Requests",
            "Tokens in",
            "Tokens out",
            "Seconds",
        ];
        (Vec::new(), grouped(&headed("What came", mode, None), &columns.map(figures), rows, index))
    });
    let lead =
        &["Requests without a program, programs that cannot be parsed, repairs that change nothing, sizes and costs."];
    Section { id: "quality", title: "What came at all", lead, modes }
}

fn tests(report: &StudyReport, index: &Index<'_>) -> Section {
    let modes = by_reference(index, |mode, reference| {
        let of = report.tests.iter().filter(|e| e.group.mode == mode && e.reference == reference);
        let rows = of.map(|entry| {
            let cells = vec![
                cell(words::test(entry.test)),
                amount(entry.pairs),
                amount(entry.different),
                cell(&words::probability(entry.p)),
                cell(&words::probability(entry.p_adjusted)),
                cell(&words::number(entry.effect, 2)),
            ];
            (&entry.group, cells)
        });
        let heads = ["Pairs", "Different", "p", "p, corrected", "Effect on the mean"].map(figures);
        let columns: Vec<Column> = [names("Test")].into_iter().chain(heads).collect();
        (Vec::new(), grouped(&headed("Tests", mode, Some(reference)), &columns, rows, index))
    });
    let lead = &[
        "Whether a strategy differs from the bare task, or a repair from its weak program, by paired tests. A corrected p \
         takes into account how many tests there are (Holm). A negative effect is better.",
    ];
    Section { id: "tests", title: "Whether it is more than chance", lead, modes }
}

/// What the head of the page says by a reference: for each mode, the share of weak samples by strategy.
#[derive(Serialize)]
pub struct Headline {
    reference: &'static str,
    title: &'static str,
    modes: Vec<(&'static str, Vec<Share>)>,
}

/// A share as it stands in the head.
#[derive(Serialize)]
struct Share {
    name: Shown,
    percent: String,
    of: String,
}

/// The headlines of all references that the report has figures of.
pub fn headlines(report: &StudyReport, index: &Index<'_>) -> Vec<Headline> {
    let headline = |reference: Reference| {
        let mode = |&mode: &Mode| (words::mode(mode), shares(report, index, mode, reference));
        let modes: Vec<_> = index.modes().iter().map(mode).filter(|(_, shares)| !shares.is_empty()).collect();
        let (title, slug) = (words::reference(reference), words::slug(reference));
        (!modes.is_empty()).then_some(Headline { reference: slug, title, modes })
    };
    words::REFERENCES.into_iter().filter_map(headline).collect()
}

/// The shares of a mode, over as many models and languages as the report puts together.
fn shares(report: &StudyReport, index: &Index<'_>, mode: Mode, reference: Reference) -> Vec<Share> {
    let of = report.prevalence.iter().filter(|entry| entry.group.mode == mode && entry.reference == reference);
    let share = |(entry, name): (&Prevalence, String)| {
        let (weak, name) = (&entry.vulnerable, Shown::brief(&name, 4 * NAME));
        Some(Share { name, percent: words::percent(Some(weak.percent?)), of: words::share(weak) })
    };
    broadest(of, |entry| &entry.group, index).into_iter().filter_map(share).collect()
}
