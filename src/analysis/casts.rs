//! Conversions to other types.

use super::engine::Engine;
use super::literals::is_number_type;
use super::lookup::{ArgValue, Site};
use super::value::{Fields, Value};
use crate::rules::index::{Asked, Ref};
use crate::syntax::hir::*;

impl Engine<'_> {
    /// A conversion to a number's type is a call of the type to the models.
    pub(super) fn conversion_sinks(&mut self, operand: ExprId, value: &Value, ty: Option<ExprId>, span: Span) {
        if self.file.language != Language::Go || value.taints.is_none() {
            return;
        }
        let Some(path) = ty.and_then(|t| self.static_path(t)).filter(|p| is_number_type(p)) else { return };
        let args = [ArgValue { name: None, value: value.clone(), expr: operand, spread: Spread::No }];
        let site = Site { span, args: &args, receiver: None, owner: None, callee: None, value: None };
        let refs = self.said_of(Asked::Call, &path, false);
        self.sinks(&refs, &site, &path);
    }

    /// A value as another type. Where a cast converts, the type is what the value has afterwards.
    pub fn cast(&mut self, value: Value, ty: Option<ExprId>) -> Value {
        if self.file.language != Language::Go {
            return self.as_cast(value, ty);
        }
        let Some(ty) = ty else { return value };
        let declared = self.declared(ty);
        let Some(path) = declared.path.clone() else { return value };
        // What is asserted to be a number is as harmless as what is converted to one.
        if is_number_type(&path) && value.taints.is_some() && value.path.as_deref() != Some(&*path) {
            let refs = self.said_of(Asked::Call, &path, false);
            let barrier = refs.iter().find_map(|r| match r {
                Ref::Barrier(i) => self.index.models.barriers.get(*i as usize).map(|b| b.clears),
                _ => None,
            });
            let span = self.file.expr(ty).span;
            return self.cleared(value, barrier.unwrap_or_default(), span, "a number's type").with_path(Some(path));
        }
        // A text that is made of elements carries what they do.
        if self.is_text_path(declared.path.as_deref()) && value.fields.is_some() {
            let taints = value.deep_taints();
            return Value { path: declared.path, fields: None, ..value }.with_taints(taints);
        }
        let fields = match (&value.fields, declared.fields) {
            // The type says what further elements will be.
            (Some(own), Some(typed)) if own.rest == Value::default() => {
                Some(Fields { rest: typed.rest.clone(), ..(**own).clone() }.sealed())
            }
            (own, typed) => own.clone().or(typed),
        };
        Value { path: declared.path, fields, ..value }
    }
}
