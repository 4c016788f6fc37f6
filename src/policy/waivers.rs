//! Waivers: findings that are let through until a day, each with a reason and somebody who answers for it. Here: what a
//! waiver is, how it is read, and whether one covers a finding. A waiver that is expired or malformed waives nothing, and
//! both are told.

use std::collections::BTreeMap;

use globset::GlobSet;
use jiff::civil::Date;

use super::fields::{Entry, Errors, Fields, Keys, Reader};
use super::layer::WaiverProblem;
use super::origin::Located;
use super::{glob_set, in_paths};
use crate::diagnostic::{Severity, clip};
use crate::finding::Finding;

const WAIVER: Keys = Keys { now: &["fingerprint", "rule", "cwe", "paths", "owner", "reason", "expires"], later: &[] };
/// What a waiver can be about; one of them.
const KINDS: [&str; 3] = ["fingerprint", "rule", "cwe"];
const MAX_CHARS: usize = 500;
/// Of the beginning of a fingerprint.
const MIN_DIGITS: usize = 8;
/// How days are written, for the schema.
pub(super) const DAY: &str = "^[0-9]{4}-[0-9]{2}-[0-9]{2}$";
/// The shortest beginning of a fingerprint, for the schema too.
pub(super) const FINGERPRINT: &str = "^[0-9a-fA-F]{8,64}$";

/// A waiver as it is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waiver {
    /// What it is about.
    pub about: About,
    /// Only findings in files that one of these globs matches; empty for every file.
    pub paths: Vec<String>,
    /// Who answers for it.
    pub owner: String,
    /// Why the finding is let through.
    pub reason: String,
    /// The last day on which it holds.
    pub expires: Date,
}

/// What a waiver is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum About {
    /// One finding, by its fingerprint or the beginning of it.
    Fingerprint(String),
    /// The findings of rules.
    Rules(Vec<String>),
    /// The findings with one of these CWE numbers.
    Cwe(Vec<u32>),
}

/// A waiver, ready to match.
#[derive(Clone, Debug)]
pub(super) struct Ready {
    pub entry: Located<Waiver>,
    /// Its number in the list of its own file, from zero.
    pub index: usize,
    paths: Option<GlobSet>,
}

/// All waivers of a policy, found by what they are about.
#[derive(Clone, Debug, Default)]
pub(super) struct Waivers {
    pub all: Vec<Ready>,
    by_rule: BTreeMap<String, Vec<usize>>,
    by_cwe: BTreeMap<u32, Vec<usize>>,
    /// By the shortest beginning of a fingerprint.
    by_fingerprint: BTreeMap<String, Vec<usize>>,
}

impl Waivers {
    pub(super) fn new(entries: Vec<(Located<Waiver>, usize)>) -> Waivers {
        let mut out = Waivers::default();
        for ((entry, index), at) in entries.into_iter().zip(0..) {
            match &entry.value.about {
                About::Rules(rules) => {
                    rules.iter().for_each(|rule| out.by_rule.entry(rule.clone()).or_default().push(at));
                }
                About::Cwe(numbers) => numbers.iter().for_each(|cwe| out.by_cwe.entry(*cwe).or_default().push(at)),
                About::Fingerprint(begin) => {
                    out.by_fingerprint.entry(first_digits(begin).to_owned()).or_default().push(at);
                }
            }
            out.all.push(Ready::new(entry, index));
        }
        out
    }

    /// The numbers of those that are about a finding, in the order of the policy; also of those that are expired.
    pub(super) fn about(&self, finding: &Finding) -> Vec<usize> {
        let by_cwe = finding.cwe.iter().filter_map(|cwe| self.by_cwe.get(cwe));
        let by_fingerprint = self.by_fingerprint.get(first_digits(&finding.fingerprint));
        let near = by_cwe.chain(self.by_rule.get(&finding.rule)).chain(by_fingerprint).flatten().copied();
        let mut about: Vec<usize> =
            near.filter(|at| self.all.get(*at).is_some_and(|waiver| waiver.is_about(finding))).collect();
        about.sort_unstable();
        about.dedup();
        about
    }
}

fn first_digits(fingerprint: &str) -> &str {
    fingerprint.get(..MIN_DIGITS).unwrap_or(fingerprint)
}

impl Ready {
    fn new(entry: Located<Waiver>, index: usize) -> Ready {
        let globs = &entry.value.paths;
        let paths = (!globs.is_empty()).then(|| glob_set(globs).unwrap_or_default());
        Ready { entry, index, paths }
    }

    /// Whether it is about a finding, be it expired or not.
    fn is_about(&self, finding: &Finding) -> bool {
        let about = match &self.entry.value.about {
            About::Fingerprint(begin) => finding.fingerprint.starts_with(begin.as_str()),
            About::Rules(rules) => rules.contains(&finding.rule),
            About::Cwe(numbers) => finding.cwe.iter().any(|cwe| numbers.contains(cwe)),
        };
        about && self.covers_path(&finding.path)
    }

    pub(super) fn covers_path(&self, path: &str) -> bool {
        in_paths(self.paths.as_ref(), path)
    }

