//! Functions, methods and lambdas, with their parameters.

use tree_sitter::Node;

use super::{Descent, Hint, Lower, field, fields, first_named, has_token, sound};
use crate::syntax::builder::Builder;
use crate::syntax::hir::*;

/// What a function is called, and what is known of it from outside its node.
#[derive(Default)]
pub(super) struct Naming<'n> {
    /// Its own name.
    pub own: Option<&'n str>,
    /// The name that it takes from where it stands; goes before its own for the symbol.
    pub symbol: Option<&'n str>,
    /// The class whose method it is.
    pub class: Option<ClassId>,
    /// Decorators before the node.
    pub decorators: Vec<ExprId>,
    /// Whether it is assigned to an export.
    pub exported: bool,
}

impl Lower<'_> {
    /// A function expression, arrow function or object method.
    pub(super) fn lambda(&mut self, node: Node<'_>, hint: Hint<'_>) -> ExprId {
        let own = field(node, "name").filter(|n| n.kind() == "identifier").map(|n| self.text(n));
        // Only a method of an object can have some, in broken code.
        let decorators = fields(node, "decorator").into_iter().map(|d| self.only_expr(d)).collect();
        let naming = Naming { own, symbol: hint.symbol, exported: hint.exported, decorators, ..Naming::default() };
        // The function and, for an expression as its body, the return are levels of their own.
        match self.deeper(node, 2, |this| this.function(node, naming)) {
            Some(id) => self.b.expr(Builder::span(node), ExprKind::Lambda(id)),
            None => self.unknown(Builder::span(node), Vec::new()),
        }
    }

    /// Any node with parameters and a body.
    pub(super) fn function(&mut self, node: Node<'_>, naming: Naming<'_>) -> FunctionId {
        let outer = std::mem::take(&mut self.pending);
        let id = self.b.open_function(naming.symbol.or(naming.own), node);
        let name = naming.own.map(|n| self.b.intern(n));
        let (params, mut body) = self.parameters(node, naming.own == Some("constructor") && naming.class.is_some());
        let return_type = self.annotation(node, "return_type");
        let body_node = field(node, "body");
        body.append(&mut self.pending);
        self.function_body(body_node, &mut body);
        self.b.close_function();
        self.pending = outer;
        let span = self.with_decorators(node, &naming.decorators);
        if let Some(function) = self.b.file.functions.get_mut(id.index()) {
            function.name = name;
            function.params = params;
            function.body = body;
            function.return_type = return_type;
            function.class = naming.class;
            function.decorators = naming.decorators;
            function.span = span;
            function.name_span = name_span(node);
            function.body_span = body_node.map_or(function.span, Builder::span);
            function.is_async = has_token(node, "async");
            function.is_generator |= node.kind().starts_with("generator") || has_token(node, "*");
            function.is_static = has_token(node, "static");
            function.is_arrow = node.kind() == "arrow_function";
            function.is_exported = naming.exported;
        }
        id
    }

    fn with_decorators(&self, node: Node<'_>, decorators: &[ExprId]) -> Span {
        let own = Builder::span(node);
        // The `@` stands before the decorator's expression.
        let first = decorators.first().map(|d| self.b.file.expr(*d).span.start.saturating_sub(1));
        Span { start: first.unwrap_or(own.start).min(own.start), end: own.end }
    }

    fn function_body(&mut self, node: Option<Node<'_>>, body: &mut Block) {
        let Some(node) = node else { return };
        if node.kind() == "statement_block" {
            body.extend(self.block(node));
            return;
        }
        let value = self.expr(node);
        body.append(&mut self.pending);
        body.push(self.b.stmt(Builder::span(node), StmtKind::Return(Some(value))));
    }

    /// The parameters, and for a constructor the assignments that its parameter properties stand for.
    fn parameters(&mut self, node: Node<'_>, constructor: bool) -> (Vec<Param>, Block) {
        let mut params = Vec::new();
        let mut assignments = Vec::new();
        if let Some(single) = field(node, "parameter") {
            params.push(self.plain_parameter(single));
        }
        let Some(list) = field(node, "parameters") else { return (params, assignments) };
        self.pick_errors(list);
        let mut decorators = Vec::new();
        for child in sound(list) {
            match child.kind() {
                "decorator" => decorators.push(self.only_expr(child)),
                "required_parameter" | "optional_parameter" => {
                    let Some(param) = self.typed_parameter(child) else { continue };
                    if constructor && is_property(child) {
                        assignments.extend(self.property_assignment(&param));
                    }
                    params.push(param);
                }
                _ => params.push(self.plain_parameter(child)),
            }
            if let Some(param) = params.last_mut().filter(|_| child.kind() != "decorator") {
                param.decorators.append(&mut decorators);
            }
        }
        (params, assignments)
    }

    /// A parameter of JavaScript: a pattern, one with a default, or the rest.
    fn plain_parameter(&mut self, node: Node<'_>) -> Param {
        let mut default = None;
        let mut kind = ParamKind::Normal;
        let pattern = match node.kind() {
            "rest_pattern" => {
                kind = ParamKind::Rest;
                self.inner_pattern(node)
            }
            "assignment_pattern" => {
                self.pick_errors(node);
                let pattern = field(node, "left").map(|l| self.pattern(l));
                let name = field(node, "left").map_or("", |l| self.text(l));
                default = field(node, "right").map(|r| self.named_value(r, name));
                pattern.unwrap_or_else(|| self.unknown(Builder::span(node), Vec::new()))
            }
            _ => self.pattern(node),
        };
        Param { pattern, default, ty: None, kind, decorators: Vec::new(), span: Builder::span(node) }
    }

    /// A parameter of TypeScript; none for the type of `this`.
    fn typed_parameter(&mut self, node: Node<'_>) -> Option<Param> {
        self.pick_errors(node);
        let pattern = field(node, "pattern").or_else(|| field(node, "name"));
        if pattern.is_some_and(|p| p.kind() == "this") {
            return None;
        }
        let decorators = fields(node, "decorator").into_iter().map(|d| self.only_expr(d)).collect();
        let mut param = match pattern {
            Some(pattern) => self.plain_parameter(pattern),
            None => {
                let pattern = self.children(node);
                let span = Builder::span(node);
                Param { pattern, default: None, ty: None, kind: ParamKind::Normal, decorators: Vec::new(), span }
            }
        };
        param.decorators = decorators;
        param.ty = self.annotation(node, "type");
        let name = pattern.map_or("", |p| self.text(p));
        param.default = field(node, "value").map(|v| self.named_value(v, name)).or(param.default);
        param.span = Builder::span(node);
        Some(param)
    }

    /// `this.name = name` for a parameter property.
    fn property_assignment(&mut self, param: &Param) -> Option<StmtId> {
        let pattern = self.b.file.expr(param.pattern);
        let (span, &ExprKind::Name(name)) = (pattern.span, &pattern.kind) else { return None };
        let this = self.b.intern("this");
        let object = self.b.expr(span, ExprKind::Name(this));
        let target = self.b.expr(span, ExprKind::Member { object, name, name_span: span });
        let value = self.b.expr(span, ExprKind::Name(name));
        let kind =
            StmtKind::Assign { targets: vec![target], value: Some(value), op: None, ty: param.ty, declares: false };
        Some(self.b.stmt(param.span, kind))
    }
}

/// Whether a constructor's parameter also declares a field.
fn is_property(node: Node<'_>) -> bool {
    let mut cursor = node.walk();
    node.children(&mut cursor).any(|c| matches!(c.kind(), "accessibility_modifier" | "override_modifier" | "readonly"))
}

/// Where a function's name stands, or what stands for it: the keyword or the parameters.
fn name_span(node: Node<'_>) -> Span {
    if let Some(name) = field(node, "name").or_else(|| field(node, "parameter")) {
        return Builder::span(name);
    }
    let mut cursor = node.walk();
    let keyword = node.children(&mut cursor).find(|c| c.kind() == "function");
    let at = keyword.or_else(|| field(node, "parameters")).or_else(|| first_named(node));
    at.map_or(Builder::span(node), Builder::span)
}
