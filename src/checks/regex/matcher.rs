//! A backtracking matcher that counts its steps: what the dialects' own matchers do, without their short cuts. It settles
//! whether a word really makes a pattern slow.

use super::ast::{Assertion, Kind, Look, Mode, Node, Repeat};
use super::charset::{self, CharSet};
use super::parse::{Parsed, newline};
use super::{Dialect, MatchKind};

/// What came of a match.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Outcome {
    /// Where the match ended, if there is one and the steps sufficed.
    pub matched: bool,
    pub steps: u64,
    /// Whether the limit of steps was reached.
    pub exhausted: bool,
}

#[derive(Clone, Debug)]
enum Op {
    Char(usize),
    /// Tries the first target, then the second.
    Split(usize, usize),
    Jump(usize),
    Save(usize),
    Assert(Assertion),
    Reference(usize),
    /// Runs the code behind it up to its `Done` on its own, then goes on at the target.
    Look {
        ahead: bool,
        negative: bool,
        next: usize,
    },
    Atomic {
        next: usize,
    },
    IfGroup(usize, usize),
    Count {
        register: usize,
    },
    Loop {
        register: usize,
        min: u32,
        max: Option<u32>,
        greedy: bool,
        body: usize,
        next: usize,
    },
    Done,
}

/// A compiled pattern.
pub(super) struct Program {
    ops: Vec<Op>,
    sets: Vec<Set>,
    registers: usize,
    dialect: Dialect,
    ignore_case: bool,
    newline: CharSet,
    word: CharSet,
}

/// A set with what it holds of ASCII as bits, since that is what is mostly asked.
struct Set {
    ascii: u128,
    all: CharSet,
}

impl Set {
    fn new(all: &CharSet) -> Set {
        let ascii = (0..128).filter(|c| all.contains_code(*c)).fold(0, |bits, c| bits | 1 << c);
        Set { ascii, all: all.clone() }
    }

    fn contains(&self, c: char) -> bool {
        if c.is_ascii() { self.ascii >> (c as u32) & 1 == 1 } else { self.all.contains(c) }
    }
}

/// What a failed branch goes back to.
enum Undo {
    Branch(usize, usize),
    Register(usize, usize),
}

/// Not a position: a register that nothing was written to.
const UNSET: usize = usize::MAX;

impl Program {
    /// Compiles a pattern.
    pub fn new(parsed: &Parsed, dialect: Dialect) -> Program {
        let wide = dialect == Dialect::Python && !parsed.flags.ascii;
        let word = if wide { charset::UNICODE_WORD.clone() } else { charset::ASCII_WORD.clone() };
        let mut program = Program {
            ops: Vec::new(),
            sets: Vec::new(),
            registers: 2 * (parsed.groups as usize + 1),
            dialect,
            ignore_case: parsed.flags.ignore_case,
            newline: newline(dialect),
            word,
        };
        program.compile(&parsed.root);
        program.ops.push(Op::Done);
        program
    }

    /// Matches, as the kind says, with a limit of steps.
    pub fn run(&self, text: &[char], kind: MatchKind, limit: u64) -> Outcome {
        let mut run =
            Run { program: self, text, registers: vec![UNSET; self.registers], steps: 0, limit, failed: false };
        let last = if kind == MatchKind::Search { text.len() } else { 0 };
        let end = (kind == MatchKind::FullMatch).then_some(text.len());
        let mut matched = false;
        for start in 0..=last {
            run.registers.fill(UNSET);
            matched = run.from(0, start, end).is_some();
            if matched || run.failed {
                break;
            }
        }
        Outcome { matched: matched && !run.failed, steps: run.steps, exhausted: run.failed }
    }

    fn emit(&mut self, op: Op) -> usize {
        self.ops.push(op);
        self.ops.len() - 1
    }

    fn patch(&mut self, at: usize, op: Op) {
        if let Some(slot) = self.ops.get_mut(at) {
            *slot = op;
        }
    }

    fn compile(&mut self, node: &Node) {
        match &node.kind {
            Kind::Empty => {}
            Kind::Class(class) => {
                self.sets.push(Set::new(&class.set));
                self.emit(Op::Char(self.sets.len() - 1));
            }
            Kind::Assert(assertion) => {
                self.emit(Op::Assert(*assertion));
            }
            Kind::Concat(nodes) => nodes.iter().for_each(|node| self.compile(node)),
            Kind::Alternate(nodes) => self.alternatives(nodes),
            Kind::Repeat(repeat) if repeat.mode == Mode::Possessive => {
                let at = self.emit(Op::Done);
                self.repeat(repeat);
                self.emit(Op::Done);
                self.patch(at, Op::Atomic { next: self.ops.len() });
            }
            Kind::Repeat(repeat) => self.repeat(repeat),
            Kind::Group(inner, None) => self.compile(inner),
            Kind::Group(inner, Some(number)) => {
                self.emit(Op::Save(2 * *number as usize));
                self.compile(inner);
                self.emit(Op::Save(2 * *number as usize + 1));
            }
            Kind::Atomic(inner) => {
                let at = self.emit(Op::Done);
                self.compile(inner);
                self.emit(Op::Done);
                self.patch(at, Op::Atomic { next: self.ops.len() });
            }
            Kind::Look(look) => self.look(look),
            Kind::Backreference(number) => {
                self.emit(Op::Reference(*number as usize));
            }
            Kind::Conditional(number, branches) => {
                let test = self.emit(Op::Done);
                self.compile(&branches.0);
                let jump = self.emit(Op::Done);
                self.patch(test, Op::IfGroup(*number as usize, self.ops.len()));
                self.compile(&branches.1);
                self.patch(jump, Op::Jump(self.ops.len()));
            }
        }
    }

