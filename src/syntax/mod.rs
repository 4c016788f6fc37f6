//! Bytes → tree → HIR. One folder a language holds how its tree is lowered (`lower`) and how code is written back
//! (`emit`); `hir` is the one form that leaves this folder. Nothing here knows what a weakness is.

pub mod builder;
pub mod descent;
pub mod emit;
pub mod go;
pub mod hir;
pub mod java;
pub mod javascript;
pub mod parse;
pub mod python;
pub mod source;
pub mod tree;

use hir::{File, Language};
pub use source::Source;

/// The language of a file by its name, if it is one that we claim.
pub fn language_of(path: &str) -> Option<Language> {
    let name = path.rsplit('/').next().unwrap_or(path);
    let (_, extension) = name.rsplit_once('.')?;
    match extension.to_ascii_lowercase().as_str() {
        "py" | "pyw" | "pyi" => Some(Language::Python),
        "js" | "jsx" | "mjs" | "cjs" => Some(Language::JavaScript),
        "ts" | "tsx" | "mts" | "cts" => Some(Language::TypeScript),
        "java" => Some(Language::Java),
        "go" => Some(Language::Go),
        _ => None,
    }
}

/// Lowers a source text. Never fails: what could not be read is listed in the file's `errors` and `too_deep`.
/// `path` only chooses the dialect (TSX or not).
pub fn lower(path: &str, language: Language, source: &Source) -> File {
    match language {
        Language::Python => python::lower(source.text()),
        Language::JavaScript | Language::TypeScript => javascript::lower(path, language, source.text()),
        Language::Java => java::lower(source.text()),
        Language::Go => go::lower(source.text()),
    }
}

/// The writer for a language.
pub fn emitter(language: Language) -> &'static dyn emit::Emit {
    match language {
        Language::Python => &python::emit::PythonEmit,
        Language::JavaScript | Language::TypeScript => &javascript::emit::JavaScriptEmit,
        Language::Java => &java::emit::JavaEmit,
        Language::Go => &go::emit::GoEmit,
    }
}
