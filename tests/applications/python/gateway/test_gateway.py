import json
import threading
import unittest
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import gateway


class Stock(BaseHTTPRequestHandler):
    def do_GET(self):
        body = json.dumps({"path": self.path, "items": 3}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_arguments):
        pass


class GatewayTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = ThreadingHTTPServer(("127.0.0.1", 0), Stock)
        threading.Thread(target=cls.server.serve_forever, daemon=True).start()
        gateway.app.config["SERVICES"] = {
            "stock": f"http://127.0.0.1:{cls.server.server_port}",
            "closed": "http://127.0.0.1:9",
        }

    @classmethod
    def tearDownClass(cls):
        cls.server.shutdown()
        cls.server.server_close()

    def setUp(self):
        gateway.db.execute("DELETE FROM audit")
        self.client = gateway.app.test_client()

    def headers(self, user="ada", role="reader"):
        return {"Authorization": "Bearer " + gateway.make_token(user, role)}

    def export(self, query=""):
        answer = self.client.get("/audit.csv" + query, headers=self.headers("eve", "auditor"))
        return answer.get_data(as_text=True).split()

    def test_token_for_the_password(self):
        answer = self.client.post("/token", json={"user": "ada", "password": "gw-Pa55word"})
        self.assertEqual(answer.status_code, 200)
        header = {"Authorization": "Bearer " + answer.get_json()["token"]}
        self.assertEqual(self.client.get("/call/stock/items", headers=header).status_code, 200)

    def test_no_token_for_another_password(self):
        self.assertEqual(self.client.post("/token", json={"user": "ada", "password": "x"}).status_code, 403)

    def test_calls_need_a_token(self):
        self.assertEqual(self.client.get("/call/stock/items").status_code, 401)
        self.assertEqual(self.client.get("/call/stock/items", headers={"Authorization": "Bearer x.y.z"}).status_code, 401)

    def test_calls_are_passed_on(self):
        answer = self.client.get("/call/stock/items/7", headers=self.headers())
        self.assertEqual(answer.get_json(), {"path": "/items/7", "items": 3})

    def test_unknown_service(self):
        answer = self.client.get("/call/none/x", headers=self.headers())
        self.assertEqual((answer.status_code, answer.get_json()), (404, {"error": "there is no service none"}))

    def test_service_that_is_down(self):
        answer = self.client.get("/call/closed/x", headers=self.headers())
        self.assertEqual(answer.status_code, 502)
        self.assertEqual(answer.get_json()["error"], "the service does not answer")

    def test_audit_is_exported(self):
        self.client.get("/call/stock/x", headers=self.headers("ada"))
        self.client.get("/call/none/x", headers=self.headers("bob"))
        self.assertEqual(sorted(self.export()), ["ada,stock,200", "bob,none,404", "user,service,status"])

    def test_audit_is_filtered(self):
        self.client.get("/call/stock/x", headers=self.headers("ada"))
        self.client.get("/call/none/x", headers=self.headers("ada"))
        self.client.get("/call/none/x", headers=self.headers("bob"))
        self.assertEqual(self.export("?user=ada&status=404"), ["user,service,status", "ada,none,404"])
        self.assertEqual(self.export("?user=bob"), ["user,service,status", "bob,none,404"])
        self.assertEqual(self.export("?status=200"), ["user,service,status", "ada,stock,200"])

    def test_audit_is_for_auditors(self):
        self.assertEqual(self.client.get("/audit.csv", headers=self.headers("ada")).status_code, 403)


if __name__ == "__main__":
    unittest.main()
