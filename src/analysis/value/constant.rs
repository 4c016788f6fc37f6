//! Constants.

use std::rc::Rc;

use crate::syntax::hir::Span;

/// A constant.
#[derive(Debug, Clone, PartialEq)]
pub enum Const {
    /// None, null, undefined.
    Null,
    /// A boolean.
    Bool(bool),
    /// An integer.
    Int(i64),
    /// Another number.
    Float(f64),
    /// A string (or bytes).
    Str(Rc<str>),
    /// A regular expression literal.
    Regex {
        /// The pattern.
        pattern: Rc<str>,
        /// The flags.
        flags: Rc<str>,
    },
}

impl Const {
    /// Whether a condition on it holds. (Empty strings and zero are false in all our languages.)
    pub fn truthy(&self) -> bool {
        match self {
            Const::Null => false,
            Const::Bool(b) => *b,
            Const::Int(i) => *i != 0,
            Const::Float(f) => *f != 0.0,
            Const::Str(s) => !s.is_empty(),
            Const::Regex { .. } => true,
        }
    }

    /// The string, if it is one.
    pub fn as_str(&self) -> Option<&Rc<str>> {
        match self {
            Const::Str(s) => Some(s),
            _ => None,
        }
    }

    /// The number, if it is one.
    pub fn as_number(&self) -> Option<f64> {
        match self {
            Const::Int(i) => Some(*i as f64),
            Const::Float(f) => Some(*f),
            _ => None,
        }
    }
}

/// A constant with the literal that it comes from.
#[derive(Debug, Clone, PartialEq)]
pub struct Constant {
    /// The constant.
    pub value: Const,
    /// Where its literal stands.
    pub span: Span,
}
