//! Import statements.

use tree_sitter::Node;

use super::{Lowerer, field, first_kid, kids};
use crate::syntax::builder::Builder;
use crate::syntax::hir::*;

impl Lowerer<'_> {
    pub(super) fn import(&mut self, node: Node<'_>) -> StmtKind {
        let module = match node.kind() {
            "future_import_statement" => Some("__future__".to_owned()),
            "import_from_statement" => {
                Some(field(node, "module_name").map(|m| self.module_path(m)).unwrap_or_default())
            }
            _ => None,
        };
        let mut bindings = Vec::new();
        let mut cursor = node.walk();
        for name in node.children_by_field_name("name", &mut cursor).filter(|n| n.is_named() && !n.is_extra()) {
            let import = self.binding(name, module.as_deref(), Builder::span(node));
            self.add(import, &mut bindings);
        }
        let wildcard = kids(node).into_iter().find(|kid| kid.kind() == "wildcard_import");
        if let (Some(star), Some(module)) = (wildcard, module) {
            let import = Import {
                local: None,
                path: format!("{module}.*").into(),
                module: module.into(),
                span: Builder::span(star),
                stmt_span: Builder::span(node),
                scope: self.b.current_function(),
            };
            self.add(import, &mut bindings);
        }
        StmtKind::Import(bindings)
    }

    fn add(&mut self, import: Import, bindings: &mut Vec<u32>) {
        bindings.push(self.b.file.imports.len() as u32);
        self.b.file.imports.push(import);
    }

    /// One imported name; `from_module` is what stands behind `from`.
    fn binding(&mut self, node: Node<'_>, from_module: Option<&str>, stmt_span: Span) -> Import {
        let alias = field(node, "alias").map(|alias| self.b.node_text(alias));
        let name = self.dotted(field(node, "name").unwrap_or(node));
        let (local, path, module) = match (from_module, alias) {
            (Some(module), alias) => {
                let separator = if module.ends_with('.') || module.is_empty() { "" } else { "." };
                (alias.unwrap_or(&name), format!("{module}{separator}{name}"), module.to_owned())
            }
            (None, Some(alias)) => (alias, name.clone(), name.clone()),
            (None, None) => {
                // `import a.b` binds `a`.
                let first = name.split('.').next().unwrap_or_default();
                (first, first.to_owned(), first.to_owned())
            }
        };
        Import {
            local: Some(self.b.intern(local)),
            path: path.into(),
            module: module.into(),
            span: Builder::span(node),
            stmt_span,
            scope: self.b.current_function(),
        }
    }

    /// The module behind `from`; a relative one keeps its dots.
    fn module_path(&self, node: Node<'_>) -> String {
        if node.kind() != "relative_import" {
            return self.dotted(node);
        }
        let mut path = String::new();
        for kid in kids(node) {
            if kid.kind() == "import_prefix" {
                path.extend(self.b.node_text(kid).chars().filter(|&c| c == '.'));
            } else {
                path.push_str(&self.dotted(kid));
            }
        }
        path
    }

    /// A dotted name without the white space and comments that may stand in it.
    fn dotted(&self, node: Node<'_>) -> String {
        if first_kid(node).is_none() {
            return self.b.node_text(node).to_owned();
        }
        let parts: Vec<&str> = kids(node).into_iter().map(|part| self.b.node_text(part)).collect();
        parts.join(".")
    }
}
