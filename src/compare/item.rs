//! A finding as the rounds see it: what can be equal about an old and a new one.

use std::cmp::Ordering;

use super::places::{Place, Places, Side};
use super::{At, FilePair};
use crate::finding::{Confidence, Finding, Region};
use crate::syntax::Source;
use crate::syntax::hir::Span;

/// Regions are compared up to so many characters, so that huge ones cost no more than others.
const MAX_TEXT: usize = 2_000;

/// The rest of a line is compared up to so many characters on either side of a region.
const MAX_CONTEXT: usize = 200;

/// What must be equal for two findings of one rule to be paired in a round.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Aspect {
    /// The file pair.
    File,
    /// The place in unchanged code.
    Place,
    /// What tells the findings of one place apart: column or length.
    Detail,
    /// The changed region.
    Change,
    /// The enclosing function.
    Symbol,
    /// The enclosing function, if its name says which one it is: not top-level code, and no anonymous function.
    NamedSymbol,
    /// What is done there.
    Sink,
    /// The text of its region.
    Text,
    /// The text that moved code is known by in its file: that of its region, with the rest of its lines where the region
    /// is a mere name.
    Statement,
    /// The text of its region, unless that is a mere name, which any other function could have too.
    Expression,
    /// Severity and confidence.
    Grade,
}

/// The value of an aspect.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Value<'a> {
    Number(u64),
    Text(&'a str),
    Grade(u64, Confidence),
}

/// A finding of one side.
pub(super) struct Item<'a> {
    pub at: At,
    pub finding: &'a Finding,
    pub place: Place,
    /// The text of the region, without white space; empty when it is not known.
    text: String,
    /// What is on its lines, where `text` is a mere name.
    lines: Option<String>,
}

impl<'a> Item<'a> {
    /// The value of an aspect; `None` when the finding has none, and cannot take part in a round that asks for it.
    pub fn value(&self, aspect: Aspect) -> Option<Value<'_>> {
        let text = |text| Some(Value::Text(text)).filter(|_| !self.text.is_empty());
        match aspect {
            Aspect::File => Some(Value::Number(self.at.file as u64)),
            Aspect::Place => Some(Value::Number(self.place.before.into())),
            Aspect::Detail => Some(Value::Number(self.place.detail.into())),
            Aspect::Change => self.place.change.map(|change| Value::Number(change.into())),
            Aspect::Symbol => Some(Value::Text(&self.finding.symbol)),
            Aspect::NamedSymbol => Some(Value::Text(&self.finding.symbol)).filter(|_| self.is_in_named_function()),
            Aspect::Sink => Some(Value::Text(&self.finding.sink)),
            Aspect::Text => text(&self.text),
            Aspect::Statement => text(self.lines.as_ref().unwrap_or(&self.text)),
            Aspect::Expression => text(&self.text).filter(|_| self.lines.is_none()),
            Aspect::Grade => Some(Value::Grade(self.finding.severity.to_bits(), self.finding.confidence)),
        }
    }

    fn is_in_named_function(&self) -> bool {
        !self.finding.symbol.rsplit('.').next().is_none_or(|last| last.is_empty() || last.starts_with('<'))
    }
}

/// All findings of a side, in an order that does not depend on that of the input.
pub(super) fn of_side<'a>(files: &[FilePair<'a>], places: &[Places], side: Side) -> Vec<Item<'a>> {
    let mut items = Vec::new();
    for (file, (pair, places)) in files.iter().zip(places).enumerate() {
        let (findings, source) = match side {
            Side::Old => (pair.old, pair.old_source),
            Side::New => (pair.new, pair.new_source),
        };
        for (index, finding) in findings.iter().enumerate() {
            let place = places.of(side, &finding.region);
            let (text, lines) = source.map(|source| texts(source, finding)).unwrap_or_default();
            items.push(Item { at: At { file, finding: index }, finding, place, text, lines });
        }
    }
    items.sort_by(|a, b| order(a.finding, b.finding).then_with(|| a.at.cmp(&b.at)));
    items
}

fn order(a: &Finding, b: &Finding) -> Ordering {
    let key = |f: &'_ Finding| (f.region, f.confidence);
    a.path
        .cmp(&b.path)
        .then_with(|| key(a).cmp(&key(b)))
        .then_with(|| a.severity.total_cmp(&b.severity))
        .then_with(|| (&a.rule, &a.sink, &a.symbol, &a.message).cmp(&(&b.rule, &b.sink, &b.symbol, &b.message)))
}

/// The text of the region, and that of its lines where the region is a mere name; both without white space.
fn texts(source: &Source, finding: &Finding) -> (String, Option<String>) {
    let Region { start, end, .. } = finding.region;
    let text = squeeze(source.slice(finding.region.span()).chars(), MAX_TEXT);
    let is_name = text.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '$'));
    if text.is_empty() || !is_name {
        return (text, None);
    }
    let line_start = source.line_span(source.line(start)).start;
    let line_end = source.line_span(source.line(end)).end;
    let before = squeeze(source.slice(Span { start: line_start, end: start }).chars().rev(), MAX_CONTEXT);
    let after = squeeze(source.slice(Span { start: end, end: line_end }).chars(), MAX_CONTEXT);
    let lines = format!("{before}\n{text}\n{after}");
    (text, Some(lines))
}

fn squeeze(text: impl Iterator<Item = char>, limit: usize) -> String {
    text.take(limit).filter(|c| !c.is_whitespace()).collect()
}
