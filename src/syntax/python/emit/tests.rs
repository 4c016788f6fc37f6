//! What is written into files.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use super::PythonEmit;
use crate::edit::EditSet;
use crate::syntax::emit::{Emit, NeededImport};
use crate::syntax::hir::*;
use crate::syntax::python::lower;
use crate::syntax::source::Source;

fn is_standard(root: &str) -> bool {
    ["a", "b", "c", "cgi", "typing", "re", "os", "html", "json", "io", "xml", "shlex", "sys", "subprocess", "secrets"]
        .contains(&root)
}

/// The name to use for `module` or `module:name`, and the text afterwards (`=` where nothing changed).
fn import(text: &str, needed: &str) -> (String, String) {
    let (module, name) = match needed.split_once(':') {
        Some((module, name)) => (module, Some(name.to_owned())),
        None => (needed, None),
    };
    let needed = NeededImport { module: module.to_owned(), name };
    let source = Source::new(text.as_bytes());
    let (usable, edit) = PythonEmit.import(&lower(source.text()), &source, &needed, &is_standard);
    let Some(edit) = edit else { return (usable, "=".to_owned()) };
    let after = EditSet::new(vec![edit]).unwrap().apply(source.text());
    let (old, new) = (lower(text), lower(&after));
    assert_eq!(old.errors.len(), new.errors.len(), "{after}");
    // Asking again for the same thing must find what was just written.
    let again = PythonEmit.import(&new, &Source::new(after.as_bytes()), &needed, &is_standard);
    assert_eq!(again, (usable.clone(), None), "{after}");
    (usable, after)
}

fn check(text: &str, needed: &str, usable: &str, after: &str) {
    assert_eq!(import(text, needed), (usable.to_owned(), after.to_owned()), "{needed} in {text:?}");
}

#[test]
fn an_existing_import_is_used_under_its_name() {
    check("import subprocess as sp\n", "subprocess", "sp", "=");
    check("import subprocess as sp\n", "subprocess:run", "sp.run", "=");
    check("from markupsafe import escape\n", "markupsafe:escape", "escape", "=");
    check("from markupsafe import escape as e, Markup\n", "markupsafe:escape", "e", "=");
    check("import markupsafe\n", "markupsafe:escape", "markupsafe.escape", "=");
    check("import os, sys; import re\n", "re", "re", "=");
    check("import xml.sax.saxutils\n", "xml.sax", "xml.sax", "=");
    check("import xml.sax.saxutils\n", "xml.sax.saxutils:escape", "xml.sax.saxutils.escape", "=");
    check("from xml.etree import ElementTree as ET\n", "xml.etree.ElementTree:parse", "ET.parse", "=");
    check("import os.path\n", "os", "os", "=");
    check("import os\n", "os.path:join", "os.path.join", "=");
    check("x = 1\ndef f(): pass\nimport re\n", "re", "re", "=");
}

#[test]
fn a_parent_module_is_not_its_submodule() {
    check("import xml\n", "xml.sax", "xml.sax", "import xml\nimport xml.sax\n");
    check("import xml.saxon\n", "xml.sax", "xml.sax", "import xml.sax\nimport xml.saxon\n");
    check("import xml.sax as s\n", "xml", "xml", "import xml\nimport xml.sax as s\n");
}

#[test]
fn a_new_import_stands_in_the_head() {
    check(
        "import a\nfrom b import (\n  c,\n)  # d\n\nx = 1\n",
        "re",
        "re",
        "import a\nimport re\nfrom b import (\n  c,\n)  # d\n\nx = 1\n",
    );
    check("import a\r\n\r\nx()\r\n", "html:escape", "escape", "import a\r\nfrom html import escape\r\n\r\nx()\r\n");
    check("import a", "re", "re", "import a\nimport re");
    check("import a; b = '''\n'''; c = 1\nd\n", "re", "re", "import a; b = '''\n'''; c = 1\nimport re\nd\n");
    check("import a \\\n  as b\nx\n", "re", "re", "import a \\\n  as b\nimport re\nx\n");
    check(
        "from __future__ import annotations\nx = 1\n",
        "re",
        "re",
        "from __future__ import annotations\n\nimport re\nx = 1\n",
    );
    check("__version__ = '1'\nimport a\nx\n", "re", "re", "__version__ = '1'\nimport a\nimport re\nx\n");
}

