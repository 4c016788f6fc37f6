//! `contain-path`: checks that a path stays inside the folder that it was meant for, or takes what leads out of it away.

use super::{last_part, same_line};
use crate::edit::TextEdit;
use crate::harden::{Candidate, Task};
use crate::syntax::hir::*;

const NAME: &str = "contain-path";
const INSIDE: &str = "Checks that the path lies inside the folder before it is used.";

/// A secured upload name, the framework's own containment, or a check behind the assignment of the path.
pub fn propose(task: &Task<'_>) -> Option<Candidate> {
    if task.is_python() {
        return secured_name(task, NAME).or_else(|| from_directory(task)).or_else(|| checked(task));
    }
    if matches!(task.file.language, Language::Java | Language::Go) {
        return last_part::propose(task, NAME);
    }
    with_root(task).or_else(|| checked(task))
}

/// `secure_filename(…)` around the name of an uploaded file.
pub(super) fn secured_name(task: &Task<'_>, fixer: &str) -> Option<Candidate> {
    let flask = task.file.imports.iter().any(|i| matches!(i.module.split('.').next(), Some("flask" | "werkzeug")));
    if !flask {
        return None;
    }
    let (secure, import) = task.import("werkzeug.utils", Some("secure_filename"));
    // The name is secured where it is read, so that every later use is of the secured one.
    let reads = task.file.exprs.iter().enumerate().filter_map(|(i, e)| match &e.kind {
        ExprKind::Member { name, .. } if task.file.text(*name) == "filename" => Some((ExprId(i as u32), e.span)),
        _ => None,
    });
    let function = task.file.function(task.function_around(task.span())).span;
    for (id, span) in reads.filter(|(_, s)| function.contains(*s) && s.start < task.span().end) {
        let moves = is_assigned(task, span) || path_argument(task, id);
        if !moves {
            continue;
        }
        let mut edits = vec![TextEdit::replace(span, format!("{secure}({})", task.text(span)))];
        edits.extend(import.clone());
        let description = "Takes everything out of the uploaded name that could lead to another folder.";
        if let Some(candidate) = task.mending(fixer, description, edits) {
            return Some(candidate);
        }
    }
    None
}

/// Whether what stands at the place, or what its methods make of it, is assigned.
fn is_assigned(task: &Task<'_>, place: Span) -> bool {
    task.file.stmts.iter().any(|s| match s.kind {
        StmtKind::Assign { value: Some(value), op: None, .. } => {
            let whole = task.file.expr(value);
            let chain =
                matches!(&whole.kind, ExprKind::Call { callee, .. } if task.file.expr(*callee).span.contains(place));
            whole.span == place || (chain && whole.span.start == place.start)
        }
        _ => false,
    })
}

/// Whether the expression is an argument of `os.path.join` or part of a path that is put together.
fn path_argument(task: &Task<'_>, id: ExprId) -> bool {
    task.file.exprs.iter().any(|e| match &e.kind {
        ExprKind::Call { callee, args, .. } => {
            task.expr_text(*callee).ends_with("join") && args.iter().any(|a| a.value == id)
        }
        ExprKind::Template { parts } => parts.contains(&id),
        ExprKind::Binary { op: BinaryOp::Add | BinaryOp::Div, left, right } => *left == id || *right == id,
        _ => false,
    })
}

/// `send_file(os.path.join(folder, name))` becomes `send_from_directory(folder, name)`.
fn from_directory(task: &Task<'_>) -> Option<Candidate> {
    let call = task.found_call()?;
    if task.path_of_call(call.span) != Some("flask.send_file") {
        return None;
    }
    let first = call.positional(0).filter(|a| a.spread == Spread::No)?;
    let ExprKind::Call { args, .. } = &task.file.expr(first.value).kind else { return None };
    if task.path_of_call(task.file.expr(first.value).span) != Some("os.path.join") {
        return None;
    }
    let split = args.iter().position(|a| task.carries(a.value)).filter(|i| *i > 0 && *i + 1 == args.len())?;
    let folder = joined(task, args.get(..split)?, "os.path.join")?;
    let (send, import) = task.import("flask", Some("send_from_directory"));
    let name = task.text(args.get(split)?.span);
    let mut edits = vec![
        TextEdit::replace(task.file.expr(call.callee).span, send),
        TextEdit::replace(first.span, format!("{folder}, {name}")),
    ];
    edits.extend(import);
    task.mending(NAME, "Sends the file by the function that refuses paths outside its folder.", edits)
}

