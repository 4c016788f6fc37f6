"""Accounts of customers."""

import hashlib
import secrets
import sqlite3

from flask import Blueprint, abort, jsonify, make_response, request

from backoffice.settings import DATABASE

pages = Blueprint("accounts", __name__, url_prefix="/accounts")


@pages.get("/<int:number>")
def show(number):
    with sqlite3.connect(DATABASE) as db:
        row = db.execute("SELECT name, email FROM accounts WHERE id = ?", (number,)).fetchone()
    if row is None:
        abort(404)
    name, email = row
    return jsonify(name=name, email=email)


@pages.post("/<int:number>/email")
def change_email(number):
    with sqlite3.connect(DATABASE) as db:
        db.execute("UPDATE accounts SET email = ? WHERE id = ?", (request.form["email"], number))
    return "", 204


@pages.get("/search")
def search():
    name = request.args.get("name", "")
    with sqlite3.connect(DATABASE) as db:
        rows = db.execute(f"SELECT id, name, email FROM accounts WHERE name = '{name}'").fetchall()
    return jsonify(rows)


@pages.post("/register")
def register():
    email = request.form["email"]
    password = request.form["password"]
    digest = hashlib.md5(password.encode()).hexdigest()
    with sqlite3.connect(DATABASE) as db:
        db.execute("INSERT INTO accounts (email, password) VALUES (?, ?)", (email, digest))
    response = make_response("", 204)
    response.set_cookie("session", secrets.token_urlsafe(32))
    return response


@pages.get("/welcome")
def welcome():
    name = request.args.get("name", "")
    return f"<h1>Welcome to Bramble, {name}!</h1>"
