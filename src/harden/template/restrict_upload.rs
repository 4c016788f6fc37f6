//! `restrict-upload`: a file is stored only if its name ends as one of the types does that the code says it is about. Which
//! types a program wants is not for a template to say, so there is a fix only where names in the code tell.

use super::contain_path::{refusal, step};
use super::{java, same_line};
use crate::checks::secrets::words;
use crate::edit::TextEdit;
use crate::harden::{Candidate, Task};
use crate::syntax::hir::*;

const NAME: &str = "restrict-upload";

/// Words that tell what kind of file is meant, and the endings of such files.
const TYPES: &[(&[&str], &[&str])] = &[
    (&["pdf", "pdfs"], &[".pdf"]),
    (
        &["image", "images", "picture", "pictures", "photo", "photos", "avatar", "avatars", "logo", "thumbnail"],
        &[".gif", ".jpeg", ".jpg", ".png", ".webp"],
    ),
    (&["csv"], &[".csv"]),
    (&["spreadsheet", "spreadsheets", "excel", "xlsx"], &[".csv", ".ods", ".xlsx"]),
    (&["video", "videos"], &[".mov", ".mp4", ".webm"]),
    (&["audio", "music", "song", "podcast"], &[".flac", ".mp3", ".ogg", ".wav"]),
    (&["zip", "zips"], &[".zip"]),
    (&["json"], &[".json"]),
    (&["docx"], &[".docx"]),
];

/// Checks the ending of the name in front of the statement that stores the file.
pub fn propose(task: &Task<'_>) -> Option<Candidate> {
    match task.file.language {
        Language::Python => {}
        Language::Java | Language::Go => return behind_name(task),
        Language::JavaScript | Language::TypeScript => return None,
    }
    let name = task.text(task.finding.flow.first()?.region.span());
    if !name.ends_with(".filename") || name.contains(['\n', '(']) {
        return None;
    }
    let endings = endings(task)?;
    let (id, span) = task.statement_around(task.span()).map(|id| (id, task.file.stmt(id).span))?;
    if !task.begins_line(span) || !runs_after(task, name, id) {
        return None;
    }
    let (split, import) = task.import("os.path", Some("splitext"));
    let (refuse, more) = refusal(task, "400", "", "this type of file is not accepted")?;
    let list: Vec<String> = endings.iter().map(|ending| task.string(ending)).collect();
    let indent = task.indentation(span);
    let nl = task.source.newline();
    let check = format!("if {split}({name} or {})[1].lower() not in {{{}}}:", task.string(""), list.join(", "));
    let text = format!("{check}{nl}{indent}{}{refuse}{nl}{indent}", step(task));
    let mut edits = vec![TextEdit::insert(span.start, text)];
    edits.extend(import);
    edits.extend(more);
    task.candidate(NAME, "Accepts only names that end as files of this kind do.", edits)
}

/// In Java and Go: the check stands behind the statement that gives the name to a variable, else before the statement that
/// stores the file, where it asks the member that holds the name.
fn behind_name(task: &Task<'_>) -> Option<Candidate> {
    let endings = endings(task)?;
    let go = task.file.language == Language::Go;
    let function = task.file.function(task.function_around(task.span()));
    let (name, at, before) = if go { go_place(task, function)? } else { java_place(task, function)? };
    let (indent, nl, unit) = (task.indentation(Span { start: at, end: at }), task.source.newline(), step(task));
    let (condition, imports) =
        if go { go_condition(task, name, endings) } else { (java_condition(task, name, endings), Vec::new()) };
    let refusal = if go { go_refusal(task, function)? } else { java_refusal(task, function) };
    let inner: String = refusal.iter().map(|l| format!("{nl}{indent}{unit}{l}")).collect();
    let check = format!("{condition} {{{inner}{nl}{indent}}}");
    let text = if before { format!("{check}{nl}{indent}") } else { format!("{nl}{indent}{check}") };
    let mut edits = vec![TextEdit::insert(at, text)];
    edits.extend(imports);
    task.mending(NAME, "Accepts only names that end as files of this kind do.", edits)
}

