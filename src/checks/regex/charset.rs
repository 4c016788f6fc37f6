//! Sets of characters as sorted, disjoint ranges of code points.

use std::sync::LazyLock;

/// The largest code point.
const MAX: u32 = 0x10_FFFF;

/// A set of code points: sorted, disjoint, non-adjacent inclusive ranges.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CharSet {
    ranges: Vec<(u32, u32)>,
}

impl CharSet {
    /// The set of nothing.
    pub fn empty() -> Self {
        CharSet::default()
    }

    /// The set of every code point.
    pub fn any() -> Self {
        CharSet { ranges: vec![(0, MAX)] }
    }

    /// The set of one code point.
    pub fn one(c: u32) -> Self {
        CharSet { ranges: vec![(c, c)] }
    }

    /// The set of the given inclusive ranges, in any order, overlapping or not; reversed ranges are left out.
    pub fn from_ranges(ranges: impl IntoIterator<Item = (u32, u32)>) -> Self {
        let mut sorted: Vec<(u32, u32)> = ranges.into_iter().filter(|(a, b)| a <= b).collect();
        sorted.sort_unstable();
        let mut merged: Vec<(u32, u32)> = Vec::with_capacity(sorted.len());
        for (start, end) in sorted {
            match merged.last_mut() {
                Some(last) if start <= last.1.saturating_add(1) => last.1 = last.1.max(end),
                _ => merged.push((start, end)),
            }
        }
        CharSet { ranges: merged }
    }

    /// The set of the characters of a text.
    pub fn of(text: &str) -> Self {
        CharSet::from_ranges(text.chars().map(|c| (c as u32, c as u32)))
    }

    /// The inclusive ranges of code points, ascending.
    pub fn ranges(&self) -> &[(u32, u32)] {
        &self.ranges
    }

    /// Whether nothing is in the set.
    pub fn is_empty(&self) -> bool {
        self.ranges.is_empty()
    }

    /// Whether the character is in the set.
    pub fn contains(&self, c: char) -> bool {
        self.contains_code(c as u32)
    }

    /// Whether any character of the text is in the set.
    pub fn contains_any(&self, text: &str) -> bool {
        text.chars().any(|c| self.contains(c))
    }

    /// Whether every character of the text is in the set.
    pub fn contains_all(&self, text: &str) -> bool {
        text.chars().all(|c| self.contains(c))
    }

    /// Whether the code point is in the set.
    pub(super) fn contains_code(&self, c: u32) -> bool {
        let after = self.ranges.partition_point(|(start, _)| *start <= c);
        after.checked_sub(1).and_then(|i| self.ranges.get(i)).is_some_and(|(_, end)| c <= *end)
    }

    /// What is in either set.
    pub fn union(&self, other: &CharSet) -> CharSet {
        CharSet::from_ranges(self.ranges.iter().chain(&other.ranges).copied())
    }

    /// What is not in the set.
    pub fn complement(&self) -> CharSet {
        let mut ranges = Vec::with_capacity(self.ranges.len() + 1);
        let mut next = 0;
        for &(start, end) in &self.ranges {
            if start > next {
                ranges.push((next, start - 1));
            }
            next = end + 1;
        }
        if next <= MAX {
            ranges.push((next, MAX));
        }
        CharSet { ranges }
    }

    /// What is in both sets.
    pub fn intersection(&self, other: &CharSet) -> CharSet {
        let (mut i, mut j) = (0, 0);
        let mut ranges = Vec::new();
        while let (Some(&(a, b)), Some(&(c, d))) = (self.ranges.get(i), other.ranges.get(j)) {
            if a.max(c) <= b.min(d) {
                ranges.push((a.max(c), b.min(d)));
            }
            if b < d {
                i += 1;
            } else {
                j += 1;
            }
        }
        CharSet { ranges }
    }

    /// What is in this set and not in the other.
    pub fn difference(&self, other: &CharSet) -> CharSet {
        self.intersection(&other.complement())
    }

    /// Whether everything of this set is in the other.
    pub fn is_subset(&self, other: &CharSet) -> bool {
        self.intersection(other) == *self
    }

    /// The number of code points.
    pub fn len(&self) -> usize {
        self.ranges.iter().map(|(a, b)| (b - a) as usize + 1).sum()
    }

    /// A character of the set that reads well in a message, `None` when the set has none (or only surrogates).
    pub fn sample(&self) -> Option<char> {
        const LIKED: &str = "a0A1b !@#,.:;-_/<>=\"'()*+\n\t\r\0";
        let printable = (33..127).find(|c| self.contains_code(*c)).and_then(char::from_u32);
        LIKED
            .chars()
            .find(|c| self.contains(*c))
            .or(printable)
            .or_else(|| self.ranges.iter().find_map(|&(a, b)| char::from_u32(a).or_else(|| char::from_u32(b))))
    }