    fn alternatives(&mut self, nodes: &[Node]) {
        let mut jumps = Vec::new();
        for (i, node) in nodes.iter().enumerate() {
            if i + 1 == nodes.len() {
                self.compile(node);
                break;
            }
            let split = self.emit(Op::Done);
            self.compile(node);
            jumps.push(self.emit(Op::Done));
            self.patch(split, Op::Split(split + 1, self.ops.len()));
        }
        let end = self.ops.len();
        jumps.into_iter().for_each(|jump| self.patch(jump, Op::Jump(end)));
    }

    /// Two registers a loop: the turns begun, and where the last one began.
    fn repeat(&mut self, repeat: &Repeat) {
        let register = self.registers;
        self.registers += 2;
        self.emit(Op::Count { register });
        let head = self.emit(Op::Done);
        self.compile(&repeat.node);
        self.emit(Op::Jump(head));
        let (min, max, greedy) = (repeat.min, repeat.max, repeat.mode != Mode::Lazy);
        self.patch(head, Op::Loop { register, min, max, greedy, body: head + 1, next: self.ops.len() });
    }

    fn look(&mut self, look: &Look) {
        let at = self.emit(Op::Done);
        self.compile(&look.node);
        self.emit(Op::Done);
        self.patch(at, Op::Look { ahead: look.ahead, negative: look.negative, next: self.ops.len() });
    }
}

struct Run<'a> {
    program: &'a Program,
    text: &'a [char],
    registers: Vec<usize>,
    steps: u64,
    limit: u64,
    failed: bool,
}

/// What one operation leads to.
enum Next {
    Go(usize, usize),
    Fail,
    Finish,
}

