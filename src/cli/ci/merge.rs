//! `tempergate merge`: the reports of jobs that shared a change become one, which is written, told and published as if one job
//! had made it.

use std::path::PathBuf;

use anyhow::{Result, anyhow};
use clap::Args;

use super::posting::{self, Post, Wishes};
use super::results::{self, Written};
use super::surroundings;
use crate::cli::Outcome;
use crate::cli::output::Texts;
use crate::shard;

/// Joins the reports of jobs that shared a change (`--shard`).
#[derive(Debug, Args)]
pub struct Merge {
    /// The reports: JSON files, or folders that hold a `report.json` or further such folders.
    #[arg(value_name = "REPORT", required = true)]
    reports: Vec<PathBuf>,
    /// The folder for the one report, in all its formats.
    #[arg(long = "reports", value_name = "DIR")]
    folder: Option<PathBuf>,
    /// In GitHub Actions: what is published, as for `tempergate ci`.
    #[arg(long, value_name = "WHAT", default_value = "none")]
    publish: String,
    /// Keeps several gates of one repository apart.
    #[arg(long, value_name = "NAME", default_value = "")]
    category: String,
}

impl Merge {
    /// Runs the command.
    pub fn run(&self) -> Result<Outcome> {
        self.merge().inspect_err(results::tell_error)
    }

    fn merge(&self) -> Result<Outcome> {
        let wishes = Wishes::parse(&self.publish)?;
        let mut reports = Vec::new();
        for file in files(&self.reports)? {
            reports.push(posting::read(&file)?);
        }
        let report = shard::merge(reports).map_err(|why| anyhow!("{why}"))?;
        let folder = self.folder.clone().unwrap_or_else(surroundings::reports);
        let texts = Texts::new();
        let Written { reports, sarif } = results::write(&folder, &report, &texts, &self.category)?;
        results::tell(&report, &texts, &reports)?;
        if wishes.any() {
            let event = surroundings::event()?;
            let head = report.change.as_ref().and_then(|change| change.head_commit.as_deref());
            let head = head.ok_or_else(|| anyhow!("the reports are not about a commit"))?;
            let category = &self.category;
            let max_comments = posting::MAX_COMMENTS;
            let (report, event, sarif) = (&report, &event, sarif.as_str());
            posting::post(&Post { report, head, event, wishes, max_comments, category, sarif, of_branch: None });
        }
        Ok(Outcome::of(&report))
    }
}

/// The reports in files and folders, sorted.
fn files(named: &[PathBuf]) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for path in named {
        if !path.is_dir() {
            files.push(path.clone());
            continue;
        }
        let before = files.len();
        let walk = ignore::WalkBuilder::new(path).standard_filters(false).max_depth(Some(4)).build();
        let found = walk.filter_map(Result::ok).filter(|entry| entry.file_name() == "report.json");
        files.extend(found.map(ignore::DirEntry::into_path));
        if files.len() == before {
            return Err(anyhow!("{}: there is no report.json in it", path.display()));
        }
    }
    files.sort();
    Ok(files)
}
