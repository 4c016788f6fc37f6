//! From two listings to changed files: what differs, what belongs together, what the sides hold.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use git2::{ObjectType, Oid};
use rayon::prelude::*;

use super::file::{Content, FileChange, Kind, Side, Status};
use super::files::{Entry, GitFiles};
use super::line_map::LineMap;
use super::pairing::{self, Candidate, Weights};
use super::{lines, path};
use crate::snapshot::ReadError;

/// The two sides of a changed file by path.
struct Pair<'a> {
    status: Status,
    old: Option<(&'a [u8], &'a Entry)>,
    new: Option<(&'a [u8], &'a Entry)>,
}

/// All files in which `head` differs from `base`, sorted by the path to report.
pub(super) fn changed_files(base: &GitFiles, head: &GitFiles) -> Vec<FileChange> {
    let mut pairs = differing(base, head);
    pair_up(base, head, &mut pairs);
    let mut changes: Vec<FileChange> = pairs.par_iter().map(|pair| describe(base, head, pair)).collect();
    changes.sort_by(|a, b| a.path().cmp(b.path()));
    changes
}

fn differing<'a>(base: &'a GitFiles, head: &'a GitFiles) -> Vec<Pair<'a>> {
    let paths: BTreeSet<&Vec<u8>> = base.listing.keys().chain(head.listing.keys()).collect();
    let pairs = paths.into_par_iter().filter_map(|path| {
        let old = base.listing.get_key_value(path).map(|(path, entry)| (path.as_slice(), entry));
        let new = head.listing.get_key_value(path).map(|(path, entry)| (path.as_slice(), entry));
        let status = match (old, new) {
            (Some((_, a)), Some((_, b))) if a.kind != b.kind => Status::TypeChanged,
            (Some((_, a)), Some((_, b))) if same(head, path, a, b) => return None,
            (Some(_), Some(_)) => Status::Modified,
            (Some(_), None) => Status::Deleted,
            (None, _) => Status::Added,
        };
        Some(Pair { status, old, new })
    });
    pairs.collect()
}

/// Whether two entries of a kind are equal. What cannot be read counts as different.
fn same(head: &GitFiles, path: &[u8], old: &Entry, new: &Entry) -> bool {
    old.mode == new.mode && old.known_id().is_some() && old.known_id() == id_of(head, path, new)
}

fn id_of(files: &GitFiles, path: &[u8], entry: &Entry) -> Option<Oid> {
    entry.known_id().or_else(|| {
        let bytes = files.content(path, entry).ok().flatten()?;
        Oid::hash_object(ObjectType::Blob, &bytes).ok()
    })
}

/// Turns additions into renames and copies where a source is found, and drops the deletions that became renames.
fn pair_up<'a>(base: &'a GitFiles, head: &GitFiles, pairs: &mut Vec<Pair<'a>>) {
    let (added, added_at) = candidates(pairs, Status::Added, |pair| Some((head, pair.new?)));
    if added.is_empty() {
        return;
    }
    let (deleted, deleted_at) = candidates(pairs, Status::Deleted, |pair| Some((base, pair.old?)));
    let renamed = pairing::renames(&deleted, &added);
    let mut gone = BTreeSet::new();
    for (&at, source) in added_at.iter().zip(&renamed) {
        let Some(&source) = source.and_then(|source| deleted_at.get(source)) else { continue };
        let old = pairs.get(source).and_then(|pair| pair.old);
        if let Some(pair) = pairs.get_mut(at) {
            (pair.status, pair.old) = (Status::Renamed, old);
            gone.insert(source);
        }
    }
    let left: Vec<bool> = renamed.iter().map(Option::is_none).collect();
    let sources = copy_sources(base, pairs, &added, &left);
    for (&at, source) in added_at.iter().zip(&sources) {
        if let (Some(old), Some(pair)) = (source, pairs.get_mut(at)) {
            (pair.status, pair.old) = (Status::Copied, Some(*old));
        }
    }
    let mut at = 0;
    pairs.retain(|_| {
        at += 1;
        !gone.contains(&(at - 1))
    });
}

