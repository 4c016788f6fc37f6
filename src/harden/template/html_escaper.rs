//! The functions that escape HTML in Java and Go: those of a library that the file uses anyway, else the language's own,
//! else a method that is written.

use super::flow::{Joint, Part};
use super::java;
use crate::edit::TextEdit;
use crate::harden::Task;
use crate::syntax::hir::*;

/// The code that escapes a value in Java, and what must be added for it.
pub(super) fn java_value(task: &Task<'_>, part: &Part) -> Option<(String, Vec<TextEdit>)> {
    let text = task.expr_text(part.expr);
    let whole = part.joint == Joint::Whole;
    // Writers take characters and arrays of them too, which this would turn into something else.
    if whole && !may_be_text(task, part.expr) {
        return None;
    }
    let imports = |module: &str| task.file.imports.iter().any(|i| i.path.starts_with(module));
    if imports("org.owasp.encoder.") {
        let (name, edit) = task.import("org.owasp.encoder", Some("Encode"));
        return Some((format!("{name}.forHtml(String.valueOf({text}))"), edit.into_iter().collect()));
    }
    if imports("org.apache.commons.text.") {
        let (name, edit) = task.import("org.apache.commons.text", Some("StringEscapeUtils"));
        return Some((format!("{name}.escapeHtml4(String.valueOf({text}))"), edit.into_iter().collect()));
    }
    if imports("org.springframework.web.") {
        let (name, edit) = task.import("org.springframework.web.util", Some("HtmlUtils"));
        return Some((format!("{name}.htmlEscape(String.valueOf({text}))"), edit.into_iter().collect()));
    }
    let replaced = [("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ("\"", "&quot;"), ("'", "&#39;")];
    let replaced = replaced.map(|(c, entity)| format!(".replace({}, {})", task.string(c), task.string(entity)));
    let lines = [
        "private static String escapeHtml(Object value) {".to_string(),
        format!("    return String.valueOf(value){}", replaced.first()?),
        format!("        {};", replaced.get(1..)?.concat()),
        "}".to_string(),
    ];
    let edits = java::helper(task, "escapeHtml", "Writes what has a meaning in HTML as entities.", &lines)?;
    Some((format!("escapeHtml({text})"), edits))
}

fn may_be_text(task: &Task<'_>, id: ExprId) -> bool {
    match &task.file.expr(id).kind {
        ExprKind::Name(_) => {
            matches!(java::declared_type(task, id), Some("String" | "Object" | "CharSequence" | "StringBuilder"))
        }
        ExprKind::Call { callee, .. } => match task.file.expr(*callee).kind {
            ExprKind::Member { name, .. } => {
                !matches!(task.file.text(name), "getBytes" | "toCharArray" | "toByteArray" | "readAllBytes")
            }
            _ => true,
        },
        ExprKind::Index { .. } => true,
        _ => java::is_text(task, id),
    }
}

/// The code that escapes a value in Go, and what must be added for it. What is not known to be a string is written as one
/// first, as the call that prints it does.
pub(super) fn go_value(task: &Task<'_>, part: &Part) -> Option<(String, Vec<TextEdit>)> {
    let text = task.expr_text(part.expr);
    let (html, import) = task.import("html", None);
    let mut edits: Vec<TextEdit> = import.into_iter().collect();
    if go_text(task, part.expr, 6) {
        return Some((format!("{html}.EscapeString({text})"), edits));
    }
    let (fmt, import) = task.import("fmt", None);
    let written = match (part.joint, part.conversion) {
        // A sum has operands of one type, and the other is a string.
        (Joint::Added, _) => return Some((format!("{html}.EscapeString({text})"), edits)),
        (Joint::Formatted, Some(verb @ ('s' | 'v' | 'q'))) => format!("{fmt}.Sprintf(\"%{verb}\", {text})"),
        (Joint::Formatted, _) => return None,
        _ if writes_bytes(task, part.expr) => {
            return Some((format!("[]byte({html}.EscapeString(string({text})))"), edits));
        }
        _ => format!("{fmt}.Sprint({text})"),
    };
    edits.extend(import);
    Some((format!("{html}.EscapeString({written})"), edits))
}

