//! Reads SARIF 2.1.0 that other tools write. What they leave out is made up for where the standard says how; what cannot be
//! SARIF is an error, since a text that was not understood must not pass for one without findings.

pub mod model;
mod place;

use std::collections::BTreeMap;

use serde_json::Value;

use self::model::{ArtifactLocation, Finding, Properties, Reference, Region, Rule, Run, Text};
use super::{MAX_SARIF, cwe};
use crate::finding::Confidence;
use crate::report::text::brief;
pub use place::{Columns, span};

/// Characters of a message, and of a name.
const MESSAGE: usize = 600;
const EXPLANATION: usize = 4_000;
const NAME: usize = 200;
/// Notifications that are passed on.
const NOTES: usize = 5;

/// What was read.
#[derive(Debug, Clone, Default)]
pub struct Read {
    /// The name of the tool.
    pub tool: String,
    /// Its version.
    pub version: Option<String>,
    /// Results of all runs, in their order.
    pub results: Vec<Found>,
    /// The rules that results name, by id.
    pub rules: BTreeMap<String, Described>,
    /// What the tool says went wrong.
    pub notes: Vec<String>,
}

/// A result.
#[derive(Debug, Clone)]
pub struct Found {
    /// The rule's id, as the tool writes it.
    pub rule: String,
    /// CWE numbers that the tool names.
    pub cwe: Vec<u32>,
    /// From 0 to 10.
    pub severity: f64,
    /// How sure the tool is of it.
    pub confidence: Confidence,
    /// How often the rule is right.
    pub precision: Confidence,
    /// What it says.
    pub message: String,
    /// The file.
    pub location: ArtifactLocation,
    /// The place in it.
    pub region: Region,
    /// In what its columns are counted.
    pub columns: Columns,
    /// What its location is relative to: the number of the run.
    pub run: usize,
}

/// What a tool says of a rule.
#[derive(Debug, Clone, Default)]
pub struct Described {
    /// A short name.
    pub name: String,
    /// What can happen.
    pub explain: String,
    /// A link.
    pub link: Option<String>,
}

/// The bases of relative locations, by the number of the run.
pub type Bases = Vec<BTreeMap<String, ArtifactLocation>>;

/// Reads SARIF.
///
/// # Errors
/// Why it is none, as one clause: it is too large, no JSON, not of version 2.1, has no results, or says of itself that it
/// failed.
pub fn read(bytes: &[u8]) -> Result<(Read, Bases), String> {
    read_up_to(bytes, MAX_SARIF)
}

/// Reads SARIF of at most `most` bytes.
///
/// # Errors
/// As [`read`].
pub fn read_up_to(bytes: &[u8], most: usize) -> Result<(Read, Bases), String> {
    if bytes.len() > most {
        return Err(format!("its SARIF has more than {most} bytes"));
    }
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return Err("it gave no SARIF".to_owned());
    }
    let log: model::Log = serde_json::from_slice(bytes)
        .map_err(|error| format!("what it gave is no SARIF: {}", brief(&error.to_string(), 200)))?;
    if let Some(version) = log.version.as_deref().filter(|version| !version.starts_with("2.1")) {
        return Err(format!("it gave SARIF {}, and only 2.1.0 is read", brief(version, 20)));
    }
    let runs = log.runs.ok_or("what it gave is no SARIF: there are no `runs`")?.0;
    if runs.iter().all(|run| run.results.is_none()) {
        return Err("its SARIF has no list of results: it did not come so far".to_owned());
    }
    let mut out = Read::default();
    let mut bases = Vec::new();
    for (number, run) in runs.into_iter().enumerate() {
        out.add(number, &run)?;
        bases.push(run.original_uri_base_ids.unwrap_or_default());
    }
    Ok((out, bases))
}

impl Read {
    fn add(&mut self, number: usize, run: &Run) -> Result<(), String> {
        let driver = &run.tool.driver;
        let name = driver.name.clone().unwrap_or_default();
        if number == 0 {
            self.tool = brief(&name, NAME);
            let version = driver.version.as_ref().or(driver.semantic_version.as_ref());
            self.version = version.map(|version| brief(version, 40));
        }
        for invocation in &run.invocations.0 {
            let errors = invocation.tool_execution_notifications.0.iter();
            let errors = errors.filter(|note| note.level.as_deref() == Some("error"));
            let said = errors.filter_map(|note| Some(brief(note.message.as_ref()?.text.as_deref()?, MESSAGE)));
            self.notes.extend(said.take(NOTES.saturating_sub(self.notes.len())));
            if invocation.execution_successful == Some(false) {
                let why = self.notes.first().map(|note| format!(": {note}")).unwrap_or_default();
                return Err(format!("its SARIF says that it failed{why}"));
            }
        }
        let columns = Columns::of(run.column_kind.as_deref(), &name);
        let rules = Rules::of(run);
        for result in run.results.iter().flat_map(|results| &results.0).filter(|result| counts(result)) {
            let rule = rules.of_result(result);
            let Some(found) = found(result, rule, number, columns, run) else { continue };
            if let Some(rule) = rule {
                self.rules.entry(found.rule.clone()).or_insert_with(|| described(rule));
            }
            self.results.push(found);
        }
        Ok(())
    }
}

