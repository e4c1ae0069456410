#!/usr/bin/python3
"""The runner's core: choosing, counting, and what happens when a job goes wrong."""

import contextlib
import contextvars
import io
import itertools
import os
import pty
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
import tty
import unittest
import unittest.mock
from pathlib import Path
from types import SimpleNamespace

import common
from native import NativeMachine
from riglib import agent, domain, terminal
from riglib.steps import only_one
from runner import boot, core, reset, rough, study, suites, turns
from runner.process import command


def run(*lanes, pattern=""):
    out = io.StringIO()
    status = core.run([core.Lane(lane) for lane in lanes], re.compile(pattern), core.Report(out))
    return status, out.getvalue().strip().splitlines()


def job(*names, outcomes=()):
    return core.Job(list(names), lambda wanted: (core.Outcome(*o) for o in outcomes if o[0] in wanted))


class Counting(unittest.TestCase):
    def test_summary_is_the_last_line(self):
        status, lines = run([job("a", "b", outcomes=[("a", "success"), ("b", "skip", "why")])])
        self.assertEqual((status, lines), (0, ["ok    a", "skip  b: why", "1 passed, 0 failed, 1 skipped"]))

    def test_every_bad_verdict_fails(self):
        for verdict in ("failure", "error", "crash"):
            status, lines = run([job("a", outcomes=[("a", verdict, "because")])])
            self.assertEqual((status, lines[-1]), (1, "0 passed, 1 failed"))
            self.assertIn("because", lines[0])

    def test_no_outcome_is_an_error(self):
        status, lines = run([job("a", "b", outcomes=[("a", "success")])])
        self.assertEqual((status, lines[-1]), (1, "1 passed, 1 failed"))
        self.assertEqual(lines[1], "ERROR b: gave no outcome")

    def test_exception_is_its_own_tests_failure(self):
        def fall(wanted):
            yield core.Outcome("a", "success")
            raise RuntimeError("oh\nno")
        status, lines = run([core.Job(["a", "b"], fall), job("c", outcomes=[("c", "success")])])
        self.assertEqual(lines[:3], ["ok    a", "ERROR b: RuntimeError: oh no", "ok    c"])
        self.assertEqual((status, lines[-1]), (1, "2 passed, 1 failed"))

    def test_single(self):
        def fail():
            raise core.Failure("x")

        def skip():
            raise core.Skip("y")
        _, lines = run([core.single("a", fail), core.single("b", skip), core.single("c", lambda: None)])
        self.assertEqual([line.split()[0] for line in lines[:3]], ["FAIL", "skip", "ok"])

    def test_a_failures_log_ends_the_run(self):
        """Whoever only has the run's last lines sees the panic, of each failure's own log."""
        def write(name, *lines):
            def work(wanted):
                core.write_log(name, "\n".join(lines))
                return [core.Outcome(name, "success" if "good" in name else "crash")]
            return core.Job([name], work)
        with tempfile.TemporaryDirectory() as logs, unittest.mock.patch.object(core, "LOGS", core.TOP / logs), \
                unittest.mock.patch.object(core, "LOG_LINES", 4):
            _, lines = run([write("good", "begins", "panic: not here"),
                            write("panics", *"abcdefg", "panic: the culprit", *"hijkl"), write("hangs", *"mnopqr")])
        self.assertEqual(lines[4:-6], ["--- panics: panics.log ends so:", "e", "f", "g", "panic: the culprit", *"hijk", "",
                                       "--- hangs: hangs.log ends so:", *"opqr", ""])

    def test_last_comes_last_and_close_always(self):
        order = []

        def note(name):
            return core.single(name, lambda: order.append(name))
        lane = core.Lane([note(f"a{i}") for i in range(20)])
        core.run([lane, lane], re.compile(""), core.Report(io.StringIO()),
                 core.Surroundings(last=[note("z")], close=lambda: order.append("end")))
        self.assertEqual(sorted(order[:20]), sorted(f"a{i}" for i in range(20)))
        self.assertEqual(order[20:], ["z", "end"])

    def test_lanes_help_each_other_when_their_own_jobs_are_over(self):
        for slow_one in (0, 1):
            order, may_end = [], threading.Event()

            def note(name):
                order.append(name)
                if len(order) == 4:
                    may_end.set()

            def others_are_over():
                if not may_end.wait(10):
                    raise core.Failure("nobody helped")
            slow = core.single("slow", others_are_over)
            lanes = [core.Lane([slow, *(core.single(f"other {i}", lambda i=i: note(f"other {i}")) for i in range(3))]),
                     core.Lane([core.single("own", lambda: time.sleep(0.05) or note("own"))])]
            out = io.StringIO()
            self.assertEqual(core.run(lanes[::-1] if slow_one else lanes, re.compile(""), core.Report(out),
                                      core.Surroundings(last=[core.single("last", lambda: note("last"))])), 0)
            self.assertEqual((order[0], order[-1]), ("own", "last"))
            self.assertEqual(sorted(order), ["last", "other 0", "other 1", "other 2", "own"])
            self.assertTrue(out.getvalue().endswith("6 passed, 0 failed\n"))
        self.assertEqual([job.names for job in core.longest_first([job("a"), job("b", "c"), job("d")])], [["b", "c"], ["a"], ["d"]])
        dear = job("pv64 saved, the disk")
        self.assertEqual(core.longest_first([job("a"), job(*"b" * 100), dear, job("pv64 xl")])[0], dear)

    def test_turns(self):
        envs, things = ("x", "y", "z"), list(range(8))
        taken = [turns.turn(things, env, envs, is_all=False) for env in envs]
        self.assertEqual(sorted(sum(taken, [])), things)
        self.assertEqual([turns.turn(things, env, envs, is_all=True) for env in envs], [things] * 3)

    def test_each_thread_of_a_lane_has_a_place_of_its_own(self):
        entered, used = [], set()
        both = threading.Barrier(2, timeout=10)

        def look():
            both.wait()
            used.add(boot._here.get())
            copied = threading.Thread(target=contextvars.copy_context().run, args=(lambda: used.add(boot._here.get()),))
            copied.start()
            copied.join()

        def enter(number):
            entered.append(number)
            boot.enter_place(number)
        lane = core.Lane([core.single("a", look), core.single("b", look)])
        core.run([lane, lane], re.compile(""), core.Report(io.StringIO()), core.Surroundings(enter=enter))
        self.assertEqual((sorted(entered), len(used)), ([0, 1], 2))

    def test_lanes_do_not_hurt_each_other(self):
        def fall(wanted):
            raise RuntimeError("no")
            yield
        status, lines = run([core.Job(["a"], fall)], [job("b", outcomes=[("b", "success")])])
        self.assertEqual((status, lines[-1]), (1, "1 passed, 1 failed"))

    def test_who_fell_begins_anew(self):
        order = []

        def fall():
            order.append("falls")
            raise RuntimeError("no")

        def fail():
            order.append("fails")
            raise core.Failure("no")
        lane = core.Lane([core.single("a", fall), core.single("b", fail), core.single("c", lambda: order.append("runs"))])
        core.run([lane], re.compile(""), core.Report(io.StringIO()), core.Surroundings(renew=lambda: order.append("anew")))
        self.assertEqual(order, ["falls", "anew", "fails", "runs"])

    def test_dearest_jobs_are_listed_if_that_is_wanted(self):
        burn = ["sh", "-c", "sh -c 'n=0; while [ $n -lt 200000 ]; do n=$((n+1)); done'"]

        def run(wanted):
            command(burn)
            return [core.Outcome(name, "success") for name in wanted]
        for with_times in (False, True):
            out, machines = io.StringIO(), itertools.count(0, 5)
            lane = core.Lane([core.single("host a", lambda: None), core.Job(["rig b", "rig c"], run)])
            self.assertEqual(core.run([lane], re.compile(""), core.Report(out, with_times),
                                      core.Surroundings(spent=lambda: next(machines))), 0)
            listed = re.findall(r"^ +(\d+\.\d) s +\d+\.\d s (.*)$", out.getvalue(), re.MULTILINE)
            self.assertEqual([name for _, name in listed],
                             ["rig b and 1 more", "host a", "all of host", "all of rig"] if with_times else [])
            if with_times:
                rig, host, *_ = (float(seconds) for seconds, _ in listed)
                self.assertEqual(host, 5.0)
                self.assertTrue(5.1 < rig < 10, rig)
            self.assertTrue(out.getvalue().endswith("3 passed, 0 failed\n"))

    def test_a_status_wants_an_explanation(self):
        good, bad = core.Outcome("a", "success"), core.Outcome("b", "failure")
        for status, found, expected in ((0, [], True), (1, [], True), (0, [good], False), (1, [good], True),
                                        (1, [good, bad], False), (0, [bad], False)):
            self.assertIs(core.lies(status, found), expected, (status, found))


