//! The samples: each with its code, its findings and, if it is a repair, what differs from the program that it was made of.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::index::{End, Index, NAME};
use super::{Detail, Details, words};
use crate::finding::Level;
use crate::report::html::shown::{Link, Piece, Shown, prose};
use crate::report::html::sides::{self, Room, Sides};
use crate::report::text::floor_boundary;
use crate::report::{cwe, diff};
use crate::study::metrics;
use crate::study::record::{Alert, Analysis, Sample, Usage};
use crate::study::report::model::Reference;

/// Lines of all programs on the page.
const ALL_LINES: usize = 1_000_000;
/// Lines of one program.
const LINES: usize = 3_000;
/// Bytes of a line.
const LINE: usize = 400;
/// Lines of all diffs, and of one: the style has room for as many rows.
const ALL_DIFF_LINES: usize = 300_000;
const DIFF_LINES: usize = 400;
/// Findings of one sample, and characters of a message.
const ALERTS: usize = 100;
const MESSAGE: usize = 600;
/// Numbers, reasons and links of one sample.
const NAMED: usize = 30;

/// The samples of a mode, a model and a language.
#[derive(Serialize)]
pub struct Cell {
    id: String,
    mode: &'static str,
    model: Shown,
    language: &'static str,
    samples: Vec<Shape>,
}

/// A sample.
#[derive(Serialize)]
pub struct Shape {
    id: String,
    /// Its numbers in the filters.
    numbers: String,
    /// The letters of how it ended: by which references it is weak, or that it is not.
    ends: String,
    /// What a filter's words can name: `cwe-89`, in repairs also `was:cwe-89` and `new:cwe-117`.
    terms: String,
    status: Status,
    /// The highest score, with its level; absent without findings.
    worst: Option<(String, String)>,
    strategy: Shown,
    scenario: Shown,
    number: u32,
    tags: Vec<Shown>,
    gone: Vec<Shown>,
    new: Vec<Shown>,
    facts: Vec<(&'static str, Shown)>,
    targets: Vec<Link>,
    parent: Option<Relative>,
    children: Vec<Relative>,
    /// Repairs that are not linked here.
    more_children: usize,
    code: Option<Code>,
    alerts: Vec<Found>,
    more_alerts: usize,
    diff: Option<Difference>,
}

/// How a sample ended.
#[derive(Clone, Copy, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
enum Status {
    Weak,
    Clean,
    NotAnalysed,
    NoProgram,
}

/// Another sample that is on the page, or only its name.
#[derive(Serialize)]
struct Relative {
    at: Option<String>,
    name: Shown,
}

/// A program as stretches of lines; each line that a finding names is a stretch of its own.
#[derive(Serialize)]
struct Code {
    stretches: Vec<Stretch>,
    left_out: usize,
}

#[derive(Serialize)]
struct Stretch {
    /// The line's number, of a line with findings.
    hit: Option<usize>,
    /// The line numbers, one a line.
    numbers: String,
    text: Shown,
    notes: Vec<Note>,
}

/// What is said under a line.
#[derive(Serialize)]
struct Note {
    level: String,
    score: String,
    rule: Shown,
    weaknesses: String,
    message: Vec<Piece>,
}

/// A finding in the list under the code.
#[derive(Serialize)]
struct Found {
    level: String,
    score: String,
    rule: Shown,
    weaknesses: Vec<Link>,
    precision: &'static str,
    /// The line, and whether it is shown.
    line: u32,
    shown: bool,
    message: Vec<Piece>,
}

#[derive(Serialize)]
struct Difference {
    same: bool,
    sides: Sides,
}

/// The cells of all samples, in the order of the details.
pub fn cells(details: &Details<'_>, index: &Index<'_>) -> Vec<Cell> {
    let mut shaper = Shaper::new(details, index);
    let mut out: Vec<Cell> = Vec::new();
    for (at, detail) in details.samples.iter().enumerate() {
        let id = Index::cell_id(index.cell(detail.sample));
        let shape = shaper.shape(at, detail);
        match out.iter_mut().rfind(|cell| cell.id == id) {
            Some(cell) => cell.samples.push(shape),
            None => out.push(Cell {
                id,
                mode: words::mode(detail.sample.mode),
                model: Shown::brief(&detail.sample.model, NAME),
                language: detail.sample.language.name(),
                samples: vec![shape],
            }),
        }
    }
    out
}

struct Shaper<'a, 'd> {
    details: &'d Details<'a>,
    index: &'d Index<'a>,
    /// The ids on the page, in the order of the details, and where each key stands.
    ids: Vec<String>,
    by_key: BTreeMap<&'a str, usize>,
    children: BTreeMap<&'a str, Vec<usize>>,
    lines: usize,
    room: Room,
}

impl<'a, 'd> Shaper<'a, 'd> {
    fn new(details: &'d Details<'a>, index: &'d Index<'a>) -> Shaper<'a, 'd> {
        let mut by_key = BTreeMap::new();
        let mut children: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        let mut ids = Vec::new();
        for (at, Detail { sample, .. }) in details.samples.iter().enumerate() {
            let is_first = *by_key.entry(sample.key.as_str()).or_insert(at) == at;
            ids.push(if is_first && is_plain(&sample.key) { format!("s-{}", sample.key) } else { format!("n-{at}") });
            if let Some(parent) = &sample.parent {
                children.entry(parent).or_default().push(at);
            }
        }
        Shaper { details, index, ids, by_key, children, lines: ALL_LINES, room: Room(ALL_DIFF_LINES) }
    }

