//! The pipeline: a change to a report. Everything here is a call of something that has a place of its own; read it from
//! top to bottom to know what Tempergate does.

use std::collections::BTreeMap;
use std::sync::Arc;

use rayon::prelude::*;

use crate::assemble::{self, Parts};
use crate::authorship::Authors;
use crate::change::{Change, LineMap, Status};
use crate::compare::{FilePair, compare};
use crate::decided::{self, Deciding, Foreign, shown};
use crate::engine::opinions::Opinions;
use crate::engine::{Engines, again, engine_of};
use crate::finding::{FileResult, FileStatus, Finding};
use crate::harden::mend::{Mended, mend_again};
use crate::harden::registry::Registry;
use crate::harden::second_look::SecondLook;
use crate::inspect::{Inspected, Limits};
use crate::policy::{InlineWaivers, Policy};
use crate::report::Report;
use crate::report::model::{Action, ChangeInfo, Command, Reported, State};
use crate::rules::Library;
use crate::shard::Shard;
use crate::snapshot::Snapshot;
use crate::subject::{self, Subject, Why};
use crate::syntax::Source;
use crate::trial::{self, Trial};
use crate::verify::modules::MANIFESTS;
use crate::verify::{Available, Context};

/// A judged change.
pub struct Judged {
    /// The report.
    pub report: Report,
    /// The texts that it quotes, by path.
    pub texts: BTreeMap<String, Arc<Source>>,
    /// The accepted fixes of each file together: its path, and its text with them.
    pub mended: BTreeMap<String, String>,
}

/// What a change is judged with.
#[derive(Clone, Copy)]
pub struct Means<'a> {
    /// The policy.
    pub policy: &'a Policy,
    /// What is known about weaknesses.
    pub library: &'a Library,
    /// The strategies that findings are mended with.
    pub registry: &'a Registry<'a>,
    /// The policy's own command with what runs it.
    pub trial: Option<&'a Trial<'a>>,
    /// What asks the other analysers of the policy; without it none is asked.
    pub engines: Option<&'a dyn Engines>,
    /// Who wrote which line.
    pub authors: &'a Authors,
    /// Which job's share is mended and reported, where several judge a change together.
    pub shard: Option<Shard>,
}

/// Judges a change.
///
/// # Errors
/// An analyser that the policy requires said nothing: which and why, in one sentence.
pub fn judge(change: &Change, info: ChangeInfo, means: &Means<'_>) -> Result<Judged, String> {
    let Means { policy, library, registry, trial, engines: asked, authors, shard } = *means;
    let subjects = subject::subjects(change, policy, library);
    let pairs: Vec<FilePair<'_>> = subjects.iter().map(Subject::pair).collect();
    let comparison = compare(&pairs);
    let is_own = |path: &str| shard.is_none_or(|shard| shard.has(path));
    let comments: Vec<InlineWaivers> = subjects.iter().map(|s| inline_waivers(s, policy, library)).collect();
    let deciding = Deciding { policy, authors, comments: &comments };
    let mut decided = decided::own(&subjects, &comparison, &deciding);
    let mut foreign = match asked {
        Some(asked) => Foreign::ask(&subjects, policy.engines(), asked, &deciding)?,
        None => Foreign::default(),
    };
    foreign.join(&mut decided);
    let available = manifests(change.head());
    let mend =
        |subject: &Subject<'_>, reported: &[Reported], second: &SecondLook| match is_own(&subject.head.result.path) {
            true => mend_file(&subject.head, reported, policy, library, &available, registry, second),
            false => Mended::default(),
        };
    let mut seconds: Vec<SecondLook> = subjects.iter().map(|_| SecondLook::default()).collect();
    let files = subjects.par_iter().zip(&decided).zip(&seconds);
    let mut mended: Vec<Mended> = files.map(|((subject, reported), second)| mend(subject, reported, second)).collect();
    if let Some(asked) = asked {
        let remend = |file: usize, second: &SecondLook| match (subjects.get(file), decided.get(file)) {
            (Some(subject), Some(reported)) => mend(subject, reported, second),
            _ => Mended::default(),
        };
        let is_listed = |file: usize, finding: &Finding| {
            let language = subjects.get(file).and_then(|subject| subject.head.result.language);
            policy.decide(finding, State::New, language).action != Action::Off
        };
        let engines = policy.engines();
        let case = again::Case {
            subjects: &subjects,
            decided: &decided,
            engines,
            asked,
            is_listed: &is_listed,
            remend: &remend,
        };
        again::look_again(&case, &mut seconds, &mut mended, &mut foreign.opinions);
    }
    if let Some(trial) = trial {
        let heads: Vec<&Inspected> = subjects.iter().map(|s| &s.head).collect();
        trial::try_fixes(&heads, &mut mended, trial);
    }
    let resolved = (comparison.resolved().iter())
        .filter_map(|at| shown(&subjects.get(at.file)?.base.findings, at.finding).cloned())
        .collect();
    let mut resolved = foreign.with_resolved(resolved);
    resolved.retain(|finding| is_own(&finding.path));
    foreign.put_behind(&mut decided);
    let paths = subjects.iter().map(|s| s.head.result.path.clone());
    let inline = paths.zip(comments).filter(|(path, _)| is_own(path)).collect();
    let mut out = collect(subjects, decided, mended);
    out.keep(is_own);
    let Collected { findings, files, texts, mended, .. } = out;
    let Opinions { engines, rules, .. } = foreign.opinions;
    let (change, authors) = (Some(info), Some(authors));
    let parts =
        Parts { command: Command::Check, change, shard, findings, authors, resolved, files, inline, engines, rules };
    Ok(Judged { report: assemble::report(parts, policy, library), texts, mended })
}

