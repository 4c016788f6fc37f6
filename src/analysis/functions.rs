//! Functions: what their parameters are, walking them, and calling them.

use std::rc::Rc;

use super::engine::{Engine, Frame, OriginKind, StepMessage, VARIABLES_A_STEP};
use super::eval::common;
use super::facts::SinkFact;
use super::lookup::{ArgValue, Asked, Site};
use super::state::State;
use super::value::*;
use crate::rules::compiled::Trigger;
use crate::rules::index::{Ref, is_builtin_type};
use crate::syntax::hir::*;

/// How many functions of the file may be walked inside each other; beyond, what is known of the function by itself counts.
const MAX_CALL_DEPTH: usize = 6;
/// Functions larger than this (bytes of source) are walked for a call only from the outermost function.
const LARGE_FUNCTION: u32 = 6_000;

/// That a framework calls a function: the entries of the models that say so.
#[derive(Clone, Default)]
pub struct EntryInfo {
    pub entries: Vec<u32>,
}

/// What is known of a function by itself.
pub struct Summary {
    /// What it returns; data of its parameters stands for the arguments.
    pub returned: Value,
}

/// What `this` or `self` is.
pub enum ThisKind {
    Receiver(ClassId),
    Nothing,
}

/// A walk's outcome.
struct Walked {
    value: Value,
    state: State,
}

/// The size of each function's body in bytes.
pub fn sizes(file: &File) -> Vec<u32> {
    file.functions.iter().map(|f| f.body_span.end.saturating_sub(f.body_span.start)).collect()
}

/// The functions directly inside each function, methods left out.
pub fn nested(file: &File) -> Vec<Vec<FunctionId>> {
    let mut inside = vec![Vec::new(); file.functions.len()];
    for (i, function) in file.functions.iter().enumerate().filter(|(_, f)| f.class.is_none()) {
        if let Some(list) = function.parent.and_then(|p| inside.get_mut(p.index())) {
            list.push(FunctionId(i as u32));
        }
    }
    inside
}

