//! Expressions.

use tree_sitter::Node;

use super::{Descent, Lower, field, first_named, named, strip_parens};
use crate::syntax::builder::Builder;
use crate::syntax::descent::chains::Chains;
use crate::syntax::descent::operators::Operators;
use crate::syntax::hir::*;

/// Whether a kind of node is lowered as an expression wherever it stands.
pub(super) fn is_expression(kind: &str) -> bool {
    kind.ends_with("_expression")
        || kind.ends_with("_literal")
        || matches!(kind, "identifier" | "nil" | "true" | "false" | "iota" | "literal_value")
}

/// The conversions that leave the data as it is.
const TRANSPARENT_CONVERSIONS: &[&str] = &["string", "any", "error"];

impl Lower<'_> {
    /// An expression; parentheses, address operators and dereferences around it leave no trace.
    pub(super) fn expr(&mut self, node: Node<'_>) -> ExprId {
        self.expr_named(node, None)
    }

    /// An expression whose function literals are called `name`.
    pub(super) fn expr_named(&mut self, node: Node<'_>, name: Option<&str>) -> ExprId {
        let node = strip_parens(node);
        let lowered = self.deeper(node, 1, |this| {
            this.pick_errors(node);
            this.expr_inner(node, name)
        });
        lowered.unwrap_or_else(|| self.unknown(Builder::span(node), Vec::new()))
    }

    fn expr_inner(&mut self, node: Node<'_>, name: Option<&str>) -> ExprId {
        let span = Builder::span(node);
        match node.kind() {
            _ if node.is_missing() => self.unknown(span, Vec::new()),
            "identifier" => self.b.name_expr(node),
            "nil" => self.b.expr(span, ExprKind::Literal(Literal::Null)),
            "true" => self.b.expr(span, ExprKind::Literal(Literal::Bool(true))),
            "false" => self.b.expr(span, ExprKind::Literal(Literal::Bool(false))),
            "iota" => self.b.expr(span, ExprKind::Literal(Literal::Int(self.iota))),
            "int_literal" | "float_literal" | "imaginary_literal" => self.number(node),
            "rune_literal" => self.rune(node),
            "interpreted_string_literal" => self.interpreted_string(node),
            "raw_string_literal" => self.raw_string(node),
            "call_expression" if self.conversion(node).is_some() => self.cast(node),
            "call_expression" if self.allocated(node).is_some() => self.allocation(node),
            "call_expression"
            | "selector_expression"
            | "index_expression"
            | "slice_expression"
            | "type_assertion_expression" => self.chain(node),
            "type_conversion_expression" if field(node, "type").is_some_and(|t| t.kind() == "generic_type") => {
                self.generic_call(node)
            }
            "type_conversion_expression" => {
                let ty = self.type_in(node, "type");
                let operand = self.field_expr(node, "operand");
                self.b.expr(span, ExprKind::Cast { operand, ty })
            }
            "type_instantiation_expression" => match self.type_in(node, "type") {
                Some(ty) => ty,
                None => self.children(node),
            },
            "binary_expression" => self.binary(node),
            "unary_expression" => self.unary(node),
            "composite_literal" => self.composite(node),
            "literal_value" => self.literal_value(node, None),
            "func_literal" => self.lambda(node, name),
            "parenthesized_expression" => self.only_expr(node),
            _ => self.children(node),
        }
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
        match first_named(node) {
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

    /// The type and the operand of a call that is a conversion leaving data as it is: `string(b)`, or to a function type of
    /// this file.
    fn conversion<'t>(&self, node: Node<'t>) -> Option<(Node<'t>, Node<'t>)> {
        let callee = field(node, "function").filter(|f| f.kind() == "identifier")?;
        let arguments = super::sound(field(node, "arguments")?);
        let [only] = arguments[..] else { return None };
        let name = self.text(callee);
        let is_type = match self.survey.types.get(name) {
            Some(made) => *made == super::survey::Made::Function,
            None => TRANSPARENT_CONVERSIONS.contains(&name) && !self.survey.declares(name),
        };
        (is_type && only.kind() != "variadic_argument").then_some((callee, only))
    }

    /// Whether a call is none in the HIR, or another one.
    pub(super) fn is_special_call(&self, node: Node<'_>) -> bool {
        self.conversion(node).is_some() || self.allocated(node).is_some()
    }

    fn cast(&mut self, node: Node<'_>) -> ExprId {
        let Some((callee, operand)) = self.conversion(node) else { return self.children(node) };
        if let Some(arguments) = field(node, "arguments") {
            self.pick_errors(arguments);
        }
        let ty = self.type_expr(callee);
        let operand = self.expr(operand);
        self.b.expr(Builder::span(node), ExprKind::Cast { operand, ty })
    }

    /// `f[T](x)`, which the grammar takes for a conversion.
    fn generic_call(&mut self, node: Node<'_>) -> ExprId {
        let (Some(callee), Some(operand)) = (self.type_in(node, "type"), field(node, "operand")) else {
            return self.children(node);
        };
        let value = self.expr(operand);
        let args = vec![Arg { name: None, value, spread: Spread::No, span: Builder::span(operand) }];
        self.b.expr(Builder::span(node), ExprKind::Call { callee, args, is_new: false })
    }

    /// The type that `new` or `make` is given.
    fn allocated<'t>(&self, node: Node<'t>) -> Option<Node<'t>> {
        let callee = field(node, "function").filter(|f| f.kind() == "identifier")?;
        let name = self.text(callee);
        if !matches!(name, "new" | "make") || self.survey.declares(name) {
            return None;
        }
        super::sound(field(node, "arguments")?).into_iter().next()
    }

    /// `new(T)` makes a `T`; `make(T, n)` is a call whose first argument is an empty value of the type.
    fn allocation(&mut self, node: Node<'_>) -> ExprId {
        let span = Builder::span(node);
        let (Some(ty), Some(callee)) = (self.allocated(node), field(node, "function")) else {
            return self.children(node);
        };
        let arguments = field(node, "arguments");
        if let Some(arguments) = arguments {
            self.pick_errors(arguments);
        }
        if self.text(callee) == "new" {
            let callee = match self.type_expr(ty) {
                Some(ty) => ty,
                None => self.unknown(Builder::span(ty), Vec::new()),
            };
            return self.b.expr(span, ExprKind::Call { callee, args: Vec::new(), is_new: true });
        }
        let callee = self.b.name_expr(callee);
        let mut args = vec![self.empty_of_type(ty)];
        for rest in arguments.map(super::sound).unwrap_or_default().into_iter().skip(1) {
            let value = self.expr(rest);
            args.push(Arg { name: None, value, spread: Spread::No, span: Builder::span(rest) });
        }
        self.b.expr(span, ExprKind::Call { callee, args, is_new: false })
    }

    fn empty_of_type(&mut self, ty: Node<'_>) -> Arg {
        let span = Builder::span(ty);
        let kind = if ty.kind() == "map_type" { CollectionKind::Map } else { CollectionKind::List };
        let operand = self.b.expr(span, ExprKind::Collection { kind, entries: Vec::new() });
        let ty = self.type_expr(ty);
        let value = self.b.expr(span, ExprKind::Cast { operand, ty });
        Arg { name: None, value, spread: Spread::No, span }
    }

    /// `+x`, `-x`, `!x`, `^x`, `<-x`; `&x` and `*x` that are broken.
    fn unary(&mut self, node: Node<'_>) -> ExprId {
        let span = Builder::span(node);
        let Some(operand) = field(node, "operand") else { return self.children(node) };
        let op = match field(node, "operator").map_or("", |n| n.kind()) {
            "!" => UnaryOp::Not,
            "-" => UnaryOp::Neg,
            "+" => UnaryOp::Plus,
            "^" => UnaryOp::Invert,
            "<-" => {
                let object = self.expr(operand);
                let index = self.unknown(Span { start: span.end, end: span.end }, Vec::new());
                return self.b.expr(span, ExprKind::Index { object, index });
            }
            _ => return self.expr(operand),
        };
        let operand = self.expr(operand);
        self.b.expr(span, ExprKind::Unary { op, operand })
    }
}
