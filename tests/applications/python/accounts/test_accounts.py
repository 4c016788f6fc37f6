import re
import sqlite3
import unittest

from accounts import Accounts, is_api_call, voucher_code


class AccountsTest(unittest.TestCase):
    def setUp(self):
        self.accounts = Accounts()
        self.addCleanup(self.accounts.db.close)
        self.accounts.register("Ada@example.org", "correct horse")

    def test_password_is_verified(self):
        self.assertTrue(self.accounts.verify("ada@example.org", "correct horse"))
        self.assertFalse(self.accounts.verify("ada@example.org", "battery staple"))
        self.assertFalse(self.accounts.verify("bob@example.org", "correct horse"))

    def test_password_is_not_stored_as_it_is(self):
        stored = self.accounts.db.execute("SELECT password FROM accounts").fetchone()[0]
        self.assertNotIn("correct horse", stored)

    def test_an_address_registers_once(self):
        with self.assertRaises(sqlite3.IntegrityError):
            self.accounts.register("ada@example.org", "another")

    def test_session_belongs_to_its_account(self):
        token = self.accounts.open_session("ada@example.org", "correct horse")
        self.assertRegex(token, r"^[A-Za-z0-9]{32}$")
        self.assertEqual(self.accounts.who(token), "ada@example.org")
        self.assertIsNone(self.accounts.who("x" * 32))

    def test_sessions_expire(self):
        token = self.accounts.open_session("ada@example.org", "correct horse", hours=-1)
        self.assertIsNone(self.accounts.who(token))

    def test_sessions_differ(self):
        tokens = {self.accounts.open_session("ada@example.org", "correct horse") for _ in range(20)}
        self.assertEqual(len(tokens), 20)

    def test_wrong_password_opens_no_session(self):
        with self.assertRaises(PermissionError):
            self.accounts.open_session("ada@example.org", "wrong")

    def test_reset_code_has_six_digits(self):
        self.assertRegex(self.accounts.request_reset("ada@example.org"), r"^[1-9][0-9]{5}$")

    def test_reset_changes_the_password(self):
        code = self.accounts.request_reset("ada@example.org")
        self.assertTrue(self.accounts.reset("ada@example.org", code, "new password"))
        self.assertTrue(self.accounts.verify("ada@example.org", "new password"))
        self.assertFalse(self.accounts.verify("ada@example.org", "correct horse"))
        self.assertFalse(self.accounts.reset("ada@example.org", code, "once more"))

    def test_find_sorts(self):
        self.accounts.register("bea@example.org", "secret1")
        self.accounts.register("cid@example.com", "secret2")
        self.assertEqual(self.accounts.find("example.org"), ["ada@example.org", "bea@example.org"])
        with self.assertRaises(ValueError):
            self.accounts.find("a", "password")

    def test_vouchers(self):
        self.assertTrue(re.fullmatch(r"GIFT(-[A-Z]{4}){3}", voucher_code("GIFT")))

    def test_api_token(self):
        self.assertTrue(is_api_call({"Authorization": "Bearer tk_live_9f8a7b6c5d4e3f2a1b0c"}))
        self.assertFalse(is_api_call({"Authorization": "Bearer other"}))
        self.assertFalse(is_api_call({}))


if __name__ == "__main__":
    unittest.main()
