//! Path patterns and places: the two small grammars of the model files (see `schema`), parsed.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

/// A path as the library's documentation writes it: without the states that the models tell apart
/// (`java.security.MessageDigest#weak.digest`) and without the sign of an unknown receiver.
pub fn documented(path: &str) -> Cow<'_, str> {
    let path = path.trim_start_matches("?.");
    if !path.contains('#') {
        return Cow::Borrowed(path);
    }
    let mut out = String::with_capacity(path.len());
    let mut rest = path;
    while let Some((before, behind)) = rest.split_once('#') {
        out.push_str(before);
        rest = behind;
        // A member of JavaScript's whose name begins with the sign is private, and no state.
        if before.is_empty() || before.ends_with('.') {
            out.push('#');
        } else {
            rest = behind.trim_start_matches(|c: char| c.is_ascii_lowercase() || c == '-');
        }
    }
    out.push_str(rest);
    Cow::Owned(out)
}

/// A path pattern.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pattern {
    /// Whether it began with `*.`: a receiver of unknown or unmodelled type.
    pub any_receiver: bool,
    /// The segments, without that leading one.
    pub segments: Vec<Segment>,
}

/// A segment of a pattern.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Segment {
    /// Any one segment.
    Any,
    /// One of these.
    OneOf(Vec<String>),
}

impl Segment {
    fn fits(&self, text: &str) -> bool {
        match self {
            Segment::Any => true,
            Segment::OneOf(texts) => texts.iter().any(|t| t == text),
        }
    }
}

impl Pattern {
    /// Parses a pattern; the error says what is wrong.
    pub fn parse(text: &str) -> Result<Pattern, String> {
        let text = text.trim();
        let (any_receiver, rest) = match text.strip_prefix("*.") {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let mut segments = Vec::new();
        for part in split_segments(rest)? {
            segments.push(
                parse_segment(part).ok_or_else(|| format!("`{text}`: `{part}` is no segment of a path pattern"))?,
            );
        }
        if segments.is_empty() {
            return Err(format!("`{text}`: an empty path pattern"));
        }
        Ok(Pattern { any_receiver, segments })
    }

    /// The texts of the last segment; empty when it is any.
    pub fn last(&self) -> &[String] {
        match self.segments.last() {
            Some(Segment::OneOf(texts)) => texts,
            _ => &[],
        }
    }

    /// Every owner (the path without its last segment) that the pattern spells out.
    pub fn owners(&self) -> Vec<String> {
        let mut owners = vec![String::new()];
        if self.any_receiver {
            return Vec::new();
        }
        for segment in &self.segments[..self.segments.len().saturating_sub(1)] {
            let Segment::OneOf(texts) = segment else { return Vec::new() };
            owners = owners
                .iter()
                .flat_map(|o| texts.iter().map(move |t| if o.is_empty() { t.clone() } else { format!("{o}.{t}") }))
                .collect();
        }
        owners.retain(|o| !o.is_empty());
        owners
    }

    /// Whether a path fits, its leading `*` left out of account: with it, the path's last segments have to fit, and there has
    /// to be something before them.
    pub fn fits(&self, path: &str) -> bool {
        self.fits_parts(path.rsplit('.'))
    }

    /// The same for a path that has been split, its last segment first.
    pub fn fits_parts<'p>(&self, mut parts: impl Iterator<Item = &'p str>) -> bool {
        for segment in self.segments.iter().rev() {
            match parts.next() {
                Some(part) if segment.fits(part) => {}
                _ => return false,
            }
        }
        let rest = parts.next();
        if self.any_receiver { rest.is_some() } else { rest.is_none() }
    }
}

fn split_segments(text: &str) -> Result<Vec<&str>, String> {
    let mut parts = Vec::new();
    let (mut depth, mut start) = (0i32, 0);
    for (i, c) in text.char_indices() {
        match c {
            '{' | '(' => depth += 1,
            '}' | ')' => depth -= 1,
            '.' if depth == 0 => {
                parts.push(&text[start..i]);
                start = i + 1;
            }
            _ => {}
        }
        if depth < 0 {
            return Err(format!("`{text}`: a brace is closed that is not open"));
        }
    }
    if depth != 0 {
        return Err(format!("`{text}`: a brace is not closed"));
    }
    parts.push(&text[start..]);
    Ok(parts)
}

fn parse_segment(text: &str) -> Option<Segment> {
    if text == "*" {
        return Some(Segment::Any);
    }
    if let Some(inner) = text.strip_prefix("key(").and_then(|t| t.strip_suffix(')')) {
        return parse_segment(inner.trim_matches(['"', '\'']));
    }
    // Braces may stand within a segment: `set{Header,Cookie}`.
    let Some((before, rest)) = text.split_once('{') else {
        return Some(Segment::OneOf(vec![text.to_string()]));
    };
    let (inside, after) = rest.split_once('}')?;
    if after.contains(['{', '}']) {
        return None;
    }
    Some(Segment::OneOf(inside.split(',').map(|t| format!("{before}{}{after}", t.trim())).collect()))
}

/// A place at a call, an assignment or a read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// Where it starts.
    pub base: Base,
    /// What is taken of that, in order.
    pub tail: Vec<Access>,
}

/// Where a place starts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Base {
    /// Arguments.
    Arg(ArgSelector),
    /// What a method is called on.
    Receiver,
    /// What the receiver is a member or a method's result of.
    Owner,
    /// The result.
    Return,
    /// What is called.
    Callee,
    /// What is assigned or read.
    Value,
}

