//! `tempergate authorship`: who wrote the lines of a change, as far as marks tell.

use std::path::PathBuf;

use anyhow::{Result, anyhow, bail};
use clap::{Args, ValueEnum};

use super::network::Network;
use super::{Outcome, output, policies};
use crate::authorship::{Marks, listing};
use crate::change::{Change, Head, Limits, default_base};
use crate::report::model::ChangeInfo;
use crate::rules::Library;

/// Tells which lines of a change AI agents wrote, by the marks that they leave.
#[derive(Debug, Args)]
pub struct Authorship {
    /// What the change is compared with: a branch, tag or commit. When absent, the default branch, of `origin` where there is
    /// one; which it was is said.
    #[arg(long, value_name = "REF")]
    base: Option<String>,
    /// The head of the change; the working tree, with what is not committed, when absent.
    #[arg(long, value_name = "REF")]
    head: Option<String>,
    /// The repository, or a folder in it.
    #[arg(long, value_name = "DIR", default_value = ".")]
    repo: PathBuf,
    /// The policy that declares further marks; when absent, `.tempergate.yml` of the base.
    #[arg(long, value_name = "FILE")]
    policy: Option<PathBuf>,
    #[command(flatten)]
    network: Network,
    /// The format of the table.
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people.
    Text,
    /// One object.
    Json,
}

impl Authorship {
    /// Runs the command.
    pub fn run(&self) -> Result<Outcome> {
        let library = Library::built_in();
        let base = self.base()?;
        let head = match &self.head {
            Some(head) => Head::Commit(head.clone()),
            None => Head::WorkingTree,
        };
        let change = Change::between(&self.repo, &base, &head, Limits::default()).map_err(|e| anyhow!("{e}"))?;
        let policy = match &self.policy {
            Some(file) => policies::named(file, library, self.network)?,
            None => policies::of_base(&change, None, library, self.network)?,
        };
        let authors = change.authors(&Marks::with(policy.declared_marks()), None);
        let info = ChangeInfo {
            base,
            head: self.head.clone().unwrap_or_else(|| "working tree".to_string()),
            merge_base: change.merge_base().to_string(),
            head_commit: self.head.as_ref().map(|_| change.head_commit().to_string()),
        };
        let listing = listing(info, &authors);
        match self.format {
            Format::Text => output::print(&listing.table())?,
            Format::Json => output::print(&format!("{}\n", serde_json::to_string_pretty(&listing)?))?,
        }
        Ok(Outcome::Pass)
    }

    /// The base that was named, or the default branch.
    fn base(&self) -> Result<String> {
        if let Some(base) = &self.base {
            return Ok(base.clone());
        }
        let Some(base) = default_base(&self.repo).map_err(|e| anyhow!("{e}"))? else {
            bail!("no default branch was found to compare with; name a branch, tag or commit with --base");
        };
        output::note(&format!("compared with {}, {}; --base names another", base.name, base.why));
        Ok(base.name)
    }
}
