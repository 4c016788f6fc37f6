//! Writing Python.

use crate::edit::TextEdit;
use crate::syntax::emit::{Emit, NeededImport};
use crate::syntax::hir::File;
use crate::syntax::source::Source;

/// Writes Python.
pub struct PythonEmit;

impl Emit for PythonEmit {
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
