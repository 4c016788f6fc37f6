//! Branches, loops and labels.

use tree_sitter::Node;

use super::{Descent, Lower, field, fields, has_token, named, sound, walk};
use crate::syntax::builder::Builder;
use crate::syntax::hir::*;

/// A link of an `if … else if …` chain: its span, initialiser, condition and block.
type Link = (Span, Block, ExprId, Block);

impl Lower<'_> {
    /// An `if` with its chain of `else if`.
    pub(super) fn if_statement(&mut self, node: Node<'_>, out: &mut Block) {
        let mut links = Vec::new();
        let mut last = None;
        let mut at = Some(node);
        while let Some(link) = at.take() {
            links.push(link);
            match field(link, "alternative") {
                Some(next) if next.kind() == "if_statement" => at = Some(next),
                other => last = other,
            }
        }
        let nested = links.len().min(self.b.room().saturating_sub(2) / 2);
        let mut done: Vec<Link> = Vec::new();
        let mut taken = 0;
        for (i, &link) in links.iter().enumerate() {
            if i > 0 && i < nested && self.b.take(link, 1).is_some() {
                taken += 1;
            }
            if i > 0 {
                self.pick_errors(link);
            }
            let first = self.initialiser(link);
            let test = self.field_expr(link, "condition");
            done.push((Builder::span(link), first, test, self.block_in(link, "consequence")));
        }
        let mut otherwise = last.map(|b| self.block(b)).unwrap_or_default();
        self.b.release(taken);
        if links.len() > nested {
            otherwise = self.flat_rest(done.split_off(nested), otherwise);
        }
        for (span, mut first, test, then) in done.into_iter().rev() {
            first.push(self.b.stmt(span, StmtKind::If { test, then, otherwise }));
            otherwise = first;
        }
        // What an initialiser declares holds in the statement alone.
        if otherwise.len() > 1 {
            out.push(self.b.stmt(Builder::span(node), StmtKind::Block(otherwise)));
        } else {
            out.append(&mut otherwise);
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

    /// The links of a chain that is too long to nest: any of the blocks may run.
    fn flat_rest(&mut self, links: Vec<Link>, last: Block) -> Block {
        let Some(&(span, ..)) = links.first() else { return last };
        let mut out = Vec::new();
        let (mut tests, mut blocks) = (Vec::new(), Vec::new());
        for (_, mut first, test, then) in links {
            out.append(&mut first);
            tests.push(test);
            blocks.push(then);
        }
        blocks.push(last);
        out.push(self.b.stmt(span, StmtKind::Unknown(tests, blocks)));
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
