//! The commits of a history, one by one.

use std::path::Path;

use git2::Sort;

use super::error::ChangeError;
use super::repository;

/// A commit and the one before it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// The id of the commit before.
    pub parent: String,
    /// The id of the commit.
    pub commit: String,
}

/// At most the `most` latest commits that lead to the one that is checked out, the latest first. Left out are merges, which bring in
/// what other commits made, and those with nothing before them.
///
/// # Errors
///
/// There is no repository at `dir`, it has no commit, or it cannot be read.
pub fn history(dir: &Path, most: usize) -> Result<Vec<Step>, ChangeError> {
    let failed = || ChangeError::git("walk through the history");
    let repo = repository::open(dir)?;
    let mut walk = repo.revwalk().map_err(failed())?;
    walk.set_sorting(Sort::TOPOLOGICAL | Sort::TIME).map_err(failed())?;
    walk.push(repository::head_commit(&repo)?).map_err(failed())?;
    let mut steps = Vec::new();
    for id in walk {
        if steps.len() >= most {
            break;
        }
        let id = id.map_err(failed())?;
        let commit = repo.find_commit(id).map_err(failed())?;
        let (1, Ok(parent)) = (commit.parent_count(), commit.parent_id(0)) else { continue };
        // At the edge of a shallow clone the commit before is not there.
        if repo.find_commit(parent).is_ok() {
            steps.push(Step { parent: parent.to_string(), commit: id.to_string() });
        }
    }
    Ok(steps)
}
