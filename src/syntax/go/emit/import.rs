//! Finding a usable import, or writing a new one.

use rustc_hash::FxHashSet;

use crate::edit::TextEdit;
use crate::syntax::emit::NeededImport;
use crate::syntax::go::lower::package_names;
use crate::syntax::hir::*;
use crate::syntax::source::Source;

/// The expression that stands for what is needed, and the edit that makes it available.
pub(super) fn import(file: &File, source: &Source, needed: &NeededImport) -> (String, Option<TextEdit>) {
    let taken = taken_names(file);
    let path = needed.module.as_str();
    let member = |package: &str| match &needed.name {
        Some(name) => format!("{package}.{name}"),
        None => package.to_owned(),
    };
    let usable = |i: &&Import| &*i.path == path && i.local.is_some_and(|l| !taken.contains(file.text(l)));
    if let Some(local) = file.imports.iter().find(usable).and_then(|i| i.local) {
        return (member(file.text(local)), None);
    }
    let default = package_names(path).into_iter().next().unwrap_or_default();
    let in_use =
        |name: &str| taken.contains(name) || file.imports.iter().any(|i| i.local.is_some_and(|l| file.text(l) == name));
    let alias = if in_use(&default) { free_alias(path, &default, file) } else { default.clone() };
    let spec = if alias == default { format!("\"{path}\"") } else { format!("{alias} \"{path}\"") };
    (member(&alias), Some(insertion(file, source, path, &spec)))
}

/// Names that mean something else than an import in some part of the file.
fn taken_names(file: &File) -> FxHashSet<&str> {
    let mut taken = FxHashSet::default();
    for function in file.functions.iter().skip(1) {
        if function.class.is_none() {
            taken.extend(function.name.map(|n| file.text(n)));
        }
        for param in &function.params {
            declared(file, param.pattern, &mut taken);
        }
    }
    taken.extend(file.classes.iter().filter_map(|c| c.name).map(|n| file.text(n)));
    for stmt in &file.stmts {
        match &stmt.kind {
            StmtKind::Assign { targets, declares: true, .. } => {
                targets.iter().for_each(|t| declared(file, *t, &mut taken));
            }
            StmtKind::ForEach { target, declares: true, .. } => declared(file, *target, &mut taken),
            _ => {}
        }
    }
    taken
}

fn declared<'f>(file: &'f File, pattern: ExprId, taken: &mut FxHashSet<&'f str>) {
    match &file.expr(pattern).kind {
        ExprKind::Name(name) => _ = taken.insert(file.text(*name)),
        ExprKind::Collection { kind: CollectionKind::Tuple, entries } => {
            for entry in entries {
                if let ExprKind::Name(name) = file.expr(entry.value).kind {
                    taken.insert(file.text(name));
                }
            }
        }
        _ => {}
    }
}

/// Another name for a package whose own is taken: with the folder around it (`htmltemplate`), else numbered.
fn free_alias(path: &str, default: &str, file: &File) -> String {
    let folder = path.rsplit('/').nth(1).unwrap_or("std");
    let stem: String = folder.chars().filter(|c| c.is_ascii_alphanumeric()).chain(default.chars()).collect();
    let numbered = (2..u32::MAX).map(|n| format!("{stem}{n}"));
    let mut candidates = std::iter::once(stem.clone()).chain(numbered);
    candidates.find(|candidate| file.names.get(candidate).is_none()).unwrap_or(stem)
}

/// Whether a package belongs to the standard library: its first part is no host.
fn is_standard(path: &str) -> bool {
    !path.split('/').next().unwrap_or(path).contains('.')
}

/// A line of an import declaration in parentheses.
struct Line {
    number: u32,
    path: String,
}

fn insertion(file: &File, source: &Source, path: &str, spec: &str) -> TextEdit {
    let nl = source.newline();
    let statements = import_statements(file);
    for (span, specs) in &statements {
        let lines = own_lines(source, *span, specs);
        if lines.len() == specs.len() && !lines.is_empty() {
            return into_group(source, &lines, path, spec);
        }
    }
    match statements.last() {
        Some((span, _)) => TextEdit::insert(span.end, format!("{nl}import {spec}")),
        None => behind_package(source, spec),
    }
}

/// The import declarations at the top, with the span and path of each package, in order.
fn import_statements(file: &File) -> Vec<(Span, Vec<(Span, String)>)> {
    let body = file.functions.first().map(|module| module.body.as_slice()).unwrap_or_default();
    let mut out = Vec::new();
    for &id in body {
        let stmt = file.stmt(id);
        let StmtKind::Import(indices) = &stmt.kind else { continue };
        let mut specs: Vec<(Span, String)> = Vec::new();
        for import in indices.iter().filter_map(|i| file.imports.get(*i as usize)) {
            if specs.last().is_none_or(|s| s.0 != import.span) {
                specs.push((import.span, import.module.to_string()));
            }
        }
        out.push((stmt.span, specs));
    }
    out
}

/// The lines of a declaration in parentheses that hold nothing but one import each.
fn own_lines(source: &Source, statement: Span, specs: &[(Span, String)]) -> Vec<Line> {
    if !source.slice(statement).ends_with(')') {
        return Vec::new();
    }
    let first = source.line(statement.start);
    let last = source.line(statement.end);
    let mut lines: Vec<Line> = Vec::new();
    for (span, path) in specs {
        let number = source.line(span.start);
        let begins = source.line_span(number).start as usize + source.indentation(span.start).len();
        let alone = begins == span.start as usize && number != first && number != last;
        if alone && lines.last().is_none_or(|l| l.number < number) {
            lines.push(Line { number, path: path.clone() });
        }
    }
    lines
}

/// Among the imports of its kind before the first that sorts behind it; a kind that is not there yet makes a new group, the
/// standard library's in front.
fn into_group(source: &Source, lines: &[Line], path: &str, spec: &str) -> TextEdit {
    let nl = source.newline();
    let standard = is_standard(path);
    let like: Vec<&Line> = lines.iter().filter(|l| is_standard(&l.path) == standard).collect();
    let indentation = |line: u32| source.indentation(source.line_span(line).start).to_owned();
    let before = |line: u32, gap: &str| {
        let at = source.line_span(line).start;
        TextEdit::insert(at, format!("{}{spec}{nl}{gap}", indentation(line)))
    };
    let after = |line: u32, gap: &str| {
        let at = source.line_span(line + 1).start;
        TextEdit::insert(at, format!("{gap}{}{spec}{nl}", indentation(line)))
    };
    let (Some(first), Some(last)) = (lines.first(), lines.last()) else { return behind_package(source, spec) };
    match (like.iter().find(|l| l.path.as_str() > path), like.last()) {
        (Some(next), _) => before(next.number, ""),
        (None, Some(previous)) => after(previous.number, ""),
        (None, None) if standard => before(first.number, nl),
        (None, None) => after(last.number, nl),
    }
}

/// Without an import: a declaration of its own behind the package clause.
fn behind_package(source: &Source, spec: &str) -> TextEdit {
    let nl = source.newline();
    let package = (1..=source.line_count()).find(|n| source.line_text(*n).starts_with("package "));
    match package {
        Some(line) => TextEdit::insert(source.line_span(line).end, format!("{nl}{nl}import {spec}")),
        None => TextEdit::insert(0, format!("import {spec}{nl}")),
    }
}
