//! Cases that a policy must decide in a certain way: security teams keep them beside their policy, and
//! `tempergate policy test` runs them.

use serde::Deserialize;
use serde_saphyr::Spanned;

use super::decide::Circumstances;
use super::{Policy, PolicyError, day};
use crate::diagnostic::{Diagnostic, clip};
use crate::finding::{Confidence, FileStatus, Finding, Level, Region};
use crate::report::model::{Action, State};
use crate::syntax::hir::Language;
use crate::yaml;

/// A file of cases.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cases {
    version: Spanned<u32>,
    /// The policy that they are about, beside the file.
    #[serde(default)]
    pub policy: Option<String>,
    cases: Vec<Spanned<Case>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Case {
    name: String,
    #[serde(default)]
    finding: Option<Spanned<Shape>>,
    #[serde(default)]
    file: Option<Status>,
    /// The day on which waivers are looked at.
    #[serde(default)]
    on: Option<Spanned<String>>,
    expect: Action,
    /// How what decided begins: `gate.ai.fail-on`.
    #[serde(default)]
    by: Option<String>,
}

/// A finding as a case describes it. What is left out is that of its rule.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Shape {
    #[serde(default)]
    rule: Option<String>,
    #[serde(default)]
    cwe: Option<Vec<u32>>,
    #[serde(default)]
    severity: Option<Severity>,
    #[serde(default = "high")]
    confidence: Confidence,
    path: String,
    #[serde(default)]
    state: Option<State>,
    #[serde(default)]
    ai_written: bool,
    #[serde(default)]
    fingerprint: String,
}

fn high() -> Confidence {
    Confidence::High
}

/// A score, or a level, which stands for the lowest score that has it.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Severity {
    Score(f64),
    Level(Level),
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Status {
    Clean,
    Partial,
    NotAnalysed,
    Unsupported,
}

/// What came of a case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaseOutcome {
    /// Its name.
    pub name: String,
    /// Its line in the file.
    pub line: u64,
    /// What was decided instead of what was expected; none where both agree.
    pub problem: Option<String>,
}

/// What a rule says of itself: CWE numbers and severity; none where there is no such rule.
pub type RuleFacts<'a> = &'a dyn Fn(&str) -> Option<(Vec<u32>, f64)>;

impl Cases {
    /// Reads a file of cases. Errors: the first thing that is wrong, with its place.
    pub fn parse(file: &str, text: &str) -> Result<Cases, PolicyError> {
        let failed = |diagnostic: Diagnostic| PolicyError::new(file, text, vec![diagnostic], 0);
        let cases: Cases = yaml::typed(text, "file of policy cases").map_err(failed)?;
        if cases.version.value != 1 {
            let span = yaml::place_of(text, &cases.version);
            let message = format!("version {} of policy cases is not supported", cases.version.value);
            return Err(failed(Diagnostic::new(text, span, message)));
        }
        Ok(cases)
    }

    /// Runs all cases with a policy. Errors: a case that cannot be run, with its place.
    pub fn run(
        &self,
        file: &str,
        text: &str,
        policy: &Policy,
        rule: RuleFacts<'_>,
        language: &dyn Fn(&str) -> Option<Language>,
    ) -> Result<Vec<CaseOutcome>, PolicyError> {
        let run = |case: &Spanned<Case>| {
            let problem = case.value.run(policy, rule, language).map_err(|message| {
                PolicyError::new(file, text, vec![Diagnostic::new(text, yaml::place_of(text, case), message)], 0)
            })?;
            Ok(CaseOutcome { name: case.value.name.clone(), line: case.defined.line(), problem })
        };
        self.cases.iter().map(run).collect()
    }
}

impl Case {
    fn run(
        &self,
        policy: &Policy,
        rule: RuleFacts<'_>,
        language: &dyn Fn(&str) -> Option<Language>,
    ) -> Result<Option<String>, String> {
        let dated = match &self.on {
            Some(on) => {
                let today =
                    day(&on.value).ok_or_else(|| format!("`{}` is not a day like 2027-01-31", clip(&on.value)))?;
                Some(policy.clone().on(today))
            }
            None => None,
        };
        let policy = dated.as_ref().unwrap_or(policy);
        let decision = match (&self.finding, self.file) {
            (Some(shape), None) => {
                let shape = &shape.value;
                let finding = shape.finding(rule)?;
                let circumstances = Circumstances {
                    language: language(&shape.path),
                    ai_written: shape.ai_written,
                    ..Circumstances::of(shape.state.unwrap_or(State::New))
                };
                policy.decide_in(&finding, &circumstances)
            }
            (None, Some(status)) => policy.not_analysed_action(&status.of_file()),
            _ => return Err("a case has either a `finding` or a `file`".to_owned()),
        };
        let by = self.by.as_deref().unwrap_or_default();
        let as_expected = decision.action == self.expect && decision.decided_by.starts_with(by);
        let wanted = if by.is_empty() { String::new() } else { format!(" by {by}") };
        Ok((!as_expected).then(|| {
            let (expected, action) = (super::show::action(&self.expect), super::show::action(&decision.action));
            format!("expected {expected}{wanted}, decided {action} by {}", decision.decided_by)
        }))
    }
}

impl Shape {
    fn finding(&self, rule: RuleFacts<'_>) -> Result<Finding, String> {
        let facts = match &self.rule {
            Some(id) => Some(rule(id).ok_or_else(|| format!("no rule has the id `{}`", clip(id)))?),
            None => None,
        };
        let cwe = self.cwe.clone().or_else(|| facts.as_ref().map(|(cwe, _)| cwe.clone()));
        let severity = match &self.severity {
            Some(Severity::Score(score)) => Some(*score),
            Some(Severity::Level(level)) => Some(level.lowest()),
            None => facts.map(|(_, severity)| severity),
        };
        let (Some(cwe), Some(severity)) = (cwe, severity) else {
            return Err("a finding without a `rule` needs `cwe` and `severity`".to_owned());
        };
        Ok(Finding {
            rule: self.rule.clone().unwrap_or_default(),
            cwe,
            severity,
            confidence: self.confidence,
            precision: Confidence::High,
            path: self.path.clone(),
            region: Region { start_line: 1, ..Region::default() },
            message: String::new(),
            flow: Vec::new(),
            symbol: String::new(),
            sink: String::new(),
            related: Vec::new(),
            fingerprint: self.fingerprint.to_ascii_lowercase(),
        })
    }
}

impl Status {
    fn of_file(self) -> FileStatus {
        let reason = || "a case".to_owned();
        match self {
            Status::Clean => FileStatus::Clean,
            Status::Partial => FileStatus::Partial { functions: Vec::new(), reason: reason() },
            Status::NotAnalysed => FileStatus::NotAnalysed { reason: reason() },
            Status::Unsupported => FileStatus::Unsupported,
        }
    }
}
