//! What a lowered file holds compared with its tree, for tests.

use std::collections::BTreeSet;

use rustc_hash::FxHashSet;

use super::{parse, sound, walk};
use crate::syntax::builder::Builder;
use crate::syntax::hir::*;

/// The calls and identifiers of the tree that are neither in the lowered file nor below a cut, as text.
pub fn lost(path: &str, text: &str, file: &File) -> Vec<String> {
    let Some(tree) = parse(path, file.language, text) else { return Vec::new() };
    let (calls, mut names) = lowered_spans(file);
    let mut out = Vec::new();
    let mut types = FxHashSet::default();
    walk(tree.root_node(), |node| {
        let span = Builder::span(node);
        if matches!(node.kind(), "as_expression" | "satisfies_expression") {
            types.extend(sound(node).get(1).map(|t| t.id()));
        }
        if types.contains(&node.id()) || is_type_context(node.kind()) || file.too_deep.iter().any(|c| c.contains(span))
        {
            return false;
        }
        if node.kind().starts_with("class") {
            names.extend(node.child_by_field_name("name").map(Builder::span));
        }
        let missing = match node.kind() {
            "call_expression" | "new_expression" => !calls.contains(&span),
            "identifier" => !node.is_missing() && !names.contains(&span),
            _ => false,
        };
        if missing {
            let line = text.get(..span.range().start).map_or(0, |t| t.matches('\n').count()) + 1;
            out.push(format!("{path}:{line} {} {}", node.kind(), text.get(span.range()).unwrap_or("")));
        }
        true
    });
    out
}

/// Nodes in which identifiers are no expressions.
fn is_type_context(kind: &str) -> bool {
    let types = ["interface_declaration", "type_alias_declaration", "ambient_declaration", "function_signature"];
    let parts =
        ["type_annotation", "type_arguments", "type_parameters", "implements_clause", "type_predicate_annotation"];
    let rest = ["asserts_annotation", "abstract_method_signature", "method_signature", "index_signature"];
    let imports =
        ["import_clause", "import_require_clause", "export_clause", "namespace_export", "jsx_closing_element"];
    let named = ["jsx_namespace_name", "nested_identifier", "internal_module", "module", "import_alias"];
    types.contains(&kind)
        || parts.contains(&kind)
        || rest.contains(&kind)
        || imports.contains(&kind)
        || named.contains(&kind)
        || kind.ends_with("_type")
        || kind == "type_query"
}

pub fn lowered_spans(file: &File) -> (FxHashSet<Span>, FxHashSet<Span>) {
    let mut calls = FxHashSet::default();
    let mut names = FxHashSet::default();
    let reached = reachable(file);
    for (index, expr) in file.exprs.iter().enumerate() {
        if !reached.contains(&(index as u32)) {
            continue;
        }
        match &expr.kind {
            ExprKind::Call { .. } => _ = calls.insert(expr.span),
            ExprKind::Name(_) | ExprKind::Literal(_) => _ = names.insert(expr.span),
            ExprKind::Member { name_span, .. } => _ = names.insert(*name_span),
            _ => {}
        }
    }
    names.extend(file.functions.iter().map(|f| f.name_span));
    (calls, names)
}

/// The expressions that can be reached from the module.
fn reachable(file: &File) -> BTreeSet<u32> {
    let mut seen = BTreeSet::new();
    nodes(file, |node, _| {
        if let At::Expr(e) = node {
            seen.insert(e.0);
        }
    });
    seen
}

/// A place in the HIR.
#[derive(Clone, Copy)]
pub enum At {
    Expr(ExprId),
    Stmt(StmtId),
    Function(FunctionId),
    Class(ClassId),
}

/// The deepest nesting of statements and expressions, functions and classes not counted themselves.
pub fn depth(file: &File) -> usize {
    let mut deepest = 0;
    nodes(file, |_, depth| deepest = deepest.max(depth));
    deepest
}

fn nodes(file: &File, mut visit: impl FnMut(At, usize)) {
    let mut open = vec![(At::Function(MODULE), 0)];
    while let Some((at, depth)) = open.pop() {
        visit(at, depth);
        let mut next = Vec::new();
        match at {
            At::Expr(e) => expr_children(&file.expr(e).kind, &mut next),
            At::Stmt(s) => stmt_children(&file.stmt(s).kind, &mut next),
            At::Function(f) => {
                let f = file.function(f);
                for p in &f.params {
                    next.extend([Some(p.pattern), p.default, p.ty].into_iter().flatten().map(At::Expr));
                    next.extend(p.decorators.iter().copied().map(At::Expr));
                }
                next.extend(f.decorators.iter().copied().chain(f.return_type).map(At::Expr));
                next.extend(f.body.iter().copied().map(At::Stmt));
            }
            At::Class(c) => {
                let c = file.class(c);
                next.extend(c.bases.iter().chain(&c.decorators).copied().map(At::Expr));
                next.extend(c.body.iter().copied().map(At::Stmt));
            }
        }
        open.extend(next.into_iter().map(|n| (n, depth + 1)));
    }
}

