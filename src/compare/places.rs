//! Where a finding stands in what two texts have in common.
//!
//! Both texts are seen as the same unchanged units (lines or bytes), with changed regions between them. A place is
//! measured in the unchanged units before it, so that old and new places have one scale: equal numbers outside changed
//! regions are the same place, and the difference of two numbers is their distance.

use crate::change::LineMap;
use crate::edit::EditSet;
use crate::finding::Region;

/// Which places of an old and a new text are the same.
#[derive(Clone, Copy, Debug)]
pub enum Mapping<'a> {
    /// By lines: the lines that a diff keeps.
    Lines(&'a LineMap),
    /// By bytes: the new text is the old one with these edits.
    Edits(&'a EditSet),
    /// The two texts are the same.
    Same,
    /// No place of the one is a place of the other.
    Unrelated,
}

/// A side of the comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    Old,
    New,
}

/// The place of a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    /// The unchanged units before it.
    pub before: u32,
    /// The changed region that it is in, or that its edges touch; `None` in unchanged code.
    pub change: Option<u32>,
    /// Tells the findings of one place apart: the column for lines, the length for bytes.
    pub detail: u32,
}

/// A changed region: half-open ranges from zero on both sides, and the unchanged units before it.
struct Change {
    old: (u32, u32),
    new: (u32, u32),
    before: u32,
}

impl Change {
    fn on(&self, side: Side) -> (u32, u32) {
        match side {
            Side::Old => self.old,
            Side::New => self.new,
        }
    }
}

/// A mapping, made ready for looking up many places.
pub(super) struct Places {
    changes: Vec<Change>,
    unit: Unit,
}

enum Unit {
    /// Lines, of which the sides have so many.
    Line {
        old: u32,
        new: u32,
    },
    Byte,
    /// No unit is shared.
    Nothing,
}

impl Places {
    pub fn new(mapping: Mapping<'_>) -> Self {
        match mapping {
            Mapping::Lines(map) => {
                let unit = Unit::Line { old: map.old_lines(), new: map.new_lines() };
                Places { changes: changed_lines(map), unit }
            }
            Mapping::Edits(edits) => Places { changes: changed_bytes(edits), unit: Unit::Byte },
            Mapping::Same => Places { changes: Vec::new(), unit: Unit::Byte },
            Mapping::Unrelated => Places { changes: Vec::new(), unit: Unit::Nothing },
        }
    }

    /// The place of a finding of a side.
    pub fn of(&self, side: Side, region: &Region) -> Place {
        match self.unit {
            Unit::Line { old, new } => {
                let lines = if side == Side::Old { old } else { new };
                self.of_line(side, region, lines)
            }
            Unit::Byte => self.of_bytes(side, region),
            Unit::Nothing => Place { before: 0, change: Some(0), detail: 0 },
        }
    }

    /// A finding stands on its first line: what follows may change without making it another one.
    fn of_line(&self, side: Side, region: &Region, lines: u32) -> Place {
        let detail = region.start_column;
        let Some(line) = region.start_line.checked_sub(1).filter(|&line| line < lines) else {
            return Place { before: u32::MAX, change: Some(u32::MAX), detail };
        };
        let after = self.changes.partition_point(|change| change.on(side).0 <= line);
        let Some(change) = after.checked_sub(1).and_then(|last| self.changes.get(last)) else {
            return Place { before: line, change: None, detail };
        };
        let end = change.on(side).1;
        let before = change.before + line.saturating_sub(end);
        // The number of unchanged lines before a region is unlike that of any other region, and names it.
        Place { before, change: (line < end).then_some(change.before), detail }
    }

    /// A finding is in unchanged code when no edit touches it, not even its edges. All edits count as one region, since
    /// the edits of a fix belong together.
    fn of_bytes(&self, side: Side, region: &Region) -> Place {
        let detail = region.end.saturating_sub(region.start);
        let after = self.changes.partition_point(|change| change.on(side).0 <= region.start);
        let last = after.checked_sub(1).and_then(|last| self.changes.get(last));
        let (before, touched) = match last {
            Some(change) => {
                let end = change.on(side).1;
                (change.before.saturating_add(region.start.saturating_sub(end)), region.start <= end)
            }
            None => (region.start, false),
        };
        let reached = self.changes.get(after).is_some_and(|next| next.on(side).0 <= region.end);
        Place { before, change: (touched || reached).then_some(0), detail }
    }
}

