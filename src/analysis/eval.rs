//! Expressions: what their values are, and what evaluating them does to the state.

use std::rc::Rc;

use super::engine::Engine;
use super::fold;
use super::literals::{collection_path, is_number_type, literal_path};
use super::lookup::{ArgValue, Site};
use super::operations::as_index;
use super::state::State;
use super::value::{Const, Fields, MAX_KEYS, Taint, Value};
use crate::rules::index::{Asked, Ref};
use crate::syntax::hir::*;

/// The type of texts that name a folder and end in no separator.
const FOLDER: &str = "os.path.Folder";

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
                let bounds: Vec<(ExprId, Value)> = bounds.iter().map(|b| (*b, self.eval(*b, state))).collect();
                let beginning = match &bounds[..] {
                    [(bound, at)] => self.known_beginning(id, (*object, &value), (*bound, at)),
                    _ => None,
                };
                if let Some(part) = beginning.or_else(|| self.cut_out(&value, *object, &bounds)) {
                    return part;
                }
                // Elements of a slice stand at other positions.
                let fields = value.fields.map(|f| if f.ordered { f.mixed().sealed() } else { f });
                Value { constants: None, prefix: None, truth: None, fields, ..value }
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
                self.conversion_sinks(*operand, &value, *ty, expr.span);
                self.cast(value, *ty)
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

    /// A conversion to a number's type is a call of the type to the models.
    fn conversion_sinks(&mut self, operand: ExprId, value: &Value, ty: Option<ExprId>, span: Span) {
        if self.file.language != Language::Go || value.taints.is_none() {
            return;
        }
        let Some(path) = ty.and_then(|t| self.static_path(t)).filter(|p| is_number_type(p)) else { return };
        let args = [ArgValue { name: None, value: value.clone(), expr: operand, spread: Spread::No }];
        let site = Site { span, args: &args, receiver: None, owner: None, callee: None, value: None };
        let refs = self.said_of(Asked::Call, &path, false);
        self.sinks(&refs, &site, &path);
    }

    /// A value as another type. Where a cast converts, the type is what the value has afterwards.
    pub fn cast(&mut self, value: Value, ty: Option<ExprId>) -> Value {
        if self.file.language != Language::Go {
            return self.as_cast(value, ty);
        }
        let Some(ty) = ty else { return value };
        let declared = self.declared(ty);
        let Some(path) = declared.path.clone() else { return value };
        // What is asserted to be a number is as harmless as what is converted to one.
        if is_number_type(&path) && value.taints.is_some() && value.path.as_deref() != Some(&*path) {
            let refs = self.said_of(Asked::Call, &path, false);
            let barrier = refs.iter().find_map(|r| match r {
                Ref::Barrier(i) => self.index.models.barriers.get(*i as usize).map(|b| b.clears),
                _ => None,
            });
            let span = self.file.expr(ty).span;
            return self.cleared(value, barrier.unwrap_or_default(), span, "a number's type").with_path(Some(path));
        }
        // A text that is made of elements carries what they do.
        if self.is_text_path(declared.path.as_deref()) && value.fields.is_some() {
            let taints = value.deep_taints();
            return Value { path: declared.path, fields: None, ..value }.with_taints(taints);
        }
        let fields = match (&value.fields, declared.fields) {
            // The type says what further elements will be.
            (Some(own), Some(typed)) if own.rest == Value::default() => {
                Some(Fields { rest: typed.rest.clone(), ..(**own).clone() }.sealed())
            }
            (own, typed) => own.clone().or(typed),
        };
        Value { path: declared.path, fields, ..value }
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

    pub fn file_text_of(&self, id: ExprId) -> &'static str {
        // The name of what made data safe is for people; the last name of the callee says it best.
        let _ = id;
        "a property that cannot do harm"
    }

    /// A string put together from parts.
    pub fn concatenated(&mut self, parts: &[Value], span: Span) -> Value {
        let mut out = fold::concat(parts, span);
        let (mut behind_text, mut in_query) = (false, false);
        for part in parts {
            let mut taints = part.deep_taints();
            if behind_text {
                self.behind_text(&mut taints);
            }
            if in_query {
                self.in_query(&mut taints);
            }
            out.add_taints(&taints);
            behind_text |= part.single_str().is_none_or(|s| !s.is_empty());
            in_query |= part.single_str().is_some_and(|s| s.contains(['?', '#']));
        }
        let path = literal_path(self.file.language, &Literal::Str("".into()));
        self.ended(out, parts.last().and_then(Value::single_str)).with_path(path)
    }

    /// A text that ends in a constant, if it does: in front of some ends nothing does harm.
    fn ended(&self, text: Value, end: Option<&Rc<str>>) -> Value {
        let harmless = end.map_or(0, |end| self.harmless_before(end));
        if harmless == 0 || text.taints.is_none() {
            return text;
        }
        let taints = text.own_taints().iter().map(|t| t.safe_for(harmless)).collect();
        text.with_taints(taints)
    }

    /// The same for a text of which the last operand is an expression.
    pub fn ended_by(&self, text: Value, mut last: ExprId) -> Value {
        while let ExprKind::Binary { op: BinaryOp::Add, right, .. } = self.file.expr(last).kind {
            last = right;
        }
        let end = self.literal_str(last).map(Rc::from);
        self.ended(text, end.as_ref())
    }

    /// Text behind other text is no absolute path, and leads up from there if it led up before.
    pub fn behind_text(&self, taints: &mut [Taint]) {
        let (kinds, lost) = (self.library.kind_bit("path-relative"), self.library.kind_bit("path-normalised"));
        taints.iter_mut().for_each(|t| t.cleared = (t.cleared | kinds) & !lost);
    }

    /// What stands behind a `?` or `#` decides neither the host nor the path of an address.
    fn in_query(&self, taints: &mut [Taint]) {
        let kinds = self.library.kind_bit("redirect") | self.library.kind_bit("request");
        taints.iter_mut().for_each(|t| t.cleared |= kinds);
    }

    fn put_in_query(&self, value: Value) -> Value {
        let mut taints = value.deep_taints();
        self.in_query(&mut taints);
        Value { fields: None, ..value }.with_taints(taints)
    }

    /// Whether a literal with a `?` or `#` is among the operands of a sum.
    fn has_query(&self, mut sum: ExprId) -> bool {
        loop {
            let (left, literal) = match self.file.expr(sum).kind {
                ExprKind::Binary { op: BinaryOp::Add, left, right } => (Some(left), right),
                _ => (None, sum),
            };
            if self.literal_str(literal).is_some_and(|s| s.contains(['?', '#'])) {
                return true;
            }
            let Some(left) = left else { return false };
            sum = left;
        }
    }

    pub fn eval_binary(&mut self, op: BinaryOp, left: ExprId, right: ExprId, span: Span, state: &mut State) -> Value {
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
            let truth = match self.position_truth(op, (left, &a), (right, &b), state) {
                Some(truth) => Some(truth),
                None => self.comparison_truth(op, (left, &a), (right, &b), span),
            };
            return Value { constants: folded, truth, ..Value::default() };
        }
        if let Some(constants) = folded {
            let mut out = Value { constants: Some(constants), ..Value::default() }.with_path(a.path.clone());
            // A constant can be a secret, which it stays inside another text.
            if op == BinaryOp::Add {
                let secrets = [self.library.label("password"), self.library.label("secret")];
                let is_secret = |t: &&Taint| self.label_of(t).is_some_and(|label| secrets.contains(&Some(label)));
                let kept: Vec<Taint> = a.own_taints().iter().chain(b.own_taints()).filter(is_secret).copied().collect();
                kept.iter().for_each(|taint| out.add_taints(&[*taint]));
            }
            return out;
        }
        match op {
            BinaryOp::Add => {
                if let Some(list) = a.followed_by(&b) {
                    return list;
                }
                if a.fields.is_some() && b.fields.is_some() {
                    return a.join(&b);
                }
                // A list with something unknown behind it still begins as it does.
                if a.fields.is_some() && matches!(a.path.as_deref(), Some("list" | "tuple")) {
                    let fields = Fields { rest: b.element(), ..Fields::default() };
                    return a.join(&Value { fields: Some(fields.sealed()), path: a.path.clone(), ..Value::default() });
                }
                let path = a.path.clone();
                let (a, b) = (self.as_addend(a.clone(), &b), self.as_addend(b, &a));
                let b = if self.has_query(left) { self.put_in_query(b) } else { b };
                let out = self.concatenated(&[a, b], span);
                let out = self.ended_by(out, right);
                let typed = path.as_deref().is_some_and(|p| p != FOLDER) && self.is_text_path(path.as_deref());
                if typed { out.with_path(path) } else { out }
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

    pub fn is_text_path(&self, path: Option<&str>) -> bool {
        matches!(path, Some("str" | "bytes" | FOLDER | "string" | "java.lang.String" | "chars"))
            || path.is_some_and(super::literals::is_number_type)
    }

    pub fn eval_unary(&mut self, op: UnaryOp, operand: ExprId, span: Span, state: &mut State) -> Value {
        let value = self.eval(operand, state);
        let constants = fold::unary(op, &value, span);
        let truth = match (op, &value.truth) {
            (UnaryOp::Not, Some(truth)) => Some(Rc::new(truth.negated())),
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

/// A constant as a key of a collection.
pub fn const_key(value: &Const) -> Option<Rc<str>> {
    match value {
        Const::Str(s) => Some(s.clone()),
        Const::Int(i) => Some(i.to_string().into()),
        Const::Bool(b) => Some(b.to_string().into()),
        _ => None,
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
