//! Which line of the old text is which line of the new one.

use std::ops::RangeInclusive;

use serde::{Deserialize, Serialize};

use super::lines;

/// A changed region, without context, in the numbering of a unified diff: lines count from one, and a side without lines
/// names the line after which the region stands (0 at the start of the file).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Hunk {
    /// The first old line of the region.
    pub old_start: u32,
    /// How many old lines are gone.
    pub old_lines: u32,
    /// The first new line of the region.
    pub new_start: u32,
    /// How many new lines stand in their place.
    pub new_lines: u32,
}

/// Lines that are the same on both sides; offsets count from zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub(super) struct Run {
    pub old: u32,
    pub new: u32,
    pub len: u32,
}

/// The unchanged lines of two texts: a one-to-one, order-preserving relation. Lines count from one.
///
/// A line ends with `\n`, `\r\n` or a lone `\r`, as in [`Source`](crate::syntax::source::Source). Lines are compared
/// without their terminator: a file whose line ends were converted has no changed line.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct LineMap {
    runs: Vec<Run>,
    old_lines: u32,
    new_lines: u32,
}

impl LineMap {
    /// Every one of `lines` lines maps to itself.
    pub fn identity(lines: u32) -> Self {
        LineMap::from_runs([Run { old: 0, new: 0, len: lines }], lines, lines)
    }

    /// No line maps: all `old_lines` are gone and all `new_lines` are new.
    pub fn unrelated(old_lines: u32, new_lines: u32) -> Self {
        LineMap::from_runs([], old_lines, new_lines)
    }

    /// Compares two texts line by line. The result depends on the texts alone: there is no time limit. Where the changed
    /// middle has more than 300,000 lines, all of it counts as changed.
    pub fn from_texts(old: &[u8], new: &[u8]) -> Self {
        lines::compare(old, new)
    }

    /// The map that leaves out the regions of `hunks`, for texts of these lengths. Hunks must be in order; where they
    /// contradict each other or the lengths, lines count as changed.
    pub fn from_hunks(hunks: &[Hunk], old_lines: u32, new_lines: u32) -> Self {
        let mut runs = Vec::with_capacity(hunks.len() + 1);
        let (mut old, mut new) = (0, 0);
        for hunk in hunks {
            let old_at = skipped(hunk.old_start, hunk.old_lines).min(old_lines);
            let new_at = skipped(hunk.new_start, hunk.new_lines).min(new_lines);
            if old_at < old || new_at < new {
                return LineMap::from_runs(runs, old_lines, new_lines);
            }
            if old_at - old == new_at - new {
                runs.push(Run { old, new, len: old_at - old });
            }
            old = old_at.saturating_add(hunk.old_lines).min(old_lines);
            new = new_at.saturating_add(hunk.new_lines).min(new_lines);
        }
        if old_lines - old == new_lines - new {
            runs.push(Run { old, new, len: old_lines - old });
        }
        LineMap::from_runs(runs, old_lines, new_lines)
    }

    /// Joins runs that touch. They must be in order and inside the lengths.
    pub(super) fn from_runs(runs: impl IntoIterator<Item = Run>, old_lines: u32, new_lines: u32) -> Self {
        let mut joined: Vec<Run> = Vec::new();
        for run in runs.into_iter().filter(|run| run.len > 0) {
            match joined.last_mut() {
                Some(last) if last.old + last.len == run.old && last.new + last.len == run.new => last.len += run.len,
                _ => joined.push(run),
            }
        }
        LineMap { runs: joined, old_lines, new_lines }
    }

    /// The new number of an old line; `None` when the line changed or does not exist.
    pub fn to_new(&self, line: u32) -> Option<u32> {
        let at = line.checked_sub(1)?;
        let run = self.runs.get(self.runs.partition_point(|run| run.old <= at).checked_sub(1)?)?;
        let inside = at - run.old;
        (inside < run.len).then(|| run.new + inside + 1)
    }

    /// The old number of a new line; `None` when the line changed or does not exist.
    pub fn to_old(&self, line: u32) -> Option<u32> {
        let at = line.checked_sub(1)?;
        let run = self.runs.get(self.runs.partition_point(|run| run.new <= at).checked_sub(1)?)?;
        let inside = at - run.new;
        (inside < run.len).then(|| run.old + inside + 1)
    }

    /// How many lines the old text has.
    pub fn old_lines(&self) -> u32 {
        self.old_lines
    }

    /// How many lines the new text has.
    pub fn new_lines(&self) -> u32 {
        self.new_lines
    }

    /// Whether every line maps.
    pub fn is_identity(&self) -> bool {
        self.hunks().is_empty()
    }

    /// The changed regions in order.
    pub fn hunks(&self) -> Vec<Hunk> {
        let mut hunks = Vec::with_capacity(self.runs.len() + 1);
        let (mut old, mut new) = (0, 0);
        let end = Run { old: self.old_lines, new: self.new_lines, len: 0 };
        for run in self.runs.iter().chain([&end]) {
            let (old_lines, new_lines) = (run.old - old, run.new - new);
            if old_lines > 0 || new_lines > 0 {
                let start = |at: u32, lines: u32| at + u32::from(lines > 0);
                let (old_start, new_start) = (start(old, old_lines), start(new, new_lines));
                hunks.push(Hunk { old_start, old_lines, new_start, new_lines });
            }
            (old, new) = (run.old + run.len, run.new + run.len);
        }
        hunks
    }

    /// The old lines that are not in the new text, as ranges in order.
    pub fn changed_old_ranges(&self) -> Vec<RangeInclusive<u32>> {
        let hunks = self.hunks().into_iter().filter(|hunk| hunk.old_lines > 0);
        hunks.map(|hunk| hunk.old_start..=hunk.old_start + hunk.old_lines - 1).collect()
    }

    /// The new lines that were not in the old text, as ranges in order.
    pub fn changed_new_ranges(&self) -> Vec<RangeInclusive<u32>> {
        let hunks = self.hunks().into_iter().filter(|hunk| hunk.new_lines > 0);
        hunks.map(|hunk| hunk.new_start..=hunk.new_start + hunk.new_lines - 1).collect()
    }

    /// The map from this one's old text to the new text of `next`, whose old text must be the new text of this one.
    pub fn then(&self, next: &LineMap) -> LineMap {
        let mut runs = Vec::new();
        let mut left = self.runs.iter().peekable();
        let mut right = next.runs.iter().peekable();
        while let (Some(a), Some(b)) = (left.peek(), right.peek()) {
            let (start, end) = (a.new.max(b.old), (a.new + a.len).min(b.old + b.len));
            if start < end {
                runs.push(Run { old: a.old + (start - a.new), new: b.new + (start - b.old), len: end - start });
            }
            if a.new + a.len <= b.old + b.len {
                left.next();
            } else {
                right.next();
            }
        }
        LineMap::from_runs(runs, self.old_lines, next.new_lines)
    }

    /// The same relation seen from the new text.
    pub fn inverse(&self) -> LineMap {
        let runs = self.runs.iter().map(|run| Run { old: run.new, new: run.old, len: run.len }).collect();
        LineMap { runs, old_lines: self.new_lines, new_lines: self.old_lines }
    }
}

/// How many lines stand before a hunk.
fn skipped(start: u32, lines: u32) -> u32 {
    if lines == 0 { start } else { start.saturating_sub(1) }
}

#[cfg(test)]
#[path = "line_map_tests.rs"]
mod tests;
