//! A unified diff as it is shown: hidden characters visible, long lines cut around the change.

use super::text::{floor_boundary, visible_code};

/// Characters of a line that are shown.
const SHOWN: usize = 200;

/// Characters before the first difference that stay, where a line is cut.
const BEFORE: usize = 60;

/// What a line of a diff is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A file's name.
    Header,
    /// The place of a hunk.
    Place,
    /// In both texts.
    Context,
    /// In the old text only.
    Removed,
    /// In the new text only.
    Added,
}

/// The lines of a diff, ready to be shown, without line terminators.
pub fn lines(diff: &str) -> Vec<(Kind, String)> {
    let lines: Vec<&str> = diff.split_terminator('\n').collect();
    let crlf = ends_with_returns(&lines);
    let mut out = Vec::with_capacity(lines.len());
    let mut in_hunk = false;
    while let Some(&line) = lines.get(out.len()) {
        let at = out.len();
        in_hunk |= line.starts_with("@@");
        let removed = run(&lines, at, '-', in_hunk);
        let added = run(&lines, at + removed, '+', in_hunk);
        if removed + added == 0 {
            let kind = match in_hunk {
                false => Kind::Header,
                true if line.starts_with("@@") => Kind::Place,
                true => Kind::Context,
            };
            out.push((kind, cut(line, 0, crlf)));
        }
        for i in 0..removed + added {
            let (Some(&line), kind) = (lines.get(at + i), if i < removed { Kind::Removed } else { Kind::Added }) else {
                break;
            };
            let partner = match kind {
                Kind::Removed if i < added => lines.get(at + removed + i),
                Kind::Added if i - removed < removed => lines.get(at + i - removed),
                _ => None,
            };
            out.push((kind, cut(line, partner.map_or(0, |other| common_prefix(line, other)), crlf)));
        }
    }
    out
}

/// The number of lines from `at` with this sign, and of notes on them (`\ No newline at end of file`).
fn run(lines: &[&str], at: usize, sign: char, in_hunk: bool) -> usize {
    if !in_hunk || !lines.get(at).is_some_and(|line| line.starts_with(sign)) {
        return 0;
    }
    lines.iter().skip(at).take_while(|line| line.starts_with([sign, '\\'])).count()
}

/// Whether every line of code ends with a carriage return; then it is the file's way of ending lines, and not shown.
fn ends_with_returns(lines: &[&str]) -> bool {
    let mut code = lines.iter().skip_while(|line| !line.starts_with("@@")).filter(|l| l.starts_with([' ', '+', '-']));
    let mut any = false;
    code.all(|line| {
        any = true;
        line.ends_with('\r')
    }) && any
}

/// Bytes that two lines have in common after their sign.
fn common_prefix(a: &str, b: &str) -> usize {
    a.bytes().skip(1).zip(b.bytes().skip(1)).take_while(|(x, y)| x == y).count()
}

/// At most [`SHOWN`] characters of a line, beginning shortly before the byte `from` of its text if it is longer.
fn cut(line: &str, from: usize, crlf: bool) -> String {
    let line = if crlf { line.strip_suffix('\r').unwrap_or(line) } else { line };
    if line.chars().nth(SHOWN).is_none() {
        return visible_code(line).into_owned();
    }
    let sign = line.get(..1).unwrap_or("");
    let rest = line.get(sign.len()..).unwrap_or("");
    let start = floor_boundary(rest, from);
    let head = rest.get(..start).unwrap_or("");
    let start = head.char_indices().rev().nth(BEFORE).map_or(0, |(at, c)| at + c.len_utf8());
    let window = rest.get(start..).unwrap_or("");
    let end = window.char_indices().nth(SHOWN).map_or(window.len(), |(at, _)| at);
    let before = if start > 0 { "…" } else { "" };
    let after = if end < window.len() { "…" } else { "" };
    format!("{sign}{before}{}{after}", visible_code(window.get(..end).unwrap_or("")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(diff: &str) -> String {
        lines(diff).into_iter().map(|(_, line)| line + "\n").collect()
    }

    #[test]
    fn long_lines_are_cut_at_the_change() {
        let line = |middle: &str| format!("{}{middle}{}", "x".repeat(50_000), "y".repeat(50_000));
        let out = plain(&crate::report::diff::unified("a.js", &line("eval(q)"), &line("parse(q)")));
        assert!(out.contains("xeval(q)y") && out.contains("xparse(q)y") && out.len() < 1_200, "{out}");
    }

    #[test]
    fn returns_are_shown_only_where_they_differ() {
        let all = plain(&crate::report::diff::unified("a", "1\r\n2\r\n", "1\r\n3\r\n"));
        assert!(!all.contains("U+000D"), "{all}");
        let some = plain(&crate::report::diff::unified("a", "1\r\n2\r\n", "1\r\n3\n"));
        assert!(some.contains("-2<U+000D>\n+3\n"), "{some}");
    }

    #[test]
    fn removed_lines_that_look_like_headers_are_code() {
        let kinds: Vec<Kind> =
            lines("--- a/x\n+++ b/x\n@@ -1 +1 @@\n--- y\n+++ z\n").into_iter().map(|l| l.0).collect();
        assert_eq!(kinds, [Kind::Header, Kind::Header, Kind::Place, Kind::Removed, Kind::Added]);
    }
}
