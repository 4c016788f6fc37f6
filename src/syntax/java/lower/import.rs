//! Packages and imports, and the types of `java.lang` that need none.

use tree_sitter::Node;

use super::scope::first_path;
use super::{Lower, child_of_kind};
use crate::syntax::builder::Builder;
use crate::syntax::hir::*;

impl Lower<'_> {
    pub(super) fn import(&mut self, node: Node<'_>) -> StmtKind {
        let Some(path) = first_path(node) else { return StmtKind::Import(Vec::new()) };
        let full = dotted(self.text(path));
        let on_demand = child_of_kind(node, "asterisk").is_some();
        let (module, local) = match full.rsplit_once('.') {
            _ if on_demand => (full.as_str(), None),
            Some((module, name)) => (module, Some(name)),
            None => ("", Some(full.as_str())),
        };
        let import = Import {
            local: local.map(|l| self.b.intern(l)),
            path: if on_demand { format!("{full}.*").into() } else { full.as_str().into() },
            module: module.into(),
            span: Builder::span(path),
            stmt_span: Builder::span(node),
            scope: self.b.current_function(),
        };
        let index = self.b.file.imports.len() as u32;
        self.b.file.imports.push(import);
        StmtKind::Import(vec![index])
    }

    /// Binds the types of `java.lang` that the file uses and nothing else binds. They take no room in the text.
    pub(super) fn implicit_imports(&mut self) {
        let mut used: Vec<&str> = self.names.used.iter().copied().filter(|n| is_java_lang(n)).collect();
        used.sort_unstable();
        for name in used {
            let local = self.b.intern(name);
            let bound = self.b.file.imports.iter().any(|i| i.local == Some(local));
            if bound || self.names.is_top(name) {
                continue;
            }
            self.b.file.imports.push(Import {
                local: Some(local),
                path: format!("java.lang.{name}").into(),
                module: "java.lang".into(),
                span: Span::default(),
                stmt_span: Span::default(),
                scope: MODULE,
            });
        }
    }
}

/// A dotted name without the white space and comments that may stand in it.
pub(super) fn dotted(text: &str) -> String {
    let parts: Vec<&str> = text
        .split('.')
        .map(|p| p.trim())
        .map(|p| p.split(|c: char| c.is_whitespace() || c == '/').next().unwrap_or(""))
        .collect();
    parts.join(".")
}

/// Whether a simple name is a type of `java.lang`.
pub(super) fn is_java_lang(name: &str) -> bool {
    JAVA_LANG.binary_search(&name).is_ok()
}

/// The types of `java.lang`, sorted.
const JAVA_LANG: &[&str] = &[
    "AbstractMethodError",
    "Appendable",
    "ArithmeticException",
    "ArrayIndexOutOfBoundsException",
    "ArrayStoreException",
    "AssertionError",
    "AutoCloseable",
    "Boolean",
    "Byte",
    "CharSequence",
    "Character",
    "Class",
    "ClassCastException",
    "ClassLoader",
    "ClassNotFoundException",
    "CloneNotSupportedException",
    "Cloneable",
    "Comparable",
    "Deprecated",
    "Double",
    "Enum",
    "Error",
    "Exception",
    "Float",
    "FunctionalInterface",
    "IllegalAccessException",
    "IllegalArgumentException",
    "IllegalMonitorStateException",
    "IllegalStateException",
    "IndexOutOfBoundsException",
    "InheritableThreadLocal",
    "InstantiationException",
    "Integer",
    "InterruptedException",
    "Iterable",
    "LinkageError",
    "Long",
    "Math",
    "Module",
    "ModuleLayer",
    "NegativeArraySizeException",
    "NoClassDefFoundError",
    "NoSuchFieldException",
    "NoSuchMethodException",
    "NullPointerException",
    "Number",
    "NumberFormatException",
    "Object",
    "OutOfMemoryError",
    "Override",
    "Package",
    "Process",
    "ProcessBuilder",
    "ProcessHandle",
    "Readable",
    "Record",
    "ReflectiveOperationException",
    "Runnable",
    "Runtime",
    "RuntimeException",
    "SafeVarargs",
    "SecurityException",
    "SecurityManager",
    "Short",
    "StackOverflowError",
    "StackTraceElement",
    "StackWalker",
    "StrictMath",
    "String",
    "StringBuffer",
    "StringBuilder",
    "StringIndexOutOfBoundsException",
    "SuppressWarnings",
    "System",
    "Thread",
    "ThreadGroup",
    "ThreadLocal",
    "Throwable",
    "UnsupportedOperationException",
    "Void",
];

#[cfg(test)]
mod tests {
    #[test]
    fn the_names_are_sorted() {
        assert!(super::JAVA_LANG.is_sorted());
    }
}
