//! What becomes of the result of a call: where it goes in the file, followed through variables, conversions and the functions
//! that return it. What is not known to be harmless counts as another use.

use rustc_hash::FxHashSet;

use super::engine::Engine;
use crate::rules::compiled::Fate;
use crate::syntax::hir::*;

/// The most places that are looked at for one result.
const MAX_PLACES: usize = 200;
/// Methods that give something an object more to work on.
const FEEDS: &[&str] = &["update", "write", "Write", "WriteString", "reset", "Reset"];
/// Functions that write into their first argument.
const FEEDERS: &[&str] = &["WriteString", "Fprint", "Fprintf", "Fprintln", "Copy", "CopyN", "copyTo"];
/// Methods whose result is their object in another form.
const CARRIERS: &[&str] = &[
    "update",
    "digest",
    "hexdigest",
    "hex",
    "Sum",
    "toString",
    "String",
    "slice",
    "substring",
    "substr",
    "decode",
    "encode",
    "lower",
    "upper",
    "toLowerCase",
    "toUpperCase",
    "replace",
    "getBytes",
    "asBytes",
    "trim",
    "concat",
    "add",
];
/// Functions whose result is made of their arguments.
const FORMS: &[&str] = &[
    "Sprintf",
    "Sprint",
    "format",
    "join",
    "Join",
    "EncodeToString",
    "encodeToString",
    "encodeHexString",
    "formatHex",
    "printHexBinary",
    "bytesToHex",
    "toHex",
    "toHexString",
    "hexlify",
    "b64encode",
    "urlsafe_b64encode",
    "String",
    "str",
    "string",
    "bytes",
    "valueOf",
    "BigInteger",
    "File",
    "Path",
    "Paths",
    "resolve",
    "get",
];
/// Functions whose first argument is the name of a file.
const FILES: &[&str] = &[
    "open",
    "Open",
    "OpenFile",
    "Create",
    "WriteFile",
    "ReadFile",
    "Stat",
    "writeFile",
    "writeFileSync",
    "readFile",
    "readFileSync",
    "existsSync",
    "statSync",
    "createWriteStream",
    "createReadStream",
    "exists",
    "isfile",
    "isFile",
    "mkdir",
    "mkdirSync",
    "MkdirAll",
    "makedirs",
    "FileOutputStream",
    "FileWriter",
    "FileInputStream",
    "newBufferedWriter",
    "newOutputStream",
];
/// Functions whose first argument is a key, where they are a cache's.
const LOOKUPS: &[&str] =
    &["get", "set", "put", "has", "delete", "del", "add", "pop", "Get", "Set", "setex", "getIfPresent", "containsKey"];
/// How names end that say that they are only names.
const NAMES: &[&str] =
    &["filename", "filepath", "savepath", "cachepath", "uploadpath", "cachekey", "cacheid", "etag", "slug", "basename"];

/// What a value is used for.
#[derive(Default, PartialEq, Eq)]
struct Uses {
    named: bool,
    other: bool,
}

/// What is directly around an expression.
enum Around {
    Expr(ExprId),
    Stmt(StmtId),
}

/// The places of a value that are still to be looked at.
#[derive(Default)]
struct Trail {
    open: Vec<ExprId>,
    seen: FxHashSet<ExprId>,
    uses: Uses,
}

impl Trail {
    fn to(&mut self, place: ExprId) {
        if self.seen.insert(place) {
            self.open.push(place);
        }
    }

    fn named(&mut self, is: bool) {
        if is { self.uses.named = true } else { self.uses.other = true }
    }
}

