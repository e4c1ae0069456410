#!/usr/bin/python3
"""abi/linux is what Linux says; abi/xen/check.c refuses a wrong line at either width; the makers of the reference pages too."""

import re
import shutil
import subprocess
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


class SyscallNumbers(unittest.TestCase):
    """abi/linux/ against what the machine's own Linux headers say."""
    # A name of i386's table: those that the same number may have in Linux's, the first that is there counts.
    WIDEST = ("{}32", "{}64", "u{}", "_new{}", "{}_64", "{}")

    def calls(self, interface):
        """{number: name}"""
        folder, index = TOP / "abi/linux", ("x86_64", "i386").index(interface)
        text = "".join((folder / name).read_text() for name in ("syscall.def", f"{interface}/abi/syscall.def"))
        found = [(entry.group(1 + index), entry[3])
                 for entry in re.finditer(r"^SC(?:\d|_NONE)\(([\d-]+), ([\d-]+), (\w+)", text, re.MULTILINE)]
        numbers = [int(number) for number, _ in found if number != "-"]
        self.assertEqual(len(numbers), len(set(numbers)), "a number twice")
        return {int(number): name for number, name in found if number != "-"}

    @staticmethod
    def linux(bits):
        text = subprocess.run(["gcc", "-E", "-dM", "-"], input=f"#include <asm/unistd_{bits}.h>\n", text=True,
                              stdout=subprocess.PIPE, check=True).stdout
        return {int(number): name for name, number in re.findall(r"^#define __NR_(\w+) (\d+)$", text, re.MULTILINE)}

    def test_x86_64(self):
        self.assertEqual(self.calls("x86_64"), self.linux(64))

    def test_i386(self):
        linux, calls = self.linux(32), self.calls("i386")
        names = set(linux.values())
        self.assertEqual(set(calls), set(linux))
        for number, name in calls.items():
            if name == "newfstatat":
                expected = "fstatat64"
            elif name.endswith("_old"):
                expected = name.removesuffix("_old")
            elif f"{name}_old" in calls.values():
                expected = next(f.format(name) for f in self.WIDEST if f.format(name) in names)
            else:
                expected = name
            self.assertEqual(linux[number], expected)


class StructureLayouts(unittest.TestCase):
    """abi/linux/layout.def: our structures and those of the machine's own Linux headers."""
    OPTIONS = {"x86_64": "-m64", "i386": "-m32"}

    @staticmethod
    def lines(interface):
        """[(header, structure, [member]) of ours, the same of Linux's]"""
        for line in (TOP / "abi/linux/layout.def").read_text().splitlines():
            found = re.match(r"LAYOUT\((\w+), (\S+), ([^,]+), (\S+), ([^,{]+(?:\{.*\})?), (.*)\)$", line)
            if found and found[1] in ("both", interface):
                members = [word.split(" = ") for word in found[6].split(", ")]
                yield ((found[2], found[3], [m[0] for m in members]), (found[4], found[5], [m[1] for m in members]))

    @staticmethod
    def numbers(folder, structures, options):
        """The size of each and its members' offsets; each header is compiled by itself."""
        found = {}
        for header in sorted({header for header, _, _ in structures}):
            mine = [(name, members) for one, name, members in structures if one == header]
            types = "".join(f"typedef {name} s{i};\n" for i, (name, _) in enumerate(mine))
            values = [value for i, (_, members) in enumerate(mine)
                      for value in (f"sizeof(s{i})", *(f"__builtin_offsetof(s{i}, {m})" for m in members))]
            source, table = Path(folder) / "layout.c", Path(folder) / "layout.bin"
            source.write_text(f"#include <{header}>\n{types}"
                              f"const unsigned table[] __attribute__((section(\"numbers\"))) = {{ {', '.join(values)} }};\n")
            for words in (["gcc", "-c", *options, "-o", f"{folder}/layout.o", str(source)],
                          ["objcopy", "-O", "binary", "-j", "numbers", f"{folder}/layout.o", str(table)]):
                made = subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
                if made.returncode:
                    raise AssertionError(f"{header}: {made.stdout}")
            told = iter(memoryview(table.read_bytes()).cast("I").tolist())
            for name, members in mine:
                found[header, name] = [next(told) for _ in range(1 + len(members))]
        return [found[header, name] for header, name, _ in structures]

    def compare(self, interface):
        pairs = list(self.lines(interface))
        self.assertGreater(len(pairs), 20)
        width = self.OPTIONS[interface]
        include = run("gcc", "-print-file-name=include")[1].strip()
        ours = [width, "-std=gnu11", "-ffreestanding", "-nostdinc", "-isystem", include, f"-I{TOP}/abi",
                f"-I{TOP}/abi/linux/{interface}"]
        with tempfile.TemporaryDirectory() as folder:
            mine = self.numbers(folder, [pair[0] for pair in pairs], ours)
            linux = self.numbers(folder, [pair[1] for pair in pairs], [width, "-D__KERNEL_STRICT_NAMES"])
        for (structure, _), here, there in zip(pairs, mine, linux):
            self.assertEqual(here, there, structure[1])

    def test_x86_64(self):
        self.compare("x86_64")

    def test_i386(self):
        self.compare("i386")


class SyscallPage(unittest.TestCase):
    TABLE = "/* files (kernel/sys/file.c) */\nSC2(7, 8, thing, fd, fd, len, count)\n\n/* others */\nSC_NONE(9, -, other)\n"

    def test_page(self):
        made = syscall_doc.page(self.TABLE)
        self.assertIn("## Files (kernel/sys/file.c)\n", made)
        self.assertIn("| 7 | 8 | `thing(fd, bytes count)` |\n", made)
        self.assertIn("`other`.\n", made)
        self.assertIn("has 2 system calls for x86-64, of which 1 are\nimplemented, and 1 for i386", made)
        self.assertNotIn("## Others", made)

    def test_wrong_lines(self):
        for line in ("SC2(7, 8, x, int, a)", "SC1(7, 8, x, word, a)", "SC1(7, x, int, a)", "SCx(7, 8, x)", "SC_NONE(x, 7)"):
            with self.assertRaises(SystemExit, msg=line):
                syscall_doc.page("/* files */\n" + line + "\n")


if __name__ == "__main__":
    unittest.main()
