//! What a strategy makes of a file when it is believed: its first proposal for each function, carried out as it stands. Nothing of
//! it is ever published; a study compares it with what verification lets through.

use std::collections::BTreeMap;

use super::mend::home;
use super::{Strategy, Task};
use crate::edit::EditSet;
use crate::finding::Finding;
use crate::inspect::Inspected;
use crate::model::Failure;
use crate::rules::Library;

/// What came of the proposals.
#[derive(Debug, Default)]
pub struct Believed {
    /// All edits. Of two that change the same code, that for the severer finding.
    pub edits: EditSet,
    /// Why there is nothing in the place of some: `no-edit`, `conflicts`.
    pub missing: Vec<&'static str>,
    /// Why the model gave no answer.
    pub failure: Option<Failure>,
}

/// Asks once for each function that has findings, or for each finding where the strategy takes them one by one.
pub fn believe(file: &Inspected, wanted: &[usize], strategy: &dyn Strategy, library: &Library) -> Believed {
    let mut believed = Believed::default();
    for group in groups(file, wanted, strategy.mends_together()) {
        let Some((finding, beside)) = group.split_first() else { continue };
        let (Some(source), Some(hir)) = (file.source.as_ref(), file.file.as_ref()) else { break };
        let Some(rule) = library.rule(&finding.rule) else { continue };
        let (facts, neighbours) = (&file.facts, &file.neighbours);
        let proposal = strategy.propose(&Task {
            finding,
            rule,
            beside,
            tried: &[],
            source,
            file: hir,
            facts,
            neighbours,
            library,
        });
        if proposal.failure.is_some() {
            believed.failure = proposal.failure;
            break;
        }
        match proposal.candidates.into_iter().next() {
            None => believed.missing.push("no-edit"),
            Some(candidate) => match believed.edits.merged(&candidate.edits) {
                Some(merged) => believed.edits = merged,
                None => believed.missing.push("conflicts"),
            },
        }
    }
    believed
}

/// The findings, by what is mended at once; the severest first.
fn groups<'f>(file: &'f Inspected, wanted: &[usize], together: bool) -> Vec<Vec<&'f Finding>> {
    let mut found: Vec<(usize, &Finding)> =
        wanted.iter().filter_map(|at| Some((*at, file.findings.get(*at)?))).collect();
    found.sort_by(|a, b| b.1.severity.total_cmp(&a.1.severity).then(a.0.cmp(&b.0)));
    let mut places: BTreeMap<(u32, u32), usize> = BTreeMap::new();
    let mut groups: Vec<Vec<&Finding>> = Vec::new();
    for (_, finding) in found {
        let home = home(file, finding).filter(|_| together).map(|span| (span.start, span.end));
        match home.and_then(|home| places.get(&home).copied()).and_then(|at| groups.get_mut(at)) {
            Some(group) => group.push(finding),
            None => {
                home.map(|home| places.insert(home, groups.len()));
                groups.push(vec![finding]);
            }
        }
    }
    groups
}
