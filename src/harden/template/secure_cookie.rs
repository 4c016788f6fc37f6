//! `secure-cookie`: the attributes that protect a cookie.

use super::go;
use super::toolkit::Call;
use crate::edit::TextEdit;
use crate::harden::{Candidate, Task};
use crate::syntax::hir::*;

const NAME: &str = "secure-cookie";
const DESCRIPTION: &str = "Sets the attributes that keep the cookie from scripts, plain connections and other sites.";

/// Adds the missing attributes and turns on the ones that are off.
pub fn propose(task: &Task<'_>) -> Option<Candidate> {
    let edits = setting(task).or_else(|| {
        let call = task.found_call()?;
        match task.file.language {
            Language::Python => keywords(task, &call),
            Language::Java => setters(task, &call),
            Language::Go => literal(task, &call),
            _ => options(task, &call),
        }
    })?;
    task.mending(NAME, DESCRIPTION, edits)
}

/// `SESSION_COOKIE_SECURE = False`.
fn setting(task: &Task<'_>) -> Option<Vec<TextEdit>> {
    let stmt = task.file.stmt(task.statement_around(task.span())?);
    let StmtKind::Assign { value: Some(value), op: None, .. } = &stmt.kind else { return None };
    let ExprKind::Literal(Literal::Bool(false)) = task.file.expr(*value).kind else { return None };
    Some(vec![TextEdit::replace(task.file.expr(*value).span, task.emit().boolean(true))])
}

/// The attributes as keyword arguments, in Python.
fn keywords(task: &Task<'_>, call: &Call<'_>) -> Option<Vec<TextEdit>> {
    if call.args.iter().any(|a| a.spread != Spread::No) {
        return None;
    }
    let on = task.emit().boolean(true);
    let lax = task.string("Lax");
    // Tornado has no keywords of its own for them and hands on what it gets.
    let wanted = [("secure", on), ("httponly", on), ("samesite", lax.as_str())];
    let mut edits = Vec::new();
    let mut missing = Vec::new();
    for (name, value) in wanted {
        match call.keyword(task.file, name) {
            Some(arg) if is_off(task, arg.value) => {
                edits.push(TextEdit::replace(task.file.expr(arg.value).span, value))
            }
            Some(_) => {}
            None => missing.push(task.emit().keyword(name, value)),
        }
    }
    edits.extend(appended(task, call.args.last()?.span, &missing));
    Some(edits)
}

/// The fields of the literal that Go's function is handed.
fn literal(task: &Task<'_>, call: &Call<'_>) -> Option<Vec<TextEdit>> {
    let inner = call.args.iter().find_map(|arg| {
        let id = made(task, arg.value);
        match &task.file.expr(id).kind {
            ExprKind::Call { callee, args, is_new: true } => {
                Some(Call { id, span: task.file.expr(id).span, callee: *callee, args, is_new: true })
            }
            _ => None,
        }
    })?;
    let fiber = task.path_of_call(call.span).is_some_and(|p| p.contains("fiber"));
    let http_only = if fiber { "HTTPOnly" } else { "HttpOnly" };
    go::fields(task, &inner, &[("Secure", "true"), (http_only, "true")], |id| is_off(task, id))
}

/// The literal that a variable is given, once in its function; else the value itself.
fn made(task: &Task<'_>, id: ExprId) -> ExprId {
    let ExprKind::Name(name) = task.file.expr(id).kind else { return id };
    match task.assignments(task.function_around(task.file.expr(id).span), name).as_slice() {
        [(_, value)] => *value,
        _ => id,
    }
}

