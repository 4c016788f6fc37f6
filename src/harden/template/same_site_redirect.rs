//! `same-site-redirect`: redirects only to addresses of the site itself.

use super::html_escaper::go_text;
use super::java;
use crate::edit::TextEdit;
use crate::harden::{Candidate, Task};
use crate::syntax::hir::*;

const NAME: &str = "same-site-redirect";
const DESCRIPTION: &str = "Redirects only to paths of this site, and to its front page otherwise.";

/// A path of this site: one slash, and behind it nothing that browsers read as the beginning of a host's name.
const PYTHON_LOCAL: &str = r"/(?![\s/\\])";
const JAVA_LOCAL: &str = r"/(?![\s/\\]).*";
const JAVASCRIPT_LOCAL: &str = r"/^\/(?![\s/\\])/";

/// Sends the browser to the given address only where that is a path of this site, else to its front page.
pub fn propose(task: &Task<'_>) -> Option<Candidate> {
    match task.file.language {
        Language::Java => return java(task),
        Language::Go => return go(task),
        _ => {}
    }
    let value = task.sink_value()?;
    let expr = task.file.expr(value);
    let text = task.text(expr.span);
    if text.contains(['\n', '\r']) || !is_address(task, value) {
        return None;
    }
    let mut edits = Vec::new();
    if !task.is_python() {
        let home = task.string("/");
        let repeatable = matches!(expr.kind, ExprKind::Name(_) | ExprKind::Member { .. } | ExprKind::Index { .. });
        if !repeatable {
            return None;
        }
        let checked = format!("{JAVASCRIPT_LOCAL}.test({text}) ? {text} : {home}");
        edits.push(TextEdit::replace(expr.span, checked));
    } else {
        let (re, import) = task.import("re", None);
        let quote = task.quote();
        let name = if let ExprKind::Name(_) = expr.kind { text } else { "target" };
        if name != text {
            let free = task.file.names.get(name).is_none();
            if !free || !task.begins_line(task.file.stmt(task.statement_around(expr.span)?).span) {
                return None;
            }
            edits.extend(super::report::before_statement(task, &format!("{name} = {text}"))?);
        }
        let tested = if may_be_none(task, value) { format!("{name} or {quote}{quote}") } else { name.to_string() };
        let home = task.string("/");
        let checked = format!("{name} if {re}.match(r{quote}{PYTHON_LOCAL}{quote}, {tested}) else {home}");
        edits.push(TextEdit::replace(expr.span, checked));
        edits.extend(import);
    }
    task.mending(NAME, DESCRIPTION, edits)
}

/// In Java the address is asked where it is used; what is no variable gets one. Spring's `"redirect:" + address` keeps its
/// beginning.
fn java(task: &Task<'_>) -> Option<Candidate> {
    let value = task.sink_value()?;
    let (value, sum) = match task.file.expr(value).kind {
        ExprKind::Binary { op: BinaryOp::Add, left, right } => {
            let prefix =
                matches!(&task.file.expr(left).kind, ExprKind::Literal(Literal::Str(s)) if &**s == "redirect:");
            (prefix.then_some(right)?, true)
        }
        _ => (value, false),
    };
    let span = task.file.expr(value).span;
    let text = task.text(span);
    if text.contains(['\n', '\r']) || !is_address(task, value) || !java::is_text(task, value) {
        return None;
    }
    let mut edits = Vec::new();
    let name = match task.file.expr(value).kind {
        ExprKind::Name(_) => text,
        ExprKind::Call { .. } if task.file.names.get("target").is_none() => {
            edits.extend(super::report::before_statement(task, &format!("String target = {text}"))?);
            "target"
        }
        _ => return None,
    };
    let (pattern, home) = (task.string(JAVA_LOCAL), task.string("/"));
    let checked = format!("{name} != null && {name}.matches({pattern}) ? {name} : {home}");
    edits.push(TextEdit::replace(span, if sum { format!("({checked})") } else { checked }));
    task.mending(NAME, DESCRIPTION, edits)
}

