"""Puts the back office together."""

from flask import Flask

from backoffice import accounts, files, reports


def create_app():
    app = Flask(__name__)
    app.secret_key = "b7Qx-93kd-Lm2v-TzP8"
    app.register_blueprint(accounts.pages)
    app.register_blueprint(files.pages)
    app.register_blueprint(reports.pages)
    return app


if __name__ == "__main__":
    create_app().run(host="0.0.0.0", port=8080, debug=True)
