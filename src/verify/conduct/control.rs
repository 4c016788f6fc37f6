//! Where control goes: what refuses, what lets through, and whether a new condition is a way past the old ones.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use regex::Regex;

use super::kept;
use super::units::{Branch, Kind, Unit, Units};
use super::{Scope, rejected, shown};
use crate::syntax::hir::{BinaryOp, ExprId, ExprKind, Literal, UnaryOp};
use crate::verify::Rejection;

/// What happens where a condition holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Polarity {
    /// What was asked for is refused.
    Refuses,
    /// It is done, and without the condition it is not.
    Allows,
    /// Neither is clear.
    Unclear,
}

/// What happens where the condition at an index holds.
pub fn polarity(code: &Units<'_>, units: &[Unit], at: usize) -> Polarity {
    let Some(unit) = units.get(at) else { return Polarity::Unclear };
    if unit.kind == Kind::Assert {
        return Polarity::Allows;
    }
    let inside: Vec<usize> = Units::within(units, at, Branch::Body).map(|(i, _)| i).collect();
    if inside.iter().any(|i| refuses(code, units, *i)) && !inside.iter().any(|i| succeeds(code, units, *i)) {
        return Polarity::Refuses;
    }
    let leaves = inside.iter().any(|i| units.get(*i).is_some_and(|u| matches!(u.kind, Kind::Return | Kind::Jump)));
    let otherwise = Units::within(units, at, Branch::Otherwise).next().is_some();
    if leaves || otherwise { Polarity::Unclear } else { Polarity::Allows }
}

/// Whether a condition is another with more that must hold before something is let through.
pub fn strengthened(old: &str, new: &str, polarity: Polarity) -> bool {
    if old == new {
        return true;
    }
    let operators: &[&str] = match polarity {
        Polarity::Refuses => &["||", " or ", "or "],
        Polarity::Allows => &["&&", " and ", "and "],
        Polarity::Unclear => return false,
    };
    let others: &[&str] = if polarity == Polarity::Refuses { &["&&", " and "] } else { &["||", " or "] };
    let parts = |text: &str| {
        let mut all: Vec<String> = vec![text.to_string()];
        for operator in operators {
            all = all.iter().flat_map(|t| t.split(operator)).map(unwrapped).collect();
        }
        all
    };
    let (old_parts, new_parts) = (parts(old), parts(new));
    let mixed = |text: &str| others.iter().any(|o| text.contains(o));
    old_parts.iter().all(|p| new_parts.contains(p)) && (!mixed(new) || mixed(old) && new.contains(old))
}

fn unwrapped(text: &str) -> String {
    let text = text.trim();
    match text.strip_prefix('(').and_then(|t| t.strip_suffix(')')) {
        Some(inner) if !inner.contains(['(', ')']) => inner.to_string(),
        _ => text.to_string(),
    }
}

static REFUSAL: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(concat!(
        r"\b(?:abort|sendError|panic|exit|_exit|reject|Exit|fail|NotFound|Error|Fatal\w*|badRequest|forbidden|notFound|unauthorized)\(",
        r"|\b[45]\d\d\b|\b\w*(?:Error|Exception|Errorf)\(|\berrors\.New\(|HttpResponse(?:BadRequest|Forbidden|NotFound|NotAllowed)",
        r"|Status(?:BadRequest|Forbidden|NotFound|Unauthorized|InternalServerError|TooManyRequests|UnprocessableEntity|MethodNotAllowed|RequestEntityTooLarge|Conflict)\b",
        r"|\bSC_[A-Z_]+\b|\b(?:HTTP_[45]\d\d_\w+|BAD_REQUEST|FORBIDDEN|UNAUTHORIZED|NOT_FOUND|INTERNAL_SERVER_ERROR|TOO_MANY_REQUESTS)\b",
    ))
    .ok()
});
static NOTHING: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r#"^return(?:[\s(]*(?:None|null|undefined|nil|false|False|0|-1|""|\[\]|\{\}|b""|Optional\.empty\(\)|err)[\s),]*)*$"#).ok()
});
static COMPLAINT: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"(?i)\b(?:invalid|errors?|not|bad|den(?:y|ied)|forbidden|unauthori[sz]ed|missing|unknown|fail(?:ed|ure)?|unsupported|illegal|too|cannot|only|must|required|refused|wrong|expired|rejected|unsafe|disallowed)\b").ok()
});
/// Names of variables in a refusal that are no data: what was caught, and what the answer is written to.
pub const CARRIERS: &[&str] = &[
    "e",
    "err",
    "error",
    "ex",
    "exc",
    "exception",
    "res",
    "resp",
    "response",
    "w",
    "writer",
    "next",
    "reply",
    "ctx",
    "c",
    "self",
    "this",
    "http",
    "HttpStatus",
    "Response",
    "status",
    "callback",
    "cb",
    "done",
    "reject",
    "nil",
    "undefined",
];

