//! From a candidate to a proof: completes it to a word that the pattern refuses, and lets the matcher count how its steps
//! grow with the number of pumps. What does not grow is not reported.

use rustc_hash::FxHashSet;

use super::MatchKind;
use super::alphabet::{END, LAST_LINE_END, Symbols};
use super::ambiguity::Candidate;
use super::automaton::Automaton;
use super::matcher::Program;

/// The limit of steps for one match.
const MAX_MATCH: u64 = 150_000;
/// The limit of steps for all matches of one pattern.
const MAX_TOTAL: u64 = 4_000_000;
/// How many symbols a suffix has at the most, and how many sets of states are looked at to find one.
const MAX_SUFFIX: usize = 3;
const MAX_SETS: usize = 400;
/// How many suffixes are tried when none is known to make the match fail.
const MAX_GUESSES: usize = 5;

/// A word whose matching takes long: the prefix, the pump as often as wanted, the suffix.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attack {
    /// What the word begins with.
    pub prefix: String,
    /// What is repeated.
    pub pump: String,
    /// What makes the match fail at the end.
    pub suffix: String,
}

impl Attack {
    /// The word with that many pumps.
    pub fn word(&self, pumps: usize) -> String {
        format!("{}{}{}", self.prefix, self.pump.repeat(pumps), self.suffix)
    }
}

/// How the steps of a match grow with the length of a word.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Growth {
    Linear,
    /// With the exponent, at least 2.
    Polynomial(u32),
    Exponential,
}

/// Counts steps of a pattern within one budget.
pub(super) struct Prover<'a> {
    pub automaton: &'a Automaton,
    pub program: &'a Program,
    pub kind: MatchKind,
    pub spent: u64,
}

