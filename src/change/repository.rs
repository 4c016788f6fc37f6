//! Opening the repository and finding the commits that were named.
//!
//! Nothing here runs a program: libgit2 knows no hooks, no external diff drivers and no filters but its own for line ends.
//! Environment variables such as `GIT_DIR` are not looked at.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use git2::{ErrorCode, Oid, Repository, RepositoryOpenFlags};
use rustc_hash::FxHashSet;

use super::error::ChangeError;

/// Opens the repository at `dir` or above it.
pub(super) fn open(dir: &Path) -> Result<Repository, ChangeError> {
    Repository::open_ext(dir, RepositoryOpenFlags::CROSS_FS, &[] as &[&OsStr]).map_err(|error| match error.code() {
        ErrorCode::NotFound => ChangeError::NotARepository { dir: dir.into() },
        ErrorCode::Owner => ChangeError::NotOwned { dir: found_at(dir) },
        _ => ChangeError::git("open the repository")(error),
    })
}

/// The directory that git would have to trust to read the repository around `dir`.
fn found_at(dir: &Path) -> PathBuf {
    let found = Repository::discover_path(dir, &[] as &[&OsStr]).unwrap_or_else(|_| dir.into());
    let tree = if found.ends_with(".git") { found.parent().map(Path::to_path_buf) } else { None };
    let trusted = tree.unwrap_or(found);
    trusted.canonicalize().unwrap_or(trusted)
}

/// The commit that the working tree is based on.
pub(super) fn head_commit(repo: &Repository) -> Result<Oid, ChangeError> {
    let head = repo.head().map_err(|error| match error.code() {
        ErrorCode::UnbornBranch => ChangeError::Unborn { branch: unborn_branch(repo) },
        ErrorCode::NotFound => {
            ChangeError::RefNotFound { name: "HEAD".into(), similar: Vec::new(), shallow: repo.is_shallow() }
        }
        _ => ChangeError::git("find the current commit")(error),
    })?;
    Ok(head.peel_to_commit().map_err(ChangeError::git("read the current commit"))?.id())
}

/// What a change is compared with where nobody says it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DefaultBase {
    /// The name of the branch.
    pub name: String,
    /// Why this one, as a phrase.
    pub why: &'static str,
}

/// The default branch: that of the remote `origin`, as far as this clone knows it, else the usual names. A branch that is
/// checked out is none, since nothing would differ from it but what is not committed.
///
/// # Errors
///
/// There is no repository at `dir`, or it cannot be read.
pub fn default_base(dir: &Path) -> Result<Option<DefaultBase>, ChangeError> {
    let repo = open(dir)?;
    let remote = repo.find_reference("refs/remotes/origin/HEAD").ok();
    let target = remote.as_ref().and_then(|head| head.symbolic_target().ok().flatten());
    if let Some(name) = target.and_then(|target| target.strip_prefix("refs/remotes/"))
        && repo.find_reference(&format!("refs/remotes/{name}")).is_ok()
    {
        return Ok(Some(DefaultBase { name: name.to_string(), why: "the default branch of origin" }));
    }
    let usual = [
        ("refs/remotes/", "origin/main", "the usual name of origin's default branch"),
        ("refs/remotes/", "origin/master", "the usual name of origin's default branch"),
        ("refs/heads/", "main", "the usual name of a default branch"),
        ("refs/heads/", "master", "the usual name of a default branch"),
    ];
    let checked_out = repo.head().ok().map(|head| head.name_bytes().to_vec());
    let is_there = |full: &str| repo.find_reference(full).is_ok() && checked_out.as_deref() != Some(full.as_bytes());
    let found = usual.into_iter().find(|(place, name, _)| is_there(&format!("{place}{name}")));
    Ok(found.map(|(_, name, why)| DefaultBase { name: name.to_string(), why }))
}

/// The name of the branch that HEAD points to, though nothing is there.
fn unborn_branch(repo: &Repository) -> String {
    let target = repo.find_reference("HEAD").ok().and_then(|head| {
        let name = head.symbolic_target_bytes()?;
        Some(String::from_utf8_lossy(name.strip_prefix(b"refs/heads/").unwrap_or(name)).into_owned())
    });
    target.unwrap_or_else(|| "HEAD".into())
}