/// For each added file that `left` marks the file of the base that it copies: an equal one anywhere, else one of those
/// that this change touches and that is similar.
fn copy_sources<'a>(
    base: &'a GitFiles,
    pairs: &[Pair<'a>],
    added: &[Candidate],
    left: &[bool],
) -> Vec<Option<(&'a [u8], &'a Entry)>> {
    let mut equal: BTreeMap<Oid, (&[u8], &Entry)> = BTreeMap::new();
    if left.contains(&true) {
        let regular = base.listing.iter().filter(|(_, entry)| entry.kind == Kind::Regular);
        for (path, entry) in regular {
            if let Some(id) = entry.known_id() {
                equal.entry(id).or_insert((path, entry));
            }
        }
    }
    let touched: Vec<&Pair<'a>> =
        pairs.iter().filter(|pair| matches!(pair.status, Status::Modified | Status::Renamed)).collect();
    let exact: Vec<_> = added
        .iter()
        .zip(left)
        .map(|(file, &left)| if left { file.content_id().and_then(|id| equal.get(&id)) } else { None })
        .collect();
    let open: Vec<bool> = left.iter().zip(&exact).map(|(&left, exact)| left && exact.is_none()).collect();
    let sources: Vec<(Candidate, (&[u8], &Entry))> = if open.contains(&true) {
        touched.par_iter().filter_map(|pair| Some((candidate(base, pair.old?)?, pair.old?))).collect()
    } else {
        Vec::new()
    };
    let (files, entries): (Vec<Candidate>, Vec<_>) = sources.into_iter().unzip();
    let similar = pairing::copies(&files, added, &open);
    let similar = similar.into_iter().map(|source| entries.get(source?).copied());
    exact.into_iter().zip(similar).map(|(exact, similar)| exact.copied().or(similar)).collect()
}

/// The regular files of one status, with their places in `pairs`.
fn candidates<'a, 'f>(
    pairs: &[Pair<'a>],
    status: Status,
    side: impl Fn(&Pair<'a>) -> Option<(&'f GitFiles, (&'a [u8], &'a Entry))> + Sync,
) -> (Vec<Candidate>, Vec<usize>) {
    let found = pairs.par_iter().enumerate().filter(|(_, pair)| pair.status == status).filter_map(|(at, pair)| {
        let (files, entry) = side(pair)?;
        Some((candidate(files, entry)?, at))
    });
    found.collect::<Vec<_>>().into_iter().unzip()
}

fn candidate(files: &GitFiles, (path, entry): (&[u8], &Entry)) -> Option<Candidate> {
    if entry.kind != Kind::Regular {
        return None;
    }
    let bytes = files.content(path, entry).ok().flatten();
    let hashed = || Oid::hash_object(ObjectType::Blob, bytes.as_deref()?).ok();
    let id = entry.known_id().or_else(hashed);
    Some(Candidate { path: path.to_vec(), id, lines: bytes.as_deref().and_then(Weights::new) })
}

fn describe(base: &GitFiles, head: &GitFiles, pair: &Pair<'_>) -> FileChange {
    let old = pair.old.map(|(path, entry)| side(base, path, entry));
    let new = pair.new.map(|(path, entry)| side(head, path, entry));
    let text = |side: &Option<(Side, Option<Arc<[u8]>>)>| side.as_ref().and_then(|(_, text)| text.clone());
    let lines = match (&old, &new, text(&old), text(&new)) {
        (_, _, Some(old), Some(new)) => LineMap::from_texts(&old, &new),
        (_, None, Some(old), _) => LineMap::unrelated(lines::count_lines(&old), 0),
        (None, _, _, Some(new)) => LineMap::unrelated(0, lines::count_lines(&new)),
        _ => LineMap::default(),
    };
    FileChange { status: pair.status, old: old.map(|(side, _)| side), new: new.map(|(side, _)| side), lines }
}

/// One side, and its bytes where it is text.
fn side(files: &GitFiles, raw: &[u8], entry: &Entry) -> (Side, Option<Arc<[u8]>>) {
    let (path, path_escaped) = path::to_text(raw);
    let read = files.content(raw, entry);
    let bytes = read.as_ref().ok().and_then(Option::as_ref);
    let read_id = bytes.and_then(|bytes| Oid::hash_object(ObjectType::Blob, bytes).ok());
    let stored_id = matches!(entry.place, super::files::Place::Object(_)).then(|| entry.known_id()).flatten();
    let oid = read_id.or(stored_id).filter(|id| !id.is_zero()).map(|id| id.to_string());
    let content = match (entry.kind, &read) {
        (Kind::Submodule, _) => Content::Submodule,
        (Kind::Symlink, Ok(Some(target))) => {
            Content::Symlink { target: path::to_text(target).0, outside: path::leads_outside(raw, target) }
        }
        (Kind::Regular, Ok(Some(bytes))) => Content::of_file(bytes, lines::count_lines(bytes)),
        (_, Ok(None)) => Content::Unreadable { message: "it vanished while the change was computed".into() },
        (_, Err(ReadError::TooLarge { bytes, .. })) => Content::TooLarge { bytes: *bytes },
        (_, Err(error)) => Content::Unreadable { message: error.to_string() },
    };
    let text = matches!(content, Content::Text { .. }).then(|| bytes.cloned()).flatten();
    (Side { path, path_escaped, kind: entry.kind, mode: entry.mode, oid, content }, text)
}
