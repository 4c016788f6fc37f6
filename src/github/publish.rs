//! Carrying a plan out: what is there is read, what lacks is written, and where nobody knows whether it was written, what is
//! there is read again. What the token does not permit is left out and said.

use std::io::Write;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::write::GzEncoder;

use super::client::{ApiError, Check, Client, Processing};
use super::plan::{self, Draft, Existing, Plan, Settings};
use super::{comment, marker};
use crate::report::Report;
use crate::report::model::Outcome;
use crate::report::text;

/// How often the pull request is read again where a request had no clear end.
const ROUNDS: usize = 3;

/// The most bytes of an upload that GitHub takes, compressed.
const MAX_UPLOAD: usize = 10 << 20;

/// The most results of an upload that GitHub takes.
const MAX_RESULTS: usize = 25_000;

/// What is published where.
pub struct Publication<'a> {
    /// The report.
    pub report: &'a Report,
    /// The commit that it is about.
    pub commit: &'a str,
    /// The pull request, where there is one.
    pub pull_request: Option<u64>,
    /// What is said on the pull request.
    pub settings: Settings<'a>,
    /// Whether there is to be a check at the commit.
    pub check: bool,
    /// Results for Code Scanning.
    pub sarif: Option<Results<'a>>,
}

/// Results for Code Scanning.
#[derive(Debug, Clone, Copy)]
pub struct Results<'a> {
    /// As SARIF.
    pub sarif: &'a str,
    /// What they are about: the reference of a pull request's head or of a branch.
    pub reference: &'a str,
    /// How many they are.
    pub number: usize,
}

/// What came of it, one sentence each.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Published {
    /// What was written, or was there already.
    pub done: Vec<String>,
    /// What the token does not permit.
    pub not_permitted: Vec<String>,
    /// What failed.
    pub failed: Vec<String>,
}

impl Published {
    fn add(&mut self, what: &str, came: Result<String, ApiError>) {
        match came {
            Ok(done) => self.done.push(format!("{what}: {done}")),
            Err(ApiError::NotPermitted(why)) => self.not_permitted.push(format!("{what}: {why}")),
            Err(error) => self.failed.push(format!("{what}: {error}")),
        }
    }
}

/// Publishes everything that is asked for. One thing that fails does not keep the others from being tried.
pub fn publish(client: &Client, publication: &Publication<'_>) -> Published {
    let mut published = Published::default();
    if let Some(number) =
        publication.pull_request.filter(|_| publication.settings.review || publication.settings.summary)
    {
        match client.pull(number) {
            Ok(pull) if pull.head == publication.commit => comments(client, publication, number, &mut published),
            Ok(_) => published.done.push("no comments, since the pull request has newer commits".to_string()),
            Err(error) => published.add("pull request", Err(error)),
        }
    }
    if publication.check {
        let check = check(publication);
        let written = match client.write_check(&check) {
            // It looks what is there before it writes.
            Err(ApiError::Uncertain(_)) => client.write_check(&check),
            clear => clear,
        };
        let says = |written| if written { check.title.clone() } else { "says so already".to_string() };
        published.add("check", written.map(says));
    }
    if let Some(results) = publication.sarif {
        published.add("code scanning", upload(client, publication.commit, results));
    }
    published
}

/// The review and the summary, each for itself, since a token may permit one of them.
fn comments(client: &Client, publication: &Publication<'_>, number: u64, published: &mut Published) {
    let review = Settings { summary: false, ..publication.settings };
    if review.review {
        published.add("review", on_pull_request(client, publication, number, review));
    }
    let summary = Settings { review: false, ..publication.settings };
    if summary.summary {
        published.add("summary", on_pull_request(client, publication, number, summary));
    }
}

/// The check with the verdict.
fn check(publication: &Publication<'_>) -> Check {
    let report = publication.report;
    let category = publication.settings.category;
    let mut name = "Tempergate".to_string();
    if !category.is_empty() {
        name.push_str(&format!(" ({category})"));
    }
    // A report that was made up must not pass under the name of a check that is required.
    if !publication.settings.suggestions {
        name.push_str(", as the pull request reports");
    }
    let (title, summary) = (comment::check_title(report), comment::summary(report));
    let conclusion = match report.verdict.outcome {
        Outcome::Pass => "success",
        Outcome::Fail => "failure",
    };
    // Pull requests into different branches can have the same last commit, and each its own verdict.
    let subject = match publication.pull_request {
        Some(number) => format!("tempergate:{number}:"),
        None => "tempergate:branch:".to_string(),
    };
    let digest = marker::digest(&format!("{conclusion}\n{title}\n{summary}"));
    Check { name, commit: publication.commit.to_string(), subject, digest, conclusion, title, summary }
}

/// Makes the pull request say what it should.
fn on_pull_request(
    client: &Client,
    publication: &Publication<'_>,
    number: u64,
    settings: Settings<'_>,
) -> Result<String, ApiError> {
    let hunks = if settings.review { client.hunks(number)? } else { Default::default() };
    let mut rounds = 0;
    loop {
        let threads = if settings.review { client.threads(number)? } else { Vec::new() };
        let comments = if settings.summary { client.comments(number)? } else { Vec::new() };
        let existing = Existing { threads, comments };
        let plan = plan::plan(publication.report, &hunks, &existing, settings);
        if plan.is_empty() {
            return Ok(said(&plan, "says so already"));
        }
        rounds += 1;
        match carry_out(client, publication, number, &plan) {
            Err(ApiError::Uncertain(_)) if rounds < ROUNDS => {}
            other => return other.map(|notes| said(&plan, &notes)),
        }
    }
}

