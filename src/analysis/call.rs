//! Calls: what the models say of them, and what they do with data.

use std::rc::Rc;

use super::callee::Callee;
use super::engine::Engine;
use super::eval::shorten;
use super::facts::CallFact;
use super::lookup::{ArgValue, Site};
use super::state::State;
use super::value::{Clear, Truth, Value};
use crate::rules::compiled::{Operation, Outcome};
use crate::rules::index::Asked;
use crate::rules::index::Ref;
use crate::rules::place::{Access, Base, Place, documented};
use crate::syntax::hir::*;

/// What models say about functions that are passed to a call: for each function and parameter, a value.
pub type Hints = Vec<(FunctionId, u32, Value)>;

/// What finding out the characters that a pattern lets through costs, in steps.
pub const PATTERN_STEPS: usize = 200;

/// The most elements of a list that are spread out into arguments.
const MAX_SPREAD: usize = 16;

impl Engine<'_> {
    pub fn eval_call(&mut self, id: ExprId, state: &mut State) -> Value {
        let file = self.file;
        let expr = file.expr(id);
        let ExprKind::Call { callee, args, is_new } = &expr.kind else { return Value::default() };
        let count = (!args.iter().any(|a| a.spread != Spread::No)).then_some(args.len());
        let target = self.eval_callee(*callee, count, state);
        let args = self.eval_arguments(*callee, args, &target, state);
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
        self.note_named_arguments(&args);
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
            result = self.hand_over_functions(&args, hints, result, state);
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

    /// The arguments of a call, with what is spread out among them in its place.
    fn eval_arguments(&mut self, callee: ExprId, args: &[Arg], target: &Callee, state: &mut State) -> Vec<ArgValue> {
        let evaluated = args.iter().map(|a| {
            let value = self.eval_settled(a.value, state);
            ArgValue { name: a.name, value, expr: a.value, spread: a.spread }
        });
        let mut args = spread_out(evaluated.collect());
        if target.value.callables.is_some() && self.is_tag(callee) {
            // A tag is called with the pieces of text between the values first.
            let pieces = Value::of_path("Array");
            args.insert(0, ArgValue { name: None, value: pieces, expr: callee, spread: Spread::No });
        }
        args
    }

    fn note_named_arguments(&mut self, args: &[ArgValue]) {
        for arg in args {
            if let Some(name) = arg.name {
                self.note_constant(name, &arg.value);
            }
        }
    }

    /// Calls the functions among the arguments; the result of the call may be what they deliver.
    fn hand_over_functions(&mut self, args: &[ArgValue], hints: Hints, mut result: Value, state: &mut State) -> Value {
        let before = self.hands_out_delivery(&hints).then(|| (self.delivered.len(), result.clone()));
        self.call_passed_functions(args, hints, &mut result, state);
        match before {
            Some((count, plain)) => self.delivery(count, plain),
            None => result,
        }
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

    pub fn note_call(&mut self, target: &Callee, refs: &[Ref], span: Span) {
        let known = !refs.is_empty() || target.value.callables.is_some();
        let before = self.ids.calls.get(&span).copied();
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
                self.ids.calls.insert(span, self.facts.calls.len());
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
                        let description =
                            source.description.clone().unwrap_or_else(|| format!("`{}`", shorten(&documented(path))));
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
