//! What is no longer there: checks, calls, handlers, returned values, constants.

use std::collections::BTreeMap;

use super::align::Gap;
use super::control::{polarity, refuses, strengthened};
use super::units::{Branch, Guard, Kind, Unit, Units, folded};
use super::{Scope, rejected, shown};
use crate::rules::place::documented;
use crate::syntax::hir::{ExprId, ExprKind, Language, Literal, Span};
use crate::verify::Rejection;
use crate::verify::effects::is_remedy;

/// Every unit that has nothing to do with the findings is there as it was, where it was.
pub fn all(scope: &Scope<'_>) -> Result<(), Rejection> {
    for gap in &scope.alignment.gaps {
        let mut answered: Vec<usize> = Vec::new();
        for at in &gap.old {
            let Some(unit) = scope.old.get(*at) else { continue };
            judge(scope, gap, *at, unit, &mut answered)?;
        }
    }
    Ok(())
}

fn judge<'a>(
    scope: &Scope<'a>,
    gap: &Gap,
    at: usize,
    unit: &'a Unit,
    answered: &mut Vec<usize>,
) -> Result<(), Rejection> {
    let concern = &scope.case.concern;
    let direct = concern.is_direct(unit);
    match unit.kind {
        Kind::Test | Kind::Assert => test(scope, gap, at, unit, direct, answered),
        _ if direct => settings(scope, gap, unit),
        Kind::Try | Kind::Define => Ok(()),
        Kind::Handler => Err(rejected(format!("it no longer handles {} as before", what_is_caught(unit)))),
        _ if concern.is_near(&scope.case.old, unit) => calls(scope, gap, unit),
        _ => exactly(scope, gap, at, unit),
    }
}

fn what_is_caught(unit: &Unit) -> String {
    if unit.text.is_empty() { "errors".to_string() } else { shown(&unit.text) }
}

fn units<'a>(all: &'a [Unit], at: &'a [usize]) -> impl Iterator<Item = (usize, &'a Unit)> {
    at.iter().filter_map(|i| Some((*i, all.get(*i)?)))
}

/// A condition stays, or becomes one that lets less through. One that holds a finding becomes another, but not one with
/// more ways around it.
fn test(
    scope: &Scope<'_>,
    gap: &Gap,
    at: usize,
    unit: &Unit,
    direct: bool,
    answered: &mut Vec<usize>,
) -> Result<(), Rejection> {
    let gone = || rejected(format!("it no longer checks {}", shown(&unit.text)));
    let open: Vec<(usize, &Unit)> =
        units(scope.new, &gap.new).filter(|(i, n)| n.kind == unit.kind && !answered.contains(i)).collect();
    let polarity = polarity(&scope.case.old, scope.old, at);
    if let Some((i, _)) = open.iter().find(|(_, n)| strengthened(&unit.text, &n.text, polarity)) {
        answered.push(*i);
        return Ok(());
    }
    if !direct {
        return Err(gone());
    }
    let Some((i, now)) = open.first() else { return Ok(()) };
    answered.push(*i);
    let count = |text: &str, words: &[&str]| words.iter().map(|w| text.matches(w).count()).sum::<usize>();
    let (and, or): (&[&str], &[&str]) = (&["&&", " and "], &["||", " or "]);
    let more = |words: &[&str]| count(&now.text, words) > count(&unit.text, words);
    let around = match polarity {
        super::control::Polarity::Refuses => more(and),
        super::control::Polarity::Allows => more(or),
        super::control::Polarity::Unclear => more(and) || more(or),
    };
    if around { Err(rejected(format!("it adds a way around the check {}", shown(&now.text)))) } else { Ok(()) }
}

/// The settings in the finding's own statement stay, except those that the finding or its remedy speaks of; where none of these
/// changed, one other may have.
fn settings<'a>(scope: &Scope<'a>, gap: &Gap, unit: &'a Unit) -> Result<(), Rejection> {
    let (old, new) = (&scope.case.old, &scope.case.new);
    let findings = scope.case.findings.iter().map(|f| format!("{} {} {} ", f.rule, f.message, f.sink));
    let spoken: String = findings.chain(scope.case.rules.iter().map(|r| r.remedy.clone())).collect();
    let spoken = spoken.to_lowercase();
    let after: Vec<(String, String)> = units(scope.new, &gap.new).flat_map(|(_, u)| named_constants(new, u)).collect();
    let mut changed = named_constants(old, unit);
    changed.retain(|(name, value)| {
        let mut now = after.iter().filter(|(n, _)| n == name).map(|(_, v)| v).peekable();
        now.peek().is_some() && !now.any(|v| v == value)
    });
    let all = changed.len();
    changed.retain(|(name, _)| !spoken.contains(&name.to_lowercase()));
    let Some((name, value)) = changed.first().filter(|_| all > 1) else { return Ok(()) };
    Err(rejected(format!("it changes the setting {} from {}", shown(name), shown(value))))
}

