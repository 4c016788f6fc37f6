//! The report as one value: everything an output format may show. Serialised as it stands, it is the JSON format.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::authorship::Authorship;
use crate::finding::{Confidence, FileResult, Finding, FlowStep, Region};
use crate::shard::Shard;

/// The version of the JSON format. The first number rises when something changes its meaning or goes away.
pub const SCHEMA_VERSION: &str = "1.0";

/// Everything a run found out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// The version of this format: `1.0`.
    pub schema_version: String,
    /// The version of Tempergate that made the report.
    pub tool_version: String,
    /// `check` or `scan`.
    pub command: Command,
    /// What was compared; absent for `scan`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub change: Option<ChangeInfo>,
    /// Which job's share of the change this is; absent where one job judged all of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shard: Option<Shard>,
    /// The judgement.
    pub verdict: Verdict,
    /// Findings, sorted by path and place. For `check`: those of the head's changed files, also the old ones.
    pub findings: Vec<Reported>,
    /// Findings of the base that are gone at head, sorted.
    pub resolved: Vec<Finding>,
    /// Every analysed or skipped file, sorted by path.
    pub files: Vec<FileResult>,
    /// The rules that the findings name, sorted by id.
    pub rules: Vec<RuleInfo>,
    /// Numbers over all of this.
    pub summary: Summary,
    /// How much of the change AI agents wrote, as far as marks tell; absent for `scan`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub authorship: Option<AuthorshipSummary>,
    /// What each hardening strategy came to, sorted by name and model.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub strategies: Vec<StrategySummary>,
    /// The waivers that were looked at, and what came of them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub waivers: Vec<WaiverStatus>,
    /// The other analysers that the policy names, in its order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub engines: Vec<EngineInfo>,
}

/// What a hardening strategy came to in a run.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct StrategySummary {
    /// The strategy.
    pub strategy: String,
    /// The model that it asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// Candidate edits that it proposed, and answers that held none.
    pub candidates: usize,
    /// Candidates that verification let through.
    pub verified: usize,
    /// Findings that have a fix of this strategy.
    pub findings_fixed: usize,
    /// The others by reason; also how often a model gave no answer, and why.
    pub rejected: BTreeMap<String, usize>,
    /// Candidates that would have brought in a weakness: the side effects of the strategy by itself.
    pub introduced_before: usize,
    /// Fixes that bring in a weakness: none, since verification rejects them.
    pub introduced_after: usize,
    /// Requests to a model.
    pub requests: u64,
    /// Tokens of the requests.
    pub tokens_in: u64,
    /// Tokens of the answers.
    pub tokens_out: u64,
    /// Seconds that the model took.
    pub seconds: f64,
    /// US dollars by the policy's prices.
    pub usd: f64,
}

/// How much of a change AI agents wrote, as far as marks tell, and how often there are findings in it. AI-written is what an
/// agent committed, and what others committed with an agent's mark. Lines without a mark may be AI-written all the same.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AuthorshipSummary {
    /// Changed lines that are AI-written, in files that were analysed.
    pub ai_lines: usize,
    /// The other changed lines of these files.
    pub other_lines: usize,
    /// The share of the former in percent; absent where no line changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ai_share: Option<f64>,
    /// New and worsened findings in AI-written lines.
    pub ai_findings: usize,
    /// The other new and worsened findings.
    pub other_findings: usize,
    /// Findings for every 1,000 AI-written lines; absent where there is no such line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ai_findings_per_1000: Option<f64>,
    /// The same for the other lines.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub other_findings_per_1000: Option<f64>,
    /// Why not all of the change was looked at for marks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub incomplete: Option<String>,
}

/// Which command made a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Command {
    /// A change was judged.
    Check,
    /// Whole files were analysed.
    Scan,
}

/// The two sides of a change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ChangeInfo {
    /// The base as given.
    pub base: String,
    /// The head as given; `working tree` when there is none.
    pub head: String,
    /// The commit id of the merge-base.
    pub merge_base: String,
    /// The commit id of the head; absent for the working tree.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub head_commit: Option<String>,
}

/// The judgement over a change, with what decided it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Verdict {
    /// Pass or fail. (A run that could not judge makes no report.)
    pub outcome: Outcome,
    /// One sentence a reason; empty for a pass.
    pub reasons: Vec<String>,
}

/// Pass or fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// Exit code 0.
    Pass,
    /// Exit code 1.
    Fail,
}

/// What the policy does about a finding, or about a file that was not analysed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Action {
    /// Not even listed.
    Off,
    /// Listed.
    Note,
    /// Shown as a warning.
    Warn,
    /// Fails the gate, when the finding is new or worsened.
    Fail,
}

/// Where a finding stands between base and head.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// Absent at the base.
    New,
    /// There before, with a lower severity or confidence; counts as new.
    Worsened,
    /// There before, at another place of the code.
    Moved,
    /// There before.
    Persisting,
}

