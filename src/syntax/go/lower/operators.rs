//! Operators: long chains of binary ones are walked in a loop.

use super::Lower;
use crate::syntax::descent::operators::Operators;
use crate::syntax::hir::*;

impl<'s> Operators<'s> for Lower<'s> {
    fn binary_op(sign: &str) -> Option<BinaryOp> {
        binary_op(sign)
    }
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
