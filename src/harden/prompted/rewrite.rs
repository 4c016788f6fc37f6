//! Code from an answer → an edit of the file: which part of it is the new version of the section, what it needs imported, what
//! it adds. What the answer says of other parts of the file is left out.

use std::collections::BTreeSet;

use super::answer::{Change, Parsed};
use super::section::Section;
use crate::edit::{EditSet, TextEdit};
use crate::harden::Task;
use crate::syntax::emit::NeededImport;
use crate::syntax::hir::{ClassId, File, FunctionId, MODULE, Span, StmtId, StmtKind};
use crate::syntax::{self, Source};

/// The edit that an answer stands for.
///
/// # Errors
///
/// Says why it stands for none.
pub fn edits(task: &Task<'_>, section: &Section, parsed: &Parsed) -> Result<EditSet, String> {
    let mut edits = match parsed {
        Parsed::Code(blocks) => replacement(task, section, blocks)?,
        Parsed::Changes(changes, beside) => {
            let mut edits = changed(task, section, changes)?;
            for block in beside {
                edits.extend(imports(task, &Code::read(task, block)));
            }
            edits
        }
    };
    edits.retain(|e| task.source.slice(e.span) != e.text);
    if edits.is_empty() {
        return Err("it changes nothing".to_string());
    }
    EditSet::new(edits).ok_or_else(|| "its changes overlap".to_string())
}

/// Code of an answer, read.
struct Code {
    source: Source,
    file: File,
}

impl Code {
    fn read(task: &Task<'_>, text: &str) -> Code {
        let source = Source::new(text.as_bytes());
        let file = syntax::lower(&task.finding.path, task.file.language, &source);
        Code { source, file }
    }

    /// Statements of the top level; those of a class that has the name of the section's class stand in its place.
    fn items(&self, class: Option<&str>) -> Vec<StmtId> {
        let named = |id: &ClassId| self.file.class(*id).name.map(|n| self.file.text(n));
        let mut out = Vec::new();
        for id in &self.file.function(MODULE).body {
            match &self.file.stmt(*id).kind {
                StmtKind::Class(inner) if class.is_some() && named(inner) == class => {
                    out.extend(&self.file.class(*inner).body);
                }
                _ => out.push(*id),
            }
        }
        out
    }

    fn text(&self, span: Span) -> &str {
        self.source.slice(span)
    }

    /// Whether a statement imports something, in whatever form the language has for it.
    fn is_import(&self, statement: Span) -> bool {
        self.file.imports.iter().any(|i| i.scope == MODULE && statement.contains(i.stmt_span))
    }
}

/// The edits for blocks that hold the section anew.
fn replacement(task: &Task<'_>, section: &Section, blocks: &[String]) -> Result<Vec<TextEdit>, String> {
    let class = section.class.map(|id| task.file.class(id)).and_then(|c| c.name).map(|n| task.file.text(n));
    let mut reason = "the answer does not hold the code that was to be repaired".to_string();
    // The last block that holds the section: models show the old code first, and the new code then.
    for block in blocks.iter().rev() {
        let code = Code::read(task, block);
        match section.function {
            Some(id) => match function_named(&code, task.file, id) {
                Some(found) => return Ok(with_function(task, section, &code, found, class, blocks)),
                None => reason = format!("the answer does not hold `{}`", task.file.function(id).symbol),
            },
            None => {
                if let Some(edits) = with_statements(task, section, &code, blocks) {
                    return Ok(edits);
                }
            }
        }
    }
    Err(reason)
}

/// The function of the answer that has the name of one of the file; the outermost.
fn function_named(code: &Code, file: &File, id: FunctionId) -> Option<FunctionId> {
    let wanted = file.function(id).name.map(|n| file.text(n))?;
    let named = |f: &&(usize, &crate::syntax::hir::Function)| f.1.name.is_some_and(|n| code.file.text(n) == wanted);
    let all: Vec<_> = code.file.functions.iter().enumerate().skip(1).collect();
    let found = all.iter().filter(named).max_by_key(|(_, f)| f.span.end - f.span.start)?;
    Some(FunctionId(found.0 as u32))
}

