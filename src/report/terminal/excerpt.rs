//! A few lines of source with marks: hidden characters visible, long lines cut around what is marked.
//!
//! Only the lines in question are handed to the renderer, so that the cost of a finding does not grow with its file.

use annotate_snippets::{AnnotationKind, Snippet};

use crate::report::text::{floor_boundary, push_visible};
use crate::syntax::Source;
use crate::syntax::hir::Span;

/// Lines of one mark; what it spans below is left out.
const MARK_LINES: u32 = 5;

/// Characters of a line before and after the beginning of its mark.
const BEFORE: usize = 60;
const AFTER: usize = 140;

/// Something to underline.
#[derive(Debug, Clone)]
pub struct Mark {
    pub span: Span,
    pub label: Option<String>,
    /// The finding's own place, of which there is one.
    pub primary: bool,
}

/// Lines of a source ready to be shown.
#[derive(Debug)]
pub struct Excerpt {
    text: String,
    first_line: u32,
    /// Offsets in the source with their offsets in `text`, rising in both.
    offsets: Vec<(usize, usize)>,
    marks: Vec<Mark>,
}

/// The lines that the marks touch and those between; `None` where the first mark is not in the text.
pub fn of(source: &Source, marks: Vec<Mark>) -> Option<Excerpt> {
    let length = source.text().len();
    let primary = marks.first().filter(|mark| (mark.span.start as usize) <= length && length > 0)?.clone();
    let marks: Vec<Mark> = marks.into_iter().filter_map(|mark| shortened(source, mark)).collect();
    let first_line = marks.iter().map(|m| source.line(m.span.start)).min()?;
    let last_line = marks.iter().map(|m| last_line(source, m.span)).max()?;
    let mut excerpt = Excerpt { text: String::new(), first_line, offsets: Vec::new(), marks };
    for line in first_line..=last_line {
        let span = source.line_span(line);
        let begins = |m: &&Mark| m.span.start >= span.start && m.span.start <= span.end;
        let anchor = if begins(&&primary) { Some(&primary) } else { excerpt.marks.iter().find(begins) };
        let anchor = anchor.map_or(span.start, |mark| mark.span.start);
        excerpt.push_line(source, span, anchor as usize);
    }
    Some(excerpt)
}

/// The mark with at most [`MARK_LINES`] lines, inside the text and on character boundaries.
fn shortened(source: &Source, mut mark: Mark) -> Option<Mark> {
    let text = source.text();
    let start = floor_boundary(text, mark.span.start as usize);
    // Between the two characters of a line end there is nothing to mark.
    let start = start.min(source.line_span(source.line(mark.span.start)).end as usize);
    let end = floor_boundary(text, mark.span.end as usize).max(start);
    if mark.span.start as usize > text.len() {
        return None;
    }
    mark.span = Span::new(start, end);
    let limit = source.line(mark.span.start) + MARK_LINES - 1;
    if last_line(source, mark.span) > limit {
        mark.span.end = source.line_span(limit).end.max(mark.span.start);
    }
    Some(mark)
}

/// The line of a span's last character.
fn last_line(source: &Source, span: Span) -> u32 {
    source.line(if span.end > span.start { span.end - 1 } else { span.start })
}

impl Excerpt {
    fn push_line(&mut self, source: &Source, span: Span, anchor: usize) {
        let line = source.slice(span);
        let anchor = floor_boundary(line, anchor.saturating_sub(span.start as usize));
        let (head, tail) = line.split_at_checked(anchor).unwrap_or((line, ""));
        let from = head.char_indices().rev().nth(BEFORE).map_or(0, |(at, c)| at + c.len_utf8());
        let to = tail.char_indices().nth(AFTER).map_or(line.len(), |(at, _)| anchor + at);
        if from > 0 {
            self.text.push('…');
        }
        for (at, c) in line.get(from..to).unwrap_or("").char_indices() {
            self.offsets.push((span.start as usize + from + at, self.text.len()));
            if c == '\t' { self.text.push_str("    ") } else { push_visible(&mut self.text, c) }
        }
        self.offsets.push((span.start as usize + to, self.text.len()));
        if to < line.len() {
            self.text.push('…');
        }
        self.text.push('\n');
    }

    /// The last line shown.
    pub fn last_line(&self) -> u32 {
        self.first_line + (self.text.lines().count() as u32).saturating_sub(1)
    }

    /// The lines for the renderer.
    pub fn snippet(&self) -> Snippet<'_, annotate_snippets::Annotation<'_>> {
        let annotations = self.marks.iter().filter_map(|mark| {
            let start = self.offsets.partition_point(|&(at, _)| at < mark.span.start as usize);
            let end = self.offsets.partition_point(|&(at, _)| at <= mark.span.end as usize).checked_sub(1)?;
            let (start, end) = (self.offsets.get(start)?.1, self.offsets.get(end)?.1);
            let kind = if mark.primary { AnnotationKind::Primary } else { AnnotationKind::Context };
            (start <= end).then(|| kind.span(start..end).label(mark.label.as_deref()))
        });
        Snippet::source(self.text.as_str()).line_start(self.first_line as usize).annotations(annotations)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]

    use annotate_snippets::{Level, Renderer};
    use proptest::prelude::*;

    use super::*;

    fn mark(start: usize, end: usize) -> Mark {
        Mark { span: Span::new(start, end), label: Some("here".to_owned()), primary: true }
    }

    fn shown(text: &str, marks: Vec<Mark>) -> String {
        let source = Source::new(text.as_bytes());
        let excerpt = of(&source, marks).expect("marks inside the text");
        Renderer::plain().render(&[Level::ERROR.primary_title("t").element(excerpt.snippet())])
    }

    #[test]
    fn a_long_line_is_cut_around_its_mark() {
        let text = format!("{}evil(){}", "a".repeat(1_000_000), "b".repeat(1_000_000));
        let out = shown(&text, vec![mark(1_000_000, 1_000_006)]);
        assert!(out.len() < 1_000, "{} bytes", out.len());
        assert!(out.contains("aevil()b") && out.contains("^^^^^^ here"), "{out}");
    }

    #[test]
    fn a_mark_stays_under_its_text_when_characters_become_visible() {
        let out = shown("\tx\u{1b}[0m = evil()", vec![mark(9, 15)]);
        let (code, under) = (out.lines().nth(2).expect("code"), out.lines().nth(3).expect("marks"));
        assert_eq!(code.find("evil()"), under.find("^^^^^^"), "{out}");
        assert!(code.contains("x<U+001B>[0m"));
    }

    #[test]
    fn a_mark_inside_a_line_end_is_shown_before_it() {
        let out = shown("abc\r\nd", vec![mark(4, 4)]);
        assert!(out.contains("here"), "{out}");
    }

    proptest! {
        #[test]
        fn any_mark_in_any_text_is_shown(text in "[ab\t\r\n\u{1b}é漢\u{202e}]{1,60}", spans in prop::collection::vec((0usize..90, 0usize..90), 1..4)) {
            let source = Source::new(text.as_bytes());
            let marks = spans.iter().enumerate().map(|(i, &(a, b))| Mark { primary: i == 0, ..mark(a.min(b), a.max(b)) });
            if let Some(excerpt) = of(&source, marks.collect()) {
                let out = Renderer::plain().render(&[Level::ERROR.primary_title("t").element(excerpt.snippet())]);
                prop_assert!(!out.contains('\u{1b}') && !out.contains('\u{202e}') && out.contains("here"), "{}", out);
            }
        }
    }
}