/// The variable that holds the name, and the end of the line behind which it can be checked: that of its assignment, or of
/// the last check of it that ends the method and follows at once.
pub(super) fn java_place<'a>(task: &Task<'a>, function: &Function) -> Option<(&'a str, u32, bool)> {
    let first = task.finding.flow.first()?.region.span();
    let assigned = task.file.stmts.iter().enumerate().find_map(|(i, s)| match &s.kind {
        StmtKind::Assign { targets, value: Some(value), op: None, .. } => {
            let [target] = targets.as_slice() else { return None };
            let holds = task.file.expr(*value).span.contains(first) && function.body_span.contains(s.span);
            let text = java::declared_type(task, *target) == Some("String");
            let ExprKind::Name(name) = task.file.expr(*target).kind else { return None };
            (holds && text && task.begins_line(s.span)).then_some((StmtId(i as u32), name))
        }
        _ => None,
    });
    let (statement, name) = assigned?;
    let mut last = task.file.stmt(statement).span;
    for next in following(task, statement) {
        let StmtKind::If { test, then, otherwise } = &task.file.stmt(*next).kind else { break };
        let about = !task.uses(name, task.file.expr(*test).span).is_empty();
        let ends =
            then.last().is_some_and(|s| matches!(task.file.stmt(*s).kind, StmtKind::Return(_) | StmtKind::Throw(_)));
        if !about || !ends || !otherwise.is_empty() {
            break;
        }
        last = task.file.stmt(*next).span;
    }
    Some((task.file.text(name), same_line::end_of(task, last)?, false))
}

/// The statements behind one in its block.
fn following<'a>(task: &Task<'a>, statement: StmtId) -> &'a [StmtId] {
    let file: &'a File = task.file;
    let bodies = file.functions.iter().map(|f| &f.body);
    let nested = file.stmts.iter().flat_map(|s| match &s.kind {
        StmtKind::If { then, otherwise, .. } => vec![then, otherwise],
        StmtKind::While { body, .. } | StmtKind::ForEach { body, .. } | StmtKind::With { body, .. } => vec![body],
        StmtKind::Try { body, handlers, finally, .. } => {
            [body, finally].into_iter().chain(handlers.iter().map(|h| &h.body)).collect()
        }
        StmtKind::Block(body) => vec![body],
        StmtKind::Unknown(_, blocks) => blocks.iter().collect(),
        _ => Vec::new(),
    });
    let mut blocks = bodies.chain(nested);
    let found = blocks.find_map(|b| b.iter().position(|s| *s == statement).and_then(|i| b.get(i + 1..)));
    found.unwrap_or_default()
}

/// The member that holds the name, and the beginning of the first statement that reads it.
fn go_place<'a>(task: &Task<'a>, function: &Function) -> Option<(&'a str, u32, bool)> {
    let reads =
        task.file.exprs.iter().filter(|e| function.body_span.contains(e.span) && e.span.start < task.span().end);
    let names = reads.filter(|e| matches!(e.kind, ExprKind::Member { name, .. } if task.file.text(name) == "Filename"));
    let first = names.min_by_key(|e| e.span)?.span;
    let statement = task.file.stmt(task.statement_around(first)?).span;
    let name = task.text(first);
    let plain = name.split('.').all(super::flow::is_identifier);
    (plain && task.begins_line(statement)).then_some((name, statement.start, true))
}

fn java_condition(task: &Task<'_>, name: &str, endings: &[&str]) -> String {
    let one = |ending: &&str| format!("{name}.toLowerCase().endsWith({})", task.string(ending));
    let all = endings.iter().map(one).collect::<Vec<_>>().join(" || ");
    let all = if endings.len() == 1 { format!("!{all}") } else { format!("!({all})") };
    format!("if ({name} == null || {all})")
}

fn go_condition(task: &Task<'_>, name: &str, endings: &[&str]) -> (String, Vec<TextEdit>) {
    let (strings, import) = task.import("strings", None);
    let one = |ending: &&str| format!("!{strings}.HasSuffix({strings}.ToLower({name}), {})", task.string(ending));
    (format!("if {}", endings.iter().map(one).collect::<Vec<_>>().join(" && ")), import.into_iter().collect())
}

/// An answer and the end of the method where it has a response and gives nothing back, else an exception.
pub(super) fn java_refusal(task: &Task<'_>, function: &Function) -> Vec<String> {
    let named = |p: &&Param| p.ty.is_some_and(|ty| task.expr_text(ty).ends_with("HttpServletResponse"));
    let response = function.params.iter().find(named).map(|p| task.expr_text(p.pattern));
    let nothing = function.return_type.is_none_or(|ty| task.expr_text(ty) == "void");
    match response {
        Some(response) if nothing => vec![format!("{response}.setStatus(400);"), "return;".to_string()],
        _ => {
            let message = task.string("this type of file is not accepted");
            vec![format!("throw new IllegalArgumentException({message});")]
        }
    }
}