/// The constants that a unit gives to keywords and keys.
fn named_constants(code: &Units<'_>, unit: &Unit) -> Vec<(String, String)> {
    let constant = |id: ExprId| matches!(code.file.expr(id).kind, ExprKind::Literal(_));
    let text = |id: ExprId| folded(code.source.slice(code.file.expr(id).span));
    let mut out = Vec::new();
    for (_, expr) in code.exprs(unit) {
        match &expr.kind {
            ExprKind::Call { args, .. } => {
                let named = args.iter().filter_map(|a| Some((code.file.text(a.name?), a.value)));
                out.extend(named.filter(|(_, v)| constant(*v)).map(|(n, v)| (n.to_string(), text(v))));
            }
            ExprKind::Collection { entries, .. } => {
                let named = entries.iter().filter_map(|e| match &code.file.expr(e.key?).kind {
                    ExprKind::Literal(Literal::Str(key)) => Some((key.to_string(), e.value)),
                    _ => None,
                });
                out.extend(named.filter(|(_, v)| constant(*v)).map(|(n, v)| (n, text(v))));
            }
            _ => {}
        }
    }
    out
}

/// A call or check has its counterpart, in which names that have to do with the finding may be others.
fn exactly<'a>(scope: &Scope<'a>, gap: &Gap, at: usize, unit: &'a Unit) -> Result<(), Rejection> {
    let blurred = blur(&unit.text, &|name| scope.case.concern.data.contains(name));
    let counterpart = units(scope.new, &gap.new).any(|(_, now)| {
        let alike = |name: &str| scope.case.concern.data.contains(name) || scope.is_new(name);
        now.kind == unit.kind && blur(&now.text, &alike) == blurred
    });
    if counterpart || is_refusal_reworded(scope, gap, at, unit) || is_left_over(scope, unit) {
        return Ok(());
    }
    Err(rejected(format!("it drops or changes {}, which the weakness has nothing to do with", shown(&unit.text))))
}

/// Another way to refuse stands in the place of one.
fn is_refusal_reworded(scope: &Scope<'_>, gap: &Gap, at: usize, unit: &Unit) -> bool {
    refuses(&scope.case.old, scope.old, at)
        && units(scope.new, &gap.new).any(|(i, n)| n.kind == unit.kind && refuses(&scope.case.new, scope.new, i))
}

/// A local value that nothing uses any more, and that was made without an effect.
fn is_left_over<'a>(scope: &Scope<'a>, unit: &'a Unit) -> bool {
    let old = &scope.case.old;
    let bound = old.bound(unit);
    let used = |name: &&str| scope.new.iter().any(|u| scope.case.new.names(u).contains(*name));
    let calls = old.inspected.facts.calls.iter().filter(|c| unit.has(c.span));
    let quiet = calls.into_iter().all(|c| c.known && c.effects.is_empty() && c.callees.is_empty());
    unit.kind == Kind::Assign && !bound.is_empty() && quiet && !bound.iter().any(used)
}

/// What prepares the finding's statement, or works on its result, may be another; but what it calls stays, except where
/// that is a method of the result, or a call that is known to do nothing to the world.
fn calls<'a>(scope: &Scope<'a>, gap: &Gap, unit: &'a Unit) -> Result<(), Rejection> {
    let (old, new) = (&scope.case.old, &scope.case.new);
    let mut left: BTreeMap<&str, usize> = BTreeMap::new();
    for (_, now) in units(scope.new, &gap.new) {
        for call in new.inspected.facts.calls.iter().filter(|c| now.has(c.span)) {
            *left.entry(last(&call.path)).or_default() += 1;
        }
    }
    let case = scope.case;
    let remedied = units(scope.new, &gap.new).any(|(_, now)| {
        let mut calls = new.inspected.facts.calls.iter().filter(|c| now.has(c.span));
        calls.any(|c| is_remedy(&case.rules, c, new.file.language, case.library))
    });
    for call in old.inspected.facts.calls.iter().filter(|c| unit.has(c.span)) {
        let count = left.entry(last(&call.path)).or_default();
        if *count > 0 {
            *count -= 1;
            continue;
        }
        let concern = &scope.case.concern;
        let of_result =
            receiver(old, call.span).is_some_and(|r| concern.results.contains(r) || concern.used.contains(r));
        let quiet = call.known && call.effects.is_empty() && call.callees.is_empty();
        let replaced = remedied && call.known && call.callees.is_empty();
        if !of_result && !quiet && !replaced {
            return Err(rejected(format!("it no longer calls {}", shown(&documented(&call.path)))));
        }
    }
    Ok(())
}

