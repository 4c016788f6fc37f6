//! Chains of members, calls and indices: `a.b(c)[d].e()`.

use tree_sitter::Node;

use super::scope::Found;
use super::{Descent, Lower, child_of_kind, field, fields, first_named, named, sound};
use crate::syntax::builder::Builder;
use crate::syntax::descent::chains::Chains;
use crate::syntax::hir::*;

impl<'s> Chains<'s> for Lower<'s> {
    /// A call makes two levels, itself and the member that is called.
    const LEVELS: u32 = 2;

    /// What a link is applied to.
    fn object_of<'t>(&self, node: Node<'t>) -> Option<Node<'t>> {
        match node.kind() {
            "method_invocation" | "field_access" => field(node, "object"),
            "array_access" => field(node, "array"),
            _ => None,
        }
    }

    /// What a chain starts from. A name in front of a field may be a package.
    fn base(&mut self, node: Node<'_>, link: Option<Node<'_>>) -> ExprId {
        if node.kind() == "identifier" && !node.is_missing() {
            let may_be_package = link.is_some_and(|l| l.kind() == "field_access");
            return self.identifier(node, !may_be_package);
        }
        self.expr(node)
    }

    /// One link on top of the value that it is applied to.
    fn link(&mut self, node: Node<'_>, mut object: ExprId) -> ExprId {
        let span = Builder::span(node);
        if let Some(of_outer) = child_of_kind(node, "super").filter(|s| Some(*s) != field(node, "object")) {
            // `Outer.super.f()`: the outer class is enough to find what it inherits.
            object = self.member(span_to(span, of_outer), object, "super", Builder::span(of_outer));
        }
        match node.kind() {
            "method_invocation" => {
                let callee = match field(node, "name") {
                    Some(name) => {
                        let at = span_to(span, name);
                        self.member(at, object, self.b.node_text(name), Builder::span(name))
                    }
                    None => self.unknown(span, vec![object]),
                };
                let args = self.arguments_of(node);
                self.b.expr(span, ExprKind::Call { callee, args, is_new: false })
            }
            "field_access" => match field(node, "field") {
                // `Outer.this` is an object of the outer class, for which its name stands.
                Some(name) if name.kind() == "this" => object,
                Some(name) => self.member(span, object, self.b.node_text(name), Builder::span(name)),
                None => self.unknown(span, vec![object]),
            },
            "array_access" => match field(node, "index") {
                Some(index) => {
                    let index = self.expr(index);
                    self.b.expr(span, ExprKind::Index { object, index })
                }
                None => self.unknown(span, vec![object]),
            },
            _ => self.unknown(span, vec![object]),
        }
    }

    fn unlinked(&mut self, node: Node<'_>) -> ExprId {
        self.unqualified_call(node)
    }
}

impl<'s> Lower<'s> {
    /// `f(a)`: a method of a class around, or one that is imported.
    fn unqualified_call(&mut self, node: Node<'_>) -> ExprId {
        let Some(name) = field(node, "name").filter(|_| node.kind() == "method_invocation") else {
            return self.children(node);
        };
        let (text, at) = (self.text(name), Builder::span(name));
        let owner = match self.names.method(text) {
            Found::Member(owner) => self.owner(owner, at.start),
            _ => None,
        };
        let callee = match owner {
            Some(object) => self.member(at, object, text, at),
            None => self.b.name_expr(name),
        };
        let args = self.arguments_of(node);
        self.b.expr(Builder::span(node), ExprKind::Call { callee, args, is_new: false })
    }

    pub(super) fn arguments_of(&mut self, node: Node<'_>) -> Vec<Arg> {
        field(node, "arguments").map(|a| self.arguments(a)).unwrap_or_default()
    }

    fn arguments(&mut self, node: Node<'_>) -> Vec<Arg> {
        self.pick_errors(node);
        let mut args = Vec::new();
        for child in sound(node) {
            let value = self.expr(child);
            args.push(Arg { name: None, value, spread: Spread::No, span: Builder::span(child) });
        }
        args
    }

