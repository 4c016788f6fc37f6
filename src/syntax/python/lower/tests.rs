//! What each form lowers to, printed by `dump`.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use super::dump::{dump, function};
use super::lower;
use crate::syntax::hir::*;

fn check(text: &str, expected: &[&str]) {
    assert_eq!(dump(&lower(text)), expected.join("\n"), "for {text}");
}

fn spans(text: &str, pick: fn(&ExprKind) -> bool) -> Vec<&str> {
    let file = lower(text);
    file.exprs.iter().filter(|e| pick(&e.kind)).map(|e| &text[e.span.range()]).collect()
}

#[test]
fn operators() {
    check("a < b not in c is not d", &["(And (Lt a b) (And (NotIn b c) (NotEq c d)))"]);
    check("not a and b or c", &["(Or (And (Not a) b) c)"]);
    check("-a ** ~b // +c", &["(FloorDiv (Neg (Pow a (Invert b))) (Plus c))"]);
    check("x = a if t else b", &["(set x = (? t a b))"]);
    check("(y := f(x)) > 1", &["(Gt (:= y f(x)) Int(1))"]);
    check("a <> b is c", &["(And (NotEq a b) (Eq b c))"]);
}

#[test]
fn a_parenthesised_expression_has_the_span_inside() {
    assert_eq!(spans("((a + b)) * (c)", |k| matches!(k, ExprKind::Binary { .. })), ["a + b", "((a + b)) * (c)"]);
    let many = format!("{}\"x\"{}", "(".repeat(2_000), ")".repeat(2_000));
    assert_eq!(spans(&many, |k| matches!(k, ExprKind::Literal(_))), ["\"x\""]);
}

#[test]
fn the_shared_operand_of_a_chained_comparison_is_one() {
    assert_eq!(spans("a < f() < c", |k| matches!(k, ExprKind::Call { .. })), ["f()"]);
}

#[test]
fn calls_and_subscripts() {
    check("f(*a, **b, c=1, *(d))", &["f(*a, **b, c=Int(1), *d)"]);
    check("f(x for x in y if z)", &["f((each Generator x for x in y if z))"]);
    check("a.b(c)[d].e()", &["a.b(c)[d].e()"]);
    check("x[1:2]\ny[:]\nz[::k]", &["(slice x Int(1) Int(2))", "(slice y )", "(slice z k)"]);
    check("x[1:a, 3]\nw[1,]", &["x[(Tuple (?? Int(1) a) Int(3))]", "w[(Tuple Int(1))]"]);
    check("await x.y()", &["(await x.y())"]);
}

#[test]
fn legacy_statements_are_calls() {
    check("print x, f(y)", &["print(x, f(y))"]);
    check("print >>f, x", &["print(f, x)"]);
    check("exec code", &["exec(code)"]);
    check("exec 'a' in b", &["exec(\"a\", b)"]);
    check("print(x)", &["print(x)"]);
    assert_eq!(spans("print x", |k| matches!(k, ExprKind::Name(_))), ["print", "x"]);
}

