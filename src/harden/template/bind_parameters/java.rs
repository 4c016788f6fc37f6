//! Java: a statement of JDBC becomes a prepared one, Spring's template and JPA are handed the values.

use super::position::{self, Positions};
use super::rewrite::Rewrite;
use super::{names, values};
use crate::edit::{EditSet, TextEdit};
use crate::harden::template::built::{self, Built};
use crate::harden::template::java;
use crate::harden::template::toolkit::Call;
use crate::harden::{Candidate, Task};
use crate::syntax::hir::*;

/// A statement whose values can all be bound.
struct Sql {
    built: Built,
    positions: Positions,
    /// The statement that assigns it to the variable that the call is given.
    assigned: Option<StmtId>,
    values: Vec<String>,
    /// Whether each value is surely a text.
    texts: Vec<bool>,
}

/// Binds the values by what the call is one of.
pub fn propose(task: &Task<'_>) -> Option<Candidate> {
    let call = task.found_call()?;
    let path = task.path_of_call(call.span)?;
    let (owner, method) = path.rsplit_once('.')?;
    let jpa = owner.ends_with(".EntityManager") || owner == "org.hibernate.Session";
    let sql = Sql::of(task, &call, if jpa { "" } else { "?" })?;
    let edits = match (owner, method) {
        ("java.sql.Statement", "executeQuery" | "executeUpdate" | "execute") => plain(task, &call, &sql)?,
        ("java.sql.Connection", "prepareStatement") => prepared(task, &call, &sql)?,
        ("org.springframework.jdbc.core.JdbcTemplate", _) => template(task, &call, method, &sql)?,
        (_, "createQuery" | "createNativeQuery") if jpa => parameters(task, &call, &sql)?,
        _ => return None,
    };
    let them = if sql.values.len() == 1 { "the value" } else { "the values" };
    task.mending("bind-parameters", format!("The statement stays constant; the driver binds {them}."), edits)
}

impl Sql {
    fn of(task: &Task<'_>, call: &Call<'_>, mark: &str) -> Option<Sql> {
        let first = call.args.first().filter(|a| a.spread == Spread::No)?;
        let (statement, assigned) = built::origin(task, first.value)?;
        let built = Built::of(task, statement)?;
        let positions = position::read(&built, false, mark)?;
        let marks = positions.marks_before.last().copied().unwrap_or(0);
        if positions.groups.is_empty() || !positions.kept.is_empty() || marks > 0 {
            return None;
        }
        if assigned.is_some_and(|a| !built::same_at(task, &built, a, call.span)) {
            return None;
        }
        let values: Vec<String> =
            positions.groups.iter().map(|g| values::bound(task, &built, g)).collect::<Option<_>>()?;
        let texts: Vec<bool> = positions.groups.iter().map(|g| is_text(task, &built, g)).collect();
        // PostgreSQL compares no number with a text, which the parts of a statement are not.
        let strict = task.source.text().to_ascii_lowercase().contains("postgres");
        let numbers = positions.groups.iter().zip(&texts).any(|(g, text)| (!g.quoted && *text) || g.counts);
        (!(numbers && strict)).then_some(Sql { built, positions, assigned, values, texts })
    }

    /// The edits that put placeholders into the text where it stands.
    fn in_place(&self, task: &Task<'_>, placeholders: &[String]) -> Option<Vec<TextEdit>> {
        Rewrite::new(task, &self.built).finish(&self.positions, placeholders, false)
    }

    fn marks(&self) -> Vec<String> {
        self.values.iter().map(|_| "?".to_string()).collect()
    }

    /// The text with placeholders as code.
    fn code(&self, task: &Task<'_>) -> Option<String> {
        let start = self.built.span.start;
        let edits = self.in_place(task, &self.marks())?.into_iter().map(|e| {
            TextEdit::replace(
                Span { start: e.span.start.saturating_sub(start), end: e.span.end.saturating_sub(start) },
                e.text,
            )
        });
        Some(EditSet::new(edits.collect())?.apply(task.text(self.built.span)))
    }

    /// `statement.setString(1, name);` for each value.
    fn setters(&self, statement: &str) -> Vec<String> {
        let set = |(i, (value, text)): (usize, (&String, &bool))| {
            let method = if *text { "setString" } else { "setObject" };
            format!("{statement}.{method}({}, {value});", i + 1)
        };
        self.values.iter().zip(&self.texts).enumerate().map(set).collect()
    }
}

