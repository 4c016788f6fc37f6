//! Assignments and short declarations, with one target or several.

use tree_sitter::Node;

use super::operators::binary_op;
use super::{Descent, Lower, field, sound, strip_parens};
use crate::syntax::builder::Builder;
use crate::syntax::hir::*;

impl Lower<'_> {
    pub(super) fn assignment_statement(&mut self, node: Node<'_>, out: &mut Block) {
        let (Some(left), Some(right)) = (field(node, "left"), field(node, "right")) else {
            return self.loose_statement(node, out);
        };
        let sign = field(node, "operator").map_or("=", |o| o.kind());
        self.pick_errors(left);
        let targets = sound(left);
        let op = sign.strip_suffix('=').filter(|_| sign != "=").and_then(binary_op);
        if let (Some(op), [target]) = (op, &targets[..]) {
            self.pick_errors(right);
            let target = self.pattern(*target);
            let value = match sound(right)[..] {
                [only] => self.expr(only),
                _ => self.children(right),
            };
            let kind =
                StmtKind::Assign { targets: vec![target], value: Some(value), op: Some(op), ty: None, declares: false };
            out.push(self.b.stmt(Builder::span(node), kind));
            return;
        }
        self.assign_lists(Builder::span(node), targets, right, None, false, out);
    }

    pub(super) fn short_declaration(&mut self, node: Node<'_>, out: &mut Block) {
        let (Some(left), Some(right)) = (field(node, "left"), field(node, "right")) else {
            return self.loose_statement(node, out);
        };
        self.pick_errors(left);
        self.assign_lists(Builder::span(node), sound(left), right, None, true, out);
    }

    /// `x++`, `x--`
    pub(super) fn step_statement(&mut self, node: Node<'_>, op: BinaryOp, out: &mut Block) {
        let span = Builder::span(node);
        let Some(target) = super::first_named(node) else { return };
        let target = self.pattern(target);
        let one =
            self.b.expr(Span { start: span.end.saturating_sub(2), end: span.end }, ExprKind::Literal(Literal::Int(1)));
        let kind =
            StmtKind::Assign { targets: vec![target], value: Some(one), op: Some(op), ty: None, declares: false };
        out.push(self.b.stmt(span, kind));
    }

    /// `ch <- value`: one more element.
    pub(super) fn send_statement(&mut self, node: Node<'_>, out: &mut Block) {
        let span = Builder::span(node);
        let object = self.field_expr(node, "channel");
        let value = self.field_expr(node, "value");
        let end = self.b.file.expr(object).span.end;
        let index = self.unknown(Span { start: end, end }, Vec::new());
        let at = Span { start: span.start, end };
        let target = self.b.expr(at, ExprKind::Index { object, index });
        let kind = StmtKind::Assign { targets: vec![target], value: Some(value), op: None, ty: None, declares: false };
        out.push(self.b.stmt(span, kind));
    }

    /// `targets = values`: one to one, or several results of one call, or a look-up that also says whether it found something.
    pub(super) fn assign_lists(
        &mut self,
        span: Span,
        targets: Vec<Node<'_>>,
        values: Node<'_>,
        ty: Option<ExprId>,
        declares: bool,
        out: &mut Block,
    ) {
        self.pick_errors(values);
        let sources = if values.kind() == "expression_list" { sound(values) } else { vec![values] };
        let (target, value) = match (&targets[..], &sources[..]) {
            ([target], [source]) => {
                let name = self.text(*target);
                let value = self.expr_named(*source, Some(name));
                (self.pattern(*target), value)
            }
            (_, [source]) => {
                let value = self.several(*source, targets.len());
                (self.tuple_pattern(&targets), value)
            }
            _ => {
                let lowered = sources.iter().enumerate().map(|(i, source)| {
                    let name = targets.get(i).map(|t| self.text(*t));
                    self.expr_named(*source, name)
                });
                let lowered = lowered.collect();
                (self.tuple_pattern(&targets), self.tuple(Builder::span(values), lowered))
            }
        };
        let kind = StmtKind::Assign { targets: vec![target], value: Some(value), op: None, ty, declares };
        out.push(self.b.stmt(span, kind));
    }

    /// One expression for several targets: a call gives them all; a look-up, an assertion and a receipt give a value and
    /// whether there was one.
    fn several(&mut self, source: Node<'_>, count: usize) -> ExprId {
        let inner = strip_parens(source);
        let span = Builder::span(inner);
        if count != 2 || inner.has_error() {
            return self.expr(source);
        }
        let found = match inner.kind() {
            "index_expression" => {
                let value = self.expr(inner);
                let ExprKind::Index { object, index } = self.b.file.expr(value).kind else { return value };
                let found = self.b.expr(span, ExprKind::Binary { op: BinaryOp::In, left: index, right: object });
                return self.tuple(span, vec![value, found]);
            }
            "type_assertion_expression" => self.unknown(Span { start: span.end, end: span.end }, Vec::new()),
            "unary_expression" if field(inner, "operator").is_some_and(|o| o.kind() == "<-") => {
                self.unknown(Span { start: span.end, end: span.end }, Vec::new())
            }
            _ => return self.expr(source),
        };
        let value = self.expr(inner);
        self.tuple(span, vec![value, found])
    }

    fn tuple_pattern(&mut self, targets: &[Node<'_>]) -> ExprId {
        let patterns: Vec<ExprId> = targets.iter().map(|t| self.pattern(*t)).collect();
        if let [only] = patterns[..] {
            return only;
        }
        let (start, end) = match (targets.first(), targets.last()) {
            (Some(first), Some(last)) => (first.start_byte(), last.end_byte()),
            _ => (0, 0),
        };
        self.tuple(Span::new(start, end), patterns)
    }

    /// An assignment's target; the blank one takes nothing.
    pub(super) fn pattern(&mut self, node: Node<'_>) -> ExprId {
        if node.kind() == "identifier" && self.text(node) == "_" {
            return self.unknown(Builder::span(node), Vec::new());
        }
        self.expr(node)
    }
}
