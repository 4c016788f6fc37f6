//! The texts that a policy was made of, kept so that what decided can be shown where it is written.

use super::Builtin;
use super::fields::Author;
use super::origin::Origin;
use crate::diagnostic::{Diagnostic, FileError};

/// A text with its name.
#[derive(Clone, Debug)]
pub(super) struct Text {
    name: String,
    is_builtin: bool,
    text: String,
}

impl Text {
    pub(super) fn builtin(builtin: &Builtin) -> Text {
        Text { name: builtin.name.to_owned(), is_builtin: true, text: builtin.text.to_owned() }
    }

    pub(super) fn of(author: &Author<'_>, text: &str) -> Text {
        let is_builtin = matches!(author, Author::Builtin(_));
        Text { name: author.name().to_owned(), is_builtin, text: text.to_owned() }
    }

    /// The name as people know it.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    pub(super) fn is_of(&self, origin: &Origin) -> bool {
        let is_builtin = matches!(origin, Origin::Builtin { .. });
        self.is_builtin == is_builtin && origin.text_name() == Some(&self.name)
    }

    /// What is wrong with it.
    pub(super) fn error(&self, diagnostics: Vec<Diagnostic>) -> FileError {
        FileError::new(&self.name, &self.text, diagnostics, 0)
    }

    /// What is wrong with a value.
    pub(super) fn error_at(&self, origin: &Origin, message: String, help: Option<String>) -> FileError {
        let mut diagnostic = Diagnostic::new(&self.text, origin.span(), message);
        diagnostic.help = help;
        self.error(vec![diagnostic])
    }

    /// The place of a value, with a caret under it.
    pub(super) fn point_at(&self, origin: &Origin, message: String) -> String {
        let mut diagnostic = Diagnostic::new(&self.text, origin.span(), message);
        diagnostic.severity = crate::diagnostic::Severity::Note;
        self.error(vec![diagnostic]).render(false)
    }
}
