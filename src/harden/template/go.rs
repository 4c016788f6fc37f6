//! What fixers need to know of Go: an import that nothing uses any more does not compile, fields of a literal are keywords,
//! and a constant cannot be read at run time.

use super::arguments::{reference, with_item};
use super::toolkit::Call;
use crate::edit::TextEdit;
use crate::harden::Task;
use crate::syntax::hir::*;

/// `old.Name` as another path, together with its import where nothing else uses that.
pub fn renamed(task: &Task<'_>, member: ExprId, new: &str) -> Option<Vec<TextEdit>> {
    let ExprKind::Member { object, .. } = task.file.expr(member).kind else { return None };
    let ExprKind::Name(local) = task.file.expr(object).kind else { return None };
    let import = task.file.imports.iter().find(|i| i.local == Some(local) && i.scope == MODULE)?;
    let (module, name) = new.rsplit_once('.')?;
    let (text, mut edits) = reference(task, new)?;
    let whole = TextEdit::replace(task.file.expr(member).span, text.clone());
    if mentions(task.source.text(), task.file.text(local)) > 1 {
        edits.push(whole);
        return Some(edits);
    }
    let plain = format!("\"{}\"", import.path);
    if task.text(import.span) != plain {
        return None;
    }
    if edits.is_empty() {
        // The new package is there already; the old one goes with its line.
        let line = task.source.line_span(task.source.line(import.span.start));
        let alone = task.text(line).trim() == plain;
        let end = line.end + task.source.newline().len() as u32;
        edits.push(alone.then(|| TextEdit::delete(Span { start: line.start, end }))?);
    } else {
        let package = module.rsplit('/').next()?;
        if text != format!("{package}.{name}") {
            return None;
        }
        edits = vec![TextEdit::replace(import.span, format!("\"{module}\""))];
    }
    edits.push(whole);
    Some(edits)
}

/// The edit that takes an import away which only the code at `removed` uses; none where the file uses it elsewhere too, or
/// that code uses none.
pub fn without_use(task: &Task<'_>, removed: Span) -> Option<Option<TextEdit>> {
    let Some((package, _)) = task.text(removed).split_once('.') else { return Some(None) };
    let Some(import) = task.file.imports.iter().find(|i| i.local.is_some_and(|l| task.file.text(l) == package)) else {
        return Some(None);
    };
    if mentions(task.source.text(), package) > 1 {
        return Some(None);
    }
    let line = task.source.line_span(task.source.line(import.span.start));
    let text = task.text(line).trim();
    let plain = format!("\"{}\"", import.path);
    let alone = text == plain || text.strip_prefix("import ").is_some_and(|t| t.trim() == plain);
    let end = line.end + task.source.newline().len() as u32;
    alone.then(|| Some(TextEdit::delete(Span { start: line.start, end })))
}

/// How often a package is named in front of a dot.
pub fn mentions(text: &str, package: &str) -> usize {
    let wanted = format!("{package}.");
    let begins = |at: usize| {
        text.get(..at).and_then(|t| t.chars().next_back()).is_none_or(|c| !c.is_alphanumeric() && !"_./\"".contains(c))
    };
    text.match_indices(&wanted).filter(|(at, _)| begins(*at)).count()
}

/// Sets fields of a struct literal: those that are there to the value, the others added behind the last one.
pub fn fields(
    task: &Task<'_>,
    literal: &Call<'_>,
    wanted: &[(&str, &str)],
    is_off: impl Fn(ExprId) -> bool,
) -> Option<Vec<TextEdit>> {
    if !literal.is_new || literal.args.iter().any(|a| a.name.is_none()) {
        return None;
    }
    let mut edits = Vec::new();
    let mut missing = Vec::new();
    for (name, value) in wanted {
        match literal.keyword(task.file, name) {
            Some(arg) if is_off(arg.value) => edits.push(TextEdit::replace(task.file.expr(arg.value).span, *value)),
            Some(_) => {}
            None => missing.push(task.emit().keyword(name, value)),
        }
    }
    if !missing.is_empty() {
        let last = literal.args.last()?.span;
        let separator = if task.begins_line(last) {
            format!(",{}{}", task.source.newline(), task.indentation(last))
        } else {
            ", ".to_string()
        };
        let spans: Vec<Span> = literal.args.iter().map(|a| a.span).collect();
        let text = missing.join(&separator);
        edits.push(with_item(task, literal.span, &spans, &text, false)?);
    }
    (!edits.is_empty()).then_some(edits)
}

/// Whether the statement around an expression may be given a call: it is no declaration of constants.
pub fn is_variable(task: &Task<'_>, id: ExprId) -> bool {
    let span = task.file.expr(id).span;
    let Some(statement) = task.statement_around(span) else { return false };
    let StmtKind::Assign { declares, .. } = task.file.stmt(statement).kind else { return true };
    let statement = task.file.stmt(statement).span;
    let head = task.text(Span { start: statement.start, end: span.start });
    let line = task.source.line_span(task.source.line(statement.start));
    let before = task.text(Span { start: line.start, end: statement.start }).trim();
    !declares || head.contains(":=") || before == "var" || head.starts_with("var ")
}
