//! Literals: strings with their escapes, runes, numbers.

use tree_sitter::Node;

use super::Lower;
use crate::syntax::builder::Builder;
use crate::syntax::hir::*;

impl Lower<'_> {
    /// A string between double quotes, its escapes decoded.
    pub(super) fn interpreted_string(&mut self, node: Node<'_>) -> ExprId {
        let value = decode_escapes(inside(self.text(node), '"'));
        self.b.string(Builder::span(node), &value)
    }

    /// A string between back quotes; carriage returns are no part of it.
    pub(super) fn raw_string(&mut self, node: Node<'_>) -> ExprId {
        let value = inside(self.text(node), '`').replace('\r', "");
        self.b.string(Builder::span(node), &value)
    }

    /// A rune is its number.
    pub(super) fn rune(&mut self, node: Node<'_>) -> ExprId {
        let value = decode_escapes(inside(self.text(node), '\''));
        let number = value.chars().next().map_or(0, |c| i64::from(u32::from(c)));
        self.b.expr(Builder::span(node), ExprKind::Literal(Literal::Int(number)))
    }

    pub(super) fn number(&mut self, node: Node<'_>) -> ExprId {
        let literal = parse_number(self.text(node));
        self.b.expr(Builder::span(node), ExprKind::Literal(literal))
    }
}

/// The text between the quotes of a literal, also of one that lacks the closing quote.
fn inside(text: &str, quote: char) -> &str {
    let rest = text.strip_prefix(quote).unwrap_or(text);
    rest.strip_suffix(quote).unwrap_or(rest)
}

/// A string's value from what stands between its quotes. Bytes given by number are taken together as UTF-8.
pub(super) fn decode_escapes(raw: &str) -> String {
    let mut out: Vec<u8> = Vec::with_capacity(raw.len());
    let mut rest = raw;
    while let Some(at) = rest.find('\\') {
        out.extend_from_slice(rest.get(..at).unwrap_or("").as_bytes());
        rest = escape(rest.get(at + 1..).unwrap_or(""), &mut out);
    }
    out.extend_from_slice(rest.as_bytes());
    String::from_utf8_lossy(&out).into_owned()
}

/// Decodes the escape after a backslash and gives what follows it.
fn escape<'r>(rest: &'r str, out: &mut Vec<u8>) -> &'r str {
    let mut chars = rest.chars();
    let Some(first) = chars.next() else { return "" };
    let after = chars.as_str();
    let plain = match first {
        'a' => 7,
        'b' => 8,
        'f' => 12,
        'n' => b'\n',
        'r' => b'\r',
        't' => b'\t',
        'v' => 11,
        'x' => return numbered(after, 2, 16, true, out).unwrap_or(after),
        'u' => return numbered(after, 4, 16, false, out).unwrap_or(after),
        'U' => return numbered(after, 8, 16, false, out).unwrap_or(after),
        '0'..='7' => return numbered(rest, 3, 8, true, out).unwrap_or(after),
        other => {
            out.extend_from_slice(other.encode_utf8(&mut [0; 4]).as_bytes());
            return after;
        }
    };
    out.push(plain);
    after
}

/// A byte or a character given by so many digits; none when they are not there.
fn numbered<'r>(rest: &'r str, len: usize, radix: u32, byte: bool, out: &mut Vec<u8>) -> Option<&'r str> {
    let digits = rest.get(..len).filter(|d| d.chars().all(|c| c.is_digit(radix)))?;
    let value = u32::from_str_radix(digits, radix).ok()?;
    match u8::try_from(value) {
        Ok(value) if byte => out.push(value),
        _ => out.extend_from_slice(char::from_u32(value).unwrap_or('\u{fffd}').encode_utf8(&mut [0; 4]).as_bytes()),
    }
    rest.get(len..)
}

/// A number literal: decimal, hexadecimal, octal (old and new), binary, with separators, fractional, imaginary.
pub(super) fn parse_number(text: &str) -> Literal {
    let clean: String = text.chars().filter(|c| *c != '_').collect::<String>().to_ascii_lowercase();
    let hexadecimal = clean.starts_with("0x");
    let clean = clean.strip_suffix('i').unwrap_or(&clean);
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
    if hexadecimal {
        return Literal::Float(hexadecimal_float(digits));
    }
    let whole = |radix: u32| {
        digits.chars().filter_map(|c| c.to_digit(radix)).fold(0.0, |v, d| v * f64::from(radix) + f64::from(d))
    };
    Literal::Float(if radix == 10 { digits.parse().unwrap_or(f64::NAN) } else { whole(radix) })
}

/// `1.8p-3` without its `0x`.
fn hexadecimal_float(digits: &str) -> f64 {
    let (mantissa, exponent) = digits.split_once('p').unwrap_or((digits, "0"));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let sum = |s: &str| s.chars().filter_map(|c| c.to_digit(16)).fold(0.0, |v, d| v * 16.0 + f64::from(d));
    let scale = 16f64.powi(i32::try_from(fraction.len()).unwrap_or(0));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    (sum(whole) + sum(fraction) / scale) * 2f64.powi(exponent)
}
