import contextlib
import io
import json
import os
import tempfile
import unittest

import importer

YAML = """
products:
  - {sku: A1, name: Apple, price: 0.5}
  - {sku: B2, name: Bread, price: 3}
"""
XML = '<list><product sku="A1" price="0.5">Apple</product><product sku="B2" price="3">Bread &amp; salt</product></list>'


class ImporterTest(unittest.TestCase):
    def setUp(self):
        importer.products.clear()
        self.client = importer.app.test_client()
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def send(self, text, kind):
        return self.client.post("/import", data=text, content_type=kind)

    def test_yaml(self):
        self.assertEqual(self.send(YAML, "application/x-yaml").get_json(), {"imported": 2})
        self.assertEqual(importer.products["B2"], {"sku": "B2", "name": "Bread", "price": 3})

    def test_xml(self):
        self.assertEqual(self.send(XML, "application/xml").get_json(), {"imported": 2})
        self.assertEqual(importer.products["B2"], {"sku": "B2", "name": "Bread & salt", "price": 3.0})

    def test_catalogue(self):
        self.assertEqual(self.send(XML, "text/xml; charset=utf-8").get_json(), {"imported": 2})
        self.assertEqual(importer.products["A1"]["price"], 0.5)

    def test_json(self):
        self.assertEqual(self.send(json.dumps([{"sku": "C3"}]), "application/json").get_json(), {"imported": 1})

    def test_broken_input(self):
        answer = self.send("<list>", "application/xml")
        self.assertEqual(answer.status_code, 400)
        self.assertTrue(answer.get_json()["error"].startswith("Import failed"))

    def test_discount(self):
        self.send(YAML, "application/x-yaml")
        answer = self.client.get("/discount", query_string={"formula": "price * 0.5"})
        self.assertEqual(answer.get_json(), {"A1": 0.25, "B2": 1.5})

    def test_settings_are_a_dictionary(self):
        answer = self.client.put("/settings", data="{'A1': 10, 'B2': 20}")
        self.assertEqual(answer.get_json(), {"limits": 2})
        self.assertEqual(importer.app.config["LIMITS"]["B2"], 20)

    def test_cache_keeps_the_products(self):
        self.send(YAML, "application/x-yaml")
        path = os.path.join(self.folder, "cache")
        importer.save_cache(path)
        importer.products.clear()
        self.assertEqual(importer.load_cache(path), 2)
        self.assertEqual(importer.products["A1"]["name"], "Apple")

    def test_command_line(self):
        path = os.path.join(self.folder, "products.yml")
        with open(path, "w") as f:
            f.write(YAML)
        out = io.StringIO()
        with contextlib.redirect_stdout(out):
            self.assertEqual(importer.main([path, "--csv"]), 0)
        self.assertEqual(out.getvalue().split(), ["sku,name,price", "A1,Apple,0.5", "B2,Bread,3"])


if __name__ == "__main__":
    unittest.main()
