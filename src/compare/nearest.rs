//! One-to-one pairs of the members of two lists, the nearest first.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// A member of a list: its coordinate, and what names it.
pub(super) type Member = (u32, usize);

/// Pairs the members of two lists that are sorted by coordinate; as many as the shorter list has. Members with equal
/// coordinates are paired in order; then always the two that are nearest to each other, of equally near ones the first.
/// Exchanging the lists gives the same pairs, exchanged.
pub(super) fn pairs(old: &[Member], new: &[Member]) -> Vec<(usize, usize)> {
    let (mut out, rest) = at_equal_coordinates(old, new);
    let mut row = Row::new(rest);
    while let Some((left, right)) = row.nearest() {
        let (old, new) = if left.old { (left, right) } else { (right, left) };
        out.push((old.name, new.name));
    }
    out
}

/// A member that is still free, and which list it is of.
#[derive(Clone, Copy)]
struct Free {
    coordinate: u32,
    name: usize,
    old: bool,
}

/// Pairs in order what has the same coordinate. The rest has, at each coordinate, members of one list only.
fn at_equal_coordinates(old: &[Member], new: &[Member]) -> (Vec<(usize, usize)>, Vec<Free>) {
    let (mut out, mut rest) = (Vec::new(), Vec::new());
    let (mut olds, mut news) = (old.iter().peekable(), new.iter().peekable());
    loop {
        let (at_old, at_new) = (olds.peek().map(|m| m.0), news.peek().map(|m| m.0));
        let takes_old = at_old.is_some_and(|a| at_new.is_none_or(|b| a <= b));
        let takes_new = at_new.is_some_and(|b| at_old.is_none_or(|a| b <= a));
        let first = if takes_old { olds.next() } else { None };
        let second = if takes_new { news.next() } else { None };
        match (first, second) {
            (Some(a), Some(b)) => out.push((a.1, b.1)),
            (Some(&(coordinate, name)), None) => rest.push(Free { coordinate, name, old: true }),
            (None, Some(&(coordinate, name))) => rest.push(Free { coordinate, name, old: false }),
            (None, None) => return (out, rest),
        }
    }
}

/// The free members in order of their coordinates. The nearest pair always stands side by side.
struct Row {
    members: Vec<Free>,
    /// The neighbours that are still free.
    links: Vec<(Option<usize>, Option<usize>)>,
    taken: Vec<bool>,
    /// Neighbours of different lists, by distance, then by place; some may have been taken since.
    candidates: BinaryHeap<Reverse<(u32, usize, usize)>>,
}

impl Row {
    fn new(members: Vec<Free>) -> Self {
        let count = members.len();
        let links = (0..count).map(|i| (i.checked_sub(1), Some(i + 1).filter(|&next| next < count))).collect();
        let mut row = Row { members, links, taken: vec![false; count], candidates: BinaryHeap::new() };
        for i in 1..count {
            row.propose(i - 1, i);
        }
        row
    }

    fn propose(&mut self, left: usize, right: usize) {
        if let (Some(a), Some(b)) = (self.members.get(left), self.members.get(right))
            && a.old != b.old
        {
            self.candidates.push(Reverse((b.coordinate.abs_diff(a.coordinate), left, right)));
        }
    }

    /// Takes the nearest two out of the row.
    fn nearest(&mut self) -> Option<(Free, Free)> {
        while let Some(Reverse((_, left, right))) = self.candidates.pop() {
            if self.take(left, right) {
                return Some((*self.members.get(left)?, *self.members.get(right)?));
            }
        }
        None
    }

    /// Whether both were free; then they no longer are, and their outer neighbours stand side by side.
    fn take(&mut self, left: usize, right: usize) -> bool {
        let free = |i: usize| self.taken.get(i) == Some(&false);
        if !free(left) || !free(right) {
            return false;
        }
        for i in [left, right] {
            if let Some(taken) = self.taken.get_mut(i) {
                *taken = true;
            }
        }
        let before = self.links.get(left).and_then(|link| link.0);
        let after = self.links.get(right).and_then(|link| link.1);
        if let Some(link) = before.and_then(|i| self.links.get_mut(i)) {
            link.1 = after;
        }
        if let Some(link) = after.and_then(|i| self.links.get_mut(i)) {
            link.0 = before;
        }
        if let (Some(before), Some(after)) = (before, after) {
            self.propose(before, after);
        }
        true
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use proptest::prelude::*;

    use super::*;

    /// The same by looking through the whole row again and again.
    fn slowly(old: &[Member], new: &[Member]) -> Vec<(usize, usize)> {
        let (mut out, mut rest) = at_equal_coordinates(old, new);
        loop {
            let gap = |i: usize| rest[i + 1].coordinate - rest[i].coordinate;
            let best =
                (0..rest.len().saturating_sub(1)).filter(|&i| rest[i].old != rest[i + 1].old).min_by_key(|&i| gap(i));
            let Some(i) = best else { return out };
            let across = rest.iter().flat_map(|a| rest.iter().filter(|b| a.old != b.old).map(move |b| (a, b)));
            assert_eq!(across.map(|(a, b)| a.coordinate.abs_diff(b.coordinate)).min(), Some(gap(i)));
            let (b, a) = (rest.remove(i + 1), rest.remove(i));
            out.push(if a.old { (a.name, b.name) } else { (b.name, a.name) });
        }
    }

    fn members() -> impl Strategy<Value = Vec<Member>> {
        prop::collection::vec(0u32..40, 0..12).prop_map(|mut at| {
            at.sort_unstable();
            at.into_iter().enumerate().map(|(name, at)| (at, name)).collect()
        })
    }

    proptest! {
        #[test]
        fn the_nearest_first(old in members(), new in members()) {
            let mut quick = pairs(&old, &new);
            let mut slow = slowly(&old, &new);
            prop_assert_eq!(quick.len(), old.len().min(new.len()));
            quick.sort_unstable();
            slow.sort_unstable();
            prop_assert_eq!(quick, slow);
        }

        #[test]
        fn exchanging_the_lists_exchanges_the_pairs(old in members(), new in members()) {
            let there = pairs(&old, &new);
            let back: Vec<_> = pairs(&new, &old).into_iter().map(|(a, b)| (b, a)).collect();
            prop_assert_eq!(there, back);
        }
    }

    #[test]
    fn chooses_by_distance() {
        assert_eq!(pairs(&[(10, 0)], &[(0, 0), (12, 1), (12, 2)]), [(0, 1)]);
        assert_eq!(pairs(&[(5, 0), (5, 1)], &[(5, 0)]), [(0, 0)]);
        assert_eq!(pairs(&[(0, 0), (10, 1)], &[(9, 0), (100, 1)]), [(1, 0), (0, 1)]);
    }
}
