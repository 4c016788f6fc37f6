//! Equivalent patterns that match in linear time, for the shapes that are slow most often. Each rewriting is only proposed:
//! it is kept when its automaton accepts the same strings as the old one and its own verdict is `Safe`.

use std::collections::{BTreeSet, VecDeque};

use super::ast::{Class, Kind, Node, Repeat};
use super::charset::CharSet;
use super::language::same_strings;
use super::parse::{self, Parsed};
use super::{Dialect, Flags, MatchKind, Verdict, analyse, effective};
use crate::syntax::hir::Span;

/// How many rewritings of a pattern are looked at.
const MAX_TRIED: usize = 60;
/// How many of those that accept the same strings are analysed.
const MAX_EQUAL: usize = 10;

/// Replacements of parts of the pattern that belong together.
type Proposal = Vec<(Span, String)>;

/// A pattern that accepts the same strings, keeps the groups and their numbers, and is safe; `None` when none is known or
/// the pattern is safe already. In a search it finds matches in the same texts, which need not begin and end at the
/// same places.
pub fn suggest_linear(pattern: &str, dialect: Dialect, flags: Flags, kind: MatchKind) -> Option<String> {
    let slow = |verdict: &Verdict| matches!(verdict, Verdict::Exponential { .. } | Verdict::Polynomial { .. });
    if !slow(&analyse(pattern, dialect, flags, kind)) {
        return None;
    }
    let original = parse::parse(pattern, dialect, flags).ok()?;
    let mut known: BTreeSet<String> = BTreeSet::from([pattern.to_owned()]);
    let mut queue: VecDeque<String> = VecDeque::from([pattern.to_owned()]);
    let (mut tried, mut equal) = (0, 0);
    while let Some(current) = queue.pop_front() {
        let parsed = parse::parse(&current, dialect, flags).ok()?;
        for text in proposals(&current, &parsed, kind).into_iter().filter_map(|proposal| apply(&current, proposal)) {
            if !known.insert(text.clone()) {
                continue;
            }
            tried += 1;
            if tried > MAX_TRIED {
                return None;
            }
            if !equivalent(&text, &original, dialect, flags, kind) {
                continue;
            }
            equal += 1;
            if equal > MAX_EQUAL {
                return None;
            }
            if analyse(&text, dialect, flags, kind) == Verdict::Safe {
                return Some(text);
            }
            queue.push_back(text);
        }
    }
    None
}

/// Whether the rewriting has the same groups and accepts the same strings.
fn equivalent(text: &str, original: &Parsed, dialect: Dialect, flags: Flags, kind: MatchKind) -> bool {
    parse::parse(text, dialect, flags).is_ok_and(|parsed| {
        parsed.groups == original.groups && same_strings(original, &parsed, dialect, effective(kind, flags))
    })
}

fn apply(pattern: &str, mut proposal: Proposal) -> Option<String> {
    proposal.sort_by_key(|(span, _)| (span.start, span.end));
    let mut text = String::with_capacity(pattern.len());
    let mut at = 0;
    for (span, replacement) in proposal {
        text.push_str(pattern.get(at..span.range().start)?);
        text.push_str(&replacement);
        at = span.range().end;
    }
    text.push_str(pattern.get(at..)?);
    Some(text)
}

fn proposals(pattern: &str, parsed: &Parsed, kind: MatchKind) -> Vec<Proposal> {
    let mut all = Vec::new();
    for node in parsed.root.walk() {
        match &node.kind {
            Kind::Repeat(repeat) => {
                nested(repeat, &mut all);
                alternatives(pattern, repeat, &mut all);
                flattened(pattern, repeat, &mut all);
            }
            Kind::Concat(nodes) => {
                neighbours(nodes, &mut all);
                separated(pattern, nodes, &mut all);
            }
            _ => {}
        }
    }
    if kind == MatchKind::Search {
        run_start(pattern, &parsed.root, &mut all);
    }
    all
}

