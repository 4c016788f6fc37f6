//! Logging an exception where the answer no longer tells it.

use super::generic_error::exception_name;
use crate::edit::TextEdit;
use crate::harden::Task;
use crate::syntax::hir::*;

/// The innermost exception handler around the finding.
pub(super) fn handler<'a>(task: &Task<'a>) -> Option<&'a Handler> {
    let span = task.span();
    let function = task.function_around(span);
    let file: &'a File = task.file;
    let all = file.stmts.iter().filter_map(|s| match &s.kind {
        StmtKind::Try { handlers, .. } => Some(handlers),
        _ => None,
    });
    let around = all.flatten().filter(|h| h.span.contains(span) && task.function_around(h.span) == function);
    around.min_by_key(|h| h.span.end - h.span.start)
}

/// The edits that log the exception before the statement of the finding; none where it is logged already, or where a
/// statement cannot be put in front.
pub(super) fn log_exception(task: &Task<'_>, message: &str) -> Vec<TextEdit> {
    let scope = match handler(task) {
        Some(handler) => handler.span,
        None => task.file.function(task.function_around(task.span())).body_span,
    };
    let name = exception_name(task);
    if is_logged(task, scope, name) {
        return Vec::new();
    }
    let (statement, import) = match task.file.language {
        Language::Python => python_log(task, name, message),
        Language::JavaScript | Language::TypeScript => javascript_log(task, name),
        Language::Java => (name.map(|name| java_log(task, name, message)), None),
        Language::Go => go_log(task, name),
    };
    let Some(edits) = statement.and_then(|s| before_statement(task, &s)) else { return Vec::new() };
    edits.into_iter().chain(import).collect()
}

/// Whether something in the scope already writes the exception to a log.
fn is_logged(task: &Task<'_>, scope: Span, name: Option<&str>) -> bool {
    task.file.exprs.iter().filter(|e| scope.contains(e.span)).any(|e| {
        let ExprKind::Call { callee, .. } = &e.kind else { return false };
        let callee = task.expr_text(*callee);
        let last = callee.rsplit('.').next().unwrap_or(callee);
        if matches!(last, "exception" | "print_exc") {
            return true;
        }
        if last == "printStackTrace" {
            return name.is_none_or(|n| callee.starts_with(n)) && task.text(e.span).ends_with("()");
        }
        let logs = callee == "print"
            || callee.starts_with("console.")
            || callee.starts_with("System.err.")
            || (callee.to_ascii_lowercase().contains("log")
                && matches!(
                    last,
                    "error"
                        | "warning"
                        | "warn"
                        | "critical"
                        | "info"
                        | "debug"
                        | "log"
                        | "fatal"
                        | "trace"
                        | "severe"
                        | "Print"
                        | "Printf"
                        | "Println"
                        | "Error"
                        | "Errorf"
                        | "Warn"
                        | "Info"
                        | "Fatal"
                ));
        let tells =
            name.is_none_or(|n| !mentions(task, e.span, n).is_empty()) || task.text(e.span).contains("exc_info");
        logs && tells
    })
}

/// The quote that the finding's statement uses, else the file's.
pub(super) fn quote_near(task: &Task<'_>) -> char {
    let around = task.statement_around(task.span()).map_or("", |s| task.text(task.file.stmt(s).span));
    let count = |q: char| around.chars().filter(|c| *c == q).count();
    match count('\'').cmp(&count('"')) {
        std::cmp::Ordering::Greater => '\'',
        std::cmp::Ordering::Less => '"',
        std::cmp::Ordering::Equal => task.quote(),
    }
}

fn mentions(task: &Task<'_>, span: Span, name: &str) -> Vec<Span> {
    task.file.names.get(name).map(|n| task.uses(n, span)).unwrap_or_default()
}

/// `app.logger.exception("…")`, by the logger that the file has.
fn python_log(task: &Task<'_>, name: Option<&str>, message: &str) -> (Option<String>, Option<TextEdit>) {
    let (logger, import) = match python_logger(task) {
        Some(logger) => (logger, None),
        None if imports(task, "flask") => {
            let (app, import) = task.import("flask", Some("current_app"));
            (format!("{app}.logger"), import)
        }
        None => task.import("logging", None),
    };
    let message = task.emit().string(message, quote_near(task));
    let statement = match (handler(task), name) {
        (Some(_), _) => Some(format!("{logger}.exception({message})")),
        (None, Some(name)) => Some(format!("{logger}.error({message}, exc_info={name})")),
        (None, None) => None,
    };
    (statement, import)
}

fn imports(task: &Task<'_>, module: &str) -> bool {
    task.file.imports.iter().any(|i| i.module.split('.').next() == Some(module))
}

/// A logger, or an application with one, that the module defines.
fn python_logger(task: &Task<'_>) -> Option<String> {
    let mut found = None;
    for stmt in task.file.function(MODULE).body.iter().map(|s| task.file.stmt(*s)) {
        let StmtKind::Assign { targets, value: Some(value), .. } = &stmt.kind else { continue };
        let Some(ExprKind::Name(name)) = targets.first().map(|t| &task.file.expr(*t).kind) else { continue };
        let name = task.file.text(*name);
        match task.path_of_call(task.file.expr(*value).span) {
            Some("logging.getLogger") => return Some(name.to_string()),
            Some("flask.Flask") => found = Some(format!("{name}.logger")),
            _ => {}
        }
    }
    found
}

