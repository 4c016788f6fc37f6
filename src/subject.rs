//! The files that are judged for a change, each at both states: those that changed; unchanged ones that import these, since a
//! change breaks where it is used; and unchanged ones into which data goes on from the others.

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;

use crate::change::{Change, FileChange, Hunk, Kind, Status};
use crate::compare::FilePair;
use crate::compare::Mapping;
use crate::finding::{FileStatus, Finding, FlowStep, Region};
use crate::inspect::{self, Inspected, Limits};
use crate::links::gather::Gatherer;
use crate::links::importers::importers;
use crate::links::{Neighbours, Unit};
use crate::policy::Policy;
use crate::reached;
use crate::rules::Library;
use crate::snapshot::{ReadError, Snapshot};
use crate::syntax::language_of;

/// The most changed places that are named for a finding in a file that did not change.
const MAX_RELATED: usize = 3;

/// The most files that are analysed to see what the base did in another, and over how many imports they are looked for.
const MAX_USERS: usize = 100;
const MAX_HOPS: usize = 2;

/// Why a file is judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// It changed.
    Changed,
    /// It imports a file that changed.
    Importing,
    /// Data goes on into it from another file.
    Reached,
}

/// A file that is judged.
pub struct Subject<'a> {
    /// Why.
    pub why: Why,
    /// What changed in it; none where nothing did.
    pub change: Option<&'a FileChange>,
    /// It at the base.
    pub base: Inspected,
    /// It at the head.
    pub head: Inspected,
}

impl Subject<'_> {
    /// Its findings of both states, for comparison.
    pub fn pair(&self) -> FilePair<'_> {
        let base = (self.base.findings.as_slice(), self.base.source.as_deref());
        let head = (self.head.findings.as_slice(), self.head.source.as_deref());
        match self.change {
            Some(change) => FilePair::of_change(change, base, head),
            None => {
                FilePair { old: base.0, new: head.0, old_source: base.1, new_source: head.1, mapping: Mapping::Same }
            }
        }
    }
}

/// All files that are judged for a change.
pub fn subjects<'a>(change: &'a Change, policy: &Policy, library: &Library) -> Vec<Subject<'a>> {
    let limits = Limits { file_bytes: policy.max_file_bytes(), steps: policy.max_steps() };
    let sides = BothSides {
        base: Gatherer::new(change.base(), library, limits.file_bytes),
        head: Gatherer::new(change.head(), library, limits.file_bytes),
        change,
        library,
        limits,
    };
    let mut all = sides.changed(policy);
    all.extend(sides.importing(policy));
    sides.place_elsewhere(&mut all, policy);
    sides.name_changes(&mut all);
    all
}

struct BothSides<'a, 'l> {
    change: &'a Change,
    base: Gatherer<'l>,
    head: Gatherer<'l>,
    library: &'l Library,
    limits: Limits,
}

