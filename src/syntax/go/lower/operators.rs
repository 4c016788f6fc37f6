//! Operators: long chains of binary ones are walked in a loop.

use super::Lower;
use crate::syntax::descent::operators::{Operators, common_op};
use crate::syntax::hir::*;

impl<'s> Operators<'s> for Lower<'s> {
    fn binary_op(sign: &str) -> Option<BinaryOp> {
        binary_op(sign)
    }
}

/// The operator behind a sign.
pub(super) fn binary_op(sign: &str) -> Option<BinaryOp> {
    match sign {
        "&^" => Some(BinaryOp::BitAnd),
        _ => common_op(sign),
    }
}
