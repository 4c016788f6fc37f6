//! Statements.

use tree_sitter::Node;

use super::{Descent, Lower, field, first_named, named, strip_parens};
use crate::syntax::builder::Builder;
use crate::syntax::hir::*;

/// Whether a kind of node is lowered as a statement wherever it stands.
pub(super) fn is_statement(kind: &str) -> bool {
    kind.ends_with("_statement")
        || matches!(kind, "block" | "package_clause" | "short_var_declaration" | "import_declaration")
        || matches!(kind, "function_declaration" | "method_declaration")
        || matches!(kind, "const_declaration" | "var_declaration" | "type_declaration")
}

impl Lower<'_> {
    /// The statements of a braced block.
    pub(super) fn block(&mut self, node: Node<'_>) -> Block {
        self.statements(node)
    }

    /// The block in a field; empty where there is none.
    pub(super) fn block_in(&mut self, node: Node<'_>, name: &str) -> Block {
        field(node, name).map(|b| self.block(b)).unwrap_or_default()
    }

    /// Lowers a statement to none, one or several.
    pub(super) fn statement(&mut self, node: Node<'_>, out: &mut Block) {
        let lowered = self.deeper(node, 2, |this| {
            let mut own = Vec::new();
            if node.kind() != "block" && !node.is_error() {
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
        match node.kind() {
            "expression_statement" => {
                if let Some(inner) = first_named(node) {
                    let value = self.expr(inner);
                    out.push(self.b.stmt(Builder::span(node), StmtKind::Expr(value)));
                }
            }
            "short_var_declaration" => self.short_declaration(node, out),
            "assignment_statement" => self.assignment_statement(node, out),
            "receive_statement" => self.receive_statement(node, out),
            "send_statement" => self.send_statement(node, out),
            "inc_statement" => self.step_statement(node, BinaryOp::Add, out),
            "dec_statement" => self.step_statement(node, BinaryOp::Sub, out),
            "if_statement" => self.if_statement(node, out),
            "for_statement" => self.for_statement(node, None, out),
            "expression_switch_statement" => self.expression_switch(node, out),
            "type_switch_statement" => self.type_switch(node, out),
            "select_statement" => self.select(node, out),
            "labeled_statement" => self.labeled(node, out),
            "go_statement" | "defer_statement" => self.later(node, out),
            _ => self.simple_statement(node, out),
        }
    }

    fn simple_statement(&mut self, node: Node<'_>, out: &mut Block) {
        let span = Builder::span(node);
        let kind = match node.kind() {
            "block" => StmtKind::Block(self.block(node)),
            "return_statement" => {
                let list = named(node).into_iter().find(|c| c.kind() == "expression_list");
                StmtKind::Return(self.returned(span, list))
            }
            "break_statement" => StmtKind::Break,
            "continue_statement" => StmtKind::Continue,
            "import_declaration" => return self.import_declaration(node, out),
            "const_declaration" => return self.const_declaration(node, out),
            "var_declaration" => return self.var_declaration(node, out),
            "type_declaration" => return self.type_declaration(node, out),
            "function_declaration" => return self.function_declaration(node, out),
            "method_declaration" => return self.method_declaration(node, out),
            "package_clause" | "empty_statement" | "goto_statement" | "fallthrough_statement" => return,
            _ if node.is_error() => return self.error_node(node, out),
            _ => return self.loose_statement(node, out),
        };
        out.push(self.b.stmt(span, kind));
    }

    /// A statement of no known form: all that can be found in it is evaluated.
    pub(super) fn loose_statement(&mut self, node: Node<'_>, out: &mut Block) {
        let mut found = Vec::new();
        if super::expr::is_expression(node.kind()) {
            found.push(self.expr(node));
        } else {
            for child in named(node) {
                self.loose(child, &mut found);
            }
        }
        out.append(&mut self.pending);
        if !found.is_empty() {
            out.push(self.b.stmt(Builder::span(node), StmtKind::Unknown(found, Vec::new())));
        }
    }

    /// `go f()` and `defer f()`: the call, which for a function literal is walked here but decides nothing for what follows.
    fn later(&mut self, node: Node<'_>, out: &mut Block) {
        let span = Builder::span(node);
        let Some(call) = first_named(node) else { return };
        let callee = field(strip_parens(call), "function").map(strip_parens);
        let is_literal = callee.is_some_and(|c| c.kind() == "func_literal");
        let value = self.expr(call);
        let statement = self.b.stmt(span, StmtKind::Expr(value));
        if is_literal {
            out.push(self.b.stmt(span, StmtKind::Unknown(Vec::new(), vec![vec![statement]])));
        } else {
            out.push(statement);
        }
    }
}