fn javascript_log(task: &Task<'_>, name: Option<&str>) -> (Option<String>, Option<TextEdit>) {
    let module: Vec<Span> = task.file.function(MODULE).body.iter().map(|s| task.file.stmt(*s).span).collect();
    let logger = task.file.stmts.iter().filter(|s| module.contains(&s.span)).any(|s| match &s.kind {
        StmtKind::Assign { targets, .. } => targets.iter().any(|t| task.expr_text(*t) == "logger"),
        _ => false,
    });
    let imported = task.file.imports.iter().any(|i| i.local.is_some_and(|n| task.file.text(n) == "logger"));
    let object = if logger || imported { "logger" } else { "console" };
    (name.map(|n| format!("{object}.error({n})")), None)
}

/// By the logger that a class of the file has, by the kind of it; else by the platform's own, which needs no import.
fn java_log(task: &Task<'_>, name: &str, message: &str) -> String {
    let message = task.emit().string(message, '"');
    let fields = task.file.classes.iter().flat_map(|c| &c.body).map(|s| &task.file.stmt(*s).kind);
    let loggers = fields.filter_map(|stmt| match stmt {
        StmtKind::Assign { targets, ty: Some(ty), .. } => {
            let ExprKind::Name(target) = task.file.expr(*targets.first()?).kind else { return None };
            (task.expr_text(*ty).rsplit('.').next() == Some("Logger")).then(|| task.file.text(target))
        }
        _ => None,
    });
    let by_text = task.file.imports.iter().any(|i| i.module.contains("slf4j") || i.module.contains("log4j"));
    let by_level =
        task.file.imports.iter().any(|i| &*i.module == "java.util.logging" || i.path.starts_with("java.util.logging"));
    match loggers.min() {
        Some(logger) if by_text => format!("{logger}.error({message}, {name})"),
        Some(logger) if by_level => format!("{logger}.log(java.util.logging.Level.SEVERE, {message}, {name})"),
        _ => {
            let around = task.file.classes.iter().filter(|c| c.span.contains(task.span()) && c.name.is_some());
            let class = around.min_by_key(|c| c.span.end - c.span.start).and_then(|c| c.name);
            let class = class.map_or("application", |name| task.file.text(name));
            format!(
                "System.getLogger({}).log(System.Logger.Level.ERROR, {message}, {name})",
                task.emit().string(class, '"')
            )
        }
    }
}

fn go_log(task: &Task<'_>, name: Option<&str>) -> (Option<String>, Option<TextEdit>) {
    let (log, import) = task.import("log", None);
    (name.map(|name| format!("{log}.Println({name})")), import)
}

/// Puts a statement in front of the one with the finding.
pub(super) fn before_statement(task: &Task<'_>, new: &str) -> Option<Vec<TextEdit>> {
    let stmt = task.file.stmt(task.statement_around(task.span())?);
    let (start, end) = (stmt.span.start, stmt.span.end);
    let before = task.source.text().get(..start as usize)?.trim_end();
    if task.is_python() {
        return Some(vec![if task.begins_line(stmt.span) {
            TextEdit::insert(start, format!("{new}{}{}", task.source.newline(), task.indentation(stmt.span)))
        } else {
            TextEdit::insert(start, format!("{new}; "))
        }]);
    }
    let semicolon = task.text(stmt.span).ends_with(';') || task.source.text().get(end as usize..)?.starts_with(';');
    let sep = if semicolon || before.ends_with("=>") { ";" } else { "" };
    if before.ends_with("=>") {
        let returned = format!("{{ {new}; return ");
        return Some(vec![TextEdit::insert(start, returned), TextEdit::insert(end, "; }")]);
    }
    if before.ends_with(')') || before.ends_with("else") {
        // The only statement of a branch without braces.
        let inside = task.text(stmt.span).ends_with(';');
        let close = if inside { " }" } else { "; }" };
        let end = if !inside && semicolon { end + 1 } else { end };
        let close = if !inside && semicolon { " }" } else { close };
        return is_branch(task, stmt.span)
            .then(|| vec![TextEdit::insert(start, format!("{{ {new}; ")), TextEdit::insert(end, close)]);
    }
    if task.begins_line(stmt.span) {
        let line = format!("{new}{sep}{}{}", task.source.newline(), task.indentation(stmt.span));
        return Some(vec![TextEdit::insert(start, line)]);
    }
    before.ends_with(['{', ';', '}']).then(|| vec![TextEdit::insert(start, format!("{new}; "))])
}

/// Whether a statement is the whole branch of a condition or the body of a loop.
fn is_branch(task: &Task<'_>, span: Span) -> bool {
    let only = |block: &Block| matches!(block.as_slice(), [one] if task.file.stmt(*one).span == span);
    task.file.stmts.iter().any(|s| match &s.kind {
        StmtKind::If { then, otherwise, .. } => only(then) || only(otherwise),
        StmtKind::While { body, .. } | StmtKind::ForEach { body, .. } => only(body),
        _ => false,
    })
}
