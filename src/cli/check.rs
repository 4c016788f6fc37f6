//! `tempergate check`: judges a change.

use std::path::{Path, PathBuf};

use anyhow::{Result, anyhow};
use clap::Args;

use super::Outcome;
use super::asking::Asking;
use super::command::{Announced, AnnouncedEngines};
use super::output::Output;
use super::policies;
use crate::authorship::{Marks, PullRequest};
use crate::change::{Change, Head, Limits};
use crate::engine::Engines;
use crate::gate::{self, Judged, Means};
use crate::harden::registry::Registry;
use crate::policy::Policy;
use crate::report::model::ChangeInfo;
use crate::rules::Library;
use crate::shard::Shard;
use crate::trial::Trial;

/// Which change.
#[derive(Debug, Args)]
pub struct ChangeArguments {
    /// What the change is compared with: a branch, tag or commit. What counts is the merge-base with the head.
    #[arg(long, value_name = "REF")]
    pub base: String,
    /// The head of the change; the working tree, with what is not committed, when absent.
    #[arg(long, value_name = "REF")]
    pub head: Option<String>,
    /// The repository, or a folder in it.
    #[arg(long, value_name = "DIR", default_value = ".")]
    pub repo: PathBuf,
    /// The policy; when absent, `.tempergate.yml` of the base, else the built-in `baseline`.
    #[arg(long, value_name = "FILE")]
    pub policy: Option<PathBuf>,
    /// Mend and report only this job's share of the files; `tempergate merge` joins the reports of all jobs.
    #[arg(long, value_name = "K/N")]
    pub shard: Option<Shard>,
    /// Another file of the base that holds the policy.
    #[arg(skip)]
    pub policy_of_base: Option<String>,
    /// The pull request that the change is of.
    #[arg(skip)]
    pub pull_request: Option<PullRequest>,
}

/// Judges a change: what it brings in, which fixes are verified, what the policy says.
#[derive(Debug, Args)]
pub struct Check {
    /// Which change.
    #[command(flatten)]
    pub change: ChangeArguments,
    /// Which strategies ask which model.
    #[command(flatten)]
    pub asking: Asking,
    /// Where the report goes.
    #[command(flatten)]
    pub output: Output,
}

impl Check {
    /// Runs the command.
    pub fn run(&self) -> Result<Outcome> {
        self.output.check()?;
        let judged = self.change.judge(&self.asking)?.judged;
        self.output.write(&judged.report, &judged.texts)?;
        Ok(Outcome::of(&judged.report))
    }
}

/// A judged change with the root of its working tree, where there is one.
pub struct JudgedChange {
    /// The judgement.
    pub judged: Judged,
    /// The root of the working tree.
    pub root: Option<PathBuf>,
    /// The policy that judged.
    pub policy: Policy,
}

impl ChangeArguments {
    /// Takes the change from git and judges it.
    pub fn judge(&self, asking: &Asking) -> Result<JudgedChange> {
        let library = Library::built_in();
        // A policy that cannot be read is said before any work is done.
        let given = self.policy.as_deref().map(|p| policies::named(p, library, asking.network)).transpose()?;
        let head = match &self.head {
            Some(head) => Head::Commit(head.clone()),
            None => Head::WorkingTree,
        };
        let limits = |policy: &Policy| Limits { max_file_bytes: policy.max_file_bytes() };
        let baseline = Policy::baseline();
        let change = between(&self.repo, &self.base, &head, limits(given.as_ref().unwrap_or(&baseline)))?;
        let policy = match given {
            Some(policy) => policy,
            None => policies::of_base(&change, self.policy_of_base.as_deref(), library, asking.network)?,
        };
        let change = match policy.max_file_bytes() == baseline.max_file_bytes() {
            true => change,
            false => between(&self.repo, &self.base, &head, limits(&policy))?,
        };
        let info = ChangeInfo {
            base: self.base.clone(),
            head: self.head.clone().unwrap_or_else(|| "working tree".to_string()),
            merge_base: change.merge_base().to_string(),
            head_commit: self.head.as_ref().map(|_| change.head_commit().to_string()),
        };
        // The policy is that of the base, or one that was named; a command of the head's is never run.
        let command = policy.verify_command();
        let runner = command.as_ref().map(|command| Announced::new(&change, command));
        let trial = command.as_ref().zip(runner.as_ref()).map(|(command, runner)| Trial { command, runner });
        let authors = change.authors(&Marks::with(policy.declared_marks()), self.pull_request.as_ref());
        let engines = AnnouncedEngines::new(&change);
        let judge = |policy: &Policy, registry: &Registry<'_>| {
            let (trial, authors, shard) = (trial.as_ref(), &authors, self.shard);
            let engines = Some(&engines as &dyn Engines);
            gate::judge(&change, info, &Means { policy, library, registry, trial, engines, authors, shard })
        };
        let (policy, judged) = asking.with_registry(policy, true, judge)?;
        let judged = judged.map_err(|why| anyhow!("the change cannot be judged: {why}"))?;
        Ok(JudgedChange { judged, root: change.root().map(Path::to_path_buf), policy })
    }
}

fn between(repo: &Path, base: &str, head: &Head, limits: Limits) -> Result<Change> {
    Change::between(repo, base, head, limits).map_err(|e| anyhow!("{e}"))
}
