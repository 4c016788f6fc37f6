#!/usr/bin/env python3
"""Measures the verified fixes on a corpus of files: how many findings get one, why candidates are rejected, whether every
mended file still parses for its language's own tool, and what outside analysers say before and after.

  fixes.py FOLDER BINARY [--min-fixed PERCENT] [--max-new-alerts PERCENT] [--min-gone PERCENT]

FOLDER holds files of one or several languages; it is copied, never changed. Judges are Bandit and ruff (its S rules) for
Python, ESLint with eslint-plugin-security for JavaScript, and Semgrep with the rules in .ci/semgrep for Java and Go, each
when it is installed (bandit, ruff, semgrep on the PATH; ESLINT_HOME names a folder with node_modules). New alerts count
in percent of the accepted fixes; alerts on fixed lines that are gone, over all judges together.
Ends with 1 when a mended file does not parse or a limit is missed.
"""
import argparse
import collections
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent

ESLINT_CONFIG = """
const security = require('eslint-plugin-security');
module.exports = [{ ...security.configs.recommended, files: ['**/*.js', '**/*.jsx'],
  linterOptions: { reportUnusedDisableDirectives: 'off' },
  languageOptions: { ecmaVersion: 'latest', sourceType: 'module', parserOptions: { ecmaFeatures: { jsx: true } } } }];
"""


def run(command, **kwargs):
    return subprocess.run(command, capture_output=True, text=True, **kwargs)


def percent(part, whole):
    return 100 * part / whole if whole else 0.0


def parses(path):
    if path.suffix == ".py":
        return run([sys.executable, "-c", "import ast,sys; ast.parse(open(sys.argv[1], 'rb').read())", str(path)]).returncode == 0
    # Modules and scripts have different grammars; a file is fine when it is either.
    for name in ("check.mjs", "check.cjs"):
        with tempfile.TemporaryDirectory() as scratch:
            copy = pathlib.Path(scratch) / name
            shutil.copyfile(path, copy)
            if run(["node", "--check", str(copy)]).returncode == 0:
                return True
    return False


def refused(paths):
    """Those of the files that their language's own tool cannot parse; a tool that is not installed refuses none."""
    out = [p for p in paths if p.suffix not in (".java", ".go") and not parses(p)]
    java, go = ([p for p in paths if p.suffix == suffix] for suffix in (".java", ".go"))
    if java and shutil.which("java"):
        checked = run(["java", str(HERE / "ParseJava.java"), *map(str, java)])
        if checked.returncode != 0: sys.exit(f"the Java parser did not run: {checked.stderr[-2000:]}")
        out += [pathlib.Path(line) for line in checked.stdout.splitlines()]
    if go and shutil.which("gofmt"):
        out += [p for p in go if run(["gofmt", "-e", "-l", str(p)]).returncode != 0]
    return out


def bandit(root):
    out = run(["bandit", "-r", "-q", "-f", "json", str(root)])
    return [(r["filename"], r["test_id"], r["line_number"]) for r in json.loads(out.stdout or "{}").get("results", [])]


def ruff(root):
    out = run(["ruff", "check", "--select", "S", "--no-cache", "--isolated", "--exit-zero", "--output-format", "json", str(root)])
    return [(r["filename"], r["code"], r["location"]["row"]) for r in json.loads(out.stdout or "[]") if r["code"]]


def eslint(root):
    home = pathlib.Path(os.environ["ESLINT_HOME"])
    config = home / "tempergate-eslint.config.js"
    config.write_text(ESLINT_CONFIG)
    out = run(["node", str(home / "node_modules/eslint/bin/eslint.js"), "--no-ignore", "-c", str(config), "-f", "json", str(root)],
              cwd=root, env={**os.environ, "NODE_PATH": str(home / "node_modules")})
    found = []
    for entry in json.loads(out.stdout or "[]"):
        found += [(entry["filePath"], m["ruleId"], m["line"]) for m in entry["messages"] if (m.get("ruleId") or "").startswith("security/")]
    return found


def semgrep(root):
    languages = [name for name in ("java", "go") if any(root.rglob(f"*.{name}"))]
    if not languages: return []
    configs = [word for name in languages for word in ("--config", str(HERE / "semgrep" / f"{name}.yml"))]
    out = run(["semgrep", "scan", *configs, "--metrics=off", "--disable-version-check", "--no-git-ignore", "--quiet", "--json", str(root)])
    if out.returncode != 0: sys.exit(f"Semgrep did not run: {out.stdout[-1000:]}{out.stderr[-1000:]}")
    return [(r["path"], r["check_id"].rsplit(".", 1)[-1], r["start"]["line"]) for r in json.loads(out.stdout)["results"]]


