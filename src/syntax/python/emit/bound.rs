//! Which names of a file are bound to what, as far as an import must know it: anywhere in the file, because the place where
//! the import will be used is not known here. Only what a class body binds is left out, which its methods do not see.

use std::collections::{BTreeMap, BTreeSet};

use crate::syntax::hir::*;

/// The bindings of one file.
pub(super) struct Bindings<'f> {
    file: &'f File,
    /// Names bound by anything but an import.
    bound: BTreeSet<Name>,
    /// What the imports bind a name to.
    imported: BTreeMap<Name, BTreeSet<&'f str>>,
    /// Names that are read somewhere.
    read: BTreeSet<Name>,
    has_star_import: bool,
}

impl<'f> Bindings<'f> {
    pub(super) fn of(file: &'f File) -> Self {
        let mut bindings = Bindings {
            file,
            bound: BTreeSet::new(),
            imported: BTreeMap::new(),
            read: BTreeSet::new(),
            has_star_import: file.imports.iter().any(|import| import.local.is_none()),
        };
        for import in &file.imports {
            if let Some(local) = import.local {
                bindings.imported.entry(local).or_default().insert(&import.path);
            }
        }
        let in_class: BTreeSet<StmtId> = file.classes.iter().flat_map(|class| class.body.iter().copied()).collect();
        for (i, stmt) in file.stmts.iter().enumerate() {
            if !in_class.contains(&StmtId(i as u32)) {
                bindings.statement(&stmt.kind);
            }
        }
        for function in &file.functions {
            function.params.iter().for_each(|param| bindings.pattern(param.pattern));
        }
        for expr in &file.exprs {
            bindings.expression(&expr.kind);
        }
        bindings
    }

    /// Whether `name` means, or may mean, something else than `path` somewhere in the file.
    pub(super) fn is_taken(&self, name: &str, path: &str) -> bool {
        let is_builtin = BUILTINS.contains(&name);
        let Some(id) = self.file.names.get(name) else { return is_builtin };
        let imports = self.imported.get(&id);
        let read_from_outside = imports.is_none() && self.read.contains(&id);
        self.bound.contains(&id)
            || imports.is_some_and(|paths| paths.iter().any(|other| *other != path))
            || (read_from_outside && (is_builtin || self.has_star_import))
            || is_builtin && imports.is_none()
    }

    /// Whether the file mentions `name` at all.
    pub(super) fn is_mentioned(&self, name: &str) -> bool {
        self.file.names.get(name).is_some() || BUILTINS.contains(&name)
    }

    fn statement(&mut self, kind: &StmtKind) {
        match kind {
            StmtKind::Assign { targets, .. } | StmtKind::Delete(targets) => {
                targets.iter().for_each(|&target| self.pattern(target));
            }
            StmtKind::ForEach { target, .. } => self.pattern(*target),
            StmtKind::With { items, .. } => {
                items.iter().filter_map(|item| item.1).for_each(|target| self.pattern(target));
            }
            StmtKind::Try { handlers, .. } => {
                handlers.iter().filter_map(|handler| handler.name).for_each(|name| self.pattern(name));
            }
            StmtKind::Switch { cases, .. } => {
                cases.iter().flat_map(|case| &case.tests).for_each(|&test| self.pattern(test));
            }
            StmtKind::Function(id) => self.bound.extend(self.file.function(*id).name),
            StmtKind::Class(id) => self.bound.extend(self.file.class(*id).name),
            _ => {}
        }
    }

    fn expression(&mut self, kind: &ExprKind) {
        match kind {
            ExprKind::Assign { target, .. } => self.pattern(*target),
            ExprKind::Comprehension { clauses, .. } => {
                clauses.iter().for_each(|clause| self.pattern(clause.target));
            }
            ExprKind::Name(name) => {
                self.read.insert(*name);
            }
            _ => {}
        }
    }

