//! Using a module that a fix needs: under its existing binding, or by a new import in the file's own style.

use rustc_hash::FxHashSet;
use tree_sitter::Node;

use super::JavaScriptEmit;
use super::place::{Place, statements};
use crate::edit::TextEdit;
use crate::syntax::emit::{Emit, NeededImport};
use crate::syntax::hir::*;
use crate::syntax::javascript::lower::parse;
use crate::syntax::source::Source;
use crate::syntax::tree::walk;

/// The name under which `needed` can be used, and the edit that imports it where it is not yet.
pub(super) fn import(file: &File, source: &Source, needed: &NeededImport) -> (String, Option<TextEdit>) {
    let module = needed.module.strip_prefix("node:").unwrap_or(&needed.module);
    let name = needed.name.as_deref().filter(|n| *n != "default");
    if let Some(existing) = existing(file, source, module, name) {
        return (existing, None);
    }
    let wanted = name.map_or_else(|| local_name(module), str::to_owned);
    let local = free_name(file, &wanted);
    let Some(tree) = parse("", file.language, source.text()) else { return (local, None) };
    let root = tree.root_node();
    let style = Style::of(root, file.language, source.text());
    let place = Place::find(root, source, style.esm);
    let statement = style.statement(&needed.module, name, &local, place.needs_semicolon);
    (local, Some(place.edit(source, &statement)))
}

/// How an existing binding of the module's top level gives the needed value.
fn existing(file: &File, source: &Source, module: &str, name: Option<&str>) -> Option<String> {
    let top: FxHashSet<Span> = file.function(MODULE).body.iter().map(|s| file.stmt(*s).span).collect();
    let usable = |i: &&Import| &*i.module == module && top.contains(&i.stmt_span) && !is_type_only(source, i);
    let bound = |path: &str| {
        let found = file.imports.iter().filter(usable).find(|i| &*i.path == path && i.local.is_some());
        found.and_then(|i| i.local).map(|l| file.text(l).to_owned())
    };
    match name {
        Some(name) => bound(&format!("{module}.{name}")).or_else(|| bound(module).map(|m| format!("{m}.{name}"))),
        None => bound(module),
    }
}

/// Whether a TypeScript import binds a type, which is no value.
fn is_type_only(source: &Source, import: &Import) -> bool {
    let mut words = source.slice(import.stmt_span).split_whitespace();
    let whole = words.next() == Some("import") && words.next() == Some("type") && words.next() != Some("from");
    whole || source.slice(import.span).starts_with("type ")
}

/// A name for a module: the last part of its path, with the package's before it where that says more.
fn local_name(module: &str) -> String {
    let relative = module.starts_with('.') || module.starts_with('/') || module.starts_with('@');
    let parts: Vec<_> = module.split('/').filter(|p| !p.is_empty()).collect();
    let from = if relative { parts.len().saturating_sub(1) } else { parts.len().saturating_sub(2) };
    let base = parts.get(from..).unwrap_or_default().join("-");
    let base = ["js", "mjs", "cjs", "ts"].iter().find_map(|e| base.strip_suffix(&format!(".{e}"))).unwrap_or(&base);
    let mut out = String::new();
    let mut upper = false;
    for c in base.chars() {
        if c.is_ascii_alphanumeric() || c == '_' || c == '$' {
            out.push(if upper && !out.is_empty() { c.to_ascii_uppercase() } else { c });
            upper = false;
        } else {
            upper = true;
        }
    }
    if out.is_empty() || out.starts_with(|c: char| c.is_ascii_digit()) {
        out.insert(0, '_');
    }
    out
}

/// The wanted name, numbered if the file uses it for anything: a declaration would clash, a local variable or parameter
/// would hide the import, and a global would be hidden by it.
fn free_name(file: &File, wanted: &str) -> String {
    let mut used: FxHashSet<&str> = RESERVED.iter().copied().collect();
    used.extend(file.imports.iter().filter_map(|i| i.local).map(|n| file.text(n)));
    used.extend(file.functions.iter().filter_map(|f| f.name).map(|n| file.text(n)));
    used.extend(file.classes.iter().filter_map(|c| c.name).map(|n| file.text(n)));
    used.extend(file.exprs.iter().filter_map(|e| match e.kind {
        ExprKind::Name(name) => Some(file.text(name)),
        _ => None,
    }));
    let numbered = (2_u64..).map(|n| format!("{wanted}{n}"));
    std::iter::once(wanted.to_owned()).chain(numbered).find(|n| !used.contains(n.as_str())).unwrap_or_default()
}

/// Words that cannot name a binding.
const RESERVED: &[&str] = &[
    "arguments",
    "await",
    "break",
    "case",
    "catch",
    "class",
    "const",
    "continue",
    "debugger",
    "default",
    "delete",
    "do",
    "else",
    "enum",
    "eval",
    "export",
    "extends",
    "false",
    "finally",
    "for",
    "function",
    "if",
    "implements",
    "import",
    "in",
    "instanceof",
    "interface",
    "let",
    "new",
    "null",
    "package",
    "private",
    "protected",
    "public",
    "return",
    "static",
    "super",
    "switch",
    "this",
    "throw",
    "true",
    "try",
    "typeof",
    "undefined",
    "var",
    "void",
    "while",
    "with",
    "yield",
];

