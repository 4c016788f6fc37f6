//! Routes that lack the check of who asks, although the file has one: what a file guards elsewhere tells what it means to
//! guard, so that public services without any login are left alone.

use rustc_hash::{FxHashMap, FxHashSet};

use super::secrets::words;
use super::{CheckFinding, Context};
use crate::analysis::facts::{HandlerFact, RouteFact};
use crate::finding::Confidence;
use crate::syntax::hir::*;

/// Names of checks, in lower case and without separators, begin with one of the first and go on with one of the second, or
/// are one of the third as a whole.
const VERBS: &[&str] = &[
    "ensure", "require", "requires", "is", "check", "verify", "needs", "must", "mustbe", "assert", "with", "only",
    "validate",
];
const OBJECTS: &[&str] = &[
    "loggedin",
    "login",
    "auth",
    "authenticated",
    "authentication",
    "authorized",
    "authorised",
    "authorization",
    "admin",
    "user",
    "token",
    "session",
    "signedin",
    "jwt",
    "role",
    "roles",
    "permission",
    "permissions",
    "apikey",
    "access",
];
const WHOLE: &[&str] = &[
    "loginrequired",
    "authrequired",
    "authenticationrequired",
    "tokenrequired",
    "jwtrequired",
    "adminrequired",
    "permissionrequired",
    "permissionsrequired",
    "rolerequired",
    "rolesrequired",
    "rolesallowed",
    "userpassestest",
    "authenticate",
    "authenticated",
    "authenticatetoken",
    "authenticateuser",
    "authorize",
    "authorise",
    "authmiddleware",
    "authguard",
    "authhandler",
    "auth",
    "protect",
    "protected",
    "restricted",
    "secured",
    "preauthorize",
    "useguards",
    "getcurrentuser",
    "currentactiveuser",
    "getcurrentactiveuser",
    "adminonly",
    "loggedin",
    "isadmin",
    "hasrole",
    "hasauthority",
    "hasaccess",
];

/// What names of paths and functions say of routes that are not for everybody.
const SENSITIVE: &[&str] = &[
    "settings",
    "setting",
    "preferences",
    "profile",
    "account",
    "accounts",
    "admin",
    "dashboard",
    "secret",
    "secrets",
    "private",
    "billing",
    "payment",
    "payments",
    "invoice",
    "invoices",
    "password",
    "delete",
    "remove",
    "users",
    "config",
    "configuration",
    "manage",
    "management",
    "backup",
    "backups",
    "export",
    "transfer",
    "withdraw",
];
/// And of those that have to be open, or that are how somebody comes in.
const PUBLIC: &[&str] = &[
    "login",
    "logout",
    "signin",
    "signout",
    "signup",
    "register",
    "registration",
    "auth",
    "oauth",
    "token",
    "callback",
    "forgot",
    "reset",
    "verify",
    "confirm",
    "health",
    "healthz",
    "status",
    "ping",
    "public",
    "static",
    "index",
    "home",
    "webhook",
    "favicon",
    "about",
    "error",
];
/// What a handler that looks after itself reads.
const IDENTITIES: &[&str] = &[
    "session",
    "currentuser",
    "principal",
    "authorization",
    "userprincipal",
    "remoteuser",
    "isauthenticated",
    "securitycontext",
    "securitycontextholder",
    "claims",
];

/// How many functions are followed from a handler.
const MAX_CALLED: usize = 50;

/// Sensitive handlers without the check that the file has, and checks that come too late to take effect.
pub fn check(context: &Context<'_>) -> Vec<CheckFinding> {
    let handlers = &context.facts.handlers;
    if handlers.is_empty() {
        return Vec::new();
    }
    let late: Vec<CheckFinding> = handlers.iter().filter_map(|handler| ineffective(context, handler)).collect();
    if !has_check(context.file) {
        return late;
    }
    let habits = Habits::of(context);
    if habits.guards_all() {
        return late;
    }
    let reported: FxHashSet<FunctionId> = late.iter().map(|f| f.function).collect();
    let open = handlers.iter().filter(|handler| {
        !reported.contains(&handler.function) && habits.is_sensitive(handler) && !habits.is_protected(handler)
    });
    let open = open.map(|handler| finding(context, handler.function, None, Confidence::Medium));
    late.into_iter().chain(open).collect()
}

