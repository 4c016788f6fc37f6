//! The analysed files as artifacts, and what was not analysed as notifications.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;
use serde_sarif::sarif::{
    Artifact, ArtifactLocation, Location, Notification, PhysicalLocation, PropertyBag, ReportingDescriptor,
    ReportingDescriptorReference,
};

use super::{ROOT, message, multi};
use crate::finding::{FileResult, FileStatus};
use crate::report::model::Report;
use crate::report::{text, uri};
use crate::syntax::hir::Language;

/// Files in other languages that get a notification of their own; a tree of pictures would otherwise fill the file.
const UNSUPPORTED_LISTED: usize = 100;

/// Functions named in the notification of a file that was analysed in part.
const FUNCTIONS_NAMED: usize = 20;

/// The kinds of notification with their levels, in the order of the driver's list.
const KINDS: [(&str, &str, &str); 3] = [
    ("file-not-analysed", "error", "The file was not analysed. It may hold weaknesses that this run does not list."),
    ("file-partial", "warning", "The file was analysed in part."),
    ("file-unsupported", "note", "The file is not in a language that Tempergate analyses."),
];

/// The files of a report with their indices in `run.artifacts`.
pub struct Table<'a> {
    report: &'a Report,
    paths: Vec<&'a str>,
}

impl<'a> Table<'a> {
    /// Collects every path that the report names, sorted.
    pub fn of(report: &'a Report) -> Self {
        let findings = report.findings.iter().map(|r| &r.finding).chain(&report.resolved);
        let places = findings
            .flat_map(|f| std::iter::once(&f.path).chain(f.flow.iter().chain(&f.related).map(|step| &step.path)));
        let paths: BTreeSet<&str> = places.chain(report.files.iter().map(|f| &f.path)).map(String::as_str).collect();
        Table { report, paths: paths.into_iter().collect() }
    }

    /// Every file, in the order of the indices.
    pub fn artifacts(&self) -> Vec<Artifact> {
        let results: BTreeMap<&str, &FileResult> = self.report.files.iter().map(|f| (f.path.as_str(), f)).collect();
        self.paths.iter().map(|path| self.artifact(path, results.get(path).copied())).collect()
    }

    /// Where a file is.
    pub fn location(&self, path: &str) -> ArtifactLocation {
        let reference = uri::of_path(path);
        let mut location = ArtifactLocation::builder().uri(reference.uri).build();
        location.uri_base_id = reference.below_root.then(|| ROOT.to_owned());
        location.index = self.paths.binary_search(&path).ok().and_then(|at| i64::try_from(at).ok());
        location
    }

    /// One notification for each file that was not analysed whole.
    pub fn notifications(&self) -> Vec<Notification> {
        let mut out: Vec<Notification> = self.report.files.iter().filter_map(|file| self.incomplete(file)).collect();
        let unsupported = || self.report.files.iter().filter(|f| f.status == FileStatus::Unsupported);
        out.extend(unsupported().take(UNSUPPORTED_LISTED).map(|file| {
            let text = format!("`{}` is not in a language that Tempergate analyses.", text::visible(&file.path));
            notification(2, text, Some(self.location(&file.path)))
        }));
        let rest = unsupported().count().saturating_sub(UNSUPPORTED_LISTED);
        if rest > 0 {
            let text = format!("{} more are not in a language that Tempergate analyses.", text::count(rest, "file"));
            out.push(notification(2, text, None));
        }
        out
    }

    fn incomplete(&self, file: &FileResult) -> Option<Notification> {
        let path = text::visible(&file.path);
        let (kind, text) = match &file.status {
            FileStatus::NotAnalysed { reason } => {
                (0, format!("`{path}` was not analysed ({}).", text::brief(reason, 200)))
            }
            FileStatus::Partial { functions, reason } if functions.is_empty() => {
                (1, format!("`{path}` was analysed in part ({}).", text::brief(reason, 200)))
            }
            FileStatus::Partial { functions, reason } => {
                let names: Vec<_> = functions.iter().take(FUNCTIONS_NAMED).map(|f| text::brief(f, 120)).collect();
                let rest = functions.len().saturating_sub(names.len());
                let more = if rest == 0 { String::new() } else { format!(" and {rest} more") };
                let names = names.join("`, `");
                let reason = text::brief(reason, 200);
                (1, format!("`{path}` was analysed in part ({reason}); not analysed: `{names}`{more}."))
            }
            FileStatus::Clean | FileStatus::Findings | FileStatus::Unsupported => return None,
        };
        Some(notification(kind, text, Some(self.location(&file.path))))
    }

    fn artifact(&self, path: &str, result: Option<&FileResult>) -> Artifact {
        let mut location = self.location(path);
        location.index = None;
        let Some(result) = result else {
            return Artifact::builder().location(location).roles(vec![json!("resultFile")]).build();
        };
        let status = match result.status {
            FileStatus::Clean => "clean",
            FileStatus::Findings => "findings",
            FileStatus::Partial { .. } => "partial",
            FileStatus::NotAnalysed { .. } => "not-analysed",
            FileStatus::Unsupported => "unsupported",
        };
        let mut more = BTreeMap::new();
        more.insert("status".to_owned(), json!(status));
        if result.lossy {
            more.insert("lossy".to_owned(), json!(true));
        }
        let mut artifact = Artifact::builder()
            .location(location)
            .roles(vec![json!("analysisTarget")])
            .properties(PropertyBag::builder().additional_properties(more).build())
            .build();
        artifact.source_language = result.language.map(|language| language_name(language).to_owned());
        artifact
    }
}

/// The kinds of notification, for the driver.
pub fn notification_kinds() -> Vec<ReportingDescriptor> {
    let kind = |&(id, level, description): &(&str, &str, &str)| {
        let configuration = serde_sarif::sarif::ReportingConfiguration::builder().level(level).build();
        ReportingDescriptor::builder()
            .id(id)
            .short_description(multi(description))
            .full_description(multi(description))
            .help(multi(description))
            .default_configuration(configuration)
            .build()
    };
    KINDS.iter().map(kind).collect()
}

fn notification(kind: usize, text: String, location: Option<ArtifactLocation>) -> Notification {
    let (id, level) = KINDS.get(kind).map_or(("", "none"), |&(id, level, _)| (id, level));
    let index = i64::try_from(kind).unwrap_or(-1);
    let mut notification = Notification::builder()
        .message(message(text))
        .level(level)
        .descriptor(ReportingDescriptorReference::builder().id(id).index(index).build())
        .build();
    notification.locations = location.map(|location| {
        let physical = PhysicalLocation::builder().artifact_location(location).build();
        vec![Location::builder().physical_location(physical).build()]
    });
    notification
}

/// The names that SARIF's own list gives to languages.
fn language_name(language: Language) -> &'static str {
    match language {
        Language::Python => "python",
        Language::JavaScript => "javascript",
        Language::TypeScript => "typescript",
        Language::Java => "java",
        Language::Go => "go",
    }
}
