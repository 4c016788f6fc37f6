//! Single characters of a text: what a test of one of them says about the text that is made of them.

use std::rc::Rc;

use super::engine::Engine;
use super::trace::OriginKind;
use super::value::{Clear, Const, Truth, Value};
use crate::syntax::hir::*;

/// The part of a text that any one of its characters is.
pub const CHARACTER: &str = "one character";

impl Engine<'_> {
    /// One character of a text that is data; none where nothing is to be followed.
    pub fn character_of(&mut self, text: &Value) -> Option<Value> {
        if self.file.language != Language::Java || text.taints.is_none() {
            return None;
        }
        let parts = self.parts(text.own_taints(), CHARACTER);
        Some(Value { path: Some("char".into()), ..Value::default() }.with_taints(parts))
    }

    /// Whether a value is data of which only one character is looked at.
    pub fn is_character(&self, value: &Value) -> bool {
        let character = |origin: usize| match self.origins.get(origin).map(|o| &o.kind) {
            Some(OriginKind::Part { key, .. }) => &**key == CHARACTER,
            _ => false,
        };
        !value.own_taints().is_empty() && value.own_taints().iter().all(|t| character(t.origin.0 as usize))
    }

    /// What a sum with a character in it carries: a number that is added to one makes a number.
    pub fn as_addend(&self, addend: Value, other: &Value) -> Value {
        let text = other.prefix.is_some()
            || other.constants().iter().any(|c| matches!(c.value, Const::Str(_)))
            || other.path.as_deref() == Some("java.lang.String");
        if !text && self.is_character(&addend) { Value { taints: None, ..addend } } else { addend }
    }

    /// What follows where a character is none of some constants: each kind of harm that these do.
    pub fn is_none_of(&mut self, data: &Value, constants: &[Value], span: Span) -> Vec<Clear> {
        if !self.is_character(data) {
            return Vec::new();
        }
        let excluded: Vec<char> =
            constants.iter().flat_map(|c| c.constants()).filter_map(|c| letter(&c.value)).collect();
        let mut kinds = 0;
        for (i, kind) in self.library.set().kinds.iter().enumerate() {
            // Of two characters with one meaning (the quotes, the ends of lines) tests name the one that matters.
            let few = kind.dangerous.as_ref().filter(|d| d.chars().count() <= 2);
            if few.is_some_and(|d| d.chars().any(|c| excluded.contains(&c))) {
                kinds |= 1 << i;
            }
        }
        self.clears(data.own_taints(), kinds, span, "a test for a dangerous character")
    }

    /// Whether statements spell out a constant that a test asks for: an escaper that puts a character in for itself.
    pub fn spells(&self, body: &[StmtId], test: &Value) -> bool {
        let Some(asked) = test.single().and_then(letter) else { return false };
        let spans: Vec<Span> = body.iter().map(|s| self.file.stmt(*s).span).collect();
        self.file.exprs.iter().filter(|e| spans.iter().any(|s| s.contains(e.span))).any(|e| match &e.kind {
            ExprKind::Literal(Literal::Str(text)) => text.contains(asked),
            _ => false,
        })
    }

    /// What follows from a comparison of a character with an end of a range of letters or digits: inside it does no harm.
    pub fn range_truth(&mut self, op: BinaryOp, left: &Value, right: &Value, span: Span) -> Option<Rc<Truth>> {
        let (data, end, mirrored) = match (self.is_character(left), self.is_character(right)) {
            (true, false) => (left, right, false),
            (false, true) => (right, left, true),
            _ => return None,
        };
        let lower = match end.single().and_then(letter)? {
            'a' | 'A' | '0' => true,
            'z' | 'Z' | '9' | 'f' | 'F' => false,
            _ => return None,
        };
        let above = matches!(op, BinaryOp::Gt | BinaryOp::GtEq) != mirrored;
        let clears = self.clears(data.own_taints(), u64::MAX, span, "a range of characters");
        super::call::truth_of(clears, above == lower)
    }
}

/// The one character that a constant is; some languages write it as its number.
pub fn letter(constant: &Const) -> Option<char> {
    match constant {
        Const::Str(text) => {
            let mut chars = text.chars();
            chars.next().filter(|_| chars.next().is_none())
        }
        Const::Int(code) => u32::try_from(*code).ok().and_then(char::from_u32),
        _ => None,
    }
}