fn finding(
    context: &Context<'_>,
    function: FunctionId,
    message: Option<String>,
    confidence: Confidence,
) -> CheckFinding {
    let own = context.file.function(function);
    CheckFinding { span: own.name_span, function, sink: own.symbol.to_string(), message, confidence, flow: Vec::new() }
}

/// A check that stands above the decorator that registers the function: what is registered is the function without it.
fn ineffective(context: &Context<'_>, handler: &HandlerFact) -> Option<CheckFinding> {
    let file = context.file;
    let decorators = &file.function(handler.function).decorators;
    let last_route = decorators.iter().rposition(|d| handler.decorators.contains(d))?;
    let (above, below) = decorators.split_at_checked(last_route)?;
    let late = above.iter().find(|d| is_check(&name_of(file, **d)))?;
    if file.language != Language::Python || below.iter().any(|d| is_check(&name_of(file, *d))) {
        return None;
    }
    let name = name_of(file, *late);
    let message = format!("`{name}` stands above the decorator that registers the route, so requests do not pass it");
    let registers = |module: &str| matches!(module.split('.').next(), Some("flask" | "quart"));
    let by_flask = file.imports.iter().any(|i| registers(&i.module));
    by_flask.then(|| finding(context, handler.function, Some(message), Confidence::High))
}

/// Whether the file defines, imports or uses a check.
fn has_check(file: &File) -> bool {
    let defined = file.functions.iter().filter_map(|f| f.name).any(|n| is_check(file.text(n)));
    let imported = file.imports.iter().filter_map(|i| i.local).any(|n| is_check(file.text(n)));
    let decorated = file.functions.iter().flat_map(|f| &f.decorators).any(|d| is_check(&name_of(file, *d)));
    defined || imported || decorated
}

/// Where a file looks at who asks.
struct Habits<'c, 'a> {
    context: &'c Context<'a>,
    /// Where names of checks and of identities stand, in order.
    marks: Vec<Span>,
    routes: FxHashMap<FunctionId, Vec<&'c RouteFact>>,
}

impl<'c, 'a> Habits<'c, 'a> {
    fn of(context: &'c Context<'a>) -> Self {
        let file = context.file;
        let telling: FxHashSet<Name> = file
            .exprs
            .iter()
            .filter_map(|e| match e.kind {
                ExprKind::Name(name) | ExprKind::Member { name, .. } => Some(name),
                _ => None,
            })
            .collect::<FxHashSet<Name>>()
            .into_iter()
            .filter(|name| is_check(file.text(*name)) || is_identity(file.text(*name)))
            .collect();
        let mut marks: Vec<Span> = (file.exprs.iter())
            .filter(|e| match e.kind {
                ExprKind::Name(name) => telling.contains(&name),
                ExprKind::Member { name, .. } => telling.contains(&name),
                _ => false,
            })
            // A member ends in its name; where it begins tells nothing.
            .map(|e| Span { start: e.span.end.saturating_sub(1), end: e.span.end })
            .collect();
        marks.sort();
        let mut routes: FxHashMap<FunctionId, Vec<&RouteFact>> = FxHashMap::default();
        for route in &context.facts.routes {
            for handler in &route.handlers {
                routes.entry(*handler).or_default().push(route);
            }
        }
        Habits { context, marks, routes }
    }

