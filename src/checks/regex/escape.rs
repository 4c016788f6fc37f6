//! The parser's part for escapes and bracketed classes.

use super::ast::{Assertion, Bracket, Class, Kind};
use super::charset::{self, CharSet};
use super::parse::{Failure, Parse, Parser};
use crate::syntax::hir::Span;

/// What stands behind a backslash.
enum Escape {
    Code(u32),
    Set(CharSet),
}

const HORIZONTAL_SPACE: [(u32, u32); 6] =
    [(0x09, 0x09), (0x20, 0x20), (0xA0, 0xA0), (0x2000, 0x200A), (0x202F, 0x202F), (0x3000, 0x3000)];
const VERTICAL_SPACE: [(u32, u32); 3] = [(0x0A, 0x0D), (0x85, 0x85), (0x2028, 0x2029)];

/// The set that a letter names, or all else where it is upper case.
fn sign(letter: char, set: CharSet) -> CharSet {
    if letter.is_ascii_uppercase() { set.complement() } else { set }
}

impl Parser {
    /// An escape outside a class; the backslash is consumed.
    pub(super) fn escape(&mut self) -> Parse<Kind> {
        let assertion = match (self.peek(), self.python()) {
            (Some('b'), _) => Some(Assertion::WordBoundary),
            (Some('B'), _) => Some(Assertion::NotWordBoundary),
            (Some('A'), true) => Some(Assertion::TextStart),
            (Some('Z' | 'z'), true) => Some(Assertion::TextEnd),
            _ => None,
        };
        if let Some(assertion) = assertion {
            self.at += 1;
            return Ok(Kind::Assert(assertion));
        }
        if let Some(reference) = self.reference()? {
            return Ok(reference);
        }
        match self.escaped()? {
            Escape::Code(code) => Ok(self.literal(code)),
            Escape::Set(set) => Ok(self.class(self.folded(set))),
        }
    }

    /// `\1`, `\k<name>`; a number that names no group is an octal escape in ECMAScript.
    fn reference(&mut self) -> Parse<Option<Kind>> {
        if (self.java() || !self.python()) && self.peek() == Some('k') && (self.has_names() || self.unicode_mode()) {
            self.at += 1;
            if !self.eat("<") {
                return self.invalid("a reference without a name");
            }
            let name = self.name('>')?;
            return self.reference_named(&name).map(Some);
        }
        if !self.peek().is_some_and(|c| ('1'..='9').contains(&c)) {
            return Ok(None);
        }
        let save = self.at;
        match self.number() {
            Some(number) if number <= self.total => Ok(Some(Kind::Backreference(number))),
            _ if self.python() && !self.octal_at(save) => self.invalid("a reference to an unknown group"),
            _ if self.unicode_mode() => self.invalid("a reference to an unknown group"),
            _ => {
                self.at = save;
                Ok(None)
            }
        }
    }

    fn octal_at(&self, at: usize) -> bool {
        self.chars.get(at..at + 3).is_some_and(|digits| digits.iter().all(|c| c.is_digit(8)))
    }

    fn escaped(&mut self) -> Parse<Escape> {
        let Some(c) = self.bump() else { return self.invalid("a backslash at the end") };
        if let Some(set) = self.named_set(c) {
            return Ok(Escape::Set(set));
        }
        Ok(Escape::Code(match c {
            'n' => 10,
            't' => 9,
            'r' => 13,
            'f' => 12,
            'v' => 11,
            'a' if self.python() => 7,
            'x' => return self.hexadecimal(2, c),
            // Line breaks and quoted stretches of text, of Java alone.
            'R' | 'Q' | 'E' | 'X' | 'G' if self.java() => {
                return Err(Failure::Unknown("an escape that is not known here".to_owned()));
            }
            'u' if !self.python() && self.peek() == Some('{') && self.unicode_mode() => return self.braced_code(),
            'u' => return self.surrogates(),
            'U' if self.python() => return self.hexadecimal(8, c),
            'c' if !self.python() => self.control(),
            'N' if self.python() && self.eat("{") => {
                self.skip_to('}');
                return Err(Failure::Unknown("a character given by its Unicode name".to_owned()));
            }
            'p' | 'P' if self.python() || self.unicode_mode() => return self.property(c == 'P').map(Escape::Set),
            '0'..='7' => self.octal(c),
            c if self.python() && c.is_ascii_alphabetic() => return self.invalid("an unknown escape"),
            c => c as u32,
        }))
    }

    fn named_set(&self, c: char) -> Option<CharSet> {
        let wide = self.python() && !self.flags.ascii;
        let set = match c.to_ascii_lowercase() {
            'd' if wide => &charset::UNICODE_DIGIT,
            'd' => &charset::ASCII_DIGIT,
            'w' if wide => &charset::UNICODE_WORD,
            'w' => &charset::ASCII_WORD,
            'h' if self.java() => return Some(sign(c, CharSet::from_ranges(HORIZONTAL_SPACE))),
            'v' if self.java() => return Some(sign(c, CharSet::from_ranges(VERTICAL_SPACE))),
            's' if wide => &charset::UNICODE_SPACE,
            's' if self.python() => &charset::ASCII_SPACE,
            's' => &charset::ECMA_SPACE,
            _ => return None,
        };
        Some(sign(c, (*set).clone()))
    }

    fn skip_to(&mut self, close: char) {
        while self.bump().is_some_and(|c| c != close) {}
    }