/// A finding with what became of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Reported {
    /// The finding itself.
    #[serde(flatten)]
    pub finding: Finding,
    /// Against the base; for `scan` always `new`.
    pub state: State,
    /// What the policy does about it.
    pub action: Action,
    /// The setting that decided: `gate.fail-on (baseline)`, `gate.rules[2] (.tempergate.yml:14)`.
    pub decided_by: String,
    /// The other analyser that found it; absent where Tempergate itself did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub engine: Option<String>,
    /// What other analysers found at the same place about the same weakness, sorted by rule.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub also_found_by: Vec<AlsoFound>,
    /// The waiver that lets it through.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waived: Option<Waived>,
    /// The policy's baseline file has it, so it is let be.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub accepted: bool,
    /// Who wrote its lines, as far as marks tell; absent where nothing of it is from the change, and for `scan`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub author: Option<Authorship>,
    /// The verified fix.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fix: Option<Fix>,
    /// Candidate fixes that were not let through.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rejected: Vec<RejectedFix>,
}

/// What another analyser says of a finding.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AlsoFound {
    /// The engine.
    pub engine: String,
    /// The id of its rule, behind its name: `bandit:B602`.
    pub rule: String,
    /// CWE numbers.
    pub cwe: Vec<u32>,
    /// Its score from 0 to 10.
    pub severity: f64,
    /// How sure it is.
    pub confidence: Confidence,
    /// What it says.
    pub message: String,
    /// Where its finding begins.
    pub line: u32,
    /// Identity across runs.
    pub fingerprint: String,
}

/// Another analyser that the policy names, and what came of asking it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct EngineInfo {
    /// Its name in the policy.
    pub name: String,
    /// Without its findings nothing would have been judged.
    pub required: bool,
    /// What came of asking it about the change.
    pub outcome: EngineOutcome,
    /// The tool's own name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tool: Option<String>,
    /// The tool's version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// Why it said nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub problem: Option<String>,
    /// What it said went wrong, though it came to its end.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
    /// Its findings in the report, those included that were joined to others.
    pub findings: usize,
    /// Of these, the ones that stand at findings of others.
    pub joined: usize,
    /// Fixes that it looked at, once for each text of a file.
    pub fixes: usize,
    /// Of these, the ones that it saw a new weakness in.
    pub rejected: usize,
}

/// What came of asking an engine.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum EngineOutcome {
    /// There was no file for it to look at.
    NothingToLookAt,
    /// It looked.
    #[default]
    Looked,
    /// It is missing, failed, took too long, or its answer could not be read.
    Failed,
}

/// What an engine says of a fix.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct EngineLook {
    /// The engine.
    pub engine: String,
    /// Why it did not look; absent where it did, and saw nothing new.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_asked: Option<String>,
    /// Its findings that the fix removes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub resolved: Vec<FindingSummary>,
    /// Its findings of the same weakness that are still there.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub persisting: Vec<FindingSummary>,
}

/// Who lets a finding through, why and how long.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Waived {
    /// Who answers for it; absent for a comment in the code, for which its author does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// Why.
    pub reason: String,
    /// The last day on which it holds: `2027-01-31`.
    pub expires: String,
    /// Where it is written: `.tempergate.yml:40`.
    pub origin: String,
}

/// A waiver of the policy or of a comment, and what came of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct WaiverStatus {
    /// Where it is written: `.tempergate.yml:40`.
    pub origin: String,
    /// What it waives, or what is wrong with it.
    pub about: String,
    /// What came of it.
    pub state: WaiverState,
    /// The findings that it lets through, or would have.
    pub findings: usize,
}

/// What came of a waiver.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum WaiverState {
    /// It lets findings through.
    Used,
    /// The files that it names were judged, and nothing in them is what it waives.
    Unmatched,
    /// None of the files that it names was judged.
    NotJudged,
    /// Its day is over; it waives nothing.
    Expired,
    /// It cannot be read; it waives nothing.
    Malformed,
    /// The change itself brings it in; it waives nothing before it is in the base.
    NotApproved,
}

/// A verified fix: valid alone and together with every other fix of the report.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Fix {
    /// The strategy that proposed it: `template`.
    pub strategy: String,
    /// What does it, in the strategy's own terms: `bind-parameters`.
    pub fixer: String,
    /// One sentence on what it changes.
    pub description: String,
    /// The replacements, sorted, none overlapping.
    pub replacements: Vec<Replacement>,
    /// A unified diff of the file, with `a/` and `b/` paths and three lines of context.
    pub diff: String,
    /// What the comparison of the file before and after the fix says.
    pub verification: VerificationRecord,
    /// What it took to ask a model for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asked: Option<Asked>,
}

