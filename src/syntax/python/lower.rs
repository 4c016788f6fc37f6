//! Python's tree to HIR.

use crate::syntax::builder::Builder;
use crate::syntax::hir::{File, Language};

/// Lowers a Python text.
pub fn lower(text: &str) -> File {
    Builder::new(Language::Python, text).file
}
