//! Routes that lack what they need: a limit on the rate of requests, protection against forged requests, a new session
//! after a login.

use rustc_hash::FxHashSet;

use super::{CheckFinding, Context};
use crate::analysis::facts::RouteFact;
use crate::finding::Confidence;
use crate::syntax::hir::{Expr, ExprKind, File, FunctionId, Literal, Span};

/// What makes a route worth limiting.
const COSTLY: &[&str] = &["file-read", "file-write", "database", "authentication", "process"];
/// The names under which a limiter or another middleware is imported from elsewhere tell what it is.
const LIMITER_WORDS: &[&str] = &["ratelimit", "limiter", "throttle", "slowdown", "bruteforce"];
const CSRF_WORDS: &[&str] = &["csrf", "xsrf"];

/// Routes whose handlers do costly work, without a limiter in front.
pub fn missing_rate_limit(context: &Context<'_>) -> Vec<CheckFinding> {
    let limiters: Vec<&RouteFact> =
        context.facts.routes.iter().filter(|r| is_use(r) && has(context, r, "RateLimiter", LIMITER_WORDS)).collect();
    let refusals = refusals(context.file);
    let mut found = Vec::new();
    for route in context.facts.routes.iter().filter(|r| !is_use(r)) {
        let limited = has(context, route, "RateLimiter", LIMITER_WORDS)
            || own_limiter(context.file, &refusals, route).is_some()
            || limiters.iter().any(|l| l.span.start < route.span.start && covers(l, route));
        if limited {
            continue;
        }
        let Some(handler) = route.handlers.iter().rev().find(|h| is_costly(context, **h)) else { continue };
        found.push(CheckFinding {
            span: handler_span(context, route, *handler),
            function: FunctionId(0),
            sink: format!("{} {}", route.target, route.route.clone().unwrap_or_default()),
            message: None,
            confidence: Confidence::High,
            flow: Vec::new(),
        });
    }
    found
}

/// Where a file has the status code 429, "Too Many Requests".
pub fn refusals(file: &File) -> Vec<Span> {
    let refusal = |e: &&Expr| matches!(e.kind, ExprKind::Literal(Literal::Int(429)));
    let mut spans: Vec<Span> = file.exprs.iter().filter(refusal).map(|e| e.span).collect();
    spans.sort();
    spans
}

/// A function of the file in front of a route's handler that turns requests away as too many.
pub fn own_limiter(file: &File, refusals: &[Span], route: &RouteFact) -> Option<FunctionId> {
    let (_, middleware) = route.handlers.split_last()?;
    middleware.iter().copied().find(|id| {
        let body = file.function(*id).body_span;
        let from = refusals.partition_point(|span| span.start < body.start);
        refusals.get(from).is_some_and(|span| body.contains(*span))
    })
}

/// The handler's own place when it stands in the registering call, else the call.
fn handler_span(context: &Context<'_>, route: &RouteFact, handler: FunctionId) -> Span {
    let function = context.file.function(handler);
    if !route.span.contains(function.span) {
        return route.span;
    }
    // The head is enough to point at.
    Span { start: function.span.start, end: function.body_span.start.max(function.span.start + 1) }
}

fn is_use(route: &RouteFact) -> bool {
    route.target.rsplit('.').next() == Some("use")
}

/// Whether a middleware on `limiter` is in front of `route`.
fn covers(limiter: &RouteFact, route: &RouteFact) -> bool {
    match (&limiter.route, &route.route) {
        (Some(prefix), Some(path)) => path.starts_with(prefix.as_str()) || limiter.receiver != route.receiver,
        _ => true,
    }
}

/// Whether one of the route's arguments is of the type, or is named like one.
fn has(context: &Context<'_>, route: &RouteFact, ty: &str, words: &[&str]) -> bool {
    let language = context.library.models(context.file.language);
    route.arguments.iter().any(|(expr, path)| {
        let by_type = language.lineage(path).iter().any(|p| p == ty);
        let text: String =
            path.chars().chain(name_of(context, *expr).chars()).filter(|c| c.is_alphanumeric()).collect();
        let text = text.to_ascii_lowercase();
        by_type || words.iter().any(|w| text.contains(w))
    })
}

fn name_of(context: &Context<'_>, expr: crate::syntax::hir::ExprId) -> String {
    match &context.file.expr(expr).kind {
        ExprKind::Name(name) | ExprKind::Member { name, .. } => context.file.text(*name).to_string(),
        ExprKind::Call { callee, .. } => match &context.file.expr(*callee).kind {
            ExprKind::Name(name) | ExprKind::Member { name, .. } => context.file.text(*name).to_string(),
            _ => String::new(),
        },
        _ => String::new(),
    }
}

