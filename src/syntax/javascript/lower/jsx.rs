//! JSX elements.

use tree_sitter::Node;

use super::literal::inside_quotes;
use super::{Descent, Lower, field, fields, first_named, named, sound};
use crate::syntax::builder::Builder;
use crate::syntax::hir::*;

/// How far behind the `&` the `;` of a character reference is looked for.
const LONGEST_ENTITY: usize = 12;

impl Lower<'_> {
    /// An element or fragment, self-closing or not.
    pub(super) fn jsx(&mut self, node: Node<'_>) -> ExprId {
        let open = field(node, "open_tag").unwrap_or(node);
        if open != node {
            self.pick_errors(open);
        }
        let tag = field(open, "name").map(|name| match name.kind() {
            "jsx_namespace_name" => self.b.name_expr(name),
            _ => self.expr(name),
        });
        let attributes = fields(open, "attribute").into_iter().map(|a| self.attribute(a)).collect();
        let mut children = Vec::new();
        if open != node {
            for child in named(node) {
                self.jsx_child(child, &mut children);
            }
        }
        self.b.expr(Builder::span(node), ExprKind::Jsx { tag, attributes, children })
    }

    fn attribute(&mut self, node: Node<'_>) -> Attribute {
        let span = Builder::span(node);
        self.pick_errors(node);
        if node.kind() == "jsx_expression" {
            let value = first_named(node).map(|inner| match inner.kind() {
                "spread_element" => self.only_expr(inner),
                _ => self.expr(inner),
            });
            return Attribute { name: None, value, span };
        }
        let parts = sound(node);
        let name = parts.first().map(|n| self.b.intern(self.text(*n)));
        let value = parts.get(1).and_then(|v| match v.kind() {
            "string" => {
                let value = decode_entities(inside_quotes(self.text(*v)));
                Some(self.b.string(Builder::span(*v), &value))
            }
            "jsx_expression" => {
                self.pick_errors(*v);
                first_named(*v).map(|inner| self.expr(inner))
            }
            _ => Some(self.expr(*v)),
        });
        Attribute { name, value, span }
    }

    fn jsx_child(&mut self, node: Node<'_>, out: &mut Vec<ExprId>) {
        match node.kind() {
            "jsx_text" | "html_character_reference" => {
                let raw = self.text(node);
                let layout = raw.trim().is_empty() && raw.contains('\n');
                if !layout && !raw.is_empty() {
                    let value = decode_entities(raw);
                    out.push(self.b.string(Builder::span(node), &value));
                }
            }
            "jsx_expression" => {
                self.pick_errors(node);
                if let Some(inner) = first_named(node) {
                    out.push(self.expr(inner));
                }
            }
            "jsx_opening_element" | "jsx_closing_element" => {}
            _ if node.is_error() => {}
            _ => out.push(self.expr(node)),
        }
    }
}

/// Decodes the character references that carry markup or stand as numbers; others stay as written.
fn decode_entities(raw: &str) -> String {
    let mut out = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some(at) = rest.find('&') {
        out.push_str(rest.get(..at).unwrap_or(""));
        rest = rest.get(at..).unwrap_or("");
        let end = rest.bytes().take(LONGEST_ENTITY).position(|b| b == b';');
        match end.and_then(|e| rest.get(1..e)).and_then(entity) {
            Some(c) => {
                out.push(c);
                rest = end.and_then(|e| rest.get(e + 1..)).unwrap_or("");
            }
            None => {
                out.push('&');
                rest = rest.get(1..).unwrap_or("");
            }
        }
    }
    out.push_str(rest);
    out
}

fn entity(name: &str) -> Option<char> {
    let number = |digits: &str, radix| u32::from_str_radix(digits, radix).ok().and_then(char::from_u32);
    match name {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        "nbsp" => Some('\u{a0}'),
        _ => match name.strip_prefix('#')? {
            hex if hex.starts_with(['x', 'X']) => number(hex.get(1..)?, 16),
            decimal => number(decimal, 10),
        },
    }
}
