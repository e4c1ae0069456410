#!/usr/bin/python3
"""tools/bench: the trace's format, the program's report, figures; and the program itself, here."""

import struct
import sys
import tempfile
import unittest
from pathlib import Path

from common import TOP, run

sys.path.insert(0, str(TOP / "tools" / "bench"))

import figures  # noqa: E402 (the path comes first)
import table  # noqa: E402
import transcript  # noqa: E402
import xentrace  # noqa: E402


def record(event, *words, time=None):
    header = event | len(words) << 28 | (1 << 31 if time is not None else 0)
    return struct.pack("<I", header) + (b"" if time is None else struct.pack("<Q", time)) \
        + struct.pack(f"<{len(words)}I", *words)


def running(domain, time):
    return record(0x00021101, domain << 16, 0, time=time)


REPORT = """bench: start 1000
bench: mark 1010 1020
bench: row nothing 1
bench: sample 2000 2001
bench: own iret 4 0
bench: row fork-exit 10
bench: sample 3000 5000
bench: sample 6000 9000
bench: sample 10000 14000
bench: overhead 100 600
bench: own iret 34 6
bench: clock 20000 10000
verdict: 0
"""


class TraceTest(unittest.TestCase):
    def test_calls_belong_to_the_domain_that_runs(self):
        data = record(0x0001f003, 0, 100) + running(7, 10) + record(0x0020100d, 23, time=20) \
            + record(0x0020200e, 1, time=21) + running(0, 30) + record(0x0020100d, 13, time=40) \
            + record(0x0001f003, 1, 100) + running(7, 5) + record(0x0020100d, 0x100001, time=16)
        trace = xentrace.Trace(data, 7)
        self.assertEqual(trace.first_run, 5)    # the CPUs' records come one CPU after the other
        self.assertEqual(trace.between(0, 100), {23: (1, 0), 1: (1, 1)})
        self.assertEqual(trace.between(17, 20), {23: (1, 0)})
        self.assertEqual(xentrace.Trace(data, 0).between(0, 100), {13: (1, 0)})

    def test_a_state_that_is_not_running_changes_nothing(self):
        data = record(0x0001f003, 0, 100) + running(7, 10) + record(0x00021021, 3 << 16, 0, time=11) \
            + record(0x0020100d, 23, time=20)
        self.assertEqual(xentrace.Trace(data, 7).between(0, 100), {23: (1, 0)})

    def test_marks_give_a_pvh_domains_origin(self):
        leaf = transcript.MARK_LEAF
        data = record(0x0001f003, 0, 100) + running(7, 10) + record(0x00081102, 0x72, 0, 0, time=13) \
            + record(0x0008200e, leaf, 0) + record(0x00081102, 0x72, 0, 0, time=15) + record(0x0008200e, leaf, 0) + record(0x00081102, 0x81, 0, 0, time=20) + record(0x00082012, 29)
        trace = xentrace.Trace(data, 7, leaf)
        self.assertEqual(trace.mark_times, [13, 15])
        trace.fit([(1010, 1020), (1015, 1016)])     # of the two records the first is late, by 3
        self.assertEqual(trace.shift, 1000)
        self.assertEqual(trace.between(1018, 1022), {29: (1, 0)})
        self.assertEqual(trace.exits_between(1013, 1020), {0x72: 2, 0x81: 1})
        self.assertEqual(trace.exits_between(1016, 1020), {0x81: 1})

    def test_a_multicall_that_xen_interrupts_is_one(self):
        calls = [record(0x0020100d, 13, 3, time=20), record(0x0020200e, 17, time=21),
                 record(0x0020100d, 13, 2, time=22), record(0x0020200e, 17, time=23), record(0x0020200e, 17, time=24),
                 record(0x0020100d, 13, 1, time=25), record(0x0020200e, 17, time=26)]
        data = record(0x0001f003, 0, 100) + running(7, 10) + b"".join(calls)
        self.assertEqual(xentrace.Trace(data, 7).between(0, 100), {13: (2, 0), 17: (0, 4)})

    def test_a_list_that_xen_interrupts_is_one(self):
        again = 1 << 31
        calls = [record(0x0020100d, 1, 64, time=20), record(0x0020100d, 1, 10 | again, time=21),
                 record(0x0020100d, 20, 5, 8, time=22), record(0x0020100d, 20, 5, 3, time=23),
                 record(0x0020100d, 20, 0, 1, time=24), record(0x0020100d, 13, 2, time=25),
                 record(0x0020200e, 1, 64, time=26)]
        calls += [record(0x0020100d, 13, 1, time=31), record(0x0020200e, 26, 8 | again, time=32)]
        elsewhere = record(0x0001f003, 1, 100) + running(7, 15) + record(0x0020100d, 13, 2, time=27) \
            + record(0x0020200e, 1, 9 | again, time=28) + record(0x0020200e, 26, 1, time=29)
        data = elsewhere + record(0x0001f003, 0, 100) + running(7, 10) + b"".join(calls)
        self.assertEqual(xentrace.Trace(data, 7).between(0, 100), {1: (1, 1), 20: (2, 0), 13: (1, 0), 26: (0, 1)})

    def test_lost_records_are_an_error(self):
        with self.assertRaises(xentrace.LostRecords):
            xentrace.Trace(record(0x0001f001, 1, 2, 3), 7)


