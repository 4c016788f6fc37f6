//! `redact-log`: a log entry says that there was a secret, not which.

use super::flow::Part;
use crate::edit::TextEdit;
use crate::harden::{Candidate, Task};
use crate::syntax::hir::*;

const INSTEAD: &str = "[redacted]";

/// Writes a constant where the secret stood in what is logged. What a program prints for its user stays: that may be what it
/// is for.
pub fn propose(task: &Task<'_>) -> Option<Candidate> {
    const PRINTS: &[&str] = &["print", "println", "console.log", "console.table", "console.dir"];
    let sink = task.finding.sink.as_str();
    if PRINTS.contains(&sink)
        || ["fmt.", "sys.", "java.io.", "java.lang.System.out"].iter().any(|p| sink.starts_with(p))
    {
        return None;
    }
    let found = task.found_expr()?;
    let call = task.found_call();
    let whole = task.file.expr(found).span;
    let mut edits = Vec::new();
    for part in task.printed_parts(call.as_ref(), found) {
        let inside = whole.contains(task.file.expr(part.expr).span);
        if inside && task.carries(part.expr) {
            edits.push(redacted(task, &part)?);
            let description = "The log says that there is a value, not which.";
            if let Some(candidate) = task.mending("redact-log", description, edits.clone()) {
                return Some(candidate);
            }
        }
    }
    None
}

fn redacted(task: &Task<'_>, part: &Part) -> Option<TextEdit> {
    let expr = task.file.expr(part.expr);
    if matches!(part.conversion, Some(c) if !matches!(c, 's' | 'v' | 'q' | 'r')) || only_use(task, part.expr) {
        return None;
    }
    let around =
        task.file.exprs.iter().find(|e| matches!(&e.kind, ExprKind::Template { parts } if parts.contains(&part.expr)));
    // Older Pythons have no quote of the string itself inside of its braces.
    let quote = match around.filter(|_| task.is_python()).map(|e| task.text(e.span)) {
        Some(text) if text.contains("\"\"\"") || text.contains("'''") => return None,
        Some(text) if text.contains('"') => '\'',
        Some(_) => '"',
        None => task.quote(),
    };
    let plain = matches!(
        expr.kind,
        ExprKind::Name(_) | ExprKind::Member { .. } | ExprKind::Index { .. } | ExprKind::Call { .. }
    );
    plain.then(|| TextEdit::replace(expr.span, task.emit().string(INSTEAD, quote)))
}

/// Whether this is all that a variable of Go is used for: without it the program does not compile.
fn only_use(task: &Task<'_>, id: ExprId) -> bool {
    let span = task.file.expr(id).span;
    let function = task.function_around(span);
    let body = task.file.function(function).span;
    task.file.language == Language::Go
        && task.file.exprs.iter().filter(|e| span.contains(e.span)).any(|e| match e.kind {
            ExprKind::Name(name) => {
                let here = task.uses(name, span).len();
                let written = task.writes(function, name).len();
                written > 0 && task.uses(name, body).len() <= here + written
            }
            _ => false,
        })
}

#[cfg(test)]
mod tests {
    use super::super::testing::{fixed, refused};

    const RULE: &str = "clear-text-logging";

    #[test]
    fn secrets_stay_out_of_the_log() {
        let python = |body: &str| format!("import logging\n\n\ndef login(name, password):\n    {body}\n");
        for (before, after) in [
            ("logging.info(\"%s has %s\", name, password)", "logging.info(\"%s has %s\", name, \"[redacted]\")"),
            ("logging.info(f\"{name} has {password}\")", "logging.info(f\"{name} has {'[redacted]'}\")"),
            ("logging.info(\"pw \" + password)", "logging.info(\"pw \" + \"[redacted]\")"),
        ] {
            assert_eq!(fixed("a.py", &python(before), RULE), python(after));
        }
        refused("a.py", &python("print(password)"), RULE);
        let go = |body: &str| {
            format!(
                "package main\n\nimport (\n\t\"log\"\n\t\"net/http\"\n)\n\nfunc f(w http.ResponseWriter, r *http.Request) {{\n{body}}}\n"
            )
        };
        let read = "\tpassword := r.FormValue(\"password\")\n";
        let log = |what: &str| format!("\tlog.Printf(\"password %s\", {what})\n");
        let more = "\tcheck(password)\n";
        let before = go(&format!("{read}{}{more}", log("password")));
        assert_eq!(fixed("a.go", &before, RULE), go(&format!("{read}{}{more}", log("\"[redacted]\""))));
        refused("a.go", &go(&format!("{read}{}", log("password"))), RULE);
        let java = |what: &str| {
            format!(
                "import java.util.logging.Logger;\n\nclass A {{\n    private static final Logger LOG = Logger.getLogger(\"a\");\n\n    void login(String password) {{\n        LOG.info(\"pw \" + {what});\n    }}\n}}\n"
            )
        };
        assert_eq!(fixed("A.java", &java("password"), RULE), java("\"[redacted]\""));
    }
}
