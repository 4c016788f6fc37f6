//! Publishing from the command line: at the end of `tempergate ci`, in the second of two stages, and by `tempergate publish`.

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow, bail};
use clap::Args;

use super::surroundings;
use super::whole::BranchResults;
use crate::cli::{Outcome, output};
use crate::github::client::Client;
use crate::github::event::{Event, Repository};
use crate::github::plan::Settings;
use crate::github::publish::{self, Publication, Published, Results};
use crate::github::{received, workflow};
use crate::policy::Publishes;
use crate::report::model::Report;
use crate::report::sarif;

/// The most discussions that are open at a time, where no policy says it.
pub const MAX_COMMENTS: usize = 30;

/// What is published.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Wishes {
    /// Comments at lines.
    pub review: bool,
    /// The summary.
    pub comment: bool,
    /// The check with the verdict.
    pub check: bool,
    /// Results for Code Scanning.
    pub sarif: bool,
    /// Nothing was named: what the token does not permit is left out without a word of warning.
    pub auto: bool,
}

impl Wishes {
    /// Reads `auto`, `none`, or a list.
    pub fn parse(text: &str) -> Result<Wishes> {
        let auto = Wishes { review: true, comment: true, check: true, sarif: false, auto: true };
        let mut wishes = Wishes::default();
        match text.trim() {
            "auto" => return Ok(auto),
            "none" | "" => return Ok(wishes),
            _ => {}
        }
        for word in text.split([',', ' ', '\n']).map(str::trim).filter(|word| !word.is_empty()) {
            match word {
                "review" => wishes.review = true,
                "comment" => wishes.comment = true,
                "check" => wishes.check = true,
                "sarif" => wishes.sarif = true,
                "auto" => wishes = Wishes { sarif: wishes.sarif, ..auto },
                other => {
                    bail!("--publish: `{}` is none of auto, none, review, comment, check, sarif", other.escape_debug())
                }
            }
        }
        Ok(wishes)
    }

    /// What is left of them by what a policy lets be published.
    pub fn within(self, allowed: Publishes) -> Wishes {
        Wishes {
            review: self.review && allowed.review,
            comment: self.comment && allowed.summary,
            check: self.check && allowed.check,
            sarif: self.sarif && allowed.sarif,
            auto: self.auto,
        }
    }

    /// Whether anything is.
    pub fn any(self) -> bool {
        self.review || self.comment || self.check || self.sarif
    }
}

/// What is published after a change was judged.
pub struct Post<'a> {
    /// The report.
    pub report: &'a Report,
    /// The commit that was judged.
    pub head: &'a str,
    /// The event.
    pub event: &'a Event,
    /// What is to be published.
    pub wishes: Wishes,
    /// The most discussions that are open at a time.
    pub max_comments: usize,
    /// Keeps several gates apart.
    pub category: &'a str,
    /// The results of the change for Code Scanning.
    pub sarif: &'a str,
    /// Those of the whole branch, where it was analysed.
    pub of_branch: Option<&'a BranchResults>,
}

/// Publishes after a change was judged; that something cannot be published is said, and changes nothing of the verdict.
pub fn post(post: &Post<'_>) {
    if let Err(error) = try_to_post(post) {
        warn(&format!("{error:#}"));
    }
}

/// Says that something could not be published, as the runner shows it.
pub fn warn(why: &str) {
    let _ = output::print(&format!("::warning title=Tempergate could not publish::{}\n", workflow::data(why)));
}

fn try_to_post(post: &Post<'_>) -> Result<()> {
    let (number, reference) = match post.event {
        Event::PullRequest { fork: true, .. } if post.wishes.auto => {
            output::note(
                "nothing is published, because the token for a fork's pull request can only read; the second stage does it",
            );
            return Ok(());
        }
        Event::PullRequest { number, .. } => (*number, format!("refs/pull/{number}/head")),
        Event::Push { .. } | Event::Started { .. } => return on_branch(post),
        // What waits to be merged has had its comments.
        Event::MergeGroup { .. } | Event::WorkflowRun { .. } => return Ok(()),
    };
    let number_of_results = post.report.findings.len();
    let results = Results { sarif: post.sarif, reference: &reference, number: number_of_results };
    let sarif = post.wishes.sarif.then_some(results);
    to_github(post, Some(number), post.wishes.check, sarif)
}