fn is_text(task: &Task<'_>, built: &Built, group: &position::Group) -> bool {
    let units = built.units.get(group.first..=group.last).unwrap_or_default();
    let mut values = units.iter().filter_map(|u| match u {
        built::Unit::Value(n) => built.values.get(*n),
        built::Unit::Char(..) => None,
    });
    let composed = group.quoted && units.len() > 3;
    composed || values.next().is_some_and(|v| java::is_text(task, v.expr))
}

/// `connection.createStatement()` and `statement.executeQuery(sql)` become `connection.prepareStatement(sql)`, the values,
/// and `statement.executeQuery()`.
fn plain(task: &Task<'_>, call: &Call<'_>, sql: &Sql) -> Option<Vec<TextEdit>> {
    let ExprKind::Member { object, .. } = task.file.expr(call.callee).kind else { return None };
    let [only] = call.args else { return None };
    let ExprKind::Name(variable) = task.file.expr(object).kind else { return chained(task, call, object, sql) };
    let function = task.function_around(call.span);
    let made = creation(task, function, variable)?;
    if !alone(task, function, variable, object) || made.span.start > call.span.start {
        return None;
    }
    let mut edits = vec![TextEdit::delete(only.span)];
    edits.extend(retyped(task, function, variable)?);
    let home = task.file.stmt(task.statement_around(call.span)?).span;
    let head = task.text(Span { start: home.start, end: call.span.start });
    let (text, more) = text_at(task, call, sql, made.span)?;
    edits.extend(more);
    if task.begins_line(home) && !head.contains('{') && !starts_try(head) {
        edits.push(TextEdit::replace(made.name, "prepareStatement"));
        edits.push(TextEdit::insert(made.inside, text));
        edits.extend(lines_before(task, home, &sql.setters(task.file.text(variable))));
        return Some(edits);
    }
    // Both stand in the head of a `try`: a method of its own prepares the statement and hands over the values.
    if !still(task, sql, made.span, call.span) {
        return None;
    }
    let (code, helper) = by_helper(task, made.connection, &text, sql)?;
    edits.push(TextEdit::replace(made.span, code));
    edits.extend(helper);
    Some(edits)
}

fn starts_try(head: &str) -> bool {
    head.trim_start().strip_prefix("try").is_some_and(|rest| rest.trim_start().starts_with('('))
}

/// `connection.createStatement().executeQuery(sql)`.
fn chained(task: &Task<'_>, call: &Call<'_>, object: ExprId, sql: &Sql) -> Option<Vec<TextEdit>> {
    let made = as_creation(task, object)?;
    let [only] = call.args else { return None };
    let (text, mut edits) = text_at(task, call, sql, made.span)?;
    let (code, helper) = by_helper(task, made.connection, &text, sql)?;
    edits.push(TextEdit::delete(only.span));
    edits.push(TextEdit::replace(made.span, code));
    edits.extend(helper);
    Some(edits)
}

/// The code of the statement's text where the statement is made, and the edits of the text: the variable where it has its
/// value by then, else the text itself.
fn text_at(task: &Task<'_>, call: &Call<'_>, sql: &Sql, made: Span) -> Option<(String, Vec<TextEdit>)> {
    let Some(assigned) = sql.assigned else { return Some((sql.code(task)?, Vec::new())) };
    let span = task.file.stmt(assigned).span;
    let text = task.text(call.args.first()?.span).to_string();
    if span.end <= made.start {
        return Some((text, sql.in_place(task, &sql.marks())?));
    }
    let name = task.file.names.get(&text)?;
    let function = task.file.function(task.function_around(call.span)).span;
    let line = java::whole_line(task, span)?;
    (task.uses(name, function).len() == 2).then_some(())?;
    Some((sql.code(task)?, vec![TextEdit::delete(line)]))
}

/// Whether nothing that the values are made from is assigned between two places.
fn still(task: &Task<'_>, sql: &Sql, from: Span, to: Span) -> bool {
    let between = Span { start: from.start, end: to.start };
    let names: Vec<&str> = (task.file.exprs.iter())
        .filter(|e| sql.built.values.iter().any(|v| task.file.expr(v.expr).span.contains(e.span)))
        .filter_map(|e| if let ExprKind::Name(n) = e.kind { Some(task.file.text(n)) } else { None })
        .collect();
    !task.file.stmts.iter().any(|s| match &s.kind {
        StmtKind::Assign { targets, .. } => {
            between.contains(s.span) && targets.iter().any(|t| names.contains(&task.expr_text(*t)))
        }
        _ => false,
    })
}

