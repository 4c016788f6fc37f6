//! From code before and after a fix to rows that teach repairs.
//!
//! Where our analysis finds the weakness before and not after, the question is made by the strategy `lora` itself, and the answer is
//! read back as that of a model is: only what would have been taken as a fix is taught. Where it does not (a function without
//! its file, a language that we do not analyse), the question is made by the same template, and the source is believed.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use similar::{DiffTag, TextDiff};

use super::pair::{Pair, Tongue, dedented};
use super::row::{Kind, Row, Source, folded, messages};
use crate::change::LineMap;
use crate::compare::{FilePair, Mapping, compare};
use crate::finding::{Confidence, Finding};
use crate::harden::prompted::Client;
use crate::harden::prompted::lora::Lora;
use crate::harden::prompted::prompt::{self, Told};
use crate::harden::prompted::redact::Redaction;
use crate::harden::prompted::section::Section;
use crate::harden::registry::Admission;
use crate::harden::{Strategy, Task};
use crate::inspect::{Inspected, Limits, inspect};
use crate::model::{Answer, End, Failure, Model, Request, Role};
use crate::rules::Library;
use crate::syntax::Source as Text;
use crate::syntax::hir::{File, Language, MODULE, Span};

/// Why a pair gives no row.
pub type Why = &'static str;

/// The file that code is analysed as: nothing of its name says what it is about.
pub fn file_name(language: Language) -> &'static str {
    match language {
        Language::Python => "main.py",
        Language::JavaScript => "main.js",
        Language::TypeScript => "main.ts",
        Language::Java => "Main.java",
        Language::Go => "main.go",
    }
}

/// The rows of a pair, or why there is none.
///
/// # Errors
///
/// A word for a manifest: `unchanged`, `not-found`, `not-parsed`, `introduces`, `still-found`, `not-whole-lines`, `not-taken`.
pub fn rows(pair: &Arc<Pair>, library: &Library) -> Result<Vec<Row>, Why> {
    let (before, after) = texts(pair);
    if folded(&before) == folded(&after) {
        return Err("unchanged");
    }
    let Tongue::Ours(language) = pair.tongue else { return Ok(vec![believed(pair, &before, &after, library)]) };
    let old = inspect(file_name(language), before.as_bytes(), library, Limits::default());
    let new = inspect(file_name(language), after.as_bytes(), library, Limits::default());
    let (Some(old_file), Some(new_file)) = (&old.file, &new.file) else { return Err("not-parsed") };
    if new_file.errors.len() > old_file.errors.len() {
        return Err("not-parsed");
    }
    let seen = Seen::of(&old, &new);
    if seen.introduced {
        return Err("introduces");
    }
    if seen.resolved.is_empty() {
        let speaks = |f: &&Finding| sure(f) && pair.cwe.is_none_or(|cwe| f.cwe.contains(&cwe));
        return match pair.source {
            Source::Pairs if old.findings.iter().any(|f| speaks(&f)) => Err("still-found"),
            Source::Pairs => Ok(vec![believed(pair, &before, &after, library)]),
            _ => Err("not-found"),
        };
    }
    taught(pair, &old, &new, &seen, library)
}

/// Both texts, as they are analysed.
pub(super) fn texts(pair: &Pair) -> (String, String) {
    match pair.source {
        // Functions alone; the others are files.
        Source::Pairs => (dedented(&pair.before), dedented(&pair.after)),
        _ => (pair.before.clone(), pair.after.clone()),
    }
}

/// What counts: `scan` and the default policy show no less sure findings.
fn sure(finding: &Finding) -> bool {
    finding.confidence >= Confidence::Medium
}

/// What a fix did.
pub(super) struct Seen {
    /// The findings that are gone, by their places in the old file.
    pub(super) resolved: Vec<usize>,
    /// Whether it brought any in.
    pub(super) introduced: bool,
}

impl Seen {
    pub(super) fn of(old: &Inspected, new: &Inspected) -> Seen {
        let text = |i: &Inspected| i.source.as_ref().map_or(String::new(), |s| s.text().to_string());
        let lines = LineMap::from_texts(text(old).as_bytes(), text(new).as_bytes());
        let compared = compare(&[FilePair {
            old: &old.findings,
            new: &new.findings,
            old_source: old.source.as_deref(),
            new_source: new.source.as_deref(),
            mapping: Mapping::Lines(&lines),
        }]);
        let gone = compared.resolved().iter().map(|at| at.finding);
        let resolved = gone.filter(|at| old.findings.get(*at).is_some_and(sure)).collect();
        let introduced = compared.introduced().any(|item| new.findings.get(item.at.finding).is_some_and(sure));
        Seen { resolved, introduced }
    }
}

