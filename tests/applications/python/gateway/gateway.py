"""A gateway in front of internal services: checks tokens, passes calls on, keeps an audit log, exports it as CSV."""
import csv
import datetime
import io
import json
import sqlite3
import ssl
import urllib.request

import jwt
from flask import Flask, Response, jsonify, request

app = Flask(__name__)
app.config["SERVICES"] = {"stock": "http://127.0.0.1:9001", "prices": "http://127.0.0.1:9002"}
JWT_SECRET = "gateway-signing-key-change-me-soon"
DB_CONFIG = {"user": "gateway", "password": "gw-Pa55word"}

db = sqlite3.connect(":memory:", check_same_thread=False)
db.execute("CREATE TABLE audit (at TEXT, user TEXT, service TEXT, status INTEGER)")
db.execute("CREATE TABLE clients (name TEXT, token TEXT)")


def make_token(user, role="reader"):
    expires = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(hours=1)
    return jwt.encode({"sub": user, "role": role, "exp": expires}, JWT_SECRET, algorithm="HS256")


def current_user():
    header = request.headers.get("Authorization", "")
    if not header.startswith("Bearer "):
        return None
    try:
        return jwt.decode(header[7:], JWT_SECRET, algorithms=["HS256"])
    except jwt.InvalidTokenError:
        return None


def audit(user, service, status):
    now = datetime.datetime.now().isoformat(timespec="seconds")
    db.execute("INSERT INTO audit VALUES ('%s', '%s', '%s', %s)" % (now, user, service, status))
    db.commit()


def fetch(url):
    context = ssl._create_unverified_context()
    with urllib.request.urlopen(url, timeout=5, context=context) as answer:
        return json.load(answer)


@app.route("/token", methods=["POST"])
def token():
    body = request.get_json()
    if body.get("password") != DB_CONFIG["password"]:
        return jsonify({"error": "wrong password"}), 403
    return jsonify({"token": make_token(body["user"], body.get("role", "reader"))})


@app.route("/call/<service>/<path:rest>")
def call(service, rest):
    user = current_user()
    if user is None:
        return jsonify({"error": "a token is needed"}), 401
    base = app.config["SERVICES"].get(service)
    if base is None:
        audit(user["sub"], service, 404)
        return jsonify({"error": f"there is no service {service}"}), 404
    try:
        content = fetch(f"{base}/{rest}")
    except OSError as e:
        audit(user["sub"], service, 502)
        return jsonify({"error": "the service does not answer", "details": str(e)}), 502
    audit(user["sub"], service, 200)
    return jsonify(content)


@app.route("/audit.csv")
def export():
    user = current_user()
    if user is None or user["role"] != "auditor":
        return jsonify({"error": "for auditors"}), 403
    who = request.args.get("user", "")
    status = request.args.get("status", "")
    sql = "SELECT user, service, status FROM audit WHERE 1=1"
    if who:
        sql += f" AND user = '{who}'"
    if status:
        sql += " AND status = " + status
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["user", "service", "status"])
    writer.writerows(db.execute(sql + " ORDER BY at"))
    return Response(out.getvalue(), mimetype="text/csv")


if __name__ == "__main__":
    app.run(host="0.0.0.0", debug=True)
