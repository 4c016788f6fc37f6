//! Finding a usable import, or writing a new one.

use super::bound::Bindings;
use super::groups;
use crate::edit::TextEdit;
use crate::syntax::emit::NeededImport;
use crate::syntax::hir::*;
use crate::syntax::source::Source;

/// The expression that stands for what is needed, and the edit that makes it available.
pub(super) fn import(
    file: &File,
    source: &Source,
    needed: &NeededImport,
    is_standard: &dyn Fn(&str) -> bool,
) -> (String, Option<TextEdit>) {
    let bindings = Bindings::of(file);
    if let Some(usable) = existing(file, source, &bindings, needed) {
        return (usable, None);
    }
    let (usable, line) = new_import(&bindings, needed);
    let edit = groups::insertion(file, source, &line, is_standard).unwrap_or_else(|| insertion(file, source, &line));
    (usable, Some(edit))
}

/// The name under which an import at the module's top level already gives what is needed.
fn existing(file: &File, source: &Source, bindings: &Bindings<'_>, needed: &NeededImport) -> Option<String> {
    let module = needed.module.as_str();
    let Some(name) = &needed.name else { return existing_path(file, source, bindings, module) };
    let whole = join(module, name);
    let direct = top_level_imports(file).find_map(|import| named(file, bindings, import, &whole));
    direct.or_else(|| existing_path(file, source, bindings, module).map(|object| format!("{object}.{name}")))
}

/// As [`existing`], for a module.
fn existing_path(file: &File, source: &Source, bindings: &Bindings<'_>, module: &str) -> Option<String> {
    top_level_imports(file).find_map(|import| {
        named(file, bindings, import, module).or_else(|| dotted(file, source, bindings, import, module))
    })
}

/// The name that an import binds, if it is bound to `path` and to nothing else.
fn named(file: &File, bindings: &Bindings<'_>, import: &Import, path: &str) -> Option<String> {
    let local = file.text(import.local?);
    (&*import.path == path && !bindings.is_taken(local, path)).then(|| local.to_owned())
}

/// `a.b` where `import a.b` or `import a.b.c` stands.
fn dotted(file: &File, source: &Source, bindings: &Bindings<'_>, import: &Import, module: &str) -> Option<String> {
    let root = file.text(import.local?);
    // `import a.b` is the only form whose text is longer than what it binds.
    let text = source.slice(import.span);
    let is_plain_module = import.path == import.module && &*import.path == root;
    let loads = text == module || text.strip_prefix(module).is_some_and(|rest| rest.starts_with('.'));
    // The module `os` loads `os.path` itself.
    let os_path = module == "os.path" && root == "os";
    let reaches = module.split('.').next() == Some(root) && (loads || os_path);
    (is_plain_module && reaches && !bindings.is_taken(root, root)).then(|| module.to_owned())
}

/// The imports that have certainly run when a function of the module is called: those directly at its top level, not
/// those under a condition (`if TYPE_CHECKING`) or in a `try`.
fn top_level_imports(file: &File) -> impl Iterator<Item = &Import> {
    let body = file.functions.first().map(|module| module.body.as_slice()).unwrap_or_default();
    body.iter()
        .flat_map(|&id| match &file.stmt(id).kind {
            StmtKind::Import(bindings) => bindings.as_slice(),
            _ => &[],
        })
        .filter_map(|&i| file.imports.get(i as usize))
}

/// A new import: the name to use and the statement.
fn new_import(bindings: &Bindings<'_>, needed: &NeededImport) -> (String, String) {
    let module = needed.module.as_str();
    let relative = module.starts_with('.').then(|| split_relative(module));
    let (from, name) = match (&needed.name, relative) {
        (Some(name), _) => (module, name.as_str()),
        (None, Some((package, name))) => (package, name),
        (None, None) => return new_module(bindings, module),
    };
    if !bindings.is_taken(name, &join(from, name)) {
        return (name.to_owned(), format!("from {from} import {name}"));
    }
    let stem = from.rsplit('.').next().filter(|last| !last.is_empty()).unwrap_or("imported");
    let alias = free_name(bindings, &format!("{stem}_{name}"));
    let line = format!("from {from} import {name} as {alias}");
    (alias, line)
}

fn new_module(bindings: &Bindings<'_>, module: &str) -> (String, String) {
    let root = module.split('.').next().unwrap_or(module);
    if !bindings.is_taken(root, root) {
        return (module.to_owned(), format!("import {module}"));
    }
    let stem = if module.contains('.') { module.replace('.', "_") } else { format!("{module}_module") };
    let alias = free_name(bindings, &stem);
    let line = format!("import {module} as {alias}");
    (alias, line)
}

/// The package and the module in it: `.`, `a` of `.a`; `.a`, `b` of `.a.b`.
fn split_relative(module: &str) -> (&str, &str) {
    let Some((package, name)) = module.rsplit_once('.') else { return (module, module) };
    let only_dots = package.bytes().all(|b| b == b'.');
    let package = if only_dots { module.get(..=package.len()).unwrap_or(module) } else { package };
    (package, name)
}

/// `stem`, or `stem_2` and so on, that the file mentions nowhere.
fn free_name(bindings: &Bindings<'_>, stem: &str) -> String {
    let numbered = (2..u32::MAX).map(|n| format!("{stem}_{n}"));
    let mut candidates = std::iter::once(stem.to_owned()).chain(numbered);
    candidates.find(|candidate| !bindings.is_mentioned(candidate)).unwrap_or_else(|| stem.to_owned())
}

