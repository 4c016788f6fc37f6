//! Exceptions: where they leave a block, and what handlers get.

use super::engine::Engine;
use super::exec::Flow;
use super::lookup::Site;
use super::state::State;
use super::value::Value;
use crate::syntax::hir::*;

/// The most thrown values that are remembered.
const MAX_RAISED: usize = 32;

impl Engine<'_> {
    /// An exception can leave the body between any two of its statements, so handlers see the states of all these points.
    pub fn exec_try(
        &mut self,
        body: &[StmtId],
        handlers: &[Handler],
        otherwise: &[StmtId],
        finally: &[StmtId],
        state: State,
    ) -> Flow {
        let mut thrown = state.clone();
        let raised = self.raised.len();
        let mut flow = Flow::on(state);
        for id in body {
            let inner = self.exec(*id, flow.next);
            flow.next = inner.next;
            flow.broken = self.join(flow.broken, inner.broken);
            flow.continued = self.join(flow.continued, inner.continued);
            if !handlers.is_empty() {
                thrown = self.join(thrown, flow.next.clone());
            }
        }
        let normal = self.exec_block(otherwise, flow.next);
        flow.next = normal.next;
        flow.broken = self.join(flow.broken, normal.broken);
        flow.continued = self.join(flow.continued, normal.continued);
        let raised =
            if handlers.is_empty() { Vec::new() } else { self.raised.split_off(raised.min(self.raised.len())) };
        for handler in handlers {
            let mut entry = thrown.clone();
            if let Some(name) = handler.name {
                let caught = self.caught(handler, &raised);
                self.assign(name, caught, &mut entry);
            }
            let inner = self.exec_block(&handler.body, entry);
            flow = self.join_flows(flow, inner);
        }
        if finally.is_empty() {
            return flow;
        }
        let entry =
            self.join(self.join(flow.next.clone(), flow.broken.clone()), self.join(flow.continued.clone(), thrown));
        let last = self.exec_block(finally, entry);
        let alive = |s: State| if s.is_dead() { s } else { last.next.clone() };
        Flow {
            next: alive(flow.next),
            broken: self.join(alive(flow.broken), last.broken),
            continued: self.join(alive(flow.continued), last.continued),
        }
    }

    /// Notes what is thrown, if it carries data, for the handlers around.
    pub(super) fn raise(&mut self, value: Value) {
        let taints = value.deep_taints();
        if !taints.is_empty() && self.raised.len() < MAX_RAISED {
            self.raised.push(Value { fields: None, ..value }.with_taints(taints));
        }
    }

    /// What a handler gets: an exception of its type, with the data of those that have been thrown.
    pub fn caught(&mut self, handler: &Handler, raised: &[Value]) -> Value {
        let mut value = match handler.types.as_slice() {
            [one] => self.static_path(*one).map(Value::of_path).unwrap_or_default(),
            _ => Value::default(),
        };
        for thrown in raised.iter().filter(|t| self.is_caught(t, handler)) {
            value.add_taints(thrown.own_taints());
        }
        let span = handler.name.map_or(handler.span, |n| self.file.expr(n).span);
        for i in self.index.caught.clone() {
            let Some(source) = self.index.models.sources.get(i as usize) else { continue };
            let site = Site {
                span,
                args: &[],
                receiver: None,
                owner: None,
                callee: None,
                value: Some((&value, handler.name)),
            };
            if !self.holds(&source.when, &site) {
                continue;
            }
            let description = source.description.clone().unwrap_or_else(|| "a caught exception".into());
            let identity = format!("caught@{}", span.start).into();
            let taint = self.source_taint(source.label, identity, span, &description);
            value.add_taints(&[taint]);
        }
        value
    }

    /// Whether a handler may catch a value: as far as is known, it is of another type.
    fn is_caught(&self, thrown: &Value, handler: &Handler) -> bool {
        let Some(path) = &thrown.path else { return true };
        let lineage = self.lineage(path);
        let general = ["Exception", "Throwable", "Error", "RuntimeException", "BaseException"];
        handler.types.is_empty()
            || handler
                .types
                .iter()
                .filter_map(|t| self.static_path(*t))
                .any(|ty| lineage.contains(&ty) || general.iter().any(|g| ty.rsplit('.').next() == Some(g)))
    }
}
