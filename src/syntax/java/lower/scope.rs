//! What names stand for: local variables, fields and methods of the classes around, member classes.

use rustc_hash::{FxHashMap, FxHashSet};
use tree_sitter::Node;

use super::{Lower, child_of_kind, field, fields, has_modifier, named, sound, walk_to};
use crate::syntax::hir::*;

/// The most classes above a class that are looked into for inherited members.
const MAX_BASES: usize = 16;

/// What a class of the file declares.
#[derive(Default)]
struct Declared<'s> {
    name: Option<&'s str>,
    /// Fields, and whether they are static.
    fields: FxHashMap<&'s str, bool>,
    /// Methods, and whether one of the name is static.
    methods: FxHashMap<&'s str, bool>,
    /// Member classes.
    classes: FxHashMap<&'s str, usize>,
    /// Simple names of what it extends and implements.
    bases: Vec<&'s str>,
    /// The class around it.
    outer: Option<usize>,
    /// Whether it stands in a method, so that its name needs no other before it.
    local: bool,
}

/// A region of the text in which names are known.
enum Scope<'s> {
    /// A block with its variables and type parameters.
    Block(FxHashSet<&'s str>),
    /// A method, constructor or accessor: inside, `this` is the class around it.
    Method,
    /// A class's body.
    Class(usize),
}

/// What a simple name is.
pub(super) enum Found {
    /// A local variable, a parameter.
    Local,
    /// A member of a class around.
    Member(Owner),
    /// Nothing that the file declares around.
    Nothing,
}

/// The object or class that a member named alone belongs to.
#[derive(Clone, Copy)]
pub(super) enum Owner {
    This,
    Class(usize),
}

/// The classes of a file, and the scopes around the current place.
#[derive(Default)]
pub(super) struct Names<'s> {
    classes: Vec<Declared<'s>>,
    /// Classes by the start byte of their bodies.
    by_body: FxHashMap<usize, usize>,
    top: FxHashMap<&'s str, usize>,
    scopes: Vec<Scope<'s>>,
    /// Names of types and candidates for such that the file uses without declaring them around.
    pub used: FxHashSet<&'s str>,
    /// Type parameters in scope, with the first bound.
    pub type_params: Vec<(&'s str, Option<&'s str>)>,
    /// The names that single static imports bind.
    pub static_imports: FxHashSet<&'s str>,
}

