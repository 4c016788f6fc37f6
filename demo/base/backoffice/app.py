"""Puts the back office together."""

import os

from flask import Flask

from backoffice import accounts, files, reports


def create_app():
    app = Flask(__name__)
    app.secret_key = os.environ["BACKOFFICE_SECRET_KEY"]
    app.register_blueprint(accounts.pages)
    app.register_blueprint(files.pages)
    app.register_blueprint(reports.pages)
    return app


if __name__ == "__main__":
    create_app().run(port=8080)
