//! The lines of a change with their authors: blame, marks and line records put together.
//!
//! A line's author is that of the commit that blame gives it to, and whatever the pull request's own marks say. Line records
//! narrow this down, but only where a person committed with an agent's mark: a record that names lines of an agent in such a
//! commit says with it that the others are not. What an agent committed itself stays the agent's, whatever records say.

use std::collections::{BTreeMap, BTreeSet};

use rustc_hash::FxHashMap;

use super::coverage::{Coverage, LineRecord, Writer};
use super::{Authorship, Commit, Evidence, Level, Marks, Person, PullRequest, Source, Trace, note};
use crate::finding::Finding;

/// The most different authors of a place that are told.
const MAX_AUTHORS: usize = 4;

/// A change as `change` took it from git.
#[derive(Debug, Default)]
pub struct Blamed {
    /// The commits of the change, each after those that build on it.
    pub commits: Vec<BlamedCommit>,
    /// The changed files of the head that are text.
    pub files: Vec<BlamedFile>,
    /// The Agent Trace records of the head.
    pub traces: Vec<Trace>,
    /// Why not all of it was looked at, as a phrase.
    pub incomplete: Option<String>,
}

/// A commit of the change.
#[derive(Debug, Default)]
pub struct BlamedCommit {
    /// Its id.
    pub id: String,
    /// The ids of its parents.
    pub parents: Vec<String>,
    /// Name and address of who wrote it.
    pub author: (String, String),
    /// Name and address of who committed it.
    pub committer: (String, String),
    /// Its message.
    pub message: String,
    /// Its git-ai note.
    pub note: Option<Vec<u8>>,
}

/// A changed file.
#[derive(Debug, Default)]
pub struct BlamedFile {
    /// Its path at the head, as reports have it.
    pub path: String,
    /// The changed lines, in order, none of them twice.
    pub runs: Vec<BlamedRun>,
    /// The commits that changed the file, by their place in the list of all.
    pub touched: Vec<usize>,
}

/// Lines that come from one place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BlamedRun {
    /// The first line, from one.
    pub line: u32,
    /// How many.
    pub lines: u32,
    /// The commit by its place in the list, the file's path there, and the number of the first line there. `None` for what is
    /// not committed, and for lines that no commit of the change brought in.
    pub from: Option<(usize, String, u32)>,
}

/// Who wrote the lines of a change.
#[derive(Debug, Default)]
pub struct Authors {
    files: BTreeMap<String, FileAuthors>,
    /// What the runs refer to.
    known: Vec<Authorship>,
    pull_request: Authorship,
    commits: BTreeMap<Level, usize>,
    incomplete: Option<String>,
}

#[derive(Debug, Default)]
struct FileAuthors {
    /// First and last line with the place of their author among the known; in order.
    runs: Vec<(u32, u32, u32)>,
    /// The strongest author of the commits that changed the file.
    touched: Option<u32>,
}

/// Lines of one file with one author.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// The file.
    pub path: String,
    /// How many changed lines.
    pub lines: usize,
    /// Who wrote them.
    pub author: Authorship,
}

impl Authors {
    /// Puts together what git, the marks and the pull request say.
    pub fn of_blame(blamed: &Blamed, marks: &Marks, pull_request: Option<&PullRequest>) -> Authors {
        let pull_request = pull_request.map(|request| request.authorship(marks)).unwrap_or_default();
        let mut authors = Authors { pull_request, incomplete: blamed.incomplete.clone(), ..Authors::default() };
        let judged = Judged::new(blamed, marks);
        for author in &judged.commits {
            *authors.commits.entry(author.level).or_default() += 1;
        }
        let mut interner = Interner::default();
        for file in &blamed.files {
            let runs = judged.runs(file, &authors.pull_request, &mut interner);
            let touched = file.touched.iter().filter_map(|at| judged.commits.get(*at));
            let strongest = touched.fold(None, |best: Option<Authorship>, author| match best {
                Some(best) => Some(best.and(author)),
                None => Some(author.clone()),
            });
            let touched = strongest.map(|author| interner.place(author.and(&authors.pull_request)));
            authors.files.insert(file.path.clone(), FileAuthors { runs, touched });
        }
        authors.known = interner.known;
        authors
    }

