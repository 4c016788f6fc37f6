//! Classes of the file: their bodies, fields, methods and instances.

use std::rc::Rc;

use super::engine::{Engine, OriginKind};
use super::functions::ThisKind;
use super::lookup::{Asked, Site};
use super::state::State;
use super::value::{MAX_KEYS, Taint, Value};
use crate::rules::index::Ref;
use crate::syntax::hir::*;

impl Engine<'_> {
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
            let site = Site { span, args: &args, receiver: None, owner: None, callee: None, value: None };
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

    pub fn class_assignment(&mut self, class: ClassId, target: ExprId, value: &Value, state: &mut State) {
        let name = match &self.file.expr(target).kind {
            ExprKind::Name(name) | ExprKind::Member { name, .. } => *name,
            _ => return self.assign(target, value.clone(), state),
        };
        self.note_constant(name, value);
        let text = self.file.text(name);
        let path = format!("{}.{text}", self.file.class(class).symbol);
        let span = self.file.expr(target).span;
        for entry in self.said_of(Asked::Write, &path, true).iter().copied() {
            let site =
                Site { span, args: &[], receiver: None, owner: None, callee: None, value: Some((value, Some(target))) };
            match entry {
                Ref::Sink(i) => self.sink(i, &site, &path),
                Ref::Match(i) => self.matched(i, &site, &path),
                _ => {}
            }
        }
        self.add_class_field(class, text, value);
    }

    pub fn add_class_field(&mut self, class: ClassId, name: &str, value: &Value) {
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
    pub fn class_of(&self, value: &Value) -> Option<ClassId> {
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
}
