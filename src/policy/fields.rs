//! Reading a tree with errors collected: entries that know their path and their place, and the checks that every
//! mapping and every list needs. What was wrong is left out, and reading goes on, so that one run shows all errors.

use std::collections::BTreeMap;
use std::ops::Range;

use super::KnownNames;
use super::layer::WaiverProblem;
use super::origin::{Located, Origin};
use crate::diagnostic::{Diagnostic, clip, suggest};
use crate::yaml::{Kind, Node, key_span, span_of};

/// Who wrote a text.
pub(super) enum Author<'a> {
    Builtin(&'static str),
    File(&'a str),
}

impl Author<'_> {
    pub(super) fn name(&self) -> &str {
        match self {
            Author::Builtin(name) => name,
            Author::File(name) => name,
        }
    }
}

/// The errors so far.
#[derive(Default)]
pub(super) struct Errors {
    pub list: Vec<Diagnostic>,
    /// Those that were not kept.
    pub omitted: usize,
}

impl Errors {
    /// More than this help nobody, and a hostile text could hold very many.
    const MAX: usize = 30;

    pub(super) fn push(&mut self, diagnostic: Diagnostic) {
        if self.full() {
            self.omitted += 1;
        } else {
            self.list.push(diagnostic);
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// How many there are, those included that were not kept.
    pub(super) fn count(&self) -> usize {
        self.list.len() + self.omitted
    }

    fn full(&self) -> bool {
        self.list.len() >= Self::MAX
    }
}

/// A value, what to call it, and where to point.
#[derive(Clone)]
pub(super) struct Entry<'n> {
    /// The key's whole path: `gate.fail-on`.
    pub path: String,
    /// The bytes to point at when the value has none of its own.
    pub key: Range<usize>,
    /// The line where it begins: that of its key, or of the item of a list.
    pub line: u64,
    pub node: &'n Node,
}

/// The entries of a mapping whose keys were checked.
pub(super) struct Fields<'n> {
    pub path: String,
    /// The bytes to point at when a key is missing.
    pub span: Range<usize>,
    entries: BTreeMap<&'n str, Entry<'n>>,
}

impl<'n> Fields<'n> {
    pub(super) fn get(&self, key: &str) -> Option<&Entry<'n>> {
        self.entries.get(key)
    }
}

/// The keys of a mapping: those that this version reads, and those that are documented for later ones.
pub(super) struct Keys {
    pub now: &'static [&'static str],
    pub later: &'static [&'static str],
}

/// Reads one text.
pub(super) struct Reader<'a> {
    pub author: &'a Author<'a>,
    pub text: &'a str,
    pub known: &'a KnownNames,
    pub errors: Errors,
    /// What is wrong with waivers: they are left out, and the policy holds without them.
    pub problems: Vec<WaiverProblem>,
}

/// Errors. All of them give `None`, for the caller to return.
impl Reader<'_> {
    pub(super) fn error<T>(&mut self, span: Range<usize>, message: String, help: Option<String>) -> Option<T> {
        if self.errors.full() {
            self.errors.omitted += 1;
            return None;
        }
        let mut diagnostic = Diagnostic::new(self.text, span, message);
        diagnostic.help = help;
        self.errors.push(diagnostic);
        None
    }

    /// An error about a value.
    pub(super) fn report<T>(&mut self, entry: &Entry<'_>, message: String, help: Option<String>) -> Option<T> {
        self.error(self.place(entry), message, help)
    }

    /// An error about a value that another place belongs to.
    pub(super) fn report_beside<T>(
        &mut self,
        entry: &Entry<'_>,
        message: String,
        other: Range<usize>,
        label: &str,
    ) -> Option<T> {
        let diagnostic = Diagnostic::new(self.text, self.place(entry), message).related(other, label);
        self.errors.push(diagnostic);
        None
    }

    pub(super) fn wrong_type<T>(&mut self, entry: &Entry<'_>, wanted: &str) -> Option<T> {
        let name = if entry.path.is_empty() { "a policy".to_owned() } else { format!("`{}`", entry.path) };
        self.report(entry, format!("{name} must be {wanted}, not {}", entry.node.value.describe()), None)
    }

    /// "did you mean …?"
    pub(super) fn near<'c>(&self, word: &str, candidates: impl IntoIterator<Item = &'c str>) -> Option<String> {
        // Once errors are only counted, looking for what was meant is work for nothing.
        let near = if self.errors.full() { None } else { suggest(word, candidates) };
        near.map(|near| format!("did you mean `{near}`?"))
    }

    /// Where a value is written; its key where it has no text of its own.
    pub(super) fn place(&self, entry: &Entry<'_>) -> Range<usize> {
        let span = span_of(self.text, entry.node);
        if span.is_empty() { entry.key.clone() } else { span }
    }
}

