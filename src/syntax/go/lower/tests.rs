#![allow(clippy::unwrap_used, clippy::expect_used)]
//! What declarations and expressions are lowered to, as S-expressions.
use super::import::package_names;
use super::lower;
use crate::syntax::hir::*;
use crate::syntax::javascript::lower::dump::dump;

/// Checks the S-expressions of a file without errors.
#[track_caller]
pub fn check(text: &str, expected: &str) {
    let file = lower(text);
    assert_eq!(dump(&file), expected, "{text}");
    assert_eq!(file.errors, vec![], "{text}");
}

/// Checks the S-expression of an expression.
#[track_caller]
fn check_expr(text: &str, expected: &str) {
    check(&format!("var x = {text}"), &format!("(let x {expected})"));
}

#[test]
fn imports() {
    check("package main\nimport \"net/http\"", "(import http=net/http)");
    check(
        r#"import (
  m "math/rand"
  . "strings"
  _ "github.com/lib/pq"
)
var x = ToUpper(y)
func Own() { Own() }"#,
        "(import m=math/rand _=strings ToUpper=strings.ToUpper _=github.com/lib/pq)\n\
         (let x (call ToUpper y))\n\
         (fn exported Own () {(call Own)})",
    );
}

#[test]
fn packages_are_called_as_their_paths_suggest() {
    for (path, name) in [
        ("net/http", "http"),
        ("github.com/labstack/echo/v4", "echo"),
        ("gopkg.in/yaml.v3", "yaml"),
        ("github.com/mattn/go-sqlite3", "sqlite3"),
        ("github.com/dgrijalva/jwt-go", "jwt"),
        ("github.com/satori/go.uuid", "uuid"),
        ("github.com/nats-io/nats.go", "nats"),
        ("github.com/hashicorp/golang-lru/v2", "lru"),
        ("v2", "v2"),
        ("", ""),
    ] {
        assert_eq!(package_names(path).first().map_or("", |n| n), name, "{path}");
    }
    let file = lower("import \"github.com/x/api-client\"\nvar a = client.New()");
    assert_eq!(file.imports[0].local.map(|l| file.text(l)), Some("client"), "what the file mentions decides");
}

#[test]
fn constants_and_variables() {
    check(
        "const (\n A = iota\n B\n C, D = iota * 2, \"x\"\n)",
        "(let A 0)\n(let B 1)\n(let (Tuple C D) (Tuple (Mul 2 2) \"x\"))",
    );
    check("const Name string = \"n\"", "(let Name:string \"n\")");
    check("var a, b int = 1, 2\nvar c, err = f()", "(let (Tuple a b):int (Tuple 1 2))\n(let (Tuple c err) (call f))");
    check("var d *http.Client", "(let d:(. http Client) _)");
    check(
        "var (\n e = 1\n g []string\n h map[string][]byte\n)",
        "(let e 1)\n(let g:([] list string) _)\n(let h:([] map bytes) _)",
    );
    check(
        "var i chan<- int\nvar j func(int) error\nvar k [N]T[int]",
        "(let i:([] chan int) _)\n(let j _)\n(let k:([] list T) _)",
    );
}

#[test]
fn functions_and_their_parameters() {
    check(
        "func f(a, b string, c *http.Request, rest ...int) {}",
        "(fn f (a:string b:string c:(. http Request) ...rest:([] list int)) {})",
    );
    check("func f(http.ResponseWriter, int) {}", "(fn f ((? ):(. http ResponseWriter) (? ):int) {})");
    check("func f() (int, error) { return 1, nil }", "(fn f ():(Tuple int error) {(return (Tuple 1 null))})");
    check(
        "func f() (out string, err error) { return }",
        "(fn f ():(Tuple string error) {(let out:string _) (let err:error _) (return (Tuple out err))})",
    );
    check("func f() (n int) { return }", "(fn f ():int {(let n:int _) (return n)})");
    check("func F[T any](x T) T { return F[int](x) }", "(fn exported F (x:T):T {(return (call F x))})");
    check("func G[T any](x, y T) T { return G[int](x, y) }", "(fn exported G (x:T y:T):T {(return (call G x y))})");
    check_expr("func(a int) int { return a }", "(fn arrow x (a:int):int {(return a)})");
}

#[test]
fn types_and_methods() {
    check(
        r#"type Store struct {
  db *sql.DB
  Name, Other string `json:"name"`
  *http.Client
  Base[int]
}
func (s *Store) Get(id string) string { return s.db.Q(id) }
func (Store) put() {}"#,
        "(class Store ((. http Client) Base) {(set db:(. sql DB) _) (set Name:string _) (set Other:string _) \
         (set Client:(. http Client) _) (set Base:Base _) \
         (fn exported Store.Get (s:Store id:string):string {(return (call (. (. s db) Q) id))}) \
         (fn Store.put ((? ):Store) {})})",
    );
    check("func (m missing[T]) do() {}", "(class missing () {(fn missing.do (m:missing) {})})");
    check(
        "type Getter interface { Get(id string) string }\ntype A struct{}\nfunc (A) Get(id string) string { return id }",
        "(class Getter (A) {})\n(class A () {(fn exported A.Get ((? ):A id:string):string {(return id)})})",
    );
    check("type ID string\ntype H = http.Handler", "(let ID string)\n(let H (. http Handler))");
    check("type ID string\nfunc (i ID) s() {}", "(class ID (string) {(fn ID.s (i:ID) {})})");
    check("type F func(a int) error\nvar x = F(g)", "(let x (as g F))");
    check(
        "func f() { type t struct { a int }; t{a: 1}.b() }",
        "(fn f () {(class f.t () {(set a:int _)}) (call (. (new t a=1) b))})",
    );
}

