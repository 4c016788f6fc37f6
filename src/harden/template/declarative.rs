//! Declarative edits of rules: an argument set, removed or wrapped, another callee.

use super::arguments::{at_place, entry, reference, spans, with_item, with_references, without};
use super::built::{self, Built, Form};
use super::go;
use super::toolkit::Call;
use crate::edit::TextEdit;
use crate::harden::{Candidate, Task};
use crate::rules::compiled::{Edit, EditAction};
use crate::rules::place::{Access, ArgSelector, Base, Pattern, Place};
use crate::syntax::hir::*;

/// The edit as a candidate; none where it does not apply.
pub fn propose(edit: &Edit, task: &Task<'_>) -> Option<Candidate> {
    let language = task.file.language;
    if !edit.languages.is_empty() && !edit.languages.iter().any(|l| l == language.name()) {
        return None;
    }
    let call = matching_call(task, &edit.call)?;
    let (name, description, edits) = match &edit.action {
        EditAction::Set { at, value } => {
            let (code, mut edits) = with_references(task, value)?;
            edits.extend(set(task, &call, at, &code)?);
            ("set-argument", format!("`{}` is set to `{code}`.", shown(at)?), edits)
        }
        EditAction::Remove { at } => {
            ("remove-argument", format!("`{}` is left at its safe default.", shown(at)?), remove(task, &call, at)?)
        }
        EditAction::Callee { path, drop } => {
            ("replace-call", format!("`{path}` is called instead."), callee(task, &call, path, drop)?)
        }
        EditAction::Wrap { at, with } => {
            ("escape-argument", format!("The data goes through `{with}`."), wrap(task, &call, at.as_ref(), with)?)
        }
    };
    task.candidate(name, description, edits)
}

/// The innermost call around the finding that the patterns fit; without patterns the finding's own.
fn matching_call<'a>(task: &Task<'a>, patterns: &[Pattern]) -> Option<Call<'a>> {
    if patterns.is_empty() {
        return task.found_call();
    }
    let models = task.library.models(task.file.language);
    let fits = |span: Span| {
        let Some(path) = task.path_of_call(span) else { return false };
        let lineage = models.lineage(path);
        patterns.iter().any(|p| lineage.iter().any(|l| p.fits(l)))
    };
    let calls = task.file.exprs.iter().enumerate().filter_map(|(i, e)| match &e.kind {
        ExprKind::Call { callee, args, is_new } if e.span.contains(task.span()) && fits(e.span) => {
            Some(Call { id: ExprId(i as u32), span: e.span, callee: *callee, args, is_new: *is_new })
        }
        _ => None,
    });
    calls.min_by_key(|c| c.span.end - c.span.start)
}

/// A place as people call it: the last key, the keyword, the position.
fn shown(place: &Place) -> Option<String> {
    if let Some(Access::Key(key)) = place.tail.last() {
        return Some(key.clone());
    }
    match &place.base {
        Base::Arg(ArgSelector::One { name: Some(name), .. }) => Some(name.clone()),
        Base::Arg(ArgSelector::One { index: Some(index), .. }) => Some(format!("argument {}", index + 1)),
        _ => None,
    }
}

fn keys(place: &Place) -> Option<Vec<&str>> {
    place.tail.iter().map(|a| if let Access::Key(key) = a { Some(key.as_str()) } else { None }).collect()
}

fn set(task: &Task<'_>, call: &Call<'_>, at: &Place, code: &str) -> Option<Vec<TextEdit>> {
    let keys = keys(at)?;
    let Some(arg) = at_place(task, call, at) else { return add(task, call, at, &nested(task, &keys, code)) };
    let mut current = arg.value;
    for (i, key) in keys.iter().enumerate() {
        let ExprKind::Collection { kind: CollectionKind::Map, entries } = &task.file.expr(current).kind else {
            // A callback stands where the options would.
            let callback = i == 0 && matches!(task.file.expr(current).kind, ExprKind::Lambda(_));
            let text = format!("{}, ", nested(task, &keys, code));
            return callback.then(|| vec![TextEdit::insert(arg.span.start, text)]);
        };
        let Some((_, found)) = entry(task, current, key) else {
            let items: Vec<Span> = entries.iter().map(|e| e.span).collect();
            let pair = pair(task, key, &nested(task, keys.get(i + 1..).unwrap_or_default(), code));
            let whole = task.file.expr(current).span;
            return with_item(task, whole, &items, &pair, !task.is_python()).map(|e| vec![e]);
        };
        if found.span == task.file.expr(found.value).span {
            // `{ key }`
            return Some(vec![TextEdit::replace(found.span, pair(task, key, code))]);
        }
        current = found.value;
    }
    Some(vec![TextEdit::replace(task.file.expr(current).span, code)])
}

