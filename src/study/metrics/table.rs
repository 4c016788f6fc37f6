//! The facts laid out: rows in cells and groups, each with what it is compared with.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::facts::{Fact, Facts, Hit, Id, Kind, Seen};
use super::is_counted;
use crate::study::record::{Mode, NONE};
use crate::study::report::model::{Group, Reference};
use crate::syntax::hir::Language;

/// The order of strategies: the bare task, then the study's four, then what the product adds; others follow by name.
const ORDER: [&str; 9] =
    [NONE, "negative-example", "chain-of-thought", "meta-prompt", "lora", "template", "ladder", "best-of", "auto"];

/// What belongs together, by numbers that sort as reports do. What is absent stands for all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Key {
    pub mode: Mode,
    pub strategy: usize,
    pub model: Option<usize>,
    pub language: Option<Language>,
    pub scenario: Option<usize>,
}

/// A cell: model × language × scenario.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Cell {
    pub model: usize,
    pub language: Language,
    pub scenario: usize,
}

/// Where a row belongs.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    pub mode: Mode,
    pub strategy: usize,
    pub model: usize,
    pub language: Language,
    pub scenario: usize,
}

/// A sample with its analysis.
#[derive(Debug)]
pub(super) struct Row<'a> {
    pub fact: &'a Fact,
    pub seen: Option<&'a Seen>,
    /// Why it could not be judged as a whole.
    pub reason: Option<&'a str>,
    pub group: Place,
}

impl Row<'_> {
    /// Whether there is a program, and it was analysed: wholly or in part.
    pub fn is_analysed(&self) -> bool {
        self.fact.program.is_some() && self.seen.is_some_and(|seen| seen.incomplete.is_none() || seen.parses.is_some())
    }

    pub fn hits(&self) -> &[Hit] {
        self.seen.map_or(&[], |seen| &seen.hits)
    }

    pub fn cell(&self) -> Cell {
        Cell { model: self.group.model, language: self.group.language, scenario: self.group.scenario }
    }

    pub fn lines(&self) -> u32 {
        self.fact.program.as_ref().map_or(0, |program| program.lines)
    }
}

/// A study.
#[derive(Debug)]
pub(super) struct Table<'a> {
    pub facts: &'a Facts,
    pub models: Vec<&'a str>,
    pub strategies: Vec<&'a str>,
    pub scenarios: Vec<&'a str>,
    /// By mode, strategy, cell and number, then by key.
    pub rows: Vec<Row<'a>>,
    by_key: HashMap<u128, usize>,
    /// The analysed samples of the bare task of each cell, by number.
    raw: HashMap<Cell, Vec<usize>>,
}

impl<'a> Table<'a> {
    pub fn new(facts: &'a Facts) -> Self {
        let text = |id: Id| facts.texts.text(id);
        let models: Vec<&str> = sorted(facts.samples.values().map(|f| text(f.model)), |a, b| a.cmp(b));
        let strategies: Vec<&str> = sorted(facts.samples.values().map(|f| text(f.strategy)), by_strategy);
        let scenarios: Vec<&str> = sorted(facts.samples.values().map(|f| text(f.scenario)), by_number);
        let at = |all: &[&str]| -> HashMap<String, usize> {
            all.iter().enumerate().map(|(at, name)| ((*name).to_owned(), at)).collect()
        };
        let (by_model, by_way, by_scenario) = (at(&models), at(&strategies), at(&scenarios));
        let place = |of: &HashMap<String, usize>, id: Id| of.get(text(id)).copied().unwrap_or(0);
        let mut rows: Vec<Row<'a>> = facts
            .samples
            .values()
            .map(|fact| {
                let seen = facts.seen.get(&fact.key);
                let reason = seen.and_then(|seen| seen.incomplete).map(text);
                let group = Place {
                    mode: fact.mode,
                    strategy: place(&by_way, fact.strategy),
                    model: place(&by_model, fact.model),
                    language: fact.language,
                    scenario: place(&by_scenario, fact.scenario),
                };
                Row { fact, seen, reason, group }
            })
            .collect();
        rows.sort_by_key(|row| {
            let Place { mode, strategy, .. } = row.group;
            (mode, strategy, row.cell(), row.fact.number, row.fact.key)
        });
        let by_key = rows.iter().enumerate().map(|(at, row)| (row.fact.key, at)).collect();
        let mut raw: HashMap<Cell, Vec<usize>> = HashMap::new();
        let is_raw = |row: &&Row<'_>| is_raw(&strategies, row) && row.is_analysed();
        for (at, row) in rows.iter().enumerate().filter(|(_, row)| is_raw(row)) {
            raw.entry(row.cell()).or_default().push(at);
        }
        Table { facts, models, strategies, scenarios, rows, by_key, raw }
    }

