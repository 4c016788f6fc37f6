//! Constants: strings with their prefixes, escapes and interpolations, and numbers.

use tree_sitter::Node;

use super::{Lowerer, field, first_kid, kids};
use crate::syntax::builder::Builder;
use crate::syntax::hir::*;

/// What the letters before a string's quotes say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct StringPrefix {
    pub(super) raw: bool,
    pub(super) bytes: bool,
    pub(super) interpolated: bool,
}

impl StringPrefix {
    /// Reads the letters and quotes that a string starts with.
    pub(super) fn of(start: &str) -> Self {
        let has = |letter: char| start.chars().any(|c| c.eq_ignore_ascii_case(&letter));
        StringPrefix { raw: has('r'), bytes: has('b'), interpolated: has('f') || has('t') }
    }
}

/// The parts of a string as far as it has been read.
#[derive(Default)]
struct Parts {
    /// Literal text and expressions, in order.
    parts: Vec<Part>,
    bytes: bool,
}

enum Part {
    Text(Span, String),
    Value(ExprId),
}

impl Lowerer<'_> {
    /// A string, or several behind one another, which are one string.
    pub(super) fn string(&mut self, node: Node<'_>) -> ExprId {
        let strings = if node.kind() == "concatenated_string" { kids(node) } else { vec![node] };
        let mut read = Parts::default();
        for string in strings {
            self.read_string(string, &mut read);
            if string != node && string.has_error() {
                read.parts.extend(self.broken_values(string).into_iter().map(Part::Value));
            }
        }
        let span = Builder::span(node);
        if read.parts.iter().all(|part| matches!(part, Part::Text(..))) {
            let text: String = read.parts.iter().map(|p| if let Part::Text(_, text) = p { text } else { "" }).collect();
            let literal = if read.bytes { Literal::Bytes(text.into()) } else { Literal::Str(text.into()) };
            return self.b.expr(span, ExprKind::Literal(literal));
        }
        let parts = read.parts.into_iter().map(|part| match part {
            Part::Text(span, text) => self.b.string(span, &text),
            Part::Value(id) => id,
        });
        let parts = parts.collect();
        self.b.expr(span, ExprKind::Template { parts })
    }

    fn read_string(&mut self, node: Node<'_>, read: &mut Parts) {
        let mut prefix = StringPrefix { raw: false, bytes: false, interpolated: false };
        for kid in kids(node) {
            match kid.kind() {
                "string_start" => {
                    prefix = StringPrefix::of(self.b.node_text(kid));
                    read.bytes |= prefix.bytes;
                }
                "string_content" => {
                    let text = decode(self.b.node_text(kid), prefix);
                    let span = if prefix.interpolated { kid } else { node };
                    read.parts.push(Part::Text(Builder::span(span), text));
                }
                "interpolation" => self.interpolation(kid, read),
                _ => {}
            }
        }
    }

    /// `{value = !r:spec}`: the value, the text that `=` adds, and the values in the format specification.
    fn interpolation(&mut self, node: Node<'_>, read: &mut Parts) {
        let mut pending = vec![node];
        while let Some(node) = pending.pop() {
            if let Some(value) = field(node, "expression") {
                if super::has_token(node, "=") {
                    let shown = Span::new(value.start_byte(), value.end_byte());
                    let text = format!("{}=", self.b.node_text(value));
                    read.parts.push(Part::Text(shown, text));
                }
                let value = self.expr(value);
                read.parts.push(Part::Value(value));
            }
            if let Some(format) = field(node, "format_specifier") {
                let mut inner: Vec<Node<'_>> = kids(format);
                inner.reverse();
                pending.extend(inner);
            }
        }
    }

    pub(super) fn constant(&mut self, node: Node<'_>) -> ExprId {
        let literal = match node.kind() {
            "true" => Literal::Bool(true),
            "false" => Literal::Bool(false),
            "none" => Literal::Null,
            _ => number(self.b.node_text(node)),
        };
        if first_kid(node).is_some() {
            return self.unknown_expr(node);
        }
        self.b.expr(Builder::span(node), ExprKind::Literal(literal))
    }
}

