#!/usr/bin/python3
"""tools/config.py: Kconfig's options as a header, as a makefile, set and refused."""

import tempfile
import unittest
from pathlib import Path

from common import run


class Config(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.saved = Path(folder.name) / ".config"
        self.out = Path(folder.name) / "out"

    def config(self, action, *more, env="pv64"):
        return run("tools/config.py", action, "--env", env, "--config", self.saved, *more)

    def made(self, action, env="pv64"):
        status, text = self.config(action, "--out", self.out, env=env)
        self.assertEqual(status, 0, text)
        return self.out.read_text()

    def test_defaults_in_c(self):
        header = self.made("header")
        self.assertIn("#define CONFIG_ENV_PV64 1\n", header)
        self.assertIn("#define CONFIG_ENV_PVH64 0\n", header)
        self.assertIn("#define CONFIG_XEN 1\n", header)
        self.assertIn("#define CONFIG_HYPERCALL_PAGE 0\n", header)
        self.assertIn("#define CONFIG_NR_CPUS 8\n", header)

    def test_environment_decides(self):
        self.assertIn("#define CONFIG_XEN 0\n", self.made("header", "native64"))
        made = self.made("make", "native64")
        self.assertIn("CONFIG_ENV_NATIVE64 := y\n", made)
        self.assertRegex(made, r"config-cppflags := .*-DCONFIG_XEN=0 .*-DCONFIG_NR_CPUS=8 ")

    def test_saved_options_count(self):
        self.assertEqual(self.config("set", "HYPERCALL_PAGE=y", "NR_CPUS=4")[0], 0)
        header = self.made("header")
        self.assertIn("#define CONFIG_HYPERCALL_PAGE 1\n", header)
        self.assertIn("#define CONFIG_NR_CPUS 4\n", header)

    def test_environment_wins_over_the_file(self):
        self.assertEqual(self.config("set", "NR_CPUS=4", env="pvh64")[0], 0)
        self.assertIn("#define CONFIG_ENV_PV64 1\n", self.made("header"))

    def test_refusals(self):
        for pair, env, word in (("NO_SUCH=y", "pv64", "no option"), ("NR_CPUS=65", "pv64", "cannot be"),
                                ("HYPERCALL_PAGE=y", "native64", "cannot be"), ("KTEST=7", "pv64", "cannot be")):
            status, text = self.config("set", pair, env=env)
            self.assertNotEqual(status, 0, pair)
            self.assertIn(word, text)
            self.assertFalse(self.saved.exists(), pair)

    def test_no_such_environment(self):
        status, text = self.config("header", "--out", self.out, env="vax")
        self.assertNotEqual(status, 0)
        self.assertIn("no environment 'vax'", text)


if __name__ == "__main__":
    unittest.main()