#[test]
fn strings() {
    check(
        r#""\x41\u00e9\101\t\q\
b" 'c'"#,
        &[r#""AéA\t\\qbc""#],
    );
    check(r#"R"\n" + u'\N{BULLET}'"#, &["(Add \"\\\\n\" \"\u{fffd}\")"]);
    check(r#"rB"\n" b"\xff\x41" "#, &[r#"Bytes("\\n�A")"#]);
    check(r#"b"\u0041\xc3\xa9""#, &[r#"Bytes("\\u0041é")"#]);
    check("x = '''a\r\nb'''", &[r#"(set x = "a\nb")"#]);
    check(r"'\ud800\777\1'", &["\"\u{fffd}\u{1ff}\\u{1}\""]);
    assert_eq!(spans("('a'\n  \"b\")", |k| matches!(k, ExprKind::Literal(_))), ["'a'\n  \"b\""]);
}

#[test]
fn interpolated_strings() {
    check(r#"f"a{x!r:>{w}}{{b}}{y=}{z, 1}""#, &[r#"(f "a" x w "{b}" "y=" y (Tuple z Int(1)))"#]);
    check(r#""a" F"b{c()}" "d""#, &[r#"(f "a" "b" c() "d")"#]);
    check(r#"rf"\d{x}""#, &[r#"(f "\\d" x)"#]);
    check(r#"f"plain{{}}""#, &[r#""plain{}""#]);
    check(r#"f"{f'{a}'}""#, &["(f (f a))"]);
    assert_eq!(
        spans(r#"f"é{ x.y }b""#, |k| matches!(k, ExprKind::Literal(_) | ExprKind::Member { .. })),
        ["x.y", "é", "b"]
    );
}

#[test]
fn numbers() {
    check(
        "0xff, 0O17, 0b1_1, 1_000, 1.5, 1e3, 2j",
        &["(Tuple Int(255) Int(15) Int(3) Int(1000) Float(1.5) Float(1000.0) Float(2.0))"],
    );
    check("0777, 00, 10L, 9223372036854775808", &["(Tuple Int(511) Int(0) Int(10) Float(9.223372036854776e18))"]);
}

#[test]
fn collections_and_comprehensions() {
    check("[*a, b, (*c)]", &["(List *a b *c)"]);
    check("{**a, 'k': 1}", &["(Map *a \"k\": Int(1))"]);
    check("{a, *b}, ()", &["(Tuple (Set a *b) (Tuple ))"]);
    check(
        "{k: v for k, v in x if a if b for c in d}",
        &["(each Map key k v for (Tuple k v) in x if a if b for c in d)"],
    );
    check("{a for a in b}, [f(a) for a in b]", &["(Tuple (each Set a for a in b) (each List f(a) for a in b))"]);
    check("x = [a for a in b, c]", &["(set x = (each List a for a in (Tuple b c)))"]);
}

#[test]
fn assignments() {
    check("a = b, *c = v", &["(set a (Tuple b *c) = v)"]);
    check("x: int = 1\ny: str", &["(set x : int = Int(1))", "(set y : str)"]);
    check("x += yield y", &["(setAdd x = (yield y))"]);
    check("a.b[c] @= d", &["(setMatMul a.b[c] = d)"]);
    check("type X[T: B()] = list[T]", &["B()", "(set X = list[T])"]);
}

#[test]
fn annotations() {
    check("x: 'a.B'\ny: Optional['Foo']", &["(set x : a.B)", "(set y : Optional[Foo])"]);
    check("x: Literal['a']\ny: 'A | B'", &["(set x : Literal[\"a\"])", "(set y : \"A | B\")"]);
    check("v: Dict[str, 'B'] | None", &["(set v : (BitOr Dict[(Tuple str B)] Null))"]);
    assert_eq!(spans("x: 'ab.C'", |k| matches!(k, ExprKind::Name(_) | ExprKind::Member { .. })), ["x", "ab", "ab.C"]);
}

#[test]
fn simple_statements() {
    check("raise X(a) from f()", &["f()", "(throw X(a))"]);
    check("raise", &["(throw)"]);
    check("del a, b[0]\ndel (c, d)", &["(del a b[Int(0)])", "(del c d)"]);
    check("assert f(a), m", &["(assert f(a) m)"]);
    check("def f():\n  global a, b\n  nonlocal c\n  pass", &["(def pub f () {(outer a b) (outer c) {}})"]);
    check("return a, b", &["(return (Tuple a b))"]);
}

#[test]
fn loops_and_conditions() {
    check("if a: b\nelif c: d\nelif e: f\nelse: g", &["(if a {b} else{(if c {d} else{(if e {f} else{g})})})"]);
    check("while a:\n  break\nelse:\n  continue", &["(while a {break} else{continue})"]);
    check("async for x, *y in a, b: f()\nelse: z", &["(for (Tuple x *y) in (Tuple a b) {f()} else{z})"]);
}

#[test]
fn try_and_with() {
    check(
        "try:\n  a\nexcept (A, b.C) as e:\n  b\nexcept D:\n  c\nexcept:\n  d\nelse:\n  f\nfinally:\n  g",
        &["(try {a} (except [A b.C] as e {b}) (except [D] {c}) (except [] {d}) else{f} finally{g})"],
    );
    check("try:\n  a\nexcept* D as g:\n  c", &["(try {a} (except [D] as g {c}))"]);
    check("with (open(a) as f, b() as (g, h)): pass", &["(with [open(a) as f, b() as (Tuple g h)] {{}})"]);
    check("async with a, b as c.d: e", &["(with [a, b as c.d] {e})"]);
}

#[test]
fn matching() {
    let text = "match x, y:
 case [a, *b] as c: p
 case {'k': v, **r}: p
 case m.Point(x=-1, y=p) if q: p
 case 1 | -2 | 's': p
 case a.b: p
 case str(s): p
 case int() as i: p
 case z: p
 case _: p";
    check(
        text,
        &["(match (Tuple x y) \
        [(?? (Tuple a *b) c) {p}] [(Map \"k\": v *r) {p}] [(as (Map \"x\": (Neg Int(1)) \"y\": p) m.Point) if q {p}] \
        [Int(1) (Neg Int(2)) \"s\" {p}] [a.b {p}] [(as s str) {p}] [(:= i (as (Tuple ) int)) {p}] [z {p}] [ {p}])"],
    );
}

#[test]
fn functions() {
    check(
        "async def f(a, /, b: int=1, *args: str, c, d: 'X'=2, **kw) -> List['F']: await a",
        &["(def async pub f (a, b : int = Int(1), *args : str, kw c, kw d : X = Int(2), **kw) -> List[F] {(await a)})"],
    );
    check("def f(a, *, b): yield a", &["(def gen pub f (a, kw b) {(yield a)})"]);
    check(
        "def f():\n  def g(): yield from a\n  return g",
        &["(def pub f () {(def gen f.g () {(yield a)}) (return g)})"],
    );
    check("@a\n@b.c(1)\ndef _f(): pass", &["(def @a @b.c(Int(1)) _f () {{}})"]);
}

#[test]
fn lambdas() {
    check(
        "h = lambda a, *b, c=1, **d: (yield a)",
        &["(set h = (lambda gen h (a, *b, kw c = Int(1), **d) {(return (yield a))}))"],
    );
    check(
        "{'k': lambda: 1, j: lambda: 2}",
        &["(Map \"k\": (lambda k () {(return Int(1))}) j: (lambda <lambda> () {(return Int(2))}))"],
    );
    let file = lower("h = lambda a: a");
    let lambda = &file.functions[1];
    assert_eq!((lambda.name, &*lambda.symbol, lambda.is_arrow), (None, "h", true));
}

#[test]
fn classes() {
    let text = "@reg
class A(B, *c, metaclass=M()):
  x: int = 3
  def m(self): return self.x
  @staticmethod
  def s(a): pass
  class I:
    def k(self):
      def inner(): pass
class _P:
  def m(self): pass";
    check(
        text,
        &[
            "M()",
            "(class A [B c] {(set x : int = Int(3)) (def method pub A.m (self) {(return self.x)}) \
         (def @staticmethod static method pub A.s (a) {{}}) \
         (class A.I [] {(def method A.I.k (self) {(def A.I.k.inner () {{}})})})})",
            "(class _P [] {(def method _P.m (self) {{}})})",
        ],
    );
    let file = lower(text);
    assert_eq!(file.classes[0].methods.len(), 2);
    assert!(text[file.classes[0].span.range()].starts_with("@reg\nclass A"));
}

#[test]
fn spans_of_definitions() {
    let text = "x = 1\n@d\ndef f(a, b=2):\n  return a\n";
    let file = lower(text);
    let f = &file.functions[1];
    let slices = [f.span, f.body_span, f.name_span, f.params[1].span].map(|s| &text[s.range()]);
    assert_eq!(slices, ["@d\ndef f(a, b=2):\n  return a", "return a", "f", "b=2"]);
    assert_eq!(function(&file, FunctionId(1)), "@d pub f (a, b = Int(2)) {(return a)}");
}

#[test]
fn imports() {
    check("import os.path, a.b as c", &["(import os=os@os, c=a.b@a.b)"]);
    check(
        "from . import x\nfrom ..m.n import (y as z, w)",
        &["(import x=.x@.)", "(import z=..m.n.y@..m.n, w=..m.n.w@..m.n)"],
    );
    check("from .models import User", &["(import User=.models.User@.models)"]);
    check(
        "from q import *\nfrom __future__ import annotations",
        &["(import -=q.*@q)", "(import annotations=__future__.annotations@__future__)"],
    );
    let text = "import a\ndef f():\n  from b import c as d, e\n";
    let file = lower(text);
    let scopes: Vec<u32> = file.imports.iter().map(|i| i.scope.0).collect();
    assert_eq!(scopes, [0, 1, 1]);
    assert_eq!(&text[file.imports[1].span.range()], "c as d");
    assert_eq!(&text[file.imports[1].stmt_span.range()], "from b import c as d, e");
}

#[test]
fn broken_code_keeps_its_parts() {
    check("foo(a b, c(d))", &["(?? foo(a, c(d)) b)"]);
    check("def g(:\n  h(i)\nz()", &["(def pub g () {h(i)})", "z()"]);
    let file = lower("if x(\n  y()\nimport q\n");
    assert!(!file.errors.is_empty());
    assert!(file.exprs.iter().filter(|e| matches!(e.kind, ExprKind::Call { .. })).count() >= 1);
    check("try:\n  a()\nb()\n", &["(try {a()})", "b()"]);
}

#[test]
fn comments_and_continuations_do_not_count() {
    check("f(a, # one\n  # two\n  b) + \\\n  c # three\n", &["(Add f(a, b) c)"]);
    check("x = a if b else \\\n  c", &["(set x = (? b a c))"]);
    assert_eq!(lower("# a\nx # b\n").comments.len(), 2);
}
