import contextlib
import io
import os
import tempfile
import unittest
import zipfile

import backup


class BackupTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = folder.name
        self.data = self.path("data")
        os.makedirs(os.path.join(self.data, "sub"))
        for name in ("one.txt", "sub/two.txt"):
            with open(os.path.join(self.data, name), "w") as f:
                f.write(name)

    def path(self, name):
        return os.path.join(self.root, name)

    def run_main(self, *arguments):
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = backup.main(list(arguments))
        return code, out.getvalue(), err.getvalue()

    def test_what_is_backed_up_is_restored(self):
        archive = backup.create(self.data, self.path("a.tar.gz"))
        names = backup.restore(archive, self.path("out"))
        self.assertEqual(names, ["data", "data/one.txt", "data/sub", "data/sub/two.txt"])
        with open(self.path("out/data/sub/two.txt")) as f:
            self.assertEqual(f.read(), "sub/two.txt")

    def test_zip_archives_are_restored(self):
        with zipfile.ZipFile(self.path("a.zip"), "w") as z:
            z.writestr("x/y.txt", "y")
        self.assertEqual(backup.restore(self.path("a.zip"), self.path("out")), ["x/y.txt"])

    def test_archive_can_be_read(self):
        archive = backup.create(self.data, self.path("a.tar.gz"))
        with open(archive, "rb") as f:
            self.assertEqual(f.read(2), b"\x1f\x8b")

    def test_checksum_follows_the_content(self):
        first = backup.checksum(os.path.join(self.data, "one.txt"))
        self.assertEqual(first, backup.checksum(os.path.join(self.data, "one.txt")))
        self.assertNotEqual(first, backup.checksum(os.path.join(self.data, "sub/two.txt")))

    def test_manifest_shows_damage(self):
        archive = backup.create(self.data, self.path("a.tar.gz"))
        backup.write_manifest(archive)
        self.assertTrue(backup.check_manifest(archive))
        with open(archive, "ab") as f:
            f.write(b"!")
        self.assertFalse(backup.check_manifest(archive))

    def test_hook_runs(self):
        backup.write_hook(self.root, ["echo stopping", "echo stopped"])
        self.assertEqual(backup.run_hook(self.root), "stopping\nstopped\n")

    def test_report_is_a_text_file(self):
        path = backup.report(["one", "two"])
        self.addCleanup(os.remove, path)
        self.assertTrue(path.endswith(".txt"))
        with open(path) as f:
            self.assertEqual(f.read(), "one\ntwo")

    def test_command_line(self):
        archive = self.path("a.tar.gz")
        self.assertEqual(self.run_main("create", self.data, archive)[0], 0)
        code, out, _ = self.run_main("restore", archive, self.path("out"))
        self.assertEqual((code, out), (0, "restored 4 entries\n"))

    def test_command_line_refuses_damaged_archives(self):
        archive = self.path("a.tar.gz")
        self.run_main("create", self.data, archive)
        with open(archive, "ab") as f:
            f.write(b"!")
        self.assertEqual(self.run_main("restore", archive, self.path("out"))[0], 1)


if __name__ == "__main__":
    unittest.main()
