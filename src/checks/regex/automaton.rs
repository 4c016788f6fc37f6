//! The automaton of positions: its states are the characters that a pattern reads, its edges the ways from one to the
//! next. Two edges between the same states are two ways that a backtracking matcher tries one after the other.

use rustc_hash::{FxHashMap, FxHashSet};

use super::Dialect;
use super::alphabet::{Alphabet, END, LAST_LINE_END, Symbols};
use super::graph::{Condition, Graph, Step};
use crate::syntax::hir::Span;

/// More states than this are not analysed.
const MAX_STATES: usize = 3_000;
/// The same for edges.
const MAX_EDGES: usize = 120_000;
/// The same for the steps between characters.
const MAX_WALK: usize = 1_500_000;
/// Of several ways from one state to another this many are kept: two are enough to be ambiguous.
const WAYS: u8 = 2;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Edge {
    pub to: usize,
    /// The symbols that the target reads on this way.
    pub symbols: Symbols,
}

#[derive(Clone, Debug, Default)]
pub(super) struct State {
    pub edges: Vec<Edge>,
    /// What may follow when the pattern has matched here.
    pub accept: Symbols,
    /// Where in the pattern it is read.
    pub span: Span,
    /// Whether it reads what lies before an unanchored match.
    pub prefix: bool,
}

#[derive(Debug)]
pub(super) struct Automaton {
    /// The first is the start, before any character.
    pub states: Vec<State>,
    pub alphabet: Alphabet,
    pub graph: Graph,
}

/// What reads a character: the step of the graph, and which part of its symbols.
type Key = (usize, Symbols);

struct Walk<'a> {
    graph: &'a Graph,
    alphabet: &'a Alphabet,
    /// The sets that conditions on the character before ask for; states are split by them.
    asked: Vec<Symbols>,
    numbers: FxHashMap<Key, usize>,
    keys: Vec<Option<Key>>,
    walked: usize,
}

/// A place on the way between two characters.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Place {
    step: usize,
    behind: Symbols,
    /// Whether Python's `$` was passed.
    dollar: bool,
    /// The loops whose turn began since the last character.
    entered: Vec<usize>,
}

/// How often the places on the ways from one state were come by.
#[derive(Default)]
struct Visits {
    /// Looked through, as long as there are few.
    few: Vec<(Place, u8)>,
    many: FxHashMap<Place, u8>,
}

impl Visits {
    const FEW: usize = 16;

    /// Whether the place may be gone through once more.
    fn admit(&mut self, place: &Place) -> bool {
        let times = match self.few.iter().position(|(known, _)| known == place) {
            Some(at) => self.few.get_mut(at).map(|(_, times)| times),
            None if self.few.len() < Self::FEW => {
                self.few.push((place.clone(), 0));
                self.few.last_mut().map(|(_, times)| times)
            }
            None => Some(self.many.entry(place.clone()).or_default()),
        };
        times.is_some_and(|times| {
            let admitted = *times < WAYS;
            *times += u8::from(admitted);
            admitted
        })
    }
}

