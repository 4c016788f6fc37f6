//! The call that runs the statement, and how its driver binds values.

use crate::harden::Task;
use crate::harden::template::toolkit::Call;
use crate::rules::compiled::{BindStyle, Sink, TestKind, Trigger};
use crate::rules::place::{ArgSelector, Base, Place};
use crate::syntax::hir::*;

/// Where the values go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Slot {
    /// One argument holds them all: a tuple, an array or a map, by position, by keyword or either.
    Argument { index: Option<usize>, name: Option<String> },
    /// The arguments from a position on are the values.
    Arguments(usize),
    /// A method called on the result: `text(…).bindparams(name=name)`.
    Method(&'static str),
}

/// What runs the statement.
pub struct Target<'a> {
    /// The call that takes the statement, which also takes the values where the slot is no method.
    pub call: Call<'a>,
    /// The statement.
    pub statement: ExprId,
    /// The argument behind which the values go.
    pub anchor: Span,
    /// The placeholders.
    pub style: BindStyle,
    /// Where the values go.
    pub slot: Slot,
    /// Whether `"…"` is a string in this dialect.
    pub double_quotes: bool,
    /// Whether rows are counted by numbers alone.
    pub no_counts: bool,
    /// Whether the driver takes a number only as a number.
    pub strict: bool,
}