/// `res.sendFile(path.join(folder, name))` becomes `res.sendFile(name, { root: folder })`.
fn with_root(task: &Task<'_>) -> Option<Candidate> {
    let call = task.found_call()?;
    if task.finding.sink != "express.Response.sendFile" {
        return None;
    }
    let first = call.positional(0)?;
    let second_is_options =
        call.positional(1).is_some_and(|a| !matches!(task.file.expr(a.value).kind, ExprKind::Lambda(_)));
    let ExprKind::Call { callee, args, .. } = &task.file.expr(first.value).kind else { return None };
    let is_join = matches!(task.path_of_call(task.file.expr(first.value).span), Some("path.join" | "path.resolve"));
    if !is_join || second_is_options {
        return None;
    }
    let split = args.iter().position(|a| task.carries(a.value)).filter(|i| *i > 0 && *i + 1 == args.len())?;
    let resolve = task.expr_text(*callee).replace("join", "resolve");
    let folder = list(task, args.get(..split)?);
    let name = task.text(args.get(split)?.span);
    let edits = vec![TextEdit::replace(first.span, format!("{name}, {{ root: {resolve}({folder}) }}"))];
    task.mending(NAME, "Sends the file relative to its folder, which Express does not let it leave.", edits)
}

/// What a path is put together from.
struct Built {
    /// The path, resolved.
    path: String,
    /// Its folder, resolved the same way.
    folder: String,
    /// Further imports.
    imports: Vec<TextEdit>,
}

/// The path is resolved and compared with its folder.
fn checked(task: &Task<'_>) -> Option<Candidate> {
    let sink = task.sink_value().map(|id| receiver_of(task, id))?;
    let ExprKind::Name(name) = task.file.expr(sink).kind else { return None };
    let function = task.function_around(task.file.expr(sink).span);
    let mut scope = Some(function);
    let mut writes = Vec::new();
    while let (Some(at), true) = (scope, writes.is_empty()) {
        writes = task.writes(at, name);
        scope = task.file.function(at).parent;
    }
    let [value] = writes.as_slice() else { return None };
    let value = *value;
    let stmt = task.file.stmt(task.statement_around(task.file.expr(value).span)?);
    if !task.begins_line(stmt.span) || task.text(task.file.expr(value).span).contains(['\n', '\r']) {
        return None;
    }
    let built = if task.is_python() { python_path(task, value) } else { javascript_path(task, value) }?;
    let name = task.file.text(name);
    let (guard, imports) =
        if task.is_python() { python_guard(task, name, &built)? } else { javascript_guard(task, name, &built)? };
    let newline = task.source.newline();
    let indent = task.indentation(stmt.span);
    let lines: String = guard.iter().map(|l| format!("{newline}{indent}{l}")).collect();
    let mut edits = vec![TextEdit::insert(same_line::end_of(task, stmt.span)?, lines)];
    if built.path != task.expr_text(value) {
        edits.push(TextEdit::replace(task.file.expr(value).span, built.path));
    }
    edits.extend(built.imports.into_iter().chain(imports));
    task.mending(NAME, INSIDE, edits)
}

/// `path.read_text()` of `pathlib`: the path is what the method is called on.
fn receiver_of(task: &Task<'_>, id: ExprId) -> ExprId {
    match task.file.expr(id).kind {
        ExprKind::Call { callee, .. } => match task.file.expr(callee).kind {
            ExprKind::Member { object, .. } => object,
            _ => id,
        },
        _ => id,
    }
}

/// Whether an expression holds the finding's data, or something else of the same request: what is compared with a folder
/// that the request chooses is nowhere contained.
fn from_outside(task: &Task<'_>, id: ExprId) -> bool {
    const PARTS: &[&str] =
        &["args", "body", "cookies", "files", "form", "headers", "json", "params", "query", "values", "GET", "POST"];
    if task.carries(id) {
        return true;
    }
    let Some(first) = task.finding.flow.first().filter(|s| s.path == task.finding.path) else { return false };
    let source = task.text(first.region.span());
    let root = source.split(|c: char| !c.is_alphanumeric() && c != '_').next().filter(|r| !r.is_empty());
    let Some(root) = root else { return false };
    let reads = |text: &str| PARTS.iter().any(|part| text.contains(&format!("{root}.{part}")));
    let span = task.file.expr(id).span;
    let function = task.function_around(span);
    let holds = |within: Span, name: Name| {
        task.file.exprs.iter().any(|e| within.contains(e.span) && matches!(e.kind, ExprKind::Name(n) if n == name))
    };
    let assigned = |name: Name| {
        task.file.stmts.iter().any(|s| match &s.kind {
            StmtKind::Assign { targets, value: Some(value), .. } => {
                task.function_around(s.span) == function
                    && reads(task.expr_text(*value))
                    && targets.iter().any(|t| holds(task.file.expr(*t).span, name))
            }
            _ => false,
        })
    };
    reads(task.text(span))
        || task.file.exprs.iter().any(|e| match e.kind {
            ExprKind::Name(name) => span.contains(e.span) && assigned(name),
            _ => false,
        })
}