fn last(path: &str) -> &str {
    path.rsplit('.').next().unwrap_or(path)
}

fn receiver<'a>(units: &Units<'a>, span: Span) -> Option<&'a str> {
    let call = units.file.exprs.iter().find(|e| e.span == span && matches!(e.kind, ExprKind::Call { .. }))?;
    let ExprKind::Call { callee, .. } = &call.kind else { return None };
    units.root(*callee)
}

/// A text with the words that are alike as `_`.
fn blur(text: &str, alike: &dyn Fn(&str) -> bool) -> String {
    let mut out = String::with_capacity(text.len());
    let mut word = String::new();
    for c in text.chars().chain(['\n']) {
        if c.is_alphanumeric() || c == '_' {
            word.push(c);
            continue;
        }
        out.push_str(if alike(&word) { "_" } else { &word });
        word.clear();
        out.push(c);
    }
    out
}

/// What stayed is still done under the same conditions, and under no new one that can leave it out unnoticed.
pub fn reached(scope: &Scope<'_>) -> Result<(), Rejection> {
    for &(before, after) in &scope.alignment.kept {
        let (Some(old), Some(new)) = (scope.old.get(before), scope.new.get(after)) else { continue };
        if matches!(old.kind, Kind::Try | Kind::Define | Kind::Jump) || old.guards == new.guards && before == after {
            continue;
        }
        let mut rest = new.guards.iter();
        for guard in &old.guards {
            let Some(now) = counterpart(scope, guard) else { continue };
            let found = rest.by_ref().any(|g| *g == now);
            if !found {
                let head = scope.old.get(guard.unit).map_or("", |u| &u.text);
                let message = format!("it no longer does {} only where {} is checked", shown(&old.text), shown(head));
                return Err(rejected(message));
            }
        }
        let near = scope.case.concern.is_near(&scope.case.old, old);
        let expected: Vec<Guard> = old.guards.iter().filter_map(|g| counterpart(scope, g)).collect();
        let added = new.guards.iter().filter(|g| !expected.contains(g) && !near);
        for guard in added.filter(|g| !scope.alignment.stayed(g.unit)) {
            if !is_harmless(scope, guard) {
                let head = scope.new.get(guard.unit).map_or("", |u| &u.text);
                let message = format!("it does {} only under the new condition {}", shown(&old.text), shown(head));
                return Err(rejected(message));
            }
        }
    }
    Ok(())
}

/// The part of a compound statement that was this one: its head stayed, or the only one of its kind in its gap stands in
/// its place.
fn counterpart(scope: &Scope<'_>, guard: &Guard) -> Option<Guard> {
    let branch = guard.branch;
    if let Some(unit) = scope.alignment.now(guard.unit) {
        return Some(Guard { unit, branch });
    }
    let old = scope.old.get(guard.unit)?;
    let gap = scope.alignment.gaps.iter().find(|g| g.old.contains(&guard.unit))?;
    let alike: Vec<usize> = units(scope.new, &gap.new).filter(|(_, n)| n.kind == old.kind).map(|(i, _)| i).collect();
    let heads = gap.old.iter().filter(|i| scope.old.get(**i).is_some_and(|u| u.kind == old.kind)).count();
    match alike.as_slice() {
        [unit] if heads == 1 => Some(Guard { unit: *unit, branch }),
        _ => None,
    }
}

/// A new statement around an old one that cannot leave it out unnoticed: a block that manages something, a `try`, a condition
/// whose other side refuses.
fn is_harmless(scope: &Scope<'_>, guard: &Guard) -> bool {
    let Some(head) = scope.new.get(guard.unit) else { return false };
    let units = scope.new;
    match head.kind {
        Kind::With | Kind::Try => true,
        // A callback of what the finding's statement became.
        Kind::Effect | Kind::Assign | Kind::Return => guard.branch == Branch::Inside && scope.on_topic(head),
        Kind::Test => {
            let other = if guard.branch == Branch::Body { Branch::Otherwise } else { Branch::Body };
            let other: Vec<usize> = Units::within(units, guard.unit, other).map(|(i, _)| i).collect();
            if !other.is_empty() {
                return other.iter().any(|i| refuses(&scope.case.new, units, *i));
            }
            // Without another side, what follows must be a refusal, or nothing.
            let inside: Vec<usize> = Units::within(units, guard.unit, guard.branch).map(|(i, _)| i).collect();
            let behind = inside.last().map_or(guard.unit, |i| *i) + 1;
            units
                .get(behind)
                .is_none_or(|u| u.guards.len() < head.guards.len() || refuses(&scope.case.new, units, behind))
        }
        _ => scope.case.new.file.language == Language::Go && head.text.is_empty(),
    }
}
