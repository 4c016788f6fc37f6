//! From findings and decisions to the report's one value: summaries, the rules that are named, the verdict.

use std::collections::{BTreeMap, BTreeSet};

use crate::authorship::Authors;
use crate::finding::{Confidence, FileResult, FileStatus, Finding};
use crate::policy::{InlineWaivers, Policy};
use crate::report::model::*;
use crate::report::{authorship, strategies};
use crate::rules::Library;
use crate::shard::Shard;

/// What a report is made of.
pub struct Parts<'a> {
    /// Which command it is for.
    pub command: Command,
    /// What was compared.
    pub change: Option<ChangeInfo>,
    /// Which job's share it is, where several judge a change together.
    pub shard: Option<Shard>,
    /// The findings, decided and with their fixes.
    pub findings: Vec<Reported>,
    /// Who wrote the change.
    pub authors: Option<&'a Authors>,
    /// Findings of the base that are gone.
    pub resolved: Vec<Finding>,
    /// Every file.
    pub files: Vec<FileResult>,
    /// The waivers in comments of the files, by path.
    pub inline: Vec<(String, InlineWaivers)>,
    /// The other analysers that were asked.
    pub engines: Vec<EngineInfo>,
    /// What is known of their rules, by id.
    pub rules: BTreeMap<String, RuleInfo>,
}

/// Puts a report together: sorts, judges, counts, and cuts at the policy's cap (after the verdict, so that nothing that was
/// cut could have changed it).
pub fn report(mut parts: Parts<'_>, policy: &Policy, library: &Library) -> Report {
    parts.findings.sort_by(|a, b| order(&a.finding, &b.finding));
    parts.resolved.sort_by(order);
    parts.files.sort_by(|a, b| a.path.cmp(&b.path));
    let verdict = policy.verdict(&parts.findings, &parts.files);
    let mut summary = summary(&parts);
    let strategies = strategies::summaries(&parts.findings);
    let whole = parts.command == Command::Scan;
    let waivers = policy.waiver_statuses(&parts.findings, &parts.files, &parts.inline, whole);
    let authorship = parts.authors.map(|authors| authorship::summary(authors, &parts.findings, &parts.files));
    let engines = engines(&mut parts);
    let cap = policy.max_findings();
    if parts.findings.len() > cap {
        summary.findings_over_cap = parts.findings.len() - cap;
        // What fails the gate is shown before what does not.
        parts.findings.sort_by(|a, b| b.action.cmp(&a.action).then_with(|| order(&a.finding, &b.finding)));
        let cut = parts.findings.split_off(cap);
        for failing in cut.iter().filter(|r| fails(r)) {
            *summary.failing_over_cap.entry(failing.decided_by.clone()).or_default() += 1;
        }
        parts.findings.sort_by(|a, b| order(&a.finding, &b.finding));
    }
    let named: BTreeSet<&str> =
        parts.findings.iter().map(|r| &*r.finding.rule).chain(parts.resolved.iter().map(|f| &*f.rule)).collect();
    let of_engine = |id: &str| parts.rules.get(id).cloned();
    let rules = named.into_iter().filter_map(|id| library.rule(id).map(rule_info).or_else(|| of_engine(id))).collect();
    Report {
        schema_version: SCHEMA_VERSION.to_string(),
        tool_version: env!("CARGO_PKG_VERSION").to_string(),
        command: parts.command,
        change: parts.change,
        shard: parts.shard,
        verdict,
        findings: parts.findings,
        resolved: parts.resolved,
        files: parts.files,
        rules,
        summary,
        authorship,
        strategies,
        waivers,
        engines,
    }
}

/// The engines, with the number of their findings.
fn engines(parts: &mut Parts) -> Vec<EngineInfo> {
    let mut engines = std::mem::take(&mut parts.engines);
    for engine in &mut engines {
        let is_own = |reported: &&Reported| reported.engine.as_ref() == Some(&engine.name);
        let also = parts.findings.iter().flat_map(|reported| &reported.also_found_by);
        engine.joined = also.filter(|also| also.engine == engine.name).count();
        engine.findings = engine.joined + parts.findings.iter().filter(is_own).count();
    }
    engines
}

/// Whether a finding fails the gate.
fn fails(reported: &Reported) -> bool {
    reported.action == Action::Fail && matches!(reported.state, State::New | State::Worsened)
}

fn order(a: &Finding, b: &Finding) -> std::cmp::Ordering {
    a.sort_key().cmp(&b.sort_key())
}

/// What a report shows of a rule.
pub fn rule_info(rule: &crate::rules::compiled::Rule) -> RuleInfo {
    RuleInfo {
        id: rule.id.clone(),
        name: rule.name.clone(),
        cwe: rule.cwe.clone(),
        severity: rule.severity,
        precision: match rule.precision {
            0 => Confidence::Low,
            1 => Confidence::Medium,
            _ => Confidence::High,
        },
        explain: rule.explain.clone(),
        remedy: rule.remedy.clone(),
        references: rule.references.clone(),
    }
}

fn summary(parts: &Parts<'_>) -> Summary {
    let files = |wanted: fn(&FileStatus) -> bool| parts.files.iter().filter(|f| wanted(&f.status)).count();
    let counts = |r: &&Reported| matches!(r.state, State::New | State::Worsened);
    Summary {
        files_analysed: files(|s| matches!(s, FileStatus::Clean | FileStatus::Findings)),
        files_partial: files(|s| matches!(s, FileStatus::Partial { .. })),
        files_not_analysed: files(|s| matches!(s, FileStatus::NotAnalysed { .. })),
        files_unsupported: files(|s| matches!(s, FileStatus::Unsupported)),
        new: parts.findings.iter().filter(counts).count(),
        persisting: parts.findings.iter().filter(|r| !counts(r)).count(),
        resolved: parts.resolved.len(),
        failing: parts.findings.iter().filter(|r| fails(r)).count(),
        fixed: parts.findings.iter().filter(|r| r.fix.is_some()).count(),
        rejected_fixes: parts.findings.iter().map(|r| r.rejected.len()).sum(),
        waived: parts.findings.iter().filter(counts).filter(|r| r.waived.is_some()).count(),
        findings_over_cap: 0,
        failing_over_cap: BTreeMap::new(),
    }
}
