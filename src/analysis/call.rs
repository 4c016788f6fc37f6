//! Calls: what the models say of them, and what they do with data.

use std::rc::Rc;

use super::engine::{Engine, StepMessage};
use super::eval::shorten;
use super::facts::{CallFact, NamedConstant, PatternFact, RouteFact, SinkFact, SinkStatus};
use super::lookup::{ArgValue, Asked, Selection, Site};
use super::state::State;
use super::value::*;
use crate::checks::regex::{self as patterns, Dialect, Flags, MatchKind};
use crate::rules::compiled::{Anchor, Outcome, RegexUse};
use crate::rules::index::Ref;
use crate::rules::place::{Access, Base, Place};
use crate::syntax::hir::*;

/// What models say about functions that are passed to a call: for each function and parameter, a value.
type Hints = Vec<(FunctionId, u32, Value)>;

/// What finding out the characters that a pattern lets through costs, in steps.
const PATTERN_STEPS: usize = 200;

struct Callee {
    path: String,
    receiver: Option<(Value, ExprId)>,
    value: Value,
    shape: bool,
}

impl Engine<'_> {
    pub fn eval_call(&mut self, id: ExprId, state: &mut State) -> Value {
        let file = self.file;
        let expr = file.expr(id);
        let ExprKind::Call { callee, args, is_new } = &expr.kind else { return Value::default() };
        let target = self.eval_callee(*callee, state);
        let args: Vec<ArgValue> = args
            .iter()
            .map(|a| {
                let value = self.eval_settled(a.value, state);
                ArgValue { name: a.name, value, expr: a.value, spread: a.spread }
            })
            .collect();
        let receiver = target.receiver.as_ref().map(|(v, e)| (self.settle(state, v.clone()), *e));
        let refs = self.said_of(Asked::Call, &target.path, target.shape);
        let site = Site {
            span: expr.span,
            args: &args,
            receiver: receiver.as_ref().map(|(v, e)| (v, *e)),
            callee: Some(*callee),
            value: None,
        };
        self.note_call(&target, &refs, expr.span);
        for arg in &args {
            if let Some(name) = arg.name {
                self.note_constant(name, &arg.value);
            }
        }
        let hints = self.hints(&refs, &site, &target.path);
        self.sinks(&refs, &site, &target.path);
        let mut result = match self.required_module(&target, &args) {
            Some(module) => Value::of_path(module),
            None => self.result(&refs, &site, &target, *is_new, state),
        };
        self.call_passed_functions(&args, hints, &mut result, state);
        self.moves(&refs, &site, state);
        self.relabel(&refs, &site, &target.path, state);
        self.guards(&refs, &site, &mut result, state);
        self.patterns(&refs, &site, &target.path, &mut result);
        if self.exits(&refs) {
            state.kill();
        }
        if let (Some(_), Some(key)) = (site.receiver, args.first().and_then(|a| a.value.single_str()))
            && is_accessor(&target.path)
        {
            self.add_named(id, key, expr.span, &mut result);
        }
        result
    }

    /// The module that `require("module")` gives where it stands inside an expression.
    fn required_module(&self, target: &Callee, args: &[ArgValue]) -> Option<Path> {
        let [only] = args else { return None };
        if self.file.language == Language::Python || target.path != "require" || target.receiver.is_some() {
            return None;
        }
        let module = only.value.single_str()?;
        Some(module.strip_prefix("node:").unwrap_or(module).into())
    }

    fn eval_callee(&mut self, callee: ExprId, state: &mut State) -> Callee {
        let file = self.file;
        match &file.expr(callee).kind {
            ExprKind::Member { object, name, .. } => {
                let receiver = self.eval(*object, state);
                let name = file.text(*name);
                self.method_callee(callee, *object, receiver, name)
            }
            ExprKind::Index { object, index } => {
                let receiver = self.eval(*object, state);
                let key = self.eval(*index, state);
                match key.single_str() {
                    Some(name) => {
                        let name = name.clone();
                        self.method_callee(callee, *object, receiver, &name)
                    }
                    None => Callee {
                        path: "?.[]".into(),
                        value: receiver.element(),
                        receiver: Some((receiver, *object)),
                        shape: false,
                    },
                }
            }
            _ => {
                let value = self.eval(callee, state);
                let path = value.path.as_deref().unwrap_or("?").to_string();
                Callee { path, value, receiver: None, shape: false }
            }
        }
    }

    fn method_callee(&mut self, callee: ExprId, object: ExprId, receiver: Value, name: &str) -> Callee {
        let path = match self.member_path(&receiver, name) {
            Some(path) => path.to_string(),
            None => format!("?.{name}"),
        };
        let mut value = receiver.field(name).or_else(|| self.class_field(&receiver, name)).unwrap_or_default();
        if let Some(method) = self.method(&receiver, name) {
            value.callables = Some(Rc::new(vec![method]));
        }
        let shape = self.shape_allowed(receiver.path.as_deref());
        let path = match (&value.path, value.callables.is_some()) {
            (Some(own), false) => own.to_string(),
            _ => path,
        };
        let _ = callee;
        Callee { path, receiver: Some((receiver, object)), value, shape }
    }

    fn note_call(&mut self, target: &Callee, refs: &[Ref], span: Span) {
        if self.call_ids.contains_key(&span) {
            return;
        }
        let mut effects: Vec<String> = Vec::new();
        for entry in refs {
            if let Ref::Effect(i) = entry
                && let Some(effect) = self.index.models.effects.get(*i as usize)
            {
                effects.extend(effect.does.iter().filter(|d| *d != "none").cloned());
            }
        }
        effects.sort();
        effects.dedup();
        let known = !refs.is_empty() || target.value.callables.is_some();
        self.call_ids.insert(span, self.facts.calls.len());
        let callees = target.value.callables.iter().flat_map(|c| c.iter().copied()).collect();
        self.facts.calls.push(CallFact {
            span,
            function: self.current(),
            path: target.path.clone(),
            known,
            effects,
            callees,
        });
    }

    fn exits(&self, refs: &[Ref]) -> bool {
        refs.iter().any(|entry| match entry {
            Ref::Effect(i) => {
                self.index.models.effects.get(*i as usize).is_some_and(|e| e.does.iter().any(|d| d == "exit"))
            }
            _ => false,
        })
    }

    /// Entries, types, sources and steps that speak of parameters of functions which are passed here.
    fn hints(&mut self, refs: &[Ref], site: &Site<'_>, path: &str) -> Hints {
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
                        let description = source.description.clone().unwrap_or_else(|| format!("`{}`", shorten(path)));
                        let identity = format!("{path}@{}", site.span.start).into();
                        let taint = self.source_taint(source.label, identity, site.span, &description);
                        self.hint(at, site, &Value::default().with_taints(vec![taint]), &mut hints);
                    }
                }
                Ref::Step(i) => {
                    let Some(step) = self.index.models.steps.get(*i as usize) else { continue };
                    if step.to.tail.iter().any(|a| matches!(a, Access::Param(_))) && self.holds(&step.when, site) {
                        let moved = self.moved(&step.from, site);
                        self.hint(&step.to, site, &moved, &mut hints);
                    }
                }
                _ => {}
            }
        }
        hints
    }

    fn hint(&mut self, at: &Place, site: &Site<'_>, value: &Value, hints: &mut Hints) {
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

    /// What the values at some places carry, as one value.
    fn moved(&self, from: &[Place], site: &Site<'_>) -> Value {
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

    fn register_entry(&mut self, i: u32, site: &Site<'_>, path: &str) {
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

    fn note_route(&mut self, site: &Site<'_>, path: &str, handlers: Vec<FunctionId>) {
        let arguments = site
            .args
            .iter()
            .flat_map(|a| {
                let own = a.value.path.as_deref().map(|p| (a.expr, p.to_string()));
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
        match self.route_ids.get(&site.span).and_then(|&i| self.facts.routes.get_mut(i)) {
            // Several entries can speak of one call, each of other places where handlers stand.
            Some(old) => {
                let known = std::mem::take(&mut old.handlers);
                *old = fact;
                old.handlers = merged(known, &old.handlers);
            }
            None => {
                self.route_ids.insert(site.span, self.facts.routes.len());
                self.facts.routes.push(fact);
            }
        }
    }

    fn sinks(&mut self, refs: &[Ref], site: &Site<'_>, path: &str) {
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
        for place in &sink.at {
            for selected in self.select(place, site).values() {
                let span = selected.expr.map_or(site.span, |e| self.file.expr(e).span);
                self.arrive(i, &selected.value, span, site.span, path, bound);
            }
        }
    }

    /// Notes what arrives at a sink, and a hit when it is labelled data.
    fn arrive(&mut self, sink_index: u32, value: &Value, span: Span, call: Span, path: &str, bound: bool) {
        let Some(sink) = self.index.models.sinks.get(sink_index as usize) else { return };
        // What stands inside a collection arrives only where the model says so, by `.element`.
        let mut taints = value.own_taints().to_vec();
        if self.has_safe_prefix(sink.kind, value) {
            taints.clear();
        }
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
    fn has_safe_prefix(&self, kind: u8, value: &Value) -> bool {
        let Some(prefix) = &value.prefix else { return false };
        let known = self.library.set().kinds.get(kind as usize).and_then(|k| k.safe_prefix.as_ref());
        known.is_some_and(|p| self.index.regex_matches(p, prefix))
    }

    /// The last thing that made data safe for a kind, for the record.
    fn who_cleared(&self, kind: u8) -> String {
        let sets =
            self.library.set().kinds.get(kind as usize).map_or(0, |k| k.safe_when.iter().fold(0, |all, set| all | set));
        let bit = 1u64 << kind | sets;
        self.facts.clears.iter().rev().find(|c| c.kinds & bit != 0).map(|c| c.by.clone()).unwrap_or_default()
    }

    /// A sink that is an assignment, a JSX attribute or a returned value.
    pub fn value_sink(&mut self, i: u32, value: &Value, expr: ExprId, site_span: Span, path: &str) {
        let site = Site { span: site_span, args: &[], receiver: None, callee: None, value: Some((value, Some(expr))) };
        self.sink(i, &site, path);
    }

    pub fn jsx_sink(&mut self, id: ExprId, name: &str, span: Span, (value, expr): (&Value, ExprId)) {
        let sinks = self.index.attributes.get(name).cloned().unwrap_or_default();
        let _ = id;
        for i in sinks {
            self.value_sink(i, value, expr, span, name);
        }
    }

    /// The result of the call.
    fn result(&mut self, refs: &[Ref], site: &Site<'_>, target: &Callee, is_new: bool, state: &mut State) -> Value {
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
            let out = out.unwrap_or_default();
            self.stepped(out, site.span, &StepMessage::Returned)
        } else {
            self.modelled_result(refs, site, target, is_new)
        };
        for entry in refs {
            match entry {
                Ref::Type(i) => {
                    let Some(ty) = self.index.models.types.get(*i as usize) else { continue };
                    if ty.at.is_none() && self.holds(&ty.when, site) {
                        result.path = Some(ty.gives.as_str().into());
                    }
                }
                Ref::Source(i) => self.call_source(*i, site, &target.path, &mut result),
                _ => {}
            }
        }
        result
    }

    fn call_source(&mut self, i: u32, site: &Site<'_>, path: &str, result: &mut Value) {
        let Some(source) = self.index.models.sources.get(i as usize) else { return };
        let at_result = source.at.as_ref().is_none_or(|p| p.base == Base::Return && p.tail.is_empty());
        if !at_result || !self.holds(&source.when, site) {
            return;
        }
        let description = source.description.clone().unwrap_or_else(|| format!("`{}`", shorten(self.text(site.span))));
        // Reading the same key twice gives the same data; anything else is told apart by its place.
        let identity = match site.args.first().and_then(|a| a.value.single_str()) {
            Some(key) => format!("{path}({key})"),
            None => format!("{path}@{}", site.span.start),
        };
        let taint = self.source_taint(source.label, identity.into(), site.span, &description);
        result.add_taints(&[taint]);
    }

    /// The result as steps and barriers have it; without any, all data of receiver and arguments.
    fn modelled_result(&mut self, refs: &[Ref], site: &Site<'_>, target: &Callee, is_new: bool) -> Value {
        let through = StepMessage::Through(shorten(target.path.trim_start_matches("?.")).into());
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
                let moved = self.moved(&step.from, site);
                self.put(&mut out, &step.to.tail, moved);
            }
        } else {
            out = self.default_result(site, target);
        }
        out = self.stepped(out, site.span, &through);
        for (at, clears) in barriers {
            out = self.apply_barrier(out, at.as_ref(), clears, site, &target.path);
        }
        if out.path.is_none() || !stepped {
            let path = if is_new { target.path.clone() } else { format!("{}()", target.path) };
            out.path = (!target.path.starts_with('?') && path.len() < 200).then(|| path.into());
        }
        out
    }

    fn put(&self, out: &mut Value, tail: &[Access], moved: Value) {
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

    fn default_result(&mut self, site: &Site<'_>, target: &Callee) -> Value {
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
            if arg.value.callables.is_none() {
                out.add_taints(&arg.value.deep_taints());
            }
        }
        if target.receiver.is_none() {
            out.add_taints(target.value.own_taints());
        }
        out
    }

    fn apply_barrier(&mut self, value: Value, at: Option<&Place>, clears: u64, site: &Site<'_>, path: &str) -> Value {
        let by = format!("`{}`", shorten(path.trim_start_matches("?.")));
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

    /// Functions that are passed along: with hints they are walked as called with those, lambdas of functions in any case.
    fn call_passed_functions(&mut self, args: &[ArgValue], hints: Hints, result: &mut Value, state: &mut State) {
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
            } else if is_literal && self.current() != MODULE {
                self.walk_closure(function, state);
            }
        }
    }

    /// Steps into arguments and the receiver; data added to a collection by a method.
    fn moves(&mut self, refs: &[Ref], site: &Site<'_>, state: &mut State) {
        for entry in refs {
            let Ref::Step(i) = entry else { continue };
            let Some(step) = self.index.models.steps.get(*i as usize) else { continue };
            if step.to.base == Base::Return || step.to.tail.iter().any(|a| matches!(a, Access::Param(_))) {
                continue;
            }
            if !self.holds(&step.when, site) {
                continue;
            }
            let moved = self.moved(&step.from, site);
            let to = Place { base: step.to.base.clone(), tail: Vec::new() };
            let targets: Vec<(Value, ExprId)> =
                self.select(&to, site).values().into_iter().filter_map(|s| Some((s.value, s.expr?))).collect();
            for (old, expr) in targets {
                let mut new = old.clone();
                if step.to.tail.is_empty() {
                    new.add_taints(&moved.deep_taints());
                } else {
                    self.put(&mut new, &step.to.tail, moved.clone());
                }
                self.write_back(expr, new, state);
            }
        }
    }

    /// Types and labels that a call gives to its receiver or its arguments.
    fn relabel(&mut self, refs: &[Ref], site: &Site<'_>, path: &str, state: &mut State) {
        for entry in refs {
            let (at, when) = match entry {
                Ref::Type(i) => match self.index.models.types.get(*i as usize) {
                    Some(ty) => (ty.at.as_ref(), &ty.when),
                    None => continue,
                },
                Ref::Source(i) => match self.index.models.sources.get(*i as usize) {
                    Some(source) => (source.at.as_ref(), &source.when),
                    None => continue,
                },
                _ => continue,
            };
            let Some(at) =
                at.filter(|p| p.base != Base::Return && !p.tail.iter().any(|a| matches!(a, Access::Param(_))))
            else {
                continue;
            };
            if !self.holds(when, site) {
                continue;
            }
            for selected in self.select(at, site).values() {
                let Some(expr) = selected.expr else { continue };
                let mut value = selected.value;
                match entry {
                    Ref::Type(i) => {
                        let gives = self.index.models.types.get(*i as usize).map(|t| t.gives.as_str().into());
                        value.path = gives;
                    }
                    Ref::Source(i) => {
                        let Some(source) = self.index.models.sources.get(*i as usize) else { continue };
                        let description = source.description.clone().unwrap_or_else(|| format!("`{}`", shorten(path)));
                        let identity = format!("{path}@{}", site.span.start).into();
                        let taint = self.source_taint(source.label, identity, site.span, &description);
                        value.add_taints(&[taint]);
                    }
                    _ => {}
                }
                self.write_back(expr, value, state);
            }
        }
    }

    fn guards(&mut self, refs: &[Ref], site: &Site<'_>, result: &mut Value, state: &mut State) {
        let mut truth = result.truth.as_deref().cloned().unwrap_or_default();
        for entry in refs {
            let Ref::Guard(i) = entry else { continue };
            let Some(guard) = self.index.models.guards.get(*i as usize) else { continue };
            if !self.holds(&guard.when, site) {
                continue;
            }
            let mut taints = Vec::new();
            for place in &guard.at {
                taints.extend(self.select(place, site).values().iter().flat_map(|s| s.value.deep_taints()));
            }
            taints.retain(|t| t.cleared & guard.requires == guard.requires);
            let by = format!("`{}`", shorten(self.text(site.span)));
            let clears = self.clears(&taints, guard.clears, site.span, &by);
            match guard.safe_when {
                Outcome::True => truth.when_true.extend(clears),
                Outcome::False => truth.when_false.extend(clears),
                Outcome::Returned => clears.into_iter().for_each(|c| state.clear(c)),
            }
        }
        if truth != Truth::default() {
            result.truth = Some(Rc::new(truth));
        }
    }

    fn patterns(&mut self, refs: &[Ref], site: &Site<'_>, path: &str, result: &mut Value) {
        for entry in refs {
            let Ref::Pattern(i) = entry else { continue };
            let Some(usage) = self.index.models.patterns.get(*i as usize) else { continue };
            if self.holds(&usage.when, site) {
                self.pattern(usage, site, path, result);
            }
        }
    }

    fn pattern(&mut self, usage: &RegexUse, site: &Site<'_>, path: &str, result: &mut Value) {
        let flags = usage.flags.as_ref().map(|f| self.select(f, site).values()).unwrap_or_default();
        let flags = flags.first().and_then(|s| s.value.single_str().cloned());
        let found: Vec<(Rc<str>, Rc<str>, Span)> =
            self.select(&usage.pattern, site).values().iter().flat_map(|s| pattern_constants(&s.value)).collect();
        let input = usage.input.as_ref().map(|p| self.select(p, site).values()).unwrap_or_default();
        let taints: Vec<Taint> = input.iter().flat_map(|s| s.value.deep_taints()).collect();
        let single = found.len() == 1;
        for (pattern, own_flags, literal) in found {
            let flags = flags.clone().unwrap_or(own_flags);
            let strongest = taints.iter().min_by_key(|t| (self.weakness_of(t), t.origin)).copied();
            let flow = strongest.map(|t| self.flow_of(t.step)).unwrap_or_default();
            let labels = self.labels_of(&taints, 0) | self.library_input(&taints);
            let fact = PatternFact {
                span: site.span,
                function: self.current(),
                literal,
                pattern: pattern.to_string(),
                flags: flags.to_string(),
                anchor: usage.anchor,
                labels,
                flow,
                target: path.to_string(),
            };
            let place = (fact.span, fact.literal);
            match self.pattern_ids.get(&place).and_then(|&i| self.facts.patterns.get_mut(i)) {
                Some(old) if old.labels | labels != old.labels => *old = fact,
                Some(_) => {}
                None => {
                    self.pattern_ids.insert(place, self.facts.patterns.len());
                    self.facts.patterns.push(fact);
                }
            }
            if single && !taints.is_empty() {
                let kinds = self.kinds_kept_out(&pattern, &flags, usage.anchor);
                let by = format!("the pattern `{}`", shorten(&pattern));
                let clears = self.clears(&taints, kinds, site.span, &by);
                if !clears.is_empty() {
                    let mut truth = result.truth.as_deref().cloned().unwrap_or_default();
                    truth.when_true.extend(clears);
                    result.truth = Some(Rc::new(truth));
                }
            }
        }
    }

    /// The sink kinds whose dangerous characters a full match of the pattern keeps out.
    fn kinds_kept_out(&self, pattern: &Rc<str>, flags: &Rc<str>, anchor: Anchor) -> u64 {
        let key = (pattern.clone(), flags.clone(), anchor);
        if let Some(known) = self.kept_out.borrow().get(&key) {
            return *known;
        }
        self.charge(PATTERN_STEPS);
        let kinds = self.find_kinds_kept_out(pattern, flags, anchor);
        self.kept_out.borrow_mut().insert(key, kinds);
        kinds
    }

    fn find_kinds_kept_out(&self, pattern: &str, flags: &str, anchor: Anchor) -> u64 {
        let (dialect, flags, kind) = self.dialect(flags, anchor);
        let Some(set) = patterns::anchored_charset(pattern, dialect, flags, kind) else { return 0 };
        let mut kinds = 0;
        for (i, known) in self.library.set().kinds.iter().enumerate() {
            let Some(dangerous) = &known.dangerous else { continue };
            let word = known.dangerous_words.iter().any(|w| patterns::may_contain(pattern, dialect, flags, kind, w));
            if !set.contains_any(dangerous) && !word {
                kinds |= 1 << i;
            }
        }
        kinds
    }

    pub fn dialect(&self, flags: &str, anchor: Anchor) -> (Dialect, Flags, MatchKind) {
        let dialect = if self.file.language == Language::Python { Dialect::Python } else { Dialect::JavaScript };
        let kind = match anchor {
            Anchor::Search => MatchKind::Search,
            Anchor::Start => MatchKind::MatchStart,
            Anchor::Full => MatchKind::FullMatch,
        };
        (dialect, Flags::from_letters(flags, dialect), kind)
    }

    /// Notes a constant that is given to a name.
    pub fn note_constant(&mut self, name: Name, value: &Value) {
        if value.constants().is_empty() {
            return;
        }
        let text = self.file.text(name).to_string();
        self.note_constant_text(&text, value);
    }

    pub fn note_named_constant(&mut self, key: ExprId, value: &Value) {
        if let Some(text) = self.literal_str(key).or_else(|| self.last_name(key)).map(str::to_string) {
            self.note_constant_text(&text, value);
        }
    }

    pub fn note_constant_text(&mut self, name: &str, value: &Value) {
        for constant in value.constants() {
            let Const::Str(text) = &constant.value else { continue };
            let fact = NamedConstant {
                name: name.to_string(),
                value: text.to_string(),
                literal: constant.span,
                function: self.current(),
            };
            if text.len() >= 3
                && !self.facts.constants.iter().rev().take(64).any(|c| c.literal == fact.literal && c.name == fact.name)
            {
                self.facts.constants.push(fact);
            }
        }
    }

    /// `password == "…"`: a constant that a name is compared with.
    pub fn note_comparison(&mut self, op: BinaryOp, (left, a): (ExprId, &Value), (right, b): (ExprId, &Value)) {
        if !matches!(op, BinaryOp::Eq | BinaryOp::NotEq) {
            return;
        }
        for (expr, other) in [(left, b), (right, a)] {
            if let Some(name) = self.last_name(expr).map(str::to_string) {
                self.note_constant_text(&name, other);
            }
        }
    }
}

/// The functions of both, in source order, each once.
fn merged(mut known: Vec<FunctionId>, more: &[FunctionId]) -> Vec<FunctionId> {
    known.extend_from_slice(more);
    known.sort_unstable();
    known.dedup();
    known
}

/// Whether a method of this name reads what stands under a key.
fn is_accessor(path: &str) -> bool {
    matches!(path.rsplit('.').next(), Some("get" | "getlist" | "getAll" | "header" | "param" | "pop"))
}

/// The regular expressions that a value is.
fn pattern_constants(value: &Value) -> Vec<(Rc<str>, Rc<str>, Span)> {
    let inner = value.field("pattern");
    let flags: Rc<str> = value.field("flags").and_then(|f| f.single_str().cloned()).unwrap_or_else(|| "".into());
    let source = inner.as_ref().unwrap_or(value);
    (source.constants().iter())
        .filter_map(|c| match &c.value {
            Const::Str(s) => Some((s.clone(), flags.clone(), c.span)),
            Const::Regex { pattern, flags } => Some((pattern.clone(), flags.clone(), c.span)),
            _ => None,
        })
        .collect()
}

/// A truth that clears on one outcome.
pub fn truth_of(clears: Vec<Clear>, when_true: bool) -> Option<Rc<Truth>> {
    if clears.is_empty() {
        return None;
    }
    let truth = if when_true {
        Truth { when_true: clears, when_false: Vec::new() }
    } else {
        Truth { when_true: Vec::new(), when_false: clears }
    };
    Some(Rc::new(truth))
}

/// The built-in type of a literal, as models name it.
pub fn literal_path(language: Language, literal: &Literal) -> Option<Path> {
    let python = language == Language::Python;
    let path = match literal {
        Literal::Str(_) => {
            if python {
                "str"
            } else {
                "string"
            }
        }
        Literal::Bytes(_) => "bytes",
        Literal::Int(_) => {
            if python {
                "int"
            } else {
                "number"
            }
        }
        Literal::Float(_) => {
            if python {
                "float"
            } else {
                "number"
            }
        }
        Literal::Regex { .. } => "RegExp",
        Literal::Bool(_) | Literal::Null => return None,
    };
    Some(path.into())
}

/// The built-in type of a collection display, as models name it.
pub fn collection_path(language: Language, kind: CollectionKind) -> Option<Path> {
    let python = language == Language::Python;
    let path = match kind {
        CollectionKind::List => {
            if python {
                "list"
            } else {
                "Array"
            }
        }
        CollectionKind::Tuple => "tuple",
        CollectionKind::Set => "set",
        CollectionKind::Map => {
            if python {
                "dict"
            } else {
                "Object"
            }
        }
        CollectionKind::Generator => return None,
    };
    Some(path.into())
}
