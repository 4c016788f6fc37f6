//! `escape-html`: escapes the data that becomes part of a page, or hands it over as the text that it is.

use super::flow::{Joint, Part};
use super::html_escaper;
use crate::edit::TextEdit;
use crate::harden::{Candidate, Task};
use crate::syntax::hir::*;

const NAME: &str = "escape-html";

/// Libraries whose escaping function is used where the file imports them already: module, function of it.
const LIBRARIES: &[(&str, Option<&str>)] = &[
    ("escape-html", None),
    ("he", Some("escape")),
    ("lodash", Some("escape")),
    ("underscore", Some("escape")),
    ("validator", Some("escape")),
    ("html-escaper", Some("escape")),
];

/// Escapes as few values as take the finding away.
pub fn propose(task: &Task<'_>) -> Option<Candidate> {
    let found = task.sink_value()?;
    match task.file.language {
        Language::Python => return as_json(task, found).or_else(|| escape_parts(task, found)),
        Language::Java | Language::Go => return escape_parts(task, found),
        Language::JavaScript | Language::TypeScript => {}
    }
    as_text_content(task, found).or_else(|| as_plain_text(task, found)).or_else(|| escape_parts(task, found))
}

/// A function that escapes, by the name it has here, and what must be added for it.
struct Escaper {
    name: String,
    needs: Option<TextEdit>,
    /// Whether what it gives can stand in the string as it is.
    plain: bool,
}

fn escape_parts(task: &Task<'_>, found: ExprId) -> Option<Candidate> {
    let printing = matches!(task.file.language, Language::Java | Language::Go);
    let call = if printing { task.found_call() } else { None };
    let parts = task.printed_parts(call.as_ref(), found).into_iter().flat_map(|p| within_markup(task, p));
    let parts: Vec<Part> = parts.filter(|p| printing || p.joint != Joint::Whole || task.is_text(p.expr)).collect();
    let (first, mut others): (Vec<_>, Vec<_>) = parts.into_iter().partition(|p| task.carries(p.expr));
    // A conversion such as `%d` takes no text.
    others.retain(|p| !printing || p.joint != Joint::Formatted);
    let mut edits = Vec::new();
    let description = "Escapes what has a meaning in HTML, so that the data stays text in the page.";
    let due = first.len();
    for (i, part) in first.into_iter().chain(others).take(12).enumerate() {
        let Some(escaped) = escaped_edits(task, &part) else {
            // What surely holds the data must be escaped; of the rest it is only tried.
            if i < due {
                return None;
            }
            continue;
        };
        edits.extend(escaped);
        if let Some(candidate) = task.mending(NAME, description, edits.clone()) {
            return Some(candidate);
        }
    }
    None
}

/// A value that holds markup of the program stands for the values inside that markup.
fn within_markup(task: &Task<'_>, part: Part) -> Vec<Part> {
    if let Some(parts) = appended(task, part.expr) {
        return parts;
    }
    if !has_markup(task, part.expr) {
        return vec![part];
    }
    let spans = made_of(task, part.expr);
    let is_built = |e: &Expr| {
        matches!(e.kind, ExprKind::Template { .. } | ExprKind::Binary { op: BinaryOp::Add | BinaryOp::Rem, .. })
            && spans.iter().any(|s| s.contains(e.span))
    };
    let ids = (0..task.file.exprs.len() as u32).map(ExprId);
    let built: Vec<ExprId> = ids.filter(|id| is_built(task.file.expr(*id)) && has_markup(task, *id)).collect();
    let outer = |id: &ExprId| {
        let span = task.file.expr(*id).span;
        !built.iter().any(|b| task.file.expr(*b).span != span && task.file.expr(*b).span.contains(span))
    };
    built.iter().filter(|id| outer(id)).flat_map(|id| task.string_parts(*id)).collect()
}

