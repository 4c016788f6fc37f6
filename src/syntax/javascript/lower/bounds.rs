#![allow(clippy::unwrap_used, clippy::expect_used)]
//! Tests of what holds for every text: the depth is bounded, and no call and no identifier is lost.

use proptest::prelude::*;

use super::coverage::{depth, lost};
use super::dump::dump;
use super::lower;
use crate::syntax::hir::*;

fn nested(open: &str, close: &str, count: usize) -> String {
    format!("{}x{}", open.repeat(count), close.repeat(count))
}

#[test]
fn nothing_nests_the_hir_deeper_than_its_bound() {
    let many = 3_000;
    let texts = [
        nested("[", "]", 100_000),
        nested("(", ")", 100_000),
        nested("f(", ")", many),
        nested("a[", "]", many),
        nested("{a:", "}", many).replacen("{a:", "x={a:", 1),
        nested("x=>", "", many),
        nested("function f(){", "}", many),
        nested("class A { m() {", "}}", many),
        nested("x = class { y = ", "}", many),
        nested("if (a) ", "", many),
        nested("if (a) {} else ", "", many),
        nested("for (i = 0;;) ", "", many),
        nested("l: ", "", many),
        nested("{", "}", many),
        nested("switch (a) { case 1: ", "}", many),
        nested("try {", "} catch {}", many),
        nested("a ? b : ", "", many),
        nested("a ? (", ") : b", many),
        nested("!", "", many),
        nested("a = ", "", many),
        nested("y = (a = ", ")", many),
        nested("`${", "}`", many),
        nested("<a>{", "}</a>", many),
        nested("<a b=", "></a>", 500),
        nested("await ", "", many),
        nested("new ", "()", many),
        nested("a ** ", "", many),
        nested("a + (b - ", ")", many),
        nested("a || b && (", ")", many),
        nested("a.b(c).d(", ")", many),
        nested("[a = ", "] = y", many),
        nested("({a: ", "} = y)", many),
        format!("x = a{}", " + 'b' + f(c)".repeat(10_000)),
        format!("x = a{}", " && f(c)".repeat(many)),
        format!("x = a{}", " - f(c) * d + e".repeat(many)),
        format!("a{}", ".b(c)".repeat(many)),
        format!("a{}", ".b(x => { y(z) })".repeat(many)),
        format!("a{}", ", f(b)".repeat(many)),
        format!("a{}", "[0]".repeat(many)),
        format!("if (a) b(); {}", "else if (c()) d(e);".repeat(many)),
        format!("a{}{}", ".b(c)(".repeat(50), ")".repeat(50)),
        format!("{}x{}", format!("f{}(", ".b(c)".repeat(20)).repeat(40), ")".repeat(40)),
    ];
    for text in texts {
        for (path, language) in [("a.js", Language::JavaScript), ("a.ts", Language::TypeScript)] {
            let file = lower(path, language, &text);
            let head: String = text.chars().take(30).collect();
            assert!(depth(&file) < 250, "{head} is {} deep", depth(&file));
            assert_eq!(lost(path, &text, &file), Vec::<String>::new(), "{head}");
        }
    }
}

#[test]
fn a_decorator_in_an_object_is_kept() {
    for text in ["x = { @d m(a) {} };", "( this <T> finally { @d if (a) finally { } </a>"] {
        for (path, language) in [("a.js", Language::JavaScript), ("a.ts", Language::TypeScript)] {
            assert_eq!(lost(path, text, &lower(path, language, text)), Vec::<String>::new(), "{text}");
        }
    }
}

proptest! {
    #[test]
    fn random_bytes_lower(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let source = crate::syntax::Source::new(&bytes);
        let file = lower("a.ts", Language::TypeScript, source.text());
        prop_assert!(depth(&file) < 250);
    }

    #[test]
    fn token_soup_keeps_its_calls_and_names(tokens in prop::collection::vec(prop::sample::select(TOKENS.to_vec()), 0..60)) {
        let text = tokens.join(" ");
        for (path, language) in [("a.js", Language::JavaScript), ("a.ts", Language::TypeScript)] {
            let file = lower(path, language, &text);
            prop_assert!(depth(&file) < 250);
            prop_assert_eq!(lost(path, &text, &file), Vec::<String>::new(), "{}", dump(&file));
        }
    }
}

const TOKENS: &[&str] = &[
    "a",
    "b",
    "f(",
    ")",
    "(",
    "{",
    "}",
    "[",
    "]",
    ",",
    ";",
    ":",
    "=>",
    "=",
    "+",
    "&&",
    "?",
    "??=",
    ".",
    "?.",
    "...",
    "`${",
    "}`",
    "'s'",
    "1",
    "/r/",
    "<a",
    ">",
    "</a>",
    "/>",
    "new",
    "await",
    "yield",
    "async",
    "function",
    "function*",
    "class",
    "extends",
    "static",
    "get",
    "if (a)",
    "else",
    "for (",
    "of",
    "in",
    "while (b)",
    "do",
    "switch (c) {",
    "case",
    "default",
    "try {",
    "catch",
    "finally {",
    "return",
    "throw",
    "break",
    "let",
    "const",
    "var",
    "import",
    "from",
    "export",
    "delete",
    "typeof",
    "this",
    "super",
    "@d",
    "#x",
    "enum E {",
    "namespace N {",
    "interface I {",
    "type T =",
    "as",
    "satisfies",
    "private",
    "x: T",
    "<T>",
    "!",
    "++",
    "\n",
    "require('m')",
    "constructor(",
    "declare",
    "abstract",
    "undefined",
    "// c\n",
    "/* d */",
];
