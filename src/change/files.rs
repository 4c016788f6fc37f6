//! The files of a commit or of the working tree: a listing made once, contents read on demand.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use git2::{ObjectType, Oid, Repository};

use super::error::ChangeError;
use super::file::Kind;
use super::{disk, path};
use crate::snapshot::{ReadError, Snapshot};

/// The most files of a tree that are listed. Git trees can be built so that they unfold to any number.
const MAX_FILES: usize = 2_000_000;
/// The most levels of folders.
const MAX_DEPTH: usize = 1_000;

/// Where the content of a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// In the object database.
    Object(Oid),
    /// On disk; with the id of the object that it equals, when git knows it to be unmodified.
    Disk(Option<Oid>),
    /// In a repository inside the working tree that is no submodule.
    Elsewhere,
}

/// One file of a listing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Entry {
    pub kind: Kind,
    pub mode: u32,
    pub place: Place,
}

impl Entry {
    pub(super) fn of_mode(mode: u32, place: Place) -> Self {
        let kind = match mode & 0o170_000 {
            0o120_000 => Kind::Symlink,
            0o160_000 => Kind::Submodule,
            _ => Kind::Regular,
        };
        Entry { kind, mode, place }
    }

    /// The object id, where it is known without reading the file.
    pub(super) fn known_id(&self) -> Option<Oid> {
        match self.place {
            Place::Object(id) => Some(id),
            Place::Disk(known) => known,
            Place::Elsewhere => None,
        }
    }
}

/// All files by path, in the byte order of the paths.
pub(super) type Listing = BTreeMap<Vec<u8>, Entry>;

/// The files of one side of a change.
pub(super) struct GitFiles {
    pub listing: Listing,
    pub repo: Arc<Mutex<Repository>>,
    /// The working tree, where files may be on disk.
    pub root: Option<PathBuf>,
    /// Larger files are not read, in bytes.
    pub limit: u64,
}

impl GitFiles {
    pub(super) fn repo(&self) -> MutexGuard<'_, Repository> {
        self.repo.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The content of a regular file, or the target of a link.
    pub(super) fn content(&self, raw: &[u8], entry: &Entry) -> Result<Option<Arc<[u8]>>, ReadError> {
        let text = || path::to_text(raw).0;
        match (entry.kind, entry.place) {
            (Kind::Submodule, _) | (_, Place::Elsewhere) => Err(ReadError::Submodule { path: text() }),
            (_, Place::Object(id)) => self.object(id, &text()).map(Some),
            (kind, Place::Disk(_)) => {
                let Some(root) = &self.root else { return Ok(None) };
                match kind {
                    Kind::Symlink => Ok(disk::read_link(root, raw, &text())?.map(Into::into)),
                    _ => disk::read(root, raw, &text(), self.limit),
                }
            }
        }
    }

    /// A regular file of any commit of the repository.
    pub(super) fn at_commit(&self, commit: &str, path: &str) -> Result<Option<Arc<[u8]>>, ReadError> {
        let failed = |error: git2::Error| ReadError::Failed { path: path.into(), message: error.message().into() };
        let entry = {
            let repo = self.repo();
            let tree = Oid::from_str(commit).and_then(|id| repo.find_commit(id)?.tree()).map_err(failed)?;
            match tree.get_path(std::path::Path::new(path)) {
                Ok(entry) => (entry.id(), entry.filemode()),
                Err(error) if error.code() == git2::ErrorCode::NotFound => return Ok(None),
                Err(error) => return Err(failed(error)),
            }
        };
        match Entry::of_mode(u32::try_from(entry.1).unwrap_or(0), Place::Object(entry.0)).kind {
            Kind::Regular => self.object(entry.0, path).map(Some),
            Kind::Symlink => Err(ReadError::Symlink { path: path.into() }),
            Kind::Submodule => Err(ReadError::Submodule { path: path.into() }),
        }
    }

