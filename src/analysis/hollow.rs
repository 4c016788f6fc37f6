//! Methods that are there but let everything through, such as a check of certificates that accepts them all.

use super::engine::Engine;
use super::value::Value;
use crate::syntax::hir::*;

/// Calls that change nothing about what a method lets through.
const IDLE: &[&str] = &["println", "print", "printf", "log", "trace", "debug", "info", "warn", "error", "fine"];

impl Engine<'_> {
    /// The functions of the file that calling `method` of a value calls; none when they are not in the file.
    pub fn methods_called(&self, value: &Value, method: &str) -> Option<Vec<FunctionId>> {
        if let Some(functions) = &value.callables {
            return Some(functions.to_vec());
        }
        Some(self.methods(value, method, None)).filter(|found| !found.is_empty())
    }

    /// Whether a function neither throws nor asks anybody, and gives nothing or `true`.
    pub fn is_hollow(&self, function: FunctionId) -> bool {
        let file = self.file;
        let body = file.function(function).body_span;
        let inside = |span: Span| body.contains(span);
        let asks = file.exprs.iter().filter(|e| inside(e.span)).any(|e| match &e.kind {
            ExprKind::Call { callee, .. } => !self.last_name(*callee).is_some_and(|n| IDLE.contains(&n)),
            _ => false,
        });
        !asks
            && !file.stmts.iter().filter(|s| inside(s.span)).any(|s| match &s.kind {
                StmtKind::Throw(_) => true,
                StmtKind::Return(Some(value)) => {
                    !matches!(file.expr(*value).kind, ExprKind::Literal(Literal::Bool(true) | Literal::Null))
                }
                _ => false,
            })
    }

    /// Whether a function only stands for one that is still to be written: it is given something to judge, and all that it ever
    /// gives back is the same `true` or `false`. What it will say one day is not known.
    pub fn is_placeholder(&self, function: FunctionId) -> bool {
        let file = self.file;
        let known = file.function(function);
        let mut verdicts =
            file.stmts.iter().filter(|s| known.body_span.contains(s.span)).filter_map(|s| match &s.kind {
                StmtKind::Return(value) => Some(value.map(|v| &file.expr(v).kind)),
                _ => None,
            });
        let Some(Some(ExprKind::Literal(Literal::Bool(first)))) = verdicts.next() else { return false };
        !known.params.is_empty()
            && verdicts.all(|v| matches!(v, Some(ExprKind::Literal(Literal::Bool(other))) if other == first))
    }
}
