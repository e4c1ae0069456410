#!/usr/bin/python3
"""Which QEMU tests get (riglib/emulator.py), with scripts for what would fetch and build one."""

import contextlib
import io
import os
import tempfile
import unittest
from pathlib import Path
from unittest import mock

import common  # noqa: F401 (the path)
from riglib import emulator
from riglib.errors import RigError

CODE = "one\ntwo\nthree\n"
PATCH = "--- a/code\n+++ b/code\n@@ -1,3 +1,3 @@\n one\n-two\n+2\n three\n"


class Emulator(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.here = Path(folder.name)
        self.cache, self.changes, self.source = (self.here / name for name in ("cache", "changes", "source"))
        self.cache.mkdir()
        self.changes.mkdir()
        (self.changes / "new.c").write_text("new\n")
        (self.changes / "code.patch").write_text(PATCH)
        values = {"TOP": self.here, "CACHE": self.cache, "CHANGES": self.changes, "SOURCE": self.source,
                  "MISSING": self.cache / "qemu.missing", "NEW_FILES": {"new.c": "sub/new.c"}, "PATCHES": ["code.patch"]}
        for patch in (mock.patch.multiple(emulator, **values),
                      mock.patch.dict(os.environ, PATH=f"{self.here / 'bin'}:{os.environ['PATH']}")):
            patch.start()
            self.addCleanup(patch.stop)
        self.addCleanup(emulator.version.cache_clear)
        self.addCleanup(emulator.tagged.cache_clear)
        # A source whose build is a program of its files, and says that it is one of the same version as the installed one.
        self.program(self.here / "tools/debian-source", f"echo $* >>{self.here}/asked\nexec {self.here}/source-package")
        self.program(self.here / "bin" / emulator.INSTALLED, "echo QEMU 7")
        self.program(self.here / "bin/ninja", 'sed "s/^/echo /" ../source/code ../source/sub/new.c >$1\n'
                     'sed -i "1i #!/bin/sh\\necho QEMU 7" $1; chmod +x $1')
        self.there_is(CODE)

    @staticmethod
    def program(path, text):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"#!/bin/sh\n{text}\n")
        path.chmod(0o755)

    def there_is(self, code):
        """A source package with this text."""
        configure = f"{self.source}/configure"
        self.program(self.here / "source-package", f'mkdir -p {self.source}/sub; printf "{code}" >{self.source}/code\n'
                     f'echo old >{self.source}/sub/new.c; echo "#!/bin/sh" >{configure}; chmod +x {configure}')

    def tagged(self):
        """In a process of its own, as it were."""
        emulator.version.cache_clear()
        emulator.tagged.cache_clear()
        with contextlib.redirect_stderr(io.StringIO()) as said:
            return emulator.tagged(), said.getvalue()

    def times_asked(self):
        asked = self.here / "asked"
        return len(asked.read_text().splitlines()) if asked.exists() else 0

    def test_it_is_made_once_of_what_is_changed(self):
        words, said = self.tagged()
        program = Path(words[0])
        self.assertEqual((program.parent, words[1]), (emulator.folder(), "-L"))
        self.assertEqual(program.read_text().splitlines()[2:], ["echo one", "echo 2", "echo three", "echo new"])
        self.assertIn("building QEMU", said)
        self.assertEqual([path.name for path in program.parent.iterdir()], [emulator.INSTALLED])
        self.assertEqual((self.tagged(), self.times_asked()), ((words, ""), 1))

    def test_the_source_stays_as_it_is(self):
        self.tagged()
        self.assertEqual(((self.source / "code").read_text(), (self.source / "sub/new.c").read_text()), (CODE, "old\n"))

    def test_another_change_makes_another(self):
        before = self.tagged()[0]
        (self.changes / "new.c").write_text("newer\n")
        after = self.tagged()[0]
        self.assertIn("echo newer", Path(after[0]).read_text())
        self.assertNotEqual(emulator.name_of(before), emulator.name_of(after))
        self.assertNotEqual(emulator.name_of(after), emulator.name_of([emulator.INSTALLED]))

    def test_where_it_cannot_be_made_it_is_the_installed_one_and_that_is_said_once_a_day(self):
        self.there_is("another text\n")
        words, said = self.tagged()
        self.assertEqual(words, [emulator.INSTALLED])
        self.assertIn("could not be built", said)
        self.assertIn("patch failed", emulator.MISSING.read_text())
        self.assertEqual((self.tagged(), self.times_asked()), (([emulator.INSTALLED], ""), 1))
        yesterday = emulator.MISSING.stat().st_mtime - emulator.TRY_AGAIN_SECONDS - 1
        os.utime(emulator.MISSING, (yesterday, yesterday))
        self.there_is(CODE)
        self.assertEqual(Path(self.tagged()[0][0]).parent, emulator.folder())
        self.assertFalse(emulator.MISSING.exists())

    def test_what_is_missing_is_named(self):
        self.program(self.here / "bin/ninja", "echo no compiler; exit 3")
        self.tagged()
        self.assertRegex(emulator.MISSING.read_text(), r"ninja failed; tools/deps emulator .*\nno compiler")
        with self.assertRaisesRegex(RigError, "nothing-of-this-name: No such file"):
            emulator.run(["nothing-of-this-name"], self.here)

    def test_one_that_does_not_run_here_is_none(self):
        self.program(self.here / "bin/ninja", 'printf "#!/bin/sh\\nexit 127\\n" >$1; chmod +x $1')
        self.assertEqual(self.tagged()[0], [emulator.INSTALLED])


if __name__ == "__main__":
    unittest.main()
