#!/usr/bin/python3
"""tools/study: lines through costs, runs, and the report."""

import html.parser
import sys
import tempfile
import types
import unittest
import xml.etree.ElementTree

from common import TOP

sys.path[:0] = [str(TOP / "tools" / "study"), str(TOP / "tools" / "bench")]

import collect  # noqa: E402 (the path comes first)
import figure  # noqa: E402
import figure1  # noqa: E402
import figure5  # noqa: E402
import figure6  # noqa: E402
import figure7  # noqa: E402
import fit  # noqa: E402
import quick  # noqa: E402
import repeat  # noqa: E402
import page  # noqa: E402
import runs  # noqa: E402
import transcript  # noqa: E402


PV64 = types.SimpleNamespace(name="pv64", program="kernel")


def said_of(trip, entry, single, scale):
    """What a kernel prints whose multicalls cost trip + n * entry, and 8 samples in ticks."""
    lines = ["bench: start 1", "bench: mark 1 2", "bench: row null-call 10", f"bench: sample 0 {single * 10 * scale}"]
    for n in (1, 4, 16, 64):
        lines += [f"bench: row multicall/{n} 2", f"bench: sample 100 {100 + 2 * (trip + n * entry) * scale}",
                  "bench: own multicall 2 0", f"bench: own xen_version 0 {2 * n}", "bench: batch why:full 1 5"]
    return transcript.parse("\n".join([*lines, "bench: clock 2000 1000", "verdict: 0", ""]))


def runs_made():
    return runs.Runs([runs.from_transcript(PV64, "instructions", 1, said_of(300, 200, 310, 2)),
                      runs.from_transcript(PV64, "ticks", 1, said_of(300, 200, 310, 4)),
                      runs.from_transcript(PV64, "ticks", 2, said_of(300, 200, 310, 2))])


class FitTest(unittest.TestCase):
    def test_a_line_is_found(self):
        line = fit.line([(n, 300 + 200 * n) for n in (1, 2, 4, 1024)])
        self.assertAlmostEqual(line.a, 300)
        self.assertAlmostEqual(line.b, 200)
        self.assertLess(line.error, 1e-9)

    def test_where_it_pays(self):
        line = fit.Fit(300, 200, 0)
        self.assertEqual(line.break_even(310), 300 / 110)
        at = line.share_point(310)
        self.assertAlmostEqual(310 - (line.a / at + line.b), 0.9 * (310 - line.b))
        self.assertIsNone(line.break_even(150))


class RunsTest(unittest.TestCase):
    def test_units_are_kept_apart(self):
        found = runs_made()
        self.assertEqual(found.cost("kernel", "pv64", "instructions", "null-call"), 310)
        self.assertEqual(found.cost("kernel", "pv64", "ticks", "null-call"), 310)       # the least: 2 ticks are 1 ns
        self.assertIsNone(found.cost("kernel", "pv64", "trace", "null-call"))
        self.assertEqual(found.curve("kernel", "pv64", "instructions", "multicall")[1], (4, 1100))

    def test_what_else_runs_only_adds(self):
        samples, overhead = [[0, 2000], [0, 9000], [0, 8000]], [[0, 5000], [0, 400], [0, 4000]]
        disturbed = runs.Run("pv64", "kernel", "instructions", 1, 1.0, {"null-call": runs.Row(8, samples, overhead, {})})
        self.assertEqual(runs.Runs([disturbed]).cost("kernel", "pv64", "instructions", "null-call"), 100)

    def test_what_was_saved_is_loaded(self):
        with tempfile.TemporaryDirectory() as folder:
            for run in runs_made().all:
                runs.save(run, folder)
            again = runs.Runs(runs.load(folder))
        self.assertEqual(again.cost("kernel", "pv64", "instructions", "multicall/64"), 300 + 64 * 200)
        self.assertEqual(again.all[0].rows["multicall/1"].batch, {"why:full": [1, 5]})

    def test_every_sample_is_in_the_table(self):
        text = figure.samples_csv(runs_made(), "kernel", ("multicall",))
        self.assertEqual(text.count("\n"), 1 + 3 * 4)
        self.assertIn("pv64,1,multicall,16,instructions,sample,3500\n", text)