class ReportTest(unittest.TestCase):
    def test_figures(self):
        said = transcript.parse(REPORT)
        row = said.rows["fork-exit"]
        self.assertEqual((said.start, said.marks, said.ticks_per_ns), (1000, [(1010, 1020)], 2.0))
        self.assertEqual(figures.times_of(row, said, 1), [75.0, 125.0, 175.0])
        self.assertEqual(figures.own_calls(row, said.rows["nothing"].own), {"iret": (1.0, 0.2)})

    def test_a_program_that_did_not_end_is_told(self):
        for text, why in ((REPORT.replace("verdict: 0", ""), "last was: bench: clock"),
                          (REPORT + "bench: failed: fork\n", "fork"), ("", "nothing")):
            with self.assertRaisesRegex(transcript.Incomplete, why):
                transcript.parse(text)

    def test_the_table_has_the_ratio(self):
        class Results:
            rows = {"linux-pv": {"null": figures.Figures([2000.0], {"iret": (1.0, 0.0)})},
                    "pv64": {"null": figures.Figures([500.0], {"iret": (1.0, 0.5)}, {"iret": (1.0, 0.5)})}}
            boots = {}
        text = table.pair_text(Results, "linux-pv", "pv64", "us")
        self.assertRegex(text, r"null +2\.00 \(0 %\) +0\.50 \(0 %\) +0\.25 +1\.0 : 1\.0 \+ 0\.5\n")


    def test_where_there_is_no_trace_the_own_count_is_shown(self):
        class Results:
            rows = {"pv64": {"null": figures.Figures([2000.0], {"iret": (1.0, 0.0)}, {})},
                    "pv32": {"null": figures.Figures([500.0], None, {"xen_version": (3.0, 0.0)})}}
            boots = {}
        text = table.pair_text(Results, "pv64", "pv32", "us")
        self.assertRegex(text, r"null +2\.00 \(0 %\) +0\.50 \(0 %\) +0\.25 +1\.0 : 3\.0\n")


class ProgramTest(unittest.TestCase):
    """The program is an ordinary one: it runs here."""

    def test_every_row_reports(self):
        self.check("build/bench/bench", "pv64")

    def test_every_row_reports_on_32_bits(self):
        self.check("build/bench32/bench", "pv32")

    def check(self, name, env):
        with tempfile.TemporaryDirectory() as folder:
            program = TOP / name
            status, text = run("make", "-C", TOP, f"ENV={env}", name)
            self.assertEqual(status, 0, text)
            # All rows but those that want /bin/nothing.
            rows = ["null", "read", "write", "clock", "signal", "fork-exit", "map", "mmap", "protection",
                    "page-fault", "pipe", "switch"]
            status, text = run(program, "samples=2", "share=1", *rows, cwd=folder)
        self.assertEqual(status, 0, text)
        said = transcript.parse(text)
        self.assertEqual(len(said.rows), 23)
        self.assertTrue(all(len(row.samples) == 2 for row in said.rows.values()))
        self.assertTrue(all(row.count % 16 == 0 for name, row in said.rows.items() if name.startswith("switch")))


if __name__ == "__main__":
    unittest.main(verbosity=2)