    /// A fixed number of hexadecimal digits; in ECMAScript without them the letter stands for itself.
    fn hexadecimal(&mut self, digits: usize, letter: char) -> Parse<Escape> {
        let value = (0..digits).try_fold(0_u32, |value, i| Some(value * 16 + self.peek_at(i)?.to_digit(16)?));
        match value {
            Some(value) if value <= 0x10_FFFF => {
                self.at += digits;
                Ok(Escape::Code(value))
            }
            _ if self.python() || self.unicode_mode() => self.invalid("a bad escape"),
            _ => Ok(Escape::Code(letter as u32)),
        }
    }

    /// `\uXXXX`, where two halves of a pair are one character.
    fn surrogates(&mut self) -> Parse<Escape> {
        let first = self.hexadecimal(4, 'u')?;
        let Escape::Code(high @ 0xD800..=0xDBFF) = first else { return Ok(first) };
        let save = self.at;
        if self.eat("\\u")
            && let Ok(Escape::Code(low @ 0xDC00..=0xDFFF)) = self.hexadecimal(4, 'u')
        {
            return Ok(Escape::Code(0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00)));
        }
        self.at = save;
        Ok(Escape::Code(high))
    }

    fn braced_code(&mut self) -> Parse<Escape> {
        self.at += 1;
        let digits: String = std::iter::from_fn(|| self.bump().filter(|c| *c != '}')).take(16).collect();
        match u32::from_str_radix(&digits, 16) {
            Ok(code) if code <= 0x10_FFFF => Ok(Escape::Code(code)),
            _ => self.invalid("a bad code point"),
        }
    }

    fn control(&mut self) -> u32 {
        match self.peek() {
            Some(c) if c.is_ascii_alphabetic() => {
                self.at += 1;
                c as u32 % 32
            }
            _ => {
                // Annex B: the backslash stands for itself and `c` is read again.
                self.at -= 1;
                u32::from('\\')
            }
        }
    }

    fn octal(&mut self, first: char) -> u32 {
        let mut value = first.to_digit(8).unwrap_or(0);
        for _ in 0..2 {
            let Some(digit) = self.peek().and_then(|c| c.to_digit(8)).filter(|d| value * 8 + d <= 0o377) else { break };
            value = value * 8 + digit;
            self.at += 1;
        }
        value
    }

    /// `\p{…}`, `\P{…}`, `\pL`.
    fn property(&mut self, negated: bool) -> Parse<CharSet> {
        let name = if self.eat("{") {
            let name: String = std::iter::from_fn(|| self.bump().filter(|c| *c != '}')).take(64).collect();
            format!("{{{name}}}")
        } else {
            self.bump().map(String::from).unwrap_or_default()
        };
        if !name.chars().all(|c| c.is_alphanumeric() || "{}_=^ ".contains(c)) {
            return self.invalid("a bad character property");
        }
        match charset::unicode_class(&format!("\\p{name}")) {
            Some(set) if negated => Ok(set.complement()),
            Some(set) => Ok(set),
            None => Err(Failure::Unknown("a character property that is not known here".to_owned())),
        }
    }

    /// A bracketed class; the opening bracket is consumed.
    pub(super) fn bracket(&mut self, start: usize) -> Parse<Kind> {
        let negated = self.eat("^");
        let mut items: Vec<(Span, CharSet)> = Vec::new();
        let first = self.at;
        loop {
            let from = self.offset();
            match self.peek() {
                None => return self.invalid("a class that is not closed"),
                Some(']') if !(self.python() && self.at == first) => break,
                Some('[') if self.flags.unicode_sets || self.java() => {
                    return Err(Failure::Unknown("nested classes".to_owned()));
                }
                Some('&') if self.java() && self.peek() == self.peek_at(1) => {
                    return Err(Failure::Unknown("an intersection in a class".to_owned()));
                }
                Some('&' | '-') if self.flags.unicode_sets && self.peek() == self.peek_at(1) => {
                    return Err(Failure::Unknown("set operations in a class".to_owned()));
                }
                Some(_) => {}
            }
            let set = self.class_item()?;
            items.push((Span::new(from, self.offset()), self.folded(set)));
        }
        self.at += 1;
        let listed = CharSet::from_ranges(items.iter().flat_map(|(_, set)| set.ranges().iter().copied()));
        let set = if negated { listed.complement() } else { listed };
        debug_assert!(start < self.offset());
        Ok(Kind::Class(Class { set, bracket: Some(Bracket { negated, items }) }))
    }

    /// A character, an escape or a range.
    fn class_item(&mut self) -> Parse<CharSet> {
        let low = match self.class_atom()? {
            Escape::Code(code) => code,
            Escape::Set(set) => return Ok(set),
        };
        if self.peek() != Some('-') || matches!(self.peek_at(1), None | Some(']')) {
            return Ok(CharSet::one(low));
        }
        self.at += 1;
        match self.class_atom()? {
            Escape::Code(high) if low <= high => Ok(CharSet::from_ranges([(low, high)])),
            Escape::Code(_) => self.invalid("a range that is out of order"),
            Escape::Set(_) if self.python() || self.unicode_mode() => self.invalid("a range that ends in a class"),
            Escape::Set(set) => Ok(set.union(&CharSet::one(low)).union(&CharSet::one(u32::from('-')))),
        }
    }

    fn class_atom(&mut self) -> Parse<Escape> {
        match self.bump() {
            Some('\\') if self.eat("b") => Ok(Escape::Code(8)),
            Some('\\') if !self.python() && self.eat("-") => Ok(Escape::Code(u32::from('-'))),
            Some('\\') => self.escaped(),
            Some(c) => Ok(Escape::Code(c as u32)),
            None => self.invalid("a class that is not closed"),
        }
    }
}
