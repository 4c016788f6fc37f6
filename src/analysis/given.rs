//! What calls give: by functions of the file, or as the models tell.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::call::is_accessor;
use super::callee::Callee;
use super::engine::Engine;
use super::eval::shorten;
use super::lookup::Site;
use super::state::State;
use super::trace::StepMessage;
use super::value::{Fields, OriginId, Path, Taint, Value};
use crate::rules::index::{Ref, is_builtin_type};
use crate::rules::place::{Access, Base, Place, documented};
use crate::syntax::hir::*;

impl Engine<'_> {
    /// What the values at some places carry, as one value.
    pub fn moved(&self, from: &[Place], site: &Site<'_>) -> Value {
        let mut out: Option<Value> = None;
        for place in from {
            for selected in self.select(place, site).values() {
                let mut value = selected.value;
                // Something made from elements is none of them.
                if place.tail.last() == Some(&Access::Element) {
                    (value.constants, value.prefix) = (None, None);
                }
                out = Some(match out {
                    Some(out) => out.join(&value),
                    None => value,
                });
            }
        }
        out.map(|v| Value { truth: None, ..v }).unwrap_or_default()
    }

    /// The result of the call.
    pub fn result(&mut self, refs: &[Ref], site: &Site<'_>, target: &Callee, is_new: bool, state: &mut State) -> Value {
        let local = target
            .value
            .callables
            .clone()
            .filter(|_| !refs.iter().any(|r| matches!(r, Ref::Step(_) | Ref::Barrier(_))));
        let constructed = self.local_classes.get(target.path.as_str()).copied();
        let mut result = if let Some(class) = constructed {
            self.construct(class, site, state)
        } else if let Some(functions) = local {
            let mut out: Option<Value> = None;
            for function in functions.iter() {
                let value = self.call_function(*function, site, state);
                out = Some(out.map_or(value.clone(), |o| o.join(&value)));
            }
            let mut out = out.unwrap_or_default();
            // A check that is still to be written decides nothing.
            let asked = site.args.iter().any(|a| !a.value.is_constant());
            if asked && out.certain_truth().is_some() && functions.iter().any(|f| self.is_placeholder(*f)) {
                out.open = true;
            }
            self.stepped(out, site.span, &StepMessage::Returned)
        } else {
            self.modelled_result(refs, site, target, is_new)
        };
        self.told_of_result(refs, site, target, &mut result);
        result
    }

    /// What the models say of a result: its type, and that it is data.
    pub(super) fn told_of_result(&mut self, refs: &[Ref], site: &Site<'_>, target: &Callee, result: &mut Value) {
        // Of a receiver of unknown type, several built-in types may have the method: the first is the likelier.
        let mut built_in = false;
        for entry in refs {
            match entry {
                Ref::Type(i) => {
                    let Some(ty) = self.index.models.types.get(*i as usize) else { continue };
                    let again = built_in && is_builtin_type(&ty.gives);
                    let Some(at) = result_place(ty.at.as_ref()).filter(|_| !again) else { continue };
                    if self.holds(&ty.when, site) {
                        built_in = at.is_empty() && is_builtin_type(&ty.gives);
                        *result = change(result, at, |part| part.path = Some(ty.gives.as_str().into()));
                    }
                }
                Ref::Source(i) => self.call_source(*i, site, &target.path, result),
                _ => {}
            }
        }
    }

    /// The result of a call that has been followed in detail.
    pub(super) fn operated_result(
        &mut self,
        result: Value,
        refs: &[Ref],
        site: &Site<'_>,
        target: &Callee,
        is_new: bool,
    ) -> Value {
        let mut result = self.passed_through(result, site.span, &target.path);
        if result.path.is_none() && is_new {
            result.path = Some(target.path.as_str().into());
        }
        self.told_of_result(refs, site, target, &mut result);
        result
    }

    pub fn call_source(&mut self, i: u32, site: &Site<'_>, path: &str, result: &mut Value) {
        let Some(source) = self.index.models.sources.get(i as usize) else { return };
        let Some(at) = result_place(source.at.as_ref()).filter(|_| self.holds(&source.when, site)) else { return };
        let description = source.description.clone().unwrap_or_else(|| format!("`{}`", shorten(self.text(site.span))));
        // Reading the same key twice gives the same data; anything else is told apart by its place.
        let identity = match site.args.first().and_then(|a| a.value.single_str()) {
            Some(key) => format!("{path}({key})"),
            None => format!("{path}@{}", site.span.start),
        };
        let taint = self.source_taint(source.label, identity.into(), site.span, &description).safe_for(source.safe_for);
        *result = change(result, at, |part| part.add_taints(&[taint]));
    }

    /// The result as steps and barriers have it; without any, all data of receiver and arguments.
    pub fn modelled_result(&mut self, refs: &[Ref], site: &Site<'_>, target: &Callee, is_new: bool) -> Value {
        let mut steps = Vec::new();
        let mut barriers = Vec::new();
        let mut stepped = false;
        for entry in refs {
            match entry {
                Ref::Step(i) => {
                    let Some(step) = self.index.models.steps.get(*i as usize) else { continue };
                    if self.holds(&step.when, site) {
                        stepped |= step.to.base == Base::Return || step.from.is_empty();
                        steps.push(step);
                    }
                }
                Ref::Barrier(i) => {
                    let Some(barrier) = self.index.models.barriers.get(*i as usize) else { continue };
                    if self.holds(&barrier.when, site) {
                        barriers.push((barrier.at.clone(), barrier.clears));
                    }
                }
                _ => {}
            }
        }
        let mut out = Value::default();
        if stepped {
            for step in steps.iter().filter(|s| s.to.base == Base::Return) {
                let moved = match &step.format {
                    Some(format) => self.formatted(format, &step.from, site),
                    None => self.moved(&step.from, site),
                };
                self.put(&mut out, &step.to.tail, moved);
            }
        } else if let Some(fields) = self.literal_fields(is_new, site) {
            out.fields = Some(fields.sealed());
        } else {
            self.guessed = Some(site.span);
            out = self.default_result(site, target, self.is_source(refs, site));
        }
        out = self.passed_through(out, site.span, &target.path);
        for (at, clears) in barriers {
            out = self.apply_barrier(out, at.as_ref(), clears, site, &target.path);
        }
        if out.path.is_none() || !stepped || is_new {
            out.path = result_path(&target.path, is_new);
        }
        out
    }

    /// The value, its own data one step further: through a call.
    fn passed_through(&mut self, value: Value, span: Span, path: &str) -> Value {
        if value.taints.is_none() {
            return value;
        }
        self.stepped(value, span, &StepMessage::Through(shorten(&documented(path)).into()))
    }

    /// The fields of a struct literal. Those that it does not name have no data.
    pub(super) fn literal_fields(&self, is_new: bool, site: &Site<'_>) -> Option<Fields> {
        let named = site.args.iter().filter_map(|a| Some((self.file.text(a.name?).into(), a.value.clone())));
        let known: BTreeMap<Rc<str>, Value> = named.collect();
        let literal = is_new && self.file.language == Language::Go && known.len() == site.args.len();
        literal.then(|| Fields { known, closed: true, ..Fields::default() })
    }

    pub fn put(&self, out: &mut Value, tail: &[Access], moved: Value) {
        if tail.is_empty() {
            *out = if *out == Value::default() { moved } else { out.join(&moved) };
            return;
        }
        let keys: Vec<Option<Rc<str>>> = (tail.iter())
            .map(|a| match a {
                Access::Key(key) => Some(key.as_str().into()),
                _ => None,
            })
            .collect();
        out.set(&keys, moved);
    }

    /// Whether a call gives new data: its arguments only say which.
    pub(super) fn is_source(&self, refs: &[Ref], site: &Site<'_>) -> bool {
        refs.iter().any(|entry| match entry {
            Ref::Source(i) => self.index.models.sources.get(*i as usize).is_some_and(|source| {
                let at_result = source.at.as_ref().is_none_or(|p| p.base == Base::Return && p.tail.is_empty());
                at_result && self.holds(&source.when, site)
            }),
            _ => false,
        })
    }

    pub fn default_result(&mut self, site: &Site<'_>, target: &Callee, is_source: bool) -> Value {
        let mut out = Value::default();
        if let Some((receiver, _)) = site.receiver {
            // `form.get("name")` gives the part of that name.
            let mut taints = receiver.deep_taints();
            if is_accessor(&target.path)
                && let Some(key) = site.args.first().and_then(|a| a.value.single_str().cloned())
            {
                if let Some(value) = receiver.field(&key) {
                    out = value;
                }
                taints = receiver.own_taints().to_vec();
                for taint in &mut taints {
                    taint.origin = self.part(taint.origin, &key);
                }
            }
            out.add_taints(&taints);
        }
        for arg in site.args {
            if arg.value.callables.is_none() && !is_source {
                out.add_taints(&arg.value.deep_taints());
            }
        }
        if target.receiver.is_none() {
            out.add_taints(target.value.own_taints());
        }
        out
    }

    pub fn apply_barrier(
        &mut self,
        value: Value,
        at: Option<&Place>,
        clears: u64,
        site: &Site<'_>,
        path: &str,
    ) -> Value {
        let by = format!("`{}`", shorten(&documented(path)));
        let Some(at) = at else { return self.cleared(value, clears, site.span, &by) };
        let safe: Vec<OriginId> =
            self.select(at, site).values().iter().flat_map(|s| s.value.deep_taints()).map(|t| t.origin).collect();
        if safe.is_empty() {
            return value;
        }
        self.note_clear(site.span, &by, clears);
        let taints = value
            .deep_taints()
            .into_iter()
            .filter(|t| clears != u64::MAX || !safe.contains(&t.origin))
            .map(|t| if safe.contains(&t.origin) { Taint { cleared: t.cleared | clears, ..t } } else { t })
            .collect();
        Value { fields: None, ..value }.with_taints(taints)
    }
}

