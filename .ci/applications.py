#!/usr/bin/env python3
"""Measures whether applications still work after all fixes that the product accepts: those in tests/applications.

  applications.py BINARY [NAME…] [--minimum PERCENT] [--diff]

NAME picks applications: `python`, `go/notes`. Each is copied, its tests run and must pass; then `tempergate fix --write` mends its
sources (not its tests) until nothing more is accepted, and the tests run again. Ends with 1 when tests do not pass before, or when
fewer than PERCENT of them (95) pass after. --diff shows what the fixes changed.

A secret that a fix takes out of the source has to be put into the environment: that is a part of applying the fix. So the tests
after the fixes run with each variable that the fixes newly read, set to the text which the fix took out of that place.

Needs node and npm, java and javac, go; pinned packages go to a temporary virtual environment and a temporary node_modules.
"""
import argparse
import concurrent.futures
import dataclasses
import difflib
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

HOME = pathlib.Path(__file__).resolve().parent.parent / "tests" / "applications"
ROUNDS = 5
SECONDS = 120
# Tests and what only they use are not mended.
TESTS = {"python": "test_*.py", "javascript": "*.test.js", "java": "*Test.java", "go": "*_test.go"}
SOURCES = {"python": ".py", "javascript": ".js", "java": ".java", "go": ".go"}
# How the languages read a variable of the environment.
VARIABLE = re.compile(r"""(?:environ(?:\.get)?[\[(]|getenv\(|Getenv\()\s*["'](\w+)["']|process\.env\.(\w+)""")
TEXT = re.compile(r'''"((?:[^"\\\n]|\\.)*)"|'((?:[^'\\\n]|\\.)*)'|`([^`$\\]*)`''')

PYTHON_TESTS = """
import sys, unittest
class Result(unittest.TestResult):
    def __init__(self, *a, **k): super().__init__(*a, **k); self.bad = set()
    def stopTest(self, test):
        super().stopTest(test)
        name = getattr(test, "_testMethodName", str(test))
        bad = any(t is test or getattr(t, "test_case", None) is test for t, _ in self.failures + self.errors)
        print("\\n@@", "not ok" if bad else "ok", name, flush=True)
suite = unittest.defaultTestLoader.discover(".")
result = Result()
suite.run(result)
for _, text in result.failures + result.errors: print(text, file=sys.stderr)
"""


@dataclasses.dataclass
class Outcome:
    name: str
    found: int
    accepted: int
    before: dict
    after: dict
    log: str
    diff: str

    def broken(self):
        return [t for t, passed in self.before.items() if passed and not self.after.get(t)]