    /// Who wrote lines of a file at the head, the first and the last from one: the strongest level among them, with its agent
    /// and evidence. `None` where none of the lines is from the change.
    pub fn of(&self, path: &str, start_line: u32, end_line: u32) -> Option<Authorship> {
        let runs = &self.files.get(path)?.runs;
        let from = runs.partition_point(|(_, end, _)| *end < start_line);
        let overlapping = runs.get(from..)?.iter().take_while(|(start, _, _)| *start <= end_line.max(start_line));
        let mut places: Vec<u32> = Vec::new();
        let mut seen = BTreeSet::new();
        for (_, _, place) in overlapping {
            if seen.insert(*place) {
                places.push(*place);
            }
        }
        let mut found: Vec<&Authorship> = places.iter().filter_map(|place| self.at(*place)).collect();
        found.sort_by_key(|author| std::cmp::Reverse(author.level));
        let mut found = found.into_iter().take(MAX_AUTHORS);
        let first = found.next()?.clone();
        Some(found.fold(first, |all, author| all.and(author)))
    }

    /// Who wrote what a finding is about: the strongest level over its own lines and those that its data passes. A finding
    /// that the change brings in without any line of its own there, as where a check was taken away, is of those who changed
    /// the file. `None` where nothing of it is from the change.
    pub fn of_finding(&self, finding: &Finding, is_new: bool) -> Option<Authorship> {
        let steps = finding.flow.iter().chain(&finding.related).map(|step| (step.path.as_str(), &step.region));
        let places = std::iter::once((finding.path.as_str(), &finding.region)).chain(steps);
        let found = places.filter_map(|(path, region)| self.of(path, region.start_line, region.end_line));
        let found = found.reduce(|all, author| if all.level >= author.level { all } else { author });
        if found.is_some() || !is_new {
            return found;
        }
        let touched = self.files.get(&finding.path).and_then(|file| self.at(file.touched?)).cloned();
        touched.or_else(|| Some(self.pull_request.clone()).filter(|author| author.level.is_ai()))
    }

    fn at(&self, place: u32) -> Option<&Authorship> {
        self.known.get(place as usize)
    }

    /// How many changed lines of a file are AI-written, and how many are not marked as such.
    pub fn lines(&self, path: &str) -> (usize, usize) {
        let mut lines = (0, 0);
        for (start, end, place) in self.files.get(path).map_or(&[][..], |file| &file.runs) {
            let count = (end - start) as usize + 1;
            match self.at(*place).is_some_and(|author| author.level.is_ai()) {
                true => lines.0 += count,
                false => lines.1 += count,
            }
        }
        lines
    }

    /// The changed files with their authors: by path, then the strongest level first, then by agent and model.
    pub fn rows(&self) -> Vec<Row> {
        let mut rows = Vec::new();
        for (path, file) in &self.files {
            let mut groups: BTreeMap<_, Row> = BTreeMap::new();
            for (start, end, place) in &file.runs {
                let Some(author) = self.at(*place) else { continue };
                let key = (std::cmp::Reverse(author.level), author.agent.clone(), author.model.clone());
                let row = groups.entry(key);
                let row = row.or_insert_with(|| Row { path: path.clone(), lines: 0, author: author.clone() });
                row.lines += (end - start) as usize + 1;
                if row.author != *author {
                    row.author = row.author.clone().and(author);
                }
            }
            rows.extend(groups.into_values());
        }
        rows
    }

    /// What the pull request's own marks say of every line.
    pub fn pull_request(&self) -> &Authorship {
        &self.pull_request
    }

