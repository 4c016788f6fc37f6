import json
import os
import tempfile
import threading
import unittest
import urllib.error
import urllib.request

import nettools

PING = """#!/bin/sh
[ "$1" = -c ] || exit 2
[ "$3" = down.example ] && exit 1
echo "$2 packets to $3"
"""
NSLOOKUP = """#!/bin/sh
[ "$1" = -type=A ] && echo "Address: 192.0.2.7" && echo "Address: 192.0.2.8"
[ "$1" = -type=AAAA ] && echo "Address: 2001:db8::7"
exit 0
"""


class NettoolsTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        for name, text in (("ping", PING), ("nslookup", NSLOOKUP)):
            path = os.path.join(cls.folder.name, name)
            with open(path, "w") as f:
                f.write(text)
            os.chmod(path, 0o755)
        os.environ["PATH"] = cls.folder.name + os.pathsep + os.environ["PATH"]
        cls.server = nettools.make_server(0)
        threading.Thread(target=cls.server.serve_forever, daemon=True).start()

    @classmethod
    def tearDownClass(cls):
        cls.server.shutdown()
        cls.server.server_close()
        cls.folder.cleanup()

    def get(self, path, **headers):
        request = urllib.request.Request(f"http://127.0.0.1:{self.server.server_port}{path}", headers=headers)
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as e:
            with e:
                return e.code, json.load(e)

    def test_ping_says_what_the_program_says(self):
        status, answer = self.get("/ping?host=up.example&count=3")
        self.assertEqual((status, answer["alive"], answer["output"]), (200, True, "3 packets to up.example"))

    def test_ping_of_a_host_that_is_down(self):
        status, answer = self.get("/ping?host=down.example")
        self.assertEqual((status, answer["alive"]), (200, False))

    def test_parameter_is_missing(self):
        status, answer = self.get("/ping")
        self.assertEqual(status, 400)
        self.assertIn("error", answer)

    def test_count_that_is_no_number(self):
        self.assertEqual(self.get("/ping?host=up.example&count=many")[0], 500)

    def test_lookup_lists_all_addresses(self):
        status, answer = self.get("/lookup?name=www.example")
        self.assertEqual((status, answer["addresses"]), (200, ["192.0.2.7", "192.0.2.8"]))

    def test_lookup_of_another_type(self):
        self.assertEqual(self.get("/lookup?name=www.example&type=AAAA")[1]["addresses"], ["2001:db8::7"])

    def test_usage_is_for_administrators(self):
        self.assertEqual(self.get("/usage?folder=" + self.folder.name)[0], 403)

    def test_usage_counts_blocks(self):
        status, answer = self.get("/usage?folder=" + self.folder.name, **{"X-Password": "s3cret-Adm1n!"})
        self.assertEqual(status, 200)
        self.assertGreater(answer["blocks"], 0)

    def test_unknown_path(self):
        self.assertEqual(self.get("/elsewhere")[0], 404)


if __name__ == "__main__":
    unittest.main()
