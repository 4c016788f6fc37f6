//! What is to be written on a pull request, from what the report says and from what is written there already. A pure
//! function: the plan for a pull request that says what it should is empty.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use super::comment;
use super::hunks::{Hunks, Lines};
use super::marker::{self, Marker, Subject};
use super::suggestion::{self, Suggestion};
use crate::finding::FileStatus;
use crate::report::Report;
use crate::report::model::{Action, Outcome, Reported};

/// How many lines a comment may stand away from its finding.
const NEAR: u32 = 10;

/// What is written on a pull request.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Existing {
    /// Discussions at lines of the diff or at files.
    pub threads: Vec<Thread>,
    /// Comments on the whole pull request.
    pub comments: Vec<Comment>,
}

/// A discussion.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Thread {
    /// Its id for the query language.
    pub id: String,
    /// The file that it is about.
    pub path: String,
    /// The lines that it stands at; `None` at a file, and where newer commits have changed them.
    pub lines: Option<Lines>,
    /// Whether somebody has resolved it.
    pub resolved: bool,
    /// The comment that opened it.
    pub opened_by: Comment,
    /// Whether there are answers. This gate gives none, so people have talked, or other programs.
    pub answered: bool,
}

/// A comment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comment {
    /// Its number.
    pub id: u64,
    /// Its id for the query language.
    pub node: String,
    /// Its text.
    pub body: String,
    /// Whether the account that this gate uses wrote it.
    pub ours: bool,
    /// Whether it is folded away, with a reason.
    pub hidden: bool,
}

/// What shapes a plan.
#[derive(Debug, Clone, Copy)]
pub struct Settings<'a> {
    /// Keeps several gates on one pull request apart.
    pub category: &'a str,
    /// The most discussions that are open at a time.
    pub max_comments: usize,
    /// Whether fixes can be committed with one click. Not those of a report that somebody else may have made up.
    pub suggestions: bool,
    /// Whether there are to be comments at lines.
    pub review: bool,
    /// Whether there is to be a summary.
    pub summary: bool,
}

/// What is to be written.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Plan {
    /// New comments at lines, all in one review.
    pub review: Vec<Draft>,
    /// New comments at files.
    pub files: Vec<Draft>,
    /// Comments whose text has changed.
    pub edits: Vec<Edit>,
    /// Discussions that are to be resolved, with their last words.
    pub resolved: Vec<Closing>,
    /// Discussions that were resolved when their finding had gone, and are to be open again: their ids, and what they say then.
    pub reopened: Vec<(String, Edit)>,
    /// Comments that were hidden when their finding had gone, and are shown again: their ids for the query language.
    pub shown: Vec<String>,
    /// The summary, where it is new or has changed.
    pub summary: Option<Summary>,
    /// Further summaries, which two runs at once have made: their ids for the query language.
    pub doubles: Vec<String>,
    /// New findings without a comment of their own: there were too many, or GitHub shows no place for them.
    pub unplaced: usize,
}

/// A comment to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// The file.
    pub path: String,
    /// The lines; `None` for the file as a whole.
    pub lines: Option<Lines>,
    /// The text with its mark.
    pub body: String,
    /// The text for the file, where GitHub does not take the lines.
    pub at_file: String,
}

/// A comment to be written anew.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edit {
    /// The comment's number.
    pub comment: u64,
    /// The text with its mark.
    pub body: String,
}

/// A discussion that comes to its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Closing {
    /// The discussion's id.
    pub thread: String,
    /// The id of its first comment, for the query language.
    pub node: String,
    /// Its last words.
    pub edit: Edit,
}

/// The one comment on the whole pull request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Summary {
    /// The comment that there is; `None` for a new one.
    pub comment: Option<u64>,
    /// The text with its mark.
    pub body: String,
}

impl Plan {
    /// Whether nothing is to be written.
    pub fn is_empty(&self) -> bool {
        self.review.is_empty()
            && self.files.is_empty()
            && self.edits.is_empty()
            && self.resolved.is_empty()
            && self.reopened.is_empty()
            && self.shown.is_empty()
            && self.summary.is_none()
            && self.doubles.is_empty()
    }
}

/// What is to be written, so that the pull request says what the report says.
pub fn plan(report: &Report, hunks: &Hunks, existing: &Existing, settings: Settings<'_>) -> Plan {
    let mut plan = Plan::default();
    if settings.review {
        discussions(&mut plan, report, hunks, existing, settings);
    }
    if settings.summary {
        summary(&mut plan, report, existing, settings);
    }
    plan
}