#[test]
fn composite_literals() {
    check_expr("http.Cookie{Name: \"n\", Secure: false}", "(new (. http Cookie) Name=\"n\" Secure=false)");
    let file = lower("var x = &http.Cookie{Name: \"n\"}");
    let named = file.exprs.iter().any(|e| match &e.kind {
        ExprKind::Call { args, is_new: true, .. } => {
            args.iter().all(|a| a.name.is_some_and(|n| file.text(n) == "Name"))
        }
        _ => false,
    });
    assert!(named, "fields are named arguments");
    check_expr("&tls.Config{}", "(new (. tls Config))");
    check_expr("[]string{\"a\", \"b\"}", "(List \"a\" \"b\")");
    check_expr("map[string]int{\"a\": 1, K: 2}", "(Map \"a\": 1 K: 2)");
    check_expr("[]User{{Name: 1}, {2}}", "(List (new User Name=1) (new User 2))");
    check_expr("map[string]*User{\"a\": {Name: 1}}", "(Map \"a\": (new User Name=1))");
    check_expr("struct{A int}{A: 1}", "(Map \"A\": 1)");
    check_expr("gin.H{\"a\": y}", "(as (Map \"a\": y) (. gin H))");
    check_expr("bson.D{{\"name\", y}, {Key: 1}}", "(as (List (List \"name\" y) (Map \"Key\": 1)) (. bson D))");
    check_expr("[...]byte{1, 2}", "(List 1 2)");
    check_expr("[3]int{2: 1}", "(List 2: 1)");
    check("type M map[string]string\nvar m = M{K: y}", "(let M ([] map string))\n(let m (as (Map K: y) M))");
}

#[test]
fn literals() {
    check_expr(r#""a\tb\u00e9\x41\101\"\n""#, r#""a\tbéAA\"\n""#);
    check_expr(r#""\xe2\x82\xac""#, "\"€\"");
    check_expr("`raw\\n\"`", r#""raw\\n\"""#);
    check_expr("'a' + '\\n' + '\\u20ac'", "(Add (Add 97 10) 8364)");
    check_expr("[]any{0x1F, 0b11, 0o17, 017, 1_000, 1.5e3, 2i, 0x1p-2}", "(List 31 3 15 15 1000 1500.0 2 0.25)");
    check_expr("[]any{nil, true, false, 99999999999999999999}", "(List null true false 1e20)");
}

#[test]
fn expressions() {
    check_expr("[]byte(y)", "(as y bytes)");
    check_expr("string(b)", "(as b string)");
    check_expr("int(b)", "(call int b)");
    check_expr("template.HTML(b)", "(call (. template HTML) b)");
    check_expr("make([]byte, n)", "(call make (as (List ) bytes) n)");
    check_expr("make(map[string]bool)", "(call make (as (Map ) ([] map bool)))");
    check_expr("new(bytes.Buffer)", "(new (. bytes Buffer))");
    check_expr("a[1:b:2]", "([:] a 1 b 2)");
    check_expr("*p + -q", "(Add p (Neg q))");
    check_expr("f(xs...)", "(call f ...xs)");
    check_expr("(*T)(y)", "(call T y)");
    check_expr("y.(*http.Request).URL", "(. (as y (. http Request)) URL)");
    check_expr("a[0].b(c)(d)", "(call (call (. ([] a 0) b) c) d)");
    check_expr("!a && b || c != d", "(Or (And (Not a) b) (NotEq c d))");
    check_expr("a &^ b", "(BitAnd a b)");
    check_expr("<-ch", "([] ch (? ))");
}

#[test]
fn what_is_declared_here_is_no_conversion() {
    check(
        "func string(a int) int { return a }\nvar x = string(1)",
        "(fn string (a:int):int {(return a)})\n(let x (call string 1))",
    );
}

#[test]
fn spans_are_exact() {
    let text = "var c = f(&http.Cookie{Name: v}, *p)";
    let file = lower(text);
    let spans: Vec<&str> = file
        .exprs
        .iter()
        .filter_map(|e| match &e.kind {
            ExprKind::Call { args, .. } => {
                Some(args.iter().map(|a| &text[a.span.range()]).chain([&text[e.span.range()]]))
            }
            _ => None,
        })
        .flatten()
        .collect();
    assert_eq!(
        spans,
        ["Name: v", "http.Cookie{Name: v}", "&http.Cookie{Name: v}", "*p", "f(&http.Cookie{Name: v}, *p)"]
    );
}

#[test]
fn functions_know_what_they_are() {
    let file = lower("package p\nfunc (s *S) Get() {\n\tx := func() {}\n\tx()\n}\nfunc main() {}\n");
    let seen: Vec<_> =
        file.functions.iter().map(|f| (&*f.symbol, f.is_exported, f.class.is_some(), f.is_arrow)).collect();
    let expected = [
        ("<module>", false, false, false),
        ("S.Get", true, true, false),
        ("S.Get.x", false, false, true),
        ("main", false, false, false),
    ];
    assert_eq!(seen, expected);
}
