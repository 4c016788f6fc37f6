//! What every language's lowering shares: filling the arenas, bounding the depth, naming functions and classes.

use tree_sitter::Node;

use super::hir::*;
use super::tree::{is_comment, walk_to};

/// Nesting beyond this many levels is cut off: the node becomes an empty [`ExprKind::Unknown`] and its range goes to
/// [`File::too_deep`], so that hostile input cannot exhaust the stack here or in any later walk.
pub const MAX_DEPTH: u32 = 200;

/// A file under construction.
pub struct Builder<'s> {
    /// What has been lowered so far.
    pub file: File,
    /// The decoded source.
    pub text: &'s str,
    depth: u32,
    functions: Vec<FunctionId>,
    symbols: Vec<Box<str>>,
}

impl<'s> Builder<'s> {
    /// An empty file whose module function (id 0) is open.
    pub fn new(language: Language, text: &'s str) -> Self {
        let whole = Span::new(0, text.len());
        let module = Function {
            name: None,
            symbol: "<module>".into(),
            params: Vec::new(),
            decorators: Vec::new(),
            body: Vec::new(),
            parent: None,
            class: None,
            return_type: None,
            span: whole,
            body_span: whole,
            name_span: Span::default(),
            is_async: false,
            is_generator: false,
            is_static: false,
            is_arrow: false,
            is_exported: false,
        };
        let file = File {
            language,
            names: Names::default(),
            exprs: Vec::new(),
            stmts: Vec::new(),
            functions: vec![module],
            classes: Vec::new(),
            imports: Vec::new(),
            comments: Vec::new(),
            errors: Vec::new(),
            too_deep: Vec::new(),
            unparsed: false,
        };
        Builder { file, text, depth: 0, functions: vec![MODULE], symbols: Vec::new() }
    }

    /// Says that the text was not parsed.
    pub fn give_up(&mut self) {
        self.file.unparsed = true;
        self.file.errors.push(Span::new(0, self.text.len()));
    }

    /// The byte range of a tree node.
    pub fn span(node: Node<'_>) -> Span {
        Span::new(node.start_byte(), node.end_byte())
    }