    /// How many commits of the change are of this level, by their own marks.
    pub fn commits(&self, level: Level) -> usize {
        self.commits.get(&level).copied().unwrap_or_default()
    }

    /// Why not all of the change was looked at, as a phrase; lines that were not are of unknown authors.
    pub fn incomplete(&self) -> Option<&str> {
        self.incomplete.as_deref()
    }
}

/// Each author once.
#[derive(Default)]
struct Interner {
    places: BTreeMap<Authorship, u32>,
    known: Vec<Authorship>,
}

impl Interner {
    fn place(&mut self, author: Authorship) -> u32 {
        if let Some(place) = self.places.get(&author) {
            return *place;
        }
        let place = u32::try_from(self.known.len()).unwrap_or(u32::MAX);
        self.known.push(author.clone());
        self.places.insert(author, place);
        place
    }
}

/// The commits with what their marks and records say.
struct Judged<'a> {
    blamed: &'a Blamed,
    commits: Vec<Authorship>,
    notes: Vec<CommitNote>,
    /// The trace records by revision and path.
    traces: FxHashMap<(&'a str, &'a str), Vec<&'a LineRecord>>,
}

/// The line records of a commit's note by path.
#[derive(Default)]
struct CommitNote {
    files: BTreeMap<String, Vec<LineRecord>>,
    names_an_agent: bool,
}

/// What records say of lines of one file at one commit.
struct Records<'a> {
    note: Coverage<'a>,
    note_names_an_agent: bool,
    trace: Coverage<'a>,
    trace_before: Coverage<'a>,
}

impl<'a> Judged<'a> {
    fn new(blamed: &'a Blamed, marks: &Marks) -> Self {
        let commits = blamed.commits.iter().map(|commit| commit.commit().authorship(marks)).collect();
        let notes = blamed.commits.iter().map(|commit| CommitNote::of(commit.note.as_deref())).collect();
        let mut traces: FxHashMap<(&str, &str), Vec<&LineRecord>> = FxHashMap::default();
        for trace in &blamed.traces {
            for record in &trace.records {
                traces.entry((trace.revision.as_str(), record.path.as_str())).or_default().push(record);
            }
        }
        Judged { blamed, commits, notes, traces }
    }

    fn runs(&self, file: &BlamedFile, pull_request: &Authorship, interner: &mut Interner) -> Vec<(u32, u32, u32)> {
        let mut out: Vec<(u32, u32, u32)> = Vec::new();
        let mut push = |line: u32, last: u32, place: u32| match out.last_mut() {
            Some((_, end, same)) if *same == place && end.checked_add(1) == Some(line) => *end = last,
            _ => out.push((line, last, place)),
        };
        let mut records: FxHashMap<(usize, &str), Records<'_>> = FxHashMap::default();
        for run in file.runs.iter().filter(|run| run.lines > 0) {
            let last = run.line.saturating_add(run.lines - 1);
            let Some((commit, path, at)) = &run.from else {
                push(run.line, last, interner.place(pull_request.clone()));
                continue;
            };
            let records =
                records.entry((*commit, path.as_str())).or_insert_with(|| self.records(*commit, path.as_str()));
            if records.are_empty() {
                let author = records.author(self.commits.get(*commit), None, None);
                push(run.line, last, interner.place(author.and(pull_request)));
                continue;
            }
            let id = self.blamed.commits.get(*commit).map(|commit| commit.id.as_str());
            let mut before: Option<(Said<'_>, u32)> = None;
            for offset in 0..run.lines {
                let said = records.said(at.saturating_add(offset));
                let place = match before {
                    Some((same, place)) if same.is_same(&said) => place,
                    _ => {
                        let author = records.author(self.commits.get(*commit), id, Some(&said));
                        interner.place(author.and(pull_request))
                    }
                };
                before = Some((said, place));
                push(run.line.saturating_add(offset), run.line.saturating_add(offset), place);
            }
        }
        out
    }

    fn records<'s>(&'s self, commit: usize, path: &'s str) -> Records<'s> {
        let note = self.notes.get(commit);
        let traces = |revision: Option<&'s str>| {
            let records = revision.and_then(|revision| self.traces.get(&(revision, path)));
            Coverage::of(records.into_iter().flatten().copied())
        };
        let facts = self.blamed.commits.get(commit);
        // A merge writes nothing of its own.
        let parent = facts.and_then(|commit| match commit.parents.as_slice() {
            [parent] => Some(parent.as_str()),
            _ => None,
        });
        Records {
            note: Coverage::of(note.and_then(|note| note.files.get(path)).into_iter().flatten()),
            note_names_an_agent: note.is_some_and(|note| note.names_an_agent),
            trace: traces(facts.map(|commit| commit.id.as_str())),
            trace_before: traces(parent),
        }
    }
}

