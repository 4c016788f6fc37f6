//! The code of a file as a list of units for each function: simple statements, and the heads of compound ones, each with the
//! heads around it. Two versions of a function are compared unit by unit.

use std::collections::{BTreeMap, BTreeSet};

use crate::inspect::Inspected;
use crate::syntax::Source;
use crate::syntax::hir::*;

/// What a unit is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// The condition of an `if` or of a loop.
    Test,
    /// What a `for` walks over, what a `switch` compares, the values of one of its cases.
    Head,
    /// `try`.
    Try,
    /// What a handler catches.
    Handler,
    /// What a `with` manages.
    With,
    /// An expression for its effect.
    Effect,
    /// An assignment or declaration.
    Assign,
    /// `return`.
    Return,
    /// `throw`.
    Throw,
    /// `break`, `continue`.
    Jump,
    /// `assert`.
    Assert,
    /// The head of a function or class inside a function.
    Define,
}

/// Which part of a compound statement something stands in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Branch {
    /// What runs when the head's condition holds, or just its body.
    Body,
    /// What runs otherwise.
    Otherwise,
    /// The body of a function inside an expression.
    Inside,
}

/// A compound statement around a unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Guard {
    /// Its head, as an index in the units of the function.
    pub unit: usize,
    /// The part.
    pub branch: Branch,
}

/// A simple statement or a head.
#[derive(Debug, Clone)]
pub struct Unit {
    /// What it is.
    pub kind: Kind,
    /// Its range.
    pub span: Span,
    /// Bodies of functions inside it: they are units of their own.
    pub holes: Vec<Span>,
    /// Its text without white space and comments, quotes alike.
    pub text: String,
    /// The compound statements around it, outermost first.
    pub guards: Vec<Guard>,
    /// The patterns that it assigns to.
    pub targets: Vec<ExprId>,
}

impl Unit {
    /// Whether a range lies in it, and not in a function inside it.
    pub fn has(&self, span: Span) -> bool {
        self.span.contains(span) && !self.holes.iter().any(|h| h.contains(span))
    }
}

/// A file in units: by function, `<module>` for what is outside functions.
pub struct Units<'a> {
    /// What is known of the file.
    pub inspected: &'a Inspected,
    /// The lowered file.
    pub file: &'a File,
    /// Its text.
    pub source: &'a Source,
    /// The units of each function, in the order of the text.
    pub scopes: BTreeMap<String, Vec<Unit>>,
}

impl<'a> Units<'a> {
    /// The units of a file; none where it was not analysed.
    pub fn of(inspected: &'a Inspected) -> Option<Units<'a>> {
        let (file, source) = (inspected.file.as_deref()?, inspected.source.as_deref()?);
        let mut inner: Vec<Vec<FunctionId>> = vec![Vec::new(); file.functions.len()];
        for (i, function) in file.functions.iter().enumerate() {
            if let Some(all) = function.parent.and_then(|p| inner.get_mut(p.index())) {
                all.push(FunctionId(i as u32));
            }
        }
        let pending = vec![("<module>".to_string(), MODULE)];
        let mut walk = Walk { file, source, inner, pending, units: Vec::new() };
        let mut scopes: BTreeMap<String, Vec<Unit>> = BTreeMap::new();
        let mut at = 0;
        while let Some((name, id)) = walk.pending.get(at).cloned() {
            at += 1;
            walk.units = scopes.remove(&name).unwrap_or_default();
            walk.block(&file.function(id).body, id, &[]);
            scopes.insert(name, std::mem::take(&mut walk.units));
        }
        Some(Units { inspected, file, source, scopes })
    }

    /// The expressions of a unit.
    pub fn exprs<'u>(&self, unit: &'u Unit) -> impl Iterator<Item = (ExprId, &'a Expr)> + use<'a, 'u> {
        let all = self.file.exprs.iter().enumerate();
        all.filter(move |(_, e)| unit.has(e.span)).map(|(i, e)| (ExprId(i as u32), e))
    }

