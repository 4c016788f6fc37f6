//! The pattern as a graph of steps: the characters it reads, and the choices, loops and conditions in between.

use std::collections::BTreeMap;

use super::ast::{Assertion, Kind, Look, Mode, Node, Repeat};
use super::charset::{self, CharSet};
use super::parse::{Parsed, newline};
use super::{Dialect, MatchKind};
use crate::syntax::hir::Span;

/// A graph larger than this is not analysed.
const MAX_STEPS: usize = 6_000;
/// How often back-references are resolved inside what a back-reference stands for.
const MAX_COPIES: u32 = 2;

/// How counted repetitions are written out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Counts {
    /// Copy by copy.
    Exact,
    /// Cut to a few copies.
    Cut,
    /// As loops without a bound: more words and more ways to match them.
    Loops,
}

/// A condition on the character before or behind a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Condition {
    pub set: usize,
    pub negated: bool,
    /// Whether the edge of the text (no character at all) is accepted.
    pub edge: bool,
}

#[derive(Clone, Debug)]
pub(super) enum Step {
    /// Reads a character of the set.
    Char {
        set: usize,
        next: usize,
        span: Span,
    },
    Split(Vec<usize>),
    /// Begins a turn of a loop whose body may be empty.
    Enter {
        id: usize,
        next: usize,
    },
    /// Ends it: on to the loop, or, after an empty turn, to what the dialect does then.
    Leave {
        id: usize,
        back: usize,
        tail: usize,
    },
    Require {
        before: Option<Condition>,
        behind: Option<Condition>,
        next: usize,
    },
    /// Python's `$`: the end of the text, or a line end that closes it.
    Dollar {
        behind: Condition,
        next: usize,
    },
    Accept,
    /// The end of a look-around that is explored for its own sake.
    Dead,
}

#[derive(Debug)]
pub(super) struct Graph {
    pub steps: Vec<Step>,
    pub sets: Vec<CharSet>,
    pub start: usize,
    /// The step that reads what lies before an unanchored match.
    pub prefix: Option<usize>,
    /// Whether the graph lets through more than the pattern: look-around, back-references or atomic groups are left out.
    pub inexact: bool,
    /// Whether a counted repetition was not written out in full.
    pub counts_changed: bool,
    /// Where the loops without a bound are.
    pub loops: Vec<Span>,
    pub dialect: Dialect,
}

pub(super) struct TooLarge;

struct Builder<'a> {
    graph: Graph,
    known: BTreeMap<CharSet, usize>,
    groups: BTreeMap<u32, &'a Node>,
    counts: Counts,
    copies: u32,
    word: CharSet,
}

type Built = Result<usize, TooLarge>;

impl Graph {
    pub fn new(parsed: &Parsed, dialect: Dialect, kind: MatchKind, counts: Counts) -> Result<Graph, TooLarge> {
        let graph = Graph {
            steps: Vec::new(),
            sets: Vec::new(),
            start: 0,
            prefix: None,
            inexact: false,
            counts_changed: false,
            loops: Vec::new(),
            dialect,
        };
        let mut groups = BTreeMap::new();
        for node in parsed.root.walk() {
            if let Kind::Group(inner, Some(number)) = &node.kind {
                groups.insert(*number, &**inner);
            }
        }
        let wide = dialect == Dialect::Python && !parsed.flags.ascii;
        let word = if wide { charset::UNICODE_WORD.clone() } else { charset::ASCII_WORD.clone() };
        let mut builder = Builder { graph, known: BTreeMap::new(), groups, counts, copies: 0, word };
        builder.whole(&parsed.root, kind)?;
        Ok(builder.graph)
    }
}

impl<'a> Builder<'a> {
    fn whole(&mut self, root: &'a Node, kind: MatchKind) -> Result<(), TooLarge> {
        let mut end = self.add(Step::Accept)?;
        if kind == MatchKind::FullMatch {
            let condition = self.edge_only();
            end = self.add(Step::Require { before: None, behind: Some(condition), next: end })?;
        }
        let pattern = self.build(root, end)?;
        self.graph.start = pattern;
        if kind == MatchKind::Search {
            let set = self.set(CharSet::any());
            let head = self.add(Step::Split(Vec::new()))?;
            let prefix = self.add(Step::Char { set, next: head, span: root.span })?;
            self.patch(head, vec![pattern, prefix]);
            self.graph.start = head;
            self.graph.prefix = Some(prefix);
        }
        Ok(())
    }

