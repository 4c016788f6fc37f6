//! Each reason for which an edit is refused, and beside it an edit that looks much the same and is let through.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use super::*;
use crate::edit::TextEdit;
use crate::inspect::{self, Limits};

const PAGE: &str = r#"import logging
import os
import sqlite3
from flask import Flask, abort, request, session

app = Flask(__name__)
API_KEY = "kJ8sd7Hs92hdKs83hQz1"
TIMEOUT = 5


def audit(user):
    logging.info("read by %s", user)


def plain(text):
    return text.strip().lower()


@app.route("/user")
def user():
    if session.get("role") != "admin":
        abort(403)
    name = request.args.get("name")
    try:
        count = int(request.args.get("count"))
    except ValueError:
        abort(400)
    audit(session.get("user"))
    cursor = sqlite3.connect("app.db").cursor()
    cursor.execute(f"SELECT id FROM users WHERE name = '{plain(name)}' AND active = 1")
    return {"rows": cursor.fetchall(), "count": count}
"#;
const WEAK: &str = r#"    cursor.execute(f"SELECT id FROM users WHERE name = '{plain(name)}' AND active = 1")
"#;
const BOUND: &str = r#"    cursor.execute("SELECT id FROM users WHERE name = ? AND active = 1", (plain(name),))
"#;

/// Judges an edit of places of `code` as the repair of its findings of `rule`.
fn judged(path: &str, code: &str, rule: &str, replacements: &[(&str, &str)]) -> Result<(), String> {
    let library = Library::built_in();
    let before = inspect::inspect(path, code.as_bytes(), library, Limits::default());
    let findings: Vec<&Finding> = before.findings.iter().filter(|f| f.rule == rule).collect();
    assert!(!findings.is_empty(), "no finding of {rule} in\n{code}");
    let edits = replacements.iter().map(|(old, new)| {
        let start = code.find(old).unwrap_or_else(|| panic!("{old} is not in\n{code}"));
        TextEdit::replace(Span::new(start, start + old.len()), *new)
    });
    let edits = EditSet::new(edits.collect()).expect("edits that do not overlap");
    let fixed = edits.apply(code);
    let after = inspect::inspect(path, fixed.as_bytes(), library, Limits::default());
    judge(&before, &after, &findings, &edits, library).map_err(|rejection| {
        assert_eq!(rejection.kind, RejectionKind::Conduct);
        rejection.explanation
    })
}

/// A pair of edits of one place: the first is refused for this reason, the second is let through.
#[track_caller]
fn refuses(reason: &str, place: &str, refused: &str, passes: &str) {
    refuses_in(("a.py", PAGE, "sql-injection"), reason, (place, refused), (place, passes));
}

/// The same for another file; the statement with the finding is mended where no edit of the pair does that.
#[track_caller]
fn refuses_in((path, code, rule): (&str, &str, &str), reason: &str, refused: (&str, &str), passes: (&str, &str)) {
    let mend = |edit| match code.contains(WEAK) && !WEAK.contains(refused.0) && !refused.0.contains(WEAK) {
        true => vec![edit, (WEAK, BOUND)],
        false => vec![edit],
    };
    match judged(path, code, rule, &mend(refused)) {
        Ok(()) => panic!("let through: {}", refused.1),
        Err(said) => assert!(said.contains(reason), "refused because {said}\n{}", refused.1),
    }
    if let Err(said) = judged(path, code, rule, &mend(passes)) {
        panic!("refused because {said}\n{}", passes.1);
    }
}

#[test]
fn a_plain_repair_is_let_through() {
    assert_eq!(judged("a.py", PAGE, "sql-injection", &[(WEAK, BOUND)]), Ok(()));
}

#[test]
fn handlers_stay() {
    let tried =
        "    try:\n        count = int(request.args.get(\"count\"))\n    except ValueError:\n        abort(400)\n";
    refuses(
        "it no longer handles",
        tried,
        "    count = int(request.args.get(\"count\"))\n",
        "    try:\n        count = int(request.args.get(\"count\"))\n    except ValueError:\n        abort(422)\n",
    );
}

