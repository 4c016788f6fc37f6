//! Edits of a text: what a fix is made of, how it is applied, and where places of the old text are in the new one.

use serde::{Deserialize, Serialize};

use crate::syntax::hir::Span;

/// The replacement of a range of the old text.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct TextEdit {
    /// The range of the old text that is replaced; empty for an insertion.
    pub span: Span,
    /// What stands there afterwards.
    pub text: String,
}

impl TextEdit {
    /// Replaces `span` by `text`.
    pub fn replace(span: Span, text: impl Into<String>) -> Self {
        TextEdit { span, text: text.into() }
    }

    /// Inserts `text` at a byte offset.
    pub fn insert(at: u32, text: impl Into<String>) -> Self {
        TextEdit { span: Span { start: at, end: at }, text: text.into() }
    }

    /// Deletes `span`.
    pub fn delete(span: Span) -> Self {
        TextEdit { span, text: String::new() }
    }
}

/// A set of edits of one file that belong together: sorted, and none overlapping another.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct EditSet {
    edits: Vec<TextEdit>,
}

impl EditSet {
    /// Sorts the edits and drops doubles; `None` when two of them overlap. Insertions at one place keep the given order.
    pub fn new(mut edits: Vec<TextEdit>) -> Option<Self> {
        edits.sort_by_key(|e| (e.span.start, e.span.end));
        // Doubles need not stand side by side: two fixes can bring several imports each to one place.
        let mut kept: Vec<TextEdit> = Vec::with_capacity(edits.len());
        for edit in edits {
            let here = kept.iter().rev().take_while(|k| k.span == edit.span);
            if !here.into_iter().any(|k| *k == edit) {
                kept.push(edit);
            }
        }
        let edits = kept;
        let overlap = edits.windows(2).any(|w| w[0].span.end > w[1].span.start);
        (!overlap).then_some(EditSet { edits })
    }

    /// The edits in order.
    pub fn edits(&self) -> &[TextEdit] {
        &self.edits
    }

    /// Whether there is nothing to do.
    pub fn is_empty(&self) -> bool {
        self.edits.is_empty()
    }

    /// Both sets in one; `None` when they overlap. Equal edits (the same import, say) count once.
    pub fn merged(&self, other: &EditSet) -> Option<EditSet> {
        EditSet::new(self.edits.iter().chain(&other.edits).cloned().collect())
    }

    /// The text after all edits. Ranges outside the text, or inside a character, are moved to the nearest boundary before.
    pub fn apply(&self, text: &str) -> String {
        let mut out = String::with_capacity(text.len() + self.edits.iter().map(|e| e.text.len()).sum::<usize>());
        let mut done = 0;
        for edit in &self.edits {
            let start = floor_boundary(text, edit.span.start as usize).max(done);
            let end = floor_boundary(text, edit.span.end as usize).max(start);
            out.push_str(&text[done..start]);
            out.push_str(&edit.text);
            done = end;
        }
        out.push_str(&text[done..]);
        out
    }

    /// Where an offset of the old text is in the new one; `None` where its text was replaced.
    pub fn map(&self, offset: u32) -> Option<u32> {
        let mut shift: i64 = 0;
        for edit in &self.edits {
            if offset < edit.span.start {
                break;
            }
            if offset < edit.span.end {
                return None;
            }
            shift += edit.text.len() as i64 - i64::from(edit.span.end - edit.span.start);
        }
        u32::try_from(i64::from(offset) + shift).ok()
    }

    /// The ranges of the new text that the edits wrote, one an edit, in order.
    pub fn written(&self) -> Vec<Span> {
        let mut shift: i64 = 0;
        let mut out = Vec::with_capacity(self.edits.len());
        for edit in &self.edits {
            let start = (i64::from(edit.span.start) + shift).max(0) as usize;
            out.push(Span::new(start, start + edit.text.len()));
            shift += edit.text.len() as i64 - i64::from(edit.span.end - edit.span.start);
        }
        out
    }
}

fn floor_boundary(text: &str, offset: usize) -> usize {
    let mut at = offset.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(edits: &[(usize, usize, &str)]) -> EditSet {
        EditSet::new(edits.iter().map(|&(s, e, t)| TextEdit::replace(Span::new(s, e), t)).collect()).unwrap_or_default()
    }

    #[test]
    fn applies_and_maps() {
        let edits = set(&[(4, 7, "xy"), (0, 0, "__")]);
        assert_eq!(edits.apply("abc def ghi"), "__abc xy ghi");
        assert_eq!((edits.map(0), edits.map(5), edits.map(8)), (Some(2), None, Some(9)));
        assert_eq!(edits.written(), vec![Span::new(0, 2), Span::new(6, 8)]);
    }

    #[test]
    fn doubles_at_one_place_count_once() {
        let edits = set(&[(0, 0, "a"), (0, 0, "b"), (0, 0, "a"), (0, 0, "c")]);
        assert_eq!(edits.apply("-"), "abc-");
    }

    #[test]
    fn overlapping_edits_are_refused() {
        let edits = vec![TextEdit::delete(Span::new(0, 4)), TextEdit::delete(Span::new(3, 5))];
        assert!(EditSet::new(edits).is_none());
    }
}
