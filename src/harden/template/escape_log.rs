//! `escape-log`: takes the line breaks out of data that is logged.

use super::flow::{Joint, Part};
use super::html_escaper::go_text;
use super::java;
use crate::edit::TextEdit;
use crate::harden::{Candidate, Task};
use crate::syntax::hir::{ExprId, ExprKind, Language, Span};

const NAME: &str = "escape-log";
/// What the edit is about: a log, or the head of a message.
fn description(task: &Task<'_>) -> &'static str {
    match task.rule.id.as_str() {
        "log-injection" => {
            "Takes the line breaks out of the logged value, so that it cannot begin an entry of its own."
        }
        _ => "Takes the line breaks out of the value, so that it cannot begin a header of its own.",
    }
}

/// Removes line breaks from the logged values, as few of them as do.
pub fn propose(task: &Task<'_>) -> Option<Candidate> {
    let found = task.found_expr()?;
    if matches!(task.file.language, Language::Java | Language::Go) {
        return printed(task, found);
    }
    let parts: Vec<_> = task.string_parts(found).into_iter().filter(|p| is_value(task, p.expr, p.joint)).collect();
    let (first, others): (Vec<_>, Vec<_>) = parts.into_iter().partition(|p| task.carries(p.expr));
    let mut edits = Vec::new();
    for part in first.into_iter().chain(others) {
        edits.push(cleaned(task, part.expr)?);
        if let Some(candidate) = task.mending(NAME, description(task), edits.clone()) {
            return Some(candidate);
        }
    }
    None
}

/// In Java and Go: as few of the texts that carry the data as do.
fn printed(task: &Task<'_>, found: ExprId) -> Option<Candidate> {
    let mut edits = Vec::new();
    let call = task.found_call();
    let parts = task.printed_parts(call.as_ref(), found);
    for part in parts.iter().filter(|p| task.carries(p.expr)) {
        let (code, more) = if task.file.language == Language::Go {
            go_cleaned(task, part)?
        } else {
            (java_cleaned(task, part)?, None)
        };
        edits.push(TextEdit::replace(task.file.expr(part.expr).span, code));
        edits.extend(more);
        if let Some(candidate) = task.mending(NAME, description(task), edits.clone()) {
            return Some(candidate);
        }
    }
    None
}

/// `name.replaceAll("[\r\n]", "")`; what is no text, or may be missing, is written as one first.
fn java_cleaned(task: &Task<'_>, part: &Part) -> Option<String> {
    // A logger treats an exception in its own way.
    if part.joint == Joint::Whole && !java::is_text(task, part.expr) {
        return None;
    }
    let text = task.expr_text(part.expr);
    let (pattern, empty) = (task.string("[\r\n]"), task.string(""));
    (!text.contains(['\n', '\r'])).then(|| format!("String.valueOf({text}).replaceAll({pattern}, {empty})"))
}

fn go_cleaned(task: &Task<'_>, part: &Part) -> Option<(String, Option<TextEdit>)> {
    let known = go_text(task, part.expr, 6);
    if !known && part.joint != Joint::Added && !matches!(part.conversion, Some('s' | 'v' | 'q')) {
        return None;
    }
    let text = task.expr_text(part.expr);
    if text.contains(['\n', '\r']) || (!known && part.joint != Joint::Added) {
        return None;
    }
    let (strings, import) = task.import("strings", None);
    let (cr, lf, empty) = (task.string("\r"), task.string("\n"), task.string(""));
    Some((format!("{strings}.ReplaceAll({strings}.ReplaceAll({text}, {cr}, {empty}), {lf}, {empty})"), import))
}

/// Whether the expression is a text, and no error or object that is logged as one.
fn is_value(task: &Task<'_>, id: ExprId, joint: Joint) -> bool {
    joint != Joint::Whole || task.is_text(id)
}

/// The value without line breaks, and the span that it replaces.
fn cleaned(task: &Task<'_>, id: ExprId) -> Option<TextEdit> {
    let span = task.file.expr(id).span;
    let text = task.text(span);
    if text.contains(['\n', '\r']) {
        return None;
    }
    if !task.is_python() {
        return Some(TextEdit::replace(span, format!("String({text}).replace(/[\\r\\n]/g, '')")));
    }
    let in_template =
        task.file.exprs.iter().any(|e| matches!(&e.kind, ExprKind::Template { parts } if parts.contains(&id)));
    if in_template {
        return shown(task, span);
    }
    let simple = matches!(
        task.file.expr(id).kind,
        ExprKind::Name(_) | ExprKind::Member { .. } | ExprKind::Index { .. } | ExprKind::Call { .. }
    );
    let (cr, lf, empty) = (task.string("\r"), task.string("\n"), task.string(""));
    simple.then(|| TextEdit::replace(span, format!("{text}.replace({cr}, {empty}).replace({lf}, {empty})")))
}

/// In an f-string no backslash may stand before Python 3.12, so the value is written as its `repr`, which brings quotes of
/// its own.
fn shown(task: &Task<'_>, span: Span) -> Option<TextEdit> {
    let all = task.source.text();
    let before = all.get(..span.start as usize)?;
    let after = all.get(span.end as usize..)?;
    if !before.ends_with('{') || !after.starts_with('}') {
        return None;
    }
    let quoted =
        ['\'', '"'].iter().any(|q| before.ends_with(&format!("{q}{{")) && after.starts_with(&format!("}}{q}")));
    let is_start =
        before.strip_suffix('{').is_some_and(|b| b.ends_with(['f', 'F']) || b.ends_with("f\"") || b.ends_with("f'"));
    let written = format!("repr({})", task.text(span));
    if quoted && !is_start {
        let whole = Span { start: span.start - 2, end: span.end + 2 };
        return Some(TextEdit::replace(whole, format!("{{{written}}}")));
    }
    Some(TextEdit::replace(span, written))
}

#[cfg(test)]
mod tests {
    use super::super::testing::{fixed, not_fixed};

    const RULE: &str = "log-injection";

    #[test]
    fn python_values_lose_their_line_breaks() {
        let head = "import logging\nfrom flask import Flask, request\n\napp = Flask(__name__)\n\n\n@app.route(\"/\")\ndef index():\n    name = request.args[\"name\"]\n";
        for (before, after) in [
            (
                "    logging.info(\"hello %s\", name)\n",
                "    logging.info(\"hello %s\", name.replace(\"\\r\", \"\").replace(\"\\n\", \"\"))\n",
            ),
            ("    logging.info(f\"hello {name}\")\n", "    logging.info(f\"hello {repr(name)}\")\n"),
            ("    logging.info(f\"image '{name}' is gone\")\n", "    logging.info(f\"image {repr(name)} is gone\")\n"),
            ("    logging.info(f\"{name}\")\n", "    logging.info(f\"{repr(name)}\")\n"),
            (
                "    logging.info(\"hello \" + name)\n",
                "    logging.info(\"hello \" + name.replace(\"\\r\", \"\").replace(\"\\n\", \"\"))\n",
            ),
        ] {
            let expected = format!("{head}{after}    return \"ok\"\n");
            assert_eq!(fixed("a.py", &format!("{head}{before}    return \"ok\"\n"), RULE), expected);
            not_fixed("a.py", &expected, RULE);
        }
    }

    #[test]
    fn javascript_values_lose_their_line_breaks() {
        let head = "const express = require('express');\nconst app = express();\napp.get('/', (req, res) => {\n  const name = req.query.name;\n";
        let end = "  res.json({});\n});\n";
        for (before, after) in [
            ("  console.log(`hello ${name}`);\n", "  console.log(`hello ${String(name).replace(/[\\r\\n]/g, '')}`);\n"),
            (
                "  console.log('hello', req.query.name);\n",
                "  console.log('hello', String(req.query.name).replace(/[\\r\\n]/g, ''));\n",
            ),
        ] {
            assert_eq!(fixed("a.js", &format!("{head}{before}{end}"), RULE), format!("{head}{after}{end}"));
        }
    }
}
