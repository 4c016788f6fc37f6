//! `generic-error`: answers with a general sentence instead of an exception's text, and logs the exception.

use super::flow::is_identifier;
use super::{handed_over, report};
use crate::edit::TextEdit;
use crate::harden::{Candidate, Task};
use crate::syntax::hir::*;

const NAME: &str = "generic-error";
/// So many places hand exceptions over to one answer before it is left as it is.
const MAX_PLACES: usize = 8;

/// Replaces every text of the exception in the answer, and logs the exception where nothing does yet. A function that only
/// writes answers stays as it is: what it is given is mended.
pub fn propose(task: &Task<'_>) -> Option<Candidate> {
    // Outside of its handler an exception of Java has no name by which it could be logged.
    let answered = task.file.language != Language::Java || report::handler(task).is_some();
    let direct = if handed_over::applies(task) {
        handed_over(task)
    } else if answered {
        mended(task, edits_at(task))
    } else {
        None
    };
    direct.or_else(|| at_source(task))
}

/// The answers that the exception is handed over to, one after the other until the weakness is gone.
fn handed_over(task: &Task<'_>) -> Option<Candidate> {
    let mut edits: Vec<TextEdit> = Vec::new();
    for finding in handed_over::places(task).into_iter().take(MAX_PLACES) {
        let more = edits_at(&Task { finding: &finding, ..*task })?;
        let new: Vec<TextEdit> = more.into_iter().filter(|e| !edits.contains(e)).collect();
        edits.extend(new);
        if let Some(candidate) = mended(task, Some(edits.clone())) {
            return Some(candidate);
        }
    }
    None
}

fn mended(task: &Task<'_>, edits: Option<Vec<TextEdit>>) -> Option<Candidate> {
    let description = "Answers with a general sentence and keeps the details of the error in the log.";
    task.mending(NAME, description, edits?)
}

/// Where the answer only passes on what another place wrote, that place writes the sentence; where that is not enough, so do
/// the other handlers of the same `try`.
fn at_source(task: &Task<'_>) -> Option<Candidate> {
    if !matches!(task.file.language, Language::Java | Language::Go) {
        return None;
    }
    // `e.getMessage()`, `err.Error()`: where the exception becomes text.
    let own = task.finding.flow.iter().filter(|s| s.path == task.finding.path).map(|s| s.region.span());
    let first = own.into_iter().find(|span| asks(task, *span)).filter(|first| *first != task.span())?;
    mended(task, edits_from(task, first)).or_else(|| {
        let all: Option<Vec<Vec<TextEdit>>> = beside(task, first).into_iter().map(|s| edits_from(task, s)).collect();
        mended(task, all.map(|all| all.concat()))
    })
}

/// Whether something is asked for its text: a call without arguments.
fn asks(task: &Task<'_>, span: Span) -> bool {
    let call = |e: &Expr| matches!(&e.kind, ExprKind::Call { args, .. } if args.is_empty());
    task.file.exprs.iter().any(|e| e.span == span && call(e))
}

/// The places in the handlers of one `try` at which the handlers' exceptions are asked as the one at `first` is.
fn beside(task: &Task<'_>, first: Span) -> Vec<Span> {
    let method = task.text(first).split_once('.').map_or("", |(_, method)| method);
    let tries = task.file.stmts.iter().filter_map(|s| match &s.kind {
        StmtKind::Try { handlers, .. } if handlers.iter().any(|h| h.span.contains(first)) => Some(handlers),
        _ => None,
    });
    let handlers = tries.flatten().filter_map(|h| Some((h.span, task.expr_text(h.name?))));
    let texts: Vec<(Span, String)> = handlers.map(|(span, name)| (span, format!("{name}.{method}"))).collect();
    let mut found: Vec<Span> = (task.file.exprs.iter().map(|e| e.span))
        .filter(|span| texts.iter().any(|(handler, text)| handler.contains(*span) && task.text(*span) == text))
        .filter(|span| asks(task, *span))
        .collect();
    found.sort();
    found.dedup();
    found
}

