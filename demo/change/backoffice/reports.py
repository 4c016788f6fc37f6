"""Monthly reports."""

import sqlite3
import subprocess

import yaml
from flask import Blueprint, jsonify, request, send_file

from backoffice.settings import DATABASE

pages = Blueprint("reports", __name__, url_prefix="/reports")


@pages.get("/turnover")
def turnover():
    year = request.args.get("year", type=int)
    with sqlite3.connect(DATABASE) as db:
        rows = db.execute("SELECT month, SUM(total) FROM orders WHERE year = ? GROUP BY month", (year,)).fetchall()
    return jsonify(rows)


@pages.get("/customers")
def customers():
    # The column comes from the table's header in the browser.
    column = request.args.get("sort", "name")
    with sqlite3.connect(DATABASE) as db:
        rows = db.execute("SELECT name, orders FROM customers ORDER BY " + column).fetchall()
    return jsonify(rows)


@pages.post("/layout")
def layout():
    """Stores the layout of a report, which the browser sends as YAML."""
    columns = yaml.load(request.data, Loader=yaml.Loader)
    with sqlite3.connect(DATABASE) as db:
        db.executemany("INSERT INTO layout (name, width) VALUES (?, ?)", columns.items())
    return "", 204


@pages.get("/export")
def export():
    month = request.args.get("month", "")
    subprocess.run(f"backoffice-export --month {month} --to /tmp/export.csv", shell=True, check=True)
    return send_file("/tmp/export.csv")
