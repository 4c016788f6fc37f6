//! Hostile input to the program itself: whatever the bytes, a scan ends in bounded time with a documented exit code, no file
//! is lost, and none that was not analysed passes as clean.

use std::fmt::Write as _;
use std::fs;
use std::io::Read;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use proptest::prelude::Rng;
use proptest::test_runner::{RngAlgorithm, TestRng};
use serde_json::Value;

use super::program::Run;

/// Far beyond what any scan here takes, even unoptimised on a busy machine; a hang is what takes longer.
const HANG: Duration = Duration::from_secs(240);

/// Runs a scan and kills it when it hangs.
fn scan(folder: &Path, arguments: &[&str]) -> Run {
    let mut child = Command::new(env!("CARGO_BIN_EXE_tempergate"))
        .current_dir(folder)
        .arg("scan")
        .args(arguments)
        .env_remove("TEMPERGATE_THREADS")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let (mut stdout, mut stderr) = (child.stdout.take().unwrap(), child.stderr.take().unwrap());
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    let out = std::thread::spawn(move || {
        let mut bytes = Vec::new();
        stdout.read_to_end(&mut bytes).map(|_| bytes).unwrap()
    });
    let err = std::thread::spawn(move || {
        let mut bytes = Vec::new();
        stderr.read_to_end(&mut bytes).map(|_| bytes).unwrap()
    });
    let start = Instant::now();
    let status = loop {
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        if start.elapsed() > HANG {
            child.kill().unwrap();
            panic!("the scan of {} hangs", folder.display());
        }
        std::thread::sleep(Duration::from_millis(20));
    };
    let code = status.code().unwrap_or_else(|| panic!("ended by a signal: {status}"));
    Run { code, out: text(out.join().unwrap()), err: text(err.join().unwrap()) }
}

/// Scans files of these contents, and gives the status of each as `path status reason`, and the number of findings. Holds
/// that the JSON and SARIF reports name every file that was not analysed whole, and that none failed internally.
fn statuses(files: &[(String, Vec<u8>)]) -> (Vec<String>, usize) {
    let folder = tempfile::tempdir().unwrap();
    for (name, bytes) in files {
        fs::write(folder.path().join(name), bytes).unwrap();
    }
    let run = scan(folder.path(), &[".", "--report", "json=r.json", "--report", "sarif=r.sarif", "--output", "r.txt"]);
    assert_eq!(run.code, 0, "{}", run.err);
    let report = super::program::json(&folder.path().join("r.json"));
    let sarif = super::program::json(&folder.path().join("r.sarif"));
    let notifications = sarif["runs"][0]["invocations"][0]["toolExecutionNotifications"].to_string();
    let listed = report["files"].as_array().unwrap();
    assert_eq!(listed.len(), files.len(), "a file is missing");
    let lines = listed.iter().map(|file| {
        let part = |key: &str| file[key].as_str().unwrap_or("").to_string();
        let (path, status, reason) = (part("path"), part("status"), part("reason"));
        assert_ne!(reason, "internal", "{path}");
        let whole = status == "clean" || status == "findings";
        assert!(whole || notifications.contains(&format!("{path}\"")), "{path} is {status} without a notification");
        format!("{path} {status} {reason}").trim_end().to_string()
    });
    (lines.collect(), report["findings"].as_array().unwrap().len())
}

/// The status of one file.
fn status(name: &str, bytes: impl Into<Vec<u8>>) -> String {
    statuses(&[(name.to_string(), bytes.into())]).0.remove(0)
}

/// The same text in a file of every language.
fn everywhere(name: &str, text: impl Into<Vec<u8>>) -> Vec<(String, Vec<u8>)> {
    let text = text.into();
    ["py", "js", "ts", "tsx"].iter().map(|extension| (format!("{name}.{extension}"), text.clone())).collect()
}

fn nested(open: &str, close: &str, count: usize) -> String {
    format!("{}x{}", open.repeat(count), close.repeat(count))
}

/// Minified code of one line, of about this many bytes.
fn minified(bytes: usize) -> String {
    let mut out = String::new();
    let mut i = 0;
    while out.len() < bytes {
        let before = i.max(1) - 1;
        let _ = write!(
            out,
            "function a{i}(e,t,n){{var r=e.q{},o=t[n]||{{}};if(r&&o.x!==n){{for(var i=0;i<r.length;i++)\
             o[r[i]]=a{before}(r[i],o,n)}}return document.getElementById('x{i}').innerHTML=r+o,o}}",
            i % 50
        );
        i += 1;
    }
    out
}

