//! Calls that put texts together, take them apart and compute constants.

use std::rc::Rc;

use super::engine::Engine;
use super::lookup::Site;
use super::operations::Done;
use super::texts::{Piece, computed, format_pieces};
use super::value::{Const, Constant, Fields, MAX_KEYS, Value};
use crate::rules::compiled::Operation;
use crate::syntax::hir::*;

impl Engine<'_> {
    pub(super) fn text_operation(&mut self, operation: Operation, site: &Site<'_>) -> Option<Done> {
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
