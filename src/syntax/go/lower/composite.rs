//! Composite literals. A struct literal is a call of its type with its fields as named arguments; those of maps, slices and
//! arrays are collections.

use tree_sitter::Node;

use super::survey::Made;
use super::{Descent, Lower, field, first_named, sound};
use crate::syntax::builder::Builder;
use crate::syntax::hir::*;

/// What a literal's type says about its elements.
#[derive(Clone, Copy)]
struct Shape<'t> {
    kind: Option<Made>,
    /// The type of elements that do not name theirs.
    element: Option<Node<'t>>,
}

impl Lower<'_> {
    pub(super) fn composite(&mut self, node: Node<'_>) -> ExprId {
        let (Some(ty), Some(body)) = (field(node, "type"), field(node, "body")) else { return self.children(node) };
        self.pick_errors(body);
        self.typed_literal(Builder::span(node), ty, body)
    }

    /// The literal of a type, which may stand elsewhere when it is an element that leaves it out.
    fn typed_literal(&mut self, span: Span, ty: Node<'_>, body: Node<'_>) -> ExprId {
        let shape = self.shape_of(ty, body);
        match shape.kind {
            Some(Made::Map) | Some(Made::List) => {
                let operand = self.collection(span, shape, body);
                // Of an empty one its type alone says what will be in it.
                match self.type_expr(ty).filter(|_| is_name(ty) || sound(body).is_empty()) {
                    Some(ty) => self.b.expr(span, ExprKind::Cast { operand, ty: Some(ty) }),
                    None => operand,
                }
            }
            _ if ty.kind() == "struct_type" => self.anonymous(ty, body),
            _ => {
                let callee = match self.type_expr(ty) {
                    Some(callee) => callee,
                    None => self.unknown(Builder::span(ty), Vec::new()),
                };
                let order = match ty.kind() {
                    "type_identifier" => self.survey.fields.get(self.text(ty)).cloned().unwrap_or_default(),
                    _ => Vec::new(),
                };
                let elements = sound(body).into_iter().enumerate();
                let args = elements.map(|(i, e)| self.field_argument(e, order.get(i).map(|n| n.as_str()))).collect();
                self.b.expr(span, ExprKind::Call { callee, args, is_new: true })
            }
        }
    }

    fn shape_of<'t>(&self, ty: Node<'t>, body: Node<'_>) -> Shape<'t> {
        let element = match ty.kind() {
            "map_type" => field(ty, "value"),
            _ => field(ty, "element"),
        };
        let made = match ty.kind() {
            "map_type" => Some(Made::Map),
            "slice_type" | "array_type" | "implicit_length_array_type" => Some(Made::List),
            "type_identifier" => self.survey.types.get(self.text(ty)).copied().filter(|m| *m != Made::Other),
            _ => None,
        };
        Shape { kind: made.or_else(|| shape_by_elements(body)), element: element.map(without_pointers) }
    }

    /// One field of a struct literal as an argument. Without a key it is the field whose turn it is.
    fn field_argument(&mut self, element: Node<'_>, in_turn: Option<&str>) -> Arg {
        let span = Builder::span(element);
        self.pick_errors(element);
        let (key, value) = parts(element);
        let symbol = key.map(|k| self.text(k));
        let name = symbol.or(in_turn).map(|n| self.b.intern(n));
        let value = match value {
            Some(value) => self.element(value, None, symbol),
            None => self.unknown(span, Vec::new()),
        };
        Arg { name, value, spread: Spread::No, span }
    }

    /// The elements of a map, slice or array.
    fn collection(&mut self, span: Span, shape: Shape<'_>, body: Node<'_>) -> ExprId {
        let mut entries = Vec::new();
        for element in sound(body) {
            self.pick_errors(element);
            let (key, value) = parts(element);
            let key = key.map(|k| self.element(k, None, None));
            let value = match value {
                Some(value) => self.element(value, shape.element, None),
                None => self.unknown(Builder::span(element), Vec::new()),
            };
            entries.push(Entry { key, value, spread: false, span: Builder::span(element) });
        }
        let kind = if shape.kind == Some(Made::Map) { CollectionKind::Map } else { CollectionKind::List };
        self.b.expr(span, ExprKind::Collection { kind, entries })
    }

    /// A key or a value; where it leaves out its type, it has the one given.
    fn element(&mut self, node: Node<'_>, ty: Option<Node<'_>>, symbol: Option<&str>) -> ExprId {
        let inner = if node.kind() == "literal_element" { first_named(node) } else { Some(node) };
        match inner {
            Some(inner) if inner.kind() == "literal_value" => {
                let lowered = self.deeper(inner, 1, |this| this.literal_value(inner, ty));
                lowered.unwrap_or_else(|| self.unknown(Builder::span(inner), Vec::new()))
            }
            Some(inner) => self.expr_named(inner, symbol),
            None => self.unknown(Builder::span(node), Vec::new()),
        }
    }

    /// `{…}` without a type in front: of the given type, or a map by its fields' names, or a list.
    pub(super) fn literal_value(&mut self, body: Node<'_>, ty: Option<Node<'_>>) -> ExprId {
        let span = Builder::span(body);
        self.pick_errors(body);
        match ty {
            Some(ty) if ty.kind() == "interface_type" => self.fields_of(span, body, &[]),
            Some(ty) => self.typed_literal(span, ty, body),
            None => self.fields_of(span, body, &[]),
        }
    }

    /// The literal of a struct type without a name: a map by its fields' names.
    fn anonymous(&mut self, ty: Node<'_>, body: Node<'_>) -> ExprId {
        let order = super::survey::field_names(ty, self.b.text);
        self.fields_of(Builder::span(body), body, &order)
    }

    fn fields_of(&mut self, span: Span, body: Node<'_>, order: &[String]) -> ExprId {
        let mut entries = Vec::new();
        let mut keyed = false;
        for (i, element) in sound(body).into_iter().enumerate() {
            self.pick_errors(element);
            let (key, value) = parts(element);
            keyed |= key.is_some() || order.get(i).is_some();
            let at = Builder::span(element);
            let in_turn = order.get(i).filter(|_| key.is_none());
            let in_turn = in_turn.map(|n| self.b.string(Span { start: at.start, end: at.start }, n));
            let key = key.map(|k| match first_named(k).filter(|n| n.kind() == "identifier") {
                Some(name) => self.b.string(Builder::span(name), self.text(name)),
                None => self.element(k, None, None),
            });
            let key = key.or(in_turn);
            let value = match value {
                Some(value) => self.element(value, None, None),
                None => self.unknown(Builder::span(element), Vec::new()),
            };
            entries.push(Entry { key, value, spread: false, span: Builder::span(element) });
        }
        let kind = if keyed { CollectionKind::Map } else { CollectionKind::List };
        self.b.expr(span, ExprKind::Collection { kind, entries })
    }
}

