//! Classes and enumerations.

use tree_sitter::Node;

use super::function::Naming;
use super::{Descent, Hint, Lower, field, fields, first_named, has_token, named, sound};
use crate::syntax::builder::Builder;
use crate::syntax::hir::*;

impl Lower<'_> {
    pub(super) fn class_expression(&mut self, node: Node<'_>, hint: Hint<'_>) -> ExprId {
        let id = self.class(node, hint.symbol, Vec::new());
        if hint.exported {
            let symbol = self.b.file.class(id).symbol.to_string();
            self.exported.insert(symbol);
        }
        self.b.expr(Builder::span(node), ExprKind::ClassExpr(id))
    }

    /// A class; `hint` names one that has no name of its own, `decorators` stand before the node.
    pub(super) fn class(&mut self, node: Node<'_>, hint: Option<&str>, mut decorators: Vec<ExprId>) -> ClassId {
        let outer = std::mem::take(&mut self.pending);
        let own = field(node, "name").map(|n| self.text(n));
        let id = self.b.open_class(own.or(hint), node);
        decorators.extend(fields(node, "decorator").into_iter().map(|d| self.only_expr(d)));
        let bases = self.bases(node);
        let mut body = std::mem::take(&mut self.pending);
        let methods = match field(node, "body") {
            Some(members) => self.members(members, id, &mut body),
            None => Vec::new(),
        };
        self.b.close_class();
        self.pending = outer;
        let name = own.map(|n| self.b.intern(n));
        if let Some(class) = self.b.file.classes.get_mut(id.index()) {
            class.name = name;
            class.bases = bases;
            class.decorators = decorators;
            class.body = body;
            class.methods = methods;
        }
        id
    }

    fn bases(&mut self, node: Node<'_>) -> Vec<ExprId> {
        let mut bases = Vec::new();
        for heritage in named(node).into_iter().filter(|c| c.kind() == "class_heritage") {
            self.pick_errors(heritage);
            for part in sound(heritage) {
                match part.kind() {
                    "extends_clause" => {
                        self.pick_errors(part);
                        bases.extend(fields(part, "value").into_iter().map(|v| self.expr(v)));
                    }
                    "implements_clause" => {}
                    _ => bases.push(self.expr(part)),
                }
            }
        }
        bases
    }

    fn members(&mut self, node: Node<'_>, class: ClassId, body: &mut Block) -> Vec<FunctionId> {
        let mut methods = Vec::new();
        let mut decorators = Vec::new();
        self.pick_errors(node);
        body.append(&mut self.pending);
        for member in sound(node) {
            if member.kind() == "decorator" {
                decorators.push(self.only_expr(member));
                continue;
            }
            let before = std::mem::take(&mut decorators);
            let lowered = self.deeper(member, 2, |this| this.member(member, class, before));
            if let Some((statement, method)) = lowered {
                body.append(&mut self.pending);
                body.extend(statement);
                methods.extend(method);
            }
        }
        methods
    }

    fn member(
        &mut self,
        node: Node<'_>,
        class: ClassId,
        mut decorators: Vec<ExprId>,
    ) -> (Option<StmtId>, Option<FunctionId>) {
        self.pick_errors(node);
        decorators.extend(fields(node, "decorator").into_iter().map(|d| self.only_expr(d)));
        let statement = match node.kind() {
            "method_definition" => {
                let id = self.method(node, class, decorators);
                return (Some(self.b.stmt(Builder::span(node), StmtKind::Function(id))), Some(id));
            }
            "field_definition" | "public_field_definition" => {
                self.evaluate(decorators);
                self.class_field(node, class)
            }
            "class_static_block" => {
                let block = field(node, "body").map(|b| self.block(b)).unwrap_or_default();
                self.b.stmt(Builder::span(node), StmtKind::Block(block))
            }
            "method_signature" | "abstract_method_signature" | "index_signature" => return (None, None),
            _ => {
                let value = self.children(node);
                self.b.stmt(Builder::span(node), StmtKind::Expr(value))
            }
        };
        (Some(statement), None)
    }

    /// Expressions for which the HIR has no place: they are evaluated before the current statement.
    pub(super) fn evaluate(&mut self, values: Vec<ExprId>) {
        for value in values {
            let span = self.b.file.expr(value).span;
            let statement = self.b.stmt(span, StmtKind::Expr(value));
            self.pending.push(statement);
        }
    }

    fn method(&mut self, node: Node<'_>, class: ClassId, decorators: Vec<ExprId>) -> FunctionId {
        let key = field(node, "name");
        let name = key.and_then(|k| self.static_key(k));
        if let Some(computed) = key.filter(|k| k.kind() == "computed_property_name") {
            let value = self.only_expr(computed);
            self.evaluate(vec![value]);
        }
        let naming = Naming { own: name.as_deref(), class: Some(class), decorators, ..Naming::default() };
        let id = self.function(node, naming);
        if is_private(node, self.text(node)) || name.is_some_and(|n| n.starts_with('#')) {
            self.private.insert(id);
        }
        id
    }

    /// A field as an assignment to a member of `this`.
    fn class_field(&mut self, node: Node<'_>, class: ClassId) -> StmtId {
        let span = Builder::span(node);
        let key = field(node, "property").or_else(|| field(node, "name"));
        let this = self.b.intern("this");
        let at = Span { start: span.start, end: span.start };
        let object = self.b.expr(at, ExprKind::Name(this));
        let target = match key {
            Some(key) if matches!(key.kind(), "computed_property_name" | "number") => {
                let index = self.key(key);
                ExprKind::Index { object, index }
            }
            Some(key) => {
                let text = self.static_key(key).unwrap_or_default();
                ExprKind::Member { object, name: self.b.intern(&text), name_span: Builder::span(key) }
            }
            None => ExprKind::Unknown(Vec::new()),
        };
        let target = self.b.expr(key.map_or(span, Builder::span), target);
        let symbol = key.and_then(|k| self.static_key(k));
        let hint = Hint { symbol: symbol.as_deref(), exported: false };
        let value = field(node, "value").map(|v| self.expr_hint(v, hint));
        if let Some(&ExprKind::Lambda(id)) = value.map(|v| &self.b.file.expr(v).kind) {
            if let Some(function) = self.b.file.functions.get_mut(id.index()) {
                function.class = Some(class);
                function.is_static = has_token(node, "static");
            }
            if is_private(node, self.text(node)) || symbol.is_some_and(|n| n.starts_with('#')) {
                self.private.insert(id);
            }
        }
        let ty = self.annotation(node, "type");
        self.b.stmt(span, StmtKind::Assign { targets: vec![target], value, op: None, ty, declares: false })
    }

    /// An enumeration as a map with its values; those without one count up.
    pub(super) fn enumeration(&mut self, node: Node<'_>) -> StmtId {
        let span = Builder::span(node);
        let target = match field(node, "name") {
            Some(name) => self.b.name_expr(name),
            None => self.unknown(span, Vec::new()),
        };
        let body = field(node, "body");
        if let Some(body) = body {
            self.pick_errors(body);
        }
        let mut entries = Vec::new();
        let mut next = Some(0);
        for child in body.map(named).unwrap_or_default().into_iter().filter(|c| !c.is_error()) {
            let span = Builder::span(child);
            let key = field(child, "name").unwrap_or(child);
            let key = self.key(key);
            let value = match (field(child, "value"), next) {
                (Some(value), _) => self.expr(value),
                (None, Some(n)) => self.b.expr(span, ExprKind::Literal(Literal::Int(n))),
                (None, None) => self.unknown(span, Vec::new()),
            };
            next = match self.b.file.expr(value).kind {
                ExprKind::Literal(Literal::Int(n)) => n.checked_add(1),
                _ => None,
            };
            entries.push(Entry { key: Some(key), value, spread: false, span });
        }
        let value =
            self.b.expr(body.map_or(span, Builder::span), ExprKind::Collection { kind: CollectionKind::Map, entries });
        self.b.stmt(
            span,
            StmtKind::Assign { targets: vec![target], value: Some(value), op: None, ty: None, declares: true },
        )
    }
}

/// Whether a member is private or protected by its modifier.
fn is_private(node: Node<'_>, text: &str) -> bool {
    let modifier = first_named(node).filter(|c| c.kind() == "accessibility_modifier");
    modifier.is_some() && (text.starts_with("private") || text.starts_with("protected"))
}