#[test]
fn a_new_import_goes_where_a_sorter_would_leave_it() {
    let sorted = "\"\"\"Doc.\"\"\"\n\nimport json\nimport subprocess\nfrom typing import Any\n\nimport flask\nimport requests\n\nfrom .db import run\n\nx\n";
    let with = |line: &str, before: &str| sorted.replacen(before, &format!("{line}\n{before}"), 1);
    check(sorted, "re", "re", &with("import re", "import subprocess"));
    check(sorted, "secrets", "secrets", &with("import secrets", "import subprocess"));
    check(sorted, "html:escape", "escape", &with("from html import escape", "from typing"));
    check(sorted, "markupsafe:escape", "escape", &with("from markupsafe import escape", "\nfrom .db"));
    check(sorted, "markupsafe", "markupsafe", &with("import markupsafe", "import requests"));
    check(sorted, ".app:page", "page", &with("from .app import page", "from .db"));
    // Without a group of its kind, it gets one.
    let packages = "from __future__ import annotations\n\nfrom flask import Flask\n\nx\n";
    check(packages, "re", "re", &packages.replacen("\nfrom flask", "\nimport re\n\nfrom flask", 1));
    check("import os\nx\n", "markupsafe", "markupsafe", "import os\n\nimport markupsafe\nx\n");
    // Without groups, it goes by the order, or else to the end.
    let by_module = "from flask import Flask\nimport os\nimport sys\n";
    check(by_module, "re", "re", "from flask import Flask\nimport os\nimport re\nimport sys\n");
    let mixed = "import os\nfrom flask import Flask\nimport json\n";
    check(mixed, "re", "re", &format!("{mixed}import re\n"));
}

#[test]
fn a_late_import_does_not_attract_the_new_one() {
    check(
        "from flask import Flask\napp = Flask(__name__)\napp.key = 'x'\nfrom app import routes\n",
        "os",
        "os",
        "import os\n\nfrom flask import Flask\napp = Flask(__name__)\napp.key = 'x'\nfrom app import routes\n",
    );
    check("x = 1\nimport a\n", "re", "re", "import re\n\nx = 1\nimport a\n");
}

#[test]
fn imports_that_may_not_run_do_not_count() {
    check(
        "import a\ntry:\n  import re\nexcept ImportError:\n  b = 1\nimport c\nx\n",
        "re",
        "re",
        "import a\nimport re\ntry:\n  import re\nexcept ImportError:\n  b = 1\nimport c\nx\n",
    );
    check(
        "import typing\nif typing.TYPE_CHECKING:\n  from html import escape\nx\n",
        "html:escape",
        "escape",
        "import typing\nfrom html import escape\nif typing.TYPE_CHECKING:\n  from html import escape\nx\n",
    );
    check("import a\ndef f():\n  import re\n", "re", "re", "import a\nimport re\ndef f():\n  import re\n");
    check(
        "try:\n  import ujson as json\nexcept ImportError:\n  import json\n",
        "json",
        "json_module",
        "import json as json_module\n\ntry:\n  import ujson as json\nexcept ImportError:\n  import json\n",
    );
    check("class C:\n  import re\n", "re", "re", "import re\n\nclass C:\n  import re\n");
}

#[test]
fn the_head_of_a_file_stays_the_head() {
    check("", "re", "re", "import re\n");
    check("x = 1\n", "re", "re", "import re\n\nx = 1\n");
    check(
        "#!/usr/bin/env python\n# -*- coding: utf-8 -*-\nx\n",
        "re",
        "re",
        "#!/usr/bin/env python\n# -*- coding: utf-8 -*-\nimport re\n\nx\n",
    );
    check("# licence\n# text\n\nx\n", "re", "re", "# licence\n# text\n\nimport re\n\nx\n");
    check(
        "#!/bin/python\n# about f\ndef f(): pass\n",
        "re",
        "re",
        "#!/bin/python\nimport re\n\n# about f\ndef f(): pass\n",
    );
    check("# only", "re", "re", "# only\nimport re\n");
    check("\u{feff}x = 1\n", "re", "re", "\u{feff}import re\n\nx = 1\n");
    check("\"\"\"Doc\nmore\"\"\"\nx\n", "re", "re", "\"\"\"Doc\nmore\"\"\"\n\nimport re\n\nx\n");
    check("'''Doc'''\n\nx\n", "re", "re", "'''Doc'''\n\nimport re\n\nx\n");
    check("'''Doc'''", "re", "re", "'''Doc'''\n\nimport re");
}

