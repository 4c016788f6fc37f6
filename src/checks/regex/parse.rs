//! A tolerant parser of Python's, ECMAScript's and Java's patterns. What both dialects and their common third-party engines agree
//! on is read alike; what only one of them knows is told apart by the dialect.

use super::ast::{Assertion, Class, Kind, Look, Mode, Node, Repeat};
use super::charset::{self, CharSet};
use super::{Dialect, Flags};
use crate::syntax::hir::Span;

/// Patterns longer than this many characters are not analysed.
const MAX_LENGTH: usize = 20_000;
/// Groups nested deeper than this are not analysed.
const MAX_DEPTH: u32 = 100;

/// Why there is no tree.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Failure {
    /// The dialect refuses the pattern; the byte offset says where.
    Invalid(String, u32),
    /// The analysis does not go that far.
    Unknown(String),
}

/// A parsed pattern.
pub(super) struct Parsed {
    pub root: Node,
    /// The flags, with those that the pattern itself sets for all of it.
    pub flags: Flags,
    pub groups: u32,
}

/// Reads a pattern.
pub(super) fn parse(pattern: &str, dialect: Dialect, flags: Flags) -> Result<Parsed, Failure> {
    let mut parser = Parser::new(pattern, dialect, flags)?;
    parser.scan_groups();
    let root = parser.alternation(0)?;
    match parser.peek() {
        None => Ok(Parsed { root, flags: parser.flags, groups: parser.opened }),
        Some(_) => parser.invalid("an unmatched parenthesis"),
    }
}

pub(super) struct Parser {
    pub chars: Vec<char>,
    offsets: Vec<usize>,
    pub at: usize,
    pub dialect: Dialect,
    pub flags: Flags,
    names: Vec<(String, u32)>,
    /// The number of capturing groups of the whole pattern, and of those opened so far.
    pub total: u32,
    opened: u32,
}

pub(super) type Parse<T> = Result<T, Failure>;

impl Parser {
    fn new(pattern: &str, dialect: Dialect, flags: Flags) -> Parse<Parser> {
        let (offsets, chars): (Vec<usize>, Vec<char>) = pattern.char_indices().take(MAX_LENGTH + 1).unzip();
        if chars.len() > MAX_LENGTH {
            return Err(Failure::Unknown(format!("the pattern is longer than {MAX_LENGTH} characters")));
        }
        let mut offsets = offsets;
        offsets.push(pattern.len());
        Ok(Parser { chars, offsets, at: 0, dialect, flags, names: Vec::new(), total: 0, opened: 0 })
    }

    pub fn peek(&self) -> Option<char> {
        self.chars.get(self.at).copied()
    }

    pub fn peek_at(&self, ahead: usize) -> Option<char> {
        self.chars.get(self.at + ahead).copied()
    }

    pub fn bump(&mut self) -> Option<char> {
        let c = self.peek()?;
        self.at += 1;
        Some(c)
    }

    pub fn eat(&mut self, text: &str) -> bool {
        let count = text.chars().count();
        let found = self.chars.get(self.at..self.at + count).is_some_and(|s| s.iter().copied().eq(text.chars()));
        if found {
            self.at += count;
        }
        found
    }

    pub fn offset(&self) -> usize {
        self.offset_of(self.at)
    }

    fn offset_of(&self, at: usize) -> usize {
        self.offsets.get(at).or(self.offsets.last()).copied().unwrap_or(0)
    }

    pub fn invalid<T>(&self, what: &str) -> Parse<T> {
        Err(Failure::Invalid(what.to_owned(), Span::new(self.offset(), self.offset()).start))
    }

    /// Whether the pattern is read as Python reads it; Java's are, mostly.
    pub fn python(&self) -> bool {
        self.dialect != Dialect::JavaScript
    }

    pub fn java(&self) -> bool {
        self.dialect == Dialect::Java
    }

    /// Whether ECMAScript's stricter Unicode syntax is on.
    pub fn unicode_mode(&self) -> bool {
        !self.python() && (self.flags.unicode || self.flags.unicode_sets)
    }

