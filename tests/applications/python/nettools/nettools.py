"""Diagnostics for the intranet: ping, name look-up and disk usage over HTTP, answers as JSON."""
import json
import logging
import os
import subprocess
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlparse

logging.basicConfig(level=logging.INFO)
log = logging.getLogger("nettools")

ADMIN_PASSWORD = "s3cret-Adm1n!"


def ping(host, count):
    result = subprocess.run(f"ping -c {count} {host}", shell=True, capture_output=True, text=True, timeout=20)
    return {"host": host, "alive": result.returncode == 0, "output": result.stdout.strip()}


def lookup(name, kind):
    output = os.popen("nslookup -type=" + kind + " " + name).read()
    addresses = [line.split(":", 1)[1].strip() for line in output.splitlines() if line.startswith("Address:")]
    return {"name": name, "addresses": addresses}


def usage(folder):
    output = subprocess.check_output("du -s " + folder + " | cut -f1", shell=True, text=True)
    return {"folder": folder, "blocks": int(output)}


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        url = urlparse(self.path)
        query = {key: values[0] for key, values in parse_qs(url.query).items()}
        log.info("request for %s by %s" % (url.path, query.get("user", "somebody")))
        try:
            if url.path == "/ping":
                self.answer(200, ping(query["host"], int(query.get("count", "1"))))
            elif url.path == "/lookup":
                self.answer(200, lookup(query["name"], query.get("type", "A")))
            elif url.path == "/usage":
                if self.headers.get("X-Password") != ADMIN_PASSWORD:
                    self.answer(403, {"error": "For administrators only"})
                else:
                    self.answer(200, usage(query["folder"]))
            else:
                self.answer(404, {"error": "Nothing here"})
        except KeyError as e:
            self.answer(400, {"error": f"The parameter {e} is missing"})
        except Exception as e:
            self.answer(500, {"error": str(e)})

    def answer(self, status, content):
        body = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_arguments):
        pass


def make_server(port=8080):
    return ThreadingHTTPServer(("127.0.0.1", port), Handler)


if __name__ == "__main__":
    make_server().serve_forever()
