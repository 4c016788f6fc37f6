//! What every lowering asks of tree-sitter's nodes.

use std::num::NonZeroU16;
use std::sync::LazyLock;

use rustc_hash::FxHashMap;
use tree_sitter::{Language, Node};

type FieldId = NonZeroU16;

/// Visits the tree in order without recursion; `visit` says whether to go into the node.
pub fn walk<'t>(root: Node<'t>, mut visit: impl FnMut(Node<'t>) -> bool) {
    let mut cursor = root.walk();
    loop {
        if visit(cursor.node()) && cursor.goto_first_child() {
            continue;
        }
        while !cursor.goto_next_sibling() {
            if !cursor.goto_parent() {
                return;
            }
        }
    }
}

/// Visits the tree in order like [`walk`], but goes only into nodes that hold an error or one of the places (offsets into
/// the text, ascending), and into those for which `visit` says so.
pub fn walk_to<'t>(root: Node<'t>, places: &[usize], mut visit: impl FnMut(Node<'t>) -> bool) {
    let mut next = 0;
    walk(root, |node| {
        let range = node.byte_range();
        while places.get(next).is_some_and(|place| *place < range.start) {
            next += 1;
        }
        visit(node) || node.has_error() || places.get(next).is_some_and(|place| *place < range.end)
    });
}

/// So many children are asked for one by one. Each time those before are counted off, but a cursor costs more at first.
const FEW: u32 = 20;

/// What `find` gives for the first child, or first named child, for which it gives anything.
pub fn find_child<'t, T>(node: Node<'t>, named: bool, mut find: impl FnMut(Node<'t>) -> Option<T>) -> Option<T> {
    let all = node.child_count();
    if all > FEW {
        let mut cursor = node.walk();
        return node.children(&mut cursor).filter(|child| !named || child.is_named()).find_map(find);
    }
    match named {
        true => (0..node.named_child_count() as u32).find_map(|i| find(node.named_child(i)?)),
        false => (0..all).find_map(|i| find(node.child(i)?)),
    }
}

/// The named children of a node that are wanted.
pub fn children_where<'t>(node: Node<'t>, wanted: impl Fn(Node<'t>) -> bool) -> Vec<Node<'t>> {
    let mut children = Vec::new();
    find_child(node, true, |child| -> Option<()> {
        if wanted(child) {
            children.push(child);
        }
        None
    });
    children
}

/// The first named child that is wanted.
pub fn child_where<'t>(node: Node<'t>, wanted: impl Fn(Node<'t>) -> bool) -> Option<Node<'t>> {
    find_child(node, true, |child| wanted(child).then_some(child))
}

/// The named children of a node, without comments.
pub fn named<'t>(node: Node<'t>) -> Vec<Node<'t>> {
    children_where(node, |child| !is_comment(child))
}

/// The named children of a node, without comments and errors.
pub fn sound<'t>(node: Node<'t>) -> Vec<Node<'t>> {
    children_where(node, |child| !is_comment(child) && !child.is_error())
}

/// Whether a node is a comment.
pub fn is_comment(node: Node<'_>) -> bool {
    node.is_extra() && node.kind().ends_with("comment")
}

/// The first named child that is neither a comment nor an error.
pub fn first_named<'t>(node: Node<'t>) -> Option<Node<'t>> {
    child_where(node, |child| !is_comment(child) && !child.is_error())
}

/// The first child of a kind.
pub fn child_of_kind<'t>(node: Node<'t>, kind: &str) -> Option<Node<'t>> {
    find_child(node, false, |child| (child.kind() == kind).then_some(child))
}

/// Whether the node has the keyword or sign `token` as a direct child.
pub fn has_token(node: Node<'_>, token: &str) -> bool {
    child_of_kind(node, token).is_some()
}

/// The child of a field, where broken code has not left it out.
pub fn field<'t>(node: Node<'t>, name: &str) -> Option<Node<'t>> {
    node.child_by_field_id(field_id(node, name)?.get())
}

/// The children of a field that can occur several times, without comments.
pub fn fields<'t>(node: Node<'t>, name: &str) -> Vec<Node<'t>> {
    let Some(id) = field_id(node, name) else { return Vec::new() };
    let mut cursor = node.walk();
    node.children_by_field_id(id, &mut cursor).filter(|c| c.is_named() && !is_comment(*c)).collect()
}

/// A grammar and the numbers of its fields by name. tree-sitter goes through the whole list for each look-up of a name.
struct Fields {
    grammar: Language,
    ids: FxHashMap<Box<str>, FieldId>,
}

static FIELDS: LazyLock<[Fields; 6]> = LazyLock::new(|| {
    let grammars = [
        tree_sitter_python::LANGUAGE,
        tree_sitter_javascript::LANGUAGE,
        tree_sitter_typescript::LANGUAGE_TYPESCRIPT,
        tree_sitter_typescript::LANGUAGE_TSX,
        tree_sitter_java::LANGUAGE,
        tree_sitter_go::LANGUAGE,
    ];
    grammars.map(|grammar| {
        let grammar = Language::from(grammar);
        let numbers = (1..=grammar.field_count() as u16).filter_map(FieldId::new);
        let ids = numbers.filter_map(|id| Some((grammar.field_name_for_id(id.get())?.into(), id))).collect();
        Fields { grammar, ids }
    })
});

fn field_id(node: Node<'_>, name: &str) -> Option<FieldId> {
    let grammar = node.language();
    match FIELDS.iter().find(|fields| fields.grammar == *grammar) {
        Some(fields) => fields.ids.get(name).copied(),
        None => grammar.field_id_for_name(name),
    }
}

/// The expression inside any number of parentheses.
pub fn strip_parens<'t>(mut node: Node<'t>) -> Node<'t> {
    while node.kind() == "parenthesized_expression" && !node.has_error() {
        let Some(inner) = first_named(node) else { break };
        node = inner;
    }
    node
}