/// What can be said about a branch: a check, where one is asked for, since the job itself shows the verdict, and the results of
/// all its files. Those of the change are not uploaded: GitHub would close all alerts in files that did not change.
fn on_branch(post: &Post<'_>) -> Result<()> {
    if post.wishes.sarif && post.of_branch.is_none() {
        output::note(
            "no results are uploaded: those of a branch must be about all of its files, and only the default branch is analysed as a whole",
        );
    }
    let of_branch = post.of_branch.filter(|_| post.wishes.sarif);
    let sarif = of_branch.map(|of| Results { sarif: &of.sarif, reference: &of.reference, number: of.number });
    to_github(post, None, post.wishes.check && !post.wishes.auto, sarif)
}

fn to_github(post: &Post<'_>, number: Option<u64>, check: bool, sarif: Option<Results<'_>>) -> Result<()> {
    let wishes = post.wishes;
    if sarif.is_none() && !check && (number.is_none() || !(wishes.review || wishes.comment)) {
        return Ok(());
    }
    let Some(token) = surroundings::token() else {
        output::note("nothing is published, because there is no token (GITHUB_TOKEN)");
        return Ok(());
    };
    let client = surroundings::client(surroundings::repository()?, token)?;
    let publication = Publication {
        report: post.report,
        commit: post.head,
        pull_request: number,
        settings: Settings { max_comments: post.max_comments, ..settings(wishes, post.category, true) },
        check,
        sarif,
    };
    say(&publish::publish(&client, &publication), wishes.auto);
    Ok(())
}

fn settings(wishes: Wishes, category: &str, trusted: bool) -> Settings<'_> {
    Settings {
        category,
        max_comments: MAX_COMMENTS,
        suggestions: trusted,
        review: wishes.review,
        summary: wishes.comment,
    }
}

/// Says what came of it, as the runner shows it.
fn say(published: &Published, quiet: bool) {
    let mut out = String::new();
    for done in &published.done {
        out.push_str(&format!("published {done}\n"));
    }
    for left in &published.not_permitted {
        let level = if quiet { "notice" } else { "warning" };
        out.push_str(&format!("::{level} title=Tempergate did not publish::{}\n", workflow::data(left)));
    }
    for failed in &published.failed {
        out.push_str(&format!("::warning title=Tempergate could not publish::{}\n", workflow::data(failed)));
    }
    let _ = output::print(&out);
}

/// The trusted second stage: publishes the report of a first one, which ran beside code that anybody may have sent.
pub fn second_stage(
    folder: &Path,
    head: &str,
    source: Option<&(String, String)>,
    wishes: Wishes,
    category: &str,
) -> Result<Outcome> {
    let report = read(&folder.join("report.json"))?;
    belongs(&report, head)?;
    let token = surroundings::token().ok_or_else(|| anyhow!("there is no token (GITHUB_TOKEN) to publish with"))?;
    let client = surroundings::client(surroundings::repository()?, token)?;
    // The event says where the commit came from; the report could say anything.
    let (owner, branch) =
        source.ok_or_else(|| anyhow!("the event does not say which branch the first stage ran for"))?;
    let mut pulls = client.pulls_from(owner, branch).map_err(|e| anyhow!("the pull request: {e}"))?;
    pulls.retain(|pull| pull.head == head);
    let pull = match pulls.as_slice() {
        [pull] => pull,
        [] => {
            output::note("nothing is published, because the pull request is closed or has newer commits");
            return Ok(Outcome::Pass);
        }
        _ => bail!("several pull requests have this commit, and the event does not say which one the report is about"),
    };
    publish_received(&client, &report, head, pull.number, wishes, category)
}