fn list(task: &Task<'_>, args: &[Arg]) -> String {
    args.iter().map(|a| task.text(a.span)).collect::<Vec<_>>().join(", ")
}

/// Several arguments of a join as one folder.
fn joined(task: &Task<'_>, args: &[Arg], join: &str) -> Option<String> {
    if args.iter().any(|a| a.spread != Spread::No || a.name.is_some()) {
        return None;
    }
    match args {
        [] => None,
        [one] => Some(task.text(one.span).to_string()),
        _ => Some(format!("{join}({})", list(task, args))),
    }
}

fn python_path(task: &Task<'_>, value: ExprId) -> Option<Built> {
    let span = task.file.expr(value).span;
    let text = task.text(span);
    match &task.file.expr(value).kind {
        ExprKind::Call { callee, args, .. } => match task.path_of_call(span)? {
            "os.path.join" => {
                let split = args.iter().position(|a| from_outside(task, a.value))?;
                let join = task.expr_text(*callee);
                let folder = joined(task, args.get(..split)?, join)?;
                let resolve = join.strip_suffix("join").map(|p| format!("{p}realpath")).unwrap_or_default();
                let (resolve, import) = match resolve.contains('.') {
                    true => (resolve, None),
                    false => task.import("os.path", Some("realpath")),
                };
                let (path, folder) = (format!("{resolve}({text})"), format!("{resolve}({folder})"));
                Some(Built { path, folder, imports: import.into_iter().collect() })
            }
            "os.path.abspath" | "os.path.realpath" | "os.path.normpath" => {
                let [only] = args.as_slice() else { return None };
                let inner = task.file.expr(only.value);
                let ExprKind::Call { callee: join, args, .. } = &inner.kind else { return None };
                if task.path_of_call(inner.span) != Some("os.path.join") {
                    return None;
                }
                let split = args.iter().position(|a| from_outside(task, a.value))?;
                let folder = joined(task, args.get(..split)?, task.expr_text(*join))?;
                let folder = format!("{}({folder})", task.expr_text(*callee));
                Some(Built { path: text.to_string(), folder, imports: Vec::new() })
            }
            _ => None,
        },
        ExprKind::Binary { op: BinaryOp::Div, left, right } if task.carries(*right) && !task.carries(*left) => {
            let folder = format!("{}.resolve()", task.expr_text(*left));
            Some(Built { path: format!("({text}).resolve()"), folder, imports: Vec::new() })
        }
        _ => {
            let folder = folder_of_text(task, value)?;
            let (os, import) = task.import("os", None);
            let path = format!("{os}.path.realpath({text})");
            Some(Built { path, folder: format!("{os}.path.realpath({folder})"), imports: import.into_iter().collect() })
        }
    }
}

/// The folder in front of the data in a path that is a string: `f"uploads/{name}"`, `BASE + "/" + name`.
fn folder_of_text(task: &Task<'_>, value: ExprId) -> Option<String> {
    let mut items = Vec::new();
    let mut todo = vec![value];
    while let Some(id) = todo.pop() {
        match &task.file.expr(id).kind {
            ExprKind::Template { parts } => todo.extend(parts.iter().rev()),
            ExprKind::Binary { op: BinaryOp::Add, left, right } => todo.extend([*right, *left]),
            _ => items.push(id),
        }
    }
    let split = items.iter().position(|i| task.carries(*i))?;
    let text = |id: &ExprId| match &task.file.expr(*id).kind {
        ExprKind::Literal(Literal::Str(text)) => Some(text.to_string()),
        _ => None,
    };
    match items.get(..split)? {
        [only] => {
            let text = text(only)?;
            let folder = text.strip_suffix('/').filter(|f| !f.is_empty())?;
            Some(task.string(folder))
        }
        [base, slash] => {
            let slash = text(slash)?;
            let simple = matches!(
                task.file.expr(*base).kind,
                ExprKind::Name(_) | ExprKind::Member { .. } | ExprKind::Index { .. }
            );
            (simple && slash == "/").then(|| task.expr_text(*base).to_string())
        }
        _ => None,
    }
}

