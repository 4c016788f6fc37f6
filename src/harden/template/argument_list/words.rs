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
        // One of the two may be it.
        ExprKind::Conditional { then, otherwise, .. } => is_number(task, *then) || is_number(task, *otherwise),
        ExprKind::Name(name) => is_number_variable(task, task.function_around(task.file.expr(id).span), *name),
        _ => false,
    }
}

/// Whether a variable may hold a number: by its type, what is assigned to it or is its default, or what calls of the
/// function hand over for it.
fn is_number_variable(task: &Task<'_>, function: FunctionId, name: Name) -> bool {
    let file = task.file;
    let around = file.function(function);
    let number = |id: ExprId| match &file.expr(id).kind {
        ExprKind::Binary { op: BinaryOp::Or | BinaryOp::Nullish, right, .. } => is_plain_number(task, *right),
        // `settings.get("count", 1)`
        ExprKind::Call { callee, args, .. } => {
            let default = args.get(1).is_some_and(|a| is_literal_number(task, a.value));
            is_plain_number(task, id) || default && task.expr_text(*callee).ends_with(".get")
        }
        _ => is_plain_number(task, id),
    };
    if task.writes(function, name).into_iter().any(number) {
        return true;
    }
    let named = |p: &Param| matches!(file.expr(p.pattern).kind, ExprKind::Name(n) if n == name);
    let Some(position) = around.params.iter().position(named) else { return false };
    let typed = around.params.iter().filter(|p| named(p)).any(|p| {
        p.ty.is_some_and(|t| matches!(task.expr_text(t), "int" | "float" | "number"))
            || p.default.is_some_and(|d| is_plain_number(task, d))
    });
    let method = around.params.first().is_some_and(|p| matches!(task.expr_text(p.pattern), "self" | "cls"));
    let handed = file.exprs.iter().filter_map(|e| match &e.kind {
        ExprKind::Call { callee, args, .. } => match file.expr(*callee).kind {
            ExprKind::Name(n) | ExprKind::Member { name: n, .. } if Some(n) == around.name => {
                let by_name = args.iter().find(|a| a.name == Some(name));
                by_name.or_else(|| args.get(position - usize::from(method && position > 0))).map(|a| a.value)
            }
            _ => None,
        },
        _ => None,
    });
    typed || handed.into_iter().any(number)
}

fn is_literal_number(task: &Task<'_>, id: ExprId) -> bool {
    matches!(task.file.expr(id).kind, ExprKind::Literal(Literal::Int(_) | Literal::Float(_)))
}

/// Whether an expression is a number by itself, whatever variables hold.
fn is_plain_number(task: &Task<'_>, id: ExprId) -> bool {
    !matches!(task.file.expr(id).kind, ExprKind::Name(_) | ExprKind::Conditional { .. }) && is_number(task, id)
}
