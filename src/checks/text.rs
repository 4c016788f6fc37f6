//! What checks on calls of text methods share: the calls of a file by the name of their method, and constant texts.

use super::Context;
use crate::syntax::hir::{BinaryOp, ExprId, ExprKind, File, Literal, Span, StmtKind};

/// How deep constant texts that are put together are looked into.
const MAX_DEPTH: u32 = 8;

/// A call of a method.
pub struct MethodCall<'f> {
    /// The whole call.
    pub span: Span,
    /// What it is called on.
    pub receiver: ExprId,
    /// The method's name.
    pub name: &'f str,
    /// The arguments in order.
    pub args: Vec<ExprId>,
}

/// All calls of a file whose method has one of these names, in source order.
pub fn method_calls<'f>(file: &'f File, names: &[&str]) -> Vec<MethodCall<'f>> {
    let mut found: Vec<MethodCall<'f>> = (file.exprs.iter())
        .filter_map(|expr| {
            let ExprKind::Call { callee, args, .. } = &expr.kind else { return None };
            let ExprKind::Member { object, name, .. } = &file.expr(*callee).kind else { return None };
            let name = file.text(*name);
            let args = args.iter().map(|a| a.value).collect();
            names.contains(&name).then_some(MethodCall { span: expr.span, receiver: *object, name, args })
        })
        .collect();
    found.sort_by_key(|call| (call.span.end, call.span.start));
    found
}

/// The text that an expression is, when that can be told from the expression alone.
pub fn constant_text(file: &File, expr: ExprId) -> Option<String> {
    text_within(file, expr, MAX_DEPTH)
}

fn text_within(file: &File, expr: ExprId, depth: u32) -> Option<String> {
    let deeper = depth.checked_sub(1)?;
    match &file.expr(expr).kind {
        ExprKind::Literal(Literal::Str(text)) => Some(text.to_string()),
        ExprKind::Template { parts } => parts.iter().map(|p| text_within(file, *p, deeper)).collect(),
        ExprKind::Binary { op: BinaryOp::Add, left, right } => {
            Some(text_within(file, *left, deeper)? + &text_within(file, *right, deeper)?)
        }
        _ => None,
    }
}

/// A pattern that a call is given: a constant text, or a regular expression with its flags.
pub enum Pattern {
    /// A text.
    Text(String),
    /// A regular expression.
    Regex {
        /// The pattern.
        pattern: String,
        /// The flags.
        flags: String,
    },
}

/// The pattern that a call's first argument is. A regular expression may also come from a variable.
pub fn pattern_of(context: &Context<'_>, call: &MethodCall<'_>) -> Option<Pattern> {
    let first = *call.args.first()?;
    if let Some(text) = constant_text(context.file, first) {
        return Some(Pattern::Text(text));
    }
    if let ExprKind::Literal(Literal::Regex { pattern, flags }) = &context.file.expr(first).kind {
        return Some(Pattern::Regex { pattern: pattern.to_string(), flags: flags.to_string() });
    }
    let fact = context.facts.patterns.iter().find(|f| f.span == call.span)?;
    Some(Pattern::Regex { pattern: fact.pattern.clone(), flags: fact.flags.clone() })
}

/// Whether a place is inside a loop that goes on while a condition holds.
pub fn in_while_loop(file: &File, span: Span) -> bool {
    file.stmts.iter().any(|s| matches!(s.kind, StmtKind::While { .. }) && s.span.contains(span))
}
