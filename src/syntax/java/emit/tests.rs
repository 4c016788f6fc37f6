#![allow(clippy::unwrap_used, clippy::expect_used)]

use proptest::prelude::*;

use super::JavaEmit;
use crate::edit::EditSet;
use crate::syntax::Source;
use crate::syntax::emit::{Emit, NeededImport};
use crate::syntax::hir::*;
use crate::syntax::java::lower;

fn import(text: &str, module: &str, name: &str) -> (String, String) {
    let source = Source::new(text.as_bytes());
    let needed = NeededImport { module: module.into(), name: Some(name.into()).filter(|n: &String| !n.is_empty()) };
    let file = lower(source.text());
    let (local, edit) = JavaEmit.import(&file, &source, &needed, &|_| false);
    (local, EditSet::new(edit.into_iter().collect()).unwrap().apply(text))
}

#[test]
fn what_is_there_is_used() {
    let texts = [
        "import java.util.Objects;\nclass A {}\n",
        "import java.util.*;\nclass A {}\n",
        "package java.util;\nclass A {}\n",
    ];
    for text in texts {
        assert_eq!(import(text, "java.util", "Objects"), ("Objects".into(), text.into()));
    }
    let text = "class A { String s; }\n";
    assert_eq!(import(text, "java.lang", "String"), ("String".into(), text.into()));
    assert_eq!(import(text, "java.lang.Math", ""), ("Math".into(), text.into()));
}

#[test]
fn a_name_that_is_taken_is_written_in_full() {
    for text in ["import my.Objects;\nclass A {}\n", "class A { static class Objects {} }\n"] {
        assert_eq!(import(text, "java.util", "Objects"), ("java.util.Objects".into(), text.into()));
    }
}

#[test]
fn a_new_import_stands_where_the_order_has_it() {
    let cases = [
        ("import a.A;\nimport java.io.File;\nimport java.util.Set;\nclass C {}\n", 2),
        ("import java.util.Set;\nimport java.io.File;\nclass C {}\n", 0),
        ("import org.x.Y;\nimport org.x.Z;\nclass C {}\n", 0),
        ("import a.A; // why\nimport b.B;\nclass C {}\n", 2),
        ("import org.x.Y;\n\nimport javax.A;\n\nclass C {}\n", 3),
        ("package p;\n\nclass C {}\n", 2),
        ("import static a.B.c;\n\nclass C {}\n", 2),
        ("// Licence\n\nclass C {}\n", 2),
        ("class C {}\n", 0),
    ];
    for (text, line) in cases {
        let (name, changed) = import(text, "java.util", "Objects");
        assert_eq!(name, "Objects");
        assert_eq!(changed.lines().nth(line), Some("import java.util.Objects;"), "{changed}");
        assert!(lower(&changed).errors.is_empty());
    }
    let (_, changed) = import("package p; import a.A; class C {}", "java.util", "Objects");
    assert_eq!(changed, "package p; import a.A;\nimport java.util.Objects;\n class C {}");
    let (_, changed) = import("import a.A;\r\nclass C {}\r\n", "java.util", "Objects");
    assert_eq!(changed, "import a.A;\r\nimport java.util.Objects;\r\nclass C {}\r\n");
}

#[test]
fn constants_and_keywords() {
    assert_eq!((JavaEmit.boolean(true), JavaEmit.boolean(false)), ("true", "false"));
    assert_eq!(JavaEmit.keyword("value", "\"x\""), "value = \"x\"");
    assert_eq!(JavaEmit.string("it's \"a\"\\\n\u{1}2\u{202e}", '\''), r#""it's \"a\"\\\n\0012\u202e""#);
}

proptest! {
    #[test]
    fn a_written_string_is_read_back(value in any::<String>()) {
        let text = format!("class A {{ String s = {}; }}", JavaEmit.string(&value, '"'));
        let file = lower(&text);
        prop_assert!(file.errors.is_empty());
        let read = file.exprs.iter().find_map(|e| match &e.kind {
            ExprKind::Literal(Literal::Str(read)) => Some(read.to_string()),
            _ => None,
        });
        prop_assert_eq!(read, Some(value));
    }

    #[test]
    fn any_text_takes_an_import(pieces in prop::collection::vec(prop::sample::select(PIECES.to_vec()), 0..12)) {
        let text = pieces.concat();
        let before = lower(&text);
        let (local, changed) = import(&text, "java.util", "Objects");
        if before.errors.is_empty() {
            prop_assert!(lower(&changed).errors.is_empty(), "{}", changed);
            prop_assert_eq!(import(&changed, "java.util", "Objects"), (local, changed));
        }
    }
}

const PIECES: &[&str] = &[
    "\n",
    "\r\n",
    " ",
    "// c\n",
    "/* d */",
    "/* e\nf */\n",
    "\u{feff}",
    "package a.b;",
    "import a.B;",
    "import java.util.Set;\n",
    "import static a.b.C.d;\n",
    "import x.*;",
    "class K {}\n",
    "@A\nclass L {}",
    "interface Objects {}",
    "/** doc */\n",
];
