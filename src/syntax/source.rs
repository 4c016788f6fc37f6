//! The text of a file as the rest of the core sees it: always valid UTF-8, with the byte offsets of the original kept.

use super::hir::Span;

/// Bytes between two places at which it is known how many characters lie before.
const STEP: usize = 1024;

/// A decoded source text with its line index. Lines and columns are counted from one.
#[derive(Debug, Clone)]
pub struct Source {
    text: String,
    /// Offset of the first byte of every line.
    line_starts: Vec<u32>,
    /// How many characters lie before every [`STEP`]th byte, so that columns far to the right cost no more than others.
    characters: Vec<u32>,
    /// Whether some bytes were not UTF-8 and stand as `?` in the text.
    lossy: bool,
}

impl Source {
    /// Decodes `bytes`. Every byte that is not part of valid UTF-8 becomes one `?`, so that offsets stay those of the input.
    pub fn new(bytes: &[u8]) -> Self {
        let (text, lossy) = decode(bytes);
        let mut line_starts = vec![0];
        let raw = text.as_bytes();
        for (i, &b) in raw.iter().enumerate() {
            let lone_cr = b == b'\r' && raw.get(i + 1) != Some(&b'\n');
            if b == b'\n' || lone_cr {
                line_starts.push(Span::new(0, i + 1).end);
            }
        }
        let characters = raw
            .chunks(STEP)
            .scan(0, |before, chunk| Some(std::mem::replace(before, *before + characters_in(chunk))))
            .collect();
        Source { text, line_starts, characters, lossy }
    }

    /// The decoded text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether bytes were replaced while decoding.
    pub fn is_lossy(&self) -> bool {
        self.lossy
    }

    /// The number of lines; a line terminator at the end opens no further line.
    pub fn line_count(&self) -> u32 {
        let last = self.line_starts.last().copied().unwrap_or(0) as usize;
        let open_line = u32::from(last < self.text.len());
        self.line_starts.len() as u32 - 1 + open_line
    }

    /// The line of a byte offset, from one.
    pub fn line(&self, offset: u32) -> u32 {
        self.line_starts.partition_point(|&s| s <= offset) as u32
    }

    /// The column of a byte offset in characters (Unicode scalar values), from one.
    pub fn column(&self, offset: u32) -> u32 {
        let start = self.line_span(self.line(offset)).start as usize;
        let end = (offset as usize).min(self.text.len()).max(start);
        match end - start {
            0..STEP => characters_in(&self.text.as_bytes()[start..end]) + 1,
            _ => self.characters_before(end) - self.characters_before(start) + 1,
        }
    }

    /// How many characters begin before a byte.
    fn characters_before(&self, offset: usize) -> u32 {
        let known = self.characters.get(offset / STEP).copied();
        let from = if known.is_some() { offset - offset % STEP } else { 0 };
        known.unwrap_or(0) + characters_in(&self.text.as_bytes()[from..offset])
    }

    /// The byte range of a line counted from one, without its terminator; empty past the end.
    pub fn line_span(&self, line: u32) -> Span {
        let at = |i: u32| self.line_starts.get(i as usize).map_or(self.text.len(), |&s| s as usize);
        let start = at(line.saturating_sub(1));
        let whole = &self.text[start..at(line).max(start)];
        Span::new(start, start + whole.trim_end_matches(['\n', '\r']).len())
    }

    /// The text of a line counted from one, without its terminator.
    pub fn line_text(&self, line: u32) -> &str {
        self.slice(self.line_span(line))
    }

    /// The text of a span; empty where the span does not fit the text.
    pub fn slice(&self, span: Span) -> &str {
        self.text.get(span.range()).unwrap_or("")
    }

    /// The white space at the start of the line that `offset` stands on.
    pub fn indentation(&self, offset: u32) -> &str {
        let line = self.line_text(self.line(offset));
        &line[..line.len() - line.trim_start_matches([' ', '\t']).len()]
    }

    /// The line terminator that the text uses: that of its first line, `\n` when it has none.
    pub fn newline(&self) -> &'static str {
        match self.text.find('\n') {
            Some(i) if self.text[..i].ends_with('\r') => "\r\n",
            _ => "\n",
        }
    }
}

/// How many characters begin in a part of a text.
fn characters_in(bytes: &[u8]) -> u32 {
    bytes.iter().filter(|&&b| b & 0xC0 != 0x80).count() as u32
}

fn decode(bytes: &[u8]) -> (String, bool) {
    let mut text = String::with_capacity(bytes.len());
    let mut lossy = false;
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        for _ in chunk.invalid() {
            text.push('?');
            lossy = true;
        }
    }
    (text, lossy)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offsets_survive_decoding() {
        let source = Source::new(b"a\xff\xfeb\r\nc\xc3\xa9d\n");
        assert_eq!(source.text(), "a??b\r\nc\u{e9}d\n");
        assert!(source.is_lossy());
        assert_eq!((source.line(6), source.column(9)), (2, 3));
        assert_eq!(source.line_text(1), "a??b");
        assert_eq!((source.line_count(), source.newline()), (2, "\r\n"));
    }

    /// Reports of minified files took minutes, since each place was counted from the start of its line.
    #[test]
    fn columns_of_long_lines_are_those_of_counting() {
        let line = "aä€😀".repeat(700);
        let text = format!("short\n{line}\n{line}");
        let source = Source::new(text.as_bytes());
        for (start, part) in [(6, &line), (7 + line.len(), &line)] {
            for (column, (at, _)) in part.char_indices().enumerate() {
                assert_eq!(source.column((start + at) as u32) as usize, column + 1, "{at}");
            }
        }
        // At the end, where the text is as long as a multiple of the step, and beyond it.
        let whole = Source::new("é".repeat(STEP).as_bytes());
        for beyond in [2 * STEP, 2 * STEP + 1, 1 << 30] {
            assert_eq!(whole.column(beyond as u32) as usize, STEP + 1);
        }
    }

    #[test]
    fn empty_text_has_no_line() {
        let source = Source::new(b"");
        assert_eq!((source.line_count(), source.line(0), source.line_text(1), source.line_text(9)), (0, 1, "", ""));
    }
}