class Tools:
    """What the tests need, installed once into a temporary folder."""

    def __init__(self, work, languages):
        self.work = work
        self.python = work / "venv" / "bin" / "python"
        if "python" in languages:
            must(["python3", "-m", "venv", str(work / "venv")])
            pip = [str(self.python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--only-binary", ":all:"]
            must([*pip, "-r", str(HOME / "python" / "requirements.txt")])
        if "javascript" in languages:
            folder = work / "javascript"
            folder.mkdir()
            shutil.copy(HOME / "javascript" / "package.json", folder)
            must(["npm", "install", "--silent", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix", str(folder)])
        if "java" in languages:
            self.classes = work / "java-support"
            must(["javac", "-d", str(self.classes), *map(str, sorted((HOME / "java" / "support").rglob("*.java")))])

    def tests(self, language, folder, env):
        """What each test of an application gave, and all that was printed."""
        run = getattr(self, f"run_{language}")
        with tempfile.TemporaryDirectory(dir=self.work) as scratch:
            try:
                return run(folder, {**env, "TMPDIR": scratch}, pathlib.Path(scratch))
            except subprocess.TimeoutExpired as e:
                return {}, f"stopped after {SECONDS} s\n{e.stdout}"

    def run_python(self, folder, env, _scratch):
        done = run([str(self.python), "-B", "-c", PYTHON_TESTS], folder, env)
        return results(r"^@@ (not ok|ok) (\S+)$", done), done

    def run_javascript(self, folder, env, _scratch):
        done = "".join(
            run(["node", "--test-reporter=tap", path.name], folder, env) for path in sorted(folder.glob("*.test.js")))
        return results(r"^(not ok|ok) \d+ - (.+)$", done), done

    def run_java(self, folder, env, scratch):
        sources = [str(p) for p in sorted(folder.glob("*.java"))]
        done = run(["javac", "-nowarn", "-encoding", "UTF-8", "-cp", str(self.classes), "-d", str(scratch / "out"), *sources], folder, env)
        for path in sorted(folder.glob("*Test.java")):
            options = ["-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", f"-Djava.io.tmpdir={scratch}"]
            done += run(["java", *options, "-cp", f"{scratch / 'out'}:{self.classes}", path.stem], folder, env)
        return results(r"^@@ (not ok|ok) (\S+)$", done), done

    def run_go(self, folder, env, _scratch):
        offline = {"GOFLAGS": "-mod=mod", "GOPROXY": "off", "GONOSUMDB": "*", "CGO_ENABLED": "0"}
        done = run(["go", "test", "-json", "-count=1", "-vet=off", "."], folder, {**env, **offline})
        out = {}
        for line in done.splitlines():
            event = json.loads(line) if line.startswith("{") else {}
            if event.get("Test") and event["Action"] in ("pass", "fail"):
                out[event["Test"]] = event["Action"] == "pass"
        return out, done


def must(command):
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"{' '.join(command[:4])}… ended with {done.returncode}:\n{(done.stdout + done.stderr)[-3000:]}")


def run(command, folder, env):
    done = subprocess.run(command, cwd=folder, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, timeout=SECONDS)
    return done.stdout.decode("utf-8", "replace")


def results(pattern, text):
    return {name: state == "ok" for state, name in re.findall(pattern, text, re.MULTILINE)}


def environment_of(report, old):
    """The variables that the accepted fixes newly read, and the text that each takes out of its place."""
    out = {}
    for finding in report["findings"]:
        for edit in (finding.get("fix") or {}).get("replacements", []):
            region = edit["region"]
            removed = old[finding["path"]][region["start"]:region["end"]].decode()
            texts = ["".join(groups) for groups in TEXT.findall(removed)]
            for groups in VARIABLE.findall(edit["text"]):
                name = "".join(groups)
                others = [t for t in texts if t != name]
                out.setdefault(name, others[-1] if others else f"value of {name}")
    return out


def mend(binary, folder, sources, env):
    """Applies all fixes; how many weaknesses there were, how many fixes were accepted, the new variables."""
    found, accepted, variables = 0, 0, {}
    for number in range(ROUNDS):
        paths = [str(p.relative_to(folder)) for p in sources]
        old = {name: (folder / name).read_bytes() for name in paths}
        report_file = folder.parent / f"{folder.name}.report.json"
        scan = subprocess.run([binary, "scan", *paths, "--fix", "--format", "json", "--output", str(report_file)],
                              cwd=folder, env=env, capture_output=True, text=True)
        if scan.returncode != 0: sys.exit(f"{folder.name}: scan ended with {scan.returncode}: {scan.stderr[-2000:]}")
        report = json.loads(report_file.read_text())
        fixes = sum(1 for f in report["findings"] if f.get("fix"))
        found = found or len(report["findings"])
        accepted += fixes
        if fixes == 0: break
        variables = {**environment_of(report, old), **variables}
        write = subprocess.run([binary, "fix", "--write", *paths], cwd=folder, env=env, capture_output=True, text=True)
        if write.returncode != 0: sys.exit(f"{folder.name}: fix ended with {write.returncode}: {write.stderr[-2000:]}")
    return found, accepted, variables


def measure(binary, tools, language, origin):
    folder = tools.work / language / origin.name
    shutil.copytree(origin, folder)
    env = {k: v for k, v in os.environ.items() if not k.startswith(("FLASK_", "NODE_", "TEMPERGATE_"))}
    before, log = tools.tests(language, folder, env)
    if not before or not all(before.values()):
        return Outcome(f"{language}/{origin.name}", 0, 0, before, {}, log, "")
    tests = set(folder.glob(TESTS[language]))
    sources = [p for p in sorted(folder.rglob(f"*{SOURCES[language]}")) if p not in tests]
    found, accepted, variables = mend(binary, folder, sources, env)
    after, log = tools.tests(language, folder, {**env, **variables})
    diff = "".join(
        line for p in sources for line in difflib.unified_diff(
            (origin / p.relative_to(folder)).read_text().splitlines(True), p.read_text().splitlines(True), str(p.name), str(p.name)))
    return Outcome(f"{language}/{origin.name}", found, accepted, before, after, log, diff)


def chosen(names):
    folders = [(language, p) for language in TESTS for p in sorted((HOME / language).iterdir()) if any(p.glob(TESTS[language]))]
    if not names: return folders
    return [(l, p) for l, p in folders if l in names or f"{l}/{p.name}" in names]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("binary"); parser.add_argument("names", nargs="*")
    parser.add_argument("--minimum", type=float, default=95); parser.add_argument("--diff", action="store_true")
    args = parser.parse_args()
    binary = str(pathlib.Path(args.binary).resolve())
    folders = chosen(args.names)
    if not folders: sys.exit("no such application")
    with tempfile.TemporaryDirectory() as scratch:
        tools = Tools(pathlib.Path(scratch).resolve(), {language for language, _ in folders})
        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
            outcomes = list(pool.map(lambda one: measure(binary, tools, *one), folders))
    failed = [o for o in outcomes if not o.before or not all(o.before.values())]
    total = sum(len(o.before) for o in outcomes)
    broken = sum(len(o.broken()) for o in outcomes)
    print(f"{'application':<28} {'weaknesses':>10} {'fixes':>6} {'before':>7} {'after':>6}  broken tests")
    for o in outcomes:
        after = len(o.before) - len(o.broken())
        shown = "tests do not pass before" if o in failed else ", ".join(o.broken())
        print(f"{o.name:<28} {o.found:>10} {o.accepted:>6} {sum(o.before.values()):>7} {0 if o in failed else after:>6}  {shown}")
        if args.diff: print(o.diff)
    for o in outcomes:
        if o in failed or o.broken(): print(f"\n{o.name}:\n{o.log[-4000:]}")
    share = 100 * (total - broken) / total if total else 0.0
    print(f"\n{len(outcomes)} applications, {sum(o.found for o in outcomes)} weaknesses, {sum(o.accepted for o in outcomes)} fixes; "
          f"of {total} tests {total - broken} pass after the fixes ({share:.1f}%, at least {args.minimum:g}% wanted)")
    return int(bool(failed) or share < args.minimum)


if __name__ == "__main__":
    sys.exit(main())
