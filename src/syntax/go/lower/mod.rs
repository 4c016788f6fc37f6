//! Go's tree to HIR: bounding the depth, what the package declares, and what broken code needs.
//!
//! Recursion goes through [`Lower::deeper`] only. Constructs that nest to the left without brackets (operators, selector and
//! call chains, else-if) are walked in a loop and charged for the levels that they make in the HIR, so that its depth
//! stays bounded too.

mod assign;
mod chain;
mod composite;
mod control;
mod declare;
mod expr;
mod function;
mod import;
mod literal;
mod operators;
mod stmt;
mod survey;
mod switch;
mod types;

#[cfg(test)]
mod bounds;
#[cfg(test)]
mod coverage;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod tests_statements;

use rustc_hash::FxHashSet;
use tree_sitter::{Node, Tree};

pub(super) use self::import::package_names;
use self::survey::Survey;
use crate::syntax::builder::{Builder, MAX_DEPTH};
use crate::syntax::hir::*;
use crate::syntax::parse;

/// Lowers a Go text.
pub fn lower(text: &str) -> File {
    let mut lower = Lower::new(text);
    let Some(tree) = parse(text) else {
        lower.b.give_up();
        return lower.b.file;
    };
    let root = tree.root_node();
    lower.b.note_errors_and_comments(root);
    lower.survey = Survey::of(root, text);
    lower.open_classes(root);
    let mut body = if root.is_error() { Vec::new() } else { lower.statements(root) };
    lower.lost_errors(root, &mut body);
    lower.finish(body)
}

fn parse(text: &str) -> Option<Tree> {
    parse::parse(&tree_sitter_go::LANGUAGE.into(), text).map(|parsed| parsed.tree)
}

/// Visits the tree in order without recursion; `visit` says whether to go into the node.
fn walk<'t>(root: Node<'t>, mut visit: impl FnMut(Node<'t>) -> bool) {
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
    /// The levels taken of [`MAX_DEPTH`].
    depth: u32,
    /// Statements found where only an expression can stand (in broken code); they go before the current statement.
    pending: Block,
    /// What the file declares, known before anything is lowered.
    survey: Survey,
    /// The classes of the types that have fields or methods, by name.
    classes: std::collections::BTreeMap<String, ClassId>,
    /// The classes whose statement has been lowered.
    declared_classes: FxHashSet<ClassId>,
    /// The named results of the functions around, which a bare `return` gives back.
    results: Vec<Vec<ExprId>>,
    /// The value of `iota`.
    iota: i64,
    /// Error nodes whose contents have been lowered.
    errors_seen: FxHashSet<usize>,
}

impl<'s> Lower<'s> {
    fn new(text: &'s str) -> Self {
        Lower {
            b: Builder::new(Language::Go, text),
            depth: 0,
            pending: Vec::new(),
            survey: Survey::default(),
            classes: Default::default(),
            declared_classes: FxHashSet::default(),
            results: Vec::new(),
            iota: 0,
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

    fn name(&mut self, span: Span, text: &str) -> ExprId {
        let name = self.b.intern(text);
        self.b.expr(span, ExprKind::Name(name))
    }

    /// The statements of a file, block or case, with those that broken code hides in expressions.
    fn statements(&mut self, node: Node<'_>) -> Block {
        let outer = std::mem::take(&mut self.pending);
        let mut out = Vec::new();
        for child in named(node) {
            if child.kind() == "statement_list" {
                for statement in named(child) {
                    self.statement_flushed(statement, &mut out);
                }
            } else {
                self.statement_flushed(child, &mut out);
            }
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
    fn loose(&mut self, node: Node<'_>, out: &mut Vec<ExprId>) {
        let kind = node.kind();
        if node.is_error() {
            self.error_statement(node);
        } else if stmt::is_statement(kind) {
            let mut own = Vec::new();
            self.statement(node, &mut own);
            self.pending.append(&mut own);
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

    /// Error nodes that no construct took with it: their contents go to the end of the file.
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
        // Types whose declaration is broken, or stands in another file of the package.
        let mut all = Vec::new();
        for &id in self.classes.values() {
            if !self.declared_classes.contains(&id) {
                let span = self.b.file.class(id).span;
                all.push(self.b.stmt(span, StmtKind::Class(id)));
            }
        }
        all.extend(body);
        if let Some(module) = self.b.file.functions.first_mut() {
            module.body = all;
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
    node.kind() == "comment"
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

/// The expression inside any number of parentheses, dereferences and address operators.
fn strip_parens<'t>(mut node: Node<'t>) -> Node<'t> {
    while !node.has_error() {
        let inner = match node.kind() {
            "parenthesized_expression" => first_named(node),
            "unary_expression" if field(node, "operator").is_some_and(|o| matches!(o.kind(), "&" | "*")) => {
                field(node, "operand")
            }
            _ => None,
        };
        let Some(inner) = inner else { break };
        node = inner;
    }
    node
}
