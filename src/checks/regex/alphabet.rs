//! The alphabet of one analysis: the characters grouped into the smallest number of symbols that its sets tell apart.

use std::collections::BTreeMap;

use super::charset::CharSet;

/// How many symbols an alphabet has at the most; the bits beyond stand for ends of the text.
pub(super) const MAX_SYMBOLS: usize = 254;
/// A line end that closes the text, seen as a symbol: Python's `$` matches before it.
pub(super) const LAST_LINE_END: usize = 254;
/// The end of the text, seen as a symbol.
pub(super) const END: usize = 255;

/// A set of symbols.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Symbols([u64; 4]);

impl Symbols {
    pub const ALL: Symbols = Symbols([u64::MAX; 4]);
    pub const NONE: Symbols = Symbols([0; 4]);

    pub fn one(symbol: usize) -> Symbols {
        let mut set = Symbols::NONE;
        set.insert(symbol);
        set
    }

    pub fn insert(&mut self, symbol: usize) {
        if let Some(word) = self.0.get_mut(symbol / 64) {
            *word |= 1 << (symbol % 64);
        }
    }

    pub fn contains(self, symbol: usize) -> bool {
        self.0.get(symbol / 64).is_some_and(|word| word >> (symbol % 64) & 1 == 1)
    }

    pub fn and(self, other: Symbols) -> Symbols {
        let ([a, b, c, d], [e, f, g, h]) = (self.0, other.0);
        Symbols([a & e, b & f, c & g, d & h])
    }

    pub fn or(self, other: Symbols) -> Symbols {
        let ([a, b, c, d], [e, f, g, h]) = (self.0, other.0);
        Symbols([a | e, b | f, c | g, d | h])
    }

    pub fn not(self) -> Symbols {
        Symbols(self.0.map(|word| !word))
    }

    pub fn is_empty(self) -> bool {
        self == Symbols::NONE
    }

    /// The symbol with the smallest number; symbols are numbered by how well they read.
    pub fn first(self) -> Option<usize> {
        self.iter().next()
    }

    pub fn iter(self) -> impl Iterator<Item = usize> {
        self.0.into_iter().enumerate().flat_map(|(i, word)| {
            std::iter::successors(Some(word), |w| Some(w & w.wrapping_sub(1)))
                .take_while(|w| *w != 0)
                .map(move |w| i * 64 + w.trailing_zeros() as usize)
        })
    }
}

/// The symbols of an analysis and what each set that it knows is made of.
#[derive(Debug, Default)]
pub(super) struct Alphabet {
    /// The characters of each symbol.
    pub classes: Vec<CharSet>,
    /// A readable character of each symbol.
    pub samples: Vec<char>,
    /// The symbols of each set, by the number that the set was given.
    pub sets: Vec<Symbols>,
}

impl Alphabet {
    /// The coarsest alphabet that tells the sets apart; `None` when it has too many symbols.
    pub fn new(sets: &[CharSet]) -> Option<Alphabet> {
        let mut bounds: Vec<u32> = vec![0];
        for (start, end) in sets.iter().flat_map(|set| set.ranges()) {
            bounds.extend([*start, end + 1]);
        }
        bounds.sort_unstable();
        bounds.dedup();
        let mut groups: BTreeMap<Vec<bool>, Vec<(u32, u32)>> = BTreeMap::new();
        for (i, &start) in bounds.iter().enumerate().filter(|(_, start)| **start <= 0x10_FFFF) {
            let end = bounds.get(i + 1).map_or(0x10_FFFF, |next| (next - 1).min(0x10_FFFF));
            let members = sets.iter().map(|set| set.contains_code(start)).collect();
            groups.entry(members).or_default().push((start, end));
        }
        if groups.len() > MAX_SYMBOLS {
            return None;
        }
        let mut symbols: Vec<(char, CharSet, Vec<bool>)> = groups
            .into_iter()
            .map(|(members, ranges)| (CharSet::from_ranges(ranges), members))
            .map(|(class, members)| (class.sample().unwrap_or('\u{FFFD}'), class, members))
            .collect();
        symbols.sort_by_key(|(sample, _, _)| (!sample.is_ascii_alphanumeric(), !sample.is_ascii_graphic(), *sample));
        let mut alphabet = Alphabet { sets: vec![Symbols::NONE; sets.len()], ..Alphabet::default() };
        for (symbol, (sample, class, members)) in symbols.into_iter().enumerate() {
            for (set, _) in alphabet.sets.iter_mut().zip(members).filter(|(_, member)| *member) {
                set.insert(symbol);
            }
            alphabet.samples.push(sample);
            alphabet.classes.push(class);
        }
        Some(alphabet)
    }

    /// Every symbol, without the end of the text.
    pub fn all(&self) -> Symbols {
        let mut all = Symbols::NONE;
        (0..self.classes.len()).for_each(|symbol| all.insert(symbol));
        all
    }

    /// The symbol of a character.
    pub fn symbol_of(&self, c: char) -> Option<usize> {
        self.classes.iter().position(|class| class.contains(c))
    }

    /// A word with the given symbols.
    pub fn word(&self, symbols: &[usize]) -> String {
        symbols.iter().filter_map(|symbol| self.samples.get(*symbol)).collect()
    }
}
