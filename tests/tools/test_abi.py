#!/usr/bin/python3
"""abi/xen/check.c refuses a wrong line at either width; the makers of the reference pages too."""

import shutil
import tempfile
import unittest
from pathlib import Path

from common import TOP, load, run

doc = load("tools/hypercall-doc.py")
syscall_doc = load("tools/syscall-doc.py")


class Layout(unittest.TestCase):
    def compile(self, width, old="", new="", name="layout.def"):
        """check.c with one line of a table changed; (status, text)"""
        with tempfile.TemporaryDirectory() as folder:
            shutil.copytree(TOP / "abi/xen", folder, dirs_exist_ok=True)
            table = Path(folder) / name
            text = table.read_text()
            self.assertIn(old, text)
            table.write_text(text.replace(old, new))
            include = run("gcc", "-print-file-name=include")[1].strip()
            (Path(folder) / "include").mkdir()
            (Path(folder) / "include/xen").symlink_to("/usr/include/xen")
            return run("gcc", width, "-std=gnu11", "-ffreestanding", "-nostdinc", "-isystem", include,
                       f"-I{folder}/include", "-D__XEN_INTERFACE_VERSION__=0x00040e00",
                       "-fsyntax-only", f"{folder}/check.c")

    def test_as_it_is(self):
        for width in ("-m64", "-m32"):
            self.assertEqual(self.compile(width), (0, ""))

    def test_wrong_size(self):
        status, text = self.compile("-m64", "SIZE(mmuext_op, 24, 12)", "SIZE(mmuext_op, 32, 12)")
        self.assertNotEqual(status, 0)
        self.assertIn("size of struct mmuext_op", text)

    def test_wrong_offset_matters_at_its_width(self):
        change = ("LAYOUT(trap_info, address, 8, 4)", "LAYOUT(trap_info, address, 8, 8)")
        self.assertEqual(self.compile("-m64", *change)[0], 0)
        status, text = self.compile("-m32", *change)
        self.assertNotEqual(status, 0)
        self.assertIn("offset of address in struct trap_info", text)

    def test_wrong_number(self):
        status, text = self.compile("-m64", "HC2(29, sched_op", "HC2(30, sched_op", "hypercall.def")
        self.assertNotEqual(status, 0)
        self.assertIn("number of hypercall sched_op", text)


class Page(unittest.TestCase):
    def test_line(self):
        made = doc.page("HC2(7, thing_op, BOTH, int, op, void *, arg)\t/* Does it. */\n")
        self.assertIn("| 7 | `thing_op(int op, void *arg)` | PV, PVH | Does it. |\n", made)

    def test_wrong_lines(self):
        for line in ("HC2(7, x, BOTH, int, op) /* Too few. */", "HC1(7, x, ALL, int, a) /* Envs. */",
                     "HC0(7, x, PV)", "HC0(seven, x, PV) /* Number. */"):
            with self.assertRaises(SystemExit, msg=line):
                doc.page(line)


class SyscallPage(unittest.TestCase):
    TABLE = "/* files (kernel/sys/file.c) */\nSC2(7, thing, fd, fd, len, count)\n\n/* others */\nSC_NONE(9, other)\n"

    def test_page(self):
        made = syscall_doc.page(self.TABLE)
        self.assertIn("## Files (kernel/sys/file.c)\n", made)
        self.assertIn("| 7 | `thing(fd, bytes count)` |\n", made)
        self.assertIn("`other`.\n", made)
        self.assertIn("has 2 system calls for x86-64; 1 of them are implemented", made)
        self.assertNotIn("## Others", made)

    def test_wrong_lines(self):
        for line in ("SC2(7, x, int, a)", "SC1(7, x, long, a)", "SCx(7, x)", "SC_NONE(x, 7)"):
            with self.assertRaises(SystemExit, msg=line):
                syscall_doc.page("/* files */\n" + line + "\n")


if __name__ == "__main__":
    unittest.main()
