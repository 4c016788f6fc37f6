//! What a lowered file holds compared with its tree, for tests.

use super::broken::{is_label, is_no_code};
use super::{parse, walk};
use crate::syntax::builder::Builder;
use crate::syntax::hir::*;
use crate::syntax::javascript::lower::coverage::lowered_spans;

/// The calls and identifiers of the tree that are neither in the lowered file nor below a cut, as text.
pub fn lost(text: &str, file: &File) -> Vec<String> {
    let Some(tree) = parse(text) else { return Vec::new() };
    let (calls, names) = lowered_spans(file);
    let mut out = Vec::new();
    walk(tree.root_node(), |node| {
        let span = Builder::span(node);
        if is_no_code(node.kind()) || file.too_deep.iter().any(|c| c.contains(span)) {
            return false;
        }
        let missing = match node.kind() {
            "method_invocation" | "object_creation_expression" | "explicit_constructor_invocation" => {
                !calls.contains(&span)
            }
            "identifier" => !node.is_missing() && !names.contains(&span) && !is_label(node),
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
