//! Operators: sums of texts and lists, comparisons, arithmetic.

use std::rc::Rc;

use super::engine::Engine;
use super::fold;
use super::literals::literal_path;
use super::state::State;
use super::value::{Fields, Taint, Value};
use crate::syntax::hir::*;

/// The type of texts that name a folder and end in no separator.
const FOLDER: &str = "str#folder";

impl Engine<'_> {
    pub fn eval_binary(&mut self, op: BinaryOp, left: ExprId, right: ExprId, span: Span, state: &mut State) -> Value {
        use BinaryOp::*;
        if matches!(op, And | Or | Nullish) {
            return self.eval_short_circuit(op, left, right, state);
        }
        let a = self.eval(left, state);
        let b = self.eval(right, state);
        let folded = fold::binary(op, &a, &b, span);
        if matches!(op, Eq | NotEq | Lt | LtEq | Gt | GtEq | In | NotIn | InstanceOf) {
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
            if op == Add {
                self.keep_secrets(&mut out, &a, &b);
            }
            return out;
        }
        match op {
            Add => self.sum((left, a), (right, b), span),
            Rem => self.formatted_or_rest(&a, &b),
            // `base / name` of path libraries.
            Div if a.path.is_some() && !self.is_text_path(a.path.as_deref()) => {
                let mut out = Value::default().with_path(a.path.clone());
                out.add_taints(&a.deep_taints());
                out.add_taints(&b.deep_taints());
                out
            }
            // Other arithmetic gives numbers (or sets, for `|`).
            BitOr if a.fields.is_some() || b.fields.is_some() => a.join(&b),
            _ => {
                let mut out = Value::default();
                out.add_taints(&a.own_taints().iter().filter(|_| op == Mul).copied().collect::<Vec<_>>());
                out
            }
        }
    }

    /// A constant can be a secret, which it stays inside another text.
    fn keep_secrets(&self, out: &mut Value, a: &Value, b: &Value) {
        let secrets = [self.library.label("password"), self.library.label("secret")];
        let is_secret = |t: &&Taint| self.label_of(t).is_some_and(|label| secrets.contains(&Some(label)));
        let kept: Vec<Taint> = a.own_taints().iter().chain(b.own_taints()).filter(is_secret).copied().collect();
        kept.iter().for_each(|taint| out.add_taints(&[*taint]));
    }

    /// A list with another behind it, or texts put together.
    fn sum(&mut self, (left, a): (ExprId, Value), (right, b): (ExprId, Value), span: Span) -> Value {
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

    /// `a % b`, also as Python's formatting: the text is in front, the data behind.
    fn formatted_or_rest(&self, a: &Value, b: &Value) -> Value {
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
}
