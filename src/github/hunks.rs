//! Which lines of a pull request can carry a comment: those that its diff shows, with their context.
//!
//! The diff is taken from GitHub's list of files, not computed here: what counts is what GitHub itself will accept, and one
//! comment outside makes it refuse a whole review.

use std::collections::BTreeMap;

/// A run of lines at the head that the diff shows, from one, both ends included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lines {
    /// The first.
    pub first: u32,
    /// The last.
    pub last: u32,
}

impl Lines {
    /// Whether all of another run is in this one.
    pub fn contains(&self, other: Lines) -> bool {
        self.first <= other.first && other.last <= self.last
    }

    /// How many lines away a line is.
    fn distance(&self, line: u32) -> u32 {
        if line < self.first { self.first - line } else { line.saturating_sub(self.last) }
    }
}

/// The files of a pull request with the lines that can carry comments; none where GitHub shows no diff of a file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Hunks {
    files: BTreeMap<String, Vec<Lines>>,
}

impl Hunks {
    /// Adds a file with its diff, where there is one.
    pub fn add(&mut self, path: String, patch: Option<&str>) {
        let hunks = patch.unwrap_or_default().lines().filter_map(new_side).collect();
        self.files.insert(path, hunks);
    }

    /// Whether the pull request changes this file.
    pub fn has(&self, path: &str) -> bool {
        self.files.contains_key(path)
    }

    /// Whether one hunk of a file shows all these lines.
    pub fn show(&self, path: &str, lines: Lines) -> bool {
        self.files.get(path).is_some_and(|hunks| hunks.iter().any(|hunk| hunk.contains(lines)))
    }

    /// The shown line of a file that is nearest to a line, if it is at most `most` lines away.
    pub fn nearest(&self, path: &str, line: u32, most: u32) -> Option<u32> {
        let hunk = self.files.get(path)?.iter().min_by_key(|hunk| hunk.distance(line))?;
        (hunk.distance(line) <= most).then(|| line.clamp(hunk.first, hunk.last))
    }
}

/// The lines of the new side of a hunk, from its head: `@@ -1,2 +3,4 @@`.
fn new_side(line: &str) -> Option<Lines> {
    let (ranges, _) = line.strip_prefix("@@ -")?.split_once(" @@")?;
    let (_, new) = ranges.split_once(" +")?;
    let (first, count) = new.split_once(',').unwrap_or((new, "1"));
    let (first, count): (u32, u32) = (first.parse().ok()?, count.parse().ok()?);
    let last = first.checked_add(count.checked_sub(1)?)?;
    (first > 0).then_some(Lines { first, last })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hunks() -> Hunks {
        let mut hunks = Hunks::default();
        hunks.add(
            "a.py".into(),
            Some("@@ -1,3 +1,4 @@ def f():\n x\n+y\n@@ -20 +21,5 @@\n+z\n@@ -40,2 +46,0 @@\n-gone"),
        );
        hunks.add("large.py".into(), None);
        hunks
    }

    #[test]
    fn comments_stay_within_one_hunk() {
        let show = |first, last| hunks().show("a.py", Lines { first, last });
        assert!(show(1, 4) && show(21, 25) && show(23, 23));
        assert!(!show(4, 5) && !show(3, 22) && !show(46, 46) && !show(0, 1));
        assert!(!hunks().show("b.py", Lines { first: 1, last: 1 }));
    }

    #[test]
    fn the_nearest_line_is_not_far() {
        let nearest = |line| hunks().nearest("a.py", line, 5);
        assert_eq!([2, 8, 17, 30, 31, 12].map(nearest), [Some(2), Some(4), Some(21), Some(25), None, None]);
        assert!(hunks().has("large.py") && hunks().nearest("large.py", 1, 5).is_none());
    }

    #[test]
    fn nonsense_is_no_hunk() {
        for line in [
            "@@ -1 +99999999999 @@",
            "@@ -1 +0,3 @@",
            "@@ -1 +4294967295,9 @@",
            "@@ x @@",
            "@@ -1 +a,b @@",
            "+@@ -1 +1 @@",
        ] {
            assert_eq!(new_side(line), None, "{line}");
        }
    }
}