class Choosing(unittest.TestCase):
    def test_pattern_reaches_the_job(self):
        seen = []

        def note(wanted):
            seen.append(wanted)
            return [core.Outcome(name, "success") for name in wanted]
        run([core.Job(["pv64 a", "pv64 b"], note)], pattern="b$")
        self.assertEqual(seen, [{"pv64 b"}])

    def test_job_without_a_wanted_test_does_not_run(self):
        status, lines = run([job("a")], pattern="zzz")
        self.assertEqual((status, lines), (0, ["0 passed, 0 failed"]))

    def test_open_ended(self):
        open_job = core.Job(["host"], lambda wanted: [core.Outcome("host x", "success"), core.Outcome("host y", "failure")],
                            is_open_ended=True)
        self.assertEqual(run([open_job], pattern="x")[1][-1], "1 passed, 0 failed")
        self.assertEqual(run([open_job], pattern="pv64")[1][-1], "0 passed, 0 failed")
        self.assertEqual(run([open_job])[1][-1], "1 passed, 1 failed")

    def test_open_ended_runs_only_if_it_could_match(self):
        for pattern, may in [("", True), ("x$", True), ("host", True), ("^host (x|y)", True), ("^ho", True), ("^(rig|host)", True),
                             ("^pv64|^hos?t", True), ("a.*b|x", True), ("pv64 [a-z]+$", False), ("^pv64 (a|b)", False),
                             ("^(pv64|pvh64) a", False), ("^native64 ([a-z]+$|b)|^pv64 (a|b)", False)]:
            self.assertEqual(core.could_match(re.compile(pattern), "host"), may, pattern)


