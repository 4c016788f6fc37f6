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
            let fact = NamedConstant {
                name: name.to_string(),
                value: text.to_string(),
                literal: constant.span,
                function: self.current(),
                checks_input,
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

/// Whether a type's values are numbers or the like: they hold no text that could do harm.
pub fn names_number(path: &str) -> bool {
    const JAVA: &[&str] = &[
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
    let built_in =
        matches!(path, "int" | "float" | "bool" | "number" | "boolean" | "long" | "short" | "double" | "byte" | "char");
    built_in || JAVA.contains(&path)
}

/// The built-in type of a literal, as models name it.
pub fn literal_path(language: Language, literal: &Literal) -> Option<Path> {
    let path = match literal {
        Literal::Str(_) => match language {
            Language::Python => "str",
            Language::Java => "java.lang.String",
            _ => "string",
        },
        Literal::Bytes(_) => "bytes",
        Literal::Int(_) if matches!(language, Language::Python | Language::Java) => "int",
        Literal::Float(_) if language == Language::Python => "float",
        Literal::Float(_) if language == Language::Java => "double",
        Literal::Int(_) | Literal::Float(_) => "number",
        Literal::Regex { .. } => "RegExp",
        Literal::Bool(_) | Literal::Null => return None,
    };
    Some(path.into())
}

/// The built-in type of a collection display, as models name it.
pub fn collection_path(language: Language, kind: CollectionKind) -> Option<Path> {
    let python = language == Language::Python;
    let path = match kind {
        // An array's type is that of its elements, which its declaration tells.
        CollectionKind::List if language == Language::Java => return None,
        CollectionKind::List => {
            if python {
                "list"
            } else {
                "Array"
            }
        }
        CollectionKind::Tuple => "tuple",
        CollectionKind::Set => "set",
        CollectionKind::Map => {
            if python {
                "dict"
            } else {
                "Object"
            }
        }
        CollectionKind::Generator => return None,
    };
    Some(path.into())
}
