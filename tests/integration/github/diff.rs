//! The difference that a pull request shows, made by git itself.

use std::path::Path;
use std::process::Command;

/// One file of a difference.
pub struct FileDiff {
    /// The path in the head, or in the base where the file was removed.
    pub path: String,
    /// The path in the base, where it was another.
    pub previous: Option<String>,
    /// GitHub's word for what happened to the file.
    pub status: &'static str,
    /// The hunks as text; none for binary files.
    pub patch: Option<String>,
    /// Added lines.
    pub additions: u64,
    /// Removed lines.
    pub deletions: u64,
    hunks: Vec<Hunk>,
}

#[derive(Clone, Copy)]
struct Hunk {
    old: (u64, u64),
    new: (u64, u64),
}

/// The side of a difference that a line number belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// The base.
    Left,
    /// The head.
    Right,
}

impl FileDiff {
    /// Which hunk a line is in, context included.
    pub fn hunk_of(&self, line: u64, side: Side) -> Option<usize> {
        self.hunks.iter().position(|hunk| {
            let (start, length) = if side == Side::Left { hunk.old } else { hunk.new };
            (start..start + length).contains(&line)
        })
    }
}

/// Runs git in a repository and gives what it prints, without the last line break.
pub fn git(repository: &Path, arguments: &[&str]) -> Option<String> {
    let mut command = Command::new("git");
    for name in ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"] {
        command.env_remove(name);
    }
    command.env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_NOSYSTEM", "1").args(["-c", "safe.directory=*"]);
    let output = command.arg("-C").arg(repository).args(arguments).output().unwrap();
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim_end_matches('\n').to_owned())
}

/// The files between the merge-base of two commits and the second of them, with three lines of context as on GitHub.
pub fn between(repository: &Path, base: &str, head: &str) -> Vec<FileDiff> {
    let Some(start) = git(repository, &["merge-base", base, head]) else { return Vec::new() };
    let names = git(repository, &["diff", "--no-ext-diff", "--name-status", "-z", "-M", &start, head]).unwrap();
    let text = git(repository, &["diff", "--no-ext-diff", "--no-color", "-U3", "-M", &start, head]).unwrap();
    let files = files(&names);
    let patches = patches(&text);
    assert_eq!(files.len(), patches.len(), "git names as many files as it prints differences");
    files.into_iter().zip(patches).map(|(file, patch)| with_patch(file, &patch)).collect()
}

fn files(names: &str) -> Vec<FileDiff> {
    let mut fields = names.split('\0').filter(|field| !field.is_empty());
    let mut files = Vec::new();
    while let Some(letter) = fields.next() {
        let mut next = || fields.next().unwrap().to_owned();
        let (status, previous) = match letter.as_bytes()[0] {
            b'A' => ("added", None),
            b'D' => ("removed", None),
            b'R' => ("renamed", Some(next())),
            b'C' => ("copied", Some(next())),
            b'T' => ("changed", None),
            _ => ("modified", None),
        };
        let (path, patch, hunks) = (next(), None, Vec::new());
        files.push(FileDiff { path, previous, status, patch, additions: 0, deletions: 0, hunks });
    }
    files
}

/// The difference of each file. Lines of content begin with a blank or a sign, so none can look like a heading.
fn patches(text: &str) -> Vec<Vec<&str>> {
    let mut patches: Vec<Vec<&str>> = Vec::new();
    for line in text.split('\n') {
        if line.starts_with("diff --git ") {
            patches.push(Vec::new());
        } else if let Some(last) = patches.last_mut() {
            last.push(line);
        }
    }
    patches
}

fn with_patch(mut file: FileDiff, lines: &[&str]) -> FileDiff {
    let Some(first) = lines.iter().position(|line| line.starts_with("@@ ")) else { return file };
    let body = &lines[first..];
    file.hunks = body.iter().filter_map(|line| hunk(line)).collect();
    file.additions = body.iter().filter(|line| line.starts_with('+')).count() as u64;
    file.deletions = body.iter().filter(|line| line.starts_with('-')).count() as u64;
    file.patch = Some(body.join("\n"));
    file
}

/// `@@ -1,2 +3,4 @@` as numbers.
fn hunk(line: &str) -> Option<Hunk> {
    let ranges = line.strip_prefix("@@ -")?.split(" @@").next()?;
    let (old, new) = ranges.split_once(" +")?;
    Some(Hunk { old: range(old)?, new: range(new)? })
}

fn range(text: &str) -> Option<(u64, u64)> {
    match text.split_once(',') {
        Some((start, length)) => Some((start.parse().ok()?, length.parse().ok()?)),
        None => Some((text.parse().ok()?, 1)),
    }
}

/// Where a line of a file at one commit is at another; none where it was changed or removed in between.
pub fn line_now(repository: &Path, [from, to]: [&str; 2], path: &str, line: u64) -> Option<u64> {
    let arguments = ["diff", "--no-ext-diff", "--no-color", "--no-renames", "-U0", from, to, "--", path];
    let text = git(repository, &arguments)?;
    let mut now = line;
    for hunk in text.lines().filter_map(hunk) {
        let (start, length) = hunk.old;
        // Where nothing is removed, what is added stands behind the line that is named.
        let first = if length == 0 { start + 1 } else { start };
        if line < first {
            break;
        }
        if line < start + length {
            return None;
        }
        now = now + hunk.new.1 - length;
    }
    Some(now)
}
