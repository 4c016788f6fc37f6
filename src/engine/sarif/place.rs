//! Where in a text a SARIF region is.

use super::model::Region;
use crate::syntax::Source;
use crate::syntax::hir::Span;

/// In what columns are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Columns {
    /// UTF-16 code units: the standard's own way.
    Utf16,
    /// Unicode code points.
    CodePoints,
    /// Bytes of UTF-8.
    Bytes,
}

impl Columns {
    /// What a run says of its columns. Of two tools that say nothing it is known that they do not count as the standard has
    /// it: Semgrep counts bytes, ruff counts code points.
    pub(super) fn of(kind: Option<&str>, tool: &str) -> Columns {
        let tool = tool.to_ascii_lowercase();
        match kind {
            Some("unicodeCodePoints") => Columns::CodePoints,
            Some(_) => Columns::Utf16,
            None if tool.starts_with("semgrep") || tool.starts_with("opengrep") => Columns::Bytes,
            None if tool == "ruff" => Columns::CodePoints,
            None => Columns::Utf16,
        }
    }

    /// How much a character takes.
    fn width(self, c: char) -> u64 {
        match self {
            Columns::Utf16 => c.len_utf16() as u64,
            Columns::CodePoints => 1,
            Columns::Bytes => c.len_utf8() as u64,
        }
    }

    /// The byte of a text at which a column, from one, begins; the end where it is beyond.
    fn offset(self, text: &str, column: i64) -> u32 {
        let before = u64::try_from(column.saturating_sub(1)).unwrap_or(0);
        self.offset_of(text, before)
    }

    /// The byte behind so many units.
    fn offset_of(self, text: &str, units: u64) -> u32 {
        let mut passed = 0;
        for (at, c) in text.char_indices() {
            if passed >= units {
                return at as u32;
            }
            passed += self.width(c);
        }
        text.len() as u32
    }
}

/// The bytes of a region. Where it names a line alone, they are the line's without the white space around it; what lies
/// beyond the text is moved to its end.
pub fn span(region: &Region, columns: Columns, source: &Source) -> Span {
    let text = source.text();
    let length = text.len() as u32;
    let Some(line) = region.start_line else {
        return match (region.byte_offset, region.char_offset) {
            (Some(at), _) => of_offsets(Columns::Bytes, at, region.byte_length, text),
            // Offsets count like columns.
            (None, Some(at)) => of_offsets(columns, at, region.char_length, text),
            (None, None) => line_of(source, 1),
        };
    };
    let last = i64::from(source.line_count().max(1));
    let first = line.clamp(1, last);
    let end_line = region.end_line.unwrap_or(line).clamp(first, last);
    let (first, end_line) = (first as u32, end_line as u32);
    let (whole, whole_end) = (source.line_span(first), source.line_span(end_line));
    if region.start_column.is_none() && region.end_column.is_none() {
        let (start, end) = (line_of(source, first).start, line_of(source, end_line).end);
        return Span::new(start as usize, end.max(start).min(length) as usize);
    }
    let start = whole.start + region.start_column.map_or(0, |column| columns.offset(source.slice(whole), column));
    let end = match region.end_column {
        Some(column) => whole_end.start + columns.offset(source.slice(whole_end), column),
        None => whole_end.end,
    };
    Span::new(start as usize, end.max(start).min(length) as usize)
}

fn of_offsets(columns: Columns, at: i64, length: Option<i64>, text: &str) -> Span {
    let units = |number: i64| u64::try_from(number).unwrap_or(0);
    let start = columns.offset_of(text, units(at));
    let end = columns.offset_of(text, units(at.saturating_add(length.unwrap_or(0))));
    Span::new(start as usize, end.max(start) as usize)
}

/// A line without the white space around it.
fn line_of(source: &Source, line: u32) -> Span {
    let whole = source.line_span(line);
    let text = source.slice(whole);
    let start = whole.start as usize + (text.len() - text.trim_start().len());
    Span::new(start, start.max(whole.start as usize + text.trim_end().len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "one\n  \"ä😀\"; run(x)  \nlast";

    fn text_of(region: Region, columns: Columns) -> String {
        let source = Source::new(TEXT.as_bytes());
        source.slice(span(&region, columns, &source)).to_owned()
    }

    fn region(line: i64, from: i64, to: i64) -> Region {
        Region { start_line: Some(line), start_column: Some(from), end_column: Some(to), ..Region::default() }
    }

    #[test]
    fn columns_are_counted_as_the_tool_counts_them() {
        assert_eq!(text_of(region(2, 9, 15), Columns::Utf16), " run(x");
        assert_eq!(text_of(region(2, 10, 16), Columns::Utf16), "run(x)");
        assert_eq!(text_of(region(2, 9, 15), Columns::CodePoints), "run(x)");
        assert_eq!(text_of(region(2, 13, 19), Columns::Bytes), "run(x)");
    }

    #[test]
    fn what_is_left_out_is_made_up_for() {
        let line = |line| Region { start_line: Some(line), ..Region::default() };
        assert_eq!(text_of(line(2), Columns::Utf16), "\"ä😀\"; run(x)");
        assert_eq!(text_of(line(99), Columns::Utf16), "last");
        assert_eq!(text_of(line(-3), Columns::Utf16), "one");
        assert_eq!(text_of(Region::default(), Columns::Utf16), "one");
        assert_eq!(text_of(Region { end_line: Some(2), ..line(1) }, Columns::Utf16), "one\n  \"ä😀\"; run(x)");
        let at = |from, length| Region { char_offset: Some(from), char_length: Some(length), ..Region::default() };
        assert_eq!(text_of(at(0, 3), Columns::Utf16), "one");
        assert_eq!(text_of(at(7, 3), Columns::Utf16), "ä😀");
        let bytes = Region { byte_offset: Some(4), byte_length: Some(i64::MAX), ..Region::default() };
        assert!(text_of(bytes, Columns::Utf16).ends_with("last"));
    }

    #[test]
    fn numbers_that_make_no_sense_give_some_place() {
        for (line, from, to) in [(i64::MIN, i64::MAX, i64::MIN), (2, i64::MAX, 1), (2, 0, 0), (3, -1, i64::MAX)] {
            let _ = text_of(region(line, from, to), Columns::Utf16);
        }
        // In the middle of a character.
        assert_eq!(text_of(region(2, 5, 7), Columns::Bytes), "😀");
    }
}
