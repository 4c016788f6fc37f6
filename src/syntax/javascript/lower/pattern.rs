//! Patterns: assignment targets, declarations, destructuring.

use tree_sitter::Node;

use super::{Descent, Lower, field, first_named, strip_parens};
use crate::syntax::builder::Builder;
use crate::syntax::hir::*;

impl Lower<'_> {
    /// An assignment target or binding as an expression.
    pub(super) fn pattern(&mut self, node: Node<'_>) -> ExprId {
        let node = strip_parens(node);
        let lowered = self.deeper(node, 1, |this| this.pattern_inner(node));
        lowered.unwrap_or_else(|| self.unknown(Builder::span(node), Vec::new()))
    }

    fn pattern_inner(&mut self, node: Node<'_>) -> ExprId {
        self.pick_errors(node);
        match node.kind() {
            "identifier" | "shorthand_property_identifier_pattern" | "undefined" if !node.is_missing() => {
                self.b.name_expr(node)
            }
            "object_pattern" => self.object_pattern(node),
            "array_pattern" => self.array(node, true),
            "assignment_pattern" | "object_assignment_pattern" | "assignment_expression" => self.defaulted(node),
            "rest_pattern" | "spread_element" => {
                let inner = self.inner_pattern(node);
                self.b.expr(Builder::span(node), ExprKind::Spread(inner))
            }
            _ => self.expr(node),
        }
    }

    /// The pattern behind the dots of a rest element.
    pub(super) fn inner_pattern(&mut self, node: Node<'_>) -> ExprId {
        self.pick_errors(node);
        match first_named(node) {
            Some(inner) => self.pattern(inner),
            None => self.unknown(Builder::span(node), Vec::new()),
        }
    }

    fn defaulted(&mut self, node: Node<'_>) -> ExprId {
        let (Some(left), Some(right)) = (field(node, "left"), field(node, "right")) else { return self.children(node) };
        let target = self.pattern(left);
        let value = self.named_value(right, self.text(left));
        self.b.expr(Builder::span(node), ExprKind::Assign { target, value, op: None })
    }

    fn object_pattern(&mut self, node: Node<'_>) -> ExprId {
        let mut entries = Vec::new();
        for child in super::named(node) {
            let span = Builder::span(child);
            let entry = match child.kind() {
                "pair_pattern" => {
                    self.pick_errors(child);
                    let key = field(child, "key").map(|k| self.key(k));
                    let value = field(child, "value").map(|v| self.pattern(v));
                    let value = value.unwrap_or_else(|| self.unknown(span, Vec::new()));
                    Entry { key, value, spread: false, span }
                }
                "rest_pattern" => Entry { key: None, value: self.inner_pattern(child), spread: true, span },
                "shorthand_property_identifier_pattern" | "object_assignment_pattern" => {
                    let name = field(child, "left").unwrap_or(child);
                    let key = self.b.string(Builder::span(name), self.text(name));
                    Entry { key: Some(key), value: self.pattern(child), spread: false, span }
                }
                _ if child.is_error() => continue,
                _ => Entry { key: None, value: self.pattern(child), spread: false, span },
            };
            entries.push(entry);
        }
        self.b.expr(Builder::span(node), ExprKind::Collection { kind: CollectionKind::Map, entries })
    }
}