/// The values in the markup that a builder of Java collects (`page.append("<b>").append(name)`), where the whole is `id`.
fn appended(task: &Task<'_>, id: ExprId) -> Option<Vec<Part>> {
    let file = task.file;
    let builder = match &file.expr(id).kind {
        _ if file.language != Language::Java => return None,
        ExprKind::Name(name) => *name,
        ExprKind::Call { callee, args, .. } if args.is_empty() => match file.expr(*callee).kind {
            ExprKind::Member { object, .. } => builder_of(file, object)?,
            _ => return None,
        },
        _ => return None,
    };
    let function = file.function(task.function_around(file.expr(id).span)).span;
    let appends = |e: &Expr| match &e.kind {
        ExprKind::Call { callee, args, .. } => match file.expr(*callee).kind {
            ExprKind::Member { object, name, .. } => {
                file.text(name) == "append" && args.len() == 1 && builder_of(file, object) == Some(builder)
            }
            _ => false,
        },
        _ => false,
    };
    let mut values: Vec<ExprId> = (file.exprs.iter().filter(|e| function.contains(e.span) && appends(e)))
        .filter_map(|e| if let ExprKind::Call { args, .. } = &e.kind { args.first().map(|a| a.value) } else { None })
        .collect();
    values.sort_by_key(|v| file.expr(*v).span);
    let (mut text, mut parts) = (String::new(), Vec::new());
    for value in values {
        let own = task.string_parts(value);
        parts.extend(own.into_iter().map(|p| Part { before: text.clone() + &p.before, joint: Joint::Added, ..p }));
        text.push_str(&task.string_text(value));
    }
    text.contains('<').then_some(parts)
}

/// The variable on which a chain of calls begins.
fn builder_of(file: &File, mut id: ExprId) -> Option<Name> {
    loop {
        id = match &file.expr(id).kind {
            ExprKind::Name(name) => return Some(*name),
            ExprKind::Call { callee, .. } => match file.expr(*callee).kind {
                ExprKind::Member { object, .. } => object,
                _ => return None,
            },
            _ => return None,
        };
    }
}

fn escaped_edits(task: &Task<'_>, part: &Part) -> Option<Vec<TextEdit>> {
    if !is_text_place(&part.before) {
        return None;
    }
    let written = match task.file.language {
        Language::Java => Some(html_escaper::java_value(task, part)?),
        Language::Go => Some(html_escaper::go_value(task, part)?),
        _ => None,
    };
    if let Some((code, edits)) = written {
        let span = task.file.expr(part.expr).span;
        return Some(std::iter::once(TextEdit::replace(span, code)).chain(edits).collect());
    }
    let escaper = if task.is_python() { python_escaper(task, part.joint) } else { javascript_escaper(task) }?;
    let (span, text) = escaped(task, part, &escaper.name)?;
    let text = if escaper.plain { text } else { format!("str({text})") };
    Some([TextEdit::replace(span, text)].into_iter().chain(escaper.needs).collect())
}

/// The value with the escaping call around it; `str(x)` gives way, since escaping makes a string.
fn escaped(task: &Task<'_>, part: &Part, escape: &str) -> Option<(Span, String)> {
    let expr = task.file.expr(part.expr);
    let behind = task.source.text().get(expr.span.end as usize..)?.trim_start();
    // A format or conversion behind the value is for the value, not for escaped text.
    if part.joint == Joint::Interpolated && task.is_python() && !behind.starts_with('}') {
        return None;
    }
    if let ExprKind::Call { callee, args, .. } = &expr.kind
        && matches!(task.expr_text(*callee), "str" | "String")
        && let [only] = args.as_slice()
        && part.joint != Joint::Added
    {
        return Some((expr.span, format!("{escape}({})", task.text(only.span))));
    }
    // A variable of its own may hold a placeholder for several values, an assignment is no argument.
    let simple =
        !matches!(expr.kind, ExprKind::Assign { .. } | ExprKind::Yield(_) | ExprKind::Sequence(_) | ExprKind::Await(_));
    simple.then(|| (expr.span, format!("{escape}({})", task.text(expr.span))))
}

