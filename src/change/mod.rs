//! What a change is: two states of a repository and the files in which they differ.
//!
//! Here belongs all that asks git: references, the merge-base, trees, the working tree, renames, and which line is which.
//! What the changed lines mean does not belong here. The line maps, the pairing of files and everything about paths are
//! pure; only `repository`, `files`, `history`, `authorship`, `blame`, `touches`, `worktree`, `disk`, `scratch` and `fetch` touch
//! the world.
//!
//! Renames and hunks are computed here and not by git: the result then depends on the contents alone, not on the user's
//! configuration, on attributes that the change itself brings, or on time.

mod authorship;
mod blame;
mod disk;
mod error;
pub mod fetch;
mod file;
mod files;
mod history;
mod line_map;
mod lines;
mod pairing;
mod path;
mod repository;
mod scratch;
mod sides;
mod touches;
mod worktree;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

pub use error::ChangeError;
pub use file::{Content, FileChange, Kind, LineEnds, Side, Status};
pub use history::{Step, history};
pub use line_map::{Hunk, LineMap};
pub use repository::{DefaultBase, default_base};
pub use scratch::{Scratch, ScratchError};

use crate::snapshot::{ReadError, Snapshot};
use files::GitFiles;

/// The state that is judged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Head {
    /// A commit, by branch, tag, id or an expression such as `HEAD~1`.
    Commit(String),
    /// The files on disk: staged, unstaged and untracked changes together, without what is ignored.
    WorkingTree,
}

/// What is not looked into.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Files with more bytes are listed and not read, at both sides.
    pub max_file_bytes: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Limits { max_file_bytes: 10 * 1024 * 1024 }
    }
}

/// The difference between the merge-base of two states and the second of them.
pub struct Change {
    root: Option<PathBuf>,
    merge_base: String,
    base_commit: String,
    head_commit: String,
    files: Vec<FileChange>,
    base: GitFiles,
    head: GitFiles,
}

impl Change {
    /// Computes the change from the merge-base of `base` and `head` to `head`.
    ///
    /// `dir` is any directory of the repository; the change is always that of the whole repository. Commits are read as
    /// they are stored and the working tree as it is on disk, without any filter. An error says what to do about it; a file
    /// that cannot be read is no error, but has [`Content::Unreadable`].
    pub fn between(dir: &Path, base: &str, head: &Head, limits: Limits) -> Result<Change, ChangeError> {
        let repo = repository::open(dir)?;
        let root = repo.workdir().map(Path::to_path_buf);
        let (head_name, head_id) = match head {
            Head::Commit(name) => (name.as_str(), repository::resolve(&repo, name)?),
            Head::WorkingTree if root.is_none() => return Err(ChangeError::Bare { dir: dir.into() }),
            Head::WorkingTree => ("HEAD", repository::head_commit(&repo)?),
        };
        let base_id = repository::resolve(&repo, base)?;
        let merge_base = repository::merge_base(&repo, (base, base_id), (head_name, head_id))?;
        let old = files::list_commit(&repo, merge_base)?;
        let (new, new_root) = match (head, &root) {
            (Head::WorkingTree, Some(root)) => (worktree::list(&repo, root)?, Some(root.clone())),
            _ => (files::list_commit(&repo, head_id)?, None),
        };
        let repo = Arc::new(Mutex::new(repo));
        let limit = limits.max_file_bytes;
        let base = GitFiles { listing: old, repo: Arc::clone(&repo), root: None, limit };
        let head = GitFiles { listing: new, repo, root: new_root, limit };
        let files = sides::changed_files(&base, &head);
        let [merge_base, base_commit, head_commit] = [merge_base, base_id, head_id].map(|id| id.to_string());
        Ok(Change { root, merge_base, base_commit, head_commit, files, base, head })
    }

    /// The changed files, sorted by the path to report.
    pub fn files(&self) -> &[FileChange] {
        &self.files
    }

    /// All files at the merge-base.
    pub fn base(&self) -> &dyn Snapshot {
        &self.base
    }

    /// All files at the head.
    pub fn head(&self) -> &dyn Snapshot {
        &self.head
    }

    /// A file as it stands at the tip of the base, which may be newer than the merge-base; `None` where it has none.
    ///
    /// # Errors
    ///
    /// It is no regular file, is too large, or cannot be read.
    pub fn at_base_tip(&self, path: &str) -> Result<Option<Arc<[u8]>>, ReadError> {
        self.base.at_commit(&self.base_commit, path)
    }

    /// The regular files at the tip of the base that have one of these paths, or lie in folders with one of them.
    ///
    /// # Errors
    ///
    /// The tree of the tip cannot be listed.
    pub fn named_at_base_tip(&self, names: &[String]) -> Result<Vec<String>, ChangeError> {
        self.base.named_at_commit(&self.base_commit, names)
    }

    /// The id of the merge-base.
    pub fn merge_base(&self) -> &str {
        &self.merge_base
    }

    /// The id of the commit that was named as the base.
    pub fn base_commit(&self) -> &str {
        &self.base_commit
    }

    /// The id of the head; of the commit that is checked out, when the head is the working tree.
    pub fn head_commit(&self) -> &str {
        &self.head_commit
    }

    /// The directory of the working tree; `None` for a bare repository.
    pub fn root(&self) -> Option<&Path> {
        self.root.as_deref()
    }
}
