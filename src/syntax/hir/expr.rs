//! Expressions, and what they consist of.

use super::{ClassId, ExprId, FunctionId, Name, Span};

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