    /// Whether a row was written from the bare task.
    pub fn is_raw(&self, row: &Row<'_>) -> bool {
        is_raw(&self.strategies, row)
    }

    /// The analysed samples of the bare task in a cell.
    pub fn raw(&self, cell: Cell) -> Vec<&Row<'a>> {
        self.raw.get(&cell).into_iter().flatten().filter_map(|at| self.rows.get(*at)).collect()
    }

    /// The weak program that a repair was made from, where it is there and was analysed.
    pub fn parent(&self, row: &Row<'_>) -> Option<&Row<'a>> {
        let at = self.by_key.get(&row.fact.parent?)?;
        self.rows.get(*at).filter(|row| row.is_analysed())
    }

    /// Whether there is nothing that a row could be compared with.
    pub fn lacks_baseline(&self, row: &Row<'_>) -> bool {
        match row.group.mode {
            Mode::Generate => !self.is_raw(row) && !self.raw.contains_key(&row.cell()),
            Mode::Repair | Mode::RepairVerified => self.parent(row).is_none(),
        }
    }

    pub fn kind(&self, hit: &Hit) -> Option<&'a Kind> {
        self.facts.kinds.get(hit.kind as usize)
    }

    /// The alerts of a row that count by a reference.
    pub fn kinds<'t>(&'t self, row: &'t Row<'a>, reference: Reference) -> impl Iterator<Item = &'a Kind> + 't {
        let target = self.facts.targets.get(row.fact.target as usize).map_or(&[][..], Vec::as_slice);
        row.hits()
            .iter()
            .filter_map(|hit| self.kind(hit))
            .filter(move |kind| is_counted(kind.precision, &kind.cwe, target, reference))
    }

    /// Whether a row is weak by a reference.
    pub fn is_weak(&self, row: &Row<'a>, reference: Reference) -> bool {
        self.kinds(row, reference).next().is_some()
    }

    /// The summed severity of a row.
    pub fn severity(&self, row: &Row<'a>, reference: Reference) -> f64 {
        self.kinds(row, reference).map(|kind| kind.severity).sum()
    }

    /// Rows by group, at every level: over all, by model, by language, by both, by scenario, by cell.
    pub fn groups<'t>(&'t self, wanted: impl Fn(&Row<'a>) -> bool) -> BTreeMap<Key, Vec<&'t Row<'a>>> {
        let mut groups: BTreeMap<Key, Vec<&Row<'a>>> = BTreeMap::new();
        for row in self.rows.iter().filter(|row| wanted(row)) {
            let Place { mode, strategy, model, language, scenario } = row.group;
            let (m, l, s) = (Some(model), Some(language), Some(scenario));
            for (model, language, scenario) in
                [(None, None, None), (m, None, None), (None, l, None), (m, l, None), (None, None, s), (m, l, s)]
            {
                groups.entry(Key { mode, strategy, model, language, scenario }).or_default().push(row);
            }
        }
        groups
    }

    /// A group as reports name it.
    pub fn named(&self, key: Key) -> Group {
        let name = |all: &[&str], at: usize| all.get(at).map(|name| (*name).to_owned()).unwrap_or_default();
        Group {
            mode: key.mode,
            strategy: name(&self.strategies, key.strategy),
            model: key.model.map(|at| name(&self.models, at)),
            language: key.language,
            scenario: key.scenario.map(|at| name(&self.scenarios, at)),
        }
    }
}

fn is_raw(strategies: &[&str], row: &Row<'_>) -> bool {
    row.group.mode == Mode::Generate && strategies.get(row.group.strategy) == Some(&NONE)
}

fn sorted<'a>(names: impl Iterator<Item = &'a str>, order: impl Fn(&str, &str) -> Ordering) -> Vec<&'a str> {
    let mut all: Vec<&str> = names.collect::<BTreeSet<_>>().into_iter().collect();
    all.sort_by(|a, b| order(a, b).then_with(|| a.cmp(b)));
    all
}

fn by_strategy(a: &str, b: &str) -> Ordering {
    let place = |name: &str| ORDER.iter().position(|known| *known == name).unwrap_or(ORDER.len());
    place(a).cmp(&place(b))
}

/// Numbers as numbers, before all that is none.
fn by_number(a: &str, b: &str) -> Ordering {
    let number = |text: &str| text.parse::<u64>().unwrap_or(u64::MAX);
    number(a).cmp(&number(b))
}

/// The CWE group of an alert: the number that fits best, which comes first.
pub(super) fn group_of(kind: &Kind) -> Option<u32> {
    kind.cwe.first().copied()
}