/// Rows by the strategy itself, one for each function that was mended.
fn taught(pair: &Arc<Pair>, old: &Inspected, new: &Inspected, seen: &Seen, library: &Library) -> Result<Vec<Row>, Why> {
    let mut groups: BTreeMap<(u32, u32), Vec<&Finding>> = BTreeMap::new();
    for finding in seen.resolved.iter().filter_map(|at| old.findings.get(*at)) {
        let span = crate::harden::mend::home(old, finding).unwrap_or(finding.region.span());
        groups.entry((span.start, span.end)).or_default().push(finding);
    }
    let made: Vec<Result<Row, Why>> =
        groups.into_values().map(|group| row_of(pair, old, new, &group, library)).collect();
    let first = made.iter().find_map(|row| row.as_ref().err().copied());
    let rows: Vec<Row> = made.into_iter().flatten().collect();
    if rows.is_empty() { Err(first.unwrap_or("not-found")) } else { Ok(rows) }
}

fn row_of(
    pair: &Arc<Pair>,
    old: &Inspected,
    new: &Inspected,
    group: &[&Finding],
    library: &Library,
) -> Result<Row, Why> {
    let mut group = group.to_vec();
    // The severest first, as the gate has it; the sort is stable.
    group.sort_by(|a, b| b.severity.total_cmp(&a.severity));
    let (Some((finding, beside)), Some(source), Some(file)) = (group.split_first(), &old.source, &old.file) else {
        return Err("not-found");
    };
    let (Some(rule), Some(new_source), Some(new_file)) = (library.rule(&finding.rule), &new.source, &new.file) else {
        return Err("not-found");
    };
    let (facts, neighbours) = (&old.facts, &old.neighbours);
    let task = Task { finding, rule, beside, tried: &[], source, file, facts, neighbours, library };
    let section = Section::of(&task).ok_or("not-whole-lines")?;
    let code = rewritten((source, file), (new_source, new_file), section.span).ok_or("not-whole-lines")?;
    let answer = fenced(&pair.tongue.fence(), &Redaction::of(&task).hide(&code));
    let model = Dictated { answer: answer.clone(), asked: Mutex::default() };
    let admission = Admission::new(u64::MAX);
    let client = Client {
        model: &model,
        rounds: 1,
        answer_tokens: u32::MAX,
        temperature: 0.0,
        seed: None,
        may_see: &|_| true,
        admission: &admission,
    };
    let proposal = Lora(client).propose(&task);
    let edits = proposal.candidates.into_iter().next().ok_or("not-taken")?.edits;
    let mended = inspect(&old.result.path, edits.apply(source.text()).as_bytes(), library, Limits::default());
    let outcome = Seen::of(old, &mended);
    let gone = |f: &Finding| outcome.resolved.iter().filter_map(|at| old.findings.get(*at)).any(|g| g == f);
    let broken = mended.file.as_ref().is_none_or(|f| f.errors.len() > file.errors.len());
    if broken || outcome.introduced || !task.findings().all(gone) {
        return Err("not-taken");
    }
    let request = model.asked.into_inner().unwrap_or_else(PoisonError::into_inner).ok_or("not-taken")?;
    let user = request.turns.first().map_or("", |turn| turn.text.as_str());
    let said = messages(&request.system, &[(Role::User, user), (Role::Assistant, &answer)]);
    let cwe = pair.cwe.or(finding.cwe.first().copied());
    Ok(row(pair, said, cwe, true, folded(source.slice(section.span))))
}

fn row(pair: &Arc<Pair>, said: Vec<super::row::Message>, cwe: Option<u32>, analysed: bool, key: String) -> Row {
    Row {
        messages: said,
        kind: Kind::Repair,
        source: pair.source,
        licence: pair.licence.clone(),
        language: pair.tongue.name().to_string(),
        cwe,
        group: pair.group.clone(),
        analysed,
        key,
        pair: Some(Arc::clone(pair)),
    }
}

/// A row from what the source says: the whole code is the function, and the weakness stands where the fix begins.
fn believed(pair: &Arc<Pair>, before: &str, after: &str, library: &Library) -> Row {
    let (code, mended) = (before.trim_end(), after.trim_end());
    let line = code.lines().zip(mended.lines()).take_while(|(a, b)| a == b).count();
    let line = line.min(code.lines().count().saturating_sub(1)) as u32 + 1;
    let rule = library.rules().iter().find(|rule| pair.cwe.is_some_and(|cwe| rule.cwe.first() == Some(&cwe)));
    let name = rule.map_or("a weakness", |rule| rule.name.as_str());
    let (system, user) = prompt::tuned(&Told { language: pair.tongue.name(), name, cwe: pair.cwe, line, code });
    let answer = fenced(&pair.tongue.fence(), mended);
    let said = messages(&system, &[(Role::User, &user), (Role::Assistant, &answer)]);
    row(pair, said, pair.cwe, false, folded(code))
}

