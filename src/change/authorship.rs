//! Who wrote a change: what git keeps about its commits, and the line records in the repository. Which commit brought in which
//! line, `blame` finds out; what marks and records mean is said in [`crate::authorship`].

use git2::{Commit, ObjectType, Oid, Repository, Tree};

use super::blame::{Blamer, FileLines, Line, Pending};
use super::file::{Content, FileChange};
use super::files::GitFiles;
use super::line_map::LineMap;
use super::{Change, path};
use crate::authorship::{Authors, Blamed, BlamedCommit, Marks, PullRequest, Trace, parse_traces};

/// The most lines that are followed.
const MAX_LINES: usize = 5_000_000;
/// Bytes of a message.
const MAX_MESSAGE: usize = 1 << 20;
/// Folders of a tree of notes inside each other.
const MAX_FANOUT: usize = 32;
/// The most files with Agent Trace records, and their bytes together.
const MAX_TRACES: usize = 200;
const MAX_TRACE_BYTES: usize = 32 << 20;

const NOTES: &str = "refs/notes/ai";
const TRACES: &[u8] = b".agent-trace/";

impl Change {
    /// Who wrote the lines of the change, by the marks on its commits, the line records in the repository, and the pull request
    /// where there is one. It never fails: what cannot be looked at is of unknown authors, and [`Authors::incomplete`] says why.
    pub fn authors(&self, marks: &Marks, pull_request: Option<&PullRequest>) -> Authors {
        let mut blamed = self.blame();
        blamed.traces = traces(&self.head);
        Authors::of_blame(&blamed, marks, pull_request)
    }

    fn blame(&self) -> Blamed {
        let mut tracked = Pending::default();
        let mut left = MAX_LINES;
        let mut files: Vec<FileLines> = Vec::new();
        let mut incomplete = None;
        for change in self.files.iter().filter(|change| is_text(change)) {
            let at = u32::try_from(files.len()).unwrap_or(u32::MAX);
            let lines = self.committed_lines(change, at, &mut left);
            if left == 0 {
                incomplete = Some(format!("the change has more than {MAX_LINES} lines"));
            }
            if let Some(lines) = lines {
                tracked.entry(lines.0).or_default().extend(lines.1);
            }
            files.push(FileLines::new(change));
        }
        let repo = self.head.repo();
        let blamer = Blamer::new(&repo, self.head.limit, notes(&repo));
        let (commits, files, failed) = blamer.follow(self, files, tracked);
        Blamed { commits, files, traces: Vec::new(), incomplete: failed.or(incomplete) }
    }

    /// The lines of a file that the change brought in, as they are numbered at the head's commit, with the file's path there.
    fn committed_lines(&self, change: &FileChange, file: u32, left: &mut usize) -> Option<(Vec<u8>, Vec<Line>)> {
        let raw = path::to_raw(change.new_path()?);
        let ranges = change.lines.changed_new_ranges();
        let numbers = ranges.into_iter().flatten().take(*left);
        let lines: Vec<Line> = numbers.map(|line| Line { at: line, file, line }).collect();
        *left -= lines.len();
        if self.head.root.is_none() {
            return Some((raw, lines));
        }
        let (path, id) = self.at_head_commit(change, &raw)?;
        let old = self.head.blob(id)?;
        let new = self.head.content(&raw, self.head.listing.get(&raw)?).ok()??;
        let map = LineMap::from_texts(&old, &new);
        let committed = lines.into_iter().filter_map(|line| Some(Line { at: map.to_old(line.at)?, ..line }));
        Some((path, committed.collect()))
    }

    /// A file of the working tree as the commit has it that is checked out, perhaps under the name that it had at the base.
    fn at_head_commit(&self, change: &FileChange, raw: &[u8]) -> Option<(Vec<u8>, Oid)> {
        let repo = self.head.repo();
        let tree = repo.find_commit(Oid::from_str(&self.head_commit).ok()?).ok()?.tree().ok()?;
        let old = change.old_path().map(path::to_raw);
        let names = [Some(raw.to_vec()), old].into_iter().flatten();
        names.into_iter().find_map(|name| Some((name.clone(), blob_at(&repo, &tree, &name)?)))
    }
}

fn is_text(change: &FileChange) -> bool {
    matches!(change.new.as_ref().map(|side| &side.content), Some(Content::Text { .. }))
}

/// The object of a regular file in a tree.
fn blob_at(repo: &Repository, tree: &Tree<'_>, raw: &[u8]) -> Option<Oid> {
    let mut names = raw.split(|b| *b == b'/').peekable();
    let mut tree = repo.find_tree(tree.id()).ok()?;
    while let Some(name) = names.next() {
        let (id, kind) = tree.get_name_bytes(name).map(|entry| (entry.id(), entry.kind()))?;
        match (names.peek().is_some(), kind) {
            (true, Some(ObjectType::Tree)) => tree = repo.find_tree(id).ok()?,
            (false, Some(ObjectType::Blob)) => return Some(id),
            _ => return None,
        }
    }
    None
}

/// What git keeps about a commit.
pub(super) fn facts(repo: &Repository, commit: &Commit<'_>, notes: Option<Oid>) -> BlamedCommit {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let person = |who: git2::Signature<'_>| (text(who.name_bytes()), text(who.email_bytes()));
    let message = commit.message_bytes();
    BlamedCommit {
        id: commit.id().to_string(),
        parents: commit.parent_ids().map(|id| id.to_string()).collect(),
        author: person(commit.author()),
        committer: person(commit.committer()),
        message: text(message.get(..MAX_MESSAGE).unwrap_or(message)),
        note: notes.and_then(|notes| note(repo, notes, commit.id())),
    }
}

/// The tree of the notes of git-ai.
fn notes(repo: &Repository) -> Option<Oid> {
    repo.find_reference(NOTES).ok()?.peel_to_tree().ok().map(|tree| tree.id())
}

/// The note on a commit: a file by its id, of which leading pairs of digits may be folders. A note that is too long is none.
fn note(repo: &Repository, notes: Oid, commit: Oid) -> Option<Vec<u8>> {
    let id = commit.to_string();
    let (mut rest, mut tree) = (id.as_str(), repo.find_tree(notes).ok()?);
    for _ in 0..MAX_FANOUT {
        if let Some(entry) = tree.get_name_bytes(rest.as_bytes()) {
            let objects = repo.odb().ok()?;
            let (size, kind) = objects.read_header(entry.id()).ok()?;
            let fits = kind == ObjectType::Blob && size <= crate::authorship::MAX_NOTE_BYTES;
            return if fits { Some(objects.read(entry.id()).ok()?.data().to_vec()) } else { None };
        }
        let (folder, inside) = rest.split_at_checked(2)?;
        let folder = tree.get_name_bytes(folder.as_bytes())?.id();
        (rest, tree) = (inside, repo.find_tree(folder).ok()?);
    }
    None
}

/// The Agent Trace records of the head.
fn traces(head: &GitFiles) -> Vec<Trace> {
    let mut left = MAX_TRACE_BYTES;
    let files = head.listing.range(TRACES.to_vec()..).take_while(|(path, _)| path.starts_with(TRACES));
    let records = files.filter(|(path, _)| path.ends_with(b".json") || path.ends_with(b".jsonl")).take(MAX_TRACES);
    let mut out = Vec::new();
    for (path, entry) in records {
        if entry.kind != super::Kind::Regular {
            continue;
        }
        let Ok(Some(bytes)) = head.content(path, entry) else { continue };
        let Some(rest) = left.checked_sub(bytes.len()) else { break };
        left = rest;
        out.extend(parse_traces(&bytes));
    }
    out
}
