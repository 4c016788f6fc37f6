//! Types, as far as they can be read as expressions: type arguments and the dimensions of arrays are left out.

use tree_sitter::Node;

use super::{Lower, child_of_kind, field, named, sound};
use crate::syntax::builder::Builder;
use crate::syntax::hir::*;

/// Types nest without use to the analysis; deeper ones than this are not read.
const MAX_TYPE_NESTING: usize = 16;

/// Whether a kind of node is a type.
pub(super) fn is_type(kind: &str) -> bool {
    kind.ends_with("_type") || matches!(kind, "type_identifier" | "scoped_type_identifier")
}

impl<'s> Lower<'s> {
    /// The type in a field of a declaration, with the dimensions that stand behind its name.
    pub(super) fn declared_type(&mut self, node: Node<'_>, name: Option<Node<'_>>) -> Option<ExprId> {
        let ty = field(node, "type").or_else(|| sound(node).into_iter().find(|c| is_type(c.kind())))?;
        let array = name.is_some_and(|n| field(n, "dimensions").is_some()) || field(node, "dimensions").is_some();
        self.type_of(ty, array)
    }

    /// A type as an expression.
    pub(super) fn type_expr(&mut self, node: Node<'_>) -> Option<ExprId> {
        self.type_of(node, false)
    }

    fn type_of(&mut self, node: Node<'_>, mut array: bool) -> Option<ExprId> {
        let mut node = node;
        for _ in 0..MAX_TYPE_NESTING {
            node = match node.kind() {
                "integral_type" | "floating_point_type" | "boolean_type" => return self.primitive(node, array),
                "type_identifier" | "identifier" if !node.is_missing() => return self.type_name(node),
                "scoped_type_identifier" | "scoped_identifier" => return self.type_path(node),
                "generic_type" => sound(node).into_iter().next()?,
                "annotated_type" => {
                    let annotations = self.annotations(node);
                    self.evaluate(annotations);
                    sound(node).into_iter().next_back()?
                }
                "array_type" => {
                    array = true;
                    field(node, "element")?
                }
                "catch_type" => sound(node).into_iter().next()?,
                _ => return None,
            };
        }
        None
    }

    /// Arrays of bytes and characters are data as a whole; those of other numbers have no type of interest.
    fn primitive(&mut self, node: Node<'_>, array: bool) -> Option<ExprId> {
        let name = match (self.text(node), array) {
            (own, false) => own,
            ("byte", true) => "bytes",
            ("char", true) => "chars",
            _ => return None,
        };
        Some(self.name(Builder::span(node), name))
    }

    /// A simple type name: a type parameter is its bound, a member class is written with what is around it.
    fn type_name(&mut self, node: Node<'_>) -> Option<ExprId> {
        let (text, span) = (self.text(node), Builder::span(node));
        if text == "var" {
            return None;
        }
        if let Some((_, bound)) = self.names.type_params.iter().rev().find(|p| p.0 == text) {
            let bound = (*bound)?;
            self.note_used(bound);
            return Some(self.name(span, bound));
        }
        if let Some(class) = self.names.member_class(text)
            && let Some(found) = self.class_ref(class, span)
        {
            return Some(found);
        }
        self.note_used(text);
        Some(self.name(span, text))
    }

    /// A dotted type name as members.
    fn type_path(&mut self, node: Node<'_>) -> Option<ExprId> {
        let mut parts = Vec::new();
        let mut at = node;
        while matches!(at.kind(), "scoped_type_identifier" | "scoped_identifier" | "generic_type") {
            let children: Vec<_> =
                named(at).into_iter().filter(|c| is_type(c.kind()) || c.kind().ends_with("identifier")).collect();
            if at.kind() == "generic_type" {
                at = children.into_iter().next()?;
                continue;
            }
            let (object, name) = (children.first().copied()?, children.last().copied()?);
            if object == name || parts.len() > MAX_TYPE_NESTING {
                return None;
            }
            parts.push((at, name));
            at = object;
        }
        let mut object = self.type_name(at)?;
        for (whole, name) in parts.into_iter().rev() {
            let text = self.text(name);
            object = self.member(Builder::span(whole), object, text, Builder::span(name));
        }
        Some(object)
    }

    /// Opens the type parameters of a declaration; gives how many there were before.
    pub(super) fn open_type_params(&mut self, node: Node<'_>) -> usize {
        let before = self.names.type_params.len();
        let Some(list) = child_of_kind(node, "type_parameters") else { return before };
        for param in sound(list).into_iter().filter(|p| p.kind() == "type_parameter") {
            let Some(name) = child_of_kind(param, "type_identifier").or_else(|| child_of_kind(param, "identifier"))
            else {
                continue;
            };
            let bound = child_of_kind(param, "type_bound").and_then(|b| sound(b).into_iter().next());
            let bound = bound.filter(|b| b.kind() == "type_identifier").map(|b| self.text(b));
            let name = self.text(name);
            self.names.type_params.push((name, bound.filter(|b| *b != name)));
        }
        before
    }

    pub(super) fn close_type_params(&mut self, before: usize) {
        self.names.type_params.truncate(before);
    }
}
