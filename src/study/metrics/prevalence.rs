//! How many samples are weak, and how many alerts they have.

use std::collections::BTreeMap;

use super::stats::{Draw, rounded, wilson};
use super::table::{Cell, Key, Row, Table};
use super::{Options, REFERENCES};
use crate::finding::Level;
use crate::study::report::model::{Alerts, Prevalence, Rate};

/// Below so many cells, drawing cells says little.
const LEAST_CELLS: usize = 5;

/// Samples with at least one alert, of those of a group. The samples of a cell answer one task by one model and are alike, so the
/// interval of a group over several cells is that of a bootstrap which draws cells; that of one cell (or of fewer than five, and
/// where all samples or none are weak, in which case there is nothing to draw) is Wilson's.
pub(super) fn prevalence(table: &Table<'_>, options: Options) -> Vec<Prevalence> {
    let mut out = Vec::new();
    for (key, rows) in table.groups(Row::is_analysed) {
        for reference in REFERENCES {
            let mut cells: BTreeMap<Cell, (f64, f64)> = BTreeMap::new();
            for row in &rows {
                let cell = cells.entry(row.cell()).or_default();
                cell.0 += f64::from(u8::from(table.is_weak(row, reference)));
                cell.1 += 1.0;
            }
            let cells: Vec<(f64, f64)> = cells.into_values().collect();
            let count = rows.iter().filter(|row| table.is_weak(row, reference)).count();
            out.push(Prevalence {
                group: table.named(key),
                reference,
                vulnerable: share(count, rows.len(), &cells, key, options),
            });
        }
    }
    out
}

fn share(count: usize, of: usize, cells: &[(f64, f64)], key: Key, options: Options) -> Rate {
    let rate = wilson(count, of);
    if key.scenario.is_some() && key.model.is_some() || cells.len() < LEAST_CELLS || count == 0 || count == of {
        return rate;
    }
    let mean = |drawn: &mut dyn Iterator<Item = &(f64, f64)>| {
        let (weak, all) = drawn.fold((0.0, 0.0), |(w, a), cell| (w + cell.0, a + cell.1));
        100.0 * weak / all
    };
    Rate { interval: Draw::new(options).interval(cells, mean), ..rate }
}

/// Alerts, their severities, and how they are spread.
pub(super) fn alerts(table: &Table<'_>) -> Vec<Alerts> {
    let mut out = Vec::new();
    for (key, rows) in table.groups(Row::is_analysed) {
        for reference in REFERENCES {
            let kinds = || rows.iter().flat_map(|row| table.kinds(row, reference));
            let count = kinds().count();
            let mut levels: BTreeMap<String, usize> =
                [Level::Low, Level::Medium, Level::High, Level::Critical].map(|l| (l.to_string(), 0)).into();
            for kind in kinds() {
                *levels.entry(Level::of(kind.severity).to_string()).or_default() += 1;
            }
            out.push(Alerts {
                group: table.named(key),
                reference,
                alerts: count,
                samples: rows.len(),
                per_sample: (!rows.is_empty()).then(|| rounded(count as f64 / rows.len() as f64, 2)),
                severity: rounded(kinds().map(|kind| kind.severity).sum(), 1),
                levels,
            });
        }
    }
    out
}
