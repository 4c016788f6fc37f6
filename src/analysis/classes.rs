//! Classes of the file: their bodies, fields, methods and instances.

use std::rc::Rc;

use super::engine::Engine;
use super::functions::ThisKind;
use super::lookup::Site;
use super::state::State;
use super::trace::OriginKind;
use super::value::{Const, Fields, MAX_KEYS, Taint, Value};
use crate::rules::index::Asked;
use crate::rules::index::Ref;
use crate::syntax::hir::*;

/// The most classes above a class that are looked into.
const MAX_ANCESTORS: usize = 16;
/// The most methods that one call is followed into.
const MAX_TARGETS: usize = 4;

impl Engine<'_> {
    pub fn exec_decorators(&mut self, id: FunctionId, state: &mut State) {
        let file = self.file;
        self.decorated(&file.function(id).decorators, state);
    }

    /// What the models say of decorators and annotations.
    fn decorated(&mut self, decorators: &[ExprId], state: &mut State) {
        for decorator in decorators {
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
        class.bases.iter().for_each(|e| drop(self.eval(*e, state)));
        self.decorated(&class.decorators, state);
        for stmt in &class.body {
            match &self.file.stmt(*stmt).kind {
                StmtKind::Assign { targets, value: Some(value), ty, .. } => {
                    let is_member = ty.is_none() && self.is_enum_member(*value);
                    let mut value = self.eval_settled(*value, state);
                    for target in targets {
                        if let (true, Some(name)) = (is_member, self.last_name(*target)) {
                            value.constants = Value::constant(Const::Str(name.into()), Span::default()).constants;
                        }
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

    /// Whether a field's value is that of a member of an enumeration, which is told from others by its name: fields of other
    /// classes have a type.
    fn is_enum_member(&self, value: ExprId) -> bool {
        self.file.language == Language::Java
            && matches!(self.file.expr(value).kind, ExprKind::Call { is_new: true, .. })
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
        // What is inside is known as it was at first: it may change.
        let fields = value.fields.as_ref().filter(|_| taints.is_empty()).map(|f| f.opened());
        let stored = Value { fields, truth: None, ..value.clone() }.with_taints(taints);
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
        let class = self.class_of(receiver)?;
        let known = |c: ClassId| self.class_fields.get(c.index()).and_then(|f| f.get(name)).cloned();
        if let Some(own) = known(class) {
            return Some(own);
        }
        self.ancestors(class).into_iter().skip(1).find_map(known)
    }

    /// A class of the file and those of the file that it is a kind of, nearest first.
    pub fn ancestors(&self, class: ClassId) -> Vec<ClassId> {
        let mut all = vec![class];
        let mut next = 0;
        while let Some(&current) = all.get(next) {
            next += 1;
            for base in &self.file.class(current).bases {
                let base = self.static_path(*base).and_then(|p| self.local_classes.get(p.as_str()).copied());
                if let Some(base) = base
                    && all.len() < MAX_ANCESTORS
                    && !all.contains(&base)
                {
                    all.push(base);
                }
            }
        }
        all
    }

    /// The methods that a call of `name` with `count` arguments (none: any number) on the receiver can reach, if that is an
    /// instance of a class of this file. A method that is only declared stands for those of the classes that have it.
    pub fn methods(&self, receiver: &Value, name: &str, count: Option<usize>) -> Vec<FunctionId> {
        let (Some(class), Some(wanted)) = (self.class_of(receiver), self.file.names.get(name)) else {
            return Vec::new();
        };
        if self.file.class(class).bases.is_empty() && !self.has_method(class, wanted) {
            return Vec::new();
        }
        let all = self.ancestors(class);
        let Some(&owner) = all.iter().find(|c| self.has_method(**c, wanted)) else { return Vec::new() };
        let (declared, mut found): (Vec<_>, Vec<_>) =
            self.overloads(owner, wanted, count).into_iter().partition(|m| self.is_only_declared(*m));
        if found.is_empty() && !declared.is_empty() {
            // An abstract class can have what an interface before it lacks.
            for class in all.into_iter().chain(self.derived(owner)) {
                found.extend(self.overloads(class, wanted, count).into_iter().filter(|m| !self.is_only_declared(*m)));
            }
        }
        found.dedup();
        found.truncate(MAX_TARGETS);
        found
    }

    fn has_method(&self, class: ClassId, name: Name) -> bool {
        self.file.class(class).methods.iter().any(|m| self.file.function(*m).name == Some(name))
    }

    /// The methods of one name, those that take so many arguments where there are such.
    fn overloads(&self, class: ClassId, name: Name, count: Option<usize>) -> Vec<FunctionId> {
        let methods = self.file.class(class).methods.iter().copied();
        let named: Vec<FunctionId> = methods.filter(|m| self.file.function(*m).name == Some(name)).collect();
        let Some(count) = count.filter(|_| named.len() > 1) else { return named };
        let takes = |m: &FunctionId| {
            let params: Vec<&Param> = self.own_params(*m).collect();
            let rest = params.iter().any(|p| p.kind == ParamKind::Rest);
            if rest { count + 1 >= params.len() } else { count == params.len() }
        };
        let fitting: Vec<FunctionId> = named.iter().copied().filter(takes).collect();
        // Where only one method of a name counts, it is the last one (the others are its getter or are overwritten).
        if fitting.is_empty() { named } else { fitting }
    }

    fn is_only_declared(&self, method: FunctionId) -> bool {
        let body = self.file.function(method).body_span;
        body.start == body.end
    }

    /// The classes of the file that are a kind of another.
    fn derived(&self, of: ClassId) -> Vec<ClassId> {
        let all = (0..self.file.classes.len()).map(|i| ClassId(i as u32));
        let mut found: Vec<ClassId> = all.filter(|c| *c != of && !self.file.class(*c).bases.is_empty()).collect();
        found.retain(|c| self.ancestors(*c).contains(&of));
        found
    }

    /// `super`: the object as one of the class that its own class extends.
    pub fn super_value(&self, class: ClassId, state: &State) -> Value {
        let this =
            self.file.names.get("this").and_then(|n| state.get((self.current(), n))).cloned().unwrap_or_default();
        let base = self.file.class(class).bases.first().and_then(|b| self.static_path(*b));
        this.with_path(Some(base.map_or_else(|| "super".into(), Into::into)))
    }

    /// The class that a name is where it stands.
    pub fn class_named(&self, name: Name) -> Option<ClassId> {
        let scope = self.scopes.resolve(self.file, self.current(), name)?;
        self.scopes.class(scope, name)
    }

    /// `self.name = value` is known to the other methods too.
    pub fn write_field_of_class(
        &mut self,
        keys: &[Option<Rc<str>>],
        variable: Name,
        value: &Value,
        current: Option<&Value>,
    ) {
        let [Some(name), rest @ ..] = keys else { return };
        // In Go a receiver has any name, and constructors are functions.
        let any_name = self.file.language == Language::Go;
        let this = any_name || matches!(self.file.text(variable), "self" | "this" | "cls" | "super");
        let named = self.class_named(variable).filter(|_| !any_name);
        let class = match (named, current.filter(|_| this).and_then(|v| self.class_of(v))) {
            (Some(class), _) | (None, Some(class)) => class,
            (None, None) => match self.this_kind() {
                ThisKind::Receiver(class) if this && !any_name => class,
                _ => return,
            },
        };
        if rest.is_empty() {
            return self.add_class_field(class, name, value);
        }
        let known = self.class_fields.get(class.index()).and_then(|f| f.get(name)).cloned();
        if let Some(mut whole) = known.filter(|k| k.fields.is_some()) {
            whole.set(rest, value.clone());
            self.add_class_field(class, name, &whole);
        }
    }

    /// An instance of a class without a constructor. A struct's fields are given by name or in order.
    pub fn filled(&mut self, class: ClassId, fresh: Value, site: &Site<'_>) -> Value {
        let file = self.file;
        let mut out = fresh;
        // An enumeration gives one of its members or an error.
        if self.is_enumeration(class) {
            return out;
        }
        let by_fields = file.language == Language::Go || self.is_dataclass(class);
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
            match arg.name.or_else(|| names.get(i).copied()).filter(|_| by_fields) {
                Some(name) => {
                    self.add_class_field(class, file.text(name), &arg.value);
                    out.set(&[Some(file.text(name).into())], arg.value.clone());
                }
                None => out.add_taints(&arg.value.deep_taints()),
            }
        }
        out
    }

    fn is_enumeration(&self, class: ClassId) -> bool {
        let is_enum = |base: &ExprId| self.static_path(*base).is_some_and(|p| p.starts_with("enum."));
        self.file.language == Language::Python && self.file.class(class).bases.iter().any(is_enum)
    }

    /// Whether the constructor of a class takes its fields.
    fn is_dataclass(&self, class: ClassId) -> bool {
        let class = self.file.class(class);
        let is_one = |e: &ExprId| {
            self.static_path(*e).is_some_and(|p| {
                matches!(p.as_str(), "dataclasses.dataclass" | "typing.NamedTuple" | "pydantic.BaseModel")
            })
        };
        self.file.language == Language::Python && class.decorators.iter().chain(&class.bases).any(is_one)
    }

    /// `new C(…)`: the receiver after its constructor.
    pub fn construct(&mut self, class: ClassId, site: &Site<'_>, state: &mut State) -> Value {
        let fresh = Value::of_path(&*self.file.class(class).symbol);
        let name = match self.file.language {
            Language::Python => "__init__",
            Language::Java => "<init>",
            _ => "constructor",
        };
        let mut out: Option<Value> = None;
        for constructor in self.methods(&fresh, name, Some(site.args.len())) {
            let (_, this) = self.call_method(constructor, Some(fresh.clone()), site, state);
            let made = this.unwrap_or_else(|| fresh.clone());
            out = Some(out.map_or(made.clone(), |o| o.join(&made)));
        }
        match out {
            Some(out) => out,
            None => self.filled(class, fresh, site),
        }
    }
}
