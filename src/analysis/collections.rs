//! Calls that make collections, change them and read them, where it is known what they hold.

use super::displays::const_key;
use super::elements::*;
use super::engine::Engine;
use super::lookup::Site;
use super::operations::{Done, as_index};
use super::state::State;
use super::value::{Fields, Value};
use crate::rules::compiled::Operation;
use crate::syntax::hir::*;

impl Engine<'_> {
    /// What a call of a method of collections gives and does.
    pub(super) fn collection(&self, operation: Operation, site: &Site<'_>) -> Option<Done> {
        self.made_collection(operation, site)
            .or_else(|| changed_collection(operation, site))
            .or_else(|| read_collection(operation, site))
    }

    /// A collection that a call makes.
    fn made_collection(&self, operation: Operation, site: &Site<'_>) -> Option<Done> {
        use Operation::*;
        let arg = |i: usize| argument(site, i);
        let receiver = site.receiver.map(|(v, _)| v);
        match operation {
            NewMap if site.args.iter().any(|a| a.name.is_some()) => self.map_of_names(site).and_then(Done::gives),
            NewList | NewMap => new_collection(operation == NewList, arg(0)).and_then(Done::gives),
            ListOf => Done::gives(list_of(site)),
            MapOf => map_of(site).and_then(Done::gives),
            Same => Done::gives(arg(0)?.clone()),
            Itself => Done::gives(receiver?.clone()),
            Numbered => Done::gives(numbered(arg(0).or(receiver)?)),
            _ => None,
        }
    }

    /// `dict(a=1, b=2)`.
    fn map_of_names(&self, site: &Site<'_>) -> Option<Value> {
        let mut map = new_collection(false, None)?;
        for arg in site.args {
            map.set(&[Some(self.file.text(arg.name?).into())], arg.value.clone());
        }
        Some(map)
    }

    /// `del collection[key]`.
    pub fn delete_key(&mut self, object: ExprId, index: ExprId, state: &mut State) {
        let receiver = self.eval(object, state);
        let key = self.eval(index, state);
        if let Some(changed) = remove_key(&receiver, &key).and_then(|done| done.receiver) {
            self.write_back(object, changed, state);
        }
    }
}

/// An argument that stands at a place for certain.
fn argument<'s>(site: &Site<'s>, at: usize) -> Option<&'s Value> {
    site.args.get(at).filter(|a| a.spread == Spread::No).map(|a| &a.value)
}

/// What a call changes in its receiver.
fn changed_collection(operation: Operation, site: &Site<'_>) -> Option<Done> {
    use Operation::*;
    let arg = |i: usize| argument(site, i);
    let receiver = site.receiver.map(|(v, _)| v);
    let tracked = receiver.filter(|r| r.fields.is_some());
    match operation {
        Add if site.args.len() == 2 => {
            let (receiver, at) = (tracked?, arg(0)?.single().and_then(as_index));
            Done::changes(with_inserted(receiver, at, arg(1)?), Value::default())
        }
        Add => Done::changes(with_added(tracked?, arg(0)?), Value::default()),
        AddFirst => Done::changes(with_inserted(tracked?, Some(0), arg(0)?), Value::default()),
        AddAll => Done::changes(with_all(tracked?, site.args.last().map(|a| &a.value)?), Value::default()),
        // Of a map of which nothing is known yet, what stands under a constant key is known from here on.
        Put => {
            let named = |r: &&Value| r.path.is_some() && arg(0).is_some_and(|key| key.single_str().is_some());
            put_key(tracked.or(receiver.filter(named))?, arg(0)?, arg(1)?)
        }
        PutIn => {
            let keys = [arg(0)?, arg(1)?].map(|key| key.single().and_then(const_key));
            let mut after = tracked?.clone();
            after.set(&keys, arg(2)?.clone());
            Done::changes(after, Value::default())
        }
        TakeFirst | TakeLast => take_end(tracked?, operation == TakeFirst),
        Remove => match arg(0) {
            Some(key) => remove_key(tracked?, key),
            None => take_end(tracked?, true),
        },
        Clear => {
            let receiver = receiver?;
            let ordered = receiver.fields.as_ref().is_none_or(|f| f.ordered);
            let fields = Fields { closed: true, ordered, ..Fields::default() };
            let empty = Value { fields: Some(fields.sealed()), ..Value::default() }.with_path(receiver.path.clone());
            Done::changes(empty, Value::default())
        }
        _ => None,
    }
}

