//! The one intermediate form that every language lowers to, and that everything behind `syntax` works on.
//!
//! A [`File`] is a flat arena: expressions, statements, functions and classes stand in vectors and refer to each other by
//! small integer ids; names are interned. Every node carries its exact byte range in the source. Patterns (assignment
//! targets, parameters, destructuring) are expressions too: a name, a member, an index, a collection of patterns, a
//! spread of one, an [`ExprKind::Assign`] where a pattern has a default, or an [`ExprKind::Cast`] where it has a type.

use std::fmt;

use rustc_hash::FxHashMap;

/// A language that Tempergate claims to analyse.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Language {
    /// Python 3.
    Python,
    /// JavaScript, with or without JSX.
    JavaScript,
    /// TypeScript, with or without JSX.
    TypeScript,
    /// Java.
    Java,
    /// Go.
    Go,
}

impl Language {
    /// All languages, in the order of lists.
    pub const ALL: [Language; 5] =
        [Language::Python, Language::JavaScript, Language::TypeScript, Language::Java, Language::Go];

    /// The languages that have models of their own, in the order of lists.
    pub const MODELLED: [Language; 4] = [Language::Python, Language::JavaScript, Language::Java, Language::Go];

    /// The language whose rules and models hold for this one: TypeScript shares JavaScript's.
    pub fn base(self) -> Language {
        if self == Language::TypeScript { Language::JavaScript } else { self }
    }

    /// The lower-case name used in policies, rules and reports.
    pub fn name(self) -> &'static str {
        match self {
            Language::Python => "python",
            Language::JavaScript => "javascript",
            Language::TypeScript => "typescript",
            Language::Java => "java",
            Language::Go => "go",
        }
    }
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A half-open range of bytes in the (decoded) source text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
pub struct Span {
    /// First byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

impl Span {
    /// A span from two byte offsets; offsets beyond 4 GiB are clamped (files that large are never analysed).
    pub fn new(start: usize, end: usize) -> Self {
        let clamp = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        Span { start: clamp(start), end: clamp(end) }
    }

    /// Whether `other` lies wholly inside this span.
    pub fn contains(self, other: Span) -> bool {
        self.start <= other.start && other.end <= self.end
    }

    /// Whether the two spans share at least one byte.
    pub fn overlaps(self, other: Span) -> bool {
        self.start < other.end && other.start < self.end
    }

    /// The range for slicing a string.
    pub fn range(self) -> std::ops::Range<usize> {
        self.start as usize..self.end as usize
    }
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(pub u32);
        impl $name {
            /// The position in its arena.
            pub fn index(self) -> usize { self.0 as usize }
        }
    )*};
}

ids! {
    /// An interned name of one file; [`Names::text`] gives it back.
    Name;
    /// An expression of one file.
    ExprId;
    /// A statement of one file.
    StmtId;
    /// A function, method or lambda of one file; the first is the module itself.
    FunctionId;
    /// A class of one file.
    ClassId;
}

/// The module body is lowered as a function without parameters, always the first one.
pub const MODULE: FunctionId = FunctionId(0);

/// The interner of one file.
#[derive(Debug, Default, Clone)]
pub struct Names {
    texts: Vec<Box<str>>,
    ids: FxHashMap<Box<str>, Name>,
}

impl Names {
    /// The id of `text`, the same for every equal text.
    pub fn intern(&mut self, text: &str) -> Name {
        if let Some(&id) = self.ids.get(text) {
            return id;
        }
        let id = Name(self.texts.len() as u32);
        self.texts.push(text.into());
        self.ids.insert(text.into(), id);
        id
    }

    /// The id of `text` if the file names it anywhere.
    pub fn get(&self, text: &str) -> Option<Name> {
        self.ids.get(text).copied()
    }

    /// All texts, in the order of their ids.
    pub fn all(&self) -> impl Iterator<Item = &str> {
        self.texts.iter().map(|t| &**t)
    }

    /// The text behind an id of this interner.
    pub fn text(&self, name: Name) -> &str {
        self.texts.get(name.index()).map_or("", |t| t)
    }
}

/// A sequence of statements.
pub type Block = Vec<StmtId>;

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

