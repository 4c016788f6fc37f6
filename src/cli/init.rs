//! `tempergate init`: sets a repository up for GitHub Actions, after showing what it would write.

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, ErrorKind, IsTerminal, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use clap::Args;
use git2::{BranchType, Repository};

use super::{Outcome, files, output};
use crate::setup::{self, Found, Planned, Step, There};
use crate::syntax::hir::Language;
use crate::syntax::language_of;

/// Writes a workflow for GitHub Actions and a starter policy into a repository, after showing them. Ends with 0 when they are
/// there, 1 when you declined, and 2 when nothing could be written.
#[derive(Debug, Args)]
pub struct Init {
    /// The repository, or a folder in it.
    #[arg(long, value_name = "DIR", default_value = ".")]
    repo: PathBuf,
    /// The form in two stages, which also comments on pull requests from forks.
    #[arg(long)]
    forks: bool,
    /// Write without asking.
    #[arg(long, conflicts_with = "dry_run")]
    yes: bool,
    /// Only show what would be written.
    #[arg(long)]
    dry_run: bool,
    /// Replace files that are there with another text.
    #[arg(long)]
    force: bool,
}

/// A file that is there is not read beyond this, since it is shown and compared only.
const LARGEST: u64 = 1 << 20;

impl Init {
    /// Runs the command.
    pub fn run(&self) -> Result<Outcome> {
        let repo = Repository::discover(&self.repo)
            .with_context(|| format!("{} is in no git repository", self.repo.display()))?;
        let Some(root) = repo.workdir() else { bail!("a bare repository has no place for files") };
        let found = Found { default_branch: default_branch(&repo), languages: languages(&repo)? };
        let plan = setup::plan(&found, self.forks, self.force, |path| there(root, path));
        output::print(&setup::listing(&found, &plan))?;
        if self.dry_run {
            return Ok(Outcome::Pass);
        }
        if plan.iter().any(Planned::writes) {
            if !self.yes && !asked()? {
                output::print("Nothing was written.\n")?;
                return Ok(Outcome::Fail);
            }
            for file in plan.iter().filter(|file| file.writes()) {
                write(root, file).with_context(|| file.path.to_string())?;
            }
        }
        if let Some(blocked) = plan.iter().find(|file| matches!(file.step, Step::Blocked(_))) {
            bail!("{} could not be written", blocked.path);
        }
        output::print(&setup::next_steps(&found, self.forks))?;
        Ok(Outcome::Pass)
    }
}

/// Whether somebody at the terminal agrees.
fn asked() -> Result<bool> {
    if !std::io::stdin().is_terminal() {
        bail!("nothing was written, since nobody can be asked here: --yes writes, --dry-run only shows");
    }
    let _ = write!(std::io::stderr(), "\nWrite these files? [y/N] ");
    let mut answer = String::new();
    std::io::stdin().lock().read_line(&mut answer).context("standard input")?;
    Ok(matches!(answer.trim().to_ascii_lowercase().as_str(), "y" | "yes"))
}

/// The branch that pull requests go to: what the remote says, else the usual names, else what is checked out.
fn default_branch(repo: &Repository) -> String {
    let remote = repo.find_reference("refs/remotes/origin/HEAD").ok();
    let remote = remote.as_ref().and_then(|r| r.symbolic_target().ok().flatten());
    if let Some(branch) = remote.and_then(|target| target.strip_prefix("refs/remotes/origin/")) {
        return branch.to_string();
    }
    let usual = ["main", "master"].into_iter().find(|name| {
        let remote = format!("origin/{name}");
        repo.find_branch(name, BranchType::Local).is_ok() || repo.find_branch(&remote, BranchType::Remote).is_ok()
    });
    let checked_out = || {
        let head = repo.find_reference("HEAD").ok()?;
        let target = head.symbolic_target().ok().flatten()?;
        target.strip_prefix("refs/heads/").map(str::to_string)
    };
    usual.map(str::to_string).or_else(checked_out).unwrap_or_else(|| "main".to_string())
}

/// How many tracked files there are of each language.
fn languages(repo: &Repository) -> Result<BTreeMap<Language, usize>> {
    let index = repo.index().context("the repository's index cannot be read")?;
    let mut counts = BTreeMap::new();
    for entry in index.iter() {
        if let Some(language) = language_of(&String::from_utf8_lossy(&entry.path)) {
            *counts.entry(language).or_default() += 1;
        }
    }
    Ok(counts)
}

/// What is at a path under the root. Links are not followed, neither the file's nor a folder's above it: they may lead out of the
/// repository.
fn there(root: &Path, path: &str) -> There {
    let mut place = root.to_path_buf();
    let names: Vec<&str> = path.split('/').collect();
    for (at, name) in names.iter().enumerate() {
        place.push(name);
        let last = at + 1 == names.len();
        match fs::symlink_metadata(&place) {
            Err(error) if error.kind() == ErrorKind::NotFound => return There::Nothing,
            Err(_) => return There::Other("out of reach"),
            Ok(meta) if meta.is_symlink() => return There::Other("behind a link"),
            Ok(meta) if !last && meta.is_dir() => {}
            Ok(_) if !last => return There::Other("below something that is no folder"),
            Ok(meta) if !meta.is_file() => return There::Other("no file"),
            Ok(meta) if meta.len() > LARGEST => return There::Other("a file too large to compare"),
            Ok(_) => {}
        }
    }
    match files::read(&place, LARGEST).map(String::from_utf8) {
        Ok(Ok(text)) => There::Text(text),
        Ok(Err(_)) => There::Other("a file that is no text"),
        Err(_) => There::Other("a file that cannot be read"),
    }
}

/// Writes a file: a new one only where there is still none, another's replacement in one step.
fn write(root: &Path, file: &Planned) -> Result<()> {
    let place = root.join(file.path);
    let folder = place.parent().unwrap_or(root);
    fs::create_dir_all(folder)?;
    if file.step == Step::Create {
        fs::File::options().write(true).create_new(true).open(&place)?.write_all(file.text.as_bytes())?;
        return Ok(());
    }
    let meta = fs::metadata(&place)?;
    let mut new = tempfile::NamedTempFile::new_in(folder)?;
    new.write_all(file.text.as_bytes())?;
    new.as_file().set_permissions(meta.permissions())?;
    new.persist(&place)?;
    Ok(())
}
