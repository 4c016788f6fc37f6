//! What one policy file says, and how files are laid over each other.

use std::collections::BTreeSet;
use std::time::Duration;

use schemars::JsonSchema;

use super::authorship::AuthorshipLayer;
use super::categories::Category;
use super::engines::Engine;
use super::model::ModelLayer;
use super::origin::Located;
use super::reference::Reference;
use super::settings::LockName;
use super::strategy::Strategy;
use super::waivers::Waiver;
use crate::diagnostic::Diagnostic;
use crate::finding::{Confidence, Level};
use crate::report::model::Action;
use crate::syntax::hir::Language;

/// A Tempergate policy: what fails a change, what only warns, and how findings are hardened. Every key may be left
/// out; the built-in policy `baseline` then says it.
#[derive(Clone, Debug, Default, PartialEq, JsonSchema)]
#[schemars(rename = "TempergatePolicy", transform = super::schema::all_optional, rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct Layer {
    /// The version of the policy format.
    #[schemars(schema_with = "super::schema::version")]
    pub version: Option<Located<u32>>,
    /// The policies that this one is laid over.
    #[schemars(schema_with = "super::schema::extends")]
    pub extends: Vec<Located<Reference>>,
    /// Settings that policies which extend this one can make stricter and not looser.
    #[schemars(schema_with = "super::schema::locked")]
    pub locked: Vec<Located<LockName>>,
    /// Which files are judged.
    #[schemars(with = "ScopeLayer")]
    pub scope: ScopeLayer,
    /// What the gate does about findings and about files that it could not analyse.
    #[schemars(with = "GateLayer")]
    pub gate: GateLayer,
    /// How findings are fixed.
    #[schemars(with = "HardenLayer")]
    pub harden: HardenLayer,
    /// The language model that is asked.
    pub model: Option<ModelLayer>,
    /// How fixes are tried beside the analysis.
    #[schemars(with = "VerifyLayer")]
    pub verify: VerifyLayer,
    /// The analysers that look at a change and at its fixes: `builtin`, which always does, and others. A list replaces the list
    /// of the policy below.
    #[schemars(schema_with = "super::engines::schema")]
    pub engines: Option<Located<Vec<Engine>>>,
    /// What is published on a pull request.
    #[schemars(with = "PublishLayer")]
    pub publish: PublishLayer,
    /// Findings that are let through until a day, each with a reason and somebody who answers for it.
    #[schemars(schema_with = "super::schema::waivers")]
    pub waivers: Vec<Located<Waiver>>,
    /// Whether comments in the code can waive findings: `tempergate: allow RULE until DATE because REASON`.
    pub inline_waivers: Option<Located<bool>>,
    /// A file of findings that were there before anybody looked (`tempergate baseline write`). They are only noted.
    #[schemars(schema_with = "super::schema::text")]
    pub baseline_file: Option<Located<String>>,
    /// Which further marks show that an AI agent wrote something.
    #[schemars(with = "AuthorshipLayer")]
    pub authorship: AuthorshipLayer,
    /// What is wrong with waivers that were left out.
    #[schemars(skip)]
    pub problems: Vec<WaiverProblem>,
}

/// A waiver that cannot be used, and why.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct WaiverProblem {
    pub file: String,
    pub diagnostic: Diagnostic,
}

/// What is published on a pull request. What the run was not asked to publish, or may not, is not published anyway.
#[derive(Clone, Debug, Default, PartialEq, JsonSchema)]
#[schemars(rename = "Publish", transform = super::schema::all_optional, rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct PublishLayer {
    /// A review with a comment a finding.
    pub review: Option<Located<bool>>,
    /// A check run with the verdict.
    pub check: Option<Located<bool>>,
    /// One summary comment.
    pub summary: Option<Located<bool>>,
    /// Results for Code Scanning.
    pub sarif: Option<Located<bool>>,
    /// The most comments of one review; the other findings stand in the summary.
    #[schemars(schema_with = "super::schema::count")]
    pub max_comments: Option<Located<u64>>,
}

