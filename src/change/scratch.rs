//! A scratch copy of a change's head, with some files edited: a folder outside the repository with a repository of its own,
//! in which a command can run without touching either the working tree or the repository.
//!
//! Its repository borrows the objects of the real one and has the same commit checked out, so that what asks git works; its
//! references, its index and its configuration are its own. Files stand as they are stored, without any filter. Not
//! there: what git ignores, the files of submodules and of repositories in the working tree, and what large-file storage
//! keeps elsewhere.

use std::collections::BTreeMap;
use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use git2::{Oid, Repository, RepositoryInitOptions};
use tempfile::TempDir;

use super::files::{Entry, GitFiles};
use super::{Change, Kind, path};
use crate::model::stop::Stop;

/// More than a checkout for tests has; a hostile tree can name one large object many times.
const MAX_BYTES: u64 = 16_000_000_000;
const EXECUTABLE: u32 = 0o100_755;

/// Why there is no scratch copy.
#[derive(Debug, thiserror::Error)]
pub enum ScratchError {
    /// The system reported an error.
    #[error("a scratch copy cannot be made: {0}")]
    Io(#[from] io::Error),
    /// Git reported an error.
    #[error("a scratch copy cannot be made: {}", .0.message())]
    Git(#[from] git2::Error),
    /// An edited file is no file of the head.
    #[error("{0} is no regular file of the change's head")]
    NotAFile(String),
    /// The file system has no such name.
    #[error("the file system has no name for {0}")]
    NoName(String),
    /// The folder for temporary files is part of the repository.
    #[error("the folder for temporary files, {}, lies inside the repository", .0.display())]
    Inside(PathBuf),
    /// The files have too many bytes together.
    #[error("the files of the change's head have more than {MAX_BYTES} bytes")]
    TooLarge,
    /// Somebody wanted everything to end.
    #[error("interrupted")]
    Stopped,
}

/// A scratch copy; it is removed when it is dropped.
#[derive(Debug)]
pub struct Scratch {
    folder: Option<TempDir>,
    root: PathBuf,
    tree: PathBuf,
    home: PathBuf,
    temporary: PathBuf,
}

impl Scratch {
    /// An empty scratch folder that has to do with no repository.
    ///
    /// # Errors
    /// The system reports an error.
    pub fn empty() -> Result<Scratch, ScratchError> {
        Scratch::new(None)
    }

    fn new(repository: Option<&Path>) -> Result<Scratch, ScratchError> {
        let place = std::env::temp_dir().canonicalize()?;
        if repository.and_then(|root| root.canonicalize().ok()).is_some_and(|root| place.starts_with(root)) {
            return Err(ScratchError::Inside(place));
        }
        let folder = tempfile::Builder::new().prefix("tempergate-").tempdir_in(&place)?;
        let root = folder.path().to_path_buf();
        let scratch = Scratch {
            tree: root.join("tree"),
            home: root.join("home"),
            temporary: root.join("tmp"),
            root,
            folder: Some(folder),
        };
        for folder in [&scratch.tree, &scratch.home, &scratch.temporary] {
            fs::create_dir(folder)?;
        }
        Ok(scratch)
    }

    /// Writes a file below [`Scratch::tree`]. `path` is as reports name it.
    ///
    /// # Errors
    /// The file system cannot name it, there is such a file already, or the system reports an error.
    pub fn write(&self, path: &str, bytes: &[u8]) -> Result<(), ScratchError> {
        let relative = path::to_relative(&path::to_raw(path)).ok_or_else(|| ScratchError::NoName(path.to_owned()))?;
        let target = self.tree.join(relative);
        if let Some(folder) = target.parent() {
            fs::create_dir_all(folder)?;
        }
        Ok(OpenOptions::new().write(true).create_new(true).open(&target)?.write_all(bytes)?)
    }

    /// The folder that holds the others.
    pub fn folder(&self) -> &Path {
        &self.root
    }

    /// The files of the head.
    pub fn tree(&self) -> &Path {
        &self.tree
    }

    /// An empty home folder.
    pub fn home(&self) -> &Path {
        &self.home
    }

    /// An empty folder for temporary files.
    pub fn temporary(&self) -> &Path {
        &self.temporary
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let Some(folder) = self.folder.take() else { return };
        if folder.close().is_err() {
            // Caches of downloaded modules are often write-protected.
            make_writable(&self.root);
            let _ = fs::remove_dir_all(&self.root);
        }
    }
}

/// Lets the owner write to every folder below, without following links.
fn make_writable(root: &Path) {
    let mut pending = vec![root.to_path_buf()];
    while let Some(folder) = pending.pop() {
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let _ = fs::set_permissions(&folder, fs::Permissions::from_mode(0o700));
        }
        let Ok(entries) = fs::read_dir(&folder) else { continue };
        let folders = entries.flatten().filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()));
        pending.extend(folders.map(|entry| entry.path()));
    }
}

impl Change {
    /// An empty scratch folder, outside the repository.
    pub fn empty_scratch(&self) -> Result<Scratch, ScratchError> {
        Scratch::new(self.root.as_deref())
    }

