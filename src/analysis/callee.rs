//! What is called: its path, the value it is called on, and the functions that it can be.

use std::rc::Rc;

use super::engine::Engine;
use super::lookup::ArgValue;
use super::state::State;
use super::value::{Path, Value};
use crate::syntax::hir::*;

pub struct Callee {
    pub path: String,
    pub receiver: Option<(Value, ExprId)>,
    pub value: Value,
    pub shape: bool,
}

impl Engine<'_> {
    /// Whether what is called is a tag in front of a template.
    pub(super) fn is_tag(&self, callee: ExprId) -> bool {
        let end = self.file.expr(callee).span.end as usize;
        let behind = self.source.text().get(end..);
        self.file.language.base() == Language::JavaScript && behind.is_some_and(|t| t.starts_with('`'))
    }

    /// The module that `require("module")` gives where it stands inside an expression.
    pub fn required_module(&self, target: &Callee, args: &[ArgValue]) -> Option<Path> {
        let [only] = args else { return None };
        if self.file.language.base() != Language::JavaScript || target.path != "require" || target.receiver.is_some() {
            return None;
        }
        let module = only.value.single_str()?;
        Some(module.strip_prefix("node:").unwrap_or(module).into())
    }

    /// What `receiver` is a member or a method's result of, where that is a name or a member of one.
    pub fn owner(&mut self, receiver: ExprId, state: &State) -> Option<(Value, ExprId)> {
        let file = self.file;
        let member = match &file.expr(receiver).kind {
            ExprKind::Call { callee, .. } => *callee,
            _ => receiver,
        };
        let ExprKind::Member { object, .. } = &file.expr(member).kind else { return None };
        let simple = match &file.expr(*object).kind {
            ExprKind::Name(_) => true,
            ExprKind::Member { object, .. } => matches!(file.expr(*object).kind, ExprKind::Name(_)),
            _ => false,
        };
        simple.then(|| (self.eval(*object, &mut state.clone()), *object))
    }

    /// What is called with `count` arguments (none: not known).
    pub fn eval_callee(&mut self, callee: ExprId, count: Option<usize>, state: &mut State) -> Callee {
        let file = self.file;
        match &file.expr(callee).kind {
            ExprKind::Member { object, name, .. } => {
                let receiver = self.eval(*object, state);
                let name = file.text(*name);
                self.method_callee(*object, receiver, name, count)
            }
            ExprKind::Index { object, index } => {
                let receiver = self.eval(*object, state);
                let key = self.eval(*index, state);
                match key.single_str() {
                    Some(name) => {
                        let name = name.clone();
                        self.method_callee(*object, receiver, &name, count)
                    }
                    None => Callee {
                        path: "?.[]".into(),
                        value: receiver.element(),
                        receiver: Some((receiver, *object)),
                        shape: false,
                    },
                }
            }
            _ => {
                let value = self.eval(callee, state);
                let path = value.path.as_deref().unwrap_or("?").to_string();
                Callee { path, value, receiver: None, shape: false }
            }
        }
    }

    pub fn method_callee(&mut self, object: ExprId, receiver: Value, name: &str, count: Option<usize>) -> Callee {
        let path = match self.member_path(&receiver, name) {
            Some(path) => path.to_string(),
            None => format!("?.{name}"),
        };
        if let Some(value) = self.module_member(&receiver, name) {
            let path = value.path.as_deref().map_or(path, str::to_string);
            return Callee { path, receiver: None, value, shape: false };
        }
        // Where methods are no fields, what a collection holds is nothing that its methods could be.
        let own_key = !self.declares_types() && receiver.fields.as_ref().is_some_and(|f| f.known.contains_key(name));
        let held = receiver.field(name).filter(|v| v.callables.is_some() || own_key);
        let mut value = held.or_else(|| self.class_field(&receiver, name)).unwrap_or_default();
        let methods = self.methods(&receiver, name, count);
        let itself = methods.is_empty() && self.calls_itself(&receiver, name);
        if !methods.is_empty() {
            value.callables = Some(Rc::new(methods));
        } else if itself {
            value.callables.clone_from(&receiver.callables);
        }
        let shape = !itself && self.shape_allowed(receiver.path.as_deref());
        let path = match (&value.path, value.callables.is_some()) {
            (Some(own), false) => own.to_string(),
            _ => path,
        };
        Callee { path, receiver: Some((receiver, object)), value, shape }
    }

    /// Whether a method of a function object is the function: that of a functional interface is, whatever its name.
    pub(super) fn calls_itself(&self, receiver: &Value, name: &str) -> bool {
        let others = ["andThen", "compose", "negate", "and", "or", "reversed", "thenComparing", "equals", "hashCode"];
        self.file.language == Language::Java && receiver.callables.is_some() && !others.contains(&name)
    }
}