/// Values.
impl Reader<'_> {
    pub(super) fn located<T>(&self, entry: &Entry<'_>, value: T) -> Located<T> {
        let origin = match self.author {
            Author::Builtin(policy) => Origin::Builtin { policy, span: self.place(entry) },
            Author::File(file) => {
                let line = u32::try_from(entry.line).unwrap_or(u32::MAX);
                Origin::File { file: (*file).to_owned(), line, span: self.place(entry) }
            }
        };
        Located { value, origin }
    }

    pub(super) fn string<'n>(&mut self, entry: &Entry<'n>, wanted: &str) -> Option<&'n str> {
        match &entry.node.value {
            Kind::Text(text) => Some(text),
            _ => self.wrong_type(entry, wanted),
        }
    }

    /// One of some words.
    pub(super) fn word<T: Copy>(&mut self, entry: &Entry<'_>, words: &[(&'static str, T)]) -> Option<T> {
        let names: Vec<&str> = words.iter().map(|(name, _)| *name).collect();
        let wanted = format!("one of {}", names.join(", "));
        let text = self.string(entry, &wanted)?;
        if let Some((_, value)) = words.iter().find(|(name, _)| *name == text) {
            return Some(*value);
        }
        let help = self.near(text, names);
        self.report(entry, format!("`{}` must be {wanted}, not `{}`", entry.path, clip(text)), help)
    }

    /// The items of a list that must have some.
    pub(super) fn items<'n>(&mut self, entry: &Entry<'n>) -> Option<Vec<Entry<'n>>> {
        let items = self.items_or_none(entry)?;
        if items.is_empty() {
            let help = "leave the key out where there is nothing to say".to_owned();
            return self.report(entry, format!("`{}` is an empty list", entry.path), Some(help));
        }
        Some(items)
    }

    /// The items of a list.
    pub(super) fn items_or_none<'n>(&mut self, entry: &Entry<'n>) -> Option<Vec<Entry<'n>>> {
        let Kind::List(items) = &entry.node.value else {
            let Kind::Text(text) = &entry.node.value else { return self.wrong_type(entry, "a list") };
            let message = format!("`{}` must be a list, not `{}`", entry.path, clip(text));
            return self.report(entry, message, Some(format!("write `[{:?}]`", clip(text))));
        };
        let item = |(index, node): (usize, &'n Node)| {
            let path = format!("{}[{index}]", entry.path);
            Entry { path, key: entry.key.clone(), line: node.defined.line(), node }
        };
        Some(items.iter().enumerate().map(item).collect())
    }

    /// The items of a list, or one item that stands without a list.
    pub(super) fn one_or_many<'n>(&mut self, entry: &Entry<'n>) -> Option<Vec<Entry<'n>>> {
        if matches!(entry.node.value, Kind::List(_)) {
            return self.items(entry);
        }
        Some(vec![entry.clone()])
    }

    /// What `read` makes of every item; `None` if one of them is wrong, so that nothing applies to less or more than
    /// was written.
    pub(super) fn every<'n, T>(
        &mut self,
        items: Vec<Entry<'n>>,
        mut read: impl FnMut(&mut Self, &Entry<'n>) -> Option<T>,
    ) -> Option<Vec<T>> {
        let count = items.len();
        let values: Vec<T> = items.iter().filter_map(|item| read(self, item)).collect();
        (values.len() == count).then_some(values)
    }
}

/// Mappings.
impl Reader<'_> {
    /// The entries of a mapping. Unknown keys, duplicates and keys without a value are errors and left out.
    pub(super) fn fields<'n>(&mut self, entry: &Entry<'n>, keys: &Keys) -> Option<Fields<'n>> {
        let Kind::Map(pairs) = &entry.node.value else { return self.wrong_type(entry, "a mapping") };
        let mut fields = Fields { path: entry.path.clone(), span: self.place(entry), entries: BTreeMap::new() };
        let mut seen: BTreeMap<&str, Range<usize>> = BTreeMap::new();
        for (key, node) in pairs {
            let span = key_span(self.text, key);
            let name = key.value.as_str();
            if let Some(first) = seen.get(name) {
                let message = format!("the key `{}` is given twice", clip(name));
                let diagnostic = Diagnostic::new(self.text, span, message).related(first.clone(), "first given here");
                self.errors.push(diagnostic);
                continue;
            }
            seen.insert(name, span.clone());
            if !keys.now.contains(&name) {
                self.unknown_key(name, span, &entry.path, keys);
            } else if matches!(node.value, Kind::Null) {
                let help = "leave the key out to keep what the policy below says".to_owned();
                let _: Option<()> = self.error(span, format!("the key `{name}` has no value"), Some(help));
            } else {
                let path = if entry.path.is_empty() { name.to_owned() } else { format!("{}.{name}", entry.path) };
                fields.entries.insert(name, Entry { path, key: span, line: key.defined.line(), node });
            }
        }
        Some(fields)
    }

    /// An entry that must be there.
    pub(super) fn required<'f, 'n>(
        &mut self,
        fields: &'f Fields<'n>,
        key: &str,
        wanted: &str,
    ) -> Option<&'f Entry<'n>> {
        if let Some(entry) = fields.get(key) {
            return Some(entry);
        }
        let message = format!("`{}` lacks `{key}`", fields.path);
        self.error(fields.span.clone(), message, Some(format!("`{key}` is {wanted}")))
    }

    fn unknown_key(&mut self, name: &str, span: Range<usize>, path: &str, keys: &Keys) -> Option<()> {
        let place = if path.is_empty() { String::new() } else { format!(" in `{path}`") };
        if keys.later.contains(&name) {
            let message = format!("the key `{name}`{place} is not supported by this version");
            return self.error(span, message, Some("it needs a later version of Tempergate".to_owned()));
        }
        let belongs = || super::read::home_of(name, path).map(|home| format!("`{name}` belongs {home}"));
        let near = belongs().or_else(|| self.near(name, keys.now.iter().copied()));
        let help = near.unwrap_or_else(|| format!("the keys here are {}", keys.now.join(", ")));
        self.error(span, format!("unknown key `{}`{place}", clip(name)), Some(help))
    }
}
