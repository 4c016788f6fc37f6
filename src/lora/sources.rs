//! Material to learn from, as it is at its source.

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::pair::{Pair, Tongue, repository};
use super::repair::{fenced, file_name};
use super::row::{Kind, Row, Source, folded, messages};
use crate::harden::prompted::generate::{Assignment, Way, words};
use crate::harden::prompted::prompt::{fence, language_name};
use crate::inspect::{Limits, inspect};
use crate::model::Role as Says;
use crate::rules::Library;
use crate::rules::examples::{self, Role, without_markers};
use crate::study::record::{Analysis, Mode, Sample};
use crate::study::task::Task;

/// The licence of what does not say it.
pub const UNKNOWN: &str = "unknown";

/// The examples of our rules: insecure ones, each with what stands below it as fixed, or else with what templates make of it and
/// verification lets through.
pub fn rules(library: &Library) -> Vec<Pair> {
    let documents = examples::built_in();
    let each: Vec<Vec<Pair>> = documents.par_iter().map(|document| of_document(document, library)).collect();
    each.into_iter().flatten().collect()
}

fn of_document(document: &examples::Document, library: &Library) -> Vec<Pair> {
    let (blocks, _) = examples::parse(&document.text);
    let mut pairs = Vec::new();
    for (at, block) in blocks.iter().enumerate().filter(|(_, block)| block.role == Role::Insecure) {
        let before = without_markers(&block.text, block.language);
        let below = blocks.get(at + 1).filter(|next| next.role == Role::Fixed && next.path == block.path);
        let after = below.map(|next| next.text.clone()).or_else(|| {
            let inspected = inspect(file_name(block.language), before.as_bytes(), library, Limits::default());
            examples::mended_by_templates(&inspected, &document.rule, library)
        });
        pairs.extend(after.map(|after| Pair {
            source: Source::Rules,
            licence: env!("CARGO_PKG_LICENSE").to_string(),
            group: document.file.clone(),
            tongue: Tongue::Ours(block.language),
            cwe: library.rule(&document.rule).and_then(|rule| rule.cwe.first().copied()),
            before,
            after,
        }));
    }
    pairs
}

/// A line of a file with pairs. Keys that are not known are left alone, since such files have other uses.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Line {
    before: String,
    after: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    cwe: Option<Cwe>,
    #[serde(default)]
    language: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    file: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    commit: String,
    #[serde(default)]
    group: String,
    #[serde(default)]
    licence: Option<String>,
}

/// A weakness as a number, or as `CWE-89`.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(untagged)]
enum Cwe {
    Number(u32),
    Name(String),
}

impl Line {
    /// The line for a pair.
    pub fn of(pair: &Pair) -> Line {
        Line {
            before: pair.before.clone(),
            after: pair.after.clone(),
            cwe: pair.cwe.map(Cwe::Number),
            language: pair.tongue.name().to_string(),
            file: String::new(),
            commit: String::new(),
            group: pair.group.clone(),
            licence: Some(pair.licence.clone()),
        }
    }

    /// The pair that it stands for; none where its language is not known. `licence` is that of lines which say none.
    pub fn pair(self, licence: &str) -> Option<Pair> {
        let tongue = Tongue::of(&self.file, &self.language)?;
        let cwe = self.cwe.and_then(|cwe| match cwe {
            Cwe::Number(number) => Some(number),
            Cwe::Name(name) => name.trim().to_ascii_uppercase().trim_start_matches("CWE-").parse().ok(),
        });
        let named = [self.group.as_str(), repository(&self.commit), self.file.as_str()];
        let group = named.into_iter().find(|name| !name.is_empty()).unwrap_or("pairs").to_string();
        let licence = self.licence.filter(|l| !l.trim().is_empty()).unwrap_or_else(|| licence.to_string());
        let (before, after) = (self.before, self.after);
        Some(Pair { source: Source::Pairs, licence, group, tongue, cwe, before, after })
    }
}

/// A row from a program of a study that our analysis finds nothing in; else why not: `not-generated`, `weak`, `no-task`.
///
/// # Errors
///
/// Why the program is not learnt from.
pub fn clean(
    sample: &Sample,
    analysis: Option<&Analysis>,
    tasks: &[Task],
    licence: &str,
) -> Result<Row, super::repair::Why> {
    let Some(code) = sample.code.as_deref().filter(|_| sample.mode == Mode::Generate) else {
        return Err("not-generated");
    };
    let clean = |a: &Analysis| a.alerts.is_empty() && a.parses == Some(true) && a.incomplete.is_none();
    if !analysis.is_some_and(clean) {
        return Err("weak");
    }
    let task = tasks.iter().find(|task| task.id == sample.task).ok_or("no-task")?;
    let assignment = Assignment { task: &task.prompt, language: task.language, insecure: &[] };
    let asked = words(Way::Lora, &assignment, "");
    let answer = fenced(fence(task.language), code);
    Ok(Row {
        messages: messages("", &[(Says::User, &asked), (Says::Assistant, &answer)]),
        kind: Kind::Generate,
        source: Source::Study,
        licence: licence.to_string(),
        language: language_name(task.language).to_string(),
        cwe: task.cwe.first().copied(),
        group: format!("scenario/{}", task.scenario),
        analysed: true,
        key: folded(code),
        pair: None,
    })
}
