//! `child_process` with a shell.

use super::command;
use crate::edit::TextEdit;
use crate::harden::Task;
use crate::harden::template::arguments::{entry, spans, without};
use crate::harden::template::toolkit::Call;
use crate::syntax::hir::*;

/// The edits for a call of `path`.
pub fn edits(task: &Task<'_>, call: &Call<'_>, path: &str) -> Option<Vec<TextEdit>> {
    match path {
        "child_process.exec" => exec(task, call, "execFile"),
        "child_process.execSync" => exec(task, call, "execFileSync"),
        "child_process.spawn" | "child_process.spawnSync" | "child_process.execFile" | "child_process.execFileSync" => {
            spawn(task, call)
        }
        _ => None,
    }
}

fn exec(task: &Task<'_>, call: &Call<'_>, name: &str) -> Option<Vec<TextEdit>> {
    let first = call.positional(0).filter(|a| a.spread == Spread::No)?;
    if call.args.iter().any(|a| a.spread != Spread::No || entry(task, a.value, "shell").is_some()) {
        return None;
    }
    let command = command(task, first.value)?;
    let (program, rest) = command.words.split_first()?;
    let arguments = format!("{program}, [{}]", rest.join(", "));
    let mut edits = renamed(task, call, name)?;
    edits.push(TextEdit::replace(task.file.expr(first.value).span, arguments));
    edits.extend(command.unassigned(task, call.span)?);
    Some(edits)
}

/// The edits that make a call one of another function of the same module.
fn renamed(task: &Task<'_>, call: &Call<'_>, name: &str) -> Option<Vec<TextEdit>> {
    if let ExprKind::Member { object, name_span, .. } = &task.file.expr(call.callee).kind {
        let module = matches!(task.file.expr(*object).kind, ExprKind::Name(_));
        return module.then(|| vec![TextEdit::replace(*name_span, name)]);
    }
    let ExprKind::Name(_) = task.file.expr(call.callee).kind else { return None };
    let (text, edit) = task.import("child_process", Some(name));
    let mut edits: Vec<TextEdit> = edit.into_iter().collect();
    edits.push(TextEdit::replace(task.file.expr(call.callee).span, text));
    Some(edits)
}

fn spawn(task: &Task<'_>, call: &Call<'_>) -> Option<Vec<TextEdit>> {
    let literal = |id: ExprId| match &task.file.expr(id).kind {
        ExprKind::Literal(Literal::Str(text)) => Some(text.to_string()),
        _ => None,
    };
    let program = literal(call.positional(0)?.value)?;
    let list = call.positional(1)?;
    let ExprKind::Collection { kind: CollectionKind::List, entries } = &task.file.expr(list.value).kind else {
        return None;
    };
    let shell = call.args.iter().enumerate().find(|(_, a)| entry(task, a.value, "shell").is_some());
    if let Some((number, options)) = shell {
        return without_shell(task, call, &program, entries, number, options);
    }
    let is_shell = matches!(program.rsplit('/').next(), Some("sh" | "bash" | "dash" | "zsh"));
    let [option, text] = entries.as_slice() else { return None };
    if !is_shell || literal(option.value)? != "-c" {
        return None;
    }
    let command = command(task, text.value)?;
    let (program, rest) = command.words.split_first()?;
    let whole = Span { start: call.positional(0)?.span.start, end: list.span.end };
    let mut edits = vec![TextEdit::replace(whole, format!("{program}, [{}]", rest.join(", ")))];
    edits.extend(command.unassigned(task, call.span)?);
    Some(edits)
}

/// `spawn('tar', ['xf', name], { shell: true })`: constant arguments must mean the same without the shell.
fn without_shell(
    task: &Task<'_>,
    call: &Call<'_>,
    program: &str,
    entries: &[Entry],
    number: usize,
    options: &Arg,
) -> Option<Vec<TextEdit>> {
    let plain = |text: &str| !text.is_empty() && text.chars().all(|c| c.is_alphanumeric() || "-_./=:,@%+".contains(c));
    let constant = |e: &Entry| match &task.file.expr(e.value).kind {
        ExprKind::Literal(Literal::Str(text)) => plain(text),
        ExprKind::Literal(_) => false,
        _ => !e.spread,
    };
    if !plain(program) || !entries.iter().all(constant) {
        return None;
    }
    let (found, shell) = entry(task, options.value, "shell")?;
    if !matches!(task.file.expr(shell.value).kind, ExprKind::Literal(Literal::Bool(true))) {
        return None;
    }
    let ExprKind::Collection { entries, .. } = &task.file.expr(options.value).kind else { return None };
    if entries.len() == 1 {
        return without(task, &spans(call), &[number]);
    }
    let items: Vec<Span> = entries.iter().map(|e| e.span).collect();
    without(task, &items, &[found])
}
