//! The edits that put placeholders into a built statement, in place: what stays of the text stays as it was written.

use super::position::{Group, Positions};
use crate::edit::TextEdit;
use crate::harden::Task;
use crate::harden::template::built::{Built, Form, Lit, Unit};
use crate::syntax::hir::Span;

/// Rewrites text of a built string.
pub struct Rewrite<'r, 'a> {
    task: &'r Task<'a>,
    built: &'r Built,
    edits: Vec<TextEdit>,
}

/// A place in a literal.
#[derive(Clone, Copy)]
struct At {
    lit: usize,
    offset: u32,
}

impl<'r, 'a> Rewrite<'r, 'a> {
    /// No edits yet.
    pub fn new(task: &'r Task<'a>, built: &'r Built) -> Self {
        Rewrite { task, built, edits: Vec::new() }
    }

    /// The edits, when every group got its placeholder. `percent`: `%` is written twice in what stays.
    pub fn finish(mut self, positions: &Positions, placeholders: &[String], percent: bool) -> Option<Vec<TextEdit>> {
        for (group, placeholder) in positions.groups.iter().zip(placeholders) {
            self.replace(group, placeholder)?;
        }
        if positions.kept.is_empty() {
            let around = [self.built.head, self.built.tail].into_iter().flatten();
            self.edits.extend(around.filter(|t| t.start < t.end).map(TextEdit::delete));
        } else if self.built.form != Form::InPlace {
            return None;
        }
        self.plain_text(positions, percent);
        Some(self.edits)
    }

    fn replace(&mut self, group: &Group, placeholder: &str) -> Option<()> {
        let start = self.start(group.first)?;
        let end = self.end(group.last)?;
        let first = self.built.lit(start.lit)?;
        let Some(end) = end else {
            let rest = Span { start: start.offset, end: self.built.span.end };
            let closing = self.quotes(first);
            self.edits.push(TextEdit::replace(rest, format!("{placeholder}{closing}")));
            return Some(());
        };
        let last = self.built.lit(end.lit)?;
        let whole = Span { start: start.offset, end: end.offset };
        if start.lit == end.lit || self.joins(first, last) {
            self.edits.push(TextEdit::replace(whole, placeholder));
        } else if end.offset == last.content.end {
            let whole = Span { start: start.offset, end: last.span.end };
            self.edits.push(TextEdit::replace(whole, format!("{placeholder}{}", self.quotes(first))));
        } else {
            let values = self.built.values.iter().filter(|v| !v.inside && v.lit >= start.lit && v.lit < end.lit);
            let value_end = values.map(|v| v.site.end).max()?;
            self.edits.push(TextEdit::replace(Span { start: start.offset, end: first.content.end }, placeholder));
            self.edits.push(TextEdit::delete(Span { start: first.span.end, end: value_end }));
            self.edits.push(TextEdit::delete(Span { start: last.content.start, end: end.offset }));
        }
        Some(())
    }

    fn start(&self, unit: usize) -> Option<At> {
        match self.built.units.get(unit)? {
            Unit::Char(_, span, lit) => Some(At { lit: *lit, offset: span.start }),
            Unit::Value(number) => {
                let value = self.built.values.get(*number)?;
                let inside = value.inside.then_some(value.site.start);
                let offset = inside.or_else(|| self.built.lit(value.lit).map(|l| l.content.end))?;
                Some(At { lit: value.lit, offset })
            }
        }
    }

    /// The end of a unit; the inner none where the value is the end of the whole expression.
    fn end(&self, unit: usize) -> Option<Option<At>> {
        match self.built.units.get(unit)? {
            Unit::Char(_, span, lit) => Some(Some(At { lit: *lit, offset: span.end })),
            Unit::Value(number) => {
                let value = self.built.values.get(*number)?;
                if value.inside {
                    return Some(Some(At { lit: value.lit, offset: value.site.end }));
                }
                let next = self.built.lit(value.lit + 1);
                Some(next.map(|l| At { lit: value.lit + 1, offset: l.content.start }))
            }
        }
    }

    /// The closing quotes of a literal.
    fn quotes(&self, lit: &Lit) -> &'a str {
        self.task.text(Span { start: lit.content.end, end: lit.span.end })
    }

    /// Whether two literals are written alike and on one line, so that they can become one.
    fn joins(&self, first: &Lit, last: &Lit) -> bool {
        let alike = self.quotes(first) == self.quotes(last)
            && self.task.text(first.prefix).eq_ignore_ascii_case(self.task.text(last.prefix));
        let gap = self.task.text(Span { start: first.span.end, end: last.span.start });
        alike && !gap.contains(['\n', '\r'])
    }

    /// What stays: the letter of an f-string without values goes, and characters that were written twice are written
    /// once, or the other way round.
    fn plain_text(&mut self, positions: &Positions, percent: bool) {
        let taken: Vec<Span> = self.edits.iter().map(|e| e.span).collect();
        let free = |span: Span| !taken.iter().any(|t| t.overlaps(span));
        let keeps = |lit: usize| {
            positions.kept.iter().filter_map(|k| self.built.values.get(*k)).any(|v| v.inside && v.lit == lit)
        };
        let mut more = Vec::new();
        for (number, lit) in self.built.lits.iter().enumerate() {
            let letters = self.task.text(lit.prefix);
            if lit.interpolated && !letters.is_empty() && !keeps(number) && free(lit.prefix) {
                let rest: String = letters.chars().filter(|c| !c.eq_ignore_ascii_case(&'f')).collect();
                more.push(TextEdit::replace(lit.prefix, rest));
            }
        }
        for unit in &self.built.units {
            let Unit::Char(c, span, lit) = *unit else { continue };
            let wanted = match c {
                '%' if percent => "%%",
                '%' => "%",
                '{' | '}' if keeps(lit) => continue,
                '{' => "{",
                '}' => "}",
                _ => continue,
            };
            if self.task.text(span) != wanted && free(span) {
                more.push(TextEdit::replace(span, wanted));
            }
        }
        self.edits.extend(more);
    }
}
