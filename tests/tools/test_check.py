#!/usr/bin/python3
"""tools/check finds what it is for: each part is fed a small tree with that fault."""

import tempfile
import unittest
from pathlib import Path

from common import TOP, load, run

check = load("tools/check")


class Tree(unittest.TestCase):
    """A tree of its own instead of ours."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.top = Path(folder.name)
        self.addCleanup(setattr, check, "TOP", TOP)
        check.TOP = self.top

    def write(self, path, text):
        (self.top / path).parent.mkdir(parents=True, exist_ok=True)
        (self.top / path).write_text(text)

    def expect(self, part, *words):
        found = check.run_part(part)
        if not words:
            self.assertIsNone(found)
        for word in words:
            self.assertIn(word, found or "")

    def test_includes(self):
        self.write("kernel/a.c", "#include <kernel/list.h>\n#include <stddef.h>\n#include <arch/mmu.h>\n")
        self.write("drivers/xen/b.c", "#include <xen/xen.h>\n")
        self.expect("includes")
        self.write("kernel/c.c", "\n# include <xen/xen.h>\n")
        self.write("kernel/d.h", "#include <port/pt.h>\n")
        self.write("drivers/front/e.c", "#include <xen/io/ring.h>\n#include <xen/memory.h>\n")
        self.write("arch/x86/f.S", "#include <xen/xen.h>\n")
        self.write("tests/contract/g.c", "#include <x86/pte.h>\n")
        self.write("user/init/h.c", "#include <stdio.h>\n#include <linux/fcntl.h>\n#include <kernel/list.h>\n")
        self.expect("includes", "kernel/c.c:2: may not include <xen/xen.h>", "kernel/d.h:1",
                    "drivers/front/e.c:2", "arch/x86/f.S:1", "tests/contract/g.c:1",
                    "user/init/h.c:3")

    def test_tidy(self):
        """What it found is found again; what was right is asked about again when something of it changed."""
        self.addCleanup(setattr, check, "build", check.build)
        self.addCleanup(setattr, check, "run", check.run)
        check.build = lambda compiler: None
        asked, really_run = [], check.run
        check.run = lambda *args, **options: (asked.append(args[-1]), really_run(*args, **options))[1]
        b = check.build_dir("clang", "pv64")
        self.write(".clang-tidy", "Checks: 'readability-braces-around-statements'\nWarningsAsErrors: '*'\n")
        self.write("a.h", "#define ONE 1\n")
        self.write("a.c", '#include "a.h"\nint f(int a)\n{\n\tif (a)\n\t\treturn ONE;\n\treturn 0;\n}\n')
        self.write(f"{b}/a.c.o", "")
        self.write(f"{b}/a.c.d", f"{b}/a.c.o: a.c \\\n a.h\n\na.h:\n")
        self.write(f"{b}/flags", "clang\n")
        self.write(f"{b}/compile_commands.json", '[{"directory": "%s", "file": "a.c", "command": "clang -c a.c"}]' % self.top)
        for _ in range(2):
            self.expect("tidy", "a.c:4", "readability-braces")
        self.write("a.c", '#include "a.h"\nint f(int a)\n{\n\treturn a ? ONE : 0;\n}\n')
        self.expect("tidy")
        for path, text in (("a.h", "#define ONE 2\n"), (f"{b}/flags", "clang -O2\n"), (f"{b}/a.c.o", "")):
            asked.clear()
            self.write(path, text)
            self.expect("tidy")
            self.expect("tidy")
            self.assertEqual(asked, ["a.c"] if not path.endswith(".o") else [])

    def test_conditionals(self):
        self.write("kernel/a.h", "#ifndef KERNEL_A_H\n#define KERNEL_A_H\n#endif\n")
        self.write("arch/x86/b.c", "#if 1\n#endif\n")
        self.expect("conditionals")
        self.write("kernel/c.c", "#ifdef CONFIG_XEN\n#endif\n")
        self.write("kernel/d.h", "#ifndef KERNEL_D_H\n#define KERNEL_D_H\n  # if X\n#endif\n#endif\n")
        self.expect("conditionals", "kernel/c.c:1", "kernel/d.h:3")

    def test_weaknesses(self):
        self.write("kernel/a.c", "/* mastodon */\n")
        self.expect("weaknesses")
        self.write("kernel/a.c", "/* TO" "DO: later */\n")
        self.write("tools/b.py", "# FIX" "ME\n")
        self.expect("weaknesses", "kernel/a.c:1", "tools/b.py:1")

    def test_scripts(self):
        self.write("tools/good", "#!/bin/sh\necho\n")
        self.write("tools/good.py", "pass\n")
        self.expect("scripts")
        self.write("tools/bad", "#!/usr/bin/python3\ndef f(:\n")
        self.write("tests/bad.sh", "if true\n")
        self.expect("scripts", "tools/bad:2", "bad.sh")

    def test_format(self):
        self.write(".clang-format", (TOP / ".clang-format").read_text())
        self.write("kernel/a.c", "int f(void)\n{\n\treturn 0;\n}\n")
        self.expect("format")
        self.write("kernel/a.c", "int f( void ) {\n    return 0; }\n")
        self.expect("format", "kernel/a.c:1")


class Symbols(unittest.TestCase):
    def test_contract(self):
        names = check.contract_symbols("pv64")
        for name in ("clock_now", "mmu_map", "mmu_create", "boot_info", "vmap", "port_thread_switch", "mmu_kernel",
                     "port_machine_end", "text_start", "ksyms_base", "memory_probe_read"):
            self.assertIn(name, names)
        for name in ("batch_flush", "xen_sched_op", "pt_set", "kfree", "if", "while", "volatile", "__aligned"):
            self.assertNotIn(name, names)


class CommandLine(unittest.TestCase):
    def test_unknown_part(self):
        status, text = run("tools/check", "nonsense")
        self.assertNotEqual(status, 0)
        self.assertIn('no part nonsense', text)

    def test_each_part_is_described(self):
        status, text = run("tools/check", "--list")
        self.assertEqual(status, 0)
        self.assertTrue(all(len(line.split()) > 3 for line in text.splitlines()))


if __name__ == "__main__":
    unittest.main()
