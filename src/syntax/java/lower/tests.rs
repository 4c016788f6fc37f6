#![allow(clippy::unwrap_used, clippy::expect_used)]

use super::coverage::lost;
use super::lower;
use crate::syntax::hir::*;
use crate::syntax::javascript::lower::dump::dump;

fn java(text: &str) -> String {
    let file = lower(text);
    assert_eq!(file.errors, Vec::<Span>::new(), "{text}");
    assert_eq!(lost(text, &file), Vec::<String>::new(), "{text}");
    dump(&file)
}

/// Statements of a method with the parameters `a`, `b` and `c`, in a class with a field `f` and a method `m`.
fn body(text: &str) -> String {
    let whole = java(&format!("class A {{ int f; void m(T a, T b, T c) {{ {text} }} }}"));
    let start = whole.find("c:T) {").map_or(0, |i| i + "c:T) {".len());
    whole.get(start..whole.len() - 4).unwrap().to_string()
}

fn check(lowered: fn(&str) -> String, cases: &[(&str, &str)]) {
    for (text, expected) in cases {
        assert_eq!(lowered(text), *expected, "{text}");
    }
}

#[test]
fn literals() {
    check(
        body,
        &[
            (r#"a = "x\n\u0041\101\s\"";"#, r#"(set a "x\nAA \"")"#),
            ("a = '\\'';", r#"(set a "'")"#),
            ("a = \"\"\"\n    x\n      \"y\" \\\n    z\\n\n    \"\"\";", r#"(set a "x\n  \"y\" z\n\n")"#),
            (
                "a(1_000L, 0x1F, 017, 0b11, 1.5f, 2d, 1e3, 0x1p3, 0xFFFFFFFFFFFFFFFFL);",
                "(call a 1000 31 15 3 1.5 2.0 1000.0 8.0 -1)",
            ),
            ("a = null; b = true;", "(set a null) (set b true)"),
        ],
    );
}

#[test]
fn names_alone_are_completed() {
    check(
        body,
        &[
            ("f = m(a);", "(set (. this f) (call (. this m) a))"),
            ("int f = 1; a(f);", "(let f:int 1) (call a f)"),
            ("{ int f = 1; } b = f;", "{(let f:int 1)} (set b (. this f))"),
            ("a = x -> x + f;", "(set a (fn arrow A.m.<lambda> (x) {(return (Add x (. this f)))}))"),
            ("g(unknown, Other);", "(call g unknown Other)"),
        ],
    );
    check(
        java,
        &[
            (
                "class A { static int N = 1; static int n() { return N + o.p; } B o; class B { int p = n(); int q() { return N + p; } } }",
                "(class A () {(set (. this N):int 1) (fn static A.n ():int {(return (Add (. A N) (. (. this o) p)))}) \
                 (set (. this o):(. A B) _) (class A.B () {(set (. this p):int (call (. A n))) (fn A.B.q ():int \
                 {(return (Add (. A N) (. this p)))})})})",
            ),
            (
                "class A extends B { void m() { f(g); } } class B { int g; void f(int x) {} }",
                "(class A (B) {(fn A.m () {(call (. this f) (. this g))})})\n(class B () {(set (. this g):int _) (fn B.f (x:int) {})})",
            ),
            (
                "class A extends HttpServlet { void m() { log(request, a.b.C.d); } }",
                "(class A (HttpServlet) {(fn A.m () {(call (. this log) (. this request) (. (. (. a b) C) d))})})",
            ),
            (
                "import static x.Y.z; class A extends B { void m() { z(); } }",
                "(import z=x.Y.z)\n(class A (B) {(fn A.m () {(call z)})})",
            ),
            (
                "class A { int f; void m() { new R() { int g; void r() { f = g; m(); } }; } }",
                "(class A () {(set (. this f):int _) (fn A.m () {(new (class A.m.R$1 (R) {(set (. this g):int _) \
                 (fn A.m.R$1.r () {(set (. A f) (. this g)) (call (. A m))})}))})})",
            ),
        ],
    );
}

#[test]
fn calls_and_members() {
    check(
        body,
        &[
            ("a.b(c).d[0].e();", "(call (. ([] (. (call (. a b) c) d) 0) e))"),
            ("this.<T>m(a);", "(call (. this m) a)"),
            ("super.m(); A.this.m(); A.super.m();", "(call (. super m)) (call (. A m)) (call (. (. A super) m))"),
            ("new x.Y<Z>(a);", "(new (. x Y) a)"),
            ("a.new Inner(b);", "(, a (new Inner b))"),
            ("a = new T[]{b, c}; b = new int[2][];", "(set a (List b c)) (set b (, 2 (List )))"),
            ("T[] d = {a};", "(let d:T (List a))"),
            ("a(String.class, int[].class);", "(call a (. String class) (? ))"),
            ("a(this::m, T::n, T::new, b::c);", "(call a (. this m) (. T n) (. T new) (. b c))"),
        ],
    );
}

#[test]
fn operators_and_assignments() {
    check(
        body,
        &[
            ("a = b + c * 2;", "(set a (Add b (Mul c 2)))"),
            ("a = b = c;", "(set a b c)"),
            ("a += 1; a >>>= 2; a++; --b;", "(set Add a 1) (set Shr a 2) (set Add a 1) (set Sub b 1)"),
            ("a(b++, c = 1);", "(call a (= Add b 1) (= c 1))"),
            ("a = b ? c : !a ? -1 : ~b;", "(set a (if b c (if (Not a) (Neg 1) (Invert b))))"),
            ("a = (T & U) b;", "(set a (as b T))"),
            (
                "a = b instanceof T && b instanceof U u && u.v;",
                "(set a (And (And (InstanceOf b T) (InstanceOf (= (as u U) b) U)) (. u v)))",
            ),
            (
                "if (a instanceof P(int x, Q(var y))) b(y);",
                "Q (if (InstanceOf (= (Tuple (as x int) (Tuple y)) a) P) {(call b y)} {})",
            ),
            (
                "a = () -> {}; b = (x, y) -> x; c = (T x) -> { return x; };",
                "(set a (fn arrow A.m.<lambda> () {})) (set b (fn arrow A.m.<lambda> (x y) {(return x)})) (set c (fn arrow A.m.<lambda> (x:T) {(return x)}))",
            ),
        ],
    );
}

#[test]
fn loops_and_branches() {
    check(
        body,
        &[
            (
                "for (int i = 0, n = 2; i < n; i++, n--) { continue; }",
                "{(let i:int 0) (let n:int 2) (while (Lt i n) {continue} {(set Add i 1) (set Sub n 1)})}",
            ),
            ("for (;;) {}", "(while _ {} {})"),
            ("for (final T x : a) b(x);", "(of let (as x T) a {(call b x)})"),
            ("l: while (a) break l;", "{(while a {break} {})}"),
            ("do a(); while (b);", "(do b {(call a)} {})"),
            ("if (a) b(); else if (b) c(); else a();", "(if a {(call b)} {(if b {(call c)} {(call a)})})"),
            ("assert a : b; throw c;", "(assert a b) (throw c)"),
            ("synchronized (a) { b(); }", "(with a {(call b)})"),
            (
                "try { a(); } catch (E | F e) { b(e); } finally { c(); }",
                "(try {(call a)} (catch e:E:F {(call b e)}) {(call c)})",
            ),
            ("try (T x = a(); b) { c(x); }", "(with (as x T)=(call a) b {(call c x)})"),
            ("try (var x = a()) { } catch (E e) { }", "(try {(with x=(call a) {})} (catch e:E {}) {})"),
        ],
    );
}

#[test]
fn switches() {
    check(
        body,
        &[
            (
                "switch (a) { case 1: case 2: b(); break; default: c(); }",
                "(switch a (case [1] {} falls) (case [2] {(call b) break}) (case [] {(call c)} falls))",
            ),
            (
                "switch (a) { case 1, X -> b(); default -> { c(); } }",
                "(switch a (case [1 X] {(call b)}) (case [] {{(call c)}}))",
            ),
            (
                "a = switch (b) { case 1 -> 2; default -> { c(); yield 3; } };",
                "(let $switch1 _) (switch b (case [1] {(set $switch1 2)}) (case [] {{(call c) (set $switch1 3) break}})) (set a $switch1)",
            ),
            (
                "return switch (b) { case 1: yield 2; default: throw c; };",
                "(let $switch1 _) (switch b (case [1] {(set $switch1 2) break}) (case [] {(throw c)})) (return $switch1)",
            ),
            (
                "switch (a.b()) { case T t when t.c -> b(t); case P(int x) -> c(x); case null, default -> {} }",
                "(let $subject1 (call (. a b))) (switch $subject1 (case [T] when (, (= (as t T) $subject1) (. t c)) {(call b t)}) \
              (case [P] {(let (Tuple (as x int)) $subject1) (call c x)}) (case [] {null {}}))",
            ),
        ],
    );
}

#[test]
fn classes() {
    check(
        java,
        &[
            (
                "@A(x = {1, 2}) public class S<X extends Y> extends B<X> implements I, J { @C(\"k\") private X x; static { i(); } S(X x) { super(x); this.x = x; } S() { this(null); } public void p() {} }",
                "(@(call A x=(List 1 2)) class S (B I J) {(call C \"k\") (set (. this x):Y _) {(call (. S i))} (fn S.<init> (x:Y) \
                 {(call (. super <init>) x) (set (. this x) x)}) (fn S.<init> () {(call (. this <init>) null)}) (fn exported S.p () {})})",
            ),
            (
                "interface I extends J { int N = 1; @Q(\"x\") T q(@P(\"y\") String... s); default void d() {} }",
                "(class I (J) {(set (. this N):int 1) (@(call Q \"x\") fn exported I.q (@(call P \"y\") ...s:String):T {}) (fn exported I.d () {})})",
            ),
            (
                "enum E implements I { A(1) { void z() {} }, B; int q; E(int q) { this.q = q; } }",
                "(class E (I (. (. java lang) Enum)) {(set (. this A) (new (class E.A$1 (E) {(fn E.A$1.z () {})}) 1)) (set (. this B) (new E)) \
                 (set (. this q):int _) (fn E.<init> (q:int) {(set (. this q) q)})})",
            ),
            (
                "record P(int x, String y) { P { check(x); } static void check(int x) {} }",
                "(class P ((. (. java lang) Record)) {(fn P.<init> (x:int y:String) {(call (. P check) x) (set (. this x):int x) (set (. this y):String y)}) \
                 (fn P.x ():int {(return (. this x))}) (fn P.y ():String {(return (. this y))}) (fn static P.check (x:int) {})})",
            ),
            ("@interface N { String value() default \"x\"; }", "(class N () {(? String value \"x\")})"),
            (
                "@Slf4j class L { void m() { log.info(\"x\"); } }",
                "(@Slf4j class L () {(set (. this log):(. (. org slf4j) Logger) _) (fn L.m () {(call (. (. L log) info) \"x\")})})",
            ),
        ],
    );
}

#[test]
fn types_are_bare_names() {
    check(
        body,
        &[
            ("Map<String, List<T>> x = null;", "(let x:Map null)"),
            ("java.util.Map.Entry<K, V>[] x;", "(let x:(. (. (. java util) Map) Entry) _)"),
            ("byte[] x; char y[]; int[] z; var w = a;", "(let x:bytes _) (let y:chars _) (let z _) (let w a)"),
            ("@N String x;", "N (let x:String _)"),
        ],
    );
    check(java, &[("class A { <X extends Y, Z> X f(Z z) { X x; } }", "(class A () {(fn A.f (z):Y {(let x:Y _)})})")]);
}

#[test]
fn imports() {
    let file = lower(
        "package p; import a.B; import static a.C.d; import e.*; import static f.G.*; class X { String s; Runnable r; Thread.State t; B b; }",
    );
    let all: Vec<_> = file.imports.iter().map(|i| (i.local.map(|l| file.text(l)), &*i.path, &*i.module)).collect();
    let expected = [
        (Some("B"), "a.B", "a"),
        (Some("d"), "a.C.d", "a.C"),
        (None, "e.*", "e"),
        (None, "f.G.*", "f.G"),
        (Some("Runnable"), "java.lang.Runnable", "java.lang"),
        (Some("String"), "java.lang.String", "java.lang"),
        (Some("Thread"), "java.lang.Thread", "java.lang"),
    ];
    assert_eq!(all, expected);
    let own = lower("import my.Process; class String { Process p; String s; }");
    assert_eq!(own.imports.len(), 1);
}

#[test]
fn spans_are_those_of_the_source() {
    let text = "class A { void m(int x) { a.b(x); } abstract void n(); }";
    let file = lower(text);
    let slice = |s: Span| text.get(s.range()).unwrap();
    let method = file.functions.get(1).unwrap();
    assert_eq!(slice(method.span), "void m(int x) { a.b(x); }");
    assert_eq!((slice(method.name_span), slice(method.body_span)), ("m", "{ a.b(x); }"));
    assert_eq!(slice(method.params.first().unwrap().span), "int x");
    let declared = file.functions.get(2).unwrap();
    assert_eq!((slice(declared.span), slice(declared.body_span)), ("abstract void n();", ""));
    let call = file.exprs.iter().find(|e| matches!(e.kind, ExprKind::Call { .. })).unwrap();
    assert_eq!(slice(call.span), "a.b(x)");
    let ExprKind::Call { callee, .. } = call.kind else { return };
    assert_eq!(slice(file.expr(callee).span), "a.b");
}

#[test]
fn broken_code_is_lowered_as_far_as_it_can() {
    for text in [
        "class A { void m() { f(g(x); } void n() { h(); } }",
        "class A { void m( { f(x); }",
        "f(x); int y = g(",
        "class { String s = a(b) + ; }",
    ] {
        let file = lower(text);
        assert!(!file.errors.is_empty());
        assert_eq!(lost(text, &file), Vec::<String>::new(), "{text}");
    }
}
