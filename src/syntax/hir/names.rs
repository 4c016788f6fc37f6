//! Ids, names and places.

use rustc_hash::FxHashMap;

/// A half-open range of bytes in the (decoded) source text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
pub struct Span {
    /// First byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

impl Span {
    /// A span from two byte offsets; offsets beyond 4 GiB are clamped (files that large are never analysed).
    pub fn new(start: usize, end: usize) -> Self {
        let clamp = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        Span { start: clamp(start), end: clamp(end) }
    }

    /// Whether `other` lies wholly inside this span.
    pub fn contains(self, other: Span) -> bool {
        self.start <= other.start && other.end <= self.end
    }

    /// Whether the two spans share at least one byte.
    pub fn overlaps(self, other: Span) -> bool {
        self.start < other.end && other.start < self.end
    }

    /// The range for slicing a string.
    pub fn range(self) -> std::ops::Range<usize> {
        self.start as usize..self.end as usize
    }
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(pub u32);
        impl $name {
            /// The position in its arena.
            pub fn index(self) -> usize { self.0 as usize }
        }
    )*};
}

ids! {
    /// An interned name of one file; [`Names::text`] gives it back.
    Name;
    /// An expression of one file.
    ExprId;
    /// A statement of one file.
    StmtId;
    /// A function, method or lambda of one file; the first is the module itself.
    FunctionId;
    /// A class of one file.
    ClassId;
}

/// The module body is lowered as a function without parameters, always the first one.
pub const MODULE: FunctionId = FunctionId(0);

/// The interner of one file.
#[derive(Debug, Default, Clone)]
pub struct Names {
    texts: Vec<Box<str>>,
    ids: FxHashMap<Box<str>, Name>,
}

impl Names {
    /// The id of `text`, the same for every equal text.
    pub fn intern(&mut self, text: &str) -> Name {
        if let Some(&id) = self.ids.get(text) {
            return id;
        }
        let id = Name(self.texts.len() as u32);
        self.texts.push(text.into());
        self.ids.insert(text.into(), id);
        id
    }

    /// The id of `text` if the file names it anywhere.
    pub fn get(&self, text: &str) -> Option<Name> {
        self.ids.get(text).copied()
    }

    /// All texts, in the order of their ids.
    pub fn all(&self) -> impl Iterator<Item = &str> {
        self.texts.iter().map(|t| &**t)
    }

    /// The text behind an id of this interner.
    pub fn text(&self, name: Name) -> &str {
        self.texts.get(name.index()).map_or("", |t| t)
    }
}
