//! What the engine makes of Python.

use super::check;
use crate::finding::Confidence;
use crate::inspect::{Limits, inspect};
use crate::rules::Library;

/// A file with a Flask view of this body.
fn view(body: &str) -> String {
    let body = body.trim_matches('\n').lines().map(|l| format!("    {}\n", l.strip_prefix("        ").unwrap_or(l)));
    let body: String = body.collect();
    format!(
        "import os, re, random, hmac, subprocess\nfrom flask import Flask, request, session, jsonify\n\napp = Flask(__name__)\n\n\n\
         @app.route(\"/\", methods=[\"POST\"])\ndef view():\n{body}    return jsonify(ok=True)\n"
    )
}

#[test]
fn a_test_of_the_extension_says_nothing_of_the_name() {
    check(
        "a.py",
        &view(
            r#"
        name = request.args["name"]
        stem, ext = os.path.splitext(name)
        if ext not in {".png", ".jpg"}:
            return jsonify(ok=False)
        open(os.path.join("images", name))  # ^ path-traversal
        open("images" + ext)
        "#,
        ),
    );
}

#[test]
fn a_path_without_dots_must_be_relative_too() {
    let tested = |test: &str, joined: &str, prefixed: &str| {
        view(&format!(
            r#"
        name = request.args["name"]
        if {test}:
            return jsonify(ok=False)
        open(os.path.join("images", name)){joined}
        open("images/" + name){prefixed}
        "#
        ))
    };
    let found = "  # ^ path-traversal";
    check("a.py", &tested(r#""x" in name"#, found, found));
    check("a.py", &tested(r#"".." in name"#, found, ""));
    check("a.py", &tested(r#"".." in name or name.startswith("/")"#, "", ""));
    check("a.py", &tested(r#"name.startswith("/") or ".." in name"#, "", ""));
    check("a.py", &tested(r#"os.path.isabs(name) or ".." in name"#, "", ""));
    check("a.py", &tested(r#""/" in name"#, "", ""));
}

#[test]
fn typed_parameters_of_a_route_are_data() {
    check(
        "a.py",
        r#"
import os
from fastapi import Depends, FastAPI
from sqlalchemy.orm import Session

app = FastAPI()


@app.get("/{name}")
def view(name: str, names: list[str], count: int, db: Session = Depends(lambda: None)):
    os.system("ls " + name)  # ^ command-injection
    os.system("ls " + names[0])  # ^ command-injection
    os.system("ls " + str(count))
    os.system("ls " + db.bind.name)
"#,
    );
}

#[test]
fn equality_of_secrets_is_a_comparison_in_varying_time() {
    check(
        "a.py",
        r#"
import hashlib, hmac


def verify(key, body, given, api_key):
    expected = hmac.new(key, body, hashlib.sha256).hexdigest()
    if given == expected:  # ^ timing-attack
        return True
    if len(given) == len(expected) and hmac.compare_digest(given, expected):
        return True
    return given != api_key  # ^ timing-attack
"#,
    );
}

#[test]
fn names_tell_what_is_written_to_variables_and_fields() {
    check(
        "a.py",
        r#"
import random


class Login:
    def start(self):
        self.verification_code = random.randint(100000, 999999)  # ^ weak-random
        self.colour = random.choice(["red", "blue"])


def link():
    token = "".join(random.choices("abcdef", k=32))  # ^ weak-random
    place = "".join(random.choices("abcdef", k=2))
    return token + place
"#,
    );
}

#[test]
fn a_key_names_what_is_read_by_it() {
    check(
        "a.py",
        &view(
            r#"
        session["login"] = request.form["password"]  # ^ clear-text-storage trust-boundary-violation
        session["name"] = request.form["name"]  # ^ trust-boundary-violation
        session["again"] = request.form.get("password", "").strip()  # ^ clear-text-storage trust-boundary-violation
        "#,
        ),
    );
}

#[test]
fn the_program_of_a_list_of_arguments_is_its_first_item() {
    check(
        "a.py",
        &view(
            r#"
        text = request.args["text"]
        subprocess.run(["ls", text])
        subprocess.run(["ls"] + text.split())
        subprocess.run([text, "-l"])  # ^ command-injection
        subprocess.run(text)  # ^ command-injection
        subprocess.run(text.split())  # ^ command-injection
        "#,
        ),
    );
}

#[test]
fn a_decorator_is_known_while_the_module_is_walked() {
    check(
        "a.py",
        r#"
from flask import Flask
from flask_wtf.csrf import CSRFProtect

app = Flask(__name__)
csrf = CSRFProtect(app)


@csrf.exempt  # ^ csrf-protection-missing
@app.route("/close", methods=["POST"])
def close():
    return "closed"
"#,
    );
}

#[test]
fn an_outcome_may_be_compared() {
    let tested = |test: &str, inside: &str, behind: &str| {
        view(&format!(
            r#"
        name = request.args["name"]
        if {test}:
            os.system("ls " + name){inside}
        else:
            os.system("ls " + name){behind}
        "#
        ))
    };
    let found = "  # ^ command-injection";
    for test in ["name.isalnum() == True", "name.isalnum() is not False", "re.fullmatch('[a-z]+', name) is not None"] {
        check("a.py", &tested(test, "", found));
    }
    for test in ["name.isalnum() != True", "name.isalnum() is False", "None is re.fullmatch('[a-z]+', name)"] {
        check("a.py", &tested(test, found, ""));
    }
    check("a.py", &tested("unknown(name) == True", found, found));
}

#[test]
fn a_beginning_that_is_known_stays_known() {
    check(
        "a.py",
        &view(
            r#"
        text = f"abc{request.args['q']}"
        os.system(text[:3])
        os.system(text[:4])  # ^ command-injection
        os.system(text[3:])  # ^ command-injection
        os.system(text[:-1])  # ^ command-injection
        "#,
        ),
    );
}

#[test]
fn a_part_of_the_address_may_be_a_number() {
    check(
        "a.py",
        r#"
import os
from flask import Flask

app = Flask(__name__)


@app.route("/<int:page>/<path:name>")
def show(page, name):
    os.system("show " + str(page))
    os.system("show " + name)  # ^ command-injection
    return {}
"#,
    );
}

#[test]
fn settings_are_told_apart_by_section_and_option() {
    check(
        "a.py",
        &view(
            r#"
        import configparser
        settings = configparser.ConfigParser()
        settings.add_section("s")
        settings.set("s", "a", "fixed")
        settings.set("s", "b", request.args["q"])
        os.system(settings.get("s", "a"))
        os.system(settings.get("s", "b"))  # ^ command-injection
        "#,
        ),
    );
}

#[test]
fn a_list_keeps_its_beginning() {
    check(
        "a.py",
        &view(
            r#"
        command = ["notify"]
        if request.args.get("slow"):
            command.extend(["-t", "10"])
        command.append(request.args["text"])
        subprocess.run(command)
        command.pop(0)
        subprocess.run(command)  # ^ command-injection
        "#,
        ),
    );
}

#[test]
fn a_page_of_plain_text_is_no_page() {
    check(
        "a.py",
        r#"
from flask import Flask, make_response, request

app = Flask(__name__)


@app.route("/a")
def a():
    return request.args["q"], 200, {"Content-Type": "text/plain"}


@app.route("/b")
def b():
    return request.args["q"], 200, {"Content-Type": "text/html"}  # ^ cross-site-scripting


@app.route("/c")
def c():
    page = make_response(request.args["q"])
    page.headers["Content-Type"] = "text/plain"
    return page


@app.route("/d")
def d():
    page = make_response(request.args["q"])  # ^ cross-site-scripting
    page.headers["X-Sent"] = "text/plain"
    return page
"#,
    );
}

#[test]
fn a_folder_lets_its_neighbours_through() {
    check(
        "a.py",
        &view(
            r#"
        root = os.path.realpath("images")
        path = os.path.realpath(os.path.join(root, request.args["name"]))
        if path.startswith(root + os.sep):
            open(path)
        if path.startswith(root):
            open(path)  # ^ path-traversal
        "#,
        ),
    );
}

#[test]
fn who_calls_a_function_does_not_know_that_it_runs_a_command() {
    let code = r#"
import os


def archive(name):
    os.system("tar -cf all.tar " + name)


def run(command):
    os.system("nice " + command)


def whole(name):
    os.system(name)


def _own(name):
    os.system("tar -cf all.tar " + name)


def called(name):
    os.system("tar -cf all.tar " + name)


called("home")
"#;
    let inspected = inspect("a.py", code.as_bytes(), Library::built_in(), Limits::default());
    let sure = inspected.findings.iter().filter(|f| f.confidence >= Confidence::Medium);
    assert_eq!(sure.map(|f| (f.symbol.as_str(), &*f.rule)).collect::<Vec<_>>(), [("archive", "command-injection")]);
}

#[test]
fn members_are_read_by_name_too() {
    check(
        "a.py",
        r#"
import os
from flask import request

os.system(getattr(request, "args")["q"])  # ^ command-injection
os.system(getattr(request, "method"))
"#,
    );
}

#[test]
fn a_search_that_finds_nothing_else_says_what_a_text_is_of() {
    let tested = |test: &str, behind: &str| {
        let body = format!(
            "\n        name = request.args[\"name\"]\n        if {test}:\n            return jsonify(ok=False)\n        os.system(\"ls \" + name){behind}\n"
        );
        view(&body)
    };
    let found = "  # ^ command-injection";
    check("a.py", &tested(r#"re.search(r"[^a-z0-9]", name)"#, ""));
    check("a.py", &tested(r#"re.search(r"\W", name)"#, ""));
    check("a.py", &tested(r#"re.search(r"[^a-z;]", name)"#, found));
    check("a.py", &tested(r#"re.search(r"[^a-z][^b]", name)"#, found));
    check("a.py", &tested(r#"not re.search(r"[^a-z]", name)"#, found));
}

#[test]
fn what_a_folder_holds_stays_in_it() {
    check(
        "a.py",
        &view(
            r#"
        from pathlib import Path
        root = Path("images").resolve()
        path = (root / request.args["name"]).resolve()
        if root in path.parents:
            path.read_text()
        else:
            path.read_text()  # ^ path-traversal
        raw = root / request.args["raw"]
        if root in raw.parents:
            raw.read_text()  # ^ path-traversal
        "#,
        ),
    );
}

#[test]
fn keys_are_deleted_and_named() {
    check(
        "a.py",
        &view(
            r#"
        found = dict(name=request.args["name"], other="x")
        os.system(found["other"])
        os.system(found["name"])  # ^ command-injection
        del found["name"]
        os.system(" ".join(found.values()))
        "#,
        ),
    );
}

#[test]
fn what_is_put_into_something_imported_stays_in_it() {
    check(
        "a.py",
        &view(
            r#"
        from flask import g
        g.name = request.args["name"]
        g.other = "x"
        os.system(g.other)
        os.system(g.name)  # ^ command-injection
        "#,
        ),
    );
}

#[test]
fn models_check_their_numbers() {
    check(
        "a.py",
        r#"
import os
from fastapi import FastAPI
from pydantic import BaseModel

app = FastAPI()


class Order(BaseModel):
    count: int
    name: str


@app.post("/")
def order(given: Order):
    os.system("order " + str(given.count))
    os.system("order " + given.name)  # ^ command-injection
"#,
    );
}

#[test]
fn what_a_summary_tells_stands_in_the_function_of_the_sink() {
    let steps: String = (0..12).map(|i| format!("def f{i}(text):\n    f{}(text)\n\n\n", i + 1)).collect();
    let code = format!(
        "import os\n\nfrom flask import Flask, request\n\napp = Flask(__name__)\n\n\n{steps}def f12(text):\n    os.system(text)\n\n\n\
         @app.get('/run')\ndef run():\n    f0(request.args['name'])\n    return 'done'\n"
    );
    let inspected = inspect("a.py", code.as_bytes(), Library::built_in(), Limits::default());
    let symbols: Vec<(&str, &str)> = inspected.findings.iter().map(|f| (&*f.rule, &*f.symbol)).collect();
    assert_eq!(symbols, [("command-injection", "f12")]);
}
