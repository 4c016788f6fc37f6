//! Abstract values: what the engine knows of an expression's value.

mod constant;
mod contents;
mod join;

use std::rc::Rc;

pub use constant::{Const, Constant};
pub use contents::Fields;
pub use join::{common, normalise};

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
}