/// In Go the variable is given the front page before it is used; what is no variable gets one.
fn go(task: &Task<'_>) -> Option<Candidate> {
    let value = task.sink_value()?;
    let span = task.file.expr(value).span;
    let text = task.text(span);
    let statement = task.file.stmt(task.statement_around(span)?).span;
    if text.contains(['\n', '\r']) || !go_text(task, value, 6) || !task.begins_line(statement) {
        return None;
    }
    let (strings, import) = task.import("strings", None);
    let mut edits: Vec<TextEdit> = import.into_iter().collect();
    let mut before = String::new();
    let (indent, nl) = (task.indentation(statement), task.source.newline());
    let name = match task.file.expr(value).kind {
        ExprKind::Name(name) => {
            // Another function may be using the variable at the same time.
            let own = task.function_around(span);
            let local = !task.writes(own, name).is_empty()
                || task.file.function(own).params.iter().any(|p| task.expr_text(p.pattern) == text);
            (local && is_address(task, value)).then_some(text)?
        }
        ExprKind::Call { .. } if task.file.names.get("target").is_none() => {
            before = format!("target := {text}{nl}{indent}");
            edits.push(TextEdit::replace(span, "target"));
            "target"
        }
        _ => return None,
    };
    let starts = |with: &str| format!("{strings}.HasPrefix({name}, {})", task.string(with));
    let leads_away = format!("!{} || {} || {}", starts("/"), starts("//"), starts("/\\"));
    let unit = super::contain_path::step(task);
    let guard =
        format!("{before}if {leads_away} {{{nl}{indent}{unit}{name} = {}{nl}{indent}}}{nl}{indent}", task.string("/"));
    edits.push(TextEdit::insert(statement.start, guard));
    task.mending(NAME, DESCRIPTION, edits)
}

/// Whether the expression is the whole address as it came in; one that is put together has a host of its own.
fn is_address(task: &Task<'_>, id: ExprId) -> bool {
    match &task.file.expr(id).kind {
        ExprKind::Name(name) => {
            let function = task.function_around(task.file.expr(id).span);
            task.writes(function, *name).iter().all(|w| {
                !matches!(
                    task.file.expr(*w).kind,
                    ExprKind::Template { .. } | ExprKind::Binary { op: BinaryOp::Add, .. }
                )
            })
        }
        ExprKind::Member { .. } | ExprKind::Index { .. } | ExprKind::Call { .. } => task.is_text(id),
        ExprKind::Binary { op: BinaryOp::Or | BinaryOp::Nullish, left, .. } => task.is_text(*left),
        _ => false,
    }
}

/// `args.get("next")` gives nothing where there is no such parameter.
fn may_be_none(task: &Task<'_>, id: ExprId) -> bool {
    let is_get = |id: &ExprId| match &task.file.expr(*id).kind {
        ExprKind::Call { callee, args, .. } => args.len() == 1 && task.expr_text(*callee).ends_with(".get"),
        _ => false,
    };
    match task.file.expr(id).kind {
        ExprKind::Name(name) => task.writes(task.function_around(task.file.expr(id).span), name).iter().any(is_get),
        _ => is_get(&id),
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{fixed, not_fixed, refused};

    const RULE: &str = "open-redirect";

    #[test]
    fn python_redirects_stay_on_the_site() {
        let app = "\napp = Flask(__name__)\n\n\n@app.route(\"/\")\ndef index():\n";
        let flask = "from flask import Flask, redirect, request\n";
        for (before, after) in [
            (
                "    target = request.args.get(\"next\")\n    return redirect(target)\n",
                "    target = request.args.get(\"next\")\n    return redirect(target if re.match(r\"/(?![\\s/\\\\])\", target or \"\") else \"/\")\n",
            ),
            (
                "    return redirect(request.args.get(\"next\", \"/\"))\n",
                "    target = request.args.get(\"next\", \"/\")\n    return redirect(target if re.match(r\"/(?![\\s/\\\\])\", target) else \"/\")\n",
            ),
        ] {
            let got = fixed("a.py", &format!("{flask}{app}{before}"), RULE);
            assert_eq!(got, format!("import re\n\n{flask}{app}{after}"));
            not_fixed("a.py", &got, RULE);
        }
        refused("a.py", &format!("{flask}{app}    return redirect(\"http://\" + request.args[\"host\"])\n"), RULE);
    }

    #[test]
    fn javascript_redirects_stay_on_the_site() {
        let test = "/^\\/(?![\\s/\\\\])/.test";
        for (before, after) in [
            (
                "function go(req, res) {\n  res.redirect(req.query.next);\n}\n",
                format!(
                    "function go(req, res) {{\n  res.redirect({test}(req.query.next) ? req.query.next : '/');\n}}\n"
                ),
            ),
            (
                "const t = location.hash;\nlocation.href = t;\n",
                format!("const t = location.hash;\nlocation.href = {test}(t) ? t : '/';\n"),
            ),
        ] {
            assert_eq!(fixed("a.js", before, RULE), after);
            not_fixed("a.js", &after, RULE);
        }
    }
}
