//! What a file declares and mentions, found before it is lowered: in Go the order of declarations means nothing.

use std::collections::{BTreeMap, BTreeSet};

use rustc_hash::FxHashSet;
use tree_sitter::Node;

use super::{field, fields, first_named, named, walk};

/// What a declared type is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Made {
    Struct,
    Interface,
    Map,
    List,
    Function,
    Other,
}

/// What a file declares and mentions.
#[derive(Default)]
pub(super) struct Survey {
    /// The types declared at the top, and later those in functions.
    pub types: BTreeMap<String, Made>,
    /// The names of the fields of each struct declared at the top, in order.
    pub fields: BTreeMap<String, Vec<String>>,
    /// The names of the methods of each type.
    pub methods: BTreeMap<String, BTreeSet<String>>,
    /// The functions declared at the top; whether they have type parameters.
    pub functions: BTreeMap<String, bool>,
    /// The names of the other top-level declarations.
    pub values: FxHashSet<String>,
    /// What the file mentions, once it was asked for.
    mentions: Option<Mentions>,
}

/// What a file mentions.
#[derive(Default)]
pub(super) struct Mentions {
    /// Names in front of a dot: packages among them.
    pub qualifiers: FxHashSet<String>,
    /// Capitalised names that stand alone, in order.
    pub bare: BTreeSet<String>,
}

impl Survey {
    pub(super) fn of(root: Node<'_>, text: &str) -> Survey {
        let mut survey = Survey::default();
        for child in named(root) {
            survey.declaration(child, text);
        }
        survey
    }

    /// What the file that the node belongs to mentions. Few files need it, and it takes a walk over the whole tree.
    pub(super) fn mentions(&mut self, node: Node<'_>, text: &str) -> &mut Mentions {
        self.mentions.get_or_insert_with(|| {
            let root = std::iter::successors(Some(node), Node::parent).last().unwrap_or(node);
            let mut mentions = Mentions::default();
            walk(root, |node| {
                mentions.note(node, text);
                true
            });
            mentions
        })
    }

    fn declaration(&mut self, node: Node<'_>, text: &str) {
        let text_of = |n: Node<'_>| text.get(n.byte_range()).unwrap_or("").to_owned();
        match node.kind() {
            "type_declaration" => {
                for spec in named(node) {
                    if let (Some(name), Some(ty)) = (field(spec, "name"), field(spec, "type")) {
                        self.types.insert(text_of(name), made_of(ty));
                        self.fields.insert(text_of(name), field_names(ty, text));
                    }
                }
            }
            "function_declaration" => {
                if let Some(name) = field(node, "name") {
                    self.functions.insert(text_of(name), field(node, "type_parameters").is_some());
                }
            }
            "method_declaration" => {
                if let (Some(owner), Some(name)) = (receiver_type(node), field(node, "name")) {
                    self.methods.entry(text_of(owner)).or_default().insert(text_of(name));
                }
            }
            "var_declaration" | "const_declaration" => {
                let mut specs: Vec<Node<'_>> = named(node);
                specs.extend(named(node).into_iter().filter(|n| n.kind() == "var_spec_list").flat_map(named));
                for spec in specs {
                    self.values.extend(fields(spec, "name").into_iter().map(text_of));
                }
            }
            _ => {}
        }
    }

    /// Whether the file declares something of this name at its top.
    pub(super) fn declares(&self, name: &str) -> bool {
        self.types.contains_key(name) || self.functions.contains_key(name) || self.values.contains(name)
    }
}

impl Mentions {
    fn note(&mut self, node: Node<'_>, text: &str) {
        let qualifier = match node.kind() {
            "selector_expression" => field(node, "operand").filter(|o| o.kind() == "identifier"),
            "qualified_type" => field(node, "package"),
            "identifier" | "type_identifier" => {
                let name = text.get(node.byte_range()).unwrap_or("");
                if name.starts_with(char::is_uppercase) {
                    self.bare.insert(name.to_owned());
                }
                None
            }
            _ => None,
        };
        if let Some(qualifier) = qualifier {
            self.qualifiers.insert(text.get(qualifier.byte_range()).unwrap_or("").to_owned());
        }
    }
}

/// What a type is made of.
pub(super) fn made_of(ty: Node<'_>) -> Made {
    match ty.kind() {
        "struct_type" => Made::Struct,
        "interface_type" => Made::Interface,
        "map_type" => Made::Map,
        "slice_type" | "array_type" => Made::List,
        "function_type" => Made::Function,
        _ => Made::Other,
    }
}

/// The names of a struct's fields in order; an embedded type is a field of its own name.
pub(super) fn field_names(ty: Node<'_>, text: &str) -> Vec<String> {
    let text_of = |n: Node<'_>| text.get(n.byte_range()).unwrap_or("");
    let lists = named(ty).into_iter().filter(|n| n.kind() == "field_declaration_list");
    let mut out = Vec::new();
    for declaration in lists.flat_map(named).filter(|n| n.kind() == "field_declaration") {
        let names = fields(declaration, "name");
        if names.is_empty() {
            let ty = field(declaration, "type").map_or("", text_of);
            let plain = ty.split('[').next().unwrap_or(ty);
            out.push(plain.rsplit('.').next().unwrap_or(plain).to_owned());
        }
        out.extend(names.into_iter().map(|n| text_of(n).to_owned()));
    }
    out
}

/// The name of a method's receiver's type.
pub(super) fn receiver_type<'t>(method: Node<'t>) -> Option<Node<'t>> {
    let parameter = first_named(field(method, "receiver")?)?;
    let mut ty = field(parameter, "type")?;
    for _ in 0..4 {
        ty = match ty.kind() {
            "type_identifier" => return Some(ty),
            "generic_type" => field(ty, "type")?,
            "pointer_type" | "parenthesized_type" => first_named(ty)?,
            _ => return None,
        };
    }
    None
}
