//! Operators: long chains of binary ones and conditionals are walked in a loop.

use tree_sitter::Node;

use super::{Lower, child_of_kind, field, first_named};
use crate::syntax::builder::Builder;
use crate::syntax::descent::operators::{Operators, common_op};
use crate::syntax::hir::*;

impl<'s> Operators<'s> for Lower<'s> {
    fn binary_op(sign: &str) -> Option<BinaryOp> {
        binary_op(sign)
    }
}

impl Lower<'_> {
    pub(super) fn unary(&mut self, node: Node<'_>) -> ExprId {
        let op = match field(node, "operator").map_or("", |n| n.kind()) {
            "!" => UnaryOp::Not,
            "-" => UnaryOp::Neg,
            "+" => UnaryOp::Plus,
            "~" => UnaryOp::Invert,
            _ => return self.children(node),
        };
        let Some(argument) = field(node, "operand") else { return self.children(node) };
        let operand = self.expr(argument);
        self.b.expr(Builder::span(node), ExprKind::Unary { op, operand })
    }

    /// The target, the literal 1 and the operator of `x++` or `--x`.
    pub(super) fn update(&mut self, node: Node<'_>) -> Option<(ExprId, ExprId, BinaryOp)> {
        let operand = first_named(node)?;
        let (sign, op) = match (child_of_kind(node, "++"), child_of_kind(node, "--")) {
            (Some(sign), _) => (sign, BinaryOp::Add),
            (None, Some(sign)) => (sign, BinaryOp::Sub),
            _ => return None,
        };
        let target = self.expr(operand);
        let one = self.b.expr(Builder::span(sign), ExprKind::Literal(Literal::Int(1)));
        Some((target, one, op))
    }
}

/// The operator behind a sign.
fn binary_op(sign: &str) -> Option<BinaryOp> {
    match sign {
        ">>>" => Some(BinaryOp::Shr),
        _ => common_op(sign),
    }
}

/// The operator of an augmented assignment.
pub(super) fn augmented_op(node: Node<'_>) -> Option<BinaryOp> {
    binary_op(field(node, "operator")?.kind().strip_suffix('=')?)
}