/// Whether the value is handed to something that takes bytes.
fn writes_bytes(task: &Task<'_>, id: ExprId) -> bool {
    let span = task.file.expr(id).span;
    let call = task.call_around(span).filter(|c| c.args.iter().any(|a| a.value == id));
    call.is_some_and(
        |c| matches!(task.file.expr(c.callee).kind, ExprKind::Member { name, .. } if task.file.text(name) == "Write"),
    )
}

/// Whether a value of Go is surely a string.
pub(in crate::harden::template) fn go_text(task: &Task<'_>, id: ExprId, depth: u32) -> bool {
    let Some(depth) = depth.checked_sub(1) else { return false };
    let expr = task.file.expr(id);
    match &expr.kind {
        ExprKind::Literal(Literal::Str(_)) => true,
        ExprKind::Binary { op: BinaryOp::Add, left, right } => {
            go_text(task, *left, depth) || go_text(task, *right, depth)
        }
        ExprKind::Slice { object, .. } => go_text(task, *object, depth),
        ExprKind::Cast { .. } => {
            let text = task.text(expr.span);
            text.ends_with(".(string)") || text.starts_with("string(")
        }
        ExprKind::Member { .. } => {
            let text = task.text(expr.span);
            [".URL.Path", ".URL.RawQuery", ".RequestURI", ".RemoteAddr", ".Filename"]
                .iter()
                .any(|end| text.ends_with(end))
        }
        ExprKind::Index { object, .. } => match &task.file.expr(*object).kind {
            ExprKind::Call { .. } => gives_texts(task, *object),
            ExprKind::Name(name) => {
                let writes = task.writes(task.function_around(expr.span), *name);
                !writes.is_empty() && writes.iter().all(|w| gives_texts(task, *w))
            }
            _ => false,
        },
        ExprKind::Call { .. } => {
            const TEXTS: &[&str] = &[
                "FormValue",
                "PostFormValue",
                "PathValue",
                "Query().Get",
                "Header.Get",
                "Values.Get",
                "UserAgent",
                "Referer",
                "Context.Query",
                "Context.Param",
                "Context.PostForm",
                "Context.DefaultQuery",
                "Context.QueryParam",
                "fmt.Sprintf",
                "fmt.Sprint",
                "strings.TrimSpace",
                "strings.TrimPrefix",
                "strings.TrimSuffix",
                "strings.Trim",
                "strings.ToLower",
                "strings.ToUpper",
                "strings.Replace",
                "strings.ReplaceAll",
                "strings.Join",
                "strings.Title",
                "filepath.Base",
                "path.Base",
                "strconv.Itoa",
                "strings.Builder.String",
                "bytes.Buffer.String",
            ];
            task.path_of_call(expr.span).is_some_and(|path| TEXTS.iter().any(|t| path.ends_with(t)))
        }
        ExprKind::Name(name) => {
            let function = task.function_around(expr.span);
            let param = task
                .file
                .function(function)
                .params
                .iter()
                .find(|p| matches!(task.file.expr(p.pattern).kind, ExprKind::Name(n) if n == *name));
            if let Some(param) = param {
                return param.ty.is_some_and(|ty| task.expr_text(ty) == "string");
            }
            let writes = task.writes(function, *name);
            !writes.is_empty() && writes.iter().all(|w| go_text(task, *w, depth))
        }
        _ => false,
    }
}

fn gives_texts(task: &Task<'_>, id: ExprId) -> bool {
    let path = task.path_of_call(task.file.expr(id).span).unwrap_or("");
    matches!(path, "strings.Split" | "strings.SplitN" | "strings.Fields")
}
