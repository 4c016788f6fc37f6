//! Member accesses, subscripts and calls.

use tree_sitter::Node;

use super::{Lowerer, field, kids, spread_value, strip_parens};
use crate::syntax::builder::Builder;
use crate::syntax::hir::*;

impl Lowerer<'_> {
    /// One `attribute`, `subscript` or `call` on an object that is lowered already.
    pub(super) fn access(&mut self, node: Node<'_>, object: ExprId) -> ExprId {
        match node.kind() {
            "attribute" => self.member(node, object),
            "subscript" => self.subscript(node, object),
            _ => {
                let args = field(node, "arguments").map(|a| self.arguments(a)).unwrap_or_default();
                self.b.expr(Builder::span(node), ExprKind::Call { callee: object, args, is_new: false })
            }
        }
    }

    fn member(&mut self, node: Node<'_>, object: ExprId) -> ExprId {
        let Some(attribute) = field(node, "attribute").filter(|a| !a.is_missing()) else {
            return self.unknown(node, vec![object]);
        };
        let name = self.b.intern(self.b.node_text(attribute));
        let name_span = Builder::span(attribute);
        self.b.expr(Builder::span(node), ExprKind::Member { object, name, name_span })
    }

    fn subscript(&mut self, node: Node<'_>, object: ExprId) -> ExprId {
        let span = Builder::span(node);
        let mut cursor = node.walk();
        let subscripts: Vec<Node<'_>> =
            node.children_by_field_name("subscript", &mut cursor).filter(|n| n.is_named() && !n.is_extra()).collect();
        // `a[1,]` and `a[1, 2]` are read by a tuple.
        let is_tuple = subscripts.len() > 1 || super::has_token(node, ",");
        match subscripts[..] {
            [] => self.unknown(node, vec![object]),
            [slice] if slice.kind() == "slice" && !is_tuple => {
                let mut bounds: Vec<ExprId> = kids(slice).into_iter().map(|bound| self.expr(bound)).collect();
                bounds.extend(self.broken_values(slice));
                self.b.expr(span, ExprKind::Slice { object, bounds })
            }
            [index] if !is_tuple => {
                let index = self.expr(index);
                self.b.expr(span, ExprKind::Index { object, index })
            }
            [first, ..] => {
                let last = subscripts.last().copied().unwrap_or(first);
                if self.enter(first).is_none() {
                    return self.unknown(node, vec![object]);
                }
                let index = self.tuple(&subscripts, Span::new(first.start_byte(), last.end_byte()));
                self.leave();
                self.b.expr(span, ExprKind::Index { object, index })
            }
        }
    }

    /// A tuple without parentheses of its own.
    pub(super) fn tuple(&mut self, nodes: &[Node<'_>], span: Span) -> ExprId {
        let entries = nodes.iter().map(|&node| self.entry(node)).collect();
        self.b.expr(span, ExprKind::Collection { kind: CollectionKind::Tuple, entries })
    }

    /// The arguments of a call: an argument list, or the generator of `f(x for x in y)`.
    pub(super) fn arguments(&mut self, node: Node<'_>) -> Vec<Arg> {
        if node.kind() == "generator_expression" {
            return vec![self.argument(node)];
        }
        kids(node).into_iter().map(|kid| self.argument(kid)).collect()
    }

    pub(super) fn argument(&mut self, node: Node<'_>) -> Arg {
        let span = Builder::span(node);
        let inner = strip_parens(node);
        if inner.kind() == "keyword_argument" {
            let name = field(inner, "name").map(|n| self.b.intern(self.b.node_text(n)));
            return Arg { name, value: self.field(inner, "value"), spread: Spread::No, span };
        }
        let spread_value = spread_value(inner);
        let spread = match spread_value {
            Some(_) if inner.kind().starts_with("dictionary") => Spread::Entries,
            Some(_) => Spread::Elements,
            None => Spread::No,
        };
        let value = self.expr(spread_value.unwrap_or(node));
        Arg { name: None, value, spread, span }
    }
}
