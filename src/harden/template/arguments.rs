//! Edits of a call's arguments and of the entries of collections, and names for paths that a fix uses.

use crate::edit::TextEdit;
use crate::harden::Task;
use crate::harden::template::toolkit::Call;
use crate::rules::place::{ArgSelector, Base, Place};
use crate::syntax::hir::*;

/// How code names a path such as `ssl.CERT_REQUIRED` here, with the import's edit where one is needed. A name that the file
/// imports by itself is used; of a module within a package the name is imported, else the module.
pub fn reference(task: &Task<'_>, path: &str) -> Option<(String, Vec<TextEdit>)> {
    let Some((module, name)) = path.rsplit_once('.') else { return Some((path.to_string(), Vec::new())) };
    let direct = task.file.imports.iter().any(|i| &*i.path == path && i.scope == MODULE && i.local.is_some());
    let (text, edit) = if direct || (task.is_python() && module.contains('.')) {
        task.import(module, Some(name))
    } else {
        let (text, edit) = task.import(module, None);
        (format!("{text}.{name}"), edit)
    };
    Some((text, edit.into_iter().collect()))
}

/// Code in which `{module.name}` stands for a path.
pub fn with_references(task: &Task<'_>, code: &str) -> Option<(String, Vec<TextEdit>)> {
    let mut out = String::new();
    let mut edits = Vec::new();
    let mut rest = code;
    while let Some((before, after)) = rest.split_once('{') {
        let (path, behind) = after.split_once('}')?;
        let is_path = path.contains('.') && path.chars().all(|c| c.is_alphanumeric() || "._-/@".contains(c));
        if !is_path {
            return None;
        }
        let (text, more) = reference(task, path)?;
        out.push_str(before);
        out.push_str(&text);
        edits.extend(more);
        rest = behind;
    }
    out.push_str(rest);
    Some((out, edits))
}

/// The argument that a place begins with: by keyword, else by position.
pub fn at_place<'a>(task: &Task<'a>, call: &Call<'a>, place: &Place) -> Option<&'a Arg> {
    let Base::Arg(ArgSelector::One { index, name }) = &place.base else { return None };
    let named = name.as_ref().and_then(|n| call.keyword(task.file, n));
    let spread = call.args.iter().position(|a| a.spread == Spread::Elements).unwrap_or(usize::MAX);
    let position = index.and_then(|i| usize::try_from(i).ok()).filter(|i| *i < spread);
    named.or_else(|| position.and_then(|i| call.positional(i))).filter(|a| a.spread == Spread::No)
}

/// Whether a comment stands in a span, which an edit of it would lose.
pub fn commented(task: &Task<'_>, span: Span) -> bool {
    task.file.comments.iter().any(|c| span.overlaps(*c))
}

/// Removes some items of a comma-separated list, with their commas. None where a comment would be lost.
pub fn without(task: &Task<'_>, items: &[Span], removed: &[usize]) -> Option<Vec<TextEdit>> {
    let keeps = |i: &usize| !removed.contains(i);
    let first_kept = (0..items.len()).find(keeps);
    let mut edits = Vec::new();
    for &i in removed {
        let item = items.get(i)?;
        let span = match first_kept {
            Some(kept) if kept < i => Span { start: items.get(i.checked_sub(1)?)?.end, end: item.end },
            Some(_) => Span { start: item.start, end: items.get(i + 1)?.start },
            None => Span { start: item.start, end: items.get(i + 1).map_or(after_comma(task, item.end), |n| n.start) },
        };
        if commented(task, span) {
            return None;
        }
        edits.push(TextEdit::delete(span));
    }
    Some(edits)
}

/// Behind the comma that follows, if one does.
fn after_comma(task: &Task<'_>, end: u32) -> u32 {
    let rest = task.source.text().get(end as usize..).unwrap_or("");
    let spaces = rest.len() - rest.trim_start().len();
    if rest.trim_start().starts_with(',') { Span::new(0, end as usize + spaces + 1).end } else { end }
}

/// Adds an item behind the last one of a list that ends with `close` at the end of `whole`.
pub fn with_item(task: &Task<'_>, whole: Span, items: &[Span], text: &str, padded: bool) -> Option<TextEdit> {
    let Some(last) = items.last() else {
        let inside = whole.end.checked_sub(1)?;
        let space = if padded { " " } else { "" };
        return Some(TextEdit::insert(inside, format!("{space}{text}{space}")));
    };
    Some(TextEdit::insert(last.end, format!("{}{text}", separator(task, *last))))
}

/// What stands between an item and one that is added behind it: a line of its own where the item has one.
pub fn separator(task: &Task<'_>, item: Span) -> String {
    let line_end = task.source.line_span(task.source.line(item.end)).end;
    let behind = task.text(Span { start: item.end, end: line_end }).trim();
    if task.begins_line(item) && (behind.is_empty() || behind == ",") {
        format!(",{}{}", task.source.newline(), task.indentation(item))
    } else {
        ", ".to_string()
    }
}

/// The spans of a call's arguments.
pub fn spans(call: &Call<'_>) -> Vec<Span> {
    call.args.iter().map(|a| a.span).collect()
}

/// The entry of a map under a constant key, with its number.
pub fn entry<'a>(task: &Task<'a>, map: ExprId, key: &str) -> Option<(usize, &'a Entry)> {
    let ExprKind::Collection { kind: CollectionKind::Map, entries } = &task.file.expr(map).kind else { return None };
    let named = |e: &Entry| {
        e.key
            .is_some_and(|k| matches!(&task.file.expr(k).kind, ExprKind::Literal(Literal::Str(text)) if &**text == key))
    };
    entries.iter().enumerate().find(|(_, e)| named(e))
}
