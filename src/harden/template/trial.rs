//! Trying an edit out: what the analysis says of the file after it. A fixer that has several ways to go takes the first one
//! that takes the finding away; whether a candidate is published is still decided by `verify`.

use std::collections::BTreeMap;

use crate::edit::{EditSet, TextEdit};
use crate::finding::{Confidence, Finding};
use crate::harden::{Candidate, Task};
use crate::inspect::{self, Inspected, Limits};
use crate::links::Unit;

impl Task<'_> {
    /// A candidate, if the file has fewer findings of the rule after the edits, none more of any other, and no new syntax
    /// error.
    pub fn mending(&self, fixer: &str, description: impl Into<String>, edits: Vec<TextEdit>) -> Option<Candidate> {
        let candidate = self.candidate(fixer, description, edits)?;
        self.mends(&candidate.edits).then_some(candidate)
    }

    /// Whether the edits take a finding of the rule away and bring in nothing.
    pub fn mends(&self, edits: &EditSet) -> bool {
        let before = self.inspected(self.source.text());
        let after = self.inspected(&edits.apply(self.source.text()));
        let (Some(old), Some(new)) = (&before.file, &after.file) else { return false };
        if new.errors.len() > old.errors.len() {
            return false;
        }
        let (mut earlier, later) = (counts(&before.findings), counts(&after.findings));
        let own = earlier.entry(&self.rule.id).or_default();
        *own = own.saturating_sub(1);
        later.iter().all(|(rule, count)| *count <= earlier.get(rule).copied().unwrap_or(0))
    }

    fn inspected(&self, text: &str) -> Inspected {
        let around = |_: &Unit| self.neighbours.clone();
        inspect::inspect_among(&self.finding.path, text.as_bytes(), &around, self.library, Limits::default())
    }
}

fn counts(findings: &[Finding]) -> BTreeMap<&str, usize> {
    let mut out = BTreeMap::new();
    for finding in findings.iter().filter(|f| f.confidence >= Confidence::Medium) {
        *out.entry(finding.rule.as_str()).or_default() += 1;
    }
    out
}
