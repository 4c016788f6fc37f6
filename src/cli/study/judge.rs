//! Our own analysis of a sample.

use crate::finding::{Confidence, FileStatus, Finding};
use crate::inspect::{self, Inspected, Limits};
use crate::policy::Policy;
use crate::report::model::{Action, State};
use crate::rules::Library;
use crate::study::plan::OWN_ANALYSER;
use crate::study::record::{Alert, Analysis, Precision, Sample};
use crate::syntax::hir::Language;

/// The file that a sample is analysed as: nothing of its name says what it is about.
pub fn file_name(language: Language) -> &'static str {
    match language {
        Language::Python => "main.py",
        Language::JavaScript => "main.js",
        Language::TypeScript => "main.ts",
        Language::Java => "Main.java",
        Language::Go => "main.go",
    }
}

/// Analyses programs by a policy.
#[derive(Clone, Copy)]
pub struct Judge<'a> {
    /// The rules.
    pub library: &'a Library,
    /// What counts as a finding.
    pub policy: &'a Policy,
}

impl Judge<'_> {
    /// What a file may cost.
    pub fn limits(&self) -> Limits {
        Limits { file_bytes: self.policy.max_file_bytes(), steps: self.policy.max_steps() }
    }

    /// Inspects a program.
    pub fn inspect(&self, language: Language, code: &str) -> Inspected {
        inspect::inspect(file_name(language), code.as_bytes(), self.library, self.limits())
    }

    /// The findings that count, by their places.
    pub fn counted(&self, inspected: &Inspected) -> Vec<usize> {
        let counts = |finding: &Finding| {
            self.policy.decide(finding, State::New, inspected.result.language).action != Action::Off
        };
        inspected.findings.iter().enumerate().filter(|(_, finding)| counts(finding)).map(|(at, _)| at).collect()
    }

    /// The analysis of a sample; none where it has no program.
    pub fn analysis(&self, sample: &Sample) -> Option<Analysis> {
        Some(self.of(&sample.key, &self.inspect(sample.language, sample.code.as_deref()?)))
    }

    /// The analysis that an inspection stands for.
    pub fn of(&self, sample: &str, inspected: &Inspected) -> Analysis {
        let found = self.counted(inspected);
        let alerts = found.into_iter().filter_map(|at| inspected.findings.get(at)).map(alert).collect();
        let (parses, incomplete) = match &inspected.result.status {
            FileStatus::Clean | FileStatus::Findings => (Some(true), None),
            FileStatus::Partial { reason, .. } if reason == "syntax" => (Some(false), Some(reason.clone())),
            FileStatus::Partial { reason, .. } => (Some(true), Some(reason.clone())),
            FileStatus::NotAnalysed { reason } => (None, Some(reason.clone())),
            FileStatus::Unsupported => (None, Some("unsupported".to_string())),
        };
        Analysis { sample: sample.to_string(), analyser: OWN_ANALYSER.to_string(), alerts, parses, incomplete }
    }
}

/// A finding as studies note it.
pub fn alert(finding: &Finding) -> Alert {
    let precision = match finding.precision {
        Confidence::Low => Precision::Low,
        Confidence::Medium => Precision::Medium,
        Confidence::High => Precision::High,
    };
    Alert {
        rule: finding.rule.clone(),
        cwe: finding.cwe.clone(),
        severity: finding.severity,
        precision: Some(precision),
        line: finding.region.start_line,
        message: finding.message.clone(),
    }
}
