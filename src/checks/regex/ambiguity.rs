//! Ambiguity of the automaton, after Weideman, van der Merwe, Berglund and Watson, "Analyzing matching time behavior of
//! backtracking regular expression matchers by using ambiguity of NFA" (CIAA 2016), and Wüstholz, Olivo, Heule and Dillig,
//! "Static detection of DoS vulnerabilities in programs that use regular expressions" (TACAS 2017):
//!
//! - a state that comes back to itself in two ways over one word (EDA) makes matching exponential;
//! - two different states p and q, with one word leading from p to p, from p to q and from q to q (IDA), make it at least
//!   quadratic. The loop over what lies before an unanchored match counts as such a p: that is how the query for polynomial
//!   expressions of CodeQL explains that `\s+$` is quadratic in a search.

use std::collections::VecDeque;

use rustc_hash::FxHashMap;

use super::alphabet::Symbols;
use super::automaton::{Automaton, components};
use crate::syntax::hir::Span;

/// How many edges of product automata are looked at before the analysis gives up.
const MAX_PRODUCT: usize = 1_200_000;
/// How many symbols are left out one at a time in search of words that do not match.
const MAX_LEFT_OUT: usize = 4;
/// How many candidates of each kind are handed on.
const MAX_CANDIDATES: usize = 16;

/// A word that a matcher may read in more ways the more often it is repeated.
#[derive(Clone, Debug)]
pub(super) struct Candidate {
    /// Leads from the start to the state where the pump begins.
    pub prefix: Vec<usize>,
    pub pump: Vec<usize>,
    /// Where the pump ends up.
    pub state: usize,
    pub span: Span,
}

/// What was found.
#[derive(Debug, Default)]
pub(super) struct Candidates {
    pub exponential: Vec<Candidate>,
    pub polynomial: Vec<Candidate>,
    /// Whether the search was cut short.
    pub incomplete: bool,
    /// How many edges were looked at.
    pub work: usize,
}

struct Search<'a> {
    automaton: &'a Automaton,
    component: Vec<usize>,
    count: usize,
    /// The components that contain a loop.
    looping: Vec<bool>,
    budget: usize,
    /// The symbols that may be read.
    allowed: Symbols,
}

/// A product automaton: its nodes by number, and its edges with a symbol and whether the two ways differ on it.
#[derive(Default)]
struct Product<const N: usize> {
    nodes: Vec<[usize; N]>,
    numbers: FxHashMap<[usize; N], usize>,
    edges: Vec<Vec<(usize, usize, bool)>>,
}

struct OutOfBudget;

/// Looks for both kinds of ambiguity.
pub(super) fn find(automaton: &Automaton) -> Candidates {
    let plain: Vec<Vec<usize>> =
        automaton.states.iter().map(|state| state.edges.iter().map(|edge| edge.to).collect()).collect();
    let (component, count) = components(&plain);
    let mut looping = vec![false; count];
    for (from, targets) in plain.iter().enumerate() {
        for to in targets {
            if component.get(from) == component.get(*to)
                && let Some(slot) = component.get(from).and_then(|c| looping.get_mut(*c))
            {
                *slot = true;
            }
        }
    }
    let mut search = Search { automaton, component, count, looping, budget: MAX_PRODUCT, allowed: Symbols::ALL };
    let mut found = Candidates::default();
    // Words that take the pattern to a match show nothing; those without the symbols that do so are looked for first.
    let matching = matching(automaton);
    let mut choices: Vec<Symbols> = vec![matching.not()];
    choices.extend(matching.iter().take(MAX_LEFT_OUT).map(|symbol| Symbols::one(symbol).not()));
    choices.extend((!matching.is_empty()).then_some(Symbols::ALL));
    for allowed in choices {
        let one_left_out = allowed != matching.not() && allowed != Symbols::ALL;
        if one_left_out && !(found.exponential.is_empty() && found.polynomial.is_empty()) {
            continue;
        }
        search.allowed = allowed;
        let done = search.exponential(&mut found.exponential).and_then(|()| search.polynomial(&mut found.polynomial));
        found.incomplete |= done.is_err();
    }
    found.work = MAX_PRODUCT - search.budget + automaton.states.iter().map(|state| state.edges.len()).sum::<usize>();
    found
}

