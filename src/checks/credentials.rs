//! Constant strings that are credentials, by the name that they are given to or by their own shape.

use super::secrets;
use super::{CheckFinding, Context};
use crate::analysis::facts::{FALLBACK, NamedConstant};

/// Judges every named constant of the file. A constant that several names are given to is reported once.
pub fn check(context: &Context<'_>) -> Vec<CheckFinding> {
    let mut found: Vec<CheckFinding> = Vec::new();
    for constant in &context.facts.constants {
        if let Some(finding) = judge(constant)
            && !found.iter().any(|f| f.span == finding.span)
        {
            found.push(finding);
        }
    }
    found
}

fn judge(constant: &NamedConstant) -> Option<CheckFinding> {
    // What a password from a request has to be equal to is one, however much it looks like a word.
    let checked = || constant.checks_input.then(|| secrets::checked(&constant.name, &constant.value))?;
    let secret = secrets::judge(Some(&constant.name), &constant.value).or_else(checked)?;
    let fallback = if constant.fallback { FALLBACK } else { "" };
    Some(CheckFinding {
        span: constant.literal,
        function: constant.function,
        sink: constant.name.clone(),
        message: Some(format!("The credential `{}` stands in the source code{fallback}", constant.name)),
        confidence: secret.confidence,
        flow: Vec::new(),
    })
}