/// An answer and the end of the function where it is a handler of the standard library or Gin; else there is no way to
/// refuse that every caller understands.
fn go_refusal(task: &Task<'_>, function: &Function) -> Option<Vec<String>> {
    let with = |end: &str| {
        let typed = |p: &&Param| p.ty.is_some_and(|ty| task.expr_text(ty).ends_with(end));
        function.params.iter().find(typed).map(|p| task.expr_text(p.pattern))
    };
    if function.return_type.is_some() {
        return None;
    }
    let message = task.string("this type of file is not accepted");
    let answer = match (with("http.ResponseWriter"), with("gin.Context")) {
        (Some(w), _) => {
            let imported = task.file.imports.iter().find(|i| &*i.path == "net/http")?;
            let http = task.file.text(imported.local?);
            format!("{http}.Error({w}, {message}, {http}.StatusBadRequest)")
        }
        (None, Some(c)) => format!("{c}.String(400, {message})"),
        (None, None) => return None,
    };
    Some(vec![answer, "return".to_string()])
}

/// Whether the expression that gives the name stands before the statement, in the same function.
fn runs_after(task: &Task<'_>, name: &str, stmt: StmtId) -> bool {
    let span = task.file.stmt(stmt).span;
    let object = name.split(['.', '[']).next().unwrap_or(name);
    let function = task.function_around(span);
    let object = task.file.names.get(object);
    object.is_some_and(|object| {
        let mut written = task.assignments(function, object);
        written.retain(|(s, _)| task.file.stmt(*s).span.end <= span.start);
        !written.is_empty()
            || task.file.function(function).params.iter().any(|p| task.expr_text(p.pattern) == task.file.text(object))
    })
}

/// The endings that the function, its route and the keys that it reads tell of; none when they tell of none or of several.
fn endings(task: &Task<'_>) -> Option<&'static [&'static str]> {
    let function = task.file.function(task.function_around(task.span()));
    let mut texts: Vec<&str> = function.name.map(|n| task.file.text(n)).into_iter().collect();
    texts.extend(task.file.exprs.iter().filter(|e| function.span.contains(e.span)).filter_map(|e| match &e.kind {
        ExprKind::Literal(Literal::Str(text)) if text.len() < 60 && !text.contains(' ') => Some(&**text),
        ExprKind::Name(name) => Some(task.file.text(*name)),
        _ => None,
    }));
    let told: Vec<String> = texts.into_iter().flat_map(words).collect();
    let mut fitting = TYPES.iter().filter(|(names, _)| told.iter().any(|word| names.contains(&word.as_str())));
    let (_, endings) = fitting.next()?;
    fitting.next().is_none().then_some(*endings)
}

#[cfg(test)]
mod tests {
    use super::super::testing::{fixed, refused};

    const HEAD: &str = "import os\n\nfrom flask import Flask, abort, request\nfrom werkzeug.utils import secure_filename\n\napp = Flask(__name__)\n\n\n";

    #[test]
    fn only_the_type_that_is_meant_is_stored() {
        let view = "@app.route(\"/avatar\", methods=[\"POST\"])\ndef avatar():\n    up = request.files[\"avatar\"]\n    name = secure_filename(up.filename)\n";
        let save = "    up.save(os.path.join(\"up\", name))\n    return \"ok\"\n";
        let check = "    if os.path.splitext(up.filename or \"\")[1].lower() not in {\".gif\", \".jpeg\", \".jpg\", \".png\", \".webp\"}:\n        abort(400)\n";
        let got = fixed("a.py", &format!("{HEAD}{view}{save}"), "unrestricted-upload");
        assert_eq!(got, format!("{HEAD}{view}{check}{save}"));
    }

    #[test]
    fn where_nothing_tells_the_type_there_is_no_fix() {
        let view = "@app.post(\"/f\")\ndef store():\n    up = request.files[\"f\"]\n    up.save(os.path.join(\"up\", secure_filename(up.filename)))\n    return \"ok\"\n";
        refused("a.py", &format!("{HEAD}{view}"), "unrestricted-upload");
    }
}
