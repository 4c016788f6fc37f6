//! Data that goes from one function to another without a call between them: by promises, events, and what handlers keep in
//! the request for those behind them.

use std::rc::Rc;

use super::call::Hints;
use super::engine::Engine;
use super::lookup::Site;
use super::state::State;
use super::trace::OriginKind;
use super::value::{MAX_KEYS, Taint, Value};
use crate::rules::compiled::Operation;
use crate::rules::index::{Asked, Ref};

impl Engine<'_> {
    /// What an operation gives that hands data over, or takes it.
    pub fn handed_over(&mut self, operation: Operation, site: &Site<'_>, state: &mut State) -> Option<Value> {
        let first = &site.args.first()?.value;
        if operation == Operation::Deliver {
            if self.delivered.len() < MAX_KEYS {
                self.delivered.push(first.clone());
            }
            return Some(Value::default());
        }
        let (receiver, _) = site.receiver?;
        let key = format!("{}[{}]", receiver.path.as_deref()?, first.single_str()?);
        match operation {
            Operation::Keep => self.keep(&key, &site.args.get(1)?.value),
            Operation::Kept => return self.kept.get(key.as_str()).cloned(),
            Operation::Listen => {
                let functions = site.args.get(1)?.value.callables.clone()?;
                let all = self.listeners.entry(key.as_str().into()).or_default();
                all.extend(functions.iter().filter(|f| !all.contains(f)).copied().collect::<Vec<_>>());
            }
            Operation::Emit => {
                let given = site.args.iter().skip(1).enumerate();
                let hints: Vec<(u32, Value)> = given.map(|(i, a)| (i as u32, a.value.clone())).collect();
                for function in self.listeners.get(key.as_str()).cloned().unwrap_or_default() {
                    self.call_with_hints(function, &hints, state);
                }
            }
            _ => return None,
        }
        Some(Value::default())
    }

    /// Whether a call hands out a function that says what the call gives.
    pub fn hands_out_delivery(&self, hints: &Hints) -> bool {
        let delivers = |path: &str| {
            self.said_of(Asked::Call, path, false).iter().any(|r| match r {
                Ref::Operation(i) => {
                    self.index.models.operations.get(*i as usize).is_some_and(|o| o.does == Operation::Deliver)
                }
                _ => false,
            })
        };
        hints.iter().any(|(_, _, value)| value.path.as_deref().is_some_and(delivers))
    }

    /// What a call gives that has handed out a function for that: whatever this was called with since `count` values had been
    /// delivered; `plain`, if it was not called.
    pub fn delivery(&mut self, count: usize, plain: Value) -> Value {
        let delivered = self.delivered.split_off(count.min(self.delivered.len()));
        match delivered.into_iter().reduce(|all, one| all.join(&one)) {
            Some(mut value) => {
                value.add_taints(plain.own_taints());
                value
            }
            None => plain,
        }
    }

    /// What a handler assigns to a part of what the framework hands to all of them.
    pub fn keep_member(&mut self, receiver: &Value, path: &str, value: &Value) {
        let Some(of) = receiver.path.as_deref() else { return };
        let handed = self.index.models.entries.iter().flat_map(|e| &e.params).any(|p| p.is.as_deref() == Some(of));
        if handed {
            self.keep(path, value);
        }
    }

    /// What has been kept under a path; parts of it that tests made safe stay safe.
    pub fn kept_member(&self, path: &str) -> Option<&Value> {
        self.kept.get(path)
    }

    fn keep(&mut self, path: &str, value: &Value) {
        let of_param = |t: &Taint| {
            let root = self.origins.get(self.root(t.origin).0 as usize).map(|o| &o.kind);
            matches!(root, Some(OriginKind::Param { .. }))
        };
        let taints: Vec<Taint> = value.deep_taints().into_iter().filter(|t| !of_param(t)).collect();
        let kept = Value { path: value.path.clone(), ..Value::default() }.with_taints(taints);
        let known = match self.kept.get(path) {
            Some(old) => old.join(&kept),
            None => kept,
        };
        if self.kept.len() < MAX_KEYS || self.kept.contains_key(path) {
            self.kept.insert(Rc::from(path), known);
        }
    }
}