class Host(unittest.TestCase):
    def outcomes(self, status, text):
        return [(o.name, o.verdict) for o in suites.host_outcomes("host t", status, text)]

    def test_lines(self):
        text = "ok one\nFAIL two: t.c:3: x\nktest three: begin\nktest three: success\nskip four: why\n"
        self.assertEqual(self.outcomes(1, text), [("host t one", "success"), ("host t two", "failure"),
                                                  ("host t four", "skip"), ("host t three", "success")])

    def test_death_without_a_word(self):
        self.assertEqual(self.outcomes(-11, "ok one\n"), [("host t one", "success"), ("host t", "crash")])

    def test_silence_and_success(self):
        self.assertEqual(self.outcomes(0, "fuzzed 1000 inputs\n"), [("host t", "success")])


class Study(unittest.TestCase):
    def test_each_line_is_an_outcome(self):
        text = "study: pv64: with a trace\nok pv64 rows\nok pv64 map amortizes\nFAIL pv64 entries: 3: not 4\n"
        self.assertEqual([(o.name, o.verdict, o.why) for o in study.outcomes("p", text)],
                         [("p rows", "success", ""), ("p map amortizes", "success", ""), ("p entries", "failure", "3: not 4")])


class Unittest(unittest.TestCase):
    def test_outcomes(self):
        text = ("test_a (__main__.X) ... ok\ntest_b (__main__.X)\nSays what. ... FAIL\n"
                "test_c (__main__.X) ... skipped 'no rig'\n\n"
                "FAIL: test_b (__main__.X)\n----\nTraceback\n  x\nAssertionError: 1 != 2\n")
        found = [(o.name, o.verdict, o.why) for o in suites.unittest_outcomes("p", text)]
        self.assertEqual(found, [("p a", "success", ""), ("p b", "failure", "AssertionError: 1 != 2"),
                                 ("p c", "skip", "no rig")])