#[test]
fn random_bytes_end_in_a_documented_way() {
    let mut random = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let mut files = Vec::new();
    for (name, lowest, count) in [("any", 0, 256), ("no-nul", 1, 255), ("printable", 32, 95)] {
        let mut bytes = vec![0; 20_000];
        random.fill_bytes(&mut bytes);
        bytes.iter_mut().for_each(|b| *b = lowest + (u16::from(*b) % count) as u8);
        files.extend(everywhere(name, bytes));
    }
    let (lines, _) = statuses(&files);
    for line in lines {
        let expected = if line.starts_with("any") { "not-analysed binary" } else { "partial syntax" };
        assert!(line.ends_with(expected), "{line}");
    }
}

#[test]
fn large_files_end_in_a_documented_way() {
    assert_eq!(status("five.js", minified(5_000_000)), "five.js not-analysed too-large");
    let line = status("two.js", minified(1_900_000));
    assert!(["two.js clean", "two.js findings", "two.js partial steps"].contains(&line.as_str()), "{line}");
}

/// The parser's own clean-up of such a text is recursive; found as a stack overflow.
#[test]
fn nesting_that_would_exhaust_the_stack_is_not_parsed() {
    assert_eq!(status("labels.js", "{a:".repeat(600_000)), "labels.js not-analysed syntax-too-costly");
}

#[test]
fn deep_nesting_is_cut_off() {
    let many = 100_000;
    let pairs = [
        ("brackets", "[", "]"),
        ("parentheses", "(", ")"),
        ("braces", "{", "}"),
        ("calls", "f(", ")"),
        ("index", "a[", "]"),
        ("not", "!", ""),
    ];
    for (name, open, close) in pairs {
        let (lines, _) = statuses(&everywhere(name, nested(open, close, many)));
        // Parentheses are nothing in the tree that is analysed.
        let whole = |line: &String| name == "parentheses" && line.ends_with(" clean");
        assert!(lines.iter().all(|l| l.contains(" partial ") || whole(l)), "{lines:?}");
    }
    let templates = vec![("templates.js".to_string(), nested("`${", "}`", 20_000).into_bytes())];
    let elements = vec![("elements.tsx".to_string(), nested("<a>", "</a>", 20_000).into_bytes())];
    let lambdas = vec![("lambdas.py".to_string(), nested("lambda: ", "", 20_000).into_bytes())];
    for files in [templates, elements, lambdas] {
        assert!(statuses(&files).0.iter().all(|l| l.contains(" partial ")), "{}", files[0].0);
    }
    // Opened and never closed, and closed without being open.
    for text in ["[", "(", "{", "]", ")", "}", "f(", "`${", "<a>"] {
        let (lines, _) = statuses(&everywhere("half", text.repeat(20_000)));
        assert!(lines.iter().all(|l| l.contains(" partial ")), "{text}: {lines:?}");
    }
}

#[test]
fn deep_functions_that_call_deep_functions_leave_stack() {
    let ladder = |open: &str, close: &str, depth: usize| {
        let function = |i: usize| {
            format!("function f{i}(x) {{ return {}f{}(x){} }}\n", open.repeat(depth), i + 1, close.repeat(depth))
        };
        (0..10).map(function).collect::<String>() + "f0(1);\n"
    };
    for (name, open, close, depth) in [
        ("calls.js", "g(", ")", 180),
        ("conditions.js", "a ? [", "] : b", 60),
        ("templates.js", "`${", "}`", 180),
        ("arrows.js", "g(() => ", ")", 60),
        ("objects.js", "g({a: [", "]})", 40),
    ] {
        let line = status(name, ladder(open, close, depth));
        assert!(line.ends_with(" clean") || line.ends_with(" partial too-deep"), "{line}");
    }
}

#[test]
fn code_that_is_defined_by_itself_is_analysed() {
    for (name, text) in [
        ("default.py", "def f(x=f()):\n    pass\nf()\n"),
        ("defaults.py", "def f(x=g()):\n    pass\ndef g(y=f()):\n    pass\nf()\n"),
        ("lambda.py", "x = lambda y=x(): y\nx()\n"),
        ("class.py", "class A(A.b):\n    def b(self, x=A().b()):\n        return A.b\nA().b()\n"),
        ("bases.py", "class B(C):\n    pass\nclass C(B):\n    def m(self):\n        return self.q + self.m()\n"),
        ("decorated.py", "@g\ndef g(x=g, *a):\n    return g(*g, **g)\ng(g)(g(g))\n"),
        ("default.js", "function f(a = f()) {}\nf();\n"),
        ("constructor.js", "class A { constructor(a = new A()) {} }\nnew A();\n"),
        ("object.js", "const a = { b() { return a.b(a.b) }, get c() { return this.c }, ...a };\na.b(a)(a.c);\n"),
        ("pattern.js", "let { x = x, y = ({ z } = x) } = x;\nfunction* q(a = q()) { yield* q(q) }\nq();\n"),
    ] {
        assert_eq!(status(name, text), format!("{name} clean"));
    }
}

