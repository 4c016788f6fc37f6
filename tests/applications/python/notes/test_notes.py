import os
import tempfile
import unittest

import app as notes


class NotesTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        notes.app.config["DATABASE"] = os.path.join(folder.name, "notes.db")
        self.client = notes.app.test_client()

    def enter(self, name="ada"):
        account = {"name": name, "password": "correct horse"}
        self.client.post("/register", data=account)
        return self.client.post("/login", data=account)

    def write(self, *titles):
        return [self.client.post("/notes", json={"title": t}) for t in titles]

    def test_registering_answers_with_the_name(self):
        answer = self.client.post("/register", data={"name": "ada", "password": "correct horse"})
        self.assertEqual((answer.status_code, answer.get_json()), (201, {"name": "ada"}))

    def test_a_name_is_taken_once(self):
        self.enter()
        answer = self.client.post("/register", data={"name": "ada", "password": "another one"})
        self.assertEqual(answer.status_code, 409)
        self.assertIn("error", answer.get_json())

    def test_short_passwords_are_refused(self):
        answer = self.client.post("/register", data={"name": "ada", "password": "abc"})
        self.assertEqual(answer.status_code, 400)

    def test_login_leads_to_the_start_page(self):
        answer = self.enter()
        self.assertEqual((answer.status_code, answer.headers["Location"]), (302, "/"))

    def test_wrong_password(self):
        self.enter()
        answer = self.client.post("/login", data={"name": "ada", "password": "wrong"})
        self.assertEqual(answer.status_code, 401)

    def test_start_page_lists_titles(self):
        self.enter()
        self.write("Milk", "Bread")
        page = self.client.get("/?greeting=Good+morning").get_data(as_text=True)
        self.assertEqual(page, "<h1>Good morning!</h1><ul><li>Milk</li><li>Bread</li></ul>")

    def test_notes_are_private(self):
        self.enter("ada")
        self.write("Secret")
        self.enter("bob")
        self.assertEqual(self.client.get("/search?q=Secret").get_json(), [])

    def test_search_finds_parts_of_titles(self):
        self.enter()
        self.write("Buy milk", "Sell car", "Milk the cow")
        found = self.client.get("/search?q=ilk&order=newest").get_json()
        self.assertEqual([n["title"] for n in found], ["Milk the cow", "Buy milk"])

    def test_without_login_nothing_is_shown(self):
        self.assertEqual(self.client.get("/").status_code, 401)
        self.assertEqual(self.client.get("/search?q=a").status_code, 401)


if __name__ == "__main__":
    unittest.main()
