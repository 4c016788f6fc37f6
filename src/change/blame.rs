//! Blame within a change: which of its commits brought in which line.
//!
//! It begins with the lines that the diff shows as new and follows them from the head downwards, through the commits that the
//! base does not have, over renames and merges. All files go the way together, so that a commit is compared with its parents
//! once. All of this is bounded; what is left over when a bound is reached is of no commit.

use std::collections::BTreeMap;
use std::sync::Arc;

use git2::{ObjectType, Oid, Repository, Sort};
use rustc_hash::{FxHashMap, FxHashSet};

use super::authorship::facts;
use super::file::FileChange;
use super::line_map::LineMap;
use super::pairing::{self, Candidate, Weights};
use super::touches::{self, Failure, Touch, Touches};
use super::{Change, path};
use crate::authorship::{BlamedCommit, BlamedFile, BlamedRun};

/// The most commits of a change that are looked at, and how many of them are asked which files they touched.
const MAX_COMMITS: usize = 100_000;
const MAX_TOUCHING: usize = 2_000;
/// The most bytes of files that are compared, entries of trees, and bytes of messages and notes that are kept.
const MAX_COMPARED: usize = 1 << 30;
const MAX_ENTRIES: usize = 50_000_000;
const MAX_KEPT: usize = 256 << 20;
/// Bytes of files that are kept for the next commits.
const MAX_RECENT: usize = 64 << 20;
/// Files that a commit deleted, or added, up to which their contents are compared.
const MAX_SOURCES: usize = 200;

/// A line that is followed: its number at the commit that it has come to, and which line of which file of the head it is.
#[derive(Clone, Copy)]
pub(super) struct Line {
    pub at: u32,
    pub file: u32,
    pub line: u32,
}

/// The lines that have come to a commit, by the path there.
pub(super) type Pending = BTreeMap<Vec<u8>, Vec<Line>>;

/// A changed file with what was found out about its lines.
pub(super) struct FileLines<'a> {
    change: &'a FileChange,
    /// Line, commit, path there (by its place in `Blamer::paths`), line there.
    found: Vec<(u32, usize, Arc<str>, u32)>,
    touched: Vec<usize>,
}

impl<'a> FileLines<'a> {
    pub(super) fn new(change: &'a FileChange) -> Self {
        FileLines { change, found: Vec::new(), touched: Vec::new() }
    }

    fn finish(mut self) -> BlamedFile {
        self.found.sort_unstable_by_key(|found| found.0);
        let mut found = self.found.into_iter().peekable();
        let mut runs: Vec<BlamedRun> = Vec::new();
        for line in self.change.lines.changed_new_ranges().into_iter().flatten() {
            let from = found.next_if(|(at, ..)| *at == line).map(|(_, commit, path, at)| (commit, path, at));
            let goes_on = |run: &BlamedRun| {
                run.line + run.lines == line
                    && match (&run.from, &from) {
                        (None, None) => true,
                        (Some((commit, path, at)), Some((c, p, a))) => {
                            commit == c && **path == **p && at.checked_add(run.lines) == Some(*a)
                        }
                        _ => false,
                    }
            };
            match runs.last_mut() {
                Some(run) if goes_on(run) => run.lines += 1,
                _ => {
                    let from = from.map(|(commit, path, at)| (commit, path.to_string(), at));
                    runs.push(BlamedRun { line, lines: 1, from });
                }
            }
        }
        BlamedFile { path: self.change.path().to_owned(), runs, touched: self.touched }
    }
}

pub(super) struct Blamer<'a> {
    repo: &'a Repository,
    /// Larger files are not compared, in bytes.
    limit: u64,
    /// Bytes that may still be compared, and entries of trees.
    compared: usize,
    entries: usize,
    /// Files that the next commits are likely to ask for, and about how many bytes they have.
    recent: FxHashMap<Oid, Vec<u8>>,
    recent_bytes: usize,
    files: Vec<FileLines<'a>>,
    notes: Option<Oid>,
}

impl<'a> Blamer<'a> {
    pub(super) fn new(repo: &'a Repository, limit: u64, notes: Option<Oid>) -> Self {
        let (compared, entries) = (MAX_COMPARED, MAX_ENTRIES);
        Blamer {
            repo,
            limit,
            compared,
            entries,
            recent: FxHashMap::default(),
            recent_bytes: 0,
            files: Vec::new(),
            notes,
        }
    }

    /// Follows the lines of these files from the head. Gives the commits of the change, the files, and why the walk ended early
    /// if it did.
    pub(super) fn follow(
        mut self,
        change: &Change,
        files: Vec<FileLines<'a>>,
        head: Pending,
    ) -> (Vec<BlamedCommit>, Vec<BlamedFile>, Option<String>) {
        self.files = files;
        let (commits, failed) = self.walk(change, head);
        (commits, self.files.into_iter().map(FileLines::finish).collect(), failed)
    }

