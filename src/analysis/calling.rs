//! Calling a function of the file: arguments bound, the body walked, what it leaves behind.

use std::rc::Rc;

use super::engine::{Engine, VARIABLES_A_STEP};
use super::functions::{LARGE_FUNCTION, MAX_CALL_DEPTH, Summary};
use super::lookup::{ArgValue, Site};
use super::state::State;
use super::trace::{OriginKind, StepMessage};
use super::value::{Fields, MAX_KEYS, Taint, Value};
use crate::syntax::hir::*;

impl Engine<'_> {
    pub fn call_function(&mut self, id: FunctionId, site: &Site<'_>, state: &mut State) -> Value {
        if let Some(value) = self.call_replacement(id, site, state) {
            return value;
        }
        let receiver = match (self.file.function(id).class, site.receiver) {
            (Some(class), Some((receiver, _))) => Some(self.as_one_of(receiver, class)),
            _ => None,
        };
        let (value, this) = self.call_method(id, receiver, site, state);
        if let (Some(this), Some((old, expr))) = (this, site.receiver)
            && this.fields != old.fields
        {
            let path = old.path.clone();
            self.write_back(expr, Value { path, ..this }, state);
        }
        value
    }

    /// Python: a call of a function that decorators of this file put another one in the place of.
    fn call_replacement(&mut self, id: FunctionId, site: &Site<'_>, state: &mut State) -> Option<Value> {
        let file = self.file;
        let function = file.function(id);
        let deep = self.active.len() + 2 > MAX_CALL_DEPTH;
        if file.language != Language::Python || function.class.is_some() || deep || self.replaced.contains(&id) {
            return None;
        }
        let own: Vec<ExprId> =
            function.decorators.iter().rev().filter(|d| self.is_local_decorator(**d)).copied().collect();
        if own.is_empty() {
            return None;
        }
        // The function that the decorators get is the one that is written there.
        self.replaced.push(id);
        let value = self.replaced_call(id, &own, site, state);
        self.replaced.pop();
        value
    }

    fn replaced_call(&mut self, id: FunctionId, own: &[ExprId], site: &Site<'_>, state: &mut State) -> Option<Value> {
        let mut current = id;
        for decorator in own {
            let decorating = self.eval(*decorator, state).callables?;
            let [with] = decorating.as_slice() else { return None };
            let value = Value { callables: Some(Rc::new(vec![current])), ..Value::default() };
            let args = [ArgValue { name: None, value, expr: *decorator, spread: Spread::No }];
            let call = Site { span: site.span, args: &args, receiver: None, owner: None, callee: None, value: None };
            let made = self.call_function(*with, &call, state);
            let Some([next]) = made.callables.as_deref().map(Vec::as_slice) else { return None };
            current = *next;
        }
        (current != id).then(|| self.call_function(current, site, state))
    }

    /// Whether a decorator is a function of this file, or what one gives.
    fn is_local_decorator(&self, decorator: ExprId) -> bool {
        let of = match self.file.expr(decorator).kind {
            ExprKind::Call { callee, .. } => callee,
            _ => decorator,
        };
        let ExprKind::Name(name) = self.file.expr(of).kind else { return false };
        let scope = self.scopes.resolve(self.file, self.current(), name);
        scope.is_some_and(|s| self.scopes.function(s, name).is_some())
    }

    /// A receiver as an object of the class whose method is called: it may be known only as something more general.
    fn as_one_of(&self, receiver: &Value, class: ClassId) -> Value {
        match self.class_of(receiver) {
            Some(own) if !self.ancestors(own).contains(&class) => {
                receiver.clone().with_path(Some((&*self.file.class(class).symbol).into()))
            }
            _ => receiver.clone(),
        }
    }

    pub fn call_method(
        &mut self,
        id: FunctionId,
        this: Option<Value>,
        site: &Site<'_>,
        state: &mut State,
    ) -> (Value, Option<Value>) {
        let large = self.sizes.get(id.index()).is_some_and(|s| *s > LARGE_FUNCTION) && self.active.len() > 2;
        // Of other files nothing is known yet but what a walk tells.
        let unknown = !self.is_own(id) && self.summaries.get(id.index()).is_none_or(Option::is_none);
        let large = large && !unknown;
        let spent = self.fuel.get() <= self.floor.get();
        if self.active.contains(&id) || self.active.len() > MAX_CALL_DEPTH || large || spent || !self.tick() {
            return (self.call_by_summary(id, site), this);
        }
        let target: Rc<str> = self.file.function(id).symbol.to_string().into();
        let bound = self.bind(id, this.as_ref(), site, &target);
        let base = self.base_state(id, state);
        let walked = self.walk(id, bound, this, base, Vec::new());
        let after = self.receiver_after(id, &walked.state);
        self.write_back_arguments(id, site, &walked.state, state);
        self.take_over(id, walked.state, state);
        (walked.value, after)
    }

    /// Arguments bound to parameters; each parameter gets a value.
    pub fn bind(&mut self, id: FunctionId, this: Option<&Value>, site: &Site<'_>, target: &Rc<str>) -> Vec<Value> {
        let function = self.file.function(id);
        let mut positional = site.args.iter().filter(|a| a.name.is_none());
        let mut bound = Vec::with_capacity(function.params.len());
        let receiver_first = self.has_receiver_param(id);
        for (i, param) in function.params.iter().enumerate() {
            if i == 0 && receiver_first {
                bound.push(this.cloned().unwrap_or_default());
                continue;
            }
            let value = match param.kind {
                ParamKind::Normal | ParamKind::KeywordOnly => {
                    let name = match self.file.expr(param.pattern).kind {
                        ExprKind::Name(name) => Some(name),
                        _ => None,
                    };
                    let by_name = site.args.iter().find(|a| a.name.is_some() && a.name == name);
                    by_name.or_else(|| if param.kind == ParamKind::Normal { positional.next() } else { None }).map(
                        |a| {
                            if a.spread == Spread::No { a.value.clone() } else { a.value.element() }
                        },
                    )
                }
                ParamKind::Rest => Some(self.rest_of(positional.by_ref())),
                ParamKind::KeywordRest => Some(collected(site.args.iter().filter(|a| a.name.is_some()))),
            };
            let value = match (value, param.default) {
                (Some(value), _) => value,
                (None, Some(default)) => self.default_value(id, default),
                (None, None) => Value::default(),
            };
            let value = if self.declares_types() { self.as_declared(value, param.ty) } else { value };
            let span = param.span;
            let value = self.stepped(value, site.span, &StepMessage::Argument(target.clone()));
            bound.push(self.stepped(value, span, &StepMessage::Through(target.clone())));
        }
        bound
    }

    /// What a parameter for all further arguments gets.
    fn rest_of<'v>(&self, args: impl Iterator<Item = &'v ArgValue>) -> Value {
        let args: Vec<&ArgValue> = args.collect();
        if args.len() >= MAX_KEYS || args.iter().any(|a| a.spread != Spread::No) {
            return collected(args.into_iter());
        }
        let known = args.iter().enumerate().map(|(i, a)| (i.to_string().into(), a.value.clone())).collect();
        let ordered = matches!(self.file.language.base(), Language::Python | Language::JavaScript);
        let fields = Fields { known, closed: true, ordered, ..Fields::default() };
        Value { fields: Some(fields.sealed()), ..Value::default() }
    }

    /// The state in which a called function begins: the caller's, with what a closure captured.
    pub fn base_state(&self, id: FunctionId, state: &State) -> State {
        let mut base = state.clone();
        self.charge(base.size() / VARIABLES_A_STEP);
        let parent = self.file.function(id).parent;
        let active = parent.is_some_and(|p| self.is_module(p) || self.active.contains(&p));
        if let (false, Some(Some(captured))) = (active, self.closures.get(id.index())) {
            for (variable, value) in captured.variables() {
                if !self.is_module(variable.0) && base.get(*variable).is_none() {
                    base.set(*variable, value.clone());
                }
            }
        }
        base
    }

    pub fn receiver_after(&self, id: FunctionId, state: &State) -> Option<Value> {
        let function = self.file.function(id);
        let name = match function.params.first().map(|p| &self.file.expr(p.pattern).kind) {
            Some(ExprKind::Name(name)) if self.has_receiver_param(id) => *name,
            _ => self.file.names.get("this")?,
        };
        function.class?;
        state.get((id, name)).cloned()
    }

    /// A called function can fill collections that it was passed.
    pub fn write_back_arguments(&mut self, id: FunctionId, site: &Site<'_>, after: &State, state: &mut State) {
        let params: Vec<(Option<Name>, bool)> = self
            .own_params(id)
            .map(|p| match self.file.expr(p.pattern).kind {
                ExprKind::Name(name) => (Some(name), self.is_pointer(p)),
                _ => (None, false),
            })
            .collect();
        for ((name, pointer), arg) in params.into_iter().zip(site.args.iter().filter(|a| a.name.is_none())) {
            let Some(value) = name.and_then(|n| after.get((id, n))) else { continue };
            let is_place = matches!(self.file.expr(arg.expr).kind, ExprKind::Name(_) | ExprKind::Member { .. });
            let filled = value.fields.is_some() && value.fields != arg.value.fields;
            let written = pointer && !after.is_dead() && holds_other(value, &arg.value);
            if is_place && (filled || written || self.is_filled(&arg.value, value)) {
                self.write_back(arg.expr, value.clone(), state);
            }
        }
    }

    /// Whether a parameter says where its argument stands, so that what is assigned to it is assigned there.
    fn is_pointer(&self, param: &Param) -> bool {
        self.file.language == Language::Go
            && param.ty.is_some_and(|ty| {
                let (name, ty) = (self.file.expr(param.pattern).span, self.file.expr(ty).span);
                self.text(Span { start: name.end.min(ty.start), end: ty.start }).contains('*')
            })
    }

    /// Whether an object that is no text holds more data after a call than before.
    fn is_filled(&self, before: &Value, after: &Value) -> bool {
        after.path.is_some()
            && after.path == before.path
            && !self.is_text_path(after.path.as_deref())
            && after.own_taints().len() > before.own_taints().len()
            && before.own_taints().iter().all(|t| after.own_taints().iter().any(|a| a.origin == t.origin))
    }

    /// The caller goes on in the state in which the callee ended, without the callee's own variables.
    pub fn take_over(&self, id: FunctionId, after: State, state: &mut State) {
        let finished = self.fuel.get() > 0;
        if after.is_dead() {
            if finished && !self.file.function(id).is_async {
                state.kill();
            }
            return;
        }
        for (variable, value) in after.variables() {
            if variable.0 != id && state.get(*variable) != Some(value) && self.is_outer(variable.0, id) {
                state.set(*variable, value.clone());
            }
        }
        for clear in after.clears() {
            state.clear(clear);
        }
    }

    pub fn is_outer(&self, outer: FunctionId, inner: FunctionId) -> bool {
        let mut current = self.file.function(inner).parent;
        while let Some(id) = current {
            if id == outer {
                return true;
            }
            current = self.file.function(id).parent;
        }
        false
    }

    /// What is known of a function by itself. A function that calls itself is walked for it when it is first asked for: there
    /// its own calls give what has been found so far, in the beginning nothing.
    fn summary_of(&mut self, id: FunctionId) -> Option<Rc<Summary>> {
        if let Some(Some(known)) = self.summaries.get(id.index()) {
            let known = known.clone();
            if known.preliminary {
                self.recursive.insert(id);
            }
            return Some(known);
        }
        let spent = self.fuel.get() <= self.floor.get();
        if !self.active.contains(&id) || self.active.len() > MAX_CALL_DEPTH || spent {
            return None;
        }
        self.walk_function(id);
        self.summaries.get(id.index()).cloned().flatten()
    }

    pub fn call_by_summary(&mut self, id: FunctionId, site: &Site<'_>) -> Value {
        let mut out = Value::default();
        let Some(summary) = self.summary_of(id) else {
            for arg in site.args {
                out.add_taints(&arg.value.deep_taints());
            }
            return out;
        };
        out.path.clone_from(&summary.returned.path);
        let skip = u32::from(self.has_receiver_param(id));
        for taint in summary.returned.deep_taints() {
            let root = self.root(taint.origin);
            match self.origins.get(root.0 as usize).map(|o| o.kind.clone()) {
                Some(OriginKind::Param { function, index }) if function == id => {
                    let arg = site.args.get(index.saturating_sub(skip) as usize);
                    let moved: Vec<Taint> = arg
                        .map(|a| a.value.deep_taints())
                        .unwrap_or_default()
                        .into_iter()
                        .map(|t| Taint { cleared: t.cleared | taint.cleared, ..t })
                        .collect();
                    out.add_taints(&moved);
                }
                _ => out.add_taints(&[taint]),
            }
        }
        self.hits_by_summary(id, site, skip);
        out
    }

    /// A function that is passed to a call which models say calls it with these values.
    pub fn call_with_hints(&mut self, id: FunctionId, hints: &[(u32, Value)], state: &mut State) -> Value {
        if self.active.contains(&id) || self.active.len() > MAX_CALL_DEPTH {
            return Value::default();
        }
        let skip = usize::from(self.has_receiver_param(id));
        let count = self.file.function(id).params.len();
        let bound = (0..count)
            .map(|i| hints.iter().find(|h| h.0 as usize + skip == i).map(|h| h.1.clone()).unwrap_or_default())
            .collect();
        let base = self.base_state(id, state);
        let walked = self.walk(id, bound, None, base, Vec::new());
        self.mark_walked(id);
        self.absorb(id, &walked.state, state);
        walked.value
    }
}

/// Whether a value carries other data or other constants than one before; steps on the way are no difference.
fn holds_other(value: &Value, before: &Value) -> bool {
    let origins = |v: &Value| v.own_taints().iter().map(|t| t.origin).collect::<Vec<_>>();
    value.constants != before.constants || origins(value) != origins(before)
}

pub fn collected<'v>(args: impl Iterator<Item = &'v ArgValue>) -> Value {
    let mut out = Value { fields: Some(Rc::new(Fields::default())), ..Value::default() };
    for arg in args {
        out.set(&[None], arg.value.clone());
    }
    out
}