#[test]
fn long_chains_are_analysed() {
    let chains = [
        ("calls", format!("a{}", ".b(c)".repeat(20_000))),
        ("members", format!("a{}", ".b".repeat(20_000))),
        ("sum", format!("x = a{}", " + b".repeat(50_000))),
        ("arguments", format!("f({}b)", "a, ".repeat(50_000))),
        ("list", format!("x = [{}]", "'a', ".repeat(50_000))),
    ];
    for (name, text) in chains {
        for line in statuses(&everywhere(name, text)).0 {
            assert!(line.ends_with(" clean") || line.ends_with(" partial too-deep"), "{line}");
        }
    }
}

#[test]
fn ten_thousand_findings_are_reported() {
    let mut text = "import os\nfrom flask import request\n\nname = request.args['name']\n".to_string();
    text.push_str(&"os.system(name)\n".repeat(10_000));
    let (lines, findings) = statuses(&[("app.py".to_string(), text.into_bytes())]);
    assert_eq!((lines, findings), (vec!["app.py findings".to_string()], 10_000));
}

#[test]
fn encodings_and_line_ends_keep_the_finding() {
    let code = "import os\nfrom flask import request\nos.system(request.args['é'])\n";
    let latin1: Vec<u8> = code.chars().map(|c| c as u8).collect();
    let variants: [(&str, Vec<u8>); 4] = [
        ("crlf.py", code.replace('\n', "\r\n").into_bytes()),
        ("bom.py", format!("\u{feff}{code}").into_bytes()),
        ("latin1.py", latin1),
        ("no-end.py", code.trim_end().into()),
    ];
    for (name, bytes) in variants {
        let (lines, findings) = statuses(&[(name.to_string(), bytes)]);
        assert_eq!((lines, findings), (vec![format!("{name} findings")], 1));
    }
    assert_eq!(status("nul.py", b"import os\0\n".as_slice()), "nul.py not-analysed binary");
    let lone = statuses(&everywhere("lone-cr", "a = 1\r".repeat(5_000))).0;
    assert!(lone.iter().all(|l| l.ends_with(" clean") || l.ends_with(" partial syntax")), "{lone:?}");
    let empty = statuses(&everywhere("empty", "")).0;
    assert!(empty.iter().all(|l| l.ends_with(" clean")), "{empty:?}");
}

#[test]
fn texts_that_are_too_costly_to_parse_are_named() {
    for text in ["a\\\n".repeat(100_000), "\\\n".repeat(100_000)] {
        assert_eq!(status("continued.py", text), "continued.py not-analysed syntax-too-costly");
    }
    assert_eq!(status("commented.js", "a/**/".repeat(100_000)), "commented.js not-analysed syntax-too-costly");
}

#[test]
fn work_that_grows_faster_than_the_file_is_bounded() {
    let lines = |each: &dyn Fn(usize) -> String, count: usize| (0..count).map(each).collect::<String>();
    let files = [
        // A list that holds itself four times over.
        ("doubling.py", format!("x = ['a']\n{}", "x = [x, x, x, *x]\n".repeat(200))),
        // Calls that branch at every level.
        ("calls.py", lines(&|i| format!("def f{i}(x):\n    return f{0}(x) + f{0}(x) + f{0}(x)\n", i + 1), 300)),
        // Classes that inherit from each other in a long line.
        (
            "classes.py",
            lines(&|i| format!("class C{}(C{i}):\n    def m(self):\n        return self.m{i}()\n", i + 1), 800),
        ),
        // Closures that each see all variables.
        (
            "closures.js",
            format!("function f(p) {{\n{}}}\n", lines(&|i| format!("let v{i} = p + {i}; g(() => v{i});\n"), 5_000)),
        ),
        // Branches that join all variables.
        ("branches.py", format!("def f(p):\n{}", lines(&|i| format!("    v{i} = p\n    if v{i}: v0 = p\n"), 5_000))),
        // Data of ever more origins.
        ("origins.py", format!("x = ''\n{}", lines(&|i| format!("x = x + input('{i}')\n"), 3_000))),
        // Patterns that each take long to judge.
        ("patterns.js", lines(&|i| format!("f(/(?:a|b{i})+[a-z{i}]*{i}$/.test(location.hash));\n"), 800)),
    ];
    for (name, text) in files {
        let line = status(name, text);
        let ends = [" clean", " findings", " partial steps"];
        assert!(ends.iter().any(|end| line.ends_with(end)), "{line}");
    }
}

