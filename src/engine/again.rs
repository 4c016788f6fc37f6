//! The other analysers' look at fixes: none may bring in what one of them sees and did not see before.
//!
//! Every round lays out all candidates for one run of each engine: a folder for each fix alone, with the one file that it
//! changes, and one folder with all fixes of all files together, where every file of the change stands. Alone, since
//! reviewers take some fixes and leave others; together, since all of them may be taken, and since an engine that looks
//! across files then has what it had before. A fix that is the only one of its file needs no folder of its own: the file
//! reads the same in the folder of all. What is refused is proposed no more, so that the next candidate has its turn in the
//! next round. What is kept in the end was seen in exactly that combination.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::sync::Arc;

use super::answer::Looked;
use super::opinions::{self, Opinions};
use super::{Engines, Folder};
use crate::compare::{At, FilePair, Mapping, compare};
use crate::edit::EditSet;
use crate::finding::{Confidence, Finding};
use crate::harden::mend::Mended;
use crate::harden::second_look::{Refused, SecondLook};
use crate::policy::{Engine, EngineSource};
use crate::report::model::{EngineInfo, EngineLook, EngineOutcome, FindingSummary, Reported};
use crate::subject::Subject;
use crate::syntax::{Source, language_of};
use crate::trial::{self, Accepted};
use crate::verify::{Rejection, RejectionKind};

/// How often files are mended anew because of what engines saw. Then what they refuse is taken back.
const ROUNDS: usize = 4;
/// The folder with all fixes.
const ALL: &str = "tempergate-all";

/// Mends a file again.
pub type Remend<'a> = dyn Fn(usize, &SecondLook) -> Mended + 'a;

/// What is looked at.
pub struct Case<'a> {
    /// The judged files.
    pub subjects: &'a [Subject<'a>],
    /// The findings of each, decided and joined.
    pub decided: &'a [Vec<Reported>],
    /// The engines of the policy.
    pub engines: &'a [Engine],
    /// What asks them.
    pub asked: &'a dyn Engines,
    /// Whether the policy lists a finding in a file at all; what it switches off speaks against no fix.
    pub is_listed: &'a dyn Fn(usize, &Finding) -> bool,
    /// Mends a file again.
    pub remend: &'a Remend<'a>,
}

/// Has the engines look at all accepted fixes, until they refuse none. What they refused stands among the rejected
/// candidates, and what they said of the others in the records.
pub fn look_again(case: &Case<'_>, seconds: &mut [SecondLook], mended: &mut [Mended], opinions: &mut Opinions) {
    let mut views: Vec<View> = Vec::new();
    for round in 0..=ROUNDS {
        let fixes = case.accepted(mended);
        if fixes.is_empty() {
            return;
        }
        let refusals = case.round(&fixes, mended, opinions, &mut views);
        if refusals.is_empty() {
            return case.record(&fixes, &views, mended, opinions);
        }
        if round + 1 < ROUNDS {
            case.mend_again(&fixes, refusals, seconds, mended);
        } else if round < ROUNDS {
            let rejections = refusals.into_iter().map(|(fix, refused)| (fix, rejection(refused))).collect();
            trial::take_back(rejections, &fixes, mended);
        } else {
            let why = "the other analysers refused some of the fixes, and it was not settled which can stay";
            let rejections = (0..fixes.len()).map(|fix| (fix, Rejection::new(RejectionKind::Introduces, why)));
            trial::take_back(rejections.collect(), &fixes, mended);
        }
    }
}

/// What an engine said of a fix alone.
struct View {
    file: usize,
    edits: EditSet,
    engine: String,
    /// Of its findings at the head of the file, by their places, those that are gone.
    resolved: Vec<usize>,
    /// Why it did not look.
    not_asked: Option<String>,
}

impl View {
    fn is_of(&self, fix: &Accepted, engine: &Engine) -> bool {
        self.file == fix.file && self.engine == engine.name && self.edits == fix.edits
    }
}

/// A fix by its number, and what speaks against it.
type Refusals = BTreeMap<usize, Refused>;

