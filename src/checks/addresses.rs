//! Checks on the addresses of sites that let other sites through: patterns without anchors or with dots that match any
//! character, and comparisons of a part of the text.

use std::sync::LazyLock;

use regex::Regex;
use rustc_hash::FxHashSet;

use super::text::{constant_text, method_calls};
use super::{CheckFinding, Context};
use crate::finding::Confidence;
use crate::syntax::hir::{BinaryOp, ExprId, ExprKind, FunctionId, Language, Literal, Span};

/// What a comparison with a part of the text lets through.
const ANYWHERE: &str = "The address may stand anywhere in the text, also inside another site's address";
/// The names that addresses most often end in.
const ENDINGS: &str = "(?:com|org|net|edu|gov|io|uk)";

/// A pattern that begins with a scheme and a host; the groups: its anchor, and what stands behind the host.
static SITE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(&format!(r"^\(*(\^?)\(*https?\??:?(?:\\?/){{2}}[\w\-.\\|()?:*+\[\]]*\\*\.{ENDINGS}\)*(.*)$")).ok()
});
/// A pattern that begins with a host.
static HOST: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(&format!(r"^\(?[a-z0-9\-]+(?:\\?\.[a-z0-9\-]+)*\\?\.{ENDINGS}\)?(?:\\/.*)?$")).ok());
/// A dot of a host's name that matches any character.
static ANY_CHARACTER: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(&format!(
        r"(?:^|[^\\])(?:[\w\])]|[*+?]\))\??\.(?:[a-z0-9\-]+|\([a-z0-9\-|]+\))(?:\\)?\.{ENDINGS}(?:[^a-z0-9\-]|$)"
    ))
    .ok()
});
/// An address or a host as a text.
static ADDRESS: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(&format!(
        r"(?i)^(?:(https?://)[a-z0-9\-.]+\.[a-z]{{2,}}|\.?(?:[a-z0-9\-]+\.)+{ENDINGS})((?::\d+)?)(/?)$"
    ))
    .ok()
});

/// Judges every pattern and every comparison of a part of a text.
pub fn check(context: &Context<'_>) -> Vec<CheckFinding> {
    let mut found: Vec<CheckFinding> = patterns(context)
        .into_iter()
        .filter_map(|(span, function, pattern)| {
            let message = judge(&pattern)?;
            Some(finding(span, function, "a regular expression", message))
        })
        .collect();
    found.extend(comparisons(context));
    found.extend(super::schemes::check(context));
    found.sort_by_key(|f| f.span);
    found.dedup_by_key(|f| f.span);
    found
}

fn finding(span: Span, function: FunctionId, sink: &str, message: &str) -> CheckFinding {
    CheckFinding {
        span,
        function,
        sink: sink.to_string(),
        message: Some(message.to_string()),
        confidence: Confidence::Medium,
        flow: Vec::new(),
    }
}

/// Every regular expression of the file that decides something: those that replace or split decide nothing.
fn patterns(context: &Context<'_>) -> Vec<(Span, FunctionId, String)> {
    let mut seen = FxHashSet::default();
    let mut all = Vec::new();
    for fact in &context.facts.patterns {
        let method = fact.target.rsplit('.').next().unwrap_or_default();
        if seen.insert(fact.literal) && !matches!(method, "replace" | "replaceAll" | "split") {
            all.push((fact.literal, fact.function, fact.pattern.clone()));
        }
    }
    for expr in &context.file.exprs {
        if let ExprKind::Literal(Literal::Regex { pattern, .. }) = &expr.kind
            && seen.insert(expr.span)
        {
            all.push((expr.span, context.function_at(expr.span), pattern.to_string()));
        }
    }
    all
}

fn judge(pattern: &str) -> Option<&'static str> {
    if pattern.len() > 2_000 {
        return None;
    }
    if half_anchored(&alternatives(pattern)) {
        return Some("The anchor holds for one alternative only; the others match anywhere in the text");
    }
    if let Some(found) = SITE.as_ref().and_then(|r| r.captures(pattern)) {
        let part = |i| found.get(i).map_or("", |m| m.as_str());
        if part(1).is_empty() {
            return Some(
                "Nothing ties the address to the beginning of the text, so that it may stand inside another one",
            );
        }
        if part(2).is_empty() || part(2).starts_with([')', '|']) {
            return Some("Nothing ends the name of the host, so that another host may begin with it");
        }
    } else if HOST.as_ref().is_some_and(|r| r.is_match(pattern)) && pattern.contains("\\.") {
        return Some("Nothing ties the host to the beginning of the text, so that it may stand inside another address");
    }
    ANY_CHARACTER
        .as_ref()
        .is_some_and(|r| r.is_match(pattern))
        .then_some("A dot in the host's name matches any character, so that other hosts match too")
}

/// The alternatives of a pattern outside all groups.
fn alternatives(pattern: &str) -> Vec<String> {
    let (mut all, mut current, mut depth, mut class) = (Vec::new(), String::new(), 0u32, false);
    let mut characters = pattern.chars();
    while let Some(c) = characters.next() {
        match c {
            '\\' => {
                current.push(c);
                current.extend(characters.next());
                continue;
            }
            '[' => class = true,
            ']' => class = false,
            '(' if !class => depth += 1,
            ')' if !class => depth = depth.saturating_sub(1),
            '|' if !class && depth == 0 => {
                all.push(std::mem::take(&mut current));
                continue;
            }
            _ => {}
        }
        current.push(c);
    }
    all.push(current);
    all
}

