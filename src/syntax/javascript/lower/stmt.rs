//! Statements and declarations.

use tree_sitter::Node;

use super::expr::sequence_parts;
use super::function::Naming;
use super::operators::augmented_op;
use super::{Hint, Lower, field, fields, first_named, named, strip_parens};
use crate::syntax::builder::Builder;
use crate::syntax::hir::*;

/// Whether a kind of node is lowered as a statement wherever it stands.
pub(super) fn is_statement(kind: &str) -> bool {
    kind.ends_with("_statement")
        || kind.ends_with("_declaration")
        || matches!(kind, "statement_block" | "function_signature" | "import_alias" | "internal_module" | "module")
}

impl Lower<'_> {
    /// The statements of a braced block or of a single statement in its place.
    pub(super) fn block(&mut self, node: Node<'_>) -> Block {
        self.pick_errors_outside_blocks(node);
        if matches!(node.kind(), "statement_block" | "program") {
            return self.statements(node);
        }
        let outer = std::mem::take(&mut self.pending);
        let mut out = Vec::new();
        self.statement_flushed(node, &mut out);
        self.pending = outer;
        out
    }

    /// In a block, errors are lowered where they stand among the statements; elsewhere here.
    fn pick_errors_outside_blocks(&mut self, node: Node<'_>) {
        if !matches!(node.kind(), "statement_block" | "program" | "switch_case" | "switch_default") && !node.is_error()
        {
            self.pick_errors(node);
        }
    }

    /// The block in a field; empty where there is none.
    fn block_in(&mut self, node: Node<'_>, name: &str) -> Block {
        field(node, name).map(|b| self.block(b)).unwrap_or_default()
    }

    /// Lowers a statement to none, one or several.
    pub(super) fn statement(&mut self, node: Node<'_>, out: &mut Block) {
        let lowered = self.deeper(node, 2, |this| {
            let mut own = Vec::new();
            this.pick_errors_outside_blocks(node);
            this.statement_inner(node, &mut own);
            own
        });
        match lowered {
            Some(mut own) => out.append(&mut own),
            None => out.push(self.b.stmt(Builder::span(node), StmtKind::Unknown(Vec::new(), Vec::new()))),
        }
    }

    fn statement_inner(&mut self, node: Node<'_>, out: &mut Block) {
        let span = Builder::span(node);
        let kind = match node.kind() {
            "expression_statement" => return self.expression_statement(node, out),
            "lexical_declaration" | "variable_declaration" | "using_declaration" => return self.declaration(node, out),
            "variable_declarator" => return self.declarator(node, span, out),
            "import_statement" => return self.import_statement(node, out),
            "export_statement" => return self.export_statement(node, out),
            "if_statement" => return self.if_statement(node, out),
            "statement_block" => StmtKind::Block(self.block(node)),
            "for_statement" => self.for_statement(node),
            "for_in_statement" => self.for_in_statement(node),
            "while_statement" => self.while_statement(node, false),
            "do_statement" => self.while_statement(node, true),
            "switch_statement" => self.switch_statement(node),
            "try_statement" => self.try_statement(node),
            "with_statement" => {
                let object = self.field_expr(node, "object");
                StmtKind::With { items: vec![(object, None)], body: self.block_in(node, "body") }
            }
            "labeled_statement" => StmtKind::Block(self.block_in(node, "body")),
            "return_statement" => StmtKind::Return(first_named(node).map(|v| self.expr(v))),
            "throw_statement" => StmtKind::Throw(first_named(node).map(|v| self.expr(v))),
            "break_statement" => StmtKind::Break,
            "continue_statement" => StmtKind::Continue,
            _ => return self.definition(node, out),
        };
        out.push(self.b.stmt(span, kind));
    }

    fn definition(&mut self, node: Node<'_>, out: &mut Block) {
        let span = Builder::span(node);
        let kind = match node.kind() {
            "function_declaration" | "generator_function_declaration" => {
                let own = field(node, "name").map(|n| self.text(n));
                StmtKind::Function(self.function(node, Naming { own, ..Naming::default() }))
            }
            "class_declaration" | "abstract_class_declaration" => StmtKind::Class(self.class(node, None, Vec::new())),
            "enum_declaration" => {
                let statement = self.enumeration(node);
                out.push(statement);
                return;
            }
            "internal_module" | "module" => StmtKind::Block(self.block_in(node, "body")),
            "import_alias" => {
                let parts = named(node);
                let target = parts.first().map(|n| self.b.name_expr(*n));
                let value = parts.get(1).and_then(|n| self.type_expr(*n));
                StmtKind::Assign { targets: target.into_iter().collect(), value, op: None, ty: None, declares: true }
            }
            "interface_declaration" | "type_alias_declaration" | "ambient_declaration" | "function_signature" => return,
            "empty_statement" | "debugger_statement" | "hash_bang_line" => return,
            _ if node.is_error() => return self.error_node(node, out),
            kind if super::expr::is_expression(kind) => return self.effect(strip_parens(node), span, out),
            _ => {
                let mut found = Vec::new();
                for child in named(node) {
                    self.loose(child, &mut found);
                }
                out.append(&mut self.pending);
                if found.is_empty() {
                    return;
                }
                StmtKind::Unknown(found, Vec::new())
            }
        };
        out.push(self.b.stmt(span, kind));
    }

    fn field_expr(&mut self, node: Node<'_>, name: &str) -> ExprId {
        match field(node, name) {
            Some(value) => self.expr(value),
            None => self.unknown(Builder::span(node), Vec::new()),
        }
    }

    fn expression_statement(&mut self, node: Node<'_>, out: &mut Block) {
        let Some(inner) = first_named(node) else { return };
        let stripped = strip_parens(inner);
        if matches!(stripped.kind(), "internal_module" | "module") {
            return self.statement(stripped, out);
        }
        self.effect(stripped, Builder::span(node), out);
    }

    /// An expression that is evaluated for its effect; `span` is that of the statement that it is alone.
    fn effect(&mut self, node: Node<'_>, span: Span, out: &mut Block) {
        match node.kind() {
            "sequence_expression" if !node.has_error() => {
                for part in sequence_parts(node) {
                    let mut own = Vec::new();
                    self.effect(part, Builder::span(part), &mut own);
                    out.append(&mut self.pending);
                    out.append(&mut own);
                }
            }
            "assignment_expression" => self.assignment_statement(node, span, out),
            "augmented_assignment_expression" => {
                let (Some(left), Some(right)) = (field(node, "left"), field(node, "right")) else { return };
                self.pick_errors(node);
                let op = augmented_op(node);
                let target = self.pattern(left);
                let value = Some(self.assigned(left, right));
                out.push(self.assign(span, vec![target], value, op, false));
            }
            "update_expression" => {
                self.pick_errors(node);
                if let Some((target, value, op)) = self.update(node) {
                    out.push(self.assign(span, vec![target], Some(value), Some(op), false));
                }
            }
            "unary_expression" if field(node, "operator").is_some_and(|o| o.kind() == "delete") => {
                self.pick_errors(node);
                let target = self.field_expr(node, "argument");
                out.push(self.b.stmt(span, StmtKind::Delete(vec![target])));
            }
            _ => {
                let value = self.expr(node);
                out.push(self.b.stmt(span, StmtKind::Expr(value)));
            }
        }
    }

    fn assign(
        &mut self,
        span: Span,
        targets: Vec<ExprId>,
        value: Option<ExprId>,
        op: Option<BinaryOp>,
        declares: bool,
    ) -> StmtId {
        self.b.stmt(span, StmtKind::Assign { targets, value, op, ty: None, declares })
    }

    /// `a = b = value`, with all its targets.
    fn assignment_statement(&mut self, node: Node<'_>, span: Span, out: &mut Block) {
        let mut targets = Vec::new();
        let mut lefts = Vec::new();
        let mut at = node;
        while at.kind() == "assignment_expression" {
            let (Some(left), Some(right)) = (field(at, "left"), field(at, "right")) else { break };
            self.pick_errors(at);
            targets.push(self.pattern(left));
            lefts.push(left);
            at = strip_parens(right);
        }
        // The export among the targets names the functions in the value, else the last target does.
        let naming = lefts.iter().find(|l| self.is_export(**l)).or(lefts.last());
        let value = naming.map(|left| self.assigned(*left, at));
        out.push(self.assign(span, targets, value, None, false));
    }

    /// A value assigned to `left`, which names the functions in it.
    pub(super) fn assigned(&mut self, left: Node<'_>, right: Node<'_>) -> ExprId {
        let exported = self.is_export(left);
        if exported {
            self.note_exported(right);
        }
        let target = self.text(left);
        let path = target.strip_prefix("module.").unwrap_or(target);
        let whole = path == "exports";
        let path = match path.strip_prefix("exports.") {
            Some(member) if exported => member,
            _ if whole && strip_parens(right).kind() == "object" => "",
            _ if whole => "module.exports",
            _ => target.strip_prefix("this.").unwrap_or(target),
        };
        let symbol = path.replace(".prototype.", ".");
        let symbol = symbol.strip_suffix(".prototype").unwrap_or(&symbol);
        let plain = symbol.bytes().all(|b| b.is_ascii_alphanumeric() || b"_$#.".contains(&b) || b >= 0x80);
        let symbol = if plain { Some(symbol) } else { field(left, "property").map(|p| self.text(p)) };
        self.expr_hint(right, Hint { symbol: symbol.filter(|s| !s.is_empty()), exported })
    }

    /// Whether an assignment's target is an export of a CommonJS module.
    fn is_export(&self, left: Node<'_>) -> bool {
        let target = self.text(left);
        let path = target.strip_prefix("module.").unwrap_or(target);
        path == "exports" && left.kind() == "member_expression" || path.starts_with("exports.")
    }

    fn declaration(&mut self, node: Node<'_>, out: &mut Block) {
        let declarators: Vec<_> = named(node).into_iter().filter(|c| c.kind() == "variable_declarator").collect();
        for declarator in &declarators {
            let span = Builder::span(if declarators.len() == 1 { node } else { *declarator });
            let mut own = Vec::new();
            self.declarator(*declarator, span, &mut own);
            out.append(&mut self.pending);
            out.append(&mut own);
        }
    }

    fn declarator(&mut self, node: Node<'_>, span: Span, out: &mut Block) {
        self.pick_errors(node);
        let Some(name) = field(node, "name") else { return };
        let target = self.pattern(name);
        let ty = self.annotation(node, "type");
        let value = field(node, "value");
        if let Some(value) = value {
            self.note_require(name, value, span);
        }
        let value = value.map(|v| self.assigned(name, v));
        let kind = StmtKind::Assign { targets: vec![target], value, op: None, ty, declares: true };
        out.push(self.b.stmt(span, kind));
    }

    /// An `if` with its chain of `else if`.
    fn if_statement(&mut self, node: Node<'_>, out: &mut Block) {
        let mut links = Vec::new();
        let mut last = None;
        let mut at = Some(node);
        while let Some(link) = at.take() {
            links.push(link);
            let alternative = field(link, "alternative");
            let inner = alternative.and_then(first_named);
            match inner.filter(|i| i.kind() == "if_statement") {
                Some(next) => at = Some(next),
                None => last = inner.map(|i| (alternative.unwrap_or(i), i)),
            }
        }
        let nested = links.len().min(self.room().saturating_sub(2) / 2);
        let mut done = Vec::new();
        let mut taken = 0;
        for (i, &link) in links.iter().enumerate() {
            if i > 0 && i < nested && self.take(link, 1).is_some() {
                taken += 1;
            }
            if i > 0 {
                self.pick_errors(link);
            }
            let test = self.field_expr(link, "condition");
            done.push((Builder::span(link), test, self.block_in(link, "consequence")));
        }
        let mut otherwise = match last {
            Some((clause, body)) => {
                self.pick_errors(clause);
                self.block(body)
            }
            None => Vec::new(),
        };
        self.release(taken);
        if links.len() > nested {
            otherwise = self.flat_rest(done.split_off(nested), otherwise);
        }
        for (span, test, then) in done.into_iter().rev() {
            otherwise = vec![self.b.stmt(span, StmtKind::If { test, then, otherwise })];
        }
        out.append(&mut otherwise);
    }

    /// The links of a chain that is too long to nest: any of the blocks may run.
    fn flat_rest(&mut self, links: Vec<(Span, ExprId, Block)>, last: Block) -> Block {
        let Some(&(span, ..)) = links.first() else { return last };
        let (tests, mut blocks): (Vec<_>, Vec<_>) = links.into_iter().map(|(_, test, then)| (test, then)).unzip();
        blocks.push(last);
        vec![self.b.stmt(span, StmtKind::Unknown(tests, blocks))]
    }

    /// A C-style `for`: its initialiser stands before the loop, both in a block.
    fn for_statement(&mut self, node: Node<'_>) -> StmtKind {
        let span = Builder::span(node);
        let mut out = Vec::new();
        if let Some(initializer) = field(node, "initializer") {
            self.effect_or_statement(initializer, &mut out);
        }
        let test = fields(node, "condition").into_iter().find(|c| c.kind() != "empty_statement");
        let test = test.map(|t| match t.kind() {
            "expression_statement" => self.only_expr(t),
            _ => self.expr(t),
        });
        let mut update = Vec::new();
        if let Some(increment) = field(node, "increment") {
            self.effect_or_statement(increment, &mut update);
        }
        let body = self.block_in(node, "body");
        let kind = StmtKind::While { test, body, update, otherwise: Vec::new(), test_last: false };
        if out.is_empty() {
            return kind;
        }
        out.push(self.b.stmt(span, kind));
        StmtKind::Block(out)
    }

    fn effect_or_statement(&mut self, node: Node<'_>, out: &mut Block) {
        if is_statement(node.kind()) {
            self.statement_flushed(node, out);
        } else {
            self.effect(strip_parens(node), Builder::span(node), out);
        }
    }

    fn for_in_statement(&mut self, node: Node<'_>) -> StmtKind {
        let target = match field(node, "left") {
            Some(left) => self.pattern(left),
            None => self.unknown(Builder::span(node), Vec::new()),
        };
        let iter = self.field_expr(node, "right");
        let keys = field(node, "operator").is_some_and(|o| o.kind() == "in");
        let declares = field(node, "kind").is_some_and(|k| k.kind() != "await");
        let mut body = Vec::new();
        if let Some(value) = field(node, "value") {
            let value = self.expr(value);
            let span = self.b.file.expr(value).span;
            body.push(self.b.stmt(span, StmtKind::Expr(value)));
        }
        body.extend(self.block_in(node, "body"));
        StmtKind::ForEach { target, iter, body, otherwise: Vec::new(), keys, declares }
    }

    fn while_statement(&mut self, node: Node<'_>, test_last: bool) -> StmtKind {
        let test = Some(self.field_expr(node, "condition"));
        let body = self.block_in(node, "body");
        StmtKind::While { test, body, update: Vec::new(), otherwise: Vec::new(), test_last }
    }

    fn switch_statement(&mut self, node: Node<'_>) -> StmtKind {
        let subject = self.field_expr(node, "value");
        let mut cases = Vec::new();
        let body = field(node, "body");
        if let Some(body) = body {
            self.pick_errors(body);
        }
        for case in body.map(named).unwrap_or_default() {
            if !matches!(case.kind(), "switch_case" | "switch_default") {
                continue;
            }
            let value = field(case, "value");
            let tests: Vec<_> = value.map(|v| self.expr(v)).into_iter().collect();
            let outer = std::mem::take(&mut self.pending);
            let mut body = Vec::new();
            for child in named(case).into_iter().filter(|c| Some(*c) != value) {
                self.statement_flushed(child, &mut body);
            }
            self.pending = outer;
            let falls_through = !self.leaves(&body);
            cases.push(Case { tests, guard: None, body, falls_through });
        }
        StmtKind::Switch { subject, cases }
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

    fn try_statement(&mut self, node: Node<'_>) -> StmtKind {
        let body = self.block_in(node, "body");
        let mut handlers = Vec::new();
        if let Some(clause) = field(node, "handler") {
            self.pick_errors(clause);
            let name = field(clause, "parameter").map(|p| self.pattern(p));
            let body = self.block_in(clause, "body");
            handlers.push(Handler { types: Vec::new(), name, body, span: Builder::span(clause) });
        }
        let mut finally = Vec::new();
        if let Some(clause) = field(node, "finalizer") {
            self.pick_errors(clause);
            finally = self.block_in(clause, "body");
        }
        StmtKind::Try { body, handlers, otherwise: Vec::new(), finally }
    }
}
