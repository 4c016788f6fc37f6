//! Imports.

use tree_sitter::Node;

use super::{Descent, Lower, field, named};
use crate::syntax::builder::Builder;
use crate::syntax::hir::*;

impl Lower<'_> {
    pub(super) fn import_declaration(&mut self, node: Node<'_>, out: &mut Block) {
        let span = Builder::span(node);
        let before = self.b.file.imports.len();
        for child in named(node) {
            match child.kind() {
                "import_spec" => self.import_spec(child, span),
                "import_spec_list" => {
                    self.pick_errors(child);
                    named(child)
                        .into_iter()
                        .filter(|c| c.kind() == "import_spec")
                        .for_each(|c| self.import_spec(c, span));
                }
                _ => {}
            }
        }
        let indices = (before as u32..self.b.file.imports.len() as u32).collect();
        out.push(self.b.stmt(span, StmtKind::Import(indices)));
    }

    fn import_spec(&mut self, node: Node<'_>, statement: Span) {
        let span = Builder::span(node);
        let Some(path) = field(node, "path") else { return };
        let path = self.text(path).trim_matches(['"', '`']).to_owned();
        match field(node, "name").map(|n| self.text(n)) {
            Some("_") => self.note_import(None, &path, &path, span, statement),
            Some(".") => {
                self.note_import(None, &path, &path, span, statement);
                // What is not declared here comes from the package.
                let bare = std::mem::take(&mut self.survey.mentions(node, self.b.text).bare);
                let foreign: Vec<String> = bare.into_iter().filter(|n| !self.survey.declares(n)).collect();
                for name in foreign {
                    self.note_import(Some(&name), &format!("{path}.{name}"), &path, span, statement);
                }
            }
            Some(alias) => self.note_import(Some(alias), &path, &path, span, statement),
            None => {
                let local = self.package_name(node, &path);
                self.note_import(Some(&local), &path, &path, span, statement);
            }
        }
    }

    fn note_import(&mut self, local: Option<&str>, path: &str, module: &str, span: Span, stmt_span: Span) {
        let local = local.filter(|l| !l.is_empty()).map(|l| self.b.intern(l));
        let scope = self.b.current_function();
        self.b.file.imports.push(Import { local, path: path.into(), module: module.into(), span, stmt_span, scope });
    }

    /// The name that a package is used by: of those that its path suggests, the one that the file mentions.
    fn package_name(&mut self, node: Node<'_>, path: &str) -> String {
        let mut candidates = package_names(path);
        if candidates.len() > 1 {
            let qualifiers = &self.survey.mentions(node, self.b.text).qualifiers;
            let used = candidates.iter().position(|c| qualifiers.contains(c)).unwrap_or_default();
            return candidates.swap_remove(used);
        }
        candidates.pop().unwrap_or_default()
    }
}

/// The names that a package at `path` can have, the likeliest first: `…/echo/v4` is `echo`, `gopkg.in/yaml.v3` is `yaml`,
/// `…/go-sqlite3` is `sqlite3`.
pub fn package_names(path: &str) -> Vec<String> {
    let mut segments = path.rsplit('/').filter(|s| !s.is_empty());
    let mut last = segments.next().unwrap_or(path);
    if is_version(last) {
        last = segments.next().unwrap_or(last);
    }
    let stem = match last.rsplit_once('.') {
        Some((stem, version)) if is_version(version) && !stem.is_empty() => stem,
        _ => last,
    };
    let bare = |s: &str| {
        let s =
            s.strip_prefix("go-").or_else(|| s.strip_prefix("go.")).or_else(|| s.strip_prefix("golang-")).unwrap_or(s);
        let s =
            s.strip_suffix("-go").or_else(|| s.strip_suffix(".go")).or_else(|| s.strip_suffix("-golang")).unwrap_or(s);
        s.to_owned()
    };
    let mut out: Vec<String> = Vec::new();
    let mut add = |name: String| {
        let valid = !name.is_empty() && name.chars().all(|c| c == '_' || c.is_alphanumeric());
        if valid && !out.contains(&name) {
            out.push(name);
        }
    };
    add(bare(stem));
    add(stem.to_owned());
    add(stem.replace(['-', '.'], ""));
    add(stem.replace(['-', '.'], "_"));
    stem.split(['-', '.']).for_each(|part| add(part.to_owned()));
    out
}

/// `v2`, `v10`.
fn is_version(text: &str) -> bool {
    text.strip_prefix('v').is_some_and(|digits| !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()))
}
