//! One changed file, with what is known about its two sides.

use serde::Serialize;

use super::line_map::{Hunk, LineMap};

/// What happened to a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// It is new.
    Added,
    /// Its content or its mode changed.
    Modified,
    /// It moved, perhaps with changes; the old path is gone.
    Renamed,
    /// It is new, and mostly the content of another file of the base, which it is compared with.
    Copied,
    /// It is gone.
    Deleted,
    /// It became another kind: a file became a link, say.
    TypeChanged,
}

/// What git stores under a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// A file.
    Regular,
    /// A symbolic link; never followed.
    Symlink,
    /// A commit of another repository.
    Submodule,
}

/// How the lines of a text end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum LineEnds {
    /// There is no line end.
    None,
    /// All with a line feed.
    Lf,
    /// All with carriage return and line feed.
    CrLf,
    /// Several ways, or with a lone carriage return.
    Mixed,
}

/// What a side of a change holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "type")]
pub enum Content {
    /// Text, in any encoding without zero bytes near its start.
    Text {
        /// How many lines it has.
        lines: u32,
        /// How they end.
        line_ends: LineEnds,
        /// Whether the last line has a line end, or there is no line.
        ends_with_newline: bool,
        /// Whether it is valid UTF-8.
        utf8: bool,
    },
    /// A zero byte among the first 8000, git's own test. Attributes are not asked: a change must not hide its files.
    Binary {
        /// The size in bytes.
        bytes: u64,
    },
    /// More bytes than the limit; not read.
    TooLarge {
        /// The size in bytes.
        bytes: u64,
    },
    /// A symbolic link.
    Symlink {
        /// Its target, as written; bytes that are not UTF-8 are escaped as in paths.
        target: String,
        /// Whether the target is absolute or climbs out of the repository.
        outside: bool,
    },
    /// A commit of another repository.
    Submodule,
    /// It could not be read.
    Unreadable {
        /// Why.
        message: String,
    },
}

impl Content {
    /// Describes the bytes of a regular file that has `lines` lines.
    pub(super) fn of_file(bytes: &[u8], lines: u32) -> Self {
        if is_binary(bytes) {
            return Content::Binary { bytes: bytes.len() as u64 };
        }
        Content::Text {
            lines,
            line_ends: line_ends(bytes),
            ends_with_newline: bytes.last().is_none_or(|last| matches!(last, b'\n' | b'\r')),
            utf8: std::str::from_utf8(bytes).is_ok(),
        }
    }
}

/// Git's test for binary content.
pub(super) fn is_binary(bytes: &[u8]) -> bool {
    bytes.iter().take(8000).any(|&b| b == 0)
}

fn line_ends(bytes: &[u8]) -> LineEnds {
    let (mut lf, mut crlf, mut cr) = (false, false, false);
    let mut last = 0;
    for &byte in bytes.iter().chain(&[0]) {
        match (last, byte) {
            (b'\r', b'\n') => crlf = true,
            (b'\r', _) => cr = true,
            (_, b'\n') => lf = true,
            _ => {}
        }
        last = byte;
    }
    match (lf, crlf, cr) {
        (false, false, false) => LineEnds::None,
        (true, false, false) => LineEnds::Lf,
        (false, true, false) => LineEnds::CrLf,
        _ => LineEnds::Mixed,
    }
}

/// One side of a changed file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Side {
    /// The path from the root of the repository, separated by `/`. Bytes that are not UTF-8 are written as U+FFFD and two
    /// hexadecimal digits; a [`Snapshot`](crate::snapshot::Snapshot) of the change reads by this text.
    pub path: String,
    /// Whether `path` differs from the path that git knows.
    pub path_escaped: bool,
    /// What git stores there.
    pub kind: Kind,
    /// Git's file mode, such as `0o100644`.
    pub mode: u32,
    /// The object id, in hexadecimal, of the bytes as they are read; `None` for files that were not read whole.
    pub oid: Option<String>,
    /// What it holds.
    pub content: Content,
}

/// One changed file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FileChange {
    /// What happened.
    pub status: Status,
    /// The side of the merge-base; `None` for added files. For a copy, the file that it is a copy of.
    pub old: Option<Side>,
    /// The side of the head; `None` for deleted files.
    pub new: Option<Side>,
    /// Which lines stayed. Empty where a side is not text, or was not read.
    pub lines: LineMap,
}

impl FileChange {
    /// The path to report: the new one, or that of the deleted file.
    pub fn path(&self) -> &str {
        self.new_path().or(self.old_path()).unwrap_or("")
    }

    /// The path at the merge-base.
    pub fn old_path(&self) -> Option<&str> {
        self.old.as_ref().map(|side| side.path.as_str())
    }

    /// The path at the head.
    pub fn new_path(&self) -> Option<&str> {
        self.new.as_ref().map(|side| side.path.as_str())
    }

    /// What git stores at the path to report.
    pub fn kind(&self) -> Kind {
        self.new.as_ref().or(self.old.as_ref()).map_or(Kind::Regular, |side| side.kind)
    }

    /// Whether a side is binary.
    pub fn is_binary(&self) -> bool {
        self.sides().any(|side| matches!(side.content, Content::Binary { .. }))
    }

    /// The old and the new file mode, where they differ.
    pub fn mode_change(&self) -> Option<(u32, u32)> {
        match (&self.old, &self.new) {
            (Some(old), Some(new)) if old.mode != new.mode => Some((old.mode, new.mode)),
            _ => None,
        }
    }

    /// The changed regions, without context.
    pub fn hunks(&self) -> Vec<Hunk> {
        self.lines.hunks()
    }

    fn sides(&self) -> impl Iterator<Item = &Side> {
        self.old.iter().chain(&self.new)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use super::*;

    #[test]
    fn line_ends_are_told_apart() {
        for (text, expected) in [
            ("", LineEnds::None),
            ("a", LineEnds::None),
            ("a\nb\n", LineEnds::Lf),
            ("a\r\nb", LineEnds::CrLf),
            ("a\r\nb\n", LineEnds::Mixed),
            ("a\rb", LineEnds::Mixed),
            ("a\r\n\r", LineEnds::Mixed),
        ] {
            assert_eq!(line_ends(text.as_bytes()), expected, "{text:?}");
        }
    }

    #[test]
    fn content_of_files() {
        let text =
            |lines, line_ends, ends_with_newline, utf8| Content::Text { lines, line_ends, ends_with_newline, utf8 };
        assert_eq!(Content::of_file(b"", 0), text(0, LineEnds::None, true, true));
        assert_eq!(Content::of_file(b"a\nb", 2), text(2, LineEnds::Lf, false, true));
        assert_eq!(Content::of_file(b"\xff\n", 1), text(1, LineEnds::Lf, true, false));
        assert_eq!(Content::of_file(b"GIF\0\n", 1), Content::Binary { bytes: 5 });
        let late = [&[b'x'; 8000][..], b"\0"].concat();
        assert!(matches!(Content::of_file(&late, 1), Content::Text { .. }));
    }
}
