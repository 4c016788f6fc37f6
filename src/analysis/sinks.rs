//! What arrives at sinks, and what is noted of it.

use super::engine::Engine;
use super::facts::{SinkFact, SinkStatus};
use super::lookup::{Selection, Site};
use super::value::{Taint, Value};
use crate::rules::index::Ref;
use crate::syntax::hir::*;

impl Engine<'_> {
    pub fn sinks(&mut self, refs: &[Ref], site: &Site<'_>, path: &str) {
        for entry in refs {
            match entry {
                Ref::Sink(i) => self.sink(*i, site, path),
                Ref::Match(i) => self.matched(*i, site, path),
                _ => {}
            }
        }
    }

    /// Looks at what arrives at a sink.
    pub fn sink(&mut self, i: u32, site: &Site<'_>, path: &str) {
        let Some(sink) = self.index.models.sinks.get(i as usize) else { return };
        if !self.holds(&sink.when, site) {
            return;
        }
        let bound = sink.bind.as_ref().is_some_and(|b| matches!(self.select(&b.at, site), Selection::Values(_)));
        let verbs = sink.format.as_ref().map(|format| self.verbs(format, site)).unwrap_or_default();
        for place in &sink.at {
            for (position, mut selected) in self.select(place, site).values().into_iter().enumerate() {
                if let Some(verb) = verbs.get(&position) {
                    selected.value = self.as_written(selected.value, *verb, site.span);
                }
                let span = selected.expr.map_or(site.span, |e| self.file.expr(e).span);
                self.arrive(i, &selected.value, span, site.span, path, bound);
            }
        }
    }

    /// Notes what arrives at a sink, and a hit when it is labelled data.
    pub fn arrive(&mut self, sink_index: u32, value: &Value, span: Span, call: Span, path: &str, bound: bool) {
        let Some(sink) = self.index.models.sinks.get(sink_index as usize) else { return };
        // What stands inside a collection arrives only where the model says so, by `.element`.
        let mut taints = value.own_taints().to_vec();
        if self.has_safe_prefix(sink.kind, value) {
            taints.clear();
        }
        let harmless = if taints.is_empty() { 0 } else { self.harmless_behind(sink.kind, value) };
        taints.iter_mut().for_each(|t| *t = t.safe_for(harmless));
        let status = self.arrival(sink.kind, value, &taints);
        let function = self.current();
        self.note_sink(SinkFact { kind: sink.kind, span: call, function, target: path.to_string(), status, bound });
        self.hit(sink.kind, sink.confidence, &taints, span, path);
    }

    /// What arrives, as a status.
    pub fn arrival(&self, kind: u8, value: &Value, taints: &[Taint]) -> SinkStatus {
        match self.status(kind, value, taints) {
            SinkStatus::Cleared(_) => SinkStatus::Cleared(self.who_cleared(kind)),
            other => other,
        }
    }

    /// Whether the constant beginning of a string leaves its rest no power to do harm.
    pub fn has_safe_prefix(&self, kind: u8, value: &Value) -> bool {
        let Some(prefix) = &value.prefix else { return false };
        let known = self.library.set().kinds.get(kind as usize).and_then(|k| k.safe_prefix.as_ref());
        known.is_some_and(|p| self.index.regex_matches(p, prefix))
    }

    /// Of the kinds that a kind is made of, those that do no harm behind the constant beginning of a string.
    pub fn harmless_behind(&self, kind: u8, value: &Value) -> u64 {
        let kinds = &self.library.set().kinds;
        let parts = kinds.get(kind as usize).map_or(0, |k| k.safe_when.iter().fold(0, |all, set| all | set));
        let before = value.prefix.as_deref().unwrap_or_default();
        let harmless = |i: usize| {
            let known = kinds.get(i).and_then(|k| k.harmful_prefix.as_ref());
            known.is_some_and(|p| !self.index.regex_matches(p, before))
        };
        (0..kinds.len()).filter(|i| parts & 1 << i != 0 && harmless(*i)).fold(0, |all, i| all | 1 << i)
    }

    /// The kinds to which text does no harm in front of a constant end.
    pub fn harmless_before(&self, end: &str) -> u64 {
        let kinds = &self.library.set().kinds;
        let safe = |i: &usize| {
            let suffix = kinds.get(*i).and_then(|k| k.safe_suffix.as_ref());
            suffix.is_some_and(|p| self.index.regex_matches(p, end))
        };
        (0..kinds.len()).filter(safe).fold(0, |all, i| all | 1 << i)
    }

    /// The last thing that made data safe for a kind, for the record.
    pub fn who_cleared(&self, kind: u8) -> String {
        let sets =
            self.library.set().kinds.get(kind as usize).map_or(0, |k| k.safe_when.iter().fold(0, |all, set| all | set));
        let bit = 1u64 << kind | sets;
        self.facts.clears.iter().rev().find(|c| c.kinds & bit != 0).map(|c| c.by.clone()).unwrap_or_default()
    }

    /// A sink that is an assignment, a JSX attribute or a returned value.
    pub fn value_sink(&mut self, i: u32, value: &Value, expr: ExprId, site_span: Span, path: &str) {
        let site = Site {
            span: site_span,
            args: &[],
            receiver: None,
            owner: None,
            callee: None,
            value: Some((value, Some(expr))),
        };
        self.sink(i, &site, path);
    }

    pub fn jsx_sink(&mut self, id: ExprId, name: &str, span: Span, (value, expr): (&Value, ExprId)) {
        let sinks = self.index.attributes.get(name).cloned().unwrap_or_default();
        let _ = id;
        for i in sinks {
            self.value_sink(i, value, expr, span, name);
        }
    }
}