impl<'s> Names<'s> {
    /// Collects what all classes of the tree declare.
    pub fn collect(root: Node<'_>, text: &'s str) -> Names<'s> {
        let mut names = Names::default();
        let mut open: Vec<(usize, usize)> = Vec::new();
        let mut member_of: FxHashSet<usize> = FxHashSet::default();
        walk_to(root, &declaring_words(text), |node| {
            while open.last().is_some_and(|(_, end)| *end <= node.start_byte()) {
                open.pop();
            }
            let kind = node.kind();
            if kind == "import_declaration" {
                names.static_import(node, text);
            } else if let Some(body) = body_field(kind, node) {
                let outer = open.last().map(|o| o.0);
                let local = !member_of.contains(&node.id()) && outer.is_some();
                let index = names.add(node, text, outer, local);
                names.by_body.insert(body.start_byte(), index);
                let members = sound(body);
                let deeper = members.iter().filter(|m| m.kind() == "enum_body_declarations").flat_map(|m| sound(*m));
                member_of.extend(deeper.chain(members.iter().copied()).map(|m| m.id()));
                open.push((index, body.end_byte()));
            }
            // A constant with a body has no word of its own.
            kind == "enum_body"
        });
        names
    }

    fn static_import(&mut self, node: Node<'_>, text: &'s str) {
        let single = child_of_kind(node, "static").is_some() && child_of_kind(node, "asterisk").is_none();
        if let Some(path) = first_path(node).filter(|_| single).and_then(|p| text.get(p.byte_range())) {
            self.static_imports.extend(path.rsplit('.').next().map(str::trim));
        }
    }

    fn add(&mut self, node: Node<'_>, text: &'s str, outer: Option<usize>, local: bool) -> usize {
        let slice = |n: Node<'_>| text.get(n.byte_range()).unwrap_or("");
        let index = self.classes.len();
        let is_type = node.kind().ends_with("_declaration");
        let mut declared = Declared { outer, local, ..Declared::default() };
        declared.name = field(node, "name").filter(|_| is_type).map(slice);
        declared.bases = bases_of(node).into_iter().filter_map(|b| simple_name(b, text)).collect();
        if let Some(body) = body_of(node) {
            declared.members(node, body, text);
        }
        if node.kind() == "enum_declaration" {
            let implied = [("valueOf", true), ("values", true), ("name", false), ("ordinal", false)];
            for (method, is_static) in implied {
                declared.methods.entry(method).or_insert(is_static);
            }
        }
        for method in ["getClass", "hashCode", "toString", "equals", "wait", "notify", "notifyAll"] {
            declared.methods.entry(method).or_insert(false);
        }
        if node.kind() == "record_declaration" {
            for param in field(node, "parameters").map(sound).unwrap_or_default() {
                if let Some(name) = field(param, "name").map(slice) {
                    declared.fields.insert(name, false);
                    declared.methods.entry(name).or_insert(false);
                }
            }
        }
        match (declared.name, outer) {
            (Some(name), None) => _ = self.top.insert(name, index),
            (Some(name), Some(outer)) if !local => {
                if let Some(outer) = self.classes.get_mut(outer) {
                    outer.classes.insert(name, index);
                }
            }
            _ => {}
        }
        self.classes.push(declared);
        index
    }

    /// Opens a block.
    pub fn open_block(&mut self) {
        self.scopes.push(Scope::Block(FxHashSet::default()));
    }

    /// Opens a method.
    pub fn open_method(&mut self) {
        self.scopes.push(Scope::Method);
        self.open_block();
    }

    /// Opens the class with this body; whether it is one that was collected.
    pub fn open_class(&mut self, body: Node<'_>) {
        let scope = match self.by_body.get(&body.start_byte()) {
            Some(index) => Scope::Class(*index),
            None => Scope::Block(FxHashSet::default()),
        };
        self.scopes.push(scope);
    }

    /// Closes what was opened last.
    pub fn close(&mut self) {
        self.scopes.pop();
    }

    /// Closes the method opened last.
    pub fn close_method(&mut self) {
        self.scopes.pop();
        self.scopes.pop();
    }

    /// Declares a local variable.
    pub fn declare(&mut self, name: &'s str) {
        let innermost = self.scopes.iter_mut().rev().find_map(|s| match s {
            Scope::Block(names) => Some(names),
            _ => None,
        });
        if let Some(names) = innermost {
            names.insert(name);
        }
    }

    /// What a variable's name is here.
    pub fn variable(&self, name: &str) -> Found {
        let mut in_method = false;
        let mut innermost = true;
        for scope in self.scopes.iter().rev() {
            match scope {
                Scope::Block(names) if names.contains(name) => return Found::Local,
                Scope::Block(_) => {}
                Scope::Method => in_method = true,
                Scope::Class(class) => {
                    if let Some((owner, is_static)) = self.inherited(*class, |c| c.fields.get(name).copied()) {
                        let own = innermost && in_method && !is_static;
                        return Found::Member(if own {
                            Owner::This
                        } else {
                            Owner::Class(owner_or(*class, owner, is_static))
                        });
                    }
                    (innermost, in_method) = (false, false);
                }
            }
        }
        Found::Nothing
    }

    /// What a method's name is here.
    pub fn method(&self, name: &str) -> Found {
        let mut in_method = false;
        let mut innermost = true;
        let mut unknown_base = None;
        for scope in self.scopes.iter().rev() {
            match scope {
                Scope::Block(_) => {}
                Scope::Method => in_method = true,
                Scope::Class(class) => {
                    let own = innermost && in_method;
                    if let Some((owner, is_static)) = self.inherited(*class, |c| c.methods.get(name).copied()) {
                        let own = own && !is_static;
                        return Found::Member(if own {
                            Owner::This
                        } else {
                            Owner::Class(owner_or(*class, owner, is_static))
                        });
                    }
                    if unknown_base.is_none() && self.has_unknown_base(*class) {
                        unknown_base = Some(if own { Owner::This } else { Owner::Class(*class) });
                    }
                    (innermost, in_method) = (false, false);
                }
            }
        }
        match unknown_base {
            Some(owner) if !self.static_imports.contains(name) => Found::Member(owner),
            _ => Found::Nothing,
        }
    }

    /// The owner of a name that nothing declares, where the class around extends one of another file.
    pub fn inherited_from_elsewhere(&self) -> Option<Owner> {
        let mut in_method = false;
        for scope in self.scopes.iter().rev() {
            match scope {
                Scope::Block(_) => {}
                Scope::Method => in_method = true,
                Scope::Class(class) => {
                    let known = !self.has_unknown_base(*class);
                    return (in_method && !known).then_some(Owner::This);
                }
            }
        }
        None
    }

    /// The class whose body is open innermost.
    pub fn innermost_class(&self) -> Option<usize> {
        self.scopes.iter().rev().find_map(|s| match s {
            Scope::Class(class) => Some(*class),
            _ => None,
        })
    }

    /// The member class of this name that is visible here.
    pub fn member_class(&self, name: &str) -> Option<usize> {
        let around = self.scopes.iter().rev().filter_map(|s| match s {
            Scope::Class(class) => Some(*class),
            _ => None,
        });
        for class in around {
            if let Some((_, found)) = self.inherited(class, |c| c.classes.get(name).copied()) {
                return Some(found);
            }
        }
        None
    }

    /// Whether a class of this name is declared at the top of the file.
    pub fn is_top(&self, name: &str) -> bool {
        self.top.contains_key(name)
    }

    /// The names that lead to a class, outermost first; none for an anonymous class and what is in one.
    fn path(&self, class: usize) -> Option<Vec<&'s str>> {
        let mut path = Vec::new();
        let mut current = Some(class);
        while let Some(declared) = current.and_then(|c| self.classes.get(c)) {
            path.push(declared.name?);
            current = if declared.local { None } else { declared.outer };
        }
        path.reverse();
        (!path.is_empty()).then_some(path)
    }

    /// What `find` gives for the class or one that it inherits from, with that class.
    fn inherited<T>(&self, class: usize, find: impl Fn(&Declared<'s>) -> Option<T>) -> Option<(usize, T)> {
        let mut open = vec![class];
        let mut next = 0;
        while let Some(&current) = open.get(next) {
            next += 1;
            let declared = self.classes.get(current)?;
            if let Some(found) = find(declared) {
                return Some((current, found));
            }
            for base in &declared.bases {
                if let Some(base) = self.class_named(current, base)
                    && open.len() < MAX_BASES
                    && !open.contains(&base)
                {
                    open.push(base);
                }
            }
        }
        None
    }

    /// The class of the file that a simple name is in the body of `from`.
    fn class_named(&self, from: usize, name: &str) -> Option<usize> {
        let mut current = Some(from);
        for _ in 0..MAX_BASES {
            let declared = self.classes.get(current?)?;
            if let Some(&found) = declared.classes.get(name) {
                return Some(found);
            }
            current = declared.outer;
            if current.is_none() {
                break;
            }
        }
        self.top.get(name).copied()
    }

    fn has_unknown_base(&self, class: usize) -> bool {
        let mut open = vec![class];
        let mut next = 0;
        while let Some(declared) = open.get(next).and_then(|&c| self.classes.get(c)) {
            let current = open.get(next).copied().unwrap_or(class);
            next += 1;
            for base in &declared.bases {
                match self.class_named(current, base) {
                    Some(base) if open.len() < MAX_BASES && !open.contains(&base) => open.push(base),
                    Some(_) => {}
                    None => return true,
                }
            }
        }
        false
    }
}

