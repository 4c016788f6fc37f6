//! Statements and declarations.

use tree_sitter::Node;

use super::operators::augmented_op;
use super::{Descent, Lower, child_of_kind, field, fields, first_named, named, strip_parens};
use crate::syntax::builder::Builder;
use crate::syntax::descent::branches::Branches;
use crate::syntax::hir::*;

/// Whether a kind of node is lowered as a statement wherever it stands.
pub(super) fn is_statement(kind: &str) -> bool {
    kind.ends_with("_statement")
        || (kind.ends_with("_declaration") && kind != "compact_constructor_declaration")
        || matches!(kind, "block" | "static_initializer" | "constructor_body" | "class_body" | "interface_body")
}

impl<'s> Lower<'s> {
    /// The statements of a braced block or of a single statement in its place, in a scope of their own.
    pub(super) fn block(&mut self, node: Node<'_>) -> Block {
        self.names.open_block();
        let body = self.open_block(node);
        self.names.close();
        body
    }

    /// The same in the scope that is open.
    pub(super) fn open_block(&mut self, node: Node<'_>) -> Block {
        if matches!(node.kind(), "block" | "constructor_body") {
            return self.statements(node);
        }
        let outer = std::mem::take(&mut self.pending);
        let mut out = Vec::new();
        self.statement_flushed(node, &mut out);
        self.pending = outer;
        out
    }

    /// The block in a field; empty where there is none.
    pub(super) fn block_in(&mut self, node: Node<'_>, name: &str) -> Block {
        field(node, name).map(|b| self.block(b)).unwrap_or_default()
    }

