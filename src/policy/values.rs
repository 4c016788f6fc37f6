//! The values of a policy: CWE numbers, rule ids, languages, globs, sizes.

use super::diagnostic::clip;
use super::fields::{Entry, Reader};
use super::layer::{Languages, Located};
use super::yaml::Kind;
use crate::syntax::hir::Language;

/// The languages that a policy may name.
pub(super) const LANGUAGES: [Language; 3] = [Language::Python, Language::JavaScript, Language::TypeScript];
/// Above every number that MITRE has given.
pub(super) const MAX_CWE: u32 = 9999;
/// How counts are written as text, for the schema.
pub(super) const DIGITS_AND_COUNT: &str = "^[0-9]+[kKMG]?$";
/// How sizes are written as text, for the schema.
pub(super) const DIGITS_AND_BYTES: &str = "^[0-9]+[kKMG]?B?$";
/// Offsets in files are 32 bits wide.
pub(super) const MAX_FILE_BYTES: u64 = 4_000_000_000;
const MAX_GLOB_CHARS: usize = 256;

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
        if self.known.rules.contains(id) {
            return Some(id.to_owned());
        }
        let near = self.near(id, self.known.rules.iter().map(String::as_str));
        let help = near.unwrap_or_else(|| "`tempergate rules list` prints the ids of all rules".to_owned());
        self.report(entry, format!("no rule has the id `{}`", clip(id)), Some(help))
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

    pub(super) fn globs(&mut self, entry: &Entry<'_>) -> Option<Vec<String>> {
        let items = self.items_or_none(entry)?;
        self.every(items, Self::glob)
    }

    fn glob(&mut self, entry: &Entry<'_>) -> Option<String> {
        let glob = self.string(entry, "a glob")?.to_owned();
        let shown = clip(&glob);
        let problem = if glob.is_empty() {
            Some(("an empty glob matches nothing".to_owned(), None))
        } else if glob.chars().count() > MAX_GLOB_CHARS {
            Some((format!("the glob `{shown}` is longer than {MAX_GLOB_CHARS} characters"), None))
        } else if let Some(rest) = glob.strip_prefix("./").or(glob.strip_prefix('/')) {
            let help = format!("paths begin at the root of the repository: write `{}`", clip(rest));
            Some((format!("the glob `{shown}` matches nothing"), Some(help)))
        } else if glob.ends_with('/') {
            let help = format!("to match everything in the folder, write `{shown}**`");
            Some((format!("the glob `{shown}` matches nothing"), Some(help)))
        } else if glob.split('/').any(|part| part == ".." || part == ".") {
            let help = "paths have no `.` and no `..` in them".to_owned();
            Some((format!("the glob `{shown}` matches nothing"), Some(help)))
        } else {
            super::compile_glob(&glob).err().map(|why| (format!("`{shown}` is not a valid glob: {}", clip(&why)), None))
        };
        let Some((message, help)) = problem else { return Some(glob) };
        self.report(entry, message, help)
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
            Some(_) => self.report(entry, format!("`{}` is at most {max}", entry.path), None),
            None => {
                let suffixes = if bytes { "kB, MB or GB" } else { "k, M or G" };
                let message = format!("`{}` must be {example}, not {}", entry.path, entry.node.value.describe());
                self.report(entry, message, Some(format!("a whole number, if need be with {suffixes} behind it")))
            }
        }
    }
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
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    digits.parse::<u64>().ok()?.checked_mul(unit)
}