fn with_function(
    task: &Task<'_>,
    section: &Section,
    code: &Code,
    found: FunctionId,
    class: Option<&str>,
    blocks: &[String],
) -> Vec<TextEdit> {
    let span = code.file.function(found).span;
    let mut edits = line_edits(task.source, section.span, &fitted(task.source, section.span, code, span));
    let at = if class.is_some() { section.span } else { section.top };
    edits.extend(additions(task, section, code, class, at, span));
    edits.extend(imports_of(task, code, blocks));
    edits
}

/// The statements of an answer that are neither imports nor in the file already.
fn with_statements(task: &Task<'_>, section: &Section, code: &Code, blocks: &[String]) -> Option<Vec<TextEdit>> {
    let outside = outside(task, section);
    let names = names_outside(task, section);
    let mut text = String::new();
    let mut last: Option<Span> = None;
    for statement in code.file.function(MODULE).body.iter().map(|id| code.file.stmt(*id)) {
        let defined = names_defined(&code.file, &statement.kind);
        let known = !defined.is_empty() && defined.iter().all(|n| names.contains(*n));
        if known || code.is_import(statement.span) || outside.contains(&folded(code.text(statement.span))) {
            last = None;
            continue;
        }
        let between = last.map(|l| code.text(Span { start: l.end, end: statement.span.start }));
        text.push_str(between.unwrap_or(if text.is_empty() { "" } else { "\n" }));
        text.push_str(code.text(statement.span));
        last = Some(statement.span);
    }
    // Prose is no code.
    let own = Code::read(task, &text);
    if text.trim().is_empty() || !own.file.errors.is_empty() {
        return None;
    }
    let whole = Span::new(0, text.len());
    let mut edits = line_edits(task.source, section.span, &fitted(task.source, section.span, &own, whole));
    edits.extend(imports_of(task, code, blocks));
    Some(edits)
}

/// The statements of the file's top level that are not the section's, white space left out.
fn outside(task: &Task<'_>, section: &Section) -> BTreeSet<String> {
    let spans = task.file.function(MODULE).body.iter().map(|id| task.file.stmt(*id).span);
    spans.filter(|s| !s.overlaps(section.span)).map(|s| folded(task.source.slice(s))).collect()
}

/// Names that the file defines at its top level outside the section.
fn names_outside<'t>(task: &Task<'t>, section: &Section) -> BTreeSet<&'t str> {
    let statements = task.file.function(MODULE).body.iter().map(|id| task.file.stmt(*id));
    let others = statements.filter(|s| !s.span.overlaps(section.span));
    others.flat_map(|s| names_defined(task.file, &s.kind)).collect()
}

fn folded(text: &str) -> String {
    text.split_whitespace().collect()
}

/// Helpers, constants and fields that the answer adds in front of the section: definitions of names that the file does not
/// have.
fn additions(
    task: &Task<'_>,
    section: &Section,
    code: &Code,
    class: Option<&str>,
    at: Span,
    section_in_answer: Span,
) -> Option<TextEdit> {
    let known = defined(task.file);
    let items = code.items(class).into_iter().map(|id| code.file.stmt(id));
    let added: Vec<String> = items
        .filter(|s| !s.span.overlaps(section_in_answer) && !code.is_import(s.span))
        .filter(|s| {
            let names = names_defined(&code.file, &s.kind);
            !names.is_empty() && names.iter().all(|n| !known.contains(*n))
        })
        .map(|s| fitted(task.source, at, code, s.span))
        .collect();
    if added.is_empty() {
        return None;
    }
    let newline = task.source.newline();
    let indent = task.source.indentation(at.start);
    let python = task.file.language == syntax::hir::Language::Python && class.is_none() && section.function.is_some();
    let gap = if python { newline.repeat(3) } else { newline.repeat(2) };
    let text: String = added.iter().map(|a| format!("{a}{gap}{indent}")).collect();
    Some(TextEdit::insert(at.start, text))
}

/// Names that a file defines at its top level or in classes.
fn defined(file: &File) -> BTreeSet<&str> {
    let statements = file.function(MODULE).body.iter().chain(file.classes.iter().flat_map(|c| &c.body));
    statements.flat_map(|id| names_defined(file, &file.stmt(*id).kind)).collect()
}

