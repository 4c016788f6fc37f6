//! `literal-eval`: data that is evaluated as code is read as the literal that it should be.

use super::arguments::reference;
use crate::edit::TextEdit;
use crate::harden::{Candidate, Task};
use crate::syntax::hir::*;

/// What text that is more than a literal is called.
const COMPUTED: &[&str] = &[
    "calc",
    "code",
    "command",
    "condition",
    "equation",
    "expr",
    "formula",
    "function",
    "math",
    "predicate",
    "query",
    "rule",
    "script",
    "source",
    "statement",
];

/// `ast.literal_eval(text)` instead of `eval(text)`. None where the text is handed names to compute with, or is called
/// something that is computed: a literal has neither names nor operators, and nothing would be left of what it does.
pub fn propose(task: &Task<'_>) -> Option<Candidate> {
    let call = task.found_call()?;
    let [only] = call.args else { return None };
    if !task.is_python() || task.path_of_call(call.span)? != "eval" || only.spread != Spread::No {
        return None;
    }
    let function = &task.file.function(task.function_around(call.span)).symbol;
    let called = [task.text(only.span), function].map(str::to_ascii_lowercase);
    let names = task.flow_names().into_iter().map(str::to_ascii_lowercase);
    let read = task.finding.flow.iter().map(|s| task.text(s.region.span()).to_ascii_lowercase());
    if called.into_iter().chain(names).chain(read).any(|text| COMPUTED.iter().any(|word| text.contains(word))) {
        return None;
    }
    let (name, mut edits) = reference(task, "ast.literal_eval")?;
    edits.push(TextEdit::replace(task.file.expr(call.callee).span, name));
    task.candidate("literal-eval", "`ast.literal_eval` reads literals and runs nothing.", edits)
}

#[cfg(test)]
mod tests {
    use super::super::testing::{fixed, refused};

    const RULE: &str = "code-injection";

    #[test]
    fn literals_are_read_as_such_and_formulas_are_left() {
        let app = |name: &str, call: &str| {
            format!(
                "from flask import Flask, request\n\napp = Flask(__name__)\n\n\n@app.route(\"/\")\ndef index():\n    {name} = request.args[\"x\"]\n    return str({call})\n"
            )
        };
        assert!(fixed("a.py", &app("values", "eval(values)"), RULE).contains("str(ast.literal_eval(values))"));
        refused("a.py", &app("expression", "eval(expression)"), RULE);
        refused("a.py", &app("values", "eval(values, {}, {\"price\": 1})"), RULE);
    }
}
