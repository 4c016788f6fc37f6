//! What fixers share: finding the code of a finding in the HIR, and writing edits in the file's own style.

use crate::edit::{EditSet, TextEdit};
use crate::harden::{Candidate, Task};
use crate::rules::Library;
use crate::rules::compiled::{Sink, Trigger};
use crate::rules::place::documented;
use crate::syntax::emit::{Emit, NeededImport};
use crate::syntax::emitter;
use crate::syntax::hir::*;

impl<'a> Task<'a> {
    /// The span that the finding points at.
    pub fn span(&self) -> Span {
        self.finding.region.span()
    }

    /// The writer for the file's language.
    pub fn emit(&self) -> &'static dyn Emit {
        emitter(self.file.language)
    }

    /// Whether the file is Python (else JavaScript or TypeScript).
    pub fn is_python(&self) -> bool {
        self.file.language == Language::Python
    }

    /// The source text of a span.
    pub fn text(&self, span: Span) -> &'a str {
        self.source.slice(span)
    }

    /// The source text of an expression.
    pub fn expr_text(&self, id: ExprId) -> &'a str {
        self.text(self.file.expr(id).span)
    }

    /// The expression that has exactly the finding's span; the outermost of several.
    pub fn found_expr(&self) -> Option<ExprId> {
        let span = self.span();
        (0..self.file.exprs.len() as u32).rev().map(ExprId).find(|id| self.file.expr(*id).span == span)
    }

    /// The innermost call that contains a span (or is it).
    pub fn call_around(&self, span: Span) -> Option<Call<'a>> {
        let mut best: Option<Call<'a>> = None;
        for (i, expr) in self.file.exprs.iter().enumerate() {
            let ExprKind::Call { callee, args, is_new } = &expr.kind else { continue };
            let smaller = best.as_ref().is_none_or(|b| expr.span.end - expr.span.start < b.span.end - b.span.start);
            if expr.span.contains(span) && smaller {
                best = Some(Call { id: ExprId(i as u32), span: expr.span, callee: *callee, args, is_new: *is_new });
            }
        }
        best
    }

    /// The call whose argument (or whose whole) the finding points at: the innermost one around it whose path is the
    /// finding's sink, else the innermost.
    pub fn found_call(&self) -> Option<Call<'a>> {
        let span = self.span();
        let mut around: Vec<Call<'a>> = Vec::new();
        for (i, expr) in self.file.exprs.iter().enumerate() {
            if let ExprKind::Call { callee, args, is_new } = &expr.kind
                && expr.span.contains(span)
            {
                around.push(Call { id: ExprId(i as u32), span: expr.span, callee: *callee, args, is_new: *is_new });
            }
        }
        around.sort_by_key(|c| c.span.end - c.span.start);
        let is_sink = |c: &&Call<'a>| self.path_of_call(c.span).is_some_and(|p| documented(p) == self.finding.sink);
        around.iter().find(is_sink).or(around.first()).cloned()
    }

    /// The qualified name of what a call calls, as the engine saw it.
    pub fn path_of_call(&self, span: Span) -> Option<&'a str> {
        self.facts.calls.iter().find(|c| c.span == span).map(|c| c.path.as_str())
    }

    /// What the models say of the sinks of a call.
    pub fn sinks_of_call(&self, span: Span) -> Vec<&'a Sink> {
        let Some(path) = self.path_of_call(span) else { return Vec::new() };
        let models = self.library.models(self.file.language);
        let lineage = models.lineage(path);
        (models.models.sinks.iter())
            .filter(|s| match &s.trigger {
                Trigger::Call(patterns) => patterns.iter().any(|p| lineage.iter().any(|l| p.fits(l))),
                _ => false,
            })
            .collect()
    }

    /// The innermost function around a span.
    pub fn function_around(&self, span: Span) -> FunctionId {
        self.file.innermost_function(span)
    }

    /// The innermost statement around a span.
    pub fn statement_around(&self, span: Span) -> Option<StmtId> {
        let all = self.file.stmts.iter().enumerate().filter(|(_, s)| s.span.contains(span));
        all.min_by_key(|(_, s)| s.span.end - s.span.start).map(|(i, _)| StmtId(i as u32))
    }

    /// The assignments of a variable inside a function, in source order: the statement and the assigned value.
    pub fn assignments(&self, function: FunctionId, name: Name) -> Vec<(StmtId, ExprId)> {
        let around = self.file.function(function).span;
        let mut out = Vec::new();
        for (i, stmt) in self.file.stmts.iter().enumerate() {
            let StmtKind::Assign { targets, value: Some(value), op: None, .. } = &stmt.kind else { continue };
            let names = targets.iter().any(|t| matches!(self.file.expr(*t).kind, ExprKind::Name(n) if n == name));
            if names && around.contains(stmt.span) && self.function_around(stmt.span) == function {
                out.push((StmtId(i as u32), *value));
            }
        }
        out.sort_by_key(|(s, _)| self.file.stmt(*s).span);
        out
    }

    /// How often a name is read or written inside a span.
    pub fn uses(&self, name: Name, inside: Span) -> Vec<Span> {
        let mut out: Vec<Span> = (self.file.exprs.iter())
            .filter(|e| matches!(e.kind, ExprKind::Name(n) if n == name) && inside.contains(e.span))
            .map(|e| e.span)
            .collect();
        out.sort();
        out.dedup();
        out
    }

    /// The name to use for something imported, and the import's edit where one is needed.
    pub fn import(&self, module: &str, name: Option<&str>) -> (String, Option<TextEdit>) {
        let needed = NeededImport { module: module.to_string(), name: name.map(str::to_string) };
        let standard = &Library::built_in().models(self.file.language).models.modules.standard;
        self.emit().import(self.file, self.source, &needed, &|root| standard.iter().any(|s| s == root))
    }

    /// The quote that the file's string literals mostly use.
    pub fn quote(&self) -> char {
        let text = self.source.text();
        let count = |q: u8| text.bytes().filter(|b| *b == q).count();
        let (single, double) = (count(b'\''), count(b'"'));
        if single > double || (single == double && !self.is_python()) { '\'' } else { '"' }
    }

    /// A string literal in the file's style.
    pub fn string(&self, value: &str) -> String {
        self.emit().string(value, self.quote())
    }

    /// The white space before the first character of the line that `span` begins on.
    pub fn indentation(&self, span: Span) -> &'a str {
        self.source.indentation(span.start)
    }

    /// Whether the place before `span` on its line is only white space, so that a statement can be put in front.
    pub fn begins_line(&self, span: Span) -> bool {
        let line = self.source.line_span(self.source.line(span.start));
        self.text(Span { start: line.start, end: span.start }).trim().is_empty()
    }

    /// A candidate from edits; none when they overlap or there is nothing to do.
    pub fn candidate(&self, fixer: &str, description: impl Into<String>, edits: Vec<TextEdit>) -> Option<Candidate> {
        let edits = EditSet::new(edits)?;
        let changes = !edits.is_empty() && edits.apply(self.source.text()) != self.source.text();
        changes.then(|| Candidate { fixer: fixer.to_string(), description: description.into(), edits })
    }
}

/// A call expression.
#[derive(Clone)]
pub struct Call<'a> {
    /// The call.
    pub id: ExprId,
    /// Its span.
    pub span: Span,
    /// What is called.
    pub callee: ExprId,
    /// The arguments.
    pub args: &'a [Arg],
    /// `new`.
    pub is_new: bool,
}

impl<'a> Call<'a> {
    /// The argument at a position among those without a keyword.
    pub fn positional(&self, index: usize) -> Option<&'a Arg> {
        let args: &'a [Arg] = self.args;
        args.iter().filter(|a| a.name.is_none()).nth(index)
    }

    /// The argument with a keyword.
    pub fn keyword(&self, file: &File, name: &str) -> Option<&'a Arg> {
        let args: &'a [Arg] = self.args;
        args.iter().find(|a| a.name.is_some_and(|n| file.text(n) == name))
    }
}
