//! Finding and reading the files that are named on the command line.

use std::collections::BTreeMap;
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, Result, bail};
use ignore::WalkBuilder;

use crate::snapshot::{ReadError, Snapshot};
use crate::syntax::language_of;

/// The stack of a worker thread in bytes. Walks over the HIR are bounded in depth; the largest frame times that depth stays
/// well below this.
const STACK: usize = 64 << 20;

/// Starts the worker threads.
pub fn start_threads(threads: Option<usize>) -> Result<()> {
    rayon::ThreadPoolBuilder::new()
        .num_threads(threads.unwrap_or(0))
        .stack_size(STACK)
        .build_global()
        .context("the worker threads could not be started")
}

/// Worker threads for work that waits.
pub fn threads(number: usize) -> Result<rayon::ThreadPool> {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(number).stack_size(STACK).build();
    pool.context("the worker threads could not be started")
}

/// A file to analyse.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Listed {
    /// Its path in reports: relative to the working folder where it is inside, with '/'.
    pub name: String,
    /// Where it is.
    pub path: PathBuf,
}

/// The files under `paths`, sorted, each once. Folders are walked as git would (.gitignore, no hidden folders but
/// .github, links not followed) and give the files of known languages; a file that is named itself is always taken.
pub fn list(paths: &[PathBuf]) -> Result<Vec<Listed>> {
    let here = std::env::current_dir().and_then(fs::canonicalize).context("the working folder cannot be read")?;
    let mut out = Vec::new();
    for path in paths {
        let meta = fs::metadata(path).with_context(|| format!("{}", path.display()))?;
        if meta.is_file() {
            out.push(listed(path, &here));
            continue;
        }
        if !meta.is_dir() {
            bail!("{}: neither a file nor a folder", path.display());
        }
        for entry in WalkBuilder::new(path).require_git(false).follow_links(false).build() {
            let entry = entry.with_context(|| format!("while listing {}", path.display()))?;
            let is_file = entry.file_type().is_some_and(|t| t.is_file());
            if is_file && entry.path().to_str().is_none_or(|p| language_of(p).is_some()) {
                out.push(listed(entry.path(), &here));
            }
        }
    }
    out.sort();
    out.dedup_by(|b, a| a.path == b.path);
    Ok(out)
}

fn listed(path: &Path, here: &Path) -> Listed {
    let absolute = fs::canonicalize(path).unwrap_or_else(|_| path.to_path_buf());
    let shown = absolute.strip_prefix(here).unwrap_or(&absolute);
    Listed { name: shown.to_string_lossy().replace('\\', "/"), path: path.to_path_buf() }
}

/// The listed files as they are on disk, and nothing beside them but what says how they belong together (`go.mod`).
pub struct Listing {
    files: BTreeMap<String, PathBuf>,
    limit: u64,
}

impl Listing {
    /// These files, of which those larger than `limit` bytes are not read.
    pub fn new(listed: &[Listed], limit: u64) -> Listing {
        Listing { files: listed.iter().map(|l| (l.name.clone(), l.path.clone())).collect(), limit }
    }

    /// Where a file is: a module's description beside a listed file.
    fn place(&self, name: &str) -> Option<PathBuf> {
        let folder = name.strip_suffix("go.mod").filter(|f| f.is_empty() || f.ends_with('/'))?;
        let (inside, path) = self.files.range(folder.to_string()..).next().filter(|(n, _)| n.starts_with(folder))?;
        let up = inside.strip_prefix(folder)?.matches('/').count() + 1;
        let place = fs::canonicalize(path).ok()?.ancestors().nth(up)?.join("go.mod");
        fs::symlink_metadata(&place).is_ok_and(|m| m.is_file()).then_some(place)
    }
}

impl Snapshot for Listing {
    fn read(&self, path: &str) -> Result<Option<Arc<[u8]>>, ReadError> {
        let Some(place) = self.files.get(path).cloned().or_else(|| self.place(path)) else { return Ok(None) };
        let failed = |message: String| ReadError::Failed { path: path.to_string(), message };
        match read(&place, self.limit) {
            Ok(bytes) if bytes.len() as u64 > self.limit => Err(failed("it is too large".to_string())),
            Ok(bytes) => Ok(Some(bytes.into())),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(failed(error.to_string())),
        }
    }

    fn paths(&self) -> Vec<String> {
        self.files.keys().cloned().collect()
    }
}

/// Reads a file up to one byte past `limit`, so that a huge one is seen to be too large without being read whole.
pub fn read(path: &Path, limit: u64) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    fs::File::open(path)?.take(limit.saturating_add(1)).read_to_end(&mut bytes)?;
    Ok(bytes)
}
