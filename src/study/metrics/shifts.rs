//! Which rules become more or less frequent under a strategy.

use std::collections::{BTreeMap, BTreeSet};

use super::facts::Id;
use super::stats::wilson;
use super::table::{Cell, Key, Row, Table};
use crate::study::record::Mode;
use crate::study::report::model::{Reference, Shift};

/// Of the samples of a strategy and of those that they are compared with, the shares with an alert of each rule; the largest
/// changes first. For programs that were written from the task: over the cells that both have. For repairs: against the weak
/// programs that they were made from.
pub(super) fn shifts(table: &Table<'_>) -> Vec<Shift> {
    let wanted = |row: &Row<'_>| row.is_analysed() && !table.is_raw(row) && !table.lacks_baseline(row);
    let overall = |key: &Key| key.model.is_none() && key.language.is_none() && key.scenario.is_none();
    let mut out = Vec::new();
    for (key, rows) in table.groups(wanted).into_iter().filter(|(key, _)| overall(key)) {
        let baseline: Vec<&Row<'_>> = match key.mode {
            Mode::Generate => {
                let cells: BTreeSet<Cell> = rows.iter().map(|row| row.cell()).collect();
                cells.into_iter().flat_map(|cell| table.raw(cell)).collect()
            }
            Mode::Repair | Mode::RepairVerified => rows.iter().filter_map(|row| table.parent(row)).collect(),
        };
        let (before, after) = (with_rule(table, &baseline), with_rule(table, &rows));
        let rules: BTreeSet<Id> = before.keys().chain(after.keys()).copied().collect();
        let count = |of: &BTreeMap<Id, usize>, rule: Id| of.get(&rule).copied().unwrap_or(0);
        let group = table.named(key);
        let mut shifts: Vec<Shift> = rules
            .into_iter()
            .map(|rule| Shift {
                mode: group.mode,
                strategy: group.strategy.clone(),
                rule: table.facts.texts.text(rule).to_owned(),
                cwe: table.facts.kinds.iter().find(|kind| kind.rule == rule).map(|k| k.cwe.clone()).unwrap_or_default(),
                raw: wilson(count(&before, rule), baseline.len()),
                refined: wilson(count(&after, rule), rows.len()),
            })
            .collect();
        let change = |shift: &Shift| (shift.refined.percent.unwrap_or(0.0) - shift.raw.percent.unwrap_or(0.0)).abs();
        shifts.sort_by(|a, b| change(b).total_cmp(&change(a)).then_with(|| a.rule.cmp(&b.rule)));
        out.extend(shifts);
    }
    out
}

/// In how many rows there is an alert of each rule.
fn with_rule(table: &Table<'_>, rows: &[&Row<'_>]) -> BTreeMap<Id, usize> {
    let mut counts = BTreeMap::new();
    for row in rows {
        let rules: BTreeSet<Id> = table.kinds(row, Reference::All).map(|kind| kind.rule).collect();
        for rule in rules {
            *counts.entry(rule).or_default() += 1;
        }
    }
    counts
}