/// An expression with its source range.
#[derive(Debug, Clone)]
pub struct Expr {
    /// Exact source range; for a parenthesised expression, without the parentheses.
    pub span: Span,
    /// What it is.
    pub kind: ExprKind,
}

/// The kinds of expression.
#[derive(Debug, Clone)]
pub enum ExprKind {
    /// An identifier; also `self`, `this`, `super`.
    Name(Name),
    /// `object.name`, `object?.name`.
    Member {
        /// What is read from.
        object: ExprId,
        /// The member's name.
        name: Name,
        /// Where the member's name stands.
        name_span: Span,
    },
    /// `object[index]`.
    Index {
        /// What is read from.
        object: ExprId,
        /// The key or position.
        index: ExprId,
    },
    /// `object[lower:upper:step]`.
    Slice {
        /// What is read from.
        object: ExprId,
        /// The bounds and step that are present, in order.
        bounds: Vec<ExprId>,
    },
    /// A call, also `new C(…)`, a tagged template (arguments: the template's expressions), and a struct literal of Go
    /// (arguments: its fields by name).
    Call {
        /// What is called.
        callee: ExprId,
        /// The arguments, in order.
        args: Vec<Arg>,
        /// Whether it is a `new` expression.
        is_new: bool,
    },
    /// A literal constant.
    Literal(Literal),
    /// Interpolated string: literal parts (string literals) and expressions, in order. f-string, template literal.
    Template {
        /// The parts in order.
        parts: Vec<ExprId>,
    },
    /// A binary operation, also `and`/`or`/`??` (which evaluate the right side conditionally) and comparisons.
    Binary {
        /// The operator.
        op: BinaryOp,
        /// Left operand.
        left: ExprId,
        /// Right operand.
        right: ExprId,
    },
    /// A unary operation; `++`/`--` lower to [`ExprKind::Assign`].
    Unary {
        /// The operator.
        op: UnaryOp,
        /// The operand.
        operand: ExprId,
    },
    /// `test ? then : otherwise`, `then if test else otherwise`.
    Conditional {
        /// The condition.
        test: ExprId,
        /// The value when it holds.
        then: ExprId,
        /// The value when it does not.
        otherwise: ExprId,
    },
    /// A list, tuple, set, map or object display; as a pattern, a destructuring one.
    Collection {
        /// Which.
        kind: CollectionKind,
        /// The elements, in order.
        entries: Vec<Entry>,
    },
    /// A lambda, arrow function or function expression.
    Lambda(FunctionId),
    /// A class expression.
    ClassExpr(ClassId),
    /// An assignment expression, an augmented assignment (`op`), or, as a pattern, a target with a default.
    Assign {
        /// The target pattern.
        target: ExprId,
        /// The assigned value.
        value: ExprId,
        /// The operator of an augmented assignment.
        op: Option<BinaryOp>,
    },
    /// `await e`.
    Await(ExprId),
    /// `yield e`, `yield from e`.
    Yield(Option<ExprId>),
    /// `*e`, `**e`, `...e` outside an argument list or a collection (there, a flag says so); as a pattern, the rest.
    Spread(ExprId),
    /// `e as T`, `<T>e`, `e satisfies T`, `e!`; type assertions of Go, and its conversions that leave the data as it is.
    Cast {
        /// The value.
        operand: ExprId,
        /// The type, when it can be read as an expression.
        ty: Option<ExprId>,
    },
    /// A comprehension or generator expression.
    Comprehension {
        /// What it makes.
        kind: CollectionKind,
        /// The key of a map comprehension.
        key: Option<ExprId>,
        /// The element.
        element: ExprId,
        /// Its `for … in … if …` clauses, outermost first.
        clauses: Vec<Clause>,
    },
    /// A JSX element.
    Jsx {
        /// The tag as an expression (`Name` for `<div>`), absent for a fragment.
        tag: Option<ExprId>,
        /// The attributes; a spread has no name.
        attributes: Vec<Attribute>,
        /// The children: expressions and text literals.
        children: Vec<ExprId>,
    },
    /// Comma expression; the value is the last one's.
    Sequence(Vec<ExprId>),
    /// Anything else: its value depends on all the children.
    Unknown(Vec<ExprId>),
}

