//! Chains that the tree nests to the left: `a + b + c`, `a and b`, comparisons, `a.b().c[0]`.
//!
//! They are walked in a loop. A chain that is longer than [`LINEAR`] levels, or than the levels left, is not built as deep
//! as it is long: operators of one kind become a balanced tree, anything else an unknown with all the parts.

use tree_sitter::Node;

use super::broken::has_own_errors;
use super::{Lowerer, field, kids, strip_parens};
use crate::syntax::builder::Builder;
use crate::syntax::hir::*;

/// Chains of up to so many operators are built as they are nested.
const LINEAR: usize = 32;

/// Chains of up to so many member accesses and calls are built as they are nested.
const LINEAR_ACCESS: usize = 100;

/// More changes of operator than this in a long chain make it unknown.
const MAX_RUNS: usize = 8;

impl Lowerer<'_> {
    /// `a + b * c - d`, `a and b or c`: the left spine of binary operators.
    pub(super) fn operator_chain(&mut self, node: Node<'_>) -> ExprId {
        let mut links = vec![node];
        let mut leftmost = field(node, "left");
        while let Some(left) = leftmost.map(strip_parens) {
            leftmost = Some(left);
            let is_link = matches!(left.kind(), "binary_operator" | "boolean_operator") && !has_own_errors(left);
            if !is_link {
                break;
            }
            links.push(left);
            leftmost = field(left, "left");
        }
        links.reverse();
        let first = leftmost.unwrap_or(node);
        if leftmost.is_none() {
            return self.unknown_expr(node);
        }
        if links.len() <= LINEAR && links.len() as u32 + 2 <= self.room() {
            return self.linear_operators(first, &links);
        }
        self.long_operators(first, &links)
    }

    fn linear_operators(&mut self, first: Node<'_>, links: &[Node<'_>]) -> ExprId {
        // The level of the outermost operator is entered already.
        let entered = links.iter().skip(1).filter(|link| self.enter(**link).is_some()).count();
        let mut left = self.expr(first);
        for (i, &link) in links.iter().enumerate() {
            let right = self.field(link, "right");
            left = self.binary(link, left, right);
            if i < entered {
                self.leave();
            }
        }
        left
    }

    fn binary(&mut self, link: Node<'_>, left: ExprId, right: ExprId) -> ExprId {
        match operator(link) {
            Some(op) => self.b.expr(Builder::span(link), ExprKind::Binary { op, left, right }),
            None => self.unknown(link, vec![left, right]),
        }
    }

    fn long_operators(&mut self, first: Node<'_>, links: &[Node<'_>]) -> ExprId {
        let ops: Vec<Option<BinaryOp>> = links.iter().map(|&link| operator(link)).collect();
        let runs: Vec<&[Option<BinaryOp>]> = ops.chunk_by(|a, b| a == b).collect();
        let levels: u32 = runs.iter().map(|run| levels_of(run.len() + 1)).sum();
        let balanced = runs.len() <= MAX_RUNS && ops.iter().all(|op| op.is_some()) && levels + 2 <= self.room();
        let entered = if balanced { (1..levels).filter(|_| self.enter(first).is_some()).count() } else { 0 };
        let mut operands = vec![self.expr(first)];
        operands.extend(links.iter().map(|&link| self.field(link, "right")).collect::<Vec<_>>());
        (0..entered).for_each(|_| self.leave());
        let Some(&outermost) = links.last() else { return self.unknown_expr(first) };
        if !balanced {
            return self.unknown(outermost, operands);
        }
        let mut operands = operands.into_iter();
        let Some(mut left) = operands.next() else { return self.unknown(outermost, Vec::new()) };
        for run in runs {
            let mut parts = vec![left];
            parts.extend(operands.by_ref().take(run.len()));
            let Some(op) = run.first().copied().flatten() else { continue };
            left = self.fold_balanced(op, &parts);
        }
        // Parentheses may have shifted the ends; the whole is where the tree says it is.
        if let Some(expr) = self.b.file.exprs.get_mut(left.index()) {
            expr.span = Builder::span(outermost);
        }
        left
    }

    /// A balanced tree of one operator over at least one operand.
    fn fold_balanced(&mut self, op: BinaryOp, operands: &[ExprId]) -> ExprId {
        if let [only] = operands {
            return *only;
        }
        let (lower, upper) = operands.split_at(operands.len() / 2);
        let left = self.fold_balanced(op, lower);
        let right = self.fold_balanced(op, upper);
        let span = Span { start: self.b.file.expr(left).span.start, end: self.b.file.expr(right).span.end };
        self.b.expr(span, ExprKind::Binary { op, left, right })
    }

    /// `a < b`; `a < b < c` is `a < b and b < c`, with one `b`.
    pub(super) fn comparison(&mut self, node: Node<'_>) -> ExprId {
        let operands = kids(node);
        let mut cursor = node.walk();
        let ops: Vec<BinaryOp> = node
            .children(&mut cursor)
            .filter(|n| !n.is_named())
            .filter_map(|n| comparison_operator(n.kind()))
            .collect();
        let levels = levels_of(ops.len());
        if ops.is_empty() || ops.len() + 1 != operands.len() || levels + 2 > self.room() {
            return self.unknown_expr(node);
        }
        let entered = (0..levels).filter(|_| self.enter(node).is_some()).count();
        let operands: Vec<ExprId> = operands.into_iter().map(|operand| self.expr(operand)).collect();
        (0..entered).for_each(|_| self.leave());
        let mut comparisons = Vec::with_capacity(ops.len());
        for (pair, op) in operands.windows(2).zip(ops) {
            let [left, right] = *pair else { continue };
            let span = Span { start: self.b.file.expr(left).span.start, end: self.b.file.expr(right).span.end };
            comparisons.push(self.b.expr(span, ExprKind::Binary { op, left, right }));
        }
        let id = self.fold_balanced(BinaryOp::And, &comparisons);
        if let Some(expr) = self.b.file.exprs.get_mut(id.index()) {
            expr.span = Builder::span(node);
        }
        id
    }

    /// `a.b(c)[d].e`: the left spine of member accesses, subscripts and calls.
    pub(super) fn access_chain(&mut self, node: Node<'_>) -> ExprId {
        let mut links = vec![node];
        let mut base = inner_of(node);
        while let Some(inner) = base.map(strip_parens) {
            base = Some(inner);
            if !matches!(inner.kind(), "attribute" | "subscript" | "call") || has_own_errors(inner) {
                break;
            }
            links.push(inner);
            base = inner_of(inner);
        }
        let Some(base) = base else { return self.unknown_expr(node) };
        links.reverse();
        let room = self.room() as usize;
        if links.len() <= LINEAR_ACCESS && links.len() + 2 <= room {
            return self.access_links(Ok(base), &links);
        }
        self.long_access_chain(base, &links, room)
    }

    /// A chain deeper than can be built: it is cut into chunks. The outermost stays as it is and stands on an unknown of
    /// all the others, so that every call is there and the value depends on all of them.
    fn long_access_chain(&mut self, base: Node<'_>, links: &[Node<'_>], room: usize) -> ExprId {
        let size = (room.saturating_sub(4) / 2).clamp(1, LINEAR_ACCESS / 2);
        let (Some(&outermost), true) = (links.last(), room >= 6) else {
            self.b.file.too_deep.push(Builder::span(base));
            return self.unknown(base, Vec::new());
        };
        let outer_len = size.min(links.len());
        let (inner, outer) = links.split_at(links.len() - outer_len);
        let entered = (0..=outer_len).filter(|_| self.enter(outermost).is_some()).count();
        let mut parts = Vec::new();
        let mut start = Ok(base);
        for chunk in inner.chunks(size) {
            parts.push(self.access_links(start, chunk));
            start = Err(self.unknown(chunk.last().copied().unwrap_or(base), Vec::new()));
        }
        (0..entered).for_each(|_| self.leave());
        let whole = inner.last().copied().unwrap_or(base);
        let cut = self.unknown(whole, parts);
        self.access_links(Err(cut), outer)
    }

    /// Builds links around a base that is a tree node or lowered already.
    fn access_links(&mut self, base: Result<Node<'_>, ExprId>, links: &[Node<'_>]) -> ExprId {
        let entered = links.iter().skip(1).filter(|link| self.enter(**link).is_some()).count();
        let mut object = match base {
            Ok(node) => self.expr(node),
            Err(lowered) => lowered,
        };
        for (i, &link) in links.iter().enumerate() {
            object = self.access(link, object);
            if i < entered {
                self.leave();
            }
        }
        object
    }
}

