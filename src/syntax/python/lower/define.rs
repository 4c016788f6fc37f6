//! Functions, lambdas and classes.

use tree_sitter::Node;

use super::{Lowerer, field, first_kid, kids, spread_value, strip_parens};
use crate::syntax::builder::Builder;
use crate::syntax::hir::*;

impl Lowerer<'_> {
    /// A function or class definition, with its decorators where it has some.
    pub(super) fn definition(&mut self, node: Node<'_>, out: &mut Block) {
        let mut decorators = Vec::new();
        let mut definition = node;
        if node.kind() == "decorated_definition" {
            for decorator in kids(node).into_iter().filter(|kid| kid.kind() == "decorator") {
                decorators.extend(first_kid(decorator).map(|expr| self.expr(expr)));
            }
            let inner = field(node, "definition");
            let Some(inner) = inner.or_else(|| kids(node).into_iter().find(|kid| kid.kind() != "decorator")) else {
                let kind = StmtKind::Unknown(decorators, Vec::new());
                out.push(self.b.stmt(Builder::span(node), kind));
                return;
            };
            definition = inner;
            if inner.has_error() {
                self.broken_parts_of_statement(inner, out);
            }
        }
        if let Some(list) = field(definition, "type_parameters") {
            self.type_parameter_bounds(list, out);
        }
        let kind = if definition.kind() == "class_definition" {
            StmtKind::Class(self.class(definition, node, decorators, out))
        } else {
            StmtKind::Function(self.function(definition, node, decorators))
        };
        out.push(self.b.stmt(Builder::span(node), kind));
    }

    /// The bounds of type parameters are evaluated; the parameters themselves are not uses of names.
    pub(super) fn type_parameter_bounds(&mut self, list: Node<'_>, out: &mut Block) {
        for parameter in kids(list) {
            let Some(constrained) = first_kid(parameter).filter(|inner| inner.kind() == "constrained_type") else {
                continue;
            };
            if let Some(&bound) = kids(constrained).get(1) {
                let value = self.expr(bound);
                out.push(self.b.stmt(Builder::span(bound), StmtKind::Expr(value)));
            }
        }
    }

    fn function(&mut self, node: Node<'_>, whole: Node<'_>, decorators: Vec<ExprId>) -> FunctionId {
        let name_node = field(node, "name").filter(|name| !name.is_missing());
        let name = name_node.map(|name| self.b.node_text(name));
        // Defaults, annotations and decorators are evaluated outside.
        let params = field(node, "parameters").map(|list| self.params(list)).unwrap_or_default();
        let return_type = field(node, "return_type").map(|ty| self.expr(ty));
        let class = self.classes.last().copied().flatten();
        let is_exported = self.is_public(name, class);
        let id = self.b.open_function(name, whole);
        self.classes.push(None);
        let body_node = field(node, "body");
        let body = body_node.map(|body| self.block(body)).unwrap_or_default();
        self.classes.pop();
        self.b.close_function();
        let is_static = decorators.iter().any(|&d| self.is_name(d, "staticmethod"));
        if let Some(function) = self.b.file.functions.get_mut(id.index()) {
            function.params = params;
            function.return_type = return_type;
            function.decorators = decorators;
            function.body = body;
            function.class = class;
            function.body_span = body_node.map_or(function.span, Builder::span);
            function.name_span = Builder::span(name_node.unwrap_or(node));
            function.is_async = super::has_token(node, "async");
            function.is_static = is_static;
            function.is_exported = is_exported;
        }
        if let Some(class) = class.and_then(|class| self.b.file.classes.get_mut(class.index())) {
            class.methods.push(id);
        }
        id
    }

    /// Whether something defined here is part of what the module offers: at its top level, or a method of a class there.
    fn is_public(&self, name: Option<&str>, class: Option<ClassId>) -> bool {
        let at_top = match class {
            None => self.classes.is_empty(),
            Some(class) => {
                let class_name = self.b.file.class(class).name.map_or("", |name| self.b.file.text(name));
                self.classes.len() == 1 && !class_name.starts_with('_')
            }
        };
        at_top && name.is_some_and(|name| !name.starts_with('_'))
    }

    fn is_name(&self, expr: ExprId, text: &str) -> bool {
        matches!(self.b.file.expr(expr).kind, ExprKind::Name(name) if self.b.file.text(name) == text)
    }

    /// A lambda: its expression is returned.
    pub(super) fn lambda(&mut self, node: Node<'_>, symbol: &str) -> ExprId {
        let params = field(node, "parameters").map(|list| self.params(list)).unwrap_or_default();
        let id = self.b.open_function(Some(symbol), node);
        self.classes.push(None);
        let body_node = field(node, "body");
        let body = match body_node {
            Some(body) if self.enter(body).is_some() => {
                let value = self.expr(body);
                self.leave();
                vec![self.b.stmt(Builder::span(strip_parens(body)), StmtKind::Return(Some(value)))]
            }
            _ => Vec::new(),
        };
        self.classes.pop();
        self.b.close_function();
        let start = node.start_byte();
        if let Some(function) = self.b.file.functions.get_mut(id.index()) {
            function.name = None;
            function.params = params;
            function.body = body;
            function.body_span = body_node.map_or(function.span, Builder::span);
            function.name_span = Span::new(start, start + "lambda".len());
            function.is_arrow = true;
        }
        self.b.expr(Builder::span(node), ExprKind::Lambda(id))
    }

    fn params(&mut self, list: Node<'_>) -> Vec<Param> {
        let mut params = Vec::new();
        let mut kind = ParamKind::Normal;
        for node in kids(list) {
            match node.kind() {
                "positional_separator" => {}
                "keyword_separator" => kind = ParamKind::KeywordOnly,
                _ => {
                    let param = self.param(node, kind);
                    if param.kind == ParamKind::Rest {
                        kind = ParamKind::KeywordOnly;
                    }
                    params.push(param);
                }
            }
        }
        params
    }

    fn param(&mut self, node: Node<'_>, kind: ParamKind) -> Param {
        let bound = match node.kind() {
            "default_parameter" | "typed_default_parameter" => field(node, "name"),
            "typed_parameter" => first_kid(node),
            _ => Some(node),
        };
        let bound = bound.unwrap_or(node);
        let (kind, bound) = match bound.kind() {
            "list_splat_pattern" => (ParamKind::Rest, spread_value(bound).unwrap_or(bound)),
            "dictionary_splat_pattern" => (ParamKind::KeywordRest, spread_value(bound).unwrap_or(bound)),
            _ => (kind, bound),
        };
        let pattern = self.expr(bound);
        let default = field(node, "value").map(|_| self.assigned_value(field(node, "name"), node, "value"));
        let ty = field(node, "type").map(|ty| self.expr(ty));
        Param { pattern, default, ty, kind, decorators: Vec::new(), span: Builder::span(node) }
    }

    fn class(&mut self, node: Node<'_>, whole: Node<'_>, decorators: Vec<ExprId>, out: &mut Block) -> ClassId {
        let name_node = field(node, "name").filter(|name| !name.is_missing());
        let name = name_node.map(|name| self.b.node_text(name));
        let bases = self.bases(node, out);
        let id = self.b.open_class(name, whole);
        self.classes.push(Some(id));
        let body = self.field_block(node, "body");
        self.classes.pop();
        self.b.close_class();
        if let Some(class) = self.b.file.classes.get_mut(id.index()) {
            class.bases = bases;
            class.decorators = decorators;
            class.body = body;
        }
        id
    }

    /// The base classes. Keyword arguments (`metaclass=M`) are evaluated before the class statement.
    fn bases(&mut self, node: Node<'_>, out: &mut Block) -> Vec<ExprId> {
        let mut bases = Vec::new();
        for argument in field(node, "superclasses").map(kids).unwrap_or_default() {
            let argument = self.argument(argument);
            match (argument.name, argument.spread) {
                (None, Spread::No | Spread::Elements) => bases.push(argument.value),
                _ => out.push(self.b.stmt(argument.span, StmtKind::Expr(argument.value))),
            }
        }
        bases
    }
}
