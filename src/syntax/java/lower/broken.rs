//! What broken code hides: the contents of error nodes, and whatever stands where no construct looks for it.

use rustc_hash::FxHashSet;
use tree_sitter::Node;

use super::{Lower, expr, named, stmt, types, walk};
use crate::syntax::builder::Builder;
use crate::syntax::hir::*;

impl Lower<'_> {
    /// Lowers the direct error children of a node to pending statements.
    pub(super) fn pick_errors(&mut self, node: Node<'_>) {
        if !node.has_error() {
            return;
        }
        for child in named(node) {
            if child.is_error() && !self.errors_seen.contains(&child.id()) {
                self.error_statement(child);
            }
        }
    }

    /// An error node whose contents become pending statements.
    pub(super) fn error_statement(&mut self, node: Node<'_>) {
        let mut out = std::mem::take(&mut self.pending);
        let mut own = Vec::new();
        self.error_node(node, &mut own);
        out.append(&mut self.pending);
        out.append(&mut own);
        self.pending = out;
    }

    /// The statements and expressions in an error node, in line.
    pub(super) fn error_node(&mut self, node: Node<'_>, out: &mut Block) {
        if !self.errors_seen.insert(node.id()) {
            return;
        }
        let done = self.deeper(node, 1, |this| {
            let mut own = Vec::new();
            for child in named(node) {
                if stmt::is_statement(child.kind()) {
                    this.statement_flushed(child, &mut own);
                    continue;
                }
                let mut exprs = Vec::new();
                this.loose(child, &mut exprs);
                own.append(&mut this.pending);
                for value in exprs {
                    let span = this.b.file.expr(value).span;
                    own.push(this.b.stmt(span, StmtKind::Expr(value)));
                }
            }
            own
        });
        out.extend(done.unwrap_or_default());
    }

    /// Every expression in a node that is none itself; statements in it become pending.
    pub(super) fn loose(&mut self, node: Node<'_>, out: &mut Vec<ExprId>) {
        let kind = node.kind();
        if node.is_error() {
            self.error_statement(node);
        } else if stmt::is_statement(kind) {
            let mut own = Vec::new();
            self.statement(node, &mut own);
            self.pending.append(&mut own);
        } else if types::is_type(kind) {
            out.extend(self.type_expr(node));
        } else if expr::is_expression(kind) {
            out.push(self.expr(node));
        } else if node.named_child_count() > 0 {
            self.deeper(node, 1, |this| {
                for child in named(node) {
                    this.loose(child, out);
                }
            });
        }
    }

    /// Error nodes that no construct took with it: their contents go to the end of the module.
    pub(super) fn lost_errors(&mut self, root: Node<'_>, body: &mut Block) {
        let mut cut = self.b.file.too_deep.clone();
        cut.sort_unstable();
        let mut next = 0;
        let mut cut_end = 0;
        walk(root, |node| {
            let span = Builder::span(node);
            while cut.get(next).is_some_and(|c| c.start <= span.start) {
                cut_end = cut_end.max(cut.get(next).map_or(0, |c| c.end));
                next += 1;
            }
            if !node.has_error() || (span.end <= cut_end && span.start < cut_end) {
                return false;
            }
            if node.is_error() {
                self.error_node(node, body);
                body.append(&mut self.pending);
            }
            true
        });
    }

    /// In a broken tree, the calls and names that are nowhere in the HIR: they go to the end of the module.
    pub(super) fn lost_expressions(&mut self, root: Node<'_>, body: &mut Block) {
        if !root.has_error() {
            return;
        }
        let mut seen: FxHashSet<Span> = FxHashSet::default();
        for expr in &self.b.file.exprs {
            match &expr.kind {
                ExprKind::Call { .. } | ExprKind::Name(_) | ExprKind::Literal(_) => _ = seen.insert(expr.span),
                ExprKind::Member { name_span, .. } => _ = seen.insert(*name_span),
                _ => {}
            }
        }
        seen.extend(self.b.file.functions.iter().map(|f| f.name_span));
        let cut = self.b.file.too_deep.clone();
        walk(root, |node| {
            let span = Builder::span(node);
            if is_no_code(node.kind()) || cut.iter().any(|c| c.contains(span)) {
                return false;
            }
            let is_call = matches!(node.kind(), "method_invocation" | "object_creation_expression");
            let is_name = node.kind() == "identifier" && !node.is_missing() && !is_label(node);
            if !(is_call || is_name) || seen.contains(&span) {
                return true;
            }
            let value = self.expr(node);
            body.append(&mut self.pending);
            body.push(self.b.stmt(span, StmtKind::Expr(value)));
            false
        });
    }
}

/// Nodes in which identifiers are no expressions.
pub(super) fn is_no_code(kind: &str) -> bool {
    let names = ["import_declaration", "package_declaration", "module_declaration", "receiver_parameter"];
    names.contains(&kind) || matches!(kind, "type_parameters" | "type_arguments" | "throws" | "permits" | "dimensions")
}

/// Whether an identifier names a label, a class, a method, a keyword argument, or the `default` of a pattern.
pub(super) fn is_label(node: Node<'_>) -> bool {
    let Some(parent) = node.parent() else { return false };
    match parent.kind() {
        "labeled_statement" => parent.named_child(0) == Some(node),
        "break_statement" | "continue_statement" | "switch_label" => true,
        "element_value_pair" => parent.child_by_field_name("key") == Some(node),
        kind => {
            let declares = kind.ends_with("_declaration") && kind != "method_declaration";
            declares && parent.child_by_field_name("name") == Some(node)
        }
    }
}