/// Whether only the first alternative is tied to the beginning, or only the last to the end.
fn half_anchored(all: &[String]) -> bool {
    let ([first, .., last], true) = (all, all.iter().all(|a| has_letters(a))) else { return false };
    let begins = |a: &String| a.contains('^');
    let ends = |a: &String| a.contains('$');
    let first_only = first.starts_with('^') && all.iter().filter(|a| begins(a)).count() == 1;
    let last_only = last.ends_with('$') && !last.ends_with("\\$") && all.iter().filter(|a| ends(a)).count() == 1;
    match (first_only, last_only) {
        // `^begin|end$` says what it means.
        (true, true) => all.len() > 2,
        (true, false) => !all.iter().any(ends),
        (false, true) => !all.iter().any(begins),
        (false, false) => false,
    }
}

/// Whether letters stand in it for themselves.
fn has_letters(pattern: &str) -> bool {
    let (mut escaped, mut class) = (false, false);
    for c in pattern.chars() {
        if !escaped && !class && c.is_ascii_alphabetic() {
            return true;
        }
        class = if escaped { class } else { (class || c == '[') && c != ']' };
        escaped = c == '\\' && !escaped;
    }
    false
}

/// Texts that are searched for, or compared with the beginning or the end of another, and are addresses.
fn comparisons(context: &Context<'_>) -> Vec<CheckFinding> {
    let mut found = Vec::new();
    let names = [
        "includes",
        "indexOf",
        "startsWith",
        "endsWith",
        "Contains",
        "Index",
        "HasPrefix",
        "HasSuffix",
        "startswith",
        "endswith",
    ];
    for call in method_calls(context.file, &names) {
        // Go's are functions of its package for text: the text that is looked for stands second.
        let (name, position) = match call.name {
            "Contains" => ("includes", 1),
            "Index" => ("indexOf", 1),
            "HasPrefix" => ("startsWith", 1),
            "HasSuffix" => ("endsWith", 1),
            "startswith" => ("startsWith", 0),
            "endswith" => ("endsWith", 0),
            name => (name, 0),
        };
        let Some(text) = call.args.get(position).and_then(|a| constant_text(context.file, *a)) else { continue };
        let Some(parts) = ADDRESS.as_ref().and_then(|r| r.captures(&text)) else { continue };
        let part = |i| parts.get(i).is_some_and(|m| !m.as_str().is_empty());
        let (scheme, port, slash) = (part(1), part(2), part(3));
        let weak = match name {
            "includes" => !is_collection(context, call.receiver),
            "indexOf" => {
                let excused = slash && is_compared_with_zero(context, call.span);
                !(excused || is_collection(context, call.receiver) || is_summand(context, call.span))
            }
            "startsWith" => scheme && !slash && !port,
            _ => !text.starts_with('.') && !scheme,
        };
        if weak {
            found.push(finding(call.span, context.function_at(call.span), call.name, ANYWHERE));
        }
    }
    found.extend(memberships(context));
    found
}

/// Python's `"example.com" in address`.
fn memberships(context: &Context<'_>) -> Vec<CheckFinding> {
    let mut found = Vec::new();
    for expr in context.file.exprs.iter().filter(|_| context.file.language == Language::Python) {
        let ExprKind::Binary { op: BinaryOp::In | BinaryOp::NotIn, left, right } = expr.kind else { continue };
        let Some(text) = constant_text(context.file, left) else { continue };
        let is_address = ADDRESS.as_ref().is_some_and(|r| r.is_match(&text));
        if is_address && !is_collection(context, right) {
            found.push(finding(expr.span, context.function_at(expr.span), "in", ANYWHERE));
        }
    }
    found
}

/// Whether elements are compared, not parts of a text.
fn is_collection(context: &Context<'_>, searched: ExprId) -> bool {
    if context.file.language == Language::Go {
        return false;
    }
    let plural = |text: &str| text.ends_with('s') && !text.ends_with("ss") && !text.ends_with("address");
    match &context.file.expr(searched).kind {
        ExprKind::Collection { .. } => true,
        ExprKind::Name(name) | ExprKind::Member { name, .. } => plural(context.file.text(*name)),
        _ => false,
    }
}

/// Whether a call is compared with the number zero.
fn is_compared_with_zero(context: &Context<'_>, call: Span) -> bool {
    context.file.exprs.iter().any(|expr| match &expr.kind {
        ExprKind::Binary { op: BinaryOp::Eq | BinaryOp::NotEq, left, right } => {
            let zero = matches!(context.file.expr(*right).kind, ExprKind::Literal(Literal::Int(0)));
            zero && context.file.expr(*left).span == call
        }
        _ => false,
    })
}

/// Whether a position is reckoned with.
fn is_summand(context: &Context<'_>, call: Span) -> bool {
    context.file.exprs.iter().any(|expr| match &expr.kind {
        ExprKind::Binary { op: BinaryOp::Add | BinaryOp::Sub, left, right } => {
            [left, right].iter().any(|side| context.file.expr(**side).span == call)
        }
        _ => false,
    })
}
