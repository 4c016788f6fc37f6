#!/usr/bin/env python3
"""Takes the labelled corpus over as a study, and holds what the study says against figures worked out here.

usage: study.py BINARY AICODE.jsonl.gz [--copies N]

The rows are laid out as their authors publish them, `<Language>/<Model>/Scenarios/<Scenario>/<Strategy>/<file>` with one SARIF file
for a language and model, in a folder of its own. Then `study import` and `study report --format json` have to say how many samples
are weak, by how much the severity improves, which weaknesses come together, and which are new, to the last digit, for every model
and language. With --copies, the same rows are written N times as records, and the report's time and memory are printed.
"""

import argparse
import collections
import gzip
import json
import pathlib
import resource
import subprocess
import sys
import tempfile
import time

FOLDERS = {"raw": "CopilotRaw", "nep": "Idea1", "cot": "Idea2", "lora": "Idea3", "mp": "Idea4"}
NAMES = {"raw": "none", "nep": "negative-example", "cot": "chain-of-thought", "lora": "lora", "mp": "meta-prompt"}
LANGUAGES = {"python": "Python", "javascript": "JavaScript", "java": "Java", "go": "Go"}


def lay_out(rows, root):
    """Writes samples and SARIF files."""
    logs = collections.defaultdict(lambda: ({}, []))
    for row in rows:
        model = pathlib.Path("Scenarios") / LANGUAGES[row["language"]] / row["model"]
        name = row["path"].rsplit("/", 1)[-1]
        scenario = row["path"].split("/")[2]
        below = pathlib.Path("Scenarios") / scenario / FOLDERS[row["strategy"]] / name
        file = root / model / below
        file.parent.mkdir(parents=True, exist_ok=True)
        assert not file.exists(), file
        file.write_text(row["code"], encoding="utf-8", newline="")
        rules, results = logs[model]
        for alert in row["codeql"]:
            rule = rules.setdefault(alert["rule"], {
                "id": alert["rule"],
                "properties": {
                    "tags": ["security"] + [f"external/cwe/cwe-{number:03}" for number in alert["cwe"]],
                    "security-severity": str(alert["severity"]),
                },
            })
            if alert["precision"] in ("low", "medium", "high", "very-high"):
                rule["properties"]["precision"] = alert["precision"]
            results.append({
                "ruleId": alert["rule"],
                "message": {"text": alert.get("message") or "found"},
                "locations": [{"physicalLocation": {
                    "artifactLocation": {"uri": below.as_posix(), "uriBaseId": "%SRCROOT%"},
                    "region": {"startLine": alert["line"]},
                }}],
            })
    for model, (rules, results) in logs.items():
        log = {"version": "2.1.0", "runs": [{"tool": {"driver": {"name": "CodeQL", "rules": list(rules.values())}}, "results": results}]}
        (root / model / "results.sarif").write_text(json.dumps(log), encoding="utf-8")


def counted(row, reference):
    """The alerts of a row that count."""
    def counts(alert):
        match reference:
            case "all":
                return True
            case "without-low":
                return alert["precision"] != "low"
            case "high-only":
                return alert["precision"] in ("high", "very-high")
            case "target":
                return bool(set(alert["cwe"]) & set(row["target_cwe"]))
    return [alert for alert in row["codeql"] if counts(alert)]


def half_up(number, digits=1):
    """Rounds as people do: 0.25 to 0.3, and -0.25 to -0.3."""
    scale = 10 ** digits
    return float(int(abs(number) * scale + 0.5) / scale) * (1 if number >= 0 else -1) + 0.0


def expected(rows, reference):
    """(list, language, model, strategy) -> figures."""
    cells = collections.defaultdict(list)
    for row in rows:
        cells[row["language"], row["model"], row["strategy"], row["scenario"]].append(counted(row, reference))
    out = {}
    for language, model, strategy in sorted({key[:3] for key in cells}):
        own = {key[3]: alerts for key, alerts in cells.items() if key[:3] == (language, model, strategy)}
        raw = {scenario: cells[language, model, "raw", scenario] for scenario in own}
        samples = [alerts for each in own.values() for alerts in each]
        weak = [alerts for alerts in samples if alerts]
        where = (language, model, NAMES[strategy])
        out["prevalence", *where] = (len(weak), len(samples))
        out["several", *where] = (sum(len({a["rule"] for a in alerts}) > 1 for alerts in weak),
                                  sum(len({a["cwe"][0] for a in alerts if a["cwe"]}) > 1 for alerts in weak), len(weak))
        new = 0
        for scenario, each in own.items():
            for at, alerts in enumerate(each):
                others = raw[scenario] if strategy != "raw" else each[:at] + each[at + 1:]
                known = {a["rule"] for other in others for a in other}
                new += bool({a["rule"] for a in alerts} - known)
        out["side-effects", *where] = (new, len(samples))
        if strategy == "raw":
            continue
        shares = []
        for scenario, each in own.items():
            score = lambda part: sum(a["severity"] for alerts in part for a in alerts)
            before, after = score(raw[scenario]), score(each)
            if before > 0:
                shares.append(100 * (before - after) / before)
            elif any(each):
                shares.append(-10 * sum(map(len, each)))
        out["improvement", *where] = (half_up(sum(shares) / len(shares)), len(shares)) if shares else (None, 0)
    return out


