//! Writing Go: literals (here) and imports (`import`).

mod import;

#[cfg(test)]
mod tests;

use std::fmt::Write;

use crate::edit::TextEdit;
use crate::syntax::emit::{Emit, NeededImport};
use crate::syntax::hir::File;
use crate::syntax::source::Source;

/// Writes Go.
pub struct GoEmit;

impl Emit for GoEmit {
    /// A string between double quotes, whatever the quote asked for: single ones are for runes.
    fn string(&self, value: &str, _quote: char) -> String {
        let mut out = String::with_capacity(value.len() + 2);
        out.push('"');
        value.chars().for_each(|c| push_escaped(c, &mut out));
        out.push('"');
        out
    }

    /// A new import goes into the import declaration in parentheses where there is one, among its like, in order.
    fn import(
        &self,
        file: &File,
        source: &Source,
        needed: &NeededImport,
        _is_standard: &dyn Fn(&str) -> bool,
    ) -> (String, Option<TextEdit>) {
        import::import(file, source, needed)
    }

    fn boolean(&self, value: bool) -> &'static str {
        if value { "true" } else { "false" }
    }

    fn keyword(&self, name: &str, value: &str) -> String {
        format!("{name}: {value}")
    }
}

/// Writes one character of a string literal. Besides what must be escaped, so is what a reader would not see: controls,
/// line separators, characters without width and those that turn the direction of writing.
fn push_escaped(c: char, out: &mut String) {
    let code = c as u32;
    let written = match c {
        '\n' => out.write_str("\\n"),
        '\r' => out.write_str("\\r"),
        '\t' => out.write_str("\\t"),
        '"' | '\\' => write!(out, "\\{c}"),
        _ if code < 0x20 || code == 0x7f => write!(out, "\\x{code:02x}"),
        '\u{80}'..='\u{9f}'
        | '\u{ad}'
        | '\u{61c}'
        | '\u{180e}'
        | '\u{200b}'..='\u{200f}'
        | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}'
        | '\u{feff}' => write!(out, "\\u{code:04x}"),
        '\u{e0000}'..='\u{e0fff}' => write!(out, "\\U{code:08x}"),
        _ => out.write_char(c),
    };
    debug_assert!(written.is_ok(), "writing to a string cannot fail");
}
