//! Loaders, hashes, random numbers, secrets and declarative edits.

use super::{fix, flask};
use crate::harden::template::testing::{fixed, not_fixed};

fn contains(path: &str, text: &str, rule: &str, fixer: &str, wanted: &str) {
    let fixed = fix(path, text, rule, fixer).unwrap_or_else(|| panic!("no candidate for\n{text}"));
    assert!(fixed.contains(wanted), "wanted {wanted} in\n{fixed}");
}

#[test]
fn loaders() {
    let python = |imports: &str, body: &str, wanted: &str| {
        contains("a.py", &flask(imports, body), "unsafe-deserialization", "safe-loader", wanted);
    };
    python("import yaml as y", "x = y.load(request.data, y.Loader)", "x = y.safe_load(request.data)\n");
    python(
        "from yaml import load_all, Loader",
        "x = load_all(\n    request.data,\n    Loader=Loader,\n)",
        "safe_load_all(\n        request.data,\n    )\n",
    );
    contains(
        "a.js",
        "const yaml = require('js-yaml');\n\nfunction load(req, res) {\n  res.json(yaml.load(req.body.text, { schema: yaml.DEFAULT_FULL_SCHEMA, json: true }));\n}\n",
        "unsafe-deserialization",
        "safe-loader",
        "yaml.load(req.body.text, { json: true })",
    );
    let xml = |body: &str, wanted: &str| {
        contains("a.py", &flask("from lxml import etree", body), "xxe", "safe-loader", wanted)
    };
    xml(
        "p = etree.XMLParser(no_network=False, load_dtd=True)\nx = etree.XML(request.data, parser=p)",
        "p = etree.XMLParser(no_network=True, load_dtd=False, resolve_entities=False)\n",
    );
    xml(
        "x = etree.fromstring(request.data)",
        "etree.fromstring(request.data, parser=etree.XMLParser(resolve_entities=False, no_network=True))",
    );
}

#[test]
fn hashes() {
    let python = |text: &str, wanted: &str| contains("a.py", text, "weak-hash", "stronger-hash", wanted);
    python("from hashlib import sha1\n\nd = sha1()\n", "d = sha256()\n");
    python("import hashlib as h\n\nKIND = 'md5'\nd = h.new(KIND, b\"x\")\n", "KIND = 'sha256'\n");
    python("import hashlib\n\nd = hashlib.new(\"sha1\", b\"x\")\n", "hashlib.new(\"sha256\", b\"x\")");
    python("from Crypto.Hash import MD5\n\nd = MD5.new(b\"x\")\n", "SHA256.new(b\"x\")");
    let node = |text: &str, wanted: &str| contains("a.js", text, "weak-hash", "stronger-hash", wanted);
    node(
        "import { createHash } from 'node:crypto';\n\nconst d = createHash(\"md5\").update('x').digest('hex');\n",
        "createHash(\"sha256\")",
    );
    node("const C = require('crypto-js');\n\nconst d = C.MD5('x').toString();\n", "C.SHA256('x').toString()");
    node(
        "const md5 = require('md5');\n\nmodule.exports = (text) => md5(text);\n",
        "crypto.createHash('sha256').update(text).digest('hex');",
    );
    let protocol = "import hashlib\nimport uuid\n\nd = uuid.UUID(hashlib.md5(b\"x\").hexdigest())\n";
    assert_eq!(fix("a.py", protocol, "weak-hash", "stronger-hash"), None);
}

#[test]
fn secrets() {
    let python =
        |text: &str, wanted: &str| contains("a.py", text, "hard-coded-credentials", "secret-from-environment", wanted);
    python(
        "import pymysql\n\ndb = pymysql.connect(host=\"d\", user=\"shop\", password=\"Tr0ub4dor&3x\")\n",
        "import os\n",
    );
    python(
        "import pymysql\n\ndb = pymysql.connect(host=\"d\", user=\"shop\", password=\"Tr0ub4dor&3x\")\n",
        "password=os.environ[\"DB_PASSWORD\"])",
    );
    python(
        "from flask import Flask\n\napp = Flask(__name__)\napp.config['SECRET_KEY'] = 'f3c1a90be27d4c55'\n",
        "app.config['SECRET_KEY'] = os.environ['SECRET_KEY']\n",
    );
    python(
        "import jwt\n\n\ndef issue(user):\n    return jwt.encode({\"sub\": user}, \"b7d1f0c2a9e84d36\", algorithm=\"HS256\")\n",
        "os.environ[\"JWT_SECRET\"], algorithm",
    );
    let node = |path: &str, text: &str, wanted: &str| {
        contains(path, text, "hard-coded-credentials", "secret-from-environment", wanted)
    };
    node(
        "a.js",
        "const mysql = require('mysql');\n\nconst db = mysql.createConnection({\n  user: 'shop',\n  password: 'V3ry-Long-9mQ2',\n});\n",
        "  password: process.env.DB_PASSWORD,\n",
    );
    node(
        "a.js",
        "const jwt = require('jsonwebtoken');\n\nmodule.exports = (user) => jwt.sign({ id: user.id }, 'kX8#tr0ub4dor-signing');\n",
        "jwt.sign({ id: user.id }, process.env.JWT_SECRET);",
    );
    node(
        "a.ts",
        "import { createHmac } from 'crypto';\n\nconst signKey = 'b7f1c0d29e8a4453';\n\nexport const sign = (text: string) => createHmac('sha256', signKey).update(text).digest('hex');\n",
        "const signKey = process.env.SIGN_KEY!;",
    );
}

