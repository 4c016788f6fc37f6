//! Regular expressions that can take exponential or polynomial time.
//!
//! An exponential pattern is reported where it stands, used or not: a short text is enough. A polynomial one needs a long
//! text, so it is reported only where labelled data is matched, and there.

use rustc_hash::{FxHashMap, FxHashSet};

use super::regex::{self, Attack, Dialect, Flags, Growths, MatchKind, Verdict};
use super::{CheckFinding, Context};
use crate::analysis::facts::PatternFact;
use crate::finding::Confidence;
use crate::rules::compiled::Anchor;
use crate::syntax::hir::{ExprKind, Language, Literal, Span};

/// The most steps that the patterns of one file may take together, about half a second's worth.
const MAX_WORK: u64 = 150_000_000;

/// The dialect, flags and kind of matching of a use.
pub fn dialect(language: Language, fact: &PatternFact) -> (Dialect, Flags, MatchKind) {
    let dialect = match language {
        Language::Python => Dialect::Python,
        Language::Java => Dialect::Java,
        _ => Dialect::JavaScript,
    };
    let kind = match fact.anchor {
        Anchor::Search => MatchKind::Search,
        Anchor::Start => MatchKind::MatchStart,
        Anchor::Full => MatchKind::FullMatch,
    };
    (dialect, Flags::from_letters(&fact.flags, dialect), kind)
}

/// Judges every pattern of the file.
pub fn check(context: &Context<'_>) -> Vec<CheckFinding> {
    // Go's engine takes linear time.
    if context.file.language == Language::Go {
        return Vec::new();
    }
    let mut judge = Judge { context, known: FxHashMap::default(), left: MAX_WORK };
    let unused = unused_literals(context);
    let all = context.facts.patterns.iter().chain(&unused);
    let mut found: Vec<CheckFinding> = all.filter_map(|fact| judge.judge(fact)).collect();
    // Several uses of one exponential pattern are one finding, the surest of them.
    found.sort_by(|a, b| (a.span, b.confidence).cmp(&(b.span, a.confidence)));
    found.dedup_by_key(|f| f.span);
    found
}

/// Literals that no call is known to match with: they may be handed on to code that is not seen here.
fn unused_literals(context: &Context<'_>) -> Vec<PatternFact> {
    let known: FxHashSet<Span> = context.facts.patterns.iter().map(|f| f.literal).collect();
    (context.file.exprs.iter())
        .filter(|expr| !known.contains(&expr.span))
        .filter_map(|expr| match &expr.kind {
            ExprKind::Literal(Literal::Regex { pattern, flags }) => Some(PatternFact {
                span: expr.span,
                function: context.function_at(expr.span),
                literal: expr.span,
                pattern: pattern.to_string(),
                flags: flags.to_string(),
                anchor: Anchor::Search,
                labels: 0,
                flow: Vec::new(),
                target: "a regular expression".to_string(),
            }),
            _ => None,
        })
        .collect()
}

/// Judges patterns, each once, within one bound of steps.
struct Judge<'c, 'a> {
    context: &'c Context<'a>,
    known: FxHashMap<(String, Flags, MatchKind, Growths), Verdict>,
    left: u64,
}

impl Judge<'_, '_> {
    fn judge(&mut self, fact: &PatternFact) -> Option<CheckFinding> {
        let (growth, attack, span) = match self.verdict(fact)? {
            Verdict::Exponential { attack, .. } => ("exponential".to_string(), attack, fact.literal),
            Verdict::Polynomial { degree, attack, .. } if fact.labels != 0 => (power(degree), attack, fact.span),
            _ => return None,
        };
        Some(finding(self.context, fact, &growth, &attack, span))
    }

    /// None when the steps have run out.
    fn verdict(&mut self, fact: &PatternFact) -> Option<Verdict> {
        let (dialect, flags, kind) = dialect(self.context.file.language, fact);
        // Nobody is told of a polynomial pattern that no labelled data meets.
        let asked = if fact.labels == 0 { Growths::Exponential } else { Growths::Any };
        let key = (fact.pattern.clone(), flags, kind, asked);
        if let Some(known) = self.known.get(&key) {
            return Some(known.clone());
        }
        if self.left == 0 {
            self.context.unfinished.borrow_mut().insert(fact.function);
            return None;
        }
        let (verdict, work) = regex::analyse_counted(&fact.pattern, dialect, flags, kind, asked);
        self.left = self.left.saturating_sub(work);
        self.known.insert(key, verdict.clone());
        Some(verdict)
    }
}

fn finding(context: &Context<'_>, fact: &PatternFact, growth: &str, attack: &Attack, span: Span) -> CheckFinding {
    let pump: String = attack.pump.chars().take(20).collect();
    CheckFinding {
        span,
        function: fact.function,
        sink: fact.target.clone(),
        message: Some(format!(
            "Matching this pattern takes {growth} time on texts with many repetitions of `{}`",
            pump.escape_default()
        )),
        confidence: confidence(context, fact.labels),
        flow: fact.flow.clone(),
    }
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