/// What a call reads of its receiver.
fn read_collection(operation: Operation, site: &Site<'_>) -> Option<Done> {
    use Operation::*;
    let arg = |i: usize| argument(site, i);
    let receiver = site.receiver.map(|(v, _)| v);
    let tracked = receiver.filter(|r| r.fields.is_some());
    match operation {
        Get => {
            let (value, missing) = get_key(tracked?, arg(0)?);
            Done::gives(match arg(1) {
                Some(other) if missing => other.clone(),
                Some(other) => value.join(other),
                None => value,
            })
        }
        GetIn => {
            let (inner, _) = get_key(tracked?, arg(0)?);
            let (found, _) = get_key(&inner, arg(1)?);
            Done::gives(found)
        }
        First | Last => Done::gives(end_of(tracked?, operation == First)),
        Any => {
            let element = tracked?.element();
            Done::gives(arg(0).map_or(element.clone(), |other| element.join(other)))
        }
        Elements => Done::gives(elements_of(tracked?)),
        Slice => Done::gives(match (arg(0).and_then(|a| a.single().and_then(as_index)), arg(1)) {
            (Some(start), None) => tracked?.without_first(start, 0),
            _ if site.args.is_empty() => tracked?.clone(),
            _ => unordered(tracked?),
        }),
        Keys => keys_of(tracked?).and_then(Done::gives),
        Entries => entries_of(tracked?).and_then(Done::gives),
        EntryKey => Done::gives(tracked?.field("key")?),
        EntryValue => Done::gives(tracked?.field("value")?),
        _ => None,
    }
}

fn put_key(receiver: &Value, key: &Value, value: &Value) -> Option<Done> {
    let mut after = receiver.clone();
    let old = key.single().and_then(const_key).and_then(|k| receiver.field(&k)).unwrap_or_default();
    after.set(&[key.single().and_then(const_key)], value.clone());
    Done::changes(after, old)
}

/// What stands at a key, and whether certainly nothing does.
fn get_key(receiver: &Value, key: &Value) -> (Value, bool) {
    let Some(key) = key.single().and_then(const_key) else {
        // A map may have nothing under a key that is not known.
        let is_map = receiver.fields.as_ref().is_some_and(|f| !f.ordered);
        let element = receiver.element();
        return (Value { open: element.open || is_map, ..element }, false);
    };
    let mut found = receiver.field(&key);
    let missing = found.is_none() && receiver.fields.as_ref().is_some_and(|f| f.closed);
    if let Some(found) = &mut found {
        found.add_taints(receiver.own_taints());
    }
    let nothing = || Value::default().with_taints(receiver.own_taints().to_vec());
    (found.unwrap_or_else(nothing), missing)
}

fn end_of(receiver: &Value, first: bool) -> Value {
    let Some(fields) = receiver.fields.as_ref().filter(|f| f.closed && f.ordered) else {
        return receiver.element();
    };
    let key = if first { 0 } else { fields.known.len().saturating_sub(1) };
    receiver.field(&key.to_string()).unwrap_or_default()
}

fn take_end(receiver: &Value, first: bool) -> Option<Done> {
    let taken = end_of(receiver, first);
    let Some(list) = positions(receiver) else { return Done::changes(unordered(receiver), taken) };
    let kept = match (first, list.split_first(), list.split_last()) {
        (true, Some((_, rest)), _) | (false, _, Some((_, rest))) => rest.to_vec(),
        _ => Vec::new(),
    };
    Done::changes(with_positions(receiver, kept), taken)
}

fn remove_key(receiver: &Value, key: &Value) -> Option<Done> {
    let fields = receiver.fields.as_ref()?;
    if !fields.ordered {
        let Some(key) = key.single().and_then(const_key) else {
            return Done::changes(receiver.clone(), receiver.element());
        };
        let mut kept = (**fields).clone();
        let removed = kept.known.remove(&key).unwrap_or_else(|| kept.rest.clone());
        return Done::changes(Value { fields: Some(kept.sealed()), ..receiver.clone() }, removed);
    }
    let (Some(mut list), Some(at)) = (positions(receiver), key.single().and_then(as_index)) else {
        return Done::changes(unordered(receiver), receiver.element());
    };
    let removed = if at < list.len() { list.remove(at) } else { Value::default() };
    Done::changes(with_positions(receiver, list), removed)
}
