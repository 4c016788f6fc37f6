//! Where a line of its own can follow a statement.

use crate::harden::Task;
use crate::syntax::hir::Span;

/// The end of the line on which a statement ends, where nothing but a semicolon and a comment stands behind it.
pub(super) fn end_of(task: &Task<'_>, stmt: Span) -> Option<u32> {
    let line = task.source.line_span(task.source.line(stmt.end.saturating_sub(1)));
    let rest = task.text(Span { start: stmt.end, end: line.end.max(stmt.end) });
    let rest = rest.trim_start().strip_prefix(';').unwrap_or(rest).trim();
    let mark = if task.is_python() { "#" } else { "//" };
    (rest.is_empty() || rest.starts_with(mark)).then_some(line.end.max(stmt.end))
}
