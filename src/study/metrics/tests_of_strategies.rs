//! Whether what a strategy does could be chance.

use std::collections::{BTreeMap, HashMap};

use super::REFERENCES;
use super::stats::{holm, mcnemar, rounded, wilcoxon};
use super::table::{Cell, Row, Table};
use crate::study::record::Mode;
use crate::study::report::model::{Reference, Test, TestKind};

/// Two tests for every strategy in every group over all scenarios: McNemar's, of weak or not, and Wilcoxon's, of the summed
/// severity. A sample is paired with the bare one of the same cell and number; a repair with the weak program that it was made from,
/// which was chosen for being weak: part of what repairs gain is that. Corrected for the number of tests by the same
/// reference, since references are different questions.
pub(super) fn tests(table: &Table<'_>) -> Vec<Test> {
    let mut raw: HashMap<(Cell, u32), &Row<'_>> = HashMap::new();
    for row in table.rows.iter().filter(|row| table.is_raw(row) && row.is_analysed()) {
        raw.entry((row.cell(), row.fact.number)).or_insert(row);
    }
    let wanted = |row: &Row<'_>| row.is_analysed() && !table.is_raw(row);
    let mut out = Vec::new();
    for (key, rows) in table.groups(wanted).into_iter().filter(|(key, _)| key.scenario.is_none()) {
        let before = |row: &Row<'_>| match key.mode {
            Mode::Generate => raw.get(&(row.cell(), row.fact.number)).copied(),
            Mode::Repair | Mode::RepairVerified => table.parent(row),
        };
        let pairs: Vec<(&Row<'_>, &Row<'_>)> = rows.iter().filter_map(|row| Some((before(row)?, *row))).collect();
        if pairs.is_empty() {
            continue;
        }
        for reference in REFERENCES {
            for test in [TestKind::Mcnemar, TestKind::Wilcoxon] {
                let (different, p, effect) = match test {
                    TestKind::Mcnemar => weak_or_not(table, &pairs, reference),
                    TestKind::Wilcoxon => severity(table, &pairs, reference),
                };
                let group = table.named(key);
                out.push(Test { group, reference, test, pairs: pairs.len(), different, p, p_adjusted: p, effect });
            }
        }
    }
    correct(&mut out);
    out
}

/// How many pairs differ, how likely that is, and by how many percentage points the share of weak ones changes.
fn weak_or_not(table: &Table<'_>, pairs: &[(&Row<'_>, &Row<'_>)], reference: Reference) -> (usize, f64, f64) {
    let (mut mended, mut spoiled) = (0, 0);
    for (before, after) in pairs {
        match (table.is_weak(before, reference), table.is_weak(after, reference)) {
            (true, false) => mended += 1,
            (false, true) => spoiled += 1,
            _ => {}
        }
    }
    let effect = 100.0 * (spoiled as f64 - mended as f64) / pairs.len() as f64;
    (mended + spoiled, mcnemar(mended, spoiled), rounded(effect, 1))
}

/// The same of the summed severity; the effect is the mean difference.
fn severity(table: &Table<'_>, pairs: &[(&Row<'_>, &Row<'_>)], reference: Reference) -> (usize, f64, f64) {
    let difference = |(before, after): &(&Row<'_>, &Row<'_>)| {
        // Scores have one decimal; sums of them are compared as such.
        rounded(table.severity(after, reference) - table.severity(before, reference), 3)
    };
    let all: Vec<f64> = pairs.iter().map(difference).collect();
    let different = all.iter().filter(|difference| **difference != 0.0).count();
    (different, wilcoxon(&all), rounded(all.iter().sum::<f64>() / all.len() as f64, 2))
}

fn correct(tests: &mut [Test]) {
    let mut by_reference: BTreeMap<Reference, Vec<usize>> = BTreeMap::new();
    for (at, test) in tests.iter().enumerate() {
        by_reference.entry(test.reference).or_default().push(at);
    }
    for places in by_reference.into_values() {
        let p: Vec<f64> = places.iter().filter_map(|at| tests.get(*at)).map(|test| test.p).collect();
        for (at, corrected) in places.iter().zip(holm(&p)) {
            if let Some(test) = tests.get_mut(*at) {
                test.p_adjusted = corrected;
            }
        }
    }
}
