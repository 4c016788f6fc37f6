//! Where a built string that is used in one place is put together.

use super::Built;
use crate::harden::Task;
use crate::syntax::hir::*;

/// The expression that makes a value: itself, or what the variable that it is was assigned, with that statement. None for
/// a variable that is assigned more than once, later, or serves for anything else but logging.
pub fn origin(task: &Task<'_>, id: ExprId) -> Option<(ExprId, Option<StmtId>)> {
    let used = task.file.expr(id).span;
    let ExprKind::Name(name) = task.file.expr(id).kind else { return Some((id, None)) };
    let mut function = task.function_around(used);
    let mut assignments = task.assignments(function, name);
    // A callback takes it from the function around it.
    while assignments.is_empty() && !is_parameter(task, function, name) {
        function = task.file.function(function).parent.filter(|f| *f != MODULE)?;
        assignments = task.assignments(function, name);
    }
    let [(assignment, value)] = assignments.as_slice() else { return None };
    let StmtKind::Assign { targets, .. } = &task.file.stmt(*assignment).kind else { return None };
    let [only] = targets.as_slice() else { return None };
    let own = [task.file.expr(*only).span, used];
    let assigned = task.file.stmt(*assignment).span;
    let uses = task.uses(name, task.file.function(function).span);
    let others_log = uses.iter().filter(|u| !own.contains(u)).all(|u| is_logged(task, *u, assigned));
    (assigned.end <= used.start && others_log).then_some((*value, Some(*assignment)))
}

fn is_parameter(task: &Task<'_>, function: FunctionId, name: Name) -> bool {
    let binds = |p: &Param| p.span.start < p.span.end && !task.uses(name, p.span).is_empty();
    task.file.function(function).params.iter().any(binds)
}

/// Whether a use only writes the value to a log.
fn is_logged(task: &Task<'_>, place: Span, assignment: Span) -> bool {
    if assignment.contains(place) {
        return false;
    }
    let Some(call) = task.call_around(place) else { return false };
    let callee = task.expr_text(call.callee);
    let last = callee.rsplit('.').next().unwrap_or(callee);
    let writes = matches!(last, "debug" | "info" | "log" | "warning" | "warn" | "error" | "exception" | "trace");
    callee == "print" || (writes && callee.contains('.'))
}

/// Whether the values of a statement that was put together earlier are still the same at the call: none of their names is
/// assigned in between, and no loop begins there.
pub fn same_at(task: &Task<'_>, built: &Built, assignment: StmtId, call: Span) -> bool {
    let from = task.file.stmt(assignment).span;
    // A callback may run at any time after it was handed over.
    let home = task.function_around(from);
    let end = if task.function_around(call) == home { call.start } else { task.file.function(home).span.end };
    let between = Span { start: from.end, end };
    let inside = |span: Span| built.values.iter().any(|v| task.file.expr(v.expr).span.contains(span));
    let names: Vec<Name> = (task.file.exprs.iter())
        .filter(|e| inside(e.span))
        .filter_map(|e| if let ExprKind::Name(n) = e.kind { Some(n) } else { None })
        .collect();
    let looped = task.file.stmts.iter().any(|s| {
        matches!(s.kind, StmtKind::While { .. } | StmtKind::ForEach { .. })
            && s.span.contains(call)
            && !s.span.contains(from)
    });
    !looped && !task.file.stmts.iter().any(|s| between.contains(s.span) && writes(task, &s.kind, &names))
        && !task.file.exprs.iter().any(|e| {
            matches!(&e.kind, ExprKind::Assign { target, .. } if between.contains(e.span) && names_in(task, *target, &names))
        })
}

fn writes(task: &Task<'_>, kind: &StmtKind, names: &[Name]) -> bool {
    match kind {
        StmtKind::Assign { targets, .. } | StmtKind::Delete(targets) => {
            targets.iter().any(|t| names_in(task, *t, names))
        }
        StmtKind::ForEach { target, .. } => names_in(task, *target, names),
        StmtKind::With { items, .. } => items.iter().filter_map(|(_, t)| *t).any(|t| names_in(task, t, names)),
        _ => false,
    }
}

fn names_in(task: &Task<'_>, target: ExprId, names: &[Name]) -> bool {
    let span = task.file.expr(target).span;
    task.file.exprs.iter().any(|e| matches!(e.kind, ExprKind::Name(n) if names.contains(&n)) && span.contains(e.span))
}