    fn add(&mut self, step: Step) -> Built {
        if self.graph.steps.len() >= MAX_STEPS {
            return Err(TooLarge);
        }
        self.graph.steps.push(step);
        Ok(self.graph.steps.len() - 1)
    }

    fn patch(&mut self, at: usize, targets: Vec<usize>) {
        if let Some(step) = self.graph.steps.get_mut(at) {
            *step = Step::Split(targets);
        }
    }

    fn set(&mut self, set: CharSet) -> usize {
        let sets = &mut self.graph.sets;
        *self.known.entry(set).or_insert_with_key(|set| {
            sets.push(set.clone());
            sets.len() - 1
        })
    }

    fn condition(&mut self, set: CharSet, negated: bool, edge: bool) -> Condition {
        Condition { set: self.set(set), negated, edge }
    }

    fn edge_only(&mut self) -> Condition {
        self.condition(CharSet::empty(), false, true)
    }

    /// The first step of the node, when what follows it begins at `next`.
    fn build(&mut self, node: &'a Node, next: usize) -> Built {
        match &node.kind {
            Kind::Empty => Ok(next),
            Kind::Class(class) => {
                let set = self.set(class.set.clone());
                self.add(Step::Char { set, next, span: node.span })
            }
            Kind::Assert(assertion) => self.assertion(*assertion, next),
            Kind::Concat(nodes) => nodes.iter().rev().try_fold(next, |next, node| self.build(node, next)),
            Kind::Alternate(nodes) => {
                let starts = nodes.iter().map(|node| self.build(node, next)).collect::<Result<_, _>>()?;
                self.add(Step::Split(starts))
            }
            Kind::Repeat(repeat) => self.repeat(repeat, node.span, next),
            Kind::Group(inner, _) => self.build(inner, next),
            Kind::Atomic(inner) => match &inner.bare().kind {
                Kind::Repeat(repeat) if repeat.mode == Mode::Greedy => self.possessive(repeat, node.span, next),
                Kind::Class(_) => self.build(inner, next),
                _ => {
                    self.graph.inexact = true;
                    self.build(inner, next)
                }
            },
            Kind::Look(look) => self.look(look, next),
            Kind::Backreference(number) => self.reference(*number, next),
            Kind::Conditional(_, branches) => {
                self.graph.inexact = true;
                let starts = vec![self.build(&branches.0, next)?, self.build(&branches.1, next)?];
                self.add(Step::Split(starts))
            }
        }
    }

    fn assertion(&mut self, assertion: Assertion, next: usize) -> Built {
        let line = newline(self.graph.dialect);
        let (before, behind) = match assertion {
            Assertion::TextStart => (Some(self.edge_only()), None),
            Assertion::TextEnd => (None, Some(self.edge_only())),
            Assertion::TextEndOrNewline => {
                let behind = self.condition(line, false, true);
                return self.add(Step::Dollar { behind, next });
            }
            Assertion::LineStart => (Some(self.condition(line, false, true)), None),
            Assertion::LineEnd => (None, Some(self.condition(line, false, true))),
            Assertion::WordBoundary | Assertion::NotWordBoundary => {
                let inside = self.condition(self.word.clone(), false, false);
                let outside = self.condition(self.word.clone(), true, true);
                let same = assertion == Assertion::NotWordBoundary;
                let mut starts = Vec::new();
                for (before, behind) in [(inside, outside), (outside, inside)] {
                    let behind = if same { before } else { behind };
                    starts.push(self.add(Step::Require { before: Some(before), behind: Some(behind), next })?);
                }
                return self.add(Step::Split(starts));
            }
        };
        self.add(Step::Require { before, behind, next })
    }

    fn repeat(&mut self, repeat: &'a Repeat, span: Span, next: usize) -> Built {
        if repeat.mode == Mode::Possessive {
            return self.possessive(repeat, span, next);
        }
        let (mut min, mut max) = (repeat.min, repeat.max);
        /// A repetition with more copies than this may be changed.
        const MANY: u32 = 4;
        let many = min.max(max.unwrap_or(0)) > MANY;
        if many && self.counts != Counts::Exact {
            self.graph.counts_changed = true;
            let cut = min.min(MANY - 1);
            max = if self.counts == Counts::Loops { None } else { max.map(|max| cut + (max - min).min(1)) };
            min = if self.counts == Counts::Loops { min.min(1) } else { cut };
        }
        let body = &repeat.node;
        let checked = body.nullable();
        let start = match max {
            None => self.endless(body, span, checked, next)?,
            Some(max) => {
                let mut start = next;
                for _ in min..max {
                    start = self.optional(body, checked, start, next)?;
                }
                start
            }
        };
        self.copies_of(body, min, start)
    }

