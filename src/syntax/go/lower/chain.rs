//! Chains of selectors, calls, indices, slices and type assertions: `a.b(c)[d].(T).e()`.

use tree_sitter::Node;

use super::{Descent, Lower, field, sound};
use crate::syntax::builder::Builder;
use crate::syntax::descent::chains::Chains;
use crate::syntax::hir::*;

impl<'s> Chains<'s> for Lower<'s> {
    /// What a link is applied to. The type argument of a generic function that is called is passed over.
    fn object_of<'t>(&self, node: Node<'t>) -> Option<Node<'t>> {
        match node.kind() {
            // Conversions and `new(T)` are what a chain starts from.
            "call_expression" if self.is_special_call(node) => None,
            "call_expression" => {
                let callee = field(node, "function")?;
                if callee.kind() == "type_instantiation_expression" {
                    return Some(callee);
                }
                Some(self.generic_callee(callee).unwrap_or(callee))
            }
            "selector_expression" | "index_expression" | "slice_expression" | "type_assertion_expression" => {
                field(node, "operand")
            }
            _ => None,
        }
    }

    /// One link on top of the value that it is applied to.
    fn link(&mut self, node: Node<'_>, object: ExprId) -> ExprId {
        let kind = match node.kind() {
            "call_expression" => {
                let args = field(node, "arguments").map(|a| self.arguments(a)).unwrap_or_default();
                ExprKind::Call { callee: object, args, is_new: false }
            }
            "selector_expression" => match field(node, "field").filter(|f| !f.is_missing()) {
                Some(member) => {
                    let name = self.b.intern(self.text(member));
                    ExprKind::Member { object, name, name_span: Builder::span(member) }
                }
                None => ExprKind::Unknown(vec![object]),
            },
            "index_expression" => match field(node, "index") {
                Some(index) => ExprKind::Index { object, index: self.expr(index) },
                None => ExprKind::Unknown(vec![object]),
            },
            "slice_expression" => {
                let bounds = ["start", "end", "capacity"].into_iter().filter_map(|f| field(node, f));
                let bounds = bounds.map(|b| self.expr(b)).collect();
                ExprKind::Slice { object, bounds }
            }
            _ => ExprKind::Cast { operand: object, ty: self.type_in(node, "type") },
        };
        self.b.expr(Builder::span(node), kind)
    }
}

impl Lower<'_> {
    /// The arguments of a call.
    fn arguments(&mut self, node: Node<'_>) -> Vec<Arg> {
        self.pick_errors(node);
        let mut args = Vec::new();
        for child in sound(node) {
            let span = Builder::span(child);
            let (value, spread) = match child.kind() {
                "variadic_argument" => (self.only_expr(child), Spread::Elements),
                _ => (self.expr(child), Spread::No),
            };
            args.push(Arg { name: None, value, spread, span });
        }
        args
    }

    /// The function in `function[type]` when the file declares it with type parameters.
    fn generic_callee<'t>(&self, callee: Node<'t>) -> Option<Node<'t>> {
        if callee.kind() != "index_expression" || callee.has_error() {
            return None;
        }
        let operand = field(callee, "operand").filter(|o| o.kind() == "identifier")?;
        let is_generic = self.survey.functions.get(self.text(operand)).copied().unwrap_or(false);
        let index = field(callee, "index").filter(|i| i.kind() == "identifier");
        (is_generic && index.is_some()).then_some(operand)
    }
}