impl Engine<'_> {
    /// Whether this is all that becomes of the result of a call.
    pub fn becomes(&self, call: Span, fate: Fate) -> bool {
        let uses = self.uses(call);
        match fate {
            Fate::Name => uses == Uses { named: true, other: false },
            Fate::Nothing => uses == Uses::default(),
        }
    }

    fn uses(&self, call: Span) -> Uses {
        let is_it = |e: &Expr| e.span == call && matches!(e.kind, ExprKind::Call { .. });
        let Some(start) = self.file.exprs.iter().position(is_it).map(|i| ExprId(i as u32)) else {
            return Uses { named: false, other: true };
        };
        let mut trail = Trail::default();
        trail.to(start);
        // What an object is given to work on shows in what comes out of the object later.
        if let ExprKind::Call { callee, .. } = &self.file.expr(start).kind
            && let ExprKind::Member { object, name, .. } = self.file.expr(*callee).kind
            && FEEDS.contains(&self.file.text(name))
            && let ExprKind::Name(_) = self.file.expr(object).kind
        {
            self.bound(object, &mut trail);
        }
        while let Some(place) = trail.open.pop() {
            if trail.seen.len() > MAX_PLACES {
                trail.uses.other = true;
            }
            if trail.uses.other {
                break;
            }
            self.charge((self.file.stmts.len() + self.file.exprs.len()) / 32);
            match self.around(place) {
                Some(Around::Expr(outer)) => self.used_in(place, outer, &mut trail),
                Some(Around::Stmt(statement)) => self.used_by(place, statement, &mut trail),
                None => trail.uses.other = true,
            }
        }
        trail.uses
    }

    /// What is directly around an expression.
    fn around(&self, place: ExprId) -> Option<Around> {
        let file = self.file;
        let own = file.expr(place).span;
        let size = |s: Span| s.end - s.start;
        let exprs = file.exprs.iter().enumerate().filter(|(_, e)| e.span != own && e.span.contains(own));
        let expr = exprs.min_by_key(|(_, e)| size(e.span)).map(|(i, e)| (size(e.span), ExprId(i as u32)));
        let stmts = file.stmts.iter().enumerate().filter(|(_, s)| s.span.contains(own));
        let stmt = stmts.min_by_key(|(_, s)| size(s.span)).map(|(i, s)| (size(s.span), StmtId(i as u32)));
        match (expr, stmt) {
            (Some((e, expr)), Some((s, _))) if e <= s => Some(Around::Expr(expr)),
            (Some((_, expr)), None) => Some(Around::Expr(expr)),
            (_, Some((_, stmt))) => Some(Around::Stmt(stmt)),
            (None, None) => None,
        }
    }

    fn used_in(&self, place: ExprId, outer: ExprId, trail: &mut Trail) {
        match &self.file.expr(outer).kind {
            ExprKind::Member { object, name, .. } if *object == place => self.used_member(outer, *name, trail),
            ExprKind::Index { object, index } if *index == place => trail.named(self.is_cache(*object)),
            ExprKind::Call { args, .. } => match args.iter().position(|a| a.value == place) {
                Some(position) => self.used_argument(outer, position, trail),
                None => trail.uses.other = true,
            },
            ExprKind::Binary { op: BinaryOp::Eq | BinaryOp::NotEq, left, right } => {
                let other = if *left == place { *right } else { *left };
                let text = self.text(self.file.expr(other).span).to_ascii_lowercase();
                trail.named(text.contains("none-match") || text.contains("nonematch"));
            }
            ExprKind::Collection { kind: CollectionKind::Map, entries } => {
                let key = entries.iter().find(|e| e.value == place).and_then(|e| e.key);
                trail.named(key.and_then(|k| self.literal_str(k).or_else(|| self.last_name(k))).is_some_and(is_name));
            }
            ExprKind::Assign { target, value, .. } if *value == place => self.bound(*target, trail),
            ExprKind::Binary { op: BinaryOp::Add | BinaryOp::Rem | BinaryOp::Div | BinaryOp::Or, .. }
            | ExprKind::Index { .. }
            | ExprKind::Slice { .. }
            | ExprKind::Template { .. }
            | ExprKind::Conditional { .. }
            | ExprKind::Await(_)
            | ExprKind::Cast { .. }
            | ExprKind::Collection { .. }
            | ExprKind::Unknown(_) => trail.to(outer),
            _ => trail.uses.other = true,
        }
    }

    /// `hash.update(…)`, `hash.digest()`: a member of what is followed.
    fn used_member(&self, member: ExprId, name: Name, trail: &mut Trail) {
        let name = self.file.text(name);
        let called =
            self.file.exprs.iter().position(|e| matches!(e.kind, ExprKind::Call { callee, .. } if callee == member));
        match called.map(|i| ExprId(i as u32)) {
            Some(call) if CARRIERS.contains(&name) => trail.to(call),
            Some(_) if FEEDS.contains(&name) => {}
            None if matches!(name, "length" | "size") => {}
            _ => trail.uses.other = true,
        }
    }

    fn used_argument(&self, call: ExprId, position: usize, trail: &mut Trail) {
        let ExprKind::Call { callee, args, .. } = &self.file.expr(call).kind else { return };
        let Some(name) = self.called_name(*callee) else {
            trail.uses.other = true;
            return;
        };
        let object = match self.file.expr(*callee).kind {
            ExprKind::Member { object, .. } => Some(object),
            _ => None,
        };
        let keyword = args.get(position).and_then(|a| a.name).map(|n| self.file.text(n));
        let header =
            args.first().and_then(|a| self.literal_str(a.value)).is_some_and(|h| h.eq_ignore_ascii_case("etag"));
        let key = position == 0 && LOOKUPS.contains(&name) && object.is_some_and(|o| self.is_cache(o));
        let file = position == 0 && FILES.contains(&name);
        let tag = header && position == 1;
        if key || file || tag || is_name(name) || keyword.is_some_and(is_name) {
            trail.uses.named = true;
        } else if FORMS.contains(&name) {
            trail.to(call);
        } else if let ("append", Some(text)) = (name, object) {
            trail.to(call);
            self.bound(text, trail);
        } else {
            let harmless = position == 0 && FEEDERS.contains(&name) || object.is_some_and(|o| self.is_log(o));
            trail.uses.other |= !harmless;
        }
    }

    fn used_by(&self, place: ExprId, statement: StmtId, trail: &mut Trail) {
        match &self.file.stmt(statement).kind {
            StmtKind::Expr(_) => {}
            StmtKind::Assign { targets, value: Some(value), op: None, .. } if *value == place => {
                targets.iter().for_each(|t| self.bound(*t, trail));
            }
            StmtKind::Return(_) => self.returned(self.file.stmt(statement).span, trail),
            _ => trail.uses.other = true,
        }
    }

    /// What a target is assigned goes where the target is read.
    fn bound(&self, target: ExprId, trail: &mut Trail) {
        let file = self.file;
        let name = match &file.expr(target).kind {
            ExprKind::Name(name) => *name,
            // `sum, err := …`: the result stands first.
            ExprKind::Collection { entries, .. } => match entries.first() {
                Some(first) => return self.bound(first.value, trail),
                None => return,
            },
            _ => return trail.named(self.last_name(target).is_some_and(is_name)),
        };
        if is_name(file.text(name)) {
            trail.uses.named = true;
            return;
        }
        let declared = self.scopes.resolve(file, file.innermost_function(file.expr(target).span), name);
        let Some(scope) = declared.filter(|f| *f != MODULE) else {
            trail.uses.other = true;
            return;
        };
        let body = file.function(scope).span;
        for (i, expr) in file.exprs.iter().enumerate() {
            let read = matches!(expr.kind, ExprKind::Name(n) if n == name) && body.contains(expr.span);
            let id = ExprId(i as u32);
            if read && !self.is_target(id) {
                trail.to(id);
            }
        }
    }

    /// What a function returns goes to its callers, where all of these are known.
    fn returned(&self, statement: Span, trail: &mut Trail) {
        let file = self.file;
        let function = file.function(file.innermost_function(statement));
        let Some(name) = function.name else {
            trail.uses.other = true;
            return;
        };
        if is_name(file.text(name)) {
            trail.uses.named = true;
            return;
        }
        let head = self.text(Span { start: function.span.start, end: function.name_span.start });
        let own = match file.language {
            Language::Java => head.contains("private "),
            _ => !function.is_exported,
        };
        let is_it = |e: &Expr| matches!(e.kind, ExprKind::Name(n) | ExprKind::Member { name: n, .. } if n == name);
        let mentions: Vec<ExprId> =
            file.exprs.iter().enumerate().filter(|(_, e)| is_it(e)).map(|(i, _)| ExprId(i as u32)).collect();
        let call_of = |mention: &ExprId| {
            let calls = |e: &Expr| matches!(e.kind, ExprKind::Call { callee, .. } if callee == *mention);
            file.exprs.iter().position(calls).map(|i| ExprId(i as u32))
        };
        // A variable of Java's may have the name of a method.
        let calls: Option<Vec<ExprId>> = match file.language {
            Language::Java => Some(mentions.iter().filter_map(call_of).collect()),
            _ => mentions.iter().map(call_of).collect(),
        };
        match calls.filter(|calls| own && !calls.is_empty()) {
            Some(calls) => calls.into_iter().for_each(|call| trail.to(call)),
            None => trail.uses.other = true,
        }
    }

    fn is_target(&self, place: ExprId) -> bool {
        let is_it = |targets: &[ExprId]| targets.contains(&place);
        self.file.stmts.iter().any(|s| matches!(&s.kind, StmtKind::Assign { targets, .. } if is_it(targets)))
            || self
                .file
                .exprs
                .iter()
                .any(|e| matches!(e.kind, ExprKind::Assign { target, op: None, .. } if target == place))
            || self.file.functions.iter().flat_map(|f| &f.params).any(|p| p.pattern == place)
    }

    fn called_name(&self, callee: ExprId) -> Option<&str> {
        match &self.file.expr(callee).kind {
            ExprKind::Name(name) | ExprKind::Member { name, .. } => Some(self.file.text(*name)),
            _ => None,
        }
    }

    fn is_cache(&self, object: ExprId) -> bool {
        self.last_name(object).is_some_and(|n| n.to_ascii_lowercase().contains("cache"))
    }

    fn is_log(&self, object: ExprId) -> bool {
        let text = self.text(self.file.expr(object).span).to_ascii_lowercase();
        text.ends_with("log") || text.ends_with("logger") || matches!(&*text, "console" | "logging" | "slog")
    }
}

/// Whether a name says that what it stands for is itself only a name.
fn is_name(name: &str) -> bool {
    let plain: String = name.chars().filter(|c| c.is_alphanumeric()).map(|c| c.to_ascii_lowercase()).collect();
    NAMES.iter().any(|end| plain.ends_with(end))
}
