//! Code for values and for text around them.

use super::{Built, Unit};
use crate::harden::Task;
use crate::harden::template::html_escaper;
use crate::syntax::hir::*;

/// Constant text, or a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    /// Text.
    Text(String),
    /// A value.
    Value(ExprId),
}

impl Piece {
    /// The pieces that units of a built string make.
    pub fn of(built: &Built, units: &[Unit]) -> Option<Vec<Piece>> {
        let mut pieces = Vec::new();
        for unit in units {
            match unit {
                Unit::Value(number) => pieces.push(Piece::Value(built.values.get(*number)?.expr)),
                Unit::Char(c, ..) => Piece::push(&mut pieces, *c),
            }
        }
        Some(pieces)
    }

    /// Adds a character.
    pub fn push(pieces: &mut Vec<Piece>, c: char) {
        match pieces.last_mut() {
            Some(Piece::Text(text)) => text.push(c),
            _ => pieces.push(Piece::Text(c.to_string())),
        }
    }
}

/// The code of a value where an argument or element stands; none for what does not fit there or takes several lines.
pub fn value_text(task: &Task<'_>, id: ExprId) -> Option<String> {
    let expr = task.file.expr(id);
    let text = task.text(expr.span);
    let bare = match expr.kind {
        ExprKind::Spread(_) | ExprKind::Yield(_) => return None,
        ExprKind::Sequence(_) | ExprKind::Assign { .. } | ExprKind::Lambda(_) => false,
        ExprKind::Collection { kind: CollectionKind::Tuple, .. } => text.starts_with('('),
        ExprKind::Comprehension { .. } => text.starts_with(['(', '[', '{']),
        _ => true,
    };
    let holds = !text.is_empty() && !text.contains(['\n', '\r']);
    holds.then(|| if bare { text.to_string() } else { format!("({text})") })
}

/// An f-string or template literal of constant text and values. `sql`: the text is that of a SQL string.
pub fn interpolated(task: &Task<'_>, parts: &[Piece], sql: bool) -> Option<String> {
    if matches!(task.file.language, Language::Java | Language::Go) {
        return summed(task, parts, sql);
    }
    let mut out = String::new();
    let mut holds = String::new();
    for part in parts {
        let value = match part {
            Piece::Text(text) => {
                out.push_str(&literal_part(task, text, sql)?);
                continue;
            }
            Piece::Value(value) => value_text(task, *value)?,
        };
        if task.is_python() {
            let space = if value.starts_with('{') { " " } else { "" };
            out.push_str(&format!("{{{space}{value}}}"));
        } else {
            out.push_str(&format!("${{{value}}}"));
        }
        holds.push_str(&value);
    }
    if !task.is_python() {
        return (!holds.contains('`')).then(|| format!("`{out}`"));
    }
    let preferred = task.quote();
    let other = if preferred == '"' { '\'' } else { '"' };
    let quote = [preferred, other].into_iter().find(|q| !out.contains(*q))?;
    (!holds.contains('\\')).then(|| format!("f{quote}{out}{quote}"))
}

/// A sum of constant text and values, in the languages that have no such literals.
fn summed(task: &Task<'_>, parts: &[Piece], sql: bool) -> Option<String> {
    let code = parts.iter().map(|part| match part {
        Piece::Text(text) => Some(task.string(&literal_part(task, text, sql)?)),
        Piece::Value(id) => {
            let known = task.file.language == Language::Java || html_escaper::go_text(task, *id, 6);
            let text = value_text(task, *id).filter(|_| known)?;
            let simple = matches!(
                task.file.expr(*id).kind,
                ExprKind::Name(_) | ExprKind::Member { .. } | ExprKind::Index { .. } | ExprKind::Call { .. }
            );
            Some(if simple { text } else { format!("({text})") })
        }
    });
    Some(code.collect::<Option<Vec<_>>>()?.join(" + "))
}

/// Constant text as it stands in an f-string or template literal.
fn literal_part(task: &Task<'_>, text: &str, sql: bool) -> Option<String> {
    if text.contains(['\\', '`', '$', '\n', '\r', '\t', char::REPLACEMENT_CHARACTER]) {
        return None;
    }
    // In a SQL string a quote is written twice.
    let text = if sql { text.replace("''", "'") } else { text.to_string() };
    Some(if task.is_python() { text.replace('{', "{{").replace('}', "}}") } else { text })
}
