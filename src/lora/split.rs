//! Rows told apart, and split into those that are learnt from and those that the learning is measured with.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use sha2::{Digest, Sha256};

use super::pair::Pair;
use super::row::Row;

/// Rows in two parts.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Split {
    /// What is learnt from.
    pub train: Vec<Row>,
    /// What the learning is measured with.
    pub validation: Vec<Row>,
}

/// The rows that are not there already, and how many were: of those that begin with the same code, the first.
pub fn distinct(rows: Vec<Row>) -> (Vec<Row>, Vec<Row>) {
    let mut seen = HashSet::new();
    rows.into_iter().partition(|row| seen.insert((row.kind, row.key.clone())))
}

/// Splits rows so that about `share` of those of each weakness are for validation, and no group is on both sides. Which groups
/// these are follows from the seed. The rows of each part are sorted by group, and keep their order in it.
pub fn split(rows: Vec<Row>, share: f64, seed: u64) -> Split {
    let mut groups: BTreeMap<String, Vec<Row>> = BTreeMap::new();
    for row in rows {
        groups.entry(row.group.clone()).or_default().push(row);
    }
    let mut by_weakness: BTreeMap<Option<u32>, Vec<Vec<Row>>> = BTreeMap::new();
    for group in groups.into_values() {
        by_weakness.entry(weakness(&group)).or_default().push(group);
    }
    let mut out = Split::default();
    // What one weakness has too few rows for, the next one gets.
    let mut wanted = 0.0;
    for mut groups in by_weakness.into_values() {
        groups.sort_by_cached_key(|group| drawn(seed, group));
        wanted += share * groups.iter().map(Vec::len).sum::<usize>() as f64;
        for group in groups {
            if share > 0.0 && group.len() as f64 <= wanted + 0.5 {
                wanted -= group.len() as f64;
                out.validation.extend(group);
            } else {
                out.train.extend(group);
            }
        }
    }
    out.train.sort_by(|a, b| a.group.cmp(&b.group));
    out.validation.sort_by(|a, b| a.group.cmp(&b.group));
    out
}

/// The pairs behind rows of which our analysis finds the weakness before and not after, each once: what tuned weights can be measured
/// with.
pub fn held_out(rows: &[Row]) -> Vec<Arc<Pair>> {
    let mut out: Vec<Arc<Pair>> = Vec::new();
    for pair in rows.iter().filter(|row| row.analysed).filter_map(|row| row.pair.as_ref()) {
        // Rows of one pair stand one behind the other.
        if out.last() != Some(pair) {
            out.push(Arc::clone(pair));
        }
    }
    out
}

/// The weakness that most rows of a group have; of several, the one with the lowest number.
fn weakness(group: &[Row]) -> Option<u32> {
    let mut counts: BTreeMap<Option<u32>, usize> = BTreeMap::new();
    for row in group {
        *counts.entry(row.cwe).or_default() += 1;
    }
    let most = counts.values().copied().max().unwrap_or_default();
    counts.into_iter().find(|(_, count)| *count == most).and_then(|(cwe, _)| cwe)
}

/// The place of a group in an order that looks random and follows from the seed.
fn drawn(seed: u64, group: &[Row]) -> [u8; 32] {
    let name = group.first().map_or("", |row| row.group.as_str());
    Sha256::digest(format!("{seed}\n{name}").as_bytes()).into()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::lora::row::{Kind, Source, messages};

    fn row(group: &str, cwe: u32, key: &str) -> Row {
        Row {
            messages: messages("", &[]),
            kind: Kind::Repair,
            source: Source::Pairs,
            licence: "MIT".to_string(),
            language: "Python".to_string(),
            cwe: Some(cwe),
            group: group.to_string(),
            analysed: true,
            key: key.to_string(),
            pair: None,
        }
    }

    fn many() -> Vec<Row> {
        let each = |n: usize| row(&format!("g{}", n % 83), [22, 79, 89][n % 83 % 3], &n.to_string());
        (0..400).map(each).collect()
    }

    #[test]
    fn no_group_is_on_both_sides_and_each_weakness_has_its_share() {
        let split = split(many(), 0.1, 1);
        let groups = |rows: &[Row]| -> BTreeSet<String> { rows.iter().map(|r| r.group.clone()).collect() };
        assert!(groups(&split.train).is_disjoint(&groups(&split.validation)));
        assert_eq!(split.train.len() + split.validation.len(), 400);
        for cwe in [22, 79, 89] {
            let share = split.validation.iter().filter(|r| r.cwe == Some(cwe)).count();
            assert!((8..=19).contains(&share), "{cwe}: {share}");
        }
    }

    #[test]
    fn the_seed_decides_and_nothing_else() {
        let mut backwards = many();
        backwards.reverse();
        let groups = |rows: Vec<Row>, seed| -> BTreeSet<String> {
            split(rows, 0.1, seed).validation.into_iter().map(|r| r.group).collect()
        };
        assert_eq!(groups(many(), 1), groups(backwards, 1));
        assert_ne!(groups(many(), 1), groups(many(), 2));
        assert!(split(many(), 0.0, 1).validation.is_empty());
    }

    #[test]
    fn what_begins_alike_is_there_once() {
        let (kept, again) = distinct(vec![row("a", 1, "x"), row("b", 1, "x"), row("c", 1, "y")]);
        assert_eq!(kept.iter().map(|r| r.group.as_str()).collect::<Vec<_>>(), ["a", "c"]);
        assert_eq!(again.len(), 1);
    }
}
