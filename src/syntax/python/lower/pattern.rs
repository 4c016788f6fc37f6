//! The patterns of `match`. A name that captures is a name, a sequence or mapping a collection, `C(x, y=z)` a cast of the
//! patterns inside to `C`; alternatives become several tests where they stand at the top, else an unknown.

use tree_sitter::Node;

use super::broken::has_own_errors;
use super::{Lowerer, first_kid, kids, spread_value};
use crate::syntax::builder::Builder;
use crate::syntax::hir::*;

/// Types whose only positional pattern matches the whole subject.
const WHOLE_SUBJECT: [&str; 11] =
    ["bool", "bytearray", "bytes", "dict", "float", "frozenset", "int", "list", "set", "str", "tuple"];

impl Lowerer<'_> {
    /// The tests of a case; none for `case _`.
    pub(super) fn case_tests(&mut self, clause: Node<'_>) -> Vec<ExprId> {
        let patterns: Vec<Node<'_>> = kids(clause).into_iter().filter(|kid| kid.kind() == "case_pattern").collect();
        match patterns[..] {
            [only] if has_own_errors(only) => vec![self.expr(only)],
            [only] if !super::has_token(clause, ",") => match first_kid(only) {
                None => Vec::new(),
                Some(union) if union.kind() == "union_pattern" && !has_own_errors(union) => {
                    kids(union).into_iter().map(|alternative| self.signed(alternative)).collect()
                }
                Some(_) => vec![self.expr(only)],
            },
            [first, ..] => {
                let last = patterns.last().copied().unwrap_or(first);
                vec![self.sequence_pattern(&patterns, Span::new(first.start_byte(), last.end_byte()))]
            }
            [] => Vec::new(),
        }
    }

    /// Patterns behind one another.
    fn sequence_pattern(&mut self, patterns: &[Node<'_>], span: Span) -> ExprId {
        let entries = patterns.iter().map(|&pattern| self.pattern_entry(None, pattern)).collect();
        self.b.expr(span, ExprKind::Collection { kind: CollectionKind::Tuple, entries })
    }

    fn pattern_entry(&mut self, key: Option<ExprId>, pattern: Node<'_>) -> Entry {
        let inner = if pattern.kind() == "case_pattern" { first_kid(pattern) } else { Some(pattern) };
        let splat = inner
            .filter(|inner| inner.kind() == "splat_pattern" && !has_own_errors(*inner) && !has_own_errors(pattern));
        let value = match splat.map(spread_value) {
            Some(Some(name)) => self.expr(name),
            Some(None) => self.unknown(pattern, Vec::new()),
            None => self.expr(pattern),
        };
        Entry { key, value, spread: splat.is_some(), span: Builder::span(pattern) }
    }

    /// Whether a lowered pattern may bind names of its own.
    pub(super) fn captures(&self, pattern: ExprId) -> bool {
        match &self.b.file.expr(pattern).kind {
            ExprKind::Literal(_) | ExprKind::Member { .. } | ExprKind::Unary { .. } => false,
            ExprKind::Cast { operand, .. } => match &self.b.file.expr(*operand).kind {
                ExprKind::Collection { entries, .. } => !entries.is_empty(),
                _ => true,
            },
            _ => true,
        }
    }

    /// Lowers a node that stands in patterns only; its level is entered.
    pub(super) fn pattern_of_kind(&mut self, node: Node<'_>) -> ExprId {
        match node.kind() {
            "case_pattern" => self.case_pattern(node),
            "dict_pattern" => self.dict_pattern(node),
            "class_pattern" => self.class_pattern(node),
            "dotted_name" => self.dotted_name(node),
            _ => {
                let alternatives = kids(node).into_iter().map(|alternative| self.signed(alternative)).collect();
                self.unknown(node, alternatives)
            }
        }
    }

    /// A pattern without a node of its own around it, where the sign of a number is a token before the number.
    fn signed(&mut self, node: Node<'_>) -> ExprId {
        let number = matches!(node.kind(), "integer" | "float");
        let sign = if number { node.prev_sibling().filter(|sign| sign.kind() == "-") } else { None };
        let operand = self.expr(node);
        match sign {
            Some(sign) => {
                let span = Span::new(sign.start_byte(), node.end_byte());
                self.b.expr(span, ExprKind::Unary { op: UnaryOp::Neg, operand })
            }
            None => operand,
        }
    }

    fn case_pattern(&mut self, node: Node<'_>) -> ExprId {
        let Some(inner) = first_kid(node) else { return self.unknown(node, Vec::new()) };
        match inner.kind() {
            "integer" | "float" => self.signed(inner),
            "tuple_pattern" | "list_pattern" if !has_own_errors(inner) => {
                let parts = kids(inner);
                match parts[..] {
                    // Parentheses around one pattern without a comma only group.
                    [only] if inner.kind() == "tuple_pattern" && !super::has_token(inner, ",") => self.expr(only),
                    _ => self.sequence_pattern(&parts, Builder::span(inner)),
                }
            }
            _ => self.expr(inner),
        }
    }

    /// `a.b.c`, or a single name.
    pub(super) fn dotted_name(&mut self, node: Node<'_>) -> ExprId {
        let mut parts = kids(node).into_iter();
        let Some(first) = parts.next() else { return self.unknown(node, Vec::new()) };
        let mut path = self.b.name_expr(first);
        for part in parts.by_ref().take(self.room() as usize) {
            let name = self.b.intern(self.b.node_text(part));
            let span = Span::new(node.start_byte(), part.end_byte());
            path = self.b.expr(span, ExprKind::Member { object: path, name, name_span: Builder::span(part) });
        }
        match parts.next() {
            None => path,
            Some(_) => self.unknown(node, vec![path]),
        }
    }

    fn dict_pattern(&mut self, node: Node<'_>) -> ExprId {
        let mut entries = Vec::new();
        let mut key = None;
        let mut cursor = node.walk();
        for (i, child) in node.children(&mut cursor).enumerate() {
            let field = node.field_name_for_child(i as u32);
            match field {
                _ if !child.is_named() || child.is_extra() || child.is_error() => {}
                Some("key") => key = Some(self.signed(child)),
                _ => entries.push(self.pattern_entry(key.take(), child)),
            }
        }
        self.b.expr(Builder::span(node), ExprKind::Collection { kind: CollectionKind::Map, entries })
    }

    /// `C(p, k=q)`: the subject as a `C`, taken apart.
    fn class_pattern(&mut self, node: Node<'_>) -> ExprId {
        let span = Builder::span(node);
        let parts = kids(node);
        let [class, arguments @ ..] = &parts[..] else { return self.unknown(node, Vec::new()) };
        let ty = self.expr(*class);
        let whole = WHOLE_SUBJECT.contains(&self.b.node_text(*class));
        let is_keyword = |p: &Node<'_>| first_kid(*p).is_some_and(|inner| inner.kind() == "keyword_pattern");
        let operand = match arguments {
            [only] if whole && !is_keyword(only) => self.expr(*only),
            _ => {
                let keywords = arguments.iter().any(is_keyword);
                let kind = if keywords { CollectionKind::Map } else { CollectionKind::Tuple };
                let entries = arguments.iter().map(|&argument| self.class_pattern_entry(argument)).collect();
                let inside = Span::new(class.end_byte(), node.end_byte());
                self.b.expr(inside, ExprKind::Collection { kind, entries })
            }
        };
        self.b.expr(span, ExprKind::Cast { operand, ty: Some(ty) })
    }

    fn class_pattern_entry(&mut self, argument: Node<'_>) -> Entry {
        let keyword = first_kid(argument)
            .filter(|inner| inner.kind() == "keyword_pattern" && !has_own_errors(*inner) && !has_own_errors(argument));
        let Some(([name, value], keyword)) = keyword.map(|k| (kids(k), k)).as_ref().and_then(|(kids, keyword)| {
            let pair: [Node<'_>; 2] = kids[..].try_into().ok()?;
            Some((pair, *keyword))
        }) else {
            return self.pattern_entry(None, argument);
        };
        let text = self.b.node_text(name);
        let key = self.b.string(Builder::span(name), text);
        let value = self.signed(value);
        Entry { key: Some(key), value, spread: false, span: Builder::span(keyword) }
    }
}
