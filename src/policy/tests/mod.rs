#![allow(clippy::unwrap_used, clippy::expect_used)]
//! The policy's tests: what it decides (`decisions`), what models may be asked (`asking`), what it says about wrong files
//! (`errors`, and `model_errors` about models and commands), hostile files (`hostile`), and that the published files are
//! fresh (`files`).

mod asking;
mod decisions;
mod errors;
mod files;
mod hostile;
mod model_errors;

use super::*;
use crate::finding::{Finding, Region};

const FILE: &str = ".tempergate.yml";

fn known() -> KnownNames {
    KnownNames::new(["sql-injection", "cross-site-scripting", "hardcoded-secret", "missing-rate-limit"])
}

fn policy(text: &str) -> Policy {
    Policy::parse(FILE, text, &known()).unwrap_or_else(|error| panic!("{error}"))
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
