//! JavaScript's and TypeScript's trees to HIR: choosing the grammar, bounding the depth, and what broken code needs.
//!
//! Recursion goes through [`Descent::deeper`] only. Constructs that nest to the left without brackets (operators, member and
//! call chains, else-if) are walked in a loop and charged for the levels that they make in the HIR, so that its depth
//! stays bounded too.

mod chain;
mod class;
mod control;
mod expr;
mod function;
mod import;
mod jsx;
mod literal;
mod operators;
mod pattern;
mod stmt;
mod types;

#[cfg(test)]
mod bounds;
#[cfg(test)]
pub(in crate::syntax) mod coverage;
#[cfg(test)]
pub(in crate::syntax) mod dump;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use rustc_hash::FxHashSet;
use tree_sitter::{Node, Tree};

use crate::syntax::builder::Builder;
use crate::syntax::descent::Descent;
use crate::syntax::hir::*;
use crate::syntax::parse;
use crate::syntax::tree::{field, fields, first_named, has_token, is_comment, named, sound, strip_parens, walk};

/// Lowers a JavaScript or TypeScript text; `path` chooses the dialect (`.tsx`).
pub fn lower(path: &str, language: Language, text: &str) -> File {
    let mut lower = Lower::new(language, text);
    let Some(tree) = parse(path, language, text) else {
        lower.b.give_up();
        return lower.b.file;
    };
    let root = tree.root_node();
    lower.b.note_errors_and_comments(root);
    let mut body = if root.is_error() { Vec::new() } else { lower.statements(root) };
    lower.lost_errors(root, &mut body);
    lower.finish(body)
}

/// The tree of the dialect's own grammar, or of a neighbouring one if the text has fewer errors there.
pub(super) fn parse(path: &str, language: Language, text: &str) -> Option<Tree> {
    let javascript = tree_sitter_javascript::LANGUAGE;
    let typescript = tree_sitter_typescript::LANGUAGE_TYPESCRIPT;
    let tsx = tree_sitter_typescript::LANGUAGE_TSX;
    let is_tsx = path.to_ascii_lowercase().ends_with(".tsx");
    let grammars = match language {
        Language::JavaScript => [Some(javascript), Some(tsx), Some(typescript)],
        _ if is_tsx => [Some(tsx), None, None],
        _ => [Some(typescript), Some(tsx), None],
    };
    let mut best: Option<(usize, Tree)> = None;
    for grammar in grammars.into_iter().flatten() {
        let Some(parsed) = parse::parse(&grammar.into(), text) else { break };
        let weight = error_weight(parsed.tree.root_node());
        if best.as_ref().is_none_or(|(least, _)| weight < *least) {
            best = Some((weight, parsed.tree));
        }
        if weight == 0 || !parsed.cheap {
            break;
        }
    }
    best.map(|(_, tree)| tree)
}

/// How broken a tree is: a fixed weight for every outermost error or missing token, and the bytes that it covers.
fn error_weight(root: Node<'_>) -> usize {
    let mut weight = 0;
    walk(root, |node| {
        if node.is_error() || node.is_missing() {
            weight += 8 + node.byte_range().len();
            return false;
        }
        node.has_error()
    });
    weight
}

/// What is known about a value from where it stands: the name that a function in it takes, and whether it is exported.
#[derive(Clone, Copy, Default)]
struct Hint<'h> {
    symbol: Option<&'h str>,
    exported: bool,
}

/// A file being lowered.
struct Lower<'s> {
    b: Builder<'s>,
    /// Statements found where only an expression can stand (in broken code); they go before the current statement.
    pending: Block,
    /// Module-level names that are exported.
    exported: BTreeSet<String>,
    /// Methods that cannot be called from outside.
    private: BTreeSet<FunctionId>,
    /// Error nodes whose contents have been lowered.
    errors_seen: FxHashSet<usize>,
}

impl<'s> Lower<'s> {
    fn new(language: Language, text: &'s str) -> Self {
        Lower {
            b: Builder::new(language, text),
            pending: Vec::new(),
            exported: BTreeSet::new(),
            private: BTreeSet::new(),
            errors_seen: FxHashSet::default(),
        }
    }

    fn text(&self, node: Node<'_>) -> &'s str {
        self.b.node_text(node)
    }

    fn finish(mut self, body: Block) -> File {
        let (exported, private) = (&self.exported, &self.private);
        for (index, function) in self.b.file.functions.iter_mut().enumerate() {
            let top = function.symbol.split('.').next().unwrap_or("");
            if function.parent == Some(MODULE) && exported.contains(top) {
                function.is_exported = true;
            }
            if private.contains(&FunctionId(index as u32)) {
                function.is_exported = false;
            }
        }
        if let Some(module) = self.b.file.functions.first_mut() {
            module.body = body;
        }
        self.b.file
    }
}

impl<'s> Descent<'s> for Lower<'s> {
    fn builder(&mut self) -> &mut Builder<'s> {
        &mut self.b
    }

    fn pending(&mut self) -> &mut Block {
        &mut self.pending
    }

    fn errors_seen(&mut self) -> &mut FxHashSet<usize> {
        &mut self.errors_seen
    }

    fn expr(&mut self, node: Node<'_>) -> ExprId {
        Lower::expr(self, node)
    }

    fn children(&mut self, node: Node<'_>) -> ExprId {
        Lower::children(self, node)
    }

    fn statement(&mut self, node: Node<'_>, out: &mut Block) {
        Lower::statement(self, node, out);
    }

    fn is_statement(kind: &str) -> bool {
        stmt::is_statement(kind)
    }

    fn is_expression(kind: &str) -> bool {
        expr::is_expression(kind)
    }

    fn stands_alone(kind: &str) -> bool {
        kind == "variable_declarator" || Self::is_statement(kind)
    }

    /// A method without its class.
    fn loose_part(&mut self, node: Node<'_>, out: &mut Vec<ExprId>) -> bool {
        if node.kind() != "method_definition" {
            return false;
        }
        for decorator in fields(node, "decorator") {
            out.push(self.only_expr(decorator));
        }
        let method = self.property(node, Hint::default());
        out.extend(method.key.into_iter().chain([method.value]));
        true
    }
}
