//! Where in a SQL statement values stand: which of them can be bound, and what goes with them (the quotes around).

use crate::harden::template::built::{Built, Unit};

/// A value that can be bound, or several that stand in one SQL string together with constant text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// The first unit that the placeholder replaces: the opening quote or the value.
    pub first: usize,
    /// The last one.
    pub last: usize,
    /// Whether it stood in quotes.
    pub quoted: bool,
    /// Whether it counts rows (`LIMIT`, `OFFSET`), for which some drivers take numbers alone.
    pub counts: bool,
}

/// What a statement holds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Positions {
    /// What can be bound, in order.
    pub groups: Vec<Group>,
    /// Values that cannot be: names of tables and columns, parts of clauses.
    pub kept: Vec<usize>,
    /// How many placeholders `?` there were before each group; the last number counts all.
    pub marks_before: Vec<usize>,
}

/// The statements whose values can be bound.
const BINDING: &[&str] = &["SELECT", "INSERT", "UPDATE", "DELETE", "REPLACE", "MERGE", "WITH", "CALL"];

/// Behind these a value stands.
const BEFORE_VALUE: &[&str] = &[
    "=", "<", ">", "<=", ">=", "<>", "!=", "==", "LIKE", "ILIKE", "GLOB", "REGEXP", "RLIKE", "BETWEEN", "||", "+", "-",
];

/// Behind these a string in quotes is a value too.
const BEFORE_STRING: &[&str] = &["(", ",", "THEN", "ELSE", "WHEN"];

/// Reads a statement; none where it is no statement that binds values, or a value stands where its end cannot be told
/// (a comment, a string in another string's quotes). `double`: whether `"…"` is a string rather than a name.
pub fn read(built: &Built, double: bool, mark: &str) -> Option<Positions> {
    let mut scan =
        Scan { built, at: 0, tokens: Vec::new(), parens: Vec::new(), out: Positions::default(), double, marks: 0 };
    while scan.at < built.units.len() {
        scan.step(mark)?;
    }
    scan.out.marks_before.push(scan.marks);
    let first = scan.tokens.first()?;
    BINDING.contains(&first.as_str()).then_some(scan.out)
}

struct Scan<'b> {
    built: &'b Built,
    at: usize,
    tokens: Vec<String>,
    /// The token before each open parenthesis.
    parens: Vec<String>,
    out: Positions,
    double: bool,
    marks: usize,
}

