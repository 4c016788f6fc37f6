#![allow(clippy::unwrap_used, clippy::expect_used)]
//! What statements are lowered to, as S-expressions, and what broken code becomes.
use super::lower;
use super::tests::check;
use crate::syntax::javascript::lower::dump::dump;

/// Checks the statements of a function.
#[track_caller]
fn check_body(text: &str, expected: &str) {
    check(&format!("func f() {{\n{text}\n}}"), &format!("(fn f () {{{expected}}})"));
}

#[test]
fn assignments() {
    check_body("a, b = b, a", "(set (Tuple a b) (Tuple b a))");
    check_body("x := 1\nx += 2\nx++\ny--", "(let x 1) (set Add x 2) (set Add x 1) (set Sub y 1)");
    check_body("v, ok := m[a]", "(let (Tuple v ok) (Tuple ([] m a) (In a m)))");
    check_body("s, ok := y.(string)", "(let (Tuple s ok) (Tuple (as y string) (? )))");
    check_body("z, ok := <-ch", "(let (Tuple z ok) (Tuple ([] ch (? )) (? )))");
    check_body("p, err := g(x)\n_, err = g(x)", "(let (Tuple p err) (call g x)) (set (Tuple (? ) err) (call g x))");
    check_body("*q = 3\nr.s[1] = 4\n_ = t", "(set q 3) (set ([] (. r s) 1) 4) (set (? ) t)");
    check_body("ch <- a", "(set ([] ch (? )) a)");
}

#[test]
fn branches() {
    check_body(
        "if x := g(); x > 1 { a() } else if y := h(); y { b() } else { c() }",
        "{(let x (call g)) (if (Gt x 1) {(call a)} {(let y (call h)) (if y {(call b)} {(call c)})})}",
    );
    check_body("if err != nil { return }", "(if (NotEq err null) {(return _)} {})");
}

#[test]
fn loops() {
    check_body("for i := 0; i < 3; i++ { a(i) }", "{(let i 0) (while (Lt i 3) {(call a i)} {(set Add i 1)})}");
    check_body("for a < b { c() }", "(while (Lt a b) {(call c)} {})");
    check_body("for { break }", "(while _ {break} {})");
    check_body("for ; ; { continue }", "(while _ {continue} {})");
    check_body("for k, v := range m { a(k, v) }", "(in let (Tuple k v) m {(call a k v)})");
    check_body("for i := range 10 { a(i) }", "(in let i 10 {(call a i)})");
    check_body("for range ch { }", "(in (? ) ch {})");
    check_body("for _, v = range l { a(v) }", "(in (Tuple (? ) v) l {(call a v)})");
    check_body("L:\nfor { for { break L } }", "{(while (? ) {(while _ {break} {})} {})}");
    check_body("L:\nfor { continue L }", "{(while _ {continue} {})}");
}

#[test]
fn switches() {
    check_body(
        "switch s := h(); s { case 1, 2: a(); fallthrough; default: b() }",
        "{(let s (call h)) (switch s (case [1 2] {(call a)} falls) (case [] {(call b)}))}",
    );
    check_body("switch x { case 1: break }", "(switch x (case [1] {break}))");
    check_body(
        "switch t := v.(type) { case string: a(t); case int, *T: b(t); case nil: c() }",
        "{(let t v) (switch t (case [string] {(let t (as t string)) (call a t)}) (case [int T] {(call b t)}) \
         (case [nil] {(let t (as t nil)) (call c)}))}",
    );
    check_body("switch v.(type) { case T: }", "(switch v (case [T] {}))");
    check_body(
        "select { case m := <-c: a(m); case c <- 1: b(); default: d() }",
        "(switch (? ) (case [(? )] {(let m ([] c (? ))) (call a m)}) (case [(? )] {(set ([] c (? )) 1) (call b)}) \
         (case [] {(call d)}))",
    );
}

#[test]
fn conditions_of_a_switch_are_guards() {
    let file = lower("func f() { switch { case a, b: c(); default: d() } }");
    let cases = file.stmts.iter().find_map(|s| match &s.kind {
        crate::syntax::hir::StmtKind::Switch { cases, .. } => Some(cases),
        _ => None,
    });
    let cases = cases.unwrap();
    assert!(cases[0].guard.is_some() && cases[0].tests.is_empty() && cases[1].guard.is_none());
}

#[test]
fn what_runs_later() {
    check_body("defer mu.Unlock()\ngo work(x)", "(call (. mu Unlock)) (call work x)");
    check_body("go func(x string) { a(x) }(y)", "(?  {(call (fn arrow f.<lambda> (x:string) {(call a x)}) y)})");
}

#[test]
fn broken_code_keeps_what_is_there() {
    for (text, parts) in [
        ("func f() {\n\tq := g(x\n\tdb.Query(q)\n}\n", &["(call g", "(. db Query)"][..]),
        ("func f( {\n\tg(1)\n}\nfunc h() { k(2) }\n", &["(call g 1)", "(call k 2)"]),
        ("func f() { if x { a(1) \n b(2) }\n", &["(call a 1)", "(call b 2)"]),
        ("package p\nfunc f() { a.b(c). }\nvar y = d(1)\n", &["(call (. a b) c)", "(call d 1)"]),
        ("var x = T{a: f(1), b: }\n", &["(call f 1)"]),
    ] {
        let file = lower(text);
        assert!(!file.errors.is_empty(), "{text}");
        let dumped = dump(&file);
        for part in parts {
            assert!(dumped.contains(part), "{part} is not in\n{dumped}\nof {text}");
        }
    }
}
