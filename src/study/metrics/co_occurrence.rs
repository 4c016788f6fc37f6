//! Weaknesses that come together in one sample.

use std::collections::{BTreeMap, BTreeSet};

use super::REFERENCES;
use super::facts::Id;
use super::stats::{rounded, wilson};
use super::table::{Row, Table, group_of};
use crate::study::report::model::{CoOccurrence, Pair};

/// Of the weak samples of a group, those with two or more different CWE groups, and those with alerts of two or more rules. A
/// CWE group is named by the number that fits a rule best. Pairs are told with their lift (S. Brin et al., 1997).
pub(super) fn co_occurrence(table: &Table<'_>) -> Vec<CoOccurrence> {
    let mut out = Vec::new();
    for (key, rows) in table.groups(Row::is_analysed) {
        for reference in REFERENCES {
            let (mut weak, mut several_cwes, mut several_rules) = (0, 0, 0);
            let mut with: BTreeMap<u32, usize> = BTreeMap::new();
            let mut both: BTreeMap<(u32, u32), usize> = BTreeMap::new();
            for row in &rows {
                let cwes: BTreeSet<u32> = table.kinds(row, reference).filter_map(group_of).collect();
                let rules: BTreeSet<Id> = table.kinds(row, reference).map(|kind| kind.rule).collect();
                weak += usize::from(!rules.is_empty());
                several_cwes += usize::from(cwes.len() > 1);
                several_rules += usize::from(rules.len() > 1);
                for a in &cwes {
                    *with.entry(*a).or_default() += 1;
                    for b in cwes.range(a + 1..) {
                        *both.entry((*a, *b)).or_default() += 1;
                    }
                }
            }
            let pairs = match key.scenario {
                Some(_) => Vec::new(),
                None => pairs(&both, &with, rows.len()),
            };
            out.push(CoOccurrence {
                group: table.named(key),
                reference,
                several_cwes: wilson(several_cwes, weak),
                several_rules: wilson(several_rules, weak),
                pairs,
            });
        }
    }
    out
}

fn pairs(both: &BTreeMap<(u32, u32), usize>, with: &BTreeMap<u32, usize>, samples: usize) -> Vec<Pair> {
    let alone = |cwe: &u32| with.get(cwe).copied().unwrap_or(0);
    let pair = |((a, b), both): (&(u32, u32), &usize)| {
        let (with_a, with_b) = (alone(a), alone(b));
        let lift = (*both * samples) as f64 / (with_a * with_b).max(1) as f64;
        Pair { a: *a, b: *b, both: *both, with_a, with_b, lift: rounded(lift, 2) }
    };
    let mut pairs: Vec<Pair> = both.iter().map(pair).collect();
    pairs.sort_by(|x, y| y.both.cmp(&x.both).then((x.a, x.b).cmp(&(y.a, y.b))));
    pairs
}