    /// `body{count}`.
    fn copies_of(&mut self, body: &'a Node, count: u32, next: usize) -> Built {
        let mut start = next;
        for _ in 0..count {
            let before = self.build(body, start)?;
            if before == start {
                break; // An empty body: more copies add no step and would never reach the limit.
            }
            start = before;
        }
        Ok(start)
    }

    /// `body*`.
    fn endless(&mut self, body: &'a Node, span: Span, checked: bool, next: usize) -> Built {
        self.graph.loops.push(span);
        let head = self.add(Step::Split(Vec::new()))?;
        let turn = self.turn(body, checked, head, next)?;
        self.patch(head, vec![turn, next]);
        Ok(head)
    }

    /// `body?`, where `rest` follows the body and `next` an absent or empty one.
    fn optional(&mut self, body: &'a Node, checked: bool, rest: usize, next: usize) -> Built {
        let turn = self.turn(body, checked, rest, next)?;
        self.add(Step::Split(vec![turn, next]))
    }

    fn turn(&mut self, body: &'a Node, checked: bool, back: usize, tail: usize) -> Built {
        if !checked {
            return self.build(body, back);
        }
        let id = self.add(Step::Leave { id: 0, back, tail })?;
        if let Some(step) = self.graph.steps.get_mut(id) {
            *step = Step::Leave { id, back, tail };
        }
        let start = self.build(body, id)?;
        self.add(Step::Enter { id, next: start })
    }

    /// A possessive loop over single characters stops exactly where no more of them follow; others are read as greedy.
    fn possessive(&mut self, repeat: &'a Repeat, span: Span, next: usize) -> Built {
        let next = match (repeat.node.single_class(), repeat.max) {
            (Some(set), None) => {
                let stop = self.condition(set, true, true);
                self.add(Step::Require { before: None, behind: Some(stop), next })?
            }
            _ => {
                self.graph.inexact = true;
                next
            }
        };
        let start = match repeat.max {
            None => self.endless(&repeat.node, span, repeat.node.nullable(), next)?,
            Some(_) => return self.greedy_copy(repeat, next),
        };
        self.copies_of(&repeat.node, if self.counts == Counts::Exact { repeat.min } else { repeat.min.min(1) }, start)
    }

    fn greedy_copy(&mut self, repeat: &'a Repeat, next: usize) -> Built {
        let mut start = next;
        let max = repeat.max.unwrap_or(repeat.min);
        let few = |n: u32| if self.counts == Counts::Exact { n } else { n.min(2) };
        let (min, max) = (few(repeat.min), few(max));
        for _ in min..max {
            start = self.optional(&repeat.node, repeat.node.nullable(), start, next)?;
        }
        self.copies_of(&repeat.node, min, start)
    }

    fn look(&mut self, look: &'a Look, next: usize) -> Built {
        if let Some(set) = look.node.single_class() {
            let condition = Some(self.condition(set, look.negative, look.negative));
            let (before, behind) = if look.ahead { (None, condition) } else { (condition, None) };
            return self.add(Step::Require { before, behind, next });
        }
        self.graph.inexact = true;
        if !look.ahead {
            return Ok(next);
        }
        // What the look-ahead reads is tried at this place too, whatever comes of it.
        let dead = self.add(Step::Dead)?;
        let inner = self.build(&look.node, dead)?;
        self.add(Step::Split(vec![inner, next]))
    }

    /// A back-reference reads again what its group can read, or nothing.
    fn reference(&mut self, number: u32, next: usize) -> Built {
        self.graph.inexact = true;
        let Some(group) = self.groups.get(&number).copied().filter(|_| self.copies < MAX_COPIES) else {
            return Ok(next);
        };
        self.copies += 1;
        let copy = self.build(group, next);
        self.copies -= 1;
        let starts = vec![copy?, next];
        self.add(Step::Split(starts))
    }
}