impl Prover<'_> {
    /// The attack that a candidate leads to and how it grows; `None` when none grows more than linearly.
    pub fn prove(&mut self, candidate: &Candidate, exponential: bool) -> Option<(Attack, Growth)> {
        let mut suffixes: Vec<Vec<usize>> = self.failing_suffix(candidate).into_iter().collect();
        if suffixes.is_empty() || self.automaton.graph.inexact {
            suffixes.extend(self.guesses(candidate));
        }
        for suffix in suffixes {
            let shortest = self.attack(candidate, root(&candidate.pump), &suffix);
            if exponential && self.explodes(&shortest) {
                return Some((shortest, Growth::Exponential));
            }
            // A part of what a turn of the loop reads slows down too little for that to be seen.
            let whole = self.attack(candidate, &candidate.pump, &suffix);
            if exponential && whole != shortest && self.explodes(&whole) {
                return Some((whole, Growth::Exponential));
            }
            let growth = self.degree(&shortest);
            if growth != Growth::Linear {
                return Some((shortest, growth));
            }
        }
        None
    }

    fn attack(&self, candidate: &Candidate, pump: &[usize], suffix: &[usize]) -> Attack {
        let word = |symbols: &[usize]| self.automaton.alphabet.word(symbols);
        Attack { prefix: word(&candidate.prefix), pump: word(pump), suffix: word(suffix) }
    }

    /// Whether the last pumps that the limit of steps allows multiply the steps by more than the fourth power of the length
    /// could.
    fn explodes(&mut self, attack: &Attack) -> bool {
        let mut counted: Vec<u64> = Vec::new();
        for pumps in 1..=24 {
            match self.steps(attack, pumps) {
                Some(steps) => counted.push(steps),
                None => break,
            }
        }
        let limited = counted.len() < 24;
        match *counted.as_slice() {
            [.., before, last] => {
                let power = (counted.len() as f64 / (counted.len() - 1) as f64).powi(4);
                last > 2_000 && last as f64 > before as f64 * power.min(1.9)
            }
            // The third pump already costs more than a polynomial of a degree worth naming.
            _ => limited,
        }
    }

    fn degree(&mut self, attack: &Attack) -> Growth {
        let mut pumps = 6;
        let mut last: Option<u64> = None;
        let mut exponent = 0.0;
        while pumps <= 96 {
            let Some(steps) = self.steps(attack, pumps) else { break };
            if let Some(last) = last {
                exponent = (steps as f64 / last as f64).log2();
            }
            last = Some(steps);
            pumps *= 2;
        }
        match exponent {
            e if e >= 1.5 => Growth::Polynomial(e.round().clamp(2.0, 9.0) as u32),
            _ => Growth::Linear,
        }
    }

    /// The steps of a match; `None` when there are too many.
    fn steps(&mut self, attack: &Attack, pumps: usize) -> Option<u64> {
        if self.spent >= MAX_TOTAL {
            return Some(1);
        }
        let word: Vec<char> = attack.word(pumps).chars().collect();
        let outcome = self.program.run(&word, self.kind, MAX_MATCH);
        self.spent += outcome.steps;
        (!outcome.exhausted).then_some(outcome.steps)
    }

    /// A suffix with which no way through the pattern matches.
    fn failing_suffix(&self, candidate: &Candidate) -> Option<Vec<usize>> {
        let mut states = vec![0];
        for symbol in &candidate.prefix {
            states = self.automaton.after(&states, *symbol)?;
        }
        let mut seen = FxHashSet::default();
        while seen.insert(states.clone()) && seen.len() < 16 {
            for symbol in &candidate.pump {
                states = self.automaton.after(&states, *symbol)?;
            }
        }
        let line_end = self.automaton.alphabet.symbol_of('\n');
        let mut queue: Vec<(Vec<usize>, Vec<usize>, bool)> = vec![(states, Vec::new(), false)];
        let mut known = FxHashSet::default();
        let mut at = 0;
        while let Some((states, word, closed)) = queue.get(at).cloned() {
            at += 1;
            let refused = !closed && !self.automaton.accepts(&states, END);
            if refused && (!word.is_empty() || self.dies(candidate)) {
                return Some(word);
            }
            let last_line = self.automaton.accepts(&states, LAST_LINE_END);
            for symbol in self.automaton.alphabet.all().iter().filter(|_| word.len() < MAX_SUFFIX) {
                let Some(next) = self.automaton.after(&states, symbol) else { continue };
                let closed = last_line && Some(symbol) == line_end;
                if known.len() < MAX_SETS && known.insert((next.clone(), closed)) {
                    queue.push((next, word.iter().copied().chain([symbol]).collect(), closed));
                }
            }
        }
        None
    }

    /// Whether the pattern matches while it reads the prefix or the first pumps, whatever follows.
    pub fn matches_early(&self, candidate: &Candidate) -> bool {
        let pumps = candidate.pump.iter().cycle().take(candidate.pump.len() * 16);
        let mut states = vec![0];
        for symbol in candidate.prefix.iter().chain(pumps) {
            match self.automaton.after(&states, *symbol) {
                Some(next) => states = next,
                None => return true,
            }
        }
        false
    }

    /// Whether the end of the text right behind the pump already refuses it.
    fn dies(&self, candidate: &Candidate) -> bool {
        self.automaton.states.get(candidate.state).is_some_and(|state| !state.accept.contains(END))
    }

    /// Suffixes worth trying when the pattern matches in the end all the same: what the looping state cannot read first.
    fn guesses(&self, candidate: &Candidate) -> Vec<Vec<usize>> {
        let all = self.automaton.alphabet.all();
        let read = self
            .automaton
            .states
            .get(candidate.state)
            .map_or(Symbols::NONE, |state| state.edges.iter().fold(state.accept, |all, edge| all.or(edge.symbols)));
        let strange: Vec<usize> = all.and(read.not()).iter().chain(all.and(read).iter()).collect();
        let further = all.and(read).first();
        let singles = strange.iter().map(|symbol| vec![*symbol]);
        let pairs = strange.iter().zip(further).map(|(symbol, further)| vec![*symbol, further]);
        std::iter::once(Vec::new()).chain(singles.take(MAX_GUESSES)).chain(pairs.take(1)).collect()
    }
}

/// The shortest word of which the pump is a repetition.
fn root(pump: &[usize]) -> &[usize] {
    let repeats = |length: &usize| {
        pump.len().is_multiple_of(*length) && pump.chunks(*length).all(|chunk| pump.starts_with(chunk))
    };
    (1..=pump.len()).find(repeats).and_then(|length| pump.get(..length)).unwrap_or(pump)
}
