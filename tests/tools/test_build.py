#!/usr/bin/python3
"""The Makefile: what is made again when, in a copy of what the build needs, and its messages."""

import os
import re
import shutil
import tempfile
import unittest
from pathlib import Path

from common import TOP, run

MAIN = "void kernel_main(void);\nvoid kernel_main(void)\n{\n\tfor (;;) {\n\t}\n}\n"
ENTRY = '\t.section .text.entry, "ax"\n\t.globl entry\nentry:\n\tjmp kernel_main\n'


class Build(unittest.TestCase):
    """A kernel of two files, so that a build takes a moment only."""

    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.top = Path(cls.folder.name)
        for name in ("Makefile", "Kconfig"):
            shutil.copy(TOP / name, cls.top)
        for name in ("tools", "abi", "kernel/include", "arch/include", "arch/x86/include", "arch/x86/64/include", "arch/pv-x86/include", "arch/pv-x86/64/include"):
            shutil.copytree(TOP / name, cls.top / name, ignore=shutil.ignore_patterns("rig", "__pycache__"))
        shutil.copy(TOP / "arch/x86/kernel.lds", cls.top / "arch/x86")
        cls.write("kernel/core/main.c", MAIN)
        cls.write("arch/pv-x86/entry.S", ENTRY)

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    @classmethod
    def write(cls, path, text):
        (cls.top / path).parent.mkdir(parents=True, exist_ok=True)
        (cls.top / path).write_text(text)

    def make(self, *args):
        """What it said, by first words, as "CC kernel/core/main.c"."""
        status, text = run("make", *args, cwd=self.top)
        self.assertEqual(status, 0, text)
        return {" ".join(line.split()) for line in text.splitlines()}

    def test_1_all_then_nothing(self):
        said = self.make()
        self.assertIn("CC kernel/core/main.c", said)
        self.assertIn("CHECK abi/xen/check.c -m32", said)
        self.assertTrue((self.top / "build/pv64/paravane").exists())
        self.assertEqual(self.make(), set())

    def test_2_other_flags_or_compiler_compile_all(self):
        self.make()
        self.assertIn("CC kernel/core/main.c", self.make("EXTRA_CFLAGS=-DX"))
        self.assertEqual(self.make("EXTRA_CFLAGS=-DX"), set())
        self.assertIn("CC kernel/core/main.c", self.make("CC=clang"))
        self.assertIn("CC kernel/core/main.c", self.make())
        self.assertEqual(self.make(), set())

    def test_3_new_and_removed_files(self):
        self.make()
        self.write("kernel/core/more.c", "int more;\n")
        self.assertIn("LD build/pv64/paravane", self.make())
        (self.top / "kernel/core/more.c").unlink()
        self.assertIn("LD build/pv64/paravane", self.make())
        self.assertEqual(self.make(), set())

    def test_4_configuration_compiles_all(self):
        self.make()
        status, text = run("tools/config.py", "set", "--env", "pv64", "--config", "build/pv64/.config",
                           "NR_CPUS=2", cwd=self.top)
        self.assertEqual(status, 0, text)
        self.assertIn("CC kernel/core/main.c", self.make())
        self.assertIn("-DCONFIG_NR_CPUS=2", (self.top / "build/pv64/flags").read_text())
        self.assertEqual(self.make(), set())

    def test_4_what_an_option_does_not_touch_comes_from_the_cache(self):
        self.make()
        (self.top / "build/other").mkdir(parents=True, exist_ok=True)
        (self.top / "build/other/.config").write_text("CONFIG_NR_CPUS=3\n")
        before = self.cache_hits()
        self.assertIn("CC kernel/core/main.c", self.make("B=build/other"))
        self.assertGreater(self.cache_hits(), before)

    def cache_hits(self):
        cache = os.environ.get("CCACHE_DIR", self.top / "build/ccache")
        status, text = run("ccache", "--print-stats", env={**os.environ, "CCACHE_DIR": str(cache)})
        self.assertEqual(status, 0, text)
        return sum(map(int, re.findall(r"^(?:direct|preprocessed)_cache_hit\s+(\d+)", text, re.MULTILINE)))

    def test_5_commands_for_editors(self):
        self.make()
        text = (self.top / "compile_commands.json").read_text()
        self.assertIn('"file": "kernel/core/main.c"', text)
        self.assertIn("-Iarch/pv-x86/include", text)

    def test_6_a_failed_step_leaves_nothing(self):
        self.make()
        self.write("kernel/core/main.c", "nonsense\n")
        try:
            self.assertNotEqual(run("make", cwd=self.top)[0], 0)
            self.assertNotEqual(run("make", cwd=self.top)[0], 0)
        finally:
            self.write("kernel/core/main.c", MAIN)
        self.make()


class Messages(unittest.TestCase):
    def test_no_such_environment(self):
        status, text = run("make", "ENV=vax")
        self.assertNotEqual(status, 0)
        self.assertIn('no environment "vax"', text)

    def test_help_names_each_goal(self):
        status, text = run("make", "help")
        self.assertEqual(status, 0)
        phony = re.search(r"^\.PHONY: ((?:.*\\\n)*.*)", (TOP / "Makefile").read_text(), re.M)[1]
        for goal in phony.replace("\\\n", " ").split():
            if not goal.startswith("deps-") and goal not in ("all", "help", "FORCE"):
                self.assertIn(f"make {goal}", text)


class Packages(unittest.TestCase):
    """tools/deps with a dpkg-query, an apt-get and an id of ours."""

    def deps(self, installed, uid, apt_works=True):
        with tempfile.TemporaryDirectory() as folder:
            def program(name, body):
                path = Path(folder) / name
                path.write_text("#!/bin/sh\n" + body)
                path.chmod(0o755)
            lines = "".join(f"install ok installed {name}\\n" for name in installed)
            program("dpkg-query", f"printf '{lines}'\n")
            program("id", f"echo {uid}\n")
            program("apt-get", f'echo "apt-get $*" >>{folder}/log\n' + ("exit 0\n" if apt_works else "exit 1\n"))
            status, text = run(TOP / "tools/deps", "build", env={"PATH": f"{folder}:/usr/bin:/bin"})
            log = Path(folder) / "log"
            return status, text, log.read_text() if log.exists() else ""

    ALL = ["ccache", "gcc", "gcc-multilib", "binutils", "make", "libxen-dev", "dpkg-dev", "python3-kconfiglib"]

    def test_nothing_missing(self):
        self.assertEqual(self.deps(self.ALL, 1000), (0, "", ""))

    def test_user_is_told_the_command(self):
        status, text, log = self.deps(self.ALL[:-1], 1000)
        self.assertEqual((status, log), (1, ""))
        self.assertIn("sudo apt-get install --no-install-recommends python3-kconfiglib", text)

    def test_root_installs_what_is_missing_only(self):
        status, text, log = self.deps(self.ALL[:-1], 0)
        self.assertEqual(status, 0)
        self.assertEqual(log.count("apt-get"), 1)
        self.assertTrue(log.strip().endswith(" python3-kconfiglib"))

    def test_fresh_machine_updates_its_lists(self):
        status, text, log = self.deps([], 0, apt_works=False)
        self.assertEqual(status, 1)
        self.assertIn("apt-get update", log)
        self.assertIn("could not install", text)


if __name__ == "__main__":
    unittest.main()
