//! Expressions.

use tree_sitter::Node;

use super::operators::augmented_op;
use super::{Descent, Hint, Lower, field, first_named, named, sound, strip_parens};
use crate::syntax::builder::Builder;
use crate::syntax::descent::chains::Chains;
use crate::syntax::descent::operators::Operators;
use crate::syntax::hir::*;

/// Whether a kind of node is lowered as an expression wherever it stands.
pub(super) fn is_expression(kind: &str) -> bool {
    kind.ends_with("_expression")
        || matches!(
            kind,
            "identifier" | "shorthand_property_identifier" | "this" | "super" | "null" | "undefined" | "true" | "false"
        )
        || matches!(kind, "number" | "string" | "template_string" | "regex" | "array" | "object" | "meta_property")
        || matches!(kind, "arrow_function" | "generator_function" | "method_definition" | "class" | "jsx_element")
        || matches!(
            kind,
            "object_pattern" | "array_pattern" | "assignment_pattern" | "shorthand_property_identifier_pattern"
        )
        || matches!(kind, "spread_element" | "rest_pattern")
}

impl Lower<'_> {
    /// An expression; parentheses around it leave no trace.
    pub(super) fn expr(&mut self, node: Node<'_>) -> ExprId {
        self.expr_hint(node, Hint::default())
    }

    /// An expression whose functions may take a name from where it stands.
    pub(super) fn expr_hint(&mut self, node: Node<'_>, hint: Hint<'_>) -> ExprId {
        let node = strip_parens(node);
        let lowered = self.deeper(node, 1, |this| {
            this.pick_errors(node);
            this.expr_inner(node, hint)
        });
        lowered.unwrap_or_else(|| self.unknown(Builder::span(node), Vec::new()))
    }

    /// A value that is assigned to something called `name`.
    pub(super) fn named_value(&mut self, node: Node<'_>, name: &str) -> ExprId {
        let is_name = name.bytes().all(|b| b.is_ascii_alphanumeric() || b"_$#.".contains(&b));
        self.expr_hint(node, Hint { symbol: Some(name).filter(|n| is_name && !n.is_empty()), exported: false })
    }

    fn expr_inner(&mut self, node: Node<'_>, hint: Hint<'_>) -> ExprId {
        let span = Builder::span(node);
        match node.kind() {
            _ if node.is_missing() => self.unknown(span, Vec::new()),
            "identifier"
            | "this"
            | "super"
            | "import"
            | "shorthand_property_identifier"
            | "shorthand_property_identifier_pattern" => self.b.name_expr(node),
            "null" | "undefined" => self.b.expr(span, ExprKind::Literal(Literal::Null)),
            "true" => self.b.expr(span, ExprKind::Literal(Literal::Bool(true))),
            "false" => self.b.expr(span, ExprKind::Literal(Literal::Bool(false))),
            "number" => self.number(node),
            "string" => self.string_literal(node),
            "template_string" => self.template(node),
            "regex" => self.regex(node),
            "array" => self.array(node, false),
            "object" => self.object(node, hint),
            "call_expression"
            | "member_expression"
            | "subscript_expression"
            | "non_null_expression"
            | "as_expression"
            | "satisfies_expression" => self.chain(node),
            "new_expression" => self.new_expression(node),
            "binary_expression" => self.binary(node),
            "ternary_expression" => self.ternary(node),
            "unary_expression" => self.unary(node),
            "assignment_expression" | "augmented_assignment_expression" => self.assignment(node),
            "update_expression" => match self.update(node) {
                Some((target, value, op)) => self.b.expr(span, ExprKind::Assign { target, value, op: Some(op) }),
                None => self.children(node),
            },
            "arrow_function"
            | "function_expression"
            | "generator_function"
            | "method_definition"
            | "function_declaration"
            | "generator_function_declaration" => self.lambda(node, hint),
            "class" => self.class_expression(node, hint),
            "jsx_element" | "jsx_self_closing_element" => self.jsx(node),
            "object_pattern" | "array_pattern" | "assignment_pattern" | "object_assignment_pattern" => {
                self.pattern(node)
            }
            _ => self.rare(node),
        }
    }

    fn rare(&mut self, node: Node<'_>) -> ExprId {
        let span = Builder::span(node);
        match node.kind() {
            "await_expression" => {
                let operand = self.only_expr(node);
                self.b.expr(span, ExprKind::Await(operand))
            }
            "yield_expression" => {
                let current = self.b.current_function();
                if let Some(function) = self.b.file.functions.get_mut(current.index()) {
                    function.is_generator = true;
                }
                let value = first_named(node).map(|v| self.expr(v));
                self.b.expr(span, ExprKind::Yield(value))
            }
            "spread_element" | "rest_pattern" => {
                let operand = self.only_expr(node);
                self.b.expr(span, ExprKind::Spread(operand))
            }
            "sequence_expression" => self.sequence(node),
            // Those without errors are gone by here.
            "parenthesized_expression" => self.only_expr(node),
            "type_assertion" => {
                let parts = sound(node);
                let ty = parts.first().and_then(|t| first_named(*t)).and_then(|t| self.type_expr(t));
                let Some(operand) = parts.get(1).map(|o| self.expr(*o)) else { return self.children(node) };
                self.b.expr(span, ExprKind::Cast { operand, ty })
            }
            "instantiation_expression" => match first_named(node) {
                Some(inner) => self.expr(inner),
                None => self.unknown(span, Vec::new()),
            },
            "meta_property" => {
                let (object, name) = self.text(node).split_once('.').unwrap_or((self.text(node), ""));
                let (object, member) = (self.b.intern(object.trim()), self.b.intern(name.trim()));
                let object = self.b.expr(span, ExprKind::Name(object));
                self.b.expr(span, ExprKind::Member { object, name: member, name_span: span })
            }
            "internal_module" | "module" => {
                let mut own = Vec::new();
                self.statement(node, &mut own);
                self.pending.append(&mut own);
                self.unknown(span, Vec::new())
            }
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

    /// `a, b, c`, also when it is nested.
    fn sequence(&mut self, node: Node<'_>) -> ExprId {
        let values = sequence_parts(node).into_iter().map(|part| self.expr(part)).collect();
        self.b.expr(Builder::span(node), ExprKind::Sequence(values))
    }

    fn assignment(&mut self, node: Node<'_>) -> ExprId {
        let (Some(left), Some(right)) = (field(node, "left"), field(node, "right")) else { return self.children(node) };
        let op = augmented_op(node);
        let target = self.pattern(left);
        let value = self.assigned(left, right);
        self.b.expr(Builder::span(node), ExprKind::Assign { target, value, op })
    }

    /// The elements of an array, or of an array pattern; a hole is null, or an unknown in a pattern.
    pub(super) fn array(&mut self, node: Node<'_>, pattern: bool) -> ExprId {
        let mut entries = Vec::new();
        let mut filled = false;
        let mut cursor = node.walk();
        let children: Vec<_> = node.children(&mut cursor).collect();
        for child in children {
            let span = Builder::span(child);
            if child.kind() == "," {
                if !filled {
                    let at = Span { start: span.start, end: span.start };
                    let hole = if pattern { ExprKind::Unknown(Vec::new()) } else { ExprKind::Literal(Literal::Null) };
                    let value = self.b.expr(at, hole);
                    entries.push(Entry { key: None, value, spread: false, span: at });
                }
                filled = false;
            } else if child.is_named() && !super::is_comment(child) && !child.is_error() {
                let spread = matches!(child.kind(), "spread_element" | "rest_pattern");
                let value = match (pattern, spread) {
                    (true, true) => self.inner_pattern(child),
                    (true, false) => self.pattern(child),
                    (false, true) => self.only_expr(child),
                    (false, false) => self.expr(child),
                };
                entries.push(Entry { key: None, value, spread, span });
                filled = true;
            }
        }
        self.b.expr(Builder::span(node), ExprKind::Collection { kind: CollectionKind::List, entries })
    }

    fn object(&mut self, node: Node<'_>, hint: Hint<'_>) -> ExprId {
        let entries = sound(node).into_iter().map(|c| self.property(c, hint)).collect();
        self.b.expr(Builder::span(node), ExprKind::Collection { kind: CollectionKind::Map, entries })
    }

    pub(super) fn property(&mut self, node: Node<'_>, hint: Hint<'_>) -> Entry {
        let span = Builder::span(node);
        let of_key = |key: Option<Node<'_>>, this: &Self| {
            let name = key.and_then(|k| this.static_key(k));
            match (hint.symbol, name) {
                (Some(outer), Some(name)) => Some(format!("{outer}.{name}")),
                (_, name) => name,
            }
        };
        match node.kind() {
            "pair" => {
                self.pick_errors(node);
                let symbol = of_key(field(node, "key"), self);
                let key = field(node, "key").map(|k| self.key(k));
                let hint = Hint { symbol: symbol.as_deref(), exported: hint.exported };
                let value = field(node, "value").map(|v| self.expr_hint(v, hint));
                let value = value.unwrap_or_else(|| self.unknown(span, Vec::new()));
                Entry { key, value, spread: false, span }
            }
            "method_definition" => {
                let symbol = of_key(field(node, "name"), self);
                let key = field(node, "name").map(|k| self.key(k));
                let hint = Hint { symbol: symbol.as_deref(), exported: hint.exported };
                let value = self.expr_hint(node, hint);
                Entry { key, value, spread: false, span }
            }
            "spread_element" => Entry { key: None, value: self.only_expr(node), spread: true, span },
            "shorthand_property_identifier" => {
                let key = self.b.string(span, self.text(node));
                if hint.exported {
                    self.exported.insert(self.text(node).to_owned());
                }
                Entry { key: Some(key), value: self.b.name_expr(node), spread: false, span }
            }
            _ => Entry { key: None, value: self.expr(node), spread: false, span },
        }
    }

    /// A property's key as an expression.
    pub(super) fn key(&mut self, node: Node<'_>) -> ExprId {
        match node.kind() {
            "computed_property_name" => {
                self.pick_errors(node);
                self.only_expr(node)
            }
            "string" => self.string_literal(node),
            "number" => self.number(node),
            _ => self.b.string(Builder::span(node), self.text(node)),
        }
    }

    /// A property's key when it can be a part of a symbol.
    pub(super) fn static_key(&self, node: Node<'_>) -> Option<String> {
        match node.kind() {
            "computed_property_name" => None,
            "string" => Some(super::literal::decode_escapes(super::literal::inside_quotes(self.text(node)))),
            _ => Some(self.text(node).to_owned()),
        }
        .filter(|k| !k.is_empty())
    }
}

/// The parts of a comma expression, nested ones in line.
pub(super) fn sequence_parts<'t>(node: Node<'t>) -> Vec<Node<'t>> {
    let mut parts = Vec::new();
    let mut open = vec![node];
    while let Some(next) = open.pop() {
        let next = strip_parens(next);
        if next.kind() == "sequence_expression" {
            open.extend(sound(next).into_iter().rev());
        } else {
            parts.push(next);
        }
    }
    parts
}
