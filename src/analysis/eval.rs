//! Expressions: what their values are, and what evaluating them does to the state.

use super::engine::Engine;
use super::literals::literal_path;
use super::state::State;
use super::value::{Const, Taint, Value};
use crate::syntax::hir::*;

impl Engine<'_> {
    /// The value of an expression; evaluating it may change the state.
    pub fn eval(&mut self, id: ExprId, state: &mut State) -> Value {
        if state.is_dead() || !self.tick() {
            return Value::default();
        }
        let file = self.file;
        let expr = file.expr(id);
        match &expr.kind {
            ExprKind::Name(name) => self.eval_name(id, *name, expr.span, state),
            ExprKind::Member { object, name, .. } => {
                let receiver = self.eval(*object, state);
                self.eval_member(id, *object, receiver, file.text(*name), state)
            }
            ExprKind::Index { object, index } => self.eval_index(id, *object, *index, state),
            ExprKind::Slice { object, bounds } => self.eval_slice(id, *object, bounds, state),
            ExprKind::Call { .. } => self.eval_call(id, state),
            ExprKind::Literal(literal) => self.eval_literal(literal, expr.span),
            ExprKind::Template { parts } => {
                let values: Vec<Value> = parts.iter().map(|p| self.eval(*p, state)).collect();
                self.concatenated(&values, expr.span)
            }
            ExprKind::Binary { op, left, right } => self.eval_binary(*op, *left, *right, expr.span, state),
            ExprKind::Unary { op, operand } => self.eval_unary(*op, *operand, expr.span, state),
            ExprKind::Conditional { test, then, otherwise } => self.eval_conditional(*test, *then, *otherwise, state),
            ExprKind::Collection { kind, entries } => self.eval_collection(*kind, entries, state),
            ExprKind::Lambda(function) => self.closure(*function, state),
            ExprKind::ClassExpr(class) => {
                self.exec_class(*class, state);
                Value::of_path(&*file.class(*class).symbol)
            }
            ExprKind::Assign { target, value, op } => {
                let new = self.eval_assigned(*target, *value, *op, expr.span, state);
                self.assign(*target, new.clone(), state);
                new
            }
            ExprKind::Await(inner) | ExprKind::Spread(inner) => self.eval(*inner, state),
            ExprKind::Yield(inner) => self.eval_yield(*inner, state),
            ExprKind::Cast { operand, ty } => {
                let value = self.eval(*operand, state);
                self.conversion_sinks(*operand, &value, *ty, expr.span);
                self.cast(value, *ty)
            }
            ExprKind::Comprehension { kind, key, element, clauses } => {
                self.eval_comprehension(*kind, *key, *element, clauses, state)
            }
            ExprKind::Jsx { tag, attributes, children } => self.eval_jsx(id, *tag, attributes, children, state),
            ExprKind::Sequence(items) => items.iter().fold(Value::default(), |_, item| self.eval(*item, state)),
            ExprKind::Unknown(children) => {
                let mut out = Value::default();
                for child in children {
                    let value = self.eval(*child, state);
                    out.add_taints(&value.deep_taints());
                }
                out
            }
        }
    }

    fn eval_conditional(&mut self, test: ExprId, then: ExprId, otherwise: ExprId, state: &mut State) -> Value {
        let (mut yes, mut no) = self.branch(test, state.clone());
        let a = self.eval_settled(then, &mut yes);
        let b = self.eval_settled(otherwise, &mut no);
        let value = match (yes.is_dead(), no.is_dead()) {
            (true, false) => b,
            (false, true) => a,
            _ => a.join(&b),
        };
        *state = self.join(yes, no);
        value
    }

    /// What is yielded goes to the function's caller; what comes back is not known.
    fn eval_yield(&mut self, value: Option<ExprId>, state: &mut State) -> Value {
        let value = value.map(|i| self.eval_settled(i, state)).unwrap_or_default();
        if let Some(frame) = self.frames.last_mut() {
            frame.yielded = Some(frame.yielded.as_ref().map_or(value.clone(), |y| y.join(&value)));
        }
        Value::default()
    }

    /// The value with what tests have made safe here written into it, so that it can leave this state.
    pub fn eval_settled(&mut self, id: ExprId, state: &mut State) -> Value {
        let value = self.eval(id, state);
        self.settle(state, value)
    }

    pub fn eval_literal(&self, literal: &Literal, span: Span) -> Value {
        let constant = match literal {
            Literal::Str(s) | Literal::Bytes(s) => Const::Str((&**s).into()),
            Literal::Int(i) => Const::Int(*i),
            Literal::Float(f) => Const::Float(*f),
            Literal::Bool(b) => Const::Bool(*b),
            Literal::Null => Const::Null,
            Literal::Regex { pattern, flags } => {
                Const::Regex { pattern: (&**pattern).into(), flags: (&**flags).into() }
            }
        };
        Value::constant(constant, span).with_path(literal_path(self.file.language, literal))
    }

    /// The value made safe for some kinds by a barrier.
    pub fn cleared(&mut self, mut value: Value, kinds: u64, span: Span, by: &str) -> Value {
        let taints = value.deep_taints();
        if !taints.is_empty() {
            self.note_clear(span, by, kinds);
        }
        if kinds == u64::MAX {
            value.taints = None;
            value.fields = None;
            return value;
        }
        let cleared = taints.into_iter().map(|t| Taint { cleared: t.cleared | kinds, ..t }).collect();
        value.fields = None;
        value.with_taints(cleared)
    }

    pub fn eval_jsx(
        &mut self,
        id: ExprId,
        tag: Option<ExprId>,
        attributes: &[Attribute],
        children: &[ExprId],
        state: &mut State,
    ) -> Value {
        if let Some(tag) = tag {
            self.eval(tag, state);
        }
        for attribute in attributes {
            let Some(expr) = attribute.value else { continue };
            let value = self.eval_settled(expr, state);
            let Some(name) = attribute.name else { continue };
            let name = self.file.text(name).to_string();
            self.jsx_sink(id, &name, attribute.span, (&value, expr));
        }
        for child in children {
            self.eval(*child, state);
        }
        // What is interpolated into JSX is escaped by it.
        Value::of_path("JSX.Element")
    }
}

/// A text for a message: one line, not too long.
pub fn shorten(text: &str) -> String {
    let line: String = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(60) {
        Some((i, _)) => format!("{}…", &line[..i]),
        None => line,
    }
}
