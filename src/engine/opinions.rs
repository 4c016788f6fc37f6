//! What all engines say about both sides of a change.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::answer::{self, Looked};
use super::{Engines, Folder, MAX_LAID_OUT};
use crate::change::{FileChange, Status};
use crate::compare::{FilePair, Mapping};
use crate::finding::Finding;
use crate::policy::{Engine, EngineSource};
use crate::report::model::{EngineInfo, EngineOutcome, RuleInfo};
use crate::subject::{Subject, Why};
use crate::syntax::{Source, language_of};

/// The folders of the two sides. The name is a word that no folder of a repository is likely to have.
const BASE: &str = "tempergate-base";
const HEAD: &str = "tempergate-head";

/// What all engines say, by the number of the judged file.
#[derive(Debug, Default)]
pub struct Opinions {
    /// The engines, in the order of the policy.
    pub engines: Vec<EngineInfo>,
    /// Their findings at the base.
    pub base: Vec<Vec<Finding>>,
    /// Their findings at the head.
    pub head: Vec<Vec<Finding>>,
    /// What is known of their rules, by id.
    pub rules: BTreeMap<String, RuleInfo>,
}

impl Opinions {
    /// What an engine found in a file at the head: the places among all findings there, and the findings.
    pub fn at_head<'o>(&'o self, file: usize, engine: &'o str) -> impl Iterator<Item = (usize, &'o Finding)> {
        let findings = self.head.get(file).map_or(&[][..], Vec::as_slice);
        findings.iter().enumerate().filter(move |(_, finding)| answer::engine_of(&finding.rule) == Some(engine))
    }
}

/// Asks the engines of a policy about a change.
///
/// # Errors
/// A required engine said nothing: which, and why, in one sentence.
pub fn ask(subjects: &[Subject<'_>], engines: &[Engine], asked: &dyn Engines) -> Result<Opinions, String> {
    let mut out = Opinions {
        base: vec![Vec::new(); subjects.len()],
        head: vec![Vec::new(); subjects.len()],
        ..Opinions::default()
    };
    for engine in engines {
        let folders = folders(subjects, engine);
        let mut info = info(engine);
        if folders.iter().all(|folder| folder.files.is_empty()) {
            info.outcome = EngineOutcome::NothingToLookAt;
        } else {
            match look(engine, &folders, asked) {
                Ok(looked) => out.take(subjects, engine, looked, &mut info),
                Err(why) if engine.required => {
                    return Err(format!("the engine {} is required, and {why}", engine.name));
                }
                Err(why) => {
                    info.outcome = EngineOutcome::Failed;
                    info.problem = Some(why);
                }
            }
        }
        out.engines.push(info);
    }
    Ok(out)
}

/// Asks one engine, and reads what it says.
pub(super) fn look(engine: &Engine, folders: &[Folder], asked: &dyn Engines) -> Result<Looked, String> {
    let bytes: usize = folders.iter().flat_map(|folder| folder.files.values()).map(|source| source.text().len()).sum();
    if bytes > MAX_LAID_OUT {
        return Err(format!("it was not asked: it would have to look at more than {MAX_LAID_OUT} bytes"));
    }
    answer::read(engine, &asked.look(engine, folders)?, folders)
}

fn info(engine: &Engine) -> EngineInfo {
    EngineInfo { name: engine.name.clone(), required: engine.required, ..EngineInfo::default() }
}

/// Whether the other analysers see a file: those that changed, in languages that we know, and none that tells tools how to
/// behave. A change could otherwise bring along what makes them look away, or code that they run.
pub(super) fn is_shown(subject: &Subject<'_>, path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    let scripts = ["js", "cjs", "mjs", "ts", "cts", "mts"];
    let is_script = name.rsplit('.').next().is_some_and(|end| scripts.contains(&end));
    let is_configuration = name.starts_with('.') || (is_script && name.contains(".config."));
    subject.why == Why::Changed && language_of(path).is_some() && !is_configuration
}

fn folders(subjects: &[Subject<'_>], engine: &Engine) -> Vec<Folder> {
    let limits = engine.limits();
    let mut folders = [BASE, HEAD].map(|name| Folder { name: name.to_owned(), files: BTreeMap::new() });
    for subject in subjects {
        for (folder, side) in folders.iter_mut().zip([&subject.base, &subject.head]) {
            let path = &side.result.path;
            let Some(source) = side.source.as_ref().filter(|_| is_shown(subject, path)) else { continue };
            if limits.has(path, language_of(path)) {
                folder.files.insert(path.clone(), Arc::clone(source));
            }
        }
    }
    folders.into()
}

impl Opinions {
    fn take(&mut self, subjects: &[Subject<'_>], engine: &Engine, looked: Looked, info: &mut EngineInfo) {
        info.tool = Some(looked.tool.clone()).filter(|tool| !tool.is_empty());
        info.version.clone_from(&looked.version);
        info.notes.clone_from(&looked.notes);
        let is_file = matches!(engine.source, EngineSource::Sarif(_));
        if looked.elsewhere > 0 && !is_file {
            info.notes.push(format!("{} of its results are about no file that it was asked about", looked.elsewhere));
        }
        let sides = self.base.iter_mut().zip(&mut self.head);
        for (subject, (base, head)) in subjects.iter().zip(sides).filter(|(subject, _)| subject.why == Why::Changed) {
            let new = looked.of(1, &subject.head.result.path);
            match (is_file, subject.change) {
                (true, Some(change)) => base.extend(before(change, new, subject.base.source.as_deref())),
                _ => base.extend_from_slice(looked.of(0, &subject.base.result.path)),
            }
            head.extend_from_slice(new);
        }
        self.rules.extend(looked.rules);
    }
}

/// A file tells of the head alone. What it finds in lines that did not change was there before.
fn before(change: &FileChange, found: &[Finding], base: Option<&Source>) -> Vec<Finding> {
    let (Some(base), false) = (base, change.status == Status::Copied) else { return Vec::new() };
    let old = |finding: &Finding| {
        let line = change.lines.to_old(finding.region.start_line)?;
        let mut old = finding.clone();
        let (from, to) = (base.line_span(line), base.line_span(line));
        let column = finding.region.start_column.saturating_sub(1);
        old.region = crate::finding::Region {
            start: from.start,
            end: to.end,
            start_line: line,
            start_column: column + 1,
            end_line: line,
            end_column: column + 1,
        };
        Some(old)
    };
    found.iter().filter_map(old).collect()
}

/// The findings of both sides of a file, for comparison.
pub fn pair<'a>(subject: &'a Subject<'_>, base: &'a [Finding], head: &'a [Finding]) -> FilePair<'a> {
    let (old, new) = ((base, subject.base.source.as_deref()), (head, subject.head.source.as_deref()));
    match subject.change {
        Some(change) => FilePair::of_change(change, old, new),
        None => FilePair { old: old.0, new: new.0, old_source: old.1, new_source: new.1, mapping: Mapping::Same },
    }
}
