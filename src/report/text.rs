//! Text that somebody else wrote, made fit to be shown: hidden characters become visible, long text is cut.

use std::borrow::Cow;
use std::fmt::Write;

/// Whether a character could hide something from a reader or drive a terminal: controls, escapes, characters that turn
/// the writing direction, that have no width, or that look like a line break without being one.
pub fn is_hidden(c: char) -> bool {
    match c {
        ' '..='~' => false,
        '\u{0}'..='\u{9f}' | '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' => {
            true
        }
        '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' => true,
        '\u{3164}' | '\u{fe00}'..='\u{fe0d}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' => true,
        '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}' => true,
        _ => false,
    }
}

/// The text with every hidden character as `<U+202E>`; tabs and line feeds count as hidden too.
pub fn visible(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_hidden) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        push_visible(&mut out, c);
    }
    Cow::Owned(out)
}

/// Appends a character, or its code point where it is hidden.
pub fn push_visible(out: &mut String, c: char) {
    if is_hidden(c) {
        // Writing to a String cannot fail.
        let _ = write!(out, "<U+{:04X}>", u32::from(c));
    } else {
        out.push(c);
    }
}

/// A line of code made visible: tabs as four spaces, everything else as [`visible`].
pub fn visible_code(line: &str) -> Cow<'_, str> {
    if !line.chars().any(is_hidden) {
        return Cow::Borrowed(line);
    }
    let mut out = String::with_capacity(line.len() + 16);
    for c in line.chars() {
        match c {
            '\t' => out.push_str("    "),
            _ => push_visible(&mut out, c),
        }
    }
    Cow::Owned(out)
}

/// The text made visible and cut to about `limit` characters as shown, with `…` where something was left out.
pub fn brief(text: &str, limit: usize) -> String {
    let mut out = String::new();
    let mut shown = 0;
    for c in text.chars() {
        if shown >= limit {
            out.push('…');
            break;
        }
        let before = out.len();
        push_visible(&mut out, c);
        shown += if is_hidden(c) { out.len() - before } else { 1 };
    }
    out
}

/// The nearest character boundary at or before `at`.
pub fn floor_boundary(text: &str, at: usize) -> usize {
    let mut at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

/// `1 file`, `2 files`; the plural is made with `s`.
pub fn count(number: usize, thing: &str) -> String {
    let s = if number == 1 { "" } else { "s" };
    format!("{number} {thing}{s}")
}

/// A score for people: `severity 9.8 (critical)`.
pub fn severity(score: f64) -> String {
    format!("severity {score:.1} ({})", crate::finding::Level::of(score))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hidden_characters_become_visible() {
        assert_eq!(visible("a\u{1b}[31mb\u{202e}c\u{200b}"), "a<U+001B>[31mb<U+202E>c<U+200B>");
        assert_eq!(visible("tab\tline\n"), "tab<U+0009>line<U+000A>");
        assert_eq!(visible_code("\tx\u{9b}"), "    x<U+009B>");
        assert_eq!(visible("\u{e0041}\u{feff}"), "<U+E0041><U+FEFF>");
    }

    #[test]
    fn ordinary_text_of_any_language_stays() {
        for text in ["naïve", "日本語", "שלום", "❤\u{fe0f}", "e\u{301}"] {
            assert_eq!(visible(text), text);
        }
    }

    #[test]
    fn brief_counts_characters() {
        assert_eq!(brief("äöü", 3), "äöü");
        assert_eq!(brief("äöüß", 3), "äöü…");
    }
}