    /// Whether an expression is the object that a method works on.
    fn is_receiver(&self, id: ExprId) -> bool {
        matches!(self.file.expr(id).kind, ExprKind::Name(n) if matches!(self.file.text(n), "this" | "self"))
    }

    /// The variables that a unit names, and the fields of its own object.
    pub fn names(&self, unit: &Unit) -> BTreeSet<&'a str> {
        let file = self.file;
        self.exprs(unit)
            .filter_map(|(_, e)| match e.kind {
                ExprKind::Name(n) => Some(file.text(n)),
                ExprKind::Member { object, name, .. } if self.is_receiver(object) => Some(file.text(name)),
                _ => None,
            })
            .collect()
    }

    /// The variables that a unit binds.
    pub fn bound(&self, unit: &Unit) -> BTreeSet<&'a str> {
        let mut out = BTreeSet::new();
        let mut open: Vec<ExprId> = unit.targets.clone();
        while let Some(id) = open.pop() {
            match &self.file.expr(id).kind {
                ExprKind::Name(name) => {
                    out.insert(self.file.text(*name));
                }
                ExprKind::Member { object, name, .. } if self.is_receiver(*object) => {
                    out.insert(self.file.text(*name));
                }
                ExprKind::Collection { entries, .. } => open.extend(entries.iter().map(|e| e.value)),
                ExprKind::Spread(inner) | ExprKind::Cast { operand: inner, .. } => open.push(*inner),
                ExprKind::Assign { target, .. } => open.push(*target),
                _ => {}
            }
        }
        out
    }

    /// The variable that a member, an element or a call of one begins with.
    pub fn root(&self, mut id: ExprId) -> Option<&'a str> {
        loop {
            match &self.file.expr(id).kind {
                ExprKind::Name(name) => return Some(self.file.text(*name)),
                ExprKind::Member { object, .. } | ExprKind::Index { object, .. } | ExprKind::Slice { object, .. } => {
                    id = *object;
                }
                ExprKind::Call { callee, .. } => id = *callee,
                ExprKind::Await(inner) | ExprKind::Cast { operand: inner, .. } => id = *inner,
                _ => return None,
            }
        }
    }

    /// The variable that the outermost call of a unit is called on; none where a plain function is called.
    pub fn receiver(&self, unit: &Unit) -> Option<&'a str> {
        let calls = self.exprs(unit).filter_map(|(_, e)| match e.kind {
            ExprKind::Call { callee, .. } => Some((e.span.end - e.span.start, callee)),
            _ => None,
        });
        let (_, callee) = calls.max_by_key(|(length, _)| *length)?;
        if matches!(self.file.expr(callee).kind, ExprKind::Name(_)) { None } else { self.root(callee) }
    }

    /// Whether a unit assigns what a class or an import made.
    pub fn is_construction(&self, unit: &Unit) -> bool {
        let calls = self.exprs(unit).filter_map(|(_, e)| match e.kind {
            ExprKind::Call { callee, is_new, .. } => Some((e.span.end - e.span.start, callee, is_new)),
            _ => None,
        });
        let Some((_, callee, is_new)) = calls.max_by_key(|(length, _, _)| *length) else { return false };
        let Some(root) = self.root(callee) else { return is_new };
        let imported = self.file.imports.iter().any(|i| i.local.is_some_and(|l| self.file.text(l) == root));
        is_new || root.starts_with(char::is_uppercase) || imported && root != "request"
    }

    /// The units that stand in a part of a compound statement, directly or deeper.
    pub fn within(units: &'a [Unit], head: usize, branch: Branch) -> impl Iterator<Item = (usize, &'a Unit)> {
        let guard = Guard { unit: head, branch };
        units.iter().enumerate().filter(move |(_, u)| u.guards.contains(&guard))
    }
}

/// The units of functions that were not walked yet.
struct Walk<'a> {
    file: &'a File,
    source: &'a Source,
    /// The functions directly inside each.
    inner: Vec<Vec<FunctionId>>,
    pending: Vec<(String, FunctionId)>,
    units: Vec<Unit>,
}

