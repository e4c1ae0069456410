"""Jobs and outcomes.

A test has a name, words separated by spaces, the widest first: "pv64 batch=1 mmu_map". A job runs
some tests and yields an Outcome for each; it is told which are wanted. The verdicts are the
guest's (success, skip; failure: what is tested is wrong; error: the test or its surroundings are)
and crash: begun, never ended.

Invariants:
 1. A job's exception is the failure of that job's tests which have no outcome yet; other jobs run, in surroundings that
    are made anew.
 2. A wanted test without an outcome is an error: nothing passes by not being run.
"""

import contextlib
import dataclasses
import os
import queue
import re
import signal
import sys
import threading
import time
import traceback
from pathlib import Path
from typing import Callable, List, Optional, Sequence

from . import processor

TOP = Path(__file__).resolve().parent.parent.parent
LOGS = TOP / "build" / "test"

GOOD = ("success", "skip")
SUITES = ("pv64", "pvh64", "native64", "pv32", "host", "tools", "check", "rig")
WORDS = {"success": "ok", "skip": "skip", "failure": "FAIL", "error": "ERROR", "crash": "CRASH"}


@dataclasses.dataclass
class Outcome:
    name: str
    verdict: str
    why: str = ""
    seconds: Optional[float] = None

    def line(self):
        why = " ".join(self.why.split())
        seconds = "" if self.seconds is None else f" ({self.seconds:.1f} s)"
        return f"{WORDS[self.verdict]:<5} {self.name}{seconds}{': ' if why else ''}{why}"


def lies(status, found):
    """Whether a program's exit status is not explained by the outcomes that were found in what it said."""
    return not found or bool(status and all(outcome.verdict in GOOD for outcome in found))


@dataclasses.dataclass
class Job:
    """`run` is given the set of wanted names and yields outcomes. Of an open-ended job `names` are
    only the first words of what it reports."""
    names: List[str]
    run: Callable
    is_open_ended: bool = False

    def wanted(self, pattern):
        if self.is_open_ended:
            return [name for name in self.names if could_match(pattern, name)]
        return [name for name in self.names if pattern.search(name)]


def could_match(pattern, prefix):
    """Whether a test whose name begins with `prefix` may be wanted; in doubt it may."""
    beginnings = [beginning for part in alternatives(pattern.pattern) for beginning in begins_with(part)]
    return any(prefix.startswith(beginning) or beginning.startswith(prefix) for beginning in beginnings)


def alternatives(text):
    """The parts of a regular expression between its outermost bars."""
    parts, depth = [""], 0
    for char in re.findall(r"\\.|\[.*?\]|.", text):
        depth += (char == "(") - (char == ")")
        if char == "|" and not depth:
            parts.append("")
        else:
            parts[-1] += char
    return parts


def begins_with(part):
    """What all names that an alternative finds begin with, several when it leaves a choice there; ""
    when that cannot be told."""
    if not part.startswith("^"):
        word = re.match(r"[a-z0-9]*", part)[0]
        return [word if word in SUITES else ""]     # T=pv64 does not mean a test of "host"
    choice = re.match(r"\^\(([\w |-]*)\)", part)
    if choice:
        return choice[1].split("|")
    literal = re.match(r"\^([\w -]*)([?*{]?)", part)
    return [literal[1][:-1] if literal[2] else literal[1]]


def single(name, function):
    """A job of one test, given by a function that returns, or raises Failure or Skip."""
    def run(wanted):
        began = time.monotonic()
        verdict, why = "success", ""
        try:
            function()
        except Failure as failure:
            verdict, why = "failure", str(failure)
        except Skip as skip:
            verdict, why = "skip", str(skip)
        yield Outcome(name, verdict, why, time.monotonic() - began)
    return Job([name], run)


class Failure(Exception):
    """What is tested is wrong."""


class Skip(Exception):
    """It cannot be tested here."""


def log_path(name):
    LOGS.mkdir(parents=True, exist_ok=True)
    return LOGS / (re.sub(r"[^\w.=+-]+", "_", name) + ".log")


_written = threading.local()      # .last: the log that this thread wrote last


def write_log(name, text):
    _written.last = log_path(name)
    _written.last.write_text(text)


