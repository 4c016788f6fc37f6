//! Which unit of the old code is which of the new: those that stayed, in order, and the gaps between them.

use super::units::{Kind, Unit};

/// Two lists of units, aligned.
pub struct Alignment {
    /// Pairs of equal units, by their indices, in order.
    pub kept: Vec<(usize, usize)>,
    /// Between them: units that are no longer there, and units that are new.
    pub gaps: Vec<Gap>,
}

/// What stands between two pairs of equal units.
pub struct Gap {
    /// Units of the old code.
    pub old: Vec<usize>,
    /// Units of the new code.
    pub new: Vec<usize>,
}

/// More comparisons than this are not made one by one: beyond, the first unit that fits is taken.
const MAX_CELLS: usize = 1_000_000;

impl Alignment {
    /// Aligns the units of a function before and after.
    pub fn of(old: &[Unit], new: &[Unit]) -> Alignment {
        let same = |a: &Unit, b: &Unit| a.kind == b.kind && a.text == b.text && a.guards.len() == b.guards.len();
        let head = old.iter().zip(new).take_while(|(a, b)| same(a, b)).count();
        let (old_rest, new_rest) = (old.get(head..).unwrap_or_default(), new.get(head..).unwrap_or_default());
        let tail = old_rest.iter().rev().zip(new_rest.iter().rev()).take_while(|(a, b)| same(a, b)).count();
        let (old_end, new_end) = (old.len() - tail, new.len() - tail);
        let middle = common(old.get(head..old_end).unwrap_or_default(), new.get(head..new_end).unwrap_or_default());
        let mut kept: Vec<(usize, usize)> = (0..head).map(|i| (i, i)).collect();
        kept.extend(middle.into_iter().map(|(i, j)| (head + i, head + j)));
        kept.extend((0..tail).map(|i| (old_end + i, new_end + i)));
        let gaps = gaps(&kept, old.len(), new.len());
        Alignment { kept, gaps }
    }

    /// The new index of an old unit that stayed.
    pub fn now(&self, old: usize) -> Option<usize> {
        let at = self.kept.binary_search_by_key(&old, |(i, _)| *i).ok()?;
        self.kept.get(at).map(|(_, j)| *j)
    }

    /// The units that are new.
    pub fn added(&self) -> impl Iterator<Item = usize> {
        self.gaps.iter().flat_map(|g| g.new.iter().copied())
    }

    /// Whether a new unit is an old one that stayed.
    pub fn stayed(&self, new: usize) -> bool {
        self.kept.binary_search_by_key(&new, |(_, j)| *j).is_ok()
    }
}

/// The longest common subsequence.
fn common(old: &[Unit], new: &[Unit]) -> Vec<(usize, usize)> {
    // A `try` says nothing by itself.
    let same = |a: &Unit, b: &Unit| a.kind == b.kind && a.text == b.text && a.kind != Kind::Try;
    if old.len().saturating_mul(new.len()) > MAX_CELLS {
        let mut from = 0;
        let mut out = Vec::new();
        for (i, unit) in old.iter().enumerate() {
            if let Some(j) = (from..new.len()).find(|j| new.get(*j).is_some_and(|n| same(unit, n))) {
                out.push((i, j));
                from = j + 1;
            }
        }
        return out;
    }
    let width = new.len() + 1;
    let mut best = vec![0u32; (old.len() + 1) * width];
    let value = |best: &[u32], i: usize, j: usize| best.get(i * width + j).copied().unwrap_or(0);
    for (i, a) in old.iter().enumerate().rev() {
        for (j, b) in new.iter().enumerate().rev() {
            let longest = if same(a, b) {
                value(&best, i + 1, j + 1) + 1
            } else {
                value(&best, i + 1, j).max(value(&best, i, j + 1))
            };
            if let Some(cell) = best.get_mut(i * width + j) {
                *cell = longest;
            }
        }
    }
    let (mut i, mut j) = (0, 0);
    let mut out = Vec::new();
    while let (Some(a), Some(b)) = (old.get(i), new.get(j)) {
        if same(a, b) {
            out.push((i, j));
            (i, j) = (i + 1, j + 1);
        } else if value(&best, i + 1, j) >= value(&best, i, j + 1) {
            i += 1;
        } else {
            j += 1;
        }
    }
    out
}

fn gaps(kept: &[(usize, usize)], old: usize, new: usize) -> Vec<Gap> {
    let (mut i, mut j) = (0, 0);
    let mut out = Vec::new();
    for &(a, b) in kept.iter().chain([&(old, new)]) {
        if i < a || j < b {
            out.push(Gap { old: (i..a).collect(), new: (j..b).collect() });
        }
        (i, j) = (a + 1, b + 1);
    }
    out
}
