//! What is noted for the facts: sinks, writes, reads, what made data safe.

use super::engine::Engine;
use super::facts::{ClearFact, ReadFact, SinkFact, SinkStatus, WriteFact};
use super::value::{Taint, Value};
use crate::syntax::hir::*;

impl Engine<'_> {
    /// Notes what arrives at a sink. The worst of several walks counts.
    pub fn note_sink(&mut self, fact: SinkFact) {
        let key = (fact.kind, fact.span);
        match self.ids.sinks.get(&key).and_then(|&i| self.facts.sinks.get_mut(i)) {
            Some(old) => {
                let status = old.status.clone().max(fact.status);
                old.status = status;
                old.bound |= fact.bound;
            }
            None => {
                self.ids.sinks.insert(key, self.facts.sinks.len());
                self.facts.sinks.push(fact);
            }
        }
    }

    /// Notes an assignment to a member.
    pub fn note_write(&mut self, span: Span, path: &str) {
        if self.ids.writes.insert(span) {
            let function = self.current();
            self.facts.writes.push(WriteFact { span, function, path: path.to_string() });
        }
    }

    /// Notes a read that a model speaks of.
    pub fn note_read(&mut self, span: Span, path: &str) {
        if self.ids.reads.insert(span) {
            self.facts.reads.push(ReadFact { span, path: path.to_string() });
        }
    }

    /// Notes that something made data safe.
    pub fn note_clear(&mut self, span: Span, by: &str, kinds: u64) {
        let fact = ClearFact { span, by: by.to_string(), kinds };
        if self.ids.clears.insert(fact.clone()) {
            self.facts.clears.push(fact);
        }
    }

    /// Whether data has been made safe for a kind: for itself, or for all of a set of kinds that come to the same.
    pub fn is_safe(&self, taint: &Taint, kind: u8) -> bool {
        if taint.cleared & (1u64 << kind) != 0 {
            return true;
        }
        let known = self.library.set().kinds.get(kind as usize);
        known.is_some_and(|k| k.safe_when.iter().any(|set| taint.cleared & set == *set))
    }

    /// What arrives, as a status: by taints and constants.
    pub fn status(&self, kind: u8, value: &Value, taints: &[Taint]) -> SinkStatus {
        if taints.iter().any(|t| !self.is_safe(t, kind)) {
            SinkStatus::Labelled
        } else if !taints.is_empty() {
            SinkStatus::Cleared(String::new())
        } else if value.is_constant() {
            SinkStatus::Constant
        } else {
            SinkStatus::Unlabelled
        }
    }
}
