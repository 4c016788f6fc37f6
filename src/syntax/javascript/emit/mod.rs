//! Writing JavaScript and TypeScript.

mod import;
mod place;
#[cfg(test)]
mod tests;

use crate::edit::TextEdit;
use crate::syntax::emit::{Emit, NeededImport};
use crate::syntax::hir::File;
use crate::syntax::source::Source;

/// Writes JavaScript.
pub struct JavaScriptEmit;

impl Emit for JavaScriptEmit {
    fn string(&self, value: &str, quote: char) -> String {
        let mut out = String::with_capacity(value.len() + 2);
        out.push(quote);
        for c in value.chars() {
            match c {
                '\\' => out.push_str("\\\\"),
                '\n' => out.push_str("\\n"),
                '\r' => out.push_str("\\r"),
                '\t' => out.push_str("\\t"),
                '\u{2028}' | '\u{2029}' => out.push_str(&format!("\\u{:04x}", c as u32)),
                '$' if quote == '`' => out.push_str("\\$"),
                _ if c == quote => out.extend(['\\', c]),
                _ if c.is_control() => out.push_str(&format!("\\x{:02x}", c as u32)),
                _ => out.push(c),
            }
        }
        out.push(quote);
        out
    }

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
