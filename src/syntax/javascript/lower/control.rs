//! Branches, loops, `switch` and `try`.

use tree_sitter::Node;

use super::stmt::is_statement;
use super::{Descent, Lower, field, fields, first_named, named, strip_parens};
use crate::syntax::builder::Builder;
use crate::syntax::descent::branches::{Alternative, Branches};
use crate::syntax::hir::*;

impl<'s> Branches<'s> for Lower<'s> {
    fn condition(&mut self, link: Node<'_>) -> ExprId {
        self.field_expr(link, "condition")
    }

    fn consequence(&mut self, link: Node<'_>) -> Block {
        self.block_in(link, "consequence")
    }

    fn alternative<'t>(link: Node<'t>) -> Alternative<'t> {
        match field(link, "alternative") {
            Some(clause) => match first_named(clause).filter(|inner| inner.kind() == "if_statement") {
                Some(next) => Alternative::Next(next),
                None => Alternative::Last(clause),
            },
            None => Alternative::Nothing,
        }
    }

    fn last_block(&mut self, clause: Node<'_>) -> Block {
        let Some(body) = first_named(clause) else { return Vec::new() };
        self.pick_errors(clause);
        self.block(body)
    }
}

impl Lower<'_> {
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
