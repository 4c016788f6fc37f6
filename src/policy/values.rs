//! The values of a policy: CWE numbers, rule ids, languages, globs, sizes.

use super::categories::Category;
use super::fields::{Entry, Reader};
use super::layer::Languages;
use super::origin::Located;
use crate::diagnostic::clip;
use crate::syntax::hir::Language;
use crate::yaml::Kind;

/// The languages that a policy may name.
pub(super) const LANGUAGES: [Language; 5] = Language::ALL;
/// Above every number that MITRE has given.
pub(super) const MAX_CWE: u32 = 9999;
/// How counts are written as text, for the schema.
pub(super) const DIGITS_AND_COUNT: &str = "^[0-9]+[kKMG]?$";
/// How sizes are written as text, for the schema.
pub(super) const DIGITS_AND_BYTES: &str = "^[0-9]+[kKMG]?B?$";
/// Offsets in files are 32 bits wide.
pub(super) const MAX_FILE_BYTES: u64 = 4_000_000_000;
/// More than a machine can count in a day.
pub(super) const MAX_STEPS: u64 = 1_000_000_000_000;
const MAX_GLOB_CHARS: usize = 256;
/// In one list.
const MAX_GLOBS: usize = 1000;

impl Reader<'_> {
    pub(super) fn cwe(&mut self, entry: &Entry<'_>) -> Option<Vec<u32>> {
        let items = self.one_or_many(entry)?;
        self.every(items, Self::cwe_number)
    }

    fn cwe_number(&mut self, entry: &Entry<'_>) -> Option<u32> {
        match &entry.node.value {
            Kind::Int(number) => match u32::try_from(*number) {
                Ok(number @ 1..=MAX_CWE) => Some(number),
                _ => {
                    let help = format!("CWE numbers lie between 1 and {MAX_CWE}");
                    self.report(entry, format!("{number} is not a CWE number"), Some(help))
                }
            },
            Kind::Text(text) => {
                let digits = text.trim_start_matches(|c: char| !c.is_ascii_digit());
                let help = digits.parse::<u32>().ok().map(|number| format!("write the number alone: `{number}`"));
                self.report(entry, format!("`{}` must be a CWE number, not `{}`", entry.path, clip(text)), help)
            }
            _ => self.wrong_type(entry, "a CWE number"),
        }
    }

    pub(super) fn rule_ids(&mut self, entry: &Entry<'_>) -> Option<Vec<String>> {
        let items = self.one_or_many(entry)?;
        self.every(items, Self::rule_id)
    }

    fn rule_id(&mut self, entry: &Entry<'_>) -> Option<String> {
        let id = self.string(entry, "a rule id")?;
        if self.known.rules.contains(id) || is_of_engine(id) {
            return Some(id.to_owned());
        }
        let near = self.near(id, self.known.rules.iter().map(String::as_str));
        let help = near.unwrap_or_else(|| "`tempergate rules list` prints the ids of all rules".to_owned());
        self.report(entry, format!("no rule has the id `{}`", clip(id)), Some(help))
    }

    pub(super) fn categories(&mut self, entry: &Entry<'_>) -> Option<Vec<Category>> {
        let items = self.one_or_many(entry)?;
        let words: Vec<(&'static str, Category)> =
            Category::all().map(|category| (category.name(), category)).collect();
        self.every(items, |reader, item| reader.word(item, &words))
    }

    pub(super) fn languages_or_all(&mut self, entry: &Entry<'_>) -> Option<Located<Languages>> {
        if matches!(&entry.node.value, Kind::Text(text) if text == "all") {
            return Some(self.located(entry, Languages::All));
        }
        if !matches!(entry.node.value, Kind::List(_)) {
            return self.wrong_type(entry, "`all` or a list of languages");
        }
        let languages = self.languages(entry)?;
        Some(self.located(entry, Languages::Only(languages)))
    }

    pub(super) fn languages(&mut self, entry: &Entry<'_>) -> Option<Vec<Language>> {
        let words = LANGUAGES.map(|language| (language.name(), language));
        let items = self.items(entry)?;
        let mut languages = self.every(items, |reader, item| reader.word(item, &words))?;
        languages.sort_by_key(|language| language.name());
        languages.dedup();
        Some(languages)
    }

    /// A list of globs that match something together.
    pub(super) fn globs(&mut self, entry: &Entry<'_>) -> Option<Vec<String>> {
        let items = self.items(entry)?;
        self.glob_list(entry, items)
    }

    /// A list of globs that may be empty.
    pub(super) fn globs_or_none(&mut self, entry: &Entry<'_>) -> Option<Vec<String>> {
        let items = self.items_or_none(entry)?;
        self.glob_list(entry, items)
    }

    pub(super) fn glob_list(&mut self, entry: &Entry<'_>, items: Vec<Entry<'_>>) -> Option<Vec<String>> {
        if items.len() > MAX_GLOBS {
            let message = format!("`{}` has {} globs, at most {MAX_GLOBS} are read", entry.path, items.len());
            return self.report(entry, message, None);
        }
        let globs = self.every(items, Self::glob)?;
        if super::glob_set(&globs).is_none() {
            return self.report(entry, format!("the globs of `{}` are too many or too large", entry.path), None);
        }
        Some(globs)
    }

    fn glob(&mut self, entry: &Entry<'_>) -> Option<String> {
        let glob = self.string(entry, "a glob")?;
        match glob_problem(glob) {
            Some((message, help)) => self.report(entry, message, help),
            None => Some(glob.to_owned()),
        }
    }

    /// A positive number, as a number or with a suffix.
    pub(super) fn number(&mut self, entry: &Entry<'_>, bytes: bool, max: u64) -> Option<Located<u64>> {
        let example = if bytes { "a number of bytes like `2MB`" } else { "a number like `5M`" };
        let number = match &entry.node.value {
            Kind::Int(number) => u64::try_from(*number).ok(),
            Kind::Text(text) => with_suffix(text, bytes),
            _ => return self.wrong_type(entry, example),
        };
        match number {
            Some(number) if (1..=max).contains(&number) => Some(self.located(entry, number)),
            Some(0) => self.report(entry, format!("`{}` must be at least 1", entry.path), None),
            Some(_) => self.report(entry, format!("`{}` is {max} at most", entry.path), None),
            None => {
                let suffixes = if bytes { "kB, MB or GB" } else { "k, M or G" };
                let message = format!("`{}` must be {example}, not {}", entry.path, entry.node.value.describe());
                self.report(entry, message, Some(format!("a whole number, if need be with {suffixes} behind it")))
            }
        }
    }
}

