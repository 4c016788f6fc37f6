//! Command injection: the program is run without a shell, its arguments in a list; where the shell stays, what is put into
//! its command line is quoted.

mod node;
mod python;
mod quote;
mod words;

use crate::edit::TextEdit;
use crate::harden::template::built::{self, Built};
use crate::harden::{Candidate, Task};
use crate::syntax::hir::*;

pub use quote::propose as quote_shell_argument;

/// Runs the program without a shell.
pub fn propose(task: &Task<'_>) -> Option<Candidate> {
    let call = task.found_call()?;
    let path = task.path_of_call(call.span)?;
    let edits = if task.is_python() { python::edits(task, &call, path)? } else { node::edits(task, &call, path)? };
    task.candidate("argument-list", "The program runs without a shell, and each argument stays one.", edits)
}

/// The command line that an expression makes, in words, as code; with the statement that assigned it to a variable.
fn command(task: &Task<'_>, id: ExprId) -> Option<Command> {
    let (source, assignment) = built::origin(task, id)?;
    let built = Built::of(task, source)?;
    if built.values.is_empty() {
        return None;
    }
    let words = words::code(task, &words::split(task, &built)?)?;
    Some(Command { built, assignment, words })
}

/// A command line taken apart.
struct Command {
    built: Built,
    assignment: Option<StmtId>,
    words: Vec<String>,
}

impl Command {
    fn list(&self) -> String {
        format!("[{}]", self.words.join(", "))
    }

    /// Writes `text` where the command line was built, with the parentheses around it gone.
    fn replaced(&self, task: &Task<'_>, text: &str) -> TextEdit {
        let limit = match self.assignment {
            Some(statement) => task.file.stmt(statement).span,
            None => return TextEdit::replace(self.built.span, text),
        };
        TextEdit::replace(built::widened(task, self.built.span, limit), text)
    }

    /// Takes away the assignment, whose value now stands at the call; none where it does not have its lines for itself.
    fn unassigned(&self, task: &Task<'_>, call: Span) -> Option<Option<TextEdit>> {
        let Some(statement) = self.assignment else { return Some(None) };
        if !built::same_at(task, &self.built, statement, call) {
            return None;
        }
        let span = task.file.stmt(statement).span;
        let (first, last) = (task.source.line(span.start), task.source.line(span.end));
        let start = task.source.line_span(first).start;
        let end = task.source.line_span(last + 1).start;
        let behind = task.text(Span { start: span.end, end: task.source.line_span(last).end }).trim();
        let alone = task.begins_line(span) && (behind.is_empty() || behind == ";");
        (alone && end > span.end).then_some(Some(TextEdit::delete(Span { start, end })))
    }
}
