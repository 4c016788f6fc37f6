//! A verified fix as what GitHub calls a suggestion: lines that stand in the place of lines, to be committed with one click.

use super::hunks::Lines;
use crate::report::model::Fix;
use crate::report::text::is_hidden;

/// Lines in the place of lines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suggestion {
    /// The lines of the head that are replaced.
    pub lines: Lines,
    /// What stands there afterwards, without the last line end; `None` where the lines go away.
    pub text: Option<String>,
}

impl Suggestion {
    /// The block that GitHub shows with a button, in a fence that its text cannot close.
    pub fn block(&self) -> String {
        let text = self.text.as_ref().map(|text| format!("{text}\n")).unwrap_or_default();
        let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
        let fence = "`".repeat(longest.max(2) + 1);
        format!("{fence}suggestion\n{text}{fence}\n")
    }
}

/// The fix as one suggestion, read from its diff; `None` where it changes several places, begins a file, or has characters
/// that a reader would not see.
pub fn of(fix: &Fix) -> Option<Suggestion> {
    let mut hunks = hunks(&fix.diff);
    let hunk = hunks.pop().filter(|_| hunks.is_empty())?;
    let is_change = |line: &&str| line.starts_with(['-', '+']);
    let first = hunk.lines.iter().position(is_change)?;
    let last = hunk.lines.iter().rposition(is_change)?;
    let has_old =
        |from: usize, to: usize| hunk.lines.get(from..=to).is_some_and(|l| l.iter().any(|l| !l.starts_with('+')));
    // Lines that are only added are put beside one that stays, since something must be replaced.
    let (first, last) = match has_old(first, last) {
        true => (first, last),
        false if first > 0 => (first - 1, last),
        false => (first, last + 1),
    };
    let changed = hunk.lines.get(first..=last)?;
    let before = hunk.lines.get(..first)?.iter().filter(|line| !line.starts_with('+')).count();
    let removed = changed.iter().filter(|line| !line.starts_with('+')).count();
    let start = hunk.old_start.checked_add(u32::try_from(before).ok()?)?;
    let end = start.checked_add(u32::try_from(removed).ok()?)?.checked_sub(1).filter(|end| *end >= start)?;
    let new: Vec<&str> =
        changed.iter().filter(|line| !line.starts_with('-')).filter_map(|line| line.get(1..)).collect();
    let new: Vec<&str> = new.into_iter().map(|line| line.strip_suffix('\r').unwrap_or(line)).collect();
    if new.iter().any(|line| line.chars().any(|c| c != '\t' && is_hidden(c))) {
        return None;
    }
    Some(Suggestion { lines: Lines { first: start, last: end }, text: (!new.is_empty()).then(|| new.join("\n")) })
}

/// A hunk of a unified diff.
struct Hunk<'a> {
    old_start: u32,
    /// With their signs.
    lines: Vec<&'a str>,
}

fn hunks(diff: &str) -> Vec<Hunk<'_>> {
    let mut out: Vec<Hunk<'_>> = Vec::new();
    for line in diff.split_terminator('\n') {
        if let Some(old_start) = old_start(line) {
            out.push(Hunk { old_start, lines: Vec::new() });
        } else if let (Some(hunk), true) = (out.last_mut(), line.starts_with([' ', '-', '+'])) {
            hunk.lines.push(line);
        }
    }
    out
}

fn old_start(line: &str) -> Option<u32> {
    let (old, _) = line.strip_prefix("@@ -")?.split_once(' ')?;
    let (first, count) = old.split_once(',').unwrap_or((old, "1"));
    // An empty range names the line before it.
    first.parse::<u32>().ok().map(|first| if count == "0" { first + 1 } else { first })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::report::diff::unified;

    fn fix(old: &str, new: &str) -> Fix {
        Fix {
            strategy: "template".into(),
            fixer: "x".into(),
            description: String::new(),
            replacements: Vec::new(),
            diff: unified("a.py", old, new),
            verification: Default::default(),
            asked: None,
        }
    }

    /// What a text is after a suggestion was committed.
    fn commit(text: &str, suggestion: &Suggestion) -> String {
        let mut lines: Vec<&str> = text.split('\n').collect();
        let (first, last) = (suggestion.lines.first as usize - 1, suggestion.lines.last as usize);
        lines.splice(first..last, suggestion.text.iter().flat_map(|t| t.split('\n')));
        lines.join("\n")
    }

    #[test]
    fn committing_a_suggestion_gives_the_fixed_text() {
        let old = "1\n2\n3\n4\n5\n6\n7\n8\n9\n";
        for new in [
            "1\n2\n3\n4\nx\n6\n7\n8\n9\n",
            "1\n2\n3\n4\n6\n7\n8\n9\n",
            "1\n2\n3\n4\n5\nx\ny\n6\n7\n8\n9\n",
            "x\n1\n2\n3\n4\n5\n6\n7\n8\n9\n",
            "1\n2\n3\n4\n5\n6\n7\n8\n9\nx\n",
            "1\nx\n3\ny\n5\n6\n7\n8\n9\n",
            "1\n2\n3\n4\n\n6\n7\n8\n9\n",
        ] {
            let suggestion = of(&fix(old, new)).unwrap();
            assert_eq!(commit(old, &suggestion), new, "{suggestion:?}");
        }
    }

    #[test]
    fn only_what_fits_one_hunk_is_suggested() {
        let old: String = (1..40).map(|n| format!("{n}\n")).collect();
        assert_eq!(of(&fix(&old, &old.replace("\n2\n", "\nx\n").replace("\n30\n", "\ny\n"))), None);
        assert_eq!(of(&fix("", "x\n")), None);
        assert_eq!(of(&fix("a\n", "b\u{202e}\n")), None);
        assert_eq!(of(&fix("a\n", "a\n")), None);
    }

    #[test]
    fn returns_of_a_file_are_not_part_of_its_text() {
        let suggestion = of(&fix("a\r\nb\r\n", "a\r\nc\r\n")).unwrap();
        assert_eq!(suggestion, Suggestion { lines: Lines { first: 2, last: 2 }, text: Some("c".into()) });
    }

    #[test]
    fn a_fence_is_longer_than_any_inside() {
        let block = |text: &str| Suggestion { lines: Lines { first: 1, last: 1 }, text: Some(text.into()) }.block();
        assert_eq!(block("x"), "```suggestion\nx\n```\n");
        assert_eq!(block("````"), "`````suggestion\n````\n`````\n");
        let nothing = Suggestion { lines: Lines { first: 1, last: 1 }, text: None };
        assert_eq!(nothing.block(), "```suggestion\n```\n");
    }
}