/// Whether a rule id has the form of those of other analysers: `semgrep:python.shell`. Which they have, only they know.
pub(super) fn is_of_engine(id: &str) -> bool {
    id.split_once(':').is_some_and(|(engine, rule)| {
        let name = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        let plain = |c: char| c.is_ascii_graphic();
        !engine.is_empty()
            && engine.chars().all(name)
            && (1..=MAX_GLOB_CHARS).contains(&rule.len())
            && rule.chars().all(plain)
    })
}

/// What is wrong with a glob, and what would be right. A glob that can never match is a mistake that nobody would notice.
fn glob_problem(glob: &str) -> Option<(String, Option<String>)> {
    let shown = clip(glob);
    let never = |help: String| Some((format!("the glob `{shown}` matches nothing"), Some(help)));
    if glob.is_empty() {
        return Some(("an empty glob matches nothing".to_owned(), None));
    }
    if glob.chars().count() > MAX_GLOB_CHARS {
        return Some((format!("the glob `{shown}` is longer than {MAX_GLOB_CHARS} characters"), None));
    }
    if let Some(rest) = glob.strip_prefix("./").or(glob.strip_prefix('/')) {
        return never(format!("paths begin at the root of the repository: write `{}`", clip(rest)));
    }
    if glob.ends_with('/') {
        return never(format!("to match everything in the folder, write `{shown}**`"));
    }
    if glob.starts_with('!') {
        return never("globs cannot be negated; `scope.exclude` leaves files out".to_owned());
    }
    if glob.split('/').any(|part| part == ".." || part == "." || part.is_empty()) {
        return never("paths have no `.`, no `..` and no empty part".to_owned());
    }
    if glob.split('\\').skip(1).any(|after| after.starts_with(char::is_alphanumeric)) {
        let help = format!("paths are separated by `/`: write `{}`", clip(&glob.replace('\\', "/")));
        return never(help);
    }
    let error = super::compile_glob(glob).err()?;
    Some((format!("`{shown}` is not a valid glob: {}", clip(&error)), None))
}

/// `2MB`, `5M`, `200k`, `7`.
fn with_suffix(text: &str, bytes: bool) -> Option<u64> {
    let text = if bytes { text.strip_suffix('B').unwrap_or(text) } else { text };
    let (digits, unit) = match text.char_indices().last()? {
        (at, 'k' | 'K') => (text.get(..at)?, 1_000),
        (at, 'M') => (text.get(..at)?, 1_000_000),
        (at, 'G') => (text.get(..at)?, 1_000_000_000),
        _ => (text, 1),
    };
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    // Digits alone fail to parse only when there are too many of them.
    Some(digits.parse::<u64>().unwrap_or(u64::MAX).saturating_mul(unit))
}
