//! The layout of the study's replication package: `<Language>/<Model>/Scenarios/<Scenario>/<Strategy>/…/<file>`, under a folder
//! that is called `Scenarios` as well, where `<Strategy>` is `CopilotRaw` or `Idea1` to `Idea4`.

use std::collections::BTreeMap;

use crate::study::ask::digest;
use crate::study::record::{Mode, NONE, Sample};
use crate::syntax::hir::Language;
use crate::syntax::language_of;

/// The folders of strategies, in lower case, and what they are.
const STRATEGIES: [(&str, &str); 5] = [
    ("copilotraw", NONE),
    ("idea1", "negative-example"),
    ("idea2", "chain-of-thought"),
    ("idea3", "lora"),
    ("idea4", "meta-prompt"),
];

/// The weaknesses that the study's ten scenarios invite (arXiv 2605.05867).
const TARGETS: [&[u32]; 10] =
    [&[22, 23, 36, 73, 99], &[89], &[200], &[434], &[502], &[306], &[522], &[78], &[798], &[79, 116]];

/// What the place of a file says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The language, by the folder; programs in others are none of the study's.
    pub language: Language,
    /// The model's folder.
    pub model: String,
    /// The scenario's folder.
    pub folder: String,
    /// The strategy.
    pub strategy: &'static str,
}

impl Place {
    /// The place of a file, by the segments of its path; none where it is no sample. The folder above the import may be needed
    /// to know language and model, so the path is the whole one.
    pub fn of(segments: &[&str]) -> Option<Place> {
        let (file, folders) = segments.split_last()?;
        let (at, strategy) = folders.iter().enumerate().rev().find_map(|(at, name)| Some((at, strategy(name)?)))?;
        let (scenario, above) = folders.get(..at)?.split_last()?;
        let above = match above.split_last() {
            Some((last, rest)) if last.eq_ignore_ascii_case("scenarios") => rest,
            _ => above,
        };
        let (model, above) = above.split_last()?;
        let language = language(above.last()?)?;
        let is_of = language_of(file)?.base() == language;
        is_of.then(|| Place { language, model: (*model).to_string(), folder: (*scenario).to_string(), strategy })
    }

    /// The scenario's number where its folder begins with one, `Scenario7…`; else the folder.
    pub fn scenario(&self) -> String {
        self.number().map_or_else(|| self.folder.clone(), |number| number.to_string())
    }

    /// The weaknesses that the scenario invites; none that is known of scenarios beyond the study's ten.
    pub fn target_cwe(&self) -> Vec<u32> {
        let known = self.number().and_then(|number| TARGETS.get(number.checked_sub(1)?));
        known.map(|target| target.to_vec()).unwrap_or_default()
    }

    fn number(&self) -> Option<usize> {
        let rest =
            self.folder.get(..8).filter(|word| word.eq_ignore_ascii_case("scenario")).and(self.folder.get(8..))?;
        let digits = rest.trim_start_matches([' ', '_', '-']);
        let end = digits.bytes().take_while(u8::is_ascii_digit).count();
        digits.get(..end)?.parse().ok()
    }
}

fn strategy(folder: &str) -> Option<&'static str> {
    STRATEGIES.iter().find(|(name, _)| name.eq_ignore_ascii_case(folder)).map(|(_, strategy)| *strategy)
}

fn language(folder: &str) -> Option<Language> {
    Some(match folder.to_ascii_lowercase().as_str() {
        "python" => Language::Python,
        "javascript" | "js" => Language::JavaScript,
        "java" => Language::Java,
        "go" | "golang" => Language::Go,
        _ => return None,
    })
}

/// A file of the layout.
#[derive(Clone, Debug)]
pub struct Found {
    /// Its path below the folder of the import, '/'-separated.
    pub path: String,
    /// What that says.
    pub place: Place,
    /// Its text.
    pub code: String,
}

/// The samples that files are, in the order of their paths.
pub fn samples(mut found: Vec<Found>) -> Vec<Sample> {
    found.sort_by(|a, b| a.path.cmp(&b.path));
    let mut cells: BTreeMap<(String, String, String, &str), Vec<usize>> = BTreeMap::new();
    for (at, file) in found.iter().enumerate() {
        let place = &file.place;
        let cell = (place.language.name().to_string(), place.model.clone(), place.folder.clone(), place.strategy);
        cells.entry(cell).or_default().push(at);
    }
    let mut numbers = vec![0; found.len()];
    for files in cells.values() {
        let paths: Vec<&str> = files.iter().filter_map(|at| Some(found.get(*at)?.path.as_str())).collect();
        for (at, number) in files.iter().zip(numbered(&paths)) {
            if let Some(slot) = numbers.get_mut(*at) {
                *slot = number;
            }
        }
    }
    found.into_iter().zip(numbers).map(|(file, number)| sample(file, number)).collect()
}

fn sample(file: Found, number: u32) -> Sample {
    Sample {
        key: digest(&["import", &file.path, &file.code]),
        mode: Mode::Generate,
        task: file.place.folder.clone(),
        scenario: file.place.scenario(),
        language: file.place.language,
        target_cwe: file.place.target_cwe(),
        model: file.place.model,
        strategy: file.place.strategy.to_string(),
        number,
        parent: None,
        path: Some(file.path),
        code: Some(file.code),
        failure: None,
        rejected: Vec::new(),
        usage: None,
    }
}