/// A call that makes a statement.
struct Creation {
    span: Span,
    /// The method's name.
    name: Span,
    /// Where its first argument goes.
    inside: u32,
    connection: ExprId,
}

fn as_creation(task: &Task<'_>, id: ExprId) -> Option<Creation> {
    let ExprKind::Call { callee, args, .. } = &task.file.expr(id).kind else { return None };
    let ExprKind::Member { object, name_span, .. } = task.file.expr(*callee).kind else { return None };
    let span = task.file.expr(id).span;
    let makes = task.path_of_call(span)?.ends_with(".createStatement");
    (makes && args.is_empty()).then_some(Creation {
        span,
        name: name_span,
        inside: span.end.checked_sub(1)?,
        connection: object,
    })
}

/// The only creation that a variable is assigned, besides null.
fn creation(task: &Task<'_>, function: FunctionId, variable: Name) -> Option<Creation> {
    let body = task.file.function(function).span;
    let mut given: Vec<ExprId> = task.writes(function, variable);
    for stmt in task.file.stmts.iter().filter(|s| body.contains(s.span)) {
        if let StmtKind::With { items, .. } = &stmt.kind {
            let named = |t: &ExprId| match task.file.expr(*t).kind {
                ExprKind::Cast { operand, .. } => {
                    matches!(task.file.expr(operand).kind, ExprKind::Name(n) if n == variable)
                }
                ExprKind::Name(n) => n == variable,
                _ => false,
            };
            given.extend(items.iter().filter(|(_, t)| t.as_ref().is_some_and(named)).map(|(v, _)| *v));
        }
    }
    given.retain(|id| !matches!(task.file.expr(*id).kind, ExprKind::Literal(Literal::Null)));
    given.dedup();
    match given.as_slice() {
        [only] => as_creation(task, *only),
        _ => None,
    }
}

/// Whether the variable runs nothing but this statement: else it is only closed, or compared with null.
fn alone(task: &Task<'_>, function: FunctionId, variable: Name, own: ExprId) -> bool {
    let body = task.file.function(function).span;
    let named = |id: ExprId| matches!(task.file.expr(id).kind, ExprKind::Name(n) if n == variable);
    !task.file.exprs.iter().filter(|e| body.contains(e.span)).any(|e| match &e.kind {
        ExprKind::Member { object, name, .. } => named(*object) && *object != own && task.file.text(*name) != "close",
        ExprKind::Call { args, .. } => args.iter().any(|a| named(a.value)),
        _ => false,
    })
}

/// `Statement` becomes `PreparedStatement` where the variable is declared.
fn retyped(task: &Task<'_>, function: FunctionId, variable: Name) -> Option<Vec<TextEdit>> {
    let body = task.file.function(function).span;
    let uses = task.uses(variable, body);
    let declared = uses.first()?;
    let before = task.source.text().get(body.start as usize..declared.start as usize)?.trim_end();
    let start = before.trim_end_matches(|c: char| c.is_alphanumeric() || c == '.' || c == '_').len();
    let ty = before.get(start..)?;
    if !matches!(ty, "Statement" | "java.sql.Statement" | "var") {
        return None;
    }
    if ty == "var" {
        return Some(Vec::new());
    }
    let (name, import) = task.import("java.sql", Some("PreparedStatement"));
    let start = body.start as usize + start;
    let span = Span::new(start, start + ty.len());
    Some(import.into_iter().chain([TextEdit::replace(span, name)]).collect())
}

/// Statements on lines of their own in front of one.
fn lines_before(task: &Task<'_>, statement: Span, lines: &[String]) -> Option<TextEdit> {
    let indent = task.indentation(statement);
    let text: String = lines.iter().map(|l| format!("{l}{}{indent}", task.source.newline())).collect();
    Some(TextEdit::insert(statement.start, text))
}

