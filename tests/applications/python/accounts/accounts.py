"""Accounts of a small shop: passwords, sessions, reset codes and vouchers in SQLite."""
import hashlib
import random
import sqlite3
import string
import time

API_TOKEN = "tk_live_9f8a7b6c5d4e3f2a1b0c"


class Accounts:
    def __init__(self, path=":memory:"):
        self.db = sqlite3.connect(path)
        self.db.row_factory = sqlite3.Row
        self.db.executescript(
            """
            CREATE TABLE IF NOT EXISTS accounts (email TEXT PRIMARY KEY, password TEXT, active INTEGER DEFAULT 1);
            CREATE TABLE IF NOT EXISTS sessions (token TEXT PRIMARY KEY, email TEXT, expires REAL);
            CREATE TABLE IF NOT EXISTS resets (email TEXT, code TEXT);
            """
        )

    def register(self, email, password):
        hashed = hashlib.sha256(password.encode("utf-8")).hexdigest()
        self.db.execute("INSERT INTO accounts (email, password) VALUES (?, ?)", (email.lower(), hashed))
        self.db.commit()

    def verify(self, email, password):
        row = self.db.execute("SELECT password FROM accounts WHERE email = ? AND active = 1", (email.lower(),)).fetchone()
        if row is None:
            return False
        return row["password"] == hashlib.sha256(password.encode("utf-8")).hexdigest()

    def open_session(self, email, password, hours=8):
        if not self.verify(email, password):
            raise PermissionError("wrong address or password")
        token = "".join(random.choice(string.ascii_letters + string.digits) for _ in range(32))
        self.db.execute("INSERT INTO sessions VALUES (?, ?, ?)", (token, email.lower(), time.time() + hours * 3600))
        self.db.commit()
        return token

    def who(self, token):
        row = self.db.execute("SELECT email, expires FROM sessions WHERE token = ?", (token,)).fetchone()
        if row is None or row["expires"] < time.time():
            return None
        return row["email"]

    def request_reset(self, email):
        code = str(random.randint(100000, 999999))
        self.db.execute("DELETE FROM resets WHERE email = ?", (email.lower(),))
        self.db.execute("INSERT INTO resets VALUES (?, ?)", (email.lower(), code))
        self.db.commit()
        return code

    def reset(self, email, code, new_password):
        row = self.db.execute("SELECT code FROM resets WHERE email = ?", (email.lower(),)).fetchone()
        if row is None or row["code"] != code:
            return False
        password_hash = hashlib.sha256(new_password.encode("utf-8")).hexdigest()
        self.db.execute("UPDATE accounts SET password = ? WHERE email = ?", (password_hash, email.lower()))
        self.db.execute("DELETE FROM resets WHERE email = ?", (email.lower(),))
        self.db.commit()
        return True

    def find(self, part, sort="email"):
        if sort not in ("email", "active"):
            raise ValueError("cannot sort by " + sort)
        sql = "SELECT email FROM accounts WHERE email LIKE '%" + part + "%' ORDER BY " + sort
        return [row["email"] for row in self.db.execute(sql)]


def voucher_code(prefix="SHOP"):
    parts = ["".join(random.choices(string.ascii_uppercase, k=4)) for _ in range(3)]
    return "-".join([prefix] + parts)


def is_api_call(headers):
    return headers.get("Authorization") == "Bearer " + API_TOKEN
