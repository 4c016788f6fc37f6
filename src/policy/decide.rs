//! What a policy says about a finding, about a file, and about a whole run.

use globset::GlobSet;

use super::layer::{Languages, Located, Origin};
use super::{Policy, Strategy, in_languages};
use crate::diagnostic::clean;
use crate::finding::{FileResult, FileStatus, Finding};
use crate::report::model::{Action, Outcome, Reported, State, Verdict};
use crate::syntax::hir::Language;

/// What happens, and the setting that says so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// What happens.
    pub action: Action,
    /// The setting: `gate.fail-on (baseline)`, `gate.rules[2] (.tempergate.yml:14)`. Where a finding is let through because
    /// it is not new, the setting that would have applied stands behind `not new: `.
    pub decided_by: String,
}

impl Decision {
    fn by<T>(action: Action, setting: &str, value: &Located<T>) -> Decision {
        Decision { action, decided_by: format!("{setting} ({})", value.origin) }
    }
}

impl Policy {
    /// Whether a file is judged at all. A file that is not is not part of the report. `path` is '/'-separated and relative
    /// to the root; `language` is `None` for files in no language that we claim, which only `languages: all` lets in.
    pub fn file_in_scope(&self, path: &str, language: impl Into<Option<Language>>) -> bool {
        let language = match &self.scope.languages.value {
            Languages::All => true,
            Languages::Only(languages) => language.into().is_some_and(|language| languages.contains(&language)),
        };
        language && self.scope.include_set.is_match(path) && !self.scope.exclude_set.is_match(path)
    }

    /// What happens about a finding. The last entry of `gate.rules` that matches decides, else the thresholds. Only new
    /// and worsened findings fail or warn; of the old ones nothing more than a note is made.
    pub fn decide(&self, finding: &Finding, state: State, language: impl Into<Option<Language>>) -> Decision {
        let decision = self.decide_new(finding, language.into());
        match state {
            State::New | State::Worsened => decision,
            State::Moved | State::Persisting if decision.action <= Action::Note => decision,
            State::Moved | State::Persisting => {
                Decision { action: Action::Note, decided_by: format!("not new: {}", decision.decided_by) }
            }
        }
    }

    fn decide_new(&self, finding: &Finding, language: Option<Language>) -> Decision {
        let setting = self.rules.iter().rev().find(|setting| {
            let entry = &setting.entry.value;
            selects(&entry.cwe, &entry.rule, finding)
                && in_languages(&entry.languages, language)
                && in_paths(setting.paths.as_ref(), &finding.path)
        });
        if let Some(setting) = setting {
            let name = format!("gate.rules[{}]", setting.index);
            return Decision::by(setting.entry.value.action, &name, &setting.entry);
        }
        let reaches = |threshold: super::Threshold| {
            finding.level() >= threshold.severity && finding.confidence >= threshold.confidence
        };
        if reaches(self.fail_on.value) {
            Decision::by(Action::Fail, "gate.fail-on", &self.fail_on)
        } else {
            let action = if reaches(self.warn_on.value) { Action::Warn } else { Action::Note };
            Decision::by(action, "gate.warn-on", &self.warn_on)
        }
    }

    /// What a file's status means. Files that were analysed whole mean nothing of their own; files in a language that we
    /// do not claim are noted and never fail.
    pub fn not_analysed_action(&self, status: &FileStatus) -> Decision {
        match status {
            FileStatus::Clean | FileStatus::Findings => {
                Decision { action: Action::Off, decided_by: "analysed".to_owned() }
            }
            FileStatus::Partial { .. } => Decision::by(self.partial.value, "gate.partial", &self.partial),
            FileStatus::NotAnalysed { .. } => {
                Decision::by(self.not_analysed.value, "gate.not-analysed", &self.not_analysed)
            }
            FileStatus::Unsupported => Decision { action: Action::Note, decided_by: "unsupported language".to_owned() },
        }
    }

