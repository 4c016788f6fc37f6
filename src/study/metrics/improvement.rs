//! By how much a strategy lowers the summed severity.

use std::collections::BTreeMap;

use super::stats::{Draw, rounded};
use super::table::{Cell, Row, Table};
use super::{Options, REFERENCES};
use crate::study::record::Mode;
use crate::study::report::model::{Improvement, Reference};

/// A cell with its baseline.
#[derive(Debug, Default)]
struct Compared {
    raw: f64,
    refined: f64,
    /// In percent; absent where it is left out.
    percent: Option<f64>,
}

/// (raw − refined) ÷ raw in every cell, and the mean over cells, as the study has it (arXiv 2605.05867). A cell without severity
/// before and after is left out. Where severity comes from nowhere, a share of zero cannot be told, and n alerts count as −10 n
/// percent; of the readings of that rule this one comes nearest to the published figures (numbers of weak samples and summed
/// severities in the place of n lie further off). Where a strategy has more or fewer samples in a cell than the bare task, its
/// sum is scaled to as many.
///
/// In repairs, raw is the sum of the weak programs that they were made from. The interval is from drawing cells.
pub(super) fn improvement(table: &Table<'_>, options: Options) -> Vec<Improvement> {
    let mut out = Vec::new();
    let wanted = |row: &Row<'_>| row.is_analysed() && !table.is_raw(row) && !table.lacks_baseline(row);
    for (key, rows) in table.groups(wanted) {
        let mut by_cell: BTreeMap<Cell, Vec<&Row<'_>>> = BTreeMap::new();
        for row in rows {
            by_cell.entry(row.cell()).or_default().push(row);
        }
        for reference in REFERENCES {
            let cells: Vec<Compared> =
                by_cell.iter().map(|(cell, rows)| compared(table, *cell, rows, key.mode, reference)).collect();
            let shares: Vec<f64> = cells.iter().filter_map(|cell| cell.percent).collect();
            let mean = |drawn: &mut dyn Iterator<Item = &f64>| {
                let (sum, count) = drawn.fold((0.0, 0.0), |(sum, count), share| (sum + share, count + 1.0));
                sum / count
            };
            out.push(Improvement {
                group: table.named(key),
                reference,
                percent: (!shares.is_empty()).then(|| rounded(mean(&mut shares.iter()), 1)),
                interval: Draw::new(options).interval(&shares, mean),
                cells: shares.len(),
                left_out: cells.len() - shares.len(),
                raw_severity: rounded(cells.iter().map(|cell| cell.raw).sum(), 1),
                severity: rounded(cells.iter().map(|cell| cell.refined).sum(), 1),
            });
        }
    }
    out
}

fn compared(table: &Table<'_>, cell: Cell, rows: &[&Row<'_>], mode: Mode, reference: Reference) -> Compared {
    let baseline: Vec<&Row<'_>> = match mode {
        Mode::Generate => table.raw(cell),
        Mode::Repair | Mode::RepairVerified => rows.iter().filter_map(|row| table.parent(row)).collect(),
    };
    let sum = |rows: &[&Row<'_>]| rows.iter().map(|row| table.severity(row, reference)).sum::<f64>();
    let scale = baseline.len() as f64 / rows.len().max(1) as f64;
    let (raw, refined) = (sum(&baseline), sum(rows) * scale);
    let alerts = rows.iter().map(|row| table.kinds(row, reference).count()).sum::<usize>() as f64 * scale;
    let percent = match (raw > 0.0, alerts > 0.0) {
        (true, _) => Some(100.0 * (raw - refined) / raw),
        (false, true) => Some(-10.0 * alerts),
        (false, false) => None,
    };
    Compared { raw, refined, percent }
}
