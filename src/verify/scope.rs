//! The edit's scope: it parses, stays near its finding, deletes nothing that others use, adds no dependency.

use std::collections::{BTreeMap, BTreeSet};

use super::{Available, Rejection, RejectionKind, names};
use crate::edit::EditSet;
use crate::inspect::Inspected;
use crate::syntax::Source;
use crate::syntax::hir::*;

fn out_of_scope(message: impl Into<String>) -> Rejection {
    Rejection::new(RejectionKind::OutOfScope, message)
}

/// Every replaced range lies in the function of a finding, or outside all functions; insertions outside functions and
/// classes are where imports and helpers go.
pub fn within(before: &Inspected, file: &File, targets: &[usize], edits: &EditSet) -> Result<(), Rejection> {
    let homes: Vec<FunctionId> = targets
        .iter()
        .filter_map(|t| before.findings.get(*t))
        .flat_map(|f| {
            let steps = f.flow.iter().filter(|s| s.path == f.path).map(|s| s.region.span());
            steps.chain([f.region.span()]).map(|span| file.outermost_function(span)).collect::<Vec<_>>()
        })
        .collect();
    for edit in edits.edits() {
        let home = file.outermost_function(edit.span);
        if home != MODULE && !homes.contains(&home) {
            let name = &file.function(home).symbol;
            return Err(out_of_scope(format!("it changes `{name}`, which the weakness has nothing to do with")));
        }
    }
    Ok(())
}

/// No syntax error that was not there before, and none in what was written.
pub fn parses(old: &File, new: &File, after: &Inspected, edits: &EditSet) -> Result<(), Rejection> {
    let fail = |span: Option<&Span>| {
        let line = span.zip(after.source.as_ref()).map(|(s, source)| source.line(s.start));
        let place = line.map(|l| format!(" at line {l}")).unwrap_or_default();
        Rejection::new(RejectionKind::DoesNotParse, format!("the result has a syntax error{place}"))
    };
    if new.errors.len() > old.errors.len() {
        let known: BTreeSet<Span> = old.errors.iter().filter_map(|s| moved(edits, *s)).collect();
        return Err(fail(new.errors.iter().find(|s| !known.contains(s))));
    }
    let written = edits.written();
    let inside = |e: &Span| written.iter().any(|w| w.contains(*e) && w.end > w.start);
    match new.errors.iter().find(|e| inside(e)) {
        Some(error) => Err(fail(Some(error))),
        None => Ok(()),
    }
}

fn moved(edits: &EditSet, span: Span) -> Option<Span> {
    Some(Span { start: edits.map(span.start)?, end: edits.map(span.end)? })
}

/// What a file offers: functions with their parameters and decorators, classes with their bases, imported names.
fn offered(file: &File, source: &Source) -> BTreeMap<String, Vec<String>> {
    let text = |id: &ExprId| source.slice(file.expr(*id).span).split_whitespace().collect::<String>();
    let mut names: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for function in file.functions.iter().skip(1).filter(|f| f.name.is_some()) {
        let params = function.params.iter().map(|p| source.slice(p.span).split_whitespace().collect::<String>());
        let decorators = function.decorators.iter().map(|d| format!("@{}", text(d)));
        let signature = format!("{}({})", decorators.collect::<String>(), params.collect::<Vec<_>>().join(","));
        names.entry(format!("function `{}`", function.symbol)).or_default().push(signature);
    }
    for class in file.classes.iter().filter(|c| c.name.is_some()) {
        let bases = class.bases.iter().map(text).collect::<Vec<_>>().join(",");
        names.entry(format!("class `{}`", class.symbol)).or_default().push(bases);
    }
    for import in file.imports.iter().filter(|i| i.scope == MODULE) {
        let Some(local) = import.local else { continue };
        names.entry(format!("import `{}`", file.text(local))).or_default().push(import.path.to_string());
    }
    names
}

/// Nothing that was offered is gone, and no signature is another. New functions and imports are fine.
pub fn keeps_names(old: &File, old_source: &Source, new: &File, after: &Inspected) -> Result<(), Rejection> {
    let Some(new_source) = &after.source else { return Ok(()) };
    let now = offered(new, new_source);
    for (name, signatures) in offered(old, old_source) {
        match now.get(&name) {
            None if is_unused_import(&name, new, new_source) => {}
            None => return Err(out_of_scope(format!("it removes the {name}"))),
            Some(kept) if signatures.iter().any(|s| !kept.contains(s)) => {
                return Err(out_of_scope(format!("it changes the signature of the {name}")));
            }
            Some(_) => {}
        }
    }
    Ok(())
}

/// Whether it is an import of Go that nothing uses any more: there it has to go, and is nobody else's.
fn is_unused_import(name: &str, new: &File, source: &Source) -> bool {
    let Some(local) = name.strip_prefix("import `").and_then(|n| n.strip_suffix('`')) else { return false };
    new.language == Language::Go && !names::names_package(source.text(), local)
}

/// Every module that is newly imported is there already.
pub fn adds_no_dependency(old: &File, new: &File, available: &Available) -> Result<(), Rejection> {
    let modules = |file: &File| file.imports.iter().map(|i| i.module.to_string()).collect::<BTreeSet<String>>();
    let known = modules(old);
    for module in modules(new).difference(&known) {
        if !available.has(new.language, module, &known) {
            return Err(out_of_scope(format!("it needs the module `{module}`, which the project does not have")));
        }
    }
    Ok(())
}
