"""The double of GitHub's API as a process, and real repositories for it. What the scripts beside this share."""

import http.client
import json
import os
import pathlib
import subprocess
import urllib.parse

TOKEN = "ghs_theTokenOfTheJob"
OWNER, NAME = "octo", "shop"


class Fake:
    """A running double, until the end of a `with`."""

    def __init__(self, program, repository, **settings):
        self.program, self.repository, self.settings = str(program), str(repository), settings

    def __enter__(self):
        command = [self.program, self.repository, json.dumps(self.settings)]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        self.url = self.process.stdout.readline().strip()
        if not self.url:
            raise RuntimeError("the double of GitHub's API did not start")
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()

    def _ask(self, method, path, body=None):
        status, answer = request(self.url, method, path, body)
        if status != 200:
            raise RuntimeError(f"{method} {path}: {status} {answer}")
        return json.loads(answer)

    def state(self):
        """All that it knows."""
        return self._ask("GET", "/_fake/state")

    def set(self, **settings):
        """Changes settings."""
        self._ask("POST", "/_fake/settings", settings)

    def reply(self, thread, login, body):
        """Has somebody answer in a thread."""
        self._ask("POST", "/_fake/reply", {"thread": thread, "login": login, "body": body})

    def take_log(self):
        """The requests since the last call, each with the status of its answer."""
        log = self.state()["log"]
        self._ask("POST", "/_fake/forget-log")
        return log

    def check(self):
        """Fails where a request or an answer was not as GitHub describes it."""
        violations = self.state()["violations"]
        assert not violations, f"not as GitHub describes it: {violations}"


def request(url, method, path, body=None, headers=None):
    """Sends a request; gives the status and the text of the answer."""
    place = urllib.parse.urlsplit(url)
    connection = http.client.HTTPConnection(place.hostname, place.port, timeout=60)
    text = None if body is None else json.dumps(body)
    headers = {"content-type": "application/json", **(headers or {})} if text else headers or {}
    connection.request(method, path, text, headers)
    answer = connection.getresponse()
    request.violations = answer.getheader("sl-violations")
    return answer.status, answer.read().decode("utf-8", "replace")


def writes(entry):
    """Whether a request of the log asks for a change."""
    sent, _ = entry
    if sent["path"] == "/graphql":
        return sent["body"]["query"].lstrip().startswith("mutation")
    return sent["method"] != "GET"


class Repository:
    """A real repository with a working tree."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True)
        self.git("init", "--quiet", "--initial-branch=main")

    def git(self, *arguments):
        """Runs git, deaf to the machine's configuration, and gives what it prints."""
        clean = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
        clean |= {"GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_NOSYSTEM": "1"}
        for role in ("AUTHOR", "COMMITTER"):
            clean |= {f"GIT_{role}_NAME": "Ada", f"GIT_{role}_EMAIL": "ada@example.com"}
            clean[f"GIT_{role}_DATE"] = "2024-01-01T00:00:00Z"
        command = ["git", "-c", "commit.gpgsign=false", *arguments]
        return subprocess.run(command, cwd=self.folder, env=clean, check=True, capture_output=True, text=True).stdout.strip()

    def write(self, path, text):
        """Writes a file with its folders."""
        path = self.folder / path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def commit(self, message):
        """Commits the working tree; gives the id."""
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "-m", message)
        return self.git("rev-parse", "HEAD")


def pull_request_event(base, head, number=1, head_repository=f"{OWNER}/{NAME}", default_branch="main"):
    """The event of a pull request as a runner writes it to a file."""
    here = {
        "name": NAME,
        "full_name": f"{OWNER}/{NAME}",
        "owner": {"login": OWNER},
        "default_branch": default_branch,
        "fork": False,
    }
    owner = head_repository.split("/")[0]
    there = {**here, "full_name": head_repository, "owner": {"login": owner}, "fork": owner != OWNER}
    return {
        "action": "synchronize",
        "number": number,
        "pull_request": {
            "number": number,
            "base": {"ref": "main", "sha": base, "repo": here},
            "head": {"ref": "topic", "sha": head, "repo": there},
        },
        "repository": here,
        "sender": {"login": owner},
    }
