//! The syntax tree of a pattern: one form for both dialects.

use super::charset::CharSet;
use crate::syntax::hir::Span;

/// A node with the bytes of the pattern that it stands for.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Node {
    pub kind: Kind,
    pub span: Span,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Kind {
    /// Matches the empty word.
    Empty,
    /// One character.
    Class(Class),
    Assert(Assertion),
    Concat(Vec<Node>),
    Alternate(Vec<Node>),
    Repeat(Box<Repeat>),
    /// A group; with its number when it captures.
    Group(Box<Node>, Option<u32>),
    /// A group that is not entered again once it has matched.
    Atomic(Box<Node>),
    Look(Box<Look>),
    /// What the group of that number matched.
    Backreference(u32),
    /// Python's `(?(1)yes|no)`.
    Conditional(u32, Box<(Node, Node)>),
}

/// One character of a set. The parts are the items of a bracketed class, kept for rewriting.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Class {
    pub set: CharSet,
    /// `Some` for a bracketed class.
    pub bracket: Option<Bracket>,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Bracket {
    pub negated: bool,
    pub items: Vec<(Span, CharSet)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Assertion {
    /// The start of the text.
    TextStart,
    /// The end of the text.
    TextEnd,
    /// Python's `$`: the end of the text, or before a line end that is its last character.
    TextEndOrNewline,
    LineStart,
    LineEnd,
    WordBoundary,
    NotWordBoundary,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Repeat {
    pub node: Node,
    pub min: u32,
    /// `None`: no upper bound.
    pub max: Option<u32>,
    pub mode: Mode,
    /// Where the quantifier itself is.
    pub quantifier: Span,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mode {
    Greedy,
    Lazy,
    Possessive,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Look {
    pub node: Node,
    pub ahead: bool,
    pub negative: bool,
}

impl Node {
    pub(super) fn new(kind: Kind, start: usize, end: usize) -> Node {
        let clip = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        Node { kind, span: Span { start: clip(start), end: clip(end) } }
    }

    /// The children, in order.
    pub(super) fn children(&self) -> Vec<&Node> {
        match &self.kind {
            Kind::Empty | Kind::Class(_) | Kind::Assert(_) | Kind::Backreference(_) => Vec::new(),
            Kind::Concat(nodes) | Kind::Alternate(nodes) => nodes.iter().collect(),
            Kind::Repeat(repeat) => vec![&repeat.node],
            Kind::Group(node, _) | Kind::Atomic(node) => vec![node],
            Kind::Look(look) => vec![&look.node],
            Kind::Conditional(_, branches) => vec![&branches.0, &branches.1],
        }
    }

    /// The node without the groups around it.
    pub(super) fn bare(&self) -> &Node {
        let mut node = self;
        while let Kind::Group(inner, _) = &node.kind {
            node = inner;
        }
        node
    }

    /// The set, when the node is exactly one character of a set.
    pub(super) fn single_class(&self) -> Option<CharSet> {
        match &self.bare().kind {
            Kind::Class(class) => Some(class.set.clone()),
            Kind::Alternate(nodes) => {
                nodes.iter().try_fold(CharSet::empty(), |all, node| Some(all.union(&node.single_class()?)))
            }
            _ => None,
        }
    }

    /// Whether the node can match the empty word; assertions count as empty, back-references as possibly empty.
    pub(super) fn nullable(&self) -> bool {
        match &self.kind {
            Kind::Class(_) => false,
            Kind::Empty | Kind::Assert(_) | Kind::Look(_) | Kind::Backreference(_) => true,
            Kind::Concat(nodes) => nodes.iter().all(Node::nullable),
            Kind::Alternate(nodes) => nodes.iter().any(Node::nullable),
            Kind::Repeat(repeat) => repeat.min == 0 || repeat.node.nullable(),
            Kind::Group(node, _) | Kind::Atomic(node) => node.nullable(),
            Kind::Conditional(_, branches) => branches.0.nullable() || branches.1.nullable(),
        }
    }

    /// Whether the node itself asks what stands before or behind a place. A possessive loop does: no more of it may follow.
    pub(super) fn looks_around(&self) -> bool {
        match &self.kind {
            Kind::Assert(_) | Kind::Look(_) => true,
            Kind::Repeat(repeat) => repeat.mode == Mode::Possessive,
            _ => false,
        }
    }

    /// The node and everything below it, parents first.
    pub(super) fn walk(&self) -> Vec<&Node> {
        let mut all = vec![self];
        let mut at = 0;
        while let Some(node) = all.get(at).copied() {
            all.extend(node.children());
            at += 1;
        }
        all
    }
}
