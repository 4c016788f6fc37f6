//! Exceptions that are caught in one function and answered by another, which gets their text as an argument or from what the
//! first returns: the fix belongs where they are caught.

use super::report;
use crate::finding::{Finding, FlowStep, Region};
use crate::harden::Task;
use crate::syntax::hir::*;

/// Whether the exception is caught in another function than the one that answers, and only there.
pub(super) fn applies(task: &Task<'_>) -> bool {
    let Some(first) = task.finding.flow.first().filter(|s| s.path == task.finding.path) else { return false };
    let span = |of: Span| task.file.function(task.function_around(of)).span;
    let (caught, answered) = (span(first.region.span()), span(task.span()));
    let apart = !caught.contains(answered) && !answered.contains(caught);
    apart && task.function_around(task.span()) != MODULE && report::handler(task).is_none()
}

/// The finding as it is where exceptions are handed over to the function that answers: first the exception of the flow,
/// then others, since the finding stays as long as one of them arrives.
pub(super) fn places(task: &Task<'_>) -> Vec<Finding> {
    let Some(first) = task.finding.flow.first() else { return Vec::new() };
    let caught = first.region.span();
    let handlers: Vec<&Handler> = (task.file.stmts.iter())
        .filter_map(|s| if let StmtKind::Try { handlers, .. } = &s.kind { Some(handlers) } else { None })
        .flatten()
        .collect();
    let own = handlers.iter().map(|h| h.span).filter(|s| s.contains(caught)).min_by_key(|s| s.end - s.start);
    let scope = own.unwrap_or_else(|| task.file.function(task.function_around(caught)).span);
    let others = handlers.iter().filter(|h| h.span != scope).filter_map(|h| {
        let name = task.file.expr(h.name?).span;
        place(task, h.span, FlowStep { region: Region::of(task.source, name), ..first.clone() })
    });
    place(task, scope, first.clone()).into_iter().chain(others).collect()
}

/// The finding at what hands over, within a scope, the exception that is caught at a step: an argument, or what is returned.
fn place(task: &Task<'_>, scope: Span, caught: FlowStep) -> Option<Finding> {
    let answering = task.file.function(task.function_around(task.span())).name?;
    let mut finding = task.finding.clone();
    finding.flow = vec![caught.clone(), caught.clone()];
    let begins = Task { finding: &finding, ..*task };
    let argument = task.file.exprs.iter().filter(|e| scope.contains(e.span)).find_map(|e| {
        let ExprKind::Call { callee, args, .. } = &e.kind else { return None };
        let called = match task.file.expr(*callee).kind {
            ExprKind::Name(name) | ExprKind::Member { name, .. } => name == answering,
            _ => false,
        };
        args.iter().find(|a| called && begins.carries(a.value)).map(|a| a.value)
    });
    let returned = || {
        task.file.stmts.iter().filter(|s| scope.contains(s.span)).find_map(|s| match s.kind {
            StmtKind::Return(value) => value.filter(|v| begins.carries(*v)),
            _ => None,
        })
    };
    let place = task.file.expr(argument.or_else(returned)?).span;
    finding.region = Region::of(task.source, place);
    let last = FlowStep { path: finding.path.clone(), region: finding.region, message: String::new() };
    finding.flow = vec![caught, last];
    Some(finding)
}
