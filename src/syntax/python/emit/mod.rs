//! Writing Python: literals (here), what a name is bound to (`bound`), imports (`import`)
//! and where among the others they go (`groups`).

mod bound;
mod groups;
mod import;

#[cfg(test)]
mod tests;

use std::fmt::Write;

use crate::edit::TextEdit;
use crate::syntax::emit::{Emit, NeededImport};
use crate::syntax::hir::File;
use crate::syntax::source::Source;

/// Writes Python.
pub struct PythonEmit;

impl Emit for PythonEmit {
    fn string(&self, value: &str, quote: char) -> String {
        let quote = if quote == '\'' { '\'' } else { '"' };
        let mut out = String::with_capacity(value.len() + 2);
        out.push(quote);
        for c in value.chars() {
            push_escaped(c, quote, &mut out);
        }
        out.push(quote);
        out
    }

    /// A new import goes among the imports at the file's head, not after one further down, so that it has run before
    /// anything that may use it; there, to the group and the place where an import sorter would leave it.
    fn import(
        &self,
        file: &File,
        source: &Source,
        needed: &NeededImport,
        is_standard: &dyn Fn(&str) -> bool,
    ) -> (String, Option<TextEdit>) {
        import::import(file, source, needed, is_standard)
    }

    fn boolean(&self, value: bool) -> &'static str {
        if value { "True" } else { "False" }
    }

    fn keyword(&self, name: &str, value: &str) -> String {
        format!("{name}={value}")
    }
}

/// Writes one character of a string literal. Besides what must be escaped, so is what a reader would not see: controls,
/// line separators, characters without width and those that turn the direction of writing.
fn push_escaped(c: char, quote: char, out: &mut String) {
    let code = c as u32;
    let written = match c {
        '\n' => out.write_str("\\n"),
        '\r' => out.write_str("\\r"),
        '\t' => out.write_str("\\t"),
        _ if c == quote || c == '\\' => write!(out, "\\{c}"),
        _ if c.is_control() => write!(out, "\\x{code:02x}"),
        '\u{ad}' => out.write_str("\\xad"),
        '\u{61c}'
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