impl Engine<'_> {
    pub fn walk_module(&mut self) -> State {
        let body = self.file.function(MODULE).body.clone();
        self.active.push(MODULE);
        self.frames.push(Frame::default());
        let flow = self.exec_block(&body, State::default());
        self.frames.pop();
        self.active.pop();
        flow.next
    }

    /// Entries that are told by decorators, base classes and the names of parameters.
    pub fn find_entries(&mut self) {
        for i in 1..self.file.functions.len() {
            let id = FunctionId(i as u32);
            let mut found = self.decorator_entries(id);
            found.extend(self.other_entries(id));
            for entry in found {
                self.set_entry(id, entry);
            }
        }
    }

    pub fn set_entry(&mut self, function: FunctionId, entry: u32) {
        let Some(slot) = self.entries.get_mut(function.index()) else { return };
        let info = slot.get_or_insert_with(EntryInfo::default);
        if !info.entries.contains(&entry) {
            info.entries.push(entry);
            info.entries.sort_unstable();
        }
    }

    fn decorator_entries(&mut self, id: FunctionId) -> Vec<u32> {
        let mut found = Vec::new();
        for decorator in &self.file.function(id).decorators {
            let Some(path) = self.static_path(*decorator) else { continue };
            let args = self.static_args(*decorator);
            let site =
                Site { span: self.file.expr(*decorator).span, args: &args, receiver: None, callee: None, value: None };
            let receiver = path.rsplit_once('.').map(|(r, _)| r.to_string());
            let shape = receiver.as_deref().is_some_and(|r| self.shape_allowed(Some(r)));
            let refs = self.said_of(Asked::Decorator, &path, shape);
            for entry in refs.iter().copied() {
                let Ref::Entry(i) = entry else { continue };
                if self.index.models.entries.get(i as usize).is_some_and(|e| self.holds(&e.when, &site)) {
                    found.push(i);
                }
            }
        }
        found
    }

    /// The arguments of a decorator's call, as far as they are literals.
    fn static_args(&self, expr: ExprId) -> Vec<ArgValue> {
        let ExprKind::Call { args, .. } = &self.file.expr(expr).kind else { return Vec::new() };
        args.iter()
            .map(|a| {
                let value = match &self.file.expr(a.value).kind {
                    ExprKind::Literal(Literal::Str(s)) => {
                        Value::constant(Const::Str((&**s).into()), self.file.expr(a.value).span)
                    }
                    ExprKind::Name(_) | ExprKind::Member { .. } => {
                        Value::default().with_path(self.static_path(a.value).map(Into::into))
                    }
                    ExprKind::Literal(Literal::Int(i)) => Value::constant(Const::Int(*i), self.file.expr(a.value).span),
                    _ => Value::default(),
                };
                ArgValue { name: a.name, value, expr: a.value, spread: a.spread }
            })
            .collect()
    }

    fn other_entries(&mut self, id: FunctionId) -> Vec<u32> {
        let mut found = Vec::new();
        let mut most_names = 0;
        for i in self.index.other_entries.clone() {
            let Some(entry) = self.index.models.entries.get(i as usize) else { continue };
            let site = Site { span: Span::default(), args: &[], receiver: None, callee: None, value: None };
            let fits = match &entry.trigger {
                Trigger::ParamsNamed(names) => self.params_are_named(id, names),
                Trigger::Base(bases, methods) => self.is_method_of(id, bases, methods),
                _ => false,
            };
            if !fits || !self.holds(&entry.when, &site) {
                continue;
            }
            // Of several entries by the names of parameters, the one that speaks of most of them counts.
            if let Trigger::ParamsNamed(names) = &entry.trigger {
                if names.len() < most_names {
                    continue;
                }
                most_names = names.len();
                found.retain(|j: &u32| !self.is_by_names(*j, names.len()));
            }
            found.push(i);
        }
        found
    }

    /// Whether an entry goes by the names of fewer than `count` parameters.
    fn is_by_names(&self, entry: u32, count: usize) -> bool {
        let trigger = self.index.models.entries.get(entry as usize).map(|e| &e.trigger);
        matches!(trigger, Some(Trigger::ParamsNamed(names)) if names.len() < count)
    }

    fn params_are_named(&self, id: FunctionId, names: &[String]) -> bool {
        let function = self.file.function(id);
        let own: Vec<&Param> = self.own_params(id).collect();
        own.len() >= names.len()
            && own.len() <= names.len() + 2
            && !function.is_generator
            && names.iter().zip(own).all(|(pattern, param)| match self.file.expr(param.pattern).kind {
                ExprKind::Name(name) => self.index.regex_matches(&format!("^(?:{pattern})$"), self.file.text(name)),
                _ => false,
            })
    }

    fn is_method_of(&self, id: FunctionId, bases: &[crate::rules::place::Pattern], methods: &[String]) -> bool {
        let function = self.file.function(id);
        let (Some(class), Some(name)) = (function.class, function.name) else { return false };
        let name = self.file.text(name);
        let fits = if methods.is_empty() { !name.starts_with('_') } else { methods.iter().any(|m| m == name) };
        fits && self
            .lineage(&self.file.class(class).symbol)
            .iter()
            .skip(1)
            .any(|path| bases.iter().any(|pattern| pattern.fits(path)))
    }

    /// The parameters without the receiver.
    pub fn own_params(&self, id: FunctionId) -> impl Iterator<Item = &Param> {
        let function = self.file.function(id);
        let skip = usize::from(self.has_receiver_param(id));
        function.params.iter().skip(skip)
    }

    /// Whether the first parameter is the receiver (Python's methods).
    pub fn has_receiver_param(&self, id: FunctionId) -> bool {
        let function = self.file.function(id);
        self.file.language == Language::Python
            && function.class.is_some()
            && !function.is_static
            && !function.params.is_empty()
    }

    pub fn this_kind(&self) -> ThisKind {
        let mut current = Some(self.current());
        while let Some(id) = current {
            let function = self.file.function(id);
            if let Some(class) = function.class {
                return ThisKind::Receiver(class);
            }
            current = if function.is_arrow { function.parent } else { None };
        }
        ThisKind::Nothing
    }

    /// A function value. Outside functions its walk waits until the module is known; inside, until it is called or the
    /// function around it ends.
    pub fn closure(&mut self, function: FunctionId, state: &State) -> Value {
        self.closures_snapshot(function, state);
        Value { callables: Some(Rc::new(vec![function])), ..Value::default() }
    }

    pub fn closures_snapshot(&mut self, function: FunctionId, state: &State) {
        if self.current() == MODULE {
            return;
        }
        // The variables will be copied when they are next written to, and both are kept.
        self.charge(state.size());
        if let Some(slot) = self.closures.get_mut(function.index()) {
            *slot = Some(state.clone());
        }
    }

    pub fn exec_decorators(&mut self, id: FunctionId, state: &mut State) {
        for decorator in &self.file.function(id).decorators {
            let value = self.eval(*decorator, state);
            // While the module is walked its variables are known only to the walk itself.
            let evaluated = match self.file.expr(*decorator).kind {
                ExprKind::Call { callee, .. } => self.eval(callee, state).path,
                _ => value.path,
            };
            let Some(path) = evaluated.map(|p| p.to_string()).or_else(|| self.static_path(*decorator)) else {
                continue;
            };
            let args = self.static_args(*decorator);
            let span = self.file.expr(*decorator).span;
            let site = Site { span, args: &args, receiver: None, callee: None, value: None };
            for entry in self.said_of(Asked::Decorator, &path, false).iter() {
                if let Ref::Match(i) = *entry {
                    self.matched(i, &site, &path);
                }
            }
        }
    }

    /// Walks a class's body: its fields, and the decorators of its methods.
    pub fn exec_class(&mut self, id: ClassId, state: &mut State) {
        let class = self.file.class(id);
        class.bases.iter().chain(&class.decorators).for_each(|e| drop(self.eval(*e, state)));
        for stmt in &class.body {
            match &self.file.stmt(*stmt).kind {
                StmtKind::Assign { targets, value: Some(value), .. } => {
                    let value = self.eval_settled(*value, state);
                    for target in targets {
                        self.class_assignment(id, *target, &value, state);
                    }
                }
                StmtKind::Function(function) => {
                    self.closures_snapshot(*function, state);
                    self.exec_decorators(*function, state);
                }
                StmtKind::Class(inner) => self.exec_class(*inner, state),
                _ => {
                    let flow = self.exec_block(std::slice::from_ref(stmt), state.clone());
                    *state = flow.next;
                }
            }
        }
    }

    fn class_assignment(&mut self, class: ClassId, target: ExprId, value: &Value, state: &mut State) {
        let name = match &self.file.expr(target).kind {
            ExprKind::Name(name) | ExprKind::Member { name, .. } => *name,
            _ => return self.assign(target, value.clone(), state),
        };
        self.note_constant(name, value);
        let text = self.file.text(name);
        let path = format!("{}.{text}", self.file.class(class).symbol);
        let span = self.file.expr(target).span;
        for entry in self.said_of(Asked::Write, &path, true).iter().copied() {
            let site = Site { span, args: &[], receiver: None, callee: None, value: Some((value, Some(target))) };
            match entry {
                Ref::Sink(i) => self.sink(i, &site, &path),
                Ref::Match(i) => self.matched(i, &site, &path),
                _ => {}
            }
        }
        self.add_class_field(class, text, value);
    }

    fn add_class_field(&mut self, class: ClassId, name: &str, value: &Value) {
        // Data of parameters means nothing outside the call.
        let taints: Vec<Taint> = (value.deep_taints().into_iter())
            .filter(|t| {
                !matches!(
                    self.origins.get(self.root(t.origin).0 as usize).map(|o| &o.kind),
                    Some(OriginKind::Param { .. })
                )
            })
            .collect();
        let stored = Value { fields: None, truth: None, ..value.clone() }.with_taints(taints);
        let Some(fields) = self.class_fields.get_mut(class.index()) else { return };
        if let Some(old) = fields.get_mut(name) {
            *old = old.join(&stored);
        } else if fields.len() < MAX_KEYS {
            fields.insert(name.into(), stored);
        }
    }

    /// The class of this file that a value is an instance of (or is).
    fn class_of(&self, value: &Value) -> Option<ClassId> {
        self.local_classes.get(value.path.as_deref()?).copied()
    }

    /// What is known of a field from the other methods of the class.
    pub fn class_field(&self, receiver: &Value, name: &str) -> Option<Value> {
        let mut class = self.class_of(receiver)?;
        for _ in 0..8 {
            if let Some(value) = self.class_fields.get(class.index()).and_then(|f| f.get(name)) {
                return Some(value.clone());
            }
            let base = *self.file.class(class).bases.first()?;
            class = *self.local_classes.get(self.static_path(base)?.as_str())?;
        }
        None
    }

    /// The method of this name, if the receiver is an instance of a class of this file.
    pub fn method(&self, receiver: &Value, name: &str) -> Option<FunctionId> {
        let mut class = self.class_of(receiver)?;
        let wanted = self.file.names.get(name)?;
        for _ in 0..8 {
            let methods = &self.file.class(class).methods;
            if let Some(found) = methods.iter().find(|m| self.file.function(**m).name == Some(wanted)) {
                return Some(*found);
            }
            let base = *self.file.class(class).bases.first()?;
            class = *self.local_classes.get(self.static_path(base)?.as_str())?;
        }
        None
    }

    /// `self.name = value` is known to the other methods too.
    pub fn write_field_of_class(
        &mut self,
        keys: &[Option<Rc<str>>],
        variable: &str,
        value: &Value,
        current: Option<&Value>,
    ) {
        let ([Some(name), rest @ ..], "self" | "this" | "cls") = (keys, variable) else { return };
        let class = match current.and_then(|v| self.class_of(v)) {
            Some(class) => class,
            None => match self.this_kind() {
                ThisKind::Receiver(class) => class,
                ThisKind::Nothing => return,
            },
        };
        if rest.is_empty() {
            self.add_class_field(class, name, value);
        }
    }

    /// `new C(…)`: the receiver after its constructor.
    pub fn construct(&mut self, class: ClassId, site: &Site<'_>, state: &mut State) -> Value {
        let fresh = Value::of_path(&*self.file.class(class).symbol);
        let name = if self.file.language == Language::Python { "__init__" } else { "constructor" };
        let Some(constructor) = self.method(&fresh, name) else {
            let mut out = fresh;
            for arg in site.args {
                out.add_taints(&arg.value.deep_taints());
            }
            return out;
        };
        let (_, this) = self.call_method(constructor, Some(fresh.clone()), site, state);
        this.unwrap_or(fresh)
    }

    pub fn call_function(&mut self, id: FunctionId, site: &Site<'_>, state: &mut State) -> Value {
        let receiver = match (self.file.function(id).class, site.receiver) {
            (Some(_), Some((receiver, _))) => Some(receiver.clone()),
            _ => None,
        };
        let (value, this) = self.call_method(id, receiver, site, state);
        if let (Some(this), Some((old, expr))) = (this, site.receiver)
            && this.fields != old.fields
        {
            self.write_back(expr, this, state);
        }
        value
    }

    fn call_method(
        &mut self,
        id: FunctionId,
        this: Option<Value>,
        site: &Site<'_>,
        state: &mut State,
    ) -> (Value, Option<Value>) {
        let large = self.sizes.get(id.index()).is_some_and(|s| *s > LARGE_FUNCTION) && self.active.len() > 2;
        if self.active.contains(&id) || self.active.len() > MAX_CALL_DEPTH || large || !self.tick() {
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
    fn bind(&mut self, id: FunctionId, this: Option<&Value>, site: &Site<'_>, target: &Rc<str>) -> Vec<Value> {
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
                ParamKind::Rest => Some(collected(positional.by_ref())),
                ParamKind::KeywordRest => Some(collected(site.args.iter().filter(|a| a.name.is_some()))),
            };
            let value = match (value, param.default) {
                (Some(value), _) => value,
                (None, Some(default)) => self.eval(default, &mut State::default()),
                (None, None) => Value::default(),
            };
            let span = param.span;
            let value = self.stepped(value, site.span, &StepMessage::Argument(target.clone()));
            bound.push(self.stepped(value, span, &StepMessage::Through(target.clone())));
        }
        bound
    }

    /// The state in which a called function begins: the caller's, with what a closure captured.
    fn base_state(&self, id: FunctionId, state: &State) -> State {
        let mut base = state.clone();
        self.charge(base.size() / VARIABLES_A_STEP);
        let parent = self.file.function(id).parent;
        let active = parent.is_some_and(|p| p == MODULE || self.active.contains(&p));
        if let (false, Some(Some(captured))) = (active, self.closures.get(id.index())) {
            for (variable, value) in captured.variables() {
                if variable.0 != MODULE && base.get(*variable).is_none() {
                    base.set(*variable, value.clone());
                }
            }
        }
        base
    }

    fn receiver_after(&self, id: FunctionId, state: &State) -> Option<Value> {
        let function = self.file.function(id);
        let name = match function.params.first().map(|p| &self.file.expr(p.pattern).kind) {
            Some(ExprKind::Name(name)) if self.has_receiver_param(id) => *name,
            _ => self.file.names.get("this")?,
        };
        function.class?;
        state.get((id, name)).cloned()
    }

    /// A called function can fill collections that it was passed.
    fn write_back_arguments(&mut self, id: FunctionId, site: &Site<'_>, after: &State, state: &mut State) {
        let names: Vec<Option<Name>> = self
            .own_params(id)
            .map(|p| match self.file.expr(p.pattern).kind {
                ExprKind::Name(name) => Some(name),
                _ => None,
            })
            .collect();
        for (name, arg) in names.into_iter().zip(site.args.iter().filter(|a| a.name.is_none())) {
            let Some(value) = name.and_then(|n| after.get((id, n))) else { continue };
            let is_place = matches!(self.file.expr(arg.expr).kind, ExprKind::Name(_) | ExprKind::Member { .. });
            if is_place && value.fields.is_some() && value.fields != arg.value.fields {
                self.write_back(arg.expr, value.clone(), state);
            }
        }
    }

    /// The caller goes on in the state in which the callee ended, without the callee's own variables.
    fn take_over(&self, id: FunctionId, after: State, state: &mut State) {
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

    fn is_outer(&self, outer: FunctionId, inner: FunctionId) -> bool {
        let mut current = self.file.function(inner).parent;
        while let Some(id) = current {
            if id == outer {
                return true;
            }
            current = self.file.function(id).parent;
        }
        false
    }

    fn call_by_summary(&mut self, id: FunctionId, site: &Site<'_>) -> Value {
        let mut out = Value::default();
        let Some(Some(summary)) = self.summaries.get(id.index()).cloned() else {
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

    /// A function that is passed on without anything being known of how it is called.
    pub fn walk_closure(&mut self, id: FunctionId, state: &mut State) {
        if self.active.contains(&id) || self.active.len() > MAX_CALL_DEPTH {
            return;
        }
        let bound = self.standalone_params(id);
        let base = self.base_state(id, state);
        let returns = self.returns_of(id);
        let walked = self.walk(id, bound, None, base, returns);
        self.mark_walked(id);
        self.absorb(id, &walked.state, state);
    }

    fn mark_walked(&mut self, id: FunctionId) {
        if let Some(flag) = self.walked.get_mut(id.index()) {
            *flag = true;
        }
    }

    /// What a function that may be called later leaves in the variables around it.
    fn absorb(&self, id: FunctionId, after: &State, state: &mut State) {
        if after.is_dead() || state.is_dead() {
            return;
        }
        for (variable, value) in after.variables() {
            if variable.0 != id && state.get(*variable) != Some(value) && self.is_outer(variable.0, id) {
                state.add(*variable, value);
            }
        }
    }

    /// Walks a function by itself: its parameters are what its entry says, or stand for whatever they may be.
    pub fn walk_function(&mut self, id: FunctionId) {
        let bound = self.standalone_params(id);
        let base = self.standalone_state(id);
        let returns = self.returns_of(id);
        let this = self.file.function(id).class.map(|c| Value::of_path(&*self.file.class(c).symbol));
        let walked = self.walk(id, bound, this, base, returns);
        self.mark_walked(id);
        if let Some(slot) = self.summaries.get_mut(id.index()) {
            *slot = Some(Rc::new(Summary { returned: walked.value }));
        }
    }

    /// The module's variables, and those that the functions around had when this one was defined.
    fn standalone_state(&self, id: FunctionId) -> State {
        let mut base = self.module_state.clone();
        self.charge(base.size() / VARIABLES_A_STEP);
        if base.is_dead() {
            base = State::default();
        }
        if let Some(Some(captured)) = self.closures.get(id.index()) {
            if captured.is_dead() {
                return base;
            }
            for (variable, value) in captured.variables() {
                if variable.0 != MODULE {
                    base.set(*variable, value.clone());
                }
            }
            captured.clears().into_iter().for_each(|c| base.clear(c));
        }
        base
    }

    fn returns_of(&self, id: FunctionId) -> Vec<u32> {
        let entries = self.entries.get(id.index()).and_then(|e| e.as_ref()).map_or(&[][..], |e| &e.entries);
        let returns = |i: &u32| self.index.models.entries.get(*i as usize).is_some_and(|e| e.returns.is_some());
        entries.iter().copied().filter(returns).collect()
    }

    fn standalone_params(&mut self, id: FunctionId) -> Vec<Value> {
        let function = self.file.function(id);
        let skip = usize::from(self.has_receiver_param(id));
        let mut bound = Vec::with_capacity(function.params.len());
        for (i, param) in function.params.iter().enumerate() {
            if i < skip {
                let class = function.class.map(|c| self.file.class(c).symbol.clone());
                bound.push(class.map(|c| Value::of_path(&*c)).unwrap_or_default());
                continue;
            }
            let mut value = self.entry_param(id, (i - skip) as u32, param);
            if value == Value::default() {
                value = self.plain_param(id, i as u32, param);
            }
            if let Some(default) = param.default {
                let default = self.eval(default, &mut State::default());
                value = value.join(&Value { open: true, ..default });
            }
            bound.push(value);
        }
        bound
    }

    /// A parameter as the function's entry has it; nothing known when there is no entry.
    fn entry_param(&mut self, id: FunctionId, position: u32, param: &Param) -> Value {
        let entries =
            self.entries.get(id.index()).and_then(|e| e.as_ref()).map(|e| e.entries.clone()).unwrap_or_default();
        let text = self.text(self.file.expr(param.pattern).span);
        let annotated = param.ty.and_then(|t| self.static_path(t));
        let mut value = Value::default();
        for i in &entries {
            let Some(entry) = self.index.models.entries.get(*i as usize) else { continue };
            let spec = entry.params.get(position as usize);
            if let Some(path) = spec.and_then(|p| p.is.as_ref()) {
                value.path = Some(path.as_str().into());
            }
            // A parameter with a type of its own (a request, a session) is no data.
            let typed = annotated.as_deref().is_some_and(|t| self.index.is_modelled(t) && !is_builtin_type(t))
                || self.is_injected(param);
            let rest = if spec.is_none() && !typed { entry.rest_label } else { None };
            if let Some(label) = spec.and_then(|p| p.label).or(rest) {
                let number =
                    annotated.as_deref().is_some_and(|t| matches!(t, "int" | "float" | "bool" | "number" | "boolean"));
                if !number {
                    let identity = format!("{}#{position}", self.file.function(id).symbol).into();
                    let taint = self.source_taint(label, identity, param.span, &format!("the request's `{text}`"));
                    value.add_taints(&[taint]);
                }
            }
        }
        if let (Some(path), None) = (&annotated, &value.path)
            && (!entries.is_empty() || self.index.is_modelled(path))
        {
            value.path = Some(path.as_str().into());
        }
        self.typed_param(&annotated, param, &mut value);
        value
    }

    /// Whether the default of a parameter says that the framework puts in something of its own, such as a database session.
    fn is_injected(&mut self, param: &Param) -> bool {
        let Some(default) = param.default else { return false };
        let path = self.eval(default, &mut State::default()).path;
        path.is_some_and(|p| self.index.is_modelled(&p) && !is_builtin_type(&p))
    }

    /// Sources that are told by a parameter's annotated type.
    fn typed_param(&mut self, annotated: &Option<String>, param: &Param, value: &mut Value) {
        let Some(path) = annotated else { return };
        for i in self.index.param_types.clone() {
            let Some(source) = self.index.models.sources.get(i as usize) else { continue };
            let Trigger::ParamType(patterns) = &source.trigger else { continue };
            if self.lineage(path).iter().any(|p| patterns.iter().any(|pattern| pattern.fits(p))) {
                let description = source.description.clone().unwrap_or_else(|| format!("a parameter of type `{path}`"));
                let identity = format!("param@{}", param.span.start).into();
                let taint = self.source_taint(source.label, identity, param.span, &description);
                value.add_taints(&[taint]);
            }
        }
    }

    fn plain_param(&mut self, id: FunctionId, index: u32, param: &Param) -> Value {
        let text = self.text(self.file.expr(param.pattern).span);
        let description = format!("the parameter `{}`", super::eval::shorten(text));
        let origin = self.origin(OriginKind::Param { function: id, index }, None, param.span, &description);
        let step = self.step(param.span, StepMessage::Source(description.into()), None);
        let path = param.ty.and_then(|t| self.static_path(t));
        let number = path.as_deref().is_some_and(|t| matches!(t, "int" | "float" | "bool" | "number" | "boolean"));
        let taints = if number { Vec::new() } else { vec![Taint { origin, cleared: 0, step }] };
        Value::default().with_taints(taints).with_path(path.map(Into::into))
    }

    fn walk(
        &mut self,
        id: FunctionId,
        bound: Vec<Value>,
        this: Option<Value>,
        base: State,
        returns: Vec<u32>,
    ) -> Walked {
        let file = self.file;
        let function = file.function(id);
        self.active.push(id);
        self.frames.push(Frame { returns, ..Frame::default() });
        let mut state = base;
        if let (Some(this), Some(name)) = (this, file.names.get("this")) {
            state.set((id, name), this);
        }
        for (param, value) in function.params.iter().zip(bound) {
            self.assign_param(param.pattern, value, &mut state);
        }
        let flow = self.exec_block(&function.body, state);
        self.walk_nested(id);
        let frame = self.frames.pop().unwrap_or_default();
        self.active.pop();
        let state = match frame.exit {
            Some(exit) => self.join(exit, flow.next),
            None => flow.next,
        };
        let mut value = frame.returned.unwrap_or_default();
        if let Some(yielded) = frame.yielded {
            value = Value { fields: Some(Fields { rest: yielded, ..Fields::default() }.sealed()), ..Value::default() };
        }
        let truth =
            Truth { when_true: frame.when_true.unwrap_or_default(), when_false: frame.when_false.unwrap_or_default() };
        value.truth = (truth != Truth::default()).then(|| Rc::new(truth));
        Walked { value, state }
    }

    /// Binding a parameter is no step of its own.
    fn assign_param(&mut self, pattern: ExprId, value: Value, state: &mut State) {
        match self.file.expr(pattern).kind {
            ExprKind::Name(name) => state.set((self.current(), name), value),
            _ => self.assign(pattern, value, state),
        }
    }

    /// Functions defined inside that nobody has called by the end are walked too, with what they capture.
    fn walk_nested(&mut self, id: FunctionId) {
        if self.active.len() > MAX_CALL_DEPTH {
            return;
        }
        for nested in self.nested.get(id.index()).cloned().unwrap_or_default() {
            let walked = self.walked.get(nested.index()).is_none_or(|w| *w);
            if !walked && !self.active.contains(&nested) {
                self.walk_function(nested);
            }
        }
    }

    pub fn note_return(&mut self, value: Value, state: &State) {
        let merged =
            self.frames.last().and_then(|f| f.exit.clone()).map_or(state.clone(), |e| self.join(e, state.clone()));
        let clears = state.clears();
        let truth = value.truth.as_deref().cloned().unwrap_or_default();
        let extended = |own: &[Clear]| own.iter().copied().chain(clears.iter().copied()).collect::<Vec<_>>();
        let (when_true, when_false) = (extended(&truth.when_true), extended(&truth.when_false));
        let (may_be_true, may_be_false) = (value.may_be(true), value.may_be(false));
        let Some(frame) = self.frames.last_mut() else { return };
        frame.exit = Some(merged);
        if may_be_true {
            frame.when_true = Some(frame.when_true.as_ref().map_or(when_true.clone(), |old| common(old, &when_true)));
        }
        if may_be_false {
            frame.when_false =
                Some(frame.when_false.as_ref().map_or(when_false.clone(), |old| common(old, &when_false)));
        }
        frame.returned = Some(match &frame.returned {
            Some(old) => old.join(&value),
            None => value,
        });
    }

    /// What a framework does with the value that an entry returns.
    pub fn returned_sink(&mut self, entry: u32, value: &Value, expr: ExprId) {
        let Some(entry) = self.index.models.entries.get(entry as usize) else { return };
        let Some(kind) = entry.returns else { return };
        // `return body, status`
        let (body, expr) = match (&value.fields, &self.file.expr(expr).kind) {
            (Some(fields), ExprKind::Collection { kind: CollectionKind::Tuple, entries }) => {
                match (fields.known.get("0"), entries.first()) {
                    (Some(first), Some(entry)) => (first.clone(), entry.value),
                    _ => return,
                }
            }
            _ => (value.clone(), expr),
        };
        let span = self.file.expr(expr).span;
        let site = Site { span, args: &[], receiver: None, callee: None, value: Some((&body, Some(expr))) };
        if !self.holds(&entry.returns_when, &site) {
            return;
        }
        let taints = body.deep_taints();
        let target = "the response";
        let status = self.arrival(kind, &body, &taints);
        let fact = SinkFact { kind, span, function: self.current(), target: target.to_string(), status, bound: false };
        self.note_sink(fact);
        self.hit(kind, 2, &taints, span, target);
    }
}

fn collected<'v>(args: impl Iterator<Item = &'v ArgValue>) -> Value {
    let mut out = Value { fields: Some(Rc::new(Fields::default())), ..Value::default() };
    for arg in args {
        out.set(&[None], arg.value.clone());
    }
    out
}