/// `(x+)+` → `(x+)`, `(x+)*` → `(x+)?`, or without the inner quantifier.
fn nested(repeat: &Repeat, all: &mut Vec<Proposal>) {
    let Kind::Repeat(inner) = &repeat.node.bare().kind else { return };
    all.push(vec![(repeat.quantifier, String::new())]);
    all.push(vec![(repeat.quantifier, "?".to_owned())]);
    all.push(vec![(inner.quantifier, String::new())]);
    all.push(vec![(repeat.quantifier, String::new()), (inner.quantifier, "*".to_owned())]);
}

/// `\s*\s*` → `\s*`: either neighbour may go, or lose its quantifier.
fn neighbours(nodes: &[Node], all: &mut Vec<Proposal>) {
    let sets: Vec<Option<(&Repeat, CharSet)>> = nodes.iter().map(loop_over).collect();
    for (pair, both) in nodes.windows(2).zip(sets.windows(2)) {
        let ([left, right], [Some((first, a)), Some((second, b))]) = (pair, both) else { continue };
        if a.intersection(b).is_empty() {
            continue;
        }
        all.push(vec![(left.span, String::new())]);
        all.push(vec![(right.span, String::new())]);
        all.push(vec![(first.quantifier, String::new())]);
        all.push(vec![(second.quantifier, String::new())]);
    }
}

/// The repetition and its characters, when the node is an unbounded repetition of single characters outside any group.
fn loop_over(node: &Node) -> Option<(&Repeat, CharSet)> {
    let Kind::Repeat(repeat) = &node.kind else { return None };
    let Kind::Class(class) = &repeat.node.kind else { return None };
    repeat.max.is_none().then(|| (&**repeat, class.set.clone()))
}

/// `(?:a|b|ab)*` → `(?:a|b)*`, `(\w|\d)*` → `(\w)*`: an alternative that adds nothing goes.
fn alternatives(pattern: &str, repeat: &Repeat, all: &mut Vec<Proposal>) {
    let Kind::Alternate(branches) = &repeat.node.bare().kind else { return };
    for (i, branch) in branches.iter().enumerate().rev() {
        let mut span = branch.span;
        if i == 0 {
            span.end = branches.get(1).map_or(span.end, |next| next.span.start);
        } else {
            span.start = branches.get(i - 1).map_or(span.start, |before| before.span.end);
        }
        all.push(vec![(span, String::new())]);
    }
    let classes: Option<Vec<&Class>> = branches.iter().map(class_of).collect();
    if let (Some(classes), Some(first), Some(last)) = (classes, branches.first(), branches.last())
        && let Some(union) = union_text(pattern, branches, &classes)
    {
        all.push(vec![(Span { start: first.span.start, end: last.span.end }, union)]);
    }
}

/// `(\s*,?\s*)*` → `([\s,])*`: a loop over parts that may each be left out is one over all their characters.
fn flattened(pattern: &str, repeat: &Repeat, all: &mut Vec<Proposal>) {
    let body = repeat.node.bare();
    let Kind::Concat(parts) = &body.kind else { return };
    let singles: Vec<&Node> = parts
        .iter()
        .map(|part| match &part.kind {
            Kind::Repeat(inner) => &inner.node,
            _ => part,
        })
        .collect();
    let Some(classes) = singles.iter().map(|node| class_of(node)).collect::<Option<Vec<&Class>>>() else { return };
    let nodes: Vec<Node> = singles.iter().map(|node| (*node).clone()).collect();
    if let Some(union) = union_text(pattern, &nodes, &classes) {
        all.push(vec![(body.span, union.clone())]);
        all.push(vec![(body.span, union), (repeat.quantifier, "*".to_owned())]);
    }
}

fn class_of(node: &Node) -> Option<&Class> {
    match &node.kind {
        Kind::Class(class) => Some(class),
        _ => None,
    }
}

