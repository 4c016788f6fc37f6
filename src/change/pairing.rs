//! Which added file is a deleted one under another name, or the copy of one that stayed.
//!
//! Equal files are paired first, then similar ones, best first; ties go to the same file name and then to the order of the
//! paths, so that the outcome depends on the files alone.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::hash::Hasher;

use git2::{ObjectType, Oid};
use rustc_hash::FxHasher;

use super::lines;

/// Similar files share at least this percentage of the larger one's bytes, as in git.
const THRESHOLD: u64 = 50;
/// Larger files are paired by their ids only, in bytes.
const MAX_BYTES: usize = 1 << 20;
/// Beyond this many pairs, or this many lines to compare in all pairs together, only files of the same name are tested
/// for similarity, each with at most `MAX_NAMESAKES` others.
const MAX_PAIRS: usize = 250_000;
const MAX_COMPARED: usize = 200_000_000;
const MAX_NAMESAKES: usize = 64;

/// A file that may take part in a pair.
pub(super) struct Candidate {
    pub path: Vec<u8>,
    pub id: Option<Oid>,
    /// `None` where the content is unknown, empty or large: such a file is paired by its id only, an empty one never.
    pub lines: Option<Weights>,
}

impl Candidate {
    fn name(&self) -> &[u8] {
        self.path.rsplit(|&b| b == b'/').next().unwrap_or(&self.path)
    }

    /// The id by which equal files are found; `None` for empty files, since emptiness is no resemblance.
    pub(super) fn content_id(&self) -> Option<Oid> {
        self.id.filter(|id| Oid::hash_object(ObjectType::Blob, b"").ok() != Some(*id))
    }

    fn key(&self, with_name: bool) -> Option<(Oid, &[u8])> {
        Some((self.content_id()?, if with_name { self.name() } else { &[] }))
    }
}

/// The different lines of a file as hashes, sorted, each with its length times its number.
pub(super) struct Weights {
    lines: Vec<(u64, u64)>,
    total: u64,
}

impl Weights {
    /// `None` for a file that is empty or large.
    pub(super) fn new(bytes: &[u8]) -> Option<Self> {
        if bytes.is_empty() || bytes.len() > MAX_BYTES {
            return None;
        }
        let mut lines: Vec<(u64, u64)> =
            lines::split(bytes).into_iter().map(|line| (hash(line), line.len() as u64 + 1)).collect();
        lines.sort_unstable();
        lines.dedup_by(|next, kept| {
            let equal = next.0 == kept.0;
            kept.1 += if equal { next.1 } else { 0 };
            equal
        });
        lines.shrink_to_fit();
        let total = lines.iter().map(|(_, weight)| weight).sum();
        Some(Weights { lines, total })
    }

    /// The shared bytes in percent of the larger file.
    fn similarity(&self, other: &Weights) -> u64 {
        let (small, large) = (self.total.min(other.total), self.total.max(other.total));
        if small * 100 < large * THRESHOLD {
            return 0;
        }
        let (mut a, mut b) = (self.lines.iter().peekable(), other.lines.iter().peekable());
        let mut shared = 0;
        while let (Some(&&(left, left_weight)), Some(&&(right, right_weight))) = (a.peek(), b.peek()) {
            if left == right {
                shared += left_weight.min(right_weight);
            }
            if left <= right {
                a.next();
            }
            if right <= left {
                b.next();
            }
        }
        shared * 100 / large
    }
}

fn hash(line: &[u8]) -> u64 {
    let mut hasher = FxHasher::default();
    hasher.write(line);
    hasher.finish()
}

/// For each added file the deleted file that it is a new name of; each deleted file is used at most once.
pub(super) fn renames(deleted: &[Candidate], added: &[Candidate]) -> Vec<Option<usize>> {
    let mut source_of = vec![None; added.len()];
    let mut free: Vec<bool> = vec![true; deleted.len()];
    for same_name in [true, false] {
        let mut by_key: BTreeMap<(Oid, &[u8]), Vec<usize>> = BTreeMap::new();
        for (at, file) in deleted.iter().enumerate().rev() {
            if let (Some(key), Some(true)) = (file.key(same_name), free.get(at)) {
                by_key.entry(key).or_default().push(at);
            }
        }
        for (slot, file) in source_of.iter_mut().zip(added).filter(|(slot, _)| slot.is_none()) {
            *slot = file.key(same_name).and_then(|key| by_key.get_mut(&key)?.pop());
            if let Some(used) = slot.and_then(|at| free.get_mut(at)) {
                *used = false;
            }
        }
    }
    let left: Vec<bool> = source_of.iter().map(Option::is_none).collect();
    for (from, to) in similar_pairs(deleted, &free, added, &left) {
        if let (Some(slot @ None), Some(free @ true)) = (source_of.get_mut(to), free.get_mut(from)) {
            *slot = Some(from);
            *free = false;
        }
    }
    source_of
}

/// For each added file that `left` marks, the most similar source. A source may have several copies.
pub(super) fn copies(sources: &[Candidate], added: &[Candidate], left: &[bool]) -> Vec<Option<usize>> {
    let mut source_of = vec![None; added.len()];
    for (from, to) in similar_pairs(sources, &vec![true; sources.len()], added, left) {
        if let Some(slot @ None) = source_of.get_mut(to) {
            *slot = Some(from);
        }
    }
    source_of
}

