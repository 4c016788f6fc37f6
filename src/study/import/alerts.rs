//! Which samples the results of a SARIF file are about.
//!
//! The paths in it are relative to whatever its tool was pointed at, or absolute on another machine. So a path means the sample
//! whose own path ends as it does, over as many segments as possible and over scenario, strategy and file at least; of several,
//! the one that lies nearest to the SARIF file, then the one whose language and model the name of that file holds. What remains
//! undecided is an error: an alert given to the wrong sample would make two figures wrong without a word.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::engine::sarif::{self, Bases, Found, Read};
use crate::engine::uri;
use crate::finding::Confidence;
use crate::study::record::{Alert, Analysis, Precision, Sample};

/// The most bytes of a SARIF file; those with flows of thousands of alerts are large.
pub const MAX_BYTES: usize = 1_000_000_000;
/// A path has to fit over scenario, strategy and file.
const LEAST: usize = 3;

/// Samples by where they were found.
#[derive(Debug)]
pub struct Samples<'a> {
    all: Vec<Placed<'a>>,
    /// The samples whose last [`LEAST`] segments are these.
    by_end: HashMap<Vec<&'a str>, Vec<usize>>,
}

#[derive(Debug)]
struct Placed<'a> {
    sample: &'a Sample,
    segments: Vec<&'a str>,
}

/// Language and model.
type Owner<'a> = (&'static str, &'a str);

/// What was read of one SARIF file.
#[derive(Debug, Default)]
pub struct Imported {
    /// The analyser.
    pub analyser: String,
    /// The alerts of samples, by key. Samples of the same languages and models without an alert have an empty list.
    pub alerts: BTreeMap<String, Vec<Alert>>,
    /// Results in files that are no samples.
    pub elsewhere: usize,
    /// What the tool says went wrong.
    pub notes: Vec<String>,
}

impl<'a> Samples<'a> {
    /// Indexes samples; those without a path are none that a SARIF file could name.
    pub fn new(samples: &'a [Sample]) -> Self {
        let mut out = Samples { all: Vec::new(), by_end: HashMap::new() };
        for sample in samples {
            let segments: Vec<&str> = sample.path.iter().flat_map(|path| path.split('/')).collect();
            if let Some(end) = segments.len().checked_sub(LEAST).and_then(|at| segments.get(at..)) {
                out.by_end.entry(end.to_vec()).or_default().push(out.all.len());
                out.all.push(Placed { sample, segments });
            }
        }
        out
    }

    /// Reads a SARIF file that was found at `path` beside the samples.
    ///
    /// # Errors
    /// Why it cannot be read or taken, as one clause.
    pub fn read(&self, path: &str, bytes: &[u8]) -> Result<Imported, String> {
        let (log, bases) = sarif::read_up_to(bytes, MAX_BYTES)?;
        let near: Vec<&str> = path.split('/').collect();
        let mut out = Imported { analyser: name_of(&log), notes: log.notes.clone(), ..Imported::default() };
        let mut owners: BTreeSet<Owner<'_>> = self.owners_around(&near);
        for result in &log.results {
            match self.of(result, &bases, &near)? {
                Some(placed) => {
                    owners.insert(owner(placed.sample));
                    out.alerts.entry(placed.sample.key.clone()).or_default().push(alert(result));
                }
                None => out.elsewhere += 1,
            }
        }
        if owners.is_empty() {
            owners = self.owners().into_iter().filter(|owner| is_named(&near, *owner)).collect();
        }
        if owners.is_empty() {
            return Err("it is about none of the samples: no result lies in one, and neither its folder nor its name \
                        says which language and model it is about"
                .to_owned());
        }
        for placed in self.all.iter().filter(|placed| owners.contains(&owner(placed.sample))) {
            out.alerts.entry(placed.sample.key.clone()).or_default();
        }
        for alerts in out.alerts.values_mut() {
            alerts.sort_by(|a, b| (a.line, &a.rule, &a.message).cmp(&(b.line, &b.rule, &b.message)));
        }
        Ok(out)
    }