/// Whether a result says that something is wrong, now. Comments in the code that suppress it come from the change itself as
/// easily as the code does; they do not count.
fn counts(result: &Finding) -> bool {
    let is_fail = !matches!(result.kind.as_deref(), Some("pass" | "notApplicable" | "informational"));
    let is_gone = result.baseline_state.as_deref() == Some("absent");
    let is_accepted = result.suppressions.0.iter().any(|suppression| {
        let status = suppression.status.as_deref();
        suppression.kind.as_deref() == Some("external") && matches!(status, None | Some("accepted"))
    });
    is_fail && !is_gone && !is_accepted
}

/// The rules of a run by id, and by their place.
struct Rules<'r> {
    run: &'r Run,
    by_id: BTreeMap<&'r str, &'r Rule>,
}

impl<'r> Rules<'r> {
    fn of(run: &'r Run) -> Self {
        let components = std::iter::once(&run.tool.driver).chain(&run.tool.extensions.0);
        let mut by_id = BTreeMap::new();
        for rule in components.flat_map(|component| &component.rules.0) {
            if let Some(id) = rule.id.as_deref() {
                by_id.entry(id).or_insert(rule);
            }
        }
        Rules { run, by_id }
    }

    fn of_result(&self, result: &Finding) -> Option<&'r Rule> {
        let at = |index: Option<i64>, component: Option<&Reference>| {
            let extension = component.and_then(|rule| rule.tool_component.as_ref()?.index);
            let rules = match extension {
                Some(extension) => &self.run.tool.extensions.0.get(usize::try_from(extension).ok()?)?.rules,
                None => &self.run.tool.driver.rules,
            };
            rules.0.get(usize::try_from(index?).ok()?)
        };
        let reference = result.rule.as_ref();
        let named = reference.and_then(|rule| at(rule.index, Some(rule))).or_else(|| at(result.rule_index, reference));
        let id = result.rule_id.as_deref().or(reference.and_then(|rule| rule.id.as_deref()));
        match (named, id) {
            // An index that leads to another rule is worth less than the id.
            (Some(rule), Some(id)) if rule.id.as_deref().is_some_and(|own| !is_of(id, own)) => self.by_id(id),
            (Some(rule), _) => Some(rule),
            (None, id) => self.by_id(id?),
        }
    }

    /// The rule with an id; `CA1000/1` is a case of `CA1000`.
    fn by_id(&self, id: &str) -> Option<&'r Rule> {
        let above = || id.rsplit_once('/').and_then(|(above, _)| self.by_id.get(above));
        self.by_id.get(id).or_else(above).copied()
    }
}

fn is_of(id: &str, rule: &str) -> bool {
    id == rule || id.strip_prefix(rule).is_some_and(|rest| rest.starts_with('/'))
}

fn found(result: &Finding, rule: Option<&Rule>, number: usize, columns: Columns, run: &Run) -> Option<Found> {
    let reference = result.rule.as_ref();
    let of_rule = rule.and_then(|rule| rule.id.as_deref());
    let id = result.rule_id.as_deref().or(reference.and_then(|r| r.id.as_deref())).or(of_rule);
    let place = result.locations.0.iter().find_map(|location| location.physical_location.as_ref())?;
    let mut location = place.artifact_location.clone()?;
    if let (None, Some(index)) = (&location.uri, location.index) {
        location = run.artifacts.0.get(usize::try_from(index).ok()?)?.location.clone()?;
    }
    let own = result.properties.as_ref();
    let of_rule = rule.and_then(|rule| rule.properties.as_ref());
    let precision = of_rule.and_then(|p| grade(&p.precision));
    Some(Found {
        rule: plain_id(id.unwrap_or("unnamed")),
        cwe: weaknesses(result, rule),
        severity: severity(result, rule),
        confidence: confidence(own, of_rule).or(precision).unwrap_or(Confidence::Medium),
        precision: precision.unwrap_or(Confidence::Medium),
        message: message(result, rule),
        location,
        region: place.region.clone().unwrap_or_default(),
        columns,
        run: number,
    })
}

/// An id that is harmless wherever it is shown: what is no letter, digit or usual sign becomes `-`.
fn plain_id(id: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() || "._/:@+-".contains(c) { c } else { '-' };
    id.chars().take(NAME).map(plain).collect()
}

/// The tool's score; else its level: an error counts as high, a warning as medium, a note as low.
fn severity(result: &Finding, rule: Option<&Rule>) -> f64 {
    let score = |properties: Option<&Properties>| {
        let value = &properties?.security_severity;
        let number = value.as_f64().or_else(|| value.as_str()?.trim().parse().ok())?;
        number.is_finite().then(|| number.clamp(0.0, 10.0))
    };
    let of_rule = rule.and_then(|rule| rule.properties.as_ref());
    let level = || {
        let usual = rule.and_then(|rule| rule.default_configuration.as_ref()?.level.as_deref());
        match result.level.as_deref().or(usual) {
            Some("error") => 7.5,
            Some("note") => 2.5,
            Some("none") => 0.0,
            _ => 5.0,
        }
    };
    score(result.properties.as_ref()).or_else(|| score(of_rule)).unwrap_or_else(level)
}