/// Code in a fence that it does not close itself.
pub(super) fn fenced(word: &str, code: &str) -> String {
    let longest = code.lines().map(|l| l.trim_start()).map(|l| l.len() - l.trim_start_matches('`').len()).max();
    let fence = "`".repeat(longest.unwrap_or(0).max(2) + 1);
    format!("{fence}{word}\n{}\n{fence}", code.trim_end())
}

/// A model that says what it is told to, and keeps what it was asked.
struct Dictated {
    answer: String,
    asked: Mutex<Option<Request>>,
}

impl Model for Dictated {
    fn id(&self) -> &str {
        "dictated"
    }

    fn adapter(&self) -> Option<&str> {
        Some("dictated")
    }

    fn answer(&self, request: &Request) -> Result<Answer, Failure> {
        *self.asked.lock().unwrap_or_else(PoisonError::into_inner) = Some(request.clone());
        Ok(Answer { text: self.answer.clone(), end: End::Complete, tokens_in: 0, tokens_out: 0, seconds: 0.0 })
    }
}

/// What an answer has to hold for a section to become what it is in the new text: imports that the old file lacks, what is
/// defined newly outside, and the section. None where the section does not consist of whole lines.
fn rewritten(old: (&Text, &File), new: (&Text, &File), section: Span) -> Option<String> {
    let (source, new_source) = (old.0, new.0);
    let first = source.line(section.start).saturating_sub(1) as usize;
    let last = source.line(section.end.saturating_sub(1).max(section.start)).saturating_sub(1) as usize;
    let head = Span { start: source.line_span(first as u32 + 1).start, end: section.start };
    let tail = Span { start: section.end, end: source.line_span(last as u32 + 1).end.max(section.end) };
    if !source.slice(head).trim().is_empty() || !source.slice(tail).trim().is_empty() {
        return None;
    }
    let is_import = |line: usize| {
        let span = new_source.line_span(line as u32 + 1);
        new.1.imports.iter().any(|i| i.scope == MODULE && i.stmt_span.overlaps(span))
    };
    let depth = |text: &str| text.len() - text.trim_start().len();
    let own_depth = depth(source.line_text(first as u32 + 1));
    let lines: Vec<&str> = new_source.text().lines().collect();
    let (mut own, mut beside): (Vec<&str>, Vec<&str>) = (Vec::new(), Vec::new());
    for op in TextDiff::from_lines(source.text(), new_source.text()).ops() {
        let (was, is) = (op.old_range(), op.new_range());
        for (number, line) in is.clone().zip(lines.get(is.clone())?.iter().copied()) {
            let inside = match op.tag() {
                DiffTag::Equal => (first..=last).contains(&(was.start + number - is.start)),
                DiffTag::Insert if was.start == last + 1 => depth(line) > own_depth && !line.trim().is_empty(),
                DiffTag::Insert => was.start > first && was.start <= last,
                _ => was.start <= last && was.end > first,
            };
            if inside {
                own.push(line);
            } else if op.tag() != DiffTag::Equal && !is_import(number) && !line.trim().is_empty() {
                beside.push(line);
            }
        }
    }
    let parts = [imported(old.1, new), beside.join("\n"), own.join("\n")];
    let parts: Vec<&str> = parts.iter().map(String::as_str).filter(|part| !part.trim().is_empty()).collect();
    Some(parts.join("\n\n"))
}

/// The imports of the new file that the old one lacks, one statement each.
fn imported(old: &File, (source, file): (&Text, &File)) -> String {
    let known = |i: &crate::syntax::hir::Import| {
        old.imports.iter().any(|o| o.path == i.path && o.local.map(|n| old.text(n)) == i.local.map(|n| file.text(n)))
    };
    let mut out: Vec<String> = Vec::new();
    for import in file.imports.iter().filter(|i| i.scope == MODULE && !known(i)) {
        let text = match file.language {
            // A line of a group is no statement by itself.
            Language::Go => format!("import \"{}\"", import.path),
            _ => source.slice(import.stmt_span).trim().to_string(),
        };
        if !out.contains(&text) {
            out.push(text);
        }
    }
    out.join("\n")
}
