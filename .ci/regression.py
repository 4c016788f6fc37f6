#!/usr/bin/env python3
"""Compares what a binary finds on the labelled corpora with what is on record, by rule, so that nobody loosens a rule unseen.

  regression.py SCORE_PY BINARY [--update]

Scans the annotated corpus and the raw samples of aicode. Prints every rule whose findings differ from .ci/regression.json:
how many there were and are, and whether the same number of findings stands at other places. Ends with 1 when anything
differs; --update writes the record, whose difference then is part of the change that is reviewed. The record holds numbers
and digests only.
"""
import argparse
import collections
import hashlib
import json
import pathlib
import subprocess
import sys
import tempfile

LANGUAGES = ("python", "javascript", "java", "go")
RECORD = pathlib.Path(__file__).resolve().parent / "regression.json"


def findings(script, binary, corpus, language, scratch):
    """Rule -> sorted places, as `path:line`."""
    root, out = scratch / corpus / language, scratch / "report.json"
    export = [sys.executable, script, corpus, "--language", language, "--export", str(root)]
    subprocess.run(export + (["--strategy", "raw"] if corpus == "aicode" else []), check=True, stdout=subprocess.DEVNULL)
    scan = subprocess.run([binary, "scan", ".", "--format", "json", "--output", str(out)], cwd=root, capture_output=True, text=True)
    if scan.returncode != 0:
        sys.exit(f"error: the scan ended with {scan.returncode}: {scan.stderr[-2000:]}")
    by_rule = collections.defaultdict(list)
    for finding in json.loads(out.read_text())["findings"]:
        by_rule[finding["rule"]].append(f"{finding['path']}:{finding['region']['startLine']}")
    return {rule: sorted(places) for rule, places in sorted(by_rule.items())}


def summary(by_rule):
    digest = lambda places: hashlib.sha256("\n".join(places).encode()).hexdigest()[:12]  # noqa: E731
    return {rule: {"findings": len(places), "digest": digest(places)} for rule, places in by_rule.items()}


def difference(name, old, new):
    nothing = {"findings": 0, "digest": ""}
    for rule in sorted(old.keys() | new.keys()):
        before, after = old.get(rule, nothing), new.get(rule, nothing)
        if before["findings"] != after["findings"]:
            yield f"{name:<22} {rule:<36} {before['findings']:>5} -> {after['findings']}"
        elif before["digest"] != after["digest"]:
            yield f"{name:<22} {rule:<36} {before['findings']:>5}, at other places"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("script"); parser.add_argument("binary"); parser.add_argument("--update", action="store_true")
    args = parser.parse_args()
    binary = str(pathlib.Path(args.binary).resolve())
    old = json.loads(RECORD.read_text()) if RECORD.exists() else {}
    new = {}
    with tempfile.TemporaryDirectory() as scratch:
        for corpus in ("annotated", "aicode"):
            for language in LANGUAGES:
                new[f"{corpus}, {language}"] = summary(findings(args.script, binary, corpus, language, pathlib.Path(scratch)))
    lines = [line for name in new for line in difference(name, old.get(name, {}), new[name])]
    print("\n".join(lines) if lines else "no rule finds anything else than what is on record")
    if args.update:
        RECORD.write_text(json.dumps(new, indent=1, sort_keys=True) + "\n")
        return 0
    if lines:
        print("error: findings differ from .ci/regression.json; read them, then write the record with --update", file=sys.stderr)
    return int(bool(lines))


if __name__ == "__main__":
    sys.exit(main())