class Lost(unittest.TestCase):
    """Which boots are made again, because the emulator ended them."""
    def is_lost(self, env, reason, verdict=None, is_crash_wanted=False, console="boot: ready", **options):
        result = SimpleNamespace(reason=reason, verdict=verdict, console=console)
        return boot.lost_by_emulator(env, result, options, is_crash_wanted)

    def test_reset_without_a_verdict(self):
        for env, lost in [("pvh64", True), ("pv32", True), ("pv64", False), ("native64", False)]:
            self.assertEqual([self.is_lost(env, reason) for reason in ("reboot", "crash", "timeout")], [lost, lost, False])
            self.assertFalse(self.is_lost(env, "reboot", verdict=0))

    def test_wanted_crash(self):
        self.assertFalse(self.is_lost("pv32", "crash", is_crash_wanted=True))
        self.assertTrue(self.is_lost("pv32", "reboot", is_crash_wanted=True))

    def test_standing_still_while_booting(self):
        for env, lost in [("pvh64", True), ("pv32", True), ("pv64", False), ("native64", False)]:
            self.assertEqual(self.is_lost(env, "timeout", console="xenstore: connected"), lost)

    def test_who_says_why_is_not_lost(self):
        self.assertFalse(self.is_lost("pvh64", "crash", console="panic: M3 broken"))

    def test_where_it_was_reset(self):
        log = ("(XEN) d1v0 Triple fault - invoking HVM shutdown action 1\n(XEN) RIP:    0008:[<ffffffff80185ca7>]\n"
               "(XEN) d2v0 Triple fault - invoking HVM shutdown action 1\n(XEN) RIP:    e008:[<ffff82d0402044a5>]\n")
        dump = reset.dump_of(SimpleNamespace(exec=lambda words: (0, log, "")))
        self.assertIn("d2v0", dump)
        self.assertNotIn("d1v0", dump)
        self.assertIn("the emulator's doing", reset.place_of(dump, "/none"))
        self.assertEqual(reset.place_of(log.splitlines()[1], "/none"), "rip ffffffff80185ca7")
        self.assertEqual(reset.dump_of(SimpleNamespace(exec=lambda words: (0, "(XEN) well\n", ""))), "")

    def test_all_idle(self):
        with unittest.mock.patch.object(reset, "command", return_value=(0, "idle_halted\n??:?\nidle_halt\n??:?\n")):
            self.assertTrue(reset.all_idle("rip: ffffffff8018cc14\nrip: ffffffff8018cc14\n", "/none"))
            self.assertFalse(reset.all_idle("", "/none"))
        with unittest.mock.patch.object(reset, "command", return_value=(0, "idle_halted\n??:?\nspin_lock\nspinlock.c:9\n")):
            self.assertFalse(reset.all_idle("rip: ffffffff8018cc14\nrip: ffffffff8018cc15\n", "/none"))

    def test_whole_jobs_are_made_again(self):
        results = [boot.Lost("reboot"), boot.Lost("reboot"), "done"]

        def job():
            result = results.pop(0)
            if isinstance(result, Exception):
                raise result
            return result
        self.assertEqual(boot.made_again(job)(), "done")
        results[:] = [boot.Lost("reboot")] * boot.ATTEMPTS
        with self.assertRaises(core.Failure):
            boot.made_again(job)()

    def test_who_typed_cannot_type_again(self):
        self.assertFalse(self.is_lost("pv32", "reboot", input=print))
        self.assertTrue(self.is_lost("pv32", "silent", input=print))


