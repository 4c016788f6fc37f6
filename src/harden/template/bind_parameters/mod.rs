//! SQL injection: values leave the text of the statement and are bound by the driver, in its own placeholder style.

mod java;
mod names;
mod position;
mod rewrite;
mod target;
mod values;

use crate::edit::TextEdit;
use crate::harden::template::built::{self, Built, Form};
use crate::harden::template::go;
use crate::harden::{Candidate, Task};
use crate::rules::compiled::BindStyle;
use crate::syntax::hir::Language;

use position::Positions;
use rewrite::Rewrite;
use target::Target;
use values::Handover;

/// Binds the values of the statement that the finding is about.
pub fn propose(task: &Task<'_>) -> Option<Candidate> {
    if task.file.language == Language::Java {
        return java::propose(task);
    }
    let target = Target::find(task)?;
    let (statement, assigned) = built::origin(task, target.statement)?;
    let built = Built::of(task, statement)?;
    let mark = match target.style {
        BindStyle::Qmark => "?",
        BindStyle::Format => "%s",
        BindStyle::Named | BindStyle::Numbered => "",
    };
    let positions = position::read(&built, target.double_quotes, mark)?;
    if positions.groups.is_empty() || (target.no_counts && positions.groups.iter().any(|g| g.counts)) {
        return None;
    }
    if let Some(assignment) = assigned
        && !built::same_at(task, &built, assignment, target.call.span)
    {
        return None;
    }
    let bound: Vec<String> = positions.groups.iter().map(|g| values::bound(task, &built, g)).collect::<Option<_>>()?;
    if target.strict && positions.groups.iter().any(|g| !g.quoted) {
        return None;
    }
    let edits = edits(task, &target, &built, &positions, &bound)?;
    let them = if bound.len() == 1 { "the value" } else { "the values" };
    task.candidate("bind-parameters", format!("The statement stays constant; the driver binds {them}."), edits)
}

fn edits(
    task: &Task<'_>,
    target: &Target<'_>,
    built: &Built,
    positions: &Positions,
    bound: &[String],
) -> Option<Vec<TextEdit>> {
    let marks = positions.marks_before.last().copied().unwrap_or(0);
    let mut handover = Handover::at(task, target)?;
    if positions.kept.is_empty() {
        handover.fits(marks, target.style)?;
    } else if !handover.is_new() {
        return None;
    }
    let mut placeholders = Vec::new();
    let numbered_from = values::highest_number(built);
    let mut taken = handover.names();
    for (i, value) in bound.iter().enumerate() {
        let before = positions.marks_before.get(i).copied().unwrap_or(0);
        let placeholder = match target.style {
            BindStyle::Qmark => "?".to_string(),
            BindStyle::Format => "%s".to_string(),
            BindStyle::Numbered => format!("${}", numbered_from + i as u32 + 1),
            BindStyle::Named => {
                let group = positions.groups.get(i)?;
                let name = names::of(task, built, group, &taken);
                taken.push(name.clone());
                handover.add_named(&name, value);
                placeholders.push(format!(":{name}"));
                continue;
            }
        };
        // Numbers say which value is meant; order does, where there are none.
        let place = if target.style == BindStyle::Numbered { usize::MAX } else { before };
        handover.add(place, value);
        placeholders.push(placeholder);
    }
    if target.style == BindStyle::Named && values::has_colons(built) {
        return None;
    }
    let percent = target.style == BindStyle::Format && handover.is_new();
    let mut edits = Rewrite::new(task, built).finish(positions, &placeholders, percent)?;
    edits.extend(handover.edits(task, target)?);
    if task.file.language == Language::Go
        && let Some(head) = built.head
    {
        edits.extend(go::without_use(task, head)?);
    }
    (built.form == Form::InPlace || positions.kept.is_empty()).then_some(edits)
}
