//! The piece of code that a model is asked to write anew: a function, or a statement outside functions. And what it has to
//! know of the rest of the file.

use std::collections::BTreeSet;

use crate::finding::Finding;
use crate::harden::Task;
use crate::syntax::Source;
use crate::syntax::hir::{ClassId, ExprKind, File, FunctionId, MODULE, Span, StmtKind};

/// A piece of code in its file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Section {
    /// Its range.
    pub span: Span,
    /// The function that it is; none for a statement outside functions.
    pub function: Option<FunctionId>,
    /// The class that the function is a method of.
    pub class: Option<ClassId>,
    /// The statement of the module that it is or lies in.
    pub top: Span,
}

impl Section {
    /// The section that the findings of a task have in common.
    pub fn of(task: &Task<'_>) -> Option<Section> {
        let first = Self::around(task.file, task.finding)?;
        task.beside.iter().all(|f| first.span.contains(f.region.span())).then_some(first)
    }

    fn around(file: &File, finding: &Finding) -> Option<Section> {
        let span = finding.region.span();
        let mut statements = file.function(MODULE).body.iter().map(|id| file.stmt(*id).span);
        let top = statements.find(|s| s.contains(span));
        let id = file.outermost_function(span);
        let function = file.function(id);
        if id != MODULE && function.name.is_some() {
            let top = top.unwrap_or(function.span);
            return Some(Section { span: function.span, function: Some(id), class: function.class, top });
        }
        let top = top?;
        // A class as a whole is too much to be written anew: what stands in its body is a statement too.
        let inner = file.classes.iter().filter(|c| c.span.contains(span)).flat_map(|c| &c.body);
        let inner = inner.map(|id| file.stmt(*id).span).filter(|s| s.contains(span)).min_by_key(|s| s.end - s.start);
        Some(Section { span: inner.unwrap_or(top), function: None, class: None, top })
    }

    /// The name of the function, or `<module>`.
    pub fn symbol<'f>(&self, file: &'f File) -> &'f str {
        self.function.map_or("<module>", |id| &file.function(id).symbol)
    }
}

/// The import statements of a file, as written.
pub fn imports(file: &File, source: &Source) -> String {
    let mut seen = BTreeSet::new();
    let statements = file.imports.iter().filter(|i| i.scope == MODULE).map(|i| i.stmt_span);
    let lines: Vec<&str> = statements.filter(|s| seen.insert(*s)).map(|s| source.slice(s).trim_end()).collect();
    lines.join("\n")
}

/// What of the file the section uses, the nearest first: functions that it calls, and what is assigned at the top level to
/// names that it reads. Whole definitions, as long as there is room for them (in bytes).
pub fn surroundings(section: &Section, task: &Task<'_>, mut room: usize) -> Vec<Span> {
    let (file, source) = (task.file, task.source);
    let mut spans: Vec<Span> = Vec::new();
    let called = task.facts.calls.iter().filter(|c| section.span.contains(c.span)).flat_map(|c| &c.callees);
    spans.extend(called.filter_map(|id| file.functions.get(id.index())).map(|f| f.span));
    let names: BTreeSet<&str> = (file.exprs.iter().filter(|e| section.span.contains(e.span)))
        .filter_map(|e| if let ExprKind::Name(name) = e.kind { Some(file.text(name)) } else { None })
        .collect();
    for statement in file.function(MODULE).body.iter().map(|id| file.stmt(*id)) {
        let StmtKind::Assign { targets, .. } = &statement.kind else { continue };
        let bound = targets.iter().any(|t| match &file.expr(*t).kind {
            ExprKind::Name(name) => names.contains(file.text(*name)),
            _ => false,
        });
        if bound {
            spans.push(statement.span);
        }
    }
    let mut seen = BTreeSet::new();
    spans.retain(|s| {
        let length = source.slice(*s).len();
        let fits = !section.span.overlaps(*s) && length <= room && seen.insert(*s);
        room -= if fits { length } else { 0 };
        fits
    });
    spans.sort_unstable();
    spans
}
