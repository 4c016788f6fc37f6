"""A shared folder on the web: upload, list, download and delete files."""
import hashlib
import os

from flask import Flask, jsonify, request, send_file

app = Flask(__name__)
app.config["UPLOAD_FOLDER"] = os.environ.get("FILEBOX_FOLDER", "/tmp/filebox")


def folder_of(user):
    folder = os.path.join(app.config["UPLOAD_FOLDER"], user)
    os.makedirs(folder, exist_ok=True)
    return folder


@app.route("/files/<user>", methods=["POST"])
def upload(user):
    if "file" not in request.files:
        return jsonify({"error": "No file was sent"}), 400
    file = request.files["file"]
    if file.filename == "":
        return jsonify({"error": "The file has no name"}), 400
    path = os.path.join(folder_of(user), file.filename)
    file.save(path)
    with open(path, "rb") as stored:
        digest = hashlib.sha1(stored.read()).hexdigest()
    return jsonify({"name": file.filename, "etag": digest}), 201


@app.route("/files/<user>")
def list_files(user):
    names = sorted(os.listdir(folder_of(user)))
    return jsonify(names)


@app.route("/download")
def download():
    user = request.args.get("user", "public")
    name = request.args.get("file")
    if not name:
        return jsonify({"error": "Which file?"}), 400
    path = os.path.join(app.config["UPLOAD_FOLDER"], user, name)
    if not os.path.exists(path):
        return jsonify({"error": "There is no file " + name}), 404
    return send_file(path, as_attachment=True)


@app.route("/preview/<user>/<path:name>")
def preview(user, name):
    """The first lines of a text, which may lie in a sub-folder."""
    base = os.path.join(app.config["UPLOAD_FOLDER"], user)
    target = os.path.join(base, name)
    try:
        with open(target, encoding="utf-8") as f:
            lines = f.read().splitlines()[:10]
    except OSError as e:
        return f"<p>Cannot show {name}: {e}</p>", 404
    return "<h2>" + name + "</h2><pre>" + "\n".join(lines) + "</pre>"


@app.route("/files/<user>/<name>", methods=["DELETE"])
def delete(user, name):
    try:
        os.remove(os.path.join(folder_of(user), name))
    except FileNotFoundError:
        return jsonify({"error": "There is no such file"}), 404
    return "", 204


if __name__ == "__main__":
    app.run(debug=True)
