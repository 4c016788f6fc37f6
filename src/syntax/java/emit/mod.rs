//! Writing Java: literals (here), imports (`import`).

mod import;
#[cfg(test)]
mod tests;

use std::fmt::Write;

use crate::edit::TextEdit;
use crate::syntax::emit::{Emit, NeededImport};
use crate::syntax::hir::File;
use crate::syntax::source::Source;

/// Writes Java.
pub struct JavaEmit;

impl Emit for JavaEmit {
    /// Single quotes make characters, so strings always stand in double ones.
    fn string(&self, value: &str, _quote: char) -> String {
        let mut out = String::with_capacity(value.len() + 2);
        out.push('"');
        for c in value.chars() {
            push_escaped(c, &mut out);
        }
        out.push('"');
        out
    }

    /// A type whose simple name is taken by something else is written with its package.
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

    /// Only annotations have keywords.
    fn keyword(&self, name: &str, value: &str) -> String {
        format!("{name} = {value}")
    }
}

/// Writes one character of a string literal. Controls are octal, since `\u000a` would end the line before the literal is
/// read; so are not, but escaped all the same, characters that a reader would not see.
fn push_escaped(c: char, out: &mut String) {
    let written = match c {
        '\n' => out.write_str("\\n"),
        '\r' => out.write_str("\\r"),
        '\t' => out.write_str("\\t"),
        '\u{8}' => out.write_str("\\b"),
        '\u{c}' => out.write_str("\\f"),
        '"' | '\\' => write!(out, "\\{c}"),
        _ if c.is_control() => write!(out, "\\{:03o}", c as u32),
        '\u{ad}'
        | '\u{61c}'
        | '\u{180e}'
        | '\u{200b}'..='\u{200f}'
        | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}'
        | '\u{feff}' => write!(out, "\\u{:04x}", c as u32),
        _ => out.write_char(c),
    };
    // Writing to a string cannot fail.
    let _ = written;
}
