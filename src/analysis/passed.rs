//! Functions that are passed to calls: what models say of their parameters, routes and entries that a call registers.

use super::call::Hints;
use super::engine::Engine;
use super::eval::shorten;
use super::facts::RouteFact;
use super::lookup::{ArgValue, Site};
use super::state::State;
use super::value::Value;
use crate::rules::index::Ref;
use crate::rules::place::{Access, Place, documented};
use crate::syntax::hir::*;

impl Engine<'_> {
    /// Entries, types, sources and steps that speak of parameters of functions which are passed here.
    pub fn hints(&mut self, refs: &[Ref], site: &Site<'_>, path: &str) -> Hints {
        let mut hints = Hints::new();
        for entry in refs {
            match entry {
                Ref::Entry(i) => self.register_entry(*i, site, path),
                Ref::Type(i) => {
                    let Some(ty) = self.index.models.types.get(*i as usize) else { continue };
                    let Some(at) = ty.at.as_ref() else { continue };
                    if self.holds(&ty.when, site) {
                        let value = Value::of_path(ty.gives.as_str());
                        self.hint(at, site, &value, &mut hints);
                    }
                }
                Ref::Source(i) => {
                    let Some(source) = self.index.models.sources.get(*i as usize) else { continue };
                    let Some(at) = source.at.as_ref() else { continue };
                    if at.tail.iter().any(|a| matches!(a, Access::Param(_))) && self.holds(&source.when, site) {
                        let description =
                            source.description.clone().unwrap_or_else(|| format!("`{}`", shorten(&documented(path))));
                        let identity = format!("{path}@{}", site.span.start).into();
                        let taint = self.source_taint(source.label, identity, site.span, &description);
                        self.hint(at, site, &Value::default().with_taints(vec![taint]), &mut hints);
                    }
                }
                Ref::Step(i) => {
                    let Some(step) = self.index.models.steps.get(*i as usize) else { continue };
                    if step.to.tail.iter().any(|a| matches!(a, Access::Param(_))) && self.holds(&step.when, site) {
                        let mut moved = self.moved(&step.from, site);
                        // What a stream or a promise hands on is of another type than it is.
                        if site.receiver.is_some_and(|(r, _)| r.path == moved.path) {
                            moved.path = None;
                        }
                        self.hint(&step.to, site, &moved, &mut hints);
                    }
                }
                _ => {}
            }
        }
        hints
    }

    pub fn hint(&mut self, at: &Place, site: &Site<'_>, value: &Value, hints: &mut Hints) {
        let Some(position) = at.tail.iter().position(|a| matches!(a, Access::Param(_))) else { return };
        let Some(Access::Param(index)) = at.tail.get(position) else { return };
        let function = Place { base: at.base.clone(), tail: at.tail[..position].to_vec() };
        for selected in self.select(&function, site).values() {
            for id in selected.value.callables.iter().flat_map(|c| c.iter()) {
                match hints.iter_mut().find(|(f, i, _)| f == id && i == index) {
                    Some((_, _, known)) => *known = known.join(value),
                    None => hints.push((*id, *index, value.clone())),
                }
            }
        }
    }

    pub fn register_entry(&mut self, i: u32, site: &Site<'_>, path: &str) {
        let Some(entry) = self.index.models.entries.get(i as usize) else { return };
        let Some(handler) = entry.handler.as_ref() else { return };
        if !self.holds(&entry.when, site) {
            return;
        }
        let mut handlers = Vec::new();
        for selected in self.select(handler, site).values() {
            let elements =
                selected.value.fields.as_ref().map(|f| f.known.values().cloned().collect()).unwrap_or_default();
            let nested: Vec<Value> = elements;
            for value in [&selected.value].into_iter().chain(&nested) {
                handlers.extend(value.callables.iter().flat_map(|c| c.iter().copied()));
            }
        }
        for function in &handlers {
            self.set_entry(*function, i);
        }
        if entry.route {
            self.note_route(site, path, handlers);
        }
    }

    pub fn note_route(&mut self, site: &Site<'_>, path: &str, handlers: Vec<FunctionId>) {
        let arguments = site
            .args
            .iter()
            .flat_map(|a| {
                let own = Some((a.expr, a.value.path.as_deref().unwrap_or_default().to_string()));
                let inner: Vec<_> = a
                    .value
                    .fields
                    .iter()
                    .flat_map(|f| f.known.values())
                    .filter_map(|v| v.path.as_deref())
                    .map(|p| (a.expr, p.to_string()))
                    .collect();
                own.into_iter().chain(inner)
            })
            .collect();
        let receiver = site.receiver.map_or(String::new(), |(_, e)| shorten(self.text(self.file.expr(e).span)));
        let route = site.args.first().and_then(|a| a.value.single_str().map(|s| s.to_string()));
        let fact = RouteFact { span: site.span, target: path.to_string(), handlers, arguments, receiver, route };
        match self.ids.routes.get(&site.span).and_then(|&i| self.facts.routes.get_mut(i)) {
            // Several entries can speak of one call, each of other places where handlers stand.
            Some(old) => {
                let known = std::mem::take(&mut old.handlers);
                *old = fact;
                old.handlers = merged(known, &old.handlers);
            }
            None => {
                self.ids.routes.insert(site.span, self.facts.routes.len());
                self.facts.routes.push(fact);
            }
        }
    }

    /// Functions that are passed along: with hints they are walked as called with those, lambdas of functions in any case.
    pub fn call_passed_functions(&mut self, args: &[ArgValue], hints: Hints, result: &mut Value, state: &mut State) {
        let mut functions: Vec<FunctionId> = hints.iter().map(|h| h.0).collect();
        functions.extend(args.iter().flat_map(|a| a.value.callables.iter().flat_map(|c| c.iter().copied())));
        let mut seen: Vec<FunctionId> = Vec::new();
        for function in functions {
            if seen.contains(&function) {
                continue;
            }
            seen.push(function);
            let own: Vec<(u32, Value)> = hints.iter().filter(|h| h.0 == function).map(|h| (h.1, h.2.clone())).collect();
            let is_literal =
                args.iter().any(|a| matches!(self.file.expr(a.expr).kind, ExprKind::Lambda(f) if f == function));
            let is_entry = self.entries.get(function.index()).is_some_and(Option::is_some);
            if !is_entry && !own.is_empty() {
                let returned = self.call_with_hints(function, &own, state);
                result.add_taints(&returned.deep_taints());
            } else if is_literal && !self.is_module(self.current()) {
                let returned = self.walk_closure(function, state);
                result.add_taints(&returned);
            }
        }
    }
}

/// The functions of both, in source order, each once.
pub fn merged(mut known: Vec<FunctionId>, more: &[FunctionId]) -> Vec<FunctionId> {
    known.extend_from_slice(more);
    known.sort_unstable();
    known.dedup();
    known
}
