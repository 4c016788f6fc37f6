//! Regular expressions as attackers see them: patterns whose matching takes exponential or polynomial time, the characters
//! that a validating pattern lets through, and equivalent patterns that match in linear time.
//!
//! A pattern of either dialect is parsed into one tree ([`ast`]), written out as a graph ([`graph`]) and turned into an
//! automaton of positions ([`mod@automaton`]) whose ambiguity ([`ambiguity`]) tells how slow a backtracking matcher can
//! become. A verdict is given only after a step-counting matcher ([`matcher`]) has confirmed it on a word ([`attack`]).
//! All work is bounded in steps; what goes beyond is [`Verdict::Unknown`].

mod alphabet;
mod ambiguity;
mod ast;
mod attack;
mod automaton;
mod charset;
mod ends;
mod escape;
mod graph;
mod language;
mod matcher;
mod parse;
mod rewrite;
#[cfg(test)]
mod tests;

pub use attack::Attack;
pub use charset::CharSet;
pub use ends::constant_ends;
pub use language::Whole;
pub use rewrite::suggest_linear;

use crate::syntax::hir::Span;
use ambiguity::Candidates;
use attack::{Growth, Prover};
use automaton::Automaton;
use graph::{Counts, Graph};
use matcher::Program;
use parse::{Failure, Parsed};

/// Whose pattern it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Dialect {
    /// Python's `re` (and what `regex` adds without changing the rest).
    Python,
    /// ECMAScript.
    JavaScript,
    /// `java.util.regex`. It is read as Python's patterns of ASCII are, but for what is said in the parser.
    Java,
}

/// Where a match may begin and must end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MatchKind {
    /// Anywhere: `re.search`, `re.sub`, `re.split`, `re.findall`; `test`, `match`, `replace`, `split`.
    Search,
    /// From the start: `re.match`, a sticky expression.
    MatchStart,
    /// From the start to the end: `re.fullmatch`, the `pattern` attribute in HTML.
    FullMatch,
}

/// The flags of a pattern that matter here.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Flags {
    /// `i`.
    pub ignore_case: bool,
    /// `m`: `^` and `$` match at line ends too.
    pub multi_line: bool,
    /// `s`: the dot matches line ends too.
    pub dot_all: bool,
    /// ECMAScript's `u`.
    pub unicode: bool,
    /// ECMAScript's `v`.
    pub unicode_sets: bool,
    /// ECMAScript's `y`.
    pub sticky: bool,
    /// Python's `x`.
    pub verbose: bool,
    /// Python's `a`, and patterns of bytes.
    pub ascii: bool,
}

impl Flags {
    /// The flags that letters stand for: `gi` behind a literal of ECMAScript, `im` of Python's `(?im)`. Others are ignored.
    pub fn from_letters(letters: &str, dialect: Dialect) -> Flags {
        let mut flags = Flags { ascii: dialect == Dialect::Java, ..Flags::default() };
        letters.chars().for_each(|c| flags.set(c, true, dialect));
        flags
    }

    fn set(&mut self, letter: char, on: bool, dialect: Dialect) {
        match (letter, dialect) {
            ('i' | 'I', _) => self.ignore_case = on,
            ('m' | 'M', _) => self.multi_line = on,
            ('s' | 'S', _) => self.dot_all = on,
            ('u' | 'U', Dialect::Python) => self.ascii = !on,
            ('u', Dialect::JavaScript) => self.unicode = on,
            ('v', Dialect::JavaScript) => self.unicode_sets = on,
            ('y', Dialect::JavaScript) => self.sticky = on,
            ('x' | 'X', Dialect::Python) | ('x', Dialect::Java) => self.verbose = on,
            ('U', Dialect::Java) => self.ascii = !on,
            ('a' | 'A', Dialect::Python) => self.ascii = on,
            _ => {}
        }
    }
}

