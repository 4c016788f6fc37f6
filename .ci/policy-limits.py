#!/usr/bin/env python3
"""Times policies that are made to be too much, and one with ten thousand waivers: seconds and peak memory of each run.

  policy-limits.py BINARY
"""
import os
import pathlib
import subprocess
import sys
import tempfile
import time


def waivers(first, count):
    line = '  - {{ fingerprint: "{:08x}", owner: "@s", reason: r, expires: 2099-01-31 }}\n'
    return "waivers:\n" + "".join(line.format(n) for n in range(first, first + count))


def files():
    aliases = "".join(f"{c}: &{c} [{','.join(['*' + p] * 10)}]\n" for p, c in zip("abcdefgh", "bcdefghi"))
    made = {
        "10-mb.yml": "version: 1\n" + "# x\n" * 2_600_000,
        "alias-bomb.yml": "a: &a [x,x,x,x,x,x,x,x,x,x]\n" + aliases,
        "deep.yml": "a: " + "[" * 200_000,
        "waivers-in-one-file.yml": waivers(0, 10_000),
        "waivers-in-ten-files.yml": "extends: [" + ", ".join(f"part{n}.yml" for n in range(10)) + "]\n",
    }
    return made, {f"part{n}.yml": waivers(1000 * n, 1000) for n in range(10)}


def main(binary):
    binary = os.path.abspath(binary)
    made, parts = files()
    with tempfile.TemporaryDirectory() as folder:
        for name, text in {**made, **parts}.items():
            pathlib.Path(folder, name).write_text(text)
        pathlib.Path(folder, "a.py").write_text("import hashlib\n")
        for name in made:
            for command in (["policy", "check", name], ["scan", "a.py", "--policy", name]):
                begin = time.perf_counter()
                run = subprocess.Popen([binary, *command], cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
                said = run.stdout.read().decode()
                _, status, usage = os.wait4(run.pid, 0)
                took = time.perf_counter() - begin
                first = next((line for line in said.splitlines() if line.startswith(("error", "error:"))), "taken")
                print(f"{name:26} {command[0]:7} {took:5.2f} s {usage.ru_maxrss // 1024:4} MB  exit {os.waitstatus_to_exitcode(status)}  {first[:90]}")


if __name__ == "__main__":
    main(*sys.argv[1:])
