//! Abstract values: what the engine knows of an expression's value.

use std::collections::BTreeMap;
use std::rc::Rc;

use crate::syntax::hir::{FunctionId, Span};

/// A qualified name, or the type of an instance; see `rules::schema` for how the two are one.
pub type Path = Rc<str>;

/// The most constants that one value is known to be one of; with more it counts as unknown.
pub const MAX_CONSTANTS: usize = 24;
/// The most keys of a collection that are told apart.
pub const MAX_KEYS: usize = 128;
/// The deepest nesting of collections that is looked into.
pub const MAX_NESTING: u32 = 4;
/// The most values that a collection is known to hold, at all depths together. A value that holds itself several times over
/// grows exponentially; beyond this, what is inside the contents is no longer told apart.
pub const MAX_CONTENTS: u32 = 4_000;

/// A constant.
#[derive(Debug, Clone, PartialEq)]
pub enum Const {
    /// None, null, undefined.
    Null,
    /// A boolean.
    Bool(bool),
    /// An integer.
    Int(i64),
    /// Another number.
    Float(f64),
    /// A string (or bytes).
    Str(Rc<str>),
    /// A regular expression literal.
    Regex {
        /// The pattern.
        pattern: Rc<str>,
        /// The flags.
        flags: Rc<str>,
    },
}

impl Const {
    /// Whether a condition on it holds. (Empty strings and zero are false in all our languages.)
    pub fn truthy(&self) -> bool {
        match self {
            Const::Null => false,
            Const::Bool(b) => *b,
            Const::Int(i) => *i != 0,
            Const::Float(f) => *f != 0.0,
            Const::Str(s) => !s.is_empty(),
            Const::Regex { .. } => true,
        }
    }

    /// The string, if it is one.
    pub fn as_str(&self) -> Option<&Rc<str>> {
        match self {
            Const::Str(s) => Some(s),
            _ => None,
        }
    }

    /// The number, if it is one.
    pub fn as_number(&self) -> Option<f64> {
        match self {
            Const::Int(i) => Some(*i as f64),
            Const::Float(f) => Some(*f),
            _ => None,
        }
    }
}

/// A constant with the literal that it comes from.
#[derive(Debug, Clone, PartialEq)]
pub struct Constant {
    /// The constant.
    pub value: Const,
    /// Where its literal stands.
    pub span: Span,
}

/// Where labelled data comes from; a number in the engine's table of origins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct OriginId(pub u32);

/// A step of a flow; a number in the engine's table of steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct StepId(pub u32);

/// That a value carries data of an origin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Taint {
    /// Where it comes from.
    pub origin: OriginId,
    /// The sink kinds that it has been made safe for.
    pub cleared: u64,
    /// The last step of its way here.
    pub step: StepId,
}

impl Taint {
    /// The same, made safe for further kinds.
    pub fn safe_for(self, kinds: u64) -> Taint {
        Taint { cleared: self.cleared | kinds, ..self }
    }
}

/// The known contents of a collection or object.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Fields {
    /// Values under constant keys and positions.
    pub known: BTreeMap<Rc<str>, Value>,
    /// What stands under all other keys.
    pub rest: Value,
    /// Whether there are no other keys.
    pub closed: bool,
    /// Whether the keys are the positions of a list that grows and shrinks.
    pub ordered: bool,
    /// How many values are inside, at all depths; kept by [`Fields::bound`].
    pub size: u32,
}

/// What follows from a value's being true or false, and from a call's having returned.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Truth {
    /// What is safe when the value is truthy.
    pub when_true: Vec<Clear>,
    /// What is safe when it is falsy.
    pub when_false: Vec<Clear>,
}

impl Truth {
    /// What follows from the opposite.
    pub fn negated(&self) -> Truth {
        Truth { when_true: self.when_false.clone(), when_false: self.when_true.clone() }
    }
}

/// That data of an origin is safe for some kinds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Clear {
    /// The data.
    pub origin: OriginId,
    /// The kinds.
    pub kinds: u64,
}

/// What is known of a value.
#[derive(Debug, Clone, Default)]
pub struct Value {
    /// The data that it carries, sorted by origin.
    pub taints: Option<Rc<Vec<Taint>>>,
    /// The constants that it can be.
    pub constants: Option<Rc<Vec<Constant>>>,
    /// Whether it can also be something that is not among `constants`.
    pub open: bool,
    /// The qualified name that it is, or the type that it is an instance of.
    pub path: Option<Path>,
    /// The constant beginning of a string whose rest is unknown.
    pub prefix: Option<Rc<str>>,
    /// Known contents.
    pub fields: Option<Rc<Fields>>,
    /// The functions of this file that it can be.
    pub callables: Option<Rc<Vec<FunctionId>>>,
    /// What its truth says about other data.
    pub truth: Option<Rc<Truth>>,
}

