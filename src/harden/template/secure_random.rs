//! Predictable random numbers as secrets: the generator of the operating system, giving the same type.

use super::arguments::{commented, reference};
use super::toolkit::Call;
use crate::edit::TextEdit;
use crate::harden::{Candidate, Task};
use crate::syntax::hir::*;

/// Draws from the operating system's generator, wherever this statement and the flow's first one draw.
pub fn propose(task: &Task<'_>) -> Option<Candidate> {
    let first = task.finding.flow.first().map_or(task.span(), |step| step.region.span());
    let source = if task.file.exprs.iter().any(|e| e.span == first) { first } else { task.span() };
    let around = task.statement_around(source).map_or(source, |s| task.file.stmt(s).span);
    let simple = task.source.line(around.end) - task.source.line(around.start) < 8;
    let limit = if simple { around } else { source };
    let mut edits = Vec::new();
    for (i, expr) in task.file.exprs.iter().enumerate() {
        let ExprKind::Call { callee, args, is_new } = &expr.kind else { continue };
        if !limit.contains(expr.span) {
            continue;
        }
        let call = Call { id: ExprId(i as u32), span: expr.span, callee: *callee, args, is_new: *is_new };
        let Some(path) = task.path_of_call(expr.span) else { continue };
        match task.file.language {
            Language::Python => edits.extend(python(task, &call, path).unwrap_or_default()),
            Language::Java => edits.extend(java(task, &call, path).unwrap_or_default()),
            Language::JavaScript | Language::TypeScript if path == "Math.random" => edits.extend(node(task, &call)?),
            _ => {}
        }
    }
    edits.sort();
    edits.dedup();
    task.candidate("secure-random", "The secret comes from the operating system's generator.", edits)
}

/// Java's two generators have the same methods: only what is made changes.
fn java(task: &Task<'_>, call: &Call<'_>, path: &str) -> Option<Vec<TextEdit>> {
    let secure = || task.import("java.security.SecureRandom", None);
    if path == "java.lang.Math.random" {
        let (name, import) = secure();
        let drawn = TextEdit::replace(call.span, format!("new {name}().nextDouble()"));
        return Some(import.into_iter().chain([drawn]).collect());
    }
    path.strip_prefix("java.util.Random.")?;
    let ExprKind::Member { object, .. } = &task.file.expr(call.callee).kind else { return None };
    let made = generators(task, *object);
    if made.is_empty() {
        return None;
    }
    let (name, import) = secure();
    let replaced = made.into_iter().map(|span| TextEdit::replace(span, format!("new {name}()")));
    Some(import.into_iter().chain(replaced).collect())
}

/// Where the generator is made that an expression stands for: there, or where the variable or field of its name gets it.
fn generators(task: &Task<'_>, id: ExprId) -> Vec<Span> {
    let is_generator = |id: ExprId| match &task.file.expr(id).kind {
        ExprKind::Call { is_new: true, .. } => task.path_of_call(task.file.expr(id).span) == Some("java.util.Random"),
        _ => false,
    };
    if is_generator(id) {
        return vec![task.file.expr(id).span];
    }
    let name = |id: ExprId| match &task.file.expr(id).kind {
        ExprKind::Name(name) | ExprKind::Member { name, .. } => Some(*name),
        _ => None,
    };
    let Some(wanted) = name(id) else { return Vec::new() };
    let assigned = task.file.stmts.iter().filter_map(|stmt| match &stmt.kind {
        StmtKind::Assign { targets, value: Some(value), op: None, .. } => {
            (targets.iter().any(|t| name(*t) == Some(wanted)) && is_generator(*value)).then_some(*value)
        }
        _ => None,
    });
    assigned.map(|value| task.file.expr(value).span).collect()
}