/// Which files are judged.
#[derive(Clone, Debug, Default, PartialEq, JsonSchema)]
#[schemars(rename = "Scope", transform = super::schema::all_optional, rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct ScopeLayer {
    /// Globs of the files to judge. A list replaces the list of the policy below.
    #[schemars(schema_with = "super::schema::globs")]
    pub include: Option<Located<Vec<String>>>,
    /// Globs of files to leave out, although included. A list replaces the list of the policy below.
    pub exclude: Option<Located<Vec<String>>>,
    /// `all`, or the languages to judge.
    #[schemars(schema_with = "super::schema::languages_or_all")]
    pub languages: Option<Located<Languages>>,
}

/// What the gate does about findings and about files that it could not analyse.
#[derive(Clone, Debug, Default, PartialEq, JsonSchema)]
#[schemars(rename = "Gate", transform = super::schema::all_optional, rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct GateLayer {
    /// New and worsened findings with at least this severity and this confidence fail the gate.
    pub fail_on: Option<Located<Threshold>>,
    /// Of the others, those with at least this severity and this confidence are shown as warnings.
    pub warn_on: Option<Located<Threshold>>,
    /// What a file means that was not analysed: too large, binary, an internal error.
    #[schemars(schema_with = "super::schema::file_action")]
    pub not_analysed: Option<Located<Action>>,
    /// What a file means that was analysed in part only: broken syntax, a step budget that ran out.
    #[schemars(schema_with = "super::schema::file_action")]
    pub partial: Option<Located<Action>>,
    /// Exceptions from the thresholds. The last one that matches a finding decides.
    pub rules: Vec<Located<RuleSetting>>,
    /// What holds for lines that an AI wrote. The stricter of the two decides.
    #[schemars(with = "AiLayer")]
    pub ai: AiLayer,
    /// Limits.
    #[schemars(with = "CapsLayer")]
    pub caps: CapsLayer,
}

/// What holds for findings in lines that an AI wrote, beside what holds for all. The stricter of the two decides.
#[derive(Clone, Debug, Default, PartialEq, JsonSchema)]
#[schemars(rename = "Ai", transform = super::schema::all_optional, rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct AiLayer {
    /// New and worsened findings with at least this severity and this confidence fail the gate.
    pub fail_on: Option<Located<Threshold>>,
    /// Of the others, those with at least this severity and this confidence are shown as warnings.
    pub warn_on: Option<Located<Threshold>>,
}

/// Limits. Numbers may have a suffix: k, M or G (thousands), and B behind it for bytes: `2MB`, `5M`.
#[derive(Clone, Debug, Default, PartialEq, JsonSchema)]
#[schemars(rename = "Caps", transform = super::schema::all_optional, rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct CapsLayer {
    /// The most findings that a report lists.
    #[schemars(schema_with = "super::schema::count")]
    pub findings: Option<Located<u64>>,
    /// The largest file that is analysed, in bytes. Larger ones are not analysed.
    #[schemars(schema_with = "super::schema::bytes")]
    pub file_bytes: Option<Located<u64>>,
    /// The most analysis steps for one file. What is left of it then is not analysed.
    #[schemars(schema_with = "super::schema::count")]
    pub steps: Option<Located<u64>>,
}

/// How findings are fixed.
#[derive(Clone, Debug, Default, PartialEq, JsonSchema)]
#[schemars(rename = "Harden", transform = super::schema::all_optional, rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct HardenLayer {
    /// The strategy that proposes fixes.
    pub strategy: Option<Located<Strategy>>,
    /// What the strategies `ladder`, `best-of` and `auto` consist of.
    #[schemars(schema_with = "super::schema::ladder")]
    pub ladder: Option<Located<Vec<Strategy>>>,
    /// Exceptions. The last one that matches a finding decides.
    pub overrides: Vec<Located<Override>>,
    /// How often a model is asked again with what was wrong.
    #[schemars(schema_with = "super::schema::rounds")]
    pub rounds: Option<Located<u64>>,
    /// What asking a model may cost in one run.
    #[schemars(with = "BudgetLayer")]
    pub budget: BudgetLayer,
    /// Which files a model may see.
    #[schemars(with = "SendLayer")]
    pub send: SendLayer,
}

