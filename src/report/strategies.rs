//! What each hardening strategy came to in a run, counted from the fixes and the rejected candidates of a report.

use std::collections::{BTreeMap, BTreeSet};

use super::model::{Asked, Reported, StrategySummary};

/// Reasons that a candidate was never made: the model gave no answer.
const UNANSWERED: &[&str] = &[
    "unreachable",
    "timed-out",
    "overloaded",
    "refused",
    "malformed",
    "not-recorded",
    "budget-spent",
    "stopped",
    "no-network",
    "withheld",
];

/// The summaries, sorted by strategy and model.
pub fn summaries(findings: &[Reported]) -> Vec<StrategySummary> {
    let mut all: BTreeMap<(String, Option<String>), StrategySummary> = BTreeMap::new();
    let mut fixes = BTreeSet::new();
    for reported in findings {
        if let Some(fix) = &reported.fix {
            let summary = entry(&mut all, &fix.strategy, fix.asked.as_ref());
            summary.findings_fixed += 1;
            // One fix can stand at several findings.
            if fixes.insert((&reported.finding.path, &fix.strategy, &fix.diff)) {
                summary.candidates += 1;
                summary.verified += 1;
                summary.introduced_after += usize::from(!fix.verification.introduced.is_empty());
                count_asked(summary, fix.asked.as_ref());
            }
        }
        for rejected in &reported.rejected {
            let summary = entry(&mut all, &rejected.strategy, rejected.asked.as_ref());
            *summary.rejected.entry(rejected.reason.clone()).or_default() += 1;
            summary.candidates += usize::from(!UNANSWERED.contains(&rejected.reason.as_str()));
            let introduces = rejected.verification.as_ref().is_some_and(|v| !v.introduced.is_empty());
            summary.introduced_before += usize::from(introduces);
            count_asked(summary, rejected.asked.as_ref());
        }
    }
    all.into_values().collect()
}

fn entry<'a>(
    all: &'a mut BTreeMap<(String, Option<String>), StrategySummary>,
    strategy: &str,
    asked: Option<&Asked>,
) -> &'a mut StrategySummary {
    let model = asked.map(|a| a.model.clone()).filter(|m| !m.is_empty());
    let summary = all.entry((strategy.to_string(), model.clone())).or_default();
    summary.strategy = strategy.to_string();
    summary.model = model;
    summary
}

fn count_asked(summary: &mut StrategySummary, asked: Option<&Asked>) {
    let Some(asked) = asked else { return };
    summary.requests += u64::from(asked.requests);
    summary.tokens_in += asked.tokens_in;
    summary.tokens_out += asked.tokens_out;
    summary.seconds += asked.seconds;
    summary.usd += asked.usd;
}

/// What keeps a model from being asked, each with the number of times: a report says it, since templates stood in.
pub fn unanswered(findings: &[Reported]) -> Vec<(String, usize)> {
    let mut notes: BTreeMap<String, usize> = BTreeMap::new();
    let rejected = findings.iter().flat_map(|r| &r.rejected);
    for one in rejected.filter(|r| UNANSWERED.contains(&r.reason.as_str())) {
        *notes.entry(format!("{}: {}", one.strategy, one.explanation)).or_default() += 1;
    }
    notes.into_iter().collect()
}

/// A summary in one line of plain text.
pub fn line(summary: &StrategySummary) -> String {
    let model = summary.model.as_ref().map(|m| format!(" by {m}")).unwrap_or_default();
    let mut out =
        format!("{}{model}: {} of {} candidates verified", summary.strategy, summary.verified, summary.candidates);
    if summary.introduced_before > 0 {
        out.push_str(&format!(", {} would have brought in a weakness", summary.introduced_before));
    }
    if summary.requests > 0 {
        let tokens = summary.tokens_in + summary.tokens_out;
        out.push_str(&format!("; {} requests, {tokens} tokens, {:.1} s", summary.requests, summary.seconds));
    }
    if summary.usd > 0.0 {
        out.push_str(&format!(", {:.4} USD", summary.usd));
    }
    out
}
