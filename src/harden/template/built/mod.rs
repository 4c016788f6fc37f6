//! Strings that code builds from constant text and data: f-strings and template literals, `+`, the `%` operator and
//! `str.format`, all read into one sequence of characters and values, each with its place in the source.

pub mod compose;
mod format;
mod lex;
mod origin;

pub use origin::{origin, same_at};

use crate::harden::Task;
use crate::syntax::hir::*;

/// A string literal that is part of a built string.
#[derive(Debug, Clone)]
pub struct Lit {
    /// The literal with prefix and quotes.
    pub span: Span,
    /// The letters before the quotes.
    pub prefix: Span,
    /// What stands between the quotes.
    pub content: Span,
    /// Whether values stand in it (f-string, template literal).
    pub interpolated: bool,
}

/// A value that becomes part of a built string.
#[derive(Debug, Clone)]
pub struct Part {
    /// The value.
    pub expr: ExprId,
    /// What is replaced together with it: the braces, the conversion, the parentheses.
    pub site: Span,
    /// The literal that it stands in, or after.
    pub lit: usize,
    /// Whether it stands in that literal.
    pub inside: bool,
}

/// A character or value of a built string.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// A character as the string has it, the source that writes it, and the literal.
    Char(char, Span, usize),
    /// A value, by its number.
    Value(usize),
}

/// How the values get into the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// They stand where they belong: interpolation, concatenation.
    InPlace,
    /// The `%` operator.
    Percent,
    /// `str.format`.
    Format,
}

/// A string that is built.
#[derive(Debug, Clone)]
pub struct Built {
    /// The whole expression.
    pub span: Span,
    /// Its literals in order.
    pub lits: Vec<Lit>,
    /// Its values, in the order in which they stand in the text.
    pub values: Vec<Part>,
    /// All of it in order.
    pub units: Vec<Unit>,
    /// How the values get in.
    pub form: Form,
    /// What stands in front of the text and takes it: `fmt.Sprintf(`.
    pub head: Option<Span>,
    /// What stands behind the text and hands over the values (`% name`, `.format(name)`).
    pub tail: Option<Span>,
}

impl Built {
    /// Reads an expression; none where it is not built from text and values, or not in a way that can be edited safely
    /// (comments in between, format specifications, text that is not a literal in front).
    pub fn of(task: &Task<'_>, id: ExprId) -> Option<Built> {
        let expr = task.file.expr(id);
        if task.file.comments.iter().any(|c| expr.span.contains(*c)) {
            return None;
        }
        let mut built = Built {
            span: expr.span,
            lits: Vec::new(),
            values: Vec::new(),
            units: Vec::new(),
            form: Form::InPlace,
            head: None,
            tail: None,
        };
        match &expr.kind {
            ExprKind::Template { .. } | ExprKind::Literal(Literal::Str(_)) => lex::read(task, id, &mut built)?,
            ExprKind::Binary { op: BinaryOp::Add, .. } => concatenation(task, id, &mut built)?,
            ExprKind::Binary { op: BinaryOp::Rem, left, right } if task.is_python() => {
                format::percent(task, *left, *right, &mut built)?;
            }
            ExprKind::Call { callee, args, .. } if task.is_python() => format::method(task, *callee, args, &mut built)?,
            ExprKind::Call { callee, args, .. } => format::call(task, *callee, args, &mut built)?,
            _ => return None,
        }
        Some(built)
    }

    /// A literal by its number.
    pub fn lit(&self, number: usize) -> Option<&Lit> {
        self.lits.get(number)
    }
}

/// `"…" + value + "…"`, from left to right.
fn concatenation(task: &Task<'_>, id: ExprId, built: &mut Built) -> Option<()> {
    let mut operands = Vec::new();
    let mut current = id;
    while let ExprKind::Binary { op: BinaryOp::Add, left, right } = &task.file.expr(current).kind {
        operands.push(*right);
        current = *left;
    }
    operands.push(current);
    operands.reverse();
    let mut end = built.span.start;
    for operand in operands {
        let span = widened(task, task.file.expr(operand).span, built.span);
        between(task, Span { start: end, end: span.start })?;
        end = span.end;
        match &task.file.expr(operand).kind {
            ExprKind::Literal(Literal::Str(_)) | ExprKind::Template { .. } => lex::read(task, operand, built)?,
            _ if holds_text(task, operand) => return None,
            _ => {
                let lit = built.lits.len().checked_sub(1)?;
                built.units.push(Unit::Value(built.values.len()));
                built.values.push(Part { expr: operand, site: span, lit, inside: false });
            }
        }
    }
    (end == built.span.end).then_some(())
}

/// Whether only operators and white space stand in `gap`: parentheses around parts of the sum are left alone.
fn between(task: &Task<'_>, gap: Span) -> Option<()> {
    task.text(gap).chars().all(|c| c.is_whitespace() || c == '+' || c == '\\').then_some(())
}

/// Whether a value is itself made of text in a way that is not taken apart here: a sum in parentheses, a `%` on text.
fn holds_text(task: &Task<'_>, id: ExprId) -> bool {
    match &task.file.expr(id).kind {
        ExprKind::Binary { op: BinaryOp::Add | BinaryOp::Rem, left, right } => [*left, *right].iter().any(|side| {
            matches!(
                task.file.expr(*side).kind,
                ExprKind::Literal(Literal::Str(_)) | ExprKind::Template { .. } | ExprKind::Binary { .. }
            )
        }),
        ExprKind::Call { callee, .. } => matches!(&task.file.expr(*callee).kind,
            ExprKind::Member { object, name, .. } if task.file.text(*name) == "format"
                && matches!(task.file.expr(*object).kind, ExprKind::Literal(Literal::Str(_)))),
        _ => false,
    }
}

/// `span` with the parentheses around it, as far as they lie within `limit`.
pub fn widened(task: &Task<'_>, span: Span, limit: Span) -> Span {
    let mut span = span;
    loop {
        let before = task.text(Span { start: limit.start, end: span.start }).trim_end();
        let after = task.text(Span { start: span.end, end: limit.end });
        if !before.ends_with('(') || !after.trim_start().starts_with(')') {
            return span;
        }
        let start = limit.start as usize + before.len() - 1;
        let end = span.end as usize + (after.len() - after.trim_start().len()) + 1;
        span = Span::new(start, end);
    }
}
