//! What a syntax error leaves behind: the expressions and statements inside error nodes are kept.

use tree_sitter::Node;

use super::Lowerer;
use crate::syntax::builder::Builder;
use crate::syntax::hir::*;

/// What a kind of tree node is lowered as.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Role {
    Expression,
    Statement,
    /// Part of the statement or expression around it.
    Structure,
}

fn role(kind: &str) -> Role {
    match kind {
        "comparison_operator"
        | "not_operator"
        | "boolean_operator"
        | "lambda"
        | "await"
        | "binary_operator"
        | "identifier"
        | "string"
        | "concatenated_string"
        | "integer"
        | "float"
        | "true"
        | "false"
        | "none"
        | "unary_operator"
        | "attribute"
        | "subscript"
        | "call"
        | "list"
        | "list_comprehension"
        | "dictionary"
        | "dictionary_comprehension"
        | "set"
        | "set_comprehension"
        | "tuple"
        | "parenthesized_expression"
        | "generator_expression"
        | "ellipsis"
        | "list_splat"
        | "dictionary_splat"
        | "conditional_expression"
        | "named_expression"
        | "as_pattern"
        | "yield"
        | "expression_list"
        | "pattern_list"
        | "tuple_pattern"
        | "list_pattern"
        | "list_splat_pattern"
        | "dictionary_splat_pattern"
        | "type"
        | "generic_type"
        | "union_type"
        | "constrained_type"
        | "member_type"
        | "splat_type"
        | "slice"
        | "case_pattern"
        | "class_pattern"
        | "dict_pattern"
        | "union_pattern"
        | "splat_pattern"
        | "complex_pattern"
        | "keyword_pattern" => Role::Expression,
        "assignment" | "augmented_assignment" | "function_definition" | "class_definition" | "decorated_definition" => {
            Role::Statement
        }
        _ if kind.ends_with("_statement") => Role::Statement,
        _ => Role::Structure,
    }
}

/// Whether an error node belongs to this node itself rather than to an expression or statement inside it.
pub(super) fn has_own_errors(node: Node<'_>) -> bool {
    node.has_error() && !own_errors(node).is_empty()
}

/// The error nodes among the children and in the structure between this node and the expressions in it.
fn own_errors(node: Node<'_>) -> Vec<Node<'_>> {
    let mut errors = Vec::new();
    let mut stack = vec![node];
    while let Some(node) = stack.pop() {
        let mut cursor = node.walk();
        for child in node.children(&mut cursor) {
            if child.is_error() {
                errors.push(child);
            } else if child.has_error() && role(child.kind()) == Role::Structure && child.kind() != "block" {
                stack.push(child);
            }
        }
    }
    errors.sort_by_key(Node::start_byte);
    errors
}

impl Lowerer<'_> {
    /// Adds what stands in the error nodes of an expression to it; statements among it go before the current one.
    pub(super) fn with_broken_parts(&mut self, node: Node<'_>, id: ExprId) -> ExprId {
        let mut parts = self.broken_values(node);
        if parts.is_empty() {
            return id;
        }
        parts.insert(0, id);
        self.unknown(node, parts)
    }

    /// The expressions in the error nodes of an expression; statements among them go before the current one.
    pub(super) fn broken_values(&mut self, node: Node<'_>) -> Vec<ExprId> {
        let mut values = Vec::new();
        for error in own_errors(node) {
            let mut statements = Vec::new();
            self.parts(error, &mut values, &mut statements);
            self.hoisted.append(&mut statements);
        }
        values
    }

    /// The statements and expressions in the error nodes of a statement, to go before it.
    pub(super) fn broken_parts_of_statement(&mut self, node: Node<'_>, out: &mut Block) {
        for error in own_errors(node) {
            self.broken_statements(error, out);
        }
    }

    /// The contents of an error node among statements: its statements in line, its expressions as unknown statements.
    pub(super) fn broken_statements(&mut self, node: Node<'_>, out: &mut Block) {
        let mut exprs = Vec::new();
        self.parts(node, &mut exprs, out);
        if !exprs.is_empty() {
            let id = self.b.stmt(Builder::span(node), StmtKind::Unknown(exprs, Vec::new()));
            out.push(id);
        }
    }

    /// An expression of no known form, with all that is in it.
    pub(super) fn unknown_expr(&mut self, node: Node<'_>) -> ExprId {
        let mut exprs = Vec::new();
        let mut statements = Vec::new();
        self.parts(node, &mut exprs, &mut statements);
        self.hoisted.append(&mut statements);
        self.unknown(node, exprs)
    }

    /// Lowers all expressions and statements below a node, looking through whatever structure is between.
    fn parts(&mut self, root: Node<'_>, exprs: &mut Vec<ExprId>, out: &mut Block) {
        let mut stack = Vec::new();
        push_children(root, &mut stack);
        while let Some(node) = stack.pop() {
            match role(node.kind()) {
                Role::Expression => exprs.push(self.expr(node)),
                Role::Statement => {
                    if !exprs.is_empty() {
                        let before = std::mem::take(exprs);
                        let span = Span::new(root.start_byte(), node.start_byte());
                        out.push(self.b.stmt(span, StmtKind::Unknown(before, Vec::new())));
                    }
                    self.stmt(node, out);
                }
                Role::Structure => push_children(node, &mut stack),
            }
        }
    }
}

/// Pushes the children so that the first one is on top. Even a token can have some: `is not` may hold an error node.
fn push_children<'t>(node: Node<'t>, stack: &mut Vec<Node<'t>>) {
    let bottom = stack.len();
    let mut cursor = node.walk();
    stack.extend(node.children(&mut cursor).filter(|child| child.is_named() || child.child_count() > 0));
    if let Some(new) = stack.get_mut(bottom..) {
        new.reverse();
    }
}