#[test]
fn a_taken_name_gets_an_alias() {
    check(
        "import a\ndef escape(x): pass\n",
        "html:escape",
        "html_escape",
        "import a\nfrom html import escape as html_escape\ndef escape(x): pass\n",
    );
    check(
        "import a\nhtml_escape = escape = 1\n",
        "html:escape",
        "html_escape_2",
        "import a\nfrom html import escape as html_escape_2\nhtml_escape = escape = 1\n",
    );
    check(
        "import a\nfor html in a: pass\n",
        "html",
        "html_module",
        "import a\nimport html as html_module\nfor html in a: pass\n",
    );
    check(
        "import a\nf(lambda xml: 1)\n",
        "xml.sax",
        "xml_sax",
        "import a\nimport xml.sax as xml_sax\nf(lambda xml: 1)\n",
    );
    check(
        "from cgi import escape\n",
        "html:escape",
        "html_escape",
        "from cgi import escape\nfrom html import escape as html_escape\n",
    );
    check("import a\nopen(x)\n", "io:open", "io_open", "import a\nfrom io import open as io_open\nopen(x)\n");
    check(
        "from a import *\nquote(x)\n",
        "shlex:quote",
        "shlex_quote",
        "from a import *\nfrom shlex import quote as shlex_quote\nquote(x)\n",
    );
    check("import re\ndef f(re): pass\n", "re", "re_module", "import re\nimport re as re_module\ndef f(re): pass\n");
    check(
        "from html import escape\nescape = None\n",
        "html:escape",
        "html_escape",
        "from html import escape\nfrom html import escape as html_escape\nescape = None\n",
    );
}

#[test]
fn a_method_takes_no_name() {
    check(
        "import a\nclass C:\n  def quote(self): pass\n",
        "shlex:quote",
        "quote",
        "import a\nfrom shlex import quote\nclass C:\n  def quote(self): pass\n",
    );
}

#[test]
fn a_name_that_is_only_read_may_be_the_one_needed() {
    check("import a\nquote(x)\n", "shlex:quote", "quote", "import a\nfrom shlex import quote\nquote(x)\n");
}

#[test]
fn relative_modules() {
    check("from .db import run\n", ".db:run", "run", "=");
    check("import a\n", ".db", "db", "import a\n\nfrom . import db\n");
    check("import a\n", "..x.db", "db", "import a\n\nfrom ..x import db\n");
}

#[test]
fn strings_survive_the_way_back() {
    assert_eq!(PythonEmit.string("it's \"x\"\n", '\''), r#"'it\'s "x"\n'"#);
    assert_eq!(PythonEmit.string("C:\\d\u{0}\u{202e}", '"'), r#""C:\\d\x00\u202e""#);
    assert_eq!(PythonEmit.string("a", '`'), "\"a\"");
}

proptest::proptest! {
    #[test]
    fn any_string_reads_back(value in proptest::prelude::any::<String>(), single in proptest::prelude::any::<bool>()) {
        let file = lower(&PythonEmit.string(&value, if single { '\'' } else { '"' }));
        let literal = match file.exprs.first().map(|e| &e.kind) {
            Some(ExprKind::Literal(Literal::Str(text))) => Some(text.to_string()),
            _ => None,
        };
        proptest::prop_assert_eq!(literal, Some(value));
    }

    #[test]
    fn an_import_changes_nothing_else(lines in proptest::collection::vec(proptest::sample::select(LINES), 0..8), crlf in proptest::prelude::any::<bool>()) {
        let text = lines.join(if crlf { "\r\n" } else { "\n" });
        let source = Source::new(text.as_bytes());
        let file = lower(&text);
        let needed = NeededImport { module: "html".into(), name: Some("escape".into()) };
        if let (_, Some(edit)) = PythonEmit.import(&file, &source, &needed, &is_standard) {
            proptest::prop_assert_eq!(edit.span.start, edit.span.end);
            proptest::prop_assert!(text.is_char_boundary(edit.span.start as usize));
            let after = EditSet::new(vec![edit]).unwrap().apply(&text);
            let new = lower(&after);
            proptest::prop_assert_eq!(new.errors.len(), file.errors.len(), "{}", after);
            proptest::prop_assert_eq!(new.imports.len(), file.imports.len() + 1, "{}", after);
        }
    }
}

const LINES: &[&str] = &[
    "#!x",
    "# -*- coding: utf-8 -*-",
    "# é",
    "",
    "'''d'''",
    "'''d\ne'''",
    "import os",
    "import a.b as c; x = 1",
    "from a import (b,\n c)",
    "if x:\n  import y",
    "def escape(): pass",
    "class C:\n  pass",
    "x = '''\n'''",
    "import q \\\n  as r",
    "import html as h",
    "\t",
    "pass ;",
];

#[test]
fn booleans_and_keywords() {
    assert_eq!((PythonEmit.boolean(true), PythonEmit.boolean(false)), ("True", "False"));
    assert_eq!(PythonEmit.keyword("verify", "True"), "verify=True");
}
