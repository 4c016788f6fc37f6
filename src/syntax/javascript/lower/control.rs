//! Branches, loops, `switch` and `try`.

use tree_sitter::Node;

use super::stmt::is_statement;
use super::{Descent, Lower, field, fields, first_named, named, strip_parens};
use crate::syntax::builder::Builder;
use crate::syntax::hir::*;

impl Lower<'_> {
    /// An `if` with its chain of `else if`.
    pub(super) fn if_statement(&mut self, node: Node<'_>, out: &mut Block) {
        let mut links = Vec::new();
        let mut last = None;
        let mut at = Some(node);
        while let Some(link) = at.take() {
            links.push(link);
            let alternative = field(link, "alternative");
            let inner = alternative.and_then(first_named);
            match inner.filter(|i| i.kind() == "if_statement") {
                Some(next) => at = Some(next),
                None => last = inner.map(|i| (alternative.unwrap_or(i), i)),
            }
        }
        let nested = links.len().min(self.b.room().saturating_sub(2) / 2);
        let mut done = Vec::new();
        let mut taken = 0;
        for (i, &link) in links.iter().enumerate() {
            if i > 0 && i < nested && self.b.take(link, 1).is_some() {
                taken += 1;
            }
            if i > 0 {
                self.pick_errors(link);
            }
            let test = self.field_expr(link, "condition");
            done.push((Builder::span(link), test, self.block_in(link, "consequence")));
        }
        let mut otherwise = match last {
            Some((clause, body)) => {
                self.pick_errors(clause);
                self.block(body)
            }
            None => Vec::new(),
        };
        self.b.release(taken);
        if links.len() > nested {
            otherwise = self.flat_rest(done.split_off(nested), otherwise);
        }
        for (span, test, then) in done.into_iter().rev() {
            otherwise = vec![self.b.stmt(span, StmtKind::If { test, then, otherwise })];
        }
        out.append(&mut otherwise);
    }

    /// The links of a chain that is too long to nest: any of the blocks may run.
    fn flat_rest(&mut self, links: Vec<(Span, ExprId, Block)>, last: Block) -> Block {
        let Some(&(span, ..)) = links.first() else { return last };
        let (tests, mut blocks): (Vec<_>, Vec<_>) = links.into_iter().map(|(_, test, then)| (test, then)).unzip();
        blocks.push(last);
        vec![self.b.stmt(span, StmtKind::Unknown(tests, blocks))]
    }

    /// A C-style `for`: its initialiser stands before the loop, both in a block.
    pub(super) fn for_statement(&mut self, node: Node<'_>) -> StmtKind {
        let span = Builder::span(node);
        let mut out = Vec::new();
        if let Some(initializer) = field(node, "initializer") {
            self.effect_or_statement(initializer, &mut out);
        }
        let test = fields(node, "condition").into_iter().find(|c| c.kind() != "empty_statement");
        let test = test.map(|t| match t.kind() {
            "expression_statement" => self.only_expr(t),
            _ => self.expr(t),
        });
        let mut update = Vec::new();
        if let Some(increment) = field(node, "increment") {
            self.effect_or_statement(increment, &mut update);
        }
        let body = self.block_in(node, "body");
        let kind = StmtKind::While { test, body, update, otherwise: Vec::new(), test_last: false };
        if out.is_empty() {
            return kind;
        }
        out.push(self.b.stmt(span, kind));
        StmtKind::Block(out)
    }

    fn effect_or_statement(&mut self, node: Node<'_>, out: &mut Block) {
        if is_statement(node.kind()) {
            self.statement_flushed(node, out);
        } else {
            self.effect(strip_parens(node), Builder::span(node), out);
        }
    }

    pub(super) fn for_in_statement(&mut self, node: Node<'_>) -> StmtKind {
        let target = match field(node, "left") {
            Some(left) => self.pattern(left),
            None => self.unknown(Builder::span(node), Vec::new()),
        };
        let iter = self.field_expr(node, "right");
        let keys = field(node, "operator").is_some_and(|o| o.kind() == "in");
        let declares = field(node, "kind").is_some_and(|k| k.kind() != "await");
        let mut body = Vec::new();
        if let Some(value) = field(node, "value") {
            let value = self.expr(value);
            let span = self.b.file.expr(value).span;
            body.push(self.b.stmt(span, StmtKind::Expr(value)));
        }
        body.extend(self.block_in(node, "body"));
        StmtKind::ForEach { target, iter, body, otherwise: Vec::new(), keys, declares }
    }

    pub(super) fn while_statement(&mut self, node: Node<'_>, test_last: bool) -> StmtKind {
        let test = Some(self.field_expr(node, "condition"));
        let body = self.block_in(node, "body");
        StmtKind::While { test, body, update: Vec::new(), otherwise: Vec::new(), test_last }
    }

    pub(super) fn switch_statement(&mut self, node: Node<'_>) -> StmtKind {
        let subject = self.field_expr(node, "value");
        let mut cases = Vec::new();
        let body = field(node, "body");
        if let Some(body) = body {
            self.pick_errors(body);
        }
        for case in body.map(named).unwrap_or_default() {
            if !matches!(case.kind(), "switch_case" | "switch_default") {
                continue;
            }
            let value = field(case, "value");
            let tests: Vec<_> = value.map(|v| self.expr(v)).into_iter().collect();
            let outer = std::mem::take(&mut self.pending);
            let mut body = Vec::new();
            for child in named(case).into_iter().filter(|c| Some(*c) != value) {
                self.statement_flushed(child, &mut body);
            }
            self.pending = outer;
            let falls_through = !self.leaves(&body);
            cases.push(Case { tests, guard: None, body, falls_through });
        }
        StmtKind::Switch { subject, cases }
    }

    /// Whether control never gets past the end of a block.
    fn leaves(&self, block: &Block) -> bool {
        let mut last = block.last();
        while let Some(&id) = last {
            match &self.b.file.stmt(id).kind {
                StmtKind::Break | StmtKind::Continue | StmtKind::Return(_) | StmtKind::Throw(_) => return true,
                StmtKind::Block(inner) => last = inner.last(),
                _ => return false,
            }
        }
        false
    }

    pub(super) fn try_statement(&mut self, node: Node<'_>) -> StmtKind {
        let body = self.block_in(node, "body");
        let mut handlers = Vec::new();
        if let Some(clause) = field(node, "handler") {
            self.pick_errors(clause);
            let name = field(clause, "parameter").map(|p| self.pattern(p));
            let body = self.block_in(clause, "body");
            handlers.push(Handler { types: Vec::new(), name, body, span: Builder::span(clause) });
        }
        let mut finally = Vec::new();
        if let Some(clause) = field(node, "finalizer") {
            self.pick_errors(clause);
            finally = self.block_in(clause, "body");
        }
        StmtKind::Try { body, handlers, otherwise: Vec::new(), finally }
    }
}
