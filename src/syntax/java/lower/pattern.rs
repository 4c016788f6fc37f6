//! Patterns of `instanceof` and `switch`.

use tree_sitter::Node;

use super::{Descent, Lower, child_of_kind, field, sound};
use crate::syntax::builder::Builder;
use crate::syntax::hir::*;

impl Lower<'_> {
    /// `value instanceof T`, `value instanceof T name`, `value instanceof R(…)`: the test, and in its left side the binding.
    pub(super) fn instance_of(&mut self, node: Node<'_>) -> ExprId {
        let span = Builder::span(node);
        let mut left = self.field_expr(node, "left");
        let pattern = field(node, "pattern");
        let ty = match pattern {
            Some(pattern) => self.pattern_type(pattern),
            None => field(node, "right").and_then(|t| self.type_expr(t)),
        };
        let target = match (pattern, field(node, "name")) {
            (Some(pattern), _) => self.pattern(pattern),
            (None, Some(name)) => Some(self.typed_name(name, ty)),
            (None, None) => None,
        };
        if let Some(target) = target {
            let span = Span { start: self.b.file.expr(left).span.start, end: span.end };
            left = self.b.expr(span, ExprKind::Assign { target, value: left, op: None });
        }
        match ty {
            Some(right) => self.b.expr(span, ExprKind::Binary { op: BinaryOp::InstanceOf, left, right }),
            None => self.unknown(span, vec![left]),
        }
    }

    /// What a pattern compares the type with.
    pub(super) fn pattern_type(&mut self, node: Node<'_>) -> Option<ExprId> {
        let inner = if node.kind() == "pattern" { sound(node).into_iter().next()? } else { node };
        let name = sound(inner).into_iter().next()?;
        self.type_expr(name)
    }

    /// A pattern as a binding; none for one that binds nothing.
    pub(super) fn pattern(&mut self, node: Node<'_>) -> Option<ExprId> {
        self.deeper(node, 2, |this| this.pattern_inner(node)).flatten()
    }

    fn pattern_inner(&mut self, node: Node<'_>) -> Option<ExprId> {
        self.pick_errors(node);
        match node.kind() {
            "pattern" => sound(node).into_iter().next().and_then(|inner| self.pattern(inner)),
            "type_pattern" | "record_pattern_component" => {
                let name = sound(node).into_iter().next_back().filter(|n| n.kind() == "identifier")?;
                let ty = self.declared_type(node, None);
                Some(self.typed_name(name, ty))
            }
            "record_pattern" => {
                let body = child_of_kind(node, "record_pattern_body")?;
                self.pick_errors(body);
                let mut entries = Vec::new();
                for part in sound(body) {
                    let span = Builder::span(part);
                    let value = self.pattern(part);
                    if part.kind() == "record_pattern" {
                        // Its type is not compared here, but it is not to be lost.
                        let ty = self.pattern_type(part);
                        self.evaluate(ty.into_iter().collect());
                    }
                    let value = value.unwrap_or_else(|| self.unknown(span, Vec::new()));
                    entries.push(Entry { key: None, value, spread: false, span });
                }
                Some(self.b.expr(Builder::span(node), ExprKind::Collection { kind: CollectionKind::Tuple, entries }))
            }
            _ => None,
        }
    }

    /// A variable that is declared here, with its type.
    pub(super) fn typed_name(&mut self, name: Node<'_>, ty: Option<ExprId>) -> ExprId {
        self.names.declare(self.b.node_text(name));
        let operand = self.b.name_expr(name);
        match ty {
            Some(_) => self.b.expr(Builder::span(name), ExprKind::Cast { operand, ty }),
            None => operand,
        }
    }

    /// The variable that a declaration of one name binds, such as that of a loop or a resource.
    pub(super) fn declared_name(&mut self, node: Node<'_>) -> Option<ExprId> {
        let name = field(node, "name")?;
        let ty = self.declared_type(node, None);
        Some(self.typed_name(name, ty))
    }
}
