//! What a policy says about a finding, about a file, and about a whole run.

use super::categories::Category;
use super::inline::InlineWaivers;
use super::layer::{Languages, Threshold};
use super::origin::{Located, Origin};
use super::{Policy, Strategy, in_languages, in_paths};
use crate::diagnostic::clean;
use crate::finding::{FileResult, FileStatus, Finding};
use crate::report::model::{Action, Outcome, Reported, State, Verdict, Waived};
use crate::syntax::hir::Language;

/// What happens, and the setting that says so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// What happens.
    pub action: Action,
    /// The setting: `gate.fail-on (baseline)`, `gate.rules[2] (.tempergate.yml:14)`. Where a finding is let through because
    /// it is not new, the setting that would have applied stands behind `not new: `.
    pub decided_by: String,
    /// The waiver that lets a finding through.
    pub waived: Option<Waived>,
    /// The baseline file has it.
    pub accepted: bool,
}

/// What is known of a finding beside itself.
#[derive(Clone, Copy)]
pub struct Circumstances<'a> {
    /// Where it stands between base and head.
    pub state: State,
    /// The language of its file.
    pub language: Option<Language>,
    /// An AI wrote lines of it, as far as is known.
    pub ai_written: bool,
    /// The waivers in comments of its file.
    pub inline: Option<&'a InlineWaivers>,
}

impl Circumstances<'_> {
    /// Those of a finding of which nothing but its state is known.
    pub fn of(state: State) -> Circumstances<'static> {
        Circumstances { state, language: None, ai_written: false, inline: None }
    }
}

