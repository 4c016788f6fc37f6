//! Names, members and elements: what reading them gives.

use std::rc::Rc;

use super::call::truth_of;
use super::engine::Engine;
use super::eval::shorten;
use super::functions::ThisKind;
use super::lookup::Site;
use super::state::State;
use super::trace::{OriginKind, StepMessage};
use super::value::{Const, Path, Taint, Truth, Value};
use crate::rules::index::Asked;
use crate::rules::index::Ref;
use crate::syntax::hir::*;

impl Engine<'_> {
    pub fn eval_name(&mut self, id: ExprId, name: Name, span: Span, state: &State) -> Value {
        let function = self.current();
        let file = self.file;
        let mut value = match self.variable(name, state) {
            Some(value) => value,
            None => match self.scopes.resolve(file, function, name) {
                None => self.global(id, name, span, state),
                Some(_) => Value::default(),
            },
        };
        self.add_named(id, self.file.text(name), span, &mut value);
        value
    }

    /// The value of a variable that is declared in this file.
    pub fn variable(&self, name: Name, state: &State) -> Option<Value> {
        let file = self.file;
        let function = self.current();
        let scope = match self.scopes.resolve(file, function, name) {
            Some(scope) => scope,
            // Assigned without a declaration: it is visible where it was assigned, or at the top.
            None => {
                let known =
                    state.get((function, name)).or_else(|| state.get((self.module_of(function), name))).cloned();
                return known.or_else(|| self.shared_name(name));
            }
        };
        if let Some(import) = self.scopes.import(scope, name) {
            // What was assigned to a part of it stays there.
            let fields = state.get((scope, name)).and_then(|v| v.fields.clone());
            let plain = || file.imports.get(import as usize).map(|i| Value { fields, ..Value::of_path(&*i.path) });
            return self.linked(import).or_else(plain);
        }
        if let Some(value) = state.get((scope, name)) {
            return Some(value.clone());
        }
        if let Some(function) = self.scopes.function(scope, name) {
            return Some(Value { callables: Some(Rc::new(vec![function])), ..Value::default() });
        }
        if let Some(class) = self.scopes.class(scope, name) {
            return Some(Value::of_path(&*file.class(class).symbol));
        }
        // `url := url.Parse(…)`: on the right side the name is still the package's.
        if let (Language::Go, Some(import)) = (file.language, self.scopes.import(self.module_of(function), name)) {
            return file.imports.get(import as usize).map(|i| Value::of_path(&*i.path));
        }
        self.module_state.get((scope, name)).cloned()
    }

    pub fn global(&mut self, id: ExprId, name: Name, span: Span, state: &State) -> Value {
        let text = self.file.text(name);
        match (self.this_kind(), text) {
            (ThisKind::Receiver(class), "this" | "self") => return Value::of_path(&*self.file.class(class).symbol),
            (ThisKind::Receiver(class), "super") => return self.super_value(class, state),
            _ => {}
        }
        let path = self.on_demand(text).unwrap_or_else(|| text.into());
        let value = Value::of_path(path.clone());
        self.read(id, &path, value, None, span, state)
    }

    /// Labels that follow from a name alone: a password is one by being called so.
    pub fn add_named(&mut self, id: ExprId, name: &str, span: Span, value: &mut Value) {
        let sources = self.named_sources(name);
        if sources.is_empty()
            || value.callables.is_some()
            || value.path.as_deref().is_some_and(|p| self.index.is_modelled(p) && !self.is_text_path(Some(p)))
        {
            return;
        }
        for source in sources.iter() {
            let Some(source) = self.index.models.sources.get(*source as usize) else { continue };
            let site =
                Site { span, args: &[], receiver: None, owner: None, callee: None, value: Some((value, Some(id))) };
            if !self.holds(&source.when, &site) {
                continue;
            }
            let text = self.text(span);
            let description = source.description.clone().unwrap_or_else(|| format!("`{}`", shorten(text)));
            let identity: Rc<str> = format!("{text}@named").into();
            let taint = self.source_taint(source.label, identity, span, &description);
            value.add_taints(&[taint]);
        }
    }

    pub fn named_sources(&mut self, name: &str) -> Rc<[u32]> {
        if let Some(known) = self.memo.named.get(name) {
            return known.clone();
        }
        let all: Rc<[u32]> = self.index.named.iter().filter(|(r, _)| r.is_match(name)).map(|(_, i)| *i).collect();
        self.memo.named.insert(name.into(), all.clone());
        all
    }

    /// A taint from a source.
    pub fn source_taint(&mut self, label: u8, identity: Rc<str>, span: Span, description: &str) -> Taint {
        let origin = self.origin(OriginKind::Source { label, identity }, Some(label), span, description);
        let step = self.step(span, StepMessage::Source(description.into()), None);
        Taint { origin, cleared: 0, step }
    }

    /// Reading `name` of `receiver`.
    pub fn eval_member(&mut self, id: ExprId, object: ExprId, receiver: Value, name: &str, state: &State) -> Value {
        let span = self.file.expr(id).span;
        if let Some(value) = self.module_member(&receiver, name) {
            return value;
        }
        if let Some(count) = self.count_of(&receiver, name) {
            return Value::constant(Const::Int(count), span).with_path(Some("int".into()));
        }
        let path = self.member_path(&receiver, name);
        let known = receiver.field(name).or_else(|| self.class_field(&receiver, name));
        let declared = self.field_type(&receiver, name);
        let mut value = match known {
            Some(mut value) => {
                let whole: Vec<Taint> = receiver.own_taints().to_vec();
                let parts = self.parts(&whole, name);
                value.add_taints(&parts);
                if value.path.is_none() {
                    value.path = path.clone();
                }
                value
            }
            None => {
                let whole: Vec<Taint> = receiver.own_taints().to_vec();
                let mut parts = self.parts(&whole, name);
                let kept = path.as_deref().and_then(|p| self.kept_member(p));
                parts.extend(kept.iter().flat_map(|k| k.own_taints()));
                let mut value = Value::default().with_path(path.clone());
                value.add_taints(&parts);
                value
            }
        };
        if let Some(path) = &path {
            value = self.read(id, path, value, Some((&receiver, object)), span, state);
        } else {
            let path = format!("?.{name}");
            value = self.read(id, &path, value, Some((&receiver, object)), span, state);
        }
        if let Some(ty) = declared {
            value = self.of_type(value, &ty);
        }
        if value.taints.is_some() && self.is_checked_number(&receiver, name) {
            return Value::of_path("int");
        }
        let methods = self.methods(&receiver, name, None);
        let getters: Vec<FunctionId> = methods.iter().copied().filter(|m| self.is_getter(*m)).collect();
        if !getters.is_empty() {
            value = self.read_through(&getters, (&receiver, object), span, state);
        } else if !methods.is_empty() {
            value.callables = Some(Rc::new(methods));
        }
        // What a constant table holds is known better than by its key.
        if !value.is_constant() {
            self.add_named(id, name, span, &mut value);
        }
        value
    }

    /// How many elements an array has. Only of those that were made from a text is it known to be all of them.
    fn count_of(&self, array: &Value, name: &str) -> Option<i64> {
        let pieces = array.fields.as_ref().filter(|f| f.ordered && f.closed)?;
        (name == "length" && self.file.language == Language::Java).then_some(pieces.known.len() as i64)
    }

    /// What reading a property gives that methods of this file compute.
    fn read_through(&mut self, getters: &[FunctionId], of: (&Value, ExprId), span: Span, state: &State) -> Value {
        let site = Site { span, args: &[], receiver: Some(of), owner: None, callee: None, value: None };
        let mut out: Option<Value> = None;
        for getter in getters {
            let (value, _) = self.call_method(*getter, Some(of.0.clone()), &site, &mut state.clone());
            out = Some(out.map_or(value.clone(), |o| o.join(&value)));
        }
        self.stepped(out.unwrap_or_default(), span, &StepMessage::Returned)
    }

    /// Whether a method is what reading a property calls.
    fn is_getter(&self, method: FunctionId) -> bool {
        let function = self.file.function(method);
        match self.file.language.base() {
            Language::Python => function
                .decorators
                .iter()
                .any(|d| matches!(self.last_name(*d), Some("property" | "cached_property" | "getter"))),
            Language::JavaScript => {
                let before = Span { start: function.span.start, end: function.name_span.start };
                before.start <= before.end && self.text(before).split_whitespace().last() == Some("get")
            }
            _ => false,
        }
    }

    /// The path of a member; members of data that came from a source keep the source's path, which tells nothing about
    /// their type but lets models speak of parts (`request.files.upload.filename`).
    pub fn member_path(&self, receiver: &Value, name: &str) -> Option<Path> {
        let path = receiver.path.as_ref()?;
        if path.len() > 200 {
            return None;
        }
        Some([path, ".", name].concat().into())
    }

    pub fn parts(&mut self, taints: &[Taint], key: &str) -> Vec<Taint> {
        taints.iter().map(|t| Taint { origin: self.part(t.origin, key), ..*t }).collect()
    }

    /// The type of an element. Where types are declared, an array's is that of its elements.
    fn element_path(&self, receiver: &Value) -> Option<Path> {
        if self.declares_types() { receiver.path.clone() } else { self.member_path(receiver, "[]") }
    }

    pub fn eval_index(&mut self, id: ExprId, object: ExprId, index: ExprId, state: &mut State) -> Value {
        let receiver = self.eval(object, state);
        let key = self.eval(index, state);
        match key.single() {
            // What else than the keys that were seen can be in a table is told by its type.
            Some(Const::Str(name)) if receiver.fields.as_ref().is_some_and(|f| f.is_typed_beyond(name)) => {
                receiver.fields.as_ref().map(|f| f.rest.clone()).unwrap_or_default()
            }
            Some(Const::Str(name)) => {
                let name = name.clone();
                self.eval_member(id, object, receiver, &name, state)
            }
            Some(Const::Int(i)) if receiver.fields.is_some() => {
                let position = i.to_string();
                match receiver.field(&position) {
                    Some(mut value) => {
                        value.add_taints(receiver.own_taints());
                        value
                    }
                    // Of an array all of whose elements are known, this one has not been set yet.
                    None if receiver.fields.as_ref().is_some_and(|f| f.closed) => {
                        Value::default().with_taints(receiver.own_taints().to_vec())
                    }
                    None => receiver.element(),
                }
            }
            Some(Const::Int(i)) if !self.declares_types() && receiver.single_str().is_some() => {
                self.character(&receiver, *i, self.file.expr(id).span)
            }
            Some(Const::Int(i)) => {
                let key = i.to_string();
                let whole = receiver.own_taints().to_vec();
                let parts = self.parts(&whole, &key);
                let path = self.element_path(&receiver);
                Value::default().with_taints(parts).with_path(path)
            }
            // A look-up in a table gives what is in the table, whatever the key; only a predictable choice stays one.
            _ => {
                let mut element = receiver.element();
                // There may be nothing under a key that is not known; Python alone gives no value then.
                element.open |= matches!(receiver.path.as_deref(), Some("map" | "Object"));
                element.add_taints(&self.predictable(&receiver, &key));
                let path = element.path.clone().or_else(|| self.element_path(&receiver));
                let mut value = element.with_path(path.clone());
                value.truth = self.found_truth(&receiver, &key, self.file.expr(index).span);
                match path {
                    Some(path) => {
                        self.read(id, &path, value, Some((&receiver, object)), self.file.expr(id).span, state)
                    }
                    None => value,
                }
            }
        }
    }

    /// The character of a constant text at a position, counted from the end if it is negative.
    fn character(&self, text: &Value, at: i64, span: Span) -> Value {
        let count = text.single_str().map_or(0, |t| t.chars().count());
        let at = if at < 0 && self.file.language == Language::Python { at + count as i64 } else { at };
        let found = usize::try_from(at).ok().and_then(|at| text.single_str()?.chars().nth(at));
        let constant = |c: char| Value::constant(Const::Str(c.to_string().into()), span);
        found.map(constant).unwrap_or_default().with_path(text.path.clone())
    }

    /// `if allowed[x]`: what stands in a table of our own is one of its keys. Objects of JavaScript have more than were put in.
    pub fn found_truth(&mut self, table: &Value, key: &Value, span: Span) -> Option<Rc<Truth>> {
        let is_table = matches!(table.path.as_deref(), Some("map" | "dict"));
        if !is_table || key.taints.is_none() || table.taints.is_some() {
            return None;
        }
        let clears = self.clears(&key.deep_taints(), u64::MAX, span, "an allow-list");
        truth_of(clears, true)
    }

    /// What of a key makes a character that is chosen with it predictable.
    fn predictable(&self, text: &Value, key: &Value) -> Vec<Taint> {
        let random = self.library.label("weak-random");
        if !self.is_text_path(text.path.as_deref()) && text.single_str().is_none() {
            return Vec::new();
        }
        key.own_taints().iter().filter(|t| random.is_some() && self.label_of(t) == random).copied().collect()
    }

    /// What the models say of reading `path`.
    pub fn read(
        &mut self,
        id: ExprId,
        path: &str,
        mut value: Value,
        receiver: Option<(&Value, ExprId)>,
        span: Span,
        _state: &State,
    ) -> Value {
        let shape = match receiver {
            Some((receiver, _)) => self.shape_allowed(receiver.path.as_deref()),
            None => false,
        };
        let refs = self.said_of(Asked::Read, path, shape);
        if refs.is_empty() {
            return value;
        }
        self.note_read(span, path);
        for entry in refs.iter().copied() {
            let seen = value.clone();
            let site =
                Site { span, args: &[], receiver, owner: None, callee: Some(id), value: Some((&seen, Some(id))) };
            match entry {
                Ref::Source(i) => self.read_source(i, path, &mut value, &site),
                Ref::Type(i) => {
                    let Some(ty) = self.index.models.types.get(i as usize) else { continue };
                    if self.holds(&ty.when, &site) {
                        value.path = Some(ty.gives.as_str().into());
                    }
                }
                Ref::Barrier(i) => {
                    let Some(barrier) = self.index.models.barriers.get(i as usize) else { continue };
                    if self.holds(&barrier.when, &site) {
                        let clears = barrier.clears;
                        value = self.cleared(value, clears, span, "a property that cannot do harm");
                    }
                }
                Ref::Match(i) => self.matched(i, &site, path),
                _ => {}
            }
        }
        value
    }

    pub fn read_source(&mut self, i: u32, path: &str, value: &mut Value, site: &Site<'_>) {
        let Some(source) = self.index.models.sources.get(i as usize) else { return };
        if !self.holds(&source.when, site) {
            return;
        }
        let text = self.text(site.span);
        let description = source.description.clone().unwrap_or_else(|| format!("`{}`", shorten(text)));
        let label = source.label;
        let already = value.own_taints().iter().any(|t| self.label_of(t) == Some(label));
        if already {
            return;
        }
        let taint = self.source_taint(label, path.into(), site.span, &description).safe_for(source.safe_for);
        value.add_taints(&[taint]);
    }

    pub fn label_of(&self, taint: &Taint) -> Option<u8> {
        self.origins.get(taint.origin.0 as usize).and_then(|o| o.label)
    }
}
