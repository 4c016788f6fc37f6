//! What the engine makes of Python.

use super::check;

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
        session["login"] = request.form["password"]  # ^ clear-text-storage
        session["name"] = request.form["name"]
        session["again"] = request.form.get("password", "").strip()  # ^ clear-text-storage
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
