//! What a file defines and imports: functions, classes, imports.

use super::{Block, ClassId, ExprId, FunctionId, Name, Span};

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
    /// Field assignments and nested definitions, in order; methods stand here as [`StmtKind::Function`](super::StmtKind::Function).
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