/// How slow matching a pattern can become.
#[derive(Clone, Debug, PartialEq)]
pub enum Verdict {
    /// Linear in the length of the text.
    Safe,
    /// The steps grow with a power of the length.
    Polynomial {
        /// The exponent as measured, at least 2.
        degree: u32,
        /// The part of the pattern that is to blame, in bytes of it.
        span: Span,
        /// A text on which it shows.
        attack: Attack,
    },
    /// The steps grow exponentially: a few dozen characters are enough to block the program.
    Exponential {
        /// The part of the pattern that is to blame, in bytes of it.
        span: Span,
        /// A text on which it shows.
        attack: Attack,
    },
    /// The analysis gave up.
    Unknown {
        /// Why, in words.
        reason: String,
    },
    /// The dialect does not accept the pattern.
    Invalid {
        /// What is wrong with it.
        reason: String,
        /// The byte of the pattern where that was noticed.
        at: u32,
    },
}

/// What even the simplest pattern takes, in steps.
const LEAST_WORK: u64 = 500;

/// Which growth a verdict is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Growths {
    /// Exponential growth only: any other verdict says no more than that there is none.
    Exponential,
    /// Polynomial growth too.
    Any,
}

/// Judges how slow matching a pattern can become.
pub fn analyse(pattern: &str, dialect: Dialect, flags: Flags, kind: MatchKind) -> Verdict {
    analyse_counted(pattern, dialect, flags, kind, Growths::Any).0
}

/// The same, with the steps that it took: edges of automata that were looked at, and steps of matches.
pub fn analyse_counted(
    pattern: &str,
    dialect: Dialect,
    flags: Flags,
    kind: MatchKind,
    asked: Growths,
) -> (Verdict, u64) {
    let mut work = LEAST_WORK + pattern.len() as u64;
    let verdict = match understood(pattern, dialect, flags) {
        Ok(parsed) if asked == Growths::Exponential && repeats_characters(&parsed) => Verdict::Safe,
        Ok(parsed) => analyse_parsed(&parsed, dialect, effective(kind, flags), asked, &mut work),
        Err(verdict) => verdict,
    };
    (verdict, work)
}

/// The pattern, or why there is no verdict on it.
fn understood(pattern: &str, dialect: Dialect, flags: Flags) -> Result<Parsed, Verdict> {
    let parsed = match parse::parse(pattern, dialect, flags) {
        Ok(parsed) => parsed,
        Err(Failure::Invalid(reason, at)) => return Err(Verdict::Invalid { reason, at }),
        Err(Failure::Unknown(reason)) => return Err(Verdict::Unknown { reason }),
    };
    match beyond(&parsed) {
        Some(reason) => Err(Verdict::Unknown { reason: reason.to_owned() }),
        None => Ok(parsed),
    }
}

fn analyse_parsed(parsed: &Parsed, dialect: Dialect, mut kind: MatchKind, asked: Growths, work: &mut u64) -> Verdict {
    let mut exact = automaton(parsed, dialect, kind, Counts::Exact);
    // A pattern that matches at the first place, whatever the text, is never tried at a second one.
    if kind == MatchKind::Search && exact.as_ref().is_ok_and(|automaton| automaton.always_matches(0)) {
        kind = MatchKind::MatchStart;
        exact = automaton(parsed, dialect, kind, Counts::Exact);
    }
    match exact {
        Ok(exact) => judge(&exact, parsed, (dialect, kind), asked, work),
        Err(_) => judge_without_counts(parsed, dialect, kind, work),
    }
}

/// Whether only characters are repeated, nothing that is made of more: each turn of a loop can then be taken in one way only,
/// and nothing grows exponentially.
fn repeats_characters(parsed: &Parsed) -> bool {
    parsed.root.walk().iter().all(|node| match &node.kind {
        ast::Kind::Repeat(repeat) => repeat.max == Some(1) || matches!(repeat.node.bare().kind, ast::Kind::Class(_)),
        _ => true,
    })
}

/// A sticky expression matches where it stands.
fn effective(kind: MatchKind, flags: Flags) -> MatchKind {
    if kind == MatchKind::Search && flags.sticky { MatchKind::MatchStart } else { kind }
}