def last_log():
    """The log that this thread wrote last since forget_log(), or None."""
    return getattr(_written, "last", None)


def forget_log():
    _written.last = None


def log_end(path):
    """What a log says last: from shortly before its first panic on, if there is one."""
    lines = path.read_text(errors="replace").rstrip().splitlines()
    panics = [number for number, line in enumerate(lines) if "panic:" in line]
    begin = min([number - BEFORE_PANIC for number in panics[:1]] + [len(lines) - LOG_LINES])
    return lines[max(begin, 0):][:2 * LOG_LINES]


class Lane:
    """Jobs that are taken in their order."""

    def __init__(self, jobs):
        self.jobs = list(jobs)
        self._waiting = queue.SimpleQueue()
        for job in self.jobs:
            self._waiting.put(job)

    def take(self):
        """The next job, or None."""
        with contextlib.suppress(queue.Empty):
            return self._waiting.get_nowait()
        return None


@dataclasses.dataclass
class Surroundings:
    """Of all jobs. Each thread calls `enter` with its number before it takes any; when none is left, those of `last` run,
    one after the other, and then `close` is called, whatever happened. `renew` is called by a thread whose job ended in an
    exception: who knows how that left what the thread has. `spent` tells the processor time that the calling thread's
    machines took so far."""
    enter: Callable = lambda number: None
    renew: Callable = lambda: None
    last: Sequence[Job] = ()
    close: Callable = lambda: None
    spent: Callable = lambda: 0


# Seconds of the processor that jobs take, about, by the beginning of a name behind the environment's (--times tells them).
DEAR = (
    ("saved", 40), ("program", 35), ("vcpus=4 program", 25), ("hostile back-end", 30), ("make run at", 25), ("hostile window", 25), ("disk: ", 25),
    ("network: ", 20), ("tour", 20), ("ext4 root", 15), ("disk ", 15), ("network traffic", 15), ("small", 15), ("hostile daemon", 12), ("init", 12),
    ("study", 12), ("linux", 10), ("hostile", 10),
)


def cost(job):
    """What it may take: that of what is known to be dear; else the more the more tests it has."""
    name = job.names[0].partition(" ")[2]
    return next((seconds for beginning, seconds in DEAR if name.startswith(beginning)), 2 + len(job.names) / 10)


def longest_first(jobs):
    """The end comes soonest when what is left for it is short."""
    return sorted(jobs, key=lambda job: -cost(job))


def names(lanes, pattern, around=Surroundings()):
    jobs = [*(job for lane in dict.fromkeys(lanes) for job in lane.jobs), *around.last]
    return [name for job in jobs for name in job.wanted(pattern)]


# --- running ------------------------------------------------------------------------------------

TIMES_MAX = 60      # lines of the table of the dearest jobs
LOG_LINES = 30      # of a failure's log, at its end
BEFORE_PANIC = 3
LOGS_MAX = 5        # that are shown


