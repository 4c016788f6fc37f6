#![allow(clippy::unwrap_used, clippy::expect_used)]
//! Tests of what holds for every text: the depth is bounded, and no call and no identifier is lost.

use proptest::prelude::*;

use super::coverage::lost;
use super::lower;
use crate::syntax::javascript::lower::coverage::depth;
use crate::syntax::javascript::lower::dump::dump;

fn nested(open: &str, close: &str, count: usize) -> String {
    format!("{}x{}", open.repeat(count), close.repeat(count))
}

/// In a method.
fn inside(code: &str) -> String {
    format!("class A {{ void m() {{ {code}; }} }}")
}

#[test]
fn nothing_nests_the_hir_deeper_than_its_bound() {
    let many = 1_000;
    let statements = [
        nested("a = (", ")", 10_000),
        nested("a = f(", ")", many),
        nested("a = b[", "]", many),
        nested("a = new int[]{", "}", many),
        nested("a = x -> ", "", many),
        nested("a = () -> { return ", "; }", 300),
        nested("a = new O() { int y = ", "; }", 300),
        nested("class B { void n() { ", "}}", 300),
        nested("if (a) ", ";", many),
        nested("if (a) {} else ", ";", many),
        nested("for (i = 0;;) ", ";", many),
        nested("for (T t : ts) ", ";", many),
        nested("l: ", ";", many),
        nested("{", ";}", many),
        nested("switch (a) { case 1: ", "; }", many),
        nested("switch (a) { case 1 -> { ", "; } }", many),
        nested("a = switch (b) { default -> ", "; };", 300),
        nested("try { ", "; } catch (E e) { }", many),
        nested("try (R r = f()) { ", "; }", many),
        nested("synchronized (f()) { ", "; }", many),
        nested("a = b ? c : ", "", many),
        nested("a = b ? (", ") : c", many),
        nested("a = !", "", many),
        nested("a = (T) ", "", many),
        nested("a = ", "", many),
        nested("y = (a = ", ")", many),
        nested("a = b + (c - ", ")", many),
        nested("a = b || c && (", ")", many),
        nested("a.b(c).d(", ")", many),
        format!("a = b{}", " instanceof T".repeat(many)),
        format!("a = b instanceof {}int q{}", "P(".repeat(300), ")".repeat(300)),
        format!("x = a{}", " + \"b\" + f(c)".repeat(5_000)),
        format!("x = a{}", " && f(c)".repeat(many)),
        format!("x = a{}", " - f(c) * d + e".repeat(many)),
        format!("a{}", ".b(c)".repeat(many)),
        format!("a{}.e()", ".b".repeat(many)),
        format!("a{}", ".b(x -> { y(z); })".repeat(many)),
        format!("x = a{}", "[0]".repeat(many)),
        format!("if (a) b(); {}", "else if (c()) d(e);".repeat(many)),
        format!("a{}{}", ".b(c)(".repeat(50), ")".repeat(50)),
        format!("{}x{}", format!("f{}(", ".b(c)".repeat(20)).repeat(40), ")".repeat(40)),
        format!("Map<{}String{} m", "List<".repeat(many), ">".repeat(many)),
        format!("a.{}T t", "b.".repeat(many)),
    ];
    let texts = statements.iter().map(|s| inside(s)).chain([
        nested("class A { ", " }", many).replace('x', ";"),
        nested("@A(", ")", many) + " class B {}",
        format!("class A extends {}B{} {{}}", "C<".repeat(many), ">".repeat(many)),
    ]);
    for text in texts {
        let file = lower(&text);
        let head: String = text.chars().take(60).collect();
        assert!(depth(&file) < 250, "{head} is {} deep", depth(&file));
        assert_eq!(lost(&text, &file), Vec::<String>::new(), "{head}");
    }
}

proptest! {
    #[test]
    fn random_bytes_lower(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let source = crate::syntax::Source::new(&bytes);
        let file = lower(source.text());
        prop_assert!(depth(&file) < 250);
    }

    #[test]
    fn token_soup_keeps_its_calls_and_names(tokens in prop::collection::vec(prop::sample::select(TOKENS.to_vec()), 0..60)) {
        let text = tokens.join(" ");
        for text in [text.clone(), inside(&text)] {
            let file = lower(&text);
            prop_assert!(depth(&file) < 250);
            prop_assert_eq!(lost(&text, &file), Vec::<String>::new(), "{}", dump(&file));
        }
    }
}

const TOKENS: &[&str] = &[
    "a",
    "b",
    "T",
    "f(",
    ")",
    "(",
    "{",
    "}",
    "[",
    "]",
    "[]",
    ",",
    ";",
    ":",
    "->",
    "=",
    "+",
    "&&",
    "?",
    ">>>=",
    ".",
    "::",
    "...",
    "\"s\"",
    "'c'",
    "1",
    "0x1F",
    "\"\"\"\nt\"\"\"",
    "<T>",
    "<",
    ">",
    "new",
    "new T(",
    "new int[",
    "class A {",
    "class",
    "interface I {",
    "enum E {",
    "record R(int x) {",
    "@interface N {",
    "extends B",
    "implements C",
    "static",
    "private final",
    "void m() {",
    "A() {",
    "int x",
    "var y =",
    "if (a)",
    "else",
    "for (",
    "for (T t : ts)",
    "while (b)",
    "do",
    "switch (c) {",
    "case",
    "default",
    "yield",
    "when",
    "try {",
    "try (",
    "catch (E | F e) {",
    "finally {",
    "return",
    "throw",
    "break",
    "continue l",
    "l:",
    "import a.b.C;",
    "import static a.b.*;",
    "package p;",
    "this",
    "super",
    "this(",
    "super(",
    "@D",
    "@D(x = 1)",
    "instanceof",
    "final",
    "throws X",
    "synchronized",
    "assert",
    "(T)",
    "!",
    "++",
    "null",
    "true",
    "// c\n",
    "/* d */",
    "A.B",
    "a.b.c",
    "int",
    "String s,",
    "String... r",
];