    /// Goes through the commits, each after those that build on it. Gives them, and why the walk ended early if it did.
    fn walk(&mut self, change: &Change, head: Pending) -> (Vec<BlamedCommit>, Option<String>) {
        let mut commits = Vec::new();
        let mut failed = None;
        let ids = match self.commits_of(change) {
            Ok(ids) => ids,
            Err(error) => return (commits, Some(format!("git cannot list the commits: {}", error.message()))),
        };
        let own: FxHashSet<Oid> = ids.iter().copied().collect();
        let mut pending: FxHashMap<Oid, Pending> = FxHashMap::default();
        if let Ok(id) = Oid::from_str(change.head_commit()) {
            pending.insert(id, head);
        }
        let names = self.names();
        let mut kept = MAX_KEPT;
        for (at, id) in ids.into_iter().enumerate() {
            if at >= MAX_COMMITS || kept == 0 {
                failed = Some(format!("the change has more than {at} commits, or too much text in them"));
                break;
            }
            let lines = pending.remove(&id).unwrap_or_default();
            let step = self.commit(id, at, lines, &own, &mut pending, &names);
            match step {
                Ok(commit) => {
                    kept = kept.saturating_sub(commit.message.len() + commit.note.as_ref().map_or(0, Vec::len) + 200);
                    commits.push(commit);
                }
                Err(Failure::Git(error)) => {
                    failed = Some(format!("git cannot read commit {id}: {}", error.message()));
                    break;
                }
                Err(Failure::TooMuch) => {
                    failed = Some("the trees of its commits are too large together".to_string());
                    break;
                }
            }
        }
        if self.compared == 0 {
            failed = failed.or_else(|| Some("the files of its commits are too large together".to_string()));
        }
        (commits, failed)
    }

    fn commits_of(&self, change: &Change) -> Result<Vec<Oid>, git2::Error> {
        let mut walk = self.repo.revwalk()?;
        walk.set_sorting(Sort::TOPOLOGICAL)?;
        walk.push(Oid::from_str(change.head_commit())?)?;
        walk.hide(Oid::from_str(change.merge_base())?)?;
        walk.hide(Oid::from_str(change.base_commit())?)?;
        walk.take(MAX_COMMITS + 1).collect()
    }

    /// The changed files by the names that they have at either side.
    fn names(&self) -> FxHashMap<Vec<u8>, Vec<usize>> {
        let mut names: FxHashMap<Vec<u8>, Vec<usize>> = FxHashMap::default();
        for (at, file) in self.files.iter().enumerate() {
            let mut of_file: Vec<&str> =
                [file.change.new_path(), file.change.old_path()].into_iter().flatten().collect();
            of_file.dedup();
            for name in of_file {
                names.entry(path::to_raw(name)).or_default().push(at);
            }
        }
        names
    }

    /// One commit: lines that its parents have go on to them, the others are its own.
    fn commit(
        &mut self,
        id: Oid,
        at: usize,
        mut lines: Pending,
        own: &FxHashSet<Oid>,
        pending: &mut FxHashMap<Oid, Pending>,
        names: &FxHashMap<Vec<u8>, Vec<usize>>,
    ) -> Result<BlamedCommit, Failure> {
        let commit = self.repo.find_commit(id)?;
        let parents: Vec<Oid> = commit.parent_ids().collect();
        let is_plain = parents.len() <= 1;
        if !lines.is_empty() || (is_plain && at < MAX_TOUCHING) {
            for parent in &parents {
                let before = self.repo.find_commit(*parent)?.tree_id();
                let touches = touches::between(self.repo, before, commit.tree_id(), &mut self.entries)?;
                if is_plain {
                    self.note_touches(&touches, at, names);
                }
                let passed = self.pass(&mut lines, &touches);
                if own.contains(parent) && !passed.is_empty() {
                    join(pending.entry(*parent).or_default(), passed);
                }
                if lines.is_empty() && !is_plain {
                    break;
                }
            }
            self.keep(at, lines);
        }
        Ok(facts(self.repo, &commit, self.notes))
    }

    fn note_touches(&mut self, touches: &Touches, at: usize, names: &FxHashMap<Vec<u8>, Vec<usize>>) {
        let touched = touches.keys().filter_map(|path| names.get(path)).flatten();
        for file in touched {
            if let Some(file) = self.files.get_mut(*file).filter(|file| file.touched.last() != Some(&at)) {
                file.touched.push(at);
            }
        }
    }

