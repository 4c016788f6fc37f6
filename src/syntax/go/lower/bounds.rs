#![allow(clippy::unwrap_used, clippy::expect_used)]
//! Tests of what holds for every text: the depth is bounded, and no call and no identifier is lost.

use proptest::prelude::*;

use super::coverage::lost;
use super::lower;
use crate::syntax::javascript::lower::coverage::depth;
use crate::syntax::javascript::lower::dump::dump;

fn nested(open: &str, close: &str, count: usize) -> String {
    format!("func f() {{ {}x{} }}", open.repeat(count), close.repeat(count))
}

#[test]
fn nothing_nests_the_hir_deeper_than_its_bound() {
    let many = 2_000;
    let texts = [
        nested("x = (", ")", many),
        nested("f(", ")", many),
        nested("a[", "]", many),
        nested("[]T{", "}", many),
        nested("x = map[K]V{a: ", "}", many),
        nested("T{a: ", "}", many),
        nested("x = T{", "}", 1).replace("x }", &format!("{}{}", "{".repeat(many), "}".repeat(many))),
        nested("func() { ", "}()", many),
        nested("if a { ", "}", many),
        nested("if a() {} else ", "", many),
        nested("for i := f(); i < 1; i++ { ", "}", many),
        nested("for a, b := range c { ", "}", many),
        nested("{", "}", many),
        nested("switch (a) { case 1: ", "}", many),
        nested("switch { case a: ", "}", many),
        nested("switch b := a.(type) { case T: ", "}", many),
        nested("select { case a := <-c: ", "}", many),
        nested("l: ", "", many),
        nested("x = !", "", many),
        nested("x = &", "", many),
        nested("x = <-", "", many),
        nested("x = a + (b - ", ")", many),
        nested("x = a.b(c).d(", ")", many),
        nested("x = []byte(", ")", many),
        nested("x = string(", ")", many),
        nested("x = make(map[string]", ")", many),
        nested("go func() { ", "}()", many),
        nested("defer func() { ", "}()", many),
        format!("var x {}int", "[]".repeat(many)),
        format!("var x {}int", "map[string]".repeat(many)),
        format!("var x {}int", "*".repeat(many)),
        format!("type T {}int {}", "struct { a ".repeat(many), "}".repeat(many)),
        format!("func f() {{ x := a{} }}", " + \"b\" + f(c)".repeat(5_000)),
        format!("func f() {{ x := a{} }}", " && f(c)".repeat(many)),
        format!("func f() {{ x := a{} }}", " - f(c) * d + e".repeat(many)),
        format!("func f() {{ a{} }}", ".b(c)".repeat(many)),
        format!("func f() {{ a{} }}", ".b(func() { y(z) })".repeat(many)),
        format!("func f() {{ x = a{} }}", "[0]".repeat(many)),
        format!("func f() {{ x = a{} }}", "[1:f(b)]".repeat(many)),
        format!("func f() {{ x = a{} }}", ".(T)".repeat(many)),
        format!("func f() {{ if a() {{ b() }} {} }}", "else if c := d(); c { e(g) }".repeat(many)),
        format!("func f() {{ x = a{}{} }}", ".b(c)(".repeat(50), ")".repeat(50)),
        format!("const ( a = iota {} )", "; b".repeat(many)),
        format!("const ( a = f({}) {} )", "g(),".repeat(500), "; b".repeat(many)),
    ];
    for text in texts {
        let file = lower(&text);
        let head: String = text.chars().take(40).collect();
        assert!(depth(&file) < 250, "{head} is {} deep", depth(&file));
        assert!(file.exprs.len() + file.stmts.len() < 40 * text.len(), "{head} grows");
        assert_eq!(lost(&text, &file), Vec::<String>::new(), "{head}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn random_bytes_lower(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let source = crate::syntax::Source::new(&bytes);
        let file = lower(source.text());
        prop_assert!(depth(&file) < 250);
    }

    #[test]
    fn token_soup_keeps_its_calls_and_names(tokens in prop::collection::vec(prop::sample::select(TOKENS.to_vec()), 0..60)) {
        for text in [tokens.join(" "), format!("package p\nfunc f() {{\n{}\n}}\n", tokens.join(" "))] {
            let file = lower(&text);
            prop_assert!(depth(&file) < 250);
            prop_assert_eq!(lost(&text, &file), Vec::<String>::new(), "{}\n{}", text, dump(&file));
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
    ":=",
    "=",
    "+",
    "&&",
    "!",
    "&",
    "*",
    "<-",
    ".",
    "...",
    "\"s\"",
    "`r`",
    "'c'",
    "1",
    "0x1p-2",
    "1i",
    "nil",
    "true",
    "iota",
    "func",
    "func(",
    "func (t T) m(",
    "type T struct {",
    "interface {",
    "map[string]int",
    "[]byte",
    "chan int",
    "if a {",
    "else",
    "for",
    "range",
    "switch",
    "case",
    "default:",
    "select {",
    "go",
    "defer",
    "return",
    "break",
    "continue",
    "goto l",
    "fallthrough",
    "var",
    "const (",
    "import",
    "package p",
    "x.(type)",
    "x.(T)",
    "make(",
    "new(T)",
    "T{",
    "k: v",
    "++",
    "\n",
    "// c\n",
    "/* d */",
    "+=",
    "&^=",
    "l:",
    "string(",
    "[T any]",
    "error",
    "_",
];