impl Run<'_> {
    /// Runs from an operation at a position until `Done`; gives where it ended. Recursion is bounded by how deeply
    /// look-arounds and atomic groups are nested.
    fn from(&mut self, start: usize, position: usize, end: Option<usize>) -> Option<(usize, Vec<Undo>)> {
        let mut undo: Vec<Undo> = Vec::new();
        let (mut op, mut at) = (start, position);
        loop {
            self.steps += 1;
            if self.steps > self.limit {
                self.failed = true;
                return None;
            }
            let next = self.step(op, at, &mut undo);
            match next {
                Next::Go(o, a) => (op, at) = (o, a),
                Next::Finish if end.is_none_or(|end| end == at) => return Some((at, undo)),
                Next::Finish | Next::Fail => match self.backtrack(&mut undo) {
                    Some(branch) => (op, at) = branch,
                    None => return None,
                },
            }
        }
    }

    fn backtrack(&mut self, undo: &mut Vec<Undo>) -> Option<(usize, usize)> {
        loop {
            match undo.pop()? {
                Undo::Branch(op, at) => return Some((op, at)),
                Undo::Register(register, old) => {
                    if let Some(slot) = self.registers.get_mut(register) {
                        *slot = old;
                    }
                }
            }
        }
    }

    fn write(&mut self, register: usize, value: usize, undo: &mut Vec<Undo>) {
        if let Some(slot) = self.registers.get_mut(register) {
            undo.push(Undo::Register(register, *slot));
            *slot = value;
        }
    }

    fn read(&self, register: usize) -> usize {
        self.registers.get(register).copied().unwrap_or(UNSET)
    }

    fn step(&mut self, op: usize, at: usize, undo: &mut Vec<Undo>) -> Next {
        let program = self.program;
        match program.ops.get(op) {
            None | Some(Op::Done) => Next::Finish,
            Some(Op::Char(set)) => {
                let set = program.sets.get(*set);
                match (self.text.get(at), set) {
                    (Some(c), Some(set)) if set.contains(*c) => Next::Go(op + 1, at + 1),
                    _ => Next::Fail,
                }
            }
            Some(Op::Split(first, second)) => {
                undo.push(Undo::Branch(*second, at));
                Next::Go(*first, at)
            }
            Some(Op::Jump(to)) => Next::Go(*to, at),
            Some(Op::Save(register)) => {
                self.write(*register, at, undo);
                Next::Go(op + 1, at)
            }
            Some(Op::Assert(assertion)) if self.asserted(*assertion, at) => Next::Go(op + 1, at),
            Some(Op::Assert(_)) => Next::Fail,
            Some(Op::Reference(group)) => self.reference(*group, op, at),
            Some(Op::Look { ahead, negative, next }) => {
                let found = if *ahead { self.from(op + 1, at, None) } else { self.behind(op + 1, at) };
                let fits = found.is_some() != *negative && !self.failed;
                if let Some((_, inner)) = found {
                    keep_registers(inner, undo);
                }
                if fits { Next::Go(*next, at) } else { Next::Fail }
            }
            Some(Op::Atomic { next }) => match self.from(op + 1, at, None) {
                Some((end, inner)) => {
                    keep_registers(inner, undo);
                    Next::Go(*next, end)
                }
                None => Next::Fail,
            },
            Some(Op::IfGroup(group, otherwise)) => {
                Next::Go(if self.read(2 * group + 1) == UNSET { *otherwise } else { op + 1 }, at)
            }
            Some(Op::Count { register }) => {
                self.write(*register, 0, undo);
                self.write(*register + 1, UNSET, undo);
                Next::Go(op + 1, at)
            }
            Some(Op::Loop { register, min, max, greedy, body, next }) => {
                let bounds = (*min as usize, max.map_or(UNSET, |max| max as usize));
                self.turn(*register, bounds, *greedy, (*body, *next), at, undo)
            }
        }
    }

    fn turn(
        &mut self,
        register: usize,
        (min, max): (usize, usize),
        greedy: bool,
        (body, next): (usize, usize),
        at: usize,
        undo: &mut Vec<Undo>,
    ) -> Next {
        let count = self.read(register);
        let empty = count > 0 && self.read(register + 1) == at;
        if empty && count > min {
            // ECMAScript rejects an empty turn that was not required; Python ends the loop after it.
            return if self.program.dialect == Dialect::JavaScript { Next::Fail } else { Next::Go(next, at) };
        }
        let (more, enough) = (count < max && !(empty && count >= min), count >= min);
        if more && enough && !greedy {
            // Leaving comes first. The turn's registers are written below the branch, so that going back to it finds them.
            let began = self.read(register + 1);
            self.write(register, count + 1, undo);
            self.write(register + 1, at, undo);
            undo.push(Undo::Branch(body, at));
            self.write(register, count, undo);
            self.write(register + 1, began, undo);
            return Next::Go(next, at);
        }
        if more {
            if enough {
                undo.push(Undo::Branch(next, at));
            }
            self.write(register, count + 1, undo);
            self.write(register + 1, at, undo);
            return Next::Go(body, at);
        }
        if enough { Next::Go(next, at) } else { Next::Fail }
    }
}

/// What an inner run wrote stays until the outer one goes back; its branches are given up.
fn keep_registers(inner: Vec<Undo>, undo: &mut Vec<Undo>) {
    undo.extend(inner.into_iter().filter(|entry| matches!(entry, Undo::Register(..))));
}

impl Run<'_> {
    /// A look-behind: a match that begins anywhere before and ends here.
    fn behind(&mut self, op: usize, at: usize) -> Option<(usize, Vec<Undo>)> {
        (0..=at).rev().find_map(|start| self.from(op, start, Some(at)))
    }

    fn reference(&mut self, group: usize, op: usize, at: usize) -> Next {
        let (start, end) = (self.read(2 * group), self.read(2 * group + 1));
        let Some(text) = self.text.get(start..end) else {
            let unset_is_empty = self.program.dialect == Dialect::JavaScript;
            return if unset_is_empty { Next::Go(op + 1, at) } else { Next::Fail };
        };
        let same = |a: &char, b: &char| a == b || self.program.ignore_case && a.to_lowercase().eq(b.to_lowercase());
        let equal = text.iter().zip(self.text.get(at..).unwrap_or_default()).take_while(|(a, b)| same(a, b)).count();
        self.steps += equal as u64;
        if equal == text.len() { Next::Go(op + 1, at + equal) } else { Next::Fail }
    }

    fn asserted(&self, assertion: Assertion, at: usize) -> bool {
        let before = at.checked_sub(1).and_then(|i| self.text.get(i));
        let behind = self.text.get(at);
        let line = |c: Option<&char>| c.is_none_or(|c| self.program.newline.contains(*c));
        let word = |c: Option<&char>| c.is_some_and(|c| self.program.word.contains(*c));
        match assertion {
            Assertion::TextStart => before.is_none(),
            Assertion::TextEnd => behind.is_none(),
            Assertion::TextEndOrNewline => behind.is_none() || behind == Some(&'\n') && at + 1 == self.text.len(),
            Assertion::LineStart => line(before),
            Assertion::LineEnd => line(behind),
            Assertion::WordBoundary => word(before) != word(behind),
            Assertion::NotWordBoundary => word(before) == word(behind),
        }
    }
}
