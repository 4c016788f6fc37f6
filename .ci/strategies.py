#!/usr/bin/env python3
"""Measures hardening strategies with a real model on files with findings: what each proposes, what verification lets through,
why the rest is rejected, and what each strategy would have brought in by itself.

  strategies.py run FOLDER BINARY --model MODEL --results FILE [--strategies a,b] [--findings N] [--rounds R] [--seed S]
                [--lora ADAPTER] [--record FOLDER] [--per-rule N]
  strategies.py report FILE... [--csv]

FOLDER holds a folder a language. One finding a file is taken, spread over languages and rules by a fixed seed. `run` appends
one JSON line for each finding and strategy and leaves out what FILE has already, so it can be killed and started again.
`report` prints a table by model and strategy; --csv prints rows for prompts/measured.csv.
"""
import argparse
import collections
import json
import pathlib
import random
import subprocess
import sys
import tempfile
import time

SUFFIXES = {".py": "python", ".js": "javascript", ".ts": "typescript", ".java": "java", ".go": "go"}
UNANSWERED = {"unreachable", "timed-out", "overloaded", "refused", "malformed", "not-recorded", "budget-spent", "stopped",
              "no-network", "withheld"}


def scan(binary, path, *more):
    command = [binary, "scan", str(path), "--format", "json", *more]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode == 2:
        sys.exit(f"{' '.join(command)}\n{done.stderr[-2000:]}")
    return json.loads(done.stdout)


def sample(folder, binary, number, per_rule, seed):
    """(path, language, rule, CWE) of so many findings: languages in turn, rules as different as they can be."""
    by_language = collections.defaultdict(lambda: collections.defaultdict(list))
    for language in sorted(p for p in folder.iterdir() if p.is_dir()):
        for finding in scan(binary, language)["findings"]:
            path = pathlib.Path(finding["path"])
            path = path if path.exists() else language / finding["path"]
            by_language[SUFFIXES.get(path.suffix)][finding["rule"]].append((str(path), finding["cwe"][0]))
    chosen, used, taken = [], set(), collections.Counter()
    rng = random.Random(seed)
    for rules in by_language.values():
        for places in rules.values():
            places.sort()
            rng.shuffle(places)
    while len(chosen) < number:
        before = len(chosen)
        for language in sorted(l for l in by_language if l):
            rules = by_language[language]
            # The rule that was taken least, here and then anywhere.
            order = sorted(rules, key=lambda r: (taken[language, r], taken[r], r))
            for rule in order:
                if per_rule and taken[language, rule] >= per_rule:
                    continue
                place = next((p for p in rules[rule] if p[0] not in used), None)
                if place and len(chosen) < number:
                    used.add(place[0])
                    taken[language, rule] += 1
                    taken[rule] += 1
                    chosen.append((place[0], language, rule, place[1]))
                    break
        if len(chosen) == before:
            break
    return chosen


POLICY = """version: 1
harden:
  strategy: none
  ladder: [template, chain-of-thought, meta-prompt]
  rounds: {rounds}
  overrides: [{{ rule: {rule}, strategy: {strategy} }}]
  budget: {{ requests: 1000, tokens: 10M, seconds: 7200, findings: 1000 }}
"""


def measure(args, chosen):
    results = pathlib.Path(args.results)
    known = set()
    if results.exists():
        for line in results.read_text().splitlines():
            row = json.loads(line)
            known.add((row["file"], row["rule"], row["strategy"], row["model"]))
    for path, language, rule, cwe in chosen:
        for strategy in args.strategies.split(","):
            model = pathlib.Path(args.model).stem
            key = (pathlib.Path(path).name + ":" + language, rule, strategy, model)
            if key in known:
                continue
            with tempfile.TemporaryDirectory() as scratch:
                policy = pathlib.Path(scratch) / "policy.yml"
                policy.write_text(POLICY.format(rounds=args.rounds, rule=rule, strategy=strategy))
                more = ["--fix", "--policy", str(policy), "--model", args.model]
                more += ["--lora", args.lora] if args.lora else []
                if args.record and strategy != "template":
                    more += ["--record", str(pathlib.Path(args.record) / f"{model}.jsonl")]
                begin = time.time()
                report = scan(args.binary, path, *more)
            own = [f for f in report["findings"] if f["rule"] == rule]
            rejected = [{"reason": r["reason"], "strategy": r["strategy"], "explanation": r["explanation"],
                         "introduced": [i["rule"] for i in (r.get("verification") or {}).get("introduced", [])]}
                        for f in own for r in f.get("rejected", [])]
            fixes = [f["fix"] for f in own if f.get("fix")]
            sums = collections.Counter()
            for summary in report.get("strategies", []):
                sums.update({k: summary[k] for k in ("requests", "tokensIn", "tokensOut", "seconds")})
            row = {"file": key[0], "language": language, "rule": rule, "cwe": cwe, "strategy": strategy, "model": model,
                   "findings": len(own), "fixed": len(fixes), "by": sorted({f["strategy"] for f in fixes}),
                   "rounds": [f["asked"]["round"] for f in fixes if f.get("asked")], "rejected": rejected,
                   "introduced_after": sum(len(f["verification"]["introduced"]) for f in fixes),
                   "requests": sums["requests"], "tokens_in": sums["tokensIn"], "tokens_out": sums["tokensOut"],
                   "model_seconds": round(sums["seconds"], 1), "wall_seconds": round(time.time() - begin, 1)}
            with results.open("a") as out:
                out.write(json.dumps(row) + "\n")
            print(f"{language:10} {rule:28} {strategy:17} fixed {len(fixes)}/{len(own)} "
                  f"{row['wall_seconds']:6.1f} s  {[r['reason'] for r in rejected]}", flush=True)


