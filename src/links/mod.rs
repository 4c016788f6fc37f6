//! Which files of a repository belong together: where an import leads ([`resolve`]), what is read for a file because of
//! that ([`gather`]), which files import another one ([`importers`]), and several lowered files as one program for the engine
//! ([`program`]). Nothing here knows what a weakness is.

pub mod gather;
mod go_package;
pub mod importers;
pub mod program;
mod relocate;
pub mod resolve;

use std::sync::Arc;

use crate::syntax::Source;
use crate::syntax::hir::File;

/// A lowered file with its text.
#[derive(Debug, Clone)]
pub struct Unit {
    /// Its path in the repository.
    pub path: String,
    /// Its text.
    pub source: Arc<Source>,
    /// What it was lowered to.
    pub file: Arc<File>,
}

/// The files that a file is analysed together with.
#[derive(Debug, Clone, Default)]
pub struct Neighbours {
    /// The files, those that are imported first.
    pub units: Vec<Arc<Unit>>,
    /// The modules of Go that the repository has: a folder, and the path by which its packages are imported.
    pub go_modules: Arc<[(String, String)]>,
}
