//! Compound statements: if, loops, try, with, match.

use tree_sitter::Node;

use super::broken::has_own_errors;
use super::{Lowerer, field, first_kid, kids, strip_parens};
use crate::syntax::builder::Builder;
use crate::syntax::hir::*;

/// Chains of up to so many `elif` are built as they are nested; the rest of a longer one is unknown.
const LINEAR_ELIF: usize = 80;

impl Lowerer<'_> {
    /// `if … elif … else`: each further condition stands in the `otherwise` of the one before.
    pub(super) fn if_chain(&mut self, node: Node<'_>) -> StmtKind {
        let mut cursor = node.walk();
        let alternatives: Vec<Node<'_>> =
            node.children_by_field_name("alternative", &mut cursor).filter(|n| n.is_named()).collect();
        let linear = LINEAR_ELIF.min((self.room() as usize).saturating_sub(8));
        let test = self.field(node, "condition");
        let then = self.field_block(node, "consequence");
        let mut branches = Vec::new();
        let mut rest = (Vec::new(), Vec::new());
        let mut entered = 0;
        for alternative in alternatives {
            if alternative.kind() != "elif_clause" {
                rest.1.push(self.field_block(alternative, "body"));
                continue;
            }
            if branches.len() < linear && self.enter(alternative).is_some() {
                entered += 1;
                let test = self.field(alternative, "condition");
                branches.push((alternative, test, self.field_block(alternative, "consequence")));
            } else {
                rest.0.push(self.field(alternative, "condition"));
                rest.1.push(self.field_block(alternative, "consequence"));
            }
        }
        (0..entered).for_each(|_| self.leave());
        let mut otherwise = self.rest_of_chain(node, rest);
        for (clause, test, then) in branches.into_iter().rev() {
            let span = Span::new(clause.start_byte(), node.end_byte());
            otherwise = vec![self.b.stmt(span, StmtKind::If { test, then, otherwise })];
        }
        StmtKind::If { test, then, otherwise }
    }

    /// What follows the last branch that was built as it is nested: an `else`, or what is beyond the bound.
    fn rest_of_chain(&mut self, node: Node<'_>, rest: (Vec<ExprId>, Vec<Block>)) -> Block {
        match rest {
            (tests, mut blocks) if tests.is_empty() && blocks.len() <= 1 => blocks.pop().unwrap_or_default(),
            (tests, blocks) => vec![self.b.stmt(Builder::span(node), StmtKind::Unknown(tests, blocks))],
        }
    }

    /// The block of an `else` or `finally` clause among the children.
    fn clause_block(&mut self, node: Node<'_>, kind: &str) -> Block {
        let Some(clause) = kids(node).into_iter().find(|kid| kid.kind() == kind) else { return Vec::new() };
        kids(clause).into_iter().filter(|kid| kid.kind() == "block").flat_map(|block| self.block(block)).collect()
    }

    pub(super) fn while_loop(&mut self, node: Node<'_>) -> StmtKind {
        let test = Some(self.field(node, "condition"));
        let body = self.field_block(node, "body");
        let otherwise = self.clause_block(node, "else_clause");
        StmtKind::While { test, body, update: Vec::new(), otherwise, test_last: false }
    }

    pub(super) fn for_loop(&mut self, node: Node<'_>) -> StmtKind {
        let target = self.field(node, "left");
        let iter = self.field(node, "right");
        let body = self.field_block(node, "body");
        let otherwise = self.clause_block(node, "else_clause");
        StmtKind::ForEach { target, iter, body, otherwise, keys: false, declares: false }
    }

    pub(super) fn try_statement(&mut self, node: Node<'_>) -> StmtKind {
        let body = self.field_block(node, "body");
        let clauses = kids(node).into_iter().filter(|kid| kid.kind() == "except_clause");
        let handlers = clauses.map(|clause| self.handler(clause)).collect();
        let otherwise = self.clause_block(node, "else_clause");
        let finally = self.clause_block(node, "finally_clause");
        StmtKind::Try { body, handlers, otherwise, finally }
    }

    fn handler(&mut self, clause: Node<'_>) -> Handler {
        let mut handler = Handler { types: Vec::new(), name: None, body: Vec::new(), span: Builder::span(clause) };
        let alias = field(clause, "alias");
        for kid in kids(clause) {
            if Some(kid) == alias {
                handler.name = Some(self.as_target(kid));
            } else if kid.kind() == "block" {
                handler.body.extend(self.block(kid));
            } else if let ("as_pattern", [types, name], false) = (kid.kind(), &kids(kid)[..], has_own_errors(kid)) {
                self.caught_types(*types, &mut handler.types);
                handler.name = Some(self.as_target(*name));
            } else {
                self.caught_types(kid, &mut handler.types);
            }
        }
        handler
    }

    fn caught_types(&mut self, node: Node<'_>, types: &mut Vec<ExprId>) {
        let inner = strip_parens(node);
        if inner.kind() != "tuple" || has_own_errors(inner) {
            types.push(self.expr(inner));
            return;
        }
        for kid in kids(inner) {
            types.push(self.expr(kid));
        }
    }

    pub(super) fn with_statement(&mut self, node: Node<'_>) -> StmtKind {
        let mut items = Vec::new();
        for clause in kids(node).into_iter().filter(|kid| kid.kind() == "with_clause") {
            for item in kids(clause) {
                let value = field(item, "value").unwrap_or(item);
                self.with_items(value, &mut items);
            }
        }
        let body = self.field_block(node, "body");
        StmtKind::With { items, body }
    }

    /// `a as b`, or the parenthesised form that the grammar takes for a tuple of them.
    fn with_items(&mut self, value: Node<'_>, items: &mut Vec<(ExprId, Option<ExprId>)>) {
        let value = strip_parens(value);
        let parts = kids(value);
        let several = value.kind() == "tuple" && parts.iter().any(|part| part.kind() == "as_pattern");
        for item in if several && !has_own_errors(value) { parts } else { vec![value] } {
            match (item.kind(), &kids(item)[..]) {
                ("as_pattern", [managed, target]) if !has_own_errors(item) => {
                    let managed = self.expr(*managed);
                    items.push((managed, Some(self.as_target(*target))));
                }
                _ => items.push((self.expr(item), None)),
            }
        }
    }

    pub(super) fn match_statement(&mut self, node: Node<'_>) -> StmtKind {
        let mut cursor = node.walk();
        let subjects: Vec<Node<'_>> =
            node.children_by_field_name("subject", &mut cursor).filter(|n| n.is_named() && !n.is_extra()).collect();
        let subject = match subjects[..] {
            [] => self.unknown(node, Vec::new()),
            [only] => self.expr(only),
            [first, .., last] => self.tuple(&subjects, Span::new(first.start_byte(), last.end_byte())),
        };
        let clauses = field(node, "body").map(kids).unwrap_or_default();
        let mut cases = Vec::new();
        for clause in clauses.into_iter().filter(|clause| clause.kind() == "case_clause") {
            let tests = self.case_tests(clause);
            let guard = field(clause, "guard").and_then(first_kid).map(|guard| self.expr(guard));
            let body = self.field_block(clause, "consequence");
            cases.push(Case { tests, guard, body, falls_through: false });
        }
        StmtKind::Switch { subject, cases }
    }
}