/// The waivers in comments of a file's head. Those hold that the base has too, at the same place.
fn inline_waivers(subject: &Subject<'_>, policy: &Policy, library: &Library) -> InlineWaivers {
    let Some(source) = subject.head.source.as_ref().filter(|_| policy.reads_comments()) else {
        return InlineWaivers::default();
    };
    let base = subject.base.source.as_ref();
    let lines = match (subject.change, base) {
        (Some(_), Some(base)) => Some(LineMap::from_texts(base.text().as_bytes(), source.text().as_bytes())),
        _ => None,
    };
    let is_approved = |line: u32| match (subject.change, &lines) {
        (None, _) => true,
        (Some(_), Some(lines)) => lines.to_old(line).is_some(),
        (Some(_), None) => false,
    };
    let of_engine = |id: &str| policy.engines().iter().any(|engine| engine_of(id) == Some(&engine.name));
    InlineWaivers::read(source.text(), is_approved, |id| library.rule(id).is_some() || of_engine(id))
}

/// The dependencies that the project's manifests name, at the root and beside no particular file.
fn manifests(head: &dyn Snapshot) -> Available {
    let texts: Vec<(&str, String)> = MANIFESTS
        .iter()
        .filter_map(|name| Some((*name, String::from_utf8_lossy(&head.read(name).ok()??).into_owned())))
        .collect();
    Available::from_manifests(texts.iter().map(|(name, text)| (*name, text.as_str())))
}

/// Mends the new and worsened findings of a file.
pub fn mend_file(
    file: &Inspected,
    reported: &[Reported],
    policy: &Policy,
    library: &Library,
    available: &Available,
    registry: &Registry<'_>,
    second: &SecondLook,
) -> Mended {
    let wanted: Vec<usize> = (reported.iter().enumerate())
        .filter(|(_, r)| matches!(r.state, State::New | State::Worsened) && r.action != Action::Off)
        .map(|(i, _)| i)
        .collect();
    let limits = Limits { file_bytes: policy.max_file_bytes(), steps: policy.max_steps() };
    let context = Context { library, limits, available };
    let plan_for = |index: usize| {
        let finding = &reported.get(index)?.finding;
        let language = file.result.language;
        registry.plan(policy.strategy_for(finding, language), policy.ladder(), finding, language)
    };
    mend_again(file, &wanted, &plan_for, &context, second)
}

