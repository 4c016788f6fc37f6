//! `rate-limit`: a limiter that the file already has stands in front of the route as well.

use crate::edit::TextEdit;
use crate::harden::{Candidate, Task};
use crate::rules::compiled::Trigger;
use crate::syntax::hir::*;

const NAME: &str = "rate-limit";

/// Adds the file's only limiter to the route, behind its path.
pub fn propose(task: &Task<'_>) -> Option<Candidate> {
    let call = task.found_call()?;
    let [path, _, ..] = call.args else { return None };
    if !matches!(task.file.expr(path.value).kind, ExprKind::Literal(Literal::Str(_))) {
        return None;
    }
    let limiters = limiters(task, call.span.start);
    let [limiter] = limiters.as_slice() else { return None };
    let edits = vec![TextEdit::insert(path.span.end, format!(", {limiter}"))];
    task.mending(NAME, "Puts the rate limiter of this file in front of the route.", edits)
}

/// The names of the limiters that the module defines before a place.
fn limiters<'a>(task: &Task<'a>, before: u32) -> Vec<&'a str> {
    let file: &'a File = task.file;
    let top = file.function(MODULE).body.iter().map(|s| file.stmt(*s)).filter(|s| s.span.end <= before);
    top.filter_map(|stmt| {
        let StmtKind::Assign { targets, value: Some(value), .. } = &stmt.kind else { return None };
        let ExprKind::Name(name) = file.expr(*targets.first()?).kind else { return None };
        makes_limiter(task, file.expr(*value).span).then(|| file.text(name))
    })
    .collect()
}

fn makes_limiter(task: &Task<'_>, call: Span) -> bool {
    let Some(path) = task.path_of_call(call) else { return false };
    let types = &task.library.models(task.file.language).models.types;
    types.iter().filter(|t| t.gives == "RateLimiter" && t.at.is_none()).any(|t| match &t.trigger {
        Trigger::Call(patterns) => patterns.iter().any(|p| p.fits(path)),
        _ => false,
    })
}

#[cfg(test)]
mod tests {
    use super::super::testing::{fixed, refused};

    const RULE: &str = "missing-rate-limit";

    #[test]
    fn the_limiter_of_the_file_is_used() {
        let head = "const express = require('express');\nconst fs = require('fs');\nconst rateLimit = require('express-rate-limit');\nconst app = express();\n";
        let limiter = "const limiter = rateLimit({ windowMs: 60000, max: 100 });\n";
        let route = |middle: &str| {
            format!(
                "app.get('/a'{middle}, (req, res) => {{\n  fs.readFile('a.txt', (err, data) => res.json({{ data }}));\n}});\n"
            )
        };
        assert_eq!(
            fixed("a.js", &format!("{head}{limiter}{}", route("")), RULE),
            format!("{head}{limiter}{}", route(", limiter"))
        );
        refused("a.js", &format!("{head}{}", route("")), RULE);
    }
}
