//! Type annotations, as far as they can be read as expressions.

use tree_sitter::Node;

use super::{Lower, field, first_named, named};
use crate::syntax::builder::Builder;
use crate::syntax::hir::*;

/// Types nest without use to the analysis; deeper ones than this are not read.
const MAX_TYPE_NESTING: usize = 16;

impl Lower<'_> {
    /// The type in the field `type` or `return_type` of a declaration.
    pub(super) fn annotation(&mut self, node: Node<'_>, name: &str) -> Option<ExprId> {
        let annotation = field(node, name)?;
        let ty = if annotation.kind().ends_with("annotation") { first_named(annotation)? } else { annotation };
        self.type_expr(ty)
    }

    /// A type as an expression: a qualified name, a generic type's own name, the only real arm of a union.
    pub(super) fn type_expr(&mut self, node: Node<'_>) -> Option<ExprId> {
        let mut node = node;
        for _ in 0..MAX_TYPE_NESTING {
            node = match node.kind() {
                "predefined_type" | "type_identifier" | "identifier" if !node.is_missing() => {
                    return Some(self.b.name_expr(node));
                }
                "nested_type_identifier" | "nested_identifier" | "member_expression" => return self.type_path(node),
                "generic_type" => field(node, "name")?,
                "parenthesized_type" | "readonly_type" | "flow_maybe_type" => first_named(node)?,
                "union_type" => only_arm(node)?,
                _ => return None,
            };
        }
        None
    }

    /// A dotted type name as members.
    fn type_path(&mut self, node: Node<'_>) -> Option<ExprId> {
        let mut parts = Vec::new();
        let mut at = node;
        let base = loop {
            let object = field(at, "module").or_else(|| field(at, "object"));
            let name = field(at, "name").or_else(|| field(at, "property"));
            let (Some(object), Some(name)) = (object, name) else { break at };
            parts.push((at, name));
            at = object;
            if parts.len() > MAX_TYPE_NESTING {
                return None;
            }
        };
        let mut object = matches!(base.kind(), "identifier" | "type_identifier").then(|| self.b.name_expr(base))?;
        for (whole, name) in parts.into_iter().rev() {
            let text = self.b.intern(self.text(name));
            let kind = ExprKind::Member { object, name: text, name_span: Builder::span(name) };
            object = self.b.expr(Builder::span(whole), kind);
        }
        Some(object)
    }
}

/// The one arm of a union that is neither null nor undefined.
fn only_arm<'t>(node: Node<'t>) -> Option<Node<'t>> {
    let mut found = None;
    let mut open = vec![node];
    while let Some(next) = open.pop() {
        for arm in named(next) {
            match arm.kind() {
                "union_type" if open.len() < MAX_TYPE_NESTING => open.push(arm),
                "literal_type" | "null" | "undefined" => {}
                _ if found.is_some() => return None,
                _ => found = Some(arm),
            }
        }
    }
    found
}