    /// The strategy for a finding: that of the last entry of `harden.overrides` that matches, else `harden.strategy`.
    pub fn strategy_for(&self, finding: &Finding, language: impl Into<Option<Language>>) -> Strategy {
        if !self.only_cwe.is_empty() && !self.only_cwe.iter().any(|cwe| finding.cwe.contains(cwe)) {
            return Strategy::None;
        }
        let language = language.into();
        let setting = self.overrides.iter().rev().find(|setting| {
            let entry = &setting.entry.value;
            let all = entry.cwe.is_empty() && entry.rule.is_empty();
            (all || selects(&entry.cwe, &entry.rule, finding))
                && in_languages(&entry.languages, language)
                && in_paths(setting.paths.as_ref(), &finding.path)
        });
        setting.map_or(self.strategy.value, |setting| setting.entry.value.strategy)
    }

    /// The judgement over a run: it fails if a new or worsened finding has the action `fail`, or if a file was not
    /// analysed (whole) and the policy fails that. One sentence for every setting that fails something.
    pub fn verdict(&self, findings: &[Reported], files: &[FileResult]) -> Verdict {
        let mut reasons = finding_reasons(findings);
        reasons.extend(self.file_reasons(files));
        let outcome = if reasons.is_empty() { Outcome::Pass } else { Outcome::Fail };
        Verdict { outcome, reasons }
    }

    fn file_reasons(&self, files: &[FileResult]) -> Vec<String> {
        let mut not_analysed = Vec::new();
        let mut partial = Vec::new();
        for file in files.iter().filter(|file| self.not_analysed_action(&file.status).action == Action::Fail) {
            match &file.status {
                FileStatus::NotAnalysed { reason } => not_analysed.push(format!("{} ({reason})", file.path)),
                FileStatus::Partial { reason, .. } => partial.push(format!("{} ({reason})", file.path)),
                FileStatus::Clean | FileStatus::Findings | FileStatus::Unsupported => {}
            }
        }
        let sentence = |mut names: Vec<String>, what: &str, setting: &str, origin: &Origin| {
            names.sort();
            let count = counted(names.len(), "file", "files");
            let were = if names.len() == 1 { "was" } else { "were" };
            let listed = enumerated(&names);
            (!names.is_empty())
                .then(|| format!("{count} {were} {what}, which fails by {setting} ({origin}): {listed}."))
        };
        let not_analysed = sentence(not_analysed, "not analysed", "gate.not-analysed", &self.not_analysed.origin);
        let partial = sentence(partial, "analysed only in part", "gate.partial", &self.partial.origin);
        not_analysed.into_iter().chain(partial).collect()
    }
}

/// Why findings fail a change: one sentence for every setting that fails some.
pub fn finding_reasons(findings: &[Reported]) -> Vec<String> {
    let mut failing: Vec<(&str, &Reported)> = findings
        .iter()
        .filter(|finding| finding.action == Action::Fail && matches!(finding.state, State::New | State::Worsened))
        .map(|finding| (finding.decided_by.as_str(), finding))
        .collect();
    failing.sort_by(|a, b| (a.0, a.1.finding.sort_key()).cmp(&(b.0, b.1.finding.sort_key())));
    let groups = failing.chunk_by(|a, b| a.0 == b.0);
    groups.filter_map(|group| Some(findings_sentence(group.first()?.0, group))).collect()
}

/// Whether a finding is one of those that an entry names.
fn selects(cwe: &[u32], rules: &[String], finding: &Finding) -> bool {
    finding.cwe.iter().any(|number| cwe.contains(number)) || rules.contains(&finding.rule)
}

fn in_paths(paths: Option<&GlobSet>, path: &str) -> bool {
    paths.is_none_or(|paths| paths.is_match(path))
}

fn findings_sentence(decided_by: &str, group: &[(&str, &Reported)]) -> String {
    let places: Vec<String> = group
        .iter()
        .map(|(_, reported)| {
            let finding = &reported.finding;
            format!("{} at {}:{}", finding.rule, finding.path, finding.region.start_line)
        })
        .collect();
    let verb = if group.len() == 1 { "fails" } else { "fail" };
    let count = counted(group.len(), "new or worsened finding", "new or worsened findings");
    format!("{count} {verb} by {decided_by}: {}.", enumerated(&places))
}

fn counted(count: usize, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

/// The first few names, and how many more there are.
fn enumerated(names: &[String]) -> String {
    const SHOWN: usize = 5;
    let shown: Vec<String> = names.iter().take(SHOWN).map(|name| clean(name)).collect();
    match names.len().saturating_sub(SHOWN) {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}
