#![allow(clippy::unwrap_used, clippy::expect_used)]

use proptest::prelude::*;

use super::coverage::{depth, lost};
use super::dump::dump;
use super::lower;
use crate::syntax::hir::*;

#[test]
fn adhoc_corpus() {
    let Ok(dirs) = std::env::var("CORPUS") else { return };
    let mut open: Vec<std::path::PathBuf> = dirs.split(':').map(Into::into).collect();
    let (mut files, mut bad, mut deepest) = (0, 0, 0);
    while let Some(path) = open.pop() {
        if path.is_dir() {
            open.extend(std::fs::read_dir(&path).unwrap().map(|e| e.unwrap().path()));
            continue;
        }
        let name = path.to_string_lossy().into_owned();
        let language = match crate::syntax::language_of(&name) {
            Some(Language::Python) | None => continue,
            Some(language) => language,
        };
        let source = crate::syntax::Source::new(&std::fs::read(&path).unwrap());
        let start = std::time::Instant::now();
        let file = lower(&name, language, source.text());
        let took = start.elapsed().as_millis();
        if took > 300 {
            println!("SLOW {name} {took} ms {} bytes", source.text().len());
        }
        files += 1;
        deepest = deepest.max(depth(&file));
        for entry in lost(&name, source.text(), &file) {
            bad += 1;
            if bad < 60 {
                println!("LOST {}", entry.lines().next().unwrap());
            }
        }
        if !file.too_deep.is_empty() {
            println!("DEEP {name} {}", file.too_deep.len());
        }
    }
    println!("{files} files, {bad} lost, depth {deepest}");
}

fn js(text: &str) -> String {
    dump(&lower("a.js", Language::JavaScript, text))
}

fn ts(text: &str) -> String {
    dump(&lower("a.ts", Language::TypeScript, text))
}

#[test]
fn show() {
    for text in [
        "class A { static get v() { return 1 } static async *w() {} }",
        "export default class { m() {} }",
        "export default function foo() {}",
        "export default () => {};",
        "export default async function () {}",
        "foo(a b, c(d); x y z(1);",
        "if (x { f(y) } else g(",
        "function a(b, { c( d ) { e() }",
        "class A { f( { g() } h() }",
        "const x = { a: f(b, c: d() };",
    ] {
        println!("--- {text}\n{}", js(text));
    }
    for text in [
        "export abstract class Q {}",
        "export default abstract class Q {}",
        "class K { @Input() name: string; @Get(':id') find(@Param('id') id: string) { } }",
    ] {
        println!("--- {text}\n{}", ts(text));
    }
}

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
            let start = std::time::Instant::now();
            let file = lower(path, language, &text);
            let head: String = text.chars().take(30).collect();
            println!("{head} {} {:?}", depth(&file), start.elapsed());
            if depth(&file) >= 250 {
                println!("BAD");
            }
            if lost(path, &text, &file).len() > 0 {
                println!("LOST {:?}", lost(path, &text, &file).first());
            }
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