fn python(task: &Task<'_>, call: &Call<'_>, path: &str) -> Option<Vec<TextEdit>> {
    if path == "uuid.uuid1" {
        let (name, mut edits) = reference(task, "uuid.uuid4")?;
        edits.push(TextEdit::replace(call.span, format!("{name}()")));
        return Some(edits);
    }
    let method = path.strip_prefix("random.Random.").or_else(|| path.strip_prefix("random."))?;
    let plain = call.args.iter().all(|a| a.name.is_none() && a.spread == Spread::No);
    let callee = task.file.expr(call.callee).span;
    let simple = match (method, call.args.len()) {
        ("choice", 1) if plain => Some("secrets.choice"),
        ("randrange", 1) if plain => Some("secrets.randbelow"),
        ("getrandbits", 1) if plain => Some("secrets.randbits"),
        ("randbytes", 1) if plain => Some("secrets.token_bytes"),
        _ => None,
    };
    if let Some(path) = simple {
        let (name, mut edits) = reference(task, path)?;
        edits.push(TextEdit::replace(callee, name));
        return Some(edits);
    }
    if let ("randint" | "randrange", [low, high]) = (method, call.args)
        && plain
        && let Some(below) = below(task, low.value, high.value, method == "randint")
    {
        let (name, mut edits) = reference(task, "secrets.randbelow")?;
        let (count, offset) = below;
        let sum = match offset {
            Some(offset) => parenthesised(task, call, format!("{name}({count}) + {offset}")),
            None => format!("{name}({count})"),
        };
        edits.push(TextEdit::replace(call.span, sum));
        return Some(edits);
    }
    let known = [
        "random",
        "randint",
        "randrange",
        "choice",
        "choices",
        "sample",
        "getrandbits",
        "uniform",
        "shuffle",
        "triangular",
    ];
    if !known.contains(&method) {
        return None;
    }
    let (name, mut edits) = reference(task, "secrets.SystemRandom")?;
    edits.push(TextEdit::replace(callee, format!("{name}().{method}")));
    Some(edits)
}

/// How many numbers a range has, as code, and what is added to the drawn one.
fn below(task: &Task<'_>, low: ExprId, high: ExprId, closed: bool) -> Option<(String, Option<String>)> {
    if let (Some(low), Some(high)) = (integer(task, low), integer(task, high)) {
        let count = high.checked_sub(low)?.checked_add(i64::from(closed))?;
        return (count > 0 && low >= 0).then(|| (count.to_string(), (low != 0).then(|| low.to_string())));
    }
    let is_simple = |id: ExprId| {
        matches!(task.file.expr(id).kind, ExprKind::Name(_) | ExprKind::Member { .. })
            || integer(task, id).is_some_and(|n| n >= 0)
    };
    if !is_simple(low) || !is_simple(high) {
        return None;
    }
    let (low_text, high_text) = (task.expr_text(low), task.expr_text(high));
    let more = if closed { " + 1" } else { "" };
    match integer(task, low) {
        Some(0) => Some((format!("{high_text}{more}"), None)),
        _ => Some((format!("{high_text} - {low_text}{more}"), Some(low_text.to_string()))),
    }
}

/// The value of a whole number that is written out, also as a power.
fn integer(task: &Task<'_>, id: ExprId) -> Option<i64> {
    let literal = |id: ExprId| match &task.file.expr(id).kind {
        ExprKind::Literal(Literal::Int(value)) => Some(*value),
        _ => None,
    };
    match &task.file.expr(id).kind {
        ExprKind::Binary { op: BinaryOp::Pow, left, right } => {
            literal(*left)?.checked_pow(u32::try_from(literal(*right)?).ok()?)
        }
        _ => literal(id),
    }
}

/// A sum where the call stood: in parentheses where it is part of a larger expression.
fn parenthesised(task: &Task<'_>, call: &Call<'_>, sum: String) -> String {
    let part = task.file.exprs.iter().any(|e| match &e.kind {
        ExprKind::Binary { left, right, .. } => *left == call.id || *right == call.id,
        ExprKind::Unary { operand, .. } => *operand == call.id,
        ExprKind::Member { object, .. } => *object == call.id,
        ExprKind::Await(operand) => *operand == call.id,
        _ => false,
    });
    if part { format!("({sum})") } else { sum }
}

/// `Math.random()` in the ways that it is turned into text or into a whole number.
fn node(task: &Task<'_>, random: &Call<'_>) -> Option<Vec<TextEdit>> {
    if in_browser(task) {
        return None;
    }
    let (whole, code, mut edits) = whole_number(task, random).or_else(|| text(task, random))?;
    if commented(task, whole) {
        return None;
    }
    edits.push(TextEdit::replace(whole, code));
    Some(edits)
}

/// Code for pages has no module of Node.
fn in_browser(task: &Task<'_>) -> bool {
    let named = ["window", "document", "localStorage", "sessionStorage", "navigator"];
    let uses =
        task.file.exprs.iter().any(|e| matches!(e.kind, ExprKind::Name(n) if named.contains(&task.file.text(n))));
    let page = |path: &str| matches!(path, "react" | "react-dom" | "vue" | "svelte") || path.starts_with("@angular/");
    let module = |e: &Expr| matches!(e.kind, ExprKind::Jsx { .. });
    uses || task.file.imports.iter().any(|i| page(&i.module)) || task.file.exprs.iter().any(module)
}