impl PartialEq for Value {
    /// Most values that are compared share their parts, which tells at once that these are equal.
    fn eq(&self, other: &Value) -> bool {
        self.open == other.open
            && same(&self.taints, &other.taints)
            && same(&self.constants, &other.constants)
            && self.path == other.path
            && self.prefix == other.prefix
            && same(&self.callables, &other.callables)
            && same(&self.truth, &other.truth)
            && same(&self.fields, &other.fields)
    }
}

fn same<T: PartialEq>(a: &Option<Rc<T>>, b: &Option<Rc<T>>) -> bool {
    match (a, b) {
        (Some(a), Some(b)) => Rc::ptr_eq(a, b) || a == b,
        (a, b) => a.is_none() && b.is_none(),
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

impl Value {
    /// A value of which nothing is known.
    pub fn unknown() -> Value {
        Value::default()
    }

    /// One constant.
    pub fn constant(value: Const, span: Span) -> Value {
        Value { constants: Some(Rc::new(vec![Constant { value, span }])), ..Value::default() }
    }

    /// Something with a qualified name or type.
    pub fn of_path(path: impl Into<Path>) -> Value {
        Value { path: Some(path.into()), ..Value::default() }
    }

    /// The same with a path.
    pub fn with_path(mut self, path: Option<Path>) -> Value {
        self.path = path;
        self
    }

    /// Its own data, contents left out.
    pub fn own_taints(&self) -> &[Taint] {
        self.taints.as_ref().map_or(&[], |t| t)
    }

    /// Its constants; empty when unknown.
    pub fn constants(&self) -> &[Constant] {
        self.constants.as_ref().map_or(&[], |c| c)
    }

    /// Its constant, when it is exactly one for certain.
    pub fn single(&self) -> Option<&Const> {
        match (self.open, self.constants()) {
            (false, [one]) => Some(&one.value),
            _ => None,
        }
    }

    /// Its constant string, when it is exactly one for certain.
    pub fn single_str(&self) -> Option<&Rc<str>> {
        self.single().and_then(Const::as_str)
    }

    /// Whether all its possible values are known constants.
    pub fn is_constant(&self) -> bool {
        !self.open && !self.constants().is_empty()
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

    /// Its truth, when that is certain.
    pub fn certain_truth(&self) -> Option<bool> {
        if self.is_constant() {
            let first = self.constants().first()?.value.truthy();
            return self.constants().iter().all(|c| c.value.truthy() == first).then_some(first);
        }
        None
    }

    /// Whether it can be true.
    pub fn may_be(&self, outcome: bool) -> bool {
        !self.is_constant() || self.constants().iter().any(|c| c.value.truthy() == outcome)
    }

    /// The same value with other taints.
    pub fn with_taints(mut self, taints: Vec<Taint>) -> Value {
        self.taints = (!taints.is_empty()).then(|| Rc::new(taints));
        self
    }

    /// Adds taints.
    pub fn add_taints(&mut self, more: &[Taint]) {
        if more.is_empty() {
            return;
        }
        match &mut self.taints {
            None => {
                let mut all = more.to_vec();
                normalise(&mut all);
                self.taints = Some(Rc::new(all));
            }
            Some(own) => {
                if more.iter().all(|t| own.contains(t)) {
                    return;
                }
                let own = Rc::make_mut(own);
                own.extend_from_slice(more);
                normalise(own);
            }
        }
    }

    /// All data that it or its contents carry, sorted by origin.
    pub fn deep_taints(&self) -> Vec<Taint> {
        let mut all = self.own_taints().to_vec();
        if self.fields.is_some() {
            self.collect(&mut all, MAX_NESTING);
            normalise(&mut all);
        }
        all
    }

    fn collect(&self, all: &mut Vec<Taint>, depth: u32) {
        let (Some(fields), true) = (&self.fields, depth > 0) else { return };
        for value in fields.known.values().chain([&fields.rest]) {
            all.extend_from_slice(value.own_taints());
            value.collect(all, depth - 1);
        }
    }

    /// The value under a constant key, if the contents tell.
    pub fn field(&self, key: &str) -> Option<Value> {
        let fields = self.fields.as_ref()?;
        match fields.known.get(key) {
            Some(value) => Some(value.clone()),
            None if fields.closed => None,
            None => (fields.rest != Value::default()).then(|| fields.rest.clone()),
        }
    }

    /// What any of its elements can be.
    pub fn element(&self) -> Value {
        let mut out = match &self.fields {
            Some(fields) => {
                let mut values = fields.known.values();
                let first = values.next().cloned();
                let joined = values.fold(first, |a, v| a.map(|a| a.join(v)));
                match joined {
                    Some(joined) if fields.closed => joined,
                    Some(joined) => joined.join(&fields.rest),
                    None => fields.rest.clone(),
                }
            }
            None => Value::default(),
        };
        out.add_taints(self.own_taints());
        out
    }

    /// The elements, where their positions and nothing else are known.
    pub fn numbered(&self) -> Option<Vec<Value>> {
        let fields = self.fields.as_ref().filter(|f| f.closed)?;
        (0..fields.known.len()).map(|i| fields.known.get(i.to_string().as_str()).cloned()).collect()
    }

    /// The list without its first `start` and last `end` elements; anything else as it is.
    pub fn without_first(&self, start: usize, end: usize) -> Value {
        let Some(fields) = self.fields.as_ref().filter(|f| f.ordered) else { return self.clone() };
        if !fields.closed {
            return Value { fields: Some(fields.mixed().sealed()), ..self.clone() };
        }
        let kept = start..fields.known.len().saturating_sub(end);
        let moved = kept.enumerate().filter_map(|(to, from)| {
            let value = fields.known.get(from.to_string().as_str())?;
            Some((to.to_string().into(), value.clone()))
        });
        let fields = Fields { known: moved.collect(), closed: true, ordered: true, ..Fields::default() };
        Value { fields: Some(fields.sealed()), ..self.clone() }
    }

    /// A list whose elements have known positions, with the elements of something else behind them.
    pub fn followed_by(&self, other: &Value) -> Option<Value> {
        let own = self.fields.as_ref().filter(|f| f.ordered && f.closed)?;
        let mut fields = (**own).clone();
        let count = own.known.len();
        match other.fields.as_ref().filter(|f| f.ordered && f.closed && count + f.known.len() < MAX_KEYS) {
            Some(more) => {
                for at in 0..more.known.len() {
                    let mut element = more.known.get(at.to_string().as_str())?.clone();
                    element.add_taints(other.own_taints());
                    fields.known.insert((count + at).to_string().into(), element);
                }
            }
            None => {
                fields.rest = other.element();
                fields.closed = false;
            }
        }
        let mut out = Value { fields: Some(fields.sealed()), path: self.path.clone(), ..Value::default() };
        out.add_taints(self.own_taints());
        Some(out)
    }

    /// Sets what stands under a path of keys (none: an element, added to what is there).
    pub fn set(&mut self, keys: &[Option<Rc<str>>], value: Value) {
        let Some((key, rest)) = keys.split_first() else {
            *self = value;
            return;
        };
        // What a part of is assigned to is no constant, even where it was made from one.
        (self.constants, self.prefix, self.open) = (None, None, false);
        let fields = Rc::make_mut(self.fields.get_or_insert_with(Rc::default));
        match key {
            Some(key) if fields.known.len() < MAX_KEYS || fields.known.contains_key(key) => {
                let slot = fields.known.entry(key.clone()).or_default();
                slot.set(rest, value);
            }
            _ => {
                let mut inner = fields.rest.clone();
                inner.set(rest, value);
                fields.rest = if fields.rest == Value::default() { inner } else { fields.rest.join(&inner) };
                fields.closed = false;
            }
        }
        fields.bound();
    }

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
}

impl Fields {
    /// The same contents, no longer told apart.
    pub fn mixed(&self) -> Fields {
        let mut rest = self.rest.clone();
        for value in self.known.values() {
            rest = if rest == Value::default() { value.clone() } else { rest.join(value) };
        }
        Fields { rest, ordered: self.ordered, ..Fields::default() }
    }

    /// Whether a closed table without this key says of what type its elements are.
    pub fn is_typed_beyond(&self, key: &str) -> bool {
        self.closed && self.rest.path.is_some() && !self.known.contains_key(key)
    }

    fn join(&self, other: &Fields) -> Fields {
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

    /// The same as something that may come to hold more.
    pub fn opened(&self) -> Rc<Fields> {
        let known =
            self.known.iter().map(|(key, value)| (key.clone(), Value { open: true, ..value.clone() })).collect();
        Fields { known, rest: self.rest.clone(), closed: false, ..Fields::default() }.sealed()
    }

    /// The same within bounds, to be shared.
    pub fn sealed(mut self) -> Rc<Fields> {
        self.bound();
        Rc::new(self)
    }

    /// Counts the contents, and forgets what is inside them when they are too many; the data that they carry stays.
    fn bound(&mut self) {
        let inside = |v: &Value| v.fields.as_ref().map_or(1, |f| f.size.saturating_add(1));
        let all = self.known.values().chain([&self.rest]);
        self.size = all.fold(0, |sum: u32, v| sum.saturating_add(inside(v)));
        if self.size <= MAX_CONTENTS {
            return;
        }
        for value in self.known.values_mut().chain([&mut self.rest]) {
            let taints = value.deep_taints();
            *value = Value { fields: None, ..std::mem::take(value) }.with_taints(taints);
        }
        self.size = self.known.len() as u32 + 1;
    }
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
