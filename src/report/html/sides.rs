//! A unified diff as two columns, the old text and the new, with the lines that belong together in the same row.

use serde::Serialize;
use similar::{Algorithm, DiffTag, capture_diff_slices};

use super::shown::{Piece, Shown, pieces};
use crate::report::patch::{self, Kind};

/// Characters that two lines have in common between two differences, and that are marked with them: marks of single words
/// with gaps would scatter.
const SCATTERED: usize = 2;

/// The two columns of a diff.
#[derive(Debug, Default, Serialize)]
pub struct Sides {
    /// The stretches that differ, with a few lines around each.
    pub hunks: Vec<Hunk>,
    /// Lines of the diff that are not shown.
    pub left_out: usize,
}

/// A stretch; both columns have the same number of rows.
#[derive(Debug, Serialize)]
pub struct Hunk {
    /// The line it begins at in the old text.
    pub old_line: u32,
    /// The line it begins at in the new text.
    pub new_line: u32,
    /// The old text.
    pub old: Vec<Row>,
    /// The new text.
    pub new: Vec<Row>,
}

/// A row of one column.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Row {
    /// `same`, `removed`, `added`; `note` about the row before; `none` where the other column alone has a line.
    pub kind: &'static str,
    /// The line's number; absent for notes and where there is none.
    pub number: Option<u32>,
    /// The text, with what differs from the other column marked.
    pub pieces: Vec<Piece>,
}

/// Rows still free on the page, which diffs share.
#[derive(Debug)]
pub struct Room(pub usize);

/// The columns of a diff, of which at most `most` lines are shown, and no more than there is room for.
pub fn of(diff: &str, most: usize, room: &mut Room) -> Sides {
    let total = diff.split_terminator('\n').count();
    let shown = total.min(most).min(room.0);
    room.0 -= shown;
    let end = diff.match_indices('\n').nth(shown.saturating_sub(1)).map_or(diff.len(), |(at, _)| at);
    let mut builder = Builder::default();
    let diff = if shown == 0 { "" } else { diff.get(..end).unwrap_or("") };
    for (kind, line) in patch::lines(diff) {
        builder.line(kind, &line);
    }
    builder.pair();
    Sides { hunks: builder.hunks, left_out: total - shown }
}

#[derive(Default)]
struct Builder {
    hunks: Vec<Hunk>,
    /// The next line numbers.
    old: u32,
    new: u32,
    /// Lines of a change that are not in rows yet.
    removed: Vec<String>,
    added: Vec<String>,
}

impl Builder {
    fn line(&mut self, kind: Kind, line: &str) {
        match kind {
            Kind::Removed => return self.removed.push(line.to_owned()),
            Kind::Added => return self.added.push(line.to_owned()),
            Kind::Header | Kind::Place | Kind::Context => self.pair(),
        }
        match kind {
            Kind::Place => {
                (self.old, self.new) = starts(line);
                let hunk = Hunk { old_line: self.old, new_line: self.new, old: Vec::new(), new: Vec::new() };
                self.hunks.push(hunk);
            }
            Kind::Context => {
                let (old, new) = (row("same", line, &mut self.old, None), row("same", line, &mut self.new, None));
                self.push(old, new);
            }
            Kind::Header | Kind::Removed | Kind::Added => {}
        }
    }

    /// Puts the waiting lines side by side.
    fn pair(&mut self) {
        let (removed, added) = (std::mem::take(&mut self.removed), std::mem::take(&mut self.added));
        for at in 0..removed.len().max(added.len()) {
            let (old, new) = (removed.get(at), added.get(at));
            let both = old.zip(new).and_then(|(old, new)| differing(text_of(old), text_of(new)));
            let (old_parts, new_parts) = both.unzip();
            let old_row = old.map_or(NONE, |line| row("removed", line, &mut self.old, old_parts));
            let new_row = new.map_or(NONE, |line| row("added", line, &mut self.new, new_parts));
            self.push(old_row, new_row);
        }
    }

    fn push(&mut self, old: Row, new: Row) {
        if let Some(hunk) = self.hunks.last_mut() {
            hunk.old.push(old);
            hunk.new.push(new);
        }
    }
}

const NONE: Row = Row { kind: "none", number: None, pieces: Vec::new() };

/// A line of the diff as a row, with its text in the pieces given, or in one.
fn row(kind: &'static str, line: &str, number: &mut u32, parts: Option<Vec<Piece>>) -> Row {
    if let Some(note) = line.strip_prefix('\\') {
        let note = Piece { marked: false, text: Shown::brief(note.trim(), 100) };
        return Row { kind: "note", number: None, pieces: vec![note] };
    }
    let row = Row { kind, number: Some(*number), pieces: parts.unwrap_or_else(|| pieces([(false, text_of(line))])) };
    *number = number.saturating_add(1);
    row
}

/// A line of a diff without its sign.
fn text_of(line: &str) -> &str {
    line.get(1..).unwrap_or("")
}

