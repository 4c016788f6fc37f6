//! Loaders that build any object, and parsers that fetch what a document names: the safe variants of the same library.

use super::arguments::{at_place, entry, spans, with_item, without};
use super::java_parser;
use super::toolkit::Call;
use crate::edit::TextEdit;
use crate::harden::{Candidate, Task};
use crate::rules::place::{ArgSelector, Base, Place};
use crate::syntax::hir::*;

/// Reads data alone.
pub fn propose(task: &Task<'_>) -> Option<Candidate> {
    let call = task.found_call()?;
    let path = task.path_of_call(call.span)?;
    let edits = match path {
        "yaml.load" | "yaml.unsafe_load" | "yaml.full_load" => yaml(task, &call, "safe_load"),
        "yaml.load_all" | "yaml.unsafe_load_all" | "yaml.full_load_all" => yaml(task, &call, "safe_load_all"),
        "js-yaml.load" | "js-yaml.loadAll" => without_schema(task, &call),
        _ if task.is_python() && path.starts_with("lxml.etree.") => lxml(task, &call),
        _ if path.starts_with("libxmljs") => libxml(task, &call),
        _ if task.file.language == Language::Java => java_parser::edits(task, &call, path),
        _ => None,
    }?;
    task.candidate("safe-loader", "The document is read as data: it creates no objects and fetches nothing.", edits)
}

fn argument(index: Option<i32>, name: &str) -> Place {
    Place { base: Base::Arg(ArgSelector::One { index, name: Some(name.to_string()) }), tail: Vec::new() }
}

fn yaml(task: &Task<'_>, call: &Call<'_>, name: &str) -> Option<Vec<TextEdit>> {
    let mut edits = match &task.file.expr(call.callee).kind {
        ExprKind::Member { name_span, .. } => vec![TextEdit::replace(*name_span, name)],
        ExprKind::Name(_) => {
            let (text, edit) = task.import("yaml", Some(name));
            let mut edits: Vec<TextEdit> = edit.into_iter().collect();
            edits.push(TextEdit::replace(task.file.expr(call.callee).span, text));
            edits
        }
        _ => return None,
    };
    if call.args.iter().any(|a| a.spread != Spread::No) {
        return None;
    }
    let loader = at_place(task, call, &argument(Some(1), "Loader"));
    if let Some(number) = loader.and_then(|l| call.args.iter().position(|a| a.span == l.span)) {
        edits.extend(without(task, &spans(call), &[number])?);
    }
    Some(edits)
}

/// `yaml.load(text, { schema: … })` of js-yaml: without a schema the default one is safe.
fn without_schema(task: &Task<'_>, call: &Call<'_>) -> Option<Vec<TextEdit>> {
    let (number, options) = call.args.iter().enumerate().find(|(_, a)| entry(task, a.value, "schema").is_some())?;
    let ExprKind::Collection { entries, .. } = &task.file.expr(options.value).kind else { return None };
    if entries.len() == 1 {
        return without(task, &spans(call), &[number]);
    }
    let (found, _) = entry(task, options.value, "schema")?;
    let items: Vec<Span> = entries.iter().map(|e| e.span).collect();
    without(task, &items, &[found])
}

/// The parser's own options where it is made in this function, else a parser that resolves nothing.
fn lxml(task: &Task<'_>, call: &Call<'_>) -> Option<Vec<TextEdit>> {
    let ExprKind::Member { object, name, .. } = &task.file.expr(call.callee).kind else { return None };
    if !matches!(task.file.text(*name), "fromstring" | "parse" | "XML") {
        return None;
    }
    let Some(parser) = at_place(task, call, &argument(Some(1), "parser")) else {
        let module = task.expr_text(*object);
        let made = format!("parser={module}.XMLParser(resolve_entities=False, no_network=True)");
        return with_item(task, call.span, &spans(call), &made, false).map(|e| vec![e]);
    };
    let ExprKind::Call { args, .. } = &task.file.expr(maker(task, parser.value)?).kind else { return None };
    let made = task.file.expr(maker(task, parser.value)?).span;
    let items: Vec<Span> = args.iter().map(|a| a.span).collect();
    let mut edits = Vec::new();
    for (option, safe, needed) in
        [("resolve_entities", "False", true), ("no_network", "True", false), ("load_dtd", "False", false)]
    {
        match args.iter().find(|a| a.name.is_some_and(|n| task.file.text(n) == option)) {
            Some(arg) => edits.push(TextEdit::replace(task.file.expr(arg.value).span, safe)),
            None if needed => edits.push(with_item(task, made, &items, &format!("{option}={safe}"), false)?),
            None => {}
        }
    }
    Some(edits)
}

/// The expression that made a value: itself, or what its variable was assigned in this function, once.
fn maker(task: &Task<'_>, id: ExprId) -> Option<ExprId> {
    let ExprKind::Name(name) = task.file.expr(id).kind else { return Some(id) };
    let function = task.function_around(task.file.expr(id).span);
    match task.assignments(function, name).as_slice() {
        [(_, value)] => Some(*value),
        _ => None,
    }
}

fn libxml(task: &Task<'_>, call: &Call<'_>) -> Option<Vec<TextEdit>> {
    let options = maker(task, call.positional(1)?.value)?;
    let mut edits = Vec::new();
    for (option, safe) in [("noent", "false"), ("nonet", "true"), ("dtdload", "false")] {
        if let Some((_, found)) = entry(task, options, option) {
            edits.push(TextEdit::replace(task.file.expr(found.value).span, safe));
        }
    }
    Some(edits).filter(|e| !e.is_empty())
}