fn names_defined<'f>(file: &'f File, kind: &StmtKind) -> Vec<&'f str> {
    let name = |n: Option<syntax::hir::Name>| n.map(|n| file.text(n)).into_iter().collect();
    match kind {
        StmtKind::Function(id) => name(file.function(*id).name),
        StmtKind::Class(id) => name(file.class(*id).name),
        StmtKind::Assign { targets, value: Some(_), op: None, .. } => (targets.iter())
            .filter_map(|t| match file.expr(*t).kind {
                syntax::hir::ExprKind::Name(n) => Some(file.text(n)),
                _ => None,
            })
            .collect(),
        _ => Vec::new(),
    }
}

/// What all blocks of the answer import and the file does not.
fn imports_of(task: &Task<'_>, code: &Code, blocks: &[String]) -> Vec<TextEdit> {
    let mut edits = imports(task, code);
    if blocks.len() > 1 {
        for block in blocks {
            edits.extend(imports(task, &Code::read(task, block)));
        }
        edits.sort_by(|a, b| (a.span, &a.text).cmp(&(b.span, &b.text)));
        edits.dedup();
    }
    edits
}

fn imports(task: &Task<'_>, code: &Code) -> Vec<TextEdit> {
    let emitter = syntax::emitter(task.file.language);
    let models = task.library.models(task.file.language);
    let standard = |module: &str| models.models.modules.standard.iter().any(|m| m == module);
    let has = |path: &str, local: Option<&str>| {
        task.file.imports.iter().any(|i| &*i.path == path && i.local.map(|n| task.file.text(n)) == local)
    };
    let mut edits = Vec::new();
    for import in code.file.imports.iter().filter(|i| i.scope == MODULE) {
        let local = import.local.map(|n| code.file.text(n));
        if has(&import.path, local) {
            continue;
        }
        let name = import.path.strip_prefix(&*import.module).map(|rest| rest.trim_start_matches('.'));
        let needed = NeededImport {
            module: import.module.to_string(),
            name: name.filter(|n| !n.is_empty() && *n != "*").map(str::to_string),
        };
        let (usable, edit) = emitter.import(task.file, task.source, &needed, &standard);
        if local == Some(usable.as_str()) || usable.starts_with(&format!("{}.", local.unwrap_or("\0"))) {
            edits.extend(edit);
        } else {
            edits.push(as_written(task, code.text(import.stmt_span)));
        }
    }
    edits
}

/// An import statement as the answer has it, behind the file's imports.
fn as_written(task: &Task<'_>, statement: &str) -> TextEdit {
    let newline = task.source.newline();
    let own = task.file.imports.iter().filter(|i| i.scope == MODULE).map(|i| i.stmt_span.end).max();
    match own {
        Some(end) => TextEdit::insert(end, format!("{newline}{}", statement.trim())),
        None => TextEdit::insert(0, format!("{}{newline}", statement.trim())),
    }
}

/// A piece of the answer with the indentation, the tabs and the line ends that the file has at `place`.
fn fitted(source: &Source, place: Span, code: &Code, span: Span) -> String {
    let theirs = code.source.indentation(span.start);
    let ours = source.indentation(place.start);
    let tabs = source.slice(place).lines().any(|l| l.starts_with('\t')) || ours.starts_with('\t');
    let dedented = |line| str::strip_prefix(line, theirs).unwrap_or_else(|| line.trim_start_matches([' ', '\t']));
    let unit = if tabs { indent_unit(code.text(span).lines().skip(1).map(dedented)) } else { 0 };
    let mut out = String::new();
    for (number, line) in code.text(span).lines().enumerate() {
        if number > 0 {
            out.push_str(source.newline());
            let line = dedented(line);
            if line.trim().is_empty() {
                continue;
            }
            out.push_str(ours);
            push_indented(line, unit, &mut out);
        } else {
            out.push_str(line.trim_end());
        }
    }
    out
}

