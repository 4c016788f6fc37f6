//! Chains of members, calls, indices and casts: `a.b(c)[d]!.e()`.

use tree_sitter::Node;

use super::{Lower, field, first_named, sound, strip_parens};
use crate::syntax::builder::Builder;
use crate::syntax::hir::*;

/// A longer chain is cut into segments.
const LONG: usize = 100;
/// The links of one segment of a cut chain.
const SEGMENT: usize = 12;

impl Lower<'_> {
    /// A chain from its outermost link.
    pub(super) fn chain(&mut self, node: Node<'_>) -> ExprId {
        let mut links = Vec::new();
        let mut base = node;
        while let Some(next) = object_of(base) {
            links.push(base);
            base = strip_parens(next);
        }
        if links.is_empty() {
            return self.children(node);
        }
        links.reverse();
        if links.len() + 8 > LONG.min(self.room()) {
            return self.cut_chain(node, base, &links);
        }
        if self.take(node, links.len() as u32).is_none() {
            return self.unknown(Builder::span(node), Vec::new());
        }
        let value = self.callee(base);
        self.release(1);
        self.link_up(value, &links)
    }

    /// Puts the links on top of `value`, giving back one level for each but the outermost.
    fn link_up(&mut self, mut value: ExprId, links: &[Node<'_>]) -> ExprId {
        for (i, &link) in links.iter().enumerate() {
            let last = i + 1 == links.len();
            if !last {
                self.pick_errors(link);
            }
            value = self.link(link, value);
            if !last {
                self.release(1);
            }
        }
        value
    }

    /// A chain too long to nest. Each segment but the innermost starts from something unknown, so that no call is lost;
    /// the outermost one's value depends on all of them.
    fn cut_chain(&mut self, node: Node<'_>, base: Node<'_>, links: &[Node<'_>]) -> ExprId {
        let whole = Builder::span(node);
        let levels = 2 * SEGMENT as u32 + 1;
        let value = self.deeper(node, levels, |this| {
            let mut done = Vec::new();
            let count = links.chunks(SEGMENT).count();
            for (i, segment) in links.chunks(SEGMENT).enumerate() {
                let inner = segment.first().and_then(|l| object_of(*l)).map_or(whole, Builder::span);
                let mut value = match i {
                    0 => this.callee(base),
                    _ if i + 1 == count => this.unknown(inner, std::mem::take(&mut done)),
                    _ => this.unknown(inner, Vec::new()),
                };
                for &link in segment {
                    if link != node {
                        this.pick_errors(link);
                    }
                    value = this.link(link, value);
                }
                done.push(value);
            }
            done.pop()
        });
        value.flatten().unwrap_or_else(|| self.unknown(whole, Vec::new()))
    }

    /// What a chain starts from; `import` is a name there.
    fn callee(&mut self, node: Node<'_>) -> ExprId {
        if node.kind() == "import" { self.b.name_expr(node) } else { self.expr(node) }
    }

    /// One link on top of the value that it is applied to.
    fn link(&mut self, node: Node<'_>, object: ExprId) -> ExprId {
        let kind = match node.kind() {
            "call_expression" => {
                let args = field(node, "arguments").map(|a| self.arguments(a)).unwrap_or_default();
                ExprKind::Call { callee: object, args, is_new: false }
            }
            "member_expression" => match field(node, "property") {
                Some(property) => {
                    let name = self.b.intern(self.text(property));
                    ExprKind::Member { object, name, name_span: Builder::span(property) }
                }
                None => ExprKind::Unknown(vec![object]),
            },
            "subscript_expression" => match field(node, "index") {
                Some(index) => ExprKind::Index { object, index: self.expr(index) },
                None => ExprKind::Unknown(vec![object]),
            },
            "as_expression" | "satisfies_expression" => {
                let ty = sound(node).get(1).copied().and_then(|t| self.type_expr(t));
                ExprKind::Cast { operand: object, ty }
            }
            _ => ExprKind::Cast { operand: object, ty: None },
        };
        self.b.expr(Builder::span(node), kind)
    }

    /// The arguments of a call; a tagged template is the only argument of its tag.
    pub(super) fn arguments(&mut self, node: Node<'_>) -> Vec<Arg> {
        if node.kind() == "template_string" {
            let value = self.expr(node);
            return vec![Arg { name: None, value, spread: Spread::No, span: Builder::span(node) }];
        }
        self.pick_errors(node);
        let mut args = Vec::new();
        for child in sound(node) {
            let span = Builder::span(child);
            let (value, spread) = match child.kind() {
                "spread_element" => (self.only_expr(child), Spread::Elements),
                _ => (self.expr(child), Spread::No),
            };
            args.push(Arg { name: None, value, spread, span });
        }
        args
    }

    pub(super) fn new_expression(&mut self, node: Node<'_>) -> ExprId {
        let Some(constructor) = field(node, "constructor") else { return self.children(node) };
        let callee = self.expr(constructor);
        let args = field(node, "arguments").map(|a| self.arguments(a)).unwrap_or_default();
        self.b.expr(Builder::span(node), ExprKind::Call { callee, args, is_new: true })
    }
}

/// What a link is applied to.
fn object_of<'t>(node: Node<'t>) -> Option<Node<'t>> {
    match node.kind() {
        "call_expression" => field(node, "function"),
        "member_expression" | "subscript_expression" => field(node, "object"),
        "non_null_expression" | "as_expression" | "satisfies_expression" => first_named(node),
        _ => None,
    }
}
