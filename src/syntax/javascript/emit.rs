//! Writing JavaScript.

use crate::edit::TextEdit;
use crate::syntax::emit::{Emit, NeededImport};
use crate::syntax::hir::File;
use crate::syntax::source::Source;

/// Writes JavaScript.
pub struct JavaScriptEmit;

impl Emit for JavaScriptEmit {
    fn string(&self, value: &str, quote: char) -> String {
        format!("{quote}{value}{quote}")
    }

    fn import(&self, _file: &File, _source: &Source, needed: &NeededImport) -> (String, Option<TextEdit>) {
        (needed.name.clone().unwrap_or_else(|| needed.module.clone()), None)
    }

    fn boolean(&self, _value: bool) -> &'static str {
        ""
    }

    fn keyword(&self, name: &str, value: &str) -> String {
        format!("{name}{value}")
    }
}