/// Whether escaping makes data safe at the end of this text: between tags, or in a quoted attribute that is no address,
/// style or script.
fn is_text_place(before: &str) -> bool {
    let lower = before.to_ascii_lowercase();
    let inside = |name: &str| {
        let opened = lower.rfind(&format!("<{name}"));
        opened.is_some_and(|at| lower.rfind(&format!("</{name}")).is_none_or(|end| end < at))
    };
    if inside("script") || inside("style") {
        return false;
    }
    let Some(tag) = lower.rfind('<') else { return true };
    let tag = lower.get(tag..).unwrap_or("");
    if tag.contains('>') {
        return true;
    }
    let Some((head, value)) = tag.rsplit_once('=') else { return false };
    let quoted = value.starts_with('"') && value.matches('"').count() == 1
        || value.starts_with('\'') && value.matches('\'').count() == 1;
    let name = head.trim_end().rsplit(|c: char| c.is_whitespace() || c == '"' || c == '\'').next().unwrap_or("");
    const ACTIVE: &[&str] = &["href", "src", "action", "formaction", "style", "srcdoc", "data", "xlink:href", "srcset"];
    // Behind a fixed beginning an address can no longer choose its scheme.
    let fixed =
        value.len() > 2 && value.get(1..).is_some_and(|v| v.starts_with(['/', '?', '#']) && !v.starts_with("//"));
    quoted && !name.starts_with("on") && (!ACTIVE.contains(&name) || (fixed && name != "style"))
}

fn python_escaper(task: &Task<'_>, joint: Joint) -> Option<Escaper> {
    let has = |module: &str| task.file.imports.iter().any(|i| i.module.split('.').next() == Some(module));
    // `"<p>" + Markup(…)` would escape the text in front as well.
    let markup = has("flask") || has("markupsafe");
    let (name, needs) = task.import(if markup { "markupsafe" } else { "html" }, Some("escape"));
    let is_markup = markup || task.file.imports.iter().any(|i| i.path.starts_with("markupsafe"));
    Some(Escaper { plain: !is_markup || joint != Joint::Added, name, needs })
}

fn javascript_escaper(task: &Task<'_>) -> Option<Escaper> {
    for (module, function) in LIBRARIES {
        if let (name, None) = task.import(module, None) {
            return Some(Escaper {
                name: function.map_or(name.clone(), |f| format!("{name}.{f}")),
                needs: None,
                plain: true,
            });
        }
    }
    let own = task.file.function(MODULE).body.iter().filter_map(|s| match task.file.stmt(*s).kind {
        StmtKind::Function(id) => task.file.function(id).name.map(|n| task.file.text(n)),
        _ => None,
    });
    const USUAL: &[&str] = &["escapeHtml", "escapeHTML", "htmlEscape", "encodeHtml", "encodeHTML", "htmlEncode"];
    if let Some(name) = own.filter(|n| USUAL.contains(n)).min() {
        return Some(Escaper { name: name.to_string(), needs: None, plain: true });
    }
    // The helper stands where an import of a library with such a function would.
    let (name, needs) = task.import("escape-html", None);
    let needs = needs?;
    let newline = task.source.newline();
    let typed = if task.file.language == Language::TypeScript { ("value: unknown", ": string") } else { ("value", "") };
    let helper = format!(
        "{newline}function {name}({}){} {{{newline}  return String(value).replace(/[&<>\"']/g, (c) => `&#${{c.charCodeAt(0)}};`);{newline}}}",
        typed.0, typed.1
    );
    let text = needs.text.replacen(needs.text.trim(), &helper, 1);
    Some(Escaper { name, needs: Some(TextEdit { text, ..needs }), plain: true })
}

/// `return json.dumps(…)` in a view of Flask: an answer that says that it is JSON.
fn as_json(task: &Task<'_>, found: ExprId) -> Option<Candidate> {
    let ExprKind::Call { callee, args, .. } = &task.file.expr(found).kind else { return None };
    let [only] = args.as_slice() else { return None };
    let is_dumps = task.path_of_call(task.file.expr(found).span) == Some("json.dumps");
    let flask = task.file.imports.iter().any(|i| &*i.module == "flask");
    if !is_dumps || !flask || only.name.is_some() {
        return None;
    }
    let (jsonify, import) = task.import("flask", Some("jsonify"));
    let mut edits = vec![TextEdit::replace(task.file.expr(*callee).span, jsonify)];
    edits.extend(import);
    task.mending(NAME, "Answers with the content type of JSON, which browsers do not read as a page.", edits)
}

