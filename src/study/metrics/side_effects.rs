//! Weaknesses that no sample of the bare task has in the same cell, against those that bare samples have among themselves.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::REFERENCES;
use super::stats::wilson;
use super::table::{Cell, Key, Row, Table, group_of};
use crate::study::record::Mode;
use crate::study::report::model::{Counted, Rate, Reference, SideEffects, Unit};

/// What is new in one sample.
type New = BTreeSet<u32>;

/// The samples of a strategy with a rule (or a CWE group) that no sample of the bare task has in the same cell. Any one sample
/// has something that others lack, by chance: the noise floor is the same question asked of each bare sample, against the
/// other bare ones of its cell. It is taken over the cells in which the strategy has samples. A cell with one bare sample has no
/// floor.
pub(super) fn side_effects(table: &Table<'_>) -> Vec<SideEffects> {
    let mut out = Vec::new();
    let wanted =
        |row: &Row<'_>| row.is_analysed() && row.group.mode == Mode::Generate && !table.raw(row.cell()).is_empty();
    let measured: Vec<Measured<'_, '_>> = REFERENCES
        .into_iter()
        .flat_map(|reference| [Unit::Rule, Unit::Cwe].map(|unit| Measured::new(table, reference, unit)))
        .collect();
    for (key, rows) in table.groups(wanted) {
        out.extend(measured.iter().map(|measured| measured.of(key, &rows)));
    }
    out
}

struct Measured<'t, 'a> {
    table: &'t Table<'a>,
    reference: Reference,
    unit: Unit,
    /// In how many bare samples of a cell a unit is.
    known: HashMap<Cell, BTreeMap<u32, usize>>,
    /// Bare samples of a cell, and those among them with something that the others lack.
    floor: HashMap<Cell, (usize, usize)>,
}

impl<'t, 'a> Measured<'t, 'a> {
    fn new(table: &'t Table<'a>, reference: Reference, unit: Unit) -> Self {
        let mut out = Measured { table, reference, unit, known: HashMap::new(), floor: HashMap::new() };
        let raw = || table.rows.iter().filter(|row| table.is_raw(row) && row.is_analysed());
        for row in raw() {
            let known = out.known.entry(row.cell()).or_default();
            for unit in units(table, row, reference, unit) {
                *known.entry(unit).or_default() += 1;
            }
        }
        for row in raw() {
            let new = usize::from(!out.new_in(row).is_empty());
            let floor = out.floor.entry(row.cell()).or_default();
            *floor = (floor.0 + 1, floor.1 + new);
        }
        out
    }

    /// What a sample has and no bare one of its cell (no other one, if it is bare itself).
    fn new_in(&self, row: &Row<'a>) -> New {
        let own = usize::from(self.table.is_raw(row));
        let known = self.known.get(&row.cell());
        let count = |unit: &u32| known.and_then(|known| known.get(unit)).copied().unwrap_or(0);
        let units = units(self.table, row, self.reference, self.unit);
        units.into_iter().filter(|unit| count(unit) <= own).collect()
    }

    fn of(&self, key: Key, rows: &[&Row<'a>]) -> SideEffects {
        let is_raw = rows.first().is_some_and(|row| self.table.is_raw(row));
        let alone = |cell: Cell| self.floor.get(&cell).is_none_or(|floor| floor.0 < 2);
        let mut counts: BTreeMap<u32, usize> = BTreeMap::new();
        let (mut with, mut of) = (0, 0);
        for row in rows.iter().filter(|row| !is_raw || !alone(row.cell())) {
            let new = self.new_in(row);
            (with, of) = (with + usize::from(!new.is_empty()), of + 1);
            for unit in new {
                *counts.entry(unit).or_default() += 1;
            }
        }
        let mut new: Vec<Counted> =
            counts.into_iter().map(|(unit, count)| Counted { name: self.name(unit), count }).collect();
        new.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.name.cmp(&b.name)));
        SideEffects {
            group: self.table.named(key),
            reference: self.reference,
            unit: self.unit,
            samples: wilson(with, of),
            noise_floor: (!is_raw).then(|| self.floor_of(rows)),
            new,
        }
    }

    fn floor_of(&self, rows: &[&Row<'a>]) -> Rate {
        let cells: BTreeSet<Cell> = rows.iter().map(|row| row.cell()).collect();
        let floors = cells.iter().filter_map(|cell| self.floor.get(cell)).filter(|floor| floor.0 > 1);
        let (of, with) = floors.fold((0, 0), |all, floor| (all.0 + floor.0, all.1 + floor.1));
        wilson(with, of)
    }

    fn name(&self, unit: u32) -> String {
        match self.unit {
            Unit::Rule => self.table.facts.texts.text(unit).to_owned(),
            Unit::Cwe => format!("CWE-{unit}"),
        }
    }
}

fn units(table: &Table<'_>, row: &Row<'_>, reference: Reference, unit: Unit) -> New {
    let kinds = table.kinds(row, reference);
    match unit {
        Unit::Rule => kinds.map(|kind| kind.rule).collect(),
        Unit::Cwe => kinds.filter_map(group_of).collect(),
    }
}
