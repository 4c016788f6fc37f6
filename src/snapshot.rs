//! The files of a project at one moment, as the core reads them.
//!
//! This file holds the trait and the implementations that live in memory. A git tree and the working tree are
//! implemented where git is: in `change`.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Why a file that exists could not be read. A path at which nothing is gives `Ok(None)` instead.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// The file is larger than the limit; nothing of it was read.
    #[error("{path} has {bytes} bytes, more than the limit of {limit}")]
    TooLarge {
        /// The path that was asked for.
        path: String,
        /// The size of the file in bytes.
        bytes: u64,
        /// The limit in bytes.
        limit: u64,
    },
    /// The path is a symbolic link, or leads through one; links are not followed.
    #[error("{path} is a symbolic link, and links are not followed")]
    Symlink {
        /// The path that was asked for.
        path: String,
    },
    /// The path is a submodule: a commit of another repository.
    #[error("{path} is a submodule, whose files belong to another repository")]
    Submodule {
        /// The path that was asked for.
        path: String,
    },
    /// The path is neither file nor link: a device, a socket, a pipe or a directory.
    #[error("{path} is not a regular file")]
    NotAFile {
        /// The path that was asked for.
        path: String,
    },
    /// The file system or the object database reported an error.
    #[error("cannot read {path}: {message}")]
    Failed {
        /// The path that was asked for.
        path: String,
        /// What the system said.
        message: String,
    },
}

/// A set of files that does not change while it is looked at.
///
/// Paths are relative to the root, separated by `/`, without `.`, `..` or empty components. A path that is not UTF-8 has
/// a text form that stands for exactly that path; `paths` gives it and `read` takes it.
pub trait Snapshot: Sync {
    /// The bytes of the regular file at `path`; `Ok(None)` when nothing is there.
    fn read(&self, path: &str) -> Result<Option<Arc<[u8]>>, ReadError>;

    /// The paths of all regular files, sorted.
    fn paths(&self) -> Vec<String>;

    /// Whether something is at `path`, readable or not.
    fn contains(&self, path: &str) -> bool {
        !matches!(self.read(path), Ok(None))
    }
}

/// Files held in memory.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MemorySnapshot {
    files: BTreeMap<String, Arc<[u8]>>,
}

impl MemorySnapshot {
    /// A snapshot without files.
    pub fn new() -> Self {
        Self::default()
    }

    /// Puts a file in place, replacing what was at `path`.
    pub fn insert(&mut self, path: impl Into<String>, bytes: impl Into<Arc<[u8]>>) {
        self.files.insert(path.into(), bytes.into());
    }

    /// The same as [`insert`](Self::insert), for building a snapshot in one expression.
    #[must_use]
    pub fn with(mut self, path: impl Into<String>, bytes: impl AsRef<[u8]>) -> Self {
        self.insert(path, bytes.as_ref());
        self
    }
}

impl<P: Into<String>, B: Into<Arc<[u8]>>> FromIterator<(P, B)> for MemorySnapshot {
    fn from_iter<I: IntoIterator<Item = (P, B)>>(files: I) -> Self {
        MemorySnapshot { files: files.into_iter().map(|(path, bytes)| (path.into(), bytes.into())).collect() }
    }
}

impl Snapshot for MemorySnapshot {
    fn read(&self, path: &str) -> Result<Option<Arc<[u8]>>, ReadError> {
        Ok(self.files.get(path).cloned())
    }

    fn paths(&self) -> Vec<String> {
        self.files.keys().cloned().collect()
    }

    fn contains(&self, path: &str) -> bool {
        self.files.contains_key(path)
    }
}

/// Another snapshot with some files replaced, added or removed; the other one stays as it is.
#[derive(Clone)]
pub struct Overlay<'a> {
    below: &'a dyn Snapshot,
    /// `None` marks a removed file.
    files: BTreeMap<String, Option<Arc<[u8]>>>,
}

impl<'a> Overlay<'a> {
    /// An overlay that changes nothing yet.
    pub fn new(below: &'a dyn Snapshot) -> Self {
        Overlay { below, files: BTreeMap::new() }
    }

    /// Gives `path` these bytes, whether or not something was there.
    pub fn replace(&mut self, path: impl Into<String>, bytes: impl Into<Arc<[u8]>>) {
        self.files.insert(path.into(), Some(bytes.into()));
    }

    /// Removes `path`; nothing happens when nothing is there.
    pub fn remove(&mut self, path: impl Into<String>) {
        self.files.insert(path.into(), None);
    }
}

impl Snapshot for Overlay<'_> {
    fn read(&self, path: &str) -> Result<Option<Arc<[u8]>>, ReadError> {
        match self.files.get(path) {
            Some(own) => Ok(own.clone()),
            None => self.below.read(path),
        }
    }

    fn paths(&self) -> Vec<String> {
        let mut all: BTreeSet<String> = self.below.paths().into_iter().collect();
        for (path, own) in &self.files {
            match own {
                Some(_) => all.insert(path.clone()),
                None => all.remove(path),
            };
        }
        all.into_iter().collect()
    }

    fn contains(&self, path: &str) -> bool {
        match self.files.get(path) {
            Some(own) => own.is_some(),
            None => self.below.contains(path),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use super::*;

    struct Broken;

    impl Snapshot for Broken {
        fn read(&self, path: &str) -> Result<Option<Arc<[u8]>>, ReadError> {
            Err(ReadError::Failed { path: path.into(), message: "disk on fire".into() })
        }

        fn paths(&self) -> Vec<String> {
            vec!["a.py".into()]
        }
    }

    #[test]
    fn memory_tells_absent_from_empty() {
        let files = MemorySnapshot::new().with("b.py", "x = 1\n").with("a/c.py", "");
        assert_eq!(files.paths(), ["a/c.py", "b.py"]);
        assert_eq!(files.read("a/c.py").unwrap().as_deref(), Some(&b""[..]));
        assert_eq!(files.read("a").unwrap(), None);
        assert!(files.contains("b.py") && !files.contains("c.py"));
    }

    #[test]
    fn overlay_replaces_adds_and_removes() {
        let files = MemorySnapshot::new().with("a.py", "1").with("b.py", "2");
        let mut over = Overlay::new(&files);
        over.replace("a.py", *b"one");
        over.replace("c.py", *b"three");
        over.remove("b.py");
        assert_eq!(over.paths(), ["a.py", "c.py"]);
        assert_eq!(over.read("a.py").unwrap().as_deref(), Some(&b"one"[..]));
        assert_eq!(over.read("b.py").unwrap(), None);
        assert!(!over.contains("b.py") && over.contains("c.py"));
        assert_eq!(files.read("a.py").unwrap().as_deref(), Some(&b"1"[..]));
        let mut twice = Overlay::new(&over);
        twice.replace("b.py", *b"back");
        assert_eq!(twice.paths(), ["a.py", "b.py", "c.py"]);
        assert_eq!(twice.read("c.py").unwrap().as_deref(), Some(&b"three"[..]));
    }

    #[test]
    fn an_error_is_not_absence() {
        let mut over = Overlay::new(&Broken);
        assert!(over.contains("a.py"));
        assert_eq!(over.read("a.py").unwrap_err().to_string(), "cannot read a.py: disk on fire");
        over.remove("a.py");
        assert_eq!(over.read("a.py").unwrap(), None);
    }
}
