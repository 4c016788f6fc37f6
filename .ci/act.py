#!/usr/bin/env python3
"""The example workflows as a runner runs them, from the event to what stands on the pull request: nektos/act runs them without
containers, over real repositories, against the double of GitHub's API.

    .ci/act.py ACT TEMPERGATE GITHUB-FAKE [FOLDER]

The action is this checkout's, told to take the given program. Of other people's actions, act itself does the checkout; those for
artefacts are replaced by ones that copy files. FOLDER gets the SARIF file of each case. Ends with 1 where something
is not as it should be."""

import contextlib
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from github_fake import NAME, OWNER, TOKEN, Fake, Repository, pull_request_event, writes  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parent.parent
EXAMPLES = ROOT / "examples/workflows"
LIMIT_SECONDS = 300
READ = {scope: "read" for scope in ("pull-requests", "issues", "checks", "security-events", "contents")}
GATE = READ | {"pull-requests": "write", "checks": "write", "security-events": "write"}

HEAD = """import sqlite3

from flask import Flask, jsonify, request

app = Flask(__name__)
"""


def routes(*names):
    """A file of routes; those that are named `weak` put the query into the statement."""
    text = HEAD
    for name in names:
        weak = name.startswith("weak")
        statement = "'SELECT id FROM users WHERE name = ' + name" if weak else "'SELECT id FROM users WHERE name = ?', (name,)"
        text += f"""

@app.get('/{name}')
def {name}():
    name = request.args.get('name')
    with sqlite3.connect('users.db') as db:
        rows = db.execute({statement}).fetchall()
    return jsonify(rows)
"""
    return text


# What the replaced actions do, as composite actions; their inputs have the names of the real ones.
COPIES = {
    # An artefact is a folder, also where it is one file; with a pattern, each comes into a folder of its own.
    "actions/upload-artifact": (
        ("name", "path", "if-no-files-found", "retention-days"),
        'rm -rf "$STORE/$IN_NAME"; mkdir "$STORE/$IN_NAME"; [ ! -d "$IN_PATH" ] || IN_PATH=$IN_PATH/.; cp -R "$IN_PATH" "$STORE/$IN_NAME"',
    ),
    "actions/download-artifact": (
        ("name", "pattern", "path", "run-id", "github-token"),
        'mkdir -p "$IN_PATH"; if [ -n "$IN_NAME" ]; then cp -R "$STORE/$IN_NAME/." "$IN_PATH"; else cp -R "$STORE"/$IN_PATTERN "$IN_PATH"; fi',
    ),
    # Only where there is no program yet, which there is; but act wants to have it all the same.
    "actions/cache/restore": (("path", "key"), "exit 1"),
    "actions/cache/save": (("path", "key"), "exit 1"),
}


