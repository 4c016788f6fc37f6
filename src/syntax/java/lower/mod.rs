//! Java's tree to HIR: bounding the depth, and what broken code needs.
//!
//! Recursion goes through [`Descent::deeper`] only. Constructs that nest to the left without brackets (operators, call chains,
//! else-if) are walked in a loop and charged for the levels that they make in the HIR, so that its depth stays bounded too.
//!
//! Java lets methods and fields be named without what they belong to. The lowering writes it out (`this.find(name)`,
//! `Store.LIMIT`), so that the engine sees members: `scope` knows what each class of the file declares.

mod annotation;
mod broken;
mod chain;
mod class;
mod control;
mod expr;
mod function;
mod import;
mod literal;
mod operators;
mod pattern;
mod scope;
mod stmt;
mod switch;
mod types;

#[cfg(test)]
mod bounds;
#[cfg(test)]
mod coverage;
#[cfg(test)]
mod tests;

use rustc_hash::{FxHashMap, FxHashSet};
use tree_sitter::{Node, Tree};

use crate::syntax::builder::Builder;
use crate::syntax::descent::Descent;
use crate::syntax::hir::*;
use crate::syntax::parse;
use crate::syntax::tree::{child_of_kind, field, fields, first_named, named, sound, strip_parens, walk, walk_to};
use scope::Names;

/// Lowers a Java text.
pub fn lower(text: &str) -> File {
    let mut lower = Lower::new(text);
    let Some(tree) = parse(text) else {
        lower.b.give_up();
        return lower.b.file;
    };
    let root = tree.root_node();
    lower.b.note_errors_and_comments(root);
    lower.names = Names::collect(root, text);
    let mut body = if root.is_error() { Vec::new() } else { lower.statements(root) };
    lower.lost_errors(root, &mut body);
    lower.lost_expressions(root, &mut body);
    lower.finish(body)
}

pub(super) fn parse(text: &str) -> Option<Tree> {
    parse::parse(&tree_sitter_java::LANGUAGE.into(), text).map(|p| p.tree)
}

/// A file being lowered.
struct Lower<'s> {
    b: Builder<'s>,
    /// What the names of the file stand for at the current place.
    names: Names<'s>,
    /// Statements that an expression needs before it (switch expressions), and those found where only an expression can stand
    /// (in broken code); they go before the current statement.
    pending: Block,
    /// Error nodes whose contents have been lowered.
    errors_seen: FxHashSet<usize>,
    /// How many variables of its own the lowering has made.
    made: u32,
    /// The variables that `yield` gives a value to, innermost last.
    yields: Vec<Name>,
    /// How many anonymous classes there are so far of each symbol.
    anonymous: FxHashMap<String, u32>,
}

impl<'s> Lower<'s> {
    fn new(text: &'s str) -> Self {
        Lower {
            b: Builder::new(Language::Java, text),
            names: Names::default(),
            pending: Vec::new(),
            errors_seen: FxHashSet::default(),
            made: 0,
            yields: Vec::new(),
            anonymous: FxHashMap::default(),
        }
    }

    fn text(&self, node: Node<'_>) -> &'s str {
        self.b.node_text(node)
    }

    fn name(&mut self, span: Span, text: &str) -> ExprId {
        let name = self.b.intern(text);
        self.b.expr(span, ExprKind::Name(name))
    }

    /// `object.name`, the name standing at `name_span`.
    fn member(&mut self, span: Span, object: ExprId, name: &str, name_span: Span) -> ExprId {
        let name = self.b.intern(name);
        self.b.expr(span, ExprKind::Member { object, name, name_span })
    }

    fn finish(mut self, body: Block) -> File {
        self.implicit_imports();
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

    /// A type by itself.
    fn loose_part(&mut self, node: Node<'_>, out: &mut Vec<ExprId>) -> bool {
        let is_type = types::is_type(node.kind());
        if is_type {
            out.extend(self.type_expr(node));
        }
        is_type
    }
}

/// Whether the modifiers of a declaration have a keyword.
fn has_modifier(node: Node<'_>, keyword: &str) -> bool {
    child_of_kind(node, "modifiers").is_some_and(|m| child_of_kind(m, keyword).is_some())
}
