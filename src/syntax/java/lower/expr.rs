//! Expressions.

use tree_sitter::Node;

use super::operators::augmented_op;
use super::scope::Found;
use super::{Descent, Lower, child_of_kind, field, first_named, named, sound, strip_parens};
use crate::syntax::builder::Builder;
use crate::syntax::descent::chains::Chains;
use crate::syntax::descent::operators::Operators;
use crate::syntax::hir::*;

/// Whether a kind of node is lowered as an expression wherever it stands.
pub(super) fn is_expression(kind: &str) -> bool {
    kind.ends_with("_expression")
        || kind.ends_with("_literal")
        || matches!(kind, "identifier" | "this" | "super" | "true" | "false" | "array_initializer" | "method_reference")
        || matches!(kind, "method_invocation" | "field_access" | "array_access" | "element_value_array_initializer")
        || matches!(kind, "annotation" | "marker_annotation" | "scoped_identifier" | "explicit_constructor_invocation")
}

impl<'s> Lower<'s> {
    /// An expression; parentheses around it leave no trace.
    pub(super) fn expr(&mut self, node: Node<'_>) -> ExprId {
        let node = strip_parens(node);
        let lowered = self.deeper(node, 1, |this| {
            this.pick_errors(node);
            this.expr_inner(node)
        });
        lowered.unwrap_or_else(|| self.unknown(Builder::span(node), Vec::new()))
    }

    fn expr_inner(&mut self, node: Node<'_>) -> ExprId {
        let span = Builder::span(node);
        match node.kind() {
            _ if node.is_missing() => self.unknown(span, Vec::new()),
            "identifier" => self.identifier(node, true),
            "this" | "super" => self.b.name_expr(node),
            "null_literal" => self.b.expr(span, ExprKind::Literal(Literal::Null)),
            "true" => self.b.expr(span, ExprKind::Literal(Literal::Bool(true))),
            "false" => self.b.expr(span, ExprKind::Literal(Literal::Bool(false))),
            "string_literal" => self.string_literal(node),
            "character_literal" => self.character(node),
            "class_literal" => self.class_literal(node),
            kind if kind.ends_with("_literal") => self.number(node),
            "method_invocation" | "field_access" | "array_access" => self.chain(node),
            "object_creation_expression" => self.creation(node),
            "array_creation_expression" => self.array_creation(node),
            "array_initializer" | "element_value_array_initializer" => self.array(node, span),
            "method_reference" => self.method_reference(node),
            "binary_expression" => self.binary(node),
            "ternary_expression" => self.ternary(node),
            "unary_expression" => self.unary(node),
            "assignment_expression" => self.assignment(node),
            "update_expression" => match self.update(node) {
                Some((target, value, op)) => self.b.expr(span, ExprKind::Assign { target, value, op: Some(op) }),
                None => self.children(node),
            },
            "lambda_expression" => self.lambda(node),
            "instanceof_expression" => self.instance_of(node),
            "cast_expression" => self.cast(node),
            "switch_expression" => self.switch_expression(node),
            _ => self.rare(node),
        }
    }

    fn rare(&mut self, node: Node<'_>) -> ExprId {
        match node.kind() {
            "annotation" | "marker_annotation" => self.annotation(node),
            "scoped_identifier" => self.type_expr(node).unwrap_or_else(|| self.children(node)),
            "explicit_constructor_invocation" => self.constructor_call(node),
            // Those without errors are gone by here.
            "parenthesized_expression" => self.only_expr(node),
            "template_expression" => self.template_expression(node),
            _ => self.children(node),
        }
    }

    /// A name that stands alone. `inherited`: it may be a field of a class in another file.
    pub(super) fn identifier(&mut self, node: Node<'_>, inherited: bool) -> ExprId {
        let (text, span) = (self.text(node), Builder::span(node));
        match self.names.variable(text) {
            Found::Local => return self.b.name_expr(node),
            Found::Member(owner) => {
                if let Some(object) = self.owner(owner, span.start) {
                    return self.member(span, object, text, span);
                }
            }
            Found::Nothing => {}
        }
        if let Some(class) = self.names.member_class(text)
            && let Some(found) = self.class_ref(class, span)
        {
            return found;
        }
        let lower_case = text.starts_with(|c: char| c.is_lowercase());
        if inherited
            && lower_case
            && !self.names.static_imports.contains(text)
            && let Some(owner) = self.names.inherited_from_elsewhere()
            && let Some(object) = self.owner(owner, span.start)
        {
            return self.member(span, object, text, span);
        }
        self.note_used(text);
        self.b.name_expr(node)
    }

    /// `C.class`: the class itself.
    fn class_literal(&mut self, node: Node<'_>) -> ExprId {
        let span = Builder::span(node);
        let ty = first_named(node).and_then(|t| self.type_expr(t));
        match (ty, child_of_kind(node, "class")) {
            (Some(object), Some(word)) => self.member(span, object, "class", Builder::span(word)),
            (ty, _) => self.unknown(span, ty.into_iter().collect()),
        }
    }

    fn template_expression(&mut self, node: Node<'_>) -> ExprId {
        let Some(processor) = field(node, "template_processor") else { return self.children(node) };
        let callee = self.expr(processor);
        let mut args = Vec::new();
        if let Some(template) = field(node, "template_argument") {
            let value = self.expr(template);
            args.push(Arg { name: None, value, spread: Spread::No, span: Builder::span(template) });
        }
        self.b.expr(Builder::span(node), ExprKind::Call { callee, args, is_new: false })
    }

    fn cast(&mut self, node: Node<'_>) -> ExprId {
        let Some(value) = field(node, "value") else { return self.children(node) };
        let operand = self.expr(value);
        let ty = field(node, "type").and_then(|t| self.type_expr(t));
        self.b.expr(Builder::span(node), ExprKind::Cast { operand, ty })
    }

    fn assignment(&mut self, node: Node<'_>) -> ExprId {
        let (Some(left), Some(right)) = (field(node, "left"), field(node, "right")) else { return self.children(node) };
        let op = augmented_op(node);
        let target = self.expr(left);
        let value = self.expr(right);
        self.b.expr(Builder::span(node), ExprKind::Assign { target, value, op })
    }

    /// An unknown expression over all that can be found in a node.
    pub(super) fn children(&mut self, node: Node<'_>) -> ExprId {
        let mut found = Vec::new();
        for child in named(node) {
            self.loose(child, &mut found);
        }
        self.unknown(Builder::span(node), found)
    }

    /// The one expression in a wrapping node.
    pub(super) fn only_expr(&mut self, node: Node<'_>) -> ExprId {
        self.pick_errors(node);
        match sound(node).into_iter().next() {
            Some(inner) => self.expr(inner),
            None => self.unknown(Builder::span(node), Vec::new()),
        }
    }

    pub(super) fn field_expr(&mut self, node: Node<'_>, name: &str) -> ExprId {
        match field(node, name) {
            Some(value) => self.expr(value),
            None => self.unknown(Builder::span(node), Vec::new()),
        }
    }
}