class Site:
    """A repository with a pull request from `topic` to `main`, and what a runner needs."""

    def __init__(self, work, act, program):
        self.work, self.act, self.program = pathlib.Path(work), act, program
        self.repository = Repository(self.work / "repository")
        # The clone's server, which is asked what the base is now, is the repository itself.
        server = f"https://github.com/{OWNER}/{NAME}"
        (self.work / ".gitconfig").write_text(f'[url "file://{self.repository.folder}"]\n\tinsteadOf = {server}\n')
        self.repository.git("remote", "add", "origin", f"https://github.com/{OWNER}/{NAME}")
        self.repository.write("app.py", routes("users"))
        self.base = self.repository.commit("base")
        self.repository.git("checkout", "--quiet", "-b", "topic")
        self.store = self.work / "store"
        self.store.mkdir()
        self.actions = self.local_actions()
        self.log = ""

    def local_actions(self):
        """Folders that stand in for the actions that the examples name, by owner and name."""
        ours = self.work / "action"
        ours.mkdir()
        shutil.copytree(ROOT / "action", ours / "action")
        shutil.copy(ROOT / "Cargo.toml", ours)
        text = (ROOT / "action.yml").read_text()
        place = "description: The path of a program that is there already; nothing is fetched\n    required: false\n"
        assert place in text, "action.yml has no input `binary` as expected"
        (ours / "action.yml").write_text(text.replace(place, f"{place}    default: {self.program}\n"))
        folders = {"tempergate/tempergate": ours}
        for name, (inputs, command) in COPIES.items():
            repository = "/".join(name.split("/")[:2])
            folder = folders.setdefault(repository, self.work / repository.replace("/", "-"))
            home = folder / "/".join(name.split("/")[2:])
            home.mkdir(parents=True)
            variables = {f"IN_{one.upper().replace('-', '_')}": f"${{{{ inputs.{one} }}}}" for one in inputs}
            step = {"shell": "bash", "env": variables | {"STORE": str(self.store)}, "run": f"set -eu; {command}"}
            # JSON is YAML.
            action = {"name": name, "inputs": {one: {"required": False} for one in inputs}}
            (home / "action.yml").write_text(json.dumps(action | {"runs": {"using": "composite", "steps": [step]}}))
        return folders

    def push(self, files):
        """Commits files to the pull request; gives its head."""
        for path, text in files.items():
            self.repository.write(path, text)
        return self.repository.commit("change")

    def seconds_of(self, step):
        """How long a step took, by act's log."""
        number, unit = re.search(rf"(?:Success|Failure) - Main {step} \[([\d.]+)(ms|s|µs)\]", self.log).groups()
        return float(number) * {"s": 1, "ms": 1e-3, "µs": 1e-6}[unit]

    def artefact(self, name):
        """What a workflow left under a name; it is taken away."""
        path = self.store / name
        kept = self.work / f"kept-{len(list(self.work.iterdir()))}"
        path.rename(kept)
        return kept

    def uploaded(self, fake, reference="refs/pull/1/head"):
        """The results that Code Scanning got last, as a file."""
        last = fake.state()["uploads"][-1]
        assert last["reference"] == reference, last["reference"]
        path = self.work / "uploaded.sarif"
        path.write_text(json.dumps(last["sarif"]))
        return path

    def run(self, workflow, name, event, fake):
        """Runs an example for an event, as long as that may take; gives whether all of it succeeded, and the seconds."""
        path = self.work / "event.json"
        path.write_text(json.dumps(event))
        text = (EXAMPLES / workflow).read_text()
        # act knows this runner by a label only.
        platforms = {one for one in re.findall(r"runs-on: (\S+)", text)}
        command = [str(self.act), name, "--eventpath", str(path), "--workflows", str(EXAMPLES / workflow)]
        command += ["--container-daemon-socket", "-", "--pull=false", "--no-cache-server", "--secret", f"GITHUB_TOKEN={TOKEN}"]
        command += [f"--platform={one}=-self-hosted" for one in sorted(platforms)]
        command += [f"--env=GITHUB_API_URL={fake.url}", f"--env=GITHUB_GRAPHQL_URL={fake.url}/graphql"]
        uses = re.findall(r"uses: ([\w-]+/[\w-]+)\S*@(\S+)", text + (ROOT / "action.yml").read_text())
        for repository, version in sorted(set(uses)):
            if repository in self.actions:
                command.append(f"--local-repository={repository}@{version}={self.actions[repository]}")
        variables = {"HOME": str(self.work), "PATH": os.environ["PATH"], "NO_PROXY": "127.0.0.1", "XDG_CACHE_HOME": str(self.work / "cache")}
        begin = time.monotonic()
        run = subprocess.run(command, cwd=self.repository.folder, env=variables, capture_output=True, text=True, timeout=LIMIT_SECONDS)
        self.log = run.stdout + run.stderr
        return run.returncode == 0, time.monotonic() - begin

    def judged(self, fake, passes, workflow="code-scanning.yml"):
        """Runs a gate for the pull request as it is now."""
        head = self.repository.git("rev-parse", "topic")
        came, seconds = self.run(workflow, "pull_request", pull_request_event(self.base, head), fake)
        assert came == passes, f"the workflow {'passed' if came else 'failed'}:\n{self.log}"
        return seconds


def threads(fake):
    """The threads that are open, and those that are not."""
    found = fake.state()["threads"]
    return [one for one in found if not one["resolved"]], [one for one in found if one["resolved"]]


def conclusions(fake):
    """What the checks say, one after the other."""
    return [check["fields"]["conclusion"] for check in fake.state()["checks"]]