    /// Whether it still holds on a day.
    pub(super) fn holds(&self, today: Option<Date>) -> bool {
        today.is_some_and(|today| today <= self.entry.value.expires)
    }
}

impl Reader<'_> {
    /// The waivers that can be used. What is wrong with the others is noted apart: a mistake in a waiver takes away the waiver
    /// and never the policy.
    pub(super) fn waivers(&mut self, entry: &Entry<'_>) -> Vec<Located<Waiver>> {
        let Some(items) = self.items_or_none(entry) else { return Vec::new() };
        let before = std::mem::take(&mut self.errors);
        let waivers = items.iter().filter_map(|item| self.waiver(item)).collect();
        let errors: Errors = std::mem::replace(&mut self.errors, before);
        let file = self.author.name().to_owned();
        for mut diagnostic in errors.list {
            diagnostic.severity = Severity::Warning;
            self.problems.push(WaiverProblem { file: file.clone(), diagnostic });
        }
        waivers
    }

    fn waiver(&mut self, entry: &Entry<'_>) -> Option<Located<Waiver>> {
        let count = self.errors.count();
        let fields = self.fields(entry, &WAIVER)?;
        let about = self.about(entry, &fields);
        let paths = fields.get("paths").map_or(Some(Vec::new()), |entry| self.globs(entry))?;
        if paths.is_empty() && fields.get("fingerprint").is_none() && about.is_some() {
            let message = format!("`{}` lacks `paths`", entry.path);
            let help = "a rule or a CWE number is waived for some files: `paths: [\"legacy/report.py\"]`".to_owned();
            let _: Option<()> = self.error(fields.span.clone(), message, Some(help));
        }
        let owner = self.waiver_text(&fields, "owner", "who answers for it: `\"@security-team\"`");
        let reason = self.waiver_text(&fields, "reason", "why the finding is let through");
        let expires = self.required(&fields, "expires", "the last day on which it holds: `2027-01-31`");
        let expires = expires.and_then(|entry| self.day(entry));
        // A key that is unknown or given twice leaves doubt what was meant.
        if self.errors.count() > count {
            return None;
        }
        Some(self.located(entry, Waiver { about: about?, paths, owner: owner?, reason: reason?, expires: expires? }))
    }

    fn about(&mut self, entry: &Entry<'_>, fields: &Fields<'_>) -> Option<About> {
        let mut given = KINDS.into_iter().filter_map(|key| Some((key, fields.get(key)?)));
        let Some((kind, value)) = given.next() else {
            let help = "give a `fingerprint`, a `rule` or a `cwe`".to_owned();
            let message = format!("`{}` does not say which findings it waives", entry.path);
            return self.error(fields.span.clone(), message, Some(help));
        };
        if let Some((other, second)) = given.next() {
            let message = format!("`{}` has both `{kind}` and `{other}`", entry.path);
            return self.error(second.key.clone(), message, Some("write two waivers, one for each".to_owned()));
        }
        match kind {
            "fingerprint" => self.fingerprint(value).map(About::Fingerprint),
            "rule" => self.rule_ids(value).map(About::Rules),
            _ => self.cwe(value).map(About::Cwe),
        }
    }

    fn fingerprint(&mut self, entry: &Entry<'_>) -> Option<String> {
        let wanted = "a fingerprint, or at least its first eight digits";
        // A fingerprint of decimal digits alone is read as a number.
        let text = match &entry.node.value {
            crate::yaml::Kind::Int(_) | crate::yaml::Kind::Float(_) => {
                let help = "put it into quotation marks".to_owned();
                return self.report(entry, format!("`{}` must be {wanted}, not a number", entry.path), Some(help));
            }
            _ => self.string(entry, wanted)?,
        };
        let hex = (MIN_DIGITS..=64).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        if hex {
            return Some(text.to_ascii_lowercase());
        }
        self.report(entry, format!("`{}` must be {wanted}, not `{}`", entry.path, clip(text)), None)
    }

    fn waiver_text(&mut self, fields: &Fields<'_>, key: &str, wanted: &str) -> Option<String> {
        let entry = self.required(fields, key, wanted)?;
        let text = self.string(entry, wanted)?;
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        match text.chars().count() {
            0 => self.report(entry, format!("`{}` is empty", entry.path), Some(format!("it says {wanted}"))),
            1..=MAX_CHARS => Some(text),
            _ => self.report(entry, format!("`{}` is longer than {MAX_CHARS} characters", entry.path), None),
        }
    }

    fn day(&mut self, entry: &Entry<'_>) -> Option<Date> {
        let wanted = "a day like `2027-01-31`";
        let text = self.string(entry, wanted)?;
        match day(text) {
            Some(day) => Some(day),
            None => self.report(entry, format!("`{}` must be {wanted}, not `{}`", entry.path, clip(text)), None),
        }
    }
}

/// A day of the calendar, written `YYYY-MM-DD` and in no other way.
pub fn day(text: &str) -> Option<Date> {
    let shape = text.len() == 10
        && text.bytes().enumerate().all(|(at, byte)| match at {
            4 | 7 => byte == b'-',
            _ => byte.is_ascii_digit(),
        });
    text.parse().ok().filter(|_| shape)
}
