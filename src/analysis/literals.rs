//! Constants by the names that they are given to, and the built-in types of literals.

use super::engine::Engine;
use super::facts::NamedConstant;
use super::value::{Const, Path, Value};
use crate::syntax::hir::*;

impl Engine<'_> {
    /// Notes a constant that is given to a name.
    pub fn note_constant(&mut self, name: Name, value: &Value) {
        if value.constants().is_empty() {
            return;
        }
        let text = self.file.text(name).to_string();
        self.note_constant_text(&text, value, false);
    }

    pub fn note_named_constant(&mut self, key: ExprId, value: &Value) {
        if let Some(text) = self.literal_str(key).or_else(|| self.last_name(key)).map(str::to_string) {
            self.note_constant_text(&text, value, false);
        }
    }

    pub fn note_constant_text(&mut self, name: &str, value: &Value, checks_input: bool) {
        for constant in value.constants() {
            let Const::Str(text) = &constant.value else { continue };
            // What no literal of the file says is no secret of it.
            if constant.span == Span::default() {
                continue;
            }
            let fact = NamedConstant {
                name: name.to_string(),
                value: text.to_string(),
                literal: constant.span,
                function: self.current(),
                checks_input,
                fallback: self.is_fallback(value),
            };
            if text.len() >= 3
                && !self.facts.constants.iter().rev().take(64).any(|c| c.literal == fact.literal && c.name == fact.name)
            {
                self.facts.constants.push(fact);
            }
        }
    }

    /// `password == "…"`: a constant that a name, or what a request has under a name, is compared with.
    pub fn note_comparison(&mut self, op: BinaryOp, (left, a): (ExprId, &Value), (right, b): (ExprId, &Value)) {
        if !matches!(op, BinaryOp::Eq | BinaryOp::NotEq) {
            return;
        }
        for (expr, own, other) in [(left, a, b), (right, b, a)] {
            let from_request = self.library.label("remote").is_some_and(|remote| {
                own.own_taints()
                    .iter()
                    .any(|t| self.origins.get(t.origin.0 as usize).is_some_and(|o| o.label == Some(remote)))
            });
            if let Some(name) = self.last_name(expr).map(str::to_string) {
                self.note_constant_text(&name, other, from_request);
            }
        }
    }
}

/// Whether values of a declared type are numbers, truth values or the like, which carry no text that could do harm.
pub fn is_number_type(path: &str) -> bool {
    const CLASSES: &[&str] = &[
        "java.lang.Integer",
        "java.lang.Long",
        "java.lang.Short",
        "java.lang.Byte",
        "java.lang.Double",
        "java.lang.Float",
        "java.lang.Boolean",
        "java.util.UUID",
        "java.math.BigDecimal",
        "java.math.BigInteger",
        "java.time.LocalDate",
        "java.time.LocalDateTime",
        "java.time.Instant",
        "java.util.Date",
    ];
    let bits = |digits: &str| matches!(digits, "" | "8" | "16" | "32" | "64");
    match path {
        "bool" | "boolean" | "number" | "float" | "double" | "long" | "short" | "char" | "rune" | "byte"
        | "uintptr" => true,
        _ => {
            let sized = path.strip_prefix("uint").or_else(|| path.strip_prefix("int"));
            let sized = sized.or_else(|| path.strip_prefix("float").filter(|d| !d.is_empty()));
            sized.is_some_and(bits) || CLASSES.contains(&path)
        }
    }
}

/// The built-in type of a literal, as models name it.
pub fn literal_path(language: Language, literal: &Literal) -> Option<Path> {
    let path = match (literal, language) {
        (Literal::Str(_), Language::Python) => "str",
        (Literal::Str(_), Language::Java) => "java.lang.String",
        (Literal::Str(_), _) => "string",
        (Literal::Bytes(_), _) => "bytes",
        (Literal::Int(_), Language::Python | Language::Go | Language::Java) => "int",
        (Literal::Float(_), Language::Python) => "float",
        (Literal::Float(_), Language::Go) => "float64",
        (Literal::Float(_), Language::Java) => "double",
        (Literal::Int(_) | Literal::Float(_), _) => "number",
        (Literal::Regex { .. }, _) => "RegExp",
        (Literal::Bool(_) | Literal::Null, _) => return None,
    };
    Some(path.into())
}

/// The built-in type of a collection display, as models name it.
pub fn collection_path(language: Language, kind: CollectionKind) -> Option<Path> {
    let path = match (kind, language) {
        // An array's type is that of its elements, which its declaration tells.
        (CollectionKind::List, Language::Java) => return None,
        (CollectionKind::List, Language::Python | Language::Go) => "list",
        (CollectionKind::List, _) => "Array",
        (CollectionKind::Tuple, _) => "tuple",
        (CollectionKind::Set, _) => "set",
        (CollectionKind::Map, Language::Python) => "dict",
        (CollectionKind::Map, Language::Go) => "map",
        (CollectionKind::Map, _) => "Object",
        (CollectionKind::Generator, _) => return None,
    };
    Some(path.into())
}
