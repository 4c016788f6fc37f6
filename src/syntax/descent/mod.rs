//! How a tree with braces is walked down: within a bounded depth, and so that nothing of broken code is lost. Each language
//! says what its nodes are; what is the same for all of them stands here, chains of operators in [`operators`], chains of
//! members and calls in [`chains`], chains of `else if` in [`branches`], escapes in strings in [`escapes`].

pub mod branches;
pub mod chains;
pub mod escapes;
pub mod operators;

use rustc_hash::FxHashSet;
use tree_sitter::Node;

use super::builder::Builder;
use super::hir::*;
use super::tree::{named, strip_parens, walk};

/// A file being lowered.
pub trait Descent<'s>: Sized {
    /// The file under construction.
    fn builder(&mut self) -> &mut Builder<'s>;
    /// Statements that an expression needs before it, and those found where only an expression can stand (in broken code);
    /// they go before the current statement.
    fn pending(&mut self) -> &mut Block;
    /// Error nodes whose contents have been lowered.
    fn errors_seen(&mut self) -> &mut FxHashSet<usize>;
    /// Lowers an expression.
    fn expr(&mut self, node: Node<'_>) -> ExprId;
    /// Something unknown that depends on all expressions in a node.
    fn children(&mut self, node: Node<'_>) -> ExprId;
    /// Lowers a statement.
    fn statement(&mut self, node: Node<'_>, out: &mut Block);
    /// Whether nodes of this kind are statements.
    fn is_statement(kind: &str) -> bool;
    /// Whether nodes of this kind are expressions.
    fn is_expression(kind: &str) -> bool;

    /// Whether nodes of this kind can be lowered as statements where an error has taken what belongs around them.
    fn stands_alone(kind: &str) -> bool {
        Self::is_statement(kind)
    }

    /// Lowers what is neither statement nor expression and still holds some; whether it was such a node.
    fn loose_part(&mut self, _node: Node<'_>, _out: &mut Vec<ExprId>) -> bool {
        false
    }

    /// The expression inside what changes nothing about it.
    fn strip<'t>(node: Node<'t>) -> Node<'t> {
        strip_parens(node)
    }

    /// Takes `levels` of depth for the time of `work`; `None`, with the node noted as too deep, where they are not left.
    fn deeper<T>(&mut self, node: Node<'_>, levels: u32, work: impl FnOnce(&mut Self) -> T) -> Option<T> {
        self.builder().take(node, levels)?;
        let result = work(self);
        self.builder().release(levels);
        Some(result)
    }

    /// An expression of no known form that depends on `children`.
    fn unknown(&mut self, span: Span, children: Vec<ExprId>) -> ExprId {
        self.builder().expr(span, ExprKind::Unknown(children))
    }

    /// The statements of a program, block or case, with those that stood in their expressions.
    fn statements(&mut self, node: Node<'_>) -> Block {
        let outer = std::mem::take(self.pending());
        let mut out = Vec::new();
        for child in named(node) {
            self.statement_flushed(child, &mut out);
        }
        *self.pending() = outer;
        out
    }

    /// One statement, after the pending ones that it brought in.
    fn statement_flushed(&mut self, node: Node<'_>, out: &mut Block) {
        let mut own = Vec::new();
        self.statement(node, &mut own);
        out.append(self.pending());
        out.append(&mut own);
    }

    /// Lowers the direct error children of a node to pending statements.
    fn pick_errors(&mut self, node: Node<'_>) {
        if !node.has_error() {
            return;
        }
        for child in named(node) {
            if child.is_error() && !self.errors_seen().contains(&child.id()) {
                self.error_statement(child);
            }
        }
    }

    /// An error node whose contents become pending statements.
    fn error_statement(&mut self, node: Node<'_>) {
        let mut out = std::mem::take(self.pending());
        let mut own = Vec::new();
        self.error_node(node, &mut own);
        out.append(self.pending());
        out.append(&mut own);
        *self.pending() = out;
    }

    /// The statements and expressions in an error node, in line.
    fn error_node(&mut self, node: Node<'_>, out: &mut Block) {
        if !self.errors_seen().insert(node.id()) {
            return;
        }
        let done = self.deeper(node, 1, |this| {
            let mut own = Vec::new();
            for child in named(node) {
                if Self::stands_alone(child.kind()) {
                    this.statement_flushed(child, &mut own);
                    continue;
                }
                let mut exprs = Vec::new();
                this.loose(child, &mut exprs);
                own.append(this.pending());
                for value in exprs {
                    let span = this.builder().file.expr(value).span;
                    own.push(this.builder().stmt(span, StmtKind::Expr(value)));
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
        } else if Self::is_statement(kind) {
            let mut own = Vec::new();
            self.statement(node, &mut own);
            self.pending().append(&mut own);
        } else if self.loose_part(node, out) {
        } else if Self::is_expression(kind) {
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
        let mut cut = self.builder().file.too_deep.clone();
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
                body.append(self.pending());
            }
            true
        });
    }
}
