//! Several values at once: the results of a call, keys with their elements, and what declared types say of values.

use std::rc::Rc;

use super::engine::Engine;
use super::state::State;
use super::value::{Const, Constant, Fields, MAX_CONSTANTS, Truth, Value};
use crate::rules::index::is_builtin_type;
use crate::syntax::hir::*;

/// Declared types nest deeper than this without use.
const MAX_TYPE_NESTING: u32 = 4;

impl Engine<'_> {
    /// `a, b, err := f()`: functions of this file say what each result is. Of other calls the first result is what the call
    /// gives; an error or a flag at the end carries no data; further ones are parts of the same data.
    pub fn take_results(&mut self, entries: &[Entry], value: &Value, state: &mut State) {
        let last = entries.len().saturating_sub(1);
        for (i, entry) in entries.iter().enumerate() {
            let name = self.last_name(entry.value);
            let part = if is_tuple(value) || i > 0 { known_result(value, i) } else { None };
            let is_error = i > 0 && i == last && name.is_none_or(is_error_name);
            let part = match part {
                Some(part) if is_error => Value { truth: part.truth.clone().or_else(|| without_error(value)), ..part },
                Some(part) => part,
                None if is_tuple(value) => self.numbered_part(value, i),
                None if i == 0 => first_result(value, entries.len()),
                // What a call says of its arguments where it gives nothing, it says where it gives no error.
                None if is_error => Value { truth: without_error(value), ..Value::of_path("error") },
                None if i == last && name.is_some_and(is_flag_name) => Value::default(),
                None => self.numbered_part(value, i),
            };
            self.assign(entry.value, part, state);
        }
    }

    /// `err := f()`: what a function that is not known says went wrong is none of its data.
    pub fn is_error_of_unknown(&self, target: ExprId, value: ExprId) -> bool {
        let value = self.file.expr(value);
        self.file.language == Language::Go
            && matches!(value.kind, ExprKind::Call { .. })
            && self.guessed == Some(value.span)
            && matches!(self.file.expr(target).kind, ExprKind::Name(name) if is_error_name(self.file.text(name)))
    }

    /// What the target of a loop over keys is bound to: the keys, or, for a pair, the keys and the elements.
    pub fn bind_walked(&mut self, target: ExprId, iterated: &Value, keys: bool, state: &mut State) {
        let element = self.walked_element(target, iterated, state);
        if !keys {
            return self.assign(target, element, state);
        }
        let file = self.file;
        let key = walked_key(iterated);
        match &file.expr(target).kind {
            ExprKind::Collection { kind: CollectionKind::Tuple, entries } => {
                for (entry, value) in entries.iter().zip([key, element]) {
                    self.assign(entry.value, value, state);
                }
            }
            _ if iterated.path.as_deref() == Some("chan") => self.assign(target, element, state),
            _ => self.assign(target, key, state),
        }
    }

    /// An element of what is walked, with the type that the models give to elements there.
    fn walked_element(&mut self, target: ExprId, iterated: &Value, state: &State) -> Value {
        let element = iterated.element();
        let Some(path) = iterated.path.as_ref().filter(|p| element.path.is_none() && p.len() < 200) else {
            return element;
        };
        if self.file.language != Language::Go || is_builtin_type(path) {
            return element;
        }
        let path = format!("{path}.[]");
        let value = element.with_path(Some(path.as_str().into()));
        self.read(target, &path, value, Some((iterated, target)), self.file.expr(target).span, state)
    }

    /// A value of which only the declared type is known: its path, and that of its elements.
    pub fn declared(&self, ty: ExprId) -> Value {
        self.declared_within(ty, MAX_TYPE_NESTING)
    }

    fn declared_within(&self, ty: ExprId, room: u32) -> Value {
        let value = Value::default().with_path(self.static_path(ty).map(Into::into));
        let ExprKind::Index { object, index } = self.file.expr(ty).kind else { return value };
        let is_container = match self.file.expr(object).kind {
            ExprKind::Name(name) => matches!(self.file.text(name), "list" | "map" | "chan"),
            _ => false,
        };
        if room == 0 || !is_container || self.file.language != Language::Go {
            return value;
        }
        let rest = self.declared_within(index, room - 1);
        Value { fields: Some(Fields { rest, ..Fields::default() }.sealed()), ..value }
    }
}

/// What is known where a call has given no error.
fn without_error(value: &Value) -> Option<Rc<Truth>> {
    let when_false = value.truth.as_ref().map(|t| t.when_false.clone()).filter(|c| !c.is_empty())?;
    Some(Rc::new(Truth { when_false, ..Truth::default() }))
}

fn is_tuple(value: &Value) -> bool {
    value.path.as_deref() == Some("tuple")
}

/// What is known of one result by itself.
fn known_result(value: &Value, position: usize) -> Option<Value> {
    let mut part = value.fields.as_ref()?.known.get(position.to_string().as_str())?.clone();
    if is_tuple(value) {
        part.add_taints(value.own_taints());
    }
    Some(part)
}

/// The first of several results, without what is known of the others.
fn first_result(value: &Value, count: usize) -> Value {
    let Some(fields) = &value.fields else { return value.clone() };
    if !(1..count).any(|i| fields.known.contains_key(i.to_string().as_str())) {
        return value.clone();
    }
    let mut fields = (**fields).clone();
    for i in 1..count {
        fields.known.remove(i.to_string().as_str());
    }
    let empty = fields.known.is_empty() && fields.rest == Value::default();
    Value { fields: (!empty).then(|| fields.sealed()), ..value.clone() }
}

/// The keys of what is walked: numbers for lists, constants for tables whose keys are known, else parts of its data.
fn walked_key(iterated: &Value) -> Value {
    if matches!(iterated.path.as_deref(), Some("list" | "bytes" | "string" | "int" | "Array")) {
        return Value::of_path("int");
    }
    let mut key = Value::default().with_taints(iterated.own_taints().to_vec());
    if let Some(fields) = iterated.fields.as_ref().filter(|f| f.closed && f.known.len() <= MAX_CONSTANTS) {
        let constant = |text: &Rc<str>| Constant { value: Const::Str(text.clone()), span: Span::default() };
        let constants: Vec<Constant> = fields.known.keys().map(constant).collect();
        key.constants = (!constants.is_empty()).then(|| Rc::new(constants));
    }
    key
}

/// Whether a variable is called as errors are.
fn is_error_name(name: &str) -> bool {
    matches!(name, "err" | "e" | "error") || name.starts_with("err") || name.ends_with("Err") || name.ends_with("Error")
}

/// Whether a variable is called as the flags are that say whether there was a value.
fn is_flag_name(name: &str) -> bool {
    matches!(name, "ok" | "found" | "exists" | "present" | "loaded" | "matched" | "valid" | "isPrefix" | "more" | "has")
        || name.ends_with("OK")
        || name.ends_with("Ok")
        || name.ends_with("Exists")
        || name.ends_with("Found")
}