/// Two lines with the words marked in which they differ; nothing where they have so little in common that marks would only
/// disturb.
fn differing(old: &str, new: &str) -> Option<(Vec<Piece>, Vec<Piece>)> {
    let (old_words, new_words) = (words(old), words(new));
    let operations = capture_diff_slices(Algorithm::Myers, &old_words, &new_words);
    let mut common = 0;
    let mut parts: Vec<(bool, String, String)> = Vec::new();
    for (at, operation) in operations.iter().enumerate() {
        let (tag, from, to) = operation.as_tag_tuple();
        let (from, to) = (old_words.get(from).unwrap_or(&[]).concat(), new_words.get(to).unwrap_or(&[]).concat());
        let same = tag == DiffTag::Equal;
        common += if same { from.trim().len() } else { 0 };
        let between = at > 0 && at + 1 < operations.len();
        let marked = !same || (between && from.len() <= SCATTERED);
        match parts.last_mut() {
            Some(last) if last.0 == marked => {
                last.1.push_str(&from);
                last.2.push_str(&to);
            }
            _ => parts.push((marked, from, to)),
        }
    }
    let longer = old.trim().len().max(new.trim().len());
    let side =
        |text: fn(&(bool, String, String)) -> &str| parts.iter().flat_map(|p| pieces([(p.0, text(p))])).collect();
    (common * 3 >= longer).then(|| (side(|p| &p.1), side(|p| &p.2)))
}

/// A line as words and single other characters.
fn words(line: &str) -> Vec<&str> {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let mut out = Vec::new();
    let mut rest = line;
    while let Some(first) = rest.chars().next() {
        let end = if is_word(first) { rest.find(|c| !is_word(c)).unwrap_or(rest.len()) } else { first.len_utf8() };
        let (word, after) = rest.split_at_checked(end).unwrap_or((rest, ""));
        out.push(word);
        rest = after;
    }
    out
}

/// The first line numbers of `@@ -1,6 +1,7 @@`; of an empty range, which names the line before it, the next one's.
fn starts(place: &str) -> (u32, u32) {
    let start = |sign: char| {
        let range = place.split(' ').find_map(|word| word.strip_prefix(sign)).unwrap_or("");
        let (first, length) = range.split_once(',').unwrap_or((range, "1"));
        let first: u32 = first.parse().unwrap_or(0);
        if length == "0" { first.saturating_add(1) } else { first }
    };
    (start('-'), start('+'))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use proptest::prelude::*;

    use super::*;
    use crate::report::diff::unified;

    fn shown(rows: &[Row]) -> Vec<String> {
        let text = |row: &Row| -> String {
            let piece = |p: &Piece| match p.marked {
                true => format!("[{}]", p.text.as_str()),
                false => p.text.as_str().to_owned(),
            };
            row.pieces.iter().map(piece).collect()
        };
        let number = |row: &Row| row.number.map(|n| n.to_string()).unwrap_or_default();
        rows.iter().map(|row| format!("{} {} {}", row.kind, number(row), text(row))).collect()
    }

    fn sides(old: &str, new: &str) -> Sides {
        of(&unified("a.py", old, new), 1_000, &mut Room(1_000))
    }

    #[test]
    fn lines_that_belong_together_stand_side_by_side() {
        let sides = sides("import os\nx = md5(a)\nend\n", "import os\nimport hmac\nx = sha256(a)\nend\n");
        let [hunk] = &sides.hunks[..] else { panic!("{sides:?}") };
        assert_eq!(shown(&hunk.old), ["same 1 import os", "removed 2 x = md5(a)", "none  ", "same 3 end"]);
        assert_eq!(
            shown(&hunk.new),
            ["same 1 import os", "added 2 import hmac", "added 3 x = sha256(a)", "same 4 end"]
        );
        assert_eq!((hunk.old_line, hunk.new_line, sides.left_out), (1, 1, 0));
    }

    #[test]
    fn what_differs_in_a_line_is_marked() {
        let sides = sides("call(a, verify=False)", "call(a, verify=True)");
        assert_eq!(
            shown(&sides.hunks[0].old),
            ["removed 1 call(a, verify=[False])", "note  No newline at end of file"]
        );
        assert_eq!(shown(&sides.hunks[0].new), ["added 1 call(a, verify=[True])", "note  No newline at end of file"]);
    }

    #[test]
    fn a_long_diff_is_cut_and_says_so() {
        let diff = unified("a.py", &"old\n".repeat(5_000), &"new\n".repeat(5_000));
        let mut room = Room(150);
        let first = of(&diff, 100, &mut room);
        assert_eq!((first.hunks[0].old.len(), first.left_out, room.0), (97, 10_003 - 100, 50));
        let second = of(&diff, 100, &mut room);
        assert_eq!((second.left_out, room.0), (10_003 - 50, 0));
        let third = of(&diff, 100, &mut room);
        assert_eq!((third.hunks.len(), third.left_out), (0, 10_003));
    }

    proptest! {
        #[test]
        fn any_diff_gives_columns_of_equal_length(old in "[ab\r\né\u{202e}]{0,40}", new in "[ab\r\né\u{202e}]{0,40}", junk in "[-+@ \\\\0-9,\na]{0,60}") {
            for diff in [unified("x", &old, &new), junk] {
                for hunk in of(&diff, 1_000, &mut Room(1_000)).hunks {
                    prop_assert_eq!(hunk.old.len(), hunk.new.len());
                }
            }
        }

        #[test]
        fn numbers_count_the_lines_of_both_texts(old in "([ab]\n){0,12}", new in "([ab]\n){0,12}") {
            for hunk in sides(&old, &new).hunks {
                for (rows, text) in [(&hunk.old, &old), (&hunk.new, &new)] {
                    for row in rows.iter().filter(|row| row.kind != "none") {
                        let line = text.lines().nth(row.number.unwrap() as usize - 1);
                        let shown: String = row.pieces.iter().map(|p| p.text.as_str()).collect();
                        prop_assert_eq!(line, Some(shown.as_str()));
                    }
                }
            }
        }
    }
}
