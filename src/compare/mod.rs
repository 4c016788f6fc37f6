//! The one comparison: which findings of a new state are those of the old one, and which are gone or new.
//!
//! A pull request (base → head) and a fix (head → head with the edit) are judged by the same [`compare`]. It pairs old and
//! new findings of the same rule one-to-one, in rounds from the surest reason to the weakest:
//!
//! 1. they stand at the same place of code that did not change;
//! 2. they stand in changed code of the same function, at the same sink, with the same text: reformatted code;
//! 3. their code moved inside the file: the same sink and text in another function, where the old one is gone;
//! 4. they stand in the same changed region, or else in the same function, at the same sink: rewritten code;
//! 5. their code moved to another file.
//!
//! What is left is new or resolved. `places` says what "the same place" is, `rounds` holds the rounds as a table,
//! `nearest` chooses among equals. How a file is read and what is done about a new finding belongs elsewhere.

mod item;
mod nearest;
mod places;
mod rounds;
#[cfg(test)]
mod tests;

use crate::change::{FileChange, Status};
use crate::finding::Finding;
use crate::syntax::Source;

pub use places::Mapping;

/// A file at both states. A side where the file does not exist has no findings.
#[derive(Clone, Copy, Debug)]
pub struct FilePair<'a> {
    /// The findings of the old state, in any order.
    pub old: &'a [Finding],
    /// The findings of the new state, in any order.
    pub new: &'a [Finding],
    /// The old text; without it, changed code is not recognised by its text.
    pub old_source: Option<&'a Source>,
    /// The new text.
    pub new_source: Option<&'a Source>,
    /// Which places of the two texts are the same.
    pub mapping: Mapping<'a>,
}

impl<'a> FilePair<'a> {
    /// A file of a change, with the findings and the text of its sides. A copy counts as an added file: its source has
    /// findings of its own, which this does not compare with.
    pub fn of_change(
        change: &'a FileChange,
        (old, old_source): (&'a [Finding], Option<&'a Source>),
        (new, new_source): (&'a [Finding], Option<&'a Source>),
    ) -> Self {
        match change.status {
            Status::Copied => FilePair { old: &[], new, old_source: None, new_source, mapping: Mapping::Unrelated },
            _ => FilePair { old, new, old_source, new_source, mapping: Mapping::Lines(&change.lines) },
        }
    }
}

/// A finding of an input: the index of its [`FilePair`] and its index there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct At {
    /// Index of the file pair.
    pub file: usize,
    /// Index into that pair's old or new findings.
    pub finding: usize,
}

/// What became of a finding of the new state; `from` is the old finding that it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum State {
    /// It is no finding of the old state.
    New,
    /// It was there, but its severity or its confidence was lower. Counts as new.
    Worsened {
        /// What it was.
        from: At,
    },
    /// Its code came from another function or another file.
    Moved {
        /// What it was.
        from: At,
    },
    /// It was there, and is no worse.
    Persisting {
        /// What it was.
        from: At,
    },
}

impl State {
    /// Whether the change is to blame: new or worsened.
    pub fn is_introduced(self) -> bool {
        matches!(self, State::New | State::Worsened { .. })
    }

    /// The old finding that it is; `None` for a new one.
    pub fn from(self) -> Option<At> {
        match self {
            State::New => None,
            State::Worsened { from } | State::Moved { from } | State::Persisting { from } => Some(from),
        }
    }
}

/// A finding of the new state, and what became of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Compared {
    /// Where it is among the new findings.
    pub at: At,
    /// What became of it.
    pub state: State,
}

/// What a comparison says. Every new finding has exactly one state, and every old one is resolved or the `from` of
/// exactly one new finding.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Comparison {
    items: Vec<Compared>,
    resolved: Vec<At>,
}

impl Comparison {
    /// Every finding of the new state, sorted by its place in the input.
    pub fn items(&self) -> &[Compared] {
        &self.items
    }

    /// The findings of the old state that are gone, sorted by their place in the input.
    pub fn resolved(&self) -> &[At] {
        &self.resolved
    }

    /// What the change brought in: new and worsened findings, sorted.
    pub fn introduced(&self) -> impl Iterator<Item = Compared> + '_ {
        self.items.iter().copied().filter(|item| item.state.is_introduced())
    }

    /// What was there before and is no worse, moved or not, sorted.
    pub fn remaining(&self) -> impl Iterator<Item = Compared> + '_ {
        self.items.iter().copied().filter(|item| !item.state.is_introduced())
    }

    /// The state of a new finding; `None` where the input has no such finding.
    pub fn state(&self, at: At) -> Option<State> {
        let index = self.items.binary_search_by_key(&at, |item| item.at).ok()?;
        self.items.get(index).map(|item| item.state)
    }

    /// The state of the new finding that an old one became; `None` for a resolved one.
    pub fn became(&self, old: At) -> Option<Compared> {
        self.items.iter().copied().find(|item| item.state.from() == Some(old))
    }

    /// Whether an old finding is gone.
    pub fn is_resolved(&self, old: At) -> bool {
        self.resolved.binary_search(&old).is_ok()
    }
}

/// Compares two states of the same files. What it says of a finding does not depend on the order of the files or of
/// their findings; only findings that are equal in everything are told apart by it.
pub fn compare(files: &[FilePair<'_>]) -> Comparison {
    let pairs = rounds::pair_up(files);
    let mut items: Vec<Compared> = pairs.new.into_iter().map(|(at, state)| Compared { at, state }).collect();
    items.sort_unstable();
    let mut resolved = pairs.resolved;
    resolved.sort_unstable();
    Comparison { items, resolved }
}