/// A call of a method that prepares a statement and binds values, and the edits that add it.
fn by_helper(task: &Task<'_>, connection: ExprId, text: &str, sql: &Sql) -> Option<(String, Vec<TextEdit>)> {
    let (prepared, first) = task.import("java.sql", Some("PreparedStatement"));
    let (connections, second) = task.import("java.sql", Some("Connection"));
    let (failure, third) = task.import("java.sql", Some("SQLException"));
    let lines = [
        format!(
            "private static {prepared} prepared({connections} connection, String sql, Object... values) throws {failure} {{"
        ),
        format!("    {prepared} statement = connection.prepareStatement(sql);"),
        "    for (int i = 0; i < values.length; i++) {".to_string(),
        "        statement.setObject(i + 1, values[i]);".to_string(),
        "    }".to_string(),
        "    return statement;".to_string(),
        "}".to_string(),
    ];
    let method = java::helper(task, "prepared", "A statement to which the values are bound in their order.", &lines)?;
    let edits = first.into_iter().chain(second).chain(third).chain(method).collect();
    let code = format!("prepared({}, {text}, {})", task.expr_text(connection), sql.values.join(", "));
    Some((code, edits))
}

/// `connection.prepareStatement(sql)` is given a constant, and the values are set behind it.
fn prepared(task: &Task<'_>, call: &Call<'_>, sql: &Sql) -> Option<Vec<TextEdit>> {
    let mut edits = sql.in_place(task, &sql.marks())?;
    let statement = task.file.stmt(task.statement_around(call.span)?);
    let whole = |id: ExprId| task.file.expr(id).span == call.span;
    if let StmtKind::Assign { targets, value: Some(value), .. } = &statement.kind
        && whole(*value)
        && task.begins_line(statement.span)
    {
        let [target] = targets.as_slice() else { return None };
        let line = java::whole_line(task, statement.span)?;
        let indent = task.indentation(statement.span);
        let nl = task.source.newline();
        let set = sql.setters(task.expr_text(*target));
        let text: String = set.iter().map(|l| format!("{nl}{indent}{l}")).collect();
        edits.push(TextEdit::insert(line.end.checked_sub(nl.len() as u32)?, text));
        return Some(edits);
    }
    // In the head of a `try` the values are set first in its body.
    let mut around = task.file.stmts.iter().filter_map(|s| match &s.kind {
        StmtKind::With { items, body } => {
            let (last, _) = items.last()?;
            let (_, target) = items.iter().find(|(value, _)| whole(*value))?;
            // What is made behind it in the head may run it already.
            let only = whole(*last)
                || !task.text(Span { start: call.span.end, end: task.file.expr(*last).span.end }).contains("execute");
            Some((target.as_ref().copied()?, body.first().copied()?)).filter(|_| only)
        }
        _ => None,
    });
    let (target, first) = around.next_back()?;
    let first = task.file.stmt(first).span;
    edits.extend(task.begins_line(first).then(|| lines_before(task, first, &sql.setters(task.expr_text(target))))?);
    Some(edits)
}

/// Spring's template takes the values behind everything else.
fn template(task: &Task<'_>, call: &Call<'_>, method: &str, sql: &Sql) -> Option<Vec<TextEdit>> {
    let fewest = match method {
        "query" | "queryForObject" => 2,
        "queryForList" | "queryForMap" | "queryForRowSet" | "update" => 1,
        _ => return None,
    };
    let most = if method == "update" || method == "queryForMap" { 1 } else { 2 };
    let array = |a: &Arg| matches!(task.file.expr(a.value).kind, ExprKind::Collection { .. });
    if !(fewest..=most).contains(&call.args.len()) || call.args.iter().any(array) {
        return None;
    }
    let mut edits = sql.in_place(task, &sql.marks())?;
    let values = format!(", {}", sql.values.join(", "));
    edits.push(TextEdit::insert(call.span.end.checked_sub(1)?, values));
    Some(edits)
}

/// JPA's queries are given parameters by name.
fn parameters(task: &Task<'_>, call: &Call<'_>, sql: &Sql) -> Option<Vec<TextEdit>> {
    // The type of a parameter must be that of the column, which quotes alone tell.
    if sql.positions.groups.iter().any(|g| !g.quoted) || values::has_colons(&sql.built) {
        return None;
    }
    let mut taken: Vec<String> = Vec::new();
    for group in &sql.positions.groups {
        taken.push(names::of(task, &sql.built, group, &taken));
    }
    let placeholders: Vec<String> = taken.iter().map(|n| format!(":{n}")).collect();
    let mut edits = sql.in_place(task, &placeholders)?;
    let set = |(name, value): (&String, &String)| format!(".setParameter({}, {value})", task.string(name));
    let set: String = taken.iter().zip(&sql.values).map(set).collect();
    edits.push(TextEdit::insert(call.span.end, set));
    Some(edits)
}