/// The edits at the place where an exception becomes text, with the sum around it.
fn edits_from(task: &Task<'_>, first: Span) -> Option<Vec<TextEdit>> {
    let around = |e: &&Expr| e.span.contains(first) && e.span != first;
    let sums =
        task.file.exprs.iter().filter(around).filter(|e| matches!(e.kind, ExprKind::Binary { op: BinaryOp::Add, .. }));
    // A sum in an argument or a part of it, not one around a call that holds the text.
    let calls = task.file.exprs.iter().filter(around).filter(|e| matches!(e.kind, ExprKind::Call { .. }));
    let inner = calls.map(|e| e.span).min_by_key(|s| s.end - s.start);
    let whole = sums.map(|e| e.span).filter(|s| inner.is_none_or(|c| !s.contains(c))).max_by_key(|s| s.end - s.start);
    let mut finding = task.finding.clone();
    finding.region = crate::finding::Region::of(task.source, whole.unwrap_or(first));
    // What is asked there carries the exception, whether or not the flow that was found goes through it.
    if let Some(step) = finding.flow.first_mut() {
        step.region = crate::finding::Region::of(task.source, first);
    }
    edits_at(&Task { finding: &finding, ..*task })
}

/// The edits of the answer where `task` finds it, and of the log.
fn edits_at(task: &Task<'_>) -> Option<Vec<TextEdit>> {
    let root = task.found_expr()?;
    let mut answer = Answer { task, status: status(task), edits: Vec::new(), text: None };
    answer.visit(root, None, 12)?;
    let Answer { mut edits, text, .. } = answer;
    let message = text.filter(|t| !t.contains('<') && t != phrase(status(task)));
    let message = message.unwrap_or_else(|| "Request failed".to_string());
    edits.extend(report::log_exception(task, &message));
    Some(edits)
}

/// The status code of the answer, where the statement holds one.
fn status(task: &Task<'_>) -> Option<i64> {
    let around = task.file.stmt(task.statement_around(task.span())?).span;
    task.file.exprs.iter().filter(|e| around.contains(e.span)).find_map(|e| match e.kind {
        ExprKind::Literal(Literal::Int(n)) if (400..600).contains(&n) => Some(n),
        _ => None,
    })
}

/// What an answer with this status says in general.
fn phrase(status: Option<i64>) -> &'static str {
    match status {
        Some(400 | 422) => "Bad request",
        Some(401) => "Unauthorized",
        Some(403) => "Forbidden",
        Some(404) => "Not found",
        Some(408 | 504) => "Request timed out",
        Some(409) => "Conflict",
        Some(502) => "Bad gateway",
        Some(503) => "Service unavailable",
        _ => "Internal server error",
    }
}

/// Methods that make bytes of the text that they are called on.
const TO_BYTES: &[&str] = &["encode", "getBytes"];

struct Answer<'t, 'a> {
    task: &'t Task<'a>,
    status: Option<i64>,
    edits: Vec<TextEdit>,
    /// What the answer says now.
    text: Option<String>,
}

impl Answer<'_, '_> {
    /// Replaces what the expression holds of the exception; none where it cannot be done with confidence.
    fn visit(&mut self, id: ExprId, entry: Option<Span>, depth: u32) -> Option<()> {
        let task = self.task;
        let depth = depth.checked_sub(1)?;
        match &task.file.expr(id).kind {
            ExprKind::Collection { entries, .. } => {
                let carrying: Vec<&Entry> = entries.iter().filter(|e| task.carries(e.value)).collect();
                carrying.iter().try_for_each(|e| self.visit(e.value, e.key.map(|_| e.span), depth))?;
                (!carrying.is_empty()).then_some(())
            }
            ExprKind::Template { parts } => self.template(id, parts),
            ExprKind::Binary { op: BinaryOp::Add | BinaryOp::Rem, .. } => self.composed(id),
            ExprKind::Binary { op: BinaryOp::Or | BinaryOp::Nullish, right, .. } if self.is_constant(*right) => {
                self.replace(id, task.expr_text(*right).to_string())
            }
            ExprKind::Conditional { then, otherwise, .. } => self.conditional(id, (*then, *otherwise), entry),
            ExprKind::Call { callee, args, .. } => self.call(id, *callee, args, depth),
            ExprKind::Name(name) => self.variable(id, *name, depth),
            ExprKind::Cast { operand, .. } => self.visit(*operand, entry, depth),
            ExprKind::Member { .. } | ExprKind::Index { .. } | ExprKind::Binary { .. } => self.general(id),
            _ => None,
        }
    }

    fn is_constant(&self, id: ExprId) -> bool {
        matches!(self.task.file.expr(id).kind, ExprKind::Literal(Literal::Str(_)))
    }

    fn replace(&mut self, id: ExprId, text: String) -> Option<()> {
        self.edits.push(TextEdit::replace(self.task.file.expr(id).span, text));
        Some(())
    }