/// The symbols that lead to a match whatever follows.
fn matching(automaton: &Automaton) -> Symbols {
    let open = automaton.states.iter().enumerate().filter(|(number, _)| !automaton.always_matches(*number));
    let edges = open.flat_map(|(_, state)| &state.edges);
    let matched = edges.filter(|edge| automaton.always_matches(edge.to));
    matched.fold(Symbols::NONE, |all, edge| all.or(edge.symbols))
}

impl Search<'_> {
    fn component_of(&self, state: usize) -> usize {
        self.component.get(state).copied().unwrap_or(usize::MAX)
    }

    fn in_loop(&self, state: usize) -> bool {
        self.looping.get(self.component_of(state)).copied().unwrap_or(false)
    }

    /// The edges of a state that satisfy a condition on their target, with their place among the state's edges.
    fn edges(&self, state: usize) -> impl Iterator<Item = (usize, usize, Symbols)> {
        let edges = self.automaton.states.get(state).map(|state| state.edges.as_slice()).unwrap_or_default();
        edges.iter().enumerate().map(|(place, edge)| (place, edge.to, edge.symbols.and(self.allowed)))
    }

    fn spend(&mut self) -> Result<(), OutOfBudget> {
        self.budget = self.budget.checked_sub(1).ok_or(OutOfBudget)?;
        Ok(())
    }

    /// EDA: in the product of the automaton with itself, a component with a pair (q, q) and a pair (p, r), p ≠ r, or with
    /// two different edges between the same states.
    fn exponential(&mut self, found: &mut Vec<Candidate>) -> Result<(), OutOfBudget> {
        let mut product: Product<2> = Product::default();
        for state in 0..self.automaton.states.len() {
            if self.in_loop(state) {
                product.number([state, state]);
            }
        }
        let mut at = 0;
        while let Some(&[left, right]) = product.nodes.get(at) {
            for (i, a, first) in self.edges(left).collect::<Vec<_>>() {
                for (j, b, second) in self.edges(right).collect::<Vec<_>>() {
                    self.spend()?;
                    let stays = self.component_of(a) == self.component_of(left);
                    let Some(symbol) = first.and(second).first().filter(|_| stays) else { continue };
                    if self.component_of(b) == self.component_of(right) {
                        let to = product.number([a.min(b), a.max(b)]);
                        product.link(at, to, symbol, left == right && i != j);
                    }
                }
            }
            at += 1;
        }
        let (component, count) = components(&product.plain());
        let mut reported = vec![false; count];
        for (from, edges) in product.edges.iter().enumerate() {
            for &(to, symbol, differs) in edges {
                let Some(&here) = component.get(from).filter(|c| component.get(to) == Some(c)) else { continue };
                if !differs || reported.get(here) != Some(&false) || found.len() >= MAX_CANDIDATES {
                    continue;
                }
                if let Some(slot) = reported.get_mut(here) {
                    *slot = true;
                }
                let Some(back) = product.path(to, from, |node| component.get(node) == Some(&here)) else { continue };
                let pump: Vec<usize> = std::iter::once(symbol).chain(back).collect();
                let Some(&[state, _]) = product.nodes.get(from) else { continue };
                found.extend(self.candidate(state, state, pump));
            }
        }
        Ok(())
    }

    /// IDA between every two loops of which one leads to the other.
    fn polynomial(&mut self, found: &mut Vec<Candidate>) -> Result<(), OutOfBudget> {
        let reach = self.reachable();
        let loops: Vec<usize> = (0..self.count).rev().filter(|c| self.looping.get(*c) == Some(&true)).collect();
        for &first in &loops {
            for &second in &loops {
                let leads = first != second && reach.get(first).and_then(|row| row.get(second)) == Some(&true);
                if leads && found.len() < MAX_CANDIDATES {
                    self.between(first, second, &reach, found)?;
                }
            }
        }
        Ok(())
    }

    /// Which components lead to which.
    fn reachable(&self) -> Vec<Vec<bool>> {
        let mut reach: Vec<Vec<bool>> = Vec::with_capacity(self.count);
        let mut members: Vec<Vec<usize>> = vec![Vec::new(); self.count];
        for (state, component) in self.component.iter().enumerate() {
            if let Some(list) = members.get_mut(*component) {
                list.push(state);
            }
        }
        for (own, states) in members.iter().enumerate() {
            let mut row = vec![false; self.count];
            let mut targets: Vec<usize> =
                states.iter().flat_map(|s| self.edges(*s)).map(|(_, to, _)| self.component_of(to)).collect();
            targets.push(own);
            targets.sort_unstable();
            targets.dedup();
            for target in targets {
                if let Some(slot) = row.get_mut(target) {
                    *slot = true;
                }
                if let Some(further) = reach.get(target) {
                    row.iter_mut().zip(further).for_each(|(slot, value)| *slot |= *value);
                }
            }
            reach.push(row);
        }
        reach
    }

    fn between(
        &mut self,
        first: usize,
        second: usize,
        reach: &[Vec<bool>],
        found: &mut Vec<Candidate>,
    ) -> Result<(), OutOfBudget> {
        let product = self.pair_loops(first, second)?;
        let (component, count) = components(&product.plain());
        let mut tried = vec![false; count];
        for (from, edges) in product.edges.iter().enumerate() {
            let Some(&here) = component.get(from) else { continue };
            let cycle = edges.iter().any(|(to, _, _)| component.get(*to) == Some(&here));
            if !cycle || tried.get(here) != Some(&false) {
                continue;
            }
            if let Some(slot) = tried.get_mut(here) {
                *slot = true;
            }
            let Some(&[p, q]) = product.nodes.get(from) else { continue };
            let inside = |a: usize, b: usize| {
                product.numbers.get(&[a, b]).is_some_and(|number| component.get(*number) == Some(&here))
            };
            if let Some(pump) = self.triple(p, q, reach, inside)? {
                found.extend(self.candidate(p, q, pump));
                return Ok(());
            }
        }
        Ok(())
    }

    /// The product of two loops.
    fn pair_loops(&mut self, first: usize, second: usize) -> Result<Product<2>, OutOfBudget> {
        let mut product: Product<2> = Product::default();
        let of = |wanted: usize| self.component.iter().enumerate().filter(move |(_, c)| **c == wanted).map(|(s, _)| s);
        for a in of(first) {
            for b in of(second) {
                product.number([a, b]);
            }
        }
        let mut at = 0;
        while let Some(&[left, right]) = product.nodes.get(at) {
            for (_, a, one) in self.edges(left).collect::<Vec<_>>() {
                if self.component_of(a) != first {
                    continue;
                }
                for (_, b, other) in self.edges(right).collect::<Vec<_>>() {
                    self.spend()?;
                    if self.component_of(b) == second
                        && let Some(symbol) = one.and(other).first()
                    {
                        let to = product.number([a, b]);
                        product.link(at, to, symbol, false);
                    }
                }
            }
            at += 1;
        }
        Ok(product)
    }

    /// A word that leads from (p, p, q) to (p, q, q), the outer two staying in their loops.
    fn triple(
        &mut self,
        p: usize,
        q: usize,
        reach: &[Vec<bool>],
        inside: impl Fn(usize, usize) -> bool,
    ) -> Result<Option<Vec<usize>>, OutOfBudget> {
        let goal = self.component_of(q);
        let mut product: Product<3> = Product::default();
        product.number([p, p, q]);
        let mut at = 0;
        while let Some(&[a, m, b]) = product.nodes.get(at) {
            for (_, a2, first) in self.edges(a).collect::<Vec<_>>() {
                for (_, b2, last) in self.edges(b).collect::<Vec<_>>() {
                    self.spend()?;
                    let both = first.and(last);
                    if both.is_empty() || !inside(a2, b2) {
                        continue;
                    }
                    for (_, m2, middle) in self.edges(m).collect::<Vec<_>>() {
                        self.spend()?;
                        let leads = reach.get(self.component_of(m2)).and_then(|row| row.get(goal)) == Some(&true);
                        let Some(symbol) = both.and(middle).first().filter(|_| leads) else { continue };
                        let to = product.number([a2, m2, b2]);
                        product.link(at, to, symbol, false);
                        if [a2, m2, b2] == [p, q, q] {
                            return Ok(product.path(0, to, |_| true));
                        }
                    }
                }
            }
            at += 1;
        }
        Ok(None)
    }

    /// The candidate with a pump that begins in `start` and ends in `end`.
    fn candidate(&self, start: usize, end: usize, pump: Vec<usize>) -> Option<Candidate> {
        Some(Candidate { prefix: self.way_to(start)?, pump, state: end, span: self.span(start, end) })
    }

    /// A shortest word from the start to a state.
    fn way_to(&self, goal: usize) -> Option<Vec<usize>> {
        let mut product: Product<1> = Product::default();
        product.number([0]);
        let mut at = 0;
        while let Some(&[state]) = product.nodes.get(at) {
            if state == goal {
                return product.path(0, at, |_| true);
            }
            for (_, to, symbols) in self.edges(state) {
                if let Some(symbol) = symbols.first() {
                    let number = product.number([to]);
                    product.link(at, number, symbol, false);
                }
            }
            at += 1;
        }
        None
    }

    /// The part of the pattern that holds the loops of two states: for each the smallest unbounded repetition around all
    /// of its loop.
    fn span(&self, first: usize, second: usize) -> Span {
        let own = [first, second].map(|state| self.loop_span(state));
        own.into_iter().flatten().reduce(join).unwrap_or_default()
    }

    fn loop_span(&self, state: usize) -> Option<Span> {
        let here = self.component_of(state);
        let members = self.component.iter().zip(&self.automaton.states).filter(|(c, _)| **c == here).map(|(_, s)| s);
        let read = members.filter(|s| !s.prefix).map(|s| s.span).reduce(join)?;
        let around = self.automaton.graph.loops.iter().copied().filter(|span| span.contains(read));
        around.min_by_key(|span| (span.end - span.start, span.start)).or(Some(read))
    }
}