    /// `this(…)` and `super(…)` in a constructor.
    pub(super) fn constructor_call(&mut self, node: Node<'_>) -> ExprId {
        let span = Builder::span(node);
        let Some(word) = field(node, "constructor") else { return self.children(node) };
        let at = Builder::span(word);
        let outer = field(node, "object").map(|o| self.expr(o));
        let object = self.name(at, self.b.node_text(word));
        let callee = self.member(at, object, super::class::CONSTRUCTOR, at);
        let mut args = self.arguments_of(node);
        args.extend(outer.map(|value| Arg {
            name: None,
            value,
            spread: Spread::No,
            span: self.b.file.expr(value).span,
        }));
        self.b.expr(span, ExprKind::Call { callee, args, is_new: false })
    }

    /// `new C(…)`, also with a class body.
    pub(super) fn creation(&mut self, node: Node<'_>) -> ExprId {
        let span = Builder::span(node);
        let Some(ty) = field(node, "type") else { return self.children(node) };
        let outer =
            first_named(node).filter(|f| *f != ty && super::expr::is_expression(f.kind())).map(|o| self.expr(o));
        let callee = match child_of_kind(node, "class_body") {
            Some(body) => {
                let class = self.anonymous_class(node, ty, body);
                self.b.expr(Builder::span(ty), ExprKind::ClassExpr(class))
            }
            None => self.type_expr(ty).unwrap_or_else(|| self.unknown(Builder::span(ty), Vec::new())),
        };
        let args = self.arguments_of(node);
        let created = self.b.expr(span, ExprKind::Call { callee, args, is_new: true });
        match outer {
            Some(outer) => self.b.expr(span, ExprKind::Sequence(vec![outer, created])),
            None => created,
        }
    }

    /// `new T[n]` is an array that is empty so far, `new T[]{…}` one with elements.
    pub(super) fn array_creation(&mut self, node: Node<'_>) -> ExprId {
        let span = Builder::span(node);
        if let Some(value) = field(node, "value") {
            return self.array(value, span);
        }
        let mut parts = Vec::new();
        for dimension in fields(node, "dimensions").into_iter().filter(|d| d.kind() == "dimensions_expr") {
            self.pick_errors(dimension);
            parts.extend(sound(dimension).into_iter().map(|d| self.expr(d)).collect::<Vec<_>>());
        }
        let empty = ExprKind::Collection { kind: CollectionKind::List, entries: Vec::new() };
        parts.push(self.b.expr(span, empty));
        self.b.expr(span, ExprKind::Sequence(parts))
    }

    /// `{a, b}`, with the span of what it is the value of.
    pub(super) fn array(&mut self, node: Node<'_>, span: Span) -> ExprId {
        self.pick_errors(node);
        let mut entries = Vec::new();
        for child in sound(node) {
            let value = self.expr(child);
            entries.push(Entry { key: None, value, spread: false, span: Builder::span(child) });
        }
        self.b.expr(span, ExprKind::Collection { kind: CollectionKind::List, entries })
    }

    /// `object::method`, `Type::method`, `Type::new`: the member itself.
    pub(super) fn method_reference(&mut self, node: Node<'_>) -> ExprId {
        let span = Builder::span(node);
        let parts: Vec<_> = named(node).into_iter().filter(|c| c.kind() != "type_arguments" && !c.is_error()).collect();
        let Some(&of) = parts.first() else { return self.children(node) };
        let object = match of.kind() {
            "super" => self.b.name_expr(of),
            kind if super::types::is_type(kind) => {
                self.type_expr(of).unwrap_or_else(|| self.unknown(Builder::span(of), Vec::new()))
            }
            _ => self.expr(of),
        };
        if child_of_kind(node, "new").is_some() {
            let at = child_of_kind(node, "new").map_or(span, Builder::span);
            return self.member(span, object, "new", at);
        }
        match parts.last().filter(|p| parts.len() > 1 && p.kind() == "identifier") {
            Some(name) => self.member(span, object, self.b.node_text(*name), Builder::span(*name)),
            None => self.unknown(span, vec![object]),
        }
    }
}

/// From a span's start to a node's end.
fn span_to(span: Span, node: Node<'_>) -> Span {
    Span { start: span.start, end: Builder::span(node).end }
}
