//! Expressions.

use tree_sitter::Node;

use super::broken::has_own_errors;
use super::{Lowerer, field, first_kid, kids, spread_value, strip_parens};
use crate::syntax::builder::Builder;
use crate::syntax::hir::*;

impl Lowerer<'_> {
    /// Lowers an expression or an assignment target.
    pub(super) fn expr(&mut self, node: Node<'_>) -> ExprId {
        let node = strip_parens(node);
        self.at_level(node, |this| this.expr_of_kind(node))
    }

    /// Lowers an expression one level deeper, or two where it has errors of its own, whose parts go around it.
    fn at_level(&mut self, node: Node<'_>, lower: impl FnOnce(&mut Self) -> ExprId) -> ExprId {
        if self.enter(node).is_none() {
            return self.unknown(node, Vec::new());
        }
        let broken = has_own_errors(node) && self.enter(node).is_some();
        let mut id = lower(self);
        if broken {
            id = self.with_broken_parts(node, id);
            self.leave();
        }
        self.leave();
        id
    }

    /// As [`Lowerer::expr`]; a lambda takes `name` as its symbol.
    pub(super) fn expr_named(&mut self, node: Node<'_>, name: &str) -> ExprId {
        let inner = strip_parens(node);
        if inner.kind() != "lambda" {
            return self.expr(node);
        }
        self.at_level(inner, |this| this.lambda(inner, name))
    }

    fn expr_of_kind(&mut self, node: Node<'_>) -> ExprId {
        if node.is_missing() {
            return self.unknown(node, Vec::new());
        }
        match node.kind() {
            "identifier" => self.b.name_expr(node),
            "string" | "concatenated_string" => self.string(node),
            "integer" | "float" | "true" | "false" | "none" => self.constant(node),
            "attribute" | "subscript" | "call" => self.access_chain(node),
            "binary_operator" | "boolean_operator" => self.operator_chain(node),
            "comparison_operator" => self.comparison(node),
            "not_operator" | "unary_operator" => self.unary(node),
            "conditional_expression" => self.conditional(node),
            "lambda" => self.lambda(node, "<lambda>"),
            "await" => self.wrap_first(node, ExprKind::Await),
            "list_splat" | "list_splat_pattern" | "dictionary_splat" | "dictionary_splat_pattern" | "splat_pattern" => {
                self.wrap_first(node, ExprKind::Spread)
            }
            "yield" => self.yield_expr(node),
            "named_expression" => self.named_expression(node),
            "assignment" | "augmented_assignment" => self.nested_assignment(node),
            "as_pattern" => self.as_pattern(node),
            "list" | "list_pattern" => self.collection(node, CollectionKind::List),
            "tuple" | "tuple_pattern" | "expression_list" | "pattern_list" => {
                self.collection(node, CollectionKind::Tuple)
            }
            "set" => self.collection(node, CollectionKind::Set),
            "dictionary" => self.collection(node, CollectionKind::Map),
            "list_comprehension" => self.comprehension(node, CollectionKind::List),
            "set_comprehension" => self.comprehension(node, CollectionKind::Set),
            "dictionary_comprehension" => self.comprehension(node, CollectionKind::Map),
            "generator_expression" => self.comprehension(node, CollectionKind::Generator),
            "type" | "generic_type" | "union_type" | "member_type" | "splat_type" => self.type_of_kind(node),
            "case_pattern" | "union_pattern" | "dict_pattern" | "class_pattern" | "dotted_name" => {
                self.pattern_of_kind(node)
            }
            _ => self.unknown_expr(node),
        }
    }

    /// A form around one expression.
    fn wrap_first(&mut self, node: Node<'_>, form: fn(ExprId) -> ExprKind) -> ExprId {
        let Some(inner) = first_kid(node) else { return self.unknown(node, Vec::new()) };
        let inner = self.expr(inner);
        self.b.expr(Builder::span(node), form(inner))
    }

    fn unary(&mut self, node: Node<'_>) -> ExprId {
        let operand = self.field(node, "argument");
        let op = match field(node, "operator").map(|n| n.kind()) {
            Some("-") => UnaryOp::Neg,
            Some("+") => UnaryOp::Plus,
            Some("~") => UnaryOp::Invert,
            _ => UnaryOp::Not,
        };
        self.b.expr(Builder::span(node), ExprKind::Unary { op, operand })
    }

    fn conditional(&mut self, node: Node<'_>) -> ExprId {
        let [then, test, otherwise] = kids(node)[..] else { return self.unknown_expr(node) };
        let then = self.expr(then);
        let test = self.expr(test);
        let otherwise = self.expr(otherwise);
        self.b.expr(Builder::span(node), ExprKind::Conditional { test, then, otherwise })
    }

    fn yield_expr(&mut self, node: Node<'_>) -> ExprId {
        let function = self.b.current_function();
        if let Some(function) = self.b.file.functions.get_mut(function.index()) {
            function.is_generator = true;
        }
        let value = first_kid(node).map(|value| self.expr(value));
        self.b.expr(Builder::span(node), ExprKind::Yield(value))
    }

    fn named_expression(&mut self, node: Node<'_>) -> ExprId {
        let target = self.field(node, "name");
        let value = self.assigned_value(field(node, "name"), node, "value");
        self.b.expr(Builder::span(node), ExprKind::Assign { target, value, op: None })
    }

    /// An assignment where the grammar allows an expression, as in `a += b = c`.
    fn nested_assignment(&mut self, node: Node<'_>) -> ExprId {
        let target = self.field(node, "left");
        let id = if field(node, "right").is_some() {
            let value = self.assigned_value(field(node, "left"), node, "right");
            let op = super::stmt::augmented_operator(node);
            self.b.expr(Builder::span(node), ExprKind::Assign { target, value, op })
        } else {
            target
        };
        let Some(ty) = field(node, "type") else { return id };
        let ty = self.expr(ty);
        self.unknown(node, vec![id, ty])
    }

    /// The value in a field; a lambda takes the name of the target.
    pub(super) fn assigned_value(&mut self, target: Option<Node<'_>>, node: Node<'_>, name: &str) -> ExprId {
        match (target, field(node, name)) {
            (Some(target), Some(value)) if target.kind() == "identifier" => {
                let name = self.b.node_text(target);
                self.expr_named(value, name)
            }
            _ => self.field(node, name),
        }
    }

    fn as_pattern(&mut self, node: Node<'_>) -> ExprId {
        let kids = kids(node);
        let [value, target] = kids[..] else { return self.unknown_expr(node) };
        let in_case = value.kind() == "case_pattern";
        let value = self.expr(value);
        let target = self.as_target(target);
        if in_case && self.captures(value) {
            return self.unknown(node, vec![value, target]);
        }
        self.b.expr(Builder::span(node), ExprKind::Assign { target, value, op: None })
    }

    /// What stands behind `as`.
    pub(super) fn as_target(&mut self, node: Node<'_>) -> ExprId {
        match (node.kind(), first_kid(node)) {
            ("as_pattern_target", Some(inner)) => self.expr(inner),
            _ => self.expr(node),
        }
    }

    fn collection(&mut self, node: Node<'_>, kind: CollectionKind) -> ExprId {
        let entries = kids(node).into_iter().map(|kid| self.entry(kid)).collect();
        self.b.expr(Builder::span(node), ExprKind::Collection { kind, entries })
    }

    pub(super) fn entry(&mut self, node: Node<'_>) -> Entry {
        let span = Builder::span(node);
        let inner = strip_parens(node);
        if inner.kind() == "pair" {
            let (key, value) = self.pair(inner);
            return Entry { key: Some(key), value, spread: false, span };
        }
        let spread = spread_value(inner);
        Entry { key: None, value: self.expr(spread.unwrap_or(node)), spread: spread.is_some(), span }
    }

    /// Key and value of a dictionary entry; a lambda takes a constant key as its symbol.
    fn pair(&mut self, node: Node<'_>) -> (ExprId, ExprId) {
        let key = self.field(node, "key");
        let value = match (&self.b.file.expr(key).kind, field(node, "value")) {
            (ExprKind::Literal(Literal::Str(name)), Some(value)) => {
                let name = name.clone();
                self.expr_named(value, &name)
            }
            _ => self.field(node, "value"),
        };
        (key, value)
    }

    fn comprehension(&mut self, node: Node<'_>, kind: CollectionKind) -> ExprId {
        let body = field(node, "body");
        let (key, element) = match body {
            Some(pair) if pair.kind() == "pair" => {
                let (key, value) = self.pair(pair);
                (Some(key), value)
            }
            _ => (None, self.field(node, "body")),
        };
        let mut clauses: Vec<Clause> = Vec::new();
        for kid in kids(node) {
            match kid.kind() {
                "for_in_clause" => {
                    let target = self.field(kid, "left");
                    let iter = self.iterated(kid);
                    clauses.push(Clause { target, iter, conditions: Vec::new() });
                }
                "if_clause" => {
                    let conditions: Vec<ExprId> = first_kid(kid).map(|test| self.expr(test)).into_iter().collect();
                    if let Some(clause) = clauses.last_mut() {
                        clause.conditions.extend(conditions);
                    }
                }
                _ => {}
            }
        }
        self.b.expr(Builder::span(node), ExprKind::Comprehension { kind, key, element, clauses })
    }

    /// What a `for … in` clause iterates over: several values are a tuple.
    fn iterated(&mut self, clause: Node<'_>) -> ExprId {
        let mut cursor = clause.walk();
        let values: Vec<Node<'_>> =
            clause.children_by_field_name("right", &mut cursor).filter(|n| n.is_named() && !n.is_extra()).collect();
        match values[..] {
            [] => self.unknown(clause, Vec::new()),
            [value] => self.expr(value),
            [first, .., last] => {
                let span = Span::new(first.start_byte(), last.end_byte());
                let entries = values.iter().map(|&value| self.entry(value)).collect();
                self.b.expr(span, ExprKind::Collection { kind: CollectionKind::Tuple, entries })
            }
        }
    }
}