/// All pairs above the threshold, best first.
fn similar_pairs(from: &[Candidate], from_free: &[bool], to: &[Candidate], to_free: &[bool]) -> Vec<(usize, usize)> {
    let open = |files: &[Candidate], free: &[bool]| -> Vec<usize> {
        (0..files.len()).filter(|&at| free.get(at) == Some(&true)).collect()
    };
    let (from_open, to_open) = (open(from, from_free), open(to, to_free));
    let names_only = too_many(from, &from_open, to, &to_open);
    let mut by_name: BTreeMap<&[u8], Vec<usize>> = BTreeMap::new();
    for &at in from_open.iter().filter(|_| names_only) {
        if let Some(file) = from.get(at) {
            by_name.entry(file.name()).or_default().push(at);
        }
    }
    let mut scored = Vec::new();
    for &target in &to_open {
        let Some((file, weights)) = to.get(target).and_then(|file| Some((file, file.lines.as_ref()?))) else {
            continue;
        };
        let (others, most) = match names_only {
            true => (by_name.get(file.name()), MAX_NAMESAKES),
            false => (Some(&from_open), usize::MAX),
        };
        for &source in others.into_iter().flatten().take(most) {
            let Some((other, others)) = from.get(source).and_then(|file| Some((file, file.lines.as_ref()?))) else {
                continue;
            };
            let score = weights.similarity(others);
            if score >= THRESHOLD {
                scored.push((Reverse(score), other.name() != file.name(), source, target));
            }
        }
    }
    scored.sort_unstable();
    scored.into_iter().map(|(_, _, source, target)| (source, target)).collect()
}

fn too_many(from: &[Candidate], from_open: &[usize], to: &[Candidate], to_open: &[usize]) -> bool {
    let size = |files: &[Candidate], open: &[usize]| -> usize {
        open.iter().filter_map(|&at| Some(files.get(at)?.lines.as_ref()?.lines.len())).sum()
    };
    let compared = size(from, from_open)
        .saturating_mul(to_open.len())
        .saturating_add(size(to, to_open).saturating_mul(from_open.len()));
    from_open.len().saturating_mul(to_open.len()) > MAX_PAIRS || compared > MAX_COMPARED
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use super::*;

    fn file(path: &str, text: &str) -> Candidate {
        let id = Oid::hash_object(ObjectType::Blob, text.as_bytes()).ok();
        Candidate { path: path.into(), id, lines: Weights::new(text.as_bytes()) }
    }

    #[test]
    fn similarity_counts_shared_bytes() {
        let of =
            |a: &str, b: &str| Weights::new(a.as_bytes()).unwrap().similarity(&Weights::new(b.as_bytes()).unwrap());
        assert_eq!(of("aaaa\nbbbb\n", "bbbb\naaaa\n"), 100);
        assert_eq!(of("aaaa\nbbbb\n", "aaaa\ncccc\n"), 50);
        assert_eq!(of("a\na\na\n", "a\nb\nc\n"), 33);
        assert_eq!(of("a\n", "a\nb\nc\n"), 0);
        assert_eq!((of("aaaa\n", "aaaa\nbbb\n"), of("aaaa\nbbb\n", "aaaa\n")), (55, 55));
        assert!(Weights::new(b"").is_none() && Weights::new(&vec![b'x'; MAX_BYTES + 1]).is_none());
    }

    #[test]
    fn equal_files_prefer_their_own_name() {
        let deleted = [file("old/a.py", "same\n"), file("old/b.py", "same\n"), file("old/c.py", "same\n")];
        let added = [file("new/b.py", "same\n"), file("new/z.py", "same\n"), file("new/a.py", "same\n")];
        assert_eq!(renames(&deleted, &added), [Some(1), Some(2), Some(0)]);
    }

    #[test]
    fn the_best_pair_wins_and_a_source_is_used_once() {
        let deleted = [file("a.py", "one\ntwo\nthree\nfour\n")];
        let added = [file("b.py", "one\ntwo\nthree\nFOUR\n"), file("c.py", "one\ntwo\nthree\nfour\nfive\n")];
        assert_eq!(renames(&deleted, &added), [None, Some(0)]);
        assert_eq!(copies(&deleted, &added, &[true, false]), [Some(0), None]);
        assert_eq!(copies(&deleted, &added, &[true, true]), [Some(0), Some(0)]);
    }

    #[test]
    fn empty_and_different_files_are_not_paired() {
        let deleted = [file("__init__.py", ""), file("a.py", "import os\n")];
        let added = [file("x/__init__.py", ""), file("b.py", "print('hello, world')\n")];
        assert_eq!(renames(&deleted, &added), [None, None]);
    }

    #[test]
    fn long_files_are_compared_by_name_only_when_many() {
        let text = |end: &str| (0..20_000).map(|i| format!("line {i}\n")).collect::<String>() + end;
        let files = |folder: &str, end: &str| -> Vec<Candidate> {
            let text = text(end);
            (0..80).map(|i| file(&format!("{folder}/{i}.py"), &text)).collect()
        };
        let (deleted, mut added) = (files("old", "x\n"), files("new", "y\n"));
        if let Some(other) = added.last_mut() {
            other.path = b"new/other.py".to_vec();
        }
        let expected: Vec<_> = (0..79).map(Some).chain([None]).collect();
        assert_eq!(renames(&deleted, &added), expected);
        assert_eq!(renames(&deleted[70..], &added[70..]).last(), Some(&Some(9)));
    }

    #[test]
    fn many_files_are_compared_by_name_only() {
        let text = |i: usize, end: &str| format!("common line\nanother common line\nfile {i}\n{end}");
        let deleted: Vec<_> = (0..600).map(|i| file(&format!("old/{i}.py"), &text(i, ""))).collect();
        let added: Vec<_> = (0..600).map(|i| file(&format!("new/{i}.py"), &text(i, "x\n"))).collect();
        assert_eq!(renames(&deleted, &added), (0..600).map(Some).collect::<Vec<_>>());
    }
}