    /// Lowers a statement to none, one or several.
    pub(super) fn statement(&mut self, node: Node<'_>, out: &mut Block) {
        let lowered = self.deeper(node, 2, |this| {
            let mut own = Vec::new();
            if !matches!(node.kind(), "block" | "constructor_body") {
                this.pick_errors(node);
            }
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
            "expression_statement" => {
                let Some(inner) = first_named(node) else { return };
                return self.effect(strip_parens(inner), span, out);
            }
            "local_variable_declaration" => return self.declaration(node, out),
            "import_declaration" => self.import(node),
            "package_declaration" | "module_declaration" => return,
            "if_statement" => return out.extend(self.if_chain(node)),
            "block" | "constructor_body" => StmtKind::Block(self.block(node)),
            "static_initializer" => {
                StmtKind::Block(child_of_kind(node, "block").map(|b| self.block(b)).unwrap_or_default())
            }
            "for_statement" => self.for_statement(node),
            "enhanced_for_statement" => self.for_each_statement(node),
            "while_statement" => self.while_statement(node, false),
            "do_statement" => self.while_statement(node, true),
            "switch_expression" => self.switch_statement(node),
            "try_statement" | "try_with_resources_statement" => self.try_statement(node),
            "synchronized_statement" => {
                let lock = child_of_kind(node, "parenthesized_expression").map(|l| self.expr(l));
                StmtKind::With {
                    items: lock.into_iter().map(|l| (l, None)).collect(),
                    body: self.block_in(node, "body"),
                }
            }
            "labeled_statement" => {
                let body = named(node).into_iter().filter(|c| !c.is_error()).nth(1);
                StmtKind::Block(body.map(|b| self.block(b)).unwrap_or_default())
            }
            "return_statement" => StmtKind::Return(first_named(node).map(|v| self.expr(v))),
            "throw_statement" => StmtKind::Throw(first_named(node).map(|v| self.expr(v))),
            "yield_statement" => return self.yield_statement(node, out),
            "break_statement" => StmtKind::Break,
            "continue_statement" => StmtKind::Continue,
            "assert_statement" => {
                let parts = named(node);
                let mut parts = parts.into_iter().filter(|c| !c.is_error());
                let test = match parts.next() {
                    Some(test) => self.expr(test),
                    None => self.unknown(span, Vec::new()),
                };
                StmtKind::Assert { test, message: parts.next().map(|m| self.expr(m)) }
            }
            _ => return self.definition(node, out),
        };
        out.push(self.b.stmt(span, kind));
    }

    fn definition(&mut self, node: Node<'_>, out: &mut Block) {
        let span = Builder::span(node);
        let kind = match node.kind() {
            "class_declaration"
            | "interface_declaration"
            | "enum_declaration"
            | "record_declaration"
            | "annotation_type_declaration" => StmtKind::Class(self.class(node)),
            // Methods and fields stand alone in a part of a file, and where a class is broken.
            "method_declaration" | "constructor_declaration" => {
                let decorators = self.annotations(node);
                let own = field(node, "name").map(|n| self.text(n));
                let naming = super::function::Naming { own, class: None, decorators };
                StmtKind::Function(self.function(node, naming))
            }
            "field_declaration" | "constant_declaration" => return self.declaration(node, out),
            "class_body" | "interface_body" => return out.extend(self.statements(node)),
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

    /// An expression that is evaluated for its effect; `span` is that of the statement that it is alone.
    pub(super) fn effect(&mut self, node: Node<'_>, span: Span, out: &mut Block) {
        match node.kind() {
            "switch_expression" => {
                let kind = self.switch_statement(node);
                out.push(self.b.stmt(span, kind));
            }
            "assignment_expression" => self.assignment_statement(node, span, out),
            "update_expression" => {
                self.pick_errors(node);
                match self.update(node) {
                    Some((target, value, op)) => out.push(self.assign(span, vec![target], Some(value), Some(op))),
                    None => {
                        let value = self.children(node);
                        out.push(self.b.stmt(span, StmtKind::Expr(value)));
                    }
                }
            }
            _ => {
                let value = self.expr(node);
                out.push(self.b.stmt(span, StmtKind::Expr(value)));
            }
        }
    }

    fn assign(&mut self, span: Span, targets: Vec<ExprId>, value: Option<ExprId>, op: Option<BinaryOp>) -> StmtId {
        self.b.stmt(span, StmtKind::Assign { targets, value, op, ty: None, declares: false })
    }

    /// `a = b = value` with all its targets, or `a += value`.
    fn assignment_statement(&mut self, node: Node<'_>, span: Span, out: &mut Block) {
        if augmented_op(node).is_some() || field(node, "operator").is_some_and(|o| o.kind() == ">>>=") {
            let (Some(left), Some(right)) = (field(node, "left"), field(node, "right")) else { return };
            self.pick_errors(node);
            let target = self.expr(left);
            let value = Some(self.expr(right));
            out.push(self.assign(span, vec![target], value, augmented_op(node)));
            return;
        }
        let mut targets = Vec::new();
        let mut at = node;
        while at.kind() == "assignment_expression" && augmented_op(at).is_none() {
            let (Some(left), Some(right)) = (field(at, "left"), field(at, "right")) else { break };
            self.pick_errors(at);
            targets.push(self.expr(left));
            at = strip_parens(right);
        }
        let value = Some(self.expr(at));
        out.push(self.assign(span, targets, value, None));
    }

    /// A local variable, or a field outside of a class.
    pub(super) fn declaration(&mut self, node: Node<'_>, out: &mut Block) {
        let annotations = self.annotations(node);
        self.evaluate(annotations);
        out.append(&mut self.pending);
        let declarators = fields(node, "declarator");
        for declarator in &declarators {
            let span = Builder::span(if declarators.len() == 1 { node } else { *declarator });
            self.pick_errors(*declarator);
            let Some(name) = field(*declarator, "name") else { continue };
            self.names.declare(self.b.node_text(name));
            let target = self.b.name_expr(name);
            let ty = self.declared_type(node, Some(*declarator));
            let value = field(*declarator, "value").map(|v| self.expr(v));
            out.append(&mut self.pending);
            let kind = StmtKind::Assign { targets: vec![target], value, op: None, ty, declares: true };
            out.push(self.b.stmt(span, kind));
        }
    }
}
