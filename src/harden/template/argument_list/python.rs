//! `os.system`, `os.popen`, `subprocess` with a shell, `asyncio.create_subprocess_shell`.

use super::{Command, command};
use crate::edit::TextEdit;
use crate::harden::Task;
use crate::harden::template::arguments::{reference, spans, without};
use crate::harden::template::toolkit::Call;
use crate::syntax::hir::*;

/// The edits for a call of `path`.
pub fn edits(task: &Task<'_>, call: &Call<'_>, path: &str) -> Option<Vec<TextEdit>> {
    match path {
        "os.system" => system(task, call),
        "os.popen" => popen(task, call),
        "asyncio.create_subprocess_shell" => coroutine(task, call),
        _ => {
            let method = path.strip_prefix("subprocess.")?;
            matches!(method, "run" | "call" | "check_call" | "check_output" | "Popen")
                .then(|| subprocess(task, call))?
        }
    }
}

fn system(task: &Task<'_>, call: &Call<'_>) -> Option<Vec<TextEdit>> {
    let [only] = call.args else { return None };
    let command = command(task, only.value)?;
    let unused = task.file.stmts.iter().any(|s| matches!(s.kind, StmtKind::Expr(e) if e == call.id));
    let (name, mut edits) = reference(task, if unused { "subprocess.run" } else { "subprocess.call" })?;
    edits.push(TextEdit::replace(task.file.expr(call.callee).span, name));
    edits.push(command.replaced(task, &command.list()));
    Some(edits)
}

/// `os.popen(…).read()`; what else is done with the pipe has no equivalent that is as short.
fn popen(task: &Task<'_>, call: &Call<'_>) -> Option<Vec<TextEdit>> {
    let [only] = call.args else { return None };
    let reads = |e: &&Expr| match &e.kind {
        ExprKind::Call { callee, args, .. } if args.is_empty() => matches!(&task.file.expr(*callee).kind,
            ExprKind::Member { object, name, .. } if *object == call.id && task.file.text(*name) == "read"),
        _ => false,
    };
    let read = task.file.exprs.iter().find(reads)?.span;
    let command = command(task, only.value)?;
    let (name, mut edits) = reference(task, "subprocess.run")?;
    edits.push(TextEdit::replace(task.file.expr(call.callee).span, name));
    edits.push(command.replaced(task, &command.list()));
    edits.push(TextEdit::insert(only.span.end, ", capture_output=True, text=True"));
    edits.push(TextEdit::replace(Span { start: call.span.end, end: read.end }, ".stdout"));
    Some(edits)
}

fn coroutine(task: &Task<'_>, call: &Call<'_>) -> Option<Vec<TextEdit>> {
    let first = call.positional(0).filter(|a| a.spread == Spread::No)?;
    let command = command(task, first.value)?;
    let (name, mut edits) = reference(task, "asyncio.create_subprocess_exec")?;
    edits.push(TextEdit::replace(task.file.expr(call.callee).span, name));
    if command.assignment.is_some() {
        edits.push(command.replaced(task, &command.list()));
        edits.push(TextEdit::insert(first.span.start, "*"));
    } else {
        edits.push(command.replaced(task, &command.words.join(", ")));
    }
    Some(edits)
}

fn subprocess(task: &Task<'_>, call: &Call<'_>) -> Option<Vec<TextEdit>> {
    let first = call.keyword(task.file, "args").or_else(|| call.positional(0)).filter(|a| a.spread == Spread::No)?;
    if call.keyword(task.file, "executable").is_some() {
        return None;
    }
    if let ExprKind::Collection { kind: CollectionKind::List | CollectionKind::Tuple, entries } =
        &task.file.expr(first.value).kind
    {
        return shell_in_list(task, call, first.value, entries);
    }
    let shell = call.args.iter().position(|a| a.name.is_some_and(|n| task.file.text(n) == "shell"))?;
    let on = call
        .args
        .get(shell)
        .is_some_and(|a| matches!(task.file.expr(a.value).kind, ExprKind::Literal(Literal::Bool(true))));
    if !on {
        return None;
    }
    let command = command(task, first.value)?;
    let mut edits = without(task, &spans(call), &[shell])?;
    edits.push(command.replaced(task, &command.list()));
    Some(edits)
}

/// `["sh", "-c", "…"]`.
fn shell_in_list(task: &Task<'_>, call: &Call<'_>, list: ExprId, entries: &[Entry]) -> Option<Vec<TextEdit>> {
    let [shell, option, text] = entries else { return None };
    let literal = |e: &Entry| match &task.file.expr(e.value).kind {
        ExprKind::Literal(Literal::Str(text)) => Some(text.to_string()),
        _ => None,
    };
    let (shell, option) = (literal(shell)?, literal(option)?);
    let is_shell = matches!(shell.rsplit('/').next(), Some("sh" | "bash" | "dash" | "zsh"));
    if !is_shell || option != "-c" || call.keyword(task.file, "shell").is_some() {
        return None;
    }
    let command: Command = command(task, text.value)?;
    if command.assignment.is_some() {
        return None;
    }
    Some(vec![TextEdit::replace(task.file.expr(list).span, command.list())])
}
