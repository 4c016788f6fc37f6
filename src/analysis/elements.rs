//! Collections as values: with other elements, in another order, made into others.

use std::rc::Rc;

use super::displays::const_key;
use super::lookup::Site;
use super::value::{Const, Fields, MAX_KEYS, Value};
use crate::syntax::hir::*;

/// The elements of a list whose positions are all known.
pub fn positions(list: &Value) -> Option<Vec<Value>> {
    let fields = list.fields.as_ref().filter(|f| f.closed && f.ordered)?;
    (0..fields.known.len()).map(|i| fields.known.get(i.to_string().as_str()).cloned()).collect()
}

/// The same collection with other elements.
pub fn with_positions(list: &Value, elements: Vec<Value>) -> Value {
    let known = elements.into_iter().enumerate().map(|(i, v)| (i.to_string().into(), v)).collect();
    let fields = Fields { known, closed: true, ordered: true, ..Fields::default() };
    Value { fields: Some(fields.sealed()), ..list.clone() }
}

/// The same collection, its elements no longer told apart.
pub fn unordered(list: &Value) -> Value {
    let Some(fields) = &list.fields else { return list.clone() };
    Value { fields: Some(fields.mixed().sealed()), ..list.clone() }
}

/// The same list, of which it is not known where it ends.
pub fn with_open_end(list: &Value) -> Value {
    let open = |f: &Rc<Fields>| Fields { closed: false, ..(**f).clone() }.sealed();
    Value { fields: list.fields.as_ref().map(open), ..list.clone() }
}

pub fn with_added(list: &Value, value: &Value) -> Value {
    match positions(list) {
        Some(mut elements) if elements.len() < MAX_KEYS / 2 => {
            elements.push(value.clone());
            with_positions(list, elements)
        }
        // What stands at the beginning stays there.
        _ => {
            let mut after = list.clone();
            after.set(&[None], value.clone());
            after
        }
    }
}

pub fn with_inserted(list: &Value, at: Option<usize>, value: &Value) -> Value {
    match (positions(list), at) {
        (Some(mut elements), Some(at)) if at <= elements.len() && elements.len() < MAX_KEYS / 2 => {
            elements.insert(at, value.clone());
            with_positions(list, elements)
        }
        _ => {
            let mut after = unordered(list);
            after.set(&[None], value.clone());
            after
        }
    }
}

pub fn with_all(list: &Value, more: &Value) -> Value {
    let Some(fields) = &more.fields else {
        return with_added(&with_open_end(list), &more.element());
    };
    if !list.fields.as_ref().is_some_and(|f| f.ordered) {
        let mut after = list.clone();
        for (key, value) in &fields.known {
            after.set(&[Some(key.clone())], value.clone());
        }
        if fields.rest != Value::default() {
            after.set(&[None], fields.rest.clone());
        }
        return after;
    }
    match positions(more) {
        Some(elements) => elements.iter().fold(list.clone(), |list, e| with_added(&list, e)),
        None => with_added(&with_open_end(list), &more.element()),
    }
}

/// A new collection, of the elements of another where it is given one; none where that is not known to be one.
pub fn new_collection(ordered: bool, from: Option<&Value>) -> Option<Value> {
    let empty = Fields { closed: true, ordered, ..Fields::default() };
    let made = |fields: Fields| Value { fields: Some(fields.sealed()), ..Value::default() };
    match from {
        None => Some(made(empty)),
        Some(size) if size.single().is_some_and(|c| c.as_number().is_some()) => Some(made(empty)),
        Some(from) => {
            let fields = from.fields.as_ref()?;
            if !ordered && fields.ordered {
                return Some(of_pairs(from));
            }
            let copied = Value { fields: Some(fields.clone()), ..Value::default() };
            Some(copied.with_taints(from.own_taints().to_vec()))
        }
    }
}

/// The map of a list of pairs, keys and values.
pub fn of_pairs(list: &Value) -> Value {
    let mut map = Value { fields: Some(Fields { closed: true, ..Fields::default() }.sealed()), ..Value::default() };
    for pair in positions(list).unwrap_or_else(|| vec![list.element()]) {
        let key = pair.field("0").and_then(|k| k.single().and_then(const_key));
        let mut value = pair.field("1").unwrap_or_else(|| pair.element());
        value.add_taints(pair.own_taints());
        map.set(&[key], value);
    }
    map.with_taints(list.own_taints().to_vec())
}

pub fn list_of(site: &Site<'_>) -> Value {
    let list = Value {
        fields: Some(Fields { closed: true, ordered: true, ..Fields::default() }.sealed()),
        ..Value::default()
    };
    let mut elements: Vec<Value> = site.args.iter().map(|a| a.value.clone()).collect();
    // A single array stands for its elements.
    if let [only] = site.args
        && let Some(fields) = only.value.fields.as_ref().filter(|f| !f.ordered && f.closed)
        && (0..fields.known.len()).all(|i| fields.known.contains_key(i.to_string().as_str()))
    {
        elements = (0..fields.known.len()).filter_map(|i| fields.known.get(i.to_string().as_str()).cloned()).collect();
    }
    elements.truncate(MAX_KEYS / 2);
    with_positions(&list, elements)
}

pub fn map_of(site: &Site<'_>) -> Option<Value> {
    let mut map = new_collection(false, None)?;
    for pair in site.args.chunks(2) {
        let [key, value] = pair else { return None };
        map.set(&[key.value.single().and_then(const_key)], value.value.clone());
    }
    Some(map)
}

pub fn elements_of(collection: &Value) -> Value {
    let fields = collection.fields.as_ref().map(|f| if f.ordered { f.clone() } else { f.mixed().sealed() });
    Value { fields, ..Value::default() }.with_taints(collection.own_taints().to_vec())
}

/// Pairs of a position and an element, as a list.
pub fn numbered(collection: &Value) -> Value {
    let known = [("0".into(), Value::of_path("int")), ("1".into(), collection.element())];
    let pair = Fields { known: known.into(), closed: true, ordered: true, ..Fields::default() };
    let rest = Value { fields: Some(pair.sealed()), ..Value::of_path("tuple") };
    Value { fields: Some(Fields { rest, ordered: true, ..Fields::default() }.sealed()), ..Value::default() }
}

/// The keys, where they are all known.
pub fn keys_of(map: &Value) -> Option<Value> {
    let fields = map.fields.as_ref().filter(|f| f.closed && !f.ordered)?;
    let mut keys = Fields { closed: true, ..Fields::default() };
    for (i, key) in fields.known.keys().enumerate() {
        keys.known.insert(i.to_string().into(), Value::constant(Const::Str(key.clone()), Span::default()));
    }
    Some(Value { fields: Some(keys.sealed()), ..Value::default() }.with_taints(map.own_taints().to_vec()))
}

pub fn entries_of(map: &Value) -> Option<Value> {
    let keys = keys_of(map)?;
    let mut entry = Value::default();
    entry.set(&[Some("key".into())], keys.element());
    entry.set(&[Some("value".into())], map.element());
    let fields = Fields { rest: entry, ..Fields::default() };
    Some(Value { fields: Some(fields.sealed()), ..Value::default() })
}
