//! Collections that are written out, and what slices of them are.

use std::rc::Rc;

use super::engine::Engine;
use super::literals::collection_path;
use super::operations::as_index;
use super::state::State;
use super::value::{Const, Fields, MAX_KEYS, Value};
use crate::syntax::hir::*;

impl Engine<'_> {
    pub fn eval_collection(&mut self, kind: CollectionKind, entries: &[Entry], state: &mut State) -> Value {
        let mut fields = Fields { closed: true, ..Fields::default() };
        let mut next = 0usize;
        for entry in entries {
            let key = entry.key.map(|k| self.eval(k, state));
            let value = self.eval_settled(entry.value, state);
            if entry.spread {
                self.spread_into(&mut fields, &value, key.is_some() || kind == CollectionKind::Map);
                continue;
            }
            if let Some(key_expr) = entry.key {
                self.note_named_constant(key_expr, &value);
            }
            let key: Option<Rc<str>> = match &key {
                Some(key) => key.single().and_then(const_key),
                None => {
                    next += 1;
                    (fields.closed && kind != CollectionKind::Set).then(|| (next - 1).to_string().into())
                }
            };
            match key {
                Some(key) if fields.known.len() < MAX_KEYS => {
                    fields.known.insert(key, value);
                }
                _ => {
                    fields.rest = if fields.rest == Value::default() { value } else { fields.rest.join(&value) };
                    fields.closed = false;
                }
            }
        }
        let is_list = matches!(kind, CollectionKind::List | CollectionKind::Tuple);
        fields.ordered = is_list && matches!(self.file.language.base(), Language::Python | Language::JavaScript);
        // A set of known constants is a closed table too.
        if kind == CollectionKind::Set && entries.iter().all(|e| !e.spread) && fields.rest.is_constant() {
            fields.closed = true;
            fields.known.insert("0".into(), std::mem::take(&mut fields.rest));
        }
        let path = collection_path(self.file.language, kind);
        Value { fields: Some(fields.sealed()), path, ..Value::default() }
    }

    pub fn spread_into(&mut self, fields: &mut Fields, value: &Value, keyed: bool) {
        match (&value.fields, keyed) {
            (Some(inner), true) => {
                fields.closed &= inner.closed;
                for (key, value) in &inner.known {
                    if fields.known.len() < MAX_KEYS || fields.known.contains_key(key) {
                        fields.known.insert(key.clone(), value.clone());
                    } else {
                        let rest = std::mem::take(&mut fields.rest);
                        fields.rest = if rest == Value::default() { value.clone() } else { rest.join(value) };
                        fields.closed = false;
                    }
                }
                fields.rest = fields.rest.join(&inner.rest);
            }
            _ => {
                fields.closed = false;
                let element = value.element();
                fields.rest = if fields.rest == Value::default() { element } else { fields.rest.join(&element) };
            }
        }
    }

    pub fn eval_comprehension(
        &mut self,
        kind: CollectionKind,
        key: Option<ExprId>,
        element: ExprId,
        clauses: &[Clause],
        state: &mut State,
    ) -> Value {
        let before = state.clone();
        let mut inner = state.clone();
        for clause in clauses {
            let iter = self.eval(clause.iter, &mut inner);
            self.assign(clause.target, iter.element(), &mut inner);
            for condition in &clause.conditions {
                let (yes, _) = self.branch(*condition, inner);
                inner = yes;
            }
        }
        if let Some(key) = key {
            self.eval(key, &mut inner);
        }
        let value = self.eval_settled(element, &mut inner);
        *state = before;
        let fields = Fields { rest: value, ..Fields::default() };
        let path = collection_path(self.file.language, kind);
        Value { fields: Some(fields.sealed()), path, ..Value::default() }
    }

    /// A part of a text or of a list.
    pub(super) fn eval_slice(&mut self, id: ExprId, object: ExprId, bounds: &[ExprId], state: &mut State) -> Value {
        let value = self.eval(object, state);
        let bounds: Vec<(ExprId, Value)> = bounds.iter().map(|b| (*b, self.eval(*b, state))).collect();
        let beginning = match &bounds[..] {
            [(bound, at)] => self.known_beginning(id, (object, &value), (*bound, at)),
            _ => None,
        };
        if let Some(part) = beginning.or_else(|| self.cut_out(&value, object, &bounds)) {
            return part;
        }
        // Elements of a slice stand at other positions.
        let fields = value.fields.map(|f| if f.ordered { f.mixed().sealed() } else { f });
        Value { constants: None, prefix: None, truth: None, fields, ..value }
    }

    /// `text[:n]`, where that much of the beginning of the text is known.
    fn known_beginning(
        &self,
        slice: ExprId,
        (object, text): (ExprId, &Value),
        (bound, at): (ExprId, &Value),
    ) -> Option<Value> {
        let (whole, object, bound) =
            (self.file.expr(slice).span, self.file.expr(object).span, self.file.expr(bound).span);
        let between = |start, end| self.text(Span { start, end });
        let is_end = between(object.end, bound.start).contains(':') && !between(bound.end, whole.end).contains(':');
        let length = as_index(at.single()?)?;
        let known = text.single_str().or(text.prefix.as_ref())?;
        let beginning: String = known.chars().take(length).collect();
        let whole_known = is_end && text.fields.is_none() && beginning.chars().count() == length;
        whole_known.then(|| Value::constant(Const::Str(beginning.into()), whole).with_path(text.path.clone()))
    }

    /// A slice of a list all of whose positions are known, with constant bounds.
    fn cut_out(&self, list: &Value, object: ExprId, bounds: &[(ExprId, Value)]) -> Option<Value> {
        let elements = list.numbered()?;
        let object = self.file.expr(object).span;
        let (mut from, mut to) = (0, elements.len());
        let mut before = object.end;
        for (i, (bound, value)) in bounds.iter().enumerate() {
            let span = self.file.expr(*bound).span;
            let colons = self.text(Span { start: before.min(span.start), end: span.start }).matches(':').count();
            let at = as_index(value.single()?)?.min(elements.len());
            match (i, colons) {
                (0, 0) => from = at,
                (0 | 1, 1) => to = at,
                _ => return None,
            }
            before = span.end;
        }
        let part = elements.get(from..to)?.iter().enumerate();
        let known = part.map(|(i, v)| (i.to_string().into(), v.clone())).collect();
        let ordered = list.fields.as_ref().is_some_and(|f| f.ordered);
        let fields = Fields { known, closed: true, ordered, ..Fields::default() };
        Some(Value { fields: Some(fields.sealed()), truth: None, ..list.clone() })
    }
}

/// A constant as a key of a collection.
pub fn const_key(value: &Const) -> Option<Rc<str>> {
    match value {
        Const::Str(s) => Some(s.clone()),
        Const::Int(i) => Some(i.to_string().into()),
        Const::Bool(b) => Some(b.to_string().into()),
        _ => None,
    }
}
