#!/usr/bin/python3
"""tools/root-disk: what it makes, and that it keeps what it finds; and how disks travel to dom0."""

import io
import os
import subprocess
import tempfile
import unittest
from pathlib import Path

from common import TOP, run

from riglib import extents  # noqa: E402 (the path comes first)

TOOL = TOP / "tools" / "root-disk"


def debugfs(image, request):
    return subprocess.run(["/sbin/debugfs", "-R", request, str(image)], capture_output=True, text=True).stdout


class RootDiskTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.image = self.folder / "below" / "root.img"
        (self.folder / "a file").write_text("first\n")

    def make(self, *words):
        status, text = run(TOOL, "--image", self.image, *words)
        self.assertEqual(status, 0, text)
        self.check()
        return text

    def check(self):
        status, text = run("/sbin/e2fsck", "-fn", self.image)
        self.assertEqual(status, 0, text)

    def test_it_is_the_image_as_a_file_system(self):
        self.make("--size", "24", "--add", f"{self.folder}/a file:/data/sub/file")
        self.assertEqual(self.image.stat().st_size, 24 << 20)
        self.assertEqual(debugfs(self.image, "cat /data/sub/file"), "first\n")
        self.assertIn("root:x:0:0", debugfs(self.image, "cat /etc/passwd"))
        self.assertRegex(debugfs(self.image, "stat /bin/busybox"), r"Mode: +0755[\s\S]*User: +0 +Group: +0 ")
        self.assertIn('Fast link dest: "busybox"', debugfs(self.image, "stat /bin/ls"))

    def test_what_is_there_stays(self):
        self.make("--add", f"{self.folder}/a file:/data/kept")
        (self.folder / "a file").write_text("second\n")
        self.assertEqual(self.make(), "")
        self.make("--add", f"{self.folder}/a file:/data/more", "--command", 'echo "a  b"')
        self.make("--add", f"{self.folder}/a file:/data/more")
        self.assertEqual(debugfs(self.image, "cat /data/kept"), "first\n")
        self.assertEqual(debugfs(self.image, "cat /data/more"), "second\n")
        self.assertEqual(debugfs(self.image, "cat /run/cmd"), '#!/bin/sh -l\necho "a  b"\n')
        self.assertRegex(debugfs(self.image, "stat /run/cmd"), r"Mode: +0755")

    def test_it_grows_and_never_shrinks(self):
        self.make("--size", "24", "--add", f"{self.folder}/a file:/data/kept")
        self.make("--size", "40")
        self.assertEqual(self.image.stat().st_size, 40 << 20)
        self.assertIn("Block count:              10240", debugfs(self.image, "stats"))
        self.make("--size", "24")
        self.assertEqual(self.image.stat().st_size, 40 << 20)
        self.assertEqual(debugfs(self.image, "cat /data/kept"), "first\n")

    def test_no_file_system_is_not_touched(self):
        self.image.parent.mkdir()
        self.image.write_bytes(b"somebody's work" * 1000)
        status, text = run(TOOL, "--image", self.image, "--size", "24", "--command", "true")
        self.assertNotEqual(status, 0)
        self.assertIn("has no ext2, ext3 or ext4 file system", text)
        self.assertEqual(self.image.read_bytes(), b"somebody's work" * 1000)

    def test_what_does_not_fit_is_told(self):
        self.make("--size", "8")
        (self.folder / "a file").write_bytes(os.urandom(8 << 20))
        status, text = run(TOOL, "--image", self.image, "--add", f"{self.folder}/a file:/data/large")
        self.assertNotEqual(status, 0)
        self.assertIn("does not fit", text)


class ExtentsTest(unittest.TestCase):
    """Both sides: ours in Python, dom0's in Perl."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.source, self.copy = Path(folder.name, "source"), Path(folder.name, "copy")
        with open(self.source, "wb") as file:
            file.truncate(100 << 20)
            file.write(os.urandom(3 << 20))
            file.seek(50 << 20)
            file.write(os.urandom(5000))

    def perl(self, word, path, data=b""):
        return subprocess.run(["perl", TOP / "tools/rig/dom0/extents", word, path], input=data, check=True,
                              capture_output=True).stdout

    def compare(self):
        self.assertEqual(self.copy.read_bytes(), self.source.read_bytes())
        self.assertLess(self.copy.stat().st_blocks * 512, 10 << 20)

    def test_both_ways(self):
        stream = io.BytesIO()
        extents.get(self.source, stream)
        self.perl("put", self.copy, stream.getvalue())
        self.compare()
        stream = self.perl("get", self.source)
        self.copy.unlink()
        extents.put(self.copy, io.BytesIO(stream))
        self.compare()

    def test_half_a_stream_is_no_file(self):
        stream = io.BytesIO()
        extents.get(self.source, stream)
        for cut in (4, 5000, len(stream.getvalue()) - 16):
            with self.assertRaises(EOFError):
                extents.put(self.copy, io.BytesIO(stream.getvalue()[:cut]))
            with self.assertRaises(subprocess.CalledProcessError):
                self.perl("put", self.copy, stream.getvalue()[:cut])


if __name__ == "__main__":
    unittest.main(verbosity=2)
