//! Data that crosses files, and changes that break what other files rely on, judged in real repositories.

use serde_json::Value;

use crate::git::Repo;
use crate::program;

/// What a finding is told by here: file, line, rule, and whether it is new.
type Place = (String, u64, String, String);

fn places(report: &Value) -> Vec<Place> {
    let text = |v: &Value| v.as_str().unwrap_or_default().to_owned();
    let findings = report["findings"].as_array().cloned().unwrap_or_default();
    let mut all: Vec<Place> = findings
        .iter()
        .map(|f| {
            let line = f["region"]["startLine"].as_u64().unwrap_or_default();
            (text(&f["path"]), line, text(&f["rule"]), text(&f["state"]))
        })
        .collect();
    all.sort();
    all
}

fn check(base: &[(&str, &str)], head: &[(&str, &str)]) -> (i32, Value) {
    let repo = Repo::with(base);
    repo.git(["checkout", "--quiet", "-b", "topic"]);
    for (path, text) in head {
        repo.write(path, text);
    }
    repo.commit("change");
    let run = program::run(repo.path(), ["check", "--base", "main", "--format", "json"]);
    let report = serde_json::from_str(&run.out).unwrap_or_else(|e| panic!("{e}: {} {}", run.out, run.err));
    (run.code, report)
}

fn is(path: &str, line: u64, rule: &str) -> Place {
    (path.to_owned(), line, rule.to_owned(), "new".to_owned())
}

const STORE: &str = "\
import sqlite3

connection = sqlite3.connect('shop.db')


