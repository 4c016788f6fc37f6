//! Classes, interfaces, enumerations, records, annotation types and anonymous classes.

use tree_sitter::Node;

use super::function::Naming;
use super::scope::{bases_of, body_of};
use super::{Descent, Lower, child_of_kind, field, fields, has_modifier, named, sound};
use crate::syntax::builder::Builder;
use crate::syntax::hir::*;

/// What constructors are called.
pub(super) const CONSTRUCTOR: &str = "<init>";

/// Annotations that make a field `log` of a class, and that field's type.
const LOGGERS: &[(&str, &str)] = &[
    ("Slf4j", "org.slf4j.Logger"),
    ("XSlf4j", "org.slf4j.ext.XLogger"),
    ("Log4j2", "org.apache.logging.log4j.Logger"),
    ("Log4j", "org.apache.log4j.Logger"),
    ("Log", "java.util.logging.Logger"),
    ("CommonsLog", "org.apache.commons.logging.Log"),
    ("JBossLog", "org.jboss.logging.Logger"),
    ("Flogger", "com.google.common.flogger.FluentLogger"),
];

/// The name of the logger that an annotation of a class declares.
pub(super) fn generated_logger(node: Node<'_>, text: &str) -> Option<&'static str> {
    logger_type(node, text).map(|_| "log")
}

fn logger_type(node: Node<'_>, text: &str) -> Option<&'static str> {
    let modifiers = child_of_kind(node, "modifiers")?;
    let names = sound(modifiers).into_iter().filter_map(|a| field(a, "name")).filter_map(|n| text.get(n.byte_range()));
    names.filter_map(|n| LOGGERS.iter().find(|l| n.rsplit('.').next() == Some(l.0))).map(|l| l.1).next()
}

impl<'s> Lower<'s> {
    /// A declaration of a class, interface, enumeration, record or annotation type.
    pub(super) fn class(&mut self, node: Node<'_>) -> ClassId {
        let own = field(node, "name").map(|n| self.text(n));
        let decorators = self.annotations(node);
        let outer = std::mem::take(&mut self.pending);
        let id = self.b.open_class(own, node);
        let before = self.open_type_params(node);
        let mut bases: Vec<ExprId> = bases_of(node).into_iter().filter_map(|b| self.type_expr(b)).collect();
        let implied = match node.kind() {
            "enum_declaration" => Some("java.lang.Enum"),
            "record_declaration" => Some("java.lang.Record"),
            _ => None,
        };
        let at = Builder::span(node).start;
        bases.extend(implied.and_then(|path| self.path(path, Span { start: at, end: at })));
        let mut body = std::mem::take(&mut self.pending);
        let mut methods = Vec::new();
        if let Some(members) = body_of(node) {
            self.names.open_class(members);
            self.generated(node, id, &mut body, &mut methods);
            self.members(members, id, &mut body, &mut methods);
            self.names.close();
        }
        self.close_type_params(before);
        self.b.close_class();
        self.pending = outer;
        let name = own.map(|n| self.b.intern(n));
        self.fill_class(id, name, bases, decorators, body, methods);
        id
    }

    /// `new T(…) { … }`: a class without a name, whose base is `T`.
    pub(super) fn anonymous_class(&mut self, node: Node<'_>, ty: Node<'_>, members: Node<'_>) -> ClassId {
        let base = self.type_expr(ty);
        self.unnamed_class(node, members, self.b.node_text(ty), base)
    }

    fn unnamed_class(&mut self, node: Node<'_>, members: Node<'_>, of: &str, base: Option<ExprId>) -> ClassId {
        let simple: String = of.rsplit('.').next().unwrap_or(of).chars().take_while(|c| c.is_alphanumeric()).collect();
        let symbol = self.b.symbol(&simple).to_string();
        let count = self.anonymous.entry(symbol).or_default();
        *count += 1;
        let hint = format!("{simple}${count}");
        let outer = std::mem::take(&mut self.pending);
        let id = self.b.open_class(Some(&hint), node);
        let (mut body, mut methods) = (Vec::new(), Vec::new());
        self.names.open_class(members);
        self.members(members, id, &mut body, &mut methods);
        self.names.close();
        self.b.close_class();
        self.pending = outer;
        self.fill_class(id, None, base.into_iter().collect(), Vec::new(), body, methods);
        id
    }

    /// A dotted path that does not stand in the text.
    fn path(&mut self, path: &str, span: Span) -> Option<ExprId> {
        path.split('.').fold(None, |object, part| {
            Some(match object {
                None => self.name(span, part),
                Some(object) => self.member(span, object, part, span),
            })
        })
    }

    fn fill_class(
        &mut self,
        id: ClassId,
        name: Option<Name>,
        bases: Vec<ExprId>,
        decorators: Vec<ExprId>,
        body: Block,
        methods: Vec<FunctionId>,
    ) {
        if let Some(class) = self.b.file.classes.get_mut(id.index()) {
            class.name = name;
            class.bases = bases;
            class.decorators = decorators;
            class.body = body;
            class.methods = methods;
        }
    }

    fn members(&mut self, node: Node<'_>, class: ClassId, body: &mut Block, methods: &mut Vec<FunctionId>) {
        self.pick_errors(node);
        body.append(&mut self.pending);
        for member in sound(node) {
            if member.kind() == "enum_body_declarations" {
                self.deeper(member, 1, |this| this.members(member, class, body, methods));
                continue;
            }
            let lowered = self.deeper(member, 2, |this| {
                let (mut own, mut own_methods) = (Vec::new(), Vec::new());
                this.member_declaration(member, class, &mut own, &mut own_methods);
                (own, own_methods)
            });
            if let Some((own, own_methods)) = lowered {
                body.append(&mut self.pending);
                body.extend(own);
                methods.extend(own_methods);
            }
        }
    }

    fn member_declaration(&mut self, node: Node<'_>, class: ClassId, body: &mut Block, methods: &mut Vec<FunctionId>) {
        let span = Builder::span(node);
        self.pick_errors(node);
        let kind = match node.kind() {
            "method_declaration" => {
                let own = field(node, "name").map(|n| self.text(n)).unwrap_or_default();
                self.method(node, class, own, body, methods);
                return;
            }
            "constructor_declaration" => return self.method(node, class, CONSTRUCTOR, body, methods),
            // It has become the record's constructor.
            "compact_constructor_declaration" => return,
            "field_declaration" | "constant_declaration" => return self.fields_of(node, body),
            "enum_constant" => return self.enum_constant(node, body),
            "static_initializer" => {
                StmtKind::Block(child_of_kind(node, "block").map(|b| self.block(b)).unwrap_or_default())
            }
            "block" => StmtKind::Block(self.block(node)),
            _ if body_of(node).is_some() && node.kind().ends_with("_declaration") => StmtKind::Class(self.class(node)),
            _ => StmtKind::Expr(self.children(node)),
        };
        body.push(self.b.stmt(span, kind));
    }

    fn method(&mut self, node: Node<'_>, class: ClassId, own: &str, body: &mut Block, methods: &mut Vec<FunctionId>) {
        let decorators = self.annotations(node);
        let id = self.function(node, Naming { own: Some(own), class: Some(class), decorators });
        body.push(self.b.stmt(Builder::span(node), StmtKind::Function(id)));
        methods.push(id);
    }

    /// A field's variable: a member of `this`.
    fn field_target(&mut self, name: Node<'_>) -> ExprId {
        let span = Builder::span(name);
        let object = self.name(Span { start: span.start, end: span.start }, "this");
        self.member(span, object, self.b.node_text(name), span)
    }

    fn fields_of(&mut self, node: Node<'_>, body: &mut Block) {
        let annotations = self.annotations(node);
        self.evaluate(annotations);
        let declarators = fields(node, "declarator");
        for declarator in &declarators {
            let span = Builder::span(if declarators.len() == 1 { node } else { *declarator });
            self.pick_errors(*declarator);
            let Some(name) = field(*declarator, "name") else { continue };
            let target = self.field_target(name);
            let ty = self.declared_type(node, Some(*declarator));
            let value = field(*declarator, "value").map(|v| self.expr(v));
            body.append(&mut self.pending);
            let kind = StmtKind::Assign { targets: vec![target], value, op: None, ty, declares: false };
            body.push(self.b.stmt(span, kind));
        }
        body.append(&mut self.pending);
    }

    /// A constant of an enumeration: a field with an object of it.
    fn enum_constant(&mut self, node: Node<'_>, body: &mut Block) {
        let span = Builder::span(node);
        let annotations = self.annotations(node);
        self.evaluate(annotations);
        let Some(name) = field(node, "name") else { return };
        let at = Builder::span(name);
        let target = self.field_target(name);
        let class = self.names.innermost_class();
        let of = class.and_then(|c| self.class_ref(c, Span { start: at.start, end: at.start }));
        let callee = match (body_of(node), of) {
            (Some(members), of) => {
                let id = self.unnamed_class(node, members, self.b.node_text(name), of);
                self.b.expr(span, ExprKind::ClassExpr(id))
            }
            (None, Some(of)) => of,
            (None, None) => self.unknown(at, Vec::new()),
        };
        let args = self.arguments_of(node);
        let value = self.b.expr(span, ExprKind::Call { callee, args, is_new: true });
        body.append(&mut self.pending);
        let kind = StmtKind::Assign { targets: vec![target], value: Some(value), op: None, ty: None, declares: false };
        body.push(self.b.stmt(span, kind));
    }

    /// What a declaration brings with it without its being written: a record's constructor and accessors, a logger.
    fn generated(&mut self, node: Node<'_>, class: ClassId, body: &mut Block, methods: &mut Vec<FunctionId>) {
        if let Some(path) = logger_type(node, self.b.text) {
            let at = Builder::span(node).start;
            let span = Span { start: at, end: at };
            let object = self.name(span, "this");
            let target = self.member(span, object, "log", span);
            let ty = self.path(path, span);
            let kind = StmtKind::Assign { targets: vec![target], value: None, op: None, ty, declares: false };
            body.push(self.b.stmt(span, kind));
        }
        if node.kind() != "record_declaration" {
            return;
        }
        let Some(parameters) = field(node, "parameters") else { return };
        let members = body_of(node).map(sound).unwrap_or_default();
        let count = |n: Node<'_>| field(n, "parameters").map_or(0, |p| named(p).len());
        let explicit = members.iter().any(|m| m.kind() == "constructor_declaration" && count(*m) == count(node));
        let compact = members.iter().find(|m| m.kind() == "compact_constructor_declaration");
        let mut made = Vec::new();
        if !explicit {
            made.extend(self.deeper(node, 2, |this| this.record_constructor(node, class, compact.copied())));
        }
        for param in sound(parameters) {
            let Some(name) = param_name(param) else { continue };
            let text = self.text(name);
            let own = |m: &&Node<'_>| field(**m, "name").is_some_and(|n| self.text(n) == text) && count(**m) == 0;
            if !members.iter().any(|m| m.kind() == "method_declaration" && own(&m)) {
                made.push(self.record_accessor(param, name, class));
            }
        }
        for id in made {
            let span = self.b.file.function(id).span;
            body.push(self.b.stmt(span, StmtKind::Function(id)));
            methods.push(id);
        }
    }

    fn record_constructor(&mut self, node: Node<'_>, class: ClassId, compact: Option<Node<'_>>) -> FunctionId {
        let id = self.b.open_function(Some(CONSTRUCTOR), node);
        self.names.open_method();
        let params = self.parameters(node);
        let decorators = compact.map(|c| self.annotations(c)).unwrap_or_default();
        let mut body = compact.and_then(|c| field(c, "body")).map(|b| self.block(b)).unwrap_or_default();
        for param in &params {
            let Some((name, span)) = self.bound_name(param.pattern) else { continue };
            let object = self.name(span, "this");
            let target = self.b.expr(span, ExprKind::Member { object, name, name_span: span });
            let value = self.b.expr(span, ExprKind::Name(name));
            let kind =
                StmtKind::Assign { targets: vec![target], value: Some(value), op: None, ty: param.ty, declares: false };
            body.push(self.b.stmt(param.span, kind));
        }
        self.names.close_method();
        self.b.close_function();
        let at = field(node, "name").map_or(Builder::span(node), Builder::span);
        let header = field(node, "parameters").map_or(at, Builder::span);
        let body_span = compact.and_then(|c| field(c, "body")).map_or(header, Builder::span);
        if let Some(function) = self.b.file.functions.get_mut(id.index()) {
            function.params = params;
            function.body = body;
            function.class = Some(class);
            function.decorators = decorators;
            function.span = compact.map_or(header, Builder::span);
            function.name_span = at;
            function.body_span = body_span;
        }
        id
    }

    fn record_accessor(&mut self, param: Node<'_>, name: Node<'_>, class: ClassId) -> FunctionId {
        let span = Builder::span(name);
        let id = self.b.open_function(Some(self.b.node_text(name)), param);
        let object = self.name(span, "this");
        let value = self.member(span, object, self.b.node_text(name), span);
        let body = vec![self.b.stmt(span, StmtKind::Return(Some(value)))];
        self.b.close_function();
        let return_type = self.declared_type(param, None);
        if let Some(function) = self.b.file.functions.get_mut(id.index()) {
            function.body = body;
            function.class = Some(class);
            function.return_type = return_type;
            function.name_span = span;
            function.body_span = span;
        }
        id
    }

    /// The name that a simple pattern binds.
    fn bound_name(&self, pattern: ExprId) -> Option<(Name, Span)> {
        let expr = self.b.file.expr(pattern);
        match expr.kind {
            ExprKind::Name(name) => Some((name, expr.span)),
            _ => None,
        }
    }
}

/// The name of a parameter.
pub(super) fn param_name<'t>(param: Node<'t>) -> Option<Node<'t>> {
    field(param, "name").or_else(|| field(child_of_kind(param, "variable_declarator")?, "name"))
}

/// Whether a method can be called from outside of the file by whoever has an object of its class.
pub(super) fn is_public(node: Node<'_>) -> bool {
    let in_interface = node.parent().is_some_and(|p| p.kind() == "interface_body");
    has_modifier(node, "public") || (in_interface && !has_modifier(node, "private"))
}
