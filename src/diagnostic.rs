//! What is wrong with a file of settings or rules, and where: collected while it is read, rendered like a compiler's errors.

use std::fmt;
use std::ops::Range;

use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet};

/// One thing that is wrong with a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// Line, from one.
    pub line: u32,
    /// Column, from one, in characters.
    pub column: u32,
    /// The bytes of the text that are wrong; empty where only a position is known.
    pub span: Range<usize>,
    /// What is wrong: one clause, without a full stop.
    pub message: String,
    /// What to write instead, or why it is an error.
    pub help: Option<String>,
    /// Another place that belongs to it, with a label: the first of two equal keys.
    pub related: Option<(Range<usize>, String)>,
    /// What it means for the file.
    pub severity: Severity,
}

impl Diagnostic {
    pub(crate) fn new(text: &str, span: Range<usize>, message: impl Into<String>) -> Diagnostic {
        let span = clip_span(text, span);
        let (line, column) = position(text, span.start);
        Diagnostic { line, column, span, message: message.into(), help: None, related: None, severity: Severity::Error }
    }

    pub(crate) fn related(mut self, span: Range<usize>, label: impl Into<String>) -> Diagnostic {
        self.related = Some((span, label.into()));
        self
    }
}

/// What a diagnostic means for its file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Severity {
    /// It cannot be used.
    #[default]
    Error,
    /// It can be used all the same.
    Warning,
    /// Nothing is wrong.
    Note,
}

/// What is wrong with a file: everything that was found, in the order of the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileError {
    /// The file's name as it was given.
    pub file: String,
    /// The errors; never empty.
    pub diagnostics: Vec<Diagnostic>,
    /// The errors that were left out because there were too many.
    pub omitted: usize,
    /// Where another file names this one.
    extended_at: Option<String>,
    text: String,
}

/// Of longer texts no excerpt is kept; readers refuse them.
pub(crate) const MAX_TEXT: usize = 256 * 1024;
/// Longer lines are cut for display.
const MAX_EXCERPT: usize = 16 * 1024;

impl FileError {
    pub(crate) fn new(file: &str, text: &str, mut diagnostics: Vec<Diagnostic>, omitted: usize) -> FileError {
        diagnostics.sort_by(|a, b| (a.span.start, a.span.end, &a.message).cmp(&(b.span.start, b.span.end, &b.message)));
        // The same anchored node can be read through several aliases.
        diagnostics.dedup();
        let text = if text.len() > MAX_TEXT { String::new() } else { text.to_owned() };
        FileError { file: file.to_owned(), diagnostics, omitted, extended_at: None, text }
    }

    /// The same, with the place where another file names this one: `.tempergate.yml:2`.
    pub(crate) fn extended_at(mut self, place: Option<&str>) -> FileError {
        self.extended_at = place.map(str::to_owned);
        self
    }

    /// All errors with file, line, column, the line of the text with a caret, and help. Lines end in `\n`; control
    /// characters of the text are not passed on.
    pub fn render(&self, color: bool) -> String {
        let renderer = if color { Renderer::styled() } else { Renderer::plain() };
        let mut out = String::new();
        for diagnostic in &self.diagnostics {
            out.push_str(&self.render_one(&renderer, diagnostic));
            out.push_str("\n\n");
        }
        if self.omitted > 0 {
            out.push_str(&format!("… and {} more errors\n", self.omitted));
        } else if out.ends_with("\n\n") {
            out.pop();
        }
        if let Some(place) = &self.extended_at {
            out.push_str(&format!("\nnote: {} is extended at {}\n", clean(&self.file), clean(place)));
        }
        out
    }

    fn render_one(&self, renderer: &Renderer, diagnostic: &Diagnostic) -> String {
        let file = clean(&self.file);
        let related = diagnostic.related.as_ref().filter(|(span, _)| span.start < self.text.len());
        let first = related.map_or(diagnostic.span.start, |(span, _)| span.start.min(diagnostic.span.start));
        let last = related.map_or(diagnostic.span.end, |(span, _)| span.end.max(diagnostic.span.end));
        let (start, end) = lines_around(&self.text, first, last);
        let (first_line, _) = position(&self.text, start);
        let excerpt: String = self.text.get(start..end).unwrap_or_default().chars().map(stand_in).collect();
        let within = |span: &Range<usize>| {
            let from = span.start.saturating_sub(start).min(excerpt.len());
            from..span.end.saturating_sub(start).clamp(from, excerpt.len())
        };
        let mut snippet = Snippet::source(excerpt.as_str())
            .line_start(first_line as usize)
            .path(file.as_str())
            .annotation(AnnotationKind::Primary.span(within(&diagnostic.span)));
        if let Some((span, label)) = related {
            snippet = snippet.annotation(AnnotationKind::Context.span(within(span)).label(label.as_str()));
        }
        let level = match diagnostic.severity {
            Severity::Error => Level::ERROR,
            Severity::Warning => Level::WARNING,
            Severity::Note => Level::NOTE,
        };
        let mut group = level.primary_title(diagnostic.message.as_str()).element(snippet);
        if let Some(help) = &diagnostic.help {
            group = group.element(Level::HELP.message(help.as_str()));
        }
        renderer.render(&[group])
    }
}

