//! Literals: strings with their escapes, text blocks, characters, numbers.

use tree_sitter::Node;

use super::{Descent, Lower, child_of_kind, named};
use crate::syntax::builder::Builder;
use crate::syntax::descent::escapes;
use crate::syntax::hir::*;

impl Lower<'_> {
    /// A string literal or text block with its escapes decoded; one with interpolations is a template.
    pub(super) fn string_literal(&mut self, node: Node<'_>) -> ExprId {
        if child_of_kind(node, "string_interpolation").is_some() {
            return self.interpolated(node);
        }
        let text = self.text(node);
        let value = match text.strip_prefix("\"\"\"") {
            Some(rest) => decode_escapes(&text_block(rest.strip_suffix("\"\"\"").unwrap_or(rest))),
            None => decode_escapes(inside_quotes(text, '"')),
        };
        self.b.string(Builder::span(node), &value)
    }

    fn interpolated(&mut self, node: Node<'_>) -> ExprId {
        let mut parts = Vec::new();
        for child in named(node) {
            if child.kind() == "string_interpolation" {
                self.pick_errors(child);
                parts.extend(
                    named(child).into_iter().filter(|c| !c.is_error()).map(|c| self.expr(c)).collect::<Vec<_>>(),
                );
            } else {
                let value = decode_escapes(self.text(child));
                parts.push(self.b.string(Builder::span(child), &value));
            }
        }
        self.b.expr(Builder::span(node), ExprKind::Template { parts })
    }

    /// A character: a string of one.
    pub(super) fn character(&mut self, node: Node<'_>) -> ExprId {
        let value = decode_escapes(inside_quotes(self.text(node), '\''));
        self.b.string(Builder::span(node), &value)
    }

    pub(super) fn number(&mut self, node: Node<'_>) -> ExprId {
        let literal = parse_number(self.text(node));
        self.b.expr(Builder::span(node), ExprKind::Literal(literal))
    }
}

/// The text between the quotes of a literal, also of one that lacks the closing quote.
fn inside_quotes(text: &str, quote: char) -> &str {
    let rest = text.strip_prefix(quote).unwrap_or(text);
    rest.strip_suffix(quote).unwrap_or(rest)
}

/// What a text block holds, its escapes not yet decoded: the indentation that all its lines share is not part of it, nor is
/// white space at the ends of lines.
fn text_block(raw: &str) -> String {
    let body = raw.split_once('\n').map_or("", |(_, body)| body);
    let lines: Vec<&str> = body.split('\n').map(|l| l.strip_suffix('\r').unwrap_or(l)).collect();
    let indent = |l: &str| l.len() - l.trim_start().len();
    let last = lines.len().saturating_sub(1);
    let counted = lines.iter().enumerate().filter(|(i, l)| *i == last || !l.trim().is_empty());
    let shared = counted.map(|(_, l)| indent(l)).min().unwrap_or(0);
    let stripped: Vec<&str> = lines.iter().map(|l| l.get(shared.min(indent(l))..).unwrap_or("").trim_end()).collect();
    stripped.join("\n")
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
        's' => ' ',
        '\n' => return after,
        '\r' => return after.strip_prefix('\n').unwrap_or(after),
        '0'..='7' => return escapes::octal(rest, out),
        'u' => return unicode(after, out),
        other => other,
    };
    out.push(plain);
    after
}

/// `\uXXXX`, also with several `u`, and pairs of them.
fn unicode<'r>(rest: &'r str, out: &mut String) -> &'r str {
    let Some((unit, after)) = four_digits(rest) else { return rest };
    escapes::code_unit(unit, after, |after| after.strip_prefix("\\u").and_then(four_digits), out)
}

fn four_digits(rest: &str) -> Option<(u32, &str)> {
    let rest = rest.trim_start_matches('u');
    let digits = rest.get(..4).filter(|d| d.bytes().all(|b| b.is_ascii_hexdigit()))?;
    Some((u32::from_str_radix(digits, 16).ok()?, rest.get(4..).unwrap_or("")))
}

/// A number literal: decimal, hexadecimal, octal, binary, with separators and suffixes, or fractional.
pub(super) fn parse_number(text: &str) -> Literal {
    let clean: String = text.chars().filter(|c| *c != '_').collect::<String>().to_ascii_lowercase();
    let hex = clean.strip_prefix("0x");
    let bare = clean.strip_suffix('l').unwrap_or(&clean);
    if let Some(digits) = hex {
        let digits = digits.strip_suffix('l').unwrap_or(digits);
        return if digits.contains(['.', 'p']) { hex_float(digits) } else { whole(digits, 16) };
    }
    if let Some(digits) = bare.strip_prefix("0b") {
        return whole(digits, 2);
    }
    if bare.len() > 1 && bare.starts_with('0') && bare.bytes().all(|b| b.is_ascii_digit()) {
        return whole(bare, 8);
    }
    if bare.bytes().all(|b| b.is_ascii_digit()) {
        return whole(bare, 10);
    }
    let digits = clean.strip_suffix(['f', 'd']).unwrap_or(&clean);
    Literal::Float(digits.parse().unwrap_or(f64::NAN))
}

/// Digits of a radix. In other radices than ten, all bits of an `int` or `long` may be given, the sign included.
fn whole(digits: &str, radix: u32) -> Literal {
    if let Ok(value) = i64::from_str_radix(digits, radix) {
        return Literal::Int(value);
    }
    match u64::from_str_radix(digits, radix) {
        Ok(bits) if radix != 10 => Literal::Int(bits as i64),
        _ => Literal::Float(digits.parse().unwrap_or(f64::NAN)),
    }
}

fn hex_float(digits: &str) -> Literal {
    let digits = digits.strip_suffix(['f', 'd']).filter(|d| d.contains('p')).unwrap_or(digits);
    let (mantissa, exponent) = digits.split_once('p').unwrap_or((digits, "0"));
    let (before, behind) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let value = |digits: &str| digits.chars().filter_map(|c| c.to_digit(16)).fold(0.0, |v, d| v * 16.0 + f64::from(d));
    let fraction = value(behind) / 16f64.powi(behind.len().min(100) as i32);
    let exponent: i32 = exponent.parse().unwrap_or(0);
    Literal::Float((value(before) + fraction) * 2f64.powi(exponent))
}