impl Decision {
    fn by<T>(action: Action, setting: &str, value: &Located<T>) -> Decision {
        Decision { action, decided_by: format!("{setting} ({})", value.origin), waived: None, accepted: false }
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

    /// What happens about a finding of which nothing else is known.
    pub fn decide(&self, finding: &Finding, state: State, language: impl Into<Option<Language>>) -> Decision {
        self.decide_in(finding, &Circumstances { language: language.into(), ..Circumstances::of(state) })
    }

    /// What happens about a finding. The last entry of `gate.rules` that matches decides, else the thresholds; in lines that
    /// an AI wrote those of `gate.ai` too, and the stricter decides. Only new and worsened findings fail or warn; of old ones,
    /// of waived ones and of those in the baseline file nothing more than a note is made.
    pub fn decide_in(&self, finding: &Finding, circumstances: &Circumstances<'_>) -> Decision {
        let decision = self.decide_new(finding, circumstances);
        if decision.action <= Action::Note {
            return decision;
        }
        let noted = |reason: String| Decision {
            action: Action::Note,
            decided_by: format!("{reason}: {}", decision.decided_by),
            waived: None,
            accepted: false,
        };
        if matches!(circumstances.state, State::Moved | State::Persisting) {
            return noted("not new".to_owned());
        }
        if let Some((by, waived)) = self.waived(finding, circumstances) {
            return Decision { waived: Some(waived), ..noted(by) };
        }
        match self.accepted.as_ref().filter(|accepted| accepted.value.has(&finding.fingerprint)) {
            Some(accepted) => Decision { accepted: true, ..noted(format!("in baseline-file ({})", accepted.origin)) },
            None => decision,
        }
    }

    /// What a finding means that is new, waivers and the baseline file left aside.
    fn decide_new(&self, finding: &Finding, circumstances: &Circumstances<'_>) -> Decision {
        let usual = self.usual(finding, circumstances.language);
        match self.decide_ai(finding, circumstances) {
            Some(stricter) if stricter.action > usual.action => stricter,
            _ => usual,
        }
    }

    fn usual(&self, finding: &Finding, language: Option<Language>) -> Decision {
        if let Some(setting) = self.exception(finding, language) {
            let name = format!("gate.rules[{}]", setting.index);
            return Decision::by(setting.entry.value.action, &name, &setting.entry);
        }
        if reaches(finding, self.fail_on.value) {
            Decision::by(Action::Fail, "gate.fail-on", &self.fail_on)
        } else {
            let action = if reaches(finding, self.warn_on.value) { Action::Warn } else { Action::Note };
            Decision::by(action, "gate.warn-on", &self.warn_on)
        }
    }

    /// The entry of `gate.rules` that decides about a finding.
    pub(super) fn exception(
        &self,
        finding: &Finding,
        language: Option<Language>,
    ) -> Option<&super::Setting<super::RuleSetting>> {
        self.rules.iter().rev().find(|setting| {
            let entry = &setting.entry.value;
            selects(&entry.cwe, &entry.category, &entry.rule, finding)
                && entry.at_least.is_none_or(|least| reaches(finding, least))
                && in_languages(&entry.languages, language)
                && in_paths(setting.paths.as_ref(), &finding.path)
        })
    }

    /// What the thresholds for AI-written lines say.
    pub(super) fn decide_ai(&self, finding: &Finding, circumstances: &Circumstances<'_>) -> Option<Decision> {
        if !circumstances.ai_written {
            return None;
        }
        let of = |threshold: &Option<Located<Threshold>>, action: Action, name: &str| {
            let threshold = threshold.as_ref().filter(|threshold| reaches(finding, threshold.value))?;
            Some(Decision::by(action, name, threshold))
        };
        of(&self.ai.fail_on, Action::Fail, "gate.ai.fail-on")
            .or_else(|| of(&self.ai.warn_on, Action::Warn, "gate.ai.warn-on"))
    }

    /// The waiver that covers a finding, and how to name it.
    pub(super) fn waived(&self, finding: &Finding, circumstances: &Circumstances<'_>) -> Option<(String, Waived)> {
        let about = self.waivers.about(finding);
        let mut about = about.iter().filter_map(|at| self.waivers.all.get(*at));
        if let Some(waiver) = about.find(|waiver| waiver.holds(self.today)) {
            let value = &waiver.entry.value;
            let by = format!("waivers[{}] ({})", waiver.index, waiver.entry.origin);
            let waived = Waived {
                owner: Some(value.owner.clone()),
                reason: value.reason.clone(),
                expires: value.expires.to_string(),
                origin: waiver.entry.origin.to_string(),
            };
            return Some((by, waived));
        }
        let inline = circumstances.inline.filter(|_| self.inline_waivers)?.of(finding, self.today)?;
        let origin = format!("{}:{}", clean(&finding.path), inline.line);
        let by = format!("comment ({origin})");
        let (reason, expires) = (inline.reason.clone(), inline.expires.to_string());
        Some((by, Waived { owner: None, reason, expires, origin }))
    }

    /// What a file's status means. Files that were analysed whole mean nothing of their own; files in a language that we
    /// do not claim are noted and never fail.
    pub fn not_analysed_action(&self, status: &FileStatus) -> Decision {
        match status {
            FileStatus::Clean | FileStatus::Findings => {
                Decision { action: Action::Off, decided_by: "analysed".to_owned(), waived: None, accepted: false }
            }
            FileStatus::Partial { .. } => Decision::by(self.partial.value, "gate.partial", &self.partial),
            FileStatus::NotAnalysed { .. } => {
                Decision::by(self.not_analysed.value, "gate.not-analysed", &self.not_analysed)
            }
            FileStatus::Unsupported => Decision {
                action: Action::Note,
                decided_by: "unsupported language".to_owned(),
                waived: None,
                accepted: false,
            },
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
            let all = entry.cwe.is_empty() && entry.category.is_empty() && entry.rule.is_empty();
            (all || selects(&entry.cwe, &entry.category, &entry.rule, finding))
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
fn selects(cwe: &[u32], categories: &[Category], rules: &[String], finding: &Finding) -> bool {
    let listed = |number: &u32| cwe.contains(number) || categories.iter().any(|category| category.has(*number));
    finding.cwe.iter().any(listed) || rules.contains(&finding.rule)
}

/// Whether a finding has at least the severity and the confidence of a threshold.
pub(super) fn reaches(finding: &Finding, threshold: Threshold) -> bool {
    finding.level() >= threshold.severity && finding.confidence >= threshold.confidence
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