/// What asking a model may cost in one run. Numbers may have a suffix: k, M or G.
#[derive(Clone, Debug, Default, PartialEq, JsonSchema)]
#[schemars(rename = "Budget", transform = super::schema::all_optional, rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct BudgetLayer {
    /// The most requests.
    #[schemars(schema_with = "super::schema::count")]
    pub requests: Option<Located<u64>>,
    /// The most tokens, those of requests and answers together.
    #[schemars(schema_with = "super::schema::count")]
    pub tokens: Option<Located<u64>>,
    /// The most US dollars, by `model.prices`. No limit of its own when left out.
    #[schemars(schema_with = "super::schema::usd")]
    pub usd: Option<Located<f64>>,
    /// The most seconds by the clock.
    #[schemars(schema_with = "super::schema::count")]
    pub seconds: Option<Located<u64>>,
    /// The most findings that a model is asked about, the severest first.
    #[schemars(schema_with = "super::schema::count")]
    pub findings: Option<Located<u64>>,
}

/// Which files a model may see.
#[derive(Clone, Debug, Default, PartialEq, JsonSchema)]
#[schemars(rename = "Send", transform = super::schema::all_optional, rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct SendLayer {
    /// Globs of the files that may be sent. A list replaces the list of the policy below.
    #[schemars(schema_with = "super::schema::globs")]
    pub include: Option<Located<Vec<String>>>,
    /// Globs of files that are never sent, in addition to those of the policy below.
    #[schemars(schema_with = "super::schema::globs_or_none")]
    pub exclude: Vec<Located<String>>,
}

/// How fixes are tried beside the analysis.
#[derive(Clone, Debug, Default, PartialEq, JsonSchema)]
#[schemars(rename = "Verify", transform = super::schema::all_optional, rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct VerifyLayer {
    /// A command for the shell, such as a compiler or the tests. It runs in a copy of the change's head.
    #[schemars(schema_with = "super::schema::text")]
    pub command: Option<Located<String>>,
    /// The longest that one run of the command may take: `90s`, `5m`, `1h`.
    #[schemars(schema_with = "super::schema::duration")]
    pub timeout: Option<Located<Duration>>,
}

/// A severity and a confidence that a finding must both reach.
#[derive(Clone, Copy, Debug, PartialEq, Eq, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Threshold {
    /// The lowest severity that counts.
    pub severity: Level,
    /// The lowest confidence that counts.
    pub confidence: Confidence,
}

/// The languages that a policy judges.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Languages {
    /// Every language that the program reads.
    All,
    /// These, sorted.
    Only(Vec<Language>),
}

/// An exception from the thresholds. Exactly one of `cwe`, `category` and `rule`.
#[derive(Clone, Debug, PartialEq, JsonSchema)]
#[schemars(transform = super::schema::cwe_or_rule, rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct RuleSetting {
    /// CWE numbers; a finding matches if it has one of them.
    #[schemars(schema_with = "super::schema::cwe")]
    pub cwe: Vec<u32>,
    /// Published lists of CWE numbers; a finding matches if it has a number of one of them.
    #[schemars(schema_with = "super::schema::categories")]
    pub category: Vec<Category>,
    /// Rule ids (`tempergate rules list`).
    #[schemars(schema_with = "super::schema::names")]
    pub rule: Vec<String>,
    /// Only findings in these languages.
    #[schemars(schema_with = "super::schema::languages")]
    pub languages: Vec<Language>,
    /// Only findings in files that one of these globs matches.
    #[schemars(schema_with = "super::schema::globs")]
    pub paths: Vec<String>,
    /// Only findings with at least this severity and this confidence.
    pub at_least: Option<Threshold>,
    /// What happens: `fail`, `warn`, `note` (listed only) or `off` (not even listed).
    pub action: Action,
}

/// An exception from the strategy. At least one of the other keys beside `strategy`.
#[derive(Clone, Debug, PartialEq, JsonSchema)]
#[schemars(transform = super::schema::some_selector, rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct Override {
    /// CWE numbers; a finding matches if it has one of them.
    #[schemars(schema_with = "super::schema::cwe")]
    pub cwe: Vec<u32>,
    /// Published lists of CWE numbers; a finding matches if it has a number of one of them.
    #[schemars(schema_with = "super::schema::categories")]
    pub category: Vec<Category>,
    /// Rule ids (`tempergate rules list`).
    #[schemars(schema_with = "super::schema::names")]
    pub rule: Vec<String>,
    /// Only findings in these languages.
    #[schemars(schema_with = "super::schema::languages")]
    pub languages: Vec<Language>,
    /// Only findings in files that one of these globs matches.
    #[schemars(schema_with = "super::schema::globs")]
    pub paths: Vec<String>,
    /// The strategy for these findings.
    pub strategy: Strategy,
}

