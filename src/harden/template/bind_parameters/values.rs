//! The values that are bound: how each is written, and where they are handed over.

use super::position::Group;
use super::target::{Slot, Target};
use crate::edit::TextEdit;
use crate::harden::Task;
use crate::harden::template::arguments::separator;
use crate::harden::template::built::compose::{self, Piece};
use crate::harden::template::built::{Built, Unit};
use crate::rules::compiled::BindStyle;
use crate::syntax::hir::*;

/// The code of a group's value; constant text around it (`'%' … '%'`) becomes part of it.
pub fn bound(task: &Task<'_>, built: &Built, group: &Group) -> Option<String> {
    let units = built.units.get(group.first..=group.last)?;
    if !group.quoted {
        let Some(Unit::Value(number)) = units.first() else { return None };
        return compose::value_text(task, unwrapped(task, built.values.get(*number)?.expr));
    }
    let inner = units.get(1..units.len().checked_sub(1)?)?;
    if let [Unit::Value(number)] = inner {
        return compose::value_text(task, built.values.get(*number)?.expr);
    }
    let parts = Piece::of(built, inner)?;
    compose::interpolated(task, &parts, true)
}

/// `str(x)` without quotes around it in the statement is `x`: the text was only needed for the concatenation.
fn unwrapped(task: &Task<'_>, id: ExprId) -> ExprId {
    let ExprKind::Call { callee, args, is_new: false } = &task.file.expr(id).kind else { return id };
    let makes_text = matches!(&task.file.expr(*callee).kind,
        ExprKind::Name(name) if matches!(task.file.text(*name), "str" | "String"));
    match args.as_slice() {
        [only] if makes_text && only.name.is_none() && only.spread == Spread::No => only.value,
        _ => id,
    }
}

/// The highest number of a placeholder `$n` in the constant text.
pub fn highest_number(built: &Built) -> u32 {
    let mut highest = 0;
    let mut current: Option<u32> = None;
    for unit in &built.units {
        current = match unit {
            Unit::Char('$', ..) => Some(0),
            Unit::Char(c, ..) => current.and_then(|n| c.to_digit(10).map(|d| n.saturating_mul(10).saturating_add(d))),
            Unit::Value(_) => None,
        };
        highest = highest.max(current.unwrap_or(0));
    }
    highest.min(10_000)
}

/// Whether the constant text has something that would be read as a named placeholder, or would be one with what is put
/// in front of it.
pub fn has_colons(built: &Built) -> bool {
    let at = |i: usize| match built.units.get(i) {
        Some(Unit::Char(c, ..)) => *c,
        _ => ' ',
    };
    let word = |c: char| c.is_alphanumeric() || c == '_';
    (0..built.units.len()).any(|i| {
        let before = if i == 0 { ' ' } else { at(i - 1) };
        at(i) == ':' && (at(i + 1) == ':' || (word(at(i + 1)) && !word(before) && before != ':'))
    })
}

/// The handing over of values: what is there already, and what is added.
pub struct Handover {
    /// The argument that is there.
    existing: Option<Existing>,
    added: Vec<(usize, String)>,
    named: Vec<(String, String)>,
}

struct Existing {
    span: Span,
    entries: Vec<Span>,
    names: Vec<String>,
    kind: CollectionKind,
}

impl Handover {
    /// What a call hands over already; none where that is not written out in place.
    pub fn at(task: &Task<'_>, target: &Target<'_>) -> Option<Handover> {
        let none = Handover { existing: None, added: Vec::new(), named: Vec::new() };
        let Slot::Argument { index, name } = &target.slot else {
            let Slot::Arguments(from) = target.slot else { return Some(none) };
            return (target.call.args.len() <= from).then_some(none);
        };
        if target.call.args.iter().any(|a| a.spread != Spread::No) {
            return None;
        }
        let named = name.as_ref().and_then(|n| target.call.keyword(task.file, n));
        let Some(arg) = named.or_else(|| index.and_then(|i| target.call.positional(i))) else { return Some(none) };
        match &task.file.expr(arg.value).kind {
            ExprKind::Collection { kind, entries } if entries.iter().all(|e| !e.spread) => {
                let names = entries.iter().filter_map(|e| e.key).filter_map(|k| match &task.file.expr(k).kind {
                    ExprKind::Literal(Literal::Str(text)) => Some(text.to_string()),
                    _ => None,
                });
                let existing = Existing {
                    span: task.file.expr(arg.value).span,
                    names: names.collect(),
                    entries: entries.iter().map(|e| e.span).collect(),
                    kind: *kind,
                };
                Some(Handover { existing: Some(existing), added: Vec::new(), named: Vec::new() })
            }
            ExprKind::Lambda(_) if !task.is_python() => Some(none),
            ExprKind::Name(n) if !task.is_python() && is_callback(task.file.text(*n)) => Some(none),
            _ => None,
        }
    }