def said(report, reference):
    """The same figures, as the report has them."""
    out = {}

    def where(item):
        return item["language"], item["model"], item["strategy"]

    def wanted(name):
        return [item for item in report[name] if item["reference"] == reference and "scenario" not in item
                and "language" in item and "model" in item]

    for item in wanted("prevalence"):
        rate = item["vulnerable"]
        out["prevalence", *where(item)] = (rate["count"], rate["of"])
        assert rate["percent"] == half_up(100 * rate["count"] / rate["of"]), rate
    for item in wanted("coOccurrence"):
        rules, cwes = item["severalRules"], item["severalCwes"]
        out["several", *where(item)] = (rules["count"], cwes["count"], rules["of"])
    for item in wanted("sideEffects"):
        if item["unit"] == "rule":
            out["side-effects", *where(item)] = (item["samples"]["count"], item["samples"]["of"])
    for item in wanted("improvement"):
        out["improvement", *where(item)] = (item["percent"], item["cells"])
    return out


def differences(rows, report):
    wrong, same = [], 0
    for reference in ("all", "without-low", "high-only", "target"):
        ours, theirs = expected(rows, reference), said(report, reference)
        for key in sorted(ours.keys() | theirs.keys(), key=str):
            a, b = ours.get(key), theirs.get(key)
            # Sums of floating-point numbers differ in their last digit with their order.
            close = a is not None and b is not None and len(a) == len(b) and all(
                x == y or (key[0] == "improvement" and x is not None and y is not None and abs(x - y) < 0.11)
                for x, y in zip(a, b))
            same += close
            if not close:
                wrong.append(f"{reference} {key}: worked out {a}, reported {b}")
    return wrong, same


def run(binary, *arguments):
    subprocess.run([binary, *map(str, arguments)], check=True)


def multiply(study, copies, to):
    """The records of a study several times, each time as those of other models."""
    to.mkdir()
    for name in ("samples.jsonl", "analyses.jsonl"):
        with open(study / name, encoding="utf-8") as source, open(to / name, "w", encoding="utf-8") as target:
            for line in source:
                record = json.loads(line)
                key = "key" if name.startswith("samples") else "sample"
                for copy in range(copies):
                    new = dict(record, **{key: f"{int(record[key], 16) ^ copy:032x}"})
                    if "model" in new:
                        new["model"] = f"{new['model']}-{copy}"
                    target.write(json.dumps(new) + "\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("binary")
    parser.add_argument("corpus")
    parser.add_argument("--copies", type=int, default=0)
    options = parser.parse_args()
    with gzip.open(options.corpus, "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    with tempfile.TemporaryDirectory() as work:
        work = pathlib.Path(work)
        lay_out(rows, work / "package")
        study, out = work / "study", work / "report.json"
        run(options.binary, "study", "import", work / "package", "--output", study)
        run(options.binary, "study", "report", study, "--format", "json", "--output", out)
        report = json.loads(out.read_text(encoding="utf-8"))
        assert report["scope"]["samples"] == len(rows), report["scope"]
        assert report["scope"]["alerts"] == sum(len(row["codeql"]) for row in rows), report["scope"]
        wrong, same = differences(rows, report)
        print(f"{same} figures are as worked out independently, {len(wrong)} are not")
        print("\n".join(wrong[:20]))
        if options.copies:
            multiply(study, options.copies, work / "large")
            start = time.monotonic()
            run(options.binary, "study", "report", work / "large", "--format", "json", "--output", out)
            took = time.monotonic() - start
            peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
            scope = json.loads(out.read_text(encoding="utf-8"))["scope"]
            print(f"{scope['samples']} records reported in {took:.1f} s, at most {peak:.0f} MiB in any command")
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
