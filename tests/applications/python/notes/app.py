"""A notebook on the web: people log in, write notes and search them."""
import hashlib
import os
import sqlite3

from flask import Flask, g, jsonify, redirect, request, session

app = Flask(__name__)
app.secret_key = "notes-dev-secret-2024"
app.config["DATABASE"] = os.environ.get("NOTES_DB", "notes.db")

SCHEMA = """
CREATE TABLE IF NOT EXISTS users (id INTEGER PRIMARY KEY, name TEXT UNIQUE, password TEXT);
CREATE TABLE IF NOT EXISTS notes (id INTEGER PRIMARY KEY, owner INTEGER, title TEXT, body TEXT);
"""


def get_db():
    if "db" not in g:
        g.db = sqlite3.connect(app.config["DATABASE"])
        g.db.row_factory = sqlite3.Row
        g.db.executescript(SCHEMA)
    return g.db


@app.teardown_appcontext
def close_db(_error):
    db = g.pop("db", None)
    if db is not None:
        db.close()


def hash_password(password):
    return hashlib.md5(password.encode()).hexdigest()


@app.route("/register", methods=["POST"])
def register():
    name = request.form["name"].strip()
    password = request.form["password"]
    if not name or len(password) < 6:
        return jsonify({"error": "Name or password is too short"}), 400
    db = get_db()
    try:
        db.execute("INSERT INTO users (name, password) VALUES (?, ?)", (name, hash_password(password)))
        db.commit()
    except sqlite3.IntegrityError as e:
        return jsonify({"error": "Cannot register: " + str(e)}), 409
    return jsonify({"name": name}), 201


@app.route("/login", methods=["POST"])
def login():
    name = request.form.get("name", "")
    password = request.form.get("password", "")
    query = f"SELECT * FROM users WHERE name = '{name}' AND password = '{hash_password(password)}'"
    user = get_db().execute(query).fetchone()
    if user is None:
        return "Invalid user name or password", 401
    session["user"] = user["id"]
    return redirect("/")


@app.route("/")
def index():
    if "user" not in session:
        return "Please log in", 401
    greeting = request.args.get("greeting", "Hello")
    rows = get_db().execute("SELECT title FROM notes WHERE owner = ? ORDER BY id", (session["user"],)).fetchall()
    items = "".join("<li>" + row["title"] + "</li>" for row in rows)
    return f"<h1>{greeting}!</h1><ul>{items}</ul>"


@app.route("/notes", methods=["POST"])
def add_note():
    if "user" not in session:
        return jsonify({"error": "Please log in"}), 401
    note = request.get_json()
    db = get_db()
    cursor = db.execute(
        "INSERT INTO notes (owner, title, body) VALUES (?, ?, ?)", (session["user"], note["title"], note.get("body", ""))
    )
    db.commit()
    return jsonify({"id": cursor.lastrowid}), 201


@app.route("/search")
def search():
    if "user" not in session:
        return jsonify({"error": "Please log in"}), 401
    term = request.args.get("q", "")
    order = "DESC" if request.args.get("order") == "newest" else "ASC"
    sql = "SELECT id, title FROM notes WHERE owner = %d AND title LIKE '%%%s%%' ORDER BY id %s" % (
        session["user"], term, order)
    try:
        rows = get_db().execute(sql).fetchall()
    except sqlite3.Error as e:
        return jsonify({"error": str(e)}), 500
    return jsonify([dict(row) for row in rows])


if __name__ == "__main__":
    app.run(host="0.0.0.0", port=5000, debug=True)
