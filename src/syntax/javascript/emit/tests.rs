#![allow(clippy::unwrap_used, clippy::expect_used)]

use proptest::prelude::*;

use super::JavaScriptEmit;
use crate::edit::EditSet;
use crate::syntax::emit::{Emit, NeededImport};
use crate::syntax::hir::{ExprKind, Language, Literal};
use crate::syntax::javascript::lower;
use crate::syntax::source::Source;

fn needed(module: &str, name: &str) -> NeededImport {
    NeededImport { module: module.into(), name: Some(name.to_owned()).filter(|n| !n.is_empty()) }
}

/// The name to use and the text afterwards, which must lower without errors and need no further edit.
fn import_as(language: Language, text: &str, module: &str, name: &str) -> (String, String) {
    let source = Source::new(text.as_bytes());
    let file = lower("a", language, source.text());
    let (local, edit) = JavaScriptEmit.import(&file, &source, &needed(module, name), &|_| false);
    let changed = EditSet::new(edit.into_iter().collect()).unwrap().apply(source.text());
    let source = Source::new(changed.as_bytes());
    let again = lower("a", language, source.text());
    assert_eq!(again.errors.len(), file.errors.len(), "the edit breaks the syntax: {changed}");
    assert_eq!(
        JavaScriptEmit.import(&again, &source, &needed(module, name), &|_| false),
        (local.clone(), None),
        "{changed}"
    );
    (local, changed)
}

fn import(text: &str, module: &str, name: &str) -> (String, String) {
    import_as(Language::JavaScript, text, module, name)
}

fn unchanged(text: &str, module: &str, name: &str) -> String {
    let (local, changed) = import_as(Language::TypeScript, text, module, name);
    assert_eq!(changed, text);
    local
}

#[test]
fn existing_bindings_are_used_under_their_names() {
    let destructured = "const { execFile } = require('child_process')\n";
    assert_eq!(unchanged(destructured, "child_process", "execFile"), "execFile");
    assert_eq!(unchanged("const cp = require('child_process');", "child_process", "execFile"), "cp.execFile");
    assert_eq!(
        unchanged("const { execFile: run } = require('node:child_process');", "child_process", "execFile"),
        "run"
    );
    assert_eq!(unchanged("import { execFile as run } from 'child_process';", "node:child_process", "execFile"), "run");
    assert_eq!(unchanged("import * as cp from \"child_process\";", "child_process", "execFile"), "cp.execFile");
    assert_eq!(unchanged("import path from 'path';", "path", ""), "path");
    assert_eq!(unchanged("import { default as p } from 'path';", "path", ""), "p");
    assert_eq!(unchanged("import p = require('path');", "path", "join"), "p.join");
    assert_eq!(unchanged("const join = require('path').join;", "path", "join"), "join");
    assert_eq!(unchanged("var a = 1, p = require('path');", "path", "join"), "p.join");
}

#[test]
fn bindings_that_are_no_values_of_the_top_level_are_not_used() {
    let (local, text) = import("function f() { const p = require('path'); }\n", "path", "join");
    assert_eq!((local.as_str(), text.lines().next().unwrap()), ("join", "const { join } = require('path');"));
    let (local, text) = import_as(Language::TypeScript, "import type { Pool } from 'pg';\n", "pg", "Pool");
    assert_eq!(
        (local.as_str(), text.as_str()),
        ("Pool2", "import type { Pool } from 'pg';\nimport { Pool as Pool2 } from 'pg';\n")
    );
    let (local, _) = import_as(Language::TypeScript, "import { type Pool } from 'pg';\n", "pg", "Pool");
    assert_eq!(local, "Pool2");
    let (local, _) = import("if (a) { const q = require('path'); }\n", "path", "");
    assert_eq!(local, "path");
}

