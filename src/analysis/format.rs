//! Texts made from a format with verbs, as `printf` has them.

use std::collections::BTreeMap;

use super::engine::Engine;
use super::lookup::Site;
use super::value::{Const, Value};
use crate::rules::place::Place;
use crate::syntax::hir::{Name, Span, Spread};

/// The most pieces that a format is taken apart into.
const MAX_PIECES: usize = 200;

/// A piece of a format.
#[derive(Debug, PartialEq, Eq)]
enum Piece {
    /// Text as it is.
    Text(String),
    /// The value at a position, as its verb writes it.
    Value(usize, char),
}

impl Engine<'_> {
    /// The text of a format with values put in; where the format is not known, a text of all of them.
    pub fn formatted(&mut self, format: &Place, from: &[Place], site: &Site<'_>) -> Value {
        let format = self.select(format, site).values().into_iter().next().map(|s| s.value).unwrap_or_default();
        let mut values: Vec<Value> = Vec::new();
        for place in from {
            values.extend(self.select(place, site).values().into_iter().map(|s| s.value));
        }
        let spread = site.args.iter().any(|a| a.spread != Spread::No);
        let pieces = format.single_str().filter(|_| !spread).and_then(|text| pieces(text));
        let mut parts = Vec::new();
        match pieces {
            Some(pieces) => {
                for piece in pieces {
                    parts.push(match piece {
                        Piece::Text(text) => Value::constant(Const::Str(text.into()), site.span),
                        Piece::Value(position, verb) => {
                            let value = values.get(position).cloned().unwrap_or_default();
                            self.as_written(value, verb, site.span)
                        }
                    });
                }
            }
            None => {
                parts.push(format);
                parts.extend(values);
            }
        }
        self.concatenated(&parts, site.span)
    }

    /// The text of the receiver with arguments put in where it has braces, as Python's `str.format` does.
    pub fn braces_filled(&mut self, site: &Site<'_>) -> Option<Value> {
        let (format, _) = site.receiver?;
        let format = format.single_str()?.clone();
        if site.args.iter().any(|a| a.spread != Spread::No) {
            return None;
        }
        let mut parts: Vec<Value> = Vec::new();
        for piece in braces(&format)? {
            parts.push(match piece {
                Braced::Text(text) => Value::constant(Const::Str(text.into()), site.span),
                Braced::Number => Value::default(),
                Braced::Position(at) => site.args.iter().filter(|a| a.name.is_none()).nth(at)?.value.clone(),
                Braced::Named(name) => {
                    let named = |n: Name| self.file.text(n) == name;
                    site.args.iter().find(|a| a.name.is_some_and(named))?.value.clone()
                }
            });
        }
        let taints = |v: &Value| Value { fields: None, ..v.clone() }.with_taints(v.deep_taints());
        let parts: Vec<Value> = parts.iter().map(taints).collect();
        Some(self.concatenated(&parts, site.span))
    }

    /// The verbs of a format by the position of the value that they write.
    pub fn verbs(&self, format: &Place, site: &Site<'_>) -> BTreeMap<usize, char> {
        let format = self.select(format, site).values().into_iter().next().map(|s| s.value).unwrap_or_default();
        let spread = site.args.iter().any(|a| a.spread != Spread::No);
        let found = format.single_str().filter(|_| !spread).and_then(|text| pieces(text)).unwrap_or_default();
        (found.into_iter())
            .filter_map(|piece| match piece {
                Piece::Value(position, verb) => Some((position, verb)),
                Piece::Text(_) => None,
            })
            .collect()
    }

    /// A value as a verb writes it: numbers and addresses do no harm, and a quoted text stays on its line.
    pub fn as_written(&mut self, value: Value, verb: char, span: Span) -> Value {
        match verb {
            'd' | 'b' | 'o' | 'O' | 'c' | 'U' | 'e' | 'E' | 'f' | 'F' | 'g' | 'G' | 't' | 'p' | 'x' | 'X' | 'T'
            | 'i' | 'u' => match value.single() {
                Some(Const::Int(_)) if verb == 'd' => value,
                _ => Value::default(),
            },
            'q' => {
                let kinds = self.library.kind_bit("log") | self.library.kind_bit("header");
                let mut value = self.cleared(value, kinds, span, "a quoting verb");
                (value.constants, value.prefix) = (None, None);
                value
            }
            _ => value,
        }
    }
}

/// A piece of a format with braces.
#[derive(Debug, PartialEq, Eq)]
enum Braced {
    /// Text as it is.
    Text(String),
    /// A value that is written as a number.
    Number,
    /// The positional argument at a position.
    Position(usize),
    /// The argument of a name.
    Named(String),
}