    fn owners(&self) -> BTreeSet<Owner<'_>> {
        self.all.iter().map(|placed| owner(placed.sample)).collect()
    }

    /// Whose samples are those around the file: language and model, where there are only samples of one in its folder or one above
    /// it.
    fn owners_around(&self, near: &[&str]) -> BTreeSet<Owner<'_>> {
        let folders = near.split_last().map_or(&[][..], |(_, folders)| folders);
        for depth in (1..=folders.len()).rev() {
            let inside = |placed: &&Placed<'_>| placed.segments.starts_with(&folders[..depth]);
            let owners: BTreeSet<Owner<'_>> = self.all.iter().filter(inside).map(|p| owner(p.sample)).collect();
            match owners.len() {
                0 => {}
                1 => return owners,
                _ => break,
            }
        }
        BTreeSet::new()
    }

    fn of(&self, result: &Found, bases: &Bases, near: &[&str]) -> Result<Option<&Placed<'a>>, String> {
        let none = BTreeMap::new();
        let Some(path) = uri::segments(&result.location, bases.get(result.run).unwrap_or(&none)) else {
            return Ok(None);
        };
        let segments: Vec<&str> = path.iter().map(String::as_str).collect();
        let Some(end) = segments.len().checked_sub(LEAST).and_then(|at| segments.get(at..)) else { return Ok(None) };
        let fitting = self.by_end.get(end).into_iter().flatten().filter_map(|at| self.all.get(*at)).collect();
        let longest = best(fitting, |placed| common_end(&placed.segments, &segments));
        let nearest = best(longest, |placed| common_start(&placed.segments, near));
        let named = match nearest.len() {
            0 | 1 => nearest,
            _ => nearest.into_iter().filter(|placed| is_named(near, owner(placed.sample))).collect(),
        };
        match named[..] {
            [] => match self.by_end.contains_key(end) {
                true => Err(undecided(&path)),
                false => Ok(None),
            },
            [one] => Ok(Some(one)),
            _ => Err(undecided(&path)),
        }
    }
}

fn undecided(path: &[String]) -> String {
    let shown = crate::report::text::brief(&path.join("/"), 200);
    format!(
        "`{shown}` fits samples of several languages or models; put the file into the folder of the model that it is about"
    )
}

fn owner(sample: &Sample) -> Owner<'_> {
    (sample.language.name(), &sample.model)
}

