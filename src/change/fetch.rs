//! Bringing commits into a clone that lacks them: what a runner checks out is shallow, and the merge-base is further back.
//!
//! This runs `git`, because it knows how to reach the server (credentials, proxies). Nothing of the change is checked out or
//! run; hooks and other programs of the configuration that could be are switched off.

use std::path::Path;
use std::process::{Command, Stdio};

use super::error::ChangeError;
use super::repository;

/// How many commits of each history are fetched, one step after the other; then all.
const DEPTHS: [u32; 4] = [32, 256, 2_048, 16_384];

/// Whether a commit, or the merge-base of two, is missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Lack {
    Nothing,
    /// The histories are cut off before they meet.
    Depth,
    /// A commit is not here at all.
    Commit,
}

/// A variable of the environment for `git`, which may hold a token and is therefore on no command line.
pub type Variables = Vec<(String, String)>;

/// Sees to it that two commits and their merge-base are in the clone, fetching as little history as that takes. `access` gives
/// what the server may want to know of whoever asks, where the clone itself does not. Gives the id of the base, which may be
/// named by a branch that only the server has.
///
/// # Errors
///
/// The repository cannot be read, or `git` cannot fetch what lacks.
pub fn bring(dir: &Path, base: &str, head: &str, access: Option<&Variables>) -> Result<String, ChangeError> {
    let base = &id_of(dir, base, access)?;
    let mut lack = lack(dir, base, head)?;
    let shallow = repository::open(dir)?.is_shallow();
    if lack == Lack::Commit && !shallow {
        fetch(dir, &[], &[base, head], access)?;
        lack = self::lack(dir, base, head)?;
    }
    for depth in DEPTHS {
        if lack == Lack::Nothing || !shallow {
            return Ok(base.clone());
        }
        fetch(dir, &[&format!("--depth={depth}")], &[base, head], access)?;
        lack = self::lack(dir, base, head)?;
    }
    if lack != Lack::Nothing && shallow {
        fetch(dir, &["--unshallow"], &[base, head], access)?;
    }
    Ok(base.clone())
}

/// The id of the commit that a name stands for, here or at the server.
fn id_of(dir: &Path, name: &str, access: Option<&Variables>) -> Result<String, ChangeError> {
    let is_id = |text: &str| matches!(text.len(), 40 | 64) && text.bytes().all(|b| b.is_ascii_hexdigit());
    if is_id(name) {
        return Ok(name.to_string());
    }
    let missing = match repository::open(dir).and_then(|repo| repository::resolve(&repo, name)) {
        Ok(id) => return Ok(id.to_string()),
        Err(error) => error,
    };
    let list = |access: Option<&Variables>| git(dir, &["ls-remote", "--end-of-options", "origin", name], access);
    let listed = with_access(access, list).map_err(|_| missing.clone())?;
    // Branches come before tags.
    listed.split_whitespace().next().filter(|id| is_id(id)).map(str::to_string).ok_or(missing)
}

fn lack(dir: &Path, base: &str, head: &str) -> Result<Lack, ChangeError> {
    let repo = repository::open(dir)?;
    let [base_id, head_id] = [base, head].map(|name| repository::resolve(&repo, name));
    let (Ok(base_id), Ok(head_id)) = (base_id, head_id) else { return Ok(Lack::Commit) };
    Ok(match repository::merge_base(&repo, (base, base_id), (head, head_id)) {
        Ok(_) => Lack::Nothing,
        Err(_) => Lack::Depth,
    })
}

fn fetch(dir: &Path, options: &[&str], names: &[&str], access: Option<&Variables>) -> Result<(), ChangeError> {
    let mut arguments = vec!["fetch", "--quiet", "--no-tags", "--no-recurse-submodules", "--no-write-fetch-head"];
    arguments.extend_from_slice(options);
    arguments.extend_from_slice(&["--end-of-options", "origin"]);
    arguments.extend_from_slice(names);
    with_access(access, |access| git(dir, &arguments, access)).map(drop)
}

/// Tries the clone's own way of access first: beside a header of its own, servers refuse a second one.
fn with_access<R>(
    access: Option<&Variables>,
    run: impl Fn(Option<&Variables>) -> Result<R, ChangeError>,
) -> Result<R, ChangeError> {
    match (run(None), access) {
        (Err(_), Some(access)) => run(Some(access)),
        (came, _) => came,
    }
}

/// Runs `git` and gives its output.
fn git(dir: &Path, arguments: &[&str], access: Option<&Variables>) -> Result<String, ChangeError> {
    let mut command = Command::new("git");
    command.current_dir(dir).args(["-c", "core.hooksPath=/dev/null", "-c", "core.fsmonitor=false"]);
    command.args(["-c", "protocol.ext.allow=never", "-c", "http.lowSpeedLimit=1000", "-c", "http.lowSpeedTime=60"]);
    command.args(arguments).env("GIT_TERMINAL_PROMPT", "0").stdin(Stdio::null());
    if let Some(access) = access {
        command.envs(access.iter().map(|(name, value)| (name, value)));
    }
    let failed = |message: String| ChangeError::Git { doing: "fetch the history that is not in this clone", message };
    let output = command.output().map_err(|e| failed(format!("`git` does not start: {e}")))?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Err(failed(said.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(400).collect()))
}
