//! The one intermediate form that every language lowers to, and that everything behind `syntax` works on.
//!
//! A [`File`] is a flat arena: expressions, statements, functions and classes stand in vectors and refer to each other by
//! small integer ids; names are interned. Every node carries its exact byte range in the source. Patterns (assignment
//! targets, parameters, destructuring) are expressions too: a name, a member, an index, a collection of patterns, a
//! spread of one, an [`ExprKind::Assign`] where a pattern has a default, or an [`ExprKind::Cast`] where it has a type.

mod expr;
mod item;
mod language;
mod names;
mod stmt;

pub use expr::*;
pub use item::*;
pub use language::*;
pub use names::*;
pub use stmt::*;

/// One lowered file.
#[derive(Debug, Clone)]
pub struct File {
    /// What it was lowered from.
    pub language: Language,
    /// The interned names.
    pub names: Names,
    /// All expressions.
    pub exprs: Vec<Expr>,
    /// All statements.
    pub stmts: Vec<Stmt>,
    /// All functions; `functions[0]` is the module body.
    pub functions: Vec<Function>,
    /// All classes.
    pub classes: Vec<Class>,
    /// Every imported binding, also those inside functions.
    pub imports: Vec<Import>,
    /// Comments, in order; the delimiters are part of the span.
    pub comments: Vec<Span>,
    /// Where the parser found an error or a missing token, in order.
    pub errors: Vec<Span>,
    /// Where nesting was deeper than the lowering follows; what is inside was not analysed.
    pub too_deep: Vec<Span>,
    /// Whether the text was not parsed at all, because that would cost too much.
    pub unparsed: bool,
}

impl File {
    /// The outermost function around a span; the module when there is none.
    pub fn outermost_function(&self, span: Span) -> FunctionId {
        // What is inserted right behind a function is not in it.
        let behind = |f: &Function| span.start == span.end && span.start == f.span.end;
        let inside = |f: &Function| f.span.contains(span) && f.parent.is_some() && f.span != span && !behind(f);
        let around = self.functions.iter().enumerate().skip(1).filter(|(_, f)| inside(f));
        around.max_by_key(|(_, f)| f.span.end - f.span.start).map_or(MODULE, |(i, _)| FunctionId(i as u32))
    }

    /// The innermost function around a span; the module when there is none.
    pub fn innermost_function(&self, span: Span) -> FunctionId {
        let around = self.functions.iter().enumerate().filter(|(_, f)| f.span.contains(span));
        around.min_by_key(|(_, f)| f.span.end - f.span.start).map_or(MODULE, |(i, _)| FunctionId(i as u32))
    }

    /// The expression behind an id.
    pub fn expr(&self, id: ExprId) -> &Expr {
        &self.exprs[id.index()]
    }

    /// The statement behind an id.
    pub fn stmt(&self, id: StmtId) -> &Stmt {
        &self.stmts[id.index()]
    }

    /// The function behind an id.
    pub fn function(&self, id: FunctionId) -> &Function {
        &self.functions[id.index()]
    }

    /// The class behind an id.
    pub fn class(&self, id: ClassId) -> &Class {
        &self.classes[id.index()]
    }

    /// The text of an interned name.
    pub fn text(&self, name: Name) -> &str {
        self.names.text(name)
    }
}
