"""The jobs that boot no guest of ours: host tests, tools, checks, the rig's own tests."""

import re
import time

from . import core
from .boot import error_line
from .core import Failure, Job, Outcome, TOP, single
from .process import command

OUTCOME = re.compile(r"^(?:ktest )?(ok|FAIL|skip) ?:?\s*(\S+?):?(?: (.*))?$", re.MULTILINE)
KTEST = re.compile(r"^ktest (\w+): (success|skip|failure|error)(?:: (.*))?$", re.MULTILINE)
VERDICTS = {"ok": "success", "FAIL": "failure", "skip": "skip"}


def jobs():
    return [tools_job(), host_job(), *check_jobs(), rig_job()]


# --- host: the real sources over a fake machine, as ordinary processes ---------------------------

def host_outcomes(name, status, text):
    """What one executable said: lines of its own form or of ktest's; then its exit status."""
    found = [Outcome(f"{name} {test}", VERDICTS[word], why or "")
             for word, test, why in OUTCOME.findall(text)]
    found += [Outcome(f"{name} {test}", verdict, why or "") for test, verdict, why in KTEST.findall(text)]
    yield from found
    is_told = any(outcome.verdict not in core.GOOD for outcome in found)
    if status and not is_told:
        yield Outcome(name, "crash", f"exit status {status}: {summary(text)}")
    elif not status and not found:
        yield Outcome(name, "success")


def summary(text):
    for line in text.splitlines():
        if re.search(r"ERROR: |runtime error|Assertion|panic", line):
            return line.strip()
    return (text.strip().splitlines() or ["it said nothing"])[-1]


def run_host(wanted):
    if not (TOP / "tests/host/host.mk").exists():
        yield Outcome("host", "error", "there is no tests/host/host.mk")
        return
    status, text = command(["make", "-j2", "host-tests"])
    core.write_log("build host", text)
    if status:
        yield Outcome("host", "error", f"host tests do not build: {error_line(text)}")
        return
    for line in (TOP / "build/fake/tests.list").read_text().splitlines():
        argv = line.split()
        if not argv:
            continue
        began = time.monotonic()
        name = "host " + argv[0].rsplit("/", 1)[-1]
        try:
            status, text = command(argv, timeout=300)
        except OSError as error:
            yield Outcome(name, "error", str(error))
            continue
        core.write_log(name, text)
        outcomes = list(host_outcomes(name, status, text))
        if len(outcomes) == 1:
            outcomes[0].seconds = time.monotonic() - began
        yield from outcomes


def host_job():
    return Job(["host"], run_host, is_open_ended=True)


# --- Python's own -------------------------------------------------------------------------------

def unittest_job(prefix, path, timeout=600):
    """A file of unittest's: an outcome for each of its tests."""
    def run(wanted):
        status, text = command(["/usr/bin/python3", "-B", str(path), "-v"], timeout)
        core.write_log(prefix, text)
        found = list(unittest_outcomes(prefix, text))
        yield from found
        if core.lies(status, found):
            yield Outcome(prefix, "error", f"exit status {status}: {summary(text)}")
    return Job([prefix], run, is_open_ended=True)


UNITTEST = re.compile(r"^(test_\w+) \(([\w.]+)\)(?:\n.*?)?? \.\.\. (?:.*?)(ok|FAIL|ERROR|skipped '(.*)')$",
                      re.MULTILINE)


def unittest_outcomes(prefix, text):
    reasons = dict(re.findall(r"^(?:FAIL|ERROR): (test_\w+) .*?\n(?:.*\n)*?^(\w+(?:Error|Exception|Failure).*)$",
                              text, re.MULTILINE))
    for name, _, word, why in UNITTEST.findall(text):
        verdict = {"ok": "success", "FAIL": "failure", "ERROR": "error"}.get(word, "skip")
        yield Outcome(f"{prefix} {name[5:]}", verdict, why or reasons.get(name, ""))


def tools_job():
    """All files of tests/tools/, one after the other."""
    files = [unittest_job(f"tools {path.stem.removeprefix('test_')}", path)
             for path in sorted((TOP / "tests/tools").glob("test_*.py"))]

    def run(wanted):
        for job in files:
            if job.names[0] in wanted:
                yield from job.run(wanted)
    return Job([job.names[0] for job in files], run, is_open_ended=True)


# --- the rig ------------------------------------------------------------------------------------

def run_rig(wanted):
    """They start rigs of their own."""
    status, text = command(["tests/rig/test_rig.py"], timeout=1200)
    core.write_log("rig", text)
    yield from host_outcomes("rig", status, text)


def rig_job():
    return Job(["rig"], run_rig, is_open_ended=True)


# --- tools/check --------------------------------------------------------------------------------

def check_jobs():
    status, text = command(["tools/check", "--list"])
    return [check_job(line.split()[0]) for line in text.splitlines() if not status]


def check_job(part):
    def run():
        status, text = command(["tools/check", part], timeout=900)
        core.write_log(f"check {part}", text)
        if status:
            raise Failure(text.strip().splitlines()[0])
    return single(f"check {part}", run)
