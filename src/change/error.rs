//! Why a change could not be computed, in words that say what to do about it.

use std::path::PathBuf;

/// Why there is no [`Change`](super::Change). Every message names what was looked at and what helps.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ChangeError {
    /// No repository at the directory or above it.
    #[error("{} is not inside a git repository; name a directory of one, or use `scan` for files without git", dir.display())]
    NotARepository {
        /// The directory that was given.
        dir: PathBuf,
    },
    /// The repository belongs to another user, and git's safety check refuses it.
    #[error(
        "the repository at {} belongs to another user, so it is not read; if you trust it, run \
         `git config --global --add safe.directory {}`", dir.display(), dir.display()
    )]
    NotOwned {
        /// The directory of the repository.
        dir: PathBuf,
    },
    /// The working tree was asked for, and the repository has none.
    #[error("{} is a bare repository and has no working tree; name a commit as the head", dir.display())]
    Bare {
        /// The directory of the repository.
        dir: PathBuf,
    },
    /// The current branch has no commit yet.
    #[error("the branch {branch} has no commit yet; make a first commit, or name a base and a head that exist")]
    Unborn {
        /// The name of the branch.
        branch: String,
    },
    /// No branch, tag or commit has this name.
    #[error("no branch, tag or commit is called {name:?}{}", not_found_hint(similar, *shallow))]
    RefNotFound {
        /// What was looked for.
        name: String,
        /// References that may be meant.
        similar: Vec<String>,
        /// Whether the clone is shallow, so that the commit may only be missing here.
        shallow: bool,
    },
    /// The name stands for several different commits.
    #[error("{name:?} is ambiguous{}", ambiguous_hint(candidates))]
    AmbiguousRef {
        /// What was looked for.
        name: String,
        /// The full names it could stand for; empty when it is an abbreviated commit id.
        candidates: Vec<String>,
    },
    /// The name stands for something that has no commit: a file, a tree, a range.
    #[error("{name:?} does not name one commit; give a branch, a tag or a commit id")]
    NotACommit {
        /// What was looked for.
        name: String,
    },
    /// The two commits have no common ancestor in this clone, or the clone is cut off where a later one may be.
    #[error("{base:?} and {head:?} have no {}", merge_base_hint(*shallow))]
    NoMergeBase {
        /// The base as it was named.
        base: String,
        /// The head as it was named.
        head: String,
        /// Whether the clone is shallow, so that the ancestor may only be missing here.
        shallow: bool,
    },
    /// A tree holds more files, or deeper folders, than any real project.
    #[error("the tree of {commit} has more than {files} files or folders more than {depth} deep; it is not read")]
    TooLarge {
        /// The commit.
        commit: String,
        /// The most files that are read.
        files: usize,
        /// The most levels of folders that are read.
        depth: usize,
    },
    /// Anything else that git reported.
    #[error("cannot {doing}: {message}")]
    Git {
        /// What was being done.
        doing: &'static str,
        /// What git said.
        message: String,
    },
}

impl ChangeError {
    /// Wraps an error of the library with what was being done.
    pub(super) fn git(doing: &'static str) -> impl Fn(git2::Error) -> ChangeError {
        move |error| {
            let missing = error.code() == git2::ErrorCode::NotFound && error.class() == git2::ErrorClass::Odb;
            let hint = " (an object is missing from this clone; a full `git fetch --refetch` brings it)";
            let message = format!("{}{}", error.message(), if missing { hint } else { "" });
            ChangeError::Git { doing, message }
        }
    }
}

fn not_found_hint(similar: &[String], shallow: bool) -> String {
    let mut hint = String::new();
    if !similar.is_empty() {
        hint = format!("; did you mean {}?", similar.join(" or "));
    }
    if shallow {
        hint += "; this clone is shallow, so the commit may be missing here: `git fetch --unshallow` brings all history, \
                 `git fetch origin REF` one branch (in GitHub Actions, set `fetch-depth: 0` for actions/checkout)";
    } else if similar.is_empty() {
        hint = "; if it exists elsewhere, `git fetch` it first".into();
    }
    hint
}

fn ambiguous_hint(candidates: &[String]) -> String {
    match candidates {
        [] => ": more than one object has an id that starts so; give more of its digits".into(),
        all => format!(": it could be {}; give the full name", all.join(" or ")),
    }
}

fn merge_base_hint(shallow: bool) -> &'static str {
    if shallow {
        "common ancestor that is certain in this shallow clone; fetch more history with `git fetch --unshallow` or `git fetch --deepen=100` (in GitHub \
         Actions, set `fetch-depth: 0` for actions/checkout)"
    } else {
        "common ancestor: their histories are unrelated; name a base that the head grew from"
    }
}
