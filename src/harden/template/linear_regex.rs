//! `linear-regex`: the same pattern, written so that each text can match in one way only.

use crate::checks::backtracking;
use crate::checks::regex;
use crate::edit::TextEdit;
use crate::harden::{Candidate, Task};
use crate::syntax::hir::Span;

const NAME: &str = "linear-regex";

/// Rewrites the pattern's literal.
pub fn propose(task: &Task<'_>) -> Option<Candidate> {
    let facts = task.facts.patterns.iter().filter(|f| f.span == task.span());
    facts
        .filter_map(|fact| {
            let (dialect, flags, kind) = backtracking::dialect(task.file.language, fact);
            let better = regex::suggest_linear(&fact.pattern, dialect, flags, kind)?;
            let text = literal(task, fact.literal, &fact.pattern, &better)?;
            let description =
                "Writes the pattern so that each text can match in one way only; it accepts the same texts.";
            task.mending(NAME, description, vec![TextEdit::replace(fact.literal, text)])
        })
        .next()
}

/// The literal with another pattern, in its own style; none where the pattern does not stand in it as it is.
fn literal(task: &Task<'_>, span: Span, old: &str, new: &str) -> Option<String> {
    let text = task.text(span);
    let (head, tail) = text.split_once(old)?;
    let is_raw = head.starts_with('/') || head.contains(['r', 'R']) || !new.contains('\\');
    let close = tail.chars().next()?;
    let fits = is_raw && !new.contains(['\n', '\r']) && (new.matches(close).count() == old.matches(close).count());
    if fits {
        return Some(format!("{head}{new}{tail}"));
    }
    // In an ordinary string every backslash is written twice.
    let quote = head.chars().next().filter(|c| matches!(c, '\'' | '"'))?;
    (head.len() == 1).then(|| task.emit().string(new, quote))
}