/// What a plan came to, in words.
fn said(plan: &Plan, notes: &str) -> String {
    let counts = [
        (plan.review.len() + plan.files.len(), "new comment"),
        (plan.edits.len(), "changed comment"),
        (plan.resolved.len(), "resolved discussion"),
        (plan.reopened.len(), "reopened discussion"),
        (usize::from(plan.summary.is_some()), "summary"),
        (plan.unplaced, "finding in the summary only"),
    ];
    let mut parts: Vec<String> = counts
        .iter()
        .filter(|(number, _)| *number > 0)
        .map(|(number, what)| match *what {
            "summary" => "written".to_string(),
            "finding in the summary only" if *number > 1 => format!("{number} findings in the summary only"),
            what => text::count(*number, what),
        })
        .collect();
    parts.extend((!notes.is_empty()).then(|| notes.to_string()));
    parts.join(", ")
}

/// Writes what a plan names; gives what has to be said about it.
fn carry_out(client: &Client, publication: &Publication<'_>, number: u64, plan: &Plan) -> Result<String, ApiError> {
    let mut notes = Vec::new();
    // The mark that a finding had gone says that these are to be shown again, so it is written over after that.
    let mut shut = 0;
    for (thread, edit) in &plan.reopened {
        match tolerate(client.unresolve(thread))? {
            true => client.edit_comment(edit.comment, &edit.body)?,
            // Its mark stays, so that a later run that may do so opens it.
            false => shut += 1,
        }
    }
    if shut > 0 {
        let what = text::count(shut, "discussion");
        notes.push(format!("{what} of findings that are back stay resolved without the permission `contents: write`"));
    }
    for node in &plan.shown {
        tolerate(client.unminimize(node))?;
    }
    for edit in &plan.edits {
        client.edit_comment(edit.comment, &edit.body)?;
    }
    let mut hidden = 0;
    for closing in &plan.resolved {
        // The mark in the last words keeps the next run from doing this again, so they come at the end.
        if !tolerate(client.resolve(&closing.thread))? {
            hidden += 1;
            tolerate(client.minimize(&closing.node))?;
        }
        client.edit_comment(closing.edit.comment, &closing.edit.body)?;
    }
    if hidden > 0 {
        notes.push("hidden instead of resolved, which takes the permission `contents: write`".to_string());
    }
    let lost = write_review(client, publication, number, plan)?;
    for draft in &plan.files {
        match client.comment(number, publication.commit, draft) {
            Ok(()) | Err(ApiError::Refused { .. }) => {}
            Err(error) => return Err(error),
        }
    }
    if lost > 0 {
        notes.push(format!("{} GitHub has no place for", text::count(lost, "comment")));
    }
    for node in &plan.doubles {
        tolerate(client.minimize(node))?;
    }
    if let Some(summary) = &plan.summary {
        client.write_summary(number, summary.comment, &summary.body)?;
    }
    Ok(notes.join(", "))
}

/// Whether something was permitted; other errors stay errors.
fn tolerate(came: Result<(), ApiError>) -> Result<bool, ApiError> {
    match came {
        Ok(()) => Ok(true),
        Err(ApiError::NotPermitted(_)) => Ok(false),
        Err(error) => Err(error),
    }
}

/// Writes the review. Where GitHub refuses it for one of its comments, they are written one by one, and those whose lines it
/// refuses at their files; gives how many it takes nowhere.
fn write_review(client: &Client, publication: &Publication<'_>, number: u64, plan: &Plan) -> Result<usize, ApiError> {
    if plan.review.is_empty() {
        return Ok(0);
    }
    let body = review_body(publication.report);
    match client.review(number, publication.commit, &body, &plan.review) {
        Ok(()) => return Ok(0),
        Err(ApiError::Refused { .. }) => {}
        Err(error) => return Err(error),
    }
    let mut lost = 0;
    for draft in &plan.review {
        let at_file = || Draft { lines: None, body: draft.at_file.clone(), ..draft.clone() };
        let written = match client.comment(number, publication.commit, draft) {
            Err(ApiError::Refused { .. }) => client.comment(number, publication.commit, &at_file()),
            other => other,
        };
        match written {
            Ok(()) => {}
            Err(ApiError::Refused { .. }) => lost += 1,
            Err(error) => return Err(error),
        }
    }
    Ok(lost)
}

fn review_body(report: &Report) -> String {
    let fixed = report.counted().filter(|r| r.fix.is_some()).count();
    let found = text::count(report.summary.new, "new finding");
    let fixes = match fixed {
        0 => String::new(),
        number => format!(", {number} with a verified fix: each is valid by itself and together with the others"),
    };
    format!("Tempergate: {found}{fixes}.")
}

fn upload(client: &Client, commit: &str, results: Results<'_>) -> Result<String, ApiError> {
    let failed = |why: String| ApiError::Failed(why);
    if results.number > MAX_RESULTS {
        return Err(failed(format!("{} results, of which GitHub takes {MAX_RESULTS}", results.number)));
    }
    let mut packed = GzEncoder::new(Vec::new(), Compression::best());
    packed.write_all(results.sarif.as_bytes()).map_err(|e| failed(e.to_string()))?;
    let packed = packed.finish().map_err(|e| failed(e.to_string()))?;
    if packed.len() > MAX_UPLOAD {
        return Err(failed(format!("{} MB of results, of which GitHub takes 10", packed.len() >> 20)));
    }
    let id = client.upload(commit, results.reference, &STANDARD.encode(packed))?;
    match client.processed(&id)? {
        Processing::Complete => Ok("uploaded and processed".to_string()),
        Processing::Pending => Ok("uploaded; GitHub is still looking at it".to_string()),
        Processing::Failed(why) => Err(failed(format!("GitHub does not take the results: {why}"))),
    }
}
