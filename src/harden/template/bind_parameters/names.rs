//! Names of named placeholders.

use super::position::Group;
use crate::harden::Task;
use crate::harden::template::built::{Built, Unit};
use crate::syntax::hir::*;

/// Words that some drivers refuse as the name of a placeholder.
const RESERVED: &[&str] = &[
    "access", "add", "all", "and", "as", "by", "char", "check", "comment", "date", "desc", "file", "from", "group",
    "in", "index", "level", "like", "mode", "not", "null", "number", "of", "on", "option", "or", "order", "range",
    "row", "select", "set", "size", "start", "table", "to", "uid", "union", "user", "values", "where", "with",
];

/// A name for the placeholder of a group, unlike all in `taken`: what the value is called in the code.
pub fn of(task: &Task<'_>, built: &Built, group: &Group, taken: &[String]) -> String {
    let units = built.units.get(group.first..=group.last).unwrap_or_default();
    let value = units.iter().find_map(|u| if let Unit::Value(n) = u { built.values.get(*n) } else { None });
    let called = value.and_then(|v| called(task, v.expr)).unwrap_or_else(|| "value".to_string());
    let mut name: String = called.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '_').collect();
    name = name.trim_start_matches(|c: char| c == '_' || c.is_ascii_digit()).to_string();
    if name.is_empty() {
        name = "value".to_string();
    }
    if RESERVED.contains(&name.to_ascii_lowercase().as_str()) {
        name.push_str("_value");
    }
    let mut free = name.clone();
    let mut number = 1;
    while taken.contains(&free) {
        number += 1;
        free = format!("{name}_{number}");
    }
    free
}

/// `name`, `user.name`, `form["name"]`, `form.get("name")`, `str(name)` are all called `name`.
fn called(task: &Task<'_>, id: ExprId) -> Option<String> {
    let mut id = id;
    for _ in 0..8 {
        match &task.file.expr(id).kind {
            ExprKind::Name(name) | ExprKind::Member { name, .. } => return Some(task.file.text(*name).to_string()),
            ExprKind::Index { index, .. } => return constant(task, *index),
            ExprKind::Call { callee, args, .. } => match (&task.file.expr(*callee).kind, args.first()) {
                (ExprKind::Name(_), Some(first)) => id = first.value,
                (ExprKind::Member { name, .. }, Some(first)) if matches!(task.file.text(*name), "get" | "pop") => {
                    return constant(task, first.value);
                }
                (ExprKind::Member { object, .. }, _) => id = *object,
                _ => return None,
            },
            ExprKind::Cast { operand, .. } | ExprKind::Await(operand) => id = *operand,
            _ => return None,
        }
    }
    None
}

fn constant(task: &Task<'_>, id: ExprId) -> Option<String> {
    match &task.file.expr(id).kind {
        ExprKind::Literal(Literal::Str(text)) => Some(text.to_string()),
        _ => None,
    }
}
