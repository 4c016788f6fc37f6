//! Finding a usable import, or writing a new one where the file's own order has it.

use crate::edit::TextEdit;
use crate::syntax::emit::NeededImport;
use crate::syntax::hir::*;
use crate::syntax::source::Source;

/// The expression that stands for the type that is needed, and the edit that makes it available.
pub(super) fn import(file: &File, source: &Source, needed: &NeededImport) -> (String, Option<TextEdit>) {
    let path = match &needed.name {
        Some(name) if needed.module.is_empty() => name.clone(),
        Some(name) => format!("{}.{name}", needed.module),
        None => needed.module.clone(),
    };
    let Some((package, simple)) = path.rsplit_once('.') else { return (path, None) };
    let bound = file.imports.iter().find(|i| i.local.is_some_and(|l| file.text(l) == simple));
    match bound {
        Some(import) if *import.path == *path => return (simple.to_owned(), None),
        Some(_) => return (path, None),
        None => {}
    }
    if file.classes.iter().any(|c| c.name.is_some_and(|n| file.text(n) == simple)) {
        return (path, None);
    }
    let on_demand = |i: &Import| i.local.is_none() && i.path.strip_suffix(".*") == Some(package);
    let own_package = package_of(source.text()) == Some(package);
    if package == "java.lang" || own_package || file.imports.iter().any(on_demand) {
        return (simple.to_owned(), None);
    }
    let edit = insertion(file, source, &path);
    (simple.to_owned(), Some(edit))
}

/// An import statement of the file.
struct Written<'f> {
    path: &'f str,
    span: Span,
    is_static: bool,
}

fn written<'f>(file: &'f File, source: &Source) -> Vec<Written<'f>> {
    let mut all: Vec<Written<'_>> = file
        .imports
        .iter()
        .filter(|i| i.stmt_span.end > i.stmt_span.start)
        .map(|i| {
            let words = source.slice(i.stmt_span).split_whitespace().nth(1);
            Written { path: &i.path, span: i.stmt_span, is_static: words == Some("static") }
        })
        .collect();
    all.sort_by_key(|w| w.span);
    all
}

/// The insertion of an import at its place.
fn insertion(file: &File, source: &Source, path: &str) -> TextEdit {
    let newline = source.newline();
    let all = written(file, source);
    let plain: Vec<&Written<'_>> = all.iter().filter(|w| !w.is_static).collect();
    let statement = format!("import {path};");
    if let Some((anchor, before)) = neighbour(&plain, source, path) {
        if before {
            return insert(anchor.span.start, format!("{statement}{newline}"));
        }
        return behind(source, anchor.span.end, &format!("{newline}{statement}"));
    }
    if let Some(last) = all.last() {
        return behind(source, last.span.end, &format!("{newline}{newline}{statement}"));
    }
    match package_end(source.text()) {
        Some(end) => behind(source, end, &format!("{newline}{newline}{statement}")),
        None => at_start(file, source, &statement),
    }
}

/// The import that the new one stands beside, and whether before it: among those whose package begins alike (else among all),
/// the last one that sorts before it.
fn neighbour<'f>(plain: &[&'f Written<'f>], source: &Source, path: &str) -> Option<(&'f Written<'f>, bool)> {
    let alike = |w: &&&Written<'_>| common(w.path, path);
    let most = plain.iter().map(|w| alike(&w)).max()?;
    if most == 0 {
        let sorted = plain.windows(2).all(|w| matches!(w, [a, b] if a.path <= b.path));
        let grouped = plain.windows(2).any(|w| matches!(w, [a, b] if lines_between(source, a.span, b.span) > 1));
        let smaller = plain.iter().rev().find(|w| sorted && !grouped && w.path < path);
        let first = plain.first().filter(|_| sorted && !grouped && smaller.is_none());
        return match (smaller, first) {
            (Some(smaller), _) => Some((*smaller, false)),
            (None, Some(first)) => Some((*first, true)),
            (None, None) => plain.last().map(|last| (*last, false)),
        };
    }
    let group: Vec<&&Written<'_>> = plain.iter().filter(|w| alike(w) == most).collect();
    match group.iter().rev().find(|w| w.path < path) {
        Some(smaller) => Some((**smaller, false)),
        None => group.first().map(|first| (**first, true)),
    }
}

/// How many packages at the beginning of two paths are the same.
fn common(a: &str, b: &str) -> usize {
    a.split('.').zip(b.split('.')).take_while(|(x, y)| x == y).count()
}

fn lines_between(source: &Source, a: Span, b: Span) -> u32 {
    source.line(b.start).saturating_sub(source.line(a.end))
}

/// Text behind a statement, after a comment on the same line.
fn behind(source: &Source, end: u32, text: &str) -> TextEdit {
    let line = source.line_span(source.line(end.saturating_sub(1)));
    let rest = source.text().get(end as usize..line.end as usize).unwrap_or("");
    let only_comment = rest.trim().is_empty() || rest.trim_start().starts_with("//");
    if only_comment {
        return insert(line.end, text.to_owned());
    }
    insert(end, format!("{text}{}", source.newline()))
}

fn insert(at: u32, text: String) -> TextEdit {
    TextEdit::insert(at, text)
}

/// Before the first class, behind a comment at the head of the file that belongs to all of it.
fn at_start(file: &File, source: &Source, statement: &str) -> TextEdit {
    let newline = source.newline();
    let text = source.text();
    let start = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() as u32 } else { 0 };
    let header = file.comments.first().filter(|c| {
        let before = text.get(start as usize..c.start as usize).unwrap_or("");
        let after = text.get(c.end as usize..).unwrap_or("");
        let blank = after.len() - after.trim_start().len();
        before.trim().is_empty() && after.get(..blank).is_some_and(|b| b.matches('\n').count() > 1)
    });
    match header {
        Some(comment) => insert(comment.end, format!("{newline}{newline}{statement}")),
        None => insert(start, format!("{statement}{newline}{newline}")),
    }
}

/// The end of the package declaration, behind its semicolon.
fn package_end(text: &str) -> Option<u32> {
    let (start, _) = package_statement(text)?;
    let end = text.get(start..)?.find(';')? + start + 1;
    u32::try_from(end).ok()
}

fn package_of(text: &str) -> Option<&str> {
    let (start, end) = package_statement(text)?;
    text.get(start..end).map(str::trim)
}

/// From behind the keyword to the semicolon of the package declaration.
fn package_statement(text: &str) -> Option<(usize, usize)> {
    let mut at = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    loop {
        let rest = text.get(at..)?;
        let trimmed = rest.trim_start();
        at += rest.len() - trimmed.len();
        let skipped = if trimmed.starts_with("//") {
            trimmed.find('\n')
        } else if trimmed.starts_with("/*") {
            trimmed.find("*/").map(|i| i + 2)
        } else {
            let start =
                trimmed.strip_prefix("package").filter(|r| r.starts_with(char::is_whitespace)).map(|_| at + 7)?;
            let end = text.get(start..)?.find(';')? + start;
            return Some((start, end));
        };
        at += skipped?;
    }
}