    /// The whole expression becomes a general sentence.
    fn general(&mut self, id: ExprId) -> Option<()> {
        self.says(id, phrase(self.status).to_string())
    }

    fn says(&mut self, id: ExprId, text: String) -> Option<()> {
        let own = self.task.expr_text(id).trim_start_matches(|c: char| c.is_ascii_alphabetic()).chars().next();
        let quote = own.filter(|c| matches!(c, '"' | '\'')).unwrap_or_else(|| report::quote_near(self.task));
        let literal = self.task.emit().string(&text, quote);
        self.text.get_or_insert(text);
        self.replace(id, literal)
    }

    fn call(&mut self, id: ExprId, callee: ExprId, args: &[Arg], depth: u32) -> Option<()> {
        let task = self.task;
        const TEXTS: &[&str] = &[
            "str",
            "repr",
            "String",
            "format_exc",
            "format_exception",
            "inspect",
            "dumps",
            "stringify",
            "valueOf",
            "format",
            "Sprintf",
            "Sprint",
            "Errorf",
            "formatted",
        ];
        let last = match &task.file.expr(callee).kind {
            ExprKind::Name(name) | ExprKind::Member { name, .. } => task.file.text(*name),
            _ => "",
        };
        let literal_format = last == "format"
            && matches!(task.file.expr(callee).kind, ExprKind::Member { object, .. } if self.is_constant(object));
        if literal_format {
            return self.composed(id);
        }
        // Bytes stay bytes.
        if let ExprKind::Member { object, .. } = task.file.expr(callee).kind
            && TO_BYTES.contains(&last)
        {
            return self.visit(object, None, depth);
        }
        let carrying: Vec<&Arg> = args.iter().filter(|a| task.carries(a.value)).collect();
        let holds_object = carrying.iter().any(|a| matches!(task.file.expr(a.value).kind, ExprKind::Collection { .. }));
        // In Go the call that asks an error for its text is where the details begin.
        let asks = task.finding.flow.first().is_some_and(|s| s.region.span() == task.file.expr(id).span);
        if asks || task.carries(callee) || (TEXTS.contains(&last) && !holds_object) {
            return self.general(id);
        }
        if carrying.is_empty() {
            return None;
        }
        carrying.iter().try_for_each(|a| self.visit(a.value, None, depth))
    }

    /// A variable is given the sentence where it is used for nothing but the answer, else the answer gets it.
    fn variable(&mut self, id: ExprId, name: Name, depth: u32) -> Option<()> {
        let task = self.task;
        let function = task.function_around(task.file.expr(id).span);
        let writes = task.writes(function, name);
        let [value] = writes.as_slice() else { return if writes.is_empty() { self.general(id) } else { None } };
        let used = task.uses(name, task.file.function(function).span).len();
        if !task.carries(*value) {
            return None;
        }
        if used == 2 || !task.is_text(*value) { self.visit(*value, None, depth) } else { self.general(id) }
    }

    fn conditional(&mut self, id: ExprId, (then, otherwise): (ExprId, ExprId), entry: Option<Span>) -> Option<()> {
        let task = self.task;
        let kept = match (task.carries(then), task.carries(otherwise)) {
            (true, false) => otherwise,
            (false, true) => then,
            _ => return None,
        };
        let nothing = matches!(task.file.expr(kept).kind, ExprKind::Literal(Literal::Null));
        match entry {
            Some(entry) if nothing => {
                self.edits.push(TextEdit::delete(without_comma(task, entry)));
                Some(())
            }
            _ => self.replace(id, task.expr_text(kept).to_string()),
        }
    }

    /// `"Error: " + e`, `"Error: %s" % e`, `"Error: {}".format(e)`: one constant sentence.
    fn composed(&mut self, id: ExprId) -> Option<()> {
        let parts = self.task.string_parts(id);
        let first = parts.iter().find(|p| self.task.carries(p.expr))?;
        let others = parts.iter().any(|p| !self.task.carries(p.expr));
        if others || parts.len() > 1 {
            return self.general(id);
        }
        // Text with a structure, such as JSON put together by hand, keeps it.
        if first.before.contains(['{', '"']) {
            return self.general(first.expr);
        }
        let after = self.task.string_text(id).get(first.before.len() + 1..).unwrap_or("").to_string();
        if after.chars().any(|c| c.is_alphanumeric() || c == '<') {
            return self.says(id, self.in_the_middle(&first.before, &after));
        }
        let text = tidy(&first.before).unwrap_or_else(|| phrase(self.status).to_string());
        self.says(id, text)
    }