def named(name):
    return connection.execute(\"SELECT id FROM items WHERE name = '\" + name + \"'\").fetchall()
";

const PAGE: &str = "\
from flask import Flask, jsonify, request

from shop.store import named

app = Flask(__name__)


@app.get('/items')
def items():
    return jsonify(len(named('lamp')))
";

#[test]
fn a_source_in_the_changed_file_reaches_a_sink_in_an_unchanged_one() {
    let asked = PAGE.replace("named('lamp')", "named(request.args['name'])");
    let files = [("shop/__init__.py", ""), ("shop/store.py", STORE), ("page.py", PAGE)];
    let (code, report) = check(&files, &[("page.py", &asked)]);
    assert_eq!(places(&report), [is("shop/store.py", 7, "sql-injection")], "{report:#}");
    assert_eq!(code, 1);
    let finding = &report["findings"][0];
    assert_eq!(finding["confidence"], "high");
    let flow: Vec<&str> = finding["flow"].as_array().unwrap().iter().map(|s| s["path"].as_str().unwrap()).collect();
    assert_eq!(flow.first(), Some(&"page.py"));
    assert_eq!(flow.last(), Some(&"shop/store.py"));
    assert_eq!(finding["related"][0]["path"], "page.py", "the change that brought it in is named");
    let listed: Vec<&str> = report["files"].as_array().unwrap().iter().map(|f| f["path"].as_str().unwrap()).collect();
    assert_eq!(listed, ["page.py", "shop/store.py"]);
}

#[test]
fn what_was_there_before_is_not_told_again() {
    let asked = PAGE.replace("named('lamp')", "named(request.args['name'])");
    let files = [("shop/__init__.py", ""), ("shop/store.py", STORE), ("page.py", &*asked)];
    let (code, report) = check(&files, &[("page.py", &format!("{asked}\n\n# The end.\n"))]);
    assert_eq!((code, places(&report)), (0, vec![]), "{report:#}");
}

#[test]
fn a_sanitizer_that_is_gutted_is_seen_where_it_is_used() {
    let clean = "import re\n\n\ndef word(text):\n    if not re.fullmatch('[a-z]+', text):\n        raise ValueError(text)\n    return text\n";
    let page = "\
import os

from flask import Flask, request

from words import word

app = Flask(__name__)


@app.get('/list')
def listing():
    os.system('ls /srv/' + word(request.args['folder']))
    return 'done'
";
    let gutted = "import re\n\n\ndef word(text):\n    return text.strip()\n";
    let (code, report) = check(&[("words.py", clean), ("page.py", page)], &[("words.py", gutted)]);
    assert_eq!(places(&report), [is("page.py", 12, "command-injection")], "{report:#}");
    assert_eq!(code, 1);
    let related = &report["findings"][0]["related"][0];
    assert_eq!((related["path"].as_str(), related["region"]["startLine"].as_u64()), (Some("words.py"), Some(5)));
}

#[test]
fn a_sanitizer_in_another_file_counts() {
    let words = "const { basename } = require('path');\n\nexports.plain = name => basename(name);\nexports.raw = name => name.trim();\n";
    let page = |name: &str| {
        format!(
            "const express = require('express');\nconst fs = require('fs');\nconst words = require('./lib/words');\n\nconst app = express();\n\
             app.get('/f', (req, res) => {{\n  fs.readFile('/srv/' + words.{name}(req.query.f), (e, data) => res.end(data));\n}});\n"
        )
    };
    let base = [("lib/words.js", words), ("page.js", "")];
    let path = |report: &Value| places(report).into_iter().filter(|p| p.2 == "path-traversal").collect::<Vec<_>>();
    assert_eq!(path(&check(&base, &[("page.js", &page("plain"))]).1), []);
    assert_eq!(path(&check(&base, &[("page.js", &page("raw"))]).1), [is("page.js", 7, "path-traversal")]);
}

#[test]
fn handlers_that_another_file_registers_get_what_the_framework_hands_them() {
    let handlers = "import { exec } from 'child_process';\n\nexport function list(a, b) {\n  exec('ls ' + a.query.folder, () => b.end());\n}\n";
    let page = "import express from 'express';\nimport * as handlers from './handlers';\n\nconst app = express();\napp.get('/list', handlers.list);\n";
    let (_, report) = check(&[("handlers.js", handlers), ("page.js", "")], &[("page.js", page)]);
    let (path, line, rule, _) = is("handlers.js", 4, "command-injection");
    // A parameter of an exported function was suspicious before; now it is a request's.
    assert!(places(&report).contains(&(path, line, rule, "worsened".to_owned())), "{report:#}");
}

#[test]
fn classes_of_other_packages_in_java() {
    let store = "\
package shop.data;

import java.sql.Connection;
import java.sql.SQLException;

public class Items {
    private final Connection connection;

    public Items(Connection connection) {
        this.connection = connection;
    }

    public int count(String name) throws SQLException {
        return connection.createStatement().executeUpdate(\"DELETE FROM items WHERE name = '\" + name + \"'\");
    }

    static int number(String text) {
        return Integer.parseInt(text);
    }
}
";
    let page = |argument: &str| {
        format!(
            "package shop.web;\n\nimport java.sql.SQLException;\nimport javax.servlet.http.*;\nimport shop.data.Items;\n\n\
             public class Page extends HttpServlet {{\n    private Items items;\n\n\
                 protected void doGet(HttpServletRequest request, HttpServletResponse response) {{\n\
                     try {{\n            items.count({argument});\n        }} catch (SQLException e) {{\n            response.setStatus(500);\n        }}\n    }}\n}}\n"
        )
    };
    let paths = ("src/main/java/shop/data/Items.java", "src/main/java/shop/web/Page.java");
    let base = [(paths.0, store), (paths.1, &*page("\"lamp\""))];
    let (_, report) = check(&base, &[(paths.1, &page("request.getParameter(\"name\")"))]);
    assert_eq!(places(&report), [is(paths.0, 14, "sql-injection")], "{report:#}");
    let number = page("String.valueOf(Items.number(request.getParameter(\"name\")))");
    assert_eq!(places(&check(&base, &[(paths.1, &number)]).1), []);
}

#[test]
fn packages_of_go_and_files_of_one_package() {
    let store = "package store\n\nimport \"database/sql\"\n\ntype Items struct {\n\tDB *sql.DB\n}\n\nfunc (i *Items) Count(name string) (*sql.Rows, error) {\n\treturn i.DB.Query(\"SELECT id FROM items WHERE name = '\" + name + \"'\")\n}\n";
    let words = "package web\n\nimport \"path/filepath\"\n\nfunc plain(name string) string {\n\treturn filepath.Base(name)\n}\n\nfunc raw(name string) string {\n\treturn name\n}\n";
    let page = |count: &str, file: &str| {
        format!(
            "package web\n\nimport (\n\t\"net/http\"\n\t\"os\"\n\n\t\"example.com/shop/store\"\n)\n\nvar items store.Items\n\n\
             func handle(w http.ResponseWriter, r *http.Request) {{\n\titems.Count({count})\n\tos.Remove(\"/srv/\" + {file})\n}}\n"
        )
    };
    let base = [
        ("go.mod", "module example.com/shop\n\ngo 1.22\n"),
        ("store/store.go", store),
        ("web/words.go", words),
        ("web/page.go", "package web\n"),
    ];
    let safe = page("\"lamp\"", "plain(r.FormValue(\"file\"))");
    assert_eq!(places(&check(&base, &[("web/page.go", &safe)]).1), []);
    let weak = page("r.FormValue(\"name\")", "raw(r.FormValue(\"file\"))");
    let expected = [is("store/store.go", 10, "sql-injection"), is("web/page.go", 14, "path-traversal")];
    assert_eq!(places(&check(&base, &[("web/page.go", &weak)]).1), expected);
}

#[test]
fn a_scan_follows_imports_among_the_files_that_it_is_given() {
    let asked = PAGE.replace("named('lamp')", "named(request.args['name'])");
    let repo = Repo::with(&[("shop/__init__.py", ""), ("shop/store.py", STORE), ("page.py", &*asked)]);
    let scan = |paths: &[&str]| {
        let run = program::run(repo.path(), [&["scan", "--format", "json"], paths].concat());
        places(&serde_json::from_str(&run.out).unwrap_or_else(|e| panic!("{e}: {} {}", run.out, run.err)))
    };
    assert_eq!(scan(&["."]), [is("shop/store.py", 7, "sql-injection")]);
    assert_eq!(scan(&["page.py"]), [], "what is not named is not read");
}

#[test]
fn imports_in_circles_end() {
    let a = "from b import two\n\n\ndef one(x):\n    return two(x)\n";
    let b = "from a import one\nfrom c import *\n\n\ndef two(x):\n    return one(x)\n";
    let c = "from b import *\nfrom c import *\nimport a\n\nprint(a.one(three))\n";
    let repo = Repo::with(&[("a.py", a), ("b.py", b), ("c.py", c)]);
    let run = program::run(repo.path(), ["scan", "."]);
    assert_eq!(run.code, 0, "{}", run.err);
}

#[test]
fn a_fix_is_verified_where_the_sink_is() {
    let asked = PAGE.replace("named('lamp')", "named(request.args['name'])");
    let files = [("shop/__init__.py", ""), ("shop/store.py", STORE), ("page.py", PAGE)];
    let (_, report) = check(&files, &[("page.py", &asked)]);
    let fix = &report["findings"][0]["fix"];
    let diff = fix["diff"].as_str().unwrap_or_default();
    assert!(diff.contains("name = ?\", (name,)"), "{report:#}");
}

const WORD: &str = "import re\n\n\ndef word(text):\n    if not re.fullmatch('[a-z]+', text):\n        raise ValueError(text)\n    return text\n";
const GUTTED: &str = "def word(text):\n    return text.strip()\n";

fn listing(import: &str) -> String {
    format!(
        "import os\n\nfrom flask import Flask, request\n\n{import}\n\napp = Flask(__name__)\n\n\n@app.get('/list')\ndef listing():\n    \
         os.system('ls /srv/' + word(request.args['folder']))\n    return 'done'\n"
    )
}

#[test]
fn names_that_are_handed_on_are_followed_to_their_users() {
    let page = listing("from pkg import word");
    let base = [("pkg/__init__.py", "from .words import word\n"), ("pkg/words.py", WORD), ("page.py", &*page)];
    let (_, report) = check(&base, &[("pkg/words.py", GUTTED)]);
    assert_eq!(places(&report), [is("page.py", 12, "command-injection")], "{report:#}");
    let inner = listing("from . import word");
    let base = [("pkg/__init__.py", WORD), ("pkg/page.py", &*inner)];
    let (_, report) = check(&base, &[("pkg/__init__.py", GUTTED)]);
    assert_eq!(places(&report), [is("pkg/page.py", 12, "command-injection")], "{report:#}");
}

#[test]
fn a_file_that_is_gone_lets_another_take_its_place() {
    let page = listing("from words import word");
    let base = [("app/words.py", WORD), ("words.py", GUTTED), ("app/page.py", &*page)];
    let repo = Repo::with(&base);
    repo.git(["checkout", "--quiet", "-b", "topic"]);
    repo.git(["rm", "--quiet", "app/words.py"]);
    repo.commit("change");
    let run = program::run(repo.path(), ["check", "--base", "main", "--format", "json"]);
    let report: Value = serde_json::from_str(&run.out).unwrap();
    assert_eq!(places(&report), [is("app/page.py", 12, "command-injection")], "{report:#}");
}

#[test]
fn many_imports_in_front_hide_nothing() {
    let many: Vec<(String, String)> = (0..30).map(|i| (format!("p{i}.py"), format!("import q{i}\n"))).collect();
    let inner: Vec<(String, String)> = (0..30).map(|i| (format!("q{i}.py"), "x = 1\n".to_owned())).collect();
    let imports: String = (0..30).map(|i| format!("import p{i}\n")).collect();
    let page = listing(&format!("{imports}from words import word"));
    let mut base: Vec<(&str, &str)> = many.iter().chain(&inner).map(|(p, t)| (p.as_str(), t.as_str())).collect();
    base.extend([("words.py", WORD), ("page.py", "")]);
    assert_eq!(places(&check(&base, &[("page.py", &page)]).1), []);
}

#[test]
fn what_a_neighbour_calls_belongs_to_the_file_itself() {
    // The default is evaluated in a call from another file; the pattern in it backtracks.
    let page = "import re\nimport sys\n\nimport words\n\n\ndef find(x=re.search('(a+)+$', sys.argv[1])):\n    return words.word(x)\n";
    let words = format!("{WORD}\n\nimport page\n\npage.find()\n");
    let repo = Repo::with(&[("page.py", page), ("words.py", &*words)]);
    let run = program::run(repo.path(), ["scan", "--format", "json", "."]);
    let report: Value = serde_json::from_str(&run.out).unwrap();
    let statuses: Vec<&str> =
        report["files"].as_array().unwrap().iter().map(|f| f["status"].as_str().unwrap()).collect();
    assert!(statuses.iter().all(|s| matches!(*s, "clean" | "findings")), "{report:#}");
}

#[test]
fn a_module_that_ends_the_program_leaves_the_others_alone() {
    let asked = PAGE
        .replace("named('lamp')", "named(request.args['name'])")
        .replace("from shop.store import named", "from shop.store import named\nimport shop.tool");
    let tool = "import sys\n\nimport shop.store\n\nsys.exit(0)\n";
    let repo =
        Repo::with(&[("shop/__init__.py", ""), ("shop/store.py", STORE), ("shop/tool.py", tool), ("page.py", &*asked)]);
    let run = program::run(repo.path(), ["scan", "--format", "json", "."]);
    let report: Value = serde_json::from_str(&run.out).unwrap();
    assert_eq!(report["findings"][0]["confidence"], "high", "{report:#}");
}

#[test]
fn a_copy_of_a_file_takes_nothing_from_it() {
    let asked = PAGE.replace("named('lamp')", "named(request.args['name'])");
    let base = [("shop/__init__.py", ""), ("shop/store.py", STORE), ("page.py", &*asked)];
    let head = [("page.py", &*format!("{asked}\n\n# The end.\n")), ("shop/backup.py", STORE)];
    assert_eq!(places(&check(&base, &head).1), []);
}

#[test]
fn hostile_imports_take_bounded_time_and_memory() {
    let deep = format!("from {} import x\n", vec!["a"; 100_000].join("."));
    let wide =
        "import p.*;\n".repeat(20_000) + &(0..300).map(|i| format!("class U{i} {{ T{i} t; }}\n")).collect::<String>();
    let types: Vec<(String, String)> =
        (0..300).map(|i| (format!("p/T{i}.java"), format!("package p;\nclass T{i} {{}}\n"))).collect();
    let mut files: Vec<(&str, &str)> = types.iter().map(|(p, t)| (p.as_str(), t.as_str())).collect();
    files.extend([("deep.py", &*deep), ("q/Wide.java", &*wide), ("a.py", "x = 1\n")]);
    let repo = Repo::with(&files);
    let run = program::run(repo.path(), ["scan", "deep.py", "q", "p", "a.py"]);
    assert_eq!(run.code, 0, "{}", run.err);
}

#[test]
fn no_two_findings_have_one_fingerprint() {
    // One of the two calls is reached from the file itself, the other one by a method that another file overrides.
    let store = "\
import os

from flask import request


class Base:
    def name(self):
        return 'ls'

    def run(self):
        name = request.args['name']
        os.system(name)
        name = self.name()
        os.system(name)
";
    let page = "\
from flask import request

from store import Base


class Other(Base):
    def name(self):
        return request.args['other']


Other().run()
";
    let repo = Repo::with(&[("store.py", store), ("page.py", page)]);
    let run = program::run(repo.path(), ["scan", "--format", "json", "."]);
    let report: Value = serde_json::from_str(&run.out).unwrap();
    let expected = [is("store.py", 12, "command-injection"), is("store.py", 14, "command-injection")];
    assert_eq!(places(&report), expected, "{report:#}");
    let fingerprint = |i: usize| report["findings"][i]["fingerprint"].as_str().unwrap().to_owned();
    assert_ne!(fingerprint(0), fingerprint(1), "{report:#}");
}

/// A policy that leaves a folder out.
const WITHOUT_SHOP: &str = "version: 1\nextends: baseline\nscope:\n  exclude: [\"shop/**\"]\n";

#[test]
fn a_sink_in_a_file_that_is_left_out_is_told_where_data_goes_there() {
    let asked = PAGE.replace("named('lamp')", "named(request.args['name'])");
    let files =
        [(".tempergate.yml", WITHOUT_SHOP), ("shop/__init__.py", ""), ("shop/store.py", STORE), ("page.py", PAGE)];
    let (code, report) = check(&files, &[("page.py", &asked)]);
    assert_eq!((code, places(&report)), (1, vec![is("page.py", 10, "sql-injection")]), "{report:#}");
    assert_eq!(report["findings"][0]["symbol"], "items");
    // It is no news when something else in the file changes.
    let files = [files[0], files[1], files[2], ("page.py", &*asked)];
    let (code, report) = check(&files, &[("page.py", &format!("{asked}\n\n# The end.\n"))]);
    assert_eq!(code, 0, "{report:#}");
    let repo = Repo::with(&files);
    let run = program::run(repo.path(), ["scan", "--format", "json", "."]);
    let report: Value = serde_json::from_str(&run.out).unwrap();
    assert_eq!(places(&report), [is("page.py", 10, "sql-injection")], "{report:#}");
}

#[test]
fn a_sink_that_another_file_reached_before_is_no_news() {
    let asked = PAGE.replace("named('lamp')", "named(request.args['name'])");
    let files = [("shop/__init__.py", ""), ("shop/store.py", STORE), ("page.py", PAGE), ("other.py", &*asked)];
    let (code, report) = check(&files, &[("page.py", &asked)]);
    assert_eq!((code, places(&report)), (0, vec![]), "{report:#}");
}