#[test]
fn variables_of_the_system_are_not_taken_for_secrets() {
    let text =
        "const mysql = require('mysql');\n\nconst db = mysql.createConnection({\n  password: 'V3ry-Long-9mQ2',\n});\n";
    let (_, found) = super::candidates("a.js", text, "hard-coded-credentials");
    assert!(found.iter().all(|c| c.edits.apply(text).contains("process.env.DB_PASSWORD")));
    let named = "const config = { pwd: 'V3ry-Long-9mQ2x' };\n";
    let (_, found) = super::candidates("a.js", named, "hard-coded-credentials");
    assert!(found.iter().all(|c| c.edits.apply(named).contains("process.env.APP_PWD")));
}

#[test]
fn random_numbers() {
    let python = |text: &str, wanted: &str| contains("a.py", text, "weak-random", "secure-random", wanted);
    python(
        "import random\nimport string\n\n\ndef reset_link():\n    reset_token = \"\".join(random.choices(string.ascii_letters, k=32))\n    return \"/reset/\" + reset_token\n",
        "reset_token = \"\".join(secrets.SystemRandom().choices(string.ascii_letters, k=32))\n",
    );
    python(
        "import random\n\n\nclass Login:\n    def start(self):\n        self.verification_code = random.randint(100000, 999999)\n",
        "self.verification_code = secrets.randbelow(900000) + 100000\n",
    );
    python(
        "from random import choice\n\nA = \"abc\"\ntemporary_password = \"\".join(choice(A) for _ in range(12))\n",
        "\"\".join(secrets.choice(A) for _ in range(12))\n",
    );
    let node = |text: &str, wanted: &str| contains("a.js", text, "weak-random", "secure-random", wanted);
    node(
        "function newSession() {\n  const sessionId = Math.random().toString(36).slice(2);\n  return sessionId;\n}\n",
        "const sessionId = crypto.randomBytes(16).toString('hex');\n",
    );
    node(
        "const c = require('crypto');\n\nfunction invite(user) {\n  user.resetToken = 'r' + Math.floor(Math.random() * 1e9);\n}\n",
        "user.resetToken = 'r' + c.randomInt(1e9);\n",
    );
}

#[test]
fn declarative_edits() {
    contains(
        "a.py",
        "import requests\n\nr = requests.get(\n    \"https://a\",\n    verify=False,\n    timeout=3,\n)\n",
        "certificate-validation-disabled",
        "remove-argument",
        "    \"https://a\",\n    timeout=3,\n)",
    );
    contains(
        "a.py",
        "import ssl\n\nc = ssl._create_unverified_context()\n",
        "certificate-validation-disabled",
        "replace-call",
        "c = ssl.create_default_context()\n",
    );
    contains(
        "a.py",
        "import paramiko\n\nc = paramiko.SSHClient()\nc.set_missing_host_key_policy(paramiko.AutoAddPolicy())\n",
        "certificate-validation-disabled",
        "set-argument",
        "c.set_missing_host_key_policy(paramiko.RejectPolicy())\n",
    );
    contains(
        "a.js",
        "const https = require('https');\n\nhttps.get({ host: 'a', rejectUnauthorized: false }, () => {});\n",
        "certificate-validation-disabled",
        "set-argument",
        "https.get({ host: 'a', rejectUnauthorized: true }, () => {});\n",
    );
    contains(
        "a.py",
        &flask("import re", "x = re.findall(f\"\\\\b{name}\\\\b\", \"text\")"),
        "regex-injection",
        "escape-argument",
        "re.findall(f\"\\\\b{re.escape(name)}\\\\b\", \"text\")",
    );
}

#[test]
fn line_ends_and_comments_stay() {
    let text = "import hashlib\r\n\r\nd = hashlib.md5(b\"x\")  # quick\r\n";
    let fixed = fix("a.py", text, "weak-hash", "stronger-hash").unwrap();
    assert_eq!(fixed, text.replace("md5", "sha256"));
}

