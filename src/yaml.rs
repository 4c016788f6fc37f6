//! YAML text → a tree in which every node knows its bytes. Types and keys are judged later, so that one run can report
//! every error of a file and not only the first.

use std::fmt;
use std::ops::Range;

use serde::de::{Deserialize, DeserializeOwned, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_saphyr::options::DuplicateKeyPolicy;
use serde_saphyr::{Error, Location, MessageFormatter, NonFiniteFloatPolicy, Spanned, UserMessageFormatter};

use crate::diagnostic::{Diagnostic, MAX_TEXT, clip, clip_span, suggest};

/// The longest file that is read, in bytes. A hundred times what a large organisation needs.
const MAX_BYTES: usize = MAX_TEXT;
/// Nodes, with aliases expanded.
const MAX_NODES: usize = 20_000;
/// Collections inside each other; a policy needs four, a rule eight.
const MAX_DEPTH: usize = 16;

/// A node with the place where it is written.
pub(crate) type Node = Spanned<Kind>;

/// What a node is. Duplicate keys are kept.
#[derive(Debug)]
pub(crate) enum Kind {
    Null,
    Bool(bool),
    Int(i128),
    Float(f64),
    Text(String),
    List(Vec<Node>),
    Map(Vec<(Spanned<String>, Node)>),
}

impl Kind {
    /// The text, where it is one.
    pub(crate) fn as_text(&self) -> Option<&str> {
        match self {
            Kind::Text(text) => Some(text),
            _ => None,
        }
    }

    /// What to call it in a message: "a list".
    pub(crate) fn describe(&self) -> String {
        match self {
            Kind::Null => "nothing".to_owned(),
            Kind::Bool(value) => format!("`{value}`"),
            Kind::Int(value) => format!("the number {value}"),
            Kind::Float(value) => format!("the number {value}"),
            Kind::Text(text) => format!("`{}`", clip(text)),
            Kind::List(_) => "a list".to_owned(),
            Kind::Map(_) => "a mapping".to_owned(),
        }
    }
}

/// Reads one document. `None` for a text that holds only white space and comments. `what` it is stands in messages:
/// "policy".
pub(crate) fn read(text: &str, what: &str) -> Result<Option<Node>, Diagnostic> {
    refuse_long(text, what)?;
    if is_blank(text) {
        return Ok(None);
    }
    let node: Result<Node, _> = serde_saphyr::from_str_with_options(text, options(DuplicateKeyPolicy::PassThrough));
    match node {
        Ok(Node { value: Kind::Null, .. }) => Ok(None),
        Ok(node) => Ok(Some(node)),
        Err(error) => Err(diagnostic_of(text, what, &error)),
    }
}

/// Reads one document into a type. The error says what is wrong first; keys that are not known get a suggestion.
pub(crate) fn typed<T: DeserializeOwned>(text: &str, what: &str) -> Result<T, Diagnostic> {
    refuse_long(text, what)?;
    if is_blank(text) {
        return Err(Diagnostic::new(text, 0..0, format!("a {what} is expected, and there is nothing")));
    }
    let read = serde_saphyr::from_str_with_options(text, options(DuplicateKeyPolicy::Error));
    read.map_err(|error| diagnostic_of(text, what, &error))
}

fn refuse_long(text: &str, what: &str) -> Result<(), Diagnostic> {
    if text.len() <= MAX_BYTES {
        return Ok(());
    }
    let message = format!("the {what} is {} bytes long; at most {MAX_BYTES} bytes are read", text.len());
    Err(Diagnostic::new(text, 0..0, message))
}

fn is_blank(text: &str) -> bool {
    text.lines().all(|line| matches!(line.trim_start().chars().next(), None | Some('#')))
}

fn options(duplicate_keys: DuplicateKeyPolicy) -> serde_saphyr::Options {
    serde_saphyr::options! {
        budget: serde_saphyr::budget! {
            max_depth: MAX_DEPTH,
            max_nodes: MAX_NODES,
            max_events: 4 * MAX_NODES,
            max_recorded_anchor_events: MAX_NODES,
            max_total_scalar_bytes: 4 * MAX_BYTES,
            max_documents: 2,
        },
        alias_limits: serde_saphyr::alias_limits! {
            max_total_replayed_events: MAX_NODES,
            max_replay_stack_depth: MAX_DEPTH,
        },
        // A reader of the tree finds duplicates by itself, points at both places and goes on.
        duplicate_keys: duplicate_keys,
        // `off` is a word of policies, not a boolean.
        strict_booleans: true,
        non_finite_float_policy: NonFiniteFloatPolicy::AsString,
        with_snippet: false,
        emit_comments: false,
    }
}

fn diagnostic_of(text: &str, what: &str, error: &Error) -> Diagnostic {
    let mut help = None;
    let message = match error {
        _ if is_too_much(error) => {
            format!("too much for a {what}: too many values, too large aliases, or more than {MAX_DEPTH} levels")
        }
        Error::MultipleDocuments { .. } => format!("a {what} is one YAML document, and here a second one begins"),
        Error::SerdeUnknownField { field, expected, .. } => {
            let near = suggest(field, expected.iter().copied()).map(|near| format!("did you mean `{near}`?"));
            help = Some(near.unwrap_or_else(|| format!("known here: {}", expected.join(", "))));
            format!("unknown key `{}`", clip(field))
        }
        Error::SerdeMissingField { field, .. } => format!("the key `{field}` is missing"),
        Error::DuplicateMappingKey { key: Some(key), .. } => format!("the key `{}` is given twice", clip(key)),
        Error::SerdeInvalidType { unexpected, expected, .. } => {
            format!("expected {expected}, not {}", clip(unexpected))
        }
        Error::SerdeInvalidValue { unexpected, expected, .. } => {
            format!("expected {expected}, not {}", clip(unexpected))
        }
        Error::Message { msg, .. } => clip(msg),
        _ => format!("not valid YAML: {}", clip(&UserMessageFormatter.format_message(error))),
    };
    let span = error.location().map_or(0..0, |location| bytes(text, &location));
    let mut diagnostic = Diagnostic::new(text, span, message);
    diagnostic.help = help;
    diagnostic
}

fn is_too_much(error: &Error) -> bool {
    match error {
        Error::AliasError { error, .. } | Error::WithSnippet { error, .. } => is_too_much(error),
        Error::Budget { .. }
        | Error::AliasReplayLimitExceeded { .. }
        | Error::AliasExpansionLimitExceeded { .. }
        | Error::AliasReplayStackDepthExceeded { .. } => true,
        _ => false,
    }
}

/// The bytes of a node: of scalars all, of collections what the parser gives (at least the beginning).
pub(crate) fn span_of(text: &str, node: &Node) -> Range<usize> {
    match &node.value {
        // A block mapping has no opening character of its own; its first key stands there.
        Kind::Map(entries) => match entries.first() {
            Some((key, _)) if !starts_with(text, &node.defined, b'{') => key_span(text, key),
            _ => bytes(text, &node.defined),
        },
        _ => bytes(text, &node.defined),
    }
}

/// The bytes of a value that was read into a type.
pub(crate) fn place_of<T>(text: &str, value: &Spanned<T>) -> Range<usize> {
    bytes(text, &value.defined)
}

/// The bytes of a key.
pub(crate) fn key_span(text: &str, key: &Spanned<String>) -> Range<usize> {
    bytes(text, &key.defined)
}

fn starts_with(text: &str, location: &Location, byte: u8) -> bool {
    text.as_bytes().get(bytes(text, location).start) == Some(&byte)
}

fn bytes(text: &str, location: &Location) -> Range<usize> {
    let span = location.span();
    let index = |n: u64| usize::try_from(n).unwrap_or(usize::MAX);
    match (span.byte_offset(), span.byte_len()) {
        (Some(start), Some(len)) => clip_span(text, index(start)..index(start).saturating_add(index(len))),
        _ => {
            // Some errors come with a line and a column only.
            let line = index(location.line().saturating_sub(1));
            let start: usize = text.split_inclusive('\n').take(line).map(str::len).sum();
            let rest = text.get(start..).unwrap_or_default();
            let column: usize = rest.chars().take(index(location.column().saturating_sub(1))).map(char::len_utf8).sum();
            clip_span(text, start + column..start + column)
        }
    }
}

impl<'de> Deserialize<'de> for Kind {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(KindVisitor)
    }
}