#[test]
fn checks_stay() {
    refuses(
        "it no longer checks",
        "    if session.get(\"role\") != \"admin\":\n        abort(403)\n",
        "",
        "    if session.get(\"role\") != \"admin\":\n        abort(404)\n",
    );
}

#[test]
fn a_check_that_holds_the_finding_gets_no_way_around() {
    let code = PAGE.replace(
        &format!("{WEAK}    return {{\"rows\": cursor.fetchall(), \"count\": count}}\n"),
        "    if cursor.execute(f\"SELECT id FROM users WHERE name = '{name}'\").fetchone() is None:\n        abort(404)\n    return {\"count\": count}\n",
    );
    let test = "cursor.execute(f\"SELECT id FROM users WHERE name = '{name}'\").fetchone() is None";
    let bound = "cursor.execute(\"SELECT id FROM users WHERE name = ?\", (name,)).fetchone() is None";
    refuses_in(
        ("a.py", &code, "sql-injection"),
        "it adds a way around the check",
        (test, &format!("{bound} and count != 7")),
        (test, bound),
    );
}

const COMMAND: &str = r#"import subprocess
from flask import Flask, request

app = Flask(__name__)
API_KEY = "kJ8sd7Hs92hdKs83hQz1"


@app.route("/look")
def look():
    name = request.args["name"]
    done = subprocess.run("file " + name, shell=True, timeout=5, check=True)
    return {"code": done.returncode}
"#;

