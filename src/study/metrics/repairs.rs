//! Repairs, each compared with the weak program that it was made from.

use std::collections::{BTreeMap, BTreeSet};

use super::facts::{Hit, Id};
use super::stats::wilson;
use super::table::{Row, Table, group_of};
use crate::study::record::Mode;
use crate::study::report::model::{LeadsTo, Repairs};

/// What became of the findings of one weak program.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Outcome {
    pub before: usize,
    pub resolved: usize,
    /// Those at another place among them.
    pub persisting: usize,
    pub moved: usize,
    pub introduced: Vec<Id>,
}

/// The outcome of a repair. Findings are matched rule by rule: first those in lines that say the same, then what remains in the
/// order of lines, which is the same finding in a line that says something else (moved). What is left over of the weak program
/// is resolved, what is left over of the repair was brought in. Where no program came, the weak one stays as it is.
pub(super) fn outcome(table: &Table<'_>, parent: &Row<'_>, repair: &Row<'_>) -> Outcome {
    let mut out = Outcome { before: parent.hits().len(), ..Outcome::default() };
    if repair.fact.program.is_none() {
        out.persisting = out.before;
        return out;
    }
    let (old, new) = (by_rule(table, parent), by_rule(table, repair));
    for (rule, old) in &old {
        let new = new.get(rule).map_or(&[][..], Vec::as_slice);
        let kept = same_lines(parent, old, repair, new);
        let matched = old.len().min(new.len());
        out.persisting += matched;
        out.moved += matched - kept.min(matched);
        out.resolved += old.len() - matched;
    }
    for (rule, new) in &new {
        let before = old.get(rule).map_or(0, Vec::len);
        let kind = new.first().map_or(0, |hit| hit.kind);
        out.introduced.extend(std::iter::repeat_n(kind, new.len().saturating_sub(before)));
    }
    out
}

fn by_rule(table: &Table<'_>, row: &Row<'_>) -> BTreeMap<Id, Vec<Hit>> {
    let mut all: BTreeMap<Id, Vec<Hit>> = BTreeMap::new();
    for hit in row.hits() {
        if let Some(kind) = table.kind(hit) {
            all.entry(kind.rule).or_default().push(*hit);
        }
    }
    all
}

/// How many findings of a rule stand in lines that say the same before and after.
fn same_lines(parent: &Row<'_>, old: &[Hit], repair: &Row<'_>, new: &[Hit]) -> usize {
    let text = |row: &Row<'_>, hit: &Hit| {
        let texts = &row.fact.program.as_ref()?.texts;
        texts.get((hit.line as usize).checked_sub(1)?).copied()
    };
    let mut left: Vec<Option<u32>> = new.iter().map(|hit| text(repair, hit)).collect();
    old.iter()
        .filter(|hit| {
            let wanted = text(parent, hit);
            let at = left.iter().position(|found| wanted.is_some() && *found == wanted);
            at.map(|at| left.swap_remove(at)).is_some()
        })
        .count()
}

/// What repairs come to, for all groups of the modes that repair. A weak program is mended when nothing is left, nothing was
/// brought in, and the repair can still be parsed.
pub(super) fn repairs(table: &Table<'_>) -> Vec<Repairs> {
    let wanted = |row: &Row<'_>| {
        row.group.mode != Mode::Generate
            && (row.is_analysed() || row.fact.program.is_none())
            && !table.lacks_baseline(row)
    };
    let mut out = Vec::new();
    for (key, rows) in table.groups(wanted) {
        let (mut mended, mut before, mut resolved, mut persisting, mut moved) = (0, 0, 0, 0, 0);
        let (mut introduced, mut with_introduced) = (0, 0);
        let mut leads: BTreeMap<(u32, u32), usize> = BTreeMap::new();
        for row in &rows {
            let Some(parent) = table.parent(row) else { continue };
            let outcome = outcome(table, parent, row);
            let is_broken = row.seen.is_some_and(|seen| seen.parses == Some(false));
            let is_whole = outcome.persisting == 0 && outcome.introduced.is_empty() && !is_broken;
            mended += usize::from(is_whole && row.fact.program.is_some());
            before += outcome.before;
            resolved += outcome.resolved;
            persisting += outcome.persisting;
            moved += outcome.moved;
            introduced += outcome.introduced.len();
            with_introduced += usize::from(!outcome.introduced.is_empty());
            for pair in pairs(table, parent, &outcome) {
                *leads.entry(pair).or_default() += 1;
            }
        }
        let mut leads_to: Vec<LeadsTo> =
            leads.into_iter().map(|((from, to), count)| LeadsTo { from, to, count }).collect();
        leads_to.sort_by(|a, b| b.count.cmp(&a.count).then((a.from, a.to).cmp(&(b.from, b.to))));
        out.push(Repairs {
            group: table.named(key),
            mended: wilson(mended, rows.len()),
            resolved: wilson(resolved, before),
            persisting,
            moved,
            introduced,
            with_introduced: wilson(with_introduced, rows.len()),
            leads_to,
        });
    }
    out
}

/// Each weakness that was to be mended with each that came.
fn pairs(table: &Table<'_>, parent: &Row<'_>, outcome: &Outcome) -> BTreeSet<(u32, u32)> {
    let cwe = |kind: Id| table.facts.kinds.get(kind as usize).and_then(group_of);
    let from: BTreeSet<u32> = parent.hits().iter().filter_map(|hit| cwe(hit.kind)).collect();
    let to: BTreeSet<u32> = outcome.introduced.iter().filter_map(|kind| cwe(*kind)).collect();
    from.iter().flat_map(|from| to.iter().map(|to| (*from, *to))).collect()
}