    /// Takes from the lines those that a parent has, with their names and numbers there. Files that the commit left alone are
    /// not looked at one by one, since a change can have many files and many commits.
    fn pass(&mut self, lines: &mut Pending, touches: &Touches) -> Pending {
        let mut passed = std::mem::take(lines);
        let touched: Vec<(Vec<u8>, &Touch)> = match touches.len() < passed.len() {
            true => {
                touches.iter().filter(|(path, _)| passed.contains_key(*path)).map(|(p, t)| (p.clone(), t)).collect()
            }
            false => passed.keys().filter_map(|path| Some((path.clone(), touches.get(path)?))).collect(),
        };
        let touched: Vec<(Vec<u8>, Vec<Line>, &Touch)> = (touched.into_iter())
            .filter_map(|(path, touch)| passed.remove(&path).map(|of_path| (path, of_path, touch)))
            .collect();
        let added = touched.iter().filter(|(_, _, touch)| touch.old.is_none());
        let added: Vec<(&[u8], Oid)> =
            added.filter_map(|(path, _, touch)| Some((path.as_slice(), touch.new?))).collect();
        let mut renamed = self.renamed(&added, touches);
        for (path, of_path, touch) in touched {
            let source = match touch.old {
                Some(old) => Some((path.clone(), old)),
                None => renamed.remove(&path),
            };
            let map = source.and_then(|(name, old)| Some((name, self.line_map(old, touch.new?)?)));
            let Some((name, map)) = map else {
                lines.insert(path, of_path);
                continue;
            };
            let (mut moved, mut own) = (Vec::new(), Vec::new());
            for line in of_path {
                match map.to_old(line.at) {
                    Some(old) => moved.push(Line { at: old, ..line }),
                    None => own.push(line),
                }
            }
            if !moved.is_empty() {
                passed.entry(name).or_default().extend(moved);
            }
            if !own.is_empty() {
                lines.insert(path, own);
            }
        }
        passed
    }

    /// The lines are the commit's own.
    fn keep(&mut self, at: usize, lines: Pending) {
        for (raw, of_path) in lines {
            let path: Arc<str> = path::to_text(&raw).0.into();
            for line in of_path {
                if let Some(file) = self.files.get_mut(line.file as usize) {
                    file.found.push((line.line, at, path.clone(), line.at));
                }
            }
        }
    }

    /// For files that a commit added, those of which they are new names.
    fn renamed(&mut self, added: &[(&[u8], Oid)], touches: &Touches) -> BTreeMap<Vec<u8>, (Vec<u8>, Oid)> {
        let deleted = touches.iter().filter(|(_, touch)| touch.new.is_none());
        let deleted: Vec<(&[u8], Oid)> =
            deleted.filter_map(|(path, touch)| Some((path.as_slice(), touch.old?))).collect();
        if added.is_empty() || deleted.is_empty() {
            return BTreeMap::new();
        }
        let with_content = deleted.len() <= MAX_SOURCES && added.len() <= MAX_SOURCES;
        let mut candidate = |(path, id): &(&[u8], Oid)| {
            let bytes = if with_content { self.blob(*id) } else { None };
            Candidate { path: path.to_vec(), id: Some(*id), lines: bytes.as_deref().and_then(Weights::new) }
        };
        let to: Vec<Candidate> = added.iter().map(&mut candidate).collect();
        let from: Vec<Candidate> = deleted.iter().map(&mut candidate).collect();
        let pairs = added.iter().zip(pairing::renames(&from, &to));
        let named = pairs.filter_map(|((path, _), source)| Some((path.to_vec(), deleted.get(source?)?)));
        named.map(|(path, (name, id))| (path, (name.to_vec(), *id))).collect()
    }

    fn line_map(&mut self, old: Oid, new: Oid) -> Option<LineMap> {
        let new = match self.recent.remove(&new) {
            Some(new) => new,
            None => self.blob(new)?,
        };
        let before = self.blob(old)?;
        let map = LineMap::from_texts(&before, &new);
        // What a commit found there is what the next one below it made.
        self.recent_bytes = self.recent_bytes.saturating_sub(new.len()) + before.len();
        if self.recent_bytes > MAX_RECENT {
            self.recent.clear();
            self.recent_bytes = before.len();
        }
        self.recent.insert(old, before);
        Some(map)
    }

    /// The bytes of a file, while there are bytes left to compare.
    fn blob(&mut self, id: Oid) -> Option<Vec<u8>> {
        let objects = self.repo.odb().ok()?;
        let (size, kind) = objects.read_header(id).ok()?;
        if kind != ObjectType::Blob || size as u64 > self.limit {
            return None;
        }
        match self.compared.checked_sub(size) {
            Some(left) => self.compared = left,
            None => {
                self.compared = 0;
                return None;
            }
        }
        Some(objects.read(id).ok()?.data().to_vec())
    }
}

/// Adds lines to those that have come to a commit from elsewhere.
fn join(there: &mut Pending, passed: Pending) {
    if there.is_empty() {
        *there = passed;
        return;
    }
    for (path, lines) in passed {
        there.entry(path).or_default().extend(lines);
    }
}
