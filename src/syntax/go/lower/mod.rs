//! Go's tree to HIR: bounding the depth, what the package declares, and what broken code needs.
//!
//! Recursion goes through [`Descent::deeper`] only. Constructs that nest to the left without brackets (operators, selector and
//! call chains, else-if) are walked in a loop and charged for the levels that they make in the HIR, so that its depth
//! stays bounded too.

mod assign;
mod chain;
mod composite;
mod control;
mod declare;
mod expr;
mod function;
mod import;
mod literal;
mod operators;
mod stmt;
mod survey;
mod switch;
mod types;

#[cfg(test)]
mod bounds;
#[cfg(test)]
mod coverage;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod tests_statements;

use rustc_hash::FxHashSet;
use tree_sitter::{Node, Tree};

pub(super) use self::import::package_names;
use self::survey::Survey;
use crate::syntax::builder::Builder;
use crate::syntax::descent::Descent;
use crate::syntax::hir::*;
use crate::syntax::parse;
use crate::syntax::tree::{field, fields, first_named, has_token, named, sound, walk};

/// Lowers a Go text.
pub fn lower(text: &str) -> File {
    let mut lower = Lower::new(text);
    let Some(tree) = parse(text) else {
        lower.b.give_up();
        return lower.b.file;
    };
    let root = tree.root_node();
    lower.b.note_errors_and_comments(root);
    lower.survey = Survey::of(root, text);
    lower.open_classes(root);
    let mut body = if root.is_error() { Vec::new() } else { lower.statements(root) };
    lower.lost_errors(root, &mut body);
    lower.finish(body)
}

fn parse(text: &str) -> Option<Tree> {
    parse::parse(&tree_sitter_go::LANGUAGE.into(), text).map(|parsed| parsed.tree)
}

/// A file being lowered.
struct Lower<'s> {
    b: Builder<'s>,
    /// Statements found where only an expression can stand (in broken code); they go before the current statement.
    pending: Block,
    /// What the file declares, known before anything is lowered.
    survey: Survey,
    /// The classes of the types that have fields or methods, by name.
    classes: std::collections::BTreeMap<String, ClassId>,
    /// The classes whose statement has been lowered.
    declared_classes: FxHashSet<ClassId>,
    /// The named results of the functions around, which a bare `return` gives back.
    results: Vec<Vec<ExprId>>,
    /// The value of `iota`.
    iota: i64,
    /// Error nodes whose contents have been lowered.
    errors_seen: FxHashSet<usize>,
}

impl<'s> Lower<'s> {
    fn new(text: &'s str) -> Self {
        Lower {
            b: Builder::new(Language::Go, text),
            pending: Vec::new(),
            survey: Survey::default(),
            classes: Default::default(),
            declared_classes: FxHashSet::default(),
            results: Vec::new(),
            iota: 0,
            errors_seen: FxHashSet::default(),
        }
    }

    fn text(&self, node: Node<'_>) -> &'s str {
        self.b.node_text(node)
    }

    fn name(&mut self, span: Span, text: &str) -> ExprId {
        let name = self.b.intern(text);
        self.b.expr(span, ExprKind::Name(name))
    }

    fn finish(mut self, body: Block) -> File {
        // Types whose declaration is broken, or stands in another file of the package.
        let mut all = Vec::new();
        for &id in self.classes.values() {
            if !self.declared_classes.contains(&id) {
                let span = self.b.file.class(id).span;
                all.push(self.b.stmt(span, StmtKind::Class(id)));
            }
        }
        all.extend(body);
        if let Some(module) = self.b.file.functions.first_mut() {
            module.body = all;
        }
        self.b.file
    }
}

impl<'s> Descent<'s> for Lower<'s> {
    fn builder(&mut self) -> &mut Builder<'s> {
        &mut self.b
    }

    fn pending(&mut self) -> &mut Block {
        &mut self.pending
    }

    fn errors_seen(&mut self) -> &mut FxHashSet<usize> {
        &mut self.errors_seen
    }

    fn expr(&mut self, node: Node<'_>) -> ExprId {
        Lower::expr(self, node)
    }

    fn children(&mut self, node: Node<'_>) -> ExprId {
        Lower::children(self, node)
    }

    fn statement(&mut self, node: Node<'_>, out: &mut Block) {
        Lower::statement(self, node, out);
    }

    fn is_statement(kind: &str) -> bool {
        stmt::is_statement(kind)
    }

    fn is_expression(kind: &str) -> bool {
        expr::is_expression(kind)
    }

    fn strip<'t>(node: Node<'t>) -> Node<'t> {
        strip_parens(node)
    }

    /// The statements of a file, block or case, with those that broken code hides in expressions.
    fn statements(&mut self, node: Node<'_>) -> Block {
        let outer = std::mem::take(&mut self.pending);
        let mut out = Vec::new();
        for child in named(node) {
            if child.kind() == "statement_list" {
                for statement in named(child) {
                    self.statement_flushed(statement, &mut out);
                }
            } else {
                self.statement_flushed(child, &mut out);
            }
        }
        self.pending = outer;
        out
    }
}

/// The expression inside any number of parentheses, dereferences and address operators.
fn strip_parens<'t>(mut node: Node<'t>) -> Node<'t> {
    while !node.has_error() {
        let inner = match node.kind() {
            "parenthesized_expression" => first_named(node),
            "unary_expression" if field(node, "operator").is_some_and(|o| matches!(o.kind(), "&" | "*")) => {
                field(node, "operand")
            }
            _ => None,
        };
        let Some(inner) = inner else { break };
        node = inner;
    }
    node
}