    /// A text in whose middle the details stood: its structure stays, a sentence gives way as a whole.
    fn in_the_middle(&self, before: &str, after: &str) -> String {
        let general = phrase(self.status);
        let structured = format!("{before}{after}").contains(['<', '{', '"']);
        if structured { format!("{before}{general}{after}") } else { general.to_string() }
    }

    fn template(&mut self, id: ExprId, parts: &[ExprId]) -> Option<()> {
        let task = self.task;
        let is_text = |p: &ExprId| matches!(task.file.expr(*p).kind, ExprKind::Literal(Literal::Str(_)));
        let first = parts.iter().position(|p| !is_text(p) && task.carries(*p))?;
        let last = parts.iter().rposition(|p| !is_text(p) && task.carries(*p))?;
        let head = parts.get(..first)?;
        let tail = parts.get(last + 1..)?;
        let plain = head.iter().chain(tail).all(is_text);
        let (before, after) = (constant_text(task, head), constant_text(task, tail));
        let ends_here = after.chars().all(|c| !c.is_alphanumeric() && c != '<');
        if plain && ends_here {
            let text = tidy(&before).unwrap_or_else(|| phrase(self.status).to_string());
            return self.says(id, text);
        }
        if plain {
            return self.says(id, self.in_the_middle(&before, &after));
        }
        self.cut(id, (*parts.get(first)?, *parts.get(last)?), ends_here)
    }

    /// Takes the interpolations out of a template that keeps others.
    fn cut(&mut self, id: ExprId, (first, last): (ExprId, ExprId), ends_here: bool) -> Option<()> {
        let task = self.task;
        let whole = task.file.expr(id).span;
        let head = task.text(Span { start: whole.start, end: task.file.expr(first).span.start });
        let tail = task.text(Span { start: task.file.expr(last).span.end, end: whole.end });
        let opens = head.trim_end().strip_suffix(if task.is_python() { "{" } else { "${" })?;
        let closes = tail.find('}')? as u32 + 1;
        if !task.is_python() && !tail.trim_start().starts_with('}') {
            return None;
        }
        let (kept, text) = if ends_here {
            (opens.trim_end_matches([' ', ':', '-', '–', ',', '(']), "")
        } else {
            (opens, phrase(self.status))
        };
        let end = task.file.expr(last).span.end + closes;
        let quotes = task.expr_text(id).chars().rev().take_while(|c| matches!(c, '"' | '\'' | '`')).count() as u32;
        let end = if ends_here { whole.end.saturating_sub(quotes).max(end) } else { end };
        self.edits.push(TextEdit::replace(Span { start: whole.start + kept.len() as u32, end }, text));
        Some(())
    }
}

/// The constant pieces of a template.
fn constant_text(task: &Task<'_>, parts: &[ExprId]) -> String {
    let text = |p: &ExprId| match &task.file.expr(*p).kind {
        ExprKind::Literal(Literal::Str(text)) => text.to_string(),
        _ => String::new(),
    };
    parts.iter().map(text).collect()
}

/// The sentence in front of the details, without what led over to them; none where it says nothing.
fn tidy(text: &str) -> Option<String> {
    const LINKS: &[&str] =
        &["due to", "because of", "because", "with error", "with exception", "reason", "details", "with", "as"];
    let mut text = text.trim_end_matches(|c: char| !c.is_alphanumeric() && !matches!(c, '.' | '!' | '?' | '>'));
    for link in LINKS {
        let head = text.get(..text.len().saturating_sub(link.len())).filter(|h| h.ends_with([' ', ',', ':', '(', '.']));
        if let Some(head) = head.filter(|_| text.to_lowercase().ends_with(link)) {
            text = head.trim_end_matches([' ', ',', ':', '(', '-']);
        }
    }
    let text = text.trim_start();
    let says = !matches!(
        text.to_lowercase().as_str(),
        "" | "error" | "err" | "exception" | "message" | "failed" | "failure" | "an"
    );
    says.then(|| text.to_string())
}