fn expr_children(kind: &ExprKind, out: &mut Vec<At>) {
    let mut push = |e: ExprId| out.push(At::Expr(e));
    match kind {
        ExprKind::Member { object, .. } => push(*object),
        ExprKind::Index { object, index } => [*object, *index].into_iter().for_each(push),
        ExprKind::Slice { object, bounds } => bounds.iter().chain([object]).copied().for_each(push),
        ExprKind::Call { callee, args, .. } => {
            std::iter::once(*callee).chain(args.iter().map(|a| a.value)).for_each(push)
        }
        ExprKind::Template { parts: es } | ExprKind::Sequence(es) | ExprKind::Unknown(es) => {
            es.iter().copied().for_each(push);
        }
        ExprKind::Binary { left, right, .. } => [*left, *right].into_iter().for_each(push),
        ExprKind::Unary { operand: e, .. } | ExprKind::Await(e) | ExprKind::Spread(e) => push(*e),
        ExprKind::Yield(e) => e.iter().copied().for_each(push),
        ExprKind::Cast { operand, ty } => std::iter::once(*operand).chain(*ty).for_each(push),
        ExprKind::Conditional { test, then, otherwise } => [*test, *then, *otherwise].into_iter().for_each(push),
        ExprKind::Collection { entries, .. } => {
            entries.iter().flat_map(|e| e.key.into_iter().chain([e.value])).for_each(push);
        }
        ExprKind::Assign { target, value, .. } => [*target, *value].into_iter().for_each(push),
        ExprKind::Jsx { tag, attributes, children } => {
            let values = attributes.iter().filter_map(|a| a.value);
            tag.iter().copied().chain(values).chain(children.iter().copied()).for_each(push);
        }
        ExprKind::Lambda(f) => out.push(At::Function(*f)),
        ExprKind::ClassExpr(c) => out.push(At::Class(*c)),
        ExprKind::Name(_) | ExprKind::Literal(_) | ExprKind::Comprehension { .. } => {}
    }
}

fn stmt_children(kind: &StmtKind, out: &mut Vec<At>) {
    let mut exprs: Vec<ExprId> = Vec::new();
    let mut blocks: Vec<&Block> = Vec::new();
    match kind {
        StmtKind::Expr(e) | StmtKind::ExportDefault(e) => exprs.push(*e),
        StmtKind::Assign { targets, value, ty, .. } => exprs.extend(targets.iter().copied().chain(*value).chain(*ty)),
        StmtKind::If { test, then, otherwise } => {
            exprs.push(*test);
            blocks.extend([then, otherwise]);
        }
        StmtKind::While { test, body, update, otherwise, .. } => {
            exprs.extend(*test);
            blocks.extend([body, update, otherwise]);
        }
        StmtKind::ForEach { target, iter, body, otherwise, .. } => {
            exprs.extend([*target, *iter]);
            blocks.extend([body, otherwise]);
        }
        StmtKind::Switch { subject, cases } => {
            exprs.push(*subject);
            exprs.extend(cases.iter().flat_map(|c| c.tests.iter().copied().chain(c.guard)));
            blocks.extend(cases.iter().map(|c| &c.body));
        }
        StmtKind::Try { body, handlers, otherwise, finally } => {
            exprs.extend(handlers.iter().flat_map(|h| h.types.iter().copied().chain(h.name)));
            blocks.extend([body, otherwise, finally]);
            blocks.extend(handlers.iter().map(|h| &h.body));
        }
        StmtKind::With { items, body } => {
            exprs.extend(items.iter().flat_map(|i| [Some(i.0), i.1]).flatten());
            blocks.push(body);
        }
        StmtKind::Return(e) | StmtKind::Throw(e) => exprs.extend(*e),
        StmtKind::Function(f) => out.push(At::Function(*f)),
        StmtKind::Class(c) => out.push(At::Class(*c)),
        StmtKind::Delete(es) => exprs.extend(es),
        StmtKind::Block(block) => blocks.push(block),
        StmtKind::Unknown(es, inner) => {
            exprs.extend(es);
            blocks.extend(inner);
        }
        StmtKind::Assert { test, message } => exprs.extend([Some(*test), *message].into_iter().flatten()),
        StmtKind::Break | StmtKind::Continue | StmtKind::Import(_) | StmtKind::Outer(_) => {}
    }
    out.extend(exprs.into_iter().map(At::Expr));
    out.extend(blocks.into_iter().flatten().copied().map(At::Stmt));
}
