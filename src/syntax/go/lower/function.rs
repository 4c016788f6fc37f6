//! Functions, methods and function literals, with their parameters and results.

use tree_sitter::Node;

use super::survey::receiver_type;
use super::{Descent, Lower, field, fields, sound};
use crate::syntax::builder::Builder;
use crate::syntax::hir::*;

/// What a function is called.
#[derive(Default)]
struct Naming<'n> {
    /// Its own name.
    own: Option<&'n str>,
    /// Its name with what is around it.
    symbol: Option<&'n str>,
    /// The class whose method it is.
    class: Option<ClassId>,
}

impl Lower<'_> {
    pub(super) fn function_declaration(&mut self, node: Node<'_>, out: &mut Block) {
        let name = field(node, "name").map(|n| self.text(n));
        let id = self.function(node, Naming { own: name, symbol: name, class: None });
        out.push(self.b.stmt(Builder::span(node), StmtKind::Function(id)));
    }

    /// A method stands in the class of its receiver's type.
    pub(super) fn method_declaration(&mut self, node: Node<'_>, out: &mut Block) {
        let name = field(node, "name").map_or("", |n| self.text(n));
        let owner = receiver_type(node).map(|t| self.text(t));
        let class = owner.and_then(|o| self.classes.get(o).copied());
        let symbol = format!("{}.{name}", owner.unwrap_or("<class>"));
        let id = self.function(node, Naming { own: Some(name), symbol: Some(&symbol), class });
        let statement = self.b.stmt(Builder::span(node), StmtKind::Function(id));
        match class.and_then(|c| self.b.file.classes.get_mut(c.index())) {
            Some(class) => {
                class.methods.push(id);
                class.body.push(statement);
            }
            None => out.push(statement),
        }
    }

    /// A function literal.
    pub(super) fn lambda(&mut self, node: Node<'_>, name: Option<&str>) -> ExprId {
        let symbol = name.filter(|n| n.bytes().all(|b| b.is_ascii_alphanumeric() || b"_.".contains(&b)));
        match self.deeper(node, 2, |this| this.function(node, Naming { symbol, ..Naming::default() })) {
            Some(id) => {
                if let Some(function) = self.b.file.functions.get_mut(id.index()) {
                    function.is_arrow = true;
                }
                self.b.expr(Builder::span(node), ExprKind::Lambda(id))
            }
            None => self.unknown(Builder::span(node), Vec::new()),
        }
    }

    /// Any node with parameters and a body.
    fn function(&mut self, node: Node<'_>, naming: Naming<'_>) -> FunctionId {
        let outer = std::mem::take(&mut self.pending);
        let id = self.b.open_function(naming.symbol, node);
        let name = naming.own.map(|n| self.b.intern(n));
        let mut params = Vec::new();
        for list in ["receiver", "parameters"] {
            if let Some(list) = field(node, list) {
                self.parameters(list, &mut params);
            }
        }
        let mut body = Vec::new();
        let (return_type, results) = self.results(node, &mut body);
        self.results.push(results);
        let body_node = field(node, "body");
        body.append(&mut self.pending);
        if let Some(block) = body_node {
            body.extend(self.block(block));
        }
        self.results.pop();
        self.b.close_function();
        self.pending = outer;
        let name_span = name_span(node);
        if let Some(function) = self.b.file.functions.get_mut(id.index()) {
            function.name = name;
            function.params = params;
            function.body = body;
            function.return_type = return_type;
            function.class = naming.class;
            function.name_span = name_span;
            function.body_span = body_node.map_or(function.span, Builder::span);
            function.is_exported = naming.own.is_some_and(|n| n.starts_with(char::is_uppercase));
        }
        id
    }

    /// The parameters of a list; several names may share a type.
    fn parameters(&mut self, list: Node<'_>, out: &mut Vec<Param>) {
        self.pick_errors(list);
        for declaration in sound(list) {
            self.pick_errors(declaration);
            let rest = declaration.kind() == "variadic_parameter_declaration";
            let ty = match (rest, field(declaration, "type")) {
                (true, Some(element)) => Some(self.variadic_type(element)),
                (false, Some(ty)) => self.type_expr(ty),
                (_, None) => None,
            };
            let kind = if rest { ParamKind::Rest } else { ParamKind::Normal };
            let names = fields(declaration, "name");
            let span = Builder::span(declaration);
            if names.is_empty() {
                let pattern = self.unknown(span, Vec::new());
                out.push(Param { pattern, default: None, ty, kind, decorators: Vec::new(), span });
            }
            let last = names.len().saturating_sub(1);
            for (i, name) in names.into_iter().enumerate() {
                let pattern = self.pattern(name);
                let own = Builder::span(name);
                let span = if i == last { Span { start: own.start, end: span.end } } else { own };
                out.push(Param { pattern, default: None, ty, kind, decorators: Vec::new(), span });
            }
        }
    }

    fn variadic_type(&mut self, element: Node<'_>) -> ExprId {
        let span = Builder::span(element);
        let object = self.name(span, "list");
        match self.type_expr(element) {
            Some(index) => self.b.expr(span, ExprKind::Index { object, index }),
            None => object,
        }
    }

    /// The type of the result, and its names, which are declared at the start of the body. Of several results the types are
    /// a tuple.
    fn results(&mut self, node: Node<'_>, body: &mut Block) -> (Option<ExprId>, Vec<ExprId>) {
        let Some(result) = field(node, "result") else { return (None, Vec::new()) };
        if result.kind() != "parameter_list" {
            return (self.type_expr(result), Vec::new());
        }
        let mut params = Vec::new();
        self.parameters(result, &mut params);
        let mut entries = Vec::new();
        let mut names = Vec::new();
        for param in &params {
            let ty = match param.ty {
                Some(ty) => ty,
                None => self.unknown(param.span, Vec::new()),
            };
            entries.push(Entry { key: None, value: ty, spread: false, span: param.span });
            let at = self.b.file.expr(param.pattern).span;
            if let ExprKind::Name(name) = self.b.file.expr(param.pattern).kind {
                let kind = StmtKind::Assign {
                    targets: vec![param.pattern],
                    value: None,
                    op: None,
                    ty: param.ty,
                    declares: true,
                };
                body.push(self.b.stmt(param.span, kind));
                names.push(self.b.expr(at, ExprKind::Name(name)));
            } else {
                names.push(self.unknown(at, Vec::new()));
            }
        }
        let named = params.iter().any(|p| matches!(self.b.file.expr(p.pattern).kind, ExprKind::Name(_)));
        let ty = match entries.as_slice() {
            [] => None,
            [only] => params.first().and_then(|p| p.ty).map(|_| only.value),
            _ => {
                let kind = ExprKind::Collection { kind: CollectionKind::Tuple, entries };
                Some(self.b.expr(Builder::span(result), kind))
            }
        };
        (ty, if named { names } else { Vec::new() })
    }

    /// The value of a `return` with the expressions `values`; of a bare one, what the named results hold.
    pub(super) fn returned(&mut self, span: Span, list: Option<Node<'_>>) -> Option<ExprId> {
        let values: Vec<ExprId> = match list {
            Some(list) => {
                self.pick_errors(list);
                sound(list).into_iter().map(|v| self.expr(v)).collect()
            }
            None => self.results.last().cloned().unwrap_or_default(),
        };
        match values.as_slice() {
            [] => None,
            [only] => Some(*only),
            _ => {
                let span = list.map_or(span, Builder::span);
                Some(self.tuple(span, values))
            }
        }
    }

    pub(super) fn tuple(&mut self, span: Span, values: Vec<ExprId>) -> ExprId {
        let entry = |value: ExprId, span| Entry { key: None, value, spread: false, span };
        let entries = values.into_iter().map(|v| entry(v, self.b.file.expr(v).span)).collect();
        self.b.expr(span, ExprKind::Collection { kind: CollectionKind::Tuple, entries })
    }
}

/// Where a function's name stands, or what stands for it: the keyword or the parameters.
fn name_span(node: Node<'_>) -> Span {
    let at = field(node, "name").or_else(|| {
        let mut cursor = node.walk();
        node.children(&mut cursor).find(|c| c.kind() == "func")
    });
    at.map_or(Builder::span(node), Builder::span)
}