def weaknesses_then_again_then_fixed(site, start, sarif):
    """A pull request with weaknesses; the same pushed again; mended."""
    site.push({"app.py": routes("users", "weak")})
    with start(permissions=GATE | {"contents": "write"}) as fake:
        site.judged(fake, passes=False)
        opened, _ = threads(fake)
        assert [(one["path"], one["line"]) for one in opened] == [("app.py", 20)], opened
        assert "```suggestion" in opened[0]["comments"][0]["body"]
        assert len(fake.state()["issue_comments"]) == 1 and conclusions(fake) == ["failure"]
        sarif("weaknesses", site.uploaded(fake))
        assert "::set-output:: verdict=fail" in site.log and "Tempergate: failed" in site.log, site.log
        startup = site.seconds_of("Find the program")
        page = (site.store / "tempergate-page/report.html").read_text()
        assert "sql-injection" in page, page[:1000]
        assert startup < 1, f"the action took {startup} s before it began"
        yield f"weaknesses (start-up {startup:.2f} s)"

        fake.take_log()
        site.judged(fake, passes=False, workflow="one-step.yml")
        wrote = [entry for entry in fake.take_log() if writes(entry)]
        assert not wrote, f"the same again wrote {wrote}"
        site.push({"other.py": "TOTAL = 1\n"})
        site.judged(fake, passes=False)
        sarif("again", site.uploaded(fake))
        assert len(fake.state()["threads"]) == 1 and len(fake.state()["issue_comments"]) == 1
        yield "the same pushed again"

        site.push({"app.py": routes("users", "orders")})
        site.judged(fake, passes=True)
        opened, resolved = threads(fake)
        assert (len(opened), len(resolved)) == (0, 1), fake.state()["threads"]
        assert "does not find this any more" in resolved[0]["comments"][0]["body"]
        assert conclusions(fake)[-1] == "success"
        sarif("fixed", site.uploaded(fake))
        fake.check()
        yield "fixed"


