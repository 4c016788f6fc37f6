//! Texts made from a format with verbs, as `printf` has them.

use std::collections::BTreeMap;

use super::engine::Engine;
use super::lookup::Site;
use super::value::{Const, Value};
use crate::rules::place::Place;
use crate::syntax::hir::{Span, Spread};

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