class QuickTest(unittest.TestCase):
    """The quick form finds what is wrong."""

    def run_of(self, change=lambda row: None):
        rows = {name: runs.Row(1, [[0, 100]], [], {}) for name in ("map/1", "unmap/1", "protect/1", "mask", "clock")}
        for n in (1, 8, 64):
            own = {"multicall": [1, 0], "xen_version": [0, n]}
            rows[f"multicall/{n}"] = runs.Row(1, [[0, 100 + 10 * n]], [], own, xen=dict(own))
        change(rows["multicall/64"])
        return runs.Run("pv64", "kernel", "trace", 1, 1.0, rows)

    def wrong(self, change):
        return [shape.name for shape in quick.shapes(self.run_of(change)) if shape.problem]

    def test_all_is_well(self):
        self.assertEqual(self.wrong(lambda row: None), [])

    def test_more_trips_than_lists_are_found(self):
        self.assertEqual(self.wrong(lambda row: (row.own.update(multicall=[2, 0]), row.xen.update(multicall=[2, 0]))),
                         ["multicall needs a trip for a list"])

    def test_entries_that_were_not_made_are_found(self):
        self.assertEqual(self.wrong(lambda row: (row.own.update(xen_version=[0, 63]), row.xen.update(xen_version=[0, 63]))),
                         ["every entry was made"])

    def test_a_trace_is_missed_unless_there_can_be_none(self):
        def forget(row):
            row.xen = None
        self.assertEqual(self.wrong(forget), ["counters agree with Xen's trace"])
        untraced = [shape.name for shape in quick.shapes(self.run_of(forget), is_traced=False)]
        self.assertNotIn("counters agree with Xen's trace", untraced)
        self.assertIn("every entry was made", untraced)

    def test_another_count_of_xens_is_found(self):
        self.assertEqual(self.wrong(lambda row: row.xen.update(xen_version=[0, 65])), ["counters agree with Xen's trace"])


class ConsoleTest(unittest.TestCase):
    def test_a_console_from_elsewhere_is_read(self):
        with tempfile.NamedTemporaryFile("w") as log:
            log.write("[ 0.1] boot\r\nbench: start 1\r\nbench: row fork/8 2\r\nbench: sample 0 4000\r\n"
                      "bench: clock 2000 1000\r\nverdict: 0\r\n")
            log.flush()
            run = collect.elsewhere(f"operations/pv64={log.name}", 3)
        self.assertEqual((run.program, run.guest, run.unit, run.number), ("operations", "pv64", "ticks", 3))
        self.assertEqual(run.costs(run.rows["fork/8"]), [1000])

    def test_the_shims_ends_of_lines_are_read(self):
        said = transcript.parse("bench: start 1\n\rbench: row fork/8 2\n\rbench: sample 0 4000\n\r"
                                "bench: clock 2000 1000\n\rverdict: 0\n\r")
        self.assertEqual(said.rows["fork/8"].samples, [(0, 4000)])


class RepeatTest(unittest.TestCase):
    def test_lists_that_cost_more_are_found(self):
        counted = runs.Run("pv64", "kernel", "instructions", 1, 1.0, {
            f"multicall/{n}": runs.Row(1, [[0, 100 + 10 * n]], [], {}) for n in (1, 8, 64)})
        self.assertEqual(repeat.costlier(counted), {})
        for n in (8, 64):
            counted.rows[f"multicall/{n}"].samples[0] = [0, 110 * n]
        self.assertEqual(list(repeat.costlier(counted)), ["multicall"])

    def test_a_difference_is_told_by_row(self):
        first, second = (runs.from_transcript(PV64, "instructions", n, said_of(300, 200, 310, 2)) for n in (1, 2))
        self.assertEqual(set(repeat.differences(first, second).values()), {0})
        second.rows["null-call"].samples[0] = (0, 6200 + 62)
        different = repeat.differences(first, second)
        self.assertAlmostEqual(different["null-call"], 0.01)
        self.assertEqual(different["multicall/4"], 0)
        del second.rows["multicall/4"]
        self.assertEqual(repeat.differences(first, second)["multicall/4"], 1.0)


class Elements(html.parser.HTMLParser):
    """Counts elements, and sees that each is closed."""

    EMPTY = {"meta", "br", "img"}

    def __init__(self, text):
        super().__init__()
        self.open, self.counts, self.links, self.ids = [], {}, [], set()
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.counts[tag] = self.counts.get(tag, 0) + 1
        self.links += [value for name, value in attributes if name in ("href", "src")]
        self.ids |= {value for name, value in attributes if name == "id"}
        if tag not in self.EMPTY:
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.handle_starttag(tag, attributes)
        self.open.pop()

    def handle_endtag(self, tag):
        assert self.open and self.open[-1] == tag, f"</{tag}> closes {self.open[-1:]}"
        self.open.pop()


