//! Statements: how control and data flow through them.

use super::call::truth_of;
use super::characters::CHARACTER;
use super::engine::{Engine, OriginKind};
use super::lookup::Site;
use super::shadow::restore;
use super::state::State;
use super::value::{Clear, Const, Value};
use crate::syntax::hir::*;

/// The most thrown values that are remembered.
const MAX_RAISED: usize = 32;

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
    pub fn on(next: State) -> Flow {
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

    pub fn exec(&mut self, id: StmtId, mut state: State) -> Flow {
        if state.is_dead() || !self.tick() {
            return Flow::on(state);
        }
        let file = self.file;
        let stmt = file.stmt(id);
        match &stmt.kind {
            StmtKind::Expr(expr) => {
                self.eval(*expr, &mut state);
                Flow::on(state)
            }
            StmtKind::ExportDefault(expr) => {
                let value = self.eval(*expr, &mut state);
                self.default_exports.insert(self.current(), value);
                Flow::on(state)
            }
            StmtKind::Assign { targets, value, op, ty, .. } => {
                self.exec_assign(targets, *value, *op, *ty, stmt.span, &mut state);
                Flow::on(state)
            }
            StmtKind::If { test, then, otherwise } => {
                let (yes, no) = self.branch(*test, state);
                let a = self.exec_scope(then, yes);
                let b = self.exec_scope(otherwise, no);
                self.join_flows(a, b)
            }
            StmtKind::While { test, body, update, otherwise, test_last } => {
                self.exec_while(*test, body, update, otherwise, *test_last, state)
            }
            StmtKind::ForEach { target, iter, body, otherwise, keys, declares } => {
                let mut names = Vec::new();
                if *declares && file.language == Language::Go {
                    self.names_in(*target, &mut names);
                }
                let shadowed = self.known_variables(&names, &state);
                let mut flow = self.exec_for_each(*target, *iter, body, otherwise, *keys, state);
                restore(&shadowed, &mut flow.next);
                flow
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
                if let Some(value) = value {
                    let value = self.eval_settled(*value, &mut state);
                    self.raise(value);
                }
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
                    match file.expr(*target).kind {
                        ExprKind::Name(name) => state.set(self.variable_of(name), Value::default()),
                        ExprKind::Index { object, index } => self.delete_key(object, index, &mut state),
                        _ => {}
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
                let flow = self.exec_scope(block, state);
                // A labelled block is left by `break label`, which is no different from its end here.
                Flow { next: flow.next, ..flow }
            }
            StmtKind::Unknown(exprs, blocks) => {
                exprs.iter().for_each(|e| drop(self.eval(*e, &mut state)));
                let mut flow = Flow::on(state.clone());
                for block in blocks {
                    let inner = self.exec_scope(block, state.clone());
                    flow = self.join_flows(flow, inner);
                }
                flow
            }
        }
    }

    pub fn join_flows(&self, a: Flow, b: Flow) -> Flow {
        Flow {
            next: self.join(a.next, b.next),
            broken: self.join(a.broken, b.broken),
            continued: self.join(a.continued, b.continued),
        }
    }

    pub fn exec_while(
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
            let flow = self.exec_scope(body, inside);
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

    pub fn exec_for_each(
        &mut self,
        target: ExprId,
        iter: ExprId,
        body: &[StmtId],
        otherwise: &[StmtId],
        keys: bool,
        mut state: State,
    ) -> Flow {
        let iterated = self.eval_settled(iter, &mut state);
        let mut entry = state;
        let mut broken = State::dead();
        let mut passed: Vec<Clear> = Vec::new();
        for round in 0..LOOP_ROUNDS {
            let mut inside = entry.clone();
            self.bind_walked(target, &iterated, keys, &mut inside);
            let flow = self.exec_scope(body, inside);
            broken = self.join(broken, flow.broken);
            let end = self.join(flow.next, flow.continued);
            passed = if end.is_dead() { Vec::new() } else { self.passed_by(&iterated, &end) };
            let next = self.join(entry.clone(), end);
            if next == entry || round + 1 == LOOP_ROUNDS {
                entry = next;
                break;
            }
            entry = forget_constants(&entry, next);
        }
        if !entry.is_dead() {
            passed.into_iter().for_each(|c| entry.clear(c));
        }
        let mut flow = self.exec_block(otherwise, entry);
        flow.next = self.join(flow.next, broken);
        flow
    }

    /// What every element has passed where a loop's body is left at its end: then all of them have.
    fn passed_by(&self, iterated: &Value, end: &State) -> Vec<Clear> {
        if !end.clears_anything() {
            return Vec::new();
        }
        let mut passed = Vec::new();
        for taint in iterated.deep_taints() {
            let kinds = self.cleared_in(end, taint.origin);
            passed.push(Clear { origin: taint.origin, kinds });
            // What each of a text's characters is, the text is.
            if let Some(OriginKind::Part { of, key }) = self.origins.get(taint.origin.0 as usize).map(|o| &o.kind)
                && &**key == CHARACTER
            {
                passed.push(Clear { origin: *of, kinds });
            }
        }
        passed.retain(|c| c.kinds != 0);
        passed
    }

    pub fn exec_switch(&mut self, subject: ExprId, cases: &[Case], mut state: State) -> Flow {
        let value = self.eval(subject, &mut state);
        let taints = value.deep_taints();
        let mut out = State::dead();
        let mut continued = State::dead();
        let mut falling = State::dead();
        let mut has_default = false;
        let mut excluded: Vec<Value> = Vec::new();
        for case in cases {
            let mut entry = state.clone();
            let mut matched = false;
            let tests: Vec<Value> = case.tests.iter().map(|t| self.case_value(*t, &value, &mut entry)).collect();
            if tests.is_empty() && case.guard.is_none() {
                has_default = true;
                let span = self.file.expr(subject).span;
                self.is_none_of(&value, &excluded, span).into_iter().for_each(|c| entry.clear(c));
            }
            if self.is_character(&value) {
                excluded.extend(tests.iter().filter(|t| !self.spells(&case.body, t)).cloned());
            }
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
                matched = match (value.single(), tests.iter().map(Value::single).collect::<Option<Vec<_>>>()) {
                    (Some(subject), Some(tests)) => tests.contains(&subject),
                    _ => false,
                };
            }
            if let Some(guard) = case.guard {
                let (yes, no) = self.branch(guard, entry);
                entry = yes;
                matched = false;
                // Without values to compare with, the further cases are reached only where the condition does not hold.
                if tests.is_empty() {
                    state = no;
                }
            }
            let entry = self.join(entry, falling);
            if matched {
                state.kill();
            }
            let flow = self.exec_scope(&case.body, entry);
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

    /// What a case is for. Members of enumerations stand there by their names alone.
    fn case_value(&mut self, test: ExprId, subject: &Value, state: &mut State) -> Value {
        let value = self.eval(test, state);
        match self.file.expr(test).kind {
            ExprKind::Name(name) if self.file.language == Language::Java && !value.is_constant() => {
                // They are the constants that no literal stands for.
                let is_member = subject.is_constant() && subject.constants().iter().all(|c| c.span == Span::default());
                let text = Const::Str(self.file.text(name).into());
                if is_member { Value::constant(text, Span::default()) } else { value }
            }
            _ => value,
        }
    }

    /// An exception can leave the body between any two of its statements, so handlers see the states of all these points.
    pub fn exec_try(
        &mut self,
        body: &[StmtId],
        handlers: &[Handler],
        otherwise: &[StmtId],
        finally: &[StmtId],
        state: State,
    ) -> Flow {
        let mut thrown = state.clone();
        let raised = self.raised.len();
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
        let raised =
            if handlers.is_empty() { Vec::new() } else { self.raised.split_off(raised.min(self.raised.len())) };
        for handler in handlers {
            let mut entry = thrown.clone();
            if let Some(name) = handler.name {
                let caught = self.caught(handler, &raised);
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

    /// Notes what is thrown, if it carries data, for the handlers around.
    fn raise(&mut self, value: Value) {
        let taints = value.deep_taints();
        if !taints.is_empty() && self.raised.len() < MAX_RAISED {
            self.raised.push(Value { fields: None, ..value }.with_taints(taints));
        }
    }

    /// What a handler gets: an exception of its type, with the data of those that have been thrown.
    pub fn caught(&mut self, handler: &Handler, raised: &[Value]) -> Value {
        let mut value = match handler.types.as_slice() {
            [one] => self.static_path(*one).map(Value::of_path).unwrap_or_default(),
            _ => Value::default(),
        };
        for thrown in raised.iter().filter(|t| self.is_caught(t, handler)) {
            value.add_taints(thrown.own_taints());
        }
        let span = handler.name.map_or(handler.span, |n| self.file.expr(n).span);
        for i in self.index.caught.clone() {
            let Some(source) = self.index.models.sources.get(i as usize) else { continue };
            let site = Site {
                span,
                args: &[],
                receiver: None,
                owner: None,
                callee: None,
                value: Some((&value, handler.name)),
            };
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

    /// Whether a handler may catch a value: as far as is known, it is of another type.
    fn is_caught(&self, thrown: &Value, handler: &Handler) -> bool {
        let Some(path) = &thrown.path else { return true };
        let lineage = self.lineage(path);
        let general = ["Exception", "Throwable", "Error", "RuntimeException", "BaseException"];
        handler.types.is_empty()
            || handler
                .types
                .iter()
                .filter_map(|t| self.static_path(*t))
                .any(|ty| lineage.contains(&ty) || general.iter().any(|g| ty.rsplit('.').next() == Some(g)))
    }

    pub fn exec_return(&mut self, value: Option<ExprId>, span: Span, state: &mut State) {
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
pub fn forget_constants(before: &State, mut after: State) -> State {
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