class Report:
    """Counts outcomes and prints a line for each; and what the dearest jobs took, if that is wanted."""

    def __init__(self, out=None, with_times=False):
        self._out = out or sys.stdout
        self._times = [] if with_times else None
        self._lock = threading.Lock()
        self._counts = {"passed": 0, "failed": 0, "skipped": 0}
        self._failed = []
        self._logs = {}     # of what failed: path: outcome's name

    def add(self, outcome):
        with self._lock:
            kind = {"success": "passed", "skip": "skipped"}.get(outcome.verdict, "failed")
            self._counts[kind] += 1
            if kind == "failed":
                self._failed.append(outcome)
                self._keep_log(outcome.name)
            print(outcome.line(), file=self._out, flush=True)

    def add_errors(self, names, problem):
        """The same went wrong for all of them: one line."""
        with self._lock:
            self._counts["failed"] += len(names)
            more = f" and {len(names) - 1} more" if len(names) > 1 else ""
            self._failed.append(Outcome(names[0] + more, "error", problem))
            self._keep_log(names[0])
            print(self._failed[-1].line(), file=self._out, flush=True)

    def _keep_log(self, name):
        """That of its name, or what was said last."""
        path = log_path(name) if last_log() and log_path(name).exists() else last_log()
        if path:
            self._logs.setdefault(path, name)

    def _show_logs(self):
        """How the logs end: whoever only has what the run said shall see why."""
        for path, name in list(self._logs.items())[:LOGS_MAX]:
            with contextlib.suppress(OSError):
                print(f"--- {name}: {path.name} ends so:", *log_end(path), "", sep="\n", file=self._out)

    def add_time(self, names, seconds, processor_seconds):
        with self._lock:
            if self._times is not None:
                self._times.append((processor_seconds, seconds, names[0] + (f" and {len(names) - 1} more" if len(names) > 1 else "")))

    def summary(self):
        counts = self._counts
        text = f"{counts['passed']} passed, {counts['failed']} failed"
        return text + (f", {counts['skipped']} skipped" if counts["skipped"] else "")

    def finish(self):
        """The last lines; True when nothing failed."""
        if self._times:
            print("\nProcessor time and time of the dearest jobs, and of all:", file=self._out)
            for spent, seconds, name in sorted(self._times, reverse=True)[:TIMES_MAX]:
                print(f"{spent:7.1f} s {seconds:7.1f} s {name}", file=self._out)
            for suite in SUITES:
                of_suite = [times for times in self._times if times[2].split()[0] == suite]
                if of_suite:
                    print(f"{sum(t[0] for t in of_suite):7.1f} s {sum(t[1] for t in of_suite):7.1f} s all of {suite}", file=self._out)
        if self._failed:
            print(file=self._out)
            self._show_logs()
            print("Failed:", *(o.line() for o in self._failed), sep="\n", file=self._out)
            print(f"Logs are in {os.path.relpath(LOGS, TOP)}/.\n", file=self._out)
        print(self.summary(), file=self._out, flush=True)
        return not self._failed


def run_job(job, pattern, report, around=Surroundings()):
    wanted = job.wanted(pattern)
    if not wanted:
        return
    missing = dict.fromkeys(wanted)
    began, spent_before, meter = time.monotonic(), around.spent(), processor.start()
    forget_log()
    try:
        for outcome in job.run(set(wanted)):
            missing.pop(outcome.name, None)
            if not job.is_open_ended or pattern.search(outcome.name):
                report.add(outcome)
        problem = "gave no outcome"
    except Exception as error:
        write_log("exception " + wanted[0], traceback.format_exc())
        problem = f"{type(error).__name__}: {error}"
        if job.is_open_ended:
            report.add(Outcome(wanted[0], "error", problem))
        around.renew()
    report.add_time(wanted, time.monotonic() - began, meter.seconds + around.spent() - spent_before)
    if missing and not job.is_open_ended:
        report.add_errors(list(missing), problem)


def run_threads(threads):
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def run_lanes(lanes, pattern, report, around, interrupted):
    def work(number):
        around.enter(number)
        own = lanes[number]
        for lane in [own, *(other for other in dict.fromkeys(lanes) if other is not own)]:
            while not interrupted.is_set():
                job = lane.take()
                if job is None:
                    break
                run_job(job, pattern, report, around)
    try:
        run_threads([threading.Thread(target=work, args=(number,), daemon=True) for number in range(len(lanes))])
        for job in around.last:
            if not interrupted.is_set():
                run_job(job, pattern, report, around)
    finally:
        around.close()


def run(lanes, pattern, report=None, around=Surroundings()):
    """Side by side, one thread for each lane, two for one that is named twice; a thread whose lane is empty takes the
    jobs of the others. Returns the exit status."""
    report = report or Report()
    interrupted = threading.Event()

    def interrupt(number, frame):
        interrupted.set()
        raise SystemExit(128 + number)

    if threading.current_thread() is threading.main_thread():
        for number in (signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, interrupt)
        # A shell has what it starts in the background ignore these two, and so would all programs started here.
        signal.signal(signal.SIGINT, signal.default_int_handler)
        signal.signal(signal.SIGQUIT, signal.SIG_DFL)
    try:
        run_threads([threading.Thread(target=run_lanes, args=(lanes, pattern, report, around, interrupted), daemon=True)])
    except (KeyboardInterrupt, SystemExit):
        interrupted.set()
        print("interrupted; what runs on ends with this process", file=sys.stderr)
        return 130
    return 0 if report.finish() else 1
