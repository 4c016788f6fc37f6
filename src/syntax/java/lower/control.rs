//! Branches, loops and `try`.

use tree_sitter::Node;

use super::types::is_type;
use super::{Descent, Lower, child_of_kind, field, fields, named, sound, strip_parens};
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
            match alternative.filter(|i| i.kind() == "if_statement") {
                Some(next) => at = Some(next),
                None => last = alternative,
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
        let mut otherwise = last.map(|body| self.block(body)).unwrap_or_default();
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

    /// `for (init; test; update)`: its initialiser stands before the loop, both in a block.
    pub(super) fn for_statement(&mut self, node: Node<'_>) -> StmtKind {
        let span = Builder::span(node);
        self.names.open_block();
        let mut out = Vec::new();
        for init in fields(node, "init") {
            self.effect_or_declaration(init, &mut out);
        }
        let test = field(node, "condition").map(|t| self.expr(t));
        let outer = std::mem::take(&mut self.pending);
        let mut update = Vec::new();
        for each in fields(node, "update") {
            self.effect_or_declaration(each, &mut update);
        }
        self.pending = outer;
        let body = self.block_in(node, "body");
        self.names.close();
        let kind = StmtKind::While { test, body, update, otherwise: Vec::new(), test_last: false };
        if out.is_empty() {
            return kind;
        }
        out.append(&mut self.pending);
        out.push(self.b.stmt(span, kind));
        StmtKind::Block(out)
    }

    fn effect_or_declaration(&mut self, node: Node<'_>, out: &mut Block) {
        let mut own = Vec::new();
        if node.kind() == "local_variable_declaration" {
            self.declaration(node, &mut own);
        } else {
            let node = strip_parens(node);
            self.effect(node, Builder::span(node), &mut own);
        }
        out.append(&mut self.pending);
        out.append(&mut own);
    }

    pub(super) fn for_each_statement(&mut self, node: Node<'_>) -> StmtKind {
        let iter = self.field_expr(node, "value");
        self.names.open_block();
        let target = self.declared_name(node).unwrap_or_else(|| self.unknown(Builder::span(node), Vec::new()));
        let body = self.block_in(node, "body");
        self.names.close();
        StmtKind::ForEach { target, iter, body, otherwise: Vec::new(), keys: false, declares: true }
    }

    pub(super) fn while_statement(&mut self, node: Node<'_>, test_last: bool) -> StmtKind {
        let test = Some(self.field_expr(node, "condition"));
        let body = self.block_in(node, "body");
        StmtKind::While { test, body, update: Vec::new(), otherwise: Vec::new(), test_last }
    }

    /// `try` with its resources, handlers and end.
    pub(super) fn try_statement(&mut self, node: Node<'_>) -> StmtKind {
        self.names.open_block();
        let outer = std::mem::take(&mut self.pending);
        let items = field(node, "resources").map(|r| self.resources(r)).unwrap_or_default();
        let mut body = std::mem::replace(&mut self.pending, outer);
        let inner = self.block_in(node, "body");
        self.names.close();
        let body_span = field(node, "body").map_or(Builder::span(node), Builder::span);
        if items.is_empty() {
            body.extend(inner);
        } else {
            let kind = StmtKind::With { items, body: inner };
            if body.is_empty()
                && child_of_kind(node, "catch_clause").is_none()
                && child_of_kind(node, "finally_clause").is_none()
            {
                return kind;
            }
            body.push(self.b.stmt(body_span, kind));
        }
        let mut handlers = Vec::new();
        let mut finally = Vec::new();
        for clause in sound(node) {
            match clause.kind() {
                "catch_clause" => {
                    let handler = self.deeper(clause, 1, |this| this.handler(clause));
                    handlers.extend(handler);
                }
                "finally_clause" => {
                    self.pick_errors(clause);
                    finally = child_of_kind(clause, "block").map(|b| self.block(b)).unwrap_or_default();
                }
                _ => {}
            }
        }
        StmtKind::Try { body, handlers, otherwise: Vec::new(), finally }
    }

    fn handler(&mut self, clause: Node<'_>) -> Handler {
        self.pick_errors(clause);
        self.names.open_block();
        let param = child_of_kind(clause, "catch_formal_parameter");
        let mut types = Vec::new();
        let mut name = None;
        if let Some(param) = param {
            self.pick_errors(param);
            let annotations = self.annotations(param);
            self.evaluate(annotations);
            let list = child_of_kind(param, "catch_type");
            let all: Vec<_> = list.map(named).unwrap_or_default().into_iter().filter(|t| is_type(t.kind())).collect();
            types = all.into_iter().filter_map(|t| self.type_expr(t)).collect();
            name = field(param, "name").filter(|n| n.kind() == "identifier").map(|n| self.typed_name(n, None));
        }
        let body = self.block_in(clause, "body");
        self.names.close();
        Handler { types, name, body, span: Builder::span(clause) }
    }

    /// The resources of a `try`, each with the variable that it is bound to.
    fn resources(&mut self, node: Node<'_>) -> Vec<(ExprId, Option<ExprId>)> {
        self.pick_errors(node);
        let mut items = Vec::new();
        for resource in sound(node).into_iter().filter(|r| r.kind() == "resource") {
            self.pick_errors(resource);
            match field(resource, "value") {
                Some(value) => {
                    let value = self.expr(value);
                    items.push((value, self.declared_name(resource)));
                }
                None => items.push((self.only_expr(resource), None)),
            }
        }
        items
    }
}
