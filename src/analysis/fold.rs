//! Constants computed from constants.

use std::rc::Rc;

use super::value::{Const, Constant, MAX_CONSTANTS, Value};
use crate::syntax::hir::{BinaryOp, Span, UnaryOp};

/// The longest string that folding makes, in bytes.
pub const MAX_STRING: usize = 4096;

/// The most pairs of constants that an operation is computed for.
const MAX_PAIRS: usize = 64;

/// The constants of a binary operation on constants; none when one side is not constant or the result not known.
pub fn binary(op: BinaryOp, left: &Value, right: &Value, span: Span) -> Option<Rc<Vec<Constant>>> {
    if !left.is_constant() || !right.is_constant() {
        return None;
    }
    if left.constants().len() * right.constants().len() > MAX_PAIRS {
        return None;
    }
    let mut out: Vec<Constant> = Vec::new();
    for a in left.constants() {
        for b in right.constants() {
            let value = pair(op, &a.value, &b.value)?;
            // The literal to point at: that of the operand which is a string, else the whole operation.
            let span = match (op, a.value.as_str(), b.value.as_str()) {
                (BinaryOp::Add, Some(_), Some(_)) => span,
                _ => span,
            };
            if !out.iter().any(|c| c.value == value) {
                out.push(Constant { value, span });
            }
        }
    }
    (out.len() <= MAX_CONSTANTS).then(|| Rc::new(out))
}

fn pair(op: BinaryOp, a: &Const, b: &Const) -> Option<Const> {
    use BinaryOp::*;
    match op {
        Eq => return equal(a, b).map(Const::Bool),
        NotEq => return equal(a, b).map(|e| Const::Bool(!e)),
        In | NotIn => {
            let inside = b.as_str()?.contains(&**a.as_str()?);
            return Some(Const::Bool(inside == (op == In)));
        }
        _ => {}
    }
    if let (Const::Str(a), Const::Str(b)) = (a, b) {
        return match op {
            Add if a.len() + b.len() <= MAX_STRING => Some(Const::Str(format!("{a}{b}").into())),
            Lt => Some(Const::Bool(a < b)),
            Gt => Some(Const::Bool(a > b)),
            _ => None,
        };
    }
    if let (Const::Int(a), Const::Int(b)) = (a, b) {
        let (a, b) = (*a, *b);
        let whole = match op {
            Add => a.checked_add(b),
            Sub => a.checked_sub(b),
            Mul => a.checked_mul(b),
            FloorDiv if b > 0 => Some(a.div_euclid(b)),
            Rem if a >= 0 && b > 0 => Some(a % b),
            Div if b != 0 && a % b == 0 => Some(a / b),
            Pow => u32::try_from(b).ok().and_then(|b| a.checked_pow(b)),
            Shl => u32::try_from(b).ok().filter(|b| *b < 62).and_then(|b| a.checked_mul(1 << b)),
            Shr => u32::try_from(b).ok().filter(|b| *b < 63).map(|b| a >> b),
            BitAnd => Some(a & b),
            BitOr => Some(a | b),
            BitXor => Some(a ^ b),
            _ => None,
        };
        if let Some(n) = whole {
            return Some(Const::Int(n));
        }
    }
    let (x, y) = (a.as_number()?, b.as_number()?);
    match op {
        Add => Some(Const::Float(x + y)),
        Sub => Some(Const::Float(x - y)),
        Mul => Some(Const::Float(x * y)),
        Div if y != 0.0 => Some(Const::Float(x / y)),
        Lt => Some(Const::Bool(x < y)),
        LtEq => Some(Const::Bool(x <= y)),
        Gt => Some(Const::Bool(x > y)),
        GtEq => Some(Const::Bool(x >= y)),
        _ => None,
    }
}

fn equal(a: &Const, b: &Const) -> Option<bool> {
    match (a.as_number(), b.as_number()) {
        (Some(x), Some(y)) => Some(x == y),
        _ if std::mem::discriminant(a) == std::mem::discriminant(b) => Some(a == b),
        // Values of different types are equal only by coercion, which is not modelled.
        (None, None) => Some(false),
        _ => None,
    }
}

/// The constants of a unary operation.
pub fn unary(op: UnaryOp, operand: &Value, span: Span) -> Option<Rc<Vec<Constant>>> {
    let value = match (op, operand.single()) {
        (UnaryOp::Not, _) => Const::Bool(!operand.certain_truth()?),
        (UnaryOp::Neg, Some(Const::Int(i))) => Const::Int(i.checked_neg()?),
        (UnaryOp::Neg, Some(Const::Float(f))) => Const::Float(-f),
        (UnaryOp::Void, _) => Const::Null,
        _ => return None,
    };
    Some(Rc::new(vec![Constant { value, span }]))
}

/// Joins string parts: all constants when every part is one, else the constant beginning.
pub fn concat(parts: &[Value], span: Span) -> Value {
    let mut text = String::new();
    let mut whole = true;
    for part in parts {
        match part.single() {
            Some(Const::Str(s)) if text.len() + s.len() <= MAX_STRING => text.push_str(s),
            Some(Const::Int(i)) => text.push_str(&i.to_string()),
            _ => {
                if let Some(prefix) = &part.prefix {
                    text.push_str(prefix);
                }
                whole = false;
                break;
            }
        }
    }
    if whole {
        return Value::constant(Const::Str(text.into()), span);
    }
    Value { prefix: (!text.is_empty()).then(|| text.into()), ..Value::default() }
}
