//! What a lowered file holds compared with its tree, for tests.

use super::{field, parse, walk};
use crate::syntax::builder::Builder;
use crate::syntax::hir::*;
use crate::syntax::javascript::lower::coverage::lowered_spans;

/// The calls and identifiers of the tree that are neither in the lowered file nor below a cut, as text.
pub fn lost(text: &str, file: &File) -> Vec<String> {
    let Some(tree) = parse(text) else { return Vec::new() };
    let (mut calls, names) = lowered_spans(file);
    // Conversions are casts.
    calls.extend(file.exprs.iter().filter(|e| matches!(e.kind, ExprKind::Cast { .. })).map(|e| e.span));
    let mut out = Vec::new();
    walk(tree.root_node(), |node| {
        let span = Builder::span(node);
        let is_type = node.kind().ends_with("_type")
            || matches!(node.kind(), "type_arguments" | "type_parameter_list" | "type_elem" | "import_declaration");
        if is_type || file.too_deep.iter().any(|c| c.contains(span)) {
            return false;
        }
        let missing = match node.kind() {
            "call_expression" => !calls.contains(&span),
            "identifier" => !node.is_missing() && !names.contains(&span) && !is_no_value(node, text),
            _ => false,
        };
        if missing {
            let line = text.get(..span.range().start).map_or(0, |t| t.matches('\n').count()) + 1;
            out.push(format!("{line} {} {}", node.kind(), text.get(span.range()).unwrap_or("")));
        }
        true
    });
    out
}

/// Identifiers that stand for no value of their own: the blank one, the names of built-in functions that are lowered as
/// something else, the type argument of a call, the fields of a struct literal.
fn is_no_value(node: tree_sitter::Node<'_>, text: &str) -> bool {
    let own = text.get(node.byte_range()).unwrap_or("");
    let Some(parent) = node.parent() else { return false };
    let outer = parent.parent();
    own == "_"
        || matches!(own, "new" | "string" | "any" | "error")
        || (field(parent, "index") == Some(node) && outer.is_some_and(|o| field(o, "function") == Some(parent)))
        || (parent.kind() == "literal_element" && outer.is_some_and(|o| field(o, "key") == Some(parent)))
}