/// Modules that come with the runtime, and that some files name with `node:`.
const BUILTIN: &[&str] = &[
    "assert",
    "async_hooks",
    "buffer",
    "child_process",
    "cluster",
    "crypto",
    "dgram",
    "dns",
    "events",
    "fs",
    "http",
    "http2",
    "https",
    "net",
    "os",
    "path",
    "perf_hooks",
    "process",
    "querystring",
    "readline",
    "stream",
    "string_decoder",
    "timers",
    "tls",
    "tty",
    "url",
    "util",
    "v8",
    "vm",
    "worker_threads",
    "zlib",
];

/// How a file writes its imports.
struct Style {
    /// `import` and not `require`.
    esm: bool,
    /// `import * as m` and not `import m` for a whole module.
    namespace: bool,
    quote: char,
    semicolons: bool,
    /// Built-in modules are named with `node:`.
    node_prefix: bool,
}

impl Style {
    fn of(root: Node<'_>, language: Language, text: &str) -> Style {
        let top = statements(root);
        let slice = |n: &Node<'_>| text.get(n.byte_range()).unwrap_or("");
        let is_module = |n: &Node<'_>| matches!(n.kind(), "import_statement" | "export_statement");
        let requires = top.iter().any(|n| super::place::is_require(*n, text));
        let esm = top.iter().any(is_module) || (language == Language::TypeScript && !requires);
        let mut single = 0_i64;
        let mut stars = 0;
        let mut defaults = 0;
        let mut node_prefix = false;
        let mut ends = 0_i64;
        walk(root, |node| {
            match node.kind() {
                "string" => single += quote(slice(&node)),
                // The quotes of JSX say nothing about those of code, and the source of an import says most.
                "jsx_attribute" => single -= node.named_child(1).map_or(0, |v| quote(slice(&v))),
                "export_statement" => single += 1_000 * source_quote(node, text),
                "namespace_import" => stars += 1,
                "import_clause" => defaults += i32::from(node.child(0).is_some_and(|c| c.kind() == "identifier")),
                "import_statement" => {
                    single += 1_000 * source_quote(node, text);
                    ends += end_weight(slice(&node));
                }
                "expression_statement" | "return_statement" => ends += end_weight(slice(&node)),
                _ => {}
            }
            node_prefix |= node.kind() == "string" && inner(slice(&node)).starts_with("node:");
            true
        });
        ends += top.iter().filter(|n| n.kind().ends_with("declaration")).map(|n| end_weight(slice(n))).sum::<i64>();
        let namespace = defaults == 0 && (stars > 0 || language == Language::TypeScript);
        Style { esm, namespace, quote: if single >= 0 { '\'' } else { '"' }, semicolons: ends >= 0, node_prefix }
    }

    /// The statement that binds `local`, without a line end.
    fn statement(&self, module: &str, name: Option<&str>, local: &str, needs_semicolon: bool) -> String {
        let builtin = module.split('/').next().is_some_and(|m| BUILTIN.contains(&m));
        let path = if builtin && self.node_prefix { format!("node:{module}") } else { module.to_owned() };
        let path = JavaScriptEmit.string(&path, self.quote);
        let end = if self.semicolons || needs_semicolon { ";" } else { "" };
        let star = self.namespace && (builtin || module.starts_with("node:"));
        match (self.esm, name) {
            (true, Some(name)) if name == local => format!("import {{ {name} }} from {path}{end}"),
            (true, Some(name)) => format!("import {{ {name} as {local} }} from {path}{end}"),
            (true, None) if star => format!("import * as {local} from {path}{end}"),
            (true, None) => format!("import {local} from {path}{end}"),
            (false, Some(name)) if name == local => format!("const {{ {name} }} = require({path}){end}"),
            (false, Some(name)) => format!("const {{ {name}: {local} }} = require({path}){end}"),
            (false, None) => format!("const {local} = require({path}){end}"),
        }
    }
}

/// The text between a literal's quotes.
fn inner(text: &str) -> &str {
    text.get(1..text.len().saturating_sub(1)).unwrap_or("")
}

/// What a string says about the file's quotes: above zero for single ones.
fn quote(text: &str) -> i64 {
    match text.chars().next() {
        Some('\'') => 1,
        Some('"') => -1,
        _ => 0,
    }
}

/// What a statement's end says about the file's semicolons: above zero for them. A block's end says nothing.
fn end_weight(text: &str) -> i64 {
    match text.chars().last() {
        Some(';') => 1,
        Some('}') => 0,
        _ => -1,
    }
}

fn source_quote(node: Node<'_>, text: &str) -> i64 {
    let source = node.child_by_field_name("source");
    source.map_or(0, |s| quote(text.get(s.byte_range()).unwrap_or("")))
}
