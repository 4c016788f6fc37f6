import io
import os
import tempfile
import unittest

import server


class FileboxTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        server.app.config["UPLOAD_FOLDER"] = folder.name
        self.client = server.app.test_client()

    def upload(self, name, content=b"hello", user="ada"):
        data = {"file": (io.BytesIO(content), name)}
        return self.client.post(f"/files/{user}", data=data, content_type="multipart/form-data")

    def test_upload_stores_the_file(self):
        answer = self.upload("report.txt", b"figures")
        self.assertEqual((answer.status_code, answer.get_json()["name"]), (201, "report.txt"))
        with open(os.path.join(self.folder, "ada", "report.txt"), "rb") as f:
            self.assertEqual(f.read(), b"figures")

    def test_the_tag_follows_the_content(self):
        tags = [self.upload("a.txt", content).get_json()["etag"] for content in (b"one", b"two", b"one")]
        self.assertEqual(tags[0], tags[2])
        self.assertNotEqual(tags[0], tags[1])

    def test_uploads_of_several_types(self):
        for name in ("photo.jpg", "plan.pdf", "table.csv", "picture.png"):
            self.assertEqual(self.upload(name).status_code, 201, name)

    def test_upload_without_a_file(self):
        self.assertEqual(self.client.post("/files/ada", data={}).status_code, 400)

    def test_listing_is_sorted(self):
        self.upload("b.txt")
        self.upload("a.txt")
        self.assertEqual(self.client.get("/files/ada").get_json(), ["a.txt", "b.txt"])

    def test_download_of_an_uploaded_file(self):
        self.upload("report.txt", b"figures")
        answer = self.client.get("/download?user=ada&file=report.txt")
        self.addCleanup(answer.close)
        self.assertEqual((answer.status_code, answer.data), (200, b"figures"))
        self.assertIn("report.txt", answer.headers["Content-Disposition"])

    def test_download_of_what_is_not_there(self):
        self.assertEqual(self.client.get("/download?user=ada&file=none.txt").status_code, 404)
        self.assertEqual(self.client.get("/download").status_code, 400)

    def test_preview_shows_the_first_lines(self):
        self.upload("log.txt", "\n".join(f"line {i}" for i in range(20)).encode())
        page = self.client.get("/preview/ada/log.txt").get_data(as_text=True)
        self.assertIn("<h2>log.txt</h2>", page)
        self.assertIn("line 9", page)
        self.assertNotIn("line 10", page)

    def test_preview_in_a_sub_folder(self):
        os.makedirs(os.path.join(self.folder, "ada", "2024"))
        with open(os.path.join(self.folder, "ada", "2024", "may.txt"), "w") as f:
            f.write("May")
        page = self.client.get("/preview/ada/2024/may.txt")
        self.assertEqual(page.status_code, 200)
        self.assertIn("<pre>May</pre>", page.get_data(as_text=True))

    def test_delete(self):
        self.upload("old.txt")
        self.assertEqual(self.client.delete("/files/ada/old.txt").status_code, 204)
        self.assertEqual(self.client.delete("/files/ada/old.txt").status_code, 404)


if __name__ == "__main__":
    unittest.main()
