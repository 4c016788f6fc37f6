//! Conditions: what their outcomes say about data.

use std::rc::Rc;

use super::call::truth_of;
use super::engine::{Engine, OriginKind};
use super::lookup::{ArgValue, Asked, Site};
use super::state::State;
use super::value::{Clear, Const, OriginId, Taint, Truth, Value};
use crate::rules::index::Ref;
use crate::syntax::hir::*;

impl Engine<'_> {
    /// A test for equality is a call of `operator.eq` or `operator.ne` to the models.
    pub fn comparison_sinks(&mut self, op: BinaryOp, left: (ExprId, &Value), right: (ExprId, &Value), span: Span) {
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
        let site = Site { span, args: &args, receiver: None, owner: None, callee: None, value: None };
        for entry in self.said_of(Asked::Call, path, false).iter() {
            if let Ref::Sink(i) = *entry {
                self.sink(i, &site, path);
            }
        }
    }

    pub fn eval_short_circuit(&mut self, op: BinaryOp, left: ExprId, right: ExprId, state: &mut State) -> Value {
        let a = self.eval(left, state);
        if op == BinaryOp::Nullish {
            let nulls = a.constants().iter().filter(|c| c.value == Const::Null).count();
            if a.is_constant() && nulls == 0 {
                return a;
            }
            if a.is_constant() && nulls == a.constants().len() {
                return self.eval(right, state);
            }
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

    pub fn comparison_truth(
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
                let mut others = self.is_none_of(a, std::slice::from_ref(b), span);
                others.extend(self.is_none_of(b, std::slice::from_ref(a), span));
                if !others.is_empty() {
                    let (when_true, when_false) = if op == BinaryOp::Eq { (clears, others) } else { (others, clears) };
                    return Some(Rc::new(Truth { when_true, when_false }));
                }
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
                if let Some(truth) = self.range_truth(op, a, b, span) {
                    return Some(truth);
                }
                // The data is below the limit where it stands on the smaller side.
                let (data, on_left) = if b.is_constant() || is_limit(b) {
                    (a, true)
                } else if a.is_constant() || is_limit(a) {
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
    pub fn limited_kinds(&self) -> u64 {
        let kinds = self.library.set().kinds.iter().enumerate();
        kinds.filter(|(_, k)| k.limited).fold(0, |set, (i, _)| set | 1 << i)
    }

    pub fn equality_clears(
        &mut self,
        (left, a): (ExprId, &Value),
        (right, b): (ExprId, &Value),
        span: Span,
    ) -> Vec<Clear> {
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
        // A file's name is as good as its ending, which is a part of it.
        let of_endings = kinds & self.library.kind_bit("upload");
        let of_hosts = kinds & (self.library.kind_bit("request") | self.library.kind_bit("redirect"));
        let mut out: Vec<Clear> = Vec::new();
        for taint in taints {
            out.push(Clear { origin: taint.origin, kinds });
            // Nothing but its host decides where an address leads.
            if let (true, Some(address)) = (of_hosts != 0, self.address_of_host(taint.origin)) {
                out.push(Clear { origin: address, kinds: of_hosts });
            }
            let whole = self.root(taint.origin);
            if of_endings != 0 && whole != taint.origin {
                out.push(Clear { origin: whole, kinds: of_endings });
            }
        }
        out
    }

    /// The address that some data is the host of.
    fn address_of_host(&self, origin: OriginId) -> Option<OriginId> {
        match &self.origins.get(origin.0 as usize)?.kind {
            OriginKind::Part { of, key } if matches!(&**key, "hostname" | "netloc" | "host" | "origin") => Some(*of),
            _ => None,
        }
    }

    /// The kinds in which nothing but a word does harm.
    pub fn kinds_harmed_by(&self, word: &str) -> u64 {
        let mut kinds = 0;
        for (i, kind) in self.library.set().kinds.iter().enumerate() {
            if kind.dangerous.is_none() && kind.dangerous_words.iter().any(|w| w == word) {
                kinds |= 1 << i;
            }
        }
        kinds
    }
}

/// Whether a value is the largest number of a type.
fn is_limit(value: &Value) -> bool {
    value.path.as_deref().is_some_and(|p| p.starts_with("math.Max"))
}

pub fn combine_truth(is_and: bool, a: Option<&Truth>, b: Option<&Truth>) -> Option<Rc<Truth>> {
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
