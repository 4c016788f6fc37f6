"""Sign-up with e-mail confirmation, log-in with a cookie that is remembered, and a way back to where one came from."""
import logging
import random
import re

from flask import Flask, make_response, redirect, render_template_string, request

app = Flask(__name__)
logger = logging.getLogger("signup")

EMAIL = re.compile(r"^([a-zA-Z0-9_.+-]+)+@([a-zA-Z0-9-]+\.)+[a-zA-Z]{2,}$")
NAME = re.compile(r"^(\w+\s?)*$")
PHONE = re.compile(r"^\+?[0-9 ]{6,15}$")

pending = {}
members = {}
sessions = {}


@app.route("/signup", methods=["GET", "POST"])
def signup():
    if request.method == "GET":
        return render_template_string("<h1>Join {{ club }}</h1><form method=post>...</form>", club="the club")
    email = request.form.get("email", "")
    name = request.form.get("name", "")
    phone = request.form.get("phone", "")
    errors = []
    if not EMAIL.match(email):
        errors.append("This is not an e-mail address")
    if not name or not NAME.match(name):
        errors.append("Please enter a name of letters")
    if phone and not PHONE.match(phone):
        errors.append("This is not a phone number")
    if errors:
        return "<ul><li>" + "</li><li>".join(errors) + "</li></ul>", 400
    token = "%032x" % random.getrandbits(128)
    pending[token] = (email, name)
    logger.info("sign-up of " + name + " with " + email)
    return f"<p>Thank you, {name}. We have written to {email}.</p>", 201, {"X-Confirmation": token}


@app.route("/confirm/<token>")
def confirm(token):
    if token not in pending:
        return "This link is no longer valid", 404
    email, name = pending.pop(token)
    members[email] = name
    return redirect("/welcome?name=" + name)


@app.route("/welcome")
def welcome():
    return "<h1>Welcome, %s!</h1>" % request.args.get("name", "stranger")


@app.route("/login", methods=["POST"])
def login():
    email = request.form.get("email", "")
    if email not in members:
        logger.warning(f"log-in of unknown {email}")
        return "Unknown address", 401
    session_id = str(random.randint(10**15, 10**16 - 1))
    sessions[session_id] = email
    response = make_response(redirect(request.args.get("next", "/profile")))
    response.set_cookie("session_id", session_id, max_age=3600)
    return response


@app.route("/profile")
def profile():
    email = sessions.get(request.cookies.get("session_id", ""))
    if email is None:
        return redirect("/login?next=" + request.path)
    return render_template_string("<p>{{ name }}, {{ email }}</p>", name=members[email], email=email)


@app.route("/members")
def find_members():
    pattern = request.args.get("q", "")
    found = [name for name in members.values() if re.search(pattern, name, re.IGNORECASE)]
    return {"members": sorted(found)}


if __name__ == "__main__":
    app.run(debug=True)
