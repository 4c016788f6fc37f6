//! Imports, re-exports, exports, and what `require` binds.

use tree_sitter::Node;

use super::literal::{decode_escapes, inside_quotes};
use super::{Descent, Hint, Lower, field, fields, first_named, named, strip_parens};
use crate::syntax::builder::Builder;
use crate::syntax::hir::*;

/// Members behind a `require` are followed this far.
const MAX_PATH: usize = 8;

impl<'s> Lower<'s> {
    pub(super) fn import_statement(&mut self, node: Node<'_>, out: &mut Block) {
        let span = Builder::span(node);
        let before = self.b.file.imports.len();
        let clause = named(node).into_iter().find(|c| matches!(c.kind(), "import_clause" | "import_require_clause"));
        let source = field(node, "source").or_else(|| clause.and_then(|c| field(c, "source")));
        let Some(source) = source else {
            let value = self.children(node);
            out.push(self.b.stmt(span, StmtKind::Expr(value)));
            return;
        };
        let module = self.module_name(source);
        match clause {
            None => self.import(None, &module, &[], Builder::span(source), span),
            Some(clause) => self.import_clause(clause, &module, span),
        }
        self.push_import_statement(span, before, out);
    }

    fn push_import_statement(&mut self, span: Span, before: usize, out: &mut Block) {
        let indices = (before as u32..self.b.file.imports.len() as u32).collect();
        out.push(self.b.stmt(span, StmtKind::Import(indices)));
    }

    fn import_clause(&mut self, clause: Node<'_>, module: &str, statement: Span) {
        self.pick_errors(clause);
        for part in named(clause) {
            let span = Builder::span(part);
            match part.kind() {
                "identifier" => self.import(Some(self.text(part)), module, &[], span, statement),
                "namespace_import" => {
                    let local = first_named(part).map(|n| self.text(n));
                    self.import(local, module, &[], span, statement);
                }
                "named_imports" => {
                    self.pick_errors(part);
                    for specifier in named(part).into_iter().filter(|c| c.kind() == "import_specifier") {
                        let name = field(specifier, "name").map_or("", |n| inside_quotes(self.text(n)));
                        let local = field(specifier, "alias").map_or(name, |n| self.text(n));
                        self.import(Some(local), module, &[name], Builder::span(specifier), statement);
                    }
                }
                _ => {}
            }
        }
    }

    /// Notes one imported binding; `default` members are the module itself.
    fn import(&mut self, local: Option<&str>, module: &str, members: &[&str], span: Span, stmt_span: Span) {
        let mut path = module.to_owned();
        for member in members.iter().filter(|m| **m != "default" && !m.is_empty()) {
            path.push('.');
            path.push_str(member);
        }
        let local = local.filter(|l| !l.is_empty()).map(|l| self.b.intern(l));
        let scope = self.b.current_function();
        self.b.file.imports.push(Import { local, path: path.into(), module: module.into(), span, stmt_span, scope });
    }

    fn module_name(&self, source: Node<'_>) -> String {
        let module = decode_escapes(inside_quotes(self.text(source)));
        module.strip_prefix("node:").map(str::to_owned).unwrap_or(module)
    }

    pub(super) fn export_statement(&mut self, node: Node<'_>, out: &mut Block) {
        let span = Builder::span(node);
        let mut decorators: Vec<_> = fields(node, "decorator").into_iter().map(|d| self.only_expr(d)).collect();
        if !field(node, "declaration").is_some_and(|d| d.kind().ends_with("class_declaration")) {
            self.evaluate(std::mem::take(&mut decorators));
        }
        if let Some(source) = field(node, "source") {
            self.re_export(node, source, out);
        } else if let Some(declaration) = field(node, "declaration") {
            let is_default = super::has_token(node, "default");
            self.export_declaration(declaration, decorators, is_default, out);
        } else if let Some(value) = field(node, "value").or_else(|| exported_value(node)) {
            self.note_exported(value);
            let hint = Hint { symbol: Some("default"), exported: true };
            let value = self.expr_hint(value, hint);
            out.append(&mut self.pending);
            out.push(self.b.stmt(span, StmtKind::ExportDefault(value)));
        } else {
            for clause in named(node).into_iter().filter(|c| c.kind() == "export_clause") {
                self.pick_errors(clause);
                for specifier in named(clause).into_iter().filter(|c| c.kind() == "export_specifier") {
                    if let Some(name) = field(specifier, "name") {
                        self.note_exported(name);
                    }
                }
            }
        }
    }

