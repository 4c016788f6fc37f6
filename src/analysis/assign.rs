//! Assignments: to names, members, patterns.

use std::rc::Rc;

use super::displays::const_key;
use super::engine::Engine;
use super::fold;
use super::functions::ThisKind;
use super::lookup::{ArgValue, Site};
use super::state::State;
use super::trace::{OriginKind, StepMessage};
use super::value::{Const, MAX_NESTING, Taint, Truth, Value};
use crate::rules::index::Asked;
use crate::rules::index::Ref;
use crate::syntax::hir::*;

/// The most links of a chain of calls that are followed back to the variable at its beginning.
const MAX_LINKS: usize = 64;

/// The most other names that one variable is known to have.
const MAX_ALIASES: usize = 8;

/// Whether two values are one object: what is known of it was found out once and is shared.
fn is_one_object(a: &Value, b: &Value) -> bool {
    match (&a.fields, &b.fields, &a.constants, &b.constants) {
        (Some(a), Some(b), ..) => Rc::ptr_eq(a, b),
        (None, None, Some(a), Some(b)) => Rc::ptr_eq(a, b),
        _ => false,
    }
}

impl Engine<'_> {
    pub fn exec_assign(
        &mut self,
        targets: &[ExprId],
        value: Option<ExprId>,
        op: Option<BinaryOp>,
        ty: Option<ExprId>,
        span: Span,
        state: &mut State,
    ) {
        if let [target] = targets
            && op.is_none()
            && let (ExprKind::Name(name), true) = (&self.file.expr(*target).kind, ty.is_some())
        {
            self.declare_type(self.variable_of(*name), ty);
        }
        let Some(value) = value else { return self.declare_typed(targets, ty, state) };
        if let [target] = targets
            && self.is_imported(*target)
        {
            return;
        }
        let mut new = match (targets, op) {
            ([target], Some(_)) => self.eval_assigned(*target, value, op, span, state),
            _ => self.eval_settled(value, state),
        };
        if let [target] = targets
            && new.path.as_deref().is_none_or(|p| p.ends_with("()"))
            && self.is_error_of_unknown(*target, value)
        {
            new = Value::of_path("error");
        }
        if let Some(ty) = ty.filter(|_| new.path.is_none()) {
            let declared = self.declared(ty);
            new.path = declared.path;
            new.fields = new.fields.or(declared.fields);
        }
        let new = marked(self.as_declared(new, ty), state);
        for target in targets {
            self.note_alias(*target, value, op);
            self.assign(*target, new.clone(), state);
        }
    }

    /// Notes that two variables may stand for one object.
    fn note_alias(&mut self, target: ExprId, value: ExprId, op: Option<BinaryOp>) {
        // Structs of Go are copied.
        if op.is_some() || self.file.language == Language::Go {
            return;
        }
        let (ExprKind::Name(target), ExprKind::Name(value)) =
            (&self.file.expr(target).kind, &self.file.expr(value).kind)
        else {
            return;
        };
        let (new, old) = (self.variable_of(*target), self.variable_of(*value));
        for (one, other) in [(new, old), (old, new)] {
            let known = self.aliases.entry(one).or_default();
            if one != other && known.len() < MAX_ALIASES && !known.contains(&other) {
                known.push(other);
            }
        }
    }

    /// What is done to an object under one name is done to it under its other names. Two variables of which one was once
    /// assigned to the other are one object as long as they share what is known of it.
    fn write_aliases(&mut self, variable: (FunctionId, Name), new: &Value, state: &mut State) {
        let Some(others) = self.aliases.get(&variable) else { return };
        let Some(old) = state.get(variable).cloned() else { return };
        for other in others {
            let same = state.get(*other).filter(|v| is_one_object(v, &old)).map(|v| v.path.clone());
            if let Some(path) = same {
                state.set(*other, new.clone().with_path(path));
            }
        }
    }

    /// A variable that is declared without a value has that of its type; Python's annotations alone declare nothing.
    pub fn declare_typed(&mut self, targets: &[ExprId], ty: Option<ExprId>, state: &mut State) {
        let Some(ty) = ty.filter(|_| self.file.language != Language::Python) else { return };
        let value = self.declared(ty);
        for target in targets {
            if let (ExprKind::Name(name), Some(_)) = (&self.file.expr(*target).kind, &value.path) {
                state.set(self.variable_of(*name), value.clone());
            }
        }
    }

    /// Whether the target is bound by an import (`const fs = require("fs")` is an import and an assignment).
    pub fn is_imported(&self, target: ExprId) -> bool {
        let bound = |name: Name| {
            self.scopes.resolve(self.file, self.current(), name).is_some_and(|s| self.scopes.import(s, name).is_some())
        };
        match &self.file.expr(target).kind {
            ExprKind::Name(name) => bound(*name),
            ExprKind::Collection { entries, .. } => {
                !entries.is_empty() && entries.iter().all(|e| self.is_imported(e.value))
            }
            _ => false,
        }
    }

    /// The value of an assignment; `target op= value` reads the target too.
    pub fn eval_assigned(
        &mut self,
        target: ExprId,
        value: ExprId,
        op: Option<BinaryOp>,
        span: Span,
        state: &mut State,
    ) -> Value {
        let Some(op) = op else { return self.eval_settled(value, state) };
        let old = self.eval_settled(target, state);
        let added = self.eval_settled(value, state);
        match op {
            BinaryOp::And | BinaryOp::Or | BinaryOp::Nullish => old.join(&added),
            BinaryOp::Add if old.fields.is_some() => old.followed_by(&added).unwrap_or_else(|| old.join(&added)),
            BinaryOp::Add => {
                let folded = fold::binary(op, &old, &added, span);
                let path = old.path.clone();
                let mut out = self.concatenated(&[old, added], span);
                out = self.ended_by(out, value);
                if folded.is_some() {
                    out.constants = folded;
                }
                if path.is_some() { out.with_path(path) } else { out }
            }
            _ => {
                let constants = fold::binary(op, &old, &added, span);
                let mut out = Value { constants, ..Value::default() };
                if op == BinaryOp::Rem {
                    out.add_taints(&old.deep_taints());
                    out.add_taints(&added.deep_taints());
                }
                out
            }
        }
    }

    pub fn variable_of(&self, name: Name) -> (FunctionId, Name) {
        let function = self.current();
        (self.scopes.resolve(self.file, function, name).unwrap_or(function), name)
    }

    /// Binds a value to a pattern.
    pub fn assign(&mut self, target: ExprId, value: Value, state: &mut State) {
        if !self.tick() {
            return;
        }
        let file = self.file;
        let expr = file.expr(target);
        match &expr.kind {
            ExprKind::Name(name) => self.assign_name(target, *name, value, state),
            ExprKind::Member { .. } | ExprKind::Index { .. } => self.assign_member(target, value, state),
            ExprKind::Collection { kind, entries } => self.destructure(*kind, entries, value, state),
            ExprKind::Spread(inner) => self.assign(*inner, value, state),
            ExprKind::Cast { operand, ty } => {
                if let ExprKind::Name(name) = file.expr(*operand).kind {
                    self.declare_type(self.variable_of(name), *ty);
                }
                let value = self.as_declared(value, *ty);
                self.assign(*operand, value, state);
            }
            ExprKind::Assign { target, value: default, op: None } => {
                let default = self.eval_settled(*default, state);
                let value =
                    if value == Value::default() { Value { open: true, ..default } } else { value.join(&default) };
                self.assign(*target, value, state);
            }
            _ => {}
        }
    }

    fn assign_name(&mut self, target: ExprId, name: Name, value: Value, state: &mut State) {
        self.note_constant(name, &value);
        self.check_write(target, &value, state);
        let variable = self.variable_of(name);
        let value = match self.variable_type(variable).cloned() {
            Some(ty) => self.of_type(value, &ty),
            None => value,
        };
        let moved = self.stepped(value, self.file.expr(target).span, &StepMessage::Assigned(name));
        self.leave_in_module(variable, &moved);
        if variable.0 != self.current() {
            self.leave_in_module(variable, &moved);
            state.add(variable, &moved);
            return;
        }
        let value = Value { truth: moved.truth.clone(), ..moved };
        if self.aliases.contains_key(&variable) {
            state.replace(variable, value);
        } else {
            state.set(variable, value);
        }
    }

    /// Binds a value to a member or an element.
    fn assign_member(&mut self, target: ExprId, value: Value, state: &mut State) {
        let file = self.file;
        if let Some(name) = self.last_name(target).map(str::to_string) {
            self.note_constant_text(&name, &value, false);
        }
        self.check_write(target, &value, state);
        if let ExprKind::Member { object, name, .. } = file.expr(target).kind
            && let ExprKind::Name(of) = file.expr(object).kind
            && let Some(receiver) = self.variable(of, state)
            && let Some(path) = self.member_path(&receiver, file.text(name))
        {
            self.keep_member(&receiver, &path, &value);
        }
        self.write_back(target, value, state);
    }

    pub fn destructure(&mut self, kind: CollectionKind, entries: &[Entry], value: Value, state: &mut State) {
        if kind == CollectionKind::Tuple && self.file.language == Language::Go {
            return self.take_results(entries, &value, state);
        }
        for (i, entry) in entries.iter().enumerate() {
            let part = match entry.key {
                _ if entry.spread => value.without_first(i, entries.len() - i - 1),
                Some(key) => {
                    let name = self.eval(key, state).single_str().cloned();
                    match name {
                        // The pattern stands where a member access would.
                        Some(name) => self.eval_member(entry.value, key, value.clone(), &name, state),
                        None => value.element(),
                    }
                }
                None if kind == CollectionKind::Map => value.clone(),
                None => match value.field(&i.to_string()) {
                    Some(mut part) => {
                        part.add_taints(value.own_taints());
                        part
                    }
                    None => self.numbered_part(&value, i),
                },
            };
            self.assign(entry.value, part, state);
        }
    }

    /// An element of something whose contents are unknown is a part of its data: a test of `ext` in
    /// `name, ext = splitext(path)` says nothing of the path.
    pub fn numbered_part(&mut self, value: &Value, position: usize) -> Value {
        if value.fields.is_some() {
            return value.element();
        }
        let parts = self.parts(value.own_taints(), &position.to_string());
        value.element().with_taints(parts)
    }

    /// Writes a value to where an expression stands: a variable, a member, an element.
    pub fn write_back(&mut self, target: ExprId, value: Value, state: &mut State) {
        let mut keys: Vec<Option<Rc<str>>> = Vec::new();
        let mut current = target;
        let file = self.file;
        for _ in 0..MAX_LINKS {
            if keys.len() > MAX_NESTING as usize {
                return;
            }
            match &file.expr(current).kind {
                ExprKind::Name(name) => {
                    keys.reverse();
                    let own = if file.text(*name) == "super" { file.names.get("this").unwrap_or(*name) } else { *name };
                    let variable = self.variable_of(own);
                    self.write_field_of_class(&keys, own, &value, state.get(variable));
                    let mut whole = state
                        .get(variable)
                        .cloned()
                        .or_else(|| self.module_state.get(variable).cloned())
                        .unwrap_or_else(|| self.undeclared(own));
                    let path = whole.path.clone();
                    whole.set(&keys, value);
                    if own != *name {
                        whole.path = path;
                    }
                    self.leave_in_module(variable, &whole);
                    self.write_aliases(variable, &whole, state);
                    state.set(variable, whole);
                    return;
                }
                ExprKind::Member { object, name, .. } => {
                    keys.push(Some(file.text(*name).into()));
                    current = *object;
                }
                ExprKind::Index { object, index } => {
                    let mut scratch = state.clone();
                    let key = self.eval(*index, &mut scratch);
                    keys.push(key.single().and_then(const_key));
                    current = *object;
                }
                ExprKind::Await(inner) | ExprKind::Cast { operand: inner, .. } => current = *inner,
                ExprKind::Call { callee, .. } if self.fluent.contains(&current) => match &file.expr(*callee).kind {
                    ExprKind::Member { object, .. } => current = *object,
                    _ => return,
                },
                _ => return,
            }
        }
    }

    /// What a function leaves in a variable of the module is there for the functions that are walked after it.
    fn leave_in_module(&mut self, variable: (FunctionId, Name), value: &Value) {
        if !self.is_module(variable.0) || self.is_module(self.current()) {
            return;
        }
        let (of_params, taints): (Vec<Taint>, Vec<Taint>) =
            value.deep_taints().into_iter().partition(|t| self.is_of_param(t));
        if taints.is_empty() {
            return;
        }
        let left = match of_params.is_empty() {
            true => Value { truth: None, ..value.clone() },
            false => Value { path: value.path.clone(), ..Value::default() }.with_taints(taints),
        };
        self.module_state.add(variable, &left);
    }

    /// Whether data is that of a parameter, which means nothing outside the call.
    fn is_of_param(&self, taint: &Taint) -> bool {
        let root = self.root(taint.origin);
        matches!(self.origins.get(root.0 as usize).map(|o| &o.kind), Some(OriginKind::Param { .. }))
    }

    /// A name that nothing declares, before a part of it is assigned to: it stays what it is (`location`, `window`).
    pub fn undeclared(&self, name: Name) -> Value {
        let text = self.file.text(name);
        if let Some(class) = self.class_named(name) {
            return Value::of_path(&*self.file.class(class).symbol);
        }
        if self.scopes.resolve(self.file, self.current(), name).is_some() {
            return Value::default();
        }
        match (self.this_kind(), text) {
            (ThisKind::Receiver(class), "this" | "self") => Value::of_path(&*self.file.class(class).symbol),
            _ => Value::of_path(text),
        }
    }

    /// What the models say of assigning to a place.
    pub fn check_write(&mut self, target: ExprId, value: &Value, state: &mut State) {
        let file = self.file;
        // A key that is not known is an argument to the models.
        let mut keys = Vec::new();
        let (path, shape, receiver) = match &file.expr(target).kind {
            ExprKind::Name(name) => {
                let global =
                    self.scopes.resolve(file, self.current(), *name).is_none() || self.is_module(self.current());
                let text = file.text(*name);
                (Some(if global { text.to_string() } else { format!("local.{text}") }), false, None)
            }
            ExprKind::Member { object, name, .. } => {
                let receiver = self.eval(*object, state);
                let own = receiver.path.as_deref().is_some_and(|p| self.local_classes.contains_key(p));
                let shape = own || self.shape_allowed(receiver.path.as_deref());
                let path = self.member_path(&receiver, file.text(*name));
                (
                    Some(path.map_or_else(|| format!("?.{}", file.text(*name)), |p| p.to_string())),
                    shape,
                    Some((receiver, *object)),
                )
            }
            ExprKind::Index { object, index } => {
                let receiver = self.eval(*object, state);
                let key = self.eval(*index, state);
                let shape = self.shape_allowed(receiver.path.as_deref());
                let name = key.single_str().cloned();
                if name.is_none() {
                    keys.push(ArgValue { name: None, value: key, expr: *index, spread: Spread::No });
                }
                let key = name.unwrap_or_else(|| "?".into());
                let path = self.member_path(&receiver, &key);
                (Some(path.map_or_else(|| format!("?.{key}"), |p| p.to_string())), shape, Some((receiver, *object)))
            }
            _ => (None, false, None),
        };
        let Some(path) = path else { return };
        let refs = self.said_of(Asked::Write, &path, shape);
        let span = file.expr(target).span;
        if receiver.is_some() && keys.is_empty() {
            self.note_write(span, &path);
        }
        for entry in refs.iter().copied() {
            let site = Site {
                span,
                args: &keys,
                receiver: receiver.as_ref().map(|(v, e)| (v, *e)),
                owner: None,
                callee: None,
                value: Some((value, self.assigned_expr(target))),
            };
            match entry {
                Ref::Sink(i) => self.sink(i, &site, &path),
                Ref::Match(i) => self.matched(i, &site, &path),
                _ => {}
            }
        }
    }

    /// The expression to point at for an assigned value: the target, when the value's own is not known.
    pub fn assigned_expr(&self, target: ExprId) -> Option<ExprId> {
        Some(target)
    }
}

/// `found = true`: whoever finds it true later knows that the tests have held that hold here.
fn marked(value: Value, state: &State) -> Value {
    if value.single() != Some(&Const::Bool(true)) || !state.clears_anything() {
        return value;
    }
    let truth = Truth { when_true: state.clears(), when_false: Vec::new() };
    Value { truth: Some(Rc::new(truth)), ..value }
}