    fn shape(&mut self, at: usize, detail: &Detail<'a>) -> Shape {
        let Detail { sample, analysis, parent } = *detail;
        let alerts = analysis.map(|analysis| analysis.alerts.as_slice()).unwrap_or_default();
        let code = sample.code.as_deref().map(|code| self.code(code, alerts));
        let shown_to = code.as_ref().map_or(0, |code| code.stretches.iter().map(|s| s.numbers.lines().count()).sum());
        let worst = alerts.iter().map(|alert| alert.severity).max_by(f64::total_cmp);
        let now = numbers(alerts);
        let before = parent.map(|_| self.before(sample));
        let (gone, new) = match &before {
            Some(Some(before)) if analysis.is_some() => (named(before.difference(&now)), named(now.difference(before))),
            _ => Default::default(),
        };
        let children = self.children.get(sample.key.as_str()).map(Vec::as_slice).unwrap_or_default();
        Shape {
            id: self.ids.get(at).cloned().unwrap_or_default(),
            numbers: self.index.numbers(sample),
            ends: ends(detail),
            terms: terms(&now, before.flatten().as_ref()),
            status: status(sample, analysis),
            worst: worst.map(|score| (words::number(score, 1), Level::of(score).to_string())),
            strategy: Shown::brief(words::strategy(&sample.strategy), NAME),
            scenario: Shown::brief(&sample.scenario, NAME),
            number: sample.number,
            tags: named(now.iter()),
            gone,
            new,
            facts: facts(sample, analysis),
            targets: sample.target_cwe.iter().take(NAMED).map(|&number| Link::weakness(number, true)).collect(),
            parent: sample.parent.as_deref().map(|key| self.relative(key, parent)),
            children: children.iter().take(NAMED).filter_map(|&at| self.child(at)).collect(),
            more_children: children.len().saturating_sub(NAMED),
            alerts: alerts.iter().take(ALERTS).map(|alert| found(alert, shown_to)).collect(),
            more_alerts: alerts.len().saturating_sub(ALERTS),
            diff: parent.and_then(|parent| self.difference(parent, sample)),
            code,
        }
    }

    /// The weaknesses of the program that a repair was made from; absent where it is not on the page or was not analysed.
    fn before(&self, sample: &Sample) -> Option<BTreeSet<u32>> {
        let at = self.by_key.get(sample.parent.as_deref()?)?;
        Some(numbers(&self.details.samples.get(*at)?.analysis?.alerts))
    }

    fn relative(&self, key: &str, sample: Option<&Sample>) -> Relative {
        let at = self.by_key.get(key).and_then(|&at| self.ids.get(at)).cloned();
        let name = sample.map_or_else(|| Shown::brief(key, NAME), name_of);
        Relative { at, name }
    }

    fn child(&self, at: usize) -> Option<Relative> {
        Some(Relative { at: self.ids.get(at).cloned(), name: name_of(self.details.samples.get(at)?.sample) })
    }

    /// The program, as far as there is room.
    fn code(&mut self, code: &str, alerts: &[Alert]) -> Code {
        let total = code.lines().count();
        let shown = total.min(LINES).min(self.lines);
        self.lines -= shown;
        let mut notes: BTreeMap<usize, Vec<Note>> = BTreeMap::new();
        for alert in alerts.iter().take(ALERTS) {
            notes.entry(alert.line as usize).or_default().push(note(alert));
        }
        let mut stretches = Vec::new();
        let mut plain: Vec<(usize, String)> = Vec::new();
        for (number, line) in (1..).zip(code.lines().take(shown)) {
            match notes.remove(&number) {
                Some(notes) => {
                    stretches.extend(stretch(std::mem::take(&mut plain), None, Vec::new()));
                    stretches.extend(stretch(vec![(number, cut(line))], Some(number), notes));
                }
                None => plain.push((number, cut(line))),
            }
        }
        stretches.extend(stretch(plain, None, Vec::new()));
        Code { stretches, left_out: total - shown }
    }