impl Case<'_> {
    fn accepted(&self, mended: &[Mended]) -> Vec<Accepted> {
        let heads: Vec<_> = self.subjects.iter().map(|subject| &subject.head).collect();
        trial::accepted(&heads, mended)
    }

    /// One run of each engine.
    fn round(&self, fixes: &[Accepted], mended: &[Mended], opinions: &mut Opinions, views: &mut Vec<View>) -> Refusals {
        let mut refusals = Refusals::new();
        for (number, engine) in self.engines.iter().enumerate() {
            let seen = |fix: &Accepted| views.iter().any(|view| view.is_of(fix, engine));
            let alone: Vec<usize> = (0..fixes.len())
                .filter(|fix| fixes.get(*fix).is_some_and(|fix| !seen(fix) && shares_file(fix, fixes)))
                .collect();
            let looked = match self.look(engine, number, &alone, fixes, mended, opinions) {
                Ok(looked) => looked,
                Err(why) => {
                    self.not_looked(engine, &why, fixes, views, &mut refusals);
                    continue;
                }
            };
            let run = Run { case: self, engine, opinions, looked: &looked };
            let mut count = run.judge_alone(&alone, fixes, views, &mut refusals);
            count += run.judge_all(&alone, fixes, mended, views, &mut refusals);
            let refused = refusals.values().filter(|refused| names(refused, engine)).count();
            if let Some(info) = opinions.engines.get_mut(number) {
                info.fixes += count;
                info.rejected += refused;
            }
        }
        refusals
    }

    fn look(
        &self,
        engine: &Engine,
        number: usize,
        alone: &[usize],
        fixes: &[Accepted],
        mended: &[Mended],
        opinions: &Opinions,
    ) -> Result<Looked, String> {
        if matches!(engine.source, EngineSource::Sarif(_)) {
            return Err("its findings come from a file".to_owned());
        }
        let info = opinions.engines.get(number);
        if let Some(EngineInfo { outcome: EngineOutcome::Failed, .. }) = info {
            return Err("it failed before".to_owned());
        }
        let mut folders = vec![self.all(engine, mended)];
        folders.extend(alone.iter().filter_map(|fix| self.one(engine, *fix, fixes.get(*fix)?)));
        if folders.iter().all(|folder| folder.files.is_empty()) {
            return Ok(Looked::default());
        }
        opinions::look(engine, &folders, self.asked)
    }

    /// All files of the change at the head, with all fixes.
    fn all(&self, engine: &Engine, mended: &[Mended]) -> Folder {
        let none = EditSet::default();
        let edits = |file: usize| mended.get(file).map_or(&none, |mended| &mended.accepted);
        let texts = (0..self.subjects.len()).filter_map(|file| self.text(engine, file, edits(file)));
        Folder { name: ALL.to_owned(), files: texts.collect() }
    }

    /// The file of a fix, with this fix alone.
    fn one(&self, engine: &Engine, number: usize, fix: &Accepted) -> Option<Folder> {
        let text = self.text(engine, fix.file, &fix.edits);
        Some(Folder { name: alone_name(number), files: text.into_iter().collect() })
    }

    /// The path and the edited text of a file that an engine looks at.
    fn text(&self, engine: &Engine, file: usize, edits: &EditSet) -> Option<(String, Arc<Source>)> {
        let subject = self.subjects.get(file)?;
        let (path, source) = (&subject.head.result.path, subject.head.source.as_ref()?);
        let is_seen = opinions::is_shown(subject, path) && engine.limits().has(path, language_of(path));
        let text = || match edits.edits().is_empty() {
            true => Arc::clone(source),
            false => Arc::new(Source::new(edits.apply(source.text()).as_bytes())),
        };
        is_seen.then(|| (path.clone(), text()))
    }

    /// A required engine that says nothing lets no fix through; another one is told of in the records.
    fn not_looked(
        &self,
        engine: &Engine,
        why: &str,
        fixes: &[Accepted],
        views: &mut Vec<View>,
        refusals: &mut Refusals,
    ) {
        let is_file = matches!(engine.source, EngineSource::Sarif(_));
        for (number, fix) in fixes.iter().enumerate() {
            if engine.required && !is_file {
                let explanation = format!("the engine {} is required and did not look at it: {why}", engine.name);
                let refused = Refused { edits: fix.edits.clone(), explanation, introduced: Vec::new() };
                refuse(refusals, number, refused);
            } else if !views.iter().any(|view| view.is_of(fix, engine)) {
                views.push(View {
                    file: fix.file,
                    edits: fix.edits.clone(),
                    engine: engine.name.clone(),
                    resolved: Vec::new(),
                    not_asked: Some(why.to_owned()),
                });
            }
        }
    }

    fn mend_again(&self, fixes: &[Accepted], refusals: Refusals, seconds: &mut [SecondLook], mended: &mut [Mended]) {
        let mut files = std::collections::BTreeSet::new();
        for (number, refused) in refusals {
            let Some(file) = fixes.get(number).map(|fix| fix.file) else { continue };
            if let Some(second) = seconds.get_mut(file) {
                second.refused.push(refused);
                files.insert(file);
            }
        }
        for file in files {
            if let (Some(second), Some(place)) = (seconds.get(file), mended.get_mut(file)) {
                *place = (self.remend)(file, second);
            }
        }
    }

    /// Writes into the records what the engines said.
    fn record(&self, fixes: &[Accepted], views: &[View], mended: &mut [Mended], opinions: &Opinions) {
        for fix in fixes {
            let Some(mended) = mended.get_mut(fix.file) else { continue };
            for finding in &fix.findings {
                let also = self.decided.get(fix.file).and_then(|all| all.get(*finding)).map(|r| &r.also_found_by);
                let same: Vec<&str> = also.into_iter().flatten().map(|also| also.fingerprint.as_str()).collect();
                let looks = self.engines.iter().filter_map(|engine| {
                    let view = views.iter().find(|view| view.is_of(fix, engine))?;
                    Some(look_of(view, opinions, &same))
                });
                if let Some(fix) = mended.fixes.get_mut(finding) {
                    fix.verification.engines = looks.collect();
                }
            }
        }
    }
}

