//! Classes of regular expressions whose ranges take in more than was meant: `[A-z]` has six signs between the letters,
//! `[.-_]` all digits and capital letters, `[a-fA-f]` all small letters.

use std::collections::BTreeMap;

use super::{CheckFinding, Context};
use crate::finding::Confidence;
use crate::syntax::hir::{ExprKind, FunctionId, Language, Literal, Span};

/// What stands in a class.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Item {
    Char(char),
    /// A range, and whether both ends are written as they are.
    Range(char, char, bool),
    /// An escape for several characters.
    Set,
}

/// Judges every pattern of the file, each once.
pub fn check(context: &Context<'_>) -> Vec<CheckFinding> {
    let used = context.facts.patterns.iter().map(|f| (f.literal, (f.pattern.as_str(), f.function)));
    let mut all: BTreeMap<Span, (&str, FunctionId)> = used.collect();
    for expr in &context.file.exprs {
        if let ExprKind::Literal(Literal::Regex { pattern, .. }) = &expr.kind {
            all.entry(expr.span).or_insert_with(|| (pattern, context.function_at(expr.span)));
        }
    }
    let nested = context.file.language == Language::Java;
    let judged = all.into_iter().filter_map(|(span, (pattern, function))| {
        let message = classes(pattern, nested).iter().find_map(|class| judge(class))?;
        Some(CheckFinding {
            span,
            function,
            sink: "a regular expression".to_string(),
            message: Some(message),
            confidence: Confidence::Medium,
            flow: Vec::new(),
        })
    });
    judged.collect()
}

/// What is wrong with a class.
fn judge(items: &[Item]) -> Option<String> {
    let ranges: Vec<(char, char, bool)> = (items.iter())
        .filter_map(|item| match item {
            Item::Range(low, high, plain) => Some((*low, *high, *plain)),
            _ => None,
        })
        .collect();
    for (i, &(low, high, plain)) in ranges.iter().enumerate() {
        if low > high {
            return Some(format!("The range `{low}-{high}` is empty"));
        }
        let other = ranges.iter().take(i).find(|(l, h, _)| low <= *h && *l <= high);
        if let Some((l, h, _)) = other.filter(|o| !is_wide(**o) && !is_wide((low, high, plain))) {
            return Some(format!("The range `{low}-{high}` overlaps with `{l}-{h}` of the same class"));
        }
        if plain && takes_in_more(low, high) {
            return Some(format!("The range `{low}-{high}` takes in more than its ends say: {}", between(low, high)));
        }
    }
    None
}

/// Ranges that are written for whole alphabets.
fn is_wide((low, high, plain): (char, char, bool)) -> bool {
    !plain || !low.is_ascii() || !high.is_ascii() || high >= '~' || low <= ' '
}

/// Whether a range joins characters of different kinds with others between them.
fn takes_in_more(low: char, high: char) -> bool {
    if is_wide((low, high, true)) {
        return false;
    }
    let kind = |c: char| match c {
        '0'..='9' => 1,
        'a'..='z' => 2,
        'A'..='Z' => 3,
        _ => 0,
    };
    match (kind(low), kind(high)) {
        (0, 0) => (low..=high).any(|c| c.is_ascii_alphanumeric()),
        (a, b) => a != b,
    }
}

/// Some of the characters of a range that its ends do not show.
fn between(low: char, high: char) -> String {
    let letters = low.is_ascii_alphanumeric() && high.is_ascii_alphanumeric();
    let other = |c: &char| !(letters && c.is_ascii_alphanumeric());
    let inside: String = (low..=high).filter(other).filter(|c| *c != low && *c != high).take(8).collect();
    format!("`{inside}` among others")
}

/// The classes of a pattern; with nested ones (Java's) a class that holds another is left out.
fn classes(pattern: &str, nested: bool) -> Vec<Vec<Item>> {
    let chars: Vec<char> = pattern.chars().collect();
    let mut out = Vec::new();
    let mut at = 0;
    while let Some(&c) = chars.get(at) {
        match c {
            '\\' => at += 2,
            '[' => {
                let (class, behind) = class(&chars, at + 1, nested);
                out.extend(class);
                at = behind;
            }
            _ => at += 1,
        }
    }
    out
}

/// A class from behind its bracket, and the place behind it; none where it is not a plain one.
fn class(chars: &[char], start: usize, nested: bool) -> (Option<Vec<Item>>, usize) {
    let mut at = start + usize::from(chars.get(start) == Some(&'^'));
    let first = at;
    let mut items: Vec<Item> = Vec::new();
    let mut plain = true;
    let mut depth = 0usize;
    while let Some(&c) = chars.get(at) {
        if c == ']' && at != first {
            if depth == 0 {
                return (plain.then_some(items), at + 1);
            }
            depth -= 1;
            at += 1;
            continue;
        }
        if c == '[' && (nested || chars.get(at + 1) == Some(&':')) {
            plain = false;
            depth += 1;
            at += 1;
            continue;
        }
        let (low, written, next) = member(chars, at);
        at = next;
        let end = (chars.get(at) == Some(&'-')).then(|| chars.get(at + 1)).flatten().filter(|c| **c != ']');
        let (Some(low), Some(_)) = (low, end) else {
            items.push(low.map_or(Item::Set, Item::Char));
            continue;
        };
        let (high, also_written, behind) = member(chars, at + 1);
        at = behind;
        items.push(high.map_or(Item::Set, |high| Item::Range(low, high, written && also_written)));
    }
    (None, at)
}

/// A member of a class: its character, none for a set; whether it is written as it is; the place behind it.
fn member(chars: &[char], at: usize) -> (Option<char>, bool, usize) {
    let Some(&c) = chars.get(at) else { return (None, false, at + 1) };
    if c != '\\' {
        return (Some(c), true, at + 1);
    }
    let Some(&escaped) = chars.get(at + 1) else { return (None, false, at + 1) };
    let digits = |count: usize| {
        let text: String = chars.iter().skip(at + 2).take(count).collect();
        u32::from_str_radix(&text, 16).ok().filter(|_| text.len() == count).and_then(char::from_u32)
    };
    match escaped {
        'x' => (digits(2), false, at + 4),
        'u' => (digits(4), false, at + 6),
        c if c.is_ascii_alphanumeric() => (None, false, at + 2),
        c => (Some(c), true, at + 2),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wrong(pattern: &str) -> bool {
        classes(pattern, true).iter().any(|class| judge(class).is_some())
    }

    #[test]
    fn ranges_that_take_in_more_than_was_meant() {
        for pattern in
            ["[A-z]", "[a-zA-z0-9]", "[$-`]", "x[%+-<]", "[a-z1-9.-_]+", "[7-F]", "[0-93-5]", "[z-a]", "[0-9a-fA-f]"]
        {
            assert!(wrong(pattern), "{pattern}");
        }
    }

    #[test]
    fn ranges_that_are_meant() {
        for pattern in [
            "[a-zA-Z0-9._%+-]",
            "[!-~]",
            "[ -~]",
            r"[\x00-\x7F]",
            r"[^\x21-\x7E]",
            "[+-.]",
            r"[\w.-]",
            r"[\]-]",
            "[]a-z]",
            r"\[A-z\]",
            "[[A-Z]A-z]",
            "[#-~| |!]",
            "[à-ÿ]",
            "[-a-z]",
            "[a-f0-5]",
        ] {
            assert!(!wrong(pattern), "{pattern}");
        }
    }
}