/// Puts files, decisions and fixes together.
fn collect(subjects: Vec<Subject<'_>>, decided: Vec<Vec<Reported>>, mended: Vec<Mended>) -> Collected {
    let mut out = Collected::default();
    for ((subject, reported), mended) in subjects.into_iter().zip(decided).zip(mended) {
        if subject.change.is_some_and(|c| c.status == Status::Deleted) {
            continue;
        }
        let Inspected { mut result, source, .. } = subject.head;
        if result.status == FileStatus::Clean && reported.iter().any(|one| one.action != Action::Off) {
            // Another analyser found something.
            result.status = FileStatus::Findings;
        }
        let file = Judgement { result, source, reported, mended };
        match subject.why {
            Why::Changed => out.add(file),
            // It was analysed whole before the change; now nobody knows.
            Why::Importing if is_left_out(&file.result.status) && !is_left_out(&subject.base.result.status) => {
                out.add(file);
            }
            Why::Importing | Why::Reached => out.add_unlisted(file),
        }
    }
    out
}

/// Whether something of a file was not analysed.
pub fn is_left_out(status: &FileStatus) -> bool {
    matches!(status, FileStatus::Partial { .. } | FileStatus::NotAnalysed { .. })
}

/// What the files give for a report.
#[derive(Default)]
pub struct Collected {
    /// Findings with decisions and fixes, those that are switched off left out.
    pub findings: Vec<Reported>,
    /// What became of the files.
    pub files: Vec<FileResult>,
    /// The texts of files with findings.
    pub texts: BTreeMap<String, Arc<Source>>,
    /// The texts of files with all their accepted fixes.
    pub mended: BTreeMap<String, String>,
    /// The waivers in comments, by path.
    pub inline: Vec<(String, InlineWaivers)>,
}

impl Collected {
    /// Adds a file.
    pub fn add(&mut self, file: Judgement) {
        let Judgement { result, source, reported, mut mended } = file;
        if let (Some(source), false) = (&source, mended.accepted.is_empty()) {
            self.mended.insert(result.path.clone(), mended.accepted.apply(source.text()));
        }
        for (index, mut one) in reported.into_iter().enumerate().filter(|(_, r)| r.action != Action::Off) {
            one.fix = mended.fixes.remove(&index);
            one.rejected = mended.rejected.remove(&index).unwrap_or_default();
            if let Some(source) = &source {
                self.texts.insert(result.path.clone(), source.clone());
            }
            self.findings.push(one);
        }
        self.files.push(result);
    }

    /// Leaves out the files of which this says so.
    pub fn keep(&mut self, is_kept: impl Fn(&str) -> bool) {
        self.findings.retain(|reported| is_kept(&reported.finding.path));
        self.files.retain(|file| is_kept(&file.path));
        self.texts.retain(|path, _| is_kept(path));
        self.mended.retain(|path, _| is_kept(path));
    }

    /// Adds what was found in a file that is none of those asked for, or that stands in the list already: it is listed where
    /// something was found in it.
    pub fn add_unlisted(&mut self, file: Judgement) {
        if file.reported.iter().all(|r| r.action == Action::Off) {
            return;
        }
        self.add(file);
        let Some(mut added) = self.files.pop() else { return };
        match self.files.iter_mut().find(|f| f.path == added.path) {
            Some(listed) if listed.status == FileStatus::Clean => listed.status = FileStatus::Findings,
            Some(_) => {}
            None => {
                added.status = FileStatus::Findings;
                self.files.push(added);
            }
        }
    }
}

/// What is reported of one file.
pub struct Judgement {
    /// What became of it.
    pub result: FileResult,
    /// Its text, where it is quoted.
    pub source: Option<Arc<Source>>,
    /// Its findings, decided.
    pub reported: Vec<Reported>,
    /// Their fixes, by their place in that list.
    pub mended: Mended,
}