/// The attributes of a servlet's cookie, set in statements of their own before it is sent.
fn setters(task: &Task<'_>, call: &Call<'_>) -> Option<Vec<TextEdit>> {
    let [cookie] = call.args else { return None };
    let ExprKind::Name(name) = task.file.expr(cookie.value).kind else { return None };
    let statement = task.file.stmt(task.statement_around(call.span)?).span;
    if !task.begins_line(statement) {
        return None;
    }
    let function = task.file.function(task.function_around(call.span)).span;
    let mut edits = Vec::new();
    let mut added = String::new();
    for setter in ["setSecure", "setHttpOnly"] {
        let set = task.file.exprs.iter().filter(|e| function.contains(e.span)).find_map(|e| match &e.kind {
            ExprKind::Call { callee, args, .. } => match &task.file.expr(*callee).kind {
                ExprKind::Member { object, name: method, .. } if task.file.text(*method) == setter => {
                    matches!(task.file.expr(*object).kind, ExprKind::Name(n) if n == name).then_some(args)
                }
                _ => None,
            },
            _ => None,
        });
        match set.map(Vec::as_slice) {
            Some([arg]) if is_off(task, arg.value) => {
                edits.push(TextEdit::replace(task.file.expr(arg.value).span, task.emit().boolean(true)));
            }
            Some(_) => {}
            None => {
                let on = task.emit().boolean(true);
                let indentation = task.indentation(statement);
                let line = format!("{}.{setter}({on});{}{indentation}", task.file.text(name), task.source.newline());
                added.push_str(&line);
            }
        }
    }
    if !added.is_empty() {
        edits.push(TextEdit::insert(statement.start, added));
    }
    (!edits.is_empty()).then_some(edits)
}

/// Whether a value turns the protection off.
fn is_off(task: &Task<'_>, id: ExprId) -> bool {
    match &task.file.expr(id).kind {
        ExprKind::Literal(Literal::Bool(on)) => !on,
        ExprKind::Literal(Literal::Null) => true,
        ExprKind::Literal(Literal::Str(text)) => text.eq_ignore_ascii_case("none"),
        _ => false,
    }
}

/// Further items behind the last one, on a line of their own where that one has a line of its own.
fn appended(task: &Task<'_>, last: Span, items: &[String]) -> Option<TextEdit> {
    if items.is_empty() {
        return None;
    }
    let separator = if task.begins_line(last) {
        format!(",{}{}", task.source.newline(), task.indentation(last))
    } else {
        ", ".to_string()
    };
    Some(TextEdit::insert(last.end, format!("{separator}{}", items.join(&separator))))
}

/// The attributes as options, in JavaScript.
fn options(task: &Task<'_>, call: &Call<'_>) -> Option<Vec<TextEdit>> {
    let path = task.path_of_call(call.span)?;
    let is_session = matches!(path, "express-session" | "client-sessions");
    let index = if is_session || path == "cookie-session" { 0 } else { 2 };
    if call.args.iter().any(|a| a.spread != Spread::No) {
        return None;
    }
    let Some(options) = call.positional(index) else {
        let last = call.args.last().filter(|_| call.args.len() == index && index == 2)?;
        return Some(vec![TextEdit::insert(last.span.end, format!(", {{ {} }}", all(task)))]);
    };
    let entries = object(task, options.value)?;
    if !is_session {
        return object_edits(task, entries);
    }
    match entries.iter().find(|e| key(task, e) == Some("cookie")) {
        Some(cookie) => object_edits(task, object(task, cookie.value)?),
        None => Some(vec![appended(task, entries.last()?.span, &[format!("cookie: {{ {} }}", all(task))])?]),
    }
}

fn wanted(task: &Task<'_>) -> [(&'static str, String); 3] {
    [("httpOnly", "true".to_string()), ("secure", "true".to_string()), ("sameSite", task.string("lax"))]
}

fn all(task: &Task<'_>) -> String {
    wanted(task).map(|(name, value)| format!("{name}: {value}")).join(", ")
}

fn object<'a>(task: &Task<'a>, id: ExprId) -> Option<&'a [Entry]> {
    let file: &'a File = task.file;
    match &file.expr(id).kind {
        ExprKind::Collection { kind: CollectionKind::Map, entries } if entries.iter().all(|e| !e.spread) => {
            Some(entries)
        }
        _ => None,
    }
}

fn key<'a>(task: &Task<'a>, entry: &Entry) -> Option<&'a str> {
    let file: &'a File = task.file;
    match &file.expr(entry.key?).kind {
        ExprKind::Literal(Literal::Str(text)) => Some(text),
        _ => None,
    }
}

