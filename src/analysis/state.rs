//! What holds at a point of a function: the values of variables, and which data has been made safe by a test.

use std::rc::Rc;

use rustc_hash::FxHashMap;

use super::value::{Clear, OriginId, Taint, Value};
use crate::syntax::hir::{FunctionId, Name};

/// Gives taints with what a state's tests cleared written into them; none when nothing changes.
pub type Settle<'f> = dyn Fn(&State, &[Taint]) -> Option<Vec<Taint>> + 'f;

/// A variable: the function that declares it, and its name.
pub type Variable = (FunctionId, Name);

/// The state at a point. Cloning is cheap.
#[derive(Debug, Clone, PartialEq)]
pub struct State {
    variables: Rc<FxHashMap<Variable, Value>>,
    cleared: Rc<FxHashMap<OriginId, u64>>,
    dead: bool,
}

thread_local! {
    /// Most states begin as this one, and many stay so.
    static EMPTY: State = State { variables: Rc::default(), cleared: Rc::default(), dead: false };
}

impl Default for State {
    fn default() -> State {
        EMPTY.with(State::clone)
    }
}

impl State {
    /// The state of code that is never reached.
    pub fn dead() -> State {
        State { dead: true, ..State::default() }
    }

    /// Whether the point is never reached.
    pub fn is_dead(&self) -> bool {
        self.dead
    }

    /// Nothing after this point is reached.
    pub fn kill(&mut self) {
        self.dead = true;
    }

    /// The value of a variable.
    pub fn get(&self, variable: Variable) -> Option<&Value> {
        self.variables.get(&variable)
    }

    /// Sets a variable; the old value is forgotten.
    pub fn set(&mut self, variable: Variable, value: Value) {
        if self.variables.get(&variable) != Some(&value) {
            Rc::make_mut(&mut self.variables).insert(variable, value);
        }
    }

    /// Sets a variable to another object, of which the same may be known as of the old one.
    pub fn replace(&mut self, variable: Variable, value: Value) {
        Rc::make_mut(&mut self.variables).insert(variable, value);
    }

    /// Adds a possible value to a variable.
    pub fn add(&mut self, variable: Variable, value: &Value) {
        let joined = match self.variables.get(&variable) {
            Some(old) => old.join(value),
            None => value.clone(),
        };
        self.set(variable, joined);
    }

    /// How many variables something is known of.
    pub fn size(&self) -> usize {
        self.variables.len()
    }

    /// Whether both are the same variables with the same values, in the same place in memory.
    pub fn shares_variables(&self, other: &State) -> bool {
        self.dead || other.dead || Rc::ptr_eq(&self.variables, &other.variables)
    }

    /// All variables of which something is known, in no order.
    pub fn variables(&self) -> impl Iterator<Item = (&Variable, &Value)> {
        self.variables.iter()
    }

    /// Notes that data is safe from here on.
    pub fn clear(&mut self, clear: Clear) {
        let map = Rc::make_mut(&mut self.cleared);
        *map.entry(clear.origin).or_default() |= clear.kinds;
    }

    /// The kinds that data of this very origin has been made safe for by tests.
    pub fn cleared(&self, origin: OriginId) -> u64 {
        self.cleared.get(&origin).copied().unwrap_or(0)
    }

    /// Whether any test has made anything safe.
    pub fn clears_anything(&self) -> bool {
        !self.cleared.is_empty()
    }

    /// What tests have made safe, sorted.
    pub fn clears(&self) -> Vec<Clear> {
        let mut all: Vec<Clear> = self.cleared.iter().map(|(&origin, &kinds)| Clear { origin, kinds }).collect();
        all.sort_by_key(|c| c.origin);
        all
    }

    /// The state where two ways meet. What only one of them has made safe is written down in the values of that one, so
    /// that a variable which was either tested or replaced stays safe. `settle` gives a value's taints with what its state
    /// cleared (it knows which origins are parts of which).
    pub fn join(self, other: State, settle: &Settle<'_>) -> State {
        if self.dead {
            return other;
        }
        if other.dead {
            return self;
        }
        let same_clears = Rc::ptr_eq(&self.cleared, &other.cleared) || self.cleared == other.cleared;
        if same_clears && Rc::ptr_eq(&self.variables, &other.variables) {
            return self;
        }
        let (mut a, mut b) = (self, other);
        if !same_clears {
            a.settle(settle);
            b.settle(settle);
            let both: FxHashMap<OriginId, u64> = (a.cleared.iter())
                .filter_map(|(&o, &k)| {
                    let kinds = k & b.cleared(o);
                    (kinds != 0).then_some((o, kinds))
                })
                .collect();
            a.cleared = Rc::new(both);
        }
        if !Rc::ptr_eq(&a.variables, &b.variables) {
            let map = Rc::make_mut(&mut a.variables);
            for (variable, value) in b.variables.iter() {
                match map.get_mut(variable) {
                    Some(own) if own == value => {}
                    Some(own) => *own = own.join(value),
                    None => {
                        map.insert(*variable, Value { open: true, ..value.clone() });
                    }
                }
            }
        }
        a
    }

    fn settle(&mut self, settle: &Settle<'_>) {
        if self.cleared.is_empty() {
            return;
        }
        let changed: Vec<(Variable, Value)> = (self.variables.iter())
            .filter_map(|(variable, value)| settle_value(self, value, settle, 3).map(|v| (*variable, v)))
            .collect();
        if !changed.is_empty() {
            Rc::make_mut(&mut self.variables).extend(changed);
        }
    }
}

/// The value with what `state` cleared written into its taints and those of its contents; none when nothing changes.
pub fn settle_value(state: &State, value: &Value, settle: &Settle<'_>, depth: u32) -> Option<Value> {
    let own = if value.own_taints().is_empty() { None } else { settle(state, value.own_taints()) };
    let mut fields = None;
    if let (Some(old), true) = (&value.fields, depth > 0) {
        let known: Vec<_> = (old.known.iter())
            .filter_map(|(k, v)| settle_value(state, v, settle, depth - 1).map(|v| (k.clone(), v)))
            .collect();
        let rest = settle_value(state, &old.rest, settle, depth - 1);
        if !known.is_empty() || rest.is_some() {
            let mut new = (**old).clone();
            new.known.extend(known);
            new.rest = rest.unwrap_or(new.rest);
            fields = Some(new.sealed());
        }
    }
    if own.is_none() && fields.is_none() {
        return None;
    }
    let mut out = value.clone();
    if let Some(own) = own {
        out.taints = Some(Rc::new(own));
    }
    if fields.is_some() {
        out.fields = fields;
    }
    Some(out)
}