    fn file(&self) -> &'a File {
        self.context.file
    }

    fn routes(&self, handler: FunctionId) -> &[&'c RouteFact] {
        self.routes.get(&handler).map_or(&[], |routes| routes)
    }

    fn function_is_check(&self, function: FunctionId) -> bool {
        self.file().function(function).name.is_some_and(|name| is_check(self.file().text(name)))
    }

    /// Whether a check or an identity is named inside a span.
    fn looks_in(&self, span: Span) -> bool {
        let from = self.marks.partition_point(|mark| mark.start < span.start);
        self.marks.get(from).is_some_and(|mark| mark.end <= span.end)
    }

    /// Whether something stands in front of all routes: a middleware, or a function that runs before each request.
    fn guards_all(&self) -> bool {
        let file = self.file();
        let middleware = |r: &&RouteFact| r.target.ends_with(".use") && r.route.is_none();
        let used = self.context.facts.routes.iter().filter(middleware).any(|r| {
            r.arguments.iter().any(|(e, _)| is_check(&name_of(file, *e)))
                || r.handlers.iter().any(|h| self.function_is_check(*h))
        });
        let before = |f: &Function| {
            let runs_before =
                |d: &ExprId| matches!(simple(&name_of(file, *d)).as_str(), "beforerequest" | "middleware");
            f.decorators.iter().any(runs_before) && self.looks_in(f.body_span)
        };
        used || file.functions.iter().any(before)
    }

    fn is_sensitive(&self, handler: &HandlerFact) -> bool {
        let words = self.words(handler);
        let listed = |list: &[&str]| words.iter().any(|w| list.contains(&w.as_str()));
        listed(SENSITIVE) && !listed(PUBLIC)
    }

    /// The words of a handler's name, of its class and of its path.
    fn words(&self, handler: &HandlerFact) -> Vec<String> {
        let file = self.file();
        let function = file.function(handler.function);
        let names = function.name.into_iter().chain(function.class.and_then(|c| file.class(c).name));
        let mut texts: Vec<String> = names.map(|n| file.text(n).to_string()).collect();
        texts.extend(handler.decorators.iter().filter_map(|d| first_text(file, *d)));
        texts.extend(self.routes(handler.function).iter().filter_map(|r| r.route.clone()));
        texts.iter().flat_map(|text| words(text)).collect()
    }

    /// Whether a check stands in front of the handler or inside it, or the handler looks at who asks by itself.
    fn is_protected(&self, handler: &HandlerFact) -> bool {
        let file = self.file();
        let function = file.function(handler.function);
        let class = function.class.map(|c| &file.class(c).decorators);
        let injected = function.params.iter().flat_map(|p| p.default.into_iter().chain(p.ty));
        let attached = function.decorators.iter().chain(class.into_iter().flatten()).copied();
        let in_front = |r: &&RouteFact| {
            r.handlers.iter().any(|h| *h != handler.function && self.function_is_check(*h))
                || r.arguments.iter().any(|(e, _)| is_check(&name_of(file, *e)))
        };
        attached.chain(injected).any(|e| self.looks_in(file.expr(e).span))
            || self.function_is_check(handler.function)
            || self.routes(handler.function).iter().any(in_front)
            || self.looks_itself(handler.function)
    }

    /// Whether a function or one that it calls reads who asks or calls a check.
    fn looks_itself(&self, function: FunctionId) -> bool {
        let calls = &self.context.facts.calls;
        let mut seen: FxHashSet<FunctionId> = FxHashSet::default();
        let mut queue = vec![function];
        while let Some(id) = queue.pop() {
            if !seen.insert(id) || seen.len() > MAX_CALLED {
                continue;
            }
            let span = self.file().function(id).span;
            if self.looks_in(self.file().function(id).body_span) {
                return true;
            }
            let from = calls.partition_point(|c| c.span.start < span.start);
            let inside = calls.iter().skip(from).take_while(|c| c.span.start < span.end);
            queue.extend(inside.flat_map(|c| c.callees.iter().copied()));
        }
        false
    }
}

fn first_text(file: &File, expr: ExprId) -> Option<String> {
    let ExprKind::Call { args, .. } = &file.expr(expr).kind else { return None };
    match &file.expr(args.first()?.value).kind {
        ExprKind::Literal(Literal::Str(text)) => Some(text.to_string()),
        _ => None,
    }
}

/// What a decorator, a middleware or an argument is called: the last name, of a call that of its callee.
fn name_of(file: &File, mut expr: ExprId) -> String {
    for _ in 0..8 {
        match &file.expr(expr).kind {
            ExprKind::Name(name) | ExprKind::Member { name, .. } => return file.text(*name).to_string(),
            ExprKind::Call { callee, .. } => expr = *callee,
            _ => break,
        }
    }
    String::new()
}

fn simple(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// Whether a name is that of a check of who asks.
fn is_check(name: &str) -> bool {
    let name = simple(name);
    let made = || VERBS.iter().any(|verb| name.strip_prefix(verb).is_some_and(|rest| OBJECTS.contains(&rest)));
    let required = || name.strip_suffix("required").is_some_and(|start| OBJECTS.contains(&start));
    WHOLE.contains(&name.as_str()) || made() || required()
}

fn is_identity(name: &str) -> bool {
    let name = simple(name);
    IDENTITIES.contains(&name.strip_prefix("get").unwrap_or(&name))
}