class WithoutTraceTest(unittest.TestCase):
    """pv32 calls the shim, of which there is no trace."""

    def runs(self):
        rows = {"fork/128": runs.Row(1, [[0, 100]], [], {"mmu_update": [3, 1]})}
        traced = {"fork/128": runs.Row(1, [[0, 100]], [], {"mmu_update": [3, 1]}, xen={"mmu_update": [3, 1], "iret": [2, 0]})}
        return runs.Runs([runs.Run("pv32", "operations", "trace", 1, 1.0, rows),
                          runs.Run("pv64", "operations", "trace", 1, 1.0, traced)])

    def test_its_own_counts_stand_in(self):
        self.assertEqual(figure5.calls_text(self.runs(), "pv32", "fork"), "3.0 + 1.0")
        self.assertEqual(figure5.calls_text(self.runs(), "pv64", "fork"), "5.0 + 1.0")

    def test_they_are_not_compared_with_a_trace(self):
        self.assertEqual([figure7.is_compared(run) for run in self.runs().all], [False, True])


class TraceTest(unittest.TestCase):
    """Figure 7."""

    def test_calls_are_those_between_the_readings_of_the_counters(self):
        trace = types.SimpleNamespace(between=lambda start, end: {29: (end - start, 0)},
                                      exits_between=lambda start, end: {0x81: end - start})
        row = transcript.Row("fork", 1, samples=[(10, 13), (20, 23)])
        self.assertEqual(collect.seen(trace, row), ({"sched_op": (6, 0)}, {"0x81": 6}))
        row.counted = [(9, 14), (19, 24)]
        self.assertEqual(collect.seen(trace, row), ({"sched_op": (10, 0)}, {"0x81": 10}))

    def test_only_a_pvh_domains_lists_may_be_repeated(self):
        row = runs.Row(1, [], [], {"multicall": [2, 0], "sched_op": [1, 0]}, xen={"multicall": [3, 0], "sched_op": [1, 0]})
        self.assertEqual([figure7.disagreement(runs.Run(guest, "kernel", "trace", 1, 1.0, {}), row)
                          for guest in ("pv64", "pvh64")], ["multicall [2, 0] / [3, 0]", ""])
        row.xen["sched_op"] = [2, 0]
        self.assertIn("sched_op", figure7.disagreement(runs.Run("pvh64", "kernel", "trace", 1, 1.0, {}), row))
        row.xen.update(sched_op=[1, 0], multicall=[3, 1])
        self.assertIn("multicall", figure7.disagreement(runs.Run("pvh64", "kernel", "trace", 1, 1.0, {}), row))


class ShareTest(unittest.TestCase):
    def test_what_needs_no_call_beside_what_was_asked(self):
        row = runs.Row(2, [[0, 1]], [], {"multicall": [2, 0], "mmu_update": [0, 4], "set_timer_op": [4, 0]},
                       plain={"mask": [20, 0], "table": [12, 0]}, batch={"all": [2, 60]})
        found = runs.Runs([runs.Run("pv64", "operations", "plain", 1, 1.0, {"fork/1024": row})])
        # By operation: 10 + 6 without; 30 entries of batches and 2 calls, in 3 trips.
        self.assertEqual(list(figure6.shares(found, "pv64")), [["fork", 10, 0, 6, 0, 32, 3, "33.3 %"]])

    def test_a_transcript_says_it(self):
        said = transcript.parse("bench: row nothing 1\nbench: plain mask 3 0\nbench: row fork 1\nbench: plain mask 10 0\n"
                                "bench: clock 2 1\nverdict: 0\n")
        self.assertEqual(runs.from_transcript(PV64, "plain", 1, said).rows["fork"].plain, {"mask": [7, 0]})


class ReportTest(unittest.TestCase):
    def test_the_report_is_whole_and_by_itself(self):
        made = page.Report("A & B", "lead")
        made.fact("machine", "<none>")
        figure1.section(made, runs_made())
        text = made.html()
        seen = Elements(text)
        self.assertEqual(seen.open, [])
        self.assertEqual(seen.counts["svg"], 2)     # instructions, and nanoseconds
        self.assertIn("&lt;none&gt;", text)
        self.assertTrue(all(link.startswith(("#", "data:")) for link in seen.links), seen.links)
        self.assertTrue(all(link[1:] in seen.ids for link in seen.links if link.startswith("#")))
        self.assertIn("2.73", text)                 # break-even: 300 / 110

    def test_every_plot_is_a_sound_picture(self):
        drawn, axes = page.figure()
        axes.plot([1, 2], [3, 4], label="a < b", **page.look(0))
        axes.legend()
        xml.etree.ElementTree.fromstring(page.svg_of(drawn))

    def test_numbers(self):
        self.assertEqual([page.number_text(n) for n in (None, 7, 1234567, 123.456, 12.345, 0.012345)],
                         ["", "7", "1,234,567", "123.5", "12.35", "0.0123"])


if __name__ == "__main__":
    unittest.main(verbosity=2)
