//! Chains of selectors, calls, indices, slices and type assertions: `a.b(c)[d].(T).e()`.

use tree_sitter::Node;

use super::{Lower, field, sound, strip_parens};
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
        while let Some(next) = self.object_of(base) {
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
        let value = self.expr(base);
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
                let inner = segment.first().and_then(|l| this.object_of(*l)).map_or(whole, Builder::span);
                let mut value = match i {
                    0 => this.expr(base),
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

    /// One link on top of the value that it is applied to.
    fn link(&mut self, node: Node<'_>, object: ExprId) -> ExprId {
        let kind = match node.kind() {
            "call_expression" => {
                let args = field(node, "arguments").map(|a| self.arguments(a)).unwrap_or_default();
                ExprKind::Call { callee: object, args, is_new: false }
            }
            "selector_expression" => match field(node, "field").filter(|f| !f.is_missing()) {
                Some(member) => {
                    let name = self.b.intern(self.text(member));
                    ExprKind::Member { object, name, name_span: Builder::span(member) }
                }
                None => ExprKind::Unknown(vec![object]),
            },
            "index_expression" => match field(node, "index") {
                Some(index) => ExprKind::Index { object, index: self.expr(index) },
                None => ExprKind::Unknown(vec![object]),
            },
            "slice_expression" => {
                let bounds = ["start", "end", "capacity"].into_iter().filter_map(|f| field(node, f));
                let bounds = bounds.map(|b| self.expr(b)).collect();
                ExprKind::Slice { object, bounds }
            }
            _ => ExprKind::Cast { operand: object, ty: self.type_in(node, "type") },
        };
        self.b.expr(Builder::span(node), kind)
    }

    /// The arguments of a call.
    fn arguments(&mut self, node: Node<'_>) -> Vec<Arg> {
        self.pick_errors(node);
        let mut args = Vec::new();
        for child in sound(node) {
            let span = Builder::span(child);
            let (value, spread) = match child.kind() {
                "variadic_argument" => (self.only_expr(child), Spread::Elements),
                _ => (self.expr(child), Spread::No),
            };
            args.push(Arg { name: None, value, spread, span });
        }
        args
    }

    /// What a link is applied to. The type argument of a generic function that is called is passed over.
    fn object_of<'t>(&self, node: Node<'t>) -> Option<Node<'t>> {
        match node.kind() {
            // Conversions and `new(T)` are what a chain starts from.
            "call_expression" if self.is_special_call(node) => None,
            "call_expression" => {
                let callee = field(node, "function")?;
                if callee.kind() == "type_instantiation_expression" {
                    return Some(callee);
                }
                Some(self.generic_callee(callee).unwrap_or(callee))
            }
            "selector_expression" | "index_expression" | "slice_expression" | "type_assertion_expression" => {
                field(node, "operand")
            }
            _ => None,
        }
    }

    /// The function in `function[type]` when the file declares it with type parameters.
    fn generic_callee<'t>(&self, callee: Node<'t>) -> Option<Node<'t>> {
        if callee.kind() != "index_expression" || callee.has_error() {
            return None;
        }
        let operand = field(callee, "operand").filter(|o| o.kind() == "identifier")?;
        let is_generic = self.survey.functions.get(self.text(operand)).copied().unwrap_or(false);
        let index = field(callee, "index").filter(|i| i.kind() == "identifier");
        (is_generic && index.is_some()).then_some(operand)
    }
}