#[test]
fn a_new_import_follows_the_last_one_in_the_style_of_the_file() {
    let cases = [
        (
            "const a = require('a');\nconst b = require('b');\n\nb();\n",
            "const a = require('a');\nconst b = require('b');\nconst { join } = require('path');\n\nb();\n",
        ),
        ("var a = require(\"a\")\na()\n", "var a = require(\"a\")\nconst { join } = require(\"path\")\na()\n"),
        (
            "import a from \"a\"\nimport b from \"b\"\n\na(b)\n",
            "import a from \"a\"\nimport b from \"b\"\nimport { join } from \"path\"\n\na(b)\n",
        ),
        (
            "import a from 'a'; // why\r\na();\r\n",
            "import a from 'a'; // why\r\nimport { join } from 'path';\r\na();\r\n",
        ),
        ("import a from 'a';", "import a from 'a';\nimport { join } from 'path';"),
        ("import a from 'a';a();", "import a from 'a';\nimport { join } from 'path';\na();"),
        (
            "import a from 'a'; /* one\ntwo */ a();",
            "import a from 'a';\nimport { join } from 'path';\n /* one\ntwo */ a();",
        ),
        ("import {\n  a,\n} from 'a';\n\na();", "import {\n  a,\n} from 'a';\nimport { join } from 'path';\n\na();"),
        (
            "const a = require('a')\n\n;[1].map(a)\na()\n",
            "const a = require('a')\n\n;\nconst { join } = require('path');\n[1].map(a)\na()\n",
        ),
        (
            "const a = require('a')\nconst { b } = a\n",
            "const a = require('a')\nconst { join } = require('path')\nconst { b } = a\n",
        ),
        ("const a = require('node:fs');\n", "const a = require('node:fs');\nconst { join } = require('node:path');\n"),
        (
            "const e = require('e');\nconst app = e();\nconst b = require('b')(app);\napp.get(() => {});\n",
            "const e = require('e');\nconst app = e();\nconst b = require('b')(app);\nconst { join } = require('path');\napp.get(() => {});\n",
        ),
        (
            "const a = require('a');\nfunction f() {}\nconst b = require('b');\n",
            "const a = require('a');\nconst { join } = require('path');\nfunction f() {}\nconst b = require('b');\n",
        ),
        ("export const a = () => 1;\n", "import { join } from 'path';\n\nexport const a = () => 1;\n"),
    ];
    for (text, expected) in cases {
        let (local, changed) = import(text, "path", "join");
        assert_eq!((local.as_str(), changed.as_str()), ("join", expected));
    }
}

#[test]
fn without_imports_it_stands_behind_what_belongs_to_the_whole_file() {
    let line = "const { join } = require('path');\n";
    let cases = [
        ("", line.to_owned()),
        ("a();\n", format!("{line}\na();\n")),
        (
            "'use strict';\n\na();\n",
            format!("'use strict';\n{line}\na();\n").replace("strict';\nconst", "strict';\nconst"),
        ),
        ("'use strict';\na();\n", format!("'use strict';\n{line}\na();\n")),
        ("#!/usr/bin/env node\na();\n", format!("#!/usr/bin/env node\n{line}\na();\n")),
        (
            "#!/usr/bin/env node\n'use strict'; // x\na();\n",
            format!("#!/usr/bin/env node\n'use strict'; // x\n{line}\na();\n"),
        ),
        ("/* Copyright X */\na();\n", format!("/* Copyright X */\n{line}\na();\n")),
        (
            "// The file.\n\n/** The function. */\nfunction a() {}\n",
            format!("// The file.\n{line}\n/** The function. */\nfunction a() {{}}\n"),
        ),
        ("/** The function. */\nfunction a() {}\n", format!("{line}\n/** The function. */\nfunction a() {{}}\n")),
        ("\u{feff}a();\n", format!("\u{feff}{line}\na();\n")),
        (
            "// SPDX-License-Identifier: MIT",
            "// SPDX-License-Identifier: MIT\nconst { join } = require('path');".to_owned(),
        ),
    ];
    for (text, expected) in cases {
        assert_eq!(import(text, "path", "join").1, expected, "{text:?}");
    }
}

#[test]
fn statements_without_semicolons_are_not_joined() {
    let (_, changed) = import("const a = require('a');\n// why\n[1].map(a)\na()\na()\n", "path", "join");
    assert_eq!(changed, "const a = require('a');\nconst { join } = require('path');\n// why\n[1].map(a)\na()\na()\n");
    let (_, changed) = import("/* header */\n\n(a)()\na()\n", "path", "join");
    assert_eq!(changed, "/* header */\nconst { join } = require('path');\n\n(a)()\na()\n");
    let (_, changed) = import("a()\n[1].map(b)\n", "path", "join");
    assert_eq!(changed, "const { join } = require('path')\n\na()\n[1].map(b)\n");
}

