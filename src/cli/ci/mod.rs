//! `tempergate ci`: a job of GitHub Actions. It reads the event, brings the commits into the clone, judges, and writes and
//! publishes what the token permits. `surroundings` is what the runner's environment says, `results` what is written and told,
//! `posting` what is published, `whole` the analysis of a whole branch for Code Scanning; `merge` joins the reports of jobs that
//! share a change.

mod merge;
mod posting;
mod results;
pub(super) mod surroundings;
mod whole;

use std::path::{Component, Path, PathBuf};

use anyhow::{Context, Result, anyhow, bail};
use clap::Args;

pub use self::merge::Merge;
pub use self::posting::Publish;
use self::posting::{Post, Wishes};
use self::whole::Whole;
use super::asking::Asking;
use super::check::{ChangeArguments, JudgedChange};
use super::output;
use super::{Outcome, guarded};
use crate::change::fetch;
use crate::gate::Judged;
use crate::github::event::Event;
use crate::policy::BUILTIN;
use crate::shard::Shard;

/// Judges the change of an event in GitHub Actions, and publishes what comes of it.
///
/// Every option can also be given by a variable of the environment (TEMPERGATE_POLICY and so on); an empty one counts as
/// absent.
#[derive(Debug, Args)]
pub struct Ci {
    /// The policy: a file of the base, or an absolute path outside the checkout; `.tempergate.yml` when absent.
    #[arg(long, value_name = "FILE")]
    policy: Option<String>,
    /// What is published: `auto` (review, comment and check, as far as the token permits), `none`, or a list of review, comment,
    /// check and sarif.
    #[arg(long, value_name = "WHAT")]
    publish: Option<String>,
    /// The folder for report.json, report.sarif, report.md and report.html.
    #[arg(long, value_name = "DIR")]
    reports: Option<PathBuf>,
    /// For `workflow_run`: the folder with the reports of the first stage.
    #[arg(long, value_name = "DIR")]
    from: Option<PathBuf>,
    /// What is compared with where the event does not say it (`workflow_dispatch`, `schedule`, and a push that begins a branch):
    /// a branch, tag or commit; the default branch when absent.
    #[arg(long, value_name = "REF")]
    base: Option<String>,
    /// Mend and report only this job's share of the files; `tempergate merge` joins the reports of all jobs, and publishes.
    #[arg(long, value_name = "K/N")]
    shard: Option<String>,
    /// Keeps several gates of one repository apart: their comments, checks and results.
    #[arg(long, value_name = "NAME")]
    category: Option<String>,
    #[command(flatten)]
    asking: Asking,
}

/// The two sides of what is judged.
struct Sides {
    base: String,
    head: String,
}

impl Ci {
    /// Runs the command.
    pub fn run(&self) -> Result<Outcome> {
        guarded(|| self.run_event()).inspect_err(results::tell_error)
    }

    fn run_event(&self) -> Result<Outcome> {
        let event = surroundings::event()?;
        let wishes =
            Wishes::parse(&self.wish("TEMPERGATE_PUBLISH", &self.publish).unwrap_or_else(|| "auto".to_string()))?;
        if let Event::WorkflowRun { head, source } = &event {
            let folder = self.path("TEMPERGATE_FROM", &self.from);
            let folder = folder.ok_or_else(|| anyhow!("--from names no folder with the reports of the first stage"))?;
            return posting::second_stage(&folder, head, source.as_ref(), wishes, &self.category());
        }
        let access = access();
        let Some(sides) = self.sides(&event, access.as_ref())? else {
            output::note("the branch was deleted; there is nothing to judge");
            return Ok(Outcome::Pass);
        };
        let JudgedChange { judged: Judged { report, texts, .. }, policy, .. } =
            self.judge(&sides, &event, access.as_ref())?;
        let publishes = policy.publishes();
        let folder = self.path("TEMPERGATE_REPORTS", &self.reports).unwrap_or_else(surroundings::reports);
        let mut written = results::write(&folder, &report, &texts, &self.category())?;
        // A share of a change is not what a pull request should say.
        let wishes = if report.shard.is_some() { Wishes::default() } else { wishes.within(publishes) };
        let branch = whole::default_branch(&event).filter(|_| wishes.sarif && surroundings::token().is_some());
        let of_branch = branch.and_then(|reference| {
            let whole =
                Whole { workspace: &surroundings::workspace(), commit: &sides.head, reference, policy: &policy };
            let results = whole.results(&folder, &self.category());
            results.inspect_err(|error| posting::warn(&format!("the whole repository: {error:#}"))).ok()
        });
        if let Some(results) = &of_branch {
            written.replace_sarif(&results.file);
        }
        let post = Post {
            report: &report,
            head: &sides.head,
            event: &event,
            wishes,
            max_comments: publishes.max_comments,
            category: &self.category(),
            sarif: &written.sarif,
            of_branch: of_branch.as_ref(),
        };
        results::tell(&report, &texts, &written.reports)?;
        posting::post(&post);
        Ok(Outcome::of(&report))
    }

    fn wish(&self, variable: &str, given: &Option<String>) -> Option<String> {
        given.clone().filter(|value| !value.is_empty()).or_else(|| surroundings::variable(variable))
    }