impl<'a> BothSides<'a, '_> {
    fn changed(&self, policy: &Policy) -> Vec<Subject<'a>> {
        let files: Vec<&FileChange> =
            self.change.files().iter().filter(|f| policy.file_in_scope(f.path(), language_of(f.path()))).collect();
        files
            .into_par_iter()
            .filter(|file| file.status != Status::Deleted || language_of(file.path()).is_some())
            .map(|file| {
                let side = |snapshot: &dyn Snapshot, gatherer: &Gatherer<'_>, path: Option<&str>| match path {
                    Some(path) => self.inspect(snapshot, gatherer, path, file.kind()),
                    None => inspect::not_analysed(file.path(), None, FileStatus::Clean),
                };
                Subject {
                    why: Why::Changed,
                    change: Some(file),
                    base: side(self.change.base(), &self.base, file.old_path()),
                    head: side(self.change.head(), &self.head, file.new_path()),
                }
            })
            .collect()
    }

    fn inspect(&self, snapshot: &dyn Snapshot, gatherer: &Gatherer<'_>, path: &str, kind: Kind) -> Inspected {
        let language = language_of(path);
        let refused = |reason: &str| {
            let status = FileStatus::NotAnalysed { reason: reason.to_string() };
            inspect::not_analysed(path, language, if language.is_some() { status } else { FileStatus::Unsupported })
        };
        if kind != Kind::Regular || language.is_none() {
            return inspect::not_analysed(path, None, FileStatus::Unsupported);
        }
        match snapshot.read(path) {
            Ok(Some(bytes)) => {
                let around = |unit: &Unit| gatherer.neighbours(unit);
                let mut inspected = inspect::inspect_among(path, &bytes, &around, self.library, self.limits);
                // Only findings of the head are looked at again.
                if inspected.findings.is_empty() || std::ptr::eq(gatherer, &self.base) {
                    inspected.neighbours = Neighbours::default();
                }
                inspected
            }
            Ok(None) => refused("unreadable"),
            Err(ReadError::TooLarge { .. }) => refused("too-large"),
            Err(_) => refused("unreadable"),
        }
    }

    /// The unchanged files that import a changed one.
    fn importing(&self, policy: &Policy) -> Vec<Subject<'a>> {
        let regular = self.change.files().iter().filter(|f| f.kind() == Kind::Regular);
        let changed: BTreeSet<String> =
            regular.filter_map(|f| f.new_path()).filter(|p| language_of(p).is_some()).map(str::to_owned).collect();
        let mut found = importers(&self.head, &changed, &|path| self.change.head().read(path).ok().flatten());
        // What is gone, its users got at the base.
        let is_gone = |f: &&FileChange| matches!(f.status, Status::Deleted | Status::Renamed);
        let gone: BTreeSet<String> = (self.change.files().iter().filter(is_gone))
            .filter_map(|f| f.old_path())
            .filter(|p| language_of(p).is_some())
            .map(str::to_owned)
            .collect();
        if !gone.is_empty() {
            found.extend(importers(&self.base, &gone, &|path| self.change.base().read(path).ok().flatten()));
            found.retain(|p| !gone.contains(p) && !changed.contains(p) && self.head.paths().contains(p));
        }
        let found: Vec<String> = found.into_iter().collect();
        found
            .into_par_iter()
            .filter(|path| policy.file_in_scope(path, language_of(path)))
            .map(|path| Subject {
                why: Why::Importing,
                change: None,
                base: self.inspect(self.change.base(), &self.base, &path, Kind::Regular),
                head: self.inspect(self.change.head(), &self.head, &path, Kind::Regular),
            })
            .collect()
    }

    /// Puts what was found in other files than the one whose analysis found it where it belongs.
    fn place_elsewhere(&self, all: &mut Vec<Subject<'a>>, policy: &Policy) {
        for (path, [mut base, head]) in self.found_elsewhere(all, policy) {
            let change = self.change.files().iter().find(|f| f.new_path() == Some(&path));
            let old_path = change.and_then(|c| c.old_path()).unwrap_or(&path);
            let at = all.iter().position(|s| s.head.result.path == path).unwrap_or_else(|| {
                all.push(Subject {
                    why: Why::Reached,
                    change,
                    base: self.inspect(self.change.base(), &self.base, old_path, Kind::Regular),
                    head: self.inspect(self.change.head(), &self.head, &path, Kind::Regular),
                });
                all.len() - 1
            });
            let known = [base.as_slice(), all.get(at).map_or(&[], |s| &s.base.findings)].concat();
            if !head.iter().all(|finding| reached::was_known(finding, &known)) {
                base.extend(self.reached_before(old_path, all, policy));
            }
            let Some(subject) = all.get_mut(at) else { continue };
            let (base, head) = (reached::raised(&mut subject.base, base), reached::raised(&mut subject.head, head));
            let holding = |of: &Inspected, findings: Vec<Finding>| {
                let mut out = inspect::not_analysed(&of.result.path, of.result.language, FileStatus::Findings);
                out.source.clone_from(&of.source);
                out.findings = findings;
                out
            };
            let rest = Subject {
                why: Why::Reached,
                change,
                base: holding(&subject.base, base),
                head: holding(&subject.head, head),
            };
            if !rest.base.findings.is_empty() || !rest.head.findings.is_empty() {
                all.push(rest);
            }
        }
    }

    /// What was found in other files at the base and the head, by the path at the head.
    fn found_elsewhere(&self, all: &[Subject<'_>], policy: &Policy) -> BTreeMap<String, [Vec<Finding>; 2]> {
        let renamed =
            |path: &str| self.change.files().iter().find(|f| f.status == Status::Renamed && f.old_path() == Some(path));
        let mut found: BTreeMap<String, [Vec<Finding>; 2]> = BTreeMap::new();
        for subject in all {
            let sides = [(&subject.base, &self.base), (&subject.head, &self.head)];
            for (side, (inspected, gatherer)) in sides.into_iter().enumerate() {
                let told = |f: &Finding| reached::told(f, policy, &|path| gatherer.unit(path));
                for finding in inspected.elsewhere.iter().filter_map(told) {
                    let path = match renamed(&finding.path).and_then(|f| f.new_path()) {
                        Some(new) if side == 0 => new,
                        _ => &finding.path,
                    };
                    if let Some(list) = found.entry(path.to_owned()).or_default().get_mut(side) {
                        list.push(finding);
                    }
                }
            }
        }
        found
    }

    /// What was found in a file at the base on ways from files that are not judged: it was there before the change, too.
    fn reached_before(&self, path: &str, all: &[Subject<'_>], policy: &Policy) -> Vec<Finding> {
        let judged: BTreeSet<&str> = all.iter().map(|s| s.base.result.path.as_str()).collect();
        let read = |path: &str| self.change.base().read(path).ok().flatten();
        let mut users: BTreeSet<String> = BTreeSet::new();
        let mut wanted = BTreeSet::from([path.to_owned()]);
        for _ in 0..MAX_HOPS {
            wanted = importers(&self.base, &wanted, &read);
            wanted.retain(|user| user != path && users.insert(user.clone()));
            if wanted.is_empty() || users.len() >= MAX_USERS {
                break;
            }
        }
        let users: Vec<&String> = (users.iter())
            .filter(|user| !judged.contains(user.as_str()) && policy.file_in_scope(user, language_of(user)))
            .take(MAX_USERS)
            .collect();
        let found = users.into_par_iter().flat_map_iter(|user| {
            self.inspect(self.change.base(), &self.base, user, Kind::Regular).elsewhere.into_iter()
        });
        found.filter(|finding| finding.path == path).collect()
    }

    /// Findings in files that did not change name what did.
    fn name_changes(&self, all: &mut [Subject<'_>]) {
        for subject in all.iter_mut().filter(|s| s.change.is_none()) {
            let among: BTreeSet<String> = subject.head.neighbours.units.iter().map(|u| u.path.clone()).collect();
            for finding in &mut subject.head.findings {
                let mut paths = among.clone();
                paths.extend(finding.flow.iter().map(|step| step.path.clone()));
                finding.related = self.changed_places(&paths, &finding.flow);
            }
        }
    }

    /// The changed places of files, those first that a flow goes through.
    fn changed_places(&self, paths: &BTreeSet<String>, flow: &[FlowStep]) -> Vec<FlowStep> {
        let mut places: Vec<(u32, FlowStep)> = Vec::new();
        for change in self.change.files().iter().filter(|f| f.new_path().is_some_and(|p| paths.contains(p))) {
            let Some(unit) = change.new_path().and_then(|p| self.head.unit(p)) else { continue };
            let lines: Vec<u32> = flow.iter().filter(|s| s.path == unit.path).map(|s| s.region.start_line).collect();
            let distance = |h: &Hunk| lines.iter().map(|l| l.abs_diff(h.new_start)).min().unwrap_or(u32::MAX);
            let Some(nearest) = change.hunks().into_iter().min_by_key(distance) else { continue };
            let line = nearest.new_start.clamp(1, unit.source.line_count().max(1));
            let region = Region::of(&unit.source, unit.source.line_span(line));
            let step = FlowStep { path: unit.path.clone(), region, message: "changed here".to_owned() };
            places.push((distance(&nearest), step));
        }
        places.sort();
        places.into_iter().take(MAX_RELATED).map(|(_, step)| step).collect()
    }
}
