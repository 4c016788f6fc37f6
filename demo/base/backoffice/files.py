"""Invoices and other files of the shop."""

from flask import Blueprint, send_from_directory

from backoffice.settings import FILES

pages = Blueprint("files", __name__, url_prefix="/files")


@pages.get("/invoices/<int:number>")
def invoice(number):
    return send_from_directory(FILES, f"invoice-{number}.pdf")
