//! A change judged in several jobs: which files are whose, and one report from those of all.
//!
//! Every job analyses and compares the whole change, since a finding may have moved from one file to another; that takes
//! milliseconds a file. What takes long, mending and trying fixes, and what fills a report is shared out by file.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::policy::finding_reasons;
use crate::report::Report;
use crate::report::model::{Action, EngineInfo, Outcome, Reported, RuleInfo, State, Summary, Verdict, WaiverStatus};
use crate::report::{authorship, strategies, text};

/// The most jobs that share a change.
const MAX: u32 = 1_000;

/// One of several jobs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Shard {
    /// Which one, from one.
    pub number: u32,
    /// How many there are.
    pub of: u32,
}

impl Shard {
    /// Whether a file is this job's.
    pub fn has(self, path: &str) -> bool {
        let digest = Sha256::digest(path.as_bytes());
        let number = digest.iter().take(8).fold(0_u64, |number, &byte| (number << 8) | u64::from(byte));
        number % u64::from(self.of.max(1)) == u64::from(self.number.saturating_sub(1))
    }
}

impl FromStr for Shard {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("expected K/N, such as 2/5, with K from 1 to N and N at most {MAX}");
        let (number, of) = text.split_once('/').ok_or_else(wrong)?;
        let (number, of) = (number.trim().parse().map_err(|_| wrong())?, of.trim().parse().map_err(|_| wrong())?);
        match (1..=MAX).contains(&of) && (1..=of).contains(&number) {
            true => Ok(Shard { number, of }),
            false => Err(wrong()),
        }
    }
}

/// One report from those of all jobs.
///
/// # Errors
///
/// A sentence: a job's report is missing or there twice, or they are not about the same change.
pub fn merge(mut reports: Vec<Report>) -> Result<Report, String> {
    complete(&reports)?;
    reports.sort_by_key(|report| report.shard.map(|shard| shard.number));
    let mut reports = reports.into_iter();
    let mut whole = reports.next().ok_or("there is no report to merge")?;
    let mut others = rest_of_reasons(&whole);
    for report in reports {
        if report.change != whole.change || report.tool_version != whole.tool_version {
            return Err("the reports are not about the same change, or not by the same version".to_string());
        }
        others.extend(rest_of_reasons(&report));
        whole.authorship = authorship::join(whole.authorship.take(), report.authorship);
        whole.findings.extend(report.findings);
        whole.resolved.extend(report.resolved);
        whole.files.extend(report.files);
        whole.rules.extend(report.rules);
        whole.waivers.extend(report.waivers);
        add_engines(&mut whole.engines, report.engines);
        add(&mut whole.summary, &report.summary);
    }
    whole.findings.sort_by(|a, b| a.finding.sort_key().cmp(&b.finding.sort_key()));
    whole.resolved.sort_by(|a, b| a.sort_key().cmp(&b.sort_key()));
    whole.files.sort_by(|a, b| a.path.cmp(&b.path));
    let rules: BTreeMap<String, RuleInfo> = whole.rules.into_iter().map(|rule| (rule.id.clone(), rule)).collect();
    whole.rules = rules.into_values().collect();
    whole.waivers = waivers(std::mem::take(&mut whole.waivers));
    whole.strategies = strategies::summaries(&whole.findings);
    let mut reasons = reasons(&whole);
    reasons.extend(others);
    let outcome = if reasons.is_empty() { Outcome::Pass } else { Outcome::Fail };
    whole.verdict = Verdict { outcome, reasons };
    whole.shard = None;
    Ok(whole)
}

/// What came of each waiver over all jobs: a job knows only its own files.
fn waivers(all: Vec<WaiverStatus>) -> Vec<WaiverStatus> {
    let mut joined: BTreeMap<(String, String), WaiverStatus> = BTreeMap::new();
    for status in all {
        match joined.entry((status.origin.clone(), status.about.clone())) {
            Entry::Vacant(place) => {
                place.insert(status);
            }
            Entry::Occupied(mut place) => {
                let known = place.get_mut();
                known.findings += status.findings;
                // `Used` comes first, then `Unmatched`, then `NotJudged`; the others are the same in every job.
                known.state = known.state.min(status.state);
            }
        }
    }
    joined.into_values().collect()
}