    /// The set closed under case: with `wide` also across ASCII and beyond (the Kelvin sign is a `k`), as Python and
    /// ECMAScript's Unicode mode do.
    pub(super) fn fold_case(&self, wide: bool) -> CharSet {
        /// Folding every character of a larger range of other scripts costs more than it tells.
        const FOLDED: u32 = 2048;
        let mut ranges = self.ranges.clone();
        for &(start, end) in &self.ranges {
            for (from, to, shift) in [(65, 90, 32_i64), (97, 122, -32)] {
                let (low, high) = (start.max(from), end.min(to));
                if low <= high {
                    let moved = |c: u32| u32::try_from(i64::from(c) + shift).unwrap_or(c);
                    ranges.push((moved(low), moved(high)));
                }
            }
            let low = start.max(128);
            for c in
                (low..=end).take(if end.saturating_sub(low) > FOLDED { 0 } else { end.saturating_sub(127) as usize })
            {
                let Some(c) = char::from_u32(c) else { continue };
                for other in single(c.to_lowercase()).into_iter().chain(single(c.to_uppercase())) {
                    if wide || other as u32 >= 128 {
                        ranges.push((other as u32, other as u32));
                    }
                }
            }
        }
        let mut folded = CharSet::from_ranges(ranges);
        for (letter, cousin) in [('k', 0x212A), ('s', 0x17F)] {
            if wide && folded.contains(letter) {
                folded = folded.union(&CharSet::one(cousin));
            }
        }
        folded
    }
}

fn single(mut chars: impl Iterator<Item = char>) -> Option<char> {
    let first = chars.next()?;
    chars.next().is_none().then_some(first)
}

/// The class that a pattern of the `regex` family describes, such as `\p{L}`; `None` when it is unknown.
pub(super) fn unicode_class(pattern: &str) -> Option<CharSet> {
    let hir = regex_syntax::parse(pattern).ok()?;
    match hir.kind() {
        regex_syntax::hir::HirKind::Class(regex_syntax::hir::Class::Unicode(class)) => {
            Some(CharSet::from_ranges(class.iter().map(|r| (r.start() as u32, r.end() as u32))))
        }
        regex_syntax::hir::HirKind::Literal(literal) => {
            std::str::from_utf8(&literal.0).ok().map(CharSet::of).filter(|set| set.len() == 1)
        }
        _ => None,
    }
}

macro_rules! table {
    ($(#[$doc:meta])* $name:ident = $value:expr) => {
        $(#[$doc])*
        pub(super) static $name: LazyLock<CharSet> = LazyLock::new(|| $value);
    };
}

table!(/// `[0-9]`.
    ASCII_DIGIT = CharSet::from_ranges([(48, 57)]));
table!(/// `[A-Za-z0-9_]`.
    ASCII_WORD = CharSet::from_ranges([(48, 57), (65, 90), (95, 95), (97, 122)]));
table!(/// Space and the five ASCII controls that count as white space.
    ASCII_SPACE = CharSet::from_ranges([(9, 13), (32, 32)]));
table!(/// What Python's `\d` matches in a string.
    UNICODE_DIGIT = unicode_class(r"\p{Nd}").unwrap_or_else(|| ASCII_DIGIT.clone()));
table!(/// What Python's `\w` matches in a string: what `str.isalnum` accepts, and the underscore.
    UNICODE_WORD = unicode_class(r"[\p{L}\p{N}_]").unwrap_or_else(|| ASCII_WORD.clone()));
table!(/// What Python's `\s` matches in a string: what `str.isspace` accepts.
    UNICODE_SPACE = unicode_class(r"[\s\x1c-\x1f]").unwrap_or_else(|| ASCII_SPACE.clone()));
table!(/// What ECMAScript's `\s` matches.
ECMA_SPACE = CharSet::from_ranges([
    (9, 13), (32, 32), (0xA0, 0xA0), (0x1680, 0x1680), (0x2000, 0x200A), (0x2028, 0x2029), (0x202F, 0x202F),
    (0x205F, 0x205F), (0x3000, 0x3000), (0xFEFF, 0xFEFF),
]));
table!(/// ECMAScript's line terminators.
    ECMA_NEWLINE = CharSet::of("\n\r\u{2028}\u{2029}"));
table!(/// Python's line end.
    PYTHON_NEWLINE = CharSet::of("\n"));