fn python_guard(task: &Task<'_>, name: &str, built: &Built) -> Option<(Vec<String>, Vec<TextEdit>)> {
    let mut imports = Vec::new();
    let outside = if built.path.ends_with(".resolve()") {
        format!("not {name}.is_relative_to({})", built.folder)
    } else {
        let (os, import) = task.import("os", None);
        imports.extend(import);
        format!("not {name}.startswith({} + {os}.sep)", built.folder)
    };
    let (refuse, import) = refusal(task, "404", "Not found", "path outside of its folder")?;
    imports.extend(import);
    Some((vec![format!("if {outside}:"), format!("{}{refuse}", step(task))], imports))
}

/// Whether the finding is in a view of Flask.
fn is_view(task: &Task<'_>) -> bool {
    let flask = task.file.imports.iter().any(|i| &*i.module == "flask");
    let function = task.file.function(task.function_around(task.span()));
    flask && function.decorators.iter().any(|d| task.expr_text(*d).contains(['.', '(']))
}

fn javascript_path(task: &Task<'_>, value: ExprId) -> Option<Built> {
    let span = task.file.expr(value).span;
    let ExprKind::Call { callee, args, .. } = &task.file.expr(value).kind else { return None };
    let join = task.expr_text(*callee);
    if !matches!(task.path_of_call(span), Some("path.join" | "path.resolve")) {
        return None;
    }
    let base = args.get(..args.iter().position(|a| from_outside(task, a.value))?).filter(|b| !b.is_empty())?;
    let text = task.text(span);
    let joined = joined(task, base, join)?;
    if join.ends_with("resolve") {
        return Some(Built {
            path: text.to_string(),
            folder: format!("{join}({})", list(task, base)),
            imports: Vec::new(),
        });
    }
    // Joining keeps a slash at the end and relative paths relative; resolving does neither.
    let absolute = base.first().is_some_and(|a| task.text(a.span) == "__dirname");
    let plain = base.last().is_some_and(|a| match &task.file.expr(a.value).kind {
        ExprKind::Literal(Literal::Str(text)) => !text.ends_with('/'),
        _ => base.len() == 1,
    });
    if absolute && plain {
        let folder = format!("{join}({})", list(task, base));
        return Some(Built { path: text.to_string(), folder, imports: Vec::new() });
    }
    let resolve = match join.strip_suffix("join") {
        Some(module) if module.ends_with('.') => (format!("{module}resolve"), None),
        _ => task.import("path", Some("resolve")),
    };
    let path = format!("{}({text})", resolve.0);
    Some(Built { path, folder: format!("{}({joined})", resolve.0), imports: resolve.1.into_iter().collect() })
}

fn javascript_guard(task: &Task<'_>, name: &str, built: &Built) -> Option<(Vec<String>, Vec<TextEdit>)> {
    let (path, import) = task.import("path", None);
    let (refuse, more) = refusal(task, "403", "Forbidden", "Path outside of its folder")?;
    let lines = vec![
        format!("if (!{name}.startsWith({} + {path}.sep)) {{", built.folder),
        format!("{}{refuse}", step(task)),
        "}".to_string(),
    ];
    Some((lines, import.into_iter().chain(more).collect()))
}

/// The statement that ends what is going on, as an answer of the web framework where there is one, and its import.
pub(super) fn refusal(task: &Task<'_>, status: &str, says: &str, error: &str) -> Option<(String, Option<TextEdit>)> {
    if !task.is_python() {
        return Some((
            match response(task) {
                Some(response) => format!("return {response}.status({status}).send({});", task.string(says)),
                None => format!("throw new Error({});", task.string(error)),
            },
            None,
        ));
    }
    if !is_view(task) {
        return Some((format!("raise ValueError({})", task.string(error)), None));
    }
    let (abort, import) = task.import("flask", Some("abort"));
    Some((format!("{abort}({status})"), import))
}

