//! Annotations: decorators.

use tree_sitter::Node;

use super::{Descent, Lower, child_of_kind, field, sound};
use crate::syntax::builder::Builder;
use crate::syntax::hir::*;

impl Lower<'_> {
    /// The annotations among the modifiers of a declaration.
    pub(super) fn annotations(&mut self, node: Node<'_>) -> Vec<ExprId> {
        let modifiers = child_of_kind(node, "modifiers").map(sound).unwrap_or_default();
        let direct = sound(node);
        let all = modifiers.into_iter().chain(direct);
        let found: Vec<_> = all.filter(|c| matches!(c.kind(), "annotation" | "marker_annotation")).collect();
        found.into_iter().map(|a| self.expr(a)).collect()
    }

    /// An annotation as what a decorator is behind its sign: a name, or a call with keyword arguments.
    pub(super) fn annotation(&mut self, node: Node<'_>) -> ExprId {
        let span = Builder::span(node);
        let behind_sign = Span { start: span.start.saturating_add(1).min(span.end), end: span.end };
        let Some(name) = field(node, "name") else { return self.children(node) };
        let callee = self.type_expr(name).unwrap_or_else(|| self.unknown(Builder::span(name), Vec::new()));
        let Some(list) = field(node, "arguments") else { return callee };
        self.pick_errors(list);
        let mut args = Vec::new();
        for child in sound(list) {
            let span = Builder::span(child);
            if child.kind() != "element_value_pair" {
                args.push(Arg { name: None, value: self.expr(child), spread: Spread::No, span });
                continue;
            }
            self.pick_errors(child);
            let name = field(child, "key").map(|k| self.text(k)).map(|k| self.b.intern(k));
            let value = self.field_expr(child, "value");
            args.push(Arg { name, value, spread: Spread::No, span });
        }
        self.b.expr(behind_sign, ExprKind::Call { callee, args, is_new: false })
    }

    /// Annotations for which the HIR has no place: they are evaluated before the current statement.
    pub(super) fn evaluate(&mut self, values: Vec<ExprId>) {
        for value in values {
            let span = self.b.file.expr(value).span;
            let statement = self.b.stmt(span, StmtKind::Expr(value));
            self.pending.push(statement);
        }
    }
}
