#!/usr/bin/python3
"""tools/porting: a small tree is classified and counted right; what it does not know it refuses."""

import csv
import re
import tempfile
import textwrap
import unittest
from pathlib import Path

from common import TOP, load, run

study = load("tools/porting/study")
operations = load("tools/porting/operations.py")

# A kernel of some lines, and its port.
TREE = {
    "kernel/main.c": """\
        /* A comment
         * that names hv_share() in passing. */
        int main(void)
        {
        	hv_share(1);	/* a hypervisor only */

        	return 0;
        }
        """,
    "kernel/report.c": """\
        int a;
        #ifdef CONFIG_HV
        int b; // one
        /* none */
        #else
        int c;
        #endif
        #ifndef CONFIG_HV
        int d;
        #else
        int e;
        #endif
        """,
    "native/trap.c": "int trap(void)\n{\n\treturn native();\n}\n",
    "native/disk.c": "int disk;\nint disk_2;\n",
    "native/apic.c": "int apic;\n",
    "hv/trap.c": "/* new */\nint trap(void)\n{\n\treturn hypercall();\n}\nint more;\n",
    "hv/net.c": "int net;\n\n",
    "README": "words\n",
}
DESCRIPTION = """\
name = "Small"
baseline = "native"
[tree]
path = "tree"
[systems]
hv = "hv"
later = "not/there"
[[region]]
files = ["kernel/**"]
mention = 'hv_share'
in = ["hv"]
as = "independent"
subsystem = "sharing"
why = "nothing to share with on bare hardware"
[[region]]
files = ["kernel/*.c"]
guard = 'CONFIG_HV'
in = ["hv"]
as = "specific"
subsystem = "guarded"
why = "compiled for it only"
[[rule]]
files = ["README"]
in = []
subsystem = "words"
why = "no code"
[[rule]]
files = ["kernel/"]
in = "all"
subsystem = "kernel"
why = "shared"
[[rule]]
files = ["native/disk.c"]
in = ["native"]
as = "driver"
subsystem = "disk"
why = "a driver"
[[rule]]
files = ["native/"]
in = ["native"]
subsystem = "native"
why = "bare hardware"
[[rule]]
files = ["hv/net.*"]
in = ["hv"]
as = "net"
subsystem = "net"
why = "the network"
[[rule]]
files = ["hv/"]
in = ["hv"]
as = "specific"
subsystem = "traps"
replaces = "native/"
why = "traps"
[[rule]]
files = ["later/"]
in = ["later"]
as = "specific"
subsystem = "later"
why = "a system that is not there yet"
"""


