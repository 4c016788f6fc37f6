//! Reading from the working tree without being led out of it.

use std::fs::{self, File, Metadata};
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::path::to_relative;
use crate::snapshot::ReadError;

/// What stands at a path of the working tree.
pub(super) enum Found {
    /// A regular file.
    Regular(Metadata),
    /// A symbolic link.
    Symlink,
    /// A folder, or something that is neither file, link nor folder.
    Other,
}

/// Looks a path up without following any link on the way; `None` when nothing is there.
pub(super) fn find(root: &Path, raw: &[u8], text: &str) -> Result<Option<(PathBuf, Found)>, ReadError> {
    let failed = |message: String| ReadError::Failed { path: text.into(), message };
    let relative = to_relative(raw).ok_or_else(|| failed("the name is not a usable path".into()))?;
    let mut at = root.to_path_buf();
    let mut parts = relative.components().peekable();
    while let Some(part) = parts.next() {
        at.push(part);
        let meta = match fs::symlink_metadata(&at) {
            Ok(meta) => meta,
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => return Ok(None),
            Err(error) => return Err(failed(error.to_string())),
        };
        if parts.peek().is_none() {
            let found = if meta.is_file() {
                Found::Regular(meta)
            } else if meta.is_symlink() {
                Found::Symlink
            } else {
                Found::Other
            };
            return Ok(Some((at, found)));
        }
        if meta.is_symlink() {
            return Err(ReadError::Symlink { path: text.into() });
        }
    }
    Ok(None)
}

/// The bytes of a regular file of at most `limit` bytes. Of a larger one nothing is kept.
pub(super) fn read(root: &Path, raw: &[u8], text: &str, limit: u64) -> Result<Option<Arc<[u8]>>, ReadError> {
    let failed = |message: String| ReadError::Failed { path: text.into(), message };
    let too_large = |bytes| ReadError::TooLarge { path: text.into(), bytes, limit };
    let (at, meta) = match find(root, raw, text)? {
        None => return Ok(None),
        Some((at, Found::Regular(meta))) => (at, meta),
        Some((_, Found::Symlink)) => return Err(ReadError::Symlink { path: text.into() }),
        Some((_, Found::Other)) => return Err(ReadError::NotAFile { path: text.into() }),
    };
    if meta.len() > limit {
        return Err(too_large(meta.len()));
    }
    let file = File::open(&at).map_err(|error| failed(error.to_string()))?;
    let opened = file.metadata().map_err(|error| failed(error.to_string()))?;
    if !opened.is_file() || !same_file(&meta, &opened) {
        return Err(failed("it was replaced while it was read".into()));
    }
    let mut bytes = Vec::new();
    file.take(limit.saturating_add(1)).read_to_end(&mut bytes).map_err(|error| failed(error.to_string()))?;
    match bytes.len() as u64 {
        len if len > limit => Err(too_large(len)),
        _ => Ok(Some(bytes.into())),
    }
}

/// The target of a symbolic link, as it is written.
pub(super) fn read_link(root: &Path, raw: &[u8], text: &str) -> Result<Option<Vec<u8>>, ReadError> {
    let Some((at, Found::Symlink)) = find(root, raw, text)? else { return Ok(None) };
    let target = fs::read_link(at).map_err(|e| ReadError::Failed { path: text.into(), message: e.to_string() })?;
    Ok(Some(target.into_os_string().into_encoded_bytes()))
}

#[cfg(unix)]
fn same_file(a: &Metadata, b: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;
    (a.dev(), a.ino()) == (b.dev(), b.ino())
}

#[cfg(not(unix))]
fn same_file(a: &Metadata, b: &Metadata) -> bool {
    a.file_type() == b.file_type()
}
