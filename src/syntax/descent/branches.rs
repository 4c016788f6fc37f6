//! Chains of `else if`, which are walked in a loop; the end of one that is too long to nest is kept flat.

use tree_sitter::Node;

use super::Descent;
use crate::syntax::builder::Builder;
use crate::syntax::hir::*;

/// A link of a chain: its span, what stands before the condition, the condition, and its block.
type Link = (Span, Block, ExprId, Block);

/// What stands behind `else`.
pub enum Alternative<'t> {
    /// The next `if`.
    Next(Node<'t>),
    /// The last block, or what wraps it.
    Last(Node<'t>),
    /// Nothing.
    Nothing,
}

/// What an `if` consists of in a language.
pub trait Branches<'s>: Descent<'s> {
    /// What stands in front of the condition.
    fn before_condition(&mut self, _link: Node<'_>) -> Block {
        Vec::new()
    }
    /// The condition.
    fn condition(&mut self, link: Node<'_>) -> ExprId;
    /// What runs when it holds.
    fn consequence(&mut self, link: Node<'_>) -> Block;
    /// What stands behind `else`.
    fn alternative<'t>(link: Node<'t>) -> Alternative<'t>;
    /// The block of [`Alternative::Last`].
    fn last_block(&mut self, node: Node<'_>) -> Block;

    /// The statements of an `if` with its chain of `else if`: one, or a condition behind its initialiser.
    fn if_chain(&mut self, node: Node<'_>) -> Block {
        let mut links = vec![node];
        let mut at = node;
        let last = loop {
            match Self::alternative(at) {
                Alternative::Next(next) => {
                    links.push(next);
                    at = next;
                }
                Alternative::Last(last) => break Some(last),
                Alternative::Nothing => break None,
            }
        };
        let nested = links.len().min(self.builder().room().saturating_sub(2) / 2);
        let mut done = Vec::new();
        let mut taken = 0;
        for (i, &link) in links.iter().enumerate() {
            if i > 0 && i < nested && self.builder().take(link, 1).is_some() {
                taken += 1;
            }
            if i > 0 {
                self.pick_errors(link);
            }
            let first = self.before_condition(link);
            let test = self.condition(link);
            done.push((Builder::span(link), first, test, self.consequence(link)));
        }
        let mut otherwise = last.map(|node| self.last_block(node)).unwrap_or_default();
        self.builder().release(taken);
        if links.len() > nested {
            otherwise = self.flat_rest(done.split_off(nested), otherwise);
        }
        for (span, mut first, test, then) in done.into_iter().rev() {
            first.push(self.builder().stmt(span, StmtKind::If { test, then, otherwise }));
            otherwise = first;
        }
        otherwise
    }

    /// The links of a chain that is too long to nest: any of the blocks may run.
    fn flat_rest(&mut self, links: Vec<Link>, last: Block) -> Block {
        let Some(&(span, ..)) = links.first() else { return last };
        let mut out = Vec::new();
        let (mut tests, mut blocks) = (Vec::new(), Vec::new());
        for (_, mut first, test, then) in links {
            out.append(&mut first);
            tests.push(test);
            blocks.push(then);
        }
        blocks.push(last);
        out.push(self.builder().stmt(span, StmtKind::Unknown(tests, blocks)));
        out
    }
}