fn object_edits(task: &Task<'_>, entries: &[Entry]) -> Option<Vec<TextEdit>> {
    let mut edits = Vec::new();
    let mut missing = Vec::new();
    for (name, value) in wanted(task) {
        match entries.iter().find(|e| key(task, e) == Some(name)) {
            Some(entry) if is_off(task, entry.value) => {
                edits.push(TextEdit::replace(task.file.expr(entry.value).span, value));
            }
            Some(_) => {}
            None => missing.push(format!("{name}: {value}")),
        }
    }
    match entries.last() {
        Some(last) => edits.extend(appended(task, last.span, &missing)),
        None => return None,
    }
    Some(edits)
}

#[cfg(test)]
mod tests {
    use super::super::testing::{fixed, not_fixed};

    const RULE: &str = "insecure-cookie";

    #[test]
    fn python_cookies_get_their_attributes() {
        let head = "from flask import Flask, make_response\n\napp = Flask(__name__)\n\n\n@app.route(\"/\")\ndef index():\n    resp = make_response(\"x\")\n";
        for (before, after) in [
            (
                "    resp.set_cookie(\"sid\", \"1\")\n",
                "    resp.set_cookie(\"sid\", \"1\", secure=True, httponly=True, samesite=\"Lax\")\n",
            ),
            (
                "    resp.set_cookie(\"sid\", \"1\", secure=False, samesite=\"None\")\n",
                "    resp.set_cookie(\"sid\", \"1\", secure=True, samesite=\"Lax\", httponly=True)\n",
            ),
            (
                "    resp.set_cookie(\n        \"sid\",\n        \"1\",\n    )\n",
                "    resp.set_cookie(\n        \"sid\",\n        \"1\",\n        secure=True,\n        httponly=True,\n        samesite=\"Lax\",\n    )\n",
            ),
        ] {
            let expected = format!("{head}{after}    return resp\n");
            assert_eq!(fixed("a.py", &format!("{head}{before}    return resp\n"), RULE), expected);
            not_fixed("a.py", &expected, RULE);
        }
        let config = "from flask import Flask\n\napp = Flask(__name__)\napp.config['SESSION_COOKIE_SECURE'] = ";
        assert_eq!(fixed("a.py", &format!("{config}False\n"), RULE), format!("{config}True\n"));
    }

    #[test]
    fn javascript_cookies_get_their_options() {
        let head = "const express = require('express');\nconst session = require('express-session');\nconst app = express();\n";
        for (before, after) in [
            (
                "app.get('/', (req, res) => {\n  res.cookie('session', 'x');\n  res.json({});\n});\n",
                "app.get('/', (req, res) => {\n  res.cookie('session', 'x', { httpOnly: true, secure: true, sameSite: 'lax' });\n  res.json({});\n});\n",
            ),
            (
                "app.get('/', (req, res) => {\n  res.cookie('session', 'x', { httpOnly: false, maxAge: 9 });\n  res.json({});\n});\n",
                "app.get('/', (req, res) => {\n  res.cookie('session', 'x', { httpOnly: true, maxAge: 9, secure: true, sameSite: 'lax' });\n  res.json({});\n});\n",
            ),
            (
                "app.use(session({\n  secret: process.env.S,\n  cookie: { secure: false }\n}));\n",
                "app.use(session({\n  secret: process.env.S,\n  cookie: { secure: true, httpOnly: true, sameSite: 'lax' }\n}));\n",
            ),
            (
                "app.use(session({\n  secret: process.env.S,\n  resave: false\n}));\n",
                "app.use(session({\n  secret: process.env.S,\n  resave: false,\n  cookie: { httpOnly: true, secure: true, sameSite: 'lax' }\n}));\n",
            ),
        ] {
            let expected = format!("{head}{after}");
            assert_eq!(fixed("a.js", &format!("{head}{before}"), RULE), expected);
            not_fixed("a.js", &expected, RULE);
        }
    }
}
