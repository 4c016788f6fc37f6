//! Statements and declarations.

use tree_sitter::Node;

use super::expr::sequence_parts;
use super::function::Naming;
use super::operators::augmented_op;
use super::{Descent, Hint, Lower, field, first_named, named, strip_parens};
use crate::syntax::builder::Builder;
use crate::syntax::descent::branches::Branches;
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
    pub(super) fn block_in(&mut self, node: Node<'_>, name: &str) -> Block {
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
            "if_statement" => return out.extend(self.if_chain(node)),
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

    pub(super) fn field_expr(&mut self, node: Node<'_>, name: &str) -> ExprId {
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
    pub(super) fn effect(&mut self, node: Node<'_>, span: Span, out: &mut Block) {
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
}