    /// A scratch copy of the head, with these texts (by path, as reports name it) in the place of its files.
    pub fn scratch(&self, edited: &BTreeMap<String, String>, stop: &Stop) -> Result<Scratch, ScratchError> {
        let edited: BTreeMap<Vec<u8>, &str> = edited.iter().map(|(p, text)| (path::to_raw(p), text.as_str())).collect();
        let regular = |raw: &Vec<u8>| self.head.listing.get(raw).is_some_and(|entry| entry.kind == Kind::Regular);
        if let Some((raw, _)) = edited.iter().find(|(raw, _)| !regular(raw)) {
            return Err(ScratchError::NotAFile(path::to_text(raw).0));
        }
        let scratch = Scratch::new(self.root.as_deref())?;
        self.borrow_repository(&scratch)?;
        let files = GitFiles {
            listing: BTreeMap::new(),
            repo: Arc::clone(&self.head.repo),
            root: self.head.root.clone(),
            limit: MAX_BYTES,
        };
        let mut copy = Copy { files, tree: &scratch.tree, left: MAX_BYTES };
        // Links come last, so that no file is ever written through one.
        for links in [false, true] {
            for (raw, entry) in self.head.listing.iter().filter(|(_, entry)| (entry.kind == Kind::Symlink) == links) {
                if stop.is_asked() {
                    return Err(ScratchError::Stopped);
                }
                copy.put(raw, entry, edited.get(raw).copied())?;
            }
        }
        Ok(scratch)
    }

    /// A repository that has the objects of the real one, and nothing else of it.
    fn borrow_repository(&self, scratch: &Scratch) -> Result<(), ScratchError> {
        let real = {
            let repo = self.head.repo.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            repo.commondir().canonicalize()?
        };
        let mut options = RepositoryInitOptions::new();
        options.external_template(false);
        let git = Repository::init_opts(&scratch.tree, &options)?.path().to_path_buf();
        let objects = real.join("objects");
        // One path a line; quotes only where a path begins with one.
        fs::write(git.join("objects/info/alternates"), format!("{}\n", objects.display()))?;
        if real.join("shallow").is_file() {
            fs::copy(real.join("shallow"), git.join("shallow"))?;
        }
        fs::write(git.join("HEAD"), format!("{}\n", self.head_commit))?;
        let repo = Repository::open(&scratch.tree)?;
        let commit = repo.find_commit(Oid::from_str(&self.head_commit)?)?;
        let mut index = repo.index()?;
        index.read_tree(&commit.tree()?)?;
        index.write()?;
        Ok(())
    }
}

struct Copy<'a> {
    files: GitFiles,
    tree: &'a Path,
    /// Bytes that may still be written.
    left: u64,
}

impl Copy<'_> {
    /// Puts one entry into place. What the file system cannot name, and what cannot be read, is left out: it is absent with
    /// and without a fix.
    fn put(&mut self, raw: &[u8], entry: &Entry, edited: Option<&str>) -> Result<(), ScratchError> {
        let Some(relative) = path::to_relative(raw) else { return Ok(()) };
        let target = self.tree.join(relative);
        if entry.kind == Kind::Submodule {
            return existing(fs::create_dir_all(target));
        }
        let bytes: Arc<[u8]> = match edited {
            Some(text) => text.as_bytes().into(),
            None => match self.files.content(raw, entry) {
                Ok(Some(bytes)) => bytes,
                _ => return Ok(()),
            },
        };
        self.left = self.left.checked_sub(bytes.len() as u64).ok_or(ScratchError::TooLarge)?;
        if let Some(folder) = target.parent() {
            existing(fs::create_dir_all(folder))?;
        }
        if entry.kind == Kind::Symlink {
            return if path::leads_outside(raw, &bytes) { Ok(()) } else { existing(link(&bytes, &target)) };
        }
        // Never onto something that is there already, as names that differ only in case could be.
        match OpenOptions::new().write(true).create_new(true).open(&target) {
            Ok(mut file) => {
                file.write_all(&bytes)?;
                if entry.mode == EXECUTABLE { make_executable(&target) } else { Ok(()) }
            }
            Err(error) => existing(Err(error)),
        }
    }
}

/// A place that is taken is no failure.
fn existing(result: io::Result<()>) -> Result<(), ScratchError> {
    use io::ErrorKind::{AlreadyExists, IsADirectory, NotADirectory};
    match result {
        Err(error) if matches!(error.kind(), AlreadyExists | NotADirectory | IsADirectory) => Ok(()),
        other => Ok(other?),
    }
}

#[cfg(unix)]
fn link(target: &[u8], at: &Path) -> io::Result<()> {
    use std::os::unix::ffi::OsStrExt;
    std::os::unix::fs::symlink(std::ffi::OsStr::from_bytes(target), at)
}

/// Links need special rights on other systems, and are left out.
#[cfg(not(unix))]
fn link(_: &[u8], _: &Path) -> io::Result<()> {
    Ok(())
}

#[cfg(unix)]
fn make_executable(at: &Path) -> Result<(), ScratchError> {
    use std::os::unix::fs::PermissionsExt;
    Ok(fs::set_permissions(at, fs::Permissions::from_mode(0o755))?)
}

#[cfg(not(unix))]
fn make_executable(_: &Path) -> Result<(), ScratchError> {
    Ok(())
}
