//! What every lowering asks of tree-sitter's nodes.

use tree_sitter::Node;

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

/// The named children of a node, without comments.
pub fn named<'t>(node: Node<'t>) -> Vec<Node<'t>> {
    let mut cursor = node.walk();
    node.named_children(&mut cursor).filter(|c| !is_comment(*c)).collect()
}

/// The named children of a node, without comments and errors.
pub fn sound<'t>(node: Node<'t>) -> Vec<Node<'t>> {
    named(node).into_iter().filter(|c| !c.is_error()).collect()
}

/// Whether a node is a comment.
pub fn is_comment(node: Node<'_>) -> bool {
    node.kind().ends_with("comment")
}

/// The first named child that is neither a comment nor an error.
pub fn first_named<'t>(node: Node<'t>) -> Option<Node<'t>> {
    sound(node).into_iter().next()
}

/// The first child of a kind.
pub fn child_of_kind<'t>(node: Node<'t>, kind: &str) -> Option<Node<'t>> {
    let mut cursor = node.walk();
    node.children(&mut cursor).find(|c| c.kind() == kind)
}

/// Whether the node has the keyword or sign `token` as a direct child.
pub fn has_token(node: Node<'_>, token: &str) -> bool {
    child_of_kind(node, token).is_some()
}

/// The child of a field, where broken code has not left it out.
pub fn field<'t>(node: Node<'t>, name: &str) -> Option<Node<'t>> {
    node.child_by_field_name(name)
}

/// The children of a field that can occur several times, without comments.
pub fn fields<'t>(node: Node<'t>, name: &str) -> Vec<Node<'t>> {
    let mut cursor = node.walk();
    node.children_by_field_name(name, &mut cursor).filter(|c| c.is_named() && !is_comment(*c)).collect()
}

/// The expression inside any number of parentheses.
pub fn strip_parens<'t>(mut node: Node<'t>) -> Node<'t> {
    while node.kind() == "parenthesized_expression" && !node.has_error() {
        let Some(inner) = first_named(node) else { break };
        node = inner;
    }
    node
}
