//! What calls compute, where all that they work on is known.

use super::elements::with_positions;
use super::engine::Engine;
use super::literals::collection_path;
use super::lookup::{ArgValue, Site};
use super::state::State;
use super::value::{Const, Fields, MAX_KEYS, Value};
use crate::rules::compiled::Operation;
use crate::rules::index::{Asked, Ref};
use crate::syntax::hir::*;

/// What an operation gives, and what its receiver is after it.
pub(super) struct Done {
    pub result: Value,
    pub receiver: Option<Value>,
    /// Whether the result is the receiver itself, so that what is done to it is done to the receiver.
    pub is_receiver: bool,
}

impl Done {
    pub fn gives(result: Value) -> Option<Done> {
        Some(Done { result, receiver: None, is_receiver: false })
    }

    pub fn changes(receiver: Value, result: Value) -> Option<Done> {
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

pub fn as_index(value: &Const) -> Option<usize> {
    match value {
        Const::Int(i) => usize::try_from(*i).ok(),
        _ => None,
    }
}