/// Adds an argument that is missing.
fn add(task: &Task<'_>, call: &Call<'_>, at: &Place, code: &str) -> Option<Vec<TextEdit>> {
    let Base::Arg(ArgSelector::One { index, name }) = &at.base else { return None };
    if call.args.iter().any(|a| a.spread != Spread::No) {
        return None;
    }
    let keyword = name.as_ref().filter(|_| task.is_python());
    let Some(name) = keyword else {
        let position = call.args.iter().filter(|a| a.name.is_none()).count();
        let fits = index.and_then(|i| usize::try_from(i).ok()) == Some(position) && call.args.len() == position;
        return if fits { with_item(task, call.span, &spans(call), code, false).map(|e| vec![e]) } else { None };
    };
    with_item(task, call.span, &spans(call), &task.emit().keyword(name, code), false).map(|e| vec![e])
}

/// `value` under keys that are not there yet.
fn nested(task: &Task<'_>, keys: &[&str], value: &str) -> String {
    keys.iter().rev().fold(value.to_string(), |inner, key| {
        let pair = pair(task, key, &inner);
        if task.is_python() { format!("{{{pair}}}") } else { format!("{{ {pair} }}") }
    })
}

fn pair(task: &Task<'_>, key: &str, value: &str) -> String {
    if task.is_python() { format!("{}: {value}", task.string(key)) } else { task.emit().keyword(key, value) }
}

fn remove(task: &Task<'_>, call: &Call<'_>, at: &Place) -> Option<Vec<TextEdit>> {
    let arg = at_place(task, call, at)?;
    let keys = keys(at)?;
    let number = call.args.iter().position(|a| a.span == arg.span)?;
    let Some((last, before)) = keys.split_last() else {
        // What stands behind a positional argument would take its place.
        let behind = call.args.get(number + 1..).unwrap_or_default();
        let shifts = arg.name.is_none() && behind.iter().any(|a| a.name.is_none());
        return if shifts { None } else { without(task, &spans(call), &[number]) };
    };
    let mut map = arg.value;
    for key in before {
        map = entry(task, map, key)?.1.value;
    }
    let (found, _) = entry(task, map, last)?;
    let ExprKind::Collection { entries, .. } = &task.file.expr(map).kind else { return None };
    let items: Vec<Span> = entries.iter().map(|e| e.span).collect();
    without(task, &items, &[found])
}

fn callee(task: &Task<'_>, call: &Call<'_>, path: &str, drop: &[Place]) -> Option<Vec<TextEdit>> {
    let mut edits = if task.file.language == Language::Go {
        go::renamed(task, call.callee, path)?
    } else {
        let (text, mut edits) = reference(task, path)?;
        edits.push(TextEdit::replace(task.file.expr(call.callee).span, text));
        edits
    };
    let mut dropped: Vec<usize> = Vec::new();
    for place in drop {
        let span = |arg: &Arg| call.args.iter().position(|a| a.span == arg.span);
        match &place.base {
            Base::Arg(ArgSelector::From(from)) => dropped.extend(*from as usize..call.args.len()),
            _ => dropped.extend(at_place(task, call, place).and_then(span)),
        }
    }
    dropped.sort_unstable();
    dropped.dedup();
    edits.extend(without(task, &spans(call), &dropped)?);
    Some(edits)
}

/// Escapes for a part of a text: the whole text of a filter would mean nothing once escaped.
const FOR_PARTS: &[&str] = &[
    "ldap.filter.escape_filter_chars",
    "ldap.dn.escape_dn_chars",
    "github.com/go-ldap/ldap/v3.EscapeFilter",
    "org.springframework.ldap.support.LdapEncoder.filterEncode",
    "com.unboundid.ldap.sdk.Filter.encodeValue",
];

fn wrap(task: &Task<'_>, call: &Call<'_>, at: Option<&Place>, with: &str) -> Option<Vec<TextEdit>> {
    let found = task.span();
    let arg = match at {
        Some(place) => at_place(task, call, place)?,
        None => call.args.iter().find(|a| task.file.expr(a.value).span.contains(found))?,
    };
    let (name, mut edits) = reference(task, with)?;
    let origin = built::origin(task, arg.value);
    let source = origin.map_or(arg.value, |(id, _)| id);
    if let Some(built) = Built::of(task, source).filter(|b| !b.values.is_empty()) {
        for value in &built.values {
            let wrapped = format!("{name}({})", task.expr_text(value.expr));
            if task.text(value.site).contains("!s}") || matches!(task.file.expr(value.expr).kind, ExprKind::Literal(_))
            {
                return None;
            }
            edits.push(TextEdit::replace(task.file.expr(value.expr).span, wrapped));
        }
        // What `%` or `format` hands over may stand in the text more than once.
        edits.dedup();
        return (built.form == Form::InPlace || !built.values.is_empty()).then_some(edits);
    }
    let direct = matches!(
        task.file.expr(arg.value).kind,
        ExprKind::Name(_) | ExprKind::Member { .. } | ExprKind::Index { .. } | ExprKind::Call { .. }
    );
    if !direct || FOR_PARTS.contains(&with) || source_is_text(task, source) {
        return None;
    }
    edits.push(TextEdit::replace(task.file.expr(arg.value).span, format!("{name}({})", task.expr_text(arg.value))));
    Some(edits)
}

/// Whether a value is put together from text in a way that is not taken apart.
fn source_is_text(task: &Task<'_>, id: ExprId) -> bool {
    matches!(task.file.expr(id).kind, ExprKind::Template { .. } | ExprKind::Binary { .. })
}
