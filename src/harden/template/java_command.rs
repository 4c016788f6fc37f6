//! Programs that Java starts: found in the folders of the system instead of by the search path, and given nothing but what a
//! host or address is made of.

use super::contain_path::step;
use super::java;
use super::restrict_upload::{java_place, java_refusal};
use crate::checks::secrets::words;
use crate::edit::TextEdit;
use crate::harden::{Candidate, Task};
use crate::syntax::hir::*;

/// Words for what has a host in it.
const HOSTS: &[&str] =
    &["host", "hostname", "ip", "url", "uri", "domain", "address", "addr", "server", "site", "website", "hosts"];
/// What hosts and addresses are made of, none of which a shell or an option begins with.
const HARMLESS: &str = "[A-Za-z0-9][A-Za-z0-9.:/_-]*";

/// Refuses hosts that have other characters than hosts do, behind the statement that reads them. Only a name in the code
/// tells that a host is meant; of other arguments nobody can guess what they may hold.
pub fn host_characters(task: &Task<'_>) -> Option<Candidate> {
    if task.file.language != Language::Java {
        return None;
    }
    let first = task.finding.flow.first().filter(|s| s.path == task.finding.path)?.region.span();
    let function = task.file.function(task.function_around(first));
    let (name, at, _) = java_place(task, function)?;
    if !words(name).iter().any(|w| HOSTS.contains(&w.as_str())) {
        return None;
    }
    let (indent, nl, unit) = (task.indentation(Span { start: at, end: at }), task.source.newline(), step(task));
    let mut refusal = java_refusal(task, function);
    for line in &mut refusal {
        *line = line.replace("this type of file is not accepted", "this is no host");
    }
    let inner: String = refusal.iter().map(|l| format!("{nl}{indent}{unit}{l}")).collect();
    let pattern = task.string(HARMLESS);
    let check = format!("{nl}{indent}if ({name} == null || !{name}.matches({pattern})) {{{inner}{nl}{indent}}}");
    let description = "Accepts only hosts and addresses, with no character that means something to a command line.";
    task.mending("host-characters", description, vec![TextEdit::insert(at, check)])
}

/// The program's name becomes the path that it has in one of the system's folders.
pub fn absolute_program(task: &Task<'_>) -> Option<Candidate> {
    if task.file.language != Language::Java {
        return None;
    }
    let call = task.found_call()?;
    let path = task.path_of_call(call.span)?;
    // Looking for the program fails as starting it does, so it must stand where that may fail.
    let starts = path == "java.lang.Runtime.exec" || started(task, call.span);
    let literals = program(task, call.args.first()?.value)?;
    if !starts
        || literals
            .iter()
            .any(|id| !java::same_block(task, task.file.expr(*id).span, call.span) && !in_try(task, *id, call.span))
    {
        return None;
    }
    let (name, mut edits) = helper(task)?;
    for literal in literals {
        let ExprKind::Literal(Literal::Str(text)) = &task.file.expr(literal).kind else { return None };
        let (program, rest) = text.split_once(' ').map_or((&**text, None), |(p, r)| (p, Some(r)));
        if !program.chars().all(|c| c.is_ascii_alphanumeric() || "_.-".contains(c)) || program.is_empty() {
            return None;
        }
        let found = format!("{name}({})", task.string(program));
        let code = match rest {
            Some(rest) => format!("{found} + {}", task.string(&format!(" {rest}"))),
            None => found,
        };
        edits.push(TextEdit::replace(task.file.expr(literal).span, code));
    }
    let description = "The program is looked for in the system's own folders, whatever the search path says.";
    task.candidate("absolute-program", description, edits)
}

/// The literals that begin with the program's name: the text itself, what a sum begins with, the first of an array; of a
/// variable all that it is given.
fn program(task: &Task<'_>, id: ExprId) -> Option<Vec<ExprId>> {
    match &task.file.expr(id).kind {
        ExprKind::Literal(Literal::Str(_)) => Some(vec![id]),
        ExprKind::Binary { op: BinaryOp::Add, left, .. } => program(task, *left),
        ExprKind::Collection { entries, .. } => match task.file.expr(entries.first()?.value).kind {
            ExprKind::Literal(Literal::Str(_)) => Some(vec![entries.first()?.value]),
            _ => None,
        },
        ExprKind::Name(name) => {
            let mut given = task.writes(task.function_around(task.file.expr(id).span), *name);
            given.retain(|w| !matches!(task.file.expr(*w).kind, ExprKind::Literal(Literal::Null)));
            let simple = |w: &ExprId| !matches!(task.file.expr(*w).kind, ExprKind::Name(_));
            if given.is_empty() || !given.iter().all(simple) {
                return None;
            }
            Some(given.into_iter().map(|w| program(task, w)).collect::<Option<Vec<_>>>()?.concat())
        }
        _ => None,
    }
}

/// Whether the process is started in the same block as its builder is made.
fn started(task: &Task<'_>, made: Span) -> bool {
    let function = task.file.function(task.function_around(made)).body_span;
    task.file.exprs.iter().any(|e| {
        let ExprKind::Call { callee, .. } = &e.kind else { return false };
        let ExprKind::Member { name, name_span, .. } = task.file.expr(*callee).kind else { return false };
        task.file.text(name) == "start"
            && function.contains(e.span)
            && name_span.start >= made.end
            && (java::same_block(task, made, name_span) || in_same_try(task, made, name_span))
    })
}

fn in_try(task: &Task<'_>, literal: ExprId, call: Span) -> bool {
    in_same_try(task, task.file.expr(literal).span, call)
}

/// Whether the innermost `try` around both places is the same, or neither has one: what is thrown goes the same way.
fn in_same_try(task: &Task<'_>, first: Span, second: Span) -> bool {
    let function = task.function_around(first);
    let around = |place: Span| {
        let all = task.file.stmts.iter().filter(|s| matches!(s.kind, StmtKind::Try { .. }) && s.span.contains(place));
        all.map(|s| s.span).min_by_key(|s| s.end - s.start)
    };
    function == task.function_around(second) && around(first) == around(second)
}

fn helper(task: &Task<'_>) -> Option<(&'static str, Vec<TextEdit>)> {
    const NAME: &str = "systemProgram";
    let (file, first) = task.import("java.io", Some("File"));
    let (failure, second) = task.import("java.io", Some("IOException"));
    let folders =
        ["/usr/bin", "/bin", "/usr/sbin", "/sbin", "C:\\Windows\\System32"].map(|f| task.string(f)).join(", ");
    let lines = [
        format!("private static String {NAME}(String name) throws {failure} {{"),
        format!("    for (String folder : new String[] {{{folders}}}) {{"),
        format!("        {file} program = new {file}(folder, name);"),
        format!("        {file} windows = new {file}(folder, name + \".exe\");"),
        "        if (program.canExecute()) {".to_string(),
        "            return program.getPath();".to_string(),
        "        }".to_string(),
        "        if (windows.canExecute()) {".to_string(),
        "            return windows.getPath();".to_string(),
        "        }".to_string(),
        "    }".to_string(),
        format!("    throw new {failure}(\"no such program: \" + name);"),
        "}".to_string(),
    ];
    let method = java::helper(task, NAME, "The path of a program in the folders of the system.", &lines)?;
    Some((NAME, first.into_iter().chain(second).chain(method).collect()))
}
