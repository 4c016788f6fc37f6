#!/usr/bin/env python3
"""What Tempergate asks of GitHub, judged by others: Prism, on GitHub's own description of the REST API, and graphql-js, on
GitHub's public schema. Neither knows the double of the API that the tests use.

    .ci/github-contract.py TEMPERGATE GITHUB-FAKE

The requests are those of real runs against the double: a first publication, a change, and a fix. Prism keeps no state and does
not mind unknown fields; the double does. Ends with 1 where a request is not valid, with 2 where this could not run."""

import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time
import urllib.parse

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from github_fake import NAME, OWNER, TOKEN, Fake, Repository, pull_request_event, request  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parent.parent
PACKAGES = ["@stoplight/prism-cli@5.16.0", "graphql@16.15.0", "@octokit/graphql-schema@15.26.1"]

CLEAN = """import sqlite3

from flask import Flask, jsonify, request

app = Flask(__name__)


@app.get('/users')
def users():
    name = request.args.get('name')
    with sqlite3.connect('users.db') as db:
        rows = db.execute('SELECT id FROM users WHERE name = ?', (name,)).fetchall()
    return jsonify(rows)
"""
WEAK = CLEAN.replace("WHERE name = ?', (name,)", "WHERE name = ' + name")

VALIDATE = """
const { buildSchema, parse, validate } = require('graphql');
const fs = require('fs');
// As GitHub publishes it, the schema has fields twice where nobody here looks.
const schema = buildSchema(fs.readFileSync(process.argv[1], 'utf8'), { assumeValidSDL: true });
const errors = (text) => validate(schema, parse(text)).map((error) => error.message);
if (errors('{ viewer { colour } }').length === 0) throw new Error('a field that does not exist was taken');
const found = JSON.parse(fs.readFileSync(0, 'utf8')).flatMap(errors);
found.forEach((message) => console.error(message));
process.exit(found.length > 0 ? 1 : 0);
"""


def recorded(program, fake_program, work):
    """The requests of a gate that finds something, finds it again after a change, and then finds it mended."""
    repository = Repository(work / "repository")
    repository.write("app.py", CLEAN)
    base = repository.commit("base")
    repository.git("checkout", "--quiet", "-b", "topic")
    log = []
    with Fake(fake_program, repository.folder) as fake:
        for text, code in [(WEAK, 1), ("# A comment.\n" + WEAK.replace("id", "id, name"), 1), (CLEAN + "\n", 0)]:
            repository.write("app.py", text)
            head = repository.commit("change")
            event = work / "event.json"
            event.write_text(json.dumps(pull_request_event(base, head)))
            variables = {
                "GITHUB_EVENT_NAME": "pull_request",
                "GITHUB_EVENT_PATH": str(event),
                "GITHUB_WORKSPACE": str(repository.folder),
                "GITHUB_REPOSITORY": f"{OWNER}/{NAME}",
                "GITHUB_API_URL": fake.url,
                "GITHUB_TOKEN": TOKEN,
            }
            variables = {**os.environ, "GITHUB_GRAPHQL_URL": "", "GITHUB_STEP_SUMMARY": "", "GITHUB_OUTPUT": ""} | variables
            command = [program, "ci", "--publish", "review,comment,check,sarif", "--reports", str(work / "reports")]
            run = subprocess.run(command, env=variables, capture_output=True, text=True)
            assert run.returncode == code, f"{run.returncode} and not {code}: {run.stdout}{run.stderr}"
            log += fake.take_log()
        fake.check()
    refused = [entry for entry in log if entry[1] >= 400]
    assert not refused, f"the double refused {refused}"
    return [sent for sent, _ in log]


def start_prism(folder, log):
    """Starts Prism on GitHub's description; gives the process and its address."""
    program = folder / "node_modules/.bin/prism"
    description = ROOT / "tests/fixtures/github/openapi.json"
    with open(log, "w") as out:
        process = subprocess.Popen([program, "mock", "--port", "0", description], stdout=out, stderr=subprocess.STDOUT)
    for _ in range(300):
        text = pathlib.Path(log).read_text()
        if "Prism is listening on " in text:
            return process, text.split("Prism is listening on ")[1].split()[0]
        if process.poll() is not None:
            break
        time.sleep(0.2)
    process.kill()
    raise RuntimeError(f"Prism did not start: {pathlib.Path(log).read_text()[-2000:]}")


def faults(prism, sent):
    """What Prism says against a request; what it says against its own answers does not count."""
    path = urllib.parse.quote(sent["path"])
    if sent["query"]:
        path += "?" + urllib.parse.urlencode(sent["query"])
    status, answer = request(prism, sent["method"], path, sent["body"], {"accept": "application/json"})
    found = [one for one in json.loads(request.violations or "[]") if one["location"][0] == "request"]
    return found or ([answer] if status >= 400 else [])


def judge_rest(prism, requests):
    """Has Prism judge all requests, after one that must not pass."""
    wrong = {"method": "POST", "path": f"/repos/{OWNER}/{NAME}/issues/1/comments", "query": {}, "body": {"text": 1}}
    assert faults(prism, wrong), "Prism takes a comment without a body"
    kinds = set()
    for sent in requests:
        found = faults(prism, sent)
        assert not found, f"{sent['method']} {sent['path']}: {found}"
        path = "/".join("N" if part.isdigit() or len(part) == 40 else part for part in sent["path"].split("/"))
        kinds.add(f"{sent['method']} {path}")
    return kinds


def judge_graphql(folder, requests):
    """Has graphql-js judge all operations that there are, sent or not."""
    operations = {sent["body"]["query"] for sent in requests}
    operations.add((ROOT / "src/github/operations.graphql").read_text())
    schema = folder / "node_modules/@octokit/graphql-schema/schema.graphql"
    command = ["node", "-e", VALIDATE, str(schema)]
    subprocess.run(command, input=json.dumps(sorted(operations)), text=True, check=True, cwd=folder)
    return len(operations)


def main():
    program, fake_program = (pathlib.Path(argument).resolve() for argument in sys.argv[1:3])
    with tempfile.TemporaryDirectory() as folder:
        work = pathlib.Path(folder)
        packages = work / "packages"
        install = ["npm", "install", "--silent", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix", str(packages), *PACKAGES]
        if subprocess.run(install, stdout=sys.stderr).returncode != 0:
            print("npm could not install Prism and GraphQL's reference implementation", file=sys.stderr)
            sys.exit(2)
        requests = recorded(program, fake_program, work)
        rest = [sent for sent in requests if sent["path"] != "/graphql"]
        graphql = [sent for sent in requests if sent["path"] == "/graphql"]
        process, prism = start_prism(packages, work / "prism.log")
        try:
            kinds = judge_rest(prism, rest)
        finally:
            process.kill()
            process.wait()
        operations = judge_graphql(packages, graphql)
    print(f"{len(rest)} requests of {len(kinds)} kinds are valid for Prism, {operations} documents for graphql-js:")
    print("\n".join(sorted(kinds)))


if __name__ == "__main__":
    main()
