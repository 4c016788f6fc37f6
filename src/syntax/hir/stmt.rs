//! Statements, and what they consist of.

use super::{BinaryOp, ClassId, ExprId, FunctionId, Name, Span, StmtId};

/// A sequence of statements.
pub type Block = Vec<StmtId>;

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
    /// An import statement; the indices of its bindings in [`File::imports`](super::File::imports).
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