def rows_of(files):
    return [json.loads(line) for f in files for line in pathlib.Path(f).read_text().splitlines()]


def report(rows):
    groups = collections.defaultdict(list)
    for row in rows:
        groups[row["model"], row["strategy"]].append(row)
    for (model, strategy), own in sorted(groups.items()):
        findings, fixed = sum(r["findings"] for r in own), sum(r["fixed"] for r in own)
        judged = [x for r in own for x in r["rejected"] if x["reason"] not in UNANSWERED]
        reasons = collections.Counter(x["reason"] for r in own for x in r["rejected"])
        introduces = sum(1 for x in judged if x["introduced"])
        candidates = len(judged) + sum(1 for r in own if r["fixed"])
        rounds = [n for r in own for n in r["rounds"]]
        print(f"{model} {strategy}: {len(own)} tasks in {len({r['language'] for r in own})} languages and "
              f"{len({r['rule'] for r in own})} weaknesses; verified fixes {fixed}/{findings} "
              f"({100 * fixed / max(findings, 1):.0f} %); candidates {candidates}, of them would bring in a weakness "
              f"{introduces} ({100 * introduces / max(candidates, 1):.0f} %), after verification "
              f"{sum(r['introduced_after'] for r in own)}; rounds to a fix {sum(rounds) / max(len(rounds), 1):.1f}; "
              f"requests {sum(r['requests'] for r in own)}, tokens in {sum(r['tokens_in'] for r in own)} and out "
              f"{sum(r['tokens_out'] for r in own)}, seconds {sum(r['model_seconds'] for r in own):.0f}; "
              f"rejected {dict(reasons.most_common())}")


def csv(rows):
    table = collections.defaultdict(lambda: [0, 0])
    for row in rows:
        if row["strategy"] in ("ladder", "best-of", "auto"):
            continue
        cell = table[f"embedded:{row['model']}", row["language"], row["cwe"], row["strategy"]]
        cell[0] += 1
        cell[1] += row["fixed"] == row["findings"]
    for key, (tried, verified) in sorted(table.items(), key=str):
        print(",".join(map(str, (*key, tried, verified))))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    run = commands.add_parser("run")
    run.add_argument("folder", type=pathlib.Path)
    run.add_argument("binary")
    run.add_argument("--model", required=True)
    run.add_argument("--lora")
    run.add_argument("--results", required=True)
    run.add_argument("--record")
    run.add_argument("--strategies", default="template,negative-example,chain-of-thought,meta-prompt,ladder")
    run.add_argument("--findings", type=int, default=24)
    run.add_argument("--per-rule", type=int, default=0)
    run.add_argument("--rounds", type=int, default=2)
    run.add_argument("--seed", type=int, default=2026)
    shown = commands.add_parser("report")
    shown.add_argument("files", nargs="+")
    shown.add_argument("--csv", action="store_true")
    args = parser.parse_args()
    if args.command == "report":
        rows = rows_of(args.files)
        csv(rows) if args.csv else report(rows)
    else:
        chosen = sample(args.folder, args.binary, args.findings, args.per_rule, args.seed)
        print(f"{len(chosen)} findings, {len({c[1] for c in chosen})} languages, {len({c[2] for c in chosen})} weaknesses")
        measure(args, chosen)


if __name__ == "__main__":
    main()
