//! What a pattern lets through as a whole: the characters of the strings that it accepts, the words they may contain, and
//! whether two patterns accept the same strings.

use std::collections::VecDeque;

use rustc_hash::FxHashSet;

use super::alphabet::{END, LAST_LINE_END, Symbols};
use super::automaton::{Automaton, State};
use super::charset::CharSet;
use super::graph::Counts;
use super::parse::{self, Parsed};
use super::{Dialect, Flags, MatchKind, automaton, effective};

/// How many states are looked at when two patterns are compared.
const MAX_WORK: usize = 60_000;

/// A pattern that judges strings as a whole: it matches only from the start of a text to its end.
pub struct Whole {
    automaton: Automaton,
    /// The states on a way from the start to a match.
    useful: Vec<bool>,
}

impl Whole {
    /// `None` when the pattern can match in the middle of a string, when it accepts nothing, or when it cannot be analysed.
    pub fn new(pattern: &str, dialect: Dialect, flags: Flags, kind: MatchKind) -> Option<Whole> {
        let parsed = parse::parse(pattern, dialect, flags).ok()?;
        let kind = effective(kind, flags);
        // Without a condition on what stands around it, a part of a string is always enough.
        if kind != MatchKind::FullMatch && !parsed.root.walk().iter().any(|node| node.looks_around()) {
            return None;
        }
        // Loops in place of counts that are too large to write out accept more, which is the safe side here.
        let automaton = automaton(&parsed, dialect, kind, Counts::Exact)
            .or_else(|_| automaton(&parsed, dialect, kind, Counts::Loops))
            .ok()?;
        let whole = Whole { useful: useful(&automaton), automaton };
        let ends = Symbols::one(END).or(Symbols::one(LAST_LINE_END));
        let mut accepts = false;
        for (_, state) in whole.live() {
            if state.prefix || !state.accept.and(ends.not()).is_empty() {
                return None;
            }
            accepts |= !state.accept.is_empty();
        }
        accepts.then_some(whole)
    }

    /// The characters of which every string consists that the pattern lets through.
    ///
    /// Python's `$` also matches before a line end that closes the text. That line end is not in the set; ask
    /// [`Whole::allows_trailing_newline`] for it.
    pub fn charset(&self) -> CharSet {
        let mut symbols = Symbols::NONE;
        for edge in self.live().flat_map(|(_, state)| &state.edges).filter(|edge| self.is_useful(edge.to)) {
            symbols = symbols.or(edge.symbols);
        }
        let classes = &self.automaton.alphabet.classes;
        let of_symbols = symbols.iter().filter_map(|symbol| classes.get(symbol));
        CharSet::from_ranges(of_symbols.flat_map(|class| class.ranges().iter().copied()))
    }

    /// Whether a string that the pattern lets through may have one more line end behind what it describes, as with Python's
    /// `^[a-z]+$`.
    pub fn allows_trailing_newline(&self) -> bool {
        self.live().any(|(_, state)| state.accept.contains(LAST_LINE_END))
    }

    /// Whether a string that the pattern lets through may contain the text. `true` whenever that is not known for sure.
    pub fn may_contain(&self, text: &str) -> bool {
        let symbols: Option<Vec<usize>> = text.chars().map(|c| self.automaton.alphabet.symbol_of(c)).collect();
        let Some(needle) = symbols else { return true };
        if needle.is_empty() || text.contains('\n') && self.allows_trailing_newline() {
            return true;
        }
        let mut seen: FxHashSet<(usize, usize)> = FxHashSet::default();
        let mut queue: VecDeque<(usize, usize)> = self.live().map(|(number, _)| (number, 0)).collect();
        while let Some((state, read)) = queue.pop_front() {
            let Some(wanted) = needle.get(read) else { return true };
            for edge in self.automaton.states.get(state).map(|state| state.edges.as_slice()).unwrap_or_default() {
                let fits = edge.symbols.contains(*wanted) && self.is_useful(edge.to);
                if fits && seen.insert((edge.to, read + 1)) {
                    queue.push_back((edge.to, read + 1));
                }
            }
        }
        false
    }

