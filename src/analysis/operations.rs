//! What calls compute: collections whose elements are told apart, and texts that are put together or constant.

use std::rc::Rc;

use super::displays::const_key;
use super::engine::Engine;
use super::literals::collection_path;
use super::lookup::{ArgValue, Site};
use super::state::State;
use super::texts::{Piece, computed, format_pieces};
use super::value::{Const, Constant, Fields, MAX_KEYS, Value};
use crate::rules::compiled::Operation;
use crate::rules::index::{Asked, Ref};
use crate::syntax::hir::*;

/// What an operation gives, and what its receiver is after it.
struct Done {
    result: Value,
    receiver: Option<Value>,
    /// Whether the result is the receiver itself, so that what is done to it is done to the receiver.
    is_receiver: bool,
}

impl Done {
    fn gives(result: Value) -> Option<Done> {
        Some(Done { result, receiver: None, is_receiver: false })
    }

    fn changes(receiver: Value, result: Value) -> Option<Done> {
        Some(Done { result, receiver: Some(receiver), is_receiver: false })
    }
}

impl Engine<'_> {
    /// The result of a call that is an operation of which all that it works on is known; its receiver is changed as it says.
    pub fn operate(&mut self, id: ExprId, refs: &[Ref], site: &Site<'_>, state: &mut State) -> Option<Value> {
        let operation = refs.iter().find_map(|r| match r {
            Ref::Operation(i) => {
                let operation = self.index.models.operations.get(*i as usize)?;
                self.holds(&operation.when, site).then_some(operation.does)
            }
            _ => None,
        })?;
        let done = match operation {
            Operation::Filter => Done::gives(self.filtered(site, state)?),
            Operation::Member => Done::gives(self.member_by_name(id, site, state)?),
            Operation::Deliver | Operation::Keep | Operation::Kept | Operation::Listen | Operation::Emit => {
                Done::gives(self.handed_over(operation, site, state)?)
            }
            Operation::Fill => {
                let [list, element] = site.args else { return None };
                let fields = Fields { rest: element.value.clone(), ..Fields::default() };
                let filled = Value { fields: Some(fields.sealed()), path: list.value.path.clone(), ..Value::default() };
                self.write_back(list.expr, filled, state);
                Done::gives(Value::default())
            }
            Operation::RecordType => Done::gives(record_type(&site.args.get(1)?.value)?),
            Operation::Record => {
                let ty = self.eval(site.callee?, state);
                Done::gives(record(&ty, site, self.file)?)
            }
            Operation::Require => {
                let condition = site.args.first()?.value.clone();
                self.assume(&condition, true, state);
                Done::gives(Value::default())
            }
            Operation::FillBraces => Done::gives(self.braces_filled(site)?),
            _ => self.collection(operation, site).or_else(|| self.text_operation(operation, site)),
        }?;
        if let (Some(changed), Some((_, expr))) = (done.receiver, site.receiver) {
            self.write_back(expr, changed, state);
            if done.is_receiver {
                self.fluent.insert(id);
            }
        }
        Some(done.result)
    }

    fn collection(&mut self, operation: Operation, site: &Site<'_>) -> Option<Done> {
        use Operation::*;
        let arg = |i: usize| site.args.get(i).filter(|a| a.spread == Spread::No).map(|a| &a.value);
        let receiver = site.receiver.map(|(v, _)| v);
        let tracked = receiver.filter(|r| r.fields.is_some());
        match operation {
            NewMap if site.args.iter().any(|a| a.name.is_some()) => self.map_of_names(site).and_then(Done::gives),
            NewList | NewMap => new_collection(operation == NewList, arg(0)).and_then(Done::gives),
            ListOf => Done::gives(list_of(site)),
            MapOf => map_of(site).and_then(Done::gives),
            Same => Done::gives(arg(0)?.clone()),
            Itself => Done::gives(receiver?.clone()),
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
                self.put_key(tracked.or(receiver.filter(named))?, arg(0)?, arg(1)?)
            }
            Get => {
                let (value, missing) = self.get_key(tracked?, arg(0)?);
                Done::gives(match arg(1) {
                    Some(other) if missing => other.clone(),
                    Some(other) => value.join(other),
                    None => value,
                })
            }
            PutIn => {
                let keys = [arg(0)?, arg(1)?].map(|key| key.single().and_then(const_key));
                let mut after = tracked?.clone();
                after.set(&keys, arg(2)?.clone());
                Done::changes(after, Value::default())
            }
            GetIn => {
                let (inner, _) = self.get_key(tracked?, arg(0)?);
                let (found, _) = self.get_key(&inner, arg(1)?);
                Done::gives(found)
            }
            First | Last => Done::gives(self.end_of(tracked?, operation == First)),
            Any => {
                let element = tracked?.element();
                Done::gives(arg(0).map_or(element.clone(), |other| element.join(other)))
            }
            TakeFirst | TakeLast => self.take_end(tracked?, operation == TakeFirst),
            Remove => match arg(0) {
                Some(key) => self.remove_key(tracked?, key),
                None => self.take_end(tracked?, true),
            },
            Clear => {
                let receiver = receiver?;
                let ordered = receiver.fields.as_ref().is_none_or(|f| f.ordered);
                let fields = Fields { closed: true, ordered, ..Fields::default() };
                let empty =
                    Value { fields: Some(fields.sealed()), ..Value::default() }.with_path(receiver.path.clone());
                Done::changes(empty, Value::default())
            }
            Elements => Done::gives(elements_of(tracked?)),
            Slice => Done::gives(match (arg(0).and_then(|a| a.single().and_then(as_index)), arg(1)) {
                (Some(start), None) => tracked?.without_first(start, 0),
                _ if site.args.is_empty() => tracked?.clone(),
                _ => unordered(tracked?),
            }),
            Numbered => Done::gives(numbered(arg(0).or(receiver)?)),
            Keys => keys_of(tracked?).and_then(Done::gives),
            Entries => entries_of(tracked?).and_then(Done::gives),
            EntryKey => Done::gives(tracked?.field("key")?),
            EntryValue => Done::gives(tracked?.field("value")?),
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

    /// The elements of a collection for which a function of this file gives true.
    fn filtered(&mut self, site: &Site<'_>, state: &mut State) -> Option<Value> {
        let functions = site.args.iter().find_map(|a| a.value.callables.clone());
        let collection = match site.receiver {
            Some((receiver, _)) => receiver.clone(),
            None => site.args.iter().find(|a| a.value.callables.is_none())?.value.clone(),
        };
        let element = collection.element();
        let test = match functions.as_ref().map(|f| f.as_slice()) {
            Some([function]) => self.call_with_hints(*function, &[(0, element.clone())], state),
            Some(_) => return None,
            None => self.tested_by_method(site, &element, state)?,
        };
        let mut passed = state.clone();
        test.truth.iter().flat_map(|t| &t.when_true).for_each(|c| passed.clear(*c));
        let element = self.settle(&passed, element);
        let fields = Fields { rest: element, ordered: true, ..Fields::default() };
        let path = collection_path(self.file.language, CollectionKind::List);
        Some(Value { fields: Some(fields.sealed()), path, ..Value::default() })
    }

    /// The member of the first argument that the second, a constant, names.
    fn member_by_name(&mut self, id: ExprId, site: &Site<'_>, state: &mut State) -> Option<Value> {
        let [object, name] = site.args else { return None };
        let name = name.value.single_str()?.clone();
        Some(self.eval_member(id, object.expr, object.value.clone(), &name, state))
    }

    /// What `object::method` says of an element, where the models know the method.
    fn tested_by_method(&mut self, site: &Site<'_>, element: &Value, state: &mut State) -> Option<Value> {
        let [method] = site.args else { return None };
        let ExprKind::Member { object, .. } = self.file.expr(method.expr).kind else { return None };
        let path = method.value.path.as_deref()?.to_string();
        let receiver = self.eval(object, state);
        let args = [ArgValue { value: element.clone(), ..method.clone() }];
        let of = Some((&receiver, object));
        let call = Site { span: site.span, args: &args, receiver: of, owner: None, callee: None, value: None };
        let refs = self.said_of(Asked::Call, &path, self.shape_allowed(receiver.path.as_deref()));
        let mut result = Value::default();
        self.guards(&refs, &call, &mut result, state);
        Some(result)
    }

    fn put_key(&self, receiver: &Value, key: &Value, value: &Value) -> Option<Done> {
        let mut after = receiver.clone();
        let old = key.single().and_then(const_key).and_then(|k| receiver.field(&k)).unwrap_or_default();
        after.set(&[key.single().and_then(const_key)], value.clone());
        Done::changes(after, old)
    }

    /// What stands at a key, and whether certainly nothing does.
    fn get_key(&self, receiver: &Value, key: &Value) -> (Value, bool) {
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

    fn end_of(&self, receiver: &Value, first: bool) -> Value {
        let Some(fields) = receiver.fields.as_ref().filter(|f| f.closed && f.ordered) else {
            return receiver.element();
        };
        let key = if first { 0 } else { fields.known.len().saturating_sub(1) };
        receiver.field(&key.to_string()).unwrap_or_default()
    }

    fn take_end(&self, receiver: &Value, first: bool) -> Option<Done> {
        let taken = self.end_of(receiver, first);
        let Some(list) = positions(receiver) else { return Done::changes(unordered(receiver), taken) };
        let kept = match (first, list.split_first(), list.split_last()) {
            (true, Some((_, rest)), _) | (false, _, Some((_, rest))) => rest.to_vec(),
            _ => Vec::new(),
        };
        Done::changes(with_positions(receiver, kept), taken)
    }

    fn remove_key(&self, receiver: &Value, key: &Value) -> Option<Done> {
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

    /// `del collection[key]`.
    pub fn delete_key(&mut self, object: ExprId, index: ExprId, state: &mut State) {
        let receiver = self.eval(object, state);
        let key = self.eval(index, state);
        if let Some(changed) = self.remove_key(&receiver, &key).and_then(|done| done.receiver) {
            self.write_back(object, changed, state);
        }
    }

    fn text_operation(&mut self, operation: Operation, site: &Site<'_>) -> Option<Done> {
        use Operation::*;
        let arg = |i: usize| site.args.get(i).map(|a| &a.value);
        let receiver = site.receiver.map(|(v, _)| v);
        match operation {
            NewText => {
                let text = match arg(0) {
                    // A number says how long it may become.
                    Some(first) if first.single().is_some_and(|c| c.as_number().is_some()) => None,
                    first => first.cloned(),
                };
                let empty = || Value::constant(Const::Str("".into()), site.span);
                Done::gives(Value { path: None, truth: None, fields: None, ..text.unwrap_or_else(empty) })
            }
            AppendText | InsertText => {
                let receiver = receiver?;
                let (text, at_start) = match operation {
                    AppendText => (arg(0)?, false),
                    _ => (arg(1)?, arg(0)?.single() == Some(&Const::Int(0))),
                };
                let mut put = self.concatenated(
                    &if at_start { [text.clone(), receiver.clone()] } else { [receiver.clone(), text.clone()] },
                    site.span,
                );
                if operation == InsertText && !at_start {
                    (put.constants, put.prefix) = (None, None);
                }
                let result = put.with_path(receiver.path.clone());
                Some(Done { result: result.clone(), receiver: Some(result), is_receiver: true })
            }
            CutText => {
                let receiver = receiver?;
                let cut = match arg(0).map(Value::single) {
                    None | Some(Some(Const::Int(0))) => Value::constant(Const::Str("".into()), site.span),
                    _ => Value { constants: None, ..receiver.clone() },
                };
                Done::changes(cut.with_path(receiver.path.clone()), Value::default())
            }
            Format => self.format_of(site).and_then(Done::gives),
            Split => pieces_of(receiver?.single_str()?, arg(0)?.single_str()?, site.span).and_then(Done::gives),
            CharAt if receiver.is_some_and(|r| !r.is_constant()) => Done::gives(self.character_of(receiver?)?),
            Characters => Done::gives(self.character_of(receiver?)?),
            Text => Done::gives(Value { path: None, truth: None, ..receiver?.clone() }),
            _ => self.constant_operation(operation, site),
        }
    }

    /// A constant text with its places filled in.
    fn format_of(&mut self, site: &Site<'_>) -> Option<Value> {
        let values: Vec<&Value> =
            site.receiver.map(|(v, _)| v).into_iter().chain(site.args.iter().map(|a| &a.value)).collect();
        let at = values.iter().position(|v| v.single_str().is_some())?;
        let template = values.get(at)?.single_str()?.clone();
        let mut args = values.get(at + 1..)?.to_vec();
        // An array stands for its elements.
        let elements = match args.as_slice() {
            [only] => {
                only.fields.as_ref().filter(|f| f.closed && !f.known.is_empty()).map(|f| f.known.values().collect())
            }
            _ => None,
        };
        args = elements.unwrap_or(args);
        let mut parts = Vec::new();
        let mut next = 0;
        for piece in format_pieces(&template) {
            parts.push(match piece {
                Piece::Text(text) => Value::constant(Const::Str(text.into()), site.span),
                Piece::Argument { position, plain } => {
                    let index = position.unwrap_or_else(|| {
                        next += 1;
                        next - 1
                    });
                    let value = args.get(index).copied().cloned().unwrap_or_default();
                    if plain { value } else { Value { constants: None, prefix: None, ..value } }
                }
            });
        }
        Some(self.concatenated(&parts, site.span))
    }

    /// An operation on constants only.
    fn constant_operation(&self, operation: Operation, site: &Site<'_>) -> Option<Done> {
        let receiver = site.receiver.map(|(v, _)| v);
        let args: Vec<&Value> = site.args.iter().map(|a| &a.value).collect();
        let is_static = matches!(operation, Operation::ParseInt | Operation::ParseBool | Operation::ToText)
            || receiver.is_none_or(|r| !r.is_constant());
        let operands: Vec<&Value> = if is_static { args } else { receiver.into_iter().chain(args).collect() };
        let (first, rest) = operands.split_first()?;
        let rest: Vec<&Const> = rest.iter().map(|v| v.single()).collect::<Option<_>>()?;
        if !first.is_constant() {
            return None;
        }
        let mut constants: Vec<Constant> = Vec::new();
        for constant in first.constants() {
            let value = computed(operation, &constant.value, &rest)?;
            if !constants.iter().any(|c| c.value == value) {
                constants.push(Constant { value, span: site.span });
            }
        }
        Done::gives(Value { constants: Some(Rc::new(constants)), ..Value::default() })
    }
}

/// The names of a record's parts as a list.
fn record_type(names: &Value) -> Option<Value> {
    let names: Vec<Value> = match names.single_str() {
        Some(text) => {
            let parts = text.split(|c: char| c == ',' || c.is_whitespace()).filter(|p| !p.is_empty());
            parts.map(|p| Value::constant(Const::Str(p.into()), Span::default())).collect()
        }
        None => names.numbered()?,
    };
    let empty = Fields { closed: true, ordered: true, ..Fields::default() };
    let list = Value { fields: Some(empty.sealed()), ..Value::default() };
    (names.len() < MAX_KEYS).then(|| with_positions(&list, names))
}

/// A record: each argument stands under its name.
fn record(ty: &Value, site: &Site<'_>, file: &File) -> Option<Value> {
    let names = ty.numbered()?;
    let mut known = std::collections::BTreeMap::new();
    for (name, arg) in names.iter().zip(site.args.iter().filter(|a| a.name.is_none() && a.spread == Spread::No)) {
        known.insert(name.single_str()?.clone(), arg.value.clone());
    }
    for arg in site.args {
        match arg.name {
            Some(name) => _ = known.insert(file.text(name).into(), arg.value.clone()),
            None if arg.spread != Spread::No => return None,
            None => {}
        }
    }
    let fields = Fields { known, closed: true, ..Fields::default() };
    Some(Value { fields: Some(fields.sealed()), ..Value::default() })
}

/// The pieces of a text as a list. What stands for other characters in regular expressions is no plain separator.
fn pieces_of(text: &str, separator: &str, span: Span) -> Option<Value> {
    let plain = |c: char| c.is_alphanumeric() || matches!(c, ',' | ';' | ':' | '-' | '/' | ' ' | '_' | '=' | '&');
    if separator.is_empty() || !separator.chars().all(plain) {
        return None;
    }
    let pieces: Vec<&str> = text.split(separator).collect();
    let at = |i: usize| Rc::from(i.to_string().as_str());
    let piece = |text: &str| Value::constant(Const::Str(text.into()), span);
    let known = pieces.iter().enumerate().map(|(i, p)| (at(i), piece(p))).collect();
    let fields = Fields { known, closed: true, ordered: true, ..Fields::default() };
    (pieces.len() < MAX_KEYS).then(|| Value { fields: Some(fields.sealed()), ..Value::default() })
}

pub fn as_index(value: &Const) -> Option<usize> {
    match value {
        Const::Int(i) => usize::try_from(*i).ok(),
        _ => None,
    }
}

/// The elements of a list whose positions are all known.
fn positions(list: &Value) -> Option<Vec<Value>> {
    let fields = list.fields.as_ref().filter(|f| f.closed && f.ordered)?;
    (0..fields.known.len()).map(|i| fields.known.get(i.to_string().as_str()).cloned()).collect()
}

/// The same collection with other elements.
fn with_positions(list: &Value, elements: Vec<Value>) -> Value {
    let known = elements.into_iter().enumerate().map(|(i, v)| (i.to_string().into(), v)).collect();
    let fields = Fields { known, closed: true, ordered: true, ..Fields::default() };
    Value { fields: Some(fields.sealed()), ..list.clone() }
}

/// The same collection, its elements no longer told apart.
fn unordered(list: &Value) -> Value {
    let Some(fields) = &list.fields else { return list.clone() };
    Value { fields: Some(fields.mixed().sealed()), ..list.clone() }
}

/// The same list, of which it is not known where it ends.
fn with_open_end(list: &Value) -> Value {
    let open = |f: &Rc<Fields>| Fields { closed: false, ..(**f).clone() }.sealed();
    Value { fields: list.fields.as_ref().map(open), ..list.clone() }
}

fn with_added(list: &Value, value: &Value) -> Value {
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

fn with_inserted(list: &Value, at: Option<usize>, value: &Value) -> Value {
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

fn with_all(list: &Value, more: &Value) -> Value {
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
fn new_collection(ordered: bool, from: Option<&Value>) -> Option<Value> {
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
fn of_pairs(list: &Value) -> Value {
    let mut map = Value { fields: Some(Fields { closed: true, ..Fields::default() }.sealed()), ..Value::default() };
    for pair in positions(list).unwrap_or_else(|| vec![list.element()]) {
        let key = pair.field("0").and_then(|k| k.single().and_then(const_key));
        let mut value = pair.field("1").unwrap_or_else(|| pair.element());
        value.add_taints(pair.own_taints());
        map.set(&[key], value);
    }
    map.with_taints(list.own_taints().to_vec())
}

fn list_of(site: &Site<'_>) -> Value {
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

fn map_of(site: &Site<'_>) -> Option<Value> {
    let mut map = new_collection(false, None)?;
    for pair in site.args.chunks(2) {
        let [key, value] = pair else { return None };
        map.set(&[key.value.single().and_then(const_key)], value.value.clone());
    }
    Some(map)
}

fn elements_of(collection: &Value) -> Value {
    let fields = collection.fields.as_ref().map(|f| if f.ordered { f.clone() } else { f.mixed().sealed() });
    Value { fields, ..Value::default() }.with_taints(collection.own_taints().to_vec())
}

/// Pairs of a position and an element, as a list.
fn numbered(collection: &Value) -> Value {
    let known = [("0".into(), Value::of_path("int")), ("1".into(), collection.element())];
    let pair = Fields { known: known.into(), closed: true, ordered: true, ..Fields::default() };
    let rest = Value { fields: Some(pair.sealed()), ..Value::of_path("tuple") };
    Value { fields: Some(Fields { rest, ordered: true, ..Fields::default() }.sealed()), ..Value::default() }
}

/// The keys, where they are all known.
fn keys_of(map: &Value) -> Option<Value> {
    let fields = map.fields.as_ref().filter(|f| f.closed && !f.ordered)?;
    let mut keys = Fields { closed: true, ..Fields::default() };
    for (i, key) in fields.known.keys().enumerate() {
        keys.known.insert(i.to_string().into(), Value::constant(Const::Str(key.clone()), Span::default()));
    }
    Some(Value { fields: Some(keys.sealed()), ..Value::default() }.with_taints(map.own_taints().to_vec()))
}

fn entries_of(map: &Value) -> Option<Value> {
    let keys = keys_of(map)?;
    let mut entry = Value::default();
    entry.set(&[Some("key".into())], keys.element());
    entry.set(&[Some("value".into())], map.element());
    let fields = Fields { rest: entry, ..Fields::default() };
    Some(Value { fields: Some(fields.sealed()), ..Value::default() })
}
