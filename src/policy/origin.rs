//! Where values of policies were written: every value remembers its place, so that every decision can point at it.

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;

use schemars::{JsonSchema, Schema, SchemaGenerator};

/// Where a value was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// In a policy that comes with the program.
    Builtin {
        /// Its name.
        policy: &'static str,
        /// The bytes of the value; empty for what no text says.
        span: Range<usize>,
    },
    /// In a file.
    File {
        /// Its name as it was given.
        file: String,
        /// The line, from one.
        line: u32,
        /// The bytes of the value.
        span: Range<usize>,
    },
    /// On the command line.
    CommandLine,
}

impl Origin {
    /// The name of the text that it stands in; none for the command line.
    pub fn text_name(&self) -> Option<&str> {
        match self {
            Origin::Builtin { policy, .. } => Some(policy),
            Origin::File { file, .. } => Some(file),
            Origin::CommandLine => None,
        }
    }

    /// The bytes of the value in its text; empty for the command line.
    pub fn span(&self) -> Range<usize> {
        match self {
            Origin::Builtin { span, .. } | Origin::File { span, .. } => span.clone(),
            Origin::CommandLine => 0..0,
        }
    }

    /// Whether two values stand in the same text.
    pub(super) fn same_text(&self, other: &Origin) -> bool {
        match (self, other) {
            (Origin::Builtin { policy: a, .. }, Origin::Builtin { policy: b, .. }) => a == b,
            (Origin::File { file: a, .. }, Origin::File { file: b, .. }) => a == b,
            _ => false,
        }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Origin::Builtin { policy, .. } => f.write_str(policy),
            Origin::File { file, line, .. } => write!(f, "{}:{line}", crate::diagnostic::clean(file)),
            Origin::CommandLine => f.write_str("command line"),
        }
    }
}

/// A value with its origin.
#[derive(Clone, Debug, PartialEq)]
pub struct Located<T> {
    /// The value.
    pub value: T,
    /// Where it was written.
    pub origin: Origin,
}

/// In a schema the origin is invisible.
impl<T: JsonSchema> JsonSchema for Located<T> {
    fn inline_schema() -> bool {
        T::inline_schema()
    }

    fn schema_name() -> Cow<'static, str> {
        T::schema_name()
    }

    fn schema_id() -> Cow<'static, str> {
        T::schema_id()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        T::json_schema(generator)
    }
}
