//! Chains of members, calls and indices: `a.b(c)[d].e()`.

use tree_sitter::Node;

use super::Descent;
use crate::syntax::builder::Builder;
use crate::syntax::hir::*;

/// A longer chain is cut into segments.
const LONG: usize = 100;
/// The links of one segment of a cut chain.
const SEGMENT: usize = 12;

/// Lowers chains.
pub trait Chains<'s>: Descent<'s> {
    /// The levels that one link makes in the HIR.
    const LEVELS: u32 = 1;

    /// What a link is applied to.
    fn object_of<'t>(&self, node: Node<'t>) -> Option<Node<'t>>;

    /// One link on top of the value that it is applied to.
    fn link(&mut self, node: Node<'_>, object: ExprId) -> ExprId;

    /// What a chain starts from; `link` is the first one on it.
    fn base(&mut self, node: Node<'_>, _link: Option<Node<'_>>) -> ExprId {
        self.expr(node)
    }

    /// What looks like a link and is applied to nothing.
    fn unlinked(&mut self, node: Node<'_>) -> ExprId {
        self.children(node)
    }

    /// A chain from its outermost link.
    fn chain(&mut self, node: Node<'_>) -> ExprId {
        let mut links = Vec::new();
        let mut base = node;
        while let Some(next) = self.object_of(base) {
            links.push(base);
            base = Self::strip(next);
        }
        if links.is_empty() {
            return self.unlinked(node);
        }
        links.reverse();
        let levels = Self::LEVELS * links.len() as u32;
        if levels as usize + 8 > LONG.min(self.builder().room()) {
            return self.cut_chain(node, base, &links);
        }
        if self.builder().take(node, levels).is_none() {
            return self.unknown(Builder::span(node), Vec::new());
        }
        let value = self.base(base, links.first().copied());
        self.builder().release(Self::LEVELS);
        self.link_up(value, &links)
    }

    /// Puts the links on top of `value`, giving back the levels of each but the outermost.
    fn link_up(&mut self, mut value: ExprId, links: &[Node<'_>]) -> ExprId {
        for (i, &link) in links.iter().enumerate() {
            let last = i + 1 == links.len();
            if !last {
                self.pick_errors(link);
            }
            value = self.link(link, value);
            if !last {
                self.builder().release(Self::LEVELS);
            }
        }
        value
    }

    /// A chain too long to nest. Each segment but the innermost starts from something unknown, so that no call is lost;
    /// the outermost one's value depends on all of them.
    fn cut_chain(&mut self, node: Node<'_>, base: Node<'_>, links: &[Node<'_>]) -> ExprId {
        let whole = Builder::span(node);
        let levels = 2 * (SEGMENT as u32 + Self::LEVELS) - 1;
        let value = self.deeper(node, levels, |this| {
            let mut done = Vec::new();
            let count = links.chunks(SEGMENT).count();
            for (i, segment) in links.chunks(SEGMENT).enumerate() {
                let inner = segment.first().and_then(|l| this.object_of(*l)).map_or(whole, Builder::span);
                let mut value = match i {
                    0 => this.base(base, segment.first().copied()),
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
}