/// An argument of a call.
#[derive(Debug, Clone)]
pub struct Arg {
    /// The keyword, if the argument has one.
    pub name: Option<Name>,
    /// The value.
    pub value: ExprId,
    /// Whether it is spread (`*args`, `**kwargs` (no name), `...args`).
    pub spread: Spread,
    /// The whole argument, with its keyword.
    pub span: Span,
}

/// How an argument or element is spread.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Spread {
    /// It is not.
    No,
    /// `*e` or `...e`: its elements are spread.
    Elements,
    /// `**e`, or `...e` in an object: its keys and values are spread.
    Entries,
}

/// An element of a collection display.
#[derive(Debug, Clone)]
pub struct Entry {
    /// The key of a map or object entry. An identifier key is a string literal; a computed one any expression.
    pub key: Option<ExprId>,
    /// The value; a method or accessor is a [`ExprKind::Lambda`].
    pub value: ExprId,
    /// Whether the value is spread into the collection.
    pub spread: bool,
    /// The whole entry.
    pub span: Span,
}

/// `for target in iter if conditions` of a comprehension.
#[derive(Debug, Clone)]
pub struct Clause {
    /// The pattern bound by each element.
    pub target: ExprId,
    /// What is iterated over.
    pub iter: ExprId,
    /// The filters.
    pub conditions: Vec<ExprId>,
}

/// An attribute of a JSX element.
#[derive(Debug, Clone)]
pub struct Attribute {
    /// Its name, absent for `{...spread}`.
    pub name: Option<Name>,
    /// Its value; absent for a bare attribute.
    pub value: Option<ExprId>,
    /// The whole attribute.
    pub span: Span,
}

/// A literal constant.
#[derive(Debug, Clone, PartialEq)]
pub enum Literal {
    /// A string, with escapes decoded.
    Str(Box<str>),
    /// A byte string, escapes decoded as far as they are UTF-8 (others are replaced).
    Bytes(Box<str>),
    /// An integer that fits.
    Int(i64),
    /// Another number.
    Float(f64),
    /// A boolean.
    Bool(bool),
    /// `None`, `null`, `undefined`.
    Null,
    /// A regular expression literal.
    Regex {
        /// The pattern between the slashes.
        pattern: Box<str>,
        /// The flags behind it.
        flags: Box<str>,
    },
}

/// What a collection display makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CollectionKind {
    /// A list or array.
    List,
    /// A tuple.
    Tuple,
    /// A set.
    Set,
    /// A map, dictionary or object.
    Map,
    /// A lazily produced sequence (generator expression).
    Generator,
}

/// Binary operators.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BinaryOp {
    /// `+`, also string concatenation.
    Add,
    /// `-`
    Sub,
    /// `*`
    Mul,
    /// `/`
    Div,
    /// `//`
    FloorDiv,
    /// `%`, in Python also string formatting.
    Rem,
    /// `**`
    Pow,
    /// `@`
    MatMul,
    /// `<<`
    Shl,
    /// `>>`, `>>>`
    Shr,
    /// `&`
    BitAnd,
    /// `|`
    BitOr,
    /// `^`
    BitXor,
    /// Short-circuit and.
    And,
    /// Short-circuit or.
    Or,
    /// `??`
    Nullish,
    /// `==`, `===`, `is`
    Eq,
    /// `!=`, `!==`, `is not`
    NotEq,
    /// `<`
    Lt,
    /// `<=`
    LtEq,
    /// `>`
    Gt,
    /// `>=`
    GtEq,
    /// `x in xs`
    In,
    /// `x not in xs`
    NotIn,
    /// `x instanceof T`
    InstanceOf,
}

/// Unary operators.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UnaryOp {
    /// `not`, `!`
    Not,
    /// `-`
    Neg,
    /// `+`
    Plus,
    /// `~`
    Invert,
    /// `typeof`
    TypeOf,
    /// `void`
    Void,
    /// `delete` in an expression
    Delete,
}

/// A statement with its source range.
#[derive(Debug, Clone)]
pub struct Stmt {
    /// Exact source range.
    pub span: Span,
    /// What it is.
    pub kind: StmtKind,
}