fn join(a: Span, b: Span) -> Span {
    Span { start: a.start.min(b.start), end: a.end.max(b.end) }
}

impl<const N: usize> Product<N> {
    fn number(&mut self, node: [usize; N]) -> usize {
        let next = self.nodes.len();
        let number = *self.numbers.entry(node).or_insert(next);
        if number == next {
            self.nodes.push(node);
            self.edges.push(Vec::new());
        }
        number
    }

    fn link(&mut self, from: usize, to: usize, symbol: usize, differs: bool) {
        if let Some(edges) = self.edges.get_mut(from)
            && !edges.iter().any(|(known, _, d)| *known == to && (*d || !differs))
        {
            edges.push((to, symbol, differs));
        }
    }

    fn plain(&self) -> Vec<Vec<usize>> {
        self.edges.iter().map(|edges| edges.iter().map(|(to, _, _)| *to).collect()).collect()
    }

    /// The symbols of a shortest path through nodes that are allowed; empty when start and goal are the same.
    fn path(&self, start: usize, goal: usize, allowed: impl Fn(usize) -> bool) -> Option<Vec<usize>> {
        let mut came: FxHashMap<usize, (usize, usize)> = FxHashMap::default();
        let mut queue = VecDeque::from([start]);
        while let Some(node) = queue.pop_front() {
            if node == goal {
                break;
            }
            for &(to, symbol, _) in self.edges.get(node)? {
                if to != start && allowed(to) && !came.contains_key(&to) {
                    came.insert(to, (node, symbol));
                    queue.push_back(to);
                }
            }
        }
        let mut symbols = Vec::new();
        let mut node = goal;
        while node != start {
            let (from, symbol) = *came.get(&node)?;
            symbols.push(symbol);
            node = from;
        }
        symbols.reverse();
        Some(symbols)
    }
}
