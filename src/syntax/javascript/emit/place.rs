//! Where a new import stands.

use tree_sitter::Node;

use crate::edit::TextEdit;
use crate::syntax::source::Source;
use crate::syntax::tree::walk;

/// A place for a statement on a line of its own.
pub struct Place {
    /// The byte before which it is inserted.
    at: usize,
    /// Whether a line ends must go before it.
    break_before: bool,
    /// How many line ends go behind it.
    breaks_after: usize,
    /// Whether what follows would be read as part of a statement without a semicolon.
    pub needs_semicolon: bool,
}

impl Place {
    /// The place behind the last import (of the leading part of the file, for `require`, which binds only what follows),
    /// else behind the directives, else behind the comments that belong to the whole file.
    pub fn find(root: Node<'_>, source: &Source, esm: bool) -> Place {
        let text = source.text();
        let top = statements(root);
        let leading = top.iter().take_while(|n| esm || is_leading(**n));
        let last = leading.filter(|n| is_import(**n, text)).last();
        let directive = top.iter().take_while(|n| is_directive(**n)).last();
        match last.or(directive) {
            Some(node) => Place::behind(text, statement_end(*node, text), last.is_none()),
            None => Place::at_start(root, source),
        }
    }

    /// On the line after the one in which something ends; `apart` leaves an empty line behind.
    fn behind(text: &str, end: usize, apart: bool) -> Place {
        let rest = text.get(end..).unwrap_or("");
        let line = rest.split(['\n', '\r']).next().unwrap_or("");
        let tail = line.trim();
        let comment =
            tail.starts_with("//") || (tail.starts_with("/*") && tail.find("*/") == tail.len().checked_sub(2));
        if !tail.is_empty() && !comment {
            return Place { at: end, break_before: true, breaks_after: 1, needs_semicolon: continues(rest) };
        }
        let at = end + line.len();
        let after = text.get(at..).unwrap_or("");
        let breaks_after = usize::from(apart && !starts_with_blank_line(after) && !after.trim().is_empty());
        Place { at, break_before: true, breaks_after, needs_semicolon: continues(after) }
    }

    /// Before the first statement, behind a byte order mark, a hashbang line and the comments of the whole file.
    fn at_start(root: Node<'_>, source: &Source) -> Place {
        let text = source.text();
        let mut cursor = root.walk();
        let mut header = None;
        for node in root.children(&mut cursor) {
            let own = text.get(node.byte_range()).unwrap_or("");
            let rest = text.get(node.end_byte()..).unwrap_or("");
            if node.kind() == "hash_bang_line" || is_header(own) {
                header = Some(node.end_byte());
            } else if !node.kind().ends_with("comment") {
                break;
            } else if rest.trim().is_empty() || starts_with_blank_line(rest) {
                header = Some(node.end_byte());
            }
        }
        if let Some(end) = header {
            return Place::behind(text, end, true);
        }
        let at = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
        let rest = text.get(at..).unwrap_or("");
        let breaks_after = if rest.trim().is_empty() || rest.starts_with(['\n', '\r']) { 1 } else { 2 };
        Place { at, break_before: false, breaks_after, needs_semicolon: continues(rest) }
    }

    /// The insertion of a statement here.
    pub fn edit(&self, source: &Source, statement: &str) -> TextEdit {
        let newline = source.newline();
        let before = if self.break_before { newline } else { "" };
        let text = format!("{before}{statement}{}", newline.repeat(self.breaks_after));
        TextEdit::insert(u32::try_from(self.at).unwrap_or(u32::MAX), text)
    }
}

/// The statements of a program, without comments and a hashbang line.
pub fn statements<'t>(root: Node<'t>) -> Vec<Node<'t>> {
    let mut cursor = root.walk();
    let all = root.named_children(&mut cursor);
    all.filter(|n| !n.kind().ends_with("comment") && n.kind() != "hash_bang_line").collect()
}

/// The end of a statement with a semicolon that the grammar leaves out of it.
fn statement_end(node: Node<'_>, text: &str) -> usize {
    let end = node.end_byte();
    let rest = text.get(end..).unwrap_or("");
    let spaces = rest.len() - rest.trim_start_matches([' ', '\t']).len();
    if rest.get(spaces..).is_some_and(|r| r.starts_with(';')) { end + spaces + 1 } else { end }
}

/// Whether text that follows would continue a statement that has no semicolon.
fn continues(rest: &str) -> bool {
    let mut rest = rest.trim_start();
    loop {
        let after = if rest.starts_with("//") {
            rest.find(['\n', '\r']).map(|at| at + 1)
        } else if rest.starts_with("/*") {
            rest.find("*/").map(|at| at + 2)
        } else {
            return rest.starts_with(['(', '[', '`', '+', '-', '/', '*', '.', ',', '?']);
        };
        let Some(after) = after else { return false };
        rest = rest.get(after..).unwrap_or("").trim_start();
    }
}

/// Whether the text, which starts at a line's end, goes on with an empty line.
fn starts_with_blank_line(text: &str) -> bool {
    let blank = text.trim_start_matches([' ', '\t', '\r', '\n']);
    let skipped = text.get(..text.len() - blank.len()).unwrap_or("");
    skipped.matches('\n').count() > 1
}

/// Whether a comment is about the whole file.
fn is_header(comment: &str) -> bool {
    let lower = comment.to_ascii_lowercase();
    let marks = ["copyright", "license", "@flow", "@ts-", "eslint-", "jshint", "@jsx", "<reference"];
    comment.starts_with('/') && (comment.starts_with("/*!") || marks.iter().any(|m| lower.contains(m)))
}

fn is_directive(node: Node<'_>) -> bool {
    let only = node.named_child(0).is_some_and(|c| c.kind() == "string") && node.named_child_count() == 1;
    node.kind() == "expression_statement" && only
}

fn is_import(node: Node<'_>, text: &str) -> bool {
    node.kind() == "import_statement" || is_require(node, text)
}

/// Whether a statement of the top level requires a module.
pub fn is_require(node: Node<'_>, text: &str) -> bool {
    let declares = matches!(node.kind(), "lexical_declaration" | "variable_declaration" | "expression_statement");
    let mut found = false;
    if declares && !has_function(node) {
        walk(node, |n| {
            let callee = if n.kind() == "call_expression" { n.child_by_field_name("function") } else { None };
            found |= callee.is_some_and(|c| text.get(c.byte_range()) == Some("require"));
            !found
        });
    }
    found
}

/// Whether a statement can stand among the imports: it is one, a directive, or runs no function of its own.
fn is_leading(node: Node<'_>) -> bool {
    let simple = matches!(node.kind(), "lexical_declaration" | "variable_declaration" | "expression_statement");
    node.kind() == "import_statement" || (simple && !has_function(node))
}

fn has_function(node: Node<'_>) -> bool {
    let mut found = false;
    walk(node, |n| {
        found |= n.kind().contains("function") || matches!(n.kind(), "class" | "method_definition");
        !found
    });
    found
}
