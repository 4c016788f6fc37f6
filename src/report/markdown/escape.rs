//! Text that somebody else wrote, for GitHub-flavoured Markdown.
//!
//! Markup is switched off by character references, which no Markdown parser reads as structure. References to people,
//! issues and addresses need more: GitHub looks for them in the finished page, after the references were resolved. In
//! code it does not look; in prose a character without width breaks them up.

use std::fmt::Write;

use crate::report::text::push_visible;

/// Prose. Backticks in it make code; everything else stays what it is. Never spans more than one line.
pub fn prose(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    let parts: Vec<&str> = text.split('`').collect();
    let pairs = parts.len() - (parts.len() + 1) % 2;
    for (at, part) in parts.iter().enumerate() {
        if at % 2 == 1 && at < pairs && part.is_empty() {
            out.push_str("&#96;&#96;");
        } else if at % 2 == 1 && at < pairs {
            out.push_str(&code(part));
        } else {
            if at >= pairs {
                out.push_str("&#96;");
            }
            plain(&mut out, part);
        }
    }
    out
}

/// Code inside a line.
pub fn code(text: &str) -> String {
    format!("<code>{}</code>", references(text))
}

/// A block of code in a fence that its content cannot close, with hidden characters visible.
pub fn block(language: &str, text: &str) -> String {
    let mut shown = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        if c == '\n' || c == '\t' { shown.push(c) } else { push_visible(&mut shown, c) }
    }
    let longest = shown.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest.max(2) + 1);
    let end = if shown.ends_with('\n') { "" } else { "\n" };
    format!("{fence}{language}\n{shown}{end}{fence}\n")
}

fn plain(out: &mut String, text: &str) {
    let text = references(text);
    // The references stand for `@`, `#` and the colon of an address; what follows each is kept apart from it.
    let text =
        text.replace("&#64;", "&#64;&#8203;").replace("&#35;", "&#35;&#8203;").replace("&#58;/", "&#58;&#8203;/");
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

/// The text with hidden characters visible and a character reference for everything that Markdown or HTML could read as
/// markup, and for what makes a bare web address.
fn references(text: &str) -> String {
    let mut visible = String::with_capacity(text.len());
    text.chars().for_each(|c| push_visible(&mut visible, c));
    let mut out = String::with_capacity(visible.len() + 16);
    let mut before = '\0';
    let mut chars = visible.chars().peekable();
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
        assert_eq!(prose("a <b> | *c*"), "a &#60;b&#62; &#124; &#42;c&#42;");
        assert_eq!(prose("@octocat #12 gh-3"), "&#64;&#8203;octocat &#35;&#8203;12 gh&#8203;-3");
        assert_eq!(prose("http://x www.y"), "http&#58;&#8203;//x www&#46;y");
        assert_eq!(prose("[x](y) ![z](w)"), "&#91;x&#93;(y) &#33;&#91;z&#93;(w)");
        assert_eq!(prose("line\nbreak\u{202e}"), "line&#60;U+000A&#62;break&#60;U+202E&#62;");
    }

    #[test]
    fn pairs_of_backticks_make_code() {
        assert_eq!(prose("call `f(@x)` now"), "call <code>f(&#64;x)</code> now");
        assert_eq!(prose("`a`b`c"), "<code>a</code>b&#96;c");
        assert_eq!(prose("one ` alone"), "one &#96; alone");
        assert_eq!(prose(""), "");
    }

    #[test]
    fn a_fence_is_longer_than_any_inside() {
        assert_eq!(block("diff", "a\n````\nb"), "`````diff\na\n````\nb\n`````\n");
        assert_eq!(block("", "a\u{1b}`"), "```\na<U+001B>`\n```\n");
    }
}
