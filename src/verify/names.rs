//! Names that an edit writes. The analysis takes a name that it does not know for something unknown and goes on; a compiler
//! or interpreter does not.

use std::collections::BTreeSet;

use super::{Rejection, RejectionKind};
use crate::edit::EditSet;
use crate::rules::Library;
use crate::syntax::Source;
use crate::syntax::hir::*;

/// Every name in what was written was used in the file before, is declared or imported in it now, or is one that its
/// language always has. A name from somewhere else, such as another file of the package, is not known to exist.
pub fn exist(old: &File, new: &File, source: &Source, edits: &EditSet) -> Result<(), Rejection> {
    if new.imports.iter().any(|i| i.local.is_none() && i.path.ends_with('*') && new.language != Language::Java) {
        return Ok(());
    }
    let on_demand = new.imports.iter().any(|i| i.local.is_none() && i.path.ends_with(".*"));
    let globals = &Library::built_in().models(new.language).models.modules.globals;
    let tags: BTreeSet<ExprId> =
        (new.exprs.iter()).filter_map(|e| if let ExprKind::Jsx { tag, .. } = e.kind { tag } else { None }).collect();
    let written = edits.written();
    let mut declared: Option<BTreeSet<Name>> = None;
    for (i, expr) in new.exprs.iter().enumerate() {
        let ExprKind::Name(name) = expr.kind else { continue };
        let text = new.text(name);
        // Some types are lowered to a name of their own, such as `[]byte`.
        let known = !written.iter().any(|w| w.overlaps(expr.span))
            || source.slice(expr.span) != text
            || old.names.get(text).is_some()
            || globals.iter().any(|g| g == text)
            || tags.contains(&ExprId(i as u32))
            || (on_demand && text.starts_with(char::is_uppercase));
        if !known && !declared.get_or_insert_with(|| declarations(new)).contains(&name) {
            let message = format!("it uses the name `{text}`, which nothing declares");
            return Err(Rejection::new(RejectionKind::OutOfScope, message));
        }
    }
    Ok(())
}

/// All names that something in the file declares, wherever.
fn declarations(file: &File) -> BTreeSet<Name> {
    let mut patterns: Vec<ExprId> = Vec::new();
    let mut names: BTreeSet<Name> = file.imports.iter().filter_map(|i| i.local).collect();
    names.extend(file.classes.iter().filter_map(|c| c.name));
    for function in &file.functions {
        names.extend(function.name);
        patterns.extend(function.params.iter().map(|p| p.pattern));
    }
    for stmt in &file.stmts {
        match &stmt.kind {
            StmtKind::Assign { targets, .. } => patterns.extend(targets),
            StmtKind::ForEach { target, .. } => patterns.push(*target),
            StmtKind::With { items, .. } => patterns.extend(items.iter().filter_map(|(_, target)| *target)),
            StmtKind::Try { handlers, .. } => patterns.extend(handlers.iter().filter_map(|h| h.name)),
            _ => {}
        }
    }
    for expr in &file.exprs {
        match &expr.kind {
            ExprKind::Assign { target, .. } => patterns.push(*target),
            ExprKind::Comprehension { clauses, .. } => patterns.extend(clauses.iter().map(|c| c.target)),
            _ => {}
        }
    }
    let spans: Vec<Span> = patterns.iter().map(|p| file.expr(*p).span).collect();
    let bound = |e: &&Expr| spans.iter().any(|s| s.contains(e.span));
    names.extend(
        file.exprs.iter().filter(bound).filter_map(|e| if let ExprKind::Name(n) = e.kind { Some(n) } else { None }),
    );
    names
}

/// In Go a package that is imported must be used: none was used before and is no longer.
pub fn imports_used(old: &Source, new_file: &File, new: &Source) -> Result<(), Rejection> {
    if new_file.language != Language::Go {
        return Ok(());
    }
    for import in &new_file.imports {
        let Some(local) = import.local.map(|l| new_file.text(l)).filter(|l| *l != "_") else { continue };
        if names_package(old.text(), local) && !names_package(new.text(), local) {
            let message = format!("it leaves the import of `{local}` unused, which does not compile");
            return Err(Rejection::new(RejectionKind::OutOfScope, message));
        }
    }
    Ok(())
}

/// Whether a text names a package in front of a dot.
pub(super) fn names_package(text: &str, package: &str) -> bool {
    let begins = |at: usize| {
        let before = text.get(..at).and_then(|t| t.chars().next_back());
        before.is_none_or(|c| !c.is_alphanumeric() && !"_.\"/".contains(c))
    };
    text.match_indices(&format!("{package}.")).any(|(at, _)| begins(at))
}
