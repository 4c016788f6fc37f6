//! Text with conversions, and the values handed over behind it: `"…%s…" % name`, `"…{}…".format(name)`.

use super::{Built, Form, Part, Unit, lex, widened};
use crate::harden::Task;
use crate::syntax::hir::*;

/// `text % values`.
pub fn percent(task: &Task<'_>, left: ExprId, right: ExprId, built: &mut Built) -> Option<()> {
    text(task, left, built)?;
    built.form = Form::Percent;
    let values = match &task.file.expr(right).kind {
        ExprKind::Collection { kind: CollectionKind::Tuple, entries } => {
            entries.iter().map(|e| (!e.spread).then_some(e.value)).collect::<Option<Vec<_>>>()?
        }
        ExprKind::Collection { .. } | ExprKind::Unknown(_) => return None,
        _ => vec![right],
    };
    converted(built, values, "sdi")
}

/// `fmt.Sprintf("…", values)` of Go, `String.format("…", values)` and `"…".formatted(values)` of Java.
pub fn call(task: &Task<'_>, callee: ExprId, args: &[Arg], built: &mut Built) -> Option<()> {
    let ExprKind::Member { name, .. } = task.file.expr(callee).kind else { return None };
    let letters = match (task.file.language, task.file.text(name)) {
        (Language::Go, "Sprintf") => "sdv",
        (Language::Java, "format" | "formatted") => "sd",
        _ => return None,
    };
    let (template, values) = task.format_of(callee, args)?;
    lex::read(task, template, built)?;
    let text = task.file.expr(template).span;
    built.form = Form::Percent;
    built.head = Some(Span { start: built.span.start, end: text.start });
    built.tail = Some(Span { start: text.end, end: built.span.end });
    converted(built, values, letters)
}

fn converted(built: &mut Built, values: Vec<ExprId>, letters: &str) -> Option<()> {
    let sites = conversions(built, letters)?;
    if sites.len() != values.len() {
        return None;
    }
    place(built, sites.into_iter().zip(values).collect());
    Some(())
}

/// `text.format(values)`.
pub fn method(task: &Task<'_>, callee: ExprId, args: &[Arg], built: &mut Built) -> Option<()> {
    let ExprKind::Member { object, name, .. } = &task.file.expr(callee).kind else { return None };
    if task.file.text(*name) != "format" || args.iter().any(|a| a.spread != Spread::No) {
        return None;
    }
    text(task, *object, built)?;
    built.form = Form::Format;
    let mut next = 0;
    let mut sites = Vec::new();
    for (site, field) in fields(built)? {
        let arg = if field.is_empty() {
            next += 1;
            args.iter().filter(|a| a.name.is_none()).nth(next - 1)
        } else if let Ok(number) = field.parse::<usize>() {
            args.iter().filter(|a| a.name.is_none()).nth(number)
        } else {
            args.iter().find(|a| a.name.is_some_and(|n| task.file.text(n) == field))
        };
        sites.push((site, arg?.value));
    }
    let used = |a: &Arg| sites.iter().any(|(_, value)| *value == a.value);
    if !args.iter().all(used) {
        return None;
    }
    place(built, sites);
    Some(())
}

/// The constant text, and what stands behind it.
fn text(task: &Task<'_>, id: ExprId, built: &mut Built) -> Option<()> {
    let ExprKind::Literal(Literal::Str(_)) = task.file.expr(id).kind else { return None };
    lex::read(task, id, built)?;
    let span = widened(task, task.file.expr(id).span, built.span);
    if span.start != built.span.start || built.lits.iter().any(|l| l.interpolated) {
        return None;
    }
    built.tail = Some(Span { start: span.end, end: built.span.end });
    Some(())
}

/// The sites of conversions by these letters; `%%` becomes one character. None when there is another conversion.
fn conversions(built: &mut Built, letters: &str) -> Option<Vec<Span>> {
    let mut sites = Vec::new();
    let mut out = Vec::new();
    let mut units = std::mem::take(&mut built.units).into_iter();
    while let Some(unit) = units.next() {
        let Unit::Char('%', span, lit) = unit else {
            out.push(unit);
            continue;
        };
        let Some(Unit::Char(next, behind, same)) = units.next() else { return None };
        let site = Span { start: span.start, end: behind.end };
        if same != lit || behind.start != span.end {
            return None;
        }
        match next {
            '%' => out.push(Unit::Char('%', site, lit)),
            _ if letters.contains(next) => {
                out.push(Unit::Value(sites.len()));
                sites.push(site);
            }
            _ => return None,
        }
    }
    built.units = out;
    Some(sites)
}

/// The sites of `{}`, `{0}`, `{name}` with what stands in the braces; doubled braces become one character.
fn fields(built: &mut Built) -> Option<Vec<(Span, String)>> {
    let mut sites = Vec::new();
    let mut out = Vec::new();
    let mut units = std::mem::take(&mut built.units).into_iter().peekable();
    while let Some(unit) = units.next() {
        let Unit::Char(brace @ ('{' | '}'), span, lit) = unit else {
            out.push(unit);
            continue;
        };
        let mut end = span.end;
        if let Some(Unit::Char(next, behind, same)) = units.peek().copied()
            && next == brace
            && same == lit
        {
            units.next();
            out.push(Unit::Char(brace, Span { start: span.start, end: behind.end }, lit));
            continue;
        }
        if brace == '}' {
            return None;
        }
        let mut field = String::new();
        loop {
            let Some(Unit::Char(c, at, same)) = units.next() else { return None };
            if same != lit || at.start != end {
                return None;
            }
            end = at.end;
            if c == '}' {
                break;
            }
            field.push(c);
        }
        if !field.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') {
            return None;
        }
        out.push(Unit::Value(sites.len()));
        sites.push((Span { start: span.start, end }, field));
    }
    built.units = out;
    Some(sites)
}

/// Gives the values their places.
fn place(built: &mut Built, sites: Vec<(Span, ExprId)>) {
    for (site, expr) in sites {
        let lit = built.lits.iter().position(|l| l.span.contains(site)).unwrap_or(0);
        built.values.push(Part { expr, site, lit, inside: true });
    }
}