impl Walk<'_> {
    fn block(&mut self, block: &[StmtId], function: FunctionId, guards: &[Guard]) {
        for id in block {
            self.statement(*id, function, guards);
        }
    }

    fn branch(&mut self, block: &[StmtId], function: FunctionId, guards: &[Guard], unit: usize, branch: Branch) {
        let inner: Vec<Guard> = guards.iter().copied().chain([Guard { unit, branch }]).collect();
        self.block(block, function, &inner);
    }

    fn statement(&mut self, id: StmtId, function: FunctionId, guards: &[Guard]) {
        let file = self.file;
        let stmt = file.stmt(id);
        let start = beginning(stmt.span);
        let span = |ids: &[ExprId]| around(file, ids).unwrap_or(start);
        let mut simple = |kind, targets: &[ExprId]| {
            self.unit(kind, stmt.span, function, guards, targets);
        };
        match &stmt.kind {
            StmtKind::Expr(_) | StmtKind::Delete(_) | StmtKind::ExportDefault(_) => simple(Kind::Effect, &[]),
            StmtKind::Assign { targets, .. } => simple(Kind::Assign, targets),
            StmtKind::Return(_) => simple(Kind::Return, &[]),
            StmtKind::Throw(_) => simple(Kind::Throw, &[]),
            StmtKind::Break | StmtKind::Continue => simple(Kind::Jump, &[]),
            StmtKind::Assert { .. } => simple(Kind::Assert, &[]),
            StmtKind::Import(_) | StmtKind::Outer(_) => {}
            StmtKind::Block(block) => self.block(block, function, guards),
            StmtKind::If { test, then, otherwise } => {
                let head = self.unit(Kind::Test, span(&[*test]), function, guards, &[]);
                self.branch(then, function, guards, head, Branch::Body);
                self.branch(otherwise, function, guards, head, Branch::Otherwise);
            }
            StmtKind::While { test, body, update, otherwise, .. } => {
                let tests: Vec<ExprId> = test.iter().copied().collect();
                let head = self.unit(Kind::Test, span(&tests), function, guards, &[]);
                self.branch(body, function, guards, head, Branch::Body);
                self.branch(update, function, guards, head, Branch::Body);
                self.branch(otherwise, function, guards, head, Branch::Otherwise);
            }
            StmtKind::ForEach { target, iter, body, otherwise, .. } => {
                let head = self.unit(Kind::Head, span(&[*target, *iter]), function, guards, &[*target]);
                self.branch(body, function, guards, head, Branch::Body);
                self.branch(otherwise, function, guards, head, Branch::Otherwise);
            }
            StmtKind::Switch { subject, cases } => {
                self.unit(Kind::Head, span(&[*subject]), function, guards, &[]);
                for case in cases {
                    let tests: Vec<ExprId> = case.tests.iter().chain(&case.guard).copied().collect();
                    let head = self.unit(Kind::Head, span(&tests), function, guards, &[]);
                    self.branch(&case.body, function, guards, head, Branch::Body);
                }
            }
            StmtKind::Try { body, handlers, otherwise, finally } => {
                let head = self.unit(Kind::Try, start, function, guards, &[]);
                self.branch(body, function, guards, head, Branch::Body);
                for handler in handlers {
                    self.handler(handler, function, guards);
                }
                self.block(otherwise, function, guards);
                self.block(finally, function, guards);
            }
            StmtKind::With { items, body } => {
                let managed: Vec<ExprId> = items.iter().flat_map(|(e, t)| [Some(*e), *t]).flatten().collect();
                let targets: Vec<ExprId> = items.iter().filter_map(|(_, t)| *t).collect();
                let head = self.unit(Kind::With, span(&managed), function, guards, &targets);
                self.branch(body, function, guards, head, Branch::Body);
            }
            StmtKind::Function(inner) => self.definition(*inner, function, guards),
            StmtKind::Class(class) => {
                for id in &file.class(*class).body {
                    self.statement(*id, function, guards);
                }
            }
            StmtKind::Unknown(exprs, blocks) => {
                let head = self.unit(Kind::Effect, span(exprs), function, guards, &[]);
                for block in blocks {
                    self.branch(block, function, guards, head, Branch::Body);
                }
            }
        }
    }

    fn handler(&mut self, handler: &Handler, function: FunctionId, guards: &[Guard]) {
        let types = around(self.file, &handler.types).unwrap_or(beginning(handler.span));
        let targets: Vec<ExprId> = handler.name.into_iter().collect();
        let caught = self.unit(Kind::Handler, types, function, guards, &targets);
        self.branch(&handler.body, function, guards, caught, Branch::Body);
    }

    /// Functions outside others are looked at for themselves.
    fn definition(&mut self, id: FunctionId, function: FunctionId, guards: &[Guard]) {
        let inner = self.file.function(id);
        if function == MODULE {
            self.pending.push((inner.symbol.to_string(), id));
            return;
        }
        let head = Span { start: inner.span.start, end: inner.body_span.start.max(inner.span.start) };
        let unit = self.unit(Kind::Define, head, function, guards, &[]);
        self.branch(&inner.body, id, guards, unit, Branch::Inside);
    }

    fn unit(&mut self, kind: Kind, span: Span, function: FunctionId, guards: &[Guard], targets: &[ExprId]) -> usize {
        let all = self.inner.get(function.index()).filter(|_| kind != Kind::Define);
        let inner: Vec<(FunctionId, Span)> = (all.into_iter().flatten())
            .map(|id| (*id, self.file.function(*id).body_span))
            .filter(|(_, body)| span.contains(*body) && self.source.slice(*body).starts_with('{'))
            .collect();
        let holes: Vec<Span> = inner.iter().map(|(_, s)| *s).collect();
        let at = self.units.len();
        let text = self.text(span, &holes);
        self.units.push(Unit { kind, span, holes, text, guards: guards.to_vec(), targets: targets.to_vec() });
        for (id, _) in inner {
            let body = &self.file.function(id).body;
            self.branch(body, id, guards, at, Branch::Inside);
        }
        at
    }

    /// The text of a range without functions and comments inside it.
    fn text(&self, span: Span, holes: &[Span]) -> String {
        let mut out = String::new();
        let mut done = span.start;
        let all = &self.file.comments;
        let comments = all.get(all.partition_point(|c| c.start < span.start)..).unwrap_or_default().iter();
        let comments = comments.take_while(|c| c.end <= span.end);
        let mut left_out: Vec<Span> = holes.iter().chain(comments).copied().collect();
        left_out.sort_unstable();
        for hole in left_out {
            if hole.start >= done {
                out.push_str(self.source.slice(Span { start: done, end: hole.start }));
                out.push(' ');
                done = hole.end;
            }
        }
        out.push_str(self.source.slice(Span { start: done, end: span.end }));
        folded(&out)
    }
}

/// From the first to the last of some expressions.
fn around(file: &File, ids: &[ExprId]) -> Option<Span> {
    ids.iter().map(|e| file.expr(*e).span).reduce(joined)
}

/// The empty place where a span begins.
fn beginning(span: Span) -> Span {
    Span { start: span.start, end: span.start }
}

fn joined(a: Span, b: Span) -> Span {
    Span { start: a.start.min(b.start), end: a.end.max(b.end) }
}

/// A text without white space, except between two words; quotes alike, no semicolon at the end.
pub fn folded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    for part in text.split_whitespace() {
        let apart = out.chars().next_back().is_some_and(is_word) && part.starts_with(is_word);
        if apart {
            out.push(' ');
        }
        out.extend(part.chars().map(|c| if c == '\'' || c == '`' { '"' } else { c }));
    }
    out.truncate(out.trim_end_matches(';').len());
    out
}