struct KindVisitor;

impl<'de> Visitor<'de> for KindVisitor {
    type Value = Kind;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a scalar, a list or a mapping")
    }

    fn visit_unit<E>(self) -> Result<Kind, E> {
        Ok(Kind::Null)
    }

    fn visit_none<E>(self) -> Result<Kind, E> {
        Ok(Kind::Null)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Kind, D::Error> {
        Kind::deserialize(deserializer)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Kind, E> {
        Ok(Kind::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Kind, E> {
        Ok(Kind::Int(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Kind, E> {
        Ok(Kind::Int(value.into()))
    }

    fn visit_i128<E>(self, value: i128) -> Result<Kind, E> {
        Ok(Kind::Int(value))
    }

    fn visit_u128<E>(self, value: u128) -> Result<Kind, E> {
        Ok(i128::try_from(value).map_or(Kind::Float(f64::INFINITY), Kind::Int))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Kind, E> {
        Ok(Kind::Float(value))
    }

    fn visit_str<E>(self, value: &str) -> Result<Kind, E> {
        Ok(Kind::Text(value.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Kind, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = seq.next_element()? {
            items.push(item);
        }
        Ok(Kind::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Kind, A::Error> {
        let mut entries = Vec::new();
        while let Some(entry) = map.next_entry()? {
            entries.push(entry);
        }
        Ok(Kind::Map(entries))
    }
}