/// `element.innerHTML = text` becomes `element.textContent = text` where the program adds no markup.
fn as_text_content(task: &Task<'_>, found: ExprId) -> Option<Candidate> {
    if has_markup(task, found) {
        return None;
    }
    let stmt = task.file.stmt(task.statement_around(task.span())?);
    let target = match &stmt.kind {
        StmtKind::Assign { targets, value: Some(value), op: None, .. } if *value == found => *targets.first()?,
        StmtKind::Expr(e) => match &task.file.expr(*e).kind {
            ExprKind::Assign { target, value, op: None } if *value == found => *target,
            ExprKind::Call { callee, args, .. }
                if args.len() == 1 && args.first().is_some_and(|a| a.value == found) =>
            {
                *callee
            }
            _ => return None,
        },
        _ => return None,
    };
    let ExprKind::Member { name, name_span, .. } = task.file.expr(target).kind else { return None };
    let is_query =
        task.path_of_call(task.file.expr(found).span).is_none() && task.finding.sink.starts_with("jQuery.Object.");
    let new = match task.file.text(name) {
        "innerHTML" => "textContent",
        "html" if is_query => "text",
        _ => return None,
    };
    task.mending(
        NAME,
        "Sets the data as text, which the browser does not read as markup.",
        vec![TextEdit::replace(name_span, new)],
    )
}

/// `res.send(text)` becomes `res.type('text/plain').send(text)` where the program adds no markup.
fn as_plain_text(task: &Task<'_>, found: ExprId) -> Option<Candidate> {
    let call = task.found_call()?;
    let ExprKind::Member { name, name_span, .. } = task.file.expr(call.callee).kind else { return None };
    let is_send = task.file.text(name) == "send" && task.finding.sink == "express.Response.send";
    let is_only = call.args.len() == 1 && call.args.first().is_some_and(|a| a.value == found);
    let composed =
        matches!(task.file.expr(found).kind, ExprKind::Template { .. } | ExprKind::Binary { op: BinaryOp::Add, .. });
    if !is_send || !is_only || !composed || has_markup(task, found) {
        return None;
    }
    let typed = format!("type({}).", task.string("text/plain"));
    let description = "Sends the answer as plain text, which browsers do not read as a page.";
    task.mending(NAME, description, vec![TextEdit::insert(name_span.start, typed)])
}

/// Whether the constant parts of a string hold markup.
fn has_markup(task: &Task<'_>, id: ExprId) -> bool {
    let spans = made_of(task, id);
    task.file.exprs.iter().filter(|e| spans.iter().any(|s| s.contains(e.span))).any(|e| match &e.kind {
        ExprKind::Literal(Literal::Str(text)) => text.contains(['<', '&']),
        _ => false,
    })
}

/// An expression, and what the function assigns to it if it is a variable.
fn made_of(task: &Task<'_>, id: ExprId) -> Vec<Span> {
    let mut spans = vec![task.file.expr(id).span];
    if let ExprKind::Name(name) = task.file.expr(id).kind {
        let function = task.function_around(task.file.expr(id).span);
        spans.extend(task.writes(function, name).iter().map(|w| task.file.expr(*w).span));
    }
    spans
}

#[cfg(test)]
mod tests {
    use super::super::testing::{fixed, not_fixed, refused};

    const RULE: &str = "cross-site-scripting";

    #[test]
    fn values_in_a_builders_markup_are_escaped_where_they_are_appended() {
        let page = |value: &str| {
            format!(
                "import java.io.*;\nimport javax.servlet.http.*;\nimport org.owasp.encoder.Encode;\n\npublic class P extends HttpServlet {{\n    protected void doGet(HttpServletRequest request, HttpServletResponse response) throws IOException {{\n        String name = request.getParameter(\"name\");\n        StringBuilder page = new StringBuilder(\"<ul>\");\n        page.append(\"<li>\").append({value}).append(\"</li>\");\n        response.getWriter().write(page.toString());\n    }}\n}}\n"
            )
        };
        assert_eq!(fixed("P.java", &page("name"), RULE), page("Encode.forHtml(String.valueOf(name))"));
    }

