#!/usr/bin/env python3
"""Scores a binary on a labelled corpus and holds the figures against .ci/thresholds.json.

  bench.py SCORE_PY CORPUS LANGUAGE BINARY

Prints what the scoring script prints. Ends with 1 when a figure misses its threshold, with 2 when there is no figure.
A threshold of null is not checked. Thresholds only ever get stricter; a change that has to loosen one says why.
"""
import json
import pathlib
import re
import subprocess
import sys
import tempfile
import time

# The figure's name in thresholds.json -> the pattern that finds it. {language} is the language's own line.
PATTERNS = {
    "aicode": {
        "rule-mean-at-least": r"RULE MEAN \(\d+ rules\): ([\d.]+)%",
        "flow-at-least": r"FLOW rules: recall \S+ \(([\d.]+)%\)",
        "extra-per-100-files-at-most": r"EXTRA PER 100 FILES (\d+)",
    },
    "annotated": {
        "recall-at-least": r"^  {language} +recall \S+ \(([\d.]+)%\)",
        "precision-at-least": r"^  {language} +recall .* precision \S+ \(([\d.]+)%\)",
    },
}


def misses(name, value, threshold):
    return value > threshold if name.endswith("-at-most") else value < threshold


def main():
    if len(sys.argv) != 5 or sys.argv[2] not in PATTERNS:
        sys.exit(__doc__)
    script, corpus, language, binary = sys.argv[1:]
    thresholds = json.loads((pathlib.Path(__file__).parent / "thresholds.json").read_text())[corpus][language]
    unknown = set(thresholds) ^ set(PATTERNS[corpus])
    if unknown:
        print(f"error: thresholds.json and this script disagree about {', '.join(sorted(unknown))}", file=sys.stderr)
        return 2

    score = [sys.executable, script, corpus, "--language", language]
    with tempfile.TemporaryDirectory() as scratch:
        root, sarif = pathlib.Path(scratch).resolve() / "files", pathlib.Path(scratch) / "out.sarif"
        subprocess.run([*score, "--export", str(root)], check=True)
        start = time.monotonic()
        scan = subprocess.run(
            [str(pathlib.Path(binary).resolve()), "scan", str(root), "--format", "sarif", "--output", str(sarif)],
            cwd=root, capture_output=True, text=True,
        )
        print(f"scan: {time.monotonic() - start:.2f} s")
        if scan.returncode != 0 or not sarif.exists():
            print(f"error: the scan ended with {scan.returncode}\n{scan.stderr[-2000:]}", file=sys.stderr)
            return 2
        result = subprocess.run([*score, "--sarif", str(sarif), "--root", str(root)], stdout=subprocess.PIPE, text=True)
    print(result.stdout, end="")
    if result.returncode != 0:
        print(f"error: the scoring script ended with {result.returncode}", file=sys.stderr)
        return 2

    code = 0
    for name, pattern in PATTERNS[corpus].items():
        threshold = thresholds[name]
        match = re.search(pattern.replace("{language}", language), result.stdout, re.MULTILINE)
        if threshold is None:
            verdict = "no threshold"
        elif match is None:
            # "-" stands where nothing was found at all: then there is no precision, and that passes only a zero.
            verdict = "ok" if threshold == 0 else "MISSED, no figure"
        else:
            verdict = "MISSED" if misses(name, float(match[1]), threshold) else "ok"
        print(f"  {name}: {match[1] if match else '-'}, threshold {threshold}: {verdict}")
        if verdict.startswith("MISSED"):
            code = 1
    return code


if __name__ == "__main__":
    sys.exit(main())
