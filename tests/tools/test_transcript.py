#!/usr/bin/python3
"""The reader of consoles, and the jobs that boot kernel tests, fed with transcripts."""

import unittest

import common  # noqa: F401 (sets the path)
from riglib.domain import Result
from runner import core, guests, scan, transcript


def result(console, reason="poweroff", verdict=0):
    return Result(name="x", console=console, verdict=verdict, reason=reason, seconds=1.0)


def run_ktests(names, *results, is_all=True):
    """The outcomes as {name: (verdict, why)}, and what each boot was asked to run."""
    asked = []
    left = list(results)

    def start(number, what):
        asked.append(what)
        return left.pop(0)
    outcomes = list(guests.run_ktests("x", names, is_all, start))
    return {o.name[2:]: (o.verdict, o.why) for o in outcomes}, asked


class Parse(unittest.TestCase):
    def test_four_verdicts(self):
        said = transcript.parse("ktest a: begin\nktest a: success\nktest b: begin\nktest b: skip: why\n"
                                "ktest c: begin\nktest c: failure: f.c:1: x == 1\nktest d: begin\nktest d: error\n")
        self.assertEqual(said.verdicts, {"a": ("success", ""), "b": ("skip", "why"),
                                         "c": ("failure", "f.c:1: x == 1"), "d": ("error", "")})
        self.assertIsNone(said.crashed)

    def test_noise_and_time_stamps(self):
        said = transcript.parse("[    0.5] boot\r\n[ 1.0] ktest a: begin\nktest is a word\n[ 2.0] ktest a: success\r\n")
        self.assertEqual(said.verdicts, {"a": ("success", "")})

    def test_begun_and_not_ended(self):
        said = transcript.parse("ktest a: begin\nktest a: success\nktest b: begin\nsome words\n"
                                "panic: spinlock: not held\n  backtrace\n")
        self.assertEqual(said.crashed, "b")
        self.assertEqual(said.last_words, "panic: spinlock: not held")

    def test_last_words_without_panic(self):
        self.assertEqual(transcript.parse("ktest b: begin\none\ntwo\n\n").last_words, "two")
        self.assertEqual(transcript.parse("ktest b: begin\n").last_words, "the guest said nothing more")

    def test_worst_verdict_counts(self):
        said = transcript.parse("ktest a: begin\nktest a: failure: no\nktest a: success\n")
        self.assertEqual(said.verdicts["a"], ("failure", "no"))

    def test_cut_line_is_no_verdict(self):
        self.assertEqual(transcript.parse("ktest a: begin\nktest a: succ").crashed, "a")


class Boots(unittest.TestCase):
    def test_all_good_is_one_boot(self):
        found, asked = run_ktests(["a", "b"], result("ktest a: begin\nktest a: success\nktest b: begin\nktest b: skip: no\n"))
        self.assertEqual(found, {"a": ("success", ""), "b": ("skip", "no")})
        self.assertEqual(asked, ["all"])

    def test_failure_with_failing_verdict(self):
        found, _ = run_ktests(["a"], result("ktest a: begin\nktest a: failure: why\n", verdict=1))
        self.assertEqual(found, {"a": ("failure", "why")})

    def test_crash_is_noted_and_the_rest_runs(self):
        found, asked = run_ktests(
            ["a", "b", "c"], result("ktest a: begin\nktest a: success\nktest b: begin\npanic: oops\n", "crash", None),
            result("ktest c: begin\nktest c: success\n"))
        self.assertEqual(found["a"], ("success", ""))
        self.assertEqual(found["b"], ("crash", "panic: oops (crash)"))
        self.assertEqual(found["c"], ("success", ""))
        self.assertEqual(asked, ["all", "c"])

    def test_time_out_is_a_crash_of_the_test_that_hangs(self):
        found, _ = run_ktests(["a"], result("ktest a: begin\n", "timeout", None))
        self.assertEqual(found["a"], ("crash", "did not end in time (timeout)"))

    def test_a_guest_that_runs_nothing(self):
        found, asked = run_ktests(["a", "b"], result("boot\npanic: early\n", "crash", None))
        self.assertEqual({verdict for verdict, _ in found.values()}, {"error"})
        self.assertIn("panic: early", found["a"][1])
        self.assertEqual(asked, ["all"])

    def test_a_test_that_is_left_out(self):
        found, asked = run_ktests(["a", "b"], result("ktest a: begin\nktest a: success\n"), result(""))
        self.assertEqual(found["b"][0], "error")
        self.assertEqual(asked, ["all", "b"])

    def test_verdict_that_contradicts(self):
        found, _ = run_ktests(["a"], result("ktest a: begin\nktest a: failure\n", verdict=0))
        self.assertEqual(found["(the end)"][0], "failure")

    def test_disorderly_end_after_good_tests(self):
        found, _ = run_ktests(["a"], result("ktest a: begin\nktest a: success\npanic: at the end\n", "crash", None))
        self.assertEqual(found["(the end)"][0], "failure")
        self.assertIn("panic: at the end", found["(the end)"][1])

    def test_some_are_asked_for_by_name(self):
        _, asked = run_ktests(["a"], result("ktest a: begin\nktest a: success\n"), is_all=False)
        self.assertEqual(asked, ["a"])

    def test_long_lists_are_cut(self):
        names = [f"a_test_with_a_long_name_{i}" for i in range(100)]
        pieces = list(guests.pieces(names))
        self.assertEqual(sum(pieces, []), names)
        self.assertTrue(all(len(" ".join(piece)) <= guests.NAMES_MAX for piece in pieces))

    def test_a_guest_that_dies_for_ever(self):
        dead = [result(f"ktest t{i}: begin\npanic: x\n", "crash", None) for i in range(50)]
        names = [f"t{i}" for i in range(50)]
        job = core.Job([f"x {name}" for name in names], lambda wanted: guests.run_ktests(
            "x", names, True, lambda number, what: dead[number]))
        self.assertEqual(len(list(job.run(set(job.names)))), guests.BOOTS_MAX)


class Scan(unittest.TestCase):
    def test_declarations(self):
        tests, broken = scan.in_text('KTEST(one)\n{\n}\n/* KTEST(no)\nKTEST(no)\n*/\nBREAKAGE(two, "a \\"b\\"")\n'
                                     'BREAKAGE(three,\n\t"c")\n#define KTEST(id) x\n')
        self.assertEqual(tests, ["one"])
        self.assertEqual(broken, {"two": 'a "b"', "three": "c"})


class Typist(unittest.TestCase):
    def test_each_step_waits_for_new_text(self):
        answer = guests.typist([("> ", "a\r"), ("> ", "b\r")])
        self.assertIsNone(answer("boot"))
        self.assertEqual(answer("boot\n> "), b"a\r")
        self.assertIsNone(answer("boot\n> a\r\n"))
        self.assertEqual(answer("boot\n> a\r\n> "), b"b\r")
        self.assertIsNone(answer("boot\n> a\r\n> > > "))


if __name__ == "__main__":
    unittest.main()
