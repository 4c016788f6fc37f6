//! What is newly done: values that are set, calls, data that is reached for, functions and routes that come along.

use std::collections::{BTreeMap, BTreeSet};

use super::align::Gap;
use super::control::refuses;
use super::units::{Kind, Unit, Units, folded};
use super::{Case, Scope, rejected, shown};
use crate::analysis::facts::CallFact;
use crate::rules::place::documented;
use crate::syntax::hir::{ExprId, ExprKind, Literal, MODULE, Span};
use crate::verify::Rejection;
use crate::verify::effects::is_remedy;

/// Each new unit of a function is of use for the repair.
pub fn useful(scope: &Scope<'_>) -> Result<(), Rejection> {
    let reachable = Reachable::of(scope);
    for gap in &scope.alignment.gaps {
        for at in &gap.new {
            let Some(unit) = scope.new.get(*at) else { continue };
            if unit.kind == Kind::Assign {
                sets(scope, unit)?;
            }
            if unit.kind == Kind::Effect && !refuses(&scope.case.new, scope.new, *at) && !belongs(scope, gap, *at, unit)
            {
                let message = format!("it adds {}, which has nothing to do with the weakness", shown(&unit.text));
                return Err(rejected(message));
            }
            reachable.judge(scope, unit)?;
        }
    }
    Ok(())
}

/// Whether a statement for its effect works on the finding's data, writes a log line, or stands in the place of one.
fn belongs(scope: &Scope<'_>, gap: &Gap, at: usize, unit: &Unit) -> bool {
    let logs = scope.case.new.inspected.facts.calls.iter().filter(|c| unit.has(c.span)).collect::<Vec<_>>();
    let is_log = |c: &&&CallFact| c.effects.iter().any(|e| e == "log");
    let only_logs = logs.iter().any(|c| is_log(&c)) && logs.iter().all(|c| c.effects.len() <= 1 && c.known);
    if scope.on_data(unit) || only_logs {
        return true;
    }
    let effects = |units: &[Unit], all: &[usize]| {
        let is_effect = |i: &&usize| units.get(**i).is_some_and(|u| u.kind == Kind::Effect);
        all.iter().filter(is_effect).copied().collect::<Vec<usize>>()
    };
    let (old, new) = (effects(scope.old, &gap.old), effects(scope.new, &gap.new));
    let (ours, others): (Vec<usize>, Vec<usize>) =
        new.into_iter().partition(|i| scope.new.get(*i).is_some_and(|u| scope.on_data(u)));
    // What works on the data stands in the place of the statements that did.
    others.into_iter().take(old.len().saturating_sub(ours.len())).any(|i| i == at)
}

/// A new assignment goes to a variable of its own, or to what the finding is about.
fn sets(scope: &Scope<'_>, unit: &Unit) -> Result<(), Rejection> {
    let (new, concern) = (&scope.case.new, &scope.case.concern);
    let mut open: Vec<ExprId> = unit.targets.clone();
    while let Some(id) = open.pop() {
        let expr = new.file.expr(id);
        if let ExprKind::Collection { entries, .. } = &expr.kind {
            open.extend(entries.iter().map(|e| e.value));
            continue;
        }
        let Some(root) = new.root(id) else { continue };
        let own = concern.data.contains(root) || concern.results.contains(root) || scope.is_new(root);
        let plain = matches!(expr.kind, ExprKind::Name(_));
        let text = folded(new.source.slice(expr.span));
        let set_before = || {
            let mut targets = scope.old.iter().flat_map(|u| &u.targets);
            targets.any(|t| folded(scope.case.old.source.slice(scope.case.old.file.expr(*t).span)) == text)
        };
        if !(own || root == "_" || plain && concern.used.contains(root) || set_before()) {
            return Err(rejected(format!("it sets {}, which has nothing to do with the weakness", shown(&text))));
        }
    }
    Ok(())
}

/// What a repair of a function may reach for.
struct Reachable<'a> {
    /// The variables that the function used before.
    names: BTreeSet<&'a str>,
    /// Names that are no data: imports, functions, classes.
    definitions: BTreeSet<&'a str>,
    /// All code that was there before.
    text: String,
}

