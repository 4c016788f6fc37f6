//! What is written into files.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use super::GoEmit;
use crate::edit::EditSet;
use crate::syntax::emit::{Emit, NeededImport};
use crate::syntax::go::lower;
use crate::syntax::hir::*;
use crate::syntax::source::Source;

/// The name to use for `module` or `module:name`, and the text afterwards (`=` where nothing changed).
fn import(text: &str, needed: &str) -> (String, String) {
    let (module, name) = match needed.split_once(':') {
        Some((module, name)) => (module, Some(name.to_owned())),
        None => (needed, None),
    };
    let needed = NeededImport { module: module.to_owned(), name };
    let source = Source::new(text.as_bytes());
    let (usable, edit) = GoEmit.import(&lower(source.text()), &source, &needed, &|_| false);
    let Some(edit) = edit else { return (usable, "=".to_owned()) };
    let after = EditSet::new(vec![edit]).unwrap().apply(source.text());
    let (old, new) = (lower(text), lower(&after));
    assert_eq!(old.errors.len(), new.errors.len(), "{after}");
    // Asking again for the same thing must find what was just written.
    let again = GoEmit.import(&new, &Source::new(after.as_bytes()), &needed, &|_| false);
    assert_eq!(again, (usable.clone(), None), "{after}");
    (usable, after)
}

#[track_caller]
fn check(text: &str, needed: &str, usable: &str, after: &str) {
    assert_eq!(import(text, needed), (usable.to_owned(), after.to_owned()), "{needed} in {text:?}");
}

#[test]
fn an_existing_import_is_used_under_its_name() {
    check("package p\nimport \"html\"\n", "html:EscapeString", "html.EscapeString", "=");
    check("package p\nimport h \"html\"\n", "html:EscapeString", "h.EscapeString", "=");
    check("package p\nimport \"github.com/golang-jwt/jwt/v5\"\n", "github.com/golang-jwt/jwt/v5", "jwt", "=");
}

#[test]
fn a_new_import_stands_among_its_like_in_order() {
    let text = "package p\n\nimport (\n\t\"fmt\"\n\t\"os\"\n\n\t\"github.com/a/b\"\n)\n";
    check(
        text,
        "html:X",
        "html.X",
        "package p\n\nimport (\n\t\"fmt\"\n\t\"html\"\n\t\"os\"\n\n\t\"github.com/a/b\"\n)\n",
    );
    check(
        text,
        "strings",
        "strings",
        "package p\n\nimport (\n\t\"fmt\"\n\t\"os\"\n\t\"strings\"\n\n\t\"github.com/a/b\"\n)\n",
    );
    check(
        text,
        "bytes",
        "bytes",
        "package p\n\nimport (\n\t\"bytes\"\n\t\"fmt\"\n\t\"os\"\n\n\t\"github.com/a/b\"\n)\n",
    );
    check(
        text,
        "golang.org/x/crypto/bcrypt:Cost",
        "bcrypt.Cost",
        "package p\n\nimport (\n\t\"fmt\"\n\t\"os\"\n\n\t\"github.com/a/b\"\n\t\"golang.org/x/crypto/bcrypt\"\n)\n",
    );
}

#[test]
fn a_kind_that_is_not_there_makes_a_group() {
    let ours = "package p\nimport (\n\t\"os\"\n)\n";
    check(ours, "x.org/y", "y", "package p\nimport (\n\t\"os\"\n\n\t\"x.org/y\"\n)\n");
    let theirs = "package p\nimport (\n\t\"x.org/y\" // why\n)\n";
    check(theirs, "os", "os", "package p\nimport (\n\t\"os\"\n\n\t\"x.org/y\" // why\n)\n");
}

#[test]
fn without_parentheses_a_declaration_is_added() {
    check(
        "package p\nimport \"os\"\nvar x = 1\n",
        "html",
        "html",
        "package p\nimport \"os\"\nimport \"html\"\nvar x = 1\n",
    );
    check("// c\npackage p\n\nvar x = 1\n", "html", "html", "// c\npackage p\n\nimport \"html\"\n\nvar x = 1\n");
    check("package p\r\nvar x = 1\r\n", "html", "html", "package p\r\n\r\nimport \"html\"\r\nvar x = 1\r\n");
    check(
        "package p\nimport (\"os\"; \"io\")\n",
        "html",
        "html",
        "package p\nimport (\"os\"; \"io\")\nimport \"html\"\n",
    );
}

#[test]
fn a_name_that_is_taken_gets_an_alias() {
    let text = "package p\nimport \"text/template\"\n";
    check(
        text,
        "html/template:New",
        "htmltemplate.New",
        "package p\nimport \"text/template\"\nimport htmltemplate \"html/template\"\n",
    );
    let text = "package p\nfunc f(html string) {}\n";
    check(text, "html:X", "stdhtml.X", "package p\n\nimport stdhtml \"html\"\nfunc f(html string) {}\n");
}

#[test]
fn strings_come_back_as_they_were() {
    for value in ["plain", "a\"b\\c", "line\nbreak\ttab\r", "nul\0bell\u{7}", "é\u{200b}\u{feff}\u{e0041}", "`$%'"] {
        let text = format!("package p\nvar x = {}\n", GoEmit.string(value, '\''));
        let file = lower(&text);
        let found = file.exprs.iter().any(|e| e.kind_is(value));
        assert!(found && file.errors.is_empty(), "{text}");
    }
    assert_eq!(GoEmit.keyword("Secure", GoEmit.boolean(true)), "Secure: true");
}

impl Expr {
    fn kind_is(&self, value: &str) -> bool {
        matches!(&self.kind, ExprKind::Literal(Literal::Str(s)) if **s == *value)
    }
}
