//! Splitting texts into lines and finding the lines that two texts share.

use std::ops::Range;

use rustc_hash::FxHashMap;
use similar::algorithms::Algorithm;
use similar::{DiffOp, capture_diff};

use super::line_map::{LineMap, Run};

/// Above this many lines in the changed middle of both texts together, no lines inside it are matched.
const MAX_MIDDLE: usize = 300_000;

/// The lines of a text without their terminators. A terminator at the end opens no further line.
pub(super) fn split(text: &[u8]) -> Vec<&[u8]> {
    let mut lines = Vec::new();
    let mut rest = text;
    while let Some(end) = rest.iter().position(|&b| b == b'\n' || b == b'\r') {
        let (line, tail) = rest.split_at(end);
        lines.push(line);
        let terminator = if tail.starts_with(b"\r\n") { 2 } else { 1 };
        rest = tail.get(terminator..).unwrap_or_default();
    }
    if !rest.is_empty() {
        lines.push(rest);
    }
    lines
}

/// The line map of two texts. Myers' algorithm with the bounds of git's own: beyond a cost that depends on the lengths
/// alone it takes a good split instead of the best one, so that hostile texts cost no more than others.
pub(super) fn compare(old: &[u8], new: &[u8]) -> LineMap {
    let (old, new) = (split(old), split(new));
    let mut ids = FxHashMap::default();
    let old = intern(&mut ids, &old);
    let new = intern(&mut ids, &new);
    let (old_lines, new_lines) = (count(old.len()), count(new.len()));
    LineMap::from_runs(common_runs(&old, &new), old_lines, new_lines)
}

fn intern<'a>(ids: &mut FxHashMap<&'a [u8], u32>, lines: &[&'a [u8]]) -> Vec<u32> {
    let mut out = Vec::with_capacity(lines.len());
    for line in lines {
        let next = count(ids.len());
        out.push(*ids.entry(line).or_insert(next));
    }
    out
}

fn common_runs(old: &[u32], new: &[u32]) -> Vec<Run> {
    let before = old.iter().zip(new).take_while(|(a, b)| a == b).count();
    let (old_rest, new_rest) = (old.get(before..).unwrap_or_default(), new.get(before..).unwrap_or_default());
    let after = old_rest.iter().rev().zip(new_rest.iter().rev()).take_while(|(a, b)| a == b).count();
    let old_middle = before..old.len() - after;
    let new_middle = before..new.len() - after;
    let mut runs = vec![run(0, 0, before)];
    runs.extend(middle_runs(old, old_middle.clone(), new, new_middle.clone()));
    runs.push(run(old_middle.end, new_middle.end, after));
    runs
}

fn middle_runs(old: &[u32], old_range: Range<usize>, new: &[u32], new_range: Range<usize>) -> Vec<Run> {
    let one_sided = old_range.is_empty() || new_range.is_empty();
    if one_sided || old_range.len() + new_range.len() > MAX_MIDDLE {
        return Vec::new();
    }
    let ops = capture_diff(Algorithm::Myers, old, old_range, new, new_range);
    ops.iter()
        .filter_map(|op| match *op {
            DiffOp::Equal { old_index, new_index, len } => Some(run(old_index, new_index, len)),
            _ => None,
        })
        .collect()
}

fn run(old: usize, new: usize, len: usize) -> Run {
    Run { old: count(old), new: count(new), len: count(len) }
}

fn count(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

/// How many lines a text has.
pub(super) fn count_lines(text: &[u8]) -> u32 {
    count(split(text).len())
}