/// The levels of a balanced tree with so many leaves.
fn levels_of(leaves: usize) -> u32 {
    leaves.next_power_of_two().ilog2()
}

fn inner_of(node: Node<'_>) -> Option<Node<'_>> {
    match node.kind() {
        "attribute" => field(node, "object"),
        "subscript" => field(node, "value"),
        _ => field(node, "function"),
    }
}

fn operator(node: Node<'_>) -> Option<BinaryOp> {
    binary_operator(field(node, "operator")?.kind())
}

/// The operator written so, also for augmented assignments without their `=`.
pub(super) fn binary_operator(text: &str) -> Option<BinaryOp> {
    Some(match text {
        "+" => BinaryOp::Add,
        "-" => BinaryOp::Sub,
        "*" => BinaryOp::Mul,
        "/" => BinaryOp::Div,
        "//" => BinaryOp::FloorDiv,
        "%" => BinaryOp::Rem,
        "**" => BinaryOp::Pow,
        "@" => BinaryOp::MatMul,
        "<<" => BinaryOp::Shl,
        ">>" => BinaryOp::Shr,
        "&" => BinaryOp::BitAnd,
        "|" => BinaryOp::BitOr,
        "^" => BinaryOp::BitXor,
        "and" => BinaryOp::And,
        "or" => BinaryOp::Or,
        _ => return None,
    })
}

fn comparison_operator(text: &str) -> Option<BinaryOp> {
    Some(match text {
        "==" | "is" => BinaryOp::Eq,
        "!=" | "<>" | "is not" => BinaryOp::NotEq,
        "<" => BinaryOp::Lt,
        "<=" => BinaryOp::LtEq,
        ">" => BinaryOp::Gt,
        ">=" => BinaryOp::GtEq,
        "in" => BinaryOp::In,
        "not in" => BinaryOp::NotIn,
        _ => return None,
    })
}