#[test]
fn a_name_that_is_taken_gets_an_alias() {
    let cases = [
        ("function join() {}\n", "const { join: join2 } = require('path');"),
        ("class join {}\nlet join2;\n", "const { join: join3 } = require('path');"),
        ("function f(join) { return join; }\n", "const { join: join2 } = require('path');"),
        ("import { join } from 'x';\n", "import { join as join2 } from 'path';"),
        ("const { a: { join } } = b;\n", "const { join: join2 } = require('path');"),
        ("import join, * as path from 'x';\n", "import { join as join2 } from 'path';"),
    ];
    for (text, expected) in cases {
        let (local, changed) = import(text, "path", "join");
        assert!(changed.lines().any(|l| l == expected), "{changed}");
        assert!(expected.contains(&local));
    }
    assert_eq!(import("let path = 1;\n", "path", "").0, "path2");
}

#[test]
fn whole_modules_get_a_name_from_their_path() {
    let cases = [
        ("child_process", "child_process"),
        ("express-rate-limit", "expressRateLimit"),
        ("@hapi/hapi", "hapi"),
        ("./lib/db.js", "db"),
        ("fs/promises", "fsPromises"),
        ("../2fa", "_2fa"),
        ("default", "default2"),
    ];
    for (module, local) in cases {
        let (name, text) = import("a();\n", module, "");
        assert_eq!((name.as_str(), text), (local, format!("const {local} = require('{module}');\n\na();\n")));
    }
    let (_, text) = import_as(Language::TypeScript, "a();\n", "path", "");
    assert_eq!(text, "import * as path from 'path';\n\na();\n");
    let (_, text) = import_as(Language::TypeScript, "import fs from 'fs';\n", "path", "");
    assert_eq!(text, "import fs from 'fs';\nimport path from 'path';\n");
    let (_, text) = import_as(Language::TypeScript, "import * as fs from 'fs';\n", "helmet", "");
    assert_eq!(text, "import * as fs from 'fs';\nimport helmet from 'helmet';\n");
}

#[test]
fn constants_and_options() {
    assert_eq!((JavaScriptEmit.boolean(true), JavaScriptEmit.boolean(false)), ("true", "false"));
    assert_eq!(JavaScriptEmit.keyword("httpOnly", "true"), "httpOnly: true");
    assert_eq!(JavaScriptEmit.string("it's \"a\"\\\n", '\''), r#"'it\'s "a"\\\n'"#);
    assert_eq!(JavaScriptEmit.string("${x}`\u{0}\u{2028}", '"'), r#""${x}`\x00\u2028""#);
}

proptest! {
    #[test]
    fn a_written_string_is_read_back(value in any::<String>(), quote in prop::sample::select(vec!['\'', '"', '`'])) {
        let text = format!("x({})", JavaScriptEmit.string(&value, quote));
        let file = lower("a.js", Language::JavaScript, &text);
        prop_assert!(file.errors.is_empty());
        let read = file.exprs.iter().find_map(|e| match &e.kind {
            ExprKind::Literal(Literal::Str(read)) => Some(read.to_string()),
            _ => None,
        });
        prop_assert_eq!(read, Some(value));
    }

    #[test]
    fn any_text_takes_an_import(pieces in prop::collection::vec(prop::sample::select(PIECES.to_vec()), 0..12), glue in "\n?") {
        let text = pieces.join(&glue);
        let source = Source::new(text.as_bytes());
        let file = lower("a.js", Language::JavaScript, source.text());
        let (local, edit) = JavaScriptEmit.import(&file, &source, &needed("path", "join"), &|_| false);
        let changed = EditSet::new(edit.into_iter().collect()).unwrap().apply(&text);
        if file.errors.is_empty() {
            let source = Source::new(changed.as_bytes());
            let again = lower("a.js", Language::JavaScript, source.text());
            prop_assert!(again.errors.is_empty(), "{}", changed);
            prop_assert_eq!(JavaScriptEmit.import(&again, &source, &needed("path", "join"), &|_| false), (local, None));
        }
    }
}

const PIECES: &[&str] = &[
    "\n",
    "\r\n",
    " ",
    ";",
    "// c\n",
    "/* d */",
    "/* e\nf */",
    "'use strict'",
    "a()",
    "(b)",
    "[c]",
    "`t`",
    "/r/",
    "+d",
    "#!x\n",
    "import e from 'e'",
    "const f = require('f')",
    "import 'g'",
    "export { h }",
    "function join() {}",
    "const { join } = k",
    "import * as path from 'path'",
    "\u{feff}",
    "{",
    "}",
    "var i = 1, j = require(\"j\")",
    "l(() => {})",
    "/** doc */\n",
];
