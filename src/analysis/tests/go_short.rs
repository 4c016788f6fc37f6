//! Guards in Go that do not suffice, and what findings say of them.

use super::go::go;
use crate::inspect::{Limits, inspect};
use crate::rules::Library;

/// What the findings in the body of a handler say behind the semicolon.
fn lacks(body: &str) -> Vec<String> {
    let imports = "import (\n\t\"net/http\"\n\t\"os\"\n\t\"path/filepath\"\n\t\"regexp\"\n\t\"strings\"\n)";
    let code = format!(
        "package main\n\n{imports}\n\nfunc handle(w http.ResponseWriter, r *http.Request) {{\n\tx := r.FormValue(\"x\")\n{body}\n}}\n"
    );
    let inspected = inspect("a.go", code.as_bytes(), Library::built_in(), Limits::default());
    let said = |m: &str| m.split_once("; ").map_or("", |(_, lacks)| lacks).to_string();
    inspected.findings.iter().map(|f| said(&f.message)).collect()
}

#[test]
fn findings_say_what_a_guard_lacks() {
    let cases = [
        ("os.ReadFile(x)", ""),
        (
            "os.ReadFile(filepath.Join(\"d\", x))",
            "`..` is resolved, but nothing checks that the path stays inside its folder",
        ),
        (
            "if strings.Contains(x, \"..\") {\nreturn\n}\nos.ReadFile(x)",
            "`..` is kept out, but the path may still be absolute",
        ),
        ("os.RemoveAll(\"d/\" + filepath.Base(x))", "a name without separators can still be `..`, the folder above"),
        (
            "if regexp.MustCompile(`[a-z]+`).MatchString(x) {\nos.ReadFile(x)\n}",
            "the pattern that is checked needs to match only a part of the text",
        ),
        (
            "if strings.HasPrefix(x, \"/\") {\nhttp.Redirect(w, r, x, 302)\n}",
            "an address that begins with two slashes leads to another host",
        ),
        (
            "if x[0] == '/' && x[1] != '/' {\nhttp.Redirect(w, r, x, 302)\n}",
            "a backslash behind the first slash leads to another host, too",
        ),
    ];
    for (body, expected) in cases {
        assert_eq!(lacks(body), [expected], "{body}");
    }
}

#[test]
fn a_name_without_separators_is_no_folder_above_once_that_is_ruled_out() {
    go(r#"
func handle(w http.ResponseWriter, r *http.Request) {
	name := filepath.Base(r.FormValue("name"))
	os.Open("d/" + name)
	os.RemoveAll("d/" + name) // ^ path-traversal
	if name != ".." {
		os.RemoveAll("d/" + name)
	}
	if filepath.Ext(name) == ".zip" {
		os.RemoveAll("d/" + name)
	}
	if name == ".." {
		return
	}
	os.RemoveAll("d/" + name)
}

func raw(w http.ResponseWriter, r *http.Request) {
	name := r.FormValue("name")
	if name == ".." {
		return
	}
	os.RemoveAll("d/" + name) // ^ path-traversal
}
"#);
}

#[test]
fn a_constant_that_is_a_secret_stays_one_inside_another_text() {
    go(r#"
func connect() {
	password := "hunter2!x" // ^ hard-coded-credentials
	fmt.Println("connecting with " + password) // ^ clear-text-logging
}
"#);
}

#[test]
fn a_pattern_with_dots_keeps_separators_out() {
    go(r#"
var name = regexp.MustCompile(`^[\w.-]+$`)

func handle(w http.ResponseWriter, r *http.Request) {
	x := r.FormValue("x")
	if !name.MatchString(x) {
		return
	}
	os.ReadFile("d/" + x)
	os.RemoveAll("d/" + x) // ^ path-traversal
}
"#);
}