impl fmt::Display for FileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.render(false).trim_end())
    }
}

impl std::error::Error for FileError {}

/// Whole lines around a range, cut where they are very long.
fn lines_around(text: &str, first: usize, last: usize) -> (usize, usize) {
    let span = clip_span(text, first..last);
    let start = text.get(..span.start).and_then(|before| before.rfind('\n')).map_or(0, |at| at + 1);
    let end = text.get(span.end..).and_then(|after| after.find('\n')).map_or(text.len(), |at| span.end + at);
    let cut = clip_span(
        text,
        start.max(span.start.saturating_sub(MAX_EXCERPT))..end.min(span.end.saturating_add(MAX_EXCERPT)),
    );
    (cut.start, cut.end)
}

/// Line and column (both from one, column in characters) of a byte.
pub(crate) fn position(text: &str, at: usize) -> (u32, u32) {
    let before = text.get(..at).unwrap_or(text);
    let line = before.bytes().filter(|b| *b == b'\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    (u32::try_from(line).unwrap_or(u32::MAX), u32::try_from(column).unwrap_or(u32::MAX))
}

/// A range inside the text, at character boundaries.
pub(crate) fn clip_span(text: &str, span: Range<usize>) -> Range<usize> {
    let mut start = span.start.min(text.len());
    while !text.is_char_boundary(start) {
        start -= 1;
    }
    let mut end = span.end.clamp(start, text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    start..end.max(start)
}

/// Text of the file as it may stand in a message: one line, no control characters, not long.
pub(crate) fn clip(text: &str) -> String {
    const MAX_CHARS: usize = 80;
    let mut out = clean(text);
    if let Some((at, _)) = out.char_indices().nth(MAX_CHARS) {
        out.truncate(at);
        out.push('…');
    }
    out
}

/// One line without control characters.
pub(crate) fn clean(text: &str) -> String {
    text.chars().map(|c| if hidden(c) || c == '\n' { '\u{fffd}' } else { c }).collect()
}

/// A visible character with as many bytes in the place of a hidden one, so that offsets stay right.
fn stand_in(c: char) -> char {
    match (hidden(c), c.len_utf8()) {
        (false, _) => c,
        (true, 1) => '?',
        (true, 2) => '\u{b7}',
        (true, _) => '\u{fffd}',
    }
}

/// Characters that change how a terminal shows the text around them.
fn hidden(c: char) -> bool {
    (c.is_control() && c != '\n' && c != '\t')
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

/// The candidate that was probably meant, if one is near enough.
pub(crate) fn suggest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    const MAX_CHARS: usize = 64;
    let word: String = word.chars().take(MAX_CHARS + 1).collect::<String>().to_lowercase().replace(['_', ' '], "-");
    let length = word.chars().count();
    if length > MAX_CHARS {
        return None;
    }
    let near = |candidate: &&'a str| {
        let distance = edit_distance(&word, candidate);
        (distance <= length.max(3) / 3).then_some(distance)
    };
    candidates.into_iter().filter_map(|c| near(&c).map(|d| (d, c))).min().map(|(_, candidate)| candidate)
}

/// Insertions, deletions, replacements and swaps of neighbours that make `b` of `a`.
fn edit_distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut before_last: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=b.len()).collect();
    let mut previous_char = None;
    for (i, ca) in a.chars().enumerate() {
        let mut row = vec![i + 1];
        for (j, cb) in b.iter().enumerate() {
            let at = |row: &[usize], j: usize| row.get(j).copied().unwrap_or(usize::MAX - 1);
            let replaced = at(&last, j) + usize::from(ca != *cb);
            let mut best = replaced.min(at(&last, j + 1) + 1).min(at(&row, j) + 1);
            let swapped = j > 0 && previous_char == Some(*cb) && b.get(j - 1) == Some(&ca);
            if swapped {
                best = best.min(at(&before_last, j - 1).saturating_add(1));
            }
            row.push(best);
        }
        before_last = std::mem::replace(&mut last, row);
        previous_char = Some(ca);
    }
    last.last().copied().unwrap_or_default()
}
