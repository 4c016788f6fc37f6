//! Literals: strings with their escapes, templates, numbers, regular expressions.

use tree_sitter::Node;

use super::{Descent, Lower, field, is_comment};
use crate::syntax::builder::Builder;
use crate::syntax::descent::escapes;
use crate::syntax::hir::*;

impl Lower<'_> {
    /// A string literal with its escapes decoded.
    pub(super) fn string_literal(&mut self, node: Node<'_>) -> ExprId {
        let value = decode_escapes(inside_quotes(self.text(node)));
        self.b.string(Builder::span(node), &value)
    }

    /// A template literal; without substitutions it is a plain string.
    pub(super) fn template(&mut self, node: Node<'_>) -> ExprId {
        let whole = Builder::span(node);
        let closed = self.text(node).len() > 1 && self.text(node).ends_with('`');
        let end = node.end_byte() - usize::from(closed);
        let mut at = (node.start_byte() + 1).min(end);
        let mut parts = Vec::new();
        let mut cursor = node.walk();
        let substitutions: Vec<_> =
            node.named_children(&mut cursor).filter(|c| c.kind() == "template_substitution").collect();
        if substitutions.is_empty() {
            let value = decode_escapes(self.b.text.get(at..end).unwrap_or(""));
            return self.b.string(whole, &value);
        }
        for substitution in substitutions {
            self.template_text(at, substitution.start_byte(), &mut parts);
            at = substitution.end_byte();
            self.pick_errors(substitution);
            parts.push(self.only_expr(substitution));
        }
        self.template_text(at, end, &mut parts);
        self.b.expr(whole, ExprKind::Template { parts })
    }

    fn template_text(&mut self, start: usize, end: usize, parts: &mut Vec<ExprId>) {
        let raw = self.b.text.get(start..end).unwrap_or("");
        if !raw.is_empty() {
            let value = decode_escapes(raw);
            parts.push(self.b.string(Span::new(start, end), &value));
        }
    }

    pub(super) fn number(&mut self, node: Node<'_>) -> ExprId {
        let literal = parse_number(self.text(node));
        self.b.expr(Builder::span(node), ExprKind::Literal(literal))
    }

    pub(super) fn regex(&mut self, node: Node<'_>) -> ExprId {
        let part = |name| field(node, name).filter(|n| !is_comment(*n)).map_or("", |n| self.text(n));
        let literal = Literal::Regex { pattern: part("pattern").into(), flags: part("flags").into() };
        self.b.expr(Builder::span(node), ExprKind::Literal(literal))
    }
}

/// The text between the quotes of a literal, also of one that lacks the closing quote.
pub(super) fn inside_quotes(text: &str) -> &str {
    let mut chars = text.chars();
    let Some(quote @ ('"' | '\'' | '`')) = chars.next() else { return text };
    let rest = chars.as_str();
    rest.strip_suffix(quote).unwrap_or(rest)
}

/// A string's value from what stands between its quotes.
pub(super) fn decode_escapes(raw: &str) -> String {
    escapes::decode(raw, escape)
}

/// Decodes the escape after a backslash and gives what follows it.
fn escape<'r>(rest: &'r str, out: &mut String) -> &'r str {
    let mut chars = rest.chars();
    let Some(first) = chars.next() else { return "" };
    let after = chars.as_str();
    let plain = match first {
        'n' => '\n',
        't' => '\t',
        'r' => '\r',
        'b' => '\u{8}',
        'f' => '\u{c}',
        'v' => '\u{b}',
        '\n' | '\u{2028}' | '\u{2029}' => return after,
        '\r' => return after.strip_prefix('\n').unwrap_or(after),
        '0'..='7' => return escapes::octal(rest, out),
        'x' => return hex(after, 2, out).unwrap_or(after),
        'u' => return unicode(after, out),
        other => other,
    };
    out.push(plain);
    after
}

fn hex<'r>(rest: &'r str, len: usize, out: &mut String) -> Option<&'r str> {
    let digits = rest.get(..len)?;
    out.push(escapes::character(hex_value(digits)?));
    rest.get(len..)
}

fn hex_value(digits: &str) -> Option<u32> {
    let all_hex = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_hexdigit());
    all_hex.then(|| u32::from_str_radix(digits, 16).ok()).flatten()
}

/// `\u{…}`, `\uXXXX` and pairs of the latter.
fn unicode<'r>(rest: &'r str, out: &mut String) -> &'r str {
    if let Some((digits, after)) = rest.strip_prefix('{').and_then(|r| r.split_once('}')) {
        out.push(hex_value(digits).and_then(char::from_u32).unwrap_or('\u{fffd}'));
        return after;
    }
    let Some((unit, after)) = four_digits(rest) else { return rest };
    escapes::code_unit(unit, after, |after| after.strip_prefix("\\u").and_then(four_digits), out)
}

fn four_digits(rest: &str) -> Option<(u32, &str)> {
    Some((rest.get(..4).and_then(hex_value)?, rest.get(4..)?))
}

/// A number literal: decimal, hexadecimal, octal (old and new), binary, with separators, big or fractional.
pub(super) fn parse_number(text: &str) -> Literal {
    let clean: String = text.chars().filter(|c| *c != '_').collect::<String>().to_ascii_lowercase();
    let clean = clean.strip_suffix('n').unwrap_or(&clean);
    let old_octal = clean.len() > 1 && clean.starts_with('0') && clean.bytes().all(|b| (b'0'..=b'7').contains(&b));
    let (digits, radix) = match clean.get(..2) {
        Some("0x") => (clean.get(2..).unwrap_or(""), 16),
        Some("0o") => (clean.get(2..).unwrap_or(""), 8),
        Some("0b") => (clean.get(2..).unwrap_or(""), 2),
        _ if old_octal => (clean, 8),
        _ => (clean, 10),
    };
    if let Ok(value) = i64::from_str_radix(digits, radix) {
        return Literal::Int(value);
    }
    if radix == 10 {
        return Literal::Float(digits.parse().unwrap_or(f64::NAN));
    }
    let value = digits.chars().filter_map(|c| c.to_digit(radix)).fold(0.0, |v, d| v * f64::from(radix) + f64::from(d));
    Literal::Float(value)
}
