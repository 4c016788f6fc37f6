//! Statements: how control and data flow through them.

use super::engine::Engine;
use super::shadow::restore;
use super::state::State;
use super::value::{Const, Value};
use crate::syntax::hir::*;

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

    /// Walks a statement.
    pub fn exec(&mut self, id: StmtId, state: State) -> Flow {
        if state.is_dead() || !self.tick() {
            return Flow::on(state);
        }
        let file = self.file;
        let stmt = file.stmt(id);
        match &stmt.kind {
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
                let shadowed = self.shadowed_by_target(*target, *declares, &state);
                let mut flow = self.exec_for_each(*target, *iter, body, otherwise, *keys, state);
                restore(&shadowed, &mut flow.next);
                flow
            }
            StmtKind::Switch { subject, cases } => self.exec_switch(*subject, cases, state),
            StmtKind::Try { body, handlers, otherwise, finally } => {
                self.exec_try(body, handlers, otherwise, finally, state)
            }
            StmtKind::With { items, body } => self.exec_with(items, body, state),
            StmtKind::Break => Flow { next: State::dead(), broken: state, continued: State::dead() },
            StmtKind::Continue => Flow { next: State::dead(), broken: State::dead(), continued: state },
            // A labelled block is left by `break label`, which is no different from its end here.
            StmtKind::Block(block) => self.exec_scope(block, state),
            StmtKind::Unknown(exprs, blocks) => self.exec_unknown(exprs, blocks, state),
            _ => self.exec_simple(stmt, state),
        }
    }

    /// Walks a statement without others inside.
    fn exec_simple(&mut self, stmt: &Stmt, mut state: State) -> Flow {
        match &stmt.kind {
            StmtKind::Expr(expr) => drop(self.eval(*expr, &mut state)),
            StmtKind::ExportDefault(expr) => {
                let value = self.eval(*expr, &mut state);
                self.default_exports.insert(self.current(), value);
            }
            StmtKind::Assign { targets, value, op, ty, .. } => {
                self.exec_assign(targets, *value, *op, *ty, stmt.span, &mut state);
            }
            StmtKind::Return(value) => {
                self.exec_return(*value, stmt.span, &mut state);
                return Flow::on(State::dead());
            }
            StmtKind::Throw(value) => {
                if let Some(value) = value {
                    let value = self.eval_settled(*value, &mut state);
                    self.raise(value);
                }
                return Flow::on(State::dead());
            }
            StmtKind::Function(function) => {
                self.closures_snapshot(*function, &state);
                self.exec_decorators(*function, &mut state);
            }
            StmtKind::Class(class) => self.exec_class(*class, &mut state),
            StmtKind::Delete(targets) => targets.iter().for_each(|target| self.delete(*target, &mut state)),
            StmtKind::Assert { test, message } => {
                // Assertions can be switched off, so they make nothing safe.
                self.eval(*test, &mut state);
                message.iter().for_each(|m| drop(self.eval(*m, &mut state)));
            }
            _ => {}
        }
        Flow::on(state)
    }

    fn exec_with(&mut self, items: &[(ExprId, Option<ExprId>)], body: &[StmtId], mut state: State) -> Flow {
        for (value, target) in items {
            let value = self.eval_settled(*value, &mut state);
            if let Some(target) = target {
                self.assign(*target, value, &mut state);
            }
        }
        self.exec_block(body, state)
    }

    fn delete(&mut self, target: ExprId, state: &mut State) {
        match self.file.expr(target).kind {
            ExprKind::Name(name) => state.set(self.variable_of(name), Value::default()),
            ExprKind::Index { object, index } => self.delete_key(object, index, state),
            _ => {}
        }
    }

    /// Of what is not understood, each block may be walked or not.
    fn exec_unknown(&mut self, exprs: &[ExprId], blocks: &[Block], mut state: State) -> Flow {
        exprs.iter().for_each(|e| drop(self.eval(*e, &mut state)));
        let mut flow = Flow::on(state.clone());
        for block in blocks {
            let inner = self.exec_scope(block, state.clone());
            flow = self.join_flows(flow, inner);
        }
        flow
    }

    pub fn join_flows(&self, a: Flow, b: Flow) -> Flow {
        Flow {
            next: self.join(a.next, b.next),
            broken: self.join(a.broken, b.broken),
            continued: self.join(a.continued, b.continued),
        }
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
