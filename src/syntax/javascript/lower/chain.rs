//! Chains of members, calls, indices and casts: `a.b(c)[d]!.e()`.

use tree_sitter::Node;

use super::{Descent, Lower, field, first_named, sound};
use crate::syntax::builder::Builder;
use crate::syntax::descent::chains::Chains;
use crate::syntax::hir::*;

impl<'s> Chains<'s> for Lower<'s> {
    /// What a link is applied to.
    fn object_of<'t>(&self, node: Node<'t>) -> Option<Node<'t>> {
        match node.kind() {
            "call_expression" => field(node, "function"),
            "member_expression" | "subscript_expression" => field(node, "object"),
            "non_null_expression" | "as_expression" | "satisfies_expression" => first_named(node),
            _ => None,
        }
    }

    /// What a chain starts from; `import` is a name there.
    fn base(&mut self, node: Node<'_>, _link: Option<Node<'_>>) -> ExprId {
        if node.kind() == "import" { self.b.name_expr(node) } else { self.expr(node) }
    }

    /// One link on top of the value that it is applied to.
    fn link(&mut self, node: Node<'_>, object: ExprId) -> ExprId {
        let kind = match node.kind() {
            "call_expression" => {
                let args = field(node, "arguments").map(|a| self.arguments(a)).unwrap_or_default();
                ExprKind::Call { callee: object, args, is_new: false }
            }
            "member_expression" => match field(node, "property") {
                Some(property) => {
                    let name = self.b.intern(self.text(property));
                    ExprKind::Member { object, name, name_span: Builder::span(property) }
                }
                None => ExprKind::Unknown(vec![object]),
            },
            "subscript_expression" => match field(node, "index") {
                Some(index) => ExprKind::Index { object, index: self.expr(index) },
                None => ExprKind::Unknown(vec![object]),
            },
            "as_expression" | "satisfies_expression" => {
                let ty = sound(node).get(1).copied().and_then(|t| self.type_expr(t));
                ExprKind::Cast { operand: object, ty }
            }
            _ => ExprKind::Cast { operand: object, ty: None },
        };
        self.b.expr(Builder::span(node), kind)
    }
}

impl Lower<'_> {
    /// The arguments of a call; a tagged template is the only argument of its tag.
    pub(super) fn arguments(&mut self, node: Node<'_>) -> Vec<Arg> {
        if node.kind() == "template_string" {
            let value = self.expr(node);
            return vec![Arg { name: None, value, spread: Spread::No, span: Builder::span(node) }];
        }
        self.pick_errors(node);
        let mut args = Vec::new();
        for child in sound(node) {
            let span = Builder::span(child);
            let (value, spread) = match child.kind() {
                "spread_element" => (self.only_expr(child), Spread::Elements),
                _ => (self.expr(child), Spread::No),
            };
            args.push(Arg { name: None, value, spread, span });
        }
        args
    }

    pub(super) fn new_expression(&mut self, node: Node<'_>) -> ExprId {
        let Some(constructor) = field(node, "constructor") else { return self.children(node) };
        let callee = self.expr(constructor);
        let args = field(node, "arguments").map(|a| self.arguments(a)).unwrap_or_default();
        self.b.expr(Builder::span(node), ExprKind::Call { callee, args, is_new: true })
    }
}