/// One level of indentation as the file has it.
pub(super) fn step(task: &Task<'_>) -> &'static str {
    let lines = || task.source.text().lines();
    if lines().any(|l| l.starts_with('\t')) {
        "\t"
    } else if task.is_python() || lines().any(|l| l.starts_with("    ")) && !has_two(task) {
        "    "
    } else {
        "  "
    }
}

/// Whether the file indents by two spaces.
fn has_two(task: &Task<'_>) -> bool {
    task.source.text().lines().any(|l| l.starts_with("  ") && !l.starts_with("   "))
}

/// The response object of Express that the code around the finding has.
fn response<'a>(task: &Task<'a>) -> Option<&'a str> {
    let mut at = Some(task.function_around(task.span()));
    while let Some(id) = at {
        let function = task.file.function(id);
        for param in &function.params {
            let name = task.expr_text(param.pattern);
            let answers = task.facts.calls.iter().any(|c| {
                c.path.starts_with("express.")
                    && c.path.contains("Response.")
                    && function.span.contains(c.span)
                    && task.text(c.span).starts_with(&format!("{name}."))
            });
            if answers {
                return Some(name);
            }
        }
        at = function.parent;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::super::testing::{fixed, refused};

    const RULE: &str = "path-traversal";

    #[test]
    fn python_paths_are_kept_inside_their_folder() {
        let head = "import os\nfrom flask import Flask, abort, request, send_file, send_from_directory\nfrom pathlib import Path\nfrom werkzeug.utils import secure_filename\n\napp = Flask(__name__)\nBASE = \"files\"\n\n\n@app.route(\"/\")\ndef index():\n    name = request.args[\"name\"]\n";
        for (before, after) in [
            (
                "    path = os.path.join(BASE, name)\n    return open(path).read()\n",
                "    path = os.path.realpath(os.path.join(BASE, name))\n    if not path.startswith(os.path.realpath(BASE) + os.sep):\n        abort(404)\n    return open(path).read()\n",
            ),
            (
                "    path = f\"files/{name}\"\n    return open(path).read()\n",
                "    path = os.path.realpath(f\"files/{name}\")\n    if not path.startswith(os.path.realpath(\"files\") + os.sep):\n        abort(404)\n    return open(path).read()\n",
            ),
            (
                "    path = Path(BASE) / name\n    return path.read_text()\n",
                "    path = (Path(BASE) / name).resolve()\n    if not path.is_relative_to(Path(BASE).resolve()):\n        abort(404)\n    return path.read_text()\n",
            ),
            ("    return send_file(os.path.join(BASE, name))\n", "    return send_from_directory(BASE, name)\n"),
            (
                "    up = request.files[\"f\"]\n    up.save(os.path.join(BASE, up.filename))\n    return \"ok\"\n",
                "    up = request.files[\"f\"]\n    up.save(os.path.join(BASE, secure_filename(up.filename)))\n    return \"ok\"\n",
            ),
        ] {
            assert_eq!(fixed("a.py", &format!("{head}{before}"), RULE), format!("{head}{after}"));
        }
        refused("a.py", &format!("{head}    return open(name).read()\n"), RULE);
    }

    #[test]
    fn a_folder_that_the_request_chooses_contains_nothing() {
        let code = "const express = require('express');\nconst fs = require('fs');\nconst path = require('path');\nconst app = express();\napp.post('/', (req, res) => {\n  const { folder = '', name } = req.body;\n  const file = path.join(ROOT, folder, name);\n  fs.writeFileSync(file, 'x');\n  res.end();\n});\n";
        let guard = "  const file = path.resolve(path.join(ROOT, folder, name));\n  if (!file.startsWith(path.resolve(ROOT) + path.sep)) {\n    return res.status(403).send('Forbidden');\n  }\n";
        let after = code.replace("  const file = path.join(ROOT, folder, name);\n", guard);
        assert_eq!(fixed("a.js", code, RULE), after);
    }

    #[test]
    fn javascript_paths_are_kept_inside_their_folder() {
        let head = "const express = require('express');\nconst fs = require('fs');\nconst path = require('path');\nconst app = express();\napp.get('/', (req, res) => {\n  const name = req.query.name;\n";
        for (before, after) in [
            (
                "  const file = path.join(__dirname, 'files', name); // the file\n  res.sendFile(file);\n",
                "  const file = path.join(__dirname, 'files', name); // the file\n  if (!file.startsWith(path.join(__dirname, 'files') + path.sep)) {\n    return res.status(403).send('Forbidden');\n  }\n  res.sendFile(file);\n",
            ),
            (
                "  const file = path.join('./files/', name);\n  res.sendFile(file);\n",
                "  const file = path.resolve(path.join('./files/', name));\n  if (!file.startsWith(path.resolve('./files/') + path.sep)) {\n    return res.status(403).send('Forbidden');\n  }\n  res.sendFile(file);\n",
            ),
            (
                "  res.sendFile(path.join(__dirname, 'files', name));\n",
                "  res.sendFile(name, { root: path.resolve(__dirname, 'files') });\n",
            ),
        ] {
            assert_eq!(fixed("a.js", &format!("{head}{before}}});\n"), RULE), format!("{head}{after}}});\n"));
        }
        refused("a.js", &format!("{head}  res.json(fs.readFileSync(name));\n}});\n"), RULE);
    }
}