/// Whether a function, one inside it or one that it calls does something costly.
fn is_costly(context: &Context<'_>, handler: FunctionId) -> bool {
    let mut seen: FxHashSet<FunctionId> = FxHashSet::default();
    let mut queue = vec![handler];
    while let Some(function) = queue.pop() {
        if !seen.insert(function) || seen.len() > 200 {
            continue;
        }
        for (i, inner) in context.file.functions.iter().enumerate() {
            if inner.parent == Some(function) {
                queue.push(FunctionId(i as u32));
            }
        }
        for call in context.facts.calls.iter().filter(|c| c.function == function) {
            if call.effects.iter().any(|e| COSTLY.contains(&e.as_str())) && !is_undeclared(context, &call.path) {
                return true;
            }
            queue.extend(call.callees.iter().copied());
        }
    }
    false
}

/// Whether a call is of a member of a name that nothing declares and no model knows: what it does is anybody's guess.
fn is_undeclared(context: &Context<'_>, path: &str) -> bool {
    let Some((owner, _)) = path.rsplit_once('.') else { return false };
    let models = context.library.models(context.file.language);
    let imported = context.file.imports.iter().any(|i| path.starts_with(&*i.module));
    let local = context.file.classes.iter().any(|c| owner.starts_with(&*c.symbol));
    let known = path.starts_with(['?', '.']) || owner.starts_with("this") || owner.contains("()");
    !known && !imported && !local && !models.lineage(owner).iter().any(|p| models.is_modelled(p))
}

/// Sessions or cookies that identify users, routes that change something, and nothing against forged requests.
pub fn missing_csrf_protection(context: &Context<'_>) -> Vec<CheckFinding> {
    let routes = &context.facts.routes;
    let changes = |r: &&RouteFact| matches!(r.target.rsplit('.').next(), Some("post" | "put" | "delete" | "patch"));
    let protected = routes.iter().any(|r| has(context, r, "CsrfProtection", CSRF_WORDS));
    if protected || !routes.iter().any(|r| changes(&r)) {
        return Vec::new();
    }
    let sessions = routes.iter().filter(|r| is_use(r) && has(context, r, "SessionMiddleware", &[]));
    sessions
        .take(1)
        .map(|route| CheckFinding {
            span: route
                .arguments
                .iter()
                .find(|(_, path)| !path.is_empty())
                .map_or(route.span, |(e, _)| context.file.expr(*e).span),
            function: FunctionId(0),
            sink: route.target.clone(),
            message: Some(
                "Requests are recognised by a cookie, and nothing keeps other sites from sending them".to_string(),
            ),
            confidence: Confidence::Medium,
            flow: Vec::new(),
        })
        .collect()
}

/// A user is written into the session in a function that does not begin a new one.
pub fn session_fixation(context: &Context<'_>) -> Vec<CheckFinding> {
    let mut found: Vec<CheckFinding> = Vec::new();
    for write in &context.facts.writes {
        let Some((owner, field)) = write.path.rsplit_once('.') else { continue };
        let session = owner.ends_with("express-session.Session") || owner.ends_with("Request.session");
        if !session || !names_a_user(field) || renews(context, write.function) {
            continue;
        }
        // What lacks the renewal is the route as a whole.
        let span = route_around(context, write.function).map_or(write.span, |(route, handler)| Span {
            start: route.span.start,
            end: handler_span(context, route, handler).end,
        });
        if found.iter().any(|f| f.function == write.function || f.span == span) {
            continue;
        }
        found.push(CheckFinding {
            span,
            function: write.function,
            sink: write.path.clone(),
            message: None,
            confidence: Confidence::Medium,
            flow: Vec::new(),
        });
    }
    found
}

/// The route, and its handler, that a function is or is inside of.
fn route_around<'c>(context: &Context<'c>, function: FunctionId) -> Option<(&'c RouteFact, FunctionId)> {
    let mut current = Some(function);
    while let Some(id) = current {
        let route = context.facts.routes.iter().find(|r| !is_use(r) && r.handlers.contains(&id));
        if let Some(route) = route {
            return Some((route, id));
        }
        current = context.file.function(id).parent;
    }
    None
}

fn names_a_user(field: &str) -> bool {
    let field = field.to_ascii_lowercase();
    ["user", "loggedin", "logged_in", "auth", "account", "isadmin", "admin", "uid"].iter().any(|w| field.contains(w))
}

/// Whether the function, or one around it, renews the session.
fn renews(context: &Context<'_>, function: FunctionId) -> bool {
    let mut around = vec![function];
    while let Some(parent) = around.last().and_then(|f| context.file.function(*f).parent).filter(|p| p.0 != 0) {
        around.push(parent);
    }
    context.facts.calls.iter().any(|c| {
        let renewing = matches!(c.path.rsplit('.').next(), Some("regenerate" | "destroy"));
        renewing && around.contains(&c.function)
    })
}