#[test]
fn answers_of_java_become_general() {
    let head = "import java.io.IOException;\nimport javax.servlet.http.*;\n\npublic class Shop extends HttpServlet {\n    protected void doGet(HttpServletRequest request, HttpServletResponse response) throws IOException {\n        try {\n            work();\n        } catch (Exception e) {\n";
    let tail = "        }\n    }\n}\n";
    let log = "            System.getLogger(\"Shop\").log(System.Logger.Level.ERROR, \"Request failed\", e);\n";
    for (before, after) in [
        (
            "            response.sendError(500, e.getMessage());\n",
            format!("{log}            response.sendError(500, \"Internal server error\");\n"),
        ),
        (
            "            e.printStackTrace();\n            response.getWriter().println(\"Upload failed: \" + e.getMessage());\n",
            "            e.printStackTrace();\n            response.getWriter().println(\"Upload failed\");\n"
                .to_string(),
        ),
    ] {
        let got = fixed("Shop.java", &format!("{head}{before}{tail}"), "information-exposure");
        assert_eq!(got, format!("{head}{after}{tail}"));
        not_fixed("Shop.java", &got, "information-exposure");
    }
}

#[test]
fn answers_of_go_become_general() {
    let head = "package main\n\nimport (\n\t\"database/sql\"\n\t\"net/http\"\n)\n\nfunc handler(db *sql.DB) http.HandlerFunc {\n\treturn func(w http.ResponseWriter, r *http.Request) {\n\t\tif err := db.Ping(); err != nil {\n";
    let tail = "\t\t\treturn\n\t\t}\n\t}\n}\n";
    let before = "\t\t\thttp.Error(w, err.Error(), http.StatusInternalServerError)\n";
    let after =
        "\t\t\tlog.Println(err)\n\t\t\thttp.Error(w, \"Internal server error\", http.StatusInternalServerError)\n";
    let got = fixed("a.go", &format!("{head}{before}{tail}"), "information-exposure");
    assert_eq!(got, format!("{}{after}{tail}", head.replace("\t\"net/http\"", "\t\"log\"\n\t\"net/http\"")));
}

#[test]
fn names_behind_a_folder_lose_their_way_out() {
    // What lies in the folder is found by an uploaded name, not by the names of folders in it.
    let upload = "package main\n\nimport (\n\t\"net/http\"\n\t\"os\"\n\t\"path/filepath\"\n)\n\nfunc save(w http.ResponseWriter, r *http.Request) {\n\tfilename := r.FormValue(\"name\")\n\tos.Create(filepath.Join(\"files\", filename))\n}\n";
    let after = upload.replace("\"files\", filename", "\"files\", filepath.Base(filename)");
    assert_eq!(fixed("a.go", upload, "path-traversal"), after);
    // The folder in front of the name stays.
    let code = "import java.io.*;\nimport javax.servlet.http.*;\n\npublic class P extends HttpServlet {\n    protected void doGet(HttpServletRequest request, HttpServletResponse response) throws IOException {\n        String name = request.getParameter(\"name\");\n        String path = \"images\" + File.separator + name;\n        InputStream in = new FileInputStream(new File(path));\n    }\n}\n";
    let after = code.replace("File.separator + name", "File.separator + new File(name).getName()");
    assert_eq!(fixed("P.java", code, "path-traversal"), after);
    let go = |imports: &str, path: &str| {
        format!(
            "package main\n\nimport (\n{imports})\n\nfunc image(w http.ResponseWriter, r *http.Request) {{\n\tname := r.URL.Query().Get(\"name\")\n\tpath := {path}\n\thttp.ServeFile(w, r, path)\n}}\n"
        )
    };
    let before = go("\t\"net/http\"\n", "\"images/\" + name");
    let imports = "\t\"net/http\"\n\t\"path/filepath\"\n";
    // A page of the folder above is listed under the name `..`, which is a last part, too.
    let after = go(imports, "\"images/\" + filepath.Clean(\"/\"+name)");
    assert_eq!(fixed("a.go", &before, "path-traversal"), after);
    let opened = |code: String| {
        code.replace("http.ServeFile(w, r, path)", "os.Open(path)")
            .replace("\t\"net/http\"\n", "\t\"net/http\"\n\t\"os\"\n")
    };
    let after = opened(go(imports, "\"images/\" + filepath.Clean(\"/\"+name)"));
    assert_eq!(fixed("a.go", &opened(before), "path-traversal"), after);
    let java = |name: &str| {
        format!(
            "import java.io.*;\nimport javax.servlet.http.*;\n\npublic class P extends HttpServlet {{\n    protected void doGet(HttpServletRequest request, HttpServletResponse response) throws IOException {{\n        String name = request.getParameter(\"name\");\n        InputStream in = new FileInputStream(new File(\"images\", {name}));\n    }}\n}}\n"
        )
    };
    assert_eq!(fixed("P.java", &java("name"), "path-traversal"), java("new File(name).getName()"));
}