fn discussions(plan: &mut Plan, report: &Report, hunks: &Hunks, existing: &Existing, settings: Settings<'_>) {
    // What somebody has decided to let be is no matter for the review.
    let mut found: Vec<&Reported> = report.counted().filter(|r| !r.is_let_be()).collect();
    found.sort_by_key(|r| Reverse((r.action == Action::Fail, (r.finding.severity * 10.0) as i64)));
    let wanted: BTreeSet<&str> = found.iter().map(|r| r.finding.fingerprint.as_str()).collect();
    let mut threads = Threads::of(existing, settings.category);
    let mut open = 0;
    for reported in &found {
        if let Some(known) = threads.take(&reported.finding.fingerprint) {
            open += keep(plan, report, reported, hunks, known, settings);
        }
    }
    for reported in found.iter().filter(|r| !threads.taken.contains(r.finding.fingerprint.as_str())) {
        let draft = (open < settings.max_comments).then(|| draft(report, reported, hunks, settings)).flatten();
        match draft {
            Some(draft) if draft.lines.is_some() => plan.review.push(draft),
            Some(draft) => plan.files.push(draft),
            None => {
                plan.unplaced += 1;
                continue;
            }
        }
        open += 1;
    }
    let unsure = Unsure::of(report);
    for known in threads.rest(&wanted) {
        close(plan, known, &unsure);
    }
}

/// A discussion that this gate opened.
struct Known<'a> {
    thread: &'a Thread,
    marker: Marker,
    /// Whether another one is about the same finding.
    double: bool,
}

/// The discussions that this gate opened, by the fingerprints of their findings.
struct Threads<'a> {
    by_finding: BTreeMap<String, Vec<Known<'a>>>,
    taken: BTreeSet<String>,
}

impl<'a> Threads<'a> {
    fn of(existing: &'a Existing, category: &str) -> Self {
        let mut by_finding: BTreeMap<String, Vec<Known<'a>>> = BTreeMap::new();
        for thread in existing.threads.iter().filter(|thread| thread.opened_by.ours) {
            let Some(marker) = marker::read(category, &thread.opened_by.body) else { continue };
            let Subject::Finding(fingerprint) = &marker.subject else { continue };
            let same = by_finding.entry(fingerprint.clone()).or_default();
            same.push(Known { thread, double: !same.is_empty(), marker });
        }
        Threads { by_finding, taken: BTreeSet::new() }
    }

    /// The first discussion of a finding.
    fn take(&mut self, fingerprint: &str) -> Option<Known<'a>> {
        let same = self.by_finding.get_mut(fingerprint).filter(|same| !same.is_empty())?;
        self.taken.insert(fingerprint.to_string());
        Some(same.remove(0))
    }

    /// Those that no finding of the report took, or that are there a second time.
    fn rest(self, wanted: &BTreeSet<&str>) -> Vec<Known<'a>> {
        let is_left = |known: &Known<'_>, fingerprint: &str| known.double || !wanted.contains(fingerprint);
        let all = self.by_finding.into_iter();
        all.flat_map(|(f, known)| known.into_iter().filter(move |k| is_left(k, &f)).collect::<Vec<_>>()).collect()
    }
}

/// Brings a discussion up to date; gives how many stay open.
fn keep(
    plan: &mut Plan,
    report: &Report,
    reported: &Reported,
    hunks: &Hunks,
    known: Known<'_>,
    settings: Settings<'_>,
) -> usize {
    let came_back = known.marker.says_gone();
    if known.thread.resolved && !came_back {
        // Somebody has decided.
        return 0;
    }
    if known.thread.opened_by.hidden && came_back {
        plan.shown.push(known.thread.opened_by.node.clone());
    }
    // Where it stands is where it stays, so a suggestion must be for these very lines.
    let there = place(reported, hunks, settings).filter(|place| place.lines == known.thread.lines);
    let there = there.unwrap_or_else(|| Place {
        lines: known.thread.lines,
        suggestion: None,
        elsewhere: !known.thread.lines.is_some_and(|lines| lines.has(reported.finding.region.start_line)),
    });
    let written = Written::of(report, reported, &there, settings);
    if !known.marker.is_of(&written.essence) {
        let edit = Edit { comment: known.thread.opened_by.id, body: written.marked(reported, settings) };
        match known.thread.resolved {
            true => plan.reopened.push((known.thread.id.clone(), edit)),
            false => plan.edits.push(edit),
        }
    }
    1
}

/// Ends a discussion whose finding is gone, unless people have talked there, or nobody can say that it is gone.
fn close(plan: &mut Plan, known: Known<'_>, unsure: &Unsure<'_>) {
    let Known { thread, marker, double } = known;
    let settled = thread.resolved || marker.says_gone();
    if settled || thread.answered || (unsure.about(&thread.path) && !double) {
        return;
    }
    let edit = Edit { comment: thread.opened_by.id, body: last_words(&thread.opened_by.body, double) };
    plan.resolved.push(Closing { thread: thread.id.clone(), node: thread.opened_by.node.clone(), edit });
}