class Silent(unittest.TestCase):
    """The end that a run makes of a domain which says nothing, or no more."""
    def reason(self, said, **patience):
        class Domain:
            console, reason = bytearray(), None

            def receive(self, timeout):
                if not said:
                    return None
                self.console += said
                said.clear()
                return b"more"

            def stop(self, reason):
                self.reason = self.reason or reason

            def result(self):
                return self.reason
        return domain.run(Domain(), **patience)

    def test_reasons(self):
        self.assertEqual(self.reason(bytearray(), timeout=60, silence=9), "silent")
        self.assertEqual(self.reason(bytearray(), timeout=60), "timeout")
        self.assertEqual(self.reason(bytearray(b"words"), timeout=60, silence=9), "timeout")

    def test_when_the_time_is_over_no_more_is_heard(self):
        """Of a machine's serial line, of a port of dom0's: else who always has something to say would go on for ever."""
        for kind in (NativeMachine, agent.Port):
            ours, theirs = socket.socketpair()
            with ours, theirs:
                theirs.sendall(b"O\0\0\0\1x")
                listener = kind.__new__(kind)
                listener._serial = listener.sock = ours
                listener.console = listener.buffer = bytearray()
                self.assertIsNone(listener.receive(-0.1), kind)
                self.assertIsNotNone(listener.receive(0), kind)
                self.assertIsNone(listener.receive(0), kind)

    def test_who_always_talks_ends_too(self):
        class Talker:
            reason = None
            console = b""

            def receive(self, timeout):
                return None if timeout < 0 else b"more"

            def stop(self, reason):
                self.reason = self.reason or reason

            def result(self):
                return self.reason
        self.assertEqual(domain.run(Talker(), timeout=0.2), "timeout")

    def test_who_always_talks_can_be_left(self):
        """And typed at; and has its time, at a terminal too."""
        ours, theirs = pty.openpty()
        tty.setraw(theirs)
        heard, given = itertools.count(), []

        def take(timeout):
            self.assertLess(next(heard), 1e6)
            return b"more"
        with open(theirs) as keyboard, socket.socket() as other, unittest.mock.patch.object(terminal.sys, "stdin", keyboard), \
                unittest.mock.patch.object(terminal, "is_interactive", lambda: True):
            self.assertEqual(terminal.join(other, lambda: False, take, given.append, timeout=0.2), "timeout")
            os.write(ours, b"a")
            self.assertEqual(terminal.join(other, lambda: given, take, given.append), "over")
            os.write(ours, terminal.LEAVE)
            self.assertEqual(terminal.join(other, lambda: False, take, given.append), "left")
        self.assertEqual(given, [b"a"])
        os.close(ours)


class Alone(unittest.TestCase):
    def test_who_comes_second_waits(self):
        order, inside, leave = [], threading.Event(), threading.Event()

        def first(lock):
            with only_one(lock):
                inside.set()
                leave.wait(60)
                order.append("first")

        def second(lock):
            with only_one(lock, "the first"):
                order.append("second")
        with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stderr(io.StringIO()) as said:
            lock = Path(folder, "more", "lock")
            threads = [threading.Thread(target=act, args=(lock,), daemon=True) for act in (first, second)]
            threads[0].start()
            self.assertTrue(inside.wait(60))
            threads[1].start()
            while "waiting for the first" not in said.getvalue():
                time.sleep(0.01)
            self.assertEqual(order, [])
            leave.set()
            for thread in threads:
                thread.join(60)
        self.assertEqual(order, ["first", "second"])


