//! Programming tasks: an own set of ten scenarios in four languages, and a reader for those of others.

use serde::Deserialize;

use crate::diagnostic::{Diagnostic, FileError};
use crate::syntax::hir::Language;

/// The tasks that come with the program.
const BUILT_IN: &str = include_str!("../../study/tasks.jsonl");
/// Weaknesses have up to four digits.
const MAX_CWE: u32 = 9_999;
/// The most tasks of a file.
const MAX_TASKS: usize = 100_000;
/// The longest id, and the longest name of a scenario, in bytes.
const MAX_NAME: usize = 200;

/// A programming task.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Task {
    /// Its name, which no other task of the study has.
    pub id: String,
    /// What it is about, in any language; its id where the file does not say.
    pub scenario: String,
    /// The language of the program.
    pub language: Language,
    /// The weaknesses that it invites.
    pub cwe: Vec<u32>,
    /// What is asked.
    pub prompt: String,
}

/// A line of a file of tasks. Keys that are not known are left alone, since such files have other uses.
#[derive(Deserialize)]
struct Line {
    id: String,
    #[serde(default)]
    scenario: Option<String>,
    language: Language,
    cwe: Cwe,
    prompt: String,
}

/// One weakness or several, as numbers or as `CWE-89`.
#[derive(Deserialize)]
#[serde(untagged)]
enum Cwe {
    One(Number),
    Several(Vec<Number>),
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Number {
    Plain(u32),
    Named(String),
}

impl Number {
    fn value(&self) -> Option<u32> {
        let number = match self {
            Number::Plain(number) => *number,
            Number::Named(name) => name.trim().to_ascii_uppercase().trim_start_matches("CWE-").parse().ok()?,
        };
        (1..=MAX_CWE).contains(&number).then_some(number)
    }
}

/// The tasks that come with the program.
pub fn built_in() -> Vec<Task> {
    // They are part of the program, and a test reads them.
    read("study/tasks.jsonl", BUILT_IN).unwrap_or_default()
}

/// Reads a file of tasks: one JSON object a line with `id`, `language`, `cwe` (a number or a list), `prompt`, and `scenario` where
/// a task is the same in several languages.
///
/// # Errors
///
/// Every line that is wrong, with its place.
pub fn read(file: &str, text: &str) -> Result<Vec<Task>, FileError> {
    let mut tasks: Vec<Task> = Vec::new();
    let mut wrong = Vec::new();
    let mut ids = std::collections::HashMap::new();
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let span = start..start + line.trim_end().len();
        start += line.len();
        if line.trim().is_empty() {
            continue;
        }
        match task(line) {
            Ok(task) if ids.contains_key(&task.id) => {
                let first: &std::ops::Range<usize> = &ids[&task.id];
                let twice = Diagnostic::new(text, span, format!("the id `{}` is given twice", task.id));
                wrong.push(twice.related(first.clone(), "first here"));
            }
            Ok(_) if tasks.len() == MAX_TASKS => {
                wrong.push(Diagnostic::new(text, span, format!("at most {MAX_TASKS} tasks are read")));
                break;
            }
            Ok(task) => {
                ids.insert(task.id.clone(), span);
                tasks.push(task);
            }
            Err((column, why)) => {
                let at = (span.start + column).min(span.end);
                wrong.push(Diagnostic::new(text, at..span.end, why));
            }
        }
    }
    if tasks.is_empty() && wrong.is_empty() {
        wrong.push(Diagnostic::new(text, 0..0, "no task is in it"));
    }
    match wrong.is_empty() {
        true => Ok(tasks),
        false => Err(FileError::new(file, text, wrong, 0)),
    }
}

/// The task of a line, or the byte from which on it is wrong, and why.
fn task(line: &str) -> Result<Task, (usize, String)> {
    let read: Line = serde_json::from_str(line).map_err(|error| {
        let column = error.column().saturating_sub(1).min(line.len());
        let said = error.to_string();
        (column, said.split(" at line ").next().unwrap_or_default().to_string())
    })?;
    let wrong = |why: &str| Err((0, why.to_string()));
    let numbers = match &read.cwe {
        Cwe::One(one) => std::slice::from_ref(one),
        Cwe::Several(several) => several,
    };
    let Some(cwe) = numbers.iter().map(Number::value).collect::<Option<Vec<u32>>>() else {
        return wrong("`cwe` is a number such as 89, or a list of them");
    };
    if read.prompt.trim().is_empty() {
        return wrong("`prompt` is empty");
    }
    let scenario = read.scenario.unwrap_or_else(|| read.id.clone());
    for (name, value) in [("id", &read.id), ("scenario", &scenario)] {
        if value.trim().is_empty() || value.len() > MAX_NAME || value.chars().any(char::is_control) {
            return wrong(&format!("`{name}` has from 1 to {MAX_NAME} bytes and no control characters"));
        }
    }
    Ok(Task { id: read.id, scenario, language: read.language, cwe, prompt: read.prompt })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn the_own_set_has_ten_scenarios_in_four_languages() {
        let tasks = read("tasks.jsonl", BUILT_IN).unwrap();
        assert_eq!(tasks.len(), 40);
        let scenarios: BTreeSet<&str> = tasks.iter().map(|t| t.scenario.as_str()).collect();
        assert_eq!(scenarios.len(), 10);
        for scenario in scenarios {
            let same: Vec<&Task> = tasks.iter().filter(|t| t.scenario == scenario).collect();
            assert_eq!(same.iter().map(|t| t.language).collect::<BTreeSet<_>>().len(), 4, "{scenario}");
            assert!(same.iter().all(|t| t.cwe == same[0].cwe && !t.cwe.is_empty()), "{scenario}");
        }
    }

    #[test]
    fn tasks_of_others_are_read() {
        let text = concat!(
            r#"{"id":"a","language":"go","cwe":89,"prompt":"Write it","author":"x"}"#,
            "\n\n",
            r#"{"id":"b","scenario":"s","language":"javascript","cwe":["CWE-79",116],"prompt":"Write that"}"#,
        );
        let tasks = read("t.jsonl", text).unwrap();
        assert_eq!((tasks[0].scenario.as_str(), &tasks[0].cwe), ("a", &vec![89]));
        assert_eq!((tasks[1].scenario.as_str(), &tasks[1].cwe), ("s", &vec![79, 116]));
    }

    #[test]
    fn what_is_wrong_is_told_with_its_place() {
        let good = r#"{"id":"a","language":"go","cwe":89,"prompt":"x"}"#;
        for (line, says, place) in [
            (r#"{"id":"b","language":"cobol","cwe":89,"prompt":"x"}"#, "unknown variant `cobol`", "t.jsonl:2:28"),
            (r#"{"id":"b","language":"go","cwe":0,"prompt":"x"}"#, "`cwe` is a number", "t.jsonl:2:1"),
            (r#"{"id":"b","language":"go","cwe":89,"prompt":" "}"#, "`prompt` is empty", "t.jsonl:2:1"),
            (r#"{"id":"","language":"go","cwe":89,"prompt":"x"}"#, "`id` has from 1", "t.jsonl:2:1"),
            (good, "the id `a` is given twice", "t.jsonl:2:1"),
            ("{", "EOF while parsing", "t.jsonl:2:"),
        ] {
            let said = read("t.jsonl", &format!("{good}\n{line}\n")).unwrap_err().render(false);
            assert!(said.contains(says) && said.contains(place), "{said}");
        }
        assert!(read("t.jsonl", " \n").unwrap_err().render(false).contains("no task is in it"));
    }
}
