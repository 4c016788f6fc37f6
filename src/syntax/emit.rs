//! The way back from HIR to source text, so that fixers stay language-blind.

use super::hir::File;
use super::source::Source;
use crate::edit::TextEdit;

/// A name that a fix needs imported.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NeededImport {
    /// The module, as the language writes it: `os.path`, `markupsafe`, `child_process`.
    pub module: String,
    /// The name to take from the module; none imports the module itself.
    pub name: Option<String>,
}

/// How a language writes what fixers need.
pub trait Emit: Sync {
    /// A string literal with `value`, quoted with `quote` (`'` or `"`), everything escaped that needs it.
    fn string(&self, value: &str, quote: char) -> String;

    /// The name under which `needed` can be used in this file, and the edit that imports it where it is not imported yet.
    ///
    /// An existing import is used under its alias. A new import follows the file's own style (`import` or `require`, quotes,
    /// semicolons, line ends) and stands among the imports of the module's top level (after the module's docstring,
    /// `from __future__` imports, directives and a shebang, where there is no import).
    /// For a name that is already taken by something else at module level, the import gets an alias.
    ///
    /// Where the file keeps its imports in groups, `is_standard` tells the modules of the language's own library, by their
    /// first part, from packages.
    fn import(
        &self,
        file: &File,
        source: &Source,
        needed: &NeededImport,
        is_standard: &dyn Fn(&str) -> bool,
    ) -> (String, Option<TextEdit>);

    /// `true`, `false`, null and numbers as written in this language.
    fn boolean(&self, value: bool) -> &'static str;

    /// A keyword argument or option as written in this language: `name=value` or `name: value`.
    fn keyword(&self, name: &str, value: &str) -> String;
}
