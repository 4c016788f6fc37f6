//! Branches, loops and `try`.

use tree_sitter::Node;

use super::types::is_type;
use super::{Descent, Lower, child_of_kind, field, fields, named, sound, strip_parens};
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