    /// Numbers and names the capturing groups, so that references forward can be resolved.
    fn scan_groups(&mut self) {
        let (mut in_class, mut at) = (false, 0);
        while let Some(&c) = self.chars.get(at) {
            match c {
                '\\' => at += 1,
                '[' => in_class = true,
                ']' => in_class = false,
                '(' if !in_class => {
                    self.scan_group(at + 1);
                    // The parenthesis behind it, as in a condition, is no group of its own.
                    if self.chars.get(at + 1..at + 3).is_some_and(|next| next == ['?', '(']) {
                        at += 2;
                    }
                }
                _ => {}
            }
            at += 1;
        }
    }

    fn scan_group(&mut self, at: usize) {
        let ahead: String = self.chars.iter().skip(at).take(3).collect();
        let name_at = match ahead.as_str() {
            "?P<" => Some(at + 3),
            s if s.starts_with("?<") && !s.ends_with(['=', '!']) => Some(at + 2),
            s if s.starts_with('?') => return,
            _ => None,
        };
        self.total += 1;
        if let Some(start) = name_at {
            let name = self.chars.iter().skip(start).take_while(|c| **c != '>').collect();
            self.names.push((name, self.total));
        }
    }

    pub fn group_named(&self, name: &str) -> Option<u32> {
        self.names.iter().find(|(known, _)| known == name).map(|(_, number)| *number)
    }

    pub fn has_names(&self) -> bool {
        !self.names.is_empty()
    }

    fn alternation(&mut self, depth: u32) -> Parse<Node> {
        if depth > MAX_DEPTH {
            return Err(Failure::Unknown(format!("groups are nested deeper than {MAX_DEPTH}")));
        }
        let start = self.offset();
        let outer = self.flags;
        let mut branches = vec![self.concatenation(depth)?];
        while self.eat("|") {
            branches.push(self.concatenation(depth)?);
        }
        // Flags that a group sets inside end with it; at the top level they hold for all of the pattern.
        if depth > 0 {
            self.flags = outer;
        }
        let end = self.offset();
        Ok(match branches.len() {
            1 => branches.pop().unwrap_or_else(|| Node::new(Kind::Empty, start, end)),
            _ => Node::new(Kind::Alternate(branches), start, end),
        })
    }

    fn concatenation(&mut self, depth: u32) -> Parse<Node> {
        let start = self.offset();
        let mut nodes = Vec::new();
        loop {
            self.skip_verbose();
            match self.peek() {
                None | Some('|' | ')') => break,
                Some(_) => {}
            }
            let from = self.offset();
            let Some(atom) = self.atom(depth)? else { continue };
            nodes.push(self.quantified(atom, from)?);
        }
        let end = self.offset();
        Ok(match nodes.len() {
            0 => Node::new(Kind::Empty, start, end),
            1 => nodes.pop().unwrap_or_else(|| Node::new(Kind::Empty, start, end)),
            _ => Node::new(Kind::Concat(nodes), start, end),
        })
    }

    /// Skips what `re.VERBOSE` leaves out.
    fn skip_verbose(&mut self) {
        while self.python() && self.flags.verbose {
            match self.peek() {
                Some(c) if c.is_whitespace() => self.at += 1,
                Some('#') => while self.bump().is_some_and(|c| c != '\n') {},
                _ => return,
            }
        }
    }

    fn quantified(&mut self, atom: Node, from: usize) -> Parse<Node> {
        self.skip_verbose();
        let quantifier_start = self.offset();
        let Some((min, max)) = self.quantifier()? else { return Ok(atom) };
        let assertion = matches!(&atom.kind, Kind::Assert(_));
        if assertion && !self.python() {
            return self.invalid("a quantifier after an assertion");
        }
        let mode = match self.peek() {
            Some('?') => Mode::Lazy,
            Some('+') if self.python() => Mode::Possessive,
            _ => Mode::Greedy,
        };
        self.at += usize::from(mode != Mode::Greedy);
        let end = self.offset();
        let quantifier = Span::new(quantifier_start, end);
        let save = self.at;
        self.skip_verbose();
        if self.quantifier()?.is_some() {
            return self.invalid("a quantifier after a quantifier");
        }
        self.at = save;
        Ok(Node::new(Kind::Repeat(Box::new(Repeat { node: atom, min, max, mode, quantifier })), from, end))
    }

