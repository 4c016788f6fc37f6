//! Operators: long chains of binary ones are walked in a loop.

use tree_sitter::Node;

use super::{Lower, field, strip_parens};
use crate::syntax::builder::Builder;
use crate::syntax::hir::*;

/// A chain of operators longer than this is not nested as written but folded.
const LONG: usize = 60;

impl Lower<'_> {
    /// A binary operation with the operations in its left operand.
    pub(super) fn binary(&mut self, node: Node<'_>) -> ExprId {
        let mut links = Vec::new();
        let mut left = node;
        while left.kind() == "binary_expression" {
            let (Some(next), Some(right)) = (field(left, "left"), field(left, "right")) else { break };
            links.push((left, operator(left), right));
            left = strip_parens(next);
        }
        if links.is_empty() {
            return self.children(node);
        }
        links.reverse();
        if links.len() > LONG.min(self.room() / 2) {
            return self.long_binary(node, left, &links);
        }
        let levels = links.len() as u32 - 1;
        if self.take(node, levels).is_none() {
            return self.unknown(Builder::span(node), Vec::new());
        }
        let mut value = self.expr(left);
        for (i, &(whole, op, right)) in links.iter().enumerate() {
            let right = self.expr(right);
            value = self.combine(Builder::span(whole), op, value, right);
            if i + 1 < links.len() {
                self.pick_errors(whole);
                self.release(1);
            }
        }
        value
    }

    fn combine(&mut self, span: Span, op: Option<BinaryOp>, left: ExprId, right: ExprId) -> ExprId {
        let kind = match op {
            Some(op) => ExprKind::Binary { op, left, right },
            None => ExprKind::Unknown(vec![left, right]),
        };
        self.b.expr(span, kind)
    }

    /// A chain too long to nest: balanced when all its operators are the same associative one, else a flat unknown.
    fn long_binary(
        &mut self,
        node: Node<'_>,
        first: Node<'_>,
        links: &[(Node<'_>, Option<BinaryOp>, Node<'_>)],
    ) -> ExprId {
        let op = links.first().and_then(|l| l.1).filter(|op| {
            matches!(op, BinaryOp::Add | BinaryOp::And | BinaryOp::Or) && links.iter().all(|l| l.1 == Some(*op))
        });
        let levels = op.map_or(0, |_| links.len().ilog2() + 2);
        let lowered = self.deeper(node, levels, |this| {
            let mut operands = vec![this.expr(first)];
            for &(whole, _, right) in links {
                this.pick_errors(whole);
                operands.push(this.expr(right));
            }
            operands
        });
        let span = Builder::span(node);
        match (lowered, op) {
            (None, _) => self.unknown(span, Vec::new()),
            (Some(operands), None) => self.unknown(span, operands),
            (Some(operands), Some(op)) => self.balanced(span, op, operands),
        }
    }

    /// Combines neighbours until one is left.
    pub(super) fn balanced(&mut self, whole: Span, op: BinaryOp, mut operands: Vec<ExprId>) -> ExprId {
        while operands.len() > 1 {
            let last = operands.len() == 2;
            let mut next = Vec::with_capacity(operands.len().div_ceil(2));
            for pair in operands.chunks(2) {
                next.push(match *pair {
                    [left, right] => {
                        let (start, end) = (self.b.file.expr(left).span.start, self.b.file.expr(right).span.end);
                        let span = if last { whole } else { Span { start, end } };
                        self.b.expr(span, ExprKind::Binary { op, left, right })
                    }
                    [single, ..] => single,
                    [] => continue,
                });
            }
            operands = next;
        }
        operands.first().copied().unwrap_or_else(|| self.unknown(whole, Vec::new()))
    }
}

/// The operator of a binary expression.
fn operator(node: Node<'_>) -> Option<BinaryOp> {
    binary_op(field(node, "operator")?.kind())
}

/// The operator behind a sign.
pub(super) fn binary_op(sign: &str) -> Option<BinaryOp> {
    Some(match sign {
        "+" => BinaryOp::Add,
        "-" => BinaryOp::Sub,
        "*" => BinaryOp::Mul,
        "/" => BinaryOp::Div,
        "%" => BinaryOp::Rem,
        "<<" => BinaryOp::Shl,
        ">>" => BinaryOp::Shr,
        "&" | "&^" => BinaryOp::BitAnd,
        "|" => BinaryOp::BitOr,
        "^" => BinaryOp::BitXor,
        "&&" => BinaryOp::And,
        "||" => BinaryOp::Or,
        "==" => BinaryOp::Eq,
        "!=" => BinaryOp::NotEq,
        "<" => BinaryOp::Lt,
        "<=" => BinaryOp::LtEq,
        ">" => BinaryOp::Gt,
        ">=" => BinaryOp::GtEq,
        _ => return None,
    })
}
