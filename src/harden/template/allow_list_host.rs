//! `allow-list-host`: a host from outside must be on the list of allowed hosts that the file already has.

use super::contain_path::{refusal, step};
use super::report::before_statement;
use crate::edit::TextEdit;
use crate::harden::{Candidate, Task};
use crate::syntax::hir::*;

const NAME: &str = "allow-list-host";

/// Refuses hosts that are not on the list. Which hosts a program may ask nobody can guess, so without a list there is
/// nothing to propose.
pub fn propose(task: &Task<'_>) -> Option<Candidate> {
    let host = host(task)?;
    let list = list(task)?;
    let stmt = task.file.stmt(task.statement_around(task.span())?);
    if !task.begins_line(stmt.span) {
        return None;
    }
    let (refuse, import) = refusal(task, "403", "Forbidden", "host is not allowed")?;
    let inner = format!("{}{}{}", task.source.newline(), task.indentation(stmt.span), step(task));
    let guard = if task.is_python() {
        format!("if {host} not in {list}:{inner}{refuse}")
    } else {
        let close = format!("{}{}}}", task.source.newline(), task.indentation(stmt.span));
        format!("if (!{list}.includes({host})) {{{inner}{refuse}{close}")
    };
    let mut edits: Vec<TextEdit> = before_statement(task, &guard)?;
    // The statement of a guard ends with its brace.
    for edit in &mut edits {
        edit.text = edit.text.replacen("};", "}", 1);
    }
    edits.extend(import);
    task.mending(NAME, "Asks only hosts that are on the list of allowed ones.", edits)
}

/// The variable that stands where the address has its host.
fn host<'a>(task: &Task<'a>) -> Option<&'a str> {
    let value = task.sink_value()?;
    let parts = task.string_parts(value);
    let part = parts.iter().find(|p| task.carries(p.expr))?;
    let is_host = matches!(part.before.as_str(), "http://" | "https://");
    let is_name = matches!(task.file.expr(part.expr).kind, ExprKind::Name(_));
    (is_host && is_name).then(|| task.expr_text(part.expr))
}

/// The only constant collection of the module that is named as a list of allowed hosts.
fn list<'a>(task: &Task<'a>) -> Option<&'a str> {
    let file: &'a File = task.file;
    let mut found = file.function(MODULE).body.iter().filter_map(|s| {
        let StmtKind::Assign { targets, value: Some(value), .. } = &file.stmt(*s).kind else { return None };
        let ExprKind::Name(name) = file.expr(*targets.first()?).kind else { return None };
        let ExprKind::Collection { kind, entries } = &file.expr(*value).kind else { return None };
        let name = file.text(name);
        let lower = name.to_ascii_lowercase();
        let fits = ["allow", "trust", "permit"].iter().any(|w| lower.contains(w))
            && ["host", "domain"].iter().any(|w| lower.contains(w));
        let constant = entries.iter().all(|e| matches!(file.expr(e.value).kind, ExprKind::Literal(Literal::Str(_))));
        (fits && constant && !matches!(kind, CollectionKind::Map)).then_some(name)
    });
    let first = found.next()?;
    found.next().is_none().then_some(first)
}

#[cfg(test)]
mod tests {
    use super::super::testing::{fixed, refused};

    const RULE: &str = "server-side-request-forgery";

    #[test]
    fn hosts_are_checked_against_the_list_of_the_file() {
        let head = "import requests\nfrom flask import Flask, abort, request\n\napp = Flask(__name__)\n";
        let list = "ALLOWED_HOSTS = {\"a.example\", \"b.example\"}\n";
        let view = "\n\n@app.route(\"/\")\ndef index():\n    host = request.args[\"host\"]\n";
        let call = "    return requests.get(f\"https://{host}/status\").json()\n";
        let guard = "    if host not in ALLOWED_HOSTS:\n        abort(403)\n";
        assert_eq!(
            fixed("a.py", &format!("{head}{list}{view}{call}"), RULE),
            format!("{head}{list}{view}{guard}{call}")
        );
        refused("a.py", &format!("{head}{view}{call}"), RULE);
    }

    #[test]
    fn hosts_are_checked_in_javascript() {
        let head = "const express = require('express');\nconst app = express();\nconst ALLOWED_HOSTS = ['a.example'];\napp.get('/', async (req, res) => {\n  const host = req.query.host;\n";
        let call = "  const answer = await fetch(`https://${host}/status`);\n  res.json({ ok: answer.ok });\n});\n";
        let guard = "  if (!ALLOWED_HOSTS.includes(host)) {\n    return res.status(403).send('Forbidden');\n  }\n";
        assert_eq!(fixed("a.js", &format!("{head}{call}"), RULE), format!("{head}{guard}{call}"));
    }
}
