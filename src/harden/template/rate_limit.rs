//! `rate-limit`: a limiter stands in front of the route: the one that the file has, or else a small one of its own, which
//! needs no package.

use crate::edit::TextEdit;
use crate::harden::{Candidate, Task};
use crate::rules::compiled::Trigger;
use crate::syntax::hir::*;

const NAME: &str = "rate-limit";

/// Requests that the new limiter lets through for each address in a quarter of an hour.
const MOST: u32 = 100;

/// Adds a limiter to the route, behind its path.
pub fn propose(task: &Task<'_>) -> Option<Candidate> {
    let call = task.found_call()?;
    let [path, _, ..] = call.args else { return None };
    if !matches!(task.file.expr(path.value).kind, ExprKind::Literal(Literal::Str(_))) {
        return None;
    }
    let limiters = limiters(task, call.span.start);
    let (limiter, helper, description) = match limiters.as_slice() {
        [limiter] => ((*limiter).to_string(), None, "Puts the rate limiter of this file in front of the route."),
        [] => {
            let (name, helper) = own_limiter(task)?;
            (name, Some(helper), "Puts a rate limiter in front of the route. It counts in this process only.")
        }
        _ => return None,
    };
    let mut edits = vec![TextEdit::insert(path.span.end, format!(", {limiter}"))];
    edits.extend(helper);
    task.mending(NAME, description, edits)
}

/// The name of a new limiter and the edit that writes it where imports end; none where the names are taken.
fn own_limiter(task: &Task<'_>) -> Option<(String, TextEdit)> {
    let taken = |name: &str| task.file.names.get(name).is_some();
    if task.file.language != Language::JavaScript || taken("limiter") || taken("rateLimiter") {
        return None;
    }
    let (_, needs) = task.import("rate-limiter", None);
    let needs = needs?;
    let message = task.string("Too many requests");
    let lines = [
        String::new(),
        "function rateLimiter(max, milliseconds) {".to_string(),
        "  const counts = new Map();".to_string(),
        "  setInterval(() => counts.clear(), milliseconds).unref();".to_string(),
        "  return (req, res, next) => {".to_string(),
        "    const count = (counts.get(req.ip) || 0) + 1;".to_string(),
        "    counts.set(req.ip, count);".to_string(),
        format!("    return count > max ? res.status(429).send({message}) : next();"),
        "  };".to_string(),
        "}".to_string(),
        String::new(),
        format!("const limiter = rateLimiter({MOST}, 15 * 60 * 1000);"),
    ];
    let text = needs.text.replacen(needs.text.trim(), &lines.join(task.source.newline()), 1);
    Some(("limiter".to_string(), TextEdit { text, ..needs }))
}

/// The names of the limiters that the module defines before a place.
fn limiters<'a>(task: &Task<'a>, before: u32) -> Vec<&'a str> {
    let file: &'a File = task.file;
    let top = file.function(MODULE).body.iter().map(|s| file.stmt(*s)).filter(|s| s.span.end <= before);
    top.filter_map(|stmt| {
        let StmtKind::Assign { targets, value: Some(value), .. } = &stmt.kind else { return None };
        let ExprKind::Name(name) = file.expr(*targets.first()?).kind else { return None };
        let own = || matches!(&file.expr(*value).kind, ExprKind::Call { callee, .. } if task.expr_text(*callee) == "rateLimiter");
        (makes_limiter(task, file.expr(*value).span) || own()).then(|| file.text(name))
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
    }

    #[test]
    fn a_file_without_one_gets_one_for_all_its_routes() {
        let head = "const express = require('express');\nconst fs = require('fs');\n\nconst app = express();\n";
        let route = |path: &str, middle: &str| {
            format!(
                "app.get('{path}'{middle}, (req, res) => {{\n  fs.readFile('a.txt', (err, data) => res.json({{ data }}));\n}});\n"
            )
        };
        let got = fixed("a.js", &format!("{head}{}{}", route("/a", ""), route("/b", ", limiter2")), RULE);
        let limiter = "const limiter = rateLimiter(100, 15 * 60 * 1000);\n";
        assert!(got.contains(limiter) && got.contains(&route("/a", ", limiter")), "{got}");
        assert_eq!(got.matches("function rateLimiter").count(), 1);
        let taken = "const limiter = require('./limits');\n";
        refused("a.js", &format!("{head}{taken}{}", route("/a", "")), RULE);
    }
}