/// The kinds of statement.
#[derive(Debug, Clone)]
pub enum StmtKind {
    /// An expression for its effect; assignments that are statements are [`StmtKind::Assign`].
    Expr(ExprId),
    /// An assignment or declaration. `a = b = v` has two targets. A declaration without a value has none.
    Assign {
        /// The target patterns, left to right.
        targets: Vec<ExprId>,
        /// The value.
        value: Option<ExprId>,
        /// The operator of an augmented assignment (`+=`).
        op: Option<BinaryOp>,
        /// The annotated type, when it can be read as an expression.
        ty: Option<ExprId>,
        /// Whether it declares its names (`let`, `const`, `var`); Python's never do.
        declares: bool,
    },
    /// A condition.
    If {
        /// The condition.
        test: ExprId,
        /// What runs when it holds.
        then: Block,
        /// What runs when it does not.
        otherwise: Block,
    },
    /// `while`, `do … while`, C-style `for` (whose initialiser stands before, update at the body's end).
    While {
        /// The condition; none loops for ever.
        test: Option<ExprId>,
        /// The body.
        body: Block,
        /// What runs at every iteration's end, also after `continue` (the update of a C-style `for`).
        update: Block,
        /// Python's `else`.
        otherwise: Block,
        /// `do … while`: the body runs before the first test.
        test_last: bool,
    },
    /// `for target in iter`, `for (… of iter)`, `for (… in iter)` (see `keys`).
    ForEach {
        /// The pattern bound by each element.
        target: ExprId,
        /// What is iterated over.
        iter: ExprId,
        /// The body.
        body: Block,
        /// Python's `else`.
        otherwise: Block,
        /// Whether it walks keys (`for … in` of JavaScript, `range` of Go); a tuple of two as the target then takes the keys
        /// and the elements.
        keys: bool,
        /// Whether the target is declared here.
        declares: bool,
    },
    /// `switch`, `match`.
    Switch {
        /// What is compared.
        subject: ExprId,
        /// The cases in order.
        cases: Vec<Case>,
    },
    /// `try`.
    Try {
        /// The guarded statements.
        body: Block,
        /// The handlers.
        handlers: Vec<Handler>,
        /// Python's `else`.
        otherwise: Block,
        /// What runs at the end in any case.
        finally: Block,
    },
    /// `with` and alike.
    With {
        /// The managed values, with the pattern each is bound to.
        items: Vec<(ExprId, Option<ExprId>)>,
        /// The body.
        body: Block,
    },
    /// `return`.
    Return(Option<ExprId>),
    /// `raise`, `throw`.
    Throw(Option<ExprId>),
    /// `break`.
    Break,
    /// `continue`.
    Continue,
    /// A function declaration; it binds the function's name.
    Function(FunctionId),
    /// A class declaration; it binds the class's name.
    Class(ClassId),
    /// An import statement; the indices of its bindings in [`File::imports`].
    Import(Vec<u32>),
    /// `export default e`, `module.exports = e` stays an assignment.
    ExportDefault(ExprId),
    /// `del`.
    Delete(Vec<ExprId>),
    /// `assert`.
    Assert {
        /// The condition.
        test: ExprId,
        /// The message.
        message: Option<ExprId>,
    },
    /// Names that this function takes from an outer scope (`global`, `nonlocal`).
    Outer(Vec<Name>),
    /// A bare block, a labelled statement.
    Block(Block),
    /// Anything else: the expressions are evaluated, then each block may or may not run.
    Unknown(Vec<ExprId>, Vec<Block>),
}

/// A case of a switch.
#[derive(Debug, Clone)]
pub struct Case {
    /// The values or patterns compared with; empty for the default.
    pub tests: Vec<ExprId>,
    /// An additional condition; without tests, the only one (a `switch` of Go that compares nothing).
    pub guard: Option<ExprId>,
    /// The body.
    pub body: Block,
    /// Whether control goes on into the next case unless the body breaks.
    pub falls_through: bool,
}

/// A handler of a try statement.
#[derive(Debug, Clone)]
pub struct Handler {
    /// The caught types; empty for all.
    pub types: Vec<ExprId>,
    /// The pattern that the exception is bound to.
    pub name: Option<ExprId>,
    /// The body.
    pub body: Block,
    /// The whole handler.
    pub span: Span,
}

