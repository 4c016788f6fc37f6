#!/usr/bin/env python3
"""Measures other analysers as engines: a repository to which a change adds files of a folder is judged with Semgrep (the rules
in examples/semgrep), Bandit and ruff beside Tempergate's own analysis.

  engines.py FOLDER BINARY [--files N] [--report FILE] [--min-joined N] [--min-refused N]

FOLDER holds Python files; up to N of them (50), evenly spread over the sorted list, become the change. bandit (with its extra
`sarif`), semgrep and ruff must be on the PATH. Tells the findings by engine, those that were joined, the fixes that all
engines looked at, and the candidates that were rejected because another engine saw a new weakness.
Ends with 1 when a limit is missed, with 2 when the change could not be judged.
"""
import argparse
import collections
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
RULES = HERE.parent / "examples" / "semgrep" / "python.yml"

POLICY = """\
version: 1
engines:
  - builtin
  - name: semgrep
    run: "semgrep scan --sarif --quiet --metrics=off --disable-version-check --disable-nosem --no-git-ignore --config rules/python.yml {paths}"
  - { name: bandit, run: "bandit -q -r -f sarif --ignore-nosec {paths}", languages: [python] }
  - { name: ruff, run: "ruff check --isolated --no-cache --select S --ignore-noqa --output-format sarif {paths}", languages: [python] }
"""


def git(folder, *words):
    identity = ["-c", "user.name=Robin Marsh", "-c", "user.email=robin@example.com", "-c", "commit.gpgsign=false"]
    subprocess.run(["git", *identity, *words], cwd=folder, check=True, capture_output=True)


def make(folder, files):
    """A repository whose branch `change` adds the files to a base that has the policy and the rules."""
    git(folder, "init", "-q", "-b", "main")
    (folder / "rules").mkdir()
    (folder / "rules" / "python.yml").write_text(RULES.read_text())
    (folder / ".tempergate.yml").write_text(POLICY)
    git(folder, "add", "."); git(folder, "commit", "-q", "-m", "Policy and rules")
    git(folder, "checkout", "-q", "-b", "change")
    (folder / "app").mkdir()
    for number, file in enumerate(files):
        (folder / "app" / f"f{number:03}.py").write_bytes(file.read_bytes())
    git(folder, "add", "."); git(folder, "commit", "-q", "-m", "Files")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder"); parser.add_argument("binary")
    parser.add_argument("--files", type=int, default=50); parser.add_argument("--report")
    parser.add_argument("--min-joined", type=int, default=0); parser.add_argument("--min-refused", type=int, default=0)
    args = parser.parse_args()
    found = sorted(pathlib.Path(args.folder).rglob("*.py"))
    files = [found[at * len(found) // args.files] for at in range(args.files)] if len(found) > args.files else found
    with tempfile.TemporaryDirectory() as scratch:
        folder = pathlib.Path(scratch) / "repository"
        folder.mkdir()
        make(folder, files)
        out = pathlib.Path(args.report).resolve() if args.report else pathlib.Path(scratch) / "report.json"
        start = time.monotonic()
        run = subprocess.run([str(pathlib.Path(args.binary).resolve()), "check", "--repo", str(folder), "--base", "main", "--head", "change",
                              "--format", "json", "--output", str(out)], capture_output=True, text=True, env=os.environ)
        seconds = time.monotonic() - start
        if run.returncode not in (0, 1):
            sys.stderr.write(run.stderr[-3000:])
            return 2
        report = json.loads(out.read_text())
    findings = report["findings"]
    own = [f for f in findings if not f.get("engine")]
    joined = [f for f in findings if f.get("alsoFoundBy")]
    fixed = [f for f in findings if f.get("fix")]
    print(f"{len(files)} files; {len(findings)} findings shown in {seconds:.1f} s, {len(own)} of them Tempergate's own")
    for engine in report["engines"]:
        print(f"  {engine['name']:<8} {engine.get('tool')} {engine.get('version')}: {engine['findings']} findings, {engine['joined']} of them joined to others; "
              f"fixes looked at {engine['fixes']}, refused {engine['rejected']}")
    both = sum(1 for f in joined if not f.get("engine"))
    print(f"findings that several saw: {len(joined)} ({both} of Tempergate's own, {len(joined) - both} of other engines only)")
    looks = [look for f in fixed for look in f["fix"]["verification"].get("engines", [])]
    heard = collections.Counter(look["engine"] for look in looks if "notAsked" not in look)
    print(f"findings with a verified fix: {len(fixed)}; looked at again by", ", ".join(f"{name} {n}" for name, n in sorted(heard.items())) or "nobody")
    with_joined = [f for f in fixed if f.get("alsoFoundBy")]
    still = sum(1 for f in with_joined if any(look.get("persisting") for look in f["fix"]["verification"]["engines"]))
    print(f"  of these, joined with findings of others: {len(with_joined)}; all of the others' are gone in {len(with_joined) - still}, some still reported in {still}")
    names = [engine["name"] for engine in report["engines"]]
    refused = [(f, r) for f in findings for r in f.get("rejected", [])
               if r["reason"] == "introduces" and any(f"{name}:" in r["explanation"] for name in names)]
    print(f"candidates rejected because another engine saw a new weakness: {len(refused)}")
    for f, r in refused:
        print(f"  {f['path']}:{f['region']['startLine']} {f['rule']}: {r['strategy']}: {r['fixer']}: {r['explanation']}; {'another fix was accepted' if f.get('fix') else 'no fix'}")
    return int(len(joined) < args.min_joined or len(refused) < args.min_refused)


if __name__ == "__main__":
    sys.exit(main())