    fn quantifier(&mut self) -> Parse<Option<(u32, Option<u32>)>> {
        let bounds = match self.peek() {
            Some('*') => (0, None),
            Some('+') => (1, None),
            Some('?') => (0, Some(1)),
            Some('{') => return self.counted(),
            _ => return Ok(None),
        };
        self.at += 1;
        Ok(Some(bounds))
    }

    /// `{n}`, `{n,}`, `{n,m}` and Python's `{,m}`; anything else in braces is text.
    fn counted(&mut self) -> Parse<Option<(u32, Option<u32>)>> {
        let save = self.at;
        self.at += 1;
        let min = self.number();
        let comma = self.eat(",");
        let max = if comma { self.number() } else { min };
        let closed = self.eat("}");
        let read = closed && if self.python() { min.is_some() || comma } else { min.is_some() };
        if !read {
            self.at = save;
            return Ok(None);
        }
        let min = min.unwrap_or(0);
        if max.is_some_and(|max| max < min) {
            return self.invalid("a repetition whose bounds are out of order");
        }
        Ok(Some((min, max)))
    }

    /// A decimal number; too large ones saturate.
    pub fn number(&mut self) -> Option<u32> {
        let mut value: Option<u32> = None;
        while let Some(digit) = self.peek().and_then(|c| c.to_digit(10)) {
            value = Some(value.unwrap_or(0).saturating_mul(10).saturating_add(digit));
            self.at += 1;
        }
        value
    }

    /// One atom; `None` for what matches nothing by itself (a comment, flags for all of the pattern).
    fn atom(&mut self, depth: u32) -> Parse<Option<Node>> {
        let start = self.offset();
        let Some(c) = self.bump() else { return Ok(None) };
        let kind = match c {
            '(' => match self.group(depth)? {
                Some(kind) => kind,
                None => return Ok(None),
            },
            '[' => self.bracket(start)?,
            '\\' => self.escape()?,
            '.' => self.class(if self.flags.dot_all { CharSet::any() } else { self.newline().complement() }),
            '^' => Kind::Assert(if self.flags.multi_line { Assertion::LineStart } else { Assertion::TextStart }),
            '$' => Kind::Assert(match (self.flags.multi_line, self.python()) {
                (true, _) => Assertion::LineEnd,
                (false, true) => Assertion::TextEndOrNewline,
                (false, false) => Assertion::TextEnd,
            }),
            '*' | '+' | '?' => return self.invalid("a quantifier with nothing before it"),
            '{' | '}' | ']' if self.unicode_mode() => return self.invalid("an unescaped bracket"),
            c => self.literal(c as u32),
        };
        Ok(Some(Node::new(kind, start, self.offset())))
    }

    /// The line ends of the dialect.
    pub fn newline(&self) -> CharSet {
        newline(self.dialect)
    }

    pub fn class(&self, set: CharSet) -> Kind {
        Kind::Class(Class { set, bracket: None })
    }

    pub fn literal(&self, code: u32) -> Kind {
        self.class(self.folded(CharSet::one(code)))
    }

    /// The set under the flags for case.
    pub fn folded(&self, set: CharSet) -> CharSet {
        if !self.flags.ignore_case {
            return set;
        }
        set.fold_case(if self.python() { !self.flags.ascii } else { self.unicode_mode() })
    }