impl Automaton {
    /// The automaton of a graph, or why it is too large.
    pub fn new(graph: Graph) -> Result<Automaton, &'static str> {
        let alphabet = Alphabet::new(&graph.sets).ok_or("the pattern tells too many characters apart")?;
        let mut asked: Vec<Symbols> = graph
            .steps
            .iter()
            .filter_map(|step| match step {
                Step::Require { before: Some(condition), .. } => alphabet.sets.get(condition.set).copied(),
                _ => None,
            })
            .filter(|set| !set.is_empty())
            .collect();
        asked.sort_unstable();
        asked.dedup();
        let numbers = FxHashMap::default();
        let mut walk = Walk { graph: &graph, alphabet: &alphabet, asked, numbers, keys: vec![None], walked: 0 };
        let states = walk.run()?;
        Ok(Automaton { states, alphabet, graph })
    }

    /// The states after one more symbol; `None` when the pattern has matched before it.
    pub fn after(&self, states: &[usize], symbol: usize) -> Option<Vec<usize>> {
        if self.accepts(states, symbol) {
            return None;
        }
        let edges = states.iter().filter_map(|s| self.states.get(*s)).flat_map(|state| &state.edges);
        let mut next: Vec<usize> = edges.filter(|edge| edge.symbols.contains(symbol)).map(|edge| edge.to).collect();
        next.sort_unstable();
        next.dedup();
        Some(next)
    }

    /// Whether the pattern has matched in one of the states when the symbol follows.
    pub fn accepts(&self, states: &[usize], symbol: usize) -> bool {
        states.iter().filter_map(|s| self.states.get(*s)).any(|state| state.accept.contains(symbol))
    }

    /// Whether a matcher that reads the word from this state comes by states from which every text leads to a match: then
    /// it never goes back further.
    pub fn settles(&self, state: usize, word: &[usize]) -> bool {
        let mut states = vec![state];
        for symbol in word {
            if self.universal(&states) {
                return true;
            }
            match self.after(&states, *symbol) {
                Some(next) => states = next,
                None => return false,
            }
        }
        self.universal(&states)
    }

    /// Whether every text leads from these states to a match.
    fn universal(&self, states: &[usize]) -> bool {
        /// With more sets of states than this the answer is no.
        const MAX_SETS: usize = 60;
        let mut seen = FxHashSet::default();
        let mut queue = vec![states.to_vec()];
        while let Some(states) = queue.pop() {
            if !self.accepts(&states, END) || seen.len() > MAX_SETS {
                return false;
            }
            for next in self.alphabet.all().iter().filter_map(|symbol| self.after(&states, symbol)) {
                if seen.insert(next.clone()) {
                    queue.push(next);
                }
            }
        }
        true
    }

    /// Whether the pattern has matched in this state, whatever follows.
    pub fn always_matches(&self, state: usize) -> bool {
        let everything = self.alphabet.all().or(Symbols::one(END));
        self.states.get(state).is_some_and(|state| everything.and(state.accept.not()).is_empty())
    }
}

impl Walk<'_> {
    fn run(&mut self) -> Result<Vec<State>, &'static str> {
        let mut states: Vec<State> = Vec::new();
        let mut edges = 0;
        while let Some(key) = self.keys.get(states.len()).copied() {
            let mut state = self.from(key)?;
            if let Some(Step::Char { span, .. }) = key.and_then(|(step, _)| self.graph.steps.get(step)) {
                state.span = *span;
                state.prefix = key.map(|(step, _)| step) == self.graph.prefix;
            }
            edges += state.edges.len();
            states.push(state);
            if self.keys.len() > MAX_STATES || edges > MAX_EDGES {
                return Err("the pattern is too large");
            }
        }
        Ok(states)
    }

    /// Follows every way from a state to the characters that can be read next.
    fn from(&mut self, key: Option<Key>) -> Result<State, &'static str> {
        let mut state = State::default();
        let first = match key.and_then(|(step, _)| self.graph.steps.get(step)) {
            Some(Step::Char { next, .. }) => *next,
            _ => self.graph.start,
        };
        let before = key.map(|(_, symbols)| symbols);
        let mut seen = Visits::default();
        let mut stack = vec![Place { step: first, behind: Symbols::ALL, dollar: false, entered: Vec::new() }];
        while let Some(place) = stack.pop() {
            self.walked += 1;
            if self.walked > MAX_WALK {
                return Err("the pattern has too many ways from one character to the next");
            }
            if seen.admit(&place) {
                self.advance(place, before, &mut state, &mut stack);
            }
        }
        Ok(state)
    }

    fn advance(&mut self, mut place: Place, before: Option<Symbols>, state: &mut State, stack: &mut Vec<Place>) {
        match self.graph.steps.get(place.step) {
            None | Some(Step::Dead) => {}
            Some(Step::Accept) => state.accept = state.accept.or(self.accepted(&place)),
            Some(Step::Char { set, .. }) => self.arrive(place.step, *set, place.behind, state),
            Some(Step::Split(targets)) => {
                let each = |step: &usize| Place { step: *step, entered: place.entered.clone(), ..place };
                stack.extend(targets.iter().rev().map(each));
            }
            Some(Step::Enter { id, next }) => {
                if let Err(at) = place.entered.binary_search(id) {
                    place.entered.insert(at, *id);
                }
                stack.push(Place { step: *next, ..place });
            }
            Some(Step::Leave { id, back, tail }) => match place.entered.binary_search(id) {
                Err(_) => stack.push(Place { step: *back, ..place }),
                Ok(_) if self.graph.dialect == Dialect::JavaScript => {}
                Ok(at) => {
                    place.entered.remove(at);
                    stack.push(Place { step: *tail, ..place });
                }
            },
            Some(Step::Dollar { behind, next }) => {
                let behind = place.behind.and(self.allowed(*behind));
                if !behind.is_empty() {
                    stack.push(Place { step: *next, behind, dollar: true, ..place });
                }
            }
            Some(Step::Require { before: condition, behind, next }) => {
                if condition.is_some_and(|condition| !self.holds(condition, before)) {
                    return;
                }
                let behind = place.behind.and(behind.map_or(Symbols::ALL, |condition| self.allowed(condition)));
                if !behind.is_empty() {
                    stack.push(Place { step: *next, behind, ..place });
                }
            }
        }
    }

    /// What may follow a match. A line end that only `$` lets through must be the last character.
    fn accepted(&self, place: &Place) -> Symbols {
        let characters = place.behind.and(self.alphabet.all());
        let end = place.behind.and(Symbols::one(END));
        match place.dollar && !characters.is_empty() {
            true => end.or(Symbols::one(LAST_LINE_END)),
            false => end.or(characters),
        }
    }

    /// Whether the condition holds behind a state, whose symbols are all inside or all outside of its set.
    fn holds(&self, condition: Condition, before: Option<Symbols>) -> bool {
        let Some(symbols) = before else { return condition.edge };
        let set = self.alphabet.sets.get(condition.set).copied().unwrap_or_default();
        symbols.and(set).is_empty() == condition.negated
    }

    fn allowed(&self, condition: Condition) -> Symbols {
        let set = self.alphabet.sets.get(condition.set).copied().unwrap_or_default();
        let mut symbols = if condition.negated { self.alphabet.all().and(set.not()) } else { set };
        if condition.edge {
            symbols.insert(END);
        }
        symbols
    }

    /// Adds the edges to a character: one to each part that conditions tell apart.
    fn arrive(&mut self, step: usize, set: usize, behind: Symbols, state: &mut State) {
        let mut parts = vec![self.alphabet.sets.get(set).copied().unwrap_or_default()];
        for asked in &self.asked {
            parts = parts.iter().flat_map(|part| [part.and(*asked), part.and(asked.not())]).collect();
            parts.retain(|part| !part.is_empty());
        }
        for part in parts {
            let symbols = part.and(behind);
            if symbols.is_empty() {
                continue;
            }
            let keys = &mut self.keys;
            let to = *self.numbers.entry((step, part)).or_insert_with(|| {
                keys.push(Some((step, part)));
                keys.len() - 1
            });
            state.edges.push(Edge { to, symbols });
        }
    }
}