/// Where the words stand that classes and imports begin with, in order, and some that are parts of other words.
fn declaring_words(text: &str) -> Vec<usize> {
    const WORDS: [&[u8]; 6] = [b"class", b"interface", b"enum", b"record", b"import", b"new"];
    let bytes = text.as_bytes();
    let mut places = Vec::new();
    let mut before = b' ';
    for (at, &byte) in bytes.iter().enumerate() {
        if matches!(byte, b'c' | b'i' | b'e' | b'r' | b'n') && !before.is_ascii_alphanumeric() {
            let rest = bytes.get(at..).unwrap_or_default();
            if WORDS.iter().any(|word| rest.starts_with(word)) {
                places.push(at);
            }
        }
        before = byte;
    }
    places
}

/// A static member belongs to the class that declares it, another to the one it was found through.
fn owner_or(class: usize, declaring: usize, is_static: bool) -> usize {
    if is_static { declaring } else { class }
}

impl<'s> Declared<'s> {
    fn members(&mut self, node: Node<'_>, body: Node<'_>, text: &'s str) {
        let slice = |n: Node<'_>| text.get(n.byte_range()).unwrap_or("");
        let in_interface = matches!(node.kind(), "interface_declaration" | "annotation_type_declaration");
        let direct = sound(body);
        let more = direct.iter().filter(|m| m.kind() == "enum_body_declarations").flat_map(|m| sound(*m));
        let more: Vec<_> = more.collect();
        for member in direct.into_iter().chain(more) {
            match member.kind() {
                "field_declaration" | "constant_declaration" => {
                    let is_static = in_interface || has_modifier(member, "static");
                    for declarator in fields(member, "declarator") {
                        if let Some(name) = field(declarator, "name") {
                            self.fields.insert(slice(name), is_static);
                        }
                    }
                }
                "enum_constant" => {
                    if let Some(name) = field(member, "name") {
                        self.fields.insert(slice(name), true);
                    }
                }
                "method_declaration" => {
                    if let Some(name) = field(member, "name") {
                        *self.methods.entry(slice(name)).or_default() |= has_modifier(member, "static");
                    }
                }
                _ => {}
            }
        }
        if let Some(logger) = super::class::generated_logger(node, text) {
            self.fields.entry(logger).or_insert(true);
        }
    }
}