    /// Whether the pattern lets exactly this text through. `true` whenever that is not known for sure.
    pub fn may_be(&self, text: &str) -> bool {
        let mut states = vec![0];
        for c in text.chars() {
            let Some(symbol) = self.automaton.alphabet.symbol_of(c) else { return true };
            match self.automaton.after(&states, symbol) {
                Some(next) => states = next,
                None => return true,
            }
        }
        self.automaton.accepts(&states, END)
    }

    fn is_useful(&self, state: usize) -> bool {
        self.useful.get(state) == Some(&true)
    }

    fn live(&self) -> impl Iterator<Item = (usize, &State)> {
        self.automaton.states.iter().enumerate().filter(|(number, _)| self.is_useful(*number))
    }
}

/// The states on a way from the start to a match.
fn useful(automaton: &Automaton) -> Vec<bool> {
    let mut back: Vec<Vec<usize>> = vec![Vec::new(); automaton.states.len()];
    for (from, state) in automaton.states.iter().enumerate() {
        for edge in &state.edges {
            if let Some(list) = back.get_mut(edge.to) {
                list.push(from);
            }
        }
    }
    let mut useful = vec![false; automaton.states.len()];
    let accepts = |(number, state): (usize, &State)| (!state.accept.is_empty()).then_some(number);
    let mut stack: Vec<usize> = automaton.states.iter().enumerate().filter_map(accepts).collect();
    while let Some(state) = stack.pop() {
        if let Some(slot) = useful.get_mut(state).filter(|slot| !**slot) {
            *slot = true;
            stack.extend(back.get(state).into_iter().flatten());
        }
    }
    useful
}

/// The states that a text leads to; `None` when the pattern has matched already.
type Reached = Option<Vec<usize>>;

/// Whether two patterns accept the same strings, by comparing their automata set by set; `false` when that is not known.
pub(super) fn same_strings(first: &Parsed, second: &Parsed, dialect: Dialect, kind: MatchKind) -> bool {
    let both = [first, second].map(|parsed| automaton(parsed, dialect, kind, Counts::Exact));
    let [Ok(first), Ok(second)] = both else { return false };
    if first.graph.inexact || second.graph.inexact {
        return false;
    }
    let letters = common_letters(&first, &second);
    let mut seen: FxHashSet<(Reached, Reached)> = FxHashSet::default();
    let mut queue = vec![(Some(vec![0]), Some(vec![0]))];
    let mut work = 0;
    while let Some((left, right)) = queue.pop() {
        if ends(&first, left.as_deref()) != ends(&second, right.as_deref()) || work > MAX_WORK {
            return false;
        }
        for &(a, b) in &letters {
            let next = (
                left.as_deref().and_then(|states| first.after(states, a)),
                right.as_deref().and_then(|states| second.after(states, b)),
            );
            work += left.as_ref().map_or(1, Vec::len) + right.as_ref().map_or(1, Vec::len);
            if next != (None, None) && seen.insert(next.clone()) {
                queue.push(next);
            }
        }
    }
    true
}

/// The pairs of symbols that share a character.
fn common_letters(first: &Automaton, second: &Automaton) -> Vec<(usize, usize)> {
    let mut letters = Vec::new();
    for (i, a) in first.alphabet.classes.iter().enumerate() {
        for (j, b) in second.alphabet.classes.iter().enumerate() {
            if !a.intersection(b).is_empty() {
                letters.push((i, j));
            }
        }
    }
    letters
}

/// Whether the text may end here, and whether with one more line end.
fn ends(automaton: &Automaton, states: Option<&[usize]>) -> [bool; 2] {
    [END, LAST_LINE_END].map(|end| states.is_none_or(|states| automaton.accepts(states, end)))
}