/// The numbers of a cell's files: the one that each name holds beside those of its scenario and strategy, as in
/// `Scenario5_Copilot_3_idea2.py`; where they have none, or two have the same, their places in the order of the names.
fn numbered(paths: &[&str]) -> Vec<u32> {
    let own: Option<Vec<u32>> = paths.iter().map(|path| own_number(path)).collect();
    if let Some(own) = own {
        let mut sorted = own.clone();
        sorted.sort_unstable();
        sorted.dedup();
        if sorted.len() == own.len() {
            return own;
        }
    }
    let mut order: Vec<usize> = (0..paths.len()).collect();
    order.sort_by_key(|at| paths.get(*at).map(|path| natural(path)));
    let mut numbers = vec![0; paths.len()];
    for (number, at) in (1..).zip(order) {
        if let Some(slot) = numbers.get_mut(at) {
            *slot = number;
        }
    }
    numbers
}

/// The last number of a file's name that is not behind `scenario` or `idea`.
fn own_number(path: &str) -> Option<u32> {
    let name = path.rsplit('/').next()?.to_ascii_lowercase();
    let (name, _) = name.rsplit_once('.')?;
    let parts = natural(name);
    let is_own = |at: usize| {
        let before = at.checked_sub(1).and_then(|before| parts.get(before));
        !matches!(before, Some(Part::Text(text)) if {
            let word = text.trim_end_matches(['_', '-', ' ']);
            word.ends_with("scenario") || word.ends_with("idea")
        })
    };
    parts.iter().enumerate().rev().find_map(|(at, part)| match part {
        Part::Number(number) if is_own(at) => u32::try_from(*number).ok(),
        _ => None,
    })
}

/// A part of a name, by which names are sorted as people do it: 2 before 10.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Part {
    Number(u64),
    Text(String),
}

fn natural(name: &str) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut rest = name;
    while let Some(first) = rest.chars().next() {
        let digits = first.is_ascii_digit();
        let end = rest.find(|c: char| c.is_ascii_digit() != digits).unwrap_or(rest.len());
        let (part, after) = rest.split_at(end);
        parts.push(match part.parse() {
            Ok(number) if digits => Part::Number(number),
            _ => Part::Text(part.to_string()),
        });
        rest = after;
    }
    parts
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn place(path: &str) -> Option<Place> {
        Place::of(&path.split('/').collect::<Vec<_>>())
    }

    #[test]
    fn the_place_of_a_file_says_what_it_is() {
        let found = place("x/Scenarios/Python/Model_4.1/Scenarios/Scenario7Credentials/Idea4/one_1_idea4.py").unwrap();
        assert_eq!(
            (found.language, found.model.as_str(), found.strategy),
            (Language::Python, "Model_4.1", "meta-prompt")
        );
        assert_eq!((found.scenario().as_str(), found.target_cwe()), ("7", vec![522]));
        // Without the inner folder, deeper, and in other letters.
        let found = place("go/M/Scenario 10 XSS/copilotraw/deep/er/main.go").unwrap();
        assert_eq!((found.language, found.strategy, found.scenario().as_str()), (Language::Go, NONE, "10"));
        assert_eq!(found.target_cwe(), [79, 116]);
        let found = place("JS/M/Scenarios/Login/Idea1/a.ts").unwrap();
        assert_eq!((found.language, found.scenario().as_str()), (Language::JavaScript, "Login"));
        assert!(found.target_cwe().is_empty());
    }

    #[test]
    fn what_is_no_sample_has_no_place() {
        for path in [
            "Python/M/Scenarios/Scenario1/readme.py",
            "Python/M/Scenarios/Scenario1/Idea1/notes.txt",
            "Python/M/Scenarios/Scenario1/Idea1/other.go",
            "Python/M/Scenarios/Scenario1/Idea5/a.py",
            "Cobol/M/Scenarios/Scenario1/Idea1/a.py",
            "M/Scenarios/Scenario1/Idea1/a.py",
            "Idea1/a.py",
            "a.py",
            "",
        ] {
            assert_eq!(place(path), None, "{path}");
        }
        // No scenario of the study.
        assert!(place("Go/M/Scenarios/Scenario11/Idea1/a.go").unwrap().target_cwe().is_empty());
        assert!(place("Go/M/Scenarios/Scenario0/Idea1/a.go").unwrap().target_cwe().is_empty());
        assert!(place("Go/M/Scenarios/Scénário1/Idea1/a.go").unwrap().target_cwe().is_empty());
    }

    #[test]
    fn samples_are_numbered_by_their_names() {
        let names = ["copilot_1_idea2.go", "copilot_10_idea2.go", "copilot_2_idea2.go"];
        assert_eq!(numbered(&names), [1, 10, 2]);
        assert_eq!(numbered(&["Scenario5_Copilot_3_idea3.java", "Scenario5_Copilot_4_idea3.java"]), [3, 4]);
        assert_eq!(numbered(&["copilot1.py", "copilot2.py"]), [1, 2]);
        // No number, or the same twice: by the order of names.
        assert_eq!(numbered(&["b.py", "a.py"]), [2, 1]);
        assert_eq!(numbered(&["x/a_1.py", "y/a_1.py", "x/a_10.py", "x/a_2.py"]), [1, 4, 3, 2]);
        assert_eq!(numbered(&["a99999999999999999999.py", "a1.py"]), [2, 1]);
    }

    #[test]
    fn the_key_is_of_place_and_content() {
        let of = |path: &str, code: &str| {
            let place = place(&format!("Go/M/Scenario1/{path}")).unwrap();
            samples(vec![Found { path: path.to_string(), place, code: code.to_string() }]).remove(0).key
        };
        assert_eq!(of("Idea1/a.go", "x"), of("Idea1/a.go", "x"));
        assert_eq!(of("Idea1/a.go", "x").len(), 32);
        assert_ne!(of("Idea1/a.go", "x"), of("Idea1/b.go", "x"));
        assert_ne!(of("Idea1/a.go", "x"), of("Idea1/a.go", "y"));
    }
}
