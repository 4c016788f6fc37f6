//! A command line taken apart as a POSIX shell would, as far as it does nothing but separate words.

use crate::harden::Task;
use crate::harden::template::built::compose::{self, Piece};
use crate::harden::template::built::{Built, Unit};
use crate::syntax::hir::*;

/// What has a meaning for the shell outside quotes; none of it can become an argument as it stands.
const OPERATORS: &str = "|;><&*?$~`()[]{}!#\n\r\u{fffd}";

/// A word of a command line.
pub type Word = Vec<Piece>;

/// The words of a built command line; none where the shell does more than to separate them, where what runs is not
/// constant, or a value seems to hold several arguments.
pub fn split(task: &Task<'_>, built: &Built) -> Option<Vec<Word>> {
    let mut words: Vec<Word> = Vec::new();
    let mut word: Option<Word> = None;
    let mut quote: Option<char> = None;
    let mut units = built.units.iter().peekable();
    while let Some(unit) = units.next() {
        let c = match unit {
            Unit::Value(number) => {
                let value = unquoted(task, built.values.get(*number)?.expr);
                if quote.is_none() && several(task, value) {
                    return None;
                }
                word.get_or_insert_default().push(Piece::Value(value));
                continue;
            }
            Unit::Char(c, ..) => *c,
        };
        match (quote, c) {
            (Some(q), _) if c == q => quote = None,
            (Some('"'), '$' | '`') | (Some(_), '\u{fffd}') => return None,
            (Some('"'), '\\') => {
                let Some(Unit::Char(next, ..)) = units.next() else { return None };
                if !matches!(next, '"' | '\\') {
                    return None;
                }
                Piece::push(word.get_or_insert_default(), *next);
            }
            (Some(_), _) => Piece::push(word.get_or_insert_default(), c),
            (None, '\'' | '"') => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            (None, '\\') => {
                let Some(Unit::Char(next, ..)) = units.next() else { return None };
                Piece::push(word.get_or_insert_default(), *next);
            }
            (None, ' ' | '\t') => words.extend(word.take()),
            (None, _) if OPERATORS.contains(c) => return None,
            (None, _) => Piece::push(word.get_or_insert_default(), c),
        }
    }
    if quote.is_some() {
        return None;
    }
    words.extend(word);
    let [Piece::Text(program)] = words.first()?.as_slice() else { return None };
    let builtin = [
        "cd", "export", "source", ".", "exec", "eval", "set", "unset", "ulimit", "umask", "alias", "if", "for", "while",
    ];
    let fits = !program.contains('=') && !builtin.contains(&program.as_str());
    fits.then_some(words)
}

/// What was quoted for the shell needs that no longer: `shlex.quote(x)` is `x`.
fn unquoted(task: &Task<'_>, id: ExprId) -> ExprId {
    let span = task.file.expr(id).span;
    let ExprKind::Call { args, .. } = &task.file.expr(id).kind else { return id };
    let quotes = matches!(task.path_of_call(span), Some("shlex.quote" | "pipes.quote"));
    match args.as_slice() {
        [only] if quotes && only.name.is_none() && only.spread == Spread::No => only.value,
        _ => id,
    }
}

/// Whether a value is called as if it held several arguments, or is put together from several.
fn several(task: &Task<'_>, id: ExprId) -> bool {
    let expr = task.file.expr(id);
    let name = match &expr.kind {
        ExprKind::Name(name) | ExprKind::Member { name, .. } => task.file.text(*name),
        ExprKind::Call { callee, .. } => match &task.file.expr(*callee).kind {
            ExprKind::Member { name, .. } => task.file.text(*name),
            _ => "",
        },
        _ => "",
    };
    let name = name.to_ascii_lowercase();
    let plural = [
        "args",
        "arguments",
        "argv",
        "options",
        "opts",
        "flags",
        "params",
        "extra",
        "command",
        "cmd",
        "join",
        "switches",
    ];
    plural.iter().any(|p| name == *p || name.ends_with(&format!("_{p}")))
}

/// The code of each word.
pub fn code(task: &Task<'_>, words: &[Word]) -> Option<Vec<String>> {
    words.iter().map(|word| one(task, word)).collect()
}

fn one(task: &Task<'_>, word: &[Piece]) -> Option<String> {
    match word {
        [] => Some(task.string("")),
        [Piece::Text(text)] => Some(task.string(text)),
        [Piece::Value(value)] => {
            let text = compose::value_text(task, *value)?;
            let converted = if task.is_python() { "str" } else { "String" };
            Some(if is_number(task, *value) { format!("{converted}({text})") } else { text })
        }
        pieces => compose::interpolated(task, pieces, false),
    }
}

/// Whether a value is plainly a number, which no argument list takes.
fn is_number(task: &Task<'_>, id: ExprId) -> bool {
    match &task.file.expr(id).kind {
        ExprKind::Literal(Literal::Int(_) | Literal::Float(_)) => true,
        ExprKind::Binary { op, .. } => {
            matches!(op, BinaryOp::Sub | BinaryOp::Mul | BinaryOp::Div | BinaryOp::FloorDiv | BinaryOp::Pow)
        }
        ExprKind::Call { callee, .. } => {
            matches!(task.expr_text(*callee), "int" | "len" | "abs" | "round" | "parseInt" | "Number" | "parseFloat")
        }
        ExprKind::Member { name, .. } => task.file.text(*name) == "length" && !task.is_python(),
        ExprKind::Name(name) => {
            let function = task.function_around(task.file.expr(id).span);
            task.file.function(function).params.iter().any(|p| {
                let named = matches!(task.file.expr(p.pattern).kind, ExprKind::Name(n) if n == *name);
                named && p.ty.is_some_and(|t| matches!(task.expr_text(t), "int" | "float" | "number"))
            })
        }
        _ => false,
    }
}