/// An entry of an object with the comma that belongs to it, and its line where it stands alone on it.
fn without_comma(task: &Task<'_>, entry: Span) -> Span {
    let text = task.source.text();
    let before = text.get(..entry.start as usize).unwrap_or("");
    let after = text.get(entry.end as usize..).unwrap_or("");
    let head = before.trim_end();
    let own_line = task.begins_line(entry);
    let gap = after.len() - after.trim_start().len();
    let comma_behind = after.get(gap..).is_some_and(|r| r.starts_with(','));
    let end = entry.end as usize + if comma_behind { gap + 1 } else { 0 };
    let start = match (comma_behind, own_line) {
        (true, true) => head.len(),
        (true, false) => before.len(),
        // The last entry takes the comma in front of it along.
        (false, _) if head.ends_with(',') => head.len() - 1,
        (false, _) => head.len(),
    };
    let spaces = |s: &str| s.len() - s.trim_start_matches(' ').len();
    let end = if comma_behind && !own_line { end + spaces(text.get(end..).unwrap_or("")) } else { end };
    Span::new(start, end)
}

/// The name that the exception has at the finding.
pub(super) fn exception_name<'a>(task: &Task<'a>) -> Option<&'a str> {
    let handler = report::handler(task);
    let own = handler.and_then(|h| h.name).map(|n| task.expr_text(n)).filter(|n| is_identifier(n));
    if handler.is_some() {
        return own;
    }
    let first = task.finding.flow.first()?;
    let text = task.text(first.region.span());
    let text = text.strip_suffix(".Error()").unwrap_or(text);
    if is_identifier(text) { Some(text) } else { task.flow_names().into_iter().next() }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{fixed, not_fixed};

    #[test]
    fn python_answers_become_general() {
        let app = "from flask import Flask, jsonify\n\napp = Flask(__name__)\n\n\n@app.route(\"/\")\ndef index():\n    try:\n        work()\n    except Exception as e:\n";
        for (before, after) in [
            (
                "        return str(e), 500\n",
                "        app.logger.exception(\"Request failed\")\n        return \"Internal server error\", 500\n",
            ),
            (
                "        return f\"Database error: {e}\", 500\n",
                "        app.logger.exception(\"Database error\")\n        return \"Database error\", 500\n",
            ),
            (
                "        return f\"Error: {str(e)}\", 400\n",
                "        app.logger.exception(\"Request failed\")\n        return \"Bad request\", 400\n",
            ),
            (
                "        app.logger.error(\"no: %s\", e)\n        return jsonify({\"error\": \"Invalid\", \"details\": str(e)}), 400\n",
                "        app.logger.error(\"no: %s\", e)\n        return jsonify({\"error\": \"Invalid\", \"details\": \"Bad request\"}), 400\n",
            ),
            (
                "        return 'Failed: %s' % e\n",
                "        app.logger.exception('Request failed')\n        return 'Internal server error'\n",
            ),
            (
                "        return \"Upload went wrong: \" + str(e)\n",
                "        app.logger.exception(\"Upload went wrong\")\n        return \"Upload went wrong\"\n",
            ),
        ] {
            let expected = format!("{app}{after}");
            assert_eq!(fixed("a.py", &format!("{app}{before}"), "information-exposure"), expected);
            not_fixed("a.py", &expected, "information-exposure");
        }
    }

    #[test]
    fn javascript_answers_become_general() {
        let app = "const express = require('express');\nconst app = express();\napp.get('/', async (req, res) => {\n  try {\n    await work();\n  } catch (error) {\n";
        let end = "  }\n});\n";
        for (before, after) in [
            (
                "    res.status(500).json({ error: error.message });\n",
                "    console.error(error);\n    res.status(500).json({ error: 'Internal server error' });\n",
            ),
            (
                "    res.status(500).json({ error: error.message || 'It failed' });\n",
                "    console.error(error);\n    res.status(500).json({ error: 'It failed' });\n",
            ),
            (
                "    console.error('x', error);\n    res.status(500).json({\n      error: 'It failed',\n      details: debug ? error.message : undefined\n    });\n",
                "    console.error('x', error);\n    res.status(500).json({\n      error: 'It failed'\n    });\n",
            ),
            (
                "    res.status(500).send(`Ping failed: ${error.message}`);\n",
                "    console.error(error);\n    res.status(500).send('Ping failed');\n",
            ),
            (
                "    if (res) return res.status(500).send(error.message);\n",
                "    if (res) { console.error(error); return res.status(500).send('Internal server error'); }\n",
            ),
        ] {
            let expected = format!("{app}{after}{end}");
            assert_eq!(fixed("a.js", &format!("{app}{before}{end}"), "information-exposure"), expected);
            not_fixed("a.js", &expected, "information-exposure");
        }
    }

    #[test]
    fn a_function_that_writes_answers_stays_as_it_is() {
        let python = "import json\nfrom http.server import BaseHTTPRequestHandler\n\n\nclass Handler(BaseHTTPRequestHandler):\n    def do_GET(self):\n        try:\n            self.answer(200, work())\n        except KeyError as e:\n            self.answer(400, {\"error\": f\"{e} is missing\"})\n        except Exception as e:\n            self.answer(500, {\"error\": str(e)})\n\n    def answer(self, status, content):\n        body = json.dumps(content).encode()\n        self.send_response(status, len(body))\n        self.wfile.write(body)\n";
        let mended = fixed("a.py", python, "information-exposure");
        assert!(mended.contains("self.answer(400, {\"error\": \"Bad request\"})\n"), "{mended}");
        assert!(mended.contains("            self.answer(500, {\"error\": \"Internal server error\"})\n"), "{mended}");
        assert!(mended.ends_with("        self.wfile.write(body)\n"), "{mended}");
        let java = "import com.sun.net.httpserver.HttpExchange;\n\nclass A {\n    void handle(HttpExchange x) throws Exception {\n        try {\n            work();\n        } catch (Exception e) {\n            answer(x, 500, \"Look-up failed: \" + e.getMessage());\n        }\n    }\n\n    void answer(HttpExchange x, int status, String text) throws Exception {\n        byte[] body = text.getBytes();\n        x.sendResponseHeaders(status, body.length);\n        x.getResponseBody().write(body);\n    }\n}\n";
        let mended = fixed("A.java", java, "information-exposure");
        assert!(mended.contains("answer(x, 500, \"Look-up failed\");"), "{mended}");
        assert!(mended.contains("getResponseBody().write(body);"), "{mended}");
    }

    #[test]
    fn what_another_function_returns_is_mended_there() {
        let code = |text: &str, log: &str| {
            format!(
                "from flask import Flask, jsonify\n\napp = Flask(__name__)\n\n\ndef convert(x):\n    try:\n        return {{\"ok\": work(x)}}\n    except Exception as e:\n{log}        return {{\"error\": {text}}}\n\n\n@app.route(\"/\")\ndef index():\n    return jsonify(convert(1))\n"
            )
        };
        let log = "        app.logger.exception(\"Request failed\")\n";
        let got = fixed("a.py", &code("str(e)", ""), "information-exposure");
        assert_eq!(got, code("\"Internal server error\"", log));
    }

    #[test]
    fn bytes_stay_bytes() {
        let java = "import com.sun.net.httpserver.HttpExchange;\n\nclass A {\n    void handle(HttpExchange x) throws Exception {\n        try {\n            work();\n        } catch (Exception e) {\n            byte[] body = (\"Look-up failed: \" + e.getMessage()).getBytes();\n            x.sendResponseHeaders(500, body.length);\n            x.getResponseBody().write(body);\n        }\n    }\n}\n";
        let mended = fixed("A.java", java, "information-exposure");
        assert!(mended.contains("byte[] body = (\"Look-up failed\").getBytes();"), "{mended}");
    }

    #[test]
    fn tags_behind_the_details_stay() {
        let app = "from flask import Flask\n\napp = Flask(__name__)\n\n\n@app.route(\"/\")\ndef index():\n    try:\n        work()\n    except Exception as e:\n        app.logger.exception(\"x\")\n";
        for (before, after) in [
            ("\"<p>No: \" + str(e) + \"</p>\"", "\"<p>No: Internal server error</p>\""),
            ("\"<p>No: %s</p>\" % e", "\"<p>No: Internal server error</p>\""),
        ] {
            let got = fixed("a.py", &format!("{app}        return {before}, 500\n"), "information-exposure");
            assert_eq!(got, format!("{app}        return {after}, 500\n"));
        }
    }

    #[test]
    fn line_ends_stay_what_they_are() {
        let code = "const app = require('express')();\r\napp.get('/', (req, res) => {\r\n  try {\r\n    work();\r\n  } catch (e) {\r\n    res.send(e.stack);\r\n  }\r\n});\r\n";
        let after =
            code.replace("    res.send(e.stack);", "    console.error(e);\r\n    res.send('Internal server error');");
        assert_eq!(fixed("a.js", code, "information-exposure"), after);
    }
}
