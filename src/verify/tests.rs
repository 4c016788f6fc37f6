//! What verification lets through and what it refuses, and why.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use super::*;
use crate::edit::TextEdit;
use crate::syntax::hir::Span;

/// Inspects `code`, replaces the one place of `old` by `new`, and verifies that as the fix of the finding of `rule`.
fn judge(path: &str, code: &str, rule: &str, replacements: &[(&str, &str)]) -> Result<Verified, Rejection> {
    let library = Library::built_in();
    let before = inspect::inspect(path, code.as_bytes(), library, Limits::default());
    let target = before.findings.iter().position(|f| f.rule == rule).expect("the finding");
    let edits = replacements.iter().map(|(old, new)| {
        let start = code.find(old).expect("the replaced text");
        TextEdit::replace(Span::new(start, start + old.len()), *new)
    });
    let edits = EditSet::new(edits.collect()).expect("edits that do not overlap");
    let available = Available::default();
    verify(&before, &[target], &edits, &Context { library, limits: Limits::default(), available: &available })
}

fn kind(result: Result<Verified, Rejection>) -> RejectionKind {
    result.expect_err("a rejection").kind
}

const SQL: &str = "\
import sqlite3
from flask import Flask, request

app = Flask(__name__)


@app.route('/user')
def user():
    name = request.args.get('name')
    cursor = sqlite3.connect('app.db').cursor()
    cursor.execute(f\"SELECT id FROM users WHERE name = '{name}'\")
    return {'rows': cursor.fetchall()}
";
const STATEMENT: &str = "cursor.execute(f\"SELECT id FROM users WHERE name = '{name}'\")";

#[test]
fn bound_parameters_are_a_reason() {
    let fixed = "cursor.execute(\"SELECT id FROM users WHERE name = ?\", (name,))";
    let verified = judge("a.py", SQL, "sql-injection", &[(STATEMENT, fixed)]).unwrap();
    assert_eq!(verified.record().reason, "values are bound as parameters");
    assert_eq!(verified.record().resolved.len(), 1);
    assert!(verified.record().introduced.is_empty());
    assert!(verified.record().severity_after < verified.record().severity_before);
}

#[test]
fn what_only_blinds_the_analysis_is_unexplained() {
    let hidden = "getattr(cursor, 'exe' + mode)(f\"SELECT id FROM users WHERE name = '{name}'\")";
    let result = judge("a.py", SQL, "sql-injection", &[(STATEMENT, hidden)]);
    assert!(matches!(kind(result), RejectionKind::Unexplained | RejectionKind::Effects));
}

#[test]
fn an_invented_sanitizer_changes_nothing() {
    let invented = "cursor.execute(f\"SELECT id FROM users WHERE name = '{sanitize(name)}'\")";
    assert_eq!(kind(judge("a.py", SQL, "sql-injection", &[(STATEMENT, invented)])), RejectionKind::StillPresent);
}

#[test]
fn a_sink_moved_to_a_helper_is_still_there() {
    let moved = [
        (STATEMENT, "run_query(cursor, name)"),
        (
            "@app.route",
            "def run_query(cursor, name):\n    cursor.execute(f\"SELECT id FROM users WHERE name = '{name}'\")\n\n\n@app.route",
        ),
    ];
    let kind = kind(judge("a.py", SQL, "sql-injection", &moved));
    assert!(matches!(kind, RejectionKind::StillPresent | RejectionKind::Introduces), "{kind:?}");
}

#[test]
fn deleting_the_statement_explains_nothing() {
    assert_eq!(kind(judge("a.py", SQL, "sql-injection", &[(STATEMENT, "pass")])), RejectionKind::Unexplained);
}

#[test]
fn a_fix_that_does_not_parse_is_refused() {
    let broken = "cursor.execute(\"SELECT id FROM users WHERE name = ?\", (name,";
    assert_eq!(kind(judge("a.py", SQL, "sql-injection", &[(STATEMENT, broken)])), RejectionKind::DoesNotParse);
}

#[test]
fn a_planted_call_is_refused() {
    let planted = "cursor.execute(\"SELECT id FROM users WHERE name = ?\", (name,)); __import__('os').system('id')";
    let result = judge("a.py", SQL, "sql-injection", &[(STATEMENT, planted)]);
    assert!(matches!(kind(result), RejectionKind::Effects | RejectionKind::Introduces));
    let network = [
        (
            STATEMENT,
            "cursor.execute(\"SELECT id FROM users WHERE name = ?\", (name,)); urllib.request.urlopen('http://x.test/')",
        ),
        ("import sqlite3\n", "import sqlite3\nimport urllib.request\n"),
    ];
    assert_eq!(kind(judge("a.py", SQL, "sql-injection", &network)), RejectionKind::Effects);
}

#[test]
fn a_new_dependency_is_refused() {
    let edits = [
        ("import sqlite3\n", "import sqlite3\nimport bleach\n"),
        (STATEMENT, "cursor.execute(\"SELECT id FROM users WHERE name = ?\", (bleach.clean(name),))"),
    ];
    assert_eq!(kind(judge("a.py", SQL, "sql-injection", &edits)), RejectionKind::OutOfScope);
}

#[test]
fn a_name_that_nothing_declares_is_refused() {
    let bound = "cursor.execute(\"SELECT id FROM users WHERE name = ?\", (nobody,))";
    let rejection = judge("a.py", SQL, "sql-injection", &[(STATEMENT, bound)]).expect_err("a rejection");
    assert_eq!(rejection.kind, RejectionKind::OutOfScope);
    assert!(rejection.explanation.contains("`nobody`"), "{rejection}");
    // What the language has, and what the edit declares itself, is fine.
    let bound = "value = str(name); cursor.execute(\"SELECT id FROM users WHERE name = ?\", (value,))";
    judge("a.py", SQL, "sql-injection", &[(STATEMENT, bound)]).unwrap();
}

#[test]
fn an_import_of_go_that_is_no_longer_used_is_refused() {
    let code = "package main\n\nimport (\n\t\"database/sql\"\n\t\"fmt\"\n\t\"net/http\"\n)\n\nfunc f(db *sql.DB, w http.ResponseWriter, r *http.Request) {\n\tq := fmt.Sprintf(\"SELECT a FROM t WHERE b = '%s'\", r.FormValue(\"b\"))\n\tdb.Query(q)\n}\n";
    let query =
        ("fmt.Sprintf(\"SELECT a FROM t WHERE b = '%s'\", r.FormValue(\"b\"))", "\"SELECT a FROM t WHERE b = ?\"");
    let bound = ("db.Query(q)", "db.Query(q, r.FormValue(\"b\"))");
    assert_eq!(kind(judge("a.go", code, "sql-injection", &[query, bound])), RejectionKind::OutOfScope);
    judge("a.go", code, "sql-injection", &[query, bound, ("\t\"fmt\"\n", "")]).unwrap();
}

#[test]
fn a_dropped_decorator_is_refused() {
    let code = SQL.replace("def user():", "@login_required\ndef user():");
    let edits =
        [("@login_required\n", ""), (STATEMENT, "cursor.execute(\"SELECT id FROM users WHERE name = ?\", (name,))")];
    assert_eq!(kind(judge("a.py", &code, "sql-injection", &edits)), RejectionKind::OutOfScope);
}

#[test]
fn another_function_is_none_of_its_business() {
    let code = format!("{SQL}\n\ndef other():\n    return 1\n");
    let edits =
        [("return 1", "return 2"), (STATEMENT, "cursor.execute(\"SELECT id FROM users WHERE name = ?\", (name,))")];
    assert_eq!(kind(judge("a.py", &code, "sql-injection", &edits)), RejectionKind::OutOfScope);
}

const HASH: &str = "\
import hashlib


def store(password):
    return hashlib.md5(password.encode()).hexdigest()
";

#[test]
fn a_fix_that_leaves_another_weakness_is_refused() {
    let result = judge("a.py", HASH, "weak-hash", &[("hashlib.md5", "hashlib.sha256")]);
    let rejection = result.expect_err("a rejection");
    assert_eq!(rejection.kind, RejectionKind::Introduces);
    assert!(rejection.explanation.contains("password-hash-without-work-factor"), "{rejection}");
}

#[test]
fn a_slow_hash_is_a_remedy() {
    let edits = [
        (
            "hashlib.md5(password.encode()).hexdigest()",
            "hashlib.scrypt(password.encode(), salt=os.urandom(16), n=2**14, r=8, p=1).hex()",
        ),
        ("import hashlib\n", "import hashlib\nimport os\n"),
    ];
    let verified = judge("a.py", HASH, "weak-hash", &edits).unwrap();
    assert!(verified.record().reason.contains("hashlib.scrypt"));
}

const ERROR: &str = "\
from flask import Flask

app = Flask(__name__)


@app.route('/')
def index():
    try:
        work()
    except Exception as error:
        return str(error), 500
";

#[test]
fn a_constant_in_the_datas_place_is_a_reason() {
    let verified = judge("a.py", ERROR, "information-exposure", &[("str(error)", "'Internal server error'")]).unwrap();
    assert!(!verified.record().reason.is_empty());
    let renamed = [("str(error)", "describe(error)")];
    let result = judge("a.py", ERROR, "information-exposure", &renamed);
    assert_eq!(kind(result), RejectionKind::StillPresent);
}

#[test]
fn data_that_is_no_longer_handed_on_is_a_reason() {
    let code = "\
import json
import logging
from http.server import BaseHTTPRequestHandler

log = logging.getLogger('x')


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        try:
            self.answer({'path': self.path})
        except OSError as e:
            self.answer({'error': str(e)})

    def answer(self, content):
        self.wfile.write(json.dumps(content).encode())
";
    let verified = judge("a.py", code, "information-exposure", &[("str(e)", "'failed'")]).unwrap();
    assert_eq!(verified.record().reason, "`e` is left out");
    let hidden = [("str(e)", "details")];
    assert_eq!(kind(judge("a.py", code, "information-exposure", &hidden)), RejectionKind::Unexplained);
}