/// A replaced span, its code, and the edits of imports.
type Replaced = (Span, String, Vec<TextEdit>);

/// `Math.floor(Math.random() * n)`, also with a constant added inside.
fn whole_number(task: &Task<'_>, random: &Call<'_>) -> Option<Replaced> {
    let (product, count) = product(task, random.id)?;
    let (sum, offset) = match sum(task, product) {
        Some((sum, offset)) => (sum, Some(offset)),
        None => (product, None),
    };
    let floor = outer(task, sum, &["Math.floor", "Math.trunc"])?;
    let count_text = task.expr_text(count);
    let (name, edits) = reference(task, "crypto.randomInt")?;
    let code = match offset {
        None => format!("{name}({count_text})"),
        Some(offset) => {
            let (low, high) = (integer(task, offset)?, integer(task, count)?);
            format!("{name}({low}, {})", low.checked_add(high)?)
        }
    };
    Some((task.file.expr(floor).span, code, edits))
}

/// `e * n` with what is multiplied by.
fn product(task: &Task<'_>, id: ExprId) -> Option<(ExprId, ExprId)> {
    operation(task, id, BinaryOp::Mul)
}

/// `e + n` with what is added.
fn sum(task: &Task<'_>, id: ExprId) -> Option<(ExprId, ExprId)> {
    operation(task, id, BinaryOp::Add)
}

fn operation(task: &Task<'_>, id: ExprId, wanted: BinaryOp) -> Option<(ExprId, ExprId)> {
    task.file.exprs.iter().enumerate().find_map(|(i, e)| match &e.kind {
        ExprKind::Binary { op, left, right } if *op == wanted && *left == id => Some((ExprId(i as u32), *right)),
        ExprKind::Binary { op, left, right } if *op == wanted && *right == id => Some((ExprId(i as u32), *left)),
        _ => None,
    })
}

/// The call of one of `names` whose only argument an expression is.
fn outer(task: &Task<'_>, id: ExprId, names: &[&str]) -> Option<ExprId> {
    task.file.exprs.iter().enumerate().find_map(|(i, e)| match &e.kind {
        ExprKind::Call { callee, args, .. } if args.len() == 1 && args.first().is_some_and(|a| a.value == id) => {
            names.contains(&task.expr_text(*callee)).then_some(ExprId(i as u32))
        }
        _ => None,
    })
}

/// `Math.random().toString(36).slice(2, n)` and `String(Math.random())`: text of random digits.
fn text(task: &Task<'_>, random: &Call<'_>) -> Option<Replaced> {
    let (name, edits) = reference(task, "crypto.randomBytes")?;
    let hex = task.string("hex");
    let sixteen = format!("{name}(16).toString({hex})");
    if let Some(made) = outer(task, random.id, &["String"]) {
        return Some((task.file.expr(made).span, sixteen, edits));
    }
    let (made, _) = method(task, random.id, &["toString"])?;
    let Some((cut, args)) = method(task, made, &["slice", "substring", "substr"]) else {
        return Some((task.file.expr(made).span, sixteen, edits));
    };
    let numbers: Option<Vec<i64>> = args.iter().map(|a| integer(task, a.value)).collect();
    let length = match (task.expr_text(cut).contains(".substr("), numbers?.as_slice()) {
        (true, [_, length]) => Some(*length),
        (false, [from, to]) => Some(to - from),
        (_, [_]) => None,
        _ => return None,
    };
    let code = match length {
        None => sixteen,
        Some(length) if (1..=128).contains(&length) => {
            let bytes = (length + 1) / 2;
            let rest = if length % 2 == 0 { String::new() } else { format!(".slice(0, {length})") };
            format!("{name}({bytes}).toString({hex}){rest}")
        }
        Some(_) => return None,
    };
    Some((task.file.expr(cut).span, code, edits))
}

/// The call of a method of an expression, with its arguments.
fn method<'a>(task: &Task<'a>, id: ExprId, names: &[&str]) -> Option<(ExprId, &'a [Arg])> {
    task.file.exprs.iter().enumerate().find_map(|(i, e)| match &e.kind {
        ExprKind::Call { callee, args, .. } => match &task.file.expr(*callee).kind {
            ExprKind::Member { object, name, .. } if *object == id && names.contains(&task.file.text(*name)) => {
                Some((ExprId(i as u32), args.as_slice()))
            }
            _ => None,
        },
        _ => None,
    })
}
