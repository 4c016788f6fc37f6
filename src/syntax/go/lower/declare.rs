//! Declarations of types, constants and variables.

use tree_sitter::Node;

use super::survey::{Made, made_of};
use super::{Descent, Lower, field, fields, named, sound};
use crate::syntax::builder::Builder;
use crate::syntax::hir::*;

/// A constant's expression that the following constants repeat is lowered again for each, up to this many bytes.
const LONGEST_REPEATED: usize = 200;

/// In files with more types than this, none is looked for that implements an interface.
const MAX_IMPLEMENTATIONS: usize = 200;

/// The value and type that a constant without them takes from the one before.
type Repeated<'t> = Option<(Node<'t>, Option<Node<'t>>)>;

impl Lower<'_> {
    /// Reserves a class for every type of the file that has fields or methods.
    pub(super) fn open_classes(&mut self, root: Node<'_>) {
        for declaration in named(root) {
            let found: Vec<(Node<'_>, &str)> = match declaration.kind() {
                "type_declaration" => {
                    let specs = named(declaration).into_iter().filter(|s| s.kind() == "type_spec");
                    specs.filter_map(|s| Some((s, self.text(field(s, "name")?)))).collect()
                }
                "method_declaration" => {
                    let owner = super::survey::receiver_type(declaration);
                    let owner = owner.filter(|o| !self.survey.types.contains_key(self.text(*o)));
                    owner.into_iter().map(|o| (o, self.text(o))).collect()
                }
                _ => continue,
            };
            for (node, name) in found {
                let has_class = self.survey.methods.contains_key(name)
                    || matches!(self.survey.types.get(name), Some(Made::Struct | Made::Interface));
                if has_class && !self.classes.contains_key(name) {
                    let id = self.b.open_class(Some(name), node);
                    self.b.close_class();
                    self.classes.insert(name.to_owned(), id);
                }
            }
        }
    }

    pub(super) fn type_declaration(&mut self, node: Node<'_>, out: &mut Block) {
        for spec in sound(node) {
            self.pick_errors(spec);
            let (Some(name), Some(ty)) = (field(spec, "name"), field(spec, "type")) else { continue };
            let text = self.text(name);
            let at_top = self.b.current_function() == MODULE;
            if !at_top {
                self.survey.types.insert(text.to_owned(), made_of(ty));
            }
            let class = match self.classes.get(text).copied().filter(|_| at_top) {
                Some(class) => class,
                None if matches!(made_of(ty), Made::Struct | Made::Interface) => {
                    let class = self.b.open_class(Some(text), spec);
                    self.b.close_class();
                    class
                }
                None => {
                    self.type_alias(spec, name, ty, out);
                    continue;
                }
            };
            if self.declared_classes.insert(class) {
                self.fill_class(class, text, ty);
                out.push(self.b.stmt(Builder::span(spec), StmtKind::Class(class)));
            }
        }
    }

    /// Another name for a type: a variable that is it.
    fn type_alias(&mut self, spec: Node<'_>, name: Node<'_>, ty: Node<'_>, out: &mut Block) {
        if let Some(value) = self.type_expr(ty) {
            let target = self.b.name_expr(name);
            let kind =
                StmtKind::Assign { targets: vec![target], value: Some(value), op: None, ty: None, declares: true };
            out.push(self.b.stmt(Builder::span(spec), kind));
        }
    }

    /// The fields of a struct, what it embeds, and what implements an interface.
    fn fill_class(&mut self, class: ClassId, name: &str, ty: Node<'_>) {
        let mut bases = Vec::new();
        let mut body = Vec::new();
        match made_of(ty) {
            Made::Struct => {
                for list in named(ty).into_iter().filter(|n| n.kind() == "field_declaration_list") {
                    self.pick_errors(list);
                    for declaration in sound(list).into_iter().filter(|n| n.kind() == "field_declaration") {
                        self.struct_field(declaration, &mut bases, &mut body);
                    }
                }
            }
            Made::Interface => {
                if let Some(only) = self.only_implementation(name, ty) {
                    let span = Builder::span(ty);
                    bases.push(self.name(Span { start: span.start, end: span.start }, &only));
                }
            }
            _ => bases.extend(self.type_expr(ty)),
        }
        if let Some(class) = self.b.file.classes.get_mut(class.index()) {
            class.bases = bases;
            body.append(&mut class.body);
            class.body = body;
        }
    }

    fn struct_field(&mut self, node: Node<'_>, bases: &mut Vec<ExprId>, body: &mut Block) {
        self.pick_errors(node);
        let span = Builder::span(node);
        let ty = self.type_in(node, "type");
        let mut names: Vec<ExprId> = fields(node, "name").into_iter().map(|n| self.b.name_expr(n)).collect();
        if names.is_empty() {
            // An embedded type is a field of its own name.
            bases.extend(ty);
            let own = field(node, "type").map(|t| (self.text(t), Builder::span(t)));
            let own = own.map(|(text, span)| (text.split('[').next().unwrap_or(text), span));
            names.extend(own.map(|(text, span)| self.name(span, text.rsplit('.').next().unwrap_or(text))));
        }
        for target in names {
            let kind = StmtKind::Assign { targets: vec![target], value: None, op: None, ty, declares: false };
            body.push(self.b.stmt(span, kind));
        }
    }

    /// The type of this file that alone has all methods of an interface.
    fn only_implementation(&self, interface: &str, ty: Node<'_>) -> Option<String> {
        let methods: Vec<&str> = named(ty)
            .into_iter()
            .filter(|m| m.kind() == "method_elem")
            .filter_map(|m| field(m, "name").map(|n| self.text(n)))
            .collect();
        if methods.is_empty() || self.survey.methods.len() > MAX_IMPLEMENTATIONS {
            return None;
        }
        let mut fitting = self
            .survey
            .methods
            .iter()
            .filter(|(owner, own)| owner.as_str() != interface && methods.iter().all(|m| own.contains(*m)));
        let only = fitting.next()?.0;
        fitting.next().is_none().then(|| only.clone())
    }

    pub(super) fn var_declaration(&mut self, node: Node<'_>, out: &mut Block) {
        for spec in sound(node) {
            if spec.kind() == "var_spec_list" {
                self.pick_errors(spec);
                sound(spec).into_iter().for_each(|s| self.var_spec(s, out));
            } else {
                self.var_spec(spec, out);
            }
        }
    }

    fn var_spec(&mut self, spec: Node<'_>, out: &mut Block) {
        self.pick_errors(spec);
        let ty = self.type_in(spec, "type");
        self.declared(spec, fields(spec, "name"), field(spec, "value"), ty, out);
    }

    pub(super) fn const_declaration(&mut self, node: Node<'_>, out: &mut Block) {
        let outer = self.iota;
        let mut before: Repeated<'_> = None;
        for (i, spec) in sound(node).into_iter().filter(|s| s.kind() == "const_spec").enumerate() {
            self.iota = i as i64;
            self.pick_errors(spec);
            let value = field(spec, "value");
            if let Some(value) = value {
                before = Some((value, field(spec, "type")));
            }
            let (value, ty) = match before {
                Some((value, ty)) if value.byte_range().len() <= LONGEST_REPEATED || field(spec, "value").is_some() => {
                    (Some(value), ty)
                }
                _ => (None, None),
            };
            let ty = ty.and_then(|t| self.type_expr(t));
            // A separating comma counts among the names.
            let names = fields(spec, "name").into_iter().filter(|n| n.kind() == "identifier").collect();
            self.declared(spec, names, value, ty, out);
        }
        self.iota = outer;
    }

    /// `names type = values`
    fn declared(
        &mut self,
        spec: Node<'_>,
        names: Vec<Node<'_>>,
        value: Option<Node<'_>>,
        ty: Option<ExprId>,
        out: &mut Block,
    ) {
        let span = Builder::span(spec);
        if let Some(values) = value {
            return self.assign_lists(span, names, values, ty, true, out);
        }
        for name in names {
            let target = self.pattern(name);
            let kind = StmtKind::Assign { targets: vec![target], value: None, op: None, ty, declares: true };
            out.push(self.b.stmt(span, kind));
        }
    }
}