    fn path(&self, variable: &str, given: &Option<PathBuf>) -> Option<PathBuf> {
        let given = given.clone().filter(|path| !path.as_os_str().is_empty());
        given.or_else(|| surroundings::variable(variable).map(PathBuf::from))
    }

    fn category(&self) -> String {
        self.wish("TEMPERGATE_CATEGORY", &self.category).unwrap_or_default()
    }

    fn shard(&self) -> Result<Option<Shard>> {
        let named = self.wish("TEMPERGATE_SHARD", &self.shard);
        named.map(|text| text.parse().map_err(|why| anyhow!("--shard: {why}"))).transpose()
    }

    /// Which commits are compared; none where a branch was deleted.
    fn sides(&self, event: &Event, access: Option<&fetch::Variables>) -> Result<Option<Sides>> {
        let named = self.wish("TEMPERGATE_BASE", &self.base);
        let started_at = || surroundings::variable("GITHUB_SHA").unwrap_or_else(|| "HEAD".to_string());
        let tip =
            |branch: &str| fetch::tip(&surroundings::workspace(), branch, access).map_err(|e| anyhow!("the base: {e}"));
        let remote = |branch: &Option<String>| branch.as_ref().map(|name| format!("refs/heads/{name}"));
        let (base, head) = match event {
            Event::PullRequest { base, base_branch, head, .. } => {
                // An event can be old: a run that is started again brings the same one.
                let now = base_branch.as_deref().map(tip).transpose()?.flatten();
                (Some(now.unwrap_or_else(|| base.clone())), head.clone())
            }
            Event::MergeGroup { base, head } => (Some(base.clone()), head.clone()),
            Event::Push { after: None, .. } => return Ok(None),
            Event::Push { before: None, after: Some(after), default_branch, .. } => {
                let base = named.or_else(|| remote(default_branch));
                let base = base.ok_or_else(|| {
                    anyhow!(
                        "the push begins a branch, and the event names no default branch to compare it with; name what it is to be compared with by --base (the action's input `base`)"
                    )
                })?;
                (Some(base), after.clone())
            }
            Event::Push { before, after: Some(after), .. } => (before.clone(), after.clone()),
            Event::Started { default_branch } => (named.clone().or_else(|| remote(default_branch)), started_at()),
            Event::WorkflowRun { .. } => bail!("a report is published here, not made"),
        };
        let base = base.ok_or_else(|| anyhow!("the event names no base to compare with; name one with --base"))?;
        Ok(Some(Sides { base, head }))
    }

    fn judge(&self, sides: &Sides, event: &Event, access: Option<&fetch::Variables>) -> Result<JudgedChange> {
        let workspace = surroundings::workspace();
        let base = fetch::bring(&workspace, &sides.base, &sides.head, access).map_err(|e| anyhow!("{e}"))?;
        let (policy, policy_of_base) = self.policy(&workspace)?;
        let shard = self.shard()?;
        let head = Some(sides.head.clone());
        let pull_request = match event {
            Event::PullRequest { texts, .. } => Some((**texts).clone()),
            _ => None,
        };
        let change = ChangeArguments { base, head, repo: workspace, policy, policy_of_base, shard, pull_request };
        let change = change.judge(&self.asking)?;
        let judged = &change.judged;
        if judged.report.files.is_empty()
            && matches!(&judged.report.change, Some(c) if Some(&c.merge_base) == c.head_commit.as_ref())
        {
            output::note("the head brings nothing that the base does not have; there was nothing to judge");
        }
        Ok(change)
    }

    /// The policy: a file outside the checkout, or one of the base.
    fn policy(&self, workspace: &Path) -> Result<(Option<PathBuf>, Option<String>)> {
        let Some(named) = self.wish("TEMPERGATE_POLICY", &self.policy) else { return Ok((None, None)) };
        let path = Path::new(&named);
        if BUILTIN.iter().any(|builtin| builtin.name == named) {
            return Ok((Some(path.to_path_buf()), None));
        }
        if !path.is_absolute() {
            return Ok((None, Some(named.trim_start_matches("./").to_string())));
        }
        // What lies in the checkout came with the change, and so did links in it that lead out.
        Ok(match inside(path, workspace)? {
            Some(inside) => (None, Some(inside)),
            None => (Some(path.to_path_buf()), None),
        })
    }
}

/// What lets `git` read the repository, where there is a token.
fn access() -> Option<fetch::Variables> {
    surroundings::token().map(|token| surroundings::access(&token))
}

/// The path below a folder, if it leads into it by its words or in truth.
fn inside(path: &Path, folder: &Path) -> Result<Option<String>> {
    let real = |path: &Path| path.canonicalize().with_context(|| format!("{}", path.display()));
    let folders = [lexical(folder), real(folder)?];
    let below = |path: &Path| folders.iter().find_map(|folder| path.strip_prefix(folder).ok().map(Path::to_path_buf));
    let below = match below(&lexical(path)) {
        Some(below) => Some(below),
        None => below(&real(path)?),
    };
    Ok(below.map(|below| below.to_string_lossy().replace('\\', "/")))
}

/// A path without `.` and `..`, with links as they are written.
fn lexical(path: &Path) -> PathBuf {
    let mut out = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => {
                out.pop();
            }
            other => out.push(other),
        }
    }
    out
}
