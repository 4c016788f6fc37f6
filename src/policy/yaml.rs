//! YAML text → a tree in which every node knows its bytes. Types and keys are judged later, so that one run can report
//! every error of a file and not only the first.

use std::fmt;
use std::ops::Range;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_saphyr::options::DuplicateKeyPolicy;
use serde_saphyr::{Error, Location, MessageFormatter, NonFiniteFloatPolicy, Spanned, UserMessageFormatter};

use super::diagnostic::{Diagnostic, clip, clip_span};

/// The longest policy file that is read, in bytes. A hundred times what a large organisation needs.
pub(super) const MAX_BYTES: usize = 256 * 1024;
/// Nodes, with aliases expanded.
const MAX_NODES: usize = 20_000;
/// Collections inside each other; a policy needs four.
const MAX_DEPTH: usize = 16;

/// A node with the place where it is written.
pub(super) type Node = Spanned<Kind>;

/// What a node is. Duplicate keys are kept.
#[derive(Debug)]
pub(super) enum Kind {
    Null,
    Bool(bool),
    Int(i128),
    Float(f64),
    Text(String),
    List(Vec<Node>),
    Map(Vec<(Spanned<String>, Node)>),
}

impl Kind {
    /// What to call it in a message: "a list".
    pub(super) fn describe(&self) -> String {
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

/// Reads one document. `None` for a text that holds only white space and comments.
pub(super) fn read(text: &str) -> Result<Option<Node>, Diagnostic> {
    if text.len() > MAX_BYTES {
        let message = format!("the policy is {} bytes long; at most {MAX_BYTES} bytes are read", text.len());
        return Err(Diagnostic::new(text, 0..0, message));
    }
    if text.lines().all(|line| matches!(line.trim_start().chars().next(), None | Some('#'))) {
        return Ok(None);
    }
    let node: Result<Node, _> = serde_saphyr::from_str_with_options(text, options());
    match node {
        Ok(Node { value: Kind::Null, .. }) => Ok(None),
        Ok(node) => Ok(Some(node)),
        Err(error) => Err(diagnostic_of(text, &error)),
    }
}

fn options() -> serde_saphyr::Options {
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
        // Duplicates are found by the reader, which can point at both places and go on.
        duplicate_keys: DuplicateKeyPolicy::PassThrough,
        // `off` is a word of policies, not a boolean.
        strict_booleans: true,
        non_finite_float_policy: NonFiniteFloatPolicy::AsString,
        with_snippet: false,
        emit_comments: false,
    }
}

fn diagnostic_of(text: &str, error: &Error) -> Diagnostic {
    let message = if is_too_much(error) {
        format!("too much for a policy: too many values, too large aliases, or more than {MAX_DEPTH} levels")
    } else if matches!(error, Error::MultipleDocuments { .. }) {
        "a policy is one YAML document, and here a second one begins".to_owned()
    } else {
        format!("not valid YAML: {}", clip(&UserMessageFormatter.format_message(error)))
    };
    let span = error.location().map_or(0..0, |location| bytes(text, &location));
    Diagnostic::new(text, span, message)
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
pub(super) fn span_of(text: &str, node: &Node) -> Range<usize> {
    match &node.value {
        // A block mapping has no opening character of its own; its first key stands there.
        Kind::Map(entries) => match entries.first() {
            Some((key, _)) if !starts_with(text, &node.defined, b'{') => key_span(text, key),
            _ => bytes(text, &node.defined),
        },
        _ => bytes(text, &node.defined),
    }
}

/// The bytes of a key.
pub(super) fn key_span(text: &str, key: &Spanned<String>) -> Range<usize> {
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
