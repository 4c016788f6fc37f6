//! Annotations, read as expressions.

use tree_sitter::Node;

use super::literal::StringPrefix;
use super::{Lowerer, first_kid, kids};
use crate::syntax::builder::Builder;
use crate::syntax::hir::*;

impl Lowerer<'_> {
    /// Lowers a node that stands in annotations only; its level is entered.
    pub(super) fn type_of_kind(&mut self, node: Node<'_>) -> ExprId {
        let parts = kids(node);
        match (node.kind(), &parts[..]) {
            ("type", [only]) => self.annotation(*only),
            ("generic_type", [name, parameters]) => self.generic_type(node, *name, *parameters),
            ("union_type", [left, right]) => {
                let left = self.expr(*left);
                let right = self.expr(*right);
                self.b.expr(Builder::span(node), ExprKind::Binary { op: BinaryOp::BitOr, left, right })
            }
            ("member_type", [object, name]) => {
                let object = self.expr(*object);
                let name_span = Builder::span(*name);
                let name = self.b.intern(self.b.node_text(*name));
                self.b.expr(Builder::span(node), ExprKind::Member { object, name, name_span })
            }
            ("splat_type", [inner]) => {
                let inner = self.expr(*inner);
                self.b.expr(Builder::span(node), ExprKind::Spread(inner))
            }
            _ => self.unknown_expr(node),
        }
    }

    /// What an annotation names: a string that holds a dotted name is that name.
    fn annotation(&mut self, node: Node<'_>) -> ExprId {
        match self.forward_reference(node) {
            Some(id) => id,
            None => self.expr(node),
        }
    }

    /// `C[A, B]`. The strings in `Literal[…]` and `Annotated[…]` are values, all others names.
    fn generic_type(&mut self, node: Node<'_>, name: Node<'_>, parameters: Node<'_>) -> ExprId {
        let values = matches!(self.b.node_text(name), "Literal" | "Annotated");
        let object = self.expr(name);
        let parameters = kids(parameters);
        let mut entries = Vec::new();
        for &parameter in &parameters {
            let inner = first_kid(parameter).filter(|_| parameter.kind() == "type");
            let value = self.expr(inner.filter(|_| values).unwrap_or(parameter));
            entries.push(Entry { key: None, value, spread: false, span: Builder::span(parameter) });
        }
        let index = match (&entries[..], &parameters[..]) {
            ([only], _) => only.value,
            (_, [first, .., last]) => {
                let span = Span::new(first.start_byte(), last.end_byte());
                self.b.expr(span, ExprKind::Collection { kind: CollectionKind::Tuple, entries })
            }
            _ => self.unknown(node, Vec::new()),
        };
        self.b.expr(Builder::span(node), ExprKind::Index { object, index })
    }

    /// `"a.B"` as `a.B`, with the spans that the parts have inside the quotes.
    fn forward_reference(&mut self, node: Node<'_>) -> Option<ExprId> {
        let parts = kids(node);
        let [start, content, _] = parts[..] else { return None };
        let prefix = StringPrefix::of(self.b.node_text(start));
        if node.kind() != "string" || content.kind() != "string_content" || prefix.bytes || prefix.interpolated {
            return None;
        }
        let text = self.b.node_text(content);
        let parts: Vec<&str> = text.split('.').collect();
        if parts.len() as u32 + 1 > self.room() || !parts.iter().all(|part| is_identifier(part)) {
            return None;
        }
        let begin = content.start_byte();
        let mut at = begin;
        let mut path: Option<ExprId> = None;
        for part in parts {
            let name = self.b.intern(part);
            let end = at + part.len();
            path = Some(match path {
                None => self.b.expr(Span::new(at, end), ExprKind::Name(name)),
                Some(object) => {
                    let name_span = Span::new(at, end);
                    self.b.expr(Span::new(begin, end), ExprKind::Member { object, name, name_span })
                }
            });
            at = end + 1;
        }
        path
    }
}

fn is_identifier(text: &str) -> bool {
    let mut chars = text.chars();
    chars.next().is_some_and(|c| c == '_' || c.is_alphabetic()) && chars.all(|c| c == '_' || c.is_alphanumeric())
}