/// What came of asking each engine over all jobs: all of them asked about the whole change, and tell of their own files.
fn add_engines(whole: &mut Vec<EngineInfo>, others: Vec<EngineInfo>) {
    for other in others {
        let Some(engine) = whole.iter_mut().find(|engine| engine.name == other.name) else {
            whole.push(other);
            continue;
        };
        // Whatever failed in one job failed.
        engine.outcome = engine.outcome.max(other.outcome);
        engine.problem = engine.problem.take().or(other.problem);
        engine.tool = engine.tool.take().or(other.tool);
        engine.version = engine.version.take().or(other.version);
        for note in other.notes {
            if !engine.notes.contains(&note) {
                engine.notes.push(note);
            }
        }
        engine.findings += other.findings;
        engine.joined += other.joined;
        engine.fixes += other.fixes;
        engine.rejected += other.rejected;
    }
}

/// A job whose report is missing has judged files that nobody hears of.
fn complete(reports: &[Report]) -> Result<(), String> {
    let shards: Vec<Shard> = reports.iter().filter_map(|report| report.shard).collect();
    let of = shards.first().ok_or("these are no reports of jobs that shared a change (--shard)")?.of;
    if shards.len() != reports.len() || shards.iter().any(|shard| shard.of != of) {
        return Err("the reports are not all of one set of jobs".to_string());
    }
    let there: BTreeSet<u32> = shards.iter().map(|shard| shard.number).collect();
    if there.len() != shards.len() {
        return Err("a job's report is there twice".to_string());
    }
    let missing: Vec<String> = (1..=of).filter(|n| !there.contains(n)).take(20).map(|n| n.to_string()).collect();
    match missing.is_empty() {
        true => Ok(()),
        false => Err(format!("of {of} jobs, the reports of these are missing: {}", missing.join(", "))),
    }
}

/// Why findings fail the change. Where a job's cap has cut some off, only their number is known.
fn reasons(report: &Report) -> Vec<String> {
    let cut = &report.summary.failing_over_cap;
    if cut.is_empty() {
        return finding_reasons(&report.findings);
    }
    let (listed, known): (Vec<_>, Vec<_>) =
        report.findings.iter().filter(|r| fails(r)).cloned().partition(|r| cut.contains_key(&r.decided_by));
    let sentence = |(setting, &cut): (&String, &usize)| {
        let listed = listed.iter().filter(|r| r.decided_by == *setting).count();
        let (all, verb) = (listed + cut, if listed + cut == 1 { "fails" } else { "fail" });
        let what = text::count(all, "new or worsened finding");
        format!("{what} {verb} by {setting}; {listed} of {all} listed, because of the policy's cap.")
    };
    cut.iter().map(sentence).chain(finding_reasons(&known)).collect()
}

fn fails(reported: &Reported) -> bool {
    reported.action == Action::Fail && matches!(reported.state, State::New | State::Worsened)
}

/// The reasons of a verdict that are not about findings: those behind one sentence for every setting that fails some, be they
/// listed or cut off.
fn rest_of_reasons(report: &Report) -> Vec<String> {
    let listed = report.findings.iter().filter(|r| fails(r)).map(|r| r.decided_by.as_str());
    let settings: BTreeSet<&str> = listed.chain(report.summary.failing_over_cap.keys().map(String::as_str)).collect();
    report.verdict.reasons.iter().skip(settings.len()).cloned().collect()
}

fn add(sum: &mut Summary, other: &Summary) {
    sum.files_analysed += other.files_analysed;
    sum.files_partial += other.files_partial;
    sum.files_not_analysed += other.files_not_analysed;
    sum.files_unsupported += other.files_unsupported;
    sum.new += other.new;
    sum.persisting += other.persisting;
    sum.resolved += other.resolved;
    sum.failing += other.failing;
    sum.fixed += other.fixed;
    sum.rejected_fixes += other.rejected_fixes;
    sum.waived += other.waived;
    sum.findings_over_cap += other.findings_over_cap;
    for (setting, number) in &other.failing_over_cap {
        *sum.failing_over_cap.entry(setting.clone()).or_default() += number;
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn every_file_is_one_jobs() {
        for path in ["a.py", "src/b.js", "", "ä"] {
            let jobs: Vec<u32> = (1..=7).filter(|&number| Shard { number, of: 7 }.has(path)).collect();
            assert_eq!(jobs.len(), 1, "{path}: {jobs:?}");
        }
        let shares: BTreeSet<u32> =
            (0..100).map(|n| (1..=4).find(|&k| Shard { number: k, of: 4 }.has(&format!("f{n}.py"))).unwrap()).collect();
        assert_eq!(shares.len(), 4);
    }

    #[test]
    fn only_shares_that_exist_are_read() {
        assert_eq!("2/5".parse(), Ok(Shard { number: 2, of: 5 }));
        for text in ["", "2", "0/5", "6/5", "1/0", "-1/5", "1/1001", "a/b", "1/2/3"] {
            assert!(text.parse::<Shard>().is_err(), "{text}");
        }
    }
}