fn join(module: &str, name: &str) -> String {
    if module.ends_with('.') { format!("{module}{name}") } else { format!("{module}.{name}") }
}

/// Puts a statement on its own line after the imports at the head of the file.
fn insertion(file: &File, source: &Source, line: &str) -> TextEdit {
    let nl = source.newline();
    let Some(anchor) = anchor(file) else { return insertion_at_top(source, line) };
    let last = last_line_of(file, source, anchor.end);
    let is_docstring = !matches!(anchor.after, After::Import);
    let gap_before = if is_docstring { nl } else { "" };
    let Some(at) = start_of_line(source, last + 1) else {
        return TextEdit::insert(Span::new(0, source.text().len()).end, format!("{nl}{gap_before}{line}"));
    };
    let next_is_text = !source.line_text(last + 1).trim().is_empty();
    let gap_after = if is_docstring && next_is_text { nl } else { "" };
    TextEdit::insert(at, format!("{gap_before}{line}{nl}{gap_after}"))
}

enum After {
    Import,
    Docstring,
}

struct Anchor {
    /// The end of the statement behind which the import goes.
    end: u32,
    after: After,
}

/// The last import of the file's head, else its docstring. The head ends at the first statement that is neither an import
/// nor made of imports alone: an import further down may come too late for what uses the new one.
fn anchor(file: &File) -> Option<Anchor> {
    let body = &file.functions.first()?.body;
    let mut anchor = None;
    for (i, &id) in body.iter().enumerate() {
        let stmt = file.stmt(id);
        match &stmt.kind {
            StmtKind::Import(_) => anchor = Some(Anchor { end: stmt.span.end, after: After::Import }),
            StmtKind::Expr(value) if i == 0 && is_string(file, *value) => {
                anchor = Some(Anchor { end: stmt.span.end, after: After::Docstring });
            }
            StmtKind::Assign { targets, value: Some(value), .. } if is_metadata(file, targets, *value) => {}
            StmtKind::If { then, .. } if imports_only(file, then) => {}
            StmtKind::Try { body, .. } if imports_only(file, body) => {}
            _ => break,
        }
    }
    anchor
}

fn is_string(file: &File, value: ExprId) -> bool {
    matches!(file.expr(value).kind, ExprKind::Literal(Literal::Str(_)))
}

fn imports_only(file: &File, block: &[StmtId]) -> bool {
    !block.is_empty() && block.iter().all(|&id| matches!(file.stmt(id).kind, StmtKind::Import(_)))
}

/// `__version__ = "1"` and alike, which stand before the imports in some files.
fn is_metadata(file: &File, targets: &[ExprId], value: ExprId) -> bool {
    let is_dunder = |&target: &ExprId| match file.expr(target).kind {
        ExprKind::Name(name) => file.text(name).starts_with("__"),
        _ => false,
    };
    targets.iter().all(is_dunder) && matches!(file.expr(value).kind, ExprKind::Literal(_) | ExprKind::Collection { .. })
}

/// The last line of the logical line on which a top-level statement ends: another statement may follow behind a `;`, and a
/// backslash may continue the line.
pub(super) fn last_line_of(file: &File, source: &Source, end: u32) -> u32 {
    let body = file.functions.first().map(|module| module.body.as_slice()).unwrap_or_default();
    let mut last = source.line(end);
    for &id in body {
        let span = file.stmt(id).span;
        if span.end > end && source.line(span.start) == last {
            last = source.line(span.end);
        }
    }
    while last < source.line_count() && ends_in_continuation(source.line_text(last)) {
        last += 1;
    }
    last
}

fn ends_in_continuation(line: &str) -> bool {
    line.ends_with('\\') && !line.contains('#')
}

/// Where a line starts; none when the text ends before it.
pub(super) fn start_of_line(source: &Source, line: u32) -> Option<u32> {
    let before = source.line_span(line.saturating_sub(1)).end;
    let start = source.line_span(line).start;
    (line == 1 || start > before).then_some(start)
}

/// Without an import or a docstring: after a shebang and an encoding line, and after a comment that stands for itself.
fn insertion_at_top(source: &Source, line: &str) -> TextEdit {
    let nl = source.newline();
    let is_comment = |n: u32| source.line_text(n).trim_start_matches(['\u{feff}', ' ', '\t', '\u{c}']).starts_with('#');
    let comments = (1..=source.line_count()).take_while(|&n| is_comment(n)).count() as u32;
    let stands_alone = source.line_text(comments + 1).trim().is_empty();
    let above = if stands_alone { comments } else { comments.min(magic_lines(source)) };
    let Some(at) = start_of_line(source, above + 1) else {
        return TextEdit::insert(Span::new(0, source.text().len()).end, format!("{nl}{line}{nl}"));
    };
    let bom = if at == 0 && source.text().starts_with('\u{feff}') { 3 } else { 0 };
    let next_is_text = !source.line_text(above + 1).trim_matches(['\u{feff}', ' ', '\t']).is_empty();
    let gap_before = if above > 0 && stands_alone { nl } else { "" };
    let gap_after = if next_is_text { nl } else { "" };
    TextEdit::insert(at + bom, format!("{gap_before}{line}{nl}{gap_after}"))
}

/// How many of the first lines have a meaning of their own.
fn magic_lines(source: &Source) -> u32 {
    let is_magic = |n: &u32| {
        let line = source.line_text(*n);
        line.trim_start_matches('\u{feff}').starts_with("#!") || line.contains("coding:") || line.contains("coding=")
    };
    (1..=2).rev().find(is_magic).unwrap_or(0)
}
