//! Calls: what the models say of them, and what they do with data.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::engine::{Engine, StepMessage};
use super::eval::shorten;
use super::facts::CallFact;
use super::lookup::{ArgValue, Site};
use super::state::State;
use super::value::{Clear, Fields, OriginId, Path, Taint, Truth, Value};
use crate::rules::compiled::{Operation, Outcome};
use crate::rules::index::Asked;
use crate::rules::index::{Ref, is_builtin_type};
use crate::rules::place::{Access, Base, Place};
use crate::syntax::hir::*;

/// What models say about functions that are passed to a call: for each function and parameter, a value.
pub type Hints = Vec<(FunctionId, u32, Value)>;

/// What finding out the characters that a pattern lets through costs, in steps.
pub const PATTERN_STEPS: usize = 200;

/// The most elements of a list that are spread out into arguments.
const MAX_SPREAD: usize = 16;

pub struct Callee {
    pub path: String,
    pub receiver: Option<(Value, ExprId)>,
    pub value: Value,
    pub shape: bool,
}

impl Engine<'_> {
    pub fn eval_call(&mut self, id: ExprId, state: &mut State) -> Value {
        let file = self.file;
        let expr = file.expr(id);
        let ExprKind::Call { callee, args, is_new } = &expr.kind else { return Value::default() };
        let count = (!args.iter().any(|a| a.spread != Spread::No)).then_some(args.len());
        let target = self.eval_callee(*callee, count, state);
        let args: Vec<ArgValue> = args
            .iter()
            .map(|a| {
                let value = self.eval_settled(a.value, state);
                ArgValue { name: a.name, value, expr: a.value, spread: a.spread }
            })
            .collect();
        let mut args = spread_out(args);
        if target.value.callables.is_some() && self.is_tag(*callee) {
            // A tag is called with the pieces of text between the values first.
            let pieces = Value::of_path("Array");
            args.insert(0, ArgValue { name: None, value: pieces, expr: *callee, spread: Spread::No });
        }
        let receiver = target.receiver.as_ref().map(|(v, e)| (self.settle(state, v.clone()), *e));
        let refs = self.said_of(Asked::Call, &target.path, target.shape);
        let owner = receiver.as_ref().filter(|_| !refs.is_empty()).and_then(|(_, e)| self.owner(*e, state));
        let site = Site {
            span: expr.span,
            args: &args,
            receiver: receiver.as_ref().map(|(v, e)| (v, *e)),
            owner: owner.as_ref().map(|(v, e)| (v, *e)),
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
        let operated = match self.operate(id, &refs, &site, state) {
            Some(value) => Some(value),
            None => self.property(&refs, &site, &target, state),
        };
        let followed = operated.is_some();
        let mut result = match (self.required_module(&target, &args), operated) {
            (Some(module), _) => Value::of_path(module),
            (None, Some(value)) => self.operated_result(value, &refs, &site, &target, *is_new),
            (None, None) => self.result(&refs, &site, &target, *is_new, state),
        };
        if self.hands_back_receiver(&refs, &site, &result) {
            self.fluent.insert(id);
        }
        if !followed || !self.is_filter(&refs) {
            let before = self.hands_out_delivery(&hints).then(|| (self.delivered.len(), result.clone()));
            self.call_passed_functions(&args, hints, &mut result, state);
            if let Some((count, plain)) = before {
                result = self.delivery(count, plain);
            }
        }
        if !followed {
            self.moves(&refs, &site, state);
        }
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

    /// Whether what is called is a tag in front of a template.
    fn is_tag(&self, callee: ExprId) -> bool {
        let end = self.file.expr(callee).span.end as usize;
        let behind = self.source.text().get(end..);
        self.file.language.base() == Language::JavaScript && behind.is_some_and(|t| t.starts_with('`'))
    }

    /// Whether a call walks the function that it is passed already when its result is computed.
    fn is_filter(&self, refs: &[Ref]) -> bool {
        refs.iter().any(|entry| match entry {
            Ref::Operation(i) => {
                self.index.models.operations.get(*i as usize).is_some_and(|o| o.does == Operation::Filter)
            }
            _ => false,
        })
    }

    /// Whether a call gives what it was called on, as far as the models tell: `builder.append(a)` does, so that what is
    /// called on its result changes `builder` too.
    fn hands_back_receiver(&self, refs: &[Ref], site: &Site<'_>, result: &Value) -> bool {
        let Some((receiver, _)) = site.receiver else { return false };
        let steps = refs.iter().filter_map(|entry| match entry {
            Ref::Step(i) => self.index.models.steps.get(*i as usize),
            _ => None,
        });
        let is_receiver = |place: &Place| place.base == Base::Receiver && place.tail.is_empty();
        let mut back = false;
        let mut changed = false;
        for step in steps.filter(|s| self.holds(&s.when, site)) {
            back |= step.to.base == Base::Return && step.to.tail.is_empty() && step.from.iter().any(is_receiver);
            changed |= is_receiver(&step.to);
        }
        back && changed && result.path.is_some() && result.path == receiver.path
    }

    /// The module that `require("module")` gives where it stands inside an expression.
    pub fn required_module(&self, target: &Callee, args: &[ArgValue]) -> Option<Path> {
        let [only] = args else { return None };
        if self.file.language.base() != Language::JavaScript || target.path != "require" || target.receiver.is_some() {
            return None;
        }
        let module = only.value.single_str()?;
        Some(module.strip_prefix("node:").unwrap_or(module).into())
    }

    /// What `receiver` is a member or a method's result of, where that is a name or a member of one.
    pub fn owner(&mut self, receiver: ExprId, state: &State) -> Option<(Value, ExprId)> {
        let file = self.file;
        let member = match &file.expr(receiver).kind {
            ExprKind::Call { callee, .. } => *callee,
            _ => receiver,
        };
        let ExprKind::Member { object, .. } = &file.expr(member).kind else { return None };
        let simple = match &file.expr(*object).kind {
            ExprKind::Name(_) => true,
            ExprKind::Member { object, .. } => matches!(file.expr(*object).kind, ExprKind::Name(_)),
            _ => false,
        };
        simple.then(|| (self.eval(*object, &mut state.clone()), *object))
    }

    /// What is called with `count` arguments (none: not known).
    pub fn eval_callee(&mut self, callee: ExprId, count: Option<usize>, state: &mut State) -> Callee {
        let file = self.file;
        match &file.expr(callee).kind {
            ExprKind::Member { object, name, .. } => {
                let receiver = self.eval(*object, state);
                let name = file.text(*name);
                self.method_callee(*object, receiver, name, count)
            }
            ExprKind::Index { object, index } => {
                let receiver = self.eval(*object, state);
                let key = self.eval(*index, state);
                match key.single_str() {
                    Some(name) => {
                        let name = name.clone();
                        self.method_callee(*object, receiver, &name, count)
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

    pub fn method_callee(&mut self, object: ExprId, receiver: Value, name: &str, count: Option<usize>) -> Callee {
        let path = match self.member_path(&receiver, name) {
            Some(path) => path.to_string(),
            None => format!("?.{name}"),
        };
        if let Some(value) = self.module_member(&receiver, name) {
            let path = value.path.as_deref().map_or(path, str::to_string);
            return Callee { path, receiver: None, value, shape: false };
        }
        // Where methods are no fields, what a collection holds is nothing that its methods could be.
        let own_key = !self.declares_types() && receiver.fields.as_ref().is_some_and(|f| f.known.contains_key(name));
        let held = receiver.field(name).filter(|v| v.callables.is_some() || own_key);
        let mut value = held.or_else(|| self.class_field(&receiver, name)).unwrap_or_default();
        let methods = self.methods(&receiver, name, count);
        let itself = methods.is_empty() && self.calls_itself(&receiver, name);
        if !methods.is_empty() {
            value.callables = Some(Rc::new(methods));
        } else if itself {
            value.callables.clone_from(&receiver.callables);
        }
        let shape = !itself && self.shape_allowed(receiver.path.as_deref());
        let path = match (&value.path, value.callables.is_some()) {
            (Some(own), false) => own.to_string(),
            _ => path,
        };
        Callee { path, receiver: Some((receiver, object)), value, shape }
    }

    /// Whether a method of a function object is the function: that of a functional interface is, whatever its name.
    fn calls_itself(&self, receiver: &Value, name: &str) -> bool {
        let others = ["andThen", "compose", "negate", "and", "or", "reversed", "thenComparing", "equals", "hashCode"];
        self.file.language == Language::Java && receiver.callables.is_some() && !others.contains(&name)
    }

    pub fn note_call(&mut self, target: &Callee, refs: &[Ref], span: Span) {
        let known = !refs.is_empty() || target.value.callables.is_some();
        let before = self.call_ids.get(&span).copied();
        // A function is walked several times, and not every time is its receiver's type known.
        let learns = |i: usize| known && self.facts.calls.get(i).is_some_and(|c| !c.known);
        if before.is_some_and(|i| !learns(i)) {
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
        let callees = target.value.callables.iter().flat_map(|c| c.iter().copied()).collect();
        let fact = CallFact { span, function: self.current(), path: target.path.clone(), known, effects, callees };
        match before.and_then(|i| self.facts.calls.get_mut(i)) {
            Some(old) => *old = fact,
            None => {
                self.call_ids.insert(span, self.facts.calls.len());
                self.facts.calls.push(fact);
            }
        }
    }

    pub fn exits(&self, refs: &[Ref]) -> bool {
        refs.iter().any(|entry| match entry {
            Ref::Effect(i) => {
                self.index.models.effects.get(*i as usize).is_some_and(|e| e.does.iter().any(|d| d == "exit"))
            }
            _ => false,
        })
    }

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
    fn told_of_result(&mut self, refs: &[Ref], site: &Site<'_>, target: &Callee, result: &mut Value) {
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
    fn operated_result(
        &mut self,
        result: Value,
        refs: &[Ref],
        site: &Site<'_>,
        target: &Callee,
        is_new: bool,
    ) -> Value {
        let through = StepMessage::Through(shorten(target.path.trim_start_matches("?.")).into());
        let mut result = self.stepped(result, site.span, &through);
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
        out = self.stepped(out, site.span, &through);
        for (at, clears) in barriers {
            out = self.apply_barrier(out, at.as_ref(), clears, site, &target.path);
        }
        if out.path.is_none() || !stepped || is_new {
            let path = if is_new { target.path.clone() } else { format!("{}()", target.path) };
            out.path = (!target.path.starts_with('?') && path.len() < 200).then(|| path.into());
        }
        out
    }

    /// The fields of a struct literal. Those that it does not name have no data.
    fn literal_fields(&self, is_new: bool, site: &Site<'_>) -> Option<Fields> {
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
    fn is_source(&self, refs: &[Ref], site: &Site<'_>) -> bool {
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

    /// Steps into arguments and the receiver; data added to a collection by a method.
    pub fn moves(&mut self, refs: &[Ref], site: &Site<'_>, state: &mut State) {
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
    pub fn relabel(&mut self, refs: &[Ref], site: &Site<'_>, path: &str, state: &mut State) {
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
                // What the call has put into a variable stays in it.
                let is_name = matches!(self.file.expr(expr).kind, ExprKind::Name(_));
                let mut value = if is_name { self.eval(expr, state) } else { selected.value };
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
                        let taint = taint.safe_for(source.safe_for);
                        value.add_taints(&[taint]);
                    }
                    _ => {}
                }
                self.write_back(expr, value, state);
            }
        }
    }

    pub fn guards(&mut self, refs: &[Ref], site: &Site<'_>, result: &mut Value, state: &mut State) {
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
}

/// The arguments with the elements of a list that is spread out in its place, where all of them are known.
fn spread_out(args: Vec<ArgValue>) -> Vec<ArgValue> {
    if args.iter().all(|a| a.spread != Spread::Elements) {
        return args;
    }
    let mut out = Vec::with_capacity(args.len());
    for arg in args {
        let elements = arg.value.numbered().filter(|_| arg.spread == Spread::Elements);
        match elements.filter(|e| e.len() <= MAX_SPREAD) {
            Some(elements) => out.extend(elements.into_iter().map(|mut value| {
                value.add_taints(arg.value.own_taints());
                ArgValue { value, spread: Spread::No, ..arg.clone() }
            })),
            None => out.push(arg),
        }
    }
    out
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

/// Whether a method of this name reads what stands under a key.
pub fn is_accessor(path: &str) -> bool {
    matches!(path.rsplit('.').next(), Some("get" | "Get" | "getlist" | "getAll" | "header" | "param" | "pop"))
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