/// The path of what a call of `callee` gives, of which nothing else is known.
fn result_path(callee: &str, is_new: bool) -> Option<Path> {
    const LONGEST: usize = 200;
    match is_new {
        _ if callee.starts_with('?') => None,
        true => (callee.len() < LONGEST).then(|| callee.into()),
        false => (callee.len() + 2 < LONGEST).then(|| [callee, "()"].concat().into()),
    }
}

/// Where in a call's result a place is; none when it is elsewhere.
fn result_place(at: Option<&Place>) -> Option<&[Access]> {
    match at {
        None => Some(&[]),
        Some(place) if place.base == Base::Return => match place.tail.as_slice() {
            tail @ ([] | [Access::Key(_)]) => Some(tail),
            _ => None,
        },
        Some(_) => None,
    }
}

/// A value with the part at a place changed.
fn change(value: &Value, at: &[Access], how: impl FnOnce(&mut Value)) -> Value {
    let mut whole = value.clone();
    match at {
        [Access::Key(key)] => {
            let known = value.fields.as_ref().and_then(|f| f.known.get(key.as_str())).cloned();
            let mut part = known.unwrap_or_default();
            how(&mut part);
            whole.set(&[Some(key.as_str().into())], part);
        }
        _ => how(&mut whole),
    }
    whole
}