/// A function, method, lambda, or the module itself.
#[derive(Debug, Clone)]
pub struct Function {
    /// Its own name; none for lambdas and the module. A constructor has the name that its language gives it (`__init__`,
    /// `constructor`), in Java `<init>`.
    pub name: Option<Name>,
    /// Its name with the classes and functions around it, dotted: `Store.find`, `outer.inner`. A lambda takes the name
    /// that it is assigned to or the key it stands under, else `<lambda>`. The module is `<module>`.
    pub symbol: Box<str>,
    /// Parameters in order, `self` included.
    pub params: Vec<Param>,
    /// Decorators, outermost first (the expression behind the `@`).
    pub decorators: Vec<ExprId>,
    /// Its statements; a lambda's expression is one `Return`.
    pub body: Block,
    /// The function around it; none for the module.
    pub parent: Option<FunctionId>,
    /// The class whose method it is.
    pub class: Option<ClassId>,
    /// Annotated return type, when it can be read as an expression.
    pub return_type: Option<ExprId>,
    /// The whole definition, with decorators.
    pub span: Span,
    /// The body: between the braces with them, or the indented block, or a lambda's expression. Empty for a method that is
    /// only declared.
    pub body_span: Span,
    /// The name, or the `function`/`lambda` keyword or parameter list where there is none.
    pub name_span: Span,
    /// `async`.
    pub is_async: bool,
    /// Contains `yield`.
    pub is_generator: bool,
    /// A static method (no receiver parameter in Python).
    pub is_static: bool,
    /// An arrow function or lambda: `this` is the outer one.
    pub is_arrow: bool,
    /// Exported from its module (`export`, or public by name at module level in Python).
    pub is_exported: bool,
}

/// A parameter.
#[derive(Debug, Clone)]
pub struct Param {
    /// What it binds: usually a name; may be a destructuring pattern.
    pub pattern: ExprId,
    /// Its default.
    pub default: Option<ExprId>,
    /// Its annotated type, when it can be read as an expression.
    pub ty: Option<ExprId>,
    /// How it takes arguments.
    pub kind: ParamKind,
    /// Decorators (TypeScript).
    pub decorators: Vec<ExprId>,
    /// The whole parameter.
    pub span: Span,
}

/// How a parameter takes arguments.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ParamKind {
    /// By position or keyword.
    Normal,
    /// By keyword only.
    KeywordOnly,
    /// The remaining positional arguments.
    Rest,
    /// The remaining keyword arguments.
    KeywordRest,
}

/// A class.
#[derive(Debug, Clone)]
pub struct Class {
    /// Its name.
    pub name: Option<Name>,
    /// Its name with what is around it, dotted.
    pub symbol: Box<str>,
    /// What it extends.
    pub bases: Vec<ExprId>,
    /// Decorators, outermost first.
    pub decorators: Vec<ExprId>,
    /// Field assignments and nested definitions, in order; methods stand here as [`StmtKind::Function`].
    pub body: Block,
    /// Its methods, in order.
    pub methods: Vec<FunctionId>,
    /// The function in which it is defined.
    pub parent: FunctionId,
    /// The whole definition.
    pub span: Span,
}

/// One imported binding.
#[derive(Debug, Clone)]
pub struct Import {
    /// The name it is bound to here; none for `from m import *` and imports for effect.
    pub local: Option<Name>,
    /// What it is, dotted: `subprocess.run`, `flask`, `os.path`; JavaScript modules without `node:`, as written otherwise
    /// (`./db`, `@hapi/hapi`), `child_process.exec`; the default export of a module is the module itself. Relative Python
    /// imports keep their dots (`.models.User`). Go's packages have their import path (`net/http`). One that binds all names
    /// of a module ends in `.*`.
    pub path: Box<str>,
    /// The module part of `path` (`subprocess`, `child_process`).
    pub module: Box<str>,
    /// The binding.
    pub span: Span,
    /// The whole statement.
    pub stmt_span: Span,
    /// The function in whose body it stands.
    pub scope: FunctionId,
}
