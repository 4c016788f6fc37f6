"""Invoices and other files of the shop."""

import os

import requests
from flask import Blueprint, Response, request, send_from_directory

from backoffice.settings import FILES

pages = Blueprint("files", __name__, url_prefix="/files")


@pages.get("/invoices/<int:number>")
def invoice(number):
    return send_from_directory(FILES, f"invoice-{number}.pdf")


@pages.get("/attachments")
def attachment():
    name = request.args.get("name", "")
    with open(os.path.join(FILES, name), "rb") as file:
        return Response(file.read(), mimetype="application/octet-stream")


@pages.get("/archive/<int:year>")
def archive(year):
    answer = requests.get(f"https://archive.bramble.example/{year}.zip", timeout=30, verify=False)
    return Response(answer.content, mimetype="application/zip")