fn publish_received(
    client: &Client,
    report: &Report,
    head: &str,
    number: u64,
    wishes: Wishes,
    category: &str,
) -> Result<Outcome> {
    // The results are written anew from what the report says; a file of the first stage is not passed on.
    let upload = || sarif::render(report, &|_| None, sarif::Audience::Upload { category });
    let sarif = wishes.sarif.then(upload).transpose()?;
    let reference = format!("refs/pull/{number}/head");
    let publication = Publication {
        report,
        commit: head,
        pull_request: Some(number),
        settings: settings(wishes, category, false),
        check: wishes.check,
        sarif: sarif.as_deref().map(|sarif| Results { sarif, reference: &reference, number: report.findings.len() }),
    };
    let published = publish::publish(client, &publication);
    say(&published, false);
    if !published.failed.is_empty() {
        bail!("not everything could be published");
    }
    // What the token does not permit is left out, as everywhere; but somebody who asks for something and gets nothing of it should
    // not take that for success.
    if published.done.is_empty() && !published.not_permitted.is_empty() {
        bail!("nothing was published, because the token permits nothing of what was asked for");
    }
    Ok(Outcome::Pass)
}

/// Reads a report that another job made.
pub fn read(path: &Path) -> Result<Report> {
    let mut text = Vec::new();
    let file = fs::File::open(path).with_context(|| format!("{}", path.display()))?;
    file.take(received::MAX_BYTES + 1).read_to_end(&mut text).with_context(|| format!("{}", path.display()))?;
    received::read(&text).map_err(|why| anyhow!("{}: {why}", path.display()))
}

/// A report is about the commit that it says; one about another must not be shown on this pull request.
fn belongs(report: &Report, head: &str) -> Result<()> {
    if report.shard.is_some() {
        bail!("the report is about a share of the change only; `tempergate merge` joins those of all shares");
    }
    let about = report.change.as_ref().and_then(|change| change.head_commit.as_deref());
    match about {
        Some(about) if about == head => Ok(()),
        Some(about) => bail!("the report is about the commit {}, and not about {head}", about.escape_debug()),
        None => bail!("the report is not about a commit"),
    }
}

/// Publishes a report on the pull request of its commit.
#[derive(Debug, Args)]
pub struct Publish {
    /// The report, as `check --format json` writes it.
    #[arg(long, value_name = "FILE")]
    report: PathBuf,
    /// The pull request.
    #[arg(long, value_name = "NUMBER")]
    pull_request: u64,
    /// The repository; GITHUB_REPOSITORY when absent.
    #[arg(long, value_name = "OWNER/NAME")]
    repository: Option<String>,
    /// What is published: `auto` (review, comment and check), or a list of review, comment, check and sarif.
    #[arg(long, value_name = "WHAT", default_value = "auto")]
    publish: String,
    /// Keeps several gates of one repository apart.
    #[arg(long, value_name = "NAME", default_value = "")]
    category: String,
}

impl Publish {
    /// Runs the command. The token is in GITHUB_TOKEN.
    pub fn run(&self) -> Result<Outcome> {
        let wishes = Wishes::parse(&self.publish)?;
        if !wishes.any() {
            bail!("--publish: there is nothing to publish");
        }
        let report = read(&self.report)?;
        let repository = match &self.repository {
            Some(name) => Repository::parse(name).ok_or_else(|| anyhow!("--repository: this is not OWNER/NAME"))?,
            None => surroundings::repository()?,
        };
        let token = surroundings::token().ok_or_else(|| anyhow!("there is no token (GITHUB_TOKEN) to publish with"))?;
        let client = surroundings::client(repository, token)?;
        let pull =
            client.pull(self.pull_request).map_err(|e| anyhow!("the pull request {}: {e}", self.pull_request))?;
        belongs(&report, &pull.head)?;
        publish_received(&client, &report, &pull.head, pull.number, wishes, &self.category)
    }
}