fn changed_lines(map: &LineMap) -> Vec<Change> {
    let mut gone = 0;
    let hunks = map.hunks().into_iter().map(|hunk| {
        let range = |start: u32, lines: u32| {
            let first = if lines == 0 { start } else { start.saturating_sub(1) };
            (first, first.saturating_add(lines))
        };
        let old = range(hunk.old_start, hunk.old_lines);
        let before = old.0.saturating_sub(gone);
        gone += hunk.old_lines;
        Change { old, new: range(hunk.new_start, hunk.new_lines), before }
    });
    hunks.collect()
}

fn changed_bytes(edits: &EditSet) -> Vec<Change> {
    let mut gone = 0;
    let changes = edits.edits().iter().zip(edits.written()).map(|(edit, written)| {
        let before = edit.span.start.saturating_sub(gone);
        gone = gone.saturating_add(edit.span.end.saturating_sub(edit.span.start));
        Change { old: (edit.span.start, edit.span.end), new: (written.start, written.end), before }
    });
    changes.collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use proptest::prelude::*;

    use super::*;
    use crate::edit::TextEdit;
    use crate::syntax::hir::Span;

    fn at_line(start_line: u32) -> Region {
        Region { start_line, ..Region::default() }
    }

    fn bytes(start: u32, end: u32) -> Region {
        Region { start, end, ..Region::default() }
    }

    fn edits() -> impl Strategy<Value = EditSet> {
        prop::collection::vec((0usize..40, 0usize..4, "x{0,3}"), 0..6).prop_filter_map("overlap", |edits| {
            EditSet::new(
                edits.into_iter().map(|(at, len, text)| TextEdit::replace(Span::new(at, at + len), text)).collect(),
            )
        })
    }

    proptest! {
        /// Unchanged lines are those of the line map, and stand at the place of the line that they map to.
        #[test]
        fn lines_are_those_of_the_line_map(old in "([abc]\n){0,12}", new in "([abc]\n){0,12}") {
            let map = LineMap::from_texts(old.as_bytes(), new.as_bytes());
            let places = Places::new(Mapping::Lines(&map));
            let (mut last, mut unchanged) = (0, 0);
            for line in 1..=map.old_lines() {
                let place = places.of(Side::Old, &at_line(line));
                prop_assert_eq!(place.change.is_none(), map.to_new(line).is_some());
                prop_assert_eq!(place.before, unchanged);
                unchanged += u32::from(place.change.is_none());
                prop_assert!(last <= place.before);
                last = place.before;
                if let Some(to) = map.to_new(line) {
                    prop_assert_eq!(places.of(Side::New, &at_line(to)), place);
                }
            }
            for line in (1..=map.new_lines()).filter(|&line| map.to_old(line).is_none()) {
                prop_assert!(places.of(Side::New, &at_line(line)).change.is_some());
            }
            for line in [0, map.old_lines() + 1, u32::MAX] {
                prop_assert!(places.of(Side::Old, &at_line(line)).change.is_some());
            }
        }

        /// What no edit touches stands at the place that the edits map it to; what an edit touches does not.
        #[test]
        fn bytes_are_those_of_the_edits(edits in edits(), start in 0u32..44, len in 1u32..6) {
            let places = Places::new(Mapping::Edits(&edits));
            let end = start + len;
            let place = places.of(Side::Old, &bytes(start, end));
            let touched = edits.edits().iter().any(|edit| edit.span.start <= end && start <= edit.span.end);
            prop_assert_eq!(place.change.is_some(), touched);
            if !touched {
                let to = edits.map(start).unwrap();
                prop_assert_eq!(places.of(Side::New, &bytes(to, to + len)), place);
            }
            let touched = edits.written().iter().any(|span| span.start <= end && start <= span.end);
            prop_assert_eq!(places.of(Side::New, &bytes(start, end)).change.is_some(), touched);
        }
    }

    #[test]
    fn changed_lines_know_their_region() {
        let map = LineMap::from_texts(b"a\nb\nc\nd\n", b"a\nX\nY\nc\nZ\n");
        let places = Places::new(Mapping::Lines(&map));
        let change = |side, line| places.of(side, &at_line(line)).change;
        assert_eq!((change(Side::Old, 2), change(Side::New, 2), change(Side::New, 3)), (Some(1), Some(1), Some(1)));
        assert_eq!((change(Side::Old, 4), change(Side::New, 5)), (Some(2), Some(2)));
        assert_eq!((change(Side::Old, 3), change(Side::New, 4)), (None, None));
    }
}