    /// The names that a pattern binds.
    fn pattern(&mut self, pattern: ExprId) {
        let mut stack = vec![pattern];
        while let Some(id) = stack.pop() {
            match &self.file.expr(id).kind {
                ExprKind::Name(name) => {
                    self.bound.insert(*name);
                }
                ExprKind::Collection { entries, .. } => stack.extend(entries.iter().map(|entry| entry.value)),
                ExprKind::Spread(inner) | ExprKind::Cast { operand: inner, .. } => stack.push(*inner),
                ExprKind::Assign { target, .. } => stack.push(*target),
                ExprKind::Unknown(parts) => stack.extend(parts),
                _ => {}
            }
        }
    }
}

/// The names that Python binds itself.
const BUILTINS: &[&str] = &[
    "ArithmeticError",
    "AssertionError",
    "AttributeError",
    "BaseException",
    "BaseExceptionGroup",
    "BlockingIOError",
    "BrokenPipeError",
    "BufferError",
    "BytesWarning",
    "ChildProcessError",
    "ConnectionAbortedError",
    "ConnectionError",
    "ConnectionRefusedError",
    "ConnectionResetError",
    "DeprecationWarning",
    "EOFError",
    "Ellipsis",
    "EncodingWarning",
    "EnvironmentError",
    "Exception",
    "ExceptionGroup",
    "False",
    "FileExistsError",
    "FileNotFoundError",
    "FloatingPointError",
    "FutureWarning",
    "GeneratorExit",
    "IOError",
    "ImportError",
    "ImportWarning",
    "IndentationError",
    "IndexError",
    "InterruptedError",
    "IsADirectoryError",
    "KeyError",
    "KeyboardInterrupt",
    "LookupError",
    "MemoryError",
    "ModuleNotFoundError",
    "NameError",
    "None",
    "NotADirectoryError",
    "NotImplemented",
    "NotImplementedError",
    "OSError",
    "OverflowError",
    "PendingDeprecationWarning",
    "PermissionError",
    "ProcessLookupError",
    "PythonFinalizationError",
    "RecursionError",
    "ReferenceError",
    "ResourceWarning",
    "RuntimeError",
    "RuntimeWarning",
    "StopAsyncIteration",
    "StopIteration",
    "SyntaxError",
    "SyntaxWarning",
    "SystemError",
    "SystemExit",
    "TabError",
    "TimeoutError",
    "True",
    "TypeError",
    "UnboundLocalError",
    "UnicodeDecodeError",
    "UnicodeEncodeError",
    "UnicodeError",
    "UnicodeTranslateError",
    "UnicodeWarning",
    "UserWarning",
    "ValueError",
    "Warning",
    "ZeroDivisionError",
    "__build_class__",
    "__debug__",
    "__doc__",
    "__file__",
    "__import__",
    "__loader__",
    "__name__",
    "__package__",
    "__spec__",
    "abs",
    "aiter",
    "all",
    "anext",
    "any",
    "ascii",
    "bin",
    "bool",
    "breakpoint",
    "bytearray",
    "bytes",
    "callable",
    "chr",
    "classmethod",
    "compile",
    "complex",
    "copyright",
    "credits",
    "delattr",
    "dict",
    "dir",
    "divmod",
    "enumerate",
    "eval",
    "exec",
    "exit",
    "filter",
    "float",
    "format",
    "frozenset",
    "getattr",
    "globals",
    "hasattr",
    "hash",
    "help",
    "hex",
    "id",
    "input",
    "int",
    "isinstance",
    "issubclass",
    "iter",
    "len",
    "license",
    "list",
    "locals",
    "map",
    "max",
    "memoryview",
    "min",
    "next",
    "object",
    "oct",
    "open",
    "ord",
    "pow",
    "print",
    "property",
    "quit",
    "range",
    "repr",
    "reversed",
    "round",
    "set",
    "setattr",
    "slice",
    "sorted",
    "staticmethod",
    "str",
    "sum",
    "super",
    "tuple",
    "type",
    "vars",
    "zip",
];