def judges():
    if shutil.which("bandit"): yield "bandit", bandit
    if shutil.which("ruff"): yield "ruff S", ruff
    if os.environ.get("ESLINT_HOME"): yield "eslint-plugin-security", eslint
    if shutil.which("semgrep"): yield "semgrep", semgrep


def judge(name, tool, before, after, targeted):
    """How many new alerts there are, how many of the alerts on fixed lines were seen before, and how many of these are gone:
    counted by file and rule."""
    old, new = ([(str(pathlib.Path(f).relative_to(r)), rule, line) for f, rule, line in tool(r)] for r in (before, after))
    count = lambda found: collections.Counter((f, rule) for f, rule, _ in found)  # noqa: E731
    old_count, new_count = count(old), count(new)
    added = sum((new_count - old_count).values())
    seen = {(f, rule) for f, rule, line in old if any(abs(line - t) <= 1 for t in targeted.get(f, []))}
    gone = sum(1 for key in seen if new_count[key] < old_count[key])
    if not old and not new: return 0, 0, 0
    print(f"  {name:<24} alerts before {len(old)}, after {len(new)}; new {added}; "
          f"targeted and seen {len(seen)}, gone {gone} ({percent(gone, len(seen)):.1f}%)")
    for (f, rule), n in sorted((new_count - old_count).items())[:10]:
        print(f"      new: {f} {rule} x{n}")
    return added, len(seen), gone


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder"); parser.add_argument("binary")
    parser.add_argument("--min-fixed", type=float, default=0); parser.add_argument("--max-new-alerts", type=float, default=100)
    parser.add_argument("--min-gone", type=float, default=0)
    parser.add_argument("--list", help="print the fixes of this rule, or its findings without one")
    args = parser.parse_args()
    binary = str(pathlib.Path(args.binary).resolve())
    with tempfile.TemporaryDirectory() as scratch:
        before, after = pathlib.Path(scratch).resolve() / "before", pathlib.Path(scratch).resolve() / "after"
        for copy in (before, after): shutil.copytree(args.folder, copy)
        report_file = pathlib.Path(scratch) / "report.json"
        scan = run([binary, "scan", str(before), "--fix", "--format", "json", "--output", str(report_file)], cwd=before)
        if scan.returncode != 0: sys.exit(f"scan ended with {scan.returncode}: {scan.stderr[-2000:]}")
        report = json.loads(report_file.read_text())
        findings = report["findings"]
        fixed = [f for f in findings if f.get("fix")]
        share = percent(len(fixed), len(findings))
        print(f"findings {len(findings)}, with a verified fix {len(fixed)} ({share:.1f}%)")
        by_rule = collections.defaultdict(lambda: [0, 0])
        reasons = collections.Counter()
        for f in findings:
            by_rule[f["rule"]][0] += 1; by_rule[f["rule"]][1] += bool(f.get("fix"))
            reasons.update(r["reason"] for r in f.get("rejected", []))
            if args.list == f["rule"]:
                print(f"\n{f['path']}:{f['region']['startLine']} {f['message']}")
                print(f["fix"]["diff"] if f.get("fix") else f"  no fix: {[r['explanation'] for r in f.get('rejected', [])]}")
        candidates = len(fixed) + sum(reasons.values())
        for rule, (n, k) in sorted(by_rule.items(), key=lambda x: -x[1][0]): print(f"  {rule:<36} {k}/{n}")
        print(f"candidates {candidates}; rejected:", ", ".join(f"{k} {v} ({percent(v, candidates):.1f}%)" for k, v in reasons.most_common()) or "none")
        write = run([binary, "fix", "--write", str(after)], cwd=after)
        if write.returncode != 0: sys.exit(f"fix ended with {write.returncode}: {write.stderr[-2000:]}")
        changed = [p for p in sorted(after.rglob("*")) if p.is_file() and p.read_bytes() != (before / p.relative_to(after)).read_bytes()]
        broken = [p for p in refused(changed) if not refused([before / p.relative_to(after)])]
        print(f"files mended {len(changed)}, of these no longer parseable {len(broken)}")
        for p in broken: print(f"      {p.relative_to(after)}")
        targeted = collections.defaultdict(list)
        for f in fixed: targeted[f["path"]].append(f["region"]["startLine"])
        judged = [judge(name, tool, before, after, targeted) for name, tool in judges()]
        added, seen, gone = (sum(column) for column in zip((0, 0, 0), *judged))
        new_share, gone_share = percent(added, len(fixed)), percent(gone, seen) if seen else 100.0
        print(f"judges: new alerts {new_share:.1f}% of the accepted fixes; of {seen} alerts on fixed lines {gone} gone ({gone_share:.1f}%)")
    return int(bool(broken) or share < args.min_fixed or new_share > args.max_new_alerts or gone_share < args.min_gone)


if __name__ == "__main__":
    sys.exit(main())