def the_default_branch(site, start, sarif):
    """What is merged is judged as a change, and all of the branch is uploaded."""
    site.repository.git("checkout", "--quiet", "main")
    site.repository.write("old.py", routes("weak_old"))
    before = site.repository.commit("old")
    site.repository.write("app.py", routes("users", "weak"))
    after = site.repository.commit("merged")
    repository = {"name": NAME, "full_name": f"{OWNER}/{NAME}", "owner": {"login": OWNER}, "default_branch": "main"}
    with start(permissions=GATE) as fake:
        event = {"ref": "refs/heads/main", "before": before, "after": after, "repository": repository}
        came, _ = site.run("code-scanning.yml", "push", event, fake)
        assert not came, f"the push passed:\n{site.log}"
        file = site.uploaded(fake, "refs/heads/main")
        places = [one["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for one in json.loads(file.read_text())["runs"][0]["results"]]
        assert sorted(places) == ["app.py", "old.py"], places
        fake.check()
    sarif("branch", file)
    yield "a push to the default branch"


def from_a_fork(site, start, sarif):
    """In two stages: the first can only read, the second checks out nothing."""
    head = site.push({"app.py": routes("users", "weak")})
    mallory = {"number": 1, "fork": "mallory"}
    with start(permissions=READ, pulls=[mallory]) as fake:
        event = pull_request_event(site.base, head, head_repository=f"mallory/{NAME}")
        came, _ = site.run("fork-safe/analyse.yml", "pull_request", event, fake)
        assert not came, f"the first stage passed:\n{site.log}"
        assert not fake.take_log(), "the first stage asked GitHub for something"
        left = site.store / "tempergate"
        sarif("fork", left / "report.sarif")

        fake.set(permissions=GATE)
        source = {"full_name": f"mallory/{NAME}", "owner": {"login": "mallory"}, "fork": True}
        ended = {"id": 7, "event": "pull_request", "conclusion": "failure", "head_sha": head, "head_branch": "topic"}
        repository = {"name": NAME, "full_name": f"{OWNER}/{NAME}", "owner": {"login": OWNER}, "default_branch": "main"}
        event = {"action": "completed", "workflow_run": ended | {"head_repository": source}, "repository": repository}
        came, _ = site.run("fork-safe/publish.yml", "workflow_run", event, fake)
        assert came, f"the second stage failed:\n{site.log}"
        opened, _ = threads(fake)
        assert len(opened) == 1 and "```suggestion" not in opened[0]["comments"][0]["body"], opened
        assert len(fake.state()["issue_comments"]) == 1 and conclusions(fake) == ["failure"]
        fake.check()
    yield "from a fork"


def in_a_merge_queue(site, start, sarif):
    """Only the verdict."""
    head = site.push({"app.py": routes("users", "weak")})
    repository = {"name": NAME, "full_name": f"{OWNER}/{NAME}", "owner": {"login": OWNER}, "default_branch": "main"}
    with start(permissions=GATE) as fake:
        for commit, passes in [(head, False), (site.push({"app.py": routes("users", "orders")}), True)]:
            group = {"base_sha": site.base, "head_sha": commit, "base_ref": "refs/heads/main"}
            event = {"action": "checks_requested", "merge_group": group, "repository": repository}
            came, _ = site.run("merge-queue.yml", "merge_group", event, fake)
            assert came == passes, f"the queue {'passed' if came else 'failed'}:\n{site.log}"
        assert not fake.take_log(), "the queue asked GitHub for something"
    yield "in a merge queue"


def twenty_files(site, start, sarif):
    """The usual size of a pull request."""
    files = {f"pages/page_{page:02}.py": routes(f"weak_{page}", f"users_{page}") for page in range(20)}
    site.push(files)
    with start(permissions=GATE) as fake:
        site.judged(fake, passes=False)
        assert len(threads(fake)[0]) == 20
        fake.check()
        sarif("usual", site.uploaded(fake))
    seconds = site.seconds_of("Judge the change")
    # Twice as long as it should take on a machine that does nothing else.
    assert seconds < 4, f"the action took {seconds} s for twenty files"
    yield f"20 files with a weakness each ({seconds:.1f} s)"


def in_shards(site, start, sarif):
    """Four machines judge, a fifth joins what they found and publishes it."""
    site.push({f"pages/page_{page:02}.py": routes(f"weak_{page}") for page in range(8)})
    with start(permissions=GATE) as fake:
        site.judged(fake, passes=False, workflow="monorepo-shards.yml")
        found = [len(json.loads((site.store / f"tempergate-shard-{k}/report.json").read_text())["findings"]) for k in range(1, 5)]
        assert sum(found) == 8 and max(found) < 8, found
        assert len(threads(fake)[0]) == 8 and conclusions(fake) == ["failure"]
        fake.check()
    yield "in shards"


def four_hundred_files(site, start, sarif):
    """25,000 changed lines."""
    filling = "".join(f"VALUE_{line} = {line}\n" for line in range(63))
    files = {f"data/values_{number:03}.py": filling for number in range(400)}
    site.push(files | {"zoo.py": routes("weak")})
    changed = site.repository.git("diff", "--shortstat", "main", "topic")
    assert int(re.search(r"(\d+) insertions", changed)[1]) > 25_000, changed
    with start(permissions=GATE) as fake:
        seconds = site.judged(fake, passes=False)
        opened, _ = threads(fake)
        assert [(one["path"], one["line"]) for one in opened] == [("zoo.py", 12)], opened
        fake.check()
        sarif("large", site.uploaded(fake))
    yield f"400 files and 25,000 changed lines ({seconds:.1f} s)"


def two_hundred_findings(site, start, sarif):
    """Thirty of them with comments, all in the results."""
    names = {page: [f"weak_{page}_{number}" for number in range(10)] for page in range(20)}
    site.push({f"pages/page_{page:02}.py": routes(*found) for page, found in names.items()})
    with start(permissions=GATE) as fake:
        seconds = site.judged(fake, passes=False)
        opened, _ = threads(fake)
        assert len(opened) == 30, len(opened)
        fake.take_log()
        site.judged(fake, passes=False, workflow="one-step.yml")
        wrote = [entry for entry in fake.take_log() if writes(entry)]
        assert not wrote, f"the same again wrote {wrote}"
        fake.check()
        file = site.uploaded(fake)
    results = json.loads(file.read_text())["runs"][0]["results"]
    assert len(results) == 200, len(results)
    sarif("many", file)
    yield f"200 findings ({seconds:.1f} s)"


CASES = [weaknesses_then_again_then_fixed, the_default_branch, from_a_fork, in_a_merge_queue, in_shards, twenty_files, four_hundred_files, two_hundred_findings]


def main():
    act, program, fake_program = (pathlib.Path(argument).resolve() for argument in sys.argv[1:4])
    keep = pathlib.Path(sys.argv[4]).resolve() if len(sys.argv) > 4 else None
    shown = 0
    for case in CASES:
        with tempfile.TemporaryDirectory() as work:
            site = Site(work, act, program)

            @contextlib.contextmanager
            def start(**settings):
                with Fake(fake_program, site.repository.folder, **settings) as fake:
                    yield fake

            def sarif(name, file):
                if keep:
                    shutil.copy(file, keep / f"{name}.sarif")

            try:
                for name in case(site, start, sarif):
                    print(f"as it should be: {name}", flush=True)
                    shown += 1
            except AssertionError as error:
                print(f"{case.__doc__} {error}", file=sys.stderr)
                sys.exit(1)
    print(f"{shown} cases with act")


if __name__ == "__main__":
    main()