/// Notes what speaks against a fix, behind what others said.
fn refuse(refusals: &mut Refusals, number: usize, refused: Refused) {
    match refusals.entry(number) {
        Entry::Vacant(place) => {
            place.insert(refused);
        }
        Entry::Occupied(mut place) => {
            let before = place.get_mut();
            before.explanation = format!("{}; {}", before.explanation, refused.explanation);
            before.introduced.extend(refused.introduced);
        }
    }
}

fn alone_name(number: usize) -> String {
    format!("tempergate-fix-{number:04}")
}

fn shares_file(fix: &Accepted, fixes: &[Accepted]) -> bool {
    fixes.iter().filter(|other| other.file == fix.file).count() > 1
}

fn names(refused: &Refused, engine: &Engine) -> bool {
    refused.introduced.iter().any(|one| super::answer::engine_of(&one.rule) == Some(&engine.name))
}

fn rejection(refused: Refused) -> Rejection {
    Rejection::new(RejectionKind::Introduces, refused.explanation)
}

fn look_of(view: &View, opinions: &Opinions, same: &[&str]) -> EngineLook {
    let at_head = || opinions.at_head(view.file, &view.engine);
    let gone = |at: &usize| view.resolved.contains(at);
    let is_same = |finding: &Finding| same.contains(&finding.fingerprint.as_str());
    let not_asked = view.not_asked.clone();
    EngineLook {
        engine: view.engine.clone(),
        resolved: at_head().filter(|(at, _)| gone(at)).map(|(_, finding)| summary(finding)).collect(),
        persisting: at_head()
            .filter(|(at, finding)| not_asked.is_none() && !gone(at) && is_same(finding))
            .map(|(_, finding)| summary(finding))
            .collect(),
        not_asked,
    }
}

fn summary(finding: &Finding) -> FindingSummary {
    FindingSummary {
        rule: finding.rule.clone(),
        cwe: finding.cwe.clone(),
        severity: finding.severity,
        line: finding.region.start_line,
    }
}

/// What one engine said in one round.
struct Run<'a> {
    case: &'a Case<'a>,
    engine: &'a Engine,
    opinions: &'a Opinions,
    looked: &'a Looked,
}

/// What an engine says of a file with edits.
struct Compared {
    /// Its findings at the head that are gone, by their places.
    resolved: Vec<usize>,
    introduced: Vec<Finding>,
}

