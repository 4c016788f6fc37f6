//! What is found in a file while others are analysed: where it is told, and how it goes together with what is found there
//! anyhow.

use std::sync::Arc;

use crate::finding::Finding;
use crate::inspect::{self, Inspected};
use crate::links::Unit;
use crate::policy::Policy;
use crate::syntax::language_of;

/// Puts what others found in a file together with what was found there when it was analysed by itself: what is the same
/// becomes as sure as the surest of them. Gives the rest; no fix of them could be verified by analysing the file again.
pub fn raised(inspected: &mut Inspected, mut reached: Vec<Finding>) -> Vec<Finding> {
    let same = |a: &Finding, b: &Finding| a.rule == b.rule && a.region.span() == b.region.span();
    reached.sort_by(|a, b| {
        let key = |f: &Finding| (f.region.start, f.region.end, f.rule.clone());
        key(a).cmp(&key(b)).then(b.confidence.cmp(&a.confidence)).then_with(|| a.flow.cmp(&b.flow))
    });
    reached.dedup_by(|b, a| same(a, b));
    let mut rest = Vec::new();
    for finding in reached {
        match inspected.findings.iter_mut().find(|own| same(own, &finding)) {
            Some(own) if own.confidence < finding.confidence => {
                let fingerprint = std::mem::take(&mut own.fingerprint);
                *own = Finding { fingerprint, ..finding };
            }
            Some(_) => {}
            None => rest.push(finding),
        }
    }
    if let Some(source) = &inspected.source {
        crate::analysis::number_behind(&mut rest, &inspected.findings, source);
    }
    rest
}

/// A finding as it is told: where the policy leaves its file out, at the last place on the data's way that is in one that
/// counts. `unit` gives the files.
pub fn told(finding: &Finding, policy: &Policy, unit: &dyn Fn(&str) -> Option<Arc<Unit>>) -> Option<Finding> {
    let counts = |path: &str| policy.file_in_scope(path, language_of(path));
    if counts(&finding.path) {
        return Some(finding.clone());
    }
    let step = finding.flow.iter().rfind(|step| counts(&step.path))?;
    let symbol = inspect::symbol_at(&unit(&step.path)?.file, step.region.span());
    Some(Finding { path: step.path.clone(), region: step.region, symbol, ..finding.clone() })
}

/// Whether a finding was there before, no less sure: the same is done in the same function.
pub fn was_known(finding: &Finding, before: &[Finding]) -> bool {
    let same = |b: &Finding| (&b.rule, &b.symbol, &b.sink) == (&finding.rule, &finding.symbol, &finding.sink);
    before.iter().any(|b| same(b) && b.confidence >= finding.confidence)
}