class Small(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        for path, text in TREE.items():
            self.write(path, textwrap.dedent(text))
        self.describe(DESCRIPTION)

    def write(self, path, text):
        (self.folder / "tree" / path).parent.mkdir(parents=True, exist_ok=True)
        (self.folder / "tree" / path).write_text(text)

    def describe(self, text):
        (self.folder / "small.toml").write_text(text)

    def study(self):
        study.study([self.folder / "small.toml"], self.folder / "out")

    def rows(self, name):
        self.study()
        with open(self.folder / "out" / name, newline="") as file:
            return list(csv.DictReader(file))

    def expect_refused(self, *words):
        with self.assertRaises(study.Refused) as refusal:
            self.study()
        for word in words:
            self.assertIn(word, str(refusal.exception))

    def test_table(self):
        rows = {row["row"]: (row["physical"], row["code"]) for row in self.rows("table.csv")
                if row["system"] == "Small hv"}
        self.assertEqual(rows["independent"], ("1", "1"))
        self.assertEqual(rows["net"], ("2", "1"))
        self.assertEqual(rows["block"], ("0", "0"))
        # hv/trap.c; of kernel/report.c all but the baseline's branches.
        self.assertEqual(rows["specific"], ("15", "13"))
        self.assertEqual(rows["total"], ("18", "15"))
        # kernel/ without the regions, and native/ without the driver.
        self.assertEqual(rows["code base"], ("15", "12"))
        self.assertEqual(rows["left out"], ("5", "5"))
        self.assertEqual(rows["portion"], ("120.0000", "125.0000"))

    def test_subsystems(self):
        rows = {row["subsystem"]: row for row in self.rows("subsystems.csv")}
        traps = rows["traps"]
        self.assertEqual((traps["code"], traps["added"], traps["modified"], traps["kept"]), ("5", "1", "1", "3"))
        self.assertEqual((rows["guarded"]["added"], rows["guarded"]["modified"]), ("0", "8"))
        self.assertNotIn("later", rows)

    def test_every_line_once_and_why(self):
        rows = self.rows("files.csv")
        physical = sum(text.count("\n") for text in map(textwrap.dedent, TREE.values()))
        self.assertEqual(sum(int(row["physical"]) for row in rows), physical)
        self.assertTrue(all(row["why"] for row in rows))
        spans = [row["lines"] for row in rows if row["file"] == "kernel/report.c"]
        self.assertEqual(spans, ["2-5 7-8 10-12", ""])

    def test_report(self):
        self.study()
        page = (self.folder / "out/report.html").read_text()
        self.assertIn("1,363", page)
        self.assertIn("Published, not measured here", page)
        self.assertEqual(page.count("<svg"), 2)
        # Nothing is fetched: addresses are names of XML's only.
        self.assertNotRegex(re.sub(r'xmlns(:\w+)?="[^"]*"|rdf:\w+="[^"]*"', "", page), r'(src|href)="http')
        self.assertIn("table.csv", page)

    def test_unclassified(self):
        self.write("drivers/x.c", "int x;\n")
        self.expect_refused("says nothing of 1 file(s)", "drivers/x.c")

    def test_command_line(self):
        self.write("drivers/x.c", "int x;\n")
        status, text = run("tools/porting/study", "--out", self.folder, self.folder / "small.toml")
        self.assertEqual(status, 1)
        self.assertRegex(text, r"^study: small.toml says nothing of 1 file\(s\):\ndrivers/x.c\n$")

    def test_stale_rule(self):
        (self.folder / "tree/hv/net.c").unlink()
        self.expect_refused("nothing fits the rule: net")

    def test_stale_region(self):
        self.write("kernel/main.c", "int main;\n")
        self.expect_refused("nothing fits the rule: sharing")

    def test_unknown_language(self):
        self.write("kernel/table.zzz", "1 2 3\n")
        self.expect_refused("no language", "kernel/table.zzz")

    def test_bad_descriptions(self):
        for old, new, word in (('as = "net"', 'as = "nets"', "nets is none of"),
                               ('as = "net"\n', "", "has to say what it is"),
                               ('in = ["hv"]', 'in = ["vms"]', "no system vms"),
                               ('why = "a driver"', 'why = " "', "no reason"),
                               ('why = "a driver"', 'because = "x"', "nobody knows because"),
                               ("guard = 'CONFIG_HV'", "guard = 'X'\nmention = 'Y'", "one way"),
                               ('baseline = "native"\n', "", "baseline"),
                               ("guard = 'CONFIG_HV'", "guard = '('", "small.toml")):
            self.describe(DESCRIPTION.replace(old, new))
            self.expect_refused(word)


class Ours(unittest.TestCase):
    """The descriptions that are here."""

    def test_linux(self):
        """Its tree is too much for a test; that its rules can be read is not."""
        linux = study.Description(TOP / "tools/porting/linux-6.1.toml")
        self.assertEqual(linux.tree, {"package": "linux-source-6.1"})
        first = next(rule for rule in linux.rules if rule.fits("drivers/net/xen-netfront.c"))
        self.assertEqual(first.kind, "net")
        self.assertTrue(any(rule.fits("Documentation/any/file") for rule in linux.rules))

    def test_study(self):
        with tempfile.TemporaryDirectory() as out:
            text = study.study([TOP / "tools/porting/paravane.toml"], Path(out))
            with open(Path(out) / "files.csv", newline="") as file:
                rows = list(csv.DictReader(file))
        self.assertIn("Paravane pv32", text)    # not compared: what comes with its width is told apart
        for env in ("pv64", "pvh64"):
            self.assertIn(f"Paravane {env}", text)
            self.compare_with_build(env, rows)
        self.compare_with_build("native64", rows)

    def compare_with_build(self, env, rows):
        """What is linked for an environment is said to be in it, and of the folders that are an
        environment's nothing is said to be in it that is not linked."""
        said = {row["file"] for row in rows if env in row["systems"].split() and not row["lines"]}
        status, text = run("make", f"ENV={env}", f"build/{env}/compile_commands.json")
        self.assertEqual(status, 0, text)
        built = set(re.findall(r'"file": "([^"]+)"', (TOP / f"build/{env}/compile_commands.json").read_text()))
        built = {path for path in built if not path.startswith(("tests/", "tour/"))}
        self.assertEqual(built - said, set(), env)
        is_other = re.compile(r"arch/x86/vdso/|abi/xen/check.c")    # compiled, but not into the kernel
        self.assertEqual({p for p in said if p.endswith(".c") and not is_other.match(p)} - built, set(), env)


class Operations(unittest.TestCase):
    """The table of docs/porting.md."""

    def setUp(self):
        self.text = (TOP / operations.PAGE).read_text()

    def expect_wrong(self, old, new, word):
        self.assertIn(old, self.text)
        self.assertIn(word, "\n".join(operations.check(self.text.replace(old, new))))

    def test_table(self):
        self.assertEqual(operations.check(self.text), [], "tools/porting/operations.py --update writes lines")

    def test_what_is_wrong_is_found(self):
        self.expect_wrong("`arch/hw-x86/pt.c:pt_load` ", "`arch/hw-x86/pt.c:pt_unload` ", "has no function pt_unload")
        self.expect_wrong("`arch/hw-x86/pt.c:pt_load` ", "`arch/hw-x86/pt.c:pt_load` 9", "pt_load has ")
        self.expect_wrong("`arch/hw-x86/smp.c:smp_halt` ", "`arch/hw-x86/smp.c` ", "smp_halt does something")
        self.expect_wrong("`arch/hw-x86/vectors.S:user_return` ", "user_return ", "user_return does something")
        self.expect_wrong("| nothing: they are Xen's |", "| |", "a column says nothing")
        self.expect_wrong("| operation | native64 |", "| operation | native |", "there is no table")

    def test_update(self):
        stale = re.sub(r"(pt_load`) \d+", r"\1 999", self.text)
        self.assertNotEqual(stale, self.text)
        self.assertEqual(operations.updated(stale), self.text)


if __name__ == "__main__":
    unittest.main()