fn last_words(said: &str, double: bool) -> String {
    let (mark, _) = said.split_once('\n').unwrap_or((said, ""));
    let text = if double { comment::DOUBLE.to_string() } else { comment::gone(said) };
    // The mark stays but for its digest, the last of its parts.
    let before = mark.trim_end().rsplit_once(':').map_or(mark, |(before, _)| before);
    format!("{before}:{} -->\n{text}", marker::GONE)
}

/// Where findings may be missing from a report that are there.
struct Unsure<'a> {
    everywhere: bool,
    files: BTreeSet<&'a str>,
}

impl<'a> Unsure<'a> {
    fn of(report: &'a Report) -> Self {
        let left_out =
            |status: &FileStatus| matches!(status, FileStatus::Partial { .. } | FileStatus::NotAnalysed { .. });
        let files = report.files.iter().filter(|f| left_out(&f.status)).map(|f| f.path.as_str()).collect();
        Unsure { everywhere: report.summary.findings_over_cap > 0, files }
    }

    fn about(&self, path: &str) -> bool {
        self.everywhere || self.files.contains(path)
    }
}

/// Where a comment stands.
struct Place {
    lines: Option<Lines>,
    suggestion: Option<Suggestion>,
    elsewhere: bool,
}

/// The place for a finding: the lines that its fix replaces, its own lines, a line near it, its file. `None` where the pull
/// request does not even show the file.
fn place(reported: &Reported, hunks: &Hunks, settings: Settings<'_>) -> Option<Place> {
    let finding = &reported.finding;
    let path = finding.path.as_str();
    if !hunks.has(path) {
        return None;
    }
    let suggestion = reported.fix.as_ref().filter(|_| settings.suggestions).and_then(suggestion::of);
    if let Some(suggestion) = suggestion.filter(|s| hunks.show(path, s.lines)) {
        return Some(Place { lines: Some(suggestion.lines), suggestion: Some(suggestion), elsewhere: false });
    }
    let (first, last) = (finding.region.start_line, finding.region.end_line.max(finding.region.start_line));
    let own = [Lines { first, last }, Lines { first, last: first }].into_iter().find(|lines| hunks.show(path, *lines));
    let near = || hunks.nearest(path, first, NEAR).map(|line| Lines { first: line, last: line });
    let lines = own.or_else(near);
    Some(Place { lines, suggestion: None, elsewhere: own.is_none() })
}

/// The comment on a finding at its place.
struct Written {
    text: String,
    /// What of it is worth writing it anew.
    essence: String,
}

impl Written {
    fn of(report: &Report, reported: &Reported, place: &Place, settings: Settings<'_>) -> Self {
        let (elsewhere, trusted) = (place.elsewhere, settings.suggestions);
        let of = |suggestion| Written {
            text: comment::of_finding(report, reported, suggestion, elsewhere, trusted),
            essence: comment::essence(report, reported, suggestion, elsewhere, trusted),
        };
        let written = of(place.suggestion.as_ref());
        // A suggestion of many long lines; the fix then stands in a diff, which is cut.
        if written.text.len() > comment::MAX_BYTES { of(None) } else { written }
    }

    fn marked(&self, reported: &Reported, settings: Settings<'_>) -> String {
        let subject = Subject::Finding(reported.finding.fingerprint.clone());
        marker::marked_by(settings.category, &subject, &self.text, &self.essence)
    }
}

fn draft(report: &Report, reported: &Reported, hunks: &Hunks, settings: Settings<'_>) -> Option<Draft> {
    let place = place(reported, hunks, settings)?;
    let body = Written::of(report, reported, &place, settings).marked(reported, settings);
    let file = Place { lines: None, suggestion: None, elsewhere: true };
    let at_file = Written::of(report, reported, &file, settings).marked(reported, settings);
    Some(Draft { path: reported.finding.path.clone(), lines: place.lines, body, at_file })
}

/// The summary, unless it stands there already, or there is nothing to say and never was.
fn summary(plan: &mut Plan, report: &Report, existing: &Existing, settings: Settings<'_>) {
    let marker = |comment: &Comment| marker::read(settings.category, &comment.body);
    let is_summary =
        |comment: &&Comment| comment.ours && marker(comment).is_some_and(|marker| marker.subject == Subject::Summary);
    let mut all = existing.comments.iter().filter(is_summary);
    let there = all.next();
    plan.doubles = all.filter(|comment| !comment.hidden).map(|comment| comment.node.clone()).collect();
    let text = comment::summary(report);
    let is_quiet = report.verdict.outcome == Outcome::Pass && report.counted().next().is_none();
    let says_it = |comment: &Comment| marker(comment).is_some_and(|marker| marker.is_of(&text));
    plan.summary = match there {
        None if is_quiet => None,
        Some(comment) if says_it(comment) => None,
        _ => Some(Summary {
            comment: there.map(|comment| comment.id),
            body: marker::marked(settings.category, &Subject::Summary, &text),
        }),
    };
}