    fn group(&mut self, depth: u32) -> Parse<Option<Kind>> {
        if !self.eat("?") {
            return self.capture(depth).map(Some);
        }
        if self.eat("#") {
            while self.peek().is_some_and(|c| c != ')') {
                self.at += 1;
            }
            return self.close().map(|()| None);
        }
        for (mark, ahead, negative) in
            [("=", true, false), ("!", true, true), ("<=", false, false), ("<!", false, true)]
        {
            if self.eat(mark) {
                let node = self.body(depth)?;
                return Ok(Some(Kind::Look(Box::new(Look { node, ahead, negative }))));
            }
        }
        if self.eat(":") {
            return Ok(Some(Kind::Group(Box::new(self.body(depth)?), None)));
        }
        if self.eat(">") {
            return Ok(Some(Kind::Atomic(Box::new(self.body(depth)?))));
        }
        if self.eat("P=") {
            let name = self.name(')')?;
            return self.reference_named(&name).map(Some);
        }
        if self.eat("P<") || self.eat("<") {
            self.name('>')?;
            return self.capture(depth).map(Some);
        }
        if self.eat("(") {
            return self.conditional(depth).map(Some);
        }
        self.inline_flags(depth)
    }

    fn capture(&mut self, depth: u32) -> Parse<Kind> {
        self.opened += 1;
        let number = self.opened;
        Ok(Kind::Group(Box::new(self.body(depth)?), Some(number)))
    }

    fn body(&mut self, depth: u32) -> Parse<Node> {
        let node = self.alternation(depth + 1)?;
        self.close()?;
        Ok(node)
    }

    fn close(&mut self) -> Parse<()> {
        if self.eat(")") { Ok(()) } else { self.invalid("a group that is not closed") }
    }

    /// The text up to the closing mark, which is consumed.
    pub fn name(&mut self, close: char) -> Parse<String> {
        let mut name = String::new();
        loop {
            match self.bump() {
                Some(c) if c == close && !name.is_empty() => return Ok(name),
                Some(c) if c.is_alphanumeric() || c == '_' || c == '$' => name.push(c),
                _ => return self.invalid("a bad group name"),
            }
        }
    }

    pub fn reference_named(&self, name: &str) -> Parse<Kind> {
        match self.group_named(name) {
            Some(number) => Ok(Kind::Backreference(number)),
            None => self.invalid("a reference to an unknown group"),
        }
    }

    fn conditional(&mut self, depth: u32) -> Parse<Kind> {
        let name = self.name(')')?;
        let known = name.parse().ok().filter(|n| (1..=self.total).contains(n)).or_else(|| self.group_named(&name));
        let Some(number) = known else { return self.invalid("a condition on an unknown group") };
        let body = self.body(depth)?;
        let end = body.span.range().end;
        let (yes, no) = match body.kind {
            Kind::Alternate(mut branches) if branches.len() == 2 => match (branches.pop(), branches.pop()) {
                (Some(no), Some(yes)) => (yes, no),
                _ => return self.invalid("a condition without branches"),
            },
            Kind::Alternate(_) => return self.invalid("a condition with more than two branches"),
            kind => (Node { kind, span: body.span }, Node::new(Kind::Empty, end, end)),
        };
        Ok(Kind::Conditional(number, Box::new((yes, no))))
    }

    /// `(?i)`, `(?im-s:…)`.
    fn inline_flags(&mut self, depth: u32) -> Parse<Option<Kind>> {
        let outer = self.flags;
        let mut on = true;
        loop {
            match self.bump() {
                Some('-') if on => on = false,
                Some(')') if self.python() => return Ok(None),
                Some(':') => break,
                Some(c) if "imsxauL".contains(c) || (self.java() && matches!(c, 'd' | 'U')) => {
                    self.flags.set(c, on, self.dialect);
                }
                _ => return self.invalid("an unknown kind of group"),
            }
        }
        let body = self.body(depth);
        self.flags = outer;
        Ok(Some(Kind::Group(Box::new(body?), None)))
    }
}

/// The line ends of a dialect.
pub(super) fn newline(dialect: Dialect) -> CharSet {
    match dialect {
        Dialect::Python => charset::PYTHON_NEWLINE.clone(),
        Dialect::JavaScript | Dialect::Java => charset::ECMA_NEWLINE.clone(),
    }
}
