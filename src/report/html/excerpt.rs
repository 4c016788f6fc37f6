//! Lines of source with the part in question marked: hidden characters visible, long lines cut around the mark.

use serde::Serialize;

use super::shown::{Piece, pieces};
use crate::finding::Region;
use crate::report::text::floor_boundary;
use crate::syntax::Source;

/// Lines of a marked part that are shown.
const MARK_LINES: u32 = 6;

/// Characters of a line before and after the beginning of the marked part.
const BEFORE: usize = 60;
const AFTER: usize = 180;

/// A line of a source.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Line {
    /// From one.
    pub number: u32,
    /// Its text.
    pub pieces: Vec<Piece>,
    /// Whether some of it is marked, or would be if there were anything to mark.
    pub marked: bool,
}

/// The lines of a region and `context` lines on both sides; none where the region is not in the text.
pub fn around(source: &Source, region: &Region, context: u32) -> Vec<Line> {
    let text = source.text();
    if text.is_empty() || region.start as usize > text.len() {
        return Vec::new();
    }
    let start = floor_boundary(text, region.start as usize);
    let end = floor_boundary(text, region.end as usize).max(start);
    let line_of = |at: usize| source.line(u32::try_from(at).unwrap_or(u32::MAX));
    let first = line_of(start);
    let last = line_of(if end > start { end - 1 } else { start }).min(first.saturating_add(MARK_LINES - 1));
    let shown = first.saturating_sub(context).max(1)..=last.saturating_add(context).min(source.line_count()).max(first);
    shown.map(|number| line(source, number, (start, end), (first..=last).contains(&number))).collect()
}

/// One line, which the marked part reaches or does not.
fn line(source: &Source, number: u32, (start, end): (usize, usize), marked: bool) -> Line {
    let span = source.line_span(number);
    let text = source.slice(span);
    let inside = |at: usize| floor_boundary(text, at.saturating_sub(span.start as usize));
    let (start, end) = if marked { (inside(start), inside(end)) } else { (0, 0) };
    let (head, tail) = text.split_at_checked(start).unwrap_or((text, ""));
    let from = head.char_indices().rev().nth(BEFORE).map_or(0, |(at, c)| at + c.len_utf8());
    let to = tail.char_indices().nth(AFTER).map_or(text.len(), |(at, _)| start + at);
    let end = end.clamp(start, to);
    let part = |range: std::ops::Range<usize>| text.get(range).unwrap_or("");
    let cut = |is_cut: bool| if is_cut { "…" } else { "" };
    let before = format!("{}{}", cut(from > 0), part(from..start));
    let after = format!("{}{}", part(end..to), cut(to < text.len()));
    Line { number, pieces: pieces([(false, &before), (true, part(start..end)), (false, &after)]), marked }
}

/// The lines without the white space that all of them begin with, so that a narrow page shows more of their code.
pub fn outdented(mut lines: Vec<Line>) -> Vec<Line> {
    let [Line { pieces, .. }] = lines.as_mut_slice() else { return lines };
    if let Some(first) = pieces.first_mut().filter(|piece| !piece.marked) {
        first.text = first.text.without_indentation();
    }
    lines
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use proptest::prelude::*;

    use super::*;
    use crate::syntax::hir::Span;

    fn shown(text: &str, start: usize, end: usize, context: u32) -> Vec<String> {
        let source = Source::new(text.as_bytes());
        let lines = around(&source, &Region::of(&source, Span::new(start, end)), context);
        let piece = |p: &Piece| if p.marked { format!("[{}]", p.text.as_str()) } else { p.text.as_str().to_owned() };
        lines.iter().map(|l| format!("{} {}", l.number, l.pieces.iter().map(piece).collect::<String>())).collect()
    }

    #[test]
    fn the_part_in_question_is_marked_among_its_neighbours() {
        assert_eq!(shown("a\n\tf(x)\nb\nc\n", 3, 7, 1), ["1 a", "2     [f(x)]", "3 b"]);
        assert_eq!(shown("f(\n x)\n", 0, 6, 0), ["1 [f(]", "2 [ x)]"]);
        assert_eq!(shown("a", 1, 1, 2), ["1 a"]);
        assert!(shown("", 0, 0, 2).is_empty());
    }

    #[test]
    fn long_lines_and_long_parts_are_cut() {
        let text = format!("{}evil(){}", "a".repeat(1_000_000), "b".repeat(1_000_000));
        let out = shown(&text, 1_000_000, 1_000_006, 3).concat();
        assert!(out.len() < 300 && out.contains("a[evil()]b") && out.ends_with("b…"), "{out}");
        assert_eq!(shown(&"x\n".repeat(90), 0, 180, 1).len(), MARK_LINES as usize + 1);
    }

    proptest! {
        #[test]
        fn any_region_of_any_text_gives_lines(text in "[ab\t\r\n\u{1b}é漢\u{202e}]{0,60}", start in 0u32..90, end in any::<u32>()) {
            let source = Source::new(text.as_bytes());
            for line in around(&source, &Region { start, end, ..Region::default() }, 2) {
                prop_assert!(line.number >= 1);
                prop_assert!(line.pieces.iter().all(|p| !p.text.as_str().chars().any(crate::report::text::is_hidden)));
            }
        }
    }
}
