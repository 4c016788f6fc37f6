//! Types, as far as they can be read as expressions.

use tree_sitter::Node;

use super::{Lower, field, first_named};
use crate::syntax::builder::Builder;
use crate::syntax::hir::*;

/// Types nest without use to the analysis; deeper ones than this are not read.
const MAX_TYPE_NESTING: usize = 8;

impl Lower<'_> {
    /// The type in a field.
    pub(super) fn type_in(&mut self, node: Node<'_>, name: &str) -> Option<ExprId> {
        field(node, name).and_then(|t| self.type_expr(t))
    }

    /// A type as an expression: its qualified name without pointers and type arguments. Slices are `list[T]`, maps
    /// `map[T]`, channels `chan[T]` (of their elements), slices of bytes `bytes`.
    pub(super) fn type_expr(&mut self, node: Node<'_>) -> Option<ExprId> {
        self.type_within(node, MAX_TYPE_NESTING)
    }

    fn type_within(&mut self, node: Node<'_>, room: usize) -> Option<ExprId> {
        let mut node = node;
        let span = Builder::span(node);
        for left in (0..room).rev() {
            node = match node.kind() {
                "type_identifier" | "identifier" if !node.is_missing() => {
                    return (self.text(node) != "any").then(|| self.b.name_expr(node));
                }
                "qualified_type" => return self.qualified_type(node),
                "generic_type" => field(node, "type")?,
                "pointer_type" | "parenthesized_type" | "negated_type" | "type_elem" => first_named(node)?,
                "slice_type" | "array_type" | "implicit_length_array_type" => {
                    let element = field(node, "element");
                    if element.is_some_and(|e| matches!(self.text(e), "byte" | "uint8")) {
                        return Some(self.name(span, "bytes"));
                    }
                    return Some(self.container(span, "list", element, left));
                }
                "map_type" => return Some(self.container(span, "map", field(node, "value"), left)),
                "channel_type" => return Some(self.container(span, "chan", field(node, "value"), left)),
                _ => return None,
            };
        }
        None
    }

    fn container(&mut self, span: Span, name: &str, element: Option<Node<'_>>, room: usize) -> ExprId {
        let object = self.name(span, name);
        match element.and_then(|e| self.type_within(e, room)) {
            Some(index) => self.b.expr(span, ExprKind::Index { object, index }),
            None => object,
        }
    }

    /// `package.Name` as a member.
    fn qualified_type(&mut self, node: Node<'_>) -> Option<ExprId> {
        let (package, name) = (field(node, "package")?, field(node, "name")?);
        let object = self.b.name_expr(package);
        let name_span = Builder::span(name);
        let name = self.b.intern(self.text(name));
        Some(self.b.expr(Builder::span(node), ExprKind::Member { object, name, name_span }))
    }
}
