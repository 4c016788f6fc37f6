//! Classes of the file: their bodies, fields, methods and instances.

use std::rc::Rc;

use super::engine::{Engine, OriginKind};
use super::functions::ThisKind;
use super::lookup::{Asked, Site};
use super::state::State;
use super::value::{Fields, MAX_KEYS, Taint, Value};
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
                StmtKind::Assign { targets, value: None, ty: Some(ty), .. } => {
                    let value = self.declared(*ty);
                    for target in targets {
                        if let Some(name) = self.last_name(*target).map(str::to_string) {
                            self.add_class_field(id, &name, &value);
                        }
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
        let found = |class: ClassId| self.class_fields.get(class.index()).and_then(|f| f.get(name)).cloned();
        self.family(self.class_of(receiver)?).into_iter().find_map(found)
    }

    /// A class and those of this file that it comes from, the nearest first.
    pub fn family(&self, class: ClassId) -> Vec<ClassId> {
        let mut family = vec![class];
        let mut next = 0;
        while let (Some(&class), true) = (family.get(next), family.len() < 8) {
            next += 1;
            for base in &self.file.class(class).bases {
                let class = self.static_path(*base).and_then(|path| self.local_classes.get(path.as_str()).copied());
                family.extend(class.filter(|c| !family.contains(c)));
            }
        }
        family
    }

    /// The method of this name, if the receiver is an instance of a class of this file.
    pub fn method(&self, receiver: &Value, name: &str) -> Option<FunctionId> {
        let class = self.class_of(receiver)?;
        let wanted = self.file.names.get(name)?;
        self.family(class).into_iter().find_map(|class| {
            let methods = &self.file.class(class).methods;
            methods.iter().find(|m| self.file.function(**m).name == Some(wanted)).copied()
        })
    }

    /// `self.name = value` is known to the other methods too.
    pub fn write_field_of_class(
        &mut self,
        keys: &[Option<Rc<str>>],
        variable: &str,
        value: &Value,
        current: Option<&Value>,
    ) {
        let [Some(name), rest @ ..] = keys else { return };
        // In Go a receiver has any name, and constructors are functions.
        let any_name = self.file.language == Language::Go;
        if !any_name && !matches!(variable, "self" | "this" | "cls") {
            return;
        }
        let class = match (current.and_then(|v| self.class_of(v)), self.this_kind()) {
            (Some(class), _) => class,
            (None, ThisKind::Receiver(class)) if !any_name => class,
            _ => return,
        };
        if rest.is_empty() {
            self.add_class_field(class, name, value);
        }
    }

    /// An instance of a class without a constructor. A struct's fields are given by name or in order.
    pub fn filled(&mut self, class: ClassId, fresh: Value, site: &Site<'_>) -> Value {
        let file = self.file;
        let mut out = fresh;
        if file.language == Language::Go {
            out.fields = Some(Fields { closed: true, ..Fields::default() }.sealed());
        }
        let names: Vec<Name> = (file.class(class).body.iter())
            .filter_map(|s| match &file.stmt(*s).kind {
                StmtKind::Assign { targets, .. } => targets.first(),
                _ => None,
            })
            .filter_map(|t| match file.expr(*t).kind {
                ExprKind::Name(name) => Some(name),
                _ => None,
            })
            .collect();
        for (i, arg) in site.args.iter().enumerate() {
            match arg.name.or_else(|| names.get(i).copied()).filter(|_| file.language == Language::Go) {
                Some(name) => {
                    self.add_class_field(class, file.text(name), &arg.value);
                    out.set(&[Some(file.text(name).into())], arg.value.clone());
                }
                None => out.add_taints(&arg.value.deep_taints()),
            }
        }
        out
    }

    /// `new C(…)`: the receiver after its constructor.
    pub fn construct(&mut self, class: ClassId, site: &Site<'_>, state: &mut State) -> Value {
        let fresh = Value::of_path(&*self.file.class(class).symbol);
        let name = if self.file.language == Language::Python { "__init__" } else { "constructor" };
        let Some(constructor) = self.method(&fresh, name) else {
            return self.filled(class, fresh, site);
        };
        let (_, this) = self.call_method(constructor, Some(fresh.clone()), site, state);
        this.unwrap_or(fresh)
    }
}