fn matches(pattern: &Option<Regex>, text: &str) -> bool {
    pattern.as_ref().is_some_and(|p| p.is_match(text))
}

/// Whether a unit refuses: an error, a status that says so, nothing at all; and hands out no data with it.
pub fn refuses(code: &Units<'_>, units: &[Unit], at: usize) -> bool {
    let Some(unit) = units.get(at) else { return false };
    match unit.kind {
        Kind::Throw | Kind::Jump => true,
        Kind::Return if matches(&NOTHING, &unit.text) => true,
        Kind::Return | Kind::Effect => {
            let says_so = matches(&REFUSAL, &unit.text) || only_complains(code, unit);
            says_so && !hands_out(code, unit)
        }
        _ => false,
    }
}

/// A constant answer that says what is wrong, or leads to a constant place.
fn only_complains(code: &Units<'_>, unit: &Unit) -> bool {
    let texts = code.file.exprs.iter().filter(|e| unit.has(e.span));
    let mut found = false;
    for expr in texts {
        if let ExprKind::Literal(Literal::Str(text)) = &expr.kind {
            found |= matches(&COMPLAINT, text);
        }
    }
    let leads = unit.text.split_once("edirect(").is_some_and(|(_, rest)| {
        let constant = code
            .file
            .exprs
            .iter()
            .filter(|e| unit.has(e.span))
            .all(|e| !matches!(e.kind, ExprKind::Conditional { .. }));
        constant && (rest.starts_with('"') || rest.starts_with("url_for(\"") || rest.starts_with("reverse(\""))
    });
    (found || leads) && (unit.kind == Kind::Return || is_answer(code, unit))
}

/// Whether data goes out with a refusal.
fn hands_out(code: &Units<'_>, unit: &Unit) -> bool {
    let mut called: BTreeSet<ExprId> = BTreeSet::new();
    let inside = || code.file.exprs.iter().enumerate().filter(|(_, e)| unit.has(e.span));
    for (_, expr) in inside() {
        let ExprKind::Call { callee, .. } = &expr.kind else { continue };
        let mut current = *callee;
        while called.insert(current) {
            match &code.file.expr(current).kind {
                ExprKind::Member { object, .. } => current = *object,
                ExprKind::Call { callee, .. } => current = *callee,
                _ => break,
            }
        }
    }
    let imported = |name: &str| code.file.imports.iter().any(|i| i.local.is_some_and(|l| code.file.text(l) == name));
    inside().any(|(i, e)| match e.kind {
        ExprKind::Name(name) if !called.contains(&ExprId(i as u32)) => {
            let name = code.file.text(name);
            !CARRIERS.contains(&name) && !imported(name) && !name.starts_with(char::is_uppercase)
        }
        _ => false,
    })
}

/// Methods that answer a request or let it go on.
const ANSWERS: &[&str] = &[
    "send",
    "json",
    "jsonp",
    "end",
    "render",
    "redirect",
    "sendFile",
    "download",
    "sendStatus",
    "write",
    "Write",
    "WriteString",
    "print",
    "println",
    "sendRedirect",
    "next",
    "Fprintf",
    "Fprint",
    "Fprintln",
    "Encode",
    "Redirect",
    "ServeFile",
    "ServeContent",
    "login_user",
    "login",
    "logIn",
    "doFilter",
    "forward",
    "grant",
    "JSON",
    "String",
    "HTML",
];

/// Whether a unit is a call that answers a request.
pub fn is_answer(code: &Units<'_>, unit: &Unit) -> bool {
    let calls = code.file.exprs.iter().filter(|e| unit.has(e.span));
    let calls =
        calls.filter_map(|e| if let ExprKind::Call { callee, .. } = e.kind { Some((e.span, callee)) } else { None });
    let outermost = calls.max_by_key(|(span, _)| span.end - span.start);
    let Some((_, callee)) = outermost.filter(|_| unit.kind == Kind::Effect) else { return false };
    match &code.file.expr(callee).kind {
        ExprKind::Name(name) | ExprKind::Member { name, .. } => ANSWERS.contains(&code.file.text(*name)),
        _ => false,
    }
}

/// Whether a unit gives what was asked for: it returns or answers, and does not refuse.
pub fn succeeds(code: &Units<'_>, units: &[Unit], at: usize) -> bool {
    let Some(unit) = units.get(at) else { return false };
    (unit.kind == Kind::Return || is_answer(code, unit)) && !refuses(code, units, at)
}

