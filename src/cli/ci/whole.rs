//! The whole default branch, analysed for Code Scanning. GitHub closes every alert of a branch that an upload does not have, so
//! what is uploaded for a branch must be about all of its files; the verdict stays that of the change.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow};

use super::surroundings;
use crate::assemble::{self, Parts};
use crate::change::{Change, Head, Limits};
use crate::cli::command;
use crate::cli::output;
use crate::cli::scan;
use crate::gate::Collected;
use crate::github::event::Event;
use crate::policy::Policy;
use crate::report::model::Command;
use crate::report::{Report, sarif, text};
use crate::rules::Library;

/// What is analysed.
pub struct Whole<'a> {
    /// A folder of the repository.
    pub workspace: &'a Path,
    /// The commit.
    pub commit: &'a str,
    /// The branch that it is the tip of, as `refs/heads/main`.
    pub reference: String,
    /// The policy, with its scope and caps.
    pub policy: &'a Policy,
}

/// The results of a whole branch.
pub struct BranchResults {
    /// As SARIF.
    pub sarif: String,
    /// The file that has them.
    pub file: PathBuf,
    /// The branch, as `refs/heads/main`.
    pub reference: String,
    /// How many they are.
    pub number: usize,
}

/// The default branch as a reference, where the event is about it: commits were pushed to it, or somebody or a timetable started
/// the workflow there.
pub fn default_branch(event: &Event) -> Option<String> {
    let (Event::Push { default_branch, .. } | Event::Started { default_branch }) = event else { return None };
    let reference = format!("refs/heads/{}", default_branch.as_ref()?);
    (surroundings::variable("GITHUB_REF")? == reference).then_some(reference)
}

impl Whole<'_> {
    /// Analyses all files of the commit, and leaves the results in a folder.
    ///
    /// # Errors
    ///
    /// The repository cannot be read, or the file not be written.
    pub fn results(&self, folder: &Path, category: &str) -> Result<BranchResults> {
        let limits = Limits { max_file_bytes: self.policy.max_file_bytes() };
        // Compared with itself, the commit has no changed files, but all of its own.
        let head = Head::Commit(self.commit.to_string());
        let change = Change::between(self.workspace, self.commit, &head, limits).map_err(|e| anyhow!("{e}"))?;
        let library = Library::built_in();
        command::say_not_asked(self.policy);
        let Collected { findings, files, texts, inline, .. } = scan::of_commit(change.head(), library, self.policy);
        let parts = Parts {
            command: Command::Scan,
            change: None,
            shard: None,
            findings,
            authors: None,
            resolved: Vec::new(),
            files,
            inline,
            engines: Vec::new(),
            rules: BTreeMap::new(),
        };
        let report = assemble::report(parts, self.policy, library);
        say(&report);
        let sources = |path: &str| texts.get(path).cloned();
        let sarif = sarif::render(&report, &sources, sarif::Audience::Upload { category })?;
        let file = folder.join("repository.sarif");
        fs::write(&file, &sarif).with_context(|| format!("{}", file.display()))?;
        Ok(BranchResults { sarif, file, reference: self.reference.clone(), number: report.findings.len() })
    }
}

fn say(report: &Report) {
    let (findings, files) = (text::count(report.findings.len(), "finding"), text::count(report.files.len(), "file"));
    output::note(&format!("the whole repository, for Code Scanning: {findings} in {files}"));
    let cut = report.summary.findings_over_cap;
    if cut > 0 {
        output::note(&format!(
            "{} more are left out because of the policy's cap, and their alerts are closed",
            text::count(cut, "finding")
        ));
    }
}
