//! Blocks and simple statements.

use tree_sitter::Node;

use super::broken::has_own_errors;
use super::spine::binary_operator;
use super::{Lowerer, field, first_kid, kids};
use crate::syntax::builder::Builder;
use crate::syntax::hir::*;

impl Lowerer<'_> {
    /// The statements of a block.
    pub(super) fn block(&mut self, node: Node<'_>) -> Block {
        let mut out = Vec::new();
        self.statements(node, &mut out);
        out
    }

    pub(super) fn statements(&mut self, node: Node<'_>, out: &mut Block) {
        let mut cursor = node.walk();
        for child in node.named_children(&mut cursor) {
            if child.is_error() {
                self.broken_statements(child, out);
            } else if !child.is_extra() {
                self.stmt(child, out);
            }
        }
    }

    /// Lowers a statement; some give several.
    pub(super) fn stmt(&mut self, node: Node<'_>, out: &mut Block) {
        if self.enter(node).is_none() {
            out.push(self.b.stmt(Builder::span(node), StmtKind::Unknown(Vec::new(), Vec::new())));
            return;
        }
        let mut own = Vec::new();
        self.stmt_of_kind(node, &mut own);
        if node.has_error() {
            self.broken_parts_of_statement(node, out);
            if node.kind() == "expression_statement" {
                // An assignment in it is lowered at the same level, not as a statement of its own.
                for inner in kids(node).into_iter().filter(|kid| kid.kind().ends_with("assignment")) {
                    self.broken_parts_of_statement(inner, out);
                }
            }
        }
        out.append(&mut self.hoisted);
        out.append(&mut own);
        self.leave();
    }

    fn push(&mut self, node: Node<'_>, kind: StmtKind, out: &mut Block) {
        out.push(self.b.stmt(Builder::span(node), kind));
    }

    fn stmt_of_kind(&mut self, node: Node<'_>, out: &mut Block) {
        let kind = match node.kind() {
            "function_definition" | "class_definition" | "decorated_definition" => return self.definition(node, out),
            "raise_statement" => return self.raise(node, out),
            "expression_statement" => self.expression_statement(node),
            "assignment" => self.assignment(node),
            "augmented_assignment" => self.augmented_assignment(node),
            "return_statement" => StmtKind::Return(first_kid(node).map(|value| self.expr(value))),
            "break_statement" => StmtKind::Break,
            "continue_statement" => StmtKind::Continue,
            "pass_statement" => StmtKind::Block(Vec::new()),
            "import_statement" | "import_from_statement" | "future_import_statement" => self.import(node),
            "assert_statement" => self.assert(node),
            "delete_statement" => self.delete(node),
            "global_statement" | "nonlocal_statement" => self.outer(node),
            "print_statement" | "exec_statement" => self.legacy_call(node),
            "type_alias_statement" => self.type_alias(node),
            "if_statement" => self.if_chain(node),
            "while_statement" => self.while_loop(node),
            "for_statement" => self.for_loop(node),
            "try_statement" => self.try_statement(node),
            "with_statement" => self.with_statement(node),
            "match_statement" => self.match_statement(node),
            _ => return self.broken_statements(node, out),
        };
        self.push(node, kind, out);
    }

    fn expression_statement(&mut self, node: Node<'_>) -> StmtKind {
        let kids = kids(node);
        match kids[..] {
            [only] if only.kind() == "assignment" => self.assignment(only),
            [only] if only.kind() == "augmented_assignment" => self.augmented_assignment(only),
            [only] if !super::has_token(node, ",") => StmtKind::Expr(self.expr(only)),
            _ => StmtKind::Expr(self.tuple(&kids, Builder::span(node))),
        }
    }

    /// `a = b = v`, `a: T = v`, `a: T`.
    fn assignment(&mut self, node: Node<'_>) -> StmtKind {
        let mut targets = vec![self.field(node, "left")];
        let mut last = node;
        while let Some(right) = field(last, "right").filter(|r| is_plain_assignment(*r)) {
            targets.push(self.field(right, "left"));
            last = right;
        }
        let ty = field(node, "type").map(|ty| self.expr(ty));
        let value = field(last, "right").map(|_| self.assigned_value(field(last, "left"), last, "right"));
        StmtKind::Assign { targets, value, op: None, ty, declares: false }
    }

    fn augmented_assignment(&mut self, node: Node<'_>) -> StmtKind {
        let target = self.field(node, "left");
        let value = Some(self.field(node, "right"));
        StmtKind::Assign { targets: vec![target], value, op: augmented_operator(node), ty: None, declares: false }
    }

    fn type_alias(&mut self, node: Node<'_>) -> StmtKind {
        let target = match field(node, "left").and_then(alias_name) {
            Some(name) => self.b.name_expr(name),
            None => self.field(node, "left"),
        };
        if let Some(generic) = field(node, "left").and_then(first_kid) {
            let mut bounds = Vec::new();
            for list in kids(generic).into_iter().filter(|kid| kid.kind() == "type_parameter") {
                self.type_parameter_bounds(list, &mut bounds);
            }
            self.hoisted.append(&mut bounds);
        }
        let value = Some(self.field(node, "right"));
        StmtKind::Assign { targets: vec![target], value, op: None, ty: None, declares: false }
    }

    fn assert(&mut self, node: Node<'_>) -> StmtKind {
        let parts: Vec<ExprId> = kids(node).into_iter().map(|part| self.expr(part)).collect();
        match parts[..] {
            [test] => StmtKind::Assert { test, message: None },
            [test, message] => StmtKind::Assert { test, message: Some(message) },
            _ => StmtKind::Unknown(parts, Vec::new()),
        }
    }

    fn delete(&mut self, node: Node<'_>) -> StmtKind {
        let targets = match kids(node)[..] {
            [list] if matches!(list.kind(), "expression_list" | "tuple") && !has_own_errors(list) => kids(list),
            _ => kids(node),
        };
        StmtKind::Delete(targets.into_iter().map(|target| self.expr(target)).collect())
    }

    fn outer(&mut self, node: Node<'_>) -> StmtKind {
        StmtKind::Outer(kids(node).into_iter().map(|name| self.b.intern(self.b.node_text(name))).collect())
    }

    /// `raise e from cause`: the cause is evaluated, then `e` is thrown.
    fn raise(&mut self, node: Node<'_>, out: &mut Block) {
        let cause = field(node, "cause");
        let thrown = kids(node).into_iter().find(|kid| Some(*kid) != cause).map(|kid| self.expr(kid));
        if let Some(cause) = cause {
            let value = self.expr(cause);
            self.push(cause, StmtKind::Expr(value), out);
        }
        self.push(node, StmtKind::Throw(thrown), out);
    }

    /// `print a, b`, `print >>f, a` and `exec code in scope` of Python 2: calls of that name.
    fn legacy_call(&mut self, node: Node<'_>) -> StmtKind {
        let word = if node.kind() == "print_statement" { "print" } else { "exec" };
        let name = self.b.intern(word);
        let start = node.start_byte();
        let callee = self.b.expr(Span::new(start, start + word.len()), ExprKind::Name(name));
        let mut args = Vec::new();
        for kid in kids(node) {
            let value = if kid.kind() == "chevron" { first_kid(kid) } else { Some(kid) };
            args.extend(value.map(|value| self.argument(value)));
        }
        let call = ExprKind::Call { callee, args, is_new: false };
        StmtKind::Expr(self.b.expr(Builder::span(node), call))
    }
}

fn is_plain_assignment(node: Node<'_>) -> bool {
    node.kind() == "assignment"
        && field(node, "type").is_none()
        && field(node, "right").is_some()
        && !has_own_errors(node)
}

/// The operator of an augmented assignment; none for a plain one.
pub(super) fn augmented_operator(node: Node<'_>) -> Option<BinaryOp> {
    binary_operator(field(node, "operator")?.kind().strip_suffix('=')?)
}

/// The name that a type alias binds: `X` of `type X[T] = …`.
fn alias_name(left: Node<'_>) -> Option<Node<'_>> {
    if left.has_error() {
        return None;
    }
    let inner = first_kid(left)?;
    match inner.kind() {
        "identifier" => Some(inner),
        "generic_type" => first_kid(inner).filter(|name| name.kind() == "identifier"),
        _ => None,
    }
}