/// The strongly connected components of a graph: the component of each node, numbered so that edges lead to smaller or
/// equal numbers, and how many there are.
pub(super) fn components(edges: &[Vec<usize>]) -> (Vec<usize>, usize) {
    const NEW: usize = usize::MAX;
    let mut component = vec![NEW; edges.len()];
    let (mut order, mut low) = (vec![NEW; edges.len()], vec![NEW; edges.len()]);
    let (mut open, mut count, mut clock) = (Vec::new(), 0, 0);
    for root in 0..edges.len() {
        let mut stack: Vec<(usize, usize)> = if order.get(root) == Some(&NEW) { vec![(root, 0)] } else { Vec::new() };
        while let Some((node, next)) = stack.pop() {
            if next == 0 {
                set(&mut order, node, clock);
                set(&mut low, node, clock);
                clock += 1;
                open.push(node);
            }
            if let Some(&to) = edges.get(node).and_then(|targets| targets.get(next)) {
                stack.push((node, next + 1));
                if get(&order, to) == NEW {
                    stack.push((to, 0));
                } else if get(&component, to) == NEW {
                    let least = get(&low, node).min(get(&order, to));
                    set(&mut low, node, least);
                }
                continue;
            }
            if get(&low, node) == get(&order, node) {
                while let Some(member) = open.pop() {
                    set(&mut component, member, count);
                    if member == node {
                        break;
                    }
                }
                count += 1;
            }
            if let Some(&(parent, _)) = stack.last() {
                let least = get(&low, parent).min(get(&low, node));
                set(&mut low, parent, least);
            }
        }
    }
    (component, count)
}

fn get(values: &[usize], at: usize) -> usize {
    values.get(at).copied().unwrap_or(usize::MAX)
}

fn set(values: &mut [usize], at: usize, value: usize) {
    if let Some(slot) = values.get_mut(at) {
        *slot = value;
    }
}
