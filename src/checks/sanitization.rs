//! Replacements that are meant to make text harmless and leave a way around them: only the first occurrence is replaced,
//! quotes are escaped but not the character that escapes, or what is left after a removal is the removed text again.

use super::text::{MethodCall, Pattern, constant_text, in_while_loop, method_calls, pattern_of};
use super::{CheckFinding, Context};
use crate::finding::Confidence;
use crate::syntax::hir::{ExprId, ExprKind, Language, Literal};

/// Characters with a meaning in some language that text is put into.
const META: &str = "'\"`\\&<>|*%$";
/// Brackets are often removed in pairs from texts that have one pair only.
const BRACKETS: &str = "[]{}()";
const QUOTES: &str = "'\"`";
/// What removals are after, as it stands in a pattern without its escapes, in lower case.
const REMOVED: &[&str] = &["<script", "<.*script", "<.*cript", "<(script", "<!--", "<style", "<iframe", "../", "/.."];

/// Judges every replacement of the file.
pub fn check(context: &Context<'_>) -> Vec<CheckFinding> {
    let calls = replacements(context);
    let judged = calls.iter().filter(|c| !in_while_loop(context.file, c.span));
    judged.filter_map(|call| judge(context, &calls, call)).collect()
}

/// All calls that replace something. Go's are functions of its package for text: the text stands first.
fn replacements<'f>(context: &Context<'f>) -> Vec<MethodCall<'f>> {
    if context.file.language != Language::Go {
        return method_calls(context.file, &["replace", "replaceAll"]);
    }
    let once = |count: &ExprId| matches!(context.file.expr(*count).kind, ExprKind::Literal(Literal::Int(1)));
    let shifted = |call: MethodCall<'f>| {
        let name = if call.args.get(3).is_some_and(once) { "replace" } else { "replaceAll" };
        Some(MethodCall { name, receiver: *call.args.first()?, args: call.args.get(1..3)?.to_vec(), span: call.span })
    };
    method_calls(context.file, &["Replace", "ReplaceAll"]).into_iter().filter_map(shifted).collect()
}

fn judge(context: &Context<'_>, all: &[MethodCall<'_>], call: &MethodCall<'_>) -> Option<CheckFinding> {
    // With more arguments it is another function of that name.
    if call.args.len() != 2 {
        return None;
    }
    let pattern = pattern_of(context, call)?;
    let with = constant_text(context.file, *call.args.get(1)?)?;
    let message = if first_only(call, &pattern, &with) {
        "Only the first occurrence is replaced; later ones stay as they are"
    } else if escapes_quotes_alone(&pattern, &with) && !handles_backslashes(context, all, call) {
        "Quotes are escaped but backslashes are not, so that a backslash in the text undoes the escape"
    } else if with.is_empty() && (removes_sequence(&pattern) || removes_text(context, &pattern)) {
        "What is left after the removal can be the removed text again"
    } else {
        return None;
    };
    Some(CheckFinding {
        // A chain of calls begins where its first text stands; what is wrong stands at this call's own arguments.
        span: call.args.first().map_or(call.span, |a| context.file.expr(*a).span),
        function: context.function_at(call.span),
        sink: call.name.to_string(),
        message: Some(message.to_string()),
        confidence: Confidence::Medium,
        flow: Vec::new(),
    })
}

/// Whether a character that does harm is replaced once only.
fn first_only(call: &MethodCall<'_>, pattern: &Pattern, with: &str) -> bool {
    let (character, literal) = match pattern {
        Pattern::Text(text) if call.name == "replace" => (text.clone(), true),
        Pattern::Regex { pattern, flags } if !flags.contains('g') => (unescaped(pattern), false),
        _ => return false,
    };
    if character == "%25" || (character == "/" && with == "%2F") {
        return true;
    }
    let mut characters = character.chars();
    let (Some(only), None) = (characters.next(), characters.next()) else { return false };
    let single_in_pattern = match pattern {
        // An unescaped sign of the pattern language is no character of the text.
        Pattern::Regex { pattern, .. } => !(pattern.len() == 1 && "*|$".contains(only)),
        Pattern::Text(_) => true,
    };
    let bracket = BRACKETS.contains(only) && (!literal || !with.is_empty());
    single_in_pattern && (META.contains(only) || bracket)
}

/// Whether quotes, and nothing else, are escaped by a backslash.
fn escapes_quotes_alone(pattern: &Pattern, with: &str) -> bool {
    let matched = match pattern {
        Pattern::Text(text) => text.clone(),
        Pattern::Regex { pattern, flags } if flags.contains('g') => unescaped(pattern),
        Pattern::Regex { .. } => return false,
    };
    let only_quotes = matched.chars().any(|c| QUOTES.contains(c))
        && matched.chars().all(|c| QUOTES.contains(c) || "[]()|".contains(c));
    let rest = with.strip_prefix('\\').map(|r| r.strip_prefix('\\').unwrap_or(r));
    let escaped = rest.is_some_and(|r| r == "$&" || r == "$1" || r == "$0" || (r.len() == 1 && QUOTES.contains(r)));
    only_quotes && escaped
}

/// Whether backslashes are dealt with in the same function.
fn handles_backslashes(context: &Context<'_>, all: &[MethodCall<'_>], call: &MethodCall<'_>) -> bool {
    let function = context.function_at(call.span);
    let replaced =
        all.iter().filter(|c| context.function_at(c.span) == function).any(|other| match pattern_of(context, other) {
            Some(Pattern::Text(text)) => text == "\\",
            Some(Pattern::Regex { pattern, .. }) => pattern.contains("\\\\"),
            None => false,
        });
    let stringified = context.facts.calls.iter().any(|c| c.function == function && c.path == "JSON.stringify");
    replaced || stringified
}

/// Whether the pattern is after a sequence of characters that can come together again from what stood around it.
fn removes_sequence(pattern: &Pattern) -> bool {
    let Pattern::Regex { pattern, .. } = pattern else { return false };
    if pattern.starts_with('^') {
        return false;
    }
    let plain = unescaped(&pattern.to_ascii_lowercase().replace("\\x2e", ".").replace("\\x2f", "/"));
    // Handlers in attributes: `onclick=` in any spelling.
    let handler = pattern.contains("on\\w+") && plain.contains('=');
    handler || plain.contains("\\sng-") || REMOVED.iter().any(|r| plain.contains(r))
}

/// Whether the text that is removed, wherever it stands, can come together again.
fn removes_text(context: &Context<'_>, pattern: &Pattern) -> bool {
    let (Pattern::Text(text), Language::Go) = (pattern, context.file.language) else { return false };
    let text = text.to_ascii_lowercase();
    text.starts_with("..\\") || REMOVED.iter().any(|r| text.contains(r))
}

/// A pattern without the backslashes in front of characters that stand for themselves.
fn unescaped(pattern: &str) -> String {
    let mut out = String::with_capacity(pattern.len());
    let mut characters = pattern.chars().peekable();
    while let Some(c) = characters.next() {
        if c == '\\' && characters.peek().is_some_and(|n| !n.is_alphanumeric()) {
            out.extend(characters.next());
        } else {
            out.push(c);
        }
    }
    out
}