impl<'a> Reachable<'a> {
    fn of(scope: &Scope<'a>) -> Reachable<'a> {
        let (old, new) = (&scope.case.old, &scope.case.new);
        let names = scope.old.iter().flat_map(|u| old.names(u)).collect();
        let mut definitions: BTreeSet<&str> = BTreeSet::new();
        for file in [old.file, new.file] {
            definitions.extend(file.imports.iter().filter_map(|i| i.local).map(|n| file.text(n)));
            definitions.extend(file.functions.iter().filter_map(|f| f.name).map(|n| file.text(n)));
            definitions.extend(file.classes.iter().filter_map(|c| c.name).map(|n| file.text(n)));
            let params = file.functions.iter().flat_map(|f| &f.params).map(|p| &file.expr(p.pattern).kind);
            definitions
                .extend(params.filter_map(|k| if let ExprKind::Name(n) = k { Some(file.text(*n)) } else { None }));
        }
        Reachable { names, definitions, text: folded(old.source.text()) }
    }

    fn judge(&self, scope: &Scope<'_>, unit: &Unit) -> Result<(), Rejection> {
        let (new, concern) = (&scope.case.new, &scope.case.concern);
        let top: BTreeSet<&str> = assigned_at_the_top(&scope.case.old);
        let credentials = scope.case.rules.iter().any(|r| r.id == "hard-coded-credentials");
        let logged: Vec<Span> = callees_of_logs(new, unit);
        for (_, expr) in new.exprs(unit) {
            match &expr.kind {
                ExprKind::Name(_) | ExprKind::Member { .. } if logged.iter().any(|s| s.contains(expr.span)) => {}
                ExprKind::Name(name) => {
                    let name = new.file.text(*name);
                    let known = self.names.contains(name) || self.definitions.contains(name) || concern.touches(name);
                    if !known && top.contains(name) {
                        return Err(rejected(format!("it uses `{name}`, which the code did not use there")));
                    }
                }
                ExprKind::Member { object, .. } | ExprKind::Index { object, .. } => {
                    let Some(root) = new.root(*object) else { continue };
                    let text = folded(new.source.slice(expr.span));
                    if credentials && ENVIRONMENT.iter().any(|e| text.starts_with(e)) {
                        continue;
                    }
                    let own = concern.data.contains(root) || concern.results.contains(root) || scope.is_new(root);
                    let variable = self.names.contains(root) && !self.is_definition(scope, root);
                    if variable && !own && reads_data(new, unit, expr.span) && !self.text.contains(&text) {
                        return Err(rejected(format!("it reads {}, which the code did not use", shown(&text))));
                    }
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn is_definition(&self, scope: &Scope<'_>, name: &str) -> bool {
        let file = scope.case.old.file;
        file.imports.iter().any(|i| i.local.is_some_and(|l| file.text(l) == name)) && name != "request"
            || file.classes.iter().any(|c| c.name.is_some_and(|n| file.text(n) == name))
            || name.starts_with(char::is_uppercase)
    }
}

/// What is called to write a log line.
fn callees_of_logs(code: &Units<'_>, unit: &Unit) -> Vec<Span> {
    let facts = &code.inspected.facts;
    let logs = facts.calls.iter().filter(|c| unit.has(c.span) && c.effects.iter().any(|e| e == "log"));
    let spans: Vec<Span> = logs.map(|c| c.span).collect();
    let calls = code.file.exprs.iter().filter(|e| spans.contains(&e.span));
    calls
        .filter_map(
            |e| if let ExprKind::Call { callee, .. } = e.kind { Some(code.file.expr(callee).span) } else { None },
        )
        .collect()
}

/// Whether a member or element is read, and not called or written.
fn reads_data(code: &Units<'_>, unit: &Unit, span: Span) -> bool {
    let called = code.file.exprs.iter().any(|e| match &e.kind {
        ExprKind::Call { callee, .. } => code.file.expr(*callee).span == span,
        _ => false,
    });
    let written = unit.targets.iter().any(|t| code.file.expr(*t).span.contains(span));
    !called && !written
}

fn assigned_at_the_top<'a>(code: &Units<'a>) -> BTreeSet<&'a str> {
    code.scopes.get("<module>").into_iter().flatten().flat_map(|u| code.bound(u)).collect()
}

/// Names under which somebody else calls a function without being told to.
const CALLED_BY_OTHERS: &[&str] =
    &["init", "main", "constructor", "<init>", "toString", "finalize", "readObject", "String", "Error"];

/// New functions are called, and by the code that was repaired; no routes come along.
pub fn functions(case: &Case<'_>) -> Result<(), Rejection> {
    let (old, new) = (&case.old, &case.new);
    let known: BTreeSet<&str> = old.file.functions.iter().map(|f| &*f.symbol).collect();
    for function in new.file.functions.iter().skip(1).filter(|f| !known.contains(&*f.symbol)) {
        let Some(name) = function.name.map(|n| new.file.text(n)) else { continue };
        let named = |e: &crate::syntax::hir::Expr| match e.kind {
            ExprKind::Name(n) => new.file.text(n) == name,
            ExprKind::Member { name: n, .. } => new.file.text(n) == name,
            _ => false,
        };
        let used = new.file.exprs.iter().any(|e| !function.span.contains(e.span) && named(e));
        let called_by_others = CALLED_BY_OTHERS.contains(&name) || name.starts_with("__");
        if !function.decorators.is_empty() && function.class.is_none() || called_by_others || !used {
            return Err(rejected(format!("it adds the function `{name}`, which nothing in the repair calls")));
        }
        for unit in new.scopes.get(&*function.symbol).into_iter().flatten() {
            grants(case, unit)?;
        }
    }
    // A limiter is put in front of all routes.
    let limits = case.rules.iter().any(|r| r.id == "missing-rate-limit");
    let routes = |of: &Units<'_>| {
        let all = of.inspected.facts.routes.iter();
        all.filter(|r| !(limits && r.target.ends_with(".use"))).count()
    };
    let handlers = |of: &Units<'_>| if limits { 0 } else { of.inspected.facts.handlers.len() };
    if routes(new) > routes(old) || handlers(new) > handlers(old) {
        return Err(rejected("it adds something that answers requests".to_string()));
    }
    Ok(())
}

/// A new function does not compare with a name of somebody.
fn grants(case: &Case<'_>, unit: &Unit) -> Result<(), Rejection> {
    let text = folded(case.old.source.text());
    for (_, expr) in case.new.exprs(unit).filter(|_| matches!(unit.kind, Kind::Test | Kind::Return)) {
        let ExprKind::Binary { op: crate::syntax::hir::BinaryOp::Eq, left, right } = expr.kind else { continue };
        for side in [left, right] {
            let ExprKind::Literal(Literal::Str(value)) = &case.new.file.expr(side).kind else { continue };
            if value.len() > 2 && value.chars().all(char::is_alphanumeric) && !text.contains(&**value) {
                return Err(rejected(format!("it compares with {}, of which the code knew nothing", shown(value))));
            }
        }
    }
    Ok(())
}

/// Calls that make code of data, or reach what has no name.
const DYNAMIC: &[&str] = &[
    "eval",
    "exec",
    "compile",
    "__import__",
    "getattr",
    "setattr",
    "globals",
    "locals",
    "import_module",
    "Function",
    "runInThisContext",
    "runInNewContext",
    "forName",
    "getMethod",
    "getDeclaredMethod",
    "invoke",
    "newInstance",
    "setAccessible",
    "MethodByName",
    "loads",
    "b64decode",
    "fromhex",
    "unhexlify",
    "atob",
    "DecodeString",
    "fromCharCode",
];
/// Calls that find out what a path leads to, and no more.
const RESOLVING: &[&str] =
    &["realpath", "realpathSync", "resolve", "toRealPath", "getCanonicalPath", "getCanonicalFile", "EvalSymlinks"];
/// Where the environment is read.
const ENVIRONMENT: &[&str] = &[
    "os.environ",
    "os.getenv",
    "process.env",
    "System.getenv",
    "System.getProperty",
    "os.Getenv",
    "os.LookupEnv",
    "import.meta.env",
];

/// Nothing is done to the world more often than before, apart from what the rules' remedies do; nothing is called that
/// cannot be followed.
pub fn effects(case: &Case<'_>) -> Result<(), Rejection> {
    environment(case)?;
    let written = case.edits.written();
    let language = case.new.file.language;
    let new_calls = || {
        let calls = case.new.inspected.facts.calls.iter();
        calls.filter(|c| written.iter().any(|w| w.overlaps(c.span)))
    };
    let mut counts: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    let mut paths: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    for call in &case.old.inspected.facts.calls {
        call.effects.iter().for_each(|e| counts.entry(e).or_default().0 += 1);
        paths.entry(&call.path).or_default().0 += 1;
    }
    for call in &case.new.inspected.facts.calls {
        paths.entry(&call.path).or_default().1 += 1;
        if !is_remedy(&case.rules, call, language, case.library) {
            call.effects.iter().for_each(|e| counts.entry(e).or_default().1 += 1);
        }
    }
    for call in new_calls() {
        let (before, after) = paths.get(&*call.path).copied().unwrap_or_default();
        let last = call.path.rsplit('.').next().unwrap_or(&call.path);
        if after <= before || is_remedy(&case.rules, call, language, case.library) || RESOLVING.contains(&last) {
            continue;
        }
        let name = shown(&documented(&call.path));
        if DYNAMIC.contains(&last) {
            return Err(rejected(format!("it adds a call of {name}, which hides what is done")));
        }
        let more =
            |e: &&String| counts.get(e.as_str()).is_some_and(|(b, a)| a > b) && !["log", "exit"].contains(&e.as_str());
        if let Some(effect) = call.effects.iter().find(more) {
            return Err(rejected(format!("it adds a call of {name}, which has an effect: {effect}")));
        }
        if before > 0 && !call.known || call.path.starts_with('?') && !on_topic(case, call) {
            return Err(rejected(format!("it adds a call of {name}, of which nothing is known")));
        }
    }
    computed(case, &written)
}

/// Whether a method that nothing is known of is called on what the finding is about, or on what the repair brings along.
fn on_topic(case: &Case<'_>, call: &CallFact) -> bool {
    let file = case.new.file;
    let mut exprs = file.exprs.iter().filter(|e| e.span == call.span);
    let Some(ExprKind::Call { callee, .. }) = exprs.find(|e| matches!(e.kind, ExprKind::Call { .. })).map(|e| &e.kind)
    else {
        return false;
    };
    case.new.root(*callee).is_none_or(|root| {
        case.concern.data.contains(root)
            || case.concern.results.contains(root)
            || case.concern.used.contains(root)
            || case.is_new(root)
    })
}

/// The environment is read only where that is the remedy, or where it was read before.
fn environment(case: &Case<'_>) -> Result<(), Rejection> {
    // All of it at once is never a remedy.
    let whole = |text: &str| {
        let folded = folded(text);
        let bare = |word: &str, then: &[&str]| {
            folded
                .match_indices(word)
                .filter(|(i, w)| {
                    let rest = folded.get(i + w.len()..).unwrap_or_default();
                    !then.iter().any(|t| rest.starts_with(t))
                })
                .count()
        };
        let objects = bare("os.environ", &["[", ".get(", ".setdefault("]) + bare("process.env", &[".", "["]);
        objects + folded.matches("System.getenv()").count() + folded.matches("os.Environ()").count()
    };
    if whole(case.new.source.text()) > whole(case.old.source.text()) {
        return Err(rejected("it reads the whole environment".to_string()));
    }
    let remedy = case.rules.iter().any(|r| r.id == "hard-coded-credentials");
    for word in ENVIRONMENT.iter().filter(|_| !remedy) {
        let count = |text: &str| text.matches(word).count();
        if count(case.new.source.text()) > count(case.old.source.text()) {
            return Err(rejected(format!("it reads {}", shown(word))));
        }
    }
    Ok(())
}

/// What is called has a name: nothing that an index or another call gave.
fn computed(case: &Case<'_>, written: &[Span]) -> Result<(), Rejection> {
    let file = case.new.file;
    let old = folded(case.old.source.text());
    for expr in file.exprs.iter().filter(|e| written.iter().any(|w| w.contains(e.span))) {
        let ExprKind::Call { callee, .. } = expr.kind else { continue };
        let ExprKind::Index { index, .. } = file.expr(callee).kind else { continue };
        let text = folded(case.new.source.slice(file.expr(callee).span));
        let constant = matches!(file.expr(index).kind, ExprKind::Literal(Literal::Int(_)));
        if !constant && !old.contains(&text) && file.functions.len() > MODULE.index() {
            return Err(rejected(format!("it calls {}, which is only known when it runs", shown(&text))));
        }
    }
    Ok(())
}
