//! What makes data safe in Go, with look-alikes that do not.

use super::go::go;
use crate::finding::Confidence;
use crate::inspect::{Limits, inspect};
use crate::rules::Library;

#[test]
fn dead_branches_and_overwritten_values_are_seen() {
    go(r#"
const debug = false

func handle(w http.ResponseWriter, r *http.Request) {
	name := r.FormValue("name")
	if debug {
		db.Query("SELECT * FROM " + name)
	}
	query := "SELECT 1"
	if len(query) > 0 {
		query = "SELECT * FROM " + name
	}
	db.Query(query) // ^ sql-injection
	name = "users"
	db.Query("SELECT * FROM " + name)
	switch mode := "safe"; mode {
	case "unsafe":
		db.Query("SELECT * FROM " + r.FormValue("t"))
	case "safe":
		db.Query("SELECT * FROM t")
	}
}
"#);
}

#[test]
fn patterns_guard() {
    go(r#"
var word = regexp.MustCompile(`^[a-z]+$`)

func handle(w http.ResponseWriter, r *http.Request) {
	x := r.FormValue("x")
	if !regexp.MustCompile(`^[a-z]+$`).MatchString(x) {
		return
	}
	db.Query("SELECT * FROM " + x)
	y := r.FormValue("y")
	if word.MatchString(y) {
		db.Query("SELECT * FROM " + y)
	} else {
		db.Query("SELECT * FROM " + y) // ^ sql-injection
	}
	z := r.FormValue("z")
	if ok, _ := regexp.MatchString("^[a-z]+$", z); !ok {
		return
	}
	db.Query("SELECT * FROM " + z)
	u := r.FormValue("u")
	if ok, err := regexp.MatchString("[a-z]+", u); err != nil || !ok {
		return
	}
	db.Query("SELECT * FROM " + u) // ^ sql-injection
}
"#);
}

#[test]
fn allow_lists_guard() {
    go(r#"
var allowed = map[string]bool{"users": true, "items": true, "c": true, "d": true, "e": true, "f": true, "g": true, "h": true, "i": true, "j": true}
var columns = map[string]string{"n": "name", "a": "age"}
var list = []string{"users", "items"}

func known(t string) bool {
	for _, a := range list {
		if a == t {
			return true
		}
	}
	return false
}

func pick(t string) string {
	switch t {
	case "users", "items":
		return t
	default:
		return "users"
	}
}

func handle(w http.ResponseWriter, r *http.Request) {
	a := r.FormValue("a")
	if _, ok := allowed[a]; !ok {
		return
	}
	db.Query("SELECT * FROM " + a)
	b := r.FormValue("b")
	if !allowed[b] {
		return
	}
	db.Query("SELECT * FROM " + b)
	c := r.FormValue("c")
	column, ok := columns[c]
	if !ok {
		column = "name"
	}
	db.Query("SELECT * FROM t ORDER BY " + column)
	db.Query("SELECT * FROM t ORDER BY " + c) // ^ sql-injection
	d := r.FormValue("d")
	if known(d) {
		db.Query("SELECT * FROM " + d)
	}
	db.Query("SELECT * FROM " + d) // ^ sql-injection
	db.Query("SELECT * FROM " + pick(r.FormValue("e")))
	f := r.FormValue("f")
	switch f {
	case "users", "items":
	default:
		return
	}
	db.Query("SELECT * FROM " + f)
	g := r.FormValue("g")
	switch {
	case g == "users":
		db.Query("SELECT * FROM " + g)
	case g != "":
		db.Query("SELECT * FROM " + g) // ^ sql-injection
	}
	h := r.FormValue("h")
	if h != "users" && h != "items" {
		return
	}
	db.Query("SELECT * FROM " + h)
}
"#);
}

#[test]
fn paths_are_guarded_by_their_base() {
    go(r#"
const base = "/srv/files"

func read(w http.ResponseWriter, r *http.Request) {
	name := r.FormValue("name")
	os.ReadFile(filepath.Join(base, name)) // ^ path-traversal
	full := filepath.Join(base, name)
	if !strings.HasPrefix(full, base+"/") {
		return
	}
	os.ReadFile(full)
}

func clean(w http.ResponseWriter, r *http.Request) {
	p := filepath.Clean(filepath.Join(base, r.FormValue("p")))
	if strings.HasPrefix(p, base+string(os.PathSeparator)) {
		os.ReadFile(p)
	}
	os.ReadFile(filepath.Join(base, filepath.Base(r.FormValue("q"))))
	s := r.FormValue("s")
	if !filepath.IsLocal(s) {
		http.Error(w, "bad", 400)
		return
	}
	os.ReadFile(filepath.Join(base, s))
}

func dots(w http.ResponseWriter, r *http.Request) {
	t := r.FormValue("t")
	if strings.Contains(t, "..") {
		return
	}
	os.ReadFile(filepath.Join(base, t))
	u := filepath.Clean(r.FormValue("u"))
	os.ReadFile(u) // ^ path-traversal
}
"#);
}

#[test]
fn helpers_that_check_and_return_an_error_guard() {
    go(r#"
func valid(name string) error {
	for _, c := range name {
		if c < 'a' || c > 'z' {
			return errors.New("bad name")
		}
	}
	return nil
}

func table(r *http.Request) (string, error) {
	t := r.FormValue("t")
	if !regexp.MustCompile(`^\w+$`).MatchString(t) {
		return "", errors.New("bad table")
	}
	return t, nil
}

func checked(t string) error {
	if !regexp.MustCompile(`^\w+$`).MatchString(t) {
		return fmt.Errorf("bad table %q", t)
	}
	return nil
}

func handle(w http.ResponseWriter, r *http.Request) {
	t, err := table(r)
	if err != nil {
		return
	}
	db.Query("SELECT * FROM " + t)
	u := r.FormValue("u")
	if err := checked(u); err != nil {
		return
	}
	db.Query("SELECT * FROM " + u)
	v := r.FormValue("v")
	checked(v)
	db.Query("SELECT * FROM " + v) // ^ sql-injection
}
"#);
}

#[test]
fn helpers_give_a_value_and_whether_there_is_one() {
    go(r#"
func lookup(r *http.Request) (string, bool) {
	t := r.FormValue("t")
	switch t {
	case "users", "items":
		return t, true
	}
	return "", false
}

func id(r *http.Request) (int, error) {
	return strconv.Atoi(r.FormValue("id"))
}

func wrapped(r *http.Request) (string, error) {
	v := r.FormValue("v")
	if v == "" {
		return "", fmt.Errorf("no value: %w", errors.New("x"))
	}
	return v, nil
}

func handle(w http.ResponseWriter, r *http.Request) {
	t, ok := lookup(r)
	if !ok {
		return
	}
	db.Query("SELECT * FROM " + t)
	n, err := id(r)
	if err != nil {
		return
	}
	db.Query("SELECT * FROM t WHERE id = " + strconv.Itoa(n))
	v, err := wrapped(r)
	if err != nil {
		return
	}
	db.Query("SELECT * FROM " + v) // ^ sql-injection
}
"#);
}

#[test]
fn inner_variables_shadow_outer_ones() {
    go(r#"
func clean(s string) (string, error) {
	return "users", nil
}

func handle(w http.ResponseWriter, r *http.Request) {
	t := r.FormValue("t")
	if t, err := clean(t); err == nil {
		db.Query("SELECT * FROM " + t)
	}
	db.Query("SELECT * FROM " + t) // ^ sql-injection
	u := "users"
	{
		u := r.FormValue("u")
		db.Query("SELECT * FROM " + u) // ^ sql-injection
	}
	db.Query("SELECT * FROM " + u)
	for _, u := range r.Form["x"] {
		db.Query("SELECT * FROM " + u) // ^ sql-injection
	}
	db.Query("SELECT * FROM " + u)
	if len(u) > 3 {
		u = r.FormValue("u")
	}
	db.Query("SELECT * FROM " + u) // ^ sql-injection
}
"#);
}

#[test]
fn queries_decide_no_host() {
    go(r##"
func page() string {
	return os.Getenv("PAGE")
}

func handle(w http.ResponseWriter, r *http.Request) {
	t := r.FormValue("t")
	http.Redirect(w, r, page()+"?t="+t, 302)
	http.Redirect(w, r, page()+("#"+t), 302)
	http.Redirect(w, r, fmt.Sprintf("%s?t=%s", page(), t), 302)
	http.Redirect(w, r, t+"?from="+page(), 302) // ^ open-redirect
	http.Redirect(w, r, t+"?t="+t, 302)         // ^ open-redirect
	http.Redirect(w, r, page()+t, 302)          // ^ open-redirect
}
"##);
}

#[test]
fn a_choice_under_a_condition_is_told_by_the_names_around() {
    let code = r#"
package main

import "crypto/tls"

func client(cfg *tls.Config, skipVerify bool, debug bool) {
	if skipVerify {
		cfg.InsecureSkipVerify = true
	}
	if debug {
		cfg.InsecureSkipVerify = true // loud
	}
}

func insecureConfig() *tls.Config {
	return &tls.Config{InsecureSkipVerify: true}
}

func config() *tls.Config {
	untrusted := &tls.Config{InsecureSkipVerify: true}
	use(untrusted)
	return &tls.Config{InsecureSkipVerify: true} // loud
}
"#;
    let inspected = inspect("a.go", code.as_bytes(), Library::built_in(), Limits::default());
    let found = |loud: bool| -> Vec<u32> {
        let chosen = inspected.findings.iter().filter(|f| (f.confidence > Confidence::Low) == loud);
        chosen.map(|f| f.region.start_line).collect()
    };
    let marked: Vec<u32> = (1..).zip(code.lines()).filter(|(_, l)| l.contains("// loud")).map(|(n, _)| n).collect();
    assert_eq!(found(true), marked);
    assert_eq!(found(false).len(), 3);
}

#[test]
fn a_flag_that_is_set_behind_a_test_stands_for_the_test() {
    go(r#"
var hosts = []string{"a.example.com", "b.example.com"}

func handle(w http.ResponseWriter, r *http.Request) {
	target := r.FormValue("host")
	known := false
	for _, host := range hosts {
		if target == host {
			known = true
			break
		}
	}
	if !known {
		http.Get("https://" + target) // ^ server-side-request-forgery
		return
	}
	http.Get("https://" + target)
}

func unrelated(w http.ResponseWriter, r *http.Request) {
	target, other := r.FormValue("host"), r.FormValue("other")
	known := false
	if other == "a" {
		known = true
	}
	if known {
		http.Get("https://" + target) // ^ server-side-request-forgery
	}
}

func either(w http.ResponseWriter, r *http.Request) {
	target := r.FormValue("host")
	known := false
	if target == "a.example.com" {
		known = true
	}
	if r.FormValue("force") != "" {
		known = true
	}
	if known {
		http.Get("https://" + target) // ^ server-side-request-forgery
	}
}
"#);
}

#[test]
fn a_path_that_is_one_of_the_programs_own_is_that_one() {
    go(r#"
func handle(w http.ResponseWriter, r *http.Request, folder string) {
	base, _ := filepath.Abs("d")
	path := filepath.Join(base, r.FormValue("x"))
	if path == base {
		os.ReadFile(path)
	}
	if path[:len(base)] == base {
		os.ReadFile(path) // ^ path-traversal
	}
	if path != base && !strings.HasPrefix(path, base+"/") {
		return
	}
	os.ReadFile(path)
}
"#);
}
