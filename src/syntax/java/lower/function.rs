//! Methods, constructors and lambdas, with their parameters.

use tree_sitter::Node;

use super::class::{is_public, param_name};
use super::{Descent, Lower, child_of_kind, field, has_modifier, sound};
use crate::syntax::builder::Builder;
use crate::syntax::hir::*;

/// What a method is called, and what is known of it from outside its node.
pub(super) struct Naming<'n> {
    pub own: Option<&'n str>,
    pub class: Option<ClassId>,
    pub decorators: Vec<ExprId>,
}

impl<'s> Lower<'s> {
    /// A method or constructor.
    pub(super) fn function(&mut self, node: Node<'_>, naming: Naming<'_>) -> FunctionId {
        let outer = std::mem::take(&mut self.pending);
        let yields = std::mem::take(&mut self.yields);
        let id = self.b.open_function(naming.own, node);
        let before = self.open_type_params(node);
        self.names.open_method();
        let params = self.parameters(node);
        let return_type = self.declared_type(node, None).filter(|_| node.kind() == "method_declaration");
        let body_node = field(node, "body");
        let mut body = std::mem::take(&mut self.pending);
        body.extend(body_node.map(|b| self.block(b)).unwrap_or_default());
        self.names.close_method();
        self.close_type_params(before);
        self.b.close_function();
        self.pending = outer;
        self.yields = yields;
        let span = Builder::span(node);
        if let Some(function) = self.b.file.functions.get_mut(id.index()) {
            function.params = params;
            function.body = body;
            function.return_type = return_type;
            function.class = naming.class;
            function.decorators = naming.decorators;
            function.span = span;
            function.name_span = field(node, "name").map_or(span, Builder::span);
            // A method without a body has one that is empty.
            function.body_span = body_node.map_or(Span { start: span.end, end: span.end }, Builder::span);
            function.is_static = has_modifier(node, "static");
            function.is_exported = is_public(node);
        }
        id
    }

    /// `x -> e`, `(a, b) -> { … }`.
    pub(super) fn lambda(&mut self, node: Node<'_>) -> ExprId {
        // The function and, for an expression as its body, the return are levels of their own.
        match self.deeper(node, 2, |this| this.lambda_function(node)) {
            Some(id) => self.b.expr(Builder::span(node), ExprKind::Lambda(id)),
            None => self.unknown(Builder::span(node), Vec::new()),
        }
    }

    fn lambda_function(&mut self, node: Node<'_>) -> FunctionId {
        let outer = std::mem::take(&mut self.pending);
        let yields = std::mem::take(&mut self.yields);
        let id = self.b.open_function(None, node);
        self.names.open_block();
        let params = self.parameters(node);
        let mut body = std::mem::take(&mut self.pending);
        let body_node = field(node, "body");
        match body_node {
            Some(block) if block.kind() == "block" => body.extend(self.block(block)),
            Some(value) => {
                let span = Builder::span(value);
                let value = self.expr(value);
                body.append(&mut self.pending);
                body.push(self.b.stmt(span, StmtKind::Return(Some(value))));
            }
            None => {}
        }
        self.names.close();
        self.b.close_function();
        self.pending = outer;
        self.yields = yields;
        let span = Builder::span(node);
        if let Some(function) = self.b.file.functions.get_mut(id.index()) {
            function.name = None;
            function.params = params;
            function.body = body;
            function.body_span = body_node.map_or(span, Builder::span);
            function.name_span = field(node, "parameters").map_or(span, Builder::span);
            function.is_arrow = true;
        }
        id
    }

    /// The parameters of a method, record or lambda, declared in the innermost scope.
    pub(super) fn parameters(&mut self, node: Node<'_>) -> Vec<Param> {
        let Some(list) = field(node, "parameters") else { return Vec::new() };
        if list.kind() == "identifier" {
            return self.plain_param(list, list, None).into_iter().collect();
        }
        self.pick_errors(list);
        let mut params = Vec::new();
        for child in sound(list) {
            let declarator = child_of_kind(child, "variable_declarator");
            let ty = match child.kind() {
                "formal_parameter" | "spread_parameter" => self.declared_type(child, declarator),
                "identifier" => None,
                // The receiver written out (`C this`) is no parameter.
                _ => continue,
            };
            let name = if child.kind() == "identifier" { Some(child) } else { param_name(child) };
            let Some(name) = name else { continue };
            params.extend(self.plain_param(child, name, ty));
        }
        params
    }

    fn plain_param(&mut self, node: Node<'_>, name: Node<'_>, ty: Option<ExprId>) -> Option<Param> {
        self.pick_errors(node);
        let decorators = if node == name { Vec::new() } else { self.annotations(node) };
        self.names.declare(self.b.node_text(name));
        let pattern = self.b.name_expr(name);
        let kind = if node.kind() == "spread_parameter" { ParamKind::Rest } else { ParamKind::Normal };
        Some(Param { pattern, default: None, ty, kind, decorators, span: Builder::span(node) })
    }
}