impl<'a> Target<'a> {
    /// The target of a finding.
    pub fn find(task: &Task<'a>) -> Option<Target<'a>> {
        let call = task.found_call()?;
        let path = task.path_of_call(call.span)?;
        if task.is_python() && is_text_clause(path) {
            return text_clause(task, call);
        }
        if path.ends_with("executemany") || path.ends_with("executeMany") || path.ends_with("executescript") {
            return None;
        }
        if !task.is_python() && path.starts_with("better-sqlite3.") {
            return prepared(task, call);
        }
        let sinks = task.sinks_of_call(call.span);
        let sink = choose(task, &sinks)?;
        let bind = sink.bind.as_ref()?;
        let statement = sink.at.iter().find_map(|at| argument(task, &call, at))?;
        let found = task.span();
        if !(call.span == found || statement.span.contains(found)) {
            return None;
        }
        let go = task.file.language == Language::Go;
        let style = if go { go_style(task, bind.style)? } else { bind.style };
        let slot = match slot(&bind.at)? {
            // The values are the arguments themselves.
            Slot::Argument { index: Some(index), .. } if go => Slot::Arguments(index),
            other => other,
        };
        Some(Target {
            statement: statement.value,
            anchor: statement.span,
            style,
            slot,
            double_quotes: style != BindStyle::Numbered && !go && !is_postgres(task, path),
            no_counts: (go && imports_mysql(task))
                || path.to_ascii_lowercase().contains("mysql")
                || (shape(sink) && imports_mysql(task)),
            strict: task.is_python() && bind.style == BindStyle::Numbered,
            call,
        })
    }
}

/// The placeholders of the driver that a file of Go imports or opens; none where several say different things, or another
/// kind is wanted.
fn go_style(task: &Task<'_>, own: BindStyle) -> Option<BindStyle> {
    let text = task.source.text();
    let has = |names: &[&str]| {
        names.iter().any(|n| task.file.imports.iter().any(|i| i.path.contains(n)) || text.contains(&format!("\"{n}\"")))
    };
    let numbered = own == BindStyle::Numbered || has(&["lib/pq", "jackc/pgx", "postgres", "pgx", "cockroach"]);
    let marks = has(&["go-sql-driver/mysql", "go-sqlite3", "modernc.org/sqlite", "mysql", "sqlite3", "sqlite"]);
    let other = has(&["go-mssqldb", "godror", "go-oci8", "go-ora", "sqlserver", "oracle"]);
    match (numbered, marks, other) {
        (true, false, false) => Some(BindStyle::Numbered),
        (false, _, false) => Some(BindStyle::Qmark),
        _ => None,
    }
}

fn slot(place: &Place) -> Option<Slot> {
    match &place.base {
        Base::Arg(ArgSelector::One { index, name }) if place.tail.is_empty() => {
            let index = index.map(usize::try_from).transpose().ok()?;
            Some(Slot::Argument { index, name: name.clone() })
        }
        Base::Arg(ArgSelector::From(index)) => Some(Slot::Arguments(*index as usize)),
        _ => None,
    }
}

/// The argument at a place.
fn argument<'a>(task: &Task<'a>, call: &Call<'a>, place: &Place) -> Option<&'a Arg> {
    let Base::Arg(ArgSelector::One { index, name }) = &place.base else { return None };
    if !place.tail.is_empty() {
        return None;
    }
    let named = name.as_ref().and_then(|n| call.keyword(task.file, n));
    let positional = || index.and_then(|i| usize::try_from(i).ok()).and_then(|i| call.positional(i));
    named.or_else(positional).filter(|a| a.spread == Spread::No)
}

fn shape(sink: &Sink) -> bool {
    matches!(&sink.trigger, Trigger::Call(patterns) if patterns.iter().any(|p| p.any_receiver))
}

/// The sink that says how values are bound: one for the call's own type before those for its shape, of which all that
/// fit the file's imports must agree.
fn choose<'a>(task: &Task<'_>, sinks: &[&'a Sink]) -> Option<&'a Sink> {
    let binds: Vec<&'a Sink> = sinks.iter().copied().filter(|s| s.bind.is_some()).collect();
    if let Some(typed) = binds.iter().find(|s| !shape(s)) {
        return Some(typed);
    }
    let fits = |s: &&&'a Sink| {
        s.when.iter().all(|test| match &test.kind {
            TestKind::Imports(modules) => imports_any(task, modules) != test.not,
            _ => true,
        })
    };
    let fitting: Vec<&&'a Sink> = binds.iter().filter(fits).collect();
    let (first, rest) = fitting.split_first()?;
    rest.iter().all(|s| s.bind == first.bind).then_some(**first)
}

fn imports_any(task: &Task<'_>, modules: &[String]) -> bool {
    let fits = |path: &str, module: &str| {
        path.strip_prefix(module).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    };
    task.file.imports.iter().any(|i| modules.iter().any(|m| fits(&i.path, m) || fits(&i.module, m)))
}

fn imports_mysql(task: &Task<'_>) -> bool {
    task.file.imports.iter().any(|i| {
        let path = i.path.to_ascii_lowercase();
        path.contains("mysql") || path.contains("mariadb")
    })
}

fn is_postgres(task: &Task<'_>, path: &str) -> bool {
    let names = ["psycopg", "pg8000", "asyncpg"];
    names.iter().any(|n| path.contains(n) || task.file.imports.iter().any(|i| i.path.contains(n)))
}

fn is_text_clause(path: &str) -> bool {
    path.ends_with(".text") && (path.contains("sqlalchemy") || path.contains("sqlmodel"))
}

/// `text("…")` of SQLAlchemy: the values go to the `execute` around it, or are bound to the clause itself.
fn text_clause<'a>(task: &Task<'a>, text: Call<'a>) -> Option<Target<'a>> {
    let statement = text.positional(0).filter(|a| a.spread == Spread::No)?;
    let outer = outer_call(task, text.span)
        .filter(|c| executes(task, c) && c.positional(0).is_some_and(|a| a.span == text.span));
    let double_quotes = !is_postgres(task, "");
    let no_counts = false;
    let (call, anchor, slot) = match outer {
        Some(outer) if outer.args.len() == 1 => (outer, text.span, Slot::Argument { index: Some(1), name: None }),
        Some(outer) if outer.positional(1).is_some_and(|a| is_map(task, a.value)) => {
            (outer, text.span, Slot::Argument { index: Some(1), name: None })
        }
        _ => {
            let end = text.span;
            (text, end, Slot::Method("bindparams"))
        }
    };
    let style = BindStyle::Named;
    Some(Target { call, statement: statement.value, anchor, style, slot, double_quotes, no_counts, strict: false })
}

fn is_map(task: &Task<'_>, id: ExprId) -> bool {
    matches!(task.file.expr(id).kind, ExprKind::Collection { kind: CollectionKind::Map, .. })
}

fn executes(task: &Task<'_>, call: &Call<'_>) -> bool {
    matches!(&task.file.expr(call.callee).kind,
        ExprKind::Member { name, .. } if matches!(task.file.text(*name), "execute" | "scalar" | "scalars"))
}

/// The innermost call strictly around a span.
fn outer_call<'a>(task: &Task<'a>, span: Span) -> Option<Call<'a>> {
    let calls = task.file.exprs.iter().enumerate().filter_map(|(i, e)| match &e.kind {
        ExprKind::Call { callee, args, is_new } if e.span.contains(span) && e.span != span => {
            Some(Call { id: ExprId(i as u32), span: e.span, callee: *callee, args, is_new: *is_new })
        }
        _ => None,
    });
    calls.min_by_key(|c| c.span.end - c.span.start)
}

/// `db.prepare("…").get(values)` of better-sqlite3.
fn prepared<'a>(task: &Task<'a>, prepare: Call<'a>) -> Option<Target<'a>> {
    let ExprKind::Member { name, .. } = &task.file.expr(prepare.callee).kind else { return None };
    let statement = prepare.positional(0).filter(|a| a.spread == Spread::No)?;
    let outer = outer_call(task, prepare.span)?;
    let ExprKind::Member { object, name: method, .. } = &task.file.expr(outer.callee).kind else { return None };
    let runs = matches!(task.file.text(*method), "all" | "get" | "run" | "iterate");
    if task.file.text(*name) != "prepare" || *object != prepare.id || !runs || !outer.args.is_empty() {
        return None;
    }
    let inside = outer.span.end.checked_sub(1)?;
    Some(Target {
        statement: statement.value,
        anchor: Span { start: inside, end: inside },
        style: BindStyle::Qmark,
        slot: Slot::Arguments(0),
        double_quotes: true,
        no_counts: false,
        strict: false,
        call: outer,
    })
}
