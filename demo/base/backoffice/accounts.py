"""Accounts of customers."""

import sqlite3

from flask import Blueprint, abort, jsonify, request

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
