//! `switch` as a statement and as an expression, and `yield`.

use tree_sitter::Node;

use super::{Descent, Lower, child_of_kind, field, first_named, named, sound, strip_parens};
use crate::syntax::builder::Builder;
use crate::syntax::hir::*;

impl Lower<'_> {
    /// A `switch` whose value is used: a variable of its own takes the value of each case, before the current statement.
    pub(super) fn switch_expression(&mut self, node: Node<'_>) -> ExprId {
        let span = Builder::span(node);
        self.made += 1;
        let variable = self.b.intern(&format!("$switch{}", self.made));
        let declared = self.b.expr(span, ExprKind::Name(variable));
        let declaration = StmtKind::Assign { targets: vec![declared], value: None, op: None, ty: None, declares: true };
        self.yields.push(variable);
        let lowered = self.deeper(node, 3, |this| this.switch_of(node, true));
        self.yields.pop();
        if let Some(kind) = lowered {
            let declaration = self.b.stmt(span, declaration);
            let switch = self.b.stmt(span, kind);
            self.pending.extend([declaration, switch]);
        }
        self.b.expr(span, ExprKind::Name(variable))
    }

    /// `yield value`, the end of a case of a switch expression.
    pub(super) fn yield_statement(&mut self, node: Node<'_>, out: &mut Block) {
        let span = Builder::span(node);
        let Some(value) = first_named(node) else { return };
        self.give(value, span, out);
        out.append(&mut self.pending);
        out.push(self.b.stmt(span, StmtKind::Break));
    }

    /// Gives a value to the innermost switch expression; outside of any it is only evaluated.
    fn give(&mut self, value: Node<'_>, span: Span, out: &mut Block) {
        let value = self.expr(value);
        out.append(&mut self.pending);
        let kind = match self.yields.last() {
            Some(&variable) => {
                let target = self.b.expr(span, ExprKind::Name(variable));
                StmtKind::Assign { targets: vec![target], value: Some(value), op: None, ty: None, declares: false }
            }
            None => StmtKind::Expr(value),
        };
        out.push(self.b.stmt(span, kind));
    }

    pub(super) fn switch_statement(&mut self, node: Node<'_>) -> StmtKind {
        self.switch_of(node, false)
    }

    fn switch_of(&mut self, node: Node<'_>, is_expression: bool) -> StmtKind {
        let subject = self.field_expr(node, "condition");
        let body = field(node, "body");
        if let Some(body) = body {
            self.pick_errors(body);
        }
        let children = body.map(sound).unwrap_or_default();
        let patterns = children.iter().any(|c| labels(*c).iter().any(|l| child_of_kind(*l, "pattern").is_some()));
        let subject = if patterns { self.kept(subject) } else { subject };
        self.names.open_block();
        let mut cases = Vec::new();
        for child in children {
            cases.extend(self.deeper(child, 1, |this| this.case(child, subject, is_expression)));
        }
        self.names.close();
        StmtKind::Switch { subject, cases }
    }

    /// An expression that is needed several times: a name for it, if it is none itself.
    fn kept(&mut self, value: ExprId) -> ExprId {
        let span = self.b.file.expr(value).span;
        if matches!(self.b.file.expr(value).kind, ExprKind::Name(_)) {
            return value;
        }
        self.made += 1;
        let variable = self.b.intern(&format!("$subject{}", self.made));
        let target = self.b.expr(span, ExprKind::Name(variable));
        let kind = StmtKind::Assign { targets: vec![target], value: Some(value), op: None, ty: None, declares: true };
        let statement = self.b.stmt(span, kind);
        self.pending.push(statement);
        self.b.expr(span, ExprKind::Name(variable))
    }

    fn case(&mut self, node: Node<'_>, subject: ExprId, is_expression: bool) -> Case {
        self.pick_errors(node);
        let outer = std::mem::take(&mut self.pending);
        self.names.open_block();
        let is_rule = node.kind() == "switch_rule";
        let mut tests = Vec::new();
        let mut guard = None;
        let mut body = Vec::new();
        let mut is_default = false;
        for label in labels(node) {
            let named_default = |l| sound(l).iter().any(|p| p.kind() == "identifier" && self.text(*p) == "default");
            is_default |= child_of_kind(label, "default").is_some() || named_default(label);
            self.label(label, subject, &mut tests, &mut guard, &mut body);
        }
        if is_default {
            body.splice(
                0..0,
                tests.drain(..).map(|t| self.b.stmt(self.b.file.expr(t).span, StmtKind::Expr(t))).collect::<Vec<_>>(),
            );
        }
        for child in named(node).into_iter().filter(|c| c.kind() != "switch_label" && !c.is_error()) {
            let value =
                first_named(child).filter(|_| is_rule && is_expression && child.kind() == "expression_statement");
            match value {
                Some(value) => {
                    let mut own = Vec::new();
                    self.give(strip_parens(value), Builder::span(child), &mut own);
                    body.append(&mut own);
                }
                None => self.statement_flushed(child, &mut body),
            }
        }
        self.names.close();
        body.append(&mut self.pending);
        self.pending = outer;
        let falls_through = !is_rule && !self.leaves(&body);
        Case { tests, guard, body, falls_through }
    }

    /// What a label compares with, its guard, and the variables that its patterns bind.
    fn label(
        &mut self,
        label: Node<'_>,
        subject: ExprId,
        tests: &mut Vec<ExprId>,
        guard: &mut Option<ExprId>,
        body: &mut Block,
    ) {
        self.pick_errors(label);
        let mut bound = None;
        for part in sound(label) {
            match part.kind() {
                "pattern" => {
                    let span = Builder::span(part);
                    let ty = self.pattern_type(part);
                    tests.push(ty.unwrap_or_else(|| self.unknown(span, Vec::new())));
                    bound = self.pattern(part).map(|target| (target, span));
                }
                "guard" => {
                    let mut test = self.only_expr(part);
                    // The guard sees the variables of the pattern.
                    if let Some((target, span)) = bound.take() {
                        let value = self.again(subject);
                        let left = self.b.expr(span, ExprKind::Assign { target, value, op: None });
                        let whole = Span { start: span.start, end: self.b.file.expr(test).span.end };
                        test = self.b.expr(whole, ExprKind::Sequence(vec![left, test]));
                    }
                    *guard = Some(match *guard {
                        Some(first) => self.unknown(Builder::span(part), vec![first, test]),
                        None => test,
                    });
                }
                // `case null, default`
                "identifier" if self.text(part) == "default" => {}
                _ => tests.push(self.expr(part)),
            }
        }
        if let Some((target, span)) = bound {
            let value = self.again(subject);
            let kind =
                StmtKind::Assign { targets: vec![target], value: Some(value), op: None, ty: None, declares: true };
            body.push(self.b.stmt(span, kind));
        }
    }

    /// The subject of a switch once more; it is a name where that is needed.
    fn again(&mut self, subject: ExprId) -> ExprId {
        let expr = self.b.file.expr(subject);
        match (expr.span, &expr.kind) {
            (span, &ExprKind::Name(name)) => self.b.expr(span, ExprKind::Name(name)),
            (span, _) => self.unknown(span, Vec::new()),
        }
    }

    /// Whether control never gets past the end of a block.
    fn leaves(&self, block: &Block) -> bool {
        let mut last = block.last();
        while let Some(&id) = last {
            match &self.b.file.stmt(id).kind {
                StmtKind::Break | StmtKind::Continue | StmtKind::Return(_) | StmtKind::Throw(_) => return true,
                StmtKind::Block(inner) => last = inner.last(),
                _ => return false,
            }
        }
        false
    }
}

/// The labels of a group of statements or a rule.
fn labels<'t>(node: Node<'t>) -> Vec<Node<'t>> {
    sound(node).into_iter().filter(|c| c.kind() == "switch_label").collect()
}