/// The body of a class, interface, enumeration, record, annotation type, or of an anonymous class.
pub(super) fn body_of<'t>(node: Node<'t>) -> Option<Node<'t>> {
    body_field(node.kind(), node)
}

fn body_field<'t>(kind: &str, node: Node<'t>) -> Option<Node<'t>> {
    match kind {
        "object_creation_expression" => child_of_kind(node, "class_body"),
        "class_declaration"
        | "interface_declaration"
        | "enum_declaration"
        | "record_declaration"
        | "enum_constant"
        | "annotation_type_declaration" => field(node, "body"),
        _ => None,
    }
}

/// The types that a class extends and implements; what an anonymous class is made from.
pub(super) fn bases_of<'t>(node: Node<'t>) -> Vec<Node<'t>> {
    if node.kind() == "object_creation_expression" {
        return field(node, "type").into_iter().collect();
    }
    let lists =
        |n: Node<'t>| sound(n).into_iter().flat_map(|l| if l.kind() == "type_list" { sound(l) } else { vec![l] });
    let superclass = field(node, "superclass").into_iter().flat_map(sound);
    let interfaces = field(node, "interfaces").into_iter().flat_map(lists);
    let extended = child_of_kind(node, "extends_interfaces").into_iter().flat_map(lists);
    superclass.chain(interfaces).chain(extended).collect()
}

/// The last name of a type without its arguments.
fn simple_name<'s>(node: Node<'_>, text: &'s str) -> Option<&'s str> {
    let text = text.get(node.byte_range())?;
    let bare = text.split('<').next()?.trim();
    bare.rsplit('.').next().map(str::trim)
}

/// The dotted name of an import.
pub(super) fn first_path<'t>(node: Node<'t>) -> Option<Node<'t>> {
    named(node).into_iter().find(|c| matches!(c.kind(), "identifier" | "scoped_identifier"))
}

impl<'s> Lower<'s> {
    /// A class of the file as an expression at `span`; none for one that has no name.
    pub(super) fn class_ref(&mut self, class: usize, span: Span) -> Option<ExprId> {
        let path = self.names.path(class)?;
        let mut object = None;
        for name in path {
            object = Some(match object {
                None => self.name(span, name),
                Some(object) => self.member(span, object, name, span),
            });
        }
        object
    }

    /// The owner of a member that is named alone; it takes no room in the text.
    pub(super) fn owner(&mut self, owner: Owner, at: u32) -> Option<ExprId> {
        let span = Span { start: at, end: at };
        match owner {
            Owner::This => Some(self.name(span, "this")),
            Owner::Class(class) => self.class_ref(class, span),
        }
    }

    /// Notes that a simple name may be a type of another file.
    pub(super) fn note_used(&mut self, name: &'s str) {
        if name.starts_with(|c: char| c.is_uppercase()) {
            self.names.used.insert(name);
        }
    }
}
