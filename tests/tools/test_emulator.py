#!/usr/bin/python3
"""Which QEMU is the quick one (riglib/emulator.py), with scripts for the installed one and for what Debian's packages hold."""

import contextlib
import io
import os
import tempfile
import unittest
from pathlib import Path
from unittest import mock

import common  # noqa: F401 (the path)
from riglib import emulator

OLD, NEW = "QEMU emulator version 7.2.22", "QEMU emulator version 10.0.2"


class Emulator(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.here = Path(folder.name)
        self.packages = self.here / "packages"
        patches = [mock.patch.multiple(emulator, TOP=self.here, UNPACKED=self.packages, MISSING=self.packages / "qemu.missing"),
                   mock.patch.dict(os.environ, PATH=f"{self.here / 'bin'}:{os.environ['PATH']}")]
        for patch in patches:
            patch.start()
            self.addCleanup(patch.stop)
        self.addCleanup(emulator.version.cache_clear)
        self.addCleanup(emulator.quick.cache_clear)
        self.binary = self.packages / "qemu-system-x86:backports/usr/bin" / emulator.INSTALLED
        self.program(self.here / "bin" / emulator.INSTALLED, f"echo {OLD}")

    @staticmethod
    def program(path, text):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"#!/bin/sh\n{text}\n")
        path.chmod(0o755)

    def fetching(self, text):
        """debian-source does this, and leaves a mark."""
        self.program(self.here / "tools/debian-source", f"echo $* >>{self.here}/asked\n{text}")

    def unpacks(self, said):
        """What unpacks packages whose QEMU does this."""
        self.program(self.here / "new", said)
        folders = " ".join(f'"{self.packages}/{name}:backports"' for name in emulator.PACKAGES)
        return f'mkdir -p {folders} "{self.binary.parent}"\ncp -p {self.here}/new "{self.binary}"'

    def quick(self):
        """In a process of its own, as it were."""
        emulator.version.cache_clear()
        emulator.quick.cache_clear()
        with contextlib.redirect_stderr(io.StringIO()) as said:
            return emulator.quick(), said.getvalue()

    def times_asked(self):
        asked = self.here / "asked"
        return len(asked.read_text().splitlines()) if asked.exists() else 0

    def test_a_new_one_is_fetched_once(self):
        self.fetching(self.unpacks(f"echo {NEW}"))
        words, said = self.quick()
        self.assertEqual((words[0], words[1], said), (str(self.binary), "-L", ""))
        self.assertEqual(self.quick()[0], words)
        self.assertEqual((self.here / "asked").read_text(), f"--backports {' '.join(emulator.PACKAGES)}\n")

    def test_a_new_one_that_is_installed_will_do(self):
        self.program(self.here / "bin" / emulator.INSTALLED, f"echo {NEW}")
        self.fetching("exit 1")
        self.assertEqual((self.quick(), self.times_asked()), (([emulator.INSTALLED], ""), 0))

    def test_without_one_it_is_the_installed_one_and_that_is_said_once_a_day(self):
        self.fetching("echo no network >&2; exit 1")
        words, said = self.quick()
        self.assertEqual(words, [emulator.INSTALLED])
        self.assertIn("no newer QEMU", said)
        self.assertIn("no network", emulator.MISSING.read_text())
        self.assertEqual((self.quick(), self.times_asked()), (([emulator.INSTALLED], ""), 1))
        yesterday = emulator.MISSING.stat().st_mtime - emulator.ASK_AGAIN_SECONDS - 1
        os.utime(emulator.MISSING, (yesterday, yesterday))
        self.fetching(self.unpacks(f"echo {NEW}"))
        self.assertEqual(self.quick()[0][0], str(self.binary))

    def test_one_that_does_not_run_here_is_none(self):
        self.fetching(self.unpacks("echo libbpf.so.1: cannot open >&2; exit 127"))
        self.assertEqual(self.quick()[0], [emulator.INSTALLED])

    def test_an_old_one_of_the_backports_is_none(self):
        self.fetching(self.unpacks(f"echo {OLD}"))
        self.assertEqual(self.quick()[0], [emulator.INSTALLED])


if __name__ == "__main__":
    unittest.main()
