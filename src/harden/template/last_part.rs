//! Paths of Java and Go, whose parts are taken where they are put behind a folder: without what leads out of it.

use crate::edit::TextEdit;
use crate::harden::{Candidate, Task};
use crate::syntax::hir::*;

/// How many places are tried where the last part of a path could be taken.
const MAX_TRIALS: usize = 6;

/// What is put behind a folder loses everything that could lead out of it: `filepath.Join(dir, filepath.Base(name))`,
/// `new File(dir, new File(name).getName())`.
pub(super) fn propose(task: &Task<'_>, fixer: &str) -> Option<Candidate> {
    let function = task.file.function(task.function_around(task.span())).span;
    let mut places: Vec<Span> = Vec::new();
    for expr in task.file.exprs.iter().filter(|e| function.contains(e.span) && e.span.start < task.span().end) {
        let behind: Vec<ExprId> = match &expr.kind {
            ExprKind::Call { args, .. } if puts_together(task, expr.span) => {
                let behind = args.iter().skip(usize::from(args.len() > 1)).map(|a| a.value);
                // The folder itself must stay.
                behind.filter(|id| args.len() > 1 || !holds_folder(task, *id)).collect()
            }
            ExprKind::Binary { op: BinaryOp::Add, right, .. } => vec![*right],
            _ => continue,
        };
        let carrying = behind.into_iter().filter(|id| task.carries(*id)).map(|id| task.file.expr(id).span);
        places.extend(carrying);
    }
    places.sort();
    places.dedup();
    // The innermost: a call around it would take the name of a whole path.
    let inner: Vec<Span> =
        places.iter().filter(|p| !places.iter().any(|q| q != *p && p.contains(*q))).copied().collect();
    // The nearest to the sink first: another may belong to another finding.
    inner.into_iter().rev().take(MAX_TRIALS).find_map(|place| {
        rooted(task, fixer, place).or_else(|| {
            let (code, import) = name_of(task, place);
            let edits = std::iter::once(TextEdit::replace(place, code)).chain(import).collect();
            task.mending(fixer, "Takes everything out of the name that could lead to another folder.", edits)
        })
    })
}

/// `filepath.Clean("/" + path)` has no way out left and keeps what lies below the folder. What is called a name has no
/// folders, and is better off without them.
fn rooted(task: &Task<'_>, fixer: &str, place: Span) -> Option<Candidate> {
    let text = task.text(place);
    if task.file.language != Language::Go || text.to_ascii_lowercase().ends_with("filename") {
        return None;
    }
    let (filepath, import) = task.import("path/filepath", None);
    let edits = std::iter::once(TextEdit::replace(place, format!("{filepath}.Clean(\"/\"+{text})"))).chain(import);
    task.mending(fixer, "Takes everything out of the path that could lead out of the folder.", edits.collect())
}

/// Whether a path is put together from a folder and a name, here or where the function assigns it.
fn holds_folder(task: &Task<'_>, id: ExprId) -> bool {
    let mut made = vec![id];
    if let ExprKind::Name(name) = task.file.expr(id).kind {
        made.extend(task.writes(task.function_around(task.file.expr(id).span), name));
    }
    made.iter().any(|id| match &task.file.expr(*id).kind {
        ExprKind::Binary { op: BinaryOp::Add, .. } | ExprKind::Template { .. } => true,
        ExprKind::Call { args, .. } => {
            let span = task.file.expr(*id).span;
            let formats = matches!(task.path_of_call(span), Some("java.lang.String.format" | "fmt.Sprintf"));
            formats || (puts_together(task, span) && args.len() > 1) || task.path_of_call(span).is_some_and(resolves)
        }
        _ => false,
    })
}

fn resolves(path: &str) -> bool {
    path == "java.nio.file.Path.resolve"
}

/// Whether a call makes a path of its arguments.
fn puts_together(task: &Task<'_>, call: Span) -> bool {
    const PATHS: &[&str] = &[
        "java.io.File",
        "java.nio.file.Paths.get",
        "java.nio.file.Path.of",
        "java.nio.file.Path.resolve",
        "path/filepath.Join",
        "path.Join",
    ];
    task.path_of_call(call).is_some_and(|path| PATHS.contains(&path))
}

fn name_of(task: &Task<'_>, place: Span) -> (String, Option<TextEdit>) {
    let text = task.text(place);
    if task.file.language == Language::Go {
        let (filepath, import) = task.import("path/filepath", None);
        return (format!("{filepath}.Base({text})"), import);
    }
    let imported = task.file.imports.iter().any(|i| matches!(&*i.path, "java.io.File" | "java.io.*"));
    let file = if imported { "File" } else { "java.io.File" };
    (format!("new {file}({text}).getName()"), None)
}