#[test]
fn mending_many_findings_ends() {
    let folder = tempfile::tempdir().unwrap();
    let mut text = "import sqlite3\nfrom flask import request\nd = sqlite3.connect('x')\n".to_string();
    for i in 0..120 {
        let _ = write!(
            text,
            "def f{i}():\n    q = request.args['a']\n    d.execute(\"select a from b where c = '\" + q + \"'\")\n"
        );
    }
    let lines = "A long text, so that analysing this file again costs something.\n".repeat(8_000);
    let _ = writeln!(text, "X = \"\"\"{lines}\"\"\"");
    fs::write(folder.path().join("app.py"), text).unwrap();
    let run = scan(folder.path(), &["app.py", "--fix", "--format", "json"]);
    assert_eq!(run.code, 0, "{}", run.err);
    let report: Value = serde_json::from_str(&run.out).unwrap();
    let (fixed, rejected) =
        (report["summary"]["fixed"].as_u64().unwrap(), report["summary"]["rejectedFixes"].as_u64().unwrap());
    assert!(fixed > 10 && rejected > 10 && fixed + rejected == 120, "{fixed} fixed, {rejected} rejected");
    assert!(run.out.contains("\"too-costly\""));
}

#[test]
fn not_analysed_fails_when_findings_are_asked_to() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("binary.py"), b"\0").unwrap();
    assert_eq!(scan(folder.path(), &[".", "--fail-on", "critical"]).code, 1);
    fs::write(folder.path().join("binary.py"), b"x = 1\n").unwrap();
    assert_eq!(scan(folder.path(), &[".", "--fail-on", "critical"]).code, 0);
}

#[test]
fn odd_folders_are_walked() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    assert_eq!(scan(root, &["."]).code, 0, "an empty folder");
    for name in ["with space", "-dash", "ünïcode", "semi;colon", "new\nline", "quote\"'", "percent%20"] {
        fs::create_dir(root.join(name)).unwrap();
        fs::write(root.join(name).join("a.py"), "x = eval(input())\n").unwrap();
    }
    let mut deep = root.to_path_buf();
    for _ in 0..400 {
        deep.push("d");
    }
    fs::create_dir_all(&deep).unwrap();
    fs::write(deep.join("deep.py"), "x = eval(input())\n").unwrap();
    let run = scan(root, &[".", "--report", "json=r.json", "--report", "sarif=r.sarif", "--format", "markdown"]);
    assert_eq!(run.code, 0, "{}", run.err);
    let report = super::program::json(&root.join("r.json"));
    assert_eq!(report["files"].as_array().unwrap().len(), 8);
    assert_eq!(report["findings"].as_array().unwrap().len(), 8);
    assert_eq!(scan(root, &["-dash"]).code, 2);
    assert_eq!(scan(root, &["nowhere"]).code, 2);
}

#[cfg(unix)]
#[test]
fn special_files_and_links_hang_nothing() {
    use std::os::unix::fs::symlink;
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    fs::write(root.join("a.py"), "x = 1\n").unwrap();
    assert!(Command::new("mkfifo").arg(root.join("pipe.py")).status().unwrap().success());
    symlink(root, root.join("loop")).unwrap();
    symlink("self.py", root.join("self.py")).unwrap();
    symlink("/dev/zero", root.join("zero.py")).unwrap();
    let run = scan(root, &[".", "--report", "json=r.json"]);
    assert_eq!(run.code, 0, "{}", run.err);
    let report: Value = super::program::json(&root.join("r.json"));
    let paths: Vec<&str> = report["files"].as_array().unwrap().iter().map(|f| f["path"].as_str().unwrap()).collect();
    assert_eq!(paths, ["a.py"]);
    for name in ["pipe.py", "self.py", "zero.py"] {
        let run = scan(root, &[name]);
        assert_eq!(run.code, 2, "{name}: {}{}", run.out, run.err);
        assert!(run.err.contains(name), "{}", run.err);
    }
}

#[cfg(unix)]
#[test]
fn unreadable_files_are_named() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("secret.py");
    fs::write(&file, "x = 1\n").unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o000)).unwrap();
    // Whoever may read everything (a superuser) cannot make a file unreadable.
    if fs::read(&file).is_ok() {
        return;
    }
    let run = scan(folder.path(), &[".", "--format", "json", "--fail-on", "critical"]);
    assert_eq!(run.code, 1, "{}", run.err);
    assert!(run.out.contains("\"unreadable\""), "{}", run.out);
}
