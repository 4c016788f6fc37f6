//! What broken code hides: the contents of error nodes, and whatever stands where no construct looks for it.

use rustc_hash::FxHashSet;
use tree_sitter::Node;

use super::{Lower, field, walk};
use crate::syntax::builder::Builder;
use crate::syntax::hir::*;

impl Lower<'_> {
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
        "element_value_pair" => field(parent, "key") == Some(node),
        kind => {
            let declares = kind.ends_with("_declaration") && kind != "method_declaration";
            declares && field(parent, "name") == Some(node)
        }
    }
}
