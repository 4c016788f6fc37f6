//! Text that somebody else wrote, for GitHub-flavoured Markdown.
//!
//! Markup is switched off by character references, which no Markdown parser reads as structure. References to people,
//! issues and addresses need more: GitHub looks for them in the finished page, after the references were resolved. In
//! code it does not look; in prose a character without width breaks them up.

use std::fmt::Write;

use crate::report::text::{push_visible, visible};

/// Where on the page a text stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum At {
    /// In a paragraph or a list.
    Line,
    /// In a cell of a table, which a bar would end.
    Cell,
    /// In HTML, where Markdown is not read.
    Html,
}

/// Prose. Pairs of backticks in it make code; everything else stays what it is. Never spans more than one line.
pub fn prose(at: At, text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    let mut rest = text;
    while let Some((before, quoted)) = rest.split_once('`') {
        plain(&mut out, before);
        match quoted.split_once('`') {
            Some((inside, after)) if !inside.is_empty() => {
                out.push_str(&code(at, inside));
                rest = after;
            }
            _ => {
                out.push_str("&#96;");
                rest = quoted;
            }
        }
    }
    plain(&mut out, rest);
    out
}

/// Code inside a line.
pub fn code(at: At, text: &str) -> String {
    let shown = visible(text);
    if at == At::Html || (at == At::Cell && shown.contains('|')) || shown.trim().is_empty() {
        return format!("<code>{}</code>", references(&shown));
    }
    let fence = "`".repeat(longest_fence(&shown) + 1);
    // One space on each side is taken off again; it keeps a backtick at the edge away from the fence.
    let edge = |c: char| c == '`' || c == ' ';
    let pad = if shown.starts_with(edge) || shown.ends_with(edge) { " " } else { "" };
    format!("{fence}{pad}{shown}{pad}{fence}")
}

/// A block of code in a fence that its content cannot close, with hidden characters visible.
pub fn block(language: &str, text: &str) -> String {
    let mut shown = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        if c == '\n' || c == '\t' { shown.push(c) } else { push_visible(&mut shown, c) }
    }
    let fence = "`".repeat(longest_fence(&shown).max(2) + 1);
    let end = if shown.ends_with('\n') { "" } else { "\n" };
    format!("{fence}{language}\n{shown}{end}{fence}\n")
}

/// The length of the longest run of backticks.
fn longest_fence(text: &str) -> usize {
    text.split(|c| c != '`').map(str::len).max().unwrap_or(0)
}

fn plain(out: &mut String, text: &str) {
    let mut text = references(&visible(text));
    // The references stand for `@`, `#` and the colon and dot of an address; what follows each is kept apart from it.
    for (reference, apart) in
        [("&#64;", "&#64;&#8203;"), ("&#35;", "&#35;&#8203;"), ("&#58;", "&#58;&#8203;"), ("&#46;", "&#46;&#8203;")]
    {
        text = text.replace(reference, apart);
    }
    out.push_str(&apart(&text));
}

/// `GH-1` with a character without width after `GH`, in any case of letters.
fn apart(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('-') {
        let (before, after) = rest.split_at(at);
        out.push_str(before);
        if before.len() >= 2 && before.get(before.len() - 2..).is_some_and(|two| two.eq_ignore_ascii_case("gh")) {
            out.push_str("&#8203;");
        }
        out.push('-');
        rest = after.get(1..).unwrap_or("");
    }
    out.push_str(rest);
    out
}

/// The text with a character reference for everything that Markdown or HTML could read as markup, and for what makes a
/// bare web address.
fn references(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    let mut before = '\0';
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        let address = match c {
            ':' => chars.peek() == Some(&'/'),
            '.' => before.eq_ignore_ascii_case(&'w'),
            _ => false,
        };
        if address || "\\`*_{}[]<>|~$&#@!\"".contains(c) {
            // Writing to a String cannot fail.
            let _ = write!(out, "&#{};", u32::from(c));
        } else {
            out.push(c);
        }
        before = c;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_and_references_are_switched_off() {
        for (text, expected) in [
            ("a <b> | *c*", "a &#60;b&#62; &#124; &#42;c&#42;"),
            ("@octocat #12 gh-3", "&#64;&#8203;octocat &#35;&#8203;12 gh&#8203;-3"),
            ("http://x www.y", "http&#58;&#8203;//x www&#46;&#8203;y"),
            ("[x](y) ![z](w)", "&#91;x&#93;(y) &#33;&#91;z&#93;(w)"),
            ("line\nbreak\u{202e}", "line&#60;U+000A&#62;break&#60;U+202E&#62;"),
        ] {
            assert_eq!(prose(At::Line, text), expected);
        }
    }

    #[test]
    fn pairs_of_backticks_make_code() {
        for (text, expected) in [
            ("call `f(@x)` now", "call `f(@x)` now"),
            ("`a`b`c", "`a`b&#96;c"),
            ("``a", "&#96;&#96;a"),
            ("one ` alone", "one &#96; alone"),
            ("", ""),
        ] {
            assert_eq!(prose(At::Line, text), expected);
        }
        assert_eq!(prose(At::Html, "`f(@x)`"), "<code>f(&#64;x)</code>");
    }

    #[test]
    fn code_cannot_leave_its_place() {
        assert_eq!(code(At::Line, "a``b`"), "``` a``b` ```");
        assert_eq!(code(At::Cell, "a|b"), "<code>a&#124;b</code>");
        assert_eq!(code(At::Line, "<b>\n"), "`<b><U+000A>`");
        assert_eq!(code(At::Line, " "), "<code> </code>");
    }

    #[test]
    fn a_fence_is_longer_than_any_inside() {
        assert_eq!(block("diff", "a\n````\nb"), "`````diff\na\n````\nb\n`````\n");
        assert_eq!(block("", "a\u{1b}`"), "```\na<U+001B>`\n```\n");
    }
}
