//! The files of the working tree: what git tracks as it is on disk, and what is untracked and not ignored.

use std::path::Path;

use git2::{Delta, DiffDelta, DiffOptions, FileMode, Repository};

use super::disk::{self, Found};
use super::error::ChangeError;
use super::file::Kind;
use super::files::{Entry, Listing, Place};
use super::path;

/// Index entries that are not checked out (sparse checkouts) carry this extended flag.
const SKIP_WORKTREE: u16 = 1 << 14;

/// Lists the files of the working tree. Git's own cache of file times says which tracked files are unmodified; nothing is
/// written back to it.
pub(super) fn list(repo: &Repository, root: &Path) -> Result<Listing, ChangeError> {
    let fail = ChangeError::git("compare the working tree with the index");
    let mut index = repo.index().map_err(&fail)?;
    index.read(false).map_err(&fail)?;
    let mut listing = Listing::new();
    for entry in index.iter() {
        let absent = entry.flags_extended & SKIP_WORKTREE != 0;
        let submodule = entry.mode & 0o170_000 == 0o160_000;
        let place = if absent || submodule { Place::Object(entry.id) } else { Place::Disk(Some(entry.id)) };
        listing.insert(entry.path, Entry::of_mode(entry.mode, place));
    }
    let mut options = DiffOptions::new();
    options.include_untracked(true).recurse_untracked_dirs(true).include_typechange(true);
    options.include_unreadable(true).skip_binary_check(true).update_index(false);
    let diff = repo.diff_index_to_workdir(Some(&index), Some(&mut options)).map_err(&fail)?;
    for delta in diff.deltas() {
        record(root, &mut listing, &delta);
    }
    Ok(listing)
}

fn record(root: &Path, listing: &mut Listing, delta: &DiffDelta<'_>) {
    let file = delta.new_file();
    let Some(raw) = file.path_bytes().or_else(|| delta.old_file().path_bytes()) else { return };
    if let Some(nested) = raw.strip_suffix(b"/") {
        listing.insert(nested.to_vec(), Entry::of_mode(0o160_000, Place::Elsewhere));
        return;
    }
    if delta.status() == Delta::Deleted {
        let not_checked_out = |entry: &Entry| entry.kind != Kind::Submodule && matches!(entry.place, Place::Object(_));
        if !listing.get(raw).is_some_and(not_checked_out) {
            listing.remove(raw);
        }
        return;
    }
    let entry = match file.mode() {
        FileMode::Commit => Some(Entry::of_mode(0o160_000, Place::Object(file.id()))),
        mode => on_disk(root, raw, mode),
    };
    match entry {
        Some(entry) => listing.insert(raw.to_vec(), entry),
        None => listing.remove(raw),
    };
}

/// The entry of a modified or untracked path. What cannot be looked at stays listed, so that it is reported.
fn on_disk(root: &Path, raw: &[u8], mode: FileMode) -> Option<Entry> {
    let executable = if mode == FileMode::BlobExecutable { 0o100_755 } else { 0o100_644 };
    let mode = match disk::find(root, raw, &path::to_text(raw).0) {
        Ok(None) => return None,
        Ok(Some((_, Found::Symlink))) => 0o120_000,
        Ok(Some(_)) | Err(_) => executable,
    };
    Some(Entry::of_mode(mode, Place::Disk(None)))
}