/// What the automaton cannot express in any way.
fn beyond(parsed: &Parsed) -> Option<&'static str> {
    let unbounded = |node: &ast::Node| {
        node.walk().iter().any(|inner| matches!(&inner.kind, ast::Kind::Repeat(repeat) if repeat.max.is_none()))
    };
    parsed.root.walk().iter().find_map(|node| match &node.kind {
        ast::Kind::Look(look) if !look.ahead && unbounded(&look.node) => Some("a look-behind without a bound"),
        _ => None,
    })
}

fn automaton(parsed: &Parsed, dialect: Dialect, kind: MatchKind, counts: Counts) -> Result<Automaton, &'static str> {
    let graph = Graph::new(parsed, dialect, kind, counts).map_err(|_| "the pattern is too large")?;
    Automaton::new(graph)
}

fn judge(
    automaton: &Automaton,
    parsed: &Parsed,
    (dialect, kind): (Dialect, MatchKind),
    asked: Growths,
    work: &mut u64,
) -> Verdict {
    let mut candidates = ambiguity::find(automaton);
    *work += candidates.work as u64;
    if asked == Growths::Exponential {
        candidates.polynomial.clear();
    }
    let program = Program::new(parsed, dialect);
    let mut prover = Prover { automaton, program: &program, kind, spent: 0 };
    let verdict = proven(&candidates, &mut prover);
    *work += prover.spent;
    if let Some(verdict) = verdict {
        return verdict;
    }
    // Where every way out of an ambiguous loop is a match, no matcher goes back to try the others.
    let mut all = candidates.exponential.iter().chain(&candidates.polynomial);
    let settled = all.all(|candidate| {
        automaton.settles(candidate.state, &candidate.pump)
            || !automaton.graph.inexact && prover.matches_early(candidate)
    });
    let reason = match (candidates.incomplete, settled) {
        (true, _) => "the automaton of the pattern is too large to compare with itself",
        (false, true) => return Verdict::Safe,
        (false, false) => "an ambiguous part was found, but no text that makes it slow",
    };
    Verdict::Unknown { reason: reason.to_owned() }
}

/// The worst verdict that a candidate leads to.
fn proven(candidates: &Candidates, prover: &mut Prover) -> Option<Verdict> {
    let mut worst: Option<Verdict> = None;
    let exponential = candidates.exponential.iter().map(|candidate| (candidate, true));
    for (candidate, explodes) in exponential.chain(candidates.polynomial.iter().map(|candidate| (candidate, false))) {
        let Some((attack, growth)) = prover.prove(candidate, explodes) else { continue };
        let span = candidate.span;
        match (growth, &worst) {
            (Growth::Exponential, _) => return Some(Verdict::Exponential { span, attack }),
            (Growth::Linear, _) => {}
            (Growth::Polynomial(degree), Some(Verdict::Polynomial { degree: known, .. })) if degree <= *known => {}
            (Growth::Polynomial(degree), _) => worst = Some(Verdict::Polynomial { degree, span, attack }),
        }
    }
    worst
}

/// Counted repetitions that are too large to write out are cut, and made loops: only where both agree is there a verdict.
fn judge_without_counts(parsed: &Parsed, dialect: Dialect, kind: MatchKind, work: &mut u64) -> Verdict {
    let mut safe = true;
    for counts in [Counts::Cut, Counts::Loops] {
        let verdict = match automaton(parsed, dialect, kind, counts) {
            Ok(automaton) => judge(&automaton, parsed, (dialect, kind), Growths::Any, work),
            Err(reason) => return Verdict::Unknown { reason: reason.to_owned() },
        };
        if matches!(verdict, Verdict::Exponential { .. } | Verdict::Polynomial { .. }) {
            return verdict;
        }
        safe &= verdict == Verdict::Safe;
    }
    if safe {
        return Verdict::Safe;
    }
    Verdict::Unknown { reason: "the verdict depends on counted repetitions that are too large to write out".to_owned() }
}