#[test]
fn settings_stay() {
    let weak = r#"subprocess.run("file " + name, shell=True, timeout=5, check=True)"#;
    refuses_in(
        ("a.py", COMMAND, "command-injection"),
        "it changes the setting",
        (weak, r#"subprocess.run(["file", name], shell=False, timeout=900, check=True)"#),
        (weak, r#"subprocess.run(["file", name], shell=False, timeout=5, check=True)"#),
    );
}

#[test]
fn other_statements_stay() {
    let call = "    audit(session.get(\"user\"))\n";
    refuses("it drops or changes `audit(", call, "", "    audit(session.get(\"user\"))  # who reads\n");
}

#[test]
fn what_a_check_protects_stays_behind_it() {
    let guarded = "    if count > 3:\n        audit(session.get(\"user\"))\n";
    let code = PAGE.replace("    audit(session.get(\"user\"))\n", guarded);
    refuses_in(
        ("a.py", &code, "sql-injection"),
        "it no longer does",
        (guarded, "    if count > 3:\n        count = 3\n    audit(session.get(\"user\"))\n"),
        (guarded, "    if count > 3:\n        audit(session.get(\"user\"))\n\n"),
    );
}

#[test]
fn other_statements_get_no_new_condition() {
    let call = "    audit(session.get(\"user\"))\n";
    refuses(
        "only under the new condition",
        call,
        "    if name != \"root\":\n        audit(session.get(\"user\"))\n",
        "    if not name:\n        abort(400)\n    audit(session.get(\"user\"))\n",
    );
}

#[test]
fn there_is_no_new_way_to_succeed() {
    refuses(
        "it adds a way to succeed",
        WEAK,
        &format!("    if name == \"root\":\n        return {{\"rows\": [], \"count\": count}}\n{BOUND}"),
        &format!("    if name == \"root\":\n        abort(400)\n{BOUND}"),
    );
}

#[test]
fn errors_are_not_swallowed() {
    let tried = |answer: &str| format!("    try:\n    {BOUND}    except sqlite3.Error:\n        {answer}\n");
    refuses("it swallows errors", WEAK, &tried("pass"), &tried("abort(500)"));
}

#[test]
fn new_checks_have_no_way_around() {
    let checked = |test: &str| format!("    known = {test}\n    if not known:\n        abort(400)\n{BOUND}");
    refuses(
        "it adds a way around",
        WEAK,
        &checked("True if count == 7 else name.isalnum()"),
        &checked("name.isalnum()"),
    );
}

#[test]
fn what_is_added_has_to_do_with_the_weakness() {
    refuses(
        "which has nothing to do with the weakness",
        WEAK,
        &format!("    session.clear()\n{BOUND}"),
        &format!("    values = []\n    values.append(plain(name))\n{}", BOUND.replace("(plain(name),)", "values")),
    );
    refuses(
        "it sets `session[\"role\"]`",
        WEAK,
        &format!("    session[\"role\"] = \"admin\"\n{BOUND}"),
        &format!("    values = (plain(name),)\n{}", BOUND.replace("(plain(name),)", "values")),
    );
}

#[test]
fn nothing_else_is_read() {
    let with = |value: &str| BOUND.replace("plain(name)", &format!("plain(name) + {value}"));
    refuses("it uses `TIMEOUT`", WEAK, &with("str(TIMEOUT)"), &with("str(count)"));
    refuses("it uses the secret `API_KEY`", WEAK, &with("API_KEY"), &with("\"\""));
    refuses("it reads `request.headers", WEAK, &with("request.headers[\"X-Name\"]"), &with("\"\""));
    refuses("it reads the whole environment", WEAK, &with("str(os.environ)"), &with("str(5)"));
    refuses("it reads `os.environ`", WEAK, &with("os.environ[\"HOME\"]"), &with("\"\""));
}

#[test]
fn new_functions_are_part_of_the_repair() {
    let define =
        |body: &str| format!("def checked(text):\n    return {body}\n\n\n@app.route(\"/user\")\ndef user():\n");
    let head = "@app.route(\"/user\")\ndef user():\n";
    let used = format!("    if not checked(name):\n        abort(400)\n{BOUND}");
    let edits = |body: &str, statement: &str| {
        judged("a.py", PAGE, "sql-injection", &[(head, &define(body)), (WEAK, statement)])
    };
    let unused = edits("text.isalnum()", BOUND).expect_err("a function that nothing calls");
    assert!(unused.contains("it adds the function `checked`, which nothing in the repair calls"), "{unused}");
    let granting = edits("text.isalnum() and text == \"letmein\"", &used).expect_err("a name that lets in");
    assert!(granting.contains("it compares with `letmein`"), "{granting}");
    assert_eq!(edits("text.isalnum()", &used), Ok(()));
}

#[test]
fn what_is_called_is_known() {
    let with = |value: &str| BOUND.replace("plain(name)", &format!("plain({value})"));
    refuses("which hides what is done", WEAK, &with("eval(name)"), &with("str(name)"));
    refuses("which has an effect: file-read", WEAK, &with("open(name).read()"), &with("name.lower()"));
    refuses(
        "which is only known when it runs",
        WEAK,
        &BOUND.replace("cursor.execute", "{\"run\": cursor.execute}[name]"),
        BOUND,
    );
}

#[test]
fn texts_are_plain() {
    let said = |comment: &str| format!("    # {comment}\n{BOUND}");
    refuses("it writes the hidden character U+200B", WEAK, &said("bound\u{200b}"), &said("bound"));
    refuses("in letters of two alphabets", WEAK, &said("n\u{430}me"), &said("name"));
    let bound = |name: &str| format!("    {name} = (plain(name),)\n{}", BOUND.replace("(plain(name),)", name));
    refuses("\u{438}\u{43c}\u{44f}", WEAK, &bound("\u{438}\u{43c}\u{44f}"), &bound("values"));
    let weak = r#"subprocess.run("file " + name, shell=True, timeout=5, check=True)"#;
    let with = |text: &str| {
        weak.replace("\"file \" + name, shell=True", &format!("[\"file\", name.replace(\"{text}\", \"\")]"))
    };
    let pair = |reason: &str, refused: &str, passes: &str| {
        refuses_in(("a.py", COMMAND, "command-injection"), reason, (weak, &with(refused)), (weak, &with(passes)));
    };
    pair("it writes encoded text", "aW1wb3J0IG9zOyBvcy5zeXN0ZW0oImlkIik7IGV4aXQoMCk3", ";");
    pair("it writes an address", "https://collect.io/users", "https://example.com/users");
    pair("it copies a secret", "kJ8sd7Hs92hdKs83hQz1", "kJ8");
}

#[test]
fn the_statement_asks_the_same() {
    refuses(
        "the statement has `admin` now",
        WEAK,
        &BOUND.replace("= ? AND", "= ? OR admin AND"),
        &BOUND.replace("users WHERE", "users  WHERE"),
    );
    refuses("the statement no longer has", WEAK, &BOUND.replace(" AND active = 1", ""), BOUND);
}
