//! Operators: long chains of binary ones and conditionals are walked in a loop.

use tree_sitter::Node;

use super::{Lower, field};
use crate::syntax::builder::Builder;
use crate::syntax::descent::operators::{Operators, common_op};
use crate::syntax::hir::*;

impl<'s> Operators<'s> for Lower<'s> {
    fn binary_op(sign: &str) -> Option<BinaryOp> {
        binary_op(sign)
    }

    /// The private name of `#x in object` stands for its text.
    fn operand(&mut self, node: Node<'_>) -> ExprId {
        if node.kind() == "private_property_identifier" {
            return self.b.string(Builder::span(node), self.text(node));
        }
        self.expr(node)
    }
}

impl Lower<'_> {
    pub(super) fn unary(&mut self, node: Node<'_>) -> ExprId {
        let op = match field(node, "operator").map_or("", |n| n.kind()) {
            "!" => UnaryOp::Not,
            "-" => UnaryOp::Neg,
            "+" => UnaryOp::Plus,
            "~" => UnaryOp::Invert,
            "typeof" => UnaryOp::TypeOf,
            "void" => UnaryOp::Void,
            "delete" => UnaryOp::Delete,
            _ => return self.children(node),
        };
        let Some(argument) = field(node, "argument") else { return self.children(node) };
        let operand = self.expr(argument);
        self.b.expr(Builder::span(node), ExprKind::Unary { op, operand })
    }

    /// The target, the literal 1 and the operator of `x++` or `--x`.
    pub(super) fn update(&mut self, node: Node<'_>) -> Option<(ExprId, ExprId, BinaryOp)> {
        let (operator, argument) = (field(node, "operator")?, field(node, "argument")?);
        let op = if operator.kind() == "--" { BinaryOp::Sub } else { BinaryOp::Add };
        let target = self.pattern(argument);
        let one = self.b.expr(Builder::span(operator), ExprKind::Literal(Literal::Int(1)));
        Some((target, one, op))
    }
}

/// The operator behind a sign.
fn binary_op(sign: &str) -> Option<BinaryOp> {
    match sign {
        "**" => Some(BinaryOp::Pow),
        ">>>" => Some(BinaryOp::Shr),
        "??" => Some(BinaryOp::Nullish),
        "===" => Some(BinaryOp::Eq),
        "!==" => Some(BinaryOp::NotEq),
        "in" => Some(BinaryOp::In),
        "instanceof" => Some(BinaryOp::InstanceOf),
        _ => common_op(sign),
    }
}

/// The operator of an augmented assignment.
pub(super) fn augmented_op(node: Node<'_>) -> Option<BinaryOp> {
    binary_op(field(node, "operator")?.kind().strip_suffix('=')?)
}
