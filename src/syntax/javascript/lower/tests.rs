#![allow(clippy::unwrap_used, clippy::expect_used)]

use super::coverage::lost;
use super::dump::dump;
use super::lower;
use crate::syntax::hir::*;

fn js(text: &str) -> String {
    let file = lower("a.js", Language::JavaScript, text);
    assert_eq!(lost("a.js", text, &file), Vec::<String>::new());
    dump(&file)
}

fn ts(text: &str) -> String {
    let file = lower("a.ts", Language::TypeScript, text);
    assert_eq!(lost("a.ts", text, &file), Vec::<String>::new());
    dump(&file)
}

/// Each line of `expected` is a statement of what the lines of `text` lower to.
fn check(lowered: fn(&str) -> String, cases: &[(&str, &str)]) {
    for (text, expected) in cases {
        assert_eq!(lowered(text), *expected, "{text}");
    }
}

#[test]
fn calls_and_members() {
    check(
        js,
        &[
            ("f(a, ...b)", "(call f a ...b)"),
            ("new C", "(new C)"),
            ("new a.C(1)", "(new (. a C) 1)"),
            ("o?.p?.[q]?.(r)", "(call ([] (. o p) q) r)"),
            (r#"a["b"]"#, r#"([] a "b")"#),
            ("tag`x${1}y`", r#"(call tag (` "x" 1 "y"))"#),
            ("tag`x`", r#"(call tag "x")"#),
            ("import(x)", "(call import x)"),
            ("import.meta.url", "(. (. import meta) url)"),
            ("super.f(this.#x)", "(call (. super f) (. this #x))"),
            ("((a))(((b)))", "(call a b)"),
        ],
    );
}

#[test]
fn literals() {
    check(
        js,
        &[
            (r#"'a\n\x41\u{1F600}\uD83D\uDE00\'\101'"#, r#""a\nA😀😀'A""#),
            ("`p${x}q${y}`", r#"(` "p" x "q" y)"#),
            (r#"`a\tb`"#, r#""a\tb""#),
            (r#"/a\/b/gi"#, r#"/a\/b/gi"#),
            ("[0x1F, 1_000, 10n, 1.5, 1e3, 017, 0b11]", "(List 31 1000 10 1.5 1000.0 15 3)"),
            ("[undefined, null, true, false]", "(List null null true false)"),
            ("x = 99999999999999999999", "(set x 1e20)"),
        ],
    );
}

#[test]
fn collections_and_patterns() {
    check(
        js,
        &[
            (
                "x = { a, b: 1, 'c-d': 2, [e]: 3, f() {}, get g() { return 1 }, ...h, 4: 5 }",
                r#"(set x (Map "a": a "b": 1 "c-d": 2 e: 3 "f": (fn x.f () {}) "g": (fn x.g () {(return 1)}) ...h 4: 5))"#,
            ),
            ("x = [1,,2,...r]", "(set x (List 1 null 2 ...r))"),
            (
                "const { a, b: c, d = 1, e: { f }, ...g } = v",
                r#"(let (Map "a": a "b": c "d": (= d 1) "e": (Map "f": f) ...g) v)"#,
            ),
            ("[x, , y = 2, ...z] = w", "(set (List x (? ) (= y 2) ...z) w)"),
            ("({ q } = p)", r#"(set (Map "q": q) p)"#),
            ("f([a] = b)", "(call f (= (List a) b))"),
        ],
    );
}

#[test]
fn operators() {
    check(
        js,
        &[
            ("a + b * c", "(Add a (Mul b c))"),
            ("a ? b : c ? d : e", "(if a b (if c d e))"),
            ("x = typeof a", "(set x (TypeOf a))"),
            ("!a", "(Not a)"),
            ("x = delete o.p", "(set x (Delete (. o p)))"),
            ("a in b", "(In a b)"),
            ("#x in o", r##"(In "#x" o)"##),
            ("a instanceof B", "(InstanceOf a B)"),
            ("a ?? b", "(Nullish a b)"),
            ("a >>> 1", "(Shr a 1)"),
            ("async () => await p", "(fn async arrow <lambda> () {(return (await p))})"),
            ("x = (a, b)", "(set x (, a b))"),
            ("x = y++", "(set x (= Add y 1))"),
            ("x = a **= 2", "(set x (= Pow a 2))"),
        ],
    );
}

#[test]
fn assignments() {
    check(
        js,
        &[
            ("a = b.c = d", "(set a (. b c) d)"),
            ("a += 1", "(set Add a 1)"),
            ("a ||= f()", "(set Or a (call f))"),
            ("i++", "(set Add i 1)"),
            ("--o.j", "(set Sub (. o j) 1)"),
            (
                "(a, b(), c = 1)",
                "a
(call b)
(set c 1)",
            ),
            ("delete o.p", "(delete (. o p))"),
            (
                "let u, v = 1",
                "(let u _)
(let v 1)",
            ),
            ("if (a = f()) {}", "(if (= a (call f)) {} {})"),
        ],
    );
}

#[test]
fn loops_and_branches() {
    check(
        js,
        &[
            (
                "for (let i = 0, n = 5; i < n; i++, j--) { continue }",
                "{(let i 0) (let n 5) (while (Lt i n) {continue} {(set Add i 1) (set Sub j 1)})}",
            ),
            ("for (;;) {}", "(while _ {} {})"),
            ("for (const k in o) f(k)", "(in let k o {(call f k)})"),
            ("for (x of xs) {}", "(of x xs {})"),
            (
                "async () => { for await (const [a] of f()) {} }",
                "(fn async arrow <lambda> () {(of let (List a) (call f) {})})",
            ),
            ("do { a() } while (b)", "(do b {(call a)} {})"),
            ("while (c) d()", "(while c {(call d)} {})"),
            ("if (a) b; else if (c) d; else e", "(if a {b} {(if c {d} {e})})"),
            (
                "switch (x) { case 1: case 2: f(); break; default: { return } }",
                "(switch x (case [1] {} falls) (case [2] {(call f) break}) (case [] {{(return _)}}))",
            ),
            ("try { a } catch { b } finally { c }", "(try {a} (catch _ {b}) {c})"),
            ("try {} catch ({ message }) {}", r#"(try {} (catch (Map "message": message) {}) {})"#),
            ("l: for (;;) break l", "{(while _ {break} {})}"),
            ("throw new Error('x')", r#"(throw (new Error "x"))"#),
            ("with (a) b()", "(with a {(call b)})"),
        ],
    );
}

#[test]
fn functions_and_their_symbols() {
    check(
        js,
        &[
            (
                "function* g(a, b = 2, { c }, ...d) { yield a; yield* b }",
                r#"(fn gen g (a b=2 (Map "c": c) ...d) {(yield a) (yield b)})"#,
            ),
            ("const h = async y => y + 1", "(let h (fn async arrow h (y) {(return (Add y 1))}))"),
            ("(function () {})()", "(call (fn <lambda> () {}))"),
            ("exports.find = (req, res) => {}", "(set (. exports find) (fn arrow exported find (req res) {}))"),
            ("module.exports.go = function () {}", "(set (. (. module exports) go) (fn exported go () {}))"),
            ("Foo.prototype.bar = function () {}", "(set (. (. Foo prototype) bar) (fn Foo.bar () {}))"),
            (
                "const api = { find: function () {}, deep: { x() {} } }",
                r#"(let api (Map "find": (fn api.find () {}) "deep": (Map "x": (fn api.deep.x () {}))))"#,
            ),
            ("router.get('/', (req, res) => {})", r#"(call (. router get) "/" (fn arrow <lambda> (req res) {}))"#),
            (
                "module.exports = { list() {}, helper }; function helper() {}",
                r#"(set (. module exports) (Map "list": (fn exported list () {}) "helper": helper))
(fn exported helper () {})"#,
            ),
            ("module.exports = function () {}", "(set (. module exports) (fn exported module.exports () {}))"),
            ("function outer() { const inner = () => {} }", "(fn outer () {(let inner (fn arrow outer.inner () {}))})"),
            ("export default () => {}", "(default (fn arrow exported default () {}))"),
            (
                "export default function foo() {}",
                "(fn exported foo () {})
(default foo)",
            ),
            ("function a() {} export { a as b }", "(fn exported a () {})"),
        ],
    );
}

#[test]
fn classes() {
    check(
        js,
        &[
            (
                "@D() class Store extends Base { #db = 1; static n = 2; q; find = x => x; constructor() { super() } async *list() {} }",
                "(@(call D) class Store (Base) {(set (. this #db) 1) (set (. this n) 2) (set (. this q) _) (set (. this find) (fn arrow Store.find (x) {(return x)})) (fn Store.constructor () {(call super)}) (fn async gen Store.list () {})})",
            ),
            (
                "class A { static { init() } static get v() { return 1 } [k]() {} #p() {} }",
                "(class A () {{(call init)} (fn static A.v () {(return 1)}) k (fn A.<lambda> () {}) (fn A.#p () {})})",
            ),
            ("const C = class extends f(X) {}", "(let C (class C ((call f X)) {}))"),
            ("export default class { m() {} }", "(default (class default () {(fn exported default.m () {})}))"),
            ("export class A { m() {} #p() {} }", "(class A () {(fn exported A.m () {}) (fn A.#p () {})})"),
        ],
    );
}

#[test]
fn imports() {
    check(
        js,
        &[
            ("import x, { a as b, default as d } from 'node:fs'", "(import x=fs b=fs.a d=fs)"),
            ("import * as ns from 'm'", "(import ns=m)"),
            ("import 'eff'", "(import _=eff)"),
            ("export { q } from 'r'", "(import _=r.q)"),
            ("export * from './t'", "(import _=./t)"),
            (
                "const { exec, b: { c = 1 } } = require('child_process'), y = require('m').a.b",
                r#"(let (Map "exec": exec "b": (Map "c": (= c 1))) (call require "child_process"))
(let y (. (. (call require "m") a) b))"#,
            ),
            ("const z = require('n')(1)", r#"(let z (call (call require "n") 1))"#),
        ],
    );
}

#[test]
fn require_binds_imports_like_an_import_statement() {
    let text = "const { exec, b: { c = 1 }, ...rest } = require('node:child_process'), y = require('m').a.b;\n\
        const z = require('n')(1);\nfunction f() { var d = (require(`./d`)).default; }\nlet w = require(name);";
    let file = lower("a.js", Language::JavaScript, text);
    let found: Vec<_> =
        file.imports.iter().map(|i| (file.text(i.local.unwrap()), &*i.path, &*i.module, i.scope.0)).collect();
    let expected = [
        ("exec", "child_process.exec", "child_process", 0),
        ("c", "child_process.b.c", "child_process", 0),
        ("y", "m.a.b", "m", 0),
        ("d", "./d", "./d", 1),
    ];
    assert_eq!(found, expected);
}

#[test]
fn spans_are_those_of_the_source() {
    let text = "x = ((a.b))(/* c */ 'd', ...e);\n@d class C { m(p = 1) { return 2 } }";
    let file = lower("a.js", Language::JavaScript, text);
    let slice = |span: Span| text.get(span.range()).unwrap();
    let call = file.exprs.iter().find(|e| matches!(e.kind, ExprKind::Call { .. })).unwrap();
    let ExprKind::Call { callee, args, .. } = &call.kind else { unreachable!() };
    assert_eq!(slice(call.span), "((a.b))(/* c */ 'd', ...e)");
    assert_eq!(slice(file.expr(*callee).span), "a.b");
    assert_eq!(args.iter().map(|a| slice(a.span)).collect::<Vec<_>>(), ["'d'", "...e"]);
    assert_eq!(slice(file.comments[0]), "/* c */");
    let method = &file.functions[1];
    assert_eq!((slice(method.name_span), slice(method.body_span)), ("m", "{ return 2 }"));
    assert_eq!((slice(method.params[0].span), slice(method.span)), ("p = 1", "m(p = 1) { return 2 }"));
    assert_eq!(
        (method.class, file.class(ClassId(0)).methods.as_slice()),
        (Some(ClassId(0)), [FunctionId(1)].as_slice())
    );
}

#[test]
fn the_dialect_with_the_fewest_errors_is_taken() {
    let flow = "// @flow\nfunction f(x: string): number { return g(x); }";
    assert!(lower("a.js", Language::JavaScript, flow).errors.is_empty());
    assert!(lower("a.tsx", Language::TypeScript, "let a = <b/>;").errors.is_empty());
    assert!(lower("a.ts", Language::TypeScript, "let a = <b>c;").errors.is_empty());
    assert_eq!(lower("a.js", Language::JavaScript, "f(;").errors.len(), 1);
}

#[test]
fn jsx() {
    check(
        js,
        &[
            (
                r#"x = <A.B a="1 &amp;" {...p} c={d} e><br/>text {f(x)} {/* c */}<></></A.B>"#,
                r#"(set x (<> (. A B) [a="1 &" ...=p c=d e=_] (<> br [] ) "text " (call f x) " " (<> _ [] )))"#,
            ),
            (
                "x = <a:b>
  <i/>
</a:b>",
                "(set x (<> a:b [] (<> i [] )))",
            ),
        ],
    );
}

#[test]
fn types_of_typescript() {
    check(
        ts,
        &[
            ("let v = x as unknown as Foo", "(let v (as (as x unknown) Foo))"),
            ("v!.y", "(. (as v _) y)"),
            ("f<T>(1)", "(call f 1)"),
            ("const q = { a: 1 } satisfies T", r#"(let q (as (Map "a": 1) T))"#),
            (
                "let g = (a: number, b?: a.B<C>, ...c: D[]): boolean => true",
                "(let g (fn arrow g (a:number b:(. a B) ...c):boolean {(return true)}))",
            ),
            ("let z = <Foo>w", "(let z (as w Foo))"),
            ("let u: Foo | null", "(let u:Foo _)"),
            ("interface I { a: string } type T = string; declare const y: number;", ""),
            ("function over(a: string): void; function over(a: any) {}", "(fn over (a:any) {})"),
            ("enum E { A, B = 5, C, D = 'd' }", r#"(let E (Map "A": 0 "B": 5 "C": 6 "D": "d"))"#),
            ("namespace N { export function f() {} }", "{(fn exported f () {})}"),
            (
                "import fs = require('fs'); import A = B.C; import type { T } from 't'",
                "(import fs=fs)
(let A (. B C))
(import T=t.T)",
            ),
            ("export = foo", "(default foo)"),
        ],
    );
}

#[test]
fn classes_of_typescript() {
    check(
        ts,
        &[
            (
                "class A<T> extends B<T> implements C { constructor(private db: Pool, readonly n?: number, @Inject() x = 1) { super() } abstract m(): void; private p(q: express.Request): Promise<Foo> {} }",
                "(class A (B) {(fn A.constructor (db:Pool n:number @(call Inject) x=1) {(set (. this db):Pool db) (set (. this n):number n) (call super)}) (fn A.p (q:(. express Request)):Promise {})})",
            ),
            (
                "abstract class X { abstract f(): void; g(this: X, a: Foo<Bar>) {} }",
                "(class X () {(fn X.g (a:Foo) {})})",
            ),
            (
                "class K { @Input() name: string; @Get(':id') find(@Param('id') id: string) {} }",
                r#"(class K () {(call Input) (set (. this name):string _) (@(call Get ":id") fn K.find (@(call Param "id") id:string) {})})"#,
            ),
            ("@I() export class L {}", "(@(call I) class L () {})"),
            ("export abstract class Q {}", "(class Q () {})"),
        ],
    );
}

#[test]
fn broken_code_keeps_its_calls() {
    check(
        js,
        &[
            ("(function () { f(a b) })()", "(call (fn <lambda> () {b (call f a)}))"),
            (
                "foo(a b, c(d); x y z(1);",
                "b
(call foo a (call c d))
x
y
(call z 1)",
            ),
            (
                "if (x { f(y) } else g(",
                "(if x {(call f y)} {})
g",
            ),
            (
                "const x = { a: f(b, c: d() };",
                r#"c
(let x (Map "a": (call f b (call d))))"#,
            ),
            (
                "function a(b, { c( d ) { e() }",
                r#"a
b
"c"
(fn c (d) {(call e)})"#,
            ),
            (
                "#!/usr/bin/env node
<!-- html
f()",
                "(call f)",
            ),
            (
                "f(x: string): void => g(y)",
                "g
x
(call (call f string) y)",
            ),
        ],
    );
}
