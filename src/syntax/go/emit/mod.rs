//! Writing Go.

use crate::edit::TextEdit;
use crate::syntax::emit::{Emit, NeededImport};
use crate::syntax::hir::File;
use crate::syntax::source::Source;

/// Writes Go.
pub struct GoEmit;

impl Emit for GoEmit {
    fn string(&self, value: &str, _quote: char) -> String {
        format!("{value:?}")
    }

    fn import(&self, _file: &File, _source: &Source, needed: &NeededImport) -> (String, Option<TextEdit>) {
        (needed.module.clone(), None)
    }

    fn boolean(&self, value: bool) -> &'static str {
        if value { "true" } else { "false" }
    }

    fn keyword(&self, name: &str, value: &str) -> String {
        format!("{name}: {value}")
    }
}
