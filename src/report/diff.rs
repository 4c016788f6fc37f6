//! Unified diffs that `git apply` and `patch` accept.

use std::fmt::Write;

use similar::{Algorithm, DiffOp, DiffTag, capture_diff_slices, group_diff_ops};

/// Lines of unchanged text around a change.
const CONTEXT: usize = 3;

/// Above this many lines on both sides between the first and the last difference, the whole stretch counts as replaced:
/// a search for the shortest difference would take a time that grows with the square of it.
const SEARCHED_LINES: usize = 4_000;

/// The unified diff of a file's text before and after, with `a/` and `b/` paths quoted as git quotes them; empty for
/// equal texts. Lines end at a line feed alone, as git has it, so that lone carriage returns stay inside their line.
pub fn unified(path: &str, old: &str, new: &str) -> String {
    if old == new {
        return String::new();
    }
    let old_lines: Vec<&str> = old.split_inclusive('\n').collect();
    let new_lines: Vec<&str> = new.split_inclusive('\n').collect();
    let mut out = format!("--- {}\n+++ {}\n", header_name("a/", path), header_name("b/", path));
    for group in group_diff_ops(operations(&old_lines, &new_lines), CONTEXT) {
        hunk(&mut out, &group, &old_lines, &new_lines);
    }
    out
}

/// What turns the old lines into the new ones, with the common beginning and end taken off first.
fn operations(old: &[&str], new: &[&str]) -> Vec<DiffOp> {
    let prefix = old.iter().zip(new).take_while(|(a, b)| a == b).count();
    let (old_rest, new_rest) = (old.get(prefix..).unwrap_or(&[]), new.get(prefix..).unwrap_or(&[]));
    let suffix = old_rest.iter().rev().zip(new_rest.iter().rev()).take_while(|(a, b)| a == b).count();
    let (old_len, new_len) = (old_rest.len() - suffix, new_rest.len() - suffix);
    if old_len + new_len <= SEARCHED_LINES {
        return capture_diff_slices(Algorithm::Myers, old, new);
    }
    vec![
        DiffOp::Equal { old_index: 0, new_index: 0, len: prefix },
        DiffOp::Replace { old_index: prefix, old_len, new_index: prefix, new_len },
        DiffOp::Equal { old_index: prefix + old_len, new_index: prefix + new_len, len: suffix },
    ]
}

fn hunk(out: &mut String, group: &[DiffOp], old: &[&str], new: &[&str]) {
    let (Some(first), Some(last)) = (group.first(), group.last()) else { return };
    let old_range = first.old_range().start..last.old_range().end;
    let new_range = first.new_range().start..last.new_range().end;
    let _ = writeln!(out, "@@ -{} +{} @@", range(&old_range), range(&new_range));
    for op in group {
        let (tag, from, to) = op.as_tag_tuple();
        if tag == DiffTag::Equal {
            lines(out, ' ', old.get(from).unwrap_or(&[]));
        } else {
            lines(out, '-', old.get(from).unwrap_or(&[]));
            lines(out, '+', new.get(to).unwrap_or(&[]));
        }
    }
}

/// A hunk's range as diffs write it: from one, without a length of one; an empty range names the line before it.
fn range(lines: &std::ops::Range<usize>) -> String {
    match lines.len() {
        0 => format!("{},0", lines.start),
        1 => format!("{}", lines.start + 1),
        length => format!("{},{length}", lines.start + 1),
    }
}

fn lines(out: &mut String, sign: char, lines: &[&str]) {
    for line in lines {
        out.push(sign);
        out.push_str(line);
        if !line.ends_with('\n') {
            out.push_str("\n\\ No newline at end of file\n");
        }
    }
}

/// A file name as git writes it into a diff's header: in C quotes where it holds anything but printable ASCII, and with
/// a tab after it where it holds a space, which would otherwise end it.
fn header_name(prefix: &str, path: &str) -> String {
    let odd = |b: u8| !(0x20..0x7f).contains(&b) || b == b'"' || b == b'\\';
    if !path.bytes().any(odd) {
        let end = if path.contains(' ') { "\t" } else { "" };
        return format!("{prefix}{path}{end}");
    }
    let mut out = format!("\"{prefix}");
    for b in path.bytes() {
        match b {
            b'"' => out.push_str("\\\""),
            b'\\' => out.push_str("\\\\"),
            7 => out.push_str("\\a"),
            8 => out.push_str("\\b"),
            b'\t' => out.push_str("\\t"),
            b'\n' => out.push_str("\\n"),
            11 => out.push_str("\\v"),
            12 => out.push_str("\\f"),
            b'\r' => out.push_str("\\r"),
            b if odd(b) => {
                let _ = write!(out, "\\{b:03o}");
            }
            b => out.push(char::from(b)),
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_in_the_middle_keeps_three_lines_around_it() {
        let old = "1\n2\n3\n4\n5\n6\n7\n8\n9\n";
        assert_eq!(
            unified("a.py", old, &old.replace('5', "five\nand")),
            "--- a/a.py\n+++ b/a.py\n@@ -2,7 +2,8 @@\n 2\n 3\n 4\n-5\n+five\n+and\n 6\n 7\n 8\n"
        );
        assert_eq!(unified("a.py", old, old), "");
    }

    #[test]
    fn a_missing_line_feed_at_the_end_is_said() {
        let expected = "--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n\\ No newline at end of file\n+a\n";
        assert_eq!(unified("x", "a", "a\n"), expected);
        assert_eq!(unified("x", "", "a"), "--- a/x\n+++ b/x\n@@ -0,0 +1 @@\n+a\n\\ No newline at end of file\n");
    }

    #[test]
    fn odd_names_are_quoted_as_git_does() {
        assert_eq!(header_name("a/", "with space.py"), "a/with space.py\t");
        assert_eq!(header_name("b/", "é\"\n\u{1}.py"), "\"b/\\303\\251\\\"\\n\\001.py\"");
    }

    #[test]
    fn a_text_that_changes_everywhere_is_replaced_as_a_whole() {
        let old: String = (0..9_000).map(|i| format!("{i}\n")).collect();
        let new: String = (0..9_000).map(|i| format!("{}\n", i * 7 + 100_000)).collect();
        let diff = unified("x", &format!("same\n{old}end\n"), &format!("same\n{new}end\n"));
        assert!(diff.starts_with("--- a/x\n+++ b/x\n@@ -1,9002 +1,9002 @@\n same\n-0\n"));
        assert!(diff.ends_with("+162993\n end\n"));
    }
}