/// What asking a model for a candidate took.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Asked {
    /// The model: `embedded:smollm2-135m`.
    pub model: String,
    /// Which answer of the model this is, from one; the ones before were rejected.
    pub round: u32,
    /// Requests.
    pub requests: u32,
    /// Tokens of the requests.
    pub tokens_in: u64,
    /// Tokens of the answers.
    pub tokens_out: u64,
    /// Seconds that the model took.
    pub seconds: f64,
    /// US dollars by the policy's prices.
    pub usd: f64,
}

/// Text in the place of a region.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Replacement {
    /// The region of the old text.
    pub region: Region,
    /// What stands there afterwards.
    pub text: String,
}

/// A candidate that verification did not let through.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RejectedFix {
    /// The strategy that proposed it.
    pub strategy: String,
    /// What would have done it.
    pub fixer: String,
    /// `does-not-parse`, `out-of-scope`, `effects`, `still-present`, `unexplained`, `introduces`, `conduct`, `conflicts`,
    /// `too-costly`, `fails-command`; of a model's answer also `no-edit`, and of a model without one what kept it from
    /// coming, such as `timed-out`.
    pub reason: String,
    /// One sentence: "leaves password-hash-without-work-factor (CWE-916) at line 12".
    pub explanation: String,
    /// What the comparison of the file before and after it says, where it came to one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verification: Option<VerificationRecord>,
    /// What it took to ask a model for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asked: Option<Asked>,
}

/// The machine-checked record of what a fix removed and what it did not add.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct VerificationRecord {
    /// The findings that the fix removes.
    pub resolved: Vec<FindingSummary>,
    /// The other findings of the file, still there.
    pub persisting: Vec<FindingSummary>,
    /// Findings that the fix brings in. Empty in every verified fix.
    pub introduced: Vec<FindingSummary>,
    /// Why the finding is gone: "bound as a parameter", "`shlex.quote` makes it safe for a shell command".
    pub reason: String,
    /// What the policy's own command said: "`cargo test -q` ended with 0 before and after". Absent where none was run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub command: Option<String>,
    /// What the other analysers of the policy say, in its order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub engines: Vec<EngineLook>,
    /// The sum of severities of the file's findings before.
    pub severity_before: f64,
    /// The same after.
    pub severity_after: f64,
    /// The CWE numbers that occur together in the file before, sorted.
    #[serde(default)]
    pub cwes_before: Vec<u32>,
    /// The same after.
    #[serde(default)]
    pub cwes_after: Vec<u32>,
    /// Lines added and removed.
    pub lines_changed: u32,
}

/// A finding in a verification record.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct FindingSummary {
    /// The rule's id.
    pub rule: String,
    /// Its CWE numbers.
    pub cwe: Vec<u32>,
    /// Its severity.
    pub severity: f64,
    /// Its line, before the fix for resolved and persisting ones, after it for introduced ones.
    pub line: u32,
}

/// What a report needs to know about a rule.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RuleInfo {
    /// Its id.
    pub id: String,
    /// A short name for people.
    pub name: String,
    /// CWE numbers, the most fitting first.
    pub cwe: Vec<u32>,
    /// CVSS-like score from 0 to 10.
    pub severity: f64,
    /// How often its findings are right.
    pub precision: Confidence,
    /// What can happen.
    pub explain: String,
    /// How it is done right.
    pub remedy: String,
    /// `CWE-89`, `OWASP A03:2021`, links.
    pub references: Vec<String>,
}

/// Counts over a report.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Summary {
    /// Files analysed whole.
    pub files_analysed: usize,
    /// Files analysed in part.
    pub files_partial: usize,
    /// Files not analysed.
    pub files_not_analysed: usize,
    /// Files in other languages.
    pub files_unsupported: usize,
    /// New and worsened findings.
    pub new: usize,
    /// Findings that were there before.
    pub persisting: usize,
    /// Findings that are gone.
    pub resolved: usize,
    /// Findings whose action is fail, and that count.
    pub failing: usize,
    /// Findings with a verified fix.
    pub fixed: usize,
    /// Candidate fixes that were rejected.
    pub rejected_fixes: usize,
    /// New and worsened findings that a waiver lets through.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub waived: usize,
    /// Findings left out because a cap of the policy was reached.
    pub findings_over_cap: usize,
    /// How many of these fail the gate, by the setting that fails them.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub failing_over_cap: BTreeMap<String, usize>,
}

fn is_zero(count: &usize) -> bool {
    *count == 0
}

impl Reported {
    /// Whether a waiver or the baseline file lets it be.
    pub fn is_let_be(&self) -> bool {
        self.waived.is_some() || self.accepted
    }

    /// The flow's steps, or the place alone for findings without one.
    pub fn steps(&self) -> &[FlowStep] {
        &self.finding.flow
    }
}