    #[test]
    fn python_values_are_escaped() {
        let head = "from flask import Flask, request\n";
        let rest = "\napp = Flask(__name__)\n\n\n@app.route(\"/\")\ndef index():\n    name = request.args.get(\"name\")\n    n = len(name)\n";
        let import = "from markupsafe import escape\n";
        for (before, import, after) in [
            ("    return f\"<p>{name} {n}</p>\"\n", import, "    return f\"<p>{escape(name)} {n}</p>\"\n"),
            ("    return str(name), 200\n", import, "    return escape(name), 200\n"),
            ("    return name\n", import, "    return escape(name)\n"),
            ("    return '<b>%s</b>' % name\n", import, "    return '<b>%s</b>' % escape(name)\n"),
            ("    return \"<b>{}</b>\".format(name)\n", import, "    return \"<b>{}</b>\".format(escape(name))\n"),
            ("    return \"<b>\" + name\n", import, "    return \"<b>\" + str(escape(name))\n"),
            (
                "    items = \"\".join(\"<li>\" + x + \"</li>\" for x in name.split())\n    return f\"<ul>{items}</ul>\"\n",
                import,
                "    items = \"\".join(\"<li>\" + str(escape(x)) + \"</li>\" for x in name.split())\n    return f\"<ul>{items}</ul>\"\n",
            ),
            (
                "    page = f\"<a title='{name}'>\"\n    return page\n",
                import,
                "    page = f\"<a title='{escape(name)}'>\"\n    return page\n",
            ),
        ] {
            let expected = format!("{head}{import}{rest}{after}");
            let got = fixed("a.py", &format!("{head}{rest}{before}"), RULE);
            assert_eq!(got, expected);
            not_fixed("a.py", &got, RULE);
        }
    }

    #[test]
    fn places_that_escaping_does_not_protect_are_left_alone() {
        let head = "from flask import Flask, request\n\napp = Flask(__name__)\n\n\n@app.route(\"/\")\ndef index():\n    name = request.args.get(\"name\")\n";
        refused("a.py", &format!("{head}    return f\"<script>let x = '{{name}}'</script>\"\n"), RULE);
        refused("a.py", &format!("{head}    return f\"<a href='{{name}}'>x</a>\"\n"), RULE);
        refused("a.py", &format!("{head}    return f\"<a title={{name}}>x</a>\"\n"), RULE);
        refused("a.py", &format!("{head}    return f\"<p>{{name!r}}</p>\"\n"), RULE);
    }

    #[test]
    fn express_answers_are_escaped_or_plain() {
        let head = "const express = require('express');\n";
        let rest = "const app = express();\napp.get('/', (req, res) => {\n  const name = req.query.name;\n";
        let helper = "\nfunction escapeHtml(value) {\n  return String(value).replace(/[&<>\"']/g, (c) => `&#${c.charCodeAt(0)};`);\n}\n";
        let markup = fixed("a.js", &format!("{head}{rest}  res.send(`<p>${{name}}</p>`);\n}});\n"), RULE);
        assert_eq!(markup, format!("{head}{helper}{rest}  res.send(`<p>${{escapeHtml(name)}}</p>`);\n}});\n"));
        let plain = fixed("a.js", &format!("{head}{rest}  res.send(`No ${{name}}`);\n}});\n"), RULE);
        assert_eq!(plain, format!("{head}{rest}  res.type('text/plain').send(`No ${{name}}`);\n}});\n"));
        let library = "const he = require('he');\n";
        let known = fixed("a.js", &format!("{head}{library}{rest}  res.send('<p>' + name);\n}});\n"), RULE);
        assert_eq!(known, format!("{head}{library}{rest}  res.send('<p>' + he.escape(name));\n}});\n"));
    }

    #[test]
    fn what_else_a_variable_is_used_for_gets_it_as_it_is() {
        let app = |page: &str| {
            format!(
                "const express = require('express');\n\nfunction escapeHtml(value) {{\n  return String(value).replace(/[&<>\"']/g, (c) => `&#${{c.charCodeAt(0)}};`);\n}}\nconst app = express();\napp.get('/', (req, res) => {{\n  const term = req.query.q || '';\n  const found = find(term);\n  res.send({page});\n}});\n"
            )
        };
        let got = fixed("a.js", &app("'<p>' + found.length + ' for ' + term + '</p>'"), RULE);
        assert_eq!(got, app("'<p>' + found.length + ' for ' + escapeHtml(term) + '</p>'"));
    }

    #[test]
    fn the_page_gets_text() {
        let code = "const box = document.getElementById('box');\nbox.innerHTML = location.hash;\n";
        let after = "const box = document.getElementById('box');\nbox.textContent = location.hash;\n";
        assert_eq!(fixed("a.js", code, RULE), after);
    }
}
