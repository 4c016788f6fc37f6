"""Monthly reports."""

import sqlite3

from flask import Blueprint, jsonify, request

from backoffice.settings import DATABASE

pages = Blueprint("reports", __name__, url_prefix="/reports")


@pages.get("/customers")
def customers():
    # The column comes from the table's header in the browser.
    column = request.args.get("sort", "name")
    with sqlite3.connect(DATABASE) as db:
        rows = db.execute("SELECT name, orders FROM customers ORDER BY " + column).fetchall()
    return jsonify(rows)


@pages.get("/turnover")
def turnover():
    year = request.args.get("year", type=int)
    with sqlite3.connect(DATABASE) as db:
        rows = db.execute("SELECT month, SUM(total) FROM orders WHERE year = ? GROUP BY month", (year,)).fetchall()
    return jsonify(rows)