    fn re_export(&mut self, node: Node<'_>, source: Node<'_>, out: &mut Block) {
        let span = Builder::span(node);
        let before = self.b.file.imports.len();
        let module = self.module_name(source);
        for clause in named(node).into_iter().filter(|c| c.kind() == "export_clause") {
            self.pick_errors(clause);
            for specifier in named(clause).into_iter().filter(|c| c.kind() == "export_specifier") {
                let name = field(specifier, "name").map_or("", |n| inside_quotes(self.text(n)));
                self.import(None, &module, &[name], Builder::span(specifier), span);
            }
        }
        if self.b.file.imports.len() == before {
            self.import(None, &module, &[], Builder::span(source), span);
        }
        self.push_import_statement(span, before, out);
    }

    fn export_declaration(&mut self, node: Node<'_>, decorators: Vec<ExprId>, is_default: bool, out: &mut Block) {
        if let Some(name) = field(node, "name") {
            self.note_exported(name);
        }
        for declarator in named(node).into_iter().filter(|c| c.kind() == "variable_declarator") {
            if let Some(name) = field(declarator, "name") {
                self.note_exported(name);
            }
        }
        let span = Builder::span(node);
        let name = field(node, "name");
        let is_class = matches!(node.kind(), "class_declaration" | "abstract_class_declaration");
        if is_class && name.is_none() {
            self.exported.insert("default".to_owned());
            let id = self.class(node, Some("default"), decorators);
            let value = self.b.expr(span, ExprKind::ClassExpr(id));
            out.push(self.b.stmt(span, StmtKind::ExportDefault(value)));
            return;
        }
        if is_class {
            let id = self.class(node, None, decorators);
            out.push(self.b.stmt(span, StmtKind::Class(id)));
        } else {
            self.statement(node, out);
        }
        if let Some(name) = name.filter(|_| is_default) {
            let value = self.b.name_expr(name);
            out.push(self.b.stmt(Builder::span(name), StmtKind::ExportDefault(value)));
        }
    }

    pub(super) fn note_exported(&mut self, name: Node<'_>) {
        if matches!(name.kind(), "identifier" | "type_identifier") {
            let text = self.text(name).to_owned();
            self.exported.insert(text);
        }
    }

    /// Notes what `const pattern = require('module').member` binds.
    pub(super) fn note_require(&mut self, pattern: Node<'_>, value: Node<'_>, statement: Span) {
        let mut members = Vec::new();
        let mut at = strip_parens(value);
        while at.kind() == "member_expression" && members.len() < MAX_PATH {
            let (Some(object), Some(property)) = (field(at, "object"), field(at, "property")) else { return };
            members.push(self.text(property));
            at = strip_parens(object);
        }
        let Some(module) = self.required_module(at) else { return };
        members.reverse();
        self.require_pattern(pattern, &module, &mut members, statement);
    }

    /// The module of a call `require('module')`.
    fn required_module(&self, node: Node<'_>) -> Option<String> {
        if node.kind() != "call_expression" || self.text(field(node, "function")?) != "require" {
            return None;
        }
        let args = named(field(node, "arguments")?);
        let [only] = args.as_slice() else { return None };
        let constant =
            only.kind() == "string" || (only.kind() == "template_string" && !self.text(*only).contains("${"));
        constant.then(|| self.module_name(*only))
    }

    /// Notes the names of a pattern that takes `members` of a module apart.
    fn require_pattern(&mut self, node: Node<'_>, module: &str, members: &mut Vec<&'s str>, statement: Span) {
        if node.kind() == "identifier" {
            let path = members.clone();
            return self.import(Some(self.text(node)), module, &path, Builder::span(node), statement);
        }
        if node.kind() != "object_pattern" || members.len() > MAX_PATH {
            return;
        }
        for child in named(node) {
            let (key, bound) = match child.kind() {
                "shorthand_property_identifier_pattern" => (Some(child), None),
                "object_assignment_pattern" => (field(child, "left"), None),
                "pair_pattern" => (field(child, "key"), field(child, "value")),
                _ => continue,
            };
            let Some(key) = key.filter(|k| k.kind() != "computed_property_name") else { continue };
            members.push(inside_quotes(self.text(key)));
            let bound = bound.and_then(|b| if b.kind() == "assignment_pattern" { field(b, "left") } else { Some(b) });
            match bound {
                Some(inner) => self.require_pattern(inner, module, members, statement),
                None => {
                    let path = members.clone();
                    self.import(Some(self.text(key)), module, &path, Builder::span(child), statement);
                }
            }
            members.pop();
        }
    }
}

/// The value of `export = value`.
fn exported_value<'t>(node: Node<'t>) -> Option<Node<'t>> {
    super::has_token(node, "=").then(|| first_named(node)).flatten()
}