    /// What a repair changed.
    fn difference(&mut self, parent: &Sample, sample: &Sample) -> Option<Difference> {
        let (old, new) = (parent.code.as_deref()?, sample.code.as_deref()?);
        let sides = sides::of(&diff::unified("program", old, new), DIFF_LINES, &mut self.room);
        Some(Difference { same: old == new, sides })
    }
}

/// Whether a key can stand in an id as it is.
fn is_plain(key: &str) -> bool {
    (1..=64).contains(&key.len()) && key.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
}

fn status(sample: &Sample, analysis: Option<&Analysis>) -> Status {
    match (&sample.code, analysis) {
        (None, _) => Status::NoProgram,
        (Some(_), None) => Status::NotAnalysed,
        (Some(_), Some(analysis)) if analysis.alerts.is_empty() => Status::Clean,
        (Some(_), Some(_)) => Status::Weak,
    }
}

/// The letters of all ends that a sample had.
fn ends(&Detail { sample, analysis, .. }: &Detail<'_>) -> String {
    let alerts = analysis.map(|analysis| analysis.alerts.as_slice()).unwrap_or_default();
    let is_weak = |one: &Reference| alerts.iter().any(|alert| metrics::counts(alert, &sample.target_cwe, *one));
    let ends = match status(sample, analysis) {
        Status::Weak => words::REFERENCES.into_iter().filter(is_weak).map(End::Weak).collect(),
        Status::Clean => vec![End::Clean],
        Status::NotAnalysed => vec![End::NotAnalysed],
        Status::NoProgram => vec![End::NoProgram],
    };
    ends.into_iter().filter_map(End::letter).collect()
}

/// The CWE numbers of findings.
fn numbers(alerts: &[Alert]) -> BTreeSet<u32> {
    alerts.iter().flat_map(|alert| alert.cwe.iter().copied()).collect()
}

fn named<'n>(numbers: impl Iterator<Item = &'n u32>) -> Vec<Shown> {
    numbers.take(NAMED).map(|&number| Shown::brief(&cwe::id(number), NAME)).collect()
}

fn terms(now: &BTreeSet<u32>, before: Option<&BTreeSet<u32>>) -> String {
    let mut out: Vec<String> = now.iter().map(|number| format!("cwe-{number}")).collect();
    if let Some(before) = before {
        out.extend(before.iter().map(|number| format!("was:cwe-{number}")));
        out.extend(now.difference(before).map(|number| format!("new:cwe-{number}")));
    }
    out.join(" ")
}

fn facts(sample: &Sample, analysis: Option<&Analysis>) -> Vec<(&'static str, Shown)> {
    let mut out = Vec::new();
    let mut add = |what, text: &str| {
        if !text.is_empty() {
            out.push((what, Shown::brief(text, 1_000)));
        }
    };
    if sample.task != sample.scenario {
        add("Task", &sample.task);
    }
    add("Found at", sample.path.as_deref().unwrap_or(""));
    add("Why no program came", sample.failure.as_deref().unwrap_or(""));
    add("Rejected candidates", &sample.rejected.iter().take(NAMED).cloned().collect::<Vec<_>>().join(", "));
    if let Some(analysis) = analysis {
        add("Can be parsed", if analysis.parses == Some(false) { "no" } else { "" });
        add("Not judged as a whole", analysis.incomplete.as_deref().unwrap_or(""));
    }
    if let Some(Usage { requests, tokens_in, tokens_out, seconds }) = sample.usage {
        let seconds = words::number(seconds, 1);
        add(
            "Cost",
            &format!("requests: {requests}, tokens in: {tokens_in}, tokens out: {tokens_out}, seconds: {seconds}"),
        );
    }
    add("Key", &sample.key);
    out
}

fn name_of(sample: &Sample) -> Shown {
    let Sample { scenario, model, number, .. } = sample;
    let (mode, strategy) = (words::mode(sample.mode).to_lowercase(), words::strategy(&sample.strategy));
    let model = crate::report::text::brief(model, NAME);
    Shown::brief(&format!("{scenario}, {strategy}, {model}, number {number}, {mode}"), 4 * NAME)
}

/// Lines as a stretch; nothing for none.
fn stretch(lines: Vec<(usize, String)>, hit: Option<usize>, notes: Vec<Note>) -> Option<Stretch> {
    let numbers = lines.iter().map(|(number, _)| number.to_string()).collect::<Vec<_>>().join("\n");
    let text = Shown::block(lines.iter().map(|(_, line)| line.as_str()));
    (!lines.is_empty()).then_some(Stretch { hit, numbers, text, notes })
}

fn cut(line: &str) -> String {
    let end = floor_boundary(line, LINE);
    let more = if end < line.len() { "…" } else { "" };
    format!("{}{more}", line.get(..end).unwrap_or(""))
}

fn note(alert: &Alert) -> Note {
    let weaknesses: Vec<String> = alert.cwe.iter().take(3).map(|&number| cwe::id(number)).collect();
    Note {
        level: Level::of(alert.severity).to_string(),
        score: words::number(alert.severity, 1),
        rule: Shown::brief(&alert.rule, NAME),
        weaknesses: weaknesses.join(", "),
        message: prose(&alert.message, MESSAGE),
    }
}

fn found(alert: &Alert, shown_to: usize) -> Found {
    Found {
        level: Level::of(alert.severity).to_string(),
        score: words::number(alert.severity, 1),
        rule: Shown::brief(&alert.rule, NAME),
        weaknesses: alert.cwe.iter().take(NAMED).map(|&number| Link::weakness(number, true)).collect(),
        precision: words::precision(alert.precision),
        line: alert.line,
        shown: (1..=shown_to).contains(&(alert.line as usize)),
        message: prose(&alert.message, MESSAGE),
    }
}
