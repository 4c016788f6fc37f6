//! `switch` over values, conditions and types, and `select`.

use tree_sitter::Node;

use super::{Descent, Lower, field, fields, named, sound};
use crate::syntax::builder::Builder;
use crate::syntax::descent::operators::Operators;
use crate::syntax::hir::*;

impl Lower<'_> {
    /// A switch over values; without a value, its cases are conditions.
    pub(super) fn expression_switch(&mut self, node: Node<'_>, out: &mut Block) {
        let span = Builder::span(node);
        let mut block = self.initialiser(node);
        let value = field(node, "value");
        let subject = match value {
            Some(value) => self.expr(value),
            None => {
                let at = Span { start: span.start, end: span.start };
                self.b.expr(at, ExprKind::Literal(Literal::Bool(true)))
            }
        };
        let mut cases = Vec::new();
        for case in sound(node) {
            if !matches!(case.kind(), "expression_case" | "default_case") {
                continue;
            }
            self.pick_errors(case);
            let list = field(case, "value");
            let tests: Vec<ExprId> = list.map(sound).unwrap_or_default().into_iter().map(|t| self.expr(t)).collect();
            let (tests, guard) = match value {
                None if !tests.is_empty() => {
                    let whole = list.map_or(span, Builder::span);
                    (Vec::new(), Some(self.balanced(whole, BinaryOp::Or, tests)))
                }
                _ => (tests, None),
            };
            let (body, falls_through) = self.case_body(case, list);
            cases.push(Case { tests, guard, body, falls_through });
        }
        block.push(self.b.stmt(span, StmtKind::Switch { subject, cases }));
        self.wrapped(span, block, out);
    }

    /// The statements of a case, and whether the last is `fallthrough`.
    fn case_body(&mut self, case: Node<'_>, head: Option<Node<'_>>) -> (Block, bool) {
        let outer = std::mem::take(&mut self.pending);
        let mut body = Vec::new();
        let mut falls = false;
        for child in named(case) {
            if Some(child) == head || child.is_error() {
                continue;
            }
            let statements = if child.kind() == "statement_list" { named(child) } else { vec![child] };
            for statement in statements {
                falls = statement.kind() == "fallthrough_statement";
                self.statement_flushed(statement, &mut body);
            }
        }
        self.pending = outer;
        (body, falls)
    }

    fn wrapped(&mut self, span: Span, mut block: Block, out: &mut Block) {
        if block.len() == 1 {
            out.append(&mut block);
        } else {
            out.push(self.b.stmt(span, StmtKind::Block(block)));
        }
    }

    /// A switch over the type of a value. Where a case names one type, the variable has it there.
    pub(super) fn type_switch(&mut self, node: Node<'_>, out: &mut Block) {
        let span = Builder::span(node);
        let mut block = self.initialiser(node);
        let subject = self.field_expr(node, "value");
        let alias = field(node, "alias").and_then(super::first_named).filter(|a| a.kind() == "identifier");
        if let Some(alias) = alias {
            let target = self.pattern(alias);
            let kind =
                StmtKind::Assign { targets: vec![target], value: Some(subject), op: None, ty: None, declares: true };
            block.push(self.b.stmt(Builder::span(alias), kind));
        }
        let subject = match alias {
            Some(alias) => self.b.name_expr(alias),
            None => subject,
        };
        let mut cases = Vec::new();
        for case in sound(node).into_iter().filter(|c| matches!(c.kind(), "type_case" | "default_case")) {
            self.pick_errors(case);
            cases.push(self.type_case(case, alias));
        }
        block.push(self.b.stmt(span, StmtKind::Switch { subject, cases }));
        self.wrapped(span, block, out);
    }

    fn type_case(&mut self, case: Node<'_>, alias: Option<Node<'_>>) -> Case {
        let types = fields(case, "type");
        let mut tests = Vec::new();
        for ty in &types {
            let test = match self.type_expr(*ty) {
                Some(test) => test,
                None => self.unknown(Builder::span(*ty), Vec::new()),
            };
            tests.push(test);
        }
        let mut body = Vec::new();
        if let (Some(alias), [ty], [only]) = (alias, &tests[..], &types[..]) {
            let span = Builder::span(*only);
            let (target, operand) = (self.b.name_expr(alias), self.b.name_expr(alias));
            let value = Some(self.b.expr(span, ExprKind::Cast { operand, ty: Some(*ty) }));
            let kind = StmtKind::Assign { targets: vec![target], value, op: None, ty: None, declares: true };
            body.push(self.b.stmt(span, kind));
        }
        let outer = std::mem::take(&mut self.pending);
        for child in named(case).into_iter().filter(|c| c.kind() == "statement_list") {
            for statement in named(child) {
                self.statement_flushed(statement, &mut body);
            }
        }
        self.pending = outer;
        Case { tests, guard: None, body, falls_through: false }
    }

    /// `select`: any of the cases runs.
    pub(super) fn select(&mut self, node: Node<'_>, out: &mut Block) {
        let span = Builder::span(node);
        let at = Span { start: span.start, end: span.start };
        let subject = self.unknown(at, Vec::new());
        let mut cases = Vec::new();
        for case in sound(node) {
            if !matches!(case.kind(), "communication_case" | "default_case") {
                continue;
            }
            self.pick_errors(case);
            let mut body = Vec::new();
            let head = field(case, "communication");
            if let Some(head) = head {
                self.statement_flushed(head, &mut body);
            }
            let (rest, falls_through) = self.case_body(case, head);
            body.extend(rest);
            let tests = vec![self.unknown(at, Vec::new())];
            cases.push(Case { tests, guard: None, body, falls_through });
        }
        if let Some(last) = cases.last_mut() {
            last.tests.clear();
        }
        out.push(self.b.stmt(span, StmtKind::Switch { subject, cases }));
    }

    /// `x := <-ch` in a case of `select`.
    pub(super) fn receive_statement(&mut self, node: Node<'_>, out: &mut Block) {
        let span = Builder::span(node);
        let Some(right) = field(node, "right") else { return self.loose_statement(node, out) };
        match field(node, "left") {
            Some(left) => {
                self.pick_errors(left);
                let declares = super::has_token(node, ":=");
                self.assign_lists(span, sound(left), right, None, declares, out);
            }
            None => {
                let value = self.expr(right);
                out.push(self.b.stmt(span, StmtKind::Expr(value)));
            }
        }
    }
}
