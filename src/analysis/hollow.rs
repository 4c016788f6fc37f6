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
}