/// A format with braces in pieces; none for one that is too long to be taken apart, or no format.
fn braces(format: &str) -> Option<Vec<Braced>> {
    let mut out = Vec::new();
    let mut text = String::new();
    let mut next = 0;
    let mut rest = format;
    while let Some(at) = rest.find(['{', '}']) {
        text.push_str(rest.get(..at)?);
        let (brace, behind) = (rest.get(at..at + 1)?, rest.get(at + 1..)?);
        if let Some(behind) = behind.strip_prefix(brace) {
            text.push_str(brace);
            rest = behind;
            continue;
        }
        let (field, behind) = behind.split_once('}').filter(|_| brace == "{")?;
        rest = behind;
        if !text.is_empty() {
            out.push(Braced::Text(std::mem::take(&mut text)));
        }
        let (field, spec) = field.split_once(':').unwrap_or((field, ""));
        let name = field.split(['!', '.', '[']).next().unwrap_or("");
        let position = if name.is_empty() { Some(next) } else { name.parse().ok() };
        next += usize::from(name.is_empty());
        // A text that is to be written as a number is an error.
        let number = spec.ends_with(['b', 'd', 'e', 'E', 'f', 'F', 'g', 'G', 'n', 'o', 'x', 'X', '%']);
        out.push(match position {
            _ if number => Braced::Number,
            Some(position) => Braced::Position(position),
            None => Braced::Named(name.to_string()),
        });
        if out.len() > MAX_PIECES {
            return None;
        }
    }
    text.push_str(rest);
    if !text.is_empty() {
        out.push(Braced::Text(text));
    }
    Some(out)
}

/// A format in pieces; none for one that is too long to be taken apart.
fn pieces(format: &str) -> Option<Vec<Piece>> {
    let mut out = Vec::new();
    let mut text = String::new();
    let mut next = 0;
    let mut chars = format.chars().peekable();
    while let Some(c) = chars.next() {
        if c != '%' {
            text.push(c);
            continue;
        }
        let mut named = None;
        let mut digits = String::new();
        let verb = loop {
            match chars.next() {
                Some('*') => next += 1,
                // `%[2]s` and `%2$s` name the position, counted from one.
                Some(']' | '$') => named = Some(digits.parse::<usize>().ok()?.checked_sub(1)?),
                Some(d) if d.is_ascii_digit() => {
                    digits.push(d);
                    continue;
                }
                Some('-' | '+' | '#' | ' ' | '.' | '[' | ',' | '(' | 'l' | 'h') => {}
                other => break other,
            }
            digits.clear();
        };
        match verb {
            Some('%') => text.push('%'),
            Some('n') => text.push('\n'),
            Some(verb) => {
                if !text.is_empty() {
                    out.push(Piece::Text(std::mem::take(&mut text)));
                }
                let position = named.unwrap_or(next);
                out.push(Piece::Value(position, verb));
                next = position + 1;
            }
            None => text.push('%'),
        }
        if out.len() > MAX_PIECES {
            return None;
        }
    }
    if !text.is_empty() {
        out.push(Piece::Text(text));
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn written(format: &str) -> String {
        let show = |piece: Piece| match piece {
            Piece::Text(text) => text,
            Piece::Value(position, verb) => format!("<{position}{verb}>"),
        };
        pieces(format).unwrap().into_iter().map(show).collect()
    }

    #[test]
    fn formats_with_braces_are_taken_apart() {
        let written = |format: &str| braces(format).map(|pieces| format!("{pieces:?}"));
        let of = |pieces: &[Braced]| Some(format!("{pieces:?}"));
        let text = |text: &str| Braced::Text(text.to_string());
        assert_eq!(
            written("a {} {{b}} {}"),
            of(&[text("a "), Braced::Position(0), text(" {b} "), Braced::Position(1)])
        );
        assert_eq!(written("{1!r:>9}{0.name}"), of(&[Braced::Position(1), Braced::Position(0)]));
        assert_eq!(written("{id:05d}é{key[0]}"), of(&[Braced::Number, text("é"), Braced::Named("key".to_string())]));
        assert_eq!((written("a } b"), written("{a"), written(&"{}".repeat(500))), (None, None, None));
    }

    #[test]
    fn formats_are_taken_apart() {
        assert_eq!(written("a %s b %d%%"), "a <0s> b <1d>%");
        assert_eq!(written("%-10s|%+.2f|%05d|%#v"), "<0s>|<1f>|<2d>|<3v>");
        assert_eq!(written("%[2]s %[1]s"), "<1s> <0s>");
        assert_eq!(written("%2$s-%1$s"), "<1s>-<0s>");
        assert_eq!(written("%*d %s"), "<1d> <2s>");
        assert_eq!(written("100%"), "100%");
        assert_eq!(pieces(&"%s".repeat(500)), None);
    }
}