/// A class for what any of the nodes reads, written with their own text; parts that another one covers are left out.
fn union_text(pattern: &str, nodes: &[Node], classes: &[&Class]) -> Option<String> {
    let mut kept: Vec<(&CharSet, String)> = Vec::new();
    for (node, class) in nodes.iter().zip(classes) {
        let text = match &class.bracket {
            Some(bracket) if bracket.negated => return None,
            Some(_) => pattern.get(node.span.range())?.strip_prefix('[')?.strip_suffix(']')?.to_owned(),
            None => in_brackets(pattern.get(node.span.range())?)?,
        };
        if kept.iter().any(|(known, _)| class.set.is_subset(known)) {
            continue;
        }
        kept.retain(|(known, _)| !known.is_subset(&class.set));
        kept.push((&class.set, text));
    }
    Some(format!("[{}]", kept.into_iter().map(|(_, text)| text).collect::<String>()))
}

/// The text of a single character or escape as it is written between brackets.
fn in_brackets(text: &str) -> Option<String> {
    match text {
        "." => None,
        "]" | "[" | "^" | "-" | "&" => Some(format!("\\{text}")),
        _ => Some(text.to_owned()),
    }
}

/// `A+cB+`, where `A` contains `c`: the first or the last `c` decides. `[^\s@]+\.[^\s@]+` → `[^\s@][^\s@.]*\.[^\s@]+`.
fn separated(pattern: &str, nodes: &[Node], all: &mut Vec<Proposal>) {
    for window in nodes.windows(3) {
        let [left, mark, right] = window else { continue };
        let (Some((first, a)), Some(separator), Some((second, b))) =
            (loop_over(left), class_of(mark), loop_over(right))
        else {
            continue;
        };
        let both = first.min <= 1 && second.min <= 1 && separator.set.is_subset(&a);
        let Some(text) = both.then(|| pattern.get(mark.span.range())).flatten() else { continue };
        let Some(without) =
            class_of(&first.node).and_then(|class| minus(pattern, &first.node, class, &separator.set, text))
        else {
            continue;
        };
        let Some(full) = pattern.get(first.node.span.range()) else { continue };
        let head = if first.min == 1 { full } else { "" };
        if separator.set.intersection(&b).is_empty() {
            all.push(vec![(left.span, head.to_owned()), (mark.span, format!("(?:{without}*{text})+"))]);
        }
        all.push(vec![(left.span, format!("{head}{without}*"))]);
    }
}

/// The text of a class without the characters of another.
fn minus(pattern: &str, node: &Node, class: &Class, removed: &CharSet, removed_text: &str) -> Option<String> {
    let inside = in_brackets(removed_text)?;
    let text = pattern.get(node.span.range())?;
    // Escapes that need none between brackets read better without.
    let inside = if inside == "\\." { ".".to_owned() } else { inside };
    match &class.bracket {
        Some(bracket) if bracket.negated => Some(format!("{}{inside}]", text.strip_suffix(']')?)),
        Some(bracket) => {
            let kept = bracket.items.iter().filter(|(_, set)| !set.is_subset(removed));
            let parts = kept.map(|(span, set)| set.intersection(removed).is_empty().then(|| pattern.get(span.range())));
            let parts: Option<Option<String>> = parts.collect();
            parts
                .flatten()
                .filter(|parts| !parts.is_empty() && !parts.starts_with('^'))
                .map(|parts| format!("[{parts}]"))
        }
        None => match text {
            "." => Some(format!("[^\\n\\r\\u2028\\u2029{inside}]")),
            "\\S" => Some(format!("[^\\s{inside}]")),
            "\\W" => Some(format!("[^\\w{inside}]")),
            "\\D" => Some(format!("[^\\d{inside}]")),
            _ => None,
        },
    }
}

/// A search for `x+…` may skip places inside a run of `x`: `\s+$` → `(?<!\s)\s+$`.
fn run_start(pattern: &str, root: &Node, all: &mut Vec<Proposal>) {
    let mut first = root.bare();
    while let Kind::Concat(nodes) = &first.kind
        && let Some(node) = nodes.first()
    {
        first = node.bare();
    }
    if let Some((repeat, _)) = loop_over(first)
        && repeat.min == 1
        && let Some(text) = pattern.get(repeat.node.span.range())
    {
        let at = root.span.start;
        all.push(vec![(Span { start: at, end: at }, format!("(?<!{text})"))]);
    }
}