impl Run<'_> {
    /// Judges the fixes that have a folder of their own; gives their number.
    fn judge_alone(
        &self,
        alone: &[usize],
        fixes: &[Accepted],
        views: &mut Vec<View>,
        refusals: &mut Refusals,
    ) -> usize {
        for (at, number) in alone.iter().enumerate() {
            let Some(fix) = fixes.get(*number) else { continue };
            // The first folder is that of all.
            let compared = self.compare(at + 1, fix.file, &fix.edits);
            self.settle(*number, fix, compared, views, refusals);
        }
        alone.len()
    }

    /// Judges all fixes together; those that are the only ones of their files alone, too. Gives the number of files.
    fn judge_all(
        &self,
        alone: &[usize],
        fixes: &[Accepted],
        mended: &[Mended],
        views: &mut Vec<View>,
        refusals: &mut Refusals,
    ) -> usize {
        let mut count = 0;
        let none = EditSet::default();
        for file in 0..self.case.subjects.len() {
            let edits = mended.get(file).map_or(&none, |mended| &mended.accepted);
            let of_file: Vec<usize> =
                (0..fixes.len()).filter(|n| fixes.get(*n).is_some_and(|f| f.file == file)).collect();
            let compared = self.compare(0, file, edits);
            let only = match of_file.as_slice() {
                [only] => fixes.get(*only).map(|fix| (*only, fix)),
                _ => None,
            };
            if let Some((number, fix)) = only {
                count += usize::from(!views.iter().any(|view| view.is_of(fix, self.engine)));
                self.settle(number, fix, compared, views, refusals);
                continue;
            }
            // Each is known alone: the one that came last has to go, or where there is none, the last of all.
            let settled = of_file.iter().any(|n| refusals.contains_key(n)) || compared.introduced.is_empty();
            let last = of_file.last().copied().or_else(|| fixes.len().checked_sub(1));
            if let (false, Some(number)) = (settled, last) {
                let Some(fix) = fixes.get(number) else { continue };
                let refused = self.refused(fix, &compared.introduced, "together with the other fixes, ");
                refuse(refusals, number, refused);
            }
            count += usize::from(alone.iter().any(|n| of_file.contains(n)));
        }
        count
    }

    fn settle(
        &self,
        number: usize,
        fix: &Accepted,
        compared: Compared,
        views: &mut Vec<View>,
        refusals: &mut Refusals,
    ) {
        if !compared.introduced.is_empty() {
            refuse(refusals, number, self.refused(fix, &compared.introduced, ""));
        } else if !views.iter().any(|view| view.is_of(fix, self.engine)) {
            views.push(View {
                file: fix.file,
                edits: fix.edits.clone(),
                engine: self.engine.name.clone(),
                resolved: compared.resolved,
                not_asked: None,
            });
        }
    }

    fn refused(&self, fix: &Accepted, introduced: &[Finding], before: &str) -> Refused {
        let named: Vec<String> = introduced
            .iter()
            .take(3)
            .map(|finding| {
                let cwe = finding.cwe.first().map(|cwe| format!(" (CWE-{cwe})")).unwrap_or_default();
                format!("{}{cwe} at line {}", finding.rule, finding.region.start_line)
            })
            .collect();
        let explanation = format!("{before}brings in {}, as {} sees it", named.join(", "), self.engine.name);
        Refused { edits: fix.edits.clone(), explanation, introduced: introduced.iter().map(summary).collect() }
    }

    /// What the engine found in a file of a folder, against what it found at the head.
    fn compare(&self, folder: usize, file: usize, edits: &EditSet) -> Compared {
        let nothing = Compared { resolved: Vec::new(), introduced: Vec::new() };
        let Some(subject) = self.case.subjects.get(file) else { return nothing };
        let path = &subject.head.result.path;
        let (places, old): (Vec<usize>, Vec<Finding>) =
            self.opinions.at_head(file, &self.engine.name).map(|(at, finding)| (at, finding.clone())).unzip();
        let new = self.looked.of(folder, path);
        let Some(source) = subject.head.source.as_deref().filter(|_| !(old.is_empty() && new.is_empty())) else {
            return nothing;
        };
        let text = Source::new(edits.apply(source.text()).as_bytes());
        let comparison = compare(&[FilePair {
            old: &old,
            new,
            old_source: Some(source),
            new_source: Some(&text),
            mapping: Mapping::Edits(edits),
        }]);
        let gone = |at: &usize| comparison.is_resolved(At { file: 0, finding: *at });
        let resolved = places.iter().enumerate().filter(|(at, _)| gone(at)).map(|(_, place)| *place).collect();
        let introduced = comparison.introduced().filter_map(|item| new.get(item.at.finding));
        // What is shown to nobody does not count against a fix either.
        let is_shown = |f: &&Finding| f.confidence >= Confidence::Medium && (self.case.is_listed)(file, f);
        let introduced = introduced.filter(is_shown).cloned().collect();
        Compared { resolved, introduced }
    }
}
