//! Python's tree to HIR, split by what is lowered: expressions, long chains of them (`spine`), literals, statements,
//! definitions, imports, patterns, and what a syntax error leaves behind (`broken`).
//!
//! Every descent goes through [`Lowerer::expr`] or [`Lowerer::stmt`], which count the levels of the HIR that they build, so
//! that neither the lowering nor a later walk can exhaust the stack.

mod broken;
mod call;
mod compound;
mod define;
mod expr;
mod import;
mod literal;
mod pattern;
mod spine;
mod stmt;
mod types;

#[cfg(test)]
mod dump;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod tests_complete;

use tree_sitter::Node;

use crate::syntax::builder::Builder;
use crate::syntax::hir::*;
use crate::syntax::parse;
use crate::syntax::tree::{child_where, children_where, field, find_child};

/// Lowers a Python text. Never fails; see [`File::unparsed`].
pub fn lower(text: &str) -> File {
    let mut lowerer = Lowerer { b: Builder::new(Language::Python, text), classes: Vec::new(), hoisted: Vec::new() };
    match parse::parse(&tree_sitter_python::LANGUAGE.into(), text) {
        Some(parsed) => lowerer.module(parsed.tree.root_node()),
        None => lowerer.b.give_up(),
    }
    lowerer.b.file
}

/// The state of one file's lowering.
struct Lowerer<'s> {
    b: Builder<'s>,
    /// The classes and functions around the current place, innermost last; a function is `None`.
    classes: Vec<Option<ClassId>>,
    /// Statements that stood inside a broken expression; the next statement goes behind them.
    hoisted: Block,
}

impl Lowerer<'_> {
    fn module(&mut self, root: Node<'_>) {
        self.b.note_errors_and_comments(root);
        let mut body = Vec::new();
        if root.is_error() {
            self.broken_statements(root, &mut body);
        } else {
            self.statements(root, &mut body);
        }
        body.append(&mut self.hoisted);
        if let Some(module) = self.b.file.functions.first_mut() {
            module.body = body;
        }
    }

    /// One level deeper; `None` when there is none left.
    fn enter(&mut self, node: Node<'_>) -> Option<()> {
        self.b.enter(node)
    }

    fn leave(&mut self) {
        self.b.leave();
    }

    /// How many more levels can be entered.
    fn room(&self) -> u32 {
        self.b.room() as u32
    }

    /// Something of no known form at a node, depending on `children`.
    fn unknown(&mut self, node: Node<'_>, children: Vec<ExprId>) -> ExprId {
        self.b.expr(Builder::span(node), ExprKind::Unknown(children))
    }

    /// The expression in a field, or an empty unknown where a syntax error took it.
    fn field(&mut self, node: Node<'_>, name: &str) -> ExprId {
        match field(node, name) {
            Some(child) => self.expr(child),
            None => self.unknown(node, Vec::new()),
        }
    }

    /// The block in a field; empty where there is none.
    fn field_block(&mut self, node: Node<'_>, name: &str) -> Block {
        field(node, name).map(|block| self.block(block)).unwrap_or_default()
    }
}

/// The named children that mean something: no comments, line continuations or error nodes.
fn kids(node: Node<'_>) -> Vec<Node<'_>> {
    children_where(node, |n| !n.is_extra() && !n.is_error())
}

/// The first meaningful child.
fn first_kid(node: Node<'_>) -> Option<Node<'_>> {
    child_where(node, |n| !n.is_extra() && !n.is_error())
}

/// Whether a token such as `async` stands among the children.
fn has_token(node: Node<'_>, token: &str) -> bool {
    find_child(node, false, |n| (!n.is_named() && n.kind() == token).then_some(())).is_some()
}

/// What is spread by `*e` or `**e`; none for anything else, and for one that is broken itself.
fn spread_value(node: Node<'_>) -> Option<Node<'_>> {
    let is_splat = matches!(
        node.kind(),
        "list_splat" | "list_splat_pattern" | "dictionary_splat" | "dictionary_splat_pattern" | "splat_pattern"
    );
    if is_splat && !broken::has_own_errors(node) { first_kid(node) } else { None }
}

/// What is inside any number of parentheses.
fn strip_parens(mut node: Node<'_>) -> Node<'_> {
    while node.kind() == "parenthesized_expression" && !broken::has_own_errors(node) {
        let Some(inner) = first_kid(node) else { return node };
        node = inner;
    }
    node
}