/// The commit that `name` stands for: a branch, tag, remote branch, commit id, or an expression such as `main~2`.
pub(super) fn resolve(repo: &Repository, name: &str) -> Result<Oid, ChangeError> {
    if matches!(name, "HEAD" | "@") {
        return head_commit(repo);
    }
    let candidates = candidates(repo, name);
    if candidates.windows(2).any(|pair| matches!(pair, [a, b] if a.1 != b.1)) {
        let candidates = candidates.into_iter().map(|(full, _)| full).collect();
        return Err(ChangeError::AmbiguousRef { name: name.into(), candidates });
    }
    let object = repo.revparse_single(name).map_err(|error| unresolved(repo, name, &error))?;
    let commit = object.peel_to_commit();
    commit.map(|commit| commit.id()).map_err(|_| ChangeError::NotACommit { name: name.into() })
}

/// The references that git would consider for the reference part of `name`, with what they point to.
fn candidates(repo: &Repository, name: &str) -> Vec<(String, Option<Oid>)> {
    let end = name.find(['~', '^', ':', '@']).unwrap_or(name.len());
    let plain = name.get(..end).unwrap_or(name);
    let is_id = plain.len() == 40 && plain.bytes().all(|b| b.is_ascii_hexdigit());
    if plain.is_empty() || is_id || plain == "HEAD" {
        return Vec::new();
    }
    let full = ["refs/", "refs/tags/", "refs/heads/", "refs/remotes/"].map(|prefix| format!("{prefix}{plain}"));
    let target = |full: &String| repo.find_reference(full).ok().map(|r| r.peel_to_commit().ok().map(|c| c.id()));
    full.into_iter().filter_map(|full| target(&full).map(|id| (full, id))).collect()
}

fn unresolved(repo: &Repository, name: &str, error: &git2::Error) -> ChangeError {
    let name = name.to_owned();
    match error.code() {
        ErrorCode::Ambiguous => ChangeError::AmbiguousRef { name, candidates: Vec::new() },
        ErrorCode::InvalidSpec | ErrorCode::Peel => ChangeError::NotACommit { name },
        ErrorCode::UnbornBranch => ChangeError::Unborn { branch: unborn_branch(repo) },
        ErrorCode::NotFound => {
            let remotes = repo.remotes().ok();
            let remotes = remotes.iter().flatten().filter_map(|remote| remote.ok().flatten());
            let known = remotes.map(|remote| format!("{remote}/{name}"));
            let similar = known.filter(|known| repo.find_reference(&format!("refs/remotes/{known}")).is_ok()).collect();
            ChangeError::RefNotFound { name, similar, shallow: repo.is_shallow() }
        }
        _ => ChangeError::git("look up the name of a commit")(git2::Error::from_str(&format!("{name:?}: {error}"))),
    }
}

/// The commit where the two histories parted; the best one where there are several.
pub(super) fn merge_base(repo: &Repository, base: (&str, Oid), head: (&str, Oid)) -> Result<Oid, ChangeError> {
    let none = || ChangeError::NoMergeBase { base: base.0.into(), head: head.0.into(), shallow: repo.is_shallow() };
    let found = repo.merge_base(base.1, head.1).map_err(|error| match error.code() {
        ErrorCode::NotFound => none(),
        _ => ChangeError::git("find the common ancestor")(error),
    })?;
    if repo.is_shallow() && is_cut_off(repo, base.1, head.1, found) {
        return Err(none());
    }
    Ok(found)
}

/// Whether histories that are cut off could meet at a later commit than the one that was found: a way from one of the tips ends
/// at the edge of the clone without passing it. A change would then be compared with too old a commit, or with one in which
/// something was still there that the base has mended since.
fn is_cut_off(repo: &Repository, base: Oid, head: Oid, found: Oid) -> bool {
    let edge = std::fs::read_to_string(repo.commondir().join("shallow")).unwrap_or_default();
    let edge: FxHashSet<&str> = edge.lines().map(str::trim).collect();
    let reaches_edge = || -> Result<bool, git2::Error> {
        let mut walk = repo.revwalk()?;
        walk.push(base)?;
        walk.push(head)?;
        walk.hide(found)?;
        for commit in walk {
            if edge.contains(commit?.to_string().as_str()) {
                return Ok(true);
            }
        }
        Ok(false)
    };
    // A walk that fails has come to a commit that is not here.
    reaches_edge().unwrap_or(true)
}