    /// The bytes of a file's object; `None` where it is too large or cannot be read.
    pub(super) fn blob(&self, id: Oid) -> Option<Arc<[u8]>> {
        self.object(id, "").ok()
    }

    /// The regular files of a commit that have one of these paths, or lie in folders with one of them.
    pub(super) fn named_at_commit(&self, commit: &str, names: &[String]) -> Result<Vec<String>, ChangeError> {
        let repo = self.repo();
        let id = Oid::from_str(commit).map_err(ChangeError::git("read the tree of a commit"))?;
        let is_named = |path: &str| {
            let below = |name: &String| path.strip_prefix(name.as_str()).is_some_and(|rest| rest.starts_with('/'));
            names.iter().any(|name| name == path || below(name))
        };
        let listing = list_commit(&repo, id)?;
        let regular = listing.iter().filter(|(_, entry)| entry.kind == Kind::Regular);
        Ok(regular.map(|(raw, _)| path::to_text(raw).0).filter(|path| is_named(path)).collect())
    }

    fn object(&self, id: Oid, text: &str) -> Result<Arc<[u8]>, ReadError> {
        let failed = |error: git2::Error| ReadError::Failed { path: text.into(), message: error.message().into() };
        let repo = self.repo();
        let objects = repo.odb().map_err(failed)?;
        let (size, kind) = objects.read_header(id).map_err(failed)?;
        if kind != ObjectType::Blob {
            return Err(ReadError::NotAFile { path: text.into() });
        }
        if size as u64 > self.limit {
            return Err(ReadError::TooLarge { path: text.into(), bytes: size as u64, limit: self.limit });
        }
        Ok(objects.read(id).map_err(failed)?.data().into())
    }
}

impl Snapshot for GitFiles {
    fn read(&self, path: &str) -> Result<Option<Arc<[u8]>>, ReadError> {
        let raw = path::to_raw(path);
        match self.listing.get(&raw) {
            None => Ok(None),
            Some(entry) if entry.kind == Kind::Symlink => Err(ReadError::Symlink { path: path.into() }),
            Some(entry) => self.content(&raw, entry),
        }
    }

    fn paths(&self) -> Vec<String> {
        let regular = self.listing.iter().filter(|(_, entry)| entry.kind == Kind::Regular);
        let mut paths: Vec<String> = regular.map(|(raw, _)| path::to_text(raw).0).collect();
        paths.sort_unstable();
        paths
    }

    fn contains(&self, path: &str) -> bool {
        self.listing.contains_key(&path::to_raw(path))
    }
}

/// Lists the files of a commit.
pub(super) fn list_commit(repo: &Repository, commit: Oid) -> Result<Listing, ChangeError> {
    let fail = ChangeError::git("read the tree of a commit");
    let too_large = || ChangeError::TooLarge { commit: commit.to_string(), files: MAX_FILES, depth: MAX_DEPTH };
    let tree = repo.find_commit(commit).and_then(|commit| commit.tree()).map_err(&fail)?;
    let mut listing = Listing::new();
    let mut pending = vec![(Vec::new(), tree.id(), 0)];
    let mut seen = 0usize;
    while let Some((prefix, id, depth)) = pending.pop() {
        let tree = repo.find_tree(id).map_err(&fail)?;
        seen += tree.len();
        if depth > MAX_DEPTH || seen > MAX_FILES {
            return Err(too_large());
        }
        for item in &tree {
            let mut path: Vec<u8> = prefix.clone();
            path.extend_from_slice(item.name_bytes());
            if item.kind() == Some(ObjectType::Tree) {
                path.push(b'/');
                pending.push((path, item.id(), depth + 1));
            } else {
                let mode = u32::try_from(item.filemode()).unwrap_or(0);
                listing.insert(path, Entry::of_mode(mode, Place::Object(item.id())));
            }
        }
    }
    Ok(listing)
}
