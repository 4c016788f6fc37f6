//! The constant texts that the matches of a pattern end in: the extensions that an allow-list of file names admits.

use super::ast::{Assertion, Kind, Node};
use super::{Dialect, Flags, MatchKind, parse};

/// The most ends that are told apart, and the characters that one may have.
const MAX_ENDS: usize = 64;
const MAX_LENGTH: usize = 16;
/// A set of more characters than a letter has forms is a choice, no constant.
const MAX_FORMS: usize = 3;
/// Repetitions of more turns are no constant.
const MAX_TURNS: u32 = 2;

/// The end of a match, read backwards.
#[derive(Clone, Debug, PartialEq)]
struct End {
    /// What it is, in small letters.
    text: String,
    /// Whether the text is known to end here.
    at_end: bool,
    /// Whether nothing more is known of what stands in front.
    complete: bool,
}

/// The texts of which every text that the pattern lets through ends in one, in small letters; of each only the part from its
/// last dot on. `None` where the pattern leaves the end open, or allows too many.
pub fn constant_ends(pattern: &str, dialect: Dialect, flags: Flags, kind: MatchKind) -> Option<Vec<String>> {
    let parsed = parse::parse(pattern, dialect, flags).ok()?;
    let whole = kind == MatchKind::FullMatch;
    let start = End { text: String::new(), at_end: whole, complete: false };
    let ends = before(&parsed.root, vec![start])?;
    let known = ends.iter().all(|end| end.at_end && !end.text.is_empty());
    known.then(|| ends.into_iter().map(|end| end.text).collect())
}

/// What the ends become with a node in front of them.
fn before(node: &Node, ends: Vec<End>) -> Option<Vec<End>> {
    if ends.len() > MAX_ENDS {
        return None;
    }
    Some(match &node.kind {
        Kind::Empty | Kind::Look(_) => ends,
        Kind::Assert(Assertion::TextEnd | Assertion::TextEndOrNewline) => {
            ends.into_iter().map(|end| End { at_end: true, ..end }).collect()
        }
        Kind::Assert(_) => ends,
        Kind::Class(class) => {
            let forms = forms(class.set.ranges());
            ends.into_iter().flat_map(|end| end.behind(forms.as_deref())).collect()
        }
        Kind::Concat(nodes) => nodes.iter().rev().try_fold(ends, |ends, node| before(node, ends))?,
        Kind::Alternate(nodes) => {
            let mut all = Vec::new();
            for node in nodes {
                all.extend(before(node, ends.clone())?);
            }
            all
        }
        Kind::Group(inner, _) | Kind::Atomic(inner) => before(inner, ends)?,
        Kind::Repeat(repeat) if repeat.max.is_some_and(|max| max <= MAX_TURNS) => {
            let mut all = Vec::new();
            let mut turned = ends;
            for turn in 0..=repeat.max.unwrap_or_default() {
                if turn >= repeat.min {
                    all.extend(turned.iter().cloned());
                }
                turned = before(&repeat.node, turned)?;
            }
            all
        }
        // A repetition that may be left out leaves what is in front of it.
        Kind::Repeat(_) | Kind::Backreference(_) | Kind::Conditional(..) => {
            ends.into_iter().map(|end| End { complete: true, ..end }).collect()
        }
    })
}

impl End {
    /// The end with one character in front of it: one of these, or any.
    fn behind(self, forms: Option<&[char]>) -> Vec<End> {
        if self.complete {
            return vec![self];
        }
        let Some(forms) = forms.filter(|_| self.text.len() < MAX_LENGTH) else {
            return vec![End { complete: true, ..self }];
        };
        let with = |c: &char| End { text: format!("{c}{}", self.text), complete: *c == '.', ..self.clone() };
        forms.iter().map(with).collect()
    }
}

/// The small letters of a set that holds the forms of few characters.
fn forms(ranges: &[(u32, u32)]) -> Option<Vec<char>> {
    let size: u64 = ranges.iter().map(|(from, to)| u64::from(to - from) + 1).sum();
    if size > MAX_FORMS as u64 {
        return None;
    }
    let codes = ranges.iter().flat_map(|(from, to)| *from..=*to).filter_map(char::from_u32);
    let mut small: Vec<char> = codes.flat_map(char::to_lowercase).collect();
    small.sort_unstable();
    small.dedup();
    Some(small)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn ends(pattern: &str, flags: &str, kind: MatchKind) -> Option<String> {
        let flags = Flags::from_letters(flags, Dialect::JavaScript);
        let mut found = constant_ends(pattern, Dialect::JavaScript, flags, kind)?;
        found.sort();
        found.dedup();
        Some(found.join(" "))
    }

    #[test]
    fn patterns_that_fix_the_end() {
        for (pattern, expected) in [
            (r"^[\w.-]+\.pdf$", ".pdf"),
            (r"\.(jpe?g|png)$", ".jpeg .jpg .png"),
            (r"^\w+(\.tar)?\.gz$", ".gz"),
            (r"^\w+\.[pP][dD][fF]$", ".pdf"),
            (r"^report-\d+$|^x\.csv$", "csv"),
        ] {
            let found = ends(pattern, "", MatchKind::Search);
            assert_eq!(found.as_deref(), (expected != "csv").then_some(expected), "{pattern}");
        }
        assert_eq!(ends(r"\.(gif|png)$", "i", MatchKind::Search).as_deref(), Some(".gif .png"));
        assert_eq!(ends(r"\w+\.pdf", "", MatchKind::FullMatch).as_deref(), Some(".pdf"));
    }

    #[test]
    fn patterns_that_leave_the_end_open() {
        for pattern in [r"^[\w.-]+$", r"^\w+\.pdf", r"\.pdf", r"^\w+\.[a-z]{2,4}$", r"\.\w+$", r"^(\w+\.pdf)?.*$"] {
            assert_eq!(ends(pattern, "", MatchKind::Search), None, "{pattern}");
        }
        let many = "(a|b|c)".repeat(40);
        assert_eq!(ends(&format!("{many}$"), "", MatchKind::Search).map(|e| e.len() < 2000), None);
    }
}
