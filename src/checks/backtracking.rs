//! Regular expressions that can take exponential or polynomial time.
//!
//! An exponential pattern is reported wherever it is used: a short text is enough. A polynomial one needs a long text, so it
//! is reported only where labelled data is matched.

use super::regex::{self, Dialect, Flags, MatchKind, Verdict};
use super::{CheckFinding, Context};
use crate::analysis::facts::PatternFact;
use crate::finding::Confidence;
use crate::rules::compiled::Anchor;
use crate::syntax::hir::Language;

/// The dialect, flags and kind of matching of a use.
pub fn dialect(language: Language, fact: &PatternFact) -> (Dialect, Flags, MatchKind) {
    let dialect = if language == Language::Python { Dialect::Python } else { Dialect::JavaScript };
    let kind = match fact.anchor {
        Anchor::Search => MatchKind::Search,
        Anchor::Start => MatchKind::MatchStart,
        Anchor::Full => MatchKind::FullMatch,
    };
    (dialect, Flags::from_letters(&fact.flags, dialect), kind)
}

/// Judges every pattern of the file.
pub fn check(context: &Context<'_>) -> Vec<CheckFinding> {
    context.facts.patterns.iter().filter_map(|fact| judge(context, fact)).collect()
}

fn judge(context: &Context<'_>, fact: &PatternFact) -> Option<CheckFinding> {
    let (dialect, flags, kind) = dialect(context.file.language, fact);
    let (growth, attack) = match regex::analyse(&fact.pattern, dialect, flags, kind) {
        Verdict::Exponential { attack, .. } => ("exponential".to_string(), attack),
        Verdict::Polynomial { degree, attack, .. } if fact.labels != 0 => (power(degree), attack),
        _ => return None,
    };
    let pump: String = attack.pump.chars().take(20).collect();
    Some(CheckFinding {
        span: fact.span,
        function: fact.function,
        sink: fact.target.clone(),
        message: Some(format!(
            "Matching this pattern takes {growth} time on texts with many repetitions of `{}`",
            pump.escape_default()
        )),
        confidence: confidence(context, fact.labels),
        flow: fact.flow.clone(),
    })
}

fn power(degree: u32) -> String {
    match degree {
        2 => "quadratic".to_string(),
        3 => "cubic".to_string(),
        n => format!("polynomial (power {n})"),
    }
}

/// Data from outside is what makes a slow pattern dangerous.
fn confidence(context: &Context<'_>, labels: u32) -> Confidence {
    let remote = context.library.label("remote").is_some_and(|l| labels & (1 << l) != 0);
    if remote { Confidence::High } else { Confidence::Medium }
}
