//! Branches, loops and labels.

use tree_sitter::Node;

use super::{Descent, Lower, field, fields, has_token, named, sound, walk};
use crate::syntax::builder::Builder;
use crate::syntax::descent::branches::{Alternative, Branches};
use crate::syntax::hir::*;

impl<'s> Branches<'s> for Lower<'s> {
    fn before_condition(&mut self, link: Node<'_>) -> Block {
        self.initialiser(link)
    }

    fn condition(&mut self, link: Node<'_>) -> ExprId {
        self.field_expr(link, "condition")
    }

    fn consequence(&mut self, link: Node<'_>) -> Block {
        self.block_in(link, "consequence")
    }

    fn alternative<'t>(link: Node<'t>) -> Alternative<'t> {
        match field(link, "alternative") {
            Some(next) if next.kind() == "if_statement" => Alternative::Next(next),
            Some(last) => Alternative::Last(last),
            None => Alternative::Nothing,
        }
    }

    fn last_block(&mut self, block: Node<'_>) -> Block {
        self.block(block)
    }
}

impl Lower<'_> {
    /// An `if` with its chain of `else if`. What an initialiser declares holds in the statement alone.
    pub(super) fn if_statement(&mut self, node: Node<'_>, out: &mut Block) {
        let mut chain = self.if_chain(node);
        if chain.len() > 1 {
            out.push(self.b.stmt(Builder::span(node), StmtKind::Block(chain)));
        } else {
            out.append(&mut chain);
        }
    }

    /// The simple statement in front of a condition.
    pub(super) fn initialiser(&mut self, node: Node<'_>) -> Block {
        let mut out = Vec::new();
        if let Some(first) = field(node, "initializer") {
            self.statement_flushed(first, &mut out);
        }
        out
    }

    /// All forms of `for`; `label` is the one in front of it.
    pub(super) fn for_statement(&mut self, node: Node<'_>, label: Option<&str>, out: &mut Block) {
        let span = Builder::span(node);
        let head = named(node).into_iter().find(|c| Some(*c) != field(node, "body") && !c.is_error());
        let kind = match head {
            Some(head) if head.kind() == "range_clause" => self.range(node, head),
            Some(head) if head.kind() == "for_clause" => return self.counting(node, head, label, out),
            Some(test) => {
                let test = Some(self.expr(test));
                self.looped(node, test, Vec::new())
            }
            None => {
                let test = self.way_out(node, label);
                self.looped(node, test, Vec::new())
            }
        };
        out.push(self.b.stmt(span, kind));
    }

    fn looped(&mut self, node: Node<'_>, test: Option<ExprId>, update: Block) -> StmtKind {
        let body = self.block_in(node, "body");
        StmtKind::While { test, body, update, otherwise: Vec::new(), test_last: false }
    }

    /// `for init; test; update`: the initialiser stands before the loop, both in a block.
    fn counting(&mut self, node: Node<'_>, head: Node<'_>, label: Option<&str>, out: &mut Block) {
        let span = Builder::span(node);
        self.pick_errors(head);
        let mut block = self.initialiser(head);
        let test = match fields(head, "condition").into_iter().next() {
            Some(test) => Some(self.expr(test)),
            None => self.way_out(node, label),
        };
        let mut update = Vec::new();
        if let Some(step) = field(head, "update") {
            self.statement_flushed(step, &mut update);
        }
        let kind = self.looped(node, test, update);
        if block.is_empty() {
            out.push(self.b.stmt(span, kind));
            return;
        }
        block.push(self.b.stmt(span, kind));
        out.push(self.b.stmt(span, StmtKind::Block(block)));
    }

    /// A loop without a condition that is left by its label from inside another statement can come to its end.
    fn way_out(&mut self, node: Node<'_>, label: Option<&str>) -> Option<ExprId> {
        let label = label?;
        let mut found = false;
        walk(node, |inner| {
            let leaves = matches!(inner.kind(), "break_statement" | "goto_statement");
            found |= leaves && named(inner).iter().any(|l| inner.kind() == "goto_statement" || self.text(*l) == label);
            !found
        });
        let start = Builder::span(node).start;
        found.then(|| self.unknown(Span { start, end: start }, Vec::new()))
    }

    /// `for key, value := range over`
    fn range(&mut self, node: Node<'_>, head: Node<'_>) -> StmtKind {
        self.pick_errors(head);
        let iter = self.field_expr(head, "right");
        let span = Builder::span(head);
        let left = field(head, "left");
        let targets = left.map(sound).unwrap_or_default();
        let patterns: Vec<ExprId> = targets.iter().map(|t| self.pattern(*t)).collect();
        let target = match (&patterns[..], left) {
            ([], _) | (_, None) => self.unknown(Span { start: span.start, end: span.start }, Vec::new()),
            ([only], _) => *only,
            (_, Some(left)) => self.tuple(Builder::span(left), patterns),
        };
        let body = self.block_in(node, "body");
        let declares = has_token(head, ":=");
        StmtKind::ForEach { target, iter, body, otherwise: Vec::new(), keys: true, declares }
    }

    pub(super) fn labeled(&mut self, node: Node<'_>, out: &mut Block) {
        let label = field(node, "label");
        let name = label.map(|l| self.text(l));
        let mut body = Vec::new();
        for child in named(node).into_iter().filter(|c| Some(*c) != label) {
            if child.kind() == "for_statement" {
                let inner = self.deeper(child, 1, |this| {
                    let mut inner = Vec::new();
                    this.pick_errors(child);
                    this.for_statement(child, name, &mut inner);
                    inner
                });
                body.append(&mut self.pending);
                body.extend(inner.unwrap_or_default());
            } else {
                self.statement_flushed(child, &mut body);
            }
        }
        out.push(self.b.stmt(Builder::span(node), StmtKind::Block(body)));
    }
}