/// No new way to success, no old check that is passed by, no error that is swallowed.
pub fn same(scope: &Scope<'_>) -> Result<(), Rejection> {
    kept::reached(scope)?;
    let (old, new) = (&scope.case.old, &scope.case.new);
    for gap in &scope.alignment.gaps {
        let open = |i: &&usize| scope.old.get(**i).is_some_and(|u| scope.case.concern.is_near(old, u));
        let before = gap.old.iter().filter(open).filter(|i| succeeds(old, scope.old, **i)).count();
        let reworded = gap.old.iter().filter(|i| !open(i)).filter(|i| succeeds(old, scope.old, **i)).count();
        let now: Vec<usize> = gap.new.iter().copied().filter(|i| succeeds(new, scope.new, *i)).collect();
        if let (true, Some(extra)) = (now.len() > before + reworded, now.first()) {
            let text = scope.new.get(*extra).map_or("", |u| &u.text);
            return Err(rejected(format!("it adds a way to succeed: {}", shown(text))));
        }
        for at in &gap.new {
            operators(scope, *at)?;
            handler(scope, *at)?;
        }
    }
    Ok(())
}

/// A handler that is new refuses, or puts a harmless value in the place of what could not be made.
fn handler(scope: &Scope<'_>, at: usize) -> Result<(), Rejection> {
    let Some(unit) = scope.new.get(at).filter(|u| u.kind == Kind::Handler) else { return Ok(()) };
    let mut inside = Units::within(scope.new, at, Branch::Body);
    let answers = inside.any(|(i, u)| {
        refuses(&scope.case.new, scope.new, i) || u.kind == Kind::Assign && scope.on_topic(u) || u.kind == Kind::Return
    });
    if answers { Ok(()) } else { Err(rejected(format!("it swallows errors: {}", shown(&unit.text)))) }
}

/// Where something is decided or handed on, no new alternative: `or` with anything but a constant default, a choice that
/// gives `true`.
fn operators(scope: &Scope<'_>, at: usize) -> Result<(), Rejection> {
    let Some(unit) = scope.new.get(at) else { return Ok(()) };
    if unit.kind == Kind::Test && polarity(&scope.case.new, scope.new, at) == Polarity::Refuses {
        return Ok(());
    }
    let (old, new) = (&scope.case.old, &scope.case.new);
    for (_, expr) in new.exprs(unit) {
        let text = super::units::folded(new.source.slice(expr.span));
        let known = || old.scopes.values().flatten().any(|u| u.text.contains(&text));
        let suspicious = match &expr.kind {
            ExprKind::Binary { op: BinaryOp::Or, left, right } if decides(new, *left) || decides(new, *right) => {
                !negated(scope, unit, *left, *right)
            }
            ExprKind::Conditional { then, otherwise, .. } => is_true(new, *then) || is_true(new, *otherwise),
            _ => false,
        };
        if suspicious && !known() {
            return Err(rejected(format!("it adds a way around: {}", shown(&text))));
        }
    }
    Ok(())
}

/// Whether an operand of `or` is a decision rather than a default.
fn decides(code: &Units<'_>, id: ExprId) -> bool {
    match &code.file.expr(id).kind {
        ExprKind::Binary { op, .. } => !matches!(op, BinaryOp::Add | BinaryOp::Or | BinaryOp::Nullish),
        ExprKind::Unary { op, .. } => *op == UnaryOp::Not,
        ExprKind::Literal(Literal::Bool(true)) => true,
        _ => false,
    }
}

/// Whether an alternative only asks about the finding's own data, as `not (a.startswith("//") or a.startswith("\\"))` does.
fn negated(scope: &Scope<'_>, unit: &Unit, left: ExprId, right: ExprId) -> bool {
    let code = &scope.case.new;
    let fine = |id: ExprId| {
        let span = code.file.expr(id).span;
        let mut names = code.file.exprs.iter().filter(|e| span.contains(e.span)).filter_map(|e| match e.kind {
            ExprKind::Name(n) => Some(code.file.text(n)),
            _ => None,
        });
        names.any(|n| scope.case.concern.data.contains(n) || scope.is_new(n)) && !names_somebody(code, id)
    };
    !matches!(unit.kind, Kind::Return) && fine(left) && fine(right)
}

/// Whether something is compared with a word.
fn names_somebody(code: &Units<'_>, id: ExprId) -> bool {
    let span = code.file.expr(id).span;
    code.file.exprs.iter().filter(|e| span.contains(e.span)).any(|e| {
        let ExprKind::Binary { op: BinaryOp::Eq, left, right } = e.kind else { return false };
        [left, right].iter().any(|side| match &code.file.expr(*side).kind {
            ExprKind::Literal(Literal::Str(text)) => {
                text.len() > 1 && text.chars().all(char::is_alphanumeric) && !text.starts_with("http")
            }
            _ => false,
        })
    })
}

fn is_true(code: &Units<'_>, id: ExprId) -> bool {
    matches!(code.file.expr(id).kind, ExprKind::Literal(Literal::Bool(true)))
}