/// Who wrote a line, by the records.
#[derive(Clone, Copy)]
struct Said<'a> {
    note: Option<&'a Writer>,
    trace: Option<&'a Writer>,
    trace_before: Option<&'a Writer>,
}

impl Said<'_> {
    fn is_same(&self, other: &Said<'_>) -> bool {
        self.note == other.note && self.trace == other.trace && self.trace_before == other.trace_before
    }
}

impl<'a> Records<'a> {
    fn are_empty(&self) -> bool {
        !self.note_names_an_agent && [&self.note, &self.trace, &self.trace_before].iter().all(|c| c.is_empty())
    }

    fn said(&self, line: u32) -> Said<'a> {
        let agents = |writer: Option<&'a Writer>| writer.filter(|writer| matches!(writer, Writer::Agent { .. }));
        Said {
            note: self.note.writer(line),
            trace: self.trace.writer(line),
            // Before the commit, lines may still have moved: enough to mark one, too little to clear one.
            trace_before: agents(self.trace_before.writer(line)),
        }
    }

    /// Who wrote a line, by what its commit and the records say.
    fn author(&self, committed: Option<&Authorship>, id: Option<&str>, said: Option<&Said<'_>>) -> Authorship {
        let committed = committed.cloned().unwrap_or_default();
        let Some(said) = said else { return committed };
        let mut recorded = Authorship::default();
        for (source, writer) in
            [(Source::Note, said.note), (Source::Trace, said.trace), (Source::Trace, said.trace_before)]
        {
            if let Some(Writer::Agent { agent, model }) = writer {
                let mark = format!("lines of {}", agent.as_deref().unwrap_or("an agent that it does not name"));
                let evidence = Evidence { source, commit: id.map(str::to_owned), mark };
                let says = Authorship::of_mark(Level::Assisted, agent.as_deref(), model.as_deref(), evidence);
                recorded = recorded.and(&says);
            }
        }
        if recorded.level.is_ai() {
            return recorded.and(&committed);
        }
        let is_human = [said.note, said.trace].contains(&Some(&Writer::Human));
        let narrowed = is_human || self.note_names_an_agent || self.trace.names_an_agent();
        match narrowed && committed.level == Level::Assisted {
            true => Authorship::default(),
            false => committed,
        }
    }
}

impl BlamedCommit {
    fn commit(&self) -> Commit<'_> {
        Commit {
            id: &self.id,
            author: Person { name: &self.author.0, email: &self.author.1 },
            committer: Person { name: &self.committer.0, email: &self.committer.1 },
            message: &self.message,
        }
    }
}

impl CommitNote {
    fn of(text: Option<&[u8]>) -> CommitNote {
        let records = text.and_then(|text| note::parse(text).ok()).unwrap_or_default();
        let names_an_agent = records.iter().any(|record| matches!(record.writer, Writer::Agent { .. }));
        let mut files: BTreeMap<String, Vec<LineRecord>> = BTreeMap::new();
        for record in records {
            files.entry(record.path.clone()).or_default().push(record);
        }
        CommitNote { files, names_an_agent }
    }
}
