//! Expressions: what their values are, and what evaluating them does to the state.

use std::rc::Rc;

use super::call::{literal_path, truth_of};
use super::engine::{Engine, OriginKind, StepMessage};
use super::fold;
use super::functions::ThisKind;
use super::lookup::Asked;
use super::lookup::{ArgValue, Site};
use super::state::State;
use super::value::*;
use crate::rules::index::Ref;
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
            ExprKind::Slice { object, bounds } => {
                let value = self.eval(*object, state);
                bounds.iter().for_each(|b| drop(self.eval(*b, state)));
                Value { constants: None, prefix: None, truth: None, ..value }
            }
            ExprKind::Call { .. } => self.eval_call(id, state),
            ExprKind::Literal(literal) => self.eval_literal(literal, expr.span),
            ExprKind::Template { parts } => {
                let values: Vec<Value> = parts.iter().map(|p| self.eval(*p, state)).collect();
                self.concatenated(&values, expr.span)
            }
            ExprKind::Binary { op, left, right } => self.eval_binary(*op, *left, *right, expr.span, state),
            ExprKind::Unary { op, operand } => self.eval_unary(*op, *operand, expr.span, state),
            ExprKind::Conditional { test, then, otherwise } => {
                let (mut yes, mut no) = self.branch(*test, state.clone());
                let a = self.eval_settled(*then, &mut yes);
                let b = self.eval_settled(*otherwise, &mut no);
                let value = match (yes.is_dead(), no.is_dead()) {
                    (true, false) => b,
                    (false, true) => a,
                    _ => a.join(&b),
                };
                *state = self.join(yes, no);
                value
            }
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
            ExprKind::Yield(inner) => {
                let value = inner.map(|i| self.eval_settled(i, state)).unwrap_or_default();
                if let Some(frame) = self.frames.last_mut() {
                    frame.yielded = Some(frame.yielded.as_ref().map_or(value.clone(), |y| y.join(&value)));
                }
                Value::default()
            }
            ExprKind::Cast { operand, ty } => {
                let value = self.eval(*operand, state);
                match ty.and_then(|t| self.static_path(t)) {
                    Some(path) if value.path.is_none() => value.with_path(Some(path.into())),
                    _ => value,
                }
            }
            ExprKind::Comprehension { kind, key, element, clauses } => {
                self.eval_comprehension(*kind, *key, *element, clauses, state)
            }
            ExprKind::Jsx { tag, attributes, children } => self.eval_jsx(id, *tag, attributes, children, state),
            ExprKind::Sequence(items) => {
                let mut last = Value::default();
                for item in items {
                    last = self.eval(*item, state);
                }
                last
            }
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

    /// The value with what tests have made safe here written into it, so that it can leave this state.
    pub fn eval_settled(&mut self, id: ExprId, state: &mut State) -> Value {
        let value = self.eval(id, state);
        self.settle(state, value)
    }

    fn eval_literal(&self, literal: &Literal, span: Span) -> Value {
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

    fn eval_name(&mut self, id: ExprId, name: Name, span: Span, state: &State) -> Value {
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
    fn variable(&self, name: Name, state: &State) -> Option<Value> {
        let file = self.file;
        let function = self.current();
        let scope = match self.scopes.resolve(file, function, name) {
            Some(scope) => scope,
            // Assigned without a declaration: it is visible where it was assigned, or at the top.
            None => {
                return state.get((function, name)).or_else(|| state.get((MODULE, name))).cloned();
            }
        };
        if let Some(import) = self.scopes.import(scope, name) {
            let path = file.imports.get(import as usize)?.path.clone();
            return Some(Value::of_path(&*path));
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
        self.module_state.get((scope, name)).cloned()
    }

    fn global(&mut self, id: ExprId, name: Name, span: Span, state: &State) -> Value {
        let text = self.file.text(name);
        if let (ThisKind::Receiver(class), "this" | "self") = (self.this_kind(), text) {
            return Value::of_path(&*self.file.class(class).symbol);
        }
        let value = Value::of_path(text);
        self.read(id, text, value, None, span, state)
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
            let site = Site { span, args: &[], receiver: None, callee: None, value: Some((value, Some(id))) };
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

    fn named_sources(&mut self, name: &str) -> Rc<[u32]> {
        if let Some(known) = self.names.get(name) {
            return known.clone();
        }
        let all: Rc<[u32]> = self.index.named.iter().filter(|(r, _)| r.is_match(name)).map(|(_, i)| *i).collect();
        self.names.insert(name.into(), all.clone());
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
        let path = self.member_path(&receiver, name);
        let known = receiver.field(name).or_else(|| self.class_field(&receiver, name));
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
                let parts = self.parts(&whole, name);
                Value::default().with_taints(parts).with_path(path.clone())
            }
        };
        if let Some(path) = &path {
            value = self.read(id, path, value, Some((&receiver, object)), span, state);
        } else {
            let path = format!("?.{name}");
            value = self.read(id, &path, value, Some((&receiver, object)), span, state);
        }
        if let Some(method) = self.method(&receiver, name) {
            value.callables = Some(Rc::new(vec![method]));
        }
        // What a constant table holds is known better than by its key.
        if !value.is_constant() {
            self.add_named(id, name, span, &mut value);
        }
        value
    }

    /// The path of a member; members of data that came from a source keep the source's path, which tells nothing about
    /// their type but lets models speak of parts (`request.files.upload.filename`).
    pub fn member_path(&self, receiver: &Value, name: &str) -> Option<Path> {
        let path = receiver.path.as_ref()?;
        if path.len() > 200 {
            return None;
        }
        Some(format!("{path}.{name}").into())
    }

    pub fn parts(&mut self, taints: &[Taint], key: &str) -> Vec<Taint> {
        taints.iter().map(|t| Taint { origin: self.part(t.origin, key), ..*t }).collect()
    }

    fn eval_index(&mut self, id: ExprId, object: ExprId, index: ExprId, state: &mut State) -> Value {
        let receiver = self.eval(object, state);
        let key = self.eval(index, state);
        match key.single() {
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
                    None => receiver.element(),
                }
            }
            Some(Const::Int(i)) => {
                let key = i.to_string();
                let whole = receiver.own_taints().to_vec();
                let parts = self.parts(&whole, &key);
                let path = self.member_path(&receiver, "[]");
                Value::default().with_taints(parts).with_path(path)
            }
            // A look-up in a table gives what is in the table, whatever the key.
            _ => {
                let element = receiver.element();
                let path = element.path.clone().or_else(|| self.member_path(&receiver, "[]"));
                let value = element.with_path(path.clone());
                match path {
                    Some(path) => {
                        self.read(id, &path, value, Some((&receiver, object)), self.file.expr(id).span, state)
                    }
                    None => value,
                }
            }
        }
    }

    /// What the models say of reading `path`.
    fn read(
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
            let site = Site { span, args: &[], receiver, callee: Some(id), value: Some((&seen, Some(id))) };
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
                        value = self.cleared(value, clears, span, self.file_text_of(id));
                    }
                }
                Ref::Match(i) => self.matched(i, &site, path),
                _ => {}
            }
        }
        value
    }

    fn read_source(&mut self, i: u32, path: &str, value: &mut Value, site: &Site<'_>) {
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
        let taint = self.source_taint(label, path.into(), site.span, &description);
        value.add_taints(&[taint]);
    }

    pub fn label_of(&self, taint: &Taint) -> Option<u8> {
        self.origins.get(taint.origin.0 as usize).and_then(|o| o.label)
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

    pub fn file_text_of(&self, id: ExprId) -> &'static str {
        // The name of what made data safe is for people; the last name of the callee says it best.
        let _ = id;
        "a property that cannot do harm"
    }

    /// A string put together from parts.
    pub fn concatenated(&mut self, parts: &[Value], span: Span) -> Value {
        let mut out = fold::concat(parts, span);
        let mut behind_text = false;
        for part in parts {
            let mut taints = part.deep_taints();
            if behind_text {
                self.behind_text(&mut taints);
            }
            out.add_taints(&taints);
            behind_text |= part.single_str().is_none_or(|s| !s.is_empty());
        }
        let path = literal_path(self.file.language, &Literal::Str("".into()));
        out.with_path(path)
    }

    /// Text behind other text is no absolute path.
    fn behind_text(&self, taints: &mut [Taint]) {
        let kinds = self.library.kind_bit("path-relative");
        taints.iter_mut().for_each(|t| t.cleared |= kinds);
    }

    fn eval_binary(&mut self, op: BinaryOp, left: ExprId, right: ExprId, span: Span, state: &mut State) -> Value {
        match op {
            BinaryOp::And | BinaryOp::Or | BinaryOp::Nullish => return self.eval_short_circuit(op, left, right, state),
            _ => {}
        }
        let a = self.eval(left, state);
        let b = self.eval(right, state);
        let folded = fold::binary(op, &a, &b, span);
        let comparison = matches!(
            op,
            BinaryOp::Eq | BinaryOp::NotEq | BinaryOp::Lt | BinaryOp::LtEq | BinaryOp::Gt | BinaryOp::GtEq
        ) || matches!(op, BinaryOp::In | BinaryOp::NotIn | BinaryOp::InstanceOf);
        if comparison {
            self.note_comparison(op, (left, &a), (right, &b));
            self.comparison_sinks(op, (left, &a), (right, &b), span);
            let truth = self.comparison_truth(op, (left, &a), (right, &b), span);
            return Value { constants: folded, truth, ..Value::default() };
        }
        if let Some(constants) = folded {
            return Value { constants: Some(constants), ..Value::default() }.with_path(a.path.clone());
        }
        match op {
            BinaryOp::Add => {
                if a.fields.is_some() && b.fields.is_some() {
                    return a.join(&b);
                }
                // A list with something unknown behind it still begins as it does.
                if a.fields.is_some() && matches!(a.path.as_deref(), Some("list" | "tuple")) {
                    let fields = Fields { rest: b.element(), ..Fields::default() };
                    return a.join(&Value { fields: Some(fields.sealed()), path: a.path.clone(), ..Value::default() });
                }
                let path = a.path.clone();
                let out = self.concatenated(&[a, b], span);
                if path.is_some() && self.is_text_path(path.as_deref()) { out.with_path(path) } else { out }
            }
            // Also Python's formatting: the text is in front, the data behind.
            BinaryOp::Rem => {
                let prefix = a.single_str().map(|s| s.split('%').next().unwrap_or("").to_string());
                let mut out = Value::default().with_path(a.path.clone());
                out.prefix = prefix.filter(|p| !p.is_empty()).map(|p| p.into());
                out.add_taints(&a.deep_taints());
                let mut taints = b.deep_taints();
                if out.prefix.is_some() {
                    self.behind_text(&mut taints);
                }
                out.add_taints(&taints);
                out
            }
            // `base / name` of path libraries.
            BinaryOp::Div if a.path.is_some() && !self.is_text_path(a.path.as_deref()) => {
                let mut out = Value::default().with_path(a.path.clone());
                out.add_taints(&a.deep_taints());
                out.add_taints(&b.deep_taints());
                out
            }
            // Other arithmetic gives numbers (or sets, for `|`).
            BinaryOp::BitOr if a.fields.is_some() || b.fields.is_some() => a.join(&b),
            _ => {
                let mut out = Value::default();
                out.add_taints(&a.own_taints().iter().filter(|_| op == BinaryOp::Mul).copied().collect::<Vec<_>>());
                out
            }
        }
    }

    /// A test for equality is a call of `operator.eq` or `operator.ne` to the models.
    fn comparison_sinks(&mut self, op: BinaryOp, left: (ExprId, &Value), right: (ExprId, &Value), span: Span) {
        let path = match op {
            BinaryOp::Eq => "operator.eq",
            BinaryOp::NotEq => "operator.ne",
            _ => return,
        };
        if left.1.taints.is_none() && right.1.taints.is_none() {
            return;
        }
        let args =
            [left, right].map(|(expr, value)| ArgValue { name: None, value: value.clone(), expr, spread: Spread::No });
        let site = Site { span, args: &args, receiver: None, callee: None, value: None };
        for entry in self.said_of(Asked::Call, path, false).iter() {
            if let Ref::Sink(i) = *entry {
                self.sink(i, &site, path);
            }
        }
    }

    pub fn is_text_path(&self, path: Option<&str>) -> bool {
        matches!(path, Some("str" | "bytes" | "string" | "int" | "float" | "number"))
    }

    fn eval_short_circuit(&mut self, op: BinaryOp, left: ExprId, right: ExprId, state: &mut State) -> Value {
        let a = self.eval(left, state);
        if op == BinaryOp::Nullish {
            let mut other = state.clone();
            let b = self.eval_settled(right, &mut other);
            let joined = self.join(state.clone(), other);
            let a = self.settle(state, a);
            *state = joined;
            return a.join(&b);
        }
        let is_and = op == BinaryOp::And;
        let certain = a.certain_truth();
        if certain == Some(!is_and) {
            return a;
        }
        let mut second = state.clone();
        self.assume(&a, is_and, &mut second);
        let b = self.eval_settled(right, &mut second);
        let truth = combine_truth(is_and, a.truth.as_deref(), b.truth.as_deref());
        let mut first = state.clone();
        self.assume(&a, !is_and, &mut first);
        let kept = self.settle(&first, a.clone());
        *state = if certain == Some(is_and) { second } else { self.join(first, second) };
        let mut out = match (is_and, certain) {
            (_, Some(_)) => b,
            // The left value goes on only where it is falsy; then it is no data that could do harm.
            (true, None) => Value { open: true, ..b },
            (false, None) => Value { truth: None, ..kept }.join(&Value { truth: None, ..b }),
        };
        out.truth = truth;
        out
    }

    fn eval_unary(&mut self, op: UnaryOp, operand: ExprId, span: Span, state: &mut State) -> Value {
        let value = self.eval(operand, state);
        let constants = fold::unary(op, &value, span);
        let truth = match (op, &value.truth) {
            (UnaryOp::Not, Some(truth)) => {
                Some(Rc::new(Truth { when_true: truth.when_false.clone(), when_false: truth.when_true.clone() }))
            }
            _ => None,
        };
        let mut out = Value { constants, truth, ..Value::default() };
        if op == UnaryOp::TypeOf {
            // A type's name is harmless, but says whose type it is.
            let harmless = value.deep_taints().into_iter().map(|t| Taint { cleared: u64::MAX, ..t }).collect();
            out = out.with_taints(harmless);
        }
        out
    }

    fn eval_collection(&mut self, kind: CollectionKind, entries: &[Entry], state: &mut State) -> Value {
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
        // A set of known constants is a closed table too.
        if kind == CollectionKind::Set && entries.iter().all(|e| !e.spread) && fields.rest.is_constant() {
            fields.closed = true;
            fields.known.insert("0".into(), std::mem::take(&mut fields.rest));
        }
        let path = super::call::collection_path(self.file.language, kind);
        Value { fields: Some(fields.sealed()), path, ..Value::default() }
    }

    fn spread_into(&mut self, fields: &mut Fields, value: &Value, keyed: bool) {
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

    fn eval_comprehension(
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
        let path = super::call::collection_path(self.file.language, kind);
        Value { fields: Some(fields.sealed()), path, ..Value::default() }
    }

    fn eval_jsx(
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

    /// Evaluates a condition and gives the states in which it holds and does not.
    pub fn branch(&mut self, test: ExprId, mut state: State) -> (State, State) {
        let file = self.file;
        match &file.expr(test).kind {
            ExprKind::Unary { op: UnaryOp::Not, operand } => {
                let (yes, no) = self.branch(*operand, state);
                (no, yes)
            }
            ExprKind::Binary { op: BinaryOp::And, left, right } => {
                let (yes, no) = self.branch(*left, state);
                let (both, second_no) = self.branch(*right, yes);
                (both, self.join(no, second_no))
            }
            ExprKind::Binary { op: BinaryOp::Or, left, right } => {
                let (yes, no) = self.branch(*left, state);
                let (second_yes, neither) = self.branch(*right, no);
                (self.join(yes, second_yes), neither)
            }
            _ => {
                let value = self.eval(test, &mut state);
                let mut no = state.clone();
                self.assume(&value, true, &mut state);
                self.assume(&value, false, &mut no);
                (state, no)
            }
        }
    }

    /// What follows from a condition's having had an outcome.
    pub fn assume(&mut self, condition: &Value, outcome: bool, state: &mut State) {
        if state.is_dead() {
            return;
        }
        if condition.certain_truth() == Some(!outcome) {
            state.kill();
            return;
        }
        if let Some(truth) = &condition.truth {
            let clears = if outcome { &truth.when_true } else { &truth.when_false };
            clears.iter().for_each(|c| state.clear(*c));
        }
    }

    fn comparison_truth(
        &mut self,
        op: BinaryOp,
        (left, a): (ExprId, &Value),
        (right, b): (ExprId, &Value),
        span: Span,
    ) -> Option<Rc<Truth>> {
        let all = u64::MAX;
        let (clears, when_true) = match op {
            BinaryOp::Eq | BinaryOp::NotEq => {
                let clears = self.equality_clears((left, a), (right, b), span);
                (clears, op == BinaryOp::Eq)
            }
            BinaryOp::In | BinaryOp::NotIn => {
                // A constant inside data: what it is absent from is safe where that constant is what does the harm.
                if let Some(word) = a.single_str().cloned() {
                    let kinds = self.kinds_harmed_by(&word);
                    let clears = self.clears(&b.deep_taints(), kinds, span, "a test for a dangerous character");
                    (clears, op == BinaryOp::NotIn)
                } else if b.deep_taints().is_empty() && !self.is_text_path(b.path.as_deref()) {
                    (self.clears(&a.deep_taints(), all, span, "an allow-list"), op == BinaryOp::In)
                } else {
                    return None;
                }
            }
            BinaryOp::Lt | BinaryOp::LtEq | BinaryOp::Gt | BinaryOp::GtEq => {
                // The data is below the limit where it stands on the smaller side.
                let (data, on_left) = if b.is_constant() {
                    (a, true)
                } else if a.is_constant() {
                    (b, false)
                } else {
                    return None;
                };
                let smaller_left = matches!(op, BinaryOp::Lt | BinaryOp::LtEq);
                let clears = self.clears(&data.deep_taints(), self.limited_kinds(), span, "an upper limit");
                (clears, on_left == smaller_left)
            }
            _ => return None,
        };
        truth_of(clears, when_true)
    }

    /// The kinds for which an upper limit makes data safe.
    fn limited_kinds(&self) -> u64 {
        let kinds = self.library.set().kinds.iter().enumerate();
        kinds.filter(|(_, k)| k.limited).fold(0, |set, (i, _)| set | 1 << i)
    }

    fn equality_clears(&mut self, (left, a): (ExprId, &Value), (right, b): (ExprId, &Value), span: Span) -> Vec<Clear> {
        for (expr, other) in [(left, b), (right, a)] {
            let typed = if expr == left { a } else { b };
            if let (ExprKind::Unary { op: UnaryOp::TypeOf, .. }, Some(ty)) =
                (&self.file.expr(expr).kind, other.single_str())
            {
                let kinds = match &**ty {
                    "number" | "boolean" | "bigint" | "undefined" => u64::MAX,
                    "string" => self.library.kind_bit("type-confusion") | self.library.kind_bit("nosql"),
                    _ => 0,
                };
                return self.clears(typed.own_taints(), kinds, span, "a type check");
            }
        }
        for (value, other) in [(a, b), (b, a)] {
            if other.is_constant() && !value.is_constant() {
                return self.clears(&value.deep_taints(), u64::MAX, span, "a comparison with a constant");
            }
        }
        Vec::new()
    }

    /// Clears for the origins of taints, noted as a fact.
    pub fn clears(&mut self, taints: &[Taint], kinds: u64, span: Span, by: &str) -> Vec<Clear> {
        if kinds == 0 || taints.is_empty() {
            return Vec::new();
        }
        self.note_clear(span, by, kinds);
        taints.iter().map(|t| Clear { origin: t.origin, kinds }).collect()
    }

    /// The kinds in which nothing but a word does harm.
    fn kinds_harmed_by(&self, word: &str) -> u64 {
        let mut kinds = 0;
        for (i, kind) in self.library.set().kinds.iter().enumerate() {
            if kind.dangerous.is_none() && kind.dangerous_words.iter().any(|w| w == word) {
                kinds |= 1 << i;
            }
        }
        kinds
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

fn combine_truth(is_and: bool, a: Option<&Truth>, b: Option<&Truth>) -> Option<Rc<Truth>> {
    let (a, b) = (a.cloned().unwrap_or_default(), b.cloned().unwrap_or_default());
    let both = |x: Vec<Clear>, y: Vec<Clear>| x.into_iter().chain(y).collect::<Vec<_>>();
    let truth = if is_and {
        Truth { when_true: both(a.when_true, b.when_true), when_false: common(&a.when_false, &b.when_false) }
    } else {
        Truth { when_true: common(&a.when_true, &b.when_true), when_false: both(a.when_false, b.when_false) }
    };
    (truth != Truth::default()).then(|| Rc::new(truth))
}

/// What both clear.
pub fn common(a: &[Clear], b: &[Clear]) -> Vec<Clear> {
    a.iter()
        .filter_map(|x| {
            let kinds = b.iter().filter(|y| y.origin == x.origin).fold(0, |k, y| k | (x.kinds & y.kinds));
            (kinds != 0).then_some(Clear { origin: x.origin, kinds })
        })
        .collect()
}

/// A text for a message: one line, not too long.
pub fn shorten(text: &str) -> String {
    let line: String = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(60) {
        Some((i, _)) => format!("{}…", &line[..i]),
        None => line,
    }
}
