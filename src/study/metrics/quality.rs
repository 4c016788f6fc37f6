//! What came at all: failures, programs that cannot be parsed, those that changed nothing, sizes, costs.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::stats::{median, rounded, wilson};
use super::table::{Cell, Row, Table};
use crate::study::record::Mode;
use crate::study::report::model::Quality;

/// The quality of every group, of samples with and without an analysis.
pub(super) fn quality(table: &Table<'_>) -> Vec<Quality> {
    // How many bare samples of a cell are the same program.
    let mut known: HashMap<Cell, BTreeMap<u64, usize>> = HashMap::new();
    for row in table.rows.iter().filter(|row| table.is_raw(row)) {
        if let Some(program) = &row.fact.program {
            *known.entry(row.cell()).or_default().entry(program.hash).or_default() += 1;
        }
    }
    let is_no_op = |row: &Row<'_>| {
        let Some(program) = &row.fact.program else { return false };
        match row.group.mode {
            Mode::Generate => {
                let own = usize::from(table.is_raw(row));
                known.get(&row.cell()).and_then(|known| known.get(&program.hash)).is_some_and(|count| *count > own)
            }
            Mode::Repair | Mode::RepairVerified => table
                .parent(row)
                .and_then(|parent| parent.fact.program.as_ref())
                .is_some_and(|p| p.hash == program.hash),
        }
    };
    let mut out = Vec::new();
    for (key, rows) in table.groups(|_| true) {
        let programs: Vec<&Row<'_>> = rows.iter().copied().filter(|row| row.fact.program.is_some()).collect();
        let parses: Vec<bool> = programs.iter().filter_map(|row| row.seen?.parses).collect();
        let usage = |of: fn(&Row<'_>) -> u64| rows.iter().map(|row| of(row)).sum();
        out.push(Quality {
            group: table.named(key),
            failed: wilson(rows.len() - programs.len(), rows.len()),
            broken: wilson(parses.iter().filter(|parses| !**parses).count(), parses.len()),
            no_op: wilson(programs.iter().filter(|row| is_no_op(row)).count(), programs.len()),
            lines: median(programs.iter().map(|row| f64::from(row.lines())).collect()),
            growth_percent: growth(table, &programs).map(|growth| rounded(growth, 1)),
            requests: usage(|row| row.fact.usage.requests),
            tokens_in: usage(|row| row.fact.usage.tokens_in),
            tokens_out: usage(|row| row.fact.usage.tokens_out),
            seconds: rounded(rows.iter().map(|row| row.fact.usage.seconds).sum(), 1),
        });
    }
    out
}

/// The growth in percent: the median of that of each repair; else that of the median, against the bare samples of the same cells.
fn growth(table: &Table<'_>, programs: &[&Row<'_>]) -> Option<f64> {
    let percent = |after: f64, before: f64| (before > 0.0).then(|| 100.0 * (after - before) / before);
    let first = programs.first()?;
    if first.group.mode != Mode::Generate {
        let each = programs.iter().filter_map(|row| percent(row.lines().into(), table.parent(row)?.lines().into()));
        return median(each.collect());
    }
    if table.is_raw(first) {
        return None;
    }
    let cells: BTreeSet<Cell> = programs.iter().map(|row| row.cell()).collect();
    let raw = cells.into_iter().flat_map(|cell| table.raw(cell)).map(|row| f64::from(row.lines())).collect();
    percent(median(programs.iter().map(|row| f64::from(row.lines())).collect())?, median(raw)?)
}
