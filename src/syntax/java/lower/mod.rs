//! Java's tree to HIR: bounding the depth, and what broken code needs.
//!
//! Recursion goes through [`Lower::deeper`] only. Constructs that nest to the left without brackets (operators, call chains,
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

use crate::syntax::builder::{Builder, MAX_DEPTH};
use crate::syntax::hir::*;
use crate::syntax::parse;
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

/// Visits the tree in order without recursion; `visit` says whether to go into the node.
pub(super) fn walk<'t>(root: Node<'t>, mut visit: impl FnMut(Node<'t>) -> bool) {
    let mut cursor = root.walk();
    loop {
        if visit(cursor.node()) && cursor.goto_first_child() {
            continue;
        }
        while !cursor.goto_next_sibling() {
            if !cursor.goto_parent() {
                return;
            }
        }
    }
}

/// A file being lowered.
struct Lower<'s> {
    b: Builder<'s>,
    /// What the names of the file stand for at the current place.
    names: Names<'s>,
    /// The levels taken of [`MAX_DEPTH`].
    depth: u32,
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
            depth: 0,
            pending: Vec::new(),
            errors_seen: FxHashSet::default(),
            made: 0,
            yields: Vec::new(),
            anonymous: FxHashMap::default(),
        }
    }

    /// Takes `levels` of depth for the time of `work`; `None`, with the node noted as too deep, where they are not left.
    fn deeper<T>(&mut self, node: Node<'_>, levels: u32, work: impl FnOnce(&mut Self) -> T) -> Option<T> {
        self.take(node, levels)?;
        let result = work(self);
        self.release(levels);
        Some(result)
    }

    fn take(&mut self, node: Node<'_>, levels: u32) -> Option<()> {
        for taken in 0..levels {
            if self.b.enter(node).is_none() {
                self.depth += taken;
                self.release(taken);
                return None;
            }
        }
        self.depth += levels;
        Some(())
    }

    fn release(&mut self, levels: u32) {
        for _ in 0..levels {
            self.b.leave();
        }
        self.depth = self.depth.saturating_sub(levels);
    }

    /// How many levels are left here.
    fn room(&self) -> usize {
        MAX_DEPTH.saturating_sub(self.depth) as usize
    }

    fn text(&self, node: Node<'_>) -> &'s str {
        self.b.node_text(node)
    }

    fn unknown(&mut self, span: Span, children: Vec<ExprId>) -> ExprId {
        self.b.expr(span, ExprKind::Unknown(children))
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

    /// The statements of a program, block or case, with those that expressions in them need.
    fn statements(&mut self, node: Node<'_>) -> Block {
        let outer = std::mem::take(&mut self.pending);
        let mut out = Vec::new();
        for child in named(node) {
            self.statement_flushed(child, &mut out);
        }
        self.pending = outer;
        out
    }

    /// One statement, after the pending ones that it brought in.
    fn statement_flushed(&mut self, node: Node<'_>, out: &mut Block) {
        let mut own = Vec::new();
        self.statement(node, &mut own);
        out.append(&mut self.pending);
        out.append(&mut own);
    }

    fn finish(mut self, body: Block) -> File {
        self.implicit_imports();
        if let Some(module) = self.b.file.functions.first_mut() {
            module.body = body;
        }
        self.b.file
    }
}

/// The named children of a node, without comments.
fn named<'t>(node: Node<'t>) -> Vec<Node<'t>> {
    let mut cursor = node.walk();
    node.named_children(&mut cursor).filter(|c| !is_comment(*c)).collect()
}

/// The named children of a node, without comments and errors.
fn sound<'t>(node: Node<'t>) -> Vec<Node<'t>> {
    named(node).into_iter().filter(|c| !c.is_error()).collect()
}

fn is_comment(node: Node<'_>) -> bool {
    node.kind().ends_with("comment")
}

/// The first named child that is neither a comment nor an error.
fn first_named<'t>(node: Node<'t>) -> Option<Node<'t>> {
    sound(node).into_iter().next()
}

/// The first child of a kind.
fn child_of_kind<'t>(node: Node<'t>, kind: &str) -> Option<Node<'t>> {
    let mut cursor = node.walk();
    node.children(&mut cursor).find(|c| c.kind() == kind)
}

/// The child of a field, where broken code has not left it out.
fn field<'t>(node: Node<'t>, name: &str) -> Option<Node<'t>> {
    node.child_by_field_name(name)
}

/// The children of a field that can occur several times, without comments.
fn fields<'t>(node: Node<'t>, name: &str) -> Vec<Node<'t>> {
    let mut cursor = node.walk();
    node.children_by_field_name(name, &mut cursor).filter(|c| c.is_named() && !is_comment(*c)).collect()
}

/// Whether the modifiers of a declaration have a keyword.
fn has_modifier(node: Node<'_>, keyword: &str) -> bool {
    child_of_kind(node, "modifiers").is_some_and(|m| child_of_kind(m, keyword).is_some())
}

/// The expression inside any number of parentheses.
fn strip_parens<'t>(mut node: Node<'t>) -> Node<'t> {
    while node.kind() == "parenthesized_expression" && !node.has_error() {
        let Some(inner) = first_named(node) else { break };
        node = inner;
    }
    node
}
