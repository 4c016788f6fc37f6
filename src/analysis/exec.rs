//! Statements: how control and data flow through them.

use std::rc::Rc;

use super::call::truth_of;
use super::engine::{Engine, StepMessage};
use super::fold;
use super::functions::ThisKind;
use super::lookup::{Asked, Site};
use super::state::State;
use super::value::*;
use crate::rules::index::Ref;
use crate::syntax::hir::*;

/// How often a loop's body is walked before its state counts as settled. Taints only grow and settle in two rounds for
/// all but contrived chains of copies, constants are given up after the first.
const LOOP_ROUNDS: usize = 3;

/// The states in which a block is left.
pub struct Flow {
    /// At its end.
    pub next: State,
    /// By `break`.
    pub broken: State,
    /// By `continue`.
    pub continued: State,
}

impl Flow {
    fn on(next: State) -> Flow {
        Flow { next, broken: State::dead(), continued: State::dead() }
    }
}

impl Engine<'_> {
    /// Walks a block.
    pub fn exec_block(&mut self, block: &[StmtId], state: State) -> Flow {
        let mut flow = Flow::on(state);
        for id in block {
            let inner = self.exec(*id, flow.next);
            flow.next = inner.next;
            flow.broken = self.join(flow.broken, inner.broken);
            flow.continued = self.join(flow.continued, inner.continued);
        }
        flow
    }

    fn exec(&mut self, id: StmtId, mut state: State) -> Flow {
        if state.is_dead() || !self.tick() {
            return Flow::on(state);
        }
        let file = self.file;
        let stmt = file.stmt(id);
        match &stmt.kind {
            StmtKind::Expr(expr) | StmtKind::ExportDefault(expr) => {
                self.eval(*expr, &mut state);
                Flow::on(state)
            }
            StmtKind::Assign { targets, value, op, ty, .. } => {
                self.exec_assign(targets, *value, *op, *ty, stmt.span, &mut state);
                Flow::on(state)
            }
            StmtKind::If { test, then, otherwise } => {
                let (yes, no) = self.branch(*test, state);
                let a = self.exec_block(then, yes);
                let b = self.exec_block(otherwise, no);
                self.join_flows(a, b)
            }
            StmtKind::While { test, body, update, otherwise, test_last } => {
                self.exec_while(*test, body, update, otherwise, *test_last, state)
            }
            StmtKind::ForEach { target, iter, body, otherwise, keys, .. } => {
                self.exec_for_each(*target, *iter, body, otherwise, *keys, state)
            }
            StmtKind::Switch { subject, cases } => self.exec_switch(*subject, cases, state),
            StmtKind::Try { body, handlers, otherwise, finally } => {
                self.exec_try(body, handlers, otherwise, finally, state)
            }
            StmtKind::With { items, body } => {
                for (value, target) in items {
                    let value = self.eval_settled(*value, &mut state);
                    if let Some(target) = target {
                        self.assign(*target, value, &mut state);
                    }
                }
                self.exec_block(body, state)
            }
            StmtKind::Return(value) => {
                self.exec_return(*value, stmt.span, &mut state);
                Flow::on(State::dead())
            }
            StmtKind::Throw(value) => {
                value.iter().for_each(|v| drop(self.eval(*v, &mut state)));
                Flow::on(State::dead())
            }
            StmtKind::Break => Flow { next: State::dead(), broken: state, continued: State::dead() },
            StmtKind::Continue => Flow { next: State::dead(), broken: State::dead(), continued: state },
            StmtKind::Function(function) => {
                self.closures_snapshot(*function, &state);
                self.exec_decorators(*function, &mut state);
                Flow::on(state)
            }
            StmtKind::Class(class) => {
                self.exec_class(*class, &mut state);
                Flow::on(state)
            }
            StmtKind::Delete(targets) => {
                for target in targets {
                    if let ExprKind::Name(name) = file.expr(*target).kind {
                        let variable = self.variable_of(name);
                        state.set(variable, Value::default());
                    }
                }
                Flow::on(state)
            }
            StmtKind::Assert { test, message } => {
                // Assertions can be switched off, so they make nothing safe.
                self.eval(*test, &mut state);
                message.iter().for_each(|m| drop(self.eval(*m, &mut state)));
                Flow::on(state)
            }
            StmtKind::Import(_) | StmtKind::Outer(_) => Flow::on(state),
            StmtKind::Block(block) => {
                let flow = self.exec_block(block, state);
                // A labelled block is left by `break label`, which is no different from its end here.
                Flow { next: flow.next, ..flow }
            }
            StmtKind::Unknown(exprs, blocks) => {
                exprs.iter().for_each(|e| drop(self.eval(*e, &mut state)));
                let mut flow = Flow::on(state.clone());
                for block in blocks {
                    let inner = self.exec_block(block, state.clone());
                    flow = self.join_flows(flow, inner);
                }
                flow
            }
        }
    }

    fn join_flows(&self, a: Flow, b: Flow) -> Flow {
        Flow {
            next: self.join(a.next, b.next),
            broken: self.join(a.broken, b.broken),
            continued: self.join(a.continued, b.continued),
        }
    }

    fn exec_assign(
        &mut self,
        targets: &[ExprId],
        value: Option<ExprId>,
        op: Option<BinaryOp>,
        ty: Option<ExprId>,
        span: Span,
        state: &mut State,
    ) {
        let Some(value) = value else { return };
        if let [target] = targets
            && self.is_imported(*target)
        {
            return;
        }
        let mut new = match (targets, op) {
            ([target], Some(_)) => self.eval_assigned(*target, value, op, span, state),
            _ => self.eval_settled(value, state),
        };
        if new.path.is_none()
            && let Some(path) = ty.and_then(|t| self.static_path(t))
        {
            new.path = Some(path.into());
        }
        for target in targets {
            self.assign(*target, new.clone(), state);
        }
    }

    /// Whether the target is bound by an import (`const fs = require("fs")` is an import and an assignment).
    fn is_imported(&self, target: ExprId) -> bool {
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
            BinaryOp::Add if old.fields.is_some() => old.join(&added),
            BinaryOp::Add => {
                let folded = fold::binary(op, &old, &added, span);
                let path = old.path.clone();
                let mut out = self.concatenated(&[old, added], span);
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
            ExprKind::Name(name) => {
                self.note_constant(*name, &value);
                self.check_write(target, &value, state);
                let moved = self.stepped(value, expr.span, &StepMessage::Assigned(*name));
                let variable = self.variable_of(*name);
                if variable.0 != self.current() {
                    state.add(variable, &moved);
                } else {
                    state.set(variable, Value { truth: moved.truth.clone(), ..moved });
                }
            }
            ExprKind::Member { .. } | ExprKind::Index { .. } => {
                if let Some(name) = self.last_name(target).map(str::to_string) {
                    self.note_constant_text(&name, &value);
                }
                self.check_write(target, &value, state);
                self.write_back(target, value, state);
            }
            ExprKind::Collection { kind, entries } => self.destructure(*kind, entries, value, state),
            ExprKind::Spread(inner) => self.assign(*inner, value, state),
            ExprKind::Assign { target, value: default, op: None } => {
                let default = self.eval_settled(*default, state);
                let value =
                    if value == Value::default() { Value { open: true, ..default } } else { value.join(&default) };
                self.assign(*target, value, state);
            }
            _ => {}
        }
    }

    fn destructure(&mut self, kind: CollectionKind, entries: &[Entry], value: Value, state: &mut State) {
        for (i, entry) in entries.iter().enumerate() {
            let part = match entry.key {
                _ if entry.spread => value.clone(),
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
    fn numbered_part(&mut self, value: &Value, position: usize) -> Value {
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
        for _ in 0..MAX_NESTING + 1 {
            match &file.expr(current).kind {
                ExprKind::Name(name) => {
                    keys.reverse();
                    let variable = self.variable_of(*name);
                    self.write_field_of_class(&keys, file.text(*name), &value, state.get(variable));
                    let mut whole = state
                        .get(variable)
                        .cloned()
                        .or_else(|| self.module_state.get(variable).cloned())
                        .unwrap_or_else(|| self.undeclared(*name));
                    whole.set(&keys, value);
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
                    keys.push(key.single().and_then(super::eval::const_key));
                    current = *object;
                }
                ExprKind::Await(inner) | ExprKind::Cast { operand: inner, .. } => current = *inner,
                _ => return,
            }
        }
    }

    /// A name that nothing declares, before a part of it is assigned to: it stays what it is (`location`, `window`).
    fn undeclared(&self, name: Name) -> Value {
        let text = self.file.text(name);
        if self.scopes.resolve(self.file, self.current(), name).is_some() {
            return Value::default();
        }
        match (self.this_kind(), text) {
            (ThisKind::Receiver(class), "this" | "self") => Value::of_path(&*self.file.class(class).symbol),
            _ => Value::of_path(text),
        }
    }

    /// What the models say of assigning to a place.
    fn check_write(&mut self, target: ExprId, value: &Value, state: &mut State) {
        let file = self.file;
        let (path, shape, receiver) = match &file.expr(target).kind {
            ExprKind::Name(name) => {
                let global = self.scopes.resolve(file, self.current(), *name).is_none() || self.current() == MODULE;
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
                let Some(key) = key.single_str().cloned() else { return };
                let path = self.member_path(&receiver, &key);
                (Some(path.map_or_else(|| format!("?.{key}"), |p| p.to_string())), shape, Some((receiver, *object)))
            }
            _ => (None, false, None),
        };
        let Some(path) = path else { return };
        let refs = self.said_of(Asked::Write, &path, shape);
        let span = file.expr(target).span;
        if receiver.is_some() {
            self.note_write(span, &path);
        }
        for entry in refs.iter().copied() {
            let site = Site {
                span,
                args: &[],
                receiver: receiver.as_ref().map(|(v, e)| (v, *e)),
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
    fn assigned_expr(&self, target: ExprId) -> Option<ExprId> {
        Some(target)
    }

    fn exec_while(
        &mut self,
        test: Option<ExprId>,
        body: &[StmtId],
        update: &[StmtId],
        otherwise: &[StmtId],
        test_last: bool,
        state: State,
    ) -> Flow {
        let mut entry = state;
        let mut broken = State::dead();
        let mut exit = State::dead();
        for round in 0..LOOP_ROUNDS {
            let (inside, outside) = match test {
                Some(test) if !test_last || round > 0 => self.branch(test, entry.clone()),
                Some(_) => (entry.clone(), State::dead()),
                None => (entry.clone(), State::dead()),
            };
            exit = self.join(exit, outside);
            let flow = self.exec_block(body, inside);
            broken = self.join(broken, flow.broken);
            let end = self.join(flow.next, flow.continued);
            let end = self.exec_block(update, end).next;
            let next = self.join(entry.clone(), end);
            if next == entry || round + 1 == LOOP_ROUNDS {
                exit = if test_last { self.join(exit, next) } else { exit };
                break;
            }
            entry = forget_constants(&entry, next);
        }
        let mut flow = self.exec_block(otherwise, exit);
        flow.next = self.join(flow.next, broken);
        flow
    }

    fn exec_for_each(
        &mut self,
        target: ExprId,
        iter: ExprId,
        body: &[StmtId],
        otherwise: &[StmtId],
        keys: bool,
        mut state: State,
    ) -> Flow {
        let iterated = self.eval_settled(iter, &mut state);
        let element =
            if keys { Value::default().with_taints(iterated.own_taints().to_vec()) } else { iterated.element() };
        let mut entry = state;
        let mut broken = State::dead();
        for round in 0..LOOP_ROUNDS {
            let mut inside = entry.clone();
            self.assign(target, element.clone(), &mut inside);
            let flow = self.exec_block(body, inside);
            broken = self.join(broken, flow.broken);
            let end = self.join(flow.next, flow.continued);
            let next = self.join(entry.clone(), end);
            if next == entry || round + 1 == LOOP_ROUNDS {
                entry = next;
                break;
            }
            entry = forget_constants(&entry, next);
        }
        let mut flow = self.exec_block(otherwise, entry);
        flow.next = self.join(flow.next, broken);
        flow
    }

    fn exec_switch(&mut self, subject: ExprId, cases: &[Case], mut state: State) -> Flow {
        let value = self.eval(subject, &mut state);
        let taints = value.deep_taints();
        let mut out = State::dead();
        let mut continued = State::dead();
        let mut falling = State::dead();
        let mut has_default = false;
        for case in cases {
            let mut entry = state.clone();
            let tests: Vec<Value> = case.tests.iter().map(|t| self.eval(*t, &mut entry)).collect();
            has_default |= tests.is_empty();
            if !tests.is_empty() && tests.iter().all(Value::is_constant) {
                let span = self.file.expr(subject).span;
                let clears = self.clears(&taints, u64::MAX, span, "a comparison with constants");
                if let Some(truth) = truth_of(clears, true) {
                    truth.when_true.iter().for_each(|c| entry.clear(*c));
                }
                let possible = tests
                    .iter()
                    .flat_map(Value::constants)
                    .any(|t| value.constants().iter().any(|c| c.value == t.value));
                if value.is_constant() && !possible {
                    entry.kill();
                }
            }
            if let Some(guard) = case.guard {
                entry = self.branch(guard, entry).0;
            }
            let entry = self.join(entry, falling);
            let flow = self.exec_block(&case.body, entry);
            continued = self.join(continued, flow.continued);
            out = self.join(out, flow.broken);
            if case.falls_through {
                falling = flow.next;
            } else {
                falling = State::dead();
                out = self.join(out, flow.next);
            }
        }
        out = self.join(out, falling);
        if !has_default {
            out = self.join(out, state);
        }
        Flow { next: out, broken: State::dead(), continued }
    }

    /// An exception can leave the body between any two of its statements, so handlers see the states of all these points.
    fn exec_try(
        &mut self,
        body: &[StmtId],
        handlers: &[Handler],
        otherwise: &[StmtId],
        finally: &[StmtId],
        state: State,
    ) -> Flow {
        let mut thrown = state.clone();
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
        for handler in handlers {
            let mut entry = thrown.clone();
            if let Some(name) = handler.name {
                let caught = self.caught(handler);
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

    fn caught(&mut self, handler: &Handler) -> Value {
        let mut value = match handler.types.as_slice() {
            [one] => self.static_path(*one).map(Value::of_path).unwrap_or_default(),
            _ => Value::default(),
        };
        let span = handler.name.map_or(handler.span, |n| self.file.expr(n).span);
        for i in self.index.caught.clone() {
            let Some(source) = self.index.models.sources.get(i as usize) else { continue };
            let site = Site { span, args: &[], receiver: None, callee: None, value: Some((&value, handler.name)) };
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

    fn exec_return(&mut self, value: Option<ExprId>, span: Span, state: &mut State) {
        let result = value.map(|v| self.eval_settled(v, state)).unwrap_or_else(|| Value::constant(Const::Null, span));
        let returns = self.frames.last().map(|f| f.returns.clone()).unwrap_or_default();
        if let Some(expr) = value {
            returns.into_iter().for_each(|entry| self.returned_sink(entry, &result, expr));
        }
        self.note_return(result, state);
        state.kill();
    }
}

/// Constants that changed in a loop's round are not known any more: they may take any number of values.
fn forget_constants(before: &State, mut after: State) -> State {
    let changed: Vec<_> = after
        .variables()
        .filter(|(variable, value)| {
            value.constants.is_some() && before.get(**variable).is_some_and(|b| b.constants != value.constants)
        })
        .map(|(variable, value)| (*variable, Value { constants: None, open: false, ..value.clone() }))
        .collect();
    for (variable, value) in changed {
        after.set(variable, value);
    }
    after
}