    /// Whether nothing was handed over before.
    pub fn is_new(&self) -> bool {
        self.existing.is_none()
    }

    /// The names that are taken.
    pub fn names(&self) -> Vec<String> {
        self.existing.as_ref().map(|e| e.names.clone()).unwrap_or_default()
    }

    /// Whether what is there is of the right kind and of the number of the statement's own placeholders.
    pub fn fits(&self, marks: usize, style: BindStyle) -> Option<()> {
        let Some(existing) = &self.existing else { return (marks == 0).then_some(()) };
        let map = existing.kind == CollectionKind::Map;
        let fits = match style {
            BindStyle::Named => map,
            BindStyle::Numbered => matches!(existing.kind, CollectionKind::List | CollectionKind::Tuple),
            BindStyle::Qmark | BindStyle::Format => !map && existing.entries.len() == marks,
        };
        fits.then_some(())
    }

    /// Adds a value behind the first `before` ones that are there.
    pub fn add(&mut self, before: usize, value: &str) {
        self.added.push((before, value.to_string()));
    }

    /// Adds a value under a name.
    pub fn add_named(&mut self, name: &str, value: &str) {
        self.named.push((name.to_string(), value.to_string()));
    }

    /// The edits.
    pub fn edits(&self, task: &Task<'_>, target: &Target<'_>) -> Option<Vec<TextEdit>> {
        match (&target.slot, &self.existing) {
            (Slot::Method(method), _) => {
                let pairs: Vec<String> = self.named.iter().map(|(n, v)| format!("{n}={v}")).collect();
                Some(vec![TextEdit::insert(target.anchor.end, format!(".{method}({})", pairs.join(", ")))])
            }
            (Slot::Arguments(from), _) => {
                let values: Vec<&str> = self.added.iter().map(|(_, v)| v.as_str()).collect();
                let values = values.join(", ");
                let text = if *from == 0 { values } else { format!(", {values}") };
                Some(vec![TextEdit::insert(target.anchor.end, text)])
            }
            (Slot::Argument { index, name }, None) => {
                let display = self.display(task, target.style);
                // By keyword only where the position would be another argument's.
                let by_name =
                    index.is_none() || target.call.args.iter().any(|a| a.name.is_some() && a.span == target.anchor);
                let argument = match name {
                    Some(name) if by_name => task.emit().keyword(name, &display),
                    _ if by_name => return None,
                    _ => display,
                };
                Some(vec![TextEdit::insert(target.anchor.end, format!("{}{argument}", separator(task, target.anchor)))])
            }
            (Slot::Argument { .. }, Some(existing)) => self.merged(task, existing),
        }
    }

    fn pairs(&self, task: &Task<'_>) -> Vec<String> {
        let pair = |(name, value): &(String, String)| match task.is_python() {
            true => format!("{}: {value}", task.string(name)),
            false if name == value => name.clone(),
            false => format!("{name}: {value}"),
        };
        self.named.iter().map(pair).collect()
    }

    fn display(&self, task: &Task<'_>, style: BindStyle) -> String {
        let values: Vec<&str> = self.added.iter().map(|(_, v)| v.as_str()).collect();
        match (task.is_python(), style) {
            (true, BindStyle::Named) => format!("{{{}}}", self.pairs(task).join(", ")),
            (false, BindStyle::Named) => format!("{{ {} }}", self.pairs(task).join(", ")),
            (true, _) if values.len() == 1 => format!("({},)", values.join("")),
            (true, _) => format!("({})", values.join(", ")),
            (false, _) => format!("[{}]", values.join(", ")),
        }
    }

    /// The values among those that are there.
    fn merged(&self, task: &Task<'_>, existing: &Existing) -> Option<Vec<TextEdit>> {
        let inside = existing.span.start + 1;
        let text = task.text(existing.span);
        if !text.starts_with(['(', '[', '{']) {
            return None;
        }
        let count = existing.entries.len();
        let mut added = self.added.clone();
        added.extend(self.pairs(task).into_iter().map(|p| (count, p)));
        let mut edits = Vec::new();
        let mut places: Vec<usize> = added.iter().map(|(before, _)| (*before).min(count)).collect();
        places.dedup();
        for place in places {
            let values: Vec<&str> =
                added.iter().filter(|(before, _)| (*before).min(count) == place).map(|(_, v)| v.as_str()).collect();
            let values = values.join(", ");
            edits.push(match (existing.entries.get(place), existing.entries.last()) {
                (Some(next), _) => TextEdit::insert(next.start, format!("{values}, ")),
                (None, Some(last)) => TextEdit::insert(last.end, format!(", {values}")),
                (None, None) => TextEdit::insert(inside, values),
            });
        }
        // `(a,)` with a value in front is `(b, a,)`, with one behind `(a, b,)`: both fine as they are.
        Some(edits)
    }
}

fn is_callback(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    ["cb", "callback", "done", "next", "handler", "resolve", "reject"].iter().any(|n| name == *n || name.ends_with(n))
}
