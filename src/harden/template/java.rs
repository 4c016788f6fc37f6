//! What fixers need to know of Java: where a method of their own goes, and what a value's declared type is.

use super::contain_path::step;
use crate::edit::TextEdit;
use crate::harden::Task;
use crate::syntax::hir::*;

/// Adds a private static method, given line by line with four spaces a level, to the outermost class around the finding.
/// The first line is its signature. Nothing where the class has this very method already; none where the name is taken or
/// the class cannot hold it.
pub fn helper(task: &Task<'_>, name: &str, comment: &str, lines: &[String]) -> Option<Vec<TextEdit>> {
    let class = class_around(task)?;
    let signature = lines.first()?;
    if task.text(class).contains(signature.as_str()) {
        return Some(Vec::new());
    }
    if task.file.names.get(name).is_some() {
        return None;
    }
    let nl = task.source.newline();
    let unit = step(task);
    let indent = task.indentation(class);
    let mut code = format!("{indent}{unit}/** {comment} */");
    for line in lines {
        let depth = (line.len() - line.trim_start_matches(' ').len()) / 4 + 1;
        code.push_str(&format!("{nl}{indent}{}{}", unit.repeat(depth), line.trim_start_matches(' ')));
    }
    let body = task.text(class).strip_suffix('}')?;
    let blank = body.len() - body.trim_end().len();
    let at = class.start as usize + body.len() - blank;
    let close = if body.trim_end_matches([' ', '\t']).ends_with('\n') { "" } else { nl };
    let empty = body.trim_end().ends_with('{');
    let gap = if empty { nl.to_string() } else { nl.repeat(2) };
    Some(vec![TextEdit::insert(Span::new(at, at).start, format!("{gap}{code}{close}"))])
}

/// The outermost class around the finding; none for an interface, whose methods are all public or need a newer Java.
fn class_around(task: &Task<'_>) -> Option<Span> {
    let around = task.file.classes.iter().filter(|c| c.name.is_some() && c.span.contains(task.span()));
    let class = around.max_by_key(|c| c.span.end - c.span.start)?;
    let name = task.file.text(class.name?);
    let head = task.text(class.span).split('{').next()?;
    let words: Vec<&str> = head.split_whitespace().collect();
    let kind = words.iter().position(|w| *w == name || w.split(['<', '(']).next() == Some(name))?.checked_sub(1)?;
    matches!(words.get(kind), Some(&"class" | &"enum" | &"record")).then_some(class.span)
}

/// The type that a local variable, parameter or field is declared with, without what it is made of: `List` of
/// `List<String>`. None for `var`, and where several are declared under the name.
pub fn declared_type<'a>(task: &Task<'a>, id: ExprId) -> Option<&'a str> {
    let ExprKind::Name(name) = task.file.expr(id).kind else { return None };
    let file: &'a File = task.file;
    let is = |pattern: ExprId| matches!(file.expr(pattern).kind, ExprKind::Name(n) if n == name);
    let own = task.function_around(file.expr(id).span);
    let own = file.function(own);
    let mut types: Vec<&'a str> =
        own.params.iter().filter(|p| is(p.pattern)).filter_map(|p| type_text(task, p.ty?)).collect();
    let mut fields = Vec::new();
    for stmt in &file.stmts {
        let StmtKind::Assign { targets, ty: Some(ty), .. } = &stmt.kind else { continue };
        if targets.iter().any(|t| is(*t)) {
            let list = if own.body_span.contains(stmt.span) { &mut types } else { &mut fields };
            list.extend(type_text(task, *ty));
        }
    }
    // A resource, a parameter of a loop: the pattern itself says its type.
    for expr in &file.exprs {
        if let ExprKind::Cast { operand, ty: Some(ty) } = expr.kind
            && file.expr(operand).span == expr.span
            && is(operand)
            && own.body_span.contains(expr.span)
        {
            types.extend(type_text(task, ty));
        }
    }
    let mut all = if types.is_empty() { fields } else { types };
    all.dedup();
    match all.as_slice() {
        [only] if *only != "var" => Some(only),
        _ => None,
    }
}

fn type_text<'a>(task: &Task<'a>, ty: ExprId) -> Option<&'a str> {
    let text = task.text(task.file.expr(ty).span);
    let text = if text.ends_with("[]") { text } else { text.split('<').next()? };
    Some(text.rsplit('.').next().unwrap_or(text))
}

/// Whether a value is surely a text: by what makes it, or by its declared type.
pub fn is_text(task: &Task<'_>, id: ExprId) -> bool {
    match &task.file.expr(id).kind {
        ExprKind::Literal(Literal::Str(_)) | ExprKind::Template { .. } => true,
        ExprKind::Binary { op: BinaryOp::Add, left, right } => is_text(task, *left) || is_text(task, *right),
        ExprKind::Conditional { then, otherwise, .. } => is_text(task, *then) && is_text(task, *otherwise),
        ExprKind::Name(_) => declared_type(task, id) == Some("String"),
        ExprKind::Cast { ty: Some(ty), .. } => type_text(task, *ty) == Some("String"),
        ExprKind::Call { callee, .. } => {
            const TEXTS: &[&str] = &[
                "getParameter",
                "getHeader",
                "getQueryString",
                "getRequestURI",
                "getPathInfo",
                "getString",
                "trim",
                "strip",
                "toLowerCase",
                "toUpperCase",
                "substring",
                "replace",
                "replaceAll",
                "toString",
                "format",
                "formatted",
                "getMessage",
                "getSubmittedFileName",
                "getOriginalFilename",
                "readLine",
                "concat",
            ];
            let path = task.path_of_call(task.file.expr(id).span).unwrap_or("");
            let last = match task.file.expr(*callee).kind {
                ExprKind::Member { name, .. } => task.file.text(name),
                _ => "",
            };
            TEXTS.contains(&last) || path == "java.lang.String.valueOf" || path == "java.lang.String.join"
        }
        _ => false,
    }
}

/// Whether two places stand in the same block: no brace between them opens or closes one.
pub fn same_block(task: &Task<'_>, first: Span, second: Span) -> bool {
    let between = task.text(Span { start: first.end.min(second.end), end: first.start.max(second.start) });
    let mut depth = 0i32;
    for c in between.chars() {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        if depth < 0 {
            return false;
        }
    }
    depth == 0
}

/// A statement with its whole line, where it has one of its own.
pub fn whole_line(task: &Task<'_>, stmt: Span) -> Option<Span> {
    let first = task.source.line_span(task.source.line(stmt.start));
    let last = task.source.line_span(task.source.line(stmt.end.saturating_sub(1)));
    let rest = task.text(Span { start: stmt.end, end: last.end.max(stmt.end) });
    let alone = task.begins_line(stmt) && matches!(rest.trim(), "" | ";");
    alone.then(|| Span { start: first.start, end: last.end + task.source.newline().len() as u32 })
}