class Commands(unittest.TestCase):
    def test_status_and_output(self):
        self.assertEqual(command(["sh", "-c", "echo out; echo err >&2; exit 3"]), (3, "out\nerr\n"))

    def test_time_out_takes_the_children_along(self):
        status, _ = command(["sh", "-c", "sleep 77.25 & sleep 77.25"], timeout=0.5)
        self.assertEqual(status, 124)
        self.assertNotIn("sleep 77.25", common.run("ps", "-eo", "args")[1])

    def test_programs_can_be_interrupted(self):
        """Also when the tests were started in the background, where a shell has interrupts ignored."""
        said = []
        for number in (signal.SIGINT, signal.SIGQUIT):
            signal.signal(number, signal.SIG_IGN)
        run([core.single("a", lambda: said.append(command(["sh", "-c", "kill -INT $$; echo ignored"])))])
        run([core.single("a", lambda: said.append(command(["sh", "-c", "kill -QUIT $$; echo ignored"])))])
        self.assertEqual([text for _, text in said], ["", ""])


class Rough(unittest.TestCase):
    """rough.py: what it makes late, and that it does nothing unasked."""

    def naps(self, seconds, act):
        """How long the naps were that were taken meanwhile."""
        taken = []

        def sleep(nap):
            taken.append(nap)
            self.now += nap
        self.now = 1
        with unittest.mock.patch.object(rough, "_seconds", seconds), unittest.mock.patch.object(rough.time, "sleep", sleep), \
                unittest.mock.patch.object(rough.time, "monotonic", lambda: self.now):
            act()
        return taken

    def test_unasked_it_does_nothing(self):
        def look(console):
            return console

        def act():
            rough.late()
            self.assertIs(rough.looks_late(look), look)
        self.assertEqual(self.naps(0, act), [])

    def test_some_looks_are_late_and_see_all(self):
        def act():
            looked = rough.looks_late(str.upper)
            for _ in range(5000):
                self.now += 0.1
                self.assertEqual(looked("a"), "A")
        taken = self.naps(3, act)
        self.assertTrue(40 < len(taken) < 120, len(taken))
        self.assertTrue(0 <= min(taken) < 1 and 2 < max(taken) <= 3, taken)
        self.assertLess(sum(taken), 500 / rough.IN_TIME + 3)    # one that says much is not left behind

    def test_of_domains_some_are_slow(self):
        given = []
        self.naps(3, lambda: given.extend(tuple(rough.settings()) for _ in range(1000)))
        self.assertEqual(set(given), {(), ("cap=25",)})
        self.assertTrue(200 < given.count(()) < 900)
        self.naps(0, lambda: self.assertEqual([rough.settings() for _ in range(100)], [[]] * 100))

    def test_what_is_typed_is_not_touched(self):
        self.naps(3, lambda: self.assertEqual(rough.looks_late(b"keys"), b"keys"))

    def test_each_command_of_dom0_is_late(self):
        with unittest.mock.patch.object(rough.Agent, "start", lambda agent, argv: argv):
            late = rough.LateAgent(None)
            self.assertEqual(len(self.naps(3, lambda: self.assertEqual(late.start(["true"]), ["true"]))), 1)

    def test_a_machine_of_ours_stands_still(self):
        with tempfile.TemporaryDirectory() as folder:
            program = f"{folder}/qemu-of-this-test"
            shutil.copy("/bin/sleep", program)
            with subprocess.Popen([program, "60"]) as machine:
                try:
                    while machine.pid not in rough.machines():
                        time.sleep(0.01)
                    rough.stop(machine.pid, lambda: self.becomes(machine.pid, "T"))
                    self.becomes(machine.pid, "S")
                finally:
                    machine.kill()
                machine.wait()
                self.assertNotIn(machine.pid, rough.machines())
                rough.stop(machine.pid, lambda: None)

    def becomes(self, pid, state):
        """A process, soon."""
        for _ in range(1000):
            if Path("/proc", str(pid), "stat").read_text().rpartition(") ")[2][0] == state:
                return
            time.sleep(0.01)
        self.fail(f"it does not become {state}")


if __name__ == "__main__":
    unittest.main()