impl Scan<'_> {
    fn char_at(&self, at: usize) -> Option<char> {
        match self.built.units.get(at) {
            Some(Unit::Char(c, ..)) => Some(*c),
            _ => None,
        }
    }

    fn step(&mut self, mark: &str) -> Option<()> {
        let Some(c) = self.char_at(self.at) else { return self.bare_value() };
        let two: String = [Some(c), self.char_at(self.at + 1)].into_iter().flatten().collect();
        match c {
            _ if two == "--" || two == "/*" || c == '#' || c == ';' => self.ending(c)?,
            '\'' | '"' | '`' => self.quoted(c)?,
            _ if c.is_whitespace() => self.at += 1,
            _ if c.is_alphanumeric() || c == '_' => self.word(),
            '(' => {
                self.parens.push(self.tokens.last().cloned().unwrap_or_default());
                self.token("(", 1);
            }
            ')' => {
                self.parens.pop();
                self.token(")", 1);
            }
            _ if two == mark => {
                self.marks += 1;
                self.token("?", 2);
            }
            _ if c.to_string() == mark => {
                self.marks += 1;
                self.token("?", 1);
            }
            _ if ["<=", ">=", "<>", "!=", "||", "=="].contains(&two.as_str()) => self.token(&two.clone(), 2),
            _ => self.token(&c.to_string(), 1),
        }
        Some(())
    }

    fn token(&mut self, text: &str, len: usize) {
        self.tokens.push(text.to_ascii_uppercase());
        self.at += len;
    }

    fn word(&mut self) {
        let start = self.at;
        let part = |c: char| c.is_alphanumeric() || c == '_' || c == '.' || c == '$';
        while self.char_at(self.at).is_some_and(part) {
            self.at += 1;
        }
        let text: String = (start..self.at).filter_map(|i| self.char_at(i)).collect();
        self.tokens.push(text.to_ascii_uppercase());
    }

    /// A comment, or the end of the statement: constant text may follow, values may not.
    fn ending(&mut self, c: char) -> Option<()> {
        let rest = self.built.units.get(self.at..).unwrap_or_default();
        let blank = |u: &Unit| matches!(u, Unit::Char(c, ..) if c.is_whitespace() || *c == ';');
        let harmless = if c == ';' { rest.iter().all(blank) } else { rest.iter().all(|u| matches!(u, Unit::Char(..))) };
        self.at = self.built.units.len();
        harmless.then_some(())
    }

    fn bare_value(&mut self) -> Option<()> {
        let Some(Unit::Value(number)) = self.built.units.get(self.at).copied() else { return None };
        let last = self.tokens.last().map_or("", String::as_str);
        let counts = matches!(last, "LIMIT" | "OFFSET");
        let listed = matches!(last, "(" | ",") && self.parens.last().is_some_and(|p| p == "VALUES");
        let stands = counts || listed || BEFORE_VALUE.contains(&last) || self.ends_between();
        let alone = match self.built.units.get(self.at + 1) {
            Some(Unit::Char(c, ..)) => c.is_whitespace() || matches!(c, ',' | ')' | ';'),
            Some(Unit::Value(_)) => false,
            None => true,
        };
        let space_before =
            self.at == 0 || self.char_at(self.at - 1).is_some_and(|c| c.is_whitespace() || "=<>(,+-|".contains(c));
        if stands && alone && space_before {
            self.group(Group { first: self.at, last: self.at, quoted: false, counts });
        } else {
            self.out.kept.push(number);
            self.tokens.push("…".to_string());
        }
        self.at += 1;
        Some(())
    }

    /// `BETWEEN x AND` stands in front.
    fn ends_between(&self) -> bool {
        let n = self.tokens.len();
        self.tokens.last().is_some_and(|t| t == "AND")
            && n >= 3
            && self.tokens.get(n - 3).is_some_and(|t| t == "BETWEEN")
    }

    /// A string or a quoted name, to its end.
    fn quoted(&mut self, quote: char) -> Option<()> {
        let first = self.at;
        let mut holds = false;
        self.at += 1;
        loop {
            match self.built.units.get(self.at)? {
                Unit::Value(_) => holds = true,
                Unit::Char('\\', ..) => {
                    // A backslash escapes in some dialects and not in others.
                    if holds {
                        return None;
                    }
                    self.at += 1;
                }
                Unit::Char(c, ..) if *c == quote => {
                    if self.char_at(self.at + 1) != Some(quote) {
                        break;
                    }
                    self.at += 1;
                }
                Unit::Char(..) => {}
            }
            self.at += 1;
        }
        let last = self.at;
        self.at += 1;
        if !holds {
            self.tokens.push(quote.to_string());
            return Some(());
        }
        let before = self.tokens.last().map_or("", String::as_str);
        let string = quote == '\'' || (quote == '"' && self.double);
        let in_parens = !self.parens.is_empty() || !matches!(before, "(" | ",");
        let stands = BEFORE_VALUE.contains(&before)
            || self.ends_between()
            || (BEFORE_STRING.contains(&before) && in_parens)
            || (before == "," && self.tokens.iter().any(|t| t == "SET"));
        if !string || !stands {
            return None;
        }
        self.group(Group { first, last, quoted: true, counts: false });
        Some(())
    }

    fn group(&mut self, group: Group) {
        self.out.marks_before.push(self.marks);
        self.out.groups.push(group);
        self.tokens.push("?".to_string());
    }
}