impl Layer {
    /// Lays `self` over `below`: a value that `self` says replaces the one below; the entries of `gate.rules` and
    /// `harden.overrides` come behind those below, so that they win where both match; what is never sent to a model adds up, as
    /// do locks and waivers.
    pub(super) fn over(self, below: Layer) -> Layer {
        Layer {
            version: self.version.or(below.version),
            extends: self.extends,
            locked: behind(below.locked, self.locked),
            scope: self.scope.over(below.scope),
            gate: self.gate.over(below.gate),
            harden: self.harden.over(below.harden),
            // Whole: a key of one policy is never sent to the endpoint of another.
            model: self.model.or(below.model),
            verify: VerifyLayer {
                command: self.verify.command.or(below.verify.command),
                timeout: self.verify.timeout.or(below.verify.timeout),
            },
            engines: self.engines.or(below.engines),
            publish: self.publish.over(below.publish),
            waivers: behind(below.waivers, self.waivers),
            inline_waivers: self.inline_waivers.or(below.inline_waivers),
            baseline_file: self.baseline_file.or(below.baseline_file),
            authorship: self.authorship.over(below.authorship),
            problems: behind(below.problems, self.problems),
        }
    }
}

impl PublishLayer {
    fn over(self, below: PublishLayer) -> PublishLayer {
        PublishLayer {
            review: self.review.or(below.review),
            check: self.check.or(below.check),
            summary: self.summary.or(below.summary),
            sarif: self.sarif.or(below.sarif),
            max_comments: self.max_comments.or(below.max_comments),
        }
    }
}

impl HardenLayer {
    fn over(self, below: HardenLayer) -> HardenLayer {
        HardenLayer {
            strategy: self.strategy.or(below.strategy),
            ladder: self.ladder.or(below.ladder),
            overrides: behind(below.overrides, self.overrides),
            rounds: self.rounds.or(below.rounds),
            budget: BudgetLayer {
                requests: self.budget.requests.or(below.budget.requests),
                tokens: self.budget.tokens.or(below.budget.tokens),
                usd: self.budget.usd.or(below.budget.usd),
                seconds: self.budget.seconds.or(below.budget.seconds),
                findings: self.budget.findings.or(below.budget.findings),
            },
            send: SendLayer {
                include: self.send.include.or(below.send.include),
                exclude: without_doubles(behind(below.send.exclude, self.send.exclude)),
            },
        }
    }
}

impl ScopeLayer {
    fn over(self, below: ScopeLayer) -> ScopeLayer {
        ScopeLayer {
            include: self.include.or(below.include),
            exclude: self.exclude.or(below.exclude),
            languages: self.languages.or(below.languages),
        }
    }
}

impl GateLayer {
    fn over(self, below: GateLayer) -> GateLayer {
        GateLayer {
            fail_on: self.fail_on.or(below.fail_on),
            warn_on: self.warn_on.or(below.warn_on),
            not_analysed: self.not_analysed.or(below.not_analysed),
            partial: self.partial.or(below.partial),
            rules: behind(below.rules, self.rules),
            ai: AiLayer {
                fail_on: self.ai.fail_on.or(below.ai.fail_on),
                warn_on: self.ai.warn_on.or(below.ai.warn_on),
            },
            caps: CapsLayer {
                findings: self.caps.findings.or(below.caps.findings),
                file_bytes: self.caps.file_bytes.or(below.caps.file_bytes),
                steps: self.caps.steps.or(below.caps.steps),
            },
        }
    }
}

fn behind<T>(mut first: Vec<T>, second: Vec<T>) -> Vec<T> {
    first.extend(second);
    first
}

fn without_doubles(globs: Vec<Located<String>>) -> Vec<Located<String>> {
    let mut kept: Vec<Located<String>> = Vec::with_capacity(globs.len());
    let mut seen = BTreeSet::new();
    for glob in globs {
        if seen.insert(glob.value.clone()) {
            kept.push(glob);
        }
    }
    kept
}