/// The smallest indentation by spaces, which stands for one tab; 0 where there is none.
fn indent_unit<'t>(lines: impl Iterator<Item = &'t str>) -> usize {
    let widths = lines.map(|l| l.len() - l.trim_start_matches(' ').len());
    widths.filter(|w| *w > 1).min().unwrap_or(0)
}

fn push_indented(line: &str, unit: usize, out: &mut String) {
    let rest = line.trim_start_matches(' ');
    let spaces = line.len() - rest.len();
    match spaces.checked_div(unit) {
        Some(tabs) => {
            out.push_str(&"\t".repeat(tabs));
            out.push_str(&" ".repeat(spaces % unit));
        }
        None => out.push_str(&line[..spaces]),
    }
    out.push_str(rest.trim_end());
}

/// The edits that turn the text of a span into another one, by lines: what stays the same is not touched.
fn line_edits(source: &Source, span: Span, new: &str) -> Vec<TextEdit> {
    let old = source.slice(span);
    let diff = similar::TextDiff::from_lines(old, new);
    let lines = |text: &str| {
        let mut starts = vec![0];
        starts.extend(text.split_inclusive('\n').scan(0, |at, l| {
            *at += l.len();
            Some(*at)
        }));
        starts
    };
    let (old_starts, new_starts) = (lines(old), lines(new));
    let at = |starts: &[usize], line: usize| starts.get(line).or(starts.last()).copied().unwrap_or(0);
    let ops = diff.ops().iter().filter(|op| op.tag() != similar::DiffTag::Equal);
    ops.map(|op| {
        let (before, after) = (op.old_range(), op.new_range());
        let start = span.start as usize;
        let place = Span::new(start + at(&old_starts, before.start), start + at(&old_starts, before.end));
        let text = new.get(at(&new_starts, after.start)..at(&new_starts, after.end)).unwrap_or("");
        TextEdit::replace(place, text)
    })
    .collect()
}

/// The edits for blocks that search and replace within the section.
fn changed(task: &Task<'_>, section: &Section, changes: &[Change]) -> Result<Vec<TextEdit>, String> {
    let text = task.source.slice(section.span);
    let mut out = Vec::new();
    for change in changes {
        let found = find(text, &change.search)
            .ok_or_else(|| format!("`{}` stands there not once", first_line(&change.search)))?;
        let start = section.span.start as usize;
        let place = Span::new(start + found.start, start + found.end);
        let ends_line = task.source.slice(place).ends_with('\n');
        let newline = task.source.newline();
        let mut new = change.replace.lines().collect::<Vec<_>>().join(newline);
        if ends_line && !new.is_empty() {
            new.push_str(newline);
        }
        // The section begins behind the indentation of its first line.
        if found.start == 0 && !task.source.slice(place).starts_with([' ', '\t']) {
            new = new.trim_start_matches([' ', '\t']).to_string();
        }
        out.extend(line_edits(task.source, place, &new));
    }
    Ok(out)
}

fn first_line(text: &str) -> &str {
    text.lines().find(|l| !l.trim().is_empty()).unwrap_or("").trim()
}

/// The lines of `text` that are those of `search`, if they stand there exactly once; white space at the ends of lines does not
/// count.
fn find(text: &str, search: &str) -> Option<std::ops::Range<usize>> {
    let wanted: Vec<&str> = search.trim_matches('\n').lines().map(str::trim_end).collect();
    let mut starts = vec![0];
    starts.extend(text.split_inclusive('\n').scan(0, |at, l| {
        *at += l.len();
        Some(*at)
    }));
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    // The first line of a section lacks its indentation.
    let same = |(i, line): (usize, &&str), wanted: &str| {
        line.trim_end() == wanted || i == 0 && line.trim() == wanted.trim_start()
    };
    let fits = |at: &usize| {
        lines.get(*at..*at + wanted.len()).is_some_and(|window| {
            window.iter().zip(&wanted).enumerate().all(|(i, (line, wanted))| same((at + i, line), wanted))
        })
    };
    let mut places = (0..lines.len()).filter(fits);
    let first = places.next()?;
    places.next().is_none().then(|| {
        starts.get(first).copied().unwrap_or(0)..starts.get(first + wanted.len()).copied().unwrap_or(text.len())
    })
}
