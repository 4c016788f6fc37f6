import unittest

import webapp


class SignupTest(unittest.TestCase):
    def setUp(self):
        for store in (webapp.pending, webapp.members, webapp.sessions):
            store.clear()
        self.client = webapp.app.test_client()

    def sign_up(self, email="ada@example.org", name="Ada Lovelace", **more):
        return self.client.post("/signup", data={"email": email, "name": name, **more})

    def join(self, email="ada@example.org", name="Ada Lovelace"):
        token = self.sign_up(email, name).headers["X-Confirmation"]
        return self.client.get("/confirm/" + token)

    def test_form(self):
        self.assertIn("<h1>Join the club</h1>", self.client.get("/signup").get_data(as_text=True))

    def test_sign_up_thanks(self):
        answer = self.sign_up()
        self.assertEqual(answer.status_code, 201)
        self.assertIn("Thank you, Ada Lovelace.", answer.get_data(as_text=True))
        self.assertRegex(answer.headers["X-Confirmation"], r"^[0-9a-f]{32}$")

    def test_addresses(self):
        for email in ("a@b.org", "first.last+tag@sub.example.co.uk", "under_score-dash@example.com"):
            self.assertEqual(self.sign_up(email).status_code, 201, email)
        for email in ("", "ada", "ada@", "@example.org", "ada@example", "a da@example.org", "ada@example.o"):
            self.assertEqual(self.sign_up(email).status_code, 400, email)

    def test_names(self):
        for name in ("Ada", "Ada Lovelace", "Ada King Lovelace"):
            self.assertEqual(self.sign_up(name=name).status_code, 201, name)
        for name in ("", "Ada  Lovelace", "Ada; Lovelace", "<b>"):
            self.assertEqual(self.sign_up(name=name).status_code, 400, name)

    def test_phone_numbers(self):
        self.assertEqual(self.sign_up(phone="+49 30 123456").status_code, 201)
        self.assertEqual(self.sign_up(phone="call me").status_code, 400)

    def test_confirmation_works_once(self):
        token = self.sign_up().headers["X-Confirmation"]
        self.assertEqual(self.client.get("/confirm/" + token).status_code, 302)
        self.assertEqual(webapp.members, {"ada@example.org": "Ada Lovelace"})
        self.assertEqual(self.client.get("/confirm/" + token).status_code, 404)

    def test_confirmation_leads_to_a_welcome(self):
        page = self.client.get(self.join().headers["Location"])
        self.assertEqual(page.get_data(as_text=True), "<h1>Welcome, Ada Lovelace!</h1>")

    def test_login_is_remembered(self):
        self.join()
        answer = self.client.post("/login", data={"email": "ada@example.org"}, base_url="https://localhost")
        self.assertEqual((answer.status_code, answer.headers["Location"]), (302, "/profile"))
        page = self.client.get("/profile", base_url="https://localhost")
        self.assertEqual(page.get_data(as_text=True), "<p>Ada Lovelace, ada@example.org</p>")

    def test_login_leads_back(self):
        self.join()
        answer = self.client.post("/login?next=/members%3Fq%3Dada", data={"email": "ada@example.org"})
        self.assertEqual(answer.headers["Location"], "/members?q=ada")

    def test_profile_asks_for_login(self):
        self.assertEqual(self.client.get("/profile").headers["Location"], "/login?next=/profile")
        self.assertEqual(self.client.post("/login", data={"email": "x@example.org"}).status_code, 401)

    def test_members_are_found(self):
        self.join()
        self.join("bob@example.org", "Bob")
        self.assertEqual(self.client.get("/members?q=LOVE").get_json(), {"members": ["Ada Lovelace"]})
        self.assertEqual(self.client.get("/members").get_json(), {"members": ["Ada Lovelace", "Bob"]})


if __name__ == "__main__":
    unittest.main()
