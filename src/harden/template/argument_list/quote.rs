//! `shlex.quote` around what is put into a command line that needs its shell (pipes, redirections, patterns).

use super::command;
use crate::edit::TextEdit;
use crate::harden::template::arguments::reference;
use crate::harden::template::built::{self, Built, Form, Unit};
use crate::harden::{Candidate, Task};
use crate::syntax::hir::*;

/// Quotes the values of a shell's command line. None where the program runs without a shell just as well, where a value
/// is the program, or where it stands within quotes that are not its own.
pub fn propose(task: &Task<'_>) -> Option<Candidate> {
    if !task.is_python() {
        return None;
    }
    let call = task.found_call()?;
    let path = task.path_of_call(call.span)?;
    let shell = call.keyword(task.file, "shell").is_some();
    let takes_line = path.starts_with("os.") || path == "asyncio.create_subprocess_shell";
    let reads = matches!(path, "subprocess.getoutput" | "subprocess.getstatusoutput");
    if !shell && !takes_line && !reads {
        return None;
    }
    let line = call.keyword(task.file, "args").or_else(|| call.positional(0))?;
    if !reads && command(task, line.value).is_some() {
        return None;
    }
    let (source, _) = built::origin(task, line.value)?;
    let built = Built::of(task, source)?;
    let (name, mut edits) = reference(task, "shlex.quote")?;
    edits.extend(quoted(task, &built, &name)?);
    task.candidate("quote-shell-argument", "What is put into the command line is quoted for the shell.", edits)
}

fn quoted(task: &Task<'_>, built: &Built, name: &str) -> Option<Vec<TextEdit>> {
    let mut edits = Vec::new();
    let mut quote: Option<(char, Span)> = None;
    let mut begun = false;
    let mut units = built.units.iter().enumerate().peekable();
    while let Some((i, unit)) = units.next() {
        match *unit {
            Unit::Char('\\' | '\u{fffd}', ..) => return None,
            Unit::Char(c, span, _) => {
                quote = match quote {
                    Some((open, _)) if open == c => None,
                    None if c == '\'' || c == '"' => Some((c, span)),
                    other => other,
                };
                begun |= c.is_whitespace();
            }
            Unit::Value(number) => {
                let value = built.values.get(number)?;
                if !begun {
                    return None;
                }
                if let Some((open, start)) = quote {
                    // The quotes around the value alone go; quoting brings its own.
                    let directly =
                        matches!(built.units.get(i.checked_sub(1)?), Some(Unit::Char(_, s, _)) if *s == start);
                    let Some((_, Unit::Char(close, end, _))) = units.next() else { return None };
                    if !directly || *close != open {
                        return None;
                    }
                    edits.push(TextEdit::delete(start));
                    edits.push(TextEdit::delete(*end));
                    quote = None;
                }
                edits.push(around(task, value.expr, name)?);
            }
        }
    }
    let enough = !edits.is_empty() && (built.form == Form::InPlace || built.tail.is_some());
    enough.then_some(edits)
}

fn around(task: &Task<'_>, value: ExprId, name: &str) -> Option<TextEdit> {
    let span = task.file.expr(value).span;
    let text = task.text(span);
    let already = matches!(task.path_of_call(span), Some("shlex.quote" | "pipes.quote"));
    if already || matches!(task.file.expr(value).kind, ExprKind::Literal(_)) || text.contains('\n') {
        return None;
    }
    Some(TextEdit::replace(span, format!("{name}({text})")))
}