    /// The source text of a tree node.
    pub fn node_text(&self, node: Node<'_>) -> &'s str {
        self.text.get(node.byte_range()).unwrap_or("")
    }

    /// Interns a name.
    pub fn intern(&mut self, text: &str) -> Name {
        self.file.names.intern(text)
    }

    /// Adds an expression.
    pub fn expr(&mut self, span: Span, kind: ExprKind) -> ExprId {
        self.file.exprs.push(Expr { span, kind });
        ExprId(self.file.exprs.len() as u32 - 1)
    }

    /// Adds a statement.
    pub fn stmt(&mut self, span: Span, kind: StmtKind) -> StmtId {
        self.file.stmts.push(Stmt { span, kind });
        StmtId(self.file.stmts.len() as u32 - 1)
    }

    /// Adds a name expression for a node's own text.
    pub fn name_expr(&mut self, node: Node<'_>) -> ExprId {
        let name = self.intern(self.node_text(node));
        self.expr(Self::span(node), ExprKind::Name(name))
    }

    /// Adds a string literal.
    pub fn string(&mut self, span: Span, value: &str) -> ExprId {
        self.expr(span, ExprKind::Literal(Literal::Str(value.into())))
    }

    /// Goes one level deeper; `None` when that is too deep, in which case the node's range is noted. Pair with
    /// [`Builder::leave`].
    pub fn enter(&mut self, node: Node<'_>) -> Option<()> {
        self.take(node, 1)
    }

    /// Goes several levels deeper at once, or none of them; give them back with [`Builder::release`].
    pub fn take(&mut self, node: Node<'_>, levels: u32) -> Option<()> {
        if self.depth + levels > MAX_DEPTH {
            self.file.too_deep.push(Self::span(node));
            return None;
        }
        self.depth += levels;
        Some(())
    }

    /// Gives levels back, at once or one after the other.
    pub fn release(&mut self, levels: u32) {
        self.depth = self.depth.saturating_sub(levels);
    }

    /// How many levels are left here.
    pub fn room(&self) -> usize {
        MAX_DEPTH.saturating_sub(self.depth) as usize
    }

    /// Comes back from [`Builder::enter`].
    pub fn leave(&mut self) {
        self.release(1);
    }

    /// The function whose body is being lowered.
    pub fn current_function(&self) -> FunctionId {
        self.functions.last().copied().unwrap_or(MODULE)
    }

    /// The dotted symbol of something called `name` here.
    pub fn symbol(&self, name: &str) -> Box<str> {
        match self.symbols.last() {
            Some(outer) => format!("{outer}.{name}").into(),
            None => name.into(),
        }
    }

    /// Opens a function: reserves its id and makes its name the prefix of what is inside. Fill `file.functions[id]` and
    /// close with [`Builder::close_function`].
    pub fn open_function(&mut self, name: Option<&str>, node: Node<'_>) -> FunctionId {
        let id = FunctionId(self.file.functions.len() as u32);
        let symbol = self.symbol(name.unwrap_or("<lambda>"));
        let span = Self::span(node);
        let parent = Some(self.current_function());
        let name = name.map(|n| self.intern(n));
        let template = Function {
            name,
            symbol: symbol.clone(),
            parent,
            span,
            body_span: span,
            name_span: span,
            params: Vec::new(),
            decorators: Vec::new(),
            body: Vec::new(),
            class: None,
            return_type: None,
            is_async: false,
            is_generator: false,
            is_static: false,
            is_arrow: false,
            is_exported: false,
        };
        self.file.functions.push(template);
        self.functions.push(id);
        self.symbols.push(symbol);
        id
    }

    /// Closes the function opened last.
    pub fn close_function(&mut self) {
        self.functions.pop();
        self.symbols.pop();
    }

    /// Opens a class in the same way; close with [`Builder::close_class`].
    pub fn open_class(&mut self, name: Option<&str>, node: Node<'_>) -> ClassId {
        let id = ClassId(self.file.classes.len() as u32);
        let symbol = self.symbol(name.unwrap_or("<class>"));
        let name = name.map(|n| self.intern(n));
        let parent = self.current_function();
        self.file.classes.push(Class {
            name,
            symbol: symbol.clone(),
            bases: Vec::new(),
            decorators: Vec::new(),
            body: Vec::new(),
            methods: Vec::new(),
            parent,
            span: Self::span(node),
        });
        self.symbols.push(symbol);
        id
    }

    /// Closes the class opened last.
    pub fn close_class(&mut self) {
        self.symbols.pop();
    }

    /// Notes the tree's error nodes, missing tokens and comments.
    pub fn note_errors_and_comments(&mut self, root: Node<'_>) {
        let openings = comment_openings(self.file.language, self.text);
        walk_to(root, &openings, |node| {
            if node.is_error() || node.is_missing() {
                self.file.errors.push(Self::span(node));
            } else if is_comment(node) {
                self.file.comments.push(Self::span(node));
            }
            false
        });
    }
}

/// Where a comment may begin: in strings the same characters stand for themselves.
fn comment_openings(language: Language, text: &str) -> Vec<usize> {
    let (bytes, is_python) = (text.as_bytes(), language == Language::Python);
    let begins = |at: usize| match bytes.get(at..).unwrap_or_default() {
        [b'#', ..] => is_python,
        [b'/', b'/' | b'*', ..] => !is_python,
        // A comment of HTML in a script.
        [b'<', b'!', b'-', b'-', ..] | [b'-', b'-', b'>', ..] => language.base() == Language::JavaScript,
        _ => false,
    };
    let signs = bytes.iter().enumerate().filter(|(_, byte)| matches!(byte, b'#' | b'/' | b'<' | b'-'));
    signs.map(|(at, _)| at).filter(|at| begins(*at)).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use tree_sitter::Parser;

    use super::*;
    use crate::rules::examples::{built_in, parse};
    use crate::syntax::tree::walk;

    /// Errors and comments are found without going everywhere; here the whole tree is walked beside, of texts with ever more
    /// of their beginning cut off, so that most are broken.
    #[test]
    fn all_errors_and_comments_are_noted() {
        let (mut errors, mut comments) = (0, 0);
        for block in built_in().into_iter().flat_map(|document| parse(&document.text).0).step_by(7) {
            let grammar = match block.language {
                Language::Python => tree_sitter_python::LANGUAGE,
                Language::JavaScript => tree_sitter_javascript::LANGUAGE,
                Language::TypeScript => tree_sitter_typescript::LANGUAGE_TYPESCRIPT,
                Language::Java => tree_sitter_java::LANGUAGE,
                Language::Go => tree_sitter_go::LANGUAGE,
            };
            let mut parser = Parser::new();
            parser.set_language(&grammar.into()).unwrap();
            for from in [0, block.text.len() / 3, block.text.len() / 2] {
                let text = block.text.get(from..).unwrap_or_default();
                let tree = parser.parse(text, None).unwrap();
                let mut builder = Builder::new(block.language, text);
                builder.note_errors_and_comments(tree.root_node());
                let (mut all_errors, mut all_comments) = (Vec::new(), Vec::new());
                walk(tree.root_node(), |node| {
                    if node.is_error() || node.is_missing() {
                        all_errors.push(Builder::span(node));
                    } else if node.kind().ends_with("comment") {
                        all_comments.push(Builder::span(node));
                    }
                    true
                });
                assert_eq!((&builder.file.errors, &builder.file.comments), (&all_errors, &all_comments), "{text}");
                errors += all_errors.len();
                comments += all_comments.len();
            }
        }
        assert!(errors > 100 && comments > 50, "{errors} {comments}");
    }
}
