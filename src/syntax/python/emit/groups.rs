//! Where a new import goes among those that stand there. PEP 8 and the import sorters put the standard library before
//! packages before the project's own modules, with a blank line between the groups, and sort each group.

use super::import::{last_line_of, start_of_line};
use crate::edit::TextEdit;
use crate::syntax::hir::*;
use crate::syntax::source::Source;

/// Imports without a blank line between them.
type Group = Vec<Placed>;

/// An import statement at the head of a file, or a new one.
struct Placed {
    /// Its first line.
    first: u32,
    /// The last line of it and of what stands behind it on that line.
    last: u32,
    key: Key,
}

/// What import statements are grouped and sorted by.
struct Key {
    is_from: bool,
    module: String,
    kind: Kind,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Future,
    Standard,
    Package,
    Relative,
}

/// The edit that puts an import statement into its place; none where there is no import at the file's head, or where the
/// statements there share lines.
pub(super) fn insertion(
    file: &File,
    source: &Source,
    line: &str,
    is_standard: &dyn Fn(&str) -> bool,
) -> Option<TextEdit> {
    let new = Key::of(line, is_standard)?;
    let groups = groups(file, source, is_standard)?;
    let matching = groups.iter().find(|group| group.iter().all(|import| import.key.kind == new.kind));
    let mixed = || {
        let kinds = |group: &&Group| group.windows(2).any(|w| matches!(w, [a, b] if a.key.kind != b.key.kind));
        groups.iter().rev().find(kinds)
    };
    match matching.or_else(mixed) {
        Some(group) => within(source, group, &new, line),
        None => between(source, &groups, &new, line),
    }
}

impl Key {
    /// Reads `import a.b as c` and `from a.b import c`.
    fn of(statement: &str, is_standard: &dyn Fn(&str) -> bool) -> Option<Key> {
        let mut words = statement.split_whitespace();
        let is_from = words.next()? == "from";
        let module = words.next()?.trim_end_matches([',', '\\', ';', '(']);
        let root = module.split('.').next().unwrap_or(module);
        let kind = match root {
            "" => Kind::Relative,
            "__future__" => Kind::Future,
            _ if is_standard(root) => Kind::Standard,
            _ => Kind::Package,
        };
        Some(Key { is_from, module: module.to_lowercase(), kind })
    }
}

/// The imports that the file's head consists of, in groups.
fn groups(file: &File, source: &Source, is_standard: &dyn Fn(&str) -> bool) -> Option<Vec<Group>> {
    let body = &file.functions.first()?.body;
    let mut groups: Vec<Group> = Vec::new();
    let mut follows = false;
    for (i, &id) in body.iter().enumerate() {
        let stmt = file.stmt(id);
        let is_docstring = i == 0 && matches!(stmt.kind, StmtKind::Expr(_));
        if !matches!(stmt.kind, StmtKind::Import(_)) {
            if is_docstring {
                continue;
            }
            break;
        }
        let (first, last) = (source.line(stmt.span.start), last_line_of(file, source, stmt.span.end));
        let starts_line =
            source.line_text(first).trim_start_matches('\u{feff}').starts_with(source.slice(stmt.span).lines().next()?);
        let key = Key::of(source.slice(stmt.span), is_standard)?;
        let previous = groups.last().and_then(|g| g.last()).map_or(0, |p: &Placed| p.last);
        if !starts_line || first <= previous {
            return None;
        }
        let is_blank = |n: u32| source.line_text(n).trim().is_empty();
        let gap = (previous + 1..first).any(is_blank);
        let placed = Placed { first, last, key };
        match groups.last_mut() {
            Some(group) if follows && !gap => group.push(placed),
            _ => groups.push(vec![placed]),
        }
        follows = true;
    }
    (!groups.is_empty()).then_some(groups)
}

/// Where the group's order puts the new import: plain imports before `from` imports, or all by module; at the end of a group
/// without an order.
fn within(source: &Source, group: &Group, new: &Key, line: &str) -> Option<TextEdit> {
    let by_form = |key: &Key| (key.is_from, key.module.clone());
    let by_module = |key: &Key| (false, key.module.clone());
    let place = [&by_form as &dyn Fn(&Key) -> (bool, String), &by_module].into_iter().find_map(|order| {
        let sorted = group.is_sorted_by_key(|import| order(&import.key));
        sorted.then(|| group.iter().take_while(|import| order(&import.key) <= order(new)).count())
    });
    let place = place.unwrap_or(group.len());
    match place.checked_sub(1).and_then(|before| group.get(before)) {
        Some(before) => Some(after_line(source, before.last, line)),
        None => {
            let first = group.first()?;
            let is_commented = first.first > 1 && source.line_text(first.first - 1).trim_start().starts_with('#');
            let last = group.last()?.last;
            if is_commented { Some(after_line(source, last, line)) } else { before_line(source, first.first, line) }
        }
    }
}

/// A group of its own: the standard library's before the others, packages behind it.
fn between(source: &Source, groups: &[Group], new: &Key, line: &str) -> Option<TextEdit> {
    let nl = source.newline();
    let is_before = |kind: Kind| match new.kind {
        Kind::Standard => kind == Kind::Future,
        Kind::Package => matches!(kind, Kind::Future | Kind::Standard),
        Kind::Future | Kind::Relative => true,
    };
    let before = groups.iter().take_while(|group| group.iter().all(|import| is_before(import.key.kind))).last();
    match before {
        Some(group) => Some(after_line(source, group.last()?.last, &format!("{nl}{line}"))),
        None => before_line(source, groups.first()?.first()?.first, &format!("{line}{nl}")),
    }
}

fn after_line(source: &Source, last: u32, text: &str) -> TextEdit {
    let nl = source.newline();
    match start_of_line(source, last + 1) {
        Some(at) => TextEdit::insert(at, format!("{text}{nl}")),
        None => TextEdit::insert(Span::new(0, source.text().len()).end, format!("{nl}{text}")),
    }
}

fn before_line(source: &Source, line: u32, text: &str) -> Option<TextEdit> {
    let at = start_of_line(source, line)?;
    let bom = if at == 0 && source.text().starts_with('\u{feff}') { 3 } else { 0 };
    Some(TextEdit::insert(at + bom, format!("{text}{}", source.newline())))
}
