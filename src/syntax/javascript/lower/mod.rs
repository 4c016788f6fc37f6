//! JavaScript's and TypeScript's trees to HIR: choosing the grammar, bounding the depth, and what broken code needs.
//!
//! Recursion goes through [`Lower::deeper`] only. Constructs that nest to the left without brackets (operators, member and
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

use crate::syntax::builder::{Builder, MAX_DEPTH};
use crate::syntax::hir::*;
use crate::syntax::parse;

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

/// What is known about a value from where it stands: the name that a function in it takes, and whether it is exported.
#[derive(Clone, Copy, Default)]
struct Hint<'h> {
    symbol: Option<&'h str>,
    exported: bool,
}

/// A file being lowered.
struct Lower<'s> {
    b: Builder<'s>,
    /// The levels taken of [`MAX_DEPTH`].
    depth: u32,
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
            depth: 0,
            pending: Vec::new(),
            exported: BTreeSet::new(),
            private: BTreeSet::new(),
            errors_seen: FxHashSet::default(),
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
                self.release(taken);
                self.depth += taken;
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

    /// The statements of a program, block or case, with those that broken code hides in expressions.
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

    /// Lowers the direct error children of a node to pending statements.
    fn pick_errors(&mut self, node: Node<'_>) {
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
    fn error_statement(&mut self, node: Node<'_>) {
        let mut out = std::mem::take(&mut self.pending);
        let mut own = Vec::new();
        self.error_node(node, &mut own);
        out.append(&mut self.pending);
        out.append(&mut own);
        self.pending = out;
    }

    /// The statements and expressions in an error node, in line.
    fn error_node(&mut self, node: Node<'_>, out: &mut Block) {
        if !self.errors_seen.insert(node.id()) {
            return;
        }
        let done = self.deeper(node, 1, |this| {
            let mut own = Vec::new();
            for child in named(node) {
                if child.kind() == "variable_declarator" || stmt::is_statement(child.kind()) {
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
    fn loose(&mut self, node: Node<'_>, out: &mut Vec<ExprId>) {
        let kind = node.kind();
        if node.is_error() {
            self.error_statement(node);
        } else if stmt::is_statement(kind) {
            let mut own = Vec::new();
            self.statement(node, &mut own);
            self.pending.append(&mut own);
        } else if kind == "method_definition" {
            for decorator in fields(node, "decorator") {
                out.push(self.only_expr(decorator));
            }
            let method = self.property(node, Hint::default());
            out.extend(method.key.into_iter().chain([method.value]));
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
    fn lost_errors(&mut self, root: Node<'_>, body: &mut Block) {
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

/// The child of a field, where broken code has not left it out.
fn field<'t>(node: Node<'t>, name: &str) -> Option<Node<'t>> {
    node.child_by_field_name(name)
}

/// The children of a field that can occur several times, without comments.
fn fields<'t>(node: Node<'t>, name: &str) -> Vec<Node<'t>> {
    let mut cursor = node.walk();
    node.children_by_field_name(name, &mut cursor).filter(|c| c.is_named() && !is_comment(*c)).collect()
}

/// Whether the node has the keyword or sign `token` as a direct child.
fn has_token(node: Node<'_>, token: &str) -> bool {
    let mut cursor = node.walk();
    node.children(&mut cursor).any(|c| c.kind() == token)
}

/// The expression inside any number of parentheses.
fn strip_parens<'t>(mut node: Node<'t>) -> Node<'t> {
    while node.kind() == "parenthesized_expression" && !node.has_error() {
        let Some(inner) = first_named(node) else { break };
        node = inner;
    }
    node
}