/// Which arguments.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum ArgSelector {
    /// All of them.
    All,
    /// All positional ones from this position on.
    From(u32),
    /// One: by position (negative from the end) and by keyword, whichever is there.
    One {
        /// The position.
        index: Option<i32>,
        /// The keyword.
        name: Option<String>,
    },
}

/// A step into a value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Access {
    /// A field or constant key.
    Key(String),
    /// Any element.
    Element,
    /// A parameter of a function.
    Param(u32),
}

impl Place {
    /// Parses a place; the error says what is wrong.
    pub fn parse(text: &str) -> Result<Place, String> {
        let text = text.trim();
        let mut parts = split_place(text).into_iter();
        let base = parts.next().and_then(parse_base).ok_or_else(|| {
            format!("`{text}` is no place: it begins with arg[…], receiver, owner, return, callee or value")
        })?;
        let mut tail = Vec::new();
        for part in parts {
            tail.push(
                parse_access(part)
                    .ok_or_else(|| format!("`{text}`: `{part}` is no field, key(…), element or param[n]"))?,
            );
        }
        Ok(Place { base, tail })
    }
}

fn split_place(text: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let (mut depth, mut start) = (0i32, 0);
    for (i, c) in text.char_indices() {
        match c {
            '[' | '(' => depth += 1,
            ']' | ')' => depth -= 1,
            '.' if depth == 0 => {
                parts.push(&text[start..i]);
                start = i + 1;
            }
            _ => {}
        }
    }
    parts.push(&text[start..]);
    parts
}

fn parse_base(text: &str) -> Option<Base> {
    match text {
        "receiver" => return Some(Base::Receiver),
        "owner" => return Some(Base::Owner),
        "return" => return Some(Base::Return),
        "callee" => return Some(Base::Callee),
        "value" => return Some(Base::Value),
        _ => {}
    }
    let inner = text.strip_prefix("arg[")?.strip_suffix(']')?;
    if inner == "*" {
        return Some(Base::Arg(ArgSelector::All));
    }
    if let Some(from) = inner.strip_suffix(':') {
        return from.parse().ok().map(|n| Base::Arg(ArgSelector::From(n)));
    }
    let (mut index, mut name) = (None, None);
    for option in inner.split('|').map(str::trim) {
        match option.parse::<i32>() {
            Ok(n) if index.is_none() => index = Some(n),
            Err(_) if name.is_none() && !option.is_empty() => name = Some(option.to_string()),
            _ => return None,
        }
    }
    Some(Base::Arg(ArgSelector::One { index, name }))
}

fn parse_access(text: &str) -> Option<Access> {
    if text == "element" {
        return Some(Access::Element);
    }
    if let Some(n) = text.strip_prefix("param[").and_then(|t| t.strip_suffix(']')) {
        return n.parse().ok().map(Access::Param);
    }
    if let Some(key) = text.strip_prefix("key(").and_then(|t| t.strip_suffix(')')) {
        return Some(Access::Key(key.trim_matches(['"', '\'']).to_string()));
    }
    let plain = !text.is_empty() && !text.contains(['[', ']', '(', ')', ' ']);
    plain.then(|| Access::Key(text.to_string()))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn states_are_not_shown() {
        let shown = [
            ("java.security.MessageDigest#weak.digest", "java.security.MessageDigest.digest"),
            ("javax.xml.transform.TransformerFactory#without-dtd", "javax.xml.transform.TransformerFactory"),
            ("crypto.Hash#fast.update().digest", "crypto.Hash.update().digest"),
            ("a.B#one.c#two()", "a.B.c()"),
            ("?.execute", "execute"),
            ("this.#hidden.run", "this.#hidden.run"),
            ("#hidden", "#hidden"),
            ("os.system", "os.system"),
        ];
        for (path, known) in shown {
            assert_eq!(documented(path), known);
        }
    }

    #[test]
    fn patterns() {
        let fits = |pattern: &str, path: &str| Pattern::parse(pattern).unwrap().fits(path);
        assert!(fits("sqlite3.Cursor.{execute,executemany}", "sqlite3.Cursor.executemany"));
        assert!(!fits("sqlite3.Cursor.execute", "x.sqlite3.Cursor.execute"));
        assert!(fits("*.execute", "a.b.execute") && fits("*.execute", "?.execute") && !fits("*.execute", "execute"));
        assert!(fits("requests.*", "requests.get") && !fits("requests.*", "requests.a.get"));
        assert!(fits("flask.Flask.config.key(DEBUG)", "flask.Flask.config.DEBUG"));
        assert!(fits("express.Response.set{Header,}", "express.Response.set"));
        assert_eq!(Pattern::parse("a.{b,c}.d").unwrap().owners(), ["a.b", "a.c"]);
        assert!(Pattern::parse("a.{b").is_err());
    }

    #[test]
    fn places() {
        let place = Place::parse("arg[2|options].key(cookie).secure").unwrap();
        assert_eq!(place.base, Base::Arg(ArgSelector::One { index: Some(2), name: Some("options".into()) }));
        assert_eq!(place.tail, [Access::Key("cookie".into()), Access::Key("secure".into())]);
        assert_eq!(Place::parse("arg[1:].param[0]").unwrap().base, Base::Arg(ArgSelector::From(1)));
        assert!(Place::parse("argument").is_err() && Place::parse("arg[1|2]").is_err());
    }
}