/// The key and the value of an element.
fn parts<'t>(element: Node<'t>) -> (Option<Node<'t>>, Option<Node<'t>>) {
    match element.kind() {
        "keyed_element" => (field(element, "key"), field(element, "value")),
        _ => (None, Some(element)),
    }
}

/// A type that is only named is a map's or a slice's when its elements cannot be those of a struct.
fn shape_by_elements(body: Node<'_>) -> Option<Made> {
    let elements = sound(body);
    let keys: Vec<Node<'_>> = elements.iter().filter_map(|e| parts(*e).0).collect();
    if keys.iter().any(|k| first_named(*k).is_some_and(|n| n.kind() != "identifier")) {
        return Some(Made::Map);
    }
    let bare =
        |e: &Node<'_>| e.kind() == "literal_element" && first_named(*e).is_some_and(|n| n.kind() == "literal_value");
    (!elements.is_empty() && elements.iter().all(bare)).then_some(Made::List)
}

fn is_name(ty: Node<'_>) -> bool {
    matches!(ty.kind(), "type_identifier" | "qualified_type" | "generic_type")
}

fn without_pointers(mut ty: Node<'_>) -> Node<'_> {
    while matches!(ty.kind(), "pointer_type" | "parenthesized_type") {
        let Some(inner) = first_named(ty) else { break };
        ty = inner;
    }
    ty
}
