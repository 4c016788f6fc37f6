//! What an edit newly does to the world. A planted or invented call must not slip in as part of a "fix".

use std::collections::BTreeSet;

use super::{Rejection, RejectionKind};
use crate::analysis::facts::CallFact;
use crate::edit::EditSet;
use crate::inspect::Inspected;
use crate::rules::Library;
use crate::rules::compiled::{Rule, Trigger};
use crate::rules::place::documented;
use crate::syntax::hir::{Language, Span};

/// Effects that every fix may have: writing a log line, ending the request.
const HARMLESS: &[&str] = &["log", "exit"];

/// The calls in what the edit wrote do nothing but what the file did before or what the rules' remedies do, and each of
/// them is known.
pub fn contained(
    before: &Inspected,
    after: &Inspected,
    edits: &EditSet,
    rules: &[&str],
    library: &Library,
) -> Result<(), Rejection> {
    let Some(language) = after.result.language else { return Ok(()) };
    let rules: Vec<&Rule> = rules.iter().filter_map(|id| library.rule(id)).collect();
    let mut allowed: BTreeSet<&str> = HARMLESS.iter().copied().collect();
    allowed.extend(before.facts.calls.iter().flat_map(|c| c.effects.iter().map(String::as_str)));
    let known: BTreeSet<&str> = before.facts.calls.iter().map(|c| c.path.as_str()).collect();
    for call in written_calls(after, edits) {
        if known.contains(call.path.as_str()) || is_remedy(&rules, call, language, library) {
            continue;
        }
        if let Some(effect) = call.effects.iter().find(|e| !allowed.contains(e.as_str())) {
            let message =
                format!("it calls `{}`, which has an effect that the old code did not have: {effect}", name(call));
            return Err(Rejection::new(RejectionKind::Effects, message));
        }
        if !call.known {
            let message = format!("it calls `{}`, of which nothing is known", name(call));
            return Err(Rejection::new(RejectionKind::Effects, message));
        }
    }
    Ok(())
}

fn name(call: &CallFact) -> std::borrow::Cow<'_, str> {
    documented(&call.path)
}

/// The calls in the ranges that the edit wrote.
pub fn written_calls<'a>(after: &'a Inspected, edits: &EditSet) -> Vec<&'a CallFact> {
    let written: Vec<Span> = edits.written();
    after.facts.calls.iter().filter(|c| written.iter().any(|w| w.overlaps(c.span))).collect()
}

/// Whether a call is one of the rules' remedies, or a fixer's declared replacement.
pub fn is_remedy(rules: &[&Rule], call: &CallFact, language: Language, library: &Library) -> bool {
    let lineage = library.models(language).lineage(&call.path);
    rules.iter().any(|r| r.remedies.iter().any(|p| lineage.iter().any(|l| p.fits(l))))
}

/// Whether the models call this path a barrier for one of the kinds (as a bit set).
pub fn is_barrier(path: &str, kinds: u64, language: Language, library: &Library) -> bool {
    let models = library.models(language);
    let lineage = models.lineage(path);
    models.models.barriers.iter().any(|b| match &b.trigger {
        Trigger::Call(patterns) => b.clears & kinds != 0 && patterns.iter().any(|p| lineage.iter().any(|l| p.fits(l))),
        _ => false,
    })
}
