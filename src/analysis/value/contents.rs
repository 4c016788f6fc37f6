//! What is known of the contents of a collection or object.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::{MAX_CONTENTS, MAX_KEYS, Taint, Value};

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

impl Value {
    pub(super) fn collect(&self, all: &mut Vec<Taint>, depth: u32) {
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
}
