//! Operators: long chains of binary ones and of conditionals are walked in a loop.

use tree_sitter::Node;

use super::Descent;
use crate::syntax::builder::Builder;
use crate::syntax::hir::*;
use crate::syntax::tree::field;

/// A chain of operators longer than this is not nested as written but folded.
const LONG: usize = 60;

/// A binary operation of the tree: the whole, its operator and its right operand.
type Link<'t> = (Node<'t>, Option<BinaryOp>, Node<'t>);

/// Lowers operators.
pub trait Operators<'s>: Descent<'s> {
    /// The binary operator behind a sign.
    fn binary_op(sign: &str) -> Option<BinaryOp>;

    /// An operand of a binary operation.
    fn operand(&mut self, node: Node<'_>) -> ExprId {
        self.expr(node)
    }

    /// A binary operation with the operations in its left operand.
    fn binary(&mut self, node: Node<'_>) -> ExprId {
        let mut links = Vec::new();
        let mut left = node;
        while left.kind() == "binary_expression" {
            let (Some(next), Some(right)) = (field(left, "left"), field(left, "right")) else { break };
            links.push((left, field(left, "operator").and_then(|o| Self::binary_op(o.kind())), right));
            left = Self::strip(next);
        }
        if links.is_empty() {
            return self.children(node);
        }
        links.reverse();
        if links.len() > LONG.min(self.builder().room() / 2) {
            return self.long_binary(node, left, &links);
        }
        let levels = links.len() as u32 - 1;
        if self.builder().take(node, levels).is_none() {
            return self.unknown(Builder::span(node), Vec::new());
        }
        let mut value = self.operand(left);
        for (i, &(whole, op, right)) in links.iter().enumerate() {
            let right = self.operand(right);
            value = self.combine(Builder::span(whole), op, value, right);
            if i + 1 < links.len() {
                self.pick_errors(whole);
                self.builder().release(1);
            }
        }
        value
    }

    /// An operation of two operands, unknown where its operator is.
    fn combine(&mut self, span: Span, op: Option<BinaryOp>, left: ExprId, right: ExprId) -> ExprId {
        let kind = match op {
            Some(op) => ExprKind::Binary { op, left, right },
            None => ExprKind::Unknown(vec![left, right]),
        };
        self.builder().expr(span, kind)
    }

    /// A chain too long to nest: balanced when all its operators are the same associative one, else a flat unknown.
    fn long_binary(&mut self, node: Node<'_>, first: Node<'_>, links: &[Link<'_>]) -> ExprId {
        let op = links.first().and_then(|l| l.1).filter(|op| {
            matches!(op, BinaryOp::Add | BinaryOp::And | BinaryOp::Or | BinaryOp::Nullish)
                && links.iter().all(|l| l.1 == Some(*op))
        });
        let levels = op.map_or(0, |_| links.len().ilog2() + 2);
        let lowered = self.deeper(node, levels, |this| {
            let mut operands = vec![this.operand(first)];
            for &(whole, _, right) in links {
                this.pick_errors(whole);
                operands.push(this.operand(right));
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
    fn balanced(&mut self, whole: Span, op: BinaryOp, mut operands: Vec<ExprId>) -> ExprId {
        while operands.len() > 1 {
            let last = operands.len() == 2;
            let mut next = Vec::with_capacity(operands.len().div_ceil(2));
            for pair in operands.chunks(2) {
                next.push(match *pair {
                    [left, right] => {
                        let file = &self.builder().file;
                        let (start, end) = (file.expr(left).span.start, file.expr(right).span.end);
                        let span = if last { whole } else { Span { start, end } };
                        self.builder().expr(span, ExprKind::Binary { op, left, right })
                    }
                    [single, ..] => single,
                    [] => continue,
                });
            }
            operands = next;
        }
        operands.first().copied().unwrap_or_else(|| self.unknown(whole, Vec::new()))
    }

    /// `a ? b : c ? d : e …`, nested to the right.
    fn ternary(&mut self, node: Node<'_>) -> ExprId {
        let mut links = Vec::new();
        let mut last = node;
        while last.kind() == "ternary_expression" {
            let parts = (field(last, "condition"), field(last, "consequence"), field(last, "alternative"));
            let (Some(test), Some(then), Some(otherwise)) = parts else { break };
            links.push((last, test, then));
            last = Self::strip(otherwise);
        }
        if links.is_empty() {
            return self.children(node);
        }
        let nested = links.len() <= LONG.min(self.builder().room() / 2);
        let levels = if nested { links.len() as u32 } else { 1 };
        let mut done = Vec::new();
        for (i, &(whole, test, then)) in links.iter().enumerate() {
            if (nested || i == 0) && self.builder().take(whole, 1).is_none() {
                self.builder().release(i as u32);
                return self.unknown(Builder::span(node), Vec::new());
            }
            if i > 0 {
                self.pick_errors(whole);
            }
            done.push((Builder::span(whole), self.expr(test), self.expr(then)));
        }
        let mut value = self.expr(last);
        self.builder().release(levels);
        if !nested {
            let all = done.iter().flat_map(|d| [d.1, d.2]).chain([value]).collect();
            return self.unknown(Builder::span(node), all);
        }
        for (span, test, then) in done.into_iter().rev() {
            value = self.builder().expr(span, ExprKind::Conditional { test, then, otherwise: value });
        }
        value
    }
}

/// The operator behind a sign, for the signs that mean the same in all languages with braces.
pub fn common_op(sign: &str) -> Option<BinaryOp> {
    Some(match sign {
        "+" => BinaryOp::Add,
        "-" => BinaryOp::Sub,
        "*" => BinaryOp::Mul,
        "/" => BinaryOp::Div,
        "%" => BinaryOp::Rem,
        "<<" => BinaryOp::Shl,
        ">>" => BinaryOp::Shr,
        "&" => BinaryOp::BitAnd,
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