/// Those that have the most of something.
fn best<'p, 'a>(all: Vec<&'p Placed<'a>>, score: impl Fn(&Placed<'a>) -> usize) -> Vec<&'p Placed<'a>> {
    let most = all.iter().map(|placed| score(placed)).max().unwrap_or(0);
    all.into_iter().filter(|placed| score(placed) == most).collect()
}

fn common_end(one: &[&str], other: &[&str]) -> usize {
    one.iter().rev().zip(other.iter().rev()).take_while(|(a, b)| a == b).count()
}

fn common_start(one: &[&str], other: &[&str]) -> usize {
    one.iter().zip(other).take_while(|(a, b)| a == b).count()
}

/// Whether a path holds the names of a language and a model, however they are joined.
fn is_named(path: &[&str], (language, model): Owner<'_>) -> bool {
    let plain =
        |text: &str| text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect::<String>();
    let words: Vec<String> = path.iter().flat_map(|part| part.split(['-', '_', '.', ' '])).map(plain).collect();
    let whole = plain(&path.join("/"));
    // `java` is a part of `javascript`: languages are whole words, or the start or the end of the name.
    let has_language = match language {
        "java" => words.iter().any(|word| word == "java") || (whole.contains("java") && !whole.contains("javascript")),
        "go" => words.iter().any(|word| word == "go" || word == "golang"),
        other => whole.contains(other),
    };
    has_language && whole.contains(&plain(model))
}

fn name_of(log: &Read) -> String {
    match log.tool.trim() {
        "" => "unnamed".to_owned(),
        name => name.to_owned(),
    }
}

fn alert(found: &Found) -> Alert {
    Alert {
        rule: found.rule.clone(),
        cwe: found.cwe.clone(),
        severity: found.severity,
        precision: Some(match found.precision {
            Confidence::Low => Precision::Low,
            Confidence::Medium => Precision::Medium,
            Confidence::High => Precision::High,
        }),
        line: found.region.start_line.and_then(|line| u32::try_from(line).ok()).unwrap_or(0),
        message: found.message.clone(),
    }
}

/// The analyses that several files come to: a sample's alerts of one analyser are those of all of them.
pub fn analyses(imported: Vec<Imported>) -> Vec<Analysis> {
    let mut all: BTreeMap<(String, String), Vec<Alert>> = BTreeMap::new();
    for file in imported {
        for (sample, alerts) in file.alerts {
            all.entry((file.analyser.clone(), sample)).or_default().extend(alerts);
        }
    }
    let analysis = |((analyser, sample), alerts)| Analysis { sample, analyser, alerts, parses: None, incomplete: None };
    all.into_iter().map(analysis).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use serde_json::json;

    use super::*;
    use crate::study::import::layout::{Found as File, Place, samples};

    const PATHS: [&str; 5] = [
        "Scenarios/Python/Large/Scenarios/Scenario2/CopilotRaw/a_1.py",
        "Scenarios/Python/Large/Scenarios/Scenario2/Idea1/a_1.py",
        "Scenarios/Python/Small/Scenarios/Scenario2/CopilotRaw/a_1.py",
        "Scenarios/Java/Large/Scenarios/Scenario2/CopilotRaw/A.java",
        "Scenarios/JavaScript/Large/Scenarios/Scenario2/CopilotRaw/a.js",
    ];

    fn all() -> Vec<Sample> {
        let found = PATHS.map(|path| {
            let place = Place::of(&path.split('/').collect::<Vec<_>>()).unwrap();
            File { path: path.to_string(), place, code: "x".to_string() }
        });
        samples(found.to_vec())
    }

    fn log(uris: &[&str]) -> Vec<u8> {
        let result = |uri: &&str| {
            json!({"ruleId": "py/sql", "message": {"text": "m"}, "locations": [{"physicalLocation":
                {"artifactLocation": {"uri": uri}, "region": {"startLine": 3}}}]})
        };
        let rule = json!({"id": "py/sql", "properties":
            {"tags": ["external/cwe/cwe-089"], "precision": "very-high", "security-severity": "8.8"}});
        let results: Vec<_> = uris.iter().map(result).collect();
        json!({"version": "2.1.0", "runs": [{"tool": {"driver": {"name": "Tool", "rules": [rule]}}, "results": results}]})
            .to_string()
            .into_bytes()
    }

    /// The samples that got alerts, and those that were looked at, by their paths.
    fn read(at: &str, uris: &[&str]) -> Result<(Vec<String>, Vec<String>), String> {
        let all = all();
        let read = Samples::new(&all).read(at, &log(uris))?;
        let path = |key: &String| all.iter().find(|s| s.key == *key).unwrap().path.clone().unwrap();
        let alerted = read.alerts.iter().filter(|(_, alerts)| !alerts.is_empty()).map(|(key, _)| path(key));
        let (mut alerted, mut looked): (Vec<_>, Vec<_>) = (alerted.collect(), read.alerts.keys().map(path).collect());
        alerted.sort();
        looked.sort();
        Ok((alerted, looked))
    }

    #[test]
    fn paths_mean_the_samples_beside_the_file() {
        for (at, uri) in [
            ("Scenarios/Python/Large/results.sarif", "Scenarios/Scenario2/CopilotRaw/a_1.py"),
            ("Scenarios/Python/Large/results.sarif", "Scenario2/CopilotRaw/a_1.py"),
            ("Scenarios/Python/Large/Scenarios/x.sarif", "file:///home/me/Large/Scenarios/Scenario2/CopilotRaw/a_1.py"),
            // Elsewhere, by what the path says of the model, and by the name of the file.
            ("sarif/all.sarif", "Python/Large/Scenarios/Scenario2/CopilotRaw/a_1.py"),
            ("sarif/Large-python.sarif", "Scenario2/CopilotRaw/a_1.py"),
        ] {
            let (alerted, looked) = read(at, &[uri]).unwrap();
            assert_eq!(alerted, [PATHS[0]], "{at} {uri}");
            assert_eq!(looked, [PATHS[0], PATHS[1]], "{at} {uri}");
        }
    }

    #[test]
    fn what_is_not_certain_is_an_error() {
        let said = read("sarif/all.sarif", &["Scenario2/CopilotRaw/a_1.py"]).unwrap_err();
        assert!(said.contains("fits samples of several"), "{said}");
        let said = read("sarif/all.sarif", &[]).unwrap_err();
        assert!(said.contains("about none of the samples"), "{said}");
        // One result elsewhere is told and harms nothing.
        let (alerted, looked) = read("Scenarios/Python/Small/r.sarif", &["setup.py", "a/b/c/d.py", "../../x"]).unwrap();
        assert!(alerted.is_empty());
        assert_eq!(looked, [PATHS[2]]);
    }

    #[test]
    fn a_file_without_results_is_of_the_model_in_its_name() {
        assert_eq!(read("java_Large.sarif", &[]).unwrap().1, [PATHS[3]]);
        assert_eq!(read("javascript_Large.sarif", &[]).unwrap().1, [PATHS[4]]);
    }

    #[test]
    fn alerts_are_as_the_tool_says() {
        let all = all();
        let uri = "Scenarios/Scenario2/CopilotRaw/a_1.py";
        let read = Samples::new(&all).read("Scenarios/Python/Large/r.sarif", &log(&[uri, uri])).unwrap();
        let made = analyses(vec![read]);
        assert_eq!((made.len(), made[0].analyser.as_str()), (2, "Tool"));
        let alerts = &made.iter().find(|a| !a.alerts.is_empty()).unwrap().alerts;
        assert_eq!(alerts.len(), 2);
        let first = &alerts[0];
        assert_eq!((first.rule.as_str(), first.severity, first.line), ("py/sql", 8.8, 3));
        assert_eq!((first.cwe.as_slice(), first.precision), (&[89][..], Some(Precision::High)));
    }
}
