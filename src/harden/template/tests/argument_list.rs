use super::{fix, flask};

fn python(imports: &str, body: &str, fixer: &str) -> Option<String> {
    let start = "    name = request.args[\"name\"]\n";
    let fixed = fix("a.py", &flask(imports, body), "command-injection", fixer)?;
    let body = fixed.split_once(start).unwrap().1;
    Some(body.lines().map(|l| l.strip_prefix("    ").unwrap_or(l)).collect::<Vec<_>>().join("\n"))
}

#[test]
fn python_without_a_shell() {
    let cases = [
        (
            "import os",
            "os.system(\"convert \" + name + \" out.png\")",
            "subprocess.run([\"convert\", name, \"out.png\"])",
        ),
        (
            "import os",
            "code = os.system(f'tar xf \"{name}\" -C \"/a b\"')",
            "code = subprocess.call([\"tar\", \"xf\", name, \"-C\", \"/a b\"])",
        ),
        (
            "import os",
            "x = os.popen(\"ls -l %s\" % name).read()",
            "x = subprocess.run([\"ls\", \"-l\", name], capture_output=True, text=True).stdout",
        ),
        (
            "import subprocess as sp",
            "sp.check_output(f\"git log --author={name}\", shell=True, text=True)",
            "sp.check_output([\"git\", \"log\", f\"--author={name}\"], text=True)",
        ),
        (
            "from subprocess import run",
            "run(\n    \"ping -c 1 {}\".format(name),\n    shell=True,\n    timeout=5,\n)",
            "run(\n    [\"ping\", \"-c\", \"1\", name],\n    timeout=5,\n)",
        ),
        (
            "import subprocess",
            "cmd = f\"ping -c 1 {name}\"\nprint(cmd)\nsubprocess.run(cmd, shell=True)",
            "cmd = [\"ping\", \"-c\", \"1\", name]\nprint(cmd)\nsubprocess.run(cmd)",
        ),
        (
            "import subprocess",
            "subprocess.call([\"bash\", \"-c\", f\"tar czf b.tgz {name}\"])",
            "subprocess.call([\"tar\", \"czf\", \"b.tgz\", name])",
        ),
        (
            "import asyncio",
            "p = asyncio.create_subprocess_shell(\"dig +short \" + name, stdout=-1)",
            "p = asyncio.create_subprocess_exec(\"dig\", \"+short\", name, stdout=-1)",
        ),
    ];
    for (imports, before, after) in cases {
        assert_eq!(python(imports, before, "argument-list").as_deref(), Some(after), "{before}");
    }
}

#[test]
fn python_quotes_where_the_shell_is_needed() {
    let cases = [
        (
            "subprocess.run(f\"grep '{name}' log | wc -l\", shell=True)",
            "subprocess.run(f\"grep {shlex.quote(name)} log | wc -l\", shell=True)",
        ),
        (
            "subprocess.run(\"ls *.txt > \" + name, shell=True)",
            "subprocess.run(\"ls *.txt > \" + shlex.quote(name), shell=True)",
        ),
        (
            "subprocess.run(\"a %s && b\" % name, shell=True)",
            "subprocess.run(\"a %s && b\" % shlex.quote(name), shell=True)",
        ),
    ];
    for (before, after) in cases {
        assert_eq!(python("import subprocess", before, "argument-list"), None, "{before}");
        assert_eq!(python("import subprocess", before, "quote-shell-argument").as_deref(), Some(after), "{before}");
    }
}

#[test]
fn python_what_is_no_argument_is_left_alone() {
    for case in [
        "subprocess.run(name, shell=True)",
        "subprocess.run(f\"{name} -l\", shell=True)",
        "subprocess.run(f\"grep 'x {name}' log | wc\", shell=True)",
        "subprocess.run(f\"ls {name}\", shell=True, executable=\"/bin/bash\")",
    ] {
        assert_eq!(python("import subprocess", case, "argument-list"), None, "{case}");
    }
    assert_eq!(
        python(
            "import subprocess",
            "subprocess.run(f\"grep 'x {name}' log | wc\", shell=True)",
            "quote-shell-argument"
        ),
        None
    );
}

#[test]
fn node_without_a_shell() {
    let cases = [
        (
            "import { execSync } from 'node:child_process';\n\nexport function f(req, res) {\n  execSync(`convert up/${req.body.name} -resize ${req.body.size} out`, { cwd: '/tmp' });\n}\n",
            "execFileSync('convert', [`up/${req.body.name}`, '-resize', req.body.size, 'out'], { cwd: '/tmp' });",
        ),
        (
            "const cp = require('child_process');\n\nfunction f(req, res) {\n  const command = 'ping -c 1 ' + req.query.host;\n  cp.exec(command, (error) => res.json({ ok: !error }));\n}\n",
            "function f(req, res) {\n  cp.execFile('ping', ['-c', '1', req.query.host], (error) => res.json({ ok: !error }));\n}",
        ),
        (
            "import { spawn } from 'child_process';\n\nexport function f(req, res) {\n  spawn('tar', ['czf', '-', req.params.folder], { shell: true });\n}\n",
            "spawn('tar', ['czf', '-', req.params.folder]);",
        ),
        (
            "const { spawn } = require('child_process');\n\nfunction f(req, res) {\n  spawn('sh', ['-c', `grep -c ${req.query.word} access.log`]).stdout.pipe(res);\n}\n",
            "spawn('grep', ['-c', req.query.word, 'access.log']).stdout.pipe(res);",
        ),
    ];
    for (before, after) in cases {
        let fixed = fix("a.js", before, "command-injection", "argument-list").unwrap_or_default();
        assert!(fixed.contains(after), "{before}\n{fixed}");
    }
    let pipe = "const cp = require('child_process');\n\nfunction f(req) {\n  cp.exec('cat ' + req.query.file + ' | wc -l');\n}\n";
    assert_eq!(fix("a.js", pipe, "command-injection", "argument-list"), None);
}

#[test]
fn numbers_become_text() {
    let python = "import subprocess\nfrom flask import request\n\n\ndef ping(host, count):\n    subprocess.run(f\"ping -c {count} {host}\", shell=True)\n\n\ndef view():\n    ping(request.args[\"host\"], int(request.args[\"count\"]))\n";
    let fixed = fix("a.py", python, "command-injection", "argument-list").unwrap();
    assert!(fixed.contains("subprocess.run([\"ping\", \"-c\", str(count), host])"), "{fixed}");
    let node = "const { exec } = require('child_process');\nconst express = require('express');\nconst app = express();\napp.get('/', (req, res) => {\n  const times = req.query.times || 1;\n  exec(`ping -c ${times} ${req.query.host}`, () => res.end());\n});\n";
    let fixed = fix("a.js", node, "command-injection", "argument-list").unwrap();
    assert!(fixed.contains("execFile('ping', ['-c', String(times), req.query.host], "), "{fixed}");
}
