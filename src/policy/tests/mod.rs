#![allow(clippy::unwrap_used, clippy::expect_used)]
//! The policy's tests: what it decides (`decisions`, `waiving`), what models may be asked (`asking`), which marks it declares (`authorship`), what it says about
//! wrong files (`errors`, and `model_errors` about models and commands), files that extend each other and much else as data
//! (`golden`), hostile files (`hostile`), and that the published files are fresh (`files`).

mod asking;
mod authorship;
mod decisions;
mod errors;
mod files;
mod golden;
mod hostile;
mod locking;
mod model_errors;
mod waiving;

use std::collections::BTreeMap;

use super::fields::Author;
use super::*;
use crate::finding::{Finding, Region};

const FILE: &str = ".tempergate.yml";

fn known() -> KnownNames {
    KnownNames::new(["sql-injection", "cross-site-scripting", "hardcoded-secret", "missing-rate-limit"])
}

fn policy(text: &str) -> Policy {
    Policy::parse(FILE, text, &known()).unwrap_or_else(|error| panic!("{error}"))
}

/// The files of a repository, and of others, in memory.
#[derive(Default)]
struct Files(BTreeMap<String, String>);

impl Files {
    fn new(files: &[(&str, &str)]) -> Files {
        Files(files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect())
    }
}

impl Texts for Files {
    fn file(&self, path: &str) -> Result<Option<String>, String> {
        Ok(self.0.get(path).cloned())
    }

    /// Under `OWNER/REPOSITORY//PATH`, whatever the commit.
    fn remote(&self, remote: &Remote) -> Result<Vec<u8>, String> {
        let key = format!("{}/{}//{}", remote.owner, remote.repository, remote.path);
        let text = self.0.get(&key).ok_or_else(|| "there is no such file".to_owned())?;
        Ok(text.clone().into_bytes())
    }
}

fn finding(rule: &str, cwe: u32, severity: f64, confidence: Confidence, path: &str) -> Finding {
    Finding {
        rule: rule.to_owned(),
        cwe: vec![cwe],
        severity,
        confidence,
        precision: Confidence::High,
        path: path.to_owned(),
        region: Region { start_line: 12, ..Region::default() },
        message: String::new(),
        flow: Vec::new(),
        symbol: "<module>".to_owned(),
        sink: String::new(),
        related: Vec::new(),
        fingerprint: String::new(),
    }
}

/// A severe SQL injection with data from outside.
fn injection(path: &str) -> Finding {
    finding("sql-injection", 89, 9.1, Confidence::High, path)
}
