//! Conditions: what their outcomes say about data.

use std::rc::Rc;

use super::call::truth_of;
use super::characters::letter;
use super::engine::Engine;
use super::lookup::{ArgValue, Site};
use super::state::State;
use super::trace::OriginKind;
use super::value::{Clear, Const, OriginId, Taint, Truth, Value, common};
use crate::rules::index::Asked;
use crate::rules::index::Ref;
use crate::syntax::hir::*;

/// The most characters of a call whose result is a position that means something.
const MAX_COMPARED: u32 = 160;
/// The parts of an address that say which host it leads to.
const HOST_PARTS: &[&str] = &["hostname", "netloc", "host", "origin", "Host"];

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
        if let Some(truth) = outcome_compared(op, a, b) {
            return Some(truth);
        }
        let (clears, when_true) = match op {
            BinaryOp::Eq | BinaryOp::NotEq => {
                let clears = self.equality_clears((left, a), (right, b), span);
                let mut same = clears;
                let (equal, mut apart) = self.part_clears(a, b, span);
                same.extend(equal);
                apart.extend(self.is_none_of(a, std::slice::from_ref(b), span));
                apart.extend(self.is_none_of(b, std::slice::from_ref(a), span));
                if !apart.is_empty() {
                    let (when_true, when_false) = if op == BinaryOp::Eq { (same, apart) } else { (apart, same) };
                    return Some(Rc::new(Truth { when_true, when_false }));
                }
                (same, op == BinaryOp::Eq)
            }
            BinaryOp::In | BinaryOp::NotIn => {
                // A constant inside data: what it is absent from is safe where that constant is what does the harm.
                if let Some(word) = a.single_str().cloned() {
                    let kinds = self.kinds_harmed_by(&word);
                    let clears = self.clears(&b.deep_taints(), kinds, span, "a test for a dangerous character");
                    (clears, op == BinaryOp::NotIn)
                } else if let Some(truth) = self.containment_truth((left, a), (right, b), span) {
                    return Some(if op == BinaryOp::In { truth } else { Rc::new(truth.negated()) });
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

    /// A test for containment is a call of `operator.contains` to the models.
    fn containment_truth(
        &mut self,
        item: (ExprId, &Value),
        container: (ExprId, &Value),
        span: Span,
    ) -> Option<Rc<Truth>> {
        container.1.taints.as_ref()?;
        let refs = self.said_of(Asked::Call, "operator.contains", false);
        let args = [container, item].map(|(expr, value)| ArgValue {
            name: None,
            value: value.clone(),
            expr,
            spread: Spread::No,
        });
        let site = Site { span, args: &args, receiver: None, owner: None, callee: None, value: None };
        let mut result = Value::default();
        self.guards(&refs, &site, &mut result, &mut State::default());
        result.truth
    }

    /// `text.indexOf(word) === 0` and `list.indexOf(word) < 0` ask what `startsWith` and `includes` ask.
    pub fn position_truth(
        &mut self,
        op: BinaryOp,
        (left, a): (ExprId, &Value),
        (right, b): (ExprId, &Value),
        state: &State,
    ) -> Option<Rc<Truth>> {
        use BinaryOp::*;
        let number = |v: &Value| match v.single() {
            Some(Const::Int(n)) => Some(*n),
            _ => None,
        };
        let (call, at, op) = match (number(a), number(b)) {
            (None, Some(n)) => (left, n, op),
            (Some(n), None) => (right, n, mirrored(op)),
            _ => return None,
        };
        let (at_start, wanted) = match (op, at) {
            (Eq, 0) => (true, true),
            (NotEq | Gt, 0) => (true, false),
            (Eq, -1) | (Lt, 0) | (LtEq, -1) => (false, false),
            (NotEq, -1) | (GtEq, 0) | (Gt, -1) => (false, true),
            _ => return None,
        };
        let truth = self.found_at(call, at_start, &mut state.clone())?;
        Some(if wanted { truth } else { Rc::new(truth.negated()) })
    }

    /// What follows from a text's being found by a call that gives its position: somewhere, or at the start.
    fn found_at(&mut self, call: ExprId, at_start: bool, state: &mut State) -> Option<Rc<Truth>> {
        let file = self.file;
        let ExprKind::Call { callee, args, .. } = &file.expr(call).kind else { return None };
        let ExprKind::Member { object, name, .. } = file.expr(*callee).kind else { return None };
        // Both sides are looked at again, which a comparison inside a comparison would multiply.
        let span = file.expr(call).span;
        if span.end - span.start >= MAX_COMPARED {
            return None;
        }
        let same = match (file.language.base(), file.text(name)) {
            (Language::JavaScript, "indexOf") => ["includes", "startsWith"],
            (Language::Java, "indexOf") => ["contains", "startsWith"],
            (Language::Go, "Index") => ["Contains", "HasPrefix"],
            (Language::Python, "find") => ["__contains__", "startswith"],
            _ => return None,
        };
        let receiver = self.eval_settled(object, state);
        let name = same.get(usize::from(at_start))?;
        let path = self.member_path(&receiver, name).map_or_else(|| format!("?.{name}"), |p| p.to_string());
        let value = |this: &mut Self, a: &Arg, state: &mut State| ArgValue {
            name: a.name,
            value: this.eval_settled(a.value, state),
            expr: a.value,
            spread: a.spread,
        };
        let args: Vec<ArgValue> = args.iter().map(|a| value(self, a, state)).collect();
        let refs = self.said_of(Asked::Call, &path, self.shape_allowed(receiver.path.as_deref()));
        let of = Some((&receiver, object));
        let site = Site { span, args: &args, receiver: of, owner: None, callee: None, value: None };
        let mut result = Value::default();
        self.guards(&refs, &site, &mut result, state);
        result.truth
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
        for (expr, value, other) in [(left, a, b), (right, b, a)] {
            // That a test gave `true` says nothing by itself of what was tested.
            let outcome = other.single().is_some_and(|c| matches!(c, Const::Bool(_)));
            if other.is_constant() && !value.is_constant() && !outcome {
                return self.clears(&value.deep_taints(), u64::MAX, span, "a comparison with a constant");
            }
            // A resolved path that is one of the program's own is that one.
            let resolved = self.library.kind_bit("path-normalised");
            let mut paths = value.deep_taints();
            paths.retain(|t| t.cleared & resolved != 0);
            let whole = matches!(self.file.expr(expr).kind, ExprKind::Name(_) | ExprKind::Member { .. });
            if whole && !paths.is_empty() && other.path.is_some() && other.deep_taints().is_empty() {
                let kinds = self.library.kind_bit("path") | self.library.kind_bit("folder");
                return self.clears(&paths, kinds, span, "a comparison with a path of the program's own");
            }
        }
        Vec::new()
    }

    /// What a comparison with a constant says of the whole when the data is but a part of it, or when they differ: a name that is
    /// not `..` is not the folder above, and the first two characters of an address tell whether it stays on the site.
    fn part_clears(&mut self, a: &Value, b: &Value, span: Span) -> (Vec<Clear>, Vec<Clear>) {
        let (mut equal, mut apart) = (Vec::new(), Vec::new());
        for (value, other) in [(a, b), (b, a)] {
            let Some(constant) = other.single().filter(|_| !value.is_constant()) else { continue };
            let taints = value.deep_taints();
            if constant.as_str().is_some_and(|s| &**s == "..") {
                let kinds = self.library.kind_bit("path-dots");
                apart.extend(self.clears(&taints, kinds, span, "a test for the folder above"));
            }
            let Some(character) = letter(constant) else { continue };
            for taint in taints {
                let Some(OriginKind::Part { of, key }) = self.origins.get(taint.origin.0 as usize).map(|o| &o.kind)
                else {
                    continue;
                };
                let kind = match (&**key, character) {
                    ("0", '/') => "redirect-rooted",
                    ("1", '/') => "redirect-slashes",
                    ("1", '\\') => "redirect-backslash",
                    _ => continue,
                };
                let clear = Clear { origin: *of, kinds: self.library.kind_bit(kind) };
                if kind == "redirect-rooted" { equal.push(clear) } else { apart.push(clear) }
            }
        }
        (equal, apart)
    }

    /// Clears for the origins of taints, noted as a fact.
    pub fn clears(&mut self, taints: &[Taint], kinds: u64, span: Span, by: &str) -> Vec<Clear> {
        if kinds == 0 || taints.is_empty() {
            return Vec::new();
        }
        self.note_clear(span, by, kinds);
        // A file's name is as good as its ending, which is a part of it.
        let of_endings = kinds & (self.library.kind_bit("upload") | self.library.kind_bit("path-dots"));
        let of_paths = kinds & self.library.kind_bit("path");
        let of_hosts = kinds & (self.library.kind_bit("request") | self.library.kind_bit("redirect"));
        let mut out: Vec<Clear> = Vec::new();
        for taint in taints {
            out.push(Clear { origin: taint.origin, kinds });
            // Nothing but its host decides where an address leads.
            if let (true, Some(address)) = (of_hosts != 0, self.whole_of(taint.origin, HOST_PARTS)) {
                out.push(Clear { origin: address, kinds: of_hosts });
            }
            // Nor does anything but the folders that it lies in decide where a path leads.
            if let (true, Some(path)) = (of_paths != 0, self.whole_of(taint.origin, &["parents"])) {
                out.push(Clear { origin: path, kinds: of_paths });
            }
            let whole = self.root(taint.origin);
            if of_endings != 0 && whole != taint.origin {
                out.push(Clear { origin: whole, kinds: of_endings });
            }
        }
        out
    }

    /// What some data is one of these parts of.
    fn whole_of(&self, origin: OriginId, parts: &[&str]) -> Option<OriginId> {
        match &self.origins.get(origin.0 as usize)?.kind {
            OriginKind::Part { of, key } if parts.contains(&&**key) => Some(*of),
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

/// What a test whose outcome is compared with `true`, `false` or nothing says: `valid(x) == False`, `match(x) is None`.
fn outcome_compared(op: BinaryOp, a: &Value, b: &Value) -> Option<Rc<Truth>> {
    if !matches!(op, BinaryOp::Eq | BinaryOp::NotEq) {
        return None;
    }
    let (truth, constant) = match (&a.truth, &b.truth) {
        (Some(truth), None) => (truth, b.single()?),
        (None, Some(truth)) => (truth, a.single()?),
        _ => return None,
    };
    let passed = match constant {
        Const::Bool(outcome) => *outcome,
        Const::Null => false,
        _ => return None,
    };
    Some(if passed == (op == BinaryOp::Eq) { truth.clone() } else { Rc::new(truth.negated()) })
}

/// The comparison with its sides changed.
fn mirrored(op: BinaryOp) -> BinaryOp {
    match op {
        BinaryOp::Lt => BinaryOp::Gt,
        BinaryOp::LtEq => BinaryOp::GtEq,
        BinaryOp::Gt => BinaryOp::Lt,
        BinaryOp::GtEq => BinaryOp::LtEq,
        other => other,
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