/// What the tool says of its confidence in a finding, or in the findings of a rule.
fn confidence(own: Option<&Properties>, of_rule: Option<&Properties>) -> Option<Confidence> {
    let said = |properties: Option<&Properties>| {
        let properties = properties?;
        let tagged = || tags(properties).find_map(|tag| grade_of(tag.strip_suffix(" CONFIDENCE")?));
        grade(&properties.issue_confidence).or_else(|| grade(&properties.confidence)).or_else(tagged)
    };
    said(own).or_else(|| said(of_rule))
}

fn grade(value: &Value) -> Option<Confidence> {
    grade_of(value.as_str()?)
}

fn grade_of(word: &str) -> Option<Confidence> {
    match word.to_ascii_lowercase().as_str() {
        "very-high" | "high" => Some(Confidence::High),
        "medium" => Some(Confidence::Medium),
        "low" | "very-low" => Some(Confidence::Low),
        _ => None,
    }
}

fn tags(properties: &Properties) -> impl Iterator<Item = &str> {
    properties.tags.as_array().into_iter().flatten().take(100).filter_map(Value::as_str)
}

/// The CWE numbers of a finding and of its rule: as taxa, as tags, as properties.
fn weaknesses(result: &Finding, rule: Option<&Rule>) -> Vec<u32> {
    let is_cwe = |reference: &&Reference| {
        let component = reference.tool_component.as_ref().and_then(|component| component.name.as_deref());
        component.is_none_or(|name| name.eq_ignore_ascii_case("cwe"))
    };
    let of = |reference: &Reference| {
        let named = reference.tool_component.as_ref().is_some_and(|component| component.name.is_some());
        let id = reference.id.as_deref()?;
        // A number alone is one of CWE where the taxonomy says so.
        cwe::in_text(id).or_else(|| id.parse().ok().filter(|_| named))
    };
    let taxa = result.taxa.0.iter().filter(is_cwe).filter_map(of);
    let related = rule.into_iter().flat_map(|rule| &rule.relationships.0).filter_map(|r| r.target.as_ref());
    let related = related.filter(is_cwe).filter_map(of);
    let bags = [result.properties.as_ref(), rule.and_then(|rule| rule.properties.as_ref())];
    let said = bags.into_iter().flatten().flat_map(|bag| {
        let values = match &bag.cwe {
            Value::Array(items) => items.iter().take(20).collect(),
            one => vec![one],
        };
        let own = values.into_iter().filter_map(|value| {
            let number = value.as_u64().and_then(|number| u32::try_from(number).ok());
            number.or_else(|| cwe::in_text(value.as_str()?)).or_else(|| value.as_str()?.trim().parse().ok())
        });
        own.chain(tags(bag).filter_map(cwe::in_text)).collect::<Vec<u32>>()
    });
    cwe::tidy(taxa.chain(related).chain(said))
}

fn message(result: &Finding, rule: Option<&Rule>) -> String {
    let own = result.message.as_ref();
    let named = || {
        let id = own?.id.as_ref()?;
        rule?.message_strings.as_ref()?.get(id)?.text.clone()
    };
    let said = own.and_then(plain).or_else(named).or_else(|| plain(rule?.short_description.as_ref()?));
    let mut said = said.or_else(|| rule?.name.clone()).unwrap_or_else(|| "A finding without a message".to_owned());
    for (at, argument) in own.into_iter().flat_map(|text| &text.arguments.0).enumerate().take(10) {
        said = said.chars().take(MESSAGE * 2).collect::<String>().replace(&format!("{{{at}}}"), argument);
    }
    one_line(&said, MESSAGE)
}

fn plain(text: &Text) -> Option<String> {
    text.text.clone().or_else(|| text.markdown.clone()).filter(|text| !text.trim().is_empty())
}

/// A text in one line, cut.
fn one_line(text: &str, limit: usize) -> String {
    let text: String = text.chars().take(limit * 2).collect();
    brief(&text.split_whitespace().collect::<Vec<_>>().join(" "), limit)
}

fn described(rule: &Rule) -> Described {
    let text = |text: &Option<Text>| text.as_ref().and_then(plain);
    let explain = text(&rule.full_description).or_else(|| text(&rule.help)).or_else(|| text(&rule.short_description));
    let name = rule.name.clone().or_else(|| text(&rule.short_description)).or_else(|| rule.id.clone());
    Described {
        name: one_line(&name.unwrap_or_default(), NAME),
        explain: one_line(&explain.unwrap_or_default(), EXPLANATION),
        link: rule.help_uri.clone().filter(|link| link.starts_with("https://") && link.len() <= 500),
    }
}

#[cfg(test)]
mod tests;
