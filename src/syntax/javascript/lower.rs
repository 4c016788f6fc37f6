//! JavaScript's and TypeScript's trees to HIR.

use crate::syntax::builder::Builder;
use crate::syntax::hir::{File, Language};

/// Lowers a JavaScript or TypeScript text; `path` chooses the dialect (`.tsx`).
pub fn lower(_path: &str, language: Language, text: &str) -> File {
    Builder::new(language, text).file
}
