//! What two values have in common: what is known of a value that is one or the other.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::{Clear, Constant, Fields, MAX_CONSTANTS, Taint, Truth, Value};
use crate::syntax::hir::FunctionId;

impl Value {
    /// The least value that is both.
    pub fn join(&self, other: &Value) -> Value {
        if self == other {
            return self.clone();
        }
        let mut out = Value { path: self.path.clone().or_else(|| other.path.clone()), ..Value::default() };
        out.taints = join_taints(&self.taints, &other.taints);
        (out.constants, out.open) = join_constants(self, other);
        out.prefix = if self.prefix == other.prefix { self.prefix.clone() } else { None };
        out.fields = match (&self.fields, &other.fields) {
            (Some(a), Some(b)) if Rc::ptr_eq(a, b) => Some(a.clone()),
            (Some(a), Some(b)) => Some(a.join(b).sealed()),
            (Some(a), None) | (None, Some(a)) => Some(Rc::new(Fields { closed: false, ..(**a).clone() })),
            (None, None) => None,
        };
        out.callables = match (&self.callables, &other.callables) {
            (Some(a), Some(b)) => {
                let mut all: Vec<FunctionId> = a.iter().chain(b.iter()).copied().collect();
                all.sort_unstable();
                all.dedup();
                all.truncate(4);
                Some(Rc::new(all))
            }
            (a, b) => a.clone().or_else(|| b.clone()),
        };
        out.truth = if self.truth == other.truth { self.truth.clone() } else { self.joined_truth(other) };
        out
    }

    /// What the truth of either of two values says: one that cannot be true says nothing of what holds when it is.
    fn joined_truth(&self, other: &Value) -> Option<Rc<Truth>> {
        let (a, b) =
            (self.truth.as_deref().cloned().unwrap_or_default(), other.truth.as_deref().cloned().unwrap_or_default());
        let said = |outcome: bool, a: &[Clear], b: &[Clear]| match (self.certain_truth(), other.certain_truth()) {
            (Some(own), _) if own != outcome => b.to_vec(),
            (_, Some(own)) if own != outcome => a.to_vec(),
            _ => common(a, b),
        };
        let truth = Truth {
            when_true: said(true, &a.when_true, &b.when_true),
            when_false: said(false, &a.when_false, &b.when_false),
        };
        (truth != Truth::default()).then(|| Rc::new(truth))
    }
}

impl Fields {
    pub(super) fn join(&self, other: &Fields) -> Fields {
        let ordered = self.ordered || other.ordered;
        if ordered && (self.known.len() != other.known.len() || self.closed != other.closed) {
            return self.join_lists(other);
        }
        let mut known = BTreeMap::new();
        for key in self.known.keys().chain(other.known.keys()) {
            if known.contains_key(key) {
                continue;
            }
            let (a, b) = (self.known.get(key), other.known.get(key));
            let joined = match (a, b) {
                (Some(a), Some(b)) => a.join(b),
                (Some(one), None) | (None, Some(one)) => Value { open: true, ..one.clone() },
                (None, None) => continue,
            };
            known.insert(key.clone(), joined);
        }
        let rest = self.rest.join(&other.rest);
        Fields { known, rest, closed: self.closed && other.closed, ordered, ..Fields::default() }
    }

    /// Of lists of different lengths only the positions that both have are certain.
    fn join_lists(&self, other: &Fields) -> Fields {
        let mut joined = Fields { ordered: true, ..Fields::default() };
        if self.ordered && other.ordered {
            for at in 0.. {
                let key: Rc<str> = at.to_string().into();
                let (Some(a), Some(b)) = (self.known.get(&key), other.known.get(&key)) else { break };
                joined.known.insert(key, a.join(b));
            }
        }
        for list in [self, other] {
            let behind = list.known.iter().filter(|(key, _)| !joined.known.contains_key(*key)).map(|(_, v)| v);
            for value in behind.chain([&list.rest]).filter(|v| **v != Value::default()) {
                joined.rest = if joined.rest == Value::default() { value.clone() } else { joined.rest.join(value) };
            }
        }
        joined
    }
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

/// Sorts by origin; of equal origins, what is cleared in all remains cleared and the first way is kept.
pub fn normalise(taints: &mut Vec<Taint>) {
    taints.sort_by_key(|t| (t.origin, t.step));
    taints.dedup_by(|b, a| {
        let same = a.origin == b.origin;
        if same {
            a.cleared &= b.cleared;
        }
        same
    });
}

fn join_taints(a: &Option<Rc<Vec<Taint>>>, b: &Option<Rc<Vec<Taint>>>) -> Option<Rc<Vec<Taint>>> {
    match (a, b) {
        (Some(x), Some(y)) if Rc::ptr_eq(x, y) => Some(x.clone()),
        (Some(x), Some(y)) => {
            let mut all: Vec<Taint> = x.iter().chain(y.iter()).copied().collect();
            normalise(&mut all);
            Some(Rc::new(all))
        }
        (one, None) | (None, one) => one.clone(),
    }
}

fn join_constants(a: &Value, b: &Value) -> (Option<Rc<Vec<Constant>>>, bool) {
    match (&a.constants, &b.constants) {
        (Some(x), Some(y)) => {
            let mut all: Vec<Constant> = (**x).clone();
            for constant in y.iter() {
                if !all.iter().any(|c| c.value == constant.value) {
                    all.push(constant.clone());
                }
            }
            if all.len() > MAX_CONSTANTS { (None, false) } else { (Some(Rc::new(all)), a.open || b.open) }
        }
        (Some(one), None) | (None, Some(one)) => (Some(one.clone()), true),
        (None, None) => (None, false),
    }
}
