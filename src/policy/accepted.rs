//! The baseline file: findings that were there before anybody looked, by their fingerprints. `tempergate baseline write`
//! makes it; a policy names it in `baseline-file`.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::PolicyError;
use super::origin::Located;
use super::stack::{Stack, Texts};
use crate::diagnostic::{Diagnostic, clip};
use crate::finding::Finding;

/// A repository of a million lines has some thousand findings, of 200 bytes each.
const MAX_BYTES: usize = 64 * 1024 * 1024;

/// The findings of a baseline file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Accepted(BTreeSet<String>);

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    version: u32,
    findings: Vec<Entry>,
}

/// A finding. Only the fingerprint counts; the rest is for people who read the file.
#[derive(Serialize, Deserialize, PartialEq, Eq, PartialOrd, Ord)]
#[serde(deny_unknown_fields)]
struct Entry {
    path: String,
    rule: String,
    fingerprint: String,
}

impl Accepted {
    /// Whether a finding is in the file.
    pub fn has(&self, fingerprint: &str) -> bool {
        self.0.contains(fingerprint)
    }

    /// How many findings are in the file.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Reads the text of a baseline file. Errors: what is wrong, in one clause.
    pub fn parse(text: &str) -> Result<Accepted, String> {
        if text.len() > MAX_BYTES {
            return Err(format!("it is {} bytes long; at most {MAX_BYTES} bytes are read", text.len()));
        }
        let file: File = serde_json::from_str(text).map_err(|error| clip(&error.to_string()))?;
        if file.version != 1 {
            return Err(format!("its version is {}; this version of Tempergate reads version 1", file.version));
        }
        let is_fingerprint = |text: &str| text.len() == 32 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        if let Some(entry) = file.findings.iter().find(|entry| !is_fingerprint(&entry.fingerprint)) {
            return Err(format!("`{}` is not a fingerprint: 32 hexadecimal digits", clip(&entry.fingerprint)));
        }
        Ok(Accepted(file.findings.into_iter().map(|entry| entry.fingerprint.to_ascii_lowercase()).collect()))
    }

    /// The text of a baseline file with some findings, sorted, each once.
    pub fn text_of<'f>(findings: impl IntoIterator<Item = &'f Finding>) -> String {
        let entry = |finding: &Finding| Entry {
            path: finding.path.clone(),
            rule: finding.rule.clone(),
            fingerprint: finding.fingerprint.clone(),
        };
        let mut findings: Vec<Entry> = findings.into_iter().map(entry).collect();
        findings.sort();
        findings.dedup();
        let text = serde_json::to_string_pretty(&File { version: 1, findings }).unwrap_or_default();
        format!("{text}\n")
    }
}

/// The baseline file of a policy, where it names one. Errors point at the place that names it.
pub(super) fn load(stack: &Stack, texts: &dyn Texts) -> Result<Option<Located<Accepted>>, PolicyError> {
    let Some(named) = &stack.layer.baseline_file else { return Ok(None) };
    let origin = &named.origin;
    let read = || {
        let path = texts.path_of(origin.text_name().unwrap_or_default(), &named.value)?;
        let text = texts.file(&path)?.ok_or_else(|| "there is no such file".to_owned())?;
        Accepted::parse(&text)
    };
    match read() {
        Ok(accepted) => Ok(Some(Located { value: accepted, origin: origin.clone() })),
        Err(problem) => {
            let message = format!("the baseline file `{}` cannot be used: {}", clip(&named.value), clip(&problem));
            let text = stack.texts.iter().find(|text| text.is_of(origin));
            let help = "`tempergate baseline write` makes one".to_owned();
            Err(match text {
                Some(text) => text.error_at(origin, message, Some(help)),
                None => PolicyError::new(&origin.to_string(), "", vec![Diagnostic::new("", 0..0, message)], 0),
            })
        }
    }
}