/// The value of a number; an integer that does not fit, and an imaginary number, as a float.
fn number(text: &str) -> Literal {
    let digits: String = text.chars().filter(|c| *c != '_').collect::<String>().to_ascii_lowercase();
    let digits = digits.trim_end_matches('l');
    let radix = |digits: &str, radix| i64::from_str_radix(digits, radix).map(Literal::Int);
    let parsed = match digits.get(..2) {
        Some("0x") => radix(digits.get(2..).unwrap_or(""), 16),
        Some("0o") => radix(digits.get(2..).unwrap_or(""), 8),
        Some("0b") => radix(digits.get(2..).unwrap_or(""), 2),
        // An octal number of Python 2.
        Some(_) if digits.starts_with('0') && digits.bytes().all(|b| (b'0'..=b'7').contains(&b)) => radix(digits, 8),
        _ => radix(digits, 10),
    };
    parsed.unwrap_or_else(|_| Literal::Float(digits.trim_end_matches('j').parse().unwrap_or(f64::INFINITY)))
}

/// The value of what stands between the quotes.
fn decode(text: &str, prefix: StringPrefix) -> String {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        rest = rest.get(c.len_utf8()..).unwrap_or("");
        match c {
            // Python reads every line end in a source file as a line feed.
            '\r' => {
                rest = rest.strip_prefix('\n').unwrap_or(rest);
                out.push(b'\n');
            }
            '{' | '}' if prefix.interpolated => {
                rest = rest.strip_prefix(c).unwrap_or(rest);
                push(c, &mut out);
            }
            '\\' if !prefix.raw => rest = escape(rest, prefix.bytes, &mut out),
            _ => push(c, &mut out),
        }
    }
    String::from_utf8(out).unwrap_or_else(|e| String::from_utf8_lossy(e.as_bytes()).into_owned())
}

fn push(c: char, out: &mut Vec<u8>) {
    out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
}

/// Reads what stands behind a backslash and gives what is left. A backslash that escapes nothing stays.
fn escape<'t>(rest: &'t str, bytes: bool, out: &mut Vec<u8>) -> &'t str {
    let Some(c) = rest.chars().next() else {
        out.push(b'\\');
        return rest;
    };
    let after = rest.get(c.len_utf8()..).unwrap_or("");
    match c {
        '\n' => return after,
        '\r' => return after.strip_prefix('\n').unwrap_or(after),
        '\\' | '\'' | '"' => push(c, out),
        'a' => out.push(0x07),
        'b' => out.push(0x08),
        'f' => out.push(0x0c),
        'n' => out.push(b'\n'),
        'r' => out.push(b'\r'),
        't' => out.push(b'\t'),
        'v' => out.push(0x0b),
        '0'..='7' => return numeric(rest, 8, 1..=3, bytes, out).unwrap_or(rest),
        'x' | 'u' | 'U' | 'N' => {
            let read = match c {
                'x' => numeric(after, 16, 2..=2, bytes, out),
                'u' if !bytes => numeric(after, 16, 4..=4, bytes, out),
                'U' if !bytes => numeric(after, 16, 8..=8, bytes, out),
                'N' if !bytes => named(after, out),
                _ => None,
            };
            if let Some(rest) = read {
                return rest;
            }
            out.push(b'\\');
            push(c, out);
        }
        _ => {
            out.push(b'\\');
            push(c, out);
        }
    }
    after
}

/// A character by its number; what is no character (a lone surrogate) is U+FFFD.
fn numeric<'t>(
    text: &'t str,
    radix: u32,
    count: std::ops::RangeInclusive<usize>,
    bytes: bool,
    out: &mut Vec<u8>,
) -> Option<&'t str> {
    let len = text.bytes().take(*count.end()).take_while(|b| char::from(*b).is_digit(radix)).count();
    if len < *count.start() {
        return None;
    }
    let value = u32::from_str_radix(text.get(..len)?, radix).ok()?;
    match u8::try_from(value & 0xff) {
        Ok(byte) if bytes => out.push(byte),
        _ => push(char::from_u32(value).unwrap_or(char::REPLACEMENT_CHARACTER), out),
    }
    text.get(len..)
}

/// A character by its Unicode name. The names are not looked up: it stands as U+FFFD.
fn named<'t>(text: &'t str, out: &mut Vec<u8>) -> Option<&'t str> {
    let (name, rest) = text.strip_prefix('{')?.split_once('}')?;
    if name.is_empty() || name.contains('\n') {
        return None;
    }
    push(char::REPLACEMENT_CHARACTER, out);
    Some(rest)
}
